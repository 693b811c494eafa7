//! What somebody looks for, as they type it: case, width and kana do not matter.

use std::borrow::Cow;
use std::iter;

use memchr::memmem::Finder;
use unicode_normalization::UnicodeNormalization;

/// From a letter of katakana to that of hiragana.
const TO_HIRAGANA: u32 = 'ア' as u32 - 'あ' as u32;

/// From a wide letter to that of ASCII.
const TO_ASCII: u32 = 'Ａ' as u32 - 'A' as u32;

/// The first byte of every letter that is wide or narrow.
const WIDTH: u8 = 0xEF;

/// What is looked for.
pub enum Needle {
    /// No letter of it is written in two ways, as in Korean.
    Exact(Box<Finder<'static>>),
    /// Those that have a case are ASCII. With the two cases of its first byte.
    Ascii { text: Vec<u8>, first: [u8; 2] },
    /// In lower case.
    Any(String),
    /// With kana, as [`same`] makes them.
    Kana(Vec<char>),
}

impl Needle {
    pub fn new(text: &str) -> Self {
        let text: String = text.trim().nfc().collect();
        let text = of_one_width(&text);
        if text.chars().any(is_kana) {
            return Self::Kana(text.chars().map(same).collect());
        }
        let has_case = |c: &char| c.is_lowercase() || c.is_uppercase();
        if text.chars().filter(has_case).any(|c| !c.is_ascii()) {
            return Self::Any(text.to_lowercase());
        }
        if !text.chars().any(|c| c.is_ascii_graphic()) {
            return Self::Exact(Box::new(Finder::new(text.as_bytes()).into_owned()));
        }
        let text = text.to_ascii_lowercase().into_bytes();
        let first = text.first().copied().unwrap_or_default();
        Self::Ascii {
            text,
            first: [first, first.to_ascii_uppercase()],
        }
    }

    pub fn is_in(&self, body: &str) -> bool {
        match self {
            Self::Exact(text) => text.find(body.as_bytes()).is_some(),
            Self::Any(text) => of_one_width(body).to_lowercase().contains(text),
            Self::Kana(text) => {
                let body = of_one_width(body);
                let mut rest = body.chars();
                loop {
                    let mut here = rest.clone();
                    if text.iter().all(|c| here.next().map(same) == Some(*c)) {
                        return true;
                    }
                    if rest.next().is_none() {
                        return false;
                    }
                }
            }
            Self::Ascii { text, first } => {
                is_in_ascii(text, *first, body)
                    || matches!(of_one_width(body), Cow::Owned(body) if is_in_ascii(text, *first, &body))
            }
        }
    }
}

fn is_in_ascii(text: &[u8], first: [u8; 2], body: &str) -> bool {
    let body = body.as_bytes();
    memchr::memchr2_iter(first[0], first[1], body).any(|at| {
        let there = body.get(at..at + text.len());
        there.is_some_and(|there| there.eq_ignore_ascii_case(text))
    })
}

fn is_kana(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヶ')
}

/// A letter as all ways of writing it are.
fn same(c: char) -> char {
    if matches!(c, 'ァ'..='ヶ') {
        char::from_u32(u32::from(c) - TO_HIRAGANA).unwrap_or(c)
    } else {
        c.to_lowercase().next().unwrap_or(c)
    }
}

/// Wide letters of ASCII as ASCII, and narrow kana as kana. Other compatible letters stay: those
/// of laughter, ㅋ, would become something else.
fn of_one_width(text: &str) -> Cow<'_, str> {
    let is_other = |c: char| matches!(c, '\u{ff01}'..='\u{ff5e}' | '\u{ff65}'..='\u{ff9f}');
    if !text.as_bytes().contains(&WIDTH) || !text.contains(is_other) {
        return Cow::Borrowed(text);
    }
    let usual = text.chars().flat_map(|c| {
        let ascii = match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - TO_ASCII),
            _ => None,
        };
        let kana = matches!(c, '\u{ff65}'..='\u{ff9f}').then(|| iter::once(c).nfkc());
        let same = (ascii.is_none() && kana.is_none()).then_some(c);
        ascii
            .into_iter()
            .chain(same)
            .chain(kana.into_iter().flatten())
    });
    // A mark of voice that stood alone goes to its letter.
    Cow::Owned(usual.nfc().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// But for the few letters whose lower case is ASCII and they are not.
        #[test]
        fn it_is_found_as_in_lower_case(body in "[ -~가-힣ぁ-んÀ-ÿ🍋]{0,30}", text in "[ -~가나あÀ-ÿ]{0,3}") {
            let lower = text.trim().nfc().collect::<String>().to_lowercase();
            let want = body.to_lowercase().contains(&lower);
            prop_assert_eq!(Needle::new(&text).is_in(&body), want);
        }

        /// However it is written, it is found.
        #[test]
        fn width_and_kana_do_not_matter(
            before in "[ -~가-힣ぁ-ん]{0,9}", text in "[a-z0-9ァ-ヴ]{1,6}", after in "[ -~가-힣🍋]{0,9}",
        ) {
            let wide: String = text.chars().map(|c| {
                if c.is_ascii_graphic() { char::from_u32(u32::from(c) + TO_ASCII).unwrap() } else { c }
            }).collect();
            let hiragana: String = text.chars().map(same).collect();
            let ways = [text.clone(), text.to_uppercase(), wide, hiragana];
            for there in &ways {
                let body = format!("{before}{there}{after}");
                for typed in &ways {
                    prop_assert!(Needle::new(typed).is_in(&body), "{} in {}", typed, body);
                }
            }
        }
    }

    #[test]
    fn case_does_not_matter() {
        for (text, body) in [
            ("lemon", "LEMON 좋아해?"),
            ("레몬", "레몬 사러 감"),
            ("ÉTÉ", "l'été"),
            ("MON 좋", "lemon 좋아해"),
            ("", "아무거나"),
        ] {
            assert!(Needle::new(text).is_in(body), "{text} in {body}");
        }
        assert!(!Needle::new("lemons").is_in("lemon"));
        assert!(!Needle::new("@lemon").is_in("lemon"));
    }

    #[test]
    fn what_is_narrow_or_wide_is_found_and_finds() {
        for (text, body) in [
            ("がんばれ", "ｶﾞﾝﾊﾞﾚ！"),
            ("ｶﾞﾝﾊﾞﾚ", "今日もがんばれ"),
            ("lemon", "ＬＥＭＯＮの日"),
            ("ＬＥＭＯＮ", "my Lemon"),
            ("レモンtea", "ﾚﾓﾝＴＥＡを飲む"),
            ("2026", "２０２６年"),
            ("été ｶ", "L'ÉTÉ カ"),
            ("ㅋㅋ", "아니 ㅋㅋㅋ"),
        ] {
            assert!(Needle::new(text).is_in(body), "{text} in {body}");
        }
        assert!(!Needle::new("かんぱれ").is_in("ｶﾞﾝﾊﾞﾚ"));
    }
}
