//! What runs at a server, which it says by `NodeInfo`.

use lemon_given::lenient::{List, Maybe, Object};
use serde::Deserialize;

use super::given::{Unreadable, answer};
use super::server::Server;
use crate::feed::Source;

/// Where a server says where it says it.
pub const PATH: &str = "/.well-known/nodeinfo";

/// Where the versions of `NodeInfo` are, of which one says what runs there. What is older has no
/// word for it.
const SCHEMAS: [&str; 2] = [
    "http://nodeinfo.diaspora.software/ns/schema/2.1",
    "http://nodeinfo.diaspora.software/ns/schema/2.0",
];

/// What speaks as Misskey does.
const MISSKEY: [&str; 9] = [
    "misskey",
    "sharkey",
    "cherrypick",
    "firefish",
    "calckey",
    "iceshrimp",
    "catodon",
    "foundkey",
    "magnetar",
];

/// What speaks as Mastodon does.
const MASTODON: [&str; 8] = [
    "mastodon",
    "hometown",
    "fedibird",
    "kmyblue",
    "hollo",
    "gotosocial",
    "pleroma",
    "akkoma",
];

#[derive(Deserialize)]
struct Links {
    links: List<Object<Link>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Link {
    rel: Maybe<String>,
    href: Maybe<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    software: Maybe<Object<Named>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    name: Maybe<String>,
    version: Maybe<String>,
}

/// What runs at a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Software {
    /// In small letters.
    pub name: String,
    pub version: String,
}

impl Software {
    /// The source that it is; none if it is none of ours.
    #[must_use]
    pub fn source(&self) -> Option<Source> {
        let is_among = |names: &[&str]| names.contains(&self.name.as_str());
        if is_among(&MISSKEY) {
            Some(Source::Misskey)
        } else if is_among(&MASTODON) {
            Some(Source::Mastodon)
        } else {
            None
        }
    }
}

/// The address at which a server says what runs there, and the server that it is of: people may
/// know it by another name, which only leads there. None if there is no such address.
///
/// # Errors
/// [`Unreadable`] for what no server says at [`PATH`].
pub fn link(body: &[u8]) -> Result<Option<(String, Server)>, Unreadable> {
    let Links { links } = answer(body)?;
    let of = |schema: &&str| {
        let mut links = links.0.iter().map(|Object(link)| link);
        let link = links.find(|link| link.rel.0.as_deref() == Some(schema))?;
        let href = link.href.0.clone()?;
        let server = Server::named(&href)?;
        // The rest of it is a path there.
        let is_there = href.strip_prefix(&server.base())?.starts_with('/');
        is_there.then_some((href, server))
    };
    Ok(SCHEMAS.iter().find_map(of))
}

/// What runs there.
///
/// # Errors
/// [`Unreadable`] for what is no `NodeInfo`.
pub fn software(body: &[u8]) -> Result<Software, Unreadable> {
    let Said { software } = answer(body)?;
    let Object(named) = software.0.ok_or(Unreadable)?;
    Ok(Software {
        name: named.name.0.ok_or(Unreadable)?.to_ascii_lowercase(),
        version: named.version.0.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_runs_there_is_found() {
        let links = json!({ "links": [
            { "rel": "http://nodeinfo.diaspora.software/ns/schema/1.0", "href": "https://a.example/1" },
            7,
            { "rel": SCHEMAS[1], "href": "https://b.example/nodeinfo/2.0" },
            { "rel": SCHEMAS[0], "href": "https://b.example/nodeinfo/2.1" },
        ]});
        let found = link(links.to_string().as_bytes()).unwrap().unwrap();
        assert_eq!(found.0, "https://b.example/nodeinfo/2.1");
        assert_eq!(found.1.host(), "b.example");
        for href in [
            "",
            "javascript:alert(1)",
            "http://b.example/a",
            "https://b.example",
        ] {
            let links = json!({ "links": [{ "rel": SCHEMAS[0], "href": href }] });
            assert_eq!(link(links.to_string().as_bytes()), Ok(None), "{href}");
        }
        let here = json!({ "links": [{ "rel": SCHEMAS[1], "href": "http://127.0.0.1:99/n" }] });
        assert!(link(here.to_string().as_bytes()).unwrap().is_some());
        for body in ["", "[]", "{}", "<!doctype html>"] {
            assert_eq!(link(body.as_bytes()), Err(Unreadable), "{body}");
        }
    }

    #[test]
    fn software_is_told_by_its_name() {
        let of = |name: &str| {
            let said = json!({ "software": { "name": name, "version": "4.3.1" } });
            let software = software(said.to_string().as_bytes()).unwrap();
            assert_eq!(software.version, "4.3.1");
            software.source()
        };
        for (name, expected) in [
            ("misskey", Some(Source::Misskey)),
            ("Sharkey", Some(Source::Misskey)),
            ("mastodon", Some(Source::Mastodon)),
            ("GoToSocial", Some(Source::Mastodon)),
            ("peertube", None),
            ("", None),
        ] {
            assert_eq!(of(name), expected, "{name}");
        }
        for body in [
            "{}",
            r#"{"software":{}}"#,
            r#"{"software":"misskey"}"#,
            "<html>",
        ] {
            assert_eq!(software(body.as_bytes()), Err(Unreadable), "{body}");
        }
    }
}
