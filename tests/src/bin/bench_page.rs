//! `cargo xtask bench page`: what a visitor waits for, a list of very many entries, bytes by file,
//! long tasks, Lighthouse, and axe's findings of every page and state; as `bench/page.json` in the
//! target folder. It asserts nothing: figures are for people.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::first_visit::{SentFile, first_visit};
use lemon_tests::network::{Network, Pace};
use lemon_tests::page::{List, Waits, first_answer, list, packed};
use lemon_tests::report;
use lemon_tests::stage::Stage;
use serde::Serialize;
use serde_json::Value;

/// Posts of the account whose bot is visited.
const POSTS: usize = 400;

const INDEXING: Duration = Duration::from_mins(15);

/// The network on which Lighthouse measures: what it calls slow 4G.
const LATENCY: Duration = Duration::from_millis(150);
const BYTES_A_SECOND: f64 = 1_638_400.0 / 8.0;

/// What Lighthouse gives marks for.
const CATEGORIES: [&str; 4] = ["performance", "accessibility", "best-practices", "seo"];

type Outcome<T> = Result<T, Box<dyn Error>>;

#[derive(Serialize)]
struct Report {
    first_answer: Waits,
    list: List,
    /// By page, and what Lighthouse gives marks for; of 100.
    scores: BTreeMap<&'static str, BTreeMap<String, f64>>,
    /// Findings by page, state and scheme; none is none.
    axe: Value,
    bytes: Vec<SentFile>,
    /// The page's longest while a bot is made with all workers.
    longest_task_ms: f64,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let stage = Stage::start().await?;
    stage.keep_up();
    let owner = Browser::open(Kind::Chromium).await?;
    println!("a bot");
    let (link, longest_task_ms) = made(&owner, &stage).await?;
    owner.close().await?;
    let dist = PathBuf::from(env::var("LEMON_DIST")?);
    let bytes = first_visit(&dist)?;
    println!("what a visitor waits for");
    let first_answer = first_answer(&stage, &bytes, &link).await?;
    let mut scores = BTreeMap::new();
    let network = Network::before(stage.origin(), "/", &[]).await?;
    network.go(Some(Pace {
        latency: LATENCY,
        bytes_a_second: BYTES_A_SECOND,
        packed: packed(&bytes),
    }));
    let link = link.replace(stage.origin(), network.origin());
    for (name, address) in [("home", network.origin()), ("visit", link.as_str())] {
        println!("Lighthouse: {name}");
        scores.insert(name, lighthouse(name, address)?);
    }
    println!("a long list");
    let list = list(&stage).await?;
    let axe = report::folder()?.join("axe.json");
    let axe = serde_json::from_slice(&fs::read(axe)?)?;
    let report = Report {
        first_answer,
        list,
        scores,
        axe,
        bytes,
        longest_task_ms,
    };
    println!("{}", serde_json::to_string_pretty(&report)?);
    report::keep("page.json", &report)?;
    Ok(())
}

/// Has a bot made and shared: its link, and the page's longest task meanwhile.
async fn made(owner: &Browser, stage: &Stage) -> Outcome<(String, f64)> {
    const LONG: &str = "window.longest = 0;
        new PerformanceObserver((list) => {
            for (const task of list.getEntries()) {
                window.longest = Math.max(window.longest, task.duration);
            }
        }).observe({ type: 'longtask', buffered: true });";
    owner.goto(stage.origin()).await?;
    owner.click("#sign-in").await;
    let handle = owner.shown("#handle").await;
    handle.send_keys(format!("posts_{POSTS}")).await?;
    owner.click("#as-handle").await;
    owner.execute(LONG, vec![]).await?;
    owner.click("#start").await;
    owner.shown_within("main[data-phase=ready]", INDEXING).await;
    let longest = owner.execute("return window.longest", vec![]).await?;
    let longest = longest.json().as_f64().ok_or("no task was watched")?;
    owner.click("#share").await;
    let link = owner.shown_within(".link", INDEXING).await.value().await?;
    Ok((link.ok_or("the link is empty")?, longest))
}

/// Lighthouse's marks for a phone.
fn lighthouse(name: &str, address: &str) -> Outcome<BTreeMap<String, f64>> {
    let modules = PathBuf::from(env::var("LEMON_PAGE_TOOLS")?);
    let folder = report::folder()?;
    let output = folder.join(format!("lighthouse-{name}.json"));
    let status = Command::new("node")
        .arg(modules.join("lighthouse/cli/index.js"))
        .arg(address)
        .args(["--quiet", "--output=json"])
        .arg(format!("--output-path={}", output.display()))
        .arg(format!("--only-categories={}", CATEGORIES.join(",")))
        // The network is slow without its help, also for workers.
        .arg("--throttling-method=devtools")
        .args(
            [
                "requestLatencyMs",
                "downloadThroughputKbps",
                "uploadThroughputKbps",
            ]
            .map(|of| format!("--throttling.{of}=0")),
        )
        .arg("--throttling.cpuSlowdownMultiplier=4")
        .arg("--chrome-flags=--headless=new --no-sandbox --disable-gpu")
        .env("CHROME_PATH", env::var("LEMON_CHROMIUM")?)
        .status()?;
    if !status.success() {
        return Err(format!("Lighthouse ended with {status}").into());
    }
    marks(&output)
}

fn marks(output: &Path) -> Outcome<BTreeMap<String, f64>> {
    let report: Value = serde_json::from_slice(&fs::read(output)?)?;
    // None where something of it could not be measured, which the report itself explains.
    let mark = |category: &&str| {
        let score = report["categories"][*category]["score"].as_f64();
        score.map(|score| ((*category).to_owned(), score * 100.0))
    };
    Ok(CATEGORIES.iter().filter_map(mark).collect())
}
