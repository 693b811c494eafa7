//! Asking a Web Worker, and answering in one.
//!
//! Both sides send each other the messages of [`lemon_model::protocol`] as byte
//! arrays, whose memory is handed over and not copied. A worker says hello with an
//! empty message once it listens: what is posted to it before would be lost, and one that
//! ends without it did not start. What is too
//! large to have twice stays in JavaScript's memory: [`outside`]. What comes from the network
//! is read in the same way on both sides, and kept: [`stream`], [`cache`].

pub mod cache;
pub mod caller;
pub mod outside;
pub mod server;
pub mod stream;
