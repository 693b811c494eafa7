//! A question against many vectors, in whole numbers: exact, and the same everywhere.

use crate::vector::DIM;

/// The codes of a question: −127 to 127.
pub type Codes = [i8; DIM];

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

/// A pair of products is at most 2 · 128 · 127 = 32,512, and fits into 16 bits.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
fn simd128(vector: &[i8; DIM], question: &Codes) -> i32 {
    use core::arch::wasm32::{
        i16x8_add, i16x8_extmul_high_i8x16, i16x8_extmul_low_i8x16, i32x4_add,
        i32x4_extadd_pairwise_i16x8, i32x4_extract_lane, i32x4_splat, v128_load,
    };

    const LANES: usize = 16;
    const { assert!(DIM.is_multiple_of(2 * LANES), "two vectors of lanes a step") };
    let mut sums = [i32x4_splat(0); 2];
    let (vector, _) = vector.as_chunks::<LANES>();
    let (question, _) = question.as_chunks::<LANES>();
    for (v, q) in vector.chunks_exact(2).zip(question.chunks_exact(2)) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            // SAFETY: both are 16 bytes long, and loads of WebAssembly need no alignment.
            let (v, q) = unsafe {
                (
                    v128_load(v[lane].as_ptr().cast()),
                    v128_load(q[lane].as_ptr().cast()),
                )
            };
            let pairs = i16x8_add(i16x8_extmul_low_i8x16(v, q), i16x8_extmul_high_i8x16(v, q));
            *sum = i32x4_add(*sum, i32x4_extadd_pairwise_i16x8(pairs));
        }
    }
    let sum = i32x4_add(sums[0], sums[1]);
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
