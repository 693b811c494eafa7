//! The bots of a browser, and the accounts whose posts feed each.

use serde::{Deserialize, Serialize};

use crate::bot::Owner;
use crate::bot::about::Manners;
use crate::feed::{Feed, Source};
use crate::name;
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
    #[serde(default)]
    pub manners: Manners,
    /// How it stood when it was ready last.
    #[serde(default)]
    pub last: Option<Ready>,
}

/// What a bot held when it was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// When something was read for it last, in seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    pub posts: usize,
    pub entries: usize,
}

impl Bot {
    /// One that `account` begins; `random` makes its id. One that begins with X's is called by
    /// that account's id, as all were when there was no other source, so that what is stored of
    /// anybody in this browser is found.
    #[must_use]
    pub fn of(account: Account, random: [u8; 16]) -> Self {
        let id = match account.feed.source {
            Source::X | Source::XArchive => account.feed.account.clone(),
            _ => own_id(random),
        };
        Self {
            id,
            accounts: vec![account],
            manners: Manners::default(),
            last: None,
        }
    }

    /// The same under an id of this browser's own, made of `random`.
    #[must_use]
    pub fn renamed(self, random: [u8; 16]) -> Self {
        Self {
            id: own_id(random),
            ..self
        }
    }

    /// What it is called: as its owner wants it, or by the account that it was begun with.
    #[must_use]
    pub fn owner(&self) -> Owner {
        let account = self.accounts.first();
        let own = || account.and_then(|account| name::shown(&account.name));
        Owner {
            name: self.manners.name.clone().or_else(own).unwrap_or_default(),
            handle: account.map_or_else(String::new, |account| account.handle.clone()),
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

fn own_id(random: [u8; 16]) -> String {
    format!("bot-{:032x}", u128::from_be_bytes(random))
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

    /// All, in the order in which they came.
    #[must_use]
    pub fn all(&self) -> &[Bot] {
        &self.bots
    }

    /// The bot that `feed` feeds.
    #[must_use]
    pub fn fed_by(&self, feed: &Feed) -> Option<&Bot> {
        self.bots.iter().find(|bot| bot.account(feed).is_some())
    }

    /// Keeps a bot's accounts, in place of those that were known of it, and shows it.
    pub fn show(&mut self, bot: Bot) {
        self.current = Some(bot.id.clone());
        match self.bots.iter_mut().find(|there| there.id == bot.id) {
            Some(there) => there.accounts = bot.accounts,
            None => self.bots.push(bot),
        }
    }

    /// The ids of those that a bot that comes from elsewhere would take the place of: posts of an
    /// account come to one bot.
    #[must_use]
    pub fn replaced_by(&self, bot: &Bot) -> Vec<String> {
        let is_same = |there: &&Bot| {
            let mut accounts = bot.accounts.iter();
            accounts.any(|account| there.account(&account.feed).is_some())
        };
        let there = self.bots.iter().filter(is_same);
        there.map(|bot| bot.id.clone()).collect()
    }

    /// Takes a bot that came whole in their place, and shows it.
    pub fn take(&mut self, bot: Bot) {
        let replaced = self.replaced_by(&bot);
        self.bots.retain(|there| !replaced.contains(&there.id));
        self.show(bot);
    }

    /// Shows the bot `id`, if it is one of them.
    pub fn turn_to(&mut self, id: &str) {
        if self.bots.iter().any(|bot| bot.id == id) {
            self.current = Some(id.to_owned());
        }
    }

    /// It was ready with so much, of which something was read since it was opened, or not.
    pub fn was_ready(&mut self, id: &str, now: Ready, has_read: bool) {
        if let Some(bot) = self.bots.iter_mut().find(|bot| bot.id == id) {
            let before = bot.last.filter(|_| !has_read);
            let at = before.map_or(now.at, |last| last.at);
            bot.last = Some(Ready { at, ..now });
        }
    }

    /// It is to appear so.
    pub fn behave(&mut self, id: &str, manners: Manners) {
        if let Some(bot) = self.bots.iter_mut().find(|bot| bot.id == id) {
            bot.manners = manners;
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
    fn a_bot_is_called_as_its_owner_wants() {
        let mut bot = Bot::of(account(Source::X, "100"), [7; 16]);
        bot.accounts[0].name = " \u{202e} ".into();
        let called = |name: &str| Owner {
            name: name.into(),
            handle: "100".into(),
        };
        assert_eq!(bot.owner(), called(""));
        bot.accounts[0].name = "레몬".into();
        assert_eq!(bot.owner(), called("레몬"));
        bot.manners = Manners::typed("라임", "", "");
        assert_eq!(bot.owner(), called("라임"));
    }

    #[test]
    fn what_was_kept_when_bots_had_no_manners_is_read() {
        let mut bots = Bots::default();
        bots.show(Bot::of(account(Source::X, "100"), [7; 16]));
        let mut json = serde_json::to_value(&bots).unwrap();
        let bot = json["bots"][0].as_object_mut().unwrap();
        bot.remove("manners").unwrap();
        bot.remove("last").unwrap();
        assert_eq!(serde_json::from_value::<Bots>(json).unwrap(), bots);
    }

    #[test]
    fn when_something_was_read_last_is_kept() {
        let mut bots = Bots::default();
        bots.show(Bot::of(account(Source::X, "100"), [7; 16]));
        let ready = |at, posts| Ready {
            at,
            posts,
            entries: 9,
        };
        for (now, has_read, expected) in [
            (ready(1, 10), false, ready(1, 10)),
            (ready(2, 10), false, ready(1, 10)),
            (ready(3, 9), false, ready(1, 9)),
            (ready(4, 9), true, ready(4, 9)),
        ] {
            bots.was_ready("100", now, has_read);
            assert_eq!(bots.all()[0].last, Some(expected));
        }
        bots.was_ready("another", ready(5, 1), true);
        bots.behave("another", Manners::typed("라임", "", ""));
        assert_eq!(bots.all()[0].last, Some(ready(4, 9)));
        assert_eq!(bots.all()[0].manners, Manners::default());
        bots.behave("100", Manners::typed("라임", "", ""));
        assert_eq!(bots.all()[0].owner().name, "라임");
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
