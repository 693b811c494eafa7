//! Bots of what was posted at Bluesky.

use lemon_model::sources::bluesky::{records, records_path};
use lemon_model::sources::given::Wishes;
use lemon_tests::bluesky::{BLOCKED_TEXT, Bluesky, Config, Fault, Kind as FaultKind, Route};
use lemon_tests::browser::{Browser, Kind};
use lemon_tests::misskey::{self, Misskey};
use lemon_tests::stage::{Setting, Stage};
use lemon_tests::standin::{KNOWN_JA, KNOWN_KO};

use super::faults::{is_ready, told};
use super::misskey::{allow, leave_by, made_of, posts, say, shared};
use super::{SOON, ask, asked_of_x, assert_quiet, delete_everything, hear};

const ACCOUNT: &str = "posts_300";

/// Posts that are not there yet at first.
const NEW: usize = 20;

/// The product, where Bluesky is the stand-in, and a browser for it; and where it is, as Bluesky
/// lets nobody come back to a name on their own machine.
async fn opened(bluesky: &Bluesky, kind: Kind) -> (Stage, Browser, String) {
    let stage = Stage::start_with(Setting {
        vars: vec![("BLUESKY", bluesky.places())],
        ..Setting::default()
    })
    .await
    .unwrap();
    stage.keep_up();
    let origin = stage.numbered();
    let owner = Browser::open(kind).await.unwrap();
    owner.visit(&origin).await;
    owner.shown("main[data-phase=landing]").await;
    (stage, owner, origin)
}

async fn leave_for(owner: &Browser, handle: &str) {
    leave_by(owner, "bluesky", handle).await;
}

fn asked(bluesky: &Bluesky, route: Route) -> usize {
    let requests = bluesky.requests().into_iter();
    requests
        .filter(|request| request.route == Some(route) && request.method != "OPTIONS")
        .count()
}

/// How many posts with words in them somebody has, whose server is at `home`.
async fn plain(bluesky: &Bluesky, home: &str, account: &str) -> usize {
    let did = bluesky.did(account).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (mut cursor, mut posts) = (None, 0);
    loop {
        let url = format!("{home}{}", records_path(&did, cursor.as_deref()));
        let answer = client.get(url).send().await.unwrap();
        let page = records(&answer.bytes().await.unwrap(), &did, Wishes::default());
        let page = page.unwrap();
        posts += page.posts.len();
        match page.next {
            Some(next) => cursor = Some(next),
            None => return posts,
        }
    }
}

/// How many keys wait for who has left.
async fn keys(owner: &Browser) -> u64 {
    const COUNT: &str = "const [done] = arguments;
        const open = indexedDB.open('lemon-proofs');
        open.onsuccess = () => {
            const count = open.result.transaction('keys').objectStore('keys').count();
            count.onsuccess = () => { open.result.close(); done(count.result); };
        };";
    let counted = owner.execute_async(COUNT, Vec::new()).await.unwrap();
    counted.json().as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bluesky_account_becomes_a_bot_in_chromium() {
    a_bluesky_account(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bluesky_account_becomes_a_bot_in_firefox() {
    a_bluesky_account(Kind::Firefox).await;
}

async fn a_bluesky_account(kind: Kind) {
    // Its feed ends before all is told.
    let bluesky = Bluesky::start(Config {
        feed_reach: Some(150),
        ..Config::default()
    })
    .await
    .unwrap();
    assert!(bluesky.withhold(ACCOUNT, NEW));
    let (stage, owner, _) = opened(&bluesky, kind).await;
    // A page at a name on this machine leads to where Bluesky knows it.
    if kind == Kind::Chromium {
        owner.visit(stage.origin()).await;
        owner.shown("main[data-phase=landing]").await;
        leave_for(&owner, "").await;
        owner
            .until("the address by number", SOON, async || {
                let url = owner.current_url().await.unwrap();
                (url.host_str() == Some("127.0.0.1")).then_some(())
            })
            .await;
        owner.shown("main[data-phase=landing]").await;
    }
    leave_for(&owner, "").await;
    allow(&owner, ACCOUNT).await;
    assert_eq!(owner.text("#handle").await, "@posts-300.test");
    let url = owner.current_url().await.unwrap();
    assert_eq!((url.path(), url.query(), url.fragment()), ("/", None, None));
    assert_eq!(bluesky.tokens(), [""; 0], "what it let read has gone");
    assert_eq!(keys(&owner).await, 0, "and so has the key");
    // Nothing is read before the person says so, also after a while away.
    owner.reload().await;
    owner.shown("main[data-phase=consent]").await;
    assert_eq!(asked(&bluesky, Route::Feed), 0);
    owner.click("#start").await;
    is_ready(&owner).await;
    let all = plain(&bluesky, bluesky.pds(), ACCOUNT).await;
    assert_eq!(posts(&owner).await, all);
    assert_eq!(owner.text("main .notice").await, "");
    assert!(asked(&bluesky, Route::Records) > 1);
    // Of everybody who was answered beyond the feed's end it is asked who has blocked whom.
    assert!(asked(&bluesky, Route::Relationships) > 0);

    // What is new comes when it is asked for, and nothing twice.
    assert!(bluesky.withhold(ACCOUNT, 0));
    let all = plain(&bluesky, bluesky.pds(), ACCOUNT).await;
    let (pages, records) = (
        asked(&bluesky, Route::Feed),
        asked(&bluesky, Route::Records),
    );
    owner.click(".fetch-new").await;
    made_of(&owner, all).await;
    assert!(asked(&bluesky, Route::Feed) <= pages + 2, "only the newest");
    assert_eq!(asked(&bluesky, Route::Records), records);

    owner.click("#chat").await;
    for known in [KNOWN_KO, KNOWN_JA] {
        assert_eq!(ask(&owner, known.said).await, known.reply);
    }
    owner.click(".answer:last-of-type summary").await;
    let link = owner.shown(".answer:last-of-type a").await;
    let link = link.attr("href").await.unwrap().unwrap();
    let did = bluesky.did(ACCOUNT).unwrap();
    let shown_at = format!("https://bsky.app/profile/{did}/post/");
    assert!(link.starts_with(&shown_at), "{link}");
    // What whoever has blocked one wrote is in no bot.
    hear(&owner, BLOCKED_TEXT).await;
    let page = owner.page_text().await;
    // Once: what was asked.
    assert!(page.matches(BLOCKED_TEXT).count() <= 1, "{page}");

    owner.click(".brand").await;
    is_ready(&owner).await;
    shared(&owner, kind, KNOWN_JA).await;

    // Others are told no more than what they are asked.
    for request in bluesky.requests() {
        let is_page = matches!(request.route, Some(Route::Authorize | Route::Back) | None);
        assert!(!request.authorization, "{request:?}");
        assert!(is_page || request.cookie.is_none(), "{request:?}");
        let is_own = |referer: &String| referer.starts_with(bluesky.entryway());
        assert!(request.referer.as_ref().is_none_or(is_own), "{request:?}");
    }
    assert_eq!(asked_of_x(&stage), 0, "X is asked for nothing");
    assert_quiet(&owner).await;

    // X lets somebody in here as well, and both are one bot.
    owner.click("#sign-in").await;
    owner.shown("#as-handle").await;
    let name = owner.shown("#handle").await;
    name.send_keys("posts_100").await.unwrap();
    owner.click("#as-handle").await;
    told(&owner, "#joins", "@posts-300.test").await;
    owner.click("#refuse").await;
    is_ready(&owner).await;

    delete_everything(&owner).await;
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_server_of_their_own_is_found_by_their_handle() {
    const THERE: &str = "const [done] = arguments;
        indexedDB.databases().then((all) => done(all.map(({ name }) => name)));";
    let bluesky = Bluesky::start(Config::default()).await.unwrap();
    let (_stage, owner, origin) = opened(&bluesky, Kind::Chromium).await;
    // A `did:plc`, a `did:web`, and the server itself.
    let server = bluesky.elsewhere().trim_start_matches("http://").to_owned();
    for (typed, account) in [
        ("@posts-80.test", "posts_80"),
        ("https://bsky.app/profile/posts-120.test", "posts_120"),
        (server.as_str(), "posts_80"),
    ] {
        leave_for(&owner, typed).await;
        owner.shown("#as-handle").await;
        let url = owner.current_url().await.unwrap();
        assert!(url.as_str().starts_with(bluesky.elsewhere()), "{url}");
        let field = owner.shown("#handle").await;
        field.clear().await.unwrap();
        allow(&owner, account).await;
        owner.click("#refuse").await;
        owner.shown("main[data-phase=landing]").await;
    }
    leave_for(&owner, "posts-80.test").await;
    let field = owner.shown("#handle").await;
    field.clear().await.unwrap();
    allow(&owner, "posts_80").await;
    owner.click("#start").await;
    is_ready(&owner).await;
    let all = plain(&bluesky, bluesky.elsewhere(), "posts_80").await;
    assert_eq!(posts(&owner).await, all);

    // Who has left and not come back leaves a key, which goes with everything else.
    leave_for(&owner, "").await;
    owner.shown("#as-handle").await;
    owner.visit(&origin).await;
    is_ready(&owner).await;
    assert_eq!(keys(&owner).await, 1);
    delete_everything(&owner).await;
    let gone = async || {
        let left = owner.execute_async(THERE, Vec::new()).await.unwrap();
        let is_there = left.json().to_string().contains("lemon-proofs");
        (!is_there).then_some(())
    };
    owner.until("no key", SOON, gone).await;
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_that_bluesky_refuses_is_told() {
    let bluesky = Bluesky::start(Config::default()).await.unwrap();
    let (_stage, owner, _) = opened(&bluesky, Kind::Chromium).await;

    // Before anybody leaves.
    for (typed, fault, says) in [
        ("lemon", None, "That is no handle"),
        ("nobody-of-this-name.test", None, "no such account"),
        (
            "posts-80.test",
            Some((FaultKind::WrongHandle, Route::Document)),
            "no such account",
        ),
        (
            "",
            Some((FaultKind::Server { status: 503 }, Route::Par)),
            "is in trouble",
        ),
        (
            "",
            Some((FaultKind::WrongIssuer, Route::Metadata)),
            "does not look like a server",
        ),
        (
            "",
            Some((FaultKind::Redirect, Route::Metadata)),
            "cannot be reached",
        ),
        (
            "",
            Some((FaultKind::Limited { reset_in: None }, Route::Par)),
            "asks us to wait",
        ),
        (
            "",
            Some((FaultKind::Html { status: 200 }, Route::Metadata)),
            "does not look like a server",
        ),
    ] {
        if let Some((kind, route)) = fault {
            bluesky.fault(Fault::always(kind, route));
        }
        leave_for(&owner, typed).await;
        told(&owner, ".server .notice", says).await;
        bluesky.clear_faults();
    }
    // The browser's clock and the server's are ten minutes apart.
    bluesky.clock().advance(600);
    leave_for(&owner, "").await;
    told(&owner, ".server .notice", "clock seems to be wrong").await;
    bluesky.clock().advance(-600);

    // On the way back.
    // The first request for a token only learns what its proof has to hold.
    for (kind, route, after, says) in [
        (FaultKind::WrongState, Route::Back, 0, "in another browser"),
        (FaultKind::WrongIssuer, Route::Back, 0, "in another browser"),
        (
            FaultKind::WrongSubject,
            Route::Token,
            1,
            "could not be confirmed",
        ),
        (
            FaultKind::WrongScope,
            Route::Token,
            1,
            "could not be confirmed",
        ),
    ] {
        leave_for(&owner, "").await;
        bluesky.fault(Fault::once(kind, route).after(after));
        say(&owner, ACCOUNT, "#allow").await;
        told(&owner, "main .notice", says).await;
        let url = owner.current_url().await.unwrap();
        assert_eq!((url.query(), url.fragment()), (None, None), "{url}");
        owner.click("#home").await;
        owner.shown("main[data-phase=landing]").await;
    }
    leave_for(&owner, "").await;
    say(&owner, ACCOUNT, "#cancel").await;
    told(&owner, "main .notice", "You declined").await;
    assert_eq!(keys(&owner).await, 0, "the key has gone");
    owner.click("#home").await;
    owner.shown("main[data-phase=landing]").await;
    assert_eq!(bluesky.tokens(), [""; 0]);

    // What only comes late is waited for: a new nonce, and whose the token is.
    leave_for(&owner, "").await;
    bluesky.fault(Fault::once(FaultKind::RenewNonce, Route::Token).after(1));
    bluesky.fault(Fault::once(
        FaultKind::Server { status: 502 },
        Route::Profile,
    ));
    say(&owner, ACCOUNT, "#allow").await;
    told(&owner, "main .notice", "is in trouble").await;
    owner.click("#again").await;
    owner.shown("main[data-phase=consent]").await;
    assert_eq!(bluesky.tokens(), [""; 0]);
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_bluesky_gives_is_read_to_its_end() {
    let bluesky = Bluesky::start(Config::default()).await.unwrap();
    let (_stage, owner, _) = opened(&bluesky, Kind::Chromium).await;
    leave_for(&owner, "").await;
    allow(&owner, ACCOUNT).await;

    // It asks to wait, and its pages are short, empty, or lead nowhere.
    bluesky.fault(Fault::once(
        FaultKind::Limited { reset_in: Some(3) },
        Route::Feed,
    ));
    bluesky.fault(Fault::once(FaultKind::ShortPage, Route::Feed));
    bluesky.fault(Fault::once(FaultKind::EmptyPage, Route::Feed).after(1));
    bluesky.fault(Fault::once(FaultKind::SameCursor, Route::Feed).after(3));
    owner.click("#start").await;
    is_ready(&owner).await;
    let all = plain(&bluesky, bluesky.pds(), ACCOUNT).await;
    assert_eq!(posts(&owner).await, all);

    // A feed that never ends, and leads nowhere, is not asked for ever: what is behind it is
    // asked of the server that has it.
    delete_everything(&owner).await;
    leave_for(&owner, "").await;
    allow(&owner, ACCOUNT).await;
    bluesky.fault(Fault::always(FaultKind::Endless, Route::Feed).after(1));
    owner.click("#start").await;
    is_ready(&owner).await;
    assert_eq!(posts(&owner).await, all);
    bluesky.clear_faults();

    // Who has left since is told, and the bot stays.
    bluesky.fault(Fault::always(FaultKind::Takedown, Route::Feed));
    owner.click(".fetch-new").await;
    told(&owner, "main .notice", "no such account").await;
    owner.click("#chat").await;
    assert_eq!(ask(&owner, KNOWN_KO.said).await, KNOWN_KO.reply);
    owner.close().await.unwrap();
}

/// Bluesky's posts and Misskey's are one bot, and each is fetched by itself.
#[tokio::test(flavor = "multi_thread")]
async fn bluesky_and_misskey_are_one_bot() {
    let bluesky = Bluesky::start(Config::default()).await.unwrap();
    let misskey = Misskey::start(misskey::Config::default()).await.unwrap();
    let (stage, owner, _) = opened(&bluesky, Kind::Chromium).await;
    leave_for(&owner, "").await;
    allow(&owner, "posts_100").await;
    owner.click("#start").await;
    is_ready(&owner).await;
    let here = plain(&bluesky, bluesky.pds(), "posts_100").await;
    assert_eq!(posts(&owner).await, here);
    let feeds = asked(&bluesky, Route::Feed);

    let server = misskey.url().trim_start_matches("http://");
    leave_by(&owner, "misskey", server).await;
    allow(&owner, "posts_200").await;
    owner.click("#start").await;
    let there = misskey.contents("posts_200").unwrap().plain;
    made_of(&owner, here + there).await;
    assert_eq!(asked(&bluesky, Route::Feed), feeds, "nothing is read again");
    owner.reload().await;
    is_ready(&owner).await;
    assert_eq!(posts(&owner).await, here + there);
    assert_eq!(asked_of_x(&stage), 0, "X is asked for nothing");
    shared(&owner, Kind::Chromium, KNOWN_KO).await;
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}
