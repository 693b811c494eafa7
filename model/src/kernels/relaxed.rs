//! On WebAssembly's relaxed dot product of 8 by 7 bits.

use core::arch::wasm32::{
    i32x4_relaxed_dot_i8x16_i7x16_add as dot, i32x4_splat, v128_load, v128_load32_splat,
};

use super::sums::{self, VECTORS};
use super::{COLUMNS, Finish, ROWS, STEP};

pub use super::scalar::{Code, place};

pub const NAME: &str = "relaxed-simd";

/// As [`super::scalar::tile`].
pub fn tile(tile: &[Code], panel: &[u8], finish: Finish, output: &mut [f32], stride: usize) {
    let steps = (tile.len() / (ROWS * STEP)).min(panel.len() / (COLUMNS * STEP));
    // SAFETY: both have as many steps.
    unsafe {
        multiply(
            [tile.as_ptr(); VECTORS],
            panel.as_ptr(),
            steps,
            finish,
            output,
            stride,
        );
    }
}

/// Adds up all steps and writes what comes of it. Every vector of columns has a pointer of
/// its own to the same tile: the compiler would otherwise load each row once for all
/// columns and keep it where the sums are to be. With twelve sums, which it takes to keep
/// the multipliers busy, three registers are left for what is multiplied.
///
/// # Safety
/// `steps` steps must be readable of `panel` and behind each of `tile`.
#[inline(never)]
#[target_feature(enable = "relaxed-simd")]
unsafe fn multiply(
    mut tile: [*const Code; VECTORS],
    mut panel: *const u8,
    steps: usize,
    finish: Finish,
    output: &mut [f32],
    stride: usize,
) {
    let mut sums = finish.start.map(|start| [i32x4_splat(start); VECTORS]);
    for _ in 0..steps {
        // SAFETY: a panel's step is `VECTORS` vectors, and a tile's `ROWS` times 32 bits.
        // Loads of WebAssembly need no alignment.
        unsafe {
            for (column, tile) in tile.iter_mut().enumerate() {
                let weights = v128_load(panel.add(16 * column).cast());
                for (row, sums) in sums.iter_mut().enumerate() {
                    let four = v128_load32_splat(tile.add(row * STEP).cast());
                    // Weights go second: they are 1 to 127, where nothing is left open.
                    sums[column] = dot(four, weights, sums[column]);
                }
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
