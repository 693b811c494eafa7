use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::conversation::Conversation;
use crate::components::notice::Notice;
use crate::lang::words;
use crate::workshop::use_workshop;

/// Talking with one's own bot.
#[component]
pub fn ChatPage() -> impl IntoView {
    let workshop = use_workshop();
    let open = Memo::new(move |_| workshop.is_open());
    let name = Signal::derive(move || workshop.person().map(|me| me.name).unwrap_or_default());
    // What is there already opens as soon as the model is loaded.
    let reason = move || {
        if workshop.person().is_none() {
            words(|w| w.chat_nobody)()
        } else if workshop.standing.with(|standing| standing.embedded == 0) {
            words(|w| w.chat_not_open)()
        } else {
            words(|w| w.loading)()
        }
    };
    let troubled = move || workshop.trouble.with(Option::is_some);
    let closed = move || {
        view! {
            <section class="card">
                <Show when=move || !troubled()><p role="status">{reason}</p></Show>
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
