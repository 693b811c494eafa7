//! Posts to entries: what was said, and what this person replied.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::text;

/// Most posts that one run of one's own replies may join to an entry. A longer
/// thread is an essay; its later posts stand as statements of their own.
pub const MAX_THREAD: usize = 8;

/// A post as a source gave it: `text` is without the marks of the source, and not yet cleaned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    pub id: String,
    pub text: String,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// BCP 47, as the source guessed it.
    pub lang: Option<String>,
    /// Somebody else's post, passed on without words of one's own.
    pub repost: bool,
    pub parent: Option<Parent>,
}

/// The post that another one answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    pub id: String,
    pub content: Content,
}

/// What the source let us see of a parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    Shown {
        author_id: String,
        text: String,
    },
    /// Its author is protected: the text must go nowhere.
    Protected,
    /// Deleted, withheld, or not given.
    Gone,
}

/// One thing this person said, and what they said it to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The id of its first post.
    pub id: String,
    /// Never empty.
    pub reply: String,
    /// What somebody else said; none for a statement, never empty.
    pub said: Option<String>,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    pub lang: Option<String>,
}

/// How much of a person's posts is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Older posts are still to come: a thread whose first post is missing waits.
    Partial,
    /// There are no others: what has no first post stands by itself.
    Whole,
}

/// The entries of `posts` by the person `owner_id`, newest first.
///
/// Reposts, posts without words, and replies to protected authors give none.
/// Posts that answer one's own are joined to the first one of their thread, so an
/// entry holds everything that was said in one go. An entry that was given once
/// is given again, unchanged, when older posts have come: its thread's later
/// posts are newer than its first one, and sources give the newest first.
#[must_use]
pub fn entries(posts: &[Post], owner_id: &str, reach: Reach) -> Vec<Entry> {
    let by_id: HashMap<&str, usize> = posts
        .iter()
        .enumerate()
        .map(|(i, p)| (p.id.as_str(), i))
        .collect();
    let mut threads: HashMap<usize, Vec<usize>> = HashMap::new();
    for (i, post) in posts.iter().enumerate() {
        if post.repost {
            continue;
        }
        if let Some(root) = root(posts, &by_id, owner_id, i, reach) {
            threads.entry(root).or_default().push(i);
        }
    }
    let mut entries: Vec<Entry> = threads
        .into_iter()
        .flat_map(|(root, thread)| thread_entries(posts, root, thread))
        .collect();
    entries.sort_by(|a, b| newest_first((a.at, &a.id), (b.at, &b.id)));
    entries
}

/// The first post of the thread that post `i` belongs to; none while it may yet come.
fn root(
    posts: &[Post],
    by_id: &HashMap<&str, usize>,
    owner_id: &str,
    i: usize,
    reach: Reach,
) -> Option<usize> {
    let mut at = i;
    // A chain cannot be longer than there are posts, unless it bites its tail.
    for _ in 0..posts.len() {
        let Some(parent) = &posts[at].parent else {
            return Some(at);
        };
        match by_id.get(parent.id.as_str()) {
            Some(&next) => at = next,
            None if is_own(parent, owner_id) && reach == Reach::Partial => return None,
            None => return Some(at),
        }
    }
    Some(i)
}

fn is_own(parent: &Parent, owner_id: &str) -> bool {
    matches!(&parent.content, Content::Shown { author_id, .. } if author_id == owner_id)
}

fn thread_entries(posts: &[Post], root: usize, mut thread: Vec<usize>) -> Vec<Entry> {
    thread.sort_by(|&a, &b| newest_first((posts[b].at, &posts[b].id), (posts[a].at, &posts[a].id)));
    let said = match posts[root].parent.as_ref().map(|parent| &parent.content) {
        Some(Content::Protected) => return Vec::new(),
        Some(Content::Shown { text, .. }) => {
            Some(text::clean(text)).filter(|said| !said.is_empty())
        }
        Some(Content::Gone) | None => None,
    };
    let joined = thread
        .iter()
        .take(MAX_THREAD)
        .map(|&i| text::own(&posts[i].text));
    let reply = joined
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    let first = Entry {
        id: posts[root].id.clone(),
        reply: text::cut(&reply),
        said,
        at: posts[root].at,
        lang: posts[root].lang.clone(),
    };
    let rest = thread.iter().skip(MAX_THREAD).map(|&i| Entry {
        id: posts[i].id.clone(),
        reply: text::own(&posts[i].text),
        said: None,
        at: posts[i].at,
        lang: posts[i].lang.clone(),
    });
    std::iter::once(first)
        .chain(rest)
        .filter(|entry| !entry.reply.is_empty())
        .collect()
}

/// Ids of X grow with time but not in length alone, so they are compared as
/// numbers are: the longer one is the larger.
fn newest_first(a: (i64, &String), b: (i64, &String)) -> std::cmp::Ordering {
    (b.0, b.1.len(), b.1).cmp(&(a.0, a.1.len(), a.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ME: &str = "1";

    fn post(id: u32, text: &str) -> Post {
        Post {
            id: id.to_string(),
            text: text.into(),
            at: i64::from(id),
            lang: None,
            repost: false,
            parent: None,
        }
    }

    fn reply(id: u32, text: &str, parent: u32, content: Content) -> Post {
        Post {
            parent: Some(Parent {
                id: parent.to_string(),
                content,
            }),
            ..post(id, text)
        }
    }

    fn shown(author: &str, text: &str) -> Content {
        Content::Shown {
            author_id: author.into(),
            text: text.into(),
        }
    }

    fn summary(entries: &[Entry]) -> Vec<(&str, Option<&str>, &str)> {
        entries
            .iter()
            .map(|e| (e.id.as_str(), e.said.as_deref(), e.reply.as_str()))
            .collect()
    }

    #[test]
    fn a_reply_becomes_a_pair_and_the_rest_statements() {
        let posts = [
            reply(30, "레몬 타르트!", 29, shown("2", "뭐 먹을래?")),
            post(20, "@lemon_co 언제 열어요?"),
            reply(10, "그러게", 9, Content::Gone),
        ];
        assert_eq!(
            summary(&entries(&posts, ME, Reach::Whole)),
            [
                ("30", Some("뭐 먹을래?"), "레몬 타르트!"),
                ("20", None, "@lemon_co 언제 열어요?"),
                ("10", None, "그러게"),
            ]
        );
    }

    #[test]
    fn what_is_not_ones_own_to_show_is_dropped() {
        let posts = [
            Post {
                repost: true,
                ..post(5, "남의 글")
            },
            post(4, "RT @lee: 남의 글"),
            reply(3, "비밀 얘기", 2, Content::Protected),
            post(1, "https://t.co/abc"),
        ];
        assert_eq!(entries(&posts, ME, Reach::Whole), []);
    }

    #[test]
    fn others_words_are_cut_out_of_what_the_owner_said_and_stay_in_what_was_said_to_them() {
        let said = shown("2", "그래 RT @lee: 졸려");
        let posts = [
            reply(30, "나도 RT @lee: 졸려", 29, said),
            post(20, "“@lee: 배고파” 나도"),
        ];
        assert_eq!(
            summary(&entries(&posts, ME, Reach::Whole)),
            [
                ("30", Some("그래 RT @lee: 졸려"), "나도"),
                ("20", None, "나도")
            ]
        );
    }

    #[test]
    fn a_thread_of_ones_own_is_one_entry() {
        let posts = [
            reply(13, "셋", 12, shown(ME, "둘")),
            reply(12, "둘", 11, shown(ME, "하나")),
            reply(11, "하나", 10, shown("2", "세어 봐")),
        ];
        assert_eq!(
            summary(&entries(&posts, ME, Reach::Whole)),
            [("11", Some("세어 봐"), "하나\n둘\n셋")]
        );
    }

    #[test]
    fn a_thread_waits_for_its_first_post_until_there_are_no_more() {
        let posts = [
            reply(13, "셋", 12, shown(ME, "둘")),
            reply(12, "둘", 11, shown(ME, "하나")),
        ];
        assert_eq!(entries(&posts, ME, Reach::Partial), []);
        assert_eq!(
            summary(&entries(&posts, ME, Reach::Whole)),
            [("12", Some("하나"), "둘\n셋")]
        );
    }

    #[test]
    fn a_thread_longer_than_the_limit_goes_on_as_statements() {
        let last = u32::try_from(MAX_THREAD).unwrap() + 2;
        let mut posts = vec![post(1, "글 1")];
        posts.extend((2..=last).map(|id| reply(id, &format!("글 {id}"), id - 1, shown(ME, "앞"))));
        let entries = entries(&posts, ME, Reach::Whole);
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[2].reply.lines().count(), MAX_THREAD);
    }

    #[test]
    fn posts_that_answer_each_other_end() {
        let posts = [
            reply(2, "b", 1, shown(ME, "a")),
            reply(1, "a", 2, shown(ME, "b")),
        ];
        assert_eq!(entries(&posts, ME, Reach::Whole).len(), 2);
    }

    /// A person's posts, newest first: each may answer an older one of their own,
    /// somebody else's, or nobody's.
    fn history() -> impl Strategy<Value = Vec<Post>> {
        proptest::collection::vec((0u8..4, 1u32..6, "[가-힣 ]{0,6}"), 1..60).prop_map(|steps| {
            let mut posts: Vec<Post> = Vec::new();
            for (i, (kind, back, text)) in steps.into_iter().enumerate() {
                let id = u32::try_from(i).unwrap() + 100;
                posts.push(match kind {
                    0 => reply(id, &text, id + 10_000, shown("2", "누가 한 말")),
                    1 => reply(id, &text, id.saturating_sub(back), shown(ME, "내 말")),
                    2 => reply(id, &text, id + 20_000, Content::Protected),
                    _ => post(id, &text),
                });
            }
            posts.reverse();
            posts
        })
    }

    proptest! {
        #[test]
        fn an_entry_given_early_is_given_again_unchanged(posts in history(), cut in 0usize..60) {
            let early = entries(&posts[..cut.min(posts.len())], ME, Reach::Partial);
            let late = entries(&posts, ME, Reach::Whole);
            for entry in early {
                prop_assert!(late.contains(&entry), "{:?} is lost", entry);
            }
        }

        #[test]
        fn ids_are_unique_and_order_is_newest_first(posts in history()) {
            let entries = entries(&posts, ME, Reach::Whole);
            prop_assert!(entries.windows(2).all(|w| w[0].at > w[1].at));
        }
    }
}
