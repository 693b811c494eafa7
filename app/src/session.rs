//! Who is there.

use lemon_wire::Me;

use crate::browser;
use crate::edge::{self, EdgeError};

/// Where the browser remembers whose bot it holds.
const PERSON: &str = "lemon-person";

#[derive(Clone, Debug, PartialEq)]
pub enum Session {
    Asking,
    Out,
    In(Me),
    /// Nobody is signed in, but this browser holds this person's bot.
    Away(Me),
    /// The edge cannot be asked; this browser may hold somebody's bot all the same.
    Unreachable(EdgeError, Option<Me>),
}

impl Session {
    /// Asks the edge, and remembers who it is.
    pub async fn ask() -> Self {
        let known =
            || browser::recall(PERSON).and_then(|json| serde_json::from_str::<Me>(&json).ok());
        match edge::me().await {
            Ok(Some(me)) => {
                remember(&me);
                Self::In(me)
            }
            Ok(None) => known().map_or(Self::Out, Self::Away),
            Err(error) => Self::Unreachable(error, known()),
        }
    }

    /// Nobody has proven to be this person, whose bot this browser is to hold.
    #[must_use]
    pub fn holding(self, person: Me) -> Self {
        remember(&person);
        match self {
            Self::In(me) if me.id == person.id => Self::In(me),
            Self::Unreachable(error, _) => Self::Unreachable(error, Some(person)),
            _ => Self::Away(person),
        }
    }

    pub fn is_asking(&self) -> bool {
        matches!(self, Self::Asking)
    }

    /// The person whose bot this browser holds, or is to hold.
    pub fn person(&self) -> Option<&Me> {
        match self {
            Self::In(me) | Self::Away(me) | Self::Unreachable(_, Some(me)) => Some(me),
            Self::Asking | Self::Out | Self::Unreachable(_, None) => None,
        }
    }
}

fn remember(person: &Me) {
    if let Ok(json) = serde_json::to_string(person) {
        browser::remember(PERSON, &json);
    }
}

pub fn forget() {
    browser::forget(PERSON);
}
