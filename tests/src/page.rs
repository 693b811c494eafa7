//! What somebody waits for who follows a link, and how a list of very many entries feels.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use thirtyfour::By;

use crate::browser::{Browser, Kind};
use crate::first_visit::SentFile;
use crate::largest_bot;
use crate::network::{Network, Pace};
use crate::stage::Stage;

/// Entries of the list.
const ENTRIES: u32 = 100_000;

/// What is typed into the list's field, letter by letter.
const TYPED: &str = "레몬 좋아";

/// The network: 20 Mbit/s, 40 ms.
const BYTES_A_SECOND: f64 = 20_000_000.0 / 8.0;
const LATENCY: Duration = Duration::from_millis(40);

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
    /// Bytes that had come over it by then, packed as the edge packs them.
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

/// Follows the link of a bot that is shared on the stage, whose page has these files.
///
/// # Errors
/// If the product or the browser fails.
pub async fn first_answer(stage: &Stage, files: &[SentFile], link: &str) -> Outcome<Waits> {
    let network = Network::before(stage.origin(), "/", &[]).await?;
    let link = link.replace(stage.origin(), network.origin());
    let visitor = Browser::open(Kind::Chromium).await?;
    press_first(&visitor).await?;
    let pace = Pace {
        latency: LATENCY,
        bytes_a_second: BYTES_A_SECOND,
        packed: packed(files),
    };
    network.go(Some(pace));
    let (cold_ms, cold_bytes) = answered(&visitor, &network, &link).await?;
    is_kept(&visitor).await;
    let (warm_far_ms, _) = answered(&visitor, &network, &link).await?;
    network.go(None);
    let (warm_ms, _) = answered(&visitor, &network, &link).await?;
    visitor.close().await?;
    Ok(Waits {
        cold_ms,
        warm_ms,
        warm_far_ms,
        cold_bytes,
    })
}

/// By path, how much is left of a file that the edge packs.
#[must_use]
pub fn packed(files: &[SentFile]) -> BTreeMap<String, f64> {
    let mut shares = BTreeMap::new();
    for file in files {
        let Some(packed) = file.brotli else {
            continue;
        };
        // Files have far below 2^52 bytes.
        #[expect(clippy::cast_precision_loss, reason = "bounded")]
        let share = packed as f64 / file.bytes as f64;
        if file.name == "index.html" {
            // The same at all addresses of the page.
            shares.insert("/b".to_owned(), share);
        }
        shares.insert(format!("/{}", file.name), share);
    }
    shares
}

/// Milliseconds from the address to the answer, and the bytes that had come by then.
async fn answered(visitor: &Browser, network: &Network, link: &str) -> Outcome<(f64, f64)> {
    visitor.goto("about:blank").await?;
    visitor.goto(link).await?;
    let answered = async || {
        let at = visitor
            .execute("return window.answered || null", vec![])
            .await;
        at.ok()?.json().as_f64()
    };
    let at = visitor.until("an answer", SOON, answered).await;
    let sent = network.sent();
    visitor.shown_within("main[data-phase=ready]", SOON).await;
    Ok((at, sent))
}

/// Has the first question that is suggested be asked as soon as it is there.
async fn press_first(visitor: &Browser) -> Outcome<()> {
    // What was said at an earlier visit would be there, and nothing suggested.
    const PRESS: &str = "
        if (location.protocol !== 'about:') sessionStorage.clear();
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
    const list = document.querySelector('.entries');
    const hole = () => [0.3, 0.5, 0.7].some((share) => {
        const { top, bottom } = list.getBoundingClientRect();
        const at = innerHeight * share;
        const rows = [...list.children].map((row) => row.getBoundingClientRect());
        return top < at && at < bottom && !rows.some((row) => row.top - 1 <= at && at <= row.bottom + 1);
    });
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

/// Keeps how long it takes from each letter to other rows of what is found, or to another count.
const FIND: &str = "window.found = [];
    let typed = 0;
    document.querySelector('#search').addEventListener('input', () => { typed = performance.now(); }, true);
    const seen = new MutationObserver(() => {
        if (typed) {
            window.found.push(performance.now() - typed);
            typed = 0;
        }
    });
    const changes = { childList: true, subtree: true, characterData: true };
    seen.observe(document.querySelector('#found'), changes);
    seen.observe(document.querySelector('.entries'), changes);";

async fn number(browser: &Browser, script: &str) -> Outcome<f64> {
    let value = browser.execute(script, vec![]).await?;
    let number = value.json().as_f64();
    number.ok_or_else(|| format!("no number: {}", value.json()).into())
}
