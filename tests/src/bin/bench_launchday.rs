//! `cargo xtask bench launchday`: an evening on which everybody comes at once, against the
//! Worker under workerd and the stand-in as X. Prints what happened, and writes it to
//! `bench/launchday.json` in the target folder. It asserts nothing: figures are for
//! people.
//!
//! Time passes [`SPEED`] times as fast, for X and for the edge alike; what people do is
//! timed by the same clock. What waits for the machine itself, as every request does, then
//! seems to take longer than it would.

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use lemon_tests::fast::FastTime;
use lemon_tests::report;
use lemon_tests::stage::{Serve, Setting, Stage};
use lemon_tests::standin::{self, Fault, Kind, Limits, Quota, Route};
use lemon_wire::{Cause, PostsPage, Problem};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde::Serialize;
use tokio::task::JoinSet;

/// How much faster than the machine's the clock is.
const SPEED: i64 = 10;

/// Who comes, unless the first argument says otherwise.
const PEOPLE: usize = 1_000;

/// They come within this, most of them early: the time of somebody's coming is the square
/// of their share of it.
const HOUR: i64 = 60 * 60;

/// Requests that X allows in 15 minutes; the edge is not told so. Fewer than the real
/// 10,000, as it is only this that makes people wait.
const APP_QUARTER: u32 = 4_000;
const QUARTER: i64 = 15 * 60;

/// One in so many closes the tab midway, and comes back after so many seconds.
const LEAVERS: usize = 10;
const AWAY: i64 = 7 * 60;

/// One in so many answers of X is an error.
const FAILURES: u32 = 50;

/// When X fails altogether, and for how long.
const OUTAGE: i64 = 25 * 60;
const OUTAGE_LENGTH: i64 = 5 * 60;

/// When the edge is killed and started again.
const RESTARTS: [i64; 2] = [12 * 60, 40 * 60];

/// How long a page waits before it asks again for what failed on the way.
const RETRY: i64 = 10;

/// Requests by which the processor's time is measured, of each kind.
const SAMPLES: usize = 100;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

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
    told_early: bool,
}

#[derive(Serialize)]
struct Report {
    people: usize,
    finished: usize,
    /// Requests that X had to refuse.
    x_429: usize,
    told_early: usize,
    lost: usize,
    duplicated: usize,
    pages: usize,
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
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let people = match env::args().nth(1) {
        Some(people) => people.parse()?,
        None => PEOPLE,
    };
    let time = FastTime::start(SPEED);
    let stage = Arc::new(stage(time).await?);
    let requests = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();

    let troubles = tokio::spawn(troubles(Arc::clone(&stage), time));
    let mut tasks = JoinSet::new();
    for index in 0..people {
        let (stage, requests) = (Arc::clone(&stage), Arc::clone(&requests));
        tasks.spawn(async move { person(&stage, time, index, people, &requests).await });
    }
    let mut stories = Vec::new();
    while let Some(story) = tasks.join_next().await {
        stories.push(story??);
        if stories.len() % 100 == 0 {
            println!("{:>5} finished after {} s", stories.len(), time.passed());
        }
    }
    troubles.await??;
    let seconds = began.elapsed().as_secs_f64();

    let x_429 = stage
        .x()
        .requests()
        .iter()
        .filter(|request| request.status == 429)
        .count();
    let mut waits: Vec<i64> = stories
        .iter()
        .filter_map(|story| Some(story.finished? - story.came - story.away))
        .collect();
    let mut bests = best_schedule(&stories);
    waits.sort_unstable();
    bests.sort_unstable();
    let (cpu_ms_median, cpu_ms_posts) = processor(&stage, time).await?;
    let report = Report {
        people,
        finished: waits.len(),
        x_429,
        told_early: stories.iter().filter(|story| story.told_early).count(),
        lost: stories.iter().map(|story| story.lost).sum(),
        duplicated: stories.iter().map(|story| story.duplicated).sum(),
        pages: stories.iter().map(|story| story.pages as usize).sum(),
        speed: SPEED,
        app_quarter: APP_QUARTER,
        wait_median_s: quantile(&waits, 50),
        wait_p95_s: quantile(&waits, 95),
        best_median_s: quantile(&bests, 50),
        best_p95_s: quantile(&bests, 95),
        wait_p95_ratio: ratio(quantile(&waits, 95), quantile(&bests, 95)),
        requests_per_second: float(requests.load(Ordering::Relaxed)) / seconds,
        cpu_ms_median,
        cpu_ms_posts,
    };
    println!("{}", serde_json::to_string_pretty(&report)?);
    report::keep("launchday.json", &report)?;
    Ok(())
}

async fn stage(time: FastTime) -> Outcome<Stage> {
    let limits = Limits {
        posts: Quota {
            user: Some(900),
            app: Some(APP_QUARTER),
        },
        ..Limits::default()
    };
    Ok(Stage::start_with(Setting {
        standin: standin::Config {
            clock: time.clock(),
            limits,
            ..standin::Config::default()
        },
        serve: Serve::Api,
        vars: vec![time.var()],
        ..Setting::default()
    })
    .await?)
}

/// What goes wrong at X and at the edge in the course of the evening.
async fn troubles(stage: Arc<Stage>, time: FastTime) -> Outcome<()> {
    let now_and_then = || {
        for count in 1..1_000 {
            let failure = Fault::once(Kind::Server { status: 503 }, Route::Posts);
            stage.x().fault(failure.after(FAILURES * count));
        }
    };
    now_and_then();
    let start = time.began();
    let [first, second] = RESTARTS;
    time.sleep_until(start + first).await;
    stage.restart().await?;
    time.sleep_until(start + OUTAGE).await;
    stage.x().clear_faults();
    stage
        .x()
        .fault(Fault::always(Kind::Server { status: 503 }, Route::Posts));
    time.sleep(OUTAGE_LENGTH).await;
    stage.x().clear_faults();
    now_and_then();
    time.sleep_until(start + second).await;
    stage.restart().await?;
    Ok(())
}

/// Somebody comes, signs in and reads everything, as the page does.
async fn person(
    stage: &Stage,
    time: FastTime,
    index: usize,
    people: usize,
    requests: &AtomicUsize,
) -> Outcome<Story> {
    let share = float(index) / float(people);
    // Of an hour: whole seconds are enough.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let comes = (HOUR as f64 * share * share) as i64;
    time.sleep_until(time.began() + comes).await;
    let mut story = Story {
        came: time.passed(),
        ..Story::default()
    };
    // Numbers of posts from 40 to 3,040, in no order.
    let handle = format!(
        "posts_{}",
        40 + index * 7_919 % people * 3_000 / people + index % 2
    );
    let leaves_after = index.is_multiple_of(LEAVERS).then_some(3);
    let client = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build()?;
    let mut cookie = sign_in(&client, stage, time, &handle).await?;
    let mut ids = Vec::new();
    let mut query = String::new();
    loop {
        requests.fetch_add(1, Ordering::Relaxed);
        let address = format!("{}/api/posts{query}", stage.origin());
        let sent = client.get(address).header("cookie", &cookie).send().await;
        // The edge is being started again.
        let Ok(response) = sent else {
            time.sleep(RETRY).await;
            continue;
        };
        match page(response).await {
            Some(Ok(page)) => {
                story.pages += 1;
                ids.extend(page.posts.into_iter().map(|post| post.id));
                match page.next {
                    Some(next) => query = format!("?cursor={next}"),
                    None => break,
                }
                if leaves_after == Some(story.pages) {
                    time.sleep(AWAY).await;
                    story.away = AWAY;
                }
            }
            Some(Err(problem)) => match (problem.cause, problem.retry_at) {
                (Cause::SignedOut, _) => {
                    cookie = sign_in(&client, stage, time, &handle).await?;
                }
                (Cause::Waiting, Some(at)) => time.sleep_until(at).await,
                _ => time.sleep(RETRY).await,
            },
            None => time.sleep(RETRY).await,
        }
    }
    // This is when the page may begin to call it ready.
    story.finished = Some(time.passed());
    let account = stage
        .x()
        .directory()
        .account(&handle)
        .ok_or("no such account")?;
    let all: Vec<String> = (0..account.in_reach())
        .filter_map(|index| Some(account.post(index)?.id.to_string()))
        .collect();
    let known: std::collections::HashSet<&String> = ids.iter().collect();
    story.lost = all.iter().filter(|id| !known.contains(id)).count();
    story.duplicated = ids.len() - known.len();
    story.told_early = story.lost > 0;
    Ok(story)
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
async fn sign_in(client: &Client, stage: &Stage, time: FastTime, handle: &str) -> Outcome<String> {
    loop {
        match try_to_sign_in(client, stage, handle).await {
            Ok(Some(cookie)) => return Ok(cookie),
            // The edge is being started again, or X failed.
            Ok(None) | Err(_) => time.sleep(RETRY).await,
        }
    }
}

async fn try_to_sign_in(client: &Client, stage: &Stage, handle: &str) -> Outcome<Option<String>> {
    let login = client
        .get(format!("{}/api/auth/login", stage.origin()))
        .send()
        .await?;
    let (Some(address), Some(kept)) = (header(&login, "location"), cookie(&login, "sign-in"))
    else {
        return Ok(None);
    };
    if !address.starts_with("http") {
        return Ok(None);
    }
    let x = client.get(format!("{address}&as={handle}")).send().await?;
    let Some(back) = header(&x, "location") else {
        return Ok(None);
    };
    let callback = client.get(back).header("cookie", kept).send().await?;
    Ok(cookie(&callback, "session"))
}

fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

fn cookie(response: &Response, name: &str) -> Option<String> {
    let lines = response.headers().get_all("set-cookie").into_iter();
    let mut pairs = lines.filter_map(|line| line.to_str().ok()?.split(';').next());
    let found = pairs.find(|pair| pair.starts_with(&format!("__Host-lemon-{name}=")))?;
    (!found.ends_with('=')).then(|| found.to_owned())
}

/// How long each would have waited if X's windows were the only limit, everybody were
/// served in the order of their coming, and an answer took no time: a bound that no
/// schedule can beat for everybody. Nothing is served during the outage.
fn best_schedule(stories: &[Story]) -> Vec<i64> {
    let mut order: Vec<&Story> = stories.iter().collect();
    order.sort_by_key(|story| story.came);
    let (mut reset, mut left) = (0, APP_QUARTER);
    let mut now = 0;
    let mut waits = Vec::new();
    for story in order {
        now = now.max(story.came);
        let mut pages = story.pages;
        while pages > 0 {
            if (OUTAGE..OUTAGE + OUTAGE_LENGTH).contains(&now) {
                now = OUTAGE + OUTAGE_LENGTH;
            }
            if now >= reset {
                (reset, left) = (now + QUARTER, APP_QUARTER);
            }
            let served = pages.min(left);
            (pages, left) = (pages - served, left - served);
            if pages > 0 {
                now = reset;
            }
        }
        waits.push(now - story.came);
    }
    waits
}

/// Milliseconds of the processor's time that requests cost the edge, by median: of
/// requests of all kinds, and of those for posts.
async fn processor(stage: &Stage, time: FastTime) -> Outcome<(f64, f64)> {
    // Past every window, so that nobody has to wait.
    time.sleep(QUARTER).await;
    let client = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build()?;
    let cookie = sign_in(&client, stage, time, "posts_3200").await?;
    let mut kinds = Vec::new();
    for path in [
        "/api/me",
        "/api/status",
        "/api/auth/login",
        "/api/posts?newest=100",
    ] {
        let mut samples = Vec::new();
        for _ in 0..SAMPLES {
            let before = stage.processor_ns();
            let request = client.get(format!("{}{path}", stage.origin()));
            let answer = request.header("cookie", &cookie).send().await?;
            let _ = answer.bytes().await?;
            samples.push((stage.processor_ns() - before) / 1_000);
        }
        samples.sort_unstable();
        let microseconds = samples[samples.len() / 2];
        println!("{path}: {microseconds} µs of the processor");
        kinds.push(microseconds);
    }
    let posts = kinds.last().copied().unwrap_or_default();
    kinds.sort_unstable();
    let ms = |microseconds: u64| float(usize::try_from(microseconds).unwrap_or(0)) / 1_000.0;
    Ok((ms(kinds[kinds.len() / 2]), ms(posts)))
}

fn quantile(sorted: &[i64], percent: usize) -> i64 {
    let at = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(at).copied().unwrap_or_default()
}

fn ratio(a: i64, b: i64) -> f64 {
    // Seconds of an evening.
    #[allow(clippy::cast_precision_loss)]
    let ratio = a as f64 / b.max(1) as f64;
    ratio
}

/// Counts far below 2^52.
#[allow(clippy::cast_precision_loss)]
fn float(count: usize) -> f64 {
    count as f64
}
