use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::about::About;
use crate::components::conversation::Conversation;
use crate::components::notice::Notice;
use crate::engine::Engine;
use crate::lang::{self, fill, use_lang, words};
use crate::visit::{self, Visiting};

/// Somebody's bot, from its link.
#[component]
pub fn BotPage() -> impl IntoView {
    let lang = use_lang();
    let state = RwSignal::new(Visiting::Opening);
    let engine = StoredValue::<Option<Engine>, LocalStorage>::new_local(None);
    // A link that is opened while another one is still being opened takes its place.
    let visits = StoredValue::new(0_u32);
    let open = move || {
        let number = visits
            .try_update_value(|visits| {
                *visits += 1;
                *visits
            })
            .unwrap_or_default();
        let is_latest = move || visits.try_get_value() == Some(number);
        state.set(Visiting::Opening);
        spawn_local(async move {
            let told = move |next| {
                if is_latest() {
                    // The page may be gone by now.
                    let _ = state.try_set(next);
                }
            };
            let next = match visit::open(told).await {
                Ok(_) if !is_latest() => return,
                Ok((visit, workers)) => {
                    engine.try_update_value(|engine| *engine = Some(workers));
                    Visiting::Ready(visit)
                }
                Err(trouble) => Visiting::Failed(trouble),
            };
            told(next);
        });
    };
    open();
    // A link pasted into the open page changes what stands behind `#` and loads nothing.
    let again = window_event_listener(leptos::ev::hashchange, move |_| open());
    on_cleanup(move || again.remove());

    let name = Memo::new(move |_| {
        state.with(|state| match state {
            Visiting::Fetching { visit, .. } | Visiting::Ready(visit) => {
                lang::called(lang.get(), &visit.owner.name, &visit.owner.handle)
            }
            Visiting::Opening | Visiting::Failed(_) => String::new(),
        })
    });
    let ready = Memo::new(move |_| state.with(|state| matches!(state, Visiting::Ready(_))));
    let trouble = Signal::derive(move || {
        state.with(|state| match state {
            Visiting::Failed(trouble) => Some(trouble.clone()),
            _ => None,
        })
    });
    let remark = move || {
        state.with(|state| match state {
            Visiting::Opening => lang.get().words().visit_opening.to_owned(),
            Visiting::Fetching { bytes, of, .. } => {
                let values = [
                    ("n", lang::megabytes(lang.get(), *bytes)),
                    ("all", lang::megabytes(lang.get(), *of)),
                ];
                let words = lang.get().words();
                format!("{} · {}", words.visit_model, fill(words.model_of, &values))
            }
            Visiting::Ready(_) | Visiting::Failed(_) => String::new(),
        })
    };
    let waiting = move || {
        view! {
            <section class="card center">
                <img src="/lemon.svg" alt="" width="72" height="72" class=move || if trouble.with(Option::is_some) { "" } else { "breathing" } />
                <Show when=move || name.with(|name| !name.is_empty())>
                    <h1><About of=|w| w.bot_of name /></h1>
                </Show>
                <p role="status" prop:textContent=remark></p>
                <Notice trouble again=move |()| open() />
            </section>
        }
    };
    view! {
        <main class="page talk" data-phase=move || if ready.get() { "ready" } else { "opening" }>
            <Show when=move || ready.get() fallback=waiting>
                <h1 class="bot-name"><About of=|w| w.bot_of name /></h1>
                <Conversation engine=move || engine.get_value() name lost=move |()| open() />
                <p class="own"><a href="/" rel="external">{words(|w| w.visit_own)}</a></p>
            </Show>
        </main>
    }
}
