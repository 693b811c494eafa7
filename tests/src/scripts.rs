//! Scripted people who always ask while others import: do the others notice? Nobody else is to
//! be refused.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lemon_wire::{PostsPage, Status};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::evening::{Evening, quantile};
use crate::guest;
use crate::stage::Bare;
use crate::standin::{self, Standin};

const SCRIPTS: usize = 10;
const PEOPLE: usize = 100;

/// Who imports: as in the evening of launch day. X has room for all, so that nobody has to
/// wait for it.
const EVENING: Evening = Evening {
    people: PEOPLE,
    coming: 20,
    app_quarter: 10_000,
    leavers: usize::MAX,
    away: 0,
    failures: 0,
    short_pages: 0,
    outage: (0, 0),
};

/// What a script asks for, in turn, without a pause.
const ASKED: [&str; 4] = [
    "/api/posts?newest=100",
    "/api/posts?newest=5",
    "/api/status",
    "/api/auth/login",
];

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What came of it without scripts, and with them.
#[derive(Serialize)]
pub struct Report {
    pub alone: Figures,
    pub beside_scripts: Figures,
}

#[derive(Serialize)]
pub struct Figures {
    pub people: usize,
    pub finished: usize,
    /// Answers to people that were not what they had asked for, by their status.
    pub refused: BTreeMap<u16, usize>,
    pub pages: usize,
    pub page_ms_median: i64,
    pub page_ms_p95: i64,
    pub seconds: f64,
    /// Answers to scripts, by their status.
    pub scripts: BTreeMap<u16, usize>,
    /// Pages that were granted to anybody, as the budget counts them.
    pub granted: u32,
}

/// What one person went through.
#[derive(Default)]
struct Import {
    refused: Vec<u16>,
    ms: Vec<i64>,
}

/// Plays it twice.
///
/// # Errors
/// If the stage cannot be set up, or somebody cannot be reached.
pub async fn play() -> Outcome<Report> {
    Ok(Report {
        alone: figures(0).await?,
        beside_scripts: figures(SCRIPTS).await?,
    })
}

async fn figures(scripts: usize) -> Outcome<Figures> {
    let x = Standin::start(standin::Config::default()).await?;
    let edge = Bare::start(&x, &[]).await?;
    let origin: Arc<str> = edge.origin().into();
    let is_over = Arc::new(AtomicBool::new(false));
    let mut asking = JoinSet::new();
    for index in 0..scripts {
        asking.spawn(script(Arc::clone(&origin), index, Arc::clone(&is_over)));
    }
    let began = Instant::now();
    let mut importing = JoinSet::new();
    for index in 0..PEOPLE {
        importing.spawn(import(Arc::clone(&origin), index));
    }
    let mut imports = Vec::new();
    while let Some(import) = importing.join_next().await {
        imports.push(import??);
    }
    let seconds = began.elapsed().as_secs_f64();
    is_over.store(true, Ordering::Relaxed);
    let mut answers = Vec::new();
    while let Some(script) = asking.join_next().await {
        answers.extend(script??);
    }
    let address = format!("{origin}/api/status");
    let status: Status = guest::client()?.get(address).send().await?.json().await?;
    let ms = imports.iter().flat_map(|import| &import.ms);
    let mut ms: Vec<i64> = ms.copied().collect();
    ms.sort_unstable();
    Ok(Figures {
        people: PEOPLE,
        finished: imports.len(),
        refused: counted(imports.iter().flat_map(|import| &import.refused).copied()),
        pages: ms.len(),
        page_ms_median: quantile(&ms, 50),
        page_ms_p95: quantile(&ms, 95),
        seconds,
        scripts: counted(answers),
        granted: status.history.iter().map(|moment| moment.requests).sum(),
    })
}

/// Reads everything, as the page does but without waiting where it is refused.
async fn import(origin: Arc<str>, index: usize) -> Outcome<Import> {
    let visitor = EVENING.visitor(index);
    tokio::time::sleep(Duration::from_secs(u64::try_from(visitor.comes)?)).await;
    let client = guest::client()?;
    let handle = format!("posts_{}", visitor.posts);
    let cookie = guest::sign_in(&client, &origin, &handle).await?;
    let cookie = cookie.ok_or("somebody was not let in")?;
    let mut import = Import::default();
    let mut query = String::new();
    loop {
        let began = Instant::now();
        let request = client.get(format!("{origin}/api/posts{query}"));
        let answer = request.header("cookie", &cookie).send().await?;
        let status = answer.status().as_u16();
        if status != 200 {
            import.refused.push(status);
            // So that it does not become a script itself.
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        }
        let page: PostsPage = answer.json().await?;
        import.ms.push(i64::try_from(began.elapsed().as_millis())?);
        match page.next {
            Some(next) => query = format!("?cursor={next}"),
            None => return Ok(import),
        }
    }
}

/// Asks until it is over, whatever it is told.
async fn script(origin: Arc<str>, index: usize, is_over: Arc<AtomicBool>) -> Outcome<Vec<u16>> {
    let client = guest::client()?;
    let handle = format!("posts_{}", 3_199 - index);
    let cookie = guest::sign_in(&client, &origin, &handle).await?;
    let cookie = cookie.ok_or("a script was not let in")?;
    let mut answers = Vec::new();
    for path in ASKED.iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let request = client.get(format!("{origin}{path}"));
        let answer = request.header("cookie", &cookie).send().await?;
        answers.push(answer.status().as_u16());
        answer.bytes().await?;
    }
    Ok(answers)
}

fn counted(statuses: impl IntoIterator<Item = u16>) -> BTreeMap<u16, usize> {
    let mut counted = BTreeMap::new();
    for status in statuses {
        *counted.entry(status).or_default() += 1;
    }
    counted
}
