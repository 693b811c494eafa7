//! A stand-in for Misskey and its forks: `MiAuth`, and notes with Misskey's defaults, ranges and
//! errors, on this machine, with the people of the stand-in for X.
//!
//! Shapes, errors, headers and defaults are those of the servers' own code. Tests start one
//! inside their own process; the program `standin misskey` runs one for people and browsers,
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
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    instance::{self, Instance, Protocol, Route, control},
    standin::{
        Clock, Error, MAX_BODY_BYTES, lock, page,
        server::{self, Server},
    },
};

mod api;
mod id;
mod miauth;
mod nodeinfo;
mod note;
mod params;
mod problem;

pub use api::LISTED;
use miauth::{Access, Grants};
use problem::Problem;

/// The port of the stand-in that a person starts.
pub const DEFAULT_PORT: u16 = 8789;

/// What is stood in for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Software {
    #[default]
    Misskey,
    Sharkey,
    CherryPick,
    Firefish,
}

#[derive(Clone, Debug)]
pub struct Config {
    /// 0 takes any free one.
    pub port: u16,
    pub software: Software,
    pub clock: Clock,
    /// How much later each answer comes.
    pub delay: Duration,
    /// How many requests for notes and users are answered in a second; none is no limit.
    pub limit: Option<u32>,
}

impl Config {
    /// With the limit that the software has if its operator says nothing else.
    #[must_use]
    pub fn of(software: Software) -> Self {
        Self {
            port: 0,
            software,
            clock: Clock::system(),
            delay: Duration::ZERO,
            limit: (software == Software::Sharkey).then_some(5),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::of(Software::Misskey)
    }
}

/// A running server. It stops when this is dropped.
pub struct Misskey {
    shared: Arc<Shared>,
    server: Server,
}

/// What the routes share.
pub(crate) struct Shared {
    instance: Instance,
    software: Software,
    limit: Option<u32>,
    grants: Mutex<Grants>,
    /// The last second in which something was asked, and how much.
    counted: Mutex<(i64, u32)>,
}

impl Software {
    /// As it calls itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Misskey => "misskey",
            Self::Sharkey => "sharkey",
            Self::CherryPick => "cherrypick",
            Self::Firefish => "firefish",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Misskey,
            Self::Sharkey,
            Self::CherryPick,
            Self::Firefish,
        ]
        .into_iter()
        .find(|software| software.name() == name)
    }

    fn title(self) -> &'static str {
        match self {
            Self::Misskey => "Misskey",
            Self::Sharkey => "Sharkey",
            Self::CherryPick => "CherryPick",
            Self::Firefish => "Firefish",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Misskey => "2025.12.2",
            Self::Sharkey => "2025.4.6",
            Self::CherryPick => "4.17.0",
            Self::Firefish => "20241106",
        }
    }

    fn repository(self) -> &'static str {
        match self {
            Self::Misskey => "https://github.com/misskey-dev/misskey",
            Self::Sharkey => "https://activitypub.software/TransFem-org/Sharkey/",
            Self::CherryPick => "https://github.com/kokonect-link/cherrypick",
            Self::Firefish => "https://firefish.dev/firefish/firefish",
        }
    }
}

impl Misskey {
    /// Listens on 127.0.0.1.
    ///
    /// # Errors
    /// [`Error::Listen`] if the port cannot be had, [`Error::Demo`] if the written account's
    /// file is malformed.
    pub async fn start(config: Config) -> Result<Self, Error> {
        let (listener, url) = server::listen(config.port).await?;
        let shared = Arc::new(Shared {
            instance: Instance::new(url, config.clock, config.delay)?,
            software: config.software,
            limit: config.limit,
            grants: Mutex::default(),
            counted: Mutex::default(),
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
        let user = self.shared.instance.directory.user_by_id(user);
        user.map(|user| id::of_user(&user))
            .ok_or_else(|| Error::NoAccount(handle.to_owned()))
    }

    /// A token for an account without the way through the pages.
    ///
    /// # Errors
    /// [`Error::NoAccount`]
    pub fn grant(&self, handle: &str, permissions: &[&str]) -> Result<String, Error> {
        let user = self.shared.instance.user_id(handle)?;
        let permissions = permissions.iter().map(|&name| name.to_owned()).collect();
        Ok(self.shared.grants().grant(Access { user, permissions }))
    }

    /// Forgets faults, requests, tokens and what was counted, and goes back to the delay it was
    /// started with.
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
impl Deref for Misskey {
    type Target = Instance;

    fn deref(&self) -> &Instance {
        &self.shared.instance
    }
}

impl fmt::Debug for Misskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Misskey").field(&self.url()).finish()
    }
}

impl Shared {
    fn grants(&self) -> MutexGuard<'_, Grants> {
        lock(&self.grants)
    }

    /// Counts a request.
    fn count(&self) -> Result<(), Problem> {
        let Some(limit) = self.limit else {
            return Ok(());
        };
        let now = self.instance.clock.now();
        let mut counted = lock(&self.counted);
        if counted.0 != now {
            *counted = (now, 0);
        }
        if counted.1 >= limit {
            return Err(Problem::rate_limited(self.software, now, 1_000));
        }
        counted.1 += 1;
        Ok(())
    }
}

impl Protocol for Shared {
    fn instance(&self) -> &Instance {
        &self.instance
    }

    fn route(path: &str) -> Route {
        match path {
            "/.well-known/nodeinfo" => Route::WellKnown,
            "/api/meta" => Route::Meta,
            "/api/i" => Route::Me,
            "/api/users/show" => Route::User,
            "/api/users/notes" => Route::Notes,
            "/api/notes/show" => Route::Note,
            _ if path.starts_with("/nodeinfo/") => Route::Nodeinfo,
            _ if path.starts_with("/miauth/") => Route::Page,
            _ if path.starts_with("/api/miauth/") => Route::Check,
            _ => Route::Other,
        }
    }

    fn problem(&self, status: StatusCode) -> Response {
        let problem = match status {
            StatusCode::UNAUTHORIZED => Problem::credential_required(),
            StatusCode::FORBIDDEN => Problem::permission_denied(),
            StatusCode::NOT_FOUND => Problem::no_such_user(),
            status => Problem::internal(status),
        };
        problem.answer(self.software)
    }

    fn limited(&self, reset_in: i64) -> Response {
        let now = self.instance.clock.now();
        Problem::rate_limited(self.software, now, reset_in * 1_000).answer(self.software)
    }

    fn asked(&self, _parts: &Parts, body: &[u8]) -> Option<u64> {
        id::user(instance::object(body)["userId"].as_str()?)
    }

    fn first_page(_parts: &mut Parts, body: &mut Bytes) {
        let mut wish = instance::object(body);
        if let Some(wish) = wish.as_object_mut() {
            for cursor in ["untilId", "untilDate", "sinceId", "sinceDate"] {
                wish.remove(cursor);
            }
        }
        *body = wish.to_string().into();
    }

    fn preflight(&self, parts: &Parts) -> Response {
        if !parts.uri.path().starts_with("/api/") {
            return StatusCode::NO_CONTENT.into_response();
        }
        let asks = |name: HeaderName| parts.headers.get(name);
        if asks(header::ORIGIN).is_none() || asks(header::ACCESS_CONTROL_REQUEST_METHOD).is_none() {
            let says = "Invalid Preflight Request";
            return (StatusCode::BAD_REQUEST, says).into_response();
        }
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE"),
        );
        headers.insert(
            header::VARY,
            HeaderValue::from_static("Access-Control-Request-Headers"),
        );
        if let Some(asked) = asks(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
        (StatusCode::NO_CONTENT, headers).into_response()
    }

    fn share(&self, path: &str, _origin: Option<&str>, headers: &mut HeaderMap) {
        let is_of_server = path.starts_with("/.well-known/")
            // Firefish forgot it.
            || (path.starts_with("/nodeinfo/") && self.software != Software::Firefish);
        if !is_of_server && !path.starts_with("/api/") {
            return;
        }
        let any = HeaderValue::from_static("*");
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
        if is_of_server {
            for (name, value) in [
                (header::ACCESS_CONTROL_ALLOW_HEADERS, "Accept"),
                (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, OPTIONS"),
                (header::ACCESS_CONTROL_EXPOSE_HEADERS, "Vary"),
            ] {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
    }

    fn forget(&self) {
        *self.grants() = Grants::default();
        *lock(&self.counted) = (0, 0);
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let endpoint = |handler| get(api::not_got).merge(handler);
    Router::new()
        .route("/.well-known/nodeinfo", get(nodeinfo::links))
        .route("/nodeinfo/{version}", get(nodeinfo::document))
        .route("/miauth/{session}", get(miauth::page))
        .route("/api/miauth/{session}/check", post(miauth::check))
        .route("/api/meta", endpoint(post(api::meta)))
        .route("/api/i", endpoint(post(api::me)))
        .route("/api/users/show", endpoint(post(api::user)))
        .route("/api/users/notes", endpoint(post(api::notes)))
        .route("/api/notes/show", endpoint(post(api::note)))
        .route("/api/{*rest}", axum::routing::any(api::unknown))
        .route("/identicon/{acct}", get(picture))
        .route("/_avatar/{handle}", get(picture))
        .fallback(elsewhere)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&shared),
            instance::watch::<Shared>,
        ))
        .merge(control::routes())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(shared)
}

/// JSON with the headers that all of the API has.
fn json_answer(status: StatusCode, mut headers: HeaderMap, body: &Value) -> Response {
    for (name, value) in [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CACHE_CONTROL, "private, max-age=0, must-revalidate"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    (status, headers, body).into_response()
}

/// The page of the client, which finds out for itself that there is nothing; other methods
/// are refused.
async fn elsewhere(State(shared): State<Arc<Shared>>, method: Method, uri: Uri) -> Response {
    if method != Method::GET {
        let body = json!({
            "message": format!("Route {method}:{} not found", uri.path()),
            "error": "Not Found",
            "statusCode": 404,
        });
        return json_answer(StatusCode::NOT_FOUND, HeaderMap::new(), &body);
    }
    let whom = shared.software.title();
    let page = page::document(whom, whom, &format!("<h1>{whom}</h1>"));
    (
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=30"),
            (header::X_FRAME_OPTIONS, "DENY"),
        ],
        page,
    )
        .into_response()
}

/// `GET /identicon/:acct`
async fn picture(Path(acct): Path<String>) -> Response {
    (
        [
            (header::CONTENT_TYPE, "image/svg+xml"),
            (header::CACHE_CONTROL, "public, max-age=86400"),
        ],
        page::avatar(&acct),
    )
        .into_response()
}
