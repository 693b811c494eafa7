//! `cargo xtask bench encoder`: our encoder and its peers in one browser, in turns, as a
//! table and as `bench/encoder.json` in the target folder. It asserts nothing: figures
//! are for people. With `chromium` or `firefox` it measures in that one alone.
//!
//! The folders come from the environment, as `cargo xtask bench encoder` sets it:
//! `LEMON_DIST` holds the product, `LEMON_BENCH_ENGINE` our builds, `LEMON_BENCH_PEERS` the
//! peers' models, `LEMON_MODEL` ours, and `LEMON_NODE_MODULES` the peers.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lemon_model::protocol::{self, FromEncoder, Others, Parts, Role, Text, ToEncoder};
use lemon_tests::browser::{Browser, Kind};
use lemon_tests::first_visit::{SentFile, first_visit};
use lemon_tests::folders;
use lemon_tests::report;
use serde::Serialize;
use serde_json::{Value, json};

/// Runs of a case, in turns with the other engines.
const RUNS: usize = 9;
/// Runs before those, in which the browser compiles what it finds hot.
const WARM_UP: usize = 6;
/// Runs of the case that takes seconds.
const LONG_RUNS: usize = 7;
/// Of the texts in the case that takes seconds.
const TEXTS: usize = 512;

/// The slowest of the engines takes eight seconds for the longest case.
const PATIENCE: Duration = Duration::from_mins(3);

type Outcome<T> = Result<T, Box<dyn Error>>;

/// An engine with its settings.
struct Engine {
    id: &'static str,
    /// What the report calls it.
    name: &'static str,
    build: &'static str,
    threads: usize,
    /// How many workers share the work.
    workers: usize,
    /// What `worker.js` loads.
    load: Value,
    tokens: bool,
    texts: bool,
}

/// Where things are.
struct Bench {
    origin: String,
    /// The network's file.
    network: String,
    product_worker: String,
    product_model: String,
}

#[derive(Serialize)]
struct Row {
    engine: &'static str,
    build: &'static str,
    browser: &'static str,
    case: &'static str,
    threads: usize,
    median_ms: f64,
    runs: Vec<f64>,
}

#[derive(Serialize)]
struct Report {
    rows: Vec<Row>,
    /// What our builds multiply with, by browser and build: it depends on the processor.
    kernels: BTreeMap<String, String>,
    /// Bytes of a first visit as they are sent, by file.
    sizes: BTreeMap<String, u64>,
    /// WebAssembly's memory of a worker of ours, at its largest.
    memory_mb: f64,
    /// None if it was not measured.
    fidelity: Option<Fidelity>,
}

/// Cosines to the f32 reference over the reference texts.
#[derive(Clone, Copy, Serialize)]
struct Fidelity {
    texts: usize,
    min: f64,
    mean: f64,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let folders = folders()?;
    let mut report = Report {
        rows: Vec::new(),
        kernels: BTreeMap::new(),
        sizes: sizes()?,
        memory_mb: 0.0,
        fidelity: None,
    };
    let bench = Bench {
        network: network(&folders["model"])?,
        product_worker: format!(
            "/dist/engine/{}/encoder-relaxed/worker.js",
            only_folder(&folders["dist"].join("engine"))?
        ),
        product_model: format!("/dist/model/{}/", name_of(&folders["model"])?),
        origin: folders::serve(folders).await?,
    };
    let only = env::args().nth(1);
    for (name, kind) in [("chromium", Kind::Chromium), ("firefox", Kind::Firefox)] {
        if only.as_ref().is_none_or(|only| only == name) {
            measure(kind, name, &bench, &mut report).await?;
            measure_start(kind, name, &bench, &mut report).await?;
        }
    }
    print(&report);
    report::keep("encoder.json", &report)?;
    Ok(())
}

fn engines(network: &str) -> Vec<Engine> {
    let ours = |id, build, workers| Engine {
        id,
        name: "ours",
        build,
        threads: workers,
        workers,
        load: json!({ "name": "ours", "build": build }),
        tokens: workers == 1,
        texts: build == "relaxed",
    };
    let ort = |id, file: &str| Engine {
        id,
        name: id,
        build: "npm",
        threads: 1,
        workers: 1,
        load: json!({ "name": "ort", "file": file, "threads": 1 }),
        tokens: true,
        texts: false,
    };
    let transformers = |id, threads| Engine {
        id,
        name: "transformersjs",
        build: "npm",
        threads,
        workers: 1,
        load: json!({ "name": "transformersjs", "threads": threads }),
        tokens: false,
        texts: true,
    };
    vec![
        ours("ours-relaxed", "relaxed", 1),
        ours("ours-plain", "plain", 1),
        ort("ort-int8", "/peers/int8.onnx"),
        ort("ort-q4", network),
        Engine {
            id: "tract",
            name: "tract",
            build: "relaxed",
            threads: 1,
            workers: 1,
            load: json!({ "name": "tract", "build": "relaxed" }),
            tokens: true,
            texts: false,
        },
        ours("ours-relaxed-2", "relaxed", 2),
        transformers("transformersjs", 1),
        transformers("transformersjs-2", 2),
    ]
}

async fn measure(
    kind: Kind,
    name: &'static str,
    bench: &Bench,
    report: &mut Report,
) -> Outcome<()> {
    let browser = open(kind, &bench.origin).await?;
    let engines = engines(&bench.network);
    let cases = [
        ("16x24", input(16, 24), RUNS, true),
        ("1x16", input(1, 16), 4 * RUNS, true),
        ("texts512", json!({ "texts": texts() }), LONG_RUNS, false),
    ];
    for (case, input, runs, by_tokens) in cases {
        let mut loaded = Vec::new();
        for engine in engines.iter().filter(|engine| {
            if by_tokens {
                engine.tokens
            } else {
                engine.texts
            }
        }) {
            let arguments = json!([engine.id, engine.load, engine.workers]);
            match call(&browser, "load", arguments).await {
                Ok(_) => loaded.push((engine, Vec::new())),
                Err(error) => println!("{name}: {} does not run: {error}", engine.id),
            }
        }
        let warm_up = if by_tokens { WARM_UP } else { 1 };
        for round in 0..warm_up + runs {
            for (engine, runs) in &mut loaded {
                let ms = call(&browser, "run", json!([engine.id, input])).await?;
                if round >= warm_up {
                    runs.push(ms.as_f64().ok_or("no time was measured")?);
                }
            }
        }
        for (engine, runs) in loaded {
            if engine.name == "ours" {
                let asked = json!([engine.id, { "order": "memory" }]);
                let memory = call(&browser, "ask", asked).await?;
                let memory = memory["memory"].as_f64().unwrap_or_default();
                report.memory_mb = report.memory_mb.max(memory);
                let asked = json!([engine.id, { "order": "kernel" }]);
                let kernel = &call(&browser, "ask", asked).await?["kernel"];
                let kernel = kernel.as_str().unwrap_or_default().to_owned();
                let build = format!("{name}, {}", engine.build);
                report.kernels.insert(build, kernel);
            }
            if case == "texts512" && engine.id == "ours-relaxed" {
                report.fidelity = Some(fidelity(&browser, engine.id).await?);
            }
            if engine.name == "transformersjs" {
                let asked = json!([engine.id, { "order": "batch" }]);
                let batch = &call(&browser, "ask", asked).await?["batch"];
                println!("{name}: {} is fastest with batches of {batch}", engine.id);
            }
            report.rows.push(row(engine, name, case, runs));
            call(&browser, "end", json!([engine.id])).await?;
        }
    }

    browser.close().await?;
    Ok(())
}

/// From starting a worker to its first vector, in turns, each engine in a browser that does
/// nothing else. Ours is the product's own worker, with the product's own files.
async fn measure_start(
    kind: Kind,
    name: &'static str,
    bench: &Bench,
    report: &mut Report,
) -> Outcome<()> {
    const FIRST: &str = "오늘 점심 뭐 먹지";
    let engines = engines(&bench.network);
    let starting = engines
        .iter()
        .filter(|engine| engine.texts && engine.threads == 1);
    let mut starting: Vec<_> = starting.map(|engine| (engine, Vec::new())).collect();
    let mut browsers = Vec::new();
    for _ in &starting {
        browsers.push(open(kind, &bench.origin).await?);
    }
    let first = Text {
        role: Role::Passage,
        text: FIRST.to_owned(),
    };
    let load = ToEncoder::Load {
        folder: bench.product_model.clone(),
        others: Others::Forget,
        parts: Parts::All,
    };
    let asked = [load, ToEncoder::Embed(vec![first])];
    let asked = (1..).zip(&asked);
    let asked: Vec<_> = asked
        .map(|(number, question)| protocol::write(number, question))
        .collect::<Result<_, _>>()?;
    for round in 0..=LONG_RUNS {
        for ((engine, runs), browser) in starting.iter_mut().zip(&browsers) {
            let started = if engine.name == "ours" {
                start_product(browser, bench, &asked).await
            } else {
                let arguments = json!([engine.load, { "texts": [FIRST] }]);
                call(browser, "start", arguments).await
            };
            match started {
                // The first one fills the browser's cache.
                Ok(ms) => runs.extend(ms.as_f64().filter(|_| round > 0)),
                Err(error) => println!("{name}: {} does not start: {error}", engine.id),
            }
        }
    }
    for (engine, runs) in starting {
        if !runs.is_empty() {
            report.rows.push(row(engine, name, "start", runs));
        }
    }
    for browser in browsers {
        browser.close().await?;
    }
    Ok(())
}

/// Milliseconds that the product's worker takes to answer what it is `asked`.
async fn start_product(browser: &Browser, bench: &Bench, asked: &[Vec<u8>]) -> Outcome<Value> {
    let arguments = json!([bench.product_worker, asked]);
    let started = call(browser, "product", arguments).await?;
    let answer: Vec<u8> = serde_json::from_value(started["answer"].clone())?;
    let answer = protocol::split(&answer).and_then(|(_, value)| protocol::read(value));
    match answer {
        Some(FromEncoder::Vectors(vectors)) if vectors.len() == 1 => Ok(started["ms"].clone()),
        other => Err(format!("it gave no vector, but {other:?}").into()),
    }
}

async fn open(kind: Kind, origin: &str) -> Outcome<Browser> {
    let browser = Browser::open(kind).await?;
    browser.set_script_timeout(PATIENCE).await?;
    browser.goto(format!("{origin}/bench/page.html")).await?;
    browser
        .until("the page", Duration::from_mins(1), async || {
            (browser.title().await.ok()? == "ready").then_some(())
        })
        .await;
    Ok(browser)
}

/// The result of one of the page's functions.
async fn call(browser: &Browser, function: &str, arguments: Value) -> Outcome<Value> {
    const SCRIPT: &str = "const done = arguments[arguments.length - 1];
        Promise.resolve(window.bench[arguments[0]](...arguments[1]))
            .then((value) => done({ value: value ?? null }), (error) => done({ error: String(error.stack ?? error) }));";
    let answer = browser
        .execute_async(SCRIPT, vec![function.into(), arguments])
        .await?;
    let answer = answer.json().clone();
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => Err(error.into()),
        None => Ok(answer["value"].clone()),
    }
}

fn row(engine: &Engine, browser: &'static str, case: &'static str, runs: Vec<f64>) -> Row {
    let mut sorted = runs.clone();
    sorted.sort_by(f64::total_cmp);
    Row {
        engine: engine.name,
        build: engine.build,
        browser,
        case,
        threads: engine.threads,
        median_ms: sorted[sorted.len() / 2],
        runs,
    }
}

/// Texts of one length, of tokens that are none of the control tokens.
fn input(texts: usize, length: usize) -> Value {
    let id = |at: usize| match at % length {
        0 => 0,
        last if last + 1 == length => 2,
        _ => 100 + at * 7_919 % 50_000,
    };
    let ids: Vec<usize> = (0..texts * length).map(id).collect();
    json!({ "ids": ids, "lengths": vec![length; texts] })
}

/// What the demo account and its friends say: of all three languages, which lie behind
/// each other in the file.
fn texts() -> Vec<&'static str> {
    let all: Vec<_> = include_str!("../../data/demo.txt")
        .lines()
        .filter(|line| !line.starts_with(['#', '@', '[']))
        .flat_map(|line| line.split('|').skip(1))
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .collect();
    (0..TEXTS).map(|at| all[at * all.len() / TEXTS]).collect()
}

/// Texts that our vocabulary cuts otherwise; `model/tests/fidelity.rs` says why.
const OTHERWISE: [&str; 3] = [
    "ｆｕｌｌｗｉｄｔｈ\u{3000}ＡＢＣ\u{3000}１２３",
    "zero\u{200b}width\u{200b}joiner",
    "<s> hello </s> <mask> <pad> <unk>",
];

async fn fidelity(browser: &Browser, id: &str) -> Outcome<Fidelity> {
    let reference: Value =
        serde_json::from_str(include_str!("../../../model/tests/data/embeddings.json"))?;
    let cases = reference["cases"].as_array().ok_or("no reference texts")?;
    let floats = |value: &Value| -> Vec<f64> {
        let values = value.as_array().map(Vec::as_slice).unwrap_or_default();
        values.iter().filter_map(Value::as_f64).collect()
    };
    let mut cosines = Vec::new();
    for (queries, prefix) in [(true, "query: "), (false, "passage: ")] {
        let cases: Vec<_> = cases
            .iter()
            .filter(|case| case["prefix"] == prefix)
            .filter(|case| !OTHERWISE.iter().any(|text| case["text"] == *text))
            .collect();
        let texts: Vec<_> = cases.iter().map(|case| case["text"].clone()).collect();
        let asked = json!([id, { "order": "vectors", "texts": texts, "queries": queries }]);
        let vectors = floats(&call(browser, "ask", asked).await?["vectors"]);
        let width = vectors.len() / cases.len().max(1);
        for (case, vector) in cases.iter().zip(vectors.chunks(width.max(1))) {
            let wanted = floats(&case["vector"]);
            cosines.push(wanted.iter().zip(vector).map(|(a, b)| a * b).sum::<f64>());
        }
    }
    // A few hundred texts.
    #[allow(clippy::cast_precision_loss)]
    let count = cosines.len() as f64;
    Ok(Fidelity {
        texts: cosines.len(),
        min: cosines.iter().copied().fold(f64::INFINITY, f64::min),
        mean: cosines.iter().sum::<f64>() / count,
    })
}

fn print(report: &Report) {
    println!(
        "{:<10}{:<10}{:<16}{:<9}{:>8}{:>12}{:>10}",
        "browser", "case", "engine", "build", "threads", "median ms", "ours is"
    );
    for row in &report.rows {
        let ours = report.rows.iter().find(|ours| {
            ours.engine == "ours"
                && ours.build == "relaxed"
                && (ours.browser, ours.case, ours.threads) == (row.browser, row.case, row.threads)
        });
        let ratio = ours.map_or(f64::NAN, |ours| row.median_ms / ours.median_ms);
        println!(
            "{:<10}{:<10}{:<16}{:<9}{:>8}{:>12.1}{:>9.2}×",
            row.browser, row.case, row.engine, row.build, row.threads, row.median_ms, ratio
        );
    }
    println!();
    for (build, kernel) in &report.kernels {
        println!("{build}: the kernel is {kernel}");
    }
    println!("\n{:<100}{:>12}", "sent over the wire", "bytes");
    for (name, bytes) in &report.sizes {
        println!("{name:<100}{bytes:>12}");
    }
    println!("\nmemory of a worker of ours: {:.1} MB", report.memory_mb);
    if let Some(Fidelity { texts, min, mean }) = report.fidelity {
        println!("\ncosine to the f32 reference of {texts} texts: least {min:.4}, mean {mean:.4}");
    }
}

/// The address of our network's file.
fn network(model: &Path) -> Outcome<String> {
    let manifest: Value = serde_json::from_slice(&fs::read(model.join("manifest.json"))?)?;
    let name = manifest["network"]["name"].as_str();
    Ok(format!(
        "/model/{}",
        name.ok_or("the manifest names no network")?
    ))
}

/// The name of the one folder in `folder`.
fn only_folder(folder: &Path) -> Outcome<String> {
    let found = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    match &found[..] {
        [only] => name_of(&only.path()),
        _ => Err(format!("{} holds not one folder", folder.display()).into()),
    }
}

fn name_of(path: &Path) -> Outcome<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    Ok(name.ok_or("a folder without a name")?.to_owned())
}

/// Bytes of a first visit as they are sent, with their sum.
fn sizes() -> Outcome<BTreeMap<String, u64>> {
    let files = first_visit(&PathBuf::from(env::var("LEMON_DIST")?))?;
    let sum = files.iter().map(SentFile::sent).sum();
    let sizes = files.iter().map(|file| (file.name.clone(), file.sent()));
    Ok(sizes.chain([("a first visit".to_owned(), sum)]).collect())
}

fn folders() -> Outcome<BTreeMap<&'static str, PathBuf>> {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench");
    let mut folders = BTreeMap::from([("bench", bench)]);
    for (name, variable) in [
        ("dist", "LEMON_DIST"),
        ("engine", "LEMON_BENCH_ENGINE"),
        ("peers", "LEMON_BENCH_PEERS"),
        ("model", "LEMON_MODEL"),
        ("npm", "LEMON_NODE_MODULES"),
    ] {
        let folder = env::var_os(variable).ok_or_else(|| format!("{variable} is not set"))?;
        folders.insert(name, folder.into());
    }
    Ok(folders)
}
