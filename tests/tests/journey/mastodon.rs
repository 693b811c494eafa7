//! Bots of what was posted at Mastodon, and at servers that speak its API.

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::instance::{Fault, Kind as FaultKind, Route};
use lemon_tests::mastodon::{Config, Like, Mastodon};
use lemon_tests::stage::Stage;
use lemon_tests::standin::{KNOWN_JA, KNOWN_KO};

use super::faults::{is_ready, told};
use super::misskey::{allow, leave_by, made_of, posts, say, shared};
use super::{ask, asked_of_x, assert_quiet, delete_everything, landed};

const ACCOUNT: &str = "posts_300";

/// Posts that are not there yet at first.
const NEW: usize = 20;

/// How many pages of statuses it has given.
fn pages(mastodon: &Mastodon) -> usize {
    let requests = mastodon.requests().into_iter();
    requests
        .filter(|request| request.route == Route::Statuses && request.status == 200)
        .count()
}

fn host(mastodon: &Mastodon) -> &str {
    mastodon.url().trim_start_matches("http://")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mastodon_account_becomes_a_bot_in_chromium() {
    a_mastodon_account(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mastodon_account_becomes_a_bot_in_firefox() {
    a_mastodon_account(Kind::Firefox).await;
}

async fn a_mastodon_account(kind: Kind) {
    let mastodon = Mastodon::start(Config::default()).await.unwrap();
    mastodon.withhold(ACCOUNT, NEW).unwrap();
    let (stage, owner) = landed(kind).await;
    // Who says no is back, and nothing was read.
    leave_by(&owner, "mastodon", host(&mastodon)).await;
    say(&owner, ACCOUNT, "#cancel").await;
    told(&owner, "main .notice", "You declined").await;
    owner.click("#home").await;
    owner.shown("main[data-phase=landing]").await;

    leave_by(
        &owner,
        "mastodon",
        &format!("@{ACCOUNT}@{}", host(&mastodon)),
    )
    .await;
    allow(&owner, ACCOUNT).await;
    let handle = format!("@{ACCOUNT}@{}", host(&mastodon));
    assert_eq!(owner.text("#handle").await, handle);
    // It asks to wait in the middle.
    let limited = FaultKind::RateLimited { reset_in: 3 };
    mastodon.fault(Fault::once(limited, Route::Statuses).after(2));
    owner.click("#start").await;
    is_ready(&owner).await;
    let all = mastodon.contents(ACCOUNT).unwrap().plain;
    let before = posts(&owner).await;
    assert!((1..all).contains(&before), "{before}");
    assert_eq!(owner.text("main .notice").await, "");

    // What is new comes when it is asked for, and nothing twice.
    mastodon.withhold(ACCOUNT, 0).unwrap();
    let asked = pages(&mastodon);
    owner.click(".fetch-new").await;
    made_of(&owner, all).await;
    assert!(pages(&mastodon) <= asked + 2, "only the newest pages");

    owner.click("#chat").await;
    for known in [KNOWN_KO, KNOWN_JA] {
        assert_eq!(ask(&owner, known.said).await, known.reply);
    }
    owner.click(".brand").await;
    is_ready(&owner).await;
    shared(&owner, kind, KNOWN_JA).await;
    let requests = mastodon.requests();
    let read = requests
        .iter()
        .filter(|request| matches!(request.route, Route::Statuses | Route::Lookup));
    assert!(read.clone().count() > 8);
    for request in read {
        assert!(
            !request.has_token,
            "strangers' posts are read as a stranger"
        );
    }
    let asked = |route| requests.iter().any(|request| request.route == route);
    assert!(asked(Route::Revoke), "the token is given back");
    let apps = requests
        .iter()
        .filter(|request| request.route == Route::Apps && request.method == "POST");
    assert_eq!(apps.count(), 2, "who said no may not have been known");
    assert!(
        requests
            .iter()
            .all(|request| request.route == Route::Page || !request.has_cookies)
    );
    assert_eq!(asked_of_x(&stage), 0, "X is asked for nothing");
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_show_nothing_to_strangers_are_read_with_a_key_that_goes() {
    let stage: Stage = Stage::start().await.unwrap();
    stage.keep_up();
    for (like, closed) in [
        (Like::Mastodon43, true),
        (Like::Hollo, false),
        (Like::GoToSocial, false),
    ] {
        let config = Config {
            closed,
            ..Config::of(like)
        };
        let mastodon = Mastodon::start(config).await.unwrap();
        mastodon.withhold("posts_100", NEW).unwrap();
        let owner = Browser::open(Kind::Chromium).await.unwrap();
        owner.visit(stage.origin()).await;
        owner.shown("main[data-phase=landing]").await;
        leave_by(&owner, "mastodon", host(&mastodon)).await;
        if closed {
            say(&owner, "posts_100", "#allow").await;
            told(&owner, "#more", "to nobody who is not signed in").await;
            owner.click("#allow-more").await;
        }
        allow(&owner, "posts_100").await;
        owner.click("#start").await;
        is_ready(&owner).await;
        let plain = mastodon.contents("posts_100").unwrap().plain;
        let before = posts(&owner).await;
        assert!((1..plain).contains(&before), "{like:?}: {before}");
        assert!(has_no_key(&owner).await, "{like:?}");

        // Another day the person is asked for another key, which goes as well.
        mastodon.withhold("posts_100", 0).unwrap();
        owner.click(".fetch-new").await;
        allow(&owner, "posts_100").await;
        owner.click("#start").await;
        made_of(&owner, plain).await;
        assert!(has_no_key(&owner).await, "{like:?}");
        assert_eq!(owner.text("main .notice").await, "", "{like:?}");
        let requests = mastodon.requests();
        let revoked = requests
            .iter()
            .rposition(|request| request.route == Route::Revoke);
        let read = requests
            .iter()
            .rposition(|request| request.route == Route::Statuses && request.has_token);
        assert!(read.is_some(), "{like:?}");
        assert!(revoked > read, "{like:?}: {requests:?}");
        owner.close().await.unwrap();
    }
}

async fn has_no_key(owner: &Browser) -> bool {
    let keys = owner.execute("return localStorage.getItem('lemon-keys')", vec![]);
    keys.await.unwrap().json().is_null()
}

#[tokio::test(flavor = "multi_thread")]
async fn more_is_read_of_mastodon_by_choice_and_pages_without_an_end_are_left() {
    let mastodon = Mastodon::start(Config::default()).await.unwrap();
    let (_stage, owner) = landed(Kind::Chromium).await;
    leave_by(&owner, "mastodon", host(&mastodon)).await;
    allow(&owner, ACCOUNT).await;
    owner.click("#unlisted").await;
    owner.click("#warned").await;
    owner.click("#start").await;
    is_ready(&owner).await;
    let all = mastodon.contents(ACCOUNT).unwrap();
    assert!(all.unlisted > 0 && all.plain < all.public);
    assert_eq!(posts(&owner).await, all.public + all.unlisted);
    delete_everything(&owner).await;

    leave_by(&owner, "mastodon", host(&mastodon)).await;
    allow(&owner, ACCOUNT).await;
    mastodon.fault(Fault::always(FaultKind::SamePage, Route::Statuses));
    owner.click("#start").await;
    is_ready(&owner).await;
    told(&owner, "#missing", "There may be older posts").await;
    let read = posts(&owner).await;
    assert!((1..all.plain).contains(&read), "{read}");
    owner.close().await.unwrap();
}

/// What goes wrong at Mastodon is told, keeps what was read, and is gone on with after a reload.
#[tokio::test(flavor = "multi_thread")]
async fn a_mastodon_that_fails_is_told_and_gone_on_with() {
    let mastodon = Mastodon::start(Config::default()).await.unwrap();
    let (_stage, owner) = landed(Kind::Chromium).await;
    for (kind, route, says) in [
        (
            FaultKind::Status { status: 503 },
            Route::Apps,
            "is in trouble",
        ),
        (
            FaultKind::Html { status: 200 },
            Route::Apps,
            "cannot be read",
        ),
    ] {
        mastodon.fault(Fault::always(kind, route));
        leave_by(&owner, "mastodon", host(&mastodon)).await;
        told(&owner, ".server .notice", says).await;
        mastodon.clear_faults();
    }
    // A code that was not used in time.
    leave_by(&owner, "mastodon", host(&mastodon)).await;
    mastodon.fault(Fault::once(FaultKind::Status { status: 400 }, Route::Token));
    say(&owner, ACCOUNT, "#allow").await;
    owner.shown("main .notice").await;
    owner.click("#home").await;
    owner.shown("main[data-phase=landing]").await;

    leave_by(&owner, "mastodon", host(&mastodon)).await;
    allow(&owner, ACCOUNT).await;
    mastodon.fault(Fault::always(FaultKind::Html { status: 200 }, Route::Statuses).after(2));
    owner.click("#start").await;
    told(&owner, "main .notice", "cannot be read").await;
    is_ready(&owner).await;
    let read = posts(&owner).await;
    assert!(read > 0);
    owner.reload().await;
    is_ready(&owner).await;
    told(&owner, "main .notice", "cannot be read").await;
    assert_eq!(posts(&owner).await, read);
    mastodon.clear_faults();
    let before = pages(&mastodon);
    owner.click(".fetch-new").await;
    let plain = mastodon.contents(ACCOUNT).unwrap().plain;
    made_of(&owner, plain).await;
    let posts_of_page = 40;
    assert!(
        pages(&mastodon) - before <= (300 - read).div_ceil(posts_of_page) + 2,
        "no page is read twice"
    );

    // Who has left since is told, and the bot stays.
    mastodon.delete(ACCOUNT).unwrap();
    owner.click(".fetch-new").await;
    told(&owner, "main .notice", "no such account").await;
    owner.click("#chat").await;
    assert_eq!(ask(&owner, KNOWN_KO.said).await, KNOWN_KO.reply);
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_mastodon_is_read_one_parent_at_a_time() {
    let config = Config::of(Like::Mastodon42);
    let mastodon = Mastodon::start(config).await.unwrap();
    let (_stage, owner) = landed(Kind::Chromium).await;
    leave_by(&owner, "mastodon", host(&mastodon)).await;
    allow(&owner, "posts_100").await;
    owner.click("#start").await;
    is_ready(&owner).await;
    let contents = mastodon.contents("posts_100").unwrap();
    assert_eq!(posts(&owner).await, contents.plain);
    let count = |route| {
        let requests = mastodon.requests();
        requests
            .iter()
            .filter(|request| request.route == route && request.method == "GET")
            .count()
    };
    assert_eq!(
        count(Route::Lookup),
        1,
        "that it knows no such thing is learnt once"
    );
    assert!(count(Route::Status) >= contents.open_parents);
    owner.click("#chat").await;
    assert_eq!(ask(&owner, KNOWN_KO.said).await, KNOWN_KO.reply);
    owner.close().await.unwrap();
}
