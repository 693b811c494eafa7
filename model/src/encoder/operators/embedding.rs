//! Rows out of a table of 4-bit weights.

use tract_onnx::model::{ParsingContext, optional_inputs};
use tract_onnx::pb::NodeProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::{
    DimLike, EvalContext, EvalOp, Expansion, InferenceOp, InferenceResult, Solver, StaticName,
    TensorProxy, args_1, as_op, bail, check_input_arity, check_output_arity, ensure, expand,
    op_as_typed_op, op_out_of_plan,
};

use super::weights::Place;
use super::{BLOCK, Blocks, Shared};

/// `GatherBlockQuantized`, before it has its table.
#[derive(Clone, Debug)]
struct GatherBlockQuantized {
    weights: Place,
    scales: Place,
}

pub(super) fn gather_block_quantized(
    context: &ParsingContext,
    node: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    let bits: usize = node.get_attr_opt("bits")?.unwrap_or(4);
    let block: usize = node.get_attr("block_size")?;
    let axes: [usize; 2] = [
        node.get_attr("gather_axis")?,
        node.get_attr("quantize_axis")?,
    ];
    let zero_points = optional_inputs(node).nth(3).flatten();
    ensure!(
        bits == 4 && block == BLOCK && axes == [0, 1] && zero_points.is_none(),
        "only rows of 4 bits in blocks of 32 around 8 are known"
    );
    let operator = GatherBlockQuantized {
        weights: Place::of(node, 0, context)?,
        scales: Place::of(node, 2, context)?,
    };
    Ok((expand(operator), vec![]))
}

impl Expansion for GatherBlockQuantized {
    fn name(&self) -> StaticName {
        "GatherBlockQuantized".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 3)?;
        check_output_arity(outputs, 1)?;
        solver.equals(&outputs[0].datum_type, f32::datum_type())?;
        solver.given_2(
            &inputs[2].shape,
            &inputs[1].shape,
            move |solver, scales, mut shape| {
                if let Some(blocks) = scales.last() {
                    shape.push(blocks.clone() * BLOCK);
                }
                solver.equals(&outputs[0].shape, shape)
            },
        )
    }

    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let scales = self.scales.numbers()?;
        let blocks = model.outlet_fact(inputs[2])?.shape.last();
        let Some(blocks) = blocks.and_then(|blocks| blocks.to_usize().ok()) else {
            bail!("the table has no columns");
        };
        let rows = scales.len().checked_div(blocks).unwrap_or_default();
        let width = blocks * BLOCK;
        let operator = Rows {
            table: Shared::new(Blocks::new(self.weights.bytes()?, scales, [rows, width])?),
            width,
        };
        model.wire_node(prefix, operator, &inputs[1..2])
    }
}

/// Ids, `[…]`, to the rows of the table, `[…, width]`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rows {
    table: Shared<Blocks>,
    width: usize,
}

impl Op for Rows {
    fn name(&self) -> StaticName {
        "Rows".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Rows {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let ids = args_1!(inputs);
        let mut shape: TVec<usize> = ids.shape().into();
        shape.push(self.width);
        let mut output = Tensor::zero::<f32>(&shape)?;
        let mut plain = output.try_as_plain_ram_mut()?;
        let ids = ids.try_as_plain_ram()?;
        let rows = plain.as_slice_mut::<f32>()?.chunks_exact_mut(self.width);
        for (&id, row) in ids.as_slice::<i64>()?.iter().zip(rows) {
            let is_there = usize::try_from(id).is_ok_and(|id| self.table.read(id, row));
            ensure!(is_there, "no token has the id {id}");
        }
        Ok(tvec!(output.into_tvalue()))
    }
}

impl TypedOp for Rows {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let mut shape = inputs[0].shape.to_tvec();
        shape.push(self.width.to_dim());
        Ok(tvec!(f32::fact(shape)))
    }
}
