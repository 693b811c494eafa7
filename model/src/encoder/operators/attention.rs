//! Attention among the tokens of each text.

use std::ops::Range;

use tract_onnx::model::{ParsingContext, optional_inputs};
use tract_onnx::pb::NodeProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::source::TypedSource;
use tract_onnx::tract_hir::internal::{
    EvalContext, EvalOp, Expansion, InferenceOp, InferenceResult, Solver, StaticName, TensorProxy,
    TractErrorContext, args_2, as_op, check_input_arity, check_output_arity, ensure, expand,
    op_as_typed_op, op_out_of_plan,
};

use super::Shared;
use super::linear::{Product, beside, map, widened};
use crate::kernels::attention::{Heads, Scratch, attend};

/// `Attention` with queries, keys, values and a mask.
#[derive(Clone, Debug)]
struct AttentionNode {
    heads: usize,
}

pub(super) fn attention(
    _: &ParsingContext,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let heads: usize = node.get_attr("q_num_heads")?;
    let is_plain = node.get_attr_opt::<i64>("is_causal")?.unwrap_or(0) == 0
        && node.get_attr_opt::<f32>("scale")?.is_none()
        && node.get_attr_opt::<f32>("softcap")?.is_none()
        && node.get_attr::<usize>("kv_num_heads")? == heads
        && node.output.len() == 1;
    let inputs = optional_inputs(node).take_while(Option::is_some).count();
    ensure!(
        is_plain && inputs == 4,
        "only attention of queries, keys, values and a mask is known"
    );
    Ok((expand(AttentionNode { heads }), vec![]))
}

impl Expansion for AttentionNode {
    fn name(&self) -> StaticName {
        "Attention".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 4)?;
        check_output_arity(outputs, 1)?;
        solver.equals(&outputs[0].datum_type, f32::datum_type())?;
        solver.equals(&outputs[0].shape, &inputs[0].shape)
    }

    /// The three products become one, and the mask gives way to what it was made of.
    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let product = |slot: usize| -> TractResult<(&Product, OutletId)> {
            let node = model.node(inputs[slot].node);
            let product = node
                .op_as::<Product>()
                .context("no product is attended to")?;
            Ok((product, node.inputs[0]))
        };
        let [query, key, value] = [product(0)?, product(1)?, product(2)?];
        ensure!(
            query.1 == key.1 && query.1 == value.1,
            "only attention of a matrix to itself is known"
        );
        let linear = beside([query.0, key.0, value.0])?;
        let width = linear.weights.outputs() / 3;
        ensure!(
            width.is_multiple_of(self.heads * 8) && linear.weights.outputs() == 3 * width,
            "heads of a size that is no multiple of 8"
        );
        let heads = Heads {
            count: self.heads,
            size: width / self.heads,
        };
        let (from, linear) = (query.1, Shared::new(linear));
        let texts = origin(model, inputs[3])?;
        let joined = model.wire_node(format!("{prefix}.joined"), Product::new(linear), &[from])?;
        model.wire_node(prefix, SelfAttention { heads }, &[joined[0], texts])
    }
}

/// The one input of the network that `outlet` is computed from. The network's file says
/// that a token sees those whose number in `attention_mask` is its own; the mask says
/// the same at the square of the length.
fn origin(model: &TypedModel, outlet: OutletId) -> TractResult<OutletId> {
    let mut found = None;
    let mut open = vec![outlet];
    while let Some(outlet) = open.pop() {
        let node = model.node(outlet.node);
        if node.op_is::<TypedSource>() {
            ensure!(
                found.is_none_or(|other| other == outlet),
                "the mask is made of more than one input"
            );
            found = Some(outlet);
        }
        open.extend(&node.inputs);
    }
    let found = found.context("the mask is made of no input")?;
    ensure!(
        model.outlet_fact(found)?.datum_type == i64::datum_type(),
        "the mask is made of no integers"
    );
    Ok(found)
}

/// `[batch, tokens, 3 · width]`, and for each token the number of its text, `[batch,
/// tokens]`, to `[batch, tokens, width]`. The tokens of a text lie behind each other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SelfAttention {
    heads: Heads,
}

impl Op for SelfAttention {
    fn name(&self) -> StaticName {
        "SelfAttention".into()
    }

    op_as_typed_op!();
}

impl EvalOp for SelfAttention {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let (input, numbers) = args_2!(inputs);
        let row = numbers.shape().last().copied().unwrap_or_default();
        let texts = texts(numbers.try_as_plain_ram()?.as_slice::<i64>()?, row);
        map(&input, self.heads.width(), |input, output| {
            attend(input, output, &texts, self.heads, &mut Scratch::default());
        })
    }
}

impl TypedOp for SelfAttention {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        widened(inputs[0], self.heads.width())
    }
}

/// Runs of equal numbers, none of them across the end of a row of `width`.
fn texts(numbers: &[i64], width: usize) -> Vec<Range<usize>> {
    let mut texts = Vec::new();
    for (row, numbers) in numbers.chunks(width.max(1)).enumerate() {
        let mut start = row * width;
        for run in numbers.chunk_by(i64::eq) {
            texts.push(start..start + run.len());
            start += run.len();
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_where_the_number_changes() {
        assert_eq!(texts(&[1, 1, 2, 2, 2, 0], 6), [0..2, 2..5, 5..6]);
        assert_eq!(texts(&[1, 1, 1, 1], 2), [0..2, 2..4]);
        assert!(texts(&[], 0).is_empty());
    }
}
