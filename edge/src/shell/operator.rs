//! What only the operator may: to see what was reported, and to take a bot down.

use axum::{Extension, response::Response};
use http::{HeaderMap, Uri};
use lemon_wire::Reports;
use worker::{Include, Objects};

use super::{Edge, bots, budget, empty, json, now};
use crate::{
    bot::{self, BotId, Metadata, REPORTS},
    budget::{Bots, Person},
    error::Error,
    operator,
    purge::PAGE,
};

/// `GET /api/operator/reports?after=`: those behind the id `after`, in the order of their ids.
#[worker::send]
pub async fn reports(
    Extension(edge): Extension<Edge>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    check(&edge, &headers)?;
    let bucket = bots::bucket(&edge.env)?;
    let list = bucket
        .list()
        .prefix(REPORTS)
        .limit(PAGE)
        .include(vec![Include::CustomMetadata]);
    let list = match operator::after(&uri)? {
        Some(id) => list.start_after(id.report()),
        None => list,
    };
    let listed: Objects = list.execute().await.map_err(|_| Error::Bucket)?;
    let mut reports = Vec::new();
    for object in listed.objects() {
        let map = object.custom_metadata().map_err(|_| Error::Bucket)?;
        let at = map.get(bot::AT).map_or("", String::as_str);
        reports.extend(bot::report(&object.key(), at));
    }
    let more = listed.truncated();
    Ok(json(200, "application/json", &Reports { reports, more }))
}

/// `DELETE /api/operator/reports/{id}`: nothing is the matter with the bot.
#[worker::send]
pub async fn dismiss(
    Extension(edge): Extension<Edge>,
    id: BotId,
    headers: HeaderMap,
) -> Result<Response, Error> {
    check(&edge, &headers)?;
    let deleted = bots::bucket(&edge.env)?.delete(id.report()).await;
    deleted.map_err(|_| Error::Bucket)?;
    Ok(empty(204, []))
}

/// `DELETE /api/operator/bots/{id}`: what is there goes, and nothing comes to stand there.
#[worker::send]
pub async fn take_down(
    Extension(edge): Extension<Edge>,
    id: BotId,
    headers: HeaderMap,
) -> Result<Response, Error> {
    check(&edge, &headers)?;
    let bucket = bots::bucket(&edge.env)?;
    let head = bucket.head(id.key()).await.map_err(|_| Error::Bucket)?;
    // Also where nothing is just now: whoever put it there can do so again.
    let (metadata, condition) = match &head {
        Some(there) => (bots::metadata(there)?, bots::is_still(there.etag())),
        None => (Metadata::of_nobody(), bots::nothing_is_there()),
    };
    if !metadata.is_down {
        let put = bucket
            .put(id.key(), Vec::new())
            .custom_metadata(metadata.down(now()).to_map())
            .only_if(condition)
            .execute()
            .await;
        put.map_err(|_| Error::Bucket)?.ok_or(Error::Changed)?;
        if let Some(there) = head {
            let bot = Person::of(&id.key(), &edge.key()?);
            let bytes = there.size();
            // The purge counts what is not counted here.
            let _ = budget::count(&edge, Bots::Removed { bot, bytes }).await;
        }
    }
    let deleted = bucket.delete(id.report()).await;
    deleted.map_err(|_| Error::Bucket)?;
    Ok(empty(204, []))
}

fn check(edge: &Edge, headers: &HeaderMap) -> Result<(), Error> {
    operator::check(edge.value(operator::TOKEN).as_deref(), headers)
}
