//! How far an import has come. The browser keeps it, sealed, so that a person's limit
//! holds without anything being stored here.

use lemon_wire::{Me, PostsPage};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::posts::{Given, PAGE};
use crate::{
    config::Config,
    error::Error,
    seal::{self, NONCE, Purpose},
};

/// How long an import may be interrupted. X's cursors have outlived this whenever it was
/// tried; nobody promises it.
const SECONDS: i64 = 30 * 24 * 60 * 60;

/// Pages in a row without an older post, after which X's cursor is taken to lead nowhere:
/// to the same page again, or to empty ones for ever. One or two it does give.
const STILL: u32 = 3;

/// Where an import stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The account whose posts they are.
    account: String,
    /// X's; none at the beginning.
    pub cursor: Option<String>,
    /// Posts that were read, each counted once.
    read: u32,
    /// Posts that are to be read in all.
    newest: u32,
    /// Posts that there are, as X said: it is now and then wrong, so nothing ends with them.
    #[serde(default)]
    there: Option<u32>,
    /// How far back the posts go that were read: the id of the oldest one of them or, as one
    /// of a page may stand where it does not belong, of the one before it.
    #[serde(default)]
    oldest: Option<u64>,
    /// The id of that one.
    #[serde(default)]
    astray: Option<u64>,
    /// Tells which posts the last page was of.
    #[serde(default)]
    content: Option<u64>,
    /// The last pages that brought no older one.
    #[serde(default)]
    still: u32,
    /// Only posts that are newer than the one with this id.
    #[serde(default)]
    pub since: Option<u64>,
}

/// What a page comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// With our own cursor.
    pub page: PostsPage,
    /// Posts on it, also those that are left out, that were on no page before it.
    pub new: u32,
    /// All posts that X gave, which it bills, also those that it gave on another day.
    pub given: u32,
    /// Tells which they are.
    pub content: u64,
}

impl Position {
    /// The one in the query of `GET /api/posts`: a `cursor`, or a beginning that reads the
    /// `newest` posts, as many as the operator allows, of those that are newer than `since`
    /// when so many are `known`.
    ///
    /// # Errors
    /// [`Error::OtherAccount`] if it is another `account` whose posts are asked for,
    /// [`Error::BadRequest`] if the cursor was not given to this account or is too old, or what
    /// is to be a number is none.
    pub fn of(query: &str, config: &Config, me: &Me, now: i64) -> Result<Self, Error> {
        let value = |name| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        // Somebody else may have signed in since the page was opened.
        if value("account").is_some_and(|account| account != me.id) {
            return Err(Error::OtherAccount);
        }
        if let Some(cursor) = value("cursor") {
            return seal::open(&config.session_key, Purpose::Cursor, now, &cursor)
                .filter(|position: &Self| position.account == me.id)
                .ok_or(Error::BadRequest(
                    "the cursor is not one that this account was given, or too old",
                ));
        }
        let number = |name| {
            let number = value(name).map(|number| number.parse::<u64>());
            number.transpose()
        };
        let newest = number("newest").map_err(|_| Error::BadRequest("newest is not a number"))?;
        let newest = newest.map_or(config.default_posts, |newest| {
            u32::try_from(newest).unwrap_or(u32::MAX)
        });
        let since = number("since").map_err(|_| Error::BadRequest("since is not an id"))?;
        let known = number("known").map_err(|_| Error::BadRequest("known is not a number"))?;
        let known = u32::try_from(known.unwrap_or_default()).unwrap_or(u32::MAX);
        Ok(Self {
            account: me.id.clone(),
            cursor: None,
            read: 0,
            newest: newest.min(config.person_posts),
            there: me.posts.map(|posts| posts.saturating_sub(known)),
            oldest: None,
            astray: None,
            content: None,
            still: 0,
            since,
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
        let there = self.there.unwrap_or(u32::MAX).saturating_sub(self.read);
        self.left().min(there).div_ceil(PAGE).max(1)
    }

    /// The page with the cursor behind it sealed; with none if that is enough, or if X's
    /// leads nowhere, which the page then says.
    ///
    /// X gives the newest posts first, so a post that is not older than all before it has
    /// been given before.
    ///
    /// # Errors
    /// [`Error::CookieTooLarge`] if X's cursor does not fit.
    pub fn close(
        &self,
        given: Given,
        config: &Config,
        nonce: [u8; NONCE],
        now: i64,
    ) -> Result<Step, Error> {
        let Given {
            page,
            ids,
            mut sound,
        } = given;
        let content = content(&ids);
        // Of a page that is given again also what cannot be read whole.
        let is_same = self.content == Some(content);
        let is_again = |id: &u64| {
            let is_behind = self.oldest.is_some_and(|oldest| *id >= oldest);
            is_same || is_behind || Some(*id) == self.astray
        };
        let again = ids.iter().flatten().filter(|id| is_again(id)).count();
        let new = u32::try_from(ids.len() - again).unwrap_or(u32::MAX);
        sound.retain(|id| Some(*id) != self.astray);
        sound.sort_unstable();
        let (reaches, astray) = match sound[..] {
            [astray, reaches, _, ..] => (Some(reaches), Some(astray)),
            [reaches, ..] => (Some(reaches), self.astray),
            [] => (None, self.astray),
        };
        let is_older = reaches.is_some_and(|id| self.oldest.is_none_or(|oldest| id < oldest));
        let (oldest, astray) = if is_older {
            (reaches, astray)
        } else {
            (self.oldest, self.astray)
        };
        let next = Self {
            cursor: page.next.clone(),
            read: self.read.saturating_add(new),
            still: if is_older { 0 } else { self.still + 1 },
            oldest,
            astray,
            content: Some(content),
            ..self.clone()
        };
        let is_enough = next.left() == 0;
        let leads_on = next.cursor.is_some() && next.still < STILL;
        let is_stuck = page.stalled || (next.cursor.is_some() && !leads_on);
        let sealed = if leads_on && !is_enough {
            let until = now + SECONDS;
            let key = &config.session_key;
            Some(seal::seal(key, Purpose::Cursor, nonce, until, &next)?)
        } else {
            None
        };
        Ok(Step {
            page: PostsPage {
                next: sealed,
                stalled: is_stuck && !is_enough,
                ..page
            },
            new,
            given: u32::try_from(ids.len()).unwrap_or(u32::MAX),
            content,
        })
    }
}

/// The same for the same posts in the same order.
fn content(ids: &[Option<u64>]) -> u64 {
    let mut hash = Sha256::new();
    for id in ids {
        hash.update(id.unwrap_or_default().to_be_bytes());
    }
    let digest = hash.finalize();
    let (first, _) = digest.split_at(8);
    first
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::{iter::repeat_n, ops::Range};

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

    /// A page of the posts with these ids, the newest first.
    fn page(ids: Range<u64>, next: Option<&str>) -> Given {
        let post = |id: u64| Post {
            id: id.to_string(),
            text: String::new(),
            start: None,
            earlier: Vec::new(),
            at: 0,
            lang: None,
            repost: false,
            parent: None,
        };
        Given {
            page: PostsPage {
                posts: ids.clone().rev().map(post).collect(),
                next: next.map(str::to_owned),
                window: None,
                left_out: 0,
                stalled: false,
            },
            ids: ids.clone().rev().map(Some).collect(),
            sound: ids.rev().collect(),
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
            ("newest=999", Some(42), 250, 1),
            ("newest=999", Some(142), 250, 2),
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
        for wrong in ["newest=all", "newest=-1", "since=x", "since=1&known=all"] {
            let position = Position::of(wrong, &config(), &me(None), NOW);
            assert!(matches!(position, Err(Error::BadRequest(_))), "{wrong}");
        }
        let other = Position::of("account=2&newest=9", &config(), &me(None), NOW);
        assert!(matches!(other, Err(Error::OtherAccount)));
        assert_eq!(begin("account=1&newest=9", None).left(), 9);
    }

    #[test]
    fn what_is_new_is_what_there_is_beyond_what_is_known() {
        for (query, since, pages) in [
            ("newest=250", None, 3),
            ("newest=250&since=77", Some(77), 3),
            ("newest=250&since=77&known=150", Some(77), 1),
            ("newest=250&since=77&known=100", Some(77), 2),
            ("newest=250&since=77&known=99999999999", Some(77), 1),
        ] {
            let position = begin(query, Some(240));
            assert_eq!(
                (position.since, position.pages()),
                (since, pages),
                "{query}"
            );
        }
        let config = config();
        let first = begin("newest=250&since=77&known=100", Some(240));
        let step = first.close(page(900..1_000, Some("x1")), &config, [1; 12], NOW);
        let cursor = step.unwrap().page.next.unwrap();
        assert_eq!(begin(&format!("cursor={cursor}"), None).since, Some(77));
    }

    /// What comes of pages that X gives one after the other: of each how many of its posts
    /// count, and at the end whether X's cursor led nowhere. None if it would go on.
    fn follow(query: &str, pages: impl IntoIterator<Item = Given>) -> (Vec<u32>, Option<bool>) {
        let config = config();
        let mut position = begin(query, None);
        let mut counted = Vec::new();
        for page in pages {
            let step = position.close(page, &config, [1; 12], NOW).unwrap();
            counted.push(step.new);
            let Some(next) = step.page.next else {
                return (counted, Some(step.page.stalled));
            };
            assert!(!step.page.stalled);
            position = begin(&format!("cursor={next}"), None);
        }
        (counted, None)
    }

    #[test]
    fn it_goes_on_where_it_stopped_and_ends_where_it_should() {
        let config = config();
        let close = |position: &Position, page| {
            let step = position.close(page, &config, [1; 12], NOW);
            step.unwrap().page
        };
        let first = close(&begin("", None), page(900..1_000, Some("x1")));
        let query = format!("cursor={}", first.next.unwrap());
        let second = begin(&query, None);
        assert_eq!(second.cursor.as_deref(), Some("x1"));
        assert_eq!((second.left(), second.pages()), (50, 1));
        assert_eq!(close(&second, page(850..900, Some("x2"))).next, None);
        // A short page is not the last one; a page without a cursor is.
        assert!(close(&second, page(897..900, Some("x2"))).next.is_some());
        assert_eq!(close(&second, page(897..900, None)).next, None);
    }

    #[test]
    fn a_cursor_that_does_not_move_is_followed_three_times() {
        let first = || page(900..1_000, Some("x1"));
        let cases = [
            (
                "the same token",
                vec![first(); 9],
                vec![100, 0, 0, 0],
                Some(true),
            ),
            (
                "the same page under other tokens",
                (1..9)
                    .map(|n| page(900..1_000, Some(&format!("x{n}"))))
                    .collect(),
                vec![100, 0, 0, 0],
                Some(true),
            ),
            (
                "two pages in turn",
                repeat_n([first(), page(880..900, Some("x2"))], 4)
                    .flatten()
                    .collect(),
                vec![100, 20, 0, 0, 0],
                Some(true),
            ),
            (
                "empty pages",
                [vec![first()], vec![page(0..0, Some("x")); 9]].concat(),
                vec![100, 0, 0, 0],
                Some(true),
            ),
            (
                "empty pages from the start",
                vec![page(0..0, Some("x")); 9],
                vec![0; 3],
                Some(true),
            ),
            (
                "two empty pages, and on",
                vec![
                    first(),
                    page(0..0, Some("x")),
                    page(0..0, Some("x")),
                    page(890..900, Some("x")),
                    page(0..0, Some("x")),
                    page(0..0, Some("x")),
                ],
                vec![100, 0, 0, 10, 0, 0],
                None,
            ),
            (
                "an empty page is the last",
                vec![first(), page(0..0, None)],
                vec![100, 0],
                Some(false),
            ),
            (
                "pages that overlap",
                vec![first(), page(880..930, Some("x2")), page(880..885, None)],
                vec![100, 20, 0],
                Some(false),
            ),
        ];
        for (what, pages, counted, ended) in cases {
            assert_eq!(follow("newest=250", pages), (counted, ended), "{what}");
        }
    }

    #[test]
    fn a_post_without_a_readable_id_counts_and_is_no_sign_of_progress() {
        let mut odd = page(900..1_000, Some("x"));
        odd.ids[3] = None;
        odd.sound.remove(3);
        let (counted, ended) = follow("newest=250", vec![odd; 9]);
        assert_eq!((counted, ended), (vec![100, 1, 1, 1], Some(true)));
    }

    #[test]
    fn a_post_that_stands_where_it_does_not_belong_stops_nothing() {
        let with = |ids, odd, next| {
            let mut page = page(ids, next);
            page.ids[7] = Some(odd);
            page.sound[7] = odd;
            page
        };
        let unreadable = |ids, odd, next| {
            let mut page = page(ids, next);
            page.ids[7] = Some(odd);
            page.sound.remove(7);
            page
        };
        for one in [with, unreadable] {
            let pages = [
                one(900..1_000, 5, Some("x1")),
                one(850..900, 4, Some("x2")),
                one(830..850, 2_000, Some("x3")),
                page(820..830, Some("x4")),
                page(820..830, Some("x5")),
                page(815..820, None),
            ];
            let counted = vec![100, 50, 19, 10, 0, 5];
            assert_eq!(follow("newest=250", pages), (counted, Some(false)));
        }
        // Once more, on a page that is too short to tell.
        let two = |odd, id| {
            let mut page = page(id..id + 1, Some("x7"));
            page.ids.push(Some(odd));
            page.sound.push(odd);
            page
        };
        let pages = [
            with(900..1_000, 5, Some("x1")),
            two(5, 899),
            page(890..899, None),
        ];
        let counted = vec![100, 1, 9];
        assert_eq!(follow("newest=250", pages), (counted, Some(false)));
        // Nor does it hide that the cursor leads nowhere.
        for one in [with, unreadable] {
            let same = vec![one(900..1_000, 5, Some("x")); 9];
            assert_eq!(follow("newest=250", same), (vec![100, 0, 0, 0], Some(true)));
        }
    }

    #[test]
    fn a_cursor_that_was_sealed_before_goes_on() {
        #[derive(Serialize)]
        struct Before {
            account: String,
            cursor: Option<String>,
            read: u32,
            newest: u32,
        }
        let before = Before {
            account: "1".to_owned(),
            cursor: Some("x7".to_owned()),
            read: 100,
            newest: 250,
        };
        let key = config().session_key;
        let sealed = seal::seal(&key, Purpose::Cursor, [1; 12], NOW + 9, &before).unwrap();
        let position = begin(&format!("cursor={sealed}"), None);
        assert_eq!(position.cursor.as_deref(), Some("x7"));
        assert_eq!((position.left(), position.pages()), (150, 2));
    }

    #[test]
    fn a_cursor_of_somebody_elses_making_is_refused() {
        let sealed = begin("", None).close(page(9..10, Some("x")), &config(), [1; 12], NOW);
        let cursor = sealed.unwrap().page.next.unwrap();
        for (cursor, now) in [
            ("x1".to_owned(), NOW),
            (cursor[1..].to_owned(), NOW),
            (cursor.clone(), NOW + 2_592_000),
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
