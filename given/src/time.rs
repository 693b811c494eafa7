//! Times as sources write them.

use chrono::DateTime;

use crate::lenient::Kind;

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub i64);

impl Time {
    /// Of a text in one of three forms: that of RFC 3339, `2026-05-01T00:00:00.000Z`; that of
    /// X's first API, `Fri May 01 00:00:00 +0000 2026`, of which the day of the week is not
    /// needed; and that of X's first archives, `2012-05-01 00:00:00 +0000`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let documented = DateTime::parse_from_rfc3339(text).ok();
        let first_api = || {
            let (_, date) = text.split_once(' ')?;
            DateTime::parse_from_str(date, "%b %d %H:%M:%S %z %Y").ok()
        };
        let first_archive = || DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z").ok();
        let time = documented.or_else(first_api).or_else(first_archive);
        time.map(|time| Self(time.timestamp()))
    }
}

impl Kind<'_> for Time {
    fn of_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_read() {
        let may = Some(Time(1_777_593_600));
        for (text, time) in [
            ("2026-05-01T00:00:00.000Z", may),
            ("2026-05-01T00:00:00Z", may),
            ("2026-05-01T09:00:00+09:00", may),
            ("Fri May 01 00:00:00 +0000 2026", may),
            ("2026-05-01 00:00:00 +0000", may),
            ("2026-05-01 09:00:00 +0900", may),
            ("0001-01-01T00:00:00Z", Some(Time(-62_135_596_800))),
            ("2026-05-01", None),
            ("1777593600", None),
            ("", None),
        ] {
            assert_eq!(Time::parse(text), time, "{text}");
        }
    }
}
