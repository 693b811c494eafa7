//! Attention among the tokens of a text, for many texts in one matrix.

use std::ops::Range;

use super::float::softmax;
use super::lanes::{Four, LANES};

/// Queries that look at keys together.
const QUERIES: usize = 4;

/// Columns of a block of the products below.
const BLOCK: usize = 8;

/// How the columns of a matrix of queries, keys and values are shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    pub count: usize,
    /// Columns of a head; a multiple of 8.
    pub size: usize,
}

impl Heads {
    #[must_use]
    pub fn width(self) -> usize {
        self.count * self.size
    }
}

/// Memory that is kept from one call to the next.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// `[size, keys rounded up to BLOCK]`.
    keys: Vec<f32>,
    /// `[QUERIES, keys rounded up to BLOCK]`.
    scores: Vec<f32>,
}

/// `output`, `[tokens, width]`, becomes what each token of `texts` gathers from its own
/// text. `input` is `[tokens, 3 · width]`: queries, keys and values.
pub fn attend(
    input: &[f32],
    output: &mut [f32],
    texts: &[Range<usize>],
    heads: Heads,
    scratch: &mut Scratch,
) {
    let width = heads.width();
    for text in texts {
        let input = &input[text.start * 3 * width..text.end * 3 * width];
        let output = &mut output[text.start * width..text.end * width];
        for head in 0..heads.count {
            one_head(input, output, head * heads.size, heads, scratch);
        }
    }
}

/// One head of one text, whose columns begin at `first`.
fn one_head(input: &[f32], output: &mut [f32], first: usize, heads: Heads, scratch: &mut Scratch) {
    let (width, size) = (heads.width(), heads.size);
    let row = 3 * width;
    let tokens = input.len() / row;
    let padded = tokens.next_multiple_of(BLOCK);
    scratch.turn_keys(&input[width + first..], row, size, tokens);
    scratch.scores.clear();
    scratch.scores.resize(QUERIES * padded, 0.0);

    for (queries, output) in input
        .chunks(QUERIES * row)
        .zip(output.chunks_mut(QUERIES * width))
    {
        let count = queries.len() / row;
        // A row that is not there repeats the last one: what comes of it is not used.
        let query = |line: usize| &queries[line.min(count - 1) * row + first..][..size];
        let lines = [query(0), query(1), query(2), query(3)];
        for block in (0..padded).step_by(BLOCK) {
            let sums = multiply(lines, &scratch.keys[block..], padded);
            write(sums, &mut scratch.scores[block..], padded);
        }
        for line in scratch.scores.chunks_exact_mut(padded).take(count) {
            softmax(&mut line[..tokens]);
        }
        let score = |line: usize| &scratch.scores[line * padded..][..tokens];
        let lines = [score(0), score(1), score(2), score(3)];
        for column in (first..first + size).step_by(BLOCK) {
            let sums = multiply(lines, &input[2 * width + column..], row);
            if count == QUERIES {
                write(sums, &mut output[column..], width);
            } else {
                let mut whole = [0.0; QUERIES * BLOCK];
                write(sums, &mut whole, BLOCK);
                let lines = whole.chunks_exact(BLOCK);
                for (line, found) in output.chunks_exact_mut(width).zip(lines) {
                    line[column..][..BLOCK].copy_from_slice(found);
                }
            }
        }
    }
}

impl Scratch {
    /// Keys beside each other, so that a query meets eight at a time; scaled as their
    /// products with queries are to be.
    fn turn_keys(&mut self, keys: &[f32], row: usize, size: usize, tokens: usize) {
        let padded = tokens.next_multiple_of(BLOCK);
        self.keys.clear();
        self.keys.resize(size * padded, 0.0);
        // The size of a head: f32 holds it exactly.
        #[allow(clippy::cast_precision_loss)]
        let scale = 1.0 / (size as f32).sqrt();
        for (token, key) in keys.chunks(row).enumerate() {
            let column = self.keys.iter_mut().skip(token).step_by(padded);
            for (turned, value) in column.zip(&key[..size]) {
                *turned = value * scale;
            }
        }
    }
}

type Sums = [[Four; BLOCK / LANES]; QUERIES];

/// The products of [`QUERIES`] rows, all of one length, with [`BLOCK`] columns of
/// `right`, whose rows lie `stride` apart.
#[inline(always)]
#[allow(clippy::inline_always, reason = "its sums then stay in registers")]
fn multiply(rows: [&[f32]; QUERIES], right: &[f32], stride: usize) -> Sums {
    let mut sums = [[Four::splat(0.0); BLOCK / LANES]; QUERIES];
    let [a, b, c, d] = rows;
    let depth = a.len();
    let (b, c, d) = (&b[..depth], &c[..depth], &d[..depth]);
    for at in 0..depth {
        let columns = &right[at * stride..][..BLOCK];
        let columns = columns.as_chunks::<LANES>().0;
        for (sums, left) in sums.iter_mut().zip([a[at], b[at], c[at], d[at]]) {
            let left = Four::splat(left);
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum = *sum + left * Four::read(column);
            }
        }
    }
    sums
}

/// Writes the sums as rows that lie `stride` apart.
#[inline(always)]
#[allow(clippy::inline_always, reason = "its sums then stay in registers")]
fn write(sums: Sums, output: &mut [f32], stride: usize) {
    for (line, sums) in sums.into_iter().enumerate() {
        let columns = output[line * stride..][..BLOCK].as_chunks_mut::<LANES>().0;
        for (column, sum) in columns.iter_mut().zip(sums) {
            sum.write(column);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADS: Heads = Heads { count: 2, size: 8 };

    /// Other orders of f32 sums of a few dozen terms near 1.
    const TOLERANCE: f32 = 1e-5;

    /// Attention as its definition says it, for one token and one column.
    fn defined(input: &[f32], text: Range<usize>, token: usize, column: usize) -> f32 {
        let width = HEADS.width();
        let at = |token: usize, part: usize, column: usize| {
            input[token * 3 * width + part * width + column]
        };
        let first = column / HEADS.size * HEADS.size;
        let shares: Vec<f32> = text
            .clone()
            .map(|key| {
                let dot: f32 = (first..first + HEADS.size)
                    .map(|c| at(token, 0, c) * at(key, 1, c))
                    .sum();
                (dot / 8.0_f32.sqrt()).exp()
            })
            .collect();
        let all: f32 = shares.iter().sum();
        text.zip(shares)
            .map(|(key, share)| share / all * at(key, 2, column))
            .sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_token_sees_its_own_text_only(lengths in proptest::collection::vec(1usize..20, 1..4), seed: u64) {
            let tokens: usize = lengths.iter().sum();
            let width = HEADS.width();
            let mut state = seed;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                f32::from(i16::try_from(state >> 49).unwrap()) / 16_384.0 - 1.0
            };
            let input: Vec<f32> = (0..tokens * 3 * width).map(|_| next()).collect();
            let mut texts = Vec::new();
            let mut start = 0;
            for length in lengths {
                texts.push(start..start + length);
                start += length;
            }
            let mut output = vec![f32::NAN; tokens * width];
            attend(&input, &mut output, &texts, HEADS, &mut Scratch::default());
            for text in texts {
                for token in text.clone() {
                    for column in 0..width {
                        let found = output[token * width + column];
                        let want = defined(&input, text.clone(), token, column);
                        prop_assert!((found - want).abs() < TOLERANCE, "{found} {want}");
                    }
                }
            }
        }
    }
}
