//! How often one person may ask, counted where the request arrives. Whoever always asks is
//! stopped here, and does not keep the one object from the others.

use std::collections::BTreeMap;

use crate::budget::Person;

/// Requests of one person in a minute. An import makes about one a second, as X takes its
/// time; two tabs and somebody who is impatient fit.
pub const MOST: u32 = 120;

const MINUTE: i64 = 60;

/// Most people who are counted in a minute. Nobody signs in so fast; of more the others pass.
const MAX_PEOPLE: usize = 10_000;

/// Counts by the minute.
#[derive(Debug, Default)]
pub struct Pace {
    minute: i64,
    asked: BTreeMap<Person, u32>,
}

impl Pace {
    #[must_use]
    pub const fn new() -> Self {
        Self {
            minute: 0,
            asked: BTreeMap::new(),
        }
    }

    /// Counts a request, unless it is one too many: then until when `person` has to wait.
    pub fn ask(&mut self, person: Person, now: i64) -> Option<i64> {
        let minute = now.div_euclid(MINUTE);
        if self.minute != minute {
            self.minute = minute;
            self.asked.clear();
        }
        let is_full = self.asked.len() >= MAX_PEOPLE;
        if is_full && !self.asked.contains_key(&person) {
            return None;
        }
        let asked = self.asked.entry(person).or_default();
        if *asked >= MOST {
            return Some((minute + 1) * MINUTE);
        }
        *asked += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Key;

    #[test]
    fn who_always_asks_waits_for_the_next_minute_and_nobody_else_does() {
        let key = Key::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let person = |number: usize| Person::of(&number.to_string(), &key);
        let now = 1_800_000_000;
        let mut pace = Pace::new();
        for _ in 0..MOST {
            assert_eq!(pace.ask(person(1), now), None);
        }
        for _ in 0..10_000 {
            assert_eq!(pace.ask(person(1), now + 59), Some(now + 60));
        }
        assert_eq!(pace.ask(person(2), now + 59), None);
        assert_eq!(pace.ask(person(1), now + 60), None);

        for number in 0..2 * MAX_PEOPLE {
            assert_eq!(pace.ask(person(number), now + 120), None);
        }
        assert_eq!(pace.asked.len(), MAX_PEOPLE);
    }
}
