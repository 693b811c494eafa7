//! What the end-to-end tests share.

pub mod browser;
pub mod evening;
pub mod fast;
pub mod first_visit;
pub mod network;
pub mod report;
pub mod stage;
pub mod standin;
