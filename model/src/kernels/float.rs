//! What is computed in f32, four lanes at a time. Rows that do not fill their last four
//! are computed with it filled up.

use super::lanes::Four;
pub(crate) use super::lanes::LANES;

/// Vectors that are added up apart from each other, so that one does not wait for the
/// other.
const CHAINS: usize = 4;

/// Brings all of `row` together: [`CHAINS`] times four lanes, and what fills no four.
#[inline]
fn fold(row: &[f32], start: f32, join: impl Fn(Four, Four) -> Four) -> [Four; CHAINS] {
    let mut chains = [Four::splat(start); CHAINS];
    let (fours, rest) = row.as_chunks::<LANES>();
    let (whole, last) = fours.as_chunks::<CHAINS>();
    for fours in whole.iter().map(|fours| &fours[..]).chain([last]) {
        for (chain, four) in chains.iter_mut().zip(fours) {
            *chain = join(*chain, Four::read(four));
        }
    }
    if !rest.is_empty() {
        let mut last = [start; LANES];
        last[..rest.len()].copy_from_slice(rest);
        chains[0] = join(chains[0], Four::read(&last));
    }
    chains
}

/// The largest magnitude in `row`; 0 if it is empty.
#[must_use]
pub fn largest_magnitude(row: &[f32]) -> f32 {
    let [a, b, c, d] = fold(row, 0.0, |largest, four| largest.max(four.abs()));
    a.max(b).max(c.max(d)).largest()
}

/// The scale of codes up to `most` for numbers up to `largest`, and what such numbers are
/// multiplied by to become codes: 0 if there is nothing to scale.
pub(super) fn scale(most: f32, largest: f32) -> (f32, f32) {
    let inverse = if largest > 0.0 { most / largest } else { 0.0 };
    (largest / most, inverse)
}

fn sum(row: &[f32]) -> f32 {
    let [a, b, c, d] = fold(row, 0.0, |sum, four| sum + four);
    ((a + b) + (c + d)).sum()
}

/// Where [`gelu`] is 0 or x as far as it matters. Beyond, what its polynomial gives would
/// first be subnormal in its powers, which processors take a hundred times as long for, and
/// then, below 0, grow again.
const GELU_END: f32 = 5.0;

/// (1 − Φ(x))^(1/32) in powers of x, fitted so that x · (1 − Φ(x)) is nearest for x ≥ 0.
const GELU: [f32; 3] = [0.978_595_6, -0.024_076_1, -0.010_462_75];

/// Every element becomes x · Φ(x), where Φ is the normal distribution, off by at most
/// 2 · 10⁻⁴. Rounding a row to 8 bits adds twenty times as much where its largest is 1. Gives
/// the largest magnitude.
///
/// Φ falls to 0 as fast below 0 as it rises to 1 above, so x · Φ(x) is max(x, 0) less what
/// |x| has left to 1. A power of 32 is five products, and leaves a polynomial to fit that is
/// nearly straight.
pub fn gelu(values: &mut [f32]) -> f32 {
    let mut largest = Four::splat(0.0);
    let mut change = |four: &mut [f32; LANES]| {
        let value = Four::read(four);
        let x = value.abs().min(Four::splat(GELU_END));
        let mut rest = polynomial(&GELU, x);
        for _ in 0..5 {
            rest = rest * rest;
        }
        let value = value.max(Four::splat(0.0)) - x * rest;
        largest = largest.max(value.abs());
        value.write(four);
    };
    let (fours, rest) = values.as_chunks_mut();
    fours.iter_mut().for_each(&mut change);
    if !rest.is_empty() {
        let mut last = [0.0; LANES];
        last[..rest.len()].copy_from_slice(rest);
        change(&mut last);
        rest.copy_from_slice(&last[..rest.len()]);
    }
    largest.largest()
}

/// The polynomial with these coefficients, the constant first, by Horner's rule.
#[inline]
fn polynomial<const N: usize>(coefficients: &[f32; N], x: Four) -> Four {
    let mut sum = Four::splat(coefficients[N - 1]);
    for coefficient in coefficients[..N - 1].iter().rev() {
        sum = sum * x + Four::splat(*coefficient);
    }
    sum
}

/// What a layer norm does after it has made mean 0 and variance 1.
#[derive(Clone, Debug)]
pub struct Norm {
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
    /// Added to the variance.
    pub epsilon: f32,
}

/// `row` becomes the layer norm of the sum of itself and `skip`, which is as long: a
/// multiple of 4.
pub fn add_norm(row: &mut [f32], skip: &[f32], norm: &Norm) {
    let fours = row.as_chunks_mut::<LANES>().0.iter_mut();
    for (value, skip) in fours.zip(skip.as_chunks().0) {
        (Four::read(value) + Four::read(skip)).write(value);
    }
    // A row's width: f32 holds it exactly.
    #[allow(clippy::cast_precision_loss)]
    let inverse = 1.0 / row.len() as f32;
    let mean = Four::splat(sum(row) * inverse);
    let [a, b, c, d] = fold(row, 0.0, |sum, four| {
        let distance = four - mean;
        sum + distance * distance
    });
    let variance = ((a + b) + (c + d)).sum() * inverse;
    let scale = Four::splat(1.0 / (variance + norm.epsilon).sqrt());
    let fours = row.as_chunks_mut::<LANES>().0.iter_mut();
    let constants = norm.gamma.as_chunks().0.iter().zip(norm.beta.as_chunks().0);
    for (value, (gamma, beta)) in fours.zip(constants) {
        let normed = (Four::read(value) - mean) * scale;
        (normed * Four::read(gamma) + Four::read(beta)).write(value);
    }
}

/// Every column of `scores` becomes its softmax.
pub fn softmax<const COLUMNS: usize>(scores: &mut [[f32; COLUMNS]]) {
    const { assert!(COLUMNS.is_multiple_of(LANES)) }
    for column in 0..COLUMNS / LANES {
        let at = |row: &[f32; COLUMNS]| Four::read(&row.as_chunks().0[column]);
        let start = Four::splat(f32::MIN);
        let largest = scores
            .iter()
            .fold(start, |largest, row| largest.max(at(row)));
        let mut sum = Four::splat(0.0);
        for row in &mut *scores {
            let power = exp(at(row) - largest);
            power.write(&mut row.as_chunks_mut().0[column]);
            sum = sum + power;
        }
        let inverse = Four::splat(1.0) / sum;
        for row in &mut *scores {
            let share = at(row) * inverse;
            share.write(&mut row.as_chunks_mut().0[column]);
        }
    }
}

/// eˣ in powers of x, fitted on ±½ ln 2: off by at most 2.6 · 10⁻⁶ of its value.
const EXP: [f32; 5] = [
    0.999_999_3,
    0.999_963_4,
    0.500_043_6,
    0.167_909_07,
    0.041_458_6,
];

/// Below this, eˣ is as good as 0 beside 1. It is not lower, because what is multiplied
/// with it later must not become subnormal: processors take a hundred times as long.
const EXP_START: f32 = -60.0;

/// eˣ of an x that is not positive.
#[inline]
fn exp(x: Four) -> Four {
    let x = x.max(Four::splat(EXP_START));
    let powers = x * Four::splat(std::f32::consts::LOG2_E);
    let whole = powers.round();
    let rest = x - whole * Four::splat(std::f32::consts::LN_2);
    polynomial(&EXP, rest) * whole.power_of_two()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of the fit, and of f32 around it.
    const GELU_TOLERANCE: f32 = 2e-4;
    /// Of the fit, and of ln 2 in f32, which counts up to 126 times.
    const EXP_TOLERANCE: f32 = 1e-5;

    /// Φ by Simpson's rule from 0, in f64.
    fn normal(x: f64) -> f64 {
        const STEPS: u32 = 2_000;
        let density = |x: f64| (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let width = x / f64::from(STEPS);
        let inner: f64 = (1..STEPS)
            .map(|i| f64::from(2 + 2 * (i % 2)) * density(width * f64::from(i)))
            .sum();
        0.5 + (density(0.0) + inner + density(x)) * width / 3.0
    }

    #[test]
    #[allow(clippy::cast_possible_truncation)]
    fn gelu_is_x_times_the_normal_distribution() {
        for i in -10_000..=1_000 {
            let x = f64::from(i) / 100.0;
            let mut value = [x as f32];
            let largest = gelu(&mut value);
            assert_eq!(largest.to_bits(), value[0].abs().to_bits());
            let want = (x * normal(x)) as f32;
            assert!(
                (value[0] - want).abs() <= GELU_TOLERANCE,
                "{x}: {} {want}",
                value[0]
            );
        }
    }

    proptest! {
        #[test]
        fn exp_is_near(x in -60.0f32..=0.0) {
            let want = x.exp();
            let found = exp(Four::splat(x)).get()[0];
            prop_assert!((found - want).abs() <= EXP_TOLERANCE * want, "{found} {want}");
        }

        #[test]
        fn softmax_adds_up_to_one_and_keeps_order(
            scores in proptest::collection::vec(proptest::array::uniform4(-50.0f32..50.0), 1..70),
        ) {
            let mut shares = scores.clone();
            softmax(&mut shares);
            for column in 0..4 {
                prop_assert!((shares.iter().map(|row| row[column]).sum::<f32>() - 1.0).abs() < 1e-5);
                for (scores, shares) in scores.windows(2).zip(shares.windows(2)) {
                    let [score, share] = [scores, shares].map(|row| row[1][column] - row[0][column]);
                    prop_assert!(score * share >= 0.0);
                }
            }
        }

        #[test]
        fn a_norm_has_mean_and_variance(
            row in proptest::collection::vec(proptest::array::uniform4(-9.0f32..9.0), 3..13),
            gamma in 0.5f32..2.0,
            beta in -1.0f32..1.0,
        ) {
            let row = row.concat();
            let width = row.len();
            #[allow(clippy::cast_precision_loss)]
            let count = width as f32;
            let mut normed: Vec<f32> = row.iter().map(|value| value * 0.25).collect();
            let skip: Vec<f32> = row.iter().map(|value| value * 0.75).collect();
            let norm = Norm { gamma: vec![gamma; width], beta: vec![beta; width], epsilon: 1e-12 };
            add_norm(&mut normed, &skip, &norm);
            let mean = normed.iter().sum::<f32>() / count;
            let variance = normed.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / count;
            prop_assert!((mean - beta).abs() < 1e-4, "{mean}");
            prop_assert!((variance.sqrt() - gamma).abs() < 1e-3, "{variance}");
        }
    }

    #[test]
    fn the_largest_magnitude_may_be_anywhere() {
        for at in 0..21 {
            let mut row = [0.5_f32; 21];
            row[at] = -3.0;
            assert!((largest_magnitude(&row) - 3.0).abs() < f32::EPSILON, "{at}");
        }
        assert!(largest_magnitude(&[]).abs() < f32::EPSILON);
    }

    #[test]
    fn a_far_lower_score_counts_for_nothing() {
        let mut scores = [[0.0; 4], [-1e9; 4], [f32::MIN; 4]];
        softmax(&mut scores);
        assert!(scores[0][3] > 0.999_999 && scores[1][3] < 1e-25 && scores[2][3] < 1e-25);
    }
}
