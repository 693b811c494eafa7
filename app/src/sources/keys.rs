//! What the browser remembers of servers at which this page is known, and the keys without which
//! posts cannot be read there, until they are.

use lemon_model::feed::Feed;
use lemon_model::sources::exchange::{Client, Key};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::browser;

const CLIENTS: &str = "lemon-clients";
const KEYS: &str = "lemon-keys";

pub fn clients() -> Vec<Client> {
    recall(CLIENTS)
}

/// Forgets both.
pub fn forget() {
    browser::forget(CLIENTS);
    browser::forget(KEYS);
}

/// That this page is known at `server` as `client`, or is not.
pub fn know(server: &str, client: Option<Client>) {
    let mut clients = clients();
    clients.retain(|known| known.server != server);
    clients.extend(client);
    remember(CLIENTS, &clients);
}

/// The key to the posts of `feed`.
pub fn of(feed: &Feed) -> Option<Key> {
    let keys: Vec<(Feed, Key)> = recall(KEYS);
    let mut keys = keys.into_iter();
    keys.find(|(of, _)| of == feed).map(|(_, key)| key)
}

/// Keeps it, in place of an older one.
pub fn keep(feed: &Feed, key: Option<Key>) {
    let mut keys: Vec<(Feed, Key)> = recall(KEYS);
    keys.retain(|(of, _)| of != feed);
    keys.extend(key.map(|key| (feed.clone(), key)));
    if keys.is_empty() {
        browser::forget(KEYS);
    } else {
        remember(KEYS, &keys);
    }
}

/// Forgets it and gives it.
pub fn take(feed: &Feed) -> Option<Key> {
    let key = of(feed);
    keep(feed, None);
    key
}

fn recall<T: DeserializeOwned>(key: &str) -> Vec<T> {
    let json = browser::recall(key);
    let known = json.and_then(|json| serde_json::from_str(&json).ok());
    known.unwrap_or_default()
}

fn remember(key: &str, value: &impl Serialize) {
    if let Ok(json) = serde_json::to_string(value) {
        browser::remember(key, &json);
    }
}
