//! What somebody waits for who follows a link, and how a list of very many entries feels.

use std::error::Error;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use thirtyfour::By;

use crate::browser::{Browser, Kind};
use crate::largest_bot;
use crate::stage::Stage;

/// Entries of the list.
const ENTRIES: u32 = 100_000;

/// What is typed into the list's field, letter by letter.
const TYPED: &str = "레몬 좋아";

/// The network: 20 Mbit/s, 40 ms.
const BYTES_A_SECOND: u32 = 20_000_000 / 8;
const LATENCY_MS: u32 = 40;

const SOON: Duration = Duration::from_mins(3);

type Outcome<T> = Result<T, Box<dyn Error>>;

/// From a link to the first answer of a suggested question, in milliseconds.
#[derive(Serialize)]
pub struct Waits {
    /// Nothing in the browser, over the network above.
    pub cold_ms: f64,
    /// Everything there, and no other network than this machine's.
    pub warm_ms: f64,
    /// Everything there, over the network above.
    pub warm_far_ms: f64,
    /// Bytes that came, as they came: the development server packs nothing.
    pub cold_bytes: f64,
}

/// A list of [`ENTRIES`] entries.
#[derive(Serialize)]
pub struct List {
    pub entries: u32,
    /// From the page to the first rows.
    pub opening_ms: f64,
    pub scrolling: Frames,
    /// From each letter that is typed to what is found with it.
    pub find_ms: Vec<f64>,
}

/// While it is scrolled by two screens a second for five seconds, and then jumped through.
#[derive(Deserialize, Serialize)]
pub struct Frames {
    pub frames: usize,
    /// Milliseconds between two.
    pub median_ms: f64,
    pub p95_ms: f64,
    pub longest_ms: f64,
    /// Frames in which a row that is seen was not there yet, of all.
    pub with_empty_rows: f64,
}

/// # Errors
/// If the product or the browser fails.
pub async fn first_answer(link: &str) -> Outcome<Waits> {
    let visitor = Browser::open(Kind::Chromium).await?;
    press_first(&visitor).await?;
    far(&visitor, true).await?;
    let cold_ms = answered(&visitor, link).await?;
    let bytes = "return performance.getEntriesByType('resource')
        .concat(performance.getEntriesByType('navigation'))
        .filter((entry) => entry.responseEnd < window.answered)
        .reduce((sum, entry) => sum + entry.transferSize, 0);";
    let cold_bytes = number(&visitor, bytes).await?;
    is_kept(&visitor).await;
    let warm_far_ms = answered(&visitor, link).await?;
    far(&visitor, false).await?;
    let warm_ms = answered(&visitor, link).await?;
    visitor.close().await?;
    Ok(Waits {
        cold_ms,
        warm_ms,
        warm_far_ms,
        cold_bytes,
    })
}

/// Milliseconds from the address to the answer.
async fn answered(visitor: &Browser, link: &str) -> Outcome<f64> {
    visitor.goto("about:blank").await?;
    visitor.goto(link).await?;
    let answered = async || {
        let at = visitor
            .execute("return window.answered || null", vec![])
            .await;
        at.ok()?.json().as_f64()
    };
    let at = visitor.until("an answer", SOON, answered).await;
    visitor.shown_within("main[data-phase=ready]", SOON).await;
    Ok(at)
}

/// Has the first question that is suggested be asked as soon as it is there.
async fn press_first(visitor: &Browser) -> Outcome<()> {
    const PRESS: &str = "
        addEventListener('DOMContentLoaded', () => {
            let pressed = false;
            new MutationObserver(() => {
                const button = document.querySelector('.suggested .button');
                if (!pressed && button) {
                    pressed = true;
                    button.click();
                } else if (pressed && !window.answered
                    && document.querySelector('.bubble.me ~ .bubble.bot:not(.dots), .answer .bubble.bot')) {
                    window.answered = performance.now();
                }
            }).observe(document, { childList: true, subtree: true });
        });";
    let source = json!({ "source": PRESS });
    let tools = visitor.cdp();
    tools
        .send_raw("Page.addScriptToEvaluateOnNewDocument", source)
        .await?;
    Ok(())
}

/// Puts the network between the page and the stage, or takes it away.
async fn far(visitor: &Browser, is_far: bool) -> Outcome<()> {
    let (latency, bytes) = if is_far {
        (json!(LATENCY_MS), json!(BYTES_A_SECOND))
    } else {
        (json!(0), json!(-1))
    };
    let tools = visitor.cdp();
    tools.send_raw("Network.enable", json!({})).await?;
    let conditions = json!({
        "offline": false, "latency": latency,
        "downloadThroughput": bytes, "uploadThroughput": bytes,
    });
    tools
        .send_raw("Network.emulateNetworkConditions", conditions)
        .await?;
    Ok(())
}

async fn is_kept(visitor: &Browser) {
    let kept = "const [done] = arguments;
        caches.open('lemon-page').then((cache) => cache.match('/')).then((page) => done(Boolean(page)));";
    visitor
        .until("what is kept", SOON, async || {
            let is_there = visitor.execute_async(kept, vec![]).await;
            is_there.ok()?.convert::<bool>().ok()?.then_some(())
        })
        .await;
}

/// # Errors
/// If the product or the browser fails.
pub async fn list(stage: &Stage) -> Outcome<List> {
    let owner = Browser::open(Kind::Chromium).await?;
    largest_bot::grow(&owner, stage, ENTRIES).await?;
    owner.goto(format!("{}/search", stage.origin())).await?;
    owner.shown_within(".entries .text", SOON).await;
    let opening_ms = number(&owner, "return performance.now();").await?;
    owner
        .until("an idle page", SOON, async || {
            let found = owner.text("#found").await;
            found.contains("100,0").then_some(())
        })
        .await;
    let frames = owner.execute_async(SCROLL, vec![]).await?;
    let scrolling = frames.convert()?;
    let mut find_ms = Vec::new();
    let field = owner.find(By::Css("#search")).await?;
    owner.execute(FIND, vec![]).await?;
    for letter in TYPED.chars() {
        let before = owner.execute("return window.found.length", vec![]).await?;
        let before = before.convert::<usize>()?;
        field.send_keys(letter.to_string()).await?;
        let took = owner
            .until("what is found", SOON, async || {
                let took = owner.execute("return window.found", vec![]).await;
                let took: Vec<f64> = took.ok()?.convert().ok()?;
                took.get(before).copied()
            })
            .await;
        find_ms.push(took);
    }
    owner.close().await?;
    Ok(List {
        entries: ENTRIES,
        opening_ms,
        scrolling,
        find_ms,
    })
}

/// Scrolls, and counts frames.
const SCROLL: &str = "const [done] = arguments;
    const times = [];
    let empty = 0;
    const began = performance.now();
    let before = began;
    const hole = () => [...document.querySelectorAll('.entries [data-row]')].some((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return bottom > 0 && top < innerHeight && row.textContent.trim() === '';
    }) || !document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest('.entries li');
    const frame = (now) => {
        times.push(now - before);
        before = now;
        empty += hole() ? 1 : 0;
        if (now - began < 5000) {
            scrollBy(0, innerHeight / 30);
        } else if (now - began < 7000) {
            if (times.length % 15 === 0) scrollTo(0, document.documentElement.scrollHeight * ((times.length * 7) % 10) / 10);
        } else {
            times.shift();
            const sorted = [...times].sort((a, b) => a - b);
            const at = (share) => sorted[Math.floor((sorted.length - 1) * share)];
            return done({
                frames: times.length, median_ms: at(0.5), p95_ms: at(0.95), longest_ms: at(1),
                with_empty_rows: empty / times.length,
            });
        }
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);";

/// Keeps how long it takes from each letter to another text of what is found.
const FIND: &str = "window.found = [];
    let typed = 0;
    document.querySelector('#search').addEventListener('input', () => { typed = performance.now(); }, true);
    new MutationObserver(() => {
        if (typed) {
            window.found.push(performance.now() - typed);
            typed = 0;
        }
    }).observe(document.querySelector('main'), { childList: true, subtree: true, characterData: true });";

async fn number(browser: &Browser, script: &str) -> Outcome<f64> {
    let value = browser.execute(script, vec![]).await?;
    let number = value.json().as_f64();
    number.ok_or_else(|| format!("no number: {}", value.json()).into())
}
