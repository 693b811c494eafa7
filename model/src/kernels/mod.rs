//! Matrix products of 8-bit activations by 7-bit weights, and the arithmetic between
//! them: what the encoder spends its time on.
//!
//! | file | what |
//! |---|---|
//! | `activation` | rows of f32 to 8-bit codes, one scale a row, in tiles of [`ROWS`] rows |
//! | `weight` | `[outputs, inputs]` f32 to 7-bit codes, one scale an output, in panels of [`COLUMNS`] outputs |
//! | `product` | tiles by panels, with the scales and the bias |
//! | `layer` | the two sublayers of a layer, in place |
//! | `relaxed`, `simd128`, `scalar`, `sums` | tiles by one panel |
//! | `float`, `lanes` | GELU, layer norm, softmax, four lanes at a time |
//! | `attention` | who looks at whom |
//! | `probe` | whether an engine knows the instructions |
//! | `trial` | whether it computes rightly with them |
//!
//! **Results are the same everywhere.** The product of codes is exact in 32 bits, and
//! the same to the bit in all three kernels. WebAssembly's relaxed dot product leaves
//! open whether its second operand is signed, and whether pairs of products saturate at
//! 16 bits; weights are 1 to 127, where signed and unsigned are one, and activations
//! −127 to 127, so a pair is at most 2 · 127 · 127 = 32,258 and cannot saturate. No f32
//! arithmetic here is fused or reordered by the compiler. It does make relaxed maxima and
//! minima of the others; those leave open which of NaN and a number, or of +0 and −0, is
//! the larger one, and nothing here depends on that.

pub mod activation;
pub mod attention;
pub mod float;
mod lanes;
pub mod layer;
pub mod probe;
pub mod product;
pub mod scalar;
pub mod trial;
pub mod weight;

#[cfg(all(target_arch = "wasm32", feature = "relaxed"))]
mod relaxed;
#[cfg(all(target_arch = "wasm32", not(feature = "relaxed")))]
mod simd128;
#[cfg(target_arch = "wasm32")]
mod sums;

#[cfg(all(target_arch = "wasm32", feature = "relaxed"))]
use relaxed as best;
#[cfg(not(target_arch = "wasm32"))]
use scalar as best;
#[cfg(all(target_arch = "wasm32", not(feature = "relaxed")))]
use simd128 as best;

pub(crate) use best::{CHUNK, multiply};
/// The kernels of this build, and the one that this engine is fastest with; how they want
/// the codes of activations and of weights, and where in a step of a panel a weight's.
pub use best::{Code, KERNELS, Weight, fastest, place, widened};

/// A kernel for activations and weights whose codes are of such types.
#[derive(Clone, Copy, Debug)]
pub struct Kernel<Code, Weight> {
    /// For people.
    pub name: &'static str,
    /// As [`scalar::multiply`].
    pub multiply: fn(Rows<Code>, Panel<Weight>, &mut [f32], usize),
}

/// Rows of activations in a tile.
pub const ROWS: usize = 4;

/// Outputs in a panel of weights.
pub const COLUMNS: usize = 12;

/// Inputs that one step of a kernel multiplies and adds: the width of the dot product.
pub const STEP: usize = 4;

/// What is added to a weight's code so that it is never negative: codes are 1 to 127.
pub const OFFSET: u8 = 64;

/// Rows of activations in tiles.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, Code> {
    /// `[tiles, steps, ROWS, STEP]`
    pub codes: &'a [Code],
    /// One a row.
    pub scales: &'a [[f32; ROWS]],
    /// What the offset of the weights adds to the sums of a row, with the sign turned.
    pub starts: &'a [[i32; ROWS]],
}

/// [`COLUMNS`] outputs of a matrix.
#[derive(Clone, Copy, Debug)]
pub struct Panel<'a, Weight> {
    /// `[steps, COLUMNS · STEP]`, with each weight in its [`place`].
    pub codes: &'a [Weight],
    /// One an output.
    pub scales: &'a [f32; COLUMNS],
    /// Added to the products.
    pub bias: &'a [f32; COLUMNS],
}

impl<Weight> Panel<'_, Weight> {
    fn steps(&self) -> usize {
        self.codes.len() / (COLUMNS * STEP)
    }
}

impl<Code> Rows<'_, Code> {
    /// The tiles of so many steps that are there with their scales and their starts.
    fn of_steps(self, steps: usize) -> Self {
        let tile = steps * ROWS * STEP;
        let count = self.scales.len().min(self.starts.len());
        let count = count.min(self.codes.len().checked_div(tile).unwrap_or(count));
        Self {
            codes: &self.codes[..count * tile],
            scales: &self.scales[..count],
            starts: &self.starts[..count],
        }
    }
}
