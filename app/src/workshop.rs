//! From sign-in to ready: reads posts, indexes them, and proves that the index
//! answers. Everything is written down before the next step is taken, so starting
//! again goes on where it stopped.

use std::pin::pin;
use std::rc::Rc;

use futures_channel::{mpsc, oneshot};
use futures_util::StreamExt;
use futures_util::future::{Either, join, select};
use gloo_timers::future::sleep;
use lemon_model::library::{Embedded, Import, Standing, Task};
use lemon_model::protocol::{EncoderFailure, Others, Role, Text};
use lemon_wire::{Cause, Limit, MAX_POSTS, Me, Problem, Terms, look_again};
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::browser;
use crate::edge::{self, EdgeError};
use crate::encoder::{self, Encoder};
use crate::library::Library;
use crate::proof::prove;
use crate::sources::x;
use crate::trouble::Trouble;

/// Entries after which one can chat while the rest is indexed.
pub const EARLY: usize = 100;

/// Texts that each worker of the encoder gets at once. Progress moves, and is written
/// down, once for each such round: two or three times a second.
const ROUND: usize = 64;

/// Where the browser remembers the slot that it was given.
const SLOT: &str = "lemon-slot";

/// Where the browser remembers why an import failed.
const FAILED: &str = "lemon-failed";

/// Where the browser remembers who began an import.
const BEGUN: &str = "lemon-begun";

/// Where the browser remembers how many posts are to be read.
const NEWEST: &str = "lemon-newest";

/// Where the browser remembers whose bot it holds.
const PERSON: &str = "lemon-person";

/// The two workers, once both can be asked.
#[derive(Clone)]
pub struct Engine {
    pub library: Rc<Library>,
    pub encoder: Rc<Encoder>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Session {
    Asking,
    Out,
    In(Me),
    /// Nobody is signed in, but this browser holds this person's bot.
    Away(Me),
    /// The edge cannot be asked; this browser may hold somebody's bot all the same.
    Unreachable(EdgeError, Option<Me>),
}

/// When it is this person's turn, and why not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Of this browser's clock.
    pub until: i64,
    pub limit: Option<Limit>,
}

/// Why an import failed, kept for whoever comes back.
#[derive(Serialize, Deserialize)]
struct Failed {
    problem: Problem,
    /// Of this browser's clock: from then on it is tried again unbidden.
    until: Option<i64>,
}

/// How the reading of posts goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Idle,
    Going,
    /// The source asks to wait.
    Waiting(Slot),
    /// It failed and is tried again.
    Retrying,
}

/// How the indexing goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Indexing {
    Idle,
    /// Bytes of the model's files that are there; `of` is 0 until it is known.
    Fetching {
        bytes: u64,
        of: u64,
    },
    /// Entries a second, once there is something to measure.
    Going {
        rate: Option<f64>,
    },
    /// Everything is read back and tried.
    Proving,
}

/// The state of a person's bot, and what can be done about it.
#[derive(Clone, Copy)]
pub struct Workshop {
    pub session: RwSignal<Session>,
    pub standing: RwSignal<Standing>,
    pub reading: RwSignal<Reading>,
    pub indexing: RwSignal<Indexing>,
    /// The index was read back from where it is stored and answered a probe.
    pub ready: RwSignal<bool>,
    pub paused: RwSignal<bool>,
    pub trouble: RwSignal<Option<Trouble>>,
    /// Seconds until the slot that is waited for.
    pub left: RwSignal<i64>,
    /// What the operator allows, once it is known.
    pub terms: RwSignal<Option<Terms>>,
    /// How many of the newest posts the person chose to have read.
    pub newest: RwSignal<Option<u32>>,
    /// The encoder is loaded.
    encoding: RwSignal<bool>,
    parts: StoredValue<Parts, LocalStorage>,
}

#[derive(Default)]
struct Parts {
    library: Option<Rc<Library>>,
    encoder: Option<Rc<Encoder>>,
    arrived: bool,
    /// Counts starts: a flow whose number is not this one ends.
    run: u32,
    /// Who is to look again whether it may go on.
    waiting: Vec<oneshot::Sender<()>>,
    /// Resolves when the flow that runs has ended.
    ended: Option<oneshot::Receiver<()>>,
}

/// Why a flow ended before its end.
enum Stop {
    /// Another one was started, or everything was deleted.
    Superseded,
    For(Trouble),
}

impl<T: Into<Trouble>> From<T> for Stop {
    fn from(trouble: T) -> Self {
        Self::For(trouble.into())
    }
}

/// The person's own bot, one for all pages. It comes to life with the first page that
/// asks for it: a visitor's page does not.
pub fn use_workshop() -> Workshop {
    let workshop = use_context().unwrap_or_else(Workshop::new);
    workshop.arrive_once();
    workshop
}

impl Workshop {
    pub fn new() -> Self {
        Self {
            session: RwSignal::new(Session::Asking),
            standing: RwSignal::default(),
            reading: RwSignal::new(Reading::Idle),
            indexing: RwSignal::new(Indexing::Idle),
            ready: RwSignal::new(false),
            paused: RwSignal::new(false),
            trouble: RwSignal::new(None),
            left: RwSignal::new(0),
            terms: RwSignal::new(None),
            newest: RwSignal::new(browser::recall(NEWEST).and_then(|n| n.parse().ok())),
            encoding: RwSignal::new(false),
            parts: StoredValue::new_local(Parts::default()),
        }
    }

    fn arrive_once(self) {
        let first = self
            .parts
            .try_update_value(|parts| !std::mem::replace(&mut parts.arrived, true));
        if first == Some(true) {
            browser::watch_leaving();
            self.arrive();
        }
    }

    /// Finds out who is there and goes on with what was begun.
    pub fn arrive(self) {
        spawn_local(async move {
            // Without them one can still begin; the edge holds its limits itself.
            if let Ok(terms) = edge::terms().await {
                self.terms.set(Some(terms));
            }
        });
        spawn_local(async move {
            let session = session().await;
            let person = match &session {
                Session::In(me) | Session::Away(me) | Session::Unreachable(_, Some(me)) => {
                    Some(me.clone())
                }
                _ => None,
            };
            self.session.set(session);
            let Some(person) = person else { return };
            match self.open(&person).await {
                Ok(()) => {
                    let import = self
                        .standing
                        .with_untracked(|standing| standing.import.clone());
                    // Who was told to wait for the first page has none yet.
                    let has_begun = browser::recall(BEGUN).as_ref() == Some(&person.id);
                    if import != Import::Start || has_begun {
                        self.set_out();
                    }
                }
                Err(trouble) => self.trouble.set(Some(trouble)),
            }
        });
    }

    /// Starts, or goes on after a failure.
    pub fn start(self) {
        browser::forget(FAILED);
        self.set_out();
    }

    /// Only one flow runs at a time: this one waits for the one before, which ends at its
    /// next step.
    fn set_out(self) {
        if matches!(
            self.trouble.get_untracked(),
            Some(Trouble::Worker | Trouble::Library(_))
        ) {
            self.drop_workers();
        }
        self.trouble.set(None);
        self.paused.set(false);
        if let Some(person) = self.person_now() {
            browser::remember(BEGUN, &person.id);
        }
        self.reading.set(Reading::Going);
        let (ended, next) = oneshot::channel();
        let before = self
            .parts
            .try_update_value(|parts| parts.ended.replace(next))
            .flatten();
        let run = self.supersede();
        spawn_local(async move {
            if let Some(before) = before {
                // Dropped or sent, both mean that it has ended.
                let _ = before.await;
            }
            if let Err(Stop::For(trouble)) = self.work(run).await
                && self.is_current(run)
            {
                self.trouble.set(Some(trouble));
            }
            if self.is_current(run) {
                self.reading.set(Reading::Idle);
                self.indexing.set(Indexing::Idle);
            }
            let _ = ended.send(());
        });
    }

    /// Has the `newest` posts read; what was begun already keeps its number.
    pub fn choose(self, newest: u32) {
        browser::remember(NEWEST, &newest.to_string());
        self.newest.set(Some(newest));
    }

    /// Tries again what failed, which may be the arrival itself.
    pub fn again(self) {
        if self.library().is_none() && self.standing.with_untracked(|s| s.import == Import::Start) {
            browser::forget(FAILED);
            self.trouble.set(None);
            self.arrive();
        } else {
            self.start();
        }
    }

    /// Starts anew after a worker has been lost.
    pub fn recover(self) {
        self.trouble.set(Some(Trouble::Worker));
        self.set_out();
    }

    pub fn pause(self) {
        self.paused.set(true);
    }

    pub fn resume(self) {
        self.paused.set(false);
        self.wake();
    }

    /// Stops, and deletes everything of this person from this browser.
    pub async fn forget(self) -> Result<(), Trouble> {
        let person = self.person_now();
        let before = self
            .parts
            .try_update_value(|parts| parts.ended.take())
            .flatten();
        self.supersede();
        if let Some(before) = before {
            let _ = before.await;
        }
        self.reading.set(Reading::Idle);
        self.indexing.set(Indexing::Idle);
        if let Some(person) = person {
            let library = match self.library() {
                Some(library) => library,
                None => Rc::new(Library::start()?),
            };
            library.forget(person.id).await?;
        }
        for key in [PERSON, SLOT, FAILED, NEWEST, BEGUN] {
            browser::forget(key);
        }
        // Whatever the edge says, nothing of this person is left here.
        let _ = edge::logout().await;
        browser::go("/");
        Ok(())
    }

    /// Ends the session; the bot stays in this browser.
    pub async fn sign_out(self) -> Result<(), Trouble> {
        edge::logout().await?;
        // The edge has given the turn up.
        browser::forget(SLOT);
        browser::go("/");
        Ok(())
    }

    /// The person whose bot this is.
    pub fn person(self) -> Option<Me> {
        self.session.with(|session| match session {
            Session::In(me) | Session::Away(me) | Session::Unreachable(_, Some(me)) => {
                Some(me.clone())
            }
            _ => None,
        })
    }

    /// Whether one can chat with what is indexed so far.
    pub fn is_open(self) -> bool {
        let enough = self.ready.get() || self.standing.with(|standing| standing.embedded >= EARLY);
        enough && self.encoding.get()
    }

    /// Whether nothing is under way.
    pub fn is_idle(self) -> bool {
        self.reading.get() == Reading::Idle && self.indexing.get() == Indexing::Idle
    }

    /// How many entries there will be: those there are and, while posts are still to
    /// come, as many more in proportion.
    pub fn expected_entries(self) -> Option<usize> {
        let standing = self.standing.get();
        if standing.import == Import::Done {
            return Some(standing.entries);
        }
        let posts = self.expected_posts()?;
        (standing.posts > 0).then(|| standing.entries * posts.max(standing.posts) / standing.posts)
    }

    /// How many posts there are to read.
    pub fn expected_posts(self) -> Option<usize> {
        let posts = self.posts_there()?.min(self.newest());
        usize::try_from(posts).ok()
    }

    /// How many posts the person has within reach.
    pub fn posts_there(self) -> Option<u32> {
        let most = self
            .terms
            .get()
            .map_or(MAX_POSTS, |terms| terms.person_posts);
        Some(self.person()?.posts?.min(MAX_POSTS).min(most))
    }

    /// How many of the newest posts are to be read.
    pub fn newest(self) -> u32 {
        let default = || {
            self.terms
                .get()
                .map_or(MAX_POSTS, |terms| terms.default_posts)
        };
        self.newest.get().unwrap_or_else(default)
    }

    pub fn engine(self) -> Option<Engine> {
        self.parts.with_value(|parts| {
            Some(Engine {
                library: parts.library.clone()?,
                encoder: parts.encoder.clone()?,
            })
        })
    }

    pub fn library(self) -> Option<Rc<Library>> {
        self.parts.with_value(|parts| parts.library.clone())
    }

    async fn open(self, person: &Me) -> Result<(), Trouble> {
        let library = Library::start()?;
        self.standing.set(library.open(&person.id).await?);
        self.parts
            .update_value(|parts| parts.library = Some(Rc::new(library)));
        Ok(())
    }

    async fn work(self, run: u32) -> Result<(), Stop> {
        self.still(run)?;
        let person = self.person_now().ok_or(Stop::Superseded)?;
        if self.library().is_none() {
            self.open(&person).await?;
        }
        let library = self.library().ok_or(Stop::Superseded)?;
        let (more, news) = mpsc::channel(1);
        let reading = self.told(run, self.read(run, &library, more));
        let indexing = self.told(run, self.index(run, &library, news));
        let (read, indexed) = join(reading, indexing).await;
        // What could be read is usable, whatever keeps the rest away.
        self.prove(run, &library, &*indexed?).await?;
        read
    }

    /// Tells of a failure at once: what goes on beside it may take an hour.
    async fn told<T>(
        self,
        run: u32,
        flow: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        let result = flow.await;
        if let Err(Stop::For(trouble)) = &result
            && self.is_current(run)
        {
            self.trouble.set(Some(trouble.clone()));
        }
        result
    }

    /// Reads page after page and writes each down before it asks for the next.
    async fn read(
        self,
        run: u32,
        library: &Library,
        mut more: mpsc::Sender<()>,
    ) -> Result<(), Stop> {
        if let Some(problem) = self.failed_before() {
            self.reading.set(Reading::Idle);
            return Err(EdgeError::Problem(problem).into());
        }
        let result = loop {
            if let Err(stop) = self.pass(run).await {
                break Err(stop);
            }
            let cursor = match self
                .standing
                .with_untracked(|standing| standing.import.clone())
            {
                Import::Done => break Ok(()),
                Import::Start => None,
                Import::At(cursor) => Some(cursor),
            };
            self.reading.set(Reading::Going);
            let page = match self.page(run, cursor.as_deref()).await {
                Ok(page) => page,
                Err(stop) => break Err(stop),
            };
            match library.add_page(page).await {
                Ok(standing) => self.standing.set(standing),
                Err(trouble) => break Err(trouble.into()),
            }
            // Full means that the indexing has been told already and has not looked yet.
            let _ = more.try_send(());
        };
        self.reading.set(Reading::Idle);
        if let Err(Stop::For(Trouble::Edge(EdgeError::Problem(problem)))) = &result {
            self.keep_failure(problem.clone());
        }
        result
    }

    /// Why this person's import failed, until there is reason to ask again unbidden.
    fn failed_before(self) -> Option<Problem> {
        let (whose, failed) = kept::<Failed>(FAILED)?;
        let is_over = failed.until.is_some_and(|until| until <= browser::now());
        (whose == self.person_now()?.id && !is_over).then_some(failed.problem)
    }

    /// For whoever comes back. A session that ended shows by itself, and signing in again is
    /// what goes on.
    fn keep_failure(self, problem: Problem) {
        if problem.cause != Cause::SignedOut {
            let until = problem.wait().map(|left| browser::now() + left);
            self.keep(FAILED, &Failed { problem, until });
        }
    }

    fn keep(self, key: &str, value: &impl Serialize) {
        let person = self.person_now().map(|me| me.id);
        if let Ok(json) = serde_json::to_string(&(person, value)) {
            browser::remember(key, &json);
        }
    }

    async fn page(
        self,
        run: u32,
        cursor: Option<&str>,
    ) -> Result<lemon_model::library::Page, Stop> {
        let mut retries = edge::RETRIES.iter();
        let mut cursor = cursor;
        // Who comes back before their time need not be told again.
        let person = self.person_now().map(|me| me.id).unwrap_or_default();
        if let Some((_, slot)) = kept::<Slot>(SLOT).filter(|(whose, _)| *whose == person) {
            self.wait(run, slot).await?;
            self.pass(run).await?;
        }
        loop {
            let newest = self.newest.get_untracked();
            let error = match edge::posts(cursor, newest).await {
                Ok(page) => {
                    browser::forget(SLOT);
                    self.reading.set(Reading::Going);
                    return Ok(x::page(page));
                }
                Err(error) => error,
            };
            if let Some(slot) = slot(&error) {
                self.keep(SLOT, &slot);
                self.wait(run, slot).await?;
                self.pass(run).await?;
                continue;
            }
            match &error {
                // The place is too old, or another account's: from the newest on. Posts that
                // are here already are not kept twice.
                EdgeError::Problem(problem)
                    if problem.cause == Cause::BadRequest && cursor.is_some() =>
                {
                    cursor = None;
                }
                EdgeError::Problem(problem)
                    if !matches!(problem.cause, Cause::SourceFailed | Cause::Internal) =>
                {
                    return Err(error.into());
                }
                _ => {
                    let Some(delay) = retries.next() else {
                        return Err(error.into());
                    };
                    self.reading.set(Reading::Retrying);
                    // A page that is being left has its requests broken off, and would ask
                    // once more before it is gone.
                    let delay = if browser::is_leaving() {
                        edge::LEAVING
                    } else {
                        *delay
                    };
                    self.nap(run, delay).await;
                }
            }
            self.pass(run).await?;
        }
    }

    /// Waits for a slot, counting down; not to its end where an earlier one may turn up.
    async fn wait(self, run: u32, slot: Slot) -> Result<(), Stop> {
        let look = match slot.limit {
            Some(Limit::AppQuarter | Limit::AppDay | Limit::Month) => {
                let now = browser::now();
                now + look_again(slot.until - now, browser::random().map_or(0, |[draw]| draw))
            }
            _ => i64::MAX,
        };
        loop {
            let now = browser::now();
            let left = slot.until - now;
            if left <= 0 {
                break;
            }
            if now >= look {
                return Ok(());
            }
            self.left.set(left);
            self.reading.set(Reading::Waiting(slot));
            self.nap(run, Duration::from_secs(1)).await;
            self.still(run)?;
        }
        browser::forget(SLOT);
        self.reading.set(Reading::Going);
        Ok(())
    }

    /// Embeds what has no vectors, newest first, until no more can come.
    async fn index(
        self,
        run: u32,
        library: &Library,
        mut news: mpsc::Receiver<()>,
    ) -> Result<Rc<Encoder>, Stop> {
        // What is no longer wanted is not waited for: the model is 25 MB.
        let (loading, superseded) = (pin!(self.load_encoder()), pin!(self.superseded(run)));
        let encoder = match select(loading, superseded).await {
            Either::Left((loaded, _)) => loaded?,
            Either::Right(_) => return Err(Stop::Superseded),
        };
        self.indexing.set(Indexing::Going { rate: None });
        let mut rate = None;
        let mut all_told = false;
        let (mut texts, mut milliseconds) = (0, 0.0);
        loop {
            self.pass(run).await?;
            let batch = library.next_batch(ROUND * encoder.workers()).await?;
            if batch.is_empty() {
                if all_told {
                    encoder.dismiss_helpers();
                    browser::mark(
                        "lemon-indexed",
                        &[("texts", count(texts)), ("milliseconds", milliseconds)],
                    );
                    return Ok(encoder);
                }
                all_told = news.next().await.is_none();
                continue;
            }
            let (entries, began) = (batch.len(), browser::ticks());
            let texts_in_round = batch
                .iter()
                .map(|task| 1 + usize::from(task.said.is_some()))
                .sum::<usize>();
            texts += texts_in_round;
            let embedded = embed(&encoder, batch).await?;
            let took = browser::ticks() - began;
            milliseconds += took;
            let (taken, standing) = library.add_vectors(embedded).await?;
            if taken == 0 {
                // The same entries would be handed out for ever.
                return Err(Trouble::Encoder(EncoderFailure::Embed).into());
            }
            self.standing.set(standing);
            // A round that was not full leaves nothing to help with.
            if texts_in_round >= ROUND {
                let helped = Rc::clone(&encoder);
                spawn_local(async move { helped.call_helpers().await });
            }
            rate = Some(smoothed(rate, entries, took));
            self.indexing.set(Indexing::Going { rate });
        }
    }

    async fn load_encoder(self) -> Result<Rc<Encoder>, Trouble> {
        let loaded = self.parts.with_value(|parts| parts.encoder.clone());
        if let Some(encoder) = loaded {
            return Ok(encoder);
        }
        self.indexing.set(Indexing::Fetching { bytes: 0, of: 0 });
        let fetched = move |bytes, of| self.indexing.set(Indexing::Fetching { bytes, of });
        let encoder = Rc::new(Encoder::load(encoder::model(), Others::Forget, fetched).await?);
        self.parts
            .update_value(|parts| parts.encoder = Some(Rc::clone(&encoder)));
        self.encoding.set(true);
        Ok(encoder)
    }

    /// Only this makes it ready: everything is read back from where it is stored, and
    /// a text whose answer is known finds it. What was ready before is so no longer if
    /// that fails.
    async fn prove(self, run: u32, library: &Library, encoder: &Encoder) -> Result<(), Stop> {
        self.pass(run).await?;
        self.indexing.set(Indexing::Proving);
        let proof = async {
            let (standing, probe) = library.read_back().await?;
            self.standing.set(standing);
            match probe {
                Some(probe) => prove(library, encoder, probe).await.map(|()| true),
                None => Ok(false),
            }
        };
        match proof.await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(trouble) => {
                self.ready.set(false);
                return Err(trouble.into());
            }
        }
        self.pass(run).await?;
        self.ready.set(true);
        // Megabytes of a 32-bit memory: a double holds them exactly.
        #[allow(clippy::cast_precision_loss)]
        let memory = encoder.memory().await? as f64;
        browser::mark("lemon-ready", &[("memory", memory)]);
        Ok(())
    }

    /// Waits while it is paused; ends a flow that is not the current one.
    async fn pass(self, run: u32) -> Result<(), Stop> {
        while self.paused.get_untracked() && self.is_current(run) {
            // Dropped or sent, both mean: look again.
            let _ = self.woken().await;
        }
        self.still(run)
    }

    fn still(self, run: u32) -> Result<(), Stop> {
        if self.is_current(run) {
            Ok(())
        } else {
            Err(Stop::Superseded)
        }
    }

    /// Resolves when this flow is no longer the current one.
    async fn superseded(self, run: u32) {
        while self.is_current(run) {
            // Dropped or sent, both mean: look again.
            let _ = self.woken().await;
        }
    }

    /// Sleeps, unless this flow is no longer the current one.
    async fn nap(self, run: u32, time: Duration) {
        select(sleep(time), pin!(self.superseded(run))).await;
    }

    fn woken(self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.parts.update_value(|parts| parts.waiting.push(sender));
        receiver
    }

    /// Lets all who wait look again.
    fn wake(self) {
        self.parts.update_value(|parts| parts.waiting.clear());
    }

    fn drop_workers(self) {
        self.parts
            .update_value(|parts| (parts.library, parts.encoder) = (None, None));
        self.encoding.set(false);
        self.ready.set(false);
    }

    fn supersede(self) -> u32 {
        let run = self.parts.try_update_value(|parts| {
            parts.run += 1;
            parts.run
        });
        self.wake();
        run.unwrap_or_default()
    }

    fn is_current(self, run: u32) -> bool {
        self.parts.with_value(|parts| parts.run == run)
    }

    fn person_now(self) -> Option<Me> {
        untrack(|| self.person())
    }
}

/// Until when the edge asks to wait. Also what is closed may have a time: when the month
/// ends, or when somebody finds out whether the operator has paid.
fn slot(error: &EdgeError) -> Option<Slot> {
    match error {
        EdgeError::Problem(problem) if matches!(problem.cause, Cause::Waiting | Cause::Closed) => {
            Some(Slot {
                until: browser::now() + problem.wait()?,
                limit: problem.limit,
            })
        }
        _ => None,
    }
}

/// What is kept under `key`, and whose it is.
fn kept<T: DeserializeOwned>(key: &str) -> Option<(String, T)> {
    serde_json::from_str(&browser::recall(key)?).ok()
}

async fn session() -> Session {
    let known = || browser::recall(PERSON).and_then(|json| serde_json::from_str::<Me>(&json).ok());
    match edge::me().await {
        Ok(me) => {
            if let Ok(json) = serde_json::to_string(&me) {
                browser::remember(PERSON, &json);
            }
            Session::In(me)
        }
        Err(error) => {
            let signed_out =
                matches!(&error, EdgeError::Problem(problem) if problem.cause == Cause::SignedOut);
            match (known(), signed_out) {
                (Some(me), true) => Session::Away(me),
                (None, true) => Session::Out,
                (me, false) => Session::Unreachable(error, me),
            }
        }
    }
}

async fn embed(encoder: &Encoder, batch: Vec<Task>) -> Result<Vec<Embedded>, Trouble> {
    let mut texts = Vec::new();
    for task in &batch {
        let said = task.said.iter().map(|said| Text {
            role: Role::Query,
            text: said.clone(),
        });
        texts.extend(said.chain([Text {
            role: Role::Passage,
            text: task.reply.clone(),
        }]));
    }
    let mut vectors = encoder.embed(texts).await?.into_iter();
    let embedded = batch.into_iter().map(|task| {
        let said = match task.said {
            Some(_) => Some(vectors.next()?),
            None => None,
        };
        Some(Embedded {
            entry: task.entry,
            texts: task.texts,
            said,
            reply: vectors.next()?,
        })
    });
    embedded
        .collect::<Option<_>>()
        .ok_or(Trouble::Encoder(EncoderFailure::Embed))
}

/// Texts are far fewer than a double counts exactly.
#[allow(clippy::cast_precision_loss)]
fn count(texts: usize) -> f64 {
    texts as f64
}

/// A rate that follows the last five rounds or so: steady enough to read, quick
/// enough to show that a phone has become warm.
fn smoothed(rate: Option<f64>, entries: usize, milliseconds: f64) -> f64 {
    const SHARE: f64 = 0.2;
    // A batch has at most as many entries as texts.
    #[allow(clippy::cast_precision_loss)]
    let now = entries as f64 * 1000.0 / milliseconds.max(1.0);
    rate.map_or(now, |rate| rate + SHARE * (now - rate))
}
