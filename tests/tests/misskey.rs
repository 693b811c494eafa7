//! The stand-in for Misskey, asked over HTTP as a page asks it, and read as the model reads it.

#![allow(
    clippy::unwrap_used,
    reason = "functions that only tests call are not recognised as tests"
)]

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use lemon_model::{
    corpus::Content,
    sources::{
        given::{Given, Wishes},
        misskey::{page, plain, request},
        x,
    },
    text::{LINK, clean},
};
use lemon_tests::{
    instance::{Fault, Kind, Route},
    misskey::{Config, LISTED, Misskey, Software},
    standin::{Clock, DEMO_HANDLE, Directory, Found, KNOWN, Post, Relation},
};
use reqwest::{Client, Method, Response, StatusCode, header::HeaderMap, redirect::Policy};
use serde_json::{Value, json};

const NOW: i64 = 1_790_000_000;
const ORIGIN: &str = "https://lemon.example";
const CALLBACK: &str = "https://lemon.example/import/misskey?from=x";
const SESSION: &str = "c1f6d42b-468b-4fd2-8274-e58abdedef6f";

/// A kind of note, and what is one of it.
type Named<'a> = (&'a str, &'a dyn Fn(&Value) -> bool);

struct Bench {
    misskey: Misskey,
    client: Client,
}

async fn start() -> Bench {
    start_as(Software::Misskey).await
}

async fn start_as(software: Software) -> Bench {
    let config = Config {
        clock: Clock::fixed(NOW),
        ..Config::of(software)
    };
    Bench {
        misskey: Misskey::start(config).await.unwrap(),
        client: Client::builder().redirect(Policy::none()).build().unwrap(),
    }
}

impl Bench {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.misskey.url())
    }

    fn user(&self, handle: &str) -> String {
        self.misskey.user_id(handle).unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Response> {
        self.client
            .post(self.url(path))
            .header("origin", ORIGIN)
            .json(body)
            .send()
            .await
    }

    async fn post(&self, path: &str, body: &Value) -> Response {
        self.try_post(path, body).await.unwrap()
    }

    async fn json(&self, path: &str, body: &Value) -> Value {
        let response = self.post(path, body).await;
        assert_eq!(response.status(), StatusCode::OK, "{path} {body}");
        response.json().await.unwrap()
    }

    async fn error(&self, path: &str, body: &Value) -> (u16, Value) {
        let response = self.post(path, body).await;
        let status = response.status().as_u16();
        let mut body: Value = response.json().await.unwrap();
        (status, body["error"].take())
    }

    async fn notes(&self, handle: &str, more: &Value) -> Vec<Value> {
        let mut wish = json!({ "userId": self.user(handle) });
        wish.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let notes = self.json("/api/users/notes", &wish).await;
        notes.as_array().unwrap().clone()
    }

    /// All pages, asked for and read as the product does it.
    async fn read(&self, handle: &str, wishes: Wishes) -> (Vec<Given>, String) {
        let me = self.user(handle);
        let mut pages: Vec<Given> = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let wish = serde_json::from_str(&request(&me, next.as_deref())).unwrap();
            let response = self.post("/api/users/notes", &wish).await;
            assert_eq!(response.status(), StatusCode::OK);
            let given = page(&response.bytes().await.unwrap(), &me, wishes).unwrap();
            next.clone_from(&given.next);
            pages.push(given);
            if next.is_none() {
                return (pages, me);
            }
        }
    }
}

fn ids(notes: &[Value]) -> Vec<&str> {
    notes
        .iter()
        .map(|note| note["id"].as_str().unwrap())
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
    for (software, name) in [
        (Software::Misskey, "misskey"),
        (Software::Sharkey, "sharkey"),
        (Software::CherryPick, "cherrypick"),
        (Software::Firefish, "firefish"),
    ] {
        let bench = start_as(software).await;
        let response = bench.get("/.well-known/nodeinfo").await;
        assert_eq!(
            header(response.headers(), "access-control-allow-origin"),
            "*"
        );
        assert_eq!(
            header(response.headers(), "access-control-expose-headers"),
            "Vary"
        );
        let links: Value = response.json().await.unwrap();
        for (link, version) in links["links"]
            .as_array()
            .unwrap()
            .iter()
            .zip(["2.1", "2.0"])
        {
            let address = link["href"].as_str().unwrap();
            let response = bench.client.get(address).send().await.unwrap();
            let shared = header(response.headers(), "access-control-allow-origin") == "*";
            assert_eq!(shared, software != Software::Firefish);
            let document: Value = response.json().await.unwrap();
            assert_eq!(document["software"]["name"], name);
            assert_eq!(document["version"], version);
            assert_eq!(
                document["software"].get("repository").is_some(),
                version == "2.1"
            );
        }
        assert_eq!(Software::named(name), Some(software));
        let meta = bench.json("/api/meta", &json!({})).await;
        assert_eq!(meta["uri"], bench.misskey.url());
        assert!(meta.get("features").is_some());
        let brief = bench.json("/api/meta", &json!({ "detail": false })).await;
        assert!(brief.get("features").is_none());
    }
}

#[tokio::test]
async fn allowing_gives_a_token_once_and_declining_leads_nowhere() {
    let bench = start().await;
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("name", "Lemon <b>"),
            ("callback", CALLBACK),
            ("permission", ""),
        ])
        .finish();
    let path = format!("/miauth/{SESSION}?{query}");
    let check = format!("/api/miauth/{SESSION}/check");

    let page = bench.get(&path).await.text().await.unwrap();
    for part in [
        r#"id="handle""#,
        r#"id="as-handle""#,
        r#"id="as-lemon_demo""#,
    ] {
        assert!(page.contains(part), "{part}");
    }
    let nobody = bench.get(&format!("{path}&as=nobody")).await;
    assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
    let consent = bench.get(&format!("{path}&as=posts_300")).await;
    let consent = consent.text().await.unwrap();
    for part in [r#"id="allow""#, r#"id="cancel""#, "Lemon &lt;b&gt;"] {
        assert!(consent.contains(part), "{part}");
    }
    assert_eq!(bench.json(&check, &json!({})).await, json!({ "ok": false }));

    let declined = bench.get(&format!("{path}&as=posts_300&decline=1")).await;
    assert_eq!(declined.status(), StatusCode::OK);
    assert_eq!(bench.json(&check, &json!({})).await, json!({ "ok": false }));

    let allowed = bench.get(&format!("{path}&as=posts_300&allow=1")).await;
    assert_eq!(allowed.status(), StatusCode::FOUND);
    assert_eq!(
        header(allowed.headers(), "location"),
        format!("{CALLBACK}&session={SESSION}")
    );
    let answer = bench.json(&check, &json!({})).await;
    assert_eq!(answer["ok"], true);
    assert_eq!(answer["user"]["id"], bench.user("posts_300"));
    assert_eq!(answer["user"]["username"], "posts_300");
    assert_eq!(answer["user"]["host"], Value::Null);
    assert_eq!(bench.json(&check, &json!({})).await, json!({ "ok": false }));

    let token = answer["token"].as_str().unwrap();
    let (status, error) = bench.error("/api/i", &json!({ "i": token })).await;
    assert_eq!((status, &error["code"]), (403, &json!("PERMISSION_DENIED")));
    let (status, error) = bench.error("/api/i", &json!({})).await;
    assert_eq!(
        (status, &error["code"]),
        (401, &json!("CREDENTIAL_REQUIRED"))
    );
    let (status, error) = bench.error("/api/i", &json!({ "i": "no" })).await;
    assert_eq!(
        (status, &error["code"]),
        (401, &json!("AUTHENTICATION_FAILED"))
    );

    bench.misskey.reset();
    assert_eq!(bench.json(&check, &json!({})).await, json!({ "ok": false }));
}

#[tokio::test]
async fn a_callback_that_is_no_address_is_not_gone_to() {
    let bench = start().await;
    for callback in ["javascript:alert(1)", ""] {
        let path = format!("/miauth/{SESSION}?callback={callback}&as=posts_3&allow=1");
        assert_eq!(
            bench.get(&path).await.status(),
            StatusCode::OK,
            "{callback}"
        );
    }
}

#[tokio::test]
async fn browsers_may_ask_from_any_page() {
    let bench = start().await;
    let ask = async |method: Option<&str>| {
        let mut ask = bench
            .client
            .request(Method::OPTIONS, bench.url("/api/users/notes"))
            .header("origin", ORIGIN)
            .header("access-control-request-headers", "content-type");
        if let Some(method) = method {
            ask = ask.header("access-control-request-method", method);
        }
        ask.send().await.unwrap()
    };
    let allowed = ask(Some("POST")).await;
    assert_eq!(allowed.status(), StatusCode::NO_CONTENT);
    let headers = allowed.headers();
    assert_eq!(header(headers, "access-control-allow-origin"), "*");
    assert_eq!(
        header(headers, "access-control-allow-headers"),
        "content-type"
    );
    assert!(header(headers, "access-control-allow-methods").contains("POST"));
    assert_eq!(header(headers, "vary"), "Access-Control-Request-Headers");
    assert_eq!(ask(None).await.status(), StatusCode::BAD_REQUEST);

    let answers = [
        bench
            .post(
                "/api/users/notes",
                &json!({ "userId": bench.user("posts_3") }),
            )
            .await,
        bench.post("/api/users/notes", &json!({})).await,
        bench.post("/api/no/such", &json!({})).await,
        bench
            .post(&format!("/api/miauth/{SESSION}/check"), &json!({}))
            .await,
    ];
    for answer in answers {
        assert_eq!(header(answer.headers(), "access-control-allow-origin"), "*");
        assert_eq!(
            header(answer.headers(), "cache-control"),
            "private, max-age=0, must-revalidate"
        );
    }
    let page = bench.get(&format!("/miauth/{SESSION}")).await;
    assert_eq!(header(page.headers(), "access-control-allow-origin"), "");
}

#[tokio::test]
async fn defaults_are_misskeys() {
    let bench = start().await;
    let few = bench.notes("posts_600", &json!({})).await;
    assert_eq!(few.len(), 10);
    let all = json!({ "limit": 100 });
    let notes = bench.notes("posts_600", &all).await;
    assert_eq!(notes.len(), 100);
    assert!(notes.iter().any(is_renote));
    assert!(!notes.iter().any(answers_another));
    let wish = json!({ "limit": 100, "withReplies": true, "withRenotes": false });
    let notes = bench.notes("posts_600", &wish).await;
    assert_eq!(notes.len(), 100);
    assert!(notes.iter().any(answers_another) && !notes.iter().any(is_renote));
    let wish = json!({ "limit": 100, "withFiles": true });
    let notes = bench.notes("posts_600", &wish).await;
    assert!(!notes.is_empty() && notes.iter().all(|note| note["fileIds"] != json!([])));

    // From where its list ends Misskey finds answers, too.
    let newest = bench
        .notes("posts_600", &json!({ "limit": 100, "withReplies": true }))
        .await;
    let mut last = newest.last().unwrap()["id"].clone();
    for _ in 0..(LISTED / 100) {
        let wish = json!({ "limit": 100, "withReplies": true, "untilId": last });
        last = bench.notes("posts_600", &wish).await.last().unwrap()["id"].clone();
    }
    let found = bench
        .notes("posts_600", &json!({ "limit": 100, "untilId": last }))
        .await;
    assert!(found.iter().any(answers_another));

    let firefish = start_as(Software::Firefish).await;
    let notes = firefish.notes("posts_600", &all).await;
    assert!(notes.iter().any(answers_another) && notes.iter().any(is_renote));
    let wish = json!({ "limit": 100, "includeReplies": false, "includeMyRenotes": false });
    let notes = firefish.notes("posts_600", &wish).await;
    assert!(!notes.iter().any(answers_another) && !notes.iter().any(is_renote));
}

fn is_renote(note: &Value) -> bool {
    note["text"].is_null() && note["renoteId"].is_string()
}

fn answers_another(note: &Value) -> bool {
    note["replyId"].is_string() && note["reply"]["userId"] != note["userId"]
}

#[tokio::test]
async fn pages_go_both_ways_without_gaps() {
    let bench = start().await;
    let wish = json!({ "limit": 50, "withReplies": true });
    let first = bench.notes("posts_600", &wish).await;
    let mut sorted = ids(&first);
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(sorted, ids(&first), "newest first");

    let until = |id: &Value| json!({ "limit": 50, "withReplies": true, "untilId": id });
    let next = bench.notes("posts_600", &until(&first[49]["id"])).await;
    assert!(next[0]["id"].as_str() < first[49]["id"].as_str());
    let overlapping = bench.notes("posts_600", &until(&first[9]["id"])).await;
    assert_eq!(ids(&overlapping)[..40], ids(&first)[10..]);

    let since = json!({ "limit": 10, "withReplies": true, "sinceId": next[0]["id"] });
    let upwards = bench.notes("posts_600", &since).await;
    let mut expected = ids(&first)[40..].to_vec();
    expected.reverse();
    assert_eq!(
        ids(&upwards),
        expected,
        "with only a beginning the oldest come first"
    );

    let both = json!({
        "limit": 100, "withReplies": true, "sinceId": next[0]["id"], "untilId": first[44]["id"],
    });
    let between = bench.notes("posts_600", &both).await;
    assert_eq!(ids(&between), ids(&first)[45..]);

    let at = time(&first[9]);
    let by_date = json!({ "limit": 5, "withReplies": true, "untilDate": at });
    let older = bench.notes("posts_600", &by_date).await;
    assert_eq!(ids(&older), ids(&first)[10..15]);
}

/// When a note was written, in unix milliseconds: ids of Misskey's kind `aidx` begin with it.
fn time(note: &Value) -> i64 {
    let id = note["id"].as_str().unwrap();
    i64::from_str_radix(&id[..8], 36).unwrap() + 946_684_800_000
}

#[tokio::test]
async fn a_page_that_may_be_short_is_never_empty_before_the_end() {
    let bench = start().await;
    for (handle, allow_partial) in [("posts_600", true), ("posts_600", false)] {
        let mut wish = json!({
            "limit": 100, "withReplies": true, "withRenotes": false, "allowPartial": allow_partial,
        });
        let mut sizes = Vec::new();
        loop {
            let notes = bench.notes(handle, &wish).await;
            let Some(last) = notes.last() else {
                break;
            };
            sizes.push(notes.len());
            wish["untilId"] = last["id"].clone();
        }
        let (_, full) = sizes.split_last().unwrap();
        // What it keeps a list of is not filled up, and what it looks for is.
        let is_short = |size: &usize| *size < 100;
        assert_eq!(is_short(&full[0]), allow_partial, "{sizes:?}");
        assert!(!full.last().is_some_and(is_short), "{sizes:?}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let bench = start().await;
    let user = bench.user("posts_3");
    for (wish, param, reason) in [
        (
            json!({}),
            "#/required",
            "must have required property 'userId'",
        ),
        (
            json!({ "userId": 7 }),
            "#/properties/userId/type",
            "must be string",
        ),
        (
            json!({ "userId": "a-b" }),
            "#/properties/userId/format",
            "must match format \"misskey:id\"",
        ),
        (
            json!({ "userId": user, "limit": 101 }),
            "#/properties/limit/maximum",
            "must be <= 100",
        ),
        (
            json!({ "userId": user, "limit": 0 }),
            "#/properties/limit/minimum",
            "must be >= 1",
        ),
        (
            json!({ "userId": user, "limit": "9" }),
            "#/properties/limit/type",
            "must be integer",
        ),
        (
            json!({ "userId": user, "untilId": null }),
            "#/properties/untilId/type",
            "must be string",
        ),
        (
            json!({ "userId": user, "withReplies": 1 }),
            "#/properties/withReplies/type",
            "must be boolean",
        ),
    ] {
        let (status, error) = bench.error("/api/users/notes", &wish).await;
        assert_eq!(
            (status, &error["code"]),
            (400, &json!("INVALID_PARAM")),
            "{wish}"
        );
        assert_eq!(error["kind"], "client");
        assert_eq!(error["info"], json!({ "param": param, "reason": reason }));
    }
    let both = json!({ "userId": user, "withReplies": true, "withFiles": true });
    let (status, error) = bench.error("/api/users/notes", &both).await;
    assert_eq!(
        (status, &error["code"]),
        (400, &json!("BOTH_WITH_REPLIES_AND_WITH_FILES"))
    );
    let (status, error) = bench.error("/api/no/such", &json!({})).await;
    assert_eq!(
        (status, &error["code"]),
        (404, &json!("UNKNOWN_API_ENDPOINT"))
    );

    let send = async |kind: &str, body: &'static str| {
        let path = bench.url("/api/users/notes");
        let request = bench
            .client
            .post(path)
            .header("content-type", kind)
            .body(body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        (status, body)
    };
    let (status, body) = send("application/json", "").await;
    assert_eq!(
        (status, &body["code"]),
        (400, &json!("FST_ERR_CTP_EMPTY_JSON_BODY"))
    );
    let (status, body) = send("application/json", "{").await;
    assert_eq!(
        (status, &body["code"]),
        (400, &json!("FST_ERR_CTP_INVALID_JSON_BODY"))
    );
    let (status, body) = send("application/x-www-form-urlencoded", "userId=a").await;
    assert_eq!(
        (status, &body["code"]),
        (415, &json!("FST_ERR_CTP_INVALID_MEDIA_TYPE"))
    );
    let (status, body) = send("text/plain", "{}").await;
    assert_eq!(
        (status, &body["error"]["info"]["reason"]),
        (400, &json!("must be object"))
    );

    assert_eq!(
        bench.get("/api/users/notes").await.status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn who_is_not_there_has_no_notes() {
    for software in [Software::Misskey, Software::Firefish] {
        let bench = start_as(software).await;
        let wish = json!({ "userId": "9zzzzzzzzzzzzzzz" });
        if software == Software::Firefish {
            let (status, error) = bench.error("/api/users/notes", &wish).await;
            assert_eq!((status, &error["code"]), (400, &json!("NO_SUCH_USER")));
        } else {
            assert_eq!(bench.json("/api/users/notes", &wish).await, json!([]));
        }
        let (status, error) = bench.error("/api/users/show", &wish).await;
        assert_eq!((status, &error["code"]), (404, &json!("NO_SUCH_USER")));
        let wish = json!({ "noteId": "9zzzzzzzzzzzzzzz" });
        let (status, error) = bench.error("/api/notes/show", &wish).await;
        assert_eq!((status, &error["code"]), (400, &json!("NO_SUCH_NOTE")));
    }
}

#[tokio::test]
async fn people_are_found_by_id_and_by_name() {
    let bench = start().await;
    let here = json!({ "username": "LEMON_DEMO", "host": null });
    let user = bench.json("/api/users/show", &here).await;
    assert_eq!(user["id"], bench.user(DEMO_HANDLE));
    assert_eq!(
        user["notesCount"],
        bench.misskey.contents(DEMO_HANDLE).unwrap().posts
    );
    let notes = bench
        .notes("posts_300", &json!({ "limit": 100, "withReplies": true }))
        .await;
    let mut parents = notes.iter().map(|note| &note["reply"]["user"]);
    let remote = parents.find(|user| user["host"].is_string()).unwrap();
    assert!(remote["instance"]["softwareName"].is_string());
    for wish in [
        json!({ "userId": remote["id"] }),
        json!({ "username": remote["username"], "host": remote["host"] }),
    ] {
        let user = bench.json("/api/users/show", &wish).await;
        assert_eq!(user["id"], remote["id"]);
    }
    let nobody = json!({ "username": "nobody", "host": "o.example" });
    let (status, error) = bench.error("/api/users/show", &nobody).await;
    assert_eq!(
        (status, &error["code"]),
        (500, &json!("FAILED_TO_RESOLVE_REMOTE_USER"))
    );
    let (status, _) = bench.error("/api/users/show", &json!({})).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn strangers_are_shown_what_is_public_and_home() {
    let bench = start().await;
    let contents = bench.misskey.contents("posts_600").unwrap();
    let all = async |token: Option<&str>| {
        let mut wish = json!({ "limit": 100, "withReplies": true, "withRenotes": false });
        if let Some(token) = token {
            wish["i"] = json!(token);
        }
        let mut counts: HashMap<String, usize> = HashMap::new();
        loop {
            let notes = bench.notes("posts_600", &wish).await;
            let Some(last) = notes.last() else {
                return counts;
            };
            wish["untilId"] = last["id"].clone();
            for note in &notes {
                assert_eq!(note.get("isHidden"), None);
                *counts
                    .entry(note["visibility"].as_str().unwrap().to_owned())
                    .or_default() += 1;
            }
        }
    };
    let mut expected = HashMap::from([
        ("public".to_owned(), contents.public),
        ("home".to_owned(), contents.unlisted),
    ]);
    assert_eq!(all(None).await, expected);
    let other = bench.misskey.grant("posts_3", &[]).unwrap();
    assert_eq!(all(Some(&other)).await, expected);
    let me = bench.misskey.grant("posts_600", &[]).unwrap();
    expected.insert("followers".to_owned(), contents.followers);
    expected.insert("specified".to_owned(), contents.direct);
    assert_eq!(all(Some(&me)).await, expected);
}

#[tokio::test]
async fn some_show_their_notes_only_to_those_who_are_signed_in() {
    let bench = start().await;
    let wish = json!({ "limit": 20, "withReplies": true, "withRenotes": false });
    let notes = bench.notes("protected_demo", &wish).await;
    assert_eq!(notes.len(), 20);
    for note in &notes {
        assert_eq!(
            (&note["isHidden"], &note["text"]),
            (&json!(true), &json!(null))
        );
        assert_eq!(note["user"]["requireSigninToViewContents"], true);
    }
    let (status, error) = bench
        .error("/api/notes/show", &json!({ "noteId": notes[0]["id"] }))
        .await;
    assert_eq!((status, &error["code"]), (400, &json!("SIGNIN_REQUIRED")));
    let token = bench.misskey.grant("posts_3", &[]).unwrap();
    let wish = json!({ "limit": 20, "withReplies": true, "withRenotes": false, "i": token });
    let notes = bench.notes("protected_demo", &wish).await;
    assert!(notes.iter().all(|note| note["text"].is_string()));
}

#[tokio::test]
async fn people_of_any_size_are_read_to_their_end() {
    let bench = start().await;
    for handle in ["posts_0", "posts_1", "posts_3", "posts_3200", DEMO_HANDLE] {
        let contents = bench.misskey.contents(handle).unwrap();
        let (pages, _) = bench.read(handle, Wishes::default()).await;
        let sum = |count: fn(&Given) -> usize| pages.iter().map(count).sum::<usize>();
        assert_eq!(sum(|page| page.posts.len()), contents.plain, "{handle}");
        assert_eq!(sum(|page| page.left_out), 0);
        let all = Wishes {
            unlisted: true,
            warned: true,
        };
        let (pages, _) = bench.read(handle, all).await;
        let read: usize = pages.iter().map(|page| page.posts.len()).sum();
        assert_eq!(read, contents.public + contents.unlisted, "{handle}");
    }
}

#[tokio::test]
async fn the_words_are_those_of_the_person_on_x() {
    let bench = start().await;
    let directory = Directory::load().unwrap();
    let all = Wishes {
        unlisted: true,
        warned: true,
    };
    for handle in [DEMO_HANDLE, "posts_3200"] {
        let account = directory.account(handle).unwrap();
        let (pages, _) = bench.read(handle, all).await;
        // No person says two things in the same second.
        let notes = pages.iter().flat_map(|page| &page.posts);
        let mut notes: HashMap<i64, _> = notes.map(|note| (note.at, note)).collect();
        let mut parents = 0;
        for index in 0..account.len() {
            let post = account.post(index).unwrap();
            let relation = post.reference.map(|reference| reference.relation);
            let Some(note) = notes.remove(&post.at) else {
                continue;
            };
            assert_eq!(clean(&note.text), on_x(&post), "{handle} {index}");
            let Some(parent) = &note.parent else {
                assert_ne!(relation, Some(Relation::RepliedTo));
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
                parents += 1;
            }
        }
        assert!(notes.is_empty(), "notes that X has not");
        assert!(parents > account.len() / 5, "{parents} parents");
    }
}

#[tokio::test]
async fn the_known_exchanges_are_among_the_newest_fifty() {
    let bench = start().await;
    for handle in [DEMO_HANDLE, "posts_3", "posts_600"] {
        let (pages, _) = bench.read(handle, Wishes::default()).await;
        let mut newest = pages.iter().flat_map(|page| &page.posts).take(50);
        for known in KNOWN {
            let note = newest
                .clone()
                .find(|note| note.text == known.reply)
                .unwrap_or_else(|| panic!("{handle} has not said {}", known.reply));
            let parent = note.parent.as_ref().unwrap();
            let Content::Shown { text, .. } = &parent.content else {
                panic!("{parent:?}");
            };
            assert_eq!(text, known.said);
        }
        assert!(newest.next().is_some());
    }
}

#[tokio::test]
async fn notes_are_of_every_kind() {
    let bench = start().await;
    let mut wish = json!({ "limit": 100, "withReplies": true });
    let mut notes = Vec::new();
    while notes.len() < 2_000 {
        let page = bench.notes("posts_3200", &wish).await;
        wish["untilId"] = page.last().unwrap()["id"].clone();
        notes.extend(page);
    }
    let text = |note: &Value| note["text"].as_str().unwrap_or_default().to_owned();
    let kinds: [Named; 13] = [
        ("MFM", &|note| {
            let text = text(note);
            note["replyId"].is_null() && clean(&plain(&text, false)) != clean(&text)
        }),
        ("a function", &|note| text(note).contains("$[")),
        ("somebody of another host", &|note| {
            text(note).contains("@o.example ")
        }),
        ("a warning", &|note| note["cw"].is_string()),
        ("home", &|note| note["visibility"] == "home"),
        ("a renote", &|note| {
            is_renote(note) && note["renote"]["text"].is_string()
        }),
        ("a quote", &|note| {
            note["text"].is_string() && note["renoteId"].is_string()
        }),
        ("a file", &|note| {
            note["files"][0]["id"] == note["fileIds"][0] && note["fileIds"] != json!([])
        }),
        ("a poll", &|note| note["poll"]["choices"].is_array()),
        ("an own thread", &|note| {
            note["reply"]["userId"] == note["userId"]
        }),
        ("a parent that is hidden", &|note| {
            note["reply"]["isHidden"] == true
        }),
        ("a parent that is gone", &|note| {
            note["replyId"].is_string() && note.get("reply").is_none()
        }),
        ("a parent that is nothing", &|note| {
            note["replyId"].is_string() && note.get("reply") == Some(&Value::Null)
        }),
    ];
    for (kind, is_of_kind) in kinds {
        assert!(notes.iter().any(is_of_kind), "{kind}");
    }
    for note in &notes {
        assert_eq!(note["userId"], note["user"]["id"]);
        assert_eq!(note["reply"].get("reply"), None, "one level deep");
    }
    let parent = notes
        .iter()
        .find(|note| note["reply"]["text"].is_string())
        .unwrap();
    let shown = bench
        .json("/api/notes/show", &json!({ "noteId": parent["replyId"] }))
        .await;
    assert_eq!(shown["text"], parent["reply"]["text"]);
}

#[tokio::test]
async fn sharkey_answers_five_times_a_second() {
    let bench = start_as(Software::Sharkey).await;
    let wish = json!({ "userId": bench.user("posts_3") });
    for _ in 0..5 {
        bench.json("/api/users/notes", &wish).await;
    }
    let refused = bench.post("/api/users/notes", &wish).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(header(refused.headers(), "retry-after"), "1");
    let error: Value = refused.json().await.unwrap();
    assert_eq!(error["error"]["code"], "RATE_LIMIT_EXCEEDED");
    assert_eq!(
        error["error"]["info"]["resetMs"], 1_000,
        "how long, not until when"
    );
    bench.misskey.clock().advance(1);
    bench.json("/api/users/notes", &wish).await;
}

#[tokio::test]
async fn faults_of_the_server_look_like_its_own() {
    let bench = start().await;
    let wish = json!({ "userId": bench.user("posts_300"), "limit": 100, "withReplies": true });
    let meet = async |kind: Kind| {
        bench.misskey.fault(Fault::once(kind, Route::Notes));
        bench.post("/api/users/notes", &wish).await
    };
    for (kind, status, code) in [
        (Kind::Status { status: 500 }, 500, "INTERNAL_ERROR"),
        (Kind::Status { status: 401 }, 401, "CREDENTIAL_REQUIRED"),
        (Kind::Status { status: 403 }, 403, "PERMISSION_DENIED"),
        (
            Kind::RateLimited { reset_in: 30 },
            429,
            "RATE_LIMIT_EXCEEDED",
        ),
    ] {
        let answer = meet(kind).await;
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(header(answer.headers(), "access-control-allow-origin"), "*");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["code"], code);
        if code == "RATE_LIMIT_EXCEEDED" {
            assert_eq!(body["error"]["info"]["resetMs"], (NOW + 30) * 1_000);
        }
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
    let right = bench.post("/api/users/notes", &wish).await;
    assert_eq!(right.status(), StatusCode::OK, "a fault happens once");
}

#[tokio::test]
async fn pages_can_be_wrong() {
    let bench = start().await;
    let user = bench.user("posts_300");
    let wish = json!({ "userId": user, "limit": 100, "withReplies": true });
    let first = bench.json("/api/users/notes", &wish).await;
    let mut next = wish.clone();
    next["untilId"] = first[99]["id"].clone();
    let meet = async |kind: Kind, wish: &Value| {
        bench.misskey.fault(Fault::once(kind, Route::Notes));
        bench.json("/api/users/notes", wish).await
    };
    assert_eq!(meet(Kind::SamePage, &next).await, first);
    assert_eq!(meet(Kind::EmptyPage, &next).await, json!([]));
    assert!(meet(Kind::WrongShape, &wish).await["data"].is_array());
    let odd = meet(Kind::OddItems, &wish).await;
    let given = page(odd.to_string().as_bytes(), &user, Wishes::default()).unwrap();
    assert!(given.left_out >= 3, "{}", given.left_out);
    let show = json!({ "userId": user });
    bench
        .misskey
        .fault(Fault::once(Kind::WrongShape, Route::User));
    assert!(bench.json("/api/users/show", &show).await.is_array());

    assert_eq!(meet(Kind::Deleted, &next).await, json!([]));
    assert_eq!(bench.json("/api/users/notes", &wish).await, json!([]));
    let (status, _) = bench.error("/api/users/show", &show).await;
    assert_eq!(status, 404);
    bench.misskey.reset();
    assert_eq!(bench.json("/api/users/notes", &wish).await, first);
    bench.misskey.delete("posts_300").unwrap();
    assert_eq!(bench.json("/api/users/notes", &wish).await, json!([]));
}

#[tokio::test]
async fn answers_can_be_late_broken_or_absent() {
    let bench = start().await;
    let wish = json!({ "userId": bench.user("posts_300") });
    let took = async |wish: &Value| {
        let from = Instant::now();
        bench.json("/api/users/notes", wish).await;
        from.elapsed()
    };
    bench
        .misskey
        .fault(Fault::once(Kind::Slow { millis: 300 }, Route::Notes));
    assert!(took(&wish).await >= Duration::from_millis(300));
    bench.misskey.set_delay(Duration::from_millis(150));
    assert!(took(&wish).await >= Duration::from_millis(150));
    bench.misskey.set_delay(Duration::ZERO);

    bench.misskey.fault(Fault::once(Kind::CutOff, Route::Notes));
    let answer = bench.post("/api/users/notes", &wish).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.bytes().await.is_err());

    bench
        .misskey
        .fault(Fault::once(Kind::Silence, Route::Notes));
    let silent = tokio::time::timeout(
        Duration::from_millis(200),
        bench.try_post("/api/users/notes", &wish),
    );
    assert!(silent.await.is_err());
    assert_eq!(bench.misskey.requests().last().unwrap().status, 0);
    bench.json("/api/users/notes", &wish).await;
}

#[tokio::test]
async fn a_browser_that_may_not_ask_is_told_before() {
    let bench = start().await;
    bench
        .misskey
        .fault(Fault::once(Kind::WithoutCors, Route::Notes));
    let ask = async || {
        let ask = bench
            .client
            .request(Method::OPTIONS, bench.url("/api/users/notes"))
            .header("origin", ORIGIN)
            .header("access-control-request-method", "POST");
        let answer = ask.send().await.unwrap();
        header(answer.headers(), "access-control-allow-origin").to_owned()
    };
    assert_eq!(ask().await, "");
    assert_eq!(ask().await, "*");
    bench
        .misskey
        .fault(Fault::once(Kind::Status { status: 500 }, Route::Notes));
    assert_eq!(ask().await, "*", "other faults wait for the request itself");
}

#[tokio::test]
async fn the_journal_tells_who_asked_and_how() {
    let bench = start().await;
    let token = bench.misskey.grant("posts_3", &[]).unwrap();
    let wish = json!({ "userId": bench.user("posts_3"), "i": token });
    let request = bench
        .client
        .post(bench.url("/api/users/notes"))
        .header("origin", ORIGIN)
        .header("referer", "https://lemon.example/import")
        .header("cookie", "a=b")
        .json(&wish);
    request.send().await.unwrap();
    bench.get("/miauth/x?name=Lemon").await;
    let [notes, page] = &bench.misskey.requests()[..] else {
        panic!("{:?}", bench.misskey.requests());
    };
    assert_eq!(
        (notes.route, notes.status, notes.at),
        (Route::Notes, 200, NOW)
    );
    assert_eq!(notes.body, wish.to_string());
    assert!(notes.has_token && notes.has_cookies);
    assert_eq!(notes.origin.as_deref(), Some(ORIGIN));
    assert_eq!(
        notes.referer.as_deref(),
        Some("https://lemon.example/import")
    );
    assert_eq!(
        (page.route, page.query.as_str()),
        (Route::Page, "name=Lemon")
    );
    assert!(!page.has_token && !page.has_cookies && page.origin.is_none());
}

#[tokio::test]
async fn it_can_be_driven_over_http() {
    let bench = start().await;
    let wish = json!({ "userId": bench.user("posts_3") });
    let fault = json!([{ "kind": { "status": { "status": 503 } }, "route": "notes", "times": 1 }]);
    let answer = bench.post("/_standin/faults", &fault).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let waiting: Value = bench.get("/_standin/faults").await.json().await.unwrap();
    assert_eq!(waiting[0]["route"], "notes");
    assert_eq!(bench.post("/api/users/notes", &wish).await.status(), 503);
    let now = bench
        .json("/_standin/clock", &json!({ "seconds": 60 }))
        .await;
    assert_eq!(now, json!({ "now": NOW + 60 }));
    let contents = bench.get("/_standin/contents/posts_3").await;
    let contents: Value = contents.json().await.unwrap();
    assert_eq!(
        (&contents["posts"], &contents["plain"]),
        (&json!(3), &json!(3))
    );
    let requests: Value = bench.get("/_standin/requests").await.json().await.unwrap();
    assert_eq!(
        (requests.as_array().unwrap().len(), &requests[0]["status"]),
        (1, &json!(503))
    );
    let gone = bench
        .post("/_standin/delete", &json!({ "handle": "posts_3" }))
        .await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(bench.json("/api/users/notes", &wish).await, json!([]));
    bench.post("/_standin/reset", &json!({})).await;
    let mut all = wish.clone();
    all["withReplies"] = json!(true);
    let notes = bench.json("/api/users/notes", &all).await;
    assert_eq!(notes.as_array().unwrap().len(), 3);
    assert_eq!(bench.misskey.requests().len(), 1);
    let delay = bench
        .client
        .put(bench.url("/_standin/delay"))
        .json(&json!({ "millis": 120 }));
    assert_eq!(delay.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    let from = Instant::now();
    bench.json("/api/users/notes", &wish).await;
    assert!(from.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn elsewhere_is_the_client() {
    let bench = start().await;
    let page = bench.get("/no/such/page").await;
    assert_eq!(
        page.status(),
        StatusCode::OK,
        "Misskey's client finds out for itself"
    );
    assert!(header(page.headers(), "content-type").starts_with("text/html"));
    let answer = bench.post("/no/such/page", &json!({})).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let url = bench.misskey.url().to_owned();
    drop(bench.misskey);
    let refused = async || bench.client.get(&url).send().await.is_err();
    for _ in 0..1_000 {
        if refused().await {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it goes on when it is dropped");
}
