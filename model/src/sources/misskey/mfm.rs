//! MFM, Misskey's markup, as the words in it.

use std::borrow::Cow;

use crate::text::LINK;

/// Functions and brackets that may be open at once; what goes deeper is left as it is typed.
const DEEPEST: usize = 32;

/// Tags around a text.
const TAGS: [&str; 7] = ["b", "i", "s", "small", "center", "plain", "u"];

/// Signs around a text that say how it looks, and those of them that do so on one line only.
const SIGNS: [&str; 5] = ["***", "**", "~~", "```", "`"];
const OF_A_LINE: [&str; 2] = ["~~", "`"];

/// What the author of `text` said in it: without functions, tags and signs around words,
/// without lines that quote somebody, and without custom emoji, for which there is no picture
/// elsewhere. Of an answer, also without the names in front, which Misskey puts there. A link
/// is [`LINK`], or its label.
#[must_use]
pub fn plain(text: &str, is_answer: bool) -> String {
    let text = without_quotes(text);
    let text = if is_answer {
        without_names(&text)
    } else {
        &text
    };
    let mut out = String::with_capacity(text.len());
    words(text, DEEPEST, &mut out);
    out.trim().to_owned()
}

/// `text` without the lines that begin with `>`.
fn without_quotes(text: &str) -> Cow<'_, str> {
    if !text.contains('>') {
        return text.into();
    }
    let own = text.lines().filter(|line| !is_quote(line));
    own.collect::<Vec<_>>().join("\n").into()
}

/// Misskey takes every such line for a quote; faces such as `>_<` are none all the same.
fn is_quote(line: &str) -> bool {
    line.strip_prefix('>').is_some_and(|quoted| {
        let first = quoted.split(char::is_whitespace).next().unwrap_or_default();
        !first.ends_with('<')
    })
}

/// Adds the words of `text` to `out`.
fn words(text: &str, deepest: usize, out: &mut String) {
    let mut rest = text;
    // In front of a colon must be no letter or digit of ASCII: `12:30:45` has no emoji in it.
    let mut is_after_letter = false;
    while let Some(c) = rest.chars().next() {
        let found = match c {
            '$' if deepest > 0 => function(rest),
            '<' => tag(rest),
            '[' | '?' if deepest > 0 => link(rest),
            'h' => address(rest),
            ':' if !is_after_letter => emoji(rest),
            '*' | '~' | '`' if deepest > 0 => sign(rest),
            _ => None,
        };
        let (found, length) = found.unwrap_or_else(|| (Found::Text, c.len_utf8()));
        let (this, behind) = rest.split_at(length);
        match found {
            Found::Text => out.push_str(this),
            Found::Inside(inside) => words(inside, deepest - 1, out),
            Found::Link => {
                out.push_str(LINK);
                out.push(' ');
            }
            Found::Mark => {}
        }
        is_after_letter = this.ends_with(|c: char| c.is_ascii_alphanumeric());
        rest = behind;
    }
}

/// What stands at a place.
enum Found<'a> {
    Text,
    /// Something around this.
    Inside(&'a str),
    Link,
    /// It says how something looks, and nothing else.
    Mark,
}

/// `$[name.arguments text]`
fn function(rest: &str) -> Option<(Found<'_>, usize)> {
    let inside = rest.strip_prefix("$[")?;
    let end = closing(inside)?;
    let (_, text) = inside[..end].split_once([' ', '\n'])?;
    Some((Found::Inside(text), "$[".len() + end + 1))
}

/// `[label](address)`, perhaps with a `?` in front.
fn link(rest: &str) -> Option<(Found<'_>, usize)> {
    let front = if rest.starts_with('?') { "?[" } else { "[" };
    let inside = rest.strip_prefix(front)?;
    let end = closing(inside)?;
    let label = &inside[..end];
    let address = inside[end + 1..].strip_prefix('(')?;
    let length = address_length(address)?;
    let is_closed = address[length..].starts_with(')');
    let whole = front.len() + end + 1 + 1 + length + 1;
    (is_closed && !label.contains('\n')).then_some((Found::Inside(label), whole))
}

/// Where the bracket is closed in which `inside` begins.
fn closing(inside: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            b'[' if depth == DEEPEST => return None,
            b'[' => depth += 1,
            b']' if depth == 0 => return Some(at),
            b']' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `<small>` and its kin, at their beginning or their end.
fn tag(rest: &str) -> Option<(Found<'_>, usize)> {
    let inside = rest.strip_prefix('<')?;
    let name = inside.strip_prefix('/').unwrap_or(inside);
    let tag = TAGS.iter().find(|tag| {
        name.strip_prefix(**tag)
            .is_some_and(|rest| rest.starts_with('>'))
    })?;
    Some((Found::Mark, rest.len() - name.len() + tag.len() + 1))
}

/// An address without a label. A stop behind it ends the sentence.
fn address(rest: &str) -> Option<(Found<'_>, usize)> {
    let whole = &rest[..address_length(rest)?];
    let length = whole.trim_end_matches(['.', ',']).len();
    let is_more = !whole[..length].ends_with("//");
    is_more.then_some((Found::Link, length))
}

/// How many bytes belong to the address with which `rest` begins: those that Misskey takes for
/// parts of one, and brackets that are closed in it.
fn address_length(rest: &str) -> Option<usize> {
    let front = ["https://", "http://"]
        .into_iter()
        .find(|front| rest.starts_with(front))?;
    // What closes each open bracket, and where that is.
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut end = rest.len();
    for (at, byte) in rest.bytes().enumerate().skip(front.len()) {
        match byte {
            b'(' | b'[' if open.len() < DEEPEST => {
                open.push((if byte == b'(' { b')' } else { b']' }, at));
            }
            b')' | b']' if open.last().is_some_and(|(close, _)| *close == byte) => {
                open.pop();
            }
            byte if byte.is_ascii_alphanumeric() || b".,_/:%#@$&?!~=+-".contains(&byte) => {}
            _ => {
                end = at;
                break;
            }
        }
    }
    let end = open.first().map_or(end, |(_, at)| *at);
    (end > front.len()).then_some(end)
}

/// `:name:`, perhaps `:name@host:`
fn emoji(rest: &str) -> Option<(Found<'_>, usize)> {
    let inside = rest.strip_prefix(':')?;
    let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || "_+-@.".contains(c)))?;
    let behind = inside[end..].strip_prefix(':')?;
    let is_alone = !behind.starts_with(|c: char| c.is_ascii_alphanumeric());
    // Or nothing.
    let is_number = inside[..end].bytes().all(|byte| byte.is_ascii_digit());
    (is_alone && !is_number).then_some((Found::Mark, end + 2))
}

/// `**` and its kin, if it comes once more behind it.
fn sign(rest: &str) -> Option<(Found<'_>, usize)> {
    SIGNS.into_iter().find_map(|sign| {
        let inside = rest.strip_prefix(sign)?;
        let end = inside.find(sign).filter(|end| *end > 0)?;
        if OF_A_LINE.contains(&sign) && inside[..end].contains('\n') {
            return None;
        }
        let length = sign.len() + end + sign.len();
        Some((Found::Inside(&inside[..end]), length))
    })
}

/// `text` behind the names with which it begins: `@name` and `@name@host.name`.
fn without_names(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some(name) = rest.strip_prefix('@') {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_-.@".contains(c);
        let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
        let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let is_alone = name[end..].chars().next().is_none_or(char::is_whitespace);
        if !is_name || !is_alone {
            break;
        }
        rest = name[end..].trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text;

    #[test]
    fn markup_is_taken_off() {
        for (typed, said) in [
            ("$[tada 저도요]", "저도요"),
            ("$[x2 $[spin.speed=2s 돈다] 돌아]", "돈다 돌아"),
            ("$[jelly 하나] 둘 $[shake 셋]", "하나 둘 셋"),
            ("**굵게** ~~지움~~ ***다*** `코드`", "굵게 지움 다 코드"),
            ("<small>작게</small> <center>가운데</center>", "작게 가운데"),
            ("```\nlet a = 1;\n```", "let a = 1;"),
            ("[레몬](https://lemon.test/a_(b)) 봐", "레몬 봐"),
            ("[레몬](https://lemon.test/a_(b) 봐", "[레몬]( 봐"),
            ("[레몬](https://lemon.test) 봐", "레몬 봐"),
            ("?[조용히](https://lemon.test)", "조용히"),
            ("[**굵은** 이름](https://lemon.test)", "굵은 이름"),
            (":blob_cat: 안녕 :wave@o.test:", "안녕"),
            ("안녕:blob:하세요", "안녕하세요"),
            ("a:blob: :blob:b", "a:blob: :blob:b"),
            ("12:30:45에 봐", "12:30:45에 봐"),
            (":30: 에", ":30: 에"),
            ("봐 https://lemon.test/a?b=c 이거", "봐 이거"),
            ("봐 (https://lemon.test/a)", "봐"),
            ("봐https://lemon.test/a에서", "봐 에서"),
            ("봐 https://lemon.test/a_(b), 끝", "봐 , 끝"),
            ("봐 https://lemon.test/a(b 끝", "봐 (b 끝"),
            ("봐 https://lemon.test.", "봐 ."),
            ("https:// 없음", "https:// 없음"),
            ("https://. 없음", "https://. 없음"),
            ("***둘** 다*", "*둘 다*"),
            ("> 남의 말\n내 말\n>남의 말", "내 말"),
            (">_< 하나 > 둘", ">_< 하나 > 둘"),
            ("내 말\n><\n\n끝", "내 말\n><\n끝"),
            ("2 * 3 * 4 ~ 5", "2 * 3 * 4 ~ 5"),
            ("a ~~ b", "a ~~ b"),
            ("좋다 ~~\n싫다 ~~", "좋다 ~~\n싫다 ~~"),
            ("`a\nb` **c\nd**", "`a\nb` c\nd"),
            ("[괄호] (안에)", "[괄호] (안에)"),
            ("[x](javascript:alert)", "[x](javascript:alert)"),
            ("$[닫히지 않음", "$[닫히지 않음"),
            ("$[이름만]", "$[이름만]"),
            ("<b>굵게", "굵게"),
            ("a < b > c", "a < b > c"),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
            ("@you 안녕", "@you 안녕"),
            ("", ""),
        ] {
            assert_eq!(text::clean(&plain(typed, false)), said, "{typed}");
        }
    }

    #[test]
    fn names_in_front_of_an_answer_go() {
        for (typed, said) in [
            ("@you@o.test 저도요", "저도요"),
            ("@you @a-b@my-host.example.org\n저도요 @lee", "저도요 @lee"),
            ("@you", ""),
            ("@you저도", "@you저도"),
            ("@ 저도", "@ 저도"),
            ("저도 @you", "저도 @you"),
            ("> 남의 말\n@you 저도요", "저도요"),
        ] {
            assert_eq!(plain(typed, true), said, "{typed}");
        }
    }

    #[test]
    fn what_is_too_deep_ends() {
        let deep = format!("{}**a**{}", "$[x ".repeat(DEEPEST), "]".repeat(DEEPEST));
        assert_eq!(plain(&deep, false), "**a**");
        for part in [
            "$[x ",
            "[",
            "**",
            "<b>",
            ":",
            "`",
            "?[",
            "[](",
            "https://a(",
            "[](https://a",
        ] {
            let _ = plain(&part.repeat(20_000), true);
            let _ = plain(
                &format!("{}a{}", part.repeat(5_000), "]".repeat(5_000)),
                true,
            );
        }
    }

    proptest! {
        #[test]
        fn words_without_markup_stay(said in "[a-z가-힣 .,!?]{0,40}") {
            prop_assert_eq!(plain(&said, false), said.trim());
        }

        #[test]
        fn nothing_stops_it(typed in "[$\\[\\]a<>/b:*~`()@? 가h]{0,80}", is_answer in any::<bool>()) {
            let _ = plain(&typed, is_answer);
        }
    }
}
