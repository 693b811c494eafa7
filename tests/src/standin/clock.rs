use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// The time that codes, tokens and windows go by, in unix seconds. Clones show
/// the same time and are advanced together.
#[derive(Clone)]
pub struct Clock {
    base: Arc<dyn Fn() -> i64 + Send + Sync>,
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::from_fn(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| {
                    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
                })
        })
    }

    /// A clock that stands still at `at` until it is advanced.
    #[must_use]
    pub fn fixed(at: i64) -> Self {
        Self::from_fn(move || at)
    }

    pub fn from_fn(now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self {
            base: Arc::new(now),
            ahead: Arc::default(),
        }
    }

    #[must_use]
    pub fn now(&self) -> i64 {
        (self.base)() + self.ahead.load(Ordering::SeqCst)
    }

    pub fn advance(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

/// `at` as X writes times: RFC 3339 with milliseconds, in UTC.
#[must_use]
pub fn timestamp(at: i64) -> String {
    let (day, second) = (at.div_euclid(86_400), at.rem_euclid(86_400));
    // Days counted from 0000-03-01, so that the leap day ends its year
    // (Howard Hinnant, "chrono-compatible low-level date algorithms").
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{date:02}T{:02}:{:02}:{:02}.000Z",
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

/// `at` as X's first API, and its archives, write times: `Fri May 01 00:00:00 +0000 2026`.
#[must_use]
pub fn first_form(at: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let time = timestamp(at);
    let day = usize::try_from(at.div_euclid(86_400).rem_euclid(7)).unwrap_or_default();
    let month = time[5..7].parse::<usize>().unwrap_or(1);
    let (month, date, clock, year) = (MONTHS[month - 1], &time[8..10], &time[11..19], &time[..4]);
    format!("{} {month} {date} {clock} +0000 {year}", DAYS[day])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_x_writes_them() {
        for (at, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000Z"),
            (1_709_251_200, "2024-03-01T00:00:00.000Z"),
            (1_788_220_800, "2026-09-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(timestamp(at), text);
        }
        assert_eq!(first_form(0), "Thu Jan 01 00:00:00 +0000 1970");
        assert_eq!(first_form(1_777_593_600), "Fri May 01 00:00:00 +0000 2026");
    }

    #[test]
    fn clones_are_advanced_together() {
        let clock = Clock::fixed(100);
        let other = clock.clone();
        clock.advance(30);
        assert_eq!(other.now(), 130);
    }
}
