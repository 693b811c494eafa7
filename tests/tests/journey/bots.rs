//! A link that stays while what is behind it changes, and is taken back anywhere.

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::guest;
use lemon_tests::stage::Stage;
use lemon_tests::standin::KNOWN_KO;
use thirtyfour::By;

use super::archive::bring_demo;
use super::faults::told;
use super::saved::{listen, saved};
use super::{SOON, ask, assert_quiet, hear};

const GREETING: &str = "레몬 봇입니다, 반가워요";
const UNKNOWN: &str = "그건 레몬도 몰라요";

#[tokio::test(flavor = "multi_thread")]
async fn a_link_stays_and_is_taken_back_anywhere_in_chromium() {
    stays_and_is_taken_back(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_stays_and_is_taken_back_anywhere_in_firefox() {
    stays_and_is_taken_back(Kind::Firefox).await;
}

async fn stays_and_is_taken_back(kind: Kind) {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let owner = Browser::open(kind).await.unwrap();
    let _folder = bring_demo(&owner, stage.origin()).await;

    // It is called and says what its owner wants, here and behind the link.
    owner.click(".tabs a[href='/bots']").await;
    told(&owner, "#current-bot", "entries from").await;
    for (field, text) in [
        ("#bot-name", "라임"),
        ("#bot-greeting", GREETING),
        ("#bot-unknown", UNKNOWN),
    ] {
        owner.shown(field).await.send_keys(text).await.unwrap();
    }
    owner.click("#save-manners").await;
    told(&owner, "#manners-saved", "Saved").await;
    told(&owner, "#current-bot h2", "라임").await;
    owner.click("#share").await;
    let link = link_of(&owner).await;
    owner.click(".tabs a[href='/chat']").await;
    told(&owner, "#greeting", GREETING).await;

    let visitor = Browser::open(kind).await.unwrap();
    visitor.visit(&link).await;
    hears_what_its_owner_wants(&visitor).await;

    // What is left out now is behind the link until it is renewed, and then no more.
    owner.click(".tabs a[href='/search']").await;
    told(&owner, "#found", "found").await;
    let search = owner.shown("#search").await;
    search.send_keys(KNOWN_KO.reply).await.unwrap();
    told(&owner, ".entries", KNOWN_KO.reply).await;
    owner.click("#row-0").await;
    owner.click(".toolbar .button").await;
    told(&owner, "#found", "Nothing found").await;
    assert!(has(&stage, &link, KNOWN_KO.reply).await);
    owner.click(".tabs a[href='/bots']").await;
    open_more(&owner).await;
    owner.click(".compare-share").await;
    told(&owner, ".compared", "1 entries are behind the link").await;
    told(&owner, ".made", "Renewed 0 times").await;
    owner.click(".renew-share:enabled").await;
    told(&owner, ".made", "Renewed 1 times").await;
    assert_eq!(link_of(&owner).await, link);
    assert!(!has(&stage, &link, KNOWN_KO.reply).await);
    open_more(&owner).await;
    owner.click(".compare-share").await;
    told(&owner, ".compared", "those that are here").await;

    // Its end alone is moved.
    let before = owner.text(".shares .until").await;
    let days = owner
        .find(By::Css(".more option[value='90']"))
        .await
        .unwrap();
    days.click().await.unwrap();
    owner.click(".extend-share").await;
    owner
        .until("another end", SOON, async || {
            (owner.text(".shares .until").await != before).then_some(())
        })
        .await;

    let elsewhere = Browser::open(kind).await.unwrap();
    is_deleted_by_its_code(&owner, &elsewhere, &stage, &link).await;
    visitor.reload().await;
    visitor.shown(".notice").await;
    assert_quiet(&elsewhere).await;

    // Where it was deleted elsewhere, the same link leads somewhere again once it is renewed.
    open_more(&owner).await;
    owner.click(".renew-share:enabled").await;
    owner
        .until("the link again", SOON, async || {
            guest::open(stage.origin(), &link).await.ok()
        })
        .await;

    // Before the only code of a link goes, that is said; with the links nothing is left.
    owner.click(".brand").await;
    owner.click("#delete").await;
    told(&owner, ".notice", "Delete the 1 shared links as well").await;
    owner.click("#delete-links").await;
    told(&owner, ".notice", "in this browser alone").await;
    owner.click("#delete-links").await;
    owner.click("#delete-yes:enabled").await;
    owner.shown("main[data-phase=landing]").await;
    assert!(guest::open(stage.origin(), &link).await.is_err());
    assert_quiet(&owner).await;

    for browser in [owner, visitor, elsewhere] {
        browser.close().await.unwrap();
    }
}

async fn hears_what_its_owner_wants(visitor: &Browser) {
    told(visitor, "#greeting", GREETING).await;
    told(visitor, "h1", "라임").await;
    visitor
        .shown_within("main[data-phase=ready] #question", SOON)
        .await;
    assert_eq!(ask(visitor, KNOWN_KO.said).await, KNOWN_KO.reply);
    // What nobody has ever said anything to.
    assert_eq!(hear(visitor, "zxqj vwkp 8341 qqqq").await, UNKNOWN);

    // What it is made of, as it says itself, and that it can be reported.
    visitor.click("#made-of-it").await;
    told(visitor, "#made-of .points", "entries, written from").await;
    told(visitor, "#made-of .origin", "not proven").await;
    visitor.click("#report").await;
    visitor.click("#report-yes").await;
    told(visitor, "#reported", "Reported").await;
    assert_quiet(visitor).await;
}

/// In a browser that never saw it.
async fn is_deleted_by_its_code(owner: &Browser, elsewhere: &Browser, stage: &Stage, link: &str) {
    listen(owner).await;
    open_more(owner).await;
    owner.click(".save-code").await;
    let code = String::from_utf8(saved(owner, 0).await.bytes).unwrap();
    assert!(
        !code.contains(link.split_once('#').unwrap().1),
        "the code opens it"
    );
    elsewhere.visit(&format!("{}/bots", stage.origin())).await;
    elsewhere.click("#look-codes").await;
    told(elsewhere, "#no-codes", "no whole code").await;
    let field = elsewhere.shown("#codes").await;
    field.send_keys(code.trim()).await.unwrap();
    elsewhere.click("#look-codes").await;
    told(elsewhere, ".stands", "Until").await;
    elsewhere.click(".delete-code").await;
    told(elsewhere, ".stands", "Deleted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_bots_talk_in_chromium() {
    two_bots_talk(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_bots_talk_in_firefox() {
    two_bots_talk(Kind::Firefox).await;
}

/// Step by step and by themselves, until they are stopped; nobody else hears of it.
async fn two_bots_talk(kind: Kind) {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let owner = Browser::open(kind).await.unwrap();
    let _folder = bring_demo(&owner, stage.origin()).await;
    owner.click("#share").await;
    let link = link_of(&owner).await;

    // A visitor without a bot is offered none of it.
    let visitor = Browser::open(kind).await.unwrap();
    visitor.visit(&link).await;
    visitor
        .shown_within("main[data-phase=ready] #question", SOON)
        .await;
    assert!(visitor.find(By::Css("#duet")).await.is_err());
    visitor.close().await.unwrap();

    owner.goto("about:blank").await.unwrap();
    owner.visit(&link).await;
    owner.shown_within("#duet:enabled", SOON).await;
    owner.click("#duet").await;
    let lines = async || {
        owner
            .find_all(By::Css("#duet-lines li"))
            .await
            .unwrap()
            .len()
    };
    owner.shown_within("#duet-step:enabled", SOON).await;
    assert_eq!(lines().await, 1);
    for said in 2..5 {
        owner.click("#duet-step:enabled").await;
        owner
            .until("the next line", SOON, async || {
                (lines().await == said).then_some(())
            })
            .await;
    }
    let turns = "return [...document.querySelectorAll('#duet-lines li')].map(
        line => [line.className, line.querySelector('p').textContent.length > 0])";
    let turns = owner.execute(turns, vec![]).await.unwrap();
    let turns: Vec<(String, bool)> = turns.convert().unwrap();
    let mine = ("bubble me".to_owned(), true);
    let theirs = ("bubble bot".to_owned(), true);
    assert_eq!(turns, [mine.clone(), theirs.clone(), mine, theirs]);

    owner.click("#duet-run").await;
    owner
        .until("lines by themselves", SOON, async || {
            (lines().await >= 7).then_some(())
        })
        .await;
    told(&owner, "#duet-run", "Stop").await;
    owner.click("#duet-run").await;
    told(&owner, "#duet-run", "Let them go on").await;

    // As a picture; that bots spoke stands in the text and in the title above it.
    listen(&owner).await;
    owner.click("#duet-save").await;
    let picture = saved(&owner, 0).await;
    assert_eq!(picture.kind, "image/png");
    assert!(picture.bytes.len() > 10_000, "{}", picture.bytes.len());
    told(&owner, ".duet h2", "no person said this").await;
    owner.click("#duet-close").await;
    owner.shown_within("#question", SOON).await;
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

pub async fn link_of(owner: &Browser) -> String {
    let field = owner.shown_within(".link", SOON).await;
    field.value().await.unwrap().unwrap()
}

async fn open_more(owner: &Browser) {
    owner
        .execute(
            "document.querySelector('.shares .more').open = true",
            vec![],
        )
        .await
        .unwrap();
}

/// Whether whoever has the link can read this.
async fn has(stage: &Stage, link: &str, reply: &str) -> bool {
    let bot = guest::open(stage.origin(), link).await.unwrap();
    bot.lines.iter().any(|line| line.reply == reply)
}
