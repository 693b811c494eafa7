//! The log: one JSON line a request. Every field is a number or one of a fixed
//! set of words, so that no token, handle, cookie, bot's id or text can be in it.

use lemon_wire::Cause;
use serde::Serialize;

use crate::error::Error;

/// What is told of a request.
#[derive(Clone, Debug, Serialize)]
pub struct Line<'a> {
    /// Random; the answer carries it too.
    pub id: &'a str,
    pub method: &'a str,
    /// The route's pattern, never the path.
    pub route: &'a str,
    pub status: u16,
    /// Milliseconds. The runtime's clock stands still while we compute, so
    /// this is time spent waiting.
    pub ms: u64,
    /// The last status that X gave, if X was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<u16>,
    /// What the budget said, if it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<&'static str>,
    /// Posts that were left out of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
    #[serde(flatten)]
    pub failure: Option<Failure>,
}

/// So many posts, as an answer carries it to its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut(pub u32);

/// Why a request failed.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    pub cause: Cause,
    pub detail: String,
}

/// What is told of one run of the purge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Purge {
    pub listed: usize,
    pub purged: usize,
    /// Objects whose metadata is not ours; they are left alone.
    pub unreadable: usize,
    /// The bucket has more; the next run goes on.
    pub unfinished: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            cause: error.cause(),
            detail: error.to_string(),
        }
    }
}

/// `method` if it is one that HTTP defines; anything else is the client's text.
#[must_use]
pub fn method(method: &str) -> &str {
    match method {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS") => known,
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use lemon_wire::Limit;

    use super::*;

    #[test]
    fn a_line_is_flat_and_leaves_out_what_did_not_happen() {
        let line = Line {
            id: "r",
            method: "GET",
            route: "/api/me",
            status: 200,
            ms: 3,
            x: None,
            budget: None,
            left_out: None,
            failure: None,
        };
        assert_eq!(
            serde_json::to_value(&line).unwrap(),
            serde_json::json!({
                "id": "r", "method": "GET", "route": "/api/me", "status": 200, "ms": 3,
            })
        );
        let failed = Line {
            x: Some(429),
            budget: Some("closed"),
            left_out: Some(LeftOut(2)),
            failure: Some(
                Error::Closed {
                    retry_at: None,
                    limit: Limit::Month,
                }
                .into(),
            ),
            ..line
        };
        assert_eq!(
            serde_json::to_value(&failed).unwrap(),
            serde_json::json!({
                "id": "r", "method": "GET", "route": "/api/me", "status": 200, "ms": 3,
                "x": 429, "budget": "closed", "left_out": 2, "cause": "closed", "detail": "closed: the month",
            })
        );
    }

    /// Cloudflare's own lines hold addresses and URLs: docs/security.md says that they are off.
    #[test]
    fn no_line_but_ours_is_kept() {
        let config = include_str!("../wrangler.toml");
        let (_, logs) = config.split_once("\n[observability.logs]\n").unwrap();
        assert!(logs.starts_with("invocation_logs = false\n"));
    }

    #[test]
    fn a_method_of_the_clients_own_is_not_logged() {
        assert_eq!(method("DELETE"), "DELETE");
        assert_eq!(method("SECRET"), "other");
    }
}
