//! `cargo xtask bench`: what a person waits for, measured in Chromium, as a table and as
//! `bench/path.json` in the target folder. It asserts nothing: figures are for people.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::first_visit::{SentFile, first_visit};
use lemon_tests::largest_bot::{self, Busy, LargestBot};
use lemon_tests::report;
use lemon_tests::stage::Stage;
use serde::Serialize;
use serde_json::Value;

/// Posts of the account that is indexed: enough for a steady rate, few enough to be
/// done while somebody watches.
const POSTS: usize = 800;

const INDEXING: Duration = Duration::from_mins(15);
const SOON: Duration = Duration::from_mins(2);

type Outcome<T> = Result<T, Box<dyn Error>>;

#[derive(Serialize)]
struct Report {
    browser: &'static str,
    posts: usize,
    texts: f64,
    /// Of the encoder alone: waiting for posts and storage is not in it.
    texts_per_second: f64,
    /// Megabytes of memory of the encoder's first worker at its largest; its helpers take
    /// less.
    encoder_memory_mb: f64,
    /// From following a link to a bot that answers, nothing in the browser's cache.
    link_cold_ms: f64,
    /// The same, once more in the same browser.
    link_warm_ms: f64,
    /// With a bot of nearly 8 MiB.
    largest: LargestBot,
    first_visit: Vec<SentFile>,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let stage = Stage::start().await?;
    stage.keep_up();
    let owner = Browser::open(Kind::Chromium).await?;
    owner.goto(stage.origin()).await?;
    owner.click("#sign-in").await;
    owner
        .shown("#handle")
        .await
        .send_keys(format!("posts_{POSTS}"))
        .await?;
    owner.click("#as-handle").await;
    owner.click("#start").await;
    owner.shown_within("main[data-phase=ready]", INDEXING).await;
    let indexed = mark(&owner, "lemon-indexed").await;
    let ready = mark(&owner, "lemon-ready").await;
    owner.click("#share").await;
    let link = owner
        .shown_within(".link", SOON)
        .await
        .value()
        .await?
        .ok_or("the link is empty")?;

    let visitor = Browser::open(Kind::Chromium).await?;
    let cold = visit(&visitor, &link).await?;
    visitor.goto("about:blank").await?;
    let warm = visit(&visitor, &link).await?;

    let texts = number(&indexed, "/detail/texts")?;
    let report = Report {
        browser: "chromium",
        posts: POSTS,
        texts,
        texts_per_second: texts * 1000.0 / number(&indexed, "/detail/milliseconds")?,
        encoder_memory_mb: number(&ready, "/detail/memory")? / 1e6,
        link_cold_ms: cold,
        link_warm_ms: warm,
        largest: largest_bot::measure(&stage).await?,
        first_visit: first_visit(&PathBuf::from(std::env::var("LEMON_DIST")?))?,
    };
    print(&report);
    report::keep("path.json", &report)?;
    owner.close().await?;
    visitor.close().await?;
    Ok(())
}

/// Milliseconds from navigation to a bot that has answered a question: its probe, which
/// it must before it is called ready.
async fn visit(browser: &Browser, link: &str) -> Outcome<f64> {
    browser.goto(link).await?;
    browser
        .shown_within("main[data-phase=ready] #question", SOON)
        .await;
    number(&mark(browser, "lemon-visit-ready").await, "/startTime")
}

/// The latest mark of this name in the page's timeline.
async fn mark(browser: &Browser, name: &str) -> Value {
    let script = "return performance.getEntriesByName(arguments[0])
        .map(mark => ({ startTime: mark.startTime, detail: mark.detail })).pop() ?? null;";
    browser
        .until(name, SOON, async || {
            let found = browser.execute(script, vec![name.into()]).await.ok()?;
            Some(found.json().clone()).filter(|mark| !mark.is_null())
        })
        .await
}

fn number(value: &Value, pointer: &str) -> Outcome<f64> {
    value
        .pointer(pointer)
        .and_then(Value::as_f64)
        .ok_or_else(|| format!("{pointer} is missing in {value}").into())
}

fn print(report: &Report) {
    println!("{:<44}{:>12}", "posts", report.posts);
    println!("{:<44}{:>12.0}", "texts", report.texts);
    println!("{:<44}{:>12.1}", "texts a second", report.texts_per_second);
    println!(
        "{:<44}{:>9.0} MB",
        "memory of the encoder's worker", report.encoder_memory_mb
    );
    println!(
        "{:<44}{:>9.0} ms",
        "link to first answer, cold", report.link_cold_ms
    );
    println!(
        "{:<44}{:>9.0} ms",
        "link to first answer, warm", report.link_warm_ms
    );
    let largest = &report.largest;
    let ms = |what: &str, time: f64| println!("{what:<44}{time:>9.0} ms");
    let busy = |what: &str, busy: &Busy| {
        let tasks = busy.long_tasks.iter();
        let tasks: Vec<_> = tasks
            .map(|task| format!("{:.0} after {:.0}", task.took, task.at))
            .collect();
        println!(
            "{what:<44}{:>9.0} ms, of 50 or more: {tasks:?}",
            busy.longest
        );
    };
    println!(
        "\n{:<44}{:>8.2} MiB",
        "a bot of nearly 8 MiB",
        largest.sealed_bytes / f64::from(1 << 20)
    );
    ms("from the address to ready", largest.opening);
    busy("  longest task of the page", &largest.opening_busy);
    busy("longest task while it is shared", &largest.sharing_busy);
    ms("from the link to ready", largest.visiting);
    busy("  longest task of the page", &largest.visiting_busy);
    ms("a question", largest.answer);
    ms(
        "a question while it is shared",
        largest.answer_while_sharing,
    );
    println!("\n{:<64}{:>12}{:>12}", "first visit", "bytes", "brotli");
    let (mut bytes, mut sent) = (0, 0);
    for file in &report.first_visit {
        let name: String = file
            .name
            .chars()
            .rev()
            .take(60)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        println!(
            "{name:<64}{:>12}{:>12}",
            file.bytes,
            file.brotli
                .map_or_else(|| "–".into(), |size| size.to_string())
        );
        bytes += file.bytes;
        sent += file.sent();
    }
    println!("{:<64}{bytes:>12}{sent:>12}", "in all");
}
