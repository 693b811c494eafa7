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

/// How it goes on, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// Entries a second.
    pub rate: f64,
    /// Seconds until all entries are embedded; none while nobody knows when the rest comes.
    pub left: Option<f64>,
}

/// What can be said of the indexing after `embedded` of the `there` entries that have been
/// read, where `all` are expected and the source lets them be read now or not. None while
/// there is nothing to embed: a rate that is not one is not shown.
#[must_use]
pub fn outlook(
    rate: Option<f64>,
    embedded: usize,
    there: usize,
    all: Option<usize>,
    is_held_up: bool,
) -> Option<Outlook> {
    let rate = rate.filter(|rate| *rate > 0.0)?;
    if embedded >= there {
        return None;
    }
    let all = all.map(|all| all.max(there));
    let known = all.filter(|all| !is_held_up || *all == there);
    // Counts of entries are far below 2^52.
    #[allow(clippy::cast_precision_loss)]
    let left = known.map(|all| (all - embedded) as f64 / rate);
    Some(Outlook { rate, left })
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

    #[test]
    fn nothing_to_embed_has_no_rate_and_what_waits_no_end() {
        let told = |embedded, all, is_held_up| {
            let outlook = outlook(Some(2.0), embedded, 50, all, is_held_up)?;
            assert!((outlook.rate - 2.0).abs() < TOLERANCE);
            Some(outlook.left)
        };
        assert_eq!(told(50, Some(100), true), None);
        assert_eq!(told(50, Some(100), false), None);
        assert_eq!(told(40, Some(100), false), Some(Some(30.0)));
        assert_eq!(told(40, Some(100), true), Some(None));
        // Everything has been read, so nothing is waited for.
        assert_eq!(told(40, Some(50), true), Some(Some(5.0)));
        // More than was expected.
        assert_eq!(told(40, Some(45), false), Some(Some(5.0)));
        assert_eq!(told(40, None, false), Some(None));
        assert_eq!(outlook(None, 1, 2, Some(2), false), None);
        assert_eq!(outlook(Some(0.0), 1, 2, Some(2), false), None);
    }
}
