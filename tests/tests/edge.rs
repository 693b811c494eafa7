//! The edge under workerd, with the stand-in as X: every route, every error.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails a test"
)]

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant, SystemTime},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use lemon_edge::{
    bot::{FORM, MIN_BOT_BYTES},
    budget::{FAILURES, PROBE, next_month},
    cookie,
    error::RETRY_SECONDS,
    seal::Key,
    session::Session,
    sign_in::{self, SIGN_IN_SECONDS, SignIn},
    x::TIMEOUT_MS,
};
use lemon_tests::{
    fast::FastTime,
    stage::{SESSION_KEY, Serve, Setting, Stage},
    standin::{self, CODE_SECONDS, Client, Fault, Kind, Redirects, Route},
};
use lemon_wire::{
    Cause, DELETE_HASH_HEADER, DELETE_TOKEN_HEADER, EXPIRY_HEADER, Limit, MAX_BOT_BYTES, Me,
    PROBLEM_TYPE, ParentContent, Post, PostsPage, Problem, State, Status, Stored, Terms,
};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use serde_json::json;
use sha2::{Digest, Sha256};

#[path = "edge/changes.rs"]
mod changes;
#[path = "edge/money.rs"]
mod money;
#[path = "edge/odd.rs"]
mod odd;
#[path = "edge/operations.rs"]
mod operations;

const DAY: i64 = 24 * 60 * 60;
/// How far the clocks of the Worker and of a test may be apart, in seconds.
const CLOCKS: i64 = 5;
const TOKEN: [u8; 32] = [7; 32];

/// A browser as far as these tests need one: cookies, and no redirects that
/// are not asked for.
struct Visitor<'a> {
    stage: &'a Stage,
    client: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl<'a> Visitor<'a> {
    fn new(stage: &'a Stage) -> Self {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy();
        Self {
            stage,
            client: client.build().unwrap(),
            cookies: BTreeMap::new(),
        }
    }

    /// The status once it is as expected; what it is in the end if it never is. It is up to
    /// a second old.
    async fn status(&mut self, is: impl Fn(&Status) -> bool) -> Status {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let status: Status = self.get("/api/status").await.json();
            if is(&status) || Instant::now() > deadline {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    /// As our own page sends it: with our origin.
    async fn change(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let origin = self.stage.origin().to_owned();
        let headers = [&[("origin", origin.as_str())], headers].concat();
        self.send(method, path, &headers, body).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let pairs: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.stage.origin()))
            .header("cookie", pairs.join("; "));
        if !body.is_empty() {
            request = request.body(body);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.unwrap().to_vec();
        for line in headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (pair, attributes) = line.split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert!(
                attributes.starts_with("Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age="),
                "{line}"
            );
            if attributes.ends_with("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                assert!(line.len() < 4096);
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let answer = Answer {
            status,
            headers,
            body,
        };
        if path.starts_with("/api") {
            answer.check_headers(answer.headers.contains_key("etag"));
        }
        answer
    }

    /// Goes to X; the address of its page.
    async fn leave_for_x(&mut self) -> String {
        let login = self.get("/api/auth/login").await;
        assert_eq!(login.status, 302);
        assert_ne!(self.attempts(), [""; 0]);
        login.header("location").to_owned()
    }

    /// Clicks on X's page; the path on which X sends the person back.
    async fn at_x(&self, page: &str, choice: &str) -> String {
        let response = self
            .client
            .get(format!("{page}&{choice}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 302, "{page}");
        let back = response.headers()["location"].to_str().unwrap();
        back.strip_prefix(self.stage.origin()).unwrap().to_owned()
    }

    /// Where the person ends after a sign-in as `handle`.
    async fn sign_in(&mut self, handle: &str) -> String {
        let page = self.leave_for_x().await;
        let back = self.at_x(&page, &format!("as={handle}")).await;
        self.come_back(&back).await
    }

    async fn come_back(&mut self, path: &str) -> String {
        let callback = self.get(path).await;
        assert_eq!(callback.status, 302);
        // A state may have dashes of its own.
        let own = |cookie: &&str| {
            let state = cookie.strip_prefix(cookie::SIGN_IN).unwrap();
            path.contains(state.strip_prefix('-').unwrap())
        };
        let left: Vec<_> = self.attempts().into_iter().filter(own).collect();
        assert_eq!(left, [""; 0], "left behind");
        callback.header("location").to_owned()
    }

    /// What the cookies of sign-ins are called that are under way.
    fn attempts(&self) -> Vec<&str> {
        let names = self.cookies.keys().map(String::as_str);
        names
            .filter(|name| name.starts_with(cookie::SIGN_IN))
            .collect()
    }

    /// What only the Worker can read in the visitor's cookie.
    fn session(&self) -> Session {
        let value = format!("{}={}", cookie::SESSION, self.cookies[cookie::SESSION]);
        let name = http_name("cookie");
        let headers = [(name, HeaderValue::from_str(&value).unwrap())]
            .into_iter()
            .collect();
        Session::of(&headers, &key(), now()).unwrap()
    }

    async fn store(&mut self, id: &str, body: Vec<u8>, days: &str) -> Answer {
        let hash = BASE64.encode(Sha256::digest(TOKEN));
        let headers = [(EXPIRY_HEADER, days), (DELETE_HASH_HEADER, hash.as_str())];
        self.change(Method::PUT, &format!("/api/bots/{id}"), &headers, body)
            .await
    }

    async fn delete(&mut self, id: &str, token: &str) -> Answer {
        let headers = [(DELETE_TOKEN_HEADER, token)];
        self.change(
            Method::DELETE,
            &format!("/api/bots/{id}"),
            &headers,
            Vec::new(),
        )
        .await
    }
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!(
                "{} {error}: {}",
                self.status,
                String::from_utf8_lossy(&self.body)
            )
        })
    }

    /// The problem, once it is sure that it is one.
    fn problem(&self) -> Problem {
        assert_eq!(self.header("content-type"), PROBLEM_TYPE);
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status);
        assert_eq!(
            problem.kind,
            format!("about:blank#{}", problem.cause.slug())
        );
        problem
    }

    fn failed(&self) -> (u16, Cause) {
        let problem = self.problem();
        (problem.status, problem.cause)
    }

    /// Only a bot has a tag, and may be kept by who asks each time whether it is still there.
    fn check_headers(&self, has_tag: bool) {
        let kept = if has_tag {
            "private, no-cache"
        } else {
            "no-store"
        };
        let expected = [
            ("cache-control", kept),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ];
        for (name, value) in expected {
            let body = String::from_utf8_lossy(&self.body);
            assert_eq!(self.header(name), value, "{name}: {} {body}", self.status);
        }
        assert!(
            self.header("content-security-policy")
                .starts_with("default-src 'none'; ")
        );
        assert!(
            self.header("strict-transport-security")
                .starts_with("max-age=")
        );
        assert!(!self.header("permissions-policy").is_empty());
        assert_eq!(self.header("x-lemon-request-id").len(), 16);
        assert!(!self.headers.contains_key("access-control-allow-origin"));
    }
}

/// The API alone, with these variables.
async fn api(vars: &[(&'static str, &str)]) -> Stage {
    let vars = vars
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    Stage::start_with(Setting {
        serve: Serve::Api,
        vars: vars.collect(),
        ..Setting::default()
    })
    .await
    .unwrap()
}

fn http_name(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}

fn key() -> Key {
    Key::parse(SESSION_KEY).unwrap()
}

fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// What looks to the edge like a bot with this in it.
fn sealed(inside: &[u8]) -> Vec<u8> {
    let front = MIN_BOT_BYTES - FORM.len();
    [&FORM[..], &vec![0; front], inside].concat()
}

fn id(byte: u8) -> String {
    BASE64.encode([byte; 16])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_reads_every_post_and_signs_out() {
    let stage = Stage::start().await.unwrap();
    let mut visitor = Visitor::new(&stage);
    assert_eq!(visitor.get("/api/me").await.json::<Option<Me>>(), None);
    assert_eq!(
        visitor.get("/api/posts").await.failed(),
        (401, Cause::SignedOut)
    );

    assert_eq!(visitor.sign_in("posts_3200").await, "/");
    let directory = stage.x().directory();
    let account = directory.account("posts_3200").unwrap();
    let me: Me = visitor.get("/api/me").await.json();
    assert_eq!(me.id, account.user().id.to_string());
    assert_eq!(me.handle, "posts_3200");
    assert_eq!(
        me.avatar,
        Some(format!("{}/_avatar/posts_3200", stage.x().url()))
    );
    assert!(!me.protected);

    let mut posts: Vec<Post> = Vec::new();
    let mut cursor = None;
    loop {
        let query = cursor.map_or_else(String::new, |cursor| format!("?cursor={cursor}"));
        let page: PostsPage = visitor.get(&format!("/api/posts{query}")).await.json();
        assert!(page.posts.len() <= 100);
        let window = page.window.expect("the stand-in tells its window");
        assert_eq!(window.limit, 900);
        assert!(window.remaining < 900 && window.reset > now() - CLOCKS);
        posts.extend(page.posts);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let contents = account.contents(directory);
    assert_eq!(posts.len(), contents.in_reach);
    assert!(posts.is_sorted_by(|newer, older| newer.at >= older.at));
    for (index, post) in posts.iter().enumerate() {
        assert_eq!(post.id, account.post(index).unwrap().id.to_string());
    }
    assert_eq!(
        posts.iter().filter(|post| post.repost).count(),
        contents.retweets
    );
    let count = |is: fn(&ParentContent, &str) -> bool| {
        let parents = posts.iter().filter_map(|post| post.parent.as_ref());
        parents.filter(|parent| is(&parent.content, &me.id)).count()
    };
    let open = |content: &ParentContent, me: &str| matches!(content, ParentContent::Shown { author_id, .. } if author_id != me);
    assert_eq!(count(open), contents.open_parents);
    assert_eq!(
        count(|content, _| *content == ParentContent::Protected),
        contents.protected_parents + contents.hidden_parents
    );
    assert_eq!(
        count(|content, _| *content == ParentContent::Gone),
        contents.replies_to_others
            - contents.open_parents
            - contents.protected_parents
            - contents.hidden_parents
    );
    for known in standin::KNOWN {
        let answers = |post: &&Post| post.text.contains(known.reply);
        let post = posts.iter().find(answers).unwrap();
        let Some(ParentContent::Shown { text, .. }) = post.parent.as_ref().map(|p| &p.content)
        else {
            panic!("{post:?}");
        };
        assert!(text.contains(known.said));
    }

    let kept = visitor.cookies.clone();
    let left = visitor
        .change(Method::POST, "/api/auth/logout", &[], Vec::new())
        .await;
    assert_eq!(left.status, 204);
    assert!(visitor.cookies.is_empty());
    assert_eq!(visitor.get("/api/me").await.json::<Option<Me>>(), None);
    let last = stage.x().requests().pop().unwrap();
    assert_eq!((last.route, last.status), (Route::Revoke, 200));

    visitor.cookies = kept;
    assert_eq!(
        visitor.get("/api/posts").await.failed(),
        (401, Cause::SignedOut)
    );
    assert!(
        visitor.cookies.is_empty(),
        "X ended the session, and the cookie stayed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sign_in_that_goes_wrong_ends_on_the_page() {
    let stage = Stage::start().await.unwrap();
    let mut visitor = Visitor::new(&stage);
    let asked = |route| {
        stage
            .x()
            .requests()
            .iter()
            .filter(|asked| asked.route == route)
            .count()
    };

    let page = visitor.leave_for_x().await;
    let back = visitor.at_x(&page, "cancel=1").await;
    assert_eq!(visitor.come_back(&back).await, "/?signin=denied");

    let page = visitor.leave_for_x().await;
    let others = visitor.at_x(&page, "as=lemon_demo").await;
    visitor.cookies.clear();
    visitor.leave_for_x().await;
    assert_eq!(
        visitor.come_back(&others).await,
        "/?signin=elsewhere",
        "another sign-in's state"
    );
    visitor.cookies.clear();
    assert_eq!(
        visitor.come_back(&others).await,
        "/?signin=elsewhere",
        "no sign-in at all"
    );
    assert_eq!(
        visitor.come_back("/api/auth/callback").await,
        "/?signin=failed"
    );

    let sign_in = SignIn::new([1; 16], [2; 32]);
    let path = format!("/api/auth/callback?code=x&state={}", sign_in.state);
    let sealed = sign_in
        .seal(&key(), [3; 12], now() - SIGN_IN_SECONDS - CLOCKS)
        .unwrap();
    visitor
        .cookies
        .insert(sign_in::name(&sign_in.state), sealed.clone());
    assert_eq!(
        visitor.come_back(&path).await,
        "/?signin=expired",
        "ten minutes later"
    );
    visitor.cookies.insert(cookie::SESSION.to_owned(), sealed);
    assert_eq!(
        visitor.get("/api/me").await.json::<Option<Me>>(),
        None,
        "wrong purpose"
    );
    visitor.cookies.clear();
    assert_eq!(asked(Route::Token), 0, "X was asked without need");

    let page = visitor.leave_for_x().await;
    let back = visitor.at_x(&page, "as=lemon_demo").await;
    stage.x().clock().advance(CODE_SECONDS + 1);
    assert_eq!(
        visitor.come_back(&back).await,
        "/?signin=expired",
        "the code died"
    );

    let cases = [
        (Kind::Gateway, Route::Token, "failed"),
        (
            Kind::Window {
                remaining: 0,
                reset_in: 600,
            },
            Route::Me,
            "waiting",
        ),
        (Kind::Forbidden, Route::Me, "failed"),
        (Kind::Server { status: 503 }, Route::Me, "failed"),
        (Kind::CutOff, Route::Me, "failed"),
    ];
    for (kind, route, outcome) in cases {
        stage.x().fault(Fault::once(kind, route));
        let end = visitor.sign_in("lemon_demo").await;
        assert_eq!(end, format!("/?signin={outcome}"), "{kind:?} {route:?}");
        assert!(visitor.cookies.is_empty(), "{kind:?} {route:?}");
    }
    assert_eq!(visitor.sign_in("lemon_demo").await, "/");

    // Nobody else is sent to X to learn the same.
    stage.x().fault(Fault::once(Kind::Credits, Route::Me));
    assert_eq!(visitor.sign_in("lemon_demo").await, "/?signin=closed");
    let status = visitor.status(|status| status.state == State::Closed).await;
    assert_eq!(status.limit, Some(Limit::Credits));
    let login = visitor.get("/api/auth/login").await;
    assert_eq!(login.header("location"), "/?signin=closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_worth_one_session_of_its_own_sign_in() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    // A code that has been used, with the cookie that it was used with.
    let page = visitor.leave_for_x().await;
    let back = visitor.at_x(&page, "as=lemon_demo").await;
    let cookies = visitor.cookies.clone();
    assert_eq!(visitor.come_back(&back).await, "/");
    visitor.cookies.clone_from(&cookies);
    assert_eq!(visitor.come_back(&back).await, "/?signin=expired");
    assert!(visitor.cookies.is_empty(), "a code is worth one session");

    // Somebody else's code, under one's own state.
    let mut other = Visitor::new(&stage);
    let page = other.leave_for_x().await;
    let stolen = other.at_x(&page, "as=lemon_demo").await;
    let page = visitor.leave_for_x().await;
    let own = visitor.at_x(&page, "as=lemon_demo").await;
    let part = |address: &str, name: &str| {
        let (_, query) = address.split_once('?').unwrap();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).unwrap().1.into_owned()
    };
    let mixed = format!(
        "/api/auth/callback?code={}&state={}",
        part(&stolen, "code"),
        part(&own, "state")
    );
    let end = visitor.come_back(&mixed).await;
    assert!(end.starts_with("/?signin="), "{end}");
    assert!(visitor.cookies.is_empty(), "it needs its own verifier");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_loaded_ahead_uses_nothing_up() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    assert_eq!(visitor.sign_in("posts_90").await, "/");
    let page = visitor.leave_for_x().await;
    let back = visitor.at_x(&page, "as=posts_80").await;
    let (asked, cookies) = (stage.x().requests().len(), visitor.cookies.clone());
    let ahead = [
        (
            Method::GET,
            Some(("sec-purpose", "prefetch;prerender")),
            503,
        ),
        (Method::GET, Some(("purpose", "prefetch")), 503),
        (Method::GET, Some(("x-purpose", "preview")), 503),
        (Method::GET, Some(("x-moz", "prefetch")), 503),
        (Method::HEAD, None, 204),
    ];
    for (method, header, status) in ahead {
        for path in ["/api/auth/login", &back, "/api/posts"] {
            let headers: Vec<_> = header.into_iter().collect();
            let answer = visitor
                .send(method.clone(), path, &headers, Vec::new())
                .await;
            assert_eq!(answer.status, status, "{method} {header:?} {path}");
            assert!(answer.header("vary").contains("sec-purpose"));
            assert_eq!(visitor.cookies, cookies, "{method} {header:?} {path}");
        }
    }
    assert_eq!(stage.x().requests().len(), asked, "X was asked");
    assert_eq!(visitor.come_back(&back).await, "/");
    assert_eq!(visitor.session().me.handle, "posts_80");
    assert_eq!(visitor.get("/api/posts").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_sign_in_at_once() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    let one = visitor.leave_for_x().await;
    let two = visitor.leave_for_x().await;
    let one = visitor.at_x(&one, "as=posts_90").await;
    let two = visitor.at_x(&two, "as=posts_80").await;
    for (back, handle) in [(two, "posts_80"), (one, "posts_90")] {
        assert_eq!(visitor.come_back(&back).await, "/");
        assert_eq!(visitor.session().me.handle, handle);
    }
    assert_eq!(visitor.attempts(), [""; 0]);
}

/// As when a messenger's browser opened the link, and X's app the system's.
#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_in_another_browser_begins_again_there() {
    let stage = api(&[]).await;
    let [mut messenger, mut browser] = [(); 2].map(|()| Visitor::new(&stage));
    let page = messenger.leave_for_x().await;
    let back = browser.at_x(&page, "as=posts_90").await;
    for _ in 0..2 {
        assert_eq!(browser.come_back(&back).await, "/?signin=elsewhere");
    }
    assert!(browser.cookies.is_empty());
    let asked = stage.x().requests();
    let asked = asked.iter().filter(|r| r.route == Route::Token).count();
    assert_eq!(asked, 0, "a code that is not this browser's");
    assert_eq!(browser.sign_in("posts_90").await, "/");
    // Nobody is told of a failure who is signed in.
    assert_eq!(browser.come_back(&back).await, "/");
    assert_eq!(browser.session().me.handle, "posts_90");
    // The code is as good as it was.
    assert_eq!(messenger.come_back(&back).await, "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_is_found_beside_whatever_else_is_sent() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    assert_eq!(visitor.sign_in("posts_90").await, "/");
    let value = &visitor.cookies[cookie::SESSION];
    let own = format!("{}={value}", cookie::SESSION);
    let quoted = format!("{}=\"{value}\"", cookie::SESSION);
    let cases: [Vec<Vec<u8>>; 6] = [
        vec![format!("name=레몬; {own}; 이름=1").into_bytes()],
        vec![[b"a=\xff\xfe; ", own.as_bytes()].concat()],
        vec![b"a=1".to_vec(), own.clone().into_bytes(), b"b=2".to_vec()],
        vec!["a=레".into(), format!("b=2; {own}").into_bytes()],
        vec![quoted.into_bytes()],
        vec![format!("; ;; =; a; =b; {own};").into_bytes()],
    ];
    for lines in cases {
        let mut request = visitor.client.get(format!("{}/api/me", stage.origin()));
        for line in &lines {
            request = request.header("cookie", HeaderValue::from_bytes(line).unwrap());
        }
        let me: Option<Me> = request.send().await.unwrap().json().await.unwrap();
        let lines: Vec<_> = lines
            .iter()
            .map(|line| String::from_utf8_lossy(line))
            .collect();
        assert_eq!(me.unwrap().handle, "posts_90", "{lines:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confidential_client_signs_in_and_out_with_its_secret() {
    let client = Client {
        id: "lemon".to_owned(),
        secret: Some("drizzle:cake".to_owned()),
        redirects: Redirects::Loopback,
    };
    let standin = standin::Config {
        client,
        ..standin::Config::default()
    };
    let setting = Setting {
        standin,
        serve: Serve::Api,
        ..Setting::default()
    };
    let stage = Stage::start_with(setting).await.unwrap();
    let mut visitor = Visitor::new(&stage);
    assert_eq!(visitor.sign_in("protected_demo").await, "/");
    assert!(visitor.get("/api/me").await.json::<Me>().protected);
    let left = visitor
        .change(Method::POST, "/api/auth/logout", &[], Vec::new())
        .await;
    assert_eq!(left.status, 204);
    let last = stage.x().requests().pop().unwrap();
    assert_eq!((last.route, last.status), (Route::Revoke, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_of_x_becomes_a_problem_that_says_what_to_do() {
    let stage = Stage::start().await.unwrap();

    let failed = (502, Cause::SourceFailed, Some(RETRY_SECONDS), None);
    let missing = (502, Cause::ParentsMissing, None, None);
    let waiting = |seconds, limit| (429, Cause::Waiting, Some(seconds), Some(limit));
    let cases = [
        (
            Kind::Window {
                remaining: 0,
                reset_in: 600,
            },
            waiting(600, Limit::UserQuarter),
        ),
        (
            Kind::Window {
                remaining: 3,
                reset_in: 60,
            },
            waiting(60, Limit::UserQuarter),
        ),
        (
            Kind::UserDay { reset_in: 50_000 },
            waiting(50_000, Limit::UserDay),
        ),
        (Kind::Unauthorized, (401, Cause::SignedOut, None, None)),
        (Kind::Forbidden, (403, Cause::Forbidden, None, None)),
        (Kind::Server { status: 500 }, failed),
        (Kind::Server { status: 503 }, failed),
        (Kind::Gateway, failed),
        (Kind::CutOff, failed),
        (Kind::WrongDialect, missing),
        (Kind::WithoutIncludes, missing),
    ];
    for (index, (kind, expected)) in cases.into_iter().enumerate() {
        let mut visitor = Visitor::new(&stage);
        visitor.sign_in(&format!("posts_{}", 200 + index)).await;
        stage.x().fault(Fault::once(kind, Route::Posts));
        check_problem(&visitor.get("/api/posts").await, expected, kind);
        assert_eq!(visitor.cookies.is_empty(), expected.0 == 401, "{kind:?}");
        if expected.3.is_some() {
            // Asked again too early, X is not asked.
            let asked = stage.x().requests().len();
            check_problem(&visitor.get("/api/posts").await, expected, kind);
            assert_eq!(stage.x().requests().len(), asked, "{kind:?}");
        }
    }

    let mut visitor = Visitor::new(&stage);
    assert_eq!(visitor.sign_in("posts_300").await, "/");
    let asked = stage.x().requests().len();
    let long = "a".repeat(300);
    for wrong in ["", "a%20b", "%F0%9F%8D%8B", &long] {
        let answer = visitor.get(&format!("/api/posts?cursor={wrong}")).await;
        assert_eq!(answer.failed(), (400, Cause::BadRequest), "{wrong}");
    }
    assert_eq!(
        stage.x().requests().len(),
        asked,
        "X was asked for a cursor it never gave"
    );
    let page: PostsPage = visitor.get("/api/posts").await.json();
    assert!(!page.posts.is_empty(), "works again");

    let late = Kind::Slow {
        millis: u64::from(TIMEOUT_MS) * 3,
    };
    stage.x().fault(Fault::once(late, Route::Posts));
    assert_eq!(
        visitor.get("/api/posts").await.failed(),
        (502, Cause::SourceFailed)
    );
}

type Expected = (u16, Cause, Option<i64>, Option<Limit>);

fn check_problem(answer: &Answer, expected: Expected, kind: Kind) {
    let (status, cause, seconds, limit) = expected;
    let problem = answer.problem();
    assert_eq!(
        (problem.status, problem.cause, problem.limit),
        (status, cause, limit),
        "{kind:?}"
    );
    match (problem.retry_at, seconds) {
        (Some(at), Some(seconds)) => {
            assert!((at - now() - seconds).abs() <= CLOCKS, "{kind:?} {at}");
        }
        (told, expected) => assert_eq!(told, expected, "{kind:?}"),
    }
}

/// What stops one stops all, and X is not asked to find that out again.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_used_up_for_all_is_told_to_all() {
    let credits = (503, Cause::Closed, Some(PROBE), Some(Limit::Credits));
    // From when it is told, as every case takes its time.
    let month = || {
        let left = next_month(now()) - now();
        (503, Cause::Closed, Some(left), Some(Limit::Month))
    };
    let day = (429, Cause::Waiting, Some(40_000), Some(Limit::AppDay));
    let cases = [
        (Kind::AppDay { reset_in: 40_000 }, day, State::Waiting),
        (Kind::Credits, credits, State::Closed),
        (Kind::CreditsDepleted, credits, State::Closed),
        (Kind::UsageCapped, month(), State::Closed),
    ];
    for (kind, expected, state) in cases {
        let stage = api(&[]).await;
        let [mut one, mut two] = [Visitor::new(&stage), Visitor::new(&stage)];
        assert_eq!(one.sign_in("posts_200").await, "/");
        assert_eq!(two.sign_in("posts_201").await, "/");
        let open: Status = one.get("/api/status").await.json();
        assert_eq!((open.state, open.limit), (State::Open, None));

        let expected = match kind {
            Kind::UsageCapped => month(),
            _ => expected,
        };
        stage.x().fault(Fault::once(kind, Route::Posts));
        check_problem(&one.get("/api/posts").await, expected, kind);
        let asked = stage.x().requests().len();
        let told = two.get("/api/posts").await.problem();
        assert_eq!(
            (told.cause, told.limit),
            (expected.1, expected.3),
            "{kind:?}"
        );
        assert_eq!(stage.x().requests().len(), asked, "{kind:?}");

        let status = one.status(|status| status.state == state).await;
        assert_eq!(
            (status.state, status.limit),
            (state, expected.3),
            "{kind:?}"
        );
        assert!(status.since.is_some(), "{kind:?}");
        assert_eq!(status.history.len(), 1);
        assert_eq!(status.history[0].requests, 1);
        let login = one.get("/api/auth/login").await;
        let refused = login.header("location") == "/?signin=closed";
        assert_eq!(refused, state == State::Closed, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_what_bluesky_knows_it_as_and_where_that_is() {
    let places = "http://127.0.0.1:1 http://127.0.0.1:2 http://127.0.0.1:3";
    let stage = Stage::start_with(Setting {
        vars: vec![("BLUESKY", places.to_owned())],
        ..Setting::default()
    })
    .await
    .unwrap();
    let mut visitor = Visitor::new(&stage);
    let terms: Terms = visitor.get("/api/terms").await.json();
    let bluesky = terms.bluesky.unwrap();
    assert_eq!(bluesky.api, "http://127.0.0.1:2");
    let answer = visitor.get(lemon_edge::client::PATH).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    let expected = lemon_edge::client::document(stage.origin());
    let expected = serde_json::to_value(expected).unwrap();
    assert_eq!(answer.json::<serde_json::Value>(), expected);
    assert_eq!(
        expected["redirect_uris"][0],
        format!("{}/back", stage.origin())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_can_close_and_limit() {
    let stage = api(&[("PERSON_POSTS", "150"), ("DEFAULT_POSTS", "120")]).await;
    let mut visitor = Visitor::new(&stage);
    let terms: Terms = visitor.get("/api/terms").await.json();
    let expected = Terms {
        sign_in: true,
        person_posts: 150,
        default_posts: 120,
        bluesky: None,
    };
    assert_eq!(terms, expected);
    visitor.sign_in("posts_400").await;
    for (query, most) in [("", 120), ("?newest=3000", 150), ("?newest=7", 7)] {
        let mut page: PostsPage = visitor.get(&format!("/api/posts{query}")).await.json();
        let mut read = page.posts.len();
        while let Some(cursor) = page.next {
            page = visitor
                .get(&format!("/api/posts?cursor={cursor}"))
                .await
                .json();
            read += page.posts.len();
        }
        assert_eq!(read, most, "{query}");
    }

    let stage = api(&[("SIGN_UPS", "closed")]).await;
    let mut visitor = Visitor::new(&stage);
    let login = visitor.get("/api/auth/login").await;
    assert_eq!(login.header("location"), "/?signin=closed");
    let status: Status = visitor.get("/api/status").await.json();
    assert_eq!(
        (status.state, status.limit),
        (State::Closed, Some(Limit::Operator))
    );

    let stage = api(&[("X_CLIENT_ID", "")]).await;
    let mut visitor = Visitor::new(&stage);
    let terms: Terms = visitor.get("/api/terms").await.json();
    assert!(!terms.sign_in);
    assert_eq!(visitor.get("/api/me").await.json::<Option<Me>>(), None);
}

/// An hour of X's windows passes in some seconds, here and at X alike.
#[tokio::test(flavor = "multi_thread")]
async fn who_must_wait_is_served_at_the_time_that_was_told() {
    const SPEED: i64 = 60;
    const APP: u32 = 8;
    let time = FastTime::start(SPEED);
    let standin = standin::Config {
        clock: time.clock(),
        limits: standin::Limits {
            posts: standin::Quota {
                user: Some(900),
                app: Some(APP),
            },
            ..standin::Limits::default()
        },
        short_page_every: None,
        ..standin::Config::default()
    };
    let stage = Stage::start_with(Setting {
        standin,
        serve: Serve::Api,
        vars: vec![time.var(), ("APP_QUARTER", APP.to_string())],
        ..Setting::default()
    })
    .await
    .unwrap();
    let mut people: Vec<Visitor> = (0..4).map(|_| Visitor::new(&stage)).collect();
    let mut due = vec![0; people.len()];
    let mut cursors: Vec<Option<String>> = vec![Some(String::new()); people.len()];
    for (index, person) in people.iter_mut().enumerate() {
        // Five pages each: only one of them fits into a window.
        assert_eq!(person.sign_in(&format!("posts_{}", 500 - index)).await, "/");
    }
    let mut told = vec![Vec::new(); people.len()];
    let mut restarted = false;
    while cursors.iter().any(Option::is_some) {
        for (index, person) in people.iter_mut().enumerate() {
            let Some(cursor) = cursors[index].clone() else {
                continue;
            };
            if time.now() < due[index] {
                continue;
            }
            let answer = person.get(&format!("/api/posts{cursor}")).await;
            if answer.status == 429 {
                let at = answer.problem().retry_at.unwrap();
                told[index].push(at);
                due[index] = at;
                if !restarted && told.iter().skip(1).all(|told| told.len() == 1) {
                    restarted = true;
                    stage.restart().await.unwrap();
                    // A turn outlives the edge, unless it came while a slow machine started that.
                    let again = person.get(&format!("/api/posts{cursor}")).await;
                    if again.status == 200 && time.now() >= at {
                        let page: PostsPage = again.json();
                        cursors[index] = page.next.map(|next| format!("?cursor={next}"));
                    } else {
                        assert_eq!(again.problem().retry_at, Some(at));
                    }
                }
                continue;
            }
            let page: PostsPage = answer.json();
            cursors[index] = page.next.map(|next| format!("?cursor={next}"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(restarted, "{told:?}");
    let refused = stage
        .x()
        .requests()
        .iter()
        .filter(|r| r.status == 429)
        .count();
    assert_eq!(refused, 0, "X had to refuse");
    // Nobody is put off twice, and each is let in one window after the other.
    let times: Vec<i64> = told.iter().flatten().copied().collect();
    assert_eq!(times.len(), people.len() - 1, "{told:?}");
    assert!(times.is_sorted(), "{told:?}");
}

/// Also what signing in asks of X is granted and counted; who signs out always may.
#[tokio::test(flavor = "multi_thread")]
async fn signing_in_waits_for_x_and_signing_out_does_not() {
    let stage = api(&[]).await;
    let asked = |route| {
        let requests = stage.x().requests();
        requests.iter().filter(|r| r.route == route).count()
    };
    let [mut one, mut two] = [(); 2].map(|()| Visitor::new(&stage));
    assert_eq!(one.sign_in("posts_90").await, "/");
    let window = Kind::Window {
        remaining: 0,
        reset_in: 600,
    };
    stage.x().fault(Fault::once(window, Route::Token));
    for _ in 0..2 {
        assert_eq!(two.sign_in("posts_80").await, "/?signin=waiting");
        assert_eq!(asked(Route::Token), 2, "X had said no already");
    }
    stage.restart().await.unwrap();
    assert_eq!(two.sign_in("posts_80").await, "/?signin=waiting");
    assert_eq!(asked(Route::Token), 2, "also after a restart");
    let left = one
        .change(Method::POST, "/api/auth/logout", &[], Vec::new())
        .await;
    assert_eq!((left.status, asked(Route::Revoke)), (204, 1));
}

/// Whoever comes when the day is used up gets a time on the next.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_used_up_keeps_nobody_from_the_line() {
    let stage = api(&[("APP_DAY", "1")]).await;
    let [mut one, mut two] = [(); 2].map(|()| Visitor::new(&stage));
    assert_eq!(one.sign_in("posts_90").await, "/");
    assert_eq!(one.get("/api/posts").await.status, 200);
    assert_eq!(two.sign_in("posts_80").await, "/");
    let told = two.get("/api/posts").await.problem();
    assert_eq!(told.limit, Some(Limit::AppDay));
    assert!(told.retry_at.is_some_and(|at| at > now()));
}

/// A code that is none is found out by X only, which must not be asked without end.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_in_without_end() {
    /// More than `wrangler.toml` lets pass in each of two minutes: one may end between them.
    const TRIES: usize = 250;
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    let mut ends: Vec<String> = Vec::new();
    while ends.len() < TRIES && ends.last().is_none_or(|end| end != "/?signin=waiting") {
        let page = visitor.leave_for_x().await;
        let sent = page.split("state=").nth(1).unwrap();
        let sent = sent.split('&').next().unwrap();
        let back = format!("/api/auth/callback?code=none&state={sent}");
        ends.push(visitor.come_back(&back).await);
    }
    assert_eq!(ends.first().unwrap(), "/?signin=expired");
    assert_eq!(ends.last().unwrap(), "/?signin=waiting");
    let asked = stage.x().requests();
    let asked = asked.iter().filter(|r| r.route == Route::Token).count();
    assert!(asked < ends.len(), "{asked} of {}", ends.len());
}

/// As a deploy does it to whatever is under way, here to every message once.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_notices_that_the_object_is_started_anew() {
    const LOST: &str = r#"
        import worker, { BudgetObject as Budget } from "EDGE";
        export default worker;
        let calls = 0;
        export class BudgetObject {
            constructor(state, env) {
                this.state = state;
                this.budget = new Budget(state, env);
            }
            fetch(request) {
                if (calls++ % 2 === 0) this.state.abort("the code was updated");
                return this.budget.fetch(request);
            }
        }
    "#;
    let stage = Stage::start_with(Setting {
        serve: Serve::Api,
        between: Some(LOST),
        ..Setting::default()
    })
    .await
    .unwrap();
    let mut visitor = Visitor::new(&stage);
    assert_eq!(visitor.get("/api/status").await.status, 200);
    assert_eq!(visitor.sign_in("posts_90").await, "/");
    let page: PostsPage = visitor.get("/api/posts").await.json();
    assert_eq!(page.posts.len(), 90);
    let stored = visitor.store(&id(1), sealed(b"bot"), "1").await;
    assert_eq!(stored.status, 201);
    let status = visitor.status(|status| status.bots == Some(1)).await;
    let requests: u32 = status.history.iter().map(|moment| moment.requests).sum();
    assert_eq!((status.bots, requests), (Some(1), 1));
    let left = visitor
        .change(Method::POST, "/api/auth/logout", &[], Vec::new())
        .await;
    assert_eq!(left.status, 204);
    let asked = stage.x().requests();
    let asked: Vec<Route> = asked.iter().map(|request| request.route).collect();
    let once = [
        Route::Authorize,
        Route::Token,
        Route::Me,
        Route::Posts,
        Route::Revoke,
    ];
    assert_eq!(asked, once);
}

/// X is left alone while it fails, everybody is told so, and one finds out when it is over.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_x_is_waited_out() {
    const SPEED: i64 = 20;
    let time = FastTime::start(SPEED);
    let stage = Stage::start_with(Setting {
        standin: standin::Config {
            clock: time.clock(),
            ..standin::Config::default()
        },
        serve: Serve::Api,
        vars: vec![time.var()],
        ..Setting::default()
    })
    .await
    .unwrap();
    let first = FAILURES;
    let mut people: Vec<Visitor> = (0..=first).map(|_| Visitor::new(&stage)).collect();
    for (index, person) in people.iter_mut().enumerate() {
        assert_eq!(person.sign_in(&format!("posts_{}", 40 + index)).await, "/");
    }
    stage
        .x()
        .fault(Fault::always(Kind::Server { status: 503 }, Route::Posts));
    for person in &mut people[..first] {
        let failed = person.get("/api/posts").await.failed();
        assert_eq!(failed, (502, Cause::SourceFailed));
    }
    let asked = stage.x().requests().len();
    let problem = people[first].get("/api/posts").await.problem();
    assert_eq!(
        (problem.cause, problem.limit),
        (Cause::Waiting, Some(Limit::Source))
    );
    assert_eq!(stage.x().requests().len(), asked, "X is left alone");
    let status = people[0]
        .status(|status| status.state == State::Waiting)
        .await;
    assert_eq!(
        (status.state, status.limit),
        (State::Waiting, Some(Limit::Source))
    );
    assert!(status.since.is_some() && status.until.is_some());

    stage.x().clear_faults();
    time.sleep_until(problem.retry_at.unwrap()).await;
    // The one for whom it has not failed finds out.
    for person in people.iter_mut().rev() {
        let page: PostsPage = person.get("/api/posts").await.json();
        assert!(!page.posts.is_empty());
    }
    let status = people[0].status(|status| status.state == State::Open).await;
    assert_eq!((status.state, status.limit), (State::Open, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_is_signed_out_even_if_x_fails() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    assert_eq!(visitor.sign_in("lemon_demo").await, "/");
    stage.x().fault(Fault::once(Kind::Gateway, Route::Revoke));
    let left = visitor
        .change(Method::POST, "/api/auth/logout", &[], Vec::new())
        .await;
    assert_eq!(left.status, 204);
    assert!(visitor.cookies.is_empty());
    let request = json!(left.header("x-lemon-request-id"));
    let line = stage.logged("id", &request).await.unwrap();
    assert_eq!(
        (&line["x"], &line["cause"]),
        (&json!(502), &json!("source-failed"))
    );

    let again = visitor
        .change(Method::POST, "/api/auth/logout", &[], Vec::new())
        .await;
    assert_eq!(again.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_is_stored_once_given_to_whoever_asks_and_deleted_by_its_owner() {
    let stage = Stage::start().await.unwrap();
    let mut visitor = Visitor::new(&stage);
    let mut bot: Vec<u8> = (0..MAX_BOT_BYTES)
        .map(|n| u8::try_from(n * 31 % 251).unwrap())
        .collect();
    bot[..FORM.len()].copy_from_slice(&FORM);

    assert_eq!(
        visitor.get(&format!("/api/bots/{}", id(1))).await.failed(),
        (404, Cause::NotFound)
    );
    let stored = visitor.store(&id(1), bot.clone(), "30").await;
    assert_eq!(stored.status, 201);
    let stored: Stored = stored.json();
    assert_eq!(stored.bytes, bot.len());
    assert!((stored.expires - now() - 30 * DAY).abs() <= CLOCKS);
    let again = visitor.store(&id(1), sealed(b"other"), "1").await;
    assert_eq!(again.failed(), (409, Cause::Taken));
    let read = visitor.get(&format!("/api/bots/{}", id(1))).await;
    assert_eq!(read.status, 200);
    assert_eq!(read.header("content-type"), "application/octet-stream");
    assert_eq!(read.header("content-length"), bot.len().to_string());
    assert!(read.body == bot, "the first one's bytes");

    let racers = (0..8_u8).map(|n| {
        let mut racer = Visitor::new(&stage);
        async move {
            (
                n,
                racer
                    .store(&id(2), sealed(&vec![n; 100_000]), "7")
                    .await
                    .status,
            )
        }
    });
    let raced = futures_util::future::join_all(racers).await;
    let winners: Vec<_> = raced.iter().filter(|(_, status)| *status == 201).collect();
    assert_eq!(winners.len(), 1, "{raced:?}");
    assert!(
        raced.iter().all(|(_, status)| matches!(status, 201 | 409)),
        "{raced:?}"
    );
    let kept = visitor.get(&format!("/api/bots/{}", id(2))).await;
    assert!(
        kept.body == sealed(&vec![winners[0].0; 100_000]),
        "the winner's bytes"
    );

    let token = BASE64.encode(TOKEN);
    for wrong in [BASE64.encode([8; 32]), String::new(), "레몬".to_owned()] {
        let refused = visitor.delete(&id(1), &wrong).await;
        assert_eq!(refused.failed(), (403, Cause::WrongToken), "{wrong}");
    }
    assert_eq!(
        visitor.delete(&id(9), &token).await.failed(),
        (404, Cause::NotFound)
    );
    let deleted = visitor.delete(&id(1), &token).await;
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    assert_eq!(
        visitor.get(&format!("/api/bots/{}", id(1))).await.failed(),
        (404, Cause::NotFound)
    );
    assert_eq!(
        visitor.delete(&id(1), &token).await.failed(),
        (404, Cause::NotFound)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_not_a_bot_leaves_nothing() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);

    let large = visitor
        .store(&id(1), vec![0; MAX_BOT_BYTES + 1], "30")
        .await;
    assert_eq!(large.failed(), (413, Cause::TooLarge));
    for days in ["0", "2", "365", "-1", "x"] {
        let answer = visitor.store(&id(1), sealed(b"bot"), days).await;
        assert_eq!(answer.failed(), (400, Cause::BadRequest), "{days}");
    }
    let path = format!("/api/bots/{}", id(1));
    let bare = visitor
        .change(Method::PUT, &path, &[(EXPIRY_HEADER, "30")], sealed(b"bot"))
        .await;
    assert_eq!(bare.failed(), (400, Cause::BadRequest));
    for wrong in ["short", &id(1)[1..], "AAAAAAAAAAAAAAAAAAAAAB", "%FF%FE"] {
        let answer = visitor.store(wrong, sealed(b"bot"), "30").await;
        assert_eq!(answer.failed(), (400, Cause::BadRequest), "{wrong}");
    }

    let head = |length: &str| {
        format!(
            "PUT {path} HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\n{EXPIRY_HEADER}: 30\r\n\
             {DELETE_HASH_HEADER}: {hash}\r\n{length}\r\n\r\n",
            host = stage.origin().trim_start_matches("http://"),
            origin = stage.origin(),
            hash = BASE64.encode(Sha256::digest(TOKEN)),
        )
    };
    let address = stage.origin().replace("http://localhost", "127.0.0.1");
    let mut chunked = TcpStream::connect(&address).unwrap();
    let request = format!(
        "{}3\r\nbot\r\n0\r\n\r\n",
        head("transfer-encoding: chunked")
    );
    chunked.write_all(request.as_bytes()).unwrap();
    let mut status = [0; 12];
    chunked.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 411");

    let mut broken = TcpStream::connect(&address).unwrap();
    let request = format!("{}half a bot", head("content-length: 100000"));
    broken.write_all(request.as_bytes()).unwrap();
    drop(broken);
    assert_eq!(visitor.get(&path).await.failed(), (404, Cause::NotFound));
    assert_eq!(
        visitor.store(&id(1), sealed(b"bot"), "30").await.status,
        201
    );
}

/// Its key came with the address: it leads to the page, which says so, and stands in no line.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_whose_mark_was_encoded_leads_to_the_page() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    for path in ["/b%23AAECAwQF?a=1", "/b%2523AAECAwQF?a=1"] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, 302, "{path}");
        assert_eq!(answer.header("location"), "/b?seen#AAECAwQF?a=1");
        let request = json!(answer.header("x-lemon-request-id"));
        let line = stage.logged("id", &request).await.unwrap().to_string();
        assert!(!line.contains("AAEC"), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_known_routes_and_methods_are_answered_and_only_our_page_changes_things() {
    let stage = Stage::start().await.unwrap();
    let mut visitor = Visitor::new(&stage);
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/auth",
        "/api/bots",
        "/api/bots/a/b",
        "/api/me/",
    ] {
        assert_eq!(
            visitor.get(path).await.failed(),
            (404, Cause::NotFound),
            "{path}"
        );
    }
    let bot = format!("/api/bots/{}", id(1));
    let operators = format!("/api/operator/bots/{}", id(1));
    let routes = [
        ("/api/auth/login", "GET"),
        ("/api/auth/callback", "GET"),
        ("/api/auth/logout", "POST"),
        ("/api/me", "GET"),
        ("/api/posts", "GET"),
        (&bot, "GET PUT PATCH DELETE"),
        (&format!("{bot}/reports"), "POST"),
        ("/api/operator/reports", "GET"),
        (&operators, "DELETE"),
    ];
    for (path, known) in routes {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            if known.contains(method) {
                continue;
            }
            let name = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = visitor.change(name, path, &[], Vec::new()).await;
            assert_eq!(
                answer.failed(),
                (405, Cause::MethodNotAllowed),
                "{method} {path}"
            );
            assert!(
                answer.header("allow").contains(&known[..3]),
                "{}",
                answer.header("allow")
            );
        }
    }

    assert_eq!(visitor.sign_in("lemon_demo").await, "/");
    assert_eq!(visitor.store(&id(1), sealed(b"bot"), "1").await.status, 201);
    let hash = BASE64.encode(Sha256::digest(TOKEN));
    let token = BASE64.encode(TOKEN);
    let secure = stage.origin().replace("http:", "https:");
    let other = id(2);
    for origin in [
        None,
        Some("null"),
        Some("https://evil.test"),
        Some(secure.as_str()),
    ] {
        for (method, path) in [
            (Method::POST, "/api/auth/logout".to_owned()),
            (Method::PUT, format!("/api/bots/{other}")),
            (Method::PATCH, bot.clone()),
            (Method::POST, format!("{bot}/reports")),
            (Method::DELETE, bot.clone()),
        ] {
            let mut headers = vec![
                (EXPIRY_HEADER, "1"),
                (DELETE_HASH_HEADER, hash.as_str()),
                (DELETE_TOKEN_HEADER, token.as_str()),
            ];
            headers.extend(origin.map(|origin| ("origin", origin)));
            let answer = visitor.send(method, &path, &headers, sealed(b"bot")).await;
            assert_eq!(
                answer.failed(),
                (403, Cause::WrongOrigin),
                "{origin:?} {path}"
            );
        }
    }
    let me = visitor.get("/api/me").await.json::<Option<Me>>();
    assert!(me.is_some(), "still signed in");
    assert_eq!(visitor.get(&bot).await.body, sealed(b"bot"), "still there");
    assert_eq!(visitor.get(&format!("/api/bots/{other}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_a_line_for_each_request_and_nothing_of_anybody() {
    let stage = Stage::start().await.unwrap();
    let mut visitor = Visitor::new(&stage);
    let page = visitor.leave_for_x().await;
    let verifier = visitor.cookies[visitor.attempts()[0]].clone();
    let back = visitor.at_x(&page, "as=lemon_demo").await;
    assert_eq!(visitor.come_back(&back).await, "/");
    let session = visitor.session();
    let posts: PostsPage = visitor.get("/api/posts").await.json();
    stage.x().fault(Fault::once(
        Kind::Window {
            remaining: 0,
            reset_in: 60,
        },
        Route::Posts,
    ));
    let cursor = posts.next.as_deref().unwrap();
    let waited = visitor.get(&format!("/api/posts?cursor={cursor}")).await;
    visitor.store(&id(1), sealed(b"bot"), "1").await;
    let taken = visitor.store(&id(1), sealed(b"bot"), "1").await;
    visitor.get(&format!("/api/lemon_demo/{}", id(1))).await;
    visitor.delete(&id(1), &BASE64.encode([9; 32])).await;
    let sealed = visitor.cookies[cookie::SESSION].clone();
    let left = visitor
        .change(Method::POST, "/api/auth/logout", &[], Vec::new())
        .await;

    let last = json!(left.header("x-lemon-request-id"));
    assert_eq!(
        stage.logged("id", &last).await.unwrap()["route"],
        "/api/auth/logout"
    );
    let line = stage
        .logged("id", &json!(waited.header("x-lemon-request-id")))
        .await
        .unwrap();
    assert_eq!(
        (
            &line["method"],
            &line["route"],
            &line["status"],
            &line["x"],
            &line["budget"],
            &line["cause"]
        ),
        (
            &json!("GET"),
            &json!("/api/posts"),
            &json!(429),
            &json!(429),
            &json!("wait"),
            &json!("waiting")
        )
    );
    assert!(line["ms"].is_u64());
    let line = stage
        .logged("id", &json!(taken.header("x-lemon-request-id")))
        .await
        .unwrap();
    assert_eq!(
        (&line["route"], &line["status"], &line["x"], &line["cause"]),
        (
            &json!("/api/bots/{id}"),
            &json!(409),
            &json!(null),
            &json!("taken")
        )
    );

    let output = stage.output().join("\n");
    assert_eq!(output.matches("\"route\"").count(), 9, "{output}");
    let query: BTreeMap<_, _> = back
        .split_once('?')
        .unwrap()
        .1
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let secrets = [
        ("the access token", session.token.as_str()),
        ("the handle", &session.me.handle),
        ("the name", &session.me.name),
        ("the account's id", &session.me.id),
        ("the code", query["code"]),
        ("the state", query["state"]),
        ("the sign-in cookie", &verifier),
        ("the session cookie", &sealed),
        ("the bot's id", &id(1)),
        ("the delete token", &BASE64.encode([9; 32])),
        ("the cursor", cursor),
        ("the session key", SESSION_KEY),
        ("a post", &posts.posts[0].text),
    ];
    for (what, secret) in secrets {
        assert!(secret.len() > 3, "{what} is too short to be looked for");
        assert!(!output.contains(secret), "{what} is in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_comes_with_its_policy_and_hashed_files_are_kept_for_good() {
    let stage = Stage::start().await.unwrap();
    let mut visitor = Visitor::new(&stage);
    let mut index = String::new();
    for path in [
        "/", "/b", "/back", "/bots", "/chat", "/search", "/privacy", "/status",
    ] {
        let page = visitor.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{path}"
        );
        assert_eq!(page.header("cache-control"), "no-cache", "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "));
        for header in [
            "strict-transport-security",
            "referrer-policy",
            "permissions-policy",
        ] {
            assert!(!page.header(header).is_empty(), "{header}");
        }
        index = String::from_utf8(page.body).unwrap();
    }
    for tag in index.split("<script").skip(1) {
        let (tag, inside) = tag.split_once('>').unwrap();
        assert!(
            tag.contains("src=") && inside.starts_with("</script>"),
            "inline script: {tag}"
        );
    }
    assert!(
        !index.contains("<style") && !index.contains("style=\""),
        "inline style"
    );

    let quoted = index.split('"').filter(|text| {
        text.starts_with('/') && !text.contains(['>', ' ']) && !text.starts_with("//")
    });
    // By such a name no other contents are ever given; the icon's and the manifest's stay.
    let is_hash = |part: &str| part.len() > 10 && part.bytes().all(|c| c.is_ascii_hexdigit());
    let (hashed, plain): (Vec<_>, Vec<_>) =
        quoted.partition(|path| path.split(['-', '_', '.']).any(is_hash));
    assert!(hashed.len() >= 4 && plain.len() >= 3, "{index}");
    for (paths, kept) in [
        (hashed, "public, max-age=31536000, immutable"),
        (plain, "no-cache"),
    ] {
        for path in paths {
            let file = visitor.get(path).await;
            assert_eq!(file.header("cache-control"), kept, "{path}");
        }
    }

    // What is not there must not be kept under its name.
    for path in [
        "/engine/0/encoder.js",
        "/model/0/manifest.json",
        "/main-0.css",
        "/no",
    ] {
        let missing = visitor.get(path).await;
        assert_eq!(missing.status, 404, "{path}");
        assert!(
            !missing.header("cache-control").contains("immutable"),
            "{path}"
        );
    }

    // A person is given the page, which is kept nowhere, and says what it is.
    let accept = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    for path in ["/no", "/main-0.css"] {
        let lost = visitor.send(Method::GET, path, &accept, Vec::new()).await;
        assert_eq!(lost.status, 404, "{path}");
        assert_eq!(lost.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(lost.header("cache-control"), "no-store");
        assert_eq!(
            lost.header("content-security-policy"),
            visitor.get("/").await.header("content-security-policy")
        );
        assert_eq!(String::from_utf8(lost.body).unwrap(), index, "{path}");
    }
    let of_api = visitor.send(Method::GET, "/api/no", &accept, Vec::new());
    assert_eq!(of_api.await.failed(), (404, Cause::NotFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_is_kept_is_asked_for_again_and_gone_when_it_is_deleted() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    assert_eq!(visitor.store(&id(1), sealed(b"bot"), "1").await.status, 201);
    let path = format!("/api/bots/{}", id(1));
    let first = visitor.get(&path).await;
    let tag = first.header("etag").to_owned();
    assert!(
        tag.starts_with('"') && first.body == sealed(b"bot"),
        "{tag}"
    );
    for (kept, status) in [
        (tag.as_str(), 304),
        (&format!("W/{tag}"), 304),
        ("\"0123456789abcdef0123456789abcdef\"", 200),
        ("*", 200),
        ("\"lemon\"", 200),
        ("", 200),
    ] {
        let headers = [("if-none-match", kept)];
        let answer = visitor.send(Method::GET, &path, &headers, Vec::new()).await;
        assert_eq!(answer.status, status, "{kept}");
        assert_eq!(answer.body.is_empty(), status == 304, "{kept}");
        assert_eq!(answer.header("etag"), tag);
    }
    assert_eq!(
        visitor.delete(&id(1), &BASE64.encode(TOKEN)).await.status,
        204
    );
    let headers = [("if-none-match", tag.as_str())];
    let gone = visitor.send(Method::GET, &path, &headers, Vec::new()).await;
    assert_eq!(gone.failed(), (404, Cause::NotFound));
    let status = visitor.status(|status| status.bots == Some(0)).await;
    assert_eq!(status.bots, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_a_bot_comes_to_whom_the_network_failed() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    let bot = sealed(&[7; 1000]);
    assert_eq!(visitor.store(&id(1), bot.clone(), "1").await.status, 201);
    let path = format!("/api/bots/{}", id(1));
    let tag = visitor.get(&path).await.header("etag").to_owned();
    let (size, last) = (bot.len(), bot.len() - 1);
    let other = "\"0123456789abcdef0123456789abcdef\"";
    for (range, of, expected) in [
        ("bytes=600-", tag.as_str(), Some(600)),
        (&format!("bytes={last}-"), &tag, Some(last)),
        (&format!("bytes={size}-"), &tag, None),
        ("bytes=99999999999999999999-", &tag, None),
        ("bytes=600-700", &tag, None),
        ("bytes=600-", other, None),
        ("bytes=600-", "", None),
    ] {
        let headers = [("range", range), ("if-range", of)];
        let answer = visitor.send(Method::GET, &path, &headers, Vec::new()).await;
        assert_eq!(answer.header("etag"), tag, "{range} of {of}");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        assert_eq!(answer.body, bot[expected.unwrap_or(0)..], "{range} of {of}");
        match expected {
            Some(from) => {
                let range = format!("bytes {from}-{last}/{size}");
                assert_eq!(answer.status, 206);
                assert_eq!(answer.header("content-range"), range);
            }
            None => assert_eq!(answer.status, 200, "{range} of {of}"),
        }
    }
    let token = BASE64.encode(TOKEN);
    assert_eq!(visitor.delete(&id(1), &token).await.status, 204);
    let headers = [("range", "bytes=600-"), ("if-range", tag.as_str())];
    let gone = visitor.send(Method::GET, &path, &headers, Vec::new()).await;
    assert_eq!(gone.failed(), (404, Cause::NotFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_uploads_without_end() {
    let stage = api(&[("BOTS_DAY", "3")]).await;
    let mut visitor = Visitor::new(&stage);
    for n in 1..=3 {
        assert_eq!(visitor.store(&id(n), sealed(b"bot"), "1").await.status, 201);
    }
    let refused = visitor.store(&id(4), sealed(b"bot"), "1").await.problem();
    assert_eq!((refused.status, refused.cause), (429, Cause::TooMany));
    let at = refused.retry_at.unwrap();
    assert!(
        at % DAY == 0 && at > now() - CLOCKS && at <= now() + DAY,
        "{at}"
    );
    let nothing = visitor.get(&format!("/api/bots/{}", id(4))).await;
    assert_eq!(nothing.status, 404);

    // A flood ends within a minute, whatever it consists of.
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    let mut stored = 0;
    let refused = loop {
        let answer = visitor.store(&id(stored), sealed(b"bot"), "1").await;
        if answer.status != 201 {
            break answer.problem();
        }
        stored += 1;
    };
    assert_eq!(refused.cause, Cause::TooMany);
    assert!((10..=45).contains(&stored), "{stored}");
}

/// A page that was opened by somebody else reads nothing of who has signed in since, and signs
/// nobody out; what is new is asked for alone.
#[tokio::test(flavor = "multi_thread")]
async fn posts_are_of_the_account_that_is_meant_and_new_ones_are_few() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    assert_eq!(visitor.sign_in("posts_300").await, "/");
    let me: Me = visitor.get("/api/me").await.json();
    let asked = || stage.x().requests().len();
    let before = asked();
    let other = visitor.get("/api/posts?account=1&newest=200").await;
    assert_eq!(other.failed(), (401, Cause::OtherAccount));
    assert_eq!(asked(), before, "X is asked for nothing");

    let directory = stage.x().directory();
    let account = directory.account("posts_300").unwrap();
    let since = account.post(20).unwrap().id;
    let query = format!("account={}&newest=3200&since={since}&known=279", me.id);
    let page: PostsPage = visitor.get(&format!("/api/posts?{query}")).await.json();
    let ids: Vec<String> = page.posts.into_iter().map(|post| post.id).collect();
    let new = (0..20).map(|index| account.post(index).unwrap().id.to_string());
    assert_eq!(ids, new.collect::<Vec<_>>());
    assert_eq!(page.next, None);
    assert_eq!(stage.x().usage().posts, 20);
}

/// Whatever is sent, there is an answer of ours, and the Worker lives on.
#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_answered_on_every_route() {
    let stage = api(&[]).await;
    let long = "a".repeat(6_000);
    let paths = [
        "/api/auth/login",
        "/api/auth/callback",
        "/api/auth/callback?code=%FF&state=%00",
        "/api/auth/logout",
        "/api/me",
        "/api/posts?cursor=%F0%9F%8D&newest=-1",
        "/api/posts?newest=99999999999999999999",
        "/api/posts?account=%00&newest=1&since=%F0&known=-1",
        "/api/status?%00",
        "/api/terms",
        "/api/bots/",
        "/api/bots/..%2F..%2Fetc%2Fpasswd",
        "/api/bots/%00",
        "/api/bots/AAAAAAAAAAAAAAAAAAAAAA",
        "/api/bots/AAAAAAAAAAAAAAAAAAAAAA/reports",
        "/api/operator/reports?after=%00",
        "/api/operator/reports/%00",
        "/api/operator/bots/AAAAAAAAAAAAAAAAAAAAAA",
        "/api/%E0%80%80",
        "/api",
    ];
    let headers: [&[(&str, &str)]; 8] = [
        &[],
        &[("origin", stage.origin())],
        &[
            ("origin", stage.origin()),
            (EXPIRY_HEADER, "7"),
            (DELETE_HASH_HEADER, &"A".repeat(43)),
            (DELETE_TOKEN_HEADER, &"A".repeat(43)),
        ],
        &[(
            "cookie",
            "__Host-lemon-session=\"; __Host-lemon-sign-in==;;=",
        )],
        &[("cookie", &long)],
        &[
            ("if-none-match", "\"\""),
            ("origin", "null"),
            ("sec-fetch-site", "?"),
        ],
        &[(EXPIRY_HEADER, "-1"), (DELETE_HASH_HEADER, "=")],
        &[(DELETE_TOKEN_HEADER, "lemon")],
    ];
    let mut asked = 0;
    for (index, path) in paths.into_iter().enumerate() {
        let mut person = Visitor::new(&stage);
        person.sign_in(&format!("posts_{}", 40 + index)).await;
        for (headers, is_signed_in) in headers
            .into_iter()
            .flat_map(|headers| [(headers, true), (headers, false)])
        {
            for method in [
                Method::GET,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
            ] {
                let body = if method == Method::GET {
                    Vec::new()
                } else {
                    vec![0xFF; 1_000]
                };
                let mut visitor = Visitor::new(&stage);
                if is_signed_in {
                    visitor.cookies.clone_from(&person.cookies);
                }
                let answer = visitor.send(method.clone(), path, headers, body).await;
                let told = (answer.status, path, &method);
                assert!((200..600).contains(&answer.status), "{told:?}");
                assert_ne!(answer.status, 500, "{told:?}");
                if answer.status >= 400 {
                    answer.problem();
                }
                asked += 1;
            }
        }
    }
    let status = Visitor::new(&stage).get("/api/status").await;
    assert_eq!(status.status, 200, "after {asked} requests");
    let output = stage.output().join("\n");
    assert!(!output.contains("panicked"), "{output}");
}
