//! A person's database in a browser, read and changed behind the page's back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;

use crate::browser::Browser;

/// The logs, as the library's worker calls them.
pub const PAGES: &str = "page-records";
pub const VECTORS: &str = "vector-records";

/// The page must have opened it once.
pub struct Database<'a> {
    browser: &'a Browser,
    name: String,
}

/// A record and its key; without one it gets the next number.
pub type Record = (Option<Value>, Vec<u8>);

/// Opens a log; what follows works on `store`, gives `result`, and closes the brace.
const OPEN: &str = "
    const [name, log, records, done] = arguments;
    const open = indexedDB.open(name);
    open.onerror = () => done(null);
    open.onsuccess = () => {
        const database = open.result;
        const transaction = database.transaction(log, 'readwrite');
        const store = transaction.objectStore(log);
        let result = 0;
        transaction.oncomplete = () => { database.close(); done(result); };
        transaction.onabort = () => { database.close(); done(null); };
    ";
const KEYS: &str = "
        store.getAllKeys().onsuccess = ({ target }) => { result = target.result; };
    };";
const SIZES: &str = "
        store.getAll().onsuccess = ({ target }) => {
            result = target.result.map((record) => record.length);
        };
    };";
const PUT: &str = "
        for (const [key, base64] of records) {
            const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
            if (key === null) store.add(bytes); else store.put(bytes, key);
        }
        result = records.length;
    };";
const NUMBER: &str = "
        store.getAll().onsuccess = ({ target }) => {
            store.clear();
            for (const record of target.result) store.add(record);
            result = target.result.length;
        };
    };";

/// Without the place and the account of its feed, behind the form's number and before the
/// posts.
const SECOND_FORM: &str = "
        store.openCursor().onsuccess = ({ target: { result: cursor } }) => {
            if (!cursor) { return; }
            const [form, , length] = cursor.value;
            if (form === 3) {
                cursor.update(Uint8Array.of(2, ...cursor.value.slice(3 + length)));
                result += 1;
            }
            cursor.continue();
        };
    };";

/// As version 1 made it: without numbers of forms in front of records, which were in other
/// logs.
const FIRST_VERSION: &str = "
    const [name, pages, vectors, done] = arguments;
    const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const open = indexedDB.open(name, 1);
    open.onerror = () => done(null);
    open.onupgradeneeded = () => {
        for (const log of ['pages', 'vectors']) {
            open.result.createObjectStore(log, { autoIncrement: true });
        }
        open.result.createObjectStore('shares');
    };
    open.onsuccess = () => {
        const database = open.result;
        const transaction = database.transaction(['pages', 'vectors'], 'readwrite');
        for (const page of pages) transaction.objectStore('pages').add(bytes(page));
        for (const batch of vectors) transaction.objectStore('vectors').add(bytes(batch));
        transaction.oncomplete = () => { database.close(); done(pages.length + vectors.length); };
        transaction.onabort = () => { database.close(); done(null); };
    };";

impl<'a> Database<'a> {
    /// Makes one of version 1, which is not there yet, with these records; gives how many it
    /// took, all or none.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn first_version(
        &self,
        pages: &[Vec<u8>],
        vectors: &[Vec<u8>],
    ) -> WebDriverResult<usize> {
        let encoded = |records: &[Vec<u8>]| -> Vec<Value> {
            let records = records.iter();
            records.map(|it| STANDARD.encode(it).into()).collect()
        };
        let arguments = vec![
            self.name.clone().into(),
            encoded(pages).into(),
            encoded(vectors).into(),
        ];
        let made = self.browser.execute_async(FIRST_VERSION, arguments).await?;
        Ok(count(made.json()))
    }

    /// That of the person `owner_id`.
    #[must_use]
    pub fn of(browser: &'a Browser, owner_id: &str) -> Self {
        Self {
            browser,
            name: format!("lemon-{owner_id}"),
        }
    }

    /// The keys of a log's records, in their order.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn keys(&self, log: &str) -> WebDriverResult<Vec<Value>> {
        let keys = self.work(log, KEYS, &[]).await?;
        Ok(keys.as_array().cloned().unwrap_or_default())
    }

    /// How long a log's records are in bytes, in the order of their keys.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn sizes(&self, log: &str) -> WebDriverResult<Vec<usize>> {
        let sizes = self.work(log, SIZES, &[]).await?;
        Ok(sizes.as_array().into_iter().flatten().map(count).collect())
    }

    /// Makes the log of pages what it was before pages had feeds; gives how many it has.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn to_second_form(&self) -> WebDriverResult<usize> {
        let changed = self.work(PAGES, SECOND_FORM, &[]).await?;
        Ok(count(&changed))
    }

    /// Puts `records` into a log; gives how many it took, all or none.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn put(&self, log: &str, records: &[Record]) -> WebDriverResult<usize> {
        let taken = self.work(log, PUT, records).await?;
        Ok(count(&taken))
    }

    /// Gives a log's records numbers for keys, as they once had; gives how many there are.
    ///
    /// # Errors
    /// Those of the driver.
    pub async fn number(&self, log: &str) -> WebDriverResult<usize> {
        let records = self.work(log, NUMBER, &[]).await?;
        Ok(count(&records))
    }

    async fn work(&self, log: &str, script: &str, records: &[Record]) -> WebDriverResult<Value> {
        let records: Vec<Value> = records
            .iter()
            .map(|(key, record)| json!([key, STANDARD.encode(record)]))
            .collect();
        let arguments = vec![self.name.clone().into(), log.into(), records.into()];
        let script = [OPEN, script].concat();
        let done = self.browser.execute_async(script, arguments).await?;
        Ok(done.json().clone())
    }
}

fn count(value: &Value) -> usize {
    let count = value.as_u64().unwrap_or_default();
    usize::try_from(count).unwrap_or_default()
}
