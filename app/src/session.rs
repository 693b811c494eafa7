//! Who is signed in with X, as the edge knows.

use lemon_model::bots::Account;
use lemon_model::feed::{Feed, Source};
use lemon_model::sources::given::Wishes;
use lemon_wire::Me;

use crate::edge::{self, EdgeError};

#[derive(Clone, Debug, PartialEq)]
pub enum Session {
    Asking,
    Out,
    In(Me),
    Unreachable(EdgeError),
}

impl Session {
    /// Asks the edge.
    pub async fn ask() -> Self {
        match edge::me().await {
            Ok(Some(me)) => Self::In(me),
            Ok(None) => Self::Out,
            Err(error) => Self::Unreachable(error),
        }
    }

    pub fn is_asking(&self) -> bool {
        matches!(self, Self::Asking)
    }

    pub fn me(&self) -> Option<&Me> {
        match self {
            Self::In(me) => Some(me),
            Self::Asking | Self::Out | Self::Unreachable(_) => None,
        }
    }

    /// Whether the person is signed in whose account this is.
    pub fn is_of(&self, account: &Account) -> bool {
        self.me()
            .is_some_and(|me| account.has(&Feed::new(Source::X, &me.id)))
    }
}

/// The account at X of who is signed in, or was.
pub fn account(me: &Me) -> Account {
    Account {
        feed: Feed::new(Source::X, &me.id),
        name: me.name.clone(),
        handle: me.handle.clone(),
        posts: me.posts,
        wishes: Wishes::default(),
        is_keyed: false,
    }
}
