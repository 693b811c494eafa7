//! How a talk begins: what somebody says when they are greeted, and questions that a bot answers
//! well.
//!
//! What others asked a person never leaves their browser, so the questions are ours; which of
//! them a bot answers well it finds out by answering them.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::small_talk::{self, is_short};
use super::{Language, Manner, Question, answer, gist};
use crate::index::Index;
use crate::vector::Vector;

/// As many as are suggested at most, and characters of one.
pub const MAX_SUGGESTED: usize = 3;
const LONGEST: usize = 80;

/// Characters of a reply that one wants to read first, at most.
const LONGEST_REPLY: usize = 140;

/// How sure a suggested question has to be answered: surer than others.
const SURE: f32 = 0.6;

/// A question, and its vector as a query: it can be asked where there is no encoder yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggested {
    pub text: String,
    pub vector: Vector,
}

impl Suggested {
    /// Whether it is one, whoever wrote it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let count = self.text.chars().count();
        (1..=LONGEST).contains(&count) && self.vector.is_sound()
    }
}

const KOREAN: [&str; 24] = [
    "요즘 뭐에 빠져 있어?",
    "오늘 뭐 했어?",
    "제일 좋아하는 음식이 뭐야?",
    "요즘 무슨 게임 해?",
    "무슨 음악 들어?",
    "최근에 본 영화 어땠어?",
    "주말에 보통 뭐 해?",
    "여행 간다면 어디 가고 싶어?",
    "고양이 좋아해?",
    "강아지 좋아해?",
    "커피 좋아해?",
    "무슨 일 해?",
    "일하기 싫을 때 어떻게 해?",
    "보통 몇 시에 자?",
    "요즘 무슨 책 읽어?",
    "운동은 좀 해?",
    "비 오는 날 좋아해?",
    "여름이랑 겨울 중에 뭐가 좋아?",
    "요즘 제일 짜증 나는 게 뭐야?",
    "최근에 산 것 중에 뭐가 제일 좋아?",
    "어릴 때는 어떤 아이였어?",
    "꿈이 뭐야?",
    "라면은 어떻게 끓여 먹어?",
    "살면서 제일 잘한 일이 뭐야?",
];

const JAPANESE: [&str; 24] = [
    "最近何にはまってる？",
    "今日は何してた？",
    "一番好きな食べ物は？",
    "最近どんなゲームしてる？",
    "どんな音楽を聴くの？",
    "最近見た映画はどうだった？",
    "休みの日は何してる？",
    "旅行するならどこに行きたい？",
    "猫は好き？",
    "犬は好き？",
    "コーヒーは好き？",
    "どんな仕事をしてるの？",
    "働きたくないときはどうする？",
    "いつも何時に寝るの？",
    "最近どんな本を読んでる？",
    "運動はしてる？",
    "雨の日は好き？",
    "夏と冬、どっちが好き？",
    "最近いらっとしたことは？",
    "最近買ってよかったものは？",
    "どんな子どもだった？",
    "夢は何？",
    "ラーメンは何味が好き？",
    "人生で一番よかったことは？",
];

const ENGLISH: [&str; 24] = [
    "What are you into these days?",
    "What did you do today?",
    "What is your favourite food?",
    "What games are you playing?",
    "What music do you listen to?",
    "How was the last film you saw?",
    "What do you do at the weekend?",
    "Where would you like to travel?",
    "Do you like cats?",
    "Do you like dogs?",
    "How do you take your coffee?",
    "What do you do for work?",
    "What do you do when you cannot focus?",
    "When do you usually go to bed?",
    "What are you reading?",
    "Do you work out?",
    "Do you like rainy days?",
    "Summer or winter?",
    "What annoys you most?",
    "What is the best thing you bought lately?",
    "What were you like as a child?",
    "What is your dream?",
    "What do you cook when you are lazy?",
    "What are you proud of?",
];

/// How people greet, by letters alone.
const GREETINGS: [&str; 20] = [
    "안녕",
    "ㅎㅇ",
    "하이",
    "반가워",
    "반갑",
    "좋은아침",
    "굿모닝",
    "어서와",
    "こんにちは",
    "こんばんは",
    "おはよ",
    "やあ",
    "どうも",
    "はじめまして",
    "ようこそ",
    "hello",
    "hithere",
    "heythere",
    "welcome",
    "goodmorning",
];

/// What may be asked, in the language that this person writes most.
#[must_use]
pub fn questions(index: &Index) -> &'static [&'static str] {
    match index.letters().language {
        Some(Language::Korean) => &KOREAN,
        Some(Language::Japanese) => &JAPANESE,
        Some(Language::Latin) | None => &ENGLISH,
    }
}

/// Those that this bot answers best, each with something else.
#[must_use]
pub fn chosen(index: &Index, asked: Vec<Suggested>) -> Vec<Suggested> {
    let mut answered = Vec::new();
    for suggested in asked {
        let question = Question {
            text: &suggested.text,
            vector: &suggested.vector.floats(),
        };
        let found = answer(index, &question, &Manner::default(), 1);
        let Some(hit) = found.hits.first() else {
            continue;
        };
        let reply = &*index.entries()[hit.item].reply;
        if hit.confidence >= SURE && may_be_first(reply) {
            answered.push((hit.score, gist(reply), suggested));
        }
    }
    // A sort that keeps the order of equals: the same bot suggests the same.
    answered.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut chosen: Vec<(String, Suggested)> = Vec::new();
    for (_, gist, suggested) in answered {
        if chosen.len() < MAX_SUGGESTED && chosen.iter().all(|(other, _)| *other != gist) {
            chosen.push((gist, suggested));
        }
    }
    chosen.into_iter().map(|(_, suggested)| suggested).collect()
}

/// Whether a stranger may read that first: nobody is named or linked in it, and it says
/// something, not too much.
fn may_be_first(reply: &str) -> bool {
    let leads_elsewhere = reply.contains('@') || reply.contains("://") || reply.contains("www.");
    !leads_elsewhere
        && reply.chars().count() <= LONGEST_REPLY
        && small_talk::kind(reply) == small_talk::Kind::Question
}

/// The item by which this person greets most often, if they do.
#[must_use]
pub fn greeting(index: &Index) -> Option<usize> {
    let entries = index.entries().iter().enumerate();
    let mut greetings: FxHashMap<String, (usize, usize)> = FxHashMap::default();
    for (item, entry) in entries {
        let gist = gist(&entry.reply);
        let greets = GREETINGS.iter().any(|greeting| gist.starts_with(greeting));
        if greets && is_short(&entry.reply) && !entry.reply.contains('@') {
            greetings.entry(gist).or_insert((item, 0)).1 += 1;
        }
    }
    let best = greetings
        .values()
        .max_by_key(|(item, count)| (*count, Reverse(*item)));
    best.map(|(item, _)| *item)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Item;
    use crate::index::tests::made_of;
    use crate::vector::tests::made_up;

    fn vector(text: &str) -> Vector {
        made_up(text, 0.85)
    }

    fn index(items: &[(Option<&str>, &str)]) -> Index {
        let items = items.iter().enumerate();
        let item = |(id, (said, reply)): (usize, &(Option<&str>, &str))| -> Item {
            made_of(id, *said, reply, vector)
        };
        Index::new(items.map(item).collect())
    }

    fn asked(index: &Index) -> Vec<Suggested> {
        let questions = questions(index).iter();
        let suggested = |text: &&str| Suggested {
            text: (*text).to_owned(),
            vector: vector(text),
        };
        questions.map(suggested).collect()
    }

    #[test]
    fn what_is_answered_well_and_safely_is_suggested() {
        let others: Vec<String> = (0..60)
            .map(|n| format!("아무 상관 없는 이야기 {n}"))
            .collect();
        let mut items: Vec<(Option<&str>, &str)> = others.iter().map(|it| (None, &**it)).collect();
        items.extend([
            (Some(KOREAN[3]), "요즘은 레몬 농장 게임만 해요"),
            (Some(KOREAN[8]), "고양이 두 마리랑 살아요"),
            // The same once more, somebody who is named, and a link.
            (Some(KOREAN[9]), "고양이 두 마리랑 살아요!"),
            (Some(KOREAN[10]), "@lee 씨가 내려 준 게 좋아요"),
            (Some(KOREAN[11]), "https://example.com 보세요"),
            (Some(KOREAN[12]), "ㅋㅋㅋㅋ"),
        ]);
        let index = index(&items);
        let chosen: Vec<String> = chosen(&index, asked(&index))
            .into_iter()
            .map(|it| it.text)
            .collect();
        assert_eq!(chosen.len(), 2, "{chosen:?}");
        assert!(chosen.contains(&KOREAN[3].to_owned()), "{chosen:?}");
        let of_cats = [KOREAN[8].to_owned(), KOREAN[9].to_owned()];
        assert!(of_cats.iter().any(|it| chosen.contains(it)), "{chosen:?}");
    }

    #[test]
    fn there_are_no_more_than_a_few_nor_any_of_nothing() {
        let replies: Vec<String> = (0..24)
            .map(|n| format!("대답은 이것 {n}번이에요"))
            .collect();
        let items: Vec<(Option<&str>, &str)> = KOREAN
            .iter()
            .zip(&replies)
            .map(|(said, reply)| (Some(*said), &**reply))
            .collect();
        let index = index(&items);
        let all = asked(&index);
        assert!(all.iter().all(Suggested::is_sound));
        assert_eq!(chosen(&index, all).len(), MAX_SUGGESTED);
        assert!(chosen(&Index::default(), asked(&Index::default())).is_empty());
    }

    #[test]
    fn they_are_in_the_language_that_is_written_most() {
        let of = |reply: &str| questions(&index(&[(None, reply)]))[8];
        assert_eq!(of("오늘은 쉽니다"), KOREAN[8]);
        assert_eq!(of("今日は休みです"), JAPANESE[8]);
        assert_eq!(of("closed today"), ENGLISH[8]);
    }

    #[test]
    fn a_person_greets_as_they_do() {
        let index = index(&[
            (None, "hello"),
            (Some("안녕"), "안녕하세요~"),
            (None, "안녕하세요!"),
            (None, "@lee 안녕"),
            (
                None,
                "안녕하세요, 오늘부터 레몬 가게를 다시 열게 되어 알려 드립니다",
            ),
        ]);
        assert_eq!(greeting(&index), Some(1));
        assert_eq!(greeting(&Index::default()), None);
    }
}
