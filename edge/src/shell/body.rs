//! Bodies of answers, in few steps. What `worker` has makes a reader for each piece and
//! takes as long for an answer of the budget as all else there.

use wasm_bindgen::{JsCast, prelude::wasm_bindgen};
use worker::{
    ResponseBody,
    js_sys::{Object, Promise, Reflect, Uint8Array},
    wasm_bindgen::JsValue,
    wasm_bindgen_futures::JsFuture,
    web_sys::{ReadableStream, ReadableStreamReadResult},
};

use crate::error::Error;

#[wasm_bindgen]
extern "C" {
    /// web-sys knows its `read` without the second argument only.
    #[wasm_bindgen(js_name = ReadableStreamBYOBReader)]
    type Reader;

    #[wasm_bindgen(constructor, catch, js_class = ReadableStreamBYOBReader)]
    fn new(stream: &ReadableStream) -> Result<Reader, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader, view: Uint8Array, options: &Object) -> Result<Promise, JsValue>;
}

/// The whole of a body, at most `limit` bytes, in steps of so many.
///
/// # Errors
/// [`Error::Unreachable`] if it breaks off, [`Error::Unreadable`] if it is longer.
pub async fn read(body: &ResponseBody, step: u32, limit: usize) -> Result<Vec<u8>, Error> {
    let stream = match body {
        ResponseBody::Stream(stream) => stream,
        ResponseBody::Body(bytes) => return Ok(bytes.clone()),
        ResponseBody::Empty => return Ok(Vec::new()),
    };
    let reader = Reader::new(stream).map_err(|_| Error::Unreachable)?;
    let options = Object::new();
    Reflect::set(&options, &"min".into(), &step.into()).map_err(|_| Error::Runtime)?;
    let mut whole = Vec::new();
    loop {
        let view = Uint8Array::new_with_length(step);
        let piece = reader
            .read(view, &options)
            .map_err(|_| Error::Unreachable)?;
        let piece = JsFuture::from(piece)
            .await
            .map_err(|_| Error::Unreachable)?;
        let piece: ReadableStreamReadResult = piece.unchecked_into();
        let value = piece.get_value();
        if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
            let (from, length) = (whole.len(), bytes.length() as usize);
            if from + length > limit {
                return Err(Error::Unreadable);
            }
            whole.resize(from + length, 0);
            bytes.copy_to(&mut whole[from..]);
        }
        if piece.get_done() != Some(false) {
            return Ok(whole);
        }
    }
}
