//! What the stand-in knows of people and posts, before it is put into X's
//! shape.

use serde::{Deserialize, Serialize};

/// The moment before which every post was written: 2026-09-01T00:00:00Z.
pub const NEWEST: i64 = 1_788_220_800;

/// The time over which an account's posts are spread, in seconds: three years.
pub const SPAN: i64 = 3 * 365 * 86_400;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct User {
    pub id: u64,
    /// Without the leading `@`.
    pub handle: String,
    pub name: String,
    /// Its posts are for its followers only.
    pub protected: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// A snowflake: it sorts by time.
    pub id: u64,
    pub author: User,
    /// Unix seconds.
    pub at: i64,
    pub lang: Lang,
    /// As it was typed: nothing escaped, links whole, leading mentions included.
    pub text: String,
    pub reference: Option<Reference>,
    /// The user that it answers.
    pub answers: Option<u64>,
    /// The id of the post that began the conversation.
    pub conversation: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    pub relation: Relation,
    /// The post referred to.
    pub id: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    RepliedTo,
    Quoted,
    Retweeted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    Ko,
    Ja,
    En,
}

/// What asking for a post by its id gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Shown(Post),
    /// Its author is protected and does not let the asking account see it.
    Hidden,
    /// Deleted, or never there.
    Missing,
}

impl Relation {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RepliedTo => "replied_to",
            Self::Quoted => "quoted",
            Self::Retweeted => "retweeted",
        }
    }
}

impl Lang {
    /// BCP 47.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::Ja => "ja",
            Self::En => "en",
        }
    }
}

/// The snowflake of a post written at `at`; `low` is its lower 22 bits.
#[must_use]
pub fn snowflake(at: i64, low: u32) -> u64 {
    let millis = (at * 1_000 - SNOWFLAKE_EPOCH_MS).unsigned_abs();
    (millis << 22) | u64::from(low & 0x3f_ffff)
}

/// The time (unix seconds) and the lower 22 bits of a snowflake.
#[must_use]
pub fn parse_snowflake(id: u64) -> (i64, u32) {
    let millis = i64::try_from(id >> 22).unwrap_or(i64::MAX / 2) + SNOWFLAKE_EPOCH_MS;
    let low = u32::try_from(id & 0x3f_ffff).unwrap_or(0);
    (millis.div_euclid(1_000), low)
}

const SNOWFLAKE_EPOCH_MS: i64 = 1_288_834_974_657;

/// A well-mixed number for `seed` and `salt`, the same on every machine
/// (the finaliser of `SplitMix64`).
#[must_use]
pub fn mix(seed: u64, salt: u64) -> u64 {
    let mut x = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(salt.wrapping_mul(0xd1b5_4a32_d192_ed03))
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A number below `end` drawn from `seed` and `salt`.
#[must_use]
pub fn draw(seed: u64, salt: u64, end: usize) -> usize {
    let end = u64::try_from(end.max(1)).unwrap_or(1);
    usize::try_from(mix(seed, salt) % end).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snowflake_gives_back_its_time_and_its_low_bits() {
        for (at, low) in [(NEWEST, 0), (NEWEST - SPAN, 0x3f_ffff), (1_600_000_001, 77)] {
            assert_eq!(parse_snowflake(snowflake(at, low)), (at, low));
        }
    }

    #[test]
    fn snowflakes_sort_by_time() {
        assert!(snowflake(NEWEST, 0) > snowflake(NEWEST - 1, 0x3f_ffff));
    }

    #[test]
    fn draws_reach_every_number_below_their_end() {
        let mut seen = [false; 7];
        for salt in 0..100 {
            seen[draw(5, salt, 7)] = true;
        }
        assert_eq!(seen, [true; 7]);
    }
}
