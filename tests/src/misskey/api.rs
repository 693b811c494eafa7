//! `users/notes`, `users/show`, `notes/show`, `i` and `meta`.

use std::{ops::Range, sync::Arc};

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};

use super::{
    Shared, Software, id, json_answer,
    miauth::Access,
    note::Teller,
    params::{Params, required},
    problem::{Problem, Unreadable},
};
use crate::{
    instance::person::{Said, home, newer},
    standin::{Account, Found},
};

/// How many notes `users/notes` gives.
const LIMITS: std::ops::RangeInclusive<i64> = 1..=100;
const DEFAULT_LIMIT: i64 = 10;

/// The newest notes of a person that Misskey keeps a list of; it looks for others in its
/// database.
pub const LISTED: usize = 300;

/// What `users/notes` is asked for.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the endpoint has as many flags"
)]
struct Wish<'a> {
    user: &'a str,
    limit: usize,
    since: Option<String>,
    until: Option<String>,
    with_replies: bool,
    with_renotes: bool,
    with_files: bool,
    allow_partial: bool,
}

/// `POST /api/users/notes`
pub(crate) async fn notes(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&shared, &headers, &body, |params, access| {
        let wish = Wish::read(params, shared.software)?;
        shared.count()?;
        let teller = Teller::new(&shared, access.map(|access| access.user));
        let account = id::user(wish.user)
            .filter(|user| !shared.instance.is_deleted(*user))
            .and_then(|user| shared.instance.directory.account_by_user(user));
        match account {
            Some(account) => Ok(wish.notes(&shared, &account, &teller)),
            // The others look for no user, and find no note.
            None if shared.software == Software::Firefish => Err(Problem::no_such_author()),
            None => Ok(json!([])),
        }
    })
}

/// `POST /api/users/show`
pub(crate) async fn user(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&shared, &headers, &body, |params, access| {
        let directory = &shared.instance.directory;
        let teller = Teller::new(&shared, access.map(|access| access.user));
        let (by_id, name, host) = (
            params.id("userId")?,
            params.text("username")?,
            params.host()?,
        );
        shared.count()?;
        let by_name = || {
            let name = name?.trim().to_lowercase();
            directory.user(&name)
        };
        let user = match (by_id, host) {
            (Some(id), _) => id::user(id).and_then(|user| directory.user_by_id(user)),
            (None, Some(host)) => {
                let is_there =
                    |user: &_| home(directory, user).unwrap_or(shared.instance.host()) == host;
                return by_name()
                    .filter(is_there)
                    .map(|user| teller.detailed(&user))
                    .ok_or_else(Problem::remote_user);
            }
            (None, None) => {
                required("userId", name)?;
                let is_here = |user: &_| home(directory, user).is_none();
                by_name().filter(is_here)
            }
        };
        user.filter(|user| !shared.instance.is_deleted(user.id))
            .map(|user| teller.detailed(&user))
            .ok_or_else(Problem::no_such_user)
    })
}

/// `POST /api/notes/show`
pub(crate) async fn note(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&shared, &headers, &body, |params, access| {
        let directory = &shared.instance.directory;
        let teller = Teller::new(&shared, access.map(|access| access.user));
        let id = required("noteId", params.id("noteId")?)?;
        shared.count()?;
        let found = id::note(id).map(|note| directory.find(note));
        let Some(Found::Shown(post)) = found else {
            return Err(Problem::no_such_note());
        };
        if shared.instance.is_deleted(post.author.id) {
            return Err(Problem::no_such_note());
        }
        if access.is_none() && teller.wants_sign_in(&post.author) {
            return Err(Problem::sign_in_required());
        }
        Ok(teller.note(&Said::of(post, directory)))
    })
}

/// `POST /api/i`
pub(crate) async fn me(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&shared, &headers, &body, |_, access| {
        let access = access.ok_or_else(Problem::credential_required)?;
        let may_read = |permission: &String| permission == "read:account";
        if !access.permissions.iter().any(may_read) {
            return Err(Problem::permission_denied());
        }
        let user = shared.instance.directory.user_by_id(access.user);
        let teller = Teller::new(&shared, Some(access.user));
        user.map(|user| teller.detailed(&user))
            .ok_or_else(Problem::credential_required)
    })
}

/// `POST /api/meta`
pub(crate) async fn meta(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(&shared, &headers, &body, |params, _| {
        let detail = params.flag("detail", true)?;
        let software = shared.software;
        let mut meta = json!({
            "maintainerName": null,
            "maintainerEmail": null,
            "version": software.version(),
            "providesTarball": false,
            "name": format!("Stand-in for {}", software.title()),
            "shortName": null,
            "uri": shared.instance.url,
            "description": null,
            "langs": [],
            "disableRegistration": true,
            "maxNoteTextLength": 3_000,
            "repositoryUrl": software.repository(),
        });
        if detail {
            meta["features"] = json!({
                "registration": false,
                "localTimeline": true,
                "globalTimeline": true,
                "miauth": true,
            });
        }
        Ok(meta)
    })
}

/// `/api/` and whatever is not there.
pub(crate) async fn unknown(State(shared): State<Arc<Shared>>) -> Response {
    Problem::unknown_endpoint().answer(shared.software)
}

/// What GET is answered, which these endpoints do not allow.
pub(crate) async fn not_got() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}

/// Reads the body, and who asks; then the endpoint's own work.
fn answer(
    shared: &Shared,
    headers: &HeaderMap,
    body: &[u8],
    work: impl FnOnce(Params, Option<&Access>) -> Result<Value, Problem>,
) -> Response {
    let body = match read(headers, body) {
        Ok(body) => body,
        Err(unreadable) => return unreadable.answer(),
    };
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = match (bearer, body.get("i")) {
        (Some(token), _) => Some(token),
        (None, None | Some(Value::Null)) => None,
        (None, Some(Value::String(token))) => Some(token.as_str()),
        (None, Some(_)) => {
            return json_answer(StatusCode::BAD_REQUEST, HeaderMap::new(), &json!(null));
        }
    };
    let access = token.map(|token| shared.grants().access(token).cloned());
    let result = match access {
        Some(None) => Err(Problem::authentication_failed(shared.software)),
        Some(Some(access)) => Params::new(&body).and_then(|params| work(params, Some(&access))),
        None => Params::new(&body).and_then(|params| work(params, None)),
    };
    match result {
        Ok(json) => json_answer(StatusCode::OK, HeaderMap::new(), &json),
        Err(problem) => problem.answer(shared.software),
    }
}

/// A body as the server's framework reads it: JSON, or a text that is no parameters.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<Value, Unreadable> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .map(|kind| kind.split(';').next().unwrap_or_default().trim());
    match kind {
        Some("application/json") if body.is_empty() => Err(Unreadable::Empty),
        Some("application/json") => serde_json::from_slice(body).map_err(|_| Unreadable::NoJson),
        Some("text/plain") => Ok(json!(String::from_utf8_lossy(body))),
        None if body.is_empty() => Ok(json!(null)),
        kind => Err(Unreadable::Kind(kind.unwrap_or("undefined").to_owned())),
    }
}

impl<'a> Params<'a> {
    /// The host of somebody else; null is this one.
    fn host(self) -> Result<Option<&'a str>, Problem> {
        if self.is_null("host") {
            Ok(None)
        } else {
            self.text("host")
        }
    }
}

impl<'a> Wish<'a> {
    fn read(params: Params<'a>, software: Software) -> Result<Self, Problem> {
        let date = |name| {
            let date = params.integer(name)?;
            Ok(date.filter(|date| *date != 0).map(id::at))
        };
        let firefish = software == Software::Firefish;
        let [replies, renotes] = if firefish {
            ["includeReplies", "includeMyRenotes"]
        } else {
            ["withReplies", "withRenotes"]
        };
        let wish = Self {
            user: required("userId", params.id("userId")?)?,
            with_replies: params.flag(replies, firefish)?,
            with_renotes: params.flag(renotes, true)?,
            limit: usize::try_from(params.within("limit", &LIMITS, DEFAULT_LIMIT)?).unwrap_or(1),
            since: params
                .id("sinceId")?
                .map(str::to_owned)
                .or(date("sinceDate")?),
            until: params
                .id("untilId")?
                .map(str::to_owned)
                .or(date("untilDate")?),
            allow_partial: !firefish && params.flag("allowPartial", false)?,
            with_files: params.flag("withFiles", false)?,
        };
        if !firefish {
            params.flag("withChannelNotes", false)?;
            if wish.with_replies && wish.with_files {
                return Err(Problem::replies_with_files());
            }
        }
        Ok(wish)
    }

    fn notes(&self, shared: &Shared, account: &Account, teller: &Teller) -> Value {
        let mut range = self.range(account);
        range.start = range.start.max(shared.instance.withheld(account.user().id));
        range.end = range.end.max(range.start);
        let said = |index: usize| {
            let post = account.post(index)?;
            Some(Said::of(post, &shared.instance.directory))
        };
        let is_wanted = |said: &Said| {
            teller.lists(said)
                && (self.with_renotes || !said.is_repost())
                && (!self.with_files || said.has_picture)
        };
        let is_of_list =
            |said: &Said| (self.with_replies || !said.is_answer_to_another()) && is_wanted(said);
        let mut taken: Vec<Said> = Vec::new();
        if self.since.is_some() && self.until.is_none() {
            taken.extend(
                range
                    .rev()
                    .filter_map(said)
                    .filter(is_wanted)
                    .take(self.limit),
            );
            return taken.iter().map(|said| teller.note(said)).collect();
        }
        let mut next = range.start;
        if shared.software != Software::Firefish {
            let end = range.end.min(LISTED);
            // Of how many of the last ones it has taken how many.
            let (mut asked, mut got) = (1, 1);
            while next < end && taken.len() < self.limit {
                let missing = self.limit - taken.len();
                let more = (missing * 11 * asked)
                    .div_ceil(10 * got.max(1))
                    .min(missing * 3);
                let part = next..(next + more).min(end);
                asked = part.len();
                next = part.end;
                let before = taken.len();
                taken.extend(part.filter_map(said).filter(is_of_list));
                got = taken.len() - before;
                if self.allow_partial && !taken.is_empty() {
                    break;
                }
            }
            if self.allow_partial && !taken.is_empty() {
                next = range.end;
            }
        }
        // Only these two leave the replies out of what they find in the database.
        let leaves_out = matches!(shared.software, Software::Sharkey | Software::Firefish);
        let missing = self.limit.saturating_sub(taken.len());
        let found = (next..range.end).filter_map(said).filter(|said| {
            if leaves_out {
                is_of_list(said)
            } else {
                is_wanted(said)
            }
        });
        taken.extend(found.take(missing));
        taken.truncate(self.limit);
        taken.iter().map(|said| teller.note(said)).collect()
    }

    /// Which of the account's notes are between the two ends.
    fn range(&self, account: &Account) -> Range<usize> {
        let start = self.until.as_ref().map_or(0, |until| {
            newer(account, |post| id::of_note(post.id) >= *until)
        });
        let end = self.since.as_ref().map_or(account.len(), |since| {
            newer(account, |post| id::of_note(post.id) > *since)
        });
        start..end.max(start)
    }
}
