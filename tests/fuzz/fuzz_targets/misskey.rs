//! What Misskey answers, or whatever does in its place.

#![no_main]

use lemon_model::corpus::{Corpus, Reach};
use lemon_model::sources::given::{Given, Wishes};
use lemon_model::sources::misskey;
use libfuzzer_sys::fuzz_target;

const ME: &str = "u1";

const ALL: Wishes = Wishes {
    unlisted: true,
    warned: true,
};

fuzz_target!(|data: &[u8]| {
    for wishes in [ALL, Wishes::default()] {
        if let Ok(given) = misskey::page(data, ME, wishes) {
            check(given);
        }
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
