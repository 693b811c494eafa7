//! What the page and the archive's worker say to each other, as in [`crate::protocol`]. The
//! file itself is handed over beside it.

use serde::{Deserialize, Serialize};

use super::{Account, Part};
use crate::feed::Feed;

/// To the archive's worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToArchive {
    /// Look what is in the file that was handed over, which is called so.
    Look { name: String },
    /// Read what was found, of more posts than `most` the newest. It takes seconds.
    Read { most: usize },
    /// The newest posts that were read and not given yet, at most so many, as a page of the feed.
    Take { most: usize, feed: Feed },
}

/// From the archive's worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromArchive {
    Seen {
        seen: Vec<Seen>,
        account: Option<Account>,
    },
    Refused(Refused),
    /// Unasked, while it reads.
    Progress(Progress),
    Read(Summary),
    /// A page of posts, [packed](crate::protocol::pack), and how many posts are left.
    Page {
        #[serde(with = "serde_bytes")]
        packed: Vec<u8>,
        left: usize,
    },
    /// Nothing was looked at or read before, or the message could not be read.
    Failed,
}

/// What came of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub posts: usize,
    /// As in [`super::Found`].
    pub left_out: usize,
    pub doubtful: usize,
    pub too_many: usize,
    pub broken: Vec<Broken>,
    /// Bytes of the worker's memory, which never shrinks.
    pub memory: u64,
}

/// Why a file is no archive of which anything could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refused {
    #[error("it is neither a zip nor a file of posts")]
    NotAnArchive,
    /// A page of a website was saved in its place.
    #[error("it is a page of HTML")]
    Page,
    #[error("it breaks off")]
    BrokenOff,
    #[error("it is encrypted")]
    Encrypted,
    #[error("it is packed in a way that is not known")]
    Unsupported,
    /// The archive is in another zip, packed in a way that cannot be read through.
    #[error("it is a zip in a zip")]
    Packed,
    /// Nothing in it is named as in an archive.
    #[error("it is a zip of something else")]
    OtherZip,
    #[error("there are no posts in it")]
    NoPosts,
    /// Of more than one account, or of one at several times.
    #[error("there are several archives in it")]
    Several,
    /// Nothing in it says whose it is, and nobody is here whose it could be.
    #[error("it does not say whose it is")]
    Nameless,
    /// Several files, or a folder, were given at once.
    #[error("it is not one file")]
    NotOne,
    /// It was moved or changed, or the browser may no longer read it.
    #[error("it can no longer be read")]
    Gone,
}

/// One of an archive's files that is to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub path: String,
    pub part: Part,
    /// Unpacked.
    pub bytes: u64,
}

/// One of an archive's files that could not be read to its end. What came of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    pub path: String,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// What was packed is not what comes out, or it ends too early.
    Damaged,
    /// It is HTML, or has no list in it.
    NoList,
    /// It was left alone when far too much had come of it.
    TooLarge,
}

/// How far the reading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub bytes: u64,
    /// Of so many.
    pub of: u64,
    pub posts: usize,
}
