//! The month: how many posts and users were read in it, and what they cost.

use chrono::{DateTime, Datelike, Months};
use serde::{Deserialize, Serialize};

use super::Rules;

/// What X asks for a post and for a user that are read, in thousandths of a dollar
/// (as of autumn 2026).
const POST_MILLS: u64 = 5;
const USER_MILLS: u64 = 10;

/// What was read in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// Months since the year 0.
    pub number: i64,
    pub posts: u64,
    pub users: u64,
}

impl Month {
    /// The month it is now: this one, or one in which nothing was read yet.
    pub fn at(&mut self, now: i64) -> &mut Self {
        let number = month_of(now);
        if self.number != number {
            *self = Self {
                number,
                ..Self::default()
            };
        }
        self
    }

    /// Whether the operator allows no more of it.
    pub fn is_spent(self, rules: &Rules, now: i64) -> bool {
        let over = |most| self.mills() >= most;
        self.number == month_of(now)
            && (self.posts >= rules.month_posts || rules.month_mills.is_some_and(over))
    }

    fn mills(self) -> u64 {
        self.posts * POST_MILLS + self.users * USER_MILLS
    }
}

/// Months since the year 0.
pub fn month_of(now: i64) -> i64 {
    let date = DateTime::from_timestamp(now, 0).unwrap_or_default();
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

/// The first second of the next month of UTC.
#[must_use]
pub fn next_month(now: i64) -> i64 {
    let date = DateTime::from_timestamp(now, 0)
        .unwrap_or_default()
        .date_naive();
    let next = date
        .with_day(1)
        .and_then(|first| first.checked_add_months(Months::new(1)));
    next.and_then(|first| first.and_hms_opt(0, 0, 0))
        .map_or(now, |first| first.and_utc().timestamp())
}

#[cfg(test)]
mod tests {
    use lemon_wire::{Limit, State};

    use super::*;
    use crate::budget::{
        Budget, Decision, Endpoint, Outcome, Said,
        fixture::{NOW, page, person, rules},
    };

    #[test]
    fn a_month_begins_with_nothing() {
        let february = next_month(NOW);
        let mut month = Month::default();
        month.at(NOW).posts += 7;
        month.at(february - 1).users += 1;
        assert_eq!((month.posts, month.users), (7, 1));
        assert_eq!(month.mills(), 7 * POST_MILLS + USER_MILLS);
        assert_eq!((month.at(february).posts, month.users), (0, 0));
        assert_eq!(month_of(february), month_of(NOW) + 1);
    }

    #[test]
    fn a_month_that_is_used_up_closes_until_the_next() {
        let mut budget = Budget::new(Rules {
            month_posts: 150,
            ..rules(100, 100)
        });
        let one = person(1);
        for posts in [100, 100, 50] {
            assert_eq!(budget.ask(one, 5, NOW), Decision::Go);
            // The second is the first once more, which X does not bill again.
            budget.tell(one, page(posts, false), Said::default(), NOW);
        }
        let february = 1_801_440_000;
        let closed = Decision::Closed {
            until: Some(february),
            limit: Limit::Month,
        };
        assert_eq!(budget.ask(one, 5, NOW + 1), closed);
        assert_eq!(budget.ask(person(2), 5, february - 1), closed);
        assert_eq!(budget.status(NOW + 1).state, State::Closed);
        assert_eq!(budget.ask(person(2), 5, february), Decision::Go);
    }

    #[test]
    fn money_counts_too_and_the_operator_can_close() {
        let mut budget = Budget::new(Rules {
            month_mills: Some(510),
            ..rules(100, 100)
        });
        budget.tell_of(Endpoint::Me, Outcome::User, Said::default(), NOW);
        assert_eq!(budget.ask(person(1), 5, NOW), Decision::Go);
        budget.tell(person(1), page(100, false), Said::default(), NOW);
        assert!(matches!(
            budget.ask(person(1), 5, NOW),
            Decision::Closed {
                limit: Limit::Month,
                ..
            }
        ));
        let mut budget = Budget::new(Rules {
            closed: true,
            ..rules(100, 100)
        });
        let closed = Decision::Closed {
            until: None,
            limit: Limit::Operator,
        };
        assert_eq!(budget.ask(person(1), 1, NOW), closed);
    }
}
