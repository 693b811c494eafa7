//! What an owner reads, leaves out and lets go before anything is shared.

use lemon_model::flags::MAX_LISTED_CHARS;
use lemon_tests::browser::{Browser, Kind};
use lemon_tests::guest;
use lemon_tests::stage::Stage;
use lemon_tests::standin::{KNOWN_EN, KNOWN_KO};
use thirtyfour::{By, Key};

use super::archive::bring_demo;
use super::faults::told;
use super::{SOON, assert_quiet, hear};

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_is_read_first_in_chromium() {
    is_read_first(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_is_read_first_in_firefox() {
    is_read_first(Kind::Firefox).await;
}

/// By keyboard and by hand, over a reload, into what is shared.
async fn is_read_first(kind: Kind) {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let owner = Browser::open(kind).await.unwrap();
    let _folder = bring_demo(&owner, stage.origin()).await;

    // Nothing but what is seen is drawn, and the last one is gone to by a key.
    go_to_list(&owner).await;
    let first = owner.shown("#row-0").await;
    let drawn = owner.find_all(By::Css(".entries li")).await.unwrap().len();
    let all: usize = first_number(&owner.text("#found").await);
    assert!(all > 300 && drawn < 100, "{drawn} of {all}");
    first.focus().await.unwrap();
    first.send_keys(Key::End).await.unwrap();
    owner.shown(&format!("#row-{}:focus", all - 1)).await;

    // One is left out by a key, and brought back by another.
    look_for(&owner, KNOWN_KO.reply).await;
    let known = owner.shown("#row-0").await;
    known.focus().await.unwrap();
    known.send_keys("x").await.unwrap();
    told(&owner, "#done", "1 left out").await;
    told(&owner, "#found", "Nothing found").await;
    owner.click("#undo").await;
    told(&owner, "#done", "1 brought back").await;
    told(&owner, ".entries", KNOWN_KO.reply).await;
    // All of it is shown, and closed by a key.
    let known = owner.shown("#row-0").await;
    known.focus().await.unwrap();
    known.send_keys(Key::Enter).await.unwrap();
    told(&owner, "dialog[open]", KNOWN_KO.reply).await;
    owner
        .shown("dialog[open] .button")
        .await
        .send_keys(Key::Escape)
        .await
        .unwrap();
    owner.click("#row-0").await;
    told(&owner, ".toolbar", "1 picked").await;
    owner.click(".toolbar .button").await;
    told(&owner, "#found", "Nothing found").await;

    // It stays out, and nobody hears it any more.
    owner.reload().await;
    is_open(&owner).await;
    owner.click(".tabs a[href='/chat']").await;
    assert_ne!(hear(&owner, KNOWN_KO.said).await, KNOWN_KO.reply);
    go_to_list(&owner).await;
    choose(&owner, "left-out").await;
    told(&owner, ".entries", KNOWN_KO.reply).await;

    // Of words of one's own.
    let rare = KNOWN_EN.reply.split(' ').next().unwrap();
    owner.click(".listed summary").await;
    owner
        .shown("#listed")
        .await
        .send_keys(KNOWN_EN.reply)
        .await
        .unwrap();
    owner.click("#save-listed").await;
    told(&owner, ".listed", "Saved").await;
    choose(&owner, "flagged").await;
    look_for(&owner, rare).await;
    told(&owner, ".entries", KNOWN_EN.reply).await;
    told(&owner, ".entries .chip", "your word").await;
    let marked = KNOWN_EN
        .reply
        .chars()
        .take(MAX_LISTED_CHARS)
        .collect::<String>();
    told(&owner, ".entries mark", marked.trim()).await;

    // What is to be checked and what is left out are in no share, until one says otherwise.
    owner.click(".brand").await;
    told(&owner, "#held", "to check stay out").await;
    told(&owner, "#going", "1 are left out by you").await;
    let replies = share(&owner, &stage, 1).await;
    assert!(replies.len() > 300);
    assert!(
        !replies
            .iter()
            .any(|reply| [KNOWN_KO.reply, KNOWN_EN.reply].contains(&&**reply))
    );
    owner.click("#held summary").await;
    told(&owner, "#held mark", marked.trim()).await;
    owner.click("#held a").await;
    look_for(&owner, rare).await;
    owner.click("#row-0").await;
    owner.click(".toolbar .button:nth-of-type(2)").await;
    told(&owner, "#done", "1 may go").await;
    owner.click(".brand").await;
    owner.shown("#going").await;
    let replies = share(&owner, &stage, 2).await;
    assert!(replies.iter().any(|reply| reply == KNOWN_EN.reply));
    assert!(!replies.iter().any(|reply| reply == KNOWN_KO.reply));

    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

/// What whoever has the newest of so many links can read.
async fn share(owner: &Browser, stage: &Stage, links: usize) -> Vec<String> {
    owner.click("#share").await;
    let all = async || {
        let fields = owner.find_all(By::Css(".link")).await.ok()?;
        let mut links = Vec::new();
        for field in fields {
            links.push(field.value().await.ok()??);
        }
        Some(links)
    };
    let shared = owner
        .until("the link", SOON, async || {
            all().await.filter(|all| all.len() == links)
        })
        .await;
    let mut most = Vec::new();
    for link in shared {
        let bot = guest::open(stage.origin(), &link).await.unwrap();
        let replies: Vec<String> = bot.lines.into_iter().map(|line| line.reply).collect();
        if replies.len() > most.len() {
            most = replies;
        }
    }
    most
}

async fn go_to_list(owner: &Browser) {
    owner.click(".tabs a[href='/search']").await;
    is_open(owner).await;
}

async fn is_open(owner: &Browser) {
    told(owner, "#found", "found").await;
}

async fn look_for(owner: &Browser, text: &str) {
    let field = owner.shown("#search").await;
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
    told(owner, ".entries", text).await;
}

async fn choose(owner: &Browser, state: &str) {
    owner.click(&format!(".choice:has(#state-{state})")).await;
}

fn first_number(text: &str) -> usize {
    let digits: String = text
        .chars()
        .filter(|c| *c != ',')
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap()
}
