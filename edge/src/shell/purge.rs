//! The purge of the bucket.

use worker::{Bucket, Include, Objects};

use super::{Edge, bots, budget};
use crate::{
    bot::{self, PREFIX},
    budget::Bots,
    error::Error,
    purge::{Object, PAGE, POSITION, Page, Round, Start, Step},
};

/// Removes what has expired at `now` in the page that is next, and writes down which one is
/// next then. A run that ends before that is done once more.
pub async fn step(edge: &Edge, now: i64) -> Result<Step, Error> {
    let bucket = bots::bucket(&edge.env)?;
    let mut round = read(&bucket).await?;
    if round.start() == Start::Beginning {
        // What has expired goes whether or not anybody can be told.
        round.is_unannounced = budget::count(edge, Bots::Counting).await.is_err();
    }
    let page = match page(&bucket, round.start()).await {
        Ok(page) => page,
        Err(error) => {
            if let Some(round) = round.without_cursor() {
                write(&bucket, &round).await?;
            }
            return Err(error);
        }
    };
    let step = round.step(page, now);
    if !step.expired.is_empty() {
        let reports = step.expired.iter().filter_map(|key| bot::report_of(key));
        let removed =
            bucket.delete_multiple(reports.chain(step.expired.clone()).collect::<Vec<_>>());
        let removed = removed.await;
        removed.map_err(|_| Error::Bucket)?;
    }
    write(&bucket, &step.next).await?;
    Ok(step)
}

async fn page(bucket: &Bucket, start: Start<'_>) -> Result<Page, Error> {
    let list = bucket
        .list()
        .prefix(PREFIX)
        .limit(PAGE)
        .include(vec![Include::CustomMetadata]);
    let list = match start {
        Start::Beginning => list,
        Start::After(key) => list.start_after(key),
        Start::Cursor(cursor) => list.cursor(cursor),
    };
    let listed: Objects = list.execute().await.map_err(|_| Error::Bucket)?;
    let objects = listed.objects().into_iter().map(|object| {
        Ok(Object {
            key: object.key(),
            bytes: object.size(),
            metadata: object.custom_metadata().map_err(|_| Error::Bucket)?,
        })
    });
    let truncated = listed.truncated();
    Ok(Page {
        objects: objects.collect::<Result<_, Error>>()?,
        truncated,
        cursor: if truncated { listed.cursor() } else { None },
    })
}

async fn read(bucket: &Bucket) -> Result<Round, Error> {
    let object = bucket.get(POSITION).execute().await;
    let object = object.map_err(|_| Error::Bucket)?;
    match object.as_ref().and_then(worker::Object::body) {
        Some(body) => {
            let text = body.text().await.map_err(|_| Error::Bucket)?;
            Ok(Round::read(&text))
        }
        None => Ok(Round::default()),
    }
}

async fn write(bucket: &Bucket, round: &Round) -> Result<(), Error> {
    let written = bucket.put(POSITION, round.text()).execute().await;
    written.map(drop).map_err(|_| Error::Bucket)
}
