//! What the page and the edge say to each other, as JSON.
//!
//! Times are whole seconds since 1970-01-01T00:00:00Z. Every answer with a
//! status of 400 or more carries a [`Problem`].

pub mod later;

use serde::{Deserialize, Serialize};

/// Media type of a [`Problem`] (RFC 9457).
pub const PROBLEM_TYPE: &str = "application/problem+json";

/// What stands in the address's query where a server has seen the key of a link, as its `#` was
/// encoded on the way.
pub const SEEN: &str = "seen";

/// Largest sealed bot the edge keeps, in bytes. Measured: 3,200 replies with
/// two vectors each come to 1.3 MB; the limit leaves room for 10,000 and for long posts.
pub const MAX_BOT_BYTES: usize = 8 * 1024 * 1024;

/// The days a shared bot may live; the second longest is the page's default.
pub const EXPIRY_DAYS: [u32; 4] = [1, 7, 30, 90];

/// Header of `PUT` and `PATCH /api/bots/{id}`: days until the bot expires, one of
/// [`EXPIRY_DAYS`].
pub const EXPIRY_HEADER: &str = "x-lemon-expiry-days";

/// Header of `PUT /api/bots/{id}`: base64url SHA-256 of the delete token.
pub const DELETE_HASH_HEADER: &str = "x-lemon-delete-hash";

/// Header of whatever changes a bot that is stored: the delete token itself, base64url.
pub const DELETE_TOKEN_HEADER: &str = "x-lemon-delete-token";

/// Header of the answers of `GET` and `HEAD /api/bots/{id}`: when the bot expires.
pub const EXPIRES_HEADER: &str = "x-lemon-expires";

/// Who is signed in: the answer of `GET /api/me`, which is `null` if nobody is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub id: String,
    /// Without the leading `@`.
    pub handle: String,
    pub name: String,
    pub avatar: Option<String>,
    /// The account's posts are visible to its followers only.
    pub protected: bool,
    /// How many posts the account has; the source gives at most 3,200 of them.
    pub posts: Option<u32>,
}

/// Where X has avatars: the only other places that the page may load anything from, as its
/// content security policy says.
pub const AVATARS: [&str; 2] = ["https://pbs.twimg.com", "https://abs.twimg.com"];

impl Me {
    /// The avatar, if the page may load it.
    #[must_use]
    pub fn shown_avatar(&self) -> Option<&str> {
        let avatar = self.avatar.as_deref()?;
        let is_there = |place| {
            avatar
                .strip_prefix(place)
                .is_some_and(|path| path.starts_with('/'))
        };
        AVATARS.into_iter().any(is_there).then_some(avatar)
    }
}

/// One page of the signed-in person's posts, newest first: the answer of
/// `GET /api/posts?cursor=`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostsPage {
    pub posts: Vec<Post>,
    /// Cursor of the next page; none on the last one.
    pub next: Option<String>,
    /// What is left of the source's current window, if it said so.
    pub window: Option<Window>,
    /// Posts on the page that could not be read, or that the source withholds.
    #[serde(default)]
    pub left_out: u32,
    /// The source's cursor leads nowhere: reading ends here, and there may be older posts.
    #[serde(default)]
    pub stalled: bool,
}

/// A post as its source gives it: text not yet cleaned, entities still escaped. Of a long
/// one no more than is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    pub id: String,
    pub text: String,
    /// Where in `text` begins what the author typed, as the source counts: behind the
    /// mentions that it puts in front of a reply. None if it does not say; those of a reply
    /// are then all its own.
    #[serde(default)]
    pub start: Option<u32>,
    /// Ids that the post had before it was edited.
    #[serde(default)]
    pub earlier: Vec<String>,
    pub at: i64,
    /// BCP 47, as the source guessed it.
    pub lang: Option<String>,
    /// A repost of somebody else's post, without words of one's own.
    pub repost: bool,
    pub parent: Option<Parent>,
}

/// The post that a [`Post`] answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    pub id: String,
    pub content: ParentContent,
}

/// What the source let us see of a parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum ParentContent {
    Shown {
        author_id: String,
        text: String,
        /// As [`Post::start`].
        #[serde(default)]
        start: Option<u32>,
    },
    /// One's own, and not given with this page: it may come on another.
    Own,
    /// Its author is protected: its text must not leave the source.
    Protected,
    /// Deleted, withheld, or not given.
    Gone,
}

/// A rate-limit window of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub limit: u32,
    pub remaining: u32,
    pub reset: i64,
}

/// Which limit stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// The source's 15 minutes of this service: others are served first.
    AppQuarter,
    /// The source's 15 minutes of this person.
    UserQuarter,
    /// The source's day of this service.
    AppDay,
    /// The source's day of this person.
    UserDay,
    /// The month of the source, or of what the operator pays for.
    Month,
    /// The operator's credit at the source.
    Credits,
    /// The operator lets nobody in at present.
    Operator,
    /// None: the source does not answer, and is left alone for a moment.
    Source,
}

/// After how many seconds a page that waits for [`Limit::AppQuarter`],
/// [`Limit::AppDay`] or [`Limit::Month`], with so many `left`, asks whether its turn has come
/// earlier: others leave, and their pages go to whoever asks; and operators pay for more. `draw` is random, so that those who came
/// together do not ask together ever after.
#[must_use]
pub fn look_again(left: i64, draw: u8) -> i64 {
    let pause = (left / 8).max(3 * 60);
    pause + pause / 4 * i64::from(draw) / i64::from(u8::MAX)
}

/// Whether posts can be read now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    #[default]
    Open,
    /// Newcomers get a time at which they are served.
    Waiting,
    Closed,
}

/// How the service stands: the answer of `GET /api/status`. Nothing in it is about a
/// person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub state: State,
    pub limit: Option<Limit>,
    pub since: Option<i64>,
    pub until: Option<i64>,
    /// People whose time is still to come.
    pub waiting: u32,
    /// Pages of posts that the source was asked for, of late.
    pub pages_per_minute: u32,
    /// Bots that are stored, as the last purge counted them and with what has been added
    /// and removed since.
    pub bots: Option<u32>,
    /// The last hours in steps of five minutes, the oldest first; steps in which nothing
    /// happened are left out.
    pub history: Vec<Moment>,
}

/// A step of [`Status::history`], in seconds, and how many of them it goes back.
pub const HISTORY_STEP: i64 = 5 * 60;
pub const HISTORY_STEPS: i64 = 144;

/// Five minutes of a [`Status`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    pub at: i64,
    /// Pages that the source was asked for.
    pub requests: u32,
    /// People who were told to wait, or that it is closed.
    pub refusals: u32,
    /// Refusals of the source itself.
    pub refused_by_source: u32,
    /// Most people who waited at once.
    pub waiting: u32,
}

/// The most posts that X gives of one account, newest first.
pub const MAX_POSTS: u32 = 3_200;

/// What an import costs and may take, and where from: the answer of `GET /api/terms`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The service has an account at X, so that one can sign in.
    pub sign_in: bool,
    /// Most posts that are read of a person, the newest.
    pub person_posts: u32,
    /// How many that is if the person does not say.
    pub default_posts: u32,
    /// Where Bluesky is, if the operator has it elsewhere than everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bluesky: Option<Bluesky>,
}

/// Where Bluesky is: origins, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bluesky {
    /// Signs people in.
    pub entryway: String,
    /// Shows posts to everybody.
    pub api: String,
    /// Knows whose identity is kept where.
    pub plc: String,
}

/// What the edge knows of a stored bot without opening it: the answer of
/// `PUT` and `PATCH /api/bots/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub bytes: usize,
    pub expires: i64,
}

/// What was reported to the operator: the answer of `GET /api/operator/reports`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reports {
    pub reports: Vec<Report>,
    /// There are more, behind the last of these.
    pub more: bool,
}

/// Somebody who opened a bot has told the operator of it, by its id alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub id: String,
    /// When it was told first.
    pub at: i64,
}

/// An error as RFC 9457 describes it. The page chooses its words by [`Cause`];
/// `title` is for people who read logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `about:blank#` and the cause, so that it is a URI as the RFC asks.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub cause: Cause,
    /// When it is worth asking again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<i64>,
    /// The same in seconds from now, for browsers whose clock is not the edge's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_in: Option<i64>,
    /// Which limit it was, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// The session will have ended by `retry_at`: the person has to come back then, and to
    /// sign in again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sign_in: bool,
}

/// See [`Problem::wait`]; in seconds. The longest is a month, which is X's longest limit.
pub const SHORTEST_WAIT: i64 = 5;
pub const LONGEST_WAIT: i64 = 31 * 24 * 60 * 60;

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// There is no session, or the source ended it.
    SignedOut,
    /// Somebody else is signed in than who is meant.
    OtherAccount,
    /// The source refuses this account or application.
    Forbidden,
    /// A window of the source is used up; `retry_at` says until when.
    Waiting,
    /// Nobody is served: the source's month or the operator's credit is used up, or the
    /// operator has closed. [`Problem::limit`] says which.
    Closed,
    /// The source failed or could not be reached; asking again may help.
    SourceFailed,
    /// The source answered with replies but without what they answered.
    ParentsMissing,
    /// The request is not of the form the route asks for.
    BadRequest,
    /// The request comes from a page that is not ours.
    WrongOrigin,
    NotFound,
    /// The bot was there and has expired.
    Expired,
    /// A bot is already stored under this id.
    Taken,
    /// Another bot is stored than the one that was to be replaced.
    Changed,
    /// The operator has taken the bot down.
    TakenDown,
    TooLarge,
    /// The delete token is not this bot's.
    WrongToken,
    MethodNotAllowed,
    /// Too many bots, or too many sign-ins, from one place; `retry_at` says until when. With
    /// [`Limit::Operator`] the bots of all are too many.
    TooMany,
    /// A fault of ours.
    Internal,
}

impl Problem {
    #[must_use]
    pub fn new(status: u16, cause: Cause, title: impl Into<String>) -> Self {
        Self {
            kind: format!("about:blank#{}", cause.slug()),
            title: title.into(),
            status,
            cause,
            retry_at: None,
            retry_in: None,
            limit: None,
            sign_in: false,
        }
    }

    /// For somebody whose session ends at `ends`.
    #[must_use]
    pub fn for_session(mut self, ends: i64) -> Self {
        self.sign_in = self.retry_at.is_some_and(|at| at >= ends);
        self
    }

    /// Worth asking again `at`, which it is `now`.
    #[must_use]
    pub fn retry_at(mut self, at: i64, now: i64) -> Self {
        self.retry_at = Some(at);
        self.retry_in = Some(at.saturating_sub(now).max(0));
        self
    }

    /// For how many seconds a page that is told this waits before it asks again, by itself:
    /// at least [`SHORTEST_WAIT`] and at most [`LONGEST_WAIT`], whatever is said.
    #[must_use]
    pub fn wait(&self) -> Option<i64> {
        self.retry_in
            .map(|seconds| seconds.clamp(SHORTEST_WAIT, LONGEST_WAIT))
    }

    #[must_use]
    pub fn limit(mut self, limit: Limit) -> Self {
        self.limit = Some(limit);
        self
    }
}

impl Cause {
    /// The name that stands for it in JSON.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::OtherAccount => "other-account",
            Self::Forbidden => "forbidden",
            Self::Waiting => "waiting",
            Self::Closed => "closed",
            Self::SourceFailed => "source-failed",
            Self::ParentsMissing => "parents-missing",
            Self::BadRequest => "bad-request",
            Self::WrongOrigin => "wrong-origin",
            Self::NotFound => "not-found",
            Self::Expired => "expired",
            Self::Taken => "taken",
            Self::Changed => "changed",
            Self::TakenDown => "taken-down",
            Self::TooLarge => "too-large",
            Self::WrongToken => "wrong-token",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::TooMany => "too-many",
            Self::Internal => "internal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_members_of_rfc_9457() {
        let problem = Problem::new(429, Cause::Waiting, "window used up")
            .retry_at(1_700_000_000, 1_699_999_940);
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "type": "about:blank#waiting",
                "title": "window used up",
                "status": 429,
                "cause": "waiting",
                "retry_at": 1_700_000_000_i64,
                "retry_in": 60,
            })
        );
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), problem);
    }

    #[test]
    fn who_has_to_wait_for_longer_than_a_session_signs_in_again() {
        let problem = Problem::new(429, Cause::Waiting, "waiting");
        assert!(!problem.clone().for_session(5).sign_in);
        for (ends, sign_in) in [(4, true), (5, true), (6, false)] {
            let told = problem.clone().retry_at(5, 1).for_session(ends);
            assert_eq!(told.sign_in, sign_in, "{ends}");
            let json = serde_json::to_value(&told).unwrap();
            assert_eq!(json.get("sign_in").is_some(), sign_in);
            assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), told);
        }
    }

    #[test]
    fn a_page_of_an_older_edge_can_be_read() {
        let page = serde_json::json!({
            "posts": [{
                "id": "2", "text": "네", "at": 1_700_000_000, "lang": null, "repost": false,
                "parent": { "id": "1", "content": { "is": "shown", "author_id": "7", "text": "와?" } },
            }],
            "next": null,
            "window": null,
        });
        let page: PostsPage = serde_json::from_value(page).unwrap();
        assert_eq!((page.left_out, page.stalled), (0, false));
        assert_eq!(
            (page.posts[0].start, page.posts[0].earlier.len()),
            (None, 0)
        );
    }

    #[test]
    fn an_avatar_is_shown_if_the_policy_lets_it_in() {
        let shown = |avatar: Option<&str>| {
            let me = Me {
                id: "1".to_owned(),
                handle: "h".to_owned(),
                name: "n".to_owned(),
                avatar: avatar.map(ToOwned::to_owned),
                protected: false,
                posts: None,
            };
            me.shown_avatar().map(ToOwned::to_owned)
        };
        for avatar in [
            "https://pbs.twimg.com/profile_images/1/a_normal.png",
            "https://abs.twimg.com/sticky/default_profile_images/b.png",
        ] {
            assert_eq!(shown(Some(avatar)).as_deref(), Some(avatar));
        }
        for other in [
            "http://localhost:8788/_avatar/lemon_demo",
            "http://pbs.twimg.com/a.png",
            "https://pbs.twimg.com.example/a.png",
            "https://example/https://pbs.twimg.com/a.png",
            "",
        ] {
            assert_eq!(shown(Some(other)), None, "{other}");
        }
        assert_eq!(shown(None), None);
        let headers = include_str!("../../public/_headers");
        let (_, images) = headers.split_once("img-src ").unwrap();
        let (images, _) = images.split_once(';').unwrap();
        for place in AVATARS {
            assert!(images.split(' ').any(|one| one == place), "{place}");
        }
    }

    #[test]
    fn the_slug_of_a_cause_is_its_name_in_json() {
        for cause in [
            Cause::SignedOut,
            Cause::ParentsMissing,
            Cause::MethodNotAllowed,
        ] {
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.slug());
        }
    }
}
