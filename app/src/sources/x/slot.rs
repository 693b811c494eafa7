//! When it is somebody's turn at X.

pub use lemon_wire::later::Slot;

use crate::browser;
use crate::edge::EdgeError;

/// Where the browser remembers the slot that it was given.
const SLOT: &str = "lemon-slot";

/// Until when the edge asks to wait.
pub fn told_by(error: &EdgeError) -> Option<Slot> {
    match error {
        EdgeError::Problem(problem) => Slot::told_by(problem, browser::now()),
        EdgeError::Offline | EdgeError::Unreadable => None,
    }
}

/// For when `person` comes back.
pub fn keep(person: &str, slot: Slot) {
    browser::remember_for(person, SLOT, &slot);
}

pub fn kept(person: &str) -> Option<Slot> {
    browser::recall_for(person, SLOT)
}

pub fn forget() {
    browser::forget(SLOT);
}
