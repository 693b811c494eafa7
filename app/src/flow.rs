//! One flow at a time: it can be paused, and it ends when another one takes its place.

use std::pin::pin;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::select;
use gloo_timers::future::sleep;
use leptos::prelude::*;
use leptos::task::spawn_local;

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
    /// Who is to look again whether it may go on.
    waiting: Vec<oneshot::Sender<()>>,
    /// Resolves when the flow that runs has ended.
    ended: Option<oneshot::Receiver<()>>,
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
            paused: RwSignal::new(false),
            state: StoredValue::new_local(State::default()),
        }
    }

    /// Begins `work`, once the flow before has ended, which it does at its next step.
    pub fn begin(self, work: impl AsyncFnOnce(Flow) + 'static) {
        self.paused.set(false);
        let (ended, next) = oneshot::channel();
        let before = self
            .state
            .try_update_value(|state| state.ended.replace(next))
            .flatten();
        let flow = self.supersede();
        spawn_local(async move {
            if let Some(before) = before {
                // Dropped or sent, both mean that it has ended.
                let _ = before.await;
            }
            work(flow).await;
            let _ = ended.send(());
        });
    }

    /// Ends the flow that runs.
    pub async fn end(self) {
        let running = self
            .state
            .try_update_value(|state| state.ended.take())
            .flatten();
        self.supersede();
        if let Some(running) = running {
            let _ = running.await;
        }
    }

    pub fn pause(self) {
        self.paused.set(true);
    }

    pub fn resume(self) {
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
        self.state.update_value(|state| state.waiting.push(sender));
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

    /// # Errors
    /// [`Stop::Superseded`] if another one was begun.
    pub fn still(self) -> Result<(), Stop> {
        if self.is_current() {
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
        while self.flows.paused.get_untracked() && self.is_current() {
            // Dropped or sent, both mean: look again.
            let _ = self.flows.woken().await;
        }
        self.still()
    }

    /// Resolves when another one was begun.
    pub async fn superseded(self) {
        while self.is_current() {
            // Dropped or sent, both mean: look again.
            let _ = self.flows.woken().await;
        }
    }

    /// Sleeps, unless another one is begun.
    pub async fn nap(self, time: Duration) {
        select(sleep(time), pin!(self.superseded())).await;
    }
}
