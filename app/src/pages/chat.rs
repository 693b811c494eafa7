use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::conversation::Conversation;
use crate::components::notice::Notice;
use crate::lang::{use_lang, words};
use crate::session::Session;
use crate::workshop::{Workshop, use_workshop};

/// Talking with one's own bot.
#[component]
pub fn ChatPage() -> impl IntoView {
    let workshop = use_workshop();
    let lang = use_lang();
    let open = Memo::new(move |_| workshop.is_open());
    let whose = Memo::new(move |_| workshop.bot().map(|bot| bot.id));
    let name = Signal::derive(move || workshop.called(lang.get()).unwrap_or_default());
    let beginning = Signal::derive(move || workshop.greets());
    // What was said stays, whatever becomes of the workers.
    let chat = move || whose.get().map(|whose| workshop.talks.of(&whose));
    let shown = Memo::new(move |_| open.get() || chat().is_some_and(|chat| chat.has_begun()));
    let talk = move || {
        chat().map(|chat| {
            view! {
                <Conversation chat open name beginning library=move || workshop.library() engine=move || workshop.engine() lost=move || workshop.recover()>
                    <Closed workshop />
                </Conversation>
            }
        })
    };
    view! {
        <main class="page talk">
            <h1 class="unseen">{words(|w| w.chat)}</h1>
            <Show when=move || shown.get() fallback=move || view! { <Closed workshop /> }>{talk}</Show>
        </main>
    }
}

/// Why one cannot talk with it now.
#[component]
fn Closed(workshop: Workshop) -> impl IntoView {
    let lang = use_lang();
    // What is there already opens as soon as the model is loaded.
    let reason = move || {
        let words = lang.get().words();
        if workshop.session.with(Session::is_asking) {
            words.loading
        } else if workshop.bot().is_none() {
            words.chat_nobody
        } else if workshop.following.get() {
            words.following
        } else if workshop.opening.get() {
            words.opening
        } else if workshop.standing.with(|standing| standing.embedded == 0) {
            words.chat_not_open
        } else {
            words.loading
        }
    };
    let troubled = move || workshop.trouble.with(Option::is_some);
    view! {
        <section class="card closed">
            <Show when=move || !troubled()><p role="status" prop:textContent=reason></p></Show>
            <Notice trouble=workshop.trouble again=move |()| workshop.again() />
            <A href="/" attr:class="button primary">{words(|w| w.home)}</A>
        </section>
    }
}
