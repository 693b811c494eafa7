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
const LEANING: &str = "\
    왜 왜요 왜그래 왜그랬어 왜그런데 왜그런거야 정말 정말요 정말로 진짜 진짜로 진짜요 진짜야 \
    그래 그래요 그래서 그래서요 그래서어떻게됐어 그리고 그리고요 그런데 근데 그다음은 그다음엔 \
    그담엔 그래도 어떻게 어떻게됐어 어떻게했어 언제 언제부터 언제였어 언제까지 어디 어디서 \
    어디로 어디에서 어디였어 누가 누구 누구랑 누구랑같이 누구한테 누구였어 뭐가 뭐를 뭔데 뭐였어 \
    뭐라고 얼마 얼마야 얼마였어 얼마나 얼마나됐어 얼마나걸려 얼마나걸렸어 몇살 몇살이야 몇개 \
    몇번 몇명 몇시 몇시에 며칠 며칠동안 어때 어땠어 어떤데 어떤거 어떤거야 재밌어 재밌었어 \
    재미있어 재미있었어 맛있어 맛있었어 좋아 좋았어 괜찮아 괜찮았어 무서웠어 예를들면 예를들어 \
    무슨뜻이야 무슨말이야 더 더말해봐 자세히말해봐 또 또뭐 또있어 そう そうなんだ そっか なんで なぜ どうして 本当 \
    本当に ほんと ほんとに まじ マジで それで それから で で何 いつ いつから いつまで いつだった \
    どこ どこで どこに どこへ 誰 誰と 誰が 誰に 何が 何を 何て 何歳 何人 何回 何時 何時に 何日間 \
    いくら いくらだった どのくらい どれくらい どう どうだった どうなった どうやって どんな \
    どんなの どんな感じ 面白い 面白かった おもしろい おもしろかった 美味しい 美味しかった \
    おいしい おいしかった 楽しかった 怖かった よかった 大丈夫だった たとえば 例えば どういう意味 \
    どういうこと もっと もっと詳しく 他には why whynot whyso really seriously forreal andthen \
    andafterthat then so sowhat how howcome howso howlong howlongdidittake howmuch howmuchwasit \
    howmuchisit howmany howold howoften when sincewhen untilwhen where wherewasit who whowith \
    withwho withwhom which whichone whatfor whatabout whatkind whatelse likewhat likewho \
    forexample meaning meaningwhat isitgood isitanygood wasitgood wasitanygood wasitfun isitfun \
    didyoulikeit doyoulikeit anygood tellmemore goon anythingelse";

/// With what short sentences begin that speak of what went before, and what they have in them.
const BEHIND: &str = "\
    그거 그건 그게 그걸 그때 그날 그럼 그중 거기 거긴 걔 \
    それ そこ その時 そのとき その後 そのあと その人 その日 そっち そういう";
const SO: &str = "그렇게 그런거 그런걸 そう思 そう言 そうなの";

/// Most letters of one of these.
const BRIEF: usize = 12;

/// English words that stand for what went before, in so few words at most, unless one speaks of
/// the hour or of the weather.
const STANDING_FOR: &str = "it its there they theyre them he she him";
const FEW_WORDS: usize = 5;
const OF_NOTHING: &str = "time day date late weather raining snowing sunny cold hot warm";

/// After these `there` is none of them, and `that` is one, as it is where it is the last word.
const IS: &str = "is was isnt wasnt are arent does did would";

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
    let gist = gist(text);
    let begins = |word| gist.starts_with(word);
    let points_behind =
        || BEHIND.split(' ').any(begins) || SO.split(' ').any(|so| gist.contains(so));
    is_of(LEANING, &gist)
        || (gist.chars().count() <= BRIEF && points_behind())
        || stands_for_something(text)
}

/// Whether it is a short sentence of English about what went before.
fn stands_for_something(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().map(gist).collect();
    if !(2..=FEW_WORDS).contains(&words.len()) {
        return false;
    }
    let is_behind = |word: &str| {
        words
            .windows(2)
            .any(|it| is_of(IS, &it[0]) && it[1] == word)
    };
    let is_one = |word: &String| is_of(STANDING_FOR, word) && !(word == "there" && is_behind(word));
    let is_last = words.last().is_some_and(|word| word == "that");
    let stands = words.iter().any(is_one) || is_behind("that") || is_last;
    stands && !words.iter().any(|word| is_of(OF_NOTHING, word))
}

fn is_of(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|one| one == word)
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
            "그때 무서웠어?",
            "それ美味しい？",
            "was it worth it?",
            "isn't that far?",
            "tell me about that",
        ] {
            assert!(leans(text), "{text}");
        }
        for text in [
            "왜 퇴사했어?",
            "진짜 배고프다",
            "그림 잘 그려?",
            "そうめん好き？",
            "why me",
            "what time is it?",
            "do you like that film?",
            "is there anything you regret about your life?",
            "안녕",
            "?",
            "",
        ] {
            assert!(!leans(text), "{text}");
        }
    }

    /// Sixty talks in three languages, made up: `cargo xtask bench answers` asks them.
    #[test]
    fn in_talks_what_leans_is_told_from_a_new_subject() {
        #[derive(serde::Deserialize)]
        struct Talk {
            then: String,
            leans: bool,
        }
        let talks = include_str!("../../../tests/answers/talks.json");
        let talks: Vec<Talk> = serde_json::from_str(talks).unwrap();
        assert_eq!(talks.len(), 60);
        for Talk { then, leans: want } in talks {
            assert_eq!(leans(&then), want, "{then}");
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
