//! Tiles by panels.

use std::sync::Arc;

use super::activation::Tiles;
use super::weight::Weights;
use super::{CHUNK, COLUMNS, Panel, ROWS, multiply, widened};

/// A matrix and what is added to its product.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    pub weights: Arc<Weights>,
    /// One an output; empty for none.
    pub bias: Vec<f32>,
}

impl Linear {
    /// `output`, `[_, outputs]`, becomes the product of `input`, `[_, inputs]`, with the
    /// bias. Both have as many rows.
    /// `tiles` is memory that is kept from one call to the next.
    pub fn apply(&self, input: &[f32], output: &mut [f32], tiles: &mut Tiles) {
        let (inputs, outputs) = (self.weights.inputs(), self.weights.outputs());
        debug_assert_eq!(input.len() * outputs, output.len() * inputs);
        let chunks = input.chunks(CHUNK * inputs);
        for (input, output) in chunks.zip(output.chunks_mut(CHUNK * outputs)) {
            tiles.quantise(input, inputs);
            self.multiply(tiles, output);
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

    /// As [`Linear::apply`], of rows that are codes already.
    pub(super) fn multiply(&self, tiles: &Tiles, output: &mut [f32]) {
        let outputs = self.weights.outputs();
        debug_assert_eq!(tiles.width(), self.weights.inputs());
        debug_assert_eq!(tiles.count(), (output.len() / outputs).div_ceil(ROWS));
        let mut memory = Vec::new();
        for (panel, (codes, scales)) in self.weights.panels().enumerate() {
            let first = panel * COLUMNS;
            let mut bias = [0.0; COLUMNS];
            for (bias, value) in bias.iter_mut().zip(self.bias.iter().skip(first)) {
                *bias = *value;
            }
            let panel = Panel {
                codes: widened(codes, &mut memory),
                scales,
                bias: &bias,
            };
            let is_whole = first + COLUMNS <= outputs;
            let lines = output.len() / outputs;
            let whole = if is_whole { lines / ROWS } else { 0 };
            if whole > 0 {
                multiply(tiles.rows(0..whole), panel, &mut output[first..], outputs);
            }
            for tile in whole..lines.div_ceil(ROWS) {
                let mut found = [0.0; ROWS * COLUMNS];
                multiply(tiles.rows(tile..tile + 1), panel, &mut found, COLUMNS);
                let rows = output.chunks_exact_mut(outputs).skip(tile * ROWS);
                for (row, found) in rows.zip(found.chunks_exact(COLUMNS)) {
                    for (value, found) in row[first..].iter_mut().zip(found) {
                        *value = *found;
                    }
                }
            }
        }
    }
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
            linear.apply(&input, &mut output, &mut Tiles::default());
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
            linear.apply(&[sign; DEPTH], &mut output, &mut Tiles::default());
            for found in output {
                assert!((found + sign * 1_536.0).abs() < 0.01, "{found}");
            }
        }
    }
}
