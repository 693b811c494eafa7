//! The one object that knows what may be asked of X: [`Budget`] with a table behind it.

use std::{
    cell::RefCell,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use lemon_wire::Status;
use serde::{Deserialize, de::DeserializeOwned};
use worker::{
    Delay, DurableObject, Env, Method, Request, RequestInit, Response, SqlStorage, State,
    durable_object, js_sys::Reflect, wasm_bindgen::JsValue,
};

use super::{Edge, body, now, random};
use crate::{
    budget::{
        Bots, Budget, Decision, Endpoint, Fault, Leaving, Message, Outcome, Page, Person, Rules,
        Said, Upload, Wanted,
    },
    error::Error,
    latest::{Latest, Look},
    log,
};

/// There is one for all.
const NAME: &str = "budget";

/// Where it is asked; nothing else is at this address.
const ADDRESS: &str = "https://budget.invalid/";

/// Its answers: most are a few words, and the status is not much longer than a step.
const STEP: u32 = 16 * 1024;
const MOST: usize = 1024 * 1024;

/// [`Budget`], kept in a table. Every answer waits until it is written down.
#[durable_object]
pub struct BudgetObject {
    rules: Result<Rules, Error>,
    /// None until it was read from the table.
    budget: RefCell<Option<Budget>>,
    sql: SqlStorage,
}

#[derive(Deserialize)]
struct Row {
    key: String,
    value: String,
}

impl DurableObject for BudgetObject {
    fn new(state: State, env: Env) -> Self {
        super::set_clock(&env);
        let sql = state.storage().sql();
        Self {
            rules: Rules::read(|name| env.var(name).ok().map(|value| value.to_string())),
            budget: RefCell::default(),
            sql,
        }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        // Not as JavaScript's own numbers, which end at 53 bits.
        let message = serde_json::from_str(&request.text().await?);
        match message
            .map_err(|_| Error::Budget)
            .and_then(|message| self.answer(message))
        {
            Ok(answer) => Response::ok(answer),
            Err(error) => {
                super::write(&log::Failure::from(error));
                Response::error(String::new(), 500)
            }
        }
    }
}

impl BudgetObject {
    fn answer(&self, message: Message) -> Result<String, Error> {
        let mut budget = self.budget.try_borrow_mut().map_err(|_| Error::Budget)?;
        let budget = match &mut *budget {
            Some(budget) => budget,
            none => none.insert(self.restored()?),
        };
        let answer = message.answer(budget, now());
        for (key, value) in budget.changes() {
            self.keep(key, value).map_err(|_| Error::Budget)?;
        }
        answer.map_err(|_| Error::Budget)
    }

    fn restored(&self) -> Result<Budget, Error> {
        let mut budget = Budget::new(self.rules.clone()?);
        let rows = rows(&self.sql).map_err(|_| Error::Budget)?;
        if !budget.restore(rows.iter().map(|row| (&row.key[..], &row.value[..]))) {
            super::write(&log::Failure::from(Error::MonthLost));
        }
        Ok(budget)
    }

    fn keep(&self, key: String, value: Option<String>) -> worker::Result<()> {
        match value {
            Some(value) => self.sql.exec(
                "INSERT OR REPLACE INTO budget (key, value) VALUES (?, ?)",
                vec![key.into(), value.into()],
            ),
            None => self
                .sql
                .exec("DELETE FROM budget WHERE key = ?", vec![key.into()]),
        }
        .map(drop)
    }
}

fn rows(sql: &SqlStorage) -> worker::Result<Vec<Row>> {
    sql.exec(
        "CREATE TABLE IF NOT EXISTS budget (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        None,
    )?;
    sql.exec("SELECT key, value FROM budget", None)?.to_array()
}

/// Leave to ask X once: there is no other way to.
#[must_use]
pub struct Grant(For);

/// What is asked for.
#[derive(Clone, Copy)]
enum For {
    Page { person: Person, page: Page },
    Endpoint { endpoint: Endpoint, ticket: u64 },
}

impl Grant {
    /// For a page of somebody's import.
    ///
    /// # Errors
    /// [`Error::Waiting`] or [`Error::Closed`] if X may not be asked now.
    pub async fn page(edge: &Edge, wanted: Wanted) -> Result<Self, Error> {
        granted(edge, Message::Ask(wanted)).await?;
        let Wanted { person, page, .. } = wanted;
        Ok(Self(For::Page { person, page }))
    }

    /// For what signing in and out needs.
    ///
    /// # Errors
    /// [`Error::Waiting`] or [`Error::Closed`] if X may not be asked now.
    pub async fn endpoint(edge: &Edge, endpoint: Endpoint) -> Result<Self, Error> {
        let ticket = u64::from_be_bytes(random()?);
        granted(edge, Message::AskAt { endpoint, ticket }).await?;
        Ok(Self(For::Endpoint { endpoint, ticket }))
    }

    /// For the end of a session, whose turn is given up; none if X has been asked for it.
    ///
    /// # Errors
    /// [`Error::Waiting`] if X may not be asked now.
    pub async fn sign_out(edge: &Edge, leaving: Leaving) -> Result<Option<Self>, Error> {
        let decision: Option<Decision> = send(edge, Message::SignOut(leaving)).await?;
        let Some(decision) = decision else {
            return Ok(None);
        };
        note(edge, decision);
        Result::from(decision)?;
        let (endpoint, ticket) = (Endpoint::Revoke, leaving.ticket);
        Ok(Some(Self(For::Endpoint { endpoint, ticket })))
    }

    /// Says what came of it.
    ///
    /// # Errors
    /// What the person is to be told if X refused: [`Error::Waiting`] or
    /// [`Error::Closed`]. A budget that cannot be told is none: what X was paid for is
    /// given, and is counted since it was asked for.
    pub async fn tell(self, edge: &Edge, outcome: Outcome, said: Said) -> Result<(), Error> {
        let told: Result<Option<Decision>, _> = match self.0 {
            For::Page { person, page } => {
                let message = Message::Tell {
                    person,
                    page,
                    outcome,
                    said,
                };
                send(edge, message).await
            }
            For::Endpoint { endpoint, .. }
                if endpoint != Endpoint::Me
                    && outcome == Outcome::Nothing
                    && said == Said::default() =>
            {
                Ok(None)
            }
            For::Endpoint { endpoint, ticket } => {
                let message = Message::TellOf {
                    endpoint,
                    ticket,
                    outcome,
                    said,
                };
                send(edge, message).await
            }
        };
        match told {
            Ok(Some(decision)) => {
                note(edge, decision);
                decision.into()
            }
            Ok(None) | Err(_) => Ok(()),
        }
    }
}

async fn granted(edge: &Edge, message: Message) -> Result<(), Error> {
    let decision: Decision = send(edge, message).await?;
    note(edge, decision);
    decision.into()
}

/// For the log.
fn note(edge: &Edge, decision: Decision) {
    let mut said = edge.budget.lock().unwrap_or_else(PoisonError::into_inner);
    *said = Some(decision.name());
}

pub async fn count(edge: &Edge, bots: Bots) -> Result<(), Error> {
    send(edge, Message::Bots(bots)).await
}

/// Takes room for a bot that is uploaded.
///
/// # Errors
/// [`Error::TooMany`] for somebody who has had theirs of today, [`Error::NoRoom`] where the
/// operator gives no more.
pub async fn upload(edge: &Edge, upload: Upload) -> Result<(), Error> {
    let decision: Decision = send(edge, Message::Upload(upload)).await?;
    note(edge, decision);
    match decision {
        Decision::Go => Ok(()),
        Decision::Ended => Err(Error::SignedOut),
        Decision::Wait { until, .. } => Err(Error::TooMany { retry_at: until }),
        Decision::Closed { until, .. } => Err(Error::NoRoom {
            retry_at: until.unwrap_or(now()),
        }),
    }
}

/// Has what is over forgotten, also when nobody comes: whoever asks how things stand has it
/// tidied first.
pub async fn tidy(edge: &Edge) -> Result<(), Error> {
    send::<Status>(edge, Message::Status).await.map(drop)
}

/// How things stand, or stood a moment ago: whoever asks without end is not to keep the one
/// object from those who read.
pub async fn status(edge: &Edge) -> Result<Status, Error> {
    static LATEST: Mutex<Latest<Status>> = Mutex::new(Latest::new());
    /// How long to wait for somebody who asks already, and how often.
    const PAUSE: Duration = Duration::from_millis(50);
    const PAUSES: usize = 200;
    let latest = || LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in 0..PAUSES {
        let look = latest().look(now());
        match look {
            Look::Here(status) => return Ok(status),
            Look::Wait => Delay::from(PAUSE).await,
            Look::Ask => {
                let status: Status = send(edge, Message::Status).await?;
                latest().set(status.clone(), now());
                return Ok(status);
            }
        }
    }
    Err(Error::Budget)
}

/// Sends a message, and once more if there is reason to: an object is started anew with
/// every deploy, and moved now and then.
async fn send<T: DeserializeOwned>(edge: &Edge, message: Message) -> Result<T, Error> {
    let fault = match call(edge, message).await {
        Err(Failure::Call(fault)) => fault,
        Err(Failure::Fatal(error)) => return Err(error),
        Ok(answer) => return Ok(answer),
    };
    let [lot] = random().unwrap_or_default();
    let wait = message.again(fault, lot).ok_or(Error::Budget)?;
    if !wait.is_zero() {
        Delay::from(wait).await;
    }
    call(edge, message).await.map_err(|failure| match failure {
        Failure::Call(_) => Error::Budget,
        Failure::Fatal(error) => error,
    })
}

/// Why a message has no answer.
enum Failure {
    /// It did not arrive, or the answer did not.
    Call(Fault),
    /// The same would come of it again.
    Fatal(Error),
}

/// One call, of a stub of its own: one that has failed once may always fail.
async fn call<T: DeserializeOwned>(edge: &Edge, message: Message) -> Result<T, Failure> {
    const MISSING: Failure = Failure::Fatal(Error::Config("the binding BUDGET is missing"));
    const RUNTIME: Failure = Failure::Fatal(Error::Runtime);
    const REFUSED: Failure = Failure::Fatal(Error::Budget);
    let stub = edge
        .env
        .durable_object("BUDGET")
        .and_then(|budget| budget.get_by_name(NAME))
        .map_err(|_| MISSING)?;
    let message = serde_json::to_string(&message).map_err(|_| RUNTIME)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_body(Some(JsValue::from_str(&message)));
    let request = Request::new_with_init(ADDRESS, &init).map_err(|_| RUNTIME)?;
    let answer = stub
        .fetch_with_request(request)
        .await
        .map_err(|error| Failure::Call(fault(&error)))?;
    if answer.status_code() != 200 {
        return Err(REFUSED);
    }
    let answer = body::read(answer.body(), STEP, MOST).await;
    let answer = answer.map_err(|_| Failure::Call(Fault::Lost))?;
    serde_json::from_slice(&answer).map_err(|_| REFUSED)
}

/// What the runtime says of it.
fn fault(error: &worker::Error) -> Fault {
    let error = error.to_js_value();
    Fault::of(|name| Reflect::get(&error, &name.into()).is_ok_and(|value| value.is_truthy()))
}
