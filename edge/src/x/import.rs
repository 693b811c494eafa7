//! How far an import has come. The browser keeps it, sealed, so that a person's limit
//! holds without anything being stored here.

use lemon_wire::{Me, PostsPage};
use serde::{Deserialize, Serialize};

use super::posts::PAGE;
use crate::{
    config::Config,
    error::Error,
    seal::{self, NONCE, Purpose},
};

/// How long an import may be interrupted. X's cursors have outlived this whenever it was
/// tried; nobody promises it.
const SECONDS: i64 = 30 * 24 * 60 * 60;

/// Where an import stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The account whose posts they are.
    account: String,
    /// X's; none at the beginning.
    pub cursor: Option<String>,
    /// Posts that were read.
    read: u32,
    /// Posts that are to be read in all.
    newest: u32,
}

impl Position {
    /// The one in the query of `GET /api/posts`: a `cursor`, or a beginning that reads the
    /// `newest` posts, as many as the operator allows.
    ///
    /// # Errors
    /// [`Error::BadRequest`] if the cursor was not given to this account or is too old, or
    /// `newest` is no number.
    pub fn of(query: &str, config: &Config, me: &Me, now: i64) -> Result<Self, Error> {
        let value = |name| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        if let Some(cursor) = value("cursor") {
            return seal::open(&config.session_key, Purpose::Cursor, now, &cursor)
                .filter(|position: &Self| position.account == me.id)
                .ok_or(Error::BadRequest(
                    "the cursor is not one that this account was given, or too old",
                ));
        }
        let newest = match value("newest") {
            Some(newest) => newest
                .parse()
                .map_err(|_| Error::BadRequest("newest is not a number"))?,
            None => config.default_posts,
        };
        let there = me.posts.unwrap_or(u32::MAX);
        Ok(Self {
            account: me.id.clone(),
            cursor: None,
            read: 0,
            newest: newest.min(config.person_posts).min(there),
        })
    }

    /// Posts still to be read.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.newest.saturating_sub(self.read)
    }

    /// Requests that takes; one at least, as X may know of more posts than it said.
    #[must_use]
    pub fn pages(&self) -> u32 {
        self.left().div_ceil(PAGE).max(1)
    }

    /// The page with the cursor behind it sealed, or with none if that is enough.
    ///
    /// # Errors
    /// [`Error::CookieTooLarge`] if X's cursor does not fit.
    pub fn close(
        &self,
        page: PostsPage,
        config: &Config,
        nonce: [u8; NONCE],
        now: i64,
    ) -> Result<PostsPage, Error> {
        let posts = u32::try_from(page.posts.len()).unwrap_or(u32::MAX);
        let next = Self {
            account: self.account.clone(),
            cursor: page.next.clone(),
            read: self.read.saturating_add(posts),
            newest: self.newest,
        };
        let sealed = match next.cursor {
            Some(_) if next.left() > 0 => Some(seal::seal(
                &config.session_key,
                Purpose::Cursor,
                nonce,
                now + SECONDS,
                &next,
            )?),
            _ => None,
        };
        Ok(PostsPage {
            next: sealed,
            ..page
        })
    }
}

#[cfg(test)]
mod tests {
    use lemon_wire::Post;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn config() -> Config {
        Config::read(|name| {
            let value = match name {
                "SESSION_KEY" => "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
                "PERSON_POSTS" => "250",
                "DEFAULT_POSTS" => "150",
                _ => "https://api.x.test",
            };
            Some(value.to_owned())
        })
        .unwrap()
    }

    fn me(posts: Option<u32>) -> Me {
        Me {
            id: "1".to_owned(),
            handle: "lemon".to_owned(),
            name: "Lemon".to_owned(),
            avatar: None,
            protected: false,
            posts,
        }
    }

    fn page(posts: usize, next: Option<&str>) -> PostsPage {
        let post = Post {
            id: "1".to_owned(),
            text: String::new(),
            at: 0,
            lang: None,
            repost: false,
            parent: None,
        };
        PostsPage {
            posts: vec![post; posts],
            next: next.map(str::to_owned),
            window: None,
        }
    }

    fn begin(query: &str, posts: Option<u32>) -> Position {
        Position::of(query, &config(), &me(posts), NOW).unwrap()
    }

    #[test]
    fn an_import_reads_what_is_asked_allowed_and_there() {
        for (query, posts, left, pages) in [
            ("", None, 150, 2),
            ("newest=999", None, 250, 3),
            ("newest=999", Some(42), 42, 1),
            ("newest=0", None, 0, 1),
            ("a=1&newest=101", None, 101, 2),
        ] {
            let position = begin(query, posts);
            assert_eq!(
                (position.left(), position.pages()),
                (left, pages),
                "{query}"
            );
        }
        let wrong = Position::of("newest=all", &config(), &me(None), NOW);
        assert!(matches!(wrong, Err(Error::BadRequest(_))));
    }

    #[test]
    fn it_goes_on_where_it_stopped_and_ends_where_it_should() {
        let config = config();
        let close =
            |position: &Position, page| position.close(page, &config, [1; 12], NOW).unwrap();
        let first = close(&begin("", None), page(100, Some("x1")));
        let query = format!("cursor={}", first.next.unwrap());
        let second = begin(&query, None);
        assert_eq!(second.cursor.as_deref(), Some("x1"));
        assert_eq!((second.left(), second.pages()), (50, 1));
        assert_eq!(close(&second, page(50, Some("x2"))).next, None);
        // A short page is not the last one; a page without a cursor is.
        assert!(close(&second, page(3, Some("x2"))).next.is_some());
        assert_eq!(close(&second, page(3, None)).next, None);
    }

    #[test]
    fn a_cursor_of_somebody_elses_making_is_refused() {
        let sealed = begin("", None).close(page(1, Some("x")), &config(), [1; 12], NOW);
        let cursor = sealed.unwrap().next.unwrap();
        for (cursor, now) in [
            ("x1".to_owned(), NOW),
            (cursor[1..].to_owned(), NOW),
            (cursor.clone(), NOW + SECONDS),
        ] {
            let query = format!("cursor={cursor}");
            let refused = Position::of(&query, &config(), &me(None), now);
            assert!(matches!(refused, Err(Error::BadRequest(_))), "{cursor}");
        }
        let another = Me {
            id: "2".to_owned(),
            ..me(None)
        };
        let query = format!("cursor={cursor}");
        assert!(Position::of(&query, &config(), &me(None), NOW).is_ok());
        let refused = Position::of(&query, &config(), &another, NOW);
        assert!(matches!(refused, Err(Error::BadRequest(_))));
    }
}
