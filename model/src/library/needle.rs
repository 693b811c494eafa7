//! What somebody looks for, as they type it.

use memchr::memmem::Finder;
use unicode_normalization::UnicodeNormalization;

/// What is looked for, whatever its case.
pub enum Needle {
    /// No letter of it has a case, as in Korean and Japanese.
    Exact(Box<Finder<'static>>),
    /// Those that have one are ASCII. With the two cases of its first byte.
    Ascii { text: Vec<u8>, first: [u8; 2] },
    /// In lower case.
    Any(String),
}

impl Needle {
    pub fn new(text: &str) -> Self {
        let text: String = text.trim().nfc().collect();
        let has_case = |c: &char| c.is_lowercase() || c.is_uppercase();
        if !text.chars().any(|c| has_case(&c)) {
            return Self::Exact(Box::new(Finder::new(&text).into_owned()));
        }
        if text.chars().filter(has_case).any(|c| !c.is_ascii()) {
            return Self::Any(text.to_lowercase());
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
            Self::Any(text) => body.to_lowercase().contains(text),
            Self::Ascii { text, first } => {
                let body = body.as_bytes();
                memchr::memchr2_iter(first[0], first[1], body).any(|at| {
                    let there = body.get(at..at + text.len());
                    there.is_some_and(|there| there.eq_ignore_ascii_case(text))
                })
            }
        }
    }
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
}
