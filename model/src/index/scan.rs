//! A question against many vectors, in whole numbers: exact, and the same everywhere.

use crate::vector::DIM;

/// The codes of a question, −127 to 127, as wide as they are multiplied.
pub type Codes = [i16; DIM];

/// Writes the dot product of `question` with each of `vectors`, which lie behind each other,
/// into `products`. Where there are more of one than of the other, the rest is left out.
pub fn products(vectors: &[i8], question: &Codes, products: &mut [i32]) {
    let (vectors, _) = vectors.as_chunks::<DIM>();
    for (product, vector) in products.iter_mut().zip(vectors) {
        *product = best(vector, question);
    }
}

/// The dot product by its definition: what the others must equal.
#[must_use]
pub fn scalar(vector: &[i8; DIM], question: &Codes) -> i32 {
    let pairs = vector.iter().zip(question);
    pairs.map(|(v, q)| i32::from(*v) * i32::from(*q)).sum()
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use scalar as best;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd128 as best;

/// Codes become 16 bits wide as they are read, and the question's are so already.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
fn simd128(vector: &[i8; DIM], question: &Codes) -> i32 {
    use core::arch::wasm32::{
        i16x8_load_extend_i8x8, i32x4_add, i32x4_dot_i16x8, i32x4_extract_lane, i32x4_splat,
        v128_load,
    };

    /// Codes of one vector register.
    const LANES: usize = 8;
    /// Sums that need not wait for each other.
    const SUMS: usize = 4;
    const { assert!(DIM.is_multiple_of(LANES * SUMS), "whole steps") };
    let mut sums = [i32x4_splat(0); SUMS];
    let (vector, _) = vector.as_chunks::<{ LANES * SUMS }>();
    let (question, _) = question.as_chunks::<{ LANES * SUMS }>();
    for (v, q) in vector.iter().zip(question) {
        for (n, sum) in sums.iter_mut().enumerate() {
            // SAFETY: eight bytes of the vector and eight halves of the question begin there,
            // and loads of WebAssembly need no alignment.
            let (v, q) = unsafe {
                (
                    i16x8_load_extend_i8x8(v.as_ptr().add(n * LANES)),
                    v128_load(q.as_ptr().add(n * LANES).cast()),
                )
            };
            *sum = i32x4_add(*sum, i32x4_dot_i16x8(v, q));
        }
    }
    let [a, b, c, d] = sums;
    let sum = i32x4_add(i32x4_add(a, b), i32x4_add(c, d));
    i32x4_extract_lane::<0>(sum)
        + i32x4_extract_lane::<1>(sum)
        + i32x4_extract_lane::<2>(sum)
        + i32x4_extract_lane::<3>(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_vector_has_its_product() {
        let mut question = [0; DIM];
        question[0] = 127;
        question[DIM - 1] = -3;
        let mut vectors = vec![-128; 2 * DIM];
        vectors[DIM] = 5;
        let mut found = [7; 3];
        products(&vectors, &question, &mut found);
        assert_eq!(found, [-128 * 124, 5 * 127 + 3 * 128, 7]);
    }
}
