//! What Mastodon answers, or whatever does in its place.

#![no_main]

mod check;

use check::{WISHES, check};
use lemon_model::sources::mastodon::{self, sign_in};
use lemon_model::sources::server::Server;
use libfuzzer_sys::fuzz_target;

const ME: &str = "5";

fuzz_target!(|data: &[u8]| {
    for wishes in WISHES {
        let known = mastodon::parents(data, ME, wishes);
        if let Ok(mut given) = mastodon::page(data, ME, wishes) {
            for id in given.open_parents() {
                assert!(given.posts.iter().all(|post| post.id != id));
            }
            given.fill(&known.unwrap_or_default());
            check(given, ME);
        }
        let _ = mastodon::parent(data, ME, wishes);
    }
    let server = Server::at("m.example").unwrap();
    if let Ok(account) = sign_in::account(data, &server, false) {
        assert_eq!(account.feed.server(), server.host());
        assert!(!account.feed.author().is_empty());
    }
    let _ = (sign_in::client(data, &server), sign_in::token(data));
});
