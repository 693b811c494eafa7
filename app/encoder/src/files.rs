//! The model's files: from the browser's cache if they are there and sound, else from
//! the network, telling every chunk.

use std::cell::Cell;

use futures_util::future::try_join;
use js_sys::Uint8Array;
use lemon_desk::cache::Cache;
use lemon_desk::outside::Outside;
use lemon_model::manifest::{File, MAX_MANIFEST_BYTES, Manifest, SENT, Verified, sha256_hex};
use lemon_model::protocol::{EncoderFailure, Others, Parts};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::download::{self, Place, There};
use crate::scope;

/// The cache that keeps them.
const KEPT: &str = "lemon-model";

pub struct Files {
    pub manifest: Manifest,
    pub network: Verified<Outside>,
    /// None if it was not asked for.
    pub tokenizer: Option<Verified<Outside>>,
    /// The browser's cache holds them now.
    pub kept: bool,
}

/// The files of the model in `folder`, which ends with `/`. `told` hears how much of how many
/// bytes is there.
pub async fn fetch(
    folder: &str,
    others: Others,
    parts: Parts,
    told: impl Fn(There, u64),
) -> Result<Files, EncoderFailure> {
    let cache = Cache::open(KEPT).await;
    let manifest = manifest(folder, &cache).await?;
    let of = match parts {
        Parts::All => manifest.network.sent + manifest.tokenizer.sent,
        Parts::Network => manifest.network.sent,
    };
    let there = [Cell::default(), Cell::default()];
    let came = |which: usize| {
        let (there, told) = (&there, &told);
        move |of_file| {
            there[which].set(of_file);
            told(there[0].get() + there[1].get(), of);
        }
    };
    let network = file(folder, &manifest.network, &cache, came(0));
    let tokenizer = async {
        match parts {
            Parts::Network => Ok(None),
            Parts::All => file(folder, &manifest.tokenizer, &cache, came(1))
                .await
                .map(Some),
        }
    };
    let ((network, is_network_kept), tokenizer) = try_join(network, tokenizer).await?;
    let kept = is_network_kept && tokenizer.as_ref().is_none_or(|(_, kept)| *kept);
    let tokenizer = tokenizer.map(|(tokenizer, _)| tokenizer);
    // A browser's room is not ours to fill. Of this model its segments are of no more use.
    let wanted = |url: &str| match url.split_once(folder) {
        Some((_, name)) => !name.contains(SENT),
        None => others == Others::Keep,
    };
    cache.tidy(wanted).await;
    Ok(Files {
        manifest,
        network,
        tokenizer,
        kept,
    })
}

async fn manifest(folder: &str, cache: &Cache) -> Result<Manifest, EncoderFailure> {
    let url = format!("{folder}manifest.json");
    if let Some(bytes) = cache.get(&url).await
        && let Ok(manifest) = verified(folder, &bytes.to_vec())
    {
        return Ok(manifest);
    }
    let bytes = download::small(&url, cache, MAX_MANIFEST_BYTES).await?;
    let manifest = verified(folder, &bytes)?;
    cache.keep(&url, &Uint8Array::from(&bytes[..])).await;
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
    cache: &Cache,
    told: impl Fn(There),
) -> Result<(Verified<Outside>, bool), EncoderFailure> {
    let url = format!("{folder}{}", file.name);
    if let Some(bytes) = cache.get(&url).await
        && let Ok(verified) = verify(file, &bytes).await
    {
        told(There {
            bytes: file.sent,
            kept: file.sent,
        });
        return Ok((verified, true));
    }
    let forget_segments = async || {
        let names = file.segments().map(|segment| segment.name);
        let urls = names.map(|name| format!("{folder}{name}"));
        cache.forget(urls).await;
    };
    let found = async |from| {
        let bytes = download::file(folder, file, cache, from, &told).await?;
        Ok((verify(file, &bytes).await?, bytes))
    };
    let found = match found(Place::CacheFirst).await {
        Err(failure) if failure != EncoderFailure::Network => {
            // They make no file, and never will: one of them was damaged, where it was kept
            // or on the way.
            forget_segments().await;
            found(Place::Network).await
        }
        found => found,
    };
    let (verified, bytes) = match found {
        Ok(found) => found,
        Err(failure) => {
            if failure != EncoderFailure::Network {
                forget_segments().await;
            }
            return Err(failure);
        }
    };
    let mut kept = cache.keep(&url, &bytes).await;
    if !kept {
        // There may be room for the file where there was none for both.
        forget_segments().await;
        kept = cache.keep(&url, &bytes).await;
    }
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
