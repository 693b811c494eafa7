//! One person's posts and vectors, as they come in: what is there, what is to be
//! embedded next, and what answers a question.
//!
//! It is fed with two logs, pages of posts and batches of vectors, in the order in
//! which they were written. Feeding the same logs again gives the same library, so
//! whoever keeps the logs can go on after any interruption.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::corpus::{Entry, Post, Reach, entries};
use crate::index::{Index, Item};
use crate::vector::Vector;

/// Most hits that a search for text gives.
pub const MAX_FOUND: usize = 200;

/// A page of posts and where the next one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub posts: Vec<Post>,
    pub next: Import,
}

/// How far the posts have been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Import {
    #[default]
    Start,
    /// The cursor of the next page.
    At(String),
    Done,
}

/// An entry whose texts are to be embedded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub entry: String,
    pub said: Option<String>,
    pub reply: String,
}

/// The vectors of an entry's texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedded {
    pub entry: String,
    pub said: Option<Vector>,
    pub reply: Vector,
}

/// What is there, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub posts: usize,
    pub entries: usize,
    /// Entries that somebody else's words belong to.
    pub pairs: usize,
    pub embedded: usize,
    pub import: Import,
}

#[derive(Debug, Default)]
pub struct Library {
    owner_id: String,
    posts: Vec<Post>,
    known: HashSet<String>,
    import: Import,
    /// Newest first.
    entries: Vec<Entry>,
    /// Entry ids to their position in `index`.
    embedded: HashMap<String, usize>,
    index: Index,
}

impl Library {
    #[must_use]
    pub fn new(owner_id: &str) -> Self {
        Self {
            owner_id: owner_id.into(),
            ..Self::default()
        }
    }

    /// The library that these logs make.
    #[must_use]
    pub fn from_logs(owner_id: &str, pages: Vec<Page>, batches: Vec<Vec<Embedded>>) -> Self {
        let mut library = Self::new(owner_id);
        for page in pages {
            library.take_page(page);
        }
        library.make_entries();
        for batch in batches {
            library.add_vectors(batch);
        }
        library
    }

    pub fn add_page(&mut self, page: Page) {
        self.take_page(page);
        self.make_entries();
    }

    /// A post that is there already is not taken again: a source may repeat one
    /// when a new post has moved its pages.
    fn take_page(&mut self, page: Page) {
        for post in page.posts {
            if self.known.insert(post.id.clone()) {
                self.posts.push(post);
            }
        }
        // A tab that comes late must not lead back behind the end.
        if self.import != Import::Done {
            self.import = page.next;
        }
    }

    fn make_entries(&mut self) {
        let reach = if self.import == Import::Done {
            Reach::Whole
        } else {
            Reach::Partial
        };
        self.entries = entries(&self.posts, &self.owner_id, reach);
    }

    /// The newest entries that have no vectors yet: at least one if there is one, and
    /// then as many as have `max_texts` texts together.
    #[must_use]
    pub fn next_batch(&self, max_texts: usize) -> Vec<Task> {
        let mut texts = 0;
        let waiting = self
            .entries
            .iter()
            .filter(|entry| !self.embedded.contains_key(&entry.id));
        waiting
            .take_while(|entry| {
                let first = texts == 0;
                texts += 1 + usize::from(entry.said.is_some());
                first || texts <= max_texts
            })
            .map(|entry| Task {
                entry: entry.id.clone(),
                said: entry.said.clone(),
                reply: entry.reply.clone(),
            })
            .collect()
    }

    /// Vectors of unknown entries, of entries that have some, and unsound ones are
    /// left out; gives how many were taken.
    pub fn add_vectors(&mut self, batch: Vec<Embedded>) -> usize {
        let by_id: HashMap<&str, &Entry> = self
            .entries
            .iter()
            .map(|entry| (entry.id.as_str(), entry))
            .collect();
        let before = self.embedded.len();
        for Embedded { entry, said, reply } in batch {
            let sound = reply.is_sound() && said.as_ref().is_none_or(Vector::is_sound);
            let Some(&known) = by_id.get(entry.as_str()) else {
                continue;
            };
            if !sound || self.embedded.contains_key(&entry) {
                continue;
            }
            self.embedded.insert(entry, self.index.items().len());
            self.index.add(Item {
                entry: known.clone(),
                said,
                reply,
            });
        }
        self.embedded.len() - before
    }

    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            posts: self.posts.len(),
            entries: self.entries.len(),
            pairs: self
                .entries
                .iter()
                .filter(|entry| entry.said.is_some())
                .count(),
            embedded: self.embedded.len(),
            import: self.import.clone(),
        }
    }

    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The newest entries, at most [`MAX_FOUND`], whose reply or what it answered
    /// contains `text`, whatever its case; and how many there are in all.
    #[must_use]
    pub fn find(&self, text: &str) -> (Vec<Entry>, usize) {
        let text: String = text.trim().nfc().collect::<String>().to_lowercase();
        let contains = |body: &str| body.to_lowercase().contains(&text);
        let found: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| contains(&entry.reply) || entry.said.as_deref().is_some_and(contains))
            .collect();
        (
            found
                .iter()
                .take(MAX_FOUND)
                .map(|&entry| entry.clone())
                .collect(),
            found.len(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{Content, Parent};
    use crate::vector::DIM;
    use proptest::prelude::*;

    fn post(id: usize, said: Option<&str>, text: &str) -> Post {
        let parent = said.map(|said| Parent {
            id: format!("p{id}"),
            content: Content::Shown {
                author_id: "2".into(),
                text: said.into(),
            },
        });
        Post {
            id: id.to_string(),
            text: text.into(),
            at: i64::try_from(id).unwrap(),
            lang: None,
            repost: false,
            parent,
        }
    }

    fn embed(tasks: &[Task]) -> Vec<Embedded> {
        let vector = |text: &String| {
            Vector::quantise(&vec![
                f32::from(u8::try_from(text.len() % 200).unwrap());
                DIM
            ])
        };
        let one = |task: &Task| Embedded {
            entry: task.entry.clone(),
            said: task.said.as_ref().map(vector),
            reply: vector(&task.reply),
        };
        tasks.iter().map(one).collect()
    }

    fn pages(sizes: &[usize]) -> Vec<Page> {
        let total: usize = sizes.iter().sum();
        let mut id = total;
        let last = sizes.len() - 1;
        let page = |(i, &size): (usize, &usize)| {
            let posts = (0..size)
                .map(|_| {
                    id -= 1;
                    post(
                        id + 1,
                        (!id.is_multiple_of(3)).then_some("누가 한 말"),
                        &format!("답 {id}"),
                    )
                })
                .collect();
            Page {
                posts,
                next: if i == last {
                    Import::Done
                } else {
                    Import::At(format!("c{i}"))
                },
            }
        };
        sizes.iter().enumerate().map(page).collect()
    }

    proptest! {
        /// Stop anywhere, read the logs back, go on: nothing is asked for twice and
        /// nothing is left out.
        #[test]
        fn work_goes_on_where_it_stopped(
            sizes in proptest::collection::vec(1usize..8, 1..6),
            stops in proptest::collection::vec(any::<bool>(), 60),
            max_texts in 1usize..9,
        ) {
            let pages = pages(&sizes);
            let (mut read, mut written) = (Vec::new(), Vec::new());
            let mut library = Library::new("1");
            let mut asked = HashSet::new();
            let mut stops = stops.into_iter();
            loop {
                if stops.next() == Some(true) {
                    library = Library::from_logs("1", read.clone(), written.clone());
                }
                let batch = library.next_batch(max_texts);
                if !batch.is_empty() {
                    for task in &batch {
                        prop_assert!(asked.insert(task.entry.clone()), "{} twice", task.entry);
                    }
                    let vectors = embed(&batch);
                    written.push(vectors.clone());
                    prop_assert_eq!(library.add_vectors(vectors), batch.len());
                } else if let Some(page) = pages.get(read.len()) {
                    read.push(page.clone());
                    library.add_page(page.clone());
                } else {
                    break;
                }
            }
            let total: usize = sizes.iter().sum();
            let standing = library.standing();
            prop_assert_eq!((standing.posts, standing.entries, standing.embedded), (total, total, total));
            prop_assert_eq!(standing.import, Import::Done);
        }

        #[test]
        fn a_batch_keeps_to_its_size(sizes in proptest::collection::vec(1usize..8, 1..4), max_texts in 1usize..9) {
            let library = Library::from_logs("1", pages(&sizes), Vec::new());
            let batch = library.next_batch(max_texts);
            let texts: usize = batch.iter().map(|task| 1 + usize::from(task.said.is_some())).sum();
            prop_assert!(!batch.is_empty());
            prop_assert!(texts <= max_texts || batch.len() == 1);
            let newest = sizes.iter().sum::<usize>().to_string();
            prop_assert_eq!(&batch[0].entry, &newest);
        }
    }

    #[test]
    fn vectors_that_do_not_belong_are_left_out() {
        let mut library = Library::from_logs("1", pages(&[2]), Vec::new());
        let good = embed(&library.next_batch(9));
        let stranger = Embedded {
            entry: "99".into(),
            ..good[0].clone()
        };
        let mut broken = good[1].clone();
        broken.reply.values.pop();
        assert_eq!(
            library.add_vectors(vec![stranger, broken, good[0].clone(), good[0].clone()]),
            1
        );
        assert_eq!(library.standing().embedded, 1);
    }

    #[test]
    fn a_post_given_twice_counts_once() {
        let mut library = Library::new("1");
        let page = Page {
            posts: vec![post(1, None, "하나")],
            next: Import::At("c".into()),
        };
        library.add_page(page.clone());
        library.add_page(Page {
            next: Import::Done,
            ..page
        });
        assert_eq!(library.standing().posts, 1);
    }

    #[test]
    fn text_is_found_in_both_sides_whatever_its_case() {
        let posts = vec![
            post(3, Some("LEMON 좋아해?"), "응"),
            post(2, None, "레몬 사러 감"),
            post(1, None, "lemon pie"),
        ];
        let library = Library::from_logs(
            "9",
            vec![Page {
                posts,
                next: Import::Done,
            }],
            Vec::new(),
        );
        let ids = |text| {
            library
                .find(text)
                .0
                .into_iter()
                .map(|entry| entry.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids("lemon"), ["3", "1"]);
        assert_eq!(ids(" 레몬 "), ["2"]);
        assert!(ids("없음").is_empty());
        assert!(ids("@lemon").is_empty());
        assert_eq!(library.find("").1, 3);
    }
}
