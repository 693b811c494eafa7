//! The public API: who is called how, and what they wrote.

use std::collections::HashSet;

use axum::{
    Extension, Json, Router,
    extract::{RawQuery, State},
    http::HeaderName,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{
    Here, Shared, address,
    fault::{self, Kind},
    person::Person,
    post::{is_repost, moment, refers},
    xrpc::{Answer, Parameters, Refusal},
};
use crate::standin::{
    clock::timestamp,
    post::{Found, NEWEST, Post, Relation, SPAN},
    query::Query,
};

/// Most posts that can be asked for by their addresses.
pub const MAX_POSTS: usize = 25;

/// Most people whose relationships to somebody can be asked for.
const MAX_OTHERS: usize = 30;

/// Whose labels are in the views.
const LABELERS: (HeaderName, &str) = (
    HeaderName::from_static("atproto-content-labelers"),
    "did:plc:ar7c4by46qjdydhdevvrndac;redact",
);

pub fn routes() -> Router<Here> {
    Router::new()
        .route("/xrpc/com.atproto.identity.resolveHandle", get(resolve))
        .route("/xrpc/app.bsky.actor.getProfile", get(profile))
        .route("/xrpc/app.bsky.feed.getAuthorFeed", get(feed))
        .route("/xrpc/app.bsky.feed.getPosts", get(posts))
        .route("/xrpc/app.bsky.graph.getRelationships", get(relationships))
        .fallback(async || Refusal::not_implemented())
}

/// `GET /xrpc/com.atproto.identity.resolveHandle?handle=`
pub async fn resolve(State(here): State<Here>, RawQuery(query): RawQuery) -> Answer {
    let query = parsed(query.as_deref());
    let parameters = Parameters {
        method: "com.atproto.identity.resolveHandle",
        query: &query,
    };
    let handle = parameters.person("handle")?;
    let person = here
        .shared
        .person(handle)
        .filter(|_| !handle.starts_with("did:"));
    let person = person.ok_or_else(|| Refusal::invalid("Unable to resolve handle"))?;
    Ok(Json(json!({ "did": person.did })))
}

/// `GET /xrpc/app.bsky.actor.getProfile?actor=`
async fn profile(State(here): State<Here>, RawQuery(query): RawQuery) -> Response {
    let query = parsed(query.as_deref());
    let parameters = Parameters {
        method: "app.bsky.actor.getProfile",
        query: &query,
    };
    labelled(actor(&here.shared, &parameters).map(|person| {
        let mut profile = here.shared.basic_profile(person.account.user());
        for (name, value) in [
            ("description", json!("레몬 🍋")),
            ("indexedAt", json!(timestamp(NEWEST - SPAN))),
            ("followersCount", json!(12)),
            ("followsCount", json!(34)),
            ("postsCount", json!(here.shared.posts_of(&person))),
        ] {
            profile[name] = value;
        }
        if let Some(post) = pinned(&person) {
            let uri = here.shared.post_uri(&post.author, post.id);
            profile["pinnedPost"] = json!({ "uri": uri, "cid": address::cid(&uri) });
        }
        Json(profile)
    }))
}

/// `GET /xrpc/app.bsky.feed.getAuthorFeed?actor=&limit=&filter=&cursor=&includePins=`
async fn feed(
    State(here): State<Here>,
    fault: Option<Extension<Kind>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = parsed(query.as_deref());
    let parameters = Parameters {
        method: "app.bsky.feed.getAuthorFeed",
        query: &query,
    };
    let fault = fault.map(|Extension(kind)| kind);
    labelled(page(&here.shared, &parameters, fault).map(Json))
}

/// `GET /xrpc/app.bsky.feed.getPosts?uris=&uris=`: missing ones are left out.
async fn posts(State(here): State<Here>, RawQuery(query): RawQuery) -> Response {
    let query = parsed(query.as_deref());
    let parameters = Parameters {
        method: "app.bsky.feed.getPosts",
        query: &query,
    };
    labelled(posts_at(&here.shared, &parameters))
}

fn posts_at(shared: &Shared, parameters: &Parameters) -> Answer {
    let mut uris = parameters.several("uris", MAX_POSTS)?;
    if uris.is_empty() {
        return Err(parameters.refuse("Missing required key \"uris\""));
    }
    if let Some(other) = uris.iter().find(|uri| !uri.starts_with("at://")) {
        return Err(parameters.refuse(&format!("Invalid at-uri (got \"{other}\")")));
    }
    let mut seen = HashSet::new();
    uris.retain(|uri| seen.insert(*uri));
    let posts = uris.iter().filter_map(|uri| shared.post_at(uri));
    let views: Vec<Value> = posts.map(|post| shared.post_view(&post)).collect();
    Ok(Json(json!({ "posts": views })))
}

/// `GET /xrpc/app.bsky.graph.getRelationships?actor=&others=&others=`; without a header, as it
/// has nobody's labels.
async fn relationships(State(here): State<Here>, RawQuery(query): RawQuery) -> Response {
    let query = parsed(query.as_deref());
    let parameters = Parameters {
        method: "app.bsky.graph.getRelationships",
        query: &query,
    };
    related(&here.shared, &parameters).into_response()
}

fn related(shared: &Shared, parameters: &Parameters) -> Answer {
    let actor = parameters.person("actor")?;
    let others = parameters.several("others", MAX_OTHERS)?;
    let person = shared.person(actor);
    let blocks = person.as_ref().map(|person| shared.blocks(person));
    let relationship = |other: &&str| {
        let known = address::plc_user(other);
        let known = known.filter(|user| shared.directory.user_by_id(*user).is_some());
        let Some((user, blocks)) = known.zip(blocks.as_ref()) else {
            return json!({
                "$type": "app.bsky.graph.defs#notFoundActor", "actor": other, "notFound": true,
            });
        };
        let mut relationship = json!({ "$type": "app.bsky.graph.defs#relationship", "did": other });
        if blocks.contains(&user) {
            let record = address::uri(other, "app.bsky.graph.block", &address::key(user));
            relationship["blockedBy"] = json!(record);
        }
        relationship
    };
    let relationships: Vec<Value> = others.iter().map(relationship).collect();
    let mut body = json!({ "relationships": relationships });
    if let Some(person) = person {
        body["actor"] = json!(person.did);
    }
    Ok(Json(body))
}

/// A page of somebody's feed.
fn page(shared: &Shared, parameters: &Parameters, fault: Option<Kind>) -> Result<Value, Refusal> {
    let person = actor(shared, parameters)?;
    let limit = parameters.limit()?;
    let query = parameters.query;
    let asked = query.get("cursor");
    // Cursors of an earlier kind lead nowhere (bsky, `clearlyBadCursor`).
    if asked.is_some_and(|cursor| cursor.contains("::")) {
        return Ok(json!({ "feed": [] }));
    }
    let filter = query.get("filter").unwrap_or("posts_with_replies");
    let pin = query.get("includePins") == Some("true") && asked.is_none();
    let pin = pinned(&person).filter(|_| pin);

    let cursor = asked.filter(|_| fault != Some(Kind::Endless));
    let end = person
        .account
        .len()
        .min(shared.feed_reach.unwrap_or(usize::MAX));
    let start = cursor.map_or(0, |cursor| {
        person.first(|post| moment(post).as_str() < cursor)
    });
    let start = start.max(shared.newest(&person.did));
    let mut items: Vec<Post> = (start..end)
        .filter_map(|index| person.account.post(index))
        .filter(|post| fits(shared, &person, post, filter))
        .take(limit)
        .collect();
    let mut next = items.last().filter(|_| items.len() == limit).map(moment);
    match fault {
        Some(Kind::EmptyPage) => {
            // Leads to what is left out here.
            next = items.first().map(|post| format!("{}~", moment(post)));
            items.clear();
        }
        Some(Kind::ShortPage) => {
            items.truncate(items.len().div_ceil(2));
            next = items.last().map(moment).or(next);
        }
        Some(Kind::Ends) => next = None,
        Some(Kind::SameCursor) => next = asked.map(str::to_owned).or(next),
        Some(Kind::Endless) => next = Some(fault::another(asked)),
        _ => {}
    }

    let is_pinned = |post: &Post| pin.as_ref().is_some_and(|pin| pin.id == post.id);
    let mut feed = Vec::new();
    if let Some(pin) = &pin {
        let reason = json!({ "$type": "app.bsky.feed.defs#reasonPin" });
        feed.push(with_reason(item(shared, pin), reason));
    }
    for post in items.iter().filter(|post| !is_pinned(post)) {
        feed.extend(shown(shared, &person, post));
    }
    let mut page = json!({ "feed": feed });
    if let Some(next) = next {
        page["cursor"] = json!(next);
    }
    Ok(page)
}

/// `app.bsky.feed.defs#feedViewPost`; none for a repost of what is gone.
fn shown(shared: &Shared, person: &Person, post: &Post) -> Option<Value> {
    let Some(reference) = refers(post, Relation::Retweeted) else {
        return Some(item(shared, post));
    };
    let Found::Shown(other) = shared.directory.find(reference.id) else {
        return None;
    };
    let uri = address::uri(&person.did, address::REPOSTS, &address::key(post.id));
    let reason = json!({
        "$type": "app.bsky.feed.defs#reasonRepost",
        "by": shared.basic_profile(person.account.user()),
        "uri": uri,
        "cid": address::cid(&uri),
        "indexedAt": timestamp(post.at + 1),
    });
    Some(with_reason(item(shared, &other), reason))
}

fn item(shared: &Shared, post: &Post) -> Value {
    let mut item = json!({ "post": shared.post_view(post) });
    if let Some(reply) = shared.reply_view(post) {
        item["reply"] = reply;
    }
    item
}

fn with_reason(mut item: Value, reason: Value) -> Value {
    item["reason"] = reason;
    item
}

fn fits(shared: &Shared, person: &Person, post: &Post, filter: &str) -> bool {
    let is_reply = refers(post, Relation::RepliedTo).is_some();
    match filter {
        "posts_no_replies" => !is_reply,
        "posts_and_author_threads" => {
            !is_reply
                || shared
                    .root(post)
                    .starts_with(&format!("at://{}/", person.did))
        }
        // Nobody here has pictures.
        "posts_with_media" | "posts_with_video" => false,
        _ => true,
    }
}

/// The oldest post is the one that is shown above all others.
fn pinned(person: &Person) -> Option<Post> {
    (0..person.account.len())
        .rev()
        .filter_map(|index| person.account.post(index))
        .find(|post| !is_repost(post))
}

fn actor<'a>(shared: &'a Shared, parameters: &Parameters) -> Result<Person<'a>, Refusal> {
    let actor = parameters.person("actor")?;
    shared
        .person(actor)
        .ok_or_else(|| Refusal::invalid("Profile not found"))
}

fn parsed(query: Option<&str>) -> Query {
    Query::parse(query.unwrap_or_default())
}

/// An answer with the header that says whose labels were asked for.
fn labelled(answer: Answer) -> Response {
    match answer {
        Ok(body) => ([LABELERS], body).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}
