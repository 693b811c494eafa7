use super::{
    DEMO_HANDLE, Error,
    demo::Demo,
    generated::{self, Generated},
    post::{Found, Post, Relation, User},
};

/// The newest posts of an account that X gives out; older ones stay out of
/// reach.
pub const REACH: usize = 3_200;

/// All accounts one can sign in as.
#[derive(Clone, Debug)]
pub struct Directory {
    demo: Demo,
}

/// An account one can sign in as, and its posts.
#[derive(Clone, Debug)]
pub struct Account<'a> {
    source: Source<'a>,
}

#[derive(Clone, Debug)]
enum Source<'a> {
    Demo(&'a Demo),
    Generated(Generated),
}

/// How many posts of each kind are within [`REACH`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The sum of all others but the last three.
    pub in_reach: usize,
    /// Replies to somebody else, whether or not what they answer can be seen.
    pub replies_to_others: usize,
    pub replies_to_self: usize,
    pub retweets: usize,
    pub quotes: usize,
    pub statements: usize,
    /// Replies to others whose parent's text may be used: it is shown and its
    /// author is not protected.
    pub open_parents: usize,
    /// Replies to others whose parent is shown but by a protected author.
    pub protected_parents: usize,
    /// Replies to others whose parent is by a protected author and not shown.
    pub hidden_parents: usize,
}

impl Directory {
    /// # Errors
    /// [`Error::Demo`] if the written account's file is malformed.
    pub fn load() -> Result<Self, Error> {
        Ok(Self {
            demo: Demo::load()?,
        })
    }

    /// The account called `handle`; a leading `@` is allowed.
    #[must_use]
    pub fn account(&self, handle: &str) -> Option<Account<'_>> {
        let handle = handle.trim().trim_start_matches('@');
        let source = if handle == DEMO_HANDLE {
            Source::Demo(&self.demo)
        } else {
            Source::Generated(Generated::by_handle(handle)?)
        };
        Some(Account { source })
    }

    #[must_use]
    pub fn account_by_user(&self, id: u64) -> Option<Account<'_>> {
        let source = if id == self.demo.user().id {
            Source::Demo(&self.demo)
        } else {
            Source::Generated(Generated::by_user_id(id)?)
        };
        Some(Account { source })
    }

    /// Any post by its id, an account's own or somebody else's.
    #[must_use]
    pub fn find(&self, id: u64) -> Found {
        if Demo::owns(id) {
            self.demo.find(id)
        } else {
            Generated::find(id)
        }
    }

    /// Anybody by handle, those included whom one cannot sign in as.
    #[must_use]
    pub fn user(&self, handle: &str) -> Option<User> {
        self.account(handle)
            .map(|account| account.user().clone())
            .or_else(|| self.demo.friend(handle).cloned())
            .or_else(|| generated::other_by_handle(handle))
    }

    /// The same by id.
    #[must_use]
    pub fn user_by_id(&self, id: u64) -> Option<User> {
        self.account_by_user(id)
            .map(|account| account.user().clone())
            .or_else(|| self.demo.friend_by_id(id).cloned())
            .or_else(|| generated::other_by_id(id))
    }
}

impl Account<'_> {
    #[must_use]
    pub fn user(&self) -> &User {
        match &self.source {
            Source::Demo(demo) => demo.user(),
            Source::Generated(account) => account.user(),
        }
    }

    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "an account is not a collection"
    )]
    pub fn len(&self) -> usize {
        match &self.source {
            Source::Demo(demo) => demo.posts().len(),
            Source::Generated(account) => account.len(),
        }
    }

    /// How many of its posts X gives out.
    #[must_use]
    pub fn in_reach(&self) -> usize {
        self.len().min(REACH)
    }

    /// The post with `index` newer ones before it.
    #[must_use]
    pub fn post(&self, index: usize) -> Option<Post> {
        match &self.source {
            Source::Demo(demo) => demo.posts().get(index).cloned(),
            Source::Generated(account) => account.post(index),
        }
    }

    /// Counts the posts in reach. `directory` is the one that the account is of.
    #[must_use]
    pub fn contents(&self, directory: &Directory) -> Contents {
        let mut contents = Contents::default();
        for post in (0..self.in_reach()).filter_map(|index| self.post(index)) {
            contents.in_reach += 1;
            let Some(reference) = post.reference else {
                contents.statements += 1;
                continue;
            };
            match reference.relation {
                Relation::Retweeted => contents.retweets += 1,
                Relation::Quoted => contents.quotes += 1,
                Relation::RepliedTo if post.answers == Some(post.author.id) => {
                    contents.replies_to_self += 1;
                }
                Relation::RepliedTo => {
                    contents.replies_to_others += 1;
                    match directory.find(reference.id) {
                        Found::Shown(parent) if parent.author.protected => {
                            contents.protected_parents += 1;
                        }
                        Found::Shown(_) => contents.open_parents += 1,
                        Found::Hidden => contents.hidden_parents += 1,
                        Found::Missing => {}
                    }
                }
            }
        }
        contents
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_add_up() {
        let directory = Directory::load().unwrap();
        for handle in [DEMO_HANDLE, "posts_3200", "posts_5000", "empty_demo"] {
            let account = directory.account(handle).unwrap();
            let contents = account.contents(&directory);
            assert_eq!(contents.in_reach, account.in_reach());
            assert_eq!(
                contents.in_reach,
                contents.replies_to_others
                    + contents.replies_to_self
                    + contents.retweets
                    + contents.quotes
                    + contents.statements
            );
            assert!(
                contents.open_parents + contents.protected_parents <= contents.replies_to_others
            );
        }
    }

    #[test]
    fn the_special_accounts_are_what_they_are_called() {
        let directory = Directory::load().unwrap();
        assert!(
            directory
                .account("@protected_demo")
                .unwrap()
                .user()
                .protected
        );
        assert_eq!(directory.account("empty_demo").unwrap().len(), 0);
        let retweets = directory.account("retweets_demo").unwrap();
        assert_eq!(retweets.contents(&directory).retweets, retweets.len());
        assert!(directory.account("mina").is_none());
    }
}
