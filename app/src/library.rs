//! The library's worker, seen from the page.

use lemon_desk::caller::Caller;
use lemon_model::bot::Owner;
use lemon_model::corpus::Entry;
use lemon_model::library::{Embedded, Page, Standing, Task};
use lemon_model::protocol::{Answer, FromLibrary, Probe, Sealed, Share, ToLibrary, Visit};
use lemon_model::vector::Vector;

use crate::encoder;
use crate::trouble::Trouble;
use crate::worker;

pub struct Library {
    caller: Caller<ToLibrary, FromLibrary>,
}

/// Asks, and takes the one kind of answer that fits.
macro_rules! ask {
    ($self:ident, $request:expr, $answer:pat => $value:expr) => {
        match $self.caller.ask(&$request).await? {
            $answer => Ok($value),
            FromLibrary::Failed(failure) => Err(failure.into()),
            _ => Err(Trouble::Worker),
        }
    };
}

impl Library {
    pub async fn start() -> Result<Self, Trouble> {
        Ok(Self {
            caller: worker::start(&encoder::library_worker(), |_| ()).await?,
        })
    }

    pub async fn open(&self, owner_id: &str) -> Result<Standing, Trouble> {
        let request = ToLibrary::Open {
            owner_id: owner_id.into(),
            model: encoder::model().into(),
        };
        ask!(self, request, FromLibrary::Standing(standing) => standing)
    }

    pub async fn add_page(&self, page: Page) -> Result<Standing, Trouble> {
        ask!(self, ToLibrary::AddPage(page), FromLibrary::Standing(standing) => standing)
    }

    pub async fn next_batch(&self, max_texts: usize) -> Result<Vec<Task>, Trouble> {
        ask!(self, ToLibrary::NextBatch { max_texts }, FromLibrary::Batch(batch) => batch)
    }

    /// How many of the vectors were taken, and how it stands then.
    pub async fn add_vectors(&self, batch: Vec<Embedded>) -> Result<(usize, Standing), Trouble> {
        ask!(self, ToLibrary::AddVectors(batch), FromLibrary::Added { taken, standing } => (taken, standing))
    }

    pub async fn nearest(&self, question: Vector, n: usize) -> Result<Vec<Answer>, Trouble> {
        ask!(self, ToLibrary::Ask { question, n }, FromLibrary::Answers(answers) => answers)
    }

    /// The newest entries that contain `text`, and how many there are in all.
    pub async fn find(&self, text: String) -> Result<(Vec<Entry>, usize), Trouble> {
        ask!(self, ToLibrary::Find { text }, FromLibrary::Found { entries, all } => (entries, all))
    }

    pub async fn read_back(&self) -> Result<(Standing, Option<Probe>), Trouble> {
        ask!(self, ToLibrary::ReadBack, FromLibrary::ReadBack { standing, probe } => (standing, probe))
    }

    pub async fn holds(&self, probe: Probe, question: Vector) -> Result<bool, Trouble> {
        ask!(self, ToLibrary::CheckProbe { probe, question }, FromLibrary::Proof { holds } => holds)
    }

    pub async fn seal(
        &self,
        owner: Owner,
        made_at: i64,
        secret: [u8; 16],
        nonce: [u8; 12],
        delete_token: [u8; 32],
    ) -> Result<Sealed, Trouble> {
        let request = ToLibrary::Seal {
            owner,
            made_at,
            secret,
            nonce,
            delete_token,
        };
        ask!(self, request, FromLibrary::Sealed(sealed) => sealed)
    }

    pub async fn save_share(&self, share: Share) -> Result<(), Trouble> {
        ask!(self, ToLibrary::SaveShare(share), FromLibrary::Done => ())
    }

    pub async fn shares(&self) -> Result<Vec<Share>, Trouble> {
        ask!(self, ToLibrary::Shares, FromLibrary::Shares(shares) => shares)
    }

    pub async fn forget_share(&self, id: String) -> Result<(), Trouble> {
        ask!(self, ToLibrary::ForgetShare { id }, FromLibrary::Done => ())
    }

    pub async fn forget(&self, owner_id: String) -> Result<(), Trouble> {
        ask!(self, ToLibrary::Forget { owner_id }, FromLibrary::Done => ())
    }

    pub async fn open_bot(&self, fragment: String, file: Vec<u8>) -> Result<Visit, Trouble> {
        ask!(self, ToLibrary::OpenBot { fragment, file }, FromLibrary::Bot(visit) => visit)
    }

    /// The id under which the bot of a link is stored.
    pub async fn bot_id(&self, fragment: String) -> Result<String, Trouble> {
        ask!(self, ToLibrary::BotId { fragment }, FromLibrary::BotId(id) => id)
    }
}
