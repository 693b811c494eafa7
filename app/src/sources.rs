//! Where posts come from, as the page reads them.

pub mod archive;
mod keys;
pub mod outside;
pub mod x;

use std::time::Duration;

use lemon_model::bots::{Account, Bot};
use lemon_model::feed::{Feed, Source};
use lemon_model::library::{FeedStanding, Import, Page, Standing};
use leptos::prelude::*;

use crate::browser;
use crate::flow::{Flow, Stop};
use crate::sources::archive::{Archive, Refused, Stage};
use crate::sources::outside::Outside;
use crate::sources::x::slot::Slot;
use crate::trouble::Trouble;

/// How the reading of posts goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Idle,
    Going,
    Waiting(Wait),
    /// A source failed and is asked again.
    Retrying(Source),
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// X, or who shares it, asks to wait.
    X(Slot),
    /// Another server does.
    Server { until: i64 },
}

/// How it goes, as it is shown.
#[derive(Clone, Copy)]
pub struct Pace {
    pub reading: RwSignal<Reading>,
    /// Seconds until what is waited for.
    pub left: RwSignal<i64>,
}

impl Pace {
    /// Shows that so many seconds are `left` to wait, and lets one of them pass.
    async fn count(self, flow: Flow, wait: Wait, left: i64) -> Result<(), Stop> {
        self.left.set(left);
        // Whatever is drawn again every second leaves something behind, for a day.
        let waiting = Reading::Waiting(wait);
        if self.reading.get_untracked() != waiting {
            self.reading.set(waiting);
        }
        flow.nap(Duration::from_secs(1)).await;
        flow.still()
    }
}

/// What is written down.
pub enum Pages {
    One(Page),
    /// One that was packed, which passes through here as it is.
    Packed(Vec<u8>),
}

impl Pages {
    /// That the import of a feed is so far.
    fn mark(feed: &Feed, next: Import) -> Self {
        Self::One(Page::mark(feed.clone(), next))
    }
}

/// Where it is written down, and how it stands.
pub struct Log<W> {
    standing: Standing,
    write: W,
}

impl<W: AsyncFnMut(Pages) -> Result<Standing, Trouble>> Log<W> {
    pub fn new(standing: Standing, write: W) -> Self {
        Self { standing, write }
    }

    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Writes it down before anything else is read.
    pub async fn add(&mut self, pages: Pages) -> Result<(), Trouble> {
        self.standing = (self.write)(pages).await?;
        Ok(())
    }
}

/// All of them.
#[derive(Clone, Copy)]
pub struct Sources {
    pub pace: Pace,
    pub x: x::reading::Source,
    pub archive: Archive,
    pub outside: Outside,
}

impl Sources {
    pub fn new() -> Self {
        let pace = Pace {
            reading: RwSignal::new(Reading::Idle),
            left: RwSignal::new(0),
        };
        let x = x::reading::Source::new(pace);
        Self {
            pace,
            x,
            archive: Archive::new(),
            outside: Outside::new(pace, x.terms),
        }
    }

    /// Whether a file was given that is still to be read.
    pub fn is_given(self) -> bool {
        untrack(|| self.archive.is_being_read())
    }

    /// The file that was shown is what is read next.
    pub fn confirm_given(self) {
        self.archive.confirm();
    }

    /// What was read of a file that was not read to its end is enough.
    pub fn settle(self) {
        self.archive.settle();
    }

    /// Forgets the file that was given.
    pub fn put_away(self) {
        self.archive.put_away();
    }

    /// Drops the key to the posts of `feed`, and gives it back where that is possible.
    pub async fn drop_key(self, feed: &Feed) {
        self.outside.drop_key(feed).await;
    }

    /// Forgets everything of everybody.
    pub fn forget(self) {
        outside::forget();
        x::reading::forget();
        self.put_away();
    }

    /// Asks the edge on what terms posts can be had.
    pub async fn ask(self) {
        self.x.terms.ask().await;
    }

    /// How many posts there will be: those in the file that is being read, once they are
    /// counted, or all of these feeds of `bot`; none if that cannot be told.
    pub fn expected(self, bot: Option<&Bot>, feeds: &[FeedStanding]) -> Option<usize> {
        match self.archive.stage.get() {
            Stage::Reading(_) => return None,
            Stage::Writing(posts) => return Some(posts),
            _ => {}
        }
        let bot = bot?;
        let of_feed = |there: &FeedStanding| {
            if there.was_done {
                return Some(there.posts);
            }
            let account = bot.account(&there.feed)?;
            let posts = match there.feed.source {
                Source::X => self.x.terms.expected(account.posts)?,
                _ => usize::try_from(account.posts?)
                    .ok()?
                    .min(browser::capacity()),
            };
            Some(posts.max(there.posts))
        };
        feeds.iter().map(of_feed).sum()
    }

    /// Reads what is to be read of the accounts of `bot`; X last, at which one may wait for
    /// hours. What keeps the rest of one away is `told` at once, and the others are read all the
    /// same.
    ///
    /// # Errors
    /// The first of what was told.
    pub async fn read<W>(
        self,
        flow: Flow,
        bot: &Bot,
        mut log: Log<W>,
        told: impl AsyncFn(Trouble) -> Trouble,
    ) -> Result<(), Stop>
    where
        W: AsyncFnMut(Pages) -> Result<Standing, Trouble>,
    {
        let mut first = None;
        let x = bot.x().map(|account| account.feed.account.as_str());
        if let Some(id) = x {
            let read = self.read_archive(flow, id, &mut log).await;
            keep(&mut first, read, &told).await?;
        }
        let is_cut = first.is_some();
        for account in &bot.accounts {
            if account.feed.source != Source::X {
                let read = self.outside.read(flow, account, &mut log).await;
                keep(&mut first, read, &told).await?;
            }
        }
        // In place of an archive that was begun and not finished X is not asked.
        if let Some(id) = x.filter(|_| !is_cut) {
            let read = self.x.read(flow, id, &mut log).await;
            keep(&mut first, read, &told).await?;
        }
        match first {
            Some(trouble) => Err(Stop::For(trouble)),
            None => Ok(()),
        }
    }

    /// Reads the archive that was given of the account `id`, or settles what was read of one
    /// before. What of it X itself had still to give is not asked for.
    async fn read_archive<W>(self, flow: Flow, id: &str, log: &mut Log<W>) -> Result<(), Stop>
    where
        W: AsyncFnMut(Pages) -> Result<Standing, Trouble>,
    {
        let archive = Feed::new(Source::XArchive, id);
        let before = log.standing().import_of(&archive);
        if self.is_given() {
            return self.read_given(flow, archive, before, log).await;
        }
        if let Import::At(_) = before {
            if !self.archive.take_enough() {
                return Err(Trouble::ArchiveCut.into());
            }
            let all = if log.standing().posts == 0 {
                Import::Start
            } else {
                Import::Done
            };
            log.add(Pages::mark(&archive, all)).await?;
        }
        Ok(())
    }

    async fn read_given<W>(
        self,
        flow: Flow,
        archive: Feed,
        before: Import,
        log: &mut Log<W>,
    ) -> Result<(), Stop>
    where
        W: AsyncFnMut(Pages) -> Result<Standing, Trouble>,
    {
        if matches!(before, Import::Start | Import::Done) {
            // From here on a tab that is closed has left it half-read.
            log.add(Pages::mark(&archive, Import::anew())).await?;
        }
        let x = Feed::new(Source::X, &archive.account);
        let written = async |page, is_last| {
            if is_last && matches!(log.standing().import_of(&x), Import::At(_)) {
                // What it has not come to may be missing in the archive, too: it counts for
                // nothing in what is known to be there.
                log.add(Pages::mark(&x, Import::Start)).await?;
            }
            log.add(Pages::Packed(page)).await
        };
        match self.archive.read(flow, &archive, written).await {
            // It is told where a file is given; there is no more to it than before.
            Err(Stop::For(Trouble::Archive(Refused::NoPosts)))
                if before == Import::anew() || !matches!(before, Import::At(_)) =>
            {
                let back = if before == Import::Start || log.standing().posts == 0 {
                    Import::Start
                } else {
                    Import::Done
                };
                log.add(Pages::mark(&archive, back)).await?;
                Ok(())
            }
            Err(Stop::For(Trouble::Archive(_))) => Err(Trouble::ArchiveCut.into()),
            read => read,
        }
    }
}

/// Whether the posts of `account`, which come without a session, can be read as things are.
pub fn has_key(account: &Account) -> bool {
    !account.is_keyed || outside::has_key(&account.feed)
}

/// Forgets that a source failed: whoever begins has no time to lose.
pub fn forget_failure() {
    x::failure::forget();
}

/// Forgets whose turn it is, which the edge has been told.
pub fn forget_turn() {
    x::slot::forget();
}

/// Keeps the first of what kept posts away.
async fn keep(
    first: &mut Option<Trouble>,
    read: Result<(), Stop>,
    told: &impl AsyncFn(Trouble) -> Trouble,
) -> Result<(), Stop> {
    match read {
        Err(Stop::For(trouble)) => {
            let trouble = told(trouble).await;
            first.get_or_insert(trouble);
            Ok(())
        }
        done => done,
    }
}
