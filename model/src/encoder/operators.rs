//! Operators of ours that take the place of tract's.

use tract_onnx::model::{OnnxOpRegister, ParsingContext, optional_inputs};
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_core::ops::math::add;
use tract_onnx::tract_hir::internal::{
    AxesMapping, Datum, Expansion, InferenceOp, InferenceResult, OutletId, Solver, SpecialOps,
    StaticName, TVec, Tensor, TensorProxy, ToDim, TractErrorContext, TractResult, TypedModel,
    check_input_arity, check_output_arity, ensure, expand,
};
use tract_onnx::tract_hir::ops::logic::wire_with_rank_broadcast;

/// Weights that share a scale.
const BLOCK: usize = 32;

/// What stands for the weight 0.
const ZERO: u8 = 8;

/// Puts our operators in the place of those of the same names.
pub(super) fn register(register: &mut OnnxOpRegister) {
    register.insert("MatMulNBits", mat_mul_n_bits);
}

/// `MatMulNBits` of the `com.microsoft` domain, for 4-bit weights in blocks of 32
/// around 8, unpacked to f32 when the network is loaded.
///
/// tract keeps the weights in 4 bits, but has kernels for that on some processors
/// only; WebAssembly is left with one that computes weight by weight.
#[derive(Clone, Debug)]
struct MatMulNBits {
    outputs: usize,
    inputs: usize,
    /// Position of the bias among the inputs that are there.
    bias: Option<usize>,
}

fn mat_mul_n_bits(
    _: &ParsingContext,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let width: usize = node.get_attr_opt("bits")?.unwrap_or(4);
    let block: usize = node.get_attr("block_size")?;
    let [zero_points, order, bias] =
        [3, 4, 5].map(|slot| optional_inputs(node).nth(slot).flatten());
    ensure!(
        width == 4 && block == BLOCK && zero_points.is_none() && order.is_none(),
        "only 4 bits in blocks of 32 around 8 are known"
    );
    let operator = MatMulNBits {
        outputs: node.get_attr("N")?,
        inputs: node.get_attr("K")?,
        bias,
    };
    ensure!(
        operator.inputs.is_multiple_of(BLOCK),
        "the last block is not whole"
    );
    Ok((expand(operator), vec![]))
}

impl Expansion for MatMulNBits {
    fn name(&self) -> StaticName {
        "MatMulNBits".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 3 + usize::from(self.bias.is_some()))?;
        check_output_arity(outputs, 1)?;
        solver.equals(&outputs[0].datum_type, f32::datum_type())?;
        solver.given(&inputs[0].shape, move |solver, mut shape| {
            if let Some(last) = shape.last_mut() {
                *last = self.outputs.to_dim();
            }
            solver.equals(&outputs[0].shape, shape)
        })
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let constant = |slot: usize| {
            let fact = model.outlet_fact(inputs[slot])?;
            fact.konst.clone().context("the weights are no constant")
        };
        let (weights, scales) = (constant(1)?, constant(2)?.cast_to::<f32>()?.into_owned());
        let weights = self.unpack(
            weights.try_as_plain_ram()?.as_slice::<u8>()?,
            scales.try_as_plain_ram()?.as_slice::<f32>()?,
        )?;
        let weights = model.add_const(format!("{prefix}.weights"), weights)?;
        let leading: String = ('a'..'k')
            .take(model.outlet_fact(inputs[0])?.rank().saturating_sub(1))
            .collect();
        let axes = AxesMapping::from_strs(
            &[format!("{leading}k"), "nk".to_owned()],
            &[format!("{leading}n")],
        )?;
        let product = model.wire_node(
            format!("{prefix}.product"),
            EinSum::new(axes, f32::datum_type()),
            &[inputs[0], weights],
        )?;
        match self.bias {
            None => Ok(product),
            Some(bias) => wire_with_rank_broadcast(
                format!("{prefix}.bias"),
                model,
                add(),
                &[product[0], inputs[bias]],
            ),
        }
    }
}

impl MatMulNBits {
    /// The weights as f32, `[outputs, inputs]`. `halves` holds two in a byte, the
    /// earlier one in the low half.
    fn unpack(&self, halves: &[u8], scales: &[f32]) -> TractResult<Tensor> {
        let (outputs, inputs) = (self.outputs, self.inputs);
        ensure!(
            halves.len() == outputs * inputs / 2 && scales.len() == outputs * inputs / BLOCK,
            "the weights are not {outputs} by {inputs}"
        );
        let weight = |half: u8, scale: f32| (f32::from(half) - f32::from(ZERO)) * scale;
        let weights: Vec<f32> = halves
            .chunks_exact(BLOCK / 2)
            .zip(scales)
            .flat_map(|(halves, &scale)| {
                halves
                    .iter()
                    .flat_map(move |&byte| [weight(byte & 0x0F, scale), weight(byte >> 4, scale)])
            })
            .collect();
        Tensor::from_shape(&[outputs, inputs], &weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_weights_around_eight() {
        let operator = MatMulNBits {
            outputs: 1,
            inputs: 64,
            bias: None,
        };
        let mut halves = vec![0x88; 32];
        halves[0] = 0xF0;
        halves[31] = 0x98;
        let tensor = operator.unpack(&halves, &[0.5, 2.0]).unwrap();
        assert_eq!(tensor.shape(), [1, 64]);
        let plain = tensor.try_as_plain_ram().unwrap();
        let weights = plain.as_slice::<f32>().unwrap();
        assert_eq!(weights[..3], [-4.0, 3.5, 0.0]);
        assert_eq!(weights[62..], [0.0, 2.0]);
        assert!(operator.unpack(&halves, &[0.5]).is_err());
        assert!(operator.unpack(&halves[1..], &[0.5, 2.0]).is_err());
    }
}
