//! A turn: pages that somebody may ask for, from a time on.
//!
//! It ends with its last page, when its person leaves, and [`GRACE`] seconds after it was to
//! begin or was last used; [`HELD`] seconds after it for somebody who has to come back to it
//! by themselves and sign in again.

use serde::{Deserialize, Serialize};

use super::{QUARTER, Wanted};

/// How long a turn is kept for somebody who does not ask, in seconds: half a window. Whoever
/// looks elsewhere for some minutes finds it again, and whoever does not come back has kept
/// others waiting for no longer.
pub const GRACE: i64 = QUARTER / 2;

/// How long a turn is kept for somebody whose session has ended by then: they were told a
/// time that may be a day away, and no page waits for it in their place. Others have what it
/// holds once [`GRACE`] is over, as many will not come.
pub const HELD: i64 = 60 * 60;

/// How often somebody who waits may look for an earlier turn, in seconds: whoever asks more
/// often than our page does is not to get all that others give back.
pub const LOOK: i64 = 2 * 60;

/// One import's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub pages: u32,
    pub at: i64,
    /// The window, by its ordinal, that holds the pages.
    pub window: i64,
    /// When the person was last there.
    pub seen: i64,
    #[serde(default)]
    pub hold: Hold,
}

/// How long a turn is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hold {
    #[default]
    Short,
    /// Its person has to sign in again.
    Long,
    /// As before, but its pages are no longer kept from others.
    Late,
}

impl Turn {
    pub fn has_begun(&self, now: i64) -> bool {
        now >= self.at
    }

    /// Its person is there `now`.
    pub fn seen_by(self, wanted: &Wanted, now: i64) -> Self {
        let hold = if self.at >= wanted.ends {
            Hold::Long
        } else {
            Hold::Short
        };
        Self {
            seen: now,
            hold,
            ..self
        }
    }

    pub fn may_look(&self, now: i64) -> bool {
        !self.has_begun(now) && now >= self.seen + LOOK
    }

    /// Its person has left.
    pub fn is_over(&self, now: i64) -> bool {
        let grace = match self.hold {
            Hold::Short => GRACE,
            Hold::Long | Hold::Late => HELD,
        };
        now > self.at.max(self.seen) + grace
    }

    /// Others are to have what it holds from now on.
    pub fn is_to_give_way(&self, now: i64) -> bool {
        self.hold == Hold::Long && now > self.at.max(self.seen) + GRACE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_outlasts_a_look_elsewhere() {
        let turn = Turn {
            pages: 3,
            at: 1_000,
            window: 1,
            seen: 500,
            hold: Hold::Short,
        };
        assert!(!turn.may_look(500 + LOOK - 1) && turn.may_look(500 + LOOK));
        assert!(!turn.may_look(1_000), "it has begun");
        assert!(!turn.is_over(1_000 + GRACE) && turn.is_over(1_001 + GRACE));
        let used = Turn {
            seen: 1_200,
            ..turn
        };
        assert!(!used.is_over(1_200 + GRACE) && used.is_over(1_201 + GRACE));
        let long = Turn {
            hold: Hold::Long,
            ..turn
        };
        assert!(!long.is_over(1_000 + HELD) && long.is_over(1_001 + HELD));
        assert!(!long.is_to_give_way(1_000 + GRACE) && long.is_to_give_way(1_001 + GRACE));
        assert!(!turn.is_to_give_way(1_001 + GRACE));
    }
}
