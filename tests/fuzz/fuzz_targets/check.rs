//! What holds of everything that is read of a source.

use lemon_model::corpus::{Corpus, Reach};
use lemon_model::feed::{Feed, Source};
use lemon_model::sources::given::{Given, Wishes};

pub const WISHES: [Wishes; 2] = [
    Wishes {
        unlisted: true,
        warned: true,
    },
    Wishes {
        unlisted: false,
        warned: false,
    },
];

/// Entries can be made of it, none of them empty, and pages lead on or end.
pub fn check(given: Given, me: &str) {
    let mut corpus = Corpus::default();
    let feed = Feed::new(Source::Bluesky, me);
    for post in given.posts {
        assert!(!post.id.is_empty());
        corpus.add(&feed, post);
    }
    corpus.reaches(&feed, Reach::Whole);
    for entry in corpus.entries().entries {
        assert!(!entry.reply.is_empty() && entry.said.as_deref() != Some(""));
    }
    assert!(given.next.as_deref() != Some(""));
}
