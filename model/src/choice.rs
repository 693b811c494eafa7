//! Which of the answers that were found is given.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::protocol::Answer;

/// Answers to choose from, so that the same one is not given twice in a row.
pub const CHOICE: usize = 8;

/// How many of its last answers a bot remembers having given.
const REMEMBERED: usize = 6;

/// What a bot said last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given(VecDeque<String>);

impl Given {
    /// The best of `answers`, which are the best first, that was not given just now, or else
    /// the best. None if there are none.
    pub fn choose(&mut self, answers: Vec<Answer>) -> Option<Answer> {
        let fresh = answers
            .iter()
            .position(|answer| !self.0.iter().any(|given| **given == *answer.entry.reply));
        let answer = answers.into_iter().nth(fresh.unwrap_or(0))?;
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(answer.entry.reply.to_string());
        Some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Entry;

    fn answers(replies: &[&str]) -> Vec<Answer> {
        let one = |reply: &&str| Answer {
            entry: Entry {
                id: "1".into(),
                reply: (*reply).into(),
                said: None,
                at: 0,
                lang: None,
            },
            similarity: 0.5,
        };
        replies.iter().map(one).collect()
    }

    fn given(given: &mut Given, replies: &[&str]) -> Option<String> {
        Some(given.choose(answers(replies))?.entry.reply.to_string())
    }

    #[test]
    fn the_best_that_was_not_given_just_now_is_given() {
        let mut said = Given::default();
        let replies = ["a", "b", "c"];
        let gave: Vec<_> = (0..5).filter_map(|_| given(&mut said, &replies)).collect();
        assert_eq!(gave, ["a", "b", "c", "a", "a"]);
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
    fn nothing_is_chosen_of_nothing_and_changes_nothing() {
        let mut said = Given::default();
        assert_eq!(given(&mut said, &["a"]).as_deref(), Some("a"));
        assert_eq!(given(&mut said, &[]), None);
        assert_eq!(given(&mut said, &["a", "b"]).as_deref(), Some("b"));
    }

    #[test]
    fn an_equal_reply_is_the_same_answer() {
        let mut said = Given::default();
        assert_eq!(given(&mut said, &["gm", "gm", "네"]).as_deref(), Some("gm"));
        assert_eq!(given(&mut said, &["gm", "gm", "네"]).as_deref(), Some("네"));
    }
}
