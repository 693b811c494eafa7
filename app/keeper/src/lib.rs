//! The service worker: gives what the page has kept where the network gives nothing, so that the
//! page, one's own bots and those that one has visited open without one.
//!
//! It keeps nothing itself. A page that has worked keeps itself, all of it (`app/src/kept.rs`), in
//! the place of the one before: what is given without a network is always whole, and no page is
//! changed in the middle of its work. With a network that answers, everything comes from there,
//! as without this worker.

pub mod rules;
#[cfg(feature = "worker")]
mod shell;
