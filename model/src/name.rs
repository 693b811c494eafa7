//! Names as they are shown. People call themselves whatever they like; the sentence around a
//! name says what it says all the same.

use unicode_normalization::char::is_combining_mark;

use crate::text::{is_filler, is_invisible, is_joining};

/// Most characters shown of a name: X's own limit.
pub const MAX_SHOWN: usize = 50;

/// Most marks shown on one letter, which is more than any script puts there. A tower of them
/// would cover the lines around it.
const MAX_MARKS: usize = 4;

/// How somebody with this `name` and this `handle` is called: by their name if anything of it
/// can be seen, else by their handle with its `@`; none if that is none either.
#[must_use]
pub fn called(name: &str, handle: &str) -> Option<String> {
    let by_handle = || is_handle(handle).then(|| format!("@{handle}"));
    shown(name).or_else(by_handle)
}

/// `name` on one line, without what shows nothing and what turns text around, of at most
/// [`MAX_SHOWN`] characters; none if nothing can be seen of it.
#[must_use]
pub fn shown(name: &str) -> Option<String> {
    let mut kept: Vec<char> = Vec::with_capacity(MAX_SHOWN + 1);
    let mut marks = 0;
    for c in name.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        let follows_space = kept.last().is_none_or(|last| *last == ' ');
        if is_left_out(c) || (c == ' ' && follows_space) {
            continue;
        }
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if marks > MAX_MARKS {
            continue;
        }
        kept.push(c);
        if kept.len() > MAX_SHOWN {
            kept.truncate(MAX_SHOWN - 1);
            trim(&mut kept);
            kept.push('…');
            break;
        }
    }
    trim(&mut kept);
    let is_seen = kept.iter().any(|c| *c != ' ' && !is_joining(*c));
    is_seen.then(|| kept.into_iter().collect())
}

fn trim(kept: &mut Vec<char>) {
    while kept.last() == Some(&' ') {
        kept.pop();
    }
}

fn is_handle(handle: &str) -> bool {
    // Of a name at one of many servers also what stands between it and the server's.
    let is_part = |c: u8| c.is_ascii_alphanumeric() || b"_@.-:".contains(&c);
    (1..=MAX_SHOWN).contains(&handle.len()) && handle.bytes().all(is_part)
}

/// Shows nothing, or no more than a space does, or turns text around. A name that is of
/// another direction by itself keeps it: the page isolates it. Mongolian's selectors, which
/// texts may need, name nobody.
fn is_left_out(c: char) -> bool {
    is_invisible(c) || is_filler(c) || matches!(c, '\u{180B}'..='\u{180D}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_shown_as_it_is_or_without_what_would_do_harm() {
        let whole = "가".repeat(MAX_SHOWN);
        let cut = format!("{}…", "가".repeat(MAX_SHOWN - 1));
        for (name, expected) in [
            ("레몬 🍋", Some("레몬 🍋")),
            ("  작은\n\n레몬　", Some("작은 레몬")),
            ("ليمون", Some("ليمون")),
            ("\u{202E}nomel", Some("nomel")),
            ("\u{2067}לימון\u{2069}", Some("לימון")),
            ("a\u{2069}\u{202C}b", Some("ab")),
            ("👩‍🌾", Some("👩‍🌾")),
            (
                "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
                Some("e\u{301}\u{302}\u{303}\u{304}"),
            ),
            (
                "e\u{301}\u{302}\u{202E}\u{303}\u{304}\u{305}",
                Some("e\u{301}\u{302}\u{303}\u{304}"),
            ),
            (&whole, Some(whole.as_str())),
            (&"가".repeat(300), Some(cut.as_str())),
            ("", None),
            ("\u{3164}", None),
            ("\u{2800} \u{3164}\n\u{200D}\u{FE0F}", None),
            ("\u{202E}", None),
        ] {
            assert_eq!(shown(name).as_deref(), expected, "{name:?}");
        }
    }

    #[test]
    fn whoever_has_no_name_is_called_by_their_handle() {
        assert_eq!(called("레몬", "lemon").as_deref(), Some("레몬"));
        assert_eq!(called("\u{3164}", "lemon_1").as_deref(), Some("@lemon_1"));
        for handle in ["", "le mon", "\u{202E}lemon", "레몬", &"l".repeat(300)] {
            assert_eq!(called("", handle), None, "{handle:?}");
        }
    }

    proptest! {
        #[test]
        fn no_name_turns_a_sentence_or_fills_the_page(name in any::<String>(), around in "[\u{200C}-\u{200F}\u{202A}-\u{202E}\u{2066}-\u{2069}\u{3164}\u{301} \n가]{0,80}") {
            for name in [&name, &around, &format!("{name}{around}")] {
                let Some(shown) = shown(name) else { continue };
                prop_assert!(!shown.chars().any(|c| c.is_control() || is_left_out(c)), "{shown:?}");
                prop_assert!(shown.chars().count() <= MAX_SHOWN);
                prop_assert_eq!(shown.lines().count(), 1);
                prop_assert_eq!(shown.trim(), shown.as_str());
                prop_assert_eq!(super::shown(&shown), Some(shown.clone()));
            }
        }
    }
}
