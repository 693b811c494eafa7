//! The authorize page, the token endpoint and revocation.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::Value;

use super::{
    Shared,
    grant::{Client, Grants},
    page,
    problem::Problem,
    query::Query,
};

/// `GET /i/oauth2/authorize`: the page, or, with `as=<handle>` or `cancel=1`
/// from that page, the way back.
pub async fn authorize(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let query = Query::parse(query.as_deref().unwrap_or(""));
    let authorization = match shared.client.check(&query) {
        Ok(authorization) => authorization,
        Err(reason) => {
            return (StatusCode::BAD_REQUEST, Html(page::refusal(&reason))).into_response();
        }
    };
    let state = authorization.state.clone();
    let back = authorization.redirect_uri.clone();
    if query.get("cancel").is_some() {
        return redirect(&back, &[("error", "access_denied"), ("state", &state)]);
    }
    let Some(handle) = query.get("as") else {
        return Html(page::accounts(&shared.directory, &query, None)).into_response();
    };
    let Some(account) = shared.directory.account(handle) else {
        let page = page::accounts(&shared.directory, &query, Some(handle));
        return (StatusCode::NOT_FOUND, Html(page)).into_response();
    };
    let code = shared
        .grants()
        .issue(authorization, account.user().id, shared.clock.now());
    redirect(&back, &[("state", &state), ("code", &code)])
}

/// `POST /2/oauth2/token`
pub async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let now = shared.clock.now();
    form_answer(&shared, &headers, &body, |grants, client, form, basic| {
        grants.exchange(client, form, basic, now)
    })
}

/// `POST /2/oauth2/revoke`
pub async fn revoke(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    form_answer(&shared, &headers, &body, Grants::revoke)
}

fn form_answer(
    shared: &Shared,
    headers: &HeaderMap,
    body: &str,
    work: impl FnOnce(&mut Grants, &Client, &Query, Option<&str>) -> Result<Value, Problem>,
) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_form = text(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Problem::oauth(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "The body is not a form.",
        )
        .into_response();
    }
    let form = Query::parse(body);
    let result = work(
        &mut shared.grants(),
        &shared.client,
        &form,
        text(header::AUTHORIZATION),
    );
    // Tokens must not be cached (RFC 6749, 5.1). No header of CORS is sent, so
    // a browser's page cannot read this.
    match result {
        Ok(json) => ([(header::CACHE_CONTROL, "no-store")], Json(json)).into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn redirect(uri: &str, parameters: &[(&str, &str)]) -> Response {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let between = if uri.contains('?') { '&' } else { '?' };
    let location = format!("{uri}{between}{query}");
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}
