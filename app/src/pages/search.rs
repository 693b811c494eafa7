use lemon_model::corpus::Entry;
use lemon_model::feed::original;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::notice::Notice;
use crate::lang::{self, Lang, fill, number, use_lang, words};
use crate::session::Session;
use crate::trouble::Trouble;
use crate::workshop::{Workshop, use_workshop};

/// What was found for a text.
#[derive(Clone, PartialEq)]
struct Hits {
    text: String,
    /// The newest.
    entries: Vec<Entry>,
    all: usize,
}

/// A search as it goes on while one types, and while posts come in.
#[derive(Clone, Copy)]
struct Search {
    workshop: Workshop,
    text: RwSignal<String>,
    hits: RwSignal<Option<Hits>>,
    failed: RwSignal<Option<Trouble>>,
    tries: RwSignal<u32>,
    /// Counts what was asked: a slower answer to an older one must not take the place of the
    /// newest.
    asked: StoredValue<u32>,
}

impl Search {
    fn new(workshop: Workshop) -> Self {
        let search = Self {
            workshop,
            text: RwSignal::new(String::new()),
            hits: RwSignal::new(None),
            failed: RwSignal::new(None),
            tries: RwSignal::new(0),
            asked: StoredValue::new(0),
        };
        // Vectors do not change what is found.
        let entries = Memo::new(move |_| workshop.standing.with(|standing| standing.entries));
        Effect::new(move || {
            entries.track();
            workshop.opened.track();
            search.tries.track();
            search.ask(search.text.get());
        });
        search
    }

    fn ask(self, text: String) {
        let number = self.asked.try_update_value(|asked| {
            *asked += 1;
            *asked
        });
        let Some(library) = self.workshop.library() else {
            return;
        };
        spawn_local(async move {
            let answer = library.find(text.clone()).await;
            if self.asked.try_get_value() != number {
                return;
            }
            let (hits, failed) = match answer {
                Ok((entries, all)) => (Some(Hits { text, entries, all }), None),
                Err(trouble) => (None, Some(trouble)),
            };
            self.hits.set(hits);
            self.failed.set(failed);
        });
    }

    /// What was found for what is typed; what was found for other words is not shown under
    /// these.
    fn found(self) -> Option<Hits> {
        let text = self.text.get();
        self.hits.get().filter(|hits| hits.text == text)
    }

    fn trouble(self) -> Option<Trouble> {
        self.workshop.opened.track();
        let opening = || match self.workshop.library() {
            Some(_) => None,
            None => self.workshop.trouble.get(),
        };
        self.failed.get().or_else(opening)
    }

    fn again(self) {
        match self.failed.get_untracked() {
            Some(Trouble::Worker) => {
                self.failed.set(None);
                self.workshop.recover();
            }
            Some(_) => self.tries.update(|tries| *tries += 1),
            None => self.workshop.again(),
        }
    }

    /// How many were found, or why none are shown.
    fn count(self, lang: Lang) -> String {
        let words = lang.words();
        if self.workshop.session.with(Session::is_asking) {
            return words.loading.to_owned();
        }
        if self.workshop.opening.get() {
            return words.opening.to_owned();
        }
        if self.trouble().is_some() {
            return String::new();
        }
        if self
            .workshop
            .standing
            .with(|standing| standing.entries == 0)
        {
            return words.search_empty.to_owned();
        }
        let Some(Hits { entries, all, .. }) = self.found() else {
            return words.searching.to_owned();
        };
        let n = ("n", number(lang, all));
        match entries.len() {
            0 => words.search_none.to_owned(),
            shown if shown == all => fill(words.search_count, &[n]),
            shown => {
                let shown = ("shown", number(lang, shown));
                fill(words.search_first, &[n, shown])
            }
        }
    }
}

/// All replies, and those that contain a text.
#[component]
pub fn SearchPage() -> impl IntoView {
    let search = Search::new(use_workshop());
    let lang = use_lang();
    let text = search.text;
    let count = Memo::new(move |_| search.count(lang.get()));
    let trouble = Signal::derive(move || search.trouble());
    let found = Memo::new(move |_| search.found());
    let each = move || found.get().map(|hits| hits.entries).unwrap_or_default();
    view! {
        <main class="page">
            <h1 class="unseen">{words(|w| w.search)}</h1>
            <input
                class="search"
                type="search"
                id="search"
                placeholder=words(|w| w.search_placeholder)
                aria-label=words(|w| w.search_placeholder)
                prop:value=move || text.get()
                on:input=move |event| text.set(event_target_value(&event))
            />
            <p class="fine" role="status" id="found" prop:textContent=move || count.get()></p>
            <Notice trouble again=move |()| search.again() />
            <ul class="found">
                <For each key=|entry| entry.id.clone() let(entry)>
                    <Found entry />
                </For>
            </ul>
        </main>
    }
}

#[component]
fn Found(entry: Entry) -> impl IntoView {
    let lang = use_lang();
    let Entry {
        id,
        reply,
        said,
        at,
        ..
    } = entry;
    view! {
        <li>
            {said.map(|said| view! { <p class="said" dir="auto">{said}</p> })}
            <p class="reply" dir="auto">{reply}</p>
            <a class="fine" href=original(&id) target="_blank" rel="noopener noreferrer">
                {move || lang::day(lang.get(), at)}
            </a>
        </li>
    }
}
