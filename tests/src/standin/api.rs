//! `users/me`, `users/:id/tweets` and `tweets?ids=`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    Shared,
    account::{Account, REACH},
    dialect::Selection,
    grant::Access,
    journal::Route,
    post::{Found, Post, Relation, mix},
    problem::{self, Problem},
    query::Query,
    view,
};

/// What `max_results` may be, and what it is if it is not given.
const PAGE: std::ops::RangeInclusive<usize> = 5..=100;
const DEFAULT_PAGE: usize = 10;

/// The newest posts that a request with `exclude=replies` reaches.
const REACH_WITHOUT_REPLIES: usize = 800;

/// Most ids of one look-up.
const MAX_IDS: usize = 100;

/// `GET /2/users/me`
pub async fn me(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&shared, Route::Me, &headers, |access| {
        let query = Query::parse(query.as_deref().unwrap_or(""));
        query.only(&["user.fields", "tweet.fields", "post.fields", "expansions"])?;
        let selection = Selection::parse(&query)?;
        let account = account(&shared, access)?;
        shared
            .windows()
            .read_user(account.user().id, shared.clock.now());
        let user = view::user(&shared.directory, account.user(), &selection, &shared.url);
        Ok(json!({ "data": user }))
    })
}

/// `GET /2/users/:id/tweets`
pub async fn posts(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&shared, Route::Posts, &headers, |access| {
        let query = Query::parse(query.as_deref().unwrap_or(""));
        query.only(&[
            "max_results",
            "pagination_token",
            "since_id",
            "exclude",
            "tweet.fields",
            "post.fields",
            "expansions",
            "user.fields",
        ])?;
        let selection = Selection::parse(&query)?;
        let most = page_size(&query)?;
        let exclude = exclusions(&query)?;
        let user: u64 = id.parse().map_err(|_| {
            query.invalid(&format!(
                "The `id` path parameter value [{id}] is not valid"
            ))
        })?;
        let offset = match query.get("pagination_token") {
            None => 0,
            Some(token) => parse_token(token, user).ok_or_else(|| {
                query.invalid(&format!(
                    "The `pagination_token` query parameter value [{token}] is not valid"
                ))
            })?,
        };
        let Some(account) = shared.directory.account_by_user(user) else {
            return Ok(json!({ "errors": [problem::not_found_entry("user", "id", &id)] }));
        };
        if account.user().protected && access.user != user {
            return Ok(json!({ "errors": [problem::not_authorized_entry("user", "id", &id)] }));
        }
        let since = query.get("since_id").map(|since| {
            since.parse::<u64>().map_err(|_| {
                query.invalid(&format!(
                    "The `since_id` query parameter value [{since}] is not valid"
                ))
            })
        });
        let since = since.transpose()?;
        let mut listing = Listing::of(&account, &exclude);
        listing.indices.retain(|&index| {
            let is_new = |post: Post| since.is_none_or(|since| post.id > since);
            index >= shared.unpublished(user) && account.post(index).is_some_and(is_new)
        });
        listing.capped &= since.is_none();
        let page = listing.page(offset, most, shared.short_page_every);
        let posts: Vec<Post> = listing.indices[page.clone()]
            .iter()
            .filter_map(|&index| account.post(index))
            .collect();
        shared
            .windows()
            .read_posts(posts.iter().map(|post| post.id), shared.clock.now());
        let mut json = view::posts(&shared.directory, &posts, &selection, &shared.url);
        let mut meta = json!({ "result_count": posts.len() });
        if let (Some(newest), Some(oldest)) = (posts.first(), posts.last()) {
            meta["newest_id"] = json!(newest.id.to_string());
            meta["oldest_id"] = json!(oldest.id.to_string());
            if page.end < listing.indices.len() || listing.capped {
                meta["next_token"] = json!(token(page.end, user));
            }
        }
        json["meta"] = meta;
        Ok(json)
    })
}

/// `GET /2/tweets?ids=`
pub async fn lookup(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(&shared, Route::Lookup, &headers, |access| {
        let query = Query::parse(query.as_deref().unwrap_or(""));
        query.only(&[
            "ids",
            "tweet.fields",
            "post.fields",
            "expansions",
            "user.fields",
        ])?;
        let selection = Selection::parse(&query)?;
        let ids: Vec<&str> = query.list("ids").collect();
        if ids.is_empty() || ids.len() > MAX_IDS {
            return Err(query.invalid(&format!(
                "The number of values in the `ids` query parameter list [{}] is not between 1 and {MAX_IDS}",
                ids.len()
            )));
        }
        let mut posts = Vec::new();
        let mut errors = Vec::new();
        let resource = selection.dialect.resource();
        for text in ids {
            let id: u64 = text.parse().map_err(|_| {
                query.invalid(&format!(
                    "The `ids` query parameter value [{text}] is not valid"
                ))
            })?;
            match shared.directory.find(id) {
                Found::Shown(post) if is_closed(&shared, &post, access) => {
                    errors.push(problem::not_authorized_entry(resource, "ids", text));
                }
                Found::Shown(post) => posts.push(post),
                Found::Hidden => errors.push(problem::not_authorized_entry(resource, "ids", text)),
                Found::Missing => errors.push(problem::not_found_entry(resource, "ids", text)),
            }
        }
        shared
            .windows()
            .read_posts(posts.iter().map(|post| post.id), shared.clock.now());
        let mut json = view::posts(&shared.directory, &posts, &selection, &shared.url);
        if !errors.is_empty() {
            match json.get_mut("errors").and_then(Value::as_array_mut) {
                Some(list) => list.append(&mut errors),
                None => json["errors"] = Value::Array(errors),
            }
        }
        Ok(json)
    })
}

/// Who asks, may they, how often: then the route's own work.
fn answer(
    shared: &Shared,
    route: Route,
    headers: &HeaderMap,
    work: impl FnOnce(&Access) -> Result<Value, Problem>,
) -> Response {
    let now = shared.clock.now();
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let Some(access) = shared.grants().access(bearer, now).cloned() else {
        return Problem::unauthorized().into_response();
    };
    let (limits, admitted) = shared
        .windows()
        .admit(&shared.limits(), route, access.user, now);
    let result = admitted
        .and_then(|()| {
            if access.allows_reading() {
                Ok(())
            } else {
                Err(Problem::forbidden(
                    "The token lacks a scope that this needs.",
                ))
            }
        })
        .and_then(|()| work(&access));
    match result {
        Ok(json) => (limits, Json(json)).into_response(),
        Err(problem) => (limits, problem).into_response(),
    }
}

/// Whether a post is by a protected account that has not let this one in. The
/// other protected people are followed by everybody here.
fn is_closed(shared: &Shared, post: &Post, access: &Access) -> bool {
    post.author.protected
        && post.author.id != access.user
        && shared.directory.account_by_user(post.author.id).is_some()
}

fn account<'a>(shared: &'a Shared, access: &Access) -> Result<Account<'a>, Problem> {
    shared
        .directory
        .account_by_user(access.user)
        .ok_or_else(Problem::not_found)
}

fn page_size(query: &Query) -> Result<usize, Problem> {
    let Some(text) = query.get("max_results") else {
        return Ok(DEFAULT_PAGE);
    };
    text.parse()
        .ok()
        .filter(|size| PAGE.contains(size))
        .ok_or_else(|| {
            query.invalid(&format!(
                "The `max_results` query parameter value [{text}] is not between {} and {}",
                PAGE.start(),
                PAGE.end()
            ))
        })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exclusion {
    Replies,
    Retweets,
}

fn exclusions(query: &Query) -> Result<Vec<Exclusion>, Problem> {
    query
        .list("exclude")
        .map(|name| match name {
            "replies" => Ok(Exclusion::Replies),
            "retweets" => Ok(Exclusion::Retweets),
            _ => Err(query.invalid(&format!(
                "The `exclude` query parameter value [{name}] is not one of [replies,retweets]"
            ))),
        })
        .collect()
}

/// The posts that a request can page through.
struct Listing {
    /// Of the account's posts, newest first.
    indices: Vec<usize>,
    /// There are older ones out of reach: X then names one page more, which
    /// has no data.
    capped: bool,
}

impl Listing {
    fn of(account: &Account, exclude: &[Exclusion]) -> Self {
        let reach = account.in_reach();
        if exclude.is_empty() {
            return Self {
                indices: (0..reach).collect(),
                capped: account.len() > REACH,
            };
        }
        let most = if exclude.contains(&Exclusion::Replies) {
            REACH_WITHOUT_REPLIES
        } else {
            REACH
        };
        let kept: Vec<usize> = (0..reach)
            .filter(|&index| {
                let relation = account
                    .post(index)
                    .and_then(|post| post.reference)
                    .map(|reference| reference.relation);
                !exclude.iter().any(|exclusion| match exclusion {
                    Exclusion::Replies => relation == Some(Relation::RepliedTo),
                    Exclusion::Retweets => relation == Some(Relation::Retweeted),
                })
            })
            .take(most + 1)
            .collect();
        Self {
            capped: kept.len() > most || account.len() > REACH,
            indices: kept.into_iter().take(most).collect(),
        }
    }

    /// The range of the page at `offset`. One page in `short_every` is shorter
    /// than asked for, as X's are now and then.
    fn page(&self, offset: usize, most: usize, short_every: Option<u64>) -> std::ops::Range<usize> {
        let len = self.indices.len();
        let start = offset.min(len);
        let draw = mix(0x5407, u64::try_from(start).unwrap_or(0));
        let short = short_every.is_some_and(|every| draw.is_multiple_of(every.max(1)));
        let size = if short { most - most / 4 } else { most };
        start..(start + size).min(len)
    }
}

/// A cursor that only the account it was given for can use.
fn token(offset: usize, user: u64) -> String {
    let offset = u64::try_from(offset).unwrap_or(0);
    format!("7140dibd{offset:x}z{:08x}", mix(user, offset) >> 32)
}

fn parse_token(text: &str, user: u64) -> Option<usize> {
    let (offset, _) = text.strip_prefix("7140dibd")?.split_once('z')?;
    let offset = usize::from_str_radix(offset, 16).ok()?;
    (token(offset, user) == text).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_belong_to_one_account() {
        let cursor = token(300, 7);
        assert_eq!(parse_token(&cursor, 7), Some(300));
        assert_eq!(parse_token(&cursor, 8), None);
        for text in ["", "7140dibd12", "7140dibd12z00000000", "7140dibdxyz"] {
            assert_eq!(parse_token(text, 7), None);
        }
    }

    #[test]
    fn pages_follow_one_another_and_some_are_short() {
        let listing = Listing {
            indices: (0..3_200).collect(),
            capped: false,
        };
        let mut sizes = Vec::new();
        let mut offset = 0;
        while offset < 3_200 {
            let page = listing.page(offset, 100, Some(7));
            assert_eq!(page.start, offset);
            assert!(!page.is_empty());
            sizes.push(page.len());
            offset = page.end;
        }
        assert!(sizes[..sizes.len() - 1].contains(&75), "{sizes:?}");
        assert!(sizes.len() > 32);
        assert!(listing.page(3_200, 100, Some(7)).is_empty());
        assert_eq!(listing.page(0, 100, None), 0..100);
    }
}
