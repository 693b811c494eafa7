//! Requests to X.

use std::sync::atomic::Ordering;

use http::Request;
use worker::{
    AbortSignal, Fetch, Headers, Method, RequestInit, RequestRedirect, wasm_bindgen::JsValue,
    web_sys,
};

use super::{Edge, body, budget::Grant};
use crate::{
    budget::{Outcome, Said},
    error::Error,
    headers,
    x::{Answer, MAX_ANSWER, TIMEOUT_MS, shorten::Shortened},
};

/// Most pages of X in one step: each goes through JavaScript and its queue.
const STEP: u32 = 128 * 1024;

/// Sends `request` and reads the whole answer, of which the budget is to be told with the
/// grant; of a failure it is told here.
pub async fn ask(
    edge: &Edge,
    grant: Grant,
    request: Request<String>,
) -> Result<(Answer, Grant), Error> {
    match send(edge, request).await {
        Ok(answer) => Ok((answer, grant)),
        Err(error) => {
            let outcome = match error {
                // The request was not even made.
                Error::Config(_) | Error::Runtime => Outcome::Unused,
                error => error.into(),
            };
            grant.tell(edge, outcome, Said::default()).await?;
            Err(error)
        }
    }
}

/// Redirects are not followed: they would carry the access token elsewhere.
async fn send(edge: &Edge, request: Request<String>) -> Result<Answer, Error> {
    let sent = Headers::new();
    for (name, value) in request.headers() {
        let value = value.to_str().map_err(|_| Error::Runtime)?;
        sent.set(name.as_str(), value).map_err(|_| Error::Runtime)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::from(request.method().to_string()))
        .with_headers(sent)
        .with_redirect(RequestRedirect::Manual);
    if !request.body().is_empty() {
        init.with_body(Some(JsValue::from_str(request.body())));
    }
    let outbound = worker::Request::new_with_init(&request.uri().to_string(), &init)
        .map_err(|_| Error::Config("X_API_URL is not an address"))?;
    let deadline = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(TIMEOUT_MS));

    let answer = Fetch::Request(outbound)
        .send_with_signal(&deadline)
        .await
        .map_err(|_| Error::Unreachable)?;
    edge.x_status.store(answer.status_code(), Ordering::Relaxed);
    let mut body = Shortened::default();
    body::read_by_piece(answer.body(), STEP, MAX_ANSWER, |piece| body.push(piece)).await?;
    Ok(Answer {
        status: answer.status_code(),
        headers: headers::received(answer.headers()),
        body: body.end(),
    })
}
