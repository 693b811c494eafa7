//! Files from the network. They come in segments, each of which is kept as soon as it is
//! there, so that what was interrupted goes on where it stopped.

use std::cell::Cell;
use std::ops::Add;
use std::pin::pin;

use futures_util::future::try_join;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use js_sys::{Promise, Uint8Array};
use lemon_desk::cache::Cache;
use lemon_desk::stream::{read, unless_silent};
use lemon_model::manifest::{File, Segment};
use lemon_model::protocol::EncoderFailure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, RequestCache, RequestInit, Response, WritableStream};

use crate::scope;

#[wasm_bindgen]
extern "C" {
    /// web-sys has it for programs that are compiled for its unstable parts only.
    type DecompressionStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &DecompressionStream) -> ReadableStream;

    #[wasm_bindgen(method, getter)]
    fn writable(this: &DecompressionStream) -> WritableStream;
}

/// Segments that are asked for at once: the way to a server and back then costs no time
/// between them. What an interruption loses is parts of these.
const AHEAD: usize = 4;

/// Where segments are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    CacheFirst,
    /// What any cache has of them is of no use.
    Network,
}

/// Bytes of what is sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct There {
    pub bytes: u64,
    /// How many of them need not come again.
    pub kept: u64,
}

impl Add for There {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            bytes: self.bytes + other.bytes,
            kept: self.kept + other.kept,
        }
    }
}

/// The file out of the form in which it is sent. `told` hears how much of that is there.
pub async fn file(
    folder: &str,
    file: &File,
    cache: &Cache,
    from: Place,
    told: impl Fn(There),
) -> Result<Uint8Array, EncoderFailure> {
    // zlib's format is called so.
    let zlib = DecompressionStream::new("deflate").map_err(|_| EncoderFailure::Load)?;
    let bytes = room(file.bytes)?;
    let writer = zlib.writable().get_writer().map_err(damaged)?;
    let there = Cell::new(There::default());
    let came = &|more| {
        there.set(there.get() + more);
        told(there.get());
    };
    let feed = async {
        let segments = file.segments();
        let segments = segments.map(|one| segment(folder, one, cache, from, came));
        let mut segments = pin!(stream::iter(segments).buffered(AHEAD));
        while let Some(segment) = segments.try_next().await? {
            let written = JsFuture::from(writer.write_with_chunk(&segment));
            written.await.map_err(damaged)?;
        }
        JsFuture::from(writer.close()).await.map_err(damaged)?;
        Ok(())
    };
    let output = zlib.readable();
    let unpacked = async |chunk| JsFuture::from(chunk).await.map_err(damaged);
    try_join(feed, fill(&bytes, &output, unpacked, |_| ())).await?;
    Ok(bytes)
}

/// A small file whose size is not known, of `limit` bytes at most.
pub async fn small(url: &str, cache: &Cache, limit: usize) -> Result<Vec<u8>, EncoderFailure> {
    let mut bytes = Vec::new();
    let how = without_second_copy(cache);
    read(
        &ask(url, how).await?,
        in_time,
        async |chunk: &Uint8Array| {
            let start = bytes.len();
            let end = start + chunk.byte_length() as usize;
            if end > limit {
                return Err(EncoderFailure::Files);
            }
            bytes.resize(end, 0);
            chunk.copy_to(&mut bytes[start..]);
            Ok(())
        },
    )
    .await?;
    Ok(bytes)
}

/// A segment, from the cache if it came before. `came` hears of every byte of it once, and
/// once when it is kept.
async fn segment(
    folder: &str,
    segment: Segment,
    cache: &Cache,
    from: Place,
    came: &impl Fn(There),
) -> Result<Uint8Array, EncoderFailure> {
    let url = format!("{folder}{}", segment.name);
    if from == Place::CacheFirst
        && let Some(bytes) = cache.get(&url).await
        && u64::from(bytes.byte_length()) == segment.bytes
    {
        came(There {
            bytes: segment.bytes,
            kept: segment.bytes,
        });
        return Ok(bytes);
    }
    let bytes = room(segment.bytes)?;
    let each = |bytes| came(There { bytes, kept: 0 });
    let how = match from {
        Place::CacheFirst => without_second_copy(cache),
        Place::Network => RequestCache::Reload,
    };
    let there = fill(&bytes, &ask(&url, how).await?, in_time, each).await?;
    if there < bytes.byte_length() {
        return Err(EncoderFailure::Network);
    }
    if cache.keep(&url, &bytes).await {
        let kept = segment.bytes;
        came(There { bytes: 0, kept });
    }
    Ok(bytes)
}

/// So many bytes of memory that is the browser's.
fn room(bytes: u64) -> Result<Uint8Array, EncoderFailure> {
    let bytes = u32::try_from(bytes).map_err(|_| EncoderFailure::Files)?;
    Ok(Uint8Array::new_with_length(bytes))
}

/// What our own cache keeps is kept out of the browser's, which would hold it a second time.
fn without_second_copy(cache: &Cache) -> RequestCache {
    if cache.is_there() {
        RequestCache::NoStore
    } else {
        RequestCache::Default
    }
}

/// Asks for a file.
async fn ask(url: &str, cache: RequestCache) -> Result<ReadableStream, EncoderFailure> {
    let options = RequestInit::new();
    options.set_cache(cache);
    let fetched = scope().fetch_with_str_and_init(url, &options);
    let response: Response = in_time(fetched).await?.unchecked_into();
    if !response.ok() {
        return Err(EncoderFailure::Network);
    }
    response.body().ok_or(EncoderFailure::Network)
}

/// Reads a stream of no more bytes than there is room for in `bytes`; gives how many there
/// were. `came` hears of each chunk.
async fn fill(
    bytes: &Uint8Array,
    stream: &ReadableStream,
    wait: impl AsyncFn(Promise) -> Result<JsValue, EncoderFailure>,
    came: impl Fn(u64),
) -> Result<u32, EncoderFailure> {
    let mut end = 0;
    read(stream, wait, async |chunk: &Uint8Array| {
        let start = end;
        end += chunk.byte_length();
        if end > bytes.byte_length() {
            return Err(EncoderFailure::Files);
        }
        bytes.set(chunk, start);
        came(chunk.byte_length().into());
        Ok(())
    })
    .await?;
    Ok(end)
}

/// What the network brings, unless it is silent for too long.
async fn in_time(promise: Promise) -> Result<JsValue, EncoderFailure> {
    let brought = unless_silent(JsFuture::from(promise)).await;
    brought.ok_or(EncoderFailure::Network)?.map_err(broken)
}

/// The network's fault.
#[allow(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn broken(_: JsValue) -> EncoderFailure {
    EncoderFailure::Network
}

/// The file's fault.
#[allow(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn damaged(_: JsValue) -> EncoderFailure {
    EncoderFailure::Files
}
