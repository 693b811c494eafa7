//! The answer to somebody who wants a page.

use lemon_wire::Limit;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Whether X may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// X may be asked, once.
    Go,
    /// Not before `until`.
    Wait { until: i64, limit: Limit },
    /// Nobody is served; until when, if that is known.
    Closed { until: Option<i64>, limit: Limit },
    /// Their session is over: they have signed out.
    Ended,
}

impl Decision {
    /// For the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Wait { .. } => "wait",
            Self::Closed { .. } => "closed",
            Self::Ended => "ended",
        }
    }
}

impl From<Decision> for Result<(), Error> {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Go => Ok(()),
            Decision::Wait { until, limit } => Err(Error::Waiting {
                retry_at: until,
                limit,
            }),
            Decision::Closed { until, limit } => Err(Error::Closed {
                retry_at: until,
                limit,
            }),
            Decision::Ended => Err(Error::SignedOut),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_decided_is_what_is_told() {
        let (until, limit) = (7, Limit::AppDay);
        let waiting = Error::Waiting {
            retry_at: until,
            limit,
        };
        let closed = |until| Decision::Closed { until, limit };
        let told = |retry_at| Error::Closed { retry_at, limit };
        for (decision, name, error) in [
            (Decision::Go, "go", None),
            (Decision::Wait { until, limit }, "wait", Some(waiting)),
            (closed(None), "closed", Some(told(None))),
            (closed(Some(until)), "closed", Some(told(Some(until)))),
            (Decision::Ended, "ended", Some(Error::SignedOut)),
        ] {
            assert_eq!(decision.name(), name);
            assert_eq!(Result::from(decision).err(), error);
        }
    }
}
