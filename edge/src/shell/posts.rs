//! A person's posts, passed through.

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Uri, header};
use lemon_wire::PostsPage;

use super::{Edge, budget, json, now, random, upstream};
use crate::{
    budget::{Outcome, Person, Said},
    cookie,
    error::Error,
    origin,
    session::Session,
    x::{import::Position, posts},
};

/// `GET /api/posts?cursor=` and `GET /api/posts?newest=`
///
/// A session that X ended is ended here, too.
#[worker::send]
pub async fn page(Extension(edge): Extension<Edge>, uri: Uri, headers: HeaderMap) -> Response {
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
    let query = uri.query().unwrap_or_default();
    let position = Position::of(query, &config, &session.me, now())?;
    let cursor = position.cursor.as_deref();
    let request = posts::request(&config, &session, cursor, position.left())?;

    let person = Person::of(&session.me.id, &config.session_key);
    budget::ask(edge, person, position.pages()).await?;
    let (page, said) = match upstream::ask(edge, request).await {
        Ok(answer) => (
            posts::page(&answer, &session.me.id, now())
                .and_then(|page| position.close(page, &config, random()?, now())),
            Said::by(&answer.headers),
        ),
        Err(error @ (Error::Config(_) | Error::Runtime)) => {
            // The request was not even made. A grant that is not given back ends by itself.
            let _ = budget::tell(edge, person, Outcome::Unused, Said::default()).await;
            return Err(error);
        }
        Err(error) => (Err(error), Said::default()),
    };
    let outcome = Outcome::of(&page, cursor);
    // A page that X was paid for is given, whatever the budget has to say.
    let told = budget::tell(edge, person, outcome, said).await;
    if let Ok(Some(decision)) = told {
        Result::from(decision)?;
    }
    page
}
