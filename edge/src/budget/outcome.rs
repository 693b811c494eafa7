//! What came of a request that was granted, and what that changes.

use http::HeaderMap;
use lemon_wire::{Limit, Window as Reading};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Budget, Decision, Person, QUARTER,
    outage::Trouble,
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
    /// X gave a page of so many posts. `page` tells one page of a person from the next.
    Page {
        posts: u32,
        is_last: bool,
        page: u64,
    },
    /// X said who somebody is.
    User,
    /// X refused with 429: a day is used up until then, or 15 minutes, whose X does not
    /// say.
    Refused { until: i64, day: Option<Limit> },
    /// The month or the credit is used up.
    Closed { limit: Limit },
    /// X failed.
    Failed,
    /// X answered, and gave no page of this person.
    Nothing,
    /// X was not asked.
    Unused,
}

impl Outcome {
    /// What came of asking for the page at `cursor`. X bills what it gives, also if that is
    /// of no use.
    #[must_use]
    pub fn of(step: &Result<Step, Error>, cursor: Option<&str>) -> Self {
        let (posts, is_last) = match step {
            Ok(step) => (step.new, step.page.next.is_none()),
            Err(Error::Garbled { posts } | Error::ParentsMissing { posts }) => (*posts, false),
            Err(error) => return (*error).into(),
        };
        let digest = Sha256::digest(cursor.unwrap_or_default());
        let (first, _) = digest.split_at(8);
        Self::Page {
            posts,
            is_last,
            page: first
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        }
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
            Error::Unreachable | Error::Failed => Self::Failed,
            // X answered: what of it cannot be read is no outage.
            _ => Self::Nothing,
        }
    }
}

impl Budget {
    /// What came of a request that was granted. If X refused, answers with what the person
    /// is to be told.
    pub fn tell(
        &mut self,
        person: Person,
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
            Outcome::Failed => {
                let trouble = &mut self.app.change().trouble;
                trouble
                    .get_or_insert_with(|| Trouble::new(now))
                    .fail(person, now);
            }
            Outcome::Unused => {}
            _ => self.app.change_if(|app| app.trouble.take().is_some()),
        }
        match outcome {
            Outcome::Page {
                posts,
                is_last,
                page,
            } => {
                let billed = self.user_mut(person).charge(page, posts, now);
                self.month.change().at(now).posts += u64::from(billed);
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
            Outcome::User | Outcome::Failed | Outcome::Nothing => {}
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
