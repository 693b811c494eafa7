//! Starting workers.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use futures_util::future::try_join_all;
use gloo_timers::future::sleep;
use lemon_desk::caller::Caller;
use lemon_desk::stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::edge::{self, EdgeError, RETRIES};
use crate::trouble::Trouble;

/// The folder of the workers' files, whose name is a hash of their contents.
const ENGINE: &str = env!("LEMON_ENGINE_PATH", "is set by `cargo xtask build`");

/// What a worker is made of.
#[derive(Clone, Copy)]
pub struct Program {
    /// The folder of its build.
    pub build: &'static str,
    /// What its module is called.
    pub module: &'static str,
}

thread_local! {
    /// Folders of workers whose files the browser has.
    static HERE: RefCell<HashSet<&'static str>> = RefCell::default();
}

/// Starts a worker, and once more after a moment if it does not start. `unasked` hears what
/// it says by itself.
///
/// # Errors
/// [`Trouble::NotStarted`], or [`EdgeError::Offline`] if its files do not come.
pub async fn start<Q, A>(
    program: Program,
    unasked: impl Fn(A) + Clone + 'static,
) -> Result<Caller<Q, A>, Trouble>
where
    Q: Serialize,
    A: DeserializeOwned + 'static,
{
    match start_once(program, unasked.clone()).await {
        Err(Trouble::NotStarted) => {}
        done => return done,
    }
    let [moment, ..] = RETRIES;
    sleep(moment).await;
    start_once(program, unasked).await
}

async fn start_once<Q, A>(
    program: Program,
    unasked: impl Fn(A) + 'static,
) -> Result<Caller<Q, A>, Trouble>
where
    Q: Serialize,
    A: DeserializeOwned + 'static,
{
    let Program { build, module } = program;
    let folder = format!("{ENGINE}{build}/");
    let script = format!("{folder}worker.js");
    if !HERE.with_borrow(|here| here.contains(build)) {
        let files = [
            format!("{folder}{module}.js"),
            format!("{folder}{module}_bg.wasm"),
        ];
        let files = files.iter().chain([&script]);
        try_join_all(files.map(|url| bring(url))).await?;
    }
    let started = stream::unless_silent(Caller::start(&script, unasked)).await;
    let worker = started.ok_or(Trouble::NotStarted)??;
    // Not before: a network's own page may have come in their place.
    HERE.with_borrow_mut(|here| here.insert(build));
    Ok(worker)
}

/// Has the browser fetch a file and keep it. A worker that fetches its files itself waits for
/// a silent network without end, and cannot say whether it was the network that failed.
async fn bring(url: &str) -> Result<(), Trouble> {
    let mut retries = RETRIES.iter();
    let mut most = 0;
    loop {
        let came = Cell::new(0);
        match edge::file(url, |bytes| came.set(came.get() + bytes)).await {
            Ok(()) => return Ok(()),
            Err(EdgeError::Offline) => {
                // As long as it comes further each time, it is worth going on.
                if came.get() > most {
                    most = came.get();
                    retries = RETRIES.iter();
                }
                sleep(*retries.next().ok_or(EdgeError::Offline)?).await;
            }
            Err(_) => return Err(Trouble::NotStarted),
        }
    }
}
