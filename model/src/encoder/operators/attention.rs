//! Attention among the tokens of each text.

use tract_onnx::model::{ParsingContext, optional_inputs};
use tract_onnx::pb::NodeProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::source::TypedSource;
use tract_onnx::tract_hir::internal::{
    Expansion, InferenceOp, InferenceResult, Solver, StaticName, TensorProxy, TractErrorContext,
    bail, check_input_arity, check_output_arity, ensure, expand,
};

use super::Shared;
use super::layer::Part;
use super::linear::beside;
use crate::kernels::attention::Heads;
use crate::kernels::product::Linear;

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
        let product = |slot: usize| -> TractResult<(&Linear, OutletId)> {
            let Some(Part::Product(linear)) = Part::of(model, inputs[slot]) else {
                bail!("no product is attended to");
            };
            Ok((linear, model.node(inputs[slot].node).inputs[0]))
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
        let part = Part::Attention {
            qkv: Shared::new(linear),
            heads,
        };
        let texts = origin(model, inputs[3])?;
        model.wire_node(prefix, part, &[query.1, texts])
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
