//! The one object that knows what may be asked of X: [`Budget`] with a table behind it.

use std::{
    cell::RefCell,
    sync::{Mutex, PoisonError},
};

use lemon_wire::Status;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use worker::{
    DurableObject, Env, Method, Request, RequestInit, Response, SqlStorage, State, durable_object,
    wasm_bindgen::JsValue,
};

use super::{Edge, body, now};
use crate::{
    budget::{Bots, Budget, Decision, Endpoint, Outcome, Person, Rules, Said},
    error::Error,
    log,
};

/// There is one for all.
const NAME: &str = "budget";

/// Where it is asked; nothing else is at this address.
const ADDRESS: &str = "https://budget.invalid/";

/// Its answers: most are a few words, and the status is not much longer than a step.
const STEP: u32 = 16 * 1024;
const MOST: usize = 1024 * 1024;

/// What it is told.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Message {
    Ask {
        person: Person,
        pages: u32,
    },
    Tell {
        person: Person,
        outcome: Outcome,
        said: Said,
    },
    AskAt(Endpoint),
    TellOf {
        endpoint: Endpoint,
        outcome: Outcome,
        said: Said,
    },
    Leave(Person),
    Bots(Bots),
    Upload(Person),
    Status,
}

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
        let answer = match message {
            Message::Ask { person, pages } => text(&budget.ask(person, pages, now())),
            Message::Tell {
                person,
                outcome,
                said,
            } => text(&budget.tell(person, outcome, said, now())),
            Message::AskAt(endpoint) => text(&budget.ask_at(endpoint, now())),
            Message::TellOf {
                endpoint,
                outcome,
                said,
            } => text(&budget.tell_of(endpoint, outcome, said, now())),
            Message::Leave(person) => text(&budget.leave(person)),
            Message::Bots(bots) => text(&budget.count_bots(bots)),
            Message::Upload(who) => text(&budget.upload(who, now())),
            Message::Status => text(&budget.status(now())),
        };
        for (key, value) in budget.changes() {
            self.keep(key, value).map_err(|_| Error::Budget)?;
        }
        answer
    }

    fn restored(&self) -> Result<Budget, Error> {
        let mut budget = Budget::new(self.rules.clone()?);
        let rows = rows(&self.sql).map_err(|_| Error::Budget)?;
        budget.restore(rows.iter().map(|row| (&row.key[..], &row.value[..])));
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

fn text(answer: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(answer).map_err(|_| Error::Budget)
}

/// Leave to ask X once: there is no other way to.
#[must_use]
pub struct Grant(For);

/// What is asked for.
#[derive(Clone, Copy)]
enum For {
    Page(Person),
    Endpoint(Endpoint),
}

impl Grant {
    /// For a page of this import, which has so many left.
    ///
    /// # Errors
    /// [`Error::Waiting`] or [`Error::Closed`] if X may not be asked now.
    pub async fn page(edge: &Edge, person: Person, pages: u32) -> Result<Self, Error> {
        let asked = Message::Ask { person, pages };
        granted(edge, &asked).await?;
        Ok(Self(For::Page(person)))
    }

    /// For what signing in and out needs.
    ///
    /// # Errors
    /// [`Error::Waiting`] or [`Error::Closed`] if X may not be asked now.
    pub async fn endpoint(edge: &Edge, endpoint: Endpoint) -> Result<Self, Error> {
        granted(edge, &Message::AskAt(endpoint)).await?;
        Ok(Self(For::Endpoint(endpoint)))
    }

    /// Says what came of it.
    ///
    /// # Errors
    /// What the person is to be told if X refused: [`Error::Waiting`] or
    /// [`Error::Closed`]. A budget that cannot be told is none: what X was paid for is
    /// given, and a grant that is not given back ends by itself.
    pub async fn tell(self, edge: &Edge, outcome: Outcome, said: Said) -> Result<(), Error> {
        let told: Result<Option<Decision>, _> = match self.0 {
            For::Page(person) => {
                let message = Message::Tell {
                    person,
                    outcome,
                    said,
                };
                insist(edge, &message).await
            }
            For::Endpoint(_) if outcome == Outcome::Nothing && said == Said::default() => Ok(None),
            For::Endpoint(endpoint) => {
                let message = Message::TellOf {
                    endpoint,
                    outcome,
                    said,
                };
                // Once: a user would be counted again, where a page is known.
                send(edge, &message).await
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

async fn granted(edge: &Edge, message: &Message) -> Result<(), Error> {
    let decision: Decision = insist(edge, message).await?;
    note(edge, decision);
    decision.into()
}

/// For the log.
fn note(edge: &Edge, decision: Decision) {
    let mut said = edge.budget.lock().unwrap_or_else(PoisonError::into_inner);
    *said = Some(decision.name());
}

pub async fn leave(edge: &Edge, person: Person) -> Result<(), Error> {
    send(edge, &Message::Leave(person)).await
}

pub async fn count(edge: &Edge, bots: Bots) -> Result<(), Error> {
    send(edge, &Message::Bots(bots)).await
}

/// Counts a bot that `who` uploads; until when they have to wait if it is one too many.
pub async fn upload(edge: &Edge, who: Person) -> Result<Option<i64>, Error> {
    send(edge, &Message::Upload(who)).await
}

/// How things stand, or stood a moment ago: whoever asks without end is not to keep the one
/// object from those who read.
pub async fn status(edge: &Edge) -> Result<Status, Error> {
    static LAST: Mutex<Option<(i64, Status)>> = Mutex::new(None);
    let last = || LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = last().clone().filter(|(second, _)| *second == now());
    if let Some((_, status)) = kept {
        return Ok(status);
    }
    let status: Status = send(edge, &Message::Status).await?;
    *last() = Some((now(), status.clone()));
    Ok(status)
}

/// Once more if it fails: objects are moved now and then.
async fn insist<T: DeserializeOwned>(edge: &Edge, message: &Message) -> Result<T, Error> {
    match send(edge, message).await {
        Err(Error::Budget) => send(edge, message).await,
        answer => answer,
    }
}

async fn send<T: DeserializeOwned>(edge: &Edge, message: &Message) -> Result<T, Error> {
    const MISSING: Error = Error::Config("the binding BUDGET is missing");
    let stub = edge
        .env
        .durable_object("BUDGET")
        .and_then(|budget| budget.get_by_name(NAME))
        .map_err(|_| MISSING)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_body(Some(JsValue::from_str(&text(message)?)));
    let request = Request::new_with_init(ADDRESS, &init).map_err(|_| Error::Runtime)?;
    let answer = stub
        .fetch_with_request(request)
        .await
        .map_err(|_| Error::Budget)?;
    if answer.status_code() != 200 {
        return Err(Error::Budget);
    }
    let answer = body::read(answer.body(), STEP, MOST).await;
    serde_json::from_slice(&answer.map_err(|_| Error::Budget)?).map_err(|_| Error::Budget)
}
