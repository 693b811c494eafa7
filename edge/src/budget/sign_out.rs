//! Signing out: the session is over here at once, whatever X says, and X is asked once to end its
//! token, however often its cookie is shown.

use serde::{Deserialize, Serialize};

use super::{Budget, Decision, Endpoint, Person};

/// Most sessions that are remembered as ended; of more at once X is not asked, and they and
/// their tokens end by themselves.
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

/// A session that is over. It is kept until it would end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    until: i64,
    /// Of the request that X was asked with; none if it could not be asked.
    ticket: Option<u64>,
}

impl Ended {
    pub fn is_over(&self, now: i64) -> bool {
        now >= self.until
    }
}

impl Budget {
    /// Whether this one is over before its time.
    pub(super) fn has_ended(&self, session: Option<Person>) -> bool {
        session.is_some_and(|session| self.ended.get(&session).is_some())
    }

    /// Ends the session of somebody who signs out, and gives up their turn. May X be asked to end
    /// their token? None if it has been; [`Decision::Go`] is as of [`Budget::ask_at`].
    pub fn sign_out(&mut self, leaving: Leaving, now: i64) -> Option<Decision> {
        let Leaving {
            person,
            session,
            ends,
            ticket,
        } = leaving;
        self.tidy(now);
        self.line.end(person);
        let known = self.ended.get(&session).copied();
        if let Some(asked) = known.and_then(|ended| ended.ticket) {
            // The same request once more, as its answer was lost.
            return (asked == ticket).then_some(Decision::Go);
        }
        if known.is_none() && self.ended.len() >= MAX_ENDED {
            return None;
        }
        let decision = self.ask_at(Endpoint::Revoke, ticket, now);
        let ended = Ended {
            until: ends,
            ticket: (decision == Decision::Go).then_some(ticket),
        };
        if known != Some(ended) {
            self.ended.insert(session, ended);
        }
        Some(decision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{
        Outcome, Said, Upload, Uploader, Wanted,
        fixture::{NOW, person, restarted, rules},
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
    fn who_has_signed_out_reads_and_uploads_no_more() {
        let mut budget = Budget::new(rules(9, 100));
        let refused = Outcome::Refused {
            until: NOW + 60,
            day: None,
        };
        // X ends the first one's token, and cannot be asked to end the second one's.
        let wanted = |number: u8| Wanted {
            session: Some(leaving(number, 0).session),
            ..person(number).wants(1)
        };
        let upload = |number: u8| Upload {
            who: Uploader::person(person(number)),
            bytes: 1,
            at: NOW,
            session: Some(leaving(number, 0).session),
        };
        for number in 1..4 {
            assert_eq!(budget.ask(wanted(number), NOW), Decision::Go);
            assert_eq!(budget.upload(upload(number), NOW), Decision::Go);
        }
        budget.sign_out(leaving(1, 1), NOW);
        budget.tell_of(Endpoint::Revoke, 1, refused, Said::default(), NOW);
        budget.sign_out(leaving(2, 2), NOW);
        let mut again = restarted(&mut budget, rules(9, 100));
        for number in 1..3 {
            assert_eq!(again.ask(wanted(number), NOW + 1), Decision::Ended);
            assert_eq!(again.upload(upload(number), NOW + 1), Decision::Ended);
        }
        // Their pages and uploads are counted for nobody; who signs in anew has another session.
        assert_eq!(again.month.posts(), budget.month.posts());
        assert_eq!(again.ask(wanted(3), NOW + 1), Decision::Go);
        assert_eq!(again.ask(person(1).wants(1), NOW + 1), Decision::Go);
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
        let mut again = restarted(&mut budget, rules(1, 100));
        assert_eq!(again.sign_out(leaving(1, 3), NOW + 100), None);
        assert_eq!(again.sign_out(leaving(2, 4), NOW + 100), go);
    }
}
