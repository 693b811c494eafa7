use lemon_model::corpus::Entry;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::lang::{self, fill, number, use_lang, words};
use crate::workshop::use_workshop;

/// All replies, and those that contain a text.
#[component]
pub fn SearchPage() -> impl IntoView {
    let workshop = use_workshop();
    let lang = use_lang();
    let text = RwSignal::new(String::new());
    let found = RwSignal::new((Vec::<Entry>::new(), 0));
    // Entries come in while posts are read; vectors do not change what is found.
    let entries = Memo::new(move |_| workshop.standing.with(|standing| standing.entries));
    Effect::new(move || {
        entries.track();
        let asked = text.get();
        let Some(library) = workshop.library() else {
            return;
        };
        spawn_local(async move {
            // A failure leaves what was found before; a slower answer to an older
            // question must not replace a newer one's.
            if let Ok(answer) = library.find(asked.clone()).await
                && text.try_get_untracked() == Some(asked)
            {
                found.set(answer);
            }
        });
    });
    let count = move || {
        let (shown, all) = found.with(|(entries, all)| (entries.len(), *all));
        let words = lang.get().words();
        match (shown, all) {
            _ if entries.get() == 0 => words.search_empty.to_owned(),
            (0, _) => words.search_none.to_owned(),
            _ if shown == all => fill(words.search_count, &[("n", number(lang.get(), all))]),
            _ => fill(
                words.search_first,
                &[
                    ("n", number(lang.get(), all)),
                    ("shown", number(lang.get(), shown)),
                ],
            ),
        }
    };
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
            <p class="fine" role="status" id="found" prop:textContent=count></p>
            <ul class="found">
                <For each=move || found.get().0 key=|entry| entry.id.clone() let(entry)>
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
            <a class="fine" href=format!("https://x.com/i/web/status/{id}") target="_blank" rel="noopener noreferrer">
                {move || lang::day(lang.get(), at)}
            </a>
        </li>
    }
}
