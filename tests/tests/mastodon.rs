//! The stand-in for Mastodon, asked over HTTP as a page asks it, and read as the model reads it.

#![allow(
    clippy::unwrap_used,
    reason = "functions that only tests call are not recognised as tests"
)]

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use lemon_model::{
    corpus::{self, Content},
    sources::{
        given::{Given, Wishes},
        mastodon::{PAGE, PARENTS, page, parents, parents_path, path},
        x,
    },
    text::{LINK, clean},
};
use lemon_tests::{
    instance::{Fault, Kind, Route},
    mastodon::{CODE_SECONDS, Config, Like, Limits, Mastodon},
    standin::{Clock, DEMO_HANDLE, Directory, Found, KNOWN, Post, Relation, challenge},
};
use reqwest::{Client, Method, Response, StatusCode, header::HeaderMap, redirect::Policy};
use serde_json::{Value, json};

/// A whole multiple of all windows.
const NOW: i64 = 1_790_000_000 / 3_600 * 3_600;
const ORIGIN: &str = "https://lemon.example";
const REDIRECT: &str = "https://lemon.example/import/mastodon";
const VERIFIER: &str = "a-verifier-of-more-than-forty-three-characters-0";
const KINDS: [Like; 4] = [
    Like::Mastodon42,
    Like::Mastodon43,
    Like::Hollo,
    Like::GoToSocial,
];

/// A kind of status, and what is one of it.
type Named<'a> = (&'a str, &'a dyn Fn(&Value) -> bool);

struct Bench {
    mastodon: Mastodon,
    client: Client,
}

async fn start() -> Bench {
    start_as(Like::Mastodon43).await
}

async fn start_as(like: Like) -> Bench {
    start_with(Config::of(like)).await
}

async fn start_with(config: Config) -> Bench {
    let config = Config {
        clock: Clock::fixed(NOW),
        ..config
    };
    Bench {
        mastodon: Mastodon::start(config).await.unwrap(),
        client: Client::builder().redirect(Policy::none()).build().unwrap(),
    }
}

/// Without limits, for what reads much.
async fn start_unlimited(like: Like) -> Bench {
    let limits = Limits {
        api: None,
        paging: None,
        apps: None,
    };
    start_with(Config {
        limits,
        ..Config::of(like)
    })
    .await
}

impl Bench {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.mastodon.url())
    }

    fn user(&self, handle: &str) -> String {
        self.mastodon.user_id(handle).unwrap()
    }

    async fn get_with(&self, path: &str, token: Option<&str>) -> Response {
        let mut request = self.client.get(self.url(path)).header("origin", ORIGIN);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.get_with(path, None).await
    }

    async fn json(&self, path: &str, token: Option<&str>) -> Value {
        let response = self.get_with(path, token).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    async fn error(&self, path: &str, token: Option<&str>) -> (u16, String) {
        let response = self.get_with(path, token).await;
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        (status, body["error"].as_str().unwrap().to_owned())
    }

    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let request = self.client.post(self.url(path)).form(fields);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    async fn register(&self, scopes: &str) -> (u16, Value) {
        let app = json!({
            "client_name": "Lemon", "redirect_uris": REDIRECT, "scopes": scopes,
        });
        let request = self.client.post(self.url("/api/v1/apps")).json(&app);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    /// Where the page leads with `choice`; the query of it, where it leads away.
    async fn choose(&self, app: &Value, scope: &str, choice: &str) -> HashMap<String, String> {
        let challenge = challenge(VERIFIER);
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", app["client_id"].as_str().unwrap()),
                ("redirect_uri", REDIRECT),
                ("scope", scope),
                ("state", "a state & more"),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        let response = self
            .get(&format!("/oauth/authorize?{query}&{choice}"))
            .await;
        assert_eq!(response.status(), StatusCode::FOUND, "{choice}");
        let location = header(response.headers(), "location");
        let query = location.strip_prefix(REDIRECT).unwrap();
        form_urlencoded::parse(query.trim_start_matches('?').as_bytes())
            .into_owned()
            .collect()
    }

    async fn exchange(&self, app: &Value, code: &str, change: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", app["client_id"].as_str().unwrap()),
            ("client_secret", app["client_secret"].as_str().unwrap()),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        for &(name, value) in change {
            form.retain(|(key, _)| *key != name);
            form.push((name, value));
        }
        self.form("/oauth/token", &form).await
    }

    /// All pages, asked for and read as the product does it, with what is told of parents.
    async fn read(&self, handle: &str, wishes: Wishes, token: Option<&str>) -> Vec<corpus::Post> {
        let me = self.user(handle);
        let mut posts = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let response = self.get_with(&path(&me, next.as_deref()), token).await;
            assert_eq!(response.status(), StatusCode::OK);
            let given = page(&response.bytes().await.unwrap(), &me, wishes).unwrap();
            assert_eq!(given.left_out, 0);
            next.clone_from(&given.next);
            posts.extend(given.posts);
            if next.is_none() {
                return posts;
            }
        }
    }

    /// Asks for parents, twenty at once.
    async fn ask_for_parents(&self, me: &str, posts: &mut [corpus::Post]) {
        let mut open: Vec<&mut corpus::Parent> = posts
            .iter_mut()
            .filter_map(|post| post.parent.as_mut())
            .filter(|parent| parent.content != Content::Own)
            .collect();
        for some in open.chunks_mut(PARENTS) {
            let ids: Vec<&str> = some.iter().map(|parent| parent.id.as_str()).collect();
            let response = self.get(&parents_path(&ids)).await;
            let body = response.bytes().await.unwrap();
            let known = parents(&body, me, Wishes::default()).unwrap();
            let mut known: HashMap<String, Content> = known.into_iter().collect();
            for parent in some {
                if let Some(content) = known.remove(&parent.id) {
                    parent.content = content;
                }
            }
        }
    }
}

fn ids(statuses: &Value) -> Vec<String> {
    let statuses = statuses.as_array().unwrap().iter();
    statuses
        .map(|status| status["id"].as_str().unwrap().to_owned())
        .collect()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// What X's half makes of a post of the stand-in for X, which shortens links.
fn on_x(post: &Post) -> String {
    let words = post.text.split(' ').map(|word| {
        let mut lines = word.split('\n').map(|word| {
            if word.starts_with("https://") {
                LINK
            } else {
                word
            }
        });
        let first = lines.next().unwrap_or_default().to_owned();
        lines.fold(first, |text, line| text + "\n" + line)
    });
    let text = words.collect::<Vec<_>>().join(" ");
    let start = post.answers.is_none().then_some(0);
    clean(&x::plain(&text, start))
}

#[tokio::test]
async fn it_says_what_it_is() {
    for (like, name) in KINDS
        .into_iter()
        .zip(["mastodon", "mastodon", "hollo", "gotosocial"])
    {
        let bench = start_as(like).await;
        let links = bench.json("/.well-known/nodeinfo", None).await;
        for link in links["links"].as_array().unwrap() {
            let address = link["href"].as_str().unwrap();
            let path = address.strip_prefix(bench.mastodon.url()).unwrap();
            let response = bench.get(path).await;
            assert_eq!(
                header(response.headers(), "access-control-allow-origin"),
                "*"
            );
            let document: Value = response.json().await.unwrap();
            assert_eq!(document["software"]["name"], name);
            assert!(path.ends_with(document["version"].as_str().unwrap()));
        }
    }
    for (name, like) in ["4.2", "4.3", "hollo", "gotosocial"].into_iter().zip(KINDS) {
        assert_eq!(Like::named(name), Some(like));
    }
}

#[tokio::test]
async fn signing_in_tells_who_one_is_and_nothing_more() {
    let bench = start().await;
    let (status, app) = bench.register("profile").await;
    assert_eq!(status, 200);
    assert_eq!(app["redirect_uris"], json!([REDIRECT]));
    let consent = format!(
        "/oauth/authorize?response_type=code&client_id={}&redirect_uri={REDIRECT}&scope=profile",
        app["client_id"].as_str().unwrap()
    );
    let page = bench.get(&consent).await.text().await.unwrap();
    for part in [
        r#"id="handle""#,
        r#"id="as-handle""#,
        r#"id="as-lemon_demo""#,
    ] {
        assert!(page.contains(part), "{part}");
    }
    let back = bench.choose(&app, "profile", "as=posts_300&allow=1").await;
    assert_eq!(back["state"], "a state & more");
    let (status, token) = bench.exchange(&app, &back["code"], &[]).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&token["token_type"], &token["scope"]),
        (&json!("Bearer"), &json!("profile"))
    );
    assert_eq!(token["created_at"], NOW);
    let token = token["access_token"].as_str().unwrap();
    let me = bench
        .json("/api/v1/accounts/verify_credentials", Some(token))
        .await;
    assert_eq!(
        (&me["id"], &me["acct"]),
        (&json!(bench.user("posts_300")), &json!("posts_300"))
    );
    let posts = path(&bench.user("posts_300"), None);
    let (status, error) = bench.error(&posts, Some(token)).await;
    assert_eq!(
        (status, error.as_str()),
        (403, "This action is outside the authorized scopes")
    );
    bench.json(&posts, None).await;

    let client = [
        ("client_id", app["client_id"].as_str().unwrap()),
        ("client_secret", app["client_secret"].as_str().unwrap()),
        ("token", token),
    ];
    let (status, _) = bench.form("/oauth/revoke", &client[1..]).await;
    assert_eq!(status, 403);
    assert_eq!(bench.form("/oauth/revoke", &client).await, (200, json!({})));
    let (status, error) = bench
        .error("/api/v1/accounts/verify_credentials", Some(token))
        .await;
    assert_eq!(
        (status, error.as_str()),
        (401, "The access token is invalid")
    );
    assert!(
        bench
            .get_with(&posts, Some(token))
            .await
            .status()
            .is_success(),
        "as a stranger"
    );
}

#[tokio::test]
async fn declining_leads_back_too() {
    for like in KINDS {
        let bench = start_as(like).await;
        let (_, app) = bench.register("read").await;
        let back = bench.choose(&app, "read", "as=posts_3&decline=1").await;
        assert_eq!(back["error"], "access_denied");
        assert!(back["error_description"].contains("denied"));
        assert_eq!(back.contains_key("state"), like != Like::Hollo);
        assert!(!back.contains_key("code"));
        let back = bench.choose(&app, "write", "as=posts_3&allow=1").await;
        assert_eq!(back["error"], "invalid_scope");
    }
}

#[tokio::test]
async fn a_code_is_good_once_for_ten_minutes_and_with_its_verifier() {
    let bench = start().await;
    let (_, app) = bench.register("profile").await;
    let code = async || bench.choose(&app, "profile", "as=posts_3&allow=1").await["code"].clone();
    let refused = async |change: &[(&str, &str)], status: u16, error: &str| {
        let (got, body) = bench.exchange(&app, &code().await, change).await;
        assert_eq!((got, &body["error"]), (status, &json!(error)), "{change:?}");
    };
    refused(&[("code_verifier", "another")], 400, "invalid_grant").await;
    refused(
        &[("redirect_uri", "https://other.example")],
        400,
        "invalid_grant",
    )
    .await;
    refused(&[("client_secret", "no")], 401, "invalid_client").await;
    refused(&[("code", "no")], 400, "invalid_grant").await;
    refused(&[("grant_type", "password")], 400, "unsupported_grant_type").await;
    let once = code().await;
    assert_eq!(bench.exchange(&app, &once, &[]).await.0, 200);
    assert_eq!(bench.exchange(&app, &once, &[]).await.0, 400);
    let late = code().await;
    bench.mastodon.clock().advance(CODE_SECONDS);
    assert_eq!(bench.exchange(&app, &late, &[]).await.0, 400);
    bench.mastodon.forget_apps();
    let (status, body) = bench.exchange(&app, "any", &[]).await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));

    let old = start_as(Like::Mastodon42).await;
    let (_, app) = old.register("read:accounts").await;
    let back = old
        .choose(&app, "read:accounts", "as=posts_3&allow=1")
        .await;
    let unheeded = old
        .exchange(&app, &back["code"], &[("code_verifier", "another")])
        .await;
    assert_eq!(unheeded.0, 200, "before 4.3 nobody looks at it");
}

#[tokio::test]
async fn apps_are_checked_and_counted() {
    let bench = start().await;
    for (scopes, status) in [
        ("profile", 200),
        ("read:accounts read:statuses", 200),
        ("all", 422),
    ] {
        assert_eq!(bench.register(scopes).await.0, status, "{scopes}");
    }
    let form = [("client_name", ""), ("redirect_uris", REDIRECT)];
    let (status, body) = bench.form("/api/v1/apps", &form).await;
    assert_eq!(
        (status, &body["error"]),
        (
            422,
            &json!("Validation failed: Application name can't be blank")
        )
    );
    let form = [("client_name", "Lemon"), ("redirect_uris", REDIRECT)];
    assert_eq!(bench.form("/api/v1/apps", &form).await.0, 200);
    let (status, body) = bench.form("/api/v1/apps", &form).await;
    assert_eq!(
        (status, body),
        (429, json!({ "error": "Too many requests" }))
    );
    bench.mastodon.clock().advance(600);
    assert_eq!(bench.form("/api/v1/apps", &form).await.0, 200);

    let old = start_as(Like::Mastodon42).await;
    let (status, body) = old.register("profile").await;
    assert_eq!(status, 422);
    assert!(body["error"].as_str().unwrap().contains("Scopes"));
}

#[tokio::test]
async fn wrong_requests_of_the_page_go_nowhere() {
    let bench = start().await;
    let (_, app) = bench.register("profile").await;
    let client = app["client_id"].as_str().unwrap();
    for (query, status) in [
        (
            format!("client_id=no&redirect_uri={REDIRECT}&response_type=code"),
            401,
        ),
        (
            format!("client_id={client}&redirect_uri=https://other.example&response_type=code"),
            400,
        ),
    ] {
        let response = bench.get(&format!("/oauth/authorize?{query}")).await;
        assert_eq!(response.status().as_u16(), status);
        assert!(response.headers().get("location").is_none());
    }
}

#[tokio::test]
async fn browsers_may_ask_from_any_page() {
    let bench = start().await;
    let ask = async |path: &str| {
        let ask = bench
            .client
            .request(Method::OPTIONS, bench.url(path))
            .header("origin", ORIGIN)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let answer = ask.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let headers = answer.headers();
        let told = [
            "access-control-allow-origin",
            "access-control-allow-headers",
        ];
        told.map(|name| header(headers, name).to_owned())
    };
    for path in ["/api/v1/apps", "/oauth/token", "/oauth/revoke"] {
        assert_eq!(ask(path).await, ["*", "content-type"], "{path}");
    }
    assert_eq!(ask("/oauth/authorize").await, ["", ""]);
    let posts = path(&bench.user("posts_300"), None);
    let answer = bench.get(&posts).await;
    let exposed = header(answer.headers(), "access-control-expose-headers");
    assert!(exposed.contains("Link") && exposed.contains("X-RateLimit-Reset"));
    let stranger = bench.client.get(bench.url(&posts)).send().await.unwrap();
    assert_eq!(
        header(stranger.headers(), "access-control-allow-origin"),
        ""
    );

    let old = start_as(Like::Mastodon42).await;
    let answer = old
        .client
        .post(old.url("/oauth/revoke"))
        .header("origin", ORIGIN);
    let answer = answer.send().await.unwrap();
    assert_eq!(header(answer.headers(), "access-control-allow-origin"), "");
}

#[tokio::test]
async fn pages_have_mastodons_defaults_and_links() {
    let bench = start().await;
    let account = format!("/api/v1/accounts/{}/statuses", bench.user("posts_600"));
    assert_eq!(ids(&bench.json(&account, None).await).len(), 20);
    for (limit, size) in [
        ("7", 7),
        ("40", 40),
        ("41", 40),
        ("-5", 5),
        ("0", 0),
        ("x", 0),
    ] {
        let page = bench.json(&format!("{account}?limit={limit}"), None).await;
        assert_eq!(ids(&page).len(), size, "{limit}");
    }
    let response = bench
        .get(&format!("{account}?limit=40&exclude_reblogs=true"))
        .await;
    let link = header(response.headers(), "link").to_owned();
    let first: Value = response.json().await.unwrap();
    let first = ids(&first);
    assert_eq!(
        link,
        format!(
            "<{0}{account}?limit=40&exclude_reblogs=true&max_id={1}>; rel=\"next\", \
             <{0}{account}?limit=40&exclude_reblogs=true&min_id={2}>; rel=\"prev\"",
            bench.mastodon.url(),
            first[39],
            first[0]
        )
    );
    let all = bench.json(&format!("{account}?limit=40"), None).await;
    assert!(
        all.as_array()
            .unwrap()
            .iter()
            .any(|status| status["reblog"].is_object())
    );
    let next = bench
        .json(&path(&bench.user("posts_600"), Some(&first[39])), None)
        .await;
    assert!(ids(&next)[0].parse::<u64>().unwrap() < first[39].parse::<u64>().unwrap());
    let cursor = async |query: String| {
        ids(&bench
            .json(&format!("{account}?exclude_reblogs=true&{query}"), None)
            .await)
    };
    assert_eq!(
        cursor(format!("limit=40&max_id={}", first[9])).await[..30],
        first[10..]
    );
    assert_eq!(
        cursor(format!("limit=5&since_id={}", first[30])).await,
        first[..5]
    );
    assert_eq!(
        cursor(format!("limit=5&min_id={}", first[30])).await,
        first[25..30]
    );
    let own = cursor("limit=40&exclude_replies=true".to_owned()).await;
    assert_ne!(own, first);
    let media = bench
        .json(&format!("{account}?only_media=true"), None)
        .await;
    let has_media = |status: &Value| status["media_attachments"] != json!([]);
    assert!(media.as_array().unwrap().iter().all(has_media));
}

#[tokio::test]
async fn hollos_link_skips_one_and_its_pages_have_boosts() {
    let bench = start_as(Like::Hollo).await;
    let token = bench
        .mastodon
        .grant("posts_600", &["read:statuses"])
        .unwrap();
    let me = bench.user("posts_600");
    let response = bench.get_with(&path(&me, None), Some(&token)).await;
    let link = header(response.headers(), "link").to_owned();
    let first: Value = response.json().await.unwrap();
    assert!(
        first
            .as_array()
            .unwrap()
            .iter()
            .any(|status| status["reblog"].is_object())
    );
    let last = ids(&first).pop().unwrap();
    let next = ids(&bench.json(&path(&me, Some(&last)), Some(&token)).await);
    let by_link = link.split(['<', '>']).nth(1).unwrap();
    let by_link = by_link.strip_prefix(bench.mastodon.url()).unwrap();
    let by_link = ids(&bench.json(by_link, Some(&token)).await);
    assert_eq!(by_link[..39], next[1..]);
}

#[tokio::test]
async fn statuses_are_looked_up_by_their_ids() {
    let bench = start().await;
    let page = bench
        .json(&path(&bench.user("posts_300"), None), None)
        .await;
    let known = ids(&page);
    let ask = |ids: &[String]| format!("/api/v1/statuses?id[]={}", ids.join("&id[]="));
    let found = ids(&bench.json(&ask(&known[..PARENTS]), None).await);
    assert_eq!(found.len(), PARENTS);
    let (status, error) = bench.error(&ask(&known[..=PARENTS]), None).await;
    assert_eq!((status, error.as_str()), (422, "Mastodon::ValidationError"));
    let some = [known[0].clone(), "7".to_owned()];
    assert_eq!(
        ids(&bench.json(&ask(&some), None).await),
        [known[0].clone()]
    );
    let one = bench
        .json(&format!("/api/v1/statuses/{}", known[0]), None)
        .await;
    assert_eq!(one, page[0]);
    assert_eq!(
        bench.error("/api/v1/statuses/7", None).await,
        (404, "Record not found".to_owned())
    );

    for like in [Like::Mastodon42, Like::Hollo, Like::GoToSocial] {
        let bench = start_as(like).await;
        let token = bench.mastodon.grant("posts_3", &["read"]).unwrap();
        let answer = bench
            .get_with("/api/v1/statuses?id[]=7", Some(&token))
            .await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn strangers_are_refused_where_they_may_not_read() {
    let closed = Config {
        closed: true,
        ..Config::of(Like::Mastodon43)
    };
    let benches = [
        (
            start_with(closed).await,
            "This method requires an authenticated user",
        ),
        (start_as(Like::Hollo).await, "unauthorized"),
        (
            start_as(Like::GoToSocial).await,
            "Unauthorized: token not supplied",
        ),
    ];
    for (bench, says) in benches {
        let posts = path(&bench.user("posts_300"), None);
        assert_eq!(bench.error(&posts, None).await, (401, says.to_owned()));
        let token = bench.mastodon.grant("posts_300", &["profile"]).unwrap();
        assert_eq!(bench.error(&posts, Some(&token)).await.0, 403);
        bench
            .json("/api/v1/accounts/verify_credentials", Some(&token))
            .await;
        let scopes = ["read:accounts", "read:statuses"];
        let token = bench.mastodon.grant("posts_300", &scopes).unwrap();
        let page = bench.json(&posts, Some(&token)).await;
        assert_eq!(page.as_array().unwrap().len(), PAGE);
        let status = format!("/api/v1/statuses/{}", ids(&page)[0]);
        bench.json(&status, Some(&token)).await;
    }
    let bench = start_as(Like::Hollo).await;
    let posts = path(&bench.user("posts_300"), None);
    assert_eq!(
        bench.error(&posts, Some("no")).await,
        (401, "invalid_token".to_owned())
    );
}

#[tokio::test]
async fn requests_are_counted_down_and_windows_open_again() {
    let bench = start().await;
    let me = bench.user("posts_3");
    let posts = path(&me, None);
    let response = bench.get(&posts).await;
    let headers = response.headers();
    assert_eq!(header(headers, "x-ratelimit-limit"), "300");
    assert_eq!(header(headers, "x-ratelimit-remaining"), "299");
    let reset = header(headers, "x-ratelimit-reset").to_owned();
    assert!(reset.ends_with(":05:00.000000Z"), "{reset}");
    for _ in 1..300 {
        bench.json(&posts, None).await;
    }
    let refused = bench.get(&posts).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(header(refused.headers(), "x-ratelimit-remaining"), "0");
    assert_eq!(header(refused.headers(), "x-ratelimit-reset"), reset);
    assert_eq!(
        header(refused.headers(), "access-control-allow-origin"),
        "*"
    );
    let token = bench.mastodon.grant("posts_3", &["read"]).unwrap();
    bench.json(&posts, Some(&token)).await;

    // Pages with a cursor are counted longer.
    bench.mastodon.clock().advance(300);
    let next = path(&me, Some("1"));
    for _ in 0..300 {
        bench.json(&next, None).await;
    }
    bench.mastodon.clock().advance(300);
    assert_eq!(
        bench.get(&next).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    bench.json(&posts, None).await;
    bench.mastodon.clock().advance(300);
    bench.json(&next, None).await;
}

#[tokio::test]
async fn strangers_are_shown_what_is_public_and_unlisted() {
    let bench = start_unlimited(Like::Mastodon43).await;
    let contents = bench.mastodon.contents("posts_600").unwrap();
    let all = async |token: Option<&str>| {
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut next: Option<String> = None;
        loop {
            let page = path(&bench.user("posts_600"), next.as_deref());
            let page = bench.json(&page, token).await;
            let Some(last) = ids(&page).pop() else {
                return counts;
            };
            next = Some(last);
            for status in page.as_array().unwrap() {
                let visibility = status["visibility"].as_str().unwrap().to_owned();
                *counts.entry(visibility).or_default() += 1;
            }
        }
    };
    let mut expected = HashMap::from([
        ("public".to_owned(), contents.public),
        ("unlisted".to_owned(), contents.unlisted),
    ]);
    assert_eq!(all(None).await, expected);
    let other = bench.mastodon.grant("posts_3", &["read"]).unwrap();
    assert_eq!(all(Some(&other)).await, expected);
    let me = bench.mastodon.grant("posts_600", &["read"]).unwrap();
    expected.insert("private".to_owned(), contents.followers);
    expected.insert("direct".to_owned(), contents.direct);
    assert_eq!(all(Some(&me)).await, expected);
    let locked = bench
        .json(&path(&bench.user("protected_demo"), None), None)
        .await;
    assert_eq!(locked, json!([]));
}

#[tokio::test]
async fn people_of_any_size_are_read_to_their_end() {
    for like in KINDS {
        let bench = start_unlimited(like).await;
        for handle in ["posts_0", "posts_1", "posts_3", "posts_3200", DEMO_HANDLE] {
            let token = bench.mastodon.grant(handle, &["read"]).unwrap();
            let token = (!matches!(like, Like::Mastodon42 | Like::Mastodon43)).then_some(token);
            let contents = bench.mastodon.contents(handle).unwrap();
            let posts = bench
                .read(handle, Wishes::default(), token.as_deref())
                .await;
            assert_eq!(posts.len(), contents.plain, "{handle} {like:?}");
        }
    }
}

#[tokio::test]
async fn the_words_are_those_of_the_person_on_x() {
    let directory = Directory::load().unwrap();
    let all = Wishes {
        unlisted: true,
        warned: true,
    };
    for like in [Like::Mastodon42, Like::Mastodon43] {
        let bench = start_unlimited(like).await;
        for handle in [DEMO_HANDLE, "posts_3200"] {
            let account = directory.account(handle).unwrap();
            let mut posts = bench.read(handle, all, None).await;
            let contents = bench.mastodon.contents(handle).unwrap();
            assert_eq!(posts.len(), contents.public + contents.unlisted);
            if like == Like::Mastodon43 {
                bench.ask_for_parents(&bench.user(handle), &mut posts).await;
            }
            let mut posts: HashMap<i64, _> = posts.iter().map(|post| (post.at, post)).collect();
            let mut shown = 0;
            for index in 0..account.len() {
                let post = account.post(index).unwrap();
                let relation = post.reference.map(|reference| reference.relation);
                let Some(status) = posts.remove(&post.at) else {
                    continue;
                };
                assert_eq!(clean(&status.text), on_x(&post), "{handle} {index}");
                let Some(parent) = &status.parent else {
                    let is_gone = post
                        .reference
                        .is_none_or(|reference| directory.find(reference.id) == Found::Missing);
                    assert!(relation != Some(Relation::RepliedTo) || is_gone);
                    continue;
                };
                if let Content::Shown { text, .. } = &parent.content {
                    let Found::Shown(other) = directory.find(post.reference.unwrap().id) else {
                        panic!("a parent that X does not show");
                    };
                    assert_eq!(
                        clean(text),
                        on_x(&Post {
                            answers: Some(0),
                            ..other
                        })
                    );
                    shown += 1;
                }
            }
            assert!(posts.is_empty(), "statuses that X has not");
            assert_eq!(
                shown > account.len() / 5,
                like == Like::Mastodon43,
                "{shown}"
            );
        }
    }
}

#[tokio::test]
async fn the_known_exchanges_are_among_the_newest_fifty() {
    let bench = start_unlimited(Like::Mastodon43).await;
    for handle in [DEMO_HANDLE, "posts_3", "posts_600"] {
        let mut posts = bench.read(handle, Wishes::default(), None).await;
        posts.truncate(50);
        bench.ask_for_parents(&bench.user(handle), &mut posts).await;
        for known in KNOWN {
            let post = posts
                .iter()
                .find(|post| clean(&post.text) == known.reply)
                .unwrap();
            let Content::Shown { text, .. } = &post.parent.as_ref().unwrap().content else {
                panic!("{:?}", post.parent);
            };
            assert_eq!(clean(text), known.said);
        }
    }
}

#[tokio::test]
async fn statuses_are_of_every_kind() {
    let bench = start_unlimited(Like::Mastodon43).await;
    let account = bench.user("posts_3200");
    let token = bench.mastodon.grant("posts_3200", &["read"]).unwrap();
    let mut statuses = Vec::new();
    let mut query = String::new();
    while statuses.len() < 2_000 {
        let page = format!("/api/v1/accounts/{account}/statuses?limit=40{query}");
        let page = bench.json(&page, Some(&token)).await;
        query = format!("&max_id={}", ids(&page).pop().unwrap());
        statuses.extend(page.as_array().unwrap().clone());
    }
    let content = |status: &Value| status["content"].as_str().unwrap().to_owned();
    let kinds: [Named; 13] = [
        ("a boost", &|status| {
            status["reblog"]["content"] == status["content"] && status["content"] != ""
        }),
        ("somebody of another host", &|status| {
            status["mentions"][0]["acct"]
                .as_str()
                .is_some_and(|acct| acct.ends_with("@o.example"))
        }),
        ("an own emoji", &|status| {
            status["emojis"][0]["shortcode"] == "blob_lemon"
                && content(status).contains(":blob_lemon:")
        }),
        ("a warning", &|status| {
            status["spoiler_text"] != "" && status["sensitive"] == true
        }),
        ("unlisted", &|status| status["visibility"] == "unlisted"),
        ("private", &|status| status["visibility"] == "private"),
        ("a quote", &|status| {
            content(status).starts_with("<p class=\"quote-inline\">")
        }),
        ("a picture", &|status| {
            status["media_attachments"][0]["type"] == "image"
        }),
        ("a poll", &|status| status["poll"]["options"].is_array()),
        ("an edited one", &|status| status["edited_at"].is_string()),
        ("one without a language", &|status| {
            status["language"].is_null()
        }),
        ("an own thread that keeps whom it answers", &|status| {
            let parent = statuses
                .iter()
                .find(|parent| parent["id"] == status["in_reply_to_id"]);
            parent.is_some_and(|parent| {
                parent["in_reply_to_account_id"] == status["in_reply_to_account_id"]
                    && status["in_reply_to_account_id"] != json!(account)
            })
        }),
        ("an answer to what is gone", &|status| {
            status["in_reply_to_id"].is_null() && status["in_reply_to_account_id"].is_string()
        }),
    ];
    for (kind, is_of_kind) in kinds {
        assert!(statuses.iter().any(is_of_kind), "{kind}");
    }
    let protected = statuses
        .iter()
        .filter(|status| status["in_reply_to_id"].is_string());
    let mut hidden = 0;
    for status in protected.take(200) {
        let parent = format!(
            "/api/v1/statuses/{}",
            status["in_reply_to_id"].as_str().unwrap()
        );
        hidden += usize::from(bench.get(&parent).await.status() == StatusCode::NOT_FOUND);
    }
    assert!(hidden > 0, "some parents are for others");
}

#[tokio::test]
async fn faults_of_the_server_look_like_its_own() {
    let bench = start().await;
    let posts = path(&bench.user("posts_300"), None);
    let meet = async |kind: Kind| {
        bench.mastodon.fault(Fault::once(kind, Route::Statuses));
        bench.get(&posts).await
    };
    for (kind, status) in [
        (Kind::Status { status: 503 }, 503),
        (Kind::Status { status: 401 }, 401),
        (Kind::Status { status: 404 }, 404),
        (Kind::RateLimited { reset_in: 60 }, 429),
    ] {
        let answer = meet(kind).await;
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(header(answer.headers(), "access-control-allow-origin"), "*");
        if status == 429 {
            let reset = header(answer.headers(), "x-ratelimit-reset");
            assert!(reset.ends_with(":01:00.000000Z"), "{reset}");
        }
        let body: Value = answer.json().await.unwrap();
        assert!(body["error"].is_string());
    }
    let html = meet(Kind::Html { status: 200 }).await;
    assert!(header(html.headers(), "content-type").starts_with("text/html"));
    assert_eq!(header(html.headers(), "access-control-allow-origin"), "*");
    let gateway = meet(Kind::Gateway).await;
    assert_eq!(gateway.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(header(gateway.headers(), "access-control-allow-origin"), "");
    let unshared = meet(Kind::WithoutCors).await;
    assert_eq!(unshared.status(), StatusCode::OK);
    assert_eq!(
        header(unshared.headers(), "access-control-allow-origin"),
        ""
    );
    assert_eq!(
        bench.get(&posts).await.status(),
        StatusCode::OK,
        "a fault happens once"
    );
}

#[tokio::test]
async fn pages_can_be_wrong_late_broken_or_absent() {
    let bench = start().await;
    let user = bench.user("posts_300");
    let posts = path(&user, None);
    let first = bench.json(&posts, None).await;
    let next = path(&user, ids(&first).last().map(String::as_str));
    let meet = async |kind: Kind, path: &str| {
        bench.mastodon.fault(Fault::once(kind, Route::Statuses));
        bench.json(path, None).await
    };
    assert_eq!(meet(Kind::SamePage, &next).await, first);
    assert_eq!(meet(Kind::EmptyPage, &next).await, json!([]));
    assert!(meet(Kind::WrongShape, &posts).await["data"].is_array());
    let odd = meet(Kind::OddItems, &posts).await;
    let given: Given = page(odd.to_string().as_bytes(), &user, Wishes::default()).unwrap();
    assert_eq!(given.left_out, 4);
    let from = Instant::now();
    meet(Kind::Slow { millis: 300 }, &posts).await;
    assert!(from.elapsed() >= Duration::from_millis(300));

    bench
        .mastodon
        .fault(Fault::once(Kind::CutOff, Route::Statuses));
    assert!(bench.get(&posts).await.bytes().await.is_err());
    bench
        .mastodon
        .fault(Fault::once(Kind::Silence, Route::Statuses));
    let silent = tokio::time::timeout(Duration::from_millis(200), bench.get(&posts));
    assert!(silent.await.is_err());
    assert_eq!(bench.mastodon.requests().last().unwrap().status, 0);

    let token = bench.mastodon.grant("posts_300", &["read"]).unwrap();
    assert_eq!(meet(Kind::Deleted, &next).await, json!([]));
    assert_eq!(bench.json(&posts, None).await, json!([]));
    let me = "/api/v1/accounts/verify_credentials";
    assert_eq!(bench.error(me, Some(&token)).await.0, 401);
    bench.mastodon.reset();
    assert_eq!(bench.json(&posts, None).await, first);
    bench.mastodon.delete("posts_300").unwrap();
    assert_eq!(bench.json(&posts, None).await, json!([]));
}

#[tokio::test]
async fn the_journal_tells_who_asked_and_it_can_be_driven_over_http() {
    let bench = start().await;
    let posts = path(&bench.user("posts_3"), None);
    let token = bench.mastodon.grant("posts_3", &["read"]).unwrap();
    bench.json(&posts, Some(&token)).await;
    bench.get("/no/such/page").await;
    let [read, other] = &bench.mastodon.requests()[..] else {
        panic!("{:?}", bench.mastodon.requests());
    };
    assert_eq!(
        (read.route, read.status, read.at),
        (Route::Statuses, 200, NOW)
    );
    assert!(read.has_token && !read.has_cookies);
    assert_eq!(read.origin.as_deref(), Some(ORIGIN));
    assert_eq!((other.route, other.status), (Route::Other, 404));

    let post = async |path: &str, body: Value| {
        let request = bench.client.post(bench.url(path)).json(&body);
        request.send().await.unwrap()
    };
    let fault = json!({ "kind": "gateway", "route": "statuses", "times": 1 });
    assert_eq!(
        post("/_standin/faults", fault).await.status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(bench.get(&posts).await.status(), StatusCode::BAD_GATEWAY);
    let now = post("/_standin/clock", json!({ "seconds": 60 })).await;
    assert_eq!(
        now.json::<Value>().await.unwrap(),
        json!({ "now": NOW + 60 })
    );
    post("/_standin/reset", json!({})).await;
    assert!(bench.mastodon.requests().is_empty());
    assert_eq!(
        bench
            .error("/api/v1/accounts/verify_credentials", Some(&token))
            .await
            .0,
        401
    );
    let url = bench.mastodon.url().to_owned();
    bench.mastodon.stop().await;
    assert!(bench.client.get(url).send().await.is_err());
}
