//! What Bluesky answers, or whatever does in its place.

#![no_main]

use lemon_model::corpus::{Corpus, Reach};
use lemon_model::sources::bluesky;
use lemon_model::sources::given::{Given, Wishes};
use libfuzzer_sys::fuzz_target;

const ME: &str = "did:plc:me";

const ALL: Wishes = Wishes {
    unlisted: true,
    warned: true,
};

fuzz_target!(|data: &[u8]| {
    for wishes in [ALL, Wishes::default()] {
        for read in [bluesky::feed, bluesky::records] {
            if let Ok(given) = read(data, ME, wishes) {
                check(given);
            }
        }
        let _ = bluesky::parents(data, ME, wishes);
    }
});

/// What is read can be made entries of, none of them empty, and pages lead on or end.
fn check(given: Given) {
    let mut corpus = Corpus::new(ME);
    for post in given.posts {
        assert!(!post.id.is_empty());
        corpus.add(post);
    }
    for entry in corpus.entries(Reach::Whole) {
        assert!(!entry.reply.is_empty() && entry.said.as_deref() != Some(""));
    }
    assert!(given.next.as_deref() != Some(""));
}
