use std::time::Duration;

use gloo_timers::future::sleep;
use lemon_wire::Cause;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::edge::{self, EdgeError};
use crate::lang::{self, fill, use_lang, words};
use crate::trouble::Trouble;
use crate::words::of_trouble;

/// How long what was pressed cannot be pressed again, and looks like it: what it began shows
/// by then.
const MOMENT: Duration = Duration::from_secs(2);

/// What went wrong, and the one thing to do about it.
#[component]
pub fn Notice(
    #[prop(into)] trouble: Signal<Option<Trouble>>,
    /// What "try again" does; without it there is nothing to try.
    #[prop(optional, into)]
    again: Option<Callback<()>>,
) -> impl IntoView {
    let lang = use_lang();
    let text = move || {
        trouble
            .get()
            .map(|trouble| of_trouble(lang.get().words(), &trouble))
            .unwrap_or_default()
    };
    let until = move || {
        let at = trouble.with(|trouble| retry_at(trouble.as_ref()?));
        let told = |at| {
            fill(
                lang.get().words().reset_at,
                &[("time", lang::time(lang.get(), at))],
            )
        };
        at.map(told).unwrap_or_default()
    };
    let signed_out = Memo::new(move |_| trouble.with(|trouble| is_signed_out(trouble.as_ref())));
    let outdated = Memo::new(move |_| trouble.with(|trouble| *trouble == Some(Trouble::Outdated)));
    let pressed = RwSignal::new(false);
    let press = move |again: Callback<()>| {
        // The focus stays on it meanwhile.
        if pressed.get_untracked() {
            return;
        }
        pressed.set(true);
        spawn_local(async move {
            sleep(MOMENT).await;
            let _ = pressed.try_set(false);
        });
        again.run(());
    };
    let action = move || {
        if outdated.get() {
            view! { <button class="button" id="reload" on:click=|_| browser::reload()>{words(|w| w.reload)}</button> }
                .into_any()
        } else if signed_out.get() {
            view! { <a class="button" rel="external" href=edge::LOGIN>{words(|w| w.sign_in_x)}</a> }
                .into_any()
        } else if let Some(again) = again {
            view! { <button class="button" id="again" aria-disabled=move || pressed.get().to_string() on:click=move |_| press(again)>{words(|w| w.again)}</button> }
                .into_any()
        } else {
            ().into_any()
        }
    };
    view! {
        <Show when=move || trouble.with(Option::is_some)>
            <div class="notice" role="alert">
                <p prop:textContent=text></p>
                <p class="fine" prop:textContent=until></p>
                {action}
            </div>
        </Show>
    }
}

fn retry_at(trouble: &Trouble) -> Option<i64> {
    match trouble {
        Trouble::Edge(EdgeError::Problem(problem)) => problem.retry_at,
        _ => None,
    }
}

fn is_signed_out(trouble: Option<&Trouble>) -> bool {
    let Some(Trouble::Edge(EdgeError::Problem(problem))) = trouble else {
        return false;
    };
    matches!(problem.cause, Cause::SignedOut | Cause::OtherAccount)
}
