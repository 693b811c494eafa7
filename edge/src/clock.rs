//! The clock that everything goes by.

/// Shows the machine's time, or, in tests, a faster one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Where the two are the same, in milliseconds since 1970.
    origin: u64,
    speed: u64,
}

/// The fastest that makes sense: a day in 17 seconds.
const MAX_SPEED: u64 = 5_000;

impl Default for Clock {
    fn default() -> Self {
        Self {
            origin: 0,
            speed: 1,
        }
    }
}

impl Clock {
    /// `<milliseconds since 1970>:<speed>`: from that moment on, so many times as fast.
    /// Tests set it, so that an hour of X's windows takes a minute.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (origin, speed) = text.split_once(':')?;
        let clock = Self {
            origin: origin.parse().ok()?,
            speed: speed.parse().ok()?,
        };
        (1..=MAX_SPEED).contains(&clock.speed).then_some(clock)
    }

    /// Seconds since 1970 when the machine's clock shows `machine` milliseconds.
    #[must_use]
    pub fn seconds(self, machine: u64) -> i64 {
        let passed = machine.saturating_sub(self.origin);
        let shown = self
            .origin
            .saturating_add(passed.saturating_mul(self.speed));
        i64::try_from(shown / 1000).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_as_fast_as_it_is_told() {
        assert_eq!(Clock::default().seconds(1_800_000_000_999), 1_800_000_000);
        let fast = Clock::parse("1800000000000:60").unwrap();
        assert_eq!(fast.seconds(1_800_000_000_000), 1_800_000_000);
        assert_eq!(fast.seconds(1_800_000_001_500), 1_800_000_090);
        for text in ["", "1", "1:0", "1:5001", "a:1", "1:b", "-1:1"] {
            assert_eq!(Clock::parse(text), None, "{text}");
        }
    }
}
