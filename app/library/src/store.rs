//! IndexedDB: one database a person, holding the library's two logs and what is
//! needed to delete what was shared. A value is a byte array: in the logs one of
//! [`stored`]'s records, else postcard.
//!
//! A record of vectors has its model's name in its key, `[model, number]`, so that those of
//! other models are not read. Older ones have only a number: whose they are is told by reading
//! them. All of other models go once nothing needs them.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::task::Poll;

use idb::{Database, KeyRange, ObjectStore, Query, Transaction, TransactionMode};
use js_sys::{Array, Uint8Array};
use lemon_desk::server;
use lemon_model::backup::Record;
use lemon_model::choices::{Change, Choices};
use lemon_model::library::{Embedded, Lesson, Library, Page};
use lemon_model::protocol::{FromLibrary, LibraryFailure, Share};
use lemon_model::stored::{self, Replay};
use wasm_bindgen::{JsCast, JsValue};

use crate::connection::{self, Connection, Shape, committed, failure};

pub const PAGES: &str = "page-records";
const SHARES: &str = "shares";
/// One record: the model, and a [`Lesson`].
const LEARNED: &str = "learned";
/// What the person has decided: a record for each [`Change`], under its key, and one for their
/// list of words.
const CHOICES: &str = "choices";
const WORDS: &str = "words";
pub const VECTORS: &str = "vector-records";

/// The logs of version 1, in databases that were made by it. They are read and never
/// written, so that nothing is lost if that fails half-way; what nothing needs is deleted.
pub const FIRST_PAGES: &str = "pages";
const FIRST_VECTORS: &str = "vectors";

/// What a bot's file is made of: its links only where it opens with a passphrase. What was
/// learned is learned again.
const CARRIED: [&str; 5] = [FIRST_PAGES, PAGES, VECTORS, CHOICES, SHARES];

const SHAPE: Shape = Shape {
    logs: &[PAGES, VECTORS],
    tables: &[SHARES, LEARNED, CHOICES],
};

/// How many bytes of records one read asks for, nearly: a page of an archive has five megabytes
/// alone, and one of a server some kilobytes.
const AT_ONCE: usize = 2 * 1024 * 1024;

/// Most records that one read asks for, and by how much more than one before it did. Behind a
/// server's pages may come an archive's, and whole records of vectors behind those of a round.
const MOST_AT_ONCE: usize = 16;
const MOST_PAGES_AT_ONCE: usize = 4;
const GROWTH: usize = 4;

/// How many reads are under way: two while the records of a third are taken, of which Chromium
/// does half as many again in a time as of one.
const READS: usize = 3;

/// From how many bytes on records of vectors that were written one after the other become one.
/// What is stored in small records, of a round each, Chromium reads half as fast.
const WHOLE: usize = 256 * 1024;

pub struct Store {
    connection: Connection,
    owner_id: String,
    /// Vectors of one model say nothing to another's: each has a log of its own.
    model: String,
    /// Where records of other models are whose keys do not say so, as far as they were read.
    others: RefCell<Vec<(&'static str, JsValue)>>,
    tail: RefCell<Tail>,
}

/// The last records of vectors, which are not one yet.
#[derive(Default)]
struct Tail {
    /// The number of the first.
    first: u32,
    records: u32,
    /// What is in them.
    batch: Vec<Embedded>,
    /// How long they are together.
    bytes: usize,
    /// The last one.
    last: Vec<u8>,
}

impl Store {
    pub async fn open(owner_id: &str, model: &str) -> Result<Self, LibraryFailure> {
        let connection = Connection::open(name(owner_id), SHAPE).await?;
        server::tell(&FromLibrary::Alive);
        Ok(Self {
            connection,
            owner_id: owner_id.into(),
            model: model.into(),
            others: RefCell::default(),
            tail: RefCell::default(),
        })
    }

    /// Everything stored, as a library. Records are read some at a time: all of them beside the
    /// library that they make would take its memory twice.
    pub async fn read_back(&self) -> Result<Library, LibraryFailure> {
        self.others.borrow_mut().clear();
        let mut replay = Replay::new(&self.owner_id, &self.model, self.choices().await?);
        let damaged = |read: Option<()>| read.ok_or(LibraryFailure::Damaged);
        // Of the first form there are as many as X gives of a person, and no more.
        let (mut pages, mut vectors) = (Vec::new(), Vec::new());
        self.each(FIRST_PAGES, Range::All, |_, record| {
            pages.push(record);
            Ok(())
        })
        .await?;
        self.of_model(FIRST_VECTORS, stored::first_model, |record| {
            vectors.push(record);
            Ok(())
        })
        .await?;
        damaged(replay.first_form(&pages, &vectors))?;
        drop((pages, vectors));
        self.each(PAGES, Range::All, |_, record| damaged(replay.page(&record)))
            .await?;
        self.of_model(VECTORS, stored::model, |record| {
            damaged(replay.vectors(&record))
        })
        .await?;
        self.each(VECTORS, Range::Of(&self.model), |_, record| {
            damaged(replay.vectors(&record))
        })
        .await?;
        Ok(replay.end())
    }

    pub async fn add_page(&self, page: &Page) -> Result<(), LibraryFailure> {
        self.write(PAGES, None, stored::page(page)).await
    }

    /// Writes vectors behind the others. Once those that were written last are enough for a
    /// whole record, they become one.
    pub async fn add_vectors(&self, batch: &[Embedded]) -> Result<(), LibraryFailure> {
        let record = stored::vectors(&self.model, batch).map_err(|_| LibraryFailure::Damaged)?;
        let number = self.append(&record).await?;
        let mut tail = mem::take(&mut *self.tail.borrow_mut());
        if tail.first + tail.records != number {
            tail = Tail {
                first: number,
                ..Tail::default()
            };
        }
        tail.records += 1;
        tail.batch.extend_from_slice(batch);
        tail.bytes += record.len();
        tail.last = record;
        if tail.bytes < WHOLE {
            *self.tail.borrow_mut() = tail;
        } else if tail.records > 1 {
            // One is read faster, and no more: where they cannot become one they stay.
            let _ = self.merge(&tail).await;
        }
        Ok(())
    }

    /// Puts a record of vectors behind the others, and gives its number.
    async fn append(&self, record: &[u8]) -> Result<u32, LibraryFailure> {
        let written = self.connection.run(async |database| {
            let (transaction, store) = opened(database, VECTORS, TransactionMode::ReadWrite)?;
            // There is one for each number from 0 on.
            let count = self.count(&store).await?;
            let key = key(&self.model, &count.into());
            store
                .put(&Uint8Array::from(record), Some(&key))
                .map_err(failure)?;
            committed(transaction.await)?;
            Ok(count)
        });
        written.await
    }

    /// Puts one record in the place of the tail's, unless another tab has changed what is there.
    async fn merge(&self, tail: &Tail) -> Result<(), LibraryFailure> {
        let whole = stored::vectors(&self.model, &tail.batch);
        let whole = whole.map_err(|_| LibraryFailure::Damaged)?;
        let end = tail.first + tail.records;
        let [first, last, behind] =
            [tail.first, end - 1, end].map(|number| key(&self.model, &number.into()));
        let merged = self.connection.run(async |database| {
            let (transaction, store) = opened(database, VECTORS, TransactionMode::ReadWrite)?;
            let count = self.count(&store).await?;
            let there = store.get(last.clone()).map_err(failure)?;
            let there = there.await.map_err(failure)?;
            let is_last = |there: JsValue| Uint8Array::new(&there).to_vec() == tail.last;
            if count != end || !there.is_some_and(is_last) {
                return Ok(());
            }
            // In this order: should the second one fail, everything is there twice.
            store
                .put(&Uint8Array::from(whole.as_slice()), Some(&first))
                .map_err(failure)?;
            let others = KeyRange::bound(&first, &behind, Some(true), Some(true));
            store.delete(others.map_err(failure)?).map_err(failure)?;
            committed(transaction.await)
        });
        merged.await
    }

    /// How many records there are of this model's vectors.
    async fn count(&self, vectors: &ObjectStore) -> Result<u32, LibraryFailure> {
        let range = of_model(&self.model)?;
        let count = vectors.count(Some(range.into())).map_err(failure)?;
        count.await.map_err(failure)
    }

    /// Deletes the vectors of all other models.
    pub async fn forget_other_models(&self) -> Result<(), LibraryFailure> {
        let numbered = self.others.borrow().clone();
        let mut stores = vec![VECTORS];
        if numbered.iter().any(|(store, _)| *store == FIRST_VECTORS) {
            stores.push(FIRST_VECTORS);
        }
        let deleted = self.connection.run(async |database| {
            let transaction = database
                .transaction(&stores, TransactionMode::ReadWrite)
                .map_err(failure)?;
            let vectors = transaction.object_store(VECTORS).map_err(failure)?;
            let [first, last] = around(&self.model);
            let before = KeyRange::bound(&Array::new(), &first, None, Some(true));
            let after = KeyRange::lower_bound(&last, None);
            for range in [before, after] {
                let range = range.map_err(failure)?;
                vectors.delete(range).map_err(failure)?;
            }
            for (store, key) in &numbered {
                let store = transaction.object_store(store).map_err(failure)?;
                store.delete(key.clone()).map_err(failure)?;
            }
            committed(transaction.await)
        });
        deleted.await?;
        self.others.borrow_mut().clear();
        Ok(())
    }

    /// What was learned; none if nothing is kept, or nothing that can be read: it can be learned
    /// again.
    pub async fn lesson(&self) -> Option<Lesson> {
        let mut lesson = None;
        let read = self.each(LEARNED, Range::All, |_, record| {
            lesson = postcard::from_bytes::<(String, Lesson)>(&record).ok();
            Ok(())
        });
        read.await.ok()?;
        let (model, lesson) = lesson?;
        (model == self.model).then_some(lesson)
    }

    pub async fn save_lesson(&self, lesson: &Lesson) -> Result<(), LibraryFailure> {
        let record = postcard::to_allocvec(&(&self.model, lesson));
        self.write(LEARNED, Some(LEARNED), record).await
    }

    async fn choices(&self) -> Result<Choices, LibraryFailure> {
        let mut choices = Choices::default();
        self.each(CHOICES, Range::All, |key, record| {
            let key = key.as_string().ok_or(LibraryFailure::Damaged)?;
            if key == WORDS {
                let words = postcard::from_bytes(&record);
                choices.listed = words.map_err(|_| LibraryFailure::Damaged)?;
            } else if let Some(change) = Change::of_key(&key) {
                choices.make(change);
            }
            Ok(())
        })
        .await?;
        Ok(choices)
    }

    /// Writes down all of them or none.
    pub async fn save_changes(&self, changes: &[Change]) -> Result<(), LibraryFailure> {
        let written = self.connection.run(async |database| {
            let (transaction, store) = opened(database, CHOICES, TransactionMode::ReadWrite)?;
            for change in changes {
                let key = JsValue::from_str(&change.key());
                if change.is {
                    store
                        .put(&Uint8Array::new_with_length(0), Some(&key))
                        .map_err(failure)?;
                } else {
                    store.delete(Query::from(key)).map_err(failure)?;
                }
            }
            committed(transaction.await)
        });
        written.await
    }

    pub async fn save_words(&self, words: &[String]) -> Result<(), LibraryFailure> {
        self.write(CHOICES, Some(WORDS), postcard::to_allocvec(words))
            .await
    }

    pub async fn save_share(&self, share: &Share) -> Result<(), LibraryFailure> {
        self.write(SHARES, Some(&share.id), postcard::to_allocvec(share))
            .await
    }

    pub async fn shares(&self) -> Result<Vec<Share>, LibraryFailure> {
        let mut shares = BTreeMap::new();
        self.each(SHARES, Range::All, |_, record| {
            let share = stored::share(&record).ok_or(LibraryFailure::Damaged)?;
            shares.insert(share.id.clone(), share);
            Ok(())
        })
        .await?;
        Ok(shares.into_values().collect())
    }

    pub async fn forget_share(&self, id: &str) -> Result<(), LibraryFailure> {
        let forgotten = self.connection.run(async |database| {
            let (transaction, store) = opened(database, SHARES, TransactionMode::ReadWrite)?;
            store
                .delete(Query::from(JsValue::from_str(id)))
                .map_err(failure)?;
            committed(transaction.await)
        });
        forgotten.await
    }

    /// Lets go of the database, so that it can be deleted.
    pub fn close(&self) {
        self.connection.close();
    }

    /// The keys of all that goes into a bot's file, by what they are of.
    pub async fn carried(
        &self,
        with_shares: bool,
    ) -> Result<Vec<(&'static str, Vec<JsValue>)>, LibraryFailure> {
        let mut carried = Vec::new();
        for store in CARRIED {
            if store == VECTORS {
                for range in [Range::Numbers, Range::Of(&self.model)] {
                    carried.push((store, self.keys(store, range).await?));
                }
            } else if store != SHARES || with_shares {
                carried.push((store, self.keys(store, Range::All).await?));
            }
        }
        Ok(carried)
    }

    /// What goes into a bot's file of the records with these keys of `store`, which follow each
    /// other. Of vectors fewer may be there by now, which are made again.
    pub async fn carry(
        &self,
        store: &str,
        keys: &[JsValue],
    ) -> Result<Vec<Record>, LibraryFailure> {
        if store == CHOICES {
            return self.carry_choices(keys).await;
        }
        let values = self.values(store, keys).await?;
        let values: Vec<Vec<u8>> = values.iter().map(Uint8Array::to_vec).collect();
        let renewed = |record: &[u8]| stored::renewed(record, &self.owner_id);
        let records: Option<Vec<Record>> = match store {
            FIRST_PAGES => stored::renewed_first(&values, &self.owner_id)
                .map(|pages| pages.into_iter().map(Record::Page).collect()),
            PAGES => values
                .iter()
                .map(|record| Some(Record::Page(renewed(record)?)))
                .collect(),
            VECTORS => {
                let is_ours =
                    |record: &Vec<u8>| stored::is_vectors(record) && self.is_of_model(record);
                let ours = values.into_iter().filter(is_ours);
                Some(ours.map(Record::Vectors).collect())
            }
            _ => {
                let is_share = |record: &Vec<u8>| stored::share(record).is_some();
                let shares = values.into_iter().filter(is_share);
                Some(shares.map(Record::Share).collect())
            }
        };
        records.ok_or(LibraryFailure::Damaged)
    }

    /// Most of them are all said by their keys.
    async fn carry_choices(&self, keys: &[JsValue]) -> Result<Vec<Record>, LibraryFailure> {
        let mut records = Vec::new();
        for key in keys {
            let name = key.as_string().unwrap_or_default();
            if name != WORDS {
                records.extend(Change::of_key(&name).map(Record::Change));
                continue;
            }
            let values = self.values(CHOICES, std::slice::from_ref(key)).await?;
            if let Some(value) = values.first() {
                let words = postcard::from_bytes(&value.to_vec());
                records.push(Record::Words(words.map_err(|_| LibraryFailure::Damaged)?));
            }
        }
        Ok(records)
    }

    /// Stores a record of pages as it is.
    pub async fn take_page(&self, record: Vec<u8>) -> Result<(), LibraryFailure> {
        self.write(PAGES, None, Ok(record)).await
    }

    /// Stores a record of vectors as it is, if it is of this model.
    pub async fn take_vectors(&self, record: &[u8]) -> Result<(), LibraryFailure> {
        if self.is_of_model(record) {
            self.append(record).await?;
        }
        Ok(())
    }

    fn is_of_model(&self, record: &[u8]) -> bool {
        stored::model(record).is_some_and(|model| model == self.model)
    }

    /// What is in the logs may be in them twice: reading them keeps it once.
    async fn write(
        &self,
        store: &str,
        key: Option<&str>,
        record: Result<Vec<u8>, postcard::Error>,
    ) -> Result<(), LibraryFailure> {
        let bytes = record.map_err(|_| LibraryFailure::Damaged)?;
        let written = self.connection.run(async |database| {
            let (transaction, store) = opened(database, store, TransactionMode::ReadWrite)?;
            let key = key.map(JsValue::from_str);
            store
                .put(&Uint8Array::from(bytes.as_slice()), key.as_ref())
                .map_err(failure)?;
            committed(transaction.await)
        });
        written.await
    }

    /// Gives the records of a log of vectors whose keys are numbers, without those of other
    /// models, which are remembered. `model` tells whose one is.
    async fn of_model(
        &self,
        store: &'static str,
        model: impl Fn(&[u8]) -> Option<String>,
        mut take: impl FnMut(Vec<u8>) -> Result<(), LibraryFailure>,
    ) -> Result<(), LibraryFailure> {
        self.each(store, Range::Numbers, |key, record| {
            // One that cannot be read is ours as well as anybody's.
            if model(&record).is_some_and(|model| model != self.model) {
                self.others.borrow_mut().push((store, key));
                return Ok(());
            }
            take(record)
        })
        .await
    }

    /// Gives the records of an object store that `range` selects, with their keys and in the
    /// order of these, some at a time; none if there is no such store. While some are taken the
    /// browser reads the next ones. What another tab puts together meanwhile may be given twice.
    async fn each(
        &self,
        store: &str,
        range: Range<'_>,
        mut take: impl FnMut(JsValue, Vec<u8>) -> Result<(), LibraryFailure>,
    ) -> Result<(), LibraryFailure> {
        while !self.each_once(store, range, &mut take).await? {}
        Ok(())
    }

    /// Whether they were still there when their turn came.
    async fn each_once(
        &self,
        store: &str,
        range: Range<'_>,
        take: &mut impl FnMut(JsValue, Vec<u8>) -> Result<(), LibraryFailure>,
    ) -> Result<bool, LibraryFailure> {
        let most = if [PAGES, FIRST_PAGES].contains(&store) {
            MOST_PAGES_AT_ONCE
        } else {
            MOST_AT_ONCE
        };
        let keys = self.keys(store, range).await?;
        let mut reads = VecDeque::new();
        let taken = async {
            let (mut rest, mut many) = (keys.as_slice(), 1);
            let mut were_there = true;
            loop {
                while reads.len() < READS && !rest.is_empty() {
                    let (some, others) = rest.split_at(many.min(rest.len()));
                    rest = others;
                    reads.push_back(Read::begin(some, self.values(store, some)).await);
                }
                let Some(read) = reads.pop_front() else {
                    return Ok(were_there);
                };
                let (some, values) = read.end().await;
                let values = values?;
                many = next_many(&values).min(most);
                were_there &= values.len() == some.len();
                for (key, value) in some.iter().zip(values) {
                    take(key.clone(), value.to_vec())?;
                }
            }
        }
        .await;
        // Whatever is begun has to end before it may be dropped.
        for read in reads {
            let _ = read.end().await;
        }
        taken
    }

    /// The keys of an object store that `range` selects, in their order; none if there is no
    /// such store.
    async fn keys(&self, store: &str, range: Range<'_>) -> Result<Vec<JsValue>, LibraryFailure> {
        let read = self.connection.run(async |database| {
            if !database.store_names().iter().any(|name| name == store) {
                return Ok(Vec::new());
            }
            let (_transaction, store) = opened(database, store, TransactionMode::ReadOnly)?;
            let keys = store.get_all_keys(range.query()?, None).map_err(failure)?;
            keys.await.map_err(failure)
        });
        let keys = read.await?;
        server::tell(&FromLibrary::Alive);
        Ok(keys)
    }

    /// The records with these keys, which follow each other.
    async fn values(
        &self,
        store: &str,
        keys: &[JsValue],
    ) -> Result<Vec<Uint8Array>, LibraryFailure> {
        let [Some(first), Some(last)] = [keys.first(), keys.last()] else {
            return Ok(Vec::new());
        };
        let read = self.connection.run(async |database| {
            let (_transaction, store) = opened(database, store, TransactionMode::ReadOnly)?;
            let range = KeyRange::bound(first, last, None, None).map_err(failure)?;
            let values = store.get_all(Some(range.into()), None).map_err(failure)?;
            values.await.map_err(failure)
        });
        let values = read.await?;
        server::tell(&FromLibrary::Alive);
        let bytes = |value: JsValue| {
            value
                .dyn_into()
                .unwrap_or_else(|other| Uint8Array::new(&other))
        };
        Ok(values.into_iter().map(bytes).collect())
    }
}

/// A read of the records with some keys, which is under way.
struct Read<'a, F: Future> {
    keys: &'a [JsValue],
    values: Pin<Box<F>>,
    /// What came of it at once.
    came: Option<F::Output>,
}

impl<'a, F: Future> Read<'a, F> {
    async fn begin(keys: &'a [JsValue], values: F) -> Self {
        let mut values = Box::pin(values);
        let begun = poll_fn(|context| Poll::Ready(values.as_mut().poll(context))).await;
        let came = match begun {
            Poll::Ready(came) => Some(came),
            Poll::Pending => None,
        };
        Self { keys, values, came }
    }

    async fn end(self) -> (&'a [JsValue], F::Output) {
        let values = match self.came {
            Some(came) => came,
            None => self.values.await,
        };
        (self.keys, values)
    }
}

/// How many records a read asks for behind one that gave these.
fn next_many(records: &[Uint8Array]) -> usize {
    let bytes: usize = records.iter().map(|it| it.length() as usize).sum();
    let most = (records.len() * GROWTH).max(1);
    (records.len() * AT_ONCE / bytes.max(1)).clamp(1, most)
}

/// Which records of an object store.
#[derive(Clone, Copy)]
enum Range<'a> {
    All,
    /// Whose keys are numbers.
    Numbers,
    /// The vectors of a model.
    Of(&'a str),
}

impl Range<'_> {
    fn query(self) -> Result<Option<Query>, LibraryFailure> {
        let range = match self {
            Self::All => return Ok(None),
            Self::Numbers => {
                let [first, last] = [f64::NEG_INFINITY, f64::INFINITY].map(JsValue::from_f64);
                KeyRange::bound(&first, &last, None, None).map_err(failure)?
            }
            Self::Of(model) => of_model(model)?,
        };
        Ok(Some(range.into()))
    }
}

/// A transaction over one object store, and the store.
fn opened(
    database: &Database,
    store: &str,
    mode: TransactionMode,
) -> Result<(Transaction, ObjectStore), LibraryFailure> {
    let transaction = database.transaction(&[store], mode).map_err(failure)?;
    let store = transaction.object_store(store).map_err(failure)?;
    Ok((transaction, store))
}

/// Selects the vectors of `model`.
fn of_model(model: &str) -> Result<KeyRange, LibraryFailure> {
    let [first, last] = around(model);
    KeyRange::bound(&first, &last, None, None).map_err(failure)
}

/// The key before, and the key behind, those of the vectors of `model`: a list comes after its
/// beginning, and after all numbers.
fn around(model: &str) -> [JsValue; 2] {
    let name = JsValue::from_str(model);
    [Array::of1(&name).into(), key(model, &Array::new())]
}

fn key(model: &str, second: &JsValue) -> JsValue {
    Array::of2(&JsValue::from_str(model), second).into()
}

/// Deletes everything stored of this person, whether it can be read or not.
pub async fn delete(owner_id: &str) -> Result<(), LibraryFailure> {
    connection::delete(&name(owner_id)).await
}

fn name(owner_id: &str) -> String {
    format!("lemon-{owner_id}")
}
