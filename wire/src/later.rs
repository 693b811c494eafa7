//! When a page asks again: what it keeps of a problem, for itself and for whoever comes back
//! to it. Times are of the browser's own clock, whose `now` comes in as an argument.

use serde::{Deserialize, Serialize};

use crate::{Cause, Limit, Problem, look_again};

/// When it is this person's turn, and why not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    pub until: i64,
    pub limit: Option<Limit>,
    /// As [`Problem::sign_in`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sign_in: bool,
}

impl Slot {
    /// Until when `problem` asks to wait; none if it does not. Also what is closed may have a
    /// time: when the month ends, or when somebody finds out whether the operator has paid.
    #[must_use]
    pub fn told_by(problem: &Problem, now: i64) -> Option<Self> {
        if !matches!(problem.cause, Cause::Waiting | Cause::Closed) {
            return None;
        }
        Some(Self {
            until: now + problem.wait()?,
            limit: problem.limit,
            sign_in: problem.sign_in,
        })
    }

    /// When to ask whether an earlier one has turned up; none where none can, or where the
    /// session would have ended by then. `draw` as in [`look_again`].
    #[must_use]
    pub fn look(self, now: i64, draw: u8) -> Option<i64> {
        if self.sign_in {
            return None;
        }
        match self.limit? {
            Limit::AppQuarter | Limit::AppDay | Limit::Month => {
                Some(now + look_again(self.until - now, draw))
            }
            Limit::UserQuarter
            | Limit::UserDay
            | Limit::Credits
            | Limit::Operator
            | Limit::Source => None,
        }
    }

    /// Seconds that are left of the wait; none when it is over.
    #[must_use]
    pub fn left(self, now: i64) -> Option<i64> {
        Some(self.until - now).filter(|left| *left > 0)
    }
}

/// Why an import failed, and from when on it is tried again unbidden: never, if that is not
/// known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    problem: Problem,
    until: Option<i64>,
}

impl Failed {
    /// What to keep of `problem`. None of the end of a session: that shows by itself, and
    /// signing in again is what goes on.
    #[must_use]
    pub fn with(problem: &Problem, now: i64) -> Option<Self> {
        (problem.cause != Cause::SignedOut).then(|| Self {
            problem: problem.clone(),
            until: problem.wait().map(|wait| now + wait),
        })
    }

    /// What still stands in the way; none once it is to be tried again.
    #[must_use]
    pub fn still(self, now: i64) -> Option<Problem> {
        let is_over = self.until.is_some_and(|until| until <= now);
        (!is_over).then_some(self.problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LONGEST_WAIT, SHORTEST_WAIT};

    const NOW: i64 = 1_700_000_000;
    /// The edge's clock, which is not the browser's.
    const THERE: i64 = NOW + 5_000;

    fn problem(cause: Cause) -> Problem {
        Problem::new(429, cause, "told")
    }

    fn waiting(seconds: i64) -> Problem {
        problem(Cause::Waiting).retry_at(THERE + seconds, THERE)
    }

    #[test]
    fn a_slot_is_as_long_as_it_is_told_by_the_browsers_clock() {
        for (told, kept) in [
            (600, 600),
            (0, SHORTEST_WAIT),
            (i64::MAX - THERE, LONGEST_WAIT),
        ] {
            let slot = Slot::told_by(&waiting(told).limit(Limit::UserQuarter), NOW).unwrap();
            assert_eq!(
                (slot.until, slot.limit),
                (NOW + kept, Some(Limit::UserQuarter))
            );
        }
        let closed = problem(Cause::Closed).retry_at(THERE + 60, THERE);
        assert_eq!(Slot::told_by(&closed, NOW).unwrap().until, NOW + 60);
    }

    #[test]
    fn what_asks_nobody_to_wait_is_no_slot() {
        assert_eq!(Slot::told_by(&problem(Cause::Waiting), NOW), None);
        assert_eq!(Slot::told_by(&problem(Cause::Closed), NOW), None);
        let failed = problem(Cause::SourceFailed).retry_at(THERE + 60, THERE);
        assert_eq!(Slot::told_by(&failed, NOW), None);
    }

    #[test]
    fn a_wait_is_over_when_its_time_has_come() {
        let slot = Slot::told_by(&waiting(600), NOW).unwrap();
        assert_eq!(slot.left(NOW), Some(600));
        assert_eq!(slot.left(NOW + 599), Some(1));
        assert_eq!(slot.left(NOW + 600), None);
        assert_eq!(slot.left(NOW + 10_000), None);
    }

    #[test]
    fn only_limits_that_others_share_are_looked_at_again() {
        let slot = |limit| Slot {
            until: NOW + 8_000,
            limit,
            sign_in: false,
        };
        for limit in [Limit::AppQuarter, Limit::AppDay, Limit::Month] {
            assert_eq!(slot(Some(limit)).look(NOW, 0), Some(NOW + 1_000));
            assert_eq!(slot(Some(limit)).look(NOW, u8::MAX), Some(NOW + 1_250));
        }
        for limit in [
            Limit::UserQuarter,
            Limit::UserDay,
            Limit::Credits,
            Limit::Operator,
            Limit::Source,
        ] {
            assert_eq!(slot(Some(limit)).look(NOW, 0), None);
        }
        assert_eq!(slot(None).look(NOW, 0), None);
    }

    #[test]
    fn whoever_has_to_sign_in_again_is_not_asked_for_meanwhile() {
        let told = waiting(8_000)
            .limit(Limit::AppDay)
            .for_session(THERE + 7_200);
        let slot = Slot::told_by(&told, NOW).unwrap();
        assert!(slot.sign_in);
        assert_eq!(slot.look(NOW, 0), None);
        let kept = serde_json::to_string(&slot).unwrap();
        assert_eq!(serde_json::from_str::<Slot>(&kept).unwrap(), slot);
    }

    #[test]
    fn a_failure_stays_until_its_time_and_one_without_a_time_stays() {
        let known = problem(Cause::SourceFailed).retry_at(THERE + 600, THERE);
        let failed = Failed::with(&known, NOW).unwrap();
        assert_eq!(failed.clone().still(NOW + 599), Some(known));
        assert_eq!(failed.still(NOW + 600), None);

        let unknown = problem(Cause::Forbidden);
        let failed = Failed::with(&unknown, NOW).unwrap();
        assert_eq!(failed.still(NOW + 400 * 86_400), Some(unknown));
    }

    #[test]
    fn the_end_of_a_session_is_no_failure_to_keep() {
        assert_eq!(Failed::with(&problem(Cause::SignedOut), NOW), None);
    }

    /// Browsers hold them.
    #[test]
    fn what_is_kept_has_the_form_that_it_had() {
        let slot = r#"{"until":1700000600,"limit":"app-quarter"}"#;
        let read: Slot = serde_json::from_str(slot).unwrap();
        assert_eq!(read.left(NOW), Some(600));
        assert_eq!(serde_json::to_string(&read).unwrap(), slot);

        let failed = Failed::with(&problem(Cause::Forbidden), NOW).unwrap();
        assert_eq!(
            serde_json::to_string(&failed).unwrap(),
            r#"{"problem":{"type":"about:blank#forbidden","title":"told","status":429,"cause":"forbidden"},"until":null}"#
        );
    }
}
