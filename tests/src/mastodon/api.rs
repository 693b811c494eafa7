//! `verify_credentials`, an account's statuses, and statuses by their ids.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};

use super::{Like, Shared, id, json_answer, oauth::Access, problem::Problem, status::Teller};
use crate::{
    instance::person::{Said, newer},
    standin::{Account, Found, query::Query},
};

/// Most ids of one look-up.
const MAX_IDS: usize = 20;

/// `GET /api/v1/accounts/verify_credentials`
pub(crate) async fn credentials(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let answer = || {
        let access = access(&shared, &headers)?;
        let needed: &[&str] = match shared.like {
            Like::Mastodon42 => &["read:accounts"],
            _ => &["profile", "read:accounts"],
        };
        let access = access.ok_or_else(|| match shared.like {
            Like::Mastodon42 | Like::Mastodon43 => Problem::invalid_token(shared.like),
            _ => Problem::unauthorized(shared.like),
        })?;
        if !access.allows(needed) {
            return Err(Problem::scope(shared.like));
        }
        let user = shared.instance.directory.user_by_id(access.user);
        let teller = Teller::new(&shared, Some(access.user));
        user.map(|user| teller.own_account(&user))
            .ok_or_else(Problem::not_found)
    };
    result(answer(), HeaderMap::new())
}

/// `GET /api/v1/accounts/:id`
pub(crate) async fn account(
    State(shared): State<Arc<Shared>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Response {
    let answer = || {
        let access = reader(&shared, &headers, &["read:accounts"])?;
        let user = id::read(shared.like, &account);
        let user = user.filter(|user| !shared.instance.is_deleted(*user));
        let user = user.and_then(|user| shared.instance.directory.user_by_id(user));
        let teller = Teller::new(&shared, access.map(|access| access.user));
        user.map(|user| teller.account(&user))
            .ok_or_else(Problem::not_found)
    };
    result(answer(), HeaderMap::new())
}

/// `GET /api/v1/accounts/:id/statuses`
pub(crate) async fn statuses(
    State(shared): State<Arc<Shared>>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let mut told = HeaderMap::new();
    let mut answer = || {
        let needed = match shared.like {
            Like::GoToSocial => "read:accounts",
            _ => "read:statuses",
        };
        let access = reader(&shared, &headers, &[needed])?;
        let query = Query::parse(query.as_deref().unwrap_or_default());
        let user = id::read(shared.like, &account);
        let found = user.and_then(|user| shared.instance.directory.account_by_user(user));
        let found = found.ok_or_else(Problem::not_found)?;
        if shared.instance.is_deleted(found.user().id) {
            return if shared.is_mastodon() {
                Ok(json!([]))
            } else {
                Err(Problem::not_found())
            };
        }
        let teller = Teller::new(&shared, access.map(|access| access.user));
        let wish = Wish::read(&shared, &query)?;
        let (page, behind) = wish.page(&shared, &found, &teller);
        let links = wish.links(&shared, &account, &query, &page, behind);
        if let Some(links) = links.and_then(|links| HeaderValue::try_from(links).ok()) {
            told.insert(header::LINK, links);
        }
        Ok(page.iter().map(|said| teller.status(said)).collect())
    };
    let answer = answer();
    result(answer, told)
}

/// `GET /api/v1/statuses?id[]=`
pub(crate) async fn lookup(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if shared.like != Like::Mastodon43 {
        return super::no_route(&shared);
    }
    let answer = || {
        let access = reader(&shared, &headers, &["read:statuses"])?;
        let query = Query::parse(query.as_deref().unwrap_or_default());
        let mut ids: Vec<&str> = query
            .iter()
            .filter(|(name, _)| *name == "id[]")
            .map(|(_, id)| id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > MAX_IDS {
            let says = "Mastodon::ValidationError";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, says));
        }
        let teller = Teller::new(&shared, access.map(|access| access.user));
        let found = ids.iter().filter_map(|id| find(&shared, id, &teller));
        Ok(found.map(|said| teller.status(&said)).collect())
    };
    result(answer(), HeaderMap::new())
}

/// `GET /api/v1/statuses/:id`
pub(crate) async fn status(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let answer = || {
        let access = reader(&shared, &headers, &["read:statuses"])?;
        let teller = Teller::new(&shared, access.map(|access| access.user));
        let found = find(&shared, &id, &teller).ok_or_else(Problem::not_found)?;
        Ok(teller.status(&found))
    };
    result(answer(), HeaderMap::new())
}

/// What an account's statuses are asked for with.
#[derive(Debug)]
struct Wish {
    limit: usize,
    max: Option<u64>,
    since: Option<u64>,
    min: Option<u64>,
    without_reblogs: bool,
    without_replies: bool,
    only_media: bool,
}

impl Wish {
    fn read(shared: &Shared, query: &Query) -> Result<Self, Problem> {
        let given = query.get("limit");
        let asked = given.map(|limit| limit.trim().parse::<i64>());
        let mastodon = shared.is_mastodon();
        let limit = match (shared.like, asked) {
            (Like::Mastodon42 | Like::Mastodon43, Some(asked)) => {
                // What is no number is none of them.
                usize::try_from(asked.unwrap_or_default().unsigned_abs())
                    .map_or(40, |limit| limit.min(40))
            }
            (Like::GoToSocial, None) => 30,
            (_, None) => 20,
            (_, Some(Ok(asked))) => usize::try_from(asked).unwrap_or_default(),
            (_, Some(Err(_))) => {
                let says = "Bad Request: error parsing limit";
                return Err(Problem::new(StatusCode::BAD_REQUEST, says));
            }
        };
        let flag = |name| {
            query
                .get(name)
                .is_some_and(|flag| matches!(flag, "true" | "1" | "t"))
        };
        let cursor = |name| {
            let id = query.get(name).filter(|id| !id.is_empty())?;
            id::read(shared.like, id)
        };
        Ok(Self {
            limit,
            max: cursor("max_id"),
            since: cursor("since_id").filter(|_| mastodon),
            min: cursor("min_id"),
            // Hollo has no such parameter.
            without_reblogs: flag("exclude_reblogs") && shared.like != Like::Hollo,
            without_replies: flag("exclude_replies"),
            only_media: flag("only_media"),
        })
    }

    /// The page, and the one behind it, if there is one.
    fn page(
        &self,
        shared: &Shared,
        account: &Account,
        teller: &Teller,
    ) -> (Vec<Said>, Option<Said>) {
        let start = self
            .max
            .map_or(0, |max| newer(account, |post| post.id >= max))
            .max(shared.instance.withheld(account.user().id));
        let after = self.since.max(self.min);
        let end = after.map_or(account.len(), |after| {
            newer(account, |post| post.id > after)
        });
        let said = |index: usize| {
            let said = Said::of(account.post(index)?, &shared.instance.directory);
            let is_wanted = teller.shows(&said)
                && !(self.without_reblogs && said.is_repost())
                && !(self.without_replies && said.is_answer_to_another())
                && (said.has_picture || !self.only_media);
            is_wanted.then_some(said)
        };
        let range = start..end.max(start);
        // Of what is behind a beginning Hollo gives the newest, the others the oldest.
        if self.min.is_some() && shared.like != Like::Hollo {
            let mut page: Vec<Said> = range.rev().filter_map(said).take(self.limit).collect();
            page.reverse();
            return (page, None);
        }
        let mut found = range.filter_map(said);
        let page = found.by_ref().take(self.limit).collect();
        (page, found.next())
    }

    fn links(
        &self,
        shared: &Shared,
        account: &str,
        query: &Query,
        page: &[Said],
        behind: Option<Said>,
    ) -> Option<String> {
        let base = format!("{}/api/v1/accounts/{account}/statuses", shared.instance.url);
        let kept = query.encode_without(&["max_id", "since_id", "min_id", "access_token"]);
        let to = |cursor: &str, post: u64, rel: &str| {
            let query = form_urlencoded::Serializer::new(kept.clone())
                .append_pair(cursor, &id::write(shared.like, post))
                .finish();
            format!("<{base}?{query}>; rel=\"{rel}\"")
        };
        let (first, last) = (page.first()?.post.id, page.last()?.post.id);
        match shared.like {
            // It names the first one that it has not given, and then gives what is behind that.
            Like::Hollo => behind.map(|behind| to("max_id", behind.post.id, "next")),
            Like::GoToSocial => {
                Some([to("max_id", last, "next"), to("min_id", first, "prev")].join(", "))
            }
            Like::Mastodon42 | Like::Mastodon43 => {
                let is_full = page.len() == self.limit;
                let next = is_full.then(|| to("max_id", last, "next"));
                let links: Vec<String> = next
                    .into_iter()
                    .chain([to("min_id", first, "prev")])
                    .collect();
                Some(links.join(", "))
            }
        }
    }
}

/// A status that the reader is shown.
fn find(shared: &Shared, id: &str, teller: &Teller) -> Option<Said> {
    let directory = &shared.instance.directory;
    let Found::Shown(post) = directory.find(id::read(shared.like, id)?) else {
        return None;
    };
    let said = Said::of(post, directory);
    (teller.shows(&said) && !shared.instance.is_deleted(said.post.author.id)).then_some(said)
}

/// Who reads, where strangers may read too.
fn reader(
    shared: &Shared,
    headers: &HeaderMap,
    needed: &[&str],
) -> Result<Option<Access>, Problem> {
    match access(shared, headers)? {
        Some(access) if access.allows(needed) => Ok(Some(access)),
        Some(_) => Err(Problem::scope(shared.like)),
        None if shared.is_closed() => Err(Problem::unauthorized(shared.like)),
        None => Ok(None),
    }
}

/// Who is signed in. To Mastodon a token that it does not know is none.
fn access(shared: &Shared, headers: &HeaderMap) -> Result<Option<Access>, Problem> {
    let Some(token) = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
    else {
        return Ok(None);
    };
    let access = shared.grants().access(token).cloned();
    let access = access.filter(|access| !shared.instance.is_deleted(access.user));
    if access.is_none() && !shared.is_mastodon() {
        return Err(Problem::invalid_token(shared.like));
    }
    Ok(access)
}

fn result(answer: Result<Value, Problem>, headers: HeaderMap) -> Response {
    match answer {
        Ok(json) => json_answer(StatusCode::OK, headers, &json),
        Err(problem) => problem.answer(),
    }
}
