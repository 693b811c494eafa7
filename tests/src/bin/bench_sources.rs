//! `cargo xtask bench sources`: what a person waits for who brings an archive of a hundred
//! thousand posts in a zip of 2 GB, whose posts come from Bluesky or a server of Misskey's or
//! Mastodon's kind, and whose library has a hundred thousand entries with two vectors each, measured in
//! Chromium, as a table and as `bench/sources.json` in the target
//! folder. It asserts nothing: figures are for people. `LEMON_BENCH_LIBRARY` is where the
//! library for benchmarks is, as `cargo xtask bench sources` sets it.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::time::{Duration, Instant};

use lemon_tests::bluesky::{self, Bluesky};
use lemon_tests::browser::{Browser, Kind};
use lemon_tests::mastodon::{self, Mastodon};
use lemon_tests::misskey::{self, Misskey};
use lemon_tests::stage::{Setting, Stage};
use lemon_tests::standin::archive::{self, Making};
use lemon_tests::standin::{DEMO_HANDLE, Directory, KNOWN_KO};
use lemon_tests::{folders, largest_bot, report};
use serde::Serialize;
use tempfile::TempDir;
use thirtyfour::By;

const POSTS: usize = 100_000;

/// In the library.
const ENTRIES: u32 = 100_000;

/// Bytes of the pictures in the zip.
const MEDIA: u64 = 2_000_000_000;

/// Posts that somebody has at a server, and how long it takes for each answer.
const SERVERS_POSTS: &str = "posts_3200";
const ANSWER: Duration = Duration::from_millis(150);

const SOON: Duration = Duration::from_mins(5);

type Outcome<T> = Result<T, Box<dyn Error>>;

#[derive(Serialize)]
struct Report {
    browser: &'static str,
    #[serde(flatten)]
    archive: Reading,
    /// From the start to all posts of [`SERVERS_POSTS`] being read.
    bluesky_s: f64,
    misskey_s: f64,
    mastodon_s: f64,
    /// Of the page's thread while posts are read, whichever way they come.
    longest_task_ms: f64,
    #[serde(flatten)]
    library: Searching,
}

#[derive(Serialize)]
struct Reading {
    /// Posts that are not reposts, of [`POSTS`].
    posts: f64,
    archive_bytes: u64,
    /// From the file's being chosen to all of its posts being read.
    archive_read_s: f64,
    archive_posts_s: f64,
    /// WebAssembly memory of the worker that reads.
    archive_mb: f64,
    /// From the file's being chosen to the answer of the first question, the model being in
    /// the browser's cache.
    archive_first_answer_s: f64,
    /// Of the page's thread meanwhile.
    #[serde(skip)]
    longest: f64,
}

/// Of [`ENTRIES`] with two vectors each; medians.
#[derive(Serialize)]
struct Searching {
    /// Read back from the browser's database, ready to be asked.
    open_s: f64,
    search_ms: f64,
    /// The same as a multiple of reading as many bytes once.
    search_by_scan: f64,
    /// A word that many entries have, and one that none has: whichever takes longer.
    find_ms: f64,
    /// Flags of all of them, once.
    flag_ms: f64,
    entry_bytes: f64,
    /// Of 1,600 pairs, all of it on one thread; and a question to 3,200 entries, whose vector is
    /// there.
    learn_s: f64,
    question_ms: f64,
}

/// Without an argument all is measured and kept; with one of the parts' names only that is
/// measured.
#[tokio::main]
async fn main() -> Outcome<()> {
    match env::args().nth(1).as_deref() {
        None => all().await,
        Some("library") => {
            show(library().await?.lines());
            Ok(())
        }
        Some("archive") => {
            let archive = archive().await?;
            show(archive.lines());
            show([("longest task of the page", archive.longest, "ms")]);
            Ok(())
        }
        Some("servers") => {
            for (name, served) in servers().await? {
                show([
                    (name, served.seconds, "s"),
                    ("longest task of the page", served.longest, "ms"),
                ]);
            }
            Ok(())
        }
        Some(other) => Err(format!("{other}: library, archive or servers").into()),
    }
}

async fn all() -> Outcome<()> {
    let library = library().await?;
    let archive = archive().await?;
    let servers = servers().await?;
    let longest = servers.iter().map(|(_, served)| served.longest);
    let [(_, bluesky), (_, misskey), (_, mastodon)] = &servers;
    let report = Report {
        browser: "chromium",
        bluesky_s: bluesky.seconds,
        misskey_s: misskey.seconds,
        mastodon_s: mastodon.seconds,
        longest_task_ms: longest.fold(archive.longest, f64::max),
        archive,
        library,
    };
    show(report.archive.lines());
    show(servers.map(|(name, served)| (name, served.seconds, "s")));
    show([("longest task of the page", report.longest_task_ms, "ms")]);
    show(report.library.lines());
    report::keep("sources.json", &report)?;
    Ok(())
}

/// What was measured, and its unit.
type Line = (&'static str, f64, &'static str);

fn show(lines: impl IntoIterator<Item = Line>) {
    for (name, value, unit) in lines {
        println!("{name:<44}{value:>12.2} {unit}");
    }
}

impl Reading {
    fn lines(&self) -> [Line; 6] {
        [
            ("archive", 1e-9 * float(self.archive_bytes), "GB"),
            ("posts", self.posts, ""),
            ("to all posts read", self.archive_read_s, "s"),
            ("posts a second", self.archive_posts_s, ""),
            ("memory of the reading worker", self.archive_mb, "MB"),
            ("to the first answer", self.archive_first_answer_s, "s"),
        ]
    }
}

impl Searching {
    fn lines(&self) -> [Line; 8] {
        [
            ("learning of 1,600 pairs", self.learn_s, "s"),
            ("a question to 3,200 entries", self.question_ms, "ms"),
            ("library opens in", self.open_s, "s"),
            ("search", self.search_ms, "ms"),
            ("search by scan", self.search_by_scan, ""),
            ("find", self.find_ms, "ms"),
            ("flags of all", self.flag_ms, "ms"),
            ("an entry", self.entry_bytes, "bytes"),
        ]
    }
}

async fn servers() -> Outcome<[(&'static str, Served); 3]> {
    Ok([
        ("from Bluesky", bluesky().await?),
        ("from Misskey", misskey().await?),
        ("from Mastodon", mastodon().await?),
    ])
}

async fn library() -> Outcome<Searching> {
    let folder = env::var_os("LEMON_BENCH_LIBRARY").ok_or("LEMON_BENCH_LIBRARY is not set")?;
    let origin = folders::serve(BTreeMap::from([("bench", folder.into())])).await?;
    let page = Browser::open(Kind::Chromium).await?;
    // Any page of this origin will do.
    let module = "/bench/lemon_bench_library.js";
    page.goto(&format!("{origin}{module}")).await?;
    let arguments = vec![module.into(), ENTRIES.into()];
    let measured = page.execute_async(SEARCH, arguments).await?;
    let figure = |name: &str| {
        let value = &measured.json()[name];
        value
            .as_f64()
            .ok_or_else(|| format!("{name} of {}", measured.json()))
    };
    let (search, scan) = (figure("search")?, figure("scan")?);
    let library = Searching {
        open_s: open().await?,
        search_ms: search,
        search_by_scan: search / scan,
        find_ms: figure("findMany")?.max(figure("findNone")?),
        flag_ms: figure("flag")?,
        entry_bytes: figure("bytes")? / figure("entries")?,
        learn_s: figure("learn")? / 1_000.0,
        question_ms: figure("question")?,
    };
    page.close().await?;
    Ok(library)
}

/// How long the library of that many entries takes to open in the product.
async fn open() -> Outcome<f64> {
    let stage = Stage::start().await?;
    stage.keep_up();
    let owner = Browser::open(Kind::Chromium).await?;
    largest_bot::grow(&owner, &stage, ENTRIES).await?;
    let mut took = Vec::new();
    for _ in 0..RUNS {
        owner.goto(stage.origin()).await?;
        owner.shown_within("main[data-phase=ready]", SOON).await;
        let opened = owner.execute(OPENED, vec![]).await?;
        took.push(opened.json().as_f64().ok_or("it was not opened")?);
    }
    owner.close().await?;
    took.sort_by(f64::total_cmp);
    Ok(took[RUNS / 2] / 1_000.0)
}

const RUNS: usize = 5;

const OPENED: &str = "
    return performance.getEntriesByName('lemon-opened').pop()?.detail.milliseconds;
";

/// Times of a library of so many entries, in milliseconds.
const SEARCH: &str = "
    const [module, entries, done] = arguments;
    const measure = async () => {
        const { default: start, Bench } = await import(module);
        await start();
        const bench = new Bench(entries);
        bench.learn();
        const bytes = bench.bytes();
        const median = (work) => {
            const took = [];
            for (let run = 0; run < 25; run++) {
                const began = performance.now();
                work();
                took.push(performance.now() - began);
            }
            return took.sort((a, b) => a - b)[12];
        };
        const once = (work) => {
            const began = performance.now();
            work();
            return performance.now() - began;
        };
        const pairs = new Bench(1600);
        const began = performance.now();
        const leads = pairs.learn();
        const learn = performance.now() - began;
        const person = new Bench(3200);
        person.learn();
        return {
            // Where questions lead nowhere half of the work is left out.
            learn: leads ? learn : null,
            question: median(() => person.search()),
            entries: bench.entries(),
            bytes,
            search: median(() => bench.search()),
            scan: median(() => bench.scan()),
            findMany: median(() => bench.find('가')),
            findNone: median(() => bench.find('없는말')),
            flag: once(() => bench.flag()),
        };
    };
    measure().then(done, (error) => done({ error: String(error) }));
";

async fn archive() -> Outcome<Reading> {
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
    owner.click("#delete-yes:enabled").await;
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
    owner.close().await?;
    Ok(Reading {
        posts,
        archive_bytes: std::fs::metadata(&large)?.len(),
        archive_read_s: seconds,
        archive_posts_s: posts / seconds,
        archive_mb: figure("memory")? / 1e6,
        archive_first_answer_s: first_answer,
        longest: figure("longest")?,
    })
}

/// What comes from a server.
struct Served {
    seconds: f64,
    longest: f64,
}

async fn bluesky() -> Outcome<Served> {
    let config = bluesky::Config {
        delay: ANSWER,
        ..bluesky::Config::default()
    };
    let server = Bluesky::start(config).await?;
    let stage = Stage::start_with(Setting {
        vars: vec![("BLUESKY", server.places())],
        ..Setting::default()
    });
    let stage = stage.await?;
    served("bluesky", "", &stage, &stage.numbered()).await
}

async fn misskey() -> Outcome<Served> {
    let config = misskey::Config {
        delay: ANSWER,
        ..misskey::Config::default()
    };
    let server = Misskey::start(config).await?;
    let stage = Stage::start().await?;
    served("misskey", server.url(), &stage, stage.origin()).await
}

async fn mastodon() -> Outcome<Served> {
    let config = mastodon::Config {
        delay: ANSWER,
        ..mastodon::Config::default()
    };
    let server = Mastodon::start(config).await?;
    let stage = Stage::start().await?;
    served("mastodon", server.url(), &stage, stage.origin()).await
}

/// Reads all that somebody has at a server, by the page at `origin` on this stage.
async fn served(door: &str, url: &str, stage: &Stage, origin: &str) -> Outcome<Served> {
    stage.keep_up();
    let owner = Browser::open(Kind::Chromium).await?;
    owner.goto(origin).await?;
    owner.click(&format!("#{door}")).await;
    owner.shown("#server").await.send_keys(url).await?;
    owner.click("#server-go").await;
    owner.shown("#as-handle").await;
    owner
        .shown("#handle")
        .await
        .send_keys(SERVERS_POSTS)
        .await?;
    owner.click("#as-handle").await;
    owner.click("#allow").await;
    owner.shown("main[data-phase=consent] #start").await;
    owner.execute(WATCH, vec![]).await?;
    let begun = Instant::now();
    owner.click("#start").await;
    owner
        .shown_within("#step-read[data-state=done], main[data-phase=ready]", SOON)
        .await;
    let seconds = begun.elapsed().as_secs_f64();
    let longest = owner
        .execute("return window.watched.longest", vec![])
        .await?;
    let longest = longest.json().as_f64().ok_or("a figure is missing")?;
    owner.close().await?;
    Ok(Served { seconds, longest })
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
