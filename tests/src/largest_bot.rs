//! A bot that is nearly as large as can be shared, and for how long at once the page's thread
//! is busy with it.

use std::error::Error;
use std::time::Duration;

use lemon_model::corpus::{Content, Parent, Post};
use lemon_model::feed::{Feed, Source};
use lemon_model::library::{Embedded, Import, Library, Page};
use lemon_model::stored;
use lemon_model::vector::{DIM, Vector};
use serde::{Deserialize, Serialize};
use serde_json::json;
use thirtyfour::By;

use crate::browser::{Browser, Kind};
use crate::database::{Database, PAGES, Record, VECTORS};
use crate::stage::Stage;
use crate::standin::Directory;

/// Its real entries come first, so that the proof asks for one of them.
const ACCOUNT: &str = "posts_20";

/// Entries beside those: in all nearly the 10,000 of a bot. Of each, two vectors in four bits and
/// a short text come to 0.4 KB that no compression makes less.
const LARGEST: u32 = 9_700;

/// Posts of a page.
const PAGE: usize = 100;

/// Entries of a record of vectors, of which the product makes 256 KiB.
const RECORD: usize = 300;

/// Records that are handed to the browser at once.
const AT_ONCE: usize = 10;

const SOON: Duration = Duration::from_mins(3);

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What was measured, in milliseconds unless it says otherwise.
#[derive(Serialize)]
pub struct LargestBot {
    pub sealed_bytes: f64,
    /// From the address to ready, everything in the browser's cache.
    pub opening: f64,
    pub opening_busy: Busy,
    pub sharing_busy: Busy,
    /// From the link to ready, nothing in the cache.
    pub visiting: f64,
    pub visiting_busy: Busy,
    /// From a question to its answer, with nothing else to do.
    pub answer: f64,
    /// The same while a bot is sealed, sent and tried.
    pub answer_while_sharing: f64,
}

/// For how long at once the page's thread did something else than answer.
#[derive(Deserialize, Serialize)]
pub struct Busy {
    /// Between two looks, 4 ms apart; waiting for a processor that others use is in it.
    pub longest: f64,
    /// What the browser calls long tasks: 50 ms or more.
    pub long_tasks: Vec<LongTask>,
}

#[derive(Deserialize, Serialize)]
pub struct LongTask {
    /// Since the page's start.
    pub at: f64,
    pub took: f64,
}

/// # Errors
/// If the product or the browser fails.
pub async fn measure(stage: &Stage) -> Outcome<LargestBot> {
    let owner = Browser::open(Kind::Chromium).await?;
    grow(&owner, stage, LARGEST).await?;

    watch(&owner).await?;
    owner.goto(stage.origin()).await?;
    is_ready(&owner).await;
    let opening = since_start(&owner, "lemon-ready").await?;
    let opening_busy = busy(&owner).await?;
    share(&owner).await;
    let link = owner.shown_within(".link", SOON).await.value().await?;
    let link = link.ok_or("the link is empty")?;
    let sharing_busy = busy(&owner).await?;

    owner.click("#chat").await;
    let answer = ask(&owner).await?;
    owner.click(".brand").await;
    share(&owner).await;
    owner.click("#chat").await;
    let answer_while_sharing = ask(&owner).await?;
    owner.click(".brand").await;
    owner.shown("#share").await;
    if owner.find(By::Css("#share:disabled")).await.is_err() {
        return Err("the bot was shared before the question was answered".into());
    }

    let visitor = Browser::open(Kind::Chromium).await?;
    watch(&visitor).await?;
    visitor.goto(&link).await?;
    visitor
        .shown_within("main[data-phase=ready] #question", SOON)
        .await;
    let visiting = since_start(&visitor, "lemon-visit-ready").await?;
    let visiting_busy = busy(&visitor).await?;
    let sealed_bytes = number(&visitor, BYTES).await?;
    owner.close().await?;
    visitor.close().await?;
    Ok(LargestBot {
        sealed_bytes,
        opening,
        opening_busy,
        sharing_busy,
        visiting,
        visiting_busy,
        answer,
        answer_while_sharing,
    })
}

/// Has a bot made, and puts so many more entries into it, which the next page finds.
///
/// # Errors
/// If the product or the browser fails.
pub async fn grow(owner: &Browser, stage: &Stage, entries: u32) -> Outcome<()> {
    owner.goto(stage.origin()).await?;
    owner.click("#sign-in").await;
    owner.shown("#handle").await.send_keys(ACCOUNT).await?;
    owner.click("#as-handle").await;
    owner.click("#start").await;
    is_ready(owner).await;
    enlarge(owner, entries).await
}

/// Writes entries into the database of an owner whose own ones are there already.
async fn enlarge(owner: &Browser, entries: u32) -> Outcome<()> {
    let directory = Directory::load()?;
    let account = directory.account(ACCOUNT).ok_or("no such account")?;
    let id = account.user().id.to_string();
    let database = Database::of(owner, &id);
    let keys = database.keys(VECTORS).await?;
    let model = keys.first().and_then(|key| key[0].as_str());
    let model = model.ok_or("nothing was embedded")?;

    let pages = pages(entries, &Feed::new(Source::X, &id));
    let tasks = Library::from_logs(pages.clone(), Vec::new()).next_batch(usize::MAX);
    let mut numbers = Numbers(1);
    let embedded: Vec<Embedded> = tasks
        .into_iter()
        .map(|task| Embedded {
            entry: task.entry,
            texts: task.texts,
            said: task.said.map(|_| numbers.vector()),
            reply: numbers.vector(),
        })
        .collect();
    let mut records = Vec::new();
    for page in &pages {
        records.push((None, stored::page(page)?));
    }
    put(&database, PAGES, &records).await?;
    let mut records = Vec::new();
    for (i, batch) in embedded.chunks(RECORD).enumerate() {
        let key = json!([model, keys.len() + i]);
        records.push((Some(key), stored::vectors(model, batch)?));
    }
    put(&database, VECTORS, &records).await
}

async fn put(database: &Database<'_>, log: &str, records: &[Record]) -> Outcome<()> {
    for some in records.chunks(AT_ONCE) {
        if database.put(log, some).await? != some.len() {
            return Err("the browser does not take the records".into());
        }
    }
    Ok(())
}

/// Replies to others, all older than any post of the stand-in.
fn pages(entries: u32, feed: &Feed) -> Vec<Page> {
    let mut numbers = Numbers(2);
    let posts: Vec<Post> = (0..entries)
        .map(|i| Post {
            id: (1_000_000_000 - 2 * i).to_string(),
            text: numbers.words(),
            at: 1_300_000_000 - i64::from(i),
            lang: Some("ko".into()),
            repost: false,
            parent: Some(Parent {
                id: (999_999_999 - 2 * i).to_string(),
                content: Content::Shown {
                    author_id: "2".into(),
                    text: numbers.words(),
                },
            }),
            earlier: Vec::new(),
        })
        .collect();
    let page = |posts: &[Post]| Page {
        posts: posts.to_vec(),
        ..Page::mark(feed.clone(), Import::Done)
    };
    posts.chunks(PAGE).map(page).collect()
}

/// Numbers that look random, the same on every machine (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end)).unwrap_or_default()
    }

    /// Three words of Hangul.
    fn words(&mut self) -> String {
        let mut word = || -> String {
            let syllables = (0..4).map(|_| 0xAC00 + self.below(11_172));
            syllables.filter_map(char::from_u32).collect()
        };
        [word(), word(), word()].join(" ")
    }

    /// Of unit length, or nearly.
    fn vector(&mut self) -> Vector {
        let values = (0..DIM).map(|_| self.next().to_le_bytes()[0].cast_signed());
        Vector {
            scale: 0.0007,
            values: values.collect(),
        }
    }
}

async fn is_ready(owner: &Browser) {
    owner.shown_within("main[data-phase=ready]", SOON).await;
}

async fn share(owner: &Browser) {
    owner.click("#share").await;
    owner.shown("#share:disabled").await;
}

/// Has every page that is loaded from now on be watched.
async fn watch(browser: &Browser) -> Outcome<()> {
    const WATCH: &str = "
        window.busy = { longest: 0, long_tasks: [] };
        let before = performance.now();
        const look = () => {
            const now = performance.now();
            window.busy.longest = Math.max(window.busy.longest, now - before);
            before = now;
            setTimeout(look);
        };
        setTimeout(look);
        new PerformanceObserver((list) => {
            for (const task of list.getEntries()) {
                window.busy.long_tasks.push({ at: task.startTime, took: task.duration });
            }
        }).observe({ type: 'longtask' });
        ";
    let source = json!({ "source": WATCH });
    let tools = browser.cdp();
    tools
        .send_raw("Page.addScriptToEvaluateOnNewDocument", source)
        .await?;
    Ok(())
}

/// How busy the page was since it was loaded, or since this was asked last.
async fn busy(browser: &Browser) -> Outcome<Busy> {
    const TAKE: &str = "const busy = window.busy;
        window.busy = { longest: 0, long_tasks: [] };
        return busy;";
    let busy = browser.execute(TAKE, vec![]).await?;
    Ok(busy.convert()?)
}

/// Bytes of the bot that the page has fetched.
const BYTES: &str = "return performance.getEntriesByType('resource')
    .filter((entry) => entry.name.includes('/api/bots/')).pop().encodedBodySize;";

/// Milliseconds from a question to its answer, as the page sees them.
async fn ask(owner: &Browser) -> Outcome<f64> {
    const ASK: &str = "const [question, done] = arguments;
        const box = document.querySelector('#question');
        box.value = question;
        box.dispatchEvent(new Event('input', { bubbles: true }));
        setTimeout(() => {
            const count = () => document.querySelectorAll('.bubble.bot:not(.dots)').length;
            const [began, before] = [performance.now(), count()];
            new MutationObserver((_, observer) => {
                if (count() > before) {
                    observer.disconnect();
                    done(performance.now() - began);
                }
            }).observe(document.querySelector('.messages'), { childList: true, subtree: true });
            document.querySelector('.send').click();
        });";
    owner.shown("#question").await;
    let question = vec!["레몬 좋아해?".into()];
    let took = owner.execute_async(ASK, question).await?;
    took.json().as_f64().ok_or_else(|| "no answer came".into())
}

/// Milliseconds from the page's start to its mark of this name.
async fn since_start(browser: &Browser, name: &str) -> Outcome<f64> {
    let script = format!("return performance.getEntriesByName('{name}').pop().startTime;");
    number(browser, &script).await
}

async fn number(browser: &Browser, script: &str) -> Outcome<f64> {
    let value = browser.execute(script, vec![]).await?;
    let number = value.json().as_f64();
    number.ok_or_else(|| format!("no number: {}", value.json()).into())
}
