//! The two logs as the browser keeps them, each record by itself: a byte that names its form,
//! and a value in postcard, which could not be told from another one's. What was stored once
//! stays as it is; a new form has another number, and the old ones are still read.

mod first;
mod second;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::choices::Choices;
use crate::library::{Embedded, Library, Page};
use crate::protocol::Share;

/// The forms that are written. That of [`first`] had no such byte, and is kept apart.
const PAGE: u8 = 3;
const VECTORS: u8 = 2;

/// Everything that is stored of a person, as records in the order in which they were written.
#[derive(Debug, Default)]
pub struct Logs {
    /// Of the first form.
    pub first_pages: Vec<Vec<u8>>,
    pub first_vectors: Vec<Vec<u8>>,
    pub pages: Vec<Vec<u8>>,
    pub vectors: Vec<Vec<u8>>,
}

impl Logs {
    /// The library of the bot `id` with the vectors of `model`: those of another one say nothing
    /// to it. None if a record cannot be read.
    #[must_use]
    pub fn library(&self, id: &str, model: &str) -> Option<Library> {
        let mut replay = Replay::new(id, model, Choices::default());
        replay.first_form(&self.first_pages, &self.first_vectors)?;
        for record in &self.pages {
            replay.page(record)?;
        }
        for record in &self.vectors {
            replay.vectors(record)?;
        }
        Some(replay.end())
    }
}

/// What is kept of a shared bot, by whichever version; none if it cannot be read.
#[must_use]
pub fn share(record: &[u8]) -> Option<Share> {
    // What was not kept at first: how often it was renewed, and when it was made.
    const UNKNOWN: [u8; 2] = [0; 2];
    let read = |record: &[u8]| match postcard::take_from_bytes(record) {
        Ok((share, [])) => Some(share),
        Ok(_) | Err(_) => None,
    };
    read(record).or_else(|| read(&[record, &UNKNOWN].concat()))
}

/// A library that is made of its logs record by record, so that all of them need never be in
/// memory at once.
pub struct Replay {
    library: Library,
    /// Until bots had ids of their own, theirs was that of the person at X, and no other place
    /// gave posts.
    id: String,
    model: String,
    /// Of the first form, until all pages are there.
    waiting: Vec<Vec<Embedded>>,
    has_entries: bool,
}

impl Replay {
    /// Of the bot `id`, with what its person has decided of its posts.
    #[must_use]
    pub fn new(id: &str, model: &str, choices: Choices) -> Self {
        let mut library = Library::default();
        library.choose(choices);
        Self {
            library,
            id: id.into(),
            model: model.into(),
            waiting: Vec::new(),
            has_entries: false,
        }
    }

    /// All that is of the first form, before anything else. None if a record cannot be read.
    #[must_use]
    pub fn first_form(&mut self, pages: &[Vec<u8>], vectors: &[Vec<u8>]) -> Option<()> {
        let (pages, batches) = first::logs(pages, vectors, &self.id, &self.model)?;
        for page in pages {
            self.library.take_page(page);
        }
        self.waiting = batches;
        Some(())
    }

    /// A record of pages; all come before the first one of vectors. None if it cannot be read.
    #[must_use]
    pub fn page(&mut self, record: &[u8]) -> Option<()> {
        self.library.take_page(any_page(record, &self.id)?);
        Some(())
    }

    /// A record of vectors, which may be another model's. None if it cannot be read.
    #[must_use]
    pub fn vectors(&mut self, record: &[u8]) -> Option<()> {
        self.make_entries();
        let (of, batch): (String, Vec<Embedded>) = read(VECTORS, record)?;
        if of == self.model {
            self.library.add_vectors(batch);
        }
        Some(())
    }

    #[must_use]
    pub fn end(mut self) -> Library {
        self.make_entries();
        self.library
    }

    fn make_entries(&mut self) {
        if !std::mem::replace(&mut self.has_entries, true) {
            self.library.make_entries();
            self.library.make_room();
            for batch in std::mem::take(&mut self.waiting) {
                self.library.add_vectors(batch);
            }
        }
    }
}

/// A record of [`Logs::pages`].
///
/// # Errors
/// If it cannot be written, which only a value of unknown length can cause.
pub fn page(page: &Page) -> Result<Vec<u8>, postcard::Error> {
    write(PAGE, page)
}

/// A record of [`Logs::vectors`].
///
/// # Errors
/// As [`page`].
pub fn vectors(model: &str, batch: &[Embedded]) -> Result<Vec<u8>, postcard::Error> {
    write(VECTORS, &(model, batch))
}

/// The model of a record of [`Logs::vectors`]; none if it cannot be read.
#[must_use]
pub fn model(record: &[u8]) -> Option<String> {
    let (&VECTORS, value) = record.split_first()? else {
        return None;
    };
    first_model(value)
}

/// The model of a record of [`Logs::first_vectors`]; none if it cannot be read.
#[must_use]
pub fn first_model(record: &[u8]) -> Option<String> {
    let (model, _) = postcard::take_from_bytes(record).ok()?;
    Some(model)
}

/// A record of [`Logs::pages`] in the form that is written, whichever it has; none if it cannot be
/// read.
#[must_use]
pub fn renewed(record: &[u8], id: &str) -> Option<Vec<u8>> {
    page(&any_page(record, id)?).ok()
}

/// The same of [`Logs::first_pages`].
#[must_use]
pub fn renewed_first(records: &[Vec<u8>], id: &str) -> Option<Vec<Vec<u8>>> {
    let (pages, _) = first::logs(records, &[], id, "")?;
    pages.iter().map(|it| page(it).ok()).collect()
}

/// Whether it is a record of pages in the form that is written.
#[must_use]
pub fn is_page(record: &[u8]) -> bool {
    read::<Page>(PAGE, record).is_some()
}

/// The same of vectors.
#[must_use]
pub fn is_vectors(record: &[u8]) -> bool {
    read::<(String, Vec<Embedded>)>(VECTORS, record).is_some()
}

fn any_page(record: &[u8], id: &str) -> Option<Page> {
    match record.first() {
        Some(&second::PAGE) => second::page(record.get(1..)?, id),
        _ => read(PAGE, record),
    }
}

fn write<T: Serialize>(form: u8, value: &T) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_extend(value, vec![form])
}

fn read<T: DeserializeOwned>(form: u8, record: &[u8]) -> Option<T> {
    let (of, value) = record.split_first()?;
    if *of != form {
        return None;
    }
    postcard::from_bytes(value).ok()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::corpus::{Content, Parent, Post};
    use crate::feed::{Feed, Source};
    use crate::library::{Import, Texts};
    use crate::vector::{DIM, Vector};

    #[test]
    fn a_share_that_was_kept_by_an_earlier_version_is_read() {
        let share = Share {
            id: "i".into(),
            fragment: "f".into(),
            delete_token: "t".into(),
            expires: 1_800_000_000,
            replies: 300,
            proven: true,
            renewed: 0,
            made_at: 0,
        };
        let mut record = postcard::to_allocvec(&share).unwrap();
        let now = Share {
            renewed: 2,
            made_at: 1_790_000_000,
            ..share.clone()
        };
        let whole = postcard::to_allocvec(&now).unwrap();
        assert_eq!(super::share(&whole), Some(now));
        record.truncate(record.len() - 2);
        assert_eq!(super::share(&record), Some(share));
        for cut in 0..record.len() {
            assert_eq!(super::share(&record[..cut]), None, "{cut}");
        }
        assert_eq!(super::share(&[whole, vec![0]].concat()), None);
    }

    /// What the version before this form wrote for a person, read by [`first`]'s tests too.
    pub(super) fn first_form() -> Logs {
        let record = |bytes: &[u8]| bytes.to_vec();
        Logs {
            first_pages: vec![
                record(include_bytes!("../tests/data/first_form/page-1")),
                record(include_bytes!("../tests/data/first_form/page-2")),
            ],
            first_vectors: vec![
                record(include_bytes!("../tests/data/first_form/vectors-1")),
                record(include_bytes!("../tests/data/first_form/vectors-2")),
                record(include_bytes!(
                    "../tests/data/first_form/vectors-of-another-model"
                )),
            ],
            ..Logs::default()
        }
    }

    fn x() -> Feed {
        Feed::new(Source::X, "100")
    }

    fn new_page() -> Page {
        Page {
            feed: x(),
            posts: vec![Post {
                id: "70".into(),
                text: "새 글".into(),
                at: 1_700_000_070,
                lang: None,
                repost: false,
                parent: Some(Parent {
                    id: "56".into(),
                    content: Content::Own,
                }),
                earlier: vec!["69".into()],
            }],
            next: Import::Done,
            left_out: 3,
            stalled: false,
        }
    }

    /// The vector that the fixture has of `text`: its bytes.
    fn vector(text: &str) -> Vector {
        let mut values = vec![0.0; DIM];
        for (value, byte) in values.iter_mut().zip(text.bytes()) {
            *value = f32::from(byte) - 128.0;
        }
        values[DIM - 1] = 127.0;
        Vector::quantise(&values)
    }

    fn assert_vectors_are_of_their_texts(library: &Library) {
        for item in library.index().items() {
            assert_eq!(item.reply, vector(&item.entry.reply), "{:?}", item.entry);
            assert_eq!(
                item.said,
                item.entry.said.as_deref().map(vector),
                "{:?}",
                item.entry
            );
        }
    }

    #[test]
    fn what_older_versions_stored_is_read_and_nothing_is_lost() {
        let mut library = first_form().library("100", "model").unwrap();
        let standing = library.standing();
        assert_eq!((standing.posts, standing.left_out), (12, 0));
        assert_eq!(standing.import_of(&x()), Import::Done);
        let entries = library.listed("");
        let got: Vec<_> = entries
            .iter()
            .map(|entry| (&*entry.id, entry.said.as_deref(), &*entry.reply))
            .collect();
        assert_eq!(
            got,
            [
                ("60", Some("<3 뭐 먹을래?"), "레몬 타르트!"),
                ("58", None, "@lemon_co 언제 열어요?"),
                ("57", None, "완전 동감"),
                ("55", None, "하나\n둘"),
                ("52", None, "그러게 & 맞아"),
                ("51", None, "봐봐"),
                ("50", Some("옛날 글"), "이제야 답"),
                ("20", None, "옛날 글"),
            ]
        );
        assert_vectors_are_of_their_texts(&library);
        let asked: Vec<_> = library
            .next_batch(99)
            .into_iter()
            .map(|task| task.entry.to_string())
            .collect();
        assert_eq!(
            asked,
            ["58", "57", "50", "20"],
            "only what reads otherwise than when it was embedded"
        );
    }

    #[test]
    fn vectors_of_another_model_are_not_this_ones() {
        let other = first_form().library("100", "another").unwrap();
        assert_eq!(other.standing().embedded, 0);
        let mut none = first_form().library("100", "a third").unwrap();
        assert_eq!(none.next_batch(999).len(), none.standing().entries);
    }

    #[test]
    fn a_record_says_whose_model_it_is_of() {
        let first: Vec<_> = first_form()
            .first_vectors
            .iter()
            .filter_map(|record| first_model(record))
            .collect();
        assert_eq!(first, ["model", "model", "another"]);
        let record = vectors("모델", &[]).unwrap();
        assert_eq!(model(&record).as_deref(), Some("모델"));
        assert_eq!(model(&record[..4]), None);
        assert_eq!(model(&[]), None);
        assert_eq!(model(&[VECTORS + 1, 0]), None);
    }

    #[test]
    fn an_old_library_goes_on_growing() {
        let mut logs = first_form();
        logs.pages.push(page(&new_page()).unwrap());
        let mut library = logs.library("100", "model").unwrap();
        assert_eq!(library.standing().left_out, 3);
        assert_eq!(&*library.listed("새 글")[0].reply, "하나\n둘\n새 글");
        let tasks = library.next_batch(99);
        assert_eq!(&*tasks[2].entry, "55");
        let batch: Vec<_> = tasks
            .iter()
            .map(|task| Embedded {
                entry: task.entry.clone(),
                texts: task.texts,
                said: task.said.as_deref().map(vector),
                reply: vector(&task.reply),
            })
            .collect();
        logs.vectors.push(vectors("model", &batch).unwrap());
        logs.vectors.push(vectors("another", &batch[..1]).unwrap());
        let mut library = logs.library("100", "model").unwrap();
        assert_eq!(library.next_batch(99), []);
        assert_vectors_are_of_their_texts(&library);
    }

    #[test]
    fn what_cannot_be_read_is_no_library() {
        let good = page(&new_page()).unwrap();
        let mut cut = good.clone();
        cut.pop();
        let mut other_form = good.clone();
        other_form[0] = PAGE + 1;
        for record in [Vec::new(), vec![PAGE], vec![second::PAGE], cut, other_form] {
            let logs = Logs {
                pages: vec![good.clone(), record],
                ..Logs::default()
            };
            assert!(logs.library("100", "model").is_none());
        }
        let damaged = Logs {
            first_vectors: vec![vec![0xFF; 9]],
            ..Logs::default()
        };
        assert!(damaged.library("100", "model").is_none());
    }

    /// The bytes of the present form. If they change, what people have stored cannot be read:
    /// a form of another number is then due.
    #[test]
    fn the_form_is_what_it_was() {
        let texts = Texts::of(Some("와?"), "응");
        let small = Embedded {
            entry: "1".into(),
            texts,
            said: None,
            reply: Vector {
                scale: 0.5,
                values: vec![-1],
            },
        };
        assert_eq!(
            hex(&vectors("m", &[small]).unwrap()),
            "02016d010131280973f49db6ddba000000003f01ff"
        );
        for (next, end) in [
            (Import::At("c".into()), "0101630601"),
            (Import::Start, "000601"),
            (Import::Done, "020601"),
        ] {
            let page = page_of_all_kinds(next);
            let feed = "030003313030";
            assert_eq!(
                hex(&super::page(&page).unwrap()),
                format!("{feed}{POSTS}{end}")
            );
            // As it was before there were feeds.
            let second = bytes(&format!("02{POSTS}{end}"));
            assert_eq!(second::page(&second[1..], "100"), Some(page));
        }
        for (source, byte) in [
            (Source::X, 0),
            (Source::XArchive, 1),
            (Source::Bluesky, 2),
            (Source::Mastodon, 3),
            (Source::Misskey, 4),
        ] {
            let page = Page::mark(Feed::new(source, ""), Import::Done);
            assert_eq!(super::page(&page).unwrap()[1], byte);
        }
    }

    #[test]
    fn pages_of_the_second_form_are_of_the_person_at_x() {
        let second = Logs {
            pages: vec![bytes(&format!("02{POSTS}020601"))],
            ..Logs::default()
        };
        let library = second.library("100", "model").unwrap();
        assert_eq!(library.standing().import_of(&x()), Import::Done);
        assert_eq!(
            (library.standing().posts, library.standing().left_out),
            (1, 6)
        );
        assert!(library.standing().stalled);
    }

    /// Four posts with what they answer, as both forms have them.
    const POSTS: &str = "04\
        013301210201026b6f01010134000132013f010135\
        013301210201026b6f0101013401010135\
        013301210201026b6f0101013402010135\
        013301210201026b6f0101013403010135";

    fn page_of_all_kinds(next: Import) -> Page {
        let shown = Content::Shown {
            author_id: "2".into(),
            text: "?".into(),
        };
        let post = |content| Post {
            id: "3".into(),
            text: "!".into(),
            at: 1,
            lang: Some("ko".into()),
            repost: true,
            parent: Some(Parent {
                id: "4".into(),
                content,
            }),
            earlier: vec!["5".into()],
        };
        let posts = [shown, Content::Own, Content::Protected, Content::Gone].map(post);
        Page {
            feed: x(),
            posts: posts.to_vec(),
            next,
            left_out: 6,
            stalled: true,
        }
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let pairs = hex.as_bytes().chunks(2);
        let byte = |pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        pairs.map(byte).collect()
    }

    fn hex(bytes: &[u8]) -> String {
        let mut hex = String::new();
        for byte in bytes {
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}
