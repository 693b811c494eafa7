//! One bot's posts and vectors, as they come in: what is there, what is to be
//! embedded next, and what answers a question.
//!
//! It is fed with two logs, pages of posts and batches of vectors, each in the order in
//! which it was written; how they lie between each other does not matter. Feeding the same
//! logs again gives the same library, so whoever keeps the logs can go on after any
//! interruption.
//!
//! Entries grow when posts come. A record of vectors says which texts it is of, and counts
//! while its entry has those texts. Where they have changed the entry is to be embedded
//! again, and until then it answers nothing: a vector is never shown, searched or shared
//! beside a text that it is not of. The record stays in the log, where it is no damage, and
//! counts again should the texts come back.

pub mod desk;
pub mod months;
mod needle;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::desk::Desk;
use crate::answers::suggestions::Suggested;
use crate::choices::Choices;
use crate::corpus::{Content, Corpus, Entry, Post, Reach, Sorted};
use crate::feed::Feed;
use crate::index::learning::{Learned, Learning};
use crate::index::{Index, Kept};
use crate::positions::Positions;
use crate::vector::Vector;

/// Most entries of a batch of which all have equals: some megabyte of vectors.
const MAX_BATCH: usize = 1_000;

/// A page of a feed's posts and where the next one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub feed: Feed,
    pub posts: Vec<Post>,
    /// [`Import::Start`], where there are no posts, if the feed is not read after all.
    pub next: Import,
    /// Posts on the page that could not be read, or that the source withholds.
    pub left_out: u32,
    /// The source's cursor led nowhere: there may be older posts than these.
    pub stalled: bool,
}

impl Import {
    /// The place of a feed that is read anew, also where it had been read to its end; nothing
    /// has come of it yet.
    #[must_use]
    pub const fn anew() -> Self {
        Self::At(String::new())
    }
}

impl Page {
    /// That the import of a feed is so far, without posts.
    #[must_use]
    pub fn mark(feed: Feed, next: Import) -> Self {
        Self {
            feed,
            posts: Vec::new(),
            next,
            left_out: 0,
            stalled: false,
        }
    }
}

/// How far the posts of a feed have been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Import {
    #[default]
    Start,
    /// The cursor of the next page.
    At(String),
    Done,
}

/// Which texts an entry has, or vectors are of: the beginning of a SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Texts([u8; 8]);

impl Texts {
    #[must_use]
    pub fn of(said: Option<&str>, reply: &str) -> Self {
        let mut hash = Sha256::new();
        if let Some(said) = said {
            // No text holds a control character, so none can be taken for two.
            hash.update(said);
            hash.update("\0");
        }
        let hash: [u8; 32] = hash.chain_update(reply).finalize().into();
        let mut first = [0; 8];
        first.copy_from_slice(&hash[..8]);
        Self(first)
    }
}

impl fmt::Display for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// An entry whose texts are to be embedded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub entry: Arc<str>,
    /// Goes back with the vectors.
    pub texts: Texts,
    pub said: Option<Arc<str>>,
    pub reply: Arc<str>,
    /// The vectors of equal texts of other entries, which need not be made again.
    pub known: Found,
}

/// The vectors that there are of an entry's texts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub said: Option<Vector>,
    pub reply: Option<Vector>,
}

impl Task {
    /// How many of its texts have no vectors.
    #[must_use]
    pub fn texts(&self) -> usize {
        self.unknown().count()
    }

    /// Those, and whether they were said or replied.
    fn unknown(&self) -> impl Iterator<Item = (bool, Arc<str>)> {
        let said = self.said.as_ref().filter(|_| self.known.said.is_none());
        let reply = Some(&self.reply).filter(|_| self.known.reply.is_none());
        let said = said.map(|text| (true, Arc::clone(text)));
        let reply = reply.map(|text| (false, Arc::clone(text)));
        said.into_iter().chain(reply)
    }
}

/// The vectors of an entry's texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedded {
    pub entry: Arc<str>,
    pub texts: Texts,
    pub said: Option<Vector>,
    pub reply: Vector,
}

/// What is there, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Of each feed that was begun.
    pub feeds: Vec<FeedStanding>,
    pub posts: usize,
    /// Posts that could not be read, or that the source withholds.
    pub left_out: usize,
    /// The source's cursor led nowhere: there may be older posts.
    pub stalled: bool,
    pub entries: usize,
    /// Entries that answer something.
    pub pairs: usize,
    /// Entries that have vectors of the texts that they have now: fewer than before when a
    /// page has made some of them grow.
    pub embedded: usize,
}

/// What is there of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedStanding {
    pub feed: Feed,
    /// How far it has been read.
    pub import: Import,
    /// It has been read to its end before: what is read now is only what is new.
    pub was_done: bool,
    /// Posts that no other feed had given.
    pub posts: usize,
    /// The id of the newest post that there was then.
    pub complete_to: Option<String>,
}

impl Standing {
    #[must_use]
    pub fn of(&self, feed: &Feed) -> Option<&FeedStanding> {
        self.feeds.iter().find(|there| there.feed == *feed)
    }

    /// How far `feed` has been read.
    #[must_use]
    pub fn import_of(&self, feed: &Feed) -> Import {
        let there = self.of(feed);
        there.map_or(Import::Start, |there| there.import.clone())
    }

    /// Nothing was begun.
    #[must_use]
    pub fn is_unbegun(&self) -> bool {
        self.feeds.is_empty()
    }

    /// All that was begun has been read to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let is_done = |there: &FeedStanding| there.import == Import::Done;
        !self.is_unbegun() && self.feeds.iter().all(is_done)
    }
}

/// What is in a library's logs, without what it says: for another one to be compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Ids.
    posts: Vec<String>,
    vectors: HashSet<Taken>,
}

/// What vectors are of: the entry, its texts, and whether something said is among them; the
/// beginning of a SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Taken([u8; 16]);

impl Taken {
    fn of(vectors: &Record) -> Self {
        let hash: [u8; 32] = Sha256::new()
            .chain_update([u8::from(vectors.kept.has_said())])
            .chain_update(vectors.texts.0)
            .chain_update(vectors.entry.as_bytes())
            .finalize()
            .into();
        let mut first = [0; 16];
        first.copy_from_slice(&hash[..16]);
        Self(first)
    }
}

/// A record of the log of vectors, which the index keeps.
#[derive(Clone, Debug, PartialEq)]
struct Record {
    entry: Arc<str>,
    texts: Texts,
    kept: Kept,
}

impl Record {
    /// By which it is known.
    fn key(&self) -> (&str, Texts, bool) {
        (&self.entry, self.texts, self.kept.has_said())
    }
}

/// Texts of entries to vectors that are kept of equal ones.
#[derive(Debug, Default)]
struct Equals {
    said: FxHashMap<Arc<str>, Kept>,
    reply: FxHashMap<Arc<str>, Kept>,
}

impl Equals {
    fn add(&mut self, entry: &Entry, kept: Kept) {
        if let Some(said) = &entry.said {
            self.said.insert(Arc::clone(said), kept);
        }
        self.reply.insert(Arc::clone(&entry.reply), kept);
    }

    fn known(&self, entry: &Entry, index: &Index) -> Found {
        let said = entry.said.as_deref();
        let said = said.and_then(|text| self.said.get(text));
        let reply = self.reply.get(&entry.reply);
        Found {
            said: said.and_then(|kept| index.said_of(*kept)),
            reply: reply.map(|kept| index.reply_of(*kept)),
        }
    }
}

/// How it is learned. One that is raised has everything learned again: with each change of what
/// comes of the same entries, or of what is suggested.
const LEARNING: u32 = 1;

/// What was learned of a library, to be kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// Of which texts and vectors.
    of: u64,
    learned: Learned,
    /// What was chosen to begin a talk with, once it was.
    suggested: Option<Vec<Suggested>>,
}

/// What has come of a feed.
#[derive(Debug, Default)]
struct State {
    import: Import,
    left_out: usize,
    stalled: bool,
    was_done: bool,
    posts: usize,
    /// The newest post's time and id, and what these were when it was last read to its end: what
    /// lies between may not be there yet.
    newest: Option<(i64, String)>,
    complete_to: Option<(i64, String)>,
}

impl State {
    fn standing(&self, feed: &Feed) -> FeedStanding {
        FeedStanding {
            feed: feed.clone(),
            import: self.import.clone(),
            was_done: self.was_done,
            posts: self.posts,
            complete_to: self.complete_to.as_ref().map(|(_, id)| id.clone()),
        }
    }
}

/// Posts from which on a page may wait for others before entries are made of it.
const MANY: usize = 4_000;

/// So many times fewer posts than there are may wait.
const SHARE: usize = 32;

#[derive(Debug, Default)]
pub struct Library {
    corpus: Corpus,
    feeds: BTreeMap<Feed, State>,
    /// Newest first.
    entries: Vec<Entry>,
    /// What the person does not want to be there, newest first.
    left_out: Vec<Entry>,
    choices: Choices,
    desk: Desk,
    /// Of the entries: which texts they have, and whether they are in the index.
    states: Vec<(Texts, bool)>,
    /// Entry ids to their position in `entries`.
    by_id: Positions,
    pairs: usize,
    /// Posts of which no entries were made yet.
    unmade: usize,
    /// How often entries were made.
    #[cfg(test)]
    made: usize,
    /// Entries before this one are in the index.
    waiting: usize,
    /// The log of vectors, without what is in it twice.
    vectors: Vec<Record>,
    /// By what `vectors` are of.
    taken: Positions,
    /// Positions in `vectors` of those that count, in the order of `index`.
    current: Vec<usize>,
    /// While there are entries that wait, once somebody has asked for one.
    equals: Option<Equals>,
    index: Index,
    /// Learning that is under way, and of what.
    learning: Option<(u64, Learning)>,
    /// Once the index has learned all.
    lesson: Option<Known>,
}

/// Of what the index has learned all, and what was chosen of that to begin a talk with, once it
/// was.
#[derive(Debug)]
struct Known {
    of: u64,
    suggested: Option<Vec<Suggested>>,
}

impl Library {
    /// The library that these logs make.
    #[must_use]
    pub fn from_logs(pages: Vec<Page>, batches: Vec<Vec<Embedded>>) -> Self {
        let mut library = Self::default();
        for page in pages {
            library.take_page(page);
        }
        library.make_entries();
        for batch in batches {
            library.add_vectors(batch);
        }
        library
    }

    /// What of a page is not here: what a source repeats need not be stored again.
    #[must_use]
    pub fn news(&self, mut page: Page) -> Page {
        let space = page.feed.space();
        let before = page.posts.len();
        page.posts.retain(|post| {
            let parent = post.parent.as_ref().map(|parent| &parent.content);
            let may_change = parent == Some(&Content::Protected) || !post.earlier.is_empty();
            may_change || !self.corpus.holds(&format!("{space}{}", post.id))
        });
        if page.posts.is_empty() && before > 0 {
            // Those were counted with the posts.
            page.left_out = 0;
        }
        page
    }

    /// Entries are made of it at once, or, of one page among many, with those that follow:
    /// making them takes as long as there are posts.
    pub fn add_page(&mut self, page: Page) {
        let (goes_on, is_empty) = (matches!(page.next, Import::At(_)), page.posts.is_empty());
        let changes_nothing = goes_on && is_empty && self.feeds.contains_key(&page.feed);
        let before = self.corpus.ids().len();
        self.take_page(page);
        let posts = self.corpus.ids().len();
        self.unmade += posts - before;
        let may_wait = goes_on && !is_empty && posts >= MANY && self.unmade < posts / SHARE;
        if !changes_nothing && !may_wait {
            self.make_entries();
        }
    }

    /// A post that is there already is not taken again: a source may repeat one
    /// when a new post has moved its pages, and repeats all after a new beginning.
    pub(crate) fn take_page(&mut self, page: Page) {
        let feed = page.feed;
        let is_empty = page.posts.is_empty();
        let newest = page.posts.iter().max_by_key(|post| post.at);
        let newest = newest.map(|post| (post.at, post.id.clone()));
        let mut news = 0;
        self.corpus.reaches(&feed, Reach::Partial);
        for post in page.posts {
            news += usize::from(self.corpus.add(&feed, post));
        }
        if page.next == Import::Start && is_empty {
            self.feeds.remove(&feed);
            return;
        }
        let state = self.feeds.entry(feed).or_default();
        if page.next == Import::anew() && is_empty {
            state.import = page.next;
            return;
        }
        state.posts += news;
        if newest.as_ref().map(|(at, _)| at) > state.newest.as_ref().map(|(at, _)| at) {
            state.newest = newest;
        }
        if page.next == Import::Done {
            state.was_done = true;
            state.complete_to = state.newest.clone();
        }
        if news > 0 || is_empty {
            state.left_out += usize::try_from(page.left_out).unwrap_or_default();
        }
        // A tab that comes late must not lead back behind the end.
        if state.import != Import::Done {
            state.import = page.next;
            // What was missing behind the end is missing still.
            state.stalled = page.stalled || (state.stalled && state.was_done);
        }
    }

    pub(crate) fn make_entries(&mut self) {
        // A place is there as a whole once each of its feeds has been, whatever is new.
        self.corpus.reaches_nothing();
        for was_done in [true, false] {
            for (feed, state) in &self.feeds {
                if state.was_done == was_done {
                    let reach = if was_done {
                        Reach::Whole
                    } else {
                        Reach::Partial
                    };
                    self.corpus.reaches(feed, reach);
                }
            }
        }
        self.unmade = 0;
        #[cfg(test)]
        {
            self.made += 1;
        }
        let Sorted { entries, left_out } = self.corpus.entries();
        self.left_out = left_out;
        self.desk.begin_anew();
        self.states = entries
            .iter()
            .map(|entry| (self.texts_of(entry), false))
            .collect();
        self.entries = entries;
        self.pairs = self.entries.iter().filter(|e| e.said.is_some()).count();
        self.by_id = Positions::with_capacity(self.entries.len());
        for (i, entry) in self.entries.iter().enumerate() {
            self.by_id
                .insert(&&*entry.id, i, |at| &*self.entries[at].id);
        }
        self.waiting = 0;
        self.equals = None;
        let current: Vec<usize> = (0..self.vectors.len())
            .filter(|&i| self.entry_of(&self.vectors[i]).is_some())
            .collect();
        if current == self.current {
            for &i in &current {
                if let Some(entry) = self.entry_of(&self.vectors[i]) {
                    self.states[entry].1 = true;
                }
            }
        } else {
            self.current.clear();
            self.index.clear();
            for i in current {
                self.count(i);
            }
        }
    }

    /// Makes room for the vectors of all entries and for nothing else: what grows by itself is
    /// half empty at worst.
    pub(crate) fn make_room(&mut self) {
        self.corpus.shrink();
        self.entries.shrink_to_fit();
        let more = self.entries.len();
        self.vectors.reserve_exact(more);
        self.taken.reserve(more, |at| self.vectors[at].key());
        self.current.reserve_exact(more);
        self.index.reserve(more);
    }

    /// Where the entry with this id is.
    fn at(&self, id: &str) -> Option<usize> {
        self.by_id.find(&id, |at| *self.entries[at].id == *id)
    }

    /// Which texts an entry has: those that it had before, if they are still the same.
    fn texts_of(&self, entry: &Entry) -> Texts {
        let before = self.at(&entry.id);
        if let Some(before) = before {
            let (old, (texts, _)) = (&self.entries[before], &self.states[before]);
            let is_same_said = match (&old.said, &entry.said) {
                (Some(old), Some(new)) => Arc::ptr_eq(old, new),
                (None, None) => true,
                _ => false,
            };
            if is_same_said && Arc::ptr_eq(&old.reply, &entry.reply) {
                return *texts;
            }
        }
        Texts::of(entry.said.as_deref(), &entry.reply)
    }

    /// The position of the entry whose texts `vectors` are of, if they are still of them.
    fn entry_of(&self, vectors: &Record) -> Option<usize> {
        let i = self.at(&vectors.entry)?;
        let is_said = self.entries[i].said.is_some();
        let fits = self.states[i].0 == vectors.texts && is_said == vectors.kept.has_said();
        fits.then_some(i)
    }

    /// Lets the vectors at `i` answer, if they are of an entry's texts.
    fn count(&mut self, i: usize) {
        let vectors = &self.vectors[i];
        let Some(entry) = self.entry_of(vectors) else {
            return;
        };
        let kept = vectors.kept;
        self.states[entry].1 = true;
        self.current.push(i);
        let entry = &self.entries[entry];
        if let Some(equals) = &mut self.equals {
            equals.add(entry, kept);
        }
        self.index.add(entry.clone(), kept);
    }

    /// The newest entries that have no vectors of their texts: at least one if there is
    /// one, and then as many as have `max_texts` texts together that have no vectors. No text
    /// is among these twice.
    #[must_use]
    pub fn next_batch(&mut self, max_texts: usize) -> Vec<Task> {
        while self
            .states
            .get(self.waiting)
            .is_some_and(|(_, is_in)| *is_in)
        {
            self.waiting += 1;
        }
        if self.waiting == self.states.len() {
            if self.unmade > 0 {
                self.make_entries();
                return self.next_batch(max_texts);
            }
            // Should more come, they are made again.
            self.equals = None;
            return Vec::new();
        }
        let equals = self.equals.take().unwrap_or_else(|| self.equals());
        let mut batch: Vec<Task> = Vec::new();
        let (mut texts, mut asked) = (0, FxHashSet::default());
        let entries = self.entries.iter().zip(&self.states).skip(self.waiting);
        for (entry, (of, _)) in entries.filter(|(_, (_, is_in))| !is_in) {
            let task = Task {
                entry: Arc::clone(&entry.id),
                texts: *of,
                said: entry.said.clone(),
                reply: Arc::clone(&entry.reply),
                known: equals.known(entry, &self.index),
            };
            // Once that has its vectors, this one's are known.
            if task.unknown().any(|text| asked.contains(&text)) {
                continue;
            }
            texts += task.texts();
            // What has its vectors is to be written down all the same.
            let is_full = texts > max_texts || batch.len() >= MAX_BATCH.max(max_texts);
            if is_full && !batch.is_empty() {
                break;
            }
            asked.extend(task.unknown());
            batch.push(task);
        }
        self.equals = Some(equals);
        batch
    }

    /// Those of all that is in the index.
    fn equals(&self) -> Equals {
        let mut equals = Equals::default();
        for &i in &self.current {
            if let Some(entry) = self.entry_of(&self.vectors[i]) {
                equals.add(&self.entries[entry], self.vectors[i].kept);
            }
        }
        equals
    }

    /// Unsound vectors, and those of texts that have some, are left out; gives how many were
    /// taken. They count as soon as, and as long as, an entry has those texts: when a page
    /// came while they were made it may not have them any more.
    pub fn add_vectors(&mut self, batch: Vec<Embedded>) -> usize {
        let before = self.vectors.len();
        for vectors in batch {
            let Embedded { said, reply, .. } = &vectors;
            let is_sound = reply.is_sound() && said.as_ref().is_none_or(Vector::is_sound);
            let key = (&*vectors.entry, vectors.texts, said.is_some());
            let is_there = |at: usize| self.vectors[at].key() == key;
            if !is_sound || self.taken.find(&key, is_there).is_some() {
                continue;
            }
            let kept = self.index.keep(said.as_ref(), reply);
            // The id that is there already.
            let there = self.at(&vectors.entry);
            let entry = there.map_or(&vectors.entry, |at| &self.entries[at].id);
            let record = Record {
                entry: Arc::clone(entry),
                texts: vectors.texts,
                kept,
            };
            let last = self.vectors.len();
            self.vectors.push(record);
            self.taken.insert(&key, last, |at| self.vectors[at].key());
            self.count(last);
        }
        self.vectors.len() - before
    }

    /// What is in its logs.
    #[must_use]
    pub fn written(&self) -> Written {
        Written {
            posts: self.corpus.ids().map(Into::into).collect(),
            vectors: self.taken(),
        }
    }

    fn taken(&self) -> HashSet<Taken> {
        self.vectors.iter().map(Taken::of).collect()
    }

    /// Whether all that was `written` is in its logs too.
    #[must_use]
    pub fn holds(&self, written: &Written) -> bool {
        written.posts.iter().all(|id| self.corpus.holds(id))
            && written.vectors.is_subset(&self.taken())
    }

    #[must_use]
    pub fn standing(&self) -> Standing {
        let feeds = self.feeds.iter();
        Standing {
            feeds: feeds.map(|(feed, state)| state.standing(feed)).collect(),
            posts: self.corpus.ids().len(),
            left_out: self.feeds.values().map(|state| state.left_out).sum(),
            stalled: self.feeds.values().any(|state| state.stalled),
            entries: self.entries.len(),
            pairs: self.pairs,
            embedded: self.current.len(),
        }
    }

    /// Whether all posts have been read, and every entry has vectors of its texts.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let standing = self.standing();
        standing.is_complete() && standing.embedded == standing.entries
    }

    /// Goes on learning of all entries that have vectors how questions are best answered, and
    /// gives the share that is done: 1 once nothing is left.
    pub fn learn(&mut self) -> f32 {
        let now = self.print();
        if self.lesson.as_ref().is_some_and(|lesson| lesson.of == now) {
            return 1.0;
        }
        self.lesson = None;
        // What was begun of something else is begun anew.
        let begun = self.learning.take().filter(|(of, _)| *of == now);
        let (_, mut learning) = begun.unwrap_or_else(|| (now, Learning::new(&self.index)));
        if let Some(learned) = learning.go_on(&self.index) {
            self.index.take(learned);
            self.lesson = Some(Known {
                of: now,
                suggested: None,
            });
            return 1.0;
        }
        let share = learning.share();
        self.learning = Some((now, learning));
        share
    }

    /// Whether it has learned all.
    #[must_use]
    pub fn has_lesson(&self) -> bool {
        self.lesson.is_some()
    }

    /// What it has learned, once that is all.
    #[must_use]
    pub fn lesson(&self) -> Option<Lesson> {
        let Known { of, suggested } = self.lesson.as_ref()?;
        Some(Lesson {
            of: *of,
            learned: self.index.learned(),
            suggested: suggested.clone(),
        })
    }

    /// Has questions answered by what was learned before, if it was of what there is now.
    pub fn recall(&mut self, lesson: Lesson) {
        if lesson.of == self.print() && lesson.learned.is_sound() {
            self.index.take(lesson.learned);
            self.lesson = Some(Known {
                of: lesson.of,
                suggested: lesson.suggested,
            });
        }
    }

    /// What was chosen to begin a talk with.
    #[must_use]
    pub fn suggested(&self) -> Option<&[Suggested]> {
        self.lesson.as_ref()?.suggested.as_deref()
    }

    /// Keeps what was chosen, with all that was learned.
    pub fn suggest(&mut self, suggested: Vec<Suggested>) {
        if let Some(lesson) = &mut self.lesson {
            lesson.suggested = Some(suggested);
        }
    }

    /// A number that is another one, most likely, where what answers is something else.
    fn print(&self) -> u64 {
        let mut hasher = FxHasher::default();
        LEARNING.hash(&mut hasher);
        let records = self.current.iter().map(|at| &self.vectors[*at]);
        for record in records {
            (record.texts, record.kept.has_said()).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Learns a little again if there is much that is new.
    pub fn refine(&mut self) {
        if self.index.has_more_to_learn() {
            self.lesson = None;
            self.index.learn();
        }
    }

    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::{self, Hit, Question};
    use crate::corpus::tests::{ME, feed, post, reply, shown};
    use crate::corpus::{Content, LONGEST_PAUSE};
    use crate::feed::Source;
    use crate::stored::{self, Logs};
    use crate::vector::DIM;
    use proptest::prelude::*;

    fn page(posts: Vec<Post>, next: Import) -> Page {
        Page {
            posts,
            ..Page::mark(feed(), next)
        }
    }

    /// Texts with the same words are alike.
    fn vector(text: &str) -> Vector {
        let mut values = vec![0.0; DIM];
        for word in text.split_whitespace() {
            let hash = word.bytes().fold(5381, |hash: usize, byte| {
                hash.wrapping_mul(33).wrapping_add(usize::from(byte))
            });
            values[hash % DIM] += 1.0;
        }
        let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        Vector::quantise(&values.iter().map(|v| v / length).collect::<Vec<_>>())
    }

    fn question(text: &str) -> Vec<f32> {
        let mut question = vec![0.0; DIM];
        vector(text).add_to(&mut question);
        question
    }

    fn embed(tasks: &[Task]) -> Vec<Embedded> {
        let one = |task: &Task| Embedded {
            entry: task.entry.clone(),
            texts: task.texts,
            said: task.said.as_deref().map(vector),
            reply: vector(&task.reply),
        };
        tasks.iter().map(one).collect()
    }

    /// Embeds what waits; gives the ids of the entries in the order in which they came.
    fn embed_all(library: &mut Library, written: &mut Vec<Vec<Embedded>>) -> Vec<String> {
        let mut ids = Vec::new();
        loop {
            let tasks = library.next_batch(9);
            if tasks.is_empty() {
                return ids;
            }
            ids.extend(tasks.iter().map(|task| task.entry.to_string()));
            written.push(embed(&tasks));
            assert_eq!(library.add_vectors(embed(&tasks)), tasks.len());
        }
    }

    fn assert_vectors_are_of_their_texts(library: &Library) {
        for item in library.index().items() {
            assert!(library.entries.contains(&item.entry));
            assert_eq!(item.reply, vector(&item.entry.reply));
            assert_eq!(item.said, item.entry.said.as_deref().map(vector));
        }
    }

    #[test]
    fn entries_of_many_pages_are_made_together() {
        let post = |i: i64| Post {
            id: format!("{i:06}"),
            text: format!("글 {i}"),
            at: 2_000_000_000 - i * 3_600,
            lang: None,
            repost: false,
            parent: None,
            earlier: Vec::new(),
        };
        let pages = |next: i64| {
            let posts = (next * 100..(next + 1) * 100).map(post).collect();
            page(posts, Import::At(next.to_string()))
        };
        let mut library = Library::default();
        let mut made = Vec::new();
        for all in [100, 200, 400] {
            let before = library.made;
            for next in all / 2..all {
                library.add_page(pages(next));
            }
            made.push(library.made - before);
        }
        // Twice as many posts are made into entries a few times more often, not twice as often.
        assert!(made[2] <= made[1] + 2 && made[2] < 40, "{made:?}");
        // What waits is not forgotten where nothing else does.
        let lag = 40_000 - 5_000 - library.standing().entries;
        assert!(lag < 40_000 / SHARE, "{lag}");
        library.add_page(page(vec![post(50_000)], Import::Done));
        assert_eq!(library.standing().entries, 40_000 - 5_000 + 1);

        let mut library = Library::default();
        library.add_page(page((0..4_000).map(post).collect(), Import::At("a".into())));
        embed_all(&mut library, &mut Vec::new());
        library.add_page(page(vec![post(4_000)], Import::At("b".into())));
        assert_eq!(library.standing().entries, 4_000);
        assert_eq!(library.next_batch(9).len(), 1);
        assert_eq!(library.standing().entries, 4_001);
    }

    /// The two logs as they are stored, with vectors of another model between ours.
    #[derive(Default)]
    struct Stored(Logs);

    impl Stored {
        fn page(&mut self, page: &Page) {
            self.0.pages.push(stored::page(page).unwrap());
        }

        fn vectors(&mut self, batch: &[Embedded]) {
            let others = batch.iter().map(|vectors| Embedded {
                reply: vector("남의 것"),
                ..vectors.clone()
            });
            let others: Vec<_> = others.collect();
            for (model, batch) in [("another", &others[..]), ("ours", batch)] {
                self.0.vectors.push(stored::vectors(model, batch).unwrap());
            }
        }

        fn replayed(&self) -> Library {
            self.0.library(ME, "ours").unwrap()
        }
    }

    /// The log of vectors. Where they lie depends on what else was kept.
    fn records(library: &Library) -> Vec<(&str, Texts, Option<Vector>, Vector)> {
        let records = library.vectors.iter();
        records
            .map(|record| {
                let (said, reply) = (
                    library.index.said_of(record.kept),
                    library.index.reply_of(record.kept),
                );
                (&*record.entry, record.texts, said, reply)
            })
            .collect()
    }

    fn find(index: &Index, text: &str, n: usize) -> Vec<Hit> {
        let vector = &question(text);
        answers::find(index, &Question { text, vector }, n)
    }

    /// Entries, vectors, their order and what they answer, to the bit.
    fn assert_same(live: &mut Library, replayed: &mut Library) {
        assert_eq!(live.standing(), replayed.standing());
        assert_eq!(live.entries, replayed.entries);
        assert_eq!(records(live), records(replayed));
        assert!(live.index().items().eq(replayed.index().items()));
        assert_eq!(live.next_batch(5), replayed.next_batch(5));
        for words in ["하나 둘", "셋", "글7 둘", "없는 말"] {
            let ask = |library: &Library| find(library.index(), words, 50);
            assert_eq!(ask(live), ask(replayed));
            assert_eq!(live.listed(words), replayed.listed(words));
        }
        assert!(live.holds(&replayed.written()) && replayed.holds(&live.written()));
    }

    /// A post, which may be given several times.
    #[derive(Clone, Debug)]
    struct Draft {
        kind: u8,
        /// How many posts ago what it answers, or had been before, was posted.
        back: u32,
        pause: i64,
        text: &'static str,
        /// Nobody else says just that.
        is_its_own: bool,
    }

    #[derive(Clone, Debug)]
    enum Step {
        /// Of which feed; numbers of posts, and whether their parents are protected by now;
        /// whether it is the last page, and whether there may be more all the same.
        Page(Source, Vec<(usize, bool)>, bool, bool),
        /// A feed is so far, without posts.
        Mark(Source, Import),
        Take(usize),
        Write,
        /// Another tab has made the same vectors.
        WriteAgain,
        Restart,
    }

    const POSTS: usize = 48;

    fn drafts() -> impl Strategy<Value = Vec<Draft>> {
        let text = proptest::sample::select(vec![
            "하나",
            "둘 하나",
            "셋",
            "넷",
            "",
            "RT @sora: 남의 말",
            "나도 “@sora: 셋”",
            "https://t.co/ab",
        ]);
        let pause = 1i64..LONGEST_PAUSE * 2;
        let draft = (0u8..9, 1u32..5, pause, text, any::<bool>()).prop_map(
            |(kind, back, pause, text, is_its_own)| Draft {
                kind,
                back,
                pause,
                text,
                is_its_own,
            },
        );
        proptest::collection::vec(draft, POSTS)
    }

    fn posts(drafts: &[Draft]) -> Vec<Post> {
        let mut at = 0;
        let one = |(i, draft): (usize, &Draft)| {
            let id = u32::try_from(i).unwrap() + 10;
            let before = id - draft.back;
            let own = if draft.is_its_own {
                format!("글{i} ")
            } else {
                String::new()
            };
            let text = &format!("{own}{}", draft.text);
            at += draft.pause;
            let post = match draft.kind {
                0 | 1 => reply(id, text, before, shown(ME, "하나")),
                2 | 3 => reply(id, text, before, Content::Own),
                4 => reply(id, text, before, Content::Gone),
                5 => reply(id, text, id + 1000, shown("2", "둘 셋")),
                6 => reply(id, text, id + 1000, Content::Protected),
                7 => Post {
                    earlier: vec![before.to_string()],
                    ..post(id, text)
                },
                _ => Post {
                    repost: draft.back == 1,
                    ..post(id, text)
                },
            };
            Post { at, ..post }
        };
        drafts.iter().enumerate().map(one).collect()
    }

    /// Of which two speak of the same posts.
    fn source() -> impl Strategy<Value = Source> {
        proptest::sample::select(vec![
            Source::X,
            Source::X,
            Source::XArchive,
            Source::Bluesky,
        ])
    }

    fn mark() -> impl Strategy<Value = Import> {
        proptest::sample::select(vec![Import::Start, Import::anew(), Import::Done])
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let numbers = proptest::collection::vec((0..POSTS, proptest::bool::weighted(0.1)), 0..17);
        let step = prop_oneof![
            4 => (source(), numbers, proptest::bool::weighted(0.3), any::<bool>())
                .prop_map(|(source, posts, done, stalled)| Step::Page(source, posts, done, stalled)),
            1 => (source(), mark()).prop_map(|(source, next)| Step::Mark(source, next)),
            4 => (1usize..17).prop_map(Step::Take),
            4 => Just(Step::Write),
            1 => Just(Step::WriteAgain),
            1 => Just(Step::Restart),
        ];
        proptest::collection::vec(step, 1..40)
    }

    proptest! {
        /// Whatever comes in whatever order, and wherever it stops: the logs read back are
        /// the library that wrote them, no text is embedded twice, and nothing is left out.
        #[test]
        fn the_logs_are_the_library(drafts in drafts(), steps in steps()) {
            let posts = posts(&drafts);
            let (mut log, mut written) = (Stored::default(), Vec::<Vec<Embedded>>::new());
            let mut library = Library::default();
            let mut under_way = Vec::new();
            let mut embedded = HashSet::new();
            for (i, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Page(source, numbers, done, stalled) => {
                        let one = |(number, is_protected): (usize, bool)| {
                            let mut post: Post = posts[number].clone();
                            if let Some(parent) = post.parent.as_mut().filter(|_| is_protected) {
                                parent.content = Content::Protected;
                            }
                            post
                        };
                        let next = if done { Import::Done } else { Import::At(i.to_string()) };
                        let page = library.news(Page {
                            feed: Feed::new(source, ME),
                            posts: numbers.into_iter().map(one).collect(),
                            next,
                            left_out: 1,
                            stalled: done && stalled,
                        });
                        log.page(&page);
                        library.add_page(page);
                    }
                    Step::Mark(source, next) => {
                        let page = Page::mark(Feed::new(source, ME), next);
                        log.page(&page);
                        library.add_page(page);
                    }
                    Step::Take(max_texts) => {
                        under_way = library.next_batch(max_texts);
                        for task in &under_way {
                            let is_new = !embedded.contains(&(task.entry.clone(), task.texts));
                            prop_assert!(is_new, "{} twice", task.reply);
                        }
                    }
                    Step::Write => {
                        let vectors = embed(&std::mem::take(&mut under_way));
                        embedded.extend(vectors.iter().map(|one| (one.entry.clone(), one.texts)));
                        log.vectors(&vectors);
                        written.push(vectors.clone());
                        prop_assert_eq!(library.add_vectors(vectors.clone()), vectors.len());
                    }
                    Step::WriteAgain => {
                        let last = written.last().cloned().unwrap_or_default();
                        log.vectors(&last);
                        prop_assert_eq!(library.add_vectors(last), 0);
                    }
                    Step::Restart => {
                        under_way = Vec::new();
                        library = log.replayed();
                    }
                }
                assert_same(&mut library, &mut log.replayed());
                assert_vectors_are_of_their_texts(&library);
            }
            let before = written.len();
            embed_all(&mut library, &mut written);
            for batch in &written[before..] {
                log.vectors(batch);
            }
            let standing = library.standing();
            prop_assert_eq!(standing.embedded, standing.entries);
            assert_same(&mut library, &mut log.replayed());
            assert_vectors_are_of_their_texts(&library);
        }

        #[test]
        fn a_batch_keeps_to_its_size(answers in proptest::collection::vec(any::<bool>(), 1..20), max_texts in 1usize..9) {
            let one = |(i, &answers): (usize, &bool)| {
                let id = u32::try_from(i).unwrap() + 1;
                if answers {
                    reply(id, "응", id + 1000, shown("2", "와?"))
                } else {
                    post(id, "그냥")
                }
            };
            let posts = answers.iter().enumerate().map(one).collect();
            let mut library = Library::from_logs(vec![page(posts, Import::Done)], Vec::new());
            let batch = library.next_batch(max_texts);
            let texts: usize = batch.iter().map(|task| 1 + usize::from(task.said.is_some())).sum();
            prop_assert!(!batch.is_empty());
            prop_assert!(texts <= max_texts || batch.len() == 1);
            let newest = answers.len().to_string();
            prop_assert_eq!(&*batch[0].entry, &newest);
        }
    }

    #[test]
    fn what_is_learned_of_the_same_is_the_same_to_the_bit() {
        let posts = (1..60).map(|n| post(n, &format!("글 {n}"))).collect();
        let mut library = Library::from_logs(vec![page(posts, Import::Done)], Vec::new());
        let before = find(library.index(), "글 7", 5);
        loop {
            let batch = library.next_batch(20);
            if batch.is_empty() {
                break;
            }
            library.add_vectors(embed(&batch));
            library.refine();
        }
        library.learn();
        let refined = find(library.index(), "글 7", 5);
        assert_ne!(refined, before);
        let index = Index::new(library.index().items().collect());
        assert_eq!(find(&index, "글 7", 5), refined);
    }

    fn of_pairs(pairs: u32) -> Library {
        let pair = |n: u32| {
            let said = shown("2", &format!("물음 {n} {}", n % 7));
            reply(n + 1_000, &format!("대답 {n} {}", n % 7), n, said)
        };
        let posts = (1..=pairs).map(pair).collect();
        Library::from_logs(vec![page(posts, Import::Done)], Vec::new())
    }

    #[test]
    fn what_was_learned_is_taken_for_what_it_was_learned_of_and_nothing_else() {
        let mut written = Vec::new();
        let mut library = of_pairs(80);
        embed_all(&mut library, &mut written);
        assert_eq!(library.lesson(), None);
        assert!(library.learn() < 1.0);
        while library.learn() < 1.0 {}
        library.suggest(Vec::new());
        let lesson = library.lesson().unwrap();
        assert!(library.index().check().is_some());

        let mut same = of_pairs(80);
        for batch in &written {
            same.add_vectors(batch.clone());
        }
        same.recall(lesson.clone());
        assert_eq!(same.lesson(), Some(lesson.clone()));
        assert_eq!(same.learn().to_bits(), 1.0_f32.to_bits());

        let mut fewer = of_pairs(80);
        for batch in &written[1..] {
            fewer.add_vectors(batch.clone());
        }
        fewer.recall(lesson.clone());
        assert_eq!(fewer.lesson(), None);
        // What comes while it learns has it begin anew, and ends as if it had been there.
        assert!(fewer.learn() < 1.0);
        fewer.learn();
        fewer.add_vectors(written[0].clone());
        let mut shares = Vec::new();
        while shares.last().is_none_or(|share| *share < 1.0) {
            shares.push(fewer.learn());
        }
        assert!(shares[0] < 0.2, "{shares:?}");
        fewer.suggest(Vec::new());
        assert_ne!(fewer.lesson(), None);
    }

    fn nearest<'a>(library: &'a Library, text: &str) -> &'a Entry {
        let hit = find(library.index(), text, 1)[0];
        &library.index().entries()[hit.item]
    }

    #[test]
    fn a_thread_that_grows_is_embedded_again_and_found_by_its_new_part() {
        let pages = [
            page(
                vec![post(20, "레몬 나무"), post(10, "바다 소리")],
                Import::Done,
            ),
            page(vec![reply(21, "가을 하늘", 20, Content::Own)], Import::Done),
        ];
        let mut written = Vec::new();
        let mut library = Library::default();
        library.add_page(pages[0].clone());
        embed_all(&mut library, &mut written);

        assert!(library.is_whole());

        library.add_page(pages[1].clone());
        let standing = library.standing();
        assert_eq!((standing.entries, standing.embedded), (2, 1));
        assert!(!library.is_whole());
        assert_eq!(
            &*nearest(&library, "레몬 나무").reply,
            "바다 소리",
            "no vectors of another text"
        );
        assert_eq!(embed_all(&mut library, &mut written), ["20"]);

        for library in [&library, &Library::from_logs(pages.to_vec(), written)] {
            assert_eq!(library.standing().embedded, 2);
            assert_eq!(
                &*nearest(library, "가을 하늘").reply,
                "레몬 나무\n가을 하늘"
            );
            assert_eq!(*library.index().entries()[0].id, *"10");
        }
    }

    #[test]
    fn a_first_post_a_page_later_takes_its_thread_in() {
        let pages = [
            page(
                vec![reply(21, "둘", 20, Content::Gone)],
                Import::At("c".into()),
            ),
            page(vec![post(20, "하나")], Import::Done),
        ];
        let mut written = Vec::new();
        let mut library = Library::default();
        for page in &pages {
            assert!(!library.is_whole(), "there is more to read");
            library.add_page(page.clone());
            embed_all(&mut library, &mut written);
        }
        assert_eq!(library.index().entries().len(), 1);
        assert!(library.is_whole());
        assert_eq!(&*nearest(&library, "둘").reply, "하나\n둘");
        assert_same(
            &mut library,
            &mut Library::from_logs(pages.to_vec(), written),
        );
    }

    #[test]
    fn vectors_that_come_when_their_text_has_changed_are_kept_and_answer_nothing() {
        let mut library = Library::default();
        library.add_page(page(vec![post(1, "하나")], Import::Done));
        let tasks = library.next_batch(9);
        library.add_page(page(vec![reply(2, "둘", 1, Content::Own)], Import::Done));
        assert_eq!(library.add_vectors(embed(&tasks)), 1);
        assert_eq!(library.standing().embedded, 0);
        assert_eq!(&*library.next_batch(9)[0].reply, "하나\n둘");

        let edited = Post {
            earlier: vec!["2".into()],
            ..reply(3, "https://t.co/ab", 1, Content::Own)
        };
        library.add_page(page(vec![edited], Import::Done));
        assert_eq!(library.next_batch(9), [], "the text is what it was");
        assert_eq!(&*nearest(&library, "하나").reply, "하나");
    }

    #[test]
    fn one_page_may_make_one_entry_what_it_was_and_another_one_grow() {
        let mut library = Library::default();
        library.add_page(page(vec![post(10, "열"), post(1, "하나")], Import::Done));
        let tasks = library.next_batch(9);
        library.add_page(page(vec![reply(2, "둘", 1, Content::Own)], Import::Done));
        library.add_vectors(embed(&tasks));
        let counts = |library: &Library| {
            let entries = library.index().entries().iter();
            entries
                .map(|entry| entry.id.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(counts(&library), ["10"]);

        let edited = Post {
            earlier: vec!["2".into()],
            ..reply(3, "https://t.co/ab", 1, Content::Own)
        };
        let grown = reply(11, "열하나", 10, Content::Own);
        library.add_page(page(vec![grown, edited], Import::Done));
        assert_eq!(counts(&library), ["1"]);
    }

    #[test]
    fn vectors_that_do_not_belong_answer_nothing() {
        let posts = vec![post(2, "둘"), reply(1, "하나", 9, shown("2", "영"))];
        let pages = vec![page(posts, Import::Done)];
        let mut library = Library::from_logs(pages, Vec::new());
        let good = embed(&library.next_batch(9));
        let stranger = Embedded {
            entry: "99".into(),
            ..good[0].clone()
        };
        let other_text = Embedded {
            texts: Texts::of(None, "셋"),
            ..good[0].clone()
        };
        let half = Embedded {
            said: None,
            ..good[1].clone()
        };
        let mut broken = good[1].clone();
        broken.reply.values.pop();
        library.add_vectors(vec![stranger, other_text, half, broken]);
        assert_eq!(library.standing().embedded, 0);
        assert_eq!(
            library.add_vectors(vec![good[0].clone(), good[0].clone()]),
            1
        );
        assert_eq!(library.add_vectors(good), 1);
        assert_eq!(library.standing().embedded, 2);
        assert_vectors_are_of_their_texts(&library);
    }

    #[test]
    fn what_was_read_back_must_hold_all_that_was_written() {
        let pages = vec![page(vec![post(2, "둘"), post(1, "하나")], Import::Done)];
        let tasks = Library::from_logs(pages.clone(), Vec::new()).next_batch(9);
        let batches: Vec<_> = tasks.chunks(1).map(embed).collect();
        let whole = Library::from_logs(pages.clone(), batches.clone());
        let grown = page(vec![reply(3, "셋", 2, Content::Own)], Import::Done);
        let more = Library::from_logs([pages.clone(), vec![grown]].concat(), batches.clone());
        assert!(more.standing().embedded < whole.standing().embedded);
        assert!(
            more.holds(&whole.written()),
            "a text that changed is no damage"
        );
        assert!(!whole.holds(&more.written()));
        let lost = Library::from_logs(pages, batches[..1].to_vec());
        assert!(!lost.holds(&whole.written()));
    }

    #[test]
    fn what_is_given_twice_counts_once() {
        let mut library = Library::default();
        let first = Page {
            left_out: 2,
            ..page(vec![post(1, "하나")], Import::At("c".into()))
        };
        library.add_page(first.clone());
        library.add_page(first);
        library.add_page(Page {
            left_out: 1,
            stalled: true,
            ..page(Vec::new(), Import::Done)
        });
        assert!(library.standing().stalled);
        let standing = library.standing();
        assert_eq!((standing.posts, standing.left_out), (1, 3));
    }

    #[test]
    fn a_feed_is_taken_back_or_begun_anew_and_its_posts_stay() {
        let x = feed();
        let archive = Feed::new(Source::XArchive, ME);
        let mut library = Library::default();
        assert!(library.standing().is_unbegun() && !library.standing().is_complete());
        library.add_page(Page::mark(archive.clone(), Import::anew()));
        assert_eq!(library.standing().import_of(&archive), Import::anew());
        library.add_page(Page::mark(archive.clone(), Import::Start));
        assert!(library.standing().is_unbegun());

        let first = Page {
            left_out: 3,
            ..page(vec![post(2, "둘")], Import::Done)
        };
        library.add_page(first);
        assert!(library.standing().is_complete());
        let of_archive = Page {
            feed: archive.clone(),
            left_out: 2,
            ..page(vec![post(2, "둘"), post(1, "하나")], Import::Done)
        };
        library.add_page(library.news(of_archive.clone()));
        let standing = library.standing();
        assert_eq!((standing.posts, standing.left_out), (2, 5));
        // Given again it is read anew, and nothing counts twice.
        library.add_page(Page::mark(archive.clone(), Import::anew()));
        assert!(!library.standing().is_complete());
        assert_eq!(library.standing().import_of(&x), Import::Done);
        let again = library.news(of_archive);
        assert!(again.posts.is_empty());
        library.add_page(again);
        let standing = library.standing();
        assert_eq!((standing.posts, standing.left_out), (2, 5));
        assert!(standing.is_complete());
    }

    #[test]
    fn what_is_new_is_read_while_the_rest_counts_as_there() {
        let mut library = Library::default();
        let lone = reply(5, "이어서", 4, Content::Own);
        library.add_page(page(vec![lone, post(3, "셋")], Import::At("c".into())));
        let of = |library: &Library| library.standing().of(&feed()).cloned().unwrap();
        // Its thread's first post may yet come.
        assert_eq!(library.standing().entries, 1);
        let there = of(&library);
        assert_eq!((there.posts, there.was_done), (2, false));
        assert_eq!(there.complete_to, None);
        library.add_page(page(vec![post(2, "둘")], Import::Done));
        assert_eq!(library.standing().entries, 3);
        assert_eq!(of(&library).complete_to.as_deref(), Some("5"));

        library.add_page(Page::mark(feed(), Import::anew()));
        let there = of(&library);
        assert_eq!((there.import, there.was_done), (Import::anew(), true));
        assert_eq!(library.standing().entries, 3, "nothing waits again");
        assert!(!library.standing().is_complete());
        // Up to where all are there is known only at the end.
        library.add_page(page(vec![post(9, "아홉")], Import::At("n".into())));
        assert_eq!(of(&library).complete_to.as_deref(), Some("5"));
        let news = library.news(page(vec![post(7, "일곱"), post(5, "이어서")], Import::Done));
        library.add_page(news);
        let there = of(&library);
        assert_eq!(there.complete_to.as_deref(), Some("9"));
        assert_eq!((there.posts, library.standing().posts), (5, 5));
    }

    #[test]
    fn equal_texts_are_embedded_once() {
        let posts = [
            reply(9, "응", 90, shown("2", "와?")),
            post(8, "응"),
            reply(7, "응", 70, shown("2", "와?")),
            reply(6, "와?", 60, shown("2", "응")),
            post(5, "아니"),
        ];
        let mut library = Library::default();
        library.add_page(page(posts[..3].to_vec(), Import::At("c".into())));
        let mut texts = Vec::new();
        let mut embed_all = |library: &mut Library| {
            let mut ids = Vec::new();
            loop {
                let tasks = library.next_batch(9);
                if tasks.is_empty() {
                    return ids;
                }
                texts.push(tasks.iter().map(Task::texts).sum::<usize>());
                ids.extend(tasks.iter().map(|task| task.entry.to_string()));
                for task in &tasks {
                    let Found { said, reply } = &task.known;
                    assert!(reply.iter().all(|known| *known == vector(&task.reply)));
                    let text = task.said.as_deref().map(vector);
                    assert!(said.is_none() || *said == text);
                }
                library.add_vectors(embed(&tasks));
            }
        };
        assert_eq!(embed_all(&mut library), ["9", "8", "7"]);
        library.add_page(page(posts[3..].to_vec(), Import::Done));
        // What was replied and what was said are not the same.
        assert_eq!(embed_all(&mut library), ["6", "5"]);
        assert!(library.is_whole());
        library.add_page(page(vec![post(10, "아니")], Import::Done));
        assert_eq!(embed_all(&mut library), ["10"]);
        assert_eq!(texts, [2, 0, 3, 0]);
        assert_vectors_are_of_their_texts(&library);
        assert_eq!(library.standing().embedded, 6);
    }

    #[test]
    fn texts_tell_what_was_said_from_what_was_replied() {
        assert_eq!(Texts::of(Some("가"), "나"), Texts::of(Some("가"), "나"));
        assert_ne!(Texts::of(Some("가"), "나"), Texts::of(None, "가나"));
        assert_ne!(Texts::of(Some("가"), "나"), Texts::of(None, "가\n나"));
        assert_ne!(Texts::of(Some("가나"), "다"), Texts::of(Some("가"), "나다"));
    }

    #[test]
    fn text_is_found_in_both_sides_whatever_its_case() {
        let posts = vec![
            reply(3, "응", 30, shown("2", "LEMON 좋아해?")),
            post(2, "레몬 사러 감"),
            post(1, "lemon pie"),
        ];
        let mut library = Library::from_logs(vec![page(posts, Import::Done)], Vec::new());
        let mut ids = |text: &str| {
            let ids = library.listed(text).into_iter();
            ids.map(|entry| entry.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(ids("lemon"), ["3", "1"]);
        assert_eq!(ids(" 레몬 "), ["2"]);
        assert!(ids("없음").is_empty());
        assert!(ids("@lemon").is_empty());
        assert_eq!(ids("").len(), 3);
    }
}
