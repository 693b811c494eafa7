//! Brute-force search over a person's entries.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::corpus::Entry;
use crate::vector::{DIM, Vector};

/// How much the likeness of a question to a reply itself counts beside its
/// likeness to what the reply answered. People ask what was asked before more
/// often than they say what was answered.
pub const REPLY_WEIGHT: f32 = 0.8;

/// An entry and its vectors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub entry: Entry,
    /// Of what was said, embedded as a query; none for a statement.
    pub said: Option<Vector>,
    /// Of the reply, embedded as a passage.
    pub reply: Vector,
}

/// Everything a bot can say, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Index {
    items: Vec<Item>,
    said: Centre,
    reply: Centre,
}

/// An item that a question found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Position in [`Index::items`].
    pub item: usize,
    /// Centred cosine, −1 to 1: 1 for a question that was asked in the same words.
    pub similarity: f32,
}

impl Index {
    #[must_use]
    pub fn new(items: Vec<Item>) -> Self {
        let mut index = Self::default();
        for item in items {
            index.add(item);
        }
        index
    }

    pub fn add(&mut self, item: Item) {
        self.reply.add(&item.reply);
        if let Some(said) = &item.said {
            self.said.add(said);
        }
        self.items.push(item);
    }

    /// In the order in which they were added.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
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
        let mut hits: Vec<Hit> = self
            .items
            .iter()
            .enumerate()
            .map(
                |(
                    item,
                    Item {
                        said: said_vector,
                        reply: reply_vector,
                        ..
                    },
                )| {
                    let to_reply = REPLY_WEIGHT * reply.cosine(reply_vector);
                    let to_said = said_vector
                        .as_ref()
                        .map_or(f32::NEG_INFINITY, |vector| said.cosine(vector));
                    Hit {
                        item,
                        similarity: to_said.max(to_reply),
                    }
                },
            )
            .collect();
        hits.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
        hits.truncate(n);
        hits
    }
}

/// Running sum of vectors, each once, for their mean.
#[derive(Clone, Debug)]
struct Centre {
    sum: Vec<f32>,
    /// Hashes of those that are in it.
    counted: HashSet<u64>,
}

impl Default for Centre {
    fn default() -> Self {
        Self {
            sum: vec![0.0; DIM],
            counted: HashSet::new(),
        }
    }
}

/// Fewer vectors than this are not centred: their mean is mostly themselves.
const FEWEST_TO_CENTRE: usize = 20;

impl Centre {
    fn add(&mut self, vector: &Vector) {
        // One that is taken for another, once in many millions of bots, is missing in a mean.
        let mut hash = DefaultHasher::new();
        (vector.scale.to_bits(), &vector.values).hash(&mut hash);
        if self.counted.insert(hash.finish()) {
            vector.add_to(&mut self.sum);
        }
    }

    fn against(&self, question: &[f32]) -> Centred {
        // At most the number of items, far below where f32 loses integers.
        #[allow(clippy::cast_precision_loss)]
        let share = if self.counted.len() < FEWEST_TO_CENTRE {
            0.0
        } else {
            1.0 / self.counted.len() as f32
        };
        let mean: Vec<f32> = self.sum.iter().map(|v| v * share).collect();
        let question: Vec<f32> = question.iter().zip(&mean).map(|(q, m)| q - m).collect();
        let length = question.iter().map(|q| q * q).sum::<f32>().sqrt();
        Centred {
            question: question.iter().map(|q| q / length).collect(),
            mean,
        }
    }
}

/// A question seen from a corpus mean.
struct Centred {
    /// Of unit length, or of no numbers if it is the mean.
    question: Vec<f32>,
    mean: Vec<f32>,
}

impl Centred {
    /// 0 where there is none, as between a vector and the mean itself.
    fn cosine(&self, vector: &Vector) -> f32 {
        let (mut product, mut squared) = (0.0_f32, 0.0_f32);
        // Element by element: from products with the mean, what is left of two vectors that
        // are nearly it would be mostly rounding.
        for ((value, mean), question) in vector.values.iter().zip(&self.mean).zip(&self.question) {
            let from_mean = vector.scale * f32::from(*value) - mean;
            product += from_mean * question;
            squared += from_mean * from_mean;
        }
        let cosine = product / squared.sqrt();
        if cosine.is_finite() { cosine } else { 0.0 }
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
            id: id.to_string(),
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
        for (i, item) in once.items().iter().enumerate() {
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
