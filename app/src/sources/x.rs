//! X, through the edge.

use lemon_model::corpus::{Content, Parent, Post};
use lemon_model::library::{Import, Page};
use lemon_wire::{ParentContent, PostsPage};

pub fn page(page: PostsPage) -> Page {
    let posts = page.posts.into_iter().map(post).collect();
    Page {
        posts,
        next: page.next.map_or(Import::Done, Import::At),
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
        ..
    } = post;
    Post {
        id,
        text,
        at,
        lang,
        repost,
        parent: parent.map(parent_post),
    }
}

fn parent_post(parent: lemon_wire::Parent) -> Parent {
    let content = match parent.content {
        ParentContent::Shown {
            author_id, text, ..
        } => Content::Shown { author_id, text },
        ParentContent::Protected => Content::Protected,
        ParentContent::Own | ParentContent::Gone => Content::Gone,
    };
    Parent {
        id: parent.id,
        content,
    }
}
