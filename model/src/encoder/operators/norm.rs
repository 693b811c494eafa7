//! The layer norm of a sum.

use tract_onnx::model::{ParsingContext, optional_inputs};
use tract_onnx::pb::NodeProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::{
    EvalContext, EvalOp, Expansion, InferenceOp, InferenceResult, Solver, StaticName, TensorProxy,
    args_2, as_op, check_input_arity, check_output_arity, ensure, expand, op_as_typed_op,
    op_out_of_plan,
};

use super::linear::widened;
use super::{Shared, numbers};
use crate::kernels::float::{Norm, add_norm};

/// `SkipLayerNormalization` of two inputs with gamma, beta and a bias.
#[derive(Clone, Debug)]
struct SkipLayerNormalization {
    epsilon: f32,
}

pub(super) fn skip_layer_normalization(
    _: &ParsingContext,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let inputs = optional_inputs(node).take_while(Option::is_some).count();
    let outputs = node.output.iter().filter(|name| !name.is_empty());
    ensure!(
        inputs == 5 && outputs.count() == 1,
        "only a layer norm with gamma, beta and a bias, and without further outputs, is known"
    );
    let epsilon = node.get_attr_opt("epsilon")?.unwrap_or(1e-5);
    Ok((expand(SkipLayerNormalization { epsilon }), vec![]))
}

impl Expansion for SkipLayerNormalization {
    fn name(&self) -> StaticName {
        "SkipLayerNormalization".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 5)?;
        check_output_arity(outputs, 1)?;
        solver.equals(&outputs[0].datum_type, f32::datum_type())?;
        solver.equals(&outputs[0].shape, &inputs[0].shape)
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let [gamma, beta, bias] = [2, 3, 4].map(|slot| numbers(model, inputs[slot]));
        let constants = Constants {
            gamma: gamma?,
            beta: beta?,
            bias: bias?,
            epsilon: self.epsilon,
        };
        let width = constants.gamma.len();
        ensure!(
            constants.beta.len() == width && constants.bias.len() == width,
            "gamma, beta and bias are of different lengths"
        );
        let operator = AddNorm {
            constants: Shared::new(constants),
        };
        model.wire_node(prefix, operator, &inputs[..2])
    }
}

struct Constants {
    gamma: Vec<f32>,
    beta: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

/// Two of `[…, width]` to one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AddNorm {
    constants: Shared<Constants>,
}

impl Op for AddNorm {
    fn name(&self) -> StaticName {
        "AddNorm".into()
    }

    op_as_typed_op!();
}

impl EvalOp for AddNorm {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (skip, input) = args_2!(inputs);
        ensure!(skip.shape() == input.shape(), "the sum's terms differ");
        // Nobody else waits for the second term, so it is overwritten where it lies.
        let mut output = input.into_tensor();
        let width = self.constants.gamma.len();
        let norm = Norm {
            gamma: &self.constants.gamma,
            beta: &self.constants.beta,
            epsilon: self.constants.epsilon,
        };
        let skip = skip.try_as_plain_ram()?;
        let rows = skip.as_slice::<f32>()?.chunks_exact(width);
        let mut plain = output.try_as_plain_ram_mut()?;
        for (row, skip) in plain
            .as_slice_mut::<f32>()?
            .chunks_exact_mut(width)
            .zip(rows)
        {
            add_norm(row, skip, &self.constants.bias, norm);
        }
        Ok(tvec!(output.into_tvalue()))
    }
}

impl TypedOp for AddNorm {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        widened(inputs[0], self.constants.gamma.len())
    }
}
