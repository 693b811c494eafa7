//! Shared bots in the bucket.

use axum::{
    Extension, RequestPartsExt,
    extract::{FromRequestParts, Path},
    response::Response,
};
use http::{HeaderMap, HeaderValue, Uri, header, request::Parts};
use lemon_wire::Stored;
use worker::{
    Bucket, Conditional, Env, Object, ResponseBody, send::SendWrapper, web_sys::ReadableStream,
};

use super::{Edge, Stream, budget, empty, json, let_pass, now};
use crate::{
    bot::{self, BotId, Metadata, Upload},
    budget::{Bots, Person},
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
    limit(&edge, &headers).await?;
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
    // The count is for show: a bot that is stored is stored.
    let _ = budget::count(&edge, Bots::Stored).await;
    let bytes = usize::try_from(stored.size()).map_err(|_| Error::Bucket)?;
    let stored = Stored {
        bytes,
        expires: upload.metadata.expires,
    };
    Ok(json(201, "application/json", &stored))
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
    let object = bucket(&edge.env)?
        .get(id.key())
        .only_if(Conditional {
            etag_does_not_match: kept.clone(),
            ..Conditional::default()
        })
        .execute()
        .await
        .map_err(|_| Error::Bucket)?
        .ok_or(Error::NotFound)?;
    metadata(&object)?.check(now())?;
    let etag = object.http_etag().try_into().map_err(|_| Error::Bucket)?;
    let found = [
        (header::ETAG, etag),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        ),
    ];
    let Some(body) = object.body() else {
        return match kept {
            Some(_) => Ok(empty(304, found)),
            None => Err(Error::Bucket),
        };
    };
    let Ok(ResponseBody::Stream(stream)) = body.response_body() else {
        return Err(Error::Bucket);
    };
    let mut response = empty(200, found);
    let bytes = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, bytes);
    response
        .extensions_mut()
        .insert(Stream(SendWrapper::new(stream)));
    Ok(response)
}

/// Lets so many bots pass of one address and of one session: some in a minute, and some
/// more in a day.
async fn limit(edge: &Edge, headers: &HeaderMap) -> Result<(), Error> {
    let key = edge.key()?;
    let who = Person::of(&origin::place(headers), &key);
    let session = Session::of(headers, &key, now()).ok();
    let session = session.map(|session| Person::of(&session.me.id, &key));
    let limiter = edge
        .env
        .rate_limiter("UPLOADS")
        .map_err(|_| Error::Config("the binding UPLOADS is missing"))?;
    for who in [Some(who), session].into_iter().flatten() {
        let_pass(&limiter, who).await?;
        if let Some(retry_at) = budget::upload(edge, who).await? {
            return Err(Error::TooMany { retry_at });
        }
    }
    Ok(())
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
    let _ = budget::count(&edge, Bots::Removed).await;
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
