//! What a bot answers, and what it does not.

use lemon_model::answers::suggestions::Suggested;
use lemon_model::bot::about::About;
use lemon_model::bot::{Bot, Line, Owner};
use lemon_model::corpus::Entry;
use lemon_model::index::{Index, Item};
use lemon_model::vector::{DIM, Vector};
use lemon_tests::browser::{Browser, Kind};
use lemon_tests::guest;
use lemon_tests::network::Change;
use lemon_tests::stage::Stage;
use lemon_tests::standin::{KNOWN_EN, KNOWN_KO};

use super::archive::bring_demo;
use super::faults::{is_ready, stage_behind, told};
use super::{INDEXING, SOON, ask, assert_quiet, hear};

const NOTHING: &str = "I have nothing to say to that. Ask me something else.";
const NOTHING_MORE: &str = "I have nothing more to say to that.";

/// As often as a bot remembers what it has said.
const AGAIN: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_says_when_it_has_nothing_to_say_in_chromium() {
    has_nothing_to_say(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_says_when_it_has_nothing_to_say_in_firefox() {
    has_nothing_to_say(Kind::Firefox).await;
}

/// Off its subjects, to laughter, the same thing over and over, of another year, and boldly.
async fn has_nothing_to_say(kind: Kind) {
    let stage = Stage::start().await.unwrap();
    stage.keep_up();
    let owner = Browser::open(kind).await.unwrap();
    let _folder = bring_demo(&owner, stage.origin()).await;
    // How well it learned is told in numbers, which are the same when it is opened again.
    let learned = owner.text("#learned .bars").await;
    assert_eq!(learned.matches(" of ").count(), 2, "{learned}");
    owner.reload().await;
    is_ready(&owner).await;
    assert_eq!(owner.text("#learned .bars").await, learned);
    owner.click("#chat").await;

    let off = "헌법재판소 재판관 임기가 몇 년이야?";
    assert_eq!(hear(&owner, off).await, NOTHING);
    for small in ["?", "ㅋㅋㅋ", "..."] {
        let says = hear(&owner, small).await;
        assert!(
            says == NOTHING_MORE || says.chars().count() <= 16 || says == NOTHING,
            "{says}"
        );
    }

    assert_eq!(ask(&owner, KNOWN_KO.said).await, KNOWN_KO.reply);
    let mut said = vec![KNOWN_KO.reply.to_owned()];
    while said.len() < AGAIN {
        let says = hear(&owner, KNOWN_KO.said).await;
        if says == NOTHING_MORE {
            break;
        }
        assert!(!said.contains(&says), "{says} again, after {said:?}");
        said.push(says);
    }

    // Whoever wants it anyway is answered anyway.
    owner.click(".manner summary").await;
    set(&owner, "boldness", "2").await;
    let says = ask(&owner, off).await;
    assert!(!says.is_empty());

    // Of a year it says what was written then.
    let year = "return [...document.querySelectorAll('#year option')].map((it) => it.value);";
    let years: Vec<String> = owner
        .until("the years", SOON, async || {
            let years = owner.execute(year, vec![]).await.ok()?;
            let years: Vec<String> = years.convert().ok()?;
            (years.len() > 2).then_some(years)
        })
        .await;
    let oldest = years.last().unwrap();
    set(&owner, "year", oldest).await;
    // It has said other things since.
    ask(&owner, "고양이 이름이 뭐야?").await;
    owner.click(".answer:last-of-type summary").await;
    let day = owner.text(".answer:last-of-type .day").await;
    assert!(day.contains(oldest.as_str()), "{day} is not of {oldest}");
    // How it answers outlives the page.
    owner.reload().await;
    owner.shown("#question").await;
    let summary = owner.text(".manner summary").await;
    assert!(summary.contains(oldest.as_str()), "{summary}");
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_begins_before_the_model_is_there_in_chromium() {
    begins_before_the_model(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_begins_before_the_model_is_there_in_firefox() {
    begins_before_the_model(Kind::Firefox).await;
}

/// Asks what the bot suggests while nothing of the model has come.
async fn begins_before_the_model(kind: Kind) {
    const SUGGESTED: &str = ".suggested .button";
    let (_stage, network) = stage_behind("/model/", &[]).await;
    let owner = Browser::open(kind).await.unwrap();
    let _folder = bring_demo(&owner, network.origin()).await;
    // It is chosen once all is ready, and kept.
    owner.click("#chat").await;
    let suggested = owner.shown_within(SUGGESTED, SOON).await;
    let first = suggested.text().await.unwrap();
    owner.reload().await;
    let suggested = owner.shown_within(SUGGESTED, SOON).await;
    assert_eq!(suggested.text().await.unwrap(), first);
    let greeting = owner.text("#greeting").await;
    owner.click(".brand").await;
    owner.click("#share").await;
    let link = owner.shown_within(".link", 2 * SOON).await;
    let link = link.value().await.unwrap().unwrap();

    network.change("manifest.json", Change::Held);
    let visitor = Browser::open(kind).await.unwrap();
    visitor.visit(&link).await;
    let suggested = visitor.shown_within(SUGGESTED, SOON).await;
    assert_eq!(suggested.text().await.unwrap(), first);
    assert_eq!(visitor.text("#greeting").await, greeting);
    visitor.click(SUGGESTED).await;
    let answer = visitor.shown_within(".answer summary p", SOON).await;
    let answer = answer.text().await.unwrap();
    assert!(!answer.is_empty());
    // What one asks oneself is found by its words; what is not waits, and that is said.
    visitor.shown("main[data-phase=opening]").await;
    let words: Vec<&str> = KNOWN_EN.reply.split(' ').take(4).collect();
    assert_eq!(ask(&visitor, &words.join(" ")).await, KNOWN_EN.reply);
    told(&visitor, ".closed", "model").await;
    let field = visitor.shown("#question").await;
    field.send_keys(KNOWN_KO.said).await.unwrap();
    visitor.click(".send:enabled").await;
    visitor.shown(".dots").await;
    field.send_keys("?").await.unwrap();
    visitor.shown(".send[disabled]").await;
    field.clear().await.unwrap();

    network.change_nothing();
    visitor
        .shown_within("main[data-phase=ready]", INDEXING)
        .await;
    let last = ".messages > .answer:last-of-type summary p";
    told(&visitor, last, KNOWN_KO.reply).await;
    // The owner's bot says the same to it.
    owner.click("#chat").await;
    owner.click(SUGGESTED).await;
    let own = owner.shown_within(".answer summary p", SOON).await;
    assert_eq!(own.text().await.unwrap(), answer);
    assert_quiet(&visitor).await;
    for browser in [owner, visitor] {
        browser.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_of_another_model_says_so_in_chromium() {
    of_another_model(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_of_another_model_says_so_in_firefox() {
    of_another_model(Kind::Firefox).await;
}

/// One whose files are gone, and who began to be asked before that was known.
async fn of_another_model(kind: Kind) {
    let stage = Stage::start().await.unwrap();
    let bot = bot_of_another_model();
    let link = guest::share(stage.origin(), &bot).await.unwrap();
    let visitor = Browser::open(kind).await.unwrap();
    visitor.visit(&link).await;
    told(&visitor, ".closed", "another model").await;
    // What it was given with its vector is answered all the same.
    visitor.click(".suggested .button").await;
    let answer = visitor.shown_within(".answer summary p", SOON).await;
    assert_eq!(answer.text().await.unwrap(), "레몬은 시다");
    visitor.close().await.unwrap();
}

/// Made without a model: it opens at once, and answers what it has a vector for.
pub fn bot_of_another_model() -> Bot {
    let vector = |along: usize| {
        let mut numbers = [0.05; DIM];
        numbers[along] = 0.5;
        Vector::quantise(&numbers)
    };
    let items = ["레몬은 시다", "감자는 맛있다"].into_iter().enumerate();
    let items = items.map(|(id, reply)| Item {
        entry: Entry {
            id: id.to_string().into(),
            reply: reply.into(),
            said: None,
            at: 0,
        },
        said: Some(vector(2 + id)),
        reply: vector(id),
    });
    let index = Index::new(items.collect());
    let learned = index.learned();
    Bot {
        model: "0123456789abcdef".into(),
        owner: Owner {
            name: "레몬".into(),
            handle: "lemon".into(),
        },
        made_at: 0,
        suggested: vec![Suggested {
            text: "레몬은 어때?".into(),
            vector: vector(2),
        }],
        lines: index
            .items()
            .map(|item| Line::of(&item, &learned))
            .collect(),
        learned,
        about: About::default(),
    }
}

/// Gives a field another value, as moving or choosing would.
async fn set(browser: &Browser, id: &str, value: &str) {
    let script = "const [id, value] = arguments;
        const field = document.getElementById(id);
        field.value = value;
        for (const kind of ['input', 'change']) {
            field.dispatchEvent(new Event(kind, { bubbles: true }));
        }";
    browser
        .execute(script, vec![id.into(), value.into()])
        .await
        .unwrap();
}
