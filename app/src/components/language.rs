use leptos::prelude::*;

use crate::lang::{self, Lang, use_lang, words};

#[component]
pub fn Language() -> impl IntoView {
    let lang = use_lang();
    let choose = move |event| {
        let tag = event_target_value(&event);
        if let Some(chosen) = Lang::ALL.into_iter().find(|lang| lang.tag() == tag) {
            lang::choose(chosen);
        }
    };
    view! {
        <select class="language" aria-label=words(|w| w.language) on:change=choose prop:value=move || lang.get().tag()>
            {Lang::ALL.map(|one| view! { <option value=one.tag() lang=one.tag()>{one.name()}</option> })}
        </select>
    }
}
