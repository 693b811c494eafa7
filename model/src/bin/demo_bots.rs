//! Makes the bots of people who do not exist (`lemon_model::demo`).
//!
//! `demo-bots --model <folder> --people <folder> --out <folder>` reads `<people>/<language>.json`,
//! writes `<language>.json` and `<language>.bot` into `<out>/<hash of all>/`, and prints that
//! path on the last line.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use lemon_model::answers::suggestions::{Suggested, questions};
use lemon_model::demo::{Person, made};
use lemon_model::encoder::{Encoder, Text};
use lemon_model::library::{Embedded, Library};
use lemon_model::manifest::{File, Manifest};
use lemon_model::protocol::Role;
use lemon_model::vector::Vector;
use sha2::{Digest, Sha256};

const USAGE: &str = "usage: demo-bots --model <folder> --people <folder> --out <folder>";

/// Texts that are embedded at once.
const BATCH: usize = 16;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo-bots: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [model, people, out] = ["--model", "--people", "--out"].map(|name| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).map(PathBuf::from)
    });
    let (Some(model), Some(people), Some(out)) = (model, people, out) else {
        bail!(USAGE);
    };
    let id = model.file_name().and_then(OsStr::to_str);
    let id = id.context("the model's folder has no name")?;
    let encoder = encoder(&model)?;
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(&people)? {
        let path = entry?.path();
        let language = path.file_stem().and_then(OsStr::to_str);
        let language = language.context("a person's file has no name")?;
        let person = serde_json::from_slice::<Person>(&read(&path)?)
            .with_context(|| format!("{} holds no person", path.display()))?;
        let library = embedded(&encoder, &person)?;
        let asked = questions(library.index());
        let vectors = vectors(&encoder, Role::Query, asked)?;
        let asked = asked.iter().zip(vectors).map(|(text, vector)| Suggested {
            text: (*text).to_owned(),
            vector,
        });
        let (demo, bot) = made(&person, library, asked.collect(), id)?;
        if demo.known.is_empty() {
            bail!("the bot of {} suggests nothing", path.display());
        }
        files.insert(format!("{language}.json"), serde_json::to_vec(&demo)?);
        files.insert(format!("{language}.bot"), bot);
    }
    let mut hash = Sha256::new();
    for (name, contents) in &files {
        hash.update(name);
        hash.update(contents);
    }
    let mut name = String::new();
    for byte in &hash.finalize()[..8] {
        write!(name, "{byte:02x}")?;
    }
    let folder = out.join(name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, contents) in files {
        let path = folder.join(name);
        fs::write(&path, contents).with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!("{}", folder.display());
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn encoder(folder: &Path) -> Result<Encoder> {
    let manifest = Manifest::parse(&read(&folder.join("manifest.json"))?)?;
    let verified = |file: &File| {
        let contents = Bytes::from(read(&folder.join(&file.name))?);
        anyhow::Ok(file.verified(contents)?)
    };
    let [network, tokenizer] = manifest.files().map(verified);
    Ok(Encoder::load(&manifest, network?, tokenizer?)?)
}

/// The person's library, with the vectors of all that is in it, and learned of.
fn embedded(encoder: &Encoder, person: &Person) -> Result<Library> {
    let mut library = person.library();
    loop {
        let batch = library.next_batch(BATCH);
        if batch.is_empty() {
            // In which language to ask it is learned.
            while library.learn() < 1.0 {}
            return Ok(library);
        }
        let mut done = Vec::new();
        for task in batch {
            // They are so few that equal ones are embedded twice.
            let vector = |role, text: &str| {
                let vector = vectors(encoder, role, &[text])?.pop();
                vector.context("a text has no vector")
            };
            let said = task.said.map(|said| vector(Role::Query, &said));
            done.push(Embedded {
                reply: vector(Role::Passage, &task.reply)?,
                said: said.transpose()?,
                entry: task.entry,
                texts: task.texts,
            });
        }
        library.add_vectors(done);
    }
}

fn vectors(encoder: &Encoder, role: Role, texts: &[&str]) -> Result<Vec<Vector>> {
    let texts: Vec<_> = texts.iter().map(|text| Text { role, text }).collect();
    let mut vectors = Vec::new();
    for batch in texts.chunks(BATCH) {
        vectors.extend(encoder.embed(batch)?.iter().map(|x| Vector::quantise(x)));
    }
    Ok(vectors)
}
