//! What can keep the page from going on.

use lemon_desk::caller::CallError;
use lemon_model::protocol::{EncoderFailure, LibraryFailure};
use lemon_model::sources::exchange::Refusal;
use lemon_model::sources::x_archive::exchange::Refused;
use serde::{Deserialize, Serialize};

use crate::edge::EdgeError;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    Edge(EdgeError),
    /// A server that is not ours gives nothing; which, and why.
    Source(String, Refusal),
    Library(LibraryFailure),
    Encoder(EncoderFailure),
    /// A file is no archive.
    Archive(Refused),
    /// An archive was begun and not read to its end, and its file is not there any more.
    ArchiveCut,
    /// Another tab works with the bot.
    OtherTab,
    /// The browser's database neither opens nor fails to.
    SilentStorage,
    /// A worker did not start, twice.
    NotStarted,
    /// The page is an old one, and what it needs is gone: a newer one is served.
    Outdated,
    /// The files of the model whose vectors a bot has cannot be had.
    OtherModel,
    /// A worker ended; out of memory, most likely.
    Worker,
    /// What was read back is not what was written.
    NotProven,
    /// The browser's WebAssembly has no vectors.
    NoSimd,
    /// The browser gives no randomness.
    NoRandomness,
}

impl From<EdgeError> for Trouble {
    fn from(error: EdgeError) -> Self {
        Self::Edge(error)
    }
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotStarted => Self::NotStarted,
            CallError::Gone | CallError::Unreadable => Self::Worker,
        }
    }
}

impl From<LibraryFailure> for Trouble {
    fn from(failure: LibraryFailure) -> Self {
        Self::Library(failure)
    }
}

impl From<EncoderFailure> for Trouble {
    fn from(failure: EncoderFailure) -> Self {
        Self::Encoder(failure)
    }
}
