//! How often one may ask. Windows begin at whole multiples of their length.

use std::collections::HashMap;

use axum::http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::standin::clock::timestamp;

/// Most requests in a window; none is no limit. The defaults are Mastodon's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Of the API in five minutes, for each token, and for all strangers together, who have one
    /// address here.
    pub api: Option<u32>,
    /// With a cursor in fifteen minutes, for each person.
    pub paging: Option<u32>,
    /// New apps in ten minutes.
    pub apps: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            api: Some(300),
            paging: Some(300),
            apps: Some(5),
        }
    }
}

/// What is counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Api,
    Paging,
    Apps,
}

/// What was asked: the kind, by whom, and the number of the window.
#[derive(Debug, Default)]
pub(crate) struct Counts(HashMap<(Kind, String, i64), u32>);

/// Where a window stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    limit: u32,
    remaining: u32,
    reset: i64,
}

impl Kind {
    fn seconds(self) -> i64 {
        match self {
            Self::Api => 300,
            Self::Paging => 900,
            Self::Apps => 600,
        }
    }
}

impl Counts {
    /// Counts a request of these kinds, each by its own asker.
    ///
    /// # Errors
    /// The window that is used up.
    pub fn admit(
        &mut self,
        limits: Limits,
        kinds: &[(Kind, &str)],
        now: i64,
    ) -> Result<Option<Window>, Window> {
        let mut tightest: Option<Window> = None;
        for &(kind, by) in kinds {
            let limit = match kind {
                Kind::Api => limits.api,
                Kind::Paging => limits.paging,
                Kind::Apps => limits.apps,
            };
            let Some(limit) = limit else {
                continue;
            };
            let number = now.div_euclid(kind.seconds());
            let count = self.0.entry((kind, by.to_owned(), number)).or_default();
            *count += 1;
            let window = Window {
                limit,
                remaining: limit.saturating_sub(*count),
                reset: (number + 1) * kind.seconds(),
            };
            if *count > limit {
                return Err(window);
            }
            if tightest.is_none_or(|tightest| window.remaining < tightest.remaining) {
                tightest = Some(window);
            }
        }
        Ok(tightest)
    }
}

impl Window {
    /// Used up, for so many seconds more.
    #[must_use]
    pub fn used_up(limit: u32, reset: i64) -> Self {
        Self {
            limit,
            remaining: 0,
            reset,
        }
    }

    pub fn tell(self, headers: &mut HeaderMap) {
        let reset = timestamp(self.reset).replace(".000Z", ".000000Z");
        headers.insert("x-ratelimit-limit", HeaderValue::from(self.limit));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(self.remaining));
        if let Ok(reset) = HeaderValue::try_from(reset) {
            headers.insert("x-ratelimit-reset", reset);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_at_a_whole_multiple_of_its_length() {
        let limits = Limits {
            apps: Some(2),
            ..Limits::default()
        };
        let mut counts = Counts::default();
        let mut ask = |by, now| counts.admit(limits, &[(Kind::Api, by), (Kind::Apps, by)], now);
        assert_eq!(ask("a", 599).unwrap().unwrap().remaining, 1);
        assert_eq!(ask("a", 600).unwrap().unwrap().remaining, 1);
        assert_eq!(ask("a", 1_199).unwrap().unwrap().remaining, 0);
        assert_eq!(ask("a", 1_199).unwrap_err().reset, 1_200);
        assert!(ask("b", 1_199).is_ok());
        assert!(ask("a", 1_200).is_ok());
    }
}
