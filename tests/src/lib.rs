//! What the end-to-end tests share.

#[cfg(feature = "stage")]
pub mod browser;
#[cfg(feature = "stage")]
pub mod database;
#[cfg(feature = "stage")]
pub mod evening;
#[cfg(feature = "stage")]
pub mod fall;
#[cfg(feature = "stage")]
pub mod fast;
#[cfg(feature = "stage")]
pub mod first_visit;
pub mod folders;
#[cfg(feature = "stage")]
pub mod guest;
#[cfg(feature = "stage")]
pub mod largest_bot;
#[cfg(feature = "stage")]
pub mod network;
#[cfg(feature = "stage")]
pub mod report;
#[cfg(feature = "stage")]
pub mod scripts;
#[cfg(feature = "stage")]
pub mod stage;
pub mod standin;
