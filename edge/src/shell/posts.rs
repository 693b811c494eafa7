//! A person's posts, passed through.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Uri, header};
use lemon_wire::PostsPage;

use super::{Edge, json, now, upstream::ask};
use crate::{cookie, error::Error, origin, session::Session, x::posts};

/// `GET /api/posts?cursor=`
///
/// A session that X ended is ended here, too.
#[worker::send]
pub async fn page(State(edge): State<Edge>, uri: Uri, headers: HeaderMap) -> Response {
    match read(&edge, &uri, &headers).await {
        Ok(page) => json(200, "application/json", &page),
        Err(Error::SignedOut) => {
            let mut response = Error::SignedOut.into_response();
            if let Ok(cleared) = cookie::clear(cookie::SESSION) {
                response.headers_mut().append(header::SET_COOKIE, cleared);
            }
            response
        }
        Err(error) => error.into_response(),
    }
}

async fn read(edge: &Edge, uri: &Uri, headers: &HeaderMap) -> Result<PostsPage, Error> {
    origin::refuse_others(headers)?;
    let config = edge.config()?;
    let session = Session::of(headers, &config.session_key, now())?;
    let cursor = posts::cursor(uri.query().unwrap_or_default());
    let request = posts::request(&config, &session, cursor.as_deref())?;
    posts::page(&ask(edge, request).await?, &session.me.id, now())
}
