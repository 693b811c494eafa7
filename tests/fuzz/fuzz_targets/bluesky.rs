//! What Bluesky answers, or whatever does in its place.

#![no_main]

mod check;

use check::{WISHES, check};
use lemon_model::sources::bluesky::{self, Place, sign_in};
use lemon_model::sources::server::Server;
use libfuzzer_sys::fuzz_target;

const ME: &str = "did:plc:me";

fuzz_target!(|data: &[u8]| {
    let _ = bluesky::blocked(data);
    let server = Server::at("pds.example").unwrap();
    let _ = sign_in::did(data);
    let _ = sign_in::identity(data, ME);
    let _ = sign_in::issuer(data, &server);
    if let Ok(endpoints) = sign_in::endpoints(data, &server) {
        assert!(endpoints.authorize.starts_with("http"));
        let _ = sign_in::address(data, &endpoints, "client");
    }
    if let Ok(granted) = sign_in::granted(data) {
        assert!(granted.did.starts_with("did:"));
    }
    if let Ok(account) = sign_in::account(data, ME) {
        assert_eq!(account.feed.author(), ME);
        assert!(!account.handle.is_empty());
    }
    for status in [200, 400, 429] {
        let _ = sign_in::refused(status, data, None);
    }
    if let Ok(text) = str::from_utf8(data) {
        let place = Place::parse(text);
        assert_eq!(Place::parse(&place.written()), place);
        let _ = sign_in::named(text);
        let _ = sign_in::code(text, "state", &server);
        let _ = sign_in::refused(429, b"", Some(text));
    }
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
    }
});
