//! The sums of a tile by a panel in WebAssembly's vectors.

use core::arch::wasm32::{
    f32x4_add, f32x4_convert_i32x4, f32x4_mul, f32x4_splat, v128, v128_load, v128_store,
};

use super::{COLUMNS, Panel, ROWS};

/// Vectors in a row of sums.
pub(super) const VECTORS: usize = COLUMNS / 4;

/// Writes the sums of a tile's rows by `panel` as [`super::scalar::multiply`] does.
#[inline]
pub(super) fn finish<Weight>(
    sums: [[v128; VECTORS]; ROWS],
    scales: &[f32; ROWS],
    panel: &Panel<Weight>,
    output: &mut [f32],
    stride: usize,
) {
    // With a stride within the output the sum does not wrap, as f32 are four bytes.
    assert!(stride <= output.len() && (ROWS - 1) * stride + COLUMNS <= output.len());
    let output = output.as_mut_ptr();
    for column in 0..VECTORS {
        let first = 4 * column;
        // SAFETY: there are `VECTORS` vectors of columns and of biases.
        let (columns, bias) = unsafe {
            (
                v128_load(panel.scales.as_ptr().add(first).cast()),
                v128_load(panel.bias.as_ptr().add(first).cast()),
            )
        };
        for (row, (sums, scale)) in sums.iter().zip(scales).enumerate() {
            let scale = f32x4_mul(f32x4_splat(*scale), columns);
            let value = f32x4_mul(f32x4_convert_i32x4(sums[column]), scale);
            // SAFETY: by the assertion above there are as many in each of the tile's rows.
            unsafe {
                let place = output.add(row * stride + first);
                v128_store(place.cast(), f32x4_add(value, bias));
            }
        }
    }
}
