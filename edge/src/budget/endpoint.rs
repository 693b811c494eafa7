//! What signing in and out asks of X. It is let through at once, as nobody is in line for
//! it, and counted in windows of its own, of which only X knows the limits.

use lemon_wire::Limit;
use serde::{Deserialize, Serialize};

use super::{
    Budget, Decision, Outcome, QUARTER, Said,
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

impl Budget {
    /// May X be asked at `endpoint`? [`Decision::Go`] is counted as asked;
    /// [`Budget::tell_of`] must say what came of it.
    ///
    /// Whoever signs out may always ask, unless X itself says no: it costs nothing, and
    /// their token is to end.
    pub fn ask_at(&mut self, endpoint: Endpoint, now: i64) -> Decision {
        self.tidy(now);
        if endpoint != Endpoint::Revoke
            && let Some(shut) = self.shut(now)
        {
            return shut.into();
        }
        let windows = self.endpoint_mut(endpoint);
        let limits = [Limit::AppQuarter, Limit::AppDay];
        if let Some((until, limit)) = windows.spent(now, limits) {
            return Decision::Wait { until, limit };
        }
        windows.take(now);
        Decision::Go
    }

    /// What came of a request that [`Budget::ask_at`] granted. If X refused, answers with
    /// what the person is to be told.
    pub fn tell_of(
        &mut self,
        endpoint: Endpoint,
        outcome: Outcome,
        said: Said,
        now: i64,
    ) -> Option<Decision> {
        self.tidy(now);
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
            Outcome::User => self.month.change().at(now).users += 1,
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
            Outcome::Page { .. } | Outcome::Failed | Outcome::Nothing => {}
        }
        None
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
        Rules,
        fixture::{NOW, WINDOW, page, person, rules, said, wait},
        window::midnight,
    };

    #[test]
    fn a_sign_in_costs_once_x_has_answered() {
        let mut budget = Budget::new(Rules {
            month_mills: Some(10),
            ..rules(100, 100)
        });
        let nothing = Said::default();
        assert_eq!(budget.ask_at(Endpoint::Me, NOW), Decision::Go);
        budget.tell_of(Endpoint::Me, Outcome::Nothing, nothing, NOW);
        assert_eq!(budget.ask_at(Endpoint::Me, NOW), Decision::Go);
        budget.tell_of(Endpoint::Me, Outcome::User, nothing, NOW);
        for endpoint in [Endpoint::Token, Endpoint::Me] {
            assert!(matches!(
                budget.ask_at(endpoint, NOW),
                Decision::Closed { .. }
            ));
        }
        // Whoever signs out is let go all the same.
        assert_eq!(budget.ask_at(Endpoint::Revoke, NOW), Decision::Go);
    }

    #[test]
    fn what_x_says_of_an_endpoint_holds_for_that_one_alone() {
        const ALL: [Endpoint; 3] = [Endpoint::Token, Endpoint::Me, Endpoint::Revoke];
        let mut budget = Budget::new(rules(100, 100));
        for endpoint in ALL {
            assert_eq!(budget.ask_at(endpoint, NOW), Decision::Go);
        }
        let last = said(3, 1, NOW + 900);
        for endpoint in ALL {
            budget.tell_of(endpoint, Outcome::Nothing, last, NOW);
            assert_eq!(budget.ask_at(endpoint, NOW + 1), Decision::Go);
        }
        let mut again = Budget::new(rules(100, 100));
        for (key, value) in budget.changes() {
            again.restore([(&key[..], &value.unwrap()[..])]);
        }
        let spent = wait(NOW + WINDOW, Limit::AppQuarter);
        assert_eq!(again.ask_at(Endpoint::Token, NOW + 2), spent);
        assert_eq!(again.ask_at(Endpoint::Revoke, NOW + 2), spent);
        // Who somebody is X limits for each user: this one has used up theirs.
        assert_eq!(again.ask_at(Endpoint::Me, NOW + 2), Decision::Go);
        assert_eq!(again.ask(person(1), 1, NOW + 2), Decision::Go);
        assert_eq!(again.ask_at(Endpoint::Token, NOW + WINDOW), Decision::Go);

        let refused = Outcome::Refused {
            until: NOW + 60,
            day: None,
        };
        let told = |budget: &mut Budget, endpoint| {
            budget.tell_of(endpoint, refused, Said::default(), NOW + 3)
        };
        let until = NOW + 60 + MARGIN;
        assert_eq!(
            told(&mut budget, Endpoint::Me),
            Some(wait(until, Limit::UserQuarter))
        );
        assert_eq!(budget.ask_at(Endpoint::Me, NOW + 3), Decision::Go);
        assert_eq!(
            told(&mut budget, Endpoint::Revoke),
            Some(wait(until, Limit::AppQuarter))
        );
        let waits = wait(until, Limit::AppQuarter);
        assert_eq!(budget.ask_at(Endpoint::Revoke, NOW + 3), waits);
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
            assert_eq!(budget.ask(person(number), 1, NOW), Decision::Go);
        }
        for _ in 0..9 {
            assert_eq!(budget.ask_at(Endpoint::Token, NOW), Decision::Go);
            assert_eq!(budget.ask_at(Endpoint::Me, NOW), Decision::Go);
        }
        let Decision::Wait { until, limit } = budget.ask(person(3), 1, NOW) else {
            panic!("the day is over");
        };
        assert_eq!(limit, Limit::AppDay);
        assert!((midnight(NOW) + MARGIN..midnight(NOW) + WINDOW).contains(&until));

        // A day of its own.
        let told = day(75, 0, NOW + 500);
        budget.tell_of(Endpoint::Me, Outcome::User, told, NOW);
        let spent = wait(NOW + 500 + MARGIN, Limit::AppDay);
        assert_eq!(budget.ask_at(Endpoint::Me, NOW), spent);
        assert_eq!(budget.ask_at(Endpoint::Token, NOW), Decision::Go);
        budget.tell(person(1), page(1, false), day(40, 20, NOW + 900), NOW);
        assert_eq!(budget.ask(person(4), 10, NOW), Decision::Go);
        // The same day, of which other endpoints take their part.
        let told = day(40, 0, NOW + 900);
        budget.tell_of(Endpoint::Token, Outcome::Nothing, told, NOW);
        assert!(matches!(
            budget.ask(person(4), 9, NOW + 1),
            Decision::Wait { .. }
        ));
    }

    #[test]
    fn what_was_not_asked_comes_back() {
        let mut budget = Budget::new(rules(100, 100));
        let told = said(2, 1, NOW + 900);
        budget.tell_of(Endpoint::Token, Outcome::Nothing, told, NOW);
        for _ in 0..9 {
            assert_eq!(budget.ask_at(Endpoint::Token, NOW), Decision::Go);
            let unused = Outcome::Unused;
            budget.tell_of(Endpoint::Token, unused, Said::default(), NOW);
        }
        assert_eq!(budget.ask_at(Endpoint::Token, NOW), Decision::Go);
        let spent = wait(NOW + WINDOW, Limit::AppQuarter);
        assert_eq!(budget.ask_at(Endpoint::Token, NOW), spent);
    }
}
