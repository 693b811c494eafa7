//! What comes to stand around a link on its way.

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::guest;
use lemon_tests::network::{Change, Network};
use lemon_tests::stage::Stage;
use thirtyfour::By;

use super::SOON;
use super::answers::bot_of_another_model;
use super::faults::told;

/// As a messenger's own browser on Android calls itself.
const KAKAO: &str = "Mozilla/5.0 (Linux; Android 15; SM-S931N; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36;KAKAOTALK/25.10.0 (INAPP)";

#[tokio::test(flavor = "multi_thread")]
async fn in_a_messengers_browser_it_opens_or_says_how_in_chromium() {
    opens_or_says_how(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_messengers_browser_it_opens_or_says_how_in_firefox() {
    opens_or_says_how(Kind::Firefox).await;
}

async fn opens_or_says_how(kind: Kind) {
    let stage = Stage::start().await.unwrap();
    let link = guest::share(stage.origin(), &bot_of_another_model()).await;
    let link = link.unwrap();
    let network = Network::before(stage.origin(), "/engine/", &[]);
    let network = network.await.unwrap();
    let (_, path) = link.split_once("/b#").unwrap();
    let link = format!("{}/b#{path}", network.origin());
    let visitor = Browser::open_as(kind, KAKAO).await.unwrap();
    visitor.visit(&link).await;
    told(&visitor, "h1", "레몬").await;

    // Where a file does not come, as where an app keeps it away.
    network.change("/library/worker.js", Change::Gone);
    visitor.close().await.unwrap();
    let visitor = Browser::open_as(kind, KAKAO).await.unwrap();
    visitor.visit(&link).await;
    told(&visitor, "#in-app", "browser").await;
    let field = visitor.shown("#in-app .link").await;
    assert_eq!(field.value().await.unwrap().unwrap(), link);
    visitor.close().await.unwrap();

    // In a browser of its own nothing is said of apps.
    let visitor = Browser::open(kind).await.unwrap();
    visitor.visit(&link).await;
    visitor.shown_within(".notice", SOON).await;
    assert!(visitor.find(By::Css("#in-app")).await.is_err());
    visitor.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_whatever_stands_around_it_in_chromium() {
    opens_whatever_stands_around_it(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_whatever_stands_around_it_in_firefox() {
    opens_whatever_stands_around_it(Kind::Firefox).await;
}

async fn opens_whatever_stands_around_it(kind: Kind) {
    const SEEN: &str = "the “#” of this link was changed";
    let stage = Stage::start().await.unwrap();
    let bot = bot_of_another_model();
    let link = guest::share(stage.origin(), &bot).await.unwrap();
    let (page, key) = link.split_once('#').unwrap();
    let visitor = Browser::open(kind).await.unwrap();
    for (before, behind) in [
        ("#", "."),
        ("#", "%20"),
        ("#", "=="),
        ("#", "。"),
        ("#%E3%80%8C", "%E3%80%8D"),
        ("#", "&utm_source=newsletter_of_november"),
        ("#", "?openExternalBrowser=1"),
        ("?openExternalBrowser=1#", ""),
        ("%23", ""),
        ("%2523", "%2520"),
    ] {
        let address = format!("{page}{before}{key}{behind}");
        // A page of its own for each.
        visitor.goto("about:blank").await.unwrap();
        visitor.visit(&address).await;
        told(&visitor, "h1", "레몬").await;
        let shown = visitor.execute("return location.href", vec![]).await;
        let shown: String = shown.unwrap().convert().unwrap();
        assert_eq!(shown, link, "{address}");
        let was_seen = visitor.page_text().await.contains(SEEN);
        assert_eq!(was_seen, before.starts_with('%'), "{address}");
    }
    // One that lost a part of its key is none.
    visitor.goto("about:blank").await.unwrap();
    visitor.visit(&format!("{page}#{}", &key[..20])).await;
    visitor.shown_within(".notice", SOON).await;
    visitor.close().await.unwrap();
}
