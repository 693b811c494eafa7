//! A bot as others get it: replies, dates, links and vectors; never what other
//! people said.
//!
//! # Format, before it is sealed
//! A [`Bot`] in [postcard](https://postcard.jamesmunns.com/wire-format) (little
//! endian, variable-length integers), compressed with raw DEFLATE. `seal` puts the
//! version in front: one that changes is a format that old pages do not open.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::{Deserialize, Serialize};

use crate::corpus::Entry;
use crate::error::BotError;
use crate::index::Item;
use crate::text::MAX_CHARS;
use crate::vector::Vector;

/// Most entries in a bot: some three times what X gives of one person.
pub const MAX_ENTRIES: usize = 10_000;

/// Most bytes of an unpacked bot: every entry with two vectors and 2 KB of text.
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
    pub lines: Vec<Line>,
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
    /// What the source called its language. Nothing needs it any more.
    pub lang: Option<String>,
    pub said_vector: Option<Vector>,
    pub reply_vector: Vector,
}

impl From<Item> for Line {
    fn from(item: Item) -> Self {
        Self {
            id: item.entry.id.to_string(),
            reply: item.entry.reply.to_string(),
            at: item.entry.at,
            lang: None,
            said_vector: item.said,
            reply_vector: item.reply,
        }
    }
}

impl From<Line> for Item {
    fn from(line: Line) -> Self {
        Self {
            entry: Entry {
                id: line.id.into(),
                reply: line.reply.into(),
                said: None,
                at: line.at,
            },
            said: line.said_vector,
            reply: line.reply_vector,
        }
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

    /// The bot that [`Bot::pack`] made `packed` of.
    ///
    /// # Errors
    /// [`BotError::TooLarge`] if it unpacks to more than [`MAX_UNPACKED`] bytes or
    /// holds more than [`MAX_ENTRIES`]; [`BotError::Damaged`] for anything else.
    pub fn unpack(packed: &[u8]) -> Result<Self, BotError> {
        use miniz_oxide::inflate::TINFLStatus;
        let plain =
            decompress_to_vec_with_limit(packed, MAX_UNPACKED).map_err(|error| {
                match error.status {
                    TINFLStatus::HasMoreOutput => BotError::TooLarge,
                    _ => BotError::Damaged,
                }
            })?;
        let (bot, rest) =
            postcard::take_from_bytes::<Self>(&plain).map_err(|_| BotError::Damaged)?;
        if !rest.is_empty() {
            return Err(BotError::Damaged);
        }
        bot.check()?;
        Ok(bot)
    }

    fn check(&self) -> Result<(), BotError> {
        if self.lines.len() > MAX_ENTRIES {
            return Err(BotError::TooLarge);
        }
        let owner = [&self.model, &self.owner.name, &self.owner.handle];
        let sound =
            owner.iter().all(|label| is_label(label)) && self.lines.iter().all(Line::is_sound);
        if sound {
            Ok(())
        } else {
            Err(BotError::Damaged)
        }
    }
}

impl Line {
    fn is_sound(&self) -> bool {
        !self.reply.is_empty()
            && self.reply.chars().count() <= MAX_CHARS
            && is_label(&self.id)
            && self.lang.as_deref().is_none_or(is_label)
            && self.reply_vector.is_sound()
            && self.said_vector.as_ref().is_none_or(Vector::is_sound)
    }
}

fn is_label(text: &str) -> bool {
    text.chars().count() <= MAX_LABEL
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::vector::DIM;
    use proptest::prelude::*;

    fn vector() -> impl Strategy<Value = Vector> {
        (0.0001f32..0.1, proptest::collection::vec(any::<i8>(), DIM))
            .prop_map(|(scale, values)| Vector { scale, values })
    }

    fn line() -> impl Strategy<Value = Line> {
        (
            "[0-9]{1,20}",
            "\\PC{1,80}",
            any::<i64>(),
            proptest::option::of("[a-z]{2}"),
            proptest::option::of(vector()),
            vector(),
        )
            .prop_map(|(id, reply, at, lang, said_vector, reply_vector)| Line {
                id,
                reply,
                at,
                lang,
                said_vector,
                reply_vector,
            })
    }

    pub(crate) fn bot() -> impl Strategy<Value = Bot> {
        (
            "[a-z0-9]{0,40}",
            "\\PC{0,50}",
            "[A-Za-z0-9_]{1,15}",
            any::<i64>(),
            proptest::collection::vec(line(), 0..12),
        )
            .prop_map(|(model, name, handle, made_at, lines)| Bot {
                model,
                owner: Owner { name, handle },
                made_at,
                lines,
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bot_comes_back(bot in bot()) {
            prop_assert_eq!(Bot::unpack(&bot.pack().unwrap()).unwrap(), bot);
        }

        #[test]
        fn any_bytes_are_a_bot_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Bot::unpack(&bytes);
            let _ = Bot::unpack(&compress_to_vec(&bytes, 1));
        }
    }

    fn small() -> Bot {
        let line = Line {
            id: "1".into(),
            reply: "레몬".into(),
            at: 0,
            lang: None,
            said_vector: None,
            reply_vector: Vector::quantise(&[0.5; DIM]),
        };
        Bot {
            model: "m".into(),
            owner: Owner {
                name: "n".into(),
                handle: "h".into(),
            },
            made_at: 0,
            lines: vec![line],
        }
    }

    #[test]
    fn what_breaks_the_rules_is_neither_packed_nor_unpacked() {
        type Break = fn(&mut Bot);
        let breaks: [(Break, BotError); 5] = [
            (|bot| bot.lines[0].reply.clear(), BotError::Damaged),
            (
                |bot| bot.lines[0].reply = "가".repeat(MAX_CHARS + 1),
                BotError::Damaged,
            ),
            (
                |bot| bot.lines[0].reply_vector.values.push(0),
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
}
