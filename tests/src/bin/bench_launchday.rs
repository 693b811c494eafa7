//! `cargo xtask bench launchday`: an evening on which everybody comes at once, against the
//! Worker under workerd and the stand-in as X. Prints what happened, and writes it to
//! `bench/launchday.json` in the target folder. It asserts nothing: figures are for
//! people.
//!
//! Time passes [`SPEED`] times as fast, for X and for the edge alike; what people do is
//! timed by the same clock. What waits for the machine itself, as every request does, then
//! seems to take longer than it would. The same evening is played on paper, with the edge's
//! budget alone, and so are evenings with many more people.
//!
//! With `scripts` in the place of a number of people: what those notice who import while a
//! few always ask ([`scripts`]), in `bench/scripts.json`. With `requests`: what requests cost
//! the processor, and nothing else.

use std::collections::HashSet;
use std::env;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use lemon_edge::bot::PREFIX;
use lemon_edge::budget::{QUARTER, Rules};
use lemon_edge::purge::PAGE;
use lemon_edge::seal::Key;
use lemon_tests::evening::{Evening, Paper, RETRY, Visitor, draw, quantile, ratio};
use lemon_tests::fast::FastTime;
use lemon_tests::guest;
use lemon_tests::report;
use lemon_tests::scripts;
use lemon_tests::stage::{Bare, PURGE, SESSION_KEY, Serve, Setting, Stage, StoredBot};
use lemon_tests::standin::{self, Fault, Kind, Limits, Odd, Quota, Route, Standin};
use lemon_wire::{Cause, Limit, PostsPage, Problem, look_again};
use reqwest::{Client, Response};
use serde::Serialize;
use tokio::task::JoinSet;

/// How much faster than the machine's the clock is.
const SPEED: i64 = 2;

/// Who comes, unless the first argument says otherwise.
const PEOPLE: usize = 1_000;

/// How often somebody tries to sign in: for longer than any outage of the evening.
const TRIES: usize = 1_000;

const MINUTE: i64 = 60;

/// X's window is a quarter of the real one: it is only this that makes people wait.
const EVENING: Evening = Evening {
    people: PEOPLE,
    coming: 60 * MINUTE,
    app_quarter: 2_500,
    leavers: 10,
    away: 7 * MINUTE,
    failures: 50,
    short_pages: 7,
    outage: (25 * MINUTE, 30 * MINUTE),
};

/// When the edge is killed and started again.
const RESTARTS: [i64; 2] = [12 * MINUTE, 40 * MINUTE];

/// People of the evening that is on paper only, with X's real window, or with one that is
/// as large for them as the measured evening's was.
const MANY: usize = 50_000;

/// What X takes to answer on paper, in milliseconds; real ones took half a second.
const PAGE_MS: i64 = 500;

/// Requests by which the processor's time is measured, of each kind.
const SAMPLES: usize = 200;
/// Requests before these, which are not counted.
const WARM_UP: usize = 200;
/// People who make them in turn.
const ASKERS: u32 = 10;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The evening, and where it takes place.
struct Scene {
    evening: Evening,
    time: FastTime,
    x: Standin,
    edge: Bare,
    requests: AtomicUsize,
}

/// What one person went through.
#[derive(Clone, Copy, Default)]
struct Story {
    /// Seconds from the beginning of the evening.
    came: i64,
    finished: Option<i64>,
    /// Seconds with the tab closed, which are not waited.
    away: i64,
    pages: u32,
    lost: usize,
    duplicated: usize,
    /// A turn that was told did not come when it was told.
    put_off: bool,
}

#[derive(Serialize)]
struct Report {
    people: usize,
    finished: usize,
    /// Requests that X had to refuse.
    x_429: usize,
    /// People whose posts were not all there when the page took itself for done.
    told_early: usize,
    /// People whose turn did not come when it had been told.
    put_off: usize,
    /// People who closed the tab midway.
    left: usize,
    lost: usize,
    duplicated: usize,
    pages: u32,
    speed: i64,
    app_quarter: u32,
    wait_median_s: i64,
    wait_p95_s: i64,
    best_median_s: i64,
    best_p95_s: i64,
    wait_p95_ratio: f64,
    /// Of machine time.
    requests_per_second: f64,
    cpu_ms_median: f64,
    cpu_ms_posts: f64,
    /// Of a page as large as X's can be.
    cpu_ms_long_posts: f64,
    /// The same evening, and larger ones.
    on_paper: Vec<OnPaper>,
}

/// An evening that was not measured; see [`Paper`].
#[derive(Serialize)]
struct OnPaper {
    people: usize,
    app_quarter: u32,
    finished: usize,
    x_429: usize,
    pages: usize,
    wait_median_s: i64,
    wait_p95_s: i64,
    best_p95_s: i64,
    wait_p95_ratio: f64,
    most_waiting: u32,
    hours: f64,
    messages_per_second: usize,
    budget_us_per_message: f64,
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let people = match env::args().nth(1) {
        Some(scripts) if scripts == "scripts" => {
            let report = scripts::play().await?;
            println!("{}", serde_json::to_string_pretty(&report)?);
            report::keep("scripts.json", &report)?;
            return Ok(());
        }
        Some(requests) if requests == "requests" => {
            processor(&Scene::set(EVENING).await?).await?;
            return purge().await;
        }
        Some(people) => people.parse()?,
        None => PEOPLE,
    };
    let on_paper = on_paper()?;
    println!("{}", serde_json::to_string_pretty(&on_paper)?);
    let evening = Evening { people, ..EVENING };
    let scene = Arc::new(Scene::set(evening).await?);
    let began = Instant::now();

    let troubles = tokio::spawn(troubles(Arc::clone(&scene)));
    let mut tasks = JoinSet::new();
    for index in 0..people {
        let scene = Arc::clone(&scene);
        tasks.spawn(async move { scene.person(index).await });
    }
    let mut stories = Vec::new();
    while let Some(story) = tasks.join_next().await {
        stories.push(story??);
        if stories.len() % 100 == 0 {
            println!(
                "{:>5} finished after {} s",
                stories.len(),
                scene.time.passed()
            );
        }
    }
    troubles.await??;
    let seconds = began.elapsed().as_secs_f64();

    let requests = scene.x.requests();
    let mut waits: Vec<i64> = stories
        .iter()
        .filter_map(|story| Some(story.finished? - story.came - story.away))
        .collect();
    let came: Vec<(i64, u32)> = stories
        .iter()
        .map(|story| (story.came, story.pages))
        .collect();
    let mut best = evening.best(&came);
    waits.sort_unstable();
    best.sort_unstable();
    // Past every window, so that nobody has to wait.
    scene.time.sleep(QUARTER).await;
    scene.x.clear_faults();
    let (cpu_ms_median, cpu_ms_posts, cpu_ms_long_posts) = processor(&scene).await?;
    let report = Report {
        people,
        finished: waits.len(),
        x_429: requests
            .iter()
            .filter(|request| request.status == 429)
            .count(),
        told_early: stories.iter().filter(|story| story.lost > 0).count(),
        put_off: stories.iter().filter(|story| story.put_off).count(),
        left: stories.iter().filter(|story| story.away > 0).count(),
        lost: stories.iter().map(|story| story.lost).sum(),
        duplicated: stories.iter().map(|story| story.duplicated).sum(),
        pages: stories.iter().map(|story| story.pages).sum(),
        speed: SPEED,
        app_quarter: evening.app_quarter,
        wait_median_s: quantile(&waits, 50),
        wait_p95_s: quantile(&waits, 95),
        best_median_s: quantile(&best, 50),
        best_p95_s: quantile(&best, 95),
        wait_p95_ratio: ratio(quantile(&waits, 95), quantile(&best, 95)),
        requests_per_second: float(scene.requests.load(Ordering::Relaxed)) / seconds,
        cpu_ms_median,
        cpu_ms_posts,
        cpu_ms_long_posts,
        on_paper,
    };
    println!("{}", serde_json::to_string_pretty(&report)?);
    report::keep("launchday.json", &report)?;
    Ok(())
}

/// The measured evening as it should have been, and with many more people.
fn on_paper() -> Outcome<Vec<OnPaper>> {
    let key = Key::parse(SESSION_KEY).ok_or("the key is none")?;
    let rules = Rules::read(|_| None)?;
    let many = Evening {
        people: MANY,
        ..EVENING
    };
    let scale = u32::try_from(MANY / PEOPLE)?;
    let real = Evening {
        app_quarter: rules.app_quarter,
        ..many
    };
    let scaled = Evening {
        app_quarter: EVENING.app_quarter * scale,
        ..many
    };
    // The month that X sells ends the real evening early; what would come next is seen
    // without it.
    let month_posts = rules.month_posts;
    let evenings = [
        (EVENING, month_posts),
        (real, month_posts),
        (real, u64::MAX),
        (scaled, u64::MAX),
    ];
    let paper = |(evening, month_posts): &(Evening, u64)| {
        let rules = Rules {
            app_quarter: rules.app_quarter.max(evening.app_quarter),
            month_posts: *month_posts,
            ..rules.clone()
        };
        OnPaper::of(evening, &evening.on_paper(rules, &key, PAGE_MS))
    };
    Ok(evenings.iter().map(paper).collect())
}

impl OnPaper {
    fn of(evening: &Evening, paper: &Paper) -> Self {
        Self {
            people: evening.people,
            app_quarter: evening.app_quarter,
            finished: paper.waits.len(),
            x_429: paper.x_429,
            pages: paper.pages,
            wait_median_s: quantile(&paper.waits, 50),
            wait_p95_s: quantile(&paper.waits, 95),
            best_p95_s: quantile(&paper.best, 95),
            wait_p95_ratio: ratio(quantile(&paper.waits, 95), quantile(&paper.best, 95)),
            most_waiting: paper.most_waiting,
            hours: ratio(paper.end, 60 * MINUTE),
            messages_per_second: paper.busiest,
            budget_us_per_message: paper.taken.as_secs_f64() * 1e6 / float(paper.messages),
        }
    }
}

/// What goes wrong at X and at the edge in the course of the evening.
async fn troubles(scene: Arc<Scene>) -> Outcome<()> {
    let Scene {
        evening,
        time,
        x,
        edge,
        ..
    } = &*scene;
    let now_and_then = || {
        for count in 1..1_000 {
            let failure = Fault::once(Kind::Server { status: 503 }, Route::Posts);
            x.fault(failure.after(evening.failures * count));
        }
    };
    now_and_then();
    let start = time.began();
    let [first, second] = RESTARTS;
    time.sleep_until(start + first).await;
    edge.restart().await?;
    time.sleep_until(start + evening.outage.0).await;
    x.clear_faults();
    x.fault(Fault::always(Kind::Server { status: 503 }, Route::Posts));
    time.sleep_until(start + evening.outage.1).await;
    x.clear_faults();
    now_and_then();
    time.sleep_until(start + second).await;
    edge.restart().await?;
    Ok(())
}

impl Scene {
    async fn set(evening: Evening) -> Outcome<Self> {
        let time = FastTime::start(SPEED);
        let limits = Limits {
            posts: Quota {
                user: Some(900),
                app: Some(evening.app_quarter),
            },
            ..Limits::default()
        };
        let x = Standin::start(standin::Config {
            clock: time.clock(),
            limits,
            ..standin::Config::default()
        })
        .await?;
        let edge = Bare::start(&x, &[time.var()]).await?;
        Ok(Self {
            evening,
            time,
            x,
            edge,
            requests: AtomicUsize::new(0),
        })
    }

    /// Somebody comes, signs in and reads everything, as the page does.
    async fn person(&self, index: usize) -> Outcome<Story> {
        let (time, origin) = (self.time, self.edge.origin());
        let Visitor {
            comes,
            posts,
            leaves_after,
        } = self.evening.visitor(index);
        time.sleep_until(time.began() + comes).await;
        let mut story = Story {
            came: time.passed(),
            ..Story::default()
        };
        let handle = format!("posts_{posts}");
        let client = guest::client()?;
        let mut cookie = sign_in(&client, &origin, time, &handle).await?;
        let mut ids = Vec::new();
        let mut query = String::new();
        // The turn that was told last.
        let mut told = None;
        loop {
            self.requests.fetch_add(1, Ordering::Relaxed);
            let address = format!("{origin}/api/posts{query}");
            let sent = client.get(address).header("cookie", &cookie).send().await;
            // The edge is being started again.
            let Ok(response) = sent else {
                time.sleep(RETRY).await;
                continue;
            };
            match page(response).await {
                Some(Ok(page)) => {
                    story.pages += 1;
                    // A new turn, if another one is needed, is a new promise.
                    told = None;
                    ids.extend(page.posts.into_iter().map(|post| post.id));
                    match page.next {
                        Some(next) => query = format!("?cursor={next}"),
                        None => break,
                    }
                    if leaves_after == Some(story.pages) {
                        time.sleep(self.evening.away).await;
                        story.away = self.evening.away;
                        told = None;
                    }
                }
                Some(Err(problem)) => match (problem.cause, problem.retry_at) {
                    (Cause::SignedOut, _) => {
                        cookie = sign_in(&client, &origin, time, &handle).await?;
                    }
                    (Cause::Waiting, Some(at)) => {
                        let now = time.now();
                        if problem.limit == Some(Limit::AppQuarter) {
                            story.put_off |= told.is_some_and(|told| at > told);
                            told = Some(at);
                        }
                        let look = now + look_again(at - now, draw(index, now));
                        time.sleep_until(at.min(look)).await;
                    }
                    _ => time.sleep(RETRY).await,
                },
                None => time.sleep(RETRY).await,
            }
        }
        // This is when the page may begin to call it ready.
        story.finished = Some(time.passed());
        let account = self
            .x
            .directory()
            .account(&handle)
            .ok_or("no such account")?;
        let all: Vec<String> = (0..account.in_reach())
            .filter_map(|index| Some(account.post(index)?.id.to_string()))
            .collect();
        let known: HashSet<&String> = ids.iter().collect();
        story.lost = all.iter().filter(|id| !known.contains(id)).count();
        story.duplicated = ids.len() - known.len();
        Ok(story)
    }
}

/// A page, a problem, or an answer that broke off.
async fn page(response: Response) -> Option<Result<PostsPage, Problem>> {
    if response.status().is_success() {
        response.json().await.ok().map(Ok)
    } else {
        response.json().await.ok().map(Err)
    }
}

/// The session's cookie.
async fn sign_in(client: &Client, origin: &str, time: FastTime, handle: &str) -> Outcome<String> {
    for _ in 0..TRIES {
        match guest::sign_in(client, origin, handle).await {
            Ok(Some(cookie)) => return Ok(cookie),
            // The edge is being started again, or X failed.
            Ok(None) | Err(_) => time.sleep(RETRY).await,
        }
    }
    Err("nobody can sign in".into())
}

/// Milliseconds of the processor's time that requests cost workerd, by median: of requests
/// of other kinds in equal shares, of those for posts, and of those for the longest posts.
/// HTTP and sockets are counted in.
async fn processor(scene: &Scene) -> Outcome<(f64, f64, f64)> {
    const POSTS: &str = "/api/posts?newest=100";
    let (edge, client) = (&scene.edge, guest::client()?);
    // One person may not ask so often.
    let mut cookies = Vec::new();
    for posts in 0..ASKERS {
        let handle = format!("posts_{}", 3_200 - posts);
        cookies.push(sign_in(&client, &edge.origin(), scene.time, &handle).await?);
    }
    let mut kinds = Vec::new();
    for path in ["/api/me", "/api/status", "/api/auth/login"] {
        kinds.push(cost(edge, &client, &cookies, path).await?);
    }
    let posts = cost(edge, &client, &cookies, POSTS).await?;
    let long = Fault::always(Kind::Odd(Odd::Long), Route::Posts);
    scene.x.fault(long);
    let long_posts = cost(edge, &client, &cookies, POSTS).await?;
    kinds.sort_unstable();
    let ms = |microseconds: u64| float(usize::try_from(microseconds).unwrap_or(0)) / 1_000.0;
    Ok((ms(kinds[kinds.len() / 2]), ms(posts), ms(long_posts)))
}

/// Microseconds of the processor's time that a request for `path` costs workerd, by median.
async fn cost(edge: &Bare, client: &Client, cookies: &[String], path: &str) -> Outcome<u64> {
    let mut samples = Vec::new();
    for cookie in cookies.iter().cycle().take(WARM_UP + SAMPLES) {
        let before = edge.processor_ns();
        let request = client.get(format!("{}{path}", edge.origin()));
        let answer = request.header("cookie", cookie).send().await?;
        answer.error_for_status()?.bytes().await?;
        samples.push((edge.processor_ns() - before) / 1_000);
    }
    // Code that is new is first interpreted, then compiled.
    samples.drain(..WARM_UP);
    samples.sort_unstable();
    let microseconds = samples[samples.len() / 2];
    println!("{path}: {microseconds} µs of the processor");
    Ok(microseconds)
}

/// What the bucket does for a run of the purge, asked for by a few lines without anything of
/// the edge.
const BUCKET_ALONE: &str = r#"
    export { BudgetObject } from "EDGE";
    const PLACE = "purge/position";
    export default {
        async scheduled(event, env) {
            const startAfter = await (await env.BOTS.get(PLACE))?.text();
            const options = { prefix: "PREFIX", limit: PAGE, include: ["customMetadata"] };
            const { objects } = await env.BOTS.list({ ...options, startAfter });
            const isOver = (object) => object.customMetadata.expires < Date.now() / 1000;
            const over = objects.filter(isOver).map((object) => object.key);
            if (over.length > 0) await env.BOTS.delete(over);
            await env.BOTS.put(PLACE, objects.at(-1).key);
            console.log(JSON.stringify({ listed: objects.length, purged: over.length, unreadable: 0 }));
        },
    };
"#;

/// Prints what runs of the purge cost workerd by median, where all bots of a page stay and
/// where all of them go, beside what the bucket alone costs it. The development server keeps
/// the bucket in the same process, so that what is over is what the Worker takes.
async fn purge() -> Outcome<()> {
    for (kind, expires) in [("stay", 4_000_000_000), ("go", 1_790_000_000)] {
        let alone = BUCKET_ALONE
            .replace("PREFIX", PREFIX)
            .replace("PAGE", &PAGE.to_string());
        let whole = purges(kind, expires, None).await?;
        let alone = purges(kind, expires, Some(alone)).await?;
        println!(
            "purge of {PAGE} bots that {kind}: {whole} µs of the processor, the bucket alone {alone}"
        );
    }
    Ok(())
}

/// What a run of the purge costs workerd by median, in microseconds, with `between` in the
/// place of the Worker if there is something.
async fn purges(kind: &str, expires: i64, between: Option<String>) -> Outcome<u64> {
    const RUNS: u32 = 40;
    let bots = (0..RUNS * PAGE).map(|number| {
        let key = format!("{PREFIX}A{}", BASE64.encode(format!("{number:015}")));
        StoredBot::new(key, expires, BASE64.encode([7; 32]))
    });
    let setting = Setting {
        serve: Serve::Api,
        bots: bots.collect(),
        between: between.map(|text| &*text.leak()),
        ..Setting::default()
    };
    let stage = Stage::start_with(setting).await?;
    let client = guest::client()?;
    let mut samples = Vec::new();
    for _ in 0..RUNS {
        let before = stage.processor_ns();
        let run = client.get(format!("{}{PURGE}", stage.origin()));
        run.send().await?.error_for_status()?.bytes().await?;
        samples.push((stage.processor_ns() - before) / 1_000);
    }
    let purged = if kind == "go" { PAGE } else { 0 };
    let said = format!("{{\"listed\":{PAGE},\"purged\":{purged},\"unreadable\":0");
    let runs = stage.output();
    let runs = runs.iter().filter(|line| line.starts_with(&said)).count();
    if runs + 1 < samples.len() {
        return Err(format!("{runs} of {RUNS} runs looked at {PAGE} bots that {kind}").into());
    }
    samples.sort_unstable();
    Ok(samples[samples.len() / 2])
}

/// Counts far below 2^52.
#[allow(clippy::cast_precision_loss)]
fn float(count: usize) -> f64 {
    count as f64
}
