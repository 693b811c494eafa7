//! The archive's Web Worker: a thin shell that reads a file of the person's by slices.

mod slices;

use lemon_desk::server;
use lemon_model::corpus::Post;
use lemon_model::library::{Import, Page};
use lemon_model::protocol;
use lemon_model::sources::x_archive::Opened;
use lemon_model::sources::x_archive::exchange::{FromArchive, Refused, Summary, ToArchive};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

use crate::slices::Slices;

/// How many bytes are read between two words about how far it is.
const STEP: u64 = 4 * 1024 * 1024;

#[wasm_bindgen(start)]
fn start() {
    spawn_local(async {
        let mut open = Open::Nothing;
        server::serve(FromArchive::Failed, async |request| {
            answer(&mut open, request)
        })
        .await;
    });
}

/// What there is to go on with.
enum Open {
    Nothing,
    Looked(Box<Opened<Slices>>),
    Read {
        /// Oldest first.
        posts: Vec<Post>,
        summary: Summary,
    },
}

fn answer(open: &mut Open, request: ToArchive) -> FromArchive {
    match (request, std::mem::replace(open, Open::Nothing)) {
        (ToArchive::Look { name }, _) => match look(&name) {
            Ok(opened) => {
                let account = opened.account().cloned();
                let seen = opened.seen().cloned().collect();
                *open = Open::Looked(Box::new(opened));
                FromArchive::Seen { seen, account }
            }
            Err(refused) => FromArchive::Refused(refused),
        },
        (ToArchive::Read { most }, Open::Looked(opened)) => {
            let mut told = 0;
            let read = opened.read_newest(most, |progress| {
                if progress.bytes >= told + STEP {
                    told = progress.bytes;
                    server::tell(&FromArchive::Progress(progress));
                }
            });
            let (found, broken) = match read {
                Ok(read) => read,
                Err(refused) => return FromArchive::Refused(refused),
            };
            let summary = Summary {
                posts: found.posts.len(),
                left_out: found.left_out,
                doubtful: found.doubtful,
                too_many: found.too_many,
                broken,
                memory: server::memory(),
            };
            let mut posts = found.posts;
            posts.reverse();
            *open = Open::Read {
                posts,
                summary: summary.clone(),
            };
            FromArchive::Read(summary)
        }
        // Whoever takes the flow up again asks again.
        (ToArchive::Read { .. }, Open::Read { posts, summary }) => {
            let said = summary.clone();
            *open = Open::Read { posts, summary };
            FromArchive::Read(said)
        }
        (ToArchive::Take { most, feed }, Open::Read { mut posts, summary }) => {
            let left = posts.len().saturating_sub(most);
            let mut newest = posts.split_off(left);
            newest.reverse();
            let left_out = u32::try_from(summary.left_out).unwrap_or(u32::MAX);
            *open = Open::Read { posts, summary };
            let next = if left == 0 {
                Import::Done
            } else {
                Import::At(left.to_string())
            };
            let page = Page {
                posts: newest,
                left_out: if left == 0 { left_out } else { 0 },
                ..Page::mark(feed, next)
            };
            match protocol::pack(&page) {
                Ok(packed) => FromArchive::Page { packed, left },
                Err(_) => FromArchive::Failed,
            }
        }
        (ToArchive::Read { .. } | ToArchive::Take { .. }, _) => FromArchive::Failed,
    }
}

fn look(name: &str) -> Result<Opened<Slices>, Refused> {
    let file = server::handed().and_then(|thing| thing.dyn_into::<Blob>().ok());
    let slices = Slices::new(file.ok_or(Refused::Gone)?).map_err(|_| Refused::Gone)?;
    Opened::look(slices, name)
}
