//! What came of a request that was granted.

use http::HeaderMap;
use lemon_wire::{Limit, Window as Reading};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

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
