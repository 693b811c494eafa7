//! What a person has decided of what they said: what is left out for good, what may be shared
//! although it is flagged, what is shared in any case, and their own list of words.
//!
//! Kept as one key each, so that two tabs do not undo each other's.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What can be decided of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Mark {
    /// It is not to be there: of the posts that it is made of, so that it stays out whatever
    /// it is joined to.
    LeftOut,
    /// It may be shared although it is flagged: of its texts, so that it is asked about again
    /// once it says something else.
    Cleared,
    /// It is shared before all others: of its id.
    Pinned,
}

/// That something is decided, or is not any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub mark: Mark,
    /// A post's id, an entry's texts, or an entry's id.
    pub of: String,
    pub is: bool,
}

impl Change {
    /// Under which it is kept.
    #[must_use]
    pub fn key(&self) -> String {
        let mark = match self.mark {
            Mark::LeftOut => 'o',
            Mark::Cleared => 'c',
            Mark::Pinned => 'p',
        };
        format!("{mark}{}", self.of)
    }

    /// What is kept under a key; none if it is no such key.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        let mut letters = key.chars();
        let mark = match letters.next()? {
            'o' => Mark::LeftOut,
            'c' => Mark::Cleared,
            'p' => Mark::Pinned,
            _ => return None,
        };
        Some(Self {
            mark,
            of: letters.as_str().to_owned(),
            is: true,
        })
    }
}

/// All that is decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    marks: BTreeSet<(Mark, String)>,
    /// Words that the person does not want to be read.
    pub listed: Vec<String>,
}

impl Choices {
    pub fn make(&mut self, change: Change) {
        let mark = (change.mark, change.of);
        if change.is {
            self.marks.insert(mark);
        } else {
            self.marks.remove(&mark);
        }
    }

    #[must_use]
    pub fn has(&self, mark: Mark, of: &str) -> bool {
        !self.marks.is_empty() && self.marks.contains(&(mark, of.to_owned()))
    }

    /// What is marked so.
    pub fn of(&self, mark: Mark) -> impl Iterator<Item = &str> {
        let marks = self.marks.iter();
        marks
            .filter(move |(of, _)| *of == mark)
            .map(|(_, of)| &**of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_under_a_key_is_what_was_decided() {
        for mark in [Mark::LeftOut, Mark::Cleared, Mark::Pinned] {
            let change = Change {
                mark,
                of: "misskey:a.example/9x".to_owned(),
                is: true,
            };
            assert_eq!(Change::of_key(&change.key()), Some(change));
        }
        for none in ["", "listed", "x1"] {
            assert_eq!(Change::of_key(none), None);
        }
    }
}
