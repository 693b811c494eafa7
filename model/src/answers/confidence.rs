//! How sure an answer is: how much better it fits than what fits a person's other texts.
//!
//! Each of some entries is asked by what was said there, as if that had never been: nothing that
//! replies the same may answer. How well the best answer fits then, and how far it stands out
//! from all others, is what is usual where nothing was said to just that. A question whose
//! answer fits better than most of these is likely to have been meant by it.

use crate::answers::spread::float;

/// As many held-out entries as what is usual for everybody counts for.
const OF_ALL: f32 = 30.0;

/// How well the best answer fits what nobody has said to a person, in points of
/// [`Hit::score`], and by how many deviations it stands out from the others, by the root of
/// twice the logarithm of how many there are. Both by 3,200 questions of two persons.
///
/// [`Hit::score`]: crate::answers::Hit::score
const FITS: Usual = Usual {
    middle: 0.5,
    deviation: 0.2,
};
const STANDS_OUT: Usual = Usual {
    middle: 1.7,
    deviation: 0.45,
};

/// Of few answers none can stand out far: one of `n` at most by the root of `n − 1`. So much of
/// that is usual at most; from some seventy on the figures above are less.
const OF_FEW: Usual = Usual {
    middle: 0.6,
    deviation: 0.16,
};

/// A question that stands out may fit badly: that it fits as well as this many more of the usual
/// ones is enough.
const MILDER: f32 = 0.1;

/// What is usual of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Usual {
    middle: f32,
    deviation: f32,
}

/// What is usual where nothing fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    fits: Usual,
    stands_out: Usual,
}

/// How well an answer fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    pub score: f32,
    /// By how many deviations of all scores it is above their mean.
    pub above: f32,
}

/// All scores of a question together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scores {
    count: f32,
    sum: f32,
    squares: f32,
}

impl Default for Scale {
    fn default() -> Self {
        Self::of(&[], 0)
    }
}

impl Scale {
    /// Known by how well the best answers fit held-out ones, among so many entries.
    #[must_use]
    pub fn of(held_out: &[Fit], entries: usize) -> Self {
        let all = root_of(entries);
        let of = |figure: fn(&Fit) -> f32, of_all: Usual| {
            let mut figures: Vec<f32> = held_out.iter().map(figure).collect();
            figures.retain(|figure| figure.is_finite());
            figures.sort_by(f32::total_cmp);
            let at = |share: usize| figures.get(figures.len() * share / 100).copied();
            let (Some(low), Some(middle), Some(high)) = (at(10), at(50), at(90)) else {
                return of_all;
            };
            // Between a tenth and nine tenths lie that many deviations.
            let deviation = (high - low) / 2.56;
            let own = float(figures.len());
            let mixed = |own_value: f32, all_value: f32| {
                (own * own_value + OF_ALL * all_value) / (own + OF_ALL)
            };
            Usual {
                middle: mixed(middle, of_all.middle),
                deviation: mixed(deviation, of_all.deviation),
            }
        };
        let most = float(entries.saturating_sub(1)).sqrt();
        let stands_out = Usual {
            middle: (STANDS_OUT.middle * all).min(OF_FEW.middle * most),
            deviation: (STANDS_OUT.deviation * all).min(OF_FEW.deviation * most),
        };
        Self {
            fits: of(|fit| fit.score, FITS),
            stands_out: of(|fit| fit.above, stands_out),
        }
    }

    /// 0 to 1: which share of what nobody has said to that person has answers that fit less.
    #[must_use]
    pub fn confidence(&self, fit: Fit) -> f32 {
        let fits = self.fits.share_below(fit.score) + MILDER;
        let stands_out = self.stands_out.share_below(fit.above);
        fits.min(stands_out).clamp(0.0, 1.0)
    }
}

impl Usual {
    fn share_below(self, value: f32) -> f32 {
        let deviations = (value - self.middle) / self.deviation;
        // The logistic curve, which is within a hundredth of the normal one.
        let share = 1.0 / (1.0 + libm::expf(-1.702 * deviations));
        if share.is_finite() { share } else { 0.0 }
    }
}

impl Scores {
    pub fn add(&mut self, score: f32) {
        self.count += 1.0;
        self.sum += score;
        self.squares += score * score;
    }

    #[must_use]
    pub fn fit(&self, score: f32) -> Fit {
        let mean = self.sum / self.count;
        let deviation = (self.squares / self.count - mean * mean).max(0.0).sqrt();
        let above = (score - mean) / deviation;
        // A score has more in it than those of all, which may be nearly alike.
        let most = (self.count - 1.0).max(0.0).sqrt();
        Fit {
            score,
            // Where all are alike none stands out, and all may fit.
            above: if above.is_finite() {
                above.min(most)
            } else {
                f32::INFINITY
            },
        }
    }
}

/// How far the best of so many is usually above them, in deviations.
fn root_of(entries: usize) -> f32 {
    (2.0 * libm::logf(float(entries) + 2.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(scores: &[f32]) -> Vec<Fit> {
        let fit = |score: &f32| Fit {
            score: *score,
            above: 8.0 * score,
        };
        scores.iter().map(fit).collect()
    }

    #[test]
    fn what_fits_better_than_what_is_usual_is_surer() {
        let held_out: Vec<f32> = (0..200_u8).map(|n| 0.3 + f32::from(n) / 500.0).collect();
        let scale = Scale::of(&fits(&held_out), 1_600);
        let confidence = |score: f32| {
            scale.confidence(Fit {
                score,
                above: 8.0 * score,
            })
        };
        assert!(confidence(0.2) < 0.15);
        assert!((0.3..0.6).contains(&confidence(0.5)));
        assert!(confidence(1.2) > 0.95);
        let fits_alone = scale.confidence(Fit {
            score: 1.2,
            above: 2.0,
        });
        assert!(fits_alone < 0.2, "{fits_alone}");
    }

    #[test]
    fn who_has_few_is_measured_as_everybody_is() {
        let fit = Fit {
            score: 0.9,
            above: 6.0,
        };
        let of = |held_out: &[f32], entries| Scale::of(&fits(held_out), entries).confidence(fit);
        for entries in [1_usize, 30, 3_000] {
            assert!((of(&[], entries) - of(&[0.6], entries)).abs() < 0.05);
        }
    }

    /// Whatever there is, the best of them can stand out, and it is not asked for more at once.
    #[test]
    fn of_few_none_has_to_stand_out_farther_than_one_can() {
        let confidence = |entries: u16| {
            let most = f32::from(entries - 1).sqrt();
            let above = if entries > 1 { most } else { f32::INFINITY };
            let fit = Fit { score: 1.2, above };
            Scale::of(&[], entries.into()).confidence(fit)
        };
        let all: Vec<f32> = (1..300).map(confidence).collect();
        assert!(all.iter().all(|sure| *sure > 0.9), "{all:?}");
        assert!(all.windows(2).all(|two| (two[0] - two[1]).abs() < 0.05));
    }

    #[test]
    fn what_is_nearly_alike_does_not_stand_out_farther_than_one_can() {
        let mut scores = Scores::default();
        for score in [0.8, 0.81] {
            scores.add(score);
        }
        // In the language of the question, say.
        assert!((scores.fit(0.9).above - 1.0).abs() < 1e-6);
        assert!(scores.fit(0.8).above < 0.0);
    }

    proptest! {
        #[test]
        fn it_is_between_nought_and_one(
            scores in proptest::collection::vec(proptest::num::f32::ANY, 0..20),
            score in proptest::num::f32::ANY, above in proptest::num::f32::ANY,
        ) {
            let scale = Scale::of(&fits(&scores), scores.len());
            let confidence = scale.confidence(Fit { score, above });
            prop_assert!((0.0..=1.0).contains(&confidence), "{confidence}");
        }
    }
}
