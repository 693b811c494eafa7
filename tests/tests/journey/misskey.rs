//! Bots of what was posted at Misskey, and of several places.

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::instance::{Fault, Kind as FaultKind, Route};
use lemon_tests::misskey::{Config, Misskey, Software};
use lemon_tests::stage::Stage;
use lemon_tests::standin::{KNOWN_JA, KNOWN_KO, Known};
use thirtyfour::By;

use super::faults::{is_ready, told};
use super::{SOON, ask, asked_of_x, assert_quiet, delete_everything, landed, opened, sign_in};

const ACCOUNT: &str = "posts_300";

/// Posts that are not there yet at first.
const NEW: usize = 20;

async fn server() -> Misskey {
    Misskey::start(Config::default()).await.unwrap()
}

fn host(misskey: &Misskey) -> &str {
    misskey.url().trim_start_matches("http://")
}

async fn leave_for(owner: &Browser, server: &str) {
    leave_by(owner, "misskey", server).await;
}

/// Names the server, on whichever page there is a door to it.
pub async fn leave_by(owner: &Browser, door: &str, server: &str) {
    let button = owner.shown(&format!("#{door}")).await;
    if button.attr("aria-expanded").await.unwrap().as_deref() != Some("true") {
        owner.click(&format!("#{door}")).await;
    }
    let field = owner.shown("#server").await;
    field.clear().await.unwrap();
    field.send_keys(server).await.unwrap();
    owner.click("#server-go").await;
}

/// Says there who one is, and that it may be known here.
pub async fn allow(owner: &Browser, handle: &str) {
    say(owner, handle, "#allow").await;
    owner.shown("main[data-phase=consent]").await;
}

/// Says there who one is, and `answer`.
pub async fn say(owner: &Browser, handle: &str, answer: &str) {
    owner.shown("#as-handle").await;
    let name = owner.shown("#handle").await;
    name.send_keys(handle).await.unwrap();
    owner.click("#as-handle").await;
    owner.click(answer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misskey_account_becomes_a_bot_in_chromium() {
    a_misskey_account(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misskey_account_becomes_a_bot_in_firefox() {
    a_misskey_account(Kind::Firefox).await;
}

async fn a_misskey_account(kind: Kind) {
    let misskey = server().await;
    misskey.withhold(ACCOUNT, NEW).unwrap();
    let (stage, owner) = landed(kind).await;
    leave_for(&owner, &format!("@{ACCOUNT}@{}", host(&misskey))).await;
    allow(&owner, ACCOUNT).await;
    let handle = format!("@{ACCOUNT}@{}", host(&misskey));
    assert_eq!(owner.text("#handle").await, handle);
    let url = owner.current_url().await.unwrap();
    assert_eq!((url.path(), url.query()), ("/", None));
    // Nothing is read before the person says so, also after a while away.
    owner.reload().await;
    owner.shown("main[data-phase=consent]").await;
    let notes = |misskey: &Misskey| {
        let requests = misskey.requests();
        requests
            .into_iter()
            .filter(|request| request.route == Route::Notes && request.method == "POST")
            .count()
    };
    assert_eq!(notes(&misskey), 0);
    owner.click("#start").await;
    is_ready(&owner).await;
    let all = misskey.contents(ACCOUNT).unwrap();
    let before = posts(&owner).await;
    assert!((1..all.plain).contains(&before), "{before}");

    assert_eq!(owner.text("main .notice").await, "");

    // What is new comes when it is asked for, and nothing twice.
    misskey.withhold(ACCOUNT, 0).unwrap();
    let asked = notes(&misskey);
    owner.click(".fetch-new").await;
    made_of(&owner, all.plain).await;
    assert!(notes(&misskey) <= asked + 2, "only the newest pages");

    owner.click("#chat").await;
    for known in [KNOWN_KO, KNOWN_JA] {
        assert_eq!(ask(&owner, known.said).await, known.reply);
    }
    owner.click(".answer:last-of-type summary").await;
    let link = owner.shown(".answer:last-of-type a").await;
    let link = link.attr("href").await.unwrap().unwrap();
    assert!(
        link.starts_with(&format!("{}/notes/", misskey.url())),
        "{link}"
    );
    owner.click(".brand").await;
    owner.reload().await;
    is_ready(&owner).await;
    assert_eq!(notes(&misskey), asked + 2, "nothing is read again");

    shared(&owner, kind, KNOWN_JA).await;

    // Others are told no more than what they are asked.
    for request in misskey.requests() {
        let is_page = request.route == Route::Page;
        assert!(!request.has_token, "{request:?}");
        assert!(is_page || !request.has_cookies, "{request:?}");
        let is_own = |referer: &String| referer.starts_with(misskey.url());
        assert!(request.referer.as_ref().is_none_or(is_own), "{request:?}");
    }
    assert_eq!(asked_of_x(&stage), 0, "X is asked for nothing");
    assert_quiet(&owner).await;

    delete_everything(&owner).await;
    owner.close().await.unwrap();
}

/// Shares the bot, and has a visitor chat with it, who asks what is `known`.
pub async fn shared(owner: &Browser, kind: Kind, known: Known) {
    owner.click("#share").await;
    let link = owner.shown_within(".link", SOON).await;
    let link = link.value().await.unwrap().unwrap();
    let visitor = Browser::open(kind).await.unwrap();
    visitor.visit(&link).await;
    visitor
        .shown_within("main[data-phase=ready] #question", SOON)
        .await;
    assert_eq!(ask(&visitor, known.said).await, known.reply);
    visitor.close().await.unwrap();
}

/// Waits until the bot is ready and made of so many posts.
pub async fn made_of(owner: &Browser, count: usize) {
    let look = async || (posts(owner).await == count).then_some(());
    owner
        .until(&format!("a bot of {count} posts"), SOON, look)
        .await;
    is_ready(owner).await;
}

/// How many posts a bot that is ready is made of.
pub async fn posts(owner: &Browser) -> usize {
    let text = owner.text("main[data-phase=ready] .card p").await;
    let posts = text
        .split("from ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    posts
        .and_then(|posts| posts.replace(',', "").parse().ok())
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_places_are_one_bot_in_chromium() {
    two_places(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_places_are_one_bot_in_firefox() {
    two_places(Kind::Firefox).await;
}

async fn two_places(kind: Kind) {
    let misskey = server().await;
    let (stage, owner) = opened(kind).await;
    sign_in(&owner, stage.origin(), "posts_100").await;
    owner.click("#start").await;
    is_ready(&owner).await;
    assert_eq!(posts(&owner).await, 100);
    let pages = asked_of_x(&stage);

    leave_for(&owner, host(&misskey)).await;
    allow(&owner, "posts_200").await;
    told(&owner, "#joins", "@posts_100").await;
    // No is no, and the bot is as it was.
    owner.click("#refuse").await;
    is_ready(&owner).await;
    leave_for(&owner, host(&misskey)).await;
    allow(&owner, "posts_200").await;
    owner.click("#start").await;
    let plain = misskey.contents("posts_200").unwrap().plain;
    made_of(&owner, 100 + plain).await;
    assert_eq!(asked_of_x(&stage), pages, "X is asked for nothing more");
    let accounts = owner.find_all(By::Css(".feeds li")).await.unwrap();
    assert_eq!(accounts.len(), 2);

    // Signed out of X it stays what it is.
    owner.click("#sign-out").await;
    told(&owner, "main", "You are signed out").await;
    is_ready(&owner).await;
    assert_eq!(posts(&owner).await, 100 + plain);
    assert_eq!(owner.text("#handle").await, "@posts_100");
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_at_x_is_all_that_x_is_asked_for_in_chromium() {
    what_is_new_at_x(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_at_x_is_all_that_x_is_asked_for_in_firefox() {
    what_is_new_at_x(Kind::Firefox).await;
}

async fn what_is_new_at_x(kind: Kind) {
    let (stage, owner) = opened(kind).await;
    stage.x().withhold(ACCOUNT, NEW).unwrap();
    sign_in(&owner, stage.origin(), ACCOUNT).await;
    owner.click("#start").await;
    is_ready(&owner).await;
    assert_eq!(posts(&owner).await, 300 - NEW);
    let (asked, billed) = (asked_of_x(&stage), stage.x().usage().posts);
    stage.x().withhold(ACCOUNT, 0).unwrap();
    owner.click(".fetch-new").await;
    made_of(&owner, 300).await;
    assert_eq!(stage.x().usage().posts, billed + NEW);
    assert_eq!(asked_of_x(&stage), asked + 1);
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_that_a_server_refuses_is_told_and_keeps_what_was_read() {
    let misskey = server().await;
    let (stage, owner) = landed(Kind::Chromium).await;

    // What is no server, none of ours, or not there.
    for (typed, says) in [
        ("misskey", "names no server"),
        ("127.0.0.1:1", "cannot be reached"),
    ] {
        leave_for(&owner, typed).await;
        told(&owner, ".server .notice", says).await;
    }
    let none = stage.origin().trim_start_matches("http://").to_owned();
    leave_for(&owner, &none).await;
    told(&owner, ".server .notice", "does not look like a server").await;
    misskey.fault(Fault::once(
        FaultKind::Status { status: 503 },
        Route::WellKnown,
    ));
    leave_for(&owner, host(&misskey)).await;
    told(&owner, ".server .notice", "is in trouble").await;

    // Declining leads nowhere; who comes back by themselves is told.
    leave_for(&owner, host(&misskey)).await;
    owner.shown("#as-handle").await;
    owner.visit(stage.origin()).await;
    told(&owner, "#not-back", "You have not come back").await;
    // An answer that is none of this browser's questions.
    owner
        .visit(&format!("{}/back?session=another", stage.origin()))
        .await;
    told(&owner, "main .notice", "in another browser").await;
    owner.click("#home").await;
    owner.shown("main[data-phase=landing]").await;

    // Shown to nobody who is not signed in there.
    leave_for(&owner, host(&misskey)).await;
    allow(&owner, "protected_demo").await;
    owner.click("#start").await;
    told(&owner, "main .notice", "to those alone who are signed in").await;
    delete_everything(&owner).await;

    // It fails in the middle, for longer than one waits.
    leave_for(&owner, host(&misskey)).await;
    allow(&owner, ACCOUNT).await;
    misskey.fault(Fault::always(FaultKind::Html { status: 200 }, Route::Notes).after(1));
    owner.click("#start").await;
    told(&owner, "main .notice", "cannot be read").await;
    // What is there answers all the same.
    is_ready(&owner).await;
    let read = posts(&owner).await;
    assert!(read > 0);
    owner.reload().await;
    is_ready(&owner).await;
    told(&owner, "main .notice", "cannot be read").await;
    assert_eq!(posts(&owner).await, read);
    // It asks to wait, and then all is there.
    misskey.clear_faults();
    misskey.fault(Fault::once(
        FaultKind::RateLimited { reset_in: 3 },
        Route::Notes,
    ));
    // By whichever button: what was not read to its end goes on there.
    owner.click(".fetch-new").await;
    is_ready(&owner).await;
    assert_eq!(
        posts(&owner).await,
        misskey.contents(ACCOUNT).unwrap().plain
    );

    // Who has left since is told, too, and the bot stays.
    misskey.delete(ACCOUNT).unwrap();
    owner.click(".fetch-new").await;
    told(&owner, "main .notice", "no such account").await;
    owner.click("#chat").await;
    assert_eq!(ask(&owner, KNOWN_KO.said).await, KNOWN_KO.reply);
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn more_is_read_by_choice_and_pages_without_an_end_are_left() {
    let misskey = server().await;
    misskey.withhold(ACCOUNT, NEW).unwrap();
    let (_stage, owner) = landed(Kind::Chromium).await;
    leave_for(&owner, host(&misskey)).await;
    allow(&owner, ACCOUNT).await;
    owner.click("#unlisted").await;
    owner.click("#warned").await;
    owner.click("#start").await;
    is_ready(&owner).await;
    assert_eq!(owner.text("main .notice").await, "");
    // What is new is read as it was wished before.
    misskey.withhold(ACCOUNT, 0).unwrap();
    owner.click(".fetch-new").await;
    let all = misskey.contents(ACCOUNT).unwrap();
    assert!(all.unlisted > 0 && all.plain < all.public);
    made_of(&owner, all.public + all.unlisted).await;
    delete_everything(&owner).await;

    // A server that gives one page for ever is asked a few times, and it is said that there may
    // be more.
    leave_for(&owner, host(&misskey)).await;
    allow(&owner, ACCOUNT).await;
    misskey.fault(Fault::always(FaultKind::SamePage, Route::Notes));
    let before = misskey.requests().len();
    owner.click("#start").await;
    is_ready(&owner).await;
    told(&owner, "#missing", "There may be older posts").await;
    let read = posts(&owner).await;
    assert!((1..all.plain).contains(&read), "{read}");
    assert!(misskey.requests().len() < before + 12);
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn forks_are_read_as_misskey_is() {
    let stage: Stage = Stage::start().await.unwrap();
    stage.keep_up();
    for software in [Software::Sharkey, Software::Firefish, Software::CherryPick] {
        let misskey = Misskey::start(Config::of(software)).await.unwrap();
        let owner = Browser::open(Kind::Chromium).await.unwrap();
        owner.visit(stage.origin()).await;
        owner.shown("main[data-phase=landing]").await;
        leave_for(&owner, host(&misskey)).await;
        allow(&owner, "posts_100").await;
        owner.click("#start").await;
        is_ready(&owner).await;
        let plain = misskey.contents("posts_100").unwrap().plain;
        assert_eq!(posts(&owner).await, plain, "{software:?}");
        owner.close().await.unwrap();
    }
}
