//! What the page takes from its browser: time, randomness, a little memory.

use std::cell::Cell;
use std::time::Duration;

use gloo_timers::future::sleep;
use js_sys::{Array, Reflect, Uint8Array, WebAssembly};
use lemon_model::sources::capacity;
use leptos::ev;
use leptos::prelude::{request_animation_frame, window_event_listener};
use leptos::task::spawn_local;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, Element, FocusEvent, HtmlAnchorElement, HtmlElement, HtmlInputElement,
    Notification, NotificationOptions, NotificationPermission, ServiceWorkerRegistration, Url,
    Window,
};

thread_local! {
    static LEAVING: Cell<bool> = const { Cell::new(false) };
}

/// From now on it is known whether the page is being left.
pub fn watch_leaving() {
    // For as long as the page lives.
    let _ = window_event_listener(ev::beforeunload, |_| LEAVING.set(true));
    let _ = window_event_listener(ev::pageshow, |_| LEAVING.set(false));
}

/// Whether the page is being left: requests then fail, and are not to be made again.
pub fn is_leaving() -> bool {
    LEAVING.get()
}

/// How high what is seen of the page is, in CSS pixels.
pub fn height() -> f64 {
    let height = window().inner_height().ok();
    height
        .and_then(|height| height.as_f64())
        .unwrap_or_default()
}

/// How large the root's letters are, in CSS pixels: what a `rem` is.
pub fn letter() -> f64 {
    const USUAL: f64 = 16.0;
    let root = window()
        .document()
        .and_then(|document| document.document_element());
    let style = root.and_then(|root| window().get_computed_style(&root).ok().flatten());
    let size = style.and_then(|style| style.get_property_value("font-size").ok());
    let size = size.and_then(|size| size.strip_suffix("px")?.parse().ok());
    size.unwrap_or(USUAL)
}

pub fn scroll_to_top() {
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

/// Down by so many CSS pixels.
pub fn scroll_by(pixels: f64) {
    window().scroll_by_with_x_and_y(0.0, pixels);
}

/// Seconds since 1970-01-01T00:00:00Z.
pub fn now() -> i64 {
    seconds(js_sys::Date::now())
}

/// Of so many milliseconds.
pub fn seconds(milliseconds: f64) -> i64 {
    // A double holds whole seconds exactly for 285 million years.
    #[allow(clippy::cast_possible_truncation)]
    let seconds = (milliseconds / 1000.0) as i64;
    seconds
}

/// A time in seconds, as the browser knows it.
pub fn date(at: i64) -> js_sys::Date {
    // Times of posts are far below 2^53 milliseconds.
    #[allow(clippy::cast_precision_loss)]
    let milliseconds = at as f64 * 1000.0;
    js_sys::Date::new(&milliseconds.into())
}

/// Milliseconds since the page was opened.
pub fn ticks() -> f64 {
    window()
        .performance()
        .map_or_else(js_sys::Date::now, |performance| performance.now())
}

/// Marks this moment in the browser's timeline, with figures: what the benchmarks, and
/// anybody with the developer tools, read.
pub fn mark(name: &str, figures: &[(&str, f64)]) {
    let detail = js_sys::Object::new();
    for (key, value) in figures {
        // A plain object takes any property.
        let _ = js_sys::Reflect::set(&detail, &(*key).into(), &(*value).into());
    }
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"detail".into(), &detail);
    performance_mark(name, &options);
}

// web-sys has it among its unstable parts, which need a flag for the whole build.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = mark)]
    fn performance_mark(name: &str, options: &js_sys::Object);
}

/// Cryptographic randomness; none if the browser gives none.
pub fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    window()
        .crypto()
        .ok()?
        .get_random_values_with_u8_array(&mut bytes)
        .ok()?;
    Some(bytes)
}

/// How many threads the processor runs at once, as far as the browser tells; 1 if it
/// does not.
pub fn processors() -> usize {
    // Whole and far below 2^32.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let processors = window().navigator().hardware_concurrency() as usize;
    processors.max(1)
}

/// The device's memory in gigabytes, roughly; none where the browser keeps it to itself.
pub fn device_gigabytes() -> Option<f64> {
    let navigator = window().navigator();
    js_sys::Reflect::get(&navigator, &"deviceMemory".into())
        .ok()?
        .as_f64()
}

/// How many posts this device can hold.
pub fn capacity() -> usize {
    let touched = window().match_media("(hover: none) and (pointer: coarse)");
    let is_phone = touched.is_ok_and(|query| query.is_some_and(|query| query.matches()));
    capacity::posts(device_gigabytes(), is_phone)
}

/// What was remembered under `key`; none also where the browser remembers nothing.
pub fn recall(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

pub fn remember(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A browser that refuses to remember is asked again at the next visit.
        let _ = storage.set_item(key, value);
    }
}

pub fn forget(key: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(key);
    }
}

/// As [`remember`], of one person: another one who uses this browser is told nothing.
pub fn remember_for(person: &str, key: &str, value: &impl Serialize) {
    if let Ok(json) = serde_json::to_string(&(person, value)) {
        remember(key, &json);
    }
}

/// What was remembered under `key` for `person`.
pub fn recall_for<T: DeserializeOwned>(person: &str, key: &str) -> Option<T> {
    let (whose, value) = serde_json::from_str::<(String, T)>(&recall(key)?).ok()?;
    (whose == person).then_some(value)
}

/// As [`recall`], of this tab alone.
pub fn recall_in_tab(key: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(key).ok()?
}

/// As [`remember`], in this tab alone; whether it could.
pub fn remember_in_tab(key: &str, value: &str) -> bool {
    let storage = window().session_storage().ok().flatten();
    storage.is_some_and(|storage| storage.set_item(key, value).is_ok())
}

pub fn forget_in_tab(key: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.remove_item(key);
    }
}

/// Asks the browser not to clear away what is stored here when room is short. It may ask the
/// person, so nothing waits for the answer.
pub fn keep_storage() {
    let storage = window().navigator().storage();
    // Where the page came over no secure connection there is none.
    if !storage.is_undefined()
        && let Ok(answer) = storage.persist()
    {
        spawn_local(async move {
            // Either answer is the browser's to give.
            let _ = JsFuture::from(answer).await;
        });
    }
}

/// The browser's locks, where it has them.
pub fn locks<T: JsCast>() -> Option<T> {
    let locks = js_sys::Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    (!locks.is_undefined()).then(|| locks.unchecked_into())
}

/// What starts service workers; none where the browser has none, or not for this page.
pub fn service_workers() -> Option<web_sys::ServiceWorkerContainer> {
    let workers = window().navigator().service_worker();
    (!workers.is_undefined()).then_some(workers)
}

/// Waits until there is a service worker: without end where the browser does not start it. None
/// where there is never one.
pub async fn service_worker() -> Option<ServiceWorkerRegistration> {
    let started = service_workers()?.ready().ok()?;
    JsFuture::from(started).await.ok()?.dyn_into().ok()
}

/// Whether there is a way to tell people something while they look elsewhere.
pub fn can_notify() -> bool {
    let has = Reflect::has(&window(), &"Notification".into());
    has == Ok(true) && service_workers().is_some()
}

/// Asks whether it may, unless that was answered before; whether it may.
pub async fn may_notify() -> bool {
    let Ok(asked) = Notification::request_permission() else {
        return false;
    };
    let _ = JsFuture::from(asked).await;
    Notification::permission() == NotificationPermission::Granted
}

/// Tells it. By the service worker: phones take it from no page.
pub async fn notify(title: &str, text: &str, tag: &str) {
    let options = NotificationOptions::new();
    options.set_body(text);
    options.set_tag(tag);
    options.set_icon("/icon-192.png");
    if let Some(worker) = service_worker().await
        && let Ok(shown) = worker.show_notification_with_options(title, &options)
    {
        // Who has turned it off meanwhile is not told.
        let _ = JsFuture::from(shown).await;
    }
}

/// The addresses beginning with `start` that the document's head links to.
pub fn links_to(start: &str) -> Vec<String> {
    let links = window().document().and_then(|document| {
        let selector = format!("link[href^='{start}']");
        document.query_selector_all(&selector).ok()
    });
    let Some(links) = links else {
        return Vec::new();
    };
    let address = |at| {
        links
            .item(at)?
            .dyn_into::<Element>()
            .ok()?
            .get_attribute("href")
    };
    (0..links.length()).filter_map(address).collect()
}

/// Whether the browser has translated what the page says: it puts its own words into elements
/// of this name, in place of the page's.
pub fn is_translated() -> bool {
    let document = window().document();
    document.is_some_and(|document| matches!(document.query_selector("font"), Ok(Some(_))))
}

/// Whether an element with this id is on the page.
pub fn has(id: &str) -> bool {
    let document = window().document();
    document.is_some_and(|document| document.get_element_by_id(id).is_some())
}

/// Takes the element with this id off the page.
pub fn remove(id: &str) {
    let document = window().document();
    let element = document.and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element {
        element.remove();
    }
}

/// Moves the focus to the element with this id, once what was changed just now is drawn.
pub fn focus(id: &'static str) {
    request_animation_frame(move || {
        let element = window()
            .document()
            .and_then(|document| document.get_element_by_id(id));
        if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            // Fails for what takes no focus, which then stays where it is.
            let _ = element.focus();
        }
    });
}

pub fn reload() {
    // Nothing keeps a page from being loaded again but a browser that is going away.
    let _ = window().location().reload();
}

/// Leaves the page for `path` of the same origin.
pub fn go(path: &str) {
    // Only an invalid address fails, and ours are constants.
    let _ = window().location().set_href(path);
}

/// Leaves the page for another site's `address`.
pub fn leave_for(address: &str) {
    // Only what is no address fails, and this one was made of a server's that is one.
    let _ = window().location().set_href(address);
}

/// The host in an address as it is asked for: international names in ASCII. None if it is none.
pub fn host_of(address: &str) -> Option<String> {
    let host = web_sys::Url::new(address).ok()?.host();
    Some(host).filter(|host| !host.is_empty())
}

pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The whole address of the page.
pub fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// What the browser calls itself.
pub fn agent() -> String {
    window().navigator().user_agent().unwrap_or_default()
}

/// What stands behind `#` in the address.
pub fn fragment() -> String {
    window()
        .location()
        .hash()
        .unwrap_or_default()
        .trim_start_matches('#')
        .to_owned()
}

/// What another site says in the address with which it leads back, as one query with what it
/// begins with: some say it behind `#`.
pub fn answer() -> String {
    let query = window().location().search().unwrap_or_default();
    format!("{query}&{}", fragment())
}

/// The value of `name` in the address's query.
pub fn query(name: &str) -> Option<String> {
    let search = window().location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&search)
        .ok()?
        .get(name)
}

/// Drops the query, and what stands behind `#`, from the address without loading anything.
pub fn clear_answer() {
    let path = window()
        .location()
        .pathname()
        .unwrap_or_else(|_| "/".into());
    show_address(&path);
}

/// Has the address say something else without loading anything.
pub fn show_address(address: &str) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(address));
    }
}

/// Has the database `name` deleted, if there is one, once nobody has it open.
pub fn delete_database(name: &str) {
    if let Ok(Some(factory)) = window().indexed_db() {
        // What cannot be deleted is not there.
        let _ = factory.delete_database(name);
    }
}

pub fn set_title(title: &str) {
    if let Some(document) = window().document() {
        document.set_title(title);
    }
}

/// Copies `text`; whether it could.
pub async fn copy(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    !clipboard.is_undefined() && JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// Copies what is picked in the field that was entered, for where there is no clipboard: all of
/// it is picked.
pub fn select_all(event: &FocusEvent) {
    let field = event.target().and_then(|target| target.dyn_into().ok());
    if let Some(field) = field {
        let field: HtmlInputElement = field;
        field.select();
    }
}

/// The text of a file of at most so many bytes.
pub async fn text_of(file: &web_sys::File, limit: usize) -> Option<String> {
    // Sizes of files are whole numbers below 2^53.
    #[allow(clippy::cast_precision_loss)]
    if file.size() > limit as f64 {
        return None;
    }
    JsFuture::from(file.text()).await.ok()?.as_string()
}

/// Saves `text` as a file called `name`.
pub fn save_file(name: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type("text/plain;charset=utf-8");
    let parts = Array::of1(&text.into());
    if let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) {
        save_blob(name, &blob);
    }
}

/// Saves it as a file called `name`.
pub fn save_blob(name: &str, blob: &Blob) {
    // A browser that cannot says so itself.
    let _ = save(name, blob);
}

fn save(name: &str, blob: &Blob) -> Result<(), JsValue> {
    /// By then a browser has begun to read it.
    const LATER: Duration = Duration::from_mins(1);
    let address = Url::create_object_url_with_blob(blob)?;
    let document = window().document().ok_or(JsValue::NULL)?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    spawn_local(async move {
        sleep(LATER).await;
        let _ = Url::revoke_object_url(&address);
    });
    Ok(())
}

/// Whether the system has a share sheet.
pub fn can_share() -> bool {
    js_sys::Reflect::has(window().navigator().unchecked_ref(), &"share".into()).unwrap_or(false)
}

pub async fn share_sheet(title: &str, text: &str, url: &str) {
    let data = web_sys::ShareData::new();
    data.set_title(title);
    data.set_text(text);
    data.set_url(url);
    // Fails when the person closes the sheet, which is their choice.
    let _ = JsFuture::from(window().navigator().share_with_data(&data)).await;
}

/// Whether it knows the instructions of this module.
pub fn accepts(module: &[u8]) -> bool {
    let module = Uint8Array::from(module);
    WebAssembly::validate(&module).unwrap_or(false)
}

fn window() -> Window {
    js_sys::global().unchecked_into()
}
