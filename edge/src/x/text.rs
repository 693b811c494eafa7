//! Texts of posts, cut to what is kept of them before anything else is done with them.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};

/// Characters that are kept of a text once it is clean: the page's limit.
pub const KEPT: usize = 2_000;

/// So many that stay in any case are enough.
pub const ENOUGH: usize = KEPT + MARGIN;

/// Characters beyond that, so that what follows the last one that is kept cannot change it.
const MARGIN: usize = 32;

/// The longest beginning that is looked at, in bytes. It holds all that is kept of syllables in
/// three parts, of nine bytes each, and of words with a link behind each of them; of texts that
/// are links and white space for the most part, it holds most.
pub const MOST: usize = 24 * 1024;

/// A post's text as X gives it, or as much of it as is kept.
///
/// It is read as bytes: X may break it in the middle of a character, and of 25,000
/// characters only those that are kept need be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(Bytes).map(Self)
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Some(kept(bytes)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// The beginning of a text of which cleaning leaves as much as of the whole, up to the
/// [`KEPT`] characters that are kept. Of a text of which it leaves hardly anything, what fits
/// into [`MOST`] bytes.
#[must_use]
pub fn kept(text: &[u8]) -> String {
    let beginning = if text.len() <= KEPT {
        text
    } else {
        &text[..enough(text).unwrap_or_else(|| whole_characters(text, MOST))]
    };
    // What is hardly ever broken is checked faster than it is mended.
    match simdutf8::basic::from_utf8(beginning) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(beginning).into_owned(),
    }
}

/// At most so many bytes, with which no character is cut in two.
fn whole_characters(text: &[u8], most: usize) -> usize {
    let mut end = text.len().min(most);
    while end > 0 && text.get(end).is_some_and(|byte| is_inside(*byte)) {
        end -= 1;
    }
    end
}

/// Whether a byte is one of a character, but not its first.
#[must_use]
pub fn is_inside(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

/// Where, in bytes, there are enough characters that stay when the text is cleaned, within
/// [`MOST`] bytes, behind which nothing is looked at: what was cut there before is to be cut at
/// the same place. What may go is taken to go: a text is then cut later than it could be, and
/// never too early. A link that is cut in two there is taken to stay, which [`MARGIN`] has room for.
fn enough(text: &[u8]) -> Option<usize> {
    let mut left = ENOUGH;
    let mut at = 0;
    let reach = &text[..text.len().min(MOST)];
    while let Some(first) = reach.get(at) {
        let (length, stays) = match *first {
            // Hangul and Han, which most are.
            0xE4..=0xE9 | 0xEB | 0xEC => (3, true),
            b'@' | b'&' | b'h' => special(&reach[at..]),
            0x21..=0x7E => (1, true),
            0x00..=0x7F => (1, false),
            first => (width(first), stays(&reach[at..])),
        };
        at += length;
        left -= usize::from(stays);
        if left == 0 {
            let inside = text.iter().skip(at).take_while(|byte| is_inside(**byte));
            return Some(at.min(text.len()) + inside.count());
        }
    }
    None
}

/// How long a character is in bytes if it begins with this one. Of a broken one more may be
/// passed over: that counts too few, and a text is cut later.
fn width(first: u8) -> usize {
    match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0.. => 4,
        _ => 1,
    }
}

/// How long what `text` begins with is, and whether a character of it certainly stays: of
/// mentions and short links none need to, and an entity becomes one.
fn special(text: &[u8]) -> (usize, bool) {
    let run = |beginning: &[u8], is_part: fn(&u8) -> bool| {
        let tail = text.strip_prefix(beginning)?;
        Some(beginning.len() + tail.iter().take_while(|byte| is_part(byte)).count())
    };
    let mention = || run(b"@", |byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let link = |beginning| run(beginning, u8::is_ascii_alphanumeric);
    let gone = mention()
        .or_else(|| link(b"https://t.co/"))
        .or_else(|| link(b"http://t.co/"));
    if let Some(length) = gone {
        return (length, false);
    }
    let entities: [&[u8]; 3] = [b"&amp;", b"&lt;", b"&gt;"];
    let entity = entities.iter().find(|entity| text.starts_with(entity));
    (entity.map_or(1, |entity| entity.len()), true)
}

/// Whether the character that begins here, beyond ASCII, is one of its own: it shows, and
/// joins no other. Told by its first bytes, so that all of a block may count as none for the
/// sake of one that is.
fn stays(text: &[u8]) -> bool {
    let second = || text.get(1).copied().unwrap_or_default();
    match text[0] {
        // Inside of a character. U+0080 with the soft hyphen, U+0300 and U+0340: accents,
        // U+0480 and U+0580: marks of Cyrillic, Hebrew and Arabic. U+1000: parts of
        // syllables. U+2000: spaces, joiners and Braille's blank. U+E0000: tags.
        0x80..=0xC2 | 0xCC | 0xCD | 0xD2 | 0xD6..=0xD9 | 0xE0..=0xE2 | 0xF3.. => false,
        0xE3 => match second() {
            // U+3000: the wide space. U+3140: the filler among letters.
            0x80 | 0x85 => false,
            // U+3099 and U+309A: the voiced marks.
            0x82 => !matches!(text.get(2), Some(0x99 | 0x9A)),
            _ => true,
        },
        // U+A960: parts of syllables; the syllables begin at U+AC00.
        0xEA => second() >= 0xB0,
        // They end at U+D7A3, and U+D7B0 is parts again.
        0xED => second() < 0x9E,
        // U+FE00: selectors and marks. U+FF80: the narrow filler.
        0xEF => second() < 0xB8,
        // Scripts whose signs join, and marks of music; emoji begin at U+1F000.
        0xF0 => second() >= 0x9F,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &[u8]) -> Option<Text> {
        serde_json::from_slice(json).ok()
    }

    #[test]
    fn a_text_is_read_whatever_its_bytes() {
        let cases: [(&[u8], &str); 5] = [
            (br#""a \u00e9 \ud83c\udf4b""#, "a é 🍋"),
            (br#""\ud83c broken""#, "\u{FFFD}\u{FFFD}\u{FFFD} broken"),
            (b"\"\xEB\xA0\x88 \xEB\xA0\"", "레 \u{FFFD}"),
            (b"\"a\tb\"", "a\tb"),
            (br#""""#, ""),
        ];
        for (json, expected) in cases {
            assert_eq!(read(json), Some(Text(Some(expected.to_owned()))));
        }
        assert_eq!(read(b"null"), Some(Text(None)));
        assert_eq!(read(br#"[["a"], 1]"#), Some(Text(None)));
        let error = serde_json::from_str::<Text>("7").unwrap_err();
        assert!(error.to_string().contains("expected a text"), "{error}");
    }

    #[test]
    fn what_stays_is_told_by_the_block_of_a_character() {
        let all = |first: char, last: char, expected: bool| {
            for c in [first, last] {
                let bytes = c.to_string().into_bytes();
                assert_eq!(stays(&bytes), expected, "{c:?}");
                assert_eq!(width(bytes[0]), bytes.len(), "{c:?}");
            }
        };
        for (first, last, expected) in [
            ('\u{80}', '\u{BF}', false),
            ('\u{C0}', '\u{2FF}', true),
            ('\u{300}', '\u{37F}', false),
            ('\u{380}', '\u{47F}', true),
            ('\u{480}', '\u{4BF}', false),
            ('\u{4C0}', '\u{57F}', true),
            ('\u{580}', '\u{67F}', false),
            ('\u{800}', '\u{2FFF}', false),
            ('\u{3000}', '\u{303F}', false),
            ('\u{3040}', '\u{3098}', true),
            ('\u{3099}', '\u{309A}', false),
            ('\u{309B}', '\u{313F}', true),
            ('\u{3140}', '\u{317F}', false),
            ('\u{3180}', '\u{9FFF}', true),
            ('\u{A000}', '\u{ABFF}', false),
            ('\u{AC00}', '\u{D77F}', true),
            ('\u{D780}', '\u{D7FF}', false),
            ('\u{E000}', '\u{FDFF}', true),
            ('\u{FE00}', '\u{FFFD}', false),
            ('\u{10000}', '\u{1EFFF}', false),
            ('\u{1F000}', '\u{3FFFF}', true),
            ('\u{E0000}', '\u{10FFFF}', false),
        ] {
            all(first, last, expected);
        }
        assert_eq!(width(0x80), 1, "a byte inside of one is passed over");
    }

    #[test]
    fn what_ascii_begins_is_taken_as_a_whole() {
        let cases: [(&[u8], (usize, bool)); 9] = [
            (b"@kim_1 hi", (6, false)),
            ("@한".as_bytes(), (1, false)),
            (b"https://t.co/aB3-", (16, false)),
            (b"http://t.co/aB3 ", (15, false)),
            (b"https://a.test/", (1, true)),
            (b"&amp;amp;", (5, true)),
            (b"&lt;3", (4, true)),
            (b"&gt;", (4, true)),
            (b"&nbsp;", (1, true)),
        ];
        for (text, expected) in cases {
            assert_eq!(special(text), expected, "{text:?}");
        }
    }

    #[test]
    fn no_character_is_cut_in_two() {
        let text = "가가".as_bytes();
        let ends = [0, 2, 3, 4, 5, 6, 9].map(|most| whole_characters(text, most));
        assert_eq!(ends, [0, 0, 3, 3, 3, 6, 6]);
        assert_eq!(whole_characters(&[0x80; 9], 5), 0, "of what is no text");
        // What follows the last that is kept, and belongs to it.
        let broken = [&*vec![b'a'; ENOUGH], &[0x80; 2], b"bcd"].concat();
        assert_eq!(enough(&broken), Some(ENOUGH + 2));
    }

    #[test]
    fn a_long_text_is_cut_behind_what_is_kept() {
        let enough = KEPT + MARGIN;
        let cases = [
            ("가".repeat(25_000), enough * 3),
            ("a".repeat(25_000), enough),
            ("a b ".repeat(6_000), enough * 2 - 1),
            ("&amp;".repeat(5_000), enough * 5),
            ("🍋".repeat(25_000), enough * 4),
            (
                format!("{}{}", " ".repeat(9_000), "a".repeat(9_000)),
                9_000 + enough,
            ),
            (
                format!("{}b", "https://t.co/AbCdEfGhIj ".repeat(300)),
                7_201,
            ),
            ("a".repeat(enough), enough),
            ("짧은 글".to_owned(), 10),
        ];
        for (text, length) in cases {
            let kept = kept(text.as_bytes());
            assert_eq!(kept.len(), length, "{}", &text[..12.min(text.len())]);
            assert!(text.starts_with(&kept));
        }
    }

    #[test]
    fn what_cleaning_leaves_nothing_of_is_cut_all_the_same() {
        for nothing in [
            "\u{3164}",
            "https://t.co/AbCdEfGhIj ",
            "@somebody ",
            " ",
            "\u{1161}",
        ] {
            let text = nothing.repeat(100_000 / nothing.len());
            let kept = kept(text.as_bytes());
            assert!(kept.len() <= MOST && kept.len() > MOST - 4, "{nothing:?}");
            assert!(text.starts_with(&kept));
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_the_beginning(text in any::<String>(), times in 1usize..400) {
            let text = text.repeat(times);
            let kept = kept(text.as_bytes());
            prop_assert!(text.starts_with(&kept));
            let shown = kept.chars().filter(|c| !c.is_whitespace() && !c.is_control());
            prop_assert!(kept == text || shown.count() >= KEPT || kept.len() > MOST - 4);
        }
    }
}
