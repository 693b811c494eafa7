//! A cache of the browser's that holds what was fetched, by address. Addresses hold hashes of
//! what is there, so it never grows old.

use futures_util::future::join_all;
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, CacheStorage, Request, Response};

/// None where the browser keeps nothing, as in some private windows.
pub struct Cache(Option<web_sys::Cache>);

impl Cache {
    pub async fn open(name: &str) -> Self {
        let open = async {
            // Of a page, or of a worker.
            let caches = Reflect::get(&js_sys::global(), &"caches".into()).ok()?;
            let caches: CacheStorage = caches.dyn_into().ok()?;
            let cache = JsFuture::from(caches.open(name)).await;
            cache.ok()?.dyn_into().ok()
        };
        Self(open.await)
    }

    /// Whether anything is kept.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }

    pub async fn get(&self, url: &str) -> Option<Uint8Array> {
        let response = self.found(url).await?;
        let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
        Some(Uint8Array::new(&buffer))
    }

    pub async fn holds(&self, url: &str) -> bool {
        self.found(url).await.is_some()
    }

    async fn found(&self, url: &str) -> Option<Response> {
        let found = JsFuture::from(self.0.as_ref()?.match_with_str(url)).await;
        found.ok()?.dyn_into().ok()
    }

    /// Whether it is kept: a browser without room does not, and it is fetched again next
    /// time.
    pub async fn keep(&self, url: &str, bytes: &Uint8Array) -> bool {
        self.put(url, Response::new_with_opt_js_u8_array(Some(bytes)))
            .await
    }

    /// The same with what consists of these pieces, and is of this media type.
    pub async fn keep_pieces(&self, url: &str, pieces: &[Uint8Array], kind: &str) -> bool {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        let pieces: Array = pieces.iter().collect();
        let blob = Blob::new_with_u8_array_sequence_and_options(&pieces, &options);
        self.put(
            url,
            blob.and_then(|blob| Response::new_with_opt_blob(Some(&blob))),
        )
        .await
    }

    /// The same with what was answered to a request for it, as it was answered.
    pub async fn keep_answer(&self, url: &str, answer: &Response) -> bool {
        self.put(url, answer.clone()).await
    }

    async fn put(&self, url: &str, response: Result<Response, JsValue>) -> bool {
        match (&self.0, response) {
            (Some(cache), Ok(response)) => JsFuture::from(cache.put_with_str(url, &response))
                .await
                .is_ok(),
            _ => false,
        }
    }

    pub async fn forget(&self, urls: impl Iterator<Item = String>) {
        let Some(cache) = &self.0 else { return };
        join_all(urls.map(|url| JsFuture::from(cache.delete_with_str(&url)))).await;
    }

    /// Forgets what is not `wanted`, by its address.
    pub async fn tidy(&self, wanted: impl Fn(&str) -> bool) {
        let addresses = self.addresses().await;
        self.forget(addresses.into_iter().filter(|url| !wanted(url)))
            .await;
    }

    /// Of all that is kept, in the order in which it was.
    pub async fn addresses(&self) -> Vec<String> {
        let Some(cache) = &self.0 else {
            return Vec::new();
        };
        let Ok(requests) = JsFuture::from(cache.keys()).await else {
            return Vec::new();
        };
        Array::from(&requests)
            .into_iter()
            .map(|request| request.unchecked_into::<Request>().url())
            .collect()
    }
}
