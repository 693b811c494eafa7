//! When it is somebody's turn at X.

use lemon_wire::{Cause, Limit};
use serde::{Deserialize, Serialize};

use crate::browser;
use crate::edge::EdgeError;

/// Where the browser remembers the slot that it was given.
const SLOT: &str = "lemon-slot";

/// When it is this person's turn, and why not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Of this browser's clock.
    pub until: i64,
    pub limit: Option<Limit>,
}

impl Slot {
    /// Until when the edge asks to wait. Also what is closed may have a time: when the month
    /// ends, or when somebody finds out whether the operator has paid.
    pub fn told_by(error: &EdgeError) -> Option<Self> {
        match error {
            EdgeError::Problem(problem)
                if matches!(problem.cause, Cause::Waiting | Cause::Closed) =>
            {
                Some(Self {
                    until: browser::now() + problem.wait()?,
                    limit: problem.limit,
                })
            }
            _ => None,
        }
    }

    /// For when `person` comes back.
    pub fn keep(self, person: &str) {
        browser::remember_for(person, SLOT, &self);
    }
}

pub fn kept(person: &str) -> Option<Slot> {
    browser::recall_for(person, SLOT)
}

pub fn forget() {
    browser::forget(SLOT);
}
