//! What comes to stand around a link on its way.

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::guest;
use lemon_tests::stage::Stage;

use super::SOON;
use super::answers::bot_of_another_model;
use super::faults::told;

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
