//! What Mastodon answers, or whatever does in its place.

#![no_main]

mod check;

use check::{WISHES, check};
use lemon_model::sources::mastodon;
use libfuzzer_sys::fuzz_target;

const ME: &str = "5";

fuzz_target!(|data: &[u8]| {
    for wishes in WISHES {
        if let Ok(given) = mastodon::page(data, ME, wishes) {
            check(given, ME);
        }
        let _ = mastodon::parents(data, ME, wishes);
    }
});
