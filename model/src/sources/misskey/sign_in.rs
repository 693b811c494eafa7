//! Proving at a server of Misskey's kind who one is: `MiAuth`, by which no permission is asked
//! for, and why such servers refuse.

use form_urlencoded::Serializer;
use lemon_given::lenient::{Maybe, Object};
use serde::Deserialize;

use super::super::exchange::Refusal;
use super::super::given::{Unreadable, answer};
use super::super::server::Server;
use super::super::who::Who;
use super::MAX_ID;
use crate::bots::Account;
use crate::feed::Source;

/// Where a person says that it is them, to a page called `name`, and comes back from to
/// `callback` with `session` in its query.
#[must_use]
pub fn address(server: &Server, session: &str, name: &str, callback: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("name", name)
        .append_pair("callback", callback)
        .append_pair("permission", "")
        .finish();
    format!("{}/miauth/{session}?{query}", server.base())
}

/// Where the server says, once, who it was.
#[must_use]
pub fn check(server: &Server, session: &str) -> String {
    format!("{}/api/miauth/{session}/check", server.base())
}

/// Whether who comes back with `query` left as `session`.
#[must_use]
pub fn is_of(query: &str, session: &str) -> bool {
    let mut pairs = form_urlencoded::parse(query.trim_start_matches('?').as_bytes());
    pairs.any(|(name, value)| name == "session" && value == session)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Checked {
    ok: Maybe<bool>,
    user: Maybe<Object<User>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct User {
    id: Maybe<String>,
    username: Maybe<String>,
    name: Maybe<String>,
    notes_count: Maybe<u32>,
}

/// Who it was; none if they did not say yes, or it was asked before.
///
/// # Errors
/// [`Unreadable`] for what no such server says.
pub fn account(body: &[u8], server: &Server) -> Result<Option<Account>, Unreadable> {
    let Checked { ok, user } = answer(body)?;
    if !ok.0.ok_or(Unreadable)? {
        return Ok(None);
    }
    let Object(user) = user.0.ok_or(Unreadable)?;
    let who = Who {
        id: user.id,
        username: user.username,
        name: user.name,
        posts: user.notes_count,
    };
    who.account(Source::Misskey, server, MAX_ID).map(Some)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    error: Maybe<Object<Error>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Error {
    code: Maybe<String>,
    info: Maybe<Object<Info>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Info {
    reset_ms: Maybe<String>,
}

/// Milliseconds that are a time and no duration: of the year 2001 and later.
const TIMES: i64 = 1_000_000_000_000;

/// Why a server gave no posts, by the answer's status and body, at the time `now`.
#[must_use]
pub fn refusal(status: u16, body: &[u8], now: i64) -> Refusal {
    let problem = answer::<Problem>(body).ok();
    let error = problem.and_then(|problem| problem.error.0);
    let Object(error) = error.unwrap_or(Object(Error::default()));
    match error.code.0.as_deref() {
        Some("NO_SUCH_USER" | "USER_SUSPENDED") => return Refusal::NoAccount,
        Some("CREDENTIAL_REQUIRED" | "AUTHENTICATION_REQUIRED" | "PERMISSION_DENIED") => {
            return Refusal::Hidden;
        }
        _ => {}
    }
    match status {
        401 | 403 => Refusal::Hidden,
        429 => {
            let reset = error.info.0.and_then(|Object(info)| info.reset_ms.0);
            let milliseconds = reset.and_then(|reset| reset.parse::<i64>().ok());
            // Misskey says until when, Sharkey for how long.
            let until = milliseconds.map(|reset| {
                let seconds = reset.saturating_add(999) / 1000;
                if reset < TIMES {
                    now.saturating_add(seconds)
                } else {
                    seconds
                }
            });
            Refusal::Wait { until }
        }
        _ => Refusal::Failing,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::feed::Feed;
    use crate::sources::exchange::session;

    const NOW: i64 = 1_800_000_000;

    fn server() -> Server {
        Server::at("m.example").unwrap()
    }

    #[test]
    fn nothing_is_asked_for_but_who_one_is() {
        assert_eq!(
            address(&server(), "s", "Lemon Toolbox", "https://l.example/back"),
            "https://m.example/miauth/s?name=Lemon+Toolbox&callback=https%3A%2F%2Fl.example%2Fback&permission="
        );
        assert_eq!(
            check(&server(), "s"),
            "https://m.example/api/miauth/s/check"
        );
        for (query, expected) in [
            ("?session=s", true),
            ("a=1&session=s", true),
            ("?session=t", false),
            ("?sessions=s", false),
            ("", false),
        ] {
            assert_eq!(is_of(query, "s"), expected, "{query}");
        }
        assert_eq!(session([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(session([255; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn who_it_was_is_told_once() {
        let user = json!({ "id": "9abc", "username": "lemon", "name": "레몬", "host": null, "notesCount": 321 });
        let read = |answer: &Value| account(answer.to_string().as_bytes(), &server());
        let found = read(&json!({ "ok": true, "token": "secret", "user": user }));
        let found = found.unwrap().unwrap();
        assert_eq!(found.feed, Feed::new(Source::Misskey, "m.example/9abc"));
        assert_eq!(
            (found.name.as_str(), found.handle.as_str()),
            ("레몬", "lemon@m.example")
        );
        assert_eq!(found.posts, Some(321));
        assert_eq!(read(&json!({ "ok": false })), Ok(None));
        let with = |field: &str, value: Value| {
            let mut user = user.clone();
            user[field] = value;
            read(&json!({ "ok": true, "user": user }))
        };
        assert_eq!(with("name", json!(null)).unwrap().unwrap().name, "");
        assert_eq!(with("notesCount", json!(-1)).unwrap().unwrap().posts, None);
        for (field, value) in [
            ("id", json!(null)),
            ("id", json!("")),
            ("id", json!("a/b")),
            ("id", json!("a".repeat(65))),
            ("username", json!("")),
            ("username", json!(["lemon"])),
        ] {
            assert_eq!(
                with(field, value.clone()),
                Err(Unreadable),
                "{field} {value}"
            );
        }
        for odd in [
            json!({}),
            json!({ "ok": true }),
            json!([]),
            json!({ "ok": "perhaps" }),
        ] {
            assert_eq!(read(&odd), Err(Unreadable), "{odd}");
        }
    }

    #[test]
    fn refusals_are_told_apart() {
        let of = |code: &str| json!({ "error": { "code": code } }).to_string();
        let limited = |reset: Value| {
            json!({ "error": { "code": "RATE_LIMIT_EXCEEDED", "info": { "resetMs": reset } } })
                .to_string()
        };
        let wait = |until| Refusal::Wait { until };
        for (status, body, expected) in [
            (404, of("NO_SUCH_USER"), Refusal::NoAccount),
            (400, of("NO_SUCH_USER"), Refusal::NoAccount),
            (401, of("CREDENTIAL_REQUIRED"), Refusal::Hidden),
            (403, of("PERMISSION_DENIED"), Refusal::Hidden),
            (403, "<html>".to_owned(), Refusal::Hidden),
            (
                429,
                limited(json!(1_800_000_000_001_i64)),
                wait(Some(1_800_000_001)),
            ),
            (429, limited(json!(1_500)), wait(Some(NOW + 2))),
            (429, limited(json!(null)), wait(None)),
            (429, "<html>".to_owned(), wait(None)),
            (400, of("INVALID_PARAM"), Refusal::Failing),
            (404, of("UNKNOWN_API_ENDPOINT"), Refusal::Failing),
            (502, "<html>".to_owned(), Refusal::Failing),
            (500, r#"{"error":7}"#.to_owned(), Refusal::Failing),
        ] {
            assert_eq!(
                refusal(status, body.as_bytes(), NOW),
                expected,
                "{status} {body}"
            );
        }
    }

    proptest! {
        #[test]
        fn sessions_are_uuids_and_differ(a: [u8; 16], b: [u8; 16]) {
            let name = session(a);
            let lengths: Vec<usize> = name.split('-').map(str::len).collect();
            prop_assert_eq!(lengths, [8, 4, 4, 4, 12]);
            prop_assert!(name.as_bytes()[14] == b'4' && b"89ab".contains(&name.as_bytes()[19]));
            let differ = |at: usize| match at { 6 => a[6] & 15 != b[6] & 15, 8 => a[8] & 63 != b[8] & 63, _ => a[at] != b[at] };
            prop_assert_eq!(name != session(b), (0..16).any(differ));
        }
    }
}
