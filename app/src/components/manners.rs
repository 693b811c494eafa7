//! How an owner has their bot appear: what it is called, how it greets, and what it says where it
//! has no answer.

use lemon_model::bot::about::{MAX_LINE, Manners};
use lemon_model::name::MAX_SHOWN;
use leptos::prelude::*;

use crate::lang::{use_lang, words};
use crate::words::Words;
use crate::workshop::Workshop;

#[component]
pub fn MannersOf(workshop: Workshop) -> impl IntoView {
    let lang = use_lang();
    let known = untrack(|| workshop.bot())
        .map(|bot| bot.manners)
        .unwrap_or_default();
    let [name, greeting, unknown] = [known.name, known.greeting, known.unknown]
        .map(|text| RwSignal::new(text.unwrap_or_default()));
    let saved = RwSignal::new(false);
    let own = untrack(|| workshop.owner()).map_or_else(String::new, |owner| owner.name);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let [typed_name, typed_greeting, typed_unknown] =
            [name, greeting, unknown].map(|field| field.get_untracked());
        let manners = Manners::typed(&typed_name, &typed_greeting, &typed_unknown);
        // As it is shown from now on.
        name.set(manners.name.clone().unwrap_or_default());
        greeting.set(manners.greeting.clone().unwrap_or_default());
        unknown.set(manners.unknown.clone().unwrap_or_default());
        workshop.behave(manners);
        saved.set(true);
    };
    let greets = move || {
        let learned = workshop
            .beginning
            .with(|beginning| beginning.greeting.clone());
        learned.unwrap_or_else(|| lang.get().words().greeting.to_owned())
    };
    let field = move |id: &'static str,
                      label: fn(&'static Words) -> &'static str,
                      most: usize,
                      text: RwSignal<String>,
                      otherwise: Signal<String>| {
        view! {
            <label class="field">
                <span>{words(label)}</span>
                <input
                    id=id
                    type="text"
                    dir="auto"
                    maxlength=most.to_string()
                    placeholder=otherwise
                    prop:value=move || text.get()
                    on:input=move |event| {
                        saved.set(false);
                        text.set(event_target_value(&event));
                    }
                />
            </label>
        }
    };
    view! {
        <h2>{words(|w| w.manners_title)}</h2>
        <form class="fields" on:submit=save>
            {field("bot-name", |w| w.manners_name, MAX_SHOWN, name, Signal::stored(own))}
            {field("bot-greeting", |w| w.manners_greeting, MAX_LINE, greeting, Signal::derive(greets))}
            {field("bot-unknown", |w| w.manners_unknown, MAX_LINE, unknown, Signal::derive(move || lang.get().words().no_answer.to_owned()))}
            <div class="row">
                <button class="button" id="save-manners">{words(|w| w.listed_save)}</button>
                <span class="fine" role="status" id="manners-saved">{move || saved.get().then(|| lang.get().words().manners_saved)}</span>
            </div>
        </form>
    }
}
