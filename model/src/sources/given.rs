//! What a source gives.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use lemon_given::lenient::Maybe;
use lemon_given::time::Time;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::corpus::{Content, Post};

/// What posts can be from, in seconds since 1970: 2006, before which none of the sources was
/// there, to 2100.
const TIMES: Range<i64> = 1_136_073_600..4_102_444_800;

/// Longest language tag that is kept, in bytes: more than BCP 47 has ever needed.
pub const MAX_LANG: usize = 35;

/// A page of a source's posts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// As the source orders them: newest first.
    pub posts: Vec<Post>,
    /// Where the next page begins; none behind the last one.
    pub next: Option<String>,
    /// Posts that could not be read.
    pub left_out: usize,
    /// Posts that were not asked for, by [`Wishes`].
    pub unwanted: usize,
    /// Posts that the source shows to those alone who are signed in there.
    pub hidden: usize,
}

/// What one of a page's posts is to us.
#[derive(Debug)]
pub(super) enum Read {
    Post(Post),
    /// A repost, or a picture without words.
    Nothing,
    Unwanted,
    Hidden,
    Odd,
}

impl Given {
    pub(super) fn add(&mut self, read: Read) {
        match read {
            Read::Post(post) => self.posts.push(post),
            Read::Nothing => {}
            Read::Unwanted => self.unwanted += 1,
            Read::Hidden => self.hidden += 1,
            Read::Odd => self.left_out += 1,
        }
    }

    /// The ids of posts that are answered and of which more may be known than a page says.
    #[must_use]
    pub fn open_parents(&self) -> Vec<String> {
        let mut seen: HashSet<&str> = self.posts.iter().map(|post| &*post.id).collect();
        let parents = self.posts.iter().filter_map(|post| post.parent.as_ref());
        let open = parents.filter(|parent| seen.insert(&parent.id));
        open.map(|parent| parent.id.clone()).collect()
    }

    /// Puts in what the server said of parents.
    pub fn fill(&mut self, known: &[(String, Content)]) {
        let ids: HashSet<String> = self.posts.iter().map(|post| post.id.clone()).collect();
        let known: HashMap<&str, &Content> = known.iter().map(|(id, it)| (&**id, it)).collect();
        let parents = self
            .posts
            .iter_mut()
            .filter_map(|post| post.parent.as_mut());
        for parent in parents {
            if let Some(content) = known.get(&*parent.id) {
                parent.content = (*content).clone();
            } else if ids.contains(&parent.id) {
                parent.content = Content::Own;
            }
        }
    }
}

/// Reads an answer whose elements are [`Each`](lemon_given::lenient::Each). What of it is no UTF-8 costs a character.
pub(super) fn answer<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unreadable> {
    serde_json::from_str(&String::from_utf8_lossy(body)).map_err(|_| Unreadable)
}

/// When a post was written, if it can have been then.
pub(super) fn time(said: &Maybe<Time>) -> Option<i64> {
    let Time(at) = said.0?;
    TIMES.contains(&at).then_some(at)
}

/// What the person wants to have read, beyond what they show to everybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wishes {
    /// Posts that everybody can see who looks for them, and that are in no list of all: what
    /// Mastodon calls unlisted and Misskey home.
    pub unlisted: bool,
    /// Posts behind a warning about their content.
    pub warned: bool,
}

/// A page is not one of the source's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what came is not a page of posts")]
pub struct Unreadable;
