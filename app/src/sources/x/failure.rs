//! Why reading from X failed, kept for whoever comes back.

use lemon_wire::{Cause, Problem};
use serde::{Deserialize, Serialize};

use crate::browser;

/// Where the browser remembers it.
const FAILED: &str = "lemon-failed";

#[derive(Serialize, Deserialize)]
struct Failed {
    problem: Problem,
    /// Of this browser's clock: from then on it is tried again unbidden.
    until: Option<i64>,
}

/// A session that ended shows by itself, and signing in again is what goes on.
pub fn keep(person: &str, problem: &Problem) {
    if problem.cause != Cause::SignedOut {
        let failed = Failed {
            problem: problem.clone(),
            until: problem.wait().map(|left| browser::now() + left),
        };
        browser::remember_for(person, FAILED, &failed);
    }
}

/// Why it failed for `person`, until there is reason to ask again unbidden.
pub fn kept(person: &str) -> Option<Problem> {
    let failed: Failed = browser::recall_for(person, FAILED)?;
    let is_over = failed.until.is_some_and(|until| until <= browser::now());
    (!is_over).then_some(failed.problem)
}

pub fn forget() {
    browser::forget(FAILED);
}
