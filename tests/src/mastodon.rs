//! A stand-in for Mastodon and servers that speak its API: apps, OAuth, and statuses with each
//! one's defaults, limits and errors, on this machine, with the people of the stand-in for X.
//!
//! Shapes, errors, headers and defaults are those of the servers' own code. Tests start one
//! inside their own process; the program `standin mastodon` runs one for people and browsers,
//! and is driven by the routes under `/_standin/`.

use std::{
    fmt,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Request as HttpRequest, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;

use crate::{
    instance::{self, Instance, Protocol, Route, control},
    standin::{
        Clock, Error, MAX_BODY_BYTES, lock, page,
        query::Query,
        server::{self, Server},
    },
};

mod api;
mod html;
mod id;
mod nodeinfo;
mod oauth;
mod problem;
mod status;
mod throttle;

pub use oauth::CODE_SECONDS;
use oauth::Grants;
use problem::Problem;
pub use throttle::Limits;
use throttle::{Counts, Kind, Window};

/// The port of the stand-in that a person starts.
pub const DEFAULT_PORT: u16 = 8795;

/// The cursors of a page.
const CURSORS: [&str; 3] = ["max_id", "since_id", "min_id"];

/// Which server it is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Like {
    /// Mastodon before 4.3: no scope `profile`, no PKCE, no statuses by several ids.
    Mastodon42,
    /// Mastodon since 4.3.
    #[default]
    Mastodon43,
    Hollo,
    GoToSocial,
}

#[derive(Clone, Debug)]
pub struct Config {
    /// 0 takes any free one.
    pub port: u16,
    pub like: Like,
    /// Whether strangers may read nothing, as in Mastodon's mode of limited federation. At Hollo
    /// and at `GoToSocial` they never may.
    pub closed: bool,
    pub clock: Clock,
    /// How much later each answer comes.
    pub delay: Duration,
    pub limits: Limits,
}

impl Config {
    /// With the limits that the server has if its operator says nothing else.
    #[must_use]
    pub fn of(like: Like) -> Self {
        let none = Limits {
            api: None,
            paging: None,
            apps: None,
        };
        Self {
            port: 0,
            like,
            closed: false,
            clock: Clock::system(),
            delay: Duration::ZERO,
            limits: match like {
                Like::Mastodon42 | Like::Mastodon43 => Limits::default(),
                Like::Hollo => none,
                Like::GoToSocial => Limits {
                    api: Some(300),
                    ..none
                },
            },
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::of(Like::default())
    }
}

/// A running server. It stops when this is dropped.
pub struct Mastodon {
    shared: Arc<Shared>,
    server: Server,
}

/// What the routes share.
pub(crate) struct Shared {
    instance: Instance,
    like: Like,
    closed: bool,
    limits: Limits,
    grants: Mutex<Grants>,
    counts: Mutex<Counts>,
}

impl Like {
    /// As it is called on the command line.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "4.2" => Self::Mastodon42,
            "4.3" => Self::Mastodon43,
            "hollo" => Self::Hollo,
            "gotosocial" => Self::GoToSocial,
            _ => return None,
        })
    }

    fn software(self) -> &'static str {
        match self {
            Self::Mastodon42 | Self::Mastodon43 => "mastodon",
            Self::Hollo => "hollo",
            Self::GoToSocial => "gotosocial",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Mastodon42 | Self::Mastodon43 => "Mastodon",
            Self::Hollo => "Hollo",
            Self::GoToSocial => "GoToSocial",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Mastodon42 => "4.2.27",
            Self::Mastodon43 => "4.5.3",
            Self::Hollo => "0.6.19",
            Self::GoToSocial => "0.20.2",
        }
    }
}

impl Mastodon {
    /// Listens on 127.0.0.1.
    ///
    /// # Errors
    /// [`Error::Listen`] if the port cannot be had, [`Error::Demo`] if the written account's
    /// file is malformed.
    pub async fn start(config: Config) -> Result<Self, Error> {
        let (listener, url) = server::listen(config.port).await?;
        let shared = Arc::new(Shared {
            instance: Instance::new(url, config.clock, config.delay)?,
            like: config.like,
            closed: config.closed,
            limits: config.limits,
            grants: Mutex::default(),
            counts: Mutex::default(),
        });
        let server = Server::start(listener, router(Arc::clone(&shared)));
        Ok(Self { shared, server })
    }

    /// The id of an account that one can sign in as.
    ///
    /// # Errors
    /// [`Error::NoAccount`]
    pub fn user_id(&self, handle: &str) -> Result<String, Error> {
        let user = self.shared.instance.user_id(handle)?;
        Ok(id::write(self.shared.like, user))
    }

    /// A token for an account without the way through the pages.
    ///
    /// # Errors
    /// [`Error::NoAccount`]
    pub fn grant(&self, handle: &str, scopes: &[&str]) -> Result<String, Error> {
        let user = self.shared.instance.user_id(handle)?;
        Ok(self.shared.grants().grant(user, scopes))
    }

    /// Forgets all apps, as servers do with those that nobody uses.
    pub fn forget_apps(&self) {
        self.shared.grants().forget_apps();
    }

    /// Forgets faults, requests, apps, tokens and what was counted, and goes back to the delay
    /// it was started with.
    pub fn reset(&self) {
        self.shared.instance.reset();
        self.shared.forget();
    }

    /// Stops accepting, answers what was asked, and returns.
    pub async fn stop(self) {
        self.server.stop().await;
    }

    /// Returns when the server has ended by itself.
    pub async fn ended(&mut self) {
        self.server.ended().await;
    }
}

/// What is not peculiar to what it stands in for.
impl Deref for Mastodon {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.shared.instance
    }
}

impl fmt::Debug for Mastodon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mastodon").field(&self.url()).finish()
    }
}

impl Shared {
    fn grants(&self) -> MutexGuard<'_, Grants> {
        lock(&self.grants)
    }

    fn is_mastodon(&self) -> bool {
        matches!(self.like, Like::Mastodon42 | Like::Mastodon43)
    }

    /// Whether strangers may read nothing.
    fn is_closed(&self) -> bool {
        self.closed || !self.is_mastodon()
    }

    /// How other pages may ask for a path; none if they may not.
    fn methods(&self, path: &str) -> Option<&'static str> {
        if path.starts_with("/api/") {
            return Some("POST, PUT, DELETE, GET, PATCH, OPTIONS");
        }
        match path {
            _ if path.starts_with("/.well-known/") || path.starts_with("/nodeinfo/") => Some("GET"),
            "/oauth/token" => Some("POST"),
            "/oauth/revoke" if self.like != Like::Mastodon42 => Some("POST"),
            _ => None,
        }
    }
}

impl Protocol for Shared {
    fn instance(&self) -> &Instance {
        &self.instance
    }

    fn route(path: &str) -> Route {
        match path {
            "/.well-known/nodeinfo" => Route::WellKnown,
            "/oauth/authorize" => Route::Page,
            "/oauth/token" => Route::Token,
            "/oauth/revoke" => Route::Revoke,
            "/api/v1/apps" => Route::Apps,
            "/api/v1/accounts/verify_credentials" => Route::Credentials,
            "/api/v1/statuses" => Route::Lookup,
            _ if path.starts_with("/nodeinfo/") => Route::Nodeinfo,
            _ if path.starts_with("/api/v1/statuses/") => Route::Status,
            _ if path.starts_with("/api/v1/accounts/") && path.ends_with("/statuses") => {
                Route::Statuses
            }
            _ if path.starts_with("/api/v1/accounts/") => Route::User,
            _ => Route::Other,
        }
    }

    fn problem(&self, status: StatusCode) -> Response {
        let problem = match status {
            StatusCode::UNAUTHORIZED => Problem::unauthorized(self.like),
            StatusCode::FORBIDDEN => Problem::scope(self.like),
            StatusCode::NOT_FOUND => Problem::not_found(),
            status => Problem::new(status, status.canonical_reason().unwrap_or("Error")),
        };
        problem.answer()
    }

    fn limited(&self, reset_in: i64) -> Response {
        let reset = self.instance.clock.now() + reset_in;
        let mut response = Problem::too_many(self.like).answer();
        Window::used_up(300, reset).tell(response.headers_mut());
        response
    }

    fn asked(&self, parts: &Parts, _body: &[u8]) -> Option<u64> {
        let rest = parts.uri.path().strip_prefix("/api/v1/accounts/")?;
        id::read(self.like, rest.split('/').next()?)
    }

    fn first_page(parts: &mut Parts, _body: &mut Bytes) {
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let rest = query.encode_without(&CURSORS);
        if let Ok(uri) = format!("{}?{rest}", parts.uri.path()).parse() {
            parts.uri = uri;
        }
    }

    fn preflight(&self, parts: &Parts) -> Response {
        let mut headers = HeaderMap::new();
        let asked = parts.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
        if let Some(asked) = asked.filter(|_| self.methods(parts.uri.path()).is_some()) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
        let status = if self.is_mastodon() {
            StatusCode::OK
        } else {
            StatusCode::NO_CONTENT
        };
        (status, headers).into_response()
    }

    fn share(&self, path: &str, origin: Option<&str>, headers: &mut HeaderMap) {
        // Mastodon tells it only where a browser asks for a page.
        let asks = origin.is_some() || self.like == Like::Hollo;
        let Some(methods) = self.methods(path).filter(|_| asks) else {
            return;
        };
        let exposed =
            "Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id";
        let exposed = path.starts_with("/api/").then_some(exposed);
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, Some("*")),
            (header::ACCESS_CONTROL_ALLOW_METHODS, Some(methods)),
            (header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed),
            (header::ACCESS_CONTROL_MAX_AGE, Some("7200")),
            (header::VARY, Some("Origin")),
        ] {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
    }

    fn forget(&self) {
        *self.grants() = Grants::default();
        *lock(&self.counts) = Counts::default();
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/.well-known/nodeinfo", get(nodeinfo::links))
        .route("/nodeinfo/{version}", get(nodeinfo::document))
        .route("/oauth/authorize", get(oauth::authorize))
        .route("/oauth/token", post(oauth::token))
        .route("/oauth/revoke", post(oauth::revoke))
        .route("/api/v1/apps", post(oauth::register))
        .route("/api/v1/accounts/verify_credentials", get(api::credentials))
        .route("/api/v1/accounts/{id}", get(api::account))
        .route("/api/v1/accounts/{id}/statuses", get(api::statuses))
        .route("/api/v1/statuses", get(api::lookup))
        .route("/api/v1/statuses/{id}", get(api::status))
        .route("/_avatar/{handle}", get(picture))
        .fallback(elsewhere)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&shared),
            throttle,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&shared),
            instance::watch::<Shared>,
        ))
        .merge(control::routes())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(shared)
}

/// Counts requests of the API, and tells in each answer where its tightest window stands.
async fn throttle(State(shared): State<Arc<Shared>>, request: HttpRequest, next: Next) -> Response {
    if !request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let access = token.and_then(|token| shared.grants().access(token).cloned());
    let person = access.map_or_else(String::new, |access| access.user.to_string());
    let token = token.filter(|_| !person.is_empty()).unwrap_or_default();
    let mut kinds = vec![(Kind::Api, token)];
    let query = Query::parse(request.uri().query().unwrap_or_default());
    if CURSORS
        .iter()
        .any(|name| query.get(name).is_some_and(|id| !id.is_empty()))
    {
        kinds.push((Kind::Paging, &person));
    }
    if request.uri().path() == "/api/v1/apps" && request.method() == Method::POST {
        kinds.push((Kind::Apps, ""));
    }
    let now = shared.instance.clock.now();
    let window = lock(&shared.counts).admit(shared.limits, &kinds, now);
    match window {
        Err(window) => {
            let mut response = Problem::too_many(shared.like).answer();
            window.tell(response.headers_mut());
            response
        }
        Ok(window) => {
            let mut response = next.run(request).await;
            if let Some(window) = window {
                window.tell(response.headers_mut());
            }
            response
        }
    }
}

/// JSON with the headers that all of the API has, unless others are given.
fn json_answer(status: StatusCode, mut headers: HeaderMap, body: &Value) -> Response {
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-store"));
    (status, headers, body.to_string()).into_response()
}

/// A path that the server does not have: a page for people, but for `GoToSocial` and Hollo.
fn no_route(shared: &Shared) -> Response {
    match shared.like {
        Like::Mastodon42 | Like::Mastodon43 => {
            let whom = shared.like.title();
            let says = "The page you are looking for isn't here.";
            let page = page::document(whom, "Error", &format!("<h1>{says}</h1>"));
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (StatusCode::NOT_FOUND, kind, page).into_response()
        }
        Like::Hollo => (StatusCode::NOT_FOUND, "404 Not Found").into_response(),
        Like::GoToSocial => {
            Problem::new(StatusCode::NOT_FOUND, "Not Found: 404 page not found").answer()
        }
    }
}

async fn elsewhere(State(shared): State<Arc<Shared>>) -> Response {
    no_route(&shared)
}

/// `GET /_avatar/:handle`
async fn picture(Path(handle): Path<String>) -> Response {
    (
        [
            (header::CONTENT_TYPE, "image/svg+xml"),
            (header::CACHE_CONTROL, "public, max-age=86400"),
        ],
        page::avatar(&handle),
    )
        .into_response()
}
