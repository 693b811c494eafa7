//! Brute-force search over a person's entries.

mod block;
pub mod learning;
pub mod scan;

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

pub use self::block::Scaled;
use self::block::{Slot, Store};
use self::learning::{Check, Learned, Learning};
use self::scan::Codes;
use crate::answers::confidence::Scale;
use crate::answers::frame::{self, Against, Frame, Frames, Known};
use crate::answers::{self, Letters, small_talk};
use crate::corpus::Entry;
use crate::vector::{DIM, MOST_USUAL, Vector};

/// An entry and its vectors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub entry: Entry,
    /// Of what was said, embedded as a query; none for a statement.
    pub said: Option<Vector>,
    /// Of the reply, embedded as a passage.
    pub reply: Vector,
}

/// Vectors that an index keeps: of what was said, and of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    said: Option<Slot>,
    reply: Slot,
}

/// Everything a bot can say, ready to be asked.
#[derive(Clone, Debug)]
pub struct Index {
    entries: Vec<Entry>,
    /// Those of the entries.
    vectors: Vec<Kept>,
    said: Channel,
    reply: Channel,
    letters: Letters,
    scale: Scale,
    /// Items that say that one does not know.
    shrugs: Vec<usize>,
    /// How many entries there were when it learned.
    learned_of: usize,
    check: Option<Check>,
}

impl Default for Index {
    fn default() -> Self {
        let Frames { said, reply } = Frames::default();
        Self {
            entries: Vec::new(),
            vectors: Vec::new(),
            said: Channel::new(said),
            reply: Channel::new(reply),
            letters: Letters::default(),
            scale: Scale::default(),
            shrugs: Vec::new(),
            learned_of: 0,
            check: None,
        }
    }
}

/// How like a question is to every entry, as far as vectors know.
#[derive(Debug)]
pub struct Near {
    said: Vec<f32>,
    reply: Vec<f32>,
}

impl Kept {
    /// Whether something said is among them.
    #[must_use]
    pub fn has_said(self) -> bool {
        self.said.is_some()
    }
}

impl Index {
    #[must_use]
    pub fn new(items: Vec<Item>) -> Self {
        let mut index = Self::default();
        index.extend(items.into_iter());
        index.learn();
        index
    }

    /// Of items of which all is learned.
    pub fn of(items: impl Iterator<Item = Item>, learned: Learned) -> Self {
        let mut index = Self::default();
        index.extend(items);
        index.take(learned);
        index
    }

    fn extend(&mut self, items: impl Iterator<Item = Item>) {
        for Item { entry, said, reply } in items {
            let kept = self.keep(said.as_ref(), &reply);
            self.add(entry, kept);
        }
    }

    /// Makes room for so many more items.
    pub fn reserve(&mut self, more: usize) {
        self.entries.reserve_exact(more);
        self.vectors.reserve_exact(more);
        self.said.store.reserve(more);
        self.reply.store.reserve(more);
    }

    /// Keeps vectors, which are sound, for items that may be added. Equal ones are kept once.
    pub fn keep(&mut self, said: Option<&Vector>, reply: &Vector) -> Kept {
        Kept {
            said: said.map(|said| self.said.store.keep(said)),
            reply: self.reply.store.keep(reply),
        }
    }

    /// Has `entry`, whose vectors are kept, answer.
    pub fn add(&mut self, entry: Entry, vectors: Kept) {
        self.entries.push(entry);
        self.vectors.push(vectors);
    }

    /// No entry answers any more; vectors stay kept.
    pub fn clear(&mut self) {
        self.shrugs.clear();
        self.entries.clear();
        self.vectors.clear();
    }

    /// Of the items, in the order in which they were added.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// In the order in which they were added.
    pub fn items(&self) -> impl ExactSizeIterator<Item = Item> {
        (0..self.entries.len()).map(|item| self.item(item))
    }

    /// Of what was said.
    #[must_use]
    pub fn said_of(&self, vectors: Kept) -> Option<Vector> {
        Some(self.said.store.vector(vectors.said?))
    }

    #[must_use]
    pub fn reply_of(&self, vectors: Kept) -> Vector {
        self.reply.store.vector(vectors.reply)
    }

    /// An item by its position.
    #[must_use]
    pub fn item(&self, item: usize) -> Item {
        let vectors = self.vectors[item];
        Item {
            entry: self.entries[item].clone(),
            said: self.said_of(vectors),
            reply: self.reply_of(vectors),
        }
    }

    /// The vector of an item's reply.
    #[must_use]
    pub fn reply(&self, item: usize) -> Vector {
        self.reply_of(self.vectors[item])
    }

    /// Learns the little that is worth it while more items come: how its vectors are best seen,
    /// until then as everybody's are; where questions lead stays as it was. It takes as long for
    /// many as for a few thousand, nearly.
    pub fn learn(&mut self) {
        let mut frames = learning::frames(self, &|_| true);
        frames.reply.map = self.reply.frame.map.take();
        self.see(frames);
    }

    /// Has questions compared by what was learned of these items.
    pub fn take(&mut self, learned: Learned) {
        self.check = learned.check;
        self.see(learned.frames);
    }

    /// All of [`Learning`] at once.
    pub fn learn_all(&mut self) {
        let mut learning = Learning::new(self);
        let learned = loop {
            if let Some(learned) = learning.go_on(self) {
                break learned;
            }
        };
        self.take(learned);
    }

    /// What it is asked by.
    #[must_use]
    pub fn learned(&self) -> Learned {
        Learned {
            frames: Frames {
                said: self.said.frame.clone(),
                reply: self.reply.frame.clone(),
            },
            check: self.check,
        }
    }

    fn see(&mut self, frames: Frames) {
        self.said.see(frames.said);
        self.reply.see(frames.reply);
        self.letters = Letters::learn(&self.entries);
        self.scale = Scale::of(&answers::held_out(self), self.entries.len());
        self.shrugs = small_talk::shrugs(self.entries.iter().map(|entry| &*entry.reply));
        self.learned_of = self.entries.len();
    }

    /// Whether there is enough new to learn again, a quarter: so all times together take as
    /// long as a few.
    #[must_use]
    pub fn has_more_to_learn(&self) -> bool {
        let (now, then) = (self.entries.len(), self.learned_of);
        now.abs_diff(then) > then / 4
    }

    /// How well what it learned was found to work; none where there are few pairs.
    #[must_use]
    pub fn check(&self) -> Option<Check> {
        self.check
    }

    /// Items that say that one does not know.
    #[must_use]
    pub fn shrugs(&self) -> &[usize] {
        &self.shrugs
    }

    /// By which answers are sure.
    #[must_use]
    pub fn scale(&self) -> &Scale {
        &self.scale
    }

    #[must_use]
    pub fn letters(&self) -> &Letters {
        &self.letters
    }

    /// How like `question`, an embedded query of [`DIM`] elements, is to everything.
    #[must_use]
    pub fn near(&self, question: &[f32]) -> Near {
        Near {
            said: self.said.near(question),
            reply: self.reply.near(question),
        }
    }

    /// What [`Index::near`] would say of one item, exactly: of what was said, and of the reply.
    #[must_use]
    pub fn closely(&self, question: &[f32], items: &[usize]) -> Vec<(Option<f32>, f32)> {
        let said = self.said.frame.against(question);
        let reply = self.reply.frame.against(question);
        let closely = |item: &usize| {
            let vectors = self.vectors[*item];
            let to_said = vectors.said.map(|slot| self.said.closely(&said, slot));
            (to_said, self.reply.closely(&reply, vectors.reply))
        };
        items.iter().map(closely).collect()
    }

    /// How like replies are to one that is looked for itself.
    #[must_use]
    pub fn like_reply(&self, reply: &[f32], items: &[usize]) -> Vec<f32> {
        let reply = self.reply.frame.against_itself(reply);
        let like = |item: &usize| self.reply.closely(&reply, self.vectors[*item].reply);
        items.iter().map(like).collect()
    }

    /// Of an item in what `near` says: of what was said, and of the reply.
    #[must_use]
    pub fn likeness(&self, near: &Near, item: usize) -> (Option<f32>, f32) {
        let vectors = self.vectors[item];
        let to_said = vectors.said.map(|slot| near.said[slot.index()]);
        (to_said, near.reply[vectors.reply.index()])
    }

    /// Equal replies have the same number, which is less than [`Index::numbers`].
    #[must_use]
    pub fn number(&self, item: usize) -> usize {
        self.vectors[item].reply.index()
    }

    #[must_use]
    pub fn numbers(&self) -> usize {
        self.reply.store.len()
    }
}

/// What was said, or what was replied.
#[derive(Clone, Debug)]
struct Channel {
    store: Store,
    frame: Frame,
    /// Of the vectors, as the frame sees them; of later ones once they are asked for.
    nearness: RefCell<Vec<f32>>,
}

impl Channel {
    fn new(frame: Frame) -> Self {
        Self {
            store: Store::default(),
            frame,
            nearness: RefCell::default(),
        }
    }

    fn see(&mut self, frame: Frame) {
        if self.frame != frame {
            self.frame = frame;
            self.nearness.get_mut().clear();
        }
    }

    /// Each of `slots` once, in their order: what somebody always says is not what is common to
    /// all that they say, and would otherwise be unlike itself. One that has no direction, or
    /// that no encoder made, which may be as long as numbers go, is not among them.
    fn once(&self, slots: impl Iterator<Item = Slot>) -> Vec<Slot> {
        let mut is_new = vec![true; self.store.len()];
        let mut once = Vec::with_capacity(self.store.len());
        let is_usual = |slot: &Slot| {
            self.store.has_direction(*slot) && self.store.scaled(*slot).0.abs() <= MOST_USUAL
        };
        let take = |slot: &Slot| std::mem::take(&mut is_new[slot.index()]);
        once.extend(slots.filter(is_usual).filter(take));
        once
    }

    fn known<'a>(
        &'a self,
        slots: &'a [Slot],
    ) -> Known<impl Iterator<Item = Scaled<'a>>, impl Iterator<Item = Scaled<'a>>> {
        let every = answers::every(slots.len(), frame::MOST);
        let scaled = |slot: &Slot| self.store.scaled(*slot);
        Known {
            all: slots.iter().map(scaled),
            some: slots.iter().step_by(every).map(scaled),
        }
    }

    fn closely(&self, against: &Against, slot: Slot) -> f32 {
        let vector = self.store.scaled(slot);
        let nearness = self.nearness.borrow().get(slot.index()).copied();
        let nearness = nearness.unwrap_or_else(|| self.frame.nearness(vector));
        against.cosine(vector, nearness)
    }

    /// The cosine of each vector that is kept, nearly.
    fn near(&self, question: &[f32]) -> Vec<f32> {
        let mut nearness = self.nearness.borrow_mut();
        let more = self.store.len() - nearness.len();
        nearness.reserve_exact(more);
        for at in nearness.len()..self.store.len() {
            nearness.push(self.frame.nearness(self.store.scaled(Slot::at(at))));
        }
        let against = self.frame.against(question);
        let Vector {
            scale: step,
            values,
        } = against.quantised();
        let mut codes: Codes = [0; DIM];
        for (code, value) in codes.iter_mut().zip(values) {
            *code = value.into();
        }
        let to_mean = against.to_mean();
        let mut found = Vec::with_capacity(self.store.len());
        let mut products = Vec::new();
        for (scales, vectors) in self.store.blocks() {
            products.resize(scales.len(), 0);
            scan::products(vectors, &codes, &mut products);
            let nearness = &nearness[found.len()..];
            let vectors = products.iter().zip(scales).zip(nearness);
            found.extend(vectors.map(|((product, scale), nearness)| {
                // At most 384 · 128 · 127: f32 holds it exactly.
                #[allow(clippy::cast_precision_loss)]
                let product = *product as f32 * (scale * step);
                let cosine = (product - to_mean) * nearness;
                if cosine.is_finite() { cosine } else { 0.0 }
            }));
        }
        found
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::vector::tests::made_up;
    use proptest::prelude::*;

    /// 8 bits of a question move a cosine by less than this.
    const TOLERANCE: f32 = 0.01;

    /// An entry and its vectors, as `vector` makes them of its texts.
    pub(crate) fn made_of(
        id: usize,
        said: Option<&str>,
        reply: &str,
        vector: impl Fn(&str) -> Vector,
    ) -> Item {
        Item {
            entry: entry(id, said, reply),
            said: said.map(&vector),
            reply: vector(reply),
        }
    }

    pub(crate) fn entry(id: usize, said: Option<&str>, reply: &str) -> Entry {
        Entry {
            id: id.to_string().into(),
            reply: reply.into(),
            said: said.map(Into::into),
            at: 0,
        }
    }

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    fn unit(x: &[f32]) -> Vec<f32> {
        let length = dot(x, x).sqrt().max(f32::MIN_POSITIVE);
        x.iter().map(|v| v / length).collect()
    }

    fn vectors(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<f32>>> {
        // All near one direction, as this encoder's are. Of millions of floats between two others
        // proptest has one whose own check fails.
        let element = (200u16..1000).prop_map(|thousandths| f32::from(thousandths) / 1000.0);
        proptest::collection::vec(
            proptest::collection::vec(element, DIM).prop_map(|x| unit(&x)),
            n,
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        /// The look at all of them says what the one at each says, and what was asked in the
        /// same words is like itself.
        #[test]
        fn a_look_at_all_is_one_at_each(xs in vectors(30..40), answers in any::<u64>()) {
            let item = |(i, x): (usize, &Vec<f32>)| {
                let said = (answers >> i & 1 == 1).then(|| Vector::quantise(x));
                let reply = Vector::quantise(&xs[xs.len() - 1 - i]);
                Item { entry: entry(i, said.as_ref().map(|_| "?"), "!"), said, reply }
            };
            let index = Index::new(xs.iter().enumerate().map(item).collect());
            let all: Vec<usize> = (0..xs.len()).collect();
            for (at, x) in xs.iter().enumerate() {
                let near = index.near(x);
                let closely = index.closely(x, &all);
                for (item, (said, reply)) in closely.iter().enumerate() {
                    let (near_said, near_reply) = index.likeness(&near, item);
                    prop_assert!((near_reply - reply).abs() < TOLERANCE);
                    prop_assert_eq!(near_said.is_some(), said.is_some());
                    let (said, near_said) = (said.unwrap_or(0.0), near_said.unwrap_or(0.0));
                    prop_assert!((near_said - said).abs() < TOLERANCE);
                    for value in [said, *reply] {
                        prop_assert!((-1.001..=1.001).contains(&value), "{}", value);
                    }
                }
                if let (Some(said), _) = closely[at] {
                    prop_assert!(said > 0.99, "{}", said);
                }
            }
        }
    }

    #[test]
    fn equal_vectors_are_kept_once_and_what_is_cleared_is_there_no_more() {
        let items: Vec<Item> = near_each_other(7).items().collect();
        let mut index = near_each_other(7);
        assert_eq!((items.len(), index.numbers()), (36, 30));
        let question = items[3].reply.floats();
        let all: Vec<usize> = (0..items.len()).collect();
        let before = index.closely(&question, &all);
        let kept: Vec<Kept> = index.vectors.clone();
        index.clear();
        assert_eq!(index.entries().len(), 0);
        for (item, kept) in items.into_iter().zip(kept) {
            index.add(item.entry, kept);
        }
        assert_eq!(index.closely(&question, &all), before);
    }

    /// Thirty vectors of which any two are alike by 0.96 or nearly, the first one given
    /// `times`.
    fn near_each_other(times: usize) -> Index {
        let item = |i| Item {
            entry: entry(i, None, "!"),
            said: None,
            reply: made_up(&i.to_string(), 0.96),
        };
        let again = (1..times).map(|_| item(0));
        Index::new((0..30).map(item).chain(again).collect())
    }

    #[test]
    fn what_is_said_often_is_seen_as_what_is_said_once() {
        let all: Vec<usize> = (0..30).collect();
        let (once, often) = (near_each_other(1), near_each_other(500));
        for item in once.items() {
            let question = item.reply.floats();
            let alone = once.closely(&question, &all);
            assert_eq!(often.closely(&question, &all), alone);
        }
    }

    #[test]
    fn what_it_learns_of_comes_a_quarter_more_at_a_time() {
        let mut index = Index::default();
        let (mut times, vector) = (0, made_up("one", 0.85));
        for i in 0..1_000 {
            let kept = index.keep(None, &vector);
            index.add(entry(i, None, "!"), kept);
            if index.has_more_to_learn() {
                times += 1;
                index.learned_of = index.entries.len();
            }
        }
        assert!((15..40).contains(&times), "{times}");
        index.clear();
        assert!(index.has_more_to_learn());
    }

    #[test]
    fn what_has_no_direction_is_like_nothing() {
        let zero = Vector::quantise(&[0.0; DIM]);
        let huge = Vector {
            scale: f32::MAX,
            values: vec![127; DIM],
        };
        for vector in [zero, huge] {
            let item = Item {
                entry: entry(0, None, "!"),
                said: Some(vector.clone()),
                reply: vector,
            };
            let index = Index::new(vec![item]);
            for question in [vec![0.0; DIM], vec![f32::NAN; DIM], unit(&[1.0; DIM])] {
                let (said, reply) = index.closely(&question, &[0])[0];
                let near = index.near(&question);
                let (near_said, near_reply) = index.likeness(&near, 0);
                for value in [said, Some(reply), near_said, Some(near_reply)] {
                    let value = value.unwrap();
                    assert!((-1.0..=1.001).contains(&value), "{value}");
                }
            }
        }
    }

    #[test]
    fn an_empty_index_has_nothing_near() {
        let index = Index::default();
        let near = index.near(&[0.0; DIM]);
        assert!(near.said.is_empty() && near.reply.is_empty());
    }
}
