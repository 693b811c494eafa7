//! A person's own server: what it says of itself, and the records.

use axum::{
    Extension, Json, Router,
    extract::{RawQuery, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{
    Here, Server, Shared,
    address::{self, POSTS, REPOSTS},
    api,
    fault::{self, Kind},
    person::Person,
    post::{is_repost, refers},
    xrpc::{Answer, Parameters, Refusal},
};
use crate::standin::{
    post::{Post, Relation},
    query::Query,
};

/// How often one address may ask a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub requests: u32,
    pub seconds: i64,
}

impl Default for Limit {
    /// What a PDS has (pds, `global-ip`).
    fn default() -> Self {
        Self {
            requests: 3_000,
            seconds: 300,
        }
    }
}

/// What was asked since the first request of a window.
#[derive(Clone, Copy, Debug, Default)]
pub struct Window {
    used: u32,
    ends: i64,
}

impl Window {
    fn count(&mut self, limit: Limit, now: i64) -> Self {
        if now >= self.ends {
            *self = Self {
                used: 0,
                ends: now + limit.seconds,
            };
        }
        self.used = self.used.saturating_add(1);
        *self
    }
}

pub fn routes() -> Router<Here> {
    Router::new()
        .route("/.well-known/oauth-protected-resource", get(resource))
        .route(
            "/xrpc/com.atproto.identity.resolveHandle",
            get(api::resolve),
        )
        .route("/xrpc/com.atproto.repo.listRecords", get(records))
        .fallback(async || Refusal::not_implemented())
}

/// `GET /.well-known/did.json`, of whoever has a `did:web` there.
pub async fn document(State(here): State<Here>) -> Response {
    match here.shared.web_person() {
        Some(person) => Json(here.shared.document(&person)).into_response(),
        None => Refusal::not_implemented().into_response(),
    }
}

/// `GET /.well-known/oauth-protected-resource`
async fn resource(State(here): State<Here>) -> Response {
    let issuer = match here.server {
        Server::Elsewhere => Server::Elsewhere,
        _ => Server::Entryway,
    };
    let body = json!({
        "resource": here.origin(),
        "authorization_servers": [here.shared.origin(issuer)],
        "bearer_methods_supported": ["header"],
        "scopes_supported": [],
        "resource_documentation": "https://atproto.com",
    });
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        // Misspelt by the real one.
        (HeaderName::from_static("access-control-allow-method"), "*"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "*"),
    ];
    (headers, Json(body)).into_response()
}

/// `GET /xrpc/com.atproto.repo.listRecords?repo=&collection=&limit=&cursor=&reverse=`
async fn records(
    State(here): State<Here>,
    fault: Option<Extension<Kind>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let parameters = Parameters {
        method: "com.atproto.repo.listRecords",
        query: &query,
    };
    let repo = parameters.person("repo")?;
    let collection = parameters.required("collection")?;
    let limit = parameters.limit()?;
    let person = here
        .shared
        .person(repo)
        .filter(|person| person.home == here.server)
        .ok_or_else(|| Refusal::invalid(&format!("Could not find repo: {repo}")))?;
    let fault = fault.map(|Extension(kind)| kind);
    let page = page(&here.shared, &person, collection, limit, &query, fault);
    Ok(Json(page))
}

fn page(
    shared: &Shared,
    person: &Person,
    collection: &str,
    limit: usize,
    query: &Query,
    fault: Option<Kind>,
) -> Value {
    let asked = query.get("cursor");
    let cursor = asked.filter(|_| fault != Some(Kind::Endless));
    let backwards = query.get("reverse") == Some("true");
    let count = person.account.len();
    let start = match (cursor, backwards) {
        (None, _) => 0,
        (Some(cursor), false) => person.first(|post| address::key(post.id).as_str() < cursor),
        (Some(cursor), true) => {
            count - person.first(|post| address::key(post.id).as_str() <= cursor)
        }
    };
    let newest = shared.newest(&person.did);
    let mut posts: Vec<Post> = (start..count)
        .map(|index| if backwards { count - 1 - index } else { index })
        .filter(|index| *index >= newest)
        .filter_map(|index| person.account.post(index))
        .filter(|post| collection_of(post) == collection)
        .take(limit)
        .collect();
    let mut next = posts.last().map(|post| address::key(post.id));
    match fault {
        Some(Kind::EmptyPage) => {
            next = posts
                .first()
                .map(|post| format!("{}~", address::key(post.id)));
            posts.clear();
        }
        Some(Kind::ShortPage) => {
            posts.truncate(posts.len().div_ceil(2));
            next = posts.last().map(|post| address::key(post.id));
        }
        Some(Kind::Ends) => next = None,
        Some(Kind::SameCursor) => next = asked.map(str::to_owned).or(next),
        Some(Kind::Endless) => next = Some(fault::another(asked)),
        _ => {}
    }
    let records: Vec<Value> = posts
        .iter()
        .map(|post| {
            let uri = address::uri(&person.did, collection, &address::key(post.id));
            let value = match refers(post, Relation::Retweeted) {
                Some(reference) => shared.repost_record(post, reference),
                None => shared.record(post),
            };
            json!({ "cid": address::cid(&uri), "uri": uri, "value": value })
        })
        .collect();
    let mut page = json!({ "records": records });
    if let Some(next) = next {
        page["cursor"] = json!(next);
    }
    page
}

fn collection_of(post: &Post) -> &'static str {
    if is_repost(post) { REPOSTS } else { POSTS }
}

/// Counts a request of the API, refuses those that are too many, and says so to
/// all.
pub async fn limit(State(here): State<Here>, request: Request, next: Next) -> Response {
    let Some(limit) = here
        .shared
        .limit
        .filter(|_| request.uri().path().starts_with("/xrpc/"))
    else {
        return next.run(request).await;
    };
    let now = here.now();
    let Window { used, ends } = here.shared.window().count(limit, now);
    let mut response = if used > limit.requests {
        refused(ends - now)
    } else {
        next.run(request).await
    };
    tell(response.headers_mut(), limit, used, ends);
    response
}

/// 429 with the header that says when to come again, but not those of the limit.
pub fn refused(seconds: i64) -> Response {
    let mut response = Refusal::limited().into_response();
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, seconds.into());
    response
}

/// The headers that tell of a limit, and let pages read them.
pub fn tell(headers: &mut HeaderMap, limit: Limit, used: u32, ends: i64) {
    let Limit { requests, seconds } = limit;
    for (name, value) in [
        ("ratelimit-limit", requests.to_string()),
        ("ratelimit-reset", ends.to_string()),
        (
            "ratelimit-remaining",
            requests.saturating_sub(used).to_string(),
        ),
        ("ratelimit-policy", format!("{requests};w={seconds}")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers.append(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "RateLimit-Limit, RateLimit-Reset, RateLimit-Remaining, RateLimit-Policy",
        ),
    );
    if headers.contains_key(header::RETRY_AFTER) {
        headers.append(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("Retry-After"),
        );
    }
}
