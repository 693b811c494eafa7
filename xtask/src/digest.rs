//! SHA-256 of files and folders, for content-addressed names and for telling
//! whether something must be built again.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Hexadecimal digits in a name: 64 bits, far beyond chance for a handful of files.
const NAME_DIGITS: usize = 16;
const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";
const BUFFER_BYTES: usize = 64 * 1024;
/// What programs write into source folders.
const BUILT: [&str; 4] = ["build", "node_modules", "target", ".wrangler"];

/// A growing SHA-256.
#[derive(Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Adds a piece of text, told apart from what follows it.
    pub fn text(mut self, text: &str) -> Self {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
        self
    }

    /// Adds a file, or all files of a folder by their names inside it, except what is
    /// built there.
    pub fn path(self, path: &Path) -> Result<Self> {
        self.path_without(path, &[])
    }

    /// The same, without the files and folders of these paths inside it.
    pub fn path_without(mut self, path: &Path, without: &[String]) -> Result<Self> {
        let mut files = Vec::new();
        list(path, &mut files)?;
        files.retain(|file| !without.iter().any(|skip| file.starts_with(path.join(skip))));
        files.sort();
        for file in files {
            let name = file.strip_prefix(path).unwrap_or(&file);
            self = self.text(&name.to_string_lossy()).text(&of_file(&file)?);
        }
        Ok(self)
    }

    /// All 64 hexadecimal digits.
    pub fn digest(self) -> String {
        let mut digits = String::new();
        for byte in self.0.finalize() {
            digits.extend(
                [byte >> 4, byte & 15].map(|half| char::from(HEXADECIMAL[usize::from(half)])),
            );
        }
        digits
    }

    /// Few enough digits for a file name.
    pub fn name(self) -> String {
        self.digest()[..NAME_DIGITS].to_owned()
    }
}

/// SHA-256 of one file's bytes, in hexadecimal.
pub fn of_file(path: &Path) -> Result<String> {
    let mut hasher = Hasher::default();
    let mut file =
        fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.digest()),
            Ok(count) => hasher.0.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn list(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if !BUILT.iter().any(|built| entry.file_name() == *built) {
            list(&entry.path(), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standard() {
        let mut hasher = Hasher::default();
        hasher.0.update("abc");
        assert_eq!(
            hasher.digest(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn pieces_are_told_apart() {
        assert_ne!(
            Hasher::default().text("ab").text("c").name(),
            Hasher::default().text("a").text("bc").name()
        );
    }

    #[test]
    fn folders_change_with_their_files() {
        let folder = std::env::temp_dir().join(format!("lemon-digest-{}", std::process::id()));
        let of_folder = || Hasher::default().path(&folder).map(Hasher::name).unwrap();
        fs::create_dir_all(folder.join("build")).unwrap();
        fs::write(folder.join("a"), "1").unwrap();
        let first = of_folder();
        fs::write(folder.join("build/b"), "built").unwrap();
        assert_eq!(of_folder(), first);
        fs::write(folder.join("a"), "2").unwrap();
        assert_ne!(of_folder(), first);
        let without = || {
            let hasher = Hasher::default().path_without(&folder, &["c".to_owned()]);
            hasher.map(Hasher::name).unwrap()
        };
        assert_eq!(without(), of_folder());
        fs::create_dir_all(folder.join("c")).unwrap();
        fs::write(folder.join("c/d"), "3").unwrap();
        assert_ne!(without(), of_folder());
        fs::remove_dir_all(&folder).unwrap();
    }
}
