//! What an owner says of their bot, and what it says where it has no answer of theirs.

use serde::{Deserialize, Serialize};

use super::is_label;
use crate::bots;
use crate::feed::{Feed, Source};
use crate::name;
use crate::text::{is_filler, is_invisible};

/// Most characters of what a bot is given to say.
pub const MAX_LINE: usize = 280;

/// Most accounts that a bot names.
pub const MAX_ORIGINS: usize = 32;

/// How an owner has their bot appear. What they leave empty is as it would be without them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manners {
    /// What it is called in place of its account's name.
    pub name: Option<String>,
    /// How a talk begins.
    pub greeting: Option<String>,
    /// What it says to what it has no answer to.
    pub unknown: Option<String>,
}

/// What a shared bot says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub greeting: Option<String>,
    pub unknown: Option<String>,
    /// The accounts whose posts it is made of.
    pub origins: Vec<Origin>,
}

/// An account whose posts a bot is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub source: Source,
    /// Without the leading `@`.
    pub handle: String,
    /// The owner has signed in there. It is their browser that says so, and nobody vouches for it.
    pub is_proven: bool,
}

impl Origin {
    /// The place whose ids its posts have: X and its archive are one.
    #[must_use]
    pub fn place(&self) -> Source {
        match self.source {
            Source::X | Source::XArchive => Source::X,
            other => other,
        }
    }
}

impl Manners {
    /// What was typed, each as it may be shown; nothing where nothing can be seen.
    #[must_use]
    pub fn typed(name: &str, greeting: &str, unknown: &str) -> Self {
        Self {
            name: name::shown(name),
            greeting: line(greeting),
            unknown: line(unknown),
        }
    }
}

impl About {
    pub(super) fn is_sound(&self) -> bool {
        let lines = [&self.greeting, &self.unknown];
        let is_line = |line: &str| !line.is_empty() && line.chars().count() <= MAX_LINE;
        lines.into_iter().flatten().all(|line| is_line(line))
            && self.origins.len() <= MAX_ORIGINS
            && self.origins.iter().all(|origin| is_label(&origin.handle))
    }

    /// The same as it may be shown, whoever wrote it.
    #[must_use]
    pub fn shown(self) -> Self {
        let shown = |text: Option<String>| text.and_then(|text| line(&text));
        Self {
            greeting: shown(self.greeting),
            unknown: shown(self.unknown),
            ..self
        }
    }
}

/// The accounts of `bot`, of which these feeds were begun.
#[must_use]
pub fn origins(bot: &bots::Bot, begun: &[Feed]) -> Vec<Origin> {
    let origin = |account: &bots::Account| {
        let mut feeds = begun.iter().filter(|feed| account.has(feed)).peekable();
        feeds.peek()?;
        let is_proven = feeds.any(|feed| feed.source != Source::XArchive);
        let source = if account.feed.source == Source::X && !is_proven {
            Source::XArchive
        } else {
            account.feed.source
        };
        Some(Origin {
            source,
            handle: account.handle.clone(),
            is_proven,
        })
    };
    let origins = bot.accounts.iter().filter_map(origin);
    origins.take(MAX_ORIGINS).collect()
}

/// One line of at most [`MAX_LINE`] characters without what cannot be seen; none if nothing can.
fn line(text: &str) -> Option<String> {
    let is_seen = |c: &char| !(c.is_control() || is_invisible(*c)) || c.is_whitespace();
    let words: String = text.chars().filter(is_seen).collect();
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().take(MAX_LINE).collect();
    let has_something = line.chars().any(|c| c != ' ' && !is_filler(c));
    has_something.then(|| line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::given::Wishes;
    use proptest::prelude::*;

    fn account(source: Source, id: &str) -> bots::Account {
        bots::Account {
            feed: Feed::new(source, id),
            name: "레몬".into(),
            handle: format!("h{id}"),
            posts: None,
            wishes: Wishes::default(),
            is_keyed: false,
        }
    }

    #[test]
    fn who_has_only_given_a_file_has_proven_nothing() {
        let mut bot = bots::Bot::of(account(Source::X, "1"), [0; 16]);
        bot.join(account(Source::Misskey, "m.example/9"));
        bot.join(account(Source::Bluesky, "did:plc:a"));
        let of = |begun: &[(Source, &str)]| {
            let begun: Vec<_> = begun.iter().map(|(s, id)| Feed::new(*s, id)).collect();
            let origins = origins(&bot, &begun).into_iter();
            let told = origins.map(|origin| (origin.source, origin.is_proven));
            told.collect::<Vec<_>>()
        };
        assert_eq!(of(&[]), []);
        assert_eq!(of(&[(Source::XArchive, "1")]), [(Source::XArchive, false)]);
        assert_eq!(
            of(&[
                (Source::XArchive, "1"),
                (Source::X, "1"),
                (Source::Misskey, "m.example/9")
            ]),
            [(Source::X, true), (Source::Misskey, true)]
        );
    }

    #[test]
    fn what_is_typed_is_one_line_that_can_be_seen() {
        let typed = Manners::typed("  레\u{202e}몬 ", "안녕\n\n  하세요\u{200b}", " \u{200b} ");
        assert_eq!(typed.name.as_deref(), Some("레몬"));
        assert_eq!(typed.greeting.as_deref(), Some("안녕 하세요"));
        assert_eq!(typed.unknown, None);
        assert_eq!(Manners::typed("", "", ""), Manners::default());
        let long = Manners::typed("", &"가".repeat(MAX_LINE + 9), "");
        assert_eq!(long.greeting.unwrap().chars().count(), MAX_LINE);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_sound(text in "\\PC{0,400}") {
            let typed = Manners::typed(&text, &text, &text);
            let about = About { greeting: typed.greeting, unknown: typed.unknown, origins: Vec::new() };
            prop_assert!(about.is_sound());
            prop_assert_eq!(about.clone().shown(), about);
        }
    }
}
