//! Programs that look at the whole product in a browser: measurements and pictures.

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
    let kit = Kit::ensure(project)?;
    build(project, &kit)?;
    let engines = web_worker::ensure_bench(project, &kit)?;
    let models = model::ensure_peers(project)?;
    let peers = step(project, "the peers", |step| {
        Npm::ensure(project, step, npm::PEERS)
    })?;
    let browsers = Browsers::ensure(project)?;
    step(project, "bench_encoder", |step| {
        let words = "build --package lemon-tests --bin bench_encoder";
        step.run(&mut cargo(project, words), "the compiler says why")
    })?;
    let words = "run --quiet --package lemon-tests --bin bench_encoder --";
    let mut command = cargo(project, words);
    command.args(browser);
    kit.apply(project, &mut command);
    browsers.apply(&mut command);
    command
        .env("LEMON_BENCH", project.local.join("bench"))
        .env("LEMON_BENCH_ENGINE", engines)
        .env("LEMON_BENCH_PEERS", models)
        .env("LEMON_NODE_MODULES", &peers.modules);
    let status = Group::spawn(&mut command)?.wait()?;
    ensure!(status.success(), "bench_encoder ended with {status}");
    Ok(())
}

/// Lets everybody come at once; figures go to `bench/` in the target folder.
pub fn launchday(project: &Project, people: &[&str]) -> Result<()> {
    let kit = Kit::ensure(project)?;
    edge::ensure(project, &kit)?;
    step(project, "bench_launchday", |step| {
        let words = "build --package lemon-tests --bin bench_launchday";
        step.run(&mut cargo(project, words), "the compiler says why")
    })?;
    let words = "run --quiet --package lemon-tests --bin bench_launchday --";
    let mut command = cargo(project, words);
    command
        .args(people)
        .env("LEMON_BENCH", project.local.join("bench"));
    kit.apply(project, &mut command);
    let status = Group::spawn(&mut command)?.wait()?;
    ensure!(status.success(), "bench_launchday ended with {status}");
    Ok(())
}

/// Takes a picture of every page into `screenshots/` in the target folder.
pub fn screenshots(project: &Project) -> Result<()> {
    let folder = project.local.join("screenshots");
    look(project, "screenshots", &[folder.display().to_string()])?;
    println!("{}", folder.display());
    Ok(())
}

fn look(project: &Project, program: &str, arguments: &[String]) -> Result<()> {
    let kit = Kit::ensure(project)?;
    build(project, &kit)?;
    let browsers = Browsers::ensure(project)?;
    // Unoptimised: what is measured runs in the browser, and this only watches.
    step(project, program, |step| {
        let words = format!("build --package lemon-tests --bin {program}");
        step.run(&mut cargo(project, &words), "the compiler says why")
    })?;
    let words = format!("run --quiet --package lemon-tests --bin {program} --");
    let mut command = cargo(project, &words);
    command
        .args(arguments)
        .env("LEMON_BENCH", project.local.join("bench"));
    kit.apply(project, &mut command);
    browsers.apply(&mut command);
    let status = Group::spawn(&mut command)?.wait()?;
    ensure!(status.success(), "{program} ended with {status}");
    Ok(())
}
