//! From a source to ready: reads posts, indexes them, and proves that the index
//! answers. Everything is written down before the next step is taken, so starting
//! again goes on where it stopped.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_channel::mpsc;
use futures_util::StreamExt;
use futures_util::future::{Either, FutureExt, LocalBoxFuture, join, select};
use gloo_timers::future::sleep;
use lemon_model::answers::suggestions::Suggested;
use lemon_model::bot::about::{About, Manners, origins};
use lemon_model::bots::{Account, Bot, Bots, Ready};
use lemon_model::feed::Feed;
use lemon_model::index::learning::Check;
use lemon_model::library::{Import, Page, Standing, Task};
use lemon_model::protocol::{Beginning, EncoderFailure, Others, Outgoing, Role, Share, Text};
use lemon_model::rate::smoothed;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::crew;
use crate::edge;
use crate::encoder::{self, Encoder};
use crate::engine::Engine;
use crate::flow::{Flow, Flows, Stop};
use crate::kept;
use crate::lang::{self, Lang};
use crate::library::{Library, ReadBack};
use crate::proof::prove;
use crate::session::{self, Session};
use crate::shelf;
use crate::sources::{self, Log, Pages, Reading, Sources};
use crate::tabs::{self, Tabs, Turn, Word};
use crate::talk::{Talks, use_talks};
use crate::trouble::Trouble;
use crate::version;

/// Entries after which one can chat while the rest is indexed.
pub const EARLY: usize = 100;

/// Texts that each worker of the encoder gets at once. Progress moves, and is written
/// down, once for each such round: two or three times a second.
const ROUND: usize = 64;

/// How long the helpers of the encoder are kept while there is nothing to embed: longer than a
/// page of posts takes to come, and short beside the quarter of an hour that a source makes one wait.
const LULL: Duration = Duration::from_secs(15);

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
    /// It is read back, and this share of what there is to learn of it is learned.
    Learning {
        share: f32,
    },
    /// What was read back is tried.
    Proving,
}

/// Whether somebody wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    Unasked,
    Wanted,
    /// The browser does not allow it.
    Refused,
}

/// The state of a person's bot, and what can be done about it.
#[derive(Clone, Copy)]
pub struct Workshop {
    pub session: RwSignal<Session>,
    bots: RwSignal<Bots>,
    /// An account that was proven, of which nothing was begun yet.
    pub offer: RwSignal<Option<Account>>,
    sources: StoredValue<Sources, LocalStorage>,
    pub standing: RwSignal<Standing>,
    pub indexing: RwSignal<Indexing>,
    /// How well what was learned was seen to work; none where there is too little for that.
    pub check: RwSignal<Option<Check>>,
    /// How a talk with it begins.
    pub beginning: RwSignal<Beginning>,
    /// The index was read back from where it is stored and answered a probe.
    pub ready: RwSignal<bool>,
    pub flows: Flows,
    pub trouble: RwSignal<Option<Trouble>>,
    /// Another tab has the turn, and this one shows what it does.
    pub following: RwSignal<bool>,
    /// A tab was killed while several workers ran: now there are fewer.
    pub gently: RwSignal<bool>,
    /// Whether to say it when the bot is ready, also to who looks elsewhere then.
    pub telling: RwSignal<Telling>,
    /// Everything is being deleted.
    pub leaving: RwSignal<bool>,
    /// The encoder is loaded.
    encoding: RwSignal<bool>,
    /// The person's bot is being read from where it is stored.
    pub opening: RwSignal<bool>,
    /// Counts libraries that were opened: what was asked of one may be answered otherwise by
    /// the next.
    pub opened: RwSignal<u32>,
    /// What was said with bots in this tab.
    pub talks: Talks,
    parts: StoredValue<Parts, LocalStorage>,
}

#[derive(Default)]
struct Parts {
    library: Option<Rc<Library>>,
    encoder: Option<Rc<Encoder>>,
    /// Another tab has written since the library was read.
    stale: bool,
    /// Once somebody has arrived.
    tabs: Option<Tabs>,
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
            bots: RwSignal::default(),
            offer: RwSignal::new(None),
            sources: StoredValue::new_local(Sources::new()),
            standing: RwSignal::default(),
            indexing: RwSignal::new(Indexing::Idle),
            check: RwSignal::new(None),
            beginning: RwSignal::default(),
            ready: RwSignal::new(false),
            flows: Flows::new(),
            trouble: RwSignal::new(None),
            following: RwSignal::new(false),
            gently: RwSignal::new(false),
            telling: RwSignal::new(Telling::Unasked),
            leaving: RwSignal::new(false),
            encoding: RwSignal::new(false),
            opening: RwSignal::new(false),
            opened: RwSignal::new(0),
            talks: use_talks(),
            parts: StoredValue::new_local(Parts::default()),
        }
    }

    fn arrive_once(self) {
        if self.parts.with_value(|parts| parts.tabs.is_some()) {
            return;
        }
        let tabs = Tabs::listen(move |word| self.heard(word));
        self.parts.update_value(|parts| parts.tabs = Some(tabs));
        browser::watch_leaving();
        crew::watch_leaving();
        self.arrive();
    }

    /// What another tab says.
    fn heard(self, word: Word) {
        let bot = self.bot_now().map(|bot| bot.id);
        match word {
            Word::Standing(whose, standing) => {
                if Some(whose) == bot {
                    self.parts.update_value(|parts| parts.stale = true);
                    if self.following.get_untracked() {
                        self.standing.set(standing);
                    }
                }
            }
            Word::Forgotten(whose) => {
                if Some(&whose) == bot.as_ref() {
                    self.leaving.set(true);
                    spawn_local(async move {
                        self.flows.end().await;
                        self.rest();
                        self.sources().put_away();
                        self.drop_workers();
                        self.talks.forget(&whose);
                        self.trouble.set(None);
                        self.standing.set(Standing::default());
                        self.bots.update(|bots| bots.remove(&whose));
                        self.session.set(Session::Out);
                        self.leaving.set(false);
                    });
                }
            }
        }
    }

    fn tell(self, word: &Word) {
        self.parts.with_value(|parts| {
            if let Some(tabs) = &parts.tabs {
                tabs.tell(word);
            }
        });
    }

    /// So much is written down by now.
    fn stands(self, bot: &Bot, standing: Standing) {
        self.tell(&Word::Standing(bot.id.clone(), standing.clone()));
        self.standing.set(standing);
    }

    pub fn sources(self) -> Sources {
        self.sources.get_value()
    }

    /// Finds out who is there and goes on with what was begun.
    pub fn arrive(self) {
        spawn_local(self.sources().ask());
        self.run(async move |flow| {
            let session = Session::ask().await;
            flow.still()?;
            spawn_local(delete_doomed());
            let x = session.me().map(session::account);
            self.bots.set(shelf::bots());
            if let Some(account) = &x
                && let Some(bot) = self.fed_by(account)
            {
                // They may be called otherwise by now.
                self.keep(joined(bot, account.clone()));
            }
            let is_new = x.filter(|account| self.fed_by(account).is_none());
            // Before it is known who it is: nobody is to be asked to begin what is there.
            self.opening
                .set(self.bot_now().is_some() || is_new.is_some());
            self.session.set(session);
            let mut offer = is_new.clone();
            self.offer.set(shelf::offer().or(is_new.clone()));
            if let Some(account) = is_new {
                // Until bots had ids of their own, all that have been here were found by theirs.
                let bot = Bot::of(account.clone(), [0; 16]);
                self.open_once(&bot.id).await?;
                if !self.is_unbegun() {
                    offer = None;
                    self.keep(bot);
                }
            }
            if let Some(bot) = self.bot_now() {
                self.open_once(&bot.id).await?;
                if self.is_unbegun() && shelf::was_begun(&bot.id) {
                    self.begin_anew(bot.accounts.iter().map(|account| &account.feed))
                        .await?;
                } else if self.is_unbegun() && !self.is_given() {
                    // Nothing is there, be it that the browser has cleared it away.
                    offer = offer.or_else(|| self.provable(&bot));
                    self.remove(&bot.id);
                }
            }
            // Somebody may have come back meanwhile.
            self.offer.set(shelf::offer().or(offer));
            if self.bot_now().is_none() {
                self.opening.set(false);
                return Ok(());
            }
            self.sources().pace.reading.set(Reading::Going);
            self.opening.set(false);
            self.work(flow).await
        });
    }

    /// Of the accounts of a bot one that need not be proven again.
    fn provable(self, bot: &Bot) -> Option<Account> {
        let is_proven = |account: &&Account| {
            let is_in = self
                .session
                .with_untracked(|session| session.is_of(account));
            if account.feed.source.is_by_session() {
                is_in
            } else {
                sources::has_key(account)
            }
        };
        bot.accounts.iter().find(is_proven).cloned()
    }

    /// The bot that posts of `account` are in.
    fn fed_by(self, account: &Account) -> Option<Bot> {
        self.bots
            .with_untracked(|bots| bots.fed_by(&account.feed).cloned())
    }

    fn keep(self, bot: Bot) {
        self.change(|bots| bots.show(bot));
    }

    fn remove(self, id: &str) {
        self.change(|bots| bots.remove(id));
    }

    /// Changes what all tabs know of the bots, and not what this one knew of them.
    fn change(self, change: impl FnOnce(&mut Bots)) {
        self.hear_of_bots();
        self.bots.update(change);
        self.bots.with_untracked(shelf::keep);
    }

    /// Other tabs may have taken accounts in; this one stays with its bot.
    fn hear_of_bots(self) {
        if let Some(mut bots) = shelf::known() {
            if let Some(here) = self.bot_now() {
                bots.turn_to(&here.id);
            }
            self.bots.set(bots);
        }
    }

    /// The bot of this browser that posts of `account` would come to; none if they make a new
    /// one.
    pub fn home_of(self, account: &Account) -> Option<Bot> {
        let fed = self.bots.with(|bots| bots.fed_by(&account.feed).cloned());
        fed.or_else(|| self.bot().filter(|bot| bot.may_join(account)))
    }

    /// The bot that is here, or a new one, with `account`.
    fn with_account(self, account: Account) -> Result<Bot, Trouble> {
        self.hear_of_bots();
        shelf::forget_begun();
        Ok(match untrack(|| self.home_of(&account)) {
            Some(bot) => joined(bot, account),
            None => Bot::of(account, browser::random().ok_or(Trouble::NoRandomness)?),
        })
    }

    /// Shows an account that was proven, whose posts are read once the person says so. What they
    /// wished of it before they need not say again.
    pub fn offer(self, mut account: Account) {
        if let Some(before) = self.offer.get_untracked() {
            self.drop_key_of(&before, &account);
        }
        let bot = self.fed_by(&account);
        if let Some(known) = bot.as_ref().and_then(|bot| bot.account(&account.feed)) {
            account.wishes = known.wishes;
        }
        shelf::keep_offer(&account);
        self.offer.set(Some(account));
    }

    /// Gives the key of what was offered back, where another account is by now.
    fn drop_key_of(self, offer: &Account, instead: &Account) {
        if !offer.has(&instead.feed) && self.fed_by(offer).is_none() {
            let (sources, feed) = (self.sources(), offer.feed.clone());
            spawn_local(async move { sources.drop_key(&feed).await });
        }
    }

    /// Whether posts of this account are in a bot already.
    pub fn is_known(self, account: &Account) -> bool {
        self.fed_by(account).is_some()
    }

    pub fn refuse_offer(self) {
        spawn_local(self.give_offer_up());
    }

    async fn give_offer_up(self) {
        let Some(refused) = self.offer.get_untracked() else {
            return;
        };
        self.end_offer();
        if !refused.feed.source.is_by_session() {
            // Who is signed in, and has not begun either, is asked then.
            let me = self
                .session
                .with_untracked(|session| session.me().map(session::account));
            self.offer.set(me.filter(|me| !self.is_known(me)));
        }
        self.sources().drop_key(&refused.feed).await;
    }

    fn end_offer(self) {
        shelf::forget_offer();
        self.offer.set(None);
    }

    /// Begins to read the posts of `account`, all of them or what is new.
    pub fn begin(self, account: Account) {
        let feed = account.feed.clone();
        let bot = match self.with_account(account) {
            Ok(bot) => bot,
            Err(trouble) => return self.trouble.set(Some(trouble)),
        };
        sources::forget_failure();
        self.flows.resume();
        self.trouble.set(None);
        self.ready.set(false);
        self.opening.set(true);
        self.sources().pace.reading.set(Reading::Going);
        self.run(async move |flow| {
            self.open_once(&bot.id).await?;
            self.begin_anew([&feed]).await?;
            // Not before: another tab takes a bot for which nothing was begun for none.
            self.keep(bot);
            self.end_offer();
            self.opening.set(false);
            self.work(flow).await
        });
    }

    /// Writes down that these feeds are to be read, from their newest posts on. One that was not
    /// read to its end goes on from there: what lies behind would not be come to otherwise.
    async fn begin_anew(self, feeds: impl IntoIterator<Item = &Feed>) -> Result<(), Trouble> {
        let library = self.library().ok_or(Trouble::Worker)?;
        for feed in feeds {
            let import = self
                .standing
                .with_untracked(|standing| standing.import_of(feed));
            if !matches!(import, Import::At(_)) {
                let page = Page::mark(feed.clone(), Import::anew());
                self.standing.set(library.add_page(page).await?);
            }
        }
        Ok(())
    }

    /// Starts, or goes on after a failure.
    pub fn start(self) {
        sources::forget_failure();
        self.flows.resume();
        self.go_on();
    }

    /// Reads the file that was shown, as that of `account`.
    pub fn take_given(self, account: Account) {
        self.sources().confirm_given();
        match self.with_account(account) {
            Ok(bot) => self.keep(bot),
            Err(trouble) => return self.trouble.set(Some(trouble)),
        }
        self.end_offer();
        self.ready.set(false);
        self.flows.resume();
        self.go_on();
    }

    /// Goes on with what was read of a file that was not read to its end.
    pub fn settle(self) {
        self.sources().settle();
        self.flows.resume();
        self.go_on();
    }

    fn go_on(self) {
        if matches!(
            self.trouble.get_untracked(),
            Some(Trouble::Worker | Trouble::Library(_))
        ) {
            self.drop_workers();
        }
        self.trouble.set(None);
        self.sources().pace.reading.set(Reading::Going);
        self.run(async move |flow| self.work(flow).await);
    }

    /// Whether a file was given that is still to be read.
    fn is_given(self) -> bool {
        self.sources().is_given()
    }

    /// Whether nothing of anybody was begun to be read.
    fn is_unbegun(self) -> bool {
        self.standing.with_untracked(Standing::is_unbegun)
    }

    /// Runs `steps`, once what runs has ended: never are there two libraries of one person in
    /// a tab, nor two that ask one source.
    fn run(self, steps: impl AsyncFnOnce(Flow) -> Result<(), Stop> + 'static) {
        self.flows.begin(async move |flow: Flow| {
            if self.flows.has_hung() {
                self.drop_workers();
            }
            let result = match flow.still() {
                Ok(()) => self.told(flow, steps(flow)).await,
                Err(superseded) => Err(superseded),
            };
            if matches!(result, Err(Stop::For(Trouble::Worker))) {
                crew::is_lost();
            } else {
                self.dismiss_helpers();
            }
            if flow.is_current() {
                self.rest();
            }
        });
    }

    /// Tries again what failed, which may be the arrival itself.
    pub fn again(self) {
        if self.library().is_none() && !self.is_given() {
            sources::forget_failure();
            self.trouble.set(None);
            self.arrive();
        } else {
            self.start();
        }
    }

    /// Starts anew after a worker has been lost; an import that is paused stays so.
    pub fn recover(self) {
        // What is deleted is not to be made again by whoever misses its workers.
        if self.leaving.get_untracked() || self.bot_now().is_none() {
            return;
        }
        self.drop_workers();
        if self.is_unbegun() && !self.is_given() {
            self.arrive();
        } else {
            self.go_on();
        }
    }

    /// Stops, and deletes everything of this person from this browser.
    pub async fn forget(self) -> Result<(), Trouble> {
        self.leaving.set(true);
        let done = self.forget_all().await;
        if done.is_err() {
            self.leaving.set(false);
        }
        done
    }

    async fn forget_all(self) -> Result<(), Trouble> {
        let bot = self.bot_now();
        if let Some(bot) = &bot {
            // Before the turn is given back: nobody is to take it and begin again.
            self.tell(&Word::Forgotten(bot.id.clone()));
        }
        self.flows.end().await;
        self.rest();
        if self.flows.has_hung() {
            self.drop_workers();
        }
        if let Some(bot) = bot {
            let library = match self.library() {
                Some(library) if !library.is_gone() => library,
                _ => Rc::new(Library::start().await?),
            };
            library.forget(bot.id.clone()).await?;
            // Last, as an answer may have come meanwhile.
            self.talks.forget(&bot.id);
            self.remove(&bot.id);
            for account in &bot.accounts {
                self.sources().drop_key(&account.feed).await;
            }
        }
        self.flows.resume();
        self.give_offer_up().await;
        shelf::forget_begun();
        self.sources().forget();
        kept::forget().await;
        // Whatever the edge says, nothing of this person is left here.
        let _ = edge::logout().await;
        browser::go("/");
        Ok(())
    }

    /// Ends the session; the bot stays in this browser.
    pub async fn sign_out(self) -> Result<(), Trouble> {
        edge::logout().await?;
        // The edge has given the turn up.
        sources::forget_turn();
        browser::go("/");
        Ok(())
    }

    /// The bot that this is.
    pub fn bot(self) -> Option<Bot> {
        self.bots.with(|bots| bots.current().cloned())
    }

    /// The account of the session's source that feeds it, or is offered.
    pub fn of_session(self) -> Option<Account> {
        let offered = self.offer.get();
        let offered = offered.filter(|account| account.feed.source.is_by_session());
        offered.or_else(|| self.bot().and_then(|bot| bot.x().cloned()))
    }

    /// The account that the bot is called by.
    pub fn owner(self) -> Option<Account> {
        self.bot()?.accounts.into_iter().next()
    }

    /// Starts anew what has fallen of the workers there are now, so that a second try can succeed.
    pub fn replace_lost(self) {
        let is_gone = |engine: Engine| engine.encoder.is_gone() || engine.library.is_gone();
        if self.engine().is_some_and(is_gone) {
            self.recover();
        }
    }

    /// What it is called, if there is one.
    pub fn called(self, lang: Lang) -> Option<String> {
        let owner = self.bot()?.owner();
        Some(lang::called(lang, &owner.name, &owner.handle))
    }

    /// Whether the bot that is shown is called by this account.
    pub fn is_of_bot(self, account: &Account) -> bool {
        self.owner().is_some_and(|owner| owner.feed == account.feed)
    }

    /// How a talk with it begins, as its owner wants it.
    pub fn greets(self) -> Beginning {
        let manners = self.bot().map(|bot| bot.manners).unwrap_or_default();
        let learned = self.beginning.get();
        learned.in_words(manners.greeting, manners.unknown)
    }

    pub fn behave(self, manners: Manners) {
        if let Some(bot) = self.bot_now() {
            self.change(|bots| bots.behave(&bot.id, manners));
        }
    }

    /// What was shared of the bot, also where it is not open. A database that does not answer
    /// soon is not waited for: somebody wants to delete it.
    pub async fn shares(self) -> Result<Vec<Share>, Trouble> {
        const SOON: Duration = Duration::from_secs(5);
        let Some(bot) = self.bot_now() else {
            return Ok(Vec::new());
        };
        let asked = async {
            let open = self.library().filter(|library| library.is_of(&bot.id));
            if let Some(library) = open {
                return library.shares().await;
            }
            let library = Library::start().await?;
            let shares = library.shares_of(bot.id).await;
            library.end();
            shares
        };
        match select(pin!(asked), pin!(sleep(SOON))).await {
            Either::Left((shares, _)) => shares,
            Either::Right(_) => Err(Trouble::SilentStorage),
        }
    }

    /// What is known of the bot that would be shared.
    pub fn outgoing(self) -> Option<Outgoing> {
        let bot = self.bot()?;
        let feeds = self.standing.with(|standing| {
            let feeds = standing.feeds.iter();
            feeds.map(|feed| feed.feed.clone()).collect::<Vec<_>>()
        });
        let origins = origins(&bot, &feeds);
        let Manners {
            greeting, unknown, ..
        } = bot.manners.clone();
        Some(Outgoing {
            owner: bot.owner(),
            about: About {
                greeting,
                unknown,
                origins,
            },
            me: self.handles(),
        })
    }

    /// All bots of this browser.
    pub fn all(self) -> Vec<Bot> {
        self.bots.with(|bots| bots.all().to_vec())
    }

    /// Shows another bot of this browser.
    pub fn turn_to(self, id: &str) {
        self.change(|bots| bots.turn_to(id));
        browser::go("/");
    }

    /// The bots that `bot`, which comes out of a file, would take the place of.
    pub fn replaced_by(self, bot: &Bot) -> Vec<String> {
        self.bots.with_untracked(|bots| bots.replaced_by(bot))
    }

    /// Shows a bot all of which has been stored, in the place of those that have its accounts;
    /// `turn` is its own.
    ///
    /// # Errors
    /// [`Trouble::OtherTab`] if another tab works with one of them: then nothing is replaced.
    pub async fn take_in(self, bot: Bot, turn: Turn) -> Result<(), Trouble> {
        self.hear_of_bots();
        let replaced = self.replaced_by(&bot);
        let is_here = self
            .bot_now()
            .is_some_and(|here| replaced.contains(&here.id));
        if is_here {
            self.flows.end().await;
            self.rest();
            self.drop_workers();
        }
        let mut turns = vec![turn];
        for id in &replaced {
            let Some(turn) = tabs::take(id).await else {
                self.arrive();
                return Err(Trouble::OtherTab);
            };
            turns.push(turn);
        }
        for id in &replaced {
            shelf::doom(id);
            self.talks.forget(id);
        }
        self.change(|bots| bots.take(bot.clone()));
        shelf::spare(&bot.id);
        // The page that comes deletes what is of no bot any more.
        browser::go("/");
        Ok(())
    }

    /// All handles of the person, where a server is part of one also without it.
    pub fn handles(self) -> Vec<String> {
        let accounts = self.bot().map(|bot| bot.accounts).unwrap_or_default();
        let handles = accounts.into_iter().flat_map(|account| {
            let short = account.handle.split('@').next().map(str::to_owned);
            short.into_iter().chain([account.handle])
        });
        handles.collect()
    }

    /// The account that the bot is called by which is shown or offered.
    pub fn face(self) -> Option<Account> {
        let offer = self.offer.get();
        let home = match &offer {
            Some(account) => self.home_of(account),
            None => self.bot(),
        };
        let of_bot = home.and_then(|bot| bot.accounts.into_iter().next());
        of_bot.or(offer)
    }

    /// Whether one can chat with what is indexed so far.
    pub fn is_open(self) -> bool {
        let enough = self.ready.get() || self.standing.with(|standing| standing.embedded >= EARLY);
        enough && self.encoding.get()
    }

    /// Whether it cannot be known what is here of who is signed in: nobody is to be asked to begin
    /// what may be there.
    pub fn is_shut(self) -> bool {
        let by_session = |account: &Account| account.feed.source.is_by_session();
        let is_unknown = self.opened.get() == 0 && self.bots.with(|bots| bots.current().is_none());
        let is_offered = self
            .offer
            .with(|offer| offer.as_ref().is_some_and(by_session));
        is_unknown && is_offered && self.trouble.with(Option::is_some)
    }

    /// Whether nothing is under way.
    pub fn is_idle(self) -> bool {
        !self.following.get()
            && self.sources().pace.reading.get() == Reading::Idle
            && self.indexing.get() == Indexing::Idle
    }

    /// How many entries there will be: those there are and, while posts are still to
    /// come, as many more in proportion.
    pub fn expected_entries(self) -> Option<usize> {
        let standing = self.standing.get();
        if standing.is_complete() {
            return Some(standing.entries);
        }
        let posts = self.expected_posts()?;
        (standing.posts > 0).then(|| standing.entries * posts.max(standing.posts) / standing.posts)
    }

    /// How many posts there are to read; none if that cannot be told.
    pub fn expected_posts(self) -> Option<usize> {
        let (sources, bot) = (self.sources(), self.bot());
        self.standing
            .with(|standing| sources.expected(bot.as_ref(), &standing.feeds))
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

    /// Opens the library of the bot `id`, unless it is open and nobody else has written to it.
    async fn open_once(self, id: &str) -> Result<(), Trouble> {
        let is_stale = self.parts.with_value(|parts| parts.stale);
        if !is_stale && self.library().is_some_and(|library| library.is_of(id)) {
            return Ok(());
        }
        self.parts.update_value(|parts| parts.stale = false);
        let opened = async {
            let library = Library::start().await?;
            let began = browser::ticks();
            let standing = library.open(id).await?;
            let took = browser::ticks() - began;
            browser::mark("lemon-opened", &[("milliseconds", took)]);
            Ok::<_, Trouble>((library, standing))
        };
        let (library, standing) = match opened.await {
            Ok(opened) => opened,
            Err(trouble) => {
                // What is in memory is as old as before.
                self.parts.update_value(|parts| parts.stale = true);
                return Err(trouble);
            }
        };
        self.standing.set(standing);
        // Of whoever was here before.
        self.forget_what_came();
        self.parts
            .update_value(|parts| parts.library = Some(Rc::new(library)));
        self.opened.update(|opened| *opened += 1);
        Ok(())
    }

    /// What it waits for with all that it keeps meanwhile is large, and lies in what waits for it.
    fn work(self, flow: Flow) -> LocalBoxFuture<'static, Result<(), Stop>> {
        self.working(flow).boxed_local()
    }

    async fn working(self, flow: Flow) -> Result<(), Stop> {
        flow.still()?;
        let bot = self.bot_now().ok_or(Stop::Superseded)?;
        let turn = match tabs::take(&bot.id).await {
            Some(turn) => turn,
            None => self.follow(flow, &bot).await?,
        };
        self.hear_of_bots();
        let bot = self.bot_now().ok_or(Stop::Superseded)?;
        if turn.is_ours_alone() {
            crew::learn();
        }
        self.gently.set(crew::most().is_some());
        self.open_once(&bot.id).await?;
        let library = self.library().ok_or(Stop::Superseded)?;
        let (more, news) = mpsc::channel(1);
        let reading = self.told(flow, self.read(flow, &bot, &library, more));
        let indexing = async {
            let indexed = self
                .told(flow, self.index(flow, &bot, &library, news))
                .await;
            let cannot_write = match &indexed {
                Err(Stop::For(Trouble::Worker)) => library.is_gone(),
                Err(Stop::For(Trouble::Library(_))) => true,
                _ => false,
            };
            if cannot_write {
                // A page that is not written down is billed for nothing.
                flow.halt();
            }
            indexed
        };
        let (read, indexed) = join(reading, indexing).await;
        // What could be read is usable, whatever keeps the rest away.
        self.prove(flow, &bot, &library, &*indexed?).await?;
        read
    }

    /// Nothing came of a file: who is here for its sake alone is here no more.
    fn withdraw(self, bot: &Bot) {
        let offer = self.provable(bot);
        self.remove(&bot.id);
        self.offer.set(offer);
    }

    /// Waits for this tab's turn while another one works, and follows it.
    async fn follow(self, flow: Flow, bot: &Bot) -> Result<Turn, Stop> {
        self.rest();
        self.following.set(true);
        let (turn, superseded) = (pin!(tabs::wait(&bot.id)), pin!(flow.superseded()));
        let turn = match select(turn, superseded).await {
            Either::Left((turn, _)) => Ok(turn),
            Either::Right(_) => Err(Stop::Superseded),
        };
        self.following.set(false);
        self.sources().pace.reading.set(Reading::Going);
        self.parts.update_value(|parts| parts.stale = true);
        turn
    }

    /// Tells of a failure at once: what goes on beside it may take an hour.
    async fn told<T>(
        self,
        flow: Flow,
        work: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        match work.await {
            Err(Stop::For(trouble)) => Err(Stop::For(self.tell_of(flow, trouble).await)),
            result => result,
        }
    }

    /// Gives what it was told as.
    async fn tell_of(self, flow: Flow, trouble: Trouble) -> Trouble {
        // What a part of it has told is not looked into again.
        if self.is_told(&trouble) {
            return trouble;
        }
        let trouble = version::explained(trouble).await;
        if trouble == Trouble::Outdated {
            // The page is about to be loaded again, and what comes then is lost.
            flow.halt();
        }
        if flow.is_current() {
            self.trouble.set(Some(trouble.clone()));
        }
        trouble
    }

    fn is_told(self, trouble: &Trouble) -> bool {
        self.trouble
            .with_untracked(|told| told.as_ref() == Some(trouble))
    }

    /// Writes down page after page, and tells the indexing that there is `more`.
    async fn read(
        self,
        flow: Flow,
        bot: &Bot,
        library: &Library,
        mut more: mpsc::Sender<()>,
    ) -> Result<(), Stop> {
        let mut asked = false;
        let write = async |pages| {
            let standing = match pages {
                Pages::One(page) => library.add_page(page).await?,
                Pages::Packed(page) => library.add_packed(page).await?,
            };
            self.stands(bot, standing.clone());
            // From here on there is something to keep.
            if !std::mem::replace(&mut asked, true) {
                browser::keep_storage();
            }
            // Full means that the indexing has been told already and has not looked yet.
            let _ = more.try_send(());
            Ok(standing)
        };
        let log = Log::new(self.standing.get_untracked(), write);
        let told = async |trouble| self.tell_of(flow, trouble).await;
        let read = self.sources().read(flow, bot, log, told).await;
        self.sources().pace.reading.set(Reading::Idle);
        if read.is_ok() && self.is_unbegun() {
            self.withdraw(bot);
        }
        read
    }

    /// Embeds what has no vectors, newest first, until no more can come.
    async fn index(
        self,
        flow: Flow,
        bot: &Bot,
        library: &Library,
        mut news: mpsc::Receiver<()>,
    ) -> Result<Rc<Encoder>, Stop> {
        // What is no longer wanted is not waited for: the model is 25 MB.
        let (loading, superseded) = (pin!(self.load_encoder()), pin!(flow.superseded()));
        let encoder = match select(loading, superseded).await {
            Either::Left((loaded, _)) => loaded?,
            Either::Right(_) => return Err(Stop::Superseded),
        };
        self.indexing.set(Indexing::Going { rate: None });
        let mut rate = None;
        let mut all_told = false;
        let (mut texts, mut milliseconds) = (0, 0.0);
        loop {
            flow.pass().await?;
            let batch = library.next_batch(ROUND * encoder.workers()).await?;
            if batch.is_empty() {
                if all_told {
                    encoder.dismiss_helpers();
                    crew::is_done();
                    browser::mark(
                        "lemon-indexed",
                        &[("texts", count(texts)), ("milliseconds", milliseconds)],
                    );
                    return Ok(encoder);
                }
                let more = match select(news.next(), pin!(sleep(LULL))).await {
                    Either::Left((more, _)) => more,
                    Either::Right(((), news)) => {
                        // For as long as a source makes one wait, which may be a day.
                        encoder.dismiss_helpers();
                        news.await
                    }
                };
                all_told = more.is_none();
                continue;
            }
            let (entries, began) = (batch.len(), browser::ticks());
            let texts_in_round = batch.iter().map(Task::texts).sum::<usize>();
            texts += texts_in_round;
            let embedded = encoder.embed_entries(batch).await?;
            let took = browser::ticks() - began;
            milliseconds += took;
            let (taken, standing) = library.add_vectors(embedded).await?;
            if taken == 0 {
                // The same entries would be handed out for ever.
                return Err(Trouble::Encoder(EncoderFailure::Embed).into());
            }
            self.stands(bot, standing);
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
    async fn prove(
        self,
        flow: Flow,
        bot: &Bot,
        library: &Library,
        encoder: &Encoder,
    ) -> Result<(), Stop> {
        flow.pass().await?;
        self.indexing.set(Indexing::Learning { share: 0.0 });
        let has_read = library.has_written();
        let mut wanted = Vec::new();
        let proof = async {
            let told = |share| self.indexing.set(Indexing::Learning { share });
            let ReadBack {
                standing,
                probe,
                came,
            } = library.read_back(told).await?;
            self.stands(bot, standing);
            self.check.set(came.check);
            self.beginning.set(came.beginning);
            wanted = came.wanted;
            self.indexing.set(Indexing::Proving);
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
        flow.pass().await?;
        self.ready.set(true);
        let last = self.standing.with_untracked(|standing| Ready {
            at: browser::now(),
            posts: standing.posts,
            entries: standing.entries,
        });
        self.change(|bots| bots.was_ready(&bot.id, last, has_read));
        // Megabytes of a 32-bit memory: a double holds them exactly.
        #[allow(clippy::cast_precision_loss)]
        let memory = encoder.memory().await? as f64;
        browser::mark("lemon-ready", &[("memory", memory)]);
        kept::page();
        if !wanted.is_empty() {
            // Whatever keeps it away, it is ready without.
            if let Ok(beginning) = choose(library, encoder, wanted).await {
                self.beginning.set(beginning);
            }
        }
        Ok(())
    }

    fn rest(self) {
        self.opening.set(false);
        self.sources().pace.reading.set(Reading::Idle);
        self.indexing.set(Indexing::Idle);
    }

    fn dismiss_helpers(self) {
        self.parts.with_value(|parts| {
            if let Some(encoder) = &parts.encoder {
                encoder.dismiss_helpers();
            }
        });
    }

    fn drop_workers(self) {
        let workers = self
            .parts
            .try_update_value(|parts| (parts.library.take(), parts.encoder.take()));
        // Whoever still waits for one of them is told.
        if let Some((library, encoder)) = workers {
            if let Some(library) = library {
                library.end();
            }
            if let Some(encoder) = encoder {
                encoder.end();
            }
        }
        self.encoding.set(false);
        self.ready.set(false);
        self.forget_what_came();
        self.opened.update(|opened| *opened += 1);
    }

    /// Of what was learned.
    fn forget_what_came(self) {
        self.check.set(None);
        self.beginning.set(Beginning::default());
    }

    fn bot_now(self) -> Option<Bot> {
        untrack(|| self.bot())
    }
}

/// Deletes what is stored and of no bot: what was being taken out of a file when that broke off,
/// and what was replaced.
async fn delete_doomed() {
    for id in shelf::doomed() {
        // Another tab may be at it.
        let Some(_turn) = tabs::take(&id).await else {
            continue;
        };
        let is_doomed = shelf::doomed().contains(&id);
        if !is_doomed || shelf::bots().all().iter().any(|bot| bot.id == id) {
            continue;
        }
        if let Ok(library) = Library::start().await
            && library.forget(id.clone()).await.is_ok()
        {
            shelf::spare(&id);
        }
    }
}

/// Has the bot choose from `questions` those that it answers best.
async fn choose(
    library: &Library,
    encoder: &Encoder,
    questions: Vec<String>,
) -> Result<Beginning, Trouble> {
    let text = |text: &String| Text {
        role: Role::Query,
        text: text.clone(),
    };
    let vectors = encoder.embed(questions.iter().map(text).collect()).await?;
    let asked = questions.into_iter().zip(vectors);
    let asked = asked.map(|(text, vector)| Suggested { text, vector });
    library.suggest(asked.collect()).await
}

fn joined(mut bot: Bot, account: Account) -> Bot {
    bot.join(account);
    bot
}

/// Texts are far fewer than a double counts exactly.
#[allow(clippy::cast_precision_loss)]
fn count(texts: usize) -> f64 {
    texts as f64
}
