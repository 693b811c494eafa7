//! How the vectors of one channel are seen when a question is compared with them.
//!
//! Cosines of this encoder are all near 0.85. Seen from their mean they tell likeness from
//! chance. A question is seen from where questions lie, which is not where replies do. And what
//! all texts of a person differ in most says least about one of them: along those directions
//! vectors are shortened (whitening, of low rank, so that it is small and quick).

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::answers::common::Common;
use crate::answers::map::Map;
use crate::answers::spread::{DIRECTIONS, Direction, Leading, Spread, dot, normalise};
use crate::index::Scaled;
use crate::vector::{DIM, Vector};

/// As many vectors as what all people have in common counts for, in a mean and in a spread.
/// Whoever has few vectors is seen as everybody is, and nothing jumps as more come.
const MEAN_OF_ALL: f32 = 20.0;
const SPREAD_OF_ALL: f32 = 400.0;

/// The variance that directions keep beside their own, as multiples of the mean one: the less
/// the more they are shortened. What was said are questions as well, and loses by more.
const SAID: f32 = 20.0;
const REPLY: f32 = 3.0;

/// Most vectors of a channel of which a spread is taken.
pub const MOST: usize = 2048;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// What questions and vectors are seen from.
    questions: Vec<f32>,
    vectors: Vec<f32>,
    shortened: Vec<Shortened>,
    /// Where questions lead, if that was learned.
    pub map: Option<Map>,
}

/// A direction along which vectors are shortened. What is kept of it is in 8 bits, and it is used
/// as it is kept, so that whoever is given it sees as whoever learned it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(Vector, f32)", into = "(Vector, f32)")]
struct Shortened {
    kept: Vector,
    direction: Vec<f32>,
    /// By how much, 0 to 1.
    by: f32,
}

impl From<(Vector, f32)> for Shortened {
    fn from((kept, by): (Vector, f32)) -> Self {
        Self {
            direction: kept.floats(),
            kept,
            by,
        }
    }
}

impl From<Shortened> for (Vector, f32) {
    fn from(shortened: Shortened) -> Self {
        (shortened.kept, shortened.by)
    }
}

/// Those of what was said and of replies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frames {
    pub said: Frame,
    pub reply: Frame,
}

/// Vectors that something is learned of: all of them for their mean, and some for their spread.
pub struct Known<V, S> {
    pub all: V,
    pub some: S,
}

/// Those that everybody has of whom nothing is known.
impl Default for Frames {
    fn default() -> Self {
        static FRAMES: LazyLock<Frames> = LazyLock::new(|| {
            let nothing = || Known {
                all: std::iter::empty(),
                some: std::iter::empty(),
            };
            Frames::learn(nothing(), nothing())
        });
        FRAMES.clone()
    }
}

impl Frames {
    /// Learned of these vectors, and of what all people have in common. The same ones in the
    /// same order give the same to the bit.
    #[must_use]
    pub fn learn<'a>(
        said: Known<impl Iterator<Item = Scaled<'a>>, impl Iterator<Item = Scaled<'a>>>,
        reply: Known<impl Iterator<Item = Scaled<'a>>, impl Iterator<Item = Scaled<'a>>>,
    ) -> Self {
        let common = Common::get();
        let replies = mean(reply.all, &common.replies);
        // Whoever is asked in a way of their own, answers so: where nothing is known of their
        // questions they are half as far from everybody's as their replies are.
        let asked = common.questions.iter().zip(&replies).zip(&common.replies);
        let asked: Vec<f32> = asked.map(|((q, r), all)| q + 0.5 * (r - all)).collect();
        let questions = mean(said.all, &asked);
        let of_said = spread(said.some, &questions, common);
        let of_reply = spread(reply.some, &replies, common);
        Self {
            said: Frame::new(&questions, &questions, of_said, SAID),
            reply: Frame::new(&questions, &replies, of_reply, REPLY),
        }
    }
}

fn mean<'a>(vectors: impl Iterator<Item = Scaled<'a>>, of_all: &[f32]) -> Vec<f32> {
    let mut sum: Vec<f32> = of_all.iter().map(|value| value * MEAN_OF_ALL).collect();
    let mut count = MEAN_OF_ALL;
    for (scale, values) in vectors {
        for (sum, value) in sum.iter_mut().zip(values) {
            *sum += scale * f32::from(*value);
        }
        count += 1.0;
    }
    sum.iter().map(|sum| sum / count).collect()
}

fn spread<'a>(vectors: impl Iterator<Item = Scaled<'a>>, mean: &[f32], common: &Common) -> Leading {
    let mut spread = Spread::default();
    spread.add_many(&common.directions, common.rest, SPREAD_OF_ALL);
    for (scale, values) in vectors {
        let elements = values.iter().zip(mean);
        let from: Vec<f32> = elements.map(|(v, m)| scale * f32::from(*v) - m).collect();
        // One that is no number would be all of it.
        if from.iter().all(|value| value.is_finite()) {
            spread.add(&from);
        }
    }
    spread.leading()
}

impl Frame {
    fn new(questions: &[f32], vectors: &[f32], leading: Leading, kept: f32) -> Self {
        let kept = kept * leading.mean;
        let length = |variance: f32| (kept / (variance + kept)).sqrt();
        let of_others = length(leading.rest);
        let shortened =
            leading
                .directions
                .into_iter()
                .filter_map(|Direction { numbers, variance }| {
                    let by = 1.0 - length(variance) / of_others;
                    let kept = Vector::quantise(&numbers);
                    (by.is_finite() && by > 0.0).then(|| (kept, by).into())
                });
        Self {
            questions: questions.to_vec(),
            vectors: vectors.to_vec(),
            shortened: shortened.collect(),
            map: None,
        }
    }

    /// What vectors are seen from.
    #[must_use]
    pub fn mean(&self) -> &[f32] {
        &self.vectors
    }

    /// Whether it is one, whoever wrote it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let is_mean = |mean: &[f32]| mean.len() == DIM && mean.iter().all(|v| v.is_finite());
        let is_direction = |it: &Shortened| it.kept.is_sound() && (0.0..=1.0).contains(&it.by);
        is_mean(&self.questions)
            && is_mean(&self.vectors)
            && self.shortened.len() <= DIRECTIONS
            && self.shortened.iter().all(is_direction)
            && self.map.as_ref().is_none_or(Map::is_sound)
    }

    /// How a question, an embedded query of [`DIM`] elements, is compared with vectors.
    #[must_use]
    pub fn against(&self, question: &[f32]) -> Against<'_> {
        let mut seen = self.question(question);
        if let Some(map) = &self.map {
            map.lead(&mut seen);
        }
        self.against_seen(seen)
    }

    /// The same for a text that is looked for itself, and not what would be replied to it.
    #[must_use]
    pub fn against_itself(&self, text: &[f32]) -> Against<'_> {
        self.against_seen(self.question(text))
    }

    fn against_seen(&self, mut seen: Vec<f32>) -> Against<'_> {
        // Once more in place of the vectors, which are many.
        self.shorten(&mut seen);
        Against {
            question: seen,
            mean: &self.vectors,
        }
    }

    /// A question as it is seen, of length one; one that has no direction has none from anywhere.
    #[must_use]
    pub fn question(&self, question: &[f32]) -> Vec<f32> {
        if question.iter().all(|value| *value == 0.0) {
            return question.to_vec();
        }
        let from = question.iter().zip(&self.questions).map(|(q, m)| q - m);
        self.seen(from.collect())
    }

    /// A vector as it is seen, of length one.
    #[must_use]
    pub fn vector(&self, (scale, values): Scaled) -> Vec<f32> {
        let from = values.iter().zip(&self.vectors);
        self.seen(from.map(|(v, m)| scale * f32::from(*v) - m).collect())
    }

    fn seen(&self, mut from: Vec<f32>) -> Vec<f32> {
        self.shorten(&mut from);
        normalise(&mut from);
        from
    }

    /// One by the length that a vector is seen with; 0 where it has none, seen from anywhere.
    #[must_use]
    pub fn nearness(&self, (scale, values): Scaled) -> f32 {
        if scale == 0.0 {
            return 0.0;
        }
        let mut from = [0.0_f32; DIM];
        for ((from, value), mean) in from.iter_mut().zip(values).zip(&self.vectors) {
            *from = scale * f32::from(*value) - mean;
        }
        let mut squared = dot(&from, &from);
        for Shortened { direction, by, .. } in &self.shortened {
            let along = dot(&from, direction);
            let left = 1.0 - by;
            squared -= (1.0 - left * left) * along * along;
        }
        let nearness = 1.0 / squared.sqrt();
        if nearness.is_finite() { nearness } else { 0.0 }
    }

    fn shorten(&self, vector: &mut [f32]) {
        for Shortened { direction, by, .. } in &self.shortened {
            let along = by * dot(vector, direction);
            for (value, direction) in vector.iter_mut().zip(direction) {
                *value -= along * direction;
            }
        }
    }
}

/// A question as vectors of one channel are compared with it.
pub struct Against<'a> {
    question: Vec<f32>,
    mean: &'a [f32],
}

impl Against<'_> {
    /// Of a vector that has so much [`Frame::nearness`]: −1 to 1, and 0 where there is none.
    #[must_use]
    pub fn cosine(&self, (scale, values): Scaled, nearness: f32) -> f32 {
        // Element by element: from products with the mean, what is left of two vectors that
        // are nearly it would be mostly rounding.
        let elements = values.iter().zip(self.mean).zip(&self.question);
        let product: f32 = elements
            .map(|((value, mean), question)| (scale * f32::from(*value) - mean) * question)
            .sum();
        let cosine = product * nearness;
        if cosine.is_finite() { cosine } else { 0.0 }
    }

    #[must_use]
    pub fn to_mean(&self) -> f32 {
        dot(self.mean, &self.question)
    }

    /// The question in 8 bits.
    #[must_use]
    pub fn quantised(&self) -> Vector {
        Vector::quantise(&self.question)
    }
}
