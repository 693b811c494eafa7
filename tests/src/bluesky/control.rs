//! The stand-in's own routes, on each of its servers, for tests that run it in
//! another process.

use std::collections::BTreeMap;

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};

use super::{Here, Server, fault::Fault, journal::Request};
use crate::standin::control::{Advance, Delay, Faults, Now};

pub fn routes() -> Router<Here> {
    Router::new()
        .route("/_standin/servers", get(servers))
        .route(
            "/_standin/faults",
            get(faults).post(add_faults).delete(clear_faults),
        )
        .route("/_standin/requests", get(requests))
        .route("/_standin/clock", get(clock).post(advance))
        .route("/_standin/delay", axum::routing::put(delay))
        .route("/_standin/reset", axum::routing::post(reset))
}

/// `GET /_standin/servers`: where each of them is.
async fn servers(State(here): State<Here>) -> Json<BTreeMap<&'static str, String>> {
    let places = Server::ALL.map(|server| (server.name(), here.shared.origin(server).to_owned()));
    Json(places.into())
}

/// `GET /_standin/faults`: those that have not happened yet.
async fn faults(State(here): State<Here>) -> Json<Vec<Fault>> {
    Json(here.shared.faults().clone())
}

/// `POST /_standin/faults`: one [`Fault`] or a list of them.
async fn add_faults(State(here): State<Here>, Json(faults): Json<Faults<Fault>>) -> StatusCode {
    faults.join(&mut here.shared.faults());
    StatusCode::NO_CONTENT
}

/// `DELETE /_standin/faults`
async fn clear_faults(State(here): State<Here>) -> StatusCode {
    here.shared.faults().clear();
    StatusCode::NO_CONTENT
}

/// `GET /_standin/requests`: all that was asked, oldest first.
async fn requests(State(here): State<Here>) -> Json<Vec<Request>> {
    Json(here.shared.journal().clone())
}

/// `GET /_standin/clock`
async fn clock(State(here): State<Here>) -> Json<Now> {
    let now = here.now();
    Json(Now { now })
}

/// `POST /_standin/clock`: `{"seconds":300}` puts the clock forward.
async fn advance(State(here): State<Here>, Json(Advance { seconds }): Json<Advance>) -> Json<Now> {
    here.shared.clock.advance(seconds);
    clock(State(here)).await
}

/// `PUT /_standin/delay`: `{"millis":80}` before each answer from now on.
async fn delay(State(here): State<Here>, Json(delay): Json<Delay>) -> StatusCode {
    *here.shared.delay() = delay.into();
    StatusCode::NO_CONTENT
}

/// `POST /_standin/reset`: no faults, requests, codes or tokens, a fresh window,
/// the delay it was started with.
async fn reset(State(here): State<Here>) -> StatusCode {
    here.shared.reset();
    StatusCode::NO_CONTENT
}
