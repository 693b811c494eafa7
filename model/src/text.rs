//! A post's text as its author meant it.

use unicode_normalization::UnicodeNormalization;

/// Longest text kept of a post, in characters. X allows 25,000 in a long post,
/// but the encoder reads 512 tokens and a chat bubble shows less.
pub const MAX_CHARS: usize = 2_000;

/// What remains of a post's `raw` text without what its source put into it:
/// entities are read, the run of mentions that a reply begins with and
/// shortened links are left out, white space is folded, Unicode is NFC.
/// Empty if nothing remains.
#[must_use]
pub fn clean(raw: &str) -> String {
    let unescaped = unescape(raw);
    let body = without_leading_mentions(&unescaped);
    let mut lines = Vec::new();
    for line in body.lines() {
        let words: Vec<&str> = line
            .split_whitespace()
            .flat_map(without_short_links)
            .filter(|part| !part.is_empty())
            .collect();
        if !words.is_empty() {
            lines.push(words.join(" "));
        }
    }
    lines
        .join("\n")
        .nfc()
        .filter(|c| !is_invisible(*c))
        .take(MAX_CHARS)
        .collect()
}

/// Whether an archive's text is somebody else's post: archives mark reposts by
/// nothing but this prefix.
#[must_use]
pub fn is_repost(raw: &str) -> bool {
    raw.starts_with("RT @")
}

/// X escapes these three and no others, in its API and in its archive. One pass,
/// so that `&amp;lt;` stays the text `&lt;`.
fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')];
        if let Some((entity, c)) = known.iter().find(|(entity, _)| rest.starts_with(entity)) {
            out.push(*c);
            rest = &rest[entity.len()..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

fn without_leading_mentions(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some(after) = rest.strip_prefix('@') {
        let end = after
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(after.len());
        let follows_space = after[end..].chars().next().is_none_or(char::is_whitespace);
        if end == 0 || !follows_space {
            break;
        }
        rest = after[end..].trim_start();
    }
    rest
}

/// What stands around the short links in `word`. Korean and Japanese put no space
/// before one; its code ends with the first character that is no letter or digit.
fn without_short_links(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = word;
    while let Some((at, link)) = ["https://t.co/", "http://t.co/"]
        .iter()
        .filter_map(|link| Some((rest.find(link)?, link)))
        .min_by_key(|(at, _)| *at)
    {
        let code = &rest[at + link.len()..];
        let end = code
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(code.len());
        if end == 0 {
            break;
        }
        parts.push(&rest[..at]);
        rest = &code[end..];
    }
    parts.push(rest);
    parts
}

/// Characters that show nothing and would let two equal texts differ, or turn a
/// bubble's direction around. Joiners stay: emoji and some scripts need them.
fn is_invisible(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn leaves_what_the_author_wrote() {
        let cases = [
            ("그냥 글", "그냥 글"),
            ("@a @b_2 안녕!", "안녕!"),
            ("@a", ""),
            ("@a: 인용", "@a: 인용"),
            ("@ 골뱅이", "@ 골뱅이"),
            ("나는 @a 좋아", "나는 @a 좋아"),
            ("봐봐 https://t.co/AbC123", "봐봐"),
            ("https://t.co/AbC123", ""),
            ("詳細はhttps://t.co/AbC123", "詳細は"),
            ("https://t.co/AbC123이거 봐 http://t.co/x", "이거 봐"),
            ("https://t.co/", "https://t.co/"),
            ("https://example.org/x", "https://example.org/x"),
            ("a &lt;3 b &amp; c &gt; d", "a <3 b & c > d"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("R&D &copy;", "R&D &copy;"),
            ("  한\n\n  두   칸 ", "한\n두 칸"),
            ("\u{1100}\u{1161}", "가"),
            ("か\u{3099}", "が"),
            ("a\u{202E}b\u{200B}c", "abc"),
            ("👩\u{200D}💻", "👩\u{200D}💻"),
        ];
        for (raw, want) in cases {
            assert_eq!(clean(raw), want, "{raw:?}");
        }
    }

    #[test]
    fn keeps_no_more_than_the_limit() {
        assert_eq!(
            clean(&"가".repeat(MAX_CHARS + 5)).chars().count(),
            MAX_CHARS
        );
    }

    proptest! {
        #[test]
        fn never_grows_past_the_limit(raw in any::<String>()) {
            prop_assert!(clean(&raw).chars().count() <= MAX_CHARS);
        }

        #[test]
        fn words_without_marks_pass_unchanged(words in proptest::collection::vec("[가-힣a-z0-9]{1,8}", 1..10)) {
            let text = words.join(" ");
            prop_assert_eq!(clean(&text), text);
        }
    }
}
