//! Weights as 7-bit codes.

use super::float::largest_magnitude;
use super::lanes::Four;
use super::{COLUMNS, OFFSET, STEP, place};

/// Largest magnitude of a weight's code: with [`OFFSET`] added, codes are 1 to 127.
const LARGEST: f32 = 63.0;

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
        let depth = inputs.next_multiple_of(STEP);
        let panel = COLUMNS * depth;
        let panels = outputs.div_ceil(COLUMNS);
        let mut codes = vec![OFFSET; panels * panel];
        let mut scales = vec![0.0; panels * COLUMNS];
        // Zeros fill the last step up.
        let mut row = vec![0.0_f32; depth];
        for (output, scale) in scales.iter_mut().enumerate().take(outputs) {
            read(output, &mut row[..inputs]);
            let largest = largest_magnitude(&row);
            let inverse = if largest > 0.0 {
                LARGEST / largest
            } else {
                0.0
            };
            *scale = largest / LARGEST;
            let inverse = Four::splat(inverse);
            let (panel, column) = (&mut codes[output / COLUMNS * panel..], output % COLUMNS);
            let steps = panel.as_chunks_mut::<{ COLUMNS * STEP }>().0.iter_mut();
            for (step, weights) in steps.zip(row.as_chunks().0) {
                let codes = (Four::read(weights) * inverse).nearest().get();
                for (input, code) in codes.into_iter().enumerate() {
                    // 1 to 127: `as` has nothing to cut off.
                    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                    let code = (code + i32::from(OFFSET)) as u8;
                    step[place(column, input)] = code;
                }
            }
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
