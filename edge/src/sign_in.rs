//! Signing in: what is remembered of it while the person is at X.
//!
//! Every attempt has a cookie of its own, which is called by its state: two tabs that sign
//! in at once do not know of each other, and neither takes away what the other needs.

use http::{HeaderMap, HeaderValue};
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

/// How long a browser keeps the cookie: whoever comes back late is to be told so, and not
/// that they began somewhere else.
const COOKIE_SECONDS: i64 = 24 * 60 * 60;

/// Most attempts of one browser that are remembered. With more, the oldest is given up:
/// a request has only so much room for cookies.
pub const MAX_PENDING: usize = 5;

/// Most cookies of attempts that are looked at: a browser has no more than [`MAX_PENDING`]
/// and those of tabs that began in the same moment.
const MAX_SEEN: usize = 32;

/// Length of a state, in characters; see [`pkce::state`].
const STATE: usize = 22;

/// An attempt to sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub state: String,
    pub verifier: Verifier,
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

    /// The `Set-Cookie` values that keep it, and that give up the oldest of those that the
    /// request's cookies hold if they are too many.
    ///
    /// # Errors
    /// Those of [`seal::seal`] and [`cookie::keep`].
    pub fn keep(
        &self,
        headers: &HeaderMap,
        key: &Key,
        nonce: [u8; NONCE],
        now: i64,
    ) -> Result<Vec<HeaderValue>, Error> {
        let sealed = self.seal(key, nonce, now)?;
        let mut pending: Vec<(i64, &str)> = cookie::pairs(headers)
            .filter(|(name, _)| is_name(name))
            .take(MAX_SEEN)
            .map(|(name, sealed)| {
                let opened = seal::open_whenever::<Self>(key, Purpose::SignIn, sealed);
                (opened.map_or(0, |(expires, _)| expires), name)
            })
            .collect();
        pending.sort_unstable();
        let too_many = (pending.len() + 1).saturating_sub(MAX_PENDING);
        let given_up = pending[..too_many].iter();
        [cookie::keep(&name(&self.state), &sealed, COOKIE_SECONDS)]
            .into_iter()
            .chain(given_up.map(|(_, name)| cookie::clear(name)))
            .collect()
    }

    /// The one that X answers with `query`, from the request's cookies.
    ///
    /// # Errors
    /// [`Error::StateMismatch`] if the query names none, [`Error::Elsewhere`] if this
    /// browser began none of that name, [`Error::SignInExpired`] if it did too long ago.
    pub fn of(query: &str, headers: &HeaderMap, key: &Key, now: i64) -> Result<Self, Error> {
        let state = state(query).ok_or(Error::StateMismatch)?;
        let (expires, sign_in) = cookie::values(headers, &name(&state))
            .filter_map(|sealed| seal::open_whenever::<Self>(key, Purpose::SignIn, sealed))
            .find(|(_, sign_in)| sign_in.state == state)
            .ok_or(Error::Elsewhere)?;
        if now < expires {
            Ok(sign_in)
        } else {
            Err(Error::SignInExpired)
        }
    }
}

/// The `Set-Cookie` value that forgets what X answers with `query`, if it names an attempt.
#[must_use]
pub fn forget(query: &str) -> Option<HeaderValue> {
    cookie::clear(&name(&state(query)?)).ok()
}

/// What the cookie of the attempt with this `state` is called.
#[must_use]
pub fn name(state: &str) -> String {
    format!("{}-{state}", cookie::SIGN_IN)
}

fn is_name(name: &str) -> bool {
    name.strip_prefix(cookie::SIGN_IN)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(is_state)
}

/// The state in a query, if it may be one of ours.
fn state(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, state) = pairs.find(|(name, _)| name == "state")?;
    is_state(&state).then(|| state.into_owned())
}

fn is_state(text: &str) -> bool {
    text.len() == STATE
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http::header;

    use super::*;
    use crate::session::Session;

    const NOW: i64 = 1_800_000_000;

    fn key() -> Key {
        Key::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap()
    }

    /// A browser's cookies.
    #[derive(Default)]
    struct Jar(BTreeMap<String, String>);

    impl Jar {
        fn headers(&self) -> HeaderMap {
            let pairs = self.0.iter().map(|(name, value)| format!("{name}={value}"));
            let line = pairs.collect::<Vec<_>>().join("; ");
            HeaderMap::from_iter([(header::COOKIE, line.parse().unwrap())])
        }

        fn set(&mut self, lines: &[HeaderValue]) {
            for line in lines {
                let (pair, attributes) = line.to_str().unwrap().split_once("; ").unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                if attributes.ends_with("Max-Age=0") {
                    self.0.remove(name);
                } else {
                    self.0.insert(name.to_owned(), value.to_owned());
                }
            }
        }

        fn begin(&mut self, number: u8, now: i64) -> SignIn {
            let sign_in = SignIn::new([number; 16], [number; 32]);
            let kept = sign_in.keep(&self.headers(), &key(), [number; NONCE], now);
            self.set(&kept.unwrap());
            sign_in
        }

        fn come_back(&self, sign_in: &SignIn, now: i64) -> Result<SignIn, Error> {
            let query = format!("code=c&state={}", sign_in.state);
            SignIn::of(&query, &self.headers(), &key(), now)
        }
    }

    #[test]
    fn two_tabs_sign_in_at_once_and_each_comes_back_to_its_own() {
        let mut jar = Jar::default();
        let before = jar.headers();
        let [one, two] = [1, 2].map(|number| jar.begin(number, NOW));
        assert_eq!(jar.come_back(&one, NOW), Ok(one.clone()));
        jar.set(&[forget(&format!("state={}", one.state)).unwrap()]);
        assert_eq!(jar.come_back(&one, NOW), Err(Error::Elsewhere));
        assert_eq!(jar.come_back(&two, NOW), Ok(two));

        // In the same moment: neither request shows the other's cookie.
        let mut jar = Jar::default();
        for number in [3, 4] {
            let sign_in = SignIn::new([number; 16], [number; 32]);
            jar.set(&sign_in.keep(&before, &key(), [number; NONCE], NOW).unwrap());
        }
        for number in [3, 4] {
            let sign_in = SignIn::new([number; 16], [number; 32]);
            assert_eq!(jar.come_back(&sign_in, NOW), Ok(sign_in));
        }
    }

    #[test]
    fn the_oldest_are_given_up_when_there_are_too_many() {
        let mut jar = Jar::default();
        jar.0.insert(name(&"x".repeat(STATE)), "forged".to_owned());
        jar.0.insert("theirs".to_owned(), "1".to_owned());
        let tabs: Vec<SignIn> = (0..9)
            .map(|number| jar.begin(number, NOW + i64::from(9 - number)))
            .collect();
        let is_kept = |sign_in: &&SignIn| jar.come_back(sign_in, NOW).is_ok();
        let kept: Vec<&SignIn> = tabs.iter().filter(is_kept).collect();
        // Each began earlier than the one before it.
        let expected: Vec<&SignIn> = tabs[..MAX_PENDING - 1].iter().chain(&tabs[8..]).collect();
        assert_eq!(kept, expected);
        assert_eq!(jar.0.len(), MAX_PENDING + 1);
        assert!(jar.0.contains_key("theirs"));

        let many = (0..200).map(|number| (name(&format!("{number:022}")), String::new()));
        let jar = Jar(many.collect());
        let sign_in = SignIn::new([1; 16], [2; 32]);
        let kept = sign_in.keep(&jar.headers(), &key(), [3; NONCE], NOW);
        assert_eq!(kept.unwrap().len(), 1 + MAX_SEEN + 1 - MAX_PENDING);
    }

    #[test]
    fn who_comes_back_late_or_elsewhere_is_told_which() {
        let mut jar = Jar::default();
        let sign_in = jar.begin(1, NOW);
        let end = NOW + 600;
        assert!(jar.come_back(&sign_in, end - 1).is_ok());
        assert_eq!(jar.come_back(&sign_in, end), Err(Error::SignInExpired));
        let kept = sign_in
            .keep(&jar.headers(), &key(), [1; NONCE], NOW)
            .unwrap();
        assert!(kept[0].to_str().unwrap().contains("Max-Age=86400"));
        let another = Jar::default();
        assert_eq!(another.come_back(&sign_in, NOW), Err(Error::Elsewhere));
        let of = |query: &str| SignIn::of(query, &jar.headers(), &key(), NOW);
        for query in ["", "code=c", "state=", "state=a%3Bb", "state=a", "error=x"] {
            assert_eq!(of(query), Err(Error::StateMismatch), "{query}");
            assert_eq!(forget(query), None, "{query}");
        }
    }

    #[test]
    fn a_state_is_what_was_made_as_one() {
        let state = |end: &str| format!("{}{end}", "a".repeat(STATE - 2));
        for (text, is_one) in [
            (state("Z9"), true),
            (state("-_"), true),
            (state("--"), true),
            (state("__"), true),
            (state(".a"), false),
            (state("é"), false),
            (state("a"), false),
            (state("aaa"), false),
        ] {
            assert_eq!(is_state(&text), is_one, "{text}");
        }
    }

    #[test]
    fn a_cookie_counts_for_its_own_attempt_alone() {
        let mut jar = Jar::default();
        let [one, two] = [1, 2].map(|number| jar.begin(number, NOW));
        let moved = jar.0[&name(&one.state)].clone();
        jar.0.insert(name(&two.state), moved.clone());
        assert_eq!(jar.come_back(&two, NOW), Err(Error::Elsewhere));
        jar.0.insert(cookie::SESSION.to_owned(), moved);
        assert!(Session::of(&jar.headers(), &key(), NOW).is_err());
    }
}
