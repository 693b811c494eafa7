//! Which pages may read an answer: of the authorization server its own rules, of
//! the others those of Express's `cors`.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

const DAY: HeaderValue = HeaderValue::from_static("86400");
const ANY: HeaderValue = HeaderValue::from_static("*");

/// Puts an authorization server's headers to an answer.
pub fn oauth(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, DAY);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, ANY);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Content-Type,DPoP"),
    );
}

/// An authorization server's answer to a preflight.
pub async fn preflight() -> Response {
    let mut response = StatusCode::OK.into_response();
    oauth(response.headers_mut());
    response
}

/// A layer for servers that let every page read everything.
pub async fn open(request: Request, next: Next) -> Response {
    answer(request, next, None).await
}

/// The same for servers whose preflights are good for a day.
pub async fn open_for_a_day(request: Request, next: Next) -> Response {
    answer(request, next, Some(DAY)).await
}

async fn answer(request: Request, next: Next, age: Option<HeaderValue>) -> Response {
    if request.method() != Method::OPTIONS {
        let mut response = next.run(request).await;
        response
            .headers_mut()
            .entry(header::ACCESS_CONTROL_ALLOW_ORIGIN)
            .or_insert(ANY);
        return response;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE"),
    );
    headers.insert(
        header::VARY,
        HeaderValue::from_static("Access-Control-Request-Headers"),
    );
    if let Some(asked) = request
        .headers()
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
    {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    if let Some(age) = age {
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, age);
    }
    response
}
