//! The engine: what somebody said and replied, as vectors, answers and sealed bots.
//!
//! Nothing here knows a browser, a network or a clock; what it needs of them
//! comes in as arguments.

#[cfg(feature = "library")]
pub mod age;
#[cfg(feature = "library")]
pub mod answers;
#[cfg(feature = "library")]
pub mod backup;
#[cfg(feature = "library")]
pub mod bot;
#[cfg(feature = "library")]
pub mod bots;
#[cfg(feature = "library")]
pub mod choice;
#[cfg(feature = "library")]
pub mod choices;
#[cfg(feature = "library")]
pub mod code;
pub mod contents;
#[cfg(feature = "library")]
pub mod corpus;
#[cfg(feature = "library")]
pub mod demo;
#[cfg(feature = "library")]
pub mod duet;
#[cfg(feature = "library")]
pub mod error;
#[cfg(feature = "library")]
pub mod feed;
#[cfg(feature = "library")]
pub mod flags;
#[cfg(feature = "library")]
pub mod in_app;
#[cfg(feature = "library")]
pub mod index;
pub mod kernels;
#[cfg(feature = "library")]
pub mod library;
#[cfg(feature = "library")]
pub mod link;
pub mod manifest;
#[cfg(feature = "library")]
pub mod name;
pub mod portion;
#[cfg(feature = "library")]
mod positions;
#[cfg(feature = "library")]
pub mod proof;
pub mod protocol;
#[cfg(feature = "library")]
pub mod rate;
#[cfg(feature = "library")]
pub mod seal;
#[cfg(feature = "library")]
pub mod stored;
#[cfg(feature = "library")]
pub mod talk;
#[cfg(feature = "library")]
pub mod text;
pub mod vector;

#[cfg(feature = "encoder")]
pub mod encoder;
#[cfg(feature = "encoder")]
pub mod tokenizer;

#[cfg(feature = "library")]
pub mod sources;

#[cfg(feature = "files")]
pub mod files;

#[cfg(any(feature = "encoder", feature = "files"))]
mod reader;
#[cfg(any(feature = "encoder", feature = "files"))]
pub mod vocabulary;
