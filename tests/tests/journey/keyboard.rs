//! From the first page to a link and back, with nothing but a keyboard.

use lemon_tests::browser::{Browser, Kind};
use lemon_tests::standin::KNOWN_KO;
use thirtyfour::{By, Key, TypingData};

use super::faults::told;
use super::{INDEXING, SOON, assert_quiet, landed};

/// Whether the focus goes on or back. Past the last element of a page it goes to the browser.
#[derive(Clone, Copy)]
enum Way {
    On,
    Back,
}

/// Elements that may come before the one that is wanted.
const MOST: usize = 80;

#[tokio::test(flavor = "multi_thread")]
async fn a_keyboard_is_enough_in_chromium() {
    by_keyboard(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyboard_is_enough_in_firefox() {
    by_keyboard(Kind::Firefox).await;
}

/// Types where the focus is.
async fn press(browser: &Browser, keys: impl Into<TypingData>) {
    let keys = browser.action_chain().send_keys(keys);
    keys.perform().await.unwrap();
}

async fn step(browser: &Browser, way: Way) {
    let keys = browser.action_chain();
    let keys = match way {
        Way::On => keys.send_keys(Key::Tab),
        Way::Back => keys
            .key_down(Key::Shift)
            .send_keys(Key::Tab)
            .key_up(Key::Shift),
    };
    keys.perform().await.unwrap();
}

/// Goes from where the focus is until it is on what `css` selects, which has to be there.
async fn go_to(browser: &Browser, way: Way, css: &str) {
    browser.shown(css).await;
    let is_there = format!("return Boolean(document.activeElement?.matches(\"{css}\"))");
    let mut is_on_it = false;
    for _ in 0..MOST {
        step(browser, way).await;
        let there = browser.execute(&is_there, vec![]).await.unwrap();
        is_on_it = there.convert::<bool>().unwrap();
        if is_on_it {
            break;
        }
    }
    assert!(is_on_it, "the focus never comes to {css}");
}

/// The same on a page of ours, where it is to be seen.
async fn see(browser: &Browser, way: Way, css: &str) {
    go_to(browser, way, css).await;
    let ring = "const ring = getComputedStyle(document.activeElement);
        return `${ring.outlineStyle} ${ring.outlineWidth} ${document.activeElement.matches(':focus-visible')}`";
    let ring = browser.execute(ring, vec![]).await.unwrap();
    assert_eq!(ring.convert::<String>().unwrap(), "solid 3px true", "{css}");
}

/// Goes there and presses it.
async fn use_it(browser: &Browser, way: Way, css: &str) {
    see(browser, way, css).await;
    press(browser, Key::Enter).await;
}

async fn by_keyboard(kind: Kind) {
    let (_stage, owner) = landed(kind).await;
    use_it(&owner, Way::On, "#trial .suggested .button").await;
    owner.shown("#trial .answer summary p").await;

    use_it(&owner, Way::On, "#sign-in").await;
    go_to(&owner, Way::On, "#handle").await;
    press(&owner, "posts_300").await;
    press(&owner, Key::Enter).await;
    owner.shown("main[data-phase=consent]").await;
    use_it(&owner, Way::On, "#start").await;
    owner.shown_within("main[data-phase=ready]", INDEXING).await;

    use_it(&owner, Way::On, "#chat").await;
    owner.shown_within("#question:enabled", SOON).await;
    see(&owner, Way::On, "#question").await;
    press(&owner, KNOWN_KO.said).await;
    press(&owner, Key::Enter).await;
    told(&owner, ".answer summary", KNOWN_KO.reply).await;
    use_it(&owner, Way::Back, ".answer summary").await;
    owner.shown(".answer details[open] a").await;

    use_it(&owner, Way::Back, ".brand").await;
    use_it(&owner, Way::On, "#share").await;
    owner.shown_within(".link", INDEXING).await;
    use_it(&owner, Way::On, "#delete").await;
    // Deleting asks once more, and the focus is at the answer that loses nothing.
    let refuses = async || {
        let focused = owner.active_element().await.ok()?;
        (focused.id().await.ok()??.as_str() == "delete-no").then_some(())
    };
    owner.until("the safer answer", SOON, refuses).await;
    press(&owner, Key::Escape).await;
    owner.shown("#delete").await;
    press(&owner, Key::Enter).await;
    owner.shown("#delete-yes:enabled").await;
    owner.until("the safer answer", SOON, refuses).await;
    step(&owner, Way::Back).await;
    press(&owner, Key::Enter).await;
    owner.shown("main[data-phase=landing]").await;
    assert!(owner.find(By::Css("#ready")).await.is_err());
    assert_quiet(&owner).await;
    owner.close().await.unwrap();
}
