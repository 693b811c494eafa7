//! What is kept for when there is no network: the page that has worked last, whole, and bots that
//! were visited. The service worker gives it (`app/keeper`).

use std::cell::Cell;

use gloo_net::http::Request;
use lemon_desk::cache::Cache;
use lemon_keeper::rules::{FILES, MOST_VISITS, PAGE, PLAIN, SCRIPT, VISITS, files_of};
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::RequestCache;

use crate::browser;
use crate::edge;
use crate::module;
use crate::version;
use crate::worker;

const MODULE: &str = "application/wasm";

thread_local! {
    static IS_KEPT: Cell<bool> = const { Cell::new(false) };
}

/// Has the browser start the service worker, and keeps this page if there is no other. Where it
/// cannot, as in private windows, nothing is different but that a network is needed.
pub fn begin() {
    spawn_local(async {
        let Some(workers) = browser::service_workers() else {
            return;
        };
        if JsFuture::from(workers.register(SCRIPT)).await.is_err() {
            return;
        }
        let cache = Cache::open(FILES).await;
        // What another one keeps meanwhile is left where it is.
        if cache.is_there() && !cache.holds(PAGE).await && !IS_KEPT.get() {
            keep(&cache, &[]).await;
        }
    });
}

/// Keeps this page, with the workers that it has started by now, in the place of an earlier one:
/// it has just been seen to work.
pub fn page() {
    if IS_KEPT.replace(true) {
        return;
    }
    spawn_local(async {
        if browser::service_worker().await.is_none() {
            return;
        }
        let cache = Cache::open(FILES).await;
        if !cache.is_there() {
            return;
        }
        let Some(files) = keep(&cache, &worker::files()).await else {
            // There is another chance when something has worked again.
            IS_KEPT.set(false);
            return;
        };
        let origin = browser::origin();
        cache
            .tidy(|url| {
                let path = url.strip_prefix(&origin).unwrap_or(url);
                path == PAGE || files.iter().any(|file| file == path)
            })
            .await;
        module::tidy().await;
    });
}

/// All of it or nothing: what is there is whole, of one version. What the browser has of it need
/// not come again. Its files.
async fn keep(cache: &Cache, workers: &[String]) -> Option<Vec<String>> {
    let request = Request::get(PAGE).cache(RequestCache::NoCache);
    let served = edge::in_time(request).send().await.ok()?;
    let served: web_sys::Response = served.into();
    let text = JsFuture::from(served.clone().ok()?.text().ok()?)
        .await
        .ok()?;
    let text = text.as_string()?;
    // Another one is served by now, or something in front of it has answered.
    if !served.ok() || !version::is_own(&text) {
        return None;
    }
    let named = files_of(&text).into_iter().map(str::to_owned);
    let files: Vec<String> = named.chain(workers.iter().cloned()).collect();
    for file in &files {
        // These alone may be others under the same name.
        if cache.holds(file).await && !PLAIN.contains(&file.as_str()) {
            continue;
        }
        let is_kept = if let Some(module) = module::kept(file).await {
            cache.keep_pieces(file, &[module], MODULE).await
        } else {
            let came = edge::in_time(Request::get(file)).send().await.ok()?;
            came.ok() && cache.keep_answer(file, &came.into()).await
        };
        if !is_kept {
            return None;
        }
    }
    // Last: it names the others.
    cache.keep_answer(PAGE, &served).await.then_some(files)
}

/// Keeps the bot `id`, which was just opened, as it came: the browser has it still.
pub fn visit(id: &str) {
    let address = edge::bot(id);
    spawn_local(async move {
        if browser::service_worker().await.is_none() {
            return;
        }
        let cache = Cache::open(VISITS).await;
        let request = Request::get(&address).cache(RequestCache::ForceCache);
        if !cache.is_there() {
            return;
        }
        let Ok(came) = request.send().await else {
            return;
        };
        // So that the latest one is the last in every browser.
        cache.forget(std::iter::once(address.clone())).await;
        if came.ok() && cache.keep_answer(&address, &came.into()).await {
            let kept = cache.addresses().await;
            let older = kept.len().saturating_sub(MOST_VISITS);
            cache.forget(kept.into_iter().take(older)).await;
        }
    });
}

/// Forgets the bot `id`: its link leads to nothing any more.
pub async fn gone(id: &str) {
    let cache = Cache::open(VISITS).await;
    cache.forget(std::iter::once(edge::bot(id))).await;
}

/// Forgets all bots that were visited.
pub async fn forget() {
    Cache::open(VISITS).await.tidy(|_| false).await;
}
