use leptos::prelude::*;

use crate::lang::use_lang;
use crate::words::Words;

/// A sentence with a `{name}` in it. Wherever the name's own direction goes, the sentence
/// stays as it is.
#[component]
pub fn About(
    of: fn(&'static Words) -> &'static str,
    #[prop(into)] name: Signal<String>,
) -> impl IntoView {
    let lang = use_lang();
    let around = move || {
        let sentence = of(lang.get().words());
        sentence.split_once("{name}").unwrap_or((sentence, ""))
    };
    view! {
        {move || around().0}
        <bdi prop:textContent=move || name.get()></bdi>
        {move || around().1}
    }
}
