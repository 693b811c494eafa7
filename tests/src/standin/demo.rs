//! The hand-written account: `data/demo.txt`, whose head describes its form.

use std::collections::HashMap;

use super::{
    DEMO_HANDLE, Error, KNOWN,
    post::{
        Found, Lang, NEWEST, Post, Reference, Relation, SPAN, User, draw, mix, parse_snowflake,
        snowflake,
    },
};

const SOURCE: &str = include_str!("../../data/demo.txt");

const USER_ID: u64 = 1_400_000_001;
const FIRST_FRIEND_ID: u64 = 1_500_000_001;

/// Between the columns of a line.
const SEPARATOR: &str = " | ";

/// Low bits of the ids of this account's posts; a generated account's are
/// above 3.
const OWN: u32 = 0;
const OTHER: u32 = 1;

#[derive(Clone, Debug)]
pub struct Demo {
    user: User,
    /// Newest first.
    posts: Vec<Post>,
    /// What the account's posts refer to, by id.
    others: HashMap<u64, Found>,
    friends: Vec<User>,
}

/// One line, as it was written.
#[derive(Debug)]
enum Line<'a> {
    Exchange(&'a User, &'a str, &'a str),
    Quote(&'a User, &'a str, &'a str),
    Repost(&'a User, &'a str),
    Deleted(&'a User, &'a str),
    Hidden(&'a User, &'a str),
    /// One statement, or a thread of several.
    Own(Vec<&'a str>),
}

impl Demo {
    /// # Errors
    /// [`Error::Demo`] names the first line that does not follow the form.
    pub fn load() -> Result<Self, Error> {
        Self::parse(SOURCE)
    }

    fn parse(source: &str) -> Result<Self, Error> {
        let friends = friends(source)?;
        let mut lines = lines(source, &friends)?;
        // The file is ordered by subject; lives are not.
        lines.sort_by_key(|(number, _, line)| {
            let seed = u64::try_from(*number).unwrap_or(0);
            (!is_known(line), mix(seed, 1))
        });
        let spread = lines.len().max(1);
        // Kept among the newest fifty posts but not at their head.
        let known = lines.iter().filter(|(_, _, line)| is_known(line)).count();
        let lead = 12.min(lines.len() - known);
        lines[..known + lead].rotate_left(known);

        let mut demo = Self {
            user: User {
                id: USER_ID,
                handle: DEMO_HANDLE.to_owned(),
                name: "레몬 🍋".to_owned(),
                protected: false,
            },
            posts: Vec::new(),
            others: HashMap::new(),
            friends: Vec::new(),
        };
        for (index, (number, lang, line)) in lines.iter().enumerate() {
            let seed = mix(u64::try_from(*number).unwrap_or(0), 2);
            demo.add(line, *lang, moment(index, spread, seed), seed);
        }
        demo.friends = friends;
        demo.posts.sort_by_key(|post| std::cmp::Reverse(post.id));
        Ok(demo)
    }

    fn add(&mut self, line: &Line, lang: Lang, at: i64, seed: u64) {
        match line {
            Line::Exchange(friend, said, reply) => {
                let mention = draw(seed, 1, 2) == 0;
                let said = if mention {
                    format!("@{DEMO_HANDLE} {said}")
                } else {
                    (*said).to_owned()
                };
                let parent = self.other(friend, lang, at, seed, said, mention);
                let text = format!("@{} {reply}", friend.handle);
                self.own(
                    at,
                    lang,
                    text,
                    Some((Relation::RepliedTo, parent)),
                    Some(friend.id),
                );
            }
            Line::Quote(friend, said, text) => {
                let other = self.other(friend, lang, at, seed, (*said).to_owned(), false);
                let text = format!("{text} https://x.com/{}/status/{other}", friend.handle);
                self.own(at, lang, text, Some((Relation::Quoted, other)), None);
            }
            Line::Repost(friend, said) => {
                let other = self.other(friend, lang, at, seed, (*said).to_owned(), false);
                let text = format!("RT @{}: {said}", friend.handle);
                self.own(at, lang, text, Some((Relation::Retweeted, other)), None);
            }
            Line::Deleted(friend, reply) | Line::Hidden(friend, reply) => {
                let found = if matches!(line, Line::Hidden(..)) {
                    Found::Hidden
                } else {
                    Found::Missing
                };
                let parent = snowflake(at - 60 - delay(seed), OTHER);
                self.others.insert(parent, found);
                let text = format!("@{} {reply}", friend.handle);
                self.own(
                    at,
                    lang,
                    text,
                    Some((Relation::RepliedTo, parent)),
                    Some(friend.id),
                );
            }
            Line::Own(texts) => {
                let mut before = None;
                let mut root = None;
                for (part, text) in texts.iter().enumerate() {
                    let at = at + 70 * i64::try_from(part).unwrap_or(0);
                    let reference = before.map(|id| (Relation::RepliedTo, id));
                    let answers = before.map(|_| USER_ID);
                    let id = self.own(at, lang, (*text).to_owned(), reference, answers);
                    let root = *root.get_or_insert(id);
                    if let Some(post) = self.posts.last_mut() {
                        post.conversation = root;
                    }
                    before = Some(id);
                }
            }
        }
    }

    fn own(
        &mut self,
        at: i64,
        lang: Lang,
        text: String,
        reference: Option<(Relation, u64)>,
        answers: Option<u64>,
    ) -> u64 {
        let id = snowflake(at, OWN);
        self.posts.push(Post {
            id,
            author: self.user.clone(),
            at,
            lang,
            text,
            reference: reference.map(|(relation, id)| Reference { relation, id }),
            answers,
            conversation: match reference {
                Some((Relation::RepliedTo, parent)) => parent,
                _ => id,
            },
        });
        id
    }

    fn other(
        &mut self,
        friend: &User,
        lang: Lang,
        at: i64,
        seed: u64,
        text: String,
        mention: bool,
    ) -> u64 {
        let at = at - 60 - delay(seed);
        let id = snowflake(at, OTHER);
        self.others.insert(
            id,
            Found::Shown(Post {
                id,
                author: friend.clone(),
                at,
                lang,
                text,
                reference: None,
                answers: mention.then_some(USER_ID),
                conversation: id,
            }),
        );
        id
    }

    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    /// Newest first.
    #[must_use]
    pub fn posts(&self) -> &[Post] {
        &self.posts
    }

    #[must_use]
    pub fn find(&self, id: u64) -> Found {
        if let Some(found) = self.others.get(&id) {
            return found.clone();
        }
        self.posts
            .binary_search_by(|post| id.cmp(&post.id))
            .map_or(Found::Missing, |at| Found::Shown(self.posts[at].clone()))
    }

    /// Whether an id may be one of this account's or its friends' posts.
    #[must_use]
    pub fn owns(id: u64) -> bool {
        parse_snowflake(id).1 < 4
    }

    #[must_use]
    pub fn friend(&self, handle: &str) -> Option<&User> {
        self.friends.iter().find(|friend| friend.handle == handle)
    }

    #[must_use]
    pub fn friend_by_id(&self, id: u64) -> Option<&User> {
        self.friends.iter().find(|friend| friend.id == id)
    }
}

fn friends(source: &str) -> Result<Vec<User>, Error> {
    let mut friends = Vec::new();
    for (number, line) in numbered(source) {
        let Some(rest) = line.strip_prefix("@ ") else {
            continue;
        };
        let columns: Vec<&str> = rest.split(SEPARATOR).collect();
        let (handle, name, protected) = match columns[..] {
            [handle, name] => (handle, name, false),
            [handle, name, "protected"] => (handle, name, true),
            _ => return Err(malformed(number, "a friend has a handle and a name")),
        };
        friends.push(User {
            id: FIRST_FRIEND_ID + u64::try_from(friends.len()).unwrap_or(0),
            handle: handle.to_owned(),
            name: name.to_owned(),
            protected,
        });
    }
    Ok(friends)
}

fn lines<'a>(source: &'a str, friends: &'a [User]) -> Result<Vec<(usize, Lang, Line<'a>)>, Error> {
    let mut lang = None;
    let mut lines = Vec::new();
    for (number, line) in numbered(source) {
        match line {
            "[ko]" => lang = Some(Lang::Ko),
            "[ja]" => lang = Some(Lang::Ja),
            "[en]" => lang = Some(Lang::En),
            _ if line.starts_with("@ ") => {}
            _ => {
                let lang = lang.ok_or(malformed(number, "no language was named before it"))?;
                lines.push((number, lang, parse_line(number, line, friends)?));
            }
        }
    }
    Ok(lines)
}

fn parse_line<'a>(number: usize, line: &'a str, friends: &'a [User]) -> Result<Line<'a>, Error> {
    let columns: Vec<&str> = line.split(SEPARATOR).collect();
    let (head, texts) = (columns[0], &columns[1..]);
    if head == "-" && !texts.is_empty() {
        return Ok(Line::Own(texts.to_vec()));
    }
    let (mark, handle) = head.split_at(head.find(char::is_alphanumeric).unwrap_or(0));
    let friend = friends
        .iter()
        .find(|friend| friend.handle == handle)
        .ok_or(malformed(number, "its friend is not listed"))?;
    match (mark, texts) {
        ("", [said, reply]) => Ok(Line::Exchange(friend, said, reply)),
        ("\"", [said, text]) => Ok(Line::Quote(friend, said, text)),
        ("*", [said]) => Ok(Line::Repost(friend, said)),
        ("?", [reply]) => Ok(Line::Deleted(friend, reply)),
        ("!", [reply]) => Ok(Line::Hidden(friend, reply)),
        _ => Err(malformed(number, "its mark and columns do not go together")),
    }
}

fn numbered(source: &str) -> impl Iterator<Item = (usize, &str)> {
    source
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn malformed(line: usize, reason: &'static str) -> Error {
    Error::Demo { line, reason }
}

fn is_known(line: &Line) -> bool {
    matches!(line, Line::Exchange(_, _, reply) if KNOWN.iter().any(|known| known.reply == *reply))
}

/// Seconds between a post and what it answers.
fn delay(seed: u64) -> i64 {
    i64::try_from(draw(seed, 3, 5_400)).unwrap_or(0)
}

/// When the entry at `index` of `count` was written: awake hours in Korea
/// (09:00 to 24:00), at most one entry a day.
fn moment(index: usize, count: usize, seed: u64) -> i64 {
    let day = SPAN / 86_400 * i64::try_from(index).unwrap_or(0) / i64::try_from(count).unwrap_or(1);
    let second = i64::try_from(draw(seed, 4, 15 * 3_600)).unwrap_or(0);
    NEWEST - (day + 1) * 86_400 + second
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_account_is_as_large_and_as_mixed_as_promised() {
        let friends = friends(SOURCE).unwrap();
        let lines = lines(SOURCE, &friends).unwrap();
        let count = |is: fn(&Line) -> bool| lines.iter().filter(|(_, _, line)| is(line)).count();
        let exchanges = count(|line| matches!(line, Line::Exchange(..)));
        assert!(exchanges >= 300, "{exchanges}");
        let statements = count(|line| matches!(line, Line::Own(texts) if texts.len() == 1));
        assert!(statements >= 60, "{statements}");
        assert!(count(|line| matches!(line, Line::Own(texts) if texts.len() > 1)) >= 5);
        assert!(count(|line| matches!(line, Line::Quote(..))) >= 3);
        assert!(count(|line| matches!(line, Line::Repost(..))) >= 5);
        assert!(count(|line| matches!(line, Line::Deleted(..))) >= 4);
        assert!(count(|line| matches!(line, Line::Hidden(..))) >= 3);
        let korean = lines
            .iter()
            .filter(|(_, lang, line)| *lang == Lang::Ko && matches!(line, Line::Exchange(..)))
            .count();
        assert!(
            (exchanges * 2 / 5..exchanges * 3 / 5).contains(&korean),
            "{korean}"
        );
        assert!(lines.len() < 1_095, "more entries than days");
    }

    #[test]
    fn ids_differ_and_sort_by_time() {
        let demo = Demo::load().unwrap();
        assert!(
            demo.posts()
                .is_sorted_by(|newer, older| newer.id > older.id)
        );
        assert!(
            demo.posts()
                .iter()
                .all(|post| post.at < NEWEST && post.at > NEWEST - SPAN - 1)
        );
        for post in demo.posts() {
            assert_eq!(demo.find(post.id), Found::Shown(post.clone()));
            if let Some(reference) = post.reference {
                assert!(reference.id < post.id);
            }
        }
    }

    #[test]
    fn each_known_exchange_is_there_once_among_the_newest_fifty() {
        let demo = Demo::load().unwrap();
        for known in KNOWN {
            let at: Vec<usize> = (0..demo.posts().len())
                .filter(|&index| demo.posts()[index].text.ends_with(known.reply))
                .collect();
            assert_eq!(at.len(), 1, "{}", known.reply);
            assert!(at[0] < 50, "{at:?}");
            let parent = demo.posts()[at[0]].reference.unwrap().id;
            let Found::Shown(parent) = demo.find(parent) else {
                panic!("the known question is not shown");
            };
            assert!(parent.text.ends_with(known.said));
        }
    }

    #[test]
    fn no_two_replies_are_the_same() {
        let demo = Demo::load().unwrap();
        let mut seen = HashSet::new();
        for post in demo.posts() {
            let words = match post.text.strip_prefix('@') {
                Some(reply) => reply.split_once(' ').map_or("", |(_, words)| words),
                None => post.text.as_str(),
            };
            assert!(seen.insert(words.to_owned()), "{words}");
        }
    }

    #[test]
    fn a_line_that_does_not_follow_the_form_is_named() {
        for (source, line) in [
            ("@ a | A | private", 1),
            ("[ko]\nnobody | hi | ho", 2),
            ("- | too early", 1),
            ("@ a | A\n[en]\na | only one column", 3),
            ("@ a | A\n[en]\n*a | one | too many", 3),
        ] {
            match Demo::parse(source) {
                Err(Error::Demo { line: at, .. }) => assert_eq!(at, line, "{source}"),
                other => panic!("{source} gave {other:?}"),
            }
        }
    }
}
