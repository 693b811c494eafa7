//! Bodies, in few steps. What `worker` has makes a reader for each piece and
//! takes as long for an answer of the budget as all else there.

use wasm_bindgen::{JsCast, prelude::wasm_bindgen};
use worker::{
    ResponseBody,
    js_sys::{Object, Promise, Reflect, Uint8Array},
    wasm_bindgen::JsValue,
    wasm_bindgen_futures::{JsFuture, spawn_local},
    web_sys::{ReadableStream, ReadableStreamReadResult, WritableStream},
    worker_sys::FixedLengthStream,
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

    #[wasm_bindgen(method, catch, js_name = releaseLock)]
    fn release(this: &Reader) -> Result<(), JsValue>;
}

/// The whole of a body, at most `limit` bytes, in steps of so many.
///
/// # Errors
/// [`Error::Unreachable`] if it breaks off, [`Error::Unreadable`] if it is longer.
pub async fn read(body: &ResponseBody, step: u32, limit: usize) -> Result<Vec<u8>, Error> {
    let mut whole = Vec::new();
    read_by_piece(body, step, limit, |piece| whole.extend_from_slice(piece)).await?;
    Ok(whole)
}

/// The same, one piece after the other.
///
/// # Errors
/// Those of [`read`].
pub async fn read_by_piece(
    body: &ResponseBody,
    step: u32,
    limit: usize,
    mut take: impl FnMut(&[u8]),
) -> Result<(), Error> {
    let stream = match body {
        ResponseBody::Stream(stream) => stream,
        ResponseBody::Body(bytes) => {
            take(bytes);
            return Ok(());
        }
        ResponseBody::Empty => return Ok(()),
    };
    let reader = Reader::new(stream).map_err(|_| Error::Unreachable)?;
    let mut view = Uint8Array::new_with_length(step);
    let (mut piece, mut length) = (Vec::new(), 0);
    loop {
        let answer = reader.step(view).await.map_err(|_| Error::Unreachable)?;
        let value = answer.get_value();
        let bytes = value.dyn_ref::<Uint8Array>();
        if let Some(bytes) = bytes {
            length += bytes.length() as usize;
            if length > limit {
                return Err(Error::Unreadable);
            }
            piece.resize(bytes.length() as usize, 0);
            bytes.copy_to(&mut piece);
            take(&piece);
        }
        match bytes {
            // The memory in which it came takes the next piece, too.
            Some(bytes) if answer.get_done() == Some(false) => {
                view = Uint8Array::new(&bytes.buffer());
            }
            _ => return Ok(()),
        }
    }
}

/// The first `N` bytes of a body, which then goes on behind them.
///
/// # Errors
/// [`Error::BadRequest`] if it has not so many.
pub async fn first<const N: usize>(body: &ReadableStream) -> Result<[u8; N], Error> {
    const SHORT: Error = Error::BadRequest("what was sent breaks off");
    let reader = Reader::new(body).map_err(|_| Error::Runtime)?;
    let length = u32::try_from(N).map_err(|_| Error::Runtime)?;
    let view = Uint8Array::new_with_length(length);
    let piece = reader.step(view).await.map_err(|_| SHORT)?;
    reader.release().map_err(|_| Error::Runtime)?;
    let value = piece.get_value();
    let bytes = value.dyn_ref::<Uint8Array>().ok_or(SHORT)?;
    bytes.to_vec().try_into().map_err(|_| SHORT)
}

/// Gives up a body of which something was read and at most `left` bytes are not wanted. A
/// connection whose body was begun and not read to its end is closed, and whoever stands
/// between, as the development server does, may take that for no answer; so what is short is
/// read all the same.
pub async fn let_go(body: &ReadableStream, left: u32) {
    const SHORT: u32 = 64 * 1024;
    if left <= SHORT
        && let Ok(reader) = Reader::new(body)
    {
        // What breaks off meanwhile is at its end, too.
        let _ = reader.step(Uint8Array::new_with_length(left.max(1))).await;
        let _ = reader.release();
    } else {
        let _ = JsFuture::from(body.cancel()).await;
    }
}

/// A body of `length` bytes in all, whose `first` have been read. The rest passes without
/// entering our memory; if it breaks off, so does what is made here.
///
/// # Errors
/// [`Error::Runtime`].
pub fn behind(first: &[u8], body: ReadableStream, length: u32) -> Result<ReadableStream, Error> {
    let whole = FixedLengthStream::new(length).map_err(|_| Error::Runtime)?;
    let (readable, writable) = (whole.readable(), whole.writable());
    let first = Uint8Array::from(first);
    spawn_local(async move {
        // Whoever reads is told of a failure by the stream itself.
        let _ = pour(&first, &body, &writable).await;
    });
    Ok(readable)
}

async fn pour(
    first: &Uint8Array,
    body: &ReadableStream,
    into: &WritableStream,
) -> Result<(), JsValue> {
    let writer = into.get_writer()?;
    let written = JsFuture::from(writer.write_with_chunk(first)).await;
    writer.release_lock();
    written?;
    JsFuture::from(body.pipe_to(into)).await.map(drop)
}

impl Reader {
    /// Reads as many bytes as fit into `view`, whose memory goes with it, or all that are
    /// left.
    async fn step(&self, view: Uint8Array) -> Result<ReadableStreamReadResult, JsValue> {
        let options = Object::new();
        Reflect::set(&options, &"min".into(), &view.length().into())?;
        let piece = JsFuture::from(self.read(view, &options)?).await?;
        Ok(piece.unchecked_into())
    }
}
