//! Posts to entries: what was said, and what this person replied.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::feed::Feed;
use crate::positions::Positions;
use crate::text;

/// Most posts that one run of one's own replies may join to an entry. A longer
/// thread is an essay; its later posts stand as statements of their own.
pub const MAX_THREAD: usize = 8;

/// Longest pause, in seconds, between a post and an answer of one's own that is still said
/// in one go: shorter than a night's sleep. Who goes on after a meal or a film is still at
/// it; who answers oneself the next morning, or years later, looks back.
pub const LONGEST_PAUSE: i64 = 6 * 60 * 60;

/// Longest time, in seconds, between posts of two places that are one thing said in both.
pub const LONGEST_DELAY: i64 = 10 * 60;

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
    /// The ids that it had before it was edited: others may answer it under them, and a post
    /// that still has one of them is not what the person says any more.
    pub earlier: Vec<String>,
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
    /// One's own, and not given with this page: it may come on another.
    Own,
    /// Its author is protected: the text must go nowhere.
    Protected,
    /// Deleted, withheld, or not given.
    Gone,
}

/// One thing this person said, and what they said it to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// The id of its first post.
    pub id: Arc<str>,
    /// Never empty.
    pub reply: Arc<str>,
    /// What it answers: somebody else's words, or one's own of another time. None for a
    /// statement, never empty.
    pub said: Option<Arc<str>>,
    /// Of its first post, in seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
}

/// How much of a person's posts in one place is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Older posts are still to come: a thread whose first post is missing waits.
    Partial,
    /// There are no others: what has no first post stands by itself.
    Whole,
}

/// A person's posts, each once.
#[derive(Debug, Default)]
pub struct Corpus {
    /// The places of the feeds that posts came from.
    spaces: Vec<Space>,
    /// In the order in which they came.
    posts: Vec<Known>,
    by_id: Positions,
    /// Earlier ids to the later ones of the same post.
    edited: HashMap<Arc<str>, Arc<str>>,
    /// Posts of entries that the person does not want to be there.
    left_out: FxHashSet<Arc<str>>,
}

/// What this person said, newest first, by whether they want it to be there.
#[derive(Debug, Default)]
pub struct Sorted {
    pub entries: Vec<Entry>,
    pub left_out: Vec<Entry>,
}

/// A place that has ids of its own.
#[derive(Debug)]
struct Space {
    /// What stands before them.
    prefix: String,
    /// The person's accounts there.
    owners: Vec<String>,
    reach: Reach,
}

/// A post as it is kept: its text is what its author said. Entries share it.
#[derive(Debug)]
struct Known {
    id: Arc<str>,
    /// Position in `spaces`, of which there are as many as accounts.
    space: u16,
    text: Arc<str>,
    at: i64,
    repost: bool,
    answers: Option<Answered>,
}

/// What a post answers.
#[derive(Debug)]
struct Answered {
    /// None where it is somebody else's.
    id: Option<Arc<str>>,
    content: Said,
}

/// [`Content`] by what it means here.
#[derive(Debug, PartialEq)]
enum Said {
    ByOther(Arc<str>),
    /// With its text, if that was given; the post itself may yet come.
    ByOwner(Option<Arc<str>>),
    Protected,
    Gone,
}

/// Where a post belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The first post of its conversation may yet come.
    Waits,
    /// Somebody protected is answered in its conversation.
    Hidden,
    In(Seat),
}

/// A post's place in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seat {
    /// The thread's first post.
    root: usize,
    /// When it was said, and never before what it answers: an edit has a later date.
    at: i64,
    /// How many posts it is away from the first one.
    depth: usize,
}

impl Corpus {
    /// Takes a post of a feed; gives whether it is a new one. Of one that is there already only
    /// two things are heard: that its parent's author is protected by now, and earlier ids.
    pub fn add(&mut self, feed: &Feed, post: Post) -> bool {
        let space = self.space(feed);
        let prefix = &self.spaces[space].prefix;
        let spaced = |id: String| -> Arc<str> {
            if prefix.is_empty() {
                id.into()
            } else {
                format!("{prefix}{id}").into()
            }
        };
        let id = spaced(post.id);
        for earlier in post.earlier {
            let earlier = spaced(earlier);
            if earlier != id {
                self.edited.insert(earlier, Arc::clone(&id));
            }
        }
        if let Some(known) = self.at(&id) {
            if let (Some(known), Some(parent)) = (&mut self.posts[known].answers, post.parent)
                && parent.content == Content::Protected
            {
                known.content = Said::Protected;
            }
            return false;
        }
        let answers = post.parent.map(|parent| {
            let content = self.said(space, parent.content);
            let is_others = matches!(content, Said::ByOther(_));
            Answered {
                id: (!is_others).then(|| spaced(parent.id)),
                content,
            }
        });
        self.posts.push(Known {
            id: Arc::clone(&id),
            space: u16::try_from(space).unwrap_or(u16::MAX),
            text: text::own(&post.text).into(),
            at: post.at,
            repost: post.repost,
            answers,
        });
        let last = self.posts.len() - 1;
        self.by_id.insert(&&*id, last, |at| &*self.posts[at].id);
        true
    }

    /// Leaves no room for more posts than there are.
    pub fn shrink(&mut self) {
        self.posts.shrink_to_fit();
    }

    /// Where the post with this id is.
    fn at(&self, id: &str) -> Option<usize> {
        self.by_id.find(&id, |at| *self.posts[at].id == *id)
    }

    /// Of no place all is there.
    pub fn reaches_nothing(&mut self) {
        for space in &mut self.spaces {
            space.reach = Reach::Partial;
        }
    }

    /// How much of what there is in the place of `feed` has come.
    pub fn reaches(&mut self, feed: &Feed, reach: Reach) {
        let space = self.space(feed);
        self.spaces[space].reach = reach;
    }

    fn space(&mut self, feed: &Feed) -> usize {
        let prefix = feed.space();
        let there = self.spaces.iter().position(|space| space.prefix == prefix);
        let at = there.unwrap_or(self.spaces.len());
        if there.is_none() {
            self.spaces.push(Space {
                prefix,
                owners: Vec::new(),
                reach: Reach::Partial,
            });
        }
        let owners = &mut self.spaces[at].owners;
        if !owners.iter().any(|owner| owner == feed.author()) {
            owners.push(feed.author().into());
        }
        at
    }

    fn said(&self, space: usize, content: Content) -> Said {
        let owners = &self.spaces[space].owners;
        match content {
            Content::Shown { author_id, text } if owners.contains(&author_id) => {
                Said::ByOwner(Some(text::own(&text).into()))
            }
            Content::Shown { text, .. } => Said::ByOther(text::clean(&text).into()),
            Content::Own => Said::ByOwner(None),
            Content::Protected => Said::Protected,
            Content::Gone => Said::Gone,
        }
    }

    /// In the order in which they came.
    #[must_use]
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.posts.iter().map(|post| &*post.id)
    }

    #[must_use]
    pub fn holds(&self, id: &str) -> bool {
        self.at(id).is_some()
    }

    /// Whether a post is to be left out, with every entry that it is in.
    pub fn leave_out(&mut self, post: &str, is_left_out: bool) {
        if is_left_out {
            self.left_out.insert(post.into());
        } else {
            self.left_out.remove(post);
        }
    }

    /// The posts that these entries are made of.
    #[must_use]
    pub fn posts_of(&self, entries: &FxHashSet<&str>) -> Vec<Arc<str>> {
        let mut posts = Vec::new();
        self.each_entry(|entry, made_of| {
            if entries.contains(&*entry.id) {
                posts.extend(made_of.iter().map(|&(_, i)| Arc::clone(&self.posts[i].id)));
            }
        });
        posts
    }

    /// What this person said.
    ///
    /// Reposts, posts without words, earlier forms of edited posts, and conversations with
    /// protected authors give none. A post that answers one's own is joined to the first one
    /// of its thread if it came within [`LONGEST_PAUSE`], so an entry holds everything that
    /// was said in one go; a later one is an entry of its own that answers one's own words.
    /// Entries may still grow, or go into others, when posts come. They depend on which posts
    /// came, and in which order, and on nothing else. What was said in two places within
    /// [`LONGEST_DELAY`] in the same words is one entry.
    ///
    /// An entry is left out if any of its posts is, under whichever id, or if what was said in
    /// another place is the same.
    #[must_use]
    pub fn entries(&self) -> Sorted {
        let mut is_left_out = vec![false; self.posts.len()];
        for post in &self.left_out {
            if let Some(i) = self.latest(post) {
                is_left_out[i] = true;
            }
        }
        let mut entries = Vec::new();
        self.each_entry(|entry, made_of| {
            let out = made_of.iter().any(|&(_, i)| is_left_out[i]);
            entries.push((entry, out));
        });
        entries.sort_by(|(a, _), (b, _)| newest_first((a.at, &a.id), (b.at, &b.id)));
        if self.spaces.len() > 1 {
            self.without_said_elsewhere(&mut entries);
        }
        let mut sorted = Sorted {
            entries: Vec::with_capacity(entries.len()),
            left_out: Vec::new(),
        };
        for (entry, out) in entries {
            if out {
                sorted.left_out.push(entry);
            } else {
                sorted.entries.push(entry);
            }
        }
        sorted
    }

    /// Gives each entry, with the posts that it is made of.
    fn each_entry(&self, mut take: impl FnMut(Entry, &[(Seat, usize)])) {
        let mut seated: Vec<(Seat, usize)> = Vec::with_capacity(self.posts.len());
        for (i, place) in self.places().into_iter().enumerate() {
            let post = &self.posts[i];
            if let Place::In(seat) = place
                && !post.repost
                && !self.edited.contains_key(&post.id)
            {
                seated.push((seat, i));
            }
        }
        seated.sort_by_key(|(seat, _)| seat.root);
        for thread in seated.chunk_by_mut(|(a, _), (b, _)| a.root == b.root) {
            self.thread_entries(thread, &mut take);
        }
    }

    /// Of what was said in two places the longer text stays, or the earlier one of equals.
    fn without_said_elsewhere(&self, entries: &mut Vec<(Entry, bool)>) {
        let words: Vec<String> = entries
            .iter()
            .map(|(entry, _)| words(&entry.reply))
            .collect();
        // What is equal, or begins another text, begins alike.
        let mut alike: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (i, words) in words.iter().enumerate() {
            alike.entry(beginning(words)).or_default().push(i);
        }
        let mut stays = vec![true; entries.len()];
        let mut out: Vec<bool> = entries.iter().map(|(_, out)| *out).collect();
        for alike in alike.values() {
            for (n, &i) in alike.iter().enumerate() {
                let at = entries[i].0.at;
                let before = alike[n + 1..].iter().take(MOST_ALIKE);
                let near =
                    before.take_while(|&&j| at.saturating_sub(entries[j].0.at) <= LONGEST_DELAY);
                for &j in near {
                    let is_of_two = self.space_of(&entries[i].0) != self.space_of(&entries[j].0);
                    if stays[i] && stays[j] && is_of_two {
                        let [a, b] = [i, j].map(|at| (&entries[at].0, words[at].as_str()));
                        let again = said_again(a, b);
                        if again.is_some() {
                            (out[i], out[j]) = (out[i] || out[j], out[i] || out[j]);
                        }
                        match again {
                            Some(Again::First) => stays[i] = false,
                            Some(Again::Second) => stays[j] = false,
                            None => {}
                        }
                    }
                }
            }
        }
        for (entry, out) in entries.iter_mut().zip(out) {
            entry.1 = out;
        }
        let mut stays = stays.into_iter();
        entries.retain(|_| stays.next().unwrap_or(true));
    }

    /// The place that an entry is from.
    fn space_of(&self, entry: &Entry) -> Option<u16> {
        self.at(&entry.id).map(|i| self.posts[i].space)
    }

    /// The place of each post. Each is found once, from its parent's.
    fn places(&self) -> Vec<Place> {
        let mut places: Vec<Option<Place>> = vec![None; self.posts.len()];
        let mut seen = vec![false; self.posts.len()];
        let mut chain = Vec::new();
        for first in 0..self.posts.len() {
            let mut next = Some(first);
            while let Some(i) = next
                && !std::mem::replace(&mut seen[i], true)
            {
                chain.push(i);
                next = self.answered(i);
            }
            while let Some(i) = chain.pop() {
                // None also where a chain bites its own tail: it is cut there.
                let above = self
                    .answered(i)
                    .and_then(|above| Some((above, places[above]?)));
                places[i] = Some(self.place(i, above));
            }
        }
        places.into_iter().flatten().collect()
    }

    fn place(&self, i: usize, above: Option<(usize, Place)>) -> Place {
        let post = &self.posts[i];
        let reach = self.spaces[usize::from(post.space)].reach;
        let first = Seat {
            root: i,
            at: post.at,
            depth: 0,
        };
        match (above, &post.answers) {
            (Some((_, place @ (Place::Waits | Place::Hidden))), _) => place,
            (Some((above, Place::In(seat))), _) => {
                let pause = post.at.saturating_sub(self.posts[above].at);
                Place::In(if pause > LONGEST_PAUSE {
                    first
                } else {
                    Seat {
                        at: seat.at.max(post.at),
                        depth: seat.depth + 1,
                        ..seat
                    }
                })
            }
            (None, Some(answered)) => match &answered.content {
                Said::Protected => Place::Hidden,
                Said::ByOwner(_) if reach == Reach::Partial => Place::Waits,
                _ => Place::In(first),
            },
            (None, None) => Place::In(first),
        }
    }

    /// The post of one's own that post `i` answers, in its latest form.
    fn answered(&self, i: usize) -> Option<usize> {
        self.latest(self.posts[i].answers.as_ref()?.id.as_ref()?)
    }

    /// The post that has, or had, an id, in its latest form.
    fn latest(&self, id: &Arc<str>) -> Option<usize> {
        let mut id = id;
        // Ids that follow each other in a circle are no post's.
        for _ in 0..MOST_EDITS {
            match self.edited.get(id) {
                Some(later) => id = later,
                None => return self.at(id),
            }
        }
        None
    }

    /// Gives the entries of a thread.
    fn thread_entries(
        &self,
        thread: &mut [(Seat, usize)],
        take: &mut impl FnMut(Entry, &[(Seat, usize)]),
    ) {
        let Some(root) = thread.first().map(|(seat, _)| seat.root) else {
            return;
        };
        thread.sort_by(|(a, i), (b, j)| {
            let by_id = || newest_first((0, &self.posts[*j].id), (0, &self.posts[*i].id));
            (a.at, a.depth).cmp(&(b.at, b.depth)).then_with(by_id)
        });
        let entry = |post: &Known, reply: Arc<str>, said: Option<Arc<str>>| Entry {
            id: Arc::clone(&post.id),
            reply,
            said: said.filter(|said| !said.is_empty()),
            at: post.at,
        };
        let (joined, rest) = thread.split_at(thread.len().min(MAX_THREAD));
        let texts = joined.iter().map(|&(_, i)| &self.posts[i].text);
        let texts: Vec<&Arc<str>> = texts.filter(|text| !text.is_empty()).collect();
        let reply = if let [text] = texts[..] {
            // What was cleaned is no longer than what an entry may be.
            Arc::clone(text)
        } else {
            let texts: Vec<&str> = texts.iter().map(|text| &***text).collect();
            text::cut(&texts.join("\n")).into()
        };
        if !reply.is_empty() {
            take(entry(&self.posts[root], reply, self.said_to(root)), joined);
        }
        for alone in rest.chunks(1) {
            let post = &self.posts[alone[0].1];
            if !post.text.is_empty() {
                take(entry(post, Arc::clone(&post.text), None), alone);
            }
        }
    }

    /// What a thread whose first post is `root` answers.
    fn said_to(&self, root: usize) -> Option<Arc<str>> {
        if let Some(above) = self.answered(root) {
            let above = &self.posts[above];
            return (!above.repost).then(|| Arc::clone(&above.text));
        }
        match &self.posts[root].answers.as_ref()?.content {
            Said::ByOther(text) | Said::ByOwner(Some(text)) => Some(Arc::clone(text)),
            Said::ByOwner(None) | Said::Protected | Said::Gone => None,
        }
    }
}

/// Which of two entries says nothing that the other one does not.
enum Again {
    First,
    Second,
}

/// Which of two entries, each with its words, is in the other: the one that says less, or as
/// much in fewer characters.
fn said_again(first: (&Entry, &str), second: (&Entry, &str)) -> Option<Again> {
    let fullness = |(entry, words): (&Entry, &str)| (words.len(), entry.reply.len());
    let (again, (_, part), (_, whole)) = if fullness(first) > fullness(second) {
        (Again::Second, second, first)
    } else {
        (Again::First, first, second)
    };
    // A beginning that is short may be of anything.
    let is_known = part.chars().count() >= FEWEST_WORDS;
    (part == whole || (is_known && whole.starts_with(part))).then_some(again)
}

/// Most times that a post is followed to a later form of it: X lets five edits be made.
const MOST_EDITS: usize = 32;

/// Fewest letters of a beginning by which the whole is known.
const FEWEST_WORDS: usize = 20;

/// Most entries with one beginning that an entry is compared with: who says more alike within
/// minutes says it in one place.
const MOST_ALIKE: usize = 64;

/// The first [`FEWEST_WORDS`] letters, or all if there are fewer.
fn beginning(words: &str) -> &str {
    let end = words.char_indices().nth(FEWEST_WORDS);
    end.map_or(words, |(end, _)| &words[..end])
}

/// What two forms of one text have in common: its letters, without what places do to links and
/// spaces.
fn words(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    let letters: String = letters.flat_map(char::to_lowercase).collect();
    if letters.is_empty() {
        text.to_owned()
    } else {
        letters
    }
}

/// Ids of X grow with time but not in length alone, so they are compared as
/// numbers are: the longer one is the larger.
fn newest_first(a: (i64, &str), b: (i64, &str)) -> std::cmp::Ordering {
    (b.0, b.1.len(), b.1).cmp(&(a.0, a.1.len(), a.1))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::feed::Source;
    use proptest::prelude::*;

    pub(crate) const ME: &str = "1";

    /// As which X gives posts.
    pub(crate) fn feed() -> Feed {
        Feed::new(Source::X, ME)
    }

    pub(crate) fn post(id: u32, text: &str) -> Post {
        Post {
            id: id.to_string(),
            text: text.into(),
            at: i64::from(id),
            lang: None,
            repost: false,
            parent: None,
            earlier: Vec::new(),
        }
    }

    pub(crate) fn reply(id: u32, text: &str, parent: u32, content: Content) -> Post {
        Post {
            parent: Some(Parent {
                id: parent.to_string(),
                content,
            }),
            ..post(id, text)
        }
    }

    pub(crate) fn shown(author: &str, text: &str) -> Content {
        Content::Shown {
            author_id: author.into(),
            text: text.into(),
        }
    }

    fn edit(id: u32, text: &str, earlier: &[u32]) -> Post {
        Post {
            earlier: earlier.iter().map(ToString::to_string).collect(),
            ..post(id, text)
        }
    }

    fn entries(posts: &[Post], reach: Reach) -> Vec<Entry> {
        let mut corpus = Corpus::default();
        for post in posts {
            corpus.add(&feed(), post.clone());
        }
        corpus.reaches(&feed(), reach);
        corpus.entries().entries
    }

    fn summary(entries: &[Entry]) -> Vec<(&str, Option<&str>, &str)> {
        entries
            .iter()
            .map(|e| (&*e.id, e.said.as_deref(), &*e.reply))
            .collect()
    }

    #[test]
    fn a_reply_becomes_a_pair_and_the_rest_statements() {
        let posts = [
            reply(
                30,
                "레몬 타르트!",
                29,
                shown("2", "뭐 먹을래? https://t.co/a"),
            ),
            post(20, "@lemon_co 언제 열어요?"),
            reply(10, "그러게", 9, Content::Gone),
            reply(8, "이거?", 7, shown("2", "(https://t.co/a)")),
        ];
        assert_eq!(
            summary(&entries(&posts, Reach::Whole)),
            [
                ("30", Some("뭐 먹을래?"), "레몬 타르트!"),
                ("20", None, "@lemon_co 언제 열어요?"),
                ("10", None, "그러게"),
                ("8", None, "이거?"),
            ]
        );
    }

    #[test]
    fn what_is_not_ones_own_to_show_is_dropped() {
        let night = u32::try_from(LONGEST_PAUSE).unwrap() + 1;
        let posts = [
            reply(night + 4, "그 비밀 말인데", 3, Content::Own),
            reply(6, "계속 비밀", 3, shown(ME, "비밀 얘기")),
            Post {
                repost: true,
                ..post(5, "남의 글")
            },
            post(4, "RT @lee: 남의 글"),
            reply(3, "비밀 얘기", 2, Content::Protected),
            post(1, "https://t.co/abc"),
        ];
        assert_eq!(entries(&posts, Reach::Whole), []);
    }

    #[test]
    fn others_words_are_cut_out_of_what_the_owner_said_and_stay_in_what_was_said_to_them() {
        let posts = [
            reply(
                30,
                "나도 RT @lee: 졸려",
                29,
                shown("2", "그래 RT @lee: 졸려"),
            ),
            post(20, "“@lee: 배고파” 나도"),
        ];
        assert_eq!(
            summary(&entries(&posts, Reach::Whole)),
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
            reply(12, "둘", 11, Content::Own),
            reply(11, "하나", 10, shown("2", "세어 봐")),
        ];
        assert_eq!(
            summary(&entries(&posts, Reach::Whole)),
            [("11", Some("세어 봐"), "하나\n둘\n셋")]
        );
    }

    #[test]
    fn a_thread_is_what_was_said_in_one_go() {
        let pause = u32::try_from(LONGEST_PAUSE).unwrap();
        let years = 100_000_000;
        let posts = [
            reply(
                years + 1,
                "아직도 그래",
                years,
                shown(ME, "다시 보니 웃기네"),
            ),
            reply(years, "다시 보니 웃기네", 11 + pause, Content::Own),
            reply(11 + pause, "둘", 11, shown(ME, "하나")),
            post(11, "하나 “@lee: 세어 봐”"),
        ];
        let entries = entries(&posts, Reach::Whole);
        assert_eq!(
            summary(&entries),
            [
                ("100000000", Some("둘"), "다시 보니 웃기네\n아직도 그래"),
                ("11", None, "하나\n둘"),
            ]
        );
        assert_eq!(entries[0].at, i64::from(years));
        let late = reply(12 + pause, "둘", 11, shown(ME, "하나"));
        assert_eq!(
            summary(&self::entries(&[late, posts[3].clone()], Reach::Whole))[0],
            ("21612", Some("하나"), "둘"),
            "one's own words without others'"
        );
    }

    #[test]
    fn a_thread_waits_for_its_first_post_until_there_are_no_more() {
        for content in [shown(ME, "하나"), Content::Own] {
            let said = (content != Content::Own).then_some("하나");
            let posts = [
                reply(13, "셋", 12, shown(ME, "둘")),
                reply(12, "둘", 11, content),
            ];
            assert_eq!(entries(&posts, Reach::Partial), []);
            assert_eq!(
                summary(&entries(&posts, Reach::Whole)),
                [("12", said, "둘\n셋")]
            );
        }
    }

    #[test]
    fn a_thread_longer_than_the_limit_goes_on_as_statements() {
        let last = u32::try_from(MAX_THREAD).unwrap() + 2;
        let mut posts = vec![post(1, "글 1")];
        posts.extend((2..=last).map(|id| reply(id, &format!("글 {id}"), id - 1, shown(ME, "앞"))));
        let entries = entries(&posts, Reach::Whole);
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[2].reply.lines().count(), MAX_THREAD);
    }

    #[test]
    fn a_long_thread_is_cut_to_a_clean_text() {
        let posts = [
            reply(2, "나", 1, Content::Own),
            post(1, &"가".repeat(text::MAX_CHARS - 1)),
        ];
        let entries = entries(&posts, Reach::Whole);
        assert_eq!(*entries[0].reply, *"가".repeat(text::MAX_CHARS - 1));
    }

    #[test]
    fn what_was_edited_counts_as_it_is_now() {
        let posts = [
            reply(17, "셋", 12, Content::Own),
            Post {
                at: 16,
                ..edit(13, "하나!", &[11, 12])
            },
            reply(14, "둘", 11, shown(ME, "하나")),
            edit(12, "하나.", &[11]),
            post(11, "하나"),
        ];
        for posts in [posts.clone(), {
            let mut oldest_first = posts;
            oldest_first.reverse();
            oldest_first
        }] {
            assert_eq!(
                summary(&entries(&posts, Reach::Whole)),
                [("13", None, "하나!\n둘\n셋")]
            );
        }
        let unseen = [reply(14, "둘", 11, Content::Own), edit(13, "하나!", &[11])];
        assert_eq!(
            summary(&entries(&unseen, Reach::Partial)),
            [("13", None, "하나!\n둘")]
        );
    }

    #[test]
    fn a_parent_that_has_become_protected_is_heard_of() {
        let mut corpus = Corpus::default();
        assert!(corpus.add(&feed(), reply(2, "응", 1, shown("2", "와?"))));
        assert!(!corpus.add(&feed(), reply(2, "응", 1, Content::Protected)));
        corpus.reaches(&feed(), Reach::Whole);
        assert_eq!(corpus.entries().entries, []);
    }

    #[test]
    fn posts_that_answer_each_other_end() {
        let circle = [
            reply(2, "b", 1, shown(ME, "a")),
            reply(1, "a", 2, shown(ME, "b")),
        ];
        assert_eq!(entries(&circle, Reach::Whole).len(), 1);
        let edits = [
            edit(2, "b", &[1]),
            edit(1, "a", &[2]),
            reply(3, "c", 1, Content::Own),
        ];
        assert_eq!(summary(&entries(&edits, Reach::Whole)), [("3", None, "c")]);
        assert_eq!(
            summary(&entries(&[edit(2, "b", &[2])], Reach::Whole)),
            [("2", None, "b")]
        );
    }

    /// A person's posts, newest first: each may answer an older one of their own,
    /// somebody else's, or nobody's.
    fn history() -> impl Strategy<Value = Vec<Post>> {
        let steps = (0u8..5, 1u32..6, "[가-힣 ]{0,6}", 1i64..LONGEST_PAUSE);
        proptest::collection::vec(steps, 1..60).prop_map(|steps| {
            let mut posts: Vec<Post> = Vec::new();
            let mut at = 0;
            for (i, (kind, back, text, later)) in steps.into_iter().enumerate() {
                let id = u32::try_from(i).unwrap() + 100;
                at += later;
                let own = id.saturating_sub(back);
                let post = match kind {
                    0 => reply(id, &text, id + 10_000, shown("2", "누가 한 말")),
                    1 => reply(id, &text, own, shown(ME, "내 말")),
                    2 => reply(id, &text, own, Content::Own),
                    3 => reply(id, &text, id + 20_000, Content::Protected),
                    _ => post(id, &text),
                };
                posts.push(Post { at, ..post });
            }
            posts.reverse();
            posts
        })
    }

    proptest! {
        #[test]
        fn an_entry_given_early_is_given_again_unchanged(posts in history(), cut in 0usize..60) {
            let early = entries(&posts[..cut.min(posts.len())], Reach::Partial);
            let late = entries(&posts, Reach::Whole);
            for entry in early {
                prop_assert!(late.contains(&entry), "{:?} is lost", entry);
            }
        }

        #[test]
        fn ids_are_unique_and_order_is_newest_first(posts in history()) {
            let entries = entries(&posts, Reach::Whole);
            prop_assert!(entries.windows(2).all(|w| w[0].at > w[1].at));
        }

        #[test]
        fn no_entry_is_longer_than_a_text_may_be(posts in history()) {
            for entry in entries(&posts, Reach::Whole) {
                prop_assert_eq!(text::clean(&entry.reply), entry.reply.to_string());
                prop_assert!(entry.said.as_deref() != Some(""));
            }
        }
    }

    #[test]
    fn ids_of_two_places_are_not_the_same_and_those_of_x_and_its_archive_are() {
        let mut corpus = Corpus::default();
        let feeds = [
            Feed::new(Source::X, ME),
            Feed::new(Source::Misskey, "a.example/1"),
            Feed::new(Source::Misskey, "b.example/1"),
        ];
        for (feed, text) in feeds.iter().zip(["하나", "둘", "셋"]) {
            assert!(corpus.add(feed, post(1, text)));
            // One's own answer there, and not to the post of that id elsewhere.
            assert!(corpus.add(feed, reply(2, &format!("{text}!"), 1, Content::Own)));
            corpus.reaches(feed, Reach::Whole);
        }
        let archive = Feed::new(Source::XArchive, ME);
        assert!(!corpus.add(&archive, post(1, "하나")));
        let entries = corpus.entries().entries;
        let mut got: Vec<_> = entries.iter().map(|e| (&*e.id, &*e.reply)).collect();
        got.sort_unstable();
        assert_eq!(
            got,
            [
                ("1", "하나\n하나!"),
                ("misskey:a.example/1", "둘\n둘!"),
                ("misskey:b.example/1", "셋\n셋!"),
            ]
        );
    }

    #[test]
    fn a_thread_waits_for_its_own_place_alone() {
        let mut corpus = Corpus::default();
        let other = Feed::new(Source::Bluesky, "did:plc:a");
        for feed in [&feed(), &other] {
            corpus.add(feed, reply(2, &feed.space(), 1, Content::Own));
        }
        corpus.reaches(&other, Reach::Whole);
        assert_eq!(
            summary(&corpus.entries().entries),
            [("bluesky:2", None, "bluesky:")]
        );
        corpus.reaches(&feed(), Reach::Whole);
        assert_eq!(corpus.entries().entries.len(), 1, "the other text is none");
    }

    /// What was moved from one place to another by a program may all have one time.
    #[test]
    fn many_posts_of_one_minute_are_compared_with_few() {
        let other = Feed::new(Source::Bluesky, "did:plc:a");
        let mut corpus = Corpus::default();
        for n in 0..30_000 {
            let said = |place: &str| Post {
                at: 1_000,
                ..post(
                    n,
                    &format!("{place} 에서 하는 말은 언제나 이렇게 시작합니다 {n}"),
                )
            };
            corpus.add(&feed(), said("여기"));
            corpus.add(&other, said("여기"));
        }
        let entries = corpus.entries().entries.len();
        assert!((30_000..60_000).contains(&entries), "{entries}");
    }

    #[test]
    fn what_was_said_in_two_places_is_one_entry_with_the_longer_text() {
        /// More bytes than what begins with the same letters.
        const LEMONS: &str =
            "오늘은 레몬 🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋🍋";
        let other = Feed::new(Source::Bluesky, "did:plc:a");
        let long = "오늘은 레몬을 스무 개 사서 잼을 만들었는데 정말 맛있었다 다음에 또 해야지";
        for (here, there, after, stays) in [
            ("레몬 잼!", "레몬  잼", 60, vec!["레몬 잼!"]),
            ("레몬 잼", "레몬 잼", 60, vec!["레몬 잼"]),
            ("레몬 잼", "레몬 잼", 601, vec!["레몬 잼", "레몬 잼"]),
            (
                "레몬 잼",
                "레몬 잼 만듦",
                60,
                vec!["레몬 잼 만듦", "레몬 잼"],
            ),
            (&long[..90], long, 600, vec![long]),
            (LEMONS, long, 60, vec![LEMONS, long]),
            ("!!", "??", 0, vec!["!!", "??"]),
        ] {
            let mut corpus = Corpus::default();
            corpus.add(&feed(), post(1_000, here));
            let cross = Post {
                at: 1_000 + after,
                ..post(7, there)
            };
            corpus.add(&other, cross);
            let entries = corpus.entries().entries;
            let mut got: Vec<_> = entries.iter().map(|entry| &*entry.reply).collect();
            got.sort_by_key(|text| (std::cmp::Reverse(text.len()), *text));
            assert_eq!(got, stays, "{here} and {there} after {after}");
        }
        // In one place somebody may say the same twice.
        let twice = [post(1_001, "ㅋㅋ"), post(1_000, "ㅋㅋ")];
        let mut corpus = Corpus::default();
        for post in twice {
            corpus.add(&feed(), post);
        }
        corpus.add(&other, post(1, "다른 말"));
        assert_eq!(corpus.entries().entries.len(), 3);
    }
}
