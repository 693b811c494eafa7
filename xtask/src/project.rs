//! Where things are.

use std::env;
use std::ffi::OsString;
use std::fs;
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
        claim(&target, &root)?;
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

/// Makes cargo build the workspace's own crates anew when another checkout has built in
/// this folder last. Cargo takes crates of one name in two checkouts for one, and sees a
/// change by the time of a file alone, so the older checkout would be given what the newer
/// one had built.
fn claim(target: &Path, root: &Path) -> Result<()> {
    let owner = target.join("lemon-checkout");
    let ours = root.display().to_string();
    if fs::read_to_string(&owner).is_ok_and(|last| last == ours) {
        return Ok(());
    }
    for fingerprint in fingerprints(target) {
        fs::remove_dir_all(&fingerprint)
            .with_context(|| format!("cannot remove {}", fingerprint.display()))?;
    }
    fs::create_dir_all(target)?;
    fs::write(owner, ours)?;
    Ok(())
}

/// Where cargo remembers what it built of our crates: `[<target>/]<profile>/.fingerprint/`.
fn fingerprints(target: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let profiles = entries(target);
    let nested = profiles.iter().flat_map(|folder| entries(folder));
    profiles
        .iter()
        .cloned()
        .chain(nested.collect::<Vec<_>>())
        .flat_map(|profile| entries(&profile.join(".fingerprint")))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("lemon-") || name.starts_with("xtask-")
        })
        .collect()
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
    fn another_checkout_forgets_our_own_crates_alone() {
        let target = env::temp_dir().join(format!("lemon-claim-{}", std::process::id()));
        let [ours, web, others] = [
            "debug/.fingerprint/lemon-model-1",
            "wasm32/engine/.fingerprint/lemon-model-2",
            "debug/.fingerprint/tract-core-3",
        ]
        .map(|path| target.join(path));
        for path in [&ours, &web, &others] {
            fs::create_dir_all(path).unwrap();
        }
        claim(&target, Path::new("/a")).unwrap();
        assert!(!ours.exists() && !web.exists() && others.exists());
        fs::create_dir_all(&ours).unwrap();
        claim(&target, Path::new("/a")).unwrap();
        assert!(ours.exists());
        claim(&target, Path::new("/b")).unwrap();
        assert!(!ours.exists() && others.exists());
        fs::remove_dir_all(target).unwrap();
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
