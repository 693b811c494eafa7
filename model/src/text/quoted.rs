//! Others' words in a post, as people repeat them by hand: `RT @name: …` up to the end,
//! and `“@name: …”` up to the closing mark. Where it cannot be told who said something,
//! it counts as said by others.

use super::PAIRS;

/// In capitals they are enough before an `@name`: clients wrote them.
const INITIALS: [&str; 4] = ["QRT", "RT", "QT", "MT"];

/// One of them is a word of its own in Korean.
const OUTING: &str = "MT";

/// People also write these to somebody, as in `리트윗 @name 님 감사합니다`: only with a colon
/// behind the name does a text follow that is theirs.
const WORDS: [&str; 12] = [
    "retweeting",
    "retweet",
    "quoting",
    "quote",
    "리트윗",
    "알티",
    "인용",
    "재인용",
    "リツイート",
    "リツイ",
    "引用",
    "转发",
];

/// They say of initials which kind of them it is.
const KINDS: [&str; 8] = [
    "非公式",
    "公式",
    "手動",
    "引用",
    "비공식",
    "수동",
    "재인용",
    "인용",
];

const AT: [char; 3] = ['@', '＠', '﹫'];
const COLONS: [char; 2] = [':', '：'];

/// What stands between one's own words and others'.
const CONNECTORS: &str = ">＞<＜/／|｜-–—―←→↑↓«»";

/// `text`, which is clean, without the first of others' words in it; none if there are none.
pub(super) fn without_first(text: &str) -> Option<String> {
    if !text.contains(AT) {
        return None;
    }
    let (from, to) = text.char_indices().find_map(|(at, c)| {
        quotation(&text[at..])
            .filter(|_| !closes(c, &text[..at]))
            .map(|length| (at, at + length))
            .or_else(|| repost(text, at))
    })?;
    let (before, after) = (text[..from].trim_end(), text[to..].trim_start());
    let before = match before.rsplit_once([' ', '\n']) {
        Some((rest, last)) if connects(last) => rest,
        None if connects(before) => "",
        _ => before,
    };
    let after = match after.split_once([' ', '\n']) {
        Some((first, rest)) if connects(first) => rest,
        None if connects(after) => "",
        _ => after,
    };
    Some(format!("{before} {after}"))
}

/// Whether `c`, a mark that can open as well as close, closes what is open in `before`.
fn closes(c: char, before: &str) -> bool {
    // What closes touches the word before it.
    if !PAIRS.contains(&(c, c)) || before.ends_with([' ', '\n']) {
        return false;
    }
    let mut marks = 0;
    let mut last = None;
    let mut rest = before.chars().peekable();
    while let Some(mark) = rest.next() {
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        // The apostrophe of `I'm` is in a word.
        let is_inside = is_letter(last) && is_letter(rest.peek().copied());
        marks += usize::from((mark == c || PAIRS.contains(&(mark, c))) && !is_inside);
        last = Some(mark);
    }
    marks % 2 == 1
}

fn connects(word: &str) -> bool {
    word.chars().all(|c| CONNECTORS.contains(c))
}

/// How many bytes of `text` are a quotation that it begins with, marks included. One that is
/// not closed goes on to the end: X cut it off.
fn quotation(text: &str) -> Option<usize> {
    let open = text.chars().next()?;
    PAIRS.iter().find(|(opens, _)| *opens == open)?;
    let inside = text[open.len_utf8()..].trim_start_matches(' ');
    let (named, is_marked) = match initials(inside) {
        Some(length) => (after_mark(&inside[length..]), true),
        None => (inside, false),
    };
    let after_name = after_name(named)?;
    let said = match after_colon(after_name) {
        Some(said) if is_marked || is_quotation_mark(open) => said,
        None if is_marked => after_name,
        _ => return None,
    };
    let length = if is_symmetric(open) {
        last_closing(open, said)
    } else {
        matching(open, said)
    };
    Some(text.len() - said.len() + length.unwrap_or(said.len()))
}

/// What begins at `at` in `text` and is somebody else's post to the end, or to the end of
/// its quotation: from where to where in bytes.
fn repost(text: &str, at: usize) -> Option<(usize, usize)> {
    let before = &text[..at];
    // Part of a word, of a handle or of a tag; and `follow & RT` asks for both.
    let is_part = |c: char| {
        let c = folded(c);
        c.is_ascii_alphanumeric() || "_@#﹫".contains(c)
    };
    let is_asked_for = before.trim_end().ends_with(['&', '＆', '+', '＋']);
    if is_asked_for || before.ends_with(is_part) {
        return None;
    }
    let rest = &text[at..];
    let (length, is_word) = match initials(rest) {
        Some(length) => (length, false),
        None => (word(rest, &WORDS)?, true),
    };
    let (mark, mut rest) = rest.split_at(length);
    let mut from = KINDS
        .iter()
        .find_map(|kind| before.strip_suffix(kind))
        .unwrap_or(before);
    if let Some(open) = from.chars().next_back().filter(|&c| opens(c)) {
        from = &from[..from.len() - open.len_utf8()];
        // `[RT] @name`
        rest = rest
            .strip_prefix(|close| PAIRS.contains(&(open, close)))
            .unwrap_or(rest);
    }
    let behind = after_mark(rest);
    let has_colon = rest[..rest.len() - behind.len()].contains(COLONS);
    if let Some(length) = quotation(behind) {
        return Some((from.len(), text.len() - behind.len() + length));
    }
    let after_name = after_name(behind.trim_start_matches(opens))?;
    let is_mail = rest.starts_with('@')
        && after_name
            .strip_prefix('.')
            .is_some_and(|domain| domain.starts_with(|c: char| c.is_ascii_alphanumeric()));
    if is_mail {
        return None;
    }
    let is_told = after_colon(after_name).is_some();
    let is_capital = mark.chars().all(|c| folded(c).is_ascii_uppercase());
    let is_outing = mark.chars().map(folded).eq(OUTING.chars())
        && text.contains(|c| matches!(c, 'ㄱ'..='ㅣ' | '가'..='힣'));
    let is_clear = is_capital && !is_outing;
    let is_others = is_told || has_colon || (!is_word && (is_clear || from.trim_end().is_empty()));
    is_others.then_some((from.len(), text.len()))
}

/// How many bytes of `text` are initials that it begins with.
fn initials(text: &str) -> Option<usize> {
    word(text, &INITIALS)
}

/// How many bytes of `text` are one of `words` that it begins with, however it is written.
fn word(text: &str, words: &[&str]) -> Option<usize> {
    words.iter().find_map(|word| {
        let mut rest = text.chars();
        let is_it = word.chars().all(|c| {
            rest.next()
                .is_some_and(|r| folded(r).eq_ignore_ascii_case(&folded(c)))
        });
        let goes_on = rest.clone().next().map(folded);
        let is_whole = goes_on.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_');
        (is_it && is_whole).then(|| text.len() - rest.as_str().len())
    })
}

/// What follows the signs between a mark and the name.
fn after_mark(text: &str) -> &str {
    text.trim_start_matches(|c| " >＞→".contains(c) || COLONS.contains(&c))
}

/// What follows the `@name` that `text` begins with.
fn after_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix(AT)?;
    let rest = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (rest.len() < name.len()).then_some(rest)
}

fn after_colon(text: &str) -> Option<&str> {
    text.trim_start_matches(' ').strip_prefix(COLONS)
}

/// Up to where `said` goes until what `open` began is closed, in bytes.
fn matching(open: char, said: &str) -> Option<usize> {
    let mut depth = 1;
    for (at, c) in said.char_indices() {
        if PAIRS.contains(&(open, c)) {
            depth -= 1;
        } else if c == open {
            depth += 1;
        }
        if depth == 0 {
            return Some(at + c.len_utf8());
        }
    }
    // Keyboards that curl the first mark alone.
    is_quotation_mark(open)
        .then(|| last_closing('"', said))
        .flatten()
}

/// The same for marks that do not tell what they are: the last one that ends a word, before
/// the next quotation.
fn last_closing(open: char, said: &str) -> Option<usize> {
    let begins_another = |at: usize, c: char| {
        c == open
            && after_name(&said[at + c.len_utf8()..])
                .and_then(after_colon)
                .is_some()
    };
    let mut length = None;
    for (at, c) in said.char_indices() {
        if begins_another(at, c) {
            break;
        }
        let end = at + c.len_utf8();
        if PAIRS.contains(&(open, c))
            && !said[end..].starts_with(|c: char| c.is_ascii_alphanumeric())
        {
            length = Some(end);
        }
    }
    length
}

fn opens(c: char) -> bool {
    PAIRS.iter().any(|(open, _)| *open == c)
}

/// Brackets hold an aside of one's own unless there is a mark in them.
fn is_quotation_mark(open: char) -> bool {
    !"(（[［{｛｟<＜【〔〖〘〚".contains(open)
}

/// An apostrophe closes what ‘ opened too.
fn is_symmetric(open: char) -> bool {
    "‘‚".contains(open) || PAIRS.contains(&(open, open))
}

/// Full-width letters and signs as ASCII.
fn folded(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use crate::text::own;

    #[test]
    fn what_others_said_is_not_the_authors() {
        let cases = [
            ("RT @sora: 오늘 쉬는 날이래", ""),
            ("RT: @sora 오늘 쉬는 날이래", ""),
            ("RT : @sora : 오늘", ""),
            ("RT＠sora 오늘 쉬는 날이래", ""),
            ("ＲＴ ＠sora：오늘", ""),
            ("RT@sora 오늘", ""),
            ("RT\u{200B} @sora: 오늘", ""),
            ("rt @sora 오늘 쉬는 날이래", ""),
            ("RT→@sora 오늘", ""),
            ("[RT] @sora: 오늘", ""),
            ("【RT】@sora 오늘", ""),
            ("완전 동감 RT @sora: 오늘 쉬는 날이래", "완전 동감"),
            ("완전 동감RT @sora: 오늘\n쉬는 날이래", "완전 동감"),
            ("それなRT @sora: 今日休みだって", "それな"),
            ("それな QT @sora: 今日休みだって", "それな"),
            ("so true rt @sora: closed today", "so true"),
            ("so true MT @sora closed today", "so true"),
            ("좋다 MT @sora: closed today", "좋다"),
            (
                "27\" 모니터 샀다 \"@sora: 배고파\" 나도",
                "27\" 모니터 샀다 나도",
            ),
            ("‚@sora: I’m hungry’ I’m too", "I’m too"),
            ("MT @sora closed today", ""),
            ("나도 리트윗: @sora 배고파", "나도"),
            ("quote: @sora hungry", ""),
            ("それな 引用：@sora お腹すいた", "それな"),
            ("나도 QT @sora: 배고파", "나도"),
            ("나도 RT @a: 그래 RT @b: 배고파", "나도"),
            ("나도 > RT @sora: 배고파", "나도"),
            ("나도 (RT @sora: 배고파", "나도"),
            ("나도 (RT @sora: 배고파) 진짜", "나도 진짜"),
            ("나도 인용RT @sora: 배고파", "나도"),
            ("わかる 非公式RT @sora: 眠い", "わかる"),
            ("나도 인용 @sora: 배고파", "나도"),
            ("わかる リツイート＠sora：眠い", "わかる"),
            ("“@sora: 배고파” 나도", "나도"),
            ("나도 “@sora: 배고파”", "나도"),
            ("나도 “@sora: 배고파", "나도"),
            ("나도 “@sora: 배고파\" 진짜", "나도 진짜"),
            ("“@a: “@b: 배고파” 나도” 헐", "헐"),
            ("”@sora: 배고파” 나도", "나도"),
            ("\"@sora: 배고파\" 나도", "나도"),
            ("\"@sora: 그가 \"싫어\" 래\" 나도", "나도"),
            ("\"@a: 배고파\" 나도 \"@b: 졸려\" 나도!", "나도 나도!"),
            ("‘@sora: I’m hungry’ I’m too", "I’m too"),
            ("'@sora: I'm hungry' I'm too", "I'm too"),
            ("「@sora：お腹すいた」私も", "私も"),
            ("『＠sora: お腹すいた』それな", "それな"),
            ("RT “@sora: 배고파” 나도", "나도"),
            ("“RT @sora: 배고파” 나도", "나도"),
            ("“@sora: 배고파” ← 나도", "나도"),
        ];
        for (raw, want) in cases {
            assert_eq!(own(raw), want, "{raw}");
        }
    }

    #[test]
    fn every_quotation_mark_holds_others_words() {
        for (open, close) in super::PAIRS {
            let raw = format!("{open}@sora: 배고파{close} 나도");
            let is_mark = super::is_quotation_mark(open);
            assert_eq!(own(&raw), if is_mark { "나도" } else { &raw[..] }, "{raw}");
        }
    }

    #[test]
    fn what_only_looks_like_it_stays() {
        let cases = [
            "RT 부탁드려요!",
            "RT @ 하면 추첨",
            "RT @하면 추첨",
            "RT!! @sora 고마워",
            "RT 해주신 @sora 님 감사합니다",
            "팔로우 & RT @lemon_shop 하면 추첨",
            "フォロー＆RT @lemon_shop で応募",
            "please rt @sora",
            "리트윗 @sora 님 감사합니다",
            "リツイート @sora さんありがとう",
            "SMART @sora",
            "@RT @sora 안녕",
            "#RT @sora",
            "RTs @sora",
            "ㅋㅋ RT",
            "나는 @sora: 라고 불렀다",
            "@sora: 배고파",
            "“배고파” 라고 했다",
            "\"안녕\" @sora: 이렇게 시작하면 됨",
            "“안녕” @sora: 이렇게 시작하면 됨",
            "'I'm in' @sora: 이렇게",
            "오늘 MT @gangnam_st 다녀옴",
            "“@sora 님” 이라고 불렀다",
            "(@sora: 고마워!)",
            "수련회 MT 가는 중 @sora",
            "RT@example.org 로 메일 주세요",
            "좋아 >_<",
        ];
        for raw in cases {
            assert_eq!(own(raw), raw);
        }
    }
}
