//! Activations as 8-bit codes.

use super::float::largest_magnitude;
use super::lanes::{Four, Integers};
use super::{Code, OFFSET, ROWS, STEP};

/// Largest magnitude of an activation's code.
const LARGEST: f32 = 127.0;

/// Rows rounded to 8 bits, one scale a row, in tiles of [`ROWS`]. What is missing of the
/// last tile is zero.
#[derive(Clone, Debug, Default)]
pub struct Tiles {
    depth: usize,
    /// `[rows / ROWS, depth / STEP, ROWS, STEP]`.
    codes: Vec<Code>,
    scales: Vec<[f32; ROWS]>,
    /// As [`super::Finish::start`].
    starts: Vec<[i32; ROWS]>,
}

/// One tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile<'a> {
    pub codes: &'a [Code],
    pub scales: &'a [f32; ROWS],
    pub starts: &'a [i32; ROWS],
}

impl Tiles {
    /// Rounds `rows`, `[_, width]`, in place of what was here. Memory is kept from one
    /// call to the next.
    pub fn quantise(&mut self, rows: &[f32], width: usize) {
        let width = width.max(1);
        let depth = width.next_multiple_of(STEP);
        let tiles = (rows.len() / width).div_ceil(ROWS);
        self.depth = depth;
        self.codes.clear();
        self.codes.resize(tiles * ROWS * depth, 0);
        self.scales.clear();
        self.scales.resize(tiles, [0.0; ROWS]);
        self.starts.clear();
        self.starts.resize(tiles, [0; ROWS]);
        for (index, row) in rows.chunks_exact(width).enumerate() {
            let (tile, within) = (index / ROWS, index % ROWS);
            let largest = largest_magnitude(row);
            let inverse = if largest > 0.0 {
                LARGEST / largest
            } else {
                0.0
            };
            let codes = &mut self.codes[tile * ROWS * depth..][..ROWS * depth];
            self.scales[tile][within] = largest / LARGEST;
            let sum = round(row, inverse, codes, within);
            self.starts[tile][within] = -i32::from(OFFSET) * sum;
        }
    }

    pub(super) fn tiles(&self) -> impl Iterator<Item = Tile<'_>> {
        self.codes
            .chunks_exact((ROWS * self.depth).max(1))
            .zip(&self.scales)
            .zip(&self.starts)
            .map(|((codes, scales), starts)| Tile {
                codes,
                scales,
                starts,
            })
    }
}

/// Writes the codes of `row` into its places in a tile; gives their sum.
fn round(row: &[f32], inverse: f32, tile: &mut [Code], within: usize) -> i32 {
    let inverse = Four::splat(inverse);
    let mut sum = Integers::zero();
    let (steps, rest) = row.as_chunks::<STEP>();
    let (places, _) = tile.as_chunks_mut::<STEP>();
    let mut places = places.iter_mut().skip(within).step_by(ROWS);
    let mut put = |values: &[f32; STEP]| {
        let integers = (Four::read(values) * inverse).nearest();
        sum = sum.plus(integers);
        if let Some(place) = places.next() {
            *place = integers.into();
        }
    };
    steps.iter().for_each(&mut put);
    if !rest.is_empty() {
        let mut last = [0.0; STEP];
        last[..rest.len()].copy_from_slice(rest);
        put(&last);
    }
    sum.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_rounded_into_their_places() {
        let mut tiles = Tiles::default();
        let rows = [1.0, -0.5, 0.25, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        tiles.quantise(&rows, 6);
        let tile = tiles.tiles().next().unwrap();
        assert_eq!(tile.codes[..STEP], [64, -32, 16, 0]);
        // The second step of the first row lies behind the first step of all rows.
        assert_eq!(tile.codes[ROWS * STEP..][..STEP], [127, 0, 0, 0]);
        assert_eq!(tile.starts, &[-64 * (64 - 32 + 16 + 127), 0, 0, 0]);
        assert_eq!(tile.scales[1..], [0.0; 3]);
        assert_eq!(tiles.tiles().count(), 1);
        tiles.quantise(&[], 6);
        assert_eq!(tiles.tiles().count(), 0);
    }
}
