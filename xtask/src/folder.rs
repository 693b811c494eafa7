//! Folders of built files.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, Result};

/// Makes `into` hold a copy of `from` named `name`, and nothing else. A name stands
/// for its content, so a folder of that name is left as it is.
pub fn place(from: &Path, into: &Path, name: &str) -> Result<()> {
    fs::create_dir_all(into)?;
    for entry in fs::read_dir(into)? {
        let entry = entry?;
        if entry.file_name() != name {
            remove(&entry.path())?;
        }
    }
    let to = into.join(name);
    if to.exists() {
        return Ok(());
    }
    // A copy that broke off must not look like a whole one.
    let half = into.join(format!(".{name}"));
    remove(&half)?;
    copy(from, &half)?;
    Ok(fs::rename(half, to)?)
}

/// Copies a folder's contents; what is in the other folder already is written over.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), &to)
                .with_context(|| format!("cannot write {}", to.display()))?;
        }
    }
    Ok(())
}

/// A file's size for people to read.
pub fn size(path: &Path) -> Result<String> {
    let tenths = fs::metadata(path)?.len() / 100_000;
    Ok(format!("{}.{} MB", tenths / 10, tenths % 10))
}

/// Removes a file or a folder, if it is there.
pub fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_current_one_stays() {
        let folder = std::env::temp_dir().join(format!("lemon-folder-{}", std::process::id()));
        let (from, into) = (folder.join("from"), folder.join("into"));
        fs::create_dir_all(from.join("sub")).unwrap();
        fs::write(from.join("sub/file"), "new").unwrap();
        fs::create_dir_all(into.join("old")).unwrap();
        fs::write(into.join(".half"), "broken off").unwrap();

        place(&from, &into, "new").unwrap();

        let names: Vec<_> = fs::read_dir(&into)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["new"]);
        assert_eq!(
            fs::read_to_string(into.join("new/sub/file")).unwrap(),
            "new"
        );
        remove(&folder).unwrap();
        remove(&folder).unwrap();
    }
}
