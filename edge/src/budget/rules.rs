//! What the operator and, until its headers say otherwise, X allow.

use lemon_wire::MAX_POSTS;

use super::Stock;
use crate::error::Error;

/// Read from the operator's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Requests for posts in 15 minutes, of the app and of a user.
    pub app_quarter: u32,
    pub user_quarter: u32,
    /// The same in a day, where there is such a limit.
    pub app_day: Option<u32>,
    pub user_day: Option<u32>,
    /// Posts that may be read in a month of UTC.
    pub month_posts: u64,
    /// What may be spent in such a month, in thousandths of a dollar.
    pub month_mills: Option<u64>,
    /// Most posts that are read of a person.
    pub person_posts: u32,
    /// Bots that one person may upload in a day, and one address of people who are not
    /// signed in.
    pub uploads_day: u32,
    /// And how many bytes these may have.
    pub upload_bytes_day: u64,
    /// What may be stored in all, and what of it may come in a day.
    pub bucket: Stock,
    pub bucket_day: Stock,
    /// The operator lets nobody in.
    pub closed: bool,
}

impl Rules {
    /// Reads the operator's settings; `get` returns the value of a variable. X's own
    /// limits of autumn 2026 stand for what is not set.
    ///
    /// # Errors
    /// [`Error::Config`] names what is not a number, or not `open` or `closed`.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let set = |name| get(name).filter(|value| !value.is_empty());
        let number = |name, malformed| match set(name) {
            Some(value) => value
                .parse()
                .map(Some)
                .map_err(|_| Error::Config(malformed)),
            None => Ok(None),
        };
        let small = |name, malformed| {
            number(name, malformed)?
                .map(|value: u64| u32::try_from(value).map_err(|_| Error::Config(malformed)))
                .transpose()
        };
        let megabytes = |name, malformed, otherwise: u64| {
            let megabytes = number(name, malformed)?.unwrap_or(otherwise);
            Ok::<u64, Error>(megabytes.saturating_mul(1_000_000))
        };
        let dollars = number("MONTHLY_DOLLARS", "MONTHLY_DOLLARS is not a number")?;
        let closed = match set("SIGN_UPS").as_deref() {
            None | Some("open") => false,
            Some("closed") => true,
            Some(_) => return Err(Error::Config("SIGN_UPS is neither open nor closed")),
        };
        Ok(Self {
            app_quarter: small("APP_QUARTER", "APP_QUARTER is not a number")?.unwrap_or(10_000),
            user_quarter: small("USER_QUARTER", "USER_QUARTER is not a number")?.unwrap_or(900),
            app_day: small("APP_DAY", "APP_DAY is not a number")?,
            user_day: small("USER_DAY", "USER_DAY is not a number")?,
            month_posts: number("MONTHLY_POSTS", "MONTHLY_POSTS is not a number")?
                .unwrap_or(3_000_000),
            uploads_day: small("BOTS_DAY", "BOTS_DAY is not a number")?.unwrap_or(50),
            upload_bytes_day: megabytes("MEGABYTES_DAY", "MEGABYTES_DAY is not a number", 100)?,
            bucket: Stock {
                bots: small("ALL_BOTS", "ALL_BOTS is not a number")?.unwrap_or(20_000),
                bytes: megabytes("ALL_MEGABYTES", "ALL_MEGABYTES is not a number", 10_000)?,
            },
            bucket_day: Stock {
                bots: small("ALL_BOTS_DAY", "ALL_BOTS_DAY is not a number")?.unwrap_or(5_000),
                bytes: megabytes(
                    "ALL_MEGABYTES_DAY",
                    "ALL_MEGABYTES_DAY is not a number",
                    2_000,
                )?,
            },
            person_posts: small("PERSON_POSTS", "PERSON_POSTS is not a number")?
                .unwrap_or(MAX_POSTS),
            month_mills: dollars.map(|dollars| dollars.saturating_mul(1_000)),
            closed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_goes_by_its_own_name() {
        let none = Rules::read(|_| None).unwrap();
        let with = |change: fn(&mut Rules)| {
            let mut rules = none.clone();
            change(&mut rules);
            rules
        };
        for (name, expected) in [
            ("APP_QUARTER", with(|rules| rules.app_quarter = 7)),
            ("USER_QUARTER", with(|rules| rules.user_quarter = 7)),
            ("APP_DAY", with(|rules| rules.app_day = Some(7))),
            ("USER_DAY", with(|rules| rules.user_day = Some(7))),
            ("MONTHLY_POSTS", with(|rules| rules.month_posts = 7)),
            (
                "MONTHLY_DOLLARS",
                with(|rules| rules.month_mills = Some(7_000)),
            ),
            ("BOTS_DAY", with(|rules| rules.uploads_day = 7)),
            (
                "MEGABYTES_DAY",
                with(|rules| rules.upload_bytes_day = 7_000_000),
            ),
            ("PERSON_POSTS", with(|rules| rules.person_posts = 7)),
            ("ALL_BOTS", with(|rules| rules.bucket.bots = 7)),
            ("ALL_BOTS_DAY", with(|rules| rules.bucket_day.bots = 7)),
            (
                "ALL_MEGABYTES",
                with(|rules| rules.bucket.bytes = 7_000_000),
            ),
            (
                "ALL_MEGABYTES_DAY",
                with(|rules| rules.bucket_day.bytes = 7_000_000),
            ),
        ] {
            let read = Rules::read(|asked| (asked == name).then(|| "7".to_owned()));
            assert_eq!(read.as_ref(), Ok(&expected), "{name}");
            assert_ne!(expected, none, "{name}");
        }
    }

    #[test]
    fn settings_are_read_and_what_is_wrong_is_named() {
        let read = |name: &'static str, value: &'static str| {
            Rules::read(move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert_eq!(read("APP_QUARTER", "").unwrap().app_quarter, 10_000);
        assert_eq!(read("APP_QUARTER", "12").unwrap().app_quarter, 12);
        assert_eq!(
            read("MONTHLY_DOLLARS", "3").unwrap().month_mills,
            Some(3_000)
        );
        assert!(read("SIGN_UPS", "closed").unwrap().closed);
        for (name, value) in [
            ("APP_QUARTER", "many"),
            ("USER_DAY", "99999999999"),
            ("SIGN_UPS", "no"),
            ("MONTHLY_DOLLARS", "-1"),
            ("ALL_MEGABYTES", "1.5"),
            ("PERSON_POSTS", "all"),
        ] {
            assert!(
                matches!(read(name, value), Err(Error::Config(told)) if told.starts_with(name)),
                "{name}"
            );
        }
    }
}
