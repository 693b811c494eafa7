//! What the operator configures. All of X's addresses are here, so that the
//! same Worker runs against a stand-in.

use lemon_wire::{Bluesky, MAX_POSTS};

use crate::{error::Error, seal::Key};

/// What signing in and reading posts need.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where people are sent to sign in.
    pub authorize_url: String,
    /// Where X's API is, without a slash at the end.
    pub api_url: String,
    pub client_id: String,
    /// Only a confidential client has one.
    pub client_secret: Option<String>,
    pub session_key: Key,
    /// Most posts that are read of a person, and how many if they do not say.
    pub person_posts: u32,
    pub default_posts: u32,
}

impl Config {
    /// Reads the configuration; `get` returns the value of a variable or secret.
    ///
    /// # Errors
    /// [`Error::Config`] names what is missing or malformed.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let value = |name| get(name).filter(|value| !value.is_empty());
        let posts = |name, otherwise, malformed| match value(name) {
            Some(value) => value.parse().map_err(|_| Error::Config(malformed)),
            None => Ok(otherwise),
        };
        let person_posts = posts("PERSON_POSTS", MAX_POSTS, "PERSON_POSTS is not a number")?;
        let session_key = value("SESSION_KEY").ok_or(Error::Config("SESSION_KEY is missing"))?;
        Ok(Self {
            authorize_url: value("X_AUTHORIZE_URL")
                .ok_or(Error::Config("X_AUTHORIZE_URL is missing"))?,
            api_url: value("X_API_URL")
                .ok_or(Error::Config("X_API_URL is missing"))?
                .trim_end_matches('/')
                .to_owned(),
            client_id: value("X_CLIENT_ID").ok_or(Error::Config("X_CLIENT_ID is missing"))?,
            client_secret: value("X_CLIENT_SECRET"),
            person_posts,
            default_posts: posts(
                "DEFAULT_POSTS",
                person_posts,
                "DEFAULT_POSTS is not a number",
            )?,
            session_key: Key::parse(&session_key)
                .ok_or(Error::Config("SESSION_KEY is not 32 bytes of base64url"))?,
        })
    }
}

/// Where Bluesky is, if not where everybody knows: three origins in `BLUESKY`. What is not
/// three of them is none.
#[must_use]
pub fn bluesky(get: impl Fn(&str) -> Option<String>) -> Option<Bluesky> {
    let value = get("BLUESKY")?;
    let origins: Vec<&str> = value.split_ascii_whitespace().collect();
    let [entryway, api, plc] = origins.try_into().ok()?;
    let origin = |origin: &str| origin.trim_end_matches('/').to_owned();
    Some(Bluesky {
        entryway: origin(entryway),
        api: origin(api),
        plc: origin(plc),
    })
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::BTreeSet};

    use super::*;
    use crate::budget::Rules;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn read(vars: &[(&str, &str)]) -> Result<Config, Error> {
        Config::read(|name| {
            let found = vars.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_is_missing_or_malformed_is_named() {
        let full = [
            ("X_AUTHORIZE_URL", "https://x.test/authorize"),
            ("X_API_URL", "https://api.x.test/"),
            ("X_CLIENT_ID", "lemon"),
            ("SESSION_KEY", KEY),
        ];
        let config = read(&full).unwrap();
        assert_eq!(config.api_url, "https://api.x.test");
        assert_eq!(config.client_secret, None);

        for (index, (name, _)) in full.iter().enumerate() {
            let mut without = full;
            without[index].1 = "";
            let Err(Error::Config(told)) = read(&without) else {
                panic!("{name} may be empty");
            };
            assert!(told.starts_with(name), "{told}");
        }
        let mut short = full;
        short[3].1 = "AAEC";
        assert!(matches!(read(&short), Err(Error::Config(told)) if told.contains("32 bytes")));
    }

    /// A name that is written otherwise would be read as empty, and nobody told.
    #[test]
    fn what_is_read_is_what_can_be_set() {
        let asked = RefCell::new(BTreeSet::new());
        let get = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            // So that all are asked for.
            Some(if name == "SESSION_KEY" { KEY } else { "7" }.to_owned())
        };
        assert!(Config::read(get).is_ok());
        // Neither `open` nor `closed`: it is asked for before that is seen.
        let _ = Rules::read(get);
        let _ = Rules::read(|name| get(name).filter(|_| name != "SIGN_UPS"));
        let _ = bluesky(get);
        let secrets = ["SESSION_KEY", "X_CLIENT_SECRET"].map(str::to_owned);
        let toml = include_str!("../wrangler.toml");
        let (_, vars) = toml.split_once("[vars]").unwrap();
        let names = vars.lines().filter_map(|line| line.split_once(" = "));
        let names = names.filter(|(name, _)| !name.starts_with('#'));
        let all = names.map(|(name, _)| name.to_owned()).chain(secrets);
        assert_eq!(asked.into_inner(), all.collect());
    }

    /// Whoever is stopped by the one would be stopped by the other.
    #[test]
    fn one_person_may_ask_as_often_at_the_edge_as_in_an_isolate() {
        let toml = include_str!("../wrangler.toml");
        let (_, people) = toml.split_once("name = \"PEOPLE\"").unwrap();
        let limit = format!("limit = {}, period = 60", crate::pace::MOST);
        assert!(people.contains("limit = "));
        assert_eq!(people.find(&limit), people.find("limit = "));
    }

    #[test]
    fn bluesky_is_elsewhere_if_all_of_it_is() {
        let read = |value: &str| bluesky(|name| (name == "BLUESKY").then(|| value.to_owned()));
        assert_eq!(read(""), None);
        assert_eq!(read("https://a.test https://b.test"), None);
        assert_eq!(bluesky(|_| None), None);
        let elsewhere = read("https://a.test/ https://b.test  https://c.test").unwrap();
        assert_eq!(elsewhere.entryway, "https://a.test");
        assert_eq!(elsewhere.api, "https://b.test");
        assert_eq!(elsewhere.plc, "https://c.test");
    }
}
