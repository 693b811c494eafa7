use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{journal::Route, odd::Odd, problem::Problem, window::window_headers};

/// Largest answer that a fault may change, in bytes.
pub const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Longest delay of [`Kind::Slow`].
pub const MAX_DELAY_MS: u64 = 120_000;

/// How long after its first half a cut-off answer breaks: long enough for the
/// half to arrive.
const CUT_AFTER: Duration = Duration::from_millis(50);

/// Something that goes wrong on demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault<K = Kind, R = Route> {
    pub kind: K,
    /// Only requests of this route; none means every one.
    #[serde(default = "every")]
    pub route: Option<R>,
    /// So many requests of the route are answered well first.
    #[serde(default)]
    pub after: u32,
    /// How often it happens; none means until it is cleared.
    #[serde(default)]
    pub times: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 429, window of 15 minutes; the reset is `reset_in` seconds away.
    /// `remaining` need not be 0: X was seen to send others.
    Window { remaining: u32, reset_in: i64 },
    /// 429, 24 hours of the app.
    AppDay { reset_in: i64 },
    /// 429, 24 hours of the user.
    UserDay { reset_in: i64 },
    /// 429, month or product cap.
    UsageCapped,
    /// 401 without rate-limit headers.
    Unauthorized,
    /// 402, type ending in `credits`.
    Credits,
    /// 402, type ending in `credits-depleted`.
    CreditsDepleted,
    /// 403 without `errors`.
    Forbidden,
    /// Any 5xx, as problem+json.
    Server { status: u16 },
    /// 502 as plain text.
    Gateway,
    /// The right answer, but so much later.
    Slow { millis: u64 },
    /// The connection breaks in the middle of the right answer.
    CutOff,
    /// As if the request were in the wrong dialect: no references, no long
    /// texts and nothing in `includes`.
    WrongDialect,
    /// References, but neither `includes` nor `errors`.
    WithoutIncludes,
    /// A page for people with any status, from what stands in front of X.
    Wall { status: u16 },
    /// An answer that is not as documented.
    Odd(Odd),
}

impl<K, R> Fault<K, R> {
    /// Happens until it is cleared.
    #[must_use]
    pub fn always(kind: K, route: R) -> Self {
        Self {
            kind,
            route: Some(route),
            after: 0,
            times: None,
        }
    }

    /// Happens at the route's next request.
    #[must_use]
    pub fn once(kind: K, route: R) -> Self {
        Self {
            times: Some(1),
            ..Self::always(kind, route)
        }
    }

    /// Lets so many requests of the route pass first.
    #[must_use]
    pub fn after(mut self, requests: u32) -> Self {
        self.after = requests;
        self
    }

    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

/// A fault that names no route is one of any kind of route.
fn every<R>() -> Option<R> {
    None
}

/// Takes the fault that a request of `route` meets: the first that fits.
pub fn take<K: Copy, R: Copy + PartialEq>(faults: &mut Vec<Fault<K, R>>, route: R) -> Option<K> {
    let fits = |fault: &Fault<K, R>| fault.route.is_none_or(|only| only == route);
    let mut met = None;
    for fault in faults.iter_mut().filter(|fault| fits(fault)) {
        if fault.after > 0 {
            fault.after -= 1;
        } else if met.is_none() && fault.times != Some(0) {
            fault.times = fault.times.map(|times| times - 1);
            met = Some(fault.kind);
        }
    }
    faults.retain(|fault| fault.times != Some(0));
    met
}

/// The answer that a fault gives in place of the right one; none for faults
/// that only change it.
#[must_use]
pub fn answer(kind: Kind, now: i64) -> Option<Response> {
    let mut headers = HeaderMap::new();
    window_headers(&mut headers, "x-rate-limit", 900, 871, now + 900);
    let problem = match kind {
        Kind::Window {
            remaining,
            reset_in,
        } => {
            window_headers(&mut headers, "x-rate-limit", 900, remaining, now + reset_in);
            Problem::window()
        }
        Kind::AppDay { reset_in } => {
            window_headers(
                &mut headers,
                "x-app-limit-24hour",
                10_000,
                0,
                now + reset_in,
            );
            Problem::day()
        }
        Kind::UserDay { reset_in } => {
            window_headers(&mut headers, "x-user-limit-24hour", 100, 0, now + reset_in);
            Problem::day()
        }
        Kind::UsageCapped => Problem::usage_capped(),
        Kind::Unauthorized => {
            headers.clear();
            Problem::unauthorized()
        }
        Kind::Credits => Problem::credits("credits"),
        Kind::CreditsDepleted => Problem::credits("credits-depleted"),
        Kind::Forbidden => Problem::forbidden("You are not permitted to perform this action."),
        Kind::Server { status } => Problem::server(
            StatusCode::from_u16(status)
                .ok()
                .filter(StatusCode::is_server_error)
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        ),
        Kind::Gateway => {
            headers.clear();
            Problem::gateway()
        }
        Kind::Wall { status } => {
            headers.clear();
            Problem::wall(StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN))
        }
        Kind::Slow { .. }
        | Kind::CutOff
        | Kind::WrongDialect
        | Kind::WithoutIncludes
        | Kind::Odd(_) => {
            return None;
        }
    };
    Some((headers, problem).into_response())
}

/// The same answer, announced whole and broken off in its middle.
pub async fn cut_off(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MAX_ANSWER_BYTES).await else {
        return Problem::server(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    };
    parts
        .headers
        .insert(header::CONTENT_LENGTH, bytes.len().into());
    let half = bytes.slice(..bytes.len() / 2);
    let broken = stream::once(async move { Ok(half) }).chain(stream::once(async {
        tokio::time::sleep(CUT_AFTER).await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
    }));
    Response::from_parts(parts, Body::from_stream(broken))
}

/// The same answer with its JSON changed; an answer that is no JSON stays.
pub async fn change(response: Response, change: impl FnOnce(&mut serde_json::Value)) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MAX_ANSWER_BYTES).await else {
        return Problem::server(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    };
    let Ok(mut value) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    change(&mut value);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_happens_and_is_used_up() {
        let mut faults = vec![Fault::once(Kind::Forbidden, Route::Posts).after(1).times(2)];
        let mut ask = |route| take(&mut faults, route);
        assert_eq!(ask(Route::Me), None);
        assert_eq!(ask(Route::Posts), None);
        assert_eq!(ask(Route::Posts), Some(Kind::Forbidden));
        assert_eq!(ask(Route::Me), None);
        assert_eq!(ask(Route::Posts), Some(Kind::Forbidden));
        assert_eq!(ask(Route::Posts), None);
        assert!(faults.is_empty());
    }

    #[test]
    fn faults_queue_one_behind_the_other() {
        let mut faults = vec![
            Fault::once(Kind::Gateway, Route::Posts),
            Fault::always(Kind::CutOff, Route::Posts),
        ];
        assert_eq!(take(&mut faults, Route::Posts), Some(Kind::Gateway));
        assert_eq!(take(&mut faults, Route::Posts), Some(Kind::CutOff));
        assert_eq!(take(&mut faults, Route::Posts), Some(Kind::CutOff));
        assert_eq!(faults.len(), 1);
    }

    #[test]
    fn faults_are_read_as_json() {
        for (json, kind) in [
            (r#"{"kind":"gateway"}"#, Kind::Gateway),
            (
                r#"{"kind":{"server":{"status":503}},"route":"posts","times":1}"#,
                Kind::Server { status: 503 },
            ),
            (r#"{"kind":{"odd":"same-page"}}"#, Kind::Odd(Odd::SamePage)),
            (
                r#"{"kind":{"window":{"remaining":0,"reset_in":60}},"after":3}"#,
                Kind::Window {
                    remaining: 0,
                    reset_in: 60,
                },
            ),
        ] {
            let fault: Fault = serde_json::from_str(json).unwrap();
            assert_eq!(fault.kind, kind);
        }
        assert!(serde_json::from_str::<Fault>(r#"{"kind":"gateway","time":1}"#).is_err());
    }
}
