//! IndexedDB: one database a person, holding the library's two logs and what is
//! needed to delete what was shared. A value is a byte array in postcard.

use idb::{
    Database, DatabaseEvent, Factory, ObjectStoreParams, Query, TransactionMode, TransactionResult,
};
use js_sys::Uint8Array;
use lemon_model::library::{Embedded, Library, Page};
use lemon_model::protocol::{LibraryFailure, Share};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

/// Raised when what is stored changes its form. There is no older one to read.
const VERSION: u32 = 1;
const PAGES: &str = "pages";
const SHARES: &str = "shares";
const VECTORS: &str = "vectors";

pub struct Store {
    database: Database,
    owner_id: String,
    /// Vectors of one model say nothing to another's: each has a log of its own,
    /// whose records are found by the model's name.
    model: String,
}

impl Store {
    pub async fn open(owner_id: &str, model: &str) -> Result<Self, LibraryFailure> {
        let mut request = factory()?
            .open(&name(owner_id), Some(VERSION))
            .map_err(failure)?;
        request.on_upgrade_needed(|event| {
            let Ok(database) = event.database() else {
                return;
            };
            let mut log = ObjectStoreParams::new();
            log.auto_increment(true);
            // A failure here aborts the upgrade, and with it the request.
            let _ = database.create_object_store(PAGES, log);
            let mut log = ObjectStoreParams::new();
            log.auto_increment(true);
            let _ = database.create_object_store(VECTORS, log);
            let _ = database.create_object_store(SHARES, ObjectStoreParams::new());
        });
        let mut database = request.await.map_err(failure)?;
        // Another tab that deletes everything must not wait for this one.
        database.on_version_change(|event| {
            if let Ok(database) = event.database() {
                database.close();
            }
        });
        Ok(Self {
            database,
            owner_id: owner_id.into(),
            model: model.into(),
        })
    }

    /// Everything stored, as a library.
    pub async fn read_back(&self) -> Result<Library, LibraryFailure> {
        let pages = self.all::<Page>(PAGES).await?;
        let batches = self.all::<(String, Vec<Embedded>)>(VECTORS).await?;
        let ours = batches
            .into_iter()
            .filter(|(model, _)| *model == self.model)
            .map(|(_, batch)| batch);
        Ok(Library::from_logs(&self.owner_id, pages, ours.collect()))
    }

    pub async fn add_page(&self, page: &Page) -> Result<(), LibraryFailure> {
        self.write(PAGES, None, page).await
    }

    pub async fn add_vectors(&self, batch: &[Embedded]) -> Result<(), LibraryFailure> {
        self.write(VECTORS, None, &(&self.model, batch)).await
    }

    pub async fn save_share(&self, share: &Share) -> Result<(), LibraryFailure> {
        self.write(SHARES, Some(&share.id), share).await
    }

    pub async fn shares(&self) -> Result<Vec<Share>, LibraryFailure> {
        self.all(SHARES).await
    }

    pub async fn forget_share(&self, id: &str) -> Result<(), LibraryFailure> {
        let transaction = self
            .database
            .transaction(&[SHARES], TransactionMode::ReadWrite)
            .map_err(failure)?;
        let store = transaction.object_store(SHARES).map_err(failure)?;
        store
            .delete(Query::from(JsValue::from_str(id)))
            .map_err(failure)?;
        committed(transaction.await)
    }

    /// Lets go of the database, so that it can be deleted.
    pub fn close(&self) {
        self.database.close();
    }

    async fn write<T: Serialize + ?Sized>(
        &self,
        store: &str,
        key: Option<&str>,
        value: &T,
    ) -> Result<(), LibraryFailure> {
        let bytes = postcard::to_allocvec(value).map_err(|_| LibraryFailure::Damaged)?;
        let transaction = self
            .database
            .transaction(&[store], TransactionMode::ReadWrite)
            .map_err(failure)?;
        let store = transaction.object_store(store).map_err(failure)?;
        let key = key.map(JsValue::from_str);
        store
            .put(&Uint8Array::from(bytes.as_slice()), key.as_ref())
            .map_err(failure)?;
        committed(transaction.await)
    }

    async fn all<T: DeserializeOwned>(&self, store: &str) -> Result<Vec<T>, LibraryFailure> {
        let transaction = self
            .database
            .transaction(&[store], TransactionMode::ReadOnly)
            .map_err(failure)?;
        let store = transaction.object_store(store).map_err(failure)?;
        let values = store
            .get_all(None, None)
            .map_err(failure)?
            .await
            .map_err(failure)?;
        let read = |value: &JsValue| postcard::from_bytes(&Uint8Array::new(value).to_vec()).ok();
        values
            .iter()
            .map(read)
            .collect::<Option<_>>()
            .ok_or(LibraryFailure::Damaged)
    }
}

/// Deletes everything stored of this person, whether it can be read or not.
pub async fn delete(owner_id: &str) -> Result<(), LibraryFailure> {
    let request = factory()?.delete(&name(owner_id)).map_err(failure)?;
    request.await.map_err(failure)
}

fn name(owner_id: &str) -> String {
    format!("lemon-{owner_id}")
}

fn factory() -> Result<Factory, LibraryFailure> {
    Factory::new().map_err(failure)
}

fn committed(result: Result<TransactionResult, idb::Error>) -> Result<(), LibraryFailure> {
    match result.map_err(failure)? {
        TransactionResult::Committed => Ok(()),
        // Browsers abort a transaction for which there is no room.
        TransactionResult::Aborted => Err(LibraryFailure::Full),
    }
}

#[allow(clippy::needless_pass_by_value)]
fn failure(error: idb::Error) -> LibraryFailure {
    match &error {
        idb::Error::DomException(exception) if exception.name() == "QuotaExceededError" => {
            LibraryFailure::Full
        }
        idb::Error::DomException(exception) => LibraryFailure::Storage(exception.name()),
        _ => LibraryFailure::Storage(error.to_string()),
    }
}
