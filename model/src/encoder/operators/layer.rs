//! The sublayers of a layer, and the parts they are put together from.

use std::cell::RefCell;

use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::{
    EvalContext, EvalOp, StaticName, args_1, args_2, as_op, bail, ensure, not_out_of_plan,
    op_as_typed_op, op_out_of_plan,
};

use super::Shared;
use crate::kernels::attention::Heads;
use crate::kernels::layer::{self, Scratch};
use crate::kernels::product::Linear;

thread_local! {
    /// One after the other, all sublayers compute in the same memory.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// What has been read of a sublayer whose end has not: the layer norm there puts it
/// together, and then nothing needs its parts. They do not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Product(Shared<Linear>),
    /// A product with a GELU behind it.
    Intermediate(Shared<Linear>),
    /// Of `[batch, tokens, width]`, and for each token the number of its text, `[batch,
    /// tokens]`. The tokens of a text lie behind each other.
    Attention {
        /// Queries, keys and values beside each other.
        qkv: Shared<Linear>,
        heads: Heads,
    },
}

impl Part {
    /// What `outlet` comes from, if that is one.
    pub(super) fn of(model: &TypedModel, outlet: OutletId) -> Option<&Self> {
        model.node(outlet.node).op_as()
    }
}

impl Op for Part {
    fn name(&self) -> StaticName {
        "Part".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Part {
    not_out_of_plan!();

    fn eval(&self, _: &EvalContext, _: TVec<TValue>) -> TractResult<TVec<TValue>> {
        bail!("a part of a layer stands alone")
    }
}

impl TypedOp for Part {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let mut shape = inputs[0].shape.to_tvec();
        if let Some(width) = shape.last_mut() {
            *width = match self {
                Self::Product(linear) | Self::Intermediate(linear) => {
                    linear.weights.outputs().to_dim()
                }
                Self::Attention { heads, .. } => heads.width().to_dim(),
            };
        }
        Ok(tvec!(f32::fact(shape)))
    }
}

/// As [`Part::Attention`], to `[batch, tokens, width]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SelfAttention(pub(super) Shared<layer::SelfAttention>);

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
        ensure!(
            input.shape().split_last().map(|(_, tokens)| tokens) == Some(numbers.shape()),
            "there are not as many tokens as numbers of texts"
        );
        in_place(input, |rows| {
            SCRATCH.with_borrow_mut(|scratch| self.0.apply(rows, &texts, scratch));
        })
    }
}

impl TypedOp for SelfAttention {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(same(inputs))
    }
}

/// `[batch, tokens, width]` to the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FeedForward(pub(super) Shared<layer::FeedForward>);

impl Op for FeedForward {
    fn name(&self) -> StaticName {
        "FeedForward".into()
    }

    op_as_typed_op!();
}

impl EvalOp for FeedForward {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        in_place(args_1!(inputs), |rows| {
            SCRATCH.with_borrow_mut(|scratch| self.0.apply(rows, scratch));
        })
    }
}

impl TypedOp for FeedForward {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(same(inputs))
    }
}

/// An output that is as its first input is.
pub(super) fn same(inputs: &[&TypedFact]) -> TVec<TypedFact> {
    tvec!(f32::fact(inputs[0].shape.clone()))
}

/// Has `change` write over `input`, which nobody else waits for in our networks; else it
/// is copied.
pub(super) fn in_place(
    input: TValue,
    change: impl FnOnce(&mut [f32]),
) -> TractResult<TVec<TValue>> {
    let mut tensor = input.into_tensor();
    change(tensor.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?);
    Ok(tvec!(tensor.into_tvalue()))
}

/// Lengths of the runs of equal numbers, none of them across the end of a row of `width`.
fn texts(numbers: &[i64], width: usize) -> Vec<usize> {
    let rows = numbers.chunks(width.max(1));
    let runs = rows.flat_map(|row| row.chunk_by(i64::eq));
    runs.map(<[i64]>::len).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_where_the_number_changes() {
        assert_eq!(texts(&[1, 1, 2, 2, 2, 0], 6), [2, 3, 1]);
        assert_eq!(texts(&[1, 1, 1, 1], 2), [2, 2]);
        assert!(texts(&[], 0).is_empty());
    }
}
