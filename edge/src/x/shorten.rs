//! A long answer, of whose texts only the beginnings are kept while it comes.
//!
//! What is never kept need not be copied, held or read: of X's longest pages that is most.

use memchr::{memchr, memchr_iter, memchr2};

use super::text::{ENOUGH, MOST, is_inside};

/// Answers that are no longer than this, in bytes, are left as they are: looking at each of
/// their strings would take longer than reading them does.
const SHORT: usize = 1024 * 1024;

/// How much of a string is looked at at once, in bytes.
const STRIDE: usize = 2048;

/// With what the characters begin that are counted as sure to stay: most syllables of Hangul.
/// To count all that do takes longer than it saves.
const STAY: [u8; 2] = [0xEB, 0xEC];

/// Collects a JSON text that comes in pieces. Strings in it are cut where [`ENOUGH`] characters
/// are sure to stay, or else behind the first [`MOST`] bytes of what they say, where that breaks
/// no character; there is no other change.
#[derive(Debug, Default)]
pub struct Shortened {
    kept: Vec<u8>,
    at: At,
    is_long: bool,
}

/// What the next byte is of.
#[derive(Clone, Copy, Debug, Default)]
enum At {
    #[default]
    Outside,
    Inside(Said),
    /// It comes behind a backslash.
    Escape(Said),
    /// It is one of the last so many digits of an escape, of which the others are read.
    Digits {
        left: u8,
        unit: u16,
        said: Said,
    },
    /// It is in the part of a string that is not kept.
    Beyond,
    /// The same, behind a backslash.
    BeyondEscape,
}

/// What a string has said so far.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// In bytes of UTF-8.
    length: usize,
    /// Characters that stay in any case.
    stays: usize,
}

impl Shortened {
    pub fn push(&mut self, piece: &[u8]) {
        if !self.is_long && self.kept.len() + piece.len() <= SHORT {
            self.kept.extend_from_slice(piece);
            return;
        }
        if !self.is_long {
            self.is_long = true;
            let beginning = std::mem::take(&mut self.kept);
            self.shorten(&beginning);
        }
        self.shorten(piece);
    }

    #[must_use]
    pub fn end(self) -> Vec<u8> {
        self.kept
    }

    fn shorten(&mut self, mut rest: &[u8]) {
        while !rest.is_empty() {
            let (taken, keeps, next) = self.at.step(rest);
            let (part, behind) = rest.split_at(taken);
            if keeps {
                self.kept.extend_from_slice(part);
            }
            self.at = next;
            rest = behind;
        }
    }
}

impl At {
    /// How many bytes of `rest`, which is not empty, belong together, whether they are kept,
    /// and what comes behind them.
    fn step(self, rest: &[u8]) -> (usize, bool, Self) {
        match self {
            Self::Outside => match memchr(b'"', rest) {
                Some(quote) => (quote + 1, true, Self::Inside(Said::default())),
                None => (rest.len(), true, self),
            },
            Self::Inside(said) if !said.is_enough() => {
                let most = (MOST - said.length).min(STRIDE);
                let reach = &rest[..rest.len().min(most)];
                let plain = memchr2(b'"', b'\\', reach).unwrap_or(reach.len());
                let said = said.with(&reach[..plain]);
                match reach.get(plain) {
                    Some(b'"') => (plain + 1, true, Self::Outside),
                    Some(_) => (plain + 1, true, Self::Escape(said)),
                    None => (plain, true, Self::Inside(said)),
                }
            }
            Self::Inside(said) => match rest[0] {
                b'"' => (1, true, Self::Outside),
                b'\\' => (1, false, Self::BeyondEscape),
                byte if is_inside(byte) => (1, true, Self::Inside(said)),
                _ => (1, false, Self::Beyond),
            },
            Self::Escape(said) if rest[0] == b'u' => {
                let (left, unit) = (4, 0);
                (1, true, Self::Digits { left, unit, said })
            }
            Self::Escape(said) => (1, true, Self::Inside(said.longer(1))),
            Self::Digits { left, unit, said } => {
                let unit = unit << 4 | digit(rest[0]);
                let next = match left {
                    1 => Self::Inside(said.longer(length(unit))),
                    _ => Self::Digits {
                        left: left - 1,
                        unit,
                        said,
                    },
                };
                (1, true, next)
            }
            Self::Beyond => match memchr2(b'"', b'\\', rest) {
                Some(0) if rest[0] == b'"' => (1, true, Self::Outside),
                Some(0) => (1, false, Self::BeyondEscape),
                Some(at) => (at, false, self),
                None => (rest.len(), false, self),
            },
            Self::BeyondEscape => (1, false, Self::Beyond),
        }
    }
}

impl Said {
    fn is_enough(self) -> bool {
        self.length >= MOST || self.stays >= ENOUGH
    }

    fn longer(self, length: usize) -> Self {
        Self {
            length: self.length + length,
            ..self
        }
    }

    /// With what comes next.
    fn with(self, plain: &[u8]) -> Self {
        let stays = STAY.map(|first| memchr_iter(first, plain).count());
        Self {
            length: self.length + plain.len(),
            stays: self.stays + stays.iter().sum::<usize>(),
        }
    }
}

/// How many bytes of UTF-8 a unit of UTF-16 stands for. Of two that are one character the
/// second is worth all of it, so that nothing is cut between them.
fn length(unit: u16) -> usize {
    match unit {
        0..0x80 => 1,
        0x80..0x800 => 2,
        0xd800..0xdc00 => 0,
        0xdc00..0xe000 => 4,
        _ => 3,
    }
}

/// Of a digit that is none nothing can be read in any case.
fn digit(byte: u8) -> u16 {
    let digit = char::from(byte).to_digit(16).unwrap_or_default();
    u16::try_from(digit).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::{collection::vec, prelude::*};
    use serde_json::{Value, json};

    use super::*;
    use crate::x::text::kept;

    /// In pieces of these lengths, in turns.
    fn shortened(json: &[u8], lengths: &[usize]) -> Vec<u8> {
        let mut shortened = Shortened::default();
        let (mut rest, mut lengths) = (json, lengths.iter().cycle());
        while !rest.is_empty() {
            let length = lengths.next().copied().unwrap_or(rest.len());
            let (piece, behind) = rest.split_at(length.clamp(1, rest.len()));
            shortened.push(piece);
            rest = behind;
        }
        shortened.end()
    }

    /// A page that is long enough to be looked at, as it begins.
    fn long_page(texts: &[String]) -> Value {
        json!({ "first": "가".repeat(SHORT / 3), "texts": texts, "count": 7 })
    }

    fn read(json: &[u8]) -> Value {
        serde_json::from_slice(json).unwrap()
    }

    #[test]
    fn a_short_answer_is_left_as_it_is() {
        let json = json!({ "text": "a".repeat(SHORT - 64) }).to_string();
        assert_eq!(shortened(json.as_bytes(), &[999]), json.as_bytes());
    }

    #[test]
    fn of_long_texts_their_beginnings_are_left() {
        let texts: Vec<String> = ["레", "가", "a", "🍋", "\n", "\"", "\\", "é"]
            .into_iter()
            .map(|part| part.repeat(SHORT / 5))
            .collect();
        let json = json!(texts).to_string();
        let short = shortened(json.as_bytes(), &[128 * 1024]);
        for (text, short) in texts.iter().zip(read(&short).as_array().unwrap()) {
            let short = short.as_str().unwrap();
            assert!(text.starts_with(short));
            let least = if text.starts_with('레') {
                ENOUGH * "레".len()
            } else {
                MOST
            };
            assert!(
                (least..least + STRIDE + 4).contains(&short.len()),
                "{}",
                short.len()
            );
            assert!(short.len() < MOST + 4);
        }
        assert!(short.len() < json.len() / 2);
    }

    #[test]
    fn a_text_of_just_the_limit_ends_where_it_does() {
        for length in MOST - 1..=MOST + 1 {
            let texts = ["a".repeat(length), "레".repeat(ENOUGH), "after".to_owned()];
            let page = long_page(&texts);
            let short = read(&shortened(page.to_string().as_bytes(), &[128 * 1024]));
            assert_eq!(short["texts"][0].as_str().unwrap().len(), length.min(MOST));
            let behind = |page: &Value| page["texts"].as_array().unwrap()[1..].to_vec();
            assert_eq!(behind(&short), behind(&page));
        }
    }

    #[test]
    fn characters_that_are_written_as_numbers_count_as_what_they_are() {
        for (unit, bytes) in [
            ("\\u0061", 1),
            ("\\u00e9", 2),
            ("\\uac00", 3),
            ("\\ud83c\\udf4b", 4),
        ] {
            let json = format!("[\"{}\"]", unit.repeat(SHORT));
            let short = read(&shortened(json.as_bytes(), &[128 * 1024]));
            let length = short[0].as_str().unwrap().len();
            assert_eq!(length, MOST.div_ceil(bytes) * bytes, "{unit}");
        }
    }

    #[test]
    fn what_is_no_text_is_left_as_it_is() {
        let page = json!({ "first": "가".repeat(SHORT / 3), "numbers": vec![1; MOST], "last": 7 });
        let json = page.to_string();
        assert_eq!(
            read(&shortened(json.as_bytes(), &[128 * 1024]))["numbers"],
            page["numbers"]
        );
    }

    #[test]
    fn what_breaks_off_is_still_broken_off() {
        let json = long_page(&["a".repeat(MOST * 2)]).to_string();
        for end in [SHORT + 8, json.len() - MOST, json.len() - 3, json.len() - 1] {
            let short = shortened(&json.as_bytes()[..end], &[7_777]);
            let error = serde_json::from_slice::<Value>(&short).unwrap_err();
            assert!(error.is_eof());
        }
    }

    #[test]
    fn what_is_no_json_is_cut_where_a_string_would_be() {
        let head = "<!doctype html><p title='\"";
        let html = format!("{head}{}", "x".repeat(SHORT * 2));
        let short = shortened(html.as_bytes(), &[128 * 1024]);
        let expected = format!("{head}{}", "x".repeat(MOST));
        assert!(short == expected.as_bytes(), "{} bytes", short.len());
    }

    /// Parts of all that JSON writes in its own way and that cleaning takes out, and how
    /// often they are said: texts around the length at which they are cut.
    fn text() -> impl Strategy<Value = (Vec<&'static str>, usize)> {
        let part = prop::sample::select(vec![
            "a",
            "가",
            "레몬 글",
            "🍋",
            "\"",
            "\\",
            "\n",
            "\u{1}",
            "@kim ",
            "https://t.co/abc ",
        ]);
        let times = prop_oneof![0..50_usize, 0..MOST / 8, 0..MOST];
        (vec(part, 1..20), times).prop_map(|(parts, times)| {
            let length = parts.len();
            (parts, times / length)
        })
    }

    /// A link that is cut in two at the end of what is looked at, where hardly any more character
    /// is wanted.
    #[test]
    fn a_link_at_the_very_end_is_the_same_in_what_is_cut_and_what_is_whole() {
        let part = "가🍋https://t.co/abc https://t.co/abc 가\n\nhttps://t.co/abc 가@kim \
            https://t.co/abc 가a🍋a";
        for times in 200..300 {
            let text = part.repeat(times);
            let page = long_page(std::slice::from_ref(&text)).to_string();
            let page = read(&shortened(page.as_bytes(), &[1]));
            let short = page["texts"][0].as_str().unwrap();
            assert!(kept(short.as_bytes()) == kept(text.as_bytes()), "{times}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn what_is_kept_of_each_text_is_the_same(
            texts in vec(text(), 1..6),
            lengths in vec(1..200_000_usize, 1..4),
            is_ascii in any::<bool>(),
        ) {
            let texts: Vec<String> = texts
                .into_iter()
                .map(|(parts, times)| parts.concat().repeat(times))
                .collect();
            let written = |json: String| if is_ascii { ascii(&json) } else { json };
            let json = written(long_page(&texts).to_string());
            let page = read(&shortened(json.as_bytes(), &lengths));
            let short = page["texts"].as_array().map(Vec::as_slice).unwrap_or_default();
            prop_assert_eq!(short.len(), texts.len());
            prop_assert_eq!(&page["count"], 7);
            for (text, short) in texts.iter().zip(short) {
                let short = short.as_str().unwrap_or_default();
                prop_assert!(text.starts_with(short));
                prop_assert!(short.len() < MOST + 4);
                let [short, text] = [short, text].map(|text| kept(text.as_bytes()));
                // Not told by what they are: they are long.
                prop_assert!(short == text);
            }
        }
    }

    /// As other writers of JSON have it.
    fn ascii(json: &str) -> String {
        let mut written = String::new();
        let mut units = [0; 2];
        for c in json.chars() {
            if matches!(c, ' '..='~') {
                written.push(c);
            } else {
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(written, "\\u{unit:04x}");
                }
            }
        }
        written
    }
}
