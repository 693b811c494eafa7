//! Archives as X makes them, read by what the page reads them with.

#![allow(
    clippy::unwrap_used,
    reason = "functions that only tests call are not recognised as tests"
)]

use std::io::Cursor;

use lemon_model::corpus::{Content, Corpus, Reach};
use lemon_model::feed::{Feed, Source};
use lemon_model::sources::x_archive::{Found, Opened};
use lemon_tests::standin::archive::{self, Form, Making, Packing, SECRET, TRAPS};
use lemon_tests::standin::{Contents, DEMO_HANDLE, Directory};

fn read(handle: &str, making: Making) -> (Found, Contents) {
    let directory = Directory::load().unwrap();
    let account = directory.account(handle).unwrap();
    let mut file = Cursor::new(Vec::new());
    archive::write(&account, &directory, making, &mut file).unwrap();
    let opened = Opened::look(file, "twitter.zip").unwrap();
    let said = opened.account().unwrap();
    assert_eq!(said.id, account.user().id.to_string());
    assert_eq!(said.handle, account.user().handle);
    let (found, broken) = opened.read(|_| ()).unwrap();
    assert_eq!(broken, []);
    (found, account.contents(&directory))
}

#[test]
fn archives_of_every_form_are_read_alike() {
    let now = read(DEMO_HANDLE, Making::default()).0;
    let (found, contents) = read("posts_3200", Making::default());
    assert_eq!(found.posts.len(), contents.in_reach - contents.retweets);
    assert_eq!((found.left_out, found.doubtful, found.too_many), (0, 0, 0));
    let shown = |post: &&lemon_model::corpus::Post| {
        let parent = post.parent.as_ref().map(|parent| &parent.content);
        matches!(parent, Some(Content::Shown { .. }))
    };
    assert_eq!(
        found.posts.iter().filter(shown).count(),
        contents.open_parents
    );

    let texts = |found: &Found| -> Vec<String> {
        found.posts.iter().map(|post| post.text.clone()).collect()
    };
    let in_parts = Making {
        folder: "내 보관함/",
        parts: 7,
        media: 300_000,
        picture: 40_000,
        ..Making::default()
    };
    assert_eq!(read(DEMO_HANDLE, in_parts).0, now);
    for form in [Form::Unwrapped, Form::Monthly] {
        let making = Making {
            form,
            ..Making::default()
        };
        let (old, _) = read(DEMO_HANDLE, making);
        // Until 2018 there were neither long posts nor the likes of the person.
        assert_eq!(old.posts.len(), now.posts.len(), "{form:?}");
        if form == Form::Unwrapped {
            assert_eq!(texts(&old), texts(&now));
        }
    }
    assert!(texts(&now).iter().all(|text| !text.contains(SECRET)));
}

/// Older versions of posts, halves of emoji, files that look like others, marks in front and
/// bytes behind, posts for communities, dates that cannot be: what is read is the same.
#[test]
fn no_trap_changes_what_is_read() {
    for form in [Form::Wrapped, Form::Unwrapped] {
        let plain = Making {
            form,
            ..Making::default()
        };
        let (plain, _) = read(DEMO_HANDLE, plain);
        for packing in [
            Packing::Plain,
            Packing::Streamed,
            Packing::InZip,
            Packing::PackedInZip,
        ] {
            let making = Making {
                form,
                packing,
                parts: 3,
                media: 200_000,
                picture: 50_000,
                traps: true,
                ..Making::default()
            };
            let (mut found, _) = read(DEMO_HANDLE, making);
            let edited = found
                .posts
                .iter_mut()
                .filter(|post| !post.earlier.is_empty());
            let edited = edited.map(|post| post.earlier.drain(..).count());
            let edited: Vec<usize> = edited.collect();
            assert!(edited.len() >= plain.posts.len() / TRAPS - 1, "{edited:?}");
            assert!(edited.iter().all(|earlier| *earlier == 2), "{edited:?}");
            assert_eq!(found, plain, "{form:?} {packing:?}");
        }
    }
}

/// Beyond 65,535 files a zip says where they are in its second form alone.
#[test]
fn a_zip_of_more_files_than_its_first_form_can_count_is_read() {
    let making = Making {
        media: 8 * 66_000,
        picture: 8,
        ..Making::default()
    };
    let plain = read(DEMO_HANDLE, Making::default()).0;
    assert_eq!(read(DEMO_HANDLE, making).0, plain);
}

#[test]
fn what_x_gives_and_what_its_archive_holds_are_the_same_posts() {
    let (found, _) = read(DEMO_HANDLE, Making::default());
    let mut corpus = Corpus::default();
    let feed = Feed::new(Source::XArchive, &found.account.unwrap().id);
    for post in found.posts {
        corpus.add(&feed, post);
    }
    corpus.reaches(&feed, Reach::Whole);
    let entries = corpus.entries().entries;
    for known in lemon_tests::standin::KNOWN {
        let pair = entries.iter().find(|entry| *entry.reply == *known.reply);
        assert_eq!(pair.unwrap().said.as_deref(), Some(known.said));
    }
}
