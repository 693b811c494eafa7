//! The layer norm of a sum: the end of each sublayer, and of the embedding.

use tract_onnx::model::{ParsingContext, optional_inputs};
use tract_onnx::pb::NodeProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::{
    EvalContext, EvalOp, Expansion, InferenceOp, InferenceResult, Solver, StaticName, TensorProxy,
    args_2, as_op, bail, check_input_arity, check_output_arity, ensure, expand, op_as_typed_op,
    op_out_of_plan,
};

use super::layer::{FeedForward, Part, SelfAttention, in_place, same};
use super::linear::plus;
use super::{Shared, numbers};
use crate::kernels::float::{LANES, Norm, add_norm};
use crate::kernels::layer::{self, Output};

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
        let (norm, bias) = (
            Norm {
                gamma: gamma?,
                beta: beta?,
                epsilon: self.epsilon,
            },
            bias?,
        );
        let width = norm.gamma.len();
        let is_as_wide = |outlet: &OutletId| -> TractResult<bool> {
            Ok(model.outlet_fact(*outlet)?.shape.last() == Some(&width.to_dim()))
        };
        ensure!(
            norm.beta.len() == width
                && bias.len() == width
                && width.is_multiple_of(LANES)
                && width > 0
                && is_as_wide(&inputs[0])?
                && is_as_wide(&inputs[1])?,
            "a sum and what is done to it are of different widths"
        );
        let Some(Part::Product(product)) = Part::of(model, inputs[1]) else {
            let operator = AddNorm(Shared::new((bias, norm)));
            return model.wire_node(prefix, operator, &inputs[..2]);
        };
        let output = Output {
            product: plus(product, &bias),
            norm,
        };
        let from = model.node(inputs[1].node).inputs[0];
        let sources = model.node(from.node).inputs.clone();
        ensure!(
            sources.first() == Some(&inputs[0]),
            "only the sum of a sublayer and of what went into it is known"
        );
        match Part::of(model, from) {
            Some(Part::Intermediate(linear)) => {
                let sublayer = layer::FeedForward {
                    intermediate: (**linear).clone(),
                    output,
                };
                model.wire_node(prefix, FeedForward(Shared::new(sublayer)), &sources)
            }
            Some(Part::Attention { qkv, heads }) if heads.width() == width => {
                let sublayer = layer::SelfAttention {
                    qkv: (**qkv).clone(),
                    heads: *heads,
                    output,
                };
                model.wire_node(prefix, SelfAttention(Shared::new(sublayer)), &sources)
            }
            _ => bail!("only attention and two products are known as sublayers"),
        }
    }
}

/// Two of `[…, width]` to one; between them a row of constants is added.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AddNorm(Shared<(Vec<f32>, Norm)>);

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
        let (bias, norm) = &*self.0;
        let skip = skip.try_as_plain_ram()?;
        let skips = skip.as_slice::<f32>()?.chunks_exact(bias.len());
        in_place(input, |rows| {
            for (row, skip) in rows.chunks_exact_mut(bias.len()).zip(skips) {
                for (value, bias) in row.iter_mut().zip(bias) {
                    *value += bias;
                }
                add_norm(row, skip, norm);
            }
        })
    }
}

impl TypedOp for AddNorm {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(same(inputs))
    }
}
