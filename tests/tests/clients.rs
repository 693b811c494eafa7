//! Others' clients at the stand-ins: what they can read is as true as they are.
//!
//! They run where `LEMON_CLIENTS` names a folder `node_modules` with what
//! `tests/clients/package.json` asks for, in Node.

#![allow(
    clippy::unwrap_used,
    reason = "functions that only tests call are not recognised as tests"
)]

use std::path::Path;

use lemon_model::{
    sources::{mastodon::plain as plain_html, misskey::plain as plain_mfm},
    text::clean,
};
use lemon_tests::{
    mastodon::{self, Mastodon},
    misskey::{self, Misskey},
    standin::KNOWN,
};
use serde::Deserialize;
use tokio::process::Command;

const PERSON: &str = "posts_300";

/// What a client prints.
#[derive(Debug, Deserialize)]
struct Told {
    username: String,
    /// Whether the proof was given twice.
    again: Option<bool>,
    state: Option<String>,
    /// What the client makes of a refusal.
    refused: serde_json::Value,
    posts: usize,
    /// What was said, and what was answered.
    exchanges: Vec<(String, String)>,
}

async fn run(script: &str, url: &str) -> Told {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(script);
    let output = Command::new("node")
        .arg(script)
        .args([url, PERSON])
        .output()
        .await
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Node and others' clients"]
async fn misskeys_own_client_signs_in_and_reads() {
    let standin = Misskey::start(misskey::Config::default()).await.unwrap();
    let told = run("misskey.mjs", standin.url()).await;
    assert_eq!((told.username.as_str(), told.again), (PERSON, Some(false)));
    assert_eq!(told.refused, "NO_SUCH_USER");
    let contents = standin.contents(PERSON).unwrap();
    assert_eq!(told.posts, contents.public + contents.unlisted);
    assert!(told.exchanges.len() >= contents.open_parents);
    for known in KNOWN {
        let says = |text: &str| clean(&plain_mfm(text, true));
        let mut exchanges = told.exchanges.iter();
        assert!(
            exchanges.any(|(said, reply)| says(said) == known.said && says(reply) == known.reply)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Node and others' clients"]
async fn a_client_of_mastodons_api_signs_in_and_reads() {
    let standin = Mastodon::start(mastodon::Config::default()).await.unwrap();
    let told = run("mastodon.mjs", standin.url()).await;
    assert_eq!(
        (told.username.as_str(), told.state.as_deref()),
        (PERSON, Some("lemon"))
    );
    assert_eq!(told.refused, 403, "its token is for the profile only");
    let contents = standin.contents(PERSON).unwrap();
    assert_eq!(told.posts, contents.public + contents.unlisted);
    assert!(told.exchanges.len() >= contents.open_parents);
    for known in KNOWN {
        let says = |html: &str| clean(&plain_html(html, &["blob_lemon"], true));
        let mut exchanges = told.exchanges.iter();
        assert!(
            exchanges.any(|(said, reply)| says(said) == known.said && says(reply) == known.reply)
        );
    }
}
