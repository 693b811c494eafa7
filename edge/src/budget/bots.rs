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
pub struct Uploader {
    who: [Option<Person>; NETWORKS],
    /// A person of their own, not whoever has an address.
    is_known: bool,
}

/// A bot that is to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    pub who: Uploader,
    pub bytes: u64,
    /// When room was asked for: what is given back later is given back to that day.
    pub at: i64,
    /// Stands for the session of a person who is signed in.
    #[serde(default)]
    pub session: Option<Person>,
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
    /// An upload has taken the place of one of so many bytes.
    Replaced { bytes: u64 },
}

/// Seconds in which the end of a bot counts once. Of those who delete it at the same time
/// each finds it there.
pub const ONCE: i64 = 60;

/// What somebody uploaded on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploads {
    day: i64,
    bots: u32,
    #[serde(default)]
    bytes: u64,
    /// How often something came to nothing and was given back.
    failures: u32,
}

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
    /// When that was.
    #[serde(default)]
    counting: i64,
}

impl Uploads {
    pub fn are_of(&self, day: i64) -> bool {
        self.day == day
    }
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

    /// How much of so much whoever is not signed in may fill: a quarter is left to those who
    /// are, and cannot be counted under one address after another.
    fn without_quarter(self) -> Self {
        Self {
            bots: self.bots - self.bots / 4,
            bytes: self.bytes - self.bytes / 4,
        }
    }

    fn fits(self, most: Self) -> bool {
        self.bots <= most.bots && self.bytes <= most.bytes
    }
}

impl Uploader {
    #[must_use]
    pub fn person(person: Person) -> Self {
        Self {
            is_known: true,
            ..Self::networks([person])
        }
    }

    /// The smallest first; only the first [`NETWORKS`] count.
    #[must_use]
    pub fn networks(networks: impl IntoIterator<Item = Person>) -> Self {
        let mut networks = networks.into_iter();
        Self {
            who: [(); NETWORKS].map(|()| networks.next()),
            is_known: false,
        }
    }

    /// With how many times as much each of them may hold.
    fn each(self) -> impl Iterator<Item = (Person, u32)> {
        let times = (0..).map(|place| 1 << place);
        let all = self.who.into_iter().zip(times);
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
                if kept.since.is_none() {
                    kept.counting = now;
                    kept.since = Some(Stock::default());
                }
            }
            Bots::Counted(stock) => {
                kept.stock = Some(stock.and(kept.since.take().unwrap_or_default()));
            }
            Bots::Removed { bytes, .. }
            | Bots::Replaced { bytes }
            | Bots::NotStored(Upload { bytes, .. }) => {
                kept.stock = Some(kept.stock.unwrap_or_default().without(bytes));
            }
        }
        match change {
            Bots::NotStored(upload) => self.give_back(upload, now),
            // Of the two the purge has seen one.
            Bots::Replaced { bytes } => {
                let kept = self.shelf.change();
                kept.since = kept.since.map(|since| since.without(bytes));
            }
            Bots::Counting | Bots::Counted(_) | Bots::Removed { .. } => {}
        }
    }

    /// What was counted of an upload when room was taken. Of those that come to nothing on one
    /// day as many are given back as may be stored on it: each is written down twice.
    fn give_back(&mut self, upload: Upload, now: i64) {
        let Upload { who, bytes, at, .. } = upload;
        let kept = self.shelf.change();
        if at >= kept.counting {
            kept.since = kept.since.map(|since| since.without(bytes));
        }
        if at.div_euclid(DAY) != now.div_euclid(DAY) {
            return;
        }
        kept.today = kept.today(now).without(bytes);
        for (who, times) in who.each() {
            let uploads = self.uploads_of(who, now);
            if uploads.failures < self.rules.uploads_day.saturating_mul(times) {
                let given_back = Uploads {
                    bots: uploads.bots.saturating_sub(1),
                    bytes: uploads.bytes.saturating_sub(bytes),
                    failures: uploads.failures + 1,
                    ..uploads
                };
                self.uploads.insert(who, given_back);
            }
        }
    }

    /// Takes room for a bot. [`Decision::Wait`] for somebody who has had theirs of today,
    /// [`Decision::Closed`] where the operator gives no more.
    pub fn upload(&mut self, upload: Upload, now: i64) -> Decision {
        let Upload {
            who,
            bytes,
            session,
            ..
        } = upload;
        if self.has_ended(session) {
            return Decision::Ended;
        }
        let until = midnight(now);
        let has_had = |(who, times): (Person, u32)| {
            let Uploads {
                bots, bytes: had, ..
            } = self.uploads_of(who, now);
            let most = self.rules.upload_bytes_day.saturating_mul(times.into());
            bots >= self.rules.uploads_day.saturating_mul(times) || had.saturating_add(bytes) > most
        };
        if who.each().any(has_had) {
            let limit = Limit::UserDay;
            return Decision::Wait { until, limit };
        }
        let stock = self.shelf.stock.unwrap_or_default().with(bytes);
        let today = self.shelf.today(now).with(bytes);
        let most = |all: Stock| {
            if who.is_known {
                all
            } else {
                all.without_quarter()
            }
        };
        if !stock.fits(most(self.rules.bucket)) || !today.fits(most(self.rules.bucket_day)) {
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
            ..*self.shelf
        };
        for (who, _) in who.each() {
            let uploads = self.uploads_of(who, now);
            let counted = Uploads {
                bots: uploads.bots + 1,
                bytes: uploads.bytes.saturating_add(bytes),
                ..uploads
            };
            self.uploads.insert(who, counted);
        }
        Decision::Go
    }

    /// What is theirs of today.
    fn uploads_of(&self, who: Person, now: i64) -> Uploads {
        let day = now.div_euclid(DAY);
        let kept = self.uploads.get(&who);
        let kept = kept.filter(|uploads| uploads.are_of(day));
        kept.copied().unwrap_or(Uploads {
            day,
            ..Uploads::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{
        Rules,
        fixture::{NOW, person, restarted, rules, wait},
    };

    const MB: u64 = 1_000_000;

    fn midnight_after_now() -> i64 {
        (NOW.div_euclid(DAY) + 1) * DAY
    }

    fn of(number: u8) -> Upload {
        Upload {
            who: Uploader::person(person(number)),
            bytes: MB,
            at: NOW,
            session: None,
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
        budget.rules.bucket = budget.rules.bucket.and(budget.rules.bucket);
        budget.rules.bucket_day = budget.rules.bucket_day.and(budget.rules.bucket_day);
        let had = wait(midnight_after_now(), Limit::UserDay);
        let mut upload = |small, middle| {
            let networks = [person(small), person(middle), person(100)];
            let who = Uploader::networks(networks);
            budget.upload(Upload { who, ..of(0) }, NOW)
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
    fn whoever_uploads_has_so_many_bytes_a_day() {
        let mut budget = Budget::new(Rules {
            uploads_day: 100,
            upload_bytes_day: 10 * MB,
            ..budget().rules
        });
        let had = wait(midnight_after_now(), Limit::UserDay);
        let go = Decision::Go;
        let four = |number| Upload {
            bytes: 4 * MB,
            ..of(number)
        };
        let told = [1, 1, 1, 2].map(|number| budget.upload(four(number), NOW));
        assert_eq!(told, [go, go, had, go]);
        // What comes to nothing is theirs again, and a smaller one has room.
        budget.count_bots(Bots::NotStored(four(1)), NOW);
        let told = [four(1), of(1), of(1), of(1)].map(|upload| budget.upload(upload, NOW));
        assert_eq!(told, [go, go, go, had]);
        // Networks around others hold twice as much.
        let mut budget = Budget::new(budget.rules);
        let around = |small| Upload {
            who: Uploader::networks([person(small), person(50), person(60)]),
            ..four(0)
        };
        budget.rules.bucket_day.bytes = 1_000 * MB;
        let told = [1, 1, 1, 2, 2, 3, 3].map(|small| budget.upload(around(small), NOW));
        assert_eq!(told, [go, go, had, go, go, go, had]);
        assert_eq!(budget.upload(four(1), midnight_after_now()), go);
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
    fn one_bot_that_several_delete_is_gone_once() {
        let mut budget = budget();
        for number in 1..4 {
            assert_eq!(budget.upload(of(number), NOW), Decision::Go);
        }
        let gone = Bots::Removed {
            bot: person(200),
            bytes: MB,
        };
        for (at, left) in [(0, 2), (1, 2), (ONCE, 2), (2 * ONCE, 1)] {
            budget.count_bots(gone, NOW + at);
            assert_eq!(budget.status(NOW + at).bots, Some(left), "{at}");
        }
    }

    #[test]
    fn what_takes_anothers_place_is_one_bot_of_its_own_size() {
        let mut budget = budget();
        assert_eq!(budget.upload(of(1), NOW), Decision::Go);
        let larger = Upload {
            bytes: 3 * MB,
            ..of(1)
        };
        assert_eq!(budget.upload(larger, NOW), Decision::Go);
        budget.count_bots(Bots::Replaced { bytes: MB }, NOW);
        let stock = Stock {
            bots: 1,
            bytes: 3 * MB,
        };
        assert_eq!(budget.shelf.stock, Some(stock));
        // Also while the purge counts.
        budget.count_bots(Bots::Counting, NOW);
        assert_eq!(budget.upload(of(2), NOW), Decision::Go);
        budget.count_bots(Bots::Replaced { bytes: 3 * MB }, NOW);
        budget.count_bots(Bots::Counted(stock), NOW);
        assert_eq!(budget.shelf.stock.unwrap().bots, 1);
        // It counts as another upload of the day.
        let had = wait(midnight_after_now(), Limit::UserDay);
        assert_eq!(budget.upload(of(1), NOW), had);
    }

    #[test]
    fn what_comes_while_the_purge_counts_is_not_forgotten() {
        let mut budget = budget();
        let one = Stock { bots: 1, bytes: MB };
        let before = Upload {
            at: NOW - 1,
            ..of(9)
        };
        assert_eq!(budget.upload(before, NOW - 1), Decision::Go);
        assert_eq!(budget.upload(of(1), NOW - 1), Decision::Go);
        budget.count_bots(Bots::Counting, NOW);
        for number in 2..5 {
            assert_eq!(budget.upload(of(number), NOW), Decision::Go);
        }
        for number in 3..5 {
            budget.count_bots(Bots::NotStored(of(number)), NOW);
        }
        budget.count_bots(Bots::NotStored(before), NOW);
        // Again, as the run failed after it had said so.
        budget.count_bots(Bots::Counting, NOW);
        budget.count_bots(Bots::Counted(one), NOW);
        assert_eq!(budget.shelf.stock.unwrap().bots, 2);
        assert_eq!(budget.shelf.stock.unwrap().bytes, 2 * MB);
        budget.count_bots(Bots::Counted(one), NOW);
        assert_eq!(budget.shelf.stock, Some(one));
    }

    #[test]
    fn what_was_not_stored_is_given_back_as_often_as_may_be_stored() {
        let mut budget = budget();
        let had = wait(midnight_after_now(), Limit::UserDay);
        for _ in 0..2 {
            assert_eq!(budget.upload(of(1), NOW), Decision::Go);
            budget.count_bots(Bots::NotStored(of(1)), NOW);
        }
        assert_eq!(budget.status(NOW).bots, Some(0));
        assert_eq!(budget.shelf.today(NOW), Stock::default());
        // Room is there again, but whoever only fails has had theirs, too.
        for _ in 0..2 {
            assert_eq!(budget.upload(of(1), NOW), Decision::Go);
            budget.count_bots(Bots::NotStored(of(1)), NOW);
        }
        assert_eq!(budget.status(NOW).bots, Some(0));
        assert_eq!(budget.upload(of(1), NOW), had);
        assert_eq!(budget.upload(of(2), NOW), Decision::Go);
    }

    #[test]
    fn what_was_not_stored_is_given_back_to_its_own_day() {
        let mut budget = budget();
        let late = Upload {
            at: midnight_after_now() - 1,
            ..of(1)
        };
        assert_eq!(budget.upload(late, late.at), Decision::Go);
        assert_eq!(budget.upload(late, late.at), Decision::Go);
        let tomorrow = midnight_after_now();
        let upload = Upload {
            at: tomorrow,
            ..late
        };
        assert_eq!(budget.upload(upload, tomorrow), Decision::Go);
        assert_eq!(budget.upload(upload, tomorrow), Decision::Go);
        for _ in 0..2 {
            budget.count_bots(Bots::NotStored(late), tomorrow);
        }
        let had = wait(tomorrow + DAY, Limit::UserDay);
        assert_eq!(budget.upload(upload, tomorrow), had);
        assert_eq!(budget.shelf.today(tomorrow).bots, 2);
        assert_eq!(budget.status(tomorrow).bots, Some(2));
    }

    #[test]
    fn a_quarter_of_the_room_is_left_to_those_who_are_signed_in() {
        let mut budget = budget();
        let nobody = |number| Upload {
            who: Uploader::networks([person(number)]),
            ..of(0)
        };
        for number in 0..8 {
            assert_eq!(budget.upload(nobody(number), NOW), Decision::Go);
        }
        assert_eq!(budget.upload(nobody(9), NOW), full());
        // By bytes, too.
        let mut other = self::budget();
        let large = |bytes| Upload { bytes, ..nobody(1) };
        assert_eq!(other.upload(large(15 * MB + 1), NOW), full());
        assert_eq!(other.upload(large(15 * MB), NOW), Decision::Go);
        for number in 10..12 {
            assert_eq!(budget.upload(of(number), NOW), Decision::Go);
        }
        assert_eq!(budget.upload(of(20), NOW), full());
        // And of all that is stored.
        let tomorrow = midnight_after_now();
        assert!(matches!(
            budget.upload(nobody(1), tomorrow),
            Decision::Closed { .. }
        ));
        assert_eq!(budget.upload(of(1), tomorrow), Decision::Go);
    }

    #[test]
    fn what_was_stored_before_bytes_were_counted_is_read() {
        let mut budget = budget();
        assert!(budget.restore([("\"Bots\"", "11")]));
        assert_eq!(budget.status(NOW).bots, Some(11));
        assert_eq!(budget.upload(of(1), NOW), Decision::Go);
        assert_eq!(budget.upload(of(2), NOW), full());
        let rules = self::budget().rules;
        let again = restarted(&mut budget, rules);
        assert_eq!(again.shelf.stock, budget.shelf.stock);
        assert_eq!(again.shelf.today(NOW), Stock { bots: 1, bytes: MB });
        let mut none = self::budget();
        assert!(none.restore([("\"Bots\"", "null")]));
        assert_eq!(none.status(NOW).bots, None);
    }
}
