//! Operators of ours that take the place of tract's, by their standard names.
//!
//! | ONNX | here | what |
//! |---|---|---|
//! | `com.microsoft.MatMulNBits` | [`linear`] | int8 product |
//! | `com.microsoft.BiasGelu` | [`linear`] | drawn into the product before it |
//! | `ai.onnx.Attention` | [`attention`] | for texts that lie behind each other; draws three products in |
//! | `com.microsoft.SkipLayerNormalization` | [`norm`] | ends a sublayer ([`layer`]), and draws all of it in |
//! | `com.microsoft.GatherBlockQuantized` | [`embedding`] | rows out of 4 bits |
//!
//! What runs of a layer is [`layer::SelfAttention`] and [`layer::FeedForward`].
//!
//! An operator takes its constants over when it is wired, in the form in which it
//! reads them; tract then drops the ones it was wired from. Weights of 4 bits come by way
//! of [`weights`].

mod attention;
mod embedding;
mod layer;
mod linear;
mod norm;
mod weights;

use std::fmt;
use std::ops::Deref;

use tract_onnx::model::OnnxOpRegister;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::{OutletId, TractErrorContext, bail, ensure};

use crate::kernels::weight::{BLOCK, HALF_ZERO, Weights};

pub(super) use weights::provide;

/// Puts our operators in the place of those of the same names.
pub(super) fn register(register: &mut OnnxOpRegister) {
    register.insert("MatMulNBits", linear::mat_mul_n_bits);
    register.insert("BiasGelu", linear::bias_gelu);
    register.insert("Attention", attention::attention);
    register.insert("SkipLayerNormalization", norm::skip_layer_normalization);
    register.insert("GatherBlockQuantized", embedding::gather_block_quantized);
}

/// An error if something of a layer is left over in `model` that does not run.
pub(super) fn check(model: &TypedModel) -> TractResult<()> {
    match model
        .nodes()
        .iter()
        .find(|node| node.op_is::<layer::Part>())
    {
        Some(node) => bail!("{} belongs to no layer that is known", node.name),
        None => Ok(()),
    }
}

/// Constants of an operator, which tract copies and compares with it: copies share
/// them, and two are equal if they are the same.
struct Shared<T>(Arc<T>);

impl<T> Shared<T> {
    fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Eq for Shared<T> {}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// The constant that goes into an operator.
fn constant(model: &TypedModel, outlet: OutletId) -> TractResult<Arc<Tensor>> {
    let fact = model.outlet_fact(outlet)?;
    fact.konst.clone().context("an operand is no constant")
}

/// The same as f32.
fn numbers(model: &TypedModel, outlet: OutletId) -> TractResult<Vec<f32>> {
    let tensor = constant(model, outlet)?;
    let tensor = tensor.cast_to::<f32>()?;
    Ok(tensor.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
}

/// 4-bit weights in blocks of [`BLOCK`] around [`HALF_ZERO`], as the `com.microsoft` domain
/// has them: two in a byte, the earlier one in the low half.
struct Blocks {
    halves: Vec<u8>,
    /// One a block.
    scales: Vec<f32>,
    inputs: usize,
}

impl Blocks {
    /// `[outputs, inputs]`.
    fn new(halves: Vec<u8>, scales: Vec<f32>, [outputs, inputs]: [usize; 2]) -> TractResult<Self> {
        let all = outputs.checked_mul(inputs).filter(|&all| all > 0);
        ensure!(
            inputs.is_multiple_of(BLOCK)
                && all.map(|all| all / 2) == Some(halves.len())
                && all.map(|all| all / BLOCK) == Some(scales.len()),
            "the weights are not {outputs} by {inputs}"
        );
        Ok(Self {
            halves,
            scales,
            inputs,
        })
    }

    /// The same as codes.
    fn weights(&self, outputs: usize) -> Weights {
        Weights::of_halves(outputs, self.inputs, &self.halves, &self.scales)
    }

    /// Writes the row at `index` into `row`; false if there is none.
    fn read(&self, index: usize, row: &mut [f32]) -> bool {
        let (bytes, blocks) = (self.inputs / 2, self.inputs / BLOCK);
        let halves = self.halves.chunks_exact(bytes).nth(index);
        let scales = self.scales.chunks_exact(blocks).nth(index);
        let Some((halves, scales)) = halves.zip(scales) else {
            return false;
        };
        let blocks = halves.chunks_exact(BLOCK / 2).zip(scales);
        for ((halves, scale), row) in blocks.zip(row.chunks_exact_mut(BLOCK)) {
            for (byte, pair) in halves.iter().zip(row.as_chunks_mut::<2>().0) {
                *pair = [byte & 0x0F, byte >> 4]
                    .map(|half| (f32::from(half) - f32::from(HALF_ZERO)) * scale);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_weights_around_eight() {
        let mut halves = vec![0x88_u8; 32];
        halves[0] = 0xF0;
        halves[31] = 0x98;
        let scales = vec![0.5, 2.0];
        let blocks = Blocks::new(halves.clone(), scales.clone(), [1, 64]).unwrap();
        let mut row = [9.0; 64];
        assert!(blocks.read(0, &mut row));
        assert_eq!(row[..3], [-4.0, 3.5, 0.0]);
        assert_eq!(row[62..], [0.0, 2.0]);
        assert!(!blocks.read(1, &mut row));
        assert!(Blocks::new(halves.clone(), scales.clone(), [1, 32]).is_err());
        assert!(Blocks::new(halves, scales, [2, 64]).is_err());
        assert!(Blocks::new(Vec::new(), Vec::new(), [1, 0]).is_err());
        assert!(Blocks::new(Vec::new(), Vec::new(), [1 << 59, 32]).is_err());
    }
}
