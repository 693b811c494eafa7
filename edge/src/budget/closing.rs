//! When nobody is served: the operator has closed, or a month or the credit is used up.

use lemon_wire::Limit;
use serde::{Deserialize, Serialize};

use super::{
    Budget, Decision,
    month::{Cost, month_of, next_month},
};

/// How often X is tried while the month or the credit is used up: nothing says when the
/// operator has paid.
pub const PROBE: i64 = 10 * 60;

/// X said that nothing more is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    limit: Limit,
    since: i64,
    /// When X is tried again.
    pub probe: i64,
}

/// Nobody is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shut {
    pub limit: Limit,
    /// Where that is known.
    pub since: Option<i64>,
    pub until: Option<i64>,
}

impl Closed {
    /// X says so now; it may have `before`.
    fn said(limit: Limit, before: Option<Self>, now: i64) -> Self {
        let same = before
            .filter(|closed| closed.limit == limit && month_of(closed.since) == month_of(now));
        Self {
            limit,
            since: same.map_or(now, |closed| closed.since),
            probe: now + PROBE,
        }
    }

    /// What X said holds until it is to be tried again, and a month no longer than itself.
    fn holds(&self, now: i64) -> bool {
        let is_past = self.limit == Limit::Month && month_of(self.since) != month_of(now);
        now < self.probe && !is_past
    }

    /// Until when, or when it is tried again.
    fn until(self, now: i64) -> i64 {
        match self.limit {
            Limit::Month => next_month(now),
            _ => self.probe,
        }
    }
}

impl From<Shut> for Decision {
    fn from(Shut { limit, until, .. }: Shut) -> Self {
        Self::Closed { until, limit }
    }
}

impl Budget {
    /// Whether nobody is served who needs so much of the month.
    pub(super) fn shut(&self, cost: Cost, now: i64) -> Option<Shut> {
        if self.rules.closed {
            return Some(Shut {
                limit: Limit::Operator,
                since: None,
                until: None,
            });
        }
        if !self.month.has_room(cost, &self.rules, now) {
            return Some(Shut {
                limit: Limit::Month,
                since: None,
                until: Some(next_month(now)),
            });
        }
        let closed = self.app.closed.filter(|closed| closed.holds(now))?;
        Some(Shut {
            limit: closed.limit,
            since: Some(closed.since),
            until: Some(closed.until(now)),
        })
    }

    /// X says that the month or the credit is used up. Answers with what all are told.
    pub(super) fn close(&mut self, limit: Limit, now: i64) -> Decision {
        let closed = Closed::said(limit, self.app.closed, now);
        self.app.change().closed = Some(closed);
        Decision::Closed {
            until: Some(closed.until(now)),
            limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use lemon_wire::State;

    use super::*;
    use crate::budget::{
        Outcome, Said,
        fixture::{FREE, NOW, page, person, rules},
    };

    #[test]
    fn without_credit_x_is_tried_now_and_then() {
        let mut budget = Budget::new(rules(100, 100));
        let credits = Outcome::Closed {
            limit: Limit::Credits,
        };
        let closed = |until| Decision::Closed {
            until: Some(until),
            limit: Limit::Credits,
        };
        assert_eq!(budget.ask(person(1).wants(1), NOW), Decision::Go);
        let told = budget.tell(person(1), FREE, credits, Said::default(), NOW);
        assert_eq!(told, Some(closed(NOW + PROBE)));
        assert_eq!(
            budget.ask(person(1).wants(1), NOW + PROBE - 1),
            closed(NOW + PROBE)
        );
        assert_eq!(budget.status(NOW + PROBE - 1).state, State::Closed);
        // Somebody may sign in again, and find out.
        assert_eq!(budget.status(NOW + PROBE).state, State::Open);
        assert_eq!(budget.ask(person(2).wants(1), NOW + PROBE), Decision::Go);
        // One at a time.
        assert_eq!(
            budget.ask(person(3).wants(1), NOW + PROBE),
            closed(NOW + 2 * PROBE)
        );
        budget.tell(person(2), FREE, page(1, true), Said::default(), NOW + PROBE);
        assert_eq!(budget.ask(person(3).wants(1), NOW + PROBE), Decision::Go);
    }

    #[test]
    fn what_x_says_again_holds_since_it_was_said_first() {
        let mut budget = Budget::new(rules(100, 100));
        let since = |budget: &Budget, now| {
            let shut = budget.shut(Cost { posts: 0, users: 0 }, now).unwrap();
            (
                shut.limit,
                shut.since.unwrap() - NOW,
                shut.until.unwrap() - NOW,
            )
        };
        budget.close(Limit::Credits, NOW);
        assert_eq!(since(&budget, NOW + 9), (Limit::Credits, 0, 600));
        budget.close(Limit::Credits, NOW + 700);
        assert_eq!(since(&budget, NOW + 701), (Limit::Credits, 0, 1_300));
        budget.close(Limit::Month, NOW + 800);
        assert_eq!(since(&budget, NOW + 801).1, 800);
    }

    #[test]
    fn a_month_that_x_closed_ends_with_the_month() {
        let mut budget = Budget::new(rules(100, 100));
        let february = 1_801_440_000;
        budget.close(Limit::Month, february - 60);
        let march = next_month(february);
        let closed = Decision::Closed {
            until: Some(february),
            limit: Limit::Month,
        };
        assert_eq!(budget.ask(person(1).wants(1), february - 1), closed);
        assert_eq!(budget.ask(person(1).wants(1), february), Decision::Go);
        // X's own month may be another one.
        budget.close(Limit::Month, february + 1);
        let still = Decision::Closed {
            until: Some(march),
            limit: Limit::Month,
        };
        assert_eq!(budget.ask(person(1).wants(1), february + 2), still);
    }
}
