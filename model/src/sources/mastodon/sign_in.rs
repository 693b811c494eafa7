//! Proving at a server of Mastodon's kind who one is: a registration, OAuth with PKCE, and as
//! little as can be asked for; and why such servers refuse.

use form_urlencoded::Serializer;
use lemon_given::lenient::Maybe;
use lemon_given::time::Time;
use serde::Deserialize;

use super::super::exchange::{Client, Refusal};
use super::super::given::{Unreadable, answer};
use super::super::oauth::{challenge, denied, kept, value};
use super::super::server::Server;
use super::super::software::Software;
use super::super::who::Who;
use super::MAX_ID;
use crate::bots::Account;
use crate::feed::Source;

/// Who one is, and nothing more; since 4.3.
const PROFILE: &str = "profile";
/// The least that there was before: whole accounts.
const ACCOUNTS: &str = "read:accounts";
/// To read what is shown to nobody who is not signed in.
const STATUSES: &str = "read:accounts read:statuses";

/// What servers differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    has_profile: bool,
    /// It shows posts to nobody who is not signed in.
    pub is_keyed: bool,
}

impl Ways {
    #[must_use]
    pub fn of(software: &Software) -> Self {
        // Its forks count as it does: 4.3.1+glitch.
        let mut parts = software.version.split(|c: char| !c.is_ascii_digit());
        let mut number = || parts.next().and_then(|part| part.parse::<u32>().ok());
        let version = (number().unwrap_or_default(), number().unwrap_or_default());
        Self {
            has_profile: software.name == "mastodon" && version >= (4, 3),
            is_keyed: matches!(software.name.as_str(), "hollo" | "gotosocial"),
        }
    }

    /// What may be asked for, which is said once and before.
    fn registered(self) -> &'static str {
        if self.has_profile {
            "profile read:accounts read:statuses"
        } else {
            STATUSES
        }
    }

    /// What is asked for.
    #[must_use]
    pub fn scope(self, is_wide: bool) -> &'static str {
        match (is_wide || self.is_keyed, self.has_profile) {
            (true, _) => STATUSES,
            (false, true) => PROFILE,
            (false, false) => ACCOUNTS,
        }
    }
}

/// What `POST /api/v1/apps` is sent, as a form.
#[must_use]
pub fn registration(ways: Ways, name: &str, callback: &str, website: &str) -> String {
    Serializer::new(String::new())
        .append_pair("client_name", name)
        .append_pair("redirect_uris", callback)
        .append_pair("scopes", ways.registered())
        .append_pair("website", website)
        .finish()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Registered {
    client_id: Maybe<String>,
    client_secret: Maybe<String>,
}

/// What the page is known as from then on.
///
/// # Errors
/// [`Unreadable`] for what is no registration.
pub fn client(body: &[u8], server: &Server) -> Result<Client, Unreadable> {
    let registered: Registered = answer(body)?;
    Ok(Client {
        server: server.to_string(),
        id: kept(registered.client_id)?,
        secret: kept(registered.client_secret)?,
    })
}

/// Where a person says that it is them, and comes back from to `callback`.
#[must_use]
pub fn address(
    server: &Server,
    client: &Client,
    scope: &str,
    state: &str,
    verifier: &str,
    callback: &str,
) -> String {
    let query = Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", &client.id)
        .append_pair("redirect_uri", callback)
        .append_pair("scope", scope)
        .append_pair("state", state)
        .append_pair("code_challenge", &challenge(verifier))
        .append_pair("code_challenge_method", "S256")
        .finish();
    format!("{}/oauth/authorize?{query}", server.base())
}

/// The code in the query with which somebody comes back who left with `state`.
///
/// # Errors
/// [`Refusal::Declined`] if they said no, [`Refusal::NotProven`] if it failed otherwise,
/// [`Refusal::Elsewhere`] if it is not who left.
pub fn code(query: &str, state: &str) -> Result<String, Refusal> {
    let value = |name| value(query, name);
    let came = value("state");
    // Hollo says no without it.
    if came.as_deref().is_some_and(|came| came != state) {
        return Err(Refusal::Elsewhere);
    }
    if let Some(error) = value("error") {
        return Err(denied(&error));
    }
    let code = value("code").filter(|_| came.is_some());
    kept(Maybe(code)).map_err(|_| Refusal::Elsewhere)
}

/// What `POST /oauth/token` is sent, as a form.
#[must_use]
pub fn exchange(client: &Client, code: &str, verifier: &str, callback: &str) -> String {
    Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("client_id", &client.id)
        .append_pair("client_secret", &client.secret)
        .append_pair("redirect_uri", callback)
        .append_pair("code_verifier", verifier)
        .finish()
}

/// What `POST /oauth/revoke` is sent, as a form.
#[must_use]
pub fn revocation(client: &Client, token: &str) -> String {
    Serializer::new(String::new())
        .append_pair("client_id", &client.id)
        .append_pair("client_secret", &client.secret)
        .append_pair("token", token)
        .finish()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Granted {
    access_token: Maybe<String>,
}

/// The token.
///
/// # Errors
/// [`Unreadable`] for what is none, or could not be sent back as it is.
pub fn token(body: &[u8]) -> Result<String, Unreadable> {
    let granted: Granted = answer(body)?;
    let token = kept(granted.access_token)?;
    let is_sound = token.bytes().all(|c| c.is_ascii_graphic());
    is_sound.then_some(token).ok_or(Unreadable)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Credentials {
    id: Maybe<String>,
    username: Maybe<String>,
    display_name: Maybe<String>,
    statuses_count: Maybe<u32>,
}

/// Whose the token is, by the answer of `GET /api/v1/accounts/verify_credentials`.
///
/// # Errors
/// [`Unreadable`] for what is no account.
pub fn account(body: &[u8], server: &Server, is_keyed: bool) -> Result<Account, Unreadable> {
    let who: Credentials = answer(body)?;
    let who = Who {
        id: who.id,
        username: who.username,
        name: who.display_name,
        posts: who.statuses_count,
    };
    let account = who.account(Source::Mastodon, server, MAX_ID)?;
    Ok(Account {
        is_keyed,
        ..account
    })
}

/// Why a server gave no posts, by the answer's status and what it says in `X-RateLimit-Reset`.
#[must_use]
pub fn refusal(status: u16, reset: Option<&str>) -> Refusal {
    match status {
        401 | 403 => Refusal::Hidden,
        404 | 410 => Refusal::NoAccount,
        429 => Refusal::Wait {
            until: reset.and_then(|reset| Time::parse(reset).map(|Time(at)| at)),
        },
        _ => Refusal::Failing,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::feed::Feed;

    fn server() -> Server {
        Server::at("m.example").unwrap()
    }

    fn app() -> Client {
        let body = json!({ "client_id": "i&d", "client_secret": "s", "redirect_uri": "x" });
        client(body.to_string().as_bytes(), &server()).unwrap()
    }

    fn software(name: &str, version: &str) -> Software {
        Software {
            name: name.into(),
            version: version.into(),
        }
    }

    #[test]
    fn as_little_is_asked_for_as_can_be() {
        for (name, version, narrow, wide) in [
            ("mastodon", "4.3.0", PROFILE, STATUSES),
            ("mastodon", "4.10.1+glitch", PROFILE, STATUSES),
            ("mastodon", "5.0.0", PROFILE, STATUSES),
            ("mastodon", "4.2.19", ACCOUNTS, STATUSES),
            ("mastodon", "", ACCOUNTS, STATUSES),
            ("pleroma", "2.9.1", ACCOUNTS, STATUSES),
            ("hollo", "0.6.0", STATUSES, STATUSES),
            ("gotosocial", "0.20.0", STATUSES, STATUSES),
        ] {
            let ways = Ways::of(&software(name, version));
            assert_eq!(
                (ways.scope(false), ways.scope(true)),
                (narrow, wide),
                "{name} {version}"
            );
            let asked = registration(ways, "Lemon", "https://l.example/back", "https://l.example");
            let scopes =
                form_urlencoded::parse(asked.as_bytes()).find(|(name, _)| name == "scopes");
            let (_, scopes) = scopes.unwrap();
            // Only what was registered may be asked for.
            for scope in narrow.split(' ').chain(wide.split(' ')) {
                assert!(
                    scopes.split(' ').any(|registered| registered == scope),
                    "{scopes}"
                );
            }
        }
    }

    #[test]
    fn an_attempt_is_of_who_left() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let address = address(
            &server(),
            &app(),
            PROFILE,
            "state",
            verifier,
            "https://l.example/back",
        );
        assert!(
            address.starts_with(
                "https://m.example/oauth/authorize?response_type=code&client_id=i%26d&"
            )
        );
        let challenge = challenge(verifier);
        assert!(address.ends_with(&format!(
            "&code_challenge={challenge}&code_challenge_method=S256"
        )));
        assert!(!address.contains(verifier));
        for (query, expected) in [
            ("?code=c&state=state", Ok("c".to_owned())),
            ("?code=c&state=other", Err(Refusal::Elsewhere)),
            ("?code=c", Err(Refusal::Elsewhere)),
            ("?state=state", Err(Refusal::Elsewhere)),
            ("", Err(Refusal::Elsewhere)),
            ("?error=access_denied&state=state", Err(Refusal::Declined)),
            ("?error=access_denied", Err(Refusal::Declined)),
            ("?error=server_error&state=state", Err(Refusal::NotProven)),
            ("?error=access_denied&state=other", Err(Refusal::Elsewhere)),
        ] {
            assert_eq!(code(query, "state"), expected, "{query}");
        }
    }

    #[test]
    fn whose_a_token_is_is_read() {
        let read = |body: &Value| account(body.to_string().as_bytes(), &server(), false);
        let who =
            json!({ "id": 5, "username": "lemon", "display_name": "레몬", "statuses_count": 12 });
        let found = read(&who).unwrap();
        assert_eq!(found.feed, Feed::new(Source::Mastodon, "m.example/5"));
        assert_eq!(
            (found.name.as_str(), found.handle.as_str()),
            ("레몬", "lemon@m.example")
        );
        assert_eq!(found.posts, Some(12));
        for (field, value) in [
            ("id", json!(null)),
            ("id", json!("a/b")),
            ("id", json!("a".repeat(129))),
            ("username", json!("")),
        ] {
            let mut odd = who.clone();
            odd[field] = value;
            assert_eq!(read(&odd), Err(Unreadable), "{odd}");
        }
        assert_eq!(token(br#"{"access_token":"t"}"#), Ok("t".into()));
        for body in [
            "{}",
            "[]",
            "<html>",
            r#"{"access_token":""}"#,
            r#"{"access_token":"a b"}"#,
        ] {
            assert_eq!(token(body.as_bytes()), Err(Unreadable), "{body}");
            assert!(client(body.as_bytes(), &server()).is_err());
        }
    }

    #[test]
    fn refusals_are_told_apart() {
        let wait = |until| Refusal::Wait { until };
        for (status, reset, expected) in [
            (401, None, Refusal::Hidden),
            (403, None, Refusal::Hidden),
            (404, None, Refusal::NoAccount),
            (410, None, Refusal::NoAccount),
            (
                429,
                Some("2026-05-02T01:02:03.000000Z"),
                wait(Some(1_777_683_723)),
            ),
            (429, Some("soon"), wait(None)),
            (429, None, wait(None)),
            (422, None, Refusal::Failing),
            (503, None, Refusal::Failing),
        ] {
            assert_eq!(refusal(status, reset), expected, "{status} {reset:?}");
        }
    }
}
