//! X: it puts the people whom a reply goes to in front of its text, and escapes three
//! characters.

/// What the author typed of `text`, a text as X gives it; `start` as in [`typed`].
#[must_use]
pub fn plain(text: &str, start: Option<u32>) -> String {
    unescape(typed(text, start))
}

/// `text` without the mentions that X put in front of it: those before `start`, in
/// characters, where the author began; all that it begins with if X does not say.
///
/// Nothing is cut at `start` itself, which X counts in UTF-16 units on some posts and which
/// need not belong to this text: only whole mentions that end before it are taken off. They
/// are ASCII, so that all ways of counting agree on them.
#[must_use]
pub fn typed(text: &str, start: Option<u32>) -> &str {
    let start = start.map_or(usize::MAX, |start| {
        usize::try_from(start).unwrap_or(usize::MAX)
    });
    let mut at = 0;
    let mut rest = text;
    loop {
        let mention = rest.trim_start();
        at += rest[..rest.len() - mention.len()].chars().count();
        let Some(name) = mention.strip_prefix('@') else {
            return mention;
        };
        let after = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        at += mention.len() - after.len();
        let is_mention =
            after.len() < name.len() && after.chars().next().is_none_or(char::is_whitespace);
        if !is_mention || at > start {
            return mention;
        }
        rest = after;
    }
}

/// X escapes these three and no others, in its API and in its archive. One pass,
/// so that `&amp;lt;` becomes the text `&lt;` that its author typed.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_the_author_typed_stays_and_what_x_put_in_front_goes() {
        let cases = [
            ("@kim @lemon_co 최고야", Some(5), "@lemon_co 최고야"),
            ("@kim @lemon_co 최고야", Some(4), "@lemon_co 최고야"),
            ("@kim @lemon_co 최고야", Some(15), "최고야"),
            ("@kim @lemon_co 최고야", Some(0), "@kim @lemon_co 최고야"),
            ("@kim @lemon_co 최고야", None, "최고야"),
            ("@lemon_co 언제 열어요?", Some(0), "@lemon_co 언제 열어요?"),
            // Where the range does not belong to this text.
            ("@kim @lemon_co 최고야", Some(3), "@kim @lemon_co 최고야"),
            ("@kim @lemon_co 최고야", Some(9), "@lemon_co 최고야"),
            ("@kim 최고야 @lee", Some(90), "최고야 @lee"),
            ("🍋🍋 @kim 최고야", Some(7), "🍋🍋 @kim 최고야"),
            ("최고야", Some(2), "최고야"),
            ("@kim", Some(5), ""),
            ("@kim\n@lee 안녕", Some(10), "안녕"),
            ("@a: 인용", None, "@a: 인용"),
            ("@ 골뱅이", None, "@ 골뱅이"),
            ("@kim안녕", None, "@kim안녕"),
            ("", None, ""),
        ];
        for (text, start, want) in cases {
            assert_eq!(typed(text, start), want, "{text} from {start:?}");
        }
    }

    #[test]
    fn entities_are_read_once() {
        let cases = [
            ("a &lt;3 b &amp; c &gt; d", "a <3 b & c > d"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("R&D &copy;", "R&D &copy;"),
        ];
        for (text, want) in cases {
            assert_eq!(plain(text, Some(0)), want);
        }
    }

    proptest! {
        #[test]
        fn only_mentions_are_taken_off(text in "(@[a-z]{1,3}[ \n]?){0,4}[가-힣@ 🍋a-z]{0,12}", start in proptest::option::of(0u32..24)) {
            let rest = typed(&text, start);
            prop_assert!(text.ends_with(rest));
            let front = &text[..text.len() - rest.len()];
            prop_assert!(front.split_whitespace().all(|word| word.len() > 1 && word.starts_with('@')));
            let taken = front.trim_end().chars().count();
            prop_assert!(start.is_none_or(|start| taken <= usize::try_from(start).unwrap()));
        }
    }
}
