//! The engine: what somebody said and replied, as vectors, answers and sealed bots.
//!
//! Nothing here knows a browser, a network or a clock; what it needs of them
//! comes in as arguments.

pub mod bot;
pub mod choice;
pub mod contents;
pub mod corpus;
pub mod error;
pub mod index;
pub mod kernels;
pub mod library;
pub mod manifest;
pub mod name;
pub mod portion;
pub mod proof;
pub mod protocol;
pub mod rate;
pub mod seal;
#[cfg(feature = "sources")]
pub mod stored;
pub mod talk;
pub mod text;
pub mod vector;

#[cfg(feature = "encoder")]
pub mod encoder;
#[cfg(feature = "encoder")]
pub mod tokenizer;

#[cfg(feature = "sources")]
pub mod sources;

#[cfg(feature = "files")]
pub mod files;

#[cfg(any(feature = "encoder", feature = "files"))]
mod reader;
#[cfg(any(feature = "encoder", feature = "files"))]
pub mod vocabulary;
