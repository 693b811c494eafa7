use std::time::Duration;

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Here, Route, address, pds, xrpc::Refusal};
use crate::standin::{
    self,
    fault::{change, cut_off},
};

/// Longest delay of [`Kind::Slow`], and that of [`Kind::Silence`].
pub const MAX_DELAY: Duration = Duration::from_mins(2);

/// An issuer that is none of ours.
pub const OTHER_ISSUER: &str = "https://elsewhere.example.com";

/// Something that goes wrong on demand.
pub type Fault = standin::Fault<Kind, Route>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Any 5xx, as XRPC says it.
    Server { status: u16 },
    /// A page for people in place of JSON, with any status.
    Html { status: u16 },
    /// 404 where there is something.
    Missing,
    /// 302 to the same address, with another query.
    Redirect,
    /// The right answer, but so much later.
    Slow { millis: u64 },
    /// No answer for as long as anybody waits.
    Silence,
    /// The connection breaks in the middle of the right answer.
    CutOff,
    /// 429; with the headers that say when it ends, or without any.
    Limited { reset_in: Option<i64> },
    /// The right answer, which no page may read.
    WithoutCors,
    /// No nonce that was given out before is good: `use_dpop_nonce`.
    RenewNonce,
    /// Another `issuer` in the metadata, another `iss` on the way back, another
    /// authorization server of a resource.
    WrongIssuer,
    /// Another `state` on the way back.
    WrongState,
    /// The token's `sub` is somebody whose server is elsewhere, and who is
    /// signed in by another issuer.
    WrongSubject,
    /// The token's scope is without `atproto`.
    WrongScope,
    /// Of a document: another handle than was resolved.
    WrongHandle,
    /// 400 `AccountTakedown`
    Takedown,
    /// 400 `AccountDeactivated`
    Deactivated,
    /// A page with nothing in it and a cursor that leads to what was left out.
    EmptyPage,
    /// A page of half of what was asked for, though it is not the last.
    ShortPage,
    /// The page is the last, whatever is behind it.
    Ends,
    /// A page with the cursor that was asked with.
    SameCursor,
    /// The first page again, each time with another cursor.
    Endless,
}

/// The answer to a request that meets a fault.
pub async fn meet(kind: Kind, here: &Here, mut request: Request, next: Next) -> Response {
    let refusal = |error, message: &str| {
        Refusal::new(StatusCode::BAD_REQUEST, error, message).into_response()
    };
    let path = request.uri().path().to_owned();
    let response = match kind {
        Kind::Server { status } => Refusal::server(
            StatusCode::from_u16(status)
                .ok()
                .filter(StatusCode::is_server_error)
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        )
        .into_response(),
        Kind::Html { status } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            (status, Html("<!doctype html><title>Just a moment</title>")).into_response()
        }
        Kind::Missing => (StatusCode::NOT_FOUND, Html("Cannot GET")).into_response(),
        Kind::Redirect => {
            let location = format!("{}?again", request.uri().path());
            (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
        }
        Kind::Slow { millis } => {
            tokio::time::sleep(Duration::from_millis(millis).min(MAX_DELAY)).await;
            next.run(request).await
        }
        Kind::Silence => {
            tokio::time::sleep(MAX_DELAY).await;
            Refusal::server(StatusCode::GATEWAY_TIMEOUT).into_response()
        }
        Kind::CutOff => cut_off(next.run(request).await).await,
        Kind::Limited { reset_in: None } => Refusal::limited().into_response(),
        Kind::Limited {
            reset_in: Some(seconds),
        } => {
            let mut response = pds::refused(seconds);
            let limit = here.shared.limit.unwrap_or_default();
            let ends = here.now() + seconds;
            pds::tell(response.headers_mut(), limit, limit.requests, ends);
            response
        }
        Kind::WithoutCors => return without_cors(next.run(request).await),
        Kind::WrongIssuer | Kind::WrongState => {
            let response = next.run(request).await;
            let name = if kind == Kind::WrongIssuer {
                "iss"
            } else {
                "state"
            };
            let response = change_location(response, name);
            change(response, |body| wrong_issuer(body, kind)).await
        }
        Kind::WrongSubject => {
            let stranger = here.shared.stranger();
            change(next.run(request).await, |token| {
                replace(token, "sub", json!(stranger));
            })
            .await
        }
        Kind::WrongScope => {
            change(next.run(request).await, |token| {
                replace(token, "scope", json!("transition:email"));
            })
            .await
        }
        Kind::WrongHandle => {
            let other = json!([format!("at://{}", address::handle("somebody_else"))]);
            change(next.run(request).await, |document| {
                replace(document, "alsoKnownAs", other);
            })
            .await
        }
        Kind::Takedown => refusal("AccountTakedown", "Account has been suspended"),
        Kind::Deactivated => refusal("AccountDeactivated", "Account is deactivated"),
        Kind::RenewNonce
        | Kind::EmptyPage
        | Kind::ShortPage
        | Kind::Ends
        | Kind::SameCursor
        | Kind::Endless => {
            request.extensions_mut().insert(kind);
            next.run(request).await
        }
    };
    readable(response, &path)
}

/// Lets every page read an answer that a fault gave, but for the consent page's.
fn readable(mut response: Response, path: &str) -> Response {
    if !path.starts_with("/oauth/authorize") {
        let headers = response.headers_mut();
        headers
            .entry(header::ACCESS_CONTROL_ALLOW_ORIGIN)
            .or_insert(HeaderValue::from_static("*"));
    }
    response
}

fn without_cors(mut response: Response) -> Response {
    for name in [
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        header::ACCESS_CONTROL_ALLOW_METHODS,
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
    ] {
        response.headers_mut().remove(name);
    }
    response
}

/// A cursor that was not there before.
pub fn another(cursor: Option<&str>) -> String {
    let count = cursor.and_then(|cursor| cursor.strip_prefix("again-"));
    let count: u64 = count.and_then(|count| count.parse().ok()).unwrap_or(0);
    format!("again-{}", count + 1)
}

fn replace(body: &mut Value, name: &str, value: Value) {
    if let Some(field) = body.get_mut(name) {
        *field = value;
    }
}

fn wrong_issuer(body: &mut Value, kind: Kind) {
    if kind == Kind::WrongIssuer {
        replace(body, "issuer", json!(OTHER_ISSUER));
        replace(body, "authorization_servers", json!([OTHER_ISSUER]));
    }
}

/// Changes a parameter of the address that the browser is sent to.
fn change_location(mut response: Response, name: &str) -> Response {
    let location = response.headers().get(header::LOCATION);
    let location = location.and_then(|location| location.to_str().ok());
    let Some((page, given)) = location.and_then(|at| at.split_once(['#', '?'])) else {
        return response;
    };
    let mark = if location.is_some_and(|at| at.contains('#')) {
        '#'
    } else {
        '?'
    };
    let changed = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            form_urlencoded::parse(given.as_bytes()).map(|(key, value)| {
                let value = if key == name {
                    OTHER_ISSUER.into()
                } else {
                    value
                };
                (key, value)
            }),
        )
        .finish();
    if let Ok(location) = HeaderValue::from_str(&format!("{page}{mark}{changed}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standin::fault::take;

    #[test]
    fn a_fault_waits_happens_and_is_used_up() {
        let mut faults = vec![Fault::once(Kind::CutOff, Route::Feed).after(1).times(2)];
        let mut ask = |route| take(&mut faults, route);
        assert_eq!(ask(Route::Token), None);
        assert_eq!(ask(Route::Feed), None);
        assert_eq!(ask(Route::Feed), Some(Kind::CutOff));
        assert_eq!(ask(Route::Feed), Some(Kind::CutOff));
        assert_eq!(ask(Route::Feed), None);
        assert!(faults.is_empty());
    }

    #[test]
    fn faults_are_read_as_json() {
        for (json, kind) in [
            (r#"{"kind":"renew-nonce"}"#, Kind::RenewNonce),
            (
                r#"{"kind":{"limited":{"reset_in":60}},"route":"records","times":1}"#,
                Kind::Limited { reset_in: Some(60) },
            ),
            (
                r#"{"kind":{"limited":{"reset_in":null}},"after":2}"#,
                Kind::Limited { reset_in: None },
            ),
        ] {
            let fault: Fault = serde_json::from_str(json).unwrap();
            assert_eq!(fault.kind, kind);
        }
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"ends","time":1}"#).is_err());
    }

    #[test]
    fn cursors_never_come_again() {
        let first = another(None);
        assert_ne!(another(Some(&first)), first);
        assert_eq!(another(Some("2026-09-01T00:00:00.000Z")), first);
    }
}
