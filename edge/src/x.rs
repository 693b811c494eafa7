//! X's API: what is asked, and what the answers mean.

pub mod account;
pub mod import;
pub mod posts;
pub mod refusal;
pub mod shorten;
pub mod text;

use http::{HeaderMap, Request, header};

use crate::{config::Config, error::Error};

/// X's shorter window, in seconds.
pub const QUARTER: i64 = 15 * 60;

/// X's longer window, in seconds.
pub const DAY: i64 = 24 * 60 * 60;

/// Longest answer read, in bytes. A page of 100 posts with their parents is
/// about 300 KB; the limit holds 200 posts of X's longest form, 25,000
/// characters of three bytes each, with room for what is around them.
pub const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// How long X may take, in milliseconds. A code lives 30 seconds, and the
/// person who waits for its exchange looks at an empty page.
pub const TIMEOUT_MS: u32 = 10_000;

/// What X answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// A request with a person's access token. The body is empty.
fn get(config: &Config, path: &str, token: &str, query: &str) -> Result<Request<String>, Error> {
    Request::get(format!("{}{path}?{query}", config.api_url))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::ACCEPT, "application/json")
        .body(String::new())
        .map_err(|_| Error::Runtime)
}

fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}
