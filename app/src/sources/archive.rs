//! X's archive, which a person gives as a file. A worker reads it, and the page takes the
//! posts from there: newest first, in pages that grow, so that one can chat with the first
//! ones while the others are written down.

use std::pin::pin;
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::{Either, select};

use lemon_desk::caller::Caller;
use lemon_model::feed::Feed;
use lemon_model::sources::x_archive::Account;
pub use lemon_model::sources::x_archive::exchange::Refused;
use lemon_model::sources::x_archive::exchange::{FromArchive, Progress, Seen, Summary, ToArchive};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

use crate::browser;
use crate::flow::{Flow, Stop};
use crate::trouble::Trouble;
use crate::version;
use crate::worker::{self, Program};

/// Posts on the first page: enough for a conversation to open.
const FIRST: usize = 1_000;

/// By how much pages grow: the first ones are there at once, and the others are few.
const GROWTH: usize = 4;

/// Most posts on one: what of it passes through the page's thread, five megabytes, is no long
/// task.
const MOST: usize = 16_000;

/// What happens with the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// There is none.
    Nothing,
    /// It is none, or cannot be read.
    Refused(Trouble),
    Looking,
    /// It is to be confirmed whose it is.
    Shown(Rc<Shown>),
    /// It is being read, before its first post is written down.
    Reading(Progress),
    /// So many posts are being written down.
    Writing(usize),
    /// All of it is there.
    Read(Rc<Summary>),
}

/// What is in the file, before it is read.
#[derive(Debug, PartialEq)]
pub struct Shown {
    pub name: String,
    pub seen: Vec<Seen>,
    /// Whose it says it is.
    pub account: Option<Account>,
}

/// The archive, as the page reads from it.
#[derive(Clone, Copy)]
pub struct Archive {
    pub stage: RwSignal<Stage, LocalStorage>,
    held: StoredValue<Held, LocalStorage>,
}

#[derive(Default)]
struct Held {
    reader: Option<Rc<Reader>>,
    /// Dropped when nobody waits any more for what is in a file.
    looking: Option<oneshot::Sender<()>>,
    /// What was read of an archive that was not read to its end is enough.
    is_enough: bool,
}

/// The worker that has the file.
struct Reader {
    worker: Caller<ToArchive, FromArchive>,
}

impl Archive {
    pub fn new() -> Self {
        Self {
            stage: RwSignal::new_local(Stage::Nothing),
            held: StoredValue::new_local(Held::default()),
        }
    }

    /// Looks what is in a file, and shows it. `is_somebody_here` whose it may be if it does not
    /// say.
    pub fn look(self, file: File, is_somebody_here: bool) {
        if self.is_busy() {
            return;
        }
        self.put_away();
        self.stage.set(Stage::Looking);
        let (stop, stopped) = oneshot::channel();
        self.held.update_value(|held| held.looking = Some(stop));
        spawn_local(async move {
            // Whoever is dropped here takes the worker along.
            let looked = match select(pin!(self.shown(file)), stopped).await {
                Either::Left((looked, _)) => looked,
                Either::Right(_) => return,
            };
            let shown = looked.and_then(|shown| {
                if is_somebody_here || shown.account.is_some() {
                    Ok(shown)
                } else {
                    Err(Trouble::Archive(Refused::Nameless))
                }
            });
            match shown {
                Ok(shown) => self.stage.set(Stage::Shown(Rc::new(shown))),
                Err(trouble) => self.refuse(version::explained(trouble).await),
            }
        });
    }

    async fn shown(self, file: File) -> Result<Shown, Trouble> {
        let name = file.name();
        let reader = Reader::start(self.stage).await?;
        reader.worker.hand(&file);
        let look = ToArchive::Look { name: name.clone() };
        let (seen, account) = match reader.worker.ask(&look).await? {
            FromArchive::Seen { seen, account } => (seen, account),
            FromArchive::Refused(refused) => return Err(Trouble::Archive(refused)),
            _ => return Err(Trouble::Worker),
        };
        self.hold(Some(Rc::new(reader)));
        Ok(Shown {
            name,
            seen,
            account,
        })
    }

    /// Says that one file is to be given.
    pub fn refuse_several(self) {
        if !self.is_busy() {
            self.refuse(Trouble::Archive(Refused::NotOne));
        }
    }

    fn refuse(self, trouble: Trouble) {
        self.hold(None);
        self.stage.set(Stage::Refused(trouble));
    }

    /// Forgets the file.
    pub fn put_away(self) {
        self.hold(None);
        self.stage.set(Stage::Nothing);
    }

    fn hold(self, reader: Option<Rc<Reader>>) {
        self.held.update_value(|held| {
            held.reader = reader;
            held.looking = None;
        });
    }

    /// What was read of one that was not read to its end is enough.
    pub fn settle(self) {
        self.held.update_value(|held| held.is_enough = true);
    }

    /// Whether that was said; once.
    pub fn take_enough(self) -> bool {
        let said = |held: &mut Held| std::mem::take(&mut held.is_enough);
        self.held.try_update_value(said).unwrap_or_default()
    }

    fn is_busy(self) -> bool {
        self.stage.with_untracked(|stage| {
            matches!(
                stage,
                Stage::Looking | Stage::Reading(_) | Stage::Writing(_)
            )
        })
    }

    /// Whether it is being read, or written down.
    pub fn is_being_read(self) -> bool {
        self.stage
            .with(|stage| matches!(stage, Stage::Reading(_) | Stage::Writing(_)))
    }

    /// The file that was shown is what is read next.
    pub fn confirm(self) {
        self.stage.set(Stage::Reading(Progress::default()));
    }

    /// Reads the archive. `write` writes each page down before the next one is taken, and hears
    /// whether it is the last one. What is taken up again after another flow was begun goes on where it was.
    ///
    /// # Errors
    /// [`Trouble::Archive`] if there is nothing in it, and nothing was written; [`Trouble::Worker`]
    /// if its worker ended: the file is to be given again.
    pub async fn read(
        self,
        flow: Flow,
        feed: &Feed,
        write: impl AsyncFnMut(Vec<u8>, bool) -> Result<(), Trouble>,
    ) -> Result<(), Stop> {
        let result = self.read_all(flow, feed, write).await;
        match result {
            Ok(summary) => {
                self.hold(None);
                self.stage.set(Stage::Read(Rc::new(summary)));
                Ok(())
            }
            Err(Stop::For(Trouble::Archive(refused))) => {
                self.refuse(Trouble::Archive(refused));
                Err(Stop::For(Trouble::Archive(refused)))
            }
            Err(Stop::For(trouble)) => {
                // The file is to be given again, as it may be the file that fails.
                self.put_away();
                Err(Stop::For(trouble))
            }
            Err(Stop::Superseded) => Err(Stop::Superseded),
        }
    }

    async fn read_all(
        self,
        flow: Flow,
        feed: &Feed,
        mut write: impl AsyncFnMut(Vec<u8>, bool) -> Result<(), Trouble>,
    ) -> Result<Summary, Stop> {
        let reader = self.held.with_value(|held| held.reader.clone());
        let reader = reader.ok_or(Trouble::ArchiveCut)?;
        let read = pin!(reader.read());
        let summary = match select(read, pin!(flow.superseded())).await {
            Either::Left((summary, _)) => summary?,
            Either::Right(_) => return Err(Stop::Superseded),
        };
        if summary.posts == 0 {
            return Err(Trouble::Archive(Refused::NoPosts).into());
        }
        // Counts and bytes are far below 2^53.
        #[allow(clippy::cast_precision_loss)]
        browser::mark(
            "lemon-archive",
            &[
                ("posts", summary.posts as f64),
                ("memory", summary.memory as f64),
            ],
        );
        self.stage.set(Stage::Writing(summary.posts));
        let mut most = FIRST;
        loop {
            flow.pass().await?;
            let (page, left) = reader.take(most, feed).await?;
            write(page, left == 0).await?;
            if left == 0 {
                return Ok(summary);
            }
            most = (most * GROWTH).min(MOST);
        }
    }
}

impl Reader {
    async fn start(stage: RwSignal<Stage, LocalStorage>) -> Result<Self, Trouble> {
        let program = Program {
            build: "archive",
            module: "archive",
        };
        let unasked = move |said| {
            if let FromArchive::Progress(progress) = said {
                stage.update(|stage| {
                    if let Stage::Reading(before) = stage {
                        *before = progress;
                    }
                });
            }
        };
        let worker = worker::start(program, unasked).await?;
        Ok(Self { worker })
    }

    async fn read(&self) -> Result<Summary, Trouble> {
        let most = browser::capacity();
        match self.worker.ask(&ToArchive::Read { most }).await? {
            FromArchive::Read(summary) => Ok(summary),
            FromArchive::Refused(refused) => Err(Trouble::Archive(refused)),
            _ => Err(Trouble::Worker),
        }
    }

    /// The next page, packed, and how many posts are left then.
    async fn take(&self, most: usize, feed: &Feed) -> Result<(Vec<u8>, usize), Trouble> {
        let feed = feed.clone();
        match self.worker.ask(&ToArchive::Take { most, feed }).await? {
            FromArchive::Page { packed, left } => Ok((packed, left)),
            _ => Err(Trouble::Worker),
        }
    }
}
