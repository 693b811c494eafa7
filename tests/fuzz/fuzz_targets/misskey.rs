//! What Misskey answers, or whatever does in its place.

#![no_main]

mod check;

use check::{WISHES, check};
use lemon_model::sources::misskey::{self, sign_in};
use lemon_model::sources::server::Server;
use lemon_model::sources::software;
use libfuzzer_sys::fuzz_target;

const ME: &str = "u1";

fuzz_target!(|data: &[u8]| {
    for wishes in WISHES {
        if let Ok(given) = misskey::page(data, ME, wishes) {
            check(given, ME);
        }
    }
    let server = Server::at("m.example").unwrap();
    if let Ok(Some(account)) = sign_in::account(data, &server) {
        assert_eq!(account.feed.server(), server.host());
        assert!(!account.feed.author().is_empty());
    }
    if let Ok(Some((url, named))) = software::link(data) {
        assert!(url.starts_with(&named.base()));
    }
    let _ = (software::software(data), misskey::is_meta(data));
    let _ = sign_in::refusal(429, data, 1_800_000_000);
});
