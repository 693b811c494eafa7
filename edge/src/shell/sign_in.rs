//! Signing in and out, and who is signed in.

use axum::{Extension, response::Response};
use http::{HeaderMap, HeaderValue, Request, Uri, header};
use lemon_wire::Me;

use super::{
    Edge,
    budget::{self, Grant},
    empty, json, let_pass, let_person_pass, now, random, upstream,
};
use crate::{
    budget::{Endpoint, Leaving, Outcome, Person, Said},
    config::Config,
    cookie,
    error::Error,
    origin,
    session::Session,
    sign_in::{self, SignIn},
    x::{
        Answer,
        account::{self, Token},
        refusal,
    },
};

/// Where the page is.
const HOME: HeaderValue = HeaderValue::from_static("/");

/// `GET /api/auth/login`
#[worker::send]
pub async fn login(Extension(edge): Extension<Edge>, uri: Uri, headers: HeaderMap) -> Response {
    begin(&edge, &uri, &headers).await.unwrap_or_else(failed)
}

/// `GET /api/auth/callback`
#[worker::send]
pub async fn callback(Extension(edge): Extension<Edge>, uri: Uri, headers: HeaderMap) -> Response {
    let mut response = finish(&edge, &uri, &headers).await.unwrap_or_else(failed);
    // Whatever came of this attempt; others go on.
    if let Some(forgotten) = sign_in::forget(uri.query().unwrap_or_default()) {
        response.headers_mut().append(header::SET_COOKIE, forgotten);
    }
    response
}

/// `POST /api/auth/logout`
///
/// The cookie goes even if X cannot be asked to end the token: it ends by
/// itself soon, and who signs out must be signed out. X is asked once for each session.
#[worker::send]
pub async fn logout(
    Extension(edge): Extension<Edge>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    origin::check(&uri, &headers)?;
    let left = leave(&edge, &headers).await;
    let mut response = empty(204, [(header::SET_COOKIE, cookie::clear(cookie::SESSION)?)]);
    if let Err(error) = left {
        response.extensions_mut().insert(error);
    }
    Ok(response)
}

/// `GET /api/me`
///
/// Whoever is not signed in is nobody, which is no error: browsers would write one into
/// their console.
pub async fn me(Extension(edge): Extension<Edge>, headers: HeaderMap) -> Result<Response, Error> {
    let session = Session::of(&headers, &edge.key()?, now()).ok();
    let me = session.map(|session| session.me);
    Ok(json(200, "application/json", &me))
}

async fn begin(edge: &Edge, uri: &Uri, headers: &HeaderMap) -> Result<Response, Error> {
    let config = edge.config()?;
    let status = budget::status(edge).await?;
    if status.state == lemon_wire::State::Closed
        && let Some(limit) = status.limit
    {
        // Whoever signed in now would pay with a user that is read, and get nothing.
        return Err(Error::Closed {
            retry_at: status.until,
            limit,
        });
    }
    let sign_in = SignIn::new(random()?, random()?);
    let kept = sign_in.keep(headers, &config.session_key, random()?, now())?;
    let address = account::authorize(&config, &sign_in, &redirect_uri(uri)?);
    let location = address.parse().map_err(|_| Error::Runtime)?;
    let mut response = empty(302, [(header::LOCATION, location)]);
    for cookie in kept {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn finish(edge: &Edge, uri: &Uri, headers: &HeaderMap) -> Result<Response, Error> {
    let config = edge.config()?;
    let query = uri.query().unwrap_or_default();
    let sign_in = match SignIn::of(query, headers, &config.session_key, now()) {
        // A page that was loaded again: they are signed in.
        Err(Error::Elsewhere) if Session::of(headers, &config.session_key, now()).is_ok() => {
            return Ok(empty(302, [(header::LOCATION, HOME)]));
        }
        sign_in => sign_in?,
    };
    let code = account::code(query, &sign_in)?;
    limit(edge, headers, &config).await?;
    let exchange = account::exchange(&config, &sign_in, &code, &redirect_uri(uri)?)?;
    let identified = identify(edge.clone(), config.clone(), exchange);
    let (token, me) = edge.see_through(identified).await?;

    let seconds = Session::seconds(token.expires_in);
    let session = Session::new(me, token.access_token);
    let sealed = session.seal(&config.session_key, random()?, now(), seconds)?;
    Ok(empty(
        302,
        [
            (header::LOCATION, HOME),
            (
                header::SET_COOKIE,
                cookie::keep(cookie::SESSION, &sealed, seconds)?,
            ),
        ],
    ))
}

/// Lets so many sign-ins of one address pass in a minute: whether a code is one only X
/// knows, and X may refuse all who come after too many that are none.
async fn limit(edge: &Edge, headers: &HeaderMap, config: &Config) -> Result<(), Error> {
    // workerd alone, without what is around it, has none.
    let Ok(limiter) = edge.env.rate_limiter("SIGN_INS") else {
        return Ok(());
    };
    let who = Person::of(&origin::place(headers), &config.session_key);
    let_pass(&limiter, who).await
}

/// Whom the code is of that is exchanged.
async fn identify(
    edge: Edge,
    config: Config,
    exchange: Request<String>,
) -> Result<(Token, Me), Error> {
    let token = |answer: &Answer| account::token(answer, now());
    let grant = Grant::endpoint(&edge, Endpoint::Token).await?;
    let token = ask(&edge, grant, exchange, token, |_| Outcome::Nothing).await?;
    let who = account::me(&config, &token.access_token)?;
    let me = |answer: &Answer| account::person(answer, now());
    let known = |me: &Me| Outcome::User {
        person: Some(Person::of(&me.id, &config.session_key)),
    };
    let grant = Grant::endpoint(&edge, Endpoint::Me).await?;
    let me = ask(&edge, grant, who, me, known).await?;
    Ok((token, me))
}

/// Gives up the turn of whoever signs out, and has X end their token.
async fn leave(edge: &Edge, headers: &HeaderMap) -> Result<(), Error> {
    let config = edge.config()?;
    let key = &config.session_key;
    let (ends, session) = Session::until(headers, key, now())?;
    let person = Person::of(&session.me.id, key);
    let number = session.number(key);
    // Counted by the session: nobody who has it can keep another one, or this one, from ending.
    let_person_pass(edge, number).await?;
    let leaving = Leaving {
        person,
        session: number,
        ends,
        ticket: u64::from_be_bytes(random()?),
    };
    let Some(grant) = Grant::sign_out(edge, leaving).await? else {
        return Ok(());
    };
    let request = account::revoke(&config, &session.token)?;
    let done = |answer: &Answer| match answer.status {
        200..300 => Ok(()),
        _ => refusal::check(answer, now()),
    };
    ask(edge, grant, request, done, |()| Outcome::Nothing).await
}

/// Asks X once and reads the answer; `comes_to` is what came of it if that
/// can be read.
async fn ask<T>(
    edge: &Edge,
    grant: Grant,
    request: Request<String>,
    read: impl FnOnce(&Answer) -> Result<T, Error>,
    comes_to: impl FnOnce(&T) -> Outcome,
) -> Result<T, Error> {
    let (answer, grant) = upstream::ask(edge, grant, request).await?;
    let result = read(&answer);
    let outcome = match &result {
        Ok(read) => comes_to(read),
        Err(error) => (*error).into(),
    };
    let said = Said::by(&answer.headers);
    grant.tell(edge, outcome, said).await?;
    result
}

/// Back to the page, which tells the person what happened.
fn failed(error: Error) -> Response {
    let location =
        HeaderValue::from_str(&format!("/?signin={}", account::outcome(error))).unwrap_or(HOME);
    let mut response = empty(302, [(header::LOCATION, location)]);
    response.extensions_mut().insert(error);
    response
}

fn redirect_uri(uri: &Uri) -> Result<String, Error> {
    Ok(format!("{}/api/auth/callback", origin::of(uri)?))
}
