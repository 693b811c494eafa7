//! The bots of a browser, and the accounts whose posts feed each.

use serde::{Deserialize, Serialize};

use crate::feed::{Feed, Source};
use crate::sources::given::Wishes;

/// An account of the person's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Of X's account the feed of its API, whichever way its posts come.
    pub feed: Feed,
    pub name: String,
    /// Without the leading `@`; where a source is many servers with the account's own behind
    /// it: `lemon@misskey.example`.
    pub handle: String,
    /// Posts that it has, if that is known.
    #[serde(default)]
    pub posts: Option<u32>,
    #[serde(default)]
    pub wishes: Wishes,
    /// Its posts are shown to nobody who is not signed in there, so that a key is needed that
    /// goes once they are read.
    #[serde(default)]
    pub is_keyed: bool,
}

impl Account {
    /// Whether posts of `feed` are of this account.
    #[must_use]
    pub fn has(&self, feed: &Feed) -> bool {
        self.feed.is_of_account_of(feed)
    }
}

/// A bot of this browser. It is there as soon as anything was begun to be read for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    /// This browser's own, by which what it holds is stored.
    pub id: String,
    /// The first one is what it is called by.
    pub accounts: Vec<Account>,
}

impl Bot {
    /// One that `account` begins; `random` makes its id. One that begins with X's is called by
    /// that account's id, as all were when there was no other source, so that what is stored of
    /// anybody in this browser is found.
    #[must_use]
    pub fn of(account: Account, random: [u8; 16]) -> Self {
        let id = match account.feed.source {
            Source::X | Source::XArchive => account.feed.account.clone(),
            _ => format!("bot-{:032x}", u128::from_be_bytes(random)),
        };
        Self {
            id,
            accounts: vec![account],
        }
    }

    /// Its account whose posts those of `feed` are.
    #[must_use]
    pub fn account(&self, feed: &Feed) -> Option<&Account> {
        self.accounts.iter().find(|account| account.has(feed))
    }

    /// The account at X, of which it has one at most.
    #[must_use]
    pub fn x(&self) -> Option<&Account> {
        let is_x = |account: &&Account| account.feed.source == Source::X;
        self.accounts.iter().find(is_x)
    }

    /// Whether posts of `account` may come to those that are here. Two accounts at X are two
    /// people's, or meant to be kept apart.
    #[must_use]
    pub fn may_join(&self, account: &Account) -> bool {
        account.feed.source != Source::X || self.x().is_none_or(|x| x.has(&account.feed))
    }

    /// Takes an account, which may be there already and called otherwise by now.
    pub fn join(&mut self, account: Account) {
        let there = self.accounts.iter_mut().find(|it| it.has(&account.feed));
        match there {
            Some(there) => *there = account,
            None => self.accounts.push(account),
        }
    }
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bots {
    bots: Vec<Bot>,
    /// The id of the one that is shown.
    current: Option<String>,
}

impl Bots {
    #[must_use]
    pub fn current(&self) -> Option<&Bot> {
        let id = self.current.as_ref()?;
        self.bots.iter().find(|bot| bot.id == *id)
    }

    /// The bot that `feed` feeds.
    #[must_use]
    pub fn fed_by(&self, feed: &Feed) -> Option<&Bot> {
        self.bots.iter().find(|bot| bot.account(feed).is_some())
    }

    /// Keeps a bot, in place of what was known of it, and shows it.
    pub fn show(&mut self, bot: Bot) {
        self.current = Some(bot.id.clone());
        match self.bots.iter_mut().find(|there| there.id == bot.id) {
            Some(there) => *there = bot,
            None => self.bots.push(bot),
        }
    }

    /// Shows the bot `id`, if it is one of them.
    pub fn turn_to(&mut self, id: &str) {
        if self.bots.iter().any(|bot| bot.id == id) {
            self.current = Some(id.to_owned());
        }
    }

    /// Forgets a bot; the one that came last is shown in its place.
    pub fn remove(&mut self, id: &str) {
        self.bots.retain(|bot| bot.id != id);
        if self.current.as_deref() == Some(id) {
            self.current = self.bots.last().map(|bot| bot.id.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(source: Source, id: &str) -> Account {
        Account {
            feed: Feed::new(source, id),
            name: "레몬".into(),
            handle: id.into(),
            posts: None,
            wishes: Wishes::default(),
            is_keyed: false,
        }
    }

    #[test]
    fn bots_of_x_are_called_by_their_account_and_others_by_chance() {
        let x = Bot::of(account(Source::X, "100"), [7; 16]);
        assert_eq!(x.id, "100");
        let misskey = |random| Bot::of(account(Source::Misskey, "m.example/9"), random).id;
        assert_ne!(misskey([7; 16]), misskey([8; 16]));
        assert_eq!(misskey([0; 16]).len(), misskey([255; 16]).len());
    }

    #[test]
    fn a_bot_has_each_account_once_and_one_of_x() {
        let mut bot = Bot::of(account(Source::X, "100"), [7; 16]);
        assert!(!bot.may_join(&account(Source::X, "200")));
        assert!(bot.may_join(&account(Source::X, "100")));
        let misskey = account(Source::Misskey, "m.example/9");
        assert!(bot.may_join(&misskey));
        bot.join(misskey.clone());
        let renamed = Account {
            handle: "lime@m.example".into(),
            ..misskey.clone()
        };
        bot.join(renamed.clone());
        assert_eq!(bot.accounts.len(), 2);
        assert_eq!(bot.account(&misskey.feed), Some(&renamed));
        // The archive's posts are those of X's account, and nobody else's.
        let archive = |id| Feed::new(Source::XArchive, id);
        assert_eq!(bot.account(&archive("100")), bot.x());
        assert_eq!(bot.account(&archive("200")), None);
        let elsewhere = Feed::new(Source::Misskey, "n.example/9");
        assert_eq!(bot.account(&elsewhere), None);
    }

    #[test]
    fn one_bot_is_shown_and_the_others_are_kept() {
        let mut bots = Bots::default();
        assert_eq!(bots.current(), None);
        let first = Bot::of(account(Source::X, "100"), [7; 16]);
        let second = Bot::of(account(Source::X, "200"), [7; 16]);
        bots.show(first.clone());
        bots.show(second.clone());
        assert_eq!(bots.current(), Some(&second));
        let of_first = Feed::new(Source::XArchive, "100");
        assert_eq!(bots.fed_by(&of_first), Some(&first));
        let mut grown = first.clone();
        grown.join(account(Source::Misskey, "m.example/9"));
        bots.show(grown.clone());
        assert_eq!(bots.current(), Some(&grown));
        bots.turn_to("200");
        assert_eq!(bots.current(), Some(&second));
        bots.turn_to("300");
        assert_eq!(bots.current(), Some(&second));
        bots.turn_to("100");
        bots.remove("100");
        assert_eq!(bots.current(), Some(&second));
        assert_eq!(bots.fed_by(&of_first), None);
        bots.remove("200");
        bots.remove("200");
        assert_eq!(bots, Bots::default());
    }
}
