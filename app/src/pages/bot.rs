use std::rc::Rc;

use lemon_model::bot::Owner;
use lemon_model::protocol::Beginning;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::about::About;
use crate::components::conversation::Conversation;
use crate::components::duet::DuetWith;
use crate::components::made_of::MadeOf;
use crate::components::notice::Notice;
use crate::components::way_out::WayOut;
use crate::engine::Engine;
use crate::lang::{self, Lang, fill, use_lang, words};
use crate::library::Library;
use crate::talk::{Chat, Talks, use_talks};
use crate::trouble::Trouble;
use crate::visit::{self, Made, Opened, Visiting};

/// A bot that is opened from its link.
#[derive(Clone, Copy)]
struct Visit {
    state: RwSignal<Visiting>,
    /// Once there are some.
    engine: StoredValue<Option<Engine>, LocalStorage>,
    /// What answers before there are.
    library: StoredValue<Option<Rc<Library>>, LocalStorage>,
    beginning: RwSignal<Beginning>,
    /// Once it can answer something: what was said with it stays, also while it is opened once
    /// more.
    chat: RwSignal<Option<Chat>>,
    /// What it is made of, once that is known.
    made: RwSignal<Option<Made>>,
    /// Their name and handle, once they are known.
    owner: RwSignal<Option<Owner>>,
    /// A server has seen the key of its link.
    was_seen: RwSignal<bool>,
    talks: Talks,
    /// A link that is opened while another one is still being opened takes its place.
    number: StoredValue<u32>,
}

impl Visit {
    fn new() -> Self {
        Self {
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
    fn begin(self) {
        self.was_seen.set(visit::tidy_address());
        self.chat.set(None);
        self.made.set(None);
        self.owner.set(None);
        self.beginning.set(Beginning::default());
        self.open();
    }

    /// Opens the same once more.
    fn open(self) {
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
            let next = match visit::open(told, begun).await {
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

    fn trouble(self) -> Option<Trouble> {
        self.state.with(|state| match state {
            Visiting::Failed(trouble) => Some(trouble.clone()),
            _ => None,
        })
    }

    /// How far it is, in words.
    fn remark(self, lang: Lang) -> String {
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

/// Somebody's bot, from its link.
#[component]
pub fn BotPage() -> impl IntoView {
    let lang = use_lang();
    let visit = Visit::new();
    visit.begin();
    // A link pasted into the open page changes what stands behind `#` and loads nothing.
    let again = window_event_listener(leptos::ev::hashchange, move |_| visit.begin());
    on_cleanup(move || again.remove());

    let name = Memo::new(move |_| {
        visit.owner.with(|owner| {
            let Owner { name, handle } = owner.as_ref()?;
            Some(lang::called(lang.get(), name, handle))
        })
    });
    let called = Memo::new(move |_| name.get().unwrap_or_default());
    let ready = Memo::new(move |_| visit.state.with(|state| *state == Visiting::Ready));
    let trouble = Signal::derive(move || visit.trouble());
    let is_other = Signal::derive(move || {
        visit
            .made
            .with(|made| made.as_ref().is_some_and(|made| made.is_other))
    });
    let remark = move || visit.remark(lang.get());
    let waiting = move || {
        view! {
            <section class="card center">
                <img src="/lemon.svg" alt="" width="72" height="72" class=move || if trouble.with(Option::is_some) { "" } else { "breathing" } />
                <Show when=move || name.with(Option::is_some)>
                    <h1><About of=|w| w.bot_of name=called /></h1>
                </Show>
                <p role="status" prop:textContent=remark></p>
                <Notice trouble again=move |()| visit.open() />
                <Show when=move || trouble.with(Option::is_some)><WayOut /></Show>
            </section>
        }
    };
    let talk = move || {
        visit.chat.get().map(|chat| {
            view! {
                <Conversation chat open=ready beginning=visit.beginning library=move || visit.library.get_value() engine=move || visit.engine.get_value() name=called lost=move || visit.open()>
                    <section class="card closed">
                        <p role="status" prop:textContent=remark></p>
                        <Notice trouble again=move |()| visit.open() />
                        <Show when=move || trouble.with(Option::is_some)><WayOut /></Show>
                    </section>
                </Conversation>
            }
        })
    };
    view! {
        <main class="page talk" data-phase=move || if ready.get() { "ready" } else { "opening" }>
            <Show when=move || visit.was_seen.get()>
                <p class="seen">{words(|w| w.visit_seen)}</p>
            </Show>
            <Show when=move || visit.made.with(|made| made.as_ref().is_some_and(|made| made.was_kept))>
                <p class="seen" id="kept" role="status">{words(|w| w.visit_kept)}</p>
            </Show>
            <Show when=move || visit.chat.with(Option::is_some) fallback=waiting>
                <h1 class="bot-name"><About of=|w| w.bot_of name=called /></h1>
                {talk}
                <div class="beside">
                    <DuetWith engine=move || visit.engine.get_value() open=ready beginning=visit.beginning name=called is_other />
                    <MadeOf made=visit.made />
                    <a href="/" rel="external">{words(|w| w.visit_own)}</a>
                </div>
            </Show>
        </main>
    }
}
