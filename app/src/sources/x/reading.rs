//! Reading page after page, at X's pace.

use lemon_model::feed::{self, Feed};
use lemon_model::library::{Import, Page, Standing};
use lemon_wire::Cause;
use leptos::prelude::*;

use super::slot::{self, Slot};
use super::terms::{self, Terms};
use super::{failure, page};
use crate::browser;
use crate::edge::{self, EdgeError, Place};
use crate::flow::{Flow, Stop};
use crate::sources::{Log, Pace, Pages, Reading, Wait};
use crate::trouble::Trouble;

/// X, as the page reads from it.
#[derive(Clone, Copy)]
pub struct Source {
    pace: Pace,
    pub terms: Terms,
}

impl Source {
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            terms: Terms::new(),
        }
    }

    /// Reads the posts of `person` from where they stand. Each page is written down before the
    /// next one is asked for.
    ///
    /// # Errors
    /// What keeps the rest away; X is not asked for what failed before.
    pub async fn read<W>(self, flow: Flow, person: &str, log: &mut Log<W>) -> Result<(), Stop>
    where
        W: AsyncFnMut(Pages) -> Result<Standing, Trouble>,
    {
        let feed = Feed::new(feed::Source::X, person);
        if matches!(
            log.standing().import_of(&feed),
            Import::Start | Import::Done
        ) {
            return Ok(());
        }
        if let Some(problem) = failure::kept(person) {
            self.pace.reading.set(Reading::Idle);
            return Err(EdgeError::Problem(problem).into());
        }
        let all = async {
            loop {
                flow.pass().await?;
                let cursor = match log.standing().import_of(&feed) {
                    Import::Start | Import::Done => return Ok(()),
                    Import::At(cursor) => Some(cursor).filter(|cursor| !cursor.is_empty()),
                };
                self.pace.reading.set(Reading::Going);
                let known = known(log.standing(), &feed);
                let page = self.page(flow, &feed, cursor.as_deref(), known).await?;
                log.add(Pages::One(page)).await?;
            }
        };
        let result = all.await;
        self.pace.reading.set(Reading::Idle);
        if let Err(Stop::For(Trouble::Edge(EdgeError::Problem(problem)))) = &result {
            failure::keep(person, problem);
        }
        result
    }

    async fn page(
        self,
        flow: Flow,
        feed: &Feed,
        cursor: Option<&str>,
        known: Option<Known>,
    ) -> Result<Page, Stop> {
        let person = &feed.account;
        let mut retries = edge::RETRIES.iter();
        let mut cursor = cursor;
        // Who comes back before their time need not be told again.
        if let Some(slot) = slot::kept(person) {
            self.wait(flow, slot).await?;
            flow.pass().await?;
        }
        loop {
            let place = match (cursor, &known) {
                (Some(cursor), _) => Place::Cursor(cursor),
                (None, Some(known)) => Place::New {
                    since: &known.to,
                    known: known.posts,
                },
                (None, None) => Place::Newest {
                    most: self.terms.chosen_now(),
                },
            };
            let error = match edge::posts(person, place).await {
                Ok(found) => {
                    slot::forget();
                    self.pace.reading.set(Reading::Going);
                    return Ok(page(feed.clone(), found));
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
                    self.pace.reading.set(Reading::Retrying(feed::Source::X));
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
            self.pace.count(flow, Wait::X(slot), left).await?;
        }
        slot::forget();
        self.pace.reading.set(Reading::Going);
        Ok(())
    }
}

/// What is known of an account before what is new is read.
struct Known {
    posts: usize,
    /// The newest of the posts up to which all are there.
    to: String,
}

/// Whichever feed its posts came from; none if they have never all been there.
fn known(standing: &Standing, feed: &Feed) -> Option<Known> {
    let of_account = || {
        let feeds = standing.feeds.iter();
        feeds.filter(|there| there.feed.is_of_account_of(feed))
    };
    // Ids grow with time, and are numbers without zeros in front.
    let to = of_account()
        .filter_map(|there| there.complete_to.clone())
        .max_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)))?;
    let posts = of_account().map(|there| there.posts).sum();
    Some(Known { posts, to })
}

/// Forgets all that the browser remembers of somebody's reading.
pub fn forget() {
    slot::forget();
    failure::forget();
    terms::forget();
}
