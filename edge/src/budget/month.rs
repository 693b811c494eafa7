//! The month: how many posts and users were read in it, and what they cost.
//!
//! What X may bill is counted when it is asked, and corrected once somebody says what came
//! of it. So what nobody says stays counted, and what the operator allows is never passed.

use chrono::{DateTime, Datelike, Months};
use serde::{Deserialize, Serialize};

use super::Rules;
use crate::x::posts::PAGE;

/// What X asks for a post and for a user that are read, in thousandths of a dollar
/// (as of autumn 2026).
const POST_MILLS: u64 = 5;
const USER_MILLS: u64 = 10;

/// Most sign-ins under way that may still be given back. Of more at once the oldest stay
/// counted.
const MAX_OPEN: usize = 256;

/// The number of a month of which is not known which it is.
const ANY: i64 = i64::MAX;

/// What was read in a month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// Months since the year 0.
    number: i64,
    posts: u64,
    users: u64,
    /// Sign-ins that are counted in `users` and of which nobody has said what came, by their
    /// tickets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open: Vec<u64>,
    /// It could not be read where it was stored: nobody knows how much of it is left.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    lost: bool,
}

/// What is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    pub posts: u32,
    pub users: u32,
}

impl Cost {
    /// What somebody needs at least who comes and signs in: less room is worth nothing to
    /// them.
    pub fn of_newcomer(rules: &Rules) -> Self {
        Self {
            posts: rules.person_posts.min(PAGE),
            users: 1,
        }
    }
}

impl Month {
    /// One that was stored and cannot be read.
    pub fn lost() -> Self {
        Self {
            number: ANY,
            lost: true,
            ..Self::default()
        }
    }

    /// The month it is now: this one, or one in which nothing was read yet. A clock that is
    /// behind, as another machine's may be, begins none anew.
    pub fn at(&mut self, now: i64) -> &mut Self {
        let number = month_of(now);
        if self.number == ANY {
            self.number = number;
        } else if self.number < number {
            *self = Self {
                number,
                ..Self::default()
            };
        }
        self
    }

    /// Gives a month that was lost the number of this one, so that the next can begin. Whether
    /// it did.
    pub fn settle_lost(&mut self, now: i64) -> bool {
        let is_any = self.number == ANY;
        if is_any {
            self.at(now);
        }
        is_any
    }

    /// Whether the operator allows that much more of it.
    pub fn has_room(&self, cost: Cost, rules: &Rules, now: i64) -> bool {
        let is_this = self.number >= month_of(now);
        if self.number == ANY || (is_this && self.lost) {
            return false;
        }
        let (posts, users) = if is_this {
            (self.posts, self.users)
        } else {
            (0, 0)
        };
        let posts = posts + u64::from(cost.posts);
        let users = users + u64::from(cost.users);
        let mills = posts * POST_MILLS + users * USER_MILLS;
        posts <= rules.month_posts && rules.month_mills.is_none_or(|most| mills <= most)
    }

    /// So many more posts than were counted, or fewer.
    pub fn add_posts(&mut self, more: i64) {
        self.posts = self.posts.saturating_add_signed(more);
    }

    /// X is asked who somebody is, with this ticket.
    pub fn open_user(&mut self, ticket: u64) {
        if self.open.contains(&ticket) {
            return;
        }
        self.users += 1;
        if self.open.len() >= MAX_OPEN {
            self.open.remove(0);
        }
        self.open.push(ticket);
    }

    /// Somebody has said what came of it: it stays counted, or not. Only the first word of a
    /// ticket counts; whether this was the first.
    pub fn close_user(&mut self, ticket: u64, is_billed: bool) -> bool {
        let Some(at) = self.open.iter().position(|open| *open == ticket) else {
            return false;
        };
        self.open.remove(at);
        if !is_billed {
            self.users = self.users.saturating_sub(1);
        }
        true
    }

    #[cfg(test)]
    pub fn posts(&self) -> u64 {
        self.posts
    }

    #[cfg(test)]
    pub fn users(&self) -> u64 {
        self.users
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
        Budget, Decision, Endpoint, Outcome, Page, Said,
        fixture::{NOW, gave, page, person, restarted, rules},
    };

    const FEBRUARY: i64 = 1_801_440_000;

    fn spent() -> Decision {
        Decision::Closed {
            until: Some(FEBRUARY),
            limit: Limit::Month,
        }
    }

    #[test]
    fn every_month_has_a_number_of_its_own() {
        const DAYS: i64 = 24 * 60 * 60;
        let middles = (0..24).map(|n| month_of(FEBRUARY + 15 * DAYS + n * 365 * DAYS / 12));
        let numbers: Vec<_> = middles.collect();
        assert!(
            numbers.windows(2).all(|two| two[1] == two[0] + 1),
            "{numbers:?}"
        );
    }

    #[test]
    fn a_clock_that_goes_back_begins_no_month_anew() {
        let rules = Rules {
            month_posts: 10,
            ..rules(100, 100)
        };
        let seven = Cost { posts: 7, users: 0 };
        let mut month = Month::default();
        month.at(FEBRUARY).add_posts(7);
        for now in [FEBRUARY - 1, FEBRUARY] {
            assert!(!month.has_room(seven, &rules, now), "{now}");
            month.at(now).add_posts(1);
        }
        assert_eq!(month.posts(), 9);
        let march = next_month(FEBRUARY);
        assert!(month.has_room(seven, &rules, march));
        assert_eq!(month.at(march).posts(), 0);
    }

    #[test]
    fn what_nobody_asked_for_gives_nothing_back() {
        let mut month = Month::default();
        month.at(NOW).open_user(1);
        month.open_user(2);
        month.close_user(3, false);
        assert_eq!(month.users(), 2);
        month.close_user(2, false);
        month.close_user(2, false);
        assert_eq!(month.users(), 1);
    }

    #[test]
    fn a_month_begins_with_nothing() {
        let mut month = Month::default();
        month.at(NOW).add_posts(7);
        month.at(FEBRUARY - 1).open_user(1);
        assert_eq!((month.posts, month.users), (7, 1));
        assert_eq!((month.at(FEBRUARY).posts, month.users), (0, 0));
        assert_eq!(month_of(FEBRUARY), month_of(NOW) + 1);
        assert_eq!(next_month(NOW), FEBRUARY);
        // Whoever was asked about in the month before is none of this one.
        month.close_user(1, false);
        assert_eq!(month.users, 0);
    }

    #[test]
    fn a_month_that_is_used_up_closes_until_the_next() {
        let mut budget = Budget::new(Rules {
            month_posts: 250,
            ..rules(100, 100)
        });
        let one = person(1);
        let first = Page::at(None, None, 100);
        assert_eq!(budget.ask(one.wants_page(5, first), NOW), Decision::Go);
        budget.tell(one, first, gave(100), Said::default(), NOW);
        // The same once more, which X does not bill again.
        assert_eq!(budget.ask(one.wants_page(5, first), NOW), Decision::Go);
        budget.tell(one, first, gave(100), Said::default(), NOW);
        let second = Page::at(Some("x1"), None, 100);
        assert_eq!(budget.ask(one.wants_page(5, second), NOW), Decision::Go);
        // Who comes while that is under way finds no room for a page.
        let third = Page::at(None, None, 100);
        assert_eq!(budget.ask(person(2).wants_page(5, third), NOW + 1), spent());
        assert_eq!(budget.status(NOW + 1).state, State::Closed);
        // It turns out to be a short one.
        budget.tell(one, second, gave(50), Said::default(), NOW + 2);
        assert_eq!(
            budget.ask(person(2).wants_page(5, third), FEBRUARY - 1),
            Decision::Go
        );
        assert_eq!(budget.month.posts, 250);
        assert_eq!(budget.status(FEBRUARY - 1).state, State::Closed);
        assert_eq!(
            budget.ask(person(3).wants_page(5, third), FEBRUARY),
            Decision::Go
        );
    }

    #[test]
    fn money_counts_too_and_the_operator_can_close() {
        let mut budget = Budget::new(Rules {
            month_mills: Some(510),
            ..rules(100, 100)
        });
        let whole = Page::at(None, None, 100);
        assert_eq!(budget.ask_at(Endpoint::Me, 1, NOW), Decision::Go);
        let is_one = Outcome::User {
            person: Some(person(1)),
        };
        budget.tell_of(Endpoint::Me, 1, is_one, Said::default(), NOW);
        let asked = budget.ask(person(1).wants_page(5, whole), NOW);
        assert_eq!(asked, Decision::Go);
        budget.tell(person(1), whole, gave(100), Said::default(), NOW);
        let next = Page::at(Some("x1"), None, 5);
        assert_eq!(budget.ask(person(1).wants_page(5, next), NOW), spent());
        let mut budget = Budget::new(Rules {
            closed: true,
            ..rules(100, 100)
        });
        let closed = Decision::Closed {
            until: None,
            limit: Limit::Operator,
        };
        assert_eq!(budget.ask(person(1).wants(1), NOW), closed);
    }

    #[test]
    fn what_may_be_billed_is_counted_when_it_is_asked_for() {
        let whole = Page::at(None, None, 100);
        for (outcome, billed) in [
            (Some(gave(100)), 100),
            (Some(gave(37)), 37),
            (Some(gave(0)), 0),
            // Nobody can say of how many posts it was, or whether X gave any.
            (Some(Outcome::Unreadable), 100),
            (Some(Outcome::Lost), 100),
            (None, 100),
            (Some(Outcome::Failed), 0),
            (Some(Outcome::Nothing), 0),
            (Some(Outcome::Unused), 0),
            (
                Some(Outcome::Refused {
                    until: NOW + 9,
                    day: None,
                }),
                0,
            ),
        ] {
            let mut budget = Budget::new(rules(100, 100));
            let asked = budget.ask(person(1).wants_page(5, whole), NOW);
            assert_eq!(asked, Decision::Go);
            assert_eq!(budget.month.posts, 100);
            if let Some(outcome) = outcome {
                // What comes twice counts once.
                for _ in 0..2 {
                    budget.tell(person(1), whole, outcome, Said::default(), NOW);
                }
            }
            assert_eq!(budget.month.posts, billed, "{outcome:?}");
        }
    }

    #[test]
    fn what_was_lost_is_asked_for_again_at_no_cost_also_when_the_month_is_full() {
        let mut budget = Budget::new(Rules {
            month_posts: 100,
            ..rules(100, 100)
        });
        let whole = Page::at(None, None, 100);
        assert_eq!(
            budget.ask(person(1).wants_page(5, whole), NOW),
            Decision::Go
        );
        budget.tell(person(1), whole, Outcome::Lost, Said::default(), NOW);
        let another = Page::at(None, None, 5);
        let asked = budget.ask(person(2).wants_page(5, another), NOW + 1);
        assert_eq!(asked, spent());
        assert_eq!(
            budget.ask(person(1).wants_page(5, whole), NOW + 1),
            Decision::Go
        );
        budget.tell(person(1), whole, gave(60), Said::default(), NOW + 2);
        // What X gave the first time is not known.
        assert_eq!(budget.month.posts, 100);
        // On the next day X would bill it again.
        let tomorrow = NOW + crate::budget::DAY;
        assert_eq!(
            budget.ask(person(1).wants_page(5, whole), tomorrow),
            spent()
        );
    }

    #[test]
    fn a_month_that_cannot_be_read_closes_and_does_not_begin_anew() {
        let mut budget = Budget::new(rules(100, 100));
        let whole = Page::at(None, None, 100);
        assert_eq!(
            budget.ask(person(1).wants_page(1, whole), NOW),
            Decision::Go
        );
        budget.tell(person(1), whole, page(100, true), Said::default(), NOW);
        let rows = budget.changes();
        let restored = |damaged: &str| {
            let mut budget = Budget::new(rules(100, 100));
            let is_sound = budget.restore(rows.iter().filter_map(|(key, value)| {
                let is_month = key == "\"Month\"";
                let value = if is_month {
                    Some(damaged)
                } else {
                    value.as_deref()
                };
                Some((&key[..], value?))
            }));
            (budget, is_sound)
        };
        for damaged in [
            "",
            "{",
            "7",
            r#"{"number":"x"}"#,
            r#"{"posts":0,"users":0}"#,
        ] {
            let (mut budget, is_sound) = restored(damaged);
            assert!(!is_sound, "{damaged}");
            assert_eq!(budget.status(NOW).state, State::Closed);
            assert_eq!(
                budget.ask(person(2).wants(1), NOW + 1),
                spent(),
                "{damaged}"
            );
            assert_eq!(budget.ask_at(Endpoint::Token, 1, NOW + 1), spent());
            // Also after another restart; the next month is another one.
            let mut again = restarted(&mut budget, rules(100, 100));
            assert_eq!(again.ask(person(2).wants(1), FEBRUARY - 1), spent());
            assert_eq!(again.ask(person(2).wants(1), FEBRUARY), Decision::Go);
        }
        let sound = r#"{"number":24324,"posts":7,"users":1}"#;
        let (budget, is_sound) = restored(sound);
        assert_eq!(
            (is_sound, budget.month.posts, budget.month.users),
            (true, 7, 1)
        );
    }
}
