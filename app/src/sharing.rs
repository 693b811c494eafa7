//! Sharing a bot: its link is shown only after what is stored was fetched back,
//! opened as a visitor would, and answered.

use lemon_model::bot::Owner;
use lemon_model::bots::Account;
use lemon_model::error::BotError;
use lemon_model::name;
use lemon_model::protocol::{LibraryFailure, Share};
use lemon_wire::{Cause, MAX_BOT_BYTES};
use leptos::prelude::*;

use crate::browser;
use crate::edge::{self, EdgeError};
use crate::engine::Engine;
use crate::library::Library;
use crate::proof::prove;
use crate::trouble::Trouble;
use crate::version;

/// How far a share has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Sealing,
    Uploading,
    Proving,
}

/// The link that opens `share`.
pub fn link(share: &Share) -> String {
    format!("{}/b#{}", browser::origin(), share.fragment)
}

pub async fn share(
    engine: &Engine,
    owner: &Account,
    me: Vec<String>,
    days: u32,
    step: impl Fn(Step),
) -> Result<Share, Trouble> {
    step(Step::Sealing);
    let random = browser::random()
        .zip(browser::random())
        .zip(browser::random());
    let ((secret, nonce), delete_token) = random.ok_or(Trouble::NoRandomness)?;
    let owner = Owner {
        name: name::shown(&owner.name).unwrap_or_default(),
        handle: owner.handle.clone(),
    };
    let sealed = engine
        .library
        .seal(owner, me, browser::now(), secret, nonce, delete_token)
        .await?;
    if sealed.file.len() > MAX_BOT_BYTES {
        return Err(LibraryFailure::Bot(BotError::TooLarge).into());
    }
    let mut share = Share {
        id: sealed.id,
        fragment: sealed.fragment,
        delete_token: sealed.delete_token,
        expires: browser::now() + i64::from(days) * 86_400,
        replies: 0,
        proven: false,
    };
    // Before it is sent: whatever comes after, what was stored can be deleted.
    engine.library.save_share(share.clone()).await?;

    step(Step::Uploading);
    let stored = edge::put_bot(&share.id, &sealed.file, days, &sealed.delete_hash);
    if let Some(stored) = stored.await? {
        share.expires = stored.expires;
    }

    step(Step::Proving);
    share.replies = open_as_visitor(engine, &share, &sealed.file).await?;
    share.proven = true;
    engine.library.save_share(share.clone()).await?;
    Ok(share)
}

/// Fetches the bot, which is to be as it was `sent`, and opens it in a worker that knows
/// nothing but the link; gives its replies' number.
async fn open_as_visitor(engine: &Engine, share: &Share, sent: &[u8]) -> Result<usize, Trouble> {
    let visitor = Library::start().await?;
    let take = async |at: usize, piece: Vec<u8>| {
        if sent.get(at..at + piece.len()) != Some(&piece) {
            return Err(Trouble::NotProven);
        }
        visitor.take_piece(at, piece).await
    };
    edge::get_bot(&share.id, take).await?;
    let visit = visitor.open_bot(share.fragment.clone()).await?;
    let probe = visit.probe.ok_or(Trouble::NotProven)?;
    prove(&visitor, &engine.encoder, probe).await?;
    Ok(visit.replies)
}

/// Deletes it from the edge, and then what is known of it here. One that is gone
/// from the edge already is as good as deleted.
pub async fn delete(library: &Library, share: &Share) -> Result<(), Trouble> {
    match edge::delete_bot(&share.id, &share.delete_token).await {
        Ok(()) => {}
        Err(EdgeError::Problem(problem))
            if matches!(problem.cause, Cause::NotFound | Cause::Expired) => {}
        Err(error) => return Err(error.into()),
    }
    library.forget_share(share.id.clone()).await
}

/// The bots shared from here, the longest-lived first.
pub async fn shares(library: &Library) -> Result<Vec<Share>, Trouble> {
    let mut shares = library.shares().await?;
    shares.sort_by_key(|share| std::cmp::Reverse(share.expires));
    Ok(shares)
}

/// What the share panel shows.
#[derive(Clone, Copy)]
pub struct Sharing {
    pub step: RwSignal<Option<Step>>,
    pub shares: RwSignal<Vec<Share>>,
    pub trouble: RwSignal<Option<Trouble>>,
    known: RwSignal<bool>,
}

impl Sharing {
    pub fn new() -> Self {
        Self {
            step: RwSignal::new(None),
            shares: RwSignal::default(),
            trouble: RwSignal::new(None),
            known: RwSignal::new(false),
        }
    }

    /// Whether the shares have been read.
    pub fn is_known(self) -> bool {
        self.known.get_untracked()
    }

    pub async fn refresh(self, library: &Library) {
        match shares(library).await {
            Ok(shares) => {
                self.shares.set(shares);
                self.known.set(true);
            }
            Err(trouble) => self.trouble.set(Some(trouble)),
        }
    }

    pub async fn share(self, engine: &Engine, owner: &Account, me: Vec<String>, days: u32) {
        self.trouble.set(None);
        let done = share(engine, owner, me, days, |step| self.step.set(Some(step))).await;
        self.step.set(None);
        self.refresh(&engine.library).await;
        if let Err(trouble) = done {
            self.trouble.set(Some(version::explained(trouble).await));
        }
    }

    pub async fn delete(self, library: &Library, share: &Share) {
        self.trouble.set(None);
        let done = delete(library, share).await;
        self.refresh(library).await;
        if let Err(trouble) = done {
            self.trouble.set(Some(trouble));
        }
    }
}
