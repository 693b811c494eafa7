//! The stand-ins' own routes, for tests that run one in another process.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde::Deserialize;

use super::{Fault, Protocol, Request};
use crate::standin::control::{Advance, Delay, Faults, Now};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delete {
    handle: String,
}

pub fn routes<S: Protocol>() -> Router<Arc<S>> {
    Router::new()
        .route(
            "/_standin/faults",
            get(faults::<S>)
                .post(add_faults::<S>)
                .delete(clear_faults::<S>),
        )
        .route("/_standin/requests", get(requests::<S>))
        .route("/_standin/clock", get(clock::<S>).post(advance::<S>))
        .route("/_standin/delay", put(delay::<S>))
        .route("/_standin/delete", post(delete::<S>))
        .route("/_standin/contents/{handle}", get(contents::<S>))
        .route("/_standin/reset", post(reset::<S>))
}

/// `GET /_standin/faults`: those that have not happened yet.
async fn faults<S: Protocol>(State(shared): State<Arc<S>>) -> Json<Vec<Fault>> {
    Json(shared.instance().faults().clone())
}

/// `POST /_standin/faults`: one [`Fault`] or a list of them.
async fn add_faults<S: Protocol>(
    State(shared): State<Arc<S>>,
    Json(faults): Json<Faults<Fault>>,
) -> StatusCode {
    faults.join(&mut shared.instance().faults());
    StatusCode::NO_CONTENT
}

/// `DELETE /_standin/faults`
async fn clear_faults<S: Protocol>(State(shared): State<Arc<S>>) -> StatusCode {
    shared.instance().faults().clear();
    StatusCode::NO_CONTENT
}

/// `GET /_standin/requests`: all that came, oldest first.
async fn requests<S: Protocol>(State(shared): State<Arc<S>>) -> Json<Vec<Request>> {
    Json(shared.instance().journal().clone())
}

/// `GET /_standin/clock`
async fn clock<S: Protocol>(State(shared): State<Arc<S>>) -> Json<Now> {
    let now = shared.instance().clock.now();
    Json(Now { now })
}

/// `POST /_standin/clock`: `{"seconds":900}` puts the clock forward.
async fn advance<S: Protocol>(
    State(shared): State<Arc<S>>,
    Json(Advance { seconds }): Json<Advance>,
) -> Json<Now> {
    shared.instance().clock.advance(seconds);
    clock(State(shared)).await
}

/// `PUT /_standin/delay`: `{"millis":150}` has every later answer wait.
async fn delay<S: Protocol>(State(shared): State<Arc<S>>, Json(delay): Json<Delay>) -> StatusCode {
    shared.instance().set_delay(delay.into());
    StatusCode::NO_CONTENT
}

/// `POST /_standin/delete`: `{"handle":"posts_300"}` ends an account.
async fn delete<S: Protocol>(
    State(shared): State<Arc<S>>,
    Json(Delete { handle }): Json<Delete>,
) -> Response {
    match shared.instance().delete(&handle) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::NOT_FOUND, error.to_string()).into_response(),
    }
}

/// `GET /_standin/contents/:handle`: what there is to be read of an account.
async fn contents<S: Protocol>(
    State(shared): State<Arc<S>>,
    Path(handle): Path<String>,
) -> Response {
    match shared.instance().contents(&handle) {
        Ok(contents) => Json(contents).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `POST /_standin/reset`: no faults, no requests, no tokens, nothing counted, the delay it was
/// started with.
async fn reset<S: Protocol>(State(shared): State<Arc<S>>) -> StatusCode {
    shared.instance().reset();
    shared.forget();
    StatusCode::NO_CONTENT
}
