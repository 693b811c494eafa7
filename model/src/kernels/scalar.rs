//! The reference: what the other kernels must equal to the bit, and what runs where
//! there are none.

use super::{COLUMNS, Finish, Kernel, ROWS, STEP};

pub const KERNELS: &[Kernel<Code, Weight>] = &[Kernel {
    name: "scalar",
    tile,
}];

/// The position in [`KERNELS`] of the one that is fastest here.
#[must_use]
pub const fn fastest() -> usize {
    0
}

/// Rows that go through a matrix together: what is computed of them stays in the processor's
/// nearest caches, and a panel of weights is read once for all of them.
pub const CHUNK: usize = 32;

pub type Code = i8;
pub type Weight = u8;

/// A panel's codes as this build's kernels read them: in `memory`, if that is not as they are
/// kept.
#[must_use]
pub const fn widened<'a>(panel: &'a [u8], _memory: &mut Vec<Weight>) -> &'a [Weight] {
    panel
}

/// Where the weight of `column` and `input`, both within one step, lies in it.
#[must_use]
pub const fn place(column: usize, input: usize) -> usize {
    column * STEP + input
}

/// Writes the products of a tile's rows with a panel's columns into `output`, whose rows
/// lie `stride` apart.
///
/// `tile` is `[steps, ROWS, STEP]`, and `panel` `[steps, COLUMNS · STEP]` with each
/// weight in its [`place`]; what one has more of than the other is not read.
///
/// # Panics
/// If `output` has not [`ROWS`] rows of [`COLUMNS`].
pub fn tile(tile: &[Code], panel: &[Weight], finish: Finish, output: &mut [f32], stride: usize) {
    let mut sums = finish.start.map(|start| [start; COLUMNS]);
    let steps = tile
        .chunks_exact(ROWS * STEP)
        .zip(panel.chunks_exact(COLUMNS * STEP));
    for (activations, weights) in steps {
        for (sums, activations) in sums.iter_mut().zip(activations.chunks_exact(STEP)) {
            for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(STEP)) {
                for (&activation, &weight) in activations.iter().zip(weights) {
                    *sum += i32::from(activation) * i32::from(weight);
                }
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let line = &mut output[row * stride..][..COLUMNS];
        for (column, value) in line.iter_mut().enumerate() {
            let scale = finish.rows[row] * finish.columns[column];
            // At most 1,536 · 127 · 63: f32 holds it exactly.
            #[allow(clippy::cast_precision_loss)]
            let sum = sums[column] as f32;
            *value = sum * scale + finish.bias[column];
        }
    }
}
