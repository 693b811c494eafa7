//! Fuzzers for what comes from outside: tests/fuzz/.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::program::program;
use crate::project::Project;
use crate::step::step;
use crate::tools::CARGO_FUZZ;

pub const TARGETS: [&str; 10] = [
    "backup",
    "bluesky",
    "bot_file",
    "mastodon",
    "misskey",
    "problem",
    "session_cookie",
    "x_answer",
    "x_archive",
    "x_archive_file",
];

/// Cases of a long run, for each target.
pub const MANY: u64 = 10_000_000;

/// Longest input in bytes. A bot's line with its two vectors is 900, and everything that
/// has a limit of its own is refused by it long before.
const MAX_INPUT: usize = 4096;

/// What may take no longer than this many seconds, or this many megabytes.
const TIMEOUT: u32 = 10;
const MEMORY: u32 = 1024;

/// Runs one target, or all, until each has seen as many cases.
pub fn fuzz(project: &Project, target: Option<&str>, cases: u64) -> Result<()> {
    ensure(project)?;
    for name in TARGETS {
        if target.is_none_or(|target| target == name) {
            step(project, &format!("fuzzer {name}"), |step| {
                step.run(
                    &mut run(project, name, cases)?,
                    "the output names the input; put it into the target's corpus",
                )?;
                step.note(format!("{cases} cases"));
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// Compiles what is needed.
pub fn ensure(project: &Project) -> Result<()> {
    CARGO_FUZZ.ensure(project)?;
    step(project, "fuzzers", |step| {
        let mut command = cargo_fuzz(project, "build");
        step.run(&mut command, "the compiler says why")
    })
}

/// One target's run. It begins with the corpus in the checkout; what it finds on the way
/// is kept beside what is built, and used by the next run.
pub fn run(project: &Project, target: &str, cases: u64) -> Result<Command> {
    let found = project.local.join("fuzz").join(target);
    fs::create_dir_all(&found)?;
    let mut command = cargo_fuzz(project, "run");
    command
        .arg(target)
        .args([&found, &project.at("tests/fuzz/corpus").join(target)])
        .arg("--")
        .args([
            format!("-runs={cases}"),
            format!("-max_len={MAX_INPUT}"),
            format!("-timeout={TIMEOUT}"),
            format!("-rss_limit_mb={MEMORY}"),
            format!("-artifact_prefix={}/", project.local.join("fuzz").display()),
        ]);
    let dictionary = project.at(format!("tests/fuzz/dictionaries/{target}.dict"));
    if dictionary.exists() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    Ok(command)
}

/// Without a sanitizer, which only a nightly compiler has: our code is safe Rust, whose
/// faults are panics, and arithmetic is checked.
fn cargo_fuzz(project: &Project, verb: &str) -> Command {
    let mut command = program(project, CARGO_FUZZ.path(project));
    command
        .arg(verb)
        .args(["--sanitizer", "none", "--fuzz-dir"])
        .arg(project.at("tests/fuzz"));
    command
}
