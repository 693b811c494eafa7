//! Servers that are not our own, which a worker asks that has a policy of its own.

use std::rc::Rc;

use lemon_desk::caller::Caller;
use lemon_model::bots::Account;
use lemon_model::feed::{Feed, Source};
use lemon_model::library::{Import, Page, Standing};
use lemon_model::sources::bluesky::sign_in::Places;
use lemon_model::sources::exchange::{Begin, FromSources, Left, Refusal, ToSources};
use lemon_model::sources::server::Server;
use lemon_model::sources::still::{Step, Still};
use leptos::prelude::*;

use super::keys;
use super::x::terms::Terms;
use super::{Log, Pace, Pages, Reading, Wait};
use crate::browser;
use crate::edge::RETRIES;
use crate::flow::{Flow, Stop};
use crate::shelf;
use crate::trouble::Trouble;
use crate::worker::{self, Program};

/// Seconds to wait for a server that asks to and does not say for how long; and how short and how
/// long a wait may be before it is asked again, whatever it says.
const PAUSE: i64 = 60;
const SHORTEST: i64 = 5;
const LONGEST: i64 = 60 * 60;

/// Where the browser remembers who left to prove who they are.
const LEFT: &str = "lemon-left";

/// The database in which a key waits for who has left for Bluesky.
const PROOFS: &str = "lemon-proofs";

/// Where they come back to.
pub const CALLBACK: &str = "/back";

/// Those servers, as the page reads from them.
#[derive(Clone, Copy)]
pub struct Outside {
    pace: Pace,
    terms: Terms,
    worker: StoredValue<Option<Rc<Caller<ToSources, FromSources>>>, LocalStorage>,
    /// The worker knows where Bluesky is.
    is_told: StoredValue<bool>,
}

/// A page that a server gave.
struct Given {
    packed: Vec<u8>,
    posts: usize,
    next: Import,
}

impl Outside {
    pub fn new(pace: Pace, terms: Terms) -> Self {
        Self {
            pace,
            terms,
            worker: StoredValue::new_local(None),
            is_told: StoredValue::new(false),
        }
    }

    /// Where to go to prove at `server`, which was named at the door of `source`, who one is;
    /// `name` is what this page is called there, and `is_wide` asks for the key to posts, too.
    ///
    /// # Errors
    /// [`Trouble::Source`] if nobody can prove that there.
    pub async fn leave_for(
        self,
        source: Source,
        server: String,
        name: &str,
        is_wide: bool,
    ) -> Result<String, Trouble> {
        let mut begin = begin(name)?;
        begin.is_wide = is_wide;
        if source == Source::Bluesky {
            if let Some(address) = known_to_bluesky(&begin.website) {
                return Ok(address);
            }
            return self.leave(source, server, begin).await;
        }
        // A name of other letters than ASCII's is known to servers by another one.
        let ascii = || browser::host_of(&format!("https://{}", server.rsplit('@').next()?.trim()));
        let named = Server::named(&server).map(|server| server.to_string());
        let server = named.or_else(ascii).unwrap_or(server);
        if left().is_some_and(|left| left.server == server) {
            // Who has not come back may have been told that nobody knows this page there.
            begin.clients.retain(|client| client.server != server);
        }
        self.leave(source, server, begin).await
    }

    async fn leave(self, source: Source, server: String, begin: Begin) -> Result<String, Trouble> {
        let request = ToSources::Begin {
            source,
            server: server.clone(),
            begin,
        };
        match self.ask(source, &request).await? {
            FromSources::Begun { address, left } => {
                keep_left(&left);
                Ok(address)
            }
            FromSources::Refused(why) => {
                // Whoever typed a handle, or nothing, means Bluesky.
                let is_no_place = server.is_empty() || why == Refusal::NoAccount;
                let named = match source {
                    Source::Bluesky if is_no_place => BLUESKY.to_owned(),
                    _ => server,
                };
                Err(Trouble::Source(named, why))
            }
            _ => Err(Trouble::Worker),
        }
    }

    /// Who left and has come back, with this in the address; `name` is what this page is called there.
    ///
    /// # Errors
    /// [`Trouble::Source`] if it was not proven who they are.
    pub async fn come_back(self, query: String, name: &str) -> Result<Back, Trouble> {
        let left = left().ok_or(Trouble::Source(String::new(), Refusal::Elsewhere))?;
        let (source, server) = (left.source, left.server.clone());
        let request = ToSources::Finish {
            left,
            query,
            begin: begin(name)?,
        };
        match self.ask(source, &request).await? {
            FromSources::Proven {
                account,
                key,
                client,
            } => {
                forget_left();
                keys::know(&server, client);
                self.drop_key(&account.feed).await;
                keys::keep(&account.feed, key);
                Ok(Back::As(account))
            }
            FromSources::More { address, left } => {
                keep_left(&left);
                Ok(Back::More { server, address })
            }
            FromSources::Refused(why) => {
                if why.is_final() {
                    forget_left();
                    keys::know(&server, None);
                }
                Err(Trouble::Source(server, why))
            }
            _ => Err(Trouble::Worker),
        }
    }

    /// Gives the key of an account back, if there is one.
    pub async fn drop_key(self, feed: &Feed) {
        if let Some(key) = keys::take(feed) {
            // It is forgotten here whatever becomes of it there.
            let _ = self.ask(feed.source, &ToSources::Drop(key)).await;
        }
    }

    /// Reads the posts of `account` from where they stand, those that are new if all were there
    /// before. Each page is written down before the next one is asked for.
    ///
    /// # Errors
    /// What keeps the rest away.
    pub async fn read<W>(self, flow: Flow, account: &Account, log: &mut Log<W>) -> Result<(), Stop>
    where
        W: AsyncFnMut(Pages) -> Result<Standing, Trouble>,
    {
        let is_open = matches!(log.standing().import_of(&account.feed), Import::At(_));
        let read = self.read_all(flow, account, log).await;
        // One that has just come waits for the person to say that it is to be used.
        let is_offered = || shelf::offer().is_some_and(|offer| offer.has(&account.feed));
        if read.is_ok() && (is_open || !is_offered()) {
            self.drop_key(&account.feed).await;
        }
        read
    }

    async fn read_all<W>(self, flow: Flow, account: &Account, log: &mut Log<W>) -> Result<(), Stop>
    where
        W: AsyncFnMut(Pages) -> Result<Standing, Trouble>,
    {
        let feed = &account.feed;
        let there = |standing: &Standing| {
            let there = standing.of(feed);
            there.map_or((0, false), |there| (there.posts, there.was_done))
        };
        let mut still = Still::default();
        loop {
            flow.pass().await?;
            let cursor = match log.standing().import_of(feed) {
                Import::Start | Import::Done => return Ok(()),
                Import::At(cursor) => Some(cursor).filter(|cursor| !cursor.is_empty()),
            };
            self.pace.reading.set(Reading::Going);
            let given = self.page(flow, account, cursor).await?;
            let (before, was_done) = there(log.standing());
            log.add(Pages::Packed(given.packed)).await?;
            let has_news = there(log.standing()).0 > before;
            let is_full = || log.standing().posts >= browser::capacity();
            if has_news && !was_done && given.next != Import::Done && is_full() {
                let end = Page::mark(feed.clone(), Import::Done);
                log.add(Pages::One(end)).await?;
                return Ok(());
            }
            if given.next == Import::Done {
                continue;
            }
            let step = still.after(given.posts, has_news, was_done);
            if step != Step::On {
                let end = Page {
                    stalled: step == Step::Stalled,
                    ..Page::mark(feed.clone(), Import::Done)
                };
                log.add(Pages::One(end)).await?;
                return Ok(());
            }
        }
    }

    async fn page(
        self,
        flow: Flow,
        account: &Account,
        cursor: Option<String>,
    ) -> Result<Given, Stop> {
        let request = ToSources::Page {
            feed: account.feed.clone(),
            cursor,
            wishes: account.wishes,
            key: keys::of(&account.feed),
        };
        let mut retries = RETRIES.iter();
        loop {
            let why = match self.ask(account.feed.source, &request).await? {
                FromSources::Page {
                    packed,
                    posts,
                    next,
                } => {
                    return Ok(Given {
                        packed,
                        posts,
                        next,
                    });
                }
                FromSources::Refused(why) => why,
                _ => return Err(Trouble::Worker.into()),
            };
            match why {
                Refusal::Wait { until } => self.wait(flow, until).await?,
                why if why.may_pass() => {
                    let Some(delay) = retries.next() else {
                        return Err(told(account, why).into());
                    };
                    self.pace
                        .reading
                        .set(Reading::Retrying(account.feed.source));
                    flow.nap(*delay).await;
                }
                why => return Err(told(account, why).into()),
            }
            flow.pass().await?;
        }
    }

    /// Waits until a server may be asked again, counting down.
    async fn wait(self, flow: Flow, until: Option<i64>) -> Result<(), Stop> {
        // Its clock and the browser's may differ by anything.
        let now = browser::now();
        let until = until
            .unwrap_or(now + PAUSE)
            .clamp(now + SHORTEST, now + LONGEST);
        loop {
            let left = until - browser::now();
            if left <= 0 {
                self.pace.reading.set(Reading::Going);
                return Ok(());
            }
            self.pace.count(flow, Wait::Server { until }, left).await?;
        }
    }

    async fn ask(self, source: Source, request: &ToSources) -> Result<FromSources, Trouble> {
        let there = self.worker.with_value(Clone::clone);
        let worker = match there.filter(|worker| !worker.is_gone()) {
            Some(worker) => worker,
            None => self.started().await?,
        };
        if source == Source::Bluesky && !self.is_told.get_value() {
            if let Some(there) = self.terms.known().await?.bluesky {
                let places = Places {
                    entryway: there.entryway,
                    api: there.api,
                    plc: there.plc,
                };
                worker.ask(&ToSources::Places(places)).await?;
            }
            self.is_told.set_value(true);
        }
        Ok(worker.ask(request).await?)
    }

    async fn started(self) -> Result<Rc<Caller<ToSources, FromSources>>, Trouble> {
        let program = Program {
            build: "sources",
            module: "sources",
        };
        let worker = Rc::new(worker::start(program, |_| {}).await?);
        self.worker.set_value(Some(Rc::clone(&worker)));
        self.is_told.set_value(false);
        Ok(worker)
    }
}

fn told(account: &Account, why: Refusal) -> Trouble {
    Trouble::Source(place_of(&account.feed), why)
}

/// What people call it, wherever its servers are.
const BLUESKY: &str = "Bluesky";

/// What people call the place where an account is.
pub fn place_of(feed: &Feed) -> String {
    match feed.source {
        Source::Bluesky => BLUESKY.to_owned(),
        _ => feed.server().to_owned(),
    }
}

/// The address by which Bluesky knows a page that is at `website` on the person's own machine,
/// if that is another one: it lets nobody come back to a name.
fn known_to_bluesky(website: &str) -> Option<String> {
    let port = website.strip_prefix("http://localhost")?;
    Some(format!("http://127.0.0.1{port}/"))
}

/// How somebody is back.
pub enum Back {
    As(Account),
    /// Nothing can be read before they have allowed more, at this address.
    More {
        server: String,
        address: String,
    },
}

/// What an attempt begins with.
fn begin(name: &str) -> Result<Begin, Trouble> {
    let (state, secret) = browser::random()
        .zip(browser::random())
        .ok_or(Trouble::NoRandomness)?;
    let website = browser::origin();
    Ok(Begin {
        callback: format!("{website}{CALLBACK}"),
        name: name.to_owned(),
        website,
        state,
        secret,
        clients: keys::clients(),
        is_wide: false,
    })
}

fn left() -> Option<Left> {
    serde_json::from_str(&browser::recall(LEFT)?).ok()
}

fn keep_left(left: &Left) {
    if let Ok(json) = serde_json::to_string(left) {
        browser::remember(LEFT, &json);
    }
}

/// For which kind of server somebody left who has not come back.
pub fn left_for() -> Option<Source> {
    left().map(|left| left.source)
}

/// Forgets all that the browser remembers of servers.
pub fn forget() {
    forget_left();
    keys::forget();
    // Of who has left and not come back.
    browser::delete_database(PROOFS);
}

/// Whether there is a key to the posts of an account.
pub fn has_key(feed: &Feed) -> bool {
    keys::of(feed).is_some()
}

/// They will not come back.
fn forget_left() {
    browser::forget(LEFT);
}
