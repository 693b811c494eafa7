//! What the stand-ins for servers of the Fediverse share: the people of the stand-in for X
//! and what they say there, a journal, and faults on demand.

use std::{
    collections::{HashMap, HashSet},
    future::pending,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request as HttpRequest, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::standin::{
    Clock, Directory, Error, MAX_BODY_BYTES, MAX_JOURNAL,
    fault::{change, cut_off, take},
    lock,
};

pub(crate) mod control;
mod fault;
mod journal;
pub(crate) mod page;
pub(crate) mod person;

pub use fault::{Fault, Kind};
pub use journal::{Request, Route};
pub use person::Contents;

/// Longest delay, of an answer that is slow.
const MAX_DELAY_MS: u64 = 120_000;

/// The state of a running stand-in that is not peculiar to what it stands in for.
#[derive(Debug)]
pub struct Instance {
    pub(crate) directory: Directory,
    pub(crate) clock: Clock,
    pub(crate) url: String,
    first_delay: Duration,
    delay: Mutex<Duration>,
    faults: Mutex<Vec<Fault>>,
    journal: Mutex<Vec<Request>>,
    /// Accounts that are no more.
    deleted: Mutex<HashSet<u64>>,
    /// How many of an account's newest posts are not there yet, by its id.
    withheld: Mutex<HashMap<u64, usize>>,
}

/// What a stand-in does in its own way.
pub(crate) trait Protocol: Send + Sync + 'static {
    fn instance(&self) -> &Instance;

    fn route(path: &str) -> Route;

    /// Its error of this status.
    fn problem(&self, status: StatusCode) -> Response;

    /// Its answer to too many requests, for so many seconds more.
    fn limited(&self, reset_in: i64) -> Response;

    /// Whose posts a request is for.
    fn asked(&self, parts: &Parts, body: &[u8]) -> Option<u64>;

    /// Makes of a request the one for the first page.
    fn first_page(parts: &mut Parts, body: &mut Bytes);

    /// What it answers a browser that asks whether it may ask.
    fn preflight(&self, parts: &Parts) -> Response;

    /// Tells browsers whether the page of this origin may read the answer.
    fn share(&self, path: &str, origin: Option<&str>, headers: &mut HeaderMap);

    /// Forgets who signed in, and what was counted.
    fn forget(&self);
}

impl Instance {
    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Adds a fault behind those that are waiting.
    pub fn fault(&self, fault: Fault) {
        self.faults().push(fault);
    }

    pub fn clear_faults(&self) {
        self.faults().clear();
    }

    /// Every request that came, oldest first, browsers' questions whether they may ask among
    /// them.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.journal().clone()
    }

    /// Every later answer comes so much later.
    pub fn set_delay(&self, delay: Duration) {
        *lock(&self.delay) = delay;
    }

    /// What there is to be read of an account.
    ///
    /// # Errors
    /// [`Error::NoAccount`]
    pub fn contents(&self, handle: &str) -> Result<Contents, Error> {
        let account = self.directory.account(handle);
        account
            .map(|account| Contents::of(&account, &self.directory))
            .ok_or_else(|| Error::NoAccount(handle.to_owned()))
    }

    /// Keeps an account's newest posts to itself, so many of them, until it is told 0.
    ///
    /// # Errors
    /// [`Error::NoAccount`]
    pub fn withhold(&self, handle: &str, newest: usize) -> Result<(), Error> {
        lock(&self.withheld).insert(self.user_id(handle)?, newest);
        Ok(())
    }

    /// Ends an account, until the next reset.
    ///
    /// # Errors
    /// [`Error::NoAccount`]
    pub fn delete(&self, handle: &str) -> Result<(), Error> {
        self.end(self.user_id(handle)?);
        Ok(())
    }

    /// # Errors
    /// [`Error::Demo`] if the written account's file is malformed.
    pub(crate) fn new(url: String, clock: Clock, delay: Duration) -> Result<Self, Error> {
        Ok(Self {
            directory: Directory::load()?,
            clock,
            url,
            first_delay: delay,
            delay: Mutex::new(delay),
            faults: Mutex::default(),
            journal: Mutex::default(),
            deleted: Mutex::default(),
            withheld: Mutex::default(),
        })
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        lock(&self.faults)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Vec<Request>> {
        lock(&self.journal)
    }

    /// How many of an account's newest posts are kept back.
    pub(crate) fn withheld(&self, user: u64) -> usize {
        lock(&self.withheld).get(&user).copied().unwrap_or_default()
    }

    pub(crate) fn is_deleted(&self, user: u64) -> bool {
        lock(&self.deleted).contains(&user)
    }

    fn end(&self, user: u64) {
        lock(&self.deleted).insert(user);
    }

    /// # Errors
    /// [`Error::NoAccount`]
    pub(crate) fn user_id(&self, handle: &str) -> Result<u64, Error> {
        self.directory
            .account(handle)
            .map(|account| account.user().id)
            .ok_or_else(|| Error::NoAccount(handle.to_owned()))
    }

    /// The host and the port that it can be asked at.
    pub(crate) fn host(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn reset(&self) {
        self.set_delay(self.first_delay);
        self.faults().clear();
        self.journal().clear();
        lock(&self.deleted).clear();
        lock(&self.withheld).clear();
    }

    fn delay(&self) -> Duration {
        *lock(&self.delay)
    }

    /// The fault that a request meets. A browser's question whether it may ask meets only the
    /// one for which the answer is no.
    fn met(&self, route: Route, method: &Method) -> Option<Kind> {
        let mut faults = self.faults();
        if *method != Method::OPTIONS {
            return take(&mut faults, route);
        }
        let fits = |fault: &Fault| fault.route.is_none_or(|only| only == route);
        let first = faults.iter().find(|fault| fits(fault))?;
        let refuses = first.after == 0 && first.kind == Kind::WithoutCors;
        refuses.then(|| take(&mut faults, route)).flatten()
    }

    fn write_down(&self, request: Request) {
        let mut journal = self.journal();
        if journal.len() < MAX_JOURNAL {
            journal.push(request);
        }
    }
}

/// Delays the answer to a request, meets it with its fault, and writes it down.
pub(crate) async fn watch<S: Protocol>(
    State(shared): State<Arc<S>>,
    request: HttpRequest,
    next: Next,
) -> Response {
    let instance = shared.instance();
    let (mut parts, body) = request.into_parts();
    let Ok(mut body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path().to_owned();
    let route = S::route(&path);
    let mut entry = Request::new(&parts, &body, route, instance.clock.now());
    wait(instance.delay()).await;
    let kind = instance.met(route, &parts.method);
    match kind {
        Some(Kind::Silence) => {
            instance.write_down(entry);
            return pending().await;
        }
        Some(Kind::Slow { millis }) => wait(Duration::from_millis(millis)).await,
        Some(Kind::SamePage) => S::first_page(&mut parts, &mut body),
        Some(Kind::Deleted) => {
            if let Some(user) = shared.asked(&parts, &body) {
                instance.end(user);
            }
        }
        _ => {}
    }
    let right = async {
        if parts.method == Method::OPTIONS {
            shared.preflight(&parts)
        } else {
            next.run(HttpRequest::from_parts(parts, Body::from(body)))
                .await
        }
    };
    let mut response = match kind {
        Some(Kind::Status { status }) => shared.problem(fault::status(status)),
        Some(Kind::RateLimited { reset_in }) => shared.limited(reset_in),
        Some(Kind::Html { status }) => fault::html(status),
        Some(Kind::Gateway) => fault::gateway(),
        Some(Kind::EmptyPage) => emptied(right.await).await,
        Some(Kind::WrongShape) => change(right.await, fault::misshape).await,
        Some(Kind::OddItems) => change(right.await, fault::make_odd).await,
        _ => right.await,
    };
    if !matches!(kind, Some(Kind::WithoutCors | Kind::Gateway)) {
        shared.share(&path, entry.origin.as_deref(), response.headers_mut());
    }
    if kind == Some(Kind::CutOff) {
        response = cut_off(response).await;
    }
    entry.status = response.status().as_u16();
    instance.write_down(entry);
    response
}

/// The JSON object in a body; an empty one if there is none.
pub(crate) fn object(body: &[u8]) -> Value {
    serde_json::from_slice(body)
        .ok()
        .filter(Value::is_object)
        .unwrap_or_else(|| json!({}))
}

async fn emptied(response: Response) -> Response {
    let mut response = change(response, |page| *page = json!([])).await;
    response.headers_mut().remove(header::LINK);
    response
}

async fn wait(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay.min(Duration::from_millis(MAX_DELAY_MS))).await;
    }
}
