//! On WebAssembly's first SIMD instructions: 16-bit numbers are multiplied and added in
//! pairs. Activations are kept in 16 bits, as widening them again for every panel would
//! cost as much as the products; weights are widened once for four rows.

use core::arch::wasm32::{
    i32x4_add, i32x4_dot_i16x8, i32x4_splat, u16x8_load_extend_u8x8, v128_load32_splat,
};

use super::sums::{self, VECTORS};
use super::{COLUMNS, Finish, Kernel, ROWS, STEP};

pub const KERNELS: &[Kernel<Code>] = &[Kernel { name: "SIMD", tile }];

/// The position in [`KERNELS`] of the one that is fastest here.
#[must_use]
pub const fn fastest() -> usize {
    0
}

pub type Code = i16;

/// Inputs that one dot product takes.
const PAIR: usize = 2;

/// As [`super::scalar::place`]: the pairs of four columns lie beside each other.
#[must_use]
pub const fn place(column: usize, input: usize) -> usize {
    (column / 4) * 16 + (input / PAIR) * 8 + (column % 4) * PAIR + input % PAIR
}

/// As [`super::scalar::tile`].
///
/// As in `relaxed`, every vector of columns has a pointer of its own to the same tile. A
/// row takes both its pairs before the next, so that one register is enough for what is
/// multiplied; rows are written out because a loop over them loses the offsets of their
/// loads to additions.
#[inline(never)]
pub fn tile(tile: &[Code], panel: &[u8], finish: Finish, output: &mut [f32], stride: usize) {
    let steps = (tile.len() / (ROWS * STEP)).min(panel.len() / (COLUMNS * STEP));
    let mut tile = [tile.as_ptr(); VECTORS];
    let mut panel = panel.as_ptr();
    let mut sums = finish.start.map(|start| [i32x4_splat(start); VECTORS]);
    for _ in 0..steps {
        // SAFETY: both have as many steps; a panel's is `VECTORS` vectors, and a tile's
        // `2 · ROWS` pairs. Loads of WebAssembly need no alignment.
        unsafe {
            for (column, tile) in tile.iter_mut().enumerate() {
                let low = u16x8_load_extend_u8x8(panel.add(16 * column));
                let high = u16x8_load_extend_u8x8(panel.add(16 * column + 8));
                let add = |sum, first: *const Code, second: *const Code| {
                    let two = v128_load32_splat(first.cast());
                    let sum = i32x4_add(sum, i32x4_dot_i16x8(two, low));
                    let two = v128_load32_splat(second.cast());
                    i32x4_add(sum, i32x4_dot_i16x8(two, high))
                };
                let at = |pairs: usize| tile.add(pairs * PAIR);
                sums[0][column] = add(sums[0][column], at(0), at(1));
                sums[1][column] = add(sums[1][column], at(2), at(3));
                sums[2][column] = add(sums[2][column], at(4), at(5));
                sums[3][column] = add(sums[3][column], at(6), at(7));
                *tile = tile.add(ROWS * STEP);
            }
            panel = panel.add(COLUMNS * STEP);
        }
    }
    for column in 0..VECTORS {
        let sums = sums.map(|sums| sums[column]);
        sums::finish(sums, &finish, column, output, stride);
    }
}
