//! A stand-in for Bluesky: sign-in with proofs of possession, people's identities
//! and posts, on this machine, with faults on demand.
//!
//! It is several servers, each an origin of its own as in reality: the entryway
//! that signs people in, the PDS where their posts are, the public API, the
//! directory of DIDs, and a server of somebody else that is PDS and authorization
//! server in one. They answer as atproto's do, down to headers and errors. Its
//! people are those of the stand-in for X: `posts_300` is called
//! `posts-300.test`. Apart from the documents of clients, whose hosts are named
//! in [`Config::hosts`], it never asks another server anything.

use std::{
    collections::HashMap,
    fmt,
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request as HttpRequest, State},
    http::Method,
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

mod address;
mod api;
mod client;
mod control;
mod cors;
mod fault;
mod grant;
mod journal;
mod oauth;
mod page;
mod pds;
mod person;
mod plc;
mod post;
mod proof;
mod refusal;
mod secret;
mod words;
mod xrpc;

pub use address::{handle, key};
pub use api::MAX_POSTS;
pub use client::Hosts;
pub use fault::{Fault, Kind, OTHER_ISSUER};
pub use grant::{REQUEST_SECONDS, TOKEN_SECONDS};
pub use journal::{Request, Route};
pub use pds::Limit;
pub use person::FOR_MEMBERS;
pub use post::{BLOCKED_TEXT, LABELLED};
pub use proof::{CLOCK_TOLERANCE, NONCE_SECONDS};
pub use words::MAX_LETTERS;

use crate::standin::{Clock, Directory, fault::take};

/// The first port of the stand-in that a person starts.
pub const DEFAULT_PORT: u16 = 8_790;

/// The feed is known to end about there, whatever is behind.
pub const FEED_REACH: usize = 2_000;

/// Largest body that a request may have, in bytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Most requests that are remembered; later ones are answered but not kept.
const MAX_JOURNAL: usize = 200_000;

#[derive(Clone, Debug)]
pub struct Config {
    /// The first of five that follow each other; 0 takes any free ones.
    pub port: u16,
    pub clock: Clock,
    /// Before each answer.
    pub delay: Duration,
    /// Most posts and reposts that a feed gives; none means all.
    pub feed_reach: Option<usize>,
    /// Of each PDS; none means that it has none, and tells of none.
    pub limit: Option<Limit>,
    /// The origins of clients' documents, with `https` as in reality, and where on
    /// this machine each is; documents of others cannot be had.
    pub hosts: Hosts,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            clock: Clock::system(),
            delay: Duration::ZERO,
            feed_reach: Some(FEED_REACH),
            limit: Some(Limit::default()),
            hosts: Hosts::new(),
        }
    }
}

/// Why the stand-in could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A port is taken or may not be bound.
    #[error("cannot listen on port {port}")]
    Listen { port: u16, source: std::io::Error },
    /// The people cannot be read.
    #[error(transparent)]
    People(#[from] crate::standin::Error),
    /// There is nothing to fetch documents of clients with.
    #[error("no client for HTTP")]
    Outside(#[source] reqwest::Error),
}

/// The servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Server {
    /// Signs people in, as `bsky.social` does.
    Entryway,
    /// Has their posts.
    Pds,
    /// The public API, as `public.api.bsky.app`.
    Api,
    /// The directory of DIDs, as `plc.directory`.
    Plc,
    /// PDS and authorization server of people who have their own.
    Elsewhere,
}

/// Running servers. They stop when this is dropped.
pub struct Bluesky {
    shared: Arc<Shared>,
    /// Whose end is what the servers wait for.
    _running: watch::Sender<()>,
    servers: JoinSet<()>,
}

/// What the servers share.
pub(crate) struct Shared {
    directory: Directory,
    clock: Clock,
    feed_reach: Option<usize>,
    limit: Option<Limit>,
    hosts: Hosts,
    outside: reqwest::Client,
    origins: [String; Server::ALL.len()],
    first_delay: Duration,
    delay: Mutex<Duration>,
    window: Mutex<pds::Window>,
    doors: [Door; 2],
    faults: Mutex<Vec<Fault>>,
    journal: Mutex<Vec<Request>>,
    /// How many of the newest posts are kept back, by DID.
    withheld: Mutex<HashMap<String, usize>>,
    counts: Mutex<HashMap<String, usize>>,
}

/// What an authorization server knows.
#[derive(Default)]
struct Door {
    nonces: Mutex<proof::Nonces>,
    grants: Mutex<grant::Grants>,
}

/// One of the servers, for its routes.
#[derive(Clone)]
pub(crate) struct Here {
    shared: Arc<Shared>,
    server: Server,
}

impl Bluesky {
    /// Listens on 127.0.0.1.
    ///
    /// # Errors
    /// [`Error::Listen`] if a port cannot be had, [`Error::People`] if the written
    /// account's file is malformed.
    pub async fn start(config: Config) -> Result<Self, Error> {
        let directory = Directory::load()?;
        let mut listeners = Vec::new();
        let mut origins = [const { String::new() }; Server::ALL.len()];
        for (origin, number) in origins.iter_mut().zip(0..) {
            let port = match config.port {
                0 => 0,
                first => first.saturating_add(number),
            };
            let cannot_listen = |source| Error::Listen { port, source };
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
                .await
                .map_err(cannot_listen)?;
            *origin = format!("http://{}", listener.local_addr().map_err(cannot_listen)?);
            listeners.push(listener);
        }
        let shared = Arc::new(Shared {
            directory,
            clock: config.clock,
            feed_reach: config.feed_reach,
            limit: config.limit,
            hosts: config.hosts,
            outside: client::outside().map_err(Error::Outside)?,
            origins,
            first_delay: config.delay,
            delay: Mutex::new(config.delay),
            window: Mutex::default(),
            doors: <[Door; 2]>::default(),
            faults: Mutex::default(),
            journal: Mutex::default(),
            withheld: Mutex::default(),
            counts: Mutex::default(),
        });
        let (running, ended) = watch::channel(());
        let mut servers = JoinSet::new();
        for (listener, server) in listeners.into_iter().zip(Server::ALL) {
            let app = router(Here {
                shared: Arc::clone(&shared),
                server,
            });
            let mut ended = ended.clone();
            let stopped = async move {
                // A dropped sender is what this waits for.
                let _ = ended.changed().await;
            };
            // Accepting retries by itself; serving never ends with an error.
            servers.spawn(async move {
                let _ = axum::serve(listener, app)
                    .with_graceful_shutdown(stopped)
                    .await;
            });
        }
        // Those that are left end by themselves, when the sender is dropped.
        Ok(Self {
            shared,
            _running: running,
            servers,
        })
    }

    /// A server's address, without a slash at the end.
    #[must_use]
    pub fn origin(&self, server: Server) -> &str {
        self.shared.origin(server)
    }

    /// The authorization server, which is the issuer.
    #[must_use]
    pub fn entryway(&self) -> &str {
        self.origin(Server::Entryway)
    }

    #[must_use]
    pub fn pds(&self) -> &str {
        self.origin(Server::Pds)
    }

    #[must_use]
    pub fn api(&self) -> &str {
        self.origin(Server::Api)
    }

    #[must_use]
    pub fn plc(&self) -> &str {
        self.origin(Server::Plc)
    }

    #[must_use]
    pub fn elsewhere(&self) -> &str {
        self.origin(Server::Elsewhere)
    }

    /// What the Worker's `BLUESKY` has to be for a page to come here.
    #[must_use]
    pub fn places(&self) -> String {
        [self.entryway(), self.api(), self.plc()].join(" ")
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The people, as the stand-in for X has them.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.shared.directory
    }

    /// The DID of whom one can sign in as, by handle or name at X.
    #[must_use]
    pub fn did(&self, name: &str) -> Option<String> {
        self.shared.person(name).map(|person| person.did)
    }

    /// How many posts somebody has; reposts are none.
    #[must_use]
    pub fn posts(&self, name: &str) -> Option<usize> {
        let person = self.shared.person(name)?;
        Some(self.shared.posts_of(&person))
    }

    /// Keeps somebody's newest posts back, so many of them, until it is told 0. Whether there is
    /// such a person.
    #[must_use]
    pub fn withhold(&self, name: &str, newest: usize) -> bool {
        let did = self.did(name);
        let known = did.map(|did| lock(&self.shared.withheld).insert(did, newest));
        known.is_some()
    }

    /// Adds a fault behind those that are waiting.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults().push(fault);
    }

    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// Before each answer from now on.
    pub fn set_delay(&self, delay: Duration) {
        *self.shared.delay() = delay;
    }

    /// Every request that came, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.journal().clone()
    }

    /// The DIDs of those whom a token is good for, one for each token.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        let doors = self.shared.doors.iter();
        doors
            .flat_map(|door| lock(&door.grants).holders())
            .collect()
    }

    /// Forgets faults, requests, codes, tokens and windows, and goes back to the
    /// delay it was started with.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Returns when one of the servers has ended by itself.
    pub async fn ended(&mut self) {
        // The only error is a panic of a server's task, and that was printed.
        let _ = self.servers.join_next().await;
    }
}

impl Drop for Bluesky {
    fn drop(&mut self) {
        // What is asked is still answered.
        self.servers.detach_all();
    }
}

impl fmt::Debug for Bluesky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bluesky")
            .field(&self.shared.origins)
            .finish()
    }
}

impl Server {
    /// In the order of their ports.
    pub const ALL: [Self; 5] = [
        Self::Entryway,
        Self::Pds,
        Self::Api,
        Self::Plc,
        Self::Elsewhere,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Entryway => "entryway",
            Self::Pds => "pds",
            Self::Api => "api",
            Self::Plc => "plc",
            Self::Elsewhere => "elsewhere",
        }
    }
}

impl Shared {
    fn origin(&self, server: Server) -> &str {
        &self.origins[server as usize]
    }

    /// The DID of somebody whose server is elsewhere.
    fn stranger(&self) -> Option<String> {
        Some(self.person(person::SELF_HOSTED)?.did)
    }

    fn delay(&self) -> MutexGuard<'_, Duration> {
        lock(&self.delay)
    }

    fn window(&self) -> MutexGuard<'_, pds::Window> {
        lock(&self.window)
    }

    fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        lock(&self.faults)
    }

    fn journal(&self) -> MutexGuard<'_, Vec<Request>> {
        lock(&self.journal)
    }

    /// Writes a request down, and says where.
    fn note(&self, entry: Request) -> Option<usize> {
        let mut journal = self.journal();
        (journal.len() < MAX_JOURNAL).then(|| {
            journal.push(entry);
            journal.len() - 1
        })
    }

    /// The index of the newest post of somebody that is shown.
    fn newest(&self, did: &str) -> usize {
        lock(&self.withheld).get(did).copied().unwrap_or_default()
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        lock(&self.counts)
    }

    fn reset(&self) {
        *self.delay() = self.first_delay;
        *self.window() = pds::Window::default();
        for door in &self.doors {
            *lock(&door.nonces) = proof::Nonces::default();
            *lock(&door.grants) = grant::Grants::default();
        }
        self.faults().clear();
        self.journal().clear();
        lock(&self.withheld).clear();
    }
}

impl Here {
    fn origin(&self) -> &str {
        self.shared.origin(self.server)
    }

    fn now(&self) -> i64 {
        self.shared.clock.now()
    }

    fn door(&self) -> &Door {
        &self.shared.doors[usize::from(self.server == Server::Elsewhere)]
    }

    fn nonces(&self) -> MutexGuard<'_, proof::Nonces> {
        lock(&self.door().nonces)
    }

    fn grants(&self) -> MutexGuard<'_, grant::Grants> {
        lock(&self.door().grants)
    }

    /// Whether this authorization server is the one of somebody.
    fn signs_in(&self, person: &person::Person) -> bool {
        (person.home == Server::Elsewhere) == (self.server == Server::Elsewhere)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn router(here: Here) -> Router {
    let limited = middleware::from_fn_with_state(here.clone(), pds::limit);
    let open = middleware::from_fn(cors::open_for_a_day);
    let app = match here.server {
        Server::Entryway => Router::new()
            .route(
                "/xrpc/com.atproto.identity.resolveHandle",
                get(api::resolve),
            )
            .fallback(async || xrpc::Refusal::not_implemented())
            .layer(open)
            .merge(oauth::routes()),
        Server::Pds => pds::routes().layer(limited).layer(open),
        Server::Api => api::routes().layer(open),
        Server::Plc => plc::routes().layer(middleware::from_fn(cors::open)),
        Server::Elsewhere => pds::routes()
            .route("/.well-known/did.json", get(pds::document))
            .layer(limited)
            .layer(open)
            .merge(oauth::routes()),
    };
    app.layer(middleware::from_fn_with_state(here.clone(), watch))
        .merge(control::routes())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(here)
}

/// Meets the request with its fault, if one waits, and writes it down.
async fn watch(State(here): State<Here>, request: HttpRequest, next: Next) -> Response {
    let entry = Request::of(&request, here.server, here.now());
    // A browser asks by itself whether it may ask.
    let route = entry.route.filter(|_| request.method() != Method::OPTIONS);
    // Kept before it is answered: some never are.
    let place = here.shared.note(entry);
    let delay = *here.shared.delay();
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let kind = route.and_then(|route| take(&mut here.shared.faults(), route));
    let response = match kind {
        None => next.run(request).await,
        Some(kind) => fault::meet(kind, &here, request, next).await,
    };
    let mut journal = here.shared.journal();
    if let Some(entry) = place.and_then(|place| journal.get_mut(place)) {
        entry.status = response.status().as_u16();
    }
    drop(journal);
    response
}
