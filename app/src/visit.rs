//! Opening somebody's bot from its link.

use std::rc::Rc;

use lemon_model::bot::Owner;
use lemon_model::bot::about::Origin;
use lemon_model::link;
use lemon_model::protocol::{Beginning, EncoderFailure, Others, Visit};
use lemon_wire::SEEN;

use crate::browser;
use crate::edge;
use crate::encoder::{self, Encoder};
use crate::engine::Engine;
use crate::kept;
use crate::library::Library;
use crate::proof::prove;
use crate::trouble::Trouble;
use crate::version;

/// Where a bot is, and what opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where the page's address leads.
    Link,
    /// Among the page's own files.
    Own { address: String, key: String },
}

/// How far a visit has come.
#[derive(Clone, Debug, PartialEq)]
pub enum Visiting {
    Opening,
    /// Bytes of the model's files that are there; `of` is 0 until it is known.
    Fetching {
        owner: Owner,
        /// The bot was made with another model than today's.
        is_other: bool,
        bytes: u64,
        of: u64,
    },
    /// The bot answered a probe.
    Ready,
    Failed(Trouble),
}

/// What a bot is made of, as it says itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Under which it is stored.
    pub id: String,
    pub owner: Owner,
    /// When it was made, in seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// With another model than today's.
    pub is_other: bool,
    pub replies: usize,
    /// When the first and the last of them were written.
    pub span: Option<(i64, i64)>,
    pub origins: Vec<Origin>,
    /// Until when the link leads to it, if that is known.
    pub expires: Option<i64>,
    /// There is no network: it is as it was at an earlier visit.
    pub was_kept: bool,
}

/// A bot that answers.
pub struct Opened {
    /// Under which it is stored.
    pub id: String,
    pub engine: Engine,
}

/// Has the address say no more than the bot's link does, whatever came to stand around its key on
/// the way. Whether a server has seen the key.
pub fn tidy_address() -> bool {
    let was_seen = browser::query(SEEN).is_some();
    if let Some(key) = link::key(&browser::fragment()) {
        browser::show_address(&format!("/b#{key}"));
    }
    was_seen
}

/// Fetches the bot, opens it and tries it. `told` hears how the model's files come, and `begun`
/// what it is made of, what answers questions whose vectors it has, and how a talk with it begins,
/// before that.
pub async fn open(
    place: Place,
    told: impl Fn(Visiting) + Copy + 'static,
    begun: impl FnOnce(Made, Rc<Library>, Beginning),
) -> Result<Opened, Trouble> {
    match opened(place, told, begun).await {
        Ok(open) => Ok(open),
        Err(trouble) => Err(version::explained(trouble).await),
    }
}

async fn opened(
    place: Place,
    told: impl Fn(Visiting) + Copy + 'static,
    begun: impl FnOnce(Made, Rc<Library>, Beginning),
) -> Result<Opened, Trouble> {
    let fragment = match &place {
        Place::Link => browser::fragment(),
        Place::Own { key, .. } => key.clone(),
    };
    let library = Rc::new(Library::start().await?);
    let id = library.bot_id(fragment.clone()).await?;
    let address = match &place {
        Place::Link => edge::bot(&id),
        Place::Own { address, .. } => address.clone(),
    };
    let take = async |at, piece| library.take_piece(at, piece).await;
    let came = match edge::get_bot(&address, take).await {
        Ok(came) => came,
        Err(trouble) => {
            if matches!(&trouble, Trouble::Edge(error) if error.is_gone()) {
                kept::gone(&id).await;
            }
            return Err(trouble);
        }
    };
    let Visit {
        owner,
        made_at,
        model,
        replies,
        span,
        origins,
        probe,
        beginning,
    } = library.open_bot(fragment).await?;
    let probe = probe.ok_or(Trouble::NotProven)?;
    let is_other = model != encoder::model();
    let made = Made {
        id: id.clone(),
        owner: owner.clone(),
        at: made_at,
        is_other,
        replies,
        span,
        origins,
        expires: came.expires,
        was_kept: came.was_kept,
    };
    let fetched = move |bytes, of| {
        told(Visiting::Fetching {
            owner: owner.clone(),
            is_other,
            bytes,
            of,
        });
    };
    fetched(0, 0);
    begun(made, Rc::clone(&library), beginning);
    let encoder = Encoder::load(&model, Others::Keep, fetched).await;
    let encoder = encoder.map_err(|trouble| match trouble {
        Trouble::Encoder(EncoderFailure::Network | EncoderFailure::Files) if is_other => {
            Trouble::OtherModel
        }
        other => other,
    })?;
    prove(&library, &encoder, probe).await?;
    browser::mark("lemon-visit-ready", &[]);
    kept::page();
    if place == Place::Link && !came.was_kept {
        kept::visit(&id);
    }
    Ok(Opened {
        id,
        engine: Engine {
            library,
            encoder: Rc::new(encoder),
        },
    })
}
