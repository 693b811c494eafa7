//! Somebody's own windows at X, and what was counted of them today.

use lemon_wire::{Limit, MAX_POSTS};
use serde::{Deserialize, Serialize};

use super::{
    DAY, Person, Rules,
    window::{Source, Windows},
};

/// Seconds over which those come back whose own day is over.
const SPREAD: i64 = 10 * 60;

/// Somebody who has asked today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub windows: Windows,
    /// On which day of UTC posts were read last.
    day: i64,
    /// The page that was read last: X does not bill it twice in a day.
    read: Option<u64>,
    /// Posts that were counted on that day. X has no more than [`MAX_POSTS`] of anybody,
    /// and whoever asks for the same ones again and again costs nothing.
    charged: u32,
}

impl User {
    pub fn new(rules: &Rules) -> Self {
        Self {
            windows: Windows::new(rules.user_quarter, rules.user_day),
            day: 0,
            read: None,
            charged: 0,
        }
    }

    /// What was stored, under rules that may have changed since.
    pub fn under(self, rules: &Rules) -> Self {
        let windows = self.windows.under(rules.user_quarter, rules.user_day);
        Self { windows, ..self }
    }

    /// How many of a page's `posts` X bills.
    pub fn charge(&mut self, page: u64, posts: u32, now: i64) -> u32 {
        let today = now.div_euclid(DAY);
        if self.day != today {
            (self.day, self.read, self.charged) = (today, None, 0);
        }
        if self.read.replace(page) == Some(page) {
            return 0;
        }
        let billed = posts.min(MAX_POSTS.saturating_sub(self.charged));
        self.charged += billed;
        billed
    }

    /// Until when one of the windows of this `person` is used up, and which.
    pub fn spent(&self, person: Person, now: i64) -> Option<(i64, Limit)> {
        let limits = [Limit::UserQuarter, Limit::UserDay];
        let (until, limit) = self.windows.spent(now, limits)?;
        // Days of which X says nothing end at midnight, for all at once.
        let ends_for_all = self
            .windows
            .day
            .is_some_and(|day| day.source == Source::Rules);
        let later = match limit {
            Limit::UserDay if ends_for_all => person.lot(SPREAD),
            _ => 0,
        };
        Some((until + later, limit))
    }

    /// Whether nothing of it is worth keeping.
    pub fn is_over(&self, now: i64) -> bool {
        self.windows.are_over(now) && self.day != now.div_euclid(DAY)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        budget::{
            Budget, Decision, Outcome, QUARTER, Said,
            fixture::{NOW, page, person, rules, wait},
            window::{MARGIN, midnight},
        },
        seal::Key,
    };

    #[test]
    fn a_person_is_stopped_at_their_own_limit() {
        let mut budget = Budget::new(rules(100, 2));
        let mut ask = |number, now| budget.ask(person(number), 3, now);
        assert_eq!(ask(1, NOW), Decision::Go);
        assert_eq!(ask(1, NOW + 1), Decision::Go);
        let end = NOW + QUARTER + MARGIN;
        let stopped = wait(end, Limit::UserQuarter);
        assert_eq!(ask(1, NOW + 2), stopped);
        assert_eq!(ask(1, NOW + QUARTER - 1), stopped);
        assert_eq!(ask(2, NOW + 3), Decision::Go);
        assert_eq!(ask(1, end), Decision::Go);
    }

    #[test]
    fn days_of_users_do_not_end_for_all_at_once() {
        let mut budget = Budget::new(Rules {
            user_day: Some(1),
            ..rules(1_000, 100)
        });
        let key = Key::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let mut ends = BTreeSet::new();
        for number in 0..100 {
            let person = Person::of(&number.to_string(), &key);
            assert_eq!(budget.ask(person, 2, NOW), Decision::Go);
            match budget.ask(person, 1, NOW) {
                Decision::Wait {
                    until,
                    limit: Limit::UserDay,
                } => ends.insert(until),
                other => panic!("{other:?}"),
            };
        }
        let first = midnight(NOW) + MARGIN;
        assert!(ends.iter().all(|end| (first..first + SPREAD).contains(end)));
        assert!(ends.len() > 50, "{}", ends.len());
    }

    #[test]
    fn nobody_uses_up_the_month_with_the_same_pages() {
        let mut budget = Budget::new(Rules {
            month_posts: u64::from(MAX_POSTS) + 100,
            ..rules(10_000, 10_000)
        });
        for number in 0..200 {
            assert_eq!(budget.ask(person(1), 5, NOW), Decision::Go);
            budget.tell(person(1), page(number % 2, false), Said::default(), NOW);
        }
        assert_eq!(budget.month.posts, 100);
        for number in 0..60 {
            assert_eq!(budget.ask(person(1), 5, NOW), Decision::Go);
            let posts = Outcome::Page {
                posts: 100,
                is_last: false,
                page: number,
            };
            budget.tell(person(1), posts, Said::default(), NOW);
        }
        assert_eq!(budget.month.posts, u64::from(MAX_POSTS));
        // Also after the windows have passed, but not on another day.
        let later = NOW + 2 * QUARTER;
        assert_eq!(budget.ask(person(1), 5, later), Decision::Go);
        budget.tell(person(1), page(7, false), Said::default(), later);
        assert_eq!(budget.month.posts, u64::from(MAX_POSTS));
        assert_eq!(budget.ask(person(1), 5, NOW + DAY), Decision::Go);
        budget.tell(person(1), page(7, false), Said::default(), NOW + DAY);
        assert_eq!(budget.month.posts, u64::from(MAX_POSTS) + 7);
    }
}
