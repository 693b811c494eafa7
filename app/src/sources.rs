//! Where posts come from.

pub mod x;
