//! On WebAssembly's relaxed dot products of 8 by 7 bits.
//!
//! There are two: of four pairs into 32 bits, which is one instruction where the processor
//! has one for it (x86 with AVX-VNNI, ARM with `dotprod`), and of two pairs into 16 bits,
//! which every x86 has. Where the wide one is made of narrow ones, V8 takes five
//! instructions for what three can do: there, the narrow ones are added up here.

use core::arch::wasm32::{
    i8x16_splat, i16x8_relaxed_dot_i8x16_i7x16 as dot_pairs, i16x8_splat, i32x4_add,
    i32x4_dot_i16x8, i32x4_extract_lane, i32x4_relaxed_dot_i8x16_i7x16_add as dot, i32x4_splat,
    v128_load, v128_load32_splat,
};

use super::sums::{self, VECTORS};
use super::{COLUMNS, Finish, ROWS, STEP, Way};

pub use super::scalar::{Code, place};

pub const NAME: &str = "relaxed-simd";

/// Every way to multiply; what comes of them is the same to the bit.
pub const WAYS: &[Way<Code>] = &[wide, narrow];

/// As [`super::scalar::tile`].
pub fn tile(tile: &[Code], panel: &[u8], finish: Finish, output: &mut [f32], stride: usize) {
    let way = if is_wide_made_of_narrow() {
        narrow
    } else {
        wide
    };
    way(tile, panel, finish, output, stride);
}

fn wide(tile: &[Code], panel: &[u8], finish: Finish, output: &mut [f32], stride: usize) {
    multiply_all::<false>(tile, panel, finish, output, stride);
}

fn narrow(tile: &[Code], panel: &[u8], finish: Finish, output: &mut [f32], stride: usize) {
    multiply_all::<true>(tile, panel, finish, output, stride);
}

#[inline]
fn multiply_all<const NARROW: bool>(
    tile: &[Code],
    panel: &[u8],
    finish: Finish,
    output: &mut [f32],
    stride: usize,
) {
    let steps = (tile.len() / (ROWS * STEP)).min(panel.len() / (COLUMNS * STEP));
    let tiles = [tile.as_ptr(); VECTORS];
    // SAFETY: both have as many steps.
    unsafe { multiply::<NARROW>(tiles, panel.as_ptr(), steps, finish, output, stride) };
}

/// Whether the wide dot product is made of narrow ones, told by what it makes of operands
/// that it leaves open: 255 is no number of 7 bits. In 16 bits two products of it saturate.
/// Which way an engine takes does not change while it runs.
#[target_feature(enable = "relaxed-simd")]
#[inline]
fn is_wide_made_of_narrow() -> bool {
    let sums = dot(i8x16_splat(127), i8x16_splat(-1), i32x4_splat(0));
    i32x4_extract_lane::<0>(sums) == 2 * i32::from(i16::MAX)
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
unsafe fn multiply<const NARROW: bool>(
    mut tile: [*const Code; VECTORS],
    mut panel: *const u8,
    steps: usize,
    finish: Finish,
    output: &mut [f32],
    stride: usize,
) {
    let ones = i16x8_splat(1);
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
                    sums[column] = if NARROW {
                        let pairs = i32x4_dot_i16x8(dot_pairs(four, weights), ones);
                        i32x4_add(sums[column], pairs)
                    } else {
                        dot(four, weights, sums[column])
                    };
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
