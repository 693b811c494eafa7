//! What came of a request that was granted, and what that changes.

use http::HeaderMap;
use lemon_wire::{Limit, Window as Reading};
use serde::{Deserialize, Serialize};

use super::{
    Budget, Decision, Page, Person, QUARTER,
    outage::Trouble,
    user::Given,
    window::{MARGIN, Source, Window, is_of_app},
};
use crate::{
    error::Error,
    x::{import::Step, refusal},
};

/// What X said of its windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub quarter: Option<Reading>,
    pub app_day: Option<Reading>,
    pub user_day: Option<Reading>,
}

impl Said {
    #[must_use]
    pub fn by(headers: &HeaderMap) -> Self {
        let reading = |prefix| refusal::window(headers, prefix);
        Self {
            quarter: reading("x-rate-limit"),
            app_day: reading("x-app-limit-24hour"),
            user_day: reading("x-user-limit-24hour"),
        }
    }
}

/// How a granted request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// X gave a page of so many posts; `content` tells which.
    Page {
        posts: u32,
        is_last: bool,
        content: u64,
    },
    /// X said who somebody is; none if that cannot be read.
    User { person: Option<Person> },
    /// X refused with 429: a day is used up until then, or 15 minutes, whose X does not
    /// say.
    Refused { until: i64, day: Option<Limit> },
    /// The month or the credit is used up.
    Closed { limit: Limit },
    /// X failed, and says so.
    Failed,
    /// X did not answer, or broke off: nobody knows whether it has given anything.
    Lost,
    /// X answered with something, and nobody can say with what.
    Unreadable,
    /// X answered, and gave nothing of what it bills.
    Nothing,
    /// X was not asked.
    Unused,
}

impl Outcome {
    /// What came of asking for a page.
    #[must_use]
    pub fn of(step: &Result<Step, Error>) -> Self {
        match step {
            Ok(step) => Self::Page {
                posts: step.given,
                is_last: step.page.next.is_none(),
                content: step.content,
            },
            Err(error) => (*error).into(),
        }
    }

    /// Whether X may bill it, of an outcome that does not say how much it is.
    pub(super) fn may_be_billed(self) -> bool {
        matches!(self, Self::Lost | Self::Unreadable)
    }

    /// Whether it takes back what was counted when X was asked.
    pub(super) fn gives_back(self) -> bool {
        let is_billed = matches!(self, Self::Page { .. } | Self::User { .. });
        !is_billed && !self.may_be_billed()
    }
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        match error {
            Error::Waiting { retry_at, limit } => Self::Refused {
                until: retry_at,
                day: matches!(limit, Limit::AppDay | Limit::UserDay).then_some(limit),
            },
            Error::Closed { limit, .. } => Self::Closed { limit },
            Error::Failed => Self::Failed,
            Error::Unreachable => Self::Lost,
            // X answered: what of it cannot be read, or passed on, is no outage, and is
            // billed all the same. It is asked for again, and then it is known how much.
            Error::Garbled { .. }
            | Error::ParentsMissing { .. }
            | Error::Unreadable
            | Error::CookieTooLarge
            | Error::Runtime => Self::Unreadable,
            _ => Self::Nothing,
        }
    }
}

impl Budget {
    /// What came of a request for `page` that was granted. If X refused, answers with what
    /// the person is to be told.
    pub fn tell(
        &mut self,
        person: Person,
        page: Page,
        outcome: Outcome,
        said: Said,
        now: i64,
    ) -> Option<Decision> {
        self.tidy(now);
        let of_app = said
            .quarter
            .is_none_or(|reading| self.is_of_app(person, reading));
        self.learn(person, said, of_app, now);
        match outcome {
            Outcome::Failed | Outcome::Lost => {
                let trouble = &mut self.app.change().trouble;
                trouble
                    .get_or_insert_with(|| Trouble::new(now))
                    .fail(person, now);
            }
            Outcome::Unused => {}
            _ => self.app.change_if(|app| app.trouble.take().is_some()),
        }
        if outcome.gives_back() {
            let posts = self.user_mut(person).give_back(page, now);
            if posts > 0 {
                self.month.change().at(now).add_posts(-i64::from(posts));
            }
        }
        match outcome {
            Outcome::Page {
                posts,
                is_last,
                content,
            } => {
                let given = Given { posts, content };
                let more = self.user_mut(person).read(page, given, now);
                if more != 0 {
                    self.month.change().at(now).add_posts(more);
                }
                self.app.change_if(|app| app.closed.take().is_some());
                if is_last {
                    self.line.end(person);
                }
            }
            Outcome::Refused { until, day } => {
                let limit = day.unwrap_or(if of_app {
                    Limit::AppQuarter
                } else {
                    Limit::UserQuarter
                });
                return Some(self.refuse(person, limit, until, now));
            }
            Outcome::Closed { limit } => return Some(self.close(limit, now)),
            Outcome::Unreadable => self.app.change_if(|app| app.closed.take().is_some()),
            Outcome::Lost => self.user_mut(person).not_answered(now),
            Outcome::User { .. } | Outcome::Failed | Outcome::Nothing => {}
            Outcome::Unused => {
                self.app.change().windows.give_back(now);
                self.user_mut(person).windows.give_back(now);
                self.line.give_back(person);
            }
        }
        None
    }

    /// X says that the window of this limit is used up, whatever was counted.
    fn refuse(&mut self, person: Person, limit: Limit, until: i64, now: i64) -> Decision {
        self.history.moment(now).refused_by_source += 1;
        match limit {
            Limit::UserQuarter => self.user_mut(person).windows.quarter.exhaust(until),
            Limit::UserDay => self.user_mut(person).windows.exhaust_day(until),
            Limit::AppDay => self.app.change().windows.exhaust_day(until),
            _ => self.app.change().windows.quarter.exhaust(until),
        }
        Decision::Wait {
            until: until + MARGIN,
            limit,
        }
    }

    /// What X said of its windows.
    fn learn(&mut self, person: Person, said: Said, of_app: bool, now: i64) {
        match said.quarter {
            Some(reading) if of_app => self.app.change().learn_quarter(reading, now),
            Some(reading) => {
                let own = &mut self.user_mut(person).windows.quarter;
                own.learn(reading, now, QUARTER);
            }
            None => {}
        }
        if let Some(reading) = said.user_day {
            self.user_mut(person).windows.learn_day(reading, now);
        }
        if let Some(reading) = said.app_day {
            self.app.change().windows.learn_day(reading, now);
        }
    }

    fn is_of_app(&self, person: Person, said: Reading) -> bool {
        let own = self.users.get(&person).map_or_else(
            || Window::new(self.rules.user_quarter, Source::Rules),
            |user| user.windows.quarter,
        );
        is_of_app(said, self.app.windows.quarter, own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::fixture::{FREE, NOW, gave, person, rules, said};

    #[test]
    fn a_failure_is_what_it_says_of_x() {
        let refused = |day| Outcome::Refused {
            until: NOW + 9,
            day,
        };
        let waiting = |limit| Error::Waiting {
            retry_at: NOW + 9,
            limit,
        };
        for (error, outcome) in [
            (waiting(Limit::AppQuarter), refused(None)),
            (waiting(Limit::UserQuarter), refused(None)),
            (waiting(Limit::AppDay), refused(Some(Limit::AppDay))),
            (waiting(Limit::UserDay), refused(Some(Limit::UserDay))),
            (
                Error::Closed {
                    retry_at: None,
                    limit: Limit::Credits,
                },
                Outcome::Closed {
                    limit: Limit::Credits,
                },
            ),
            (Error::Failed, Outcome::Failed),
            (Error::Unreachable, Outcome::Lost),
            (Error::Garbled { posts: 9 }, Outcome::Unreadable),
            (Error::ParentsMissing { posts: 9 }, Outcome::Unreadable),
            (Error::Unreadable, Outcome::Unreadable),
            (Error::CookieTooLarge, Outcome::Unreadable),
            (Error::Runtime, Outcome::Unreadable),
            (Error::SignedOut, Outcome::Nothing),
            (Error::Rejected, Outcome::Nothing),
        ] {
            assert_eq!(Outcome::from(error), outcome, "{error:?}");
        }
    }

    #[test]
    fn a_request_that_was_not_made_says_nothing_of_x() {
        let mut budget = Budget::new(rules(900, 900));
        let mut tell = |outcome| budget.tell(person(1), FREE, outcome, Said::default(), NOW);
        tell(Outcome::Failed);
        tell(Outcome::Unused);
        assert!(budget.app.trouble.is_some());
        budget.tell(person(1), FREE, Outcome::Nothing, Said::default(), NOW);
        assert!(budget.app.trouble.is_none());
    }

    #[test]
    fn refusals_of_x_are_counted_one_by_one() {
        let mut budget = Budget::new(rules(900, 900));
        let refused = Outcome::Refused {
            until: NOW + 60,
            day: None,
        };
        for count in 1..=2 {
            budget.tell(person(1), FREE, refused, Said::default(), NOW);
            assert_eq!(budget.history.moment(NOW).refused_by_source, count);
        }
    }

    #[test]
    fn what_x_says_of_a_person_is_not_learned_of_all() {
        let mut budget = Budget::new(rules(2_500, 900));
        budget.tell(person(1), FREE, gave(5), said(900, 7, NOW + 60), NOW);
        let another = Window::new(900, Source::Rules);
        assert_eq!(budget.app.windows.quarter.limit, 2_500);
        assert_ne!(budget.user_mut(person(1)).windows.quarter, another);
        assert_eq!(budget.user_mut(person(2)).windows.quarter, another);
    }

    #[test]
    fn each_window_is_read_from_its_own_headers() {
        let headers: HeaderMap = [
            ("x-rate-limit", 900_u32),
            ("x-app-limit-24hour", 5_000),
            ("x-user-limit-24hour", 100),
        ]
        .into_iter()
        .flat_map(|(window, limit)| {
            [("limit", limit), ("remaining", limit - 1), ("reset", 7)].map(|(name, value)| {
                let name = format!("{window}-{name}");
                (name.parse().unwrap(), value.into())
            })
        })
        .collect();
        let reading = |limit| {
            Some(Reading {
                limit,
                remaining: limit - 1,
                reset: 7,
            })
        };
        let said = Said {
            quarter: reading(900),
            app_day: reading(5_000),
            user_day: reading(100),
        };
        assert_eq!(Said::by(&headers), said);
        assert_eq!(Said::by(&HeaderMap::new()), Said::default());
    }
}
