//! X, through the edge.

pub mod failure;
pub mod reading;
pub mod slot;
pub mod terms;

use lemon_model::corpus::{Content, Parent, Post};
use lemon_model::feed::Feed;
use lemon_model::library::{Import, Page};
use lemon_model::sources::x::plain;
use lemon_wire::{ParentContent, PostsPage};

pub fn page(feed: Feed, page: PostsPage) -> Page {
    let posts = page.posts.into_iter().map(post).collect();
    Page {
        feed,
        posts,
        next: page.next.map_or(Import::Done, Import::At),
        left_out: page.left_out,
        stalled: page.stalled,
    }
}

fn post(post: lemon_wire::Post) -> Post {
    let lemon_wire::Post {
        id,
        text,
        at,
        lang,
        repost,
        parent,
        start,
        earlier,
    } = post;
    Post {
        id,
        text: plain(&text, start),
        at,
        lang,
        repost,
        parent: parent.map(parent_post),
        earlier,
    }
}

fn parent_post(parent: lemon_wire::Parent) -> Parent {
    let content = match parent.content {
        ParentContent::Shown {
            author_id,
            text,
            start,
        } => Content::Shown {
            author_id,
            text: plain(&text, start),
        },
        ParentContent::Protected => Content::Protected,
        ParentContent::Own => Content::Own,
        ParentContent::Gone => Content::Gone,
    };
    Parent {
        id: parent.id,
        content,
    }
}
