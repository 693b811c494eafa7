//! Shared bots in the bucket.

use std::{pin::pin, time::Duration};

use axum::{
    Extension, RequestPartsExt,
    extract::{FromRequestParts, Path},
    response::Response,
};
use futures_util::future::{Either, select};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header, request::Parts};
use lemon_wire::Stored;
use worker::{
    Bucket, Conditional, Delay, Env, GetOptionsBuilder, Object, ObjectBody, Range, ResponseBody,
    send::SendWrapper, web_sys::ReadableStream,
};

use super::{Edge, Stream, body, budget, empty, json, let_pass, now};
use crate::{
    bot::{self, BotId, FORM, Metadata, Upload},
    budget::{Bots, Person, Upload as Room, Uploader},
    error::Error,
    origin,
    session::Session,
};

/// `PUT /api/bots/{id}`
///
/// The runtime holds the body to the length that was announced.
#[worker::send]
pub async fn create(
    Extension(edge): Extension<Edge>,
    id: BotId,
    uri: Uri,
    headers: HeaderMap,
    body: Option<Extension<Stream>>,
) -> Result<Response, Error> {
    origin::check(&uri, &headers)?;
    let upload = Upload::read(&headers, now())?;
    let (who, session) = uploader(&edge, &headers).await?;
    let Some(Extension(Stream(body))) = body else {
        return Err(Error::BadRequest("the bot is empty"));
    };
    let body = ReadableStream::clone(&body);
    let bytes = u32::try_from(upload.bytes).map_err(|_| Error::TooLarge)?;
    let room = Room {
        who,
        bytes: bytes.into(),
        at: now(),
        session,
    };
    let storing = {
        let edge = edge.clone();
        async move {
            let first: [u8; FORM.len()] = unless_silent(body::first(&body)).await?;
            if let Err(error) = bot::check_form(&first) {
                body::let_go(&body, bytes).await;
                return Err(error);
            }
            let body = body::behind(&first, body, bytes)?;
            store(&edge, &id, &upload.metadata, body).await
        }
    };
    let giving_back = {
        let edge = edge.clone();
        async move {
            budget::upload(&edge, room).await?;
            let stored = storing.await;
            if stored.is_err() {
                // What cannot be given back is counted for the day.
                let _ = budget::count(&edge, Bots::NotStored(room)).await;
            }
            stored
        }
    };
    let bytes = edge.see_through(giving_back).await?;
    let stored = Stored {
        bytes,
        expires: upload.metadata.expires,
    };
    Ok(json(201, "application/json", &stored))
}

/// What a body begins with, unless it does not come: whoever announces it and sends nothing
/// is not to keep room for hours.
async fn unless_silent<T>(comes: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    const SILENCE: Duration = Duration::from_secs(30);
    match select(pin!(comes), pin!(Delay::from(SILENCE))).await {
        Either::Left((came, _)) => came,
        Either::Right(_) => Err(Error::BadRequest("nothing of the bot came")),
    }
}

/// Puts a bot where nothing is; how many bytes it has.
async fn store(
    edge: &Edge,
    id: &BotId,
    metadata: &Metadata,
    body: ReadableStream,
) -> Result<usize, Error> {
    let nothing_is_there = Conditional {
        etag_does_not_match: Some("*".to_owned()),
        ..Conditional::default()
    };
    let stored = bucket(&edge.env)?
        .put(id.key(), body)
        .custom_metadata(metadata.to_map())
        .only_if(nothing_is_there)
        .execute()
        .await
        .map_err(|_| Error::Bucket)?
        .ok_or(Error::Taken)?;
    usize::try_from(stored.size()).map_err(|_| Error::Bucket)
}

/// `GET /api/bots/{id}`
///
/// A browser may keep it, and has to ask each time whether it is still there.
#[worker::send]
pub async fn fetch(
    Extension(edge): Extension<Edge>,
    id: BotId,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let kept = bot::kept(&headers);
    if let Some((from, tag)) = bot::rest(&headers)
        && let Some(rest) = rest(&edge, &id, from, tag).await?
    {
        return Ok(rest);
    }
    let bucket = bucket(&edge.env)?;
    let get = bucket.get(id.key()).only_if(Conditional {
        etag_does_not_match: kept.clone(),
        ..Conditional::default()
    });
    let object = found(get).await?;
    let found = described(&object)?;
    match (content(&object)?, kept) {
        (Some(content), _) => Ok(with_content(200, found, content)),
        (None, Some(_)) => Ok(empty(304, found)),
        (None, None) => Err(Error::Bucket),
    }
}

/// What of a bot comes from byte `from` on, if it is still the one with this tag and is so long.
async fn rest(edge: &Edge, id: &BotId, from: u64, tag: String) -> Result<Option<Response>, Error> {
    let bucket = bucket(&edge.env)?;
    let head = bucket.head(id.key()).await.map_err(|_| Error::Bucket)?;
    let head = head.ok_or(Error::NotFound)?;
    // The bucket calls it an error to ask for what is behind the end.
    if head.etag() != tag || from >= head.size() {
        return Ok(None);
    }
    let get = bucket.get(id.key()).only_if(Conditional {
        etag_matches: Some(tag),
        ..Conditional::default()
    });
    let object = found(get.range(Range::OffsetToEnd { offset: from })).await?;
    let size = object.size();
    let range = format!("bytes {from}-{}/{size}", size.saturating_sub(1));
    let range = range.try_into().map_err(|_| Error::Bucket)?;
    let [etag, caching] = described(&object)?;
    let found = [etag, caching, (header::CONTENT_RANGE, range)];
    Ok(content(&object)?.map(|content| with_content(206, found, content)))
}

/// A bot that is there, and has not expired.
async fn found(get: GetOptionsBuilder<'_>) -> Result<Object, Error> {
    let object = get.execute().await.map_err(|_| Error::Bucket)?;
    let object = object.ok_or(Error::NotFound)?;
    metadata(&object)?.check(now())?;
    Ok(object)
}

/// Under what a browser keeps it, and that it has to ask each time.
fn described(object: &Object) -> Result<[(HeaderName, HeaderValue); 2], Error> {
    let etag = object.http_etag().try_into().map_err(|_| Error::Bucket)?;
    let caching = HeaderValue::from_static("private, no-cache");
    Ok([(header::ETAG, etag), (header::CACHE_CONTROL, caching)])
}

fn content(object: &Object) -> Result<Option<ReadableStream>, Error> {
    match object.body().map(ObjectBody::response_body) {
        None => Ok(None),
        Some(Ok(ResponseBody::Stream(stream))) => Ok(Some(stream)),
        Some(_) => Err(Error::Bucket),
    }
}

fn with_content<const N: usize>(
    status: u16,
    found: [(HeaderName, HeaderValue); N],
    content: ReadableStream,
) -> Response {
    let mut response = empty(status, found);
    let bytes = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, bytes);
    response
        .extensions_mut()
        .insert(Stream(SendWrapper::new(content)));
    response
}

/// Who uploads, which may be so often in a minute: the person who is signed in, who is not to
/// suffer from others behind the same address, and in which session, or else the networks of the
/// address.
async fn uploader(edge: &Edge, headers: &HeaderMap) -> Result<(Uploader, Option<Person>), Error> {
    let key = edge.key()?;
    let limiter = edge
        .env
        .rate_limiter("UPLOADS")
        .map_err(|_| Error::Config("the binding UPLOADS is missing"))?;
    if let Ok(session) = Session::of(headers, &key, now()) {
        let person = Person::of(&session.me.id, &key);
        let_pass(&limiter, person).await?;
        return Ok((Uploader::person(person), Some(session.number(&key))));
    }
    let networks = origin::networks(headers);
    let networks = networks.iter().map(|network| Person::of(network, &key));
    // Whoever has many small ones is in one large one.
    if let Some(largest) = networks.clone().next_back() {
        let_pass(&limiter, largest).await?;
    }
    Ok((Uploader::networks(networks), None))
}

/// `DELETE /api/bots/{id}`
#[worker::send]
pub async fn delete(
    Extension(edge): Extension<Edge>,
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
    let bytes = object.size();
    if let Ok(key) = edge.key() {
        let bot = Person::of(&id.key(), &key);
        // The purge counts what is not counted here.
        let _ = budget::count(&edge, Bots::Removed { bot, bytes }).await;
    }
    Ok(empty(204, []))
}

pub fn bucket(env: &Env) -> Result<Bucket, Error> {
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
