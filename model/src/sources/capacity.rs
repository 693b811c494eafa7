//! How many posts a device can hold.

/// Most posts of a bot on any device.
pub const MAX_POSTS: usize = 200_000;

/// Fewest that every device is taken to hold: as many as X gives.
const MIN_POSTS: usize = 3_200;

/// Bytes that a post may take: an entry has 1.4 kB, which are there twice while it is proven
/// that it can be read back.
const POST: f64 = 2_800.0;

/// The share of a device's memory that a bot may take. Browsers give a tab a fraction of it, and
/// the encoder and the page want theirs.
const SHARE: f64 = 0.05;

/// What a phone has that does not say, in gigabytes.
const PHONE: f64 = 3.0;

/// From so many gigabytes on browsers say no more than that.
const MANY: f64 = 8.0;

/// How many posts fit into a device with so many `gigabytes` of memory, if it says so, in whole
/// thousands.
#[must_use]
pub fn posts(gigabytes: Option<f64>, is_phone: bool) -> usize {
    let gigabytes = match gigabytes {
        Some(gigabytes) if is_phone || gigabytes < MANY => gigabytes,
        None if is_phone => PHONE,
        _ => return MAX_POSTS,
    };
    let thousands = gigabytes * 1e9 * SHARE / POST / 1e3;
    // At most some hundreds; what is no number is none.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let thousands = thousands as usize;
    thousands.saturating_mul(1_000).clamp(MIN_POSTS, MAX_POSTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_holds_less_than_a_desk() {
        for (gigabytes, is_phone, expected) in [
            (None, false, MAX_POSTS),
            (Some(8.0), false, MAX_POSTS),
            (Some(8.0), true, 142_000),
            (Some(4.0), true, 71_000),
            (Some(4.0), false, 71_000),
            (None, true, 53_000),
            (Some(1.0), true, 17_000),
            (Some(0.25), true, 4_000),
            (Some(0.0), true, MIN_POSTS),
            (Some(-1.0), true, MIN_POSTS),
            (Some(f64::NAN), true, MIN_POSTS),
            (Some(f64::INFINITY), true, MAX_POSTS),
        ] {
            assert_eq!(
                posts(gigabytes, is_phone),
                expected,
                "{gigabytes:?} {is_phone}"
            );
        }
    }
}
