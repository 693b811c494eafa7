//! Posts and users as X's JSON, with the fields that were asked for.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    account::Directory,
    clock::timestamp,
    dialect::Selection,
    post::{Found, NEWEST, Post, SPAN, User, draw},
    problem,
    text::{self, Given},
};

/// The answer to a request for posts, without its `meta`.
#[must_use]
pub fn posts(directory: &Directory, posts: &[Post], selection: &Selection, base: &str) -> Value {
    let mut parents = BTreeMap::new();
    let mut users = BTreeMap::new();
    let mut errors = Vec::new();
    let dialect = selection.dialect;
    let wants_parents = selection.expands_parents();
    let wants_authors = selection.expands(dialect.parent_authors());
    for post in posts {
        if selection.expands("author_id") {
            users.insert(post.author.id, post.author.clone());
        }
        let Some(reference) = post.reference.filter(|_| wants_parents || wants_authors) else {
            continue;
        };
        let id = reference.id.to_string();
        match directory.find(reference.id) {
            Found::Shown(parent) => {
                if wants_authors {
                    users.insert(parent.author.id, parent.author.clone());
                }
                parents.insert(parent.id, parent);
            }
            Found::Hidden => errors.push(problem::not_authorized_entry(
                dialect.resource(),
                dialect.parents(),
                &id,
            )),
            Found::Missing => errors.push(problem::not_found_entry(
                dialect.resource(),
                dialect.parents(),
                &id,
            )),
        }
    }
    let mut answer = Map::new();
    if !posts.is_empty() {
        let data = posts.iter().map(|post| one(directory, post, selection));
        answer.insert("data".to_owned(), data.collect());
    }
    let mut includes = Map::new();
    if !users.is_empty() {
        let users = users
            .values()
            .map(|author| user(directory, author, selection, base));
        includes.insert("users".to_owned(), users.collect());
    }
    if !parents.is_empty() {
        let parents = parents
            .values()
            .rev()
            .map(|parent| one(directory, parent, selection));
        includes.insert(dialect.includes().to_owned(), parents.collect());
    }
    if !includes.is_empty() {
        answer.insert("includes".to_owned(), Value::Object(includes));
    }
    if !errors.is_empty() {
        answer.insert("errors".to_owned(), Value::Array(errors));
    }
    Value::Object(answer)
}

fn one(directory: &Directory, post: &Post, selection: &Selection) -> Value {
    let dialect = selection.dialect;
    let (given, note) = text::give(post);
    let entities =
        |given: &Given| given.entities(|handle| directory.user(handle).map(|user| user.id));
    let mut json = Map::new();
    let mut put = |name: &str, value: Value| json.insert(name.to_owned(), value);
    put("id", json!(post.id.to_string()));
    put(dialect.history(), json!([post.id.to_string()]));
    if selection.post("author_id") {
        put("author_id", json!(post.author.id.to_string()));
    }
    if selection.post("conversation_id") {
        put("conversation_id", json!(post.conversation.to_string()));
    }
    if selection.post("created_at") {
        put("created_at", json!(timestamp(post.at)));
    }
    if selection.post("lang") {
        put("lang", json!(post.lang.tag()));
    }
    if selection.post("display_text_range") {
        put("display_text_range", json!(text::shown(post, &given)));
    }
    if selection.post("possibly_sensitive") {
        put("possibly_sensitive", json!(false));
    }
    if selection.post("reply_settings") {
        put("reply_settings", json!("everyone"));
    }
    if let Some(user) = post
        .answers
        .filter(|_| selection.post("in_reply_to_user_id"))
    {
        put("in_reply_to_user_id", json!(user.to_string()));
    }
    if let Some(reference) = post
        .reference
        .filter(|_| selection.post(dialect.references()))
    {
        put(
            dialect.references(),
            json!([{ "type": reference.relation.name(), "id": reference.id.to_string() }]),
        );
    }
    if selection.post("public_metrics") {
        put("public_metrics", post_metrics(post.id));
    }
    if selection.post("entities") {
        let entities = entities(&given);
        if !entities.is_empty() {
            put("entities", Value::Object(entities));
        }
    }
    if let Some(note) = note.filter(|_| selection.post(dialect.note())) {
        let entities = entities(&note);
        let mut whole = json!({ "text": note.text });
        if !entities.is_empty() {
            whole["entities"] = Value::Object(entities);
        }
        put(dialect.note(), whole);
    }
    put("text", json!(given.text));
    Value::Object(json)
}

/// A user; `base` is the stand-in's own address, where avatars are.
#[must_use]
pub fn user(directory: &Directory, user: &User, selection: &Selection, base: &str) -> Value {
    let mut json = Map::new();
    let mut put = |name: &str, value: Value| json.insert(name.to_owned(), value);
    put("id", json!(user.id.to_string()));
    put("name", json!(user.name));
    put("username", json!(user.handle));
    if selection.user("protected") {
        put("protected", json!(user.protected));
    }
    if selection.user("profile_image_url") {
        put(
            "profile_image_url",
            json!(format!("{base}/_avatar/{}", user.handle)),
        );
    }
    if selection.user("verified") {
        put("verified", json!(false));
    }
    if selection.user("description") {
        put("description", json!(""));
    }
    if selection.user("created_at") {
        put("created_at", json!(timestamp(NEWEST - 2 * SPAN)));
    }
    if selection.user("public_metrics") {
        let posts = directory
            .account(&user.handle)
            .map_or_else(|| number(user.id, 5, 9_000), |account| account.len());
        put(
            "public_metrics",
            json!({
                "followers_count": number(user.id, 1, 900),
                "following_count": number(user.id, 2, 600),
                "listed_count": number(user.id, 3, 9),
                "like_count": number(user.id, 4, 20_000),
                "tweet_count": posts,
            }),
        );
    }
    Value::Object(json)
}

fn post_metrics(id: u64) -> Value {
    json!({
        "retweet_count": number(id, 1, 4),
        "reply_count": number(id, 2, 5),
        "like_count": number(id, 3, 30),
        "quote_count": number(id, 4, 2),
        "bookmark_count": number(id, 5, 3),
        "impression_count": number(id, 6, 900),
    })
}

fn number(id: u64, salt: u64, end: usize) -> usize {
    draw(id, salt, end)
}
