//! Tiles by panels.

use std::sync::Arc;

use super::activation::Tiles;
use super::float::gelu;
use super::weight::Weights;
use super::{COLUMNS, Finish, ROWS, tile as kernel};

/// Rows that go through a matrix together: what is computed of them stays in the
/// processor's nearest caches, and a panel of weights is read once for all of them.
const CHUNK: usize = 32;

/// A matrix and what is added to its product.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    pub weights: Arc<Weights>,
    /// One an output; empty for none.
    pub bias: Vec<f32>,
}

/// Memory that is kept from one call to the next.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    tiles: Tiles,
    inner: Vec<f32>,
}

impl Linear {
    /// `output`, `[_, outputs]`, becomes the product of `input`, `[_, inputs]`, with the
    /// bias. Both have as many rows.
    pub fn apply(&self, input: &[f32], output: &mut [f32], scratch: &mut Scratch) {
        let (inputs, outputs) = (self.weights.inputs(), self.weights.outputs());
        for (input, output) in chunks(input, inputs, output, outputs) {
            scratch.tiles.quantise(input, inputs);
            self.multiply(&scratch.tiles, output);
        }
    }

    /// The same, computed number by number as its definition says: what the kernels must
    /// equal to the bit, since the sums are integers and the rest has one order.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    pub fn reference(&self, input: &[f32]) -> Vec<f32> {
        let weights = &self.weights;
        let product = |row: &[f32], output: usize| {
            let largest = row.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
            let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
            let code = |value: &f32| i32::from((value * inverse).round_ties_even() as i8);
            let codes = row.iter().map(code).enumerate();
            let sum: i32 = codes
                .map(|(input, code)| code * weights.code(output, input))
                .sum();
            let bias = self.bias.get(output).copied().unwrap_or_default();
            sum as f32 * (largest / 127.0 * weights.scale(output)) + bias
        };
        input
            .chunks_exact(weights.inputs())
            .flat_map(|row| (0..weights.outputs()).map(move |output| product(row, output)))
            .collect()
    }

    fn multiply(&self, tiles: &Tiles, output: &mut [f32]) {
        let outputs = self.weights.outputs();
        for (panel, (codes, columns)) in self.weights.panels().enumerate() {
            let first = panel * COLUMNS;
            let mut bias = [0.0; COLUMNS];
            for (bias, value) in bias.iter_mut().zip(self.bias.iter().skip(first)) {
                *bias = *value;
            }
            for (tile, rows) in tiles.tiles().zip(output.chunks_mut(ROWS * outputs)) {
                let finish = Finish {
                    start: tile.starts,
                    rows: tile.scales,
                    columns,
                    bias: &bias,
                };
                let is_whole = rows.len() == ROWS * outputs && first + COLUMNS <= outputs;
                if is_whole {
                    kernel(tile.codes, codes, finish, &mut rows[first..], outputs);
                } else {
                    let mut whole = [0.0; ROWS * COLUMNS];
                    kernel(tile.codes, codes, finish, &mut whole, COLUMNS);
                    let lines = whole.chunks_exact(COLUMNS);
                    for (row, line) in rows.chunks_exact_mut(outputs).zip(lines) {
                        for (value, found) in row[first..].iter_mut().zip(line) {
                            *value = *found;
                        }
                    }
                }
            }
        }
    }
}

/// Two matrices with a GELU between them. What lies between is not kept for more than
/// [`CHUNK`] rows.
pub fn feed_forward(
    raise: &Linear,
    lower: &Linear,
    input: &[f32],
    output: &mut [f32],
    scratch: &mut Scratch,
) {
    let (inputs, inner) = (raise.weights.inputs(), raise.weights.outputs());
    for (input, output) in chunks(input, inputs, output, lower.weights.outputs()) {
        scratch.tiles.quantise(input, inputs);
        scratch.inner.resize(input.len() / inputs * inner, 0.0);
        raise.multiply(&scratch.tiles, &mut scratch.inner);
        scratch
            .tiles
            .quantise_changed(&mut scratch.inner, inner, gelu);
        lower.multiply(&scratch.tiles, output);
    }
}

fn chunks<'a>(
    input: &'a [f32],
    inputs: usize,
    output: &'a mut [f32],
    outputs: usize,
) -> impl Iterator<Item = (&'a [f32], &'a mut [f32])> {
    debug_assert_eq!(input.len() * outputs, output.len() * inputs);
    input
        .chunks(CHUNK * inputs)
        .zip(output.chunks_mut(CHUNK * outputs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matrix(rows: usize, columns: usize) -> impl Strategy<Value = Vec<f32>> {
        proptest::collection::vec(-3.0f32..3.0, rows * columns)
    }

    fn weights(outputs: usize, inputs: usize, values: &[f32]) -> Arc<Weights> {
        Arc::new(Weights::new(outputs, inputs, |output, row| {
            row.copy_from_slice(&values[output * inputs..][..inputs]);
        }))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_product_is_that_of_the_codes(
            (rows, inputs, outputs, input, values, bias) in (1usize..40, 1usize..40, 1usize..30)
                .prop_flat_map(|(rows, inputs, outputs)| (
                    Just(rows), Just(inputs), Just(outputs),
                    matrix(rows, inputs), matrix(outputs, inputs), matrix(outputs, 1),
                )),
        ) {
            let weights = weights(outputs, inputs, &values);
            let linear = Linear { weights, bias };
            let mut output = vec![f32::NAN; rows * outputs];
            linear.apply(&input, &mut output, &mut Scratch::default());
            let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&output), bits(&linear.reference(&input)));
        }

        #[test]
        fn matrices_beside_each_other_are_one(one in matrix(2 * COLUMNS, 12), two in matrix(COLUMNS, 12)) {
            let parts = [weights(2 * COLUMNS, 12, &one), weights(COLUMNS, 12, &two)];
            let both = Weights::beside(&[&parts[0], &parts[1]]).unwrap();
            let whole = weights(3 * COLUMNS, 12, &[&one[..], &two].concat());
            prop_assert_eq!(&both, &*whole);
            let narrower = weights(COLUMNS, 4, &two);
            prop_assert!(Weights::beside(&[&parts[0], &narrower]).is_none());
            let ragged = weights(COLUMNS - 1, 12, &two);
            prop_assert!(Weights::beside(&[&ragged, &parts[0]]).is_none());
        }

        #[test]
        fn both_matrices_at_once_are_one_after_the_other(
            input in matrix(37, 12), up in matrix(20, 12), down in matrix(7, 20), bias in matrix(20, 1),
        ) {
            let raise = Linear { weights: weights(20, 12, &up), bias };
            let lower = Linear { weights: weights(7, 20, &down), bias: Vec::new() };
            let mut scratch = Scratch::default();
            let mut together = vec![0.0; 37 * 7];
            feed_forward(&raise, &lower, &input, &mut together, &mut scratch);
            let mut inner = vec![0.0; 37 * 20];
            raise.apply(&input, &mut inner, &mut scratch);
            gelu(&mut inner);
            let mut apart = vec![0.0; 37 * 7];
            lower.apply(&inner, &mut apart, &mut scratch);
            prop_assert_eq!(together, apart);
        }
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        const DEPTH: usize = 1_536;
        let linear = Linear {
            weights: Arc::new(Weights::new(8, DEPTH, |_, row| row.fill(-1.0))),
            bias: Vec::new(),
        };
        for sign in [1.0, -1.0] {
            let mut output = [0.0; 8];
            linear.apply(&[sign; DEPTH], &mut output, &mut Scratch::default());
            for found in output {
                assert!((found + sign * 1_536.0).abs() < 0.01, "{found}");
            }
        }
    }
}
