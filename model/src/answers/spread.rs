//! How vectors spread around their mean, and which way they do so most.

use std::iter;

use super::numbers::Numbers;
use crate::vector::DIM;

/// Directions in which somebody's vectors spread most: with 8 of them answers are found half a
/// point worse, with 32 not better.
pub const DIRECTIONS: usize = 16;

/// More than are wanted are turned together: the last ones of a few come slowly.
const TURNED: usize = DIRECTIONS + 4;

/// How often they are turned. After that no answer moves any more.
const TURNS: usize = 8;

/// Sums of products of their elements, of vectors that are seen from their mean.
#[derive(Clone, Debug)]
pub struct Spread {
    /// Row by row. Only what is not above the diagonal counts.
    products: Vec<f32>,
    count: f32,
}

/// A direction of length one.
#[derive(Clone, Debug, PartialEq)]
pub struct Direction {
    pub numbers: Vec<f32>,
    /// The variance along it.
    pub variance: f32,
}

/// The directions of the largest variance, the largest first, and what is left of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Leading {
    pub directions: Vec<Direction>,
    /// The mean variance in every other direction.
    pub rest: f32,
    /// That in all directions.
    pub mean: f32,
}

impl Default for Spread {
    fn default() -> Self {
        Self {
            products: vec![0.0; DIM * DIM],
            count: 0.0,
        }
    }
}

impl Spread {
    /// One more vector, which is seen from the mean.
    pub fn add(&mut self, vector: &[f32]) {
        self.accumulate(vector, 1.0);
        self.count += 1.0;
    }

    /// So many more, which spread along each of `directions` as far as it is long, and by `rest`
    /// in every direction.
    pub fn add_many(&mut self, directions: &[Vec<f32>], rest: f32, times: f32) {
        for direction in directions {
            self.accumulate(direction, times);
        }
        for at in 0..DIM {
            self.products[at * DIM + at] += rest * times;
        }
        self.count += times;
    }

    fn accumulate(&mut self, vector: &[f32], times: f32) {
        for (at, row) in self.products.chunks_exact_mut(DIM).enumerate() {
            let by = vector[at] * times;
            for (product, value) in row[..=at].iter_mut().zip(vector) {
                *product += by * value;
            }
        }
    }

    /// By orthogonal iteration from the same beginning: the same vectors in the same order
    /// give the same directions to the bit on every machine.
    #[must_use]
    pub fn leading(self) -> Leading {
        let share = if self.count > 0.0 {
            1.0 / self.count
        } else {
            0.0
        };
        let mut matrix = self.products;
        for row in 0..DIM {
            for column in 0..row {
                matrix[column * DIM + row] = matrix[row * DIM + column];
            }
        }
        for value in &mut matrix {
            *value *= share;
        }
        let total: f32 = (0..DIM).map(|at| matrix[at * DIM + at]).sum();
        let mut numbers = Numbers(1);
        let mut turned: Vec<Vec<f32>> = (0..TURNED)
            .map(|_| (0..DIM).map(|_| numbers.next()).collect())
            .collect();
        let mut variances = [0.0; TURNED];
        for _ in 0..TURNS {
            orthonormalise(&mut turned);
            let after: Vec<Vec<f32>> = turned.iter().map(|v| times(&matrix, v)).collect();
            for ((variance, before), after) in variances.iter_mut().zip(&turned).zip(&after) {
                *variance = dot(before, after);
            }
            turned = after;
        }
        orthonormalise(&mut turned);
        let mut directions: Vec<Direction> = turned
            .into_iter()
            .zip(variances)
            .map(|(numbers, variance)| Direction { numbers, variance })
            .collect();
        directions.sort_by(|a, b| b.variance.total_cmp(&a.variance));
        directions.truncate(DIRECTIONS);
        let along: f32 = directions.iter().map(|it| it.variance).sum();
        Leading {
            directions,
            rest: (total - along).max(0.0) / float(DIM - DIRECTIONS),
            mean: total / float(DIM),
        }
    }
}

/// Counts that are far below where f32 loses whole numbers.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn float(count: usize) -> f32 {
    count as f32
}

fn times(matrix: &[f32], vector: &[f32]) -> Vec<f32> {
    let mut product = vec![0.0; DIM];
    // Row after row is added, as the matrix is symmetric: sums of many lanes at once.
    for (row, by) in matrix.chunks_exact(DIM).zip(vector) {
        for (sum, value) in product.iter_mut().zip(row) {
            *sum += by * value;
        }
    }
    product
}

/// Each without what it has of those before it, and of length one; nought if nothing is left.
fn orthonormalise(vectors: &mut [Vec<f32>]) {
    for at in 0..vectors.len() {
        let (before, rest) = vectors.split_at_mut(at);
        let Some(vector) = rest.first_mut() else {
            continue;
        };
        let length = dot(vector, vector).sqrt();
        // Twice: what the first time leaves is rounding.
        for other in before.iter().chain(&*before) {
            let along = dot(other, vector);
            for (value, other) in vector.iter_mut().zip(other) {
                *value -= along * other;
            }
        }
        let left = dot(vector, vector).sqrt();
        let scale = if left > length * 1e-6 {
            1.0 / left
        } else {
            0.0
        };
        for value in vector {
            *value *= scale;
        }
    }
}

/// Makes `vector` of length one; nought if it has no length.
pub(super) fn normalise(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    for value in vector {
        *value = if length.is_normal() {
            *value / length
        } else {
            0.0
        };
    }
}

/// In eight sums that need not wait for each other, added in one order everywhere.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(iter::zip(a, b)) {
            *sum += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directions_of_the_largest_variance_come_first() {
        let mut spread = Spread::default();
        let mut numbers = Numbers(7);
        for _ in 0..600 {
            // The wider the earlier the element.
            let vector: Vec<f32> = (0..DIM)
                .map(|at| numbers.next() * 8.0 / (1.0 + float(at)))
                .collect();
            spread.add(&vector);
        }
        let Leading {
            directions,
            rest,
            mean,
        } = spread.leading();
        assert_eq!(directions.len(), DIRECTIONS);
        for (at, direction) in directions.iter().take(5).enumerate() {
            assert!(direction.numbers[at].abs() > 0.9, "{at}");
            // A third of a square: what is equally likely from -1 to 1 has that variance.
            let expected = 64.0 / (1.0 + float(at)).powi(2) / 3.0;
            assert!((direction.variance / expected - 1.0).abs() < 0.2, "{at}");
        }
        assert!(rest < directions[DIRECTIONS - 1].variance && rest < mean);
        for (at, one) in directions.iter().enumerate() {
            for other in &directions[..at] {
                assert!(dot(&one.numbers, &other.numbers).abs() < 1e-4);
            }
            assert!((dot(&one.numbers, &one.numbers) - 1.0).abs() < 1e-4);
        }
    }

    #[test]
    fn of_nothing_or_of_equals_there_is_no_direction() {
        for count in [0_u8, 9] {
            let mut spread = Spread::default();
            for _ in 0..count {
                spread.add(&[0.0; DIM]);
            }
            let leading = spread.leading();
            assert!(leading.directions.iter().all(|it| it.variance == 0.0));
            assert_eq!((leading.rest.to_bits(), leading.mean.to_bits()), (0, 0));
        }
    }

    #[test]
    fn a_ball_spreads_alike() {
        let mut spread = Spread::default();
        spread.add_many(&[], 0.5, 10.0);
        let leading = spread.leading();
        assert!((leading.rest - 0.5).abs() < 1e-4 && (leading.mean - 0.5).abs() < 1e-4);
        assert!((leading.directions[0].variance - 0.5).abs() < 1e-4);
    }
}
