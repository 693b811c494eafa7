//! The owner's own list of words that are flagged.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::entries::Desk;
use crate::components::notice::Notice;
use crate::lang::words;
use crate::trouble::Trouble;

#[component]
pub fn ListedWords(desk: Desk) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let saved = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Trouble>);
    let read = move |_| {
        let Some(library) = desk.workshop().library() else {
            return;
        };
        spawn_local(async move {
            if let Ok(listed) = library.listed_words().await {
                let _ = text.try_set(listed.join("\n"));
            }
        });
    };
    let save = move |_| {
        let Some(library) = desk.workshop().library() else {
            return;
        };
        let listed: Vec<String> = text.get_untracked().lines().map(str::to_owned).collect();
        spawn_local(async move {
            match library.list_words(listed).await {
                Ok(()) => {
                    let _ = trouble.try_set(None);
                    let _ = saved.try_set(true);
                    desk.look();
                }
                Err(failed) => {
                    let _ = trouble.try_set(Some(failed));
                }
            }
        });
    };
    view! {
        <details class="listed" on:toggle=read>
            <summary>{words(|w| w.listed_title)}</summary>
            <p class="fine">{words(|w| w.listed_what)}</p>
            <textarea
                id="listed"
                rows="4"
                aria-label=words(|w| w.listed_title)
                prop:value=move || text.get()
                on:input=move |event| {
                    saved.set(false);
                    text.set(event_target_value(&event));
                }
            ></textarea>
            <div class="row">
                <button class="button" id="save-listed" on:click=save>{words(|w| w.listed_save)}</button>
                <span class="fine" role="status">{move || saved.get().then(words(|w| w.listed_saved))}</span>
            </div>
            <Notice trouble />
        </details>
    }
}
