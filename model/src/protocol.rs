//! What the page and its workers say to each other.
//!
//! A message is a number of four bytes, little endian, and a value in postcard.
//! Requests are numbered from 1 by the page, and each is answered under its number;
//! what a worker says unasked is numbered 0.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::vector::Vector;

#[cfg(feature = "library")]
mod library;

#[cfg(feature = "library")]
pub use library::*;

/// The number of messages that answer nothing.
pub const UNASKED: u32 = 0;

/// What a text is in a search: the encoder was trained to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// It asks, or is to be answered.
    Query,
    /// It is to be found.
    Passage,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub role: Role,
    pub text: String,
}

/// To the encoder's worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToEncoder {
    /// Fetch and load the model whose `manifest.json` lies in this folder, which is
    /// named by its SHA-256.
    Load {
        folder: String,
        others: Others,
        parts: Parts,
    },
    Embed(Vec<Text>),
    /// Cut texts into tokens, for others to embed.
    Tokenize(Vec<Text>),
    /// Embed texts that were cut into tokens.
    EmbedTokens(Vec<Vec<u32>>),
    /// How much memory the worker holds.
    Memory,
}

/// What a worker loads of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Parts {
    All,
    /// Without the tokenizer: one is enough for all workers.
    Network,
}

/// What becomes of the files of other models in the browser's cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Others {
    /// A visitor's own bot may need them.
    Keep,
    Forget,
}

/// From the encoder's worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromEncoder {
    /// Unasked, while it loads.
    Fetched {
        bytes: u64,
        /// How many of them need not come again.
        kept: u64,
        of: u64,
    },
    /// Whether the browser keeps the files, so that others need not fetch them.
    Loaded {
        kept: bool,
    },
    /// In the order of the texts.
    Vectors(Vec<Vector>),
    /// In the order of the texts.
    Tokens(Vec<Vec<u32>>),
    /// Bytes of WebAssembly memory, which never shrinks.
    Memory(u64),
    Failed(EncoderFailure),
}

/// Why the encoder cannot do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum EncoderFailure {
    #[error("the model's files could not be fetched")]
    Network,
    #[error("the model's files are not what the manifest says")]
    Files,
    #[error("the model could not be loaded")]
    Load,
    /// What is known to come out did not.
    #[error("this build computes wrongly here")]
    Miscomputes,
    #[error("the encoder was asked before it was loaded")]
    NotLoaded,
    #[error("the text could not be embedded")]
    Embed,
    #[error("the message could not be read")]
    Message,
}

/// `value` as [`read`] reads it.
///
/// # Errors
/// As [`write`].
pub fn pack<T: Serialize>(value: &T) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_allocvec(value)
}

/// `number` and `value` as a message.
///
/// # Errors
/// If `value` cannot be written, which only a value of unknown length can cause.
pub fn write<T: Serialize>(number: u32, value: &T) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_extend(value, number.to_le_bytes().to_vec())
}

/// The number of a message and its value, still to be [`read`]; none if it is too short to be
/// one.
#[must_use]
pub fn split(message: &[u8]) -> Option<(u32, &[u8])> {
    let (number, value) = message.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), value))
}

/// The value of a message; none if it is not a `T`.
#[must_use]
pub fn read<T: DeserializeOwned>(value: &[u8]) -> Option<T> {
    postcard::from_bytes(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back() {
        let text = Text {
            role: Role::Query,
            text: "레몬".into(),
        };
        let message = write(7, &ToEncoder::Embed(vec![text.clone()])).unwrap();
        let (number, value) = split(&message).unwrap();
        assert_eq!(number, 7);
        assert!(matches!(read(value), Some(ToEncoder::Embed(texts)) if texts == [text]));
        assert!(read::<ToEncoder>(&value[..2]).is_none());
        assert_eq!(split(&message[..4]), Some((7, &[][..])));
        assert_eq!(split(&message[..3]), None);
    }
}
