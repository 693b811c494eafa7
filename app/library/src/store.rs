//! IndexedDB: one database a person, holding the library's two logs and what is
//! needed to delete what was shared. A value is a byte array: in the logs one of
//! [`stored`]'s records, else postcard.
//!
//! A record of vectors has its model's name in its key, `[model, number]`, so that those of
//! other models are not read. Older ones have only a number: whose they are is told by reading
//! them. All of other models go once nothing needs them.

use std::cell::RefCell;

use idb::{KeyRange, Query, TransactionMode};
use js_sys::{Array, Uint8Array};
use lemon_desk::server;
use lemon_model::library::{Embedded, Library, Page};
use lemon_model::protocol::{FromLibrary, LibraryFailure, Share};
use lemon_model::stored::{self, Logs};
use wasm_bindgen::JsValue;

use crate::connection::{self, Connection, Shape, committed, failure};

const PAGES: &str = "page-records";
const SHARES: &str = "shares";
const VECTORS: &str = "vector-records";

/// The logs of version 1, in databases that were made by it. They are read and never
/// written, so that nothing is lost if that fails half-way; what nothing needs is deleted.
const FIRST_PAGES: &str = "pages";
const FIRST_VECTORS: &str = "vectors";

const SHAPE: Shape = Shape {
    logs: &[PAGES, VECTORS],
    tables: &[SHARES],
};

pub struct Store {
    connection: Connection,
    owner_id: String,
    /// Vectors of one model say nothing to another's: each has a log of its own.
    model: String,
    /// Where records of other models are whose keys do not say so, as far as they were read.
    others: RefCell<Vec<(&'static str, JsValue)>>,
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
        })
    }

    /// Everything stored, as a library.
    pub async fn read_back(&self) -> Result<Library, LibraryFailure> {
        self.others.borrow_mut().clear();
        let first_vectors = self.numbered(FIRST_VECTORS, stored::first_model).await?;
        let mut vectors = self.numbered(VECTORS, stored::model).await?;
        let ours = || Ok(Some(of_model(&self.model)?.into()));
        vectors.extend(values(&self.read(VECTORS, ours).await?.1));
        let logs = Logs {
            first_pages: values(&self.read(FIRST_PAGES, || Ok(None)).await?.1),
            first_vectors,
            pages: values(&self.read(PAGES, || Ok(None)).await?.1),
            vectors,
        };
        logs.library(&self.owner_id, &self.model)
            .ok_or(LibraryFailure::Damaged)
    }

    pub async fn add_page(&self, page: &Page) -> Result<(), LibraryFailure> {
        self.write(PAGES, None, stored::page(page)).await
    }

    pub async fn add_vectors(&self, batch: &[Embedded]) -> Result<(), LibraryFailure> {
        let record = stored::vectors(&self.model, batch).map_err(|_| LibraryFailure::Damaged)?;
        let written = self.connection.run(async |database| {
            let transaction = database
                .transaction(&[VECTORS], TransactionMode::ReadWrite)
                .map_err(failure)?;
            let store = transaction.object_store(VECTORS).map_err(failure)?;
            // Records go all at once or not at all, so their number is the next one's.
            let range = of_model(&self.model)?;
            let count = store
                .count(Some(range.into()))
                .map_err(failure)?
                .await
                .map_err(failure)?;
            let key = key(&self.model, &count.into());
            store
                .put(&Uint8Array::from(record.as_slice()), Some(&key))
                .map_err(failure)?;
            committed(transaction.await)
        });
        written.await
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

    pub async fn save_share(&self, share: &Share) -> Result<(), LibraryFailure> {
        self.write(SHARES, Some(&share.id), postcard::to_allocvec(share))
            .await
    }

    pub async fn shares(&self) -> Result<Vec<Share>, LibraryFailure> {
        let records = values(&self.read(SHARES, || Ok(None)).await?.1);
        let read = |record: &Vec<u8>| postcard::from_bytes(record).ok();
        records
            .iter()
            .map(read)
            .collect::<Option<_>>()
            .ok_or(LibraryFailure::Damaged)
    }

    pub async fn forget_share(&self, id: &str) -> Result<(), LibraryFailure> {
        let forgotten = self.connection.run(async |database| {
            let transaction = database
                .transaction(&[SHARES], TransactionMode::ReadWrite)
                .map_err(failure)?;
            let store = transaction.object_store(SHARES).map_err(failure)?;
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

    /// What is in the logs may be in them twice: reading them keeps it once.
    async fn write(
        &self,
        store: &str,
        key: Option<&str>,
        record: Result<Vec<u8>, postcard::Error>,
    ) -> Result<(), LibraryFailure> {
        let bytes = record.map_err(|_| LibraryFailure::Damaged)?;
        let written = self.connection.run(async |database| {
            let transaction = database
                .transaction(&[store], TransactionMode::ReadWrite)
                .map_err(failure)?;
            let store = transaction.object_store(store).map_err(failure)?;
            let key = key.map(JsValue::from_str);
            store
                .put(&Uint8Array::from(bytes.as_slice()), key.as_ref())
                .map_err(failure)?;
            committed(transaction.await)
        });
        written.await
    }

    /// The records of a log of vectors whose keys are numbers, without those of other models,
    /// which are remembered. `model` tells whose one is.
    async fn numbered(
        &self,
        store: &'static str,
        model: impl Fn(&[u8]) -> Option<String>,
    ) -> Result<Vec<Vec<u8>>, LibraryFailure> {
        let numbers = || {
            let (least, most) = (f64::NEG_INFINITY.into(), f64::INFINITY.into());
            let range = KeyRange::bound(&least, &most, None, None);
            Ok(Some(range.map_err(failure)?.into()))
        };
        let (keys, records) = self.read(store, numbers).await?;
        let mut ours = Vec::new();
        for (key, record) in keys.into_iter().zip(values(&records)) {
            // One that cannot be read is ours as well as anybody's.
            if model(&record).is_some_and(|model| model != self.model) {
                self.others.borrow_mut().push((store, key));
            } else {
                ours.push(record);
            }
        }
        Ok(ours)
    }

    /// Keys and values of the records of an object store that `query` selects, in the order of
    /// their keys; none if there is no such store.
    async fn read(
        &self,
        store: &str,
        query: impl Fn() -> Result<Option<Query>, LibraryFailure>,
    ) -> Result<(Vec<JsValue>, Vec<JsValue>), LibraryFailure> {
        let read = self.connection.run(async |database| {
            if !database.store_names().iter().any(|name| name == store) {
                return Ok((Vec::new(), Vec::new()));
            }
            let transaction = database
                .transaction(&[store], TransactionMode::ReadOnly)
                .map_err(failure)?;
            let store = transaction.object_store(store).map_err(failure)?;
            let keys = store.get_all_keys(query()?, None).map_err(failure)?;
            let values = store.get_all(query()?, None).map_err(failure)?;
            Ok((keys.await.map_err(failure)?, values.await.map_err(failure)?))
        });
        let read = read.await;
        server::tell(&FromLibrary::Alive);
        read
    }
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

fn values(records: &[JsValue]) -> Vec<Vec<u8>> {
    let bytes = |value: &JsValue| Uint8Array::new(value).to_vec();
    records.iter().map(bytes).collect()
}

/// Deletes everything stored of this person, whether it can be read or not.
pub async fn delete(owner_id: &str) -> Result<(), LibraryFailure> {
    connection::delete(&name(owner_id)).await
}

fn name(owner_id: &str) -> String {
    format!("lemon-{owner_id}")
}
