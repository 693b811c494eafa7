//! What stands behind `#` in the link of a bot, after messengers, mail gateways and people have
//! put things around it.

use percent_encoding::percent_decode_str;

use crate::seal::LinkSecret;

/// Characters of a key.
const KEY: usize = 22;

/// How often a link is percent-encoded at most on its way.
const TIMES: usize = 3;

/// Most bytes that are looked at.
const MOST: usize = 2_048;

/// From a full-width form to the ASCII character that it is of.
const FULL_WIDTH: u32 = 0xfee0;

/// The key in `fragment`: the first word of which 22 characters can be one, whatever stands behind
/// them. That it is the right one is proven by what it opens.
#[must_use]
pub fn key(fragment: &str) -> Option<String> {
    let mut text = fragment[..fragment.floor_char_boundary(MOST)].to_owned();
    // The digits behind a percent sign would be taken for some of the key.
    for _ in 0..TIMES {
        text = percent_decode_str(&text).decode_utf8_lossy().into_owned();
    }
    let narrow: String = text.chars().map(narrow).collect();
    let runs = narrow.split(|c: char| !is_of_key(c));
    let mut keys = runs.filter_map(|run| run.get(..KEY));
    let key = keys.find(|key| LinkSecret::parse(key).is_ok())?;
    Some(key.to_owned())
}

fn is_of_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Some keyboards have letters of the width of a syllable.
fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - FULL_WIDTH).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODw";

    #[test]
    fn a_key_is_found_whatever_has_come_to_stand_around_it() {
        for (before, behind) in [
            ("", ""),
            ("", "."),
            ("", ")"),
            ("", "。"),
            ("", ">"),
            ("", "%20"),
            ("", "=="),
            ("", "&utm_source=newsletter_of_november_2026"),
            ("", "?openExternalBrowser=1"),
            ("", "?fbclid=IwAR0aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789"),
            ("(", ")"),
            ("「", "」"),
            ("<", ">"),
            ("［", "］"),
            ("", "、"),
            ("#", ""),
            ("%23", ""),
            ("%2523", "%2520"),
            ("%25E3%2580%258C", "%25E3%2580%258D"),
            ("", "-"),
            ("", "___"),
            ("", "\u{200b}"),
            ("key=", ""),
        ] {
            let link = format!("{before}{KEY}{behind}");
            assert_eq!(key(&link).as_deref(), Some(KEY), "{link}");
        }
        let wide: String = KEY.chars().map(wide).collect();
        assert_eq!(key(&wide).as_deref(), Some(KEY), "{wide}");
        let encoded: String = KEY
            .bytes()
            .map(percent_encoding::percent_encode_byte)
            .collect();
        assert_eq!(key(&encoded).as_deref(), Some(KEY), "{encoded}");
    }

    fn wide(c: char) -> char {
        char::from_u32(u32::from(c) + FULL_WIDTH).unwrap()
    }

    #[test]
    fn what_is_too_short_or_ends_otherwise_is_none() {
        let long = "a".repeat(MOST) + "." + KEY;
        let odd = format!("{}B", &KEY[..21]);
        for text in ["", "about", &KEY[..21], &odd, "%", "%%%", "#", &long] {
            assert_eq!(key(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_key_is_found_and_any_text_is_read(secret in any::<[u8; 16]>(), text in "\\PC{0,80}") {
            let fragment = LinkSecret::new(secret).fragment();
            prop_assert_eq!(key(&fragment), Some(fragment.clone()));
            let behind = format!("{fragment}?{text}");
            prop_assert_eq!(key(&behind), Some(fragment));
            if let Some(key) = key(&text) {
                prop_assert!(LinkSecret::parse(&key).is_ok());
            }
        }
    }
}
