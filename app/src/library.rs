//! The library's worker, seen from the page. What takes it longer than a question can wait is
//! done by a second one, which reads what is stored.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};
use gloo_timers::future::sleep;
use lemon_desk::caller::Caller;
use lemon_model::age::Chance;
use lemon_model::answers::Manner;
use lemon_model::answers::suggestions::Suggested;
use lemon_model::bots::Bot;
use lemon_model::choices::Mark;
use lemon_model::kernels::probe;
use lemon_model::library::desk::{Going, Listed, Wanted};
use lemon_model::library::months::Months;
use lemon_model::library::{Embedded, Page, Standing, Task, Written};
use lemon_model::protocol::{
    Beginning, Came, Found, FromLibrary, Outgoing, Probe, Sealed, Share, ToLibrary, Visit,
};
use lemon_model::vector::Vector;

use crate::browser;
use crate::encoder;
use crate::trouble::Trouble;
use crate::worker::{self, Program};

/// How many seconds a database may be silent while it is opened and read, or deleted. Browsers
/// that wait for another tab, or for a storage that does not wake up, do so without end and
/// without a word. Only those are counted in which the page was awake.
const SILENCE: u32 = 40;

const SECOND: Duration = Duration::from_secs(1);

/// What was read back and learned of.
pub struct ReadBack {
    pub standing: Standing,
    /// What to try it with.
    pub probe: Option<Probe>,
    pub came: Came,
}

type Worker = Caller<ToLibrary, FromLibrary>;

pub struct Library {
    worker: RefCell<Rc<Worker>>,
    /// Whose it is, once it is open.
    owner_id: RefCell<String>,
    /// Something was written since it was opened.
    has_written: Cell<bool>,
    /// Seconds for which the database has been silent.
    silent: Rc<Cell<u32>>,
}

/// Asks, and takes the one kind of answer that fits.
macro_rules! ask {
    ($self:ident, $request:expr, $answer:pat => $value:expr) => {
        match $self.worker().ask(&$request).await? {
            $answer => Ok($value),
            FromLibrary::Failed(failure) => Err(failure.into()),
            _ => Err(Trouble::Worker),
        }
    };
}

impl Library {
    /// # Errors
    /// [`Trouble::NoSimd`] where it could compare no vectors.
    pub async fn start() -> Result<Self, Trouble> {
        if !browser::accepts(&probe::simd()) {
            return Err(Trouble::NoSimd);
        }
        let program = Program {
            build: "library",
            module: "library",
        };
        let silent = Rc::new(Cell::new(0));
        let heard = Rc::clone(&silent);
        let unasked = move |said| {
            if matches!(said, FromLibrary::Alive) {
                heard.set(0);
            }
        };
        let worker = worker::start(program, unasked).await?;
        Ok(Self {
            worker: RefCell::new(Rc::new(worker)),
            owner_id: RefCell::default(),
            has_written: Cell::new(false),
            silent,
        })
    }

    pub async fn open(&self, owner_id: &str) -> Result<Standing, Trouble> {
        self.owner_id.replace(owner_id.into());
        let request = ToLibrary::Open {
            owner_id: owner_id.into(),
            model: encoder::model().into(),
        };
        let open = async { ask!(self, request, FromLibrary::Standing(standing) => standing) };
        self.in_time(open).await
    }

    pub async fn add_page(&self, page: Page) -> Result<Standing, Trouble> {
        self.has_written.set(true);
        ask!(self, ToLibrary::AddPage(page), FromLibrary::Standing(standing) => standing)
    }

    /// The same with a page that was packed.
    pub async fn add_packed(&self, page: Vec<u8>) -> Result<Standing, Trouble> {
        self.has_written.set(true);
        ask!(self, ToLibrary::AddPacked(page), FromLibrary::Standing(standing) => standing)
    }

    pub async fn next_batch(&self, max_texts: usize) -> Result<Vec<Task>, Trouble> {
        ask!(self, ToLibrary::NextBatch { max_texts }, FromLibrary::Batch(batch) => batch)
    }

    /// How many of the vectors were taken, and how it stands then.
    pub async fn add_vectors(&self, batch: Vec<Embedded>) -> Result<(usize, Standing), Trouble> {
        self.has_written.set(true);
        ask!(self, ToLibrary::AddVectors(batch), FromLibrary::Added { taken, standing } => (taken, standing))
    }

    /// The best answers to `text`, whose vector as a query is `question`.
    pub async fn answers(
        &self,
        text: String,
        question: Vector,
        manner: Manner,
        n: usize,
    ) -> Result<Found, Trouble> {
        let request = ToLibrary::Ask {
            text,
            question,
            manner,
            n,
        };
        ask!(self, request, FromLibrary::Answers(found) => found)
    }

    /// What has the words of `text`, whose vector is not known.
    pub async fn answers_by_words(
        &self,
        text: String,
        manner: Manner,
        n: usize,
    ) -> Result<Found, Trouble> {
        let request = ToLibrary::AskWords { text, manner, n };
        ask!(self, request, FromLibrary::Answers(found) => found)
    }

    /// When the first and the last of what it can say were written.
    pub async fn span(&self) -> Result<Option<(i64, i64)>, Trouble> {
        ask!(self, ToLibrary::Span, FromLibrary::Span(span) => span)
    }

    /// Entries of which something is wanted, from number `from` on.
    pub async fn list(&self, wanted: Wanted, from: usize, rows: usize) -> Result<Listed, Trouble> {
        let request = ToLibrary::List { wanted, from, rows };
        ask!(self, request, FromLibrary::Listed(listed) => listed)
    }

    /// Looks for flags in all entries, of the person with these handles, after `told` was told
    /// which share of that is done; until then, or until nobody wants to hear it.
    pub async fn flag_all(
        &self,
        me: Vec<String>,
        told: impl Fn(f32) -> bool,
    ) -> Result<(), Trouble> {
        loop {
            let request = ToLibrary::Flag { me: me.clone() };
            let share = ask!(self, request, FromLibrary::Flagged(share) => share)?;
            if !told(share) || share >= 1.0 {
                return Ok(());
            }
        }
    }

    /// How many would be shared, as far as flags are looked for.
    pub async fn going(&self) -> Result<Going, Trouble> {
        ask!(self, ToLibrary::Going, FromLibrary::Going(going) => going)
    }

    /// When what there is was written.
    pub async fn months(&self) -> Result<Months, Trouble> {
        ask!(self, ToLibrary::Months, FromLibrary::Months(months) => months)
    }

    /// Decides something of entries; how it stands then.
    pub async fn mark(
        &self,
        mark: Mark,
        entries: Vec<String>,
        is: bool,
    ) -> Result<Standing, Trouble> {
        self.has_written.set(true);
        let request = ToLibrary::Mark { mark, entries, is };
        ask!(self, request, FromLibrary::Standing(standing) => standing)
    }

    pub async fn list_words(&self, words: Vec<String>) -> Result<(), Trouble> {
        ask!(self, ToLibrary::ListWords(words), FromLibrary::Done => ())
    }

    pub async fn listed_words(&self) -> Result<Vec<String>, Trouble> {
        ask!(self, ToLibrary::ListedWords, FromLibrary::ListedWords(words) => words)
    }

    /// How it is stored, all of it, after `told` was told which share of learning of it is done.
    /// What was written since it was opened a second worker reads back, while this one answers,
    /// and takes its place.
    ///
    /// # Errors
    /// [`LibraryFailure::Damaged`] if something that was written is not there.
    ///
    /// [`LibraryFailure::Damaged`]: lemon_model::protocol::LibraryFailure::Damaged
    pub async fn read_back(&self, told: impl Fn(f32)) -> Result<ReadBack, Trouble> {
        if !self.has_written.get() {
            return self.check(Written::default(), told).await;
        }
        let written = ask!(self, ToLibrary::Written, FromLibrary::Written(written) => written)?;
        let second = self.second().await?;
        let read = second.check(written, told).await?;
        self.worker.replace(second.worker());
        self.has_written.set(false);
        Ok(read)
    }

    /// Whether all that was written is there; then all is learned of it that there is to learn,
    /// and `told` which share is.
    async fn check(&self, written: Written, told: impl Fn(f32)) -> Result<ReadBack, Trouble> {
        let request = ToLibrary::ReadBack { written };
        let (standing, probe) =
            ask!(self, request, FromLibrary::ReadBack { standing, probe } => (standing, probe))?;
        loop {
            let (share, came) = ask!(
                self,
                ToLibrary::Learn,
                FromLibrary::Learned { share, came } => (share, came)
            )?;
            told(share);
            if let Some(came) = came {
                return Ok(ReadBack {
                    standing,
                    probe,
                    came,
                });
            }
        }
    }

    /// Chooses from `asked` what to begin a talk with.
    pub async fn suggest(&self, asked: Vec<Suggested>) -> Result<Beginning, Trouble> {
        ask!(self, ToLibrary::Suggest(asked), FromLibrary::Beginning(beginning) => beginning)
    }

    pub async fn holds(&self, probe: Probe, question: Vector) -> Result<bool, Trouble> {
        ask!(self, ToLibrary::CheckProbe { probe, question }, FromLibrary::Proof { holds } => holds)
    }

    /// Seals what is stored, in a second worker.
    pub async fn seal(
        &self,
        what: Outgoing,
        made_at: i64,
        secret: [u8; 16],
        nonce: [u8; 12],
        delete_token: [u8; 32],
    ) -> Result<Sealed, Trouble> {
        let request = ToLibrary::Seal {
            what,
            made_at,
            secret,
            nonce,
            delete_token,
        };
        let second = self.second().await?;
        ask!(second, request, FromLibrary::Sealed(sealed) => sealed)
    }

    /// A number for each reply of an opened bot.
    pub async fn marks(&self) -> Result<Vec<u64>, Trouble> {
        ask!(self, ToLibrary::Marks { me: Vec::new() }, FromLibrary::Marks(marks) => marks)
    }

    /// A number for each reply that would go if it were shared now, as its owner with these
    /// handles, by a second worker.
    pub async fn marks_of_going(&self, me: Vec<String>) -> Result<Vec<u64>, Trouble> {
        let second = self.second().await?;
        ask!(second, ToLibrary::Marks { me }, FromLibrary::Marks(marks) => marks)
    }

    pub async fn save_share(&self, share: Share) -> Result<(), Trouble> {
        ask!(self, ToLibrary::SaveShare(share), FromLibrary::Done => ())
    }

    pub async fn shares(&self) -> Result<Vec<Share>, Trouble> {
        ask!(self, ToLibrary::Shares, FromLibrary::Shares(shares) => shares)
    }

    /// Those of a bot of this browser that is not open.
    pub async fn shares_of(&self, owner_id: String) -> Result<Vec<Share>, Trouble> {
        ask!(self, ToLibrary::SharesOf { owner_id }, FromLibrary::Shares(shares) => shares)
    }

    pub async fn forget_share(&self, id: String) -> Result<(), Trouble> {
        ask!(self, ToLibrary::ForgetShare { id }, FromLibrary::Done => ())
    }

    pub async fn forget(&self, owner_id: String) -> Result<(), Trouble> {
        let forget = async { ask!(self, ToLibrary::Forget { owner_id }, FromLibrary::Done => ()) };
        self.in_time(forget).await
    }

    /// Takes a piece of the file of somebody's bot; one at 0 begins it anew.
    pub async fn take_piece(&self, at: usize, piece: Vec<u8>) -> Result<(), Trouble> {
        ask!(self, ToLibrary::TakePiece { at, piece }, FromLibrary::Done => ())
    }

    /// Opens the bot whose file was taken.
    pub async fn open_bot(&self, fragment: String) -> Result<Visit, Trouble> {
        ask!(self, ToLibrary::OpenBot { fragment }, FromLibrary::Bot(visit) => visit)
    }

    /// Begins a file of all that is stored of `bot`, which needs not be open.
    pub async fn export(&self, bot: Bot, lock: Option<(String, Chance)>) -> Result<(), Trouble> {
        let request = ToLibrary::Export {
            bot: Box::new(bot),
            model: encoder::model().into(),
            lock,
        };
        let begun = async { ask!(self, request, FromLibrary::Done => ()) };
        self.in_time(begun).await
    }

    /// The next piece of that file, none behind the last, and which share of it is written.
    pub async fn next_piece(&self) -> Result<(Vec<u8>, f32), Trouble> {
        let next = async {
            ask!(self, ToLibrary::NextPiece, FromLibrary::Piece { bytes, share } => (bytes, share))
        };
        self.in_time(next).await
    }

    /// Whose bot is in a file that begins so, or is no longer.
    pub async fn look_into(
        &self,
        passphrase: Option<String>,
        head: Vec<u8>,
        is_whole: bool,
    ) -> Result<Bot, Trouble> {
        let request = ToLibrary::LookInto {
            passphrase,
            head,
            is_whole,
        };
        ask!(self, request, FromLibrary::Inside(bot) => *bot)
    }

    /// Stores what is in it as the bot `id`.
    pub async fn take_in(&self, id: String) -> Result<(), Trouble> {
        let request = ToLibrary::TakeIn {
            id,
            model: encoder::model().into(),
        };
        let begun = async { ask!(self, request, FromLibrary::Done => ()) };
        self.in_time(begun).await
    }

    pub async fn take_in_piece(&self, piece: Vec<u8>) -> Result<(), Trouble> {
        let request = ToLibrary::TakeInPiece(piece);
        let taken = async { ask!(self, request, FromLibrary::Done => ()) };
        self.in_time(taken).await
    }

    /// # Errors
    /// [`LibraryFailure::Backup`] if it is not whole.
    ///
    /// [`LibraryFailure::Backup`]: lemon_model::protocol::LibraryFailure::Backup
    pub async fn take_in_end(&self) -> Result<(), Trouble> {
        let taken = async { ask!(self, ToLibrary::TakeInEnd, FromLibrary::Done => ()) };
        self.in_time(taken).await
    }

    /// The id under which the bot of a link is stored.
    pub async fn bot_id(&self, fragment: String) -> Result<String, Trouble> {
        ask!(self, ToLibrary::BotId { fragment }, FromLibrary::BotId(id) => id)
    }

    /// Whose it is, once it is open.
    pub fn whose(&self) -> String {
        self.owner_id.borrow().clone()
    }

    /// Whether something was written since it was opened.
    pub fn has_written(&self) -> bool {
        self.has_written.get()
    }

    /// Whether it is `person`'s, and its worker is there.
    pub fn is_of(&self, person: &str) -> bool {
        *self.owner_id.borrow() == person && !self.is_gone()
    }

    /// Whether the worker has ended.
    pub fn is_gone(&self) -> bool {
        self.worker().is_gone()
    }

    /// Ends the worker: what it was asked has no answer.
    pub fn end(&self) {
        self.worker().end();
    }

    /// Ends the worker if its database does not answer.
    async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        self.silent.set(0);
        let silence = async {
            while self.silent.get() < SILENCE {
                sleep(SECOND).await;
                self.silent.set(self.silent.get() + 1);
            }
        };
        match select(pin!(answer), pin!(silence)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => {
                self.end();
                Err(Trouble::SilentStorage)
            }
        }
    }

    /// One that has read the same logs.
    async fn second(&self) -> Result<Self, Trouble> {
        let second = Self::start().await?;
        let owner_id = self.owner_id.borrow().clone();
        second.open(&owner_id).await?;
        Ok(second)
    }

    fn worker(&self) -> Rc<Worker> {
        Rc::clone(&self.worker.borrow())
    }
}
