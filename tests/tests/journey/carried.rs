//! A bot goes into a file, and comes out of it in another browser.

use std::path::{Path, PathBuf};

use lemon_model::age::Chance;
use lemon_model::backup::Writing;
use lemon_model::bots::{Account, Bot};
use lemon_model::feed::{Feed, Source};
use lemon_model::sources::given::Wishes;
use lemon_tests::browser::{Browser, Kind};
use lemon_tests::stage::Stage;
use lemon_tests::standin::KNOWN_KO;
use tempfile::TempDir;
use thirtyfour::By;

use super::archive::bring_demo;
use super::bots::link_of;
use super::faults::{is_ready, told};
use super::saved::{listen, saved};
use super::{SOON, ask, assert_quiet};

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_is_carried_to_another_browser_in_chromium() {
    carried(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_is_carried_to_another_browser_in_firefox() {
    carried(Kind::Firefox).await;
}

async fn carried(kind: Kind) {
    const PASSPHRASE: &str = "레몬 열 개와 설탕 한 컵";
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let owner = Browser::open(kind).await.unwrap();
    let folder = TempDir::new().unwrap();
    let _archive = bring_demo(&owner, stage.origin()).await;
    owner.click(".tabs a[href='/bots']").await;
    owner.click("#share").await;
    let link = link_of(&owner).await;

    // Too short a passphrase saves nothing.
    let field = owner.shown("#export-passphrase").await;
    field.send_keys("짧다").await.unwrap();
    listen(&owner).await;
    owner.click("#export").await;
    told(&owner, "#export-said", "at least 10").await;
    field.clear().await.unwrap();
    field.send_keys(PASSPHRASE).await.unwrap();
    owner.click("#export").await;
    told(&owner, "#export-said", "among your downloads").await;
    let sealed = put(&owner, 0, folder.path().join("bot.lemon.age")).await;
    owner
        .execute(
            "document.querySelector('#export-open').closest('details').open = true",
            vec![],
        )
        .await
        .unwrap();
    owner.click("#export-open").await;
    let open = put(&owner, 1, folder.path().join("bot.lemon")).await;
    assert_quiet(&owner).await;
    owner.close().await.unwrap();

    let elsewhere = Browser::open(kind).await.unwrap();
    elsewhere.visit(&format!("{}/bots", stage.origin())).await;
    // What is none, and what was cut off: said, and nothing is there.
    let notes = folder.path().join("notes.txt");
    std::fs::write(&notes, "한 줄").unwrap();
    give(&elsewhere, &notes).await;
    told(&elsewhere, ".notice", "not a bot's file").await;
    let cut = folder.path().join("cut.lemon");
    let whole = std::fs::read(&open).unwrap();
    std::fs::write(&cut, &whole[..whole.len() - 1]).unwrap();
    give(&elsewhere, &cut).await;
    told(&elsewhere, ".notice", "not whole").await;
    assert!(elsewhere.find(By::Css("#current-bot")).await.is_err());

    // One that is so small that nothing of it opens before its end.
    let small = folder.path().join("small.lemon.age");
    std::fs::write(&small, smallest(PASSPHRASE)).unwrap();
    give(&elsewhere, &small).await;
    let field = elsewhere.shown("#import-passphrase").await;
    field.send_keys(PASSPHRASE).await.unwrap();
    elsewhere.click("#unlock").await;
    told(&elsewhere, "#inside", "라임").await;
    elsewhere.click("#import .button:not(.primary)").await;

    give(&elsewhere, &sealed).await;
    let field = elsewhere.shown("#import-passphrase").await;
    field.send_keys("another one").await.unwrap();
    elsewhere.click("#unlock").await;
    told(&elsewhere, "#import-wrong", "another passphrase").await;
    let field = elsewhere.shown("#import-passphrase").await;
    field.send_keys(PASSPHRASE).await.unwrap();
    elsewhere.click("#unlock").await;
    elsewhere.shown_within("#inside", SOON).await;
    elsewhere.click("#take-in").await;
    elsewhere.came_back(".tabs", "Chat").await;
    is_ready(&elsewhere).await;
    elsewhere.click(".tabs a[href='/chat']").await;
    assert_eq!(ask(&elsewhere, KNOWN_KO.said).await, KNOWN_KO.reply);
    // The links came along, with what deletes them.
    elsewhere.click(".tabs a[href='/bots']").await;
    assert_eq!(link_of(&elsewhere).await, link);

    // The same once more takes the place of what is there, without links.
    give(&elsewhere, &open).await;
    told(&elsewhere, "#replaces", "is replaced").await;
    elsewhere.click("#take-in").await;
    elsewhere.came_back(".tabs", "Chat").await;
    is_ready(&elsewhere).await;
    elsewhere.click(".tabs a[href='/bots']").await;
    told(&elsewhere, "#current-bot", "entries from").await;
    elsewhere.shown("#share").await;
    assert!(elsewhere.find(By::Css(".link")).await.is_err());
    assert_quiet(&elsewhere).await;
    elsewhere.close().await.unwrap();
}

/// The file of a bot of which nothing is stored.
fn smallest(passphrase: &str) -> Vec<u8> {
    let chance = Chance {
        key: [1; 16],
        salt: [2; 16],
        nonce: [3; 16],
    };
    let account = Account {
        feed: Feed::new(Source::Misskey, "lime"),
        name: "라임".into(),
        handle: "lime@misskey.example".into(),
        posts: None,
        wishes: Wishes::default(),
        is_keyed: false,
    };
    let mut file = Vec::new();
    let lock = Some((passphrase, &chance));
    let writing = Writing::begin(&Bot::of(account, [7; 16]), lock, &mut file);
    writing.unwrap().end(&mut file);
    file
}

async fn give(browser: &Browser, file: &Path) {
    let field = browser.until("the field", SOON, async || {
        browser.find(By::Css("#import-file")).await.ok()
    });
    field.await.send_keys(file.to_str().unwrap()).await.unwrap();
}

/// Puts the file that was saved as number `place` to `path`.
async fn put(browser: &Browser, place: usize, path: PathBuf) -> PathBuf {
    let file = saved(browser, place).await;
    std::fs::write(&path, file.bytes).unwrap();
    path
}
