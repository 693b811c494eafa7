//! On WebAssembly's first SIMD instructions: 16-bit numbers are multiplied and added in
//! pairs. Activations are kept in 16 bits, as widening them again for every panel would
//! cost as much as the products; weights are widened once for four rows.

use core::arch::wasm32::{
    i32x4_add, i32x4_dot_i16x8, u16x8_extend_high_u8x16, u16x8_extend_low_u8x16, v128_load,
    v128_load32_splat,
};

use super::sums::{self, VECTORS};
use super::{COLUMNS, Finish, ROWS, STEP};

pub const NAME: &str = "simd128";

pub type Code = i16;

/// Inputs that one dot product takes.
const PAIR: usize = 2;

/// As [`super::scalar::place`]: the pairs of four columns lie beside each other.
#[must_use]
pub const fn place(column: usize, input: usize) -> usize {
    (column / 4) * 16 + (input / PAIR) * 8 + (column % 4) * PAIR + input % PAIR
}

/// As [`super::scalar::tile`].
pub fn tile(tile: &[Code], panel: &[u8], finish: Finish, output: &mut [f32], stride: usize) {
    let steps = tile
        .as_chunks::<{ ROWS * STEP }>()
        .0
        .iter()
        .zip(panel.as_chunks::<{ COLUMNS * STEP }>().0);
    let mut acc = sums::start(finish);
    for (activations, weights) in steps {
        // SAFETY: a panel's step is `VECTORS` vectors, and a tile's `2 · ROWS` pairs.
        // Loads of WebAssembly need no alignment.
        unsafe {
            for column in 0..VECTORS {
                let bytes = v128_load(weights.as_ptr().add(16 * column).cast());
                let pairs = [
                    u16x8_extend_low_u8x16(bytes),
                    u16x8_extend_high_u8x16(bytes),
                ];
                for (pair, weights) in pairs.into_iter().enumerate() {
                    for (row, acc) in acc.iter_mut().enumerate() {
                        let at = activations.as_ptr().add(row * STEP + pair * PAIR);
                        let two = v128_load32_splat(at.cast());
                        acc[column] = i32x4_add(acc[column], i32x4_dot_i16x8(two, weights));
                    }
                }
            }
        }
    }
    sums::finish(acc, finish, output, stride);
}
