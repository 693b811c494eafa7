//! Bots: how many are stored, and how many somebody uploads in a day.

use serde::{Deserialize, Serialize};

use super::{Budget, DAY, Person, window::midnight};

/// What happened to the stored bots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bots {
    Counted(u32),
    Stored,
    Removed,
}

/// The day, and how many bots on it.
pub type Uploads = (i64, u32);

impl Budget {
    /// A purge has counted what is stored; or something was added or removed since.
    pub fn count_bots(&mut self, bots: Bots) {
        let known = self.bots.unwrap_or_default();
        *self.bots.change() = Some(match bots {
            Bots::Counted(count) => count,
            Bots::Stored => known.saturating_add(1),
            Bots::Removed => known.saturating_sub(1),
        });
    }

    /// Counts a bot that `who` uploads, unless it is one too many for today: then until
    /// when they have to wait.
    pub fn upload(&mut self, who: Person, now: i64) -> Option<i64> {
        let today = now.div_euclid(DAY);
        let (day, count) = self.uploads.get(&who).copied().unwrap_or((today, 0));
        let count = if day == today { count } else { 0 };
        if count >= self.rules.uploads_day {
            return Some(midnight(now));
        }
        self.uploads.insert(who, (today, count + 1));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::fixture::{NOW, person, rules};

    #[test]
    fn uploads_are_counted_by_the_day() {
        let mut budget = Budget::new(rules(100, 100));
        let midnight = (NOW.div_euclid(DAY) + 1) * DAY;
        assert_eq!(budget.upload(person(1), NOW), None);
        assert_eq!(budget.upload(person(1), NOW), None);
        assert_eq!(budget.upload(person(1), NOW + 1), Some(midnight));
        assert_eq!(budget.upload(person(2), NOW + 1), None);
        assert_eq!(budget.upload(person(1), midnight), None);
    }
}
