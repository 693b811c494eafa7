//! What the vectors of all people have in common, by which those are seen who have few.
//!
//! `cargo xtask bench answers common` makes `common.bin` of `tests/answers/common.json`, fifty questions and fifty replies each
//! in Korean, Japanese and English that nobody has said, with the model that this build
//! has. Another model needs another file.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::answers::spread::{Direction, Leading, Spread};
use crate::vector::{DIM, Vector};

static BYTES: &[u8] = include_bytes!("common.bin");

/// As it is kept: [postcard](https://postcard.jamesmunns.com/wire-format).
#[derive(Serialize, Deserialize)]
pub struct Kept {
    /// The means of questions, embedded as queries, and of replies, embedded as passages.
    questions: Vector,
    replies: Vector,
    /// In which both spread most around them: as long as the deviation beyond `rest`.
    directions: Vec<Vector>,
    /// The variance in every direction.
    rest: f32,
}

#[derive(Debug)]
pub struct Common {
    pub questions: Vec<f32>,
    pub replies: Vec<f32>,
    pub directions: Vec<Vec<f32>>,
    pub rest: f32,
}

impl Common {
    #[must_use]
    pub fn get() -> &'static Self {
        static COMMON: LazyLock<Common> = LazyLock::new(|| Common::read(BYTES));
        &COMMON
    }

    /// What is no such file has nothing in common: a test sees that this is never so.
    fn read(bytes: &[u8]) -> Self {
        let kept = postcard::from_bytes::<Kept>(bytes).ok().filter(|kept| {
            let vectors = [&kept.questions, &kept.replies].into_iter();
            vectors.chain(&kept.directions).all(Vector::is_sound) && kept.rest.is_finite()
        });
        let Some(kept) = kept else {
            return Self {
                questions: vec![0.0; DIM],
                replies: vec![0.0; DIM],
                directions: Vec::new(),
                rest: 0.0,
            };
        };
        Self {
            questions: kept.questions.floats(),
            replies: kept.replies.floats(),
            directions: kept.directions.iter().map(Vector::floats).collect(),
            rest: kept.rest,
        }
    }
}

impl Kept {
    /// Of questions and replies by many.
    #[must_use]
    pub fn of(questions: &[Vector], replies: &[Vector]) -> Self {
        let mut spread = Spread::default();
        let mut mean_of = |vectors: &[Vector]| {
            let mut mean = vec![0.0; DIM];
            for vector in vectors {
                vector.add_to(&mut mean);
            }
            for value in &mut mean {
                *value /= super::spread::float(vectors.len().max(1));
            }
            for vector in vectors {
                let from: Vec<f32> = vector
                    .floats()
                    .iter()
                    .zip(&mean)
                    .map(|(v, m)| v - m)
                    .collect();
                spread.add(&from);
            }
            Vector::quantise(&mean)
        };
        let (questions, replies) = (mean_of(questions), mean_of(replies));
        let Leading {
            directions, rest, ..
        } = spread.leading();
        let beyond = |Direction { numbers, variance }: Direction| {
            let deviation = (variance - rest).max(0.0).sqrt();
            let numbers: Vec<f32> = numbers.iter().map(|value| value * deviation).collect();
            Vector::quantise(&numbers)
        };
        Self {
            questions,
            replies,
            directions: directions.into_iter().map(beyond).collect(),
            rest,
        }
    }

    /// # Errors
    /// Those of postcard.
    pub fn write(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::spread::{DIRECTIONS, dot};

    #[test]
    fn there_is_something_in_common() {
        let common = Common::get();
        assert_eq!(common.directions.len(), DIRECTIONS);
        for mean in [&common.questions, &common.replies] {
            // Cosines of this encoder are near 0.85.
            let squared = dot(mean, mean);
            assert!((0.7..0.95).contains(&squared), "{squared}");
        }
        assert!(common.rest > 0.0);
    }

    #[test]
    fn what_is_no_such_file_has_nothing_in_common() {
        for bytes in [&b""[..], &BYTES[..100], &[7; 4000]] {
            let common = Common::read(bytes);
            assert_eq!(common.questions, [0.0; DIM]);
            assert!(common.directions.is_empty());
        }
    }
}
