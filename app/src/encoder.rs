//! The encoder's workers, seen from the page.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::future::{join, join_all};
use gloo_timers::future::sleep;
use lemon_desk::caller::Caller;
use lemon_model::kernels::probe;
use lemon_model::library::{Embedded, Task};
use lemon_model::portion::portions;
use lemon_model::protocol::{EncoderFailure, FromEncoder, Others, Parts, Role, Text, ToEncoder};
use lemon_model::vector::Vector;

use crate::browser;
use crate::crew;
use crate::edge;
use crate::trouble::Trouble;
use crate::worker::{self, Program};

/// The folder of this build's model files: `/model/<hash>/`.
pub const MODEL_FOLDER: &str = env!("LEMON_MODEL_PATH", "is set by `cargo xtask build`");

/// Most workers that embed: each holds the network, 62 MB, and more of them wait for the
/// same memory.
const MOST_WORKERS: usize = 4;

type Worker = Caller<ToEncoder, FromEncoder>;

/// One worker that cuts texts and answers questions, and others that help it embed.
pub struct Encoder {
    lead: Worker,
    /// The one that computes rightly here.
    build: &'static str,
    helpers: RefCell<Vec<Rc<Worker>>>,
    /// Helpers are wanted.
    calling: Cell<bool>,
    /// Counts dismissals: who was called before one is not taken in after it.
    dismissed: Cell<u32>,
    folder: String,
    /// The browser keeps the model's files, so helpers need not fetch them.
    kept: bool,
}

impl Encoder {
    /// Starts the worker and loads the model named `model`, after a while again if the
    /// network fails: what came until then is kept. A build that this browser does not start,
    /// or that computes wrongly in it, gives way to a plainer one. `fetched` hears how many
    /// bytes of how many are there.
    pub async fn load(
        model: &str,
        others: Others,
        fetched: impl Fn(u64, u64) + Clone + 'static,
    ) -> Result<Self, Trouble> {
        let mut retries = edge::RETRIES.iter();
        let most_kept = Rc::new(Cell::new(0));
        let mut builds = builds();
        let mut build = builds.next().ok_or(Trouble::NoSimd)?;
        loop {
            let before = most_kept.get();
            let (fetched, most) = (fetched.clone(), Rc::clone(&most_kept));
            let fetched = move |bytes, kept, of| {
                most.set(most.get().max(kept));
                fetched(bytes, of);
            };
            match Self::load_once(build, model, others, fetched).await {
                Err(
                    trouble @ (Trouble::NotStarted | Trouble::Encoder(EncoderFailure::Miscomputes)),
                ) => build = builds.next().ok_or(trouble)?,
                Err(trouble @ Trouble::Encoder(EncoderFailure::Network)) => {
                    // As long as more is kept each time, it is worth going on.
                    if most_kept.get() > before {
                        retries = edge::RETRIES.iter();
                    }
                    sleep(*retries.next().ok_or(trouble)?).await;
                }
                done => return done,
            }
        }
    }

    async fn load_once(
        build: &'static str,
        model: &str,
        others: Others,
        fetched: impl Fn(u64, u64, u64) + Clone + 'static,
    ) -> Result<Self, Trouble> {
        let unasked = move |said| {
            if let FromEncoder::Fetched { bytes, kept, of } = said {
                fetched(bytes, kept, of);
            }
        };
        // The name comes out of a bot that anybody may have made.
        if model.is_empty() || !model.bytes().all(|c| c.is_ascii_alphanumeric()) {
            return Err(EncoderFailure::Files.into());
        }
        let lead = start(build, unasked).await?;
        let folder = format!("/model/{model}/");
        let request = ToEncoder::Load {
            folder: folder.clone(),
            others,
            parts: Parts::All,
        };
        match lead.ask(&request).await? {
            FromEncoder::Loaded { kept } => Ok(Self {
                lead,
                build,
                helpers: RefCell::default(),
                calling: Cell::new(false),
                dismissed: Cell::new(0),
                folder,
                kept,
            }),
            other => Err(failed(&other)),
        }
    }

    /// Starts as many helpers as pay off, unless they were called already, and takes each
    /// in once it has loaded. One that fails leaves the others more to do.
    pub async fn call_helpers(&self) {
        if !self.kept || self.calling.replace(true) {
            return;
        }
        let dismissed = self.dismissed.get();
        let workers = workers();
        if workers > 1 {
            crew::runs(workers);
        }
        let helpers = (1..workers).map(|_| async {
            let helper = start(self.build, |_| ()).await?;
            let request = ToEncoder::Load {
                folder: self.folder.clone(),
                others: Others::Keep,
                parts: Parts::Network,
            };
            let loaded = helper.ask(&request).await?;
            // They may have been dismissed meanwhile.
            if matches!(loaded, FromEncoder::Loaded { .. }) && self.dismissed.get() == dismissed {
                self.helpers.borrow_mut().push(Rc::new(helper));
            }
            Ok::<_, Trouble>(())
        });
        join_all(helpers).await;
    }

    /// Whether the worker that answers questions has ended.
    pub fn is_gone(&self) -> bool {
        self.lead.is_gone()
    }

    /// Ends all workers: what they were asked has no answer.
    pub fn end(&self) {
        if self.is_gone() {
            // Before it is forgotten how many there were.
            crew::is_lost();
        }
        self.dismiss_helpers();
        self.lead.end();
    }

    /// Gives back what helpers take of the device's memory.
    pub fn dismiss_helpers(&self) {
        self.calling.set(false);
        self.dismissed.set(self.dismissed.get().wrapping_add(1));
        self.helpers.borrow_mut().clear();
        crew::is_dismissed();
    }

    /// One vector for each text. Texts are shared out in portions, the first ones first;
    /// a question that comes meanwhile waits for one portion.
    pub async fn embed(&self, texts: Vec<Text>) -> Result<Vec<Vector>, Trouble> {
        let count = texts.len();
        let tokens = match self.lead.ask(&ToEncoder::Tokenize(texts)).await? {
            FromEncoder::Tokens(tokens) if tokens.len() == count => tokens,
            other => return Err(failed(&other)),
        };
        let lengths: Vec<_> = tokens.iter().map(Vec::len).collect();
        let open = RefCell::new(VecDeque::from(portions(&lengths)));
        let done = RefCell::new(vec![None; count]);
        let work = async |worker: &Worker| -> Result<(), Trouble> {
            loop {
                let Some(portion) = open.borrow_mut().pop_front() else {
                    return Ok(());
                };
                let request = ToEncoder::EmbedTokens(tokens[portion.clone()].to_vec());
                match worker.ask(&request).await {
                    Ok(FromEncoder::Vectors(vectors)) if vectors.len() == portion.len() => {
                        let mut done = done.borrow_mut();
                        for (place, vector) in done[portion].iter_mut().zip(vectors) {
                            *place = Some(vector);
                        }
                    }
                    answer => {
                        open.borrow_mut().push_front(portion);
                        return Err(match answer {
                            Ok(other) => failed(&other),
                            Err(gone) => gone.into(),
                        });
                    }
                }
            }
        };
        let helpers = self.helpers.borrow().clone();
        let helped = join_all(helpers.iter().map(|helper| work(helper)));
        let (lead, helped) = join(work(&self.lead), helped).await;
        lead?;
        let mut helped = helped.iter();
        // Browsers end workers when memory is short. What one had taken is open again.
        self.helpers
            .borrow_mut()
            .retain(|_| helped.next().is_none_or(Result::is_ok));
        work(&self.lead).await?;
        let done = done.into_inner().into_iter().collect::<Option<_>>();
        done.ok_or(Trouble::Encoder(EncoderFailure::Embed))
    }

    /// The vectors of `entries`, as [`Encoder::embed`] makes them.
    pub async fn embed_entries(&self, entries: Vec<Task>) -> Result<Vec<Embedded>, Trouble> {
        let mut texts = Vec::new();
        for Task {
            said, reply, known, ..
        } in &entries
        {
            let said = said.iter().filter(|_| known.said.is_none());
            texts.extend(said.map(|said| Text {
                role: Role::Query,
                text: said.to_string(),
            }));
            if known.reply.is_none() {
                texts.push(Text {
                    role: Role::Passage,
                    text: reply.to_string(),
                });
            }
        }
        let mut vectors = self.embed(texts).await?.into_iter();
        let embedded = entries.into_iter().map(|task| {
            let said = match (task.said, task.known.said) {
                (Some(_), None) => Some(vectors.next()?),
                (_, known) => known,
            };
            Some(Embedded {
                entry: task.entry,
                texts: task.texts,
                said,
                reply: task.known.reply.or_else(|| vectors.next())?,
            })
        });
        embedded
            .collect::<Option<_>>()
            .ok_or(Trouble::Encoder(EncoderFailure::Embed))
    }

    /// Bytes of memory that the worker has taken; it gives none back.
    pub async fn memory(&self) -> Result<u64, Trouble> {
        match self.lead.ask(&ToEncoder::Memory).await? {
            FromEncoder::Memory(bytes) => Ok(bytes),
            other => Err(failed(&other)),
        }
    }

    /// How many workers embed.
    pub fn workers(&self) -> usize {
        1 + self.helpers.borrow().len()
    }

    pub async fn embed_question(&self, text: &str) -> Result<Vector, Trouble> {
        self.embed_one(Text {
            role: Role::Query,
            text: text.to_owned(),
        })
        .await
    }

    pub async fn embed_one(&self, text: Text) -> Result<Vector, Trouble> {
        match self.lead.ask(&ToEncoder::Embed(vec![text])).await? {
            FromEncoder::Vectors(mut vectors) => {
                vectors.pop().ok_or(Trouble::Encoder(EncoderFailure::Embed))
            }
            other => Err(failed(&other)),
        }
    }
}

async fn start(
    build: &'static str,
    unasked: impl Fn(FromEncoder) + Clone + 'static,
) -> Result<Worker, Trouble> {
    let module = "encoder";
    worker::start(Program { build, module }, unasked).await
}

/// As many as the processor runs at once, and as an eighth of the device's memory holds
/// where the browser tells it; fewer where so many were too many once.
fn workers() -> usize {
    const WORKER_GIGABYTES: f64 = 0.062;
    let by_memory = browser::device_gigabytes().map_or(MOST_WORKERS, |gigabytes| {
        // Browsers tell 0.25 to 32.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let workers = (gigabytes / 8.0 / WORKER_GIGABYTES) as usize;
        workers
    });
    let most = crew::most().unwrap_or(MOST_WORKERS).min(MOST_WORKERS);
    browser::processors().min(by_memory).clamp(1, most.max(1))
}

/// The builds of the encoder that this browser accepts, the fastest first; none if it has no
/// vectors. A module is accepted or refused as a whole, so what it uses has to be known
/// before.
fn builds() -> impl Iterator<Item = &'static str> {
    let relaxed = browser::accepts(&probe::relaxed()).then_some("encoder-relaxed");
    let plain = browser::accepts(&probe::simd()).then_some("encoder-plain");
    relaxed.into_iter().chain(plain)
}

/// The name of this build's model: what its vectors belong to.
pub fn model() -> &'static str {
    MODEL_FOLDER
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
}

fn failed(answer: &FromEncoder) -> Trouble {
    match answer {
        FromEncoder::Failed(failure) => (*failure).into(),
        _ => Trouble::Worker,
    }
}
