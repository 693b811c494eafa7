//! What the one object that keeps the budget is told, and when it is told once more.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Bots, Budget, Endpoint, Leaving, Outcome, Page, Person, Said, Upload, Wanted};

/// How long to wait at least before an object is asked again that has too much to do, and
/// at most half as long again: it is not to have the same all at once. A code of X lives
/// for 30 seconds.
const OVERLOADED: Duration = Duration::from_secs(1);

/// What the budget is asked or told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    Ask(Wanted),
    Tell {
        person: Person,
        page: Page,
        outcome: Outcome,
        said: Said,
    },
    AskAt {
        endpoint: Endpoint,
        ticket: u64,
    },
    TellOf {
        endpoint: Endpoint,
        ticket: u64,
        outcome: Outcome,
        said: Said,
    },
    SignOut(Leaving),
    Bots(Bots),
    Upload(Upload),
    Status,
}

/// Why a call of the object came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It did not arrive, or the object was lost before it answered, as with every deploy.
    Lost,
    /// The object has more to do than it can.
    Overloaded,
    /// The object itself threw something.
    Thrown,
}

impl Fault {
    /// `says` tells whether the runtime has set a property on its error. A connection that
    /// broke may say nothing of itself.
    pub fn of(says: impl Fn(&str) -> bool) -> Self {
        if says("overloaded") {
            Self::Overloaded
        } else if says("remote") && !says("retryable") && !says("durableObjectReset") {
            Self::Thrown
        } else {
            Self::Lost
        }
    }
}

impl Message {
    /// The answer of `budget`, as JSON.
    ///
    /// # Errors
    /// Those of [`serde_json::to_string`].
    pub fn answer(self, budget: &mut Budget, now: i64) -> serde_json::Result<String> {
        match self {
            Self::Ask(wanted) => text(&budget.ask(wanted, now)),
            Self::Tell {
                person,
                page,
                outcome,
                said,
            } => text(&budget.tell(person, page, outcome, said, now)),
            Self::AskAt { endpoint, ticket } => text(&budget.ask_at(endpoint, ticket, now)),
            Self::TellOf {
                endpoint,
                ticket,
                outcome,
                said,
            } => text(&budget.tell_of(endpoint, ticket, outcome, said, now)),
            Self::SignOut(leaving) => text(&budget.sign_out(leaving, now)),
            Self::Bots(bots) => text(&budget.count_bots(bots, now)),
            Self::Upload(upload) => text(&budget.upload(upload, now)),
            Self::Status => text(&budget.status(now)),
        }
    }

    /// After how long it is sent once more, to a new stub; none if that would do no good, or
    /// harm. `lot` is random.
    ///
    /// It may have arrived the first time. What is counted twice keeps X from being asked
    /// once, and somebody from uploading one bot more; what is given back twice would let X
    /// be asked too often, and of a page that two tabs have open the cost of both. That X
    /// refuses is said again all the same: what is not known of that costs more. What a sign-in
    /// costs is given back once, however often that is said.
    #[must_use]
    pub fn again(self, fault: Fault, lot: u8) -> Option<Duration> {
        let gives_back = matches!(
            self,
            Self::Tell {
                outcome: Outcome::Unused | Outcome::Failed | Outcome::Nothing,
                ..
            } | Self::TellOf {
                outcome: Outcome::Unused,
                ..
            } | Self::Bots(Bots::NotStored(_))
        );
        match fault {
            _ if gives_back => None,
            Fault::Lost => Some(Duration::ZERO),
            Fault::Overloaded => Some(OVERLOADED + OVERLOADED * u32::from(lot) / 512),
            Fault::Thrown => None,
        }
    }
}

fn text(answer: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(answer)
}

#[cfg(test)]
mod tests {
    use lemon_wire::{Limit, State, Status};

    use super::*;
    use crate::budget::{
        Decision, Stock, Uploader,
        fixture::{FREE, NOW, page, person, rules, wait},
    };

    fn upload() -> Upload {
        Upload {
            who: Uploader::person(person(1)),
            bytes: 9,
            at: NOW,
            session: None,
        }
    }

    fn all() -> [Message; 8] {
        let said = Said::default();
        let whole = Page::at(None, None, 100);
        [
            Message::Ask(person(1).wants_page(3, whole)),
            Message::Tell {
                person: person(1),
                page: whole,
                outcome: page(5, false),
                said,
            },
            Message::AskAt {
                endpoint: Endpoint::Me,
                ticket: 7,
            },
            Message::TellOf {
                endpoint: Endpoint::Me,
                ticket: 7,
                outcome: Outcome::User {
                    person: Some(person(1)),
                },
                said,
            },
            Message::SignOut(Leaving {
                person: person(2),
                session: person(3),
                ends: NOW + 9,
                ticket: 1,
            }),
            Message::Bots(Bots::Counted(Stock::default())),
            Message::Upload(upload()),
            Message::Status,
        ]
    }

    #[test]
    fn the_runtimes_errors_are_told_apart() {
        let cases: [(&[&str], Fault); 8] = [
            (&[], Fault::Lost),
            (&["retryable"], Fault::Lost),
            (&["durableObjectReset"], Fault::Lost),
            (&["durableObjectReset", "remote"], Fault::Lost),
            (&["retryable", "remote"], Fault::Lost),
            (&["remote"], Fault::Thrown),
            (&["overloaded"], Fault::Overloaded),
            (&["overloaded", "retryable", "remote"], Fault::Overloaded),
        ];
        for (properties, expected) in cases {
            let fault = Fault::of(|name| properties.contains(&name));
            assert_eq!(fault, expected, "{properties:?}");
        }
    }

    #[test]
    fn what_is_lost_comes_once_more_and_an_overload_is_given_time() {
        for message in all() {
            assert_eq!(message.again(Fault::Lost, 255), Some(Duration::ZERO));
            assert_eq!(message.again(Fault::Overloaded, 0), Some(OVERLOADED));
            let longest = message.again(Fault::Overloaded, 255).unwrap();
            assert!(longest > OVERLOADED * 7 / 5 && longest < OVERLOADED * 3 / 2);
            assert_eq!(message.again(Fault::Thrown, 0), None);
        }
    }

    #[test]
    fn what_is_given_back_is_given_back_once() {
        let said = Said::default();
        let tell = |outcome| Message::Tell {
            person: person(1),
            page: FREE,
            outcome,
            said,
        };
        for message in [
            tell(Outcome::Unused),
            // Two tabs may have asked for it, and one of them has it still to come.
            tell(Outcome::Failed),
            tell(Outcome::Nothing),
            Message::TellOf {
                endpoint: Endpoint::Token,
                ticket: 7,
                outcome: Outcome::Unused,
                said,
            },
            Message::Bots(Bots::NotStored(upload())),
        ] {
            assert_eq!(message.again(Fault::Lost, 0), None);
        }
    }

    /// X is asked less for it, never more, and no post is paid for twice.
    #[test]
    fn what_comes_twice_does_no_harm() {
        let mut once = Budget::new(rules(100, 100));
        let mut twice = once.clone();
        for message in all() {
            message.answer(&mut once, NOW).unwrap();
            for _ in 0..2 {
                message.answer(&mut twice, NOW).unwrap();
            }
        }
        assert!(twice.app.windows.left(NOW) < once.app.windows.left(NOW));
        let counted = |budget: &Budget| (budget.month.posts(), budget.month.users());
        assert_eq!(counted(&once), (5, 1));
        // What was asked for twice may have been given twice.
        assert_eq!(counted(&twice), (100, 1));
        let had = wait(1_800_057_600, Limit::UserDay);
        assert_eq!(twice.upload(upload(), NOW + 1), had);
        assert_eq!(once.upload(upload(), NOW + 1), Decision::Go);
    }

    #[test]
    fn an_answer_is_read_as_what_it_was() {
        let mut budget = Budget::new(rules(1, 1));
        let mut answer = |message: Message| message.answer(&mut budget, NOW).unwrap();
        let [ask, tell, .., sign_out, bots, upload, status] = all();
        let read = |text: &str| serde_json::from_str::<Decision>(text).unwrap();
        assert_eq!(read(&answer(ask)), Decision::Go);
        assert!(matches!(read(&answer(ask)), Decision::Wait { .. }));
        let told: Option<Decision> = serde_json::from_str(&answer(tell)).unwrap();
        assert_eq!(told, None);
        let left: Option<Decision> = serde_json::from_str(&answer(sign_out)).unwrap();
        assert_eq!(left, Some(Decision::Go));
        assert_eq!(answer(bots), "null");
        assert_eq!(read(&answer(upload)), Decision::Go);
        let status: Status = serde_json::from_str(&answer(status)).unwrap();
        assert_eq!((status.bots, status.state), (Some(1), State::Waiting));
    }
}
