//! The first form of a bot. Links lead to it for as long as anybody keeps one, so nothing here
//! changes any more. It is read, and no longer written.

use serde::{Deserialize, Serialize};

use super::{Owner, is_label, is_text, read, unpacked};
use crate::corpus::Entry;
use crate::error::BotError;
use crate::index::Item;
use crate::vector::Vector;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bot {
    /// The id of the model files whose vectors these are.
    pub model: String,
    pub owner: Owner,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub made_at: i64,
    pub lines: Vec<Line>,
}

/// An entry without what somebody else said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub id: String,
    pub reply: String,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// What the source called its language. Nothing needs it.
    pub lang: Option<String>,
    pub said_vector: Option<Vector>,
    pub reply_vector: Vector,
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
    /// # Errors
    /// Those of [`super::Bot::unpack`].
    pub fn unpack(packed: &[u8]) -> Result<Self, BotError> {
        let bot: Self = read(&unpacked(packed)?)?;
        super::check(&bot.model, &bot.owner, bot.lines.len())?;
        let is_sound = |line: &Line| {
            is_text(&line.reply)
                && is_label(&line.id)
                && line.lang.as_deref().is_none_or(is_label)
                && line.reply_vector.is_sound()
                && line.said_vector.as_ref().is_none_or(Vector::is_sound)
        };
        if bot.lines.iter().all(is_sound) {
            Ok(bot)
        } else {
            Err(BotError::Damaged)
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::bot::{MAX_ENTRIES, MAX_LABEL, MAX_UNPACKED};
    use crate::text::MAX_CHARS;
    use crate::vector::DIM;
    use miniz_oxide::deflate::compress_to_vec;
    use proptest::prelude::*;

    pub(crate) fn packed(bot: &Bot) -> Vec<u8> {
        compress_to_vec(&postcard::to_allocvec(bot).unwrap(), 6)
    }

    pub(crate) fn small() -> Bot {
        let line = Line {
            id: "1".into(),
            reply: "레몬".into(),
            at: 0,
            lang: Some("ko".into()),
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
    fn what_was_packed_is_read_for_ever() {
        assert_eq!(Bot::unpack(&packed(&small())).unwrap(), small());
        // The same, byte by byte, as it was written once.
        let mut plain =
            b"\x01m\x01n\x01h\x00\x01\x011\x06\xeb\xa0\x88\xeb\xaa\xac\x00\x01\x02ko\x00".to_vec();
        plain.extend((0.5_f32 / 127.0).to_le_bytes());
        plain.extend(b"\x80\x03");
        plain.extend([127; DIM]);
        assert_eq!(Bot::unpack(&compress_to_vec(&plain, 6)).unwrap(), small());
    }

    #[test]
    fn what_breaks_the_rules_is_refused() {
        type Break = fn(&mut Bot);
        let breaks: [(Break, BotError); 7] = [
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
                |bot| bot.lines[0].lang = Some("k".repeat(MAX_LABEL + 1)),
                BotError::Damaged,
            ),
            (
                |bot| bot.owner.handle = "h".repeat(MAX_LABEL + 1),
                BotError::Damaged,
            ),
            (
                |bot| bot.lines = vec![bot.lines[0].clone(); MAX_ENTRIES + 1],
                BotError::TooLarge,
            ),
        ];
        for (break_it, want) in breaks {
            let mut bot = small();
            break_it(&mut bot);
            assert_eq!(Bot::unpack(&packed(&bot)), Err(want));
        }
        let bomb = compress_to_vec(&vec![0; MAX_UNPACKED + 1], 6);
        assert_eq!(Bot::unpack(&bomb), Err(BotError::TooLarge));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_bot_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Bot::unpack(&bytes);
            let _ = Bot::unpack(&compress_to_vec(&bytes, 1));
        }
    }
}
