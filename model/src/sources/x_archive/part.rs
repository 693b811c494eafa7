//! Which of an archive's files are read.

use serde::{Deserialize, Serialize};

/// What a file holds; in the order in which they are to be read, so that each can be used up
/// as it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Part {
    /// Whose archive it is.
    Account,
    /// The posts that went to a circle, of which `Posts` says nothing.
    Circle,
    Posts,
    /// The whole texts of long posts, which are cut in `Posts`.
    Notes,
    /// The posts that the person liked: some of them are what they answer.
    Likes,
}

impl Part {
    pub const ALL: [Self; 5] = [
        Self::Account,
        Self::Circle,
        Self::Posts,
        Self::Notes,
        Self::Likes,
    ];

    /// Of the file at `path` in an archive. None for all others: what is not named here is
    /// never read.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let path = path.replace('\\', "/");
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let folders: Vec<&str> = folders
            .split('/')
            .filter(|name| !["", "."].contains(name))
            .collect();
        if folders.contains(&"__MACOSX") {
            return None;
        }
        let first_form = folders.ends_with(&["data", "js", "tweets"]);
        let is_month = name.len() == "2012_05.js".len()
            && name
                .bytes()
                .zip(*b"0000_00.js")
                .all(|(byte, form)| match form {
                    b'0' => byte.is_ascii_digit(),
                    form => byte == form,
                });
        if first_form && is_month {
            return Some(Self::Posts);
        }
        if folders.ends_with(&["data", "js"]) && name == "user_details.js" {
            return Some(Self::Account);
        }
        // A file by itself has no folder.
        (folders.is_empty() || folders.ends_with(&["data"]))
            .then(|| Self::named(name))
            .flatten()
    }

    /// In which folder the archive is of which the file at `path` is one.
    #[cfg(feature = "archive")]
    pub(super) fn folder(path: &str) -> String {
        let path = path.replace('\\', "/");
        let (folder, _) = path.rsplit_once('/').unwrap_or_default();
        let inner = ["/data/js/tweets", "/data/js", "/data"];
        let folder = format!("/{folder}");
        let outer = inner.iter().find_map(|inner| folder.strip_suffix(inner));
        outer.unwrap_or(&folder).to_owned()
    }

    /// Whether it is of the form that archives had until 2018.
    #[cfg(feature = "archive")]
    pub(super) fn is_first_form(path: &str) -> bool {
        path.replace('\\', "/").contains("data/js/")
    }

    fn named(name: &str) -> Option<Self> {
        let stem = name.strip_suffix(".js")?;
        let stem = match stem.rsplit_once("-part") {
            Some((stem, number))
                if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) =>
            {
                stem
            }
            _ => stem,
        };
        match stem {
            "account" => Some(Self::Account),
            "twitter-circle-tweet" => Some(Self::Circle),
            "tweet" | "tweets" | "community-tweet" => Some(Self::Posts),
            "note-tweet" => Some(Self::Notes),
            "like" => Some(Self::Likes),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_is_read_and_nothing_else() {
        for (path, part) in [
            ("data/tweets.js", Some(Part::Posts)),
            ("data/tweet.js", Some(Part::Posts)),
            ("data/tweets-part1.js", Some(Part::Posts)),
            ("data/tweets-part12.js", Some(Part::Posts)),
            ("data/community-tweet.js", Some(Part::Posts)),
            ("data/note-tweet.js", Some(Part::Notes)),
            ("data/like.js", Some(Part::Likes)),
            ("data/like-part2.js", Some(Part::Likes)),
            ("data/account.js", Some(Part::Account)),
            ("data/twitter-circle-tweet.js", Some(Part::Circle)),
            ("twitter-2023-01-01-abc/data/tweets.js", Some(Part::Posts)),
            ("내 보관함/twitter/data/tweets.js", Some(Part::Posts)),
            (r"twitter\data\tweets.js", Some(Part::Posts)),
            ("./data/tweets.js", Some(Part::Posts)),
            ("/data/tweets.js", Some(Part::Posts)),
            ("tweets.js", Some(Part::Posts)),
            ("data/js/tweets/2012_05.js", Some(Part::Posts)),
            ("tweets/data/js/tweets/2012_05.js", Some(Part::Posts)),
            ("data/js/user_details.js", Some(Part::Account)),
            ("data/js/tweets/2012-05.js", None),
            ("data/js/tweet_index.js", None),
            ("data/deleted-tweets.js", None),
            ("data/tweet-headers.js", None),
            ("data/deleted-tweet-headers.js", None),
            ("data/tweets_media/100-abc.js", None),
            ("data/tweets_media/tweets.js", None),
            ("data/tweets-part.js", None),
            ("data/tweets-partx.js", None),
            ("data/tweets.js.bak", None),
            ("data/direct-messages.js", None),
            ("data/direct-messages-group.js", None),
            ("data/account-creation-ip.js", None),
            ("data/contact.js", None),
            ("assets/js/tweets.js", None),
            ("__MACOSX/data/tweets.js", None),
            ("__MACOSX/twitter/data/._tweets.js", None),
            ("data/._tweets.js", None),
            ("data/tweets.js/", None),
            ("data/", None),
            ("", None),
        ] {
            assert_eq!(Part::of(path), part, "{path}");
        }
    }

    #[test]
    fn what_posts_need_is_read_before_them() {
        assert!(Part::Circle < Part::Posts && Part::Posts < Part::Likes);
    }
}
