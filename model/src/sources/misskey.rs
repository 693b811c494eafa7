//! Misskey and its forks: notes with the notes that they answer inside, written in MFM.

mod mfm;
pub mod sign_in;

use lemon_given::lenient::{Each, List, Maybe, Object};
use lemon_given::time::Time;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

pub use mfm::plain;

use super::given::{Given, Read, Unreadable, Wishes, answer, time};
use super::words::Words;
use crate::corpus::{Content, Parent, Post};

/// Most notes that are asked for at once: what Misskey gives.
pub const PAGE: usize = 100;

/// Longest id, in bytes. The longest in use has 26.
const MAX_ID: usize = 64;

/// What `POST /api/users/show` is sent, which unlike that for notes knows who is there no more.
#[must_use]
pub fn who(user: &str) -> String {
    json!({ "userId": user }).to_string()
}

/// What `POST /api/users/notes` is sent for the notes of `user` before the one with the id
/// `until`, or for the newest ones.
///
/// Every field is said: replies come only where asked for, and `untilId` beside fields that
/// were left to their defaults has failed on large servers.
#[must_use]
pub fn request(user: &str, until: Option<&str>) -> String {
    let mut request = json!({
        "userId": user,
        "limit": PAGE,
        "withReplies": true,
        "withRenotes": false,
        "withChannelNotes": false,
        "allowPartial": true,
    });
    if let Some(until) = until {
        request["untilId"] = json!(until);
    }
    request.to_string()
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Meta {
    version: Maybe<String>,
    max_note_text_length: Maybe<u32>,
}

/// Whether it is what a server of this kind says of itself at `/api/meta`.
#[must_use]
pub fn is_meta(body: &[u8]) -> bool {
    answer::<Meta>(body)
        .is_ok_and(|meta| meta.version.0.is_some() && meta.max_note_text_length.0.is_some())
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Note {
    id: Maybe<String>,
    created_at: Maybe<Time>,
    user_id: Maybe<String>,
    text: Words,
    cw: Maybe<String>,
    visibility: Maybe<String>,
    reply_id: Maybe<String>,
    renote_id: Maybe<String>,
    file_ids: List<String>,
    poll: Maybe<Object<IgnoredAny>>,
    is_hidden: Maybe<bool>,
    reply: Maybe<Object<Answered>>,
}

/// A note that is answered. What that one answers is not needed.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answered {
    user_id: Maybe<String>,
    text: Words,
    cw: Maybe<String>,
    visibility: Maybe<String>,
    is_hidden: Maybe<bool>,
}

/// The page in the answer to [`request`], of the account `me`.
///
/// Its next one begins behind its last note, whatever that is: short pages are no sign of the
/// end, an empty one is.
///
/// # Errors
/// [`Unreadable`] for what is no list.
pub fn page(body: &[u8], me: &str, wishes: Wishes) -> Result<Given, Unreadable> {
    let mut notes: Vec<Each<Note>> = answer(body)?;
    notes.truncate(PAGE);
    let last = notes.iter().rev().find_map(|note| note.0.as_ref()?.id());
    let mut given = Given {
        next: last.map(Into::into),
        ..Given::default()
    };
    for Each(note) in notes {
        given.add(note.map_or(Read::Odd, |note| note.post(me, wishes)));
    }
    Ok(given)
}

impl Note {
    fn id(&self) -> Option<&str> {
        self.id
            .0
            .as_deref()
            .filter(|id| (1..=MAX_ID).contains(&id.len()))
    }

    fn post(self, me: &str, wishes: Wishes) -> Read {
        let at = time(&self.created_at);
        let (Some(id), Some(at)) = (self.id(), at) else {
            return Read::Odd;
        };
        // Whoever else's it is, it is not the person's.
        if self.user_id.0.as_deref() != Some(me) {
            return Read::Odd;
        }
        let is_public = match self.visibility.0.as_deref() {
            Some("public") => true,
            Some("home") => wishes.unlisted,
            // What only some may see is nobody else's.
            _ => false,
        };
        if self.is_hidden.0 == Some(true) {
            return Read::Hidden;
        }
        if !is_public {
            return Read::Unwanted;
        }
        if self.text.0.is_empty() {
            let has_more =
                self.cw.0.is_some() || self.poll.0.is_some() || !self.file_ids.0.is_empty();
            return if self.renote_id.0.is_some() || has_more {
                Read::Nothing
            } else {
                Read::Odd
            };
        }
        if self.is_warned() && !wishes.warned {
            return Read::Unwanted;
        }
        Read::Post(Post {
            id: id.to_owned(),
            text: plain(&self.text.0, self.reply_id.0.is_some()),
            at,
            lang: None,
            repost: false,
            parent: self.parent(me, wishes),
            earlier: Vec::new(),
        })
    }

    fn is_warned(&self) -> bool {
        self.cw.0.is_some()
    }

    fn parent(&self, me: &str, wishes: Wishes) -> Option<Parent> {
        let id = self.reply_id.0.clone()?;
        let content = match &self.reply.0 {
            None => Content::Gone,
            Some(Object(answered)) => answered.content(me, wishes),
        };
        Some(Parent { id, content })
    }
}

impl Answered {
    fn content(&self, me: &str, wishes: Wishes) -> Content {
        let Some(author) = &self.user_id.0 else {
            return Content::Gone;
        };
        let is_seen = matches!(self.visibility.0.as_deref(), Some("public" | "home"));
        if !is_seen || self.is_hidden.0 == Some(true) {
            return Content::Protected;
        }
        if author == me {
            return Content::Own;
        }
        if self.text.0.is_empty() || (self.cw.0.is_some() && !wishes.warned) {
            return Content::Gone;
        }
        Content::Shown {
            author_id: author.clone(),
            text: plain(&self.text.0, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const ME: &str = "u1";

    fn note(id: &str, text: &str) -> Value {
        json!({
            "id": id, "createdAt": "2026-05-02T01:02:03.456Z", "userId": ME,
            "user": { "id": ME, "username": "me", "host": null },
            "text": text, "cw": null, "visibility": "public", "replyId": null, "renoteId": null,
            "fileIds": [],
        })
    }

    fn answer(id: &str, text: &str, parent: Value) -> Value {
        let mut answer = note(id, text);
        answer["replyId"] = json!("p1");
        answer["reply"] = parent;
        answer
    }

    fn parent(user: &str, visibility: &str) -> Value {
        json!({
            "id": "p1", "createdAt": "2026-05-02T00:00:00.000Z", "userId": user,
            "user": { "id": user, "username": "you", "host": "o.test" },
            "text": "@me **비** 오네요 :rain:", "cw": null, "visibility": visibility,
        })
    }

    fn read(notes: &Value, wishes: Wishes) -> Given {
        page(notes.to_string().as_bytes(), ME, wishes).unwrap()
    }

    fn with(mut note: Value, field: &str, value: Value) -> Value {
        note[field] = value;
        note
    }

    #[test]
    fn a_page_is_read() {
        let notes = json!([
            answer(
                "a3",
                "@you@o.test $[tada 저도요] :blob:",
                parent("u2", "home")
            ),
            note("a2", "@you 안녕"),
            note("a1", "끝"),
        ]);
        let given = read(&notes, Wishes::default());
        let texts: Vec<&str> = given.posts.iter().map(|post| post.text.as_str()).collect();
        assert_eq!(texts, ["저도요", "@you 안녕", "끝"]);
        assert_eq!(given.posts[0].at, 1_777_683_723);
        let shown = Content::Shown {
            author_id: "u2".into(),
            text: "비 오네요".into(),
        };
        let answered = given.posts[0].parent.clone().unwrap();
        assert_eq!((answered.id.as_str(), answered.content), ("p1", shown));
        assert_eq!(given.next.as_deref(), Some("a1"));
        assert_eq!((given.left_out, given.unwanted), (0, 0));
        assert_eq!(read(&json!([]), Wishes::default()), Given::default());
    }

    #[test]
    fn what_only_some_may_see_is_theirs() {
        let parents = [
            (parent("u2", "public"), "shown"),
            (parent("u2", "followers"), "protected"),
            (parent("u2", "specified"), "protected"),
            (
                with(parent("u2", "public"), "isHidden", json!(true)),
                "protected",
            ),
            (
                with(parent("u2", "public"), "visibility", json!(null)),
                "protected",
            ),
            (parent(ME, "public"), "own"),
            (parent(ME, "followers"), "protected"),
            (with(parent("u2", "public"), "text", json!(null)), "gone"),
            (with(parent("u2", "public"), "cw", json!("매움")), "gone"),
            (json!(null), "gone"),
            (json!("x"), "gone"),
        ];
        for (parent, expected) in parents {
            let given = read(
                &json!([answer("a1", "응", parent.clone())]),
                Wishes::default(),
            );
            let kind = match given.posts[0].parent.as_ref().unwrap().content {
                Content::Shown { .. } => "shown",
                Content::Own => "own",
                Content::Protected => "protected",
                Content::Gone => "gone",
            };
            assert_eq!(kind, expected, "{parent}");
        }
        let unlisted = Wishes {
            unlisted: true,
            warned: false,
        };
        for (visibility, by_default, by_choice) in [
            (json!("public"), 1, 1),
            (json!("home"), 0, 1),
            (json!("followers"), 0, 0),
            (json!("specified"), 0, 0),
            (json!(null), 0, 0),
            (json!("new"), 0, 0),
        ] {
            let notes = json!([with(note("a1", "글"), "visibility", visibility.clone())]);
            for (wishes, count) in [(Wishes::default(), by_default), (unlisted, by_choice)] {
                let given = read(&notes, wishes);
                assert_eq!(
                    (given.posts.len(), given.unwanted),
                    (count, 1 - count),
                    "{visibility}"
                );
            }
        }
    }

    #[test]
    fn what_is_shown_to_nobody_is_counted() {
        let hidden = |id| {
            with(
                with(note(id, ""), "text", json!(null)),
                "isHidden",
                json!(true),
            )
        };
        let given = read(&json!([hidden("a2"), note("a1", "글")]), Wishes::default());
        assert_eq!((given.posts.len(), given.hidden, given.left_out), (1, 1, 0));
        assert!(is_meta(
            br#"{"version":"2026.1.0","maxNoteTextLength":3000}"#
        ));
        for body in ["{}", "[]", "<html>", r#"{"version":"4.3.0"}"#] {
            assert!(!is_meta(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn warnings_are_heeded_unless_the_person_says_otherwise() {
        let warned = json!([with(note("a1", "매운 얘기"), "cw", json!("매움"))]);
        assert_eq!(read(&warned, Wishes::default()).unwanted, 1);
        let wishes = Wishes {
            unlisted: false,
            warned: true,
        };
        assert_eq!(read(&warned, wishes).posts[0].text, "매운 얘기");
    }

    #[test]
    fn one_odd_note_costs_one_note() {
        let odd = [
            json!(null),
            json!(7),
            json!({}),
            with(note("a2", "글"), "id", json!(null)),
            with(note("a2", "글"), "createdAt", json!("0001-01-01T00:00:00Z")),
            with(note("a2", "글"), "createdAt", json!("2999-01-01T00:00:00Z")),
            with(note("a2", "글"), "userId", json!("u2")),
            with(note("a2", "글"), "text", json!(2026)),
            with(note("a2", "글"), "text", json!({})),
        ];
        for odd in odd {
            let given = read(
                &json!([note("a3", "셋"), odd, note("a1", "하나")]),
                Wishes::default(),
            );
            assert_eq!((given.posts.len(), given.left_out), (2, 1), "{odd}");
            assert_eq!(given.next.as_deref(), Some("a1"));
        }
        let page_of = |odd: &str| {
            let (three, one) = (note("a3", "셋"), note("a1", "하나"));
            page(
                format!("[{three},{odd},{one}]").as_bytes(),
                ME,
                Wishes::default(),
            )
        };
        let given = page_of(r#"{"id":"a2","id":"a2"}"#).unwrap();
        assert_eq!((given.posts.len(), given.left_out), (2, 1));
        // Reposts and pictures say nothing, and are nothing odd.
        let nothing = json!([
            with(
                with(note("a2", ""), "text", json!(null)),
                "renoteId",
                json!("r1")
            ),
            with(note("a1", ""), "fileIds", json!(["f1"])),
        ]);
        let given = read(&nothing, Wishes::default());
        assert_eq!(
            (given.posts.len(), given.left_out, given.unwanted),
            (0, 0, 0)
        );
        assert_eq!(given.next.as_deref(), Some("a1"));
        for body in [
            "",
            "{}",
            "<!doctype html>",
            "[",
            r#"{"error":{"code":"NO_SUCH_USER"}}"#,
        ] {
            assert_eq!(
                page(body.as_bytes(), ME, Wishes::default()),
                Err(Unreadable),
                "{body}"
            );
        }
    }

    #[test]
    fn a_request_says_all_that_has_a_default() {
        let request: Value = serde_json::from_str(&request("u1", Some("a9"))).unwrap();
        assert_eq!(request["withReplies"], true);
        assert_eq!(request["withRenotes"], false);
        assert_eq!(request["untilId"], "a9");
        let first: Value = serde_json::from_str(&super::request("u1", None)).unwrap();
        assert!(first.get("untilId").is_none());
    }
}
