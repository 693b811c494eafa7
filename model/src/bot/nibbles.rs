//! Vectors in four bits, as they travel.
//!
//! A vector of this encoder is mostly what all of them have in common. What is left, seen from
//! the mean, needs few bits: with four answers are found as with eight, nearly.

use serde::{Deserialize, Serialize};

use crate::answers::spread::float;
use crate::vector::{DIM, MOST_USUAL, Vector};

/// Codes go from −7 to 7.
const LARGEST: f32 = 7.0;

/// From one code to the next, in deviations: where numbers lie as the normal distribution says
/// fifteen codes are nearest to them so (Max, 1960).
const STEP: f32 = 0.335;

/// A vector seen from a mean: element `i` of what is left is `scale * code`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nibbles {
    pub scale: f32,
    /// Two of them in a byte, the first one in its low half, each with 8 added.
    #[serde(with = "serde_bytes")]
    pub codes: Vec<u8>,
}

impl Nibbles {
    #[must_use]
    pub fn of(vector: &Vector, mean: &[f32]) -> Self {
        let floats = vector.floats();
        let left: Vec<f32> = floats.iter().zip(mean).map(|(v, m)| v - m).collect();
        let squared: f32 = left.iter().map(|value| value * value).sum();
        let scale = STEP * (squared / float(DIM)).sqrt();
        // What is longer than any encoder makes them says as little as what has no length.
        let is_usual = vector.has_direction() && scale <= MOST_USUAL;
        let scale = if is_usual { scale } else { 0.0 };
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        // Within 1 and 15: `as` turns no number into nought.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let code = |value: &f32| ((value * inverse).round().clamp(-LARGEST, LARGEST) + 8.0) as u8;
        let codes = left.chunks(2).map(|pair| {
            let mut codes = pair.iter().map(code);
            let (low, high) = (codes.next().unwrap_or(8), codes.next().unwrap_or(8));
            low | high << 4
        });
        Self {
            scale,
            codes: codes.collect(),
        }
    }

    /// The vector, nearly.
    #[must_use]
    pub fn vector(&self, mean: &[f32]) -> Vector {
        if self.scale <= 0.0 {
            return Vector::quantise(&[0.0; DIM]);
        }
        let codes = self.codes.iter().flat_map(|byte| [byte & 15, byte >> 4]);
        let left = codes.map(|code| self.scale * (f32::from(code) - 8.0));
        let floats: Vec<f32> = left.zip(mean).map(|(left, mean)| left + mean).collect();
        Vector::quantise(&floats)
    }

    /// Whether it is one, whoever wrote it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.codes.len() == DIM / 2 && (0.0..=MOST_USUAL).contains(&self.scale)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::answers::common::Common;
    use crate::vector::tests::made_up;

    #[test]
    fn a_vector_comes_back_nearly() {
        let mean = &Common::get().replies;
        for text in ["하나", "둘", "셋"] {
            let vector = made_up(text, 0.85);
            let nibbles = Nibbles::of(&vector, mean);
            assert!(nibbles.is_sound());
            let back = nibbles.vector(mean);
            let lengths = (vector.norm_squared() * back.norm_squared()).sqrt();
            let cosine = vector.dot(&back.floats()) / lengths;
            assert!(cosine > 0.99, "{cosine}");
        }
    }

    #[test]
    fn what_has_no_direction_or_too_much_length_has_none() {
        let mean = vec![0.05; DIM];
        let too_long = Vector {
            scale: f32::MAX,
            values: vec![127; DIM],
        };
        for vector in [too_long, Vector::quantise(&[0.0; DIM])] {
            let nibbles = Nibbles::of(&vector, &mean);
            assert!(nibbles.is_sound());
            assert!(!nibbles.vector(&mean).has_direction());
        }
    }
}
