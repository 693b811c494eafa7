//! Accounts of any size whose posts are worked out when they are asked for:
//! the same handle always has the same posts, and none of them is stored.

use super::{
    KNOWN,
    phrase::{self, Exchange},
    post::{
        Found, Lang, NEWEST, Post, Reference, Relation, SPAN, User, draw, mix, parse_snowflake,
        snowflake,
    },
};

/// Most posts a generated account may have. An id holds the size in 20 bits.
pub const MAX_POSTS: usize = 1_000_000;

const PROTECTED_SLOT: u32 = 1_000_001;
const PROTECTED_POSTS: usize = 60;
const RETWEETS_SLOT: u32 = 1_000_002;
const RETWEETS_POSTS: usize = 40;
const EMPTY_SLOT: u32 = 1_000_003;

const FIRST_USER_ID: u64 = 3_000_000_000;
const FIRST_OTHER_ID: u64 = 1_700_000_000;
const OTHERS: usize = 400;
/// One in so many of the other people is protected but followed by everybody
/// who signs in here, so that X shows their posts.
const PROTECTED_OTHERS: usize = 29;

/// The indices of the known exchanges, among the newest fifty posts.
const KNOWN_AT: [usize; KNOWN.len()] = [17, 23, 31];

/// Own posts and other people's are told apart by the low bits of an id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Own = 0,
    Other = 1,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    user: User,
    slot: u32,
    len: usize,
}

/// What one post of the account is, before its text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    Known(usize),
    Reply(Sight),
    /// Answers the account's own post before it.
    Thread,
    Quote,
    Retweet,
    Statement,
    /// A statement too long for an ordinary post.
    Note,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    Shown,
    Hidden,
    Missing,
}

impl Generated {
    #[must_use]
    pub fn by_handle(handle: &str) -> Option<Self> {
        match handle {
            "protected_demo" => Some(Self::with_slot(PROTECTED_SLOT)),
            "retweets_demo" => Some(Self::with_slot(RETWEETS_SLOT)),
            "empty_demo" => Some(Self::with_slot(EMPTY_SLOT)),
            _ => {
                let digits = handle.strip_prefix("posts_")?;
                let slot: u32 = digits.parse().ok()?;
                // Refuses `posts_007`, which would be a second name of `posts_7`.
                (slot.to_string() == digits && usize::try_from(slot).ok()? <= MAX_POSTS)
                    .then(|| Self::with_slot(slot))
            }
        }
    }

    #[must_use]
    pub fn by_user_id(id: u64) -> Option<Self> {
        let slot = u32::try_from(id.checked_sub(FIRST_USER_ID)?).ok()?;
        (slot <= EMPTY_SLOT).then(|| Self::with_slot(slot))
    }

    fn with_slot(slot: u32) -> Self {
        let (handle, name, len, protected) = match slot {
            PROTECTED_SLOT => (
                "protected_demo".to_owned(),
                "Protected demo".to_owned(),
                PROTECTED_POSTS,
                true,
            ),
            RETWEETS_SLOT => (
                "retweets_demo".to_owned(),
                "Retweets only".to_owned(),
                RETWEETS_POSTS,
                false,
            ),
            EMPTY_SLOT => ("empty_demo".to_owned(), "No posts yet".to_owned(), 0, false),
            n => (
                format!("posts_{n}"),
                format!("{n} posts"),
                usize::try_from(n).unwrap_or(0),
                false,
            ),
        };
        Self {
            user: User {
                id: FIRST_USER_ID + u64::from(slot),
                handle,
                name,
                protected,
            },
            slot,
            len,
        }
    }

    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    /// How many posts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The post with `index` newer ones before it.
    #[must_use]
    pub fn post(&self, index: usize) -> Option<Post> {
        (index < self.len).then(|| self.own(index))
    }

    /// Any generated post, own or other, by its id.
    #[must_use]
    pub fn find(id: u64) -> Found {
        let (at, low) = parse_snowflake(id);
        if low >> 2 > EMPTY_SLOT {
            return Found::Missing;
        }
        let account = Self::with_slot(low >> 2);
        let Some(index) = account.index_at(at) else {
            return Found::Missing;
        };
        if id == account.id(index, Side::Own) {
            Found::Shown(account.own(index))
        } else if id == account.id(index, Side::Other) {
            account.other(index)
        } else {
            Found::Missing
        }
    }

    fn own(&self, index: usize) -> Post {
        let id = self.id(index, Side::Own);
        let mut post = Post {
            id,
            author: self.user.clone(),
            at: self.at(index, Side::Own),
            lang: self.lang(index),
            text: String::new(),
            reference: None,
            answers: None,
            conversation: id,
        };
        let seed = self.seed(index);
        let refer = |relation| {
            let id = self.id(index, Side::Other);
            Some(Reference { relation, id })
        };
        match self.plan(index) {
            Plan::Known(which) => {
                post.text = format!("@{} {}", self.partner(index).handle, KNOWN[which].reply);
                post.reference = refer(Relation::RepliedTo);
                post.answers = Some(self.partner(index).id);
                post.conversation = self.id(index, Side::Other);
            }
            Plan::Reply(_) => {
                let Exchange { reply, .. } = phrase::exchange(post.lang, seed);
                post.text = format!("@{} {reply}", self.partner(index).handle);
                post.reference = refer(Relation::RepliedTo);
                post.answers = Some(self.partner(index).id);
                post.conversation = self.id(index, Side::Other);
            }
            Plan::Thread => {
                let root = (index..self.len)
                    .find(|&older| self.plan(older) != Plan::Thread)
                    .unwrap_or(index);
                post.lang = self.lang(root);
                post.text = phrase::continuation(post.lang, seed);
                post.reference = Some(Reference {
                    relation: Relation::RepliedTo,
                    id: self.id(index + 1, Side::Own),
                });
                post.answers = Some(self.user.id);
                post.conversation = match self.plan(root) {
                    Plan::Reply(_) | Plan::Known(_) => self.id(root, Side::Other),
                    _ => self.id(root, Side::Own),
                };
            }
            Plan::Quote => {
                let other = self.id(index, Side::Other);
                let handle = self.partner(index).handle;
                post.text = format!(
                    "{} https://x.com/{handle}/status/{other}",
                    phrase::statement(post.lang, seed)
                );
                post.reference = refer(Relation::Quoted);
            }
            Plan::Retweet => {
                let partner = self.partner(index);
                let text = phrase::statement(post.lang, mix(seed, 1));
                post.text = format!("RT @{}: {text}", partner.handle);
                post.reference = refer(Relation::Retweeted);
            }
            Plan::Statement => post.text = phrase::statement(post.lang, seed),
            Plan::Note => post.text = phrase::note(post.lang, seed),
        }
        post
    }

    /// The post that the one at `index` answers, quotes or repeats.
    fn other(&self, index: usize) -> Found {
        let seed = self.seed(index);
        let lang = self.lang(index);
        let text = match self.plan(index) {
            Plan::Known(which) => KNOWN[which].said.to_owned(),
            Plan::Reply(Sight::Shown) => phrase::exchange(lang, seed).said,
            Plan::Quote | Plan::Retweet => phrase::statement(lang, mix(seed, 1)),
            Plan::Reply(Sight::Hidden) => return Found::Hidden,
            _ => return Found::Missing,
        };
        let mentions = matches!(self.plan(index), Plan::Reply(_)) && draw(seed, 21, 2) == 0;
        let id = self.id(index, Side::Other);
        Found::Shown(Post {
            id,
            author: self.partner(index),
            at: self.at(index, Side::Other),
            lang,
            text: if mentions {
                format!("@{} {text}", self.user.handle)
            } else {
                text
            },
            reference: None,
            answers: mentions.then_some(self.user.id),
            conversation: id,
        })
    }

    fn plan(&self, index: usize) -> Plan {
        if self.slot == RETWEETS_SLOT {
            return Plan::Retweet;
        }
        if let Some(which) = self.known(index) {
            return Plan::Known(which);
        }
        let plan = self.first_plan(index);
        if plan != Plan::Thread {
            return plan;
        }
        // A chain must begin with something that can be answered.
        let root = (index + 1..self.len)
            .map(|older| {
                self.known(older)
                    .map_or(self.first_plan(older), Plan::Known)
            })
            .find(|&older| older != Plan::Thread);
        match root {
            None | Some(Plan::Retweet) => Plan::Statement,
            Some(_) => Plan::Thread,
        }
    }

    fn first_plan(&self, index: usize) -> Plan {
        let seed = self.seed(index);
        match draw(seed, 11, 100) {
            0..60 => Plan::Reply(match draw(seed, 12, 100) {
                0..4 => Sight::Missing,
                4..7 => Sight::Hidden,
                _ => Sight::Shown,
            }),
            60..71 => Plan::Thread,
            71..81 => Plan::Retweet,
            81..84 => Plan::Quote,
            84 if draw(seed, 13, 2) == 0 => Plan::Note,
            _ => Plan::Statement,
        }
    }

    /// Which of the known exchanges is at `index`, if one is.
    fn known(&self, index: usize) -> Option<usize> {
        if self.slot > 1_000_000 {
            None
        } else if self.len > KNOWN_AT[KNOWN_AT.len() - 1] {
            KNOWN_AT.iter().position(|&at| at == index)
        } else {
            (index < KNOWN.len()).then_some(index)
        }
    }

    fn partner(&self, index: usize) -> User {
        let seed = self.seed(index);
        let visible = matches!(
            self.plan(index),
            Plan::Known(_) | Plan::Quote | Plan::Retweet
        );
        let number = draw(seed, 14, OTHERS);
        // A protected account's posts can be neither quoted nor repeated.
        let number = if visible && other_is_protected(number) {
            number + 1
        } else {
            number
        };
        other_user(number)
    }

    fn lang(&self, index: usize) -> Lang {
        if let Some(which) = self.known(index) {
            return KNOWN[which].lang;
        }
        match draw(self.seed(index), 15, 10) {
            0..5 => Lang::Ko,
            5..8 => Lang::Ja,
            _ => Lang::En,
        }
    }

    fn seed(&self, index: usize) -> u64 {
        mix(u64::from(self.slot), u64::try_from(index).unwrap_or(0))
    }

    fn id(&self, index: usize, side: Side) -> u64 {
        snowflake(self.at(index, side), (self.slot << 2) | side as u32)
    }

    /// Seconds between two posts; at least a minute, at most six hours.
    fn step(&self) -> i64 {
        let len = i64::try_from(self.len.max(1)).unwrap_or(1);
        (SPAN / len).clamp(60, 6 * 3_600)
    }

    /// A post lies in the newer half of its step, what it answers in the older.
    fn at(&self, index: usize, side: Side) -> i64 {
        let step = self.step();
        let half = usize::try_from(step / 2).unwrap_or(1);
        let seed = self.seed(index);
        let within = match side {
            Side::Own => draw(seed, 16, half),
            Side::Other => half + draw(seed, 17, half),
        };
        let back = i64::try_from(index).unwrap_or(0) * step + i64::try_from(within).unwrap_or(0);
        NEWEST - 1 - back
    }

    fn index_at(&self, at: i64) -> Option<usize> {
        let back = NEWEST - 1 - at;
        let index = usize::try_from(back.div_euclid(self.step())).ok()?;
        (index < self.len).then_some(index)
    }
}

fn other_is_protected(number: usize) -> bool {
    number % PROTECTED_OTHERS == PROTECTED_OTHERS - 1
}

fn other_user(number: usize) -> User {
    let (stem, name) = phrase::PEOPLE[number % phrase::PEOPLE.len()];
    User {
        id: FIRST_OTHER_ID + u64::try_from(number).unwrap_or(0),
        handle: format!("{stem}_{number}"),
        name: name.to_owned(),
        protected: other_is_protected(number),
    }
}

/// One of the other people, by the handle that mentions them.
#[must_use]
pub fn other_by_handle(handle: &str) -> Option<User> {
    let (_, number) = handle.rsplit_once('_')?;
    let user = other_user(number.parse().ok().filter(|&number| number <= OTHERS)?);
    (user.handle == handle).then_some(user)
}

/// The same by id.
#[must_use]
pub fn other_by_id(id: u64) -> Option<User> {
    let number = usize::try_from(id.checked_sub(FIRST_OTHER_ID)?).ok()?;
    (number <= OTHERS).then(|| other_user(number))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn posts_are_newest_first_and_found_by_their_ids() {
        for handle in ["posts_1", "posts_40", "posts_5000", "posts_1000000"] {
            let account = Generated::by_handle(handle).unwrap();
            let mut last = u64::MAX;
            for index in 0..account.len().min(3_300) {
                let post = account.post(index).unwrap();
                assert!(post.id < last, "{handle} {index}");
                last = post.id;
                assert_eq!(Generated::find(post.id), Found::Shown(post));
            }
            assert_eq!(account.post(account.len()), None);
        }
    }

    #[test]
    fn what_a_post_refers_to_is_older_and_by_whom_it_says() {
        let account = Generated::by_handle("posts_5000").unwrap();
        for index in 0..3_200 {
            let post = account.post(index).unwrap();
            let Some(reference) = post.reference else {
                continue;
            };
            assert!(reference.id < post.id);
            if let Found::Shown(parent) = Generated::find(reference.id) {
                assert_eq!(parent.id, reference.id);
                if reference.relation == Relation::RepliedTo {
                    assert_eq!(Some(parent.author.id), post.answers);
                    assert_eq!(parent.conversation, post.conversation);
                    assert_ne!(
                        parent.reference.map(|parent| parent.relation),
                        Some(Relation::Retweeted)
                    );
                } else {
                    assert!(!parent.author.protected);
                }
            }
        }
    }

    #[test]
    fn the_mixture_is_what_its_description_says() {
        let account = Generated::by_handle("posts_5000").unwrap();
        let (mut others, mut own, mut retweets) = (0, 0, 0);
        for index in 0..3_200 {
            let post = account.post(index).unwrap();
            match post.reference.map(|reference| reference.relation) {
                Some(Relation::RepliedTo) if post.answers == Some(post.author.id) => own += 1,
                Some(Relation::RepliedTo) => others += 1,
                Some(Relation::Retweeted) => retweets += 1,
                _ => {}
            }
        }
        assert!((1_800..2_050).contains(&others), "{others}");
        assert!((230..400).contains(&own), "{own}");
        assert!((250..400).contains(&retweets), "{retweets}");
    }

    #[test]
    fn the_known_exchanges_are_among_the_newest_fifty_and_nowhere_else() {
        for handle in ["posts_3", "posts_31", "posts_32", "posts_3200"] {
            let account = Generated::by_handle(handle).unwrap();
            for known in KNOWN {
                let at: Vec<usize> = (0..account.len())
                    .filter(|&index| account.own(index).text.ends_with(known.reply))
                    .collect();
                assert_eq!(at.len(), 1, "{handle}");
                assert!(at[0] < 50);
                let parent = account.own(at[0]).reference.unwrap().id;
                let Found::Shown(parent) = Generated::find(parent) else {
                    panic!("the known question is not shown");
                };
                assert_eq!(parent.text, known.said);
            }
        }
    }

    #[test]
    fn most_texts_differ() {
        let account = Generated::by_handle("posts_20000").unwrap();
        let texts: HashSet<String> = (0..3_200).map(|index| account.own(index).text).collect();
        assert!(texts.len() > 3_100, "{}", texts.len());
    }

    #[test]
    fn handles_name_at_most_one_account() {
        for handle in [
            "posts_",
            "posts_007",
            "posts_1000001",
            "posts_-1",
            "posts_+1",
            "somebody",
        ] {
            assert_eq!(Generated::by_handle(handle), None, "{handle}");
        }
        for handle in ["posts_0", "posts_1000000", "empty_demo", "protected_demo"] {
            let account = Generated::by_handle(handle).unwrap();
            assert_eq!(account.user().handle, handle);
            assert_eq!(Generated::by_user_id(account.user().id), Some(account));
        }
    }

    #[test]
    fn other_people_are_found_by_their_handles() {
        for number in [0, 28, 399] {
            let user = other_user(number);
            assert_eq!(other_by_id(user.id), Some(user.clone()));
            assert_eq!(other_by_handle(&user.handle), Some(user));
        }
        assert_eq!(other_by_handle("nobody_1"), None);
    }
}
