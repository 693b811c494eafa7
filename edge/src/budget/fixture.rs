//! What the tests of the parts have in common.

use lemon_wire::{Limit, MAX_POSTS, Window as Reading};

use super::{
    Budget, Decision, Outcome, Page, Person, QUARTER, Rules, Said, Stock, Wanted, window::MARGIN,
};

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
        person_posts: MAX_POSTS,
        uploads_day: 2,
        upload_bytes_day: 1_000_000_000,
        bucket: Stock {
            bots: 1_000,
            bytes: 1_000_000_000,
        },
        bucket_day: Stock {
            bots: 1_000,
            bytes: 1_000_000_000,
        },
        closed: false,
    }
}

pub fn person(number: u8) -> Person {
    Person([number; 12])
}

/// A page for whom it is not about money.
pub const FREE: Page = Page { name: 0, posts: 0 };

impl Person {
    /// So many pages, the next of which costs nothing.
    #[must_use]
    pub fn wants(self, pages: u32) -> Wanted {
        self.wants_page(pages, FREE)
    }

    #[must_use]
    pub fn wants_page(self, pages: u32, page: Page) -> Wanted {
        Wanted {
            person: self,
            pages,
            page,
            ends: i64::MAX,
            session: None,
        }
    }
}

/// One that was started anew under these rules with what `budget` has to be written down.
pub fn restarted(budget: &mut Budget, rules: Rules) -> Budget {
    let mut again = Budget::new(rules);
    let rows = budget.changes();
    let rows = rows.iter();
    assert!(again.restore(rows.filter_map(|(key, value)| Some((&key[..], value.as_deref()?)))));
    again
}

pub fn page(posts: u32, is_last: bool) -> Outcome {
    let content = u64::from(posts);
    Outcome::Page {
        posts,
        is_last,
        content,
    }
}

/// A page that is not the last. Of the same size it is the same one.
pub fn gave(posts: u32) -> Outcome {
    page(posts, false)
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
