//! The part that runs only in a browser.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use gloo_timers::future::sleep;
use js_sys::Date;
use lemon_wire::EXPIRES_HEADER;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::{
    Cache, ClientQueryOptions, ClientType, ExtendableEvent, FetchEvent, Headers, NotificationEvent,
    Request, RequestCache, RequestMode, Response, ResponseInit, ServiceWorkerGlobalScope, Url,
    WindowClient,
};

use crate::rules::{self, FILES, KEPT_HEADER, PAGE, PATIENCE, Rule, VISITS};

thread_local! {
    /// Nothing came from the network since it was waited for in vain.
    static IS_SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Listens before the script's first run has ended: browsers wake no worker for what it began to
/// listen to later.
#[wasm_bindgen(start)]
fn start() -> Result<(), JsValue> {
    listen("install", |_: ExtendableEvent| {
        // What it gives is the same as what the one before would: it need not wait.
        let _ = scope().skip_waiting();
    })?;
    listen("activate", |event: ExtendableEvent| {
        let _ = event.wait_until(&scope().clients().claim());
    })?;
    listen("notificationclick", |event: NotificationEvent| {
        event.notification().close();
        let shown = future_to_promise(async { shown().await.map(|()| JsValue::UNDEFINED) });
        let _ = event.wait_until(&shown);
    })?;
    listen("fetch", |event: FetchEvent| {
        let request = event.request();
        if let Some(rule) = rule(&request) {
            // Before anything is waited for: it is no later than without this worker.
            let asked = scope().fetch_with_request(&request);
            let answer = future_to_promise(async move {
                given(rule, &request, asked.into()).await.map(Into::into)
            });
            let _ = event.respond_with(&answer);
        }
    })
}

fn listen<E: JsCast + wasm_bindgen::convert::FromWasmAbi + 'static>(
    name: &str,
    heard: impl FnMut(E) + 'static,
) -> Result<(), JsValue> {
    let heard = Closure::<dyn FnMut(E)>::new(heard);
    scope().add_event_listener_with_callback(name, heard.as_ref().unchecked_ref())?;
    heard.forget();
    Ok(())
}

/// Brings the page to the front, or opens one.
async fn shown() -> Result<(), JsValue> {
    let wanted = ClientQueryOptions::new();
    wanted.set_type(ClientType::Window);
    let clients = scope().clients();
    let open = JsFuture::from(clients.match_all_with_options(&wanted)).await?;
    let open: js_sys::Array = open.dyn_into()?;
    if let Some(page) = open.iter().next() {
        let page: WindowClient = page.dyn_into()?;
        JsFuture::from(page.focus()?).await?;
    } else {
        JsFuture::from(clients.open_window(PAGE)).await?;
    }
    Ok(())
}

fn rule(request: &Request) -> Option<Rule> {
    let url = Url::new(&request.url()).ok()?;
    let own_mind = [
        RequestCache::NoStore,
        RequestCache::Reload,
        RequestCache::ForceCache,
        RequestCache::OnlyIfCached,
    ];
    Rule::of(&rules::Request {
        method: &request.method(),
        is_ours: url.origin() == scope().location().origin(),
        path: &url.pathname(),
        is_navigation: request.mode() == RequestMode::Navigate,
        is_special: own_mind.contains(&request.cache())
            || request.headers().has("range").unwrap_or(false),
    })
}

/// What the network gives, or what is kept where that is nothing.
async fn given(rule: Rule, request: &Request, asked: JsFuture) -> Result<Response, JsValue> {
    let Some(kept) = kept(rule, request).await else {
        return asked.await?.dyn_into();
    };
    let patience = if IS_SILENT.get() {
        Duration::ZERO
    } else {
        PATIENCE
    };
    match select(asked, pin!(sleep(patience))).await {
        Either::Left((Ok(came), _)) => {
            IS_SILENT.set(false);
            let came: Response = came.dyn_into()?;
            Ok(if rule.takes(came.status()) {
                came
            } else {
                kept
            })
        }
        Either::Left((Err(_), _)) => Ok(kept),
        Either::Right(((), asked)) => {
            IS_SILENT.set(true);
            spawn_local(async {
                if asked.await.is_ok() {
                    IS_SILENT.set(false);
                }
            });
            Ok(kept)
        }
    }
}

async fn kept(rule: Rule, request: &Request) -> Option<Response> {
    let url = Url::new(&request.url()).ok()?;
    let (cache, address) = match rule {
        Rule::Page => (FILES, PAGE.to_owned()),
        Rule::File => (FILES, url.pathname()),
        Rule::Bot => (VISITS, url.pathname()),
    };
    let caches = scope().caches().ok()?;
    let cache: Cache = JsFuture::from(caches.open(cache))
        .await
        .ok()?
        .dyn_into()
        .ok()?;
    let found = JsFuture::from(cache.match_with_str(&address)).await;
    let found: Response = found.ok()?.dyn_into().ok()?;
    if rule != Rule::Bot {
        return Some(found);
    }
    let expires = found.headers().get(EXPIRES_HEADER).ok()?;
    // Whole milliseconds, below 2^53.
    #[allow(clippy::cast_possible_truncation)]
    let now = (Date::now() / 1000.0) as i64;
    rules::lives(expires.as_deref(), now).then(|| marked(&found))?
}

/// The same, and says that it was kept.
fn marked(found: &Response) -> Option<Response> {
    let headers = Headers::new_with_headers(&found.headers()).ok()?;
    headers.set(KEPT_HEADER, "1").ok()?;
    let told = ResponseInit::new();
    told.set_status(found.status());
    told.set_headers(&headers);
    Response::new_with_opt_readable_stream_and_init(found.body().as_ref(), &told).ok()
}

fn scope() -> ServiceWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
