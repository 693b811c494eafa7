//! The browsers and drivers that the journeys use.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::program::{apt, can_install, find};
use crate::project::Project;
use crate::step::{Step, step};
use crate::tools::GECKODRIVER;

const CHROMIUM: [&str; 6] = [
    "chromium",
    "google-chrome",
    "google-chrome-stable",
    "chromium-browser",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const CHROMEDRIVER: [&str; 2] = ["chromedriver", "/usr/lib/chromium/chromedriver"];
const FIREFOX: [&str; 3] = [
    "firefox",
    "firefox-esr",
    "/Applications/Firefox.app/Contents/MacOS/firefox",
];
const PACKAGES: [&str; 5] = [
    "chromium",
    "chromium-driver",
    "firefox-esr",
    "fonts-noto-cjk",
    "fonts-noto-color-emoji",
];

pub struct Browsers {
    chromium: PathBuf,
    chromedriver: PathBuf,
    firefox: PathBuf,
    geckodriver: PathBuf,
}

impl Browsers {
    pub fn ensure(project: &Project) -> Result<Self> {
        GECKODRIVER.ensure(project)?;
        let geckodriver = GECKODRIVER.path(project);
        step(project, "browsers", |step| {
            let (mut missing, mut found) = look(step)?;
            if !missing.is_empty() && can_install() {
                let advice = "Debian's packages hold the browsers; is there a network?";
                step.run(&mut apt(project, &["update"]), advice)?;
                let install =
                    [&["install", "-y", "--no-install-recommends"], &PACKAGES[..]].concat();
                step.run(&mut apt(project, &install), advice)?;
                (missing, found) = look(step)?;
            }
            let Some([chromium, chromedriver, firefox]) = found else {
                bail!(
                    "{} not found; install Chromium or Chrome, the chromedriver of the same version, and Firefox \
                     (on Debian: apt-get install {}), or name them in LEMON_CHROMIUM, LEMON_CHROMEDRIVER \
                     and LEMON_FIREFOX",
                    missing.join(", "),
                    PACKAGES.join(" ")
                );
            };
            Ok(Self {
                chromium,
                chromedriver,
                firefox,
                geckodriver,
            })
        })
    }

    /// Tells a program where they are.
    pub fn apply(&self, command: &mut Command) {
        command
            .env("LEMON_CHROMIUM", &self.chromium)
            .env("LEMON_CHROMEDRIVER", &self.chromedriver)
            .env("LEMON_FIREFOX", &self.firefox)
            .env("LEMON_GECKODRIVER", &self.geckodriver);
    }
}

/// A browser for wasm-bindgen's test runner.
pub struct Driver<'a> {
    pub browser: &'static str,
    /// The variable that names the driver to the runner.
    pub variable: &'static str,
    pub path: &'a Path,
}

impl Browsers {
    pub fn drivers(&self) -> [Driver<'_>; 2] {
        [
            Driver {
                browser: "Chromium",
                variable: "CHROMEDRIVER",
                path: &self.chromedriver,
            },
            Driver {
                browser: "Firefox",
                variable: "GECKODRIVER",
                path: &self.geckodriver,
            },
        ]
    }

    /// How the runner is to start them, as `WebDriver`'s capabilities in JSON: without a
    /// window, and without a sandbox, because continuous integration runs as root.
    pub fn capabilities(&self) -> String {
        format!(
            r#"{{
  "goog:chromeOptions": {{
    "binary": {:?},
    "args": ["headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
      "disable-background-networking", "disable-component-update", "disable-sync"]
  }},
  "moz:firefoxOptions": {{ "binary": {:?}, "args": ["-headless"] }}
}}
"#,
            self.chromium.display().to_string(),
            self.firefox.display().to_string()
        )
    }
}

/// What is missing, or Chromium, its driver, and Firefox.
fn look(step: &Step) -> Result<(Vec<&'static str>, Option<[PathBuf; 3]>)> {
    let driver = named("LEMON_CHROMEDRIVER")?
        .or_else(|| first(&CHROMEDRIVER))
        .or_else(|| {
            env::var_os("CHROMEWEBDRIVER").map(|folder| PathBuf::from(folder).join("chromedriver"))
        });
    let chromium = match named("LEMON_CHROMIUM")? {
        Some(chromium) => Some(chromium),
        None => matching(step, driver.as_deref()),
    };
    let firefox = named("LEMON_FIREFOX")?.or_else(|| first(&FIREFOX));
    Ok(match (chromium, driver, firefox) {
        (Some(chromium), Some(driver), Some(firefox)) => {
            (Vec::new(), Some([chromium, driver, firefox]))
        }
        (chromium, driver, firefox) => {
            let parts = [
                ("chromium", chromium),
                ("chromedriver", driver),
                ("firefox", firefox),
            ];
            (
                parts
                    .into_iter()
                    .filter(|(_, path)| path.is_none())
                    .map(|(name, _)| name)
                    .collect(),
                None,
            )
        }
    })
}

/// A program that the caller named.
fn named(variable: &str) -> Result<Option<PathBuf>> {
    let Some(path) = env::var_os(variable).map(PathBuf::from) else {
        return Ok(None);
    };
    if !path.exists() {
        bail!("{variable} names {}, which is not there", path.display());
    }
    Ok(Some(path))
}

/// The Chromium that the driver can drive: the one of its version, if there are
/// several.
fn matching(step: &Step, driver: Option<&Path>) -> Option<PathBuf> {
    let all: Vec<_> = CHROMIUM.iter().filter_map(|name| find(name)).collect();
    let wanted = driver.and_then(|driver| version(step, driver));
    all.iter()
        .find(|path| wanted.is_some() && version(step, path) == wanted)
        .or(all.first())
        .cloned()
}

fn first(names: &[&str]) -> Option<PathBuf> {
    names.iter().find_map(|name| find(name))
}

fn version(step: &Step, path: &Path) -> Option<u32> {
    major(
        &step
            .output(Command::new(path).arg("--version"), "the browser must run")
            .ok()?,
    )
}

/// The first part of the first version number in a text.
fn major(text: &str) -> Option<u32> {
    text.split_whitespace()
        .find_map(|word| word.split_once('.')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn major_version_of_a_browser() {
        assert_eq!(major("Chromium 156.0.1.2 built on Debian"), Some(156));
        assert_eq!(major("ChromeDriver 155.0.7 (abc.def)"), Some(155));
        assert_eq!(major("no version"), None);
    }
}
