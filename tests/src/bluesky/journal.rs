use axum::{
    extract::Request as HttpRequest,
    http::{HeaderName, header},
};
use serde::{Deserialize, Serialize};

use super::Server;

/// What the servers answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// `/.well-known/oauth-authorization-server`
    Metadata,
    /// `/.well-known/oauth-protected-resource`
    Resource,
    /// `/oauth/par`
    Par,
    /// `/oauth/authorize`
    Authorize,
    /// `/oauth/authorize/redirect`, where the page leads
    Back,
    /// `/oauth/token`
    Token,
    /// `/oauth/revoke`
    Revoke,
    /// `com.atproto.identity.resolveHandle`
    Handle,
    /// A DID's document
    Document,
    /// `app.bsky.actor.getProfile`
    Profile,
    /// `app.bsky.feed.getAuthorFeed`
    Feed,
    /// `app.bsky.feed.getPosts`
    Posts,
    /// `app.bsky.graph.getRelationships`
    Relationships,
    /// `com.atproto.repo.listRecords`
    Records,
}

/// A request that came, preflights included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// When, in unix seconds of the stand-in's clock.
    pub at: i64,
    pub server: Server,
    /// None for what the server does not know.
    pub route: Option<Route>,
    pub method: String,
    pub path: String,
    /// Still encoded, without the question mark; empty if there was none.
    pub query: String,
    /// 0 until it is answered.
    pub status: u16,
    /// Whether there was such a header.
    pub authorization: bool,
    pub dpop: bool,
    pub origin: Option<String>,
    pub referer: Option<String>,
    pub cookie: Option<String>,
}

impl Route {
    /// The route of a path; none if there is no such route here.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/.well-known/oauth-authorization-server" => Self::Metadata,
            "/.well-known/oauth-protected-resource" => Self::Resource,
            "/.well-known/did.json" => Self::Document,
            "/oauth/par" => Self::Par,
            "/oauth/authorize" => Self::Authorize,
            "/oauth/authorize/redirect" => Self::Back,
            "/oauth/token" => Self::Token,
            "/oauth/revoke" => Self::Revoke,
            "/xrpc/com.atproto.identity.resolveHandle" => Self::Handle,
            "/xrpc/app.bsky.actor.getProfile" => Self::Profile,
            "/xrpc/app.bsky.feed.getAuthorFeed" => Self::Feed,
            "/xrpc/app.bsky.feed.getPosts" => Self::Posts,
            "/xrpc/app.bsky.graph.getRelationships" => Self::Relationships,
            "/xrpc/com.atproto.repo.listRecords" => Self::Records,
            _ if path.starts_with("/did:") => Self::Document,
            _ => return None,
        })
    }
}

impl Request {
    /// What is known of a request before it is answered.
    pub(super) fn of(request: &HttpRequest, server: Server, at: i64) -> Self {
        let text = |name: HeaderName| {
            let value = request.headers().get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let uri = request.uri();
        Self {
            at,
            server,
            route: Route::of(uri.path()),
            method: request.method().to_string(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            status: 0,
            authorization: request.headers().contains_key(header::AUTHORIZATION),
            dpop: request.headers().contains_key("dpop"),
            origin: text(header::ORIGIN),
            referer: text(header::REFERER),
            cookie: text(header::COOKIE),
        }
    }
}
