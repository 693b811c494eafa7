//! Requests to X.

use std::sync::atomic::Ordering;

use axum::body::{Body, to_bytes};
use http::Request;
use worker::{
    AbortSignal, Fetch, Headers, HttpResponse, Method, RequestInit, RequestRedirect,
    wasm_bindgen::JsValue, web_sys,
};

use super::Edge;
use crate::{
    error::Error,
    x::{Answer, MAX_ANSWER, TIMEOUT_MS},
};

/// Sends `request` and reads the whole answer. Redirects are not followed: they
/// would carry the access token elsewhere.
pub async fn ask(edge: &Edge, request: Request<String>) -> Result<Answer, Error> {
    let headers = Headers::new();
    for (name, value) in request.headers() {
        let value = value.to_str().map_err(|_| Error::Runtime)?;
        headers
            .set(name.as_str(), value)
            .map_err(|_| Error::Runtime)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::from(request.method().to_string()))
        .with_headers(headers)
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
    let answer = HttpResponse::try_from(answer).map_err(|_| Error::Unreadable)?;
    let (parts, body) = answer.into_parts();
    let body = to_bytes(Body::new(body), MAX_ANSWER)
        .await
        .map_err(|_| Error::Unreachable)?;
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: body.into(),
    })
}
