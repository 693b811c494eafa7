//! Every way a request can fail, and what is told of it.

use lemon_wire::{Cause, Limit, Problem};

/// A cause. Its text is constant but for a number, so that neither the log nor an answer can
/// carry a token, a handle or a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no session cookie, it is not ours, it has expired, or X ended it.
    #[error("no session, or it has ended")]
    SignedOut,
    /// Somebody else is signed in than who was, when the page was opened.
    #[error("another account is signed in")]
    OtherAccount,
    /// The person did not let us in.
    #[error("the person declined to sign in")]
    Denied,
    /// The sign-in cookie or X's code was too old.
    #[error("the sign-in took too long")]
    SignInExpired,
    /// The `state` that came back is not the one that was sent.
    #[error("the state of the sign-in does not match")]
    StateMismatch,
    /// The sign-in did not begin in this browser, or it keeps no cookies.
    #[error("the sign-in did not begin in this browser")]
    Elsewhere,
    /// X refuses this account or application.
    #[error("x refuses this account or application")]
    Forbidden,
    /// X, or we before it, asks to wait until `retry_at`.
    #[error("waiting for {}", name(*limit))]
    Waiting { retry_at: i64, limit: Limit },
    /// Nobody is served; until when, if that is known.
    #[error("closed: {}", name(*limit))]
    Closed { retry_at: Option<i64>, limit: Limit },
    /// X did not answer, or not in time, or broke off, or did not come to an end.
    #[error("x could not be reached or did not finish")]
    Unreachable,
    /// X answered with a status that promises nothing.
    #[error("x failed")]
    Failed,
    /// X answered with a status that it does not document for what was asked.
    #[error("x rejects the request")]
    Rejected,
    /// X's answer is not of the form its documentation gives.
    #[error("x answered in a form that cannot be read")]
    Unreadable,
    /// X gave a page of so many posts, and hardly any of them can be read.
    #[error("of the {posts} posts that x gave hardly any can be read")]
    Garbled { posts: u32 },
    /// X answered with replies, among so many posts, and without a single post they answer.
    #[error("x answered with replies but without what they answer")]
    ParentsMissing { posts: u32 },
    /// The request is not of the form the route asks for.
    #[error("{0}")]
    BadRequest(&'static str),
    /// An upload did not say how long it is.
    #[error("content-length is missing")]
    LengthRequired,
    /// The request comes from a page that is not ours.
    #[error("the request comes from another origin")]
    WrongOrigin,
    /// No such route, or no such bot.
    #[error("nothing is here")]
    NotFound,
    /// The bot was here and has expired.
    #[error("the bot has expired")]
    Expired,
    /// A bot is stored under this id.
    #[error("the id is taken")]
    Taken,
    /// The upload is longer than a bot may be.
    #[error("the bot is too large")]
    TooLarge,
    /// Another bot is stored than the one that was to be replaced.
    #[error("the bot has changed")]
    Changed,
    /// The operator has taken the bot down.
    #[error("the operator has taken the bot down")]
    TakenDown,
    /// The delete token is not this bot's.
    #[error("the delete token is not this bot's")]
    WrongToken,
    /// The request does not come from the operator.
    #[error("the request does not come from the operator")]
    NotOperator,
    /// The route exists and does not answer this method.
    #[error("the route does not answer this method")]
    MethodNotAllowed,
    /// A variable or secret is missing or malformed.
    #[error("configuration: {0}")]
    Config(&'static str),
    /// What is to be kept in a cookie does not fit in one.
    #[error("a cookie came out too large")]
    CookieTooLarge,
    /// The bucket failed, or holds something that we did not write.
    #[error("the bucket failed")]
    Bucket,
    /// The budget did not answer.
    #[error("the budget failed")]
    Budget,
    /// All the room that the operator gives to shared bots is taken, of today or altogether.
    #[error("there is no room for more bots")]
    NoRoom { retry_at: i64 },
    /// What was spent in this month was stored and cannot be read.
    #[error("the month that is stored cannot be read; closed until the next")]
    MonthLost,
    /// Too many of this kind of request from one address or person.
    #[error("too many requests of this kind")]
    TooMany { retry_at: i64 },
    /// The runtime refused what we asked of it.
    #[error("the runtime failed")]
    Runtime,
}

/// When a failure of X is worth another try. X names no time for these.
pub const RETRY_SECONDS: i64 = 10;

impl Error {
    /// What the page is told at the second `now`. Faults of ours are named in the log
    /// only.
    #[must_use]
    pub fn problem(&self, now: i64) -> Problem {
        let (status, cause) = self.status_and_cause();
        let title = match cause {
            Cause::Internal => "a fault of ours".to_owned(),
            _ => self.to_string(),
        };
        let problem = Problem::new(status, cause, title);
        match self {
            Self::Waiting { retry_at, limit } => problem.retry_at(*retry_at, now).limit(*limit),
            Self::TooMany { retry_at } => problem.retry_at(*retry_at, now),
            Self::NoRoom { retry_at } => {
                let problem = problem.limit(Limit::Operator);
                problem.retry_at(*retry_at, now)
            }
            Self::Closed { retry_at, limit } => {
                let problem = problem.limit(*limit);
                match retry_at {
                    Some(at) => problem.retry_at(*at, now),
                    None => problem,
                }
            }
            Self::Unreachable | Self::Failed | Self::Rejected | Self::Unreadable => {
                problem.retry_at(now + RETRY_SECONDS, now)
            }
            _ => problem,
        }
    }

    /// Why the page is told that it failed.
    #[must_use]
    pub fn cause(self) -> Cause {
        self.status_and_cause().1
    }

    fn status_and_cause(self) -> (u16, Cause) {
        match self {
            Self::SignedOut => (401, Cause::SignedOut),
            Self::OtherAccount => (401, Cause::OtherAccount),
            Self::Denied | Self::Forbidden => (403, Cause::Forbidden),
            Self::Waiting { .. } => (429, Cause::Waiting),
            Self::TooMany { .. } => (429, Cause::TooMany),
            Self::NoRoom { .. } => (503, Cause::TooMany),
            Self::Closed { .. } => (503, Cause::Closed),
            Self::Unreachable | Self::Failed | Self::Rejected | Self::Unreadable => {
                (502, Cause::SourceFailed)
            }
            Self::ParentsMissing { .. } => (502, Cause::ParentsMissing),
            Self::SignInExpired | Self::StateMismatch | Self::Elsewhere | Self::BadRequest(_) => {
                (400, Cause::BadRequest)
            }
            Self::LengthRequired => (411, Cause::BadRequest),
            Self::WrongOrigin => (403, Cause::WrongOrigin),
            Self::NotFound => (404, Cause::NotFound),
            Self::Expired => (410, Cause::Expired),
            Self::Taken => (409, Cause::Taken),
            Self::Changed => (412, Cause::Changed),
            Self::TakenDown => (410, Cause::TakenDown),
            Self::TooLarge => (413, Cause::TooLarge),
            Self::WrongToken | Self::NotOperator => (403, Cause::WrongToken),
            Self::MethodNotAllowed => (405, Cause::MethodNotAllowed),
            // X's page is as it is; to read it is ours.
            Self::Garbled { .. }
            | Self::Config(_)
            | Self::CookieTooLarge
            | Self::Bucket
            | Self::Budget
            | Self::MonthLost
            | Self::Runtime => (500, Cause::Internal),
        }
    }
}

/// For people who read logs.
fn name(limit: Limit) -> &'static str {
    match limit {
        Limit::AppQuarter => "the app's 15 minutes at x",
        Limit::UserQuarter => "the person's 15 minutes at x",
        Limit::AppDay => "the app's day at x",
        Limit::UserDay => "the person's day at x",
        Limit::Month => "the month",
        Limit::Credits => "the credit at x",
        Limit::Operator => "the operator",
        Limit::Source => "x, which fails",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_ours_is_not_described_to_the_page() {
        let problem = Error::Config("SESSION_KEY is missing").problem(0);
        assert_eq!((problem.status, problem.cause), (500, Cause::Internal));
        assert!(!problem.title.contains("SESSION_KEY"));
    }

    #[test]
    fn what_passes_says_when_to_ask_again() {
        let limit = Limit::UserDay;
        let waiting = Error::Waiting { retry_at: 7, limit }.problem(1);
        assert_eq!((waiting.retry_at, waiting.limit), (Some(7), Some(limit)));
        let many = Error::TooMany { retry_at: 9 }.problem(1);
        assert_eq!((many.retry_at, many.limit), (Some(9), None));
        let no_room = Error::NoRoom { retry_at: 9 }.problem(1);
        assert_eq!(no_room.retry_at, Some(9));
        assert_eq!(no_room.limit, Some(Limit::Operator));
        let failed = Error::Failed.problem(1);
        assert_eq!(failed.retry_at, Some(1 + RETRY_SECONDS));
        let limit = Limit::Credits;
        let closed = Error::Closed {
            retry_at: None,
            limit,
        };
        let problem = closed.problem(1);
        assert_eq!((problem.retry_at, problem.limit), (None, Some(limit)));
    }
}
