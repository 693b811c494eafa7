//! `cargo xtask bench sources`: what a person waits for who brings an archive of a hundred
//! thousand posts in a zip of 2 GB, measured in Chromium, as a table and as
//! `bench/sources.json` in the target folder. It asserts nothing: figures are for people.

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::time::{Duration, Instant};

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::report;
use lemon_tests::stage::Stage;
use lemon_tests::standin::archive::{self, Making};
use lemon_tests::standin::{DEMO_HANDLE, Directory, KNOWN_KO};
use serde::Serialize;
use tempfile::TempDir;
use thirtyfour::By;

const POSTS: usize = 100_000;

/// Bytes of the pictures in the zip.
const MEDIA: u64 = 2_000_000_000;

const SOON: Duration = Duration::from_mins(5);

type Outcome<T> = Result<T, Box<dyn Error>>;

#[derive(Serialize)]
struct Report {
    browser: &'static str,
    /// Posts that are not reposts, of [`POSTS`].
    posts: f64,
    archive_bytes: u64,
    /// From the file's being chosen to all of its posts being read.
    archive_posts_s: f64,
    posts_a_second: f64,
    /// WebAssembly memory of the worker that reads.
    archive_mb: f64,
    /// From the file's being chosen to the answer of the first question, the model being in
    /// the browser's cache.
    archive_first_answer_s: f64,
    /// Of the page's thread meanwhile.
    longest_task_ms: f64,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let folder = TempDir::new()?;
    let directory = Directory::load()?;
    let make = |handle: &str, making: Making| -> Outcome<String> {
        let path = folder.path().join(format!("{handle}.zip"));
        let account = directory
            .account(handle)
            .ok_or("there is no such account")?;
        let to = BufWriter::new(File::create(&path)?);
        archive::write(&account, &directory, making, to)?;
        Ok(path.display().to_string())
    };
    let small = make(DEMO_HANDLE, Making::default())?;
    let large = Making {
        parts: 4,
        media: MEDIA,
        ..Making::default()
    };
    let large = make(&format!("posts_{POSTS}"), large)?;

    let stage = Stage::start().await?;
    stage.keep_up();
    let owner = Browser::open(Kind::Chromium).await?;
    owner.goto(stage.origin()).await?;
    // The model comes into the browser's cache, and stays when the bot goes.
    give(&owner, &small).await?;
    owner.shown_within("main[data-phase=ready]", SOON).await;
    owner.click("#delete").await;
    owner.click("#delete-yes").await;
    owner.shown("main[data-phase=landing]").await;

    owner.execute(WATCH, vec![]).await?;
    let begun = Instant::now();
    give(&owner, &large).await?;
    owner.shown_within("#chat", SOON).await;
    owner.click("#chat").await;
    let question = owner.shown("#question").await;
    question.send_keys(KNOWN_KO.said).await?;
    owner.click(".send").await;
    owner.shown_within(".answer", SOON).await;
    let first_answer = begun.elapsed().as_secs_f64();

    let read = owner.execute(READ, vec![]).await?;
    let figure = |name: &str| read.json()[name].as_f64().ok_or("a figure is missing");
    let (posts, seconds) = (figure("posts")?, figure("milliseconds")? / 1_000.0);
    let report = Report {
        browser: "chromium",
        posts,
        archive_bytes: std::fs::metadata(&large)?.len(),
        archive_posts_s: seconds,
        posts_a_second: posts / seconds,
        archive_mb: figure("memory")? / 1e6,
        archive_first_answer_s: first_answer,
        longest_task_ms: figure("longest")?,
    };
    println!(
        "{:<44}{:>12.1} GB",
        "archive",
        1e-9 * float(report.archive_bytes)
    );
    println!("{:<44}{:>12.0}", "posts", report.posts);
    println!(
        "{:<44}{:>12.2} s",
        "to all posts read", report.archive_posts_s
    );
    println!("{:<44}{:>12.0}", "posts a second", report.posts_a_second);
    println!(
        "{:<44}{:>12.0} MB",
        "memory of the reading worker", report.archive_mb
    );
    println!(
        "{:<44}{:>12.2} s",
        "to the first answer", report.archive_first_answer_s
    );
    println!(
        "{:<44}{:>12.0} ms",
        "longest task of the page", report.longest_task_ms
    );
    report::keep("sources.json", &report)?;
    owner.close().await?;
    Ok(())
}

/// Chooses a file and says yes.
async fn give(owner: &Browser, path: &str) -> Outcome<()> {
    let field = async || owner.find(By::Id("archive-file")).await.ok();
    let field = owner.until("the field for a file", SOON, field).await;
    field.send_keys(path).await?;
    owner.click("#archive-yes").await;
    Ok(())
}

/// Notes when a file is chosen, and the longest task from then on.
const WATCH: &str = "
    window.watched = { chosen: 0, longest: 0 };
    document.addEventListener('change', (event) => {
        if (event.target.type === 'file') { window.watched.chosen = performance.now(); }
    }, true);
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) {
            window.watched.longest = Math.max(window.watched.longest, task.duration);
        }
    }).observe({ type: 'longtask' });
";

const READ: &str = "
    const read = performance.getEntriesByName('lemon-archive').pop();
    return {
        posts: read.detail.posts,
        memory: read.detail.memory,
        milliseconds: read.startTime - window.watched.chosen,
        longest: window.watched.longest,
    };
";

// Bytes of a file: far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn float(bytes: u64) -> f64 {
    bytes as f64
}
