//! Ids as each server writes them: numbers, UUIDs and ULIDs. All of them sort by time, and
//! none of them means anything to who reads them.

use super::Like;

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Digits of a ULID.
const ULID: usize = 26;

#[must_use]
pub(crate) fn write(like: Like, number: u64) -> String {
    match like {
        Like::Mastodon42 | Like::Mastodon43 => number.to_string(),
        Like::Hollo => {
            let hex = format!("{number:016x}");
            let parts = (&hex[..8], &hex[8..12], &hex[12..15], &hex[15..]);
            format!(
                "{}-{}-7{}-8{}00-000000000000",
                parts.0, parts.1, parts.2, parts.3
            )
        }
        Like::GoToSocial => {
            let mut digits = [b'0'; ULID];
            let mut rest = number;
            for digit in digits.iter_mut().rev() {
                *digit = CROCKFORD[usize::try_from(rest % 32).unwrap_or(0)];
                rest /= 32;
            }
            digits.iter().map(|&digit| char::from(digit)).collect()
        }
    }
}

/// The number of an id of this server.
#[must_use]
pub(crate) fn read(like: Like, id: &str) -> Option<u64> {
    let number = match like {
        Like::Mastodon42 | Like::Mastodon43 => id.parse().ok()?,
        Like::Hollo => {
            let hex: Vec<char> = id.chars().filter(char::is_ascii_hexdigit).collect();
            let kept = (0..17).filter(|&at| at != 12 && at != 16);
            let kept = kept.chain([17]).filter_map(|at| hex.get(at));
            u64::from_str_radix(&kept.collect::<String>(), 16).ok()?
        }
        Like::GoToSocial => id.bytes().try_fold(0_u64, |number, byte| {
            let digit = CROCKFORD.iter().position(|&digit| digit == byte)?;
            number
                .checked_mul(32)?
                .checked_add(u64::try_from(digit).ok()?)
        })?,
    };
    (write(like, number) == id).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_give_back_what_they_are_of_and_sort_by_it() {
        for like in [
            Like::Mastodon42,
            Like::Mastodon43,
            Like::Hollo,
            Like::GoToSocial,
        ] {
            let numbers = [
                1_900_000_000_000_000_003,
                1_900_000_000_000_000_004,
                1_900_000_000_004_000_000,
            ];
            let ids = numbers.map(|number| write(like, number));
            assert!(ids.is_sorted());
            assert_eq!(ids.each_ref().map(|id| read(like, id)), numbers.map(Some));
            assert_eq!(read(like, &write(like, 7)), Some(7));
            for wrong in ["", "가", "-1", "zz", "00000000-0000-0000-0000-000000000000"] {
                assert_eq!(read(like, wrong), None, "{wrong}");
            }
        }
    }
}
