//! Who somebody is at one of many servers.

use lemon_given::lenient::Maybe;

use super::given::{Unreadable, Wishes};
use super::server::Server;
use crate::bots::Account;
use crate::feed::{Feed, Source};

/// Longest name that is taken from a server, in bytes: more than any of them allows, and less
/// than a shared bot may have.
pub(super) const MAX_NAME: usize = 380;

/// As a server says it.
pub(super) struct Who {
    pub id: Maybe<String>,
    pub username: Maybe<String>,
    pub name: Maybe<String>,
    pub posts: Maybe<u32>,
}

impl Who {
    /// The account, whose id has at most `max_id` bytes and can stand behind the server's name.
    pub fn account(
        self,
        source: Source,
        server: &Server,
        max_id: usize,
    ) -> Result<Account, Unreadable> {
        let is_id = |id: &String| (1..=max_id).contains(&id.len()) && !id.contains('/');
        let id = self.id.0.filter(is_id).ok_or(Unreadable)?;
        let is_name = |name: &String| (1..=MAX_NAME).contains(&name.len());
        let username = self.username.0.filter(is_name).ok_or(Unreadable)?;
        Ok(Account {
            feed: Feed::new(source, &format!("{server}/{id}")),
            name: self.name.0.filter(is_name).unwrap_or_default(),
            handle: format!("{username}@{server}"),
            posts: self.posts.0,
            wishes: Wishes::default(),
            is_keyed: false,
        })
    }
}
