//! Reading page after page, at X's pace.

use std::time::Duration;

use lemon_model::feed::{self, Feed};
use lemon_model::library::{Import, Page};
use lemon_wire::Cause;
use leptos::prelude::*;

use super::slot::{self, Slot};
use super::terms::{self, Terms};
use super::{failure, page};
use crate::browser;
use crate::edge::{self, EdgeError};
use crate::flow::{Flow, Stop};
use crate::trouble::Trouble;

/// How the reading of posts goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Idle,
    Going,
    /// X, or who shares it, asks to wait.
    Waiting(Slot),
    /// It failed and is tried again.
    Retrying,
}

/// X, as the page reads from it.
#[derive(Clone, Copy)]
pub struct Source {
    pub reading: RwSignal<Reading>,
    /// Seconds until the slot that is waited for.
    pub left: RwSignal<i64>,
    pub terms: Terms,
}

impl Source {
    pub fn new() -> Self {
        Self {
            reading: RwSignal::new(Reading::Idle),
            left: RwSignal::new(0),
            terms: Terms::new(),
        }
    }

    /// Reads the posts of `person` from where `import` is. `write` writes each page down
    /// before the next one is asked for, and says how far the import is then.
    ///
    /// # Errors
    /// What keeps the rest away; X is not asked for what failed before.
    pub async fn read(
        self,
        flow: Flow,
        person: &str,
        mut import: Import,
        mut write: impl AsyncFnMut(Page) -> Result<Import, Trouble>,
    ) -> Result<(), Stop> {
        if let Some(problem) = failure::kept(person) {
            self.reading.set(Reading::Idle);
            return Err(EdgeError::Problem(problem).into());
        }
        let all = async move {
            loop {
                flow.pass().await?;
                let cursor = match import {
                    Import::Done => return Ok(()),
                    Import::Start => None,
                    Import::At(cursor) => Some(cursor),
                };
                self.reading.set(Reading::Going);
                let page = self.page(flow, person, cursor.as_deref()).await?;
                import = write(page).await?;
            }
        };
        let result = all.await;
        self.reading.set(Reading::Idle);
        if let Err(Stop::For(Trouble::Edge(EdgeError::Problem(problem)))) = &result {
            failure::keep(person, problem);
        }
        result
    }

    async fn page(self, flow: Flow, person: &str, cursor: Option<&str>) -> Result<Page, Stop> {
        let mut retries = edge::RETRIES.iter();
        let mut cursor = cursor;
        // Who comes back before their time need not be told again.
        if let Some(slot) = slot::kept(person) {
            self.wait(flow, slot).await?;
            flow.pass().await?;
        }
        loop {
            let error = match edge::posts(cursor, self.terms.chosen_now()).await {
                Ok(found) => {
                    slot::forget();
                    self.reading.set(Reading::Going);
                    return Ok(page(Feed::new(feed::Source::X, person), found));
                }
                Err(error) => error,
            };
            if let Some(slot) = slot::told_by(&error) {
                slot::keep(person, slot);
                self.wait(flow, slot).await?;
                flow.pass().await?;
                continue;
            }
            match &error {
                // The place is too old, or another account's: from the newest on. Posts that
                // are here already are not kept twice.
                EdgeError::Problem(problem)
                    if problem.cause == Cause::BadRequest && cursor.is_some() =>
                {
                    cursor = None;
                }
                EdgeError::Problem(problem)
                    if !matches!(problem.cause, Cause::SourceFailed | Cause::Internal) =>
                {
                    return Err(error.into());
                }
                _ => {
                    let Some(delay) = retries.next() else {
                        return Err(error.into());
                    };
                    self.reading.set(Reading::Retrying);
                    // A page that is being left has its requests broken off, and would ask
                    // once more before it is gone.
                    let delay = if browser::is_leaving() {
                        edge::LEAVING
                    } else {
                        *delay
                    };
                    flow.nap(delay).await;
                }
            }
            flow.pass().await?;
        }
    }

    /// Waits for a slot, counting down; not to its end where an earlier one may turn up.
    async fn wait(self, flow: Flow, slot: Slot) -> Result<(), Stop> {
        let draw = browser::random().map_or(0, |[draw]| draw);
        let look = slot.look(browser::now(), draw);
        loop {
            let now = browser::now();
            let Some(left) = slot.left(now) else {
                break;
            };
            if look.is_some_and(|look| look <= now) {
                return Ok(());
            }
            self.left.set(left);
            // Whatever is drawn again every second leaves something behind, for a day.
            let waiting = Reading::Waiting(slot);
            if self.reading.get_untracked() != waiting {
                self.reading.set(waiting);
            }
            flow.nap(Duration::from_secs(1)).await;
            flow.still()?;
        }
        slot::forget();
        self.reading.set(Reading::Going);
        Ok(())
    }
}

/// Forgets all that the browser remembers of somebody's reading.
pub fn forget() {
    slot::forget();
    failure::forget();
    terms::forget();
}
