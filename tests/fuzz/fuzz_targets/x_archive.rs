//! Files of an archive of X: a line with a file's path, its content up to a line `%`, and the
//! next one.

#![no_main]

use lemon_model::corpus::{Corpus, Reach};
use lemon_model::feed::{Feed, Source};
use lemon_model::sources::x_archive::{Archive, Objects, Part};
use libfuzzer_sys::fuzz_target;

/// Pieces of other lengths must make no difference.
const PIECES: [usize; 2] = [7, 4096];

fuzz_target!(|data: &[u8]| {
    let mut files: Vec<(Part, &[u8])> = split(data, b"\n%\n")
        .filter_map(|file| {
            let end = file.iter().position(|byte| *byte == b'\n')?;
            let path = std::str::from_utf8(&file[..end]).ok()?;
            Some((Part::of(path)?, &file[end..]))
        })
        .collect();
    files.sort_by_key(|(part, _)| *part);
    let read = |length| {
        let mut archive = Archive::default();
        for (part, file) in &files {
            let mut objects = Objects::default();
            for piece in file.chunks(length) {
                objects.push(piece, |object| archive.take(*part, object));
            }
            let (too_long, ending) = objects.end_of_file();
            archive.end_of_file(*part, too_long, ending);
        }
        archive.end()
    };
    let [found, again] = PIECES.map(read);
    assert_eq!(found, again);
    let mut newest = found.posts.iter().map(|post| post.at);
    let mut before = newest.next().unwrap_or_default();
    assert!(newest.all(|at| std::mem::replace(&mut before, at) >= at));
    let mut corpus = Corpus::default();
    let feed = Feed::new(Source::XArchive, "100");
    for post in found.posts {
        assert!(corpus.add(&feed, post), "it is there once");
    }
    corpus.reaches(&feed, Reach::Whole);
    for entry in corpus.entries().entries {
        assert!(!entry.reply.is_empty() && entry.said.as_deref() != Some(""));
    }
});

fn split<'a>(data: &'a [u8], mark: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = Some(data);
    std::iter::from_fn(move || {
        let all = rest?;
        let at = all.windows(mark.len()).position(|window| window == mark);
        let (this, behind) = match at {
            Some(at) => (&all[..at], Some(&all[at + mark.len()..])),
            None => (all, None),
        };
        rest = behind;
        Some(this)
    })
}
