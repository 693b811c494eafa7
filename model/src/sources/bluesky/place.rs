//! Where a reading of an account's posts goes on: in its feed, and behind the feed's end among
//! the records of its own server.

/// Written as `feed <key> <cursor>` or `records <cursor>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// At the newest post.
    #[default]
    Start,
    Feed {
        /// The last segment of the address of the oldest post that came; empty if none did.
        oldest: String,
        cursor: String,
    },
    Records {
        /// As the server said it, or the key behind which the records begin; all of them
        /// without.
        cursor: Option<String>,
    },
}

const FEED: &str = "feed";
const RECORDS: &str = "records";

impl Place {
    /// The place that was written down; what cannot be read leads to the beginning.
    #[must_use]
    pub fn parse(written: &str) -> Self {
        match written.split_once(' ') {
            Some((RECORDS, cursor)) => Self::Records {
                cursor: Some(cursor.to_owned()).filter(|cursor| !cursor.is_empty()),
            },
            Some((FEED, rest)) => match rest.split_once(' ') {
                Some((oldest, cursor)) => Self::Feed {
                    oldest: oldest.to_owned(),
                    cursor: cursor.to_owned(),
                },
                None => Self::Start,
            },
            _ => Self::Start,
        }
    }

    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::Start => String::new(),
            Self::Feed { oldest, cursor } => format!("{FEED} {oldest} {cursor}"),
            Self::Records { cursor } => {
                format!("{RECORDS} {}", cursor.as_deref().unwrap_or_default())
            }
        }
    }

    /// What comes behind a page of the feed that began here, whose oldest post has the key
    /// `oldest` and which says to go on at `cursor`. A feed that ends, or leads to where it was,
    /// may end early.
    #[must_use]
    pub fn behind_feed(&self, oldest: Option<&str>, cursor: Option<String>) -> Self {
        let (before, at) = match self {
            Self::Feed { oldest, cursor } => (oldest.as_str(), Some(cursor.as_str())),
            _ => ("", None),
        };
        let is_empty = oldest.is_none();
        let oldest = oldest.unwrap_or(before);
        // A key has no blank; with one a place could not be read again.
        let oldest = if oldest.contains(' ') { before } else { oldest };
        // A feed that gives the same posts again leads nowhere, whatever its cursor says.
        let is_again = !before.is_empty() && oldest == before;
        match cursor {
            Some(cursor) if Some(cursor.as_str()) != at && (is_empty || !is_again) => Self::Feed {
                oldest: oldest.to_owned(),
                cursor,
            },
            _ => Self::Records {
                cursor: Some(oldest.to_owned()).filter(|oldest| !oldest.is_empty()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_feed_leads_to_records() {
        let first = Place::Start.behind_feed(Some("3k9"), Some("2026 05".into()));
        assert_eq!(first.written(), "feed 3k9 2026 05");
        // A page without posts.
        let second = first.behind_feed(None, Some("2025".into()));
        assert_eq!(second.written(), "feed 3k9 2025");
        for cursor in [None, Some("2025".into())] {
            let end = second.behind_feed(Some("3k7"), cursor);
            assert_eq!(end.written(), "records 3k7");
        }
        let again = second.behind_feed(Some("3k9"), Some("2024".into()));
        assert_eq!(again.written(), "records 3k9");
        let nothing = Place::Start.behind_feed(None, None);
        assert_eq!(nothing, Place::Records { cursor: None });
    }

    proptest! {
        #[test]
        fn a_place_is_read_as_it_was_written(
            oldest in "[a-z0-9]{0,13}",
            cursor in "[ -~]{1,40}",
            key in proptest::option::of("[ -~]{1,40}"),
        ) {
            for place in [
                Place::Start,
                Place::Feed { oldest, cursor },
                Place::Records { cursor: key },
            ] {
                prop_assert_eq!(Place::parse(&place.written()), place);
            }
        }

        #[test]
        fn anything_is_read(written in ".{0,60}") {
            let place = Place::parse(&written);
            prop_assert_eq!(Place::parse(&place.written()), place);
        }
    }
}
