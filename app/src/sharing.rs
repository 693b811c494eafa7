//! Sharing a bot: its link is shown only after what is stored was fetched back,
//! opened as a visitor would, and answered.

use std::collections::HashSet;

use lemon_model::code::Code;
use lemon_model::error::BotError;
use lemon_model::protocol::{LibraryFailure, Outgoing, Sealed, Share};
use lemon_model::seal::{DeleteToken, LinkSecret};
use lemon_wire::{Cause, MAX_BOT_BYTES};
use leptos::prelude::*;

use crate::browser;
use crate::edge::{self, EdgeError, Instead};
use crate::engine::Engine;
use crate::lang::Lang;
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
    /// Its end is moved.
    Extending,
}

/// The link that opens `share`.
pub fn link(share: &Share) -> String {
    format!("{}/b#{}", browser::origin(), share.fragment)
}

/// Makes a new link.
async fn share(
    engine: &Engine,
    what: Outgoing,
    days: u32,
    step: impl Fn(Step),
) -> Result<(), Trouble> {
    step(Step::Sealing);
    let random = browser::random().zip(browser::random());
    let (secret, token) = random.ok_or(Trouble::NoRandomness)?;
    let sealed = seal(engine, what, secret, token).await?;
    let share = Share {
        id: sealed.id.clone(),
        fragment: sealed.fragment.clone(),
        delete_token: sealed.delete_token.clone(),
        expires: in_days(days),
        replies: 0,
        proven: false,
        renewed: 0,
        made_at: browser::now(),
    };
    // Before it is sent: whatever comes after, what was stored can be deleted.
    engine.library.save_share(share.clone()).await?;
    send(engine, share, &sealed, days, Instead::Nothing, step).await
}

/// Puts what is here now behind a link that there is. The old contents are whole until the new
/// ones are there; where they are gone, the link leads somewhere again.
async fn renew(
    engine: &Engine,
    what: Outgoing,
    share: Share,
    days: u32,
    step: impl Fn(Step),
) -> Result<(), Trouble> {
    step(Step::Sealing);
    let secret = LinkSecret::parse(&share.fragment).map_err(LibraryFailure::from)?;
    let token = DeleteToken::parse(&share.delete_token).map_err(LibraryFailure::from)?;
    let mut is_over = false;
    let there = match edge::look_for_bot(&share.id).await {
        Err(EdgeError::Problem(problem)) if problem.cause == Cause::NotFound => None,
        Err(EdgeError::Problem(problem)) if problem.cause == Cause::Expired => {
            is_over = true;
            None
        }
        there => Some(there?),
    };
    let sealed = seal(engine, what, secret.bytes(), token.bytes()).await?;
    if is_over {
        // Nobody can open it any more, and it is not to live again as it was.
        edge::delete_bot(&share.id, &share.delete_token).await?;
    }
    let share = Share {
        expires: in_days(days),
        renewed: share.renewed + 1,
        made_at: browser::now(),
        ..share
    };
    let instead = match &there {
        Some(there) => Instead::Of {
            tag: &there.tag,
            token: &sealed.delete_token,
        },
        None => Instead::Nothing,
    };
    send(engine, share, &sealed, days, instead, step).await
}

async fn seal(
    engine: &Engine,
    what: Outgoing,
    secret: [u8; 16],
    token: [u8; 32],
) -> Result<Sealed, Trouble> {
    let nonce = browser::random().ok_or(Trouble::NoRandomness)?;
    let made_at = browser::now();
    let sealed = engine.library.seal(what, made_at, secret, nonce, token);
    let sealed = sealed.await?;
    if sealed.file.len() > MAX_BOT_BYTES {
        return Err(LibraryFailure::Bot(BotError::TooLarge).into());
    }
    Ok(sealed)
}

async fn send(
    engine: &Engine,
    mut share: Share,
    sealed: &Sealed,
    days: u32,
    instead: Instead<'_>,
    step: impl Fn(Step),
) -> Result<(), Trouble> {
    step(Step::Uploading);
    let stored = edge::put_bot(&share.id, &sealed.file, days, &sealed.delete_hash, instead);
    stored.await?;
    // What was behind the link before is there no more.
    share.proven = false;
    engine.library.save_share(share.clone()).await?;

    step(Step::Proving);
    let (replies, expires) = open_as_visitor(engine, &share, &sealed.file).await?;
    share.replies = replies;
    share.expires = expires.unwrap_or(share.expires);
    share.proven = true;
    engine.library.save_share(share).await
}

fn in_days(days: u32) -> i64 {
    browser::now() + i64::from(days) * 86_400
}

/// Has a link live for so many days from now on.
async fn extend(library: &Library, share: Share, days: u32) -> Result<(), Trouble> {
    let stored = edge::renew_bot(&share.id, &share.delete_token, days).await?;
    // Its contents may have been renewed meanwhile.
    let known = library.shares().await?;
    let known = known.into_iter().find(|known| known.id == share.id);
    let share = known.unwrap_or(share);
    let share = Share {
        expires: stored.expires,
        renewed: share.renewed + 1,
        ..share
    };
    library.save_share(share).await
}

/// What a file of codes is called.
const FILE: &str = "lemon-toolbox-code.txt";

/// What changes the bots behind these links, to be kept.
pub fn codes(shares: &[Share]) -> Vec<String> {
    let code = |share: &Share| {
        let code = Code {
            id: share.id.clone(),
            token: share.delete_token.clone(),
        };
        code.text()
    };
    shares.iter().filter_map(code).collect()
}

/// Saves them as a file that says what they are.
pub fn save_codes(shares: &[Share], lang: Lang) {
    let (about, codes) = (lang.words().code_file, codes(shares).join("\n\n"));
    browser::save_file(FILE, &format!("{about}\n\n{codes}\n"));
}

/// Those that are there now, as far as this browser knows.
pub fn living(shares: &[Share]) -> Vec<Share> {
    let now = browser::now();
    let lives = |share: &&Share| share.expires > now;
    shares.iter().filter(lives).cloned().collect()
}

/// Fetches the bot, which is to be as it was `sent`, and opens it in a worker that knows
/// nothing but the link; gives its replies' number, and until when it is there.
async fn open_as_visitor(
    engine: &Engine,
    share: &Share,
    sent: &[u8],
) -> Result<(usize, Option<i64>), Trouble> {
    let visitor = Library::start().await?;
    let take = async |at: usize, piece: Vec<u8>| {
        if sent.get(at..at + piece.len()) != Some(&piece) {
            return Err(Trouble::NotProven);
        }
        visitor.take_piece(at, piece).await
    };
    let expires = edge::get_bot(&edge::bot(&share.id), take).await?.expires;
    let visit = visitor.open_bot(share.fragment.clone()).await?;
    let probe = visit.probe.ok_or(Trouble::NotProven)?;
    prove(&visitor, &engine.encoder, probe).await?;
    Ok((visit.replies, expires))
}

/// How what is behind a link differs from what would go if it were renewed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Replies that are behind the link and would go no more.
    pub gone: usize,
    /// Those that would go and are not there yet.
    pub new: usize,
}

/// Compares what is behind the link now with what is in this browser, of the owner with the handles
/// `me`.
pub async fn compare(
    library: &Library,
    share: &Share,
    me: Vec<String>,
) -> Result<Difference, Trouble> {
    let visitor = Library::start().await?;
    let take = async |at, piece| visitor.take_piece(at, piece).await;
    if edge::get_bot(&edge::bot(&share.id), take).await?.was_kept {
        return Err(EdgeError::Offline.into());
    }
    visitor.open_bot(share.fragment.clone()).await?;
    let there: HashSet<u64> = visitor.marks().await?.into_iter().collect();
    visitor.end();
    let here: HashSet<u64> = library.marks_of_going(me).await?.into_iter().collect();
    Ok(Difference {
        gone: there.difference(&here).count(),
        new: here.difference(&there).count(),
    })
}

/// Deletes it from the edge, and then what is known of it here. One that is gone
/// from the edge already is as good as deleted.
async fn delete(library: &Library, share: &Share) -> Result<(), Trouble> {
    take_back(share).await?;
    library.forget_share(share.id.clone()).await
}

/// Deletes it from the edge.
pub async fn take_back(share: &Share) -> Result<(), Trouble> {
    match edge::delete_bot(&share.id, &share.delete_token).await {
        Ok(()) => Ok(()),
        Err(error) if error.is_gone() => Ok(()),
        Err(error) => Err(error.into()),
    }
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
    /// Of which bot they are.
    whose: RwSignal<String>,
}

impl Sharing {
    pub fn new() -> Self {
        Self {
            step: RwSignal::new(None),
            shares: RwSignal::default(),
            trouble: RwSignal::new(None),
            whose: RwSignal::default(),
        }
    }

    /// Whether the shares of the bot `id` have been read.
    pub fn are_of(self, id: &str) -> bool {
        self.whose.with_untracked(|whose| whose == id)
    }

    pub async fn refresh(self, library: &Library) {
        match shares(library).await {
            Ok(shares) => {
                self.shares.set(shares);
                self.whose.set(library.whose());
            }
            Err(trouble) => self.trouble.set(Some(trouble)),
        }
    }

    /// Makes a link, or puts what is here now behind that of `renewed`.
    pub async fn share(self, engine: &Engine, what: Outgoing, days: u32, renewed: Option<Share>) {
        self.trouble.set(None);
        let step = |step| self.step.set(Some(step));
        let done = match renewed {
            None => share(engine, what, days, step).await,
            Some(share) => renew(engine, what, share, days, step).await,
        };
        self.step.set(None);
        self.refresh(&engine.library).await;
        if let Err(trouble) = done {
            self.trouble.set(Some(version::explained(trouble).await));
        }
    }

    pub async fn extend(self, library: &Library, share: Share, days: u32) {
        self.trouble.set(None);
        self.step.set(Some(Step::Extending));
        let done = extend(library, share, days).await;
        self.step.set(None);
        self.refresh(library).await;
        if let Err(trouble) = done {
            self.trouble.set(Some(trouble));
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
