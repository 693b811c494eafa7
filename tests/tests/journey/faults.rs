//! What browsers, their owners and their systems do to a page.

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::network::{Change, Failure, Network};
use lemon_tests::stage::Stage;
use lemon_tests::standin::KNOWN_EN;
use serde_json::Value;
use thirtyfour::By;

use super::{INDEXING, SOON, ask, assert_quiet, delete_everything, figure, opened, sign_in};

/// Enough for some rounds of the encoder, and soon done.
pub const POSTS: &str = "posts_300";

/// Where worker scripts and modules are, in any build of the product.
const RELAXED: &str = "/encoder-relaxed/encoder_bg.wasm";
const PLAIN: &str = "/encoder-plain/encoder_bg.wasm";
pub const RELAXED_SCRIPT: &str = "/encoder-relaxed/worker.js";
const PLAIN_SCRIPT: &str = "/encoder-plain/worker.js";
pub const LIBRARY_SCRIPT: &str = "/library/worker.js";

/// A stage, and a network before it whose answers can be changed.
pub async fn stage_behind(under: &'static str, failures: &[(usize, Failure)]) -> (Stage, Network) {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let network = Network::before(stage.origin(), under, failures).await;
    let network = network.unwrap();
    (stage, network)
}

pub async fn run(browser: &Browser, script: &str) -> Value {
    let ran = browser.execute(script, Vec::new()).await.unwrap();
    ran.json().clone()
}

pub async fn told(browser: &Browser, place: &str, says: &str) {
    let look = async || browser.text(place).await.contains(says).then_some(());
    browser.until(says, SOON, look).await;
}

pub async fn is_ready(browser: &Browser) {
    browser
        .shown_within("main[data-phase=ready]", INDEXING)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_webassembly_it_is_said_in_three_languages_in_chromium() {
    without_webassembly(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_webassembly_it_is_said_in_three_languages_in_firefox() {
    without_webassembly(Kind::Firefox).await;
}

async fn without_webassembly(kind: Kind) {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let visitor = Browser::open_without_webassembly(kind).await.unwrap();
    for path in ["/", "/b#AAAA"] {
        let url = format!("{}{path}", stage.origin());
        visitor.goto(&url).await.unwrap();
        visitor.shown("#unable").await;
        let page = visitor.page_text().await;
        for says in ["WebAssembly를", "WebAssemblyを", "needs WebAssembly"] {
            assert!(page.contains(says), "{page}");
        }
    }
    visitor.close().await.unwrap();
}

/// The page's own module does not come: once more is tried, and then it is said.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_does_not_come_whole_says_so() {
    const MODULE: &str = "_bg.wasm";
    let (_stage, network) = stage_behind("/lemon-app-", &[]).await;
    network.change(MODULE, Change::Gone);
    let visitor = Browser::open(Kind::Chromium).await.unwrap();
    visitor.goto(network.origin()).await.unwrap();
    visitor.shown("#lost").await;
    let page = visitor.page_text().await;
    for says in ["새로 고쳐", "更新してください", "reload it"] {
        assert!(page.contains(says), "{page}");
    }
    let mut asked = network.asked();
    asked.retain(|path| path.ends_with(MODULE));
    assert_eq!(asked.len(), 2, "{asked:?}");
    network.change_nothing();
    visitor.visit(network.origin()).await;
    visitor.shown("main[data-phase=landing]").await;
    assert!(!visitor.page_text().await.contains("reload it"));
    visitor.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_page_says_so_and_is_loaded_again_once_in_chromium() {
    an_old_page(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_page_says_so_and_is_loaded_again_once_in_firefox() {
    an_old_page(Kind::Firefox).await;
}

/// A deploy takes the workers away while a tab is open; the page that is served then is
/// another one. It has no workers either, and must not be loaded again for ever.
async fn an_old_page(kind: Kind) {
    let (_stage, network) = stage_behind("/", &[]).await;
    let owner = Browser::open(kind).await.unwrap();
    sign_in(&owner, network.origin(), POSTS).await;
    run(&owner, "window.isOld = true").await;
    let renamed = |name: &[u8]| name.to_vec();
    network.change(
        "/",
        Change::Bytes(
            renamed(b"href=\"/lemon-app-"),
            renamed(b"href=\"/lemon-app-x"),
        ),
    );
    for script in [RELAXED_SCRIPT, PLAIN_SCRIPT] {
        network.change(script, Change::Gone);
    }
    owner.click("#start").await;
    told(&owner, ".notice", "A newer version is here").await;
    owner.shown("#reload").await;
    owner
        .until("another page", SOON, async || {
            let is_old = run(&owner, "return window.isOld === true").await;
            (is_old == Value::Bool(false)).then_some(())
        })
        .await;
    // The posts are there, and what is not there is said.
    told(&owner, ".notice", "could not be loaded").await;
    assert_eq!(figure(&owner, "#step-read").await, Some(300));
    run(&owner, "window.isSame = true").await;
    owner.click("#again").await;
    told(&owner, ".notice", "could not be loaded").await;
    assert_eq!(run(&owner, "return window.isSame").await, Value::Bool(true));

    network.change_nothing();
    owner.click("#again").await;
    is_ready(&owner).await;
    owner.close().await.unwrap();
}

/// The dot product of the relaxed build, and one that takes as many operands.
const RELAXED_DOT: (&[u8], &[u8]) = (&[0xFD, 0x93, 0x02], &[0xFD, 0x85, 0x02]);

/// The dot product of the plain build, and one that takes as many operands.
const PLAIN_DOT: (&[u8], &[u8]) = (&[0xFD, 0xBA, 0x01], &[0xFD, 0xB5, 0x01]);

fn miscomputing((dot, other): (&[u8], &[u8])) -> Change {
    Change::Bytes(dot.to_vec(), other.to_vec())
}

/// A browser that computes wrongly is one in which modules are others than they were made.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_computes_wrongly_gives_way_to_a_plainer_one() {
    let (_stage, network) = stage_behind("/engine/", &[]).await;
    let owner = Browser::open(Kind::Chromium).await.unwrap();
    sign_in(&owner, network.origin(), POSTS).await;
    network.change(RELAXED, miscomputing(RELAXED_DOT));
    network.change(PLAIN, miscomputing(PLAIN_DOT));
    owner.click("#start").await;
    told(&owner, ".notice", "WebAssembly computes wrongly").await;
    let asked = network.asked();
    for module in [RELAXED, PLAIN] {
        assert!(asked.iter().any(|path| path.ends_with(module)), "{asked:?}");
    }

    network.change_only(&[(RELAXED, miscomputing(RELAXED_DOT))]);
    owner.click("#again").await;
    is_ready(&owner).await;
    let asked = network.asked().split_off(asked.len());
    for module in [RELAXED, PLAIN] {
        assert!(asked.iter().any(|path| path.ends_with(module)), "{asked:?}");
    }
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_is_opened_again_in_chromium() {
    a_database_that_goes_away(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_is_opened_again_in_firefox() {
    a_database_that_goes_away(Kind::Firefox).await;
}

/// As systems do it that put a tab to sleep: the connection is closed, or its server gone.
async fn a_database_that_goes_away(kind: Kind) {
    const LOSE_IT: &str = "
        let transactions = 0, puts = 0;
        const { transaction } = IDBDatabase.prototype;
        IDBDatabase.prototype.transaction = function (...all) {
          if (++transactions % 5 === 0) this.close();
          return transaction.apply(this, all);
        };
        const { put } = IDBObjectStore.prototype;
        IDBObjectStore.prototype.put = function (...all) {
          if (++puts % 4 === 0) {
            throw new DOMException('Connection to Indexed Database server lost', 'UnknownError');
          }
          return put.apply(this, all);
        };
        ";
    let (stage, network) = stage_behind("/", &[]).await;
    network.change(LIBRARY_SCRIPT, Change::Before(LOSE_IT));
    let owner = Browser::open(kind).await.unwrap();
    sign_in(&owner, network.origin(), POSTS).await;
    owner.click("#start").await;
    is_ready(&owner).await;
    assert!(owner.find(By::Css(".notice")).await.is_err());
    super::assert_nothing_was_read_twice(&stage);
    assert_quiet(&owner).await;
    let asked = network.asked();
    let has = |part| asked.iter().any(|path| path.contains(part));
    assert!(
        has("/encoder-relaxed/") && !has("/encoder-plain/"),
        "{asked:?}"
    );
    owner.close().await.unwrap();
}

/// Every text that the translator may change is replaced, as soon as it is there, by elements
/// that the page knows nothing of: so do Chromium's and Google's translators.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_translated_goes_on() {
    const TRANSLATE: &str = "
        const translate = (node) => {
          if (node.nodeType === Node.TEXT_NODE) {
            if (!node.data.trim() || node.parentElement.localName === 'font') return;
            const [outer, inner] = [document.createElement('font'), document.createElement('font')];
            inner.textContent = '«' + node.data + '»';
            outer.append(inner);
            node.replaceWith(outer);
          } else if (node.nodeType === Node.ELEMENT_NODE
            && node.translate && !['SCRIPT', 'STYLE', 'TEXTAREA', 'OPTION'].includes(node.tagName)) {
            [...node.childNodes].forEach(translate);
          }
        };
        translate(document.body);
        new MutationObserver((changes) => {
          for (const change of changes) {
            translate(change.type === 'characterData' ? change.target : change.target);
          }
        }).observe(document.body, { childList: true, characterData: true, subtree: true });
        ";
    let (stage, owner) = opened(Kind::Chromium).await;
    sign_in(&owner, stage.origin(), "posts_600").await;
    run(&owner, TRANSLATE).await;
    told(&owner, "#start", "«Start»").await;
    owner.click("#start").await;
    let first = owner
        .until("figures", INDEXING, async || {
            figure(&owner, "#step-index").await.filter(|n| *n > 0)
        })
        .await;
    owner
        .until("other figures", INDEXING, async || {
            let now = figure(&owner, "#step-index").await?;
            (now > first).then_some(())
        })
        .await;
    // What is said is translated again each time, and only what is said now is there.
    let remark = owner.text("#step-index .remark").await;
    assert_eq!(remark.matches('«').count(), 1, "{remark}");
    is_ready(&owner).await;
    told(&owner, "main[data-phase=ready] .card p", "from 600").await;
    owner.click("#chat").await;
    let answer = ask(&owner, KNOWN_EN.said).await;
    assert_eq!(answer, format!("«{}»", KNOWN_EN.reply));
    assert_quiet(&owner).await;

    // Texts that are no longer seen cannot change their language: the page is loaded again.
    owner.click(".language option[value=ko]").await;
    told(&owner, ".bot-notice", "본인이 아닙니다").await;
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tabs_one_works_and_the_other_follows_in_chromium() {
    two_tabs(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tabs_one_works_and_the_other_follows_in_firefox() {
    two_tabs(Kind::Firefox).await;
}

async fn two_tabs(kind: Kind) {
    let (stage, owner) = opened(kind).await;
    sign_in(&owner, stage.origin(), "posts_1000").await;
    let first = owner.window().await.unwrap();
    owner.click("#start").await;
    owner
        .until("some posts", SOON, async || {
            (figure(&owner, "#step-read").await? >= 100).then_some(())
        })
        .await;

    let second = owner.new_tab().await.unwrap();
    owner.switch_to_window(second.clone()).await.unwrap();
    owner.visit(stage.origin()).await;
    told(&owner, "#following", "Another tab is at work").await;
    assert!(owner.find(By::Css("#pause, #go-on")).await.is_err());
    let figure_now = async || figure(&owner, "#step-index").await.filter(|n| *n > 0);
    let before = owner.until("its figures", INDEXING, figure_now).await;
    owner
        .until("growing figures", INDEXING, async || {
            (figure_now().await? > before).then_some(())
        })
        .await;

    owner.switch_to_window(first).await.unwrap();
    owner.close_window().await.unwrap();
    owner.switch_to_window(second).await.unwrap();
    owner
        .until("the end of following", SOON, async || {
            let following = owner.find(By::Css("#following")).await;
            following.is_err().then_some(())
        })
        .await;
    is_ready(&owner).await;
    super::assert_nothing_was_read_twice(&stage);
    owner.click("#chat").await;
    assert_eq!(ask(&owner, KNOWN_EN.said).await, KNOWN_EN.reply);

    // What one of them deletes is gone from the other.
    let third = owner.new_tab().await.unwrap();
    owner.switch_to_window(third.clone()).await.unwrap();
    owner.visit(stage.origin()).await;
    is_ready(&owner).await;
    delete_everything(&owner).await;
    owner.close_window().await.unwrap();
    let windows = owner.windows().await.unwrap();
    owner.switch_to_window(windows[0].clone()).await.unwrap();
    told(&owner, "main", "There is no bot yet").await;
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_tab_was_killed_fewer_workers_run() {
    /// As on a machine where several pay off.
    const FOUR: &str =
        "for (const [name, value] of [['hardwareConcurrency', 4], ['deviceMemory', 8]])
          Object.defineProperty(navigator, name, { value });";
    /// A tab that is killed has no time to say that it leaves.
    const KILL: &str = "Storage.prototype.removeItem = () => undefined;";
    const RUNNING: &str = "return localStorage.getItem('lemon-workers-running')";
    const MOST: &str = "return localStorage.getItem('lemon-workers-most')";
    let (stage, owner) = opened(Kind::Chromium).await;
    sign_in(&owner, stage.origin(), "posts_3200").await;
    run(&owner, FOUR).await;
    owner.click("#start").await;
    let several = async || (run(&owner, RUNNING).await == "4").then_some(());
    owner.until("several workers", INDEXING, several).await;

    owner.reload().await;
    run(&owner, FOUR).await;
    assert_eq!(
        run(&owner, MOST).await,
        Value::Null,
        "it was left, not killed"
    );
    owner
        .until("several workers again", INDEXING, several)
        .await;
    assert!(owner.find(By::Css("#gently")).await.is_err());

    run(&owner, KILL).await;
    owner.reload().await;
    told(&owner, "#gently", "works with less memory").await;
    run(&owner, FOUR).await;
    assert_eq!(run(&owner, MOST).await, "2");
    owner
        .until("two workers", INDEXING, async || {
            (run(&owner, RUNNING).await == "2").then_some(())
        })
        .await;
    run(&owner, KILL).await;
    owner.reload().await;
    told(&owner, "#gently", "works with less memory").await;
    assert_eq!(run(&owner, MOST).await, "1");
    is_ready(&owner).await;
    assert_eq!(run(&owner, MOST).await, Value::Null, "it was enough");
    owner.close().await.unwrap();
}

/// A segment of the right length that is not what it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_segment_in_the_cache_mends_itself() {
    const DAMAGE: &str = "
        const done = arguments[0];
        (async () => {
          const cache = await caches.open('lemon-model');
          const kept = (await cache.keys()).filter(({ url }) => !url.endsWith('.json'));
          for (const request of kept.slice(0, 2)) {
            const bytes = new Uint8Array(await (await cache.match(request)).arrayBuffer());
            await cache.put(request, new Response(bytes.fill(7)));
          }
          done(kept.length);
        })();";
    let failures = [(8_000_000, Failure::Silence)];
    let (_stage, network) = stage_behind("/model/", &failures).await;
    let owner = Browser::open(Kind::Chromium).await.unwrap();
    sign_in(&owner, network.origin(), POSTS).await;
    owner.click("#start").await;
    owner
        .until("the network's failure", INDEXING, async || {
            (network.failures() == 0).then_some(())
        })
        .await;
    let kept = owner.execute_async(DAMAGE, Vec::new()).await.unwrap();
    assert!(kept.json().as_u64().unwrap() > 2, "{kept:?}");
    owner.reload().await;
    is_ready(&owner).await;
    assert!(owner.find(By::Css(".notice")).await.is_err());
    owner.close().await.unwrap();
}

/// As in some private windows, or where the page came over no secure connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_keeps_nothing_gets_through_in_one_go() {
    const REFUSE: &str = "
        Object.defineProperty(self, 'caches', {
          get: () => { throw new DOMException('no', 'SecurityError'); },
        });
        ";
    const NOTHING: &str = "Object.defineProperty(self, 'caches', { value: undefined });";
    const REJECT: &str = "
        CacheStorage.prototype.open = async () => { throw new DOMException('no', 'SecurityError'); };
        ";
    const FULL: &str = "
        Cache.prototype.put = async () => { throw new DOMException('no', 'QuotaExceededError'); };
        Cache.prototype.match = async () => { throw new DOMException('no', 'UnknownError'); };
        Cache.prototype.keys = async () => { throw new DOMException('no', 'UnknownError'); };
        Cache.prototype.delete = async () => { throw new DOMException('no', 'UnknownError'); };
        ";
    let (_stage, network) = stage_behind("/model/", &[]).await;
    for (index, way) in [REFUSE, NOTHING, REJECT, FULL].into_iter().enumerate() {
        network.change_only(&[(RELAXED_SCRIPT, Change::Before(way))]);
        let owner = Browser::open(Kind::Chromium).await.unwrap();
        let before = network.asked().len();
        sign_in(&owner, network.origin(), &format!("posts_{}", 100 + index)).await;
        owner.click("#start").await;
        is_ready(&owner).await;
        let mut asked = network.asked().split_off(before);
        let all = asked.len();
        asked.sort();
        asked.dedup();
        assert_eq!(asked.len(), all, "fetched twice: {way}");
        owner.close().await.unwrap();
    }
}

/// Signs in as somebody whose name is meant to turn the sentences around it, and shares over a
/// network that breaks off and is silent in the middle: of the answer to the upload, and of the
/// bot.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_of_any_name_comes_over_a_silent_network() {
    const NAME: &str = "\"name\":\"";
    const TURNING: &str = "\"name\":\"\\u202e\\u2067\\u3164\\n";
    // The bot's own way is silent and does not break off: a browser that keeps what it is given
    // goes on by itself where a connection has broken off, and asks as it likes.
    let failures = [
        (1, Failure::Break),
        (2, Failure::Silence),
        (40_000, Failure::Silence),
    ];
    let (_stage, network) = stage_behind("/api/bots/", &failures).await;
    network.change("/api/me", Change::Bytes(NAME.into(), TURNING.into()));
    let owner = Browser::open(Kind::Chromium).await.unwrap();
    sign_in(&owner, network.origin(), POSTS).await;
    let name = owner.text(".who b").await;
    assert_eq!(name, "300 posts");
    owner.click("#start").await;
    is_ready(&owner).await;
    owner.click("#share").await;
    let link = owner.shown_within(".link", 2 * SOON).await;
    let link = link.value().await.unwrap().unwrap();
    assert_eq!(network.failures(), 0, "nothing was silent");

    let visitor = Browser::open(Kind::Chromium).await.unwrap();
    visitor.visit(&link).await;
    visitor
        .shown_within("main[data-phase=ready] #question", SOON)
        .await;
    // Of the bot only what had not come.
    let ranges = network.ranges();
    assert_eq!(ranges.len(), 1, "{ranges:?}");
    let from = ranges[0].strip_prefix("bytes=").unwrap().strip_suffix('-');
    assert!(
        from.unwrap().parse::<usize>().unwrap() > 10_000,
        "{ranges:?}"
    );
    assert_eq!(
        visitor.text(".bot-notice").await,
        format!("A bot made of {name}'s posts, not the person.")
    );
    assert_eq!(visitor.text(".bot-name bdi").await, name);
    let page = visitor.page_text().await;
    let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    assert!(!page.contains(turns), "{page}");
    owner.close().await.unwrap();
    visitor.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_is_asked_for_once_there_is_something_to_keep() {
    /// A browser that asks its owner may never answer.
    const COUNT: &str = "window.asked = 0;
        navigator.storage.persist = () => { window.asked++; return new Promise(() => {}); };";
    const ASKED: &str = "return window.asked";
    let (stage, owner) = opened(Kind::Chromium).await;
    sign_in(&owner, stage.origin(), POSTS).await;
    run(&owner, COUNT).await;
    owner.click("#start").await;
    owner
        .until("the question", SOON, async || {
            (run(&owner, ASKED).await == 1).then_some(())
        })
        .await;
    assert!(figure(&owner, "#step-read").await >= Some(1));
    is_ready(&owner).await;
    assert_eq!(run(&owner, ASKED).await, 1);
    owner.close().await.unwrap();
}
