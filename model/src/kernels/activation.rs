//! Activations as 8-bit codes.

use std::ops::Range;

use super::float::{largest_magnitude, scale};
use super::lanes::{Four, Integers, Narrow};
use super::{Code, OFFSET, ROWS, Rows, STEP};

/// Largest magnitude of an activation's code.
const LARGEST: f32 = 127.0;

/// Rows rounded to 8 bits, one scale a row, in tiles of [`ROWS`]. What is missing of the
/// last tile may be anything.
#[derive(Clone, Debug, Default)]
pub struct Tiles {
    width: usize,
    /// `[rows / ROWS, width / STEP, ROWS, STEP]`, both rounded up.
    codes: Vec<Code>,
    scales: Vec<[f32; ROWS]>,
    /// As [`Rows::starts`].
    starts: Vec<[i32; ROWS]>,
}

impl Tiles {
    /// Rounds `rows`, `[_, width]`, in place of what was here. Memory is kept from one
    /// call to the next.
    pub fn quantise(&mut self, rows: &[f32], width: usize) {
        self.clear(rows.len(), width);
        for rows in rows.chunks(ROWS * self.width) {
            let largest = rows.chunks_exact(self.width).map(largest_magnitude);
            let largest = tile_of(largest);
            self.push(rows, largest);
        }
    }

    /// As [`Tiles::quantise`], of what `change` makes of each row, whose largest magnitude
    /// it gives. A tile's rows are rounded while they are near.
    pub fn quantise_changed(
        &mut self,
        rows: &mut [f32],
        width: usize,
        change: impl Fn(&mut [f32]) -> f32,
    ) {
        self.clear(rows.len(), width);
        for rows in rows.chunks_mut(ROWS * self.width) {
            let largest = tile_of(rows.chunks_exact_mut(self.width).map(&change));
            self.push(rows, largest);
        }
    }

    fn clear(&mut self, length: usize, width: usize) {
        self.width = width.max(1);
        let tiles = (length / self.width).div_ceil(ROWS);
        self.codes.clear();
        self.codes.reserve(tiles * self.tile());
        self.scales.clear();
        self.starts.clear();
    }

    /// Codes of a tile.
    fn tile(&self) -> usize {
        ROWS * self.width.next_multiple_of(STEP)
    }

    /// Up to [`ROWS`] rows, with the largest magnitude of each, as one more tile.
    fn push(&mut self, rows: &[f32], largest: [f32; ROWS]) {
        let mut lines = rows.chunks_exact(self.width);
        let Some(first) = lines.next() else { return };
        // A row that is not there repeats the first one: what comes of it is not used.
        let mut line = || lines.next().unwrap_or(first);
        let lines = [first, line(), line(), line()];
        let scales = largest.map(|largest| scale(LARGEST, largest));
        let start = self.codes.len();
        self.codes.resize(start + self.tile(), 0);
        let sums = round(
            lines,
            scales.map(|(_, inverse)| inverse),
            &mut self.codes[start..],
        );
        self.scales.push(scales.map(|(scale, _)| scale));
        self.starts.push(sums.map(|sum| -i32::from(OFFSET) * sum));
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn count(&self) -> usize {
        self.scales.len()
    }

    /// The tiles with these numbers, of those that are there.
    pub(super) fn rows(&self, tiles: Range<usize>) -> Rows<'_, Code> {
        let count = self.scales.len();
        let (start, end) = (tiles.start.min(count), tiles.end.min(count));
        Rows {
            codes: &self.codes[start * self.tile()..end * self.tile()],
            scales: &self.scales[start..end],
            starts: &self.starts[start..end],
        }
    }
}

/// One a row; 0 for rows that are not there.
fn tile_of(mut each: impl Iterator<Item = f32>) -> [f32; ROWS] {
    std::array::from_fn(|_| each.next().unwrap_or_default())
}

/// Writes the codes of `rows` into `tile`; gives their sums.
fn round(rows: [&[f32]; ROWS], inverse: [f32; ROWS], tile: &mut [Code]) -> [i32; ROWS] {
    let inverse = inverse.map(Four::splat);
    let mut sums = [Integers::zero(); ROWS];
    let mut put = |values: [&[f32; STEP]; ROWS], place: &mut [Code; ROWS * STEP]| {
        let codes: [Integers; ROWS] =
            std::array::from_fn(|row| (Four::read(values[row]) * inverse[row]).nearest());
        for (sum, codes) in sums.iter_mut().zip(codes) {
            *sum = sum.plus(codes);
        }
        place.narrow(codes);
    };
    let [a, b, c, d] = rows.map(|row| row.as_chunks::<STEP>().0.iter());
    let mut places = tile.as_chunks_mut().0.iter_mut();
    for ((((a, b), c), d), place) in a.zip(b).zip(c).zip(d).zip(&mut places) {
        put([a, b, c, d], place);
    }
    if let Some(place) = places.next() {
        let last = rows.map(|row| {
            let rest = row.as_chunks::<STEP>().1;
            let mut last = [0.0; STEP];
            last[..rest.len()].copy_from_slice(rest);
            last
        });
        put(last.each_ref(), place);
    }
    sums.map(Integers::sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_rounded_into_their_places() {
        let mut tiles = Tiles::default();
        let rows = [1.0, -0.5, 0.25, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        tiles.quantise(&rows, 6);
        let found = tiles.rows(0..9);
        assert_eq!(found.codes[..STEP], [64, -32, 16, 0]);
        // The second step of the first row lies behind the first step of all rows.
        assert_eq!(found.codes[ROWS * STEP..][..STEP], [127, 0, 0, 0]);
        assert_eq!(found.starts[0][..2], [-64 * (64 - 32 + 16 + 127), 0]);
        assert_eq!(found.scales[0][..2], [2.0 / 127.0, 0.0]);
        assert_eq!(found.scales.len(), 1);
        assert!(tiles.rows(1..2).codes.is_empty());
        tiles.quantise(&[], 6);
        assert!(tiles.rows(0..1).scales.is_empty());
    }
}
