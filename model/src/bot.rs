//! A bot as others get it: replies, dates, links and vectors; never what other
//! people said.
//!
//! # Format 3, before it is sealed
//! A [`Bot`] in [postcard](https://postcard.jamesmunns.com/wire-format) (little
//! endian, variable-length integers), compressed with raw DEFLATE. Vectors are in four bits
//! ([`nibbles`]), seen from the means of what was learned. `seal` puts the version in front: one
//! that changes is a format that old pages do not open. Format 2 is the same without what a bot
//! says of itself, which stands at the end; [`first`] is what was written before.

pub mod about;
pub mod first;
pub mod nibbles;

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::about::About;
use self::nibbles::Nibbles;
use crate::answers::suggestions::{MAX_SUGGESTED, Suggested};
use crate::corpus::Entry;
use crate::error::BotError;
use crate::index::learning::Learned;
use crate::index::{Index, Item};
use crate::text::MAX_CHARS;

/// Most entries in a bot: some three times what X gives of one person.
pub const MAX_ENTRIES: usize = 10_000;

/// Most bytes of an unpacked bot: every entry of format 1 with two vectors and 2 KB of text.
pub const MAX_UNPACKED: usize = 32 * 1024 * 1024;

/// Longest name, handle, id or language of a bot, in characters: addresses of posts have up to
/// 512, and what says where before them.
const MAX_LABEL: usize = 640;

/// Level 6 of DEFLATE: level 9 takes three times as long for 1 % less.
const DEFLATE_LEVEL: u8 = 6;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bot {
    /// The id of the model files whose vectors these are.
    pub model: String,
    pub owner: Owner,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub made_at: i64,
    /// By which it is asked, as its owner asks it.
    pub learned: Learned,
    /// What it answers well, so that one can begin.
    pub suggested: Vec<Suggested>,
    pub lines: Vec<Line>,
    pub about: About,
}

/// Whose bot it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub name: String,
    /// Without the leading `@`.
    pub handle: String,
}

/// An entry without what somebody else said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub id: String,
    pub reply: String,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    pub said_vector: Option<Nibbles>,
    pub reply_vector: Nibbles,
}

impl Line {
    /// An entry, seen by what was `learned`.
    #[must_use]
    pub fn of(item: &Item, learned: &Learned) -> Self {
        let frames = &learned.frames;
        let said = item.said.as_ref();
        Self {
            id: item.entry.id.to_string(),
            reply: item.entry.reply.to_string(),
            at: item.entry.at,
            said_vector: said.map(|said| Nibbles::of(said, frames.said.mean())),
            reply_vector: Nibbles::of(&item.reply, frames.reply.mean()),
        }
    }

    fn item(&self, learned: &Learned) -> Item {
        let frames = &learned.frames;
        let said = self.said_vector.as_ref();
        Item {
            entry: Entry {
                id: self.id.as_str().into(),
                reply: self.reply.as_str().into(),
                said: None,
                at: self.at,
            },
            said: said.map(|said| said.vector(frames.said.mean())),
            reply: self.reply_vector.vector(frames.reply.mean()),
        }
    }

    fn is_sound(&self) -> bool {
        is_text(&self.reply)
            && is_label(&self.id)
            && self.reply_vector.is_sound()
            && self.said_vector.as_ref().is_none_or(Nibbles::is_sound)
    }
}

impl Bot {
    /// Its bytes, compressed and not yet sealed.
    ///
    /// # Errors
    /// [`BotError::TooLarge`] over [`MAX_ENTRIES`] or [`MAX_UNPACKED`];
    /// [`BotError::Damaged`] if a text or a vector breaks the format's rules.
    pub fn pack(&self) -> Result<Vec<u8>, BotError> {
        self.check()?;
        let plain = postcard::to_allocvec(self).map_err(|_| BotError::Damaged)?;
        if plain.len() > MAX_UNPACKED {
            return Err(BotError::TooLarge);
        }
        Ok(compress_to_vec(&plain, DEFLATE_LEVEL))
    }

    /// What a visitor asks.
    #[must_use]
    pub fn index(&self) -> Index {
        let items = self.lines.iter().map(|line| line.item(&self.learned));
        Index::of(items, self.learned.clone())
    }

    /// The bot that [`Bot::pack`] made `packed` of.
    ///
    /// # Errors
    /// [`BotError::TooLarge`] if it unpacks to more than [`MAX_UNPACKED`] bytes or
    /// holds more than [`MAX_ENTRIES`]; [`BotError::Damaged`] for anything else.
    pub fn unpack(packed: &[u8]) -> Result<Self, BotError> {
        Self::read(&unpacked(packed)?)
    }

    /// The bot of format 2, which says nothing of itself.
    ///
    /// # Errors
    /// Those of [`Self::unpack`].
    pub fn unpack_second(packed: &[u8]) -> Result<Self, BotError> {
        let mut plain = unpacked(packed)?;
        plain.extend(postcard::to_allocvec(&About::default()).map_err(|_| BotError::Damaged)?);
        Self::read(&plain)
    }

    fn read(plain: &[u8]) -> Result<Self, BotError> {
        let bot: Self = read(plain)?;
        bot.check()?;
        Ok(bot)
    }

    fn check(&self) -> Result<(), BotError> {
        check(&self.model, &self.owner, self.lines.len())?;
        let is_sound = self.learned.is_sound()
            && self.suggested.len() <= MAX_SUGGESTED
            && self.suggested.iter().all(Suggested::is_sound)
            && self.lines.iter().all(Line::is_sound)
            && self.about.is_sound();
        if is_sound {
            Ok(())
        } else {
            Err(BotError::Damaged)
        }
    }
}

/// A bot in any form that there ever was.
#[derive(Clone, Debug, PartialEq)]
pub enum Any {
    First(first::Bot),
    /// Also of the second form.
    Third(Box<Bot>),
}

/// A bot that can be asked.
pub struct Opened {
    pub model: String,
    pub owner: Owner,
    pub made_at: i64,
    /// Nothing in the first form.
    pub suggested: Vec<Suggested>,
    pub about: About,
    pub index: Index,
}

impl From<Any> for Opened {
    fn from(bot: Any) -> Self {
        match bot {
            Any::First(bot) => Self {
                model: bot.model,
                owner: bot.owner,
                made_at: bot.made_at,
                suggested: Vec::new(),
                about: About::default(),
                index: Index::new(bot.lines.into_iter().map(Into::into).collect()),
            },
            Any::Third(bot) => Self {
                index: bot.index(),
                model: bot.model,
                owner: bot.owner,
                made_at: bot.made_at,
                suggested: bot.suggested,
                about: bot.about.shown(),
            },
        }
    }
}

fn unpacked(packed: &[u8]) -> Result<Vec<u8>, BotError> {
    use miniz_oxide::inflate::TINFLStatus;
    decompress_to_vec_with_limit(packed, MAX_UNPACKED).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => BotError::TooLarge,
        _ => BotError::Damaged,
    })
}

/// What is written in `plain` and nothing else.
fn read<T: DeserializeOwned>(plain: &[u8]) -> Result<T, BotError> {
    match postcard::take_from_bytes(plain) {
        Ok((value, [])) => Ok(value),
        Ok(_) | Err(_) => Err(BotError::Damaged),
    }
}

/// What holds of a bot in any form.
fn check(model: &str, owner: &Owner, lines: usize) -> Result<(), BotError> {
    if lines > MAX_ENTRIES {
        return Err(BotError::TooLarge);
    }
    if [model, &owner.name, &owner.handle]
        .into_iter()
        .all(is_label)
    {
        Ok(())
    } else {
        Err(BotError::Damaged)
    }
}

fn is_text(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MAX_CHARS
}

fn is_label(text: &str) -> bool {
    text.chars().count() <= MAX_LABEL
}

#[cfg(test)]
pub(crate) mod tests {
    use super::about::{MAX_LINE, MAX_ORIGINS, Origin};
    use super::*;
    use crate::answers::frame::Frames;
    use crate::feed::Source;
    use crate::vector::tests::made_up;
    use crate::vector::{DIM, Vector};
    use proptest::prelude::*;

    pub(crate) fn nothing_learned() -> Learned {
        Learned {
            frames: Frames::default(),
            check: None,
        }
    }

    fn nibbles() -> impl Strategy<Value = Nibbles> {
        (
            0.0001f32..0.1,
            proptest::collection::vec(any::<u8>(), DIM / 2),
        )
            .prop_map(|(scale, codes)| Nibbles { scale, codes })
    }

    fn suggested() -> impl Strategy<Value = Suggested> {
        "\\PC{1,40}".prop_map(|text| Suggested {
            vector: made_up(&text, 0.85),
            text,
        })
    }

    fn line() -> impl Strategy<Value = Line> {
        (
            "[0-9]{1,20}",
            "\\PC{1,80}",
            any::<i64>(),
            proptest::option::of(nibbles()),
            nibbles(),
        )
            .prop_map(|(id, reply, at, said_vector, reply_vector)| Line {
                id,
                reply,
                at,
                said_vector,
                reply_vector,
            })
    }

    fn about() -> impl Strategy<Value = About> {
        let line = || proptest::option::of("[가-힣a-z]{1,40}");
        (line(), line(), "[a-z.@]{0,20}", any::<bool>()).prop_map(
            |(greeting, unknown, handle, is_proven)| About {
                greeting,
                unknown,
                origins: vec![Origin {
                    source: Source::Mastodon,
                    handle,
                    is_proven,
                }],
            },
        )
    }

    pub(crate) fn bot() -> impl Strategy<Value = Bot> {
        (
            "[a-z0-9]{0,40}",
            "\\PC{0,50}",
            "[A-Za-z0-9_]{1,15}",
            any::<i64>(),
            proptest::collection::vec(suggested(), 0..MAX_SUGGESTED),
            proptest::collection::vec(line(), 0..12),
            about(),
        )
            .prop_map(
                |(model, name, handle, made_at, suggested, lines, about)| Bot {
                    model,
                    owner: Owner { name, handle },
                    made_at,
                    learned: nothing_learned(),
                    suggested,
                    lines,
                    about,
                },
            )
    }

    /// The same bot as it was packed in the second form.
    pub(crate) fn packed_second(bot: &Bot) -> Vec<u8> {
        let mut plain = postcard::to_allocvec(bot).unwrap();
        let about = postcard::to_allocvec(&bot.about).unwrap().len();
        plain.truncate(plain.len() - about);
        compress_to_vec(&plain, 6)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bot_comes_back(bot in bot()) {
            prop_assert_eq!(Bot::unpack(&bot.pack().unwrap()).unwrap(), bot.clone());
            let second = Bot::unpack_second(&packed_second(&bot)).unwrap();
            prop_assert_eq!(second, Bot { about: About::default(), ..bot });
        }

        #[test]
        fn any_bytes_are_a_bot_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Bot::unpack(&bytes);
            let _ = Bot::unpack(&compress_to_vec(&bytes, 1));
        }
    }

    fn small() -> Bot {
        let learned = nothing_learned();
        let vector = made_up("레몬", 0.85);
        let line = Line {
            id: "1".into(),
            reply: "레몬".into(),
            at: 0,
            said_vector: None,
            reply_vector: Nibbles::of(&vector, learned.frames.reply.mean()),
        };
        Bot {
            model: "m".into(),
            owner: Owner {
                name: "n".into(),
                handle: "h".into(),
            },
            made_at: 0,
            learned,
            suggested: vec![Suggested {
                text: "뭐해?".into(),
                vector,
            }],
            lines: vec![line],
            about: About::default(),
        }
    }

    #[test]
    fn what_breaks_the_rules_is_neither_packed_nor_unpacked() {
        type Break = fn(&mut Bot);
        let breaks: [(Break, BotError); 11] = [
            (|bot| bot.lines[0].reply.clear(), BotError::Damaged),
            (
                |bot| bot.lines[0].reply = "가".repeat(MAX_CHARS + 1),
                BotError::Damaged,
            ),
            (
                |bot| bot.lines[0].reply_vector.codes.push(0),
                BotError::Damaged,
            ),
            (
                |bot| bot.lines[0].reply_vector.scale = f32::NAN,
                BotError::Damaged,
            ),
            (
                |bot| bot.owner.handle = "h".repeat(MAX_LABEL + 1),
                BotError::Damaged,
            ),
            (
                |bot| bot.about.greeting = Some(String::new()),
                BotError::Damaged,
            ),
            (
                |bot| bot.about.unknown = Some("가".repeat(MAX_LINE + 1)),
                BotError::Damaged,
            ),
            (
                |bot| {
                    let origin = Origin {
                        source: Source::X,
                        handle: "h".into(),
                        is_proven: true,
                    };
                    bot.about.origins = vec![origin; MAX_ORIGINS + 1];
                },
                BotError::Damaged,
            ),
            (|bot| bot.suggested[0].text.clear(), BotError::Damaged),
            (
                |bot| bot.suggested = vec![bot.suggested[0].clone(); MAX_SUGGESTED + 1],
                BotError::Damaged,
            ),
            (
                |bot| bot.suggested[0].vector = Vector::quantise(&[1.0]),
                BotError::Damaged,
            ),
        ];
        for (break_it, want) in breaks {
            let mut bot = small();
            break_it(&mut bot);
            assert_eq!(bot.pack(), Err(want));
            let plain = postcard::to_allocvec(&bot).unwrap();
            assert_eq!(Bot::unpack(&compress_to_vec(&plain, 1)), Err(want));
        }
    }

    #[test]
    fn limits_hold() {
        let mut bot = small();
        bot.lines = vec![bot.lines[0].clone(); MAX_ENTRIES + 1];
        assert_eq!(bot.pack(), Err(BotError::TooLarge));
        let bomb = compress_to_vec(&vec![0; MAX_UNPACKED + 1], 6);
        assert_eq!(Bot::unpack(&bomb), Err(BotError::TooLarge));
    }

    #[test]
    fn what_follows_a_bot_is_damage() {
        let mut plain = postcard::to_allocvec(&small()).unwrap();
        plain.push(0);
        assert_eq!(
            Bot::unpack(&compress_to_vec(&plain, 1)),
            Err(BotError::Damaged)
        );
    }

    #[test]
    fn an_entry_takes_little() {
        let mut bot = small();
        let empty = bot.pack().unwrap().len();
        bot.lines = (0..500)
            .map(|n| {
                let id = (1_800_000_000_000_000_000_u64 + n * 7_919_000_001).to_string();
                let reply = format!("오늘은 {n}번째로 레몬 타르트를 구웠는데 이번에도 조금 탔다");
                let vector = |turn| made_up(&format!("{n} {turn}"), 0.85);
                let mut item = crate::index::tests::made_of(0, None, &reply, |_| vector("reply"));
                item.entry.id = id.into();
                item.said = Some(vector("said"));
                Line::of(&item, &bot.learned)
            })
            .collect();
        let each = (bot.pack().unwrap().len() - empty) / 500;
        assert!(each < 600, "{each} bytes");
    }
}
