//! A visit as a page shows it, from its beginning on.

use std::rc::Rc;

use lemon_model::bot::Owner;
use lemon_model::protocol::Beginning;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::engine::Engine;
use crate::lang::{self, Lang, fill};
use crate::library::Library;
use crate::talk::{Chat, Talks, use_talks};
use crate::trouble::Trouble;
use crate::visit::{self, Made, Opened, Place, Visiting};

/// A bot that is opened, and what can be seen of it meanwhile.
#[derive(Clone, Copy)]
pub struct Visited {
    place: StoredValue<Place>,
    pub state: RwSignal<Visiting>,
    /// Once there are some.
    pub engine: StoredValue<Option<Engine>, LocalStorage>,
    /// What answers before there are.
    pub library: StoredValue<Option<Rc<Library>>, LocalStorage>,
    pub beginning: RwSignal<Beginning>,
    /// Once it can answer something: what was said with it stays, also while it is opened once
    /// more.
    pub chat: RwSignal<Option<Chat>>,
    /// What it is made of, once that is known.
    pub made: RwSignal<Option<Made>>,
    /// Their name and handle, once they are known.
    pub owner: RwSignal<Option<Owner>>,
    /// A server has seen the key of its link.
    pub was_seen: RwSignal<bool>,
    talks: Talks,
    /// A link that is opened while another one is still being opened takes its place.
    number: StoredValue<u32>,
}

impl Visited {
    pub fn new() -> Self {
        Self {
            place: StoredValue::new(Place::Link),
            state: RwSignal::new(Visiting::Opening),
            engine: StoredValue::new_local(None),
            library: StoredValue::new_local(None),
            beginning: RwSignal::default(),
            chat: RwSignal::new(None),
            made: RwSignal::new(None),
            owner: RwSignal::new(None),
            was_seen: RwSignal::new(false),
            talks: use_talks(),
            number: StoredValue::new(0),
        }
    }

    /// Opens what the address leads to.
    pub fn begin_link(self) {
        self.was_seen.set(visit::tidy_address());
        self.begin(Place::Link);
    }

    /// Opens what is at `place`, in place of what was open.
    pub fn begin(self, place: Place) {
        self.place.set_value(place);
        self.chat.set(None);
        self.made.set(None);
        self.owner.set(None);
        self.beginning.set(Beginning::default());
        self.open();
    }

    /// Shows a bot with which a talk begins before it is opened, in place of what was open.
    pub fn show(self, place: Place, owner: Owner, chat: Chat, beginning: Beginning) {
        // What is still being opened is no longer wanted.
        self.number.update_value(|number| *number += 1);
        self.place.set_value(place);
        self.engine.set_value(None);
        self.library.set_value(None);
        self.state.set(Visiting::Opening);
        self.made.set(None);
        self.owner.set(Some(owner));
        self.beginning.set(beginning);
        self.chat.set(Some(chat));
    }

    /// Opens the same once more.
    pub fn open(self) {
        let number = self.number.try_update_value(|number| {
            *number += 1;
            *number
        });
        // The page may be gone by now.
        if number.is_none() {
            return;
        }
        let is_latest = move || self.number.try_get_value() == number;
        self.engine.set_value(None);
        self.library.set_value(None);
        self.state.set(Visiting::Opening);
        let place = self.place.get_value();
        spawn_local(async move {
            let told = move |next| {
                if is_latest() {
                    self.tell(next);
                }
            };
            let begun = move |made: Made, library, beginning: Beginning| {
                if is_latest() {
                    let id = made.id.clone();
                    self.made.set(Some(made));
                    self.library.set_value(Some(library));
                    self.beginning.set(beginning);
                    self.begin_chat(&id);
                }
            };
            let next = match visit::open(place, told, begun).await {
                Ok(_) if !is_latest() => return,
                Ok(Opened { id, engine }) => {
                    self.engine.set_value(Some(engine));
                    self.begin_chat(&id);
                    Visiting::Ready
                }
                Err(trouble) => Visiting::Failed(trouble),
            };
            told(next);
        });
    }

    /// What is shown already stays as it is: somebody may be typing.
    fn begin_chat(self, id: &str) {
        if self.chat.with_untracked(Option::is_none) {
            self.chat.set(Some(self.talks.of(id)));
        }
    }

    fn tell(self, next: Visiting) {
        if let Visiting::Fetching { owner, .. } = &next {
            self.owner.set(Some(owner.clone()));
        }
        self.state.set(next);
    }

    pub fn trouble(self) -> Option<Trouble> {
        self.state.with(|state| match state {
            Visiting::Failed(trouble) => Some(trouble.clone()),
            _ => None,
        })
    }

    /// How far it is, in words.
    pub fn remark(self, lang: Lang) -> String {
        let words = lang.words();
        self.state.with(|state| match state {
            Visiting::Opening => words.visit_opening.to_owned(),
            Visiting::Fetching {
                is_other,
                bytes,
                of,
                ..
            } => {
                let model = if *is_other {
                    words.visit_other_model
                } else {
                    words.visit_model
                };
                let values = [
                    ("n", lang::megabytes(lang, *bytes)),
                    ("all", lang::megabytes(lang, *of)),
                ];
                format!("{model} · {}", fill(words.model_of, &values))
            }
            Visiting::Ready | Visiting::Failed(_) => String::new(),
        })
    }
}
