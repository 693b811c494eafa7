//! From what is said to a person to what they reply, learned from their own pairs.
//!
//! A vector says what is meant, and a reply means something else than what it answers. The map
//! is the identity and a matrix of low rank, so that it can say little and is small. It is
//! learned by having each question of a batch tell its own reply from the others', and each
//! reply its own question (a contrastive loss in both directions, by Adam: Kingma and Ba, 2015).

use serde::{Deserialize, Serialize};

use super::numbers::Numbers;
use super::spread::{dot, float, normalise};
use crate::vector::{DIM, Vector};

/// How many directions it knows.
pub const RANK: usize = 16;

/// Most pairs that it is learned from, and fewest from which anything is.
pub const MOST: usize = 2048;
pub const FEWEST: usize = 64;

/// Passes over all pairs. With more, and with larger steps, pairs are learned by heart.
pub const PASSES: usize = 6;

/// Pairs that are told from each other at once.
const BATCH: usize = 128;

/// How sharp the choice among a batch is: cosines lie close to each other.
const TEMPERATURE: f32 = 0.07;

/// Adam's step, and its usual decays.
const STEP: f32 = 0.001;
const FIRST_DECAY: f32 = 0.9;
const SECOND_DECAY: f32 = 0.99;
const SMALLEST: f32 = 1e-8;

/// By how much of itself the map shrinks with each step.
const SHRINKAGE: f32 = 0.01;

/// How large its numbers are at first.
const AT_FIRST: f32 = 0.05;

/// Leads questions to where their replies are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// Directions of questions, and those of replies to which they lead.
    from: Vec<Vector>,
    to: Vec<Vector>,
}

/// A question and the reply to it, as a frame sees them, of length one.
pub type Pair = (Vec<f32>, Vec<f32>);

impl Map {
    /// Moves a question, of length one, to where its reply is likely to be; of length one.
    pub fn lead(&self, question: &mut [f32]) {
        let along: Vec<f32> = self.from.iter().map(|from| from.dot(question)).collect();
        for (to, along) in self.to.iter().zip(along) {
            for (value, code) in question.iter_mut().zip(&to.values) {
                *value += along * to.scale * f32::from(*code);
            }
        }
        normalise(question);
    }

    /// Whether it is one, whoever wrote it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let mut vectors = self.from.iter().chain(&self.to);
        self.from.len() == RANK && self.to.len() == RANK && vectors.all(Vector::is_sound)
    }
}

/// A map that is being learned. The same pairs give the same one to the bit.
#[derive(Debug)]
pub struct Learner {
    from: Matrix,
    to: Matrix,
    order: Vec<usize>,
    numbers: Numbers,
}

impl Learner {
    /// From so many pairs.
    #[must_use]
    pub fn new(count: usize) -> Self {
        let mut numbers = Numbers(1);
        Self {
            from: Matrix::new(|| numbers.next() * AT_FIRST),
            to: Matrix::new(|| 0.0),
            order: (0..count).collect(),
            numbers,
        }
    }

    /// Goes over all pairs once, each of which `pair` gives: after [`PASSES`] of them all is
    /// learned that is to be.
    pub fn pass(&mut self, pair: impl Fn(usize) -> Pair) {
        self.numbers.shuffle(&mut self.order);
        for batch in std::mem::take(&mut self.order).chunks(BATCH) {
            // One alone is told from nothing.
            if batch.len() > 1 {
                let pairs: Vec<Pair> = batch.iter().map(|at| pair(*at)).collect();
                self.step(&pairs);
            }
            self.order.extend(batch);
        }
    }

    #[must_use]
    pub fn map(&self) -> Map {
        let kept = |matrix: &Matrix| {
            matrix
                .rows
                .iter()
                .map(|row| Vector::quantise(row))
                .collect()
        };
        Map {
            from: kept(&self.from),
            to: kept(&self.to),
        }
    }

    fn step(&mut self, pairs: &[Pair]) {
        let count = pairs.len();
        let questions: Vec<[f32; RANK]> = pairs.iter().map(|(q, _)| self.from.along(q)).collect();
        let replies: Vec<[f32; RANK]> = pairs.iter().map(|(_, r)| self.to.along(r)).collect();
        let mut scores = Vec::with_capacity(count * count);
        for ((question, _), led) in pairs.iter().zip(&questions) {
            let to = pairs.iter().zip(&replies);
            scores.extend(
                to.map(|((_, reply), to)| (dot(question, reply) + dot(led, to)) / TEMPERATURE),
            );
        }
        let slopes = slopes(&scores, count);
        let (mut of_from, mut of_to) = (zeros(), zeros());
        for (at, (question, reply)) in pairs.iter().enumerate() {
            let (mut of_question, mut of_reply) = ([0.0; RANK], [0.0; RANK]);
            for other in 0..count {
                let (along, across) = (slopes[at * count + other], slopes[other * count + at]);
                for rank in 0..RANK {
                    of_question[rank] += along * replies[other][rank];
                    of_reply[rank] += across * questions[other][rank];
                }
            }
            add(&mut of_from, question, &of_question);
            add(&mut of_to, reply, &of_reply);
        }
        self.from.step(&of_from);
        self.to.step(&of_to);
    }
}

/// By how much each score is too high, where each row and each column is to choose its own.
fn slopes(scores: &[f32], count: usize) -> Vec<f32> {
    let mut slopes = vec![0.0; scores.len()];
    // Of rows and of columns alike, and of their mean.
    let share = 0.5 / float(count) / TEMPERATURE;
    let mut chosen = vec![0.0; count];
    for (first, next) in [(count, 1), (1, count)] {
        for line in 0..count {
            let place = |at: usize| line * first + at * next;
            let line_of = (0..count).map(|at| scores[place(at)]);
            let most = line_of.clone().fold(f32::MIN, f32::max);
            for (chosen, score) in chosen.iter_mut().zip(line_of) {
                *chosen = libm::expf(score - most);
            }
            let all: f32 = chosen.iter().sum();
            for (at, chosen) in chosen.iter().enumerate() {
                slopes[place(at)] += share * chosen / all;
            }
            slopes[place(line)] -= share;
        }
    }
    slopes
}

fn zeros() -> Vec<Vec<f32>> {
    vec![vec![0.0; DIM]; RANK]
}

/// Adds `vector` to each row, as often as its weight says.
fn add(rows: &mut [Vec<f32>], vector: &[f32], weights: &[f32; RANK]) {
    for (row, weight) in rows.iter_mut().zip(weights) {
        for (element, value) in row.iter_mut().zip(vector) {
            *element += weight * value;
        }
    }
}

/// Rows that are learned, and how they moved so far.
#[derive(Debug)]
struct Matrix {
    rows: Vec<Vec<f32>>,
    means: Vec<Vec<f32>>,
    squares: Vec<Vec<f32>>,
    decayed: (f32, f32),
}

impl Matrix {
    fn new(mut number: impl FnMut() -> f32) -> Self {
        let mut rows = zeros();
        rows.iter_mut()
            .flatten()
            .for_each(|value| *value = number());
        Self {
            rows,
            means: zeros(),
            squares: zeros(),
            decayed: (1.0, 1.0),
        }
    }

    fn along(&self, vector: &[f32]) -> [f32; RANK] {
        let mut along = [0.0; RANK];
        for (along, row) in along.iter_mut().zip(&self.rows) {
            *along = dot(row, vector);
        }
        along
    }

    fn step(&mut self, slopes: &[Vec<f32>]) {
        self.decayed.0 *= FIRST_DECAY;
        self.decayed.1 *= SECOND_DECAY;
        let (first, second) = (1.0 - self.decayed.0, 1.0 - self.decayed.1);
        let values = self.rows.iter_mut().flatten();
        let so_far = self.means.iter_mut().zip(&mut self.squares);
        let so_far = so_far.flat_map(|(means, squares)| means.iter_mut().zip(squares));
        for ((value, slope), (mean, square)) in values.zip(slopes.iter().flatten()).zip(so_far) {
            *mean += (1.0 - FIRST_DECAY) * (slope - *mean);
            *square += (1.0 - SECOND_DECAY) * (slope * slope - *square);
            let size = (*square / second).sqrt() + SMALLEST;
            *value -= STEP * (*mean / first / size + SHRINKAGE * *value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever is asked about one thing speaks of the next.
    fn vector(at: usize, noise: u64) -> Vec<f32> {
        let mut numbers = Numbers(noise);
        let mut vector: Vec<f32> = (0..DIM).map(|_| numbers.next() * 0.03).collect();
        vector[at % THINGS] += 1.0;
        normalise(&mut vector);
        vector
    }

    const THINGS: usize = 8;

    fn learned(count: usize) -> Map {
        let mut learner = Learner::new(count);
        for _ in 0..10 * PASSES {
            learner.pass(|n| {
                let noise = u64::try_from(n).unwrap();
                (vector(n, noise), vector(n + 1, 7 * noise + 3))
            });
        }
        learner.map()
    }

    #[test]
    fn what_follows_what_is_learned() {
        let map = learned(400);
        for at in 0..THINGS {
            let question = vector(at, 99);
            let mut led = question.clone();
            map.lead(&mut led);
            let likeness = |to: usize| dot(&led, &vector(to, 5));
            assert!(likeness(at + 1) > likeness(at + 3), "{at}");
            assert!(likeness(at + 1) > dot(&question, &vector(at + 1, 5)));
            assert!((dot(&led, &led) - 1.0).abs() < 1e-3);
        }
        assert!(map.is_sound());
        assert_eq!(map, learned(400), "the same gives the same");
    }

    #[test]
    fn of_one_pair_or_none_nothing_is_learned() {
        for count in [0, 1] {
            let (map, question) = (learned(count), vector(0, 1));
            let mut led = question.clone();
            map.lead(&mut led);
            assert!(led.iter().zip(&question).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }
}
