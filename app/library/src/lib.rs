//! The library's Web Worker: a thin shell that keeps [`Library`]'s two logs in
//! IndexedDB.

mod carry;
mod connection;
mod store;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

use lemon_desk::server;
use lemon_model::answers::suggestions::{self, Suggested};
use lemon_model::bot::{Bot, Line, Opened};
use lemon_model::corpus::Entry;
use lemon_model::feed;
use lemon_model::flags::{MAX_LISTED, MAX_LISTED_CHARS};
use lemon_model::index::learning::Learned;
use lemon_model::index::{Index, Item};
use lemon_model::library::{Library, Page, Standing, desk};
use lemon_model::proof;
use lemon_model::protocol::{
    self, Beginning, Came, Found, FromLibrary, LibraryFailure, Outgoing, Sealed, ToLibrary, Visit,
};
use lemon_model::seal::{self, DeleteToken, LinkSecret};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::store::Store;

#[wasm_bindgen(start)]
fn start() {
    spawn_local(async {
        let mut open = Open::Nothing;
        server::serve(
            FromLibrary::Failed(LibraryFailure::Message),
            async |request| {
                answer(&mut open, request)
                    .await
                    .unwrap_or_else(FromLibrary::Failed)
            },
        )
        .await;
    });
}

/// Longest bot, in bytes, before it is sealed: the edge takes files of 8 MiB.
const MAX_PACKED: usize = 8 * 1024 * 1024 - 256;

/// What the page works with.
enum Open {
    Nothing,
    Own {
        library: Box<Library>,
        store: Store,
        model: String,
    },
    /// Somebody's bot of which so much has come.
    Arriving(Vec<u8>),
    Visit {
        index: Box<Index>,
    },
    /// A bot goes into a file.
    Leaving(Box<carry::Outgoing>),
    /// A bot comes out of a file.
    Entering(Box<carry::Incoming>),
}

// One arm a request, as a table is read.
#[allow(clippy::too_many_lines)]
async fn answer(open: &mut Open, request: ToLibrary) -> Result<FromLibrary, LibraryFailure> {
    Ok(match request {
        ToLibrary::Open { owner_id, model } => {
            let store = Store::open(&owner_id, &model).await?;
            let mut library = store.read_back().await?;
            if let Some(lesson) = store.lesson().await {
                library.recall(lesson);
            }
            if !library.has_lesson() {
                library.refine();
            }
            let standing = library.standing();
            *open = Open::Own {
                library: Box::new(library),
                store,
                model,
            };
            FromLibrary::Standing(standing)
        }
        ToLibrary::AddPage(page) => FromLibrary::Standing(add(open, page).await?),
        ToLibrary::AddPacked(page) => {
            let page = protocol::read(&page).ok_or(LibraryFailure::Message)?;
            FromLibrary::Standing(add(open, page).await?)
        }
        ToLibrary::NextBatch { max_texts } => {
            FromLibrary::Batch(own(open)?.0.next_batch(max_texts))
        }
        ToLibrary::AddVectors(batch) => {
            let (library, store, _) = own(open)?;
            store.add_vectors(&batch).await?;
            let taken = library.add_vectors(batch);
            library.refine();
            FromLibrary::Added {
                taken,
                standing: library.standing(),
            }
        }
        ToLibrary::Ask {
            text,
            question,
            manner,
            n,
        } => FromLibrary::Answers(Found::of(index(open)?, &text, &question, &manner, n)),
        ToLibrary::AskWords { text, manner, n } => {
            let index = index(open)?;
            FromLibrary::Answers(Found::by_words(index, &text, &manner, n))
        }
        ToLibrary::Span => FromLibrary::Span(span(index(open)?)),
        ToLibrary::List { wanted, from, rows } => {
            FromLibrary::Listed(own(open)?.0.list(&wanted, from, rows))
        }
        ToLibrary::Flag { me } => FromLibrary::Flagged(own(open)?.0.flag(&me)),
        ToLibrary::Going => FromLibrary::Going(own(open)?.0.going()),
        ToLibrary::Months => FromLibrary::Months(own(open)?.0.months()),
        ToLibrary::Mark { mark, entries, is } => {
            let (library, store, _) = own(open)?;
            let changes = library.mark(mark, &entries, is);
            if let Err(failure) = store.save_changes(&changes).await {
                // What is not written down is not so.
                library.mark(mark, &entries, !is);
                return Err(failure);
            }
            library.refine();
            FromLibrary::Standing(library.standing())
        }
        ToLibrary::ListWords(words) => {
            let (library, store, _) = own(open)?;
            let words = listed(words);
            store.save_words(&words).await?;
            library.list_words(words);
            FromLibrary::Done
        }
        ToLibrary::ListedWords => FromLibrary::ListedWords(own(open)?.0.listed_words().to_vec()),
        ToLibrary::Written => FromLibrary::Written(own(open)?.0.written()),
        ToLibrary::ReadBack { written } => {
            let (library, _, _) = own(open)?;
            if !library.holds(&written) {
                return Err(LibraryFailure::Damaged);
            }
            FromLibrary::ReadBack {
                standing: library.standing(),
                probe: proof::probe(library.index()),
            }
        }
        ToLibrary::Learn => learn(open).await?,
        ToLibrary::Suggest(asked) => {
            let (library, store, _) = own(open)?;
            let chosen = suggestions::chosen(library.index(), asked);
            library.suggest(chosen);
            keep_lesson(library, store).await;
            FromLibrary::Beginning(beginning(
                library.index(),
                library.suggested().unwrap_or_default(),
            ))
        }
        ToLibrary::CheckProbe { probe, question } => {
            let holds = proof::holds(index(open)?, &probe, &question);
            if let Open::Own { library, store, .. } = open
                && holds
                && library.is_whole()
            {
                // If that fails they take room until the next proof, and no more.
                let _ = store.forget_other_models().await;
            }
            FromLibrary::Proof { holds }
        }
        ToLibrary::Seal {
            what: Outgoing { owner, about, me },
            made_at,
            secret,
            nonce,
            delete_token,
        } => {
            let (library, _, model) = own(open)?;
            // Where nothing was kept of it, or something has come since. Nobody asks this worker.
            while library.learn() < 1.0 {}
            while library.flag(&me) < 1.0 {}
            let learned = Learned {
                // What came of trying it is the owner's to know.
                check: None,
                ..library.index().learned()
            };
            let bot = Bot {
                model: model.clone(),
                owner,
                made_at,
                suggested: library.suggested().unwrap_or_default().to_vec(),
                lines: lines(library, &learned),
                learned,
                about,
            };
            let mut bot = with_room(bot)?;
            // Accounts of whose posts nothing goes are nobody's to know.
            bot.about.origins.retain(|origin| {
                let mut places = bot.lines.iter().map(|line| feed::place(&line.id));
                places.any(|place| place == origin.place())
            });
            // A visitor has no words of others, and perhaps not every entry.
            bot.suggested = suggestions::chosen(&bot.index(), mem::take(&mut bot.suggested));
            let secret = LinkSecret::new(secret);
            let token = DeleteToken::new(delete_token);
            FromLibrary::Sealed(Sealed {
                id: secret.id(),
                fragment: secret.fragment(),
                delete_token: token.reveal(),
                delete_hash: token.hash(),
                file: seal::seal(&bot, &secret, nonce)?,
            })
        }
        ToLibrary::Marks { me } => FromLibrary::Marks(marks(open, &me)?),
        ToLibrary::SaveShare(share) => {
            own(open)?.1.save_share(&share).await?;
            FromLibrary::Done
        }
        ToLibrary::Shares => FromLibrary::Shares(own(open)?.1.shares().await?),
        ToLibrary::SharesOf { owner_id } => {
            let store = Store::open(&owner_id, "").await?;
            let shares = store.shares().await;
            store.close();
            FromLibrary::Shares(shares?)
        }
        ToLibrary::ForgetShare { id } => {
            own(open)?.1.forget_share(&id).await?;
            FromLibrary::Done
        }
        ToLibrary::Forget { owner_id } => {
            if let Open::Own { store, .. } = open {
                store.close();
            }
            store::delete(&owner_id).await?;
            *open = Open::Nothing;
            FromLibrary::Done
        }
        ToLibrary::BotId { fragment } => FromLibrary::BotId(LinkSecret::parse(&fragment)?.id()),
        ToLibrary::TakePiece { at: 0, piece } => {
            *open = Open::Arriving(piece);
            FromLibrary::Done
        }
        ToLibrary::TakePiece { at, piece } => match open {
            Open::Arriving(file) if file.len() == at => {
                file.extend(piece);
                FromLibrary::Done
            }
            _ => return Err(LibraryFailure::Message),
        },
        ToLibrary::OpenBot { fragment } => {
            let file = match mem::replace(open, Open::Nothing) {
                Open::Arriving(file) => file,
                _ => Vec::new(),
            };
            let Opened {
                model,
                owner,
                made_at,
                suggested,
                about,
                index,
            } = seal::open(&file, &LinkSecret::parse(&fragment)?)?.into();
            let learned = beginning(&index, &suggested);
            let visit = Visit {
                owner,
                made_at,
                model,
                replies: index.entries().len(),
                span: span(&index),
                origins: about.origins,
                probe: proof::probe(&index),
                beginning: learned.in_words(about.greeting, about.unknown),
            };
            *open = Open::Visit {
                index: Box::new(index),
            };
            FromLibrary::Bot(visit)
        }
        ToLibrary::Export { bot, model, lock } => {
            let leaving = carry::Outgoing::begin(&bot, &model, lock).await?;
            *open = Open::Leaving(Box::new(leaving));
            FromLibrary::Done
        }
        ToLibrary::NextPiece => match open {
            Open::Leaving(leaving) => leaving.next().await?,
            _ => return Err(LibraryFailure::NotOpen),
        },
        ToLibrary::LookInto {
            passphrase,
            head,
            is_whole,
        } => {
            let entering = carry::Incoming::look(passphrase, &head, is_whole)?;
            let bot = Box::new(entering.bot().clone());
            *open = Open::Entering(Box::new(entering));
            FromLibrary::Inside(bot)
        }
        ToLibrary::TakeIn { id, model } => {
            entering(open)?.begin(&id, &model).await?;
            FromLibrary::Done
        }
        ToLibrary::TakeInPiece(piece) => {
            entering(open)?.push(&piece).await?;
            FromLibrary::Done
        }
        ToLibrary::TakeInEnd => match mem::replace(open, Open::Nothing) {
            Open::Entering(entering) => {
                entering.end().await?;
                FromLibrary::Done
            }
            _ => return Err(LibraryFailure::NotOpen),
        },
    })
}

/// Goes on learning.
async fn learn(open: &mut Open) -> Result<FromLibrary, LibraryFailure> {
    let (library, store, _) = own(open)?;
    let was_known = library.has_lesson();
    let share = library.learn();
    if !was_known {
        keep_lesson(library, store).await;
    }
    Ok(FromLibrary::Learned {
        share,
        came: (share >= 1.0).then(|| came(library)),
    })
}

/// What came of learning.
fn came(library: &Library) -> Came {
    let index = library.index();
    let suggested = library.suggested();
    let wanted = match suggested {
        Some(_) => &[],
        None => suggestions::questions(index),
    };
    Came {
        check: index.check(),
        beginning: beginning(index, suggested.unwrap_or_default()),
        wanted: wanted.iter().map(|text| (*text).to_owned()).collect(),
    }
}

/// Keeps what all was learned, once it was. If that fails it is learned again when it is opened
/// next, and no more.
async fn keep_lesson(library: &Library, store: &Store) {
    if let Some(lesson) = library.lesson() {
        let _ = store.save_lesson(&lesson).await;
    }
}

fn beginning(index: &Index, suggested: &[Suggested]) -> Beginning {
    let greeting = suggestions::greeting(index);
    Beginning {
        greeting: greeting.map(|item| index.entries()[item].reply.to_string()),
        suggested: suggested.to_vec(),
        unknown: None,
    }
}

/// When the first and the last of what it can say were written.
fn span(index: &Index) -> Option<(i64, i64)> {
    let times = index.entries().iter().map(|entry| entry.at);
    times.clone().min().zip(times.max())
}

/// Writes a page down; how it stands then.
async fn add(open: &mut Open, page: Page) -> Result<Standing, LibraryFailure> {
    let (library, store, _) = own(open)?;
    let page = library.news(page);
    store.add_page(&page).await?;
    library.add_page(page);
    Ok(library.standing())
}

/// The lines that go, as many as a bot may have. The others are never there as lines: a large
/// library would be in memory twice.
fn lines(library: &Library, learned: &Learned) -> Vec<Line> {
    let index = library.index();
    let line = |item: usize| {
        let item = index.item(item);
        let reply = desk::masked(&item.entry.reply, library.watch()).into();
        let entry = Entry {
            reply,
            ..item.entry
        };
        Line::of(&Item { entry, ..item }, learned)
    };
    library.shared().into_iter().map(line).collect()
}

/// A number for each reply that somebody has with a bot, or would have.
fn marks(open: &mut Open, me: &[String]) -> Result<Vec<u64>, LibraryFailure> {
    let mark = |entry: &Entry, reply: &str| {
        let mut hash = DefaultHasher::new();
        (&*entry.id, reply).hash(&mut hash);
        hash.finish()
    };
    if let Open::Visit { index } = open {
        let entries = index.entries().iter();
        return Ok(entries.map(|entry| mark(entry, &entry.reply)).collect());
    }
    let (library, _, _) = own(open)?;
    // Nobody asks this worker.
    while library.flag(me) < 1.0 {}
    let going = library.shared().into_iter().map(|item| {
        let entry = library.index().item(item).entry;
        mark(&entry, &desk::masked(&entry.reply, library.watch()))
    });
    Ok(going.collect())
}

/// No more words than may be listed, and no longer ones.
fn listed(words: Vec<String>) -> Vec<String> {
    let words = words.into_iter().map(|word| {
        let word = word.trim();
        word.chars().take(MAX_LISTED_CHARS).collect::<String>()
    });
    words
        .filter(|word| !word.is_empty())
        .take(MAX_LISTED)
        .collect()
}

/// As many of its lines, the first of which are to go first, as a file has room for.
fn with_room(mut bot: Bot) -> Result<Bot, LibraryFailure> {
    while bot.pack()?.len() > MAX_PACKED {
        bot.lines.truncate(bot.lines.len() * 9 / 10);
    }
    Ok(bot)
}

fn own(open: &mut Open) -> Result<(&mut Library, &mut Store, &String), LibraryFailure> {
    match open {
        Open::Own {
            library,
            store,
            model,
        } => Ok((library.as_mut(), store, model)),
        _ => Err(LibraryFailure::NotOpen),
    }
}

fn entering(open: &mut Open) -> Result<&mut carry::Incoming, LibraryFailure> {
    match open {
        Open::Entering(entering) => Ok(entering),
        _ => Err(LibraryFailure::NotOpen),
    }
}

fn index(open: &Open) -> Result<&Index, LibraryFailure> {
    match open {
        Open::Own { library, .. } => Ok(library.index()),
        Open::Visit { index } => Ok(index),
        _ => Err(LibraryFailure::NotOpen),
    }
}
