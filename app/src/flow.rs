//! One flow at a time: it can be paused, and it ends when another one takes its place.

use std::pin::pin;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::trouble::Trouble;

/// Why a flow ended before its end.
pub enum Stop {
    /// Another one was begun, or everything was deleted.
    Superseded,
    For(Trouble),
}

impl<T: Into<Trouble>> From<T> for Stop {
    fn from(trouble: T) -> Self {
        Self::For(trouble.into())
    }
}

/// How long a flow that is no longer wanted has for its last step, so that a page that X has
/// billed is written down: as long as the edge is waited for, and a little more. After that it
/// hangs on something that never comes, and is dropped.
const LAST_STEP: Duration = Duration::from_secs(40);

/// Where the tab remembers that it is paused.
const PAUSED: &str = "lemon-paused";

/// All of them, of which the one that was begun last goes on.
#[derive(Clone, Copy)]
pub struct Flows {
    pub paused: RwSignal<bool>,
    state: StoredValue<State, LocalStorage>,
}

#[derive(Default)]
struct State {
    /// Counts flows: one whose number is not this one ends.
    number: u32,
    /// The one that has been halted last.
    halted: u32,
    /// Who is to look again whether it may go on.
    waiting: Vec<oneshot::Sender<()>>,
    /// Resolves when the flow that runs has ended.
    ended: Option<oneshot::Receiver<()>>,
    /// One was dropped.
    has_hung: bool,
}

/// One of them.
#[derive(Clone, Copy)]
pub struct Flow {
    flows: Flows,
    number: u32,
}

impl Flows {
    pub fn new() -> Self {
        Self {
            paused: RwSignal::new(browser::recall_in_tab(PAUSED).is_some()),
            state: StoredValue::new_local(State::default()),
        }
    }

    /// Begins `work`, once the flow before has ended, which it does at its next step. One that
    /// was paused stays so.
    pub fn begin(self, work: impl AsyncFnOnce(Flow) + 'static) {
        let (flow, before, ended) = self.next();
        spawn_local(async move {
            // Dropped or sent, both mean that it has ended.
            let _ = before.await;
            let too_late = async {
                flow.superseded().await;
                sleep(LAST_STEP).await;
            };
            if let Either::Right(_) = select(pin!(work(flow)), pin!(too_late)).await {
                self.state.update_value(|state| state.has_hung = true);
            }
            let _ = ended.send(());
        });
    }

    /// Ends the flow that runs. What is begun meanwhile waits for that, too.
    pub async fn end(self) {
        let (_, before, ended) = self.next();
        let _ = before.await;
        let _ = ended.send(());
    }

    /// Whether one hung and was dropped: what it asked may never answer. It is told once.
    pub fn has_hung(self) -> bool {
        let hung = self
            .state
            .try_update_value(|state| std::mem::take(&mut state.has_hung));
        hung.unwrap_or_default()
    }

    /// Takes the place of the flow that runs: what resolves when that has ended, and what is
    /// to be told when this one has.
    fn next(self) -> (Flow, oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (ended, next) = oneshot::channel();
        let before = self
            .state
            .try_update_value(|state| state.ended.replace(next))
            .flatten();
        // Its other end is dropped, so it has ended.
        let before = before.unwrap_or_else(|| oneshot::channel().1);
        (self.supersede(), before, ended)
    }

    pub fn pause(self) {
        browser::remember_in_tab(PAUSED, "");
        self.paused.set(true);
    }

    pub fn resume(self) {
        browser::forget_in_tab(PAUSED);
        self.paused.set(false);
        self.wake();
    }

    fn supersede(self) -> Flow {
        let number = self.state.try_update_value(|state| {
            state.number += 1;
            state.number
        });
        self.wake();
        Flow {
            flows: self,
            number: number.unwrap_or_default(),
        }
    }

    fn woken(self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.state.update_value(|state| {
            // Who waits for a day looks at the clock every second, and is not to leave
            // something behind each time.
            state.waiting.retain(|waits| !waits.is_canceled());
            state.waiting.push(sender);
        });
        receiver
    }

    /// Lets all who wait look again.
    fn wake(self) {
        self.state.update_value(|state| state.waiting.clear());
    }
}

impl Flow {
    pub fn is_current(self) -> bool {
        self.flows
            .state
            .with_value(|state| state.number == self.number)
    }

    fn goes_on(self) -> bool {
        let halted = self.flows.state.with_value(|state| state.halted);
        self.is_current() && halted != self.number
    }

    /// Ends it at its next step although no other one takes its place.
    pub fn halt(self) {
        self.flows
            .state
            .update_value(|state| state.halted = self.number);
        self.flows.wake();
    }

    /// # Errors
    /// [`Stop::Superseded`] if another one was begun, or it was halted.
    pub fn still(self) -> Result<(), Stop> {
        if self.goes_on() {
            Ok(())
        } else {
            Err(Stop::Superseded)
        }
    }

    /// Waits while it is paused.
    ///
    /// # Errors
    /// As [`Flow::still`].
    pub async fn pass(self) -> Result<(), Stop> {
        while self.flows.paused.get_untracked() && self.goes_on() {
            // Dropped or sent, both mean: look again.
            let _ = self.flows.woken().await;
        }
        self.still()
    }

    /// Resolves when another one was begun, or it was halted.
    pub async fn superseded(self) {
        while self.goes_on() {
            // Dropped or sent, both mean: look again.
            let _ = self.flows.woken().await;
        }
    }

    /// Sleeps, unless another one is begun.
    pub async fn nap(self, time: Duration) {
        select(sleep(time), pin!(self.superseded())).await;
    }
}
