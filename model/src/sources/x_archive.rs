//! The archive that X gives of an account: a zip of JavaScript files, of which five kinds are
//! read and all others never.
//!
//! What is in it cannot be proven to be anybody's. Files may come in any order of time, in
//! several parts, and in every form that X has used since 2012.

pub mod exchange;
#[cfg(feature = "archive")]
mod file;
#[cfg(feature = "archive")]
mod inflated;
mod item;
mod objects;
mod part;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use lemon_given::id::Id;

#[cfg(feature = "archive")]
pub use file::{MAX_UNPACKED, Opened, sought};
pub use item::Account;
use item::{Like, Note, Tweet, circled};
pub use objects::{Ending, MAX_OBJECT, Objects};
pub use part::Part;

use crate::corpus::{Content, Parent, Post};
pub use crate::sources::capacity::MAX_POSTS;
use crate::sources::{given::MAX_LANG, x};
use crate::text;

/// Most bytes of texts that are kept at a time of posts, notes and likes each: three times what
/// [`MAX_POSTS`] of X's usual length have. Of more, the newest half stays.
const MAX_TEXTS: usize = 128 * 1024 * 1024;

/// Most notes that are kept: all are held until the posts that they belong to are known.
const MAX_NOTES: usize = 20_000;

/// Most posts and notes of one second that are looked at for which belongs to which: where
/// there are more, hardly any would be certain.
const MOST_AT_ONCE: usize = 8;

/// When there were circles, in seconds since 1970, with some weeks more: 2022-04-01 to
/// 2024-01-01.
const CIRCLES: Range<i64> = 1_648_771_200..1_704_067_200;

/// Longest text of a post that is kept, in bytes: more than cleaning leaves of any.
const MAX_TEXT: usize = 24 * 1024;

/// How X marks that a text goes on in a note.
const CUT: char = '…';

/// An archive, as far as it has been read.
#[derive(Debug)]
pub struct Archive {
    /// Most posts that are kept, the newest.
    most: usize,
    account: Option<Account>,
    /// Posts to a circle, which stand unmarked among the others.
    circle: HashSet<Id>,
    /// Not all of them could be read.
    is_circle_broken: bool,
    posts: HashMap<Id, Own>,
    notes: Vec<Note>,
    likes: HashMap<Id, String>,
    /// What is answered, of others: the likes that are worth keeping.
    wanted: HashSet<Id>,
    left_out: usize,
    too_many: usize,
    /// Bytes of the texts of posts, of notes and of likes.
    texts: Texts,
}

#[derive(Debug, Default)]
struct Texts {
    posts: usize,
    notes: usize,
    likes: usize,
}

/// A post of the person's own.
#[derive(Debug)]
struct Own {
    at: i64,
    text: String,
    start: Option<u32>,
    lang: Option<String>,
    answers: Option<Id>,
    answers_user: Option<Id>,
    earlier: Vec<Id>,
}

/// What an archive holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Whose it was taken for; none if it does not say.
    pub account: Option<Account>,
    /// Newest first, each once.
    pub posts: Vec<Post>,
    /// Posts that could not be read.
    pub left_out: usize,
    /// Posts that may have been for a circle only: which were cannot be read.
    pub doubtful: usize,
    /// Older posts than the newest that were to be kept.
    pub too_many: usize,
}

impl Default for Archive {
    fn default() -> Self {
        Self::of(None)
    }
}

impl Archive {
    /// Of this person, as far as it is known before it is read.
    #[must_use]
    pub fn of(account: Option<Account>) -> Self {
        Self {
            most: MAX_POSTS,
            account,
            circle: HashSet::new(),
            is_circle_broken: false,
            posts: HashMap::new(),
            notes: Vec::new(),
            likes: HashMap::new(),
            wanted: HashSet::new(),
            left_out: 0,
            too_many: 0,
            texts: Texts::default(),
        }
    }

    /// Keeps the `most` newest posts, and no more than [`MAX_POSTS`].
    pub fn keep(&mut self, most: usize) {
        self.most = most.min(MAX_POSTS);
    }

    /// Takes an object of a file. Files are to come in the order of [`Part`].
    pub fn take(&mut self, part: Part, json: &[u8]) {
        match part {
            Part::Account => self.account = self.account.take().or_else(|| Account::read(json)),
            Part::Circle => match circled(json) {
                Some(id) => _ = self.circle.insert(id),
                None => self.is_circle_broken = true,
            },
            Part::Posts => match Tweet::read(json) {
                Some(tweet) => self.take_post(&tweet),
                None => self.left_out += 1,
            },
            Part::Notes => {
                let note = Note::read(json).map(|note| Note {
                    text: beginning(&note.text).to_owned(),
                    ..note
                });
                self.texts.notes += note.as_ref().map_or(0, |note| note.text.len());
                self.notes.extend(note);
                if self.texts.notes > MAX_TEXTS {
                    self.forget_oldest_notes(self.notes.len() / 2);
                } else if self.notes.len() >= MAX_NOTES + MAX_NOTES / 4 {
                    self.forget_oldest_notes(MAX_NOTES);
                }
            }
            Part::Likes => {
                if let Some(like) = Like::read(json)
                    && self.wanted.contains(&like.id)
                    && self.texts.likes <= MAX_TEXTS
                {
                    let text = beginning(&like.text).to_owned();
                    self.texts.likes += text.len();
                    self.likes.insert(like.id, text);
                }
            }
        }
    }

    /// There is no file that says which posts were for a circle.
    pub fn lacks_circle(&mut self) {
        self.is_circle_broken = true;
    }

    /// How a file ended, and how many of its objects were too long to be read.
    pub fn end_of_file(&mut self, part: Part, too_long: usize, ending: Ending) {
        match part {
            Part::Posts => self.left_out += too_long,
            Part::Circle => self.is_circle_broken |= too_long > 0 || ending != Ending::Whole,
            Part::Account | Part::Notes | Part::Likes => {}
        }
    }

    /// How many posts have been read.
    #[must_use]
    pub fn posts(&self) -> usize {
        self.posts.len()
    }

    fn take_post(&mut self, tweet: &Tweet) {
        let Some((id, at)) = tweet.id().zip(tweet.at()) else {
            self.left_out += 1;
            return;
        };
        let versions = tweet.versions();
        // The older versions of an edited post are nobody's any more, and a repost is not the
        // person's.
        if versions.last().is_some_and(|last| *last != id) || tweet.is_repost() {
            return;
        }
        let answers = tweet.answers();
        self.wanted.extend(answers);
        let own = Own {
            at,
            text: beginning(tweet.text()).to_owned(),
            start: tweet.start(),
            lang: tweet
                .lang()
                .filter(|lang| lang.len() <= MAX_LANG)
                .map(Into::into),
            answers,
            answers_user: tweet.answers_user(),
            earlier: versions
                .iter()
                .copied()
                .filter(|version| *version != id)
                .collect(),
        };
        self.texts.posts += own.text.len();
        self.posts.insert(id, own);
        if self.texts.posts > MAX_TEXTS {
            self.forget_oldest(self.posts.len() / 2);
        } else if self.posts.len() >= self.most + self.most / 4 {
            self.forget_oldest(self.most);
        }
    }

    /// Keeps the `most` newest posts.
    fn forget_oldest(&mut self, most: usize) {
        let mut times: Vec<(i64, Id)> = self.posts.iter().map(|(id, own)| (own.at, *id)).collect();
        let Some(more) = times.len().checked_sub(most).filter(|more| *more > 0) else {
            return;
        };
        let (_, first, _) = times.select_nth_unstable(more);
        let first = *first;
        self.posts.retain(|id, own| (own.at, *id) >= first);
        self.too_many += more;
        self.texts.posts = self.posts.values().map(|own| own.text.len()).sum();
        self.wanted = self.posts.values().filter_map(|own| own.answers).collect();
    }

    fn forget_oldest_notes(&mut self, most: usize) {
        let newest = |note: &Note| std::cmp::Reverse(note.at);
        self.notes.select_nth_unstable_by_key(most, newest);
        self.notes.truncate(most);
        self.texts.notes = self.notes.iter().map(|note| note.text.len()).sum();
    }

    /// What has been read.
    #[must_use]
    pub fn end(mut self) -> Found {
        // A post to a circle was for that circle.
        self.posts.retain(|id, _| !self.circle.contains(id));
        let all = self.posts.len();
        if self.is_circle_broken {
            self.posts.retain(|_, own| !CIRCLES.contains(&own.at));
        }
        let doubtful = all - self.posts.len();
        self.forget_oldest(self.most);
        self.join_notes();
        let mut own = std::mem::take(&mut self.posts);
        let ids: HashSet<Id> = own.keys().copied().collect();
        let mut newest: Vec<(i64, Id)> = own.iter().map(|(id, own)| (own.at, *id)).collect();
        newest.sort_unstable_by(|a, b| b.cmp(a));
        let posts = newest
            .into_iter()
            .filter_map(|(_, id)| Some(self.post(id, own.remove(&id)?, &ids)))
            .collect();
        Found {
            account: self.account,
            posts,
            left_out: self.left_out,
            doubtful,
            too_many: self.too_many,
        }
    }

    fn post(&self, id: Id, own: Own, ids: &HashSet<Id>) -> Post {
        Post {
            id: id.to_string(),
            text: x::plain(&own.text, own.start),
            at: own.at,
            repost: false,
            parent: own.answers.map(|parent| Parent {
                id: parent.to_string(),
                content: self.content(parent, own.answers_user, ids),
            }),
            lang: own.lang,
            earlier: own.earlier.iter().map(Id::to_string).collect(),
        }
    }

    /// What is known of a post that is answered, and of its author.
    fn content(&self, id: Id, author: Option<Id>, ids: &HashSet<Id>) -> Content {
        if self.circle.contains(&id) {
            return Content::Protected;
        }
        let me = self.account.as_ref();
        let me = me.and_then(|account| Id::parse(&account.id));
        if ids.contains(&id) || (author.is_some() && author == me) {
            return Content::Own;
        }
        match (self.likes.get(&id), author) {
            (Some(text), Some(author)) => Content::Shown {
                author_id: author.to_string(),
                text: x::plain(text, None),
            },
            _ => Content::Gone,
        }
    }

    /// Puts whole texts in the place of cut ones, where it is certain which belongs to which:
    /// they are of the same second and begin alike, and there is one of each.
    fn join_notes(&mut self) {
        let mut by_second: HashMap<i64, (Vec<Id>, Vec<Note>)> = HashMap::new();
        for note in std::mem::take(&mut self.notes) {
            by_second.entry(note.at).or_default().1.push(note);
        }
        for (id, own) in &self.posts {
            if let Some((posts, _)) = by_second.get_mut(&own.at) {
                posts.push(*id);
            }
        }
        for (posts, notes) in by_second.into_values() {
            if posts.len().max(notes.len()) > MOST_AT_ONCE {
                continue;
            }
            let belong = |id: &Id, note: &Note| {
                let own = self.posts.get(id);
                own.is_some_and(|own| begins_with(&note.text, own))
            };
            let certain: Vec<Option<Id>> = notes
                .iter()
                .map(|note| {
                    let post = only(posts.iter().filter(|id| belong(id, note)))?;
                    only(notes.iter().filter(|note| belong(post, note))).and(Some(*post))
                })
                .collect();
            for (id, note) in certain.into_iter().zip(notes) {
                if let Some(own) = id.and_then(|id| self.posts.get_mut(&id)) {
                    own.start = start_of_note(&note.text, own);
                    own.text = note.text;
                }
            }
        }
    }
}

/// As much of a text as is kept of any.
fn beginning(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Who wrote posts of which one answers another.
#[derive(Debug, Default)]
pub struct Thread {
    posts: HashSet<Id>,
    /// Posts that were answered, and whom by.
    answered: HashMap<Id, Account>,
    pub found: Option<Account>,
}

impl Thread {
    pub fn look(&mut self, json: &[u8]) {
        if self.found.is_some() {
            return;
        }
        let Some(tweet) = Tweet::read(json).filter(|_| self.posts.len() < MAX_POSTS) else {
            return;
        };
        let Some(id) = tweet.id() else { return };
        self.posts.insert(id);
        let account = tweet.answers_user().zip(tweet.answers_name());
        let account = account.map(|(id, handle)| Account {
            id: id.to_string(),
            handle: handle.to_owned(),
            name: String::new(),
        });
        if let Some((answers, account)) = tweet.answers().zip(account) {
            if self.posts.contains(&answers) {
                self.found = Some(account);
                return;
            }
            self.answered.insert(answers, account);
        }
        // Files are in any order.
        self.found = self.answered.remove(&id);
    }
}

/// The one and only.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

/// Whether the cut text of `own` is the beginning of the text of a note.
fn begins_with(note: &str, own: &Own) -> bool {
    let said = |text: &str, start| text::clean(&x::plain(text, start));
    let cut = said(&own.text, own.start);
    let cut = cut.trim_end().trim_end_matches(CUT).trim_end();
    !cut.is_empty() && said(note, start_of_note(note, own)).starts_with(cut)
}

/// Where the author of a note began: where they began in its cut text, if the note has what X
/// put in front of that, too.
fn start_of_note(note: &str, own: &Own) -> Option<u32> {
    let typed = x::typed(&own.text, own.start);
    let front = &own.text[..own.text.len() - typed.len()];
    if note.starts_with(front) {
        own.start
    } else {
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::corpus::{Corpus, Reach};
    use crate::feed::{Feed, Source};

    const ME: u64 = 100;

    /// The id of a post of this second after 2023-11-14T22:13:20Z, and the second.
    fn id(second: u64) -> u64 {
        ((1_700_000_000_000 + second * 1000 - 1_288_834_974_657) << 22) + 7
    }

    fn at(second: u64) -> i64 {
        1_700_000_000 + i64::try_from(second).unwrap()
    }

    fn tweet(second: u64, text: &str) -> Value {
        json!({
            "id": id(second).to_string(), "id_str": id(second).to_string(), "full_text": text,
            "created_at": "Tue Nov 14 22:13:20 +0000 2023", "lang": "ko",
            "display_text_range": ["0", text.chars().count().to_string()],
            "retweeted": false, "truncated": false,
        })
    }

    fn reply(second: u64, text: &str, to: u64, user: u64) -> Value {
        let mut reply = tweet(second, text);
        reply["in_reply_to_status_id_str"] = json!(to.to_string());
        reply["in_reply_to_user_id_str"] = json!(user.to_string());
        reply["display_text_range"] =
            json!([if text.starts_with("@kim ") { "5" } else { "0" }, "99"]);
        reply
    }

    /// An archive of these objects, each with its part.
    fn read(objects: &[(Part, Value)]) -> Found {
        let mut archive = Archive::default();
        let mut objects: Vec<_> = objects.to_vec();
        objects.sort_by_key(|(part, _)| *part);
        for (part, object) in objects {
            archive.take(part, object.to_string().as_bytes());
        }
        archive.end()
    }

    fn account() -> (Part, Value) {
        let account = json!({ "account": {
            "email": "lemon@example.org", "accountId": ME.to_string(), "username": "lemon_co",
            "accountDisplayName": "레몬",
        } });
        (Part::Account, account)
    }

    fn posts(tweets: impl IntoIterator<Item = Value>) -> Vec<(Part, Value)> {
        let wrapped = tweets
            .into_iter()
            .map(|tweet| (Part::Posts, json!({ "tweet": tweet })));
        std::iter::once(account()).chain(wrapped).collect()
    }

    fn texts(found: &Found) -> Vec<&str> {
        found.posts.iter().map(|post| post.text.as_str()).collect()
    }

    #[test]
    fn an_account_is_told_by_its_name_and_nothing_else_of_it() {
        let expected = Account {
            id: ME.to_string(),
            handle: "lemon_co".into(),
            name: "레몬".into(),
        };
        let (_, account) = account();
        let first_form = json!({
            "screen_name": "lemon_co", "full_name": "레몬", "id": ME.to_string(), "location": "서울",
        });
        for object in [account, first_form] {
            assert_eq!(
                read(&[(Part::Account, object)]).account,
                Some(expected.clone())
            );
        }
        for odd in [
            json!({}),
            json!({ "account": null }),
            json!({ "account": { "accountId": "x", "username": "lemon_co" } }),
            json!({ "account": { "accountId": "100", "username": "../a" } }),
            json!({ "account": { "accountId": "100", "username": "" } }),
        ] {
            assert_eq!(read(&[(Part::Account, odd)]).account, None);
        }
    }

    #[test]
    fn posts_come_newest_first_in_whatever_order_they_were_and_once() {
        let tweets = [
            tweet(20, "둘"),
            tweet(30, "셋"),
            tweet(10, "하나"),
            tweet(20, "둘"),
        ];
        let found = read(&posts(tweets));
        assert_eq!(texts(&found), ["셋", "둘", "하나"]);
        assert_eq!(found.posts[0].id, id(30).to_string());
        assert_eq!(found.posts[0].lang.as_deref(), Some("ko"));
        assert_eq!((found.left_out, found.too_many), (0, 0));
    }

    #[test]
    fn every_form_of_a_post_is_read() {
        let modern = json!({ "tweet": tweet(1, "글 &amp; 글") });
        let unwrapped = tweet(1, "글 &amp; 글");
        let first = json!({
            "id": id(1), "id_str": id(1).to_string(), "text": "글 &amp; 글",
            "created_at": "2023-11-14 22:13:21 +0000", "user": { "screen_name": "lemon_co" },
        });
        let numbers = json!({ "tweet": {
            "id": id(1), "full_text": "글 &amp; 글", "display_text_range": [0, 9],
            "in_reply_to_status_id": null, "entities": [], "edit_info": "none",
        } });
        for object in [modern, unwrapped, first, numbers] {
            let found = read(&[(Part::Posts, object.clone())]);
            assert_eq!(texts(&found), ["글 & 글"], "{object}");
            assert!(found.posts[0].at.abs_diff(at(1)) <= 1, "{object}");
        }
    }

    #[test]
    fn a_date_that_cannot_be_is_taken_from_the_id() {
        for (date, expected) in [
            (json!("Mon Jan 01 00:00:00 +0000 0001"), at(5)),
            (json!("Fri Jan 01 00:00:00 +0000 2999"), at(5)),
            (json!("yesterday"), at(5)),
            (json!(null), at(5)),
            (json!("Tue Nov 14 22:13:20 +0000 2023"), at(0)),
        ] {
            let mut tweet = tweet(5, "글");
            tweet["created_at"] = date;
            assert_eq!(read(&posts([tweet])).posts[0].at, expected);
        }
        // Ids of the first years have none.
        for (date, count) in [
            ("2009-05-01 00:00:00 +0000", 1),
            ("2019-05-01 00:00:00 +0000", 0),
        ] {
            let old = json!({ "id": 1_670_000_000, "text": "글", "created_at": date });
            let found = read(&[(Part::Posts, old)]);
            assert_eq!((found.posts.len(), found.left_out), (count, 1 - count));
        }
    }

    #[test]
    fn what_a_reply_answers_is_looked_for_where_it_may_be() {
        let liked =
            json!({ "like": { "tweetId": "7", "fullText": "@lemon_co 점심 &lt;뭐&gt; 먹지?" } });
        let mut objects = posts([
            reply(9, "그건 비밀", id(3), ME),
            reply(8, "이어서", id(2), ME),
            reply(7, "지운 내 글에", 5, ME),
            reply(6, "@kim 국수!", 7, 2),
            reply(5, "@kim 없는 글에", 8, 2),
            tweet(3, "우리끼리"),
            tweet(2, "@kim 아침"),
        ]);
        objects.push((Part::Likes, liked));
        objects.push((
            Part::Likes,
            json!({ "like": { "tweetId": "9", "fullText": "상관없는 글" } }),
        ));
        objects.push((Part::Circle, json!({ "tweet": tweet(3, "우리끼리") })));
        let found = read(&objects);
        let parents: Vec<_> = found
            .posts
            .iter()
            .map(|post| {
                (
                    post.text.as_str(),
                    post.parent.as_ref().map(|parent| &parent.content),
                )
            })
            .collect();
        let shown = Content::Shown {
            author_id: "2".into(),
            text: "점심 <뭐> 먹지?".into(),
        };
        assert_eq!(
            parents,
            [
                ("그건 비밀", Some(&Content::Protected)),
                ("이어서", Some(&Content::Own)),
                ("지운 내 글에", Some(&Content::Own)),
                ("국수!", Some(&shown)),
                ("없는 글에", Some(&Content::Gone)),
                ("@kim 아침", None),
            ]
        );
        let mut corpus = Corpus::default();
        let feed = Feed::new(Source::XArchive, "100");
        for post in found.posts {
            corpus.add(&feed, post);
        }
        corpus.reaches(&feed, Reach::Whole);
        let entries = corpus.entries().entries;
        let pairs: Vec<_> = entries
            .iter()
            .map(|entry| (entry.said.as_deref(), &*entry.reply))
            .collect();
        assert_eq!(
            pairs,
            [
                (None, "지운 내 글에"),
                (Some("점심 <뭐> 먹지?"), "국수!"),
                (None, "없는 글에"),
                (None, "@kim 아침\n이어서"),
            ]
        );
    }

    #[test]
    fn reposts_are_not_the_persons() {
        let mut named = tweet(3, "남의 글");
        named["retweeted_status"] = json!({ "id": "9" });
        let found = read(&posts([
            named,
            tweet(2, "RT @sora_1: 오늘 쉬는 날이래"),
            tweet(1, "RT 부탁드려요!"),
        ]));
        assert_eq!(texts(&found), ["RT 부탁드려요!"]);
        assert_eq!(found.left_out, 0);
    }

    #[test]
    fn of_a_circle_whose_file_is_broken_nothing_is_told() {
        let broken: [&dyn Fn(&mut Archive); 4] = [
            &|archive| archive.take(Part::Circle, br#"{"tweet":{"id":"x"}}"#),
            &|archive| archive.end_of_file(Part::Circle, 1, Ending::Whole),
            &|archive| archive.end_of_file(Part::Circle, 0, Ending::BrokenOff),
            &|archive| archive.end_of_file(Part::Circle, 0, Ending::NoList { is_page: false }),
        ];
        // A year and a half before, and after, there were none.
        let before = tweet(0, "전").to_string().replace("2023", "2021");
        let before = before.replace(&id(0).to_string(), "1460000000000000000");
        for breaks in broken {
            let mut archive = Archive::default();
            breaks(&mut archive);
            archive.take(
                Part::Posts,
                tweet(1, "우리끼리일지도").to_string().as_bytes(),
            );
            archive.take(Part::Posts, before.as_bytes());
            let found = archive.end();
            assert_eq!(texts(&found), ["전"]);
            assert_eq!((found.doubtful, found.left_out), (1, 0));
        }
        // Its text may be anything, and its file come last.
        let mut archive = Archive::default();
        archive.take(Part::Posts, tweet(1, "우리끼리").to_string().as_bytes());
        let circled = json!({ "twitterCircleTweet": { "id": id(1), "full_text": 7 } });
        archive.take(Part::Circle, circled.to_string().as_bytes());
        archive.end_of_file(Part::Circle, 0, Ending::Whole);
        let found = archive.end();
        assert_eq!((found.posts.len(), found.doubtful), (0, 0));
    }

    #[test]
    fn of_an_edited_post_its_last_version_stays() {
        let versions = json!([id(1).to_string(), id(2).to_string(), id(3).to_string()]);
        let edited = |second, text, info: &Value| {
            let mut tweet = tweet(second, text);
            tweet["edit_info"] = info.clone();
            tweet
        };
        let first = json!({ "initial": { "editTweetIds": versions } });
        let later = json!({ "edit": { "initialTweetId": id(1).to_string(), "editControlInitial": { "editTweetIds": versions } } });
        let found = read(&posts([
            edited(1, "오타ㅏ", &first),
            edited(2, "오타아", &later),
            edited(3, "오타", &later),
            reply(4, "이어서", id(1), ME),
        ]));
        assert_eq!(texts(&found), ["이어서", "오타"]);
        assert_eq!(
            found.posts[1].earlier,
            [id(1).to_string(), id(2).to_string()]
        );
        assert_eq!(found.left_out, 0);
    }

    #[test]
    fn a_note_is_joined_where_it_is_certain_and_only_there() {
        let long = "긴 글 ".repeat(90);
        let cut = |text: &str| {
            format!(
                "{}… https://t.co/abc",
                text.chars().take(140).collect::<String>()
            )
        };
        let note = |text: &str| {
            let note = json!({ "noteTweet": {
                "noteTweetId": "1", "createdAt": "2023-11-14T22:13:20.000Z", "core": { "text": text },
            } });
            (Part::Notes, note)
        };
        let whole = format!("{long}끝");
        let joined = |tweets: Vec<Value>, notes: &[&str]| {
            let mut objects = posts(tweets);
            objects.extend(notes.iter().map(|text| note(text)));
            let found = read(&objects);
            found
                .posts
                .iter()
                .filter(|post| post.text.ends_with('끝'))
                .count()
        };
        let one = || tweet(0, &cut(&whole));
        let mut answer = reply(0, &cut(&format!("@kim {whole}")), 7, 2);
        answer["created_at"] = json!("Tue Nov 14 22:13:20 +0000 2023");
        let mut twin = tweet(1, &cut(&whole));
        twin["created_at"] = json!("Tue Nov 14 22:13:20 +0000 2023");
        let mut other = twin.clone();
        other["full_text"] = json!("다른 글");
        let mut later = one();
        later["created_at"] = json!("Tue Nov 14 22:13:21 +0000 2023");
        assert_eq!(joined(vec![one()], &[&whole]), 1);
        assert_eq!(joined(vec![answer.clone()], &[&format!("@kim {whole}")]), 1);
        assert_eq!(joined(vec![answer], &[&whole]), 1);
        // With a name in front that was typed.
        let mut named = reply(0, &cut(&format!("@kim @lee {whole}")), 7, 2);
        named["created_at"] = json!("Tue Nov 14 22:13:20 +0000 2023");
        assert_eq!(joined(vec![named], &[&format!("@lee {whole}")]), 1);
        assert_eq!(joined(vec![one(), other], &[&whole, "또 다른 글"]), 1);
        assert_eq!(
            joined(vec![one()], &[&whole, &format!("{whole} 아님 끝")]),
            0
        );
        assert_eq!(joined(vec![one(), twin], &[&whole]), 0);
        assert_eq!(joined(vec![later], &[&whole]), 0);
        assert_eq!(joined(vec![tweet(0, "전혀 다른 글")], &[&whole]), 0);
        assert_eq!(joined(vec![tweet(0, "https://t.co/abc")], &[&whole]), 0);
    }

    #[test]
    fn one_odd_object_costs_one_post() {
        let sound = [
            json!({ "tweet": tweet(2, "둘") }),
            json!({ "tweet": tweet(1, "하나") }),
        ];
        let odd: [&[u8]; 9] = [
            b"{}",
            br#"{"tweet":{}}"#,
            br#"{"tweet":null}"#,
            br#"{"tweet":[1]}"#,
            br#"{"tweet":{"id":"x","full_text":"a"}}"#,
            br#"{"tweet":{"id":"-1","full_text":"a"}}"#,
            br#"{"tweet":{"id":1e30,"full_text":"a"}}"#,
            br#"{"tweet":"#,
            b"{\"tweet\":{\"id\":\"1\xFF\"}}",
        ];
        for object in odd {
            let mut archive = Archive::default();
            archive.take(Part::Posts, sound[0].to_string().as_bytes());
            archive.take(Part::Posts, object);
            archive.take(Part::Posts, sound[1].to_string().as_bytes());
            let found = archive.end();
            assert_eq!(texts(&found), ["둘", "하나"]);
            assert_eq!(found.left_out, 1, "{}", String::from_utf8_lossy(object));
        }
        let half = tweet(1, "반쪽 @ 이모지")
            .to_string()
            .replace('@', r"\ud83d");
        let mut archive = Archive::default();
        archive.take(Part::Posts, half.as_bytes());
        assert_eq!(texts(&archive.end()), ["반쪽  이모지"]);
    }

    #[test]
    fn of_too_much_text_the_newest_half_stays() {
        let most = MAX_TEXTS / MAX_TEXT;
        let mut archive = Archive::default();
        let text = "글".repeat(MAX_TEXT);
        for second in 0..=u64::try_from(most).unwrap() {
            let object = json!({ "id": id(second), "text": text }).to_string();
            archive.take(Part::Posts, object.as_bytes());
        }
        let (all, kept) = (most + 1, most.div_ceil(2));
        assert!(archive.texts.posts <= MAX_TEXTS);
        let found = archive.end();
        assert_eq!((found.posts.len(), found.too_many), (kept, all - kept));
        assert_eq!(
            found.posts[0].id,
            id(u64::try_from(most).unwrap()).to_string()
        );
    }

    #[test]
    fn of_too_many_posts_the_newest_stay() {
        const MOST: usize = 20_000;
        let mut archive = Archive::default();
        archive.keep(MOST);
        let all = u64::try_from(MOST).unwrap() + 7_000;
        // Not in the order of time.
        for i in 0..all {
            let second = i * 7919 % all;
            let object = json!({ "id": id(second), "text": "글" }).to_string();
            archive.take(Part::Posts, object.as_bytes());
        }
        let found = archive.end();
        assert_eq!((found.posts.len(), found.too_many), (MOST, 7_000));
        assert_eq!(found.posts[0].id, id(all - 1).to_string());
        assert_eq!(found.posts[MOST - 1].id, id(7_000).to_string());
    }
}
