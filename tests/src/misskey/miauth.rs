//! Signing in: a page on which a person allows something, and the one answer that says who
//! that was.

use std::{collections::HashMap, sync::Arc};

use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Response},
};
use serde_json::json;

use super::{Shared, json_answer, note::Teller};
use crate::{
    instance::page,
    standin::{grant::secret, query::Query},
};

/// Where Misskey's page sends nobody.
const REFUSED: [&str; 6] = [
    "javascript:",
    "file:",
    "data:",
    "mailto:",
    "tel:",
    "vbscript:",
];

/// What a token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub user: u64,
    pub permissions: Vec<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Grants {
    /// Tokens that nobody has asked for yet, by session.
    waiting: HashMap<String, String>,
    tokens: HashMap<String, Access>,
}

impl Grants {
    pub fn grant(&mut self, access: Access) -> String {
        let token = secret();
        self.tokens.insert(token.clone(), access);
        token
    }

    #[must_use]
    pub fn access(&self, token: &str) -> Option<&Access> {
        self.tokens.get(token)
    }
}

/// `GET /miauth/:session`: the page, or, with `as=<handle>` and `allow=1` or `decline=1`, what
/// comes of it.
pub(crate) async fn page(
    State(shared): State<Arc<Shared>>,
    Path(session): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let directory = &shared.instance.directory;
    let whom = shared.software.title();
    let path = format!("/miauth/{session}");
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let Some(handle) = query.get("as") else {
        return Html(page::accounts(whom, directory, &path, &query, None)).into_response();
    };
    let Some(account) = directory.account(handle) else {
        let page = page::accounts(whom, directory, &path, &query, Some(handle));
        return (StatusCode::NOT_FOUND, Html(page)).into_response();
    };
    let (name, callback) = (
        query.get("name").unwrap_or_default(),
        query.get("callback").unwrap_or_default(),
    );
    if query.get("decline").is_some() {
        let says = "You declined. You can close this page.";
        return Html(page::notice(whom, "Declined", says)).into_response();
    }
    if query.get("allow").is_none() {
        let permissions = query.get("permission").unwrap_or_default();
        let asks = format!(
            "{name} asks for these permissions: [{permissions}]. You will be sent to {callback}."
        );
        let page = page::consent(whom, account.user(), &asks, &path, &query);
        return Html(page).into_response();
    }
    let access = Access {
        user: account.user().id,
        permissions: query.list("permission").map(str::to_owned).collect(),
    };
    let token = shared.grants().grant(access);
    shared.grants().waiting.insert(session.clone(), token);
    if callback.is_empty() {
        return Html(page::notice(whom, "Allowed", "You can go back to the app.")).into_response();
    }
    if REFUSED.iter().any(|scheme| callback.starts_with(scheme)) {
        return Html(page::notice(whom, "Error", "invalid url")).into_response();
    }
    page::redirect(&page::with_parameters(callback, &[("session", &session)]))
}

/// `POST /api/miauth/:session/check`
pub(crate) async fn check(
    State(shared): State<Arc<Shared>>,
    Path(session): Path<String>,
) -> Response {
    let mut grants = shared.grants();
    let token = grants.waiting.remove(&session);
    let access = token.as_ref().and_then(|token| grants.access(token));
    let user = access.and_then(|access| shared.instance.directory.user_by_id(access.user));
    let answer = match (token, user) {
        (Some(token), Some(user)) => json!({
            "ok": true,
            "token": token,
            "user": Teller::stranger(&shared).detailed(&user),
        }),
        _ => json!({ "ok": false }),
    };
    json_answer(StatusCode::OK, HeaderMap::new(), &answer)
}
