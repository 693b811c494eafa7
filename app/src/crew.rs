//! How many workers embed. A tab that the system kills for the memory they take can say
//! nothing; so that they run is remembered for as long as they do, and whoever finds it said
//! begins with fewer.

use std::cell::Cell;

use leptos::ev;
use leptos::prelude::window_event_listener;

use crate::browser;

/// Where the browser remembers how many workers run.
const RUNNING: &str = "lemon-workers-running";

/// Where the browser remembers how many may.
const MOST: &str = "lemon-workers-most";

thread_local! {
    /// How many run in this tab; 0 if it is one at most.
    static HERE: Cell<usize> = const { Cell::new(0) };
}

/// Learns what became of the tab before. For the tab whose turn it is: another one's workers
/// may be alive and well.
pub fn learn() {
    if HERE.get() == 0
        && let Some(killed) = number(RUNNING)
    {
        browser::remember(MOST, &(killed / 2).max(1).to_string());
        browser::forget(RUNNING);
    }
}

/// How many may run, after what was learnt; none where nothing stands against as many as
/// there are processors.
pub fn most() -> Option<usize> {
    number(MOST)
}

/// So many run from now on.
pub fn runs(workers: usize) {
    HERE.set(workers);
    browser::remember(RUNNING, &workers.to_string());
}

/// Only one runs from now on, if any.
pub fn is_dismissed() {
    if HERE.replace(0) > 0 {
        browser::forget(RUNNING);
    }
}

/// The worker that led them fell, most likely for lack of memory: as good as a tab that was
/// killed.
pub fn is_lost() {
    HERE.set(0);
}

/// They did all there was to do: so many are not too many.
pub fn is_done() {
    is_dismissed();
    browser::forget(MOST);
}

/// A tab that is closed or left is not killed.
pub fn watch_leaving() {
    // For as long as the page lives.
    let _ = window_event_listener(ev::pagehide, |_| {
        if HERE.get() > 0 {
            browser::forget(RUNNING);
        }
    });
    // It may be shown again as it was.
    let _ = window_event_listener(ev::pageshow, |_| {
        if HERE.get() > 0 {
            browser::remember(RUNNING, &HERE.get().to_string());
        }
    });
}

fn number(key: &str) -> Option<usize> {
    browser::recall(key)?.parse().ok()
}
