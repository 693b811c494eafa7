//! The purge of what has expired, in steps.
//!
//! The free plan gives a run 10 ms of the processor, and whatever is over that ends in the
//! middle. So a run takes one page of the bucket, removes what has expired in it, and writes
//! down where the next one goes on. A round is over when the bucket has no more; the next run
//! begins another.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    bot::Fate,
    budget::{Bots, Stock},
    log,
};

/// The key of the object that holds how far a round has come. It lies in the bucket, so that a
/// run needs nothing else, and the one object of the budget is not written to for it.
pub const POSITION: &str = "purge/position";

/// Objects that one run looks at: the bucket gives no more at a time where it is asked for
/// their metadata. At 288 runs a day that is a bucket of 28,800 bots in a day.
pub const PAGE: u32 = 100;

/// How far a round has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The last key that was looked at.
    after: Option<String>,
    /// Where the bucket itself says that it goes on, after a page that held no key.
    cursor: Option<String>,
    /// What was left where it is so far.
    kept: Stock,
    /// The budget does not know that it has begun, so that what it counts is worth nothing.
    #[serde(default)]
    pub is_unannounced: bool,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start<'a> {
    Beginning,
    After(&'a str),
    Cursor(&'a str),
}

/// An object of the bucket.
#[derive(Clone, Debug)]
pub struct Object {
    pub key: String,
    pub bytes: u64,
    pub metadata: HashMap<String, String>,
}

/// A page of the bucket.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// In the order of their keys.
    pub objects: Vec<Object>,
    /// There is more. The bucket may give fewer objects than it was asked for, and none.
    pub truncated: bool,
    /// Where it goes on.
    pub cursor: Option<String>,
}

/// What a run comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Keys of what is to be removed.
    pub expired: Vec<String>,
    /// Where the next run goes on.
    pub next: Round,
    /// What the budget is to know of it. That a round begins it has been told before the
    /// first page was looked at: what comes from then on may not be on any.
    pub count: Option<Bots>,
    pub told: log::Purge,
}

impl Round {
    /// Reads what [`Self::text`] wrote; whatever else is there begins a round.
    #[must_use]
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The form in which the bucket keeps it.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    #[must_use]
    pub fn start(&self) -> Start<'_> {
        match (&self.cursor, &self.after) {
            (Some(cursor), _) => Start::Cursor(cursor),
            (None, Some(after)) => Start::After(after),
            (None, None) => Start::Beginning,
        }
    }

    /// The same place without what the bucket said of it, which may hold no longer; none if
    /// it said nothing.
    #[must_use]
    pub fn without_cursor(&self) -> Option<Self> {
        self.cursor.as_ref()?;
        Some(Self {
            cursor: None,
            ..self.clone()
        })
    }

    /// What is to be done with `page`, which begins where this says, at `now`.
    #[must_use]
    pub fn step(&self, page: Page, now: i64) -> Step {
        let mut told = log::Purge {
            listed: page.objects.len(),
            unfinished: page.truncated,
            ..log::Purge::default()
        };
        let last = page.objects.last().map(|object| object.key.clone());
        let mut expired = Vec::new();
        let mut kept = self.kept;
        for object in page.objects {
            let fate = Fate::of(&object.metadata, now);
            if fate == Fate::Purge {
                expired.push(object.key);
                continue;
            }
            if fate == Fate::Down {
                continue;
            }
            told.unreadable += usize::from(fate == Fate::Unreadable);
            kept.bots = kept.bots.saturating_add(1);
            kept.bytes = kept.bytes.saturating_add(object.bytes);
        }
        told.purged = expired.len();
        let next = if !page.truncated {
            Self::default()
        } else if last.is_some() {
            Self {
                after: last,
                cursor: None,
                kept,
                is_unannounced: self.is_unannounced,
            }
        } else if page.cursor.is_none() {
            // There is no way on from here: from the beginning there may be.
            Self::default()
        } else {
            Self {
                cursor: page.cursor,
                ..self.clone()
            }
        };
        let is_counted = !page.truncated && !self.is_unannounced;
        let count = is_counted.then_some(Bots::Counted(kept));
        Step {
            expired,
            next,
            count,
            told,
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};

    use super::*;
    use crate::bot::GRACE;

    const NOW: i64 = 1_800_000_000;

    /// One that is purged from this second on.
    fn object(key: &str, from: i64) -> Object {
        let metadata = [
            ("expires".to_owned(), (from - GRACE).to_string()),
            ("delete-sha256".to_owned(), BASE64.encode([1; 32])),
        ];
        Object {
            key: key.to_owned(),
            bytes: 10,
            metadata: metadata.into(),
        }
    }

    fn page(objects: &[(&str, i64)], truncated: bool, cursor: Option<&str>) -> Page {
        Page {
            objects: objects.iter().map(|(key, at)| object(key, *at)).collect(),
            truncated,
            cursor: cursor.map(str::to_owned),
        }
    }

    fn bots(bots: u32) -> Stock {
        let bytes = u64::from(bots) * 10;
        Stock { bots, bytes }
    }

    #[test]
    fn a_round_goes_on_after_the_last_key_and_counts_what_it_keeps() {
        let first = Round::default().step(
            page(&[("a", NOW), ("b", NOW + 1), ("c", NOW)], true, Some("x")),
            NOW,
        );
        assert_eq!(first.expired, ["a", "c"]);
        assert_eq!(first.count, None);
        let told = log::Purge {
            listed: 3,
            purged: 2,
            unreadable: 0,
            unfinished: true,
        };
        assert_eq!(first.told, told);
        // Also if that was removed.
        let round = Round::read(&first.next.text());
        assert_eq!((round.start(), round.kept), (Start::After("c"), bots(1)));

        let mut last = page(&[("d", NOW + 1)], false, None);
        last.objects.push(Object {
            metadata: HashMap::new(),
            ..object("e", 0)
        });
        let last = round.step(last, NOW);
        assert_eq!(last.expired, [""; 0]);
        assert_eq!(last.count, Some(Bots::Counted(bots(3))));
        assert_eq!(last.told.unreadable, 1);
        assert!(!last.told.unfinished);
        assert_eq!(last.next, Round::default());
    }

    #[test]
    fn an_empty_page_that_says_there_is_more_does_not_end_the_round() {
        let begun = Round {
            after: Some("c".to_owned()),
            cursor: None,
            kept: bots(7),
            is_unannounced: false,
        };
        let empty = begun.step(page(&[], true, Some("on")), NOW);
        assert_eq!(empty.count, None);
        assert!(empty.told.unfinished);
        assert_eq!(empty.next.start(), Start::Cursor("on"));
        // And another one.
        let empty = empty.next.step(page(&[], true, Some("further")), NOW);
        assert_eq!(empty.next.start(), Start::Cursor("further"));
        // What the bucket said may be of no use later: the key is.
        let again = empty.next.without_cursor().unwrap();
        assert_eq!(again, begun);
        assert_eq!(again.without_cursor(), None);
        // It does not say where: the round is over, and nothing is counted.
        let lost = begun.step(page(&[], true, None), NOW);
        assert_eq!((lost.next, lost.count), (Round::default(), None));

        let some = empty.next.step(page(&[("d", NOW + 1)], true, None), NOW);
        assert_eq!(
            (some.next.start(), some.next.kept),
            (Start::After("d"), bots(8))
        );
        let end = empty.next.step(page(&[], false, None), NOW);
        assert_eq!(end.count, Some(Bots::Counted(bots(7))));
        assert_eq!(end.next, Round::default());
    }

    #[test]
    fn a_round_that_the_budget_does_not_know_of_counts_nothing() {
        let round = Round {
            is_unannounced: true,
            ..Round::default()
        };
        let first = round.step(page(&[("a", NOW), ("b", NOW + 1)], true, None), NOW);
        assert_eq!(first.expired, ["a"]);
        let round = Round::read(&first.next.text());
        let last = round.step(page(&[("c", NOW)], false, None), NOW);
        assert_eq!(
            (&last.expired[..], last.count),
            (&["c".to_owned()][..], None)
        );
        assert_eq!(last.next, Round::default());
    }

    #[test]
    fn what_is_no_round_begins_one() {
        for text in [
            "",
            "bots/AAAAAAAAAAAAAAAAAAAAAA",
            "{}",
            "{\"after\":1}",
            "[]",
        ] {
            assert_eq!(Round::read(text), Round::default(), "{text}");
        }
    }
}
