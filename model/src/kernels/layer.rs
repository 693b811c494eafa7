//! The two sublayers of a layer of BERT, each in the place of what goes into it: a few rows
//! go through all of its steps while they are near, and only what comes of them is kept.

use super::CHUNK;
use super::activation::Tiles;
use super::attention::{self, Heads, attend};
use super::float::{Norm, add_norm, gelu};
use super::product::Linear;

/// Least rows whose queries, keys and values are there together, unless there are fewer:
/// 600 KB of them, and up to 3 MB, as no text is divided between groups. A group's last tile
/// is rarely full, and the more rows, the less that costs.
const GROUP: usize = 128;

/// How a sublayer ends: with a product, added to what went into it, and normed.
#[derive(Clone, Debug)]
pub struct Output {
    pub product: Linear,
    pub norm: Norm,
}

/// The first: what tokens gather from their own text.
#[derive(Clone, Debug)]
pub struct SelfAttention {
    /// Queries, keys and values beside each other.
    pub qkv: Linear,
    pub heads: Heads,
    pub output: Output,
}

/// The second: two products with a GELU between them.
#[derive(Clone, Debug)]
pub struct FeedForward {
    pub intermediate: Linear,
    pub output: Output,
}

/// Memory that is kept from one call to the next.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    tiles: Tiles,
    /// Queries, keys and values of a group, or what lies between the products of a chunk.
    wide: Vec<f32>,
    context: Vec<f32>,
    ends: Vec<f32>,
    looking: attention::Scratch,
}

impl SelfAttention {
    /// Changes `rows`, `[tokens, width]`: `texts` of so many tokens each, behind each other.
    pub fn apply(&self, rows: &mut [f32], texts: &[usize], scratch: &mut Scratch) {
        let width = self.heads.width();
        let mut rest = rows;
        for texts in groups(texts) {
            let tokens: usize = texts.iter().sum();
            let (rows, behind) = rest.split_at_mut(tokens * width);
            let wide = first(&mut scratch.wide, tokens * 3 * width);
            self.qkv.apply(rows, wide, &mut scratch.tiles);
            let context = first(&mut scratch.context, tokens * width);
            attend(wide, context, texts, self.heads, &mut scratch.looking);
            let chunks = rows.chunks_mut(CHUNK * width);
            for (rows, context) in chunks.zip(context.chunks(CHUNK * width)) {
                scratch.tiles.quantise(context, width);
                self.output.apply(&scratch.tiles, rows, &mut scratch.ends);
            }
            rest = behind;
        }
    }
}

impl FeedForward {
    /// Changes `rows`, `[tokens, width]`.
    pub fn apply(&self, rows: &mut [f32], scratch: &mut Scratch) {
        let width = self.intermediate.weights.inputs();
        let inner = self.intermediate.weights.outputs();
        for rows in rows.chunks_mut(CHUNK * width) {
            let wide = first(&mut scratch.wide, rows.len() / width * inner);
            self.intermediate.apply(rows, wide, &mut scratch.tiles);
            scratch.tiles.quantise_changed(wide, inner, gelu);
            self.output.apply(&scratch.tiles, rows, &mut scratch.ends);
        }
    }
}

impl Output {
    /// `rows` are what went into the sublayer, and become what comes out of it; `tiles` are
    /// what is multiplied.
    fn apply(&self, tiles: &Tiles, rows: &mut [f32], ends: &mut Vec<f32>) {
        let width = self.product.weights.outputs();
        let ends = first(ends, rows.len());
        self.product.multiply(tiles, ends);
        let rows = rows.chunks_exact_mut(width);
        for (row, end) in rows.zip(ends.chunks_exact(width)) {
            add_norm(row, end, &self.norm);
        }
    }
}

/// Texts together, of [`GROUP`] tokens or up to one text more.
fn groups(texts: &[usize]) -> impl Iterator<Item = &[usize]> {
    let mut rest = texts;
    std::iter::from_fn(move || {
        let mut tokens = 0;
        let is_short = |length: &&usize| {
            let is_short = tokens < GROUP;
            tokens += **length;
            is_short
        };
        let (group, behind) = rest.split_at(rest.iter().take_while(is_short).count());
        rest = behind;
        (!group.is_empty()).then_some(group)
    })
}

/// The first `length` of `memory`, which only grows.
fn first(memory: &mut Vec<f32>, length: usize) -> &mut [f32] {
    if memory.len() < length {
        memory.resize(length, 0.0);
    }
    &mut memory[..length]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::kernels::weight::Weights;
    use proptest::prelude::*;

    const HEADS: Heads = Heads { count: 2, size: 8 };
    const INNER: usize = 40;

    /// Numbers of both signs, others for another seed.
    #[allow(clippy::cast_precision_loss)]
    fn values(seed: u32, count: usize) -> Vec<f32> {
        let value = |at: usize| ((at as f32 + 1.0) * (seed as f32 + 0.37)).sin();
        (0..count).map(value).collect()
    }

    fn linear(seed: u32, outputs: usize, inputs: usize) -> Linear {
        let weights = Weights::new(outputs, inputs, |output, row| {
            row.copy_from_slice(&values(seed, outputs * inputs)[output * inputs..][..inputs]);
        });
        Linear {
            weights: Arc::new(weights),
            bias: values(seed + 1, outputs),
        }
    }

    fn output(seed: u32, inputs: usize) -> Output {
        let width = HEADS.width();
        Output {
            product: linear(seed, width, inputs),
            norm: Norm {
                gamma: values(seed + 2, width),
                beta: values(seed + 3, width),
                epsilon: 1e-12,
            },
        }
    }

    fn sublayers() -> (SelfAttention, FeedForward) {
        let width = HEADS.width();
        let attention = SelfAttention {
            qkv: linear(1, 3 * width, width),
            heads: HEADS,
            output: output(5, width),
        };
        let forward = FeedForward {
            intermediate: linear(9, INNER, width),
            output: output(13, INNER),
        };
        (attention, forward)
    }

    /// A sublayer's end as it is defined, all rows at once.
    fn finished(output: &Output, rows: &mut [f32], input: &[f32]) {
        let mut ends = vec![0.0; rows.len()];
        output
            .product
            .apply(input, &mut ends, &mut Tiles::default());
        let width = HEADS.width();
        for (row, end) in rows.chunks_mut(width).zip(ends.chunks(width)) {
            add_norm(row, end, &output.norm);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn sublayers_are_their_steps_one_after_the_other(
            texts in proptest::collection::vec(1usize..90, 1..9),
            seed in 20u32..1_000,
        ) {
            let (width, tokens) = (HEADS.width(), texts.iter().sum::<usize>());
            let (attention, forward) = sublayers();
            let mut rows = values(seed, tokens * width);
            let mut want = rows.clone();
            let (mut scratch, mut tiles) = (Scratch::default(), Tiles::default());

            attention.apply(&mut rows, &texts, &mut scratch);
            let mut qkv = vec![0.0; tokens * 3 * width];
            attention.qkv.apply(&want, &mut qkv, &mut tiles);
            let mut context = vec![0.0; tokens * width];
            attend(&qkv, &mut context, &texts, HEADS, &mut attention::Scratch::default());
            finished(&attention.output, &mut want, &context);
            prop_assert_eq!(&rows, &want);

            forward.apply(&mut rows, &mut scratch);
            let mut inner = vec![0.0; tokens * INNER];
            forward.intermediate.apply(&want, &mut inner, &mut tiles);
            gelu(&mut inner);
            finished(&forward.output, &mut want, &inner);
            prop_assert_eq!(&rows, &want);
        }

        #[test]
        fn groups_are_whole_texts_and_all_of_them(texts in proptest::collection::vec(1usize..200, 0..40)) {
            let groups: Vec<_> = groups(&texts).collect();
            prop_assert_eq!(&groups.concat(), &texts);
            for (at, group) in groups.iter().enumerate() {
                let tokens: usize = group.iter().sum();
                prop_assert!(tokens - group[group.len() - 1] < GROUP);
                prop_assert!(tokens >= GROUP || at + 1 == groups.len());
            }
        }
    }
}
