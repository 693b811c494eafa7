//! A bot made of an archive, without anybody signing in.

use std::fs::File;
use std::path::Path;

use lemon_model::sources::x_archive::Opened;
use lemon_tests::browser::{Browser, Kind};
use lemon_tests::network::{Change, Network};
use lemon_tests::stage::Stage;
use lemon_tests::standin::archive::{self, Making, SECRET};
use lemon_tests::standin::{DEMO_HANDLE, Directory, KNOWN_JA, KNOWN_KO};
use tempfile::TempDir;
use thirtyfour::By;

use super::faults::{is_ready, run, told};
use super::misskey::{made_of, posts, shared};
use super::{
    SOON, ask, asked_of_x, assert_quiet, choose_newest, delete_everything, figure, landed, opened,
    sign_in,
};

/// The archive of `handle`, in a folder that goes with the test.
pub fn made(folder: &TempDir, handle: &str, making: Making) -> String {
    let directory = Directory::load().unwrap();
    let account = directory.account(handle).unwrap();
    let path = folder.path().join(format!("twitter-{handle}.zip"));
    archive::write(&account, &directory, making, File::create(&path).unwrap()).unwrap();
    text(&path)
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Chooses a file, as a person does in the browser's own window.
pub async fn give(browser: &Browser, path: &str) {
    let field = async || browser.find(By::Id("archive-file")).await.ok();
    let field = browser.until("the field for a file", SOON, field).await;
    field.send_keys(path).await.unwrap();
}

/// Goes to the page and makes a bot of the demo person's archive, which lies in the folder.
pub async fn bring_demo(owner: &Browser, origin: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    owner.visit(origin).await;
    give(owner, &made(&folder, DEMO_HANDLE, Making::default())).await;
    owner.click("#archive-yes").await;
    is_ready(owner).await;
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_into_a_file_is_stopped_in_chromium() {
    looking_is_stopped(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_into_a_file_is_stopped_in_firefox() {
    looking_is_stopped(Kind::Firefox).await;
}

/// Whoever chose the wrong file need not wait for what is in it, and can give another one.
async fn looking_is_stopped(kind: Kind) {
    let folder = TempDir::new().unwrap();
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let network = Network::before(stage.origin(), "/engine/", &[]);
    let network = network.await.unwrap();
    network.change("/archive/worker.js", Change::Held);
    let owner = Browser::open(kind).await.unwrap();
    owner.visit(network.origin()).await;
    let archive = made(&folder, DEMO_HANDLE, Making::default());
    give(&owner, &archive).await;
    owner.click("#archive-stop").await;
    owner.shown("label[for=archive-file]").await;
    network.change_nothing();
    give(&owner, &archive).await;
    told(&owner, "#archive-whose", &format!("@{DEMO_HANDLE}")).await;
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_becomes_a_bot_in_chromium() {
    an_archive(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_becomes_a_bot_in_firefox() {
    an_archive(Kind::Firefox).await;
}

async fn an_archive(kind: Kind) {
    let folder = TempDir::new().unwrap();
    let (stage, owner) = landed(kind).await;

    // What is none is told, and changes nothing.
    let wrong = folder.path().join("notes.txt");
    std::fs::write(&wrong, "한 줄").unwrap();
    give(&owner, &text(&wrong)).await;
    told(&owner, "#archive .notice", "no archive of X").await;

    let making = Making {
        folder: "twitter-2026-09-01/",
        parts: 3,
        media: 5_000_000,
        ..Making::default()
    };
    give(&owner, &made(&folder, DEMO_HANDLE, making)).await;
    told(&owner, "#archive-whose", &format!("@{DEMO_HANDLE}")).await;
    let shown = owner.text("#archive").await;
    for says in [
        "Your posts",
        "account's name",
        "Circle",
        "Messages, mail address",
    ] {
        assert!(shown.contains(says), "{shown}");
    }
    // Nothing is read before somebody says whose it is.
    owner.click("#archive-no").await;
    owner.shown("label[for=archive-file]").await;
    // One that is dropped is looked at as one that is chosen; it names nobody.
    run(
        &owner,
        "const data = new DataTransfer();
        const posts = 'window.YTD.tweets.part0 = [ { \"id\": \"1700000000000000000\" } ]';
        data.items.add(new File([posts], 'tweets (1).js'));
        document.body.dispatchEvent(
            new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));",
    )
    .await;
    told(&owner, "#archive .notice", "does not say whose posts").await;
    // Of several nothing is taken.
    run(
        &owner,
        "const data = new DataTransfer();
        for (const name of ['tweets.js', 'tweets-part1.js']) {
            data.items.add(new File(['window.YTD.tweets.part0 = []'], name));
        }
        document.body.dispatchEvent(
            new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));",
    )
    .await;
    told(&owner, "#archive .notice", "Give one file").await;
    give(
        &owner,
        &text(&folder.path().join(format!("twitter-{DEMO_HANDLE}.zip"))),
    )
    .await;
    owner.click("#archive-yes").await;
    is_ready(&owner).await;

    owner.click("#chat").await;
    for known in [KNOWN_KO, KNOWN_JA] {
        assert_eq!(ask(&owner, known.said).await, known.reply);
    }
    owner.click(".brand").await;
    owner.reload().await;
    is_ready(&owner).await;
    assert_eq!(owner.text("#handle").await, format!("@{DEMO_HANDLE}"));
    assert_eq!(asked_of_x(&stage), 0, "X is asked for nothing");

    // A file without posts takes nothing away.
    let nothing = folder.path().join("tweets.js");
    let reposts = "window.YTD.tweets.part0 = [ { \"tweet\": {
        \"id\": \"1700000000000000000\", \"full_text\": \"RT @kim: 남의 글\" } } ]";
    std::fs::write(&nothing, reposts).unwrap();
    give(&owner, &text(&nothing)).await;
    owner.click("#archive-yes").await;
    told(&owner, "#archive .notice", "no posts in this file").await;
    is_ready(&owner).await;
    owner.reload().await;
    is_ready(&owner).await;
    assert_eq!(asked_of_x(&stage), 0, "X is asked for nothing instead");

    shared(&owner, kind, KNOWN_KO).await;

    // Another one's is not mixed with it.
    give(&owner, &made(&folder, "posts_7", Making::default())).await;
    told(&owner, "#archive-other", &format!("@{DEMO_HANDLE}")).await;
    assert!(owner.find(By::Id("archive-yes")).await.is_err());
    assert!(!owner.page_text().await.contains(SECRET));
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

/// The posts that are read of the archive at `path`.
fn posts_in(path: &str) -> usize {
    let opened = Opened::look(File::open(path).unwrap(), "a.zip").unwrap();
    let (found, _) = opened.read(|_| ()).unwrap();
    found.posts.len()
}

/// Gives an archive of many pages, and loads the page again as soon as the first of them is
/// there; how many posts are there then. From then on no worker is told anything: a browser
/// lets a page go on for as long as the next one takes to come.
async fn interrupted(stage: &Stage, owner: &Browser, path: &str) -> usize {
    owner.visit(stage.origin()).await;
    give(owner, path).await;
    owner.shown("#archive-yes").await;
    run(
        owner,
        "new MutationObserver(() => {
            const read = document.querySelector('#step-read .figures')?.textContent ?? '';
            if (/^[1-9][0-9,]* of/.test(read)) {
                Worker.prototype.postMessage = () => {};
                location.reload();
            }
        }).observe(document.body, { childList: true, subtree: true, characterData: true });",
    )
    .await;
    owner.click("#archive-yes").await;
    owner
        .came_back(".notice", "Choose the same file again")
        .await;
    assert_eq!(asked_of_x(stage), 0, "X is asked for nothing instead");
    owner
        .until("the first page", SOON, async || {
            figure(owner, "#step-read").await.filter(|read| *read > 0)
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_was_interrupted_is_gone_on_with_in_chromium() {
    an_archive_that_was_interrupted(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_was_interrupted_is_gone_on_with_in_firefox() {
    an_archive_that_was_interrupted(Kind::Firefox).await;
}

async fn an_archive_that_was_interrupted(kind: Kind) {
    let folder = TempDir::new().unwrap();
    let (stage, owner) = opened(kind).await;
    let path = made(&folder, "posts_30000", Making::default());
    let before = interrupted(&stage, &owner, &path).await;
    give(&owner, &path).await;
    owner.click("#archive-yes").await;
    owner
        .shown_within("#step-read[data-state=done]", SOON)
        .await;
    let read = figure(&owner, "#step-read").await.unwrap();
    assert!(read > before, "{read} after {before}");
    assert_eq!(read, posts_in(&path));
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_of_an_archive_can_be_enough() {
    let folder = TempDir::new().unwrap();
    let (stage, owner) = opened(Kind::Chromium).await;
    let path = made(&folder, "posts_30000", Making::default());
    let before = interrupted(&stage, &owner, &path).await;
    owner.click("#archive-enough").await;
    owner
        .shown_within("#step-read[data-state=done]", SOON)
        .await;
    assert_eq!(figure(&owner, "#step-read").await.unwrap(), before);
    owner.reload().await;
    owner
        .shown_within("#step-read[data-state=done]", SOON)
        .await;
    assert_eq!(owner.text(".notice").await, "");
    assert_eq!(asked_of_x(&stage), 0);
    owner.close().await.unwrap();
}

/// What has nothing in it leaves nobody behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_says_how_much_it_holds_and_takes_the_newest() {
    let folder = TempDir::new().unwrap();
    let (_stage, owner) = landed(Kind::Chromium).await;
    // A device with a quarter of a gigabyte.
    run(
        &owner,
        "Object.defineProperty(Navigator.prototype, 'deviceMemory', { get: () => 0.25 });",
    )
    .await;
    let path = made(&folder, "posts_6000", Making::default());
    give(&owner, &path).await;
    told(&owner, "#capacity", "can hold about 4,000 posts").await;
    owner.click("#archive-yes").await;
    told(&owner, "#step-read .remark", "there are too many").await;
    assert_eq!(figure(&owner, "#step-read").await, Some(4_000));
    delete_everything(&owner).await;
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_without_posts_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let (stage, owner) = opened(Kind::Chromium).await;
    owner.visit(stage.origin()).await;
    give(&owner, &made(&folder, "retweets_demo", Making::default())).await;
    owner.click("#archive-yes").await;
    told(&owner, "#archive .notice", "no posts in this file").await;
    owner.shown("main[data-phase=landing]").await;
    owner.reload().await;
    owner.shown("main[data-phase=landing]").await;
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

/// A file that was taken out of the zip will do, for whoever is known by their threads; what X
/// has that is newer comes to it, and X is asked for that alone.
#[tokio::test(flavor = "multi_thread")]
async fn one_file_of_an_archive_becomes_a_bot_and_x_adds_what_is_new() {
    let folder = TempDir::new().unwrap();
    let (stage, owner) = opened(Kind::Chromium).await;
    let path = made(&folder, "posts_300", Making::default());
    let mut zip = zip::ZipArchive::new(File::open(&path).unwrap()).unwrap();
    let alone = folder.path().join("tweets.js");
    let mut tweets = zip.by_name("data/tweets.js").unwrap();
    std::io::copy(&mut tweets, &mut File::create(&alone).unwrap()).unwrap();
    owner.visit(stage.origin()).await;
    owner.shown("main[data-phase=landing]").await;
    give(&owner, &text(&alone)).await;
    told(&owner, "#archive-whose", "@posts_300").await;
    owner.click("#archive-yes").await;
    is_ready(&owner).await;
    let archived = posts(&owner).await;
    assert!((1..=300).contains(&archived), "{archived}");
    assert_eq!(asked_of_x(&stage), 0);

    owner.click(".feeds a.button").await;
    owner.shown("#as-handle").await;
    let name = owner.shown("#handle").await;
    name.send_keys("posts_300").await.unwrap();
    owner.click("#as-handle").await;
    owner.click(".fetch-new").await;
    // The newest one is a repost, which no archive has.
    made_of(&owner, archived + 1).await;
    assert_eq!(stage.x().usage().posts, 1, "no other is paid for");
    // What was said to the person is not in this file, and what they replied is.
    owner.click("#chat").await;
    assert_ne!(ask(&owner, KNOWN_KO.reply).await, "");
    owner.click(".tabs a[href='/search']").await;
    let search = owner.shown("#search").await;
    search.send_keys("레몬 꿀절임").await.unwrap();
    told(&owner, ".found", KNOWN_KO.reply).await;
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

/// Who is signed in adds the archive of the same account, without which X's last 3,200 posts
/// are all there is; what of an archive is there can be enough.
#[tokio::test(flavor = "multi_thread")]
async fn an_archive_is_added_to_what_x_gave() {
    let folder = TempDir::new().unwrap();
    let (stage, owner) = opened(Kind::Chromium).await;
    sign_in(&owner, stage.origin(), "posts_300").await;
    choose_newest(&owner).await;
    owner.click("#start").await;
    is_ready(&owner).await;
    let asked = asked_of_x(&stage);
    let posts = async || owner.text("main[data-phase=ready] .card p").await;
    assert!(posts().await.contains("from 200"), "{}", posts().await);

    give(&owner, &made(&folder, "posts_300", Making::default())).await;
    owner.click("#archive-yes").await;
    owner
        .until("more posts", SOON, async || {
            (!posts().await.is_empty() && !posts().await.contains("from 200")).then_some(())
        })
        .await;
    is_ready(&owner).await;
    assert_eq!(asked_of_x(&stage), asked, "X is asked for nothing more");
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}
