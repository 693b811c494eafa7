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
