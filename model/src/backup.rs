//! A bot as a file: all that its browser holds of it, to be taken to another browser or kept.
//!
//! # Shape
//! | bytes | what |
//! |---|---|
//! | 4 | `LMNX` |
//! | 1 | version, 1 |
//! | rest | records: a byte for the kind, the length of what follows (4 bytes, little endian), and the record as zlib |
//!
//! The first record is the [`Bot`] in JSON. Then come what [`stored`] writes, and what its person
//! has decided. The last one is not packed: the SHA-256 of all that stands before its kind. Vectors
//! of another model than the reader's are no use to it, and are made again.
//!
//! With a passphrase all of it is the contents of a file of [`age`](crate::age).

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::age::{self, AgeError, Chance, Opening, Sealing};
use crate::bot::about::Manners;
use crate::bots::{Account, Bot};
use crate::choices::Change;
use crate::stored;

const MAGIC: [u8; 4] = *b"LMNX";
const VERSION: u8 = 1;

/// Longest file: a library of 100,000 entries has 130 MB.
pub const MAX_FILE: u64 = 1 << 30;

/// Longest record, packed or not: a page of an archive has 5 MB.
const MAX_RECORD: usize = 32 * 1024 * 1024;

/// Most that the records of one piece of a file unpack to: a piece is of a megabyte.
const MAX_AT_ONCE: usize = 2 * MAX_RECORD;

/// Longest description of a bot, and most accounts that it has.
const MAX_BOT: usize = 256 * 1024;
const MAX_ACCOUNTS: usize = 200;

/// Longest name and handle of an account: far longer than any source's.
const MAX_NAME: usize = 1000;

/// How many bytes of a file are enough to have its first record.
pub const HEAD: usize = 512 * 1024;

/// Of speed and size: what is written are texts, and vectors that do not pack.
const LEVEL: u8 = 5;

/// The kinds of records.
const BOT: u8 = 1;
const PAGE: u8 = 2;
const VECTORS: u8 = 3;
const CHANGE: u8 = 4;
const WORDS: u8 = 5;
const SHARE: u8 = 6;
const END: u8 = 0;

const HASH: usize = 32;

/// What a file consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    Bot(Box<Bot>),
    /// As [`stored::page`] writes it.
    Page(Vec<u8>),
    /// As [`stored::vectors`] writes it.
    Vectors(Vec<u8>),
    /// What was decided of an entry.
    Change(Change),
    /// The person's own list of words.
    Words(Vec<String>),
    /// What [`stored::share`] reads.
    Share(Vec<u8>),
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum BackupError {
    #[error("this is not a bot's file")]
    NotABackup,
    /// What is in it a newer version has written.
    #[error("version {0} of the file's format is not known")]
    Version(u8),
    #[error(transparent)]
    Age(#[from] AgeError),
    #[error("the file is damaged")]
    Damaged,
    #[error("the file is too large")]
    TooLarge,
}

/// How a file opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    Open,
    Passphrase,
}

/// How a file with this beginning opens; none if it is no bot's.
#[must_use]
pub fn lock(beginning: &[u8]) -> Option<Lock> {
    if beginning.starts_with(&MAGIC) {
        Some(Lock::Open)
    } else if beginning.starts_with(age::MAGIC) {
        Some(Lock::Passphrase)
    } else {
        None
    }
}

/// A file that is being written.
pub struct Writing {
    sealing: Option<Sealing>,
    hash: Sha256,
}

impl Writing {
    /// Begins the file of `bot`, which opens with a passphrase or by itself. Its first bytes are
    /// put behind `file`.
    ///
    /// # Errors
    /// [`BackupError::TooLarge`] if what is known of the bot is.
    pub fn begin(
        bot: &Bot,
        lock: Option<(&str, &Chance)>,
        file: &mut Vec<u8>,
    ) -> Result<Self, BackupError> {
        if !has_room(bot) {
            return Err(BackupError::TooLarge);
        }
        let sealing = lock.map(|(passphrase, chance)| Sealing::begin(passphrase, chance, file));
        let mut writing = Self {
            sealing,
            hash: Sha256::new(),
        };
        writing.put(&MAGIC, file);
        writing.put(&[VERSION], file);
        writing.push(&Record::Bot(Box::new(bot.clone())), file)?;
        Ok(writing)
    }

    /// Puts a record behind `file`.
    ///
    /// # Errors
    /// [`BackupError::TooLarge`]
    pub fn push(&mut self, record: &Record, file: &mut Vec<u8>) -> Result<(), BackupError> {
        let json =
            |value: Result<Vec<u8>, serde_json::Error>| value.map_err(|_| BackupError::Damaged);
        match record {
            Record::Bot(bot) => self.packed(BOT, &json(serde_json::to_vec(bot))?, MAX_BOT, file),
            Record::Page(record) => self.packed(PAGE, record, MAX_RECORD, file),
            Record::Vectors(record) => self.packed(VECTORS, record, MAX_RECORD, file),
            Record::Change(change) => {
                self.packed(CHANGE, change.key().as_bytes(), MAX_RECORD, file)
            }
            Record::Words(words) => {
                self.packed(WORDS, &json(serde_json::to_vec(words))?, MAX_RECORD, file)
            }
            Record::Share(record) => self.packed(SHARE, record, MAX_RECORD, file),
        }
    }

    pub fn end(mut self, file: &mut Vec<u8>) {
        let hash = self.hash.clone().finalize();
        self.put(&[END], file);
        self.put(&hash, file);
        if let Some(sealing) = self.sealing {
            sealing.end(file);
        }
    }

    fn packed(
        &mut self,
        kind: u8,
        record: &[u8],
        most: usize,
        file: &mut Vec<u8>,
    ) -> Result<(), BackupError> {
        let packed = compress_to_vec_zlib(record, LEVEL);
        let length = u32::try_from(packed.len()).map_err(|_| BackupError::TooLarge)?;
        if record.len() > most || packed.len() > most {
            return Err(BackupError::TooLarge);
        }
        self.put(&[kind], file);
        self.put(&length.to_le_bytes(), file);
        self.put(&packed, file);
        Ok(())
    }

    fn put(&mut self, bytes: &[u8], file: &mut Vec<u8>) {
        self.hash.update(bytes);
        match &mut self.sealing {
            Some(sealing) => sealing.push(bytes, file),
            None => file.extend(bytes),
        }
    }
}

/// A file that is being read.
pub struct Reading {
    opening: Option<Opening>,
    waiting: Vec<u8>,
    hash: Sha256,
    has_begun: bool,
    has_bot: bool,
    has_ended: bool,
}

impl Reading {
    #[must_use]
    pub fn new(passphrase: Option<String>) -> Self {
        Self {
            opening: passphrase.map(Opening::new),
            waiting: Vec::new(),
            hash: Sha256::new(),
            has_begun: false,
            has_bot: false,
            has_ended: false,
        }
    }

    /// The records that are whole with the file's next `bytes`.
    ///
    /// # Errors
    /// [`BackupError`]: what was given before may be of a file that is damaged further on, too.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Record>, BackupError> {
        match &mut self.opening {
            Some(opening) => opening.push(bytes, &mut self.waiting)?,
            None => self.waiting.extend(bytes),
        }
        self.records()
    }

    /// Those of its end.
    ///
    /// # Errors
    /// As [`Self::push`]; also if this is not the file's end.
    pub fn end(mut self) -> Result<Vec<Record>, BackupError> {
        if let Some(opening) = self.opening.take() {
            opening.end(&mut self.waiting)?;
        }
        let records = self.records()?;
        if self.has_ended && self.waiting.is_empty() {
            Ok(records)
        } else if self.has_begun || MAGIC.starts_with(&self.waiting) {
            Err(BackupError::Damaged)
        } else {
            Err(BackupError::NotABackup)
        }
    }

    fn records(&mut self) -> Result<Vec<Record>, BackupError> {
        let mut records = Vec::new();
        let mut unpacked = 0;
        let mut done = 0;
        if !self.has_begun {
            let Some((magic, rest)) = self.waiting.split_first_chunk::<4>() else {
                return Ok(records);
            };
            if *magic != MAGIC {
                return Err(BackupError::NotABackup);
            }
            match rest.first() {
                None => return Ok(records),
                Some(&VERSION) => {}
                Some(other) => return Err(BackupError::Version(*other)),
            }
            done = MAGIC.len() + 1;
            self.has_begun = true;
        }
        self.hash.update(&self.waiting[..done]);
        while let Some((&kind, rest)) = self.waiting[done..].split_first() {
            if self.has_ended {
                return Err(BackupError::Damaged);
            }
            if kind == END {
                let Some(hash) = rest.get(..HASH) else {
                    break;
                };
                if *hash != *self.hash.clone().finalize() || !self.has_bot {
                    return Err(BackupError::Damaged);
                }
                self.has_ended = true;
                done += 1 + HASH;
                continue;
            }
            let Some((length, rest)) = rest.split_first_chunk() else {
                break;
            };
            let length = u32::from_le_bytes(*length) as usize;
            if length > MAX_RECORD {
                return Err(BackupError::TooLarge);
            }
            let Some(packed) = rest.get(..length) else {
                break;
            };
            let (record, length_unpacked) = record(kind, packed)?;
            unpacked += length_unpacked;
            if unpacked > MAX_AT_ONCE {
                return Err(BackupError::TooLarge);
            }
            // One bot, in front of all else.
            if matches!(record, Record::Bot(_)) == self.has_bot {
                return Err(BackupError::Damaged);
            }
            self.has_bot = true;
            records.push(record);
            let end = done + 1 + 4 + length;
            self.hash.update(&self.waiting[done..end]);
            done = end;
        }
        self.waiting.drain(..done);
        Ok(records)
    }
}

/// A record, and how long it was when it was unpacked.
fn record(kind: u8, packed: &[u8]) -> Result<(Record, usize), BackupError> {
    let most = if kind == BOT { MAX_BOT } else { MAX_RECORD };
    let record = decompress_to_vec_zlib_with_limit(packed, most);
    let record = record.map_err(|_| BackupError::Damaged)?;
    let length = record.len();
    let made = match kind {
        BOT => bot(&record).map(Record::Bot),
        PAGE => stored::is_page(&record).then_some(Record::Page(record)),
        VECTORS => stored::is_vectors(&record).then_some(Record::Vectors(record)),
        CHANGE => str::from_utf8(&record)
            .ok()
            .and_then(Change::of_key)
            .map(Record::Change),
        WORDS => serde_json::from_slice(&record).ok().map(Record::Words),
        SHARE => stored::share(&record)
            .is_some()
            .then_some(Record::Share(record)),
        _ => None,
    };
    let made = made.ok_or(BackupError::Damaged)?;
    Ok((made, length))
}

fn bot(json: &[u8]) -> Option<Box<Bot>> {
    let mut bot: Bot = serde_json::from_slice(json).ok()?;
    let is_short = |account: &Account| account.name.len().max(account.handle.len()) <= MAX_NAME;
    if !has_room(&bot) || !bot.accounts.iter().all(is_short) {
        return None;
    }
    // As if it were typed.
    let typed = |text: &Option<String>| text.clone().unwrap_or_default();
    let manners = &bot.manners;
    let [name, greeting, unknown] = [&manners.name, &manners.greeting, &manners.unknown].map(typed);
    bot.manners = Manners::typed(&name, &greeting, &unknown);
    Some(Box::new(bot))
}

fn has_room(bot: &Bot) -> bool {
    (1..=MAX_ACCOUNTS).contains(&bot.accounts.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::choices::Mark;
    use crate::corpus::Post;
    use crate::feed::{Feed, Source};
    use crate::library::{Embedded, Import, Page, Texts};
    use crate::protocol::Share;
    use crate::sources::given::Wishes;
    use crate::vector::{DIM, Vector};

    fn made() -> Bot {
        Bot::of(
            Account {
                feed: Feed::new(Source::Misskey, "abc"),
                name: "레몬".into(),
                handle: "lemon@misskey.example".into(),
                posts: Some(3),
                wishes: Wishes::default(),
                is_keyed: false,
            },
            [7; 16],
        )
    }

    fn records(texts: &[String]) -> Vec<Record> {
        let page = |text: &String| {
            stored::page(&Page {
                posts: vec![Post {
                    id: "1".into(),
                    text: text.as_str().into(),
                    at: 1_700_000_000,
                    lang: None,
                    repost: false,
                    parent: None,
                    earlier: Vec::new(),
                }],
                ..Page::mark(Feed::new(Source::Misskey, "abc"), Import::Done)
            })
        };
        let mut records: Vec<Record> = texts
            .iter()
            .map(|text| Record::Page(page(text).unwrap()))
            .collect();
        let mut floats = [0.0; DIM];
        floats[1] = 1.0;
        let batch = [Embedded {
            entry: "1".into(),
            texts: Texts::of(None, "글"),
            said: None,
            reply: Vector::quantise(&floats),
        }];
        records.push(Record::Vectors(stored::vectors("model", &batch).unwrap()));
        records.push(Record::Change(Change {
            mark: Mark::Pinned,
            of: "1".into(),
            is: true,
        }));
        records.push(Record::Words(vec!["비밀".into()]));
        let share = Share {
            id: "i".into(),
            fragment: "f".into(),
            delete_token: "t".into(),
            expires: 1_800_000_000,
            replies: 3,
            proven: true,
            renewed: 1,
            made_at: 2,
        };
        records.push(Record::Share(postcard::to_allocvec(&share).unwrap()));
        records
    }

    fn written(bot: &Bot, records: &[Record]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut writing = Writing::begin(bot, None, &mut file).unwrap();
        for record in records {
            writing.push(record, &mut file).unwrap();
        }
        writing.end(&mut file);
        file
    }

    fn read(
        file: &[u8],
        cuts: usize,
        passphrase: Option<&str>,
    ) -> Result<Vec<Record>, BackupError> {
        let mut reading = Reading::new(passphrase.map(str::to_owned));
        let mut records = Vec::new();
        for piece in file.chunks(cuts) {
            records.extend(reading.push(piece)?);
        }
        records.extend(reading.end()?);
        Ok(records)
    }

    #[test]
    fn a_file_of_this_version_is_read_for_ever() {
        // Written by this version; nothing may change it.
        const FIRST: &[u8] = include_bytes!("../tests/data/backup-1.lemon");
        let records = read(FIRST, 100, None).unwrap();
        assert_eq!(records[0], Record::Bot(Box::new(made())));
        assert_eq!(records[1..], self::records(&["안녕하세요".into()]));
    }

    #[test]
    fn it_opens_with_its_passphrase_and_no_other() {
        let chance = Chance {
            key: [1; 16],
            salt: [2; 16],
            nonce: [3; 16],
        };
        let mut file = Vec::new();
        let lock = Some(("열려라 참깨", &chance));
        let writing = Writing::begin(&made(), lock, &mut file).unwrap();
        writing.end(&mut file);
        assert_eq!(super::lock(&file), Some(Lock::Passphrase));
        assert!(!file.windows(4).any(|bytes| bytes == MAGIC));
        let open = read(&file, 64, Some("열려라 참깨")).unwrap();
        assert_eq!(open, [Record::Bot(Box::new(made()))]);
        let wrong = read(&file, 64, Some("열려라 들깨"));
        assert_eq!(wrong, Err(BackupError::Age(AgeError::Passphrase)));
        assert_eq!(read(&file, 64, None), Err(BackupError::NotABackup));
    }

    #[test]
    fn what_it_is_is_told_from_its_beginning() {
        assert_eq!(lock(&written(&made(), &[])), Some(Lock::Open));
        assert_eq!(lock(b"PK\x03\x04"), None);
        assert_eq!(lock(b""), None);
        assert_eq!(
            read(b"PK\x03\x04 and more", 3, None),
            Err(BackupError::NotABackup)
        );
        assert_eq!(read(b"", 3, None), Err(BackupError::Damaged));
        let mut newer = written(&made(), &[]);
        newer[4] = VERSION + 1;
        assert_eq!(
            read(&newer, 3, None),
            Err(BackupError::Version(VERSION + 1))
        );
    }

    #[test]
    fn what_is_said_of_a_bot_has_its_limits() {
        let of = |change: &dyn Fn(&mut Bot)| {
            let mut bot = made();
            change(&mut bot);
            let json = serde_json::to_vec(&bot).unwrap();
            super::bot(&json)
        };
        assert_eq!(of(&|bot| bot.accounts.clear()), None);
        let many = |bot: &mut Bot| bot.accounts = vec![bot.accounts[0].clone(); MAX_ACCOUNTS + 1];
        assert_eq!(of(&many), None);
        let long = |bot: &mut Bot| bot.accounts[0].handle = "a".repeat(MAX_NAME + 1);
        assert_eq!(of(&long), None);
        let greeting = |bot: &mut Bot| bot.manners.greeting = Some("가".repeat(5_000));
        let cut = of(&greeting).unwrap().manners.greeting.unwrap();
        assert!(cut.chars().count() < 300, "{cut}");
        let nobodys = Bot {
            accounts: Vec::new(),
            ..made()
        };
        let refused = Writing::begin(&nobodys, None, &mut Vec::new()).err();
        assert_eq!(refused, Some(BackupError::TooLarge));
    }

    /// Many records that are small as they come.
    #[test]
    fn no_piece_unpacks_to_more_than_there_is_room_for() {
        let letters = "가".repeat(MAX_RECORD / 4);
        let page = records(&[letters]).swap_remove(0);
        let file = written(&made(), &vec![page; 4]);
        assert!(file.len() < 1024 * 1024, "{}", file.len());
        assert_eq!(read(&file, file.len(), None), Err(BackupError::TooLarge));
        assert!(read(&file, 64 * 1024, None).is_ok());
    }

    /// A bot behind another, and records that are none.
    #[test]
    fn what_is_in_it_is_looked_at() {
        let twice = written(&made(), &[Record::Bot(Box::new(made()))]);
        assert_eq!(read(&twice, 99, None), Err(BackupError::Damaged));
        for record in [
            Record::Page(vec![3, 1]),
            Record::Page(Vec::new()),
            Record::Vectors(vec![9]),
            Record::Share(vec![1]),
        ] {
            let file = written(&made(), &[record]);
            assert_eq!(read(&file, 99, None), Err(BackupError::Damaged));
        }
        let mut unknown = Vec::new();
        let mut writing = Writing::begin(&made(), None, &mut unknown).unwrap();
        writing
            .packed(77, b"what is this", 100, &mut unknown)
            .unwrap();
        writing.end(&mut unknown);
        assert_eq!(read(&unknown, 99, None), Err(BackupError::Damaged));
        let huge = [&MAGIC[..], &[VERSION, PAGE], &[0xff; 4]].concat();
        assert_eq!(read(&huge, 99, None), Err(BackupError::TooLarge));
        // A small record that unpacks to more than there may be.
        let mut bomb = Vec::new();
        let mut writing = Writing::begin(&made(), None, &mut bomb).unwrap();
        let zeros = vec![0; MAX_RECORD + 1];
        assert!(
            writing
                .push(&Record::Page(zeros.clone()), &mut bomb)
                .is_err()
        );
        writing
            .packed(PAGE, &zeros, MAX_RECORD * 2, &mut bomb)
            .unwrap();
        writing.end(&mut bomb);
        assert_eq!(read(&bomb, 4096, None), Err(BackupError::Damaged));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            texts in prop::collection::vec("\\PC{0,60}", 0..4),
            cuts in 1..400usize,
        ) {
            let records = records(&texts);
            let file = written(&made(), &records);
            let read = read(&file, cuts, None).unwrap();
            prop_assert_eq!(&read[0], &Record::Bot(Box::new(made())));
            prop_assert_eq!(&read[1..], &records[..]);
        }

        #[test]
        fn no_cut_and_no_flipped_bit_passes(at in any::<prop::sample::Index>(), bit in 0..8u8) {
            let file = written(&made(), &records(&["안녕".into()]));
            let at = at.index(file.len());
            prop_assert!(read(&file[..at], 100, None).is_err());
            let mut other = file.clone();
            other[at] ^= 1 << bit;
            prop_assert!(read(&other, 100, None).is_err());
            other[at] ^= 1 << bit;
            other.push(0);
            prop_assert!(read(&other, 100, None).is_err());
        }
    }
}
