//! What the two cookies hold, and for how long.

use http::HeaderMap;
use lemon_wire::Me;
use serde::{Deserialize, Serialize};

use crate::{
    cookie,
    error::Error,
    pkce::{self, Verifier},
    seal::{self, Key, NONCE, Purpose},
};

/// How long a person may stay on X's page. Longer than reading it takes, and
/// short enough that a verifier left behind is soon worth nothing.
pub const SIGN_IN_SECONDS: i64 = 10 * 60;

/// Longest session, whatever X says a token lives for (two hours, as of 2026).
pub const MAX_SESSION_SECONDS: i64 = 24 * 60 * 60;

/// Longest name kept, in characters: X's own limit.
const MAX_NAME: usize = 50;
/// Longest avatar address kept, in bytes; X's are about 90. A longer one is
/// dropped so that the session fits a cookie.
const MAX_AVATAR: usize = 300;
/// Longest access token, in bytes; X's are about 100. With the other limits
/// the sealed session stays under [`seal::MAX_SEALED`].
pub const MAX_TOKEN: usize = 1024;

/// What is remembered while the person is at X.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub state: String,
    pub verifier: Verifier,
}

/// A signed-in person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub me: Me,
    /// X's access token.
    pub token: String,
}

impl SignIn {
    /// `state` and `verifier` must be random.
    #[must_use]
    pub fn new(state: [u8; 16], verifier: [u8; 32]) -> Self {
        Self {
            state: pkce::state(state),
            verifier: Verifier::new(verifier),
        }
    }

    /// The cookie's value.
    ///
    /// # Errors
    /// Those of [`seal::seal`].
    pub fn seal(&self, key: &Key, nonce: [u8; NONCE], now: i64) -> Result<String, Error> {
        seal::seal(key, Purpose::SignIn, nonce, now + SIGN_IN_SECONDS, self)
    }

    /// The sign-in that the request's cookie holds.
    ///
    /// # Errors
    /// [`Error::SignInExpired`] without one that opens.
    pub fn of(headers: &HeaderMap, key: &Key, now: i64) -> Result<Self, Error> {
        cookie::values(headers, cookie::SIGN_IN)
            .find_map(|sealed| seal::open(key, Purpose::SignIn, now, sealed))
            .ok_or(Error::SignInExpired)
    }
}

impl Session {
    /// Shortens what X does not limit, so that the session fits a cookie.
    #[must_use]
    pub fn new(me: Me, token: String) -> Self {
        let me = Me {
            name: me.name.chars().take(MAX_NAME).collect(),
            avatar: me.avatar.filter(|avatar| avatar.len() <= MAX_AVATAR),
            ..me
        };
        Self { me, token }
    }

    /// Seconds that the session of a token lasts that lives for `expires_in`.
    #[must_use]
    pub fn seconds(expires_in: i64) -> i64 {
        expires_in.clamp(0, MAX_SESSION_SECONDS)
    }

    /// The cookie's value, for `seconds` from `now`.
    ///
    /// # Errors
    /// Those of [`seal::seal`].
    pub fn seal(
        &self,
        key: &Key,
        nonce: [u8; NONCE],
        now: i64,
        seconds: i64,
    ) -> Result<String, Error> {
        seal::seal(key, Purpose::Session, nonce, now + seconds, self)
    }

    /// The session that the request's cookie holds.
    ///
    /// # Errors
    /// [`Error::SignedOut`] without one that opens.
    pub fn of(headers: &HeaderMap, key: &Key, now: i64) -> Result<Self, Error> {
        cookie::values(headers, cookie::SESSION)
            .find_map(|sealed| seal::open(key, Purpose::Session, now, sealed))
            .ok_or(Error::SignedOut)
    }
}

#[cfg(test)]
mod tests {
    use http::header;
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn key() -> Key {
        Key::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap()
    }

    fn cookies(name: &str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, format!("{name}={value}").parse().unwrap())])
    }

    proptest! {
        /// The limits of the parts keep the whole under the limit of a cookie,
        /// whatever JSON has to escape in it.
        #[test]
        fn every_session_fits_a_cookie(
            name in "[\\x00-\\x1f\"🍋]{0,80}",
            handle in "[a-z]{50}",
            avatar in "[a-z]{0,400}",
            token in "[a-zA-Z0-9_-]{1024}",
        ) {
            let me = Me {
                id: "1".repeat(20), handle, name, avatar: Some(avatar),
                protected: false, posts: Some(u32::MAX),
            };
            let session = Session::new(me, token);
            let sealed = session.seal(&key(), [3; NONCE], NOW, 7200).unwrap();
            let headers = cookies(cookie::SESSION, &sealed);
            prop_assert!(Session::of(&headers, &key(), NOW + 7199) == Ok(session));
            prop_assert!(Session::of(&headers, &key(), NOW + 7200).is_err());
        }
    }

    #[test]
    fn a_sign_in_lasts_ten_minutes_and_is_no_session() {
        let sign_in = SignIn::new([1; 16], [2; 32]);
        let sealed = sign_in.seal(&key(), [3; NONCE], NOW).unwrap();
        let headers = cookies(cookie::SIGN_IN, &sealed);
        assert_eq!(
            SignIn::of(&headers, &key(), NOW + SIGN_IN_SECONDS - 1),
            Ok(sign_in)
        );
        let late = SignIn::of(&headers, &key(), NOW + SIGN_IN_SECONDS);
        assert_eq!(late, Err(Error::SignInExpired));

        let moved = cookies(cookie::SESSION, &sealed);
        assert!(Session::of(&moved, &key(), NOW).is_err());
    }

    #[test]
    fn a_session_never_outlives_its_limit() {
        assert_eq!(Session::seconds(7200), 7200);
        assert_eq!(Session::seconds(i64::MAX), MAX_SESSION_SECONDS);
        assert_eq!(Session::seconds(-1), 0);
    }
}
