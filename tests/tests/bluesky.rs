//! The stand-in for Bluesky, asked over HTTP as a page asks it.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what fails here fails a test"
)]

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use axum::http::header;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use lemon_model::{
    corpus::Post,
    sources::{self, given::Wishes},
};
use lemon_tests::{
    bluesky::{Bluesky, Config, Route, Server, handle},
    standin::{Clock, DEMO_HANDLE, challenge},
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use reqwest::{Client, Method, Response, StatusCode, redirect::Policy};
use serde_json::{Value, json};

#[path = "bluesky/faults.rs"]
mod faults;
#[path = "bluesky/posts.rs"]
mod posts;
#[path = "bluesky/sign_in.rs"]
mod sign_in;

const NOW: i64 = 1_790_000_000;
const REDIRECT: &str = "http://127.0.0.1:8787/import/bluesky";
const CLIENT_ID: &str =
    "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A8787%2Fimport%2Fbluesky&scope=atproto";
const VERIFIER: &str = "a-verifier-of-more-than-forty-three-characters-0";
const STATE: &str = "a state & more";

/// What a browser says of a navigation.
const NAVIGATION: [(&str, &str); 3] = [
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];

type Changes<'a> = &'a [(&'a str, Option<&'a str>)];

struct Bench {
    sky: Bluesky,
    client: Client,
}

/// A key with which a client proves that a token is its own.
struct Key {
    signing: SigningKey,
}

/// How a proof is other than it should be.
#[derive(Default)]
struct Odd {
    header: Value,
    claims: Value,
    /// Signed with another key than it shows.
    forged: bool,
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
        sky: Bluesky::start(config).await.unwrap(),
        client: Client::builder().redirect(Policy::none()).build().unwrap(),
    }
}

impl Key {
    fn new(seed: u8) -> Self {
        Self {
            signing: SigningKey::from_slice(&[seed; 32]).unwrap(),
        }
    }

    fn jwk(&self) -> Value {
        let point = self.signing.verifying_key().to_sec1_point(false);
        let [x, y] = [&point.as_bytes()[1..33], &point.as_bytes()[33..]].map(encoded);
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
    }

    fn proof(&self, url: &str, nonce: Option<&str>, now: i64, odd: &Odd) -> String {
        // Unguessable enough to come only once.
        let id = format!("{:?}", std::time::Instant::now());
        let mut header = json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": self.jwk() });
        let mut claims = json!({ "jti": id, "htm": "POST", "htu": url, "iat": now });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        change(&mut header, &odd.header);
        change(&mut claims, &odd.claims);
        let signed = [header, claims].map(|part| encoded(part.to_string().as_bytes()));
        let signed = signed.join(".");
        let key = if odd.forged { &Self::new(99) } else { self };
        let signature: Signature = key.signing.sign(signed.as_bytes());
        format!("{signed}.{}", encoded(&signature.to_bytes()))
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Puts fields in place of others; null takes them out.
fn change(object: &mut Value, changes: &Value) {
    for (name, value) in changes.as_object().into_iter().flatten() {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(name);
        } else {
            object[name] = value.clone();
        }
    }
}

fn form<'a>(fields: &[(&'a str, &'a str)], changes: Changes<'a>) -> Vec<(&'a str, &'a str)> {
    let mut form = fields.to_vec();
    for &(name, value) in changes {
        form.retain(|(key, _)| *key != name);
        form.extend(value.map(|value| (name, value)));
    }
    form
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    Some(response.headers().get(name)?.to_str().unwrap())
}

async fn body(response: Response) -> Value {
    response.json().await.unwrap()
}

/// `error`, of whatever kind of server.
async fn error(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body = body(response).await;
    let said = body["error_description"]
        .as_str()
        .or(body["message"].as_str());
    assert!(said.is_some_and(|said| !said.is_empty()), "{body}");
    (status, body["error"].as_str().unwrap().to_owned())
}

impl Bench {
    async fn get(&self, url: &str) -> Response {
        self.client.get(url).send().await.unwrap()
    }

    async fn json(&self, url: &str) -> Value {
        let response = self.get(url).await;
        assert_eq!(response.status(), StatusCode::OK, "{url}");
        body(response).await
    }

    fn api(&self, method: &str) -> String {
        format!("{}/xrpc/{method}", self.sky.api())
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.sky.entryway())
    }

    fn did(&self, name: &str) -> String {
        self.sky.did(name).unwrap()
    }

    async fn send(&self, url: &str, form: &[(&str, &str)], proof: Option<&str>) -> Response {
        let mut request = self.client.post(url).form(form);
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        request.send().await.unwrap()
    }

    /// Sends a form as a client does that has no nonce yet: twice.
    async fn post(&self, key: &Key, url: &str, form: &[(&str, &str)]) -> Response {
        let now = self.sky.clock().now();
        let first = key.proof(url, None, now, &Odd::default());
        let first = self.send(url, form, Some(&first)).await;
        let nonce = header(&first, "dpop-nonce").unwrap();
        let second = key.proof(url, Some(nonce), now, &Odd::default());
        self.send(url, form, Some(&second)).await
    }

    async fn push(&self, key: &Key, changes: Changes<'_>) -> Response {
        let challenge = challenge(VERIFIER);
        let fields = [
            ("client_id", CLIENT_ID),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("response_mode", "fragment"),
            ("scope", "atproto"),
            ("state", STATE),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        self.post(key, &self.at("/oauth/par"), &form(&fields, changes))
            .await
    }

    async fn request_uri(&self, key: &Key, changes: Changes<'_>) -> String {
        let response = self.push(key, changes).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        body(response).await["request_uri"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    fn page(&self, request_uri: &str, more: &[(&str, &str)]) -> String {
        self.page_of(CLIENT_ID, "/oauth/authorize", request_uri, more)
    }

    fn page_of(
        &self,
        client: &str,
        path: &str,
        request_uri: &str,
        more: &[(&str, &str)],
    ) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", client)
            .append_pair("request_uri", request_uri)
            .extend_pairs(more)
            .finish();
        self.at(&format!("{path}?{query}"))
    }

    async fn navigate(&self, url: &str, changes: Changes<'_>) -> Response {
        let mut request = self.client.get(url);
        for (name, value) in form(&NAVIGATION, changes) {
            request = request.header(name, value);
        }
        request.send().await.unwrap()
    }

    /// Goes through the pages, as a browser with its cookies; where it ends.
    async fn consent(&self, request_uri: &str, choice: &[(&str, &str)]) -> Response {
        let page = self.page(request_uri, &[]);
        let opened = self.navigate(&page, &[]).await;
        if opened.status() != StatusCode::OK {
            return opened;
        }
        let cookies = cookies(&opened);
        let back = self.page_of(CLIENT_ID, "/oauth/authorize/redirect", request_uri, choice);
        let from_page = [
            ("sec-fetch-site", Some("same-origin")),
            ("referer", Some(page.as_str())),
            ("cookie", Some(cookies.as_str())),
        ];
        self.navigate(&back, &from_page).await
    }

    /// What comes back to the client behind `#`.
    async fn choose(&self, request_uri: &str, choice: &[(&str, &str)]) -> HashMap<String, String> {
        fragment(&self.consent(request_uri, choice).await)
    }

    async fn code(&self, key: &Key, name: &str, changes: Changes<'_>) -> String {
        let request_uri = self.request_uri(key, changes).await;
        self.choose(&request_uri, &[("as", name)]).await["code"].clone()
    }

    async fn exchange(&self, key: &Key, code: &str, changes: Changes<'_>) -> Response {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("client_id", CLIENT_ID),
        ];
        self.post(key, &self.at("/oauth/token"), &form(&fields, changes))
            .await
    }

    async fn token(&self, key: &Key, name: &str) -> Value {
        let code = self.code(key, name, &[]).await;
        let response = self.exchange(key, &code, &[]).await;
        assert_eq!(response.status(), StatusCode::OK);
        body(response).await
    }

    /// Every page of a feed, to the one without a cursor.
    async fn feed(&self, name: &str, query: &str) -> Vec<Value> {
        let base = self.api(&format!(
            "app.bsky.feed.getAuthorFeed?actor={}&{query}",
            self.did(name)
        ));
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.json(&format!("{base}{cursor}")).await;
            let next = page["cursor"].as_str().map(str::to_owned);
            pages.push(page);
            match next {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return pages,
            }
        }
    }

    /// Every page of a person's records, to the empty one.
    async fn records(&self, name: &str, from: &str) -> Vec<Value> {
        let base = format!(
            "{}/xrpc/com.atproto.repo.listRecords?repo={}&collection=app.bsky.feed.post&limit=100",
            self.sky.pds(),
            self.did(name)
        );
        let mut pages = Vec::new();
        let mut cursor = from.to_owned();
        loop {
            let page = self.json(&format!("{base}&cursor={cursor}")).await;
            if page["records"].as_array().unwrap().is_empty() {
                assert_eq!(page.get("cursor"), None, "nothing is behind nothing");
                return pages;
            }
            page["cursor"].as_str().unwrap().clone_into(&mut cursor);
            pages.push(page);
        }
    }

    fn read(&self, name: &str, pages: &[Value]) -> Vec<Post> {
        let did = self.did(name);
        let read = |page: &Value| {
            let page = page.to_string();
            sources::bluesky::feed(page.as_bytes(), &did, Wishes::default()).unwrap()
        };
        let pages: Vec<_> = pages.iter().map(read).collect();
        assert!(
            pages
                .iter()
                .all(|given| (given.left_out, given.unwanted) == (0, 0))
        );
        pages.into_iter().flat_map(|given| given.posts).collect()
    }
}

fn cookies(response: &Response) -> String {
    let set = response.headers().get_all(header::SET_COOKIE).iter();
    let pairs: Vec<&str> = set
        .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap())
        .collect();
    pairs.join("; ")
}

fn fragment(response: &Response) -> HashMap<String, String> {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(header(response, "cache-control"), Some("no-store"));
    let location = header(response, "location").unwrap();
    let given = location
        .strip_prefix(REDIRECT)
        .unwrap()
        .strip_prefix('#')
        .unwrap();
    form_urlencoded::parse(given.as_bytes())
        .into_owned()
        .collect()
}

#[tokio::test]
async fn a_handle_leads_to_the_server_that_signs_its_owner_in() {
    let bench = start().await;
    let resolve = |handle: &str| {
        bench.api(&format!(
            "com.atproto.identity.resolveHandle?handle={handle}"
        ))
    };
    for (name, home, issuer) in [
        (DEMO_HANDLE, bench.sky.pds(), bench.sky.entryway()),
        ("posts_300", bench.sky.pds(), bench.sky.entryway()),
        ("posts_80", bench.sky.elsewhere(), bench.sky.elsewhere()),
        ("posts_120", bench.sky.elsewhere(), bench.sky.elsewhere()),
    ] {
        let did = bench.json(&resolve(&handle(name))).await["did"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(did, bench.did(name));
        let document = match did.strip_prefix("did:web:") {
            Some(host) => format!("http://{}/.well-known/did.json", host.replace("%3A", ":")),
            None => format!("{}/{did}", bench.sky.plc()),
        };
        let document = bench.json(&document).await;
        assert_eq!(document["id"], did.as_str());
        assert_eq!(
            document["alsoKnownAs"],
            json!([format!("at://{}", handle(name))])
        );
        assert_eq!(document["service"][0]["id"], "#atproto_pds");
        assert_eq!(document["service"][0]["serviceEndpoint"], home);
        let resource = bench
            .json(&format!("{home}/.well-known/oauth-protected-resource"))
            .await;
        assert_eq!(resource["resource"], home);
        assert_eq!(resource["authorization_servers"], json!([issuer]));
        let metadata = bench
            .json(&format!("{issuer}/.well-known/oauth-authorization-server"))
            .await;
        assert_eq!(metadata["issuer"], issuer);
        for (field, path) in [
            ("pushed_authorization_request_endpoint", "/oauth/par"),
            ("authorization_endpoint", "/oauth/authorize"),
            ("token_endpoint", "/oauth/token"),
            ("revocation_endpoint", "/oauth/revoke"),
        ] {
            assert_eq!(metadata[field], format!("{issuer}{path}"));
        }
        for field in [
            "client_id_metadata_document_supported",
            "require_pushed_authorization_requests",
        ] {
            assert_eq!(metadata[field], true, "{field}");
        }
        assert!(
            metadata["scopes_supported"]
                .as_array()
                .unwrap()
                .contains(&json!("atproto"))
        );
        assert!(
            metadata["response_modes_supported"]
                .as_array()
                .unwrap()
                .contains(&json!("fragment"))
        );
    }
    for unknown in ["nobody.test", "posts-x.test", "posts-007.test"] {
        assert_eq!(
            error(bench.get(&resolve(unknown)).await).await,
            (400, "InvalidRequest".into())
        );
    }
    let unknown = bench
        .get(&format!(
            "{}/did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
            bench.sky.plc()
        ))
        .await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert!(
        body(unknown).await["message"]
            .as_str()
            .unwrap()
            .starts_with("DID not registered")
    );
}

#[tokio::test]
async fn pages_may_read_what_atprotos_servers_let_them_read() {
    let bench = start().await;
    let ask = async |method: Method, url: &str| {
        let request = bench.client.request(method, url);
        let request = request
            .header("origin", "http://127.0.0.1:8787")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,dpop,x-own");
        request.send().await.unwrap()
    };
    for path in [
        "/oauth/par",
        "/oauth/token",
        "/oauth/revoke",
        "/.well-known/oauth-authorization-server",
    ] {
        let preflight = ask(Method::OPTIONS, &bench.at(path)).await;
        assert_eq!(preflight.status(), StatusCode::OK, "{path}");
        for (name, value) in [
            ("access-control-allow-origin", Some("*")),
            ("access-control-allow-methods", Some("*")),
            ("access-control-allow-headers", Some("Content-Type,DPoP")),
            ("access-control-max-age", Some("86400")),
            ("access-control-allow-credentials", None),
        ] {
            assert_eq!(header(&preflight, name), value, "{path} {name}");
        }
    }
    let metadata = bench
        .get(&bench.at("/.well-known/oauth-authorization-server"))
        .await;
    assert_eq!(header(&metadata, "access-control-allow-origin"), Some("*"));
    assert_eq!(header(&metadata, "content-type"), Some("application/json"));
    assert_eq!(header(&metadata, "cache-control"), Some("max-age=300"));
    let page = ask(Method::OPTIONS, &bench.at("/oauth/authorize")).await;
    assert_eq!(header(&page, "access-control-allow-origin"), None);

    let resource = bench
        .get(&format!(
            "{}/.well-known/oauth-protected-resource",
            bench.sky.pds()
        ))
        .await;
    assert_eq!(header(&resource, "access-control-allow-origin"), Some("*"));
    assert_eq!(header(&resource, "access-control-allow-headers"), Some("*"));
    let document = format!("{}/{}", bench.sky.plc(), bench.did(DEMO_HANDLE));
    for (url, age) in [
        (
            bench.api("app.bsky.feed.getAuthorFeed?actor=lemon-demo.test"),
            Some("86400"),
        ),
        (
            format!("{}/xrpc/com.atproto.repo.listRecords", bench.sky.pds()),
            Some("86400"),
        ),
        (document, None),
    ] {
        let preflight = ask(Method::OPTIONS, &url).await;
        assert_eq!(preflight.status(), StatusCode::NO_CONTENT, "{url}");
        assert_eq!(
            header(&preflight, "access-control-allow-headers"),
            Some("content-type,dpop,x-own")
        );
        assert_eq!(
            header(&preflight, "access-control-allow-methods"),
            Some("GET,HEAD,PUT,PATCH,POST,DELETE")
        );
        assert_eq!(header(&preflight, "access-control-max-age"), age);
        let answer = bench.get(&url).await;
        assert_eq!(
            header(&answer, "access-control-allow-origin"),
            Some("*"),
            "{url}"
        );
        assert_eq!(header(&answer, "access-control-allow-credentials"), None);
    }
}

#[tokio::test]
async fn the_journal_says_what_was_sent() {
    let bench = start().await;
    let url = bench.api("app.bsky.actor.getProfile?actor=posts-1.test");
    let request = bench.client.get(&url);
    let request = request
        .header("authorization", "DPoP x")
        .header("origin", "http://127.0.0.1:8787")
        .header("referer", "http://127.0.0.1:8787/")
        .header("cookie", "a=b");
    request.send().await.unwrap();
    bench.push(&Key::new(1), &[]).await;
    let requests = bench.sky.requests();
    let first = &requests[0];
    assert_eq!(
        (first.server, first.route),
        (Server::Api, Some(Route::Profile))
    );
    assert_eq!(
        (
            first.method.as_str(),
            first.path.as_str(),
            first.query.as_str()
        ),
        (
            "GET",
            "/xrpc/app.bsky.actor.getProfile",
            "actor=posts-1.test"
        )
    );
    assert_eq!(
        (first.at, first.status, first.authorization, first.dpop),
        (NOW, 200, true, false)
    );
    assert_eq!(first.origin.as_deref(), Some("http://127.0.0.1:8787"));
    assert_eq!(first.referer.as_deref(), Some("http://127.0.0.1:8787/"));
    assert_eq!(first.cookie.as_deref(), Some("a=b"));
    let statuses: Vec<u16> = requests[1..].iter().map(|request| request.status).collect();
    assert_eq!(statuses, [400, 201]);
    assert!(
        requests[1..]
            .iter()
            .all(|request| request.dpop && request.server == Server::Entryway)
    );
    bench.sky.reset();
    assert!(bench.sky.requests().is_empty());
}

#[tokio::test]
async fn it_is_driven_over_http() {
    let bench = start().await;
    let own = |path: &str| format!("{}/_standin/{path}", bench.sky.plc());
    let servers = bench.json(&own("servers")).await;
    for server in Server::ALL {
        assert_eq!(servers[server.name()], bench.sky.origin(server));
    }
    let fault = json!([{ "kind": "missing", "route": "document", "times": 1 }]);
    let added = bench
        .client
        .post(own("faults"))
        .json(&fault)
        .send()
        .await
        .unwrap();
    assert_eq!(added.status(), StatusCode::NO_CONTENT);
    assert_eq!(bench.json(&own("faults")).await[0]["kind"], "missing");
    let document = format!("{}/{}", bench.sky.plc(), bench.did(DEMO_HANDLE));
    assert_eq!(bench.get(&document).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(bench.get(&document).await.status(), StatusCode::OK);
    assert_eq!(
        bench.json(&own("requests")).await.as_array().unwrap().len(),
        2,
        "its own routes are not counted"
    );

    let clock = bench
        .client
        .post(own("clock"))
        .json(&json!({ "seconds": 60 }))
        .send()
        .await
        .unwrap();
    assert_eq!(body(clock).await["now"], NOW + 60);
    assert_eq!(bench.json(&own("clock")).await["now"], NOW + 60);
    let delayed = bench
        .client
        .put(own("delay"))
        .json(&json!({ "millis": 60 }))
        .send()
        .await
        .unwrap();
    assert_eq!(delayed.status(), StatusCode::NO_CONTENT);
    let started = Instant::now();
    bench.get(&document).await;
    assert!(started.elapsed() >= Duration::from_millis(60));
    bench
        .client
        .post(own("faults"))
        .json(&fault[0])
        .send()
        .await
        .unwrap();
    bench.client.delete(own("faults")).send().await.unwrap();
    assert_eq!(bench.get(&document).await.status(), StatusCode::OK);
    bench.client.post(own("reset")).send().await.unwrap();
    assert_eq!(bench.json(&own("requests")).await, json!([]));
}

#[tokio::test]
async fn each_is_an_origin_and_all_stop_together() {
    let bench = start().await;
    let origins: HashSet<&str> = Server::ALL
        .iter()
        .map(|server| bench.sky.origin(*server))
        .collect();
    assert_eq!(origins.len(), Server::ALL.len());
    let ports: Vec<u16> = Server::ALL
        .iter()
        .map(|server| {
            bench
                .sky
                .origin(*server)
                .rsplit(':')
                .next()
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    assert!(
        bench
            .get(&bench.at("/.well-known/oauth-authorization-server"))
            .await
            .status()
            .is_success()
    );
    let taken = Bluesky::start(Config {
        port: ports[0],
        ..Config::default()
    })
    .await;
    assert!(taken.is_err(), "the port is taken");
    drop(bench);
    for port in ports {
        let free = async || {
            tokio::net::TcpListener::bind(("127.0.0.1", port))
                .await
                .is_ok()
        };
        let mut is_free = free().await;
        for _ in 0..1_000 {
            if is_free {
                break;
            }
            tokio::task::yield_now().await;
            is_free = free().await;
        }
        assert!(is_free, "{port}");
    }
}
