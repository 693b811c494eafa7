//! Everything that was said, to be read before it is shared: found, and left out.

use lemon_model::library::desk::State;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::entries::{Desk, Entries};
use crate::components::filters::Filters;
use crate::components::listed_words::ListedWords;
use crate::components::notice::Notice;
use crate::lang::{use_lang, words};
use crate::workshop::use_workshop;

#[component]
pub fn SearchPage() -> impl IntoView {
    // The browser's own address may be that of the page before.
    let show = use_query_map().with_untracked(|query| query.get("show"));
    let state = match show.as_deref() {
        Some("flagged") => State::Flagged,
        Some("left-out") => State::LeftOut,
        _ => State::All,
    };
    let desk = Desk::new(use_workshop(), state);
    let lang = use_lang();
    let count = Memo::new(move |_| desk.count(lang.get()));
    let trouble = Signal::derive(move || desk.trouble());
    view! {
        <main class="page">
            <h1 class="unseen">{words(|w| w.search)}</h1>
            <input
                class="search"
                type="search"
                id="search"
                placeholder=words(|w| w.search_placeholder)
                aria-label=words(|w| w.search_placeholder)
                prop:value=move || desk.wanted.with(|wanted| wanted.text.clone())
                on:input=move |event| desk.wanted.update(|wanted| wanted.text = event_target_value(&event))
            />
            <Filters desk />
            <p class="fine" role="status" id="found" prop:textContent=move || count.get()></p>
            <Notice trouble again=move |()| desk.again() />
            <Entries desk />
            <ListedWords desk />
        </main>
    }
}
