//! Sentence vectors in 8 bits.

use serde::{Deserialize, Serialize};

/// Length of a sentence vector: the hidden size of multilingual-e5-small.
pub const DIM: usize = 384;

/// A scale that no vector of an encoder reaches: these have length one.
pub(crate) const MOST_USUAL: f32 = 1.0;

/// A vector as [`DIM`] signed bytes and one scale: element `i` is `scale * values[i]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vector {
    pub scale: f32,
    #[serde(with = "signed")]
    pub values: Vec<i8>,
}

/// Signed bytes at once. In postcard they are the same as one by one.
mod signed {
    use serde::{Deserialize, Deserializer, Serializer};
    use serde_bytes::ByteBuf;

    pub fn serialize<S: Serializer>(values: &[i8], serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = values.iter().map(|value| value.cast_unsigned()).collect();
        serializer.serialize_bytes(&bytes)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i8>, D::Error> {
        let bytes = ByteBuf::deserialize(deserializer)?.into_vec();
        Ok(bytes.into_iter().map(u8::cast_signed).collect())
    }
}

impl Vector {
    /// The nearest 8-bit vector to `x`. The error of an element is at most half
    /// of `scale`, which is the largest magnitude in `x` divided by 127.
    #[must_use]
    pub fn quantise(x: &[f32]) -> Self {
        let largest = x.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        let scale = largest / 127.0;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        // `as` saturates and turns NaN into 0, so no value of `x` is out of range.
        #[allow(clippy::cast_possible_truncation)]
        let values = x.iter().map(|v| (v * inverse).round() as i8).collect();
        Self { scale, values }
    }

    /// Whether it has [`DIM`] elements and a finite scale: what a vector from a
    /// file must be before anything is computed with it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.values.len() == DIM && self.scale.is_finite()
    }

    /// Whether it points somewhere: that of a text of which the model knows nothing does not.
    #[must_use]
    pub fn has_direction(&self) -> bool {
        self.scale != 0.0
    }

    /// Dot product with `x`; elements past the shorter one count as zero.
    #[must_use]
    pub fn dot(&self, x: &[f32]) -> f32 {
        self.scale
            * self
                .values
                .iter()
                .zip(x)
                .map(|(&v, x)| f32::from(v) * x)
                .sum::<f32>()
    }

    /// Squared length.
    #[must_use]
    pub fn norm_squared(&self) -> f32 {
        let sum: i32 = self
            .values
            .iter()
            .map(|&v| i32::from(v) * i32::from(v))
            .sum();
        // At most 384 · 128²: well inside the integers that f32 holds exactly.
        #[allow(clippy::cast_precision_loss)]
        let sum = sum as f32;
        self.scale * self.scale * sum
    }

    /// Its elements.
    #[must_use]
    pub fn floats(&self) -> Vec<f32> {
        self.values
            .iter()
            .map(|&v| self.scale * f32::from(v))
            .collect()
    }

    /// Adds it to `sum`, element by element.
    pub fn add_to(&self, sum: &mut [f32]) {
        for (sum, &v) in sum.iter_mut().zip(&self.values) {
            *sum += self.scale * f32::from(v);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    /// A vector of `text` whose cosine with any other one's is `alike`, or nearly.
    pub(crate) fn made_up(text: &str, alike: f32) -> Vector {
        let element = |i: usize| {
            let own = if Sha256::digest(format!("{i} {text}"))[0] < 128 {
                1.0
            } else {
                -1.0
            };
            alike.sqrt() + (1.0 - alike).sqrt() * own
        };
        #[allow(clippy::cast_precision_loss)]
        let length = (DIM as f32).sqrt();
        Vector::quantise(&(0..DIM).map(|i| element(i) / length).collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn quantising_keeps_each_element_within_half_a_step(x in proptest::collection::vec(-2.0f32..2.0, DIM)) {
            let vector = Vector::quantise(&x);
            prop_assert!(vector.is_sound());
            for (v, x) in vector.values.iter().zip(&x) {
                // A hundredth of a step for the rounding of the division itself.
                prop_assert!((f32::from(*v) * vector.scale - x).abs() <= vector.scale * 0.51);
            }
        }
    }

    #[test]
    fn nothing_becomes_nothing() {
        let vector = Vector::quantise(&[0.0; DIM]);
        assert!(vector.is_sound());
        assert!(vector.norm_squared().abs() < f32::EPSILON);
    }
}
