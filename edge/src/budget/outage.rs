//! Outages: when X has failed for many and answered nobody, everybody waits and keeps their
//! turn, and one request now and then finds out for all.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Person, QUARTER};

/// An outage is when X has failed for so many people and answered nobody in between. One
/// request in fifty fails on X's good days, so this many are no chance.
pub const FAILURES: usize = 5;

/// Seconds after which X is tried again in an outage.
pub const AGAIN: i64 = 10;

/// Failures in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    since: i64,
    /// Whose they were, each once, the last [`FAILURES`].
    failed: VecDeque<Person>,
    /// When X is tried again, if they are an outage.
    pub again: i64,
}

/// X is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    pub since: i64,
    /// When it is tried again.
    pub again: i64,
}

impl Trouble {
    pub fn new(now: i64) -> Self {
        Self {
            since: now,
            failed: VecDeque::new(),
            again: now,
        }
    }

    /// Somebody for whom X always fails must not close it for all, alone or as two.
    pub fn fail(&mut self, person: Person, now: i64) {
        if !self.failed.contains(&person) {
            self.failed.push_back(person);
            if self.failed.len() > FAILURES {
                self.failed.pop_front();
            }
        }
        self.again = now + AGAIN;
    }

    /// Too long ago to be of any use; whose they were is to be forgotten.
    pub fn is_over(&self, now: i64) -> bool {
        now >= self.again + QUARTER
    }

    /// The outage, as somebody who wants to ask, or nobody in particular, sees it. Those for
    /// whom X failed are not the first to try again.
    pub fn outage(&self, person: Option<Person>, now: i64) -> Option<Outage> {
        let has_failed = person.is_some_and(|person| self.failed.contains(&person));
        let again = self.again + if has_failed { AGAIN } else { 0 };
        (self.failed.len() >= FAILURES && now < again).then_some(Outage {
            since: self.since,
            again,
        })
    }
}

#[cfg(test)]
mod tests {
    use lemon_wire::{Limit, State};

    use super::*;
    use crate::budget::{
        Budget, Decision, Outcome, Said,
        fixture::{FREE, NOW, page, person, rules},
    };

    #[test]
    fn an_outage_is_when_it_fails_for_many() {
        let mut trouble = Trouble::new(NOW);
        for number in [1, 2, 3, 4, 4, 4] {
            trouble.fail(person(number), NOW);
        }
        assert_eq!(trouble.outage(None, NOW), None);
        trouble.fail(person(5), NOW + 3);
        let outage = Outage {
            since: NOW,
            again: NOW + 3 + AGAIN,
        };
        assert_eq!(trouble.outage(None, NOW + 3), Some(outage));
        assert_eq!(trouble.outage(Some(person(6)), outage.again), None);
        let later = outage.again + AGAIN;
        let seen = trouble.outage(Some(person(5)), outage.again);
        assert_eq!(seen.map(|outage| outage.again), Some(later));
        assert_eq!(trouble.outage(Some(person(5)), later), None);
        assert!(!trouble.is_over(outage.again + QUARTER - 1));
        assert!(trouble.is_over(outage.again + QUARTER));
    }

    #[test]
    fn when_x_fails_it_is_left_alone_and_nobody_loses_a_turn() {
        let mut budget = Budget::new(rules(100, 100));
        for number in 0..5 {
            assert_eq!(budget.ask(person(number).wants(10), NOW), Decision::Go);
        }
        let fail = |budget: &mut Budget, number, now| {
            let told = budget.tell(person(number), FREE, Outcome::Failed, Said::default(), now);
            assert_eq!(told, None);
        };
        for number in 0..4 {
            fail(&mut budget, number, NOW + 1);
        }
        // Of one person they count once.
        for _ in 0..9 {
            fail(&mut budget, 3, NOW + 1);
        }
        // Four may be chance; and somebody whom X refuses is an answer of X.
        assert_eq!(budget.ask(person(0).wants(10), NOW + 1), Decision::Go);
        budget.tell(person(0), FREE, Outcome::Nothing, Said::default(), NOW + 1);
        for number in 0..5 {
            fail(&mut budget, number, NOW + 2);
        }
        let again = NOW + 2 + AGAIN;
        for number in 0..30 {
            let Decision::Wait { until, limit } = budget.ask(person(number).wants(10), NOW + 3)
            else {
                panic!("X is asked in an outage");
            };
            assert_eq!(limit, Limit::Source);
            // Those for whom it failed come after the others.
            let from = again + if number < 5 { AGAIN } else { 0 };
            assert!((from..from + AGAIN).contains(&until), "{until}");
        }
        let status = budget.status(NOW + 3);
        assert_eq!(status.limit, Some(Limit::Source));
        assert_eq!(
            (status.state, status.since, status.until),
            (State::Waiting, Some(NOW + 2), Some(again))
        );
        // One finds out for all, again and again.
        let mut now = again;
        for number in 30..50 {
            assert_eq!(budget.ask(person(number).wants(1), now), Decision::Go);
            assert!(matches!(
                budget.ask(person(2).wants(10), now),
                Decision::Wait {
                    limit: Limit::Source,
                    ..
                }
            ));
            fail(&mut budget, number, now);
            // Whoever has just failed does not keep it closed by asking first.
            assert!(matches!(
                budget.ask(person(number).wants(1), now + AGAIN),
                Decision::Wait { .. }
            ));
            now += AGAIN;
        }
        let kept = budget.line.turns.get(&person(2)).copied();
        assert_eq!(kept.map(|turn| turn.pages), Some(9));
        assert_eq!(budget.ask(person(2).wants(10), now), Decision::Go);
        budget.tell(person(2), FREE, page(1, false), Said::default(), now);
        assert_eq!(budget.ask(person(1).wants(10), now), Decision::Go);
        assert_eq!(budget.status(now).state, State::Open);
    }
}
