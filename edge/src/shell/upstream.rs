//! Requests to X.

use std::sync::atomic::Ordering;

use http::{HeaderMap, HeaderName, HeaderValue, Request};
use wasm_bindgen::{JsCast, prelude::wasm_bindgen};
use worker::{
    AbortSignal, Fetch, Headers, Method, RequestInit, RequestRedirect, ResponseBody,
    js_sys::{self, Promise, Uint8Array},
    wasm_bindgen::JsValue,
    wasm_bindgen_futures::JsFuture,
    web_sys::{self, ReadableStream, ReadableStreamReadResult},
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
    let body = match answer.body() {
        ResponseBody::Stream(stream) => read(stream).await?,
        ResponseBody::Body(_) | ResponseBody::Empty => Vec::new(),
    };
    Ok(Answer {
        status: answer.status_code(),
        headers: received(answer.headers()),
        body,
    })
}

/// Those that HTTP allows; a proxy on the way may send others.
fn received(headers: &Headers) -> HeaderMap {
    let sound = |(name, value): (String, String)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(&value).ok()?))
    };
    headers.entries().filter_map(sound).collect()
}

#[wasm_bindgen]
extern "C" {
    /// web-sys knows its `read` without the second argument only.
    #[wasm_bindgen(js_name = ReadableStreamBYOBReader)]
    type Reader;

    #[wasm_bindgen(constructor, catch, js_class = ReadableStreamBYOBReader)]
    fn new(stream: &ReadableStream) -> Result<Reader, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader, view: Uint8Array, options: &AtLeast) -> Result<Promise, JsValue>;

    type AtLeast;
}

/// A page of X's in one step: each goes through JavaScript and its queue.
const STEP: u32 = 256 * 1024;

/// At most [`MAX_ANSWER`] bytes.
async fn read(stream: &ReadableStream) -> Result<Vec<u8>, Error> {
    let reader = Reader::new(stream).map_err(|_| Error::Unreachable)?;
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"min".into(), &STEP.into()).map_err(|_| Error::Runtime)?;
    let options = options.unchecked_into::<AtLeast>();
    let mut body = Vec::new();
    loop {
        let view = Uint8Array::new_with_length(STEP);
        let step = reader
            .read(view, &options)
            .map_err(|_| Error::Unreachable)?;
        let step = JsFuture::from(step).await.map_err(|_| Error::Unreachable)?;
        let step: ReadableStreamReadResult = step.unchecked_into();
        let value = step.get_value();
        if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
            if body.len() + bytes.length() as usize > MAX_ANSWER {
                return Err(Error::Unreadable);
            }
            body.extend(bytes.to_vec());
        }
        if step.get_done() != Some(false) {
            return Ok(body);
        }
    }
}
