//! Where posts come from.

pub mod archive;
pub mod x;
