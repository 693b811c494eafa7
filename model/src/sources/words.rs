//! Texts as they stand in sources' JSON.

use std::fmt;

use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Longest beginning that is kept of a text before it is cleaned, in bytes: far more than
/// cleaning keeps, and than any source allows.
pub const MAX_BYTES: usize = 128 * 1024;

/// A text of which whatever can be read is kept; empty for what is none.
///
/// It is read as bytes. Some writers of JSON break a text inside of a character, and leave
/// half of a pair of surrogates: that costs the character, and not what is around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub String);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Only asked for bytes serde_json lets halves of pairs pass, and then it takes
        // nothing but texts and lists; `null` is none of them.
        deserializer.deserialize_option(Bytes)
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Words;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_none<E: Error>(self) -> Result<Words, E> {
        Ok(Words::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Words, D::Error> {
        deserializer.deserialize_bytes(self)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Words, E> {
        Ok(Words(readable(bytes)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Words, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Words::default())
    }
}

/// The characters in `bytes`, of the first [`MAX_BYTES`], without those that stand for what
/// could not be read.
fn readable(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(MAX_BYTES)];
    let chunks = bytes.utf8_chunks().map(|chunk| chunk.valid());
    let parts = chunks.flat_map(|chunk| chunk.split(char::REPLACEMENT_CHARACTER));
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Row {
        #[serde(default)]
        text: Words,
        id: u8,
    }

    #[test]
    fn what_can_be_read_is_kept() {
        let cases: [(&[u8], &str); 10] = [
            (br#""a \u00e9 \ud83c\udf4b""#, "a é 🍋"),
            (br#""half \ud83d of one""#, "half  of one"),
            (br#""half \udf4b""#, "half "),
            (b"\"\xEB\xA0\x88 \xEB\xA0\"", "레 "),
            ("\"레 \u{FFFD}몬\"".as_bytes(), "레 몬"),
            (b"\"two\nlines\tand a tab\"", "two\nlines\tand a tab"),
            (br#""""#, ""),
            (b"null", ""),
            (br#"["a", ["b"]]"#, ""),
            (b"[]", ""),
        ];
        for (text, expected) in cases {
            let json = [br#"{"text":"#, text, br#","id":7}"#].concat();
            let row: Row = serde_json::from_slice(&json).unwrap();
            assert_eq!((row.text.0.as_str(), row.id), (expected, 7));
        }
        let none: Row = serde_json::from_str(r#"{"id":7}"#).unwrap();
        assert_eq!(none.text.0, "");
    }

    #[test]
    fn a_text_is_cut_where_it_is_far_longer_than_any() {
        for text in ["가", "a", "🍋"] {
            let long = serde_json::to_vec(&text.repeat(MAX_BYTES)).unwrap();
            let words: Words = serde_json::from_slice(&long).unwrap();
            assert!(words.0.len() <= MAX_BYTES && words.0.len() > MAX_BYTES - 4);
            assert!(words.0.chars().all(|c| text.starts_with(c)));
        }
    }
}
