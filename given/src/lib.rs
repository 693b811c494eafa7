//! How what sources give is read: the edge reads X's API with it, the engine archives and
//! everything else that comes to the browser.

pub mod id;
pub mod lenient;
pub mod time;
