//! The WebAssembly standard library: rustup's where its server answers, otherwise
//! built from Debian's source package.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::digest::Hasher;
use crate::program::{apt, can_install, cargo, program};
use crate::project::Project;
use crate::stamp::Stamp;
use crate::step::Step;

pub const TARGET: &str = "wasm32-unknown-unknown";
/// Set to `rustup` or `debian`, it decides where the standard library comes from.
const CHOICE: &str = "LEMON_WASM";
const PACKAGES: [&str; 5] = [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-clippy",
    "lld-22",
];
const LINKER: &str = "wasm-ld-22";
const TOOLCHAIN: &str = "debian";

/// A toolchain that builds for WebAssembly.
#[derive(Clone, Copy)]
pub enum WasmTarget {
    /// The one in use.
    Active,
    /// Debian's, whose linker has a name of its own.
    Debian,
}

impl WasmTarget {
    pub fn ensure(project: &Project, step: &Step) -> Result<Self> {
        match env::var(CHOICE).as_deref() {
            Err(_) => {}
            Ok("rustup") => {
                step.run(
                    &mut rustup_add(project),
                    "rustup's server did not answer, or there is no rustup",
                )?;
                return Ok(Self::Active);
            }
            Ok("debian") => return debian(project, step),
            Ok(other) => bail!("{CHOICE} is `{other}`; it may be `rustup` or `debian`"),
        }
        if has_standard_library(project, step) {
            step.note("there already");
            return Ok(Self::Active);
        }
        // Without rustup the program does not even start: the same as no answer.
        if step.succeeds(&mut rustup_add(project)).unwrap_or(false)
            && has_standard_library(project, step)
        {
            step.note("from rustup");
            return Ok(Self::Active);
        }
        debian(project, step)
    }

    /// Lets a program's cargo build for WebAssembly.
    pub fn apply(self, command: &mut Command) {
        if matches!(self, Self::Debian) {
            command
                .env("RUSTUP_TOOLCHAIN", TOOLCHAIN)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
        }
    }

    /// Cargo that builds for WebAssembly; `words` are its arguments.
    pub fn cargo(self, project: &Project, words: &str) -> Command {
        let mut command = cargo(project, words);
        self.apply(&mut command);
        command
    }
}

fn rustup_add(project: &Project) -> Command {
    let mut command = program(project, "rustup");
    command.args(["target", "add", TARGET]);
    command
}

fn has_standard_library(project: &Project, step: &Step) -> bool {
    let mut rustc = program(project, "rustc");
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    step.output(&mut rustc, "install Rust from rustup.rs")
        .is_ok_and(|folder| {
            fs::read_dir(folder.trim()).is_ok_and(|files| {
                files
                    .flatten()
                    .any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
            })
        })
}

fn debian(project: &Project, step: &Step) -> Result<WasmTarget> {
    if crate::program::find(LINKER).is_none() || !Path::new("/usr/bin/cargo").exists() {
        if !can_install() {
            bail!(
                "the standard library for {TARGET} is missing, and rustup could not fetch it; \
                 run `rustup target add {TARGET}` with a network, or on Debian, as root, \
                 `apt-get install {}`",
                PACKAGES.join(" ")
            );
        }
        let advice = "Debian's packages are the fallback where rustup's server does not answer; is there a network?";
        step.run(&mut apt(project, &["update"]), advice)?;
        let install = [&["install", "-y", "--no-install-recommends"], &PACKAGES[..]].concat();
        step.run(&mut apt(project, &install), advice)?;
    }
    let mut link = program(project, "rustup");
    link.args(["toolchain", "link", TOOLCHAIN, "/usr"]);
    step.run(&mut link, "rustup must know Debian's toolchain")?;

    let rustc = |arguments: &[&str]| {
        let mut rustc = program(project, "rustc");
        WasmTarget::Debian.apply(&mut rustc);
        step.output(rustc.args(arguments), "is the package rustc-web complete?")
    };
    let version = rustc(&["-vV"])?;
    let folder = PathBuf::from(rustc(&["--print", "target-libdir", "--target", TARGET])?.trim());
    let stamp = Stamp::new(&project.cache, "wasm-std", Hasher::default().text(&version));
    if stamp.kept().is_some() && folder.is_dir() {
        step.note("Debian's, there already");
        return Ok(WasmTarget::Debian);
    }
    build_standard_library(project, step, &folder)?;
    stamp.keep(&folder.to_string_lossy())?;
    // What was linked with another standard library cannot be used with this one.
    match fs::remove_dir_all(project.target.join(TARGET)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    step.note("built from Debian's source");
    Ok(WasmTarget::Debian)
}

fn build_standard_library(project: &Project, step: &Step, folder: &Path) -> Result<()> {
    let empty = project.cache.join("wasm-std");
    fs::create_dir_all(&empty)?;
    fs::write(
        empty.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nedition = \"2024\"\n\n[lib]\npath = \"empty.rs\"\ncrate-type = [\"cdylib\"]\n\n[workspace]\n",
    )?;
    fs::write(empty.join("empty.rs"), "")?;
    let target = empty.join("target");
    let words = format!(
        "build --release --target {TARGET} -Z build-std=std,panic_abort,panic_unwind,proc_macro"
    );
    let mut build = WasmTarget::Debian.cargo(project, &words);
    build
        .current_dir(&empty)
        .env("CARGO_TARGET_DIR", &target)
        // Without it nothing can be linked with LTO.
        .env("RUSTFLAGS", "-C embed-bitcode=yes")
        .env("RUSTC_BOOTSTRAP", "1");
    step.run(&mut build, "is the package rust-web-src complete?")?;

    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    for file in fs::read_dir(target.join(TARGET).join("release/deps"))? {
        let file = file?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "rlib")
        {
            let name = file.file_name().context("a library has a name")?;
            fs::copy(&file, folder.join(name))
                .with_context(|| format!("cannot write to {}", folder.display()))?;
        }
    }
    Ok(fs::remove_dir_all(target)?)
}
