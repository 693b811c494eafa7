//! How fast the indexing goes, as it is shown.

/// What the newest round counts beside all before: the rate follows the last five rounds or
/// so, steady enough to read, quick enough to show that a phone has become warm.
const SHARE: f64 = 0.2;

/// Entries a second after a round of `entries` that took `milliseconds`, where it was `rate`
/// before; none before the first round. Always finite, and no round is taken for shorter than
/// a millisecond, which is what some browsers round to.
#[must_use]
pub fn smoothed(rate: Option<f64>, entries: usize, milliseconds: f64) -> f64 {
    // A round has a few hundred entries.
    #[allow(clippy::cast_precision_loss)]
    let now = entries as f64 * 1000.0 / milliseconds.max(1.0);
    rate.map_or(now, |rate| rate + SHARE * (now - rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of doubles near a hundred.
    const TOLERANCE: f64 = 1e-9;

    #[test]
    fn the_first_round_is_the_rate() {
        assert!((smoothed(None, 50, 500.0) - 100.0).abs() < TOLERANCE);
    }

    #[test]
    fn a_steady_rate_stays_and_a_new_one_is_followed_within_some_rounds() {
        let mut rate = smoothed(None, 50, 500.0);
        rate = smoothed(Some(rate), 50, 500.0);
        assert!((rate - 100.0).abs() < TOLERANCE);
        let after_one = smoothed(Some(rate), 50, 1_000.0);
        assert!((after_one - 90.0).abs() < TOLERANCE, "{after_one}");
        for _ in 0..10 {
            rate = smoothed(Some(rate), 50, 1_000.0);
        }
        assert!((50.0..56.0).contains(&rate), "{rate}");
    }

    #[test]
    fn a_clock_that_stands_still_makes_no_infinite_rate() {
        for milliseconds in [0.0, -3.0, f64::NAN] {
            assert!((smoothed(None, 2, milliseconds) - 2_000.0).abs() < TOLERANCE);
        }
    }
}
