//! Every check of the project, and how many passed.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::browsers::Browsers;
use crate::build::{build, build_beside};
use crate::model;
use crate::npm::{self, Npm};
use crate::page;
use crate::program::{cargo, program};
use crate::project::Project;
use crate::setup::Kit;
use crate::step::{Step, step};
use crate::tools::{CARGO_FUZZ, GECKODRIVER, WASM_BINDGEN};
use crate::wasm_target::{TARGET, WasmTarget};
use crate::web_worker::{self, Engine, rustflags};
use crate::{fuzz, loops};

/// Cases of a short run, for each fuzzer.
const FEW: u64 = 50_000;
const ADVICE: &str = "the output says which and why";
const RELAXED_ADVICE: &str = "the output says which and why; a browser whose WebAssembly has no \
    relaxed SIMD refuses the module as a whole, and has to be a newer one";
/// Crates whose tests need neither a browser nor the model.
const PURE: &str = "--package lemon-given --package lemon-wire --package lemon-edge --package lemon-keeper --package lemon-kernel-tests --package lemon-tests --package xtask";
/// The tests of what stands in for others' servers.
const STANDINS: &str = "--test standin --test misskey --test mastodon --test bluesky";
/// Alone, because other crates' features would have its engine compiled again.
const MODEL: &str = "--package lemon-model --features encoder,files";
/// Crates that run in a browser, or at the edge.
const WEB: &str = "--package lemon-app --package lemon-archive --package lemon-desk --package lemon-encoder --package lemon-keeper --package lemon-library --package lemon-sources --package lemon-bench-engine --package lemon-bench-library --package lemon-edge --features lemon-keeper/worker";

/// What runs a test that was compiled for WebAssembly.
const TEST_RUNNER: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER";

/// What is tested.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    All,
    Lint,
    Native,
    Fuzz,
    Kernels,
    Edge,
    Journey,
}

impl Part {
    pub fn named(name: Option<&str>) -> Option<Self> {
        Some(match name {
            None => Self::All,
            Some("lint") => Self::Lint,
            Some("native") => Self::Native,
            Some("fuzz") => Self::Fuzz,
            Some("kernels") => Self::Kernels,
            Some("edge") => Self::Edge,
            Some("journey") => Self::Journey,
            Some(_) => return None,
        })
    }
}

/// How many tests there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs a part's checks in order; one that fails does not keep the others from
/// running, unless they need what it makes.
pub fn test(project: &Project, part: Part) -> Tally {
    let mut tally = Tally::default();
    // What went wrong has been shown by its step, and is counted.
    if run(project, part, &mut tally).is_err() {
        tally.failed += 1;
    }
    tally
}

fn run(project: &Project, part: Part, tally: &mut Tally) -> Result<()> {
    match part {
        Part::Lint => {
            let wasm = step(project, TARGET, |step| WasmTarget::ensure(project, step))?;
            lint(project, wasm, tally);
        }
        Part::Native => native(project, &Kit::ensure(project)?, tally)?,
        Part::Fuzz => fuzzers(project, tally)?,
        Part::Kernels => {
            let kit = Kit::ensure(project)?;
            let browsers = Browsers::ensure(project)?;
            kernels(project, &kit, &browsers, tally)?;
            web_worker::ensure(project, &kit)?;
            loops(project, tally);
        }
        Part::Edge => {
            let kit = build(project)?;
            edge(project, &kit, tally);
        }
        Part::Journey => {
            let kit = build(project)?;
            let browsers = Browsers::ensure(project)?;
            journey(project, &kit, &browsers, tally);
            clients(project, &browsers, tally);
        }
        Part::All => {
            let mut browsers = None;
            // What needs nothing of the product is tested while that is built.
            let others = [GECKODRIVER, CARGO_FUZZ];
            let kit = build_beside(project, &others, |kit| {
                lint(project, kit.wasm()?, tally);
                native(project, kit, tally)?;
                kit.other_tools()?;
                browsers = Some(Browsers::ensure(project)?);
                fuzzers(project, tally)
            })?;
            let browsers = browsers.context("the browsers were looked for")?;
            kernels(project, &kit, &browsers, tally)?;
            loops(project, tally);
            edge(project, &kit, tally);
            journey(project, &kit, &browsers, tally);
            clients(project, &browsers, tally);
        }
    }
    Ok(())
}

fn lint(project: &Project, wasm: WasmTarget, tally: &mut Tally) {
    let fuzzers = "--manifest-path tests/fuzz/Cargo.toml";
    for (name, of) in [("format", "--all"), ("format of the fuzzers", fuzzers)] {
        check(project, tally, name, |step| {
            let words = format!("fmt {of} --check");
            step.run(
                &mut cargo(project, &words),
                "run `cargo fmt` as the test does",
            )
        });
    }
    let natively = [
        ("clippy", PURE),
        ("clippy for the model", MODEL),
        ("clippy for the fuzzers", fuzzers),
    ];
    for (name, packages) in natively {
        check(project, tally, name, |step| {
            let words = format!("clippy --all-targets {packages} -- --deny warnings");
            step.run(&mut cargo(project, &words), ADVICE)
        });
    }
    // The last one is for the kernels that the other builds leave out.
    let relaxed = "--package lemon-model --features relaxed";
    for (name, packages) in [
        ("clippy for wasm", WEB),
        ("clippy for relaxed SIMD", relaxed),
    ] {
        check(project, tally, name, |step| {
            let words = format!("clippy --target {TARGET} {packages} -- --deny warnings");
            let mut command = wasm.cargo(project, &words);
            command
                .env("RUSTFLAGS", rustflags(Engine::Simd))
                .envs(page::paths("none", "none", "none"));
            step.run(&mut command, ADVICE)
        });
    }
}

fn native(project: &Project, kit: &Kit, tally: &mut Tally) -> Result<()> {
    let folder = model::folder(project, &kit.model()?);
    harness(project, tally, "native tests", |step| {
        let words = format!("test --no-fail-fast --lib --bins {STANDINS} --test kernels {PURE}");
        step.run(&mut cargo(project, &words), ADVICE)
    });
    let clients = step(project, "others' clients", |step| {
        Npm::ensure(project, step, npm::CLIENTS)
    })?;
    harness(project, tally, "others' clients at the stand-ins", |step| {
        let words = "test --package lemon-tests --test clients -- --ignored";
        let mut command = cargo(project, words);
        command.env("LEMON_CLIENTS", &clients.modules);
        step.run(&mut command, ADVICE)
    });
    harness(project, tally, "model tests", |step| {
        let mut command = cargo(project, &format!("test --no-fail-fast {MODEL}"));
        kit.apply(project, &mut command)?;
        step.run(&mut command, ADVICE)
    });
    check(project, tally, "onnxruntime", |step| {
        let tokens = project.local.join("xtask/tokens.json");
        let mut command = cargo(project, &format!("run {MODEL} --bin tokens --"));
        command
            .arg(&folder)
            .arg(project.at("model/tests/data/embeddings.json"));
        fs::write(&tokens, step.output(&mut command, ADVICE)?)?;
        let mut command = program(project, "node");
        kit.apply(project, &mut command)?;
        command.arg(project.at("tests/peers/onnxruntime.mjs"));
        step.run(command.arg(&folder).arg(tokens), ADVICE)
    });
    Ok(())
}

/// The known cases, and a few seconds of new ones.
fn fuzzers(project: &Project, tally: &mut Tally) -> Result<()> {
    fuzz::ensure(project)?;
    for target in fuzz::TARGETS {
        check(project, tally, &format!("fuzzer {target}"), |step| {
            let mut command = fuzz::run(project, target, FEW)?;
            step.run(&mut command, ADVICE)
        });
    }
    Ok(())
}

/// The kernels as they are sent to browsers, in browsers.
fn kernels(project: &Project, kit: &Kit, browsers: &Browsers, tally: &mut Tally) -> Result<()> {
    let capabilities = project.local.join("xtask/webdriver.json");
    fs::create_dir_all(project.local.join("xtask"))?;
    fs::write(&capabilities, browsers.capabilities())?;
    let builds = [
        ("relaxed", "--features relaxed", RELAXED_ADVICE),
        ("plain", "", ADVICE),
    ];
    for (build, features, advice) in builds {
        for driver in browsers.drivers() {
            let name = format!("kernels, {build}, in {}", driver.browser);
            harness(project, tally, &name, |step| {
                let words = format!(
                    "test --package lemon-kernel-tests --test kernels --profile engine --target {TARGET} {features}"
                );
                let mut command = kit.wasm()?.cargo(project, &words);
                command
                    .env("RUSTFLAGS", rustflags(Engine::Simd))
                    .env(
                        TEST_RUNNER,
                        WASM_BINDGEN.path_of(project, "wasm-bindgen-test-runner"),
                    )
                    .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &capabilities)
                    .env(driver.variable, driver.path);
                step.run(&mut command, advice)
            });
        }
    }
    Ok(())
}

/// The kernels' loops, in the modules that are sent to browsers, which are built.
fn loops(project: &Project, tally: &mut Tally) {
    let builds = ["relaxed", "plain"]
        .into_iter()
        .zip([loops::RELAXED, loops::PLAIN]);
    for ((build, expected), module) in builds.zip(web_worker::encoders(project)) {
        check(project, tally, &format!("loops, {build}"), |_| {
            loops::check(&module, expected)
        });
    }
}

fn edge(project: &Project, kit: &Kit, tally: &mut Tally) {
    harness(project, tally, "edge under workerd", |step| {
        let mut command = cargo(
            project,
            "test --package lemon-tests --test edge --test archive",
        );
        kit.apply(project, &mut command)?;
        step.run(&mut command, ADVICE)
    });
}

fn journey(project: &Project, kit: &Kit, browsers: &Browsers, tally: &mut Tally) {
    harness(project, tally, "journeys", |step| {
        let mut command = cargo(project, "test --package lemon-tests --test journey");
        kit.apply(project, &mut command)?;
        browsers.apply(&mut command);
        step.run(&mut command, ADVICE)
    });
}

/// Others' clients at our stand-ins for the servers that they are made for.
fn clients(project: &Project, browsers: &Browsers, tally: &mut Tally) {
    check(project, tally, "Bluesky's clients", |step| {
        let npm = Npm::ensure(project, step, npm::BLUESKY)?;
        let mut build = cargo(project, "build --package lemon-tests --bin standin");
        step.run(&mut build, ADVICE)?;
        let mut command = program(project, "node");
        browsers.apply(&mut command);
        command
            .arg(project.at("tests/clients/bluesky/check.mjs"))
            .env("LEMON_STANDIN", project.target.join("debug/standin"))
            .env("LEMON_NODE_MODULES", &npm.modules);
        step.run(&mut command, ADVICE)
    });
}

/// A step that counts as one test.
fn check(project: &Project, tally: &mut Tally, name: &str, work: impl FnOnce(&Step) -> Result<()>) {
    let passed = step(project, name, work).is_ok();
    tally.add(Tally {
        passed: passed.into(),
        failed: (!passed).into(),
    });
}

/// A step that runs cargo's test harness, whose tests are counted.
fn harness(
    project: &Project,
    tally: &mut Tally,
    name: &str,
    work: impl FnOnce(&Step) -> Result<()>,
) {
    let mut counted = Tally::default();
    let result = step(project, name, |step| {
        let result = work(step);
        counted = count(&step.written()?);
        step.note(format!(
            "{} passed, {} failed",
            counted.passed, counted.failed
        ));
        if result.is_ok() && counted == Tally::default() {
            bail!("no test ran");
        }
        result
    });
    if result.is_err() && counted.failed == 0 {
        counted.failed = 1;
    }
    tally.add(counted);
}

/// Adds up the result lines of cargo's test harness.
fn count(output: &str) -> Tally {
    let mut tally = Tally::default();
    for line in output.lines() {
        let Some((_, counts)) = line.split_once("test result: ") else {
            continue;
        };
        let counts = counts.split_once(". ").map_or(counts, |(_, counts)| counts);
        for count in counts.split(';') {
            match count.trim().split_once(' ') {
                Some((number, "passed")) => tally.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => tally.failed += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_added_up() {
        let output = "\
running 3 tests
test a ... ok

test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 4 filtered out; finished in 1.50s
";
        assert_eq!(
            count(output),
            Tally {
                passed: 13,
                failed: 2
            }
        );
        assert_eq!(count("error: could not compile"), Tally::default());
        assert_eq!(count(""), Tally::default());
    }

    #[test]
    fn parts_have_names() {
        assert!(Part::named(None) == Some(Part::All));
        assert!(Part::named(Some("journey")) == Some(Part::Journey));
        assert!(Part::named(Some("journeys")).is_none());
    }
}
