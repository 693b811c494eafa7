//! Why reading from X failed, kept for whoever comes back.

use lemon_wire::Problem;
use lemon_wire::later::Failed;

use crate::browser;

/// Where the browser remembers it.
const FAILED: &str = "lemon-failed";

pub fn keep(person: &str, problem: &Problem) {
    if let Some(failed) = Failed::with(problem, browser::now()) {
        browser::remember_for(person, FAILED, &failed);
    }
}

/// Why it failed for `person`, until there is reason to ask again unbidden.
pub fn kept(person: &str) -> Option<Problem> {
    browser::recall_for::<Failed>(person, FAILED)?.still(browser::now())
}

pub fn forget() {
    browser::forget(FAILED);
}
