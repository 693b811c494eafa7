//! Conversations of this tab. They outlive the page that shows them and a reload of the tab,
//! and end with it: what a visitor asks is nobody else's to read.

use std::collections::HashMap;
use std::rc::Rc;

use lemon_model::answers::Manner;
use lemon_model::answers::suggestions::Suggested;
use lemon_model::choice::CHOICE;
use lemon_model::protocol::Found;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::engine::Engine;
use crate::library::Library;
use crate::trouble::Trouble;

/// Where the tab remembers what was said, what is being typed, and how it is to be answered,
/// with whose bot.
const SAID: &str = "lemon-said-";
const TYPED: &str = "lemon-typed-";
const MANNER: &str = "lemon-manner-";

pub type Talk = lemon_model::talk::Talk<Trouble>;

/// All of them, by whose bot it is.
#[derive(Clone, Copy)]
pub struct Talks(StoredValue<HashMap<String, Chat>, LocalStorage>);

/// One of them.
#[derive(Clone)]
pub struct Chat {
    whose: String,
    pub talk: ArcRwSignal<Talk>,
    pub thinking: ArcRwSignal<bool>,
    pub draft: ArcRwSignal<String>,
    pub manner: ArcRwSignal<Manner>,
    /// What it says where it has no answer, as its owner wants it.
    pub unknown: ArcRwSignal<Option<String>>,
}

pub fn use_talks() -> Talks {
    use_context().unwrap_or_else(Talks::new)
}

impl Talks {
    pub fn new() -> Self {
        Self(StoredValue::new_local(HashMap::new()))
    }

    /// The conversation with the bot of `whose`, as far as it has come.
    pub fn of(self, whose: &str) -> Chat {
        let chat = self.0.try_update_value(|chats| {
            let chat = chats.entry(whose.to_owned());
            chat.or_insert_with(|| Chat::recalled(whose)).clone()
        });
        chat.unwrap_or_else(|| Chat::recalled(whose))
    }

    pub fn forget(self, whose: &str) {
        let chat = self.of(whose);
        chat.talk.set(Talk::default());
        chat.draft.set(String::new());
        chat.manner.set(Manner::default());
        for kind in [SAID, TYPED, MANNER] {
            browser::forget_in_tab(&format!("{kind}{whose}"));
        }
    }
}

impl Chat {
    fn recalled(whose: &str) -> Self {
        let said = browser::recall_in_tab(&format!("{SAID}{whose}"));
        let talk = said.and_then(|said| serde_json::from_str(&said).ok());
        let typed = browser::recall_in_tab(&format!("{TYPED}{whose}"));
        let manner = browser::recall_in_tab(&format!("{MANNER}{whose}"));
        let manner = manner.and_then(|manner| serde_json::from_str(&manner).ok());
        Self {
            whose: whose.to_owned(),
            talk: ArcRwSignal::new(talk.unwrap_or_default()),
            thinking: ArcRwSignal::new(false),
            draft: ArcRwSignal::new(typed.unwrap_or_default()),
            manner: ArcRwSignal::new(manner.unwrap_or_default()),
            unknown: ArcRwSignal::new(None),
        }
    }

    pub fn has_begun(&self) -> bool {
        self.talk.with(|talk| !talk.messages().is_empty())
    }

    pub fn write(&self, draft: String) {
        browser::remember_in_tab(&format!("{TYPED}{}", self.whose), &draft);
        self.draft.set(draft);
    }

    /// From now on it is answered so.
    pub fn answer_so(&self, change: impl FnOnce(&mut Manner)) {
        self.manner.update(change);
        if let Ok(manner) = self.manner.with_untracked(serde_json::to_string) {
            browser::remember_in_tab(&format!("{MANNER}{}", self.whose), &manner);
        }
    }

    /// Asks what was typed; `lost` hears of a worker that has gone.
    pub fn send(&self, engine: Engine, lost: impl FnOnce() + 'static) {
        if self.take_draft().is_some() {
            self.answer(engine, lost);
        }
    }

    /// Asks what was typed where there is no encoder yet: by its words. What is not found so stays
    /// open, and is answered by what `engine` gives then, or once there is one.
    pub fn send_by_words(
        &self,
        library: Rc<Library>,
        engine: impl Fn() -> Option<Engine> + 'static,
        lost: impl FnOnce() + 'static,
    ) {
        if self.take_draft().is_some() {
            self.answer_by_words(library, engine, lost);
        }
    }

    /// Says what was typed; it is answered once there is something that can.
    pub fn put(&self) {
        let _ = self.take_draft();
    }

    /// Answers the question that is open, if there is one, by its words.
    pub fn answer_by_words(
        &self,
        library: Rc<Library>,
        engine: impl Fn() -> Option<Engine> + 'static,
        lost: impl FnOnce() + 'static,
    ) {
        let open = self
            .talk
            .with_untracked(|talk| talk.open_question().map(str::to_owned));
        let Some(question) = open.filter(|_| !self.thinking.get_untracked()) else {
            return;
        };
        self.thinking.set(true);
        let chat = self.clone();
        spawn_local(async move {
            let manner = chat.manner.get_untracked();
            let found = library.answers_by_words(question, manner, CHOICE).await;
            chat.thinking.set(false);
            match found {
                Ok(found) if !found.answers.is_empty() => {
                    chat.change(|talk| talk.answer(found, manner.sure));
                }
                Ok(_) => {
                    if let Some(engine) = engine() {
                        chat.answer(engine, lost);
                    }
                }
                Err(trouble) => {
                    let is_lost = trouble == Trouble::Worker;
                    chat.change(|talk| talk.fail(trouble));
                    if is_lost {
                        lost();
                    }
                }
            }
        });
    }

    /// Says what was typed, unless it is nothing or an answer is still to come.
    fn take_draft(&self) -> Option<String> {
        let question = self.draft.get_untracked().trim().to_owned();
        if question.is_empty() || self.thinking.get_untracked() {
            return None;
        }
        self.write(String::new());
        self.change(|talk| talk.ask(question.clone()));
        Some(question)
    }

    /// Asks what can be asked without an encoder.
    pub fn ask_suggested(
        &self,
        library: Rc<Library>,
        suggested: Suggested,
        lost: impl FnOnce() + 'static,
    ) {
        if self.thinking.get_untracked() {
            return;
        }
        let Suggested { text, vector } = suggested;
        self.change(|talk| talk.ask(text.clone()));
        self.hear(lost, async move |manner| {
            library.answers(text, vector, manner, CHOICE).await
        });
    }

    /// Asks what it is known what is said to.
    pub fn ask_known(&self, text: String, found: Found) {
        if self.thinking.get_untracked() {
            return;
        }
        let sure = self.manner.get_untracked().sure;
        self.change(|talk| {
            talk.ask(text);
            talk.answer(found, sure);
        });
    }

    /// Answers the question that is open, if there is one.
    pub fn answer(&self, engine: Engine, lost: impl FnOnce() + 'static) {
        let open = self.talk.with_untracked(Talk::open_in_context);
        let Some(question) = open.filter(|_| !self.thinking.get_untracked()) else {
            return;
        };
        self.hear(lost, async move |manner| {
            ask(&engine, &question, manner).await
        });
    }

    /// Answers it by what is found to it.
    fn hear(
        &self,
        lost: impl FnOnce() + 'static,
        found: impl AsyncFnOnce(Manner) -> Result<Found, Trouble> + 'static,
    ) {
        self.thinking.set(true);
        let chat = self.clone();
        spawn_local(async move {
            let manner = chat.manner.get_untracked();
            let mut found = found(manner).await;
            if let Ok(found) = &mut found
                && chat.unknown.with_untracked(Option::is_some)
            {
                found.shrugs.clear();
            }
            chat.thinking.set(false);
            let is_lost = found == Err(Trouble::Worker);
            chat.change(|talk| match found {
                Ok(found) => talk.answer(found, manner.sure),
                Err(trouble) => talk.fail(trouble),
            });
            if is_lost {
                lost();
            }
        });
    }

    /// Asks once more what failed.
    pub fn again(&self, engine: Engine, lost: impl FnOnce() + 'static) {
        self.change(Talk::ask_again);
        self.answer(engine, lost);
    }

    fn change(&self, change: impl FnOnce(&mut Talk)) {
        self.talk.update(change);
        let said = self.talk.with_untracked(serde_json::to_string);
        if let Ok(said) = said {
            // Where the tab remembers nothing it is gone with a reload, and not before.
            browser::remember_in_tab(&format!("{SAID}{}", self.whose), &said);
        }
    }
}

async fn ask(engine: &Engine, question: &str, manner: Manner) -> Result<Found, Trouble> {
    let vector = engine.encoder.embed_question(question).await?;
    let question = question.to_owned();
    engine
        .library
        .answers(question, vector, manner, CHOICE)
        .await
}
