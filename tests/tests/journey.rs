//! What a person does, from the first page to a deleted link, in real browsers.

#![allow(
    clippy::unwrap_used,
    reason = "functions that only tests call are not recognised as tests"
)]

use std::sync::Mutex;
use std::time::Duration;

use lemon_model::manifest::SENT;
use lemon_tests::browser::{Browser, Kind};
use lemon_tests::network::{Failure, Network};
use lemon_tests::stage::{Setting, Stage};
use lemon_tests::standin::{self, Directory, Fault, KNOWN_JA, KNOWN_KO, Known, Route};
use serde_json::json;
use thirtyfour::{BrowserLogEntry, By};

#[path = "journey/answers.rs"]
mod answers;
#[path = "journey/archive.rs"]
mod archive;
#[path = "journey/bluesky.rs"]
mod bluesky;
#[path = "journey/bots.rs"]
mod bots;
#[path = "journey/carried.rs"]
mod carried;
#[path = "journey/desk.rs"]
mod desk;
#[path = "journey/faults.rs"]
mod faults;
#[path = "journey/flows.rs"]
mod flows;
#[path = "journey/keyboard.rs"]
mod keyboard;
#[path = "journey/links.rs"]
mod links;
#[path = "journey/mastodon.rs"]
mod mastodon;
#[path = "journey/misskey.rs"]
mod misskey;
#[path = "journey/offline.rs"]
mod offline;
#[path = "journey/saved.rs"]
mod saved;
#[path = "journey/stored.rs"]
mod stored;
#[path = "journey/trial.rs"]
mod trial;

/// How many posts the account has, and X gives.
const POSTS: usize = 3_200;

/// How long indexing may take on the slowest machine that runs this. It is a limit
/// for a test that hangs, not a promise.
const INDEXING: Duration = Duration::from_mins(20);

/// How long anything else may take.
const SOON: Duration = Duration::from_mins(2);

/// The product, and a browser for it.
async fn opened(kind: Kind) -> (Stage, Browser) {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    (stage, Browser::open(kind).await.unwrap())
}

/// The same, with the first page before it.
async fn landed(kind: Kind) -> (Stage, Browser) {
    let (stage, owner) = opened(kind).await;
    owner.visit(stage.origin()).await;
    owner.shown("main[data-phase=landing]").await;
    (stage, owner)
}

/// Deletes everything in this browser.
async fn delete_everything(owner: &Browser) {
    owner.click("#delete").await;
    owner.click("#delete-yes:enabled").await;
    owner.shown("main[data-phase=landing]").await;
}

/// The newest 200 posts are enough.
async fn choose_newest(owner: &Browser) {
    let newest = owner.find(By::Css("#newest option[value='200']"));
    newest.await.unwrap().click().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_path_in_chromium() {
    whole_path(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_path_in_firefox() {
    whole_path(Kind::Firefox).await;
}

async fn whole_path(kind: Kind) {
    let (stage, owner) = opened(kind).await;

    sign_in(&owner, stage.origin(), &format!("posts_{POSTS}")).await;
    owner.click("#start").await;

    // Interrupted while posts are read and while they are indexed.
    owner
        .until("some posts", SOON, async || {
            (figure(&owner, "#step-read").await? >= 300).then_some(())
        })
        .await;
    owner.reload().await;
    owner
        .until("all posts and some vectors", INDEXING, async || {
            let read = owner
                .find(By::Css("#step-read[data-state=done]"))
                .await
                .is_ok();
            (read && figure(&owner, "#step-index").await? >= 150).then_some(())
        })
        .await;
    let before = figure(&owner, "#step-index").await.unwrap();
    owner.reload().await;
    let after = owner
        .until("the index's figures", SOON, async || {
            figure(&owner, "#step-index").await
        })
        .await;
    assert!(after >= before, "{after} entries were kept of {before}");

    // Chat opens before the rest is done: the newest come first.
    owner.click("main[data-phase=working] #chat").await;
    assert_eq!(ask(&owner, KNOWN_JA.said).await, KNOWN_JA.reply);
    owner.click(".brand").await;

    owner.shown_within("main[data-phase=ready]", INDEXING).await;
    assert_nothing_was_read_twice(&stage);
    all_is_in_the_months(&owner).await;

    owner.click("#chat").await;
    let (question, reply) = (KNOWN_KO.said, KNOWN_KO.reply);
    assert_eq!(ask(&owner, question).await, reply);
    owner.click(".answer:last-of-type summary").await;
    let similarity = owner.shown(".answer:last-of-type .similarity").await;
    let similarity = similarity.text().await.unwrap();
    let percent: u32 = similarity.trim_end_matches('%').parse().unwrap();
    assert!(
        percent >= 95,
        "{similarity} for a question in the same words"
    );
    assert_eq!(
        owner.text(".answer:last-of-type .day").await,
        day(&owner, written(&KNOWN_KO)).await
    );
    let told = owner.text(".answer:last-of-type dl").await;
    assert!(told.contains("Written"), "{told}");
    assert!(told.contains("In answer to"), "{told}");
    assert!(told.contains(question), "{told}");
    owner.click(".brand").await;

    owner.click("#share").await;
    let link = owner
        .shown_within(".link", SOON)
        .await
        .value()
        .await
        .unwrap()
        .unwrap();
    assert!(
        link.starts_with(&format!("{}/b#", stage.origin())),
        "{link}"
    );

    let before_visit = asked_of_x(&stage);
    let visitor = Browser::open(kind).await.unwrap();
    visitor.visit(&link).await;
    visitor
        .shown_within("main[data-phase=ready] #question", SOON)
        .await;
    assert_eq!(ask(&visitor, question).await, reply);
    assert_eq!(
        asked_of_x(&stage),
        before_visit,
        "a visit asks X for nothing"
    );
    // What others said stays with the owner.
    visitor.click(".answer:last-of-type summary").await;
    let told = visitor.text(".answer:last-of-type dl").await;
    assert!(told.contains("Written"), "{told}");
    assert!(!told.contains("In answer to"), "{told}");
    assert!(!told.contains(question), "{told}");
    assert_clean(&visitor).await;

    owner.click(".delete-share").await;
    owner
        .until("the link's end", SOON, async || {
            owner.find(By::Css(".link")).await.is_err().then_some(())
        })
        .await;
    assert_clean(&owner).await;
    visitor.reload().await;
    visitor.shown(".notice").await;
    let told = visitor.page_text().await;
    assert!(told.contains("deleted or never existed"), "{told}");

    owner.close().await.unwrap();
    visitor.close().await.unwrap();
}

/// The picture of when it was written says so, and its figures are all that there is.
async fn all_is_in_the_months(owner: &Browser) {
    let picture = owner.shown("#months .months").await;
    let label = picture.attr("aria-label").await.unwrap().unwrap();
    assert!(label.starts_with("Bars by month from "), "{label}");
    let indexed = owner.shown("main[data-phase=ready] .card p").await;
    let indexed = indexed.text().await.unwrap();
    let sum = "return [...document.querySelectorAll('.years td')]
        .reduce((sum, cell) => sum + Number(cell.textContent.replaceAll(',', '')), 0)";
    let all = async || {
        let sum = owner.execute(sum, vec![]).await.ok()?;
        let sum: usize = sum.convert().ok()?;
        // It is written as a reader writes it.
        indexed
            .replace(',', "")
            .contains(&sum.to_string())
            .then_some(())
    };
    owner.until("all of it by year", SOON, all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_is_told_and_ends_by_itself_in_chromium() {
    a_wait(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_is_told_and_ends_by_itself_in_firefox() {
    a_wait(Kind::Firefox).await;
}

/// Long enough to be seen and to reload the page.
const WAIT: i64 = 25;

async fn a_wait(kind: Kind) {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let window = standin::Kind::Window {
        remaining: 0,
        reset_in: WAIT,
    };
    // At the very beginning, when there is nothing to go on with yet.
    stage.x().fault(Fault::once(window, Route::Posts));
    let owner = Browser::open(kind).await.unwrap();
    sign_in(&owner, stage.origin(), "posts_300").await;
    choose_newest(&owner).await;
    owner.click("#start").await;

    let told = async || {
        let remark = owner.text("#step-read .remark").await;
        remark
            .contains("what X allows in a quarter of an hour")
            .then_some(())
    };
    owner.until("the reason of the wait", SOON, told).await;
    let may_be_told = kind == Kind::Chromium;
    if may_be_told {
        let grant = json!({ "origin": stage.origin(), "permissions": ["notifications"] });
        let tools = owner.cdp();
        let granted = tools.send_raw("Browser.grantPermissions", grant).await;
        granted.unwrap();
    }
    let asked = asked_of_x(&stage);
    owner.reload().await;
    owner.until("the same after a reload", SOON, told).await;
    assert_eq!(asked_of_x(&stage), asked, "a reload asks X for nothing");
    if may_be_told {
        owner.click("#tell").await;
        faults::told(&owner, "#telling", "You will be told").await;
    }

    owner.shown_within("main[data-phase=ready]", INDEXING).await;
    if may_be_told {
        let shown = "const [done] = arguments;
            navigator.serviceWorker.ready
                .then((worker) => worker.getNotifications())
                .then((shown) => done(shown.map(({ title, body }) => `${title}: ${body}`)));";
        owner
            .until("the notification", SOON, async || {
                let shown = owner.execute_async(shown, vec![]).await.ok()?;
                let shown: Vec<String> = shown.convert().ok()?;
                (shown == ["Lemon Toolbox: Ready"]).then_some(())
            })
            .await;
    }
    let posts = owner.text("main[data-phase=ready] .card p").await;
    // X lets nobody ask for fewer than five.
    assert!(posts.contains("from 20"), "{posts}");

    owner.visit(&format!("{}/status", stage.origin())).await;
    owner.shown("[data-status=open]").await;
    owner.shown(".picture .asked").await;
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stops_midway_goes_on_where_it_was_in_chromium() {
    stops_midway(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stops_midway_goes_on_where_it_was_in_firefox() {
    stops_midway(Kind::Firefox).await;
}

/// X ends the session, and later refuses for a while; after each, the person does the one
/// thing that the page offers.
async fn stops_midway(kind: Kind) {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    stage
        .x()
        .fault(Fault::once(standin::Kind::Unauthorized, Route::Posts).after(2));
    let owner = Browser::open(kind).await.unwrap();
    sign_in(&owner, stage.origin(), "posts_600").await;
    owner.click("#start").await;

    let notice = async |says: &str| {
        let text = owner.text(".notice p").await;
        text.contains(says).then_some(())
    };
    owner
        .until("the end of the session", SOON, async || {
            notice("Your X session has ended").await
        })
        .await;
    stage
        .x()
        .fault(Fault::once(standin::Kind::Forbidden, Route::Posts).after(1));
    owner.click(".notice .button").await;
    owner
        .shown("#handle")
        .await
        .send_keys("posts_600")
        .await
        .unwrap();
    owner.click("#as-handle").await;
    owner
        .until("X's refusal", SOON, async || {
            notice("X does not let us read this account").await
        })
        .await;
    let asked = asked_of_x(&stage);
    owner.reload().await;
    owner
        .until("the reason, after a reload", SOON, async || {
            notice("X does not let us read this account").await
        })
        .await;
    // What there is can be used meanwhile.
    owner.shown_within("#chat", INDEXING).await;
    assert_eq!(asked_of_x(&stage), asked, "a reload asks X for nothing");
    owner.click("#again").await;

    owner.shown_within("main[data-phase=ready]", INDEXING).await;
    let posts = owner.text("main[data-phase=ready] .card p").await;
    assert!(posts.contains("from 600"), "{posts}");
    // Those that were refused gave nothing.
    assert_nothing_was_read_twice(&stage);
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_comes_over_a_failing_network_in_chromium() {
    over_a_failing_network(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_comes_over_a_failing_network_in_firefox() {
    over_a_failing_network(Kind::Firefox).await;
}

/// The network fails more often than the page would try in vain, and in the end the tab is
/// closed; what came is not fetched again.
async fn over_a_failing_network(kind: Kind) {
    /// What each of them may lose: the segments that were on their way, four of the network
    /// and the tokenizer's.
    const LOST: usize = 5;
    const MEGABYTE: usize = 1_000_000;
    let failures = [2, 4, 6, 8].map(|after| (after * MEGABYTE, Failure::Break));
    let last = (20 * MEGABYTE, Failure::Silence);
    let failures = [&failures[..], &[last]].concat();
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let network = Network::before(stage.origin(), "/model/", &failures);
    let network = network.await.unwrap();
    let owner = Browser::open(kind).await.unwrap();
    sign_in(&owner, network.origin(), "posts_300").await;
    owner.click("#start").await;
    owner
        .until("the network's last failure", INDEXING, async || {
            (network.failures() == 0).then_some(())
        })
        .await;
    owner.reload().await;
    owner.shown_within("main[data-phase=ready]", INDEXING).await;

    let mut asked = network.asked();
    asked.retain(|path| path.contains(SENT));
    let all = asked.len();
    asked.sort();
    asked.dedup();
    let again = all - asked.len();
    assert!(again > 0, "nothing was interrupted");
    assert!(
        again <= failures.len() * LOST,
        "{again} of {all} came twice"
    );
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

/// The network is silent for longer than the page waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_network_is_asked_again() {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let failures = [(5_000_000, Failure::Silence)];
    let network = Network::before(stage.origin(), "/model/", &failures);
    let network = network.await.unwrap();
    let owner = Browser::open(Kind::Firefox).await.unwrap();
    sign_in(&owner, network.origin(), "posts_300").await;
    owner.click("#start").await;
    owner.shown_within("main[data-phase=ready]", INDEXING).await;
    assert_eq!(network.failures(), 0);
    owner.close().await.unwrap();
}

/// A connection that is dead without saying so.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes_is_asked_for_again() {
    const HOLD_ONE_BACK: &str = "const { fetch } = window;
        window.heldBack = 0;
        window.fetch = (request, ...others) => {
            if (window.heldBack || !request.url.includes('/api/posts')) return fetch(request, ...others);
            window.heldBack = 1;
            return new Promise((_, reject) => {
                request.signal.addEventListener('abort', () => reject(request.signal.reason));
            });
        };";
    let (stage, owner) = opened(Kind::Chromium).await;
    sign_in(&owner, stage.origin(), "posts_300").await;
    owner.execute(HOLD_ONE_BACK, vec![]).await.unwrap();
    owner.click("#start").await;
    owner.shown_within("main[data-phase=ready]", INDEXING).await;
    let held_back = owner.execute("return window.heldBack", vec![]).await;
    assert_eq!(*held_back.unwrap().json(), 1);
    assert_nothing_was_read_twice(&stage);
    owner.close().await.unwrap();
}

/// A state that X can be in, and what the page says of it: where, and in Korean, Japanese and
/// English.
struct Told {
    /// What X does; none where it is our own limit.
    fault: Option<standin::Kind>,
    vars: &'static [(&'static str, &'static str)],
    place: &'static str,
    says: [&'static str; 3],
}

const REMARK: &str = "#step-read .remark";
const NOTICE: &str = ".notice";

const fn told(fault: Option<standin::Kind>, place: &'static str, says: [&'static str; 3]) -> Told {
    Told {
        fault,
        vars: &[],
        place,
        says,
    }
}

const TOLD: [Told; 12] = [
    Told {
        // Of three pages, only one has room in a window.
        vars: &[("APP_QUARTER", "1")],
        ..told(
            None,
            REMARK,
            ["사람이 많아", "混み合っている", "Many people are here"],
        )
    },
    told(
        Some(standin::Kind::Window {
            remaining: 0,
            reset_in: 600,
        }),
        REMARK,
        ["15분 동안", "15分間", "in a quarter of an hour"],
    ),
    told(
        Some(standin::Kind::AppDay { reset_in: 9_000 }),
        REMARK,
        [
            "이 서비스가 오늘",
            "このサービスが今日",
            "This service has read",
        ],
    ),
    told(
        Some(standin::Kind::UserDay { reset_in: 9_000 }),
        REMARK,
        [
            "이 계정에 하루 동안",
            "このアカウントに1日",
            "allows this account in a day",
        ],
    ),
    // Longer than they are signed in.
    told(
        Some(standin::Kind::AppDay { reset_in: 9_000 }),
        REMARK,
        ["한 시간 동안 남겨", "1時間お取り置き", "kept for an hour"],
    ),
    told(
        Some(standin::Kind::UserDay { reset_in: 9_000 }),
        REMARK,
        [
            "다시 로그인해 주세요",
            "もう一度Xにログイン",
            "sign in again",
        ],
    ),
    told(
        Some(standin::Kind::Credits),
        REMARK,
        ["크레딧", "料金残高", "credit at X has run out"],
    ),
    told(
        Some(standin::Kind::UsageCapped),
        REMARK,
        ["이번 달", "今月", "This month's X quota"],
    ),
    told(
        Some(standin::Kind::Unauthorized),
        NOTICE,
        [
            "로그인이 끝났습니다",
            "ログインが切れました",
            "session has ended",
        ],
    ),
    told(
        Some(standin::Kind::Forbidden),
        NOTICE,
        [
            "읽지 못하게 했습니다",
            "許可しませんでした",
            "does not let us read",
        ],
    ),
    told(
        Some(standin::Kind::Gateway),
        NOTICE,
        [
            "여러 번 답하지",
            "何度か応答しませんでした",
            "failed to answer several times",
        ],
    ),
    told(
        Some(standin::Kind::WithoutIncludes),
        NOTICE,
        [
            "답글만 주고",
            "返信だけを返し",
            "replies without what they answered",
        ],
    ),
];

/// What is told of these has the time at which it can be tried again.
fn has_time(told: &Told) -> bool {
    told.place == REMARK || told.fault == Some(standin::Kind::Gateway)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_state_of_x_is_told_in_three_languages() {
    for told in &TOLD {
        let vars = told.vars.iter();
        let stage = Stage::start_with(Setting {
            vars: vars
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            ..Setting::default()
        })
        .await
        .unwrap();
        stage.keep_up();
        let browser = Browser::open(Kind::Chromium).await.unwrap();
        sign_in(&browser, stage.origin(), "posts_300").await;
        if let Some(kind) = told.fault {
            stage.x().fault(Fault::always(kind, Route::Posts));
        }
        browser.click("#start").await;
        for (tag, sentence) in ["ko", "ja", "en"].into_iter().zip(told.says) {
            browser
                .click(&format!(".language option[value={tag}]"))
                .await;
            let text = browser
                .until(sentence, SOON, async || {
                    let text = browser.text(told.place).await;
                    text.contains(sentence).then_some(text)
                })
                .await;
            assert!(!text.contains(['{', '}']), "{text}");
            // Of all that is said, only a time of day has a colon between digits.
            let is_time = |around: &[char]| matches!(around, [a, ':', b] if a.is_ascii_digit() && b.is_ascii_digit());
            let letters: Vec<char> = text.chars().collect();
            assert_eq!(letters.windows(3).any(is_time), has_time(told), "{text}");
        }
        browser.close().await.unwrap();
    }
}

/// The operator lets nobody in: whoever comes is told so, and cannot sign in.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_door_is_told_in_three_languages() {
    let stage = Stage::start_with(Setting {
        vars: vec![("SIGN_UPS", "closed".to_owned())],
        ..Setting::default()
    })
    .await
    .unwrap();
    stage.keep_up();
    let browser = Browser::open(Kind::Chromium).await.unwrap();
    browser.visit(stage.origin()).await;
    browser.shown("button#sign-in:disabled").await;
    for (tag, sentence) in [
        ("ko", "잠시 닫아 두었습니다"),
        ("ja", "一時停止しています"),
        ("en", "closed new imports"),
    ] {
        browser
            .click(&format!(".language option[value={tag}]"))
            .await;
        browser
            .until(sentence, SOON, async || {
                let text = browser.text("#standing").await;
                text.contains(sentence).then_some(())
            })
            .await;
    }
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_leads_nowhere_says_so_and_leads_home() {
    let (stage, visitor) = opened(Kind::Firefox).await;
    visitor.visit(&format!("{}/no/where", stage.origin())).await;
    assert!(visitor.text("main").await.contains("There is no such page"));
    visitor.click("main a").await;
    visitor.shown("main[data-phase=landing]").await;
    visitor.close().await.unwrap();
}

async fn sign_in(browser: &Browser, origin: &str, handle: &str) {
    browser.visit(origin).await;
    browser.shown("main[data-phase=landing]").await;
    browser.click("#sign-in").await;
    browser
        .shown("#handle")
        .await
        .send_keys(handle)
        .await
        .unwrap();
    browser.click("#as-handle").await;
    browser.shown("main[data-phase=consent]").await;
    assert_eq!(browser.text("#handle").await, format!("@{handle}"));
}

/// When the account of the whole path wrote this reply.
fn written(known: &Known) -> i64 {
    let directory = Directory::load().unwrap();
    let account = directory.account(&format!("posts_{POSTS}")).unwrap();
    let posts = (0..POSTS).filter_map(|index| account.post(index));
    let mut found = posts.filter(|post| post.text.ends_with(known.reply));
    found.next().unwrap().at
}

/// The day of a time, as this browser writes it where it is.
async fn day(browser: &Browser, at: i64) -> String {
    const SCRIPT: &str = "return new Intl.DateTimeFormat('en', { dateStyle: 'medium' })
        .format(new Date(arguments[0] * 1000));";
    let day = browser.execute(SCRIPT, vec![at.into()]).await.unwrap();
    day.json().as_str().unwrap().to_owned()
}

/// Asks and gives the answer that comes.
async fn ask(browser: &Browser, question: &str) -> String {
    said_in(browser, ".answer summary p", question).await
}

/// Asks, and gives what the bot says to it, whatever that is.
async fn hear(browser: &Browser, question: &str) -> String {
    let says = ".bubble.bot:not(.dots) > p, .answer summary p";
    said_in(browser, says, question).await
}

/// Asks, and gives the text that comes where `css` selects.
async fn said_in(browser: &Browser, css: &str, question: &str) -> String {
    let answers = async || browser.find_all(By::Css(css)).await.unwrap_or_default();
    let before = answers().await.len();
    let field = browser.shown("#question").await;
    field.send_keys(question).await.unwrap();
    browser.click(".send").await;
    browser
        .until("an answer", SOON, async || {
            let answers = answers().await;
            let answer = answers.get(before..)?.last()?;
            // It fades in, and a driver reads no text of what cannot be seen.
            answer.text().await.ok().filter(|text| !text.is_empty())
        })
        .await
}

/// The first number that a step shows.
async fn figure(browser: &Browser, step: &str) -> Option<usize> {
    let text = browser.text(&format!("{step} .figures")).await;
    let digits: String = text
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == ',')
        .filter(|c| *c != ',')
        .collect();
    digits.parse().ok()
}

/// How often X itself was asked: avatars come from elsewhere.
fn asked_of_x(stage: &Stage) -> usize {
    let requests = stage.x().requests();
    requests
        .iter()
        .filter(|request| request.route != Route::Avatar)
        .count()
}

/// X is paid for each post: no page may be asked for twice, but one that was on its way
/// when the tab was closed, and one when the development server ended.
fn assert_nothing_was_read_twice(stage: &Stage) {
    let mut pages: Vec<_> = stage
        .x()
        .requests()
        .into_iter()
        .filter(|request| request.route == Route::Posts && request.status == 200)
        .map(|request| (request.query, request.status))
        .collect();
    let asked = pages.len();
    pages.sort();
    let twice: Vec<_> = pages
        .windows(2)
        .filter(|pair| pair[0].0 == pair[1].0)
        .collect();
    let allowed = 1 + stage.restarts();
    let log: Vec<_> = stage
        .output()
        .into_iter()
        .filter(|line| line.contains("/api/posts") && !line.contains("\"status\":200"))
        .collect();
    assert!(
        twice.len() <= allowed,
        "{asked} requests, of which twice: {twice:#?}; the edge said {log:#?}"
    );
}

/// Whoever looks into the console finds nothing wrong. A connection that broke off is not the
/// page's doing: the development server ends now and then.
async fn assert_clean(browser: &Browser) {
    let mut log = console(browser).await;
    log.retain(|entry| !entry.message.contains("net::ERR_"));
    assert!(log.is_empty(), "{log:#?}");
}

/// The page broke no rule of its own and logged no error. Requests that end in an error
/// are logged too and are not meant.
async fn assert_quiet(browser: &Browser) {
    let mut log = console(browser).await;
    log.retain(|entry| entry.source.as_deref() != Some("network"));
    assert!(log.is_empty(), "{log:#?}");
}

/// Warnings and errors.
async fn console(browser: &Browser) -> Vec<BrowserLogEntry> {
    let mut log = browser.console().await.unwrap();
    log.retain(|entry| ["SEVERE", "WARNING"].contains(&entry.level.as_str()));
    // Of the pages on which Bluesky signs people in, as they are in reality.
    log.retain(|entry| {
        !entry
            .message
            .contains("Unrecognized feature: 'document-domain'")
    });
    // Firefox tells of each request that a page leaves behind under way, where a service worker is.
    log.retain(|entry| {
        let is_of_worker = entry.source.as_deref() == Some("Service Worker Interception");
        !(is_of_worker && entry.message.contains("encountered an unexpected error"))
    });
    log
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_breaks_is_noticed_in_chromium() {
    what_breaks(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_breaks_is_noticed_in_firefox() {
    what_breaks(Kind::Firefox).await;
}

/// A script that the page's policy forbids, and one that fails.
async fn what_breaks(kind: Kind) {
    let (stage, browser) = opened(kind).await;
    browser.visit(&format!("{}/privacy", stage.origin())).await;
    assert_quiet(&browser).await;
    let breaks = "
        const script = document.createElement('script');
        script.textContent = '1';
        document.body.append(script);
        setTimeout(() => { throw new Error('lemons'); });
    ";
    browser.execute(breaks, Vec::new()).await.unwrap();
    let told = Mutex::new(Vec::new());
    browser
        .until("both in the console", SOON, async || {
            let log = console(&browser).await;
            let mut told = told.lock().unwrap();
            told.extend(log.into_iter().map(|entry| entry.message));
            let has = |what: &str| told.iter().any(|told: &String| told.contains(what));
            (has("lemons") && has("script-src")).then_some(())
        })
        .await;
    browser.close().await.unwrap();
}
