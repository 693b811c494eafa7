//! What the benchmark page calls: a library of made-up entries, each with two vectors, that
//! is searched as the library's worker does.

use lemon_desk::server;
use lemon_model::answers::{self, Question};
use lemon_model::choices::Choices;
use lemon_model::corpus::{Content, Parent, Post};
use lemon_model::feed::{Feed, Source};
use lemon_model::library::desk::Wanted;
use lemon_model::library::{Embedded, Import, Library, Page, Texts};
use lemon_model::stored::{self, Replay};
use lemon_model::text;
use lemon_model::vector::{DIM, Vector};
use wasm_bindgen::prelude::wasm_bindgen;

/// Posts of a page, as an archive gives them, and entries that are embedded at once.
const PAGE: u32 = 16_000;
const BATCH: u32 = 500;

/// What the model is called.
const MODEL: &str = "model";

/// What people are asked about, each of which is replied to in its own way.
const TOPICS: usize = 100;

/// Hangul's syllables, of which texts are made.
const FIRST_SYLLABLE: u32 = 0xAC00;
const SYLLABLES: u32 = 2_000;

#[wasm_bindgen]
pub struct Bench {
    library: Library,
    /// As many bytes as the vectors of the library have.
    same: Vec<u64>,
    numbers: Numbers,
    /// Of memory, before it was there.
    before: u64,
    /// How often something was looked for.
    asked: i64,
}

#[wasm_bindgen]
impl Bench {
    /// Of so many entries, whose texts have 35 characters on average, as it is read back from
    /// where it is stored.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(entries: u32) -> Self {
        let mut numbers = Numbers(1);
        let before = server::memory();
        let feed = Feed::new(Source::X, "1");
        let mut replay = Replay::new("1", MODEL, Choices::default());
        let mut left = entries;
        while left > 0 {
            let posts = left.min(PAGE);
            left -= posts;
            let next = if left == 0 {
                Import::Done
            } else {
                Import::At("c".into())
            };
            let page = Page {
                posts: (left..left + posts).map(post).collect(),
                ..Page::mark(feed.clone(), next)
            };
            let record = stored::page(&page).unwrap_or_default();
            drop(page);
            _ = replay.page(&record);
        }
        let topics: Vec<_> = (0..TOPICS)
            .map(|_| [numbers.vector(), numbers.vector()])
            .collect();
        let mut first = 0;
        while first < entries {
            let next = entries.min(first.saturating_add(BATCH));
            // The posts are made once more: kept until now they would be counted.
            let embedded = (first..next).zip(topics.iter().cycle());
            let embedded = embedded.map(|(n, [said, reply])| {
                let post = post(n);
                Embedded {
                    entry: (&*post.id).into(),
                    texts: texts_of(&post),
                    said: Some(numbers.near(said)),
                    reply: numbers.near(reply),
                }
            });
            let embedded: Vec<Embedded> = embedded.collect();
            let record = stored::vectors(MODEL, &embedded).unwrap_or_default();
            _ = replay.vectors(&record);
            first = next;
        }
        Self {
            library: replay.end(),
            same: Vec::new(),
            numbers,
            before,
            asked: 0,
        }
    }

    /// Learns all that there is to learn; whether where questions lead is among it.
    #[must_use]
    pub fn learn(&mut self) -> bool {
        while self.library.learn() < 1.0 {}
        self.library.index().learned().frames.reply.map.is_some()
    }

    #[must_use]
    pub fn entries(&self) -> usize {
        self.library.standing().embedded
    }

    /// By how many bytes the memory has grown for it until now.
    #[must_use]
    pub fn bytes(&self) -> f64 {
        // Memory is counted in bytes, and a browser gives a module four gigabytes of them.
        #[allow(clippy::cast_precision_loss)]
        let bytes = (server::memory() - self.before) as f64;
        bytes
    }

    /// Asks something, and gives how many answers there are to choose from.
    #[must_use]
    pub fn search(&mut self) -> usize {
        let vector = &self.numbers.vector().floats();
        let text = &self.numbers.text();
        answers::find(self.library.index(), &Question { text, vector }, 8).len()
    }

    /// Reads as many bytes as its vectors have once.
    #[must_use]
    pub fn scan(&mut self) -> u64 {
        let words = self.entries() * 2 * DIM / 8;
        self.same.resize(words, 1);
        self.same.iter().fold(0, |sum, word| sum ^ word)
    }

    /// Finds words as they are typed; how many entries have them.
    #[must_use]
    pub fn find(&mut self, text: &str) -> usize {
        let wanted = Wanted {
            text: text.to_owned(),
            // What was listed last is known.
            until: i64::MAX - self.asked,
            ..Wanted::default()
        };
        self.asked += 1;
        self.library.list(&wanted, 0, 20).all
    }

    /// Looks for what may be nobody's business in all entries; how many are held back.
    #[must_use]
    pub fn flag(&mut self) -> usize {
        while self.library.flag(&[]) < 1.0 {}
        self.library.going().flagged
    }
}

/// The same one for the same number.
fn post(n: u32) -> Post {
    let mut numbers = Numbers(n.into());
    Post {
        id: (1_800_000_000_000_000_000 + u64::from(n)).to_string(),
        text: numbers.text(),
        at: i64::from(n),
        lang: Some("ko".into()),
        repost: false,
        parent: Some(Parent {
            id: (1_700_000_000_000_000_000 + u64::from(n)).to_string(),
            content: Content::Shown {
                author_id: "2".into(),
                text: numbers.text(),
            },
        }),
        earlier: Vec::new(),
    }
}

/// Which texts an entry has that is one post.
fn texts_of(post: &Post) -> Texts {
    let parent = post.parent.as_ref().map(|parent| &parent.content);
    let said = match parent {
        Some(Content::Shown { text, .. }) => Some(text::clean(text)),
        _ => None,
    };
    Texts::of(said.as_deref(), &text::own(&post.text))
}

/// A linear congruential generator with Knuth's constants for 64 bits.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The high half is the better one.
        u32::try_from(self.0 >> 32).unwrap_or_default()
    }

    fn text(&mut self) -> String {
        let length = 10 + self.next() % 50;
        let letter = |n: u32| match n % 6 {
            0 => Some(' '),
            _ => char::from_u32(FIRST_SYLLABLE + n / 6 % SYLLABLES),
        };
        (0..length).filter_map(|_| letter(self.next())).collect()
    }

    /// Any two are alike, as this encoder's are.
    fn vector(&mut self) -> Vector {
        let element = |n: u32| {
            let own = f32::from(u8::try_from(n % 256).unwrap_or_default()) / 128.0 - 1.0;
            0.05 + 0.03 * own
        };
        let elements: Vec<f32> = (0..DIM).map(|_| element(self.next())).collect();
        Vector::quantise(&elements)
    }

    /// One that is more like this one than others are.
    fn near(&mut self, topic: &Vector) -> Vector {
        let both = self.vector().floats().into_iter().zip(topic.floats());
        Vector::quantise(&both.map(|(own, topic)| own + topic).collect::<Vec<_>>())
    }
}
