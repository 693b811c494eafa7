//! `tokens <folder of the model files> <texts>` reads the texts of a file like
//! `tests/data/embeddings.json` and prints the tokens of each as JSON, for engines that
//! have no tokenizer of ours.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use lemon_model::manifest::Manifest;
use lemon_model::tokenizer::Tokenizer;
use serde::{Deserialize, Serialize};

const USAGE: &str = "usage: tokens <folder of the model files> <texts>";

/// A file of texts to compare engines by.
#[derive(Deserialize)]
struct Texts {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    prefix: String,
    text: String,
}

#[derive(Serialize)]
struct Tokens<'a> {
    ids: Vec<u32>,
    pieces: Vec<&'a str>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tokens: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<_> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [model, texts] = &arguments[..] else {
        bail!(USAGE);
    };
    print_tokens(model, texts)
}

fn print_tokens(model: &Path, texts: &Path) -> Result<()> {
    let manifest = Manifest::parse(&read(&model.join("manifest.json"))?)?;
    let file = Bytes::from(read(&model.join(&manifest.tokenizer.name))?);
    manifest.tokenizer.verify(&file)?;
    let tokenizer = Tokenizer::load(&file)?;
    let texts: Texts = serde_json::from_slice(&read(texts)?)?;
    let tokens = texts
        .cases
        .iter()
        .map(|case| {
            let ids = tokenizer
                .encode(&[&case.prefix[..], &case.text].concat())
                .map_err(anyhow::Error::from_boxed)?;
            let pieces = ids.iter().filter_map(|&id| tokenizer.name(id)).collect();
            Ok(Tokens { ids, pieces })
        })
        .collect::<Result<Vec<_>>>()?;
    println!("{}", serde_json::to_string(&tokens)?);
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
