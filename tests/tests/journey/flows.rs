//! What somebody does on a bad train with a small phone.

use std::{env, fs};

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::fall::{FALLS, fall};
use lemon_tests::network::{Change, Failure, Network};
use lemon_tests::stage::Stage;
use lemon_tests::standin::{
    self, Directory, Fault, KNOWN_EN, KNOWN_JA, KNOWN_KO, LOST_POSTS, Odd, Route,
};
use serde_json::{Value, json};
use thirtyfour::{By, Key};

use super::faults::{LIBRARY_SCRIPT, POSTS, RELAXED_SCRIPT, is_ready, run, stage_behind, told};
use super::{
    INDEXING, SOON, ask, assert_nothing_was_read_twice, assert_quiet, figure, opened, sign_in,
};

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_sees_their_bot_opened_once_in_chromium() {
    coming_back(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_sees_their_bot_opened_once_in_firefox() {
    coming_back(Kind::Firefox).await;
}

/// The library opens slowly, and the edge cannot be asked who is there; whoever presses "try
/// again" meanwhile has one library opened, and nothing read again.
async fn coming_back(kind: Kind) {
    let (stage, network) = stage_behind("/engine/", &[]).await;
    // Nothing is changed in it, so that each load of it comes by, and nothing is kept that would
    // be given in its place.
    let by = (LIBRARY_SCRIPT, Change::Before(""));
    let unkept = ("/sw.js", Change::Gone);
    network.change_only(&[by.clone(), unkept.clone()]);
    let owner = Browser::open(kind).await.unwrap();
    sign_in(&owner, network.origin(), POSTS).await;
    owner.click("#start").await;
    is_ready(&owner).await;

    network.change(LIBRARY_SCRIPT, Change::Held);
    // Before it is known who is there, nobody is told that there is no bot.
    network.change("/api/me", Change::Held);
    for page in ["/chat", "/search"] {
        owner.visit(&format!("{}{page}", network.origin())).await;
        told(&owner, "main", "Just a moment").await;
    }
    // Nobody is left who would ask for anything when that is let go.
    owner.goto("about:blank").await.unwrap();
    network.change_only(&[
        (LIBRARY_SCRIPT, Change::Held),
        ("/api/me", Change::Gone),
        unkept.clone(),
    ]);
    let before = network.asked().len();
    owner.visit(network.origin()).await;
    told(&owner, "main[data-phase=opening]", "Opening your bot").await;
    assert!(owner.find(By::Css("#start")).await.is_err());
    for _ in 0..2 {
        owner.click("#again[aria-disabled=false]").await;
    }
    owner.click(".tabs a[href='/chat']").await;
    told(&owner, "main", "Opening your bot").await;
    owner.click(".tabs a[href='/search']").await;
    told(&owner, "#found", "Opening your bot").await;
    owner.click(".brand").await;
    owner.shown("main[data-phase=opening]").await;

    // At once: what is held would else come as it is, and browsers keep that.
    network.change_only(&[by, unkept]);
    is_ready(&owner).await;
    let asked = network.asked().split_off(before);
    let scripts = asked.iter().filter(|path| path.ends_with(LIBRARY_SCRIPT));
    // Once by the page, which has it fetched, and once by each worker.
    assert_eq!(scripts.count(), 2, "{asked:?}");
    assert_nothing_was_read_twice(&stage);
    owner.close().await.unwrap();
}

/// Another tab keeps the database from being opened, without end: that is told, and trying
/// again works once it can.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_never_opens_is_told() {
    // A new form of it that is never done.
    const HOLD: &str = "const [name, done] = arguments;
        const open = indexedDB.open(name, 99);
        open.onupgradeneeded = () => {
            const store = open.transaction.objectStore('shares');
            const again = () => { store.get(0).onsuccess = again; };
            again();
            done(true);
        };";
    let stage = Stage::start().await.unwrap();
    let owner = Browser::open(Kind::Chromium).await.unwrap();
    sign_in(&owner, stage.origin(), POSTS).await;
    // A page that opens none.
    owner.visit(&format!("{}/privacy", stage.origin())).await;
    let directory = Directory::load().unwrap();
    let id = directory.account(POSTS).unwrap().user().id.to_string();
    let name = vec![format!("lemon-{id}").into()];
    owner.execute_async(HOLD, name).await.unwrap();
    let first = owner.window().await.unwrap();

    let second = owner.new_tab().await.unwrap();
    owner.switch_to_window(second.clone()).await.unwrap();
    owner.visit(stage.origin()).await;
    told(&owner, "main[data-phase=opening]", "Opening your bot").await;
    let notice = owner
        .shown_within("main[data-phase=opening] #again", INDEXING)
        .await;
    told(&owner, ".notice", "storage does not answer").await;
    owner.switch_to_window(first).await.unwrap();
    owner.close_window().await.unwrap();
    owner.switch_to_window(second).await.unwrap();
    notice.click().await.unwrap();
    owner.shown("main[data-phase=consent]").await;
    owner.close().await.unwrap();
}

/// All that was said, by whom.
async fn said(browser: &Browser) -> Value {
    const SAID: &str = "return [...document.querySelectorAll('.bubble:not(.dots)')].map((bubble) =>
        [bubble.className, (bubble.querySelector('summary p') ?? bubble.querySelector('p')).textContent]);";
    run(browser, SAID).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_stays() {
    let (stage, network) = stage_behind("/engine/", &[]).await;
    network.change(RELAXED_SCRIPT, Change::Before(FALLS));
    let owner = Browser::open(Kind::Chromium).await.unwrap();
    sign_in(&owner, network.origin(), "posts_3200").await;
    owner.click("#start").await;
    // As soon as one can: most is not indexed yet.
    owner.shown_within("#chat", INDEXING).await;
    owner.click("#pause").await;
    owner.shown("#resume").await;
    owner.click("#chat").await;
    assert_eq!(ask(&owner, KNOWN_JA.said).await, KNOWN_JA.reply);
    let talk = said(&owner).await;
    assert_eq!(talk.as_array().unwrap().len(), 3, "{talk}");
    let stays = async |talk: &Value| {
        owner
            .until("what was said", SOON, async || {
                (said(&owner).await == *talk).then_some(())
            })
            .await;
    };

    // Over other pages, and over a reload, with what is being typed.
    owner.click(".tabs a[href='/search']").await;
    owner.shown(".found li").await;
    owner.click(".tabs a[href='/chat']").await;
    stays(&talk).await;
    let question = owner.shown("#question").await;
    question.send_keys("안녕").await.unwrap();
    owner.reload().await;
    stays(&talk).await;
    let typed = async || {
        let question = owner.find(By::Css("#question")).await.ok()?;
        (question.value().await.ok()?.as_deref() == Some("안녕")).then_some(())
    };
    owner.until("what was typed", SOON, typed).await;

    // An answer under way arrives, also after a reload.
    owner
        .until("the question, which can be sent", SOON, async || {
            owner.find(By::Css(".send:enabled")).await.ok()
        })
        .await;
    run(
        &owner,
        "window.isOld = true; document.querySelector('.send').click(); location.reload();",
    )
    .await;
    owner
        .until("its answer", SOON, async || {
            let is_old = run(&owner, "return window.isOld === true").await;
            (is_old == false && said(&owner).await.as_array()?.len() == 5).then_some(())
        })
        .await;
    let talk = said(&owner).await;
    assert_eq!(talk[3], json!(["bubble me", "안녕"]));

    // A worker that falls is told, and stays told; it comes back, and the import stays paused.
    let question = owner.shown("#question").await;
    question.send_keys(KNOWN_JA.said).await.unwrap();
    // The answer may have come before the reload, and the worker not be there yet.
    owner.shown_within(".send:enabled", SOON).await;
    fall(&owner).await.unwrap();
    owner.click(".send:enabled").await;
    told(&owner, ".messages [role=alert]", "browser ended the work").await;
    owner.shown_within("#ask-again", SOON).await;
    told(&owner, ".messages [role=alert]", "browser ended the work").await;
    let kept = said(&owner).await;
    assert_eq!(kept.as_array().unwrap()[..5], talk.as_array().unwrap()[..]);
    owner.click("#ask-again").await;
    owner
        .until("an answer after all", SOON, async || {
            let said = said(&owner).await;
            let said = said.as_array()?;
            (said.len() == 7 && said[6][0] == "bubble bot answer").then_some(())
        })
        .await;
    owner.click(".brand").await;
    owner.shown("#resume").await;
    let indexed = figure(&owner, "#step-index").await.unwrap();
    assert!(indexed < 1_000, "{indexed} although it was paused");
    assert_nothing_was_read_twice(&stage);
    owner.close().await.unwrap();
}

/// A visitor's conversation is theirs: it outlives what befalls the page, and is not shown
/// with another bot, nor in another tab.
#[tokio::test(flavor = "multi_thread")]
async fn a_visitors_conversation_stays_with_them() {
    let (_stage, network) = stage_behind("/engine/", &[]).await;
    network.change(RELAXED_SCRIPT, Change::Before(FALLS));
    let owner = Browser::open(Kind::Chromium).await.unwrap();
    sign_in(&owner, network.origin(), POSTS).await;
    owner.click("#start").await;
    is_ready(&owner).await;
    owner.click("#share").await;
    let link = owner.shown_within(".link", SOON).await;
    let link = link.value().await.unwrap().unwrap();

    let visitor = Browser::open(Kind::Chromium).await.unwrap();
    visitor.visit(&link).await;
    let first = visitor.window().await.unwrap();
    visitor.shown_within("main[data-phase=ready]", SOON).await;
    assert_eq!(ask(&visitor, KNOWN_EN.said).await, KNOWN_EN.reply);
    visitor.reload().await;
    visitor.shown_within("main[data-phase=ready]", SOON).await;
    let talk = said(&visitor).await;
    assert_eq!(talk[2][1], KNOWN_EN.reply);

    fall(&visitor).await.unwrap();
    let question = visitor.shown("#question").await;
    question.send_keys(KNOWN_KO.said).await.unwrap();
    visitor.click(".send:enabled").await;
    told(&visitor, ".messages [role=alert]", "browser ended the work").await;
    visitor.shown_within("#ask-again", SOON).await;
    visitor.click("#ask-again").await;
    visitor
        .until("an answer after all", SOON, async || {
            let said = said(&visitor).await;
            (said.as_array()?.last()?[0] == "bubble bot answer").then_some(())
        })
        .await;
    let kept = said(&visitor).await;
    assert_eq!(kept.as_array().unwrap()[..3], talk.as_array().unwrap()[..]);

    let second = visitor.new_tab().await.unwrap();
    visitor.switch_to_window(second).await.unwrap();
    visitor.visit(&link).await;
    visitor.shown_within("main[data-phase=ready]", SOON).await;
    assert_eq!(said(&visitor).await.as_array().unwrap().len(), 1);
    visitor.close_window().await.unwrap();
    visitor.switch_to_window(first).await.unwrap();
    owner.close().await.unwrap();
    visitor.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_come_over_a_failing_network_in_chromium() {
    workers_over_a_failing_network(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_come_over_a_failing_network_in_firefox() {
    workers_over_a_failing_network(Kind::Firefox).await;
}

/// Modules and scripts of the library and the encoder break off, and then the network is
/// silent; nothing is said, as nothing is lost.
async fn workers_over_a_failing_network(kind: Kind) {
    const KILOBYTE: usize = 1_000;
    let breaks = [1, 40, 90, 200].map(|after| (after * KILOBYTE, Failure::Break));
    // Of the library, which is there before one can start, and then of the encoder.
    let silence = (400 * KILOBYTE, Failure::Silence);
    let later = [
        (2_000 * KILOBYTE, Failure::Break),
        (3_000 * KILOBYTE, Failure::Silence),
    ];
    let failures = [&breaks[..], &[silence], &later].concat();
    let (stage, network) = stage_behind("/engine/", &failures).await;
    let owner = Browser::open(kind).await.unwrap();
    sign_in(&owner, network.origin(), POSTS).await;
    owner.click("#start").await;
    is_ready(&owner).await;
    assert_eq!(network.failures(), 0);
    assert!(owner.find(By::Css(".notice")).await.is_err());
    let asked = network.asked();
    assert!(
        asked.iter().all(|path| !path.contains("/encoder-plain/")),
        "the network was taken for a browser that is too old: {asked:?}"
    );
    assert_nothing_was_read_twice(&stage);
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_that_never_come_whole_come_in_pieces_in_chromium() {
    modules_in_pieces(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_that_never_come_whole_come_in_pieces_in_firefox() {
    modules_in_pieces(Kind::Firefox).await;
}

/// No connection lasts for a whole module, and some not for a piece; each piece comes once, and
/// what came stays when the page is loaded again.
async fn modules_in_pieces(kind: Kind) {
    const MEGABYTE: usize = 1_000_000;
    /// How whole modules are called, and what is in the names of their pieces.
    const WHOLE: &str = "_bg.wasm";
    const MODULE: &str = "_bg.";
    // Of what comes packed.
    let breaks = [(MEGABYTE, Failure::Break), (2 * MEGABYTE, Failure::Break)];
    let (_stage, network) = stage_behind("/engine/", &breaks).await;
    for (module, after) in [
        ("/library_bg.wasm", MEGABYTE / 10),
        ("/encoder_bg.wasm", 2 * MEGABYTE),
    ] {
        network.change(module, Change::Breaks(after));
    }
    let owner = Browser::open(kind).await.unwrap();
    sign_in(&owner, network.origin(), POSTS).await;
    owner.click("#start").await;
    is_ready(&owner).await;
    assert_eq!(network.failures(), 0);
    assert!(owner.find(By::Css(".notice")).await.is_err());
    let mut came = network.asked();
    came.retain(|path| path.contains(MODULE) && !path.ends_with(WHOLE));
    let all = came.len();
    came.sort();
    came.dedup();
    // Of the library and of one build of the encoder.
    assert_eq!(came.len() % 2, 0, "{came:?}");
    assert_eq!(all, came.len() + breaks.len(), "{came:?}");

    let before = network.asked().len();
    owner.reload().await;
    is_ready(&owner).await;
    let again = network.asked().split_off(before);
    let again: Vec<&String> = again.iter().filter(|path| path.contains(MODULE)).collect();
    assert!(again.is_empty(), "{again:?}");
    owner.click("#chat").await;
    assert_eq!(ask(&owner, KNOWN_EN.said).await, KNOWN_EN.reply);
    owner.close().await.unwrap();
}

/// Where nothing comes it is said that it is the network, and whoever has enough of it can
/// delete what there is.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_it_is_said_and_everything_can_be_deleted() {
    const ENOUGH: usize = 1_000;
    let (_stage, network) = stage_behind("/engine/", &[(0, Failure::Break); ENOUGH]).await;
    // The library is here, from an earlier visit.
    network.change(LIBRARY_SCRIPT, Change::Before(""));
    network.change("/library/library.js", Change::Before(""));
    network.change("/library/library_bg.wasm", Change::Before(""));
    let owner = Browser::open(Kind::Chromium).await.unwrap();
    sign_in(&owner, network.origin(), POSTS).await;
    owner.click("#start").await;
    told(&owner, ".notice", "There is no connection").await;
    assert_eq!(figure(&owner, "#step-read").await, Some(300));
    owner.click("#delete").await;
    owner.click("#delete-yes:enabled").await;
    owner.shown_within("main[data-phase=landing]", SOON).await;
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_fails_says_so_and_is_made_again() {
    let (_stage, network) = stage_behind("/engine/", &[]).await;
    network.change(LIBRARY_SCRIPT, Change::Before(FALLS));
    let owner = Browser::open(Kind::Chromium).await.unwrap();
    sign_in(&owner, network.origin(), POSTS).await;
    owner.click("#start").await;
    is_ready(&owner).await;
    owner.click(".tabs a[href='/search']").await;
    told(&owner, "#found", "found").await;
    let search = owner.shown("#search").await;
    search.send_keys(KNOWN_EN.reply).await.unwrap();
    told(&owner, "#found", "1 found").await;
    told(&owner, ".found", KNOWN_EN.reply).await;

    fall(&owner).await.unwrap();
    search.send_keys("zzz").await.unwrap();
    told(&owner, ".notice", "browser ended the work").await;
    assert!(owner.find(By::Css(".found li")).await.is_err());
    assert_eq!(owner.text("#found").await, "");
    owner.click("#again").await;
    told(&owner, "#found", "Nothing found").await;
    assert!(owner.find(By::Css(".notice")).await.is_err());
    search.clear().await.unwrap();
    search.send_keys(KNOWN_EN.reply).await.unwrap();
    told(&owner, ".found", KNOWN_EN.reply).await;
    owner.close().await.unwrap();
}

/// The script that loads the page's module, from its folder on.
fn page_script() -> &'static str {
    let dist = env::var("LEMON_DIST").unwrap();
    let mut files = fs::read_dir(dist).unwrap();
    let script = files.find_map(|file| {
        let name = file.unwrap().file_name().into_string().unwrap();
        name.strip_prefix("lemon-app-")?.strip_suffix(".js")?;
        Some(name)
    });
    Box::leak(format!("/{}", script.unwrap()).into_boxed_str())
}

/// An hour of looking at the clock, whose seconds are short.
#[tokio::test(flavor = "multi_thread")]
async fn waiting_costs_nothing() {
    const HOUR: i64 = 3_600;
    const WATCHED: &str = "
        const { instantiateStreaming } = WebAssembly;
        WebAssembly.instantiateStreaming = async (...all) => {
          const made = await instantiateStreaming(...all);
          window.memory = made.instance.exports.memory;
          return made;
        };
        window.seconds = 0;
        const later = window.setTimeout;
        window.setTimeout = (what, after, ...all) => {
          const isSecond = after === 1000;
          window.seconds += isSecond;
          return later(what, isSecond ? 1 : after, ...all);
        };
        ";
    const PASSED: &str = "return window.seconds";
    const HELPERS: &str = "return localStorage.getItem('lemon-workers-running')";
    const MEMORY: &str = "return window.memory.buffer.byteLength";
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let network = Network::before(stage.origin(), "/engine/", &[]);
    let network = network.await.unwrap();
    network.change(page_script(), Change::Before(WATCHED));
    let window = standin::Kind::Window {
        remaining: 0,
        reset_in: 2 * HOUR,
    };
    stage.x().fault(Fault::once(window, Route::Posts).after(2));
    let owner = Browser::open(Kind::Chromium).await.unwrap();
    sign_in(&owner, network.origin(), "posts_600").await;
    owner.click("#start").await;
    owner
        .until("helpers", INDEXING, async || {
            (run(&owner, HELPERS).await != Value::Null).then_some(())
        })
        .await;
    told(&owner, "#step-read .remark", "in a quarter of an hour").await;
    let all_embedded = async || {
        let remark = owner.text("#step-index .remark").await;
        let (done, waits) = (figure(&owner, "#step-index").await?, remark.is_empty());
        (done > 50 && waits).then_some(done)
    };
    let done = owner
        .until("no rate and no end", INDEXING, all_embedded)
        .await;
    let passed = async |seconds: i64| {
        owner
            .until("some time", INDEXING, async || {
                let passed = run(&owner, PASSED).await;
                (passed.as_i64()? >= seconds).then_some(())
            })
            .await;
    };
    let start = run(&owner, PASSED).await.as_i64().unwrap();
    passed(start + 60).await;
    let before = run(&owner, MEMORY).await.as_u64().unwrap();
    passed(start + 60 + HOUR).await;
    assert_eq!(run(&owner, MEMORY).await, before, "bytes after an hour");
    assert_eq!(figure(&owner, "#step-index").await, Some(done));
    assert_eq!(owner.text("#step-index .remark").await, "");
    owner
        .until("the helpers' end", SOON, async || {
            (run(&owner, HELPERS).await == Value::Null).then_some(())
        })
        .await;
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

/// By keyboard alone, and by ear.
#[tokio::test(flavor = "multi_thread")]
async fn focus_names_and_announcements_are_where_they_belong() {
    const FOCUS: &str = "return document.activeElement.id";
    /// Of each control what it is called by, as far as these are made: a label around it, one
    /// of its own, or its text.
    const NAMES: &str =
        "return [...document.querySelectorAll('a, button, input, select, textarea')]
        .filter((control) => control.checkVisibility())
        .map((control) => [(control.getAttribute('aria-label') ?? control.labels?.[0]?.textContent
            ?? control.textContent).trim(), control.href ?? null]);";
    let (stage, owner) = opened(Kind::Chromium).await;
    sign_in(&owner, stage.origin(), POSTS).await;
    let focused = async |id: &str| {
        owner
            .until(id, SOON, async || {
                (run(&owner, FOCUS).await == id).then_some(())
            })
            .await;
    };
    owner.click("#start").await;
    owner.click("#pause").await;
    focused("resume").await;
    owner
        .shown("#resume")
        .await
        .send_keys(Key::Space)
        .await
        .unwrap();
    focused("pause").await;
    is_ready(&owner).await;
    told_to_listeners(&owner, "#announcer", "Ready").await;

    owner
        .shown("#delete")
        .await
        .send_keys(Key::Enter)
        .await
        .unwrap();
    focused("delete-no").await;
    owner
        .shown("#delete-no")
        .await
        .send_keys(Key::Escape)
        .await
        .unwrap();
    focused("delete").await;

    // Two of the same length of life, and one of another.
    for links in 1..=3 {
        if links == 3 {
            owner.click("#days option[value='7']").await;
        }
        owner.click("#share").await;
        owner
            .until("the link", SOON, async || {
                (owner.find_all(By::Css(".link")).await.ok()?.len() == links).then_some(())
            })
            .await;
    }
    // What leads to the same place may be called the same.
    let named = run(&owner, NAMES).await;
    let mut named: Vec<_> = named
        .as_array()
        .unwrap()
        .iter()
        .map(|control| (control[0].as_str().unwrap(), control[1].as_str()))
        .collect();
    assert!(named.iter().all(|(name, _)| !name.is_empty()), "{named:?}");
    named.sort_unstable();
    named.dedup_by(|one, other| one == other && one.1.is_some());
    assert!(
        named.windows(2).all(|two| two[0].0 != two[1].0),
        "two are called the same: {named:?}"
    );

    run(
        &owner,
        "navigator.clipboard.writeText = async () => undefined;",
    )
    .await;
    owner.click(".shares li button").await;
    told_to_listeners(&owner, ".shares [role=status]", "Copied").await;
    told(&owner, ".shares li button", "Copied").await;
    told(&owner, ".shares li button", "Copy").await;
    owner
        .until("the end of it", SOON, async || {
            let text = owner.text(".shares li button").await;
            (text == "Copy").then_some(())
        })
        .await;
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

/// What is out of sight a driver reads no text of.
async fn told_to_listeners(browser: &Browser, place: &str, says: &str) {
    let script = format!(
        "return document.querySelector({}).textContent",
        json!(place)
    );
    browser
        .until(says, SOON, async || {
            let text = run(browser, &script).await;
            text.as_str()?.contains(says).then_some(())
        })
        .await;
}

/// Who comes back in another browser than the one in which it began is told so, and begins
/// again here by one button.
#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_elsewhere_begins_again_here() {
    let (stage, owner) = opened(Kind::Chromium).await;
    owner
        .visit(&format!("{}/?signin=elsewhere", stage.origin()))
        .await;
    owner.shown("#sign-in-here").await;
    let text = owner.text(".notice").await;
    assert!(text.contains("another browser"), "{text}");
    owner.click("#sign-in-here").await;
    owner.shown("#as-handle").await;
    owner.close().await.unwrap();
}

/// What X gives and cannot be read is counted on the page.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_told() {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let odd = standin::Kind::Odd(Odd::Posts);
    stage.x().fault(Fault::once(odd, Route::Posts));
    let owner = Browser::open(Kind::Chromium).await.unwrap();
    sign_in(&owner, stage.origin(), "posts_100").await;
    owner.click("#start").await;
    is_ready(&owner).await;
    told(&owner, "#missing", &format!("Left out: {LOST_POSTS}")).await;
    owner.close().await.unwrap();
}
