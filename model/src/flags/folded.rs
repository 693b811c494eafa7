//! A text in which each letter, digit and dash is written in one way, and where it was.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use super::{Flag, Kind};
use crate::text::is_joining;

/// What a keyboard puts around a digit to make an emoji of it.
const KEYCAP: char = '\u{20E3}';

/// From a wide letter to that of ASCII.
const TO_ASCII: u32 = 'Ａ' as u32 - 'A' as u32;

/// A text to look for things in.
pub struct Folded {
    /// With its case.
    pub cased: String,
    /// ASCII in lower case: as long as `cased`.
    pub low: String,
    /// Where each byte was, and the end.
    was: Vec<usize>,
}

impl Folded {
    pub fn new(text: &str) -> Self {
        let mut cased = String::with_capacity(text.len());
        let mut was = Vec::with_capacity(text.len() + 1);
        for (at, c) in text.char_indices() {
            if is_joining(c) || c == KEYCAP {
                continue;
            }
            cased.push(folded(c, cased.chars().next_back()));
            was.resize(cased.len(), at);
        }
        was.push(text.len());
        let low = cased.to_ascii_lowercase();
        Self { cased, low, was }
    }

    /// That something of this kind was found here.
    pub fn flag(&self, kind: Kind, at: Range<usize>) -> Flag {
        Flag {
            kind,
            at: self.was(at),
        }
    }

    /// Whether there are syllables of Hangul, by their first bytes.
    pub fn has_hangul(&self) -> bool {
        self.low.bytes().any(|byte| (0xEA..=0xED).contains(&byte))
    }

    /// Whether there are kana or Han, likewise.
    pub fn has_japanese(&self) -> bool {
        self.low.bytes().any(|byte| (0xE3..=0xE9).contains(&byte))
    }

    /// Where in the text as it was this is.
    fn was(&self, at: Range<usize>) -> Range<usize> {
        let place = |at: usize| self.was[at.min(self.was.len() - 1)];
        place(at.start)..place(at.end)
    }

    /// The character before a place.
    pub fn before(&self, at: usize) -> Option<char> {
        self.low[..at].chars().next_back()
    }

    /// The character behind a place.
    pub fn behind(&self, at: usize) -> Option<char> {
        self.low[at..].chars().next()
    }
}

fn folded(c: char, before: Option<char>) -> char {
    match c {
        '\u{3000}' | '\u{A0}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - TO_ASCII).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE63}' => '-',
        // The sign that makes a vowel long is on the same key.
        'ー' | 'ｰ' if before.is_some_and(|before| before.is_ascii_digit()) => '-',
        '\u{FF66}'..='\u{FF9D}' => std::iter::once(c).nfkc().next().unwrap_or(c),
        _ if c.is_ascii() || !c.is_numeric() => c,
        _ => {
            let mut usual = std::iter::once(c).nfkc();
            match (usual.next(), usual.next()) {
                (Some(digit), None) if digit.is_ascii_digit() => digit,
                _ => c,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_digits_and_dashes_are_written_in_one_way() {
        for (text, expected) in [
            ("０１０ー１２３４", "010-1234"),
            ("1️⃣2️⃣", "12"),
            ("𝟎𝟏", "01"),
            ("Ａ＠ｂ", "a@b"),
            ("コーヒー 1ー2", "コーヒー 1-2"),
            ("ㅋㅋ 〇九", "ㅋㅋ 〇九"),
            ("ﾀﾋね", "タヒね"),
        ] {
            assert_eq!(Folded::new(text).low, expected);
        }
    }

    proptest! {
        #[test]
        fn each_place_is_one_of_the_text(text in any::<String>()) {
            let folded = Folded::new(&text);
            for (at, c) in folded.low.char_indices() {
                let was = folded.was(at..at + c.len_utf8());
                prop_assert!(text.get(was).is_some_and(|was| !was.is_empty()));
            }
            prop_assert_eq!(folded.was(0..folded.low.len()).end, text.len());
        }
    }
}
