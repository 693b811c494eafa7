//! Bluesky: a feed of posts with what they answer inside, and the records of a person's own
//! server, which go on where the feed ends early.

mod facets;
mod place;
pub mod sign_in;

use form_urlencoded::Serializer;
use lemon_given::lenient::{Each, List, Maybe, Object};
use lemon_given::time::Time;
use serde::Deserialize;
use serde::de::IgnoredAny;

use facets::Facet;
pub use facets::plain;
pub use place::Place;

use super::given::{Given, MAX_LANG, Read, Unreadable, Wishes, answer, time};
use super::words::Words;
use crate::corpus::{Content, Parent, Post};

/// Most posts that are asked for at once.
pub const PAGE: usize = 100;

/// Most posts that are asked for at once by their addresses.
pub const PARENTS: usize = 25;

/// Most people whose relationships to somebody are asked for at once.
pub const OTHERS: usize = 30;

/// Longest address of a post and longest cursor that is kept, in bytes.
const MAX_ADDRESS: usize = 512;

/// Longest identity, in bytes.
const MAX_DID: usize = 2_048;

/// The collection of posts in a repository.
const POSTS: &str = "app.bsky.feed.post";

/// Says of an account, or of a post, that strangers are not to see it.
const FOR_MEMBERS: &str = "!no-unauthenticated";

#[derive(Deserialize)]
struct Feed {
    feed: Vec<Each<Item>>,
    #[serde(default)]
    cursor: Maybe<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    post: Maybe<Object<View>>,
    reply: Maybe<Object<Answered>>,
    /// Why somebody else's post, or one of another time, is in the feed.
    reason: Maybe<Object<IgnoredAny>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answered {
    parent: Maybe<Object<View>>,
}

/// A post as it is shown; of what is not, why.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct View {
    uri: Maybe<String>,
    author: Maybe<Object<Author>>,
    record: Maybe<Object<Record>>,
    labels: List<Object<Label>>,
    blocked: Maybe<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Author {
    did: Maybe<String>,
    labels: List<Object<Label>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Label {
    val: Maybe<String>,
}

/// A post as its author wrote it.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Record {
    text: Words,
    created_at: Maybe<Time>,
    langs: List<String>,
    facets: List<Object<Facet>>,
    reply: Maybe<Object<References>>,
    labels: Maybe<Object<Warnings>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct References {
    parent: Maybe<Object<Reference>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reference {
    uri: Maybe<String>,
}

/// What the author warns of.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Warnings {
    values: List<Object<Label>>,
}

#[derive(Deserialize)]
struct Records {
    records: Vec<Each<Kept>>,
    #[serde(default)]
    cursor: Maybe<String>,
}

/// A record with its place.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Kept {
    uri: Maybe<String>,
    value: Maybe<Object<Record>>,
}

#[derive(Deserialize)]
struct Relationships {
    relationships: Vec<Each<Relationship>>,
}

/// How somebody and another one stand to each other: addresses of records, where there are any.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Relationship {
    did: Maybe<String>,
    blocking: Maybe<String>,
    blocked_by: Maybe<String>,
    blocking_by_list: Maybe<String>,
    blocked_by_list: Maybe<String>,
}

#[derive(Deserialize)]
struct Posts {
    posts: Vec<Each<View>>,
}

/// Where a page of the feed of the account `me` is, behind the origin of the public API.
#[must_use]
pub fn feed_path(me: &str, cursor: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query
        .append_pair("actor", me)
        .append_pair("limit", &PAGE.to_string())
        .append_pair("filter", "posts_with_replies");
    if let Some(cursor) = cursor {
        query.append_pair("cursor", cursor);
    }
    format!("/xrpc/app.bsky.feed.getAuthorFeed?{}", query.finish())
}

/// Where a page of the records of the account `me` is, behind the origin of its own server.
#[must_use]
pub fn records_path(me: &str, cursor: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query
        .append_pair("repo", me)
        .append_pair("collection", POSTS)
        .append_pair("limit", &PAGE.to_string());
    if let Some(cursor) = cursor {
        query.append_pair("cursor", cursor);
    }
    format!("/xrpc/com.atproto.repo.listRecords?{}", query.finish())
}

/// Where several posts are, at most [`PARENTS`], behind the origin of the public API.
#[must_use]
pub fn parents_path(addresses: &[&str]) -> String {
    let addresses = addresses.iter().take(PARENTS).map(|at| ("uris", *at));
    let query = Serializer::new(String::new())
        .extend_pairs(addresses)
        .finish();
    format!("/xrpc/app.bsky.feed.getPosts?{query}")
}

/// Where it is said how `me` and others, at most [`OTHERS`], stand to each other, behind the
/// origin of the public API.
#[must_use]
pub fn relationships_path(me: &str, others: &[&str]) -> String {
    let others = others.iter().take(OTHERS).map(|did| ("others", *did));
    let query = Serializer::new(String::new())
        .append_pair("actor", me)
        .extend_pairs(others)
        .finish();
    format!("/xrpc/app.bsky.graph.getRelationships?{query}")
}

/// A page of `app.bsky.feed.getAuthorFeed`, of the account `me`. A short or empty page with a
/// cursor is not the last one.
///
/// # Errors
/// [`Unreadable`] for what is no feed.
pub fn feed(body: &[u8], me: &str, wishes: Wishes) -> Result<Given, Unreadable> {
    let page: Feed = answer(body)?;
    let mut given = Given {
        next: cursor(page.cursor),
        ..Given::default()
    };
    for Each(item) in page.feed.into_iter().take(PAGE) {
        given.add(item.map_or(Read::Odd, |item| item.post(me, wishes)));
    }
    Ok(given)
}

/// A page of `com.atproto.repo.listRecords`, of the account `me`; it ends with an empty one.
/// What the posts answer is not in it, and stands as gone until it was asked for.
///
/// # Errors
/// [`Unreadable`] for what is no list of records.
pub fn records(body: &[u8], me: &str, wishes: Wishes) -> Result<Given, Unreadable> {
    let page: Records = answer(body)?;
    let mut given = Given {
        next: cursor(page.cursor).filter(|_| !page.records.is_empty()),
        ..Given::default()
    };
    for Each(kept) in page.records.into_iter().take(PAGE) {
        given.add(kept.map_or(Read::Odd, |Kept { uri, value }| {
            post(uri, value, Content::Gone, me, wishes)
        }));
    }
    Ok(given)
}

/// Whom `app.bsky.graph.getRelationships` names of those that were asked for, and whether one of
/// the two has blocked the other. Whoever has gone is not named.
///
/// # Errors
/// [`Unreadable`] for what is no list of relationships.
pub fn blocked(body: &[u8]) -> Result<Vec<(String, bool)>, Unreadable> {
    let Relationships { relationships } = answer(body)?;
    let known = relationships.into_iter().take(OTHERS);
    let known = known.filter_map(|Each(relationship)| relationship);
    Ok(known
        .filter_map(|relationship| {
            let Relationship {
                did,
                blocking,
                blocked_by,
                blocking_by_list,
                blocked_by_list,
            } = relationship;
            let records = [blocking, blocked_by, blocking_by_list, blocked_by_list];
            let is_blocked = records.iter().any(|record| record.0.is_some());
            Some((did.0?, is_blocked))
        })
        .collect())
}

/// What `app.bsky.feed.getPosts` says of posts that are answered: their addresses, and what is
/// known of them. Those that it does not name are gone.
///
/// # Errors
/// [`Unreadable`] for what is no list of posts.
pub fn parents(
    body: &[u8],
    me: &str,
    wishes: Wishes,
) -> Result<Vec<(String, Content)>, Unreadable> {
    let Posts { posts } = answer(body)?;
    let known = posts.into_iter().take(PARENTS);
    let known = known.filter_map(|Each(view)| view);
    Ok(known
        .filter_map(|view| Some((view.uri.0.clone()?, view.content(me, wishes))))
        .collect())
}

/// The posts of others that a page's answer; one's own come by themselves.
#[must_use]
pub fn open_parents(given: &Given, me: &str) -> Vec<String> {
    let mut ids = given.open_parents();
    ids.retain(|id| author(id).is_some_and(|did| did != me));
    ids
}

/// Where the records begin that come behind the post at `address`: its last segment.
#[must_use]
pub fn cursor_behind(address: &str) -> Option<&str> {
    let key = address.rsplit('/').next()?;
    (!key.is_empty() && address.starts_with("at://")).then_some(key)
}

fn cursor(cursor: Maybe<String>) -> Option<String> {
    cursor
        .0
        .filter(|cursor| (1..=MAX_ADDRESS).contains(&cursor.len()))
}

/// Whose repository a post's address is in, if it is one that a server takes.
fn author(address: &str) -> Option<&str> {
    let (did, rest) = address.strip_prefix("at://")?.split_once('/')?;
    let key = rest.strip_prefix(POSTS)?.strip_prefix('/')?;
    let is_in_key = |c: u8| c.is_ascii_alphanumeric() || b"._~:-".contains(&c);
    let is_key = !key.is_empty() && key.bytes().all(is_in_key);
    (is_key && is_did(did) && address.len() <= MAX_ADDRESS).then_some(did)
}

/// Whether it is an identity as atproto knows them (atproto.com/specs/did).
fn is_did(did: &str) -> bool {
    let rest = ["did:plc:", "did:web:"]
        .iter()
        .find_map(|method| did.strip_prefix(method));
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || b".-_:%".contains(&c);
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_plain)) && did.len() <= MAX_DID
}

/// The post at `uri`; `answered` is what is known of the one that it answers.
fn post(
    uri: Maybe<String>,
    record: Maybe<Object<Record>>,
    answered: Content,
    me: &str,
    wishes: Wishes,
) -> Read {
    let (Some(uri), Some(Object(record))) = (uri.0, record.0) else {
        return Read::Odd;
    };
    let (Some(at), true) = (time(&record.created_at), author(&uri) == Some(me)) else {
        return Read::Odd;
    };
    if record.is_warned() && !wishes.warned {
        return Read::Unwanted;
    }
    let text = record.words();
    if text.is_empty() {
        return Read::Nothing;
    }
    let answers = record.answers().filter(|id| id.len() <= MAX_ADDRESS);
    let parent = answers.map(|id| Parent {
        id: id.to_owned(),
        content: match author(id) {
            // A thread of one's own: the post comes by itself.
            Some(did) if did == me => Content::Own,
            _ => answered,
        },
    });
    let lang = record.langs.0.into_iter().next();
    Read::Post(Post {
        id: uri,
        text,
        at,
        lang: lang.filter(|lang| lang.len() <= MAX_LANG),
        repost: false,
        parent,
        earlier: Vec::new(),
    })
}

impl Item {
    fn post(self, me: &str, wishes: Wishes) -> Read {
        // A repost, or a post that is shown above all others and comes again at its place.
        if self.reason.0.is_some() {
            return Read::Nothing;
        }
        let Some(Object(View { uri, record, .. })) = self.post.0 else {
            return Read::Odd;
        };
        let shown = self.reply.0.and_then(|Object(answered)| answered.parent.0);
        // A reply that breaks its thread's rules has none.
        let answered = shown.map_or(Content::Gone, |Object(parent)| parent.content(me, wishes));
        post(uri, record, answered, me, wishes)
    }
}

impl Record {
    fn words(&self) -> String {
        plain(
            &self.text.0,
            self.facets.0.iter().map(|Object(facet)| facet),
        )
    }

    /// Always as the record says it: what the feed shows beside it may be missing.
    fn answers(&self) -> Option<&str> {
        let Object(references) = self.reply.0.as_ref()?;
        let Object(parent) = references.parent.0.as_ref()?;
        parent.uri.0.as_deref()
    }

    fn is_warned(&self) -> bool {
        let labels = self.labels.0.as_ref();
        labels.is_some_and(|Object(warnings)| {
            warnings
                .values
                .0
                .iter()
                .any(|Object(label)| label.val.0.as_deref() != Some(FOR_MEMBERS))
        })
    }
}

impl View {
    fn content(&self, me: &str, wishes: Wishes) -> Content {
        if self.blocked.0 == Some(true) {
            return Content::Protected;
        }
        let (Some(Object(by)), Some(Object(record))) = (&self.author.0, &self.record.0) else {
            return Content::Gone;
        };
        let Some(did) = &by.did.0 else {
            return Content::Gone;
        };
        if did == me {
            return Content::Own;
        }
        let mut labels = self.labels.0.iter().chain(&by.labels.0);
        if labels.any(|Object(label)| label.val.0.as_deref() == Some(FOR_MEMBERS)) {
            return Content::Protected;
        }
        let text = record.words();
        if text.is_empty() || (record.is_warned() && !wishes.warned) {
            return Content::Gone;
        }
        Content::Shown {
            author_id: did.clone(),
            text,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ME: &str = "did:plc:me";

    fn at(did: &str, key: &str) -> String {
        format!("at://{did}/app.bsky.feed.post/{key}")
    }

    fn record(text: &str) -> Value {
        json!({
            "$type": POSTS, "text": text, "createdAt": "2026-05-02T01:02:03.456Z", "langs": ["ko"],
        })
    }

    fn view(did: &str, key: &str, text: &str) -> Value {
        json!({
            "$type": "app.bsky.feed.defs#postView", "uri": at(did, key), "cid": "b1",
            "author": { "did": did, "handle": "a.test", "labels": [] },
            "record": record(text), "indexedAt": "2026-05-02T01:02:04.000Z", "labels": [],
        })
    }

    fn item(key: &str, text: &str) -> Value {
        json!({ "post": view(ME, key, text) })
    }

    fn reply(key: &str, text: &str, parent: &str, shown: &Value) -> Value {
        let mut reply = item(key, text);
        let reference = json!({ "uri": parent, "cid": "b0" });
        reply["post"]["record"]["reply"] = json!({ "root": reference, "parent": reference });
        reply["reply"] = json!({ "root": shown, "parent": shown });
        reply
    }

    fn read(items: &[Value], wishes: Wishes) -> Given {
        let page = json!({ "feed": items, "cursor": "c2" });
        feed(page.to_string().as_bytes(), ME, wishes).unwrap()
    }

    #[test]
    fn a_feed_is_read() {
        let you = at("did:plc:you", "3lq0");
        let given = read(
            &[
                reply(
                    "3lq2",
                    "저도요",
                    &you,
                    &view("did:plc:you", "3lq0", "비 오네요"),
                ),
                item("3lq1", "@you.test 안녕"),
            ],
            Wishes::default(),
        );
        let shown = Content::Shown {
            author_id: "did:plc:you".into(),
            text: "비 오네요".into(),
        };
        assert_eq!(
            given.posts[0],
            Post {
                id: at(ME, "3lq2"),
                text: "저도요".into(),
                at: 1_777_683_723,
                lang: Some("ko".into()),
                repost: false,
                parent: Some(Parent {
                    id: you,
                    content: shown
                }),
                earlier: Vec::new(),
            }
        );
        assert_eq!(given.posts[1].text, "@you.test 안녕");
        assert_eq!(given.posts[1].parent, None);
        assert_eq!(given.next.as_deref(), Some("c2"));
        assert_eq!((given.left_out, given.unwanted), (0, 0));
    }

    #[test]
    fn what_is_known_of_a_parent_is_told() {
        let you = "did:plc:you";
        let for_members = json!([{ "val": FOR_MEMBERS }]);
        let mut by_author = view(you, "1", "글");
        by_author["author"]["labels"] = for_members.clone();
        let mut by_post = view(you, "1", "글");
        by_post["labels"] = for_members;
        let mut other_label = view(you, "1", "글");
        other_label["labels"] = json!([{ "val": "spam" }]);
        let mut warned = view(you, "1", "글");
        warned["record"]["labels"] = json!({ "values": [{ "val": "porn" }] });
        let cases = [
            (at(you, "1"), view(you, "1", "글"), "shown"),
            (at(you, "1"), warned, "gone"),
            (at(you, "1"), other_label, "shown"),
            (at(you, "1"), by_author, "protected"),
            (at(you, "1"), by_post, "protected"),
            (
                at(you, "1"),
                json!({ "uri": at(you, "1"), "notFound": true }),
                "gone",
            ),
            (
                at(you, "1"),
                json!({ "uri": at(you, "1"), "blocked": true, "author": { "did": you } }),
                "protected",
            ),
            (at(you, "1"), json!(null), "gone"),
            (at(you, "1"), view(you, "1", ""), "gone"),
            (at(ME, "1"), json!(null), "own"),
            (at(ME, "1"), view(ME, "1", "글"), "own"),
            ("https://you.test/1".into(), json!(null), "gone"),
        ];
        for (parent, shown, expected) in cases {
            let given = read(&[reply("2", "응", &parent, &shown)], Wishes::default());
            let kind = match given.posts[0].parent.as_ref().unwrap().content {
                Content::Shown { .. } => "shown",
                Content::Own => "own",
                Content::Protected => "protected",
                Content::Gone => "gone",
            };
            assert_eq!(kind, expected, "{parent} {shown}");
        }
    }

    #[test]
    fn others_posts_and_pins_say_nothing() {
        let mut repost = json!({ "post": view("did:plc:you", "1", "남의 글") });
        repost["reason"] = json!({ "$type": "app.bsky.feed.defs#reasonRepost" });
        let mut pin = item("2", "고정");
        pin["reason"] = json!({ "$type": "app.bsky.feed.defs#reasonPin" });
        let mut picture = item("3", "");
        picture["post"]["embed"] = json!({ "$type": "app.bsky.embed.images#view" });
        let given = read(&[repost, pin, picture], Wishes::default());
        assert_eq!(
            (given.posts.len(), given.left_out, given.unwanted),
            (0, 0, 0)
        );
    }

    #[test]
    fn warnings_are_heeded_unless_the_person_says_otherwise() {
        let with = |label: &str| {
            let mut item = item("1", "매운 얘기");
            item["post"]["record"]["labels"] = json!({
                "$type": "com.atproto.label.defs#selfLabels", "values": [{ "val": label }],
            });
            [item]
        };
        assert_eq!(read(&with("porn"), Wishes::default()).unwanted, 1);
        assert_eq!(read(&with(FOR_MEMBERS), Wishes::default()).posts.len(), 1);
        let wishes = Wishes {
            unlisted: false,
            warned: true,
        };
        assert_eq!(read(&with("porn"), wishes).posts.len(), 1);
    }

    #[test]
    fn one_odd_item_costs_one_post() {
        let mut early = item("2", "글");
        early["post"]["record"]["createdAt"] = json!("0001-01-01T00:00:00Z");
        let mut late = item("2", "글");
        late["post"]["record"]["createdAt"] = json!("2999-01-01T00:00:00Z");
        let mut no_record = item("2", "글");
        no_record["post"]["record"] = json!("x");
        let mut no_text = item("2", "글");
        no_text["post"]["record"]["text"] = json!(2026);
        let odd = [
            no_text,
            json!(null),
            json!({}),
            json!({ "post": null }),
            json!({ "post": view("did:plc:you", "2", "남의 글") }),
            json!({ "post": view("did:plc:me/x", "2", "남의 글") }),
            early,
            late,
            no_record,
        ];
        for odd in odd {
            let given = read(
                &[item("3", "셋"), odd.clone(), item("1", "하나")],
                Wishes::default(),
            );
            assert_eq!((given.posts.len(), given.left_out), (2, 1), "{odd}");
        }
        for body in ["", "[]", "{}", "<!doctype html>", r#"{"feed":{}}"#] {
            assert_eq!(
                feed(body.as_bytes(), ME, Wishes::default()),
                Err(Unreadable),
                "{body}"
            );
        }
    }

    #[test]
    fn records_go_on_where_the_feed_ends() {
        let mut second = record("둘");
        let you = at("did:plc:you", "0");
        second["reply"] = json!({ "parent": { "uri": you } });
        let page = json!({
            "records": [
                { "uri": at(ME, "2"), "cid": "b", "value": second },
                { "uri": at(ME, "1"), "cid": "b", "value": record("하나") },
            ],
            "cursor": "1",
        });
        let given = records(page.to_string().as_bytes(), ME, Wishes::default()).unwrap();
        assert_eq!(given.posts.len(), 2);
        assert_eq!(
            given.posts[0].parent,
            Some(Parent {
                id: you.clone(),
                content: Content::Gone
            })
        );
        assert_eq!(given.next.as_deref(), Some("1"));
        let end = records(br#"{"records":[],"cursor":"1"}"#, ME, Wishes::default()).unwrap();
        assert_eq!(end, Given::default());
        assert_eq!(cursor_behind(&you), Some("0"));
        assert_eq!(cursor_behind("at://did:plc:me/app.bsky.feed.post/"), None);
        assert_eq!(cursor_behind("x"), None);
    }

    #[test]
    fn a_parent_beyond_the_feed_is_asked_for() {
        let you = "did:plc:you";
        let mut kept = record("저도요");
        kept["reply"] = json!({ "parent": { "uri": at(you, "0") } });
        let records_of = json!({ "records": [{ "uri": at(ME, "1"), "value": kept }] });
        let mut given = records(records_of.to_string().as_bytes(), ME, Wishes::default()).unwrap();
        assert_eq!(open_parents(&given, ME), [at(you, "0")]);
        assert_eq!(open_parents(&given, you), [""; 0]);
        for odd in [
            "https://you.test/1",
            "at://did:plc:you/app.bsky.feed.post/",
            "at://did:plc:you/app.bsky.feed.post/0&uris=x",
            "at://did:plc:you/app.bsky.feed.like/0",
            "at://you.test/app.bsky.feed.post/0",
            &"x".repeat(MAX_ADDRESS + 1),
        ] {
            let mut kept = record("저도요");
            kept["reply"] = json!({ "parent": { "uri": odd } });
            let records_of = json!({ "records": [{ "uri": at(ME, "1"), "value": kept }] });
            let body = records_of.to_string();
            let given = records(body.as_bytes(), ME, Wishes::default()).unwrap();
            assert_eq!(given.posts.len(), 1, "{odd}");
            assert_eq!(open_parents(&given, ME), [""; 0], "{odd}");
        }
        let posts = json!({ "posts": [
            view(you, "0", "비 오네요"), 7, { "uri": at(you, "9") }, view(ME, "2", "글"),
        ] });
        let known = parents(posts.to_string().as_bytes(), ME, Wishes::default()).unwrap();
        let shown = Content::Shown {
            author_id: you.into(),
            text: "비 오네요".into(),
        };
        assert_eq!(
            known,
            [
                (at(you, "0"), shown.clone()),
                (at(you, "9"), Content::Gone),
                (at(ME, "2"), Content::Own),
            ]
        );
        given.fill(&known);
        assert_eq!(given.posts[0].parent.as_ref().unwrap().content, shown);
        for body in ["", "{}", "<html>", r#"{"posts":7}"#] {
            let known = parents(body.as_bytes(), ME, Wishes::default());
            assert_eq!(known, Err(Unreadable), "{body}");
        }
    }

    #[test]
    fn relationships_tell_who_is_blocked() {
        let (you, record) = ("did:plc:you", "at://did:plc:me/app.bsky.graph.block/3l");
        let of = |relationships: serde_json::Value| {
            let answer = json!({ "actor": ME, "relationships": relationships });
            blocked(answer.to_string().as_bytes())
        };
        for name in ["blocking", "blockedBy", "blockingByList", "blockedByList"] {
            let told = of(json!([{ "did": you, "following": record, name: record }]));
            assert_eq!(told, Ok(vec![(you.to_owned(), true)]), "{name}");
        }
        let told = of(json!([
            { "did": you, "following": record, "followedBy": record },
            { "actor": "did:plc:gone", "notFound": true },
            7,
        ]));
        assert_eq!(told, Ok(vec![(you.to_owned(), false)]));
        for body in ["", "{}", "<html>", r#"{"relationships":7}"#] {
            assert_eq!(blocked(body.as_bytes()), Err(Unreadable), "{body}");
        }
    }

    #[test]
    fn requests_are_as_documented() {
        assert_eq!(
            feed_path(ME, Some("2026-05-02T01:02:03.456Z")),
            "/xrpc/app.bsky.feed.getAuthorFeed?actor=did%3Aplc%3Ame&limit=100\
             &filter=posts_with_replies&cursor=2026-05-02T01%3A02%3A03.456Z"
        );
        assert_eq!(
            records_path(ME, None),
            "/xrpc/com.atproto.repo.listRecords?repo=did%3Aplc%3Ame\
             &collection=app.bsky.feed.post&limit=100"
        );
        assert_eq!(
            parents_path(&["at://a", "at://b"]),
            "/xrpc/app.bsky.feed.getPosts?uris=at%3A%2F%2Fa&uris=at%3A%2F%2Fb"
        );
        assert_eq!(
            relationships_path("did:plc:me", &["did:plc:you", "did:plc:they"]),
            "/xrpc/app.bsky.graph.getRelationships?actor=did%3Aplc%3Ame\
             &others=did%3Aplc%3Ayou&others=did%3Aplc%3Athey"
        );
    }
}
