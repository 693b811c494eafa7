//! The first form of the two logs, and the texts that its vectors are of: they did not say.
//! Databases of people hold it, so nothing here changes any more.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::corpus;
use crate::feed::{Feed, Source};
use crate::library::{self, Texts};
use crate::sources::x;
use crate::vector::Vector;

#[derive(Deserialize)]
struct Page {
    posts: Vec<Post>,
    next: Import,
}

/// That of the second form, too.
#[derive(Deserialize)]
pub(super) enum Import {
    Start,
    At(String),
    Done,
}

impl From<Import> for library::Import {
    fn from(import: Import) -> Self {
        match import {
            Import::Start => Self::Start,
            Import::At(cursor) => Self::At(cursor),
            Import::Done => Self::Done,
        }
    }
}

/// X's, as X gave it.
#[derive(Deserialize)]
struct Post {
    id: String,
    text: String,
    at: i64,
    lang: Option<String>,
    repost: bool,
    parent: Option<Parent>,
}

#[derive(Deserialize)]
struct Parent {
    id: String,
    content: Content,
}

#[derive(Deserialize)]
enum Content {
    Shown { author_id: String, text: String },
    Protected,
    Gone,
}

/// Its vectors are of the form that is in bots too, which has a version of its own.
#[derive(Deserialize)]
struct Embedded {
    entry: String,
    said: Option<Vector>,
    reply: Vector,
}

type Logs = (Vec<library::Page>, Vec<Vec<library::Embedded>>);

/// What was stored of the person `owner_id` with `model`; none if a record cannot be read.
/// Vectors of which it cannot be told what they are of are left out.
pub(super) fn logs(
    pages: &[Vec<u8>],
    vectors: &[Vec<u8>],
    owner_id: &str,
    model: &str,
) -> Option<Logs> {
    let pages: Vec<Page> = pages
        .iter()
        .map(|record| postcard::from_bytes(record).ok())
        .collect::<Option<_>>()?;
    let texts = texts(&pages, owner_id);
    let mut batches = Vec::new();
    for record in vectors {
        let (of, batch): (String, Vec<Embedded>) = postcard::from_bytes(record).ok()?;
        if of == model {
            let known = batch.into_iter().filter_map(|vectors| vectors.of(&texts));
            batches.push(known.collect());
        }
    }
    let pages = pages.into_iter().map(|page| page.of(owner_id));
    Some((pages.collect(), batches))
}

impl Embedded {
    fn of(self, texts: &HashMap<String, Texts>) -> Option<library::Embedded> {
        let Self { entry, said, reply } = self;
        Some(library::Embedded {
            texts: *texts.get(&entry)?,
            entry: entry.into(),
            said,
            reply,
        })
    }
}

impl Page {
    fn of(self, owner_id: &str) -> library::Page {
        let feed = Feed::new(Source::X, owner_id);
        library::Page {
            posts: self.posts.into_iter().map(Into::into).collect(),
            ..library::Page::mark(feed, self.next.into())
        }
    }
}

impl From<Post> for corpus::Post {
    fn from(post: Post) -> Self {
        // Where X had put nothing in front was not kept: in front of a reply it was taken to
        // have put all that stands there.
        let start = post.parent.is_none().then_some(0);
        Self {
            id: post.id,
            text: x::plain(&post.text, start),
            at: post.at,
            lang: post.lang,
            repost: post.repost,
            parent: post.parent.map(Into::into),
            earlier: Vec::new(),
        }
    }
}

impl From<Parent> for corpus::Parent {
    fn from(Parent { id, content }: Parent) -> Self {
        let content = match content {
            Content::Shown { author_id, text } => corpus::Content::Shown {
                author_id,
                text: x::plain(&text, None),
            },
            Content::Protected => corpus::Content::Protected,
            Content::Gone => corpus::Content::Gone,
        };
        Self { id, content }
    }
}

/// The texts that entries had when they were embedded, by their ids. They were embedded soon
/// after they were there; one that grew on a later page may have been so before or after,
/// and is left out.
fn texts(pages: &[Page], owner_id: &str) -> HashMap<String, Texts> {
    let mut known = HashSet::new();
    let posts: Vec<(usize, &Post)> = pages
        .iter()
        .enumerate()
        .flat_map(|(i, page)| page.posts.iter().map(move |post| (i, post)))
        .filter(|(_, post)| known.insert(post.id.as_str()))
        .collect();
    let by_id: HashMap<&str, usize> = posts
        .iter()
        .enumerate()
        .map(|(i, (_, post))| (post.id.as_str(), i))
        .collect();
    let is_whole = pages.iter().any(|page| matches!(page.next, Import::Done));
    let mut threads: HashMap<usize, Vec<usize>> = HashMap::new();
    for (i, (_, post)) in posts.iter().enumerate() {
        if post.repost || post.text.starts_with("RT @") {
            continue;
        }
        if let Some(root) = root(&posts, &by_id, owner_id, i, is_whole) {
            threads.entry(root).or_default().push(i);
        }
    }
    threads
        .into_iter()
        .flat_map(|(root, thread)| thread_texts(&posts, root, thread))
        .collect()
}

fn root(
    posts: &[(usize, &Post)],
    by_id: &HashMap<&str, usize>,
    owner_id: &str,
    i: usize,
    is_whole: bool,
) -> Option<usize> {
    let mut at = i;
    for _ in 0..posts.len() {
        let Some(parent) = &posts[at].1.parent else {
            return Some(at);
        };
        let is_own =
            matches!(&parent.content, Content::Shown { author_id, .. } if author_id == owner_id);
        match by_id.get(parent.id.as_str()) {
            Some(&next) => at = next,
            None if is_own && !is_whole => return None,
            None => return Some(at),
        }
    }
    Some(i)
}

fn thread_texts(
    posts: &[(usize, &Post)],
    root: usize,
    mut thread: Vec<usize>,
) -> Vec<(String, Texts)> {
    const MAX_THREAD: usize = 8;
    thread.sort_by_key(|&i| (posts[i].1.at, posts[i].1.id.len(), &posts[i].1.id));
    let (page, first) = posts[root];
    let said = match first.parent.as_ref().map(|parent| &parent.content) {
        Some(Content::Protected) => return Vec::new(),
        Some(Content::Shown { text, .. }) => Some(clean(text)).filter(|said| !said.is_empty()),
        Some(Content::Gone) | None => None,
    };
    let has_grown = thread.iter().any(|&i| posts[i].0 > page);
    let (joined, rest) = thread.split_at(thread.len().min(MAX_THREAD));
    let joined = joined
        .iter()
        .map(|&i| clean(&posts[i].1.text))
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    let reply: String = joined.chars().take(MAX_CHARS).collect();
    let first = (!has_grown).then(|| (first.id.clone(), Texts::of(said.as_deref(), &reply)));
    let rest = rest.iter().map(|&i| {
        let post = posts[i].1;
        (post.id.clone(), Texts::of(None, &clean(&post.text)))
    });
    first.into_iter().chain(rest).collect()
}

const MAX_CHARS: usize = 2_000;

/// A text as it was embedded.
fn clean(raw: &str) -> String {
    let text = x::plain(raw, None);
    let mut lines = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line
            .split_whitespace()
            .flat_map(without_short_links)
            .filter(|part| !part.is_empty())
            .collect();
        if !words.is_empty() {
            lines.push(words.join(" "));
        }
    }
    lines
        .join("\n")
        .nfc()
        .filter(|c| !is_invisible(*c))
        .take(MAX_CHARS)
        .collect()
}

fn without_short_links(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = word;
    while let Some((at, link)) = ["https://t.co/", "http://t.co/"]
        .iter()
        .filter_map(|link| Some((rest.find(link)?, link)))
        .min_by_key(|(at, _)| *at)
    {
        let code = &rest[at + link.len()..];
        let end = code
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(code.len());
        if end == 0 {
            break;
        }
        parts.push(&rest[..at]);
        rest = &code[end..];
    }
    parts.push(rest);
    parts
}

fn is_invisible(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(id: u32, text: &str, parent: Option<(u32, Content)>) -> Post {
        Post {
            id: id.to_string(),
            text: text.into(),
            at: i64::from(id),
            lang: None,
            repost: false,
            parent: parent.map(|(id, content)| Parent {
                id: id.to_string(),
                content,
            }),
        }
    }

    fn page(posts: Vec<Post>, next: Import) -> Page {
        Page { posts, next }
    }

    #[test]
    fn texts_are_those_that_were_embedded() {
        let own = |text: &str| Content::Shown {
            author_id: "1".into(),
            text: text.into(),
        };
        let second = page(
            vec![post(4, "@a &lt;3 https://t.co/ab", None)],
            Import::Done,
        );
        let first = page(
            vec![
                post(9, "@a @b 응 RT @c: 남의 말", Some((5, Content::Gone))),
                post(8, "둘", Some((7, own("하나")))),
                post(7, "하나", None),
                post(6, "RT @a: 남의 말", None),
                post(3, "비밀", Some((2, Content::Protected))),
            ],
            Import::At("c".into()),
        );
        let texts = texts(&[first, second], "1");
        let want = [
            ("9", Texts::of(None, "응 RT @c: 남의 말")),
            ("7", Texts::of(None, "하나\n둘")),
            ("4", Texts::of(None, "<3")),
        ];
        assert_eq!(texts, want.map(|(id, texts)| (id.to_owned(), texts)).into());
    }

    #[test]
    fn what_grew_later_may_have_been_embedded_before_or_after() {
        let own = Content::Shown {
            author_id: "1".into(),
            text: "하나".into(),
        };
        let first = page(vec![post(7, "하나", None)], Import::At("c".into()));
        let second = page(
            vec![post(8, "둘", Some((7, own))), post(6, "영", None)],
            Import::Done,
        );
        let texts = texts(&[first, second], "1");
        assert_eq!(texts, [("6".to_owned(), Texts::of(None, "영"))].into());
    }
}
