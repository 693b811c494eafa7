//! The stand-in's own routes, for tests that run it in another process.

use std::{io::Cursor, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use super::archive::{self, Making};
use super::{Shared, fault::Fault, journal::Request, window::Limits, window::Usage};

/// One fault or several, as `POST /_standin/faults` takes them.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Faults<F> {
    One(F),
    Several(Vec<F>),
}

impl<F> Faults<F> {
    /// Puts them behind those that are waiting.
    pub fn join(self, waiting: &mut Vec<F>) {
        match self {
            Self::One(fault) => waiting.push(fault),
            Self::Several(faults) => waiting.extend(faults),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    pub seconds: i64,
}

/// What `PUT /_standin/delay` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Delay {
    millis: u64,
}

impl From<Delay> for Duration {
    fn from(Delay { millis }: Delay) -> Self {
        Self::from_millis(millis)
    }
}

#[derive(Serialize)]
pub(crate) struct Now {
    pub now: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoke {
    handle: String,
}

pub fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route(
            "/_standin/faults",
            get(faults).post(add_faults).delete(clear_faults),
        )
        .route("/_standin/requests", get(requests))
        .route("/_standin/usage", get(usage))
        .route("/_standin/limits", get(limits).put(set_limits))
        .route("/_standin/clock", get(clock).post(advance))
        .route("/_standin/revoke", post(revoke))
        .route("/_standin/reset", post(reset))
        .route("/_standin/archive/{handle}", get(archive))
}

/// `GET /_standin/faults`: those that have not happened yet.
async fn faults(State(shared): State<Arc<Shared>>) -> Json<Vec<Fault>> {
    Json(shared.faults().clone())
}

/// `POST /_standin/faults`: one [`Fault`] or a list of them.
async fn add_faults(
    State(shared): State<Arc<Shared>>,
    Json(faults): Json<Faults<Fault>>,
) -> StatusCode {
    faults.join(&mut shared.faults());
    StatusCode::NO_CONTENT
}

/// `DELETE /_standin/faults`
async fn clear_faults(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.faults().clear();
    StatusCode::NO_CONTENT
}

/// `GET /_standin/requests`: all that was asked, oldest first.
async fn requests(State(shared): State<Arc<Shared>>) -> Json<Vec<Request>> {
    Json(shared.journal().clone())
}

/// `GET /_standin/usage`
async fn usage(State(shared): State<Arc<Shared>>) -> Json<Usage> {
    Json(shared.windows().usage())
}

/// `GET /_standin/limits`
async fn limits(State(shared): State<Arc<Shared>>) -> Json<Limits> {
    Json(shared.limits().clone())
}

/// `PUT /_standin/limits`: what is left out gets X's own limit.
async fn set_limits(State(shared): State<Arc<Shared>>, Json(limits): Json<Limits>) -> StatusCode {
    *shared.limits() = limits;
    StatusCode::NO_CONTENT
}

/// `GET /_standin/clock`
async fn clock(State(shared): State<Arc<Shared>>) -> Json<Now> {
    let now = shared.clock.now();
    Json(Now { now })
}

/// `POST /_standin/clock`: `{"seconds":900}` puts the clock forward.
async fn advance(
    State(shared): State<Arc<Shared>>,
    Json(Advance { seconds }): Json<Advance>,
) -> Json<Now> {
    shared.clock.advance(seconds);
    clock(State(shared)).await
}

/// `POST /_standin/revoke`: `{"handle":"lemon_demo"}` ends that account's tokens.
async fn revoke(
    State(shared): State<Arc<Shared>>,
    Json(Revoke { handle }): Json<Revoke>,
) -> Response {
    match shared.revoke(&handle) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::NOT_FOUND, error.to_string()).into_response(),
    }
}

/// `POST /_standin/reset`: no faults, no requests, no tokens, fresh windows,
/// the limits it was started with.
async fn reset(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.reset();
    StatusCode::NO_CONTENT
}

/// `GET /_standin/archive/:handle`: the archive of an account, perhaps with `.zip` behind it.
async fn archive(State(shared): State<Arc<Shared>>, Path(handle): Path<String>) -> Response {
    let handle = handle.strip_suffix(".zip").unwrap_or(&handle).to_owned();
    let name = format!("attachment; filename=\"twitter-{handle}.zip\"");
    let made = tokio::task::spawn_blocking(move || {
        let account = shared.directory.account(&handle)?;
        let making = Making {
            parts: 2,
            media: 3_000_000,
            traps: true,
            ..Making::default()
        };
        let mut file = Cursor::new(Vec::new());
        let written = archive::write(&account, &shared.directory, making, &mut file);
        Some(written.map(|()| file.into_inner()))
    });
    match made.await {
        Ok(Some(Ok(zip))) => (
            [
                (header::CONTENT_TYPE, "application/zip".to_owned()),
                (header::CONTENT_DISPOSITION, name),
            ],
            zip,
        )
            .into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Ok(Some(Err(_))) | Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
