//! What the page and its workers say to each other.
//!
//! A message is a number of four bytes, little endian, and a value in postcard.
//! Requests are numbered from 1 by the page, and each is answered under its number;
//! what a worker says unasked is numbered 0.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::bot::Owner;
use crate::corpus::Entry;
use crate::error::BotError;
use crate::library::{Embedded, Page, Standing, Task, Written};
use crate::vector::Vector;

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

/// To the library's worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToLibrary {
    /// Read back what is stored of this person; what was open is closed.
    Open {
        owner_id: String,
        model: String,
    },
    AddPage(Page),
    /// The same, [`pack`]ed by whoever has it: the page only passes it on, and reads none of
    /// perhaps tens of thousands of posts.
    AddPacked(#[serde(with = "serde_bytes")] Vec<u8>),
    NextBatch {
        max_texts: usize,
    },
    AddVectors(Vec<Embedded>),
    Ask {
        question: Vector,
        n: usize,
    },
    Find {
        text: String,
    },
    /// What is in the logs.
    Written,
    /// Whether what was opened holds all that was written, and a text whose answer is then
    /// known. It may be more than was written here, if another tab has written, and never
    /// less.
    ReadBack {
        written: Written,
    },
    /// Whether `question`, the vector of the text that `ReadBack` named, finds it. If so, and
    /// if there is nothing left to embed, vectors of other models are deleted.
    CheckProbe {
        probe: Probe,
        question: Vector,
    },
    /// Seal all of it as a bot. The randomness comes from the page.
    Seal {
        owner: Owner,
        made_at: i64,
        secret: [u8; 16],
        nonce: [u8; 12],
        delete_token: [u8; 32],
    },
    /// Keep what is needed to delete a shared bot.
    SaveShare(Share),
    Shares,
    ForgetShare {
        id: String,
    },
    /// Delete everything stored of this person, whether it can be read or not.
    Forget {
        owner_id: String,
    },
    /// The id under which the bot of a link is stored.
    BotId {
        fragment: String,
    },
    /// A piece of the file of somebody's bot, which is to be opened instead of what is open
    /// now. One that begins at 0 begins the file anew.
    TakePiece {
        at: usize,
        #[serde(with = "serde_bytes")]
        piece: Vec<u8>,
    },
    /// Open the bot whose file was taken; it stays in memory only.
    OpenBot {
        fragment: String,
    },
}

/// From the library's worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromLibrary {
    /// Unasked, while it opens: the database has answered once more.
    Alive,
    Standing(Standing),
    /// How many of the vectors were taken: none if the same texts would be handed out for
    /// ever.
    Added {
        taken: usize,
        standing: Standing,
    },
    Batch(Vec<Task>),
    Written(Written),
    Answers(Vec<Answer>),
    Found {
        entries: Vec<Entry>,
        all: usize,
    },
    /// No probe if there is nothing to ask for.
    ReadBack {
        standing: Standing,
        probe: Option<Probe>,
    },
    Proof {
        holds: bool,
    },
    Sealed(Sealed),
    Shares(Vec<Share>),
    BotId(String),
    Bot(Visit),
    Done,
    Failed(LibraryFailure),
}

/// Why the library cannot do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum LibraryFailure {
    /// The browser refuses to store anything, as in some private windows.
    #[error("the browser's storage cannot be used: {0}")]
    Storage(String),
    /// There is no room left.
    #[error("the browser's storage is full")]
    Full,
    /// What is stored cannot be read.
    #[error("what is stored is damaged")]
    Damaged,
    #[error("nothing is open")]
    NotOpen,
    #[error(transparent)]
    Bot(#[from] BotError),
    #[error("the message could not be read")]
    Message,
}

/// A text whose answer is known, to try an index with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    pub entry: String,
    pub text: Text,
}

/// An entry that answers a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub entry: Entry,
    /// As in [`crate::index::Hit`].
    pub similarity: f32,
}

/// A bot on its way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    pub id: String,
    pub fragment: String,
    pub delete_token: String,
    pub delete_hash: String,
    #[serde(with = "serde_bytes")]
    pub file: Vec<u8>,
}

/// A bot that was shared from this browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub id: String,
    pub fragment: String,
    pub delete_token: String,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub expires: i64,
    pub replies: usize,
    /// It was fetched back, opened and compared; before that its link is not shown.
    pub proven: bool,
}

/// Somebody's bot, opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    pub owner: Owner,
    pub made_at: i64,
    pub model: String,
    pub replies: usize,
    pub probe: Option<Probe>,
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

    #[test]
    fn files_come_back() {
        for file in [Vec::new(), vec![0; 200_000], (0..=255).collect()] {
            let request = ToLibrary::TakePiece {
                at: 0,
                piece: file.clone(),
            };
            let message = write(1, &request).unwrap();
            // Its length in front, and nothing else beside them.
            assert!(message.len() < file.len() + 12);
            let (_, value) = split(&message).unwrap();
            let Some(ToLibrary::TakePiece { piece: came, .. }) = read(value) else {
                panic!("no file came");
            };
            assert_eq!(came, file);
        }
    }
}
