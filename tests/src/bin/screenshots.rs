//! `cargo xtask screenshots`: every page as a person sees it, on a phone and on a desk,
//! light and dark, as PNGs in the folder that is named.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lemon_tests::browser::{Browser, Kind};
use lemon_tests::fall::{FALLS, fall};
use lemon_tests::misskey::{self, Misskey};
use lemon_tests::network::{Change, Network};
use lemon_tests::report;
use lemon_tests::stage::Stage;
use lemon_tests::standin::{self as x, Fault, KNOWN_EN, KNOWN_JA, KNOWN_KO, Route};
use serde_json::{Value, json};
use thirtyfour::By;

/// What it is called, width and height in CSS pixels, scheme.
type Look<'a> = (&'a str, u32, u32, &'a str);

const LOOKS: [Look; 5] = [
    ("360", 360, 740, "light"),
    ("360-dark", 360, 740, "dark"),
    ("768", 768, 1024, "light"),
    ("1280", 1280, 800, "light"),
    ("1280-dark", 1280, 800, "dark"),
];

const LANGUAGES: [&str; 3] = ["ko", "ja", "en"];

/// Nothing may be wider than this, in CSS pixels; it is also what 640 are at 200 %.
const NARROWEST: u32 = 320;

/// How many screens of a page are in a picture.
const MOST_SCREENS: f64 = 4.0;

const LIBRARY: &str = "/library/worker.js";
const ARCHIVE: &str = "/archive/worker.js";
const ENCODERS: [&str; 2] = ["/encoder-relaxed/worker.js", "/encoder-plain/worker.js"];

const SOON: Duration = Duration::from_mins(2);
const INDEXING: Duration = Duration::from_mins(10);

type Outcome = Result<(), Box<dyn Error>>;

struct Camera {
    folder: PathBuf,
    /// axe, if the pages are to be looked through with it, and what it found of each.
    axe: Option<String>,
    found: RefCell<BTreeMap<String, Value>>,
}

#[tokio::main]
async fn main() -> Outcome {
    let folder = env::args().nth(1).ok_or("name a folder for the pictures")?;
    std::fs::create_dir_all(&folder)?;
    let axe = env::var("LEMON_PAGE_TOOLS").ok();
    let axe =
        axe.map(|modules| fs::read_to_string(Path::new(&modules).join("axe-core/axe.min.js")));
    let camera = Camera {
        folder: folder.into(),
        axe: axe.transpose()?,
        found: RefCell::default(),
    };
    take_all(&camera).await?;
    if camera.axe.is_some() {
        report::keep("axe.json", &*camera.found.borrow())?;
    }
    Ok(())
}

async fn take_all(camera: &Camera) -> Outcome {
    let stage = Stage::start().await?;
    stage.keep_up();
    let owner = Browser::open(Kind::Chromium).await?;
    open_in_korean(&owner, stage.origin()).await?;
    owner.shown("main[data-phase=landing]").await;
    owner.shown("#trial .suggested .button").await;
    camera.take(&owner, "landing").await?;
    owner.click("#trial .suggested .button").await;
    owner.shown("#trial .answer summary").await;
    camera.take(&owner, "trial").await?;
    let archive = give_archive(&owner, &stage, &camera.folder).await?;
    owner.shown("#archive-yes").await;
    camera.take(&owner, "archive").await?;
    owner.click("#archive-no").await;
    std::fs::remove_file(&archive)?;

    owner.click("#sign-in").await;
    owner.click("#as-lemon_demo").await;
    owner.shown("main[data-phase=consent]").await;
    camera.take(&owner, "consent").await?;
    owner.click("#start").await;
    owner
        .shown_within("main[data-phase=working] #chat", SOON)
        .await;
    camera.take(&owner, "working").await?;
    owner.shown_within("main[data-phase=ready]", INDEXING).await;
    owner.click("#share").await;
    let link = owner
        .shown_within(".link", SOON)
        .await
        .value()
        .await?
        .ok_or("the link is empty")?;
    camera.take(&owner, "ready").await?;

    owner.click("#chat").await;
    for question in [
        KNOWN_KO.said,
        "요즘 뭐 하고 지내?",
        "고양이 좋아해?",
        "헌법재판소 재판관 임기가 몇 년이야?",
        KNOWN_JA.said,
    ] {
        ask(&owner, question).await?;
    }
    camera.take(&owner, "chat").await?;
    owner.click(".answer:last-of-type summary").await;
    camera.take(&owner, "chat-details").await?;
    owner.click(".manner summary").await;
    owner.shown("#year option:nth-child(2)").await;
    camera.take(&owner, "chat-manner").await?;
    posts(camera, &owner, stage.origin()).await?;
    bots(camera, &owner, stage.origin(), &link).await?;
    owner.goto(format!("{}/privacy", stage.origin())).await?;
    owner.shown(".points").await;
    camera.take(&owner, "privacy").await?;
    owner.goto(format!("{}/status", stage.origin())).await?;
    owner.shown(".picture .asked").await;
    camera.take(&owner, "status").await?;
    owner.goto(format!("{}/nowhere", stage.origin())).await?;
    owner.shown("main .button").await;
    camera.take(&owner, "nowhere").await?;

    for (name, kind) in [
        (
            "waiting",
            x::Kind::Window {
                remaining: 0,
                reset_in: 600,
            },
        ),
        ("refused", x::Kind::Forbidden),
    ] {
        let person = Browser::open(Kind::Chromium).await?;
        stage.x().fault(Fault::once(kind, Route::Posts).after(3));
        stops_at(&person, &stage, name).await?;
        camera.take(&person, name).await?;
    }

    let visitor = Browser::open(Kind::Chromium).await?;
    visitor.goto(&link).await?;
    visitor
        .shown_within("main[data-phase=ready] #question", SOON)
        .await;
    visitor.shown(".suggested .button").await;
    camera.take(&visitor, "visit-begin").await?;
    ask(&visitor, KNOWN_EN.said).await?;
    camera.take(&visitor, "visit").await?;
    visitor
        .goto(format!("{}/b#AAAAAAAAAAAAAAAAAAAAAA", stage.origin()))
        .await?;
    visitor.refresh().await?;
    visitor.shown(".notice").await;
    camera.take(&visitor, "visit-gone").await?;
    servers(camera, &stage).await?;
    odd_days(camera, &stage).await
}

/// What is shown who brings posts from a server that is not ours.
async fn servers(camera: &Camera, stage: &Stage) -> Outcome {
    let misskey = Misskey::start(misskey::Config::default()).await?;
    let person = Browser::open(Kind::Chromium).await?;
    // Bluesky knows this machine by its number.
    open_in_korean(&person, &stage.numbered()).await?;
    person.click("#bluesky").await;
    person.shown("#server").await.send_keys("lemon").await?;
    person.click("#server-go").await;
    person.shown(".server .notice").await;
    camera.take(&person, "handle").await?;
    person.click("#misskey").await;
    let server = person.shown("#server").await;
    server.send_keys("misskey").await?;
    person.click("#server-go").await;
    person.shown(".server .notice").await;
    camera.take(&person, "server").await?;
    server.clear().await?;
    server.send_keys(misskey.url()).await?;
    person.click("#server-go").await;
    person.click("#as-lemon_demo").await;
    person.click("#allow").await;
    person.shown("main[data-phase=consent]").await;
    camera.take(&person, "consent-server").await?;
    person.click("#start").await;
    person
        .shown_within("main[data-phase=ready]", INDEXING)
        .await;
    camera.take(&person, "ready-server").await?;
    person.close().await?;
    Ok(())
}

/// Makes the archive of the demo person in `folder`, and chooses it.
async fn give_archive(
    browser: &Browser,
    stage: &Stage,
    folder: &Path,
) -> Result<PathBuf, Box<dyn Error>> {
    let archive = folder.join("twitter-2026-09-01-lemon.zip");
    let directory = stage.x().directory();
    let account = directory.account(x::DEMO_HANDLE).ok_or("nobody is there")?;
    let file = std::fs::File::create(&archive)?;
    x::archive::write(&account, directory, x::archive::Making::default(), file)?;
    let field = browser.find(By::Id("archive-file")).await?;
    field.send_keys(archive.display().to_string()).await?;
    Ok(archive)
}

/// What is shown where something is missing, falls or is elsewhere.
async fn odd_days(camera: &Camera, stage: &Stage) -> Outcome {
    let network = Network::before(stage.origin(), "/", &[]).await?;
    let person = Browser::open_without_webassembly(Kind::Chromium).await?;
    person.goto(stage.origin()).await?;
    person.shown("#unable").await;
    camera.take(&person, "unable").await?;
    person.close().await?;

    let person = Browser::open(Kind::Chromium).await?;
    network.change("_bg.wasm", Change::Gone);
    person.goto(network.origin()).await?;
    person.shown("#lost").await;
    camera.take(&person, "lost").await?;
    network.change_nothing();
    open_in_korean(&person, network.origin()).await?;
    person
        .goto(format!("{}/?signin=elsewhere", network.origin()))
        .await?;
    person.shown("#sign-in-here").await;
    camera.take(&person, "elsewhere").await?;

    network.change(ARCHIVE, Change::Held);
    let archive = give_archive(&person, stage, &camera.folder).await?;
    person.shown("#archive-stop").await;
    camera.take(&person, "looking").await?;
    person.click("#archive-stop").await;
    std::fs::remove_file(&archive)?;
    network.change_nothing();

    for end in [LIBRARY, ENCODERS[0]] {
        network.change(end, Change::Before(FALLS));
    }
    // A name that would turn what is around it, and has no end.
    let name = format!("\"name\":\"\\u202e\\u2067{}", "레몬 🍋 ".repeat(60));
    network.change("/api/me", Change::Bytes(b"\"name\":\"".into(), name.into()));
    sign_in(&person, "posts_300").await?;
    stage
        .x()
        .fault(Fault::once(x::Kind::Odd(x::Odd::Posts), Route::Posts));
    person.click("#start").await;
    person
        .shown_within("main[data-phase=ready]", INDEXING)
        .await;
    camera.take(&person, "turned-name").await?;
    person.click("#chat").await;
    ask(&person, KNOWN_KO.said).await?;
    person.shown("#question").await.send_keys("안녕").await?;
    person.shown(".send:enabled").await;
    fall(&person).await?;
    person.click(".send:enabled").await;
    person.shown_within("#ask-again", SOON).await;
    camera.take(&person, "chat-fallen").await?;

    network.change_only(&[(LIBRARY, Change::Held)]);
    person.goto(network.origin()).await?;
    person.shown("main[data-phase=opening]").await;
    camera.take(&person, "opening").await?;
    network.change_only(&[(LIBRARY, Change::Before(FALLS))]);
    person
        .shown_within("main[data-phase=ready]", INDEXING)
        .await;
    person.click(".tabs a[href='/search']").await;
    person.shown(".found li").await;
    fall(&person).await?;
    person.shown("#search").await.send_keys("레몬").await?;
    person.shown(".notice").await;
    camera.take(&person, "search-fallen").await?;
    person.close().await?;

    network.change_nothing();
    with_little(camera, &network).await
}

/// What an owner looks through before they share it.
async fn posts(camera: &Camera, owner: &Browser, origin: &str) -> Outcome {
    owner.goto(format!("{origin}/search")).await?;
    owner.shown(".found li").await;
    camera.take(owner, "posts").await?;
    owner.click(".choice:has(#state-flagged)").await;
    owner.shown(".entries mark").await;
    camera.take(owner, "posts-to-check").await?;
    owner.click("#row-0").await;
    camera.take(owner, "posts-picked").await?;
    owner.click(".toolbar .button").await;
    owner.shown("#undo").await;
    camera.take(owner, "posts-left-out").await?;
    owner.click(".entries .text").await;
    owner.shown("dialog[open]").await;
    camera.take(owner, "posts-whole").await?;
    Ok(())
}

/// What an owner does with what they shared, and their bot with another's.
async fn bots(camera: &Camera, owner: &Browser, origin: &str, link: &str) -> Outcome {
    owner.goto(format!("{origin}/bots")).await?;
    owner.shown("#current-bot .held-so-much").await;
    owner.shown_within(".link", SOON).await;
    camera.take(owner, "bots").await?;
    owner.click(".shares .more summary").await;
    owner.shown(".qr").await;
    owner.click(".compare-share").await;
    let compared = async || (!owner.text(".compared").await.is_empty()).then_some(());
    owner.until("a comparison", SOON, compared).await;
    camera.take(owner, "link-more").await?;
    owner.click("#export").await;
    let said = async || (!owner.text("#export-said").await.is_empty()).then_some(());
    owner.until("what is wrong", SOON, said).await;
    camera.take(owner, "export-short").await?;
    owner.goto("about:blank").await?;
    owner.goto(link).await?;
    owner.shown_within("#duet:enabled", SOON).await;
    owner.click("#made-of-it").await;
    owner.shown("#report").await;
    camera.take(owner, "made-of").await?;
    owner.click("#made-of > .quiet").await;
    owner.click("#duet").await;
    for _ in 0..5 {
        owner.shown_within("#duet-step:enabled", SOON).await;
        owner.click("#duet-step:enabled").await;
    }
    owner.shown_within("#duet-step:enabled", SOON).await;
    camera.take(owner, "duet").await?;
    owner.click("#duet-close").await;
    Ok(())
}

/// A second tab, and a browser that has no workers for a while, nor memory for several.
async fn with_little(camera: &Camera, network: &Network) -> Outcome {
    let person = Browser::open(Kind::Chromium).await?;
    open_in_korean(&person, network.origin()).await?;
    sign_in(&person, "posts_3200").await?;
    person.click("#start").await;
    person.shown_within("#chat", INDEXING).await;
    let second = person.new_tab().await?;
    person.switch_to_window(second).await?;
    person.goto(network.origin()).await?;
    person.shown("#following").await;
    camera.take(&person, "following").await?;
    person.close().await?;

    let person = Browser::open(Kind::Chromium).await?;
    open_in_korean(&person, network.origin()).await?;
    // As after a tab was killed in which several workers ran.
    person
        .execute(
            "localStorage.setItem('lemon-workers-most', '1')",
            Vec::new(),
        )
        .await?;
    sign_in(&person, "posts_902").await?;
    for script in ENCODERS {
        network.change(script, Change::Gone);
    }
    person.click("#start").await;
    person.shown(".notice").await;
    camera.take(&person, "no-encoder").await?;
    network.change_nothing();
    person.click("#again").await;
    person.shown_within("#chat", INDEXING).await;
    person.shown("#gently").await;
    camera.take(&person, "gently").await?;
    person.close().await?;
    Ok(())
}

async fn open_in_korean(person: &Browser, origin: &str) -> Outcome {
    person.goto(origin).await?;
    person
        .execute("localStorage.setItem('lemon-language', 'ko')", Vec::new())
        .await?;
    person.refresh().await?;
    Ok(())
}

async fn sign_in(person: &Browser, handle: &str) -> Outcome {
    person.click("#sign-in").await;
    person.shown("#handle").await.send_keys(handle).await?;
    person.click("#as-handle").await;
    Ok(())
}

/// Somebody whose import stops midway: at a remark of the first step, or a notice.
async fn stops_at(person: &Browser, stage: &Stage, name: &str) -> Outcome {
    open_in_korean(person, stage.origin()).await?;
    let handle = if name == "waiting" {
        "posts_900"
    } else {
        "posts_901"
    };
    sign_in(person, handle).await?;
    person.click("#start").await;
    let stopped = async || {
        let remark = person.text("#step-read .remark").await;
        let notice = person.find(By::Css(".notice")).await.is_ok();
        (remark.contains(':') || notice).then_some(())
    };
    person.until("the stop", SOON, stopped).await;
    person.shown_within("#chat", INDEXING).await;
    Ok(())
}

async fn ask(browser: &Browser, question: &str) -> Outcome {
    let script = "return document.querySelectorAll('.bubble.bot:not(.dots)').length;";
    let before = browser
        .execute(script, Vec::new())
        .await?
        .convert::<usize>()?;
    browser.shown("#question").await.send_keys(question).await?;
    browser.click(".send").await;
    browser
        .until("an answer", SOON, async || {
            let now = browser
                .execute(script, Vec::new())
                .await
                .ok()?
                .convert::<usize>()
                .ok()?;
            (now > before).then_some(())
        })
        .await;
    Ok(())
}

impl Camera {
    /// Keeps what axe finds on the page as it is now.
    async fn look_through(&self, browser: &Browser, name: &str) -> Outcome {
        const RUN: &str = "const [done] = arguments;
            axe.run(document, { resultTypes: ['violations'] }).then(
                ({ violations }) => done(violations.map(({ id, impact, nodes }) => ({
                    id, impact, nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
                }))),
                (error) => done([String(error)]),
            );";
        let Some(axe) = &self.axe else {
            return Ok(());
        };
        // The page's own policy lets no such script in.
        let script = json!({ "expression": axe });
        browser.cdp().send_raw("Runtime.evaluate", script).await?;
        let found = browser.execute_async(RUN, vec![]).await?;
        let found = found.json().clone();
        if found.as_array().is_none_or(|found| !found.is_empty()) {
            println!("{name}: {found}");
        }
        self.found.borrow_mut().insert(name.to_owned(), found);
        Ok(())
    }

    /// Takes the page as it is in each of [`LOOKS`], and on a phone in the other languages. Says
    /// what is wider than the narrowest phone.
    async fn take(&self, browser: &Browser, name: &str) -> Outcome {
        for look in LOOKS {
            self.take_as(browser, name, look).await?;
        }
        let has_languages = browser.find(By::Css(".language")).await.is_ok();
        let spoken = "return document.documentElement.lang";
        let spoken: String = browser.execute(spoken, vec![]).await?.convert()?;
        for language in LANGUAGES {
            if has_languages {
                speak(browser, language).await?;
                if language != spoken {
                    let (_, width, screen, scheme) = LOOKS[0];
                    let look = (language, width, screen, scheme);
                    self.take_as(browser, name, look).await?;
                }
            }
            lie(browser, (language, NARROWEST, 640, "light")).await?;
            let overflow = "return document.scrollingElement.scrollWidth - innerWidth";
            let overflow: f64 = browser.execute(overflow, vec![]).await?.convert()?;
            if overflow > 0.0 {
                println!("{name} in {language}: {overflow} px wider than {NARROWEST}");
            }
        }
        if has_languages {
            speak(browser, &spoken).await?;
        }
        browser
            .cdp()
            .send_raw("Emulation.clearDeviceMetricsOverride", json!({}))
            .await?;
        Ok(())
    }

    async fn take_as(&self, browser: &Browser, name: &str, look: Look<'_>) -> Outcome {
        lie(browser, look).await?;
        let (look, width, screen, _) = look;
        let cdp = browser.cdp();
        // As much of the page as there is, up to where it is a list of anything.
        let sizes = cdp.send_raw("Page.getLayoutMetrics", json!({})).await?;
        let whole = sizes["cssContentSize"]["height"].as_f64();
        let whole = whole.ok_or("a page without a height")?;
        let screen = f64::from(screen);
        let height = whole.clamp(screen, MOST_SCREENS * screen);
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let picture = json!({ "captureBeyondViewport": true, "clip": clip });
        let taken = cdp.send_raw("Page.captureScreenshot", picture).await?;
        let png = taken["data"].as_str().ok_or("no picture was taken")?;
        let file = self.folder.join(format!("{name}-{look}.png"));
        std::fs::write(file, STANDARD.decode(png)?)?;
        self.look_through(browser, &format!("{name}-{look}")).await
    }
}

/// Has the page be so wide and in that scheme, and drawn so.
async fn lie(browser: &Browser, (_, width, screen, scheme): Look<'_>) -> Outcome {
    let cdp = browser.cdp();
    let size = json!({
        "width": width, "height": screen, "deviceScaleFactor": 2, "mobile": width < 500,
    });
    cdp.send_raw("Emulation.setDeviceMetricsOverride", size)
        .await?;
    let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    cdp.send_raw("Emulation.setEmulatedMedia", media).await?;
    drawn(browser).await
}

/// Two frames later the page has been drawn as it now is.
async fn drawn(browser: &Browser) -> Outcome {
    let drawn =
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done));";
    browser.execute_async(drawn, Vec::new()).await?;
    Ok(())
}

/// Chooses a language on the page.
async fn speak(browser: &Browser, language: &str) -> Outcome {
    let choose = "const [language] = arguments;
        const field = document.querySelector('.language');
        field.value = language;
        field.dispatchEvent(new Event('change', { bubbles: true }));";
    browser.execute(choose, vec![json!(language)]).await?;
    drawn(browser).await
}
