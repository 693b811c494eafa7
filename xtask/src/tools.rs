//! Command-line tools at pinned versions, compiled once a machine.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::program::cargo;
use crate::project::Project;
use crate::step::Step;

/// One tool of the Rust registry.
pub struct Tool {
    package: &'static str,
    version: &'static str,
    program: &'static str,
    /// The package's own choice of dependencies; one package's names a version that
    /// was withdrawn.
    locked: bool,
}

/// Equal to the crate of the same name in the workspace.
pub const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    version: "0.2.130",
    program: "wasm-bindgen",
    locked: false,
};
/// Equal to the crate `worker` that edge/ uses.
pub const WORKER_BUILD: Tool = Tool {
    package: "worker-build",
    version: "0.8.7",
    program: "worker-build",
    locked: false,
};
pub const TRUNK: Tool = Tool {
    package: "trunk",
    version: "0.21.14",
    program: "trunk",
    locked: true,
};
/// Drives Firefox; only tests need it.
pub const GECKODRIVER: Tool = Tool {
    package: "geckodriver",
    version: "0.37.1",
    program: "geckodriver",
    locked: false,
};

/// Drives the compiler's fuzzer; only tests need it.
pub const CARGO_FUZZ: Tool = Tool {
    package: "cargo-fuzz",
    version: "0.13.2",
    program: "cargo-fuzz",
    locked: true,
};

impl Tool {
    pub fn package(&self) -> &'static str {
        self.package
    }

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

    pub fn ensure(&self, project: &Project, step: &Step) -> Result<()> {
        if self.answers(project, step) {
            step.note(format!("{}, there already", self.version));
            return Ok(());
        }
        let tools = project.cache.join("tools");
        fs::create_dir_all(&tools)?;
        let target = tools.join("target");
        let mut install = cargo(project, "install --force");
        install
            .current_dir(&tools)
            .env("CARGO_TARGET_DIR", &target)
            // The tools' own release settings take twice as long to compile and save
            // seconds of running.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "2")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            .args([self.package, "--version", self.version, "--root"])
            .args(self.folder(project).parent());
        if self.locked {
            install.arg("--locked");
        }
        step.run(
            &mut install,
            "the package registry must be reachable, and a C compiler installed",
        )?;
        step.note(self.version);
        Ok(())
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

/// Removes what was only needed to compile the tools: more than a gigabyte.
pub fn remove_leftovers(project: &Project) -> Result<()> {
    let target = project.cache.join("tools/target");
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
