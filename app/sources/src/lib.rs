//! The sources' Web Worker: the one place from which servers are asked that are not our own. It
//! has a policy of its own, by which it may connect to any (`public/_headers`).

mod ask;
mod bluesky;
mod mastodon;
mod misskey;
mod sign_in;

use lemon_desk::server;
use lemon_model::feed::{Feed, Source};
use lemon_model::library::{Import, Page};
use lemon_model::protocol;
use lemon_model::sources::exchange::{Begin, FromSources, Key, Left, Refusal, ToSources};
use lemon_model::sources::given::{Given, Wishes};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

#[wasm_bindgen(start)]
fn start() {
    spawn_local(server::serve(FromSources::Failed, answer));
}

async fn answer(request: ToSources) -> FromSources {
    let answered = match request {
        ToSources::Places(places) => {
            bluesky::be_at(places);
            Ok(FromSources::Done)
        }
        ToSources::Begin {
            source,
            server,
            begin,
        } => sign_in::begin(source, &server, &begin)
            .await
            .map(|(address, left)| FromSources::Begun { address, left }),
        ToSources::Finish { left, query, begin } => finish(left, &query, &begin).await,
        ToSources::Page {
            feed,
            cursor,
            wishes,
            key,
        } => given(&feed, cursor.as_deref(), wishes, key.as_ref())
            .await
            .map(|given| page(feed, cursor.as_deref(), given)),
        ToSources::Drop(key) => {
            mastodon::drop(&key).await;
            Ok(FromSources::Done)
        }
    };
    answered.unwrap_or_else(FromSources::Refused)
}

async fn finish(left: Left, query: &str, begin: &Begin) -> Result<FromSources, Refusal> {
    match left.source {
        Source::Misskey => misskey::finish(&left, query).await,
        Source::Mastodon => mastodon::finish(left, query, begin).await,
        Source::Bluesky => bluesky::finish(&left, query, begin).await,
        _ => Err(Refusal::OtherSoftware),
    }
}

async fn given(
    feed: &Feed,
    cursor: Option<&str>,
    wishes: Wishes,
    key: Option<&Key>,
) -> Result<Given, Refusal> {
    match feed.source {
        Source::Misskey => misskey::page(feed, cursor, wishes).await,
        Source::Mastodon => mastodon::page(feed, cursor, wishes, key).await,
        Source::Bluesky => bluesky::page(feed, cursor, wishes).await,
        _ => Err(Refusal::OtherSoftware),
    }
}

fn page(feed: Feed, cursor: Option<&str>, given: Given) -> FromSources {
    // A place that leads to itself leads nowhere.
    let stalled = cursor.is_some() && given.next.as_deref() == cursor;
    let next = given.next.filter(|_| !stalled);
    let next = next.map_or(Import::Done, Import::At);
    let posts = given.posts.len();
    let page = Page {
        posts: given.posts,
        left_out: u32::try_from(given.left_out).unwrap_or(u32::MAX),
        stalled,
        ..Page::mark(feed, next.clone())
    };
    match protocol::pack(&page) {
        Ok(packed) => FromSources::Page {
            packed,
            posts,
            next,
        },
        Err(_) => FromSources::Failed,
    }
}
