use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::conversation::Conversation;
use crate::components::notice::Notice;
use crate::lang::{self, use_lang, words};
use crate::workshop::use_workshop;

/// Talking with one's own bot.
#[component]
pub fn ChatPage() -> impl IntoView {
    let workshop = use_workshop();
    let open = Memo::new(move |_| workshop.is_open());
    let lang = use_lang();
    let name = Signal::derive(move || {
        let person = workshop.person();
        person.map_or_else(String::new, |me| {
            lang::called(lang.get(), &me.name, &me.handle)
        })
    });
    // What is there already opens as soon as the model is loaded.
    let reason = move || {
        let words = lang.get().words();
        if workshop.person().is_none() {
            words.chat_nobody
        } else if workshop.following.get() {
            words.following
        } else if workshop.standing.with(|standing| standing.embedded == 0) {
            words.chat_not_open
        } else {
            words.loading
        }
    };
    let troubled = move || workshop.trouble.with(Option::is_some);
    let closed = move || {
        view! {
            <section class="card">
                <Show when=move || !troubled()><p role="status" prop:textContent=reason></p></Show>
                <Notice trouble=workshop.trouble again=move |()| workshop.again() />
                <A href="/" attr:class="button primary">{words(|w| w.home)}</A>
            </section>
        }
    };
    view! {
        <main class="page talk">
            <h1 class="unseen">{words(|w| w.chat)}</h1>
            <Show when=move || open.get() fallback=closed>
                <Conversation engine=move || workshop.engine() name lost=move |()| workshop.recover() />
            </Show>
        </main>
    }
}
