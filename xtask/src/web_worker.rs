//! The page's Web Workers: each a WebAssembly module of its own with a script that
//! starts it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;

use crate::digest::Hasher;
use crate::folder;
use crate::npm::Npm;
use crate::program::program;
use crate::project::Project;
use crate::setup::Kit;
use crate::stamp::Stamp;
use crate::step::{Step, step};
use crate::tools::WASM_BINDGEN;
use crate::wasm_target::TARGET;

/// Random numbers come from the browser.
const RANDOM: &str = r#"--cfg getrandom_backend="wasm_js""#;
/// What rustc's WebAssembly target has switched on.
const FEATURES: [&str; 6] = [
    "bulk-memory",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "sign-ext",
];

/// What every worker is made of beside its own folder, and what decides how. Cargo is not
/// asked about it: two builds with one name take each other's place in its eyes, and would
/// both be linked again every time, for two minutes each.
const INPUTS: [&str; 6] = [
    "Cargo.lock",
    "Cargo.toml",
    "app/desk",
    "xtask/npm/package-lock.json",
    "xtask/src/tools.rs",
    "xtask/src/web_worker.rs",
];

/// What stands in the engine's `lib.rs` above a module that encoders go without, so that a change
/// in it builds none of them again.
const LIBRARY: &str = "#[cfg(feature = \"library\")]";
/// A folder beside a file that encoders do have.
const LIBRARY_TOO: &str = "src/protocol";

/// What starts a worker, with a word in it for what its files are called.
const SCRIPT: &str = "app/desk/worker.js";
const SCRIPTS_MODULE: &str = "MODULE";

/// In how many pieces each module is there once more, for networks on which it does not come
/// whole: two thirds of a megabyte of an encoder, half of which is left when it is packed for
/// the way.
pub const PIECES: usize = 16;

/// One build of one worker.
pub struct WebWorker {
    /// The folder of its files in the build.
    name: &'static str,
    /// What its files are called.
    files: &'static str,
    /// It has a script that starts it.
    has_script: bool,
    /// What wasm-bindgen calls the kind of script that loads it.
    target: &'static str,
    package: &'static str,
    /// The folders of its own code.
    code: &'static [&'static str],
    /// Cargo's.
    features: &'static str,
    profile: &'static str,
    engine: Engine,
    /// What wasm-opt calls what not every WebAssembly engine can do.
    extensions: &'static [&'static str],
    optimise: &'static str,
}

/// What rustc may count on in a WebAssembly engine.
#[derive(Clone, Copy)]
pub enum Engine {
    Any,
    /// 128-bit vectors. Loop strength reduction is off: on the kernels' innermost loops
    /// it undoes the order of loads and products, and has an address computed for each
    /// load that an offset would do for (docs/performance.md).
    Simd,
}

// Of the encoder names are stripped and no more: after fat LTO `-O3` takes minutes and
// compresses worse.
const WORKERS: [WebWorker; 5] = [
    WebWorker {
        name: "encoder-relaxed",
        files: "encoder",
        has_script: true,
        target: "web",
        package: "lemon-encoder",
        code: &["app/encoder"],
        features: "relaxed",
        profile: "engine",
        engine: Engine::Simd,
        extensions: &["simd", "relaxed-simd"],
        optimise: "-O0",
    },
    WebWorker {
        name: "encoder-plain",
        files: "encoder",
        has_script: true,
        target: "web",
        package: "lemon-encoder",
        code: &["app/encoder"],
        features: "",
        profile: "engine",
        engine: Engine::Simd,
        extensions: &["simd"],
        optimise: "-O0",
    },
    WebWorker {
        name: "library",
        files: "library",
        has_script: true,
        target: "web",
        package: "lemon-library",
        code: &["app/library", "given", "model"],
        features: "",
        profile: "engine",
        engine: Engine::Simd,
        extensions: &["simd"],
        optimise: "-O0",
    },
    WebWorker {
        name: "archive",
        files: "archive",
        has_script: true,
        target: "web",
        package: "lemon-archive",
        code: &["app/archive", "given", "model"],
        features: "",
        profile: "engine",
        engine: Engine::Simd,
        extensions: &["simd"],
        optimise: "-O0",
    },
    WebWorker {
        name: "sources",
        files: "sources",
        has_script: true,
        target: "web",
        package: "lemon-sources",
        code: &["app/sources", "given", "model"],
        features: "",
        profile: "web",
        engine: Engine::Any,
        extensions: &[],
        optimise: "-Oz",
    },
];

/// The encoder for benchmarks, with a page of its own.
const BENCH: [WebWorker; 2] = [
    WebWorker {
        name: "relaxed",
        files: "lemon_bench_engine",
        has_script: false,
        package: "lemon-bench-engine",
        code: &["app/encoder", "tests/engine"],
        ..WORKERS[0]
    },
    WebWorker {
        name: "plain",
        files: "lemon_bench_engine",
        has_script: false,
        package: "lemon-bench-engine",
        code: &["app/encoder", "tests/engine"],
        ..WORKERS[1]
    },
];

/// The library for benchmarks, likewise.
const BENCH_LIBRARY: WebWorker = WebWorker {
    name: "library",
    files: "lemon_bench_library",
    has_script: false,
    package: "lemon-bench-library",
    code: &["tests/library", "given", "model"],
    ..WORKERS[2]
};

/// The service worker, which is one script with its module inside: browsers look whether there is
/// another one by the bytes of that script.
const KEEPER: WebWorker = WebWorker {
    name: "keeper",
    files: "keeper",
    has_script: false,
    target: "no-modules",
    package: "lemon-keeper",
    code: &["app/keeper", "wire"],
    features: "worker",
    profile: "web",
    engine: Engine::Any,
    extensions: &[],
    optimise: "-Oz",
};

/// Builds the service worker, and answers with its script.
pub fn ensure_keeper(project: &Project, kit: &Kit) -> Result<String> {
    let built = built(project);
    step(project, "service worker", |step| {
        let made = KEEPER.ensure(project, kit, step, &built)?;
        let glue = made.join("keeper.js");
        let glue =
            fs::read_to_string(&glue).with_context(|| format!("cannot read {}", glue.display()))?;
        let module = BASE64.encode(fs::read(KEEPER.module(&made))?);
        Ok(format!(
            "{glue}\nwasm_bindgen.initSync({{ module: Uint8Array.from(atob(\"{module}\"), (c) => c.charCodeAt(0)) }});\n"
        ))
    })
}

/// Builds the encoder's two builds for benchmarks, and answers with their folder.
pub fn ensure_bench(project: &Project, kit: &Kit) -> Result<PathBuf> {
    let built = project.target.join("bench-engines");
    for worker in &BENCH {
        step(
            project,
            &format!("benchmark engine, {}", worker.name),
            |step| worker.ensure(project, kit, step, &built),
        )?;
    }
    Ok(built)
}

/// Builds the library for benchmarks, and answers with its folder.
pub fn ensure_bench_library(project: &Project, kit: &Kit) -> Result<PathBuf> {
    let built = project.target.join("bench-library");
    step(project, "benchmark library", |step| {
        BENCH_LIBRARY.ensure(project, kit, step, &built)
    })
}

/// The modules of both builds of the encoder, relaxed and plain, as [`ensure`] builds them.
pub fn encoders(project: &Project) -> [PathBuf; 2] {
    let built = built(project);
    let [relaxed, plain, ..] = &WORKERS;
    [relaxed, plain].map(|worker| worker.module(&built.join(worker.name)))
}

fn built(project: &Project) -> PathBuf {
    project.target.join("web-workers")
}

/// Builds all workers into `public/engine/<hash>/<name>/`, and answers with the hash.
pub fn ensure(project: &Project, kit: &Kit) -> Result<String> {
    let built = built(project);
    let mut key = Hasher::default();
    for worker in &WORKERS {
        let made = step(project, &format!("{} worker", worker.name), |step| {
            worker.ensure(project, kit, step, &built)
        })?;
        key = key.text(worker.name).path(&made)?;
    }
    let name = key.name();
    // Only the workers' own folders: stamps and older builds lie beside them.
    let whole = built.join("all");
    folder::remove(&whole)?;
    for worker in &WORKERS {
        folder::copy(&built.join(worker.name), &whole.join(worker.name))?;
    }
    folder::place(&whole, &project.at("public/engine"), &name)?;
    Ok(name)
}

/// The engine's files and folders that encoders go without.
fn without_library(project: &Project) -> Result<Vec<String>> {
    let root = project.at("model/src/lib.rs");
    let root =
        fs::read_to_string(&root).with_context(|| format!("cannot read {}", root.display()))?;
    let mut without = vec![LIBRARY_TOO.to_owned()];
    for (above, line) in root.lines().zip(root.lines().skip(1)) {
        let module = line.trim_start_matches("pub ").strip_prefix("mod ");
        if let Some(module) = module.filter(|_| above == LIBRARY) {
            let name = module.trim_end_matches(';');
            without.extend([format!("src/{name}"), format!("src/{name}.rs")]);
        }
    }
    Ok(without)
}

/// rustc's flags for modules that run in such an engine.
pub fn rustflags(engine: Engine) -> String {
    match engine {
        Engine::Any => RANDOM.to_owned(),
        Engine::Simd => {
            format!("{RANDOM} -C target-feature=+simd128 -C llvm-args=-disable-lsr")
        }
    }
}

impl WebWorker {
    fn ensure(&self, project: &Project, kit: &Kit, step: &Step, built: &Path) -> Result<PathBuf> {
        let mut compiler = kit.wasm()?.cargo(project, "--version");
        let mut inputs = Hasher::default().text(&step.output(&mut compiler, "cargo must run")?);
        for input in INPUTS.iter().chain(self.code) {
            inputs = inputs.path(&project.at(input))?;
        }
        inputs = inputs.path_without(&project.at("model"), &without_library(project)?)?;
        let made = built.join(self.name);
        let stamp = Stamp::new(built, self.name, inputs);
        if stamp.kept().is_some() && made.is_dir() {
            step.note("unchanged");
            return Ok(made);
        }

        let words = format!(
            "build --package {} --profile {} --target {TARGET}",
            self.package, self.profile
        );
        let words = match self.features {
            "" => words,
            features => format!("{words} --features {features}"),
        };
        let mut cargo = kit.wasm()?.cargo(project, &words);
        cargo.env("RUSTFLAGS", rustflags(self.engine));
        step.run(&mut cargo, "the compiler says why")?;

        let module = format!("{}.wasm", self.package.replace('-', "_"));
        let module = project.target.join(TARGET).join(self.profile).join(module);
        folder::remove(&made)?;
        self.bind(project, kit, step, &module, &made)?;
        if self.has_script {
            let script = project.at(SCRIPT);
            let text = fs::read_to_string(&script)
                .with_context(|| format!("cannot read {}", script.display()))?;
            let text = text.replace(SCRIPTS_MODULE, self.files);
            fs::write(made.join("worker.js"), text)?;
            self.cut(&made)?;
        }
        stamp.keep("")?;
        Ok(made)
    }

    /// From cargo's module to one that a browser loads, with its script, in `made`.
    fn bind(
        &self,
        project: &Project,
        kit: &Kit,
        step: &Step,
        module: &Path,
        made: &Path,
    ) -> Result<()> {
        kit.tools()?;
        let mut bindgen = program(project, WASM_BINDGEN.path(project));
        bindgen
            .args(["--target", self.target, "--no-typescript"])
            .args(["--out-name", self.files, "--out-dir"])
            .args([made, module]);
        step.run(
            &mut bindgen,
            "wasm-bindgen's version must be that of the crate in Cargo.lock",
        )?;
        let bound = self.module(made);
        step.run(
            &mut self.wasm_opt(&kit.npm()?, &bound),
            "wasm-opt must know the module's features",
        )?;
        step.note(folder::size(&bound)?);
        Ok(())
    }

    /// Puts the pieces of the module beside it.
    fn cut(&self, made: &Path) -> Result<()> {
        let module = fs::read(self.module(made))?;
        let piece = module.len().div_ceil(PIECES);
        for n in 0..PIECES {
            let begin = (n * piece).min(module.len());
            let end = (begin + piece).min(module.len());
            let name = format!("{}_bg.{n}.wasm", self.files);
            fs::write(made.join(name), &module[begin..end])?;
        }
        Ok(())
    }

    /// What wasm-bindgen calls it in the folder of its files.
    fn module(&self, made: &Path) -> PathBuf {
        made.join(format!("{}_bg.wasm", self.files))
    }

    fn wasm_opt(&self, npm: &Npm, module: &Path) -> Command {
        let features = FEATURES.iter().chain(self.extensions);
        let mut command = Command::new(npm.path("wasm-opt"));
        command
            .args([self.optimise, "--strip-debug", "--strip-producers"])
            .args(features.map(|feature| format!("--enable-{feature}")))
            .arg(module)
            .arg("--output")
            .arg(module);
        command
    }
}
