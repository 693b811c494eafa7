//! The worker's side.

use std::cell::RefCell;

use futures_channel::mpsc;
use futures_util::StreamExt;
use js_sys::{Array, ArrayBuffer, Uint8Array, WebAssembly};
use lemon_model::protocol;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

thread_local! {
    /// What was handed over last.
    static HANDED: RefCell<Option<JsValue>> = const { RefCell::new(None) };
}

/// Takes what was handed over in front of the request.
#[must_use]
pub fn handed() -> Option<JsValue> {
    HANDED.take()
}

/// Answers requests one after the other, for as long as the worker lives.
/// `unreadable` is the answer to what is not a `Q`.
pub async fn serve<Q, A>(unreadable: A, mut answer: impl AsyncFnMut(Q) -> A)
where
    Q: DeserializeOwned,
    A: Serialize,
{
    let (sender, mut requests) = mpsc::unbounded();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        match event.data().dyn_into::<Uint8Array>() {
            // Fails only after the loop below has ended, which it does not.
            Ok(message) => _ = sender.unbounded_send(message.to_vec()),
            Err(thing) => HANDED.set(Some(thing)),
        }
    });
    let scope = scope();
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    post(&scope, &[]);
    while let Some(message) = requests.next().await {
        let Some((number, value)) = protocol::split(&message) else {
            continue;
        };
        match protocol::read(value) {
            Some(request) => send(&scope, number, &answer(request).await),
            None => send(&scope, number, &unreadable),
        }
    }
}

/// Says something that was not asked.
pub fn tell<A: Serialize>(value: &A) {
    send(&scope(), protocol::UNASKED, value);
}

/// Bytes of this worker's memory, which never shrinks.
#[must_use]
pub fn memory() -> u64 {
    let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: ArrayBuffer = memory.buffer().unchecked_into();
    buffer.byte_length().into()
}

fn send<A: Serialize>(scope: &DedicatedWorkerGlobalScope, number: u32, value: &A) {
    if let Ok(message) = protocol::write(number, value) {
        post(scope, &message);
    }
}

fn post(scope: &DedicatedWorkerGlobalScope, message: &[u8]) {
    let message = Uint8Array::from(message);
    // A worker whose page is gone has nobody left to be told.
    let _ = scope.post_message_with_transfer(&message, &Array::of1(&message.buffer()));
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
