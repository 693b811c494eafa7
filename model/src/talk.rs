//! What was said with a bot, as it is kept.

use serde::{Deserialize, Serialize};

use crate::answers::small_talk;
use crate::answers::suggestions::Suggested;
use crate::choice::{Choice, Given};
use crate::protocol::{Answer, Found};

/// Most messages that are kept, the newest: what one scrolls back to, and a small part of
/// what a browser keeps for a tab.
pub const MOST: usize = 200;

/// A conversation; `T` is why a question has no answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Talk<T> {
    messages: Vec<Message<T>>,
    /// Of the next message.
    number: usize,
    given: Given,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message<T> {
    /// Which no other one of this conversation has.
    pub number: usize,
    pub body: Body<T>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body<T> {
    Question(String),
    Answer(Answer),
    /// The bot has nothing to say to it.
    Nothing,
    /// It has said all that it has to say to it.
    NothingMore,
    Trouble(T),
}

impl<T> Default for Talk<T> {
    fn default() -> Self {
        Self {
            messages: Vec::new(),
            number: 0,
            given: Given::default(),
        }
    }
}

impl<T> Talk<T> {
    /// The oldest first.
    #[must_use]
    pub fn messages(&self) -> &[Message<T>] {
        &self.messages
    }

    pub fn ask(&mut self, question: String) {
        self.add(Body::Question(question));
    }

    /// Answers the last question with what was found, if it is so `sure`.
    pub fn answer(&mut self, found: Found, sure: f32) {
        let body = match self.given.choose(found, sure) {
            Choice::Answer(answer) => Body::Answer(answer),
            Choice::Nothing => Body::Nothing,
            Choice::NothingMore => Body::NothingMore,
        };
        self.add(body);
    }

    /// The last question has no answer.
    pub fn fail(&mut self, trouble: T) {
        self.add(Body::Trouble(trouble));
    }

    /// The question that has neither been answered nor failed: it was being answered when the
    /// page was left.
    #[must_use]
    pub fn open_question(&self) -> Option<&str> {
        match &self.messages.last()?.body {
            Body::Question(question) => Some(question),
            Body::Answer(_) | Body::Nothing | Body::NothingMore | Body::Trouble(_) => None,
        }
    }

    /// The open question as it is to be understood: one that leans on what went before with the
    /// question and the answer before it.
    #[must_use]
    pub fn open_in_context(&self) -> Option<String> {
        let question = self.open_question()?;
        if !small_talk::leans(question) {
            return Some(question.to_owned());
        }
        let before = self.messages.iter().rev().skip(1);
        // What leaned as well is understood by what it leaned on.
        let asked = before.clone().find_map(|message| match &message.body {
            Body::Question(text) if !small_talk::leans(text) => Some(&**text),
            _ => None,
        });
        let answered = before.clone().find_map(|message| match &message.body {
            Body::Answer(answer) => Some(&*answer.entry.reply),
            _ => None,
        });
        let parts = [asked, answered, Some(question)];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join("\n"))
    }

    /// Which of what is `suggested` may be offered now: what was not asked yet, as long as nothing
    /// was said, and where the bot had nothing to say.
    #[must_use]
    pub fn offered(&self, suggested: Vec<Suggested>) -> Vec<Suggested> {
        let has_nothing = self.messages.last().is_none_or(|last| match &last.body {
            Body::Nothing | Body::NothingMore => true,
            // That one does not know is as sure as nothing.
            Body::Answer(answer) => answer.confidence <= 0.0,
            Body::Question(_) | Body::Trouble(_) => false,
        });
        if !has_nothing {
            return Vec::new();
        }
        let was_asked = |text: &str| {
            self.messages.iter().any(|message| match &message.body {
                Body::Question(question) => question == text,
                _ => false,
            })
        };
        let suggested = suggested.into_iter();
        suggested.filter(|it| !was_asked(&it.text)).collect()
    }

    /// The question that failed last, to be asked again, if nothing came after it.
    #[must_use]
    pub fn failed_question(&self) -> Option<&str> {
        let [.., asked, told] = &self.messages[..] else {
            return None;
        };
        match (&asked.body, &told.body) {
            (Body::Question(question), Body::Trouble(_)) => Some(question),
            _ => None,
        }
    }

    /// Takes back that the last question failed, as it is asked again.
    pub fn ask_again(&mut self) {
        if self.failed_question().is_some() {
            self.messages.pop();
        }
    }

    fn add(&mut self, body: Body<T>) {
        let number = self.number;
        self.number += 1;
        self.messages.push(Message { number, body });
        let over = self.messages.len().saturating_sub(MOST);
        self.messages.drain(..over);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::SURE;
    use crate::index::tests::entry;
    use crate::vector::tests::made_up;

    type Talk = super::Talk<u8>;

    #[test]
    fn what_was_not_asked_is_offered_at_first_and_where_nothing_is_said() {
        let suggested = |text: &str| Suggested {
            text: text.into(),
            vector: made_up(text, 0.85),
        };
        let all = || vec![suggested("one"), suggested("two")];
        let offered = |talk: &Talk| -> Vec<String> {
            talk.offered(all()).into_iter().map(|it| it.text).collect()
        };
        let mut talk = Talk::default();
        assert_eq!(offered(&talk), ["one", "two"]);
        talk.ask("one".into());
        assert!(offered(&talk).is_empty());
        talk.answer(answers(&["yes"]), SURE);
        assert!(offered(&talk).is_empty());
        talk.ask("what?".into());
        talk.answer(Found::default(), SURE);
        assert_eq!(offered(&talk), ["two"]);
        talk.ask("what?".into());
        talk.fail(1);
        assert!(offered(&talk).is_empty());
    }

    fn answers(replies: &[&str]) -> Found {
        let one = |reply: &&str| Answer {
            entry: entry(1, None, reply),
            similarity: 0.5,
            confidence: 1.0,
            occasions: 1,
        };
        Found {
            answers: replies.iter().map(one).collect(),
            shrugs: Vec::new(),
        }
    }

    fn last(talk: &Talk) -> Option<&str> {
        match &talk.messages().last()?.body {
            Body::Answer(answer) => Some(&answer.entry.reply),
            _ => None,
        }
    }

    #[test]
    fn a_question_is_open_until_it_is_answered() {
        let mut talk = Talk::default();
        assert_eq!(talk.open_question(), None);
        talk.ask("hello".into());
        assert_eq!(talk.open_question(), Some("hello"));
        talk.answer(answers(&["hi"]), SURE);
        assert_eq!((talk.open_question(), last(&talk)), (None, Some("hi")));
        talk.ask("?".into());
        talk.answer(Found::default(), SURE);
        assert_eq!(talk.open_question(), None);
        assert_eq!(talk.messages().last().unwrap().body, Body::Nothing);
    }

    #[test]
    fn what_leans_on_what_went_before_is_asked_with_it() {
        let mut talk = Talk::default();
        let understood = |talk: &mut Talk, question: &str, reply: &str| {
            talk.ask(question.into());
            let understood = talk.open_in_context();
            talk.answer(answers(&[reply]), SURE);
            understood.unwrap()
        };
        assert_eq!(
            understood(&mut talk, "왜?", "그냥"),
            "왜?",
            "nothing went before"
        );
        assert_eq!(understood(&mut talk, "뭐 먹었어?", "감자"), "뭐 먹었어?");
        assert_eq!(
            understood(&mut talk, "왜?", "맛있어서"),
            "뭐 먹었어?\n감자\n왜?"
        );
        assert_eq!(
            understood(&mut talk, "정말?", "응"),
            "뭐 먹었어?\n맛있어서\n정말?"
        );
        assert_eq!(understood(&mut talk, "어디 살아?", "서울"), "어디 살아?");
        talk.ask("그래서?".into());
        talk.answer(Found::default(), SURE);
        assert_eq!(understood(&mut talk, "왜?", "음"), "어디 살아?\n서울\n왜?");
        assert_eq!(Talk::default().open_in_context(), None);
    }

    #[test]
    fn what_failed_can_be_asked_again_until_something_else_is_said() {
        let mut talk = Talk::default();
        talk.fail(1);
        assert_eq!(talk.failed_question(), None, "nothing was asked");
        talk.ask("hello".into());
        assert_eq!(talk.failed_question(), None);
        talk.fail(1);
        assert_eq!(talk.failed_question(), Some("hello"));
        talk.ask_again();
        assert_eq!(talk.open_question(), Some("hello"));
        talk.answer(answers(&["hi"]), SURE);
        let said = talk.clone();
        talk.ask_again();
        assert_eq!(talk, said);
        talk.ask("and?".into());
        talk.fail(1);
        talk.ask("hello?".into());
        assert_eq!(talk.failed_question(), None);
    }

    #[test]
    fn only_the_newest_are_kept_and_no_number_comes_twice() {
        let mut talk = Talk::default();
        for n in 0..MOST {
            talk.ask(n.to_string());
            talk.fail(1);
        }
        let numbers: Vec<_> = talk.messages().iter().map(|one| one.number).collect();
        assert!(numbers.into_iter().eq(MOST..2 * MOST));
        talk.ask_again();
        talk.fail(1);
        assert_eq!(talk.messages().last().unwrap().number, 2 * MOST);
    }

    /// Also what was given last, so that a reload has no answer repeated.
    #[test]
    fn it_is_read_as_it_was_written() {
        let mut talk = Talk::default();
        talk.ask("hello".into());
        talk.answer(answers(&["hi", "yes"]), SURE);
        talk.ask("you?".into());
        talk.fail(7);
        let json = serde_json::to_string(&talk).unwrap();
        let mut again: Talk = serde_json::from_str(&json).unwrap();
        assert_eq!(again, talk);
        again.ask("hello".into());
        again.answer(answers(&["hi", "yes"]), SURE);
        assert_eq!(last(&again), Some("yes"));
    }

    /// A tab remembers what was said before a newer version came.
    #[test]
    fn what_an_earlier_version_wrote_is_read() {
        let json = r#"{"messages":[{"number":0,"body":{"Question":"hello"}},{"number":1,"body":{"Answer":{"entry":{"id":"1","reply":"hi","said":null,"at":0,"lang":null},"similarity":0.5}}},{"number":2,"body":"Nothing"}],"number":3,"given":["hi"]}"#;
        let talk: Talk = serde_json::from_str(json).unwrap();
        assert_eq!(talk.messages().len(), 3);
    }
}
