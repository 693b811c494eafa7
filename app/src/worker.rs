//! Starting workers.

use std::cell::RefCell;
use std::collections::HashMap;

use futures_util::future::try_join3;
use gloo_timers::future::sleep;
use lemon_desk::caller::Caller;
use lemon_desk::stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::edge::{self, EdgeError, RETRIES};
use crate::module::{self, ENGINE, Module};
use crate::trouble::Trouble;

/// What a worker is made of.
#[derive(Clone, Copy)]
pub struct Program {
    /// The folder of its build.
    pub build: &'static str,
    /// What its module is called.
    pub module: &'static str,
}

/// The addresses of a worker's files, of its module without the ending.
struct Files {
    script: String,
    glue: String,
    path: String,
}

impl Program {
    fn files(self) -> Files {
        let Self { build, module } = self;
        let folder = format!("{ENGINE}{build}/");
        Files {
            script: format!("{folder}worker.js"),
            glue: format!("{folder}{module}.js"),
            path: format!("{folder}{module}_bg"),
        }
    }
}

thread_local! {
    /// Folders of workers whose files the browser has, and how it has their modules.
    static HERE: RefCell<HashMap<&'static str, (Program, Module)>> = RefCell::default();
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
    let build = program.build;
    let Files { script, glue, path } = program.files();
    let here = HERE.with_borrow(|here| here.get(build).copied());
    let module = match here {
        Some((_, module)) => module,
        None => bring(&script, &glue, &path).await?,
    };
    let url = format!("{script}{}", module.mark());
    let started = stream::unless_silent(Caller::start(&url, unasked)).await;
    let started = started.map_or(Err(Trouble::NotStarted), |started| Ok(started?));
    if started.is_ok() {
        // Not before: a network's own page may have come in their place.
        HERE.with_borrow_mut(|here| here.insert(build, (program, module)));
    } else if module == Module::Pieced {
        HERE.with_borrow_mut(|here| here.remove(build));
        module::forget(&path).await;
    }
    started
}

/// The files of all workers that were started.
pub fn files() -> Vec<String> {
    let of = |(program, _): &(Program, Module)| {
        let Files { script, glue, path } = program.files();
        [script, glue, format!("{path}.wasm")]
    };
    HERE.with_borrow(|here| here.values().flat_map(of).collect())
}

/// Has the browser fetch a worker's files and keep them. A worker that fetches its files itself
/// waits for a silent network without end, and cannot say whether it was the network that
/// failed.
async fn bring(script: &str, glue: &str, module: &str) -> Result<Module, Trouble> {
    let file = |url| edge::persist(async move |so_far| edge::file(url, so_far).await);
    match try_join3(file(script), file(glue), module::bring(module)).await {
        Ok(((), (), module)) => Ok(module),
        Err(EdgeError::Offline) => Err(EdgeError::Offline.into()),
        Err(_) => Err(Trouble::NotStarted),
    }
}
