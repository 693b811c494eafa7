//! Which of the answers that were found is given.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::answers::gist;
use crate::protocol::{Answer, Found};

/// Answers to choose from, so that the same one is not given twice in a row.
pub const CHOICE: usize = 8;

/// How many of its last answers a bot remembers having given.
const REMEMBERED: usize = 6;

/// What a bot said last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given(VecDeque<String>);

/// What is said to a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    Answer(Answer),
    /// Nothing that was found is sure enough.
    Nothing,
    /// All that is was said just now.
    NothingMore,
}

impl Given {
    /// The best of the answers that are so `sure` that was not given just now. Where none is sure, that one
    /// does not know, in words that were not said just now.
    pub fn choose(&mut self, found: Found, sure: f32) -> Choice {
        let is_new = |answer: &Answer| !self.0.contains(&gist(&answer.entry.reply));
        let mut answers = found.answers;
        answers.retain(|answer| answer.confidence >= sure);
        let (answers, otherwise) = if answers.is_empty() {
            (found.shrugs, Choice::Nothing)
        } else {
            (answers, Choice::NothingMore)
        };
        let Some(answer) = answers.into_iter().find(is_new) else {
            return otherwise;
        };
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(gist(&answer.entry.reply));
        Choice::Answer(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::SURE;
    use crate::index::tests::entry;

    fn answer(reply: &str, confidence: f32) -> Answer {
        Answer {
            entry: entry(1, None, reply),
            similarity: 0.5,
            confidence,
            occasions: 1,
        }
    }

    fn given(given: &mut Given, replies: &[&str]) -> Option<String> {
        let found = Found {
            answers: replies.iter().map(|reply| answer(reply, SURE)).collect(),
            shrugs: vec![answer("글쎄", 0.0)],
        };
        match given.choose(found, SURE) {
            Choice::Answer(answer) => Some(answer.entry.reply.to_string()),
            Choice::NothingMore => None,
            Choice::Nothing => panic!("there is always something to say"),
        }
    }

    #[test]
    fn the_best_that_was_not_given_just_now_is_given() {
        let mut said = Given::default();
        let replies = ["a", "b", "c"];
        let gave: Vec<_> = (0..3).filter_map(|_| given(&mut said, &replies)).collect();
        assert_eq!(gave, ["a", "b", "c"]);
        assert_eq!(given(&mut said, &replies), None, "there is nothing more");
        assert_eq!(given(&mut said, &["A!", "d"]).as_deref(), Some("d"));
    }

    #[test]
    fn what_was_given_long_ago_is_given_again() {
        let mut said = Given::default();
        assert_eq!(given(&mut said, &["a"]).as_deref(), Some("a"));
        for i in 0..REMEMBERED {
            assert_eq!(
                given(&mut said, &["a", &i.to_string()]),
                Some(i.to_string()),
                "{i} answers later"
            );
        }
        assert_eq!(given(&mut said, &["a", "b"]).as_deref(), Some("a"));
    }

    #[test]
    fn who_has_no_sure_answer_says_so_in_words_of_their_own_and_then_in_ours() {
        let mut said = Given::default();
        let found = || Found {
            answers: vec![answer("감자는 맛있다", SURE / 2.0)],
            shrugs: vec![answer("글쎄", 0.0), answer("몰라", 0.0)],
        };
        for own in ["글쎄", "몰라"] {
            assert_eq!(said.choose(found(), SURE), Choice::Answer(answer(own, 0.0)));
        }
        assert_eq!(said.choose(found(), SURE), Choice::Nothing);
        assert_eq!(said.choose(Found::default(), SURE), Choice::Nothing);
        let bold = said.choose(found(), 0.0);
        assert_eq!(bold, Choice::Answer(answer("감자는 맛있다", SURE / 2.0)));
    }
}
