//! Who imports or uploads.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::seal::Key;

/// A hash, so that nobody can be told from what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Person(pub(super) [u8; 12]);

impl Person {
    /// `key` keeps others from trying all ids.
    #[must_use]
    pub fn of(id: &str, key: &Key) -> Self {
        let digest = key.digest(b"lemon-toolbox budget 1", id);
        let mut person = [0; 12];
        person.copy_from_slice(&digest[..12]);
        Self(person)
    }

    /// A number below `end` that is this person's, so that many are not told the same
    /// time. `end` is at most 2^16.
    pub(super) fn lot(self, end: i64) -> i64 {
        i64::from(u16::from_be_bytes([self.0[0], self.0[1]])) % end
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_by_their_hash_without_the_key() {
        let [ours, others] = ["A", "B"].map(|first| {
            let key = format!("{first}AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
            Key::parse(&key).unwrap()
        });
        let person = Person::of("100", &ours);
        assert_eq!(person, Person::of("100", &ours));
        assert_ne!(person, Person::of("101", &ours));
        assert_ne!(person, Person::of("100", &others));
        assert_eq!(person.to_string().len(), 24);
    }

    #[test]
    fn lots_lie_all_over() {
        let lot = |first: u16| {
            let mut hash = [9; 12];
            hash[..2].copy_from_slice(&first.to_be_bytes());
            Person(hash).lot(10)
        };
        let drawn: Vec<i64> = [0, 9, 10, 259, u16::MAX].into_iter().map(lot).collect();
        assert_eq!(drawn, [0, 9, 0, 9, 5]);
    }
}
