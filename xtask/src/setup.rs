//! Everything that is needed before anything can be built.

use std::process::Command;

use anyhow::Result;

use crate::demo;
use crate::lanes::{Later, together};
use crate::model;
use crate::npm::{self, Npm};
use crate::project::Project;
use crate::step::step;
use crate::tools::{self, TRUNK, Tool, WASM_BINDGEN, WORKER_BUILD};
use crate::wasm_target::{TARGET, WasmTarget};

/// What building needs. Its parts come one by one: whoever asks for one that is still
/// being made waits for it.
pub struct Kit {
    wasm: Later<WasmTarget>,
    npm: Later<Npm>,
    model: Later<String>,
    demo: Later<String>,
    tools: Later<()>,
    other_tools: Later<()>,
}

impl Kit {
    /// Nothing of it is there yet.
    pub fn new() -> Self {
        Self {
            wasm: Later::new(),
            npm: Later::new(),
            model: Later::new(),
            demo: Later::new(),
            tools: Later::new(),
            other_tools: Later::new(),
        }
    }

    /// All of it.
    pub fn ensure(project: &Project) -> Result<Self> {
        let kit = Self::new();
        together(vec![
            Box::new(|| kit.make_wasm(project)),
            Box::new(|| kit.make_tools(project, &[])),
            Box::new(|| kit.make_packages(project)),
        ])?;
        Ok(kit)
    }

    pub fn make_wasm(&self, project: &Project) -> Result<()> {
        let make = || step(project, TARGET, |step| WasmTarget::ensure(project, step));
        self.wasm.make(make).map(drop)
    }

    /// The tools that building needs, and others.
    pub fn make_tools(&self, project: &Project, others: &[Tool]) -> Result<()> {
        let building = || {
            [WORKER_BUILD, TRUNK, WASM_BINDGEN]
                .iter()
                .try_for_each(|tool| tool.ensure(project))
        };
        self.tools.make(building)?;
        self.other_tools
            .make(|| others.iter().try_for_each(|tool| tool.ensure(project)))?;
        tools::remove_leftovers(project)
    }

    /// The packages of the JavaScript registry, and the model files.
    pub fn make_packages(&self, project: &Project) -> Result<()> {
        self.npm.make(|| {
            step(project, "npm packages", |step| {
                Npm::ensure(project, step, npm::TOOLS)
            })
        })?;
        self.model.make(|| model::ensure(project)).map(drop)
    }

    /// The bots to try, made with these model files.
    pub fn make_demo(&self, project: &Project) -> Result<()> {
        let make = || demo::ensure(project, &self.model()?);
        self.demo.make(make).map(drop)
    }

    pub fn wasm(&self) -> Result<WasmTarget> {
        self.wasm.wait()
    }

    pub fn npm(&self) -> Result<Npm> {
        self.npm.wait()
    }

    /// The name of the folder with the model files.
    pub fn model(&self) -> Result<String> {
        self.model.wait()
    }

    /// The name of the folder with the bots to try.
    pub fn demo(&self) -> Result<String> {
        self.demo.wait()
    }

    /// Waits for the tools that building needs.
    pub fn tools(&self) -> Result<()> {
        self.tools.wait()
    }

    /// Waits for the tools that building does not need.
    pub fn other_tools(&self) -> Result<()> {
        self.other_tools.wait()
    }

    /// Tells a test or a benchmark where the parts of the product are.
    pub fn apply(&self, project: &Project, command: &mut Command) -> Result<()> {
        command
            .env("LEMON_NODE_MODULES", &self.npm()?.modules)
            .env("LEMON_EDGE", project.at("edge"))
            .env("LEMON_DIST", project.at("dist"))
            .env("LEMON_MODEL", model::folder(project, &self.model()?));
        Ok(())
    }
}
