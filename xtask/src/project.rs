//! Where things are.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders of one checkout and of what is shared between checkouts.
pub struct Project {
    /// The checkout.
    pub root: PathBuf,
    /// Tools, packages and model files: built once a machine.
    pub cache: PathBuf,
    /// Where cargo builds.
    pub target: PathBuf,
    /// Logs, and the state of `cargo xtask dev`: never shared between checkouts.
    pub local: PathBuf,
}

impl Project {
    pub fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest
            .parent()
            .context("xtask lies in a folder of the checkout")?
            .to_owned();
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let cache = match set("LEMON_CACHE") {
            Some(cache) => std::path::absolute(cache)?,
            None => default_cache(cfg!(target_os = "macos"), set("XDG_CACHE_HOME"), set("HOME"))
                .context("neither HOME nor LEMON_CACHE says where the cache may lie; set LEMON_CACHE to a folder")?,
        };
        let target = target(
            &root,
            &cache,
            set("LEMON_CACHE").is_some(),
            set("CARGO_TARGET_DIR"),
        );
        let local = root.join("target");
        Ok(Self {
            root,
            cache,
            target,
            local,
        })
    }

    /// A path inside the checkout.
    pub fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }
}

fn default_cache(macos: bool, xdg: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let xdg = xdg.map(PathBuf::from).filter(|path| path.is_absolute());
    let home = home.map(PathBuf::from);
    let caches = match (xdg, macos) {
        (Some(xdg), _) => xdg,
        (None, true) => home?.join("Library/Caches"),
        (None, false) => home?.join(".cache"),
    };
    Some(caches.join("lemon-toolbox"))
}

/// A cache that was asked for by name holds cargo's output too, so that a fresh
/// checkout need not compile the inference engine again.
fn target(root: &Path, cache: &Path, cache_named: bool, cargo_target: Option<OsString>) -> PathBuf {
    match cargo_target {
        Some(path) => root.join(path),
        None if cache_named => cache.join("target"),
        None => root.join("target"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_follows_the_system() {
        let some = |text: &str| Some(OsString::from(text));
        let cases = [
            (
                false,
                None,
                some("/home/a"),
                Some("/home/a/.cache/lemon-toolbox"),
            ),
            (
                false,
                some("/xdg"),
                some("/home/a"),
                Some("/xdg/lemon-toolbox"),
            ),
            (
                false,
                some("relative"),
                some("/home/a"),
                Some("/home/a/.cache/lemon-toolbox"),
            ),
            (
                true,
                None,
                some("/Users/a"),
                Some("/Users/a/Library/Caches/lemon-toolbox"),
            ),
            (
                true,
                some("/xdg"),
                some("/Users/a"),
                Some("/xdg/lemon-toolbox"),
            ),
            (false, None, None, None),
        ];
        for (macos, xdg, home, expected) in cases {
            assert_eq!(default_cache(macos, xdg, home), expected.map(PathBuf::from));
        }
    }

    #[test]
    fn target_prefers_the_callers_choice() {
        let choose = |named, cargo: Option<&str>| {
            target(
                Path::new("/r"),
                Path::new("/c"),
                named,
                cargo.map(Into::into),
            )
        };
        assert_eq!(choose(false, None), Path::new("/r/target"));
        assert_eq!(choose(true, None), Path::new("/c/target"));
        assert_eq!(choose(true, Some("/t")), Path::new("/t"));
        assert_eq!(choose(false, Some("sub/t")), Path::new("/r/sub/t"));
    }
}
