//! The model's files: from the browser's cache if they are there and sound, else from
//! the network, telling every chunk.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select, try_join};
use gloo_timers::future::sleep;
use js_sys::{Promise, Reflect, Uint8Array};
use lemon_desk::outside::Outside;
use lemon_model::manifest::{File, MAX_MANIFEST_BYTES, Manifest, Verified, sha256_hex};
use lemon_model::protocol::{EncoderFailure, Others, Parts};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Cache, DedicatedWorkerGlobalScope, ReadableStream, ReadableStreamDefaultReader, RequestCache,
    RequestInit, Response, WritableStream,
};

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

/// The browser's cache that holds the files, by address. Their addresses are hashes
/// of their contents, so what is there never grows old.
const CACHE: &str = "lemon-model";

/// Longest silence of the network at one try. A connection that is dead without saying so
/// would otherwise never end.
const SILENCE: Duration = Duration::from_secs(30);

pub struct Files {
    pub manifest: Manifest,
    pub network: Verified<Outside>,
    /// None if it was not asked for.
    pub tokenizer: Option<Verified<Outside>>,
    /// The browser's cache holds them now.
    pub kept: bool,
}

/// The files of the model in `folder`, which ends with `/`. `told` hears how many
/// bytes of how many are there.
pub async fn fetch(
    folder: &str,
    others: Others,
    parts: Parts,
    told: impl Fn(u64, u64),
) -> Result<Files, EncoderFailure> {
    let cache = open_cache().await;
    let manifest = manifest(folder, cache.as_ref()).await?;
    let of = match parts {
        Parts::All => manifest.network.sent + manifest.tokenizer.sent,
        Parts::Network => manifest.network.sent,
    };
    let came = [Cell::new(0), Cell::new(0)];
    let came = |which: usize| {
        let (came, told) = (&came, &told);
        move |bytes| {
            came[which].set(bytes);
            told(came[0].get() + came[1].get(), of);
        }
    };
    let network = file(folder, &manifest.network, cache.as_ref(), came(0));
    let tokenizer = async {
        match parts {
            Parts::Network => Ok(None),
            Parts::All => file(folder, &manifest.tokenizer, cache.as_ref(), came(1))
                .await
                .map(Some),
        }
    };
    let ((network, is_network_kept), tokenizer) = try_join(network, tokenizer).await?;
    let kept = is_network_kept && tokenizer.as_ref().is_none_or(|(_, kept)| *kept);
    let tokenizer = tokenizer.map(|(tokenizer, _)| tokenizer);
    if let Some(cache) = cache.filter(|_| others == Others::Forget) {
        drop_others(&cache, folder).await;
    }
    Ok(Files {
        manifest,
        network,
        tokenizer,
        kept,
    })
}

async fn manifest(folder: &str, cache: Option<&Cache>) -> Result<Manifest, EncoderFailure> {
    let url = format!("{folder}manifest.json");
    if let Some(bytes) = cached(cache, &url).await
        && let Ok(manifest) = verified(folder, &bytes.to_vec())
    {
        return Ok(manifest);
    }
    let body = ask(&url, cache).await?;
    let mut bytes = Vec::new();
    read(&body, in_time, |chunk| {
        append(&mut bytes, chunk, MAX_MANIFEST_BYTES)
    })
    .await?;
    let manifest = verified(folder, &bytes)?;
    let _ = keep(cache, &url, &Uint8Array::from(&bytes[..])).await;
    Ok(manifest)
}

/// The manifest, if it is the one that the folder is named after.
fn verified(folder: &str, manifest: &[u8]) -> Result<Manifest, EncoderFailure> {
    if !folder.ends_with(&format!("/{}/", sha256_hex(manifest))) {
        return Err(EncoderFailure::Files);
    }
    Manifest::parse(manifest).map_err(|_| EncoderFailure::Files)
}

/// The file, and whether the browser keeps it.
async fn file(
    folder: &str,
    file: &File,
    cache: Option<&Cache>,
    told: impl Fn(u64),
) -> Result<(Verified<Outside>, bool), EncoderFailure> {
    let url = format!("{folder}{}", file.name);
    if let Some(bytes) = cached(cache, &url).await
        && let Ok(verified) = verify(file, &bytes).await
    {
        told(file.sent);
        return Ok((verified, true));
    }
    let bytes = download(folder, file, cache, told).await?;
    let verified = verify(file, &bytes).await?;
    let kept = keep(cache, &url, &bytes).await;
    Ok((verified, kept))
}

/// Has the browser compute the hash where it does, which is wherever the page came safely.
async fn verify(file: &File, bytes: &Uint8Array) -> Result<Verified<Outside>, EncoderFailure> {
    let contents = Outside::new(bytes.clone());
    let verified = match digest(bytes).await {
        Some(sha256) => file.verified_by(contents, &Uint8Array::new(&sha256).to_vec()),
        None => file.verified(contents),
    };
    verified.map_err(|_| EncoderFailure::Files)
}

/// None where the browser computes none.
async fn digest(bytes: &Uint8Array) -> Option<JsValue> {
    let subtle = scope().crypto().ok()?.subtle();
    if subtle.is_undefined() {
        return None;
    }
    let digest = subtle.digest_with_str_and_js_u8_array("SHA-256", bytes);
    JsFuture::from(digest.ok()?).await.ok()
}

/// None also where the browser keeps nothing, as in some private windows.
async fn open_cache() -> Option<Cache> {
    let caches = scope().caches().ok()?;
    JsFuture::from(caches.open(CACHE))
        .await
        .ok()?
        .dyn_into()
        .ok()
}

async fn cached(cache: Option<&Cache>, url: &str) -> Option<Uint8Array> {
    let response: Response = JsFuture::from(cache?.match_with_str(url))
        .await
        .ok()?
        .dyn_into()
        .ok()?;
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&buffer))
}

/// Whether it is kept: a browser without room does not, and the file is fetched again
/// next time.
async fn keep(cache: Option<&Cache>, url: &str, bytes: &Uint8Array) -> bool {
    let Some(cache) = cache else { return false };
    match Response::new_with_opt_js_u8_array(Some(bytes)) {
        Ok(response) => JsFuture::from(cache.put_with_str(url, &response))
            .await
            .is_ok(),
        Err(_) => false,
    }
}

/// Forgets the files of other models: a browser's room is not ours to fill.
async fn drop_others(cache: &Cache, folder: &str) {
    let Ok(requests) = JsFuture::from(cache.keys()).await else {
        return;
    };
    for request in js_sys::Array::from(&requests) {
        let request: web_sys::Request = request.unchecked_into();
        if !request.url().contains(folder) {
            let _ = JsFuture::from(cache.delete_with_request(&request)).await;
        }
    }
}

/// The file out of the form in which it is sent. `told` hears how much of that has
/// come.
async fn download(
    folder: &str,
    file: &File,
    cache: Option<&Cache>,
    told: impl Fn(u64),
) -> Result<Uint8Array, EncoderFailure> {
    // zlib's format is called so.
    let zlib = DecompressionStream::new("deflate").map_err(|_| EncoderFailure::Load)?;
    let size = u32::try_from(file.bytes).map_err(|_| EncoderFailure::Files)?;
    let body = ask(&format!("{folder}{}", file.sent_name()), cache).await?;
    let writer = zlib.writable().get_writer().map_err(damaged)?;
    let came = Cell::new(0);
    let feed = async {
        let mut under_way = Vec::new();
        read(&body, in_time, |chunk| {
            came.set(came.get() + u64::from(chunk.byte_length()));
            if came.get() > file.sent {
                return Err(EncoderFailure::Files);
            }
            told(came.get());
            // As futures they have somebody to hear of their failure.
            under_way.push(JsFuture::from(writer.write_with_chunk(chunk)));
            Ok(())
        })
        .await?;
        if came.get() < file.sent {
            return Err(EncoderFailure::Network);
        }
        for write in under_way {
            write.await.map_err(damaged)?;
        }
        JsFuture::from(writer.close()).await.map_err(damaged)?;
        Ok(())
    };
    let output = zlib.readable();
    let bytes = Uint8Array::new_with_length(size);
    let mut end = 0;
    let unpacked = async |chunk| JsFuture::from(chunk).await.map_err(damaged);
    let drain = read(&output, unpacked, |chunk| {
        let start = end;
        end += chunk.byte_length();
        if end > size {
            return Err(EncoderFailure::Files);
        }
        bytes.set(chunk, start);
        Ok(())
    });
    try_join(feed, drain).await?;
    Ok(bytes)
}

/// Asks for a file. What our own cache keeps is kept out of the browser's, which would
/// hold it a second time.
async fn ask(url: &str, cache: Option<&Cache>) -> Result<ReadableStream, EncoderFailure> {
    let options = RequestInit::new();
    if cache.is_some() {
        options.set_cache(RequestCache::NoStore);
    }
    let fetched = scope().fetch_with_str_and_init(url, &options);
    let response: Response = in_time(fetched).await?.unchecked_into();
    if !response.ok() {
        return Err(EncoderFailure::Network);
    }
    response.body().ok_or(EncoderFailure::Network)
}

/// Reads a stream to its end, chunk by chunk, which `wait` waits for.
async fn read(
    stream: &ReadableStream,
    wait: impl AsyncFn(Promise) -> Result<JsValue, EncoderFailure>,
    mut each: impl FnMut(&Uint8Array) -> Result<(), EncoderFailure>,
) -> Result<(), EncoderFailure> {
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    loop {
        let chunk = wait(reader.read()).await?;
        let is_last = Reflect::get(&chunk, &"done".into()).is_ok_and(|done| done.is_truthy());
        if is_last {
            return Ok(());
        }
        let value = Reflect::get(&chunk, &"value".into()).map_err(damaged)?;
        each(value.unchecked_ref())?;
    }
}

/// No more than `limit` bytes in all: more than that is not the file that was meant.
fn append(bytes: &mut Vec<u8>, chunk: &Uint8Array, limit: usize) -> Result<(), EncoderFailure> {
    let start = bytes.len();
    let end = start + chunk.byte_length() as usize;
    if end > limit {
        return Err(EncoderFailure::Files);
    }
    bytes.resize(end, 0);
    chunk.copy_to(&mut bytes[start..]);
    Ok(())
}

/// What the network brings, unless it is silent for too long.
async fn in_time(promise: Promise) -> Result<JsValue, EncoderFailure> {
    match select(JsFuture::from(promise), pin!(sleep(SILENCE))).await {
        Either::Left((brought, _)) => brought.map_err(broken),
        Either::Right(_) => Err(EncoderFailure::Network),
    }
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

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
