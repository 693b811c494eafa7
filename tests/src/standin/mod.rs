//! A stand-in for X: sign-in with PKCE, posts with X's limits and errors, on
//! this machine, with accounts to sign in as and faults on demand.
//!
//! It answers as X's API does, down to headers, limits and errors, and never
//! asks another server anything. Tests start one inside their own process; the
//! program `standin` runs one for people and browsers, and is driven by the
//! routes under `/_standin/`.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, Request as HttpRequest, State},
    http::header,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};

mod account;
mod api;
pub mod archive;
pub(crate) mod clock;
pub(crate) mod control;
mod demo;
mod dialect;
mod error;
pub(crate) mod fault;
mod generated;
pub(crate) mod grant;
mod journal;
mod oauth;
mod odd;
pub(crate) mod page;
mod phrase;
pub(crate) mod post;
mod problem;
pub(crate) mod query;
pub(crate) mod server;
mod text;
mod view;
mod window;

pub use account::{Account, Contents, Directory, REACH};
pub use clock::Clock;
pub use error::Error;
pub use fault::{Fault, Kind};
pub use generated::MAX_POSTS;
pub use grant::{CODE_SECONDS, Client, MAX_STATE, Redirects, SCOPES, TOKEN_SECONDS, challenge};
pub use journal::{Request, Route};
pub use odd::{LOST_POSTS, ODD_POSTS, Odd};
pub use post::{Found, Lang, NEWEST, Post, Reference, Relation, SPAN, User};
use server::Server;
pub use window::{Limits, Quota, Usage};

/// The account whose posts were written by hand.
pub const DEMO_HANDLE: &str = "lemon_demo";

/// The port of the stand-in that a person starts.
pub const DEFAULT_PORT: u16 = 8788;

/// The client that is registered if [`Config`] says nothing else.
pub const DEFAULT_CLIENT_ID: &str = "lemon-toolbox-standin";

/// Largest body that a request may have, in bytes.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Most requests that are remembered; later ones are answered but not kept.
pub(crate) const MAX_JOURNAL: usize = 200_000;

/// An exchange that the demo account and every generated one with at least
/// three posts has once, among its newest fifty posts. No other post of theirs
/// has this reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub lang: Lang,
    /// What somebody else said, without mentions.
    pub said: &'static str,
    /// What the account replied, without mentions.
    pub reply: &'static str,
}

pub const KNOWN_KO: Known = Known {
    lang: Lang::Ko,
    said: "너 제일 좋아하는 레몬 요리가 뭐야?",
    reply: "할머니가 알려 주신 레몬 꿀절임! 겨울마다 열 병씩 담가서 친구들한테 나눠 줘 🍋",
};

pub const KNOWN_JA: Known = Known {
    lang: Lang::Ja,
    said: "一番好きなレモン料理は何ですか？",
    reply: "塩レモンの鶏鍋です！瀬戸内のおばあちゃん直伝、寒い日はこれしか勝たん🍲",
};

pub const KNOWN_EN: Known = Known {
    lang: Lang::En,
    said: "what is your favourite lemon dish of all time?",
    reply: "lemon drizzle cake, the corner piece, still warm, eaten standing up in the kitchen 🍰",
};

/// All of them, newest first.
pub const KNOWN: [Known; 3] = [KNOWN_KO, KNOWN_JA, KNOWN_EN];

#[derive(Clone, Debug)]
pub struct Config {
    /// 0 takes any free one.
    pub port: u16,
    pub client: Client,
    pub limits: Limits,
    pub clock: Clock,
    /// About one page in so many is shorter than asked for though it is not
    /// the last; none means never.
    pub short_page_every: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            client: Client {
                id: DEFAULT_CLIENT_ID.to_owned(),
                secret: None,
                redirects: Redirects::Loopback,
            },
            limits: Limits::default(),
            clock: Clock::system(),
            short_page_every: Some(7),
        }
    }
}

/// A running server. It stops when this is dropped.
pub struct Standin {
    shared: Arc<Shared>,
    server: Server,
}

/// What the routes share.
pub(crate) struct Shared {
    directory: Directory,
    client: Client,
    clock: Clock,
    short_page_every: Option<u64>,
    url: String,
    first_limits: Limits,
    limits: Mutex<Limits>,
    windows: Mutex<window::Windows>,
    grants: Mutex<grant::Grants>,
    faults: Mutex<Vec<Fault>>,
    /// How many of an account's newest posts are not there yet, by its id.
    unpublished: Mutex<HashMap<u64, usize>>,
    journal: Mutex<Vec<Request>>,
}

impl Standin {
    /// Listens on 127.0.0.1.
    ///
    /// # Errors
    /// [`Error::Listen`] if the port cannot be had, [`Error::Demo`] if the
    /// written account's file is malformed.
    pub async fn start(config: Config) -> Result<Self, Error> {
        let directory = Directory::load()?;
        let (listener, url) = server::listen(config.port).await?;
        let shared = Arc::new(Shared {
            directory,
            client: config.client,
            clock: config.clock,
            short_page_every: config.short_page_every,
            url,
            first_limits: config.limits.clone(),
            limits: Mutex::new(config.limits),
            windows: Mutex::default(),
            grants: Mutex::default(),
            faults: Mutex::default(),
            unpublished: Mutex::default(),
            journal: Mutex::default(),
        });
        let server = Server::start(listener, router(Arc::clone(&shared)));
        Ok(Self { shared, server })
    }

    /// The client that is registered.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.shared.client
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.shared.directory
    }

    /// Adds a fault behind those that are waiting.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults().push(fault);
    }

    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// Keeps an account's newest posts to itself, so many of them, until it is told 0.
    ///
    /// # Errors
    /// [`Error::NoAccount`]
    pub fn withhold(&self, handle: &str, newest: usize) -> Result<(), Error> {
        let user = self.shared.user_id(handle)?;
        lock(&self.shared.unpublished).insert(user, newest);
        Ok(())
    }

    /// Every request of X's routes that was answered, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.journal().clone()
    }

    /// What the operator would pay for.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.shared.windows().usage()
    }

    pub fn set_limits(&self, limits: Limits) {
        *self.shared.limits() = limits;
    }

    /// A token for an account without the way through the pages.
    ///
    /// # Errors
    /// [`Error::NoAccount`]
    pub fn grant(&self, handle: &str) -> Result<String, Error> {
        let user = self.shared.user_id(handle)?;
        let now = self.shared.clock.now();
        Ok(self.shared.grants().grant(user, now))
    }

    /// Ends all tokens of an account.
    ///
    /// # Errors
    /// [`Error::NoAccount`]
    pub fn revoke(&self, handle: &str) -> Result<(), Error> {
        self.shared.revoke(handle)
    }

    /// Forgets faults, requests, tokens, usage and windows, and goes back to
    /// the limits it was started with.
    pub fn reset(&self) {
        self.shared.reset();
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

impl fmt::Debug for Standin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Standin").field(&self.url()).finish()
    }
}

impl Shared {
    fn limits(&self) -> MutexGuard<'_, Limits> {
        lock(&self.limits)
    }

    fn windows(&self) -> MutexGuard<'_, window::Windows> {
        lock(&self.windows)
    }

    fn grants(&self) -> MutexGuard<'_, grant::Grants> {
        lock(&self.grants)
    }

    fn unpublished(&self, user: u64) -> usize {
        lock(&self.unpublished)
            .get(&user)
            .copied()
            .unwrap_or_default()
    }

    fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        lock(&self.faults)
    }

    fn journal(&self) -> MutexGuard<'_, Vec<Request>> {
        lock(&self.journal)
    }

    fn user_id(&self, handle: &str) -> Result<u64, Error> {
        self.directory
            .account(handle)
            .map(|account| account.user().id)
            .ok_or_else(|| Error::NoAccount(handle.to_owned()))
    }

    fn revoke(&self, handle: &str) -> Result<(), Error> {
        let user = self.user_id(handle)?;
        self.grants().revoke_user(user);
        Ok(())
    }

    fn reset(&self) {
        *self.limits() = self.first_limits.clone();
        *self.windows() = window::Windows::default();
        *self.grants() = grant::Grants::default();
        self.faults().clear();
        self.journal().clear();
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/i/oauth2/authorize", get(oauth::authorize))
        .route("/2/oauth2/token", post(oauth::token))
        .route("/2/oauth2/revoke", post(oauth::revoke))
        .route("/2/users/me", get(api::me))
        .route("/2/users/{id}/tweets", get(api::posts))
        .route("/2/tweets", get(api::lookup))
        .route("/_avatar/{handle}", get(avatar))
        .fallback(async || problem::Problem::not_found())
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), watch))
        .merge(control::routes())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(shared)
}

/// Meets the request with its fault, if one waits, and writes it down.
async fn watch(State(shared): State<Arc<Shared>>, request: HttpRequest, next: Next) -> Response {
    let Some(route) = Route::of(request.uri().path()) else {
        return next.run(request).await;
    };
    let mut entry = Request {
        at: shared.clock.now(),
        route,
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or("").to_owned(),
        status: 0,
    };
    let kind = fault::take(&mut shared.faults(), route);
    let response = match kind {
        None => next.run(request).await,
        Some(kind) => match (fault::answer(kind, entry.at), kind) {
            (Some(response), _) => response,
            (None, Kind::Slow { millis }) => {
                let delay = std::time::Duration::from_millis(millis.min(fault::MAX_DELAY_MS));
                tokio::time::sleep(delay).await;
                next.run(request).await
            }
            (None, Kind::CutOff) => fault::cut_off(next.run(request).await).await,
            (None, Kind::Odd(odd)) => odd::answer(odd, request, next).await,
            (None, Kind::WrongDialect) => {
                fault::change(next.run(request).await, dialect::silence).await
            }
            (None, _) => {
                fault::change(next.run(request).await, |page| {
                    if let Some(page) = page.as_object_mut() {
                        page.remove("includes");
                        page.remove("errors");
                    }
                })
                .await
            }
        },
    };
    entry.status = response.status().as_u16();
    let mut journal = shared.journal();
    if journal.len() < MAX_JOURNAL {
        journal.push(entry);
    }
    drop(journal);
    response
}

/// `GET /_avatar/:handle`
async fn avatar(State(shared): State<Arc<Shared>>, Path(handle): Path<String>) -> Response {
    if shared.directory.user(&handle).is_none() {
        return problem::Problem::not_found().into_response();
    }
    (
        [
            (header::CONTENT_TYPE, "image/svg+xml"),
            (header::CACHE_CONTROL, "public, max-age=86400"),
            // X's pictures may be shown and read by any page.
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ],
        page::avatar(&handle),
    )
        .into_response()
}
