//! Command-line tools at pinned versions, fetched or compiled once a machine.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::program::{cargo, find};
use crate::project::Project;
use crate::step::{Step, step};

/// One tool of the Rust registry.
pub struct Tool {
    package: &'static str,
    version: &'static str,
    program: &'static str,
    /// The package's own choice of dependencies; one package's names a version that
    /// was withdrawn.
    locked: bool,
    /// With what its author has switched on. It is off where that is fetching things, which
    /// these tools never do here, and brings a TLS library.
    default_features: bool,
    /// Cargo's. Most run for a second, and take three times as long to compile with more.
    optimise: &'static str,
}

/// Fetches programs that their authors have compiled.
const BINSTALL: &str = "cargo-binstall";

/// Equal to the crate of the same name in the workspace.
pub const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    version: "0.2.130",
    program: "wasm-bindgen",
    locked: false,
    default_features: false,
    // It works on modules of megabytes.
    optimise: "1",
};
/// Equal to the crate `worker` that edge/ uses.
pub const WORKER_BUILD: Tool = Tool {
    package: "worker-build",
    version: "0.8.7",
    program: "worker-build",
    locked: false,
    default_features: true,
    optimise: "0",
};
pub const TRUNK: Tool = Tool {
    package: "trunk",
    version: "0.21.14",
    program: "trunk",
    locked: true,
    default_features: false,
    optimise: "0",
};
/// Drives Firefox; only tests need it.
pub const GECKODRIVER: Tool = Tool {
    package: "geckodriver",
    version: "0.37.1",
    program: "geckodriver",
    locked: false,
    default_features: true,
    optimise: "0",
};

/// Drives the compiler's fuzzer; only tests need it.
pub const CARGO_FUZZ: Tool = Tool {
    package: "cargo-fuzz",
    version: "0.13.2",
    program: "cargo-fuzz",
    locked: true,
    default_features: true,
    optimise: "0",
};

impl Tool {
    /// The folder with the tool's programs.
    pub fn folder(&self, project: &Project) -> PathBuf {
        project
            .cache
            .join("tools")
            .join(format!("{}-{}", self.package, self.version))
            .join("bin")
    }

    /// The tool's program.
    pub fn path(&self, project: &Project) -> PathBuf {
        self.path_of(project, self.program)
    }

    /// Another program that comes with it.
    pub fn path_of(&self, project: &Project, program: &str) -> PathBuf {
        self.folder(project).join(program)
    }

    /// Fetches it where [`BINSTALL`] is installed and knows it, and compiles it otherwise.
    pub fn ensure(&self, project: &Project) -> Result<()> {
        step(project, self.package, |step| {
            let version = self.version;
            if self.answers(project, step) {
                step.note(format!("{version}, there already"));
                return Ok(());
            }
            let tools = project.cache.join("tools");
            fs::create_dir_all(&tools)?;
            let has_binstall = find(BINSTALL).is_some();
            if has_binstall && self.fetch(project, step)? {
                step.note(format!("{version}, prebuilt"));
                return Ok(());
            }
            self.compile(project, step)?;
            step.note(if has_binstall {
                format!("{version}, compiled: {BINSTALL} found none")
            } else {
                format!("{version}, compiled")
            });
            Ok(())
        })
    }

    /// Whether a prebuilt one could be had.
    fn fetch(&self, project: &Project, step: &Step) -> Result<bool> {
        let mut fetch = cargo(project, "binstall --no-confirm --force");
        fetch
            // Compiled by it, it would not be compiled as below.
            .args(["--disable-strategies", "compile", "--root"])
            .args(self.folder(project).parent())
            .arg(format!("{}@{}", self.package, self.version));
        Ok(step.succeeds(&mut fetch)? && self.answers(project, step))
    }

    fn compile(&self, project: &Project, step: &Step) -> Result<()> {
        let tools = project.cache.join("tools");
        let mut install = cargo(project, "install --force");
        install
            .current_dir(&tools)
            .env("CARGO_TARGET_DIR", target(project))
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.optimise)
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .args([self.package, "--version", self.version, "--root"])
            .args(self.folder(project).parent());
        if self.locked {
            install.arg("--locked");
        }
        if !self.default_features {
            install.arg("--no-default-features");
        }
        step.run(
            &mut install,
            "the package registry must be reachable, and a C compiler installed",
        )
    }

    fn answers(&self, project: &Project, step: &Step) -> bool {
        let path = self.path(project);
        path.exists()
            && step
                .output(
                    Command::new(path).arg("--version"),
                    "the tool is installed again",
                )
                .is_ok_and(|output| says_version(&output, self.version))
    }
}

/// Where tools are compiled, each with what the ones before it have in common with it.
fn target(project: &Project) -> PathBuf {
    project.cache.join("tools/target")
}

/// Removes what was only needed to compile the tools: more than a gigabyte.
pub fn remove_leftovers(project: &Project) -> Result<()> {
    let target = target(project);
    if target.exists() {
        fs::remove_dir_all(target)?;
    }
    Ok(())
}

/// Whether a program that was asked for its version names this one.
fn says_version(output: &str, version: &str) -> bool {
    let first = output.lines().next().unwrap_or_default();
    first
        .split_whitespace()
        .any(|word| word.trim_start_matches('v') == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_any_tool() {
        let cases = [
            ("wasm-bindgen 0.2.130\n", "0.2.130", true),
            ("0.8.7\n", "0.8.7", true),
            (
                "geckodriver 0.37.1 ( 2026-01-01)\n\nThe source code\n",
                "0.37.1",
                true,
            ),
            ("trunk v0.21.14", "0.21.14", true),
            ("wasm-bindgen 0.2.13", "0.2.130", false),
            ("wasm-bindgen 0.2.1301", "0.2.130", false),
            ("error\n0.2.130", "0.2.130", false),
            ("", "0.2.130", false),
        ];
        for (output, version, expected) in cases {
            assert_eq!(says_version(output, version), expected, "{output:?}");
        }
    }
}
