//! The connection to a person's database. Systems that put a page to sleep close it without a
//! word, and the next use of it fails; then it is opened again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use idb::{Database, DatabaseEvent, Factory, ObjectStoreParams, TransactionResult};
use lemon_model::protocol::LibraryFailure;

/// Raised when there are other object stores. A record's form is told by the record.
const VERSION: u32 = 4;

/// How often work is done again: a system that takes the connection away may do so once more
/// while it wakes up.
const AGAIN: usize = 2;

/// What the database consists of.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Stores whose records are numbered by themselves.
    pub logs: &'static [&'static str],
    /// Stores whose records have a key of their own.
    pub tables: &'static [&'static str],
}

pub struct Connection {
    name: String,
    shape: Shape,
    database: RefCell<Rc<Database>>,
    /// Somebody else deletes the database, or has a newer form of it.
    given_up: Rc<Cell<bool>>,
}

impl Connection {
    pub async fn open(name: String, shape: Shape) -> Result<Self, LibraryFailure> {
        let given_up = Rc::default();
        let (database, _) = open(&name, shape, &given_up).await?;
        Ok(Self {
            name,
            shape,
            database: RefCell::new(Rc::new(database)),
            given_up,
        })
    }

    /// Does `work`, and if that fails again, each time with a new connection. Work that was done
    /// all the same is done twice.
    pub async fn run<T>(
        &self,
        work: impl AsyncFn(&Database) -> Result<T, LibraryFailure>,
    ) -> Result<T, LibraryFailure> {
        for _ in 0..AGAIN {
            match work(&self.database()).await {
                Err(LibraryFailure::Storage(_) | LibraryFailure::Full) if !self.given_up.get() => {}
                done => return done,
            }
            if let Err(error) = self.open_again().await
                && self.given_up.get()
            {
                return Err(error);
            }
        }
        work(&self.database()).await
    }

    /// Lets go of the database, so that it can be deleted.
    pub fn close(&self) {
        self.given_up.set(true);
        self.database().close();
    }

    fn database(&self) -> Rc<Database> {
        Rc::clone(&self.database.borrow())
    }

    async fn open_again(&self) -> Result<(), LibraryFailure> {
        self.database().close();
        let (database, is_new) = open(&self.name, self.shape, &self.given_up).await?;
        if is_new {
            // It was deleted while nobody could tell us. What is left of it in memory must not
            // be written to a new one.
            self.given_up.set(true);
            database.close();
            delete(&self.name).await?;
            return Err(LibraryFailure::Storage("NotFoundError".into()));
        }
        self.database.replace(Rc::new(database));
        Ok(())
    }
}

/// The database, and whether it was not there before.
async fn open(
    name: &str,
    shape: Shape,
    given_up: &Rc<Cell<bool>>,
) -> Result<(Database, bool), LibraryFailure> {
    let mut request = factory()?.open(name, Some(VERSION)).map_err(failure)?;
    let is_new = Rc::new(Cell::new(false));
    let made = Rc::clone(&is_new);
    request.on_upgrade_needed(move |event| {
        let Ok(database) = event.database() else {
            return;
        };
        let there = database.store_names();
        made.set(there.is_empty());
        let is_missing = |store: &&&str| !there.iter().any(|name| name == **store);
        for store in shape.logs.iter().filter(is_missing) {
            let mut log = ObjectStoreParams::new();
            log.auto_increment(true);
            // A failure here aborts the upgrade, and with it the request.
            let _ = database.create_object_store(store, log);
        }
        for store in shape.tables.iter().filter(is_missing) {
            let _ = database.create_object_store(store, ObjectStoreParams::new());
        }
    });
    let mut database = request.await.map_err(failure)?;
    let given_up = Rc::clone(given_up);
    // Another tab that deletes everything must not wait for this one.
    database.on_version_change(move |event| {
        given_up.set(true);
        if let Ok(database) = event.database() {
            database.close();
        }
    });
    Ok((database, is_new.get()))
}

/// Deletes all of it, whether it can be read or not.
pub async fn delete(name: &str) -> Result<(), LibraryFailure> {
    let request = factory()?.delete(name).map_err(failure)?;
    request.await.map_err(failure)
}

fn factory() -> Result<Factory, LibraryFailure> {
    Factory::new().map_err(failure)
}

pub fn committed(result: Result<TransactionResult, idb::Error>) -> Result<(), LibraryFailure> {
    match result.map_err(failure)? {
        TransactionResult::Committed => Ok(()),
        // Browsers abort a transaction for which there is no room.
        TransactionResult::Aborted => Err(LibraryFailure::Full),
    }
}

#[allow(clippy::needless_pass_by_value)]
pub fn failure(error: idb::Error) -> LibraryFailure {
    match &error {
        idb::Error::DomException(exception) if exception.name() == "QuotaExceededError" => {
            LibraryFailure::Full
        }
        idb::Error::DomException(exception) => LibraryFailure::Storage(exception.name()),
        _ => LibraryFailure::Storage(error.to_string()),
    }
}
