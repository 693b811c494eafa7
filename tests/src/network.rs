//! A network between a browser and the stage that fails on demand, as phones' do.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{self, Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use reqwest::redirect::Policy;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

/// Largest body of a request: more than a bot may have.
const MAX_BODY: usize = 16 << 20;

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The connection ends in the middle of an answer.
    Break,
    /// Nothing comes any more, and nobody says so.
    Silence,
}

/// What becomes of an answer.
#[derive(Clone, Debug)]
pub enum Change {
    /// This stands before what was there, which is a script.
    Before(&'static str),
    /// Wherever these bytes are, there are those.
    Bytes(Vec<u8>, Vec<u8>),
    /// There is nothing, as after a deploy.
    Gone,
    /// It does not come until nothing is changed any more.
    Held,
    /// Whatever of it is behind so many bytes never comes: the connection ends each time.
    Breaks(usize),
}

/// How fast it is, for everything that goes through it at once.
#[derive(Clone, Debug)]
pub struct Pace {
    /// From a request to the first byte of its answer, beside what the stage takes.
    pub latency: Duration,
    pub bytes_a_second: f64,
    /// By path, the share of its bytes that go over the line where the edge packs them, which
    /// the stage does not.
    pub packed: BTreeMap<String, f64>,
}

/// A line of some pace.
struct Line {
    pace: Pace,
    /// When what was sent until now has come.
    free: Instant,
    sent: f64,
}

impl Line {
    /// When so many bytes of what is at `path` have come.
    fn comes(&mut self, path: &str, bytes: usize) -> Instant {
        let share = self.pace.packed.get(path).copied().unwrap_or(1.0);
        // Answers have far below 2^52 bytes.
        #[expect(clippy::cast_precision_loss, reason = "bounded")]
        let bytes = bytes as f64 * share;
        self.sent += bytes;
        let took = Duration::from_secs_f64(bytes / self.pace.bytes_a_second);
        self.free = self.free.max(Instant::now()) + took;
        self.free
    }
}

/// What lies between; it ends when this is dropped.
pub struct Network {
    origin: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    stage: String,
    client: reqwest::Client,
    traffic: Mutex<Traffic>,
    /// Wakes whoever is held.
    let_go: Notify,
}

/// What is watched: whatever has a path that begins so.
struct Traffic {
    under: &'static str,
    /// Failures that are to come, and after how many bytes in all.
    failures: VecDeque<(usize, Failure)>,
    asked: Vec<String>,
    /// Of what was asked for in part: which part.
    ranges: Vec<String>,
    bytes: usize,
    /// What becomes of answers whose path ends so.
    changes: Vec<(&'static str, Change)>,
    /// None as fast as this machine.
    line: Option<Line>,
}

impl Network {
    /// Leads to the stage at `stage`. What is `under` a path fails as soon as so many bytes of
    /// it have come through.
    ///
    /// # Errors
    /// If there is no port to be had.
    pub async fn before(
        stage: &str,
        under: &'static str,
        failures: &[(usize, Failure)],
    ) -> io::Result<Self> {
        let client = reqwest::Client::builder().redirect(Policy::none()).build();
        let shared = Arc::new(Shared {
            stage: stage.to_owned(),
            client: client.map_err(io::Error::other)?,
            traffic: Mutex::new(Traffic {
                under,
                failures: failures.iter().copied().collect(),
                asked: Vec::new(),
                ranges: Vec::new(),
                bytes: 0,
                changes: Vec::new(),
                line: None,
            }),
            let_go: Notify::new(),
        });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        let router = Router::new().fallback(pass).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            origin,
            shared,
            server,
        })
    }

    /// Where the page is for the browser, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The paths that were asked for, of those that are watched.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.shared.traffic().asked.clone()
    }

    /// Which parts were asked for, of what is watched and was not asked for as a whole.
    #[must_use]
    pub fn ranges(&self) -> Vec<String> {
        self.shared.traffic().ranges.clone()
    }

    /// From now on answers of paths with this end are changed.
    pub fn change(&self, end: &'static str, change: Change) {
        self.shared.traffic().changes.push((end, change));
    }

    /// From now on everything comes as it is.
    pub fn change_nothing(&self) {
        self.change_only(&[]);
    }

    /// From now on these are changed and nothing else, also for whoever is held.
    pub fn change_only(&self, changes: &[(&'static str, Change)]) {
        self.shared.traffic().changes = changes.to_vec();
        self.shared.let_go.notify_waiters();
    }

    /// From now on it is as fast as this, or as this machine.
    pub fn go(&self, pace: Option<Pace>) {
        self.shared.traffic().line = pace.map(|pace| Line {
            pace,
            free: Instant::now(),
            sent: 0.0,
        });
    }

    /// Bytes that came at the pace until now.
    #[must_use]
    pub fn sent(&self) -> f64 {
        let traffic = self.shared.traffic();
        traffic.line.as_ref().map_or(0.0, |line| line.sent)
    }

    /// Failures that are still to come.
    #[must_use]
    pub fn failures(&self) -> usize {
        self.shared.traffic().failures.len()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What becomes of the answer for `path`.
    fn changes(&self, path: &str) -> Vec<Change> {
        let traffic = self.traffic();
        let changes = traffic.changes.iter();
        let changes = changes.filter(|(end, _)| path.ends_with(end));
        changes.map(|(_, change)| change.clone()).collect()
    }

    /// Waits until so many bytes of what is at `path` have come, where there is a pace.
    async fn wait(&self, path: &str, bytes: usize) {
        let comes = {
            let mut traffic = self.traffic();
            traffic.line.as_mut().map(|line| line.comes(path, bytes))
        };
        if let Some(comes) = comes {
            sleep_until(comes).await;
        }
    }

    /// What happens to the next `bytes` of what is watched.
    fn fate(&self, bytes: usize) -> Option<Failure> {
        let mut traffic = self.traffic();
        traffic.bytes += bytes;
        let came = traffic.bytes;
        let (after, failure) = *traffic.failures.front()?;
        if came < after {
            return None;
        }
        traffic.failures.pop_front();
        Some(failure)
    }
}

async fn pass(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let answer = forward(shared, request).await;
    answer.unwrap_or_else(|error| (StatusCode::BAD_GATEWAY, error.to_string()).into_response())
}

async fn forward(
    shared: Arc<Shared>,
    request: Request,
) -> Result<Response, Box<dyn std::error::Error>> {
    let (mut parts, body) = request.into_parts();
    let latency = {
        let traffic = shared.traffic();
        traffic.line.as_ref().map(|line| line.pace.latency)
    };
    if let Some(latency) = latency {
        sleep(latency).await;
    }
    let path = parts.uri.path();
    let changes = loop {
        // It hears what is said from here on.
        let let_go = shared.let_go.notified();
        let changes = shared.changes(path);
        if !changes.iter().any(|change| matches!(change, Change::Held)) {
            break changes;
        }
        let_go.await;
    };
    let is_watched = {
        let mut traffic = shared.traffic();
        let is_watched = path.starts_with(traffic.under);
        if is_watched {
            traffic.asked.push(path.to_owned());
            let range = parts.headers.get(header::RANGE);
            let range = range.and_then(|range| range.to_str().ok());
            traffic.ranges.extend(range.map(Into::into));
        }
        is_watched
    };
    let url = format!("{}{}", shared.stage, parts.uri);
    let path = path.to_owned();
    if !changes.is_empty() {
        // Whole, and as it is.
        for header in [header::ACCEPT_ENCODING, header::IF_NONE_MATCH] {
            parts.headers.remove(header);
        }
    }
    // The stage is to take this for itself, so `Host` stays.
    let request = shared
        .client
        .request(parts.method, url)
        .headers(parts.headers)
        .body(body::to_bytes(body, MAX_BODY).await?);
    let answer = request.send().await?;
    let status = answer.status();
    let mut headers = of_this_way(answer.headers());
    if !changes.is_empty() {
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let mut body = answer.bytes().await?.to_vec();
        let mut status = status;
        let mut breaks = None;
        for change in changes {
            match change {
                Change::Before(script) => body = [script.as_bytes(), &body].concat(),
                Change::Bytes(from, to) => body = replaced(&body, &from, &to),
                Change::Held => {}
                Change::Breaks(after) => breaks = Some(after),
                Change::Gone => {
                    status = StatusCode::NOT_FOUND;
                    body = b"<!doctype html><title>Not found</title>".to_vec();
                    let html = HeaderValue::from_static("text/html; charset=utf-8");
                    headers.insert(header::CONTENT_TYPE, html);
                }
            }
        }
        let Some(after) = breaks else {
            return Ok((status, headers, body).into_response());
        };
        body.truncate(after);
        let end = Err(io::Error::other("the network is gone"));
        let body = Body::from_stream(stream::iter([Ok(Bytes::from(body)), end]));
        return Ok((status, headers, body).into_response());
    }
    let parts = (answer, shared, path);
    let chunks = stream::try_unfold(parts, move |(mut answer, shared, path)| async move {
        let Some(chunk) = answer.chunk().await.map_err(io::Error::other)? else {
            return Ok(None);
        };
        shared.wait(&path, chunk.len()).await;
        let fate = if is_watched {
            shared.fate(chunk.len())
        } else {
            None
        };
        match fate {
            Some(Failure::Break) => Err(io::Error::other("the network is gone")),
            Some(Failure::Silence) => std::future::pending().await,
            None => Ok::<Option<(Bytes, _)>, _>(Some((chunk, (answer, shared, path)))),
        }
    });
    Ok((status, headers, Body::from_stream(chunks)).into_response())
}

fn replaced(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut changed = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, behind)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(from) {
            changed.extend(to);
            rest = behind;
        } else {
            changed.push(*first);
            rest = behind;
        }
    }
    changed
}

/// Without those that belong to one connection.
fn of_this_way(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for one in [header::CONNECTION, header::TRANSFER_ENCODING] {
        headers.remove(one);
    }
    headers
}
