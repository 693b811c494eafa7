//! What is said without meaning much, and what can be said to it.

use crate::answers::{gist, is_letter};

/// Letters of a greeting at most, of which one that is a syllable or a word counts twice: 안녕,
/// おはよう, 今日, hey.
const FEW: usize = 4;

/// Characters of a reply that is short, counted alike.
const SHORT: usize = 20;

/// As many as that say that one does not know, and in how many characters at most.
const SHRUGS: usize = 8;
const LONGEST_SHRUG: usize = 20;

/// What those say who do not know.
const SHRUGGED: [&str; 16] = [
    "글쎄",
    "모르겠",
    "몰라",
    "모름",
    "わからない",
    "わかりません",
    "わかんない",
    "分からない",
    "知らない",
    "さあね",
    "don't know",
    "don’t know",
    "dunno",
    "idk",
    "no idea",
    "not sure",
];

/// What is said to what went before and means nothing without, by its letters alone.
const LEANING: [&str; 66] = [
    "왜",
    "왜요",
    "왜그래",
    "왜그랬어",
    "왜그런데",
    "정말",
    "정말요",
    "정말로",
    "진짜",
    "진짜로",
    "진짜요",
    "그래",
    "그래요",
    "그래서",
    "그래서요",
    "그리고",
    "그리고요",
    "그런데",
    "근데",
    "그다음은",
    "그담엔",
    "어떻게",
    "언제",
    "어디",
    "어디서",
    "누가",
    "누구",
    "누구랑",
    "뭐가",
    "뭐를",
    "예를들면",
    "더",
    "더말해봐",
    "또",
    "또뭐",
    "なんで",
    "なぜ",
    "どうして",
    "本当",
    "本当に",
    "ほんと",
    "ほんとに",
    "まじ",
    "マジで",
    "それで",
    "それから",
    "で",
    "いつ",
    "どこで",
    "誰と",
    "たとえば",
    "もっと",
    "why",
    "whynot",
    "really",
    "seriously",
    "forreal",
    "andthen",
    "then",
    "so",
    "sowhat",
    "how",
    "howcome",
    "when",
    "likewhat",
    "tellmemore",
];

/// What sort of thing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No words: marks, pictures, laughter, a key held down.
    SmallTalk,
    /// A word at most, which may mean something.
    Short,
    Question,
}

#[must_use]
pub fn kind(text: &str) -> Kind {
    let mut letters: Vec<char> = text.chars().filter(|c| is_letter(*c)).collect();
    let is_laughter = letters.iter().all(|c| is_half_a_syllable(*c));
    let weight: usize = letters.iter().copied().map(weight).sum();
    let count = letters.len();
    letters.dedup();
    if is_laughter || (letters.len() == 1 && count > 1) {
        Kind::SmallTalk
    } else if weight <= FEW {
        Kind::Short
    } else {
        Kind::Question
    }
}

/// Whether it is to be understood with what was said before.
#[must_use]
pub fn leans(text: &str) -> bool {
    LEANING.contains(&&*gist(text))
}

/// ㅋㅋ, ㅇㅇ, ㄱㅅ: consonants and vowels of Hangul that are no syllable.
fn is_half_a_syllable(c: char) -> bool {
    matches!(c, '\u{3131}'..='\u{318e}')
}

/// Syllables of Hangul and kanji are as much as two others.
fn weight(c: char) -> usize {
    match c {
        '가'..='힣' | '\u{4e00}'..='\u{9fff}' => 2,
        _ => 1,
    }
}

#[must_use]
pub fn is_short(reply: &str) -> bool {
    // Bytes first: most replies are long, and nothing else is to be looked at.
    let is_brief = reply.len() <= 4 * SHORT && !reply.contains('\n');
    is_brief && reply.chars().map(weight).sum::<usize>() <= SHORT
}

/// Which of these replies say that one does not know: the first few, in different words.
#[must_use]
pub fn shrugs<'a>(replies: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut known: Vec<String> = Vec::new();
    let mut shrugs = Vec::new();
    for (item, reply) in replies.enumerate() {
        if shrugs.len() == SHRUGS {
            break;
        }
        let is_brief = reply.len() <= 4 * LONGEST_SHRUG && reply.chars().count() <= LONGEST_SHRUG;
        if is_brief && is_shrug(reply) && !known.contains(&gist(reply)) {
            known.push(gist(reply));
            shrugs.push(item);
        }
    }
    shrugs
}

fn is_shrug(reply: &str) -> bool {
    let reply = reply.to_lowercase();
    // Who asks whether somebody knows does not say that they do not.
    !reply.contains(['?', '？']) && SHRUGGED.iter().any(|said| reply.contains(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_words_is_small_talk() {
        for text in [
            "?",
            "ㅋㅋ",
            "ㅇㅇ",
            "🍋",
            "...",
            "",
            "\u{200b}",
            "\u{3164}",
            "ㅎㅎㅎㅎ",
            "ㅁㄴㅇㄹ",
            "아아아아아",
            "!!!",
            "www",
            "ｗｗｗ",
            "11111",
            "ㅠㅠ",
        ] {
            assert_eq!(kind(text), Kind::SmallTalk, "{text}");
        }
        for text in [
            "안녕",
            "asdf",
            "hi!",
            "왜?",
            "おはよ",
            "네",
            "응",
            "a",
            "정말?",
            "今日",
            "what?",
        ] {
            assert_eq!(kind(text), Kind::Short, "{text}");
        }
        for text in [
            "뭐 먹었어?",
            "양자역학이 뭐야",
            "qwer1234",
            "ㅋㅋ 뭐야 그게",
        ] {
            assert_eq!(kind(text), Kind::Question, "{text}");
        }
    }

    #[test]
    fn what_leans_on_what_went_before_is_told_from_a_new_subject() {
        for text in [
            "왜?",
            "정말??",
            "그래서?",
            "それで？",
            "本当に？",
            "and then?",
            "Really?!",
            "Why",
        ] {
            assert!(leans(text), "{text}");
        }
        for text in [
            "왜 퇴사했어?",
            "진짜 배고프다",
            "それでもいい？",
            "why me",
            "안녕",
            "?",
            "",
        ] {
            assert!(!leans(text), "{text}");
        }
    }

    #[test]
    fn who_does_not_know_says_so_in_few_words() {
        let replies = [
            "오늘 덥다",
            "글쎄요",
            "글쎄요~",
            "그건 몰라?",
            "나도 잘 모르겠는데 아무튼 내일 다시 한번 알아보고 말해 줄게",
            "IDK lol",
            "さあね",
        ];
        assert_eq!(shrugs(replies.into_iter()), [1, 5, 6]);
        assert_eq!(shrugs(std::iter::repeat_n("몰라", 9)), [0]);
    }
}
