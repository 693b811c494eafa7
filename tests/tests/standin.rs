//! The stand-in for X, asked over HTTP as the edge asks it.

#![allow(
    clippy::unwrap_used,
    reason = "functions that only tests call are not recognised as tests"
)]

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use lemon_tests::standin::{
    CODE_SECONDS, Clock, Config, DEFAULT_CLIENT_ID, DEMO_HANDLE, Fault, KNOWN, Kind, LOST_POSTS,
    Limits, MAX_STATE, ODD_POSTS, Odd, Quota, REACH, Redirects, Route, Standin, TOKEN_SECONDS,
    challenge,
};
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde_json::{Value, json};

const NOW: i64 = 1_790_000_000;
const REDIRECT: &str = "http://localhost:8787/api/auth/callback";
const VERIFIER: &str = "a-verifier-of-more-than-forty-three-characters-0";

/// What the edge asks for.
const FIELDS: &str = "tweet.fields=created_at,lang,author_id,in_reply_to_user_id,\
referenced_tweets,conversation_id,note_tweet,entities,display_text_range,withheld\
&expansions=referenced_tweets.id,referenced_tweets.id.author_id&user.fields=protected,username";

/// The same in X's other words.
const POST_FIELDS: &str = "post.fields=created_at,lang,author_id,in_reply_to_user_id,\
referenced_posts,conversation_id,note_post,entities,display_text_range,withheld\
&expansions=referenced_posts.id,referenced_posts.id.author_id&user.fields=protected,username";

struct Bench {
    standin: Standin,
    client: Client,
}

async fn start() -> Bench {
    start_with(|_| {}).await
}

async fn start_with(change: impl FnOnce(&mut Config)) -> Bench {
    let mut config = Config {
        clock: Clock::fixed(NOW),
        ..Config::default()
    };
    change(&mut config);
    Bench {
        standin: Standin::start(config).await.unwrap(),
        client: Client::builder().redirect(Policy::none()).build().unwrap(),
    }
}

impl Bench {
    fn token(&self, handle: &str) -> String {
        self.standin.grant(handle).unwrap()
    }

    fn user_id(&self, handle: &str) -> u64 {
        let account = self.standin.directory().account(handle).unwrap();
        account.user().id
    }

    async fn get(&self, token: &str, path: &str) -> Response {
        self.client
            .get(format!("{}{path}", self.standin.url()))
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
    }

    async fn json(&self, token: &str, path: &str) -> Value {
        let response = self.get(token, path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    async fn posts(&self, token: &str, handle: &str, query: &str) -> Value {
        let id = self.user_id(handle);
        self.json(token, &format!("/2/users/{id}/tweets?{query}"))
            .await
    }

    /// Every page of an account, to the one without a next token.
    async fn all_pages(&self, handle: &str, query: &str) -> Vec<Value> {
        let token = self.token(handle);
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self
                .posts(&token, handle, &format!("{query}{cursor}"))
                .await;
            let next = page["meta"]["next_token"].as_str().map(str::to_owned);
            pages.push(page);
            match next {
                Some(next) => cursor = format!("&pagination_token={next}"),
                None => return pages,
            }
        }
    }

    fn authorize(&self, change: &[(&str, Option<&str>)]) -> String {
        let challenge = challenge(VERIFIER);
        let mut query: Vec<(&str, &str)> = vec![
            ("response_type", "code"),
            ("client_id", DEFAULT_CLIENT_ID),
            ("redirect_uri", REDIRECT),
            ("scope", "tweet.read users.read"),
            ("state", "a state & more"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        for &(name, value) in change {
            query.retain(|(key, _)| *key != name);
            query.extend(value.map(|value| (name, value)));
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        format!("{}/i/oauth2/authorize?{query}", self.standin.url())
    }

    /// Where the browser is sent after choosing on the page.
    async fn choose(&self, change: &[(&str, Option<&str>)]) -> HashMap<String, String> {
        let response = self
            .client
            .get(self.authorize(change))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::FOUND);
        let location = response.headers()["location"].to_str().unwrap();
        let query = location.strip_prefix(REDIRECT).unwrap();
        form_urlencoded::parse(query.trim_start_matches('?').as_bytes())
            .into_owned()
            .collect()
    }

    async fn code(&self, handle: &str) -> String {
        self.choose(&[("as", Some(handle))]).await["code"].clone()
    }

    async fn exchange(&self, code: &str, change: &[(&str, Option<&str>)]) -> Response {
        let mut form: Vec<(&str, &str)> = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("client_id", DEFAULT_CLIENT_ID),
        ];
        for &(name, value) in change {
            form.retain(|(key, _)| *key != name);
            form.extend(value.map(|value| (name, value)));
        }
        self.client
            .post(format!("{}/2/oauth2/token", self.standin.url()))
            .form(&form)
            .send()
            .await
            .unwrap()
    }
}

fn number(response: &Response, header: &str) -> i64 {
    let value = response.headers().get(header).unwrap();
    value.to_str().unwrap().parse().unwrap()
}

fn has_rate_limits(response: &Response) -> bool {
    response.headers().contains_key("x-rate-limit-limit")
}

#[tokio::test]
async fn signing_in_gives_a_token_that_says_who_one_is() {
    let bench = start().await;
    let page = bench.client.get(bench.authorize(&[])).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let html = page.text().await.unwrap();
    for part in ["Stand-in for X", r#"id="as-lemon_demo""#, r#"id="cancel""#] {
        assert!(html.contains(part), "{part}");
    }

    let back = bench.choose(&[("as", Some(DEMO_HANDLE))]).await;
    assert_eq!(back["state"], "a state & more");
    let response = bench.exchange(&back["code"], &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    let token: Value = response.json().await.unwrap();
    assert_eq!(token["token_type"], "bearer");
    assert_eq!(token["expires_in"], 7_200);
    assert_eq!(token["scope"], "tweet.read users.read");

    let token = token["access_token"].as_str().unwrap();
    let me = bench
        .json(
            token,
            "/2/users/me?user.fields=profile_image_url,protected,public_metrics",
        )
        .await;
    let me = &me["data"];
    assert_eq!(me["username"], DEMO_HANDLE);
    assert_eq!(me["id"], bench.user_id(DEMO_HANDLE).to_string());
    assert_eq!(me["protected"], false);
    let account = bench.standin.directory().account(DEMO_HANDLE).unwrap();
    assert_eq!(me["public_metrics"]["tweet_count"], account.len());
    let avatar = bench
        .client
        .get(me["profile_image_url"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(avatar.headers()["content-type"], "image/svg+xml");
    assert!(avatar.text().await.unwrap().starts_with("<svg"));
}

#[tokio::test]
async fn every_account_can_be_typed_and_an_unknown_one_is_told() {
    let bench = start().await;
    for handle in ["posts_123456", "@posts_7", "protected_demo"] {
        assert!(!bench.code(handle).await.is_empty());
    }
    let response = bench
        .client
        .get(bench.authorize(&[("as", Some("nobody"))]))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("no account @nobody")
    );
}

#[tokio::test]
async fn cancelling_goes_back_with_the_state_and_no_code() {
    let bench = start().await;
    let back = bench.choose(&[("cancel", Some("1"))]).await;
    assert_eq!(back["error"], "access_denied");
    assert_eq!(back["state"], "a state & more");
    assert!(!back.contains_key("code"));
}

#[tokio::test]
async fn a_wrong_request_to_authorize_is_not_sent_anywhere() {
    let bench = start().await;
    let long = "s".repeat(MAX_STATE + 1);
    for (name, value) in [
        ("response_type", Some("token")),
        ("client_id", Some("somebody-else")),
        ("client_id", None),
        (
            "redirect_uri",
            Some("https://example.org/api/auth/callback"),
        ),
        (
            "redirect_uri",
            Some("http://localhost:8787/api/auth/callback/x"),
        ),
        ("scope", None),
        ("scope", Some("tweet.read tweet.write")),
        ("state", None),
        ("state", Some(long.as_str())),
        ("code_challenge", None),
        ("code_challenge", Some("short")),
        ("code_challenge_method", Some("plain")),
    ] {
        let url = bench.authorize(&[(name, value), ("as", Some(DEMO_HANDLE))]);
        let response = bench.client.get(url).send().await.unwrap();
        assert_eq!(
            response.status(),
            StatusCode::BAD_REQUEST,
            "{name}={value:?}"
        );
        assert!(response.headers().get("location").is_none());
    }
    let longest = "s".repeat(MAX_STATE);
    let back = bench
        .choose(&[("state", Some(&longest)), ("as", Some(DEMO_HANDLE))])
        .await;
    assert_eq!(back["state"], longest);
}

#[tokio::test]
async fn a_code_is_good_once_and_for_thirty_seconds() {
    let bench = start().await;
    let code = bench.code(DEMO_HANDLE).await;
    bench.standin.clock().advance(CODE_SECONDS - 1);
    assert_eq!(bench.exchange(&code, &[]).await.status(), StatusCode::OK);
    let again = bench.exchange(&code, &[]).await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        again.json::<Value>().await.unwrap()["error"],
        "invalid_request"
    );

    let late = bench.code(DEMO_HANDLE).await;
    bench.standin.clock().advance(CODE_SECONDS);
    let response = bench.exchange(&late, &[]).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_wrong_form_gets_no_token_and_a_wrong_verifier_spends_the_code() {
    let bench = start().await;
    for (name, value, error) in [
        (
            "code_verifier",
            Some("another-verifier-of-more-than-forty-three-chars"),
            "invalid_grant",
        ),
        ("code_verifier", None, "invalid_request"),
        (
            "redirect_uri",
            Some("http://localhost:1/api/auth/callback"),
            "invalid_grant",
        ),
        ("client_id", Some("somebody-else"), "invalid_request"),
        ("client_id", None, "invalid_request"),
        ("grant_type", Some("password"), "unsupported_grant_type"),
        ("grant_type", None, "invalid_request"),
        ("code", Some("made-up"), "invalid_request"),
        ("code", None, "invalid_request"),
    ] {
        let code = bench.code(DEMO_HANDLE).await;
        let response = bench.exchange(&code, &[(name, value)]).await;
        assert_eq!(
            response.status(),
            StatusCode::BAD_REQUEST,
            "{name}={value:?}"
        );
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"], error, "{name}={value:?}");
        if error == "invalid_grant" {
            let second = bench.exchange(&code, &[]).await;
            assert_eq!(second.status(), StatusCode::BAD_REQUEST);
        }
    }
    let response = bench
        .client
        .post(format!("{}/2/oauth2/token", bench.standin.url()))
        .json(&json!({ "grant_type": "authorization_code" }))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_confidential_client_authenticates_by_http_basic() {
    let bench = start_with(|config| {
        config.client.secret = Some("a secret".to_owned());
        config.client.redirects = Redirects::Exactly(vec![REDIRECT.to_owned()]);
    })
    .await;
    let code = bench.code(DEMO_HANDLE).await;
    let response = bench.exchange(&code, &[]).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    for (secret, status) in [
        ("wrong", StatusCode::UNAUTHORIZED),
        ("a secret", StatusCode::OK),
    ] {
        let response = bench
            .client
            .post(format!("{}/2/oauth2/token", bench.standin.url()))
            .basic_auth(DEFAULT_CLIENT_ID, Some(secret))
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{secret}");
    }
}

#[tokio::test]
async fn browsers_are_refused_at_the_token_endpoint() {
    let bench = start().await;
    let url = format!("{}/2/oauth2/token", bench.standin.url());
    let preflight = bench
        .client
        .request(reqwest::Method::OPTIONS, &url)
        .header("origin", "http://localhost:8787")
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap();
    assert!(preflight.status().is_client_error());
    let code = bench.code(DEMO_HANDLE).await;
    let answer = bench.exchange(&code, &[]).await;
    for response in [preflight, answer] {
        assert!(
            response
                .headers()
                .keys()
                .all(|name| !name.as_str().starts_with("access-control"))
        );
    }
}

#[tokio::test]
async fn a_token_ends_by_time_by_revocation_and_by_its_owner() {
    let bench = start().await;
    let works = async |token: &str| {
        let response = bench.get(token, "/2/users/me").await;
        if response.status() == StatusCode::UNAUTHORIZED {
            assert!(!has_rate_limits(&response));
            return false;
        }
        response.status() == StatusCode::OK
    };
    let (first, second, third) = (
        bench.token(DEMO_HANDLE),
        bench.token(DEMO_HANDLE),
        bench.token("posts_5"),
    );
    assert!(works(&first).await && works(&second).await && works(&third).await);
    let form = [("token", first.as_str()), ("client_id", DEFAULT_CLIENT_ID)];
    for _ in 0..2 {
        let response = bench
            .client
            .post(format!("{}/2/oauth2/revoke", bench.standin.url()))
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            response.json::<Value>().await.unwrap(),
            json!({ "revoked": true })
        );
    }
    assert!(!works(&first).await && works(&second).await);
    bench.standin.revoke(DEMO_HANDLE).unwrap();
    assert!(!works(&second).await && works(&third).await);
    bench.standin.clock().advance(TOKEN_SECONDS);
    assert!(!works(&third).await);
    assert!(!works("made-up").await);
    assert!(bench.standin.revoke("nobody").is_err());
}

#[tokio::test]
async fn a_token_without_a_scope_is_forbidden() {
    let bench = start().await;
    let back = bench
        .choose(&[("scope", Some("users.read")), ("as", Some(DEMO_HANDLE))])
        .await;
    let token: Value = bench
        .exchange(&back["code"], &[])
        .await
        .json()
        .await
        .unwrap();
    let response = bench
        .get(token["access_token"].as_str().unwrap(), "/2/users/me")
        .await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(
        response
            .json::<Value>()
            .await
            .unwrap()
            .get("errors")
            .is_none()
    );
}

#[tokio::test]
async fn the_last_3200_posts_are_paged_without_gaps_or_duplicates() {
    let bench = start().await;
    let pages = bench.all_pages("posts_5000", "max_results=100").await;
    let (last, full) = pages.split_last().unwrap();
    assert_eq!(last, &json!({ "meta": { "result_count": 0 } }));
    let mut seen: Vec<u64> = Vec::new();
    let mut short = 0;
    for page in full {
        let posts = page["data"].as_array().unwrap();
        assert_eq!(page["meta"]["result_count"], posts.len());
        assert_eq!(page["meta"]["newest_id"], posts[0]["id"]);
        assert_eq!(page["meta"]["oldest_id"], posts[posts.len() - 1]["id"]);
        short += usize::from(posts.len() < 100);
        seen.extend(
            posts
                .iter()
                .map(|post| post["id"].as_str().unwrap().parse::<u64>().unwrap()),
        );
    }
    let account = bench.standin.directory().account("posts_5000").unwrap();
    let expected: Vec<u64> = (0..REACH)
        .map(|index| account.post(index).unwrap().id)
        .collect();
    assert_eq!(seen, expected);
    assert!(short > 1, "no short page before the last");

    let log = bench.standin.requests();
    assert_eq!(log.len(), pages.len());
    let queries: HashSet<&str> = log.iter().map(|request| request.query.as_str()).collect();
    assert_eq!(queries.len(), pages.len());
    assert!(
        log.iter()
            .all(|request| request.route == Route::Posts && request.status == 200)
    );
    assert_eq!(bench.standin.usage().posts, REACH);
    bench.all_pages("posts_5000", "max_results=100").await;
    assert_eq!(bench.standin.usage().posts, REACH);
}

#[tokio::test]
async fn an_account_within_reach_ends_with_its_last_post() {
    let bench = start_with(|config| config.short_page_every = None).await;
    for (handle, pages) in [("posts_3200", 32), ("posts_3201", 33), ("posts_5", 1)] {
        let all = bench.all_pages(handle, "max_results=100").await;
        assert_eq!(all.len(), pages, "{handle}");
    }
    let nothing = bench.all_pages("empty_demo", "max_results=100").await;
    assert_eq!(nothing, [json!({ "meta": { "result_count": 0 } })]);
    let page = bench
        .posts(&bench.token("posts_200"), "posts_200", "")
        .await;
    assert_eq!(page["meta"]["result_count"], 10);
}

#[tokio::test]
async fn leaving_out_replies_shortens_the_reach() {
    let bench = start().await;
    let count = async |query| -> usize {
        let pages = bench.all_pages("posts_20000", query).await;
        pages
            .iter()
            .flat_map(|page| page["data"].as_array().into_iter().flatten())
            .inspect(|post| {
                let kind = &post["referenced_tweets"][0]["type"];
                assert!(kind != "replied_to");
            })
            .count()
    };
    let query = "max_results=100&exclude=replies&tweet.fields=referenced_tweets";
    assert_eq!(count(query).await, 800);
    let both = "max_results=100&exclude=replies,retweets&tweet.fields=referenced_tweets";
    assert!((400..800).contains(&count(both).await));
}

#[tokio::test]
async fn what_is_not_asked_for_is_absent() {
    let bench = start().await;
    let page = bench
        .posts(&bench.token("posts_200"), "posts_200", "max_results=100")
        .await;
    assert!(page.get("includes").is_none() && page.get("errors").is_none());
    for post in page["data"].as_array().unwrap() {
        let mut names: Vec<&str> = post
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["edit_history_tweet_ids", "id", "text"]);
    }
    let me = bench.json(&bench.token("posts_200"), "/2/users/me").await;
    assert_eq!(me["data"].as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn parents_come_in_includes_and_those_unseen_in_errors() {
    let bench = start().await;
    let directory = bench.standin.directory();
    for handle in [DEMO_HANDLE, "posts_3200"] {
        let contents = directory.account(handle).unwrap().contents(directory);
        let pages = bench
            .all_pages(handle, &format!("max_results=100&{FIELDS}"))
            .await;
        let me = bench.user_id(handle).to_string();
        let (mut open, mut protected, mut deleted, mut hidden) = (0, 0, 0, 0);
        for page in &pages {
            let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
            let parents: HashMap<String, Value> = list(&page["includes"]["tweets"])
                .into_iter()
                .map(|post| (post["id"].as_str().unwrap().to_owned(), post))
                .collect();
            let users: HashMap<String, Value> = list(&page["includes"]["users"])
                .into_iter()
                .map(|user| (user["id"].as_str().unwrap().to_owned(), user))
                .collect();
            let errors: HashMap<String, Value> = list(&page["errors"])
                .into_iter()
                .map(|entry| (entry["resource_id"].as_str().unwrap().to_owned(), entry))
                .collect();
            for post in list(&page["data"]) {
                assert_eq!(post["author_id"], me.as_str());
                let reference = &post["referenced_tweets"][0];
                let Some(id) = reference["id"].as_str() else {
                    continue;
                };
                let to_other =
                    reference["type"] == "replied_to" && post["in_reply_to_user_id"] != me.as_str();
                match (parents.get(id), errors.get(id)) {
                    (Some(parent), None) => {
                        assert!(parent["created_at"].is_string() && parent["lang"].is_string());
                        let author = &users[parent["author_id"].as_str().unwrap()];
                        let is_protected = author["protected"].as_bool().unwrap();
                        assert!(author["username"].is_string());
                        if to_other {
                            open += usize::from(!is_protected);
                            protected += usize::from(is_protected);
                            let mention = format!("@{} ", author["username"].as_str().unwrap());
                            assert!(post["text"].as_str().unwrap().starts_with(&mention));
                        }
                    }
                    (None, Some(error)) => {
                        assert_eq!(error["resource_type"], "tweet");
                        assert_eq!(error["parameter"], "referenced_tweets.id");
                        let kind = error["type"].as_str().unwrap();
                        if kind.ends_with("/resource-not-found") {
                            deleted += 1;
                        } else {
                            assert!(kind.ends_with("/not-authorized-for-resource"));
                            hidden += 1;
                        }
                    }
                    other => panic!("{id} of {handle} is {other:?}"),
                }
            }
        }
        assert_eq!(open, contents.open_parents, "{handle}");
        assert_eq!(protected, contents.protected_parents, "{handle}");
        assert_eq!(
            deleted + hidden,
            contents.replies_to_others - contents.open_parents - contents.protected_parents
        );
        assert!(
            open > 0 && protected > 0 && deleted > 0 && hidden > 0,
            "{handle}"
        );
    }
}

#[tokio::test]
async fn the_known_exchanges_can_be_read() {
    let bench = start_with(|config| config.short_page_every = None).await;
    for handle in [DEMO_HANDLE, "posts_3", "posts_50", "posts_1000000"] {
        let page = bench
            .posts(
                &bench.token(handle),
                handle,
                &format!("max_results=50&{FIELDS}"),
            )
            .await;
        for known in KNOWN {
            let posts = page["data"].as_array().unwrap();
            let reply = posts
                .iter()
                .find(|post| post["text"].as_str().unwrap().ends_with(known.reply))
                .unwrap();
            assert_eq!(reply["lang"], known.lang.tag());
            let parents = page["includes"]["tweets"].as_array().unwrap();
            let parent = parents
                .iter()
                .find(|post| post["id"] == reply["referenced_tweets"][0]["id"])
                .unwrap();
            assert!(parent["text"].as_str().unwrap().ends_with(known.said));
        }
    }
}

#[tokio::test]
async fn texts_are_as_x_gives_them() {
    let bench = start().await;
    let pages = bench
        .all_pages(DEMO_HANDLE, &format!("max_results=100&{FIELDS}"))
        .await;
    let posts: Vec<&Value> = pages
        .iter()
        .flat_map(|page| page["data"].as_array().into_iter().flatten())
        .collect();
    let text = |post: &Value| post["text"].as_str().unwrap().to_owned();
    let find = |part: &str| *posts.iter().find(|post| text(post).contains(part)).unwrap();
    assert!(text(find("알고리즘 공부")).starts_with("A &lt; B 이고 B &lt; C 이면"));
    assert!(text(find("homesick I turned")).contains("shower on &amp; stood"));

    let link = find("정리:");
    let url = &link["entities"]["urls"][0];
    assert_eq!(
        url["expanded_url"],
        "https://example.org/lemon-honey?lang=ko&year=2025"
    );
    assert!(text(link).contains(url["url"].as_str().unwrap()));
    assert!(!text(link).contains("example.org"));
    assert_eq!(link["entities"]["hashtags"][0]["tag"], "레몬");
    let mention = find("@mina ");
    assert_eq!(mention["entities"]["mentions"][0]["username"], "mina");

    let notes: Vec<&&Value> = posts
        .iter()
        .filter(|post| post["note_tweet"].is_object())
        .collect();
    assert!(notes.len() >= 3);
    for note in notes {
        let whole = note["note_tweet"]["text"].as_str().unwrap();
        let cut = text(note);
        let (beginning, _) = cut.split_once('…').unwrap();
        assert!(whole.starts_with(beginning) && whole.len() > cut.len());
    }
    assert!(posts.iter().any(|post| {
        post["referenced_tweets"][0]["type"] == "retweeted" && text(post).starts_with("RT @")
    }));
    assert!(posts.iter().any(|post| {
        post["referenced_tweets"][0]["type"] == "quoted" && text(post).contains("https://t.co/")
    }));
}

#[tokio::test]
async fn each_dialect_is_answered_in_its_own_words() {
    let bench = start_with(|config| config.short_page_every = None).await;
    let token = bench.token("posts_3200");
    let old = bench
        .posts(&token, "posts_3200", &format!("max_results=100&{FIELDS}"))
        .await;
    let new = bench
        .posts(
            &token,
            "posts_3200",
            &format!("max_results=100&{POST_FIELDS}"),
        )
        .await;
    let renamed = old
        .to_string()
        .replace("referenced_tweets", "referenced_posts")
        .replace("note_tweet", "note_post")
        .replace("edit_history_tweet_ids", "edit_history_post_ids")
        .replace(r#""tweets":"#, r#""posts":"#)
        .replace(r#""resource_type":"tweet""#, r#""resource_type":"post""#)
        .replace("see the tweet with", "see the post with")
        .replace("find tweet with", "find post with");
    assert_eq!(serde_json::from_str::<Value>(&renamed).unwrap(), new);

    // The short form of the expansion is of no dialect.
    for (query, posts) in [
        ("post.fields=lang&expansions=referenced_posts", "posts"),
        ("post.fields=lang&expansions=referenced_tweets", "posts"),
        ("tweet.fields=lang&expansions=referenced_posts", "tweets"),
        ("expansions=referenced_posts,author_id", "tweets"),
    ] {
        let query = format!("max_results=100&{query}");
        let page = bench.posts(&token, "posts_3200", &query).await;
        assert_eq!(
            page["includes"][posts].as_array().map(Vec::len),
            old["includes"]["tweets"].as_array().map(Vec::len),
            "{query}"
        );
        assert!(
            page["data"]
                .to_string()
                .contains(&format!("referenced_{posts}"))
        );
    }

    for query in [
        "max_results=100&tweet.fields=referenced_posts,note_post,in_reply_to_user_id&expansions=referenced_posts.id",
        "max_results=100&post.fields=referenced_tweets,note_tweet,in_reply_to_user_id&expansions=referenced_tweets.id",
    ] {
        let page = bench.posts(&token, "posts_3200", query).await;
        assert!(page.get("includes").is_none() && page.get("errors").is_none());
        let text = page.to_string();
        assert!(text.contains("in_reply_to_user_id"));
        assert!(!text.contains("referenced_") && !text.contains("note_"));
    }
}

#[tokio::test]
async fn posts_are_looked_up_by_id() {
    let bench = start().await;
    let token = bench.token(DEMO_HANDLE);
    let directory = bench.standin.directory();
    let own = directory.account("posts_200").unwrap().post(3).unwrap().id;
    let demo = directory.account(DEMO_HANDLE).unwrap().post(0).unwrap().id;
    let protected = directory
        .account("protected_demo")
        .unwrap()
        .post(0)
        .unwrap()
        .id;
    let path = format!("/2/tweets?ids={own},{demo},{protected},12345&tweet.fields=author_id");
    let answer = bench.json(&token, &path).await;
    let ids: Vec<&str> = answer["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| post["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [own.to_string(), demo.to_string()]);
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors[0]["title"], "Authorization Error");
    assert_eq!(errors[1]["title"], "Not Found Error");
    assert_eq!(errors[1]["resource_id"], "12345");

    let many = vec!["1"; 101].join(",");
    for ids in ["", "x", &many] {
        let response = bench.get(&token, &format!("/2/tweets?ids={ids}")).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{ids}");
    }
}

#[tokio::test]
async fn a_protected_account_reads_itself_and_nobody_else_does() {
    let bench = start().await;
    let own = bench.token("protected_demo");
    let page = bench.posts(&own, "protected_demo", "").await;
    assert_eq!(page["meta"]["result_count"], 10);
    let other = bench.token(DEMO_HANDLE);
    let page = bench.posts(&other, "protected_demo", "").await;
    assert!(page.get("data").is_none());
    assert_eq!(page["errors"][0]["title"], "Authorization Error");
    let me = bench.json(&own, "/2/users/me?user.fields=protected").await;
    assert_eq!(me["data"]["protected"], true);
    let missing = bench.json(&own, "/2/users/42/tweets").await;
    assert_eq!(missing["errors"][0]["title"], "Not Found Error");
}

#[tokio::test]
async fn a_bad_request_is_repeated_in_its_answer() {
    let bench = start().await;
    let token = bench.token("posts_200");
    let id = bench.user_id("posts_200");
    let other = bench
        .posts(&bench.token("posts_300"), "posts_300", "")
        .await;
    let other = format!(
        "pagination_token={}",
        other["meta"]["next_token"].as_str().unwrap()
    );
    for query in [
        "max_results=4",
        "max_results=101",
        "max_results=many",
        "pagination_token=made-up",
        &other,
        "exclude=everything",
        "tweet.fields=colour",
        "expansions=colour",
        "colour=blue",
    ] {
        let response = bench
            .get(&token, &format!("/2/users/{id}/tweets?{query}"))
            .await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        assert!(has_rate_limits(&response));
        let body: Value = response.json().await.unwrap();
        let (name, value) = query.split_once('=').unwrap();
        assert_eq!(body["errors"][0]["parameters"][name][0], value);
    }
    for size in [5, 100] {
        let response = bench
            .get(&token, &format!("/2/users/{id}/tweets?max_results={size}"))
            .await;
        assert_eq!(response.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn windows_are_counted_down_and_open_again() {
    let bench = start_with(|config| {
        config.limits.posts = Quota {
            user: Some(3),
            app: Some(4),
        };
    })
    .await;
    let (mine, other) = (bench.token("posts_50"), bench.token("posts_60"));
    let mine_path = format!("/2/users/{}/tweets", bench.user_id("posts_50"));
    let other_path = format!("/2/users/{}/tweets", bench.user_id("posts_60"));
    for left in [2, 1, 0] {
        let response = bench.get(&mine, &mine_path).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(number(&response, "x-rate-limit-limit"), 3);
        assert_eq!(number(&response, "x-rate-limit-remaining"), left);
        assert_eq!(number(&response, "x-rate-limit-reset"), NOW + 900);
    }
    let refused = bench.get(&mine, &mine_path).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(number(&refused, "x-rate-limit-remaining"), 0);
    assert_eq!(
        refused.json::<Value>().await.unwrap()["errors"][0]["code"],
        88
    );

    let last_of_app = bench.get(&other, &other_path).await;
    assert_eq!(last_of_app.status(), StatusCode::OK);
    let refused = bench.get(&other, &other_path).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(number(&refused, "x-rate-limit-limit"), 4);
    assert_eq!(
        bench.get(&mine, "/2/users/me").await.status(),
        StatusCode::OK
    );

    bench.standin.clock().advance(900);
    for (token, path) in [(&mine, &mine_path), (&other, &other_path)] {
        assert_eq!(bench.get(token, path).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn the_day_and_the_month_can_be_limited() {
    let bench = start().await;
    let token = bench.token("posts_50");
    let ordinary = bench.get(&token, "/2/users/me").await;
    assert!(ordinary.headers().get("x-app-limit-24hour-limit").is_none());
    assert_eq!(number(&ordinary, "x-rate-limit-limit"), 75);

    bench.standin.set_limits(Limits {
        app_day: Some(1),
        ..Limits::default()
    });
    let first = bench.get(&token, "/2/users/me").await;
    assert_eq!(number(&first, "x-app-limit-24hour-remaining"), 0);
    let refused = bench.get(&token, "/2/users/me").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(number(&refused, "x-app-limit-24hour-reset"), NOW + 86_400);
    assert!(number(&refused, "x-rate-limit-remaining") > 0);

    bench.standin.set_limits(Limits {
        user_day: Some(0),
        ..Limits::default()
    });
    let refused = bench.get(&token, "/2/users/me").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(number(&refused, "x-user-limit-24hour-remaining"), 0);

    bench.standin.set_limits(Limits {
        month_posts: Some(10),
        ..Limits::default()
    });
    bench.posts(&token, "posts_50", "max_results=10").await;
    let id = bench.user_id("posts_50");
    let refused = bench.get(&token, &format!("/2/users/{id}/tweets")).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let body: Value = refused.json().await.unwrap();
    assert!(body["type"].as_str().unwrap().ends_with("/usage-capped"));
}

/// A fault, its status, a header with its value, and a part of the body.
type Look = (Kind, u16, Option<(&'static str, i64)>, &'static str);

#[tokio::test]
async fn each_fault_looks_as_it_does_at_x() {
    let bench = start().await;
    let token = bench.token(DEMO_HANDLE);
    let path = format!(
        "/2/users/{}/tweets?max_results=5",
        bench.user_id(DEMO_HANDLE)
    );
    let right = bench.json(&token, &path).await;
    let day = Kind::AppDay { reset_in: 3_600 };
    let cases: [Look; 14] = [
        (
            Kind::Window {
                remaining: 0,
                reset_in: 60,
            },
            429,
            Some(("x-rate-limit-remaining", 0)),
            r#""code":88"#,
        ),
        (
            Kind::Window {
                remaining: 12,
                reset_in: 60,
            },
            429,
            Some(("x-rate-limit-reset", NOW + 60)),
            r#""code":88"#,
        ),
        (
            day,
            429,
            Some(("x-app-limit-24hour-remaining", 0)),
            "Too Many",
        ),
        (
            day,
            429,
            Some(("x-app-limit-24hour-reset", NOW + 3_600)),
            "Too Many",
        ),
        (
            Kind::UserDay { reset_in: 5 },
            429,
            Some(("x-user-limit-24hour-reset", NOW + 5)),
            "Too Many",
        ),
        (Kind::UsageCapped, 429, None, "/usage-capped\""),
        (Kind::Unauthorized, 401, None, "Unauthorized"),
        (Kind::Credits, 402, None, "/credits\""),
        (Kind::CreditsDepleted, 402, None, "/credits-depleted\""),
        (Kind::Forbidden, 403, None, "Forbidden"),
        (
            Kind::Server { status: 503 },
            503,
            None,
            "Service Unavailable",
        ),
        (Kind::Gateway, 502, None, "upstream connect error"),
        (Kind::Wall { status: 403 }, 403, None, "<!DOCTYPE html>"),
        (Kind::Wall { status: 200 }, 200, None, "<!DOCTYPE html>"),
    ];
    for (kind, status, header, part) in cases {
        bench.standin.fault(Fault::once(kind, Route::Posts));
        assert_eq!(
            bench.get(&token, "/2/users/me").await.status(),
            StatusCode::OK,
            "another route is not touched"
        );
        let response = bench.get(&token, &path).await;
        assert_eq!(response.status().as_u16(), status, "{kind:?}");
        if let Some((name, value)) = header {
            assert_eq!(number(&response, name), value, "{kind:?}");
        }
        let is_wall = matches!(kind, Kind::Wall { .. });
        let without_limits = is_wall || matches!(kind, Kind::Unauthorized | Kind::Gateway);
        assert_eq!(has_rate_limits(&response), !without_limits, "{kind:?}");
        let media_type = &response.headers()["content-type"];
        assert_eq!(media_type == "text/plain", kind == Kind::Gateway);
        assert_eq!(media_type == "text/html; charset=UTF-8", is_wall);
        let body = response.text().await.unwrap();
        assert!(body.contains(part), "{body}");
        if kind == Kind::Forbidden {
            assert!(!body.contains("errors"));
        }
        assert_eq!(bench.json(&token, &path).await, right, "after {kind:?}");
    }
    let statuses: Vec<u16> = bench
        .standin
        .requests()
        .iter()
        .filter(|request| request.route == Route::Posts)
        .map(|request| request.status)
        .filter(|&status| status != 200)
        .collect();
    let failures = cases.map(|(_, status, ..)| status);
    assert_eq!(statuses, failures[..cases.len() - 1]);
}

#[tokio::test]
async fn an_answer_can_be_late_broken_or_without_parents() {
    let bench = start_with(|config| config.short_page_every = None).await;
    let token = bench.token("posts_3200");
    let id = bench.user_id("posts_3200");
    let path = format!("/2/users/{id}/tweets?max_results=100&{FIELDS}");
    let right = bench.json(&token, &path).await;

    let delay = Duration::from_millis(300);
    bench
        .standin
        .fault(Fault::once(Kind::Slow { millis: 300 }, Route::Posts));
    let asked = Instant::now();
    assert_eq!(bench.json(&token, &path).await, right);
    assert!(asked.elapsed() >= delay);

    bench.standin.fault(Fault::once(Kind::CutOff, Route::Posts));
    let mut response = bench.get(&token, &path).await;
    assert_eq!(response.status(), StatusCode::OK);
    let announced = usize::try_from(number(&response, "content-length")).unwrap();
    let mut received = 0;
    let broken = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => received += chunk.len(),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broken && received > 0 && received < announced);

    bench
        .standin
        .fault(Fault::once(Kind::WithoutIncludes, Route::Posts));
    let page = bench.json(&token, &path).await;
    assert!(page.get("includes").is_none() && page.get("errors").is_none());
    assert_eq!(page["data"], right["data"]);

    bench
        .standin
        .fault(Fault::once(Kind::WrongDialect, Route::Posts));
    let page = bench.json(&token, &path).await.to_string();
    assert!(page.contains("in_reply_to_user_id"));
    assert!(!page.contains("referenced_tweets") && !page.contains("includes"));
}

#[tokio::test]
async fn an_answer_can_be_odd() {
    let bench = start_with(|config| config.short_page_every = None).await;
    let token = bench.token("posts_3200");
    let path = |handle: &str, cursor: &str| {
        let id = bench.user_id(handle);
        format!("/2/users/{id}/tweets?max_results=100&{FIELDS}{cursor}")
    };
    let first = path("posts_3200", "");
    let right = bench.json(&token, &first).await;
    let odd = async |odd, path: &str| {
        let fault = Fault::once(Kind::Odd(odd), Route::Posts);
        bench.standin.fault(fault);
        bench.json(&token, path).await
    };
    let list = |page: &Value| page["data"].as_array().unwrap().clone();

    let page = odd(Odd::Posts, &first).await;
    let sound = list(&right);
    for (index, post) in list(&page).iter().enumerate() {
        assert_eq!(*post == sound[index], index >= ODD_POSTS, "{index} {post}");
    }
    let dates: Vec<_> = list(&page)[LOST_POSTS..ODD_POSTS]
        .iter()
        .filter_map(|post| post["created_at"].as_str().map(str::to_owned))
        .collect();
    assert!(
        dates.iter().any(|date| date.contains(" +0000 20")),
        "{dates:?}"
    );
    assert!(
        dates.iter().any(|date| date.ends_with("+00:00")),
        "{dates:?}"
    );

    let page = odd(Odd::Garbled, &first).await;
    assert!(list(&page).iter().all(|post| post.get("id").is_none()));
    let page = odd(Odd::Mentions, &first).await;
    assert!(page.get("includes").is_none());
    for post in list(&page) {
        assert_eq!(post["conversation_id"], post["id"]);
        assert!(post.get("referenced_tweets").is_none());
    }
    let page = odd(Odd::Long, &first).await;
    assert!(page.to_string().len() > 6_000_000);
    let page = odd(Odd::Edited, &first).await;
    let edited: Vec<_> = list(&page)
        .into_iter()
        .filter(|post| post["edit_history_tweet_ids"][1].is_string())
        .collect();
    assert_eq!(edited.len(), 1);
    let earlier = &edited[0]["edit_history_tweet_ids"][0];
    let answers = list(&page);
    let answers = answers
        .iter()
        .filter(|post| post["referenced_tweets"][0]["id"] == *earlier);
    assert_eq!(answers.count(), 1);

    let next = |page: &Value| {
        format!(
            "&pagination_token={}",
            page["meta"]["next_token"].as_str().unwrap()
        )
    };
    let second = path("posts_3200", &next(&right));
    let same = odd(Odd::SameToken, &second).await;
    assert_eq!(same["data"], bench.json(&token, &second).await["data"]);
    assert_eq!(next(&same), next(&right));
    let again = odd(Odd::SamePage, &second).await;
    assert_eq!(again["data"], right["data"]);
    let third = path("posts_3200", &next(&again));
    let once_more = odd(Odd::SamePage, &third).await;
    assert_eq!(once_more["data"], right["data"]);
    assert_ne!(next(&once_more), next(&again));
    let empty = odd(Odd::EmptyPages, &third).await;
    assert!(empty.get("data").is_none() && next(&empty) != next(&again));

    for (odd, count) in [
        (Odd::CountNegative, json!(-1)),
        (Odd::CountZero, json!(0)),
        (Odd::CountText, json!("12")),
        (Odd::CountAbsent, json!(null)),
    ] {
        bench.standin.fault(Fault::once(Kind::Odd(odd), Route::Me));
        let path = "/2/users/me?user.fields=public_metrics";
        let me = bench.json(&token, path).await;
        assert_eq!(me["data"]["public_metrics"]["tweet_count"], count);
    }
}

#[tokio::test]
async fn a_fault_can_wait_repeat_and_be_cleared() {
    let bench = start().await;
    let token = bench.token(DEMO_HANDLE);
    let status = async || bench.get(&token, "/2/users/me").await.status().as_u16();
    let fault = Fault::once(Kind::Server { status: 500 }, Route::Me);
    bench.standin.fault(fault.after(1).times(2));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(status().await);
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    bench.standin.fault(Fault::always(Kind::Gateway, Route::Me));
    assert_eq!(status().await, 502);
    assert_eq!(status().await, 502);
    bench.standin.clear_faults();
    assert_eq!(status().await, 200);
}

#[tokio::test]
async fn it_can_be_driven_over_http() {
    let bench = start().await;
    let token = bench.token("posts_50");
    let url = |path: &str| format!("{}/_standin/{path}", bench.standin.url());
    let me = async || bench.get(&token, "/2/users/me").await.status();
    let post = async |path: &str, body: Value| {
        let response = bench
            .client
            .post(url(path))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert!(response.status().is_success(), "{path}");
    };
    let requests = async || -> Value {
        let response = bench.client.get(url("requests")).send().await.unwrap();
        response.json().await.unwrap()
    };
    post(
        "faults",
        json!({ "kind": "forbidden", "route": "me", "times": 1 }),
    )
    .await;
    post(
        "faults",
        json!([
            { "kind": "credits", "times": 1 },
            { "kind": { "server": { "status": 504 } }, "times": 1 },
        ]),
    )
    .await;
    for status in [403, 402, 504, 200] {
        assert_eq!(me().await.as_u16(), status);
    }
    let log = requests().await;
    assert_eq!(log.as_array().unwrap().len(), 4);
    assert_eq!(log[0]["route"], "me");
    assert_eq!(log[0]["status"], 403);

    let misspelt = json!({ "kind": "forbiden" });
    let response = bench
        .client
        .post(url("faults"))
        .json(&misspelt)
        .send()
        .await
        .unwrap();
    assert!(response.status().is_client_error());

    post("clock", json!({ "seconds": 100 })).await;
    assert_eq!(bench.standin.clock().now(), NOW + 100);
    let limits = json!({ "me": { "user": 0 } });
    bench
        .client
        .put(url("limits"))
        .json(&limits)
        .send()
        .await
        .unwrap();
    assert_eq!(me().await, StatusCode::TOO_MANY_REQUESTS);
    post("revoke", json!({ "handle": "posts_50" })).await;
    assert_eq!(me().await, StatusCode::UNAUTHORIZED);
    post("reset", json!({})).await;
    assert_eq!(requests().await, json!([]));
    let token = bench.token("posts_50");
    assert_eq!(
        bench.get(&token, "/2/users/me").await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_stopped_server_lets_its_port_go() {
    let bench = start().await;
    let url = bench.standin.url().to_owned();
    let port: u16 = url.rsplit_once(':').unwrap().1.parse().unwrap();
    drop(bench.client);
    bench.standin.stop().await;
    let again = Standin::start(Config {
        port,
        ..Config::default()
    })
    .await
    .unwrap();
    assert_eq!(again.url(), url);
    let taken = Standin::start(Config {
        port,
        ..Config::default()
    })
    .await;
    assert!(taken.is_err());
}

#[tokio::test]
async fn what_x_does_not_have_is_not_found() {
    let bench = start().await;
    let token = bench.token(DEMO_HANDLE);
    for path in ["/2/users/me/likes", "/", "/_avatar/nobody"] {
        assert_eq!(
            bench.get(&token, path).await.status(),
            StatusCode::NOT_FOUND
        );
    }
}
