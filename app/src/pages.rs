//! One page for each route.

pub mod back;
pub mod bot;
pub mod bots;
pub mod chat;
pub mod home;
pub mod privacy;
pub mod search;
pub mod status;
