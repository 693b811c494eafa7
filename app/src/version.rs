//! Whether this page is an old one: after a deploy its workers and its model may be gone.

use std::time::Duration;

use gloo_net::http::Request;
use gloo_timers::future::sleep;
use lemon_model::protocol::EncoderFailure;
use leptos::task::spawn_local;
use web_sys::RequestCache;

use crate::browser;
use crate::edge::{self, EdgeError};
use crate::trouble::Trouble;

/// Where the tab remembers for which page it was loaded again.
const RENEWED: &str = "lemon-renewed";

/// What the addresses of the page's own files begin with.
const FILES: &str = "/lemon-app-";

/// How long it is told that the page is loaded again before it is.
const NOTICE: Duration = Duration::from_secs(5);

/// What is behind `trouble`: where files that the page needs cannot be had, or answers not be
/// read, it is asked for by now in another version. The page is then loaded again, once for
/// each version; everything that was done is in the browser's storage.
pub async fn explained(trouble: Trouble) -> Trouble {
    let may_be_old = matches!(
        trouble,
        Trouble::NotStarted
            | Trouble::OtherModel
            | Trouble::Encoder(EncoderFailure::Network | EncoderFailure::Files)
            | Trouble::Edge(EdgeError::Unreadable)
    );
    if !may_be_old {
        return trouble;
    }
    let Some(newer) = newer().await else {
        return trouble;
    };
    // A page that is still not whole after that will not become so by being loaded again.
    if browser::recall_in_tab(RENEWED).as_ref() != Some(&newer)
        && browser::remember_in_tab(RENEWED, &newer)
    {
        spawn_local(async {
            sleep(NOTICE).await;
            browser::reload();
        });
    }
    Trouble::Outdated
}

/// Whether a page with this text is this one.
pub fn is_own(text: &str) -> bool {
    browser::links_to(FILES)
        .iter()
        .any(|file| text.contains(file))
}

/// The name of a file of the page that is served now, if it is another page than this one.
async fn newer() -> Option<String> {
    let request = Request::get("/").cache(RequestCache::NoCache);
    let answer = edge::in_time(request).send().await.ok()?;
    let served = answer.text().await.ok()?;
    // What a network's own sign-in page answers with is no version of ours.
    if browser::links_to(FILES).is_empty() || is_own(&served) || !answer.ok() {
        return None;
    }
    let (_, name) = served.split_once(FILES)?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric())?;
    Some(name[..end].to_owned())
}
