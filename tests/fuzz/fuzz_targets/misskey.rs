//! What Misskey answers, or whatever does in its place.

#![no_main]

mod check;

use check::{WISHES, check};
use lemon_model::sources::misskey;
use libfuzzer_sys::fuzz_target;

const ME: &str = "u1";

fuzz_target!(|data: &[u8]| {
    for wishes in WISHES {
        if let Ok(given) = misskey::page(data, ME, wishes) {
            check(given, ME);
        }
    }
});
