//! What signing in and out asks of X. It is let through at once, as nobody is in line for
//! it, and counted in windows of its own, of which only X knows the limits.

use lemon_wire::Limit;
use serde::{Deserialize, Serialize};

use super::{
    AGAIN, Budget, Decision, FAILURES, Outcome, QUARTER, Said,
    month::Cost,
    window::{MARGIN, Windows},
};

/// What X is asked besides posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Endpoint {
    /// The token of a code.
    Token,
    /// Who somebody is.
    Me,
    /// The end of a token.
    Revoke,
}

impl Endpoint {
    /// Who somebody is X limits for each user; who that is nobody knows before X has
    /// answered.
    fn is_of_app(self) -> bool {
        self != Self::Me
    }
}

/// X has said so often in a row not who somebody is. Each time may be billed, and nobody knows
/// whose it was.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silence {
    failures: usize,
    /// When somebody may find out whether it does again.
    again: i64,
}

/// Longest time in seconds for which X is left alone.
const LONGEST: i64 = 5 * 60;

impl Silence {
    fn until(self, now: i64) -> Option<i64> {
        (self.failures >= FAILURES && now < self.again).then_some(self.again)
    }

    fn hear(&mut self, outcome: Outcome, now: i64) {
        match outcome {
            Outcome::Lost | Outcome::Failed | Outcome::Unreadable => {
                self.failures += 1;
                self.wait(now);
            }
            Outcome::Unused => {}
            _ => *self = Self::default(),
        }
    }

    /// Twice as long each time: what is found out may be billed.
    fn wait(&mut self, now: i64) {
        let times = self.failures.saturating_sub(FAILURES).min(5);
        self.again = now + (AGAIN << times).min(LONGEST);
    }
}

impl Budget {
    /// May X be asked at `endpoint`? [`Decision::Go`] is counted as asked;
    /// [`Budget::tell_of`] must say what came of it.
    ///
    /// Whoever signs out may always ask, unless X itself says no: it costs nothing, and
    /// their token is to end. `ticket` is random, and tells this request from others.
    pub fn ask_at(&mut self, endpoint: Endpoint, ticket: u64, now: i64) -> Decision {
        self.tidy(now);
        let cost = match endpoint {
            Endpoint::Token => Some(Cost::of_newcomer(&self.rules)),
            Endpoint::Me => Some(Cost { posts: 0, users: 1 }),
            Endpoint::Revoke => None,
        };
        if let Some(shut) = cost.and_then(|cost| self.shut(cost, now)) {
            return shut.into();
        }
        if endpoint == Endpoint::Token {
            // Before the code is used up for nothing. One finds out for all.
            if let Some(until) = self.silence.until(now) {
                let limit = Limit::Source;
                return Decision::Wait { until, limit };
            }
        }
        let limits = [Limit::AppQuarter, Limit::AppDay];
        let windows = self.endpoints.get(&endpoint);
        // Looked at and not taken: whoever is told to wait writes nothing down.
        if let Some((until, limit)) = windows.and_then(|windows| windows.spent(now, limits)) {
            return Decision::Wait { until, limit };
        }
        self.endpoint_mut(endpoint).take(now);
        if endpoint == Endpoint::Me {
            // Not before: a code that is none gets no farther, and finds nothing out.
            self.silence.wait(now);
            self.month.change().at(now).open_user(ticket);
        }
        Decision::Go
    }

    /// What came of a request that [`Budget::ask_at`] granted with this `ticket`. If X
    /// refused, answers with what the person is to be told.
    pub fn tell_of(
        &mut self,
        endpoint: Endpoint,
        ticket: u64,
        outcome: Outcome,
        said: Said,
        now: i64,
    ) -> Option<Decision> {
        self.tidy(now);
        if endpoint == Endpoint::Me {
            self.bill_user(ticket, outcome, now);
        }
        let windows = self.endpoint_mut(endpoint);
        if let Some(reading) = said.quarter.filter(|_| endpoint.is_of_app()) {
            windows.quarter.learn(reading, now, QUARTER);
        }
        if let Some(reading) = said.app_day {
            windows.learn_day(reading, now);
            // X may count the day of all endpoints as one.
            if self.app.counts_in_day(reading) {
                self.app.change().windows.learn_day(reading, now);
            }
        }
        let windows = self.endpoint_mut(endpoint);
        match outcome {
            Outcome::Refused { until, day } => {
                let limit = match day {
                    Some(Limit::AppDay) => {
                        windows.exhaust_day(until);
                        Limit::AppDay
                    }
                    Some(day) => day,
                    None if endpoint.is_of_app() => {
                        windows.quarter.exhaust(until);
                        Limit::AppQuarter
                    }
                    None => Limit::UserQuarter,
                };
                return Some(Decision::Wait {
                    until: until + MARGIN,
                    limit,
                });
            }
            Outcome::Closed { limit } => return Some(self.close(limit, now)),
            Outcome::Unused => windows.give_back(now),
            Outcome::User { .. }
            | Outcome::Page { .. }
            | Outcome::Failed
            | Outcome::Lost
            | Outcome::Unreadable
            | Outcome::Nothing => {}
        }
        None
    }

    /// X bills once a day who somebody is. Where it may have said so to nobody, it counts.
    fn bill_user(&mut self, ticket: u64, outcome: Outcome, now: i64) {
        let is_billed = match outcome {
            Outcome::User { person } => person.is_none_or(|person| self.user_mut(person).know(now)),
            outcome => outcome.may_be_billed(),
        };
        // Whoever says it a second time says nothing new.
        if self.month.change().at(now).close_user(ticket, is_billed) {
            self.silence.hear(outcome, now);
        }
    }

    fn endpoint_mut(&mut self, endpoint: Endpoint) -> &mut Windows {
        // X documents no limit of these for an app; its headers and refusals may.
        self.endpoints.change(endpoint, Windows::unknown)
    }
}

#[cfg(test)]
mod tests {
    use lemon_wire::Window as Reading;

    use super::*;
    use crate::budget::{
        DAY, Rules,
        fixture::{FREE, NOW, WINDOW, page, person, rules, said, wait},
        window::midnight,
    };

    /// What a sign-in comes to, in users that are counted before and after it.
    fn sign_in(budget: &mut Budget, ticket: u64, outcome: Outcome, now: i64) -> (u64, u64) {
        assert_eq!(budget.ask_at(Endpoint::Me, ticket, now), Decision::Go);
        let before = budget.month.users();
        // What comes twice counts once.
        for _ in 0..2 {
            budget.tell_of(Endpoint::Me, ticket, outcome, Said::default(), now);
        }
        (before, budget.month.users())
    }

    fn is(number: u8) -> Outcome {
        Outcome::User {
            person: Some(person(number)),
        }
    }

    #[test]
    fn a_sign_in_costs_once_a_day_a_person() {
        let mut budget = Budget::new(rules(100, 100));
        let nobody = Outcome::User { person: None };
        let tomorrow = NOW + crate::budget::DAY;
        for (ticket, (outcome, now, expected)) in (0..).zip([
            (is(1), NOW, (1, 1)),
            (is(1), NOW + 1, (2, 1)),
            (is(2), NOW + 2, (2, 2)),
            (is(1), tomorrow, (3, 3)),
            (is(1), tomorrow, (4, 3)),
            // X has billed it, or may have.
            (nobody, tomorrow, (4, 4)),
            (Outcome::Lost, tomorrow, (5, 5)),
            (Outcome::Unreadable, tomorrow, (6, 6)),
            (Outcome::Nothing, tomorrow, (7, 6)),
            (Outcome::Failed, tomorrow, (7, 6)),
            (Outcome::Unused, tomorrow, (7, 6)),
        ]) {
            let counted = sign_in(&mut budget, ticket, outcome, now);
            assert_eq!(counted, expected, "{ticket} {outcome:?}");
        }
        // Nobody says what came of it.
        assert_eq!(budget.ask_at(Endpoint::Me, 99, tomorrow), Decision::Go);
        assert_eq!(budget.month.users(), 7);
    }

    #[test]
    fn one_account_that_signs_in_again_and_again_does_not_close_the_month() {
        let mut budget = Budget::new(Rules {
            month_mills: Some(10 + 10 + 500),
            ..rules(100, 100)
        });
        for ticket in 0..1_000 {
            assert_eq!(budget.ask_at(Endpoint::Token, 0, NOW), Decision::Go);
            sign_in(&mut budget, ticket, is(1), NOW);
        }
        assert_eq!(budget.month.users(), 1);
        sign_in(&mut budget, 1_000, is(2), NOW);
        // There is room for a page of somebody who is here, and not for another newcomer.
        for endpoint in [Endpoint::Token, Endpoint::Me] {
            let asked = budget.ask_at(endpoint, 1_001, NOW);
            let is_closed = matches!(asked, Decision::Closed { .. });
            assert_eq!(is_closed, endpoint == Endpoint::Token, "{endpoint:?}");
        }
        // Whoever signs out is let go all the same.
        assert_eq!(budget.ask_at(Endpoint::Revoke, 0, NOW), Decision::Go);
    }

    #[test]
    fn what_x_says_of_an_endpoint_holds_for_that_one_alone() {
        const ALL: [Endpoint; 3] = [Endpoint::Token, Endpoint::Me, Endpoint::Revoke];
        let mut budget = Budget::new(rules(100, 100));
        for endpoint in ALL {
            assert_eq!(budget.ask_at(endpoint, 0, NOW), Decision::Go);
        }
        let last = said(3, 1, NOW + 900);
        for endpoint in ALL {
            budget.tell_of(endpoint, 0, Outcome::Nothing, last, NOW);
            assert_eq!(budget.ask_at(endpoint, 0, NOW + 1), Decision::Go);
        }
        let mut again = Budget::new(rules(100, 100));
        for (key, value) in budget.changes() {
            assert!(again.restore([(&key[..], &value.unwrap()[..])]));
        }
        let spent = wait(NOW + WINDOW, Limit::AppQuarter);
        assert_eq!(again.ask_at(Endpoint::Token, 0, NOW + 2), spent);
        assert_eq!(again.ask_at(Endpoint::Revoke, 0, NOW + 2), spent);
        // Who somebody is X limits for each user: this one has used up theirs.
        assert_eq!(again.ask_at(Endpoint::Me, 0, NOW + 2), Decision::Go);
        assert_eq!(again.ask(person(1).wants(1), NOW + 2), Decision::Go);
        assert_eq!(again.ask_at(Endpoint::Token, 0, NOW + WINDOW), Decision::Go);

        let refused = Outcome::Refused {
            until: NOW + 60,
            day: None,
        };
        let told = |budget: &mut Budget, endpoint| {
            budget.tell_of(endpoint, 0, refused, Said::default(), NOW + 3)
        };
        let until = NOW + 60 + MARGIN;
        assert_eq!(
            told(&mut budget, Endpoint::Me),
            Some(wait(until, Limit::UserQuarter))
        );
        assert_eq!(budget.ask_at(Endpoint::Me, 0, NOW + 3), Decision::Go);
        assert_eq!(
            told(&mut budget, Endpoint::Revoke),
            Some(wait(until, Limit::AppQuarter))
        );
        let waits = wait(until, Limit::AppQuarter);
        assert_eq!(budget.ask_at(Endpoint::Revoke, 0, NOW + 3), waits);
    }

    /// What may be billed each time stays counted, so X is not asked while it says nothing.
    #[test]
    fn while_x_does_not_say_who_somebody_is_one_finds_out_for_all() {
        let mut budget = Budget::new(rules(100, 100));
        let mut ticket = 0;
        let mut sign_in = |budget: &mut Budget, outcome, now| {
            let asked = budget.ask_at(Endpoint::Token, 0, now);
            if asked == Decision::Go {
                ticket += 1;
                budget.ask_at(Endpoint::Me, ticket, now);
                budget.tell_of(Endpoint::Me, ticket, outcome, Said::default(), now);
            }
            asked
        };
        let failures = [Outcome::Lost, Outcome::Failed, Outcome::Unreadable];
        for n in 0..FAILURES {
            let asked = sign_in(&mut budget, failures[n % 3], NOW);
            assert_eq!(asked, Decision::Go);
        }
        let counted = budget.month.users();
        let waits = |now| wait(now + AGAIN, Limit::Source);
        for _ in 0..100 {
            assert_eq!(sign_in(&mut budget, is(1), NOW + 1), waits(NOW));
        }
        let again = NOW + AGAIN;
        // Codes that are none take nobody's turn.
        for _ in 0..9 {
            assert_eq!(budget.ask_at(Endpoint::Token, 0, again), Decision::Go);
        }
        assert_eq!(sign_in(&mut budget, Outcome::Lost, again), Decision::Go);
        let longer = wait(again + 2 * AGAIN, Limit::Source);
        assert_eq!(sign_in(&mut budget, is(1), again), longer);
        // Signing out is not kept waiting by it.
        assert_eq!(budget.ask_at(Endpoint::Revoke, 0, again), Decision::Go);
        assert_eq!(budget.month.users(), counted + 1);
        // It says so once, and everybody may come.
        for _ in 0..10 {
            let asked = sign_in(&mut budget, is(1), again + 2 * AGAIN);
            assert_eq!(asked, Decision::Go);
        }
        // In a day of silence a few hundred are let through.
        let users = budget.month.users();
        for now in NOW..NOW + DAY {
            sign_in(&mut budget, Outcome::Lost, now);
        }
        assert!(budget.month.users() - users < 320);
    }

    #[test]
    fn who_is_told_to_wait_at_the_door_writes_no_row() {
        let mut budget = Budget::new(rules(100, 100));
        let refused = Outcome::Refused {
            until: NOW + 60,
            day: None,
        };
        for endpoint in [Endpoint::Token, Endpoint::Revoke] {
            assert_eq!(budget.ask_at(endpoint, 0, NOW), Decision::Go);
            budget.tell_of(endpoint, 0, refused, Said::default(), NOW);
        }
        assert!(!budget.changes().is_empty());
        let waits = wait(NOW + 60 + MARGIN, Limit::AppQuarter);
        for ticket in 0..10 {
            for endpoint in [Endpoint::Token, Endpoint::Revoke] {
                assert_eq!(budget.ask_at(endpoint, ticket, NOW + 1), waits);
            }
        }
        assert!(budget.changes().is_empty());
    }

    #[test]
    fn a_day_that_is_used_up_lets_people_sign_in_for_the_next() {
        let mut budget = Budget::new(Rules {
            app_day: Some(2),
            ..rules(100, 100)
        });
        let day = |limit, remaining, reset| Said {
            app_day: Some(Reading {
                limit,
                remaining,
                reset,
            }),
            ..Said::default()
        };
        for number in 1..3 {
            assert_eq!(budget.ask(person(number).wants(1), NOW), Decision::Go);
        }
        for _ in 0..9 {
            assert_eq!(budget.ask_at(Endpoint::Token, 0, NOW), Decision::Go);
            assert_eq!(budget.ask_at(Endpoint::Me, 0, NOW), Decision::Go);
        }
        let Decision::Wait { until, limit } = budget.ask(person(3).wants(1), NOW) else {
            panic!("the day is over");
        };
        assert_eq!(limit, Limit::AppDay);
        assert!((midnight(NOW) + MARGIN..midnight(NOW) + WINDOW).contains(&until));

        // A day of its own.
        let told = day(75, 0, NOW + 500);
        let nobody = Outcome::User { person: None };
        budget.tell_of(Endpoint::Me, 0, nobody, told, NOW);
        let spent = wait(NOW + 500 + MARGIN, Limit::AppDay);
        assert_eq!(budget.ask_at(Endpoint::Me, 0, NOW), spent);
        assert_eq!(budget.ask_at(Endpoint::Token, 0, NOW), Decision::Go);
        budget.tell(person(1), FREE, page(1, false), day(40, 20, NOW + 900), NOW);
        assert_eq!(budget.ask(person(4).wants(10), NOW), Decision::Go);
        // The same day, of which other endpoints take their part.
        let told = day(40, 0, NOW + 900);
        budget.tell_of(Endpoint::Token, 0, Outcome::Nothing, told, NOW);
        assert!(matches!(
            budget.ask(person(4).wants(9), NOW + 1),
            Decision::Wait { .. }
        ));
    }

    #[test]
    fn what_was_not_asked_comes_back() {
        let mut budget = Budget::new(rules(100, 100));
        let told = said(2, 1, NOW + 900);
        budget.tell_of(Endpoint::Token, 0, Outcome::Nothing, told, NOW);
        for _ in 0..9 {
            assert_eq!(budget.ask_at(Endpoint::Token, 0, NOW), Decision::Go);
            let unused = Outcome::Unused;
            budget.tell_of(Endpoint::Token, 0, unused, Said::default(), NOW);
        }
        assert_eq!(budget.ask_at(Endpoint::Token, 0, NOW), Decision::Go);
        let spent = wait(NOW + WINDOW, Limit::AppQuarter);
        assert_eq!(budget.ask_at(Endpoint::Token, 0, NOW), spent);
    }
}
