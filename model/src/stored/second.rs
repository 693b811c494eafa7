//! The second form of the log of pages: all were of a person at X, whose id was that of the bot.
//! Databases of people hold it, so nothing here changes any more.

use serde::Deserialize;

use super::first::Import;
use crate::corpus;
use crate::feed::{Feed, Source};
use crate::library;

/// The byte that names it.
pub const PAGE: u8 = 2;

#[derive(Deserialize)]
struct Page {
    posts: Vec<Post>,
    next: Import,
    left_out: u32,
    stalled: bool,
}

#[derive(Deserialize)]
struct Post {
    id: String,
    text: String,
    at: i64,
    lang: Option<String>,
    repost: bool,
    parent: Option<Parent>,
    earlier: Vec<String>,
}

#[derive(Deserialize)]
struct Parent {
    id: String,
    content: Content,
}

#[derive(Deserialize)]
enum Content {
    Shown { author_id: String, text: String },
    Own,
    Protected,
    Gone,
}

/// The page that is in a record's value; none if it cannot be read.
pub fn page(value: &[u8], owner_id: &str) -> Option<library::Page> {
    let page: Page = postcard::from_bytes(value).ok()?;
    Some(library::Page {
        feed: Feed::new(Source::X, owner_id),
        posts: page.posts.into_iter().map(Into::into).collect(),
        next: page.next.into(),
        left_out: page.left_out,
        stalled: page.stalled,
    })
}

impl From<Post> for corpus::Post {
    fn from(post: Post) -> Self {
        Self {
            id: post.id,
            text: post.text,
            at: post.at,
            lang: post.lang,
            repost: post.repost,
            parent: post.parent.map(|parent| corpus::Parent {
                id: parent.id,
                content: parent.content.into(),
            }),
            earlier: post.earlier,
        }
    }
}

impl From<Content> for corpus::Content {
    fn from(content: Content) -> Self {
        match content {
            Content::Shown { author_id, text } => Self::Shown { author_id, text },
            Content::Own => Self::Own,
            Content::Protected => Self::Protected,
            Content::Gone => Self::Gone,
        }
    }
}
