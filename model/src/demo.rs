//! Bots of people who do not exist, by which somebody sees what this is before they bring
//! anything.
//!
//! `cargo xtask build` makes them of `app/demo/`, with the model that the page has: for each
//! language a sealed [`Bot`] as any other, and a [`Demo`] as JSON, from which the questions that
//! it suggests are answered before anything of the engine is there. Their links' keys are known
//! to everybody, and nothing in them is of anybody.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::answers::Manner;
use crate::answers::suggestions::{self, Suggested};
use crate::bot::about::About;
use crate::bot::{Bot, Line, Owner};
use crate::choice::CHOICE;
use crate::corpus::{Content, Parent, Post};
use crate::error::BotError;
use crate::feed::{Feed, Source};
use crate::library::{Import, Library, Page};
use crate::protocol::Found;
use crate::seal::{self, LinkSecret};

/// When the first and the latest of what they say was written, in seconds since
/// 1970-01-01T00:00:00Z: a year until 2026-11-01.
const FIRST: i64 = 1_761_955_200;
const LATEST: i64 = 1_793_491_200;

/// Somebody who was made up, as in `app/demo/`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub name: String,
    pub handle: String,
    pub greeting: String,
    /// What somebody said, and what they replied.
    pub pairs: Vec<(String, String)>,
}

/// What the page has of a bot before it is opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Demo {
    pub owner: Owner,
    pub greeting: String,
    /// Opens it, as what stands behind `#` in a link does.
    pub key: String,
    pub known: Vec<Known>,
}

/// A question that it suggests, and what it says to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub question: Suggested,
    pub found: Found,
}

impl Person {
    /// Their posts, to be embedded and learned of.
    #[must_use]
    pub fn library(&self) -> Library {
        let count = i64::try_from(self.pairs.len()).unwrap_or(i64::MAX).max(1);
        let step = (LATEST - FIRST) / count;
        let posts = (0..).zip(&self.pairs).map(|(i, (said, reply))| Post {
            // No source has such an id: it leads nowhere.
            id: format!("demo:{i}"),
            text: reply.clone(),
            at: FIRST + i * step,
            lang: None,
            repost: false,
            parent: Some(Parent {
                id: format!("demo:said-{i}"),
                content: Content::Shown {
                    author_id: "somebody".into(),
                    text: said.clone(),
                },
            }),
            earlier: Vec::new(),
        });
        let mut library = Library::default();
        library.add_page(Page {
            posts: posts.collect(),
            ..Page::mark(Feed::new(Source::XArchive, &self.handle), Import::Done)
        });
        library
    }
}

/// What `library`, whose entries have vectors, becomes: what the page has of it, and the sealed
/// bot. `asked` are [`suggestions::questions`] and their vectors of `model`. The same for the
/// same.
///
/// # Errors
/// Those of [`seal::seal`].
pub fn made(
    person: &Person,
    mut library: Library,
    asked: Vec<Suggested>,
    model: &str,
) -> Result<(Demo, Vec<u8>), BotError> {
    while library.learn() < 1.0 {}
    let index = library.index();
    let learned = index.learned();
    let suggested = suggestions::chosen(index, asked);
    let owner = Owner {
        name: person.name.clone(),
        handle: person.handle.clone(),
    };
    let bot = Bot {
        model: model.to_owned(),
        owner: owner.clone(),
        made_at: LATEST,
        lines: index
            .items()
            .map(|item| Line::of(&item, &learned))
            .collect(),
        learned,
        suggested: suggested.clone(),
        about: About {
            greeting: Some(person.greeting.clone()),
            ..About::default()
        },
    };
    // A visitor is answered by what is sealed, which is a little coarser.
    let index = bot.index();
    let known = suggested.into_iter().map(|question| Known {
        found: Found::of(
            &index,
            &question.text,
            &question.vector,
            &Manner::default(),
            CHOICE,
        ),
        question,
    });
    let secret = LinkSecret::new(beginning(&person.greeting));
    let demo = Demo {
        owner,
        greeting: person.greeting.clone(),
        key: secret.fragment(),
        known: known.collect(),
    };
    let file = seal::seal(&bot, &secret, beginning_of(&bot.pack()?))?;
    Ok((demo, file))
}

/// The beginning of a hash of `text`.
fn beginning(text: &str) -> [u8; 16] {
    beginning_of(text.as_bytes())
}

fn beginning_of<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let hash = Sha256::digest(bytes);
    std::array::from_fn(|i| hash[i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::suggestions::questions;
    use crate::bot::Opened;
    use crate::feed::original;
    use crate::library::Embedded;
    use crate::vector::Vector;
    use crate::vector::tests::made_up;

    const PEOPLE: [&str; 3] = [
        include_str!("../../app/demo/ko.json"),
        include_str!("../../app/demo/ja.json"),
        include_str!("../../app/demo/en.json"),
    ];

    fn people() -> impl Iterator<Item = Person> {
        PEOPLE
            .iter()
            .map(|json| serde_json::from_str(json).unwrap())
    }

    fn vector(text: &str) -> Vector {
        made_up(text, 0.85)
    }

    fn embedded(person: &Person) -> Library {
        let mut library = person.library();
        loop {
            let batch = library.next_batch(10);
            if batch.is_empty() {
                return library;
            }
            let embedded = batch.into_iter().map(|task| Embedded {
                said: task.said.as_deref().map(vector),
                reply: vector(&task.reply),
                entry: task.entry,
                texts: task.texts,
            });
            library.add_vectors(embedded.collect());
        }
    }

    fn made_of(person: &Person) -> (Demo, Vec<u8>) {
        let mut library = embedded(person);
        while library.learn() < 1.0 {}
        let asked = questions(library.index()).iter().map(|text| Suggested {
            text: (*text).to_owned(),
            vector: vector(text),
        });
        let asked = asked.collect();
        made(person, library, asked, "model").unwrap()
    }

    #[test]
    fn each_pair_of_these_people_becomes_an_entry_that_leads_nowhere() {
        for person in people() {
            let library = embedded(&person);
            let entries = library.index().entries();
            assert_eq!(entries.len(), person.pairs.len(), "{}", person.name);
            for (said, reply) in &person.pairs {
                let is_it = |entry: &&crate::corpus::Entry| {
                    entry.said.as_deref() == Some(said) && *entry.reply == **reply
                };
                let entry = entries.iter().find(is_it).unwrap();
                assert_eq!(original(&entry.id), None);
                assert!((FIRST..=LATEST).contains(&entry.at));
            }
        }
    }

    #[test]
    fn what_the_page_has_of_a_bot_is_what_the_bot_says() {
        for person in people() {
            let (demo, file) = made_of(&person);
            assert!(!demo.known.is_empty(), "{}", person.name);
            let secret = LinkSecret::parse(&demo.key).unwrap();
            let opened: Opened = seal::open(&file, &secret).unwrap().into();
            assert_eq!(opened.owner, demo.owner);
            assert_eq!(opened.about.greeting.as_ref(), Some(&demo.greeting));
            for Known { question, found } in &demo.known {
                assert!(opened.suggested.contains(question));
                let (text, vector) = (&question.text, &question.vector);
                let manner = Manner::default();
                let said = Found::of(&opened.index, text, vector, &manner, CHOICE);
                assert_eq!(*found, said);
                assert!(!said.answers.is_empty());
            }
            let json = serde_json::to_string(&demo).unwrap();
            assert_eq!(serde_json::from_str::<Demo>(&json).unwrap(), demo);
        }
    }

    #[test]
    fn the_same_person_gives_the_same_files() {
        let person = people().next().unwrap();
        assert_eq!(made_of(&person), made_of(&person));
    }
}
