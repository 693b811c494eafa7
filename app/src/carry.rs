//! A bot into a file, and out of one.

use std::rc::Rc;

use js_sys::{Array, JsString, Uint8Array};
use lemon_model::age::{AgeError, Chance};
use lemon_model::backup::{self, BackupError, HEAD, Lock, MAX_FILE};
use lemon_model::bots::Bot;
use lemon_model::protocol::LibraryFailure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

use crate::browser;
use crate::library::Library;
use crate::shelf;
use crate::sources::archive::Refused;
use crate::tabs;
use crate::trouble::Trouble;
use crate::workshop::Workshop;

/// How much of a file is read at once.
const PIECE: f64 = 1024.0 * 1024.0;

/// How a file's name ends.
const ENDING: &str = ".lemon";
const SEALED_ENDING: &str = ".lemon.age";

/// Writes the file of `bot` and saves it; `told` hears which share of it is written.
pub async fn export(
    bot: Bot,
    passphrase: Option<String>,
    told: impl Fn(f32),
) -> Result<(), Trouble> {
    let ending = match passphrase {
        Some(_) => SEALED_ENDING,
        None => ENDING,
    };
    let name = format!("{}{ending}", file_name(&bot.owner().handle));
    let lock = passphrase.map(|passphrase| {
        let chance = chance().ok_or(Trouble::NoRandomness)?;
        Ok::<_, Trouble>((passphrase, chance))
    });
    let lock = lock.transpose()?;
    let library = Library::start().await?;
    library.export(bot, lock).await?;
    let pieces = Array::new();
    loop {
        let (piece, share) = library.next_piece().await?;
        if piece.is_empty() {
            break;
        }
        // The browser need not have it in memory.
        let piece = Array::of1(&Uint8Array::from(piece.as_slice()));
        let piece = Blob::new_with_u8_array_sequence(&piece).map_err(|_| Trouble::Worker)?;
        pieces.push(&piece);
        told(share);
    }
    library.end();
    let blob = Blob::new_with_blob_sequence(&pieces).map_err(|_| Trouble::Worker)?;
    browser::save_blob(&name, &blob);
    Ok(())
}

fn chance() -> Option<Chance> {
    Some(Chance {
        key: browser::random()?,
        salt: browser::random()?,
        nonce: browser::random()?,
    })
}

/// What every system takes as a file's name.
fn file_name(handle: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || c == '-' || c == '_' {
            c
        } else {
            '-'
        }
    };
    let name: String = handle.chars().map(plain).take(60).collect();
    if name.is_empty() {
        "lemon".into()
    } else {
        name
    }
}

/// How a file opens.
pub async fn lock(file: &File) -> Result<Lock, Trouble> {
    const ENOUGH: f64 = 64.0;
    // Sizes of files are far below 2^53.
    #[allow(clippy::cast_precision_loss)]
    if file.size() > MAX_FILE as f64 {
        return Err(refused(BackupError::TooLarge));
    }
    let head = slice(file, 0.0, ENOUGH).await?;
    backup::lock(&head).ok_or_else(|| refused(BackupError::NotABackup))
}

fn refused(error: BackupError) -> Trouble {
    Trouble::Library(LibraryFailure::Backup(error))
}

/// A passphrase as it is meant: some systems write one letter as several characters.
pub fn passphrase(typed: &str) -> String {
    let typed = JsString::from(typed.trim());
    String::from(typed.normalize("NFC"))
}

/// Whether another passphrase may open it.
pub fn is_passphrase(trouble: &Trouble) -> bool {
    *trouble == refused(BackupError::Age(AgeError::Passphrase))
}

/// A file that is to be taken in, and was opened.
#[derive(Clone)]
pub struct Incoming {
    pub bot: Bot,
    file: File,
    /// How much of it was read.
    at: f64,
    /// It has read that.
    library: Rc<Library>,
}

impl Incoming {
    /// Looks whose bot is in a file.
    pub async fn look(file: File, passphrase: Option<String>) -> Result<Self, Trouble> {
        let library = Library::start().await?;
        // Half a megabyte.
        #[allow(clippy::cast_precision_loss)]
        let at = (HEAD as f64).min(file.size());
        let head = slice(&file, 0.0, at).await?;
        let is_whole = at >= file.size();
        let bot = library.look_into(passphrase, head, is_whole).await?;
        Ok(Self {
            bot,
            file,
            at,
            library: Rc::new(library),
        })
    }

    /// Stores what is in it under an id of its own, and then shows it in the place of what is here
    /// of the same accounts. `told` hears which share of it is stored.
    pub async fn take(self, workshop: Workshop, told: impl Fn(f64)) -> Result<(), Trouble> {
        let Self {
            bot,
            file,
            mut at,
            library,
        } = self;
        let bot = bot.renamed(browser::random().ok_or(Trouble::NoRandomness)?);
        let turn = tabs::take(&bot.id).await.ok_or(Trouble::OtherTab)?;
        shelf::doom(&bot.id);
        library.take_in(bot.id.clone()).await?;
        let size = file.size();
        while at < size {
            let end = (at + PIECE).min(size);
            library.take_in_piece(slice(&file, at, end).await?).await?;
            at = end;
            told(at / size);
        }
        library.take_in_end().await?;
        library.end();
        workshop.take_in(bot, turn).await
    }
}

async fn slice(file: &File, from: f64, to: f64) -> Result<Vec<u8>, Trouble> {
    // A file that was moved or deleted meanwhile cannot be read any more.
    let gone = |_| Trouble::Archive(Refused::Gone);
    let part = file.slice_with_f64_and_f64(from, to).map_err(gone)?;
    let read = JsFuture::from(part.array_buffer()).await;
    Ok(Uint8Array::new(&read.map_err(gone)?).to_vec())
}
