//! A worker's module over a network that breaks off: what came of it stays. Static files come
//! whole or not at all, so that each module is there in pieces as well, which are fetched once
//! it has not come whole.

use js_sys::Uint8Array;
use lemon_desk::cache::Cache;

use crate::edge::{self, EdgeError};

/// The folder of the workers' files, whose name is a hash of their contents.
pub const ENGINE: &str = env!("LEMON_ENGINE_PATH", "is set by `cargo xtask build`");

/// How many pieces there are of a module.
const PIECES: &str = env!("LEMON_MODULE_PIECES", "is set by `cargo xtask build`");

/// The cache that keeps what came in pieces, where a worker finds it by its address.
const KEPT: &str = "lemon-engine";

/// How a module is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// It came whole, and the browser keeps it as its headers say.
    Whole,
    /// It came in pieces, and is kept by this page.
    Pieced,
}

impl Module {
    /// What a worker's address ends with, so that it knows.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::Pieced => "#pieced",
        }
    }
}

/// Has the module at `path`, without its ending, where a worker finds it.
///
/// # Errors
/// As [`edge::file`].
pub async fn bring(path: &str) -> Result<Module, EdgeError> {
    let whole = format!("{path}.wasm");
    let cache = Cache::open(KEPT).await;
    if cache.holds(&whole).await {
        return Ok(Module::Pieced);
    }
    match edge::file(&whole, |_| ()).await {
        Ok(()) => return Ok(Module::Whole),
        Err(EdgeError::Offline) => {}
        Err(error) => return Err(error),
    }
    if cache.is_there() && keep_pieces(&cache, path, &whole).await? {
        return Ok(Module::Pieced);
    }
    // A browser that keeps nothing of ours may keep something by itself.
    edge::persist(async |so_far| edge::file(&whole, so_far).await).await?;
    Ok(Module::Whole)
}

async fn keep_pieces(cache: &Cache, path: &str, whole: &str) -> Result<bool, EdgeError> {
    let mut pieces = Vec::new();
    for n in 0..PIECES.parse().unwrap_or_default() {
        let url = format!("{path}.{n}.wasm");
        pieces.push(edge::persist(async |so_far| edge::bytes(&url, so_far).await).await?);
    }
    Ok(cache.keep_pieces(whole, &pieces, "application/wasm").await)
}

/// What came in pieces of the module at `whole`, with its ending.
pub async fn kept(whole: &str) -> Option<Uint8Array> {
    Cache::open(KEPT).await.get(whole).await
}

/// Forgets those of other builds, once this one is kept and they are of no use.
pub async fn tidy() {
    let cache = Cache::open(KEPT).await;
    cache.tidy(|url| url.contains(ENGINE)).await;
}

/// Forgets what came in pieces of the module at `path`: nothing could be made of it.
pub async fn forget(path: &str) {
    let cache = Cache::open(KEPT).await;
    cache.forget(std::iter::once(format!("{path}.wasm"))).await;
}
