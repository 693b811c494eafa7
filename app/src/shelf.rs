//! What the browser remembers of its bots, beside what is in their databases.

use lemon_model::bots::{Account, Bot, Bots};
use lemon_wire::Me;

use crate::browser;
use crate::session::account;

const BOTS: &str = "lemon-bots";

/// An account that has been proven, and of which nothing was begun yet.
const OFFER: &str = "lemon-offer";

/// What is to be deleted.
const DOOMED: &str = "lemon-doomed";

/// Until bots had ids of their own: whose bot this browser held, and whether its import was
/// begun.
const PERSON: &str = "lemon-person";
const BEGUN: &str = "lemon-begun";

/// The bots of this browser. One of the times before is carried over.
pub fn bots() -> Bots {
    known().unwrap_or_else(|| {
        let mut bots = Bots::default();
        let person = browser::recall(PERSON);
        let person = person.and_then(|json| serde_json::from_str::<Me>(&json).ok());
        if let Some(me) = person {
            // Its id is that of the account, whatever is drawn.
            bots.show(Bot::of(account(&me), [0; 16]));
        }
        bots
    })
}

/// Those that were kept, here or in another tab.
pub fn known() -> Option<Bots> {
    serde_json::from_str(&browser::recall(BOTS)?).ok()
}

pub fn keep(bots: &Bots) {
    if let Ok(json) = serde_json::to_string(bots) {
        browser::remember(BOTS, &json);
    }
    browser::forget(PERSON);
}

/// Whether the import of the bot `id` was begun before bots had ids of their own; it is told
/// once.
pub fn was_begun(id: &str) -> bool {
    let begun = browser::recall(BEGUN).is_some_and(|begun| begun == id);
    browser::forget(BEGUN);
    begun
}

/// What was begun then is of no account any more.
pub fn forget_begun() {
    browser::forget(BEGUN);
}

/// Ids of what is stored and is to be deleted, unless it is of a bot that there is: what was being
/// taken out of a file, and what that has taken the place of.
pub fn doomed() -> Vec<String> {
    let doomed = browser::recall(DOOMED);
    let doomed = doomed.and_then(|json| serde_json::from_str(&json).ok());
    doomed.unwrap_or_default()
}

pub fn doom(id: &str) {
    let mut doomed = doomed();
    doomed.push(id.to_owned());
    keep_doomed(&doomed);
}

/// It is deleted, or of a bot by now.
pub fn spare(id: &str) {
    let mut doomed = doomed();
    doomed.retain(|other| other != id);
    keep_doomed(&doomed);
}

fn keep_doomed(doomed: &[String]) {
    match serde_json::to_string(doomed) {
        Ok(json) if !doomed.is_empty() => browser::remember(DOOMED, &json),
        _ => browser::forget(DOOMED),
    }
}

pub fn offer() -> Option<Account> {
    serde_json::from_str(&browser::recall(OFFER)?).ok()
}

pub fn keep_offer(account: &Account) {
    if let Ok(json) = serde_json::to_string(account) {
        browser::remember(OFFER, &json);
    }
}

pub fn forget_offer() {
    browser::forget(OFFER);
}
