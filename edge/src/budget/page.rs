//! A page of somebody's posts, as X is asked for it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Person;

/// What tells it from other pages of the same person, and what it may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub(super) name: u64,
    /// Most posts that X gives with it.
    pub(super) posts: u32,
}

/// What somebody's import asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub person: Person,
    /// Pages still to come, about.
    pub pages: u32,
    /// The one that is next.
    pub page: Page,
    /// When their session ends: who has to wait for longer has to sign in again.
    pub ends: i64,
    /// Stands for that session.
    #[serde(default)]
    pub session: Option<Person>,
}

impl Page {
    /// The one at X's `cursor`, of at most so many `posts` that are newer than `since`. All of
    /// these decide what is on it, so its name is of all.
    #[must_use]
    pub fn at(cursor: Option<&str>, since: Option<u64>, posts: u32) -> Self {
        let mut hash = Sha256::new();
        hash.update(posts.to_be_bytes());
        if let Some(since) = since {
            hash.update(since.to_be_bytes());
        }
        hash.update(cursor.unwrap_or_default());
        let digest = hash.finalize();
        let (first, _) = digest.split_at(8);
        let name = first
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        Self { name, posts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_named_by_its_place_and_its_size() {
        let pages = [
            Page::at(None, None, 100),
            Page::at(None, None, 5),
            Page::at(Some("x1"), None, 100),
            Page::at(Some("x1"), None, 5),
            Page::at(Some("x2"), None, 100),
            Page::at(None, Some(7), 100),
            Page::at(None, Some(8), 100),
            Page::at(Some("x1"), Some(7), 100),
        ];
        // Of all eight bytes.
        let is_long = |page: &Page| page.name > u64::from(u32::MAX);
        assert!(pages.iter().any(is_long));
        for (index, page) in pages.iter().enumerate() {
            for other in &pages[..index] {
                assert_ne!(page.name, other.name, "{page:?} {other:?}");
            }
        }
        assert_eq!(Page::at(Some("x1"), None, 5), pages[3]);
    }
}
