//! What everybody may see.

use axum::{
    Extension,
    body::{Body, to_bytes},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use lemon_wire::Terms;
use worker::{Env, Method};

use super::{Edge, budget, empty, json};
use crate::{
    client,
    config::{self, Config},
    error::Error,
    origin,
};

/// `GET /api/status`
#[worker::send]
pub async fn status(Extension(edge): Extension<Edge>) -> Result<Response, Error> {
    let status = budget::status(&edge).await?;
    Ok(json(200, "application/json", &status))
}

/// `GET /api/terms`
pub async fn terms(Extension(edge): Extension<Edge>) -> Result<Response, Error> {
    let terms = match edge.config() {
        Ok(Config {
            person_posts,
            default_posts,
            ..
        }) => Terms {
            sign_in: true,
            person_posts,
            default_posts,
            bluesky: None,
        },
        // Without an account at X there is nothing to sign in with.
        Err(Error::Config(_)) => Terms::default(),
        Err(error) => return Err(error),
    };
    let terms = Terms {
        bluesky: config::bluesky(|name| edge.value(name)),
        ..terms
    };
    Ok(json(200, "application/json", &terms))
}

/// `GET /oauth-client-metadata.json`
pub async fn client(uri: Uri) -> Result<Response, Error> {
    let document = client::document(&origin::of(&uri)?);
    Ok(json(200, "application/json", &document))
}

/// A page as it is served, with the headers that are its own. None if the address is none of
/// a page, or the request came in the open.
pub async fn handed_on(
    env: &Env,
    uri: &Uri,
    request: &worker::Request,
) -> Option<worker::Response> {
    let is_asked_for = matches!(request.method(), Method::Get | Method::Head);
    if !is_asked_for || origin::is_of_api(uri) || origin::secured(uri).is_some() {
        return None;
    }
    let assets = env.assets("ASSETS").ok()?;
    let page = assets.fetch_request(request.clone().ok()?).await.ok()?;
    if page.status() == StatusCode::NOT_FOUND {
        return None;
    }
    page.try_into().ok()
}

/// Whatever leads nowhere. A person is given the page, which says so in their language.
#[worker::send]
pub async fn nowhere(
    Extension(edge): Extension<Edge>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Error> {
    if let Some(page) = origin::of_link(&uri) {
        let page = page.try_into().map_err(|_| Error::NotFound)?;
        return Ok(empty(302, [(header::LOCATION, page)]));
    }
    if origin::is_visit(&uri, &headers) {
        page(&edge, &uri).await.ok_or(Error::NotFound)
    } else {
        Err(Error::NotFound)
    }
}

/// Largest page: it is a frame, which brings in the rest.
const MAX_PAGE_BYTES: usize = 64 * 1024;

/// The page with its policy; none where there are no static files.
async fn page(edge: &Edge, uri: &Uri) -> Option<Response> {
    let assets = edge.env.assets("ASSETS").ok()?;
    let home = format!("{}/", origin::of(uri).ok()?);
    let answer = assets.fetch(home, None).await.ok()?;
    if !answer.status().is_success() {
        return None;
    }
    let (parts, body) = answer.into_parts();
    let body = to_bytes(Body::new(body), MAX_PAGE_BYTES).await.ok()?;
    let policy = parts.headers.get(header::CONTENT_SECURITY_POLICY)?;
    let mut page = Response::new(Body::from(body));
    *page.status_mut() = StatusCode::NOT_FOUND;
    let headers = page.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, html);
    Some(page)
}
