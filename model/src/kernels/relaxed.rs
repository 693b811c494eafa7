//! On WebAssembly's relaxed dot products of 8 by 7 bits.
//!
//! There are two: of four pairs into 32 bits, which is one instruction where the processor
//! has one for it (x86 with AVX-VNNI, ARM with `dotprod`), and of two pairs into 16 bits,
//! which every x86 has. On an x86 without AVX-VNNI engines make the wide one of narrow ones:
//! Firefox in three instructions, which is the least, Chromium in five. There the narrow ones
//! are added up here, in three.

use core::arch::wasm32::{
    i8x16_splat, i16x8_relaxed_dot_i8x16_i7x16, i32x4_add, i32x4_dot_i16x8, i32x4_extract_lane,
    i32x4_relaxed_dot_i8x16_i7x16_add, i32x4_splat, v128_load, v128_load32_splat,
};

use super::sums::{self, VECTORS};
use super::{COLUMNS, Kernel, Panel, ROWS, Rows, STEP};

pub use super::scalar::{CHUNK, Code, Weight, place, widened};

pub const KERNELS: &[Kernel<Code, Weight>] = &[
    Kernel {
        name: "relaxed SIMD, wide",
        multiply: |rows, panel, output, stride| {
            wide(&Operands::new(rows, panel), output, stride);
        },
    },
    Kernel {
        name: "relaxed SIMD, narrow",
        multiply: |rows, panel, output, stride| {
            narrow(&Operands::new(rows, panel), output, stride);
        },
    },
];

/// The position in [`KERNELS`] of the one that is faster here.
#[must_use]
pub fn fastest() -> usize {
    usize::from(is_wide_saturating())
}

/// As [`super::scalar::multiply`].
#[target_feature(enable = "relaxed-simd")]
pub fn multiply(rows: Rows<Code>, panel: Panel<Weight>, output: &mut [f32], stride: usize) {
    let operands = Operands::new(rows, panel);
    if is_wide_saturating() {
        narrow(&operands, output, stride);
    } else {
        wide(&operands, output, stride);
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

/// Tiles and a panel, several times the same; all of as many whole steps.
///
/// There are registers for twelve sums, which it takes to keep the multipliers busy, and
/// three more. If the compiler knew that a kernel loads a row or a vector of weights twice
/// in a step, it would do so once and keep it where the sums are to be. It knows wherever
/// it sees this made, so kernels take it as an argument and are not inlined.
struct Operands<'a> {
    rows: Rows<'a, Code>,
    panel: Panel<'a, Weight>,
    tiles: [&'a [Code]; VECTORS],
    panels: [&'a [Weight]; PAIRS],
    /// Ones that are no constant: V8 makes a constant anew in every step.
    ones: [i16; 8],
}

/// Pairs of rows in a tile.
const PAIRS: usize = ROWS / 2;

impl<'a> Operands<'a> {
    fn new(rows: Rows<'a, Code>, panel: Panel<'a, Weight>) -> Self {
        let steps = panel.steps();
        let rows = rows.of_steps(steps);
        Self {
            rows,
            panel,
            tiles: [rows.codes; VECTORS],
            panels: [&panel.codes[..steps * COLUMNS * STEP]; PAIRS],
            ones: [1; 8],
        }
    }

    /// For each tile: its scales, its starts, and its rows of `output`.
    fn tiles<'b>(
        &self,
        output: &'b mut [f32],
        stride: usize,
    ) -> impl Iterator<Item = ((&'a [f32; ROWS], &'a [i32; ROWS]), &'b mut [f32])> {
        let tiles = self.rows.scales.iter().zip(self.rows.starts);
        tiles.zip(output.chunks_mut(ROWS * stride))
    }
}

// Weights go second in both products: they are 1 to 127, where nothing is left open.

/// Two rows at a time, for which weights are loaded: ten loads a step. Sums, rows and weights
/// take all registers that there are.
#[inline(never)]
#[target_feature(enable = "relaxed-simd")]
fn wide(operands: &Operands, output: &mut [f32], stride: usize) {
    let mut tile = operands.tiles[0].as_ptr();
    for ((scales, starts), output) in operands.tiles(output, stride) {
        let mut panels = operands.panels.map(<[Weight]>::as_ptr);
        let end = operands.panels[0].as_ptr_range().end;
        let mut sums = starts.map(|start| [i32x4_splat(start); VECTORS]);
        while panels[0] != end {
            // SAFETY: all have as many steps, through which both panels go together; a panel's
            // is `VECTORS` vectors, and a tile's `ROWS` times 32 bits. There are as many tiles
            // as scales, so no more are gone through. Loads of WebAssembly need no alignment.
            unsafe {
                let pairs = sums.as_chunks_mut().0.iter_mut().zip(&mut panels);
                for (pair, ([first, second], panel)) in pairs.enumerate() {
                    let [one, other] = [2 * pair, 2 * pair + 1]
                        .map(|row| v128_load32_splat(tile.add(row * STEP).cast()));
                    for (column, (first, second)) in first.iter_mut().zip(second).enumerate() {
                        let weights = v128_load(panel.add(16 * column).cast());
                        *first = i32x4_relaxed_dot_i8x16_i7x16_add(one, weights, *first);
                        *second = i32x4_relaxed_dot_i8x16_i7x16_add(other, weights, *second);
                    }
                    *panel = panel.add(COLUMNS * STEP);
                }
                tile = tile.add(ROWS * STEP);
            }
        }
        sums::finish(sums, scales, &operands.panel, output, stride);
    }
}

/// Four columns at a time, for which rows are loaded: the product needs a register and the
/// ones another.
#[inline(never)]
#[target_feature(enable = "relaxed-simd")]
fn narrow(operands: &Operands, output: &mut [f32], stride: usize) {
    let mut tiles = operands.tiles.map(<[Code]>::as_ptr);
    // Times one, because pairs that are added up by their own instruction are what LLVM
    // makes the wide dot product of.
    // SAFETY: eight halves are one vector; loads need no alignment.
    let ones = unsafe { v128_load(operands.ones.as_ptr().cast()) };
    for ((scales, starts), output) in operands.tiles(output, stride) {
        let panel = operands.panels[0].as_ptr_range();
        let (mut panel, end) = (panel.start, panel.end);
        let mut sums = starts.map(|start| [i32x4_splat(start); VECTORS]);
        while panel != end {
            // SAFETY: all have as many steps, through which all tiles go together; the rest is
            // as in `wide`.
            unsafe {
                for (column, tile) in tiles.iter_mut().enumerate() {
                    let weights = v128_load(panel.add(16 * column).cast());
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let four = v128_load32_splat(tile.add(row * STEP).cast());
                        let pairs = i16x8_relaxed_dot_i8x16_i7x16(four, weights);
                        sums[column] = i32x4_add(sums[column], i32x4_dot_i16x8(pairs, ones));
                    }
                    *tile = tile.add(ROWS * STEP);
                }
                panel = panel.add(COLUMNS * STEP);
            }
        }
        sums::finish(sums, scales, &operands.panel, output, stride);
    }
}
