//! A person's posts, passed through.

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Request, Uri, header};
use lemon_wire::{Limit, PROBLEM_TYPE, PostsPage};

use super::{Edge, budget::Grant, json, let_person_pass, now, random, upstream};
use crate::{
    budget::{Outcome, Page, Person, Said, Wanted},
    config::Config,
    cookie,
    error::Error,
    log::LeftOut,
    origin,
    session::Session,
    x::{import::Position, posts},
};

/// `GET /api/posts?account=&cursor=` and `GET /api/posts?account=&newest=&since=&known=`
///
/// A session that X ended is ended here, too.
#[worker::send]
pub async fn page(Extension(edge): Extension<Edge>, uri: Uri, headers: HeaderMap) -> Response {
    match read(&edge, &uri, &headers).await {
        Ok(page) => {
            let mut response = json(200, "application/json", &page);
            if page.left_out > 0 {
                let left_out = LeftOut(page.left_out);
                response.extensions_mut().insert(left_out);
            }
            response
        }
        Err(Error::SignedOut) => {
            let mut response = Error::SignedOut.into_response();
            if let Ok(cleared) = cookie::clear(cookie::SESSION) {
                response.headers_mut().append(header::SET_COOKIE, cleared);
            }
            response
        }
        Err(error) => {
            let mut response = told(&edge, &headers, error);
            response.extensions_mut().insert(error);
            response
        }
    }
}

/// What somebody is told who is signed in: also whether they still are when their time comes.
fn told(edge: &Edge, headers: &HeaderMap, error: Error) -> Response {
    let problem = error.problem(now());
    let ends = edge
        .key()
        .and_then(|key| Session::until(headers, &key, now()));
    let problem = match ends {
        Ok((ends, _)) => problem.for_session(ends),
        Err(_) => problem,
    };
    json(problem.status, PROBLEM_TYPE, &problem)
}

async fn read(edge: &Edge, uri: &Uri, headers: &HeaderMap) -> Result<PostsPage, Error> {
    origin::refuse_others(headers)?;
    let config = edge.config()?;
    let (ends, session) = Session::until(headers, &config.session_key, now())?;
    let query = uri.query().unwrap_or_default();
    let position = Position::of(query, &config, &session.me, now())?;
    let request = posts::request(&config, &session, &position)?;

    let person = Person::of(&session.me.id, &config.session_key);
    let_person_pass(edge, person).await.map_err(in_line)?;
    let wanted = Wanted {
        person,
        pages: position.pages(),
        page: Page::at(
            position.cursor.as_deref(),
            position.since,
            posts::size(position.left()),
        ),
        ends,
        session: Some(session.number(&config.session_key)),
    };
    let asker = Asker {
        edge: edge.clone(),
        config,
        session,
        position,
    };
    edge.see_through(asker.ask(wanted, request)).await
}

/// Whoever asks too often waits in line as everybody does, and goes on by themselves.
fn in_line(error: Error) -> Error {
    match error {
        Error::TooMany { retry_at } => Error::Waiting {
            retry_at,
            limit: Limit::AppQuarter,
        },
        error => error,
    }
}

/// Who asks for one page, once they may.
struct Asker {
    edge: Edge,
    config: Config,
    session: Session,
    position: Position,
}

impl Asker {
    async fn ask(self, wanted: Wanted, request: Request<String>) -> Result<PostsPage, Error> {
        let grant = Grant::page(&self.edge, wanted).await?;
        let cursor = self.position.cursor.as_deref();
        let (answer, grant) = upstream::ask(&self.edge, grant, request).await?;
        let step = posts::page(&answer, &self.session.me.id, now())
            .map_err(|error| match error {
                // X knows the place no more, and the page begins anew.
                Error::Rejected if cursor.is_some() && answer.status == 400 => {
                    Error::BadRequest("the cursor is not one that x knows")
                }
                error => error,
            })
            .and_then(|given| self.position.close(given, &self.config, random()?, now()));
        let outcome = Outcome::of(&step);
        let said = Said::by(&answer.headers);
        grant.tell(&self.edge, outcome, said).await?;
        step.map(|step| step.page)
    }
}
