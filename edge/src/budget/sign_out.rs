//! Signing out: X is asked once to end a session's token, however often its cookie is shown.

use serde::{Deserialize, Serialize};

use super::{Budget, Decision, Endpoint, Person};

/// Most sessions that are remembered as ended; of more at once X is not asked, and their
/// tokens end by themselves.
const MAX_ENDED: usize = 100_000;

/// Somebody who signs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    pub person: Person,
    /// Stands for their session.
    pub session: Person,
    /// When that ends by itself.
    pub ends: i64,
    /// Random: tells this request from a later one with the same cookie.
    pub ticket: u64,
}

/// A session that X was asked to end. It is kept until it ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    until: i64,
    ticket: u64,
}

impl Ended {
    pub fn is_over(&self, now: i64) -> bool {
        now >= self.until
    }
}

impl Budget {
    /// Gives up the turn of somebody who signs out. May X be asked to end their token? None
    /// if it has been; [`Decision::Go`] is as of [`Budget::ask_at`].
    pub fn sign_out(&mut self, leaving: Leaving, now: i64) -> Option<Decision> {
        let Leaving {
            person,
            session,
            ends,
            ticket,
        } = leaving;
        self.tidy(now);
        self.line.end(person);
        if let Some(ended) = self.ended.get(&session) {
            // The same request once more, as its answer was lost.
            return (ended.ticket == ticket).then_some(Decision::Go);
        }
        if self.ended.len() >= MAX_ENDED {
            return None;
        }
        let decision = self.ask_at(Endpoint::Revoke, ticket, now);
        if decision == Decision::Go {
            let ended = Ended {
                until: ends,
                ticket,
            };
            self.ended.insert(session, ended);
        }
        Some(decision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{
        Outcome, Said,
        fixture::{NOW, person, rules},
    };

    fn leaving(number: u8, ticket: u64) -> Leaving {
        Leaving {
            person: person(number),
            session: person(100 + number),
            ends: NOW + 7_200,
            ticket,
        }
    }

    #[test]
    fn a_cookie_that_is_shown_for_two_hours_asks_x_once() {
        let mut budget = Budget::new(rules(1, 100));
        assert_eq!(budget.ask(person(1).wants(1), NOW), Decision::Go);
        budget.ask(person(2).wants(1), NOW);
        assert_eq!(budget.status(NOW).waiting, 1);
        let go = Some(Decision::Go);
        assert_eq!(budget.sign_out(leaving(2, 0), NOW), go);
        assert_eq!(budget.status(NOW).waiting, 0);
        // Its answer was lost, and it is sent once more.
        assert_eq!(budget.sign_out(leaving(2, 0), NOW), go);
        for ticket in 1..7_200 {
            let now = NOW + i64::try_from(ticket).unwrap();
            assert_eq!(budget.sign_out(leaving(2, ticket), now), None);
        }
        // Another session of theirs is another one; and the first has ended by itself.
        let other = Leaving {
            session: person(9),
            ..leaving(2, 1)
        };
        assert_eq!(budget.sign_out(other, NOW + 7_199), go);
        budget.changes();
        budget.status(NOW + 7_200);
        let gone = budget.changes();
        let ended = |row: &&(String, Option<String>)| row.0.contains("Ended") && row.1.is_none();
        assert_eq!(gone.iter().filter(ended).count(), 2, "{gone:?}");
    }

    #[test]
    fn it_is_remembered_over_a_restart_but_not_if_x_was_not_asked() {
        let mut budget = Budget::new(rules(1, 100));
        let refused = Outcome::Refused {
            until: NOW + 60,
            day: None,
        };
        let go = Some(Decision::Go);
        assert_eq!(budget.sign_out(leaving(1, 1), NOW), go);
        budget.tell_of(Endpoint::Revoke, 1, refused, Said::default(), NOW);
        let waits = budget.sign_out(leaving(2, 2), NOW + 1);
        assert!(matches!(waits, Some(Decision::Wait { .. })));
        let rows = budget.changes();
        let mut again = Budget::new(rules(1, 100));
        let rows = rows.iter();
        assert!(again.restore(rows.filter_map(|(key, value)| Some((&key[..], value.as_deref()?)))));
        assert_eq!(again.sign_out(leaving(1, 3), NOW + 100), None);
        assert_eq!(again.sign_out(leaving(2, 4), NOW + 100), go);
    }
}
