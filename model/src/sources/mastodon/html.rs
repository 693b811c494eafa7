//! The HTML of a status, as the words in it.

use html5gum::{StartTag, Token, Tokenizer};

use crate::text::LINK;

/// What shows nothing, or not its author's words: pronunciations above a word, what is quoted,
/// and the link to a quoted status for those who see no quotes.
const UNSAID: [&[u8]; 5] = [b"blockquote", b"rt", b"rp", b"script", b"style"];
const QUOTE: &str = "quote-inline";

/// Those of them that end without saying so: with the next of their kind, or where the word
/// ends to which they belong.
const ABOVE_A_WORD: [&[u8]; 2] = [b"rt", b"rp"];

/// Elements without an end.
const VOID: [&[u8]; 5] = [b"br", b"hr", b"img", b"input", b"wbr"];

/// What stands on lines of its own.
const BLOCKS: [&[u8]; 11] = [
    b"p", b"div", b"pre", b"ul", b"ol", b"li", b"h1", b"h2", b"h3", b"h4", b"h5",
];

/// What the author of a status said in it. Of an answer the names in front are left out, which
/// Mastodon puts there; of `emojis`, for which there is no picture elsewhere, the codes. A link
/// is [`LINK`].
#[must_use]
pub fn plain(html: &str, emojis: &[&str], is_answer: bool) -> String {
    let mut said = Said::default();
    // Reading from a text cannot fail.
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::StartTag(tag) => said.begin(&tag),
            Token::EndTag(tag) => said.end(&tag.name, is_answer),
            Token::String(text) => said.add(&String::from_utf8_lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    said.end(b"a", is_answer);
    without_emojis(said.out.trim(), emojis)
}

#[derive(Default)]
struct Said {
    out: String,
    /// The link in which it is, and its text.
    link: Option<(Kind, String)>,
    /// What is passed over: the name of its element, and how many of that name are open.
    skipped: Option<(Vec<u8>, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    Tag,
    Other,
}

impl Said {
    fn begin(&mut self, tag: &StartTag<()>) {
        let name: &[u8] = &tag.name;
        if self.is_above_a_word() && (ABOVE_A_WORD.contains(&name) || BLOCKS.contains(&name)) {
            self.skipped = None;
        }
        if let Some((skipped, depth)) = &mut self.skipped {
            *depth += usize::from(*skipped == name);
            return;
        }
        if UNSAID.contains(&name) || has_class(tag, QUOTE) {
            if !tag.self_closing && !VOID.contains(&name) {
                self.skipped = Some((name.to_owned(), 1));
            }
            return;
        }
        match name {
            b"br" => self.add_line("\n"),
            b"a" if self.link.is_none() => {
                let kind = if has_class(tag, "hashtag") {
                    Kind::Tag
                } else if has_class(tag, "mention") {
                    Kind::Name
                } else {
                    Kind::Other
                };
                self.link = Some((kind, String::new()));
            }
            name if BLOCKS.contains(&name) => self.add_line("\n"),
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8], is_answer: bool) {
        if self.is_above_a_word() && (name == b"ruby" || BLOCKS.contains(&name)) {
            self.skipped = None;
        }
        if let Some((skipped, depth)) = &mut self.skipped {
            *depth -= usize::from(*skipped == name);
            if *depth == 0 {
                self.skipped = None;
            }
            return;
        }
        if name == b"a" {
            if let Some((kind, text)) = self.link.take() {
                match kind {
                    Kind::Name if is_answer && self.out.trim().is_empty() => {}
                    Kind::Name | Kind::Tag => self.out.push_str(&text),
                    Kind::Other => {
                        self.out.push_str(LINK);
                        self.out.push(' ');
                    }
                }
            }
        } else if name == b"p" {
            self.add_line("\n\n");
        } else if BLOCKS.contains(&name) {
            self.add_line("\n");
        }
    }

    fn is_above_a_word(&self) -> bool {
        let name = self.skipped.as_ref().map(|(name, _)| name.as_slice());
        name.is_some_and(|name| ABOVE_A_WORD.contains(&name))
    }

    /// A line that breaks in HTML is none.
    fn add(&mut self, text: &str) {
        if self.skipped.is_none() {
            let out = self.link.as_mut().map_or(&mut self.out, |(_, text)| text);
            out.extend(text.chars().map(|c| if c == '\n' { ' ' } else { c }));
        }
    }

    fn add_line(&mut self, end: &str) {
        let out = self.link.as_mut().map_or(&mut self.out, |(_, text)| text);
        out.push_str(end);
    }
}

fn has_class(tag: &StartTag<()>, class: &str) -> bool {
    tag.attributes.get(&b"class"[..]).is_some_and(|classes| {
        let mut classes = classes.split(u8::is_ascii_whitespace);
        classes.any(|one| one == class.as_bytes())
    })
}

/// `text` without `:code:` of these.
fn without_emojis(text: &str, emojis: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(colon) = rest.find(':') {
        let (before, behind) = rest.split_at(colon);
        out.push_str(before);
        let code = behind[1..].split(':').next().unwrap_or_default();
        let is_closed = behind.len() > code.len() + 1;
        if is_closed && emojis.contains(&code) {
            rest = &behind[code.len() + 2..];
        } else {
            out.push(':');
            rest = &behind[1..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text;

    fn said(html: &str, is_answer: bool) -> String {
        text::clean(&plain(html, &["blob", "a_b"], is_answer))
    }

    #[test]
    fn html_is_what_its_author_said() {
        for (html, expected) in [
            ("<p>하나</p><p>둘<br>셋<br />넷</p>", "하나\n둘\n셋\n넷"),
            (
                "<p>&lt;b&gt; &amp;amp; &quot;&#39;&#x1F34B;&nbsp;&hellip;</p>",
                "<b> &amp; \"'🍋 …",
            ),
            (
                "<p>봐 <a href=\"https://a.test/x\"><span class=\"invisible\">https://</span><span>a.test</span></a> 이거</p>",
                "봐 이거",
            ),
            ("<p>(<a href=\"https://a.test/x\">a.test</a>)</p>", ""),
            (
                "<p>오늘 <a href=\"/t\" class=\"mention hashtag\" rel=\"tag\">#<span>레몬</span></a></p>",
                "오늘 #레몬",
            ),
            (
                "<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字</p>",
                "漢字",
            ),
            (
                "<p class=\"quote-inline\">RE: <a href=\"https://a.test/1\">a</a></p><p>내 말</p>",
                "내 말",
            ),
            (
                "<p>내 말<span class=\"quote-inline\"><br/>RE: <span>x</span></span></p>",
                "내 말",
            ),
            ("<ul><li>하나</li><li>둘</li></ul>", "하나\n둘"),
            ("<blockquote><p>인용</p></blockquote><p>말</p>", "말"),
            (
                "<p>앞</p><blockquote>인<blockquote>용</blockquote>용</blockquote>뒤",
                "앞\n뒤",
            ),
            ("<p><ruby>漢<rt>かん</ruby>字</p>", "漢字"),
            ("<p><ruby>漢<rp>(<rt>かん<rp>)</ruby>字</p>", "漢字"),
            ("<p><ruby>漢<rt>かん</p><p>字</p>", "漢\n字"),
            ("<p>내 말<br class=\"quote-inline\">내 말</p>", "내 말내 말"),
            (
                "<p>내 말<img class=\"quote-inline\" src=\"/a\">!</p>",
                "내 말!",
            ),
            (
                ":blob: 안녕 :a_b::blob: 10:30:00 :other:",
                "안녕 10:30:00 :other:",
            ),
            (
                "<p>안 닫힌 <a href=\"/u\" class=\"mention\">@you",
                "안 닫힌 @you",
            ),
            ("<p>줄\n바꿈</p>", "줄 바꿈"),
            ("<script>alert(1)</script>말", "말"),
            ("<!-- 주석 -->말", "말"),
            ("그냥 글", "그냥 글"),
            ("1 < 2 && 3 > 2", "1 < 2 && 3 > 2"),
            ("", ""),
        ] {
            assert_eq!(said(html, false), expected, "{html}");
        }
    }

    #[test]
    fn names_in_front_of_an_answer_go() {
        let name = |name: &str| {
            format!(
                "<span class=\"h-card\"><a href=\"/u\" class=\"u-url mention\">@<span>{name}</span></a></span>"
            )
        };
        let (kim, lee) = (name("kim"), name("lee"));
        for (html, expected) in [
            (format!("<p>{kim} {lee} 저도요 {kim}</p>"), "저도요 @kim"),
            (format!("<p>{kim}</p><p>{lee} 저도요</p>"), "저도요"),
            (format!("<p>저도요 {kim}</p>"), "저도요 @kim"),
            (format!("<p>{kim}</p>"), ""),
        ] {
            assert_eq!(said(&html, true), expected, "{html}");
        }
        assert_eq!(said(&format!("<p>{kim} 안녕</p>"), false), "@kim 안녕");
    }

    #[test]
    fn what_is_too_deep_ends() {
        for part in [
            "<p>",
            "<rt>",
            "<a>",
            ":",
            "<",
            "&",
            "<span class=quote-inline>",
        ] {
            let _ = plain(&part.repeat(20_000), &[], true);
        }
    }

    proptest! {
        #[test]
        fn words_without_markup_stay(words in "[a-z가-힣 .,!?]{0,40}") {
            prop_assert_eq!(plain(&words, &[], false), words.trim());
        }

        #[test]
        fn nothing_stops_it(html in "[<>/a-c=\"' &;:#가prt\n]{0,80}", is_answer in any::<bool>()) {
            let _ = plain(&html, &["a"], is_answer);
        }
    }
}
