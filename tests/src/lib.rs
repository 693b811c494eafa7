//! What the end-to-end tests share.

pub mod browser;
pub mod first_visit;
pub mod stage;
pub mod standin;
