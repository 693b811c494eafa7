//! IndexedDB: one database a person, holding the library's two logs and what is
//! needed to delete what was shared. A value is a byte array: in the logs one of
//! [`stored`]'s records, else postcard.

use idb::{Query, TransactionMode};
use js_sys::Uint8Array;
use lemon_model::library::{Embedded, Library, Page};
use lemon_model::protocol::{LibraryFailure, Share};
use lemon_model::stored::{self, Logs};
use wasm_bindgen::JsValue;

use crate::connection::{self, Connection, Shape, committed, failure};

const PAGES: &str = "page-records";
const SHARES: &str = "shares";
const VECTORS: &str = "vector-records";

/// The logs of version 1, in databases that were made by it. They are read and never
/// written: nothing is lost if that fails half-way.
const FIRST_PAGES: &str = "pages";
const FIRST_VECTORS: &str = "vectors";

const SHAPE: Shape = Shape {
    logs: &[PAGES, VECTORS],
    tables: &[SHARES],
};

pub struct Store {
    connection: Connection,
    owner_id: String,
    /// Vectors of one model say nothing to another's: each has a log of its own,
    /// whose records are found by the model's name.
    model: String,
}

impl Store {
    pub async fn open(owner_id: &str, model: &str) -> Result<Self, LibraryFailure> {
        Ok(Self {
            connection: Connection::open(name(owner_id), SHAPE).await?,
            owner_id: owner_id.into(),
            model: model.into(),
        })
    }

    /// Everything stored, as a library.
    pub async fn read_back(&self) -> Result<Library, LibraryFailure> {
        let logs = Logs {
            first_pages: self.records(FIRST_PAGES).await?,
            first_vectors: self.records(FIRST_VECTORS).await?,
            pages: self.records(PAGES).await?,
            vectors: self.records(VECTORS).await?,
        };
        logs.library(&self.owner_id, &self.model)
            .ok_or(LibraryFailure::Damaged)
    }

    pub async fn add_page(&self, page: &Page) -> Result<(), LibraryFailure> {
        self.write(PAGES, None, stored::page(page)).await
    }

    pub async fn add_vectors(&self, batch: &[Embedded]) -> Result<(), LibraryFailure> {
        self.write(VECTORS, None, stored::vectors(&self.model, batch))
            .await
    }

    pub async fn save_share(&self, share: &Share) -> Result<(), LibraryFailure> {
        self.write(SHARES, Some(&share.id), postcard::to_allocvec(share))
            .await
    }

    pub async fn shares(&self) -> Result<Vec<Share>, LibraryFailure> {
        let records = self.records(SHARES).await?;
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

    /// All records of an object store in the order of their keys; none if there is no such
    /// store.
    async fn records(&self, store: &str) -> Result<Vec<Vec<u8>>, LibraryFailure> {
        let values = self.connection.run(async |database| {
            if !database.store_names().iter().any(|name| name == store) {
                return Ok(Vec::new());
            }
            let transaction = database
                .transaction(&[store], TransactionMode::ReadOnly)
                .map_err(failure)?;
            let store = transaction.object_store(store).map_err(failure)?;
            store
                .get_all(None, None)
                .map_err(failure)?
                .await
                .map_err(failure)
        });
        let bytes = |value: &JsValue| Uint8Array::new(value).to_vec();
        Ok(values.await?.iter().map(bytes).collect())
    }
}

/// Deletes everything stored of this person, whether it can be read or not.
pub async fn delete(owner_id: &str) -> Result<(), LibraryFailure> {
    connection::delete(&name(owner_id)).await
}

fn name(owner_id: &str) -> String {
    format!("lemon-{owner_id}")
}
