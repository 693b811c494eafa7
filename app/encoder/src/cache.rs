//! The browser's cache that holds what was fetched, by address. Addresses hold hashes of
//! what is there, so it never grows old.

use futures_util::future::join_all;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, Response};

use crate::scope;

const NAME: &str = "lemon-model";

/// None where the browser keeps nothing, as in some private windows.
pub struct Cache(Option<web_sys::Cache>);

impl Cache {
    pub async fn open() -> Self {
        let open = async {
            let caches = scope().caches().ok()?;
            if caches.is_undefined() {
                return None;
            }
            let cache = JsFuture::from(caches.open(NAME)).await;
            cache.ok()?.dyn_into().ok()
        };
        Self(open.await)
    }

    /// Whether anything is kept.
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }

    pub async fn get(&self, url: &str) -> Option<Uint8Array> {
        let found = JsFuture::from(self.0.as_ref()?.match_with_str(url)).await;
        let response: Response = found.ok()?.dyn_into().ok()?;
        let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
        Some(Uint8Array::new(&buffer))
    }

    /// Whether it is kept: a browser without room does not, and it is fetched again next
    /// time.
    pub async fn keep(&self, url: &str, bytes: &Uint8Array) -> bool {
        let Some(cache) = &self.0 else { return false };
        match Response::new_with_opt_js_u8_array(Some(bytes)) {
            Ok(response) => JsFuture::from(cache.put_with_str(url, &response))
                .await
                .is_ok(),
            Err(_) => false,
        }
    }

    pub async fn forget(&self, urls: impl Iterator<Item = String>) {
        let Some(cache) = &self.0 else { return };
        join_all(urls.map(|url| JsFuture::from(cache.delete_with_str(&url)))).await;
    }

    /// Forgets what is not `wanted`, by its address.
    pub async fn tidy(&self, wanted: impl Fn(&str) -> bool) {
        let Some(cache) = &self.0 else { return };
        let Ok(requests) = JsFuture::from(cache.keys()).await else {
            return;
        };
        let urls = Array::from(&requests)
            .into_iter()
            .map(|request| request.unchecked_into::<Request>().url());
        self.forget(urls.filter(|url| !wanted(url))).await;
    }
}
