//! The bot on the first page, of somebody who does not exist.

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::network::{Change, Network};
use lemon_tests::stage::Stage;
use thirtyfour::By;

use super::faults::told;
use super::{SOON, ask, assert_quiet};

/// What the page needs for answering what is typed, and not for what it suggests.
const ENGINE: [&str; 3] = ["/engine/", "/model/", ".bot"];

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_has_a_bot_to_try_in_chromium() {
    tried(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_has_a_bot_to_try_in_firefox() {
    tried(Kind::Firefox).await;
}

async fn tried(kind: Kind) {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let network = Network::before(stage.origin(), "/", &[]).await.unwrap();
    let visitor = Browser::open(kind).await.unwrap();
    visitor.visit(network.origin()).await;
    told(&visitor, "#trial", "somebody we made up").await;
    told(&visitor, "#trial #greeting", "Yuzu").await;
    assert!(visitor.find(By::Css("#first")).await.is_err());

    // What it suggests it answers with what is on the page.
    let suggested = visitor.shown("#trial .suggested .button").await;
    let question = suggested.text().await.unwrap();
    suggested.click().await.unwrap();
    told(&visitor, "#trial .bubble.me", &question).await;
    visitor.shown("#trial .answer summary p").await;
    let is_engine = |path: &String| ENGINE.iter().any(|part| path.contains(part));
    let engine: Vec<_> = network.asked().into_iter().filter(is_engine).collect();
    assert!(engine.is_empty(), "{engine:?}");
    // It has no original to lead to.
    let links = visitor.find_all(By::Css("#trial .answer a")).await.unwrap();
    assert!(links.is_empty());

    // Whatever is typed is answered once the rest has come.
    let answer = ask(&visitor, "Tell me about the cat you live with").await;
    assert!(answer.contains("Barley"), "{answer}");
    assert!(network.asked().iter().any(is_engine));

    // A reload loses nothing, and the ways in are where they were.
    visitor.reload().await;
    told(&visitor, "#trial .bubble.me", &question).await;
    visitor.shown("#sign-in").await;

    // Somebody else in another language, who is asked anew.
    let korean = visitor.find(By::Css(".language option[value='ko']")).await;
    korean.unwrap().click().await.unwrap();
    told(&visitor, "#trial #greeting", "유자").await;
    visitor.shown("#trial .suggested .button").await;
    assert!(visitor.find(By::Css("#trial .bubble.me")).await.is_err());
    let answer = ask(&visitor, "고양이 이름이 뭐야?").await;
    assert!(answer.contains("보리"), "{answer}");
    assert_quiet(&visitor).await;
    visitor.close().await.unwrap();
}

/// Where it does not come, the page is as it is without it.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_is_whole_without_its_bot() {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let network = Network::before(stage.origin(), "/demo/", &[]);
    let network = network.await.unwrap();
    network.change("/en.json", Change::Gone);
    let visitor = Browser::open(Kind::Chromium).await.unwrap();
    visitor.visit(network.origin()).await;
    visitor.shown("#sign-in").await;
    visitor
        .until("what does not come", SOON, async || {
            (!network.asked().is_empty()).then_some(())
        })
        .await;
    assert!(visitor.find(By::Css("#trial")).await.is_err());
    assert!(visitor.find(By::Css(".notice")).await.is_err());

    // What is typed into it says why it is not answered, and is kept.
    network.change_only(&[("/en.bot", Change::Gone)]);
    visitor.reload().await;
    let field = visitor.shown("#trial #question").await;
    field.send_keys("Do you bake?").await.unwrap();
    visitor.shown("#trial .notice").await;
    network.change_nothing();
    visitor.click("#trial .notice .button").await;
    visitor.click(".send:enabled").await;
    visitor.shown("#trial .answer summary p").await;
    visitor.close().await.unwrap();
}

/// What is seen before the page's own module has come, and stays where it does not: who has begun
/// here is not shown what is said to others.
#[tokio::test(flavor = "multi_thread")]
async fn something_is_seen_before_the_page_is_there() {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let network = Network::before(stage.origin(), "/", &[]).await.unwrap();
    network.change("_bg.wasm", Change::Gone);
    let visitor = Browser::open(Kind::Chromium).await.unwrap();
    visitor.goto(network.origin()).await.unwrap();
    told(&visitor, "#lost", "could not be loaded").await;
    told(&visitor, "#first .hero", "Chat with a bot").await;
    assert!(!visitor.page_text().await.contains("레몬"));

    let remember = "localStorage.setItem('lemon-here', '1')";
    visitor.execute(remember, vec![]).await.unwrap();
    for page in ["/", "/b", "/status"] {
        let address = format!("{}{page}", network.origin());
        visitor.goto(address).await.unwrap();
        visitor.shown("#lost").await;
        visitor.shown("#first .other img").await;
        let hero = visitor.find(By::Css("#first .hero")).await.unwrap();
        assert!(!hero.is_displayed().await.unwrap(), "{page}");
    }

    network.change_nothing();
    visitor.visit(network.origin()).await;
    visitor.shown("#sign-in").await;
    assert!(visitor.find(By::Css("#first")).await.is_err());
    visitor.close().await.unwrap();
}
