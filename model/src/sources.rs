//! The sources' pure halves: what they give, what of it is a post, and what each does to a
//! text, taken back. What asks them, or reads their files, is the page and its workers.

pub mod bluesky;
pub mod capacity;
pub mod exchange;
pub mod given;
pub mod mastodon;
pub mod misskey;
pub mod oauth;
pub mod server;
pub mod software;
pub mod still;
mod who;
pub mod words;
pub mod x;
pub mod x_archive;
