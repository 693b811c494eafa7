//! A file that is given as an archive of X.

#![no_main]

use std::io::Cursor;

use lemon_model::sources::x_archive::{Opened, Part};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(opened) = Opened::look(Cursor::new(data), "tweets.js") else {
        return;
    };
    assert!(opened.seen().any(|seen| seen.part == Part::Posts));
    let account = opened.account().cloned();
    let files = opened.seen().count();
    let mut bytes = 0;
    let read = opened.read(|progress| {
        assert!(progress.bytes >= bytes, "it goes forward");
        bytes = progress.bytes;
    });
    let (found, broken) = read.expect("what is in memory stays there");
    assert!(broken.len() <= files);
    assert!(account.is_none() || found.account == account);
});
