//! Several things at once, on two cores or more.

use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use anyhow::{Result, anyhow};

use crate::process;

/// One after the other within it, beside the other lanes.
pub type Lane<'a> = Box<dyn FnOnce() -> Result<()> + Send + 'a>;

/// Runs every lane to its end. When one fails the others are stopped, and its error is the
/// answer.
pub fn together(lanes: Vec<Lane<'_>>) -> Result<()> {
    let first = Mutex::new(None);
    thread::scope(|scope| {
        for lane in lanes {
            let first = &first;
            scope.spawn(move || {
                if let Err(error) = lane() {
                    let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                    first.get_or_insert(error);
                    process::stop();
                }
            });
        }
    });
    let first = first.into_inner().unwrap_or_else(PoisonError::into_inner);
    first.map_or(Ok(()), Err)
}

/// What one lane makes and others wait for.
pub struct Later<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

enum State<T> {
    Coming,
    There(T),
    /// Whoever was to make it has failed.
    Never,
}

impl<T: Clone> Later<T> {
    pub fn new() -> Self {
        Self {
            state: Mutex::new(State::Coming),
            changed: Condvar::new(),
        }
    }

    /// Makes it, for all who wait.
    pub fn make(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let made = work();
        let state = match &made {
            Ok(value) => State::There(value.clone()),
            Err(_) => State::Never,
        };
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
        self.changed.notify_all();
        made
    }

    /// Waits until it is there.
    pub fn wait(&self) -> Result<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match &*state {
                State::There(value) => return Ok(value.clone()),
                State::Never => return Err(anyhow!("what it needs could not be made")),
                State::Coming => {
                    let woken = self.changed.wait(state);
                    state = woken.unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn a_lane_waits_for_what_another_makes() {
        let made = Later::new();
        let sum = Mutex::new(0);
        together(vec![
            Box::new(|| {
                *sum.lock().unwrap() += made.wait()?;
                Ok(())
            }),
            Box::new(|| made.make(|| Ok(2)).map(drop)),
        ])
        .unwrap();
        assert_eq!(*sum.lock().unwrap(), 2);
        assert_eq!(made.wait().unwrap(), 2);
    }

    #[test]
    fn who_waits_for_what_fails_is_told() {
        let made: Later<u8> = Later::new();
        assert!(made.make(|| bail!("broken")).is_err());
        assert!(made.wait().is_err());
    }
}
