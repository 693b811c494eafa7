//! The objects of an archive's files.

use lemon_given::id::Id;
use lemon_given::lenient::{List, Maybe, Object};
use lemon_given::time::Time;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::sources::words::Words;

/// A day, in seconds: what a date may differ by from that in its post's id.
const DAY: i64 = 24 * 60 * 60;

/// What posts without a time in their ids may be from, in seconds: 2006-03-21, of which X's
/// first post is, to 2010-12-01, after which all ids have one.
const WITHOUT_TIME: std::ops::Range<i64> = 1_142_899_200..1_291_161_600;

/// What stands in an object of a file of posts, or of circles: since 2022 the post is in a
/// field of its own.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wrapped {
    #[serde(alias = "twitterCircleTweet")]
    tweet: Maybe<Object<Tweet>>,
}

/// As much of a post to a circle as tells which it is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Marked {
    #[serde(alias = "twitterCircleTweet")]
    tweet: Maybe<Object<Mark>>,
    id: Maybe<Id>,
    id_str: Maybe<Id>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Mark {
    id: Maybe<Id>,
    id_str: Maybe<Id>,
}

/// A post. Which of two fields there is, is a matter of the archive's age.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Tweet {
    id: Maybe<Id>,
    id_str: Maybe<Id>,
    full_text: Words,
    text: Words,
    created_at: Maybe<Time>,
    lang: Maybe<String>,
    in_reply_to_status_id: Maybe<Id>,
    in_reply_to_status_id_str: Maybe<Id>,
    in_reply_to_user_id: Maybe<Id>,
    in_reply_to_user_id_str: Maybe<Id>,
    in_reply_to_screen_name: Maybe<String>,
    /// In characters, or in units of UTF-16: X counts in both.
    display_text_range: Maybe<Vec<Maybe<u32>>>,
    edit_info: Maybe<Object<Edits>>,
    retweeted_status: Maybe<Object<IgnoredAny>>,
}

/// The versions of a post are named in one of two places.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Edits {
    initial: Maybe<Object<Versions>>,
    edit: Maybe<Object<Edit>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Edit {
    edit_control_initial: Maybe<Object<Versions>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Versions {
    edit_tweet_ids: List<Id>,
}

/// The whole text of a long post.
#[derive(Debug, PartialEq, Eq)]
pub struct Note {
    pub at: i64,
    pub text: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WrappedNote {
    note_tweet: Maybe<Object<NoteTweet>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct NoteTweet {
    created_at: Maybe<Time>,
    core: Maybe<Object<Core>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Core {
    text: Words,
}

/// A post that the person liked.
#[derive(Debug, PartialEq, Eq)]
pub struct Like {
    pub id: Id,
    pub text: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WrappedLike {
    like: Maybe<Object<LikedTweet>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct LikedTweet {
    tweet_id: Maybe<Id>,
    full_text: Words,
}

/// Whose archive it is. It has their mail address and telephone number, too: those fields are
/// not named here, and so are never read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: String,
    /// Without the `@`.
    pub handle: String,
    /// As they call themselves; perhaps empty.
    pub name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WrappedAccount {
    account: Maybe<Object<AccountDetails>>,
    /// In archives of the first form.
    id: Maybe<Id>,
    screen_name: Words,
    full_name: Words,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AccountDetails {
    account_id: Maybe<Id>,
    username: Words,
    account_display_name: Words,
}

impl Tweet {
    /// None of what is no object, or has no id.
    #[must_use]
    pub fn read(json: &[u8]) -> Option<Self> {
        let wrapped: Wrapped = serde_json::from_slice(json).ok()?;
        let tweet = match wrapped.tweet.0 {
            Some(Object(tweet)) => tweet,
            None => serde_json::from_slice(json).ok()?,
        };
        tweet.id().map(|_| tweet)
    }

    pub fn id(&self) -> Option<Id> {
        self.id_str.0.or(self.id.0)
    }

    /// When it was posted, in seconds. What it says itself is believed as far as its id allows.
    pub fn at(&self) -> Option<i64> {
        let said = self.created_at.0.map(|Time(at)| at);
        match (said, self.id()?.time()) {
            (Some(said), Some(known)) if said.abs_diff(known) <= DAY.unsigned_abs() => Some(said),
            (_, Some(known)) => Some(known),
            (said, None) => said.filter(|said| WITHOUT_TIME.contains(said)),
        }
    }

    /// As X escapes it.
    pub fn text(&self) -> &str {
        if self.full_text.0.is_empty() {
            &self.text.0
        } else {
            &self.full_text.0
        }
    }

    /// BCP 47, as X guessed it.
    pub fn lang(&self) -> Option<&str> {
        self.lang.0.as_deref()
    }

    /// X's archives have no other sign of it than the text, since 2018.
    pub fn is_repost(&self) -> bool {
        self.retweeted_status.0.is_some() || is_repost(self.text())
    }

    /// The post that it answers. A name alone makes no reply of it.
    pub fn answers(&self) -> Option<Id> {
        self.in_reply_to_status_id_str
            .0
            .or(self.in_reply_to_status_id.0)
    }

    /// Whom it answers.
    pub fn answers_user(&self) -> Option<Id> {
        self.in_reply_to_user_id_str
            .0
            .or(self.in_reply_to_user_id.0)
    }

    /// What that one was called, without the `@`.
    pub fn answers_name(&self) -> Option<&str> {
        let name = self.in_reply_to_screen_name.0.as_deref();
        name.filter(|name| is_handle(name))
    }

    /// Where its author began, as in [`crate::sources::x::typed`]. The first archives do not
    /// say; in them whoever begins with a name and answers nothing typed it.
    pub fn start(&self) -> Option<u32> {
        let range = self.display_text_range.0.as_ref();
        let start = range.and_then(|range| range.first()?.0);
        start.or_else(|| self.answers().is_none().then_some(0))
    }

    /// The ids of its versions, from the first to the last; none if it was never edited.
    pub fn versions(&self) -> &[Id] {
        let Some(Object(edits)) = &self.edit_info.0 else {
            return &[];
        };
        let first = edits.initial.0.as_ref();
        let later = edits
            .edit
            .0
            .as_ref()
            .and_then(|Object(edit)| edit.edit_control_initial.0.as_ref());
        first
            .or(later)
            .map_or(&[], |Object(versions)| &versions.edit_tweet_ids.0)
    }
}

/// The id of a post to a circle, of which nothing else is read.
#[must_use]
pub fn circled(json: &[u8]) -> Option<Id> {
    let marked: Marked = serde_json::from_slice(json).ok()?;
    let Object(Mark { id, id_str }) = marked.tweet.0.unwrap_or(Object(Mark {
        id: marked.id,
        id_str: marked.id_str,
    }));
    id_str.0.or(id.0)
}

/// `RT @name: ` and what that one said.
fn is_repost(text: &str) -> bool {
    let name = text.strip_prefix("RT @");
    name.and_then(|text| text.split_once(": "))
        .is_some_and(|(name, _)| is_handle(name))
}

fn is_handle(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=MAX_HANDLE).contains(&name.len()) && name.bytes().all(is_part)
}

impl Note {
    #[must_use]
    pub fn read(json: &[u8]) -> Option<Self> {
        let Object(note) = serde_json::from_slice::<WrappedNote>(json)
            .ok()?
            .note_tweet
            .0?;
        Some(Self {
            at: note.created_at.0?.0,
            text: note.core.0?.0.text.0,
        })
    }
}

impl Like {
    /// None of a like whose text is not in the archive, as of older ones.
    #[must_use]
    pub fn read(json: &[u8]) -> Option<Self> {
        let Object(like) = serde_json::from_slice::<WrappedLike>(json).ok()?.like.0?;
        let text = like.full_text.0;
        let id = like.tweet_id.0?;
        (!text.is_empty()).then_some(Self { id, text })
    }
}

impl Account {
    #[must_use]
    pub fn read(json: &[u8]) -> Option<Self> {
        let WrappedAccount {
            account,
            id,
            screen_name,
            full_name,
        } = serde_json::from_slice(json).ok()?;
        let (id, handle, name) = match account.0 {
            Some(Object(account)) => (
                account.account_id.0,
                account.username,
                account.account_display_name,
            ),
            None => (id.0, screen_name, full_name),
        };
        Some(Self {
            id: id?.to_string(),
            handle: Some(handle.0).filter(|handle| is_handle(handle))?,
            name: name.0,
        })
    }
}

/// Longest handle, in bytes: X's are 15, some first ones 20.
const MAX_HANDLE: usize = 20;
