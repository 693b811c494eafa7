//! The reference: what the other kernels must equal to the bit, and what runs where
//! there are none.

use super::{COLUMNS, Kernel, Panel, ROWS, Rows, STEP};

pub const KERNELS: &[Kernel<Code, Weight>] = &[Kernel {
    name: "scalar",
    multiply,
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

/// Writes the products of `rows` with `panel` into `output`, whose rows lie `stride` apart:
/// `(start[row] + sum) · (scale[row] · scale[column]) + bias[column]`. Tiles have as many
/// steps as the panel. Where codes, scales, starts or rows of `output` are not there for as
/// many tiles as the others, those of the others are left out.
///
/// # Panics
/// If `stride` is 0, or `output` ends within the rows of a tile.
pub fn multiply(rows: Rows<Code>, panel: Panel<Weight>, output: &mut [f32], stride: usize) {
    let steps = panel.steps();
    let rows = rows.of_steps(steps);
    let tiles = rows.scales.iter().zip(rows.starts).enumerate();
    for ((tile, (scales, starts)), output) in tiles.zip(output.chunks_mut(ROWS * stride)) {
        let mut sums = starts.map(|start| [start; COLUMNS]);
        let codes = rows.codes[tile * steps * ROWS * STEP..].chunks_exact(ROWS * STEP);
        for (activations, weights) in codes.zip(panel.codes.chunks_exact(COLUMNS * STEP)) {
            for (sums, activations) in sums.iter_mut().zip(activations.chunks_exact(STEP)) {
                for (sum, weights) in sums.iter_mut().zip(weights.chunks_exact(STEP)) {
                    for (&activation, &weight) in activations.iter().zip(weights) {
                        *sum += i32::from(activation) * i32::from(weight);
                    }
                }
            }
        }
        for (row, (sums, scale)) in sums.iter().zip(scales).enumerate() {
            let line = &mut output[row * stride..][..COLUMNS];
            for (column, value) in line.iter_mut().enumerate() {
                let scale = scale * panel.scales[column];
                // At most 1,536 · 127 · 63: f32 holds it exactly.
                #[allow(clippy::cast_precision_loss)]
                let sum = sums[column] as f32;
                *value = sum * scale + panel.bias[column];
            }
        }
    }
}
