use axum::http::{HeaderName, header, request::Parts};
use serde::{Deserialize, Serialize};

use super::object;
use crate::standin::query::Query;

/// The routes that the stand-ins answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// `/.well-known/nodeinfo`
    WellKnown,
    /// `/nodeinfo/:version`
    Nodeinfo,
    /// Where a person signs in: `/miauth/:session`, `/oauth/authorize`
    Page,
    /// `/api/miauth/:session/check`
    Check,
    /// `/api/meta`
    Meta,
    /// `/api/i`
    Me,
    /// `/api/users/show`, `/api/v1/accounts/:id`
    User,
    /// `/api/users/notes`
    Notes,
    /// `/api/notes/show`
    Note,
    /// `/api/v1/apps`
    Apps,
    /// `/oauth/token`
    Token,
    /// `/oauth/revoke`
    Revoke,
    /// `/api/v1/accounts/verify_credentials`
    Credentials,
    /// `/api/v1/accounts/:id/statuses`
    Statuses,
    /// `/api/v1/statuses?id[]=`
    Lookup,
    /// `/api/v1/statuses/:id`
    Status,
    /// Anything else.
    Other,
}

/// A request that came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// When, in unix seconds of the stand-in's clock.
    pub at: i64,
    pub route: Route,
    pub method: String,
    pub path: String,
    /// Still encoded, without the question mark; empty if there was none.
    pub query: String,
    /// As it came.
    pub body: String,
    /// Whether a token came, in a header, in the body or in the query.
    pub has_token: bool,
    pub has_cookies: bool,
    pub origin: Option<String>,
    pub referer: Option<String>,
    /// 0 if it was never answered.
    pub status: u16,
}

impl Request {
    pub(super) fn new(parts: &Parts, body: &[u8], route: Route, at: i64) -> Self {
        let text = |name: HeaderName| {
            let value = parts.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let has_token = parts.headers.contains_key(header::AUTHORIZATION)
            || object(body)["i"].is_string()
            || Query::parse(&query).get("access_token").is_some()
            || Query::parse(&String::from_utf8_lossy(body))
                .get("token")
                .is_some();
        Self {
            at,
            route,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query,
            body: String::from_utf8_lossy(body).into_owned(),
            has_token,
            has_cookies: parts.headers.contains_key(header::COOKIE),
            origin: text(header::ORIGIN),
            referer: text(header::REFERER),
            status: 0,
        }
    }
}
