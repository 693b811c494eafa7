//! The edge's routes, as functions.

use std::time::Duration;

use gloo_net::http::{Request, RequestBuilder, Response};
use lemon_wire::{
    DELETE_HASH_HEADER, DELETE_TOKEN_HEADER, EXPIRY_HEADER, MAX_BOT_BYTES, Me, PostsPage, Problem,
    Status, Stored, Terms,
};
use serde::de::DeserializeOwned;
use web_sys::AbortSignal;

/// Why the edge gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EdgeError {
    Problem(Problem),
    /// There is no network, or no answer.
    Offline,
    /// The answer is not of the form we speak.
    Unreadable,
}

/// How long to wait before what failed on the way is asked for again: phones lose their
/// network for seconds at a time. Failures that outlast these are the person's to know
/// about.
pub const RETRIES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(10),
];

/// How long the edge may take over what is short, in milliseconds. It gives X ten seconds; and
/// a connection that is dead without saying so would otherwise never end.
const PATIENCE_MS: u32 = 30_000;

/// How long a page that is being left waits before it takes itself for staying.
pub const LEAVING: Duration = Duration::from_secs(30);

/// Where sign-in begins: the browser goes there.
pub const LOGIN: &str = "/api/auth/login";

/// `GET /api/me`
pub async fn me() -> Result<Me, EdgeError> {
    json(in_time(Request::get("/api/me")).send().await).await
}

/// `POST /api/auth/logout`
pub async fn logout() -> Result<(), EdgeError> {
    answer(in_time(Request::post("/api/auth/logout")).send().await)
        .await
        .map(drop)
}

/// `GET /api/posts?cursor=`, or the first page of the `newest` posts.
pub async fn posts(cursor: Option<&str>, newest: Option<u32>) -> Result<PostsPage, EdgeError> {
    let newest = newest.map(|newest| newest.to_string());
    let query = match (cursor, newest.as_deref()) {
        (Some(cursor), _) => Some(("cursor", cursor)),
        (None, Some(newest)) => Some(("newest", newest)),
        (None, None) => None,
    };
    let request = Request::get("/api/posts").query(query);
    json(in_time(request).send().await).await
}

/// `GET /api/status`
pub async fn status() -> Result<Status, EdgeError> {
    json(in_time(Request::get("/api/status")).send().await).await
}

/// `GET /api/terms`
pub async fn terms() -> Result<Terms, EdgeError> {
    json(in_time(Request::get("/api/terms")).send().await).await
}

/// `PUT /api/bots/{id}`
pub async fn put_bot(
    id: &str,
    file: &[u8],
    days: u32,
    delete_hash: &str,
) -> Result<Stored, EdgeError> {
    let request = Request::put(&bot(id))
        .header("content-type", "application/octet-stream")
        .header(EXPIRY_HEADER, &days.to_string())
        .header(DELETE_HASH_HEADER, delete_hash)
        .body(js_sys::Uint8Array::from(file))
        .map_err(|_| EdgeError::Unreadable)?;
    json(request.send().await).await
}

/// `GET /api/bots/{id}`
pub async fn get_bot(id: &str) -> Result<Vec<u8>, EdgeError> {
    // Never without asking: what was deleted is to be seen as deleted.
    let request = Request::get(&bot(id)).cache(web_sys::RequestCache::NoCache);
    let file = answer(request.send().await)
        .await?
        .binary()
        .await
        .map_err(|_| EdgeError::Offline)?;
    if file.len() > MAX_BOT_BYTES {
        Err(EdgeError::Unreadable)
    } else {
        Ok(file)
    }
}

/// `DELETE /api/bots/{id}`
pub async fn delete_bot(id: &str, token: &str) -> Result<(), EdgeError> {
    let request = Request::delete(&bot(id)).header(DELETE_TOKEN_HEADER, token);
    answer(in_time(request).send().await).await.map(drop)
}

fn bot(id: &str) -> String {
    format!("/api/bots/{id}")
}

/// The same request; what of its answer is not there in time is broken off.
fn in_time(request: RequestBuilder) -> RequestBuilder {
    request.abort_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE_MS)))
}

async fn json<T: DeserializeOwned>(
    sent: Result<Response, gloo_net::Error>,
) -> Result<T, EdgeError> {
    answer(sent)
        .await?
        .json()
        .await
        .map_err(|error| unread(&error))
}

async fn answer(sent: Result<Response, gloo_net::Error>) -> Result<Response, EdgeError> {
    let response = sent.map_err(|_| EdgeError::Offline)?;
    if response.ok() {
        return Ok(response);
    }
    let problem = response
        .json::<Problem>()
        .await
        .map_err(|error| unread(&error))?;
    Err(EdgeError::Problem(problem))
}

/// Why an answer that began is no use.
fn unread(error: &gloo_net::Error) -> EdgeError {
    match error {
        gloo_net::Error::SerdeError(_) => EdgeError::Unreadable,
        _ => EdgeError::Offline,
    }
}
