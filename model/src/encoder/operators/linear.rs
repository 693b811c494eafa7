//! Matrix products, and what is fused with them.

use tract_onnx::model::{ParsingContext, optional_inputs};
use tract_onnx::pb::NodeProto;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::math::Add;
use tract_onnx::tract_hir::internal::{
    AxisOp, Expansion, InferenceOp, InferenceResult, Solver, StaticName, TensorProxy,
    TractErrorContext, bail, check_input_arity, check_output_arity, ensure, expand,
};

use super::layer::Part;
use super::weights::Place;
use super::{BLOCK, Blocks, Shared, constant, numbers};
use crate::kernels::product::Linear;
use crate::kernels::weight::Weights;

/// `MatMulNBits`, before it has its weights: 4 bits in blocks of 32 around 8.
#[derive(Clone, Debug)]
struct MatMulNBits {
    weights: Place,
    scales: Place,
    outputs: usize,
    inputs: usize,
    /// Position of the bias among the inputs that are there.
    bias: Option<usize>,
}

pub(super) fn mat_mul_n_bits(
    context: &ParsingContext,
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
        weights: Place::of(node, 1, context)?,
        scales: Place::of(node, 2, context)?,
        outputs: node.get_attr("N")?,
        inputs: node.get_attr("K")?,
        bias,
    };
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
        let blocks = Blocks::new(
            self.weights.bytes()?,
            self.scales.numbers()?,
            [self.outputs, self.inputs],
        )?;
        let mut bias = match self.bias {
            Some(slot) => numbers(model, inputs[slot])?,
            None => Vec::new(),
        };
        let (input, added) = without_sum(model, inputs[0])?;
        ensure!(
            model.outlet_fact(input)?.shape.last() == Some(&self.inputs.to_dim()),
            "the weights and what they multiply are of different widths"
        );
        if let Some(added) = added {
            bias.resize(self.outputs, 0.0);
            let mut row = vec![0.0; self.inputs];
            for (output, bias) in bias.iter_mut().enumerate() {
                blocks.read(output, &mut row);
                *bias += row.iter().zip(&added).map(|(w, x)| w * x).sum::<f32>();
            }
        }
        let weights = Arc::new(blocks.weights(self.outputs));
        let part = Part::Product(Shared::new(Linear { weights, bias }));
        model.wire_node(prefix, part, &[input])
    }
}

/// What stands before the addition of a row of constants, and the row: what comes of it
/// in a product is a bias.
fn without_sum(model: &TypedModel, outlet: OutletId) -> TractResult<(OutletId, Option<Vec<f32>>)> {
    let node = model.node(outlet.node);
    let is_sum = node
        .op_as::<TypedBinOp>()
        .is_some_and(|operator| operator.0.is::<Add>());
    let &[input, added] = &node.inputs[..] else {
        return Ok((outlet, None));
    };
    // Of rank 1 in the file; tract puts axes in front.
    let mut row = added;
    while let Some(AxisOp::Add(_)) = model.node(row.node).op_as::<AxisOp>() {
        row = model.node(row.node).inputs[0];
    }
    let width = model.outlet_fact(input)?.shape.last();
    let length = model.outlet_fact(row)?.shape.volume();
    if !is_sum || width != Some(&length) || constant(model, row).is_err() {
        return Ok((outlet, None));
    }
    Ok((input, Some(numbers(model, row)?)))
}

/// `BiasGelu` of a product.
#[derive(Clone, Debug)]
struct BiasGelu;

#[allow(clippy::unnecessary_wraps, reason = "tract's register asks for it")]
pub(super) fn bias_gelu(
    _: &ParsingContext,
    _: &NodeProto,
) -> TractResult<(Box<dyn InferenceOp>, Vec<String>)> {
    Ok((expand(BiasGelu), vec![]))
}

impl Expansion for BiasGelu {
    fn name(&self) -> StaticName {
        "BiasGelu".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 2)?;
        check_output_arity(outputs, 1)?;
        solver.equals(&outputs[0].datum_type, f32::datum_type())?;
        solver.equals(&outputs[0].shape, &inputs[0].shape)
    }

    /// Draws the product before it in.
    fn wire(
        &self,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let Some(Part::Product(product)) = Part::of(model, inputs[0]) else {
            bail!("only a GELU of a product is known");
        };
        let intermediate =
            Part::Intermediate(Shared::new(plus(product, &numbers(model, inputs[1])?)));
        let input = model.node(inputs[0].node).inputs[0];
        model.wire_node(prefix, intermediate, &[input])
    }
}

/// The same product with more added to it.
pub(super) fn plus(linear: &Linear, more: &[f32]) -> Linear {
    let bias = linear.bias.iter().copied().chain(std::iter::repeat(0.0));
    Linear {
        weights: Arc::clone(&linear.weights),
        bias: bias.zip(more).map(|(bias, more)| bias + more).collect(),
    }
}

/// One product in place of several with the same input, whose outputs lie beside each
/// other.
pub(super) fn beside(products: [&Linear; 3]) -> TractResult<Linear> {
    let weights = products.map(|product| &*product.weights);
    let weights = Weights::beside(&weights).context("products that do not fit together")?;
    let mut bias = Vec::new();
    for product in products {
        let own = product.bias.iter().copied();
        let outputs = product.weights.outputs();
        bias.extend(own.chain(std::iter::repeat(0.0)).take(outputs));
    }
    Ok(Linear {
        weights: Arc::new(weights),
        bias,
    })
}
