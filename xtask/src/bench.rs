//! Programs that look at the whole product in a browser: measurements and pictures.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::browsers::Browsers;
use crate::build::build;
use crate::edge;
use crate::model;
use crate::npm::{self, Npm};
use crate::process::Group;
use crate::program::cargo;
use crate::project::Project;
use crate::setup::Kit;
use crate::step::step;
use crate::web_worker;

/// Measures what a person waits for; figures go to `bench/` in the target folder.
pub fn bench(project: &Project) -> Result<()> {
    look(project, "bench", &[])
}

/// Measures the encoder against its peers, in both browsers or in one.
pub fn encoder(project: &Project, browser: Option<&str>) -> Result<()> {
    let kit = build(project)?;
    let engines = web_worker::ensure_bench(project, &kit)?;
    let models = model::ensure_peers(project)?;
    let peers = step(project, "the peers", |step| {
        Npm::ensure(project, step, npm::PEERS)
    })?;
    let browsers = Browsers::ensure(project)?;
    program(project, &kit, "bench_encoder", UNOPTIMISED, |command| {
        browsers.apply(command);
        command
            .args(browser)
            .env("LEMON_BENCH_ENGINE", engines)
            .env("LEMON_BENCH_PEERS", models)
            .env("LEMON_NODE_MODULES", &peers.modules);
    })
}

/// Measures what a visitor waits for, a list of very many entries, and the page by Lighthouse and
/// axe, in every state of which there are pictures.
pub fn page(project: &Project) -> Result<()> {
    let kit = build(project)?;
    let tools = step(project, "what measures pages", |step| {
        Npm::ensure(project, step, npm::PAGE)
    })?;
    let browsers = Browsers::ensure(project)?;
    let folder = project.local.join("screenshots");
    program(project, &kit, "screenshots", UNOPTIMISED, |command| {
        browsers.apply(command);
        command.arg(folder).env("LEMON_PAGE_TOOLS", &tools.modules);
    })?;
    program(project, &kit, "bench_page", UNOPTIMISED, |command| {
        browsers.apply(command);
        command.env("LEMON_PAGE_TOOLS", &tools.modules);
    })
}

/// Lets everybody come at once; figures go to `bench/` in the target folder.
pub fn launchday(project: &Project, people: &[&str]) -> Result<()> {
    let kit = Kit::ensure(project)?;
    edge::ensure(project, &kit)?;
    // A thousand people and X are played by it, beside what is measured.
    program(project, &kit, "bench_launchday", OPTIMISED, |command| {
        command.args(people);
    })
}

/// Measures what a person waits for who brings posts; perhaps one part of it.
pub fn sources(project: &Project, part: &[&str]) -> Result<()> {
    let kit = build(project)?;
    let library = web_worker::ensure_bench_library(project, &kit)?;
    let browsers = Browsers::ensure(project)?;
    // Making the archive, too, takes a while.
    program(project, &kit, "bench_sources", OPTIMISED, |command| {
        browsers.apply(command);
        command.env("LEMON_BENCH_LIBRARY", library);
        command.args(part);
    })
}

/// Measures how well answers are found: in the sets of these files, or in our own; or makes
/// what all people have in `common` anew.
pub fn answers(project: &Project, files: &[&str]) -> Result<()> {
    let kit = build(project)?;
    let browsers = Browsers::ensure(project)?;
    program(project, &kit, "bench_answers", OPTIMISED, |command| {
        browsers.apply(command);
        match files {
            [] => {
                let sets = ["talk-ko", "talks"].map(|set| format!("tests/answers/{set}.json"));
                command.args(sets.map(|set| project.at(&set)))
            }
            ["common"] => command
                .arg("common")
                .arg(project.at("tests/answers/common.json"))
                .arg(project.at("model/src/answers/common.bin")),
            files => command.args(files),
        };
    })
}

/// Takes a picture of every page into `screenshots/` in the target folder.
pub fn screenshots(project: &Project) -> Result<()> {
    let folder = project.local.join("screenshots");
    look(project, "screenshots", &[folder.display().to_string()])?;
    println!("{}", folder.display());
    Ok(())
}

fn look(project: &Project, name: &str, arguments: &[String]) -> Result<()> {
    let kit = build(project)?;
    let browsers = Browsers::ensure(project)?;
    program(project, &kit, name, UNOPTIMISED, |command| {
        browsers.apply(command);
        command.args(arguments);
    })
}

/// Enough where what is measured runs elsewhere, and the program only watches.
const UNOPTIMISED: &str = "";
const OPTIMISED: &str = "--release";

/// Builds and runs a program of the tests; `set` adds what is its own.
fn program(
    project: &Project,
    kit: &Kit,
    name: &str,
    profile: &str,
    set: impl FnOnce(&mut Command),
) -> Result<()> {
    step(project, name, |step| {
        let words = format!("build {profile} --package lemon-tests --bin {name}");
        step.run(&mut cargo(project, &words), "the compiler says why")
    })?;
    let words = format!("run --quiet {profile} --package lemon-tests --bin {name} --");
    let mut command = cargo(project, &words);
    kit.apply(project, &mut command)?;
    command.env("LEMON_BENCH", project.local.join("bench"));
    set(&mut command);
    let status = Group::spawn(&mut command)?.wait()?;
    ensure!(status.success(), "{name} ended with {status}");
    Ok(())
}
