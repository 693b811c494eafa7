//! A person's posts, page by page, with what they answer.

use std::collections::{HashMap, HashSet};

use chrono::DateTime;
use http::Request;
use lemon_wire::{Parent, ParentContent, Post, PostsPage};
use serde::Deserialize;

use super::{Answer, get, query, refusal};
use crate::{config::Config, error::Error, session::Session};

/// Longest cursor passed on, in bytes; X's are about 50.
const MAX_CURSOR: usize = 256;

/// Most posts asked for at once: what X gives, so that an import is 32 requests.
pub const PAGE: u32 = 100;

/// Fewest posts that X lets one ask for.
const SMALLEST_PAGE: u32 = 5;

/// `protected` is read for the parents' authors, `note_tweet` because long posts
/// come cut without it.
const FIELDS: &str = "created_at,lang,author_id,in_reply_to_user_id,referenced_tweets,conversation_id,note_tweet,entities";
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

/// X answers in the dialect of the request, and its published specification
/// is of the other one: the aliases are that one's names.
#[derive(Deserialize)]
struct Page {
    data: Option<Vec<Item>>,
    #[serde(default)]
    includes: Includes,
    #[serde(default)]
    errors: Vec<Missing>,
    meta: Option<Meta>,
}

/// Something that X did not include, and why.
#[derive(Deserialize)]
struct Missing {
    resource_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Includes {
    #[serde(alias = "posts")]
    tweets: Vec<Item>,
    users: Vec<Author>,
}

#[derive(Deserialize)]
struct Author {
    id: String,
    protected: Option<bool>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    text: String,
    created_at: Option<String>,
    lang: Option<String>,
    author_id: Option<String>,
    in_reply_to_user_id: Option<String>,
    #[serde(default, alias = "referenced_posts")]
    referenced_tweets: Vec<Reference>,
    #[serde(alias = "note_post")]
    note_tweet: Option<Note>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

#[derive(Deserialize)]
struct Note {
    text: String,
}

/// Asks for about `posts` posts at `cursor`, or for the newest ones.
///
/// # Errors
/// [`Error::BadRequest`] if X cannot have given the cursor.
pub fn request(
    config: &Config,
    session: &Session,
    cursor: Option<&str>,
    posts: u32,
) -> Result<Request<String>, Error> {
    let posts = posts.clamp(SMALLEST_PAGE, PAGE).to_string();
    let mut pairs = vec![
        ("max_results", posts.as_str()),
        ("tweet.fields", FIELDS),
        ("expansions", EXPANSIONS),
        ("user.fields", USER_FIELDS),
    ];
    if let Some(cursor) = cursor {
        let is_plain = cursor
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.~=".contains(&b));
        if cursor.is_empty() || cursor.len() > MAX_CURSOR || !is_plain {
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

/// The page in the answer to [`request`], of the account `me`.
///
/// # Errors
/// What [`refusal::check`] finds; [`Error::Unreadable`] for what is no page;
/// [`Error::ParentsMissing`] if there are replies to others and X showed
/// nothing of what they answer, not even an error, as it does when it did not
/// understand the request.
pub fn page(answer: &Answer, me: &str, now: i64) -> Result<PostsPage, Error> {
    refusal::check(answer, now)?;
    let page: Page = serde_json::from_slice(&answer.body).map_err(|_| Error::Unreadable)?;
    if page.data.is_none() && page.meta.is_none() {
        return Err(Error::Unreadable);
    }
    let items = page.data.unwrap_or_default();
    let known = Known::new(page.includes, &page.errors, me);
    if known.has_none_of(&items) {
        return Err(Error::ParentsMissing);
    }
    let posts = items
        .into_iter()
        .map(|item| post(item, &known))
        .collect::<Result<_, _>>()?;
    Ok(PostsPage {
        posts,
        next: page.meta.and_then(|meta| meta.next_token),
        window: refusal::window(&answer.headers, "x-rate-limit"),
    })
}

fn post(item: Item, known: &Known) -> Result<Post, Error> {
    let at = item
        .created_at
        .as_deref()
        .and_then(|at| DateTime::parse_from_rfc3339(at).ok())
        .ok_or(Error::Unreadable)?
        .timestamp();
    let parent = item.replied_to().map(|id| Parent {
        id: id.to_owned(),
        content: known.content(id),
    });
    Ok(Post {
        at,
        parent,
        repost: item
            .referenced_tweets
            .iter()
            .any(|reference| reference.kind == "retweeted"),
        id: item.id,
        text: item.note_tweet.map_or(item.text, |note| note.text),
        lang: item.lang,
    })
}

impl Missing {
    /// Only the last segment of `type` is stable.
    fn is_hidden(&self) -> bool {
        let kind = self.kind.as_deref().unwrap_or_default();
        kind.rsplit('/').next() == Some("not-authorized-for-resource")
    }
}

impl Item {
    fn replied_to(&self) -> Option<&str> {
        let mut references = self.referenced_tweets.iter();
        references.find_map(|to| (to.kind == "replied_to").then_some(to.id.as_str()))
    }
}

/// What X included with a page.
struct Known<'a> {
    me: &'a str,
    posts: HashMap<String, Item>,
    protected: HashMap<String, bool>,
    /// Posts that the person may not see: their authors are protected.
    hidden: HashSet<String>,
    /// Posts of which X said that it does not give them.
    reported: HashSet<String>,
}

impl<'a> Known<'a> {
    fn new(includes: Includes, missing: &[Missing], me: &'a str) -> Self {
        let posts = includes
            .tweets
            .into_iter()
            .map(|item| (item.id.clone(), item))
            .collect();
        let protected = includes
            .users
            .into_iter()
            .filter_map(|author| Some((author.id, author.protected?)))
            .collect();
        let hidden = missing
            .iter()
            .filter(|missing| missing.is_hidden())
            .filter_map(|missing| missing.resource_id.clone())
            .collect();
        let reported = missing
            .iter()
            .filter_map(|missing| missing.resource_id.clone())
            .collect();
        Self {
            me,
            posts,
            protected,
            hidden,
            reported,
        }
    }

    /// A parent is shown only if X said that its author is not protected.
    fn content(&self, id: &str) -> ParentContent {
        let Some((item, author)) = self
            .posts
            .get(id)
            .and_then(|item| Some((item, item.author_id.as_ref()?)))
        else {
            return if self.hidden.contains(id) {
                ParentContent::Protected
            } else {
                ParentContent::Gone
            };
        };
        let protected = if author == self.me {
            Some(&false)
        } else {
            self.protected.get(author)
        };
        match protected {
            Some(false) => ParentContent::Shown {
                author_id: author.clone(),
                text: item
                    .note_tweet
                    .as_ref()
                    .map_or(&item.text, |note| &note.text)
                    .clone(),
            },
            Some(true) => ParentContent::Protected,
            None => ParentContent::Gone,
        }
    }

    fn has_none_of(&self, items: &[Item]) -> bool {
        let is_to_others = |item: &&Item| match &item.in_reply_to_user_id {
            Some(user) => user != self.me,
            None => item.replied_to().is_some(),
        };
        let replies: Vec<_> = items.iter().filter(is_to_others).collect();
        let named: Vec<_> = replies
            .iter()
            .filter_map(|item| item.replied_to())
            .collect();
        if named.is_empty() {
            return replies.len() >= NAMELESS_REPLIES;
        }
        let unexplained: Vec<_> = named
            .into_iter()
            .filter(|id| !self.reported.contains(*id))
            .collect();
        unexplained.len() >= UNEXPLAINED_PARENTS
            && unexplained
                .iter()
                .all(|id| self.content(id) == ParentContent::Gone)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use lemon_wire::{Me, Window};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

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
        page(&answer(body), ME, NOW)
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
        let missing = Err(Error::ParentsMissing);
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
        let nameless = |count| {
            let items: Vec<_> = (0..count)
                .map(|n| {
                    let mut reply = item(&n.to_string(), "@a 네");
                    reply["in_reply_to_user_id"] = json!("200");
                    reply
                })
                .collect();
            parse(&json!({ "data": items, "meta": {} })).map(|page| page.posts.len())
        };
        assert_eq!(nameless(NAMELESS_REPLIES - 1), Ok(NAMELESS_REPLIES - 1));
        assert_eq!(nameless(NAMELESS_REPLIES), Err(Error::ParentsMissing));
    }

    #[test]
    fn an_empty_page_is_one_and_an_answer_without_any_is_not() {
        let empty = PostsPage {
            posts: Vec::new(),
            next: None,
            window: None,
        };
        assert_eq!(parse(&json!({ "meta": { "result_count": 0 } })), Ok(empty));
        let wrong = [
            json!({}),
            json!([]),
            json!("posts"),
            json!({ "errors": [{ "title": "Not Found Error" }] }),
            json!({ "data": { "id": "1" }, "meta": {} }),
            json!({ "data": [{ "id": "1", "text": "no date" }], "meta": {} }),
            json!({ "data": [{ "id": 1, "text": "a", "created_at": "2024-03-09T16:00:01Z" }] }),
            json!({ "data": [{ "id": "1", "text": "a", "created_at": "yesterday" }] }),
        ];
        for body in wrong {
            assert_eq!(parse(&body), Err(Error::Unreadable), "{body}");
        }
    }

    #[test]
    fn the_window_is_told_only_when_x_tells_all_of_it() {
        let window = |pairs: &[(&'static str, &str)]| {
            let mut answer = answer(&full());
            let headers = pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            answer.headers = headers.collect();
            page(&answer, ME, NOW).unwrap().window
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
                prop_assert_eq!(page(&answer, ME, NOW), Err(Error::Unreadable));
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
        let ask = |cursor| request(&config, &session, cursor, PAGE);

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

        let next = ask(Some("7140dibdnow9")).unwrap();
        assert!(
            next.uri()
                .query()
                .unwrap()
                .ends_with("&pagination_token=7140dibdnow9")
        );
        for wrong in [
            "",
            "a b",
            "a&max_results=5",
            "레몬",
            &"a".repeat(MAX_CURSOR + 1),
        ] {
            assert!(
                matches!(ask(Some(wrong)), Err(Error::BadRequest(_))),
                "{wrong}"
            );
        }
    }
}
