//! Mastodon and what speaks its API: statuses in HTML, whose parents are asked for by
//! themselves.

mod html;
pub mod sign_in;

use form_urlencoded::Serializer;
use lemon_given::lenient::{Each, List, Maybe, Object};
use lemon_given::time::Time;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::IgnoredAny;

pub use html::plain;

use super::given::{Given, MAX_LANG, Read, Unreadable, Wishes, answer, time};
use super::words::Words;
use crate::corpus::{Content, Parent, Post};

/// Most statuses that are asked for at once.
pub const PAGE: usize = 40;

/// Most parents that are asked for at once: one more is answered with 422.
pub const PARENTS: usize = 20;

/// What is escaped in a part of a path: ids are whatever a server likes.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// Longest id, in bytes: numbers, UUIDs and others of up to 36 are in use.
const MAX_ID: usize = 128;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    id: Maybe<String>,
    created_at: Maybe<Time>,
    in_reply_to_id: Maybe<String>,
    in_reply_to_account_id: Maybe<String>,
    spoiler_text: Words,
    visibility: Maybe<String>,
    language: Maybe<String>,
    content: Words,
    reblog: Maybe<Object<IgnoredAny>>,
    account: Maybe<Object<Account>>,
    emojis: List<Object<Emoji>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Account {
    id: Maybe<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Emoji {
    shortcode: Maybe<String>,
}

/// Where the statuses of the account `me` are that come before the one with the id `before`;
/// the newest ones without it.
#[must_use]
pub fn path(me: &str, before: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query
        .append_pair("limit", &PAGE.to_string())
        .append_pair("exclude_reblogs", "true");
    if let Some(before) = before {
        query.append_pair("max_id", before);
    }
    let me = utf8_percent_encode(me, SEGMENT);
    format!("/api/v1/accounts/{me}/statuses?{}", query.finish())
}

/// Where several statuses are, at most [`PARENTS`]; for servers since 4.3.
#[must_use]
pub fn parents_path(ids: &[&str]) -> String {
    let ids = ids.iter().take(PARENTS).map(|id| ("id[]", *id));
    let query = Serializer::new(String::new()).extend_pairs(ids).finish();
    format!("/api/v1/statuses?{query}")
}

/// Where the account `me` is.
#[must_use]
pub fn account_path(me: &str) -> String {
    format!("/api/v1/accounts/{}", utf8_percent_encode(me, SEGMENT))
}

/// Where one status is.
#[must_use]
pub fn parent_path(id: &str) -> String {
    format!("/api/v1/statuses/{}", utf8_percent_encode(id, SEGMENT))
}

/// A page of statuses of the account `me`; the end is an empty one. Whatever else than the
/// person's own is answered stands as gone until it was asked for.
///
/// The next page begins behind the last status that came, not where the server's `Link` says:
/// some skip one in it.
///
/// # Errors
/// [`Unreadable`] for what is no list.
pub fn page(body: &[u8], me: &str, wishes: Wishes) -> Result<Given, Unreadable> {
    let mut statuses = list(body)?;
    statuses.truncate(PAGE);
    let last = statuses
        .iter()
        .rev()
        .find_map(|status| status.as_ref()?.id());
    let mut given = Given {
        next: last.map(Into::into),
        ..Given::default()
    };
    for status in statuses {
        given.add(status.map_or(Read::Odd, |status| status.post(me, wishes)));
    }
    Ok(given)
}

/// What the server says of statuses that are answered: their ids, and what is known of them.
/// Those that it does not name are gone.
///
/// # Errors
/// [`Unreadable`] for what is no list.
pub fn parents(
    body: &[u8],
    me: &str,
    wishes: Wishes,
) -> Result<Vec<(String, Content)>, Unreadable> {
    let known = list(body)?.into_iter().take(PARENTS).flatten();
    Ok(known
        .filter_map(|status| Some((status.id()?.to_owned(), status.content(me, wishes))))
        .collect())
}

/// The same of one status; none if it cannot be read.
#[must_use]
pub fn parent(body: &[u8], me: &str, wishes: Wishes) -> Option<(String, Content)> {
    let Each(status) = answer::<Each<Status>>(body).ok()?;
    let status = status?;
    Some((status.id()?.to_owned(), status.content(me, wishes)))
}

fn list(body: &[u8]) -> Result<Vec<Option<Status>>, Unreadable> {
    let list: Vec<Each<Status>> = answer(body)?;
    Ok(list.into_iter().map(|Each(status)| status).collect())
}

impl Status {
    fn id(&self) -> Option<&str> {
        self.id
            .0
            .as_deref()
            .filter(|id| (1..=MAX_ID).contains(&id.len()))
    }

    fn author(&self) -> Option<&str> {
        self.account.0.as_ref()?.0.id.0.as_deref()
    }

    fn post(self, me: &str, wishes: Wishes) -> Read {
        let at = time(&self.created_at);
        let (Some(id), Some(at), true) = (self.id(), at, self.author() == Some(me)) else {
            return Read::Odd;
        };
        if self.reblog.0.is_some() {
            return Read::Nothing;
        }
        let is_wanted = match self.visibility.0.as_deref() {
            Some("public") => true,
            Some("unlisted") => wishes.unlisted,
            // What only some may see is nobody else's.
            _ => false,
        };
        if !is_wanted || (self.is_warned() && !wishes.warned) {
            return Read::Unwanted;
        }
        let text = self.words();
        if text.is_empty() {
            return Read::Nothing;
        }
        // Of an answer to oneself in somebody's thread the account is that one's, so it says
        // only sometimes whose the parent is; who it is not is never told.
        let is_own = self.in_reply_to_account_id.0.as_deref() == Some(me);
        let parent = self.in_reply_to_id.0.clone().map(|id| Parent {
            id,
            content: if is_own { Content::Own } else { Content::Gone },
        });
        Read::Post(Post {
            id: id.to_owned(),
            text,
            at,
            lang: self.language.0.filter(|lang| lang.len() <= MAX_LANG),
            repost: false,
            parent,
            earlier: Vec::new(),
        })
    }

    fn content(&self, me: &str, wishes: Wishes) -> Content {
        let Some(author) = self.author() else {
            return Content::Gone;
        };
        if author == me {
            return Content::Own;
        }
        if !matches!(self.visibility.0.as_deref(), Some("public" | "unlisted")) {
            return Content::Protected;
        }
        let text = self.words();
        if text.is_empty() || (self.is_warned() && !wishes.warned) {
            return Content::Gone;
        }
        Content::Shown {
            author_id: author.to_owned(),
            text,
        }
    }

    fn is_warned(&self) -> bool {
        !self.spoiler_text.0.is_empty()
    }

    /// Of an answer to what was deleted only the person is left whom it answered.
    fn is_answer(&self) -> bool {
        self.in_reply_to_id.0.is_some() || self.in_reply_to_account_id.0.is_some()
    }

    fn words(&self) -> String {
        let emojis: Vec<&str> = self
            .emojis
            .0
            .iter()
            .filter_map(|Object(emoji)| emoji.shortcode.0.as_deref())
            .collect();
        plain(&self.content.0, &emojis, self.is_answer())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ME: &str = "5";

    fn status(id: &str, content: &str) -> Value {
        json!({
            "id": id, "created_at": "2026-05-02T01:02:03.000Z", "edited_at": null,
            "in_reply_to_id": null, "in_reply_to_account_id": null, "spoiler_text": "",
            "visibility": "public", "language": "ko", "content": format!("<p>{content}</p>"),
            "reblog": null, "account": { "id": ME, "username": "me", "acct": "me" },
            "mentions": [], "emojis": [{ "shortcode": "blob" }],
        })
    }

    fn with(mut status: Value, fields: &[(&str, Value)]) -> Value {
        for (name, value) in fields {
            status[*name] = value.clone();
        }
        status
    }

    fn read(statuses: &[Value], wishes: Wishes) -> Given {
        page(json!(statuses).to_string().as_bytes(), ME, wishes).unwrap()
    }

    #[test]
    fn a_page_is_read() {
        let mention = r#"<span class="h-card" translate="no"><a href="https://o.test/@you" class="u-url mention">@<span>you</span></a></span> "#;
        let answer = with(
            status("112", &format!("{mention}저도요 :blob: &amp;<br>끝")),
            &[
                ("in_reply_to_id", json!("111")),
                ("in_reply_to_account_id", json!("7")),
            ],
        );
        let own = with(
            status("110", "이어서"),
            &[
                ("in_reply_to_id", json!("109")),
                ("in_reply_to_account_id", json!(ME)),
            ],
        );
        let given = read(
            &[answer, own, status("108", &format!("{mention}안녕"))],
            Wishes::default(),
        );
        assert_eq!(
            given.posts[0],
            Post {
                id: "112".into(),
                text: "저도요  &\n끝".into(),
                at: 1_777_683_723,
                lang: Some("ko".into()),
                repost: false,
                parent: Some(Parent {
                    id: "111".into(),
                    content: Content::Gone
                }),
                earlier: Vec::new(),
            }
        );
        assert_eq!(
            given.posts[1].parent,
            Some(Parent {
                id: "109".into(),
                content: Content::Own
            })
        );
        assert_eq!(given.posts[2].text, "@you 안녕");
        assert_eq!(given.next.as_deref(), Some("108"));
        assert_eq!(read(&[], Wishes::default()), Given::default());
    }

    #[test]
    fn an_answer_to_what_was_deleted_is_an_answer() {
        let mention =
            r#"<a href="https://o.test/@you" class="u-url mention">@<span>you</span></a> "#;
        let answer = with(
            status("2", &format!("{mention}저도요")),
            &[("in_reply_to_account_id", json!("7"))],
        );
        let given = read(&[answer], Wishes::default());
        assert_eq!(given.posts[0].text, "저도요");
        assert_eq!(given.posts[0].parent, None);
    }

    #[test]
    fn what_only_some_may_see_is_theirs() {
        let unlisted = Wishes {
            unlisted: true,
            warned: false,
        };
        for (visibility, by_default, by_choice) in [
            (json!("public"), 1, 1),
            (json!("unlisted"), 0, 1),
            (json!("private"), 0, 0),
            (json!("direct"), 0, 0),
            (json!("local"), 0, 0),
            (json!(null), 0, 0),
        ] {
            let statuses = [with(
                status("1", "글"),
                &[("visibility", visibility.clone())],
            )];
            for (wishes, count) in [(Wishes::default(), by_default), (unlisted, by_choice)] {
                let given = read(&statuses, wishes);
                assert_eq!(
                    (given.posts.len(), given.unwanted),
                    (count, 1 - count),
                    "{visibility}"
                );
            }
        }
        let warned = [with(status("1", "글"), &[("spoiler_text", json!("매움"))])];
        assert_eq!(read(&warned, Wishes::default()).unwanted, 1);
        assert_eq!(
            read(
                &warned,
                Wishes {
                    unlisted: false,
                    warned: true
                }
            )
            .posts
            .len(),
            1
        );
    }

    #[test]
    fn what_is_known_of_a_parent_is_told() {
        let you = json!({ "id": "7" });
        let by = |fields: &[(&str, Value)]| {
            with(
                with(status("1", "비 오네요"), &[("account", you.clone())]),
                fields,
            )
        };
        for (parent, expected) in [
            (by(&[]), "shown"),
            (by(&[("visibility", json!("unlisted"))]), "shown"),
            (by(&[("visibility", json!("private"))]), "protected"),
            (by(&[("visibility", json!("direct"))]), "protected"),
            (by(&[("visibility", json!(null))]), "protected"),
            (by(&[("spoiler_text", json!("매움"))]), "gone"),
            (by(&[("content", json!(""))]), "gone"),
            (by(&[("account", json!(null))]), "gone"),
            (status("1", "내 글"), "own"),
        ] {
            let body = json!([parent, null, {}]).to_string();
            let known = parents(body.as_bytes(), ME, Wishes::default()).unwrap();
            let kind = match &known[..] {
                [(id, Content::Shown { author_id, text })]
                    if id == "1" && author_id == "7" && text == "비 오네요" =>
                {
                    "shown"
                }
                [(_, Content::Own)] => "own",
                [(_, Content::Protected)] => "protected",
                [(_, Content::Gone)] => "gone",
                _ => "wrong",
            };
            assert_eq!(kind, expected, "{parent}");
        }
    }

    #[test]
    fn one_odd_status_costs_one_status() {
        for odd in [
            json!(null),
            json!([]),
            json!({}),
            with(status("2", "글"), &[("id", json!(null))]),
            with(
                status("2", "글"),
                &[("created_at", json!("0001-01-01T00:00:00Z"))],
            ),
            with(
                status("2", "글"),
                &[("created_at", json!("2999-01-01T00:00:00Z"))],
            ),
            with(status("2", "남의 글"), &[("account", json!({ "id": "7" }))]),
            with(status("2", "글"), &[("content", json!(2026))]),
            with(status("2", "글"), &[("spoiler_text", json!(false))]),
        ] {
            let given = read(
                &[status("3", "셋"), odd.clone(), status("1", "하나")],
                Wishes::default(),
            );
            assert_eq!((given.posts.len(), given.left_out), (2, 1), "{odd}");
            assert_eq!(given.next.as_deref(), Some("1"));
        }
        let nothing = [
            with(status("2", ""), &[("reblog", json!({ "id": "9" }))]),
            with(status("1", ""), &[("media_attachments", json!([{}]))]),
        ];
        let given = read(&nothing, Wishes::default());
        assert_eq!(
            (given.posts.len(), given.left_out, given.unwanted),
            (0, 0, 0)
        );
        for body in [
            "",
            "{}",
            "<!doctype html>",
            r#"{"error":"Record not found"}"#,
        ] {
            assert_eq!(
                page(body.as_bytes(), ME, Wishes::default()),
                Err(Unreadable),
                "{body}"
            );
        }
    }

    #[test]
    fn what_is_answered_is_asked_for_once_and_put_in() {
        let answer = |id: &str, to: &str| {
            with(
                status(id, "응"),
                &[
                    ("in_reply_to_id", json!(to)),
                    ("in_reply_to_account_id", json!(ME)),
                ],
            )
        };
        let mut given = read(
            &[
                answer("9", "7"),
                answer("8", "7"),
                answer("6", "5"),
                answer("4", "1"),
                status("5", "글"),
            ],
            Wishes::default(),
        );
        assert_eq!(given.open_parents(), ["7", "1"]);
        let shown = Content::Shown {
            author_id: "7".into(),
            text: "비".into(),
        };
        given.fill(&[("7".into(), shown.clone())]);
        let contents: Vec<_> = given
            .posts
            .iter()
            .map(|post| post.parent.clone().map(|it| it.content))
            .collect();
        assert_eq!(
            contents,
            [
                Some(shown.clone()),
                Some(shown),
                Some(Content::Own),
                Some(Content::Own),
                None
            ]
        );
        let one = with(
            status("1", "비 오네요"),
            &[("account", json!({ "id": "7" }))],
        );
        let (id, content) = parent(one.to_string().as_bytes(), ME, Wishes::default()).unwrap();
        assert!(id == "1" && matches!(content, Content::Shown { .. }));
        assert_eq!(parent(b"<html>", ME, Wishes::default()), None);
        assert_eq!(parent_path("a/b"), "/api/v1/statuses/a%2Fb");
    }

    #[test]
    fn ids_are_written_as_parts_of_addresses() {
        assert_eq!(
            path("5", None),
            "/api/v1/accounts/5/statuses?limit=40&exclude_reblogs=true"
        );
        assert_eq!(
            path("a-b/..", Some("1&x=2")),
            "/api/v1/accounts/a-b%2F%2E%2E/statuses?limit=40&exclude_reblogs=true&max_id=1%26x%3D2"
        );
        let ids = vec!["1"; 30];
        assert_eq!(parents_path(&ids).matches("id%5B%5D=1").count(), PARENTS);
    }
}
