//! What Bluesky answers, or whatever does in its place.

#![no_main]

mod check;

use check::{WISHES, check};
use lemon_model::sources::bluesky;
use libfuzzer_sys::fuzz_target;

const ME: &str = "did:plc:me";

fuzz_target!(|data: &[u8]| {
    for wishes in WISHES {
        for read in [bluesky::feed, bluesky::records] {
            if let Ok(given) = read(data, ME, wishes) {
                check(given, ME);
            }
        }
        if let (Ok(mut given), Ok(known)) = (
            bluesky::records(data, ME, wishes),
            bluesky::parents(data, ME, wishes),
        ) {
            given.fill(&known);
            check(given, ME);
        }
        let _ = bluesky::is_blocked(data);
    }
});
