use lemon_model::bot::Owner;
use leptos::prelude::*;

use crate::components::about::About;
use crate::components::conversation::Conversation;
use crate::components::duet::DuetWith;
use crate::components::made_of::MadeOf;
use crate::components::notice::Notice;
use crate::components::way_out::WayOut;
use crate::lang::{self, use_lang, words};
use crate::visit::Visiting;
use crate::visited::Visited;

/// Somebody's bot, from its link.
#[component]
pub fn BotPage() -> impl IntoView {
    let lang = use_lang();
    let visit = Visited::new();
    visit.begin_link();
    // A link pasted into the open page changes what stands behind `#` and loads nothing.
    let again = window_event_listener(leptos::ev::hashchange, move |_| visit.begin_link());
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
                <Show when=move || name.with(Option::is_some) fallback=move || view! { <h1 class="unseen">{words(|w| w.title)}</h1> }>
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
