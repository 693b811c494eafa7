//! Posts of the stand-in for X as records and views of Bluesky.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{
    Shared,
    address::{self, POSTS, REPOSTS},
    person::{FOR_MEMBERS, NO_HANDLE, Person, label},
    words::words,
};
use crate::standin::{
    clock::timestamp,
    post::{Found, Lang, Post, Reference, Relation, User, draw, parse_snowflake},
};

/// What somebody wrote who has blocked the person that answers, or was blocked.
/// It is for nobody to use: a feed and relationships say that it is blocked, while
/// the post itself can be asked for.
pub const BLOCKED_TEXT: &str = "차단한 사람에게는 보이지 않는 글 🍋";

/// The account of X whose posts, and what they answer, have labels and break
/// their threads' rules now and then.
pub const LABELLED: &str = "posts_150";
const LABELLED_SLOT: u32 = 150;

/// What the app adds to the language of a post whose author writes in two.
const SECOND_LANG: &str = "en";

/// How deep quotes are shown (bsky, `Views.post`).
const MAX_DEPTH: usize = 2;

pub fn is_repost(post: &Post) -> bool {
    refers(post, Relation::Retweeted).is_some()
}

/// What a post refers to in this way.
pub fn refers(post: &Post, relation: Relation) -> Option<Reference> {
    post.reference
        .filter(|reference| reference.relation == relation)
}

/// The moment by which feeds are sorted, as their cursors write it: such texts
/// sort as the moments do.
pub fn moment(post: &Post) -> String {
    let millis = draw(post.id, 51, 1_000);
    timestamp(post.at).replace(".000Z", &format!(".{millis:03}Z"))
}

/// The same moment as the author's app wrote it, which need not be in UTC.
fn created(post: &Post) -> String {
    if draw(post.id, 52, 8) != 0 {
        return moment(post);
    }
    let millis = draw(post.id, 51, 1_000);
    timestamp(post.at + 9 * 3_600).replace(".000Z", &format!(".{millis:03}+09:00"))
}

/// Whether this happens to a post of [`LABELLED`], or to what one answers.
fn happens(post: &Post, salt: u64, one_in: usize) -> bool {
    parse_snowflake(post.id).1 >> 2 == LABELLED_SLOT && draw(post.id, salt, one_in) == 0
}

/// Whether a post's author warns of its contents.
fn is_warned(post: &Post) -> bool {
    happens(post, 61, 12)
}

/// Whether a reply broke its thread's rules.
pub fn breaks_rules(post: &Post) -> bool {
    happens(post, 62, 15)
}

fn is_for_members(post: &Post) -> bool {
    happens(post, 63, 10)
}

impl Shared {
    pub fn post_uri(&self, author: &User, id: u64) -> String {
        address::uri(&self.did(author), POSTS, &address::key(id))
    }

    /// The address of what a post refers to, and of its author as far as known.
    pub fn referred(&self, post: &Post, reference: Reference) -> String {
        match self.directory.find(reference.id) {
            Found::Shown(other) => self.post_uri(&other.author, other.id),
            Found::Hidden | Found::Missing => {
                let did = address::plc_did(post.answers.unwrap_or_default());
                address::uri(&did, POSTS, &address::key(reference.id))
            }
        }
    }

    /// `app.bsky.feed.post`, as its author stored it.
    pub fn record(&self, post: &Post) -> Value {
        let words = words(post);
        let mut record = json!({
            "$type": POSTS,
            "text": words.text,
            "createdAt": created(post),
            "langs": langs(post),
        });
        if !words.facets.is_empty() {
            record["facets"] = json!(words.facets);
        }
        if let Some(reference) = refers(post, Relation::RepliedTo) {
            record["reply"] = json!({
                "root": strong(&self.root(post)),
                "parent": strong(&self.referred(post, reference)),
            });
        }
        if let Some(reference) = refers(post, Relation::Quoted) {
            record["embed"] = json!({
                "$type": "app.bsky.embed.record",
                "record": strong(&self.referred(post, reference)),
            });
        }
        let own: Vec<&str> = own_labels(post).collect();
        if !own.is_empty() {
            let values: Vec<Value> = own.iter().map(|value| json!({ "val": value })).collect();
            record["labels"] = json!({
                "$type": "com.atproto.label.defs#selfLabels",
                "values": values,
            });
        }
        record
    }

    /// `app.bsky.feed.repost`.
    pub fn repost_record(&self, post: &Post, reference: Reference) -> Value {
        json!({
            "$type": REPOSTS,
            "subject": strong(&self.referred(post, reference)),
            "createdAt": created(post),
        })
    }

    /// The first post of the thread that a reply is in.
    pub fn root(&self, post: &Post) -> String {
        let mut first = post.clone();
        while let Some(reference) = refers(&first, Relation::RepliedTo) {
            match self.directory.find(reference.id) {
                Found::Shown(parent) if parent.author.id == post.author.id => first = parent,
                _ => return self.referred(&first, reference),
            }
        }
        self.post_uri(&first.author, first.id)
    }

    /// `app.bsky.feed.defs#postView`.
    pub fn post_view(&self, post: &Post) -> Value {
        self.post_view_at(post, 0)
    }

    fn post_view_at(&self, post: &Post, depth: usize) -> Value {
        let uri = self.post_uri(&post.author, post.id);
        let did = self.did(&post.author);
        let labels: Vec<Value> = own_labels(post)
            .map(|value| label(&did, &uri, value))
            .collect();
        let mut view = json!({
            "uri": uri,
            "cid": address::cid(&uri),
            "author": self.basic_profile(&post.author),
            "record": self.record(post),
            "bookmarkCount": 0,
            "replyCount": draw(post.id, 53, 4),
            "repostCount": draw(post.id, 54, 3),
            "likeCount": draw(post.id, 55, 30),
            "quoteCount": 0,
            "indexedAt": timestamp(post.at + 1),
            "labels": labels,
        });
        let quoted = refers(post, Relation::Quoted).filter(|_| depth < MAX_DEPTH);
        if let Some(reference) = quoted {
            let record = match self.directory.find(reference.id) {
                Found::Shown(other) => self.quoted_view(&other, depth + 1),
                Found::Hidden | Found::Missing => json!({
                    "$type": "app.bsky.embed.record#viewNotFound",
                    "uri": self.referred(post, reference),
                    "notFound": true,
                }),
            };
            view["embed"] = json!({ "$type": "app.bsky.embed.record#view", "record": record });
        }
        view
    }

    /// `app.bsky.embed.record#viewRecord`.
    fn quoted_view(&self, post: &Post, depth: usize) -> Value {
        let mut view = self.post_view_at(post, depth);
        let embeds: Vec<Value> = view.get("embed").cloned().into_iter().collect();
        if let Some(fields) = view.as_object_mut() {
            if let Some(record) = fields.remove("record") {
                fields.insert("value".to_owned(), record);
            }
            for name in ["bookmarkCount", "embed"] {
                fields.remove(name);
            }
        }
        view["$type"] = json!("app.bsky.embed.record#viewRecord");
        view["embeds"] = json!(embeds);
        view
    }

    /// Who has blocked somebody: all who wrote what they answer and are not shown.
    pub fn blocks(&self, person: &Person) -> HashSet<u64> {
        let posts = (0..person.account.len()).filter_map(|index| person.account.post(index));
        let hidden = posts.filter(|post| {
            let answered = refers(post, Relation::RepliedTo);
            answered.is_some_and(|answered| self.directory.find(answered.id) == Found::Hidden)
        });
        hidden.filter_map(|post| post.answers).collect()
    }

    /// `app.bsky.feed.defs#replyRef`; none for what is no reply or broke its
    /// thread's rules.
    pub fn reply_view(&self, post: &Post) -> Option<Value> {
        let reference = refers(post, Relation::RepliedTo).filter(|_| !breaks_rules(post))?;
        let parent = self.parent_view(post, reference);
        let root = self.root(post);
        let root = if parent["uri"] == json!(root) {
            parent.clone()
        } else {
            // Further up there are only posts that can be seen, or one that the
            // thread begins with and that is not there.
            address::parse(&root)
                .and_then(|(_, id)| match self.directory.find(id) {
                    Found::Shown(first) => Some(typed(self.post_view(&first))),
                    Found::Hidden | Found::Missing => None,
                })
                .unwrap_or_else(|| not_found(&root))
        };
        Some(json!({ "root": root, "parent": parent }))
    }

    /// What is seen of what a post answers.
    pub fn parent_view(&self, post: &Post, reference: Reference) -> Value {
        let uri = self.referred(post, reference);
        match self.directory.find(reference.id) {
            Found::Shown(parent) => typed(self.post_view(&parent)),
            Found::Hidden => json!({
                "$type": "app.bsky.feed.defs#blockedPost",
                "uri": uri,
                "blocked": true,
                "author": { "did": address::plc_did(post.answers.unwrap_or_default()) },
            }),
            Found::Missing => not_found(&uri),
        }
    }

    /// The post at an address, as whoever asks for it alone is shown it. A block
    /// between two others is of no account here.
    pub fn post_at(&self, uri: &str) -> Option<Post> {
        let (did, id) = address::parse(uri)?;
        match self.directory.find(id) {
            Found::Shown(post) => {
                (self.did(&post.author) == did && !is_repost(&post)).then_some(post)
            }
            Found::Missing => None,
            Found::Hidden => Some(Post {
                id,
                author: User {
                    id: address::plc_user(did)?,
                    handle: NO_HANDLE.to_owned(),
                    name: String::new(),
                    protected: false,
                },
                at: parse_snowflake(id).0,
                lang: Lang::Ko,
                text: BLOCKED_TEXT.to_owned(),
                reference: None,
                answers: None,
                conversation: id,
            }),
        }
    }
}

/// `app.bsky.feed.defs#notFoundPost`.
pub fn not_found(uri: &str) -> Value {
    json!({ "$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": true })
}

/// A view where there may be others in its place.
fn typed(mut view: Value) -> Value {
    view["$type"] = json!("app.bsky.feed.defs#postView");
    view
}

fn strong(uri: &str) -> Value {
    json!({ "uri": uri, "cid": address::cid(uri) })
}

fn langs(post: &Post) -> Vec<&'static str> {
    let lang = post.lang.tag();
    if lang != SECOND_LANG && draw(post.id, 56, 9) == 0 {
        vec![lang, SECOND_LANG]
    } else {
        vec![lang]
    }
}

/// What an author has set on a post.
fn own_labels(post: &Post) -> impl Iterator<Item = &'static str> {
    let warning = is_warned(post).then_some("graphic-media");
    warning
        .into_iter()
        .chain(is_for_members(post).then_some(FOR_MEMBERS))
}
