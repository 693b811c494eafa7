//! Time that passes faster than the machine's, for the edge and for X alike.

use std::time::{Duration, SystemTime};

use crate::standin::Clock;

/// From its start on, so many times as fast.
#[derive(Clone, Copy, Debug)]
pub struct FastTime {
    /// Milliseconds since 1970.
    origin: i64,
    speed: i64,
}

impl FastTime {
    #[must_use]
    pub fn start(speed: i64) -> Self {
        Self {
            origin: machine_ms(),
            speed,
        }
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn ms(self) -> i64 {
        self.origin + (machine_ms() - self.origin) * self.speed
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn now(self) -> i64 {
        self.ms() / 1000
    }

    /// When it began, in seconds since 1970.
    #[must_use]
    pub fn began(self) -> i64 {
        self.origin / 1000
    }

    /// Seconds since it began.
    #[must_use]
    pub fn passed(self) -> i64 {
        (self.ms() - self.origin) / 1000
    }

    pub async fn sleep_until(self, second: i64) {
        let left = (second * 1000 - self.ms()).max(0) / self.speed;
        tokio::time::sleep(Duration::from_millis(left.unsigned_abs())).await;
    }

    pub async fn sleep(self, seconds: i64) {
        self.sleep_until(self.now() + seconds).await;
    }

    /// What makes the Worker go by it.
    #[must_use]
    pub fn var(self) -> (&'static str, String) {
        ("TEST_CLOCK", format!("{}:{}", self.origin, self.speed))
    }

    /// The stand-in's clock that goes by it.
    #[must_use]
    pub fn clock(self) -> Clock {
        Clock::from_fn(move || self.now())
    }
}

fn machine_ms() -> i64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
