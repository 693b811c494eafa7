//! `cargo xtask`: sets up, builds, serves, tests and measures the product. It runs
//! programs and holds none of the product's code.

mod bench;
mod browsers;
mod build;
mod demo;
mod deploy;
mod dev;
mod digest;
mod earlier;
mod edge;
mod folder;
mod fuzz;
mod lanes;
mod loops;
mod model;
mod npm;
mod page;
mod process;
mod program;
mod project;
mod setup;
mod stamp;
mod step;
mod test;
mod tools;
mod wasm_target;
mod web_worker;

use std::env;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::browsers::Browsers;
use crate::project::Project;
use crate::setup::Kit;
use crate::step::Shown;
use crate::test::Part;

const USAGE: &str = "\
cargo xtask <command>

  dev [--port N]  set up, build and serve on this machine; Ctrl-C stops it
  test [PART]     every check; PART is lint, native, fuzz, kernels, edge or journey
  bench           measure in a browser what a person waits for
  bench encoder [chromium|firefox]
                  measure the encoder against other engines
  bench answers [FILE…|common]
                  how well answers are found, in these sets or in ours; or learn
                  anew what all people have in common
  bench page      measure the page itself: waits, a long list, Lighthouse, axe
  bench launchday [PEOPLE]
                  an evening on which everybody comes at once
  bench sources [library|archive|servers]
                  what a person waits for who brings 100,000 posts
  fuzz [TARGET [CASES]]
                  ten million cases of each fuzzer, or as many of one
  screenshots     a picture of every page
  setup           tools, packages, browsers and model files, and nothing else
  model           the model files, and nothing else
  build           everything that is served
  deploy          to Cloudflare; docs/deploy.md says what that needs

LEMON_CACHE names the folder for what is kept between checkouts.
";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) if error.downcast_ref::<Shown>().is_some() => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    let project = Project::find()?;
    process::end_all_on_signal()?;
    match words.as_slice() {
        ["setup"] => {
            Kit::ensure(&project)?;
            Browsers::ensure(&project)?;
        }
        ["model"] => {
            model::ensure(&project)?;
        }
        ["build"] => build::build(&project).map(drop)?,
        ["dev", options @ ..] => dev::dev(&project, &dev_options(options)?)?,
        ["test", names @ ..] if names.len() <= 1 => {
            let part = Part::named(names.first().copied())
                .with_context(|| format!("no such part\n\n{USAGE}"))?;
            let tally = test::test(&project, part);
            println!("{} passed, {} failed", tally.passed, tally.failed);
            if tally.failed > 0 || tally.passed == 0 {
                return Ok(ExitCode::FAILURE);
            }
        }
        ["bench"] => bench::bench(&project)?,
        ["bench", "encoder"] => bench::encoder(&project, None)?,
        ["bench", "encoder", browser @ ("chromium" | "firefox")] => {
            bench::encoder(&project, Some(browser))?;
        }
        ["bench", "page"] => bench::page(&project)?,
        ["bench", "sources", part @ ..] if part.len() <= 1 => bench::sources(&project, part)?,
        ["bench", "answers", files @ ..] => bench::answers(&project, files)?,
        ["bench", "launchday", people @ ..] if people.len() <= 1 => {
            bench::launchday(&project, people)?;
        }
        ["fuzz"] => fuzz::fuzz(&project, None, fuzz::MANY)?,
        ["fuzz", target, cases @ ..] if fuzz::TARGETS.contains(target) && cases.len() <= 1 => {
            let cases = match cases.first() {
                Some(cases) => cases
                    .parse()
                    .with_context(|| format!("`{cases}` is not a number"))?,
                None => fuzz::MANY,
            };
            fuzz::fuzz(&project, Some(target), cases)?;
        }
        ["screenshots"] => bench::screenshots(&project)?,
        ["deploy"] => deploy::deploy(&project)?,
        ["help" | "--help" | "-h"] => print!("{USAGE}"),
        _ => bail!("{USAGE}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn dev_options(options: &[&str]) -> Result<dev::Options> {
    let port = match options {
        [] => None,
        ["--port", port] => Some(
            port.parse()
                .with_context(|| format!("`{port}` is not a port"))?,
        ),
        _ => bail!("{USAGE}"),
    };
    Ok(dev::Options { port })
}
