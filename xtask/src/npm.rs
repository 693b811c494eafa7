//! Packages of the JavaScript registry, exactly those of the committed lock file.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::digest::Hasher;
use crate::program::program;
use crate::project::Project;
use crate::step::Step;

/// The oldest Node that the locked packages run on.
const NODE: u32 = 20;
const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// The installed packages.
#[derive(Clone)]
pub struct Npm {
    /// The folder that holds them, `node_modules`.
    pub modules: PathBuf,
}

/// What the product is built and checked with.
pub const TOOLS: &str = "xtask/npm";

/// What the encoder is measured against.
pub const PEERS: &str = "xtask/npm-peers";

/// What the page is measured with.
pub const PAGE: &str = "xtask/npm-page";

/// Bluesky's own clients, which our stand-in has to satisfy.
pub const BLUESKY: &str = "tests/clients/bluesky";
/// Others' clients, which the stand-ins have to satisfy.
pub const CLIENTS: &str = "tests/clients";

impl Npm {
    /// Installs what `source`, a folder of the checkout, locks.
    pub fn ensure(project: &Project, step: &Step, source: &str) -> Result<Self> {
        let source = project.at(source);
        let mut key = Hasher::default();
        for file in FILES {
            key = key.path(&source.join(file))?;
        }
        let folder = project.cache.join(format!("npm-{}", key.name()));
        let modules = folder.join("node_modules");
        let complete = folder.join("complete");
        if complete.exists() {
            step.note("there already");
            return Ok(Self { modules });
        }
        let advice = format!("install Node {NODE} or newer with npm (nodejs.org)");
        let version = step
            .output(program(project, "node").arg("--version"), &advice)
            .context(advice.clone())?;
        match major(&version) {
            Some(major) if major >= NODE => {}
            _ => bail!("node answers {}; {advice}", version.trim()),
        }
        fs::create_dir_all(&folder)?;
        for file in FILES {
            fs::copy(source.join(file), folder.join(file))?;
        }
        // Some packages' install scripts fetch from elsewhere; none is needed.
        let mut install = program(project, "npm");
        install
            .current_dir(&folder)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        step.run(&mut install, "npm's registry must be reachable")?;
        fs::write(complete, "")?;
        Ok(Self { modules })
    }

    /// A program of one of the packages.
    pub fn path(&self, name: &str) -> PathBuf {
        self.modules.join(".bin").join(name)
    }

    /// Cloudflare's tool in `edge/`, without questions or news.
    pub fn wrangler(&self, project: &Project) -> Command {
        let mut command = program(project, self.path("wrangler"));
        command
            .current_dir(project.at("edge"))
            .env("WRANGLER_LOG_PATH", project.local.join("wrangler"))
            .env("WRANGLER_SEND_METRICS", "false")
            .env("WRANGLER_SEND_ERROR_REPORTS", "false")
            .env("WRANGLER_HIDE_BANNER", "true");
        command
    }
}

fn major(version: &str) -> Option<u32> {
    version
        .trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn major_version_of_node() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v9"), Some(9));
        assert_eq!(major("20.1"), None);
        assert_eq!(major(""), None);
    }
}
