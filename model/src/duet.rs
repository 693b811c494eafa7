//! Two bots that talk with each other.

use std::collections::VecDeque;

use crate::answers::SURE;
use crate::choice::{Choice, Given};
use crate::protocol::{Beginning, Found};

/// Lines after which they have talked enough.
pub const MOST: usize = 40;

/// Whose bot speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Mine,
    Theirs,
}

impl Side {
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Mine => Self::Theirs,
            Self::Theirs => Self::Mine,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    pub of: Side,
    pub text: String,
}

/// One of the two.
#[derive(Clone, Debug, Default, PartialEq)]
struct Speaker {
    given: Given,
    /// What it says where it has no answer.
    unknown: String,
    /// What the other one answers well, and was not asked yet.
    to_ask: VecDeque<String>,
}

/// What they have said so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Duet {
    lines: Vec<Line>,
    /// What the next one is asked: of a line that leads on to a question that question alone.
    question: String,
    mine: Speaker,
    theirs: Speaker,
}

impl Duet {
    /// Mine greets; `hello` and `unknown` are said by who has no words of their own for it.
    #[must_use]
    pub fn begin(mine: &Beginning, theirs: &Beginning, hello: &str, unknown: &str) -> Self {
        let greeting = mine.greeting.clone().unwrap_or_else(|| hello.to_owned());
        let speaker = |own: &Beginning, other: &Beginning| Speaker {
            given: Given::default(),
            unknown: own.unknown.clone().unwrap_or_else(|| unknown.to_owned()),
            to_ask: other.suggested.iter().map(|it| it.text.clone()).collect(),
        };
        let (mine, theirs) = (speaker(mine, theirs), speaker(theirs, mine));
        Self {
            lines: vec![Line {
                of: Side::Mine,
                text: greeting.clone(),
            }],
            question: greeting,
            mine,
            theirs,
        }
    }

    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Who speaks next, and to what; none once they have talked enough.
    #[must_use]
    pub fn next(&self) -> Option<(Side, &str)> {
        let last = self.lines.last().filter(|_| self.lines.len() < MOST)?;
        Some((last.of.other(), &last.text))
    }

    /// Who is next says what was found to the last line. Where nothing is sure, or all of it was
    /// said just now, it says so and asks what the other one answers well, or else the talk would
    /// be over.
    pub fn say(&mut self, found: Found) {
        let Some((of, _)) = self.next() else {
            return;
        };
        let speaker = match of {
            Side::Mine => &mut self.mine,
            Side::Theirs => &mut self.theirs,
        };
        // That one does not know is said once for both, and leads on.
        let found = Found {
            shrugs: Vec::new(),
            ..found
        };
        let (text, asks) = match speaker.given.choose(found, SURE) {
            Choice::Answer(answer) => (answer.entry.reply.to_string(), None),
            Choice::Nothing | Choice::NothingMore => match speaker.to_ask.pop_front() {
                Some(question) => (format!("{} {question}", speaker.unknown), Some(question)),
                None => (speaker.unknown.clone(), None),
            },
        };
        self.question = asks.unwrap_or_else(|| text.clone());
        self.lines.push(Line { of, text });
    }

    /// What the next one is to be asked, if there is one.
    #[must_use]
    pub fn question(&self) -> Option<&str> {
        self.next().map(|_| self.question.as_str())
    }

    /// All of it as text, each line by whom: `names` are those of mine and theirs.
    #[must_use]
    pub fn text(&self, title: &str, names: [&str; 2]) -> String {
        let mut text = format!("{title}\n");
        for line in &self.lines {
            let name = match line.of {
                Side::Mine => names[0],
                Side::Theirs => names[1],
            };
            text.extend(["\n", name, ": ", &line.text]);
        }
        text
    }
}

/// `text` in lines that are no wider than `width`, by what `measure` says of a text. It breaks
/// between words, and within one that is wider than a line.
#[must_use]
pub fn wrapped(text: &str, width: f64, measure: impl Fn(&str) -> f64) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            if measure(&format!("{line}{}", word.trim_end())) <= width {
                line.push_str(word);
                continue;
            }
            if !line.is_empty() {
                lines.push(line.trim_end().to_owned());
                line.clear();
            }
            for c in word.chars() {
                line.push(c);
                if measure(line.trim_end()) > width && line.chars().count() > 1 {
                    line.pop();
                    lines.push(line.clone());
                    line = c.to_string();
                }
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::suggestions::Suggested;
    use crate::index::tests::entry;
    use crate::protocol::Answer;
    use crate::vector::tests::made_up;
    use proptest::prelude::*;

    fn beginning(greeting: Option<&str>, unknown: Option<&str>, suggested: &[&str]) -> Beginning {
        let suggested = suggested.iter().map(|text| Suggested {
            text: (*text).into(),
            vector: made_up(text, 0.85),
        });
        Beginning {
            greeting: greeting.map(Into::into),
            suggested: suggested.collect(),
            unknown: unknown.map(Into::into),
        }
    }

    fn found(reply: &str) -> Found {
        let answer = Answer {
            entry: entry(1, None, reply),
            similarity: 0.9,
            confidence: 1.0,
            occasions: 1,
        };
        Found {
            answers: vec![answer],
            shrugs: Vec::new(),
        }
    }

    fn duet() -> Duet {
        let mine = beginning(Some("안녕"), None, &["밥 먹었어?"]);
        let theirs = beginning(None, Some("몰라"), &["뭐해?", "어디야?"]);
        Duet::begin(&mine, &theirs, "hello", "no idea")
    }

    #[test]
    fn they_speak_in_turns_and_mine_begins() {
        let mut duet = duet();
        assert_eq!(duet.next(), Some((Side::Theirs, "안녕")));
        duet.say(found("반가워"));
        assert_eq!(duet.next(), Some((Side::Mine, "반가워")));
        assert_eq!(duet.question(), Some("반가워"));
        duet.say(found("나도"));
        let text = duet.text("bots", ["A", "B"]);
        assert_eq!(text, "bots\n\nA: 안녕\nB: 반가워\nA: 나도");
        let silent = Duet::begin(&Beginning::default(), &Beginning::default(), "hello", "?");
        assert_eq!(silent.lines()[0].text, "hello");
    }

    #[test]
    fn who_has_no_answer_leads_on_to_what_the_other_one_answers() {
        let mut duet = duet();
        duet.say(Found::default());
        assert_eq!(duet.next(), Some((Side::Mine, "몰라 밥 먹었어?")));
        assert_eq!(duet.question(), Some("밥 먹었어?"));
        duet.say(Found::default());
        assert_eq!(duet.next(), Some((Side::Theirs, "no idea 뭐해?")));
        assert_eq!(duet.question(), Some("뭐해?"));
        // Once there is nothing left to ask, it is said that one does not know.
        duet.say(Found::default());
        assert_eq!(duet.question(), Some("몰라"));
    }

    #[test]
    fn nobody_says_the_same_again_at_once() {
        let mut duet = duet();
        duet.say(found("응"));
        duet.say(found("그래"));
        duet.say(found("응"));
        assert_eq!(duet.lines().last().unwrap().text, "몰라 밥 먹었어?");
    }

    #[test]
    fn they_end() {
        let mut duet = duet();
        for n in 0..2 * MOST {
            duet.say(found(&n.to_string()));
        }
        assert_eq!(duet.lines().len(), MOST);
        assert_eq!((duet.next(), duet.question()), (None, None));
    }

    #[test]
    fn lines_break_between_words_and_within_long_ones() {
        let of_letters = |text: &str| f64::from(u32::try_from(text.chars().count()).unwrap());
        let wrapped = |text: &str| wrapped(text, 5.0, of_letters);
        assert_eq!(wrapped("ab cd ef"), ["ab cd", "ef"]);
        assert_eq!(wrapped("abcdefgh ij"), ["abcde", "fgh", "ij"]);
        assert_eq!(wrapped("가나다라마바"), ["가나다라마", "바"]);
        assert_eq!(wrapped("a\nb"), ["a", "b"]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_nothing_is_lost(text in "[a-c가나 ]{0,60}", width in 1..12_u32) {
            let of_letters = |text: &str| f64::from(u32::try_from(text.chars().count()).unwrap());
            let lines = wrapped(&text, f64::from(width), of_letters);
            let fits = |line: &String| of_letters(line) <= f64::from(width);
            prop_assert!(lines.iter().all(fits), "{lines:?}");
            let kept: String = lines.concat().split_whitespace().collect();
            prop_assert_eq!(kept, text.split_whitespace().collect::<String>());
        }
    }
}
