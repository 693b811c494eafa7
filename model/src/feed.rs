//! Where posts come from.

use serde::{Deserialize, Serialize};

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
        let server = || self.account.split('/').next().unwrap_or_default();
        match self.source {
            Source::X | Source::XArchive => String::new(),
            Source::Bluesky => "bluesky:".into(),
            Source::Mastodon => format!("mastodon:{}/", server()),
            Source::Misskey => format!("misskey:{}/", server()),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

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
