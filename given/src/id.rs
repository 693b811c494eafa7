//! Ids of X's accounts and posts.

use std::fmt;

use crate::lenient::Kind;

/// Longest id, in digits: X's are positive numbers of 63 bits.
const MAX_DIGITS: usize = 19;

/// Ids below it hold no time: X counted its posts until November 2010.
const FIRST_SNOWFLAKE: u64 = 30_000_000_000;

/// What the milliseconds in an id are counted from, in milliseconds since 1970.
const SNOWFLAKE_EPOCH: u64 = 1_288_834_974_657;

/// A number that X writes as a text. Of posts the newer one has the larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u64);

impl Id {
    /// None of what is no id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = (1..=MAX_DIGITS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit());
        // So few digits are always a number; `parse` would check for each.
        is_id.then(|| {
            let digits = text.bytes().map(|byte| u64::from(byte - b'0'));
            Self(digits.fold(0, |number, digit| number * 10 + digit))
        })
    }

    /// When the post with this id was written, in seconds.
    #[must_use]
    pub fn time(self) -> Option<i64> {
        let milliseconds = (self.0 >> 22) + SNOWFLAKE_EPOCH;
        (self.0 >= FIRST_SNOWFLAKE).then(|| i64::try_from(milliseconds / 1000).ok())?
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Kind<'_> for Id {
    fn of_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn of_integer(integer: i128) -> Option<Self> {
        u64::try_from(integer).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_number_and_nothing_else() {
        for (text, id) in [
            ("7", Some(Id(7))),
            ("2050002257310658617", Some(Id(2_050_002_257_310_658_617))),
            ("9999999999999999999", Some(Id(9_999_999_999_999_999_999))),
            ("10000000000000000000", None),
            ("", None),
            ("+7", None),
            ("7 ", None),
            ("7/../1", None),
            ("７", None),
        ] {
            assert_eq!(Id::parse(text), id, "{text}");
            assert!(id.is_none_or(|id| id.to_string() == text));
        }
    }

    #[test]
    fn newer_ids_hold_their_time() {
        assert_eq!(Id(2_050_002_257_310_658_617).time(), Some(1_777_593_600));
        assert_eq!(Id(FIRST_SNOWFLAKE - 1).time(), None);
    }
}
