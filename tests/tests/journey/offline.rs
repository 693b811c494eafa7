//! What opens without a network, and how a new version takes the place of an old one.

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::network::{Change, Network};
use lemon_tests::stage::Stage;
use lemon_tests::standin::KNOWN_KO;

use super::archive::bring_demo;
use super::bots::link_of;
use super::faults::{is_ready, told};
use super::{SOON, ask, assert_quiet};

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_bot_and_a_visited_one_open_without_a_network_in_chromium() {
    open_without_a_network(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_bot_and_a_visited_one_open_without_a_network_in_firefox() {
    open_without_a_network(Kind::Firefox).await;
}

async fn open_without_a_network(kind: Kind) {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let origin = stage.origin().to_owned();
    let owner = Browser::open(kind).await.unwrap();
    let _folder = bring_demo(&owner, &origin).await;
    is_whole(&owner).await;
    owner.click("#share").await;
    let link = link_of(&owner).await;
    let visitor = Browser::open(kind).await.unwrap();
    visitor.visit(&link).await;
    answers(&visitor).await;
    is_whole(&visitor).await;
    is_kept(&visitor, "lemon-visits", "/api/bots/").await;
    for browser in [&owner, &visitor] {
        assert_quiet(browser).await;
    }

    // Nobody listens at that address any more.
    drop(stage);
    visitor.goto("about:blank").await.unwrap();
    visitor.visit(&link).await;
    told(&visitor, "#kept", "no connection").await;
    answers(&visitor).await;
    assert_eq!(ask(&visitor, KNOWN_KO.said).await, KNOWN_KO.reply);
    // As a browser does that takes up a tab again: what is gone back to is asked for otherwise.
    visitor.goto("about:blank").await.unwrap();
    visitor.back().await.unwrap();
    told(&visitor, "#kept", "no connection").await;
    answers(&visitor).await;
    // A bot that was never visited is not there, and that is said.
    let mut other = link.clone().into_bytes();
    let first = link.find('#').unwrap() + 1;
    other[first] = if other[first] == b'A' { b'B' } else { b'A' };
    let other = String::from_utf8(other).unwrap();
    visitor.goto("about:blank").await.unwrap();
    visitor.visit(&other).await;
    told(&visitor, ".notice", "connection").await;

    owner.visit(&format!("{origin}/chat")).await;
    owner.shown_within("#question:enabled", SOON).await;
    assert_eq!(ask(&owner, KNOWN_KO.said).await, KNOWN_KO.reply);
    // What needs the network says so, and the bot stays.
    owner.click(".tabs a[href='/bots']").await;
    owner.click("#share").await;
    told(&owner, ".notice", "connection").await;
    for browser in [owner, visitor] {
        browser.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_comes_between_visits_in_chromium() {
    between_visits(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_comes_between_visits_in_firefox() {
    between_visits(Kind::Firefox).await;
}

/// A page is kept in the place of another once all of it is there, and only then.
async fn between_visits(kind: Kind) {
    const TITLE: &[u8] = b"content=\"Lemon Toolbox\"";
    const SECOND: &[u8] = b"content=\"Second version\"";
    const THIRD: &[u8] = b"content=\"Third version\"><link href=\"/start-gone.js\"";
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let network = Network::before(stage.origin(), "/", &[]);
    let network = network.await.unwrap();
    let owner = Browser::open(kind).await.unwrap();
    let _folder = bring_demo(&owner, network.origin()).await;
    is_whole(&owner).await;
    let version = async || {
        let version = "return document.querySelector('meta[property=\"og:site_name\"]').content";
        let version = owner.execute(version, vec![]).await.unwrap();
        version.convert::<String>().unwrap()
    };
    assert_eq!(version().await, "Lemon Toolbox");

    // Whoever loads the page gets the new one, which is kept once it has worked.
    network.change("/", Change::Bytes(TITLE.into(), SECOND.into()));
    owner.visit(network.origin()).await;
    assert_eq!(version().await, "Second version");
    is_ready(&owner).await;
    is_kept_as(&owner, "Second version").await;

    // One of which a file does not come is given while there is a network, and not kept.
    network.change_only(&[
        ("/", Change::Bytes(TITLE.into(), THIRD.into())),
        ("/start-gone.js", Change::Gone),
    ]);
    owner.visit(network.origin()).await;
    assert_eq!(version().await, "Third version");
    is_ready(&owner).await;
    owner
        .until("the file that does not come", SOON, async || {
            let asked = network.asked();
            // Only by whoever would keep it: the page does not use it.
            let is_gone = |path: &String| path.ends_with("/start-gone.js");
            asked.iter().any(is_gone).then_some(())
        })
        .await;

    // A network that says nothing: the one before, whole.
    network.change_only(&[("", Change::Held)]);
    owner.visit(network.origin()).await;
    assert_eq!(version().await, "Second version");
    network.change_nothing();
    is_ready(&owner).await;
    owner.close().await.unwrap();
}

async fn answers(browser: &Browser) {
    let field = "main[data-phase=ready] #question";
    browser.shown_within(field, SOON).await;
}

/// Waits until the page is kept with its workers.
async fn is_whole(browser: &Browser) {
    for part in ["/library_bg.wasm", "/encoder_bg.wasm"] {
        is_kept(browser, "lemon-page", part).await;
    }
    is_kept_as(browser, "<title>").await;
}

/// Waits until something with this in its address is kept.
async fn is_kept(browser: &Browser, cache: &str, part: &str) {
    let keys = format!(
        "caches.open('{cache}')
            .then((cache) => cache.keys())
            .then((keys) => keys.some(({{ url }}) => url.includes('{part}')))"
    );
    comes_true(browser, part, &keys).await;
}

/// Waits until the page is kept as one that says this.
async fn is_kept_as(browser: &Browser, says: &str) {
    let text = format!(
        "caches.open('lemon-page')
            .then((cache) => cache.match('/'))
            .then((page) => page.text())
            .then((text) => text.includes('{says}'))"
    );
    comes_true(browser, says, &text).await;
}

/// Waits until a promise of this script's is kept with what is true.
async fn comes_true(browser: &Browser, what: &str, promise: &str) {
    let script = format!("const [done] = arguments; {promise}.then(done);");
    browser
        .until(what, SOON, async || {
            let is_so = browser.execute_async(&script, vec![]).await;
            is_so.ok()?.convert::<bool>().ok()?.then_some(())
        })
        .await;
}
