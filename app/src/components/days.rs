use lemon_wire::EXPIRY_DAYS;
use leptos::prelude::*;

use crate::lang::{fill, use_lang, words};

/// What a link lives when nothing else is chosen.
pub const DEFAULT_DAYS: u32 = 30;

/// The fewest days that are offered and do not shorten what has so many seconds left.
pub fn at_least(seconds: i64) -> u32 {
    let is_enough = |days: &u32| i64::from(*days) * 86_400 >= seconds;
    let enough = EXPIRY_DAYS
        .into_iter()
        .find(|days| is_enough(days) && *days >= DEFAULT_DAYS);
    enough
        .or(EXPIRY_DAYS.last().copied())
        .unwrap_or(DEFAULT_DAYS)
}

/// For how long a link lives from now on.
#[component]
pub fn Days(#[prop(optional)] id: Option<&'static str>, days: RwSignal<u32>) -> impl IntoView {
    let lang = use_lang();
    let expiry = move |choice: u32| {
        move || match choice {
            1 => lang.get().words().share_day.to_owned(),
            _ => fill(lang.get().words().share_days, &[("n", choice.to_string())]),
        }
    };
    view! {
        <select
            id=id
            aria-label=words(|w| w.share_life)
            prop:value=move || days.get().to_string()
            on:change=move |event| days.set(event_target_value(&event).parse().unwrap_or(DEFAULT_DAYS))
        >
            {EXPIRY_DAYS.map(|choice| {
                view! { <option value=choice.to_string() selected=move || choice == days.get()>{expiry(choice)}</option> }
            })}
        </select>
    }
}
