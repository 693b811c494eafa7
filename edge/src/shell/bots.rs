//! Shared bots in the bucket.

use std::{pin::pin, time::Duration};

use axum::{
    Extension, RequestPartsExt,
    extract::{FromRequestParts, Path},
    response::Response,
};
use futures_util::future::{Either, select};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header, request::Parts};
use lemon_wire::{EXPIRES_HEADER, Stored};
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
/// With `If-Match` and the delete token the bot takes the place of the one that is there, which
/// is whole until then. The runtime holds the body to the length that was announced.
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
    let who = uploader(&edge, &headers).await?;
    let Some(Extension(Stream(body))) = body else {
        return Err(Error::BadRequest("the bot is empty"));
    };
    let mut stored = upload.metadata;
    let place = match &upload.replaces {
        None => Place::Empty,
        Some(tag) => {
            let head = bucket(&edge.env)?.head(id.key()).await;
            let there = head.map_err(|_| Error::Bucket)?.ok_or(Error::NotFound)?;
            let known = metadata(&there)?;
            known.may_change(&headers, now())?;
            if there.etag() != *tag {
                return Err(Error::Changed);
            }
            // Whoever has got hold of a token is not to shut its owner out.
            stored.delete_hash = known.delete_hash;
            Place::of(&there)
        }
    };
    let body = ReadableStream::clone(&body);
    let what = (stored, upload.bytes);
    put(&edge, who, id, place, what, body).await
}

/// `PATCH /api/bots/{id}`: its time begins anew.
#[worker::send]
pub async fn renew(
    Extension(edge): Extension<Edge>,
    id: BotId,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    origin::check(&uri, &headers)?;
    let expires = bot::expiry(&headers, now())?;
    let who = uploader(&edge, &headers).await?;
    let get = bucket(&edge.env)?.get(id.key()).execute().await;
    let there = get.map_err(|_| Error::Bucket)?.ok_or(Error::NotFound)?;
    let known = metadata(&there)?;
    known.may_change(&headers, now())?;
    let body = content(&there)?.ok_or(Error::Bucket)?;
    let bytes = usize::try_from(there.size()).map_err(|_| Error::Bucket)?;
    let what = (Metadata { expires, ..known }, bytes);
    put(&edge, who, id, Place::of(&there), what, body).await
}

/// What is to be in a bot's place when it is stored.
enum Place {
    Empty,
    /// Of this tag and size.
    Taken {
        tag: String,
        bytes: u64,
    },
}

impl Place {
    fn of(there: &Object) -> Self {
        Self::Taken {
            tag: there.etag(),
            bytes: there.size(),
        }
    }
}

/// Stores a bot of so many bytes, for which room is taken, if its place is as it is to be.
async fn put(
    edge: &Edge,
    (who, session): (Uploader, Option<Person>),
    id: BotId,
    place: Place,
    (metadata, bytes): (Metadata, usize),
    body: ReadableStream,
) -> Result<Response, Error> {
    let bytes = u32::try_from(bytes).map_err(|_| Error::TooLarge)?;
    let room = Room {
        who,
        bytes: bytes.into(),
        at: now(),
        session,
    };
    let replaced = match &place {
        Place::Empty => None,
        Place::Taken { bytes, .. } => Some(Bots::Replaced { bytes: *bytes }),
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
            store(&edge, &id, &metadata, place, body).await
        }
    };
    let counting = {
        let edge = edge.clone();
        async move {
            budget::upload(&edge, room).await?;
            let stored = storing.await;
            let change = match stored {
                Ok(_) => replaced,
                Err(_) => Some(Bots::NotStored(room)),
            };
            if let Some(change) = change {
                // What cannot be given back is counted for the day, and by the purge.
                let _ = budget::count(&edge, change).await;
            }
            stored
        }
    };
    let bytes = edge.see_through(counting).await?;
    let stored = Stored {
        bytes,
        expires: metadata.expires,
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

/// Puts a bot into its place; how many bytes it has.
async fn store(
    edge: &Edge,
    id: &BotId,
    metadata: &Metadata,
    place: Place,
    body: ReadableStream,
) -> Result<usize, Error> {
    let (condition, otherwise) = match place {
        Place::Empty => (nothing_is_there(), Error::Taken),
        Place::Taken { tag, .. } => (is_still(tag), Error::Changed),
    };
    let stored = bucket(&edge.env)?
        .put(id.key(), body)
        .custom_metadata(metadata.to_map())
        .only_if(condition)
        .execute()
        .await
        .map_err(|_| Error::Bucket)?
        .ok_or(otherwise)?;
    usize::try_from(stored.size()).map_err(|_| Error::Bucket)
}

pub fn nothing_is_there() -> Conditional {
    Conditional {
        etag_does_not_match: Some("*".to_owned()),
        ..Conditional::default()
    }
}

pub fn is_still(tag: String) -> Conditional {
    Conditional {
        etag_matches: Some(tag),
        ..Conditional::default()
    }
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
    let get = bucket.get(id.key()).only_if(is_still(tag));
    let object = found(get.range(Range::OffsetToEnd { offset: from })).await?;
    let size = object.size();
    let range = format!("bytes {from}-{}/{size}", size.saturating_sub(1));
    let range = range.try_into().map_err(|_| Error::Bucket)?;
    let [etag, expires, caching] = described(&object)?;
    let found = [etag, expires, caching, (header::CONTENT_RANGE, range)];
    Ok(content(&object)?.map(|content| with_content(206, found, content)))
}

/// A bot that is there, and has not expired.
async fn found(get: GetOptionsBuilder<'_>) -> Result<Object, Error> {
    let object = get.execute().await.map_err(|_| Error::Bucket)?;
    let object = object.ok_or(Error::NotFound)?;
    metadata(&object)?.check(now())?;
    Ok(object)
}

/// Under what a browser keeps it, until when it lives, and that it is to be asked for each time.
fn described(object: &Object) -> Result<[(HeaderName, HeaderValue); 3], Error> {
    let etag = object.http_etag().try_into().map_err(|_| Error::Bucket)?;
    let expires = HeaderValue::from(metadata(object)?.expires);
    let caching = HeaderValue::from_static("private, no-cache");
    Ok([
        (header::ETAG, etag),
        (HeaderName::from_static(EXPIRES_HEADER), expires),
        (header::CACHE_CONTROL, caching),
    ])
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
    metadata(&object)?.may_delete(&headers)?;
    // What was reported stays so: the same may come to stand there again.
    bucket.delete(id.key()).await.map_err(|_| Error::Bucket)?;
    let bytes = object.size();
    if let Ok(key) = edge.key() {
        let bot = Person::of(&id.key(), &key);
        // The purge counts what is not counted here.
        let _ = budget::count(&edge, Bots::Removed { bot, bytes }).await;
    }
    Ok(empty(204, []))
}

/// `POST /api/bots/{id}/reports`: tells the operator of it, by its id alone.
#[worker::send]
pub async fn report(
    Extension(edge): Extension<Edge>,
    id: BotId,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    origin::check(&uri, &headers)?;
    uploader(&edge, &headers).await?;
    let bucket = bucket(&edge.env)?;
    let head = bucket.head(id.key()).await.map_err(|_| Error::Bucket)?;
    metadata(&head.ok_or(Error::NotFound)?)?.check(now())?;
    let known = bucket.head(id.report()).await;
    if known.map_err(|_| Error::Bucket)?.is_some() {
        return Ok(empty(204, []));
    }
    let noted = bucket
        .put(id.report(), Vec::new())
        .custom_metadata(bot::report_metadata(now()))
        .only_if(nothing_is_there())
        .execute()
        .await;
    // Where it was noted meanwhile it is known when first.
    noted.map_err(|_| Error::Bucket)?;
    Ok(empty(204, []))
}

pub fn bucket(env: &Env) -> Result<Bucket, Error> {
    env.bucket("BOTS")
        .map_err(|_| Error::Config("the binding BOTS is missing"))
}

pub fn metadata(object: &Object) -> Result<Metadata, Error> {
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
