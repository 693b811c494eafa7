//! Where posts come from.

use serde::{Deserialize, Serialize};

use crate::sources::server::Server;

/// A place that gives posts, and the way in which it does. Stored by their order, to which
/// others are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    /// Through its API.
    X,
    /// The archive that X gives.
    XArchive,
    Bluesky,
    Mastodon,
    Misskey,
}

impl Source {
    /// Whether its posts come through the edge, to whoever is signed in there.
    #[must_use]
    pub fn is_by_session(self) -> bool {
        self == Self::X
    }
}

/// An account at a source, of which a bot is fed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Feed {
    pub source: Source,
    /// Its id there. Where a source is many servers, behind the one's name:
    /// `misskey.example/9abc`.
    pub account: String,
}

impl Feed {
    #[must_use]
    pub fn new(source: Source, account: &str) -> Self {
        Self {
            source,
            account: account.into(),
        }
    }

    /// What stands before ids, so that those of different places are not the same. Before those
    /// of X, which were stored when there was no other, nothing does; its API and its archive
    /// speak of the same posts.
    #[must_use]
    pub fn space(&self) -> String {
        match self.source {
            Source::X | Source::XArchive => String::new(),
            Source::Bluesky => "bluesky:".into(),
            Source::Mastodon => format!("mastodon:{}/", self.server()),
            Source::Misskey => format!("misskey:{}/", self.server()),
        }
    }

    /// The server that the account is at, where the source is many.
    #[must_use]
    pub fn server(&self) -> &str {
        let server = self.account.split_once('/').map(|(server, _)| server);
        server.unwrap_or_default()
    }

    /// Whether both give posts of one account, by whichever way.
    #[must_use]
    pub fn is_of_account_of(&self, other: &Self) -> bool {
        self.space() == other.space() && self.author() == other.author()
    }

    /// The account's id as that of an author of its posts.
    #[must_use]
    pub fn author(&self) -> &str {
        match self.source {
            Source::X | Source::XArchive | Source::Bluesky => &self.account,
            Source::Mastodon | Source::Misskey => {
                let id = self.account.split_once('/').map(|(_, id)| id);
                id.unwrap_or_default()
            }
        }
    }
}

/// The place that the post is from whose id, with what stands before it, is this one. X and its
/// archive are one.
#[must_use]
pub fn place(id: &str) -> Source {
    let places = [
        ("bluesky:", Source::Bluesky),
        ("mastodon:", Source::Mastodon),
        ("misskey:", Source::Misskey),
    ];
    let place = places.iter().find(|(space, _)| id.starts_with(space));
    place.map_or(Source::X, |(_, place)| *place)
}

/// The address at which the post is shown whose id, with what stands before it, is this one;
/// none where that is not known.
#[must_use]
pub fn original(id: &str) -> Option<String> {
    let is_plain =
        |id: &str| !id.is_empty() && id.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
    for (place, path) in [("misskey:", "notes"), ("mastodon:", "statuses")] {
        if let Some(rest) = id.strip_prefix(place) {
            let (server, id) = rest.split_once('/')?;
            let server = Server::at(server)?;
            return is_plain(id).then(|| format!("{}/{path}/{id}", server.base()));
        }
    }
    if let Some(address) = id.strip_prefix("bluesky:at://") {
        let (did, rest) = address.split_once('/')?;
        let key = rest.strip_prefix("app.bsky.feed.post/")?;
        let is_did = did.split(':').all(|part| part.split('.').all(is_plain));
        let is_one = is_did && did.starts_with("did:") && is_plain(key);
        return is_one.then(|| format!("https://bsky.app/profile/{did}/post/{key}"));
    }
    is_plain(id).then(|| format!("https://x.com/i/web/status/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn originals_are_where_they_were_posted() {
        for (id, expected) in [
            ("123", Some("https://x.com/i/web/status/123")),
            ("misskey:a.example/9x", Some("https://a.example/notes/9x")),
            (
                "mastodon:a.example/11",
                Some("https://a.example/statuses/11"),
            ),
            ("misskey:a.example/9x/..", None),
            ("misskey:javascript/9x", None),
            ("misskey:9x", None),
            (
                "bluesky:at://did:plc:a2/app.bsky.feed.post/3k",
                Some("https://bsky.app/profile/did:plc:a2/post/3k"),
            ),
            (
                "bluesky:at://did:web:a.example/app.bsky.feed.post/3k",
                Some("https://bsky.app/profile/did:web:a.example/post/3k"),
            ),
            ("bluesky:at://did:plc:a2/app.bsky.feed.repost/3k", None),
            ("bluesky:at://did:plc:a2/app.bsky.feed.post/3k/..", None),
            ("bluesky:at://a.example/app.bsky.feed.post/3k", None),
            ("bluesky:3k", None),
            ("1?a", None),
            ("", None),
        ] {
            assert_eq!(original(id).as_deref(), expected, "{id}");
        }
    }

    #[test]
    fn one_place_is_one_space_and_others_are_others() {
        let space = |source, account| Feed::new(source, account).space();
        assert_eq!(space(Source::X, "1"), space(Source::XArchive, "2"));
        assert_eq!(space(Source::Misskey, "a.example/1"), "misskey:a.example/");
        let others = [
            space(Source::X, "1"),
            space(Source::Bluesky, "did:plc:a"),
            space(Source::Mastodon, "a.example/1"),
            space(Source::Mastodon, "b.example/1"),
            space(Source::Misskey, "a.example/1"),
        ];
        for (i, one) in others.iter().enumerate() {
            assert!(!others[i + 1..].contains(one), "{one}");
        }
        assert_eq!(Feed::new(Source::Misskey, "a.example/9").author(), "9");
        assert_eq!(
            Feed::new(Source::Bluesky, "did:plc:a").author(),
            "did:plc:a"
        );
    }
}
