//! A person's posts, page by page, with what they answer.

use std::collections::{HashMap, HashSet};

use http::Request;
use lemon_given::{
    id::Id,
    lenient::{Apart, Kind, List, Maybe, Object},
    time::Time,
};
use lemon_wire::{Parent, ParentContent, Post, PostsPage};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{error::Category, value::RawValue};

use super::{Answer, get, import::Position, query, refusal, text::Text};
use crate::{config::Config, error::Error, session::Session};

/// Longest cursor passed on, in bytes; X's are about 50.
const MAX_CURSOR: usize = 256;

/// Longest language tag passed on, in bytes: more than BCP 47 has ever needed.
const MAX_LANG: usize = 35;

/// Most older ids of a post that are passed on. X lets a post be edited five times.
const MAX_EARLIER: usize = 16;

/// Most posts asked for at once: what X gives, so that an import is 32 requests.
pub const PAGE: u32 = 100;

/// Fewest posts that X lets one ask for.
const SMALLEST_PAGE: u32 = 5;

/// `protected` is read for the parents' authors, `note_tweet` because long posts
/// come cut without it.
const FIELDS: &str = "created_at,lang,author_id,in_reply_to_user_id,referenced_tweets,conversation_id,note_tweet,entities,display_text_range,withheld";
const EXPANSIONS: &str = "referenced_tweets.id,referenced_tweets.id.author_id";
const USER_FIELDS: &str = "protected,username";

/// Parents that are neither given nor said to be missing, of which there must be so many
/// on a page, and no other, before X is taken to have misunderstood the request. One or
/// two may be posts that X has lost.
const UNEXPLAINED_PARENTS: usize = 3;

/// From how many replies on it is no coincidence that none of them names the
/// post it answers. A few may: X leaves the reference out of some replies to
/// deleted posts.
const NAMELESS_REPLIES: usize = 5;

/// From how many posts on that cannot be read it is no coincidence.
const UNREADABLE_POSTS: usize = 5;

/// Hardly anything of a page can be read if it is less than one post in so many.
const HARDLY: usize = 10;

/// A page as X gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// With X's own cursor.
    pub page: PostsPage,
    /// The ids of all posts that X gave, of those that are left out, too; none where
    /// there is none that can be read.
    pub ids: Vec<Option<u64>>,
    /// The ids of those among them that can be read whole.
    pub sound: Vec<u64>,
}

/// X answers in the dialect of the request, and its published specification
/// is of the other one. What is called `tweets` in one is called `posts` in the
/// other, and is looked for under both names. `T` is a post.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Page<T> {
    data: Option<Vec<T>>,
    #[serde(default)]
    includes: Maybe<Object<Includes<T>>>,
    #[serde(default)]
    errors: Apart<Missing>,
    #[serde(default)]
    meta: Maybe<Object<Meta>>,
}

/// Something that X did not include, and why.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Missing {
    resource_id: Maybe<Id>,
    value: Maybe<Id>,
    #[serde(rename = "type")]
    kind: Maybe<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    next_token: Maybe<String>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Includes<T> {
    #[serde(default)]
    tweets: Maybe<Vec<T>>,
    #[serde(default)]
    posts: Maybe<Vec<T>>,
    #[serde(default)]
    users: Apart<Author>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Author {
    id: Maybe<Id>,
    protected: Maybe<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    id: Maybe<Id>,
    text: Text,
    note_tweet: Maybe<Object<Note>>,
    note_post: Maybe<Object<Note>>,
    created_at: Maybe<Time>,
    lang: Maybe<String>,
    author_id: Maybe<Id>,
    conversation_id: Maybe<Id>,
    in_reply_to_user_id: Maybe<Id>,
    referenced_tweets: List<Object<Reference>>,
    referenced_posts: List<Object<Reference>>,
    edit_history_tweet_ids: List<Id>,
    edit_history_post_ids: List<Id>,
    /// Where what is to be shown of `text` begins and ends, in characters or in units of
    /// UTF-16: X counts in both.
    display_text_range: Maybe<Vec<Maybe<u32>>>,
    withheld: Maybe<Object<IgnoredAny>>,
}

/// A post that is read together with its page.
type Whole = Maybe<Object<Item>>;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reference {
    #[serde(rename = "type")]
    relation: Maybe<Relation>,
    id: Maybe<Id>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    RepliedTo,
    Retweeted,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Note {
    text: Text,
}

/// How many posts X is asked for at once where so many are `left`.
#[must_use]
pub fn size(left: u32) -> u32 {
    left.clamp(SMALLEST_PAGE, PAGE)
}

/// Asks for about `posts` posts at `cursor`, or for the newest ones.
///
/// # Errors
/// [`Error::BadRequest`] if X cannot have given the cursor.
pub fn request(
    config: &Config,
    session: &Session,
    position: &Position,
) -> Result<Request<String>, Error> {
    let posts = size(position.left()).to_string();
    let since = position.since.map(|since| since.to_string());
    let mut pairs = vec![
        ("max_results", posts.as_str()),
        ("tweet.fields", FIELDS),
        ("expansions", EXPANSIONS),
        ("user.fields", USER_FIELDS),
    ];
    if let Some(since) = &since {
        pairs.push(("since_id", since));
    }
    if let Some(cursor) = &position.cursor {
        if !is_cursor(cursor) {
            return Err(Error::BadRequest("the cursor is not one that was given"));
        }
        pairs.push(("pagination_token", cursor));
    }
    get(
        config,
        &format!("/2/users/{}/tweets", session.me.id),
        &session.token,
        &query(&pairs),
    )
}

fn is_cursor(text: &str) -> bool {
    (1..=MAX_CURSOR).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// The page in the answer to [`request`], of the account `me`. A post that cannot be read
/// is left out, and so is one that X withholds.
///
/// # Errors
/// What [`refusal::check`] finds; [`Error::Unreachable`] for what is no JSON and
/// [`Error::Unreadable`] for what is no page; [`Error::Garbled`] for one of which hardly
/// anything can be read; [`Error::ParentsMissing`] if there are replies to others and X
/// showed nothing of what they answer, not even an error, as it does when it did not
/// understand the request.
pub fn page(answer: &Answer, me: &str, now: i64) -> Result<Given, Error> {
    refusal::check(answer, now)?;
    let page = read(&answer.body)?;
    if page.data.is_none() && page.meta.0.is_none() {
        return Err(Error::Unreadable);
    }
    let data = page.data.unwrap_or_default();
    let given = data.len();
    let ids = data
        .iter()
        .map(|item| Some(item.as_ref()?.id.0?.0))
        .collect();
    let items: Vec<Item> = data
        .into_iter()
        .flatten()
        .filter(Item::is_complete)
        .collect();
    if given >= UNREADABLE_POSTS && items.len() * HARDLY < given {
        let posts = count(given);
        return Err(Error::Garbled { posts });
    }
    let known = Known::new(page.includes, &page.errors, Id::parse(me));
    if known.has_none_of(&items) {
        let posts = count(given);
        return Err(Error::ParentsMissing { posts });
    }
    let sound = items.iter().filter_map(|item| Some(item.id.0?.0)).collect();
    let superseded = items.iter().filter(|item| item.is_superseded()).count();
    let posts: Vec<Post> = items
        .into_iter()
        .filter(|item| !item.is_superseded())
        .filter_map(|item| post(item, &known))
        .collect();
    let next = page.meta.0.and_then(|Object(meta)| meta.next_token.0);
    let next = next.filter(|next| !next.is_empty());
    Ok(Given {
        page: PostsPage {
            left_out: count(given - superseded - posts.len()),
            posts,
            stalled: next.as_deref().is_some_and(|next| !is_cursor(next)),
            next: next.filter(|next| is_cursor(next)),
            window: refusal::window(&answer.headers, "x-rate-limit"),
        },
        ids,
        sound,
    })
}

/// The page with the posts that can be read. Most pages are read in one go, in which only
/// the kinds of a few values cannot be odd.
fn read(body: &[u8]) -> Result<Page<Option<Item>>, Error> {
    let item = |Maybe(item): Whole| item.map(|Object(item)| item);
    if let Ok(page) = serde_json::from_slice::<Page<Whole>>(body) {
        return Ok(page.map(item));
    }
    // Each post by itself, so that an odd one costs no other.
    let body = String::from_utf8_lossy(body);
    let page: Page<&RawValue> =
        serde_json::from_str(&body).map_err(|error| match error.classify() {
            Category::Data => Error::Unreadable,
            // It broke off, or is not X's.
            _ => Error::Unreachable,
        })?;
    Ok(page.map(|post| serde_json::from_str(post.get()).ok().and_then(item)))
}

fn post(item: Item, known: &Known) -> Option<Post> {
    Some(Post {
        id: item.id.0?.to_string(),
        at: item.at()?,
        text: item.words()?.to_owned(),
        start: item.start(),
        earlier: item.earlier(),
        parent: known.parent(&item),
        repost: item.reference(Relation::Retweeted).is_some(),
        lang: item.lang.0.filter(|lang| lang.len() <= MAX_LANG),
    })
}

fn count(posts: usize) -> u32 {
    u32::try_from(posts).unwrap_or(u32::MAX)
}

/// X's own sentence in place of a text that it withholds.
fn is_notice(text: &str) -> bool {
    ["This Post from @", "This Tweet from @"]
        .iter()
        .any(|beginning| text.starts_with(beginning))
        && text.contains(" has been withheld in ")
}

impl Kind<'_> for Relation {
    fn of_text(text: &str) -> Option<Self> {
        match text {
            "replied_to" => Some(Self::RepliedTo),
            "retweeted" => Some(Self::Retweeted),
            _ => None,
        }
    }
}

impl<T> Page<T> {
    fn map<U>(self, read: impl Fn(T) -> U) -> Page<U> {
        let all = |posts: Vec<T>| posts.into_iter().map(&read).collect();
        Page {
            data: self.data.map(all),
            includes: Maybe(self.includes.0.map(|Object(includes)| {
                Object(Includes {
                    tweets: Maybe(includes.tweets.0.map(all)),
                    posts: Maybe(includes.posts.0.map(all)),
                    users: includes.users,
                })
            })),
            errors: self.errors,
            meta: self.meta,
        }
    }
}

impl Missing {
    fn id(&self) -> Option<Id> {
        self.resource_id.0.or(self.value.0)
    }

    /// Only the last segment of `type` is stable.
    fn is_hidden(&self) -> bool {
        let kind = self.kind.0.as_deref().unwrap_or_default();
        kind.rsplit('/').next() == Some("not-authorized-for-resource")
    }
}

impl Item {
    /// Whether there is what a post needs. What X withholds needs no words.
    fn is_complete(&self) -> bool {
        let has_words = self.is_withheld() || self.words().is_some();
        self.id.0.is_some() && self.at().is_some() && has_words
    }

    /// As it says itself, or as its id does.
    fn at(&self) -> Option<i64> {
        let said = self.created_at.0.as_ref().map(|Time(at)| *at);
        said.or_else(|| self.id.0?.time())
    }

    /// The whole text of a long post, whose `text` is cut.
    fn note(&self) -> Option<&str> {
        let notes = [&self.note_tweet, &self.note_post];
        notes
            .into_iter()
            .find_map(|note| note.0.as_ref()?.0.text.0.as_deref())
            .filter(|text| !text.is_empty())
    }

    fn is_withheld(&self) -> bool {
        self.withheld.0.is_some() || self.text.0.as_deref().is_some_and(is_notice)
    }

    fn words(&self) -> Option<&str> {
        let words = self.note().or(self.text.0.as_deref());
        words.filter(|_| !self.is_withheld())
    }

    /// The post that it has to do with in this way.
    fn reference(&self, relation: Relation) -> Option<Id> {
        let both = [&self.referenced_tweets, &self.referenced_posts];
        let mut references = both.into_iter().flat_map(|references| &references.0);
        references.find_map(|Object(reference)| {
            let id = reference.id.0?;
            (reference.relation.0 == Some(relation)).then_some(id)
        })
    }

    fn replied_to(&self) -> Option<Id> {
        self.reference(Relation::RepliedTo)
    }

    /// Whether it answers somebody else than `me`, or begins with a mention of them.
    fn is_to_others(&self, me: Option<Id>) -> bool {
        match self.in_reply_to_user_id.0 {
            Some(user) => Some(user) != me,
            None => self.replied_to().is_some(),
        }
    }

    /// Whether it is known to belong to what another post began.
    fn goes_on(&self) -> bool {
        self.conversation_id.0.is_some() && !self.begins()
    }

    /// Whether its conversation is its own, which bears the id of its first version.
    fn begins(&self) -> bool {
        let conversation = self.conversation_id.0;
        conversation == self.id.0 || self.history().any(|id| Some(id) == conversation)
    }

    /// A post that only begins with a mention has `in_reply_to_user_id` as well, in a
    /// conversation of its own.
    fn is_reply(&self) -> bool {
        self.replied_to().is_some() || (self.in_reply_to_user_id.0.is_some() && !self.begins())
    }

    /// See [`Post::start`]. What X says of a long post it says of its cut text; whether the
    /// whole one begins in the same way shows.
    fn start(&self) -> Option<u32> {
        let range = self.display_text_range.0.as_ref();
        let Some(start) = range.and_then(|range| range.first()?.0.as_ref()) else {
            return (!self.is_reply()).then_some(0);
        };
        let text = self.text.0.as_deref();
        let front = text.and_then(|text| text.get(..*start as usize));
        match (self.note(), front) {
            (Some(note), Some(front)) if !note.starts_with(front) => Some(0),
            _ => Some(*start),
        }
    }

    /// All ids that it has had, its own perhaps among them.
    fn history(&self) -> impl Iterator<Item = Id> {
        let both = [&self.edit_history_tweet_ids, &self.edit_history_post_ids];
        both.into_iter().flat_map(|history| &history.0).copied()
    }

    /// The id of its last version.
    fn newest(&self) -> Option<Id> {
        self.history().chain(self.id.0).max()
    }

    fn is_superseded(&self) -> bool {
        self.newest() != self.id.0
    }

    fn earlier(&self) -> Vec<String> {
        let older = self.history().filter(|id| Some(*id) != self.id.0);
        let mut earlier: Vec<Id> = older.take(MAX_EARLIER).collect();
        earlier.sort_unstable();
        earlier.dedup();
        earlier.iter().map(Id::to_string).collect()
    }
}

/// What X included with a page.
struct Known {
    me: Option<Id>,
    posts: HashMap<Id, Item>,
    protected: HashMap<Id, bool>,
    /// Posts that the person may not see: their authors are protected.
    hidden: HashSet<Id>,
    /// Posts of which X said that it does not give them.
    reported: HashSet<Id>,
}

impl Known {
    fn new(
        includes: Maybe<Object<Includes<Option<Item>>>>,
        missing: &Apart<Missing>,
        me: Option<Id>,
    ) -> Self {
        let (posts, users) = match includes.0 {
            Some(Object(includes)) => {
                let both = [includes.tweets.0, includes.posts.0];
                let posts = both.into_iter().flatten().flatten().flatten();
                (posts.collect::<Vec<Item>>(), includes.users.0)
            }
            None => (Vec::new(), Vec::new()),
        };
        let posts = posts
            .into_iter()
            .filter_map(|item| Some((item.id.0?, item)))
            .collect();
        let protected = users
            .into_iter()
            .filter_map(|author| Some((author.id.0?, author.protected.0?)))
            .collect();
        let ids = |of: fn(&Missing) -> bool| {
            let missing = missing.0.iter().filter(|missing| of(missing));
            missing.filter_map(Missing::id).collect()
        };
        Self {
            me,
            posts,
            protected,
            hidden: ids(Missing::is_hidden),
            reported: ids(|_| true),
        }
    }

    fn is_me(&self, user: Option<Id>) -> bool {
        user.is_some() && user == self.me
    }

    /// What `item` answers. An older version of a post stands for its newest one.
    fn parent(&self, item: &Item) -> Option<Parent> {
        let id = item.replied_to()?;
        let given = self.posts.get(&id);
        let by_me = given.is_some_and(|parent| self.is_me(parent.author_id.0));
        let id = given.and_then(Item::newest).unwrap_or(id);
        Some(Parent {
            id: id.to_string(),
            content: self.content(id, by_me || self.is_me(item.in_reply_to_user_id.0)),
        })
    }

    /// A parent is shown only if X said that its author is not protected.
    fn content(&self, id: Id, is_own: bool) -> ParentContent {
        let Some(item) = self.posts.get(&id) else {
            return if self.hidden.contains(&id) {
                ParentContent::Protected
            } else if is_own && !self.reported.contains(&id) {
                ParentContent::Own
            } else {
                ParentContent::Gone
            };
        };
        let author = item.author_id.0.or(self.me.filter(|_| is_own));
        let (Some(author), Some(words)) = (author, item.words()) else {
            return ParentContent::Gone;
        };
        let protected = if self.is_me(Some(author)) {
            Some(&false)
        } else {
            self.protected.get(&author)
        };
        match protected {
            Some(false) => ParentContent::Shown {
                author_id: author.to_string(),
                text: words.to_owned(),
                start: item.start(),
            },
            Some(true) => ParentContent::Protected,
            None => ParentContent::Gone,
        }
    }

    /// Whether X gave a post, or said why it does not. One that it gave without words, or
    /// in an older version, is no sign of a request that was misunderstood.
    fn accounts_for(&self, id: Id) -> bool {
        let is_useless = |item: &Item| item.words().is_none() || item.is_superseded();
        self.reported.contains(&id) || self.posts.get(&id).is_some_and(is_useless)
    }

    fn has_none_of(&self, items: &[Item]) -> bool {
        let replies: Vec<_> = items
            .iter()
            .filter(|item| item.is_to_others(self.me))
            .collect();
        let named: Vec<_> = replies
            .iter()
            .filter_map(|item| item.replied_to())
            .collect();
        if named.is_empty() {
            let nameless = replies.iter().filter(|item| item.goes_on());
            return nameless.count() >= NAMELESS_REPLIES;
        }
        let unexplained: Vec<_> = named
            .into_iter()
            .filter(|id| !self.accounts_for(*id))
            .collect();
        unexplained.len() >= UNEXPLAINED_PARENTS
            && unexplained
                .iter()
                .all(|id| self.content(*id, false) == ParentContent::Gone)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use lemon_wire::{Me, Window};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::x::text;

    const NOW: i64 = 1_800_000_000;
    const ME: &str = "100";

    fn answer(body: &Value) -> Answer {
        Answer {
            status: 200,
            headers: HeaderMap::new(),
            body: body.to_string().into_bytes(),
        }
    }

    fn parse(body: &Value) -> Result<PostsPage, Error> {
        page(&answer(body), ME, NOW).map(|given| given.page)
    }

    fn item(id: &str, text: &str) -> Value {
        json!({
            "id": id, "text": text, "author_id": ME, "lang": "ko",
            "created_at": "2024-03-09T16:00:01.000Z", "conversation_id": id,
        })
    }

    fn reply(id: &str, text: &str, to: &str, of: &str) -> Value {
        let mut reply = item(id, text);
        reply["in_reply_to_user_id"] = json!(of);
        reply["conversation_id"] = json!("1");
        reply["referenced_tweets"] = json!([{ "type": "replied_to", "id": to }]);
        reply
    }

    fn by(author: &str, id: &str, text: &str) -> Value {
        let mut parent = item(id, text);
        parent["author_id"] = json!(author);
        parent
    }

    /// A page with every kind of post.
    fn full() -> Value {
        let mut repost = item("5", "RT @mina: 레몬 사세요");
        repost["referenced_tweets"] = json!([{ "type": "retweeted", "id": "95" }]);
        let mut quote = reply("4", "@mina 이거 봐 https://t.co/x", "92", "201");
        quote["referenced_tweets"] =
            json!([{ "type": "quoted", "id": "96" }, { "type": "replied_to", "id": "92" }]);
        let mut long = reply("3", "긴 글의 앞부분… https://t.co/y", "1", ME);
        long["note_tweet"] = json!({ "text": "긴 글의 앞부분과 뒷부분 &amp; 끝", "entities": {} });
        let mut cut = by("200", "91", "What do you eat in…");
        cut["note_tweet"] = json!({ "text": "What do you eat in the morning?" });
        json!({
            "data": [
                repost,
                quote,
                long,
                reply("2", "@sora rice, always", "91", "200"),
                reply("6", "@gone 맞아요", "93", "203"),
                reply("7", "@quiet 네", "94", "202"),
                item("1", "오늘은 레몬을 샀다"),
            ],
            "includes": {
                "tweets": [cut, by("201", "92", "봤어?"), by("202", "94", "비밀"), by(ME, "1", "오늘은 레몬을 샀다")],
                "users": [
                    { "id": "200", "username": "sora", "name": "Sora", "protected": false },
                    { "id": "201", "username": "mina", "name": "민아", "protected": false },
                    { "id": "202", "username": "quiet", "name": "Q", "protected": true },
                ],
            },
            "errors": [{
                "resource_type": "tweet", "parameter": "referenced_tweets.id", "value": "93",
                "title": "Not Found Error", "type": "https://api.x.test/2/problems/resource-not-found",
            }],
            "meta": { "result_count": 7, "newest_id": "7", "oldest_id": "1", "next_token": "7140dibdnow9c7btw3z2" },
        })
    }

    fn parent(id: &str, content: ParentContent) -> Parent {
        let id = id.to_owned();
        Parent { id, content }
    }

    fn shown(author: &str, text: &str) -> ParentContent {
        ParentContent::Shown {
            author_id: author.to_owned(),
            text: text.to_owned(),
            start: Some(0),
        }
    }

    #[test]
    fn posts_are_joined_with_what_they_answer() {
        let page = parse(&full()).unwrap();
        let got: Vec<_> = page
            .posts
            .iter()
            .map(|post| {
                (
                    post.id.as_str(),
                    post.text.as_str(),
                    post.repost,
                    post.parent.clone(),
                )
            })
            .collect();
        let expected = [
            ("5", "RT @mina: 레몬 사세요", true, None),
            (
                "4",
                "@mina 이거 봐 https://t.co/x",
                false,
                Some(parent("92", shown("201", "봤어?"))),
            ),
            (
                "3",
                "긴 글의 앞부분과 뒷부분 &amp; 끝",
                false,
                Some(parent("1", shown(ME, "오늘은 레몬을 샀다"))),
            ),
            (
                "2",
                "@sora rice, always",
                false,
                Some(parent(
                    "91",
                    shown("200", "What do you eat in the morning?"),
                )),
            ),
            (
                "6",
                "@gone 맞아요",
                false,
                Some(parent("93", ParentContent::Gone)),
            ),
            (
                "7",
                "@quiet 네",
                false,
                Some(parent("94", ParentContent::Protected)),
            ),
            ("1", "오늘은 레몬을 샀다", false, None),
        ];
        assert_eq!(got, expected);
        assert_eq!(page.next.as_deref(), Some("7140dibdnow9c7btw3z2"));
        assert_eq!(page.posts[0].at, 1_710_000_001);
        assert_eq!(page.posts[0].lang.as_deref(), Some("ko"));
    }

    #[test]
    fn a_page_without_odd_posts_is_read_in_one_go() {
        let body = full().to_string();
        assert!(serde_json::from_str::<Page<Whole>>(&body).is_ok());
    }

    #[test]
    fn both_dialects_say_the_same() {
        let other = full()
            .to_string()
            .replace("referenced_tweets\"", "referenced_posts\"")
            .replace("note_tweet", "note_post")
            .replace("\"tweets\"", "\"posts\"");
        let other: Value = serde_json::from_str(&other).unwrap();
        assert_ne!(other, full());
        assert_eq!(parse(&other), parse(&full()));
    }

    #[test]
    fn a_text_of_a_protected_author_leaves_nothing_behind() {
        let json = serde_json::to_string(&parse(&full()).unwrap()).unwrap();
        assert!(!json.contains("비밀"));
    }

    #[test]
    fn replies_without_any_parents_are_an_error_and_not_an_empty_page() {
        let page = |edit: fn(&mut Value)| {
            let mut body = full();
            body["errors"] = json!([]);
            edit(&mut body);
            parse(&body).map(|page| page.posts.len())
        };
        let missing = Err(Error::ParentsMissing { posts: 7 });
        assert_eq!(page(|_| ()), Ok(7));
        assert_eq!(page(|body| body["includes"] = json!({})), missing);
        assert_eq!(page(|body| body["includes"]["tweets"] = json!([])), missing);
        assert_eq!(page(|body| body["includes"]["users"] = json!([])), missing);
        assert_eq!(
            page(|body| {
                body["includes"] = json!({});
                body["errors"] = full()["errors"].clone();
            }),
            missing,
            "one error explains one parent"
        );
        assert_eq!(
            page(|body| {
                body["includes"] = json!({});
                let gone = ["90", "91", "92", "93", "94"];
                let error = |id| json!({ "resource_id": id, "type": "x/resource-not-found" });
                body["errors"] = gone.map(error).into();
            }),
            Ok(7)
        );
        assert_eq!(
            page(|body| {
                body["includes"] = json!({});
                body["data"] = json!([reply("2", "@kim 응", "91", "200")]);
            }),
            Ok(1),
            "X may have lost one"
        );
        assert_eq!(
            page(|body| {
                body["includes"] = json!({});
                body["data"] = json!([item("1", "혼잣말"), reply("2", "이어서", "1", ME)]);
            }),
            Ok(2)
        );
    }

    #[test]
    fn replies_that_name_no_parent_are_an_error_only_when_there_are_many() {
        let nameless = |count: usize, conversation: fn(&str) -> Value| {
            let items: Vec<_> = (11..11 + count)
                .map(|n| {
                    let mut reply = item(&n.to_string(), "@lemon_shop 응모합니다");
                    reply["in_reply_to_user_id"] = json!("500");
                    reply["conversation_id"] = conversation(&n.to_string());
                    reply
                })
                .collect();
            parse(&json!({ "data": items, "meta": {} }))
        };
        let few = nameless(NAMELESS_REPLIES - 1, |_| json!("1")).unwrap();
        assert_eq!(few.posts.len(), NAMELESS_REPLIES - 1);
        assert_eq!(few.posts[0].start, None);
        let posts = count(NAMELESS_REPLIES);
        assert_eq!(
            nameless(NAMELESS_REPLIES, |_| json!("1")),
            Err(Error::ParentsMissing { posts })
        );
        // An edited one has the id of its first version as its conversation.
        let edited = (11..11 + NAMELESS_REPLIES).map(|n| {
            let mut post = item(&n.to_string(), "@lemon_shop 응모합니다");
            post["in_reply_to_user_id"] = json!("500");
            post["conversation_id"] = json!((n + 1000).to_string());
            post["edit_history_tweet_ids"] = json!([(n + 1000).to_string(), n.to_string()]);
            post
        });
        let edited = edited.collect::<Vec<_>>();
        assert!(parse(&json!({ "data": edited, "meta": {} })).is_ok());
        // Having been edited makes no answer the beginning of a conversation.
        let answers = edited.into_iter().map(|mut post| {
            post["conversation_id"] = json!("1");
            post
        });
        assert_eq!(
            parse(&json!({ "data": answers.collect::<Vec<_>>(), "meta": {} })),
            Err(Error::ParentsMissing { posts })
        );
        // Posts that begin with a mention, and answer nobody.
        let mentions = nameless(100, |id| json!(id)).unwrap();
        assert_eq!(mentions.posts.len(), 100);
        for post in mentions.posts {
            assert_eq!((post.parent, post.start), (None, Some(0)));
            assert_eq!(post.text, "@lemon_shop 응모합니다");
        }
    }

    #[test]
    fn an_empty_page_is_one_and_an_answer_without_any_is_not() {
        let empty = PostsPage {
            posts: Vec::new(),
            next: None,
            window: None,
            left_out: 0,
            stalled: false,
        };
        for none in [
            json!({ "meta": { "result_count": 0 } }),
            json!({ "data": null, "meta": {}, "includes": null, "errors": null }),
            json!({ "data": [], "meta": null }),
            json!({ "meta": { "next_token": null } }),
            json!({ "meta": { "next_token": "" } }),
        ] {
            assert_eq!(parse(&none).as_ref(), Ok(&empty), "{none}");
        }
        let wrong = [
            json!({}),
            json!([]),
            json!(null),
            json!("posts"),
            json!({ "errors": [{ "title": "Not Found Error" }] }),
            json!({ "data": { "id": "1" }, "meta": {} }),
            json!({ "data": "none", "meta": {} }),
        ];
        for body in wrong {
            assert_eq!(parse(&body), Err(Error::Unreadable), "{body}");
        }
        for body in ["", "upstream connect error", "{\"data\":[", "{}}"] {
            let answer = Answer {
                body: body.into(),
                ..answer(&json!({}))
            };
            assert_eq!(page(&answer, ME, NOW), Err(Error::Unreachable), "{body}");
        }
    }

    /// A hundred posts, of which the first is `odd`, as JSON; and what that one is read as.
    fn beside_99(odd: &str) -> (Option<Post>, u32) {
        let sound: Vec<_> = (1_000..1_099)
            .map(|id| item(&id.to_string(), "글").to_string())
            .collect();
        let body = format!(r#"{{"data":[{odd},{}],"meta":{{}}}}"#, sound.join(","));
        let answer = Answer {
            body: body.into_bytes(),
            ..answer(&json!({}))
        };
        let Given { mut page, ids, .. } = page(&answer, ME, NOW).unwrap();
        assert_eq!(ids.len(), 100, "{odd}");
        let others = page.posts.split_off(page.posts.len() - 99);
        assert!(others.iter().all(|post| post.text == "글"), "{odd}");
        (page.posts.pop(), page.left_out)
    }

    /// 2026-05-01T00:00:00Z, and an id of that second.
    const MAY: i64 = 1_777_593_600;
    const OF_MAY: &str = "2050002257310658617";

    #[test]
    fn an_odd_post_is_read_as_far_as_it_can_be() {
        let whole = r#"{"id":"7","text":"글","lang":"ko","created_at":"2026-05-01T00:00:00.000Z"}"#;
        let (post, left_out) = beside_99(whole);
        let sound = post.unwrap();
        assert_eq!((sound.at, left_out), (MAY, 0));
        let same = [
            r#"{"id":7,"text":"글","lang":"ko","created_at":"2026-05-01T00:00:00Z"}"#,
            r#"{"id":"7","text":"글","lang":"ko","created_at":"2026-05-01T09:00:00+09:00"}"#,
            r#"{"id":"7","text":"글","lang":"ko","created_at":"Fri May 01 00:00:00 +0000 2026"}"#,
            r#"{"id":"7","text":"글","lang":"ko","created_at":"Fri May 01 09:00:00 +0900 2026",
                "note_tweet":null,"note_post":{"text":null},"referenced_tweets":null,
                "referenced_posts":{},"edit_history_tweet_ids":7,"withheld":null,
                "in_reply_to_user_id":{},"author_id":false,"display_text_range":"all"}"#,
            r#"{"id":"7","text":"글","lang":"ko","created_at":"2026-05-01T00:00:00Z",
                "referenced_tweets":[null,7,{"type":"replied_to"},{"type":7,"id":"1"},{"id":"2"},
                {"type":"replied_to","id":"one"}],"edit_history_tweet_ids":[null,"7","x"]}"#,
        ];
        for odd in same {
            assert_eq!(beside_99(odd), (Some(sound.clone()), 0), "{odd}");
        }
        let both = r#"{"id":"7","text":"긴…","created_at":"2026-05-01T00:00:00Z","conversation_id":1,
            "in_reply_to_user_id":200,
            "referenced_tweets":[{"type":"replied_to","id":2}],"referenced_posts":[{"type":"replied_to","id":"2"}],
            "note_tweet":{"text":"긴 글"},"note_post":{"text":"긴 글"},
            "edit_history_tweet_ids":["6","7"],"edit_history_post_ids":[6,7]}"#;
        let (post, left_out) = beside_99(both);
        let post = post.unwrap();
        assert_eq!((&*post.text, post.lang, left_out), ("긴 글", None, 0));
        assert_eq!(post.parent, Some(parent("2", ParentContent::Gone)));
        assert_eq!(post.earlier, ["6"]);

        // A text that X broke in the middle of a character.
        let broken = r#"{"id":"7","text":"레몬 \ud83c","created_at":"2026-05-01T00:00:00Z"}"#;
        assert!(beside_99(broken).0.unwrap().text.starts_with("레몬 "));
        // Without a time of its own it has that of its id.
        for odd in [
            r#""created_at":null"#,
            r#""created_at":"yesterday""#,
            r#""lang":"ko""#,
        ] {
            let odd = format!(r#"{{"id":"{OF_MAY}","text":"글",{odd}}}"#);
            let (post, left_out) = beside_99(&odd);
            assert_eq!((post.unwrap().at, left_out), (MAY, 0), "{odd}");
        }
    }

    #[test]
    fn a_post_that_cannot_be_read_costs_no_other() {
        let lost = [
            "null",
            "7",
            r#""post""#,
            "[]",
            "{}",
            r#"{"id":"7","created_at":"2026-05-01T00:00:00Z"}"#,
            r#"{"id":"7","text":null,"created_at":"2026-05-01T00:00:00Z"}"#,
            r#"{"id":"7","text":7,"created_at":"2026-05-01T00:00:00Z"}"#,
            r#"{"id":"7","text":{"a":["b"]},"created_at":"2026-05-01T00:00:00Z"}"#,
            r#"{"id":"7","text":"글"}"#,
            r#"{"id":"7","text":"글","created_at":"yesterday"}"#,
            r#"{"id":"seven","text":"글","created_at":"2026-05-01T00:00:00Z"}"#,
            r#"{"id":null,"text":"글","created_at":"2026-05-01T00:00:00Z"}"#,
            r#"{"id":7e30,"text":"글","created_at":"2026-05-01T00:00:00Z"}"#,
            r#"{"id":"7","id":"7","text":"글","created_at":"2026-05-01T00:00:00Z"}"#,
            r#"{"id":"7","text":"글","lang":"\udc00","created_at":"2026-05-01T00:00:00Z"}"#,
        ];
        for odd in lost {
            assert_eq!(beside_99(odd), (None, 1), "{odd}");
        }
    }

    #[test]
    fn odd_parents_cost_themselves_alone() {
        let page = |edit: fn(&mut Value)| {
            let mut body = full();
            edit(&mut body);
            parse(&body).unwrap().posts
        };
        let sound = page(|_| ());
        // Beside what the page has, X's published names with nothing behind them.
        let also = page(|body| {
            body["includes"]["posts"] = json!(null);
            body["includes"]["media"] = json!(7);
            let add = |list: &mut Value, odd| list.as_array_mut().unwrap().push(odd);
            add(&mut body["includes"]["users"], json!("x"));
            add(&mut body["includes"]["tweets"], json!(7));
            add(&mut body["errors"], json!({ "value": 1, "type": null }));
        });
        assert_eq!(also, sound);
        let gone = |posts: &[Post]| {
            let parents = posts.iter().filter_map(|post| post.parent.as_ref());
            parents
                .filter(|parent| parent.content == ParentContent::Gone)
                .count()
        };
        assert_eq!(gone(&sound), 1);
        let cases: [fn(&mut Value); 6] = [
            |body| body["includes"]["tweets"][1]["text"] = json!(null),
            |body| body["includes"]["tweets"][1]["text"] = json!(7),
            |body| body["includes"]["tweets"][1] = json!(null),
            |body| body["includes"]["users"][1] = json!(null),
            |body| body["includes"]["users"][1]["protected"] = json!("perhaps"),
            |body| body["includes"]["tweets"][1]["author_id"] = json!(null),
        ];
        for edit in cases {
            let posts = page(edit);
            assert_eq!((posts.len(), gone(&posts)), (sound.len(), 2));
        }
        assert_eq!(
            page(|body| {
                body["includes"]["users"][1]["id"] = json!(201);
                body["includes"]["users"][1]["protected"] = json!("false");
                body["includes"]["tweets"][1]["id"] = json!(92);
                body["includes"]["tweets"][1]["author_id"] = json!(201);
            }),
            sound
        );
        // Without words they explain why nothing is shown.
        let wordless = page(|body| {
            for parent in body["includes"]["tweets"].as_array_mut().unwrap() {
                parent.as_object_mut().unwrap().remove("text");
                parent.as_object_mut().unwrap().remove("note_tweet");
            }
        });
        assert_eq!(gone(&wordless), 5);
    }

    #[test]
    fn a_page_of_which_hardly_anything_can_be_read_is_told_with_what_it_cost() {
        let page = |sound: usize, odd: usize| {
            let mut items: Vec<_> = (0..sound)
                .map(|n| item(&(n + 1).to_string(), "글"))
                .collect();
            items.extend((0..odd).map(|_| json!({ "rest_id": "1", "full_text": "글" })));
            parse(&json!({ "data": items, "meta": { "next_token": "x" } }))
                .map(|page| (page.posts.len(), page.left_out))
        };
        assert_eq!(page(9, 91), Err(Error::Garbled { posts: 100 }));
        assert_eq!(page(0, 5), Err(Error::Garbled { posts: 5 }));
        // Who has an id has no words, and whoever has words has no id.
        for missing in ["text", "id"] {
            let items = (11..21).map(|n| {
                let mut post = item(&n.to_string(), "글");
                post.as_object_mut().unwrap().remove(missing);
                post
            });
            let body = json!({ "data": items.collect::<Vec<_>>(), "meta": {} });
            assert_eq!(parse(&body), Err(Error::Garbled { posts: 10 }), "{missing}");
        }
        assert_eq!(page(10, 90), Ok((10, 90)));
        // The last page may have one post.
        assert_eq!(page(0, 4), Ok((0, 4)));
    }

    #[test]
    fn ones_own_parent_that_is_not_on_the_page_is_not_gone() {
        let mut reported = reply("3", "셋", "2", ME);
        let mut by_author = reply("5", "다섯", "4", ME);
        by_author
            .as_object_mut()
            .unwrap()
            .remove("in_reply_to_user_id");
        let mut unsigned = by(ME, "6", "여섯");
        unsigned.as_object_mut().unwrap().remove("author_id");
        reported["text"] = json!("지운 글에");
        let page = parse(&json!({
            "data": [
                reply("7", "일곱", "6", ME), by_author, reply("9", "아홉", "8", ME), reported,
            ],
            "includes": { "tweets": [by(ME, "4", "넷"), unsigned] },
            "errors": [{ "resource_id": "2", "type": "https://api.x.test/2/problems/resource-not-found" }],
            "meta": {},
        }));
        let parents: Vec<_> = page
            .unwrap()
            .posts
            .into_iter()
            .map(|post| post.parent.unwrap())
            .collect();
        assert_eq!(
            parents,
            [
                parent("6", shown(ME, "여섯")),
                parent("4", shown(ME, "넷")),
                parent("8", ParentContent::Own),
                parent("2", ParentContent::Gone),
            ]
        );
    }

    #[test]
    fn where_the_authors_words_begin_is_told() {
        let start = |edit: &Value| {
            let mut reply = reply("7", "@kim @lemon_co 최고야", "91", "200");
            for (name, value) in edit.as_object().unwrap() {
                reply[name] = value.clone();
            }
            let page = parse(&json!({ "data": [reply], "meta": {} }));
            page.unwrap().posts[0].start
        };
        for (edit, expected) in [
            (json!({ "display_text_range": [5, 18] }), Some(5)),
            (json!({ "display_text_range": ["5", "18"] }), Some(5)),
            (json!({ "display_text_range": [5] }), Some(5)),
            (json!({ "display_text_range": [0, 18] }), Some(0)),
            (json!({}), None),
            (json!({ "display_text_range": null }), None),
            (json!({ "display_text_range": [] }), None),
            (json!({ "display_text_range": [null, 18] }), None),
            (json!({ "display_text_range": [-1, 18] }), None),
            (json!({ "display_text_range": [1e99, 18] }), None),
            // The whole of a long post begins like what is cut of it, or with the words.
            (
                json!({ "display_text_range": [5, 18], "note_tweet": { "text": "@kim @lemon_co 최고야 정말" } }),
                Some(5),
            ),
            (
                json!({ "display_text_range": [5, 18], "note_tweet": { "text": "@lemon_co 최고야 정말" } }),
                Some(0),
            ),
        ] {
            assert_eq!(start(&edit), expected, "{edit}");
        }
        let statement =
            parse(&json!({ "data": [item("8", "@lemon_co 언제 열어요?")], "meta": {} }));
        assert_eq!(statement.unwrap().posts[0].start, Some(0));
        let mut parent = by("200", "91", "@me 뭐 먹어?");
        parent["display_text_range"] = json!([4, 9]);
        let page = parse(&json!({
            "data": [reply("7", "@kim 밥", "91", "200")],
            "includes": { "tweets": [parent], "users": [{ "id": "200", "protected": false }] },
            "meta": {},
        }));
        let content = page.unwrap().posts.remove(0).parent.unwrap().content;
        let ParentContent::Shown { start, text, .. } = content else {
            panic!("{content:?}");
        };
        assert_eq!((start, &*text), (Some(4), "@me 뭐 먹어?"));
    }

    #[test]
    fn an_edited_post_is_its_newest_version() {
        let edited = |mut post: Value, ids: &[&str]| {
            post["edit_history_tweet_ids"] = json!(ids);
            post
        };
        let users = json!([{ "id": "200", "protected": false }]);
        let page = |data: Value, tweets: Value| {
            let body = json!({ "data": data, "includes": { "tweets": tweets, "users": users }, "meta": {} });
            let page = parse(&body).unwrap();
            assert_eq!(page.left_out, 0);
            page.posts
        };
        let posts = page(
            json!([
                reply("40", "답", "31", ME),
                edited(item("33", "셋째"), &["31", "32", "33"]),
                edited(item("31", "첫째"), &["31", "32", "33"]),
            ]),
            json!([edited(by(ME, "31", "첫째"), &["31", "32", "33"])]),
        );
        assert_eq!(posts.len(), 2, "the older version is nobody's");
        assert_eq!(posts[0].parent, Some(parent("33", ParentContent::Own)));
        assert_eq!(posts[1].earlier, ["31", "32"]);

        let of = |tweets| {
            page(json!([reply("40", "답", "31", "200")]), tweets)[0]
                .parent
                .clone()
        };
        let old = edited(by("200", "31", "첫째"), &["31", "33"]);
        let new = edited(by("200", "33", "셋째"), &["31", "33"]);
        assert_eq!(
            of(json!([old, new])),
            Some(parent("33", shown("200", "셋째")))
        );
        assert_eq!(of(json!([old])), Some(parent("33", ParentContent::Gone)));
    }

    #[test]
    fn what_x_withholds_is_gone() {
        const NOTICE: &str =
            "This Post from @kim has been withheld in response to a legal demand. Learn more.";
        let withheld = |mut post: Value| {
            post["text"] = json!(NOTICE);
            post["withheld"] = json!({ "copyright": false, "country_codes": ["KR"] });
            post
        };
        let body = json!({
            "data": [
                reply("7", "응", "91", "200"), reply("6", "네", "92", "200"), reply("5", "그래", "93", "200"),
                withheld(item("4", "")), item("3", NOTICE), item("2", "글"),
            ],
            "includes": {
                "tweets": [withheld(by("200", "91", "")), withheld(by("200", "92", "")), by("200", "93", NOTICE)],
                "users": [{ "id": "200", "protected": false }],
            },
            "meta": {},
        });
        let page = parse(&body).unwrap();
        assert_eq!((page.posts.len(), page.left_out), (4, 2));
        for post in &page.posts[..3] {
            assert_eq!(post.parent.as_ref().unwrap().content, ParentContent::Gone);
        }
        assert!(
            !serde_json::to_string(&page)
                .unwrap()
                .contains("withheld in")
        );
        // Half of X's sentence is somebody's own.
        let own = [
            "This Post from @kim is good",
            "It has been withheld in Korea",
        ];
        let items = own.map(|text| item("2", text));
        let page = parse(&json!({ "data": items, "meta": {} })).unwrap();
        assert_eq!(
            page.posts
                .iter()
                .map(|post| &*post.text)
                .collect::<Vec<_>>(),
            own
        );
    }

    #[test]
    fn what_only_its_authors_followers_may_see_is_told_from_what_is_gone() {
        let problem = |id: &str, kind: &str| json!({ "resource_id": id, "type": format!("https://api.x.test/2/problems/{kind}") });
        let page = parse(&json!({
            "data": [reply("7", "응", "91", "200"), reply("6", "네", "92", "200")],
            "errors": [
                problem("91", "not-authorized-for-resource"), problem("92", "resource-not-found"),
            ],
            "meta": {},
        }));
        let parents = page
            .unwrap()
            .posts
            .into_iter()
            .map(|post| post.parent.unwrap());
        assert_eq!(
            parents.collect::<Vec<_>>(),
            [
                parent("91", ParentContent::Protected),
                parent("92", ParentContent::Gone)
            ]
        );
    }

    #[test]
    fn long_texts_are_cut_to_what_is_kept() {
        let mut long = reply("7", "앞…", "91", "200");
        long["note_tweet"] = json!({ "text": "가".repeat(25_000) });
        let mut parent = by("200", "91", "앞…");
        parent["note_tweet"] = json!({ "text": "나 ".repeat(12_500) });
        let page = parse(&json!({
            "data": [long],
            "includes": { "tweets": [parent], "users": [{ "id": "200", "protected": false }] },
            "meta": {},
        }));
        let post = page.unwrap().posts.remove(0);
        let ParentContent::Shown { text: said, .. } = post.parent.unwrap().content else {
            panic!("the parent is shown");
        };
        for (text, longest) in [(post.text, text::KEPT + 100), (said, 2 * text::KEPT + 200)] {
            assert!((text::KEPT..longest).contains(&text.chars().count()));
        }
    }

    #[test]
    fn a_cursor_that_cannot_be_sent_is_the_end_and_says_so() {
        let page = |token: Value| {
            let body = json!({ "data": [item("1", "글")], "meta": { "next_token": token } });
            let page = parse(&body).unwrap();
            (page.next, page.stalled)
        };
        assert_eq!(page(json!("b64+/=")), (Some("b64+/=".to_owned()), false));
        assert_eq!(page(json!(7140)), (Some("7140".to_owned()), false));
        assert_eq!(page(json!("레몬")), (None, true));
        assert_eq!(page(json!("a b")), (None, true));
        assert_eq!(page(json!("a".repeat(MAX_CURSOR + 1))), (None, true));
    }

    #[test]
    fn the_window_is_told_only_when_x_tells_all_of_it() {
        let window = |pairs: &[(&'static str, &str)]| {
            let mut answer = answer(&full());
            let headers = pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            answer.headers = headers.collect();
            page(&answer, ME, NOW).unwrap().page.window
        };
        let (limit, remaining) = (
            ("x-rate-limit-limit", "900"),
            ("x-rate-limit-remaining", "868"),
        );
        assert_eq!(
            window(&[limit, remaining, ("x-rate-limit-reset", "1800000600")]),
            Some(Window {
                limit: 900,
                remaining: 868,
                reset: 1_800_000_600
            })
        );
        assert_eq!(window(&[limit, remaining]), None);
        assert_eq!(
            window(&[
                limit,
                ("x-rate-limit-remaining", "-1"),
                ("x-rate-limit-reset", "1")
            ]),
            None
        );
    }

    proptest! {
        #[test]
        fn a_page_that_is_cut_off_or_changed_is_an_error_or_a_page(
            at: prop::sample::Index, byte: u8, cut: bool,
        ) {
            let mut answer = answer(&full());
            let index = at.index(answer.body.len());
            if cut {
                answer.body.truncate(index);
                prop_assert_eq!(page(&answer, ME, NOW), Err(Error::Unreachable));
            } else {
                answer.body[index] = byte;
                let _ = page(&answer, ME, NOW);
            }
        }
    }

    #[test]
    fn a_page_is_asked_for_in_one_dialect_and_only_with_a_cursor_of_x() {
        let config = Config::read(|name| {
            let value = match name {
                "SESSION_KEY" => "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
                "PERSON_POSTS" | "DEFAULT_POSTS" => "",
                _ => "https://api.x.test",
            };
            Some(value.to_owned())
        })
        .unwrap();
        let me = Me {
            id: ME.to_owned(),
            handle: "lemon".to_owned(),
            name: "Lemon".to_owned(),
            avatar: None,
            protected: false,
            posts: None,
        };
        let session = Session::new(me, "secret".to_owned());
        let begin = Position::of("newest=100", &config, &session.me, NOW).unwrap();
        let ask = |cursor: Option<&str>| {
            let cursor = cursor.map(Into::into);
            let mut position = begin.clone();
            position.cursor = cursor;
            request(&config, &session, &position)
        };

        let first = ask(None).unwrap();
        assert_eq!(first.uri().path(), "/2/users/100/tweets");
        assert_eq!(first.headers()["authorization"], "Bearer secret");
        let pairs: HashMap<_, _> = form_urlencoded::parse(first.uri().query().unwrap().as_bytes())
            .into_owned()
            .collect();
        assert_eq!(pairs["max_results"], "100");
        assert_eq!(
            pairs["expansions"],
            "referenced_tweets.id,referenced_tweets.id.author_id"
        );
        assert!(pairs["tweet.fields"].contains("note_tweet") && !pairs.contains_key("exclude"));
        assert!(!first.uri().query().unwrap().contains("post."));
        assert!(!pairs.contains_key("since_id"));
        let new = Position::of("newest=100&since=77", &config, &session.me, NOW);
        let new = request(&config, &session, &new.unwrap()).unwrap();
        assert!(new.uri().query().unwrap().ends_with("&since_id=77"));

        let next = ask(Some("7140dibdnow9")).unwrap();
        assert!(
            next.uri()
                .query()
                .unwrap()
                .ends_with("&pagination_token=7140dibdnow9")
        );
        let odd = ask(Some("a&max_results=5")).unwrap();
        let (_, cursor) = odd.uri().query().unwrap().rsplit_once('&').unwrap();
        assert_eq!(cursor, "pagination_token=a%26max_results%3D5");
        for wrong in ["", "a b", "레몬", &"a".repeat(MAX_CURSOR + 1)] {
            assert!(
                matches!(ask(Some(wrong)), Err(Error::BadRequest(_))),
                "{wrong}"
            );
        }
    }
}
