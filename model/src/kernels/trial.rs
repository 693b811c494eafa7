//! A small computation whose answer is known. There have been browsers that accept vectors
//! and compute wrongly with them; what they made of texts would be found by nobody.

use std::sync::Arc;

use super::attention::Heads;
use super::float::Norm;
use super::layer::{FeedForward, Output, Scratch, SelfAttention};
use super::product::Linear;
use super::weight::{BLOCK, Weights};

/// What it comes to, as computed on x86-64 without vectors.
const ANSWER: u64 = 13_689_122_207_333_000_282;

/// Tokens of its texts: a tile and a group of queries are left with less than they hold.
const TEXTS: [usize; 3] = [1, 9, 27];

const HEADS: Heads = Heads {
    count: 2,
    size: BLOCK / 2,
};

const INNER: usize = 2 * BLOCK;

/// Whether the kernels of this build compute here what they compute everywhere: one layer of
/// [`BLOCK`] columns, in a millisecond or less.
#[must_use]
pub fn is_passed() -> bool {
    fingerprint(&computed()) == ANSWER
}

fn computed() -> Vec<f32> {
    let mut numbers = Numbers(42);
    let width = HEADS.width();
    let mut rows = numbers.floats(TEXTS.iter().sum::<usize>() * width);
    let attention = SelfAttention {
        qkv: numbers.linear(3 * width, width),
        heads: HEADS,
        output: numbers.output(width, width),
    };
    let forward = FeedForward {
        intermediate: numbers.linear(INNER, width),
        output: numbers.output(width, INNER),
    };
    let mut scratch = Scratch::default();
    attention.apply(&mut rows, &TEXTS, &mut scratch);
    forward.apply(&mut rows, &mut scratch);
    rows
}

/// A hash of all bits (FNV-1a).
fn fingerprint(values: &[f32]) -> u64 {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes());
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// A linear congruential generator with Knuth's constants for 64 bits.
struct Numbers(u64);

impl Numbers {
    /// The high bits are the better ones.
    fn next(&mut self) -> u16 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u16::try_from(self.0 >> 48).unwrap_or_default()
    }

    /// Within ±1.
    fn float(&mut self) -> f32 {
        f32::from(self.next()) / 32_768.0 - 1.0
    }

    fn floats(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.float()).collect()
    }

    /// With weights of 4 bits, as the model's are.
    fn linear(&mut self, outputs: usize, inputs: usize) -> Linear {
        let halves: Vec<u8> = (0..outputs * inputs / 2)
            .map(|_| self.next().to_le_bytes()[1])
            .collect();
        let factors = self.floats(outputs * inputs / BLOCK);
        Linear {
            weights: Arc::new(Weights::of_halves(outputs, inputs, &halves, &factors)),
            bias: self.floats(outputs),
        }
    }

    fn output(&mut self, width: usize, inputs: usize) -> Output {
        Output {
            product: self.linear(width, inputs),
            norm: Norm {
                gamma: self.floats(width),
                beta: self.floats(width),
                epsilon: 1e-12,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_passes() {
        let rows = computed();
        assert_eq!(fingerprint(&rows), ANSWER);
        // What has become NaN once would hide all that comes after.
        assert!(rows.iter().all(|value| value.is_finite()));
    }
}
