//! Shared bots in the bucket.

use axum::{
    Extension, RequestPartsExt,
    extract::{FromRequestParts, Path, State},
    response::Response,
};
use http::{HeaderMap, HeaderValue, Uri, header, request::Parts};
use lemon_wire::Stored;
use worker::{
    Bucket, Conditional, Env, Include, Object, ResponseBody, send::SendWrapper,
    web_sys::ReadableStream,
};

use super::{Edge, Stream, empty, json, now};
use crate::{
    bot::{BotId, Fate, Metadata, PREFIX, PURGE_PAGE, PURGE_PAGES, PURGE_POSITION, Upload},
    error::Error,
    log, origin,
};

/// `PUT /api/bots/{id}`
///
/// The runtime holds the body to the length that was announced.
#[worker::send]
pub async fn create(
    State(edge): State<Edge>,
    id: BotId,
    uri: Uri,
    headers: HeaderMap,
    body: Option<Extension<Stream>>,
) -> Result<Response, Error> {
    origin::check(&uri, &headers)?;
    let upload = Upload::read(&headers, now())?;
    let Some(Extension(Stream(body))) = body else {
        return Err(Error::BadRequest("the bot is empty"));
    };
    let nothing_is_there = Conditional {
        etag_does_not_match: Some("*".to_owned()),
        ..Conditional::default()
    };
    let stored = bucket(&edge.env)?
        .put(id.key(), ReadableStream::clone(&body))
        .custom_metadata(upload.metadata.to_map())
        .only_if(nothing_is_there)
        .execute()
        .await
        .map_err(|_| Error::Bucket)?
        .ok_or(Error::Taken)?;
    let bytes = usize::try_from(stored.size()).map_err(|_| Error::Bucket)?;
    let stored = Stored {
        bytes,
        expires: upload.metadata.expires,
    };
    Ok(json(201, "application/json", &stored))
}

/// `GET /api/bots/{id}`
#[worker::send]
pub async fn fetch(State(edge): State<Edge>, id: BotId) -> Result<Response, Error> {
    let object = bucket(&edge.env)?
        .get(id.key())
        .execute()
        .await
        .map_err(|_| Error::Bucket)?
        .ok_or(Error::NotFound)?;
    metadata(&object)?.check(now())?;
    let body = object.body().ok_or(Error::Bucket)?.response_body();
    let Ok(ResponseBody::Stream(stream)) = body else {
        return Err(Error::Bucket);
    };
    let bytes = HeaderValue::from_static("application/octet-stream");
    let mut response = empty(200, [(header::CONTENT_TYPE, bytes)]);
    response
        .extensions_mut()
        .insert(Stream(SendWrapper::new(stream)));
    Ok(response)
}

/// `DELETE /api/bots/{id}`
#[worker::send]
pub async fn delete(
    State(edge): State<Edge>,
    id: BotId,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    origin::check(&uri, &headers)?;
    let bucket = bucket(&edge.env)?;
    let object = bucket
        .head(id.key())
        .await
        .map_err(|_| Error::Bucket)?
        .ok_or(Error::NotFound)?;
    metadata(&object)?.delete_hash.check(&headers)?;
    bucket.delete(id.key()).await.map_err(|_| Error::Bucket)?;
    Ok(empty(204, []))
}

/// Removes what has expired at `now`. A run that does not come to the end
/// leaves word where it stopped, and the next one goes on from there.
pub async fn purge(env: &Env, now: i64) -> Result<log::Purge, Error> {
    let bucket = bucket(env)?;
    let mut position = read_position(&bucket).await?;
    let mut done = log::Purge {
        unfinished: true,
        ..log::Purge::default()
    };
    for _ in 0..PURGE_PAGES {
        let mut list = bucket
            .list()
            .prefix(PREFIX)
            .limit(PURGE_PAGE)
            .include(vec![Include::CustomMetadata]);
        if let Some(position) = position.take() {
            list = list.start_after(position);
        }
        let page = list.execute().await.map_err(|_| Error::Bucket)?;
        let objects = page.objects();
        let mut expired = Vec::new();
        for object in &objects {
            match Fate::of(&object.custom_metadata().map_err(|_| Error::Bucket)?, now) {
                Fate::Keep => {}
                Fate::Purge => expired.push(object.key()),
                Fate::Unreadable => done.unreadable += 1,
            }
        }
        done.listed += objects.len();
        done.purged += expired.len();
        if !expired.is_empty() {
            bucket
                .delete_multiple(expired)
                .await
                .map_err(|_| Error::Bucket)?;
        }
        position = objects.last().map(Object::key);
        if !page.truncated() || position.is_none() {
            done.unfinished = false;
            break;
        }
    }
    match position.filter(|_| done.unfinished) {
        Some(position) => bucket
            .put(PURGE_POSITION, position)
            .execute()
            .await
            .map(drop),
        None => bucket.delete(PURGE_POSITION).await,
    }
    .map_err(|_| Error::Bucket)?;
    Ok(done)
}

async fn read_position(bucket: &Bucket) -> Result<Option<String>, Error> {
    let object = bucket
        .get(PURGE_POSITION)
        .execute()
        .await
        .map_err(|_| Error::Bucket)?;
    match object.as_ref().and_then(Object::body) {
        Some(body) => body.text().await.map(Some).map_err(|_| Error::Bucket),
        None => Ok(None),
    }
}

fn bucket(env: &Env) -> Result<Bucket, Error> {
    env.bucket("BOTS")
        .map_err(|_| Error::Config("the binding BOTS is missing"))
}

fn metadata(object: &Object) -> Result<Metadata, Error> {
    Metadata::of_map(&object.custom_metadata().map_err(|_| Error::Bucket)?)
}

impl<S: Send + Sync> FromRequestParts<S> for BotId {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let Path(id) = parts
            .extract::<Path<String>>()
            .await
            .map_err(|_| Error::BadRequest("the id is not text"))?;
        id.parse()
    }
}
