//! Attention among the tokens of a text, for many texts in one matrix.

use super::float::softmax;
use super::lanes::{Four, LANES};

/// Rows of a block of the products below.
const LINES: usize = 4;

/// Its columns: the queries that look at keys together, each in a lane of its own, or the
/// columns of values.
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
    /// `[size]` of the queries of a block.
    queries: Vec<[f32; BLOCK]>,
    /// `[tokens rounded up to LINES]`, of every query in its column.
    scores: Vec<[f32; BLOCK]>,
}

/// `output`, `[tokens, width]`, becomes what each token gathers from its own text. `texts`
/// lie behind each other, of so many tokens each. `input` is `[tokens, 3 · width]`: queries, keys and values.
pub fn attend(
    input: &[f32],
    output: &mut [f32],
    texts: &[usize],
    heads: Heads,
    scratch: &mut Scratch,
) {
    let width = heads.width();
    let (mut input, mut output) = (input, output);
    for tokens in texts.iter().filter(|tokens| **tokens > 0) {
        let (own, others) = input.split_at(tokens * 3 * width);
        let (found, behind) = output.split_at_mut(tokens * width);
        for head in 0..heads.count {
            one_head(own, found, head * heads.size, heads, scratch);
        }
        (input, output) = (others, behind);
    }
}

/// One head of one text, whose columns begin at `first`.
fn one_head(input: &[f32], output: &mut [f32], first: usize, heads: Heads, scratch: &mut Scratch) {
    let (width, size) = (heads.width(), heads.size);
    let row = 3 * width;
    let tokens = input.len() / row;
    let keys = &input[width + first..];
    let values = &input[2 * width..];
    scratch.scores.clear();
    scratch
        .scores
        .resize(tokens.next_multiple_of(LINES), [0.0; BLOCK]);

    for (queries, output) in input
        .chunks(BLOCK * row)
        .zip(output.chunks_mut(BLOCK * width))
    {
        scratch.turn(&queries[first..], row, size);
        for (quad, scores) in scratch.scores.chunks_exact_mut(LINES).enumerate() {
            // A key that is not there repeats the last one: what comes of it is not used.
            let key = |line: usize| &keys[(quad * LINES + line).min(tokens - 1) * row..][..size];
            let [a, b, c, d] = [key(0), key(1), key(2), key(3)];
            let lines = a.iter().zip(b).zip(c).zip(d);
            let lines = lines.map(|(((a, b), c), d)| [*a, *b, *c, *d]);
            let sums = multiply(lines.zip(&scratch.queries));
            write(sums, scores.as_flattened_mut(), BLOCK);
        }
        let scores = &mut scratch.scores[..tokens];
        softmax(scores);
        for (half, output) in output.chunks_mut(LINES * width).enumerate() {
            for column in (first..first + size).step_by(BLOCK) {
                let lines = scores.iter().map(|line| line.as_chunks::<LINES>().0[half]);
                let columns = values[column..].as_chunks().0.iter().step_by(row / BLOCK);
                let sums = multiply(lines.zip(columns));
                if output.len() == LINES * width {
                    write(sums, &mut output[column..], width);
                } else {
                    let mut whole = [0.0; LINES * BLOCK];
                    write(sums, &mut whole, BLOCK);
                    let lines = whole.chunks_exact(BLOCK);
                    for (line, found) in output.chunks_exact_mut(width).zip(lines) {
                        line[column..][..BLOCK].copy_from_slice(found);
                    }
                }
            }
        }
    }
}

impl Scratch {
    /// Queries beside each other, so that a key meets eight at a time; scaled as their
    /// products with keys are to be.
    fn turn(&mut self, queries: &[f32], row: usize, size: usize) {
        // The size of a head: f32 holds it exactly.
        #[allow(clippy::cast_precision_loss)]
        let scale = Four::splat(1.0 / (size as f32).sqrt());
        let last = (queries.len() - 1) / row;
        self.queries.resize(size, [0.0; BLOCK]);
        for (half, first) in (0..BLOCK).step_by(LANES).enumerate() {
            // As with keys, what is not there repeats the last one.
            let query = |lane: usize| &queries[(first + lane).min(last) * row..][..size];
            let lanes = [query(0), query(1), query(2), query(3)];
            let [a, b, c, d] = lanes.map(|query| query.as_chunks::<LANES>().0);
            let columns = self.queries.as_chunks_mut::<LANES>().0;
            for (at, columns) in columns.iter_mut().enumerate() {
                let four = [&a[at], &b[at], &c[at], &d[at]].map(|four| Four::read(four) * scale);
                for (column, four) in columns.iter_mut().zip(Four::turn(four)) {
                    four.write(&mut column.as_chunks_mut().0[half]);
                }
            }
        }
    }
}

type Sums = [[Four; BLOCK / LANES]; LINES];

/// The sum of the products of each four with its columns.
#[inline(always)]
#[allow(clippy::inline_always, reason = "its sums then stay in registers")]
fn multiply<'a>(terms: impl Iterator<Item = ([f32; LINES], &'a [f32; BLOCK])>) -> Sums {
    let mut sums = [[Four::splat(0.0); BLOCK / LANES]; LINES];
    for (lines, columns) in terms {
        let columns = columns.as_chunks::<LANES>().0;
        for (sums, line) in sums.iter_mut().zip(lines) {
            let line = Four::splat(line);
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum = *sum + line * Four::read(column);
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
    use std::ops::Range;

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
            let mut output = vec![f32::NAN; tokens * width];
            attend(&input, &mut output, &lengths, HEADS, &mut Scratch::default());
            let mut start = 0;
            for length in lengths {
                let text = start..start + length;
                start += length;
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
