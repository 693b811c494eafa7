//! The Worker that runs at the edge.

use anyhow::Result;

use crate::digest::Hasher;
use crate::folder::size;
use crate::program::program;
use crate::project::Project;
use crate::setup::Kit;
use crate::stamp::Stamp;
use crate::step::step;
use crate::tools::{WASM_BINDGEN, WORKER_BUILD};

const INPUTS: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "edge",
    "given",
    "wire",
    "xtask/npm",
    "xtask/src/tools.rs",
    "xtask/src/edge.rs",
];

/// Builds `edge/build/`.
pub fn ensure(project: &Project, kit: &Kit) -> Result<()> {
    step(project, "edge", |step| {
        let mut inputs = Hasher::default();
        for path in INPUTS {
            inputs = inputs.path(&project.at(path))?;
        }
        let stamp = Stamp::new(&project.local.join("xtask"), "edge", inputs);
        let built = project.at("edge/build");
        if stamp.kept().is_some() && built.join("index.js").exists() {
            step.note("unchanged");
            return Ok(());
        }
        kit.tools()?;
        let npm = kit.npm()?;
        let mut command = program(project, WORKER_BUILD.path(project));
        kit.wasm()?.apply(&mut command);
        command
            .current_dir(project.at("edge"))
            .arg("--release")
            // memchr and simdutf8 have loops for it, and workerd has had it since it exists.
            .env("RUSTFLAGS", "-C target-feature=+simd128")
            // It takes its own helpers from elsewhere unless it is told where they are.
            .env("WASM_BINDGEN_BIN", WASM_BINDGEN.path(project))
            .env("WASM_OPT_BIN", npm.path("wasm-opt"))
            .env("ESBUILD_BIN", npm.path("esbuild"));
        step.run(&mut command, "the compiler says why")?;
        step.note(size(&built.join("index_bg.wasm"))?);
        stamp.keep("")
    })
}
