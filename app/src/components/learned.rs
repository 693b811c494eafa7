//! What came of learning: how often one's own answer was found, before and after.

use leptos::prelude::*;

use crate::lang::{fill, number, use_lang, words};
use crate::words::Words;
use crate::workshop::Workshop;

/// Nothing where there was too little to try it with.
#[component]
pub fn Learned(workshop: Workshop) -> impl IntoView {
    let lang = use_lang();
    let picture = move || {
        workshop.check.get().map(|check| {
            let text = move || {
                let values = [
                    ("asked", number(lang.get(), check.asked)),
                    ("among", number(lang.get(), check.among)),
                ];
                fill(lang.get().words().learned_lead, &values)
            };
            view! {
                <section class="card" id="learned">
                    <h2>{words(|w| w.learned_title)}</h2>
                    <p prop:textContent=text></p>
                    <dl class="bars">
                        <Bar label=|w| w.learned_before found=check.before of=check.asked />
                        <Bar label=|w| w.learned_after found=check.after of=check.asked />
                    </dl>
                    <p class="fine">{words(|w| w.learned_remark)}</p>
                </section>
            }
        })
    };
    view! { {picture} }
}

/// How many were found, in a number and as a length.
#[component]
fn Bar(label: fn(&'static Words) -> &'static str, found: usize, of: usize) -> impl IntoView {
    let lang = use_lang();
    let figures = move || {
        let values = [
            ("n", number(lang.get(), found)),
            ("all", number(lang.get(), of)),
        ];
        fill(lang.get().words().index_of, &values)
    };
    // A length, and so a mark where none was found as well.
    let width = (found * 100 / of.max(1)).max(1).to_string();
    view! {
        <dt>{words(label)}</dt>
        <dd>
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                <rect class="all" width="100" height="8" />
                <rect width=width height="8" />
            </svg>
            <span translate="no" prop:textContent=figures></span>
        </dd>
    }
}
