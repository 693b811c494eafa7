//! What the page and the sources' worker say to each other, as in [`crate::protocol`].

use serde::{Deserialize, Serialize};

use super::bluesky::sign_in::Places;
use super::given::Wishes;
use crate::bots::Account;
use crate::feed::{Feed, Source};
use crate::library::Import;

/// To the sources' worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToSources {
    /// Where Bluesky is, if not where everybody knows.
    Places(Places),
    /// Find out what runs at the server that a person named at the door of `source`, and how
    /// they prove there who they are.
    Begin {
        source: Source,
        server: String,
        begin: Begin,
    },
    /// They came back with this in the address. `begin` is for another attempt, should one be
    /// needed.
    Finish {
        left: Left,
        query: String,
        begin: Begin,
    },
    /// A page of an account's posts.
    Page {
        feed: Feed,
        /// Where it begins; none for the newest.
        cursor: Option<String>,
        wishes: Wishes,
        key: Option<Key>,
    },
    /// A key is needed no more.
    Drop(Key),
}

/// What an attempt to prove who one is begins with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Begin {
    /// Where they come back to.
    pub callback: String,
    /// What this page is called, and where it is.
    pub name: String,
    pub website: String,
    pub state: [u8; 16],
    pub secret: [u8; 32],
    /// What it is known as at servers that it was registered at.
    pub clients: Vec<Client>,
    /// Posts are known to be shown to nobody without a key: it is asked for at once.
    pub is_wide: bool,
}

/// Names an attempt: a random UUID (RFC 9562, version 4).
#[must_use]
pub fn session(mut random: [u8; 16]) -> String {
    random[6] = random[6] & 0x0F | 0x40;
    random[8] = random[8] & 0x3F | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(random));
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

/// What this page is known as at a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    pub server: String,
    pub id: String,
    pub secret: String,
}

/// With which posts are read that are shown to nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    pub client: Client,
    pub token: String,
}

/// From the sources' worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromSources {
    /// They are to go to this address.
    Begun {
        address: String,
        left: Left,
    },
    Proven {
        account: Account,
        /// Where posts cannot be read without.
        key: Option<Key>,
        /// What this page is known as there.
        client: Option<Client>,
    },
    /// It is them, and they are to allow more: without it nothing can be read.
    More {
        address: String,
        left: Left,
    },
    /// What was said is heeded, as far as that can be done.
    Done,
    /// A page of posts, [packed](crate::protocol::pack), and what is on it.
    Page {
        #[serde(with = "serde_bytes")]
        packed: Vec<u8>,
        posts: usize,
        next: Import,
    },
    Refused(Refusal),
    /// The message could not be read, or is of a source that this worker does not know.
    Failed,
}

/// Who left to prove who they are: what is known again when they come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub source: Source,
    pub server: String,
    /// Names this attempt; nobody else knows it.
    pub state: String,
    #[serde(default)]
    pub verifier: String,
    #[serde(default)]
    pub client: Option<Client>,
    /// More was asked for than who they are.
    #[serde(default)]
    pub is_wide: bool,
    pub callback: String,
}

/// Why a source gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    #[error("what was typed names no server")]
    NoName,
    #[error("what was typed names nobody")]
    NoHandle,
    /// There is no network, no such server, or one that lets no other site's page ask.
    #[error("the server does not answer")]
    Unreachable,
    #[error("what answers is none of the servers that are known")]
    Unknown,
    /// Other software is known to run there.
    #[error("posts of the software there cannot be read")]
    OtherSoftware,
    /// Until then, in seconds since 1970, where it says so.
    #[error("the server asks to wait")]
    Wait { until: Option<i64> },
    #[error("the server fails, or gives what cannot be read")]
    Failing,
    #[error("the server shows these posts to nobody who is not signed in there")]
    Hidden,
    #[error("there is no such account")]
    NoAccount,
    /// They were too late, or have not said that it is them.
    #[error("it was not proven who they are")]
    NotProven,
    /// Nobody left from here, or it was another one.
    #[error("the sign-in was begun elsewhere")]
    Elsewhere,
    /// What proves who asks is of a time that the server does not take for now.
    #[error("the device's clock seems to be wrong")]
    Clock,
    #[error("the server does not let this page sign anybody in")]
    NotAccepted,
    /// It has to keep a key while they are away.
    #[error("the browser keeps nothing")]
    NothingKept,
    #[error("they said no")]
    Declined,
    /// The server says who it is, and that is not for it to say.
    #[error("it is not for this server to say who they are")]
    NotConfirmed,
    /// A page for people in place of an answer, or something else.
    #[error("what the server gives cannot be read")]
    Unreadable,
    #[error("the server gives too much at once")]
    TooLarge,
}

impl Refusal {
    /// Whether it may be otherwise a moment later.
    #[must_use]
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Unreachable | Self::Failing | Self::Unreadable)
    }

    /// Whether who has come back cannot come back in the same way once more.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::NotProven | Self::Declined | Self::NotConfirmed)
    }
}
