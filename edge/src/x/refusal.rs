//! What X means when it does not answer 200.

use http::{HeaderMap, header};
use lemon_given::lenient::{List, Maybe, Object};
use lemon_wire::{Limit, Window};
use serde::Deserialize;

use super::{Answer, DAY, QUARTER};
use crate::error::Error;

/// What clocks may differ by, in seconds: a reset beyond its window's length and this is not
/// believed.
const SLACK: i64 = 5 * 60;

/// The headers of the 24-hour windows.
const DAYS: [(&str, &str, Limit); 2] = [
    (
        "x-app-limit-24hour-remaining",
        "x-app-limit-24hour-reset",
        Limit::AppDay,
    ),
    (
        "x-user-limit-24hour-remaining",
        "x-user-limit-24hour-reset",
        Limit::UserDay,
    ),
];

/// One of these is in every 429 of X that a window is the reason of.
const COUNTED: [&str; 3] = [
    "x-rate-limit-reset",
    "x-app-limit-24hour-reset",
    "x-user-limit-24hour-reset",
];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    #[serde(rename = "type")]
    kind: Maybe<String>,
    errors: List<Object<Entry>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    #[serde(rename = "type")]
    kind: Maybe<String>,
}

/// Lets an answer of 200 pass.
///
/// # Errors
/// What any other status means. The status is believed before the headers, and
/// of the body nothing but the last segment of a problem's `type`. [`Error::Failed`] for
/// what is not X's answer, whatever its status.
pub fn check(answer: &Answer, now: i64) -> Result<(), Error> {
    if is_walled(answer) {
        return Err(Error::Failed);
    }
    match answer.status {
        200 => Ok(()),
        401 => Err(Error::SignedOut),
        402 => Err(closed(Limit::Credits)),
        403 => Err(Error::Forbidden),
        429 => Err(match closed_for(&answer.body) {
            Some(limit) => closed(limit),
            None => waiting(&answer.headers, now),
        }),
        500..=599 => Err(Error::Failed),
        _ => Err(Error::Rejected),
    }
}

/// Whether a page for people came in place of X's answer: from what stands in front of X and
/// keeps programs away for a while. X itself says in JSON or in plain words what it means,
/// and counts 429 in headers.
fn is_walled(answer: &Answer) -> bool {
    let media_type = answer.headers.get(header::CONTENT_TYPE);
    let is_html = media_type
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .trim_start()
                .to_ascii_lowercase()
                .starts_with("text/html")
        });
    let body = answer
        .body
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(&answer.body);
    let body = body.trim_ascii_start();
    let is_markup = body.starts_with(b"<");
    // What Cloudflare says to programs.
    let is_code = body.starts_with(b"error code: ");
    let is_counted = answer.status == 429
        && COUNTED
            .iter()
            .any(|header| answer.headers.contains_key(*header));
    (is_html || is_markup || is_code) && !is_counted
}

/// An integer in a header.
#[must_use]
pub fn number<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn closed(limit: Limit) -> Error {
    Error::Closed {
        retry_at: None,
        limit,
    }
}

/// The window of which all three headers are there.
#[must_use]
pub fn window(headers: &HeaderMap, prefix: &str) -> Option<Window> {
    let value = |name| number::<i64>(headers, &format!("{prefix}-{name}"));
    Some(Window {
        limit: value("limit")?.try_into().ok()?,
        remaining: value("remaining")?.try_into().ok()?,
        reset: value("reset")?,
    })
}

/// What a 429 that is no window's is about.
fn closed_for(body: &[u8]) -> Option<Limit> {
    let body = serde_json::from_slice::<Body>(body).ok()?;
    let entries = body.errors.0.iter().map(|Object(entry)| &entry.kind);
    let mut kinds = entries.chain([&body.kind]);
    kinds.find_map(|kind| match kind.0.as_ref()?.rsplit('/').next() {
        Some("usage-capped") => Some(Limit::Month),
        Some("credits" | "credits-depleted") => Some(Limit::Credits),
        _ => None,
    })
}

/// A day that is used up outlasts the 15 minutes, whatever those say. Whose 15 minutes
/// they are X does not say; the app's keep more people away.
fn waiting(headers: &HeaderMap, now: i64) -> Error {
    let days = DAYS
        .into_iter()
        .filter(|(remaining, ..)| number::<i64>(headers, remaining) == Some(0))
        .filter_map(|(_, reset, limit)| Some((believable(headers, reset, DAY, now)?, limit)));
    let (retry_at, limit) = days.max_by_key(|(at, _)| *at).unwrap_or_else(|| {
        let reset = believable(headers, "x-rate-limit-reset", QUARTER, now);
        (reset.unwrap_or(now + QUARTER), Limit::AppQuarter)
    });
    Error::Waiting { retry_at, limit }
}

/// Until when a window of so many seconds may last.
fn believable(headers: &HeaderMap, reset: &str, length: i64, now: i64) -> Option<i64> {
    let at = number(headers, reset)?;
    let is_near = (now..=now.saturating_add(length + SLACK)).contains(&at);
    // X's clock may go after ours; nobody is to ask again in the same second.
    is_near.then(|| at.max(now + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    type Case<'a> = (&'a [(&'static str, i64)], i64, Limit);

    fn answer(status: u16, headers: &[(&'static str, i64)], body: &str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), (*value).into()));
        Answer {
            status,
            headers: headers.collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn a_reset_is_believed_as_long_as_a_window_and_the_clocks_allow() {
        let last = NOW + QUARTER + SLACK;
        for (reset, until) in [
            (NOW - 1, NOW + QUARTER),
            (NOW, NOW + 1),
            (NOW + 1, NOW + 1),
            (NOW + 2, NOW + 2),
            (last, last),
            (last + 1, NOW + QUARTER),
        ] {
            let answer = answer(429, &[("x-rate-limit-reset", reset)], "");
            let told = Error::Waiting {
                retry_at: until,
                limit: Limit::AppQuarter,
            };
            assert_eq!(waiting(&answer.headers, NOW), told, "{reset}");
        }
    }

    #[test]
    fn every_status_has_one_meaning() {
        let cases = [
            (200, Ok(())),
            (401, Err(Error::SignedOut)),
            (402, Err(closed(Limit::Credits))),
            (403, Err(Error::Forbidden)),
            (302, Err(Error::Rejected)),
            (400, Err(Error::Rejected)),
            (404, Err(Error::Rejected)),
            (500, Err(Error::Failed)),
            (503, Err(Error::Failed)),
        ];
        for (status, expected) in cases {
            for body in [
                "",
                "{}",
                "Bad gateway\n",
                r#"{"errors":[{"code":88}]}"#,
                "[1]",
            ] {
                assert_eq!(
                    check(&answer(status, &[], body), NOW),
                    expected,
                    "{status} {body}"
                );
            }
        }
    }

    #[test]
    fn a_wall_in_front_of_x_is_not_x() {
        let page = "<!DOCTYPE html><title>Just a moment...</title>";
        for status in [200, 302, 400, 401, 402, 403, 404, 429, 503] {
            for body in [page, "\n  <html>", "\u{FEFF}<html>", "error code: 1020"] {
                let walled = check(&answer(status, &[], body), NOW);
                assert_eq!(walled, Err(Error::Failed), "{status} {body}");
            }
            for (media_type, is_wall) in [
                ("text/html; charset=utf-8", true),
                ("Text/HTML", true),
                ("application/problem+json", false),
            ] {
                let mut answer = answer(status, &[], "denied");
                let media_type = media_type.parse().unwrap();
                answer.headers.insert(header::CONTENT_TYPE, media_type);
                let told = check(&answer, NOW);
                assert_eq!(told == Err(Error::Failed), is_wall || status == 503);
            }
        }
        let counted = answer(429, &[("x-rate-limit-reset", NOW + 60)], page);
        assert!(matches!(check(&counted, NOW), Err(Error::Waiting { .. })));
    }

    #[test]
    fn too_many_requests_end_with_the_window_that_is_used_up() {
        let quarter = ("x-rate-limit-reset", NOW + 600);
        let (app, user, none) = (Limit::AppDay, Limit::UserDay, Limit::AppQuarter);
        let cases: [Case; 10] = [
            (&[quarter], NOW + 600, none),
            (&[("x-rate-limit-remaining", 12), quarter], NOW + 600, none),
            (
                &[
                    quarter,
                    ("x-app-limit-24hour-remaining", 0),
                    ("x-app-limit-24hour-reset", NOW + 40_000),
                ],
                NOW + 40_000,
                app,
            ),
            (
                &[
                    quarter,
                    ("x-user-limit-24hour-remaining", 0),
                    ("x-user-limit-24hour-reset", NOW + 50_000),
                ],
                NOW + 50_000,
                user,
            ),
            (
                &[
                    ("x-app-limit-24hour-remaining", 0),
                    ("x-app-limit-24hour-reset", NOW + 50_000),
                    ("x-user-limit-24hour-remaining", 0),
                    ("x-user-limit-24hour-reset", NOW + 40_000),
                ],
                NOW + 50_000,
                app,
            ),
            (
                &[
                    quarter,
                    ("x-app-limit-24hour-remaining", 9),
                    ("x-app-limit-24hour-reset", NOW + 40_000),
                ],
                NOW + 600,
                none,
            ),
            (&[], NOW + QUARTER, none),
            (&[("x-rate-limit-reset", NOW - 1)], NOW + QUARTER, none),
            (&[("x-rate-limit-reset", i64::MAX)], NOW + QUARTER, none),
            (&[("x-rate-limit-reset", i64::MIN)], NOW + QUARTER, none),
        ];
        for (headers, retry_at, limit) in cases {
            for body in [
                "",
                "slow down",
                r#"{"errors":[{"code":88,"message":"Rate limit"}]}"#,
            ] {
                let refused = check(&answer(429, headers, body), NOW);
                assert_eq!(
                    refused,
                    Err(Error::Waiting { retry_at, limit }),
                    "{headers:?} {body}"
                );
            }
        }
    }

    #[test]
    fn a_used_up_month_is_told_by_the_end_of_its_type() {
        let cases = [
            (
                Limit::Month,
                r#"{"title":"UsageCapExceeded","type":"https://api.x.test/2/problems/usage-capped"}"#,
            ),
            (
                Limit::Month,
                r#"{"type":"about:usage/usage-capped","period":"Monthly"}"#,
            ),
            (
                Limit::Credits,
                r#"{"type":"https://docs.x.test/problems/credits"}"#,
            ),
            (
                Limit::Credits,
                r#"{"errors":[{"type":"https://api.x.test/2/problems/credits-depleted"}]}"#,
            ),
            (
                Limit::Month,
                r#"{"errors":null,"type":"https://api.x.test/2/problems/usage-capped"}"#,
            ),
            (
                Limit::Credits,
                r#"{"type":7,"errors":["x",{"type":null},{"type":"x/credits"}]}"#,
            ),
        ];
        for (limit, body) in cases {
            assert_eq!(
                check(&answer(429, &[], body), NOW),
                Err(closed(limit)),
                "{body}"
            );
        }
        let waiting = [
            r#"{"type":"https://api.x.test/usage-capped/other"}"#,
            r#"{"type":7}"#,
            r#"{"detail":"usage-capped"}"#,
        ];
        for body in waiting {
            let refused = check(&answer(429, &[], body), NOW);
            assert!(matches!(refused, Err(Error::Waiting { .. })), "{body}");
        }
    }
}
