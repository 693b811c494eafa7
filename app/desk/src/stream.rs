//! Reading what the network brings.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use gloo_timers::future::sleep;
use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

/// Longest silence of the network at one try. A connection that is dead without saying so
/// would otherwise never end.
const SILENCE: Duration = Duration::from_secs(30);

/// What the network brings; none if it is silent for too long.
pub async fn unless_silent<T>(brings: impl Future<Output = T>) -> Option<T> {
    match select(pin!(brings), pin!(sleep(SILENCE))).await {
        Either::Left((brought, _)) => Some(brought),
        Either::Right(_) => None,
    }
}

/// Reads a stream of bytes to its end, chunk by chunk, which `wait` waits for.
///
/// # Errors
/// Those of `wait` and of `each`.
pub async fn read<E>(
    stream: &ReadableStream,
    wait: impl AsyncFn(Promise) -> Result<JsValue, E>,
    mut each: impl AsyncFnMut(&Uint8Array) -> Result<(), E>,
) -> Result<(), E> {
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    loop {
        let chunk = wait(reader.read()).await?;
        // An object of these two fields, as the standard says.
        let field = |name: &str| Reflect::get(&chunk, &name.into()).unwrap_or_default();
        if field("done").is_truthy() {
            return Ok(());
        }
        each(field("value").unchecked_ref()).await?;
    }
}
