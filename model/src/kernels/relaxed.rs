//! On WebAssembly's relaxed dot products of 8 by 7 bits.
//!
//! There are two: of four pairs into 32 bits, which is one instruction where the processor
//! has one for it (x86 with AVX-VNNI, ARM with `dotprod`), and of two pairs into 16 bits,
//! which every x86 has. On an x86 without AVX-VNNI engines make the wide one of narrow ones:
//! Firefox in three instructions, which is the least, Chromium in five. There the narrow ones
//! are added up here, in three.

use core::arch::wasm32::{
    i8x16_splat, i16x8_relaxed_dot_i8x16_i7x16, i32x4_add, i32x4_dot_i16x8, i32x4_extract_lane,
    i32x4_relaxed_dot_i8x16_i7x16_add, i32x4_splat, v128, v128_load, v128_load32_splat,
};

use super::sums::{self, VECTORS};
use super::{COLUMNS, Finish, Kernel, ROWS, STEP};

pub use super::scalar::{CHUNK, Code, Weight, place, widened};

pub const KERNELS: &[Kernel<Code, Weight>] = &[
    Kernel {
        name: "relaxed SIMD, wide",
        tile: |tile, panel, finish, output, stride| {
            wide(&Operands::new(tile, panel), finish, output, stride);
        },
    },
    Kernel {
        name: "relaxed SIMD, narrow",
        tile: |tile, panel, finish, output, stride| {
            narrow(&Operands::new(tile, panel), finish, output, stride);
        },
    },
];

/// The position in [`KERNELS`] of the one that is faster here.
#[must_use]
pub fn fastest() -> usize {
    usize::from(is_wide_saturating())
}

/// As [`super::scalar::tile`].
#[target_feature(enable = "relaxed-simd")]
pub fn tile(tile: &[Code], panel: &[Weight], finish: Finish, output: &mut [f32], stride: usize) {
    let operands = Operands::new(tile, panel);
    if is_wide_saturating() {
        narrow(&operands, finish, output, stride);
    } else {
        wide(&operands, finish, output, stride);
    }
}

/// Whether the wide dot product is made of products that saturate at 16 bits, as x86's
/// narrow ones do: told by what comes of an operand that it leaves open, 255, which is no
/// number of 7 bits. An engine does not change its ways while it runs.
#[target_feature(enable = "relaxed-simd")]
fn is_wide_saturating() -> bool {
    let sums = i32x4_relaxed_dot_i8x16_i7x16_add(i8x16_splat(127), i8x16_splat(-1), i32x4_splat(0));
    i32x4_extract_lane::<0>(sums) == 2 * i32::from(i16::MAX)
}

/// A tile for each vector of a panel's columns, which is the same one.
///
/// Told apart, or else the compiler loads each row once for all columns and keeps it where
/// the sums are to be: with twelve of them, which it takes to keep the multipliers busy,
/// three registers are left for what is multiplied. It can tell that they are the same
/// wherever it sees this made, so kernels take it as an argument and are not inlined.
struct Operands<'a> {
    tiles: [&'a [Code]; VECTORS],
    panel: &'a [Weight],
    /// Here for the same reason: V8 makes a constant anew in every step.
    ones: [i16; 8],
}

impl<'a> Operands<'a> {
    fn new(tile: &'a [Code], panel: &'a [Weight]) -> Self {
        Self {
            tiles: [tile; VECTORS],
            panel,
            ones: [1; 8],
        }
    }
}

// Weights go second in both: they are 1 to 127, where nothing is left open.

#[inline(never)]
#[target_feature(enable = "relaxed-simd")]
fn wide(operands: &Operands, finish: Finish, output: &mut [f32], stride: usize) {
    multiply(operands, finish, output, stride, |four, weights, sum| {
        i32x4_relaxed_dot_i8x16_i7x16_add(four, weights, sum)
    });
}

#[inline(never)]
#[target_feature(enable = "relaxed-simd")]
fn narrow(operands: &Operands, finish: Finish, output: &mut [f32], stride: usize) {
    // Times one, because pairs that are added up by their own instruction are what LLVM
    // makes the wide dot product of.
    // SAFETY: eight halves are one vector; loads need no alignment.
    let ones = unsafe { v128_load(operands.ones.as_ptr().cast()) };
    multiply(operands, finish, output, stride, |four, weights, sum| {
        let pairs = i16x8_relaxed_dot_i8x16_i7x16(four, weights);
        i32x4_add(sum, i32x4_dot_i16x8(pairs, ones))
    });
}

/// Adds up all steps by `add`, of four activations of a row, the weights of four columns,
/// and their sums so far; and writes what comes of it.
#[inline(always)]
#[allow(clippy::inline_always, reason = "its sums then stay in registers")]
fn multiply(
    operands: &Operands,
    finish: Finish,
    output: &mut [f32],
    stride: usize,
    add: impl Fn(v128, v128, v128) -> v128,
) {
    let steps = operands.tiles.map(|tile| tile.len() / (ROWS * STEP));
    let steps = steps
        .into_iter()
        .fold(operands.panel.len() / (COLUMNS * STEP), usize::min);
    let mut tiles = operands.tiles.map(<[Code]>::as_ptr);
    let panel = operands.panel[..steps * COLUMNS * STEP].as_ptr_range();
    let (mut panel, end) = (panel.start, panel.end);
    let mut sums = finish.start.map(|start| [i32x4_splat(start); VECTORS]);
    while panel != end {
        // SAFETY: all have as many steps; a panel's is `VECTORS` vectors, and a tile's
        // `ROWS` times 32 bits. Loads of WebAssembly need no alignment.
        unsafe {
            for (column, tile) in tiles.iter_mut().enumerate() {
                let weights = v128_load(panel.add(16 * column).cast());
                for (row, sums) in sums.iter_mut().enumerate() {
                    let four = v128_load32_splat(tile.add(row * STEP).cast());
                    sums[column] = add(four, weights, sums[column]);
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
