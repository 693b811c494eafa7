//! What the cookie of a signed-in person holds, and for how long.

use http::HeaderMap;
use lemon_wire::Me;
use serde::{Deserialize, Serialize};

use crate::{
    budget::Person,
    cookie,
    error::Error,
    seal::{self, Key, NONCE, Purpose},
};

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

/// A signed-in person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub me: Me,
    /// X's access token.
    pub token: String,
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

    /// Stands for this session of a person.
    #[must_use]
    pub fn number(&self, key: &Key) -> Person {
        Person::of(&format!("session {}", self.token), key)
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
        Self::until(headers, key, now).map(|(_, session)| session)
    }

    /// The session that the request's cookie holds, and when it ends.
    ///
    /// # Errors
    /// [`Error::SignedOut`] without one that opens.
    pub fn until(headers: &HeaderMap, key: &Key, now: i64) -> Result<(i64, Self), Error> {
        cookie::values(headers, cookie::SESSION)
            .filter_map(|sealed| seal::open_whenever(key, Purpose::Session, sealed))
            .find(|(ends, _)| now < *ends)
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
            let kept = Session::until(&headers, &key(), NOW + 7199);
            prop_assert!(kept == Ok((NOW + 7200, session)));
            prop_assert!(Session::of(&headers, &key(), NOW + 7200).is_err());
        }
    }

    #[test]
    fn a_session_never_outlives_its_limit() {
        assert_eq!(Session::seconds(7200), 7200);
        assert_eq!(Session::seconds(i64::MAX), MAX_SESSION_SECONDS);
        assert_eq!(Session::seconds(-1), 0);
    }
}
