//! The model's files: from the browser's cache if they are there and sound, else from
//! the network, telling every chunk.

use js_sys::{Reflect, Uint8Array};
use lemon_model::manifest::{File, MAX_MANIFEST_BYTES, Manifest, Verified, sha256_hex};
use lemon_model::protocol::{EncoderFailure, Others, Parts};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Cache, DedicatedWorkerGlobalScope, ReadableStreamDefaultReader, RequestCache, RequestInit,
    Response,
};

/// The browser's cache that holds the files, by address. Their addresses are hashes
/// of their contents, so what is there never grows old.
const CACHE: &str = "lemon-model";

pub struct Files {
    pub manifest: Manifest,
    pub network: Verified,
    /// None if it was not asked for.
    pub tokenizer: Option<Verified>,
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
        Parts::All => manifest.network.bytes + manifest.tokenizer.bytes,
        Parts::Network => manifest.network.bytes,
    };
    let (network, mut kept) = file(folder, &manifest.network, cache.as_ref(), |bytes| {
        told(bytes, of);
    })
    .await?;
    let tokenizer = match parts {
        Parts::Network => None,
        Parts::All => {
            let before = manifest.network.bytes;
            let (tokenizer, is_kept) = file(folder, &manifest.tokenizer, cache.as_ref(), |bytes| {
                told(before + bytes, of);
            })
            .await?;
            kept &= is_kept;
            Some(tokenizer)
        }
    };
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
        && let Ok(manifest) = verified(folder, &bytes)
    {
        return Ok(manifest);
    }
    let bytes = download(&url, cache, MAX_MANIFEST_BYTES, |_| ()).await?;
    let manifest = verified(folder, &bytes)?;
    let _ = keep(cache, &url, &bytes).await;
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
) -> Result<(Verified, bool), EncoderFailure> {
    let url = format!("{folder}{}", file.name);
    if let Some(bytes) = cached(cache, &url).await
        && let Ok(verified) = verify(file, bytes).await
    {
        told(file.bytes);
        return Ok((verified, true));
    }
    let size = usize::try_from(file.bytes).map_err(|_| EncoderFailure::Files)?;
    let bytes = download(&url, cache, size, told).await?;
    let verified = verify(file, bytes).await?;
    let kept = keep(cache, &url, verified.contents()).await;
    Ok((verified, kept))
}

/// Has the browser compute the hash where it does, which is wherever the page came
/// safely.
async fn verify(file: &File, bytes: Vec<u8>) -> Result<Verified, EncoderFailure> {
    let verified = match digest(&bytes).await {
        Some(sha256) => file.verified_by(bytes, &sha256),
        None => file.verified(bytes),
    };
    verified.map_err(|_| EncoderFailure::Files)
}

async fn digest(bytes: &[u8]) -> Option<Vec<u8>> {
    let subtle = scope().crypto().ok()?.subtle();
    if subtle.is_undefined() {
        return None;
    }
    let bytes = Uint8Array::from(bytes);
    let digest = subtle.digest_with_str_and_js_u8_array("SHA-256", &bytes);
    let digest = JsFuture::from(digest.ok()?).await.ok()?;
    Some(Uint8Array::new(&digest).to_vec())
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

async fn cached(cache: Option<&Cache>, url: &str) -> Option<Vec<u8>> {
    let response: Response = JsFuture::from(cache?.match_with_str(url))
        .await
        .ok()?
        .dyn_into()
        .ok()?;
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}

/// Whether it is kept: a browser without room does not, and the file is fetched again
/// next time.
async fn keep(cache: Option<&Cache>, url: &str, bytes: &[u8]) -> bool {
    let Some(cache) = cache else { return false };
    let body = Uint8Array::from(bytes);
    match Response::new_with_opt_js_u8_array(Some(&body)) {
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

/// At most `limit` bytes: more than that is not the file that was meant. What our own
/// cache keeps is kept out of the browser's, which would hold it a second time.
async fn download(
    url: &str,
    cache: Option<&Cache>,
    limit: usize,
    told: impl Fn(u64),
) -> Result<Vec<u8>, EncoderFailure> {
    let network = |_| EncoderFailure::Network;
    let options = RequestInit::new();
    if cache.is_some() {
        options.set_cache(RequestCache::NoStore);
    }
    let fetched = scope().fetch_with_str_and_init(url, &options);
    let response: Response = JsFuture::from(fetched)
        .await
        .map_err(network)?
        .unchecked_into();
    if !response.ok() {
        return Err(EncoderFailure::Network);
    }
    let body = response.body().ok_or(EncoderFailure::Network)?;
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut bytes = Vec::with_capacity(limit);
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(network)?;
        let is_last = Reflect::get(&chunk, &"done".into()).is_ok_and(|done| done.is_truthy());
        if is_last {
            return Ok(bytes);
        }
        let chunk =
            Uint8Array::new(&Reflect::get(&chunk, &JsValue::from("value")).map_err(network)?);
        if bytes.len() + chunk.byte_length() as usize > limit {
            return Err(EncoderFailure::Files);
        }
        bytes.extend_from_slice(&chunk.to_vec());
        told(bytes.len() as u64);
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
