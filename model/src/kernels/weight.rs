//! Weights as 7-bit codes.

use super::float::{largest_magnitude, scale};
pub use super::lanes::HALF_ZERO;
use super::lanes::{Four, HALVES, Halves, Narrow, larger};
use super::{COLUMNS, OFFSET, STEP, place};

/// Largest magnitude of a weight's code: with [`OFFSET`] added, codes are 1 to 127.
const LARGEST: f32 = 63.0;

/// Weights of 4 bits that share a scale.
pub const BLOCK: usize = HALVES;

/// Where the codes of an output lie.
struct Places<'a> {
    steps: std::slice::IterMut<'a, [u8; COLUMNS * STEP]>,
    column: usize,
}

impl Places<'_> {
    /// The codes of the next [`STEP`] inputs.
    #[inline]
    fn push(&mut self, codes: [u8; STEP]) {
        if let Some(step) = self.steps.next() {
            for (input, code) in codes.into_iter().enumerate() {
                step[place(self.column, input)] = code;
            }
        }
    }
}

#[inline]
fn rounded(weights: &[f32; STEP], inverse: f32) -> [u8; STEP] {
    let codes = (Four::read(weights) * Four::splat(inverse)).nearest().get();
    // 1 to 127: `as` has nothing to cut off.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    codes.map(|code| (code + i32::from(OFFSET)) as u8)
}

/// A matrix of `[outputs, inputs]`, rounded to 7 bits with one scale an output.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    outputs: usize,
    inputs: usize,
    /// `[outputs / COLUMNS, inputs / STEP, COLUMNS · STEP]`, both rounded up.
    codes: Vec<u8>,
    /// One an output, rounded up to whole panels.
    scales: Vec<f32>,
}

impl Weights {
    /// `read` writes the weights of an output into the slice, which has `inputs`
    /// elements. No more than one output is held in f32 at a time.
    #[must_use]
    pub fn new(outputs: usize, inputs: usize, mut read: impl FnMut(usize, &mut [f32])) -> Self {
        let mut row = vec![0.0; inputs.next_multiple_of(STEP)];
        Self::fill(outputs, inputs, |output, mut codes| {
            // Zeros fill the last step up.
            read(output, &mut row[..inputs]);
            let (scale, inverse) = scale(LARGEST, largest_magnitude(&row));
            for weights in row.as_chunks().0 {
                codes.push(rounded(weights, inverse));
            }
            scale
        })
    }

    /// Weights of 4 bits around [`HALF_ZERO`], two in a byte, the earlier one in the low
    /// half, with a scale for each [`BLOCK`] of them. The same as [`Weights::new`] of the
    /// f32 that they stand for, and several times as fast: a block has 16 codes at most.
    #[must_use]
    pub fn of_halves(outputs: usize, inputs: usize, halves: &[u8], factors: &[f32]) -> Self {
        let (bytes, blocks) = (inputs / 2, inputs / BLOCK);
        Self::fill(outputs, inputs, |output, codes| {
            let halves = &halves[output * bytes..][..bytes];
            let factors = &factors[output * blocks..][..blocks];
            round_halves(halves.as_chunks().0, factors, codes)
        })
    }

    /// `write` puts the codes of an output into their places and gives its scale.
    fn fill(outputs: usize, inputs: usize, mut write: impl FnMut(usize, Places) -> f32) -> Self {
        let panel = COLUMNS * inputs.next_multiple_of(STEP);
        let panels = outputs.div_ceil(COLUMNS);
        let mut codes = vec![OFFSET; panels * panel];
        let mut scales = vec![0.0; panels * COLUMNS];
        for (output, scale) in scales.iter_mut().enumerate().take(outputs) {
            let steps = codes[output / COLUMNS * panel..].as_chunks_mut().0;
            *scale = write(
                output,
                Places {
                    steps: steps.iter_mut(),
                    column: output % COLUMNS,
                },
            );
        }
        Self {
            outputs,
            inputs,
            codes,
            scales,
        }
    }

    /// The outputs of all `parts` behind each other; none if their inputs differ, or if
    /// one is not made of whole panels.
    #[must_use]
    pub fn beside(parts: &[&Self]) -> Option<Self> {
        let inputs = parts.first()?.inputs;
        let fits = |part: &&Self| part.inputs == inputs && part.outputs.is_multiple_of(COLUMNS);
        parts.iter().all(fits).then(|| Self {
            outputs: parts.iter().map(|part| part.outputs).sum(),
            inputs,
            codes: parts.iter().flat_map(|part| &part.codes).copied().collect(),
            scales: parts
                .iter()
                .flat_map(|part| &part.scales)
                .copied()
                .collect(),
        })
    }

    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Panels of [`COLUMNS`] outputs with their scales.
    pub(super) fn panels(&self) -> impl Iterator<Item = (&[u8], &[f32; COLUMNS])> {
        let panel = COLUMNS * self.inputs.next_multiple_of(STEP);
        self.codes
            .chunks_exact(panel)
            .zip(self.scales.as_chunks().0)
    }

    /// The code of a weight, without its offset.
    pub(super) fn code(&self, output: usize, input: usize) -> i32 {
        let depth = self.inputs.next_multiple_of(STEP);
        let step = output / COLUMNS * (depth / STEP) + input / STEP;
        let at = step * COLUMNS * STEP + place(output % COLUMNS, input % STEP);
        i32::from(self.codes[at]) - i32::from(OFFSET)
    }

    pub(super) fn scale(&self, output: usize) -> f32 {
        self.scales[output]
    }
}

/// What 4 bits stand for, before they are multiplied by their scale.
const STANDS_FOR: [[f32; 4]; 4] = [
    [-8.0, -7.0, -6.0, -5.0],
    [-4.0, -3.0, -2.0, -1.0],
    [0.0, 1.0, 2.0, 3.0],
    [4.0, 5.0, 6.0, 7.0],
];

/// Writes the codes of one output; gives its scale. A function of its own, as a browser
/// replaces its first quick translation of one by a better one only when it is called
/// again.
#[inline(never)]
fn round_halves(halves: &[[u8; BLOCK / 2]], factors: &[f32], mut codes: Places) -> f32 {
    let each = halves.iter().map(Halves::read).zip(factors);
    let largest = each.clone().fold(0.0, |largest, (halves, factor)| {
        let farthest = f32::from(halves.farthest());
        larger(farthest * factor.abs(), largest)
    });
    let (scale, inverse) = scale(LARGEST, largest);
    for (halves, factor) in each {
        let mut table = [0_i8; 16];
        table.narrow(STANDS_FOR.map(|numbers| {
            (Four::read(&numbers) * Four::splat(*factor) * Four::splat(inverse)).nearest()
        }));
        let table = table.map(|code| code.cast_unsigned().wrapping_add(OFFSET));
        for codes_of_step in halves.look_up(&table).as_chunks().0 {
            codes.push(*codes_of_step);
        }
    }
    scale
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn weights_of_four_bits_are_those_they_stand_for(
            (outputs, blocks, halves, factors) in (1usize..30, 1usize..5).prop_flat_map(|(outputs, blocks)| (
                Just(outputs),
                Just(blocks),
                proptest::collection::vec(any::<u8>(), outputs * blocks * BLOCK / 2),
                proptest::collection::vec(-2.0f32..2.0, outputs * blocks),
            )),
        ) {
            let inputs = blocks * BLOCK;
            let found = Weights::of_halves(outputs, inputs, &halves, &factors);
            let want = Weights::new(outputs, inputs, |output, row| {
                for (at, weight) in row.iter_mut().enumerate() {
                    let byte = halves[output * inputs / 2 + at / 2];
                    let half = if at.is_multiple_of(2) { byte & 0x0F } else { byte >> 4 };
                    let factor = factors[output * blocks + at / BLOCK];
                    *weight = (f32::from(half) - f32::from(HALF_ZERO)) * factor;
                }
            });
            prop_assert_eq!(found, want);
        }
    }
}
