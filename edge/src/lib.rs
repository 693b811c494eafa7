//! The Cloudflare Worker: it signs people in with X, passes their posts
//! through, and keeps shared bots it cannot read.
//!
//! Everything but the shell is a plain function of its input: clocks,
//! randomness, requests and answers come in as arguments.

pub mod bot;
pub mod budget;
pub mod client;
pub mod clock;
pub mod config;
pub mod cookie;
pub mod error;
pub mod headers;
pub mod latest;
pub mod log;
pub mod operator;
pub mod origin;
pub mod pace;
pub mod pkce;
pub mod purge;
pub mod seal;
pub mod session;
pub mod sign_in;
pub mod speculation;
pub mod x;

#[cfg(target_arch = "wasm32")]
mod shell;
