//! A post's text as its author meant it.

mod quoted;

use std::borrow::Cow;

use memchr::memmem;
use unicode_normalization::UnicodeNormalization;

/// Longest text kept of a post, in characters. X allows 25,000 in a long post,
/// but the encoder reads 512 tokens and a chat bubble shows less.
pub const MAX_CHARS: usize = 2_000;

/// What the sources' halves put where a link was. It is a link itself, and [`clean`] takes it
/// out as it does X's, with the brackets around it. White space is to follow.
pub const LINK: &str = "https://t.co/0";

/// What is in every shortened link, and in hardly any other text.
const LINKS: &[u8] = b"://t.co/";

/// Stands where a link was. A control character, so no text holds one by then.
const GAP: char = '\0';

/// What opens, and what closes it.
const PAIRS: [(char, char); 36] = [
    ('(', ')'),
    ('（', '）'),
    ('[', ']'),
    ('［', '］'),
    ('{', '}'),
    ('｛', '｝'),
    ('｟', '｠'),
    ('<', '>'),
    ('＜', '＞'),
    ('【', '】'),
    ('〔', '〕'),
    ('〖', '〗'),
    ('〘', '〙'),
    ('〚', '〛'),
    ('「', '」'),
    ('｢', '｣'),
    ('『', '』'),
    ('《', '》'),
    ('〈', '〉'),
    ('«', '»'),
    ('‹', '›'),
    ('〝', '〟'),
    ('“', '”'),
    ('„', '“'),
    ('„', '”'),
    ('”', '”'),
    ('‘', '’'),
    ('‚', '‘'),
    ('‚', '’'),
    ('❝', '❞'),
    ('❛', '❜'),
    ('’', '’'),
    ('"', '"'),
    ('＂', '＂'),
    ('\'', '\''),
    ('＇', '＇'),
];

/// What people put before a link to point at it.
const POINTERS: &str = ":：-–—―~→⇒➔➡▶►▷▸☞👉👇↓⬇▼|｜•・>＞»";

/// What there is to read in `raw`, a text without the marks of its source: shortened
/// links are left out with the brackets around them, white space is folded, what shows
/// nothing is gone, Unicode is NFC. Empty if nothing remains. At most [`MAX_CHARS`]
/// characters; a text that is clean stays as it is.
#[must_use]
pub fn clean(raw: &str) -> String {
    // First of all, or it would keep apart what belongs together: a letter and its
    // mark, the two halves of a link.
    let shown = if raw.chars().all(|c| is_plain(c) || matches!(c, ' ' | '\n')) {
        Cow::Borrowed(raw)
    } else {
        let shown = raw.chars().filter(|&c| !is_invisible(c)).nfc();
        Cow::Owned(shown.collect())
    };
    let (text, had_links) = if memmem::find(shown.as_bytes(), LINKS).is_some() {
        let text = without_short_links(&shown);
        if text.contains(GAP) {
            (Cow::Owned(without_emptied_pairs(&text)), true)
        } else {
            (Cow::Owned(text), false)
        }
    } else {
        (shown, false)
    };
    let text = folded(&text);
    if had_links && is_pointer(&text) {
        return String::new();
    }
    if text.len() <= MAX_CHARS {
        return text;
    }
    cut(&text)
}

/// `text` with one space between words, and one line break between lines that have some.
fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mut before = if out.is_empty() { "" } else { "\n" };
        for word in line.split(|c| is_space(c) || c == GAP) {
            if !word.chars().all(is_joining) {
                out.push_str(before);
                out.push_str(word);
                before = " ";
            }
        }
    }
    out
}

/// Characters that show something, and that normalisation changes nowhere, whatever stands
/// beside them, as long as that is such a one: most of what is written in Korean, Japanese and
/// the languages of Latin letters.
fn is_plain(c: char) -> bool {
    matches!(c,
        '!'..='~'
        | '\u{A1}'..='\u{AC}' | '\u{AE}'..='\u{24F}'
        | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}'
        | '\u{2190}'..='\u{22FF}' | '\u{2500}'..='\u{27BF}'
        | '\u{3001}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}' | '\u{309B}'..='\u{30FF}'
        | '\u{3131}'..='\u{3163}' | '\u{3165}'..='\u{318E}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{FF01}'..='\u{FF9F}'
        | '\u{1F300}'..='\u{1F64F}' | '\u{1F680}'..='\u{1F6FF}' | '\u{1F900}'..='\u{1F9FF}')
}

/// What the author of `raw` said in it: [`clean`], and without what is repeated there of
/// others, as in `me too RT @name: …` and `“@name: …” me too`.
#[must_use]
pub fn own(raw: &str) -> String {
    let mut text = clean(raw);
    while let Some(rest) = quoted::without_first(&text) {
        text = clean(&rest);
    }
    text
}

/// No more than [`MAX_CHARS`] characters of a clean `text`, which stays clean.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => text[..end]
            .trim_end_matches(|c| is_space(c) || is_joining(c))
            .to_owned(),
    }
}

/// `text` with [`GAP`] in place of shortened links. Korean and Japanese put no space
/// around one; its code ends with the first character that is no ASCII letter or digit.
fn without_short_links(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, link)) = ["https://t.co/", "http://t.co/"]
        .iter()
        .filter_map(|link| Some((rest.find(link)?, link)))
        .min_by_key(|(at, _)| *at)
    {
        let (before, code) = (&rest[..at], &rest[at + link.len()..]);
        let end = code
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(code.len());
        out.push_str(before);
        if end == 0 {
            out.push_str(link);
        } else {
            out.push(GAP);
        }
        rest = &code[end..];
    }
    out.push_str(rest);
    out
}

/// `text` without the brackets and quotation marks in which nothing but a link stood.
fn without_emptied_pairs(text: &str) -> String {
    let mut out: Vec<char> = Vec::with_capacity(text.len());
    for c in text.chars() {
        if !PAIRS.iter().any(|(_, close)| *close == c) {
            out.push(c);
            continue;
        }
        let inside = out
            .iter()
            .rev()
            .take_while(|&&c| is_space(c) || is_joining(c) || c == GAP)
            .count();
        let (before, inside) = out.split_at(out.len() - inside);
        let closes = |open: &char| PAIRS.contains(&(*open, c));
        if inside.contains(&GAP) && before.last().is_some_and(closes) {
            out.truncate(before.len() - 1);
            out.push(GAP);
        } else {
            out.push(c);
        }
    }
    out.into_iter().collect()
}

/// Whether `text` does nothing but point at what stood beside it: one such sign, however
/// often. Two kinds of them may be a face.
fn is_pointer(text: &str) -> bool {
    let mut signs = text.chars().filter(|&c| !is_space(c) && !is_joining(c));
    let Some(first) = signs.next() else {
        return true;
    };
    ["->", "=>"].contains(&text) || (POINTERS.contains(first) && signs.all(|c| c == first))
}

/// White space, and the letters without a shape that people use as such: the Hangul
/// fillers and the Braille pattern without dots.
fn is_space(c: char) -> bool {
    c.is_whitespace() || is_filler(c)
}

/// A letter or a sign without a shape.
pub(crate) fn is_filler(c: char) -> bool {
    matches!(
        c,
        '\u{115F}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}'
    )
}

/// Shows nothing by itself and changes what it follows: emoji, names and some scripts
/// need the joiners, the variation selectors and the tags.
pub(crate) fn is_joining(c: char) -> bool {
    matches!(c,
        '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{E0020}'..='\u{E007F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Characters that show nothing and would let two equal texts differ, or turn a
/// bubble's direction around: controls, what Unicode says is to be ignored where it
/// cannot be shown, annotations' anchors, and what is no character.
pub(crate) fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || (u32::from(c) & 0xFFFE) == 0xFFFE
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{200B}'
            | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FDD0}'..='\u{FDEF}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFC}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}')
        || (matches!(c, '\u{E0000}'..='\u{E0FFF}') && !is_joining(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::is_nfc;

    #[test]
    fn whatever_holds_nothing_but_a_link_goes_with_it() {
        for (open, close) in PAIRS {
            let raw = format!("봐봐 {open}https://t.co/ab{close} 진짜");
            assert_eq!(clean(&raw), "봐봐 진짜", "{raw}");
            assert_eq!(clean(&raw["봐봐 ".len()..raw.len() - " 진짜".len()]), "");
        }
    }

    #[test]
    fn leaves_what_the_author_wrote() {
        let cases = [
            ("그냥 글", "그냥 글"),
            ("@a @b_2 안녕!", "@a @b_2 안녕!"),
            ("나는 @a 좋아", "나는 @a 좋아"),
            ("봐봐 https://t.co/AbC123", "봐봐"),
            ("詳細はhttps://t.co/AbC123", "詳細は"),
            ("https://t.co/AbC123이거 봐 http://t.co/x", "이거 봐"),
            ("https://t.co/", "https://t.co/"),
            ("https://t.co/ https://t.co/ab", "https://t.co/"),
            ("https://t.https://t.co/ab.co/cd", "https://t. .co/cd"),
            ("https://\u{200B}t.co/ab 봐", "봐"),
            ("https://example.org/x", "https://example.org/x"),
            ("봐봐 (https://t.co/ab) 진짜", "봐봐 진짜"),
            ("봐봐 ( 「https://t.co/ab https://t.co/cd」 )", "봐봐"),
            ("(봐봐 https://t.co/ab)", "(봐봐 )"),
            (":> https://t.co/ab", ":>"),
            (":) https://t.co/ab", ":)"),
            ("? https://t.co/ab", "?"),
            ("( )", "( )"),
            ("👉", "👉"),
            ("a &lt;3 b", "a &lt;3 b"),
            ("  한\n\n  두   칸 ", "한\n두 칸"),
            ("한\r\n두\t칸\u{3000}셋", "한\n두 칸 셋"),
            ("안녕\u{3164}\u{2800}하세요\u{115F}", "안녕 하세요"),
            ("\u{1100}\u{1161}", "가"),
            ("か\u{3099}", "が"),
            ("か\u{200B}\u{3099}", "が"),
            ("a\u{202E}b\u{200B}c\u{AD}d\u{200E}e", "abcde"),
            ("👩\u{200D}💻 ❤\u{FE0F}", "👩\u{200D}💻 ❤\u{FE0F}"),
            ("葛\u{E0100}城 \u{FE0F} 市", "葛\u{E0100}城 市"),
            ("نیم\u{200C}فاصله", "نیم\u{200C}فاصله"),
        ];
        for (raw, want) in cases {
            assert_eq!(clean(raw), want, "{raw:?}");
        }
    }

    #[test]
    fn blank_is_empty() {
        let blank = "\u{3164} \u{2800} \u{FFA0} \u{115F}\u{1160} \u{AD} \u{200E} \u{200F} \u{61C} \u{FE0F} \
            \u{200B} \u{200C} \u{200D} \u{2060} \u{2063} \u{FEFF} \u{34F} \u{180B} \u{180E} \u{17B4} \
            \u{202E} \u{2067} \u{206A} \u{3000} \u{2028} \u{FFF9} \u{FFFC} \u{E0001} \u{E0041} \u{E0100} \
            \u{1D173} \u{0} \u{7F} \u{85} \u{FDD0} \u{FFFF}";
        for one in blank.split(' ') {
            assert_eq!(clean(one), "", "{one:?}");
        }
        for text in [
            "",
            blank,
            "\u{200B}\n\u{200B}",
            "\u{3164}\r\n\u{2800}",
            "https://t.co/AbC123",
            "(https://t.co/ab)",
            "（ https://t.co/ab ）",
            "[(https://t.co/ab)]",
            "“https://t.co/ab”",
            "\"https://t.co/ab\"",
            "→ https://t.co/ab",
            "👉👉\u{FE0F}https://t.co/ab",
            ": https://t.co/ab",
            "-> https://t.co/ab",
        ] {
            assert_eq!(clean(text), "", "{text:?}");
        }
    }

    #[test]
    fn keeps_no_more_than_the_limit() {
        assert_eq!(
            clean(&"가".repeat(MAX_CHARS + 5)).chars().count(),
            MAX_CHARS
        );
        let ends_with_space = "가".repeat(MAX_CHARS - 2) + " 👩\u{200D}💻";
        assert_eq!(
            clean(&ends_with_space),
            "가".repeat(MAX_CHARS - 2) + " 👩",
            "a joiner with nothing to join goes too"
        );
    }

    #[test]
    fn plain_characters_stay_as_they_are_everywhere() {
        use unicode_normalization::char::canonical_combining_class;
        use unicode_normalization::{IsNormalized, is_nfc_quick};

        let plain: Vec<char> = ('\0'..=char::MAX).filter(|&c| is_plain(c)).collect();
        assert!(plain.len() > 40_000);
        for c in plain {
            let normal = is_nfc_quick(std::iter::once(c));
            assert_eq!(normal, IsNormalized::Yes, "{c:?}");
            assert_eq!(canonical_combining_class(c), 0, "{c:?}");
            assert!(!(is_invisible(c) || is_space(c) || is_joining(c)), "{c:?}");
        }
    }

    /// Texts of what is hard to read: characters of every kind beside each other.
    fn hard() -> impl Strategy<Value = String> {
        let parts = prop_oneof![
            any::<char>().prop_map(String::from),
            proptest::sample::select(vec![
                "\u{200B}",
                "\u{3099}",
                "\u{301}",
                "\u{315}",
                "か",
                "가",
                "\u{1100}",
                "\u{1161}",
                "\u{11A8}",
                "\u{212A}",
                "\u{115F}",
                "\u{1160}",
                "\u{3164}",
                "\u{2800}",
                "\u{FE0F}",
                "\u{200D}",
                "👩",
                "\u{202E}",
                "\u{34F}",
                "\n",
                " ",
                "\u{3000}",
                "\r",
                "\u{2028}",
                "https://t.co/",
                "http://t.co/ab",
                "https://",
                "t.co/",
                "ab",
                "(",
                ")",
                "「",
                "」",
                "“",
                "”",
                "\"",
                "'",
                "→",
                ":",
                "RT",
                "Qt",
                "ＲＴ",
                "@",
                "＠",
                "sora",
                "&amp;",
                "나도",
            ])
            .prop_map(String::from),
        ];
        proptest::collection::vec(parts, 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn a_clean_text_stays_as_it_is(raw in prop_oneof![hard(), any::<String>()]) {
            let once = clean(&raw);
            prop_assert_eq!(&clean(&once), &once);
            prop_assert!(is_nfc(&once));
            prop_assert!(once.is_empty() || once.chars().any(|c| !is_space(c) && !is_joining(c) && !is_invisible(c)));
            let own_once = own(&raw);
            prop_assert_eq!(&own(&own_once), &own_once);
            prop_assert_eq!(&clean(&own_once), &own_once);
        }

        #[test]
        fn never_grows_past_the_limit(raw in hard(), times in 1usize..200) {
            let raw = raw.repeat(times);
            let once = clean(&raw);
            prop_assert!(once.chars().count() <= MAX_CHARS);
            prop_assert_eq!(clean(&once), once);
        }

        #[test]
        fn words_without_marks_pass_unchanged(words in proptest::collection::vec("[가-힣a-z0-9]{1,8}", 1..10)) {
            let text = words.join(" ");
            prop_assert_eq!(own(&text), text);
        }
    }
}
