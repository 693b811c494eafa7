//! What the tests of the parts have in common.

use lemon_wire::{Limit, Window as Reading};

use super::{Decision, Outcome, Person, QUARTER, Rules, Said, window::MARGIN};

pub const NOW: i64 = 1_800_000_000;

/// A window as it is planned with.
pub const WINDOW: i64 = QUARTER + MARGIN;

pub fn rules(app: u32, user: u32) -> Rules {
    Rules {
        app_quarter: app,
        user_quarter: user,
        app_day: None,
        user_day: None,
        month_posts: 1_000_000,
        month_mills: None,
        uploads_day: 2,
        closed: false,
    }
}

pub fn person(number: u8) -> Person {
    Person([number; 12])
}

pub fn page(posts: u32, is_last: bool) -> Outcome {
    Outcome::Page {
        posts,
        is_last,
        page: u64::from(posts),
    }
}

pub fn said(limit: u32, remaining: u32, reset: i64) -> Said {
    Said {
        quarter: Some(Reading {
            limit,
            remaining,
            reset,
        }),
        ..Said::default()
    }
}

pub fn wait(until: i64, limit: Limit) -> Decision {
    Decision::Wait { until, limit }
}
