//! Texts of posts, cut to what is kept of them before anything else is done with them.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};

/// Characters that are kept of a text once it is clean: the page's limit.
pub const KEPT: usize = 2_000;

/// Characters beyond that, so that what follows the last one that is kept cannot change it.
const MARGIN: usize = 32;

/// The beginning of a text that is looked at first, in bytes. It nearly always has enough.
const USUAL: usize = 8 * 1024;

/// The longest beginning that is sent on, in bytes, of a text that is mostly links, white
/// space and the like.
const MOST: usize = 32 * 1024;

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
/// into 32 KiB.
#[must_use]
pub fn kept(text: &[u8]) -> String {
    if text.len() <= KEPT {
        return readable(text).into_owned();
    }
    let mut part = Cow::default();
    for most in [USUAL, MOST] {
        part = readable(beginning(text, most));
        if let Some(end) = enough(&part) {
            return part[..end].to_owned();
        }
        if text.len() <= most {
            break;
        }
    }
    part.into_owned()
}

/// At most so many bytes, and no character cut in two.
fn beginning(text: &[u8], most: usize) -> &[u8] {
    let mut end = text.len().min(most);
    let goes_on = |end| text.get(end).is_some_and(|byte| byte & 0xC0 == 0x80);
    while end > 0 && goes_on(end) {
        end -= 1;
    }
    &text[..end]
}

/// What is hardly ever broken is checked faster than it is mended.
fn readable(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// Where there are enough characters that stay when the text is cleaned. What may go is
/// taken to go: a text is then cut later than it could be, and never too early.
fn enough(text: &str) -> Option<usize> {
    let mut left = KEPT + MARGIN;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        let (rest, stays) = match c {
            '@' | '&' | 'h' => special(&text[at..]),
            _ => (0, stays(c)),
        };
        if rest > 0 {
            chars.nth(rest - 1);
        }
        left -= usize::from(stays);
        if left == 0 {
            return Some(chars.offset());
        }
    }
    None
}

/// How many characters, all of them ASCII, belong to the one that `text` begins with, and
/// whether one certainly stays: of mentions and short links none need to, and an entity
/// becomes one.
fn special(text: &str) -> (usize, bool) {
    let end = |beginning: &str, is_part: fn(char) -> bool| {
        let tail = text.strip_prefix(beginning)?;
        let end = tail.find(|c| !is_part(c)).unwrap_or(tail.len());
        Some(beginning.len() + end - 1)
    };
    let link = |beginning| end(beginning, |c| c.is_ascii_alphanumeric());
    if let Some(rest) = end("@", |c| c.is_ascii_alphanumeric() || c == '_') {
        return (rest, false);
    }
    if let Some(rest) = link("https://t.co/").or_else(|| link("http://t.co/")) {
        return (rest, false);
    }
    let mut entities = ["&amp;", "&lt;", "&gt;"].into_iter();
    let entity = entities.find(|entity| text.starts_with(entity));
    (entity.map_or(0, |entity| entity.len() - 1), true)
}

/// Whether a character is one of its own: it shows, and does not join the one before.
fn stays(c: char) -> bool {
    // Long texts are mostly made of these: syllables, kana and ideographs.
    if matches!(c, '\u{AC00}'..='\u{D7A3}' | '\u{3041}'..='\u{3096}' | '\u{4E00}'..='\u{9FFF}') {
        return true;
    }
    match c {
        '\0'..='\u{7F}' => c.is_ascii_graphic(),
        // Marks, letters that are parts of syllables, and what is drawn as nothing.
        '\u{80}'..='\u{A0}'
        | '\u{AD}'
        | '\u{300}'..='\u{36F}'
        | '\u{483}'..='\u{489}'
        | '\u{591}'..='\u{61F}'
        | '\u{64B}'..='\u{65F}'
        | '\u{1100}'..='\u{11FF}'
        | '\u{1680}'
        | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}'
        | '\u{2000}'..='\u{206F}'
        | '\u{20D0}'..='\u{20FF}'
        | '\u{2800}'
        | '\u{3000}'
        | '\u{302A}'..='\u{302F}'
        | '\u{3099}'..='\u{309A}'
        | '\u{3164}'
        | '\u{A960}'..='\u{A97F}'
        | '\u{D7B0}'..='\u{D7FF}'
        | '\u{FE00}'..='\u{FE2F}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFF}'
        | '\u{1D165}'..='\u{1D1AD}'
        | '\u{E0000}'..='\u{E0FFF}' => false,
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
        assert_eq!(read(b"7"), None);
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
            let stays = |text: &str| text.chars().filter(|c| stays(*c)).count();
            prop_assert!(kept == text || stays(&kept) >= KEPT || kept.len() > MOST - 4);
        }
    }
}
