//! What the page and the library's worker say to each other.

use serde::{Deserialize, Serialize};

use super::Text;
use crate::age::Chance;
use crate::answers::suggestions::Suggested;
use crate::answers::{self, Hit, Manner, Question};
use crate::backup::BackupError;
use crate::bot::Owner;
use crate::bot::about::{About, Origin};
use crate::bots::Bot;
use crate::choices::Mark;
use crate::corpus::Entry;
use crate::error::BotError;
use crate::index::Index;
use crate::index::learning::Check;
use crate::library::desk::{Going, Listed, Wanted};
use crate::library::months::Months;
use crate::library::{Embedded, Page, Standing, Task, Written};
use crate::vector::Vector;

/// To the library's worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToLibrary {
    /// Read back what is stored of this person; what was open is closed.
    Open {
        owner_id: String,
        model: String,
    },
    AddPage(Page),
    /// The same, [packed](super::pack) by whoever has it: the page only passes it on, and reads none of
    /// perhaps tens of thousands of posts.
    AddPacked(#[serde(with = "serde_bytes")] Vec<u8>),
    NextBatch {
        max_texts: usize,
    },
    AddVectors(Vec<Embedded>),
    /// A question, and its vector as a query: its best answers in this manner, so many of them.
    Ask {
        text: String,
        question: Vector,
        manner: Manner,
        n: usize,
    },
    /// The same while the question's vector is not known: what has its words.
    AskWords {
        text: String,
        manner: Manner,
        n: usize,
    },
    /// When the first and the last of what it can say were written.
    Span,
    /// Entries of which something is wanted, from number `from` on.
    List {
        wanted: Wanted,
        from: usize,
        rows: usize,
    },
    /// Look for what may be nobody's business in some more entries of the person with these
    /// handles.
    Flag {
        me: Vec<String>,
    },
    /// How many would be shared, as far as flags are looked for.
    Going,
    /// When what there is was written.
    Months,
    /// Decide something of entries, and write it down.
    Mark {
        mark: Mark,
        entries: Vec<String>,
        is: bool,
    },
    /// The person's own list of words.
    ListWords(Vec<String>),
    ListedWords,
    /// What is in the logs.
    Written,
    /// Whether what was opened holds all that was written, and a text whose answer is then
    /// known. It may be more than was written here, if another tab has written, and never less.
    ReadBack {
        written: Written,
    },
    /// The next part of learning how questions are answered best, which is kept once all is
    /// learned. Questions that come between two parts are answered by what was known before.
    Learn,
    /// Choose from these, which were wanted, what to begin a talk with, and keep it.
    Suggest(Vec<Suggested>),
    /// Whether `question`, the vector of the text that `ReadBack` named, finds it. If so, and
    /// if there is nothing left to embed, vectors of other models are deleted.
    CheckProbe {
        probe: Probe,
        question: Vector,
    },
    /// Seal all of it as a bot. The randomness comes from the page.
    Seal {
        what: Outgoing,
        made_at: i64,
        secret: [u8; 16],
        nonce: [u8; 12],
        delete_token: [u8; 32],
    },
    /// A number for each reply that is in the opened bot, or would go if the one that is open
    /// were shared now; the same for the same reply.
    Marks {
        me: Vec<String>,
    },
    /// Keep what is needed to delete a shared bot.
    SaveShare(Share),
    Shares,
    /// Those of a bot that is not open here.
    SharesOf {
        owner_id: String,
    },
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
    /// Begin a file of all that is stored of a bot. One that opens with a passphrase has the
    /// links to what was shared of it, and what deletes them; one that opens by itself has not.
    Export {
        bot: Box<Bot>,
        model: String,
        lock: Option<(String, Chance)>,
    },
    /// The next piece of that file.
    NextPiece,
    /// Whose bot is in the file that begins so.
    LookInto {
        passphrase: Option<String>,
        #[serde(with = "serde_bytes")]
        head: Vec<u8>,
        /// There is no more of it.
        is_whole: bool,
    },
    /// Store what is in the file that was looked into, as the bot `id`.
    TakeIn {
        id: String,
        model: String,
    },
    /// What comes next of it.
    TakeInPiece(#[serde(with = "serde_bytes")] Vec<u8>),
    /// It has ended. If it is not whole, or anything of it cannot be stored, nothing of it stays.
    TakeInEnd,
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
    Answers(Found),
    Span(Option<(i64, i64)>),
    Listed(Listed),
    /// The share of entries in which flags are looked for.
    Flagged(f32),
    Going(Going),
    Months(Months),
    ListedWords(Vec<String>),
    /// No probe if there is nothing to ask for.
    ReadBack {
        standing: Standing,
        probe: Option<Probe>,
    },
    /// Which share of it is learned, and once that is 1, what came of it.
    Learned {
        share: f32,
        came: Option<Came>,
    },
    Beginning(Beginning),
    Proof {
        holds: bool,
    },
    Sealed(Sealed),
    Marks(Vec<u64>),
    Shares(Vec<Share>),
    BotId(String),
    Bot(Visit),
    /// A piece of a bot's file, none behind the last; which share of it is written.
    Piece {
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
        share: f32,
    },
    /// Whose bot is in a file.
    Inside(Box<Bot>),
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
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error("the message could not be read")]
    Message,
}

/// A text whose answer is known, to try an index with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    pub entry: String,
    pub text: Text,
}

/// What came of learning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Came {
    /// None where there are few pairs.
    pub check: Option<Check>,
    pub beginning: Beginning,
    /// Questions of which none was chosen yet to begin with.
    pub wanted: Vec<String>,
}

/// How a talk begins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Beginning {
    /// As the person greets, if they do.
    pub greeting: Option<String>,
    /// What it answers well.
    pub suggested: Vec<Suggested>,
    /// What its owner has it say where it has no answer.
    pub unknown: Option<String>,
}

impl Beginning {
    /// The same in its owner's own words, where they have some.
    #[must_use]
    pub fn in_words(self, greeting: Option<String>, unknown: Option<String>) -> Self {
        Self {
            greeting: greeting.or(self.greeting),
            unknown,
            ..self
        }
    }
}

/// An entry that answers a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub entry: Entry,
    /// These as in [`crate::answers::Hit`].
    pub similarity: f32,
    // What a tab remembers of an earlier version has none of them.
    #[serde(default)]
    pub confidence: f32,
    #[serde(default)]
    pub occasions: usize,
}

/// What can be said to a question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The best one first.
    pub answers: Vec<Answer>,
    /// What says that one does not know, for when none of these is sure.
    pub shrugs: Vec<Answer>,
}

impl Found {
    /// What `index` says to `text`, whose vector as a query is `question`; at most `n` answers.
    #[must_use]
    pub fn of(index: &Index, text: &str, question: &Vector, manner: &Manner, n: usize) -> Self {
        let vector = &question.floats();
        let found = answers::answer(index, &Question { text, vector }, manner, n);
        let shrug = |item: usize| Answer {
            entry: index.entries()[item].clone(),
            similarity: 0.0,
            confidence: 0.0,
            occasions: 1,
        };
        Self {
            answers: found
                .hits
                .iter()
                .map(|hit| Answer::of(index, hit))
                .collect(),
            shrugs: found.shrugs.into_iter().map(shrug).collect(),
        }
    }

    /// The same by the words of `text` alone.
    #[must_use]
    pub fn by_words(index: &Index, text: &str, manner: &Manner, n: usize) -> Self {
        let hits = answers::by_words(index, text, manner, n);
        Self {
            answers: hits.iter().map(|hit| Answer::of(index, hit)).collect(),
            shrugs: Vec::new(),
        }
    }
}

impl Answer {
    fn of(index: &Index, hit: &Hit) -> Self {
        Self {
            entry: index.entries()[hit.item].clone(),
            similarity: hit.similarity,
            confidence: hit.confidence,
            occasions: hit.occasions,
        }
    }
}

/// What of a bot the page knows, when it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    pub owner: Owner,
    pub about: About,
    /// All handles of the owner.
    pub me: Vec<String>,
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Share {
    pub id: String,
    pub fragment: String,
    pub delete_token: String,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub expires: i64,
    pub replies: usize,
    /// It was fetched back, opened and compared; before that its link is not shown.
    pub proven: bool,
    // What a browser has kept of an earlier version has neither of these: `stored::share`.
    /// How often its contents or its expiry were renewed.
    pub renewed: u32,
    /// When its contents were made; 0 if that is not known.
    pub made_at: i64,
}

/// Somebody's bot, opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    pub owner: Owner,
    pub made_at: i64,
    pub model: String,
    pub replies: usize,
    /// When the first and the last of them were written.
    pub span: Option<(i64, i64)>,
    pub origins: Vec<Origin>,
    pub probe: Option<Probe>,
    pub beginning: Beginning,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{read, split, write};

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
