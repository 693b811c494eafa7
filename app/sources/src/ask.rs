//! Requests to servers that are not our own: without cookies, without a word of where they come
//! from but what CORS says, and with limits on size and silence.

use js_sys::{Function, Promise, Reflect};
use lemon_desk::stream;
use lemon_model::sources::exchange::Refusal;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReferrerPolicy, RequestCache, RequestCredentials, RequestInit,
    RequestRedirect, Response,
};

/// Largest answer that is read, in bytes: a page of a hundred long notes with those that they
/// answer has a tenth of it.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// What a server said.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// When it may be asked again, in its own words.
    pub reset: Option<String>,
    /// What the next proof of possession is to hold.
    pub nonce: Option<String>,
}

impl Answer {
    pub fn is_ok(&self) -> bool {
        self.status == 200
    }
}

/// `GET`, also where that leads elsewhere: for what anybody may ask.
///
/// # Errors
/// [`Refusal::Unreachable`] without an answer.
pub async fn get(url: &str) -> Result<Answer, Refusal> {
    let request = request("GET");
    request.set_redirect(RequestRedirect::Follow);
    answer(url, &request).await
}

/// `GET` of what is shown to who has `token`, or to everybody without one.
///
/// # Errors
/// As [`get`].
pub async fn get_with(url: &str, token: Option<&str>) -> Result<Answer, Refusal> {
    let bearer = token.map(|token| ("authorization", format!("Bearer {token}")));
    let headers: Vec<_> = bearer.iter().map(|(name, it)| (*name, &**it)).collect();
    send(request("GET"), url, &headers).await
}

/// `POST` of JSON.
///
/// # Errors
/// As [`get`].
pub async fn post(url: &str, json: &str) -> Result<Answer, Refusal> {
    let request = request("POST");
    request.set_body_opt_str(Some(json));
    send(request, url, &[("content-type", "application/json")]).await
}

/// `POST` of a form.
///
/// # Errors
/// As [`get`].
pub async fn post_form(url: &str, form: &str) -> Result<Answer, Refusal> {
    post_proven(url, form, None).await
}

/// `POST` of a form by who can prove to hold a key.
///
/// # Errors
/// As [`get`].
pub async fn post_proven(url: &str, form: &str, proof: Option<&str>) -> Result<Answer, Refusal> {
    let request = request("POST");
    request.set_body_opt_str(Some(form));
    let kind = Some(("content-type", "application/x-www-form-urlencoded"));
    let proof = proof.map(|proof| ("dpop", proof));
    let headers: Vec<_> = kind.into_iter().chain(proof).collect();
    send(request, url, &headers).await
}

/// Sends what is for one server alone.
async fn send(
    request: RequestInit,
    url: &str,
    headers: &[(&str, &str)],
) -> Result<Answer, Refusal> {
    request.set_redirect(RequestRedirect::Error);
    if !headers.is_empty() {
        let sent = Headers::new().map_err(|_| Refusal::Unreachable)?;
        for (name, value) in headers {
            sent.set(name, value).map_err(|_| Refusal::Unreachable)?;
        }
        request.set_headers_headers(&sent);
    }
    answer(url, &request).await
}

/// Seconds since 1970-01-01T00:00:00Z.
pub fn now() -> i64 {
    // A double holds whole seconds exactly for 285 million years.
    #[allow(clippy::cast_possible_truncation)]
    let seconds = (js_sys::Date::now() / 1000.0) as i64;
    seconds
}

fn request(method: &str) -> RequestInit {
    let request = RequestInit::new();
    request.set_method(method);
    request.set_credentials(RequestCredentials::Omit);
    request.set_referrer_policy(ReferrerPolicy::NoReferrer);
    request.set_cache(RequestCache::NoStore);
    request
}

async fn answer(url: &str, request: &RequestInit) -> Result<Answer, Refusal> {
    let controller = AbortController::new().map_err(|_| Refusal::Unreachable)?;
    request.set_signal(Some(&controller.signal()));
    let answered = read(url, request).await;
    if answered.is_err() {
        controller.abort();
    }
    answered
}

/// [`Refusal::Unreachable`] if the network fails or is silent for too long.
async fn read(url: &str, request: &RequestInit) -> Result<Answer, Refusal> {
    let response = async { came(fetch(url, request)?).await?.dyn_into().ok() };
    let response: Response = response.await.ok_or(Refusal::Unreachable)?;
    let mut body = Vec::new();
    if let Some(stream) = response.body() {
        let wait = async |promise| came(promise).await.ok_or(());
        let each = async |chunk: &js_sys::Uint8Array| {
            body.extend(chunk.to_vec());
            if body.len() > MAX_ANSWER {
                return Err(());
            }
            Ok(())
        };
        let whole = stream::read(&stream, wait, each).await;
        if body.len() > MAX_ANSWER {
            return Err(Refusal::TooLarge);
        }
        whole.map_err(|()| Refusal::Unreachable)?;
    }
    let said = |name| response.headers().get(name).ok().flatten();
    Ok(Answer {
        status: response.status(),
        reset: said("x-ratelimit-reset").or_else(|| said("ratelimit-reset")),
        nonce: said("dpop-nonce"),
        body,
    })
}

async fn came(promise: Promise) -> Option<JsValue> {
    stream::unless_silent(JsFuture::from(promise)).await?.ok()
}

fn fetch(url: &str, request: &RequestInit) -> Option<Promise> {
    let scope = js_sys::global();
    let fetch: Function = Reflect::get(&scope, &"fetch".into())
        .ok()?
        .dyn_into()
        .ok()?;
    fetch
        .call2(&scope, &url.into(), request)
        .ok()?
        .dyn_into()
        .ok()
}
