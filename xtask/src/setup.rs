//! Everything that is needed before anything can be built.

use std::process::Command;

use anyhow::Result;

use crate::model;
use crate::npm::{self, Npm};
use crate::project::Project;
use crate::step::step;
use crate::tools::{TRUNK, WASM_BINDGEN, WORKER_BUILD, remove_leftovers};
use crate::wasm_target::{TARGET, WasmTarget};

/// What building needs.
pub struct Kit {
    pub wasm: WasmTarget,
    pub npm: Npm,
    /// The name of the folder with the model files.
    pub model: String,
}

impl Kit {
    pub fn ensure(project: &Project) -> Result<Self> {
        let wasm = step(project, TARGET, |step| WasmTarget::ensure(project, step))?;
        for tool in [WASM_BINDGEN, WORKER_BUILD, TRUNK] {
            step(project, tool.package(), |step| tool.ensure(project, step))?;
        }
        remove_leftovers(project)?;
        let npm = step(project, "npm packages", |step| {
            Npm::ensure(project, step, npm::TOOLS)
        })?;
        let model = model::ensure(project)?;
        Ok(Self { wasm, npm, model })
    }

    /// Tells a test or a benchmark where the parts of the product are.
    pub fn apply(&self, project: &Project, command: &mut Command) {
        command
            .env("LEMON_NODE_MODULES", &self.npm.modules)
            .env("LEMON_EDGE", project.at("edge"))
            .env("LEMON_DIST", project.at("dist"))
            .env("LEMON_MODEL", model::folder(project, &self.model));
    }
}
