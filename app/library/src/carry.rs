//! A bot on its way into a file, and out of one.

use std::collections::VecDeque;
use std::mem;

use lemon_model::age::Chance;
use lemon_model::backup::{BackupError, Reading, Record, Writing};
use lemon_model::bots::Bot;
use lemon_model::choices::Change;
use lemon_model::protocol::{FromLibrary, LibraryFailure};
use lemon_model::stored;
use wasm_bindgen::JsValue;

use crate::listed;
use crate::store::{self, Store};

/// About how long a piece is: the page passes it on without a long task.
const PIECE: usize = 512 * 1024;

/// How many records are read at once: one of pages or vectors may have megabytes.
const LARGE_AT_ONCE: usize = 1;
const SMALL_AT_ONCE: usize = 500;

/// Changes that are stored in one go.
const CHANGES_AT_ONCE: usize = 500;

/// A file that is being written.
pub struct Outgoing {
    store: Store,
    /// None once it has ended.
    writing: Option<Writing>,
    /// Keys of what is still to go, by where it is.
    rest: VecDeque<(&'static str, Vec<JsValue>)>,
    /// What was written and not fetched yet.
    written: Vec<u8>,
    done: usize,
    of: usize,
}

impl Outgoing {
    pub async fn begin(
        bot: &Bot,
        model: &str,
        lock: Option<(String, Chance)>,
    ) -> Result<Self, LibraryFailure> {
        let store = Store::open(&bot.id, model).await?;
        let rest = store.carried(lock.is_some()).await?;
        let of = rest.iter().map(|(_, keys)| keys.len()).sum();
        let lock = lock
            .as_ref()
            .map(|(passphrase, chance)| (passphrase.as_str(), chance));
        let mut written = Vec::new();
        let writing = Writing::begin(bot, lock, &mut written)?;
        Ok(Self {
            store,
            writing: Some(writing),
            rest: rest.into(),
            written,
            done: 0,
            of,
        })
    }

    pub async fn next(&mut self) -> Result<FromLibrary, LibraryFailure> {
        while self.written.len() < PIECE
            && let Some(writing) = &mut self.writing
        {
            let Some((place, keys)) = self.rest.pop_front() else {
                if let Some(writing) = self.writing.take() {
                    writing.end(&mut self.written);
                }
                self.store.close();
                break;
            };
            let (some, others) = keys.split_at(at_once(place).min(keys.len()));
            for record in self.store.carry(place, some).await? {
                writing.push(&record, &mut self.written)?;
            }
            self.done += some.len();
            if !others.is_empty() {
                self.rest.push_front((place, others.to_vec()));
            }
        }
        // Far fewer records than an f32 counts exactly.
        #[allow(clippy::cast_precision_loss)]
        let share = self.done as f32 / self.of.max(1) as f32;
        Ok(FromLibrary::Piece {
            bytes: mem::take(&mut self.written),
            share,
        })
    }
}

/// The first form of pages is read as a whole.
fn at_once(place: &str) -> usize {
    match place {
        store::PAGES | store::VECTORS => LARGE_AT_ONCE,
        store::FIRST_PAGES => usize::MAX,
        _ => SMALL_AT_ONCE,
    }
}

/// A file that is being read.
pub struct Incoming {
    /// None once it has ended.
    reading: Option<Reading>,
    bot: Box<Bot>,
    /// What was read before it was known that it is wanted.
    waiting: Vec<Record>,
    /// Once it is wanted.
    stored: Option<(String, Store)>,
}

impl Incoming {
    /// Whose bot is in a file that begins so, or is no longer.
    pub fn look(
        passphrase: Option<String>,
        head: &[u8],
        is_whole: bool,
    ) -> Result<Self, LibraryFailure> {
        let mut reading = Reading::new(passphrase);
        let mut records = reading.push(head)?;
        let mut rest = Some(reading);
        if let Some(reading) = rest.take_if(|_| is_whole) {
            records.extend(reading.end()?);
        }
        let mut records = records.into_iter();
        let Some(Record::Bot(bot)) = records.next() else {
            return Err(BackupError::Damaged.into());
        };
        Ok(Self {
            reading: rest,
            bot,
            waiting: records.collect(),
            stored: None,
        })
    }

    pub fn bot(&self) -> &Bot {
        &self.bot
    }

    pub async fn begin(&mut self, id: &str, model: &str) -> Result<(), LibraryFailure> {
        store::delete(id).await?;
        let store = Store::open(id, model).await?;
        self.stored = Some((id.to_owned(), store));
        let waiting = mem::take(&mut self.waiting);
        let taken = self.take(waiting).await;
        self.or_nothing(taken).await
    }

    pub async fn push(&mut self, piece: &[u8]) -> Result<(), LibraryFailure> {
        let read = match &mut self.reading {
            Some(reading) => reading.push(piece),
            None => Err(BackupError::Damaged),
        };
        let taken = match read {
            Ok(records) => self.take(records).await,
            Err(error) => Err(error.into()),
        };
        self.or_nothing(taken).await
    }

    pub async fn end(mut self) -> Result<(), LibraryFailure> {
        let read = self.reading.take().map_or(Ok(Vec::new()), Reading::end);
        let taken = match read {
            Ok(records) => self.take(records).await,
            Err(error) => Err(error.into()),
        };
        self.or_nothing(taken).await?;
        if let Some((_, store)) = self.stored {
            store.close();
        }
        Ok(())
    }

    async fn take(&self, records: Vec<Record>) -> Result<(), LibraryFailure> {
        let (_, store) = self.stored.as_ref().ok_or(LibraryFailure::NotOpen)?;
        let mut changes: Vec<Change> = Vec::new();
        for record in records {
            match record {
                // It goes before all others, and once.
                Record::Bot(_) => {}
                Record::Page(record) => store.take_page(record).await?,
                Record::Vectors(record) => store.take_vectors(&record).await?,
                Record::Change(change) => changes.push(change),
                Record::Words(words) => store.save_words(&listed(words)).await?,
                Record::Share(record) => {
                    let share = stored::share(&record).ok_or(LibraryFailure::Damaged)?;
                    store.save_share(&share).await?;
                }
            }
        }
        for some in changes.chunks(CHANGES_AT_ONCE) {
            store.save_changes(some).await?;
        }
        Ok(())
    }

    /// What failed leaves nothing behind.
    async fn or_nothing(
        &mut self,
        taken: Result<(), LibraryFailure>,
    ) -> Result<(), LibraryFailure> {
        if taken.is_err()
            && let Some((id, store)) = self.stored.take()
        {
            store.close();
            store::delete(&id).await?;
        }
        taken
    }
}
