//! Shared bots: how much is stored in all and in a day, and how much of that is whose.
//!
//! Room is taken before a bot is stored, and given back if it was not. The purge counts
//! what there is; between its counts it is known from what came and went.

use lemon_wire::Limit;
use serde::{Deserialize, Serialize};

use super::{Budget, DAY, Decision, Person, window::midnight};

/// How many networks count whoever is not signed in: the smallest that a provider gives
/// somebody, and larger ones around it. Each of them may hold twice as much as the one
/// before.
pub const NETWORKS: usize = 3;

/// So many bots, of so many bytes in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    pub bots: u32,
    pub bytes: u64,
}

/// Who uploads: a person who is signed in, or the networks that an address is in, the
/// smallest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploader([Option<Person>; NETWORKS]);

/// A bot that is to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    pub who: Uploader,
    pub bytes: u64,
}

/// What happened to the stored bots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bots {
    /// The purge begins to count, which takes it more than one run.
    Counting,
    /// What it has counted.
    Counted(Stock),
    /// An upload that was granted came to nothing.
    NotStored(Upload),
    /// One of so many bytes was deleted; `bot` stands for its id.
    Removed { bot: Person, bytes: u64 },
}

/// Seconds in which the end of a bot counts once. Of those who delete it at the same time
/// each finds it there.
pub const ONCE: i64 = 60;

/// The day, and how many bots on it.
pub type Uploads = (i64, u32);

/// What is stored, and what of it has come today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf {
    /// None before anything was counted.
    pub stock: Option<Stock>,
    day: i64,
    today: Stock,
    /// What has come since the purge began to count: it may have been past where that lies,
    /// and what it has seen counts twice until it has counted again.
    #[serde(default)]
    since: Option<Stock>,
}

impl Stock {
    fn with(self, bytes: u64) -> Self {
        Self {
            bots: self.bots.saturating_add(1),
            bytes: self.bytes.saturating_add(bytes),
        }
    }

    fn without(self, bytes: u64) -> Self {
        Self {
            bots: self.bots.saturating_sub(1),
            bytes: self.bytes.saturating_sub(bytes),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            bots: self.bots.saturating_add(other.bots),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    fn fits(self, most: Self) -> bool {
        self.bots <= most.bots && self.bytes <= most.bytes
    }
}

impl Uploader {
    #[must_use]
    pub fn person(person: Person) -> Self {
        Self::networks([person])
    }

    /// The smallest first; only the first [`NETWORKS`] count.
    #[must_use]
    pub fn networks(networks: impl IntoIterator<Item = Person>) -> Self {
        let mut networks = networks.into_iter();
        Self([(); NETWORKS].map(|()| networks.next()))
    }

    /// With how many times as much each of them may hold.
    fn each(self) -> impl Iterator<Item = (Person, u32)> {
        let times = (0..).map(|place| 1 << place);
        let all = self.0.into_iter().zip(times);
        all.filter_map(|(who, times)| Some((who?, times)))
    }
}

impl Shelf {
    /// As it was stored when bots were counted only.
    pub fn of(bots: u32) -> Self {
        let stock = Stock { bots, bytes: 0 };
        Self {
            stock: Some(stock),
            ..Self::default()
        }
    }

    fn today(&self, now: i64) -> Stock {
        if self.day == now.div_euclid(DAY) {
            self.today
        } else {
            Stock::default()
        }
    }
}

impl Budget {
    /// Something has changed in what is stored.
    pub fn count_bots(&mut self, change: Bots, now: i64) {
        if let Bots::Removed { bot, .. } = change
            && self
                .removed
                .insert(bot, now)
                .is_some_and(|at| now < at + ONCE)
        {
            return;
        }
        let kept = self.shelf.change();
        match change {
            Bots::Counting => {
                kept.since.get_or_insert_default();
            }
            Bots::Counted(stock) => {
                kept.stock = Some(stock.and(kept.since.take().unwrap_or_default()));
            }
            Bots::Removed { bytes, .. } | Bots::NotStored(Upload { bytes, .. }) => {
                kept.stock = Some(kept.stock.unwrap_or_default().without(bytes));
            }
        }
        if let Bots::NotStored(Upload { who, bytes }) = change {
            kept.since = kept.since.map(|since| since.without(bytes));
            kept.today = kept.today(now).without(bytes);
            kept.day = now.div_euclid(DAY);
            for (who, _) in who.each() {
                let (day, count) = self.uploads_of(who, now);
                self.uploads.insert(who, (day, count.saturating_sub(1)));
            }
        }
    }

    /// Takes room for a bot. [`Decision::Wait`] for somebody who has had theirs of today,
    /// [`Decision::Closed`] where the operator gives no more.
    pub fn upload(&mut self, upload: Upload, now: i64) -> Decision {
        let Upload { who, bytes } = upload;
        let until = midnight(now);
        let has_had = |(who, times): (Person, u32)| {
            self.uploads_of(who, now).1 >= self.rules.uploads_day.saturating_mul(times)
        };
        if who.each().any(has_had) {
            let limit = Limit::UserDay;
            return Decision::Wait { until, limit };
        }
        let stock = self.shelf.stock.unwrap_or_default().with(bytes);
        let today = self.shelf.today(now).with(bytes);
        if !stock.fits(self.rules.bucket) || !today.fits(self.rules.bucket_day) {
            return Decision::Closed {
                until: Some(until),
                limit: Limit::Operator,
            };
        }
        let since = self.shelf.since.map(|since| since.with(bytes));
        *self.shelf.change() = Shelf {
            stock: Some(stock),
            day: now.div_euclid(DAY),
            today,
            since,
        };
        for (who, _) in who.each() {
            let (day, count) = self.uploads_of(who, now);
            self.uploads.insert(who, (day, count + 1));
        }
        Decision::Go
    }

    /// Today, and how many of today are theirs.
    fn uploads_of(&self, who: Person, now: i64) -> Uploads {
        let today = now.div_euclid(DAY);
        let kept = self.uploads.get(&who);
        let kept = kept.filter(|(day, _)| *day == today);
        kept.copied().unwrap_or((today, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{
        Rules,
        fixture::{NOW, person, rules, wait},
    };

    const MB: u64 = 1_000_000;

    fn midnight_after_now() -> i64 {
        (NOW.div_euclid(DAY) + 1) * DAY
    }

    fn of(number: u8) -> Upload {
        Upload {
            who: Uploader::person(person(number)),
            bytes: MB,
        }
    }

    /// Two a day of one, ten a day, and twelve in all.
    fn budget() -> Budget {
        Budget::new(Rules {
            bucket: Stock {
                bots: 12,
                bytes: 1_000 * MB,
            },
            bucket_day: Stock {
                bots: 10,
                bytes: 20 * MB,
            },
            ..rules(100, 100)
        })
    }

    fn full() -> Decision {
        Decision::Closed {
            until: Some(midnight_after_now()),
            limit: Limit::Operator,
        }
    }

    #[test]
    fn uploads_are_counted_by_the_day() {
        let mut budget = budget();
        let had = wait(midnight_after_now(), Limit::UserDay);
        assert_eq!(budget.upload(of(1), NOW), Decision::Go);
        assert_eq!(budget.upload(of(1), NOW), Decision::Go);
        assert_eq!(budget.upload(of(1), NOW + 1), had);
        assert_eq!(budget.upload(of(2), NOW + 1), Decision::Go);
        assert_eq!(budget.upload(of(1), midnight_after_now()), Decision::Go);
    }

    #[test]
    fn networks_hold_twice_as_much_as_those_in_them() {
        let mut budget = budget();
        let had = wait(midnight_after_now(), Limit::UserDay);
        let mut upload = |small, middle| {
            let networks = [person(small), person(middle), person(100)];
            let who = Uploader::networks(networks);
            budget.upload(Upload { who, bytes: MB }, NOW)
        };
        let go = Decision::Go;
        // Two of the smallest one, four of one around it, eight in the largest.
        let asked = [(1, 50), (1, 50), (1, 50), (2, 50), (2, 50), (3, 50)];
        let told = asked.map(|(small, middle)| upload(small, middle));
        assert_eq!(told, [go, go, had, go, go, had]);
        let asked = [(4, 51), (4, 51), (5, 51), (5, 51), (6, 52)];
        let told = asked.map(|(small, middle)| upload(small, middle));
        assert_eq!(told, [go, go, go, go, had]);
        // Somebody who is signed in there is not kept out by the others.
        assert_eq!(budget.upload(of(7), NOW), go);
    }

    #[test]
    fn the_bucket_is_never_fuller_than_the_operator_allows() {
        let mut budget = budget();
        let mut upload = |number, bytes, now| {
            budget.upload(
                Upload {
                    bytes,
                    ..of(number)
                },
                now,
            )
        };
        assert_eq!(upload(1, 15 * MB, NOW), Decision::Go);
        assert_eq!(upload(2, 6 * MB, NOW), full());
        for number in 2..7 {
            assert_eq!(upload(number, MB, NOW), Decision::Go);
        }
        // By its bytes; on the next day by its bots, of the day and in all.
        assert_eq!(upload(8, 1, NOW), full());
        let tomorrow = midnight_after_now();
        for number in 10..16 {
            assert_eq!(upload(number, 1, tomorrow), Decision::Go);
        }
        let full = Decision::Closed {
            until: Some(tomorrow + DAY),
            limit: Limit::Operator,
        };
        assert_eq!(upload(20, 1, tomorrow), full);
        // By two at once.
        let bot = person(200);
        let bytes = 15 * MB;
        for _ in 0..2 {
            budget.count_bots(Bots::Removed { bot, bytes }, tomorrow);
        }
        assert_eq!(budget.status(tomorrow).bots, Some(11));
        let one = Upload { bytes: 1, ..of(20) };
        assert_eq!(budget.upload(one, tomorrow), Decision::Go);
        let counted = Stock {
            bots: 1,
            bytes: 990 * MB,
        };
        budget.count_bots(Bots::Counted(counted), tomorrow);
        let large = Upload {
            bytes: 10 * MB + 1,
            ..of(21)
        };
        assert_eq!(budget.upload(large, tomorrow), full);
        assert_eq!(budget.upload(of(21), tomorrow), Decision::Go);
        assert_eq!(budget.status(tomorrow).bots, Some(2));
    }

    #[test]
    fn what_comes_while_the_purge_counts_is_not_forgotten() {
        let mut budget = budget();
        let one = Stock { bots: 1, bytes: MB };
        assert_eq!(budget.upload(of(1), NOW), Decision::Go);
        budget.count_bots(Bots::Counting, NOW);
        for number in 2..5 {
            assert_eq!(budget.upload(of(number), NOW), Decision::Go);
        }
        budget.count_bots(Bots::NotStored(of(4)), NOW);
        // Again, as the run failed after it had said so.
        budget.count_bots(Bots::Counting, NOW);
        budget.count_bots(Bots::Counted(one), NOW);
        assert_eq!(budget.shelf.stock.unwrap().bots, 3);
        assert_eq!(budget.shelf.stock.unwrap().bytes, 3 * MB);
        budget.count_bots(Bots::Counted(one), NOW);
        assert_eq!(budget.shelf.stock, Some(one));
    }

    #[test]
    fn what_was_not_stored_is_given_back() {
        let mut budget = budget();
        for _ in 0..100 {
            assert_eq!(budget.upload(of(1), NOW), Decision::Go);
            budget.count_bots(Bots::NotStored(of(1)), NOW);
        }
        assert_eq!(budget.status(NOW).bots, Some(0));
        assert_eq!(budget.shelf.today(NOW), Stock::default());
        // Nobody is given back what they had on another day.
        assert_eq!(budget.upload(of(1), NOW), Decision::Go);
        let tomorrow = midnight_after_now();
        budget.count_bots(Bots::NotStored(of(1)), tomorrow);
        assert_eq!(budget.upload(of(1), tomorrow), Decision::Go);
        assert_eq!(budget.upload(of(1), tomorrow), Decision::Go);
        assert!(matches!(
            budget.upload(of(1), tomorrow),
            Decision::Wait { .. }
        ));
    }

    #[test]
    fn what_was_stored_before_bytes_were_counted_is_read() {
        let mut budget = budget();
        assert!(budget.restore([("\"Bots\"", "11")]));
        assert_eq!(budget.status(NOW).bots, Some(11));
        assert_eq!(budget.upload(of(1), NOW), Decision::Go);
        assert_eq!(budget.upload(of(2), NOW), full());
        let rows = budget.changes();
        let mut again = self::budget();
        assert!(
            again.restore(
                rows.iter()
                    .filter_map(|(key, value)| { Some((&key[..], value.as_deref()?)) })
            )
        );
        assert_eq!(again.shelf.stock, budget.shelf.stock);
        assert_eq!(again.shelf.today(NOW), Stock { bots: 1, bytes: MB });
        let mut none = self::budget();
        assert!(none.restore([("\"Bots\"", "null")]));
        assert_eq!(none.status(NOW).bots, None);
    }
}
