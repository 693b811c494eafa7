//! Misskey's ids, of its kind `aidx`: eight digits of base 36 for the milliseconds since 2000,
//! and eight more.

use crate::standin::{
    User,
    post::{parse_snowflake, snowflake},
};

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// 2000-01-01, in unix milliseconds.
const FIRST_MS: i64 = 946_684_800_000;

/// When everybody here made their account: 2023-05-01.
pub const JOINED: i64 = 1_682_899_200;

#[must_use]
pub fn of_note(snowflake: u64) -> String {
    let (at, low) = parse_snowflake(snowflake);
    of(at, low.into())
}

/// The snowflake of a note.
#[must_use]
pub fn note(id: &str) -> Option<u64> {
    let (at, low) = parse(id)?;
    Some(snowflake(at, u32::try_from(low).ok()?))
}

#[must_use]
pub fn of_user(user: &User) -> String {
    of(JOINED, user.id)
}

/// The number of a user.
#[must_use]
pub fn user(id: &str) -> Option<u64> {
    let (at, user) = parse(id)?;
    (at == JOINED).then_some(user)
}

/// The id before all that are written at `at` or later.
#[must_use]
pub fn at(at_ms: i64) -> String {
    format!("{}00000000", digits((at_ms - FIRST_MS).unsigned_abs()))
}

fn of(at: i64, rest: u64) -> String {
    let ms = (at * 1_000 - FIRST_MS).unsigned_abs();
    format!("{}{}", digits(ms), digits(rest))
}

fn parse(id: &str) -> Option<(i64, u64)> {
    let (ms, rest) = id.split_at_checked(8).filter(|_| id.len() == 16)?;
    let ms = i64::from_str_radix(ms, 36).ok()?;
    let rest = u64::from_str_radix(rest, 36).ok()?;
    Some(((ms + FIRST_MS).div_euclid(1_000), rest))
}

fn digits(mut number: u64) -> String {
    let mut digits = [b'0'; 8];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(number % 36).unwrap_or(0)];
        number /= 36;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standin::NEWEST;

    #[test]
    fn ids_give_back_what_they_are_of_and_sort_by_time() {
        let older = snowflake(NEWEST - 1, 0x3f_ffff);
        let newer = snowflake(NEWEST, 7);
        for id in [older, newer] {
            assert_eq!(note(&of_note(id)), Some(id));
        }
        assert!(of_note(older) < of_note(newer));
        assert!(of_note(older) < at(NEWEST * 1_000) && at(NEWEST * 1_000) < of_note(newer));
        for wrong in [
            "",
            "a1e5",
            "가나다",
            "aaaaaaaa-aaaaaaa",
            "zzzzzzzzzzzzzzzzz",
        ] {
            assert_eq!(note(wrong), None, "{wrong}");
        }
    }
}
