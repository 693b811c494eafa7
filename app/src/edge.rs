//! The edge's routes, as functions.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use gloo_net::http::{Request, RequestBuilder, Response};
use gloo_timers::future::sleep;
use js_sys::Uint8Array;
use lemon_desk::stream;
use lemon_keeper::rules::KEPT_HEADER;
use lemon_model::demo::Demo;
use lemon_wire::{
    Cause, DELETE_HASH_HEADER, DELETE_TOKEN_HEADER, EXPIRES_HEADER, EXPIRY_HEADER, MAX_BOT_BYTES,
    MAX_POSTS, Me, PostsPage, Problem, Status, Stored, Terms,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, RequestCache};

/// Why the edge gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EdgeError {
    Problem(Problem),
    /// There is no network, or no answer.
    Offline,
    /// The answer is not of the form we speak.
    Unreadable,
}

impl EdgeError {
    /// Whether a link leads to nothing any more.
    pub fn is_gone(&self) -> bool {
        let Self::Problem(problem) = self else {
            return false;
        };
        matches!(
            problem.cause,
            Cause::NotFound | Cause::Expired | Cause::TakenDown
        )
    }
}

/// How long to wait before what failed on the way is asked for again: phones lose their
/// network for seconds at a time. Failures that outlast these are the person's to know
/// about.
pub const RETRIES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(10),
];

/// How long the edge may take over what is short, in milliseconds. It gives X ten seconds; and
/// a connection that is dead without saying so would otherwise never end.
const PATIENCE_MS: u32 = 30_000;

/// Bytes a second of a network on which a bot can still be uploaded. How far it is the browser
/// does not tell, so that one limit is for all of it.
const SLOWEST: usize = 32 * 1024;

/// The folder of this build's bots to try: `/demo/<hash>/`.
const DEMO_FOLDER: &str = env!("LEMON_DEMO_PATH", "is set by `cargo xtask build`");

/// The status of an answer that is the rest of what was asked for.
const PARTIAL: u16 = 206;

/// How long a page that is being left waits before it takes itself for staying.
pub const LEAVING: Duration = Duration::from_secs(30);

/// Where sign-in begins: the browser goes there.
pub const LOGIN: &str = "/api/auth/login";

/// `GET /api/me`; none if nobody is signed in.
pub async fn me() -> Result<Option<Me>, EdgeError> {
    json(in_time(Request::get("/api/me")).send().await).await
}

/// `POST /api/auth/logout`
pub async fn logout() -> Result<(), EdgeError> {
    answer(in_time(Request::post("/api/auth/logout")).send().await)
        .await
        .map(drop)
}

/// Where posts are read from.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    /// Where the last page ended.
    Cursor(&'a str),
    /// The newest ones, at most so many.
    Newest { most: Option<u32> },
    /// All that are newer than the post with this id; so many others are known.
    New { since: &'a str, known: usize },
}

/// `GET /api/posts?account=&cursor=` or `GET /api/posts?account=&newest=&since=&known=`: a page of the
/// posts of `account`, if that is who is signed in.
pub async fn posts(account: &str, place: Place<'_>) -> Result<PostsPage, EdgeError> {
    let mut query = vec![("account", account.to_owned())];
    match place {
        Place::Cursor(cursor) => query.push(("cursor", cursor.to_owned())),
        Place::Newest { most } => {
            query.extend(most.map(|most| ("newest", most.to_string())));
        }
        Place::New { since, known } => {
            // Fewer than there are would leave a gap behind them.
            query.push(("newest", MAX_POSTS.to_string()));
            query.push(("since", since.to_owned()));
            query.push(("known", known.to_string()));
        }
    }
    let query = query.iter().map(|(name, value)| (*name, value.as_str()));
    let request = Request::get("/api/posts").query(query);
    json(in_time(request).send().await).await
}

/// `GET /api/status`
pub async fn status() -> Result<Status, EdgeError> {
    json(in_time(Request::get("/api/status")).send().await).await
}

/// What the page has of the bot to try in this language.
pub async fn demo(language: &str) -> Result<Demo, EdgeError> {
    let address = format!("{DEMO_FOLDER}{language}.json");
    json(in_time(Request::get(&address)).send().await).await
}

/// Where the bot itself is.
pub fn demo_bot(language: &str) -> String {
    format!("{DEMO_FOLDER}{language}.bot")
}

/// `GET /api/terms`
pub async fn terms() -> Result<Terms, EdgeError> {
    json(in_time(Request::get("/api/terms")).send().await).await
}

/// What is to be in the place of a bot that is stored.
#[derive(Clone, Copy)]
pub enum Instead<'a> {
    Nothing,
    /// The bot with this tag, which whoever has this token may change.
    Of {
        tag: &'a str,
        token: &'a str,
    },
}

/// `PUT /api/bots/{id}`; none if its place was taken already, as it is when the answer to an
/// earlier try was lost.
pub async fn put_bot(
    id: &str,
    file: &[u8],
    days: u32,
    delete_hash: &str,
    instead: Instead<'_>,
) -> Result<Option<Stored>, EdgeError> {
    let seconds = u32::try_from(file.len() / SLOWEST).unwrap_or(u32::MAX);
    let patience = seconds.saturating_mul(1000).saturating_add(PATIENCE_MS);
    let tries = Cell::new(0);
    let put = async |_: &dyn Fn(usize)| {
        tries.set(tries.get() + 1);
        let mut request = Request::put(&bot(id))
            .header("content-type", "application/octet-stream")
            .header(EXPIRY_HEADER, &days.to_string())
            .header(DELETE_HASH_HEADER, delete_hash);
        if let Instead::Of { tag, token } = instead {
            request = request
                .header("if-match", tag)
                .header(DELETE_TOKEN_HEADER, token);
        }
        let request = request
            .abort_signal(Some(&AbortSignal::timeout_with_u32(patience)))
            .body(Uint8Array::from(file))
            .map_err(|_| EdgeError::Unreadable)?;
        json(request.send().await).await.map(Some)
    };
    match persist(put).await {
        Err(EdgeError::Problem(problem))
            if matches!(problem.cause, Cause::Taken | Cause::Changed) && tries.get() > 1 =>
        {
            Ok(None)
        }
        done => done,
    }
}

/// A bot that is stored, as far as it can be told without its link.
pub struct There {
    pub tag: String,
    pub expires: Option<i64>,
}

/// The head of `GET /api/bots/{id}`: whether it is there.
pub async fn look_for_bot(id: &str) -> Result<There, EdgeError> {
    let broken_off = AbortController::new().map_err(|_| EdgeError::Unreadable)?;
    let request = Request::get(&bot(id))
        .cache(RequestCache::NoStore)
        .abort_signal(Some(&broken_off.signal()));
    let sent = unless_silent(request.send()).await?;
    let response = answer(sent).await?;
    let there = There {
        tag: response.headers().get("etag").unwrap_or_default(),
        expires: expires(&response),
    };
    // Its contents are not wanted.
    broken_off.abort();
    Ok(there)
}

/// `PATCH /api/bots/{id}`: it lives for so many days from now on.
pub async fn renew_bot(id: &str, token: &str, days: u32) -> Result<Stored, EdgeError> {
    let request = Request::patch(&bot(id))
        .header(EXPIRY_HEADER, &days.to_string())
        .header(DELETE_TOKEN_HEADER, token);
    json(in_time(request).send().await).await
}

/// `POST /api/bots/{id}/reports`
pub async fn report_bot(id: &str) -> Result<(), EdgeError> {
    let request = Request::post(&format!("{}/reports", bot(id)));
    answer(in_time(request).send().await).await.map(drop)
}

/// What is known of a bot that came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Came {
    /// Until when it is there, if that is known.
    pub expires: Option<i64>,
    /// There was no network: it is as it was at an earlier visit.
    pub was_kept: bool,
}

fn expires(response: &Response) -> Option<i64> {
    response.headers().get(EXPIRES_HEADER)?.parse().ok()
}

/// A shared bot, or one of the page's own, from its address; `take` is given its pieces and where each begins. What the page does
/// with all of it at once would keep it from drawing. After a network that failed the rest of it
/// is asked for; where that cannot be had, a piece at 0 begins it anew.
pub async fn get_bot<E: From<EdgeError>>(
    address: &str,
    take: impl AsyncFn(usize, Vec<u8>) -> Result<(), E>,
) -> Result<Came, E> {
    let refused = RefCell::new(None);
    let (there, tag) = (Cell::new(0), RefCell::new(None));
    let came = Cell::new(Came::default());
    let got = persist(async |so_far: &dyn Fn(usize)| {
        let mut request = Request::get(address);
        let known: Option<String> = tag.borrow().clone();
        if let Some(tag) = known.filter(|_| there.get() > 0) {
            let range = format!("bytes={}-", there.get());
            request = request.header("range", &range).header("if-range", &tag);
            request = request.cache(RequestCache::NoStore);
        } else {
            // Never without asking: what was deleted is to be seen as deleted.
            request = request.cache(RequestCache::NoCache);
        }
        let answered = async |sent| {
            let response = answer(sent).await?;
            if response.status() != PARTIAL {
                there.set(0);
            }
            tag.replace(response.headers().get("etag"));
            came.set(Came {
                expires: expires(&response),
                was_kept: response.headers().has(KEPT_HEADER),
            });
            Ok(response)
        };
        let each = async |chunk: &Uint8Array| {
            let at = there.get();
            let length = chunk.length() as usize;
            if at + length > MAX_BOT_BYTES {
                return Err(EdgeError::Unreadable);
            }
            take(at, chunk.to_vec()).await.map_err(|error| {
                refused.replace(Some(error));
                EdgeError::Unreadable
            })?;
            there.set(at + length);
            so_far(at + length);
            Ok(())
        };
        chunks(request, answered, each).await
    })
    .await;
    match refused.into_inner() {
        Some(error) => Err(error),
        None => Ok(got.map(|()| came.get())?),
    }
}

/// Has the browser fetch a file of the page's own, to be kept as its headers say. `so_far` hears
/// how many bytes have come.
///
/// # Errors
/// [`EdgeError::Unreadable`] if it is not there, [`EdgeError::Offline`] if it cannot be had now.
pub async fn file(url: &str, so_far: impl Fn(usize)) -> Result<(), EdgeError> {
    let mut length = 0;
    each_of(url, |chunk| {
        length += chunk.length() as usize;
        so_far(length);
    })
    .await
}

/// The same, and gives it.
pub async fn bytes(url: &str, so_far: impl Fn(usize)) -> Result<Uint8Array, EdgeError> {
    let mut bytes = Vec::new();
    each_of(url, |chunk| {
        bytes.extend(chunk.to_vec());
        so_far(bytes.len());
    })
    .await?;
    Ok(Uint8Array::from(bytes.as_slice()))
}

async fn each_of(url: &str, mut take: impl FnMut(&Uint8Array)) -> Result<(), EdgeError> {
    let there = async |sent: Result<Response, gloo_net::Error>| match sent {
        Ok(response) if response.ok() => Ok(response),
        // What comes later is there.
        Ok(response) if matches!(response.status(), 429 | 500..) => Err(EdgeError::Offline),
        Ok(_) => Err(EdgeError::Unreadable),
        Err(_) => Err(EdgeError::Offline),
    };
    let each = async |chunk: &Uint8Array| {
        take(chunk);
        Ok(())
    };
    chunks(Request::get(url), there, each).await
}

/// Asks, and asks again after a while if the network fails: as long as more is there each time
/// than ever before, of which `ask` tells, it is worth going on.
pub async fn persist<T>(
    ask: impl AsyncFn(&dyn Fn(usize)) -> Result<T, EdgeError>,
) -> Result<T, EdgeError> {
    let mut retries = RETRIES.iter();
    let mut most = 0;
    loop {
        let there = Cell::new(0);
        match ask(&|bytes| there.set(bytes)).await {
            Err(EdgeError::Offline) => {
                if there.get() > most {
                    most = there.get();
                    retries = RETRIES.iter();
                }
                sleep(*retries.next().ok_or(EdgeError::Offline)?).await;
            }
            done => return done,
        }
    }
}

/// Reads what `request` brings chunk by chunk, for as long as the network is not silent.
/// `answered` takes the answer's head.
async fn chunks(
    request: RequestBuilder,
    answered: impl AsyncFnOnce(Result<Response, gloo_net::Error>) -> Result<Response, EdgeError>,
    each: impl AsyncFnMut(&Uint8Array) -> Result<(), EdgeError>,
) -> Result<(), EdgeError> {
    let broken_off = AbortController::new().map_err(|_| EdgeError::Unreadable)?;
    let request = request.abort_signal(Some(&broken_off.signal()));
    let all = async {
        let sent = unless_silent(request.send()).await?;
        let response = answered(sent).await?;
        let body = response.body().ok_or(EdgeError::Unreadable)?;
        let wait = async |chunk| {
            let came = unless_silent(JsFuture::from(chunk)).await?;
            came.map_err(|_| EdgeError::Offline)
        };
        stream::read(&body, wait, each).await
    };
    let read = all.await;
    // What nobody reads any more need not come.
    broken_off.abort();
    read
}

/// What the network brings, unless it is silent for too long.
async fn unless_silent<T>(brings: impl Future<Output = T>) -> Result<T, EdgeError> {
    stream::unless_silent(brings)
        .await
        .ok_or(EdgeError::Offline)
}

/// `DELETE /api/bots/{id}`
pub async fn delete_bot(id: &str, token: &str) -> Result<(), EdgeError> {
    let request = Request::delete(&bot(id)).header(DELETE_TOKEN_HEADER, token);
    answer(in_time(request).send().await).await.map(drop)
}

/// Where the bot `id` is.
pub fn bot(id: &str) -> String {
    format!("/api/bots/{id}")
}

/// The same request; what of its answer is not there in time is broken off.
pub fn in_time(request: RequestBuilder) -> RequestBuilder {
    request.abort_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE_MS)))
}

async fn json<T: DeserializeOwned>(
    sent: Result<Response, gloo_net::Error>,
) -> Result<T, EdgeError> {
    answer(sent)
        .await?
        .json()
        .await
        .map_err(|error| unread(&error))
}

async fn answer(sent: Result<Response, gloo_net::Error>) -> Result<Response, EdgeError> {
    let response = sent.map_err(|_| EdgeError::Offline)?;
    if response.ok() {
        return Ok(response);
    }
    let problem = response
        .json::<Problem>()
        .await
        .map_err(|error| unread(&error))?;
    Err(EdgeError::Problem(problem))
}

/// Why an answer that began is no use.
fn unread(error: &gloo_net::Error) -> EdgeError {
    match error {
        gloo_net::Error::SerdeError(_) => EdgeError::Unreadable,
        _ => EdgeError::Offline,
    }
}
