//! On WebAssembly's first SIMD instructions: 16-bit numbers are multiplied and added in
//! pairs. Activations are kept in 16 bits, as widening them again for every panel would
//! cost as much as the products; a panel of weights is widened once for all tiles.

use core::arch::wasm32::{
    i32x4_add, i32x4_dot_i16x8, i32x4_splat, u16x8_load_extend_u8x8, v128, v128_load,
    v128_load32_splat, v128_store,
};

use super::sums::{self, VECTORS};
use super::{COLUMNS, Kernel, Panel, ROWS, Rows, STEP};

pub const KERNELS: &[Kernel<Code, Weight>] = &[Kernel {
    name: "SIMD",
    multiply,
}];

/// The position in [`KERNELS`] of the one that is fastest here.
#[must_use]
pub const fn fastest() -> usize {
    0
}

/// Rows that go through a matrix together: enough that a panel is not widened often.
pub const CHUNK: usize = 64;

pub type Code = i16;
pub type Weight = i16;

/// Inputs that one dot product takes.
const PAIR: usize = 2;

/// Rows whose sums are made together: six sums and the six vectors of weights of a step have
/// a register each.
const PART: usize = ROWS / 2;

/// As [`super::scalar::place`]: the pairs of four columns lie beside each other.
#[must_use]
pub const fn place(column: usize, input: usize) -> usize {
    (column / 4) * 16 + (input / PAIR) * 8 + (column % 4) * PAIR + input % PAIR
}

/// As [`super::scalar::widened`].
#[must_use]
pub fn widened<'a>(panel: &[u8], memory: &'a mut Vec<Weight>) -> &'a [Weight] {
    memory.resize(panel.len(), 0);
    let places = memory.as_chunks_mut::<8>().0.iter_mut();
    for (place, codes) in places.zip(panel.as_chunks::<8>().0) {
        // SAFETY: eight bytes become eight halves. Loads and stores need no alignment.
        unsafe {
            let eight = u16x8_load_extend_u8x8(codes.as_ptr());
            v128_store(place.as_mut_ptr().cast(), eight);
        }
    }
    memory
}

/// As [`super::scalar::multiply`].
pub fn multiply(rows: Rows<Code>, panel: Panel<Weight>, output: &mut [f32], stride: usize) {
    let steps = panel.steps();
    let rows = rows.of_steps(steps);
    let tiles = rows.scales.iter().zip(rows.starts).enumerate();
    for ((tile, (scales, starts)), output) in tiles.zip(output.chunks_mut(ROWS * stride)) {
        let tile = &rows.codes[tile * steps * ROWS * STEP..][..steps * ROWS * STEP];
        let [a, b, c, d] = *starts;
        let [first, second] = part(tile, 0, panel.codes, [a, b]);
        let [third, fourth] = part(tile, PART, panel.codes, [c, d]);
        let sums = [first, second, third, fourth];
        sums::finish(sums, scales, &panel, output, stride);
    }
}

/// The sums of [`PART`] rows of a tile, from `first` on.
#[inline(never)]
fn part(
    tile: &[Code],
    first: usize,
    panel: &[Weight],
    starts: [i32; PART],
) -> [[v128; VECTORS]; PART] {
    let steps = (tile.len() / (ROWS * STEP)).min(panel.len() / (COLUMNS * STEP));
    let mut tile = tile.as_ptr().wrapping_add(first.min(ROWS - PART) * STEP);
    let panel = panel[..steps * COLUMNS * STEP].as_ptr_range();
    let (mut panel, end) = (panel.start, panel.end);
    let mut sums = starts.map(|start| [i32x4_splat(start); VECTORS]);
    while panel != end {
        // SAFETY: both have as many steps; a panel's is `VECTORS` times two vectors, and a
        // tile's `ROWS` times two pairs. Loads of WebAssembly need no alignment.
        unsafe {
            let weights: [[v128; 2]; VECTORS] = std::array::from_fn(|column| {
                std::array::from_fn(|pair| v128_load(panel.add(16 * column + 8 * pair).cast()))
            });
            for (row, sums) in sums.iter_mut().enumerate() {
                for pair in 0..2 {
                    let two = v128_load32_splat(tile.add(row * STEP + pair * PAIR).cast());
                    for (sum, weights) in sums.iter_mut().zip(weights) {
                        *sum = i32x4_add(*sum, i32x4_dot_i16x8(two, weights[pair]));
                    }
                }
            }
            tile = tile.wrapping_add(ROWS * STEP);
            panel = panel.add(COLUMNS * STEP);
        }
    }
    sums
}
