//! What each source does to a text, taken back. Pure: what asks the sources is the page.

pub mod x;
