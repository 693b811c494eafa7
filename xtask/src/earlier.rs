//! Files of earlier builds, which stay online while somebody may be in the middle of them.
//!
//! Cloudflare replaces all static files with each deploy. A page that was loaded before it
//! goes on to ask for its own build's: the next segment of the model, one more worker, or
//! only its module, if the deploy came between. They are called by their hashes, so those of
//! several builds can be served beside each other. They are kept in the cache of the machine
//! that deploys.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use lemon_keeper::rules::HASHED;

use crate::folder;

const DAY: Duration = Duration::from_hours(24);

/// How long files stay that a page asks for: for longer no tab is left in the middle.
const PAGE_STAYS: Duration = DAY.saturating_mul(7);

/// How long a model stays: a link opens with the model that it was made with and lives for
/// up to 90 days, and a page of that build may have made it for as long as it had its files.
const MODEL_STAYS: Duration = DAY.saturating_mul(90 + 7);

/// The folders whose own folders are called by a hash.
const FOLDERS: [&str; 3] = ["demo", "engine", MODEL];
const MODEL: &str = "model";

/// Says since when what is kept is no longer the current build's.
const REPLACED: &str = "replaced";

/// Paths inside a folder of built files, with `/` between their parts.
type Paths = BTreeSet<String>;

/// What is kept, by the second since 1970 in which another build took its place. What is not
/// in it was current when something was last deployed.
type Replaced = BTreeMap<String, u64>;

/// What is served beside the current build, and what no longer is.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    stays: Replaced,
    goes: Paths,
}

impl Plan {
    /// What becomes of what is `kept`, at `now`, when the build of `current` is deployed.
    fn of(kept: &Paths, replaced: &Replaced, current: &Paths, now: u64) -> Self {
        let mut plan = Self::default();
        for path in kept.difference(current) {
            let since = replaced.get(path).copied().unwrap_or(now);
            if now.saturating_sub(since) < stays(path).as_secs() {
                plan.stays.insert(path.clone(), since);
            } else {
                plan.goes.insert(path.clone());
            }
        }
        plan
    }
}

fn stays(path: &str) -> Duration {
    if path.split('/').next() == Some(MODEL) {
        MODEL_STAYS
    } else {
        PAGE_STAYS
    }
}

/// The current build beside earlier ones, to be deployed.
pub struct Beside {
    /// What is to be served.
    pub folder: PathBuf,
    store: PathBuf,
    plan: Plan,
}

impl Beside {
    /// Lays what was built in `dist` into `folder`, beside what stays of earlier builds, which
    /// are kept in `store`; `now` is in seconds since 1970.
    pub fn lay(dist: &Path, store: &Path, folder: &Path, now: u64) -> Result<Self> {
        let current = hashed(dist)?;
        let replaced = read(&store.join(REPLACED))?;
        let plan = Plan::of(&hashed(store)?, &replaced, &current, now);
        folder::remove(folder)?;
        folder::copy(dist, folder)?;
        for path in plan.stays.keys() {
            copy(&store.join(path), &folder.join(path))?;
        }
        // Before the upload: what is online is to be here, whatever happens after it.
        for path in &current {
            keep(&dist.join(path), &store.join(path))?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            store: store.to_owned(),
            plan,
        })
    }

    /// How many files and folders of earlier builds are served.
    pub fn earlier(&self) -> usize {
        self.plan.stays.len()
    }

    /// It is online: what was replaced is so from now on, and what is served no longer is not
    /// kept either.
    pub fn deployed(&self) -> Result<()> {
        let replaced = self.plan.stays.iter();
        let lines: Vec<_> = replaced
            .map(|(path, since)| format!("{since} {path}\n"))
            .collect();
        let file = self.store.join(REPLACED);
        fs::write(&file, lines.concat())
            .with_context(|| format!("cannot write {}", file.display()))?;
        for path in &self.plan.goes {
            folder::remove(&self.store.join(path))?;
        }
        Ok(())
    }
}

/// What in a folder of built files is called by a hash; nothing if there is no such folder.
fn hashed(root: &Path) -> Result<Paths> {
    let mut paths = Paths::new();
    for name in names(root)? {
        if FOLDERS.contains(&name.as_str()) {
            let inner = names(&root.join(&name))?;
            paths.extend(inner.iter().map(|inner| format!("{name}/{inner}")));
        } else if HASHED.iter().any(|path| name.starts_with(&path[1..])) {
            paths.insert(name);
        }
    }
    Ok(paths)
}

/// The names in a folder, but for what broke off while it was copied.
fn names(folder: &Path) -> Result<Vec<String>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .collect::<Result<Vec<_>, _>>()?;
    let names = entries.iter().map(fs::DirEntry::file_name);
    let names = names.map(|name| name.to_string_lossy().into_owned());
    Ok(names.filter(|name| !name.starts_with('.')).collect())
}

fn read(file: &Path) -> Result<Replaced> {
    if !file.exists() {
        return Ok(Replaced::new());
    }
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let line = |line: &str| {
        let (since, path) = line.split_once(' ')?;
        Some((path.to_owned(), since.parse().ok()?))
    };
    Ok(text.lines().filter_map(line).collect())
}

/// Copies to a path that stands for its content, unless it is there.
fn keep(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        return Ok(());
    }
    let name = to.file_name().context("a kept file has a name")?;
    let half = to.with_file_name(format!(".{}", name.display()));
    folder::remove(&half)?;
    copy(from, &half)?;
    Ok(fs::rename(half, to)?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        return folder::copy(from, to);
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| format!("cannot write {}", to.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn paths(paths: &[&str]) -> Paths {
        paths.iter().map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn what_was_replaced_stays_for_days_and_a_model_as_long_as_its_links() {
        let day = DAY.as_secs();
        let kept = paths(&[
            "engine/a",
            "engine/b",
            "lemon-app-a.js",
            "model/a",
            "model/b",
        ]);
        let replaced = |since| -> Replaced {
            let old = ["engine/a", "lemon-app-a.js", "model/a"];
            old.map(|path| (path.to_owned(), since)).into()
        };
        let plan = |since| {
            Plan::of(
                &kept,
                &replaced(since),
                &paths(&["engine/b", "model/b"]),
                NOW,
            )
        };
        for (days, goes) in [
            (0, paths(&[])),
            (6, paths(&[])),
            (7, paths(&["engine/a", "lemon-app-a.js"])),
            (96, paths(&["engine/a", "lemon-app-a.js"])),
            (97, paths(&["engine/a", "lemon-app-a.js", "model/a"])),
        ] {
            let plan = plan(NOW - days * day);
            assert_eq!(plan.goes, goes, "{days}");
            assert_eq!(plan.stays.len(), 3 - goes.len(), "{days}");
            assert!(plan.stays.values().all(|since| *since == NOW - days * day));
        }
        // A clock that was wrong costs nothing.
        assert_eq!(plan(NOW + day).goes, paths(&[]));
    }

    #[test]
    fn time_runs_from_when_it_was_replaced_and_not_from_when_it_came() {
        let kept = paths(&["engine/a", "engine/b"]);
        let plan = |current: &[&str], replaced: &Replaced, now| {
            Plan::of(&kept, replaced, &paths(current), now)
        };
        let first = plan(&["engine/b"], &Replaced::new(), NOW);
        assert_eq!(first.stays["engine/a"], NOW);
        // Deployed again and again, it does not stay for ever.
        let later = NOW + PAGE_STAYS.as_secs();
        assert_eq!(plan(&["engine/b"], &first.stays, later - 1), first);
        let gone = plan(&["engine/b"], &first.stays, later);
        assert_eq!(gone.goes, paths(&["engine/a"]));
        // Taken back, it is the current one, and the other is replaced now.
        let back = plan(&["engine/a"], &first.stays, later);
        assert_eq!(back.stays, [("engine/b".to_owned(), later)].into());
        assert_eq!(back.goes, paths(&[]));
    }
}
