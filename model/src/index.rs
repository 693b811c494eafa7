//! Brute-force search over a person's entries.

mod block;
pub mod scan;

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use self::block::{Slot, Store};
use self::scan::Codes;
use crate::corpus::Entry;
use crate::vector::{DIM, Vector};

/// How much the likeness of a question to a reply itself counts beside its
/// likeness to what the reply answered. People ask what was asked before more
/// often than they say what was answered.
pub const REPLY_WEIGHT: f32 = 0.8;

/// How many more items than are asked for are looked at closely. The look at all of them is in
/// 8 bits, and off by less than half a thousandth in a cosine.
const CLOSELY: usize = 56;

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
#[derive(Clone, Debug, Default)]
pub struct Index {
    entries: Vec<Entry>,
    /// Those of the entries.
    vectors: Vec<Kept>,
    said: Channel,
    reply: Channel,
}

/// An item that a question found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// In the order in which they were added.
    pub item: usize,
    /// Centred cosine, −1 to 1: 1 for a question that was asked in the same words.
    pub similarity: f32,
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
        for Item { entry, said, reply } in items {
            let kept = index.keep(said.as_ref(), &reply);
            index.add(entry, kept);
        }
        index
    }

    /// Makes room for so many more items.
    pub fn reserve(&mut self, more: usize) {
        self.entries.reserve_exact(more);
        self.vectors.reserve_exact(more);
        self.said.reserve(more);
        self.reply.reserve(more);
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
        self.reply.add(vectors.reply);
        if let Some(said) = vectors.said {
            self.said.add(said);
        }
        self.entries.push(entry);
        self.vectors.push(vectors);
    }

    /// No entry answers any more; vectors stay kept.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.vectors.clear();
        self.said.clear();
        self.reply.clear();
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

    /// The `n` items nearest to `question`, a unit vector of [`DIM`] elements that
    /// was embedded as a query; the nearest first, the earlier added one of equals.
    ///
    /// Cosines of this encoder are all near 0.85. Measured from the corpus mean
    /// they tell likeness from chance, so both sides are centred before they are
    /// compared: those of what was said and those of the replies on their own means. Equal
    /// vectors count once in a mean: what somebody always says is not what is common to all
    /// that they say, and would otherwise be unlike itself.
    #[must_use]
    pub fn nearest(&self, question: &[f32], n: usize) -> Vec<Hit> {
        let said = self.said.against(question);
        let reply = self.reply.against(question);
        let near = {
            let (said, reply) = (self.said.near(&said), self.reply.near(&reply));
            let near = self.vectors.iter().map(|vectors| {
                let to_said = vectors.said.map(|slot| said[slot.index()]);
                likeness(to_said, reply[vectors.reply.index()])
            });
            largest(near, n.saturating_add(CLOSELY))
        };
        let mut hits: Vec<Hit> = near
            .into_iter()
            .map(|item| Hit {
                item,
                similarity: self.closely(&said, &reply, item),
            })
            .collect();
        hits.sort_by(|a, b| {
            let by_likeness = b.similarity.total_cmp(&a.similarity);
            by_likeness.then(a.item.cmp(&b.item))
        });
        hits.truncate(n);
        hits
    }

    /// What [`Index::nearest`] would say of one item.
    #[must_use]
    pub fn similarity(&self, question: &[f32], item: usize) -> f32 {
        let said = self.said.against(question);
        let reply = self.reply.against(question);
        self.closely(&said, &reply, item)
    }

    fn closely(&self, said: &Centred, reply: &Centred, item: usize) -> f32 {
        let vectors = &self.vectors[item];
        let cosine = |channel: &Channel, centred: &Centred, slot| {
            centred.cosine(channel.store.scale(slot), channel.store.values(slot))
        };
        let to_said = vectors.said.map(|slot| cosine(&self.said, said, slot));
        likeness(to_said, cosine(&self.reply, reply, vectors.reply))
    }
}

/// Of an item to which a question is so like in what was said, and in the reply.
fn likeness(to_said: Option<f32>, to_reply: f32) -> f32 {
    let to_reply = REPLY_WEIGHT * to_reply;
    to_said.map_or(to_reply, |to_said| to_said.max(to_reply))
}

/// Where the `n` largest are; the earlier ones of equals.
fn largest(all: impl Iterator<Item = f32>, n: usize) -> Vec<usize> {
    let mut heap = BinaryHeap::new();
    // As soon as there are so many, what is not above the least of them is left at once.
    let mut floor = f32::NEG_INFINITY;
    for (at, value) in all.enumerate() {
        if heap.len() < n {
            heap.push(Reverse((Ordered(value), Reverse(at))));
        } else if value > floor
            && let Some(mut least) = heap.peek_mut()
        {
            *least = Reverse((Ordered(value), Reverse(at)));
        } else {
            continue;
        }
        if heap.len() == n
            && let Some(Reverse((Ordered(least), _))) = heap.peek()
        {
            floor = *least;
        }
    }
    heap.into_iter()
        .map(|Reverse((_, Reverse(at)))| at)
        .collect()
}

/// Numbers in their total order.
#[derive(Clone, Copy)]
struct Ordered(f32);

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered {}

/// What was said, or what was replied.
#[derive(Clone, Debug, Default)]
struct Channel {
    store: Store,
    centre: Centre,
    /// One by the distance of each vector from the mean, 0 where there is none; empty once the
    /// mean has moved.
    nearness: RefCell<Vec<f32>>,
}

impl Channel {
    fn reserve(&mut self, more: usize) {
        self.store.reserve(more);
        self.centre.counted.reserve_exact(more);
    }

    fn add(&mut self, slot: Slot) {
        self.centre.add(&self.store, slot);
        self.nearness.get_mut().clear();
    }

    fn clear(&mut self) {
        self.centre = Centre::default();
        self.nearness.get_mut().clear();
    }

    fn against(&self, question: &[f32]) -> Centred {
        Centred::new(question, self.centre.mean())
    }

    /// The cosine of each vector that is kept, nearly.
    fn near(&self, centred: &Centred) -> Vec<f32> {
        let mut nearness = self.nearness.borrow_mut();
        if nearness.len() != self.store.len() {
            nearness.clear();
            nearness.extend(self.store.blocks().flat_map(|(scales, codes)| {
                let (vectors, _) = codes.as_chunks::<DIM>();
                let pairs = scales.iter().zip(vectors);
                pairs.map(|(scale, vector)| centred.nearness(*scale, vector))
            }));
        }
        let (codes, step) = centred.codes();
        let to_mean: f32 = dot(&centred.mean, &centred.question);
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

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Running sum of vectors, each once, for their mean.
#[derive(Clone, Debug)]
struct Centre {
    sum: Vec<f32>,
    count: usize,
    /// Which of the store's are in it.
    counted: Vec<bool>,
}

impl Default for Centre {
    fn default() -> Self {
        Self {
            sum: vec![0.0; DIM],
            count: 0,
            counted: Vec::new(),
        }
    }
}

/// Fewer vectors than this are not centred: their mean is mostly themselves.
const FEWEST_TO_CENTRE: usize = 20;

impl Centre {
    fn add(&mut self, store: &Store, slot: Slot) {
        if self.counted.len() < store.len() {
            self.counted.resize(store.len(), false);
        }
        if !std::mem::replace(&mut self.counted[slot.index()], true) {
            let scale = store.scale(slot);
            for (sum, value) in self.sum.iter_mut().zip(store.values(slot)) {
                *sum += scale * f32::from(*value);
            }
            self.count += 1;
        }
    }

    fn mean(&self) -> Vec<f32> {
        // At most the number of items, far below where f32 loses integers.
        #[allow(clippy::cast_precision_loss)]
        let share = if self.count < FEWEST_TO_CENTRE {
            0.0
        } else {
            1.0 / self.count as f32
        };
        self.sum.iter().map(|v| v * share).collect()
    }
}

/// A question seen from a corpus mean.
struct Centred {
    /// Of unit length, or of no numbers if it is the mean.
    question: Vec<f32>,
    mean: Vec<f32>,
}

impl Centred {
    fn new(question: &[f32], mean: Vec<f32>) -> Self {
        let question: Vec<f32> = question.iter().zip(&mean).map(|(q, m)| q - m).collect();
        let length = dot(&question, &question).sqrt();
        Self {
            question: question.iter().map(|q| q / length).collect(),
            mean,
        }
    }

    /// 0 where there is none, as between a vector and the mean itself.
    fn cosine(&self, scale: f32, values: &[i8]) -> f32 {
        let (mut product, mut squared) = (0.0_f32, 0.0_f32);
        // Element by element: from products with the mean, what is left of two vectors that
        // are nearly it would be mostly rounding.
        for ((value, mean), question) in values.iter().zip(&self.mean).zip(&self.question) {
            let from_mean = scale * f32::from(*value) - mean;
            product += from_mean * question;
            squared += from_mean * from_mean;
        }
        let cosine = product / squared.sqrt();
        if cosine.is_finite() { cosine } else { 0.0 }
    }

    /// One by the distance from the mean, in four sums that need not wait for each other; 0
    /// where there is none.
    fn nearness(&self, scale: f32, values: &[i8; DIM]) -> f32 {
        let mut squared = [0.0_f32; 4];
        let (values, _) = values.as_chunks::<4>();
        let (means, _) = self.mean.as_chunks::<4>();
        for (values, means) in values.iter().zip(means) {
            for ((squared, value), mean) in squared.iter_mut().zip(values).zip(means) {
                let from_mean = scale * f32::from(*value) - mean;
                *squared += from_mean * from_mean;
            }
        }
        let nearness = 1.0 / squared.iter().sum::<f32>().sqrt();
        if nearness.is_finite() { nearness } else { 0.0 }
    }

    /// The question in 8 bits, and what one of them stands for.
    fn codes(&self) -> (Codes, f32) {
        let Vector { scale, values } = Vector::quantise(&self.question);
        let mut codes = [0; DIM];
        for (code, value) in codes.iter_mut().zip(values) {
            *code = value.into();
        }
        (codes, scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::tests::made_up;
    use proptest::prelude::*;

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    /// 8-bit rounding of two unit vectors moves a cosine by less than this.
    const TOLERANCE: f32 = 0.02;

    fn entry(id: usize, said: Option<&str>, reply: &str) -> Entry {
        Entry {
            id: id.to_string().into(),
            reply: reply.into(),
            said: said.map(Into::into),
            at: 0,
            lang: None,
        }
    }

    fn unit(x: &[f32]) -> Vec<f32> {
        let length = dot(x, x).sqrt().max(f32::MIN_POSITIVE);
        x.iter().map(|v| v / length).collect()
    }

    fn centred_cosine(question: &[f32], x: &[f32], mean: &[f32]) -> f32 {
        let q: Vec<f32> = question.iter().zip(mean).map(|(a, m)| a - m).collect();
        let x: Vec<f32> = x.iter().zip(mean).map(|(a, m)| a - m).collect();
        dot(&unit(&q), &unit(&x))
    }

    fn vectors(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<f32>>> {
        // All near one direction, as this encoder's are.
        proptest::collection::vec(
            proptest::collection::vec(0.2f32..1.0, DIM).prop_map(|x| unit(&x)),
            n,
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn similarity_is_the_centred_cosine(xs in vectors(30..40)) {
            let question = xs[0].clone();
            let items = xs.iter().enumerate().map(|(i, x)| Item {
                entry: entry(i, Some("?"), "!"), said: Some(Vector::quantise(x)), reply: Vector::quantise(&vec![0.0; DIM]),
            });
            let index = Index::new(items.collect());
            #[allow(clippy::cast_precision_loss)]
            let n = xs.len() as f32;
            let mean: Vec<f32> = (0..DIM).map(|j| xs.iter().map(|x| x[j]).sum::<f32>() / n).collect();
            for hit in index.nearest(&question, 5) {
                let want = centred_cosine(&question, &xs[hit.item], &mean).max(0.0);
                prop_assert!((hit.similarity - want).abs() < TOLERANCE, "{} for {want}", hit.similarity);
            }
            prop_assert_eq!(index.nearest(&question, 1)[0].item, 0);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        /// Of many items the few that are looked at closely are the nearest.
        #[test]
        fn the_nearest_are_those_that_are_nearest_one_by_one(
            xs in vectors(200..300), questions in vectors(3..4), answers in proptest::collection::vec(any::<bool>(), 300),
        ) {
            let items = xs.iter().zip(answers).enumerate().map(|(i, (x, answers))| Item {
                entry: entry(i, answers.then_some("?"), "!"),
                said: answers.then(|| Vector::quantise(&xs[xs.len() - 1 - i])),
                reply: Vector::quantise(x),
            });
            let index = Index::new(items.collect());
            for question in questions {
                let mut all: Vec<Hit> = (0..xs.len())
                    .map(|item| Hit { item, similarity: index.similarity(&question, item) })
                    .collect();
                all.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
                all.truncate(8);
                prop_assert_eq!(index.nearest(&question, 8), all);
            }
        }
    }

    #[test]
    fn equal_vectors_are_kept_once_and_what_is_cleared_answers_nothing() {
        let items: Vec<Item> = near_each_other(7).items().collect();
        let mut index = near_each_other(7);
        assert_eq!((items.len(), index.reply.store.len()), (36, 30));
        let question = items[3].reply.floats();
        let before = index.nearest(&question, 5);
        let kept: Vec<Kept> = index.vectors.clone();
        index.clear();
        assert!(index.nearest(&question, 5).is_empty());
        for (item, kept) in items.into_iter().zip(kept) {
            index.add(item.entry, kept);
        }
        assert_eq!(index.nearest(&question, 5), before);
    }

    #[test]
    fn a_statement_is_found_by_itself() {
        let mut far = vec![0.0; DIM];
        far[0] = 1.0;
        let mut near = vec![0.0; DIM];
        near[1] = 1.0;
        let index = Index::new(vec![
            Item {
                entry: entry(0, Some("a"), "b"),
                said: Some(Vector::quantise(&far)),
                reply: Vector::quantise(&far),
            },
            Item {
                entry: entry(1, None, "c"),
                said: None,
                reply: Vector::quantise(&near),
            },
        ]);
        let hits = index.nearest(&near, 9);
        assert_eq!(hits.len(), 2);
        assert_eq!(hits[0].item, 1);
        assert!((hits[0].similarity - REPLY_WEIGHT).abs() < TOLERANCE);
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
    fn what_is_said_often_is_as_like_itself_as_what_is_said_once() {
        let once = near_each_other(1);
        for (i, item) in once.items().enumerate() {
            let question = item.reply.floats();
            let hits = |index: &Index| {
                let mut hits = index.nearest(&question, usize::MAX);
                hits.retain(|hit| hit.item < 30);
                hits
            };
            let alone = hits(&once);
            assert_eq!(alone[0].item, i);
            assert!((alone[0].similarity - REPLY_WEIGHT).abs() < TOLERANCE);
            assert_eq!(hits(&near_each_other(500)), alone);
        }
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
                said: None,
                reply: vector,
            };
            let index = Index::new(vec![item]);
            for question in [vec![0.0; DIM], vec![f32::NAN; DIM], unit(&[1.0; DIM])] {
                assert_eq!(index.nearest(&question, 1)[0].similarity.to_bits(), 0);
            }
        }
    }

    #[test]
    fn an_empty_index_finds_nothing() {
        assert!(Index::default().nearest(&[0.0; DIM], 3).is_empty());
    }
}
