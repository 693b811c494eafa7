//! Saying that a bot is ready, also to who looks elsewhere by then.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::lang::{Lang, words};
use crate::workshop::{Telling, Workshop};

/// Under which a notification takes the place of the one before.
const TAG: &str = "lemon-ready";

/// Offers it while there is something to wait for.
#[component]
pub fn TellingOf(workshop: Workshop) -> impl IntoView {
    if !browser::can_notify() {
        return ().into_any();
    }
    let telling = workshop.telling;
    let ask = move |_| {
        spawn_local(async move {
            let answer = if browser::may_notify().await {
                Telling::Wanted
            } else {
                Telling::Refused
            };
            telling.set(answer);
        });
    };
    let said = move || match telling.get() {
        Telling::Unasked => "",
        Telling::Wanted => words(|w| w.tell_wanted)(),
        Telling::Refused => words(|w| w.tell_refused)(),
    };
    view! {
        <Show when=move || telling.get() == Telling::Unasked>
            <button class="button" id="tell" on:click=ask>{words(|w| w.tell_offer)}</button>
        </Show>
        <p class="fine" role="status" id="telling" prop:textContent=said></p>
    }
    .into_any()
}

/// Says it once the bot is ready, on whichever page somebody is.
pub fn tell_when_ready(workshop: Workshop, lang: RwSignal<Lang>) {
    Effect::new(move || {
        if workshop.ready.get() && workshop.telling.get_untracked() == Telling::Wanted {
            workshop.telling.set(Telling::Unasked);
            let words = lang.get_untracked().words();
            spawn_local(browser::notify(words.title, words.ready, TAG));
        }
    });
}
