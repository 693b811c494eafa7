//! What a first visit costs.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lemon_model::manifest::SENT;
use serde::Serialize;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A file that a first visit fetches.
#[derive(Serialize)]
pub struct SentFile {
    pub name: String,
    pub bytes: u64,
    /// With brotli at its best, as the edge sends text and WebAssembly.
    pub brotli: Option<u64>,
}

impl SentFile {
    /// Bytes on the wire.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.brotli.unwrap_or(self.bytes)
    }
}

/// Everything in `dist` is fetched by a first visit but headers, which are for the edge,
/// the other build of the encoder, what reads archives and other servers, the pieces of modules that
/// come whole, what only an installed page has, bots to try, and the page under its other
/// addresses.
///
/// # Errors
/// If a file cannot be read, or Node's brotli does not run.
pub fn first_visit(dist: &Path) -> Outcome<Vec<SentFile>> {
    let mut paths = Vec::new();
    collect(dist, &mut paths)?;
    paths.retain(|path| {
        let others = ["_headers", "icon-512.png"];
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or_default();
        let is_page = path.extension().is_some_and(|kind| kind == "html");
        let is_piece = name
            .split_once("_bg.")
            .is_some_and(|(_, end)| end.starts_with(|c: char| c.is_ascii_digit()));
        let is_other = others.contains(&name) || is_page && name != "index.html" || is_piece;
        let unasked = ["archive", "demo", "encoder-plain", "sources"];
        !is_other
            && !path
                .iter()
                .any(|part| unasked.iter().any(|name| part == *name))
    });
    let packed = brotli(&paths)?;
    let mut files = Vec::new();
    for path in paths {
        let name = path.strip_prefix(dist)?.display().to_string();
        let bytes = fs::metadata(&path)?.len();
        // The segments of a file are one line.
        let name = match name.split_once(SENT) {
            Some((name, _)) => [name, SENT].concat(),
            None => name,
        };
        if let Some(file) = files
            .iter_mut()
            .find(|file: &&mut SentFile| file.name == name)
        {
            file.bytes += bytes;
            continue;
        }
        files.push(SentFile {
            brotli: packed.get(&path).copied(),
            name,
            bytes,
        });
    }
    files.sort_by_key(|file| std::cmp::Reverse(file.bytes));
    Ok(files)
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Outcome<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

/// What Node's own brotli makes of the files that the edge compresses; the model's
/// files are sent as they are.
fn brotli(paths: &[PathBuf]) -> Outcome<BTreeMap<PathBuf, u64>> {
    const SCRIPT: &str = "const { brotliCompressSync } = require('zlib'), { readFileSync } = require('fs');
        for (const path of process.argv.slice(1)) console.log(brotliCompressSync(readFileSync(path)).length);";
    let compressed = |path: &&PathBuf| {
        path.extension().is_some_and(|kind| {
            ["css", "html", "js", "json", "svg", "wasm"]
                .iter()
                .any(|one| kind == *one)
        })
    };
    let paths: Vec<&PathBuf> = paths.iter().filter(compressed).collect();
    let output = Command::new("node")
        .arg("-e")
        .arg(SCRIPT)
        .args(&paths)
        .output()?;
    let sizes = String::from_utf8(output.stdout)?;
    if !output.status.success() || sizes.lines().count() != paths.len() {
        return Err("node could not compress the files".into());
    }
    paths
        .into_iter()
        .cloned()
        .zip(sizes.lines())
        .map(|(path, size)| Ok((path, size.parse()?)))
        .collect()
}
