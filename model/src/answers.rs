//! What answers a question: ways of comparing it with what somebody said and was told, and how
//! they count.

pub mod common;
pub mod confidence;
pub mod frame;
pub mod letters;
pub mod map;
mod numbers;
pub mod small_talk;
pub mod spread;
pub mod suggestions;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use self::confidence::{Fit, Scores};
use self::letters::{Rarity, Wanted};
use self::small_talk::Kind;
use crate::corpus::Entry;
use crate::index::{Index, Item, Near};
use crate::vector::Vector;

/// How the likeness of a question to what was said to somebody counts, that to their reply, and
/// that in letters to what was said. People ask what was asked before more often than they say
/// what was answered.
const SAID: f32 = 1.0;
const REPLY: f32 = 0.25;
const LETTERS: f32 = 0.1;

/// And where nobody had said anything, that to the statement, and in letters. It is ahead by a
/// little: what would answer a question is less like it than what was asked in other words.
const STATEMENT: f32 = 1.1;
const LETTERS_OF_STATEMENT: f32 = 0.05;
const AHEAD: f32 = 0.05;

/// What an answer in the language of the question counts more: of two that fit as well it is
/// the better one.
const LANGUAGE: f32 = 0.1;

/// How many more answers than are asked for are looked at closely. Until then letters do not
/// count, and vectors only in 8 bits, which is off by less than half a thousandth.
const CLOSELY: usize = 192;

/// A question, and its vector as a query.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub text: &'a str,
    pub vector: &'a [f32],
}

/// An answer that a question found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// In the order in which they were added.
    pub item: usize,
    /// How many entries reply just that, among those that were looked at.
    pub occasions: usize,
    /// By which they are in order.
    pub score: f32,
    /// How like it is in what is meant, 0 to 1: 1 for a question that was asked in the same
    /// words.
    pub similarity: f32,
    /// How sure it is, 0 to 1 ([`confidence`]).
    pub confidence: f32,
}

/// How sure an answer has to be, to be given, if nobody wants it otherwise: such a bot answers
/// nine in ten of what it can.
pub const SURE: f32 = 0.35;

/// And to a word alone, which many things are like: what was said to just that.
const SURE_OF_A_WORD: f32 = 0.9;

/// How many of a text's letters a reply has to have that is found by them alone.
const WORDS: f32 = 0.7;

/// How a bot is to answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manner {
    /// How sure an answer has to be, 0 to 1.
    pub sure: f32,
    /// From when on, and until before when, what it says was written, in seconds since
    /// 1970-01-01T00:00:00Z.
    pub from: i64,
    pub until: i64,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            sure: SURE,
            from: i64::MIN,
            until: i64::MAX,
        }
    }
}

/// Most entries that are held out to see how well anything fits, and where each question of
/// many takes long.
const HELD_OUT: usize = 128;
const HELD_OUT_OF_MANY: usize = 32;
const MANY: usize = 20_000;

/// Which letters are rare in what was said to somebody, and in what they replied, and of which
/// language most are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Letters {
    said: Rarity,
    reply: Rarity,
    /// That of most replies.
    language: Option<Language>,
}

impl Letters {
    /// Known by some of `entries`, all over them.
    #[must_use]
    pub fn learn(entries: &[Entry]) -> Self {
        let some = entries.iter().step_by(every(entries.len(), letters::MOST));
        let languages = [Language::Korean, Language::Japanese, Language::Latin];
        let written: Vec<Option<Language>> = some
            .clone()
            .map(|entry| Language::of(&entry.reply))
            .collect();
        let count = |language: &Language| {
            let of = written.iter().flatten();
            of.filter(|of| *of == language).count()
        };
        Self {
            language: languages.into_iter().max_by_key(count),
            said: Rarity::of(some.clone().filter_map(|entry| entry.said.as_deref())),
            reply: Rarity::of(some.map(|entry| &*entry.reply)),
        }
    }
}

/// Which of so many have to be taken, every so many, that at most `most` are, all over them.
pub(crate) fn every(count: usize, most: usize) -> usize {
    count.div_ceil(most).max(1)
}

/// What can be said to a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The best one first.
    pub hits: Vec<Hit>,
    /// Items that say that one does not know, for when none of the hits is sure.
    pub shrugs: Vec<usize>,
}

/// What can be said to `question` in this manner, at most `n` answers. To small talk, and to a
/// word that nobody has said to that person, only something short is: a paragraph would be worse
/// than nothing.
#[must_use]
pub fn answer(index: &Index, question: &Question, manner: &Manner, n: usize) -> Found {
    let entries = index.entries();
    let is_of_then = |item: usize| (manner.from..manner.until).contains(&entries[item].at);
    let of_then = || sure(index, question, n, is_of_then);
    let short = || {
        let is_short = |item: usize| small_talk::is_short(&entries[item].reply);
        let may_be = |item: usize| is_of_then(item) && is_short(item);
        let (mut hits, _) = looked_at(index, question, n, may_be);
        hits.truncate(n);
        for hit in &mut hits {
            // There is nothing in it that could be wrong.
            hit.confidence = 1.0;
        }
        hits
    };
    let hits = match small_talk::kind(question.text) {
        Kind::Question => of_then(),
        Kind::SmallTalk => short(),
        Kind::Short => {
            let hits = of_then();
            let has_to_be = manner.sure.max(SURE_OF_A_WORD);
            if is_sure(&hits, has_to_be) {
                hits
            } else {
                short()
            }
        }
    };
    let shrugs = if is_sure(&hits, manner.sure) {
        Vec::new()
    } else {
        let shrugs = index.shrugs().iter().copied();
        shrugs.filter(|item| is_of_then(*item)).collect()
    };
    Found { hits, shrugs }
}

fn is_sure(hits: &[Hit], sure: f32) -> bool {
    hits.first().is_some_and(|hit| hit.confidence >= sure)
}

/// The `n` best answers to `question`, the best one first, the earlier added one of equals.
/// Replies in the same words are one answer, that of the occasion that fits best.
#[must_use]
pub fn find(index: &Index, question: &Question, n: usize) -> Vec<Hit> {
    sure(index, question, n, |_| true)
}

/// What can be said to a text while its vector is not known: replies that have nearly all of its
/// letters, the rare ones before all, at most `n`, the best one first.
#[must_use]
pub fn by_words(index: &Index, text: &str, manner: &Manner, n: usize) -> Vec<Hit> {
    let wanted = index.letters().reply.wanted(text);
    let entries = index.entries();
    let hit = |(item, entry): (usize, &Entry)| {
        let is_of_then = (manner.from..manner.until).contains(&entry.at);
        let likeness = if is_of_then {
            wanted.likeness(&entry.reply)
        } else {
            0.0
        };
        (likeness >= WORDS).then_some(Hit {
            item,
            occasions: 1,
            score: likeness,
            similarity: likeness,
            confidence: likeness,
        })
    };
    let mut hits: Vec<Hit> = entries.iter().enumerate().filter_map(hit).collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.item.cmp(&b.item)));
    let mut hits = merged(entries, hits);
    hits.truncate(n);
    hits
}

/// The best of those that may be given, and how sure they are.
fn sure(index: &Index, question: &Question, n: usize, may_be: impl Fn(usize) -> bool) -> Vec<Hit> {
    let (mut hits, scores) = looked_at(index, question, n, may_be);
    hits.truncate(n);
    for hit in &mut hits {
        hit.confidence = index.scale().confidence(scores.fit(hit.score));
    }
    hits
}

/// How well the best answers fit some entries that are held out, all over them. Nothing that
/// replies the same answers them.
#[must_use]
pub fn held_out(index: &Index) -> Vec<Fit> {
    let entries = index.entries();
    let most = if entries.len() < MANY {
        HELD_OUT
    } else {
        HELD_OUT_OF_MANY
    };
    let every = every(entries.len(), most);
    let fit = |item: usize| {
        let Item { entry, said, reply } = index.item(item);
        let asked = Some(said.unwrap_or(reply)).filter(Vector::has_direction)?;
        let question = Question {
            text: entry.said.as_deref().unwrap_or(&entry.reply),
            vector: &asked.floats(),
        };
        let own = gist(&entry.reply);
        let (hits, scores) = looked_at(index, &question, 1, |_| true);
        let others = hits
            .iter()
            .filter(|hit| gist(&entries[hit.item].reply) != own);
        Some(scores.fit(others.map(|hit| hit.score).next()?))
    };
    (0..entries.len()).step_by(every).filter_map(fit).collect()
}

/// Those of the items that may be given that are looked at closely to find so many, the best
/// one first, not yet with their confidence; and all scores.
fn looked_at(
    index: &Index,
    question: &Question,
    n: usize,
    may_be: impl Fn(usize) -> bool,
) -> (Vec<Hit>, Scores) {
    let near = index.near(question.vector);
    let (looked_at, scores) = nearest(index, &near, n.saturating_add(CLOSELY), may_be);
    let items: Vec<usize> = looked_at.iter().map(|(item, _)| *item).collect();
    let likenesses = index.closely(question.vector, &items);
    let wanted = Both {
        said: index.letters().said.wanted(question.text),
        reply: index.letters().reply.wanted(question.text),
    };
    // What has none is answered as this person writes most.
    let language = Language::of(question.text).or(index.letters().language);
    let mut hits: Vec<Hit> = looked_at
        .iter()
        .zip(likenesses)
        .map(|(&(item, occasions), likeness)| {
            let entry = &index.entries()[item];
            let is_same = language.is_some() && language == Language::of(&entry.reply);
            let by_language = if is_same { LANGUAGE } else { 0.0 };
            let score = score(likeness) + wanted.score(entry, likeness) + by_language;
            let similarity = likeness.0.map_or(likeness.1, |said| said.max(likeness.1));
            Hit {
                item,
                occasions,
                score,
                similarity: similarity.clamp(0.0, 1.0),
                confidence: 0.0,
            }
        })
        .collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.item.cmp(&b.item)));
    (merged(index.entries(), hits), scores)
}

/// How well an entry answers a question that is so like to what was said there, if anything was,
/// and to the reply.
fn score((said, reply): (Option<f32>, f32)) -> f32 {
    said.map_or(STATEMENT * reply + AHEAD, |said| {
        SAID * said + REPLY * reply
    })
}

struct Both {
    said: Wanted,
    reply: Wanted,
}

impl Both {
    /// What letters add to that.
    fn score(&self, entry: &Entry, (said, _): (Option<f32>, f32)) -> f32 {
        match (&entry.said, said) {
            (Some(text), _) => LETTERS * self.said.likeness(text),
            // What others said is not told to visitors.
            (None, Some(_)) => 0.0,
            (None, None) => LETTERS_OF_STATEMENT * self.reply.likeness(&entry.reply),
        }
    }
}

/// The best items by vectors alone, in no order, one of those whose replies are equal, and how
/// many there are of each; and all scores.
fn nearest(
    index: &Index,
    near: &Near,
    most: usize,
    may_be: impl Fn(usize) -> bool,
) -> (Vec<(usize, usize)>, Scores) {
    let all = 0..index.entries().len();
    let of = |item: usize| score(index.likeness(near, item));
    // One number for each reply and no more: of a large library this is what a question takes.
    let mut best = vec![f32::NEG_INFINITY; index.numbers()];
    let mut scores = Scores::default();
    for item in all.clone() {
        let score = of(item);
        scores.add(score);
        if may_be(item) {
            let best = &mut best[index.number(item)];
            *best = best.max(score);
        }
    }
    let known = best.iter().copied().zip(0..);
    let known = known.filter(|(score, _)| *score > f32::NEG_INFINITY);
    let found = largest(known, most);
    let floor = found.iter().map(|number| best[*number]);
    let floor = floor.fold(f32::INFINITY, f32::min);
    let mut found: FxHashMap<usize, (Option<usize>, usize)> = found
        .into_iter()
        .map(|number| (number, (None, 0)))
        .collect();
    for item in all.filter(|item| may_be(*item)) {
        let number = index.number(item);
        // Most are none of them.
        if best[number] >= floor
            && let Some((of_best, count)) = found.get_mut(&number)
        {
            *count += 1;
            if of_best.is_none() && of(item) >= best[number] {
                *of_best = Some(item);
            }
        }
    }
    let found = found.into_values();
    let found = found.filter_map(|(item, count)| Some((item?, count)));
    (found.collect(), scores)
}

/// Replies that differ in spaces, marks and cases alone are one.
fn merged(entries: &[Entry], hits: Vec<Hit>) -> Vec<Hit> {
    let mut places: FxHashMap<String, usize> = FxHashMap::default();
    let mut merged: Vec<Hit> = Vec::with_capacity(hits.len());
    for hit in hits {
        let place = *places
            .entry(gist(&entries[hit.item].reply))
            .or_insert(merged.len());
        if let Some(better) = merged.get_mut(place) {
            better.occasions += hit.occasions;
        } else {
            merged.push(hit);
        }
    }
    merged
}

/// What a text says beside its spaces, marks and cases; all of it if that is nothing.
#[must_use]
pub fn gist(text: &str) -> String {
    let letters = text.chars().filter(|c| is_letter(*c));
    let gist: String = letters.flat_map(char::to_lowercase).collect();
    if gist.is_empty() {
        text.split_whitespace().collect()
    } else {
        gist
    }
}

/// What a text is written in, as far as its letters tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    Korean,
    Japanese,
    /// English, or another one in its letters.
    Latin,
}

impl Language {
    /// That of most letters; none where there are none, or of other languages. Words of English
    /// stand in every text, so half of the letters are enough for the others.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let (mut korean, mut kana, mut kanji, mut latin, mut other) = (0, 0, 0, 0, 0);
        for c in text.chars().filter(|c| is_letter(*c)) {
            match c {
                '가'..='힣' | '\u{3131}'..='\u{318e}' => korean += 1,
                'ぁ'..='ヿ' | '\u{ff66}'..='\u{ff9f}' => kana += 1,
                '\u{4e00}'..='\u{9fff}' => kanji += 1,
                _ if c.is_ascii_digit() => {}
                _ if c.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&c) => latin += 1,
                _ => other += 1,
            }
        }
        let japanese = if kana > 0 { kana + kanji } else { 0 };
        let most = korean.max(japanese).max(kanji).max(other);
        if latin > 0 && most * 4 < latin {
            Some(Self::Latin)
        } else if korean > 0 && korean == most {
            Some(Self::Korean)
        } else if japanese > 0 && japanese == most {
            Some(Self::Japanese)
        } else {
            None
        }
    }
}

/// Whether it is read as a letter or a digit: fillers of Hangul are letters to Unicode, and
/// nothing to see.
pub(crate) fn is_letter(c: char) -> bool {
    // Unicode's tables are slow for what most texts here are made of.
    matches!(c, '가'..='힣' | '\u{4e00}'..='\u{9fff}' | 'ぁ'..='ゖ' | 'ァ'..='ヺ')
        || (c.is_alphanumeric() && !matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'))
}

/// What stands beside the `n` largest; the lesser ones of equals.
fn largest(all: impl Iterator<Item = (f32, usize)>, n: usize) -> Vec<usize> {
    let mut heap = BinaryHeap::new();
    // As soon as there are so many, what is not above the least of them is left at once.
    let mut floor = f32::NEG_INFINITY;
    for (value, item) in all {
        if heap.len() < n {
            heap.push(Reverse((Ordered(value), Reverse(item))));
        } else if value >= floor
            && let Some(mut least) = heap.peek_mut()
        {
            let more = Reverse((Ordered(value), Reverse(item)));
            if more < *least {
                *least = more;
            }
        } else {
            continue;
        }
        if heap.len() == n
            && let Some(Reverse((Ordered(least), _))) = heap.peek()
        {
            floor = *least;
        }
    }
    heap.into_iter()
        .map(|Reverse((_, Reverse(item)))| item)
        .collect()
}

/// Numbers in their total order.
#[derive(Clone, Copy)]
struct Ordered(f32);

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered {}

#[cfg(test)]
mod tests {
    use super::common::Common;
    use super::*;
    use crate::index::tests::made_of;
    use crate::vector::tests::made_up;
    use crate::vector::{DIM, Vector};
    use proptest::prelude::*;

    /// As far from where everybody's questions are as this encoder's vectors.
    fn vector(text: &str) -> Vector {
        let own = made_up(text, 0.0).floats();
        let all = &Common::get().questions;
        let numbers: Vec<f32> = all
            .iter()
            .zip(own)
            .map(|(all, own)| all + 0.4 * own)
            .collect();
        Vector::quantise(&numbers)
    }

    fn item(id: usize, said: Option<&str>, reply: &str) -> Item {
        made_of(id, said, reply, vector)
    }

    fn index(items: &[(Option<&str>, &str)]) -> Index {
        let items = items.iter().enumerate();
        Index::new(
            items
                .map(|(id, (said, reply))| item(id, *said, reply))
                .collect(),
        )
    }

    fn ask(index: &Index, text: &str, n: usize) -> Vec<Hit> {
        let vector = &vector(text).floats();
        find(index, &Question { text, vector }, n)
    }

    fn replies(index: &Index, hits: &[Hit]) -> Vec<String> {
        let reply = |hit: &Hit| index.entries()[hit.item].reply.to_string();
        hits.iter().map(reply).collect()
    }

    #[test]
    fn words_find_what_has_nearly_all_of_them() {
        let index = index(&[
            (Some("뭐해?"), "할머니가 알려 주신 레몬 꿀절임"),
            (None, "오늘은 비가 온다"),
            (None, "할머니가 알려 주신 레몬 꿀절임!"),
            (None, "귤이 제일 좋아"),
        ]);
        let found = |text: &str, manner: &Manner| -> Vec<usize> {
            let hits = by_words(&index, text, manner, 8);
            hits.into_iter().map(|hit| hit.item).collect()
        };
        let any = Manner::default();
        // Equal replies are one.
        assert_eq!(found("레몬 꿀절임", &any), [0]);
        assert_eq!(found("귤", &any), [3]);
        for nothing in ["", "?", "점심 먹었어", "zxqj"] {
            assert!(found(nothing, &any).is_empty(), "{nothing}");
        }
        let of_another_time = Manner { from: 1, ..any };
        assert!(found("귤", &of_another_time).is_empty());
    }

    #[test]
    fn what_was_asked_in_the_same_words_comes_first_and_a_statement_is_found_by_itself() {
        let index = index(&[
            (Some("밥 먹었어?"), "아직"),
            (None, "레몬 케이크 먹고 싶다"),
            (Some("어디야?"), "집"),
        ]);
        let hits = ask(&index, "밥 먹었어?", 9);
        assert_eq!((hits.len(), hits[0].item), (3, 0));
        assert!(hits[0].similarity > 0.95, "{hits:?}");
        let hits = ask(&index, "레몬 케이크 먹고 싶다", 9);
        assert_eq!(hits[0].item, 1);
        assert!(hits[0].similarity > 0.9, "{hits:?}");
        assert!(hits[1].similarity < 0.5, "{hits:?}");
    }

    #[test]
    fn the_same_reply_is_one_answer_with_many_occasions() {
        let thanks = [
            "감사합니다!",
            "감사합니다",
            "감사 합니다 !!",
            "  감사합니다~",
        ];
        let said: Vec<String> = (0..60).map(|n| format!("축하해 {n}")).collect();
        let mut items: Vec<(Option<&str>, &str)> = said
            .iter()
            .enumerate()
            .map(|(n, said)| (Some(&**said), thanks[n % 4]))
            .collect();
        items.extend([(Some("축하해 정말"), "고마워"), (None, "오늘 덥다")]);
        let index = index(&items);
        let hits = ask(&index, "축하해 7", 3);
        let (first, rest) = hits.split_first().unwrap();
        assert_eq!((first.item, first.occasions, rest.len()), (7, 60, 2));
        assert_eq!(replies(&index, rest).len(), 2);
        assert!(rest.iter().all(|hit| hit.occasions == 1));
        assert_eq!(gist("ㅋㅋ"), gist("ㅋㅋ!"));
        assert_ne!(gist("🍋"), gist("🍊"));
    }

    #[test]
    fn an_answer_in_the_language_of_the_question_is_preferred_where_both_fit_as_well() {
        let both = |said: &Vector, reply: &str| Item {
            said: Some(said.clone()),
            ..item(0, None, reply)
        };
        let said = vector("what are you eating");
        let items = vec![
            both(&said, "라면 먹는 중"),
            both(&said, "ラーメン食べてる"),
            both(&said, "having ramen right now"),
            item(3, Some("다른 얘기"), "asleep"),
        ];
        // The same vectors, so that nothing but the language tells them apart.
        let reply = items[0].reply.clone();
        let items = items.into_iter().map(|item| Item {
            reply: reply.clone(),
            ..item
        });
        let mut index = Index::default();
        for (n, item) in items.enumerate() {
            let mut reply = item.reply.clone();
            // Not to the bit, as equal replies are one.
            reply.values[n] += 1;
            let kept = index.keep(item.said.as_ref(), &reply);
            index.add(item.entry, kept);
        }
        for (text, best) in [
            ("뭐 먹어?", 0),
            ("何食べてる？", 1),
            ("what are you eating?", 2),
        ] {
            let question = Question {
                text,
                vector: &said.floats(),
            };
            assert_eq!(find(&index, &question, 1)[0].item, best, "{text}");
        }
        for (text, language) in [
            ("뭐 먹어? lol", Some(Language::Korean)),
            ("今日はramen", Some(Language::Japanese)),
            ("ｶﾞﾝﾊﾞﾚ", Some(Language::Japanese)),
            ("naïve café", Some(Language::Latin)),
            ("привет", None),
            ("123", None),
            ("", None),
        ] {
            assert_eq!(Language::of(text), language, "{text}");
        }
    }

    #[test]
    fn small_talk_gets_something_short_or_nothing() {
        let long = "오늘은 아침부터 회의가 세 개나 있어서 점심도 못 먹고 퇴근했다";
        let said: Vec<String> = (0..40).map(|n| format!("무슨 일 있었어 {n}")).collect();
        let longs: Vec<String> = (0..40).map(|n| format!("{long} {n}")).collect();
        let mut items: Vec<(Option<&str>, &str)> = said
            .iter()
            .zip(&longs)
            .map(|(said, reply)| (Some(&**said), &**reply))
            .collect();
        for text in ["?", "ㅋㅋ", "안녕"] {
            let vector = &vector(text).floats();
            let found = answer(
                &index(&items),
                &Question { text, vector },
                &Manner::default(),
                8,
            );
            assert!(found.hits.is_empty(), "{text}");
        }
        items.extend([(None, "그러게"), (Some("밥은?"), "글쎄 ㅋㅋ")]);
        let index = index(&items);
        for text in ["?", "ㅋㅋ", "안녕"] {
            let vector = &vector(text).floats();
            let found = answer(&index, &Question { text, vector }, &Manner::default(), 8);
            assert_eq!((found.hits.len(), found.shrugs.len()), (2, 0), "{text}");
            assert!(
                found
                    .hits
                    .iter()
                    .all(|hit| hit.item >= 40 && hit.confidence >= SURE)
            );
        }
        // A question that says something, and to which nothing fits.
        let text = "양자역학이 뭐야";
        let vector = &vector(text).floats();
        let found = answer(&index, &Question { text, vector }, &Manner::default(), 8);
        assert!(found.hits[0].confidence < SURE, "{:?}", found.hits[0]);
        assert_eq!(found.shrugs, [41]);
    }

    #[test]
    fn a_bot_of_some_years_says_what_was_written_then() {
        let of = |year: i64, reply: &str| {
            let mut item = item(0, Some("뭐해?"), reply);
            item.entry.at = year;
            item
        };
        let items = vec![
            of(2016, "시험공부"),
            of(2019, "모르겠다"),
            of(2026, "회의 중"),
        ];
        let index = Index::new(items);
        let vector = &vector("뭐해?").floats();
        let question = Question {
            text: "뭐해?",
            vector,
        };
        for (from, until, items) in [
            (2016, 2017, &[0][..]),
            (2017, 2026, &[1]),
            (2020, 2026, &[]),
            (i64::MIN, i64::MAX, &[0, 1, 2]),
        ] {
            let manner = Manner {
                from,
                until,
                ..Manner::default()
            };
            let found = answer(&index, &question, &manner, 8);
            let mut hits: Vec<usize> = found.hits.iter().map(|hit| hit.item).collect();
            hits.sort_unstable();
            assert_eq!(hits, items, "{from} to {until}");
        }
        let careful = Manner {
            sure: 1.1,
            ..Manner::default()
        };
        let text = "전혀 다른 이야기를 해 볼까";
        let found = answer(&index, &Question { text, vector }, &careful, 8);
        assert_eq!(found.shrugs, [1]);
    }

    #[test]
    fn all_the_same_one_or_none_can_be_asked() {
        let same = index(&[(None, "gm"); 40]);
        let hits = ask(&same, "gm", 8);
        assert_eq!((hits.len(), hits[0].item, hits[0].occasions), (1, 0, 40));
        assert!(hits[0].similarity > 0.5, "{hits:?}");
        let one = index(&[(Some("뭐해"), "그냥")]);
        assert_eq!(ask(&one, "전혀 다른 말", 8).len(), 1);
        assert!(ask(&Index::default(), "뭐해", 8).is_empty());
        assert!(ask(&one, "뭐해", 0).is_empty());
    }

    #[test]
    fn however_few_there_are_what_was_asked_is_answered_and_nothing_else_is() {
        for count in 1..30 {
            let texts: Vec<(String, String)> = (0..count)
                .map(|n| (format!("물음 {n}"), format!("대답 {n}")))
                .collect();
            let all: Vec<(Option<&str>, &str)> =
                texts.iter().map(|(s, r)| (Some(&**s), &**r)).collect();
            let index = index(&all);
            let best = ask(&index, "물음 0", 1)[0];
            assert!(best.item == 0 && best.confidence > SURE, "{count} {best:?}");
            let best = ask(&index, "전혀 다른 말을 해 볼까", 1)[0];
            assert!(best.confidence < SURE, "{count} {best:?}");
        }
    }

    #[test]
    fn texts_of_which_the_model_knows_nothing_are_not_alike() {
        let nothing = || Vector::quantise(&[0.0; DIM]);
        let unknown = |id: usize, said: Option<&str>, reply: &str| Item {
            said: said.map(|_| nothing()),
            reply: nothing(),
            ..item(id, said, reply)
        };
        let items = vec![
            unknown(0, None, "สวัสดีครับ"),
            unknown(1, Some("привет"), "как дела"),
            item(2, Some("밥 먹었어?"), "아직"),
            unknown(3, None, "مرحبا"),
        ];
        let index = Index::new(items);
        let hits = ask(&index, "점심은?", 9);
        assert_eq!(hits[0].item, 2, "{hits:?}");
        let question = Question {
            text: "ขอบคุณ",
            vector: &[0.0; DIM],
        };
        let found = answer(&index, &question, &Manner::default(), 8);
        assert!(
            found
                .hits
                .iter()
                .all(|hit| hit.confidence < SURE && hit.similarity == 0.0),
            "{found:?}"
        );
    }

    #[test]
    fn what_says_nothing_is_between_nought_and_one() {
        let nothing = Vector::quantise(&[0.0; DIM]);
        let items = vec![Item {
            reply: nothing,
            ..item(0, None, "\u{200b}")
        }];
        let index = Index::new(items);
        for question in [vec![0.0; DIM], vec![f32::NAN; DIM], vec![1.0; DIM]] {
            let question = Question {
                text: "\u{3164}",
                vector: &question,
            };
            let hits = find(&index, &question, 8);
            assert!((0.0..=1.0).contains(&hits[0].similarity), "{hits:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(6))]
        /// One more entry does not turn what all others answer upside down: a likeness moves a
        /// little, however few there are.
        #[test]
        fn nothing_jumps_as_entries_come(kinds in proptest::collection::vec(any::<bool>(), 1..30)) {
            let texts: Vec<(Option<String>, String)> = kinds
                .iter()
                .enumerate()
                .map(|(n, has_said)| (has_said.then(|| format!("물음 {n}")), format!("대답 {n}")))
                .collect();
            let all: Vec<(Option<&str>, &str)> = texts.iter().map(|(s, r)| (s.as_deref(), &**r)).collect();
            let mut before: Option<Hit> = None;
            for some in 1..=all.len() {
                let hits = ask(&index(&all[..some]), "대답 0", usize::MAX);
                let now = *hits.iter().find(|hit| hit.item == 0).unwrap();
                if let Some(before) = before {
                    prop_assert!((now.similarity - before.similarity).abs() < 0.1, "{before:?} {now:?}");
                }
                before = Some(now);
            }
        }

        /// Of many answers those that are looked at closely are the best, as far as vectors know.
        #[test]
        fn the_best_of_many_are_the_best_of_all(count in 300usize..420, asked in 0usize..300) {
            let texts: Vec<(Option<String>, String)> = (0..count)
                .map(|n| ((n % 3 > 0).then(|| format!("물음 {n}")), format!("대답 {n}")))
                .collect();
            let all: Vec<(Option<&str>, &str)> = texts.iter().map(|(s, r)| (s.as_deref(), &**r)).collect();
            let index = index(&all);
            let vector = &vector(&format!("물음 {asked}")).floats();
            let question = Question { text: "?", vector };
            let all = find(&index, &question, usize::MAX);
            prop_assert_eq!(all.len(), count);
            prop_assert_eq!(&find(&index, &question, 3)[..], &all[..3]);
        }
    }
}
