//! The part that runs only under workerd: routes, the bucket, requests to X.
//! It decides nothing that a plain function could.

mod body;
mod bots;
mod budget;
mod open;
mod operator;
mod posts;
mod purge;
mod sign_in;
mod upstream;

use std::sync::{
    Arc, LazyLock, Mutex, OnceLock, PoisonError,
    atomic::{AtomicU16, Ordering},
};

use axum::{
    Router,
    body::Body,
    extract::MatchedPath,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use futures_channel::oneshot;
use http::{HeaderName, HeaderValue, Request, header};
use lemon_wire::PROBLEM_TYPE;
use tower_service::Service;
use worker::{
    Context, Date, Env, Headers, RateLimiter, ResponseBuilder, ScheduleContext, ScheduledEvent,
    console_log, event, send::SendWrapper, web_sys::ReadableStream,
};

use crate::{
    budget::Person, client, clock::Clock, config::Config, error::Error, headers, log, origin,
    pace::Pace, seal::Key, speculation,
};

/// What a handler needs of the world; one for each request.
#[derive(Clone)]
struct Edge {
    env: Env,
    /// None where nobody waits for an answer.
    context: Option<Arc<Context>>,
    /// X's last status, 0 before X was asked.
    x_status: Arc<AtomicU16>,
    /// What the budget said last, if it was asked.
    budget: Arc<Mutex<Option<&'static str>>>,
}

/// A body that passes between the client and the bucket without its bytes
/// entering our memory: on the free plan a copy of a bot would cost a good part
/// of a request's time.
#[derive(Clone)]
struct Stream(SendWrapper<ReadableStream>);

/// Finds the handlers; it is made once, as making it takes longer than most requests.
fn router() -> Router {
    let used_up_by_asking = Router::new()
        .route("/api/auth/login", get(sign_in::login))
        .route("/api/auth/callback", get(sign_in::callback))
        .route("/api/posts", get(posts::page))
        .route_layer(middleware::from_fn(only_meant));
    Router::new()
        .merge(used_up_by_asking)
        .route("/api/auth/logout", post(sign_in::logout))
        .route("/api/me", get(sign_in::me))
        .route("/api/status", get(open::status))
        .route("/api/terms", get(open::terms))
        .route(client::PATH, get(open::client))
        .route(
            "/api/bots/{id}",
            put(bots::create)
                .patch(bots::renew)
                .get(bots::fetch)
                .delete(bots::delete),
        )
        .route("/api/bots/{id}/reports", post(bots::report))
        .route("/api/operator/reports", get(operator::reports))
        .route("/api/operator/reports/{id}", delete(operator::dismiss))
        .route("/api/operator/bots/{id}", delete(operator::take_down))
        .fallback(open::nowhere)
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .layer(middleware::from_fn(only_secured))
        .layer(middleware::from_fn(name_route))
}

static ROUTER: LazyLock<Router> = LazyLock::new(router);

#[event(fetch)]
async fn fetch(
    request: worker::Request,
    env: Env,
    context: Context,
) -> worker::Result<worker::Response> {
    let started = Date::now().as_millis();
    set_clock(&env);
    let incoming = incoming(&request);
    if let Ok(incoming) = &incoming
        && let Some(page) = open::handed_on(&env, incoming.uri(), &request).await
    {
        return Ok(page);
    }
    let edge = Edge {
        env,
        context: Some(Arc::new(context)),
        x_status: Arc::default(),
        budget: Arc::default(),
    };
    let method = request.inner().method();
    let mut response = match incoming {
        Ok(mut request) => {
            request.extensions_mut().insert(edge.clone());
            match ROUTER.clone().call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        }
        Err(error) => error.into_response(),
    };

    let id = BASE64.encode(random::<12>().unwrap_or_default());
    headers::secure(response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(headers::REQUEST_ID, value);
    }
    let route = response.extensions().get::<MatchedPath>();
    let x = edge.x_status.load(Ordering::Relaxed);
    write(&log::Line {
        id: &id,
        method: log::method(&method),
        route: route.map_or("none", MatchedPath::as_str),
        status: response.status().as_u16(),
        ms: Date::now().as_millis().saturating_sub(started),
        x: (x != 0).then_some(x),
        budget: *edge.budget.lock().unwrap_or_else(PoisonError::into_inner),
        left_out: response.extensions().get::<log::LeftOut>().copied(),
        failure: response
            .extensions()
            .get::<Error>()
            .map(|error| (*error).into()),
    });
    outgoing(response).await
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    set_clock(&env);
    let edge = Edge {
        env,
        context: None,
        x_status: Arc::default(),
        budget: Arc::default(),
    };
    let mut failures = Vec::new();
    match purge::step(&edge, now()).await {
        Ok(step) => {
            write(&step.told);
            if let Some(count) = step.count {
                failures.extend(budget::count(&edge, count).await.err());
            }
        }
        Err(error) => failures.push(error),
    }
    failures.extend(budget::tidy(&edge).await.err());
    for error in failures {
        write(&log::Failure::from(error));
    }
}

/// Leaves the route's pattern on the response, for the log.
async fn name_route(request: Request<Body>, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// Leads whoever comes in the open to HTTPS, whatever they ask for.
async fn only_secured(request: Request<Body>, next: Next) -> Response {
    let secured = origin::secured(request.uri());
    match secured.and_then(|address| HeaderValue::try_from(address).ok()) {
        Some(address) => empty(308, [(header::LOCATION, address)]),
        None => next.run(request).await,
    }
}

/// Answers a request that nobody has meant before it uses anything up.
async fn only_meant(request: Request<Body>, next: Next) -> Response {
    let mut response = match speculation::refusal(request.method(), request.headers()) {
        Some(status) => empty(status.as_u16(), []),
        None => next.run(request).await,
    };
    let (name, value) = speculation::VARY;
    response.headers_mut().append(name, value);
    response
}

/// The request without its body, which stays beside it as a [`Stream`].
fn incoming(request: &worker::Request) -> Result<Request<Body>, Error> {
    const UNREADABLE: Error = Error::BadRequest("the request's head cannot be read");
    let inner = request.inner();
    let mut builder = Request::builder()
        .method(inner.method().as_str())
        .uri(inner.url());
    if let Some(headers) = builder.headers_mut() {
        *headers = headers::received(request.headers().entries());
    }
    if let Some(body) = inner.body() {
        builder = builder.extension(Stream(SendWrapper::new(body)));
    }
    builder.body(Body::empty()).map_err(|_| UNREADABLE)
}

async fn outgoing(response: Response) -> worker::Result<worker::Response> {
    let (parts, body) = response.into_parts();
    let headers = Headers::new();
    for (name, value) in &parts.headers {
        headers.append(name.as_str(), value.to_str().unwrap_or_default())?;
    }
    let builder = ResponseBuilder::new()
        .with_status(parts.status.as_u16())
        .with_headers(headers);
    if let Some(Stream(stream)) = parts.extensions.get() {
        return Ok(builder.stream(ReadableStream::clone(stream)));
    }
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .map_err(|_| worker::Error::from(Error::Runtime.to_string()))?;
    Ok(if bytes.is_empty() {
        builder.empty()
    } else {
        builder.fixed(bytes.to_vec())
    })
}

impl Edge {
    /// Does `work` to its end, even if the client leaves in the middle: what X is asked has
    /// to be paid for, and counted.
    async fn see_through<T: 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + 'static,
    ) -> Result<T, Error> {
        let Some(context) = &self.context else {
            return work.await;
        };
        let (done, result) = oneshot::channel();
        context.wait_until(async move {
            // Nobody may be there to take it.
            let _ = done.send(work.await);
        });
        result.await.map_err(|_| Error::Runtime)?
    }

    /// The key alone, for what needs no account at X.
    fn key(&self) -> Result<Key, Error> {
        let key = self.env.var("SESSION_KEY").ok();
        key.and_then(|key| Key::parse(&key.to_string()))
            .ok_or(Error::Config("SESSION_KEY is not 32 bytes of base64url"))
    }

    fn config(&self) -> Result<Config, Error> {
        Config::read(|name| self.value(name))
    }

    /// The value of a variable or secret.
    fn value(&self, name: &str) -> Option<String> {
        self.env.var(name).ok().map(|value| value.to_string())
    }
}

/// Lets as many requests of `who` pass in a minute as `limiter` is set to.
async fn let_pass(limiter: &RateLimiter, who: Person) -> Result<(), Error> {
    const MINUTE: i64 = 60;
    let outcome = limiter.limit(who.to_string()).await;
    if outcome.map_err(|_| Error::Runtime)?.success {
        Ok(())
    } else {
        Err(Error::TooMany {
            retry_at: now() + MINUTE,
        })
    }
}

/// Lets as many requests of a signed-in person pass in a minute as [`crate::pace::MOST`]:
/// first as they are counted here, which costs nothing, then for all of this place.
async fn let_person_pass(edge: &Edge, person: Person) -> Result<(), Error> {
    static PACE: Mutex<Pace> = Mutex::new(Pace::new());
    let until = {
        let mut pace = PACE.lock().unwrap_or_else(PoisonError::into_inner);
        pace.ask(person, now())
    };
    if let Some(retry_at) = until {
        return Err(Error::TooMany { retry_at });
    }
    match edge.env.rate_limiter("PEOPLE") {
        Ok(limiter) => let_pass(&limiter, person).await,
        // workerd alone, without what is around it, has none.
        Err(_) => Ok(()),
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let problem = self.problem(now());
        let mut response = json(problem.status, PROBLEM_TYPE, &problem);
        response.extensions_mut().insert(self);
        response
    }
}

/// An answer whose body is `value` as JSON.
fn json(status: u16, media_type: &'static str, value: &impl serde::Serialize) -> Response {
    let mut response = Response::new(Body::from(serde_json::to_vec(value).unwrap_or_default()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let media_type = HeaderValue::from_static(media_type);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type);
    response
}

/// An answer without a body.
fn empty<const N: usize>(status: u16, headers: [(HeaderName, HeaderValue); N]) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    for (name, value) in headers {
        response.headers_mut().append(name, value);
    }
    response
}

fn write(line: &impl serde::Serialize) {
    if let Ok(line) = serde_json::to_string(line) {
        console_log!("{line}");
    }
}

/// What everything here goes by; tests set a faster one.
static CLOCK: OnceLock<Clock> = OnceLock::new();

fn set_clock(env: &Env) {
    CLOCK.get_or_init(|| {
        let set = env.var("TEST_CLOCK").ok().map(|value| value.to_string());
        set.and_then(|set| Clock::parse(&set)).unwrap_or_default()
    });
}

/// Seconds since 1970.
fn now() -> i64 {
    let clock = CLOCK.get().copied().unwrap_or_default();
    clock.seconds(Date::now().as_millis())
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Error::Runtime)?;
    Ok(bytes)
}
