//! What the people of the stand-in for X say where each post has its own readers, and where
//! people are at home on different servers.

use serde::{Deserialize, Serialize};

use crate::standin::{Account, Directory, Found, KNOWN, Lang, Post, Relation, User, post::draw};

/// Where those are at home who are not here.
const HOMES: [&str; 3] = [
    "o.example",
    "lemon-garden.example",
    "social.sour-afternoon.example",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    Public,
    /// Everybody may read it; it is in no list of all.
    Unlisted,
    Followers,
    Direct,
}

/// A post as it was said on the Fediverse.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub post: Post,
    /// Without the names in front of an answer, and without the address of what it quotes.
    /// Empty for a repost.
    pub words: String,
    /// Those whose names are in front of it.
    pub named: Vec<User>,
    pub visibility: Visibility,
    pub warning: Option<&'static str>,
    pub has_picture: bool,
    pub has_poll: bool,
}

/// What a post answers, quotes or repeats.
#[derive(Clone, Debug)]
pub(crate) enum Referred {
    Said(Box<Said>),
    /// It is there, and nobody who asks here may read it.
    Hidden {
        id: u64,
        author: User,
    },
    Missing,
}

/// How much there is to read of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// All that the account has, reposts among them.
    pub posts: usize,
    pub reposts: usize,
    /// Of what is no repost.
    pub public: usize,
    pub unlisted: usize,
    pub followers: usize,
    pub direct: usize,
    /// Public posts without a warning: what is read by whoever wishes nothing more.
    pub plain: usize,
    /// Of these, the answers to somebody else.
    pub answers: usize,
    /// Of these, the ones that answer what anybody may read, and what has no warning.
    pub open_parents: usize,
}

impl Said {
    #[must_use]
    pub fn of(post: Post, directory: &Directory) -> Self {
        let (id, relation) = (post.id, post.reference.map(|reference| reference.relation));
        let repeats = relation == Some(Relation::Retweeted);
        let is_plain = repeats || is_known(&post.text);
        let mut words = post.text.as_str();
        let mut named = Vec::new();
        while let Some((name, rest)) = words
            .strip_prefix('@')
            .filter(|_| post.answers.is_some())
            .and_then(|words| words.split_once(' '))
        {
            named.extend(directory.user(name));
            words = rest;
        }
        if relation == Some(Relation::Quoted) {
            words = words.rsplit_once(" https://").map_or(words, |(own, _)| own);
        }
        let words = if repeats { "" } else { words }.to_owned();
        Self {
            words,
            named,
            // A thread is shown to the same people from its beginning to its end.
            visibility: match draw(post.conversation, 52, 100) {
                _ if is_plain => Visibility::Public,
                0..4 => Visibility::Unlisted,
                4..6 => Visibility::Followers,
                6 => Visibility::Direct,
                _ => Visibility::Public,
            },
            warning: (!is_plain && draw(id, 53, 50) == 0).then_some(match post.lang {
                Lang::Ko => "매운 이야기",
                Lang::Ja => "ネタバレ",
                Lang::En => "food",
            }),
            has_picture: !is_plain && draw(id, 54, 16) == 0,
            has_poll: !is_plain && draw(id, 54, 16) == 1 && draw(id, 55, 4) == 0,
            post,
        }
    }

    #[must_use]
    pub fn relation(&self) -> Option<Relation> {
        self.post.reference.map(|reference| reference.relation)
    }

    #[must_use]
    pub fn is_repost(&self) -> bool {
        self.relation() == Some(Relation::Retweeted)
    }

    #[must_use]
    pub fn is_answer_to_another(&self) -> bool {
        self.relation() == Some(Relation::RepliedTo)
            && self.post.answers != Some(self.post.author.id)
    }

    /// What it answers, quotes or repeats.
    #[must_use]
    pub fn referred(&self, directory: &Directory) -> Option<Referred> {
        let id = self.post.reference?.id;
        Some(match directory.find(id) {
            Found::Shown(post) => Referred::Said(Box::new(Self::of(post, directory))),
            Found::Hidden => {
                let author = self.post.answers.and_then(|id| directory.user_by_id(id));
                author.map_or(Referred::Missing, |author| Referred::Hidden { id, author })
            }
            Found::Missing => Referred::Missing,
        })
    }

    /// Whether anybody may read it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.post.author.protected
            && matches!(self.visibility, Visibility::Public | Visibility::Unlisted)
    }
}

impl Contents {
    /// Of `account`, which is of `directory`.
    #[must_use]
    pub fn of(account: &Account, directory: &Directory) -> Self {
        let mut contents = Self::default();
        for post in (0..account.len()).filter_map(|index| account.post(index)) {
            let said = Said::of(post, directory);
            contents.posts += 1;
            if said.is_repost() {
                contents.reposts += 1;
                continue;
            }
            *match said.visibility {
                Visibility::Public => &mut contents.public,
                Visibility::Unlisted => &mut contents.unlisted,
                Visibility::Followers => &mut contents.followers,
                Visibility::Direct => &mut contents.direct,
            } += 1;
            if said.visibility != Visibility::Public || said.warning.is_some() {
                continue;
            }
            contents.plain += 1;
            if said.is_answer_to_another() {
                contents.answers += 1;
                let parent = said.referred(directory);
                let is_open = matches!(parent, Some(Referred::Said(parent))
                    if parent.is_open() && parent.warning.is_none());
                contents.open_parents += usize::from(is_open);
            }
        }
        contents
    }
}

/// Where somebody is at home; none is here, where all are that one can sign in as.
#[must_use]
pub(crate) fn home(directory: &Directory, user: &User) -> Option<&'static str> {
    if directory.account_by_user(user.id).is_some() {
        return None;
    }
    HOMES.get(draw(user.id, 61, HOMES.len() + 1)).copied()
}

/// How many of an account's posts come first, newest first, for which something is so that is
/// so for none behind them.
#[must_use]
pub(crate) fn newer(account: &Account, is_newer: impl Fn(&Post) -> bool) -> usize {
    let (mut low, mut high) = (0, account.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if account.post(middle).is_some_and(|post| is_newer(&post)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Whether an exchange depends on this text, so that everybody has to find it.
fn is_known(text: &str) -> bool {
    KNOWN
        .iter()
        .any(|known| text.ends_with(known.said) || text.ends_with(known.reply))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standin::DEMO_HANDLE;

    fn said(directory: &Directory, handle: &str) -> Vec<Said> {
        let account = directory.account(handle).unwrap();
        (0..account.len())
            .filter_map(|index| account.post(index))
            .map(|post| Said::of(post, directory))
            .collect()
    }

    #[test]
    fn contents_add_up_and_all_kinds_are_there() {
        let directory = Directory::load().unwrap();
        for handle in [DEMO_HANDLE, "posts_3200"] {
            let contents = Contents::of(&directory.account(handle).unwrap(), &directory);
            assert_eq!(
                contents.posts,
                contents.reposts
                    + contents.public
                    + contents.unlisted
                    + contents.followers
                    + contents.direct
            );
            assert!(
                contents.unlisted > 0 && contents.followers > 0,
                "{contents:?}"
            );
            assert!(contents.plain < contents.public);
            assert!(0 < contents.open_parents && contents.open_parents < contents.answers);
        }
    }

    #[test]
    fn names_and_addresses_are_no_words() {
        let directory = Directory::load().unwrap();
        for said in said(&directory, "posts_300") {
            assert!(!said.words.starts_with('@'), "{}", said.words);
            assert!(!said.words.contains("https://x.com/"), "{}", said.words);
            assert_eq!(said.words.is_empty(), said.is_repost());
            let names_another = said.named.iter().any(|user| user.handle != "posts_300");
            assert_eq!(names_another, said.is_answer_to_another());
        }
    }

    #[test]
    fn everybody_can_read_the_known_exchanges() {
        let directory = Directory::load().unwrap();
        for handle in [DEMO_HANDLE, "posts_3", "posts_3200"] {
            let said = said(&directory, handle);
            for known in KNOWN {
                let reply = said.iter().find(|said| said.words == known.reply).unwrap();
                assert!(reply.is_open() && reply.warning.is_none());
                let Some(Referred::Said(parent)) = reply.referred(&directory) else {
                    panic!("the known question is not there");
                };
                assert_eq!(parent.words, known.said);
                assert!(parent.is_open() && parent.warning.is_none());
            }
        }
    }

    #[test]
    fn people_are_at_home_in_many_places() {
        let directory = Directory::load().unwrap();
        let mut homes: Vec<Option<&str>> = said(&directory, "posts_300")
            .iter()
            .flat_map(|said| said.named.iter().map(|user| home(&directory, user)))
            .collect();
        homes.sort_unstable();
        homes.dedup();
        assert_eq!(homes.len(), HOMES.len() + 1);
    }
}
