//! Links to the bot: making, copying, deleting.

use lemon_model::library::desk::Going;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::components::days::{DEFAULT_DAYS, Days};
use crate::components::held::Held;
use crate::components::notice::Notice;
use crate::components::share_line::ShareLine;
use crate::lang::{fill, number, use_lang, words};
use crate::sharing::{Sharing, Step};
use crate::words::Words;
use crate::workshop::Workshop;

#[component]
pub fn SharePanel(workshop: Workshop) -> impl IntoView {
    let lang = use_lang();
    // Of all pages: a share goes on while another one is looked at.
    let sharing = use_context().unwrap_or_else(Sharing::new);
    let days = RwSignal::new(DEFAULT_DAYS);
    // What was shared can be deleted as soon as it is known, ready or not.
    Effect::new(move || {
        workshop.standing.track();
        if let Some(library) = workshop.library()
            && sharing.step.get_untracked().is_none()
            && !sharing.are_of(&library.whose())
        {
            spawn_local(async move { sharing.refresh(&library).await });
        }
    });
    let going = RwSignal::new(None::<Going>);
    let looked = RwSignal::new(0.0);
    let idle_and_ready = Memo::new(move |_| workshop.ready.get() && workshop.is_idle());
    Effect::new(move || {
        workshop.standing.track();
        if idle_and_ready.get() {
            look(workshop, going, looked);
        }
    });
    let shown = move || idle_and_ready.get() || sharing.shares.with(|shares| !shares.is_empty());
    let share = move |_| {
        let (Some(engine), Some(what)) = (workshop.engine(), untrack(|| workshop.outgoing()))
        else {
            return;
        };
        let days = days.get_untracked();
        spawn_local(async move {
            sharing.share(&engine, what, days, None).await;
            workshop.replace_lost();
        });
    };
    let what = move || {
        let words = lang.get().words();
        let going = going.with(|going| going.as_ref().map_or(0, |going| going.goes));
        fill(words.share_what, &[("n", number(lang.get(), going))])
    };
    let button = move || {
        let words = lang.get().words();
        match sharing.step.get() {
            None => words.share_make,
            Some(Step::Sealing) => words.share_sealing,
            Some(Step::Uploading) => words.share_uploading,
            Some(Step::Proving) => words.share_proving,
            Some(Step::Extending) => words.share_extending,
        }
    };
    let again = move || look(workshop, going, looked);
    let make = move || {
        view! {
                <Show when=move || going.with(Option::is_some) fallback=move || view! { <Looking looked /> }>
                    <p><span prop:textContent=what></span> " " <A href="/search">{words(|w| w.share_review)}</A></p>
                    <WhatGoes going />
                    <Held workshop going again />
                </Show>
                <div class="row">
                    <Days id="days" days />
                    <button class="button primary" id="share" disabled=move || sharing.step.get().is_some() on:click=share prop:textContent=button></button>
                </div>
        }
    };
    view! {
        <Show when=shown>
        <section class="card share">
            <h2>{words(|w| w.share_title)}</h2>
            <Show when=move || idle_and_ready.get()>{make}</Show>
            <Notice trouble=sharing.trouble />
            <ul class="shares">
                <For each=move || sharing.shares.get() key=|share| share.id.clone() let(share)>
                    <ShareLine workshop sharing share />
                </For>
            </ul>
        </section>
        </Show>
    }
}

/// Looks through everything for flags, and tells what would go then.
fn look(workshop: Workshop, going: RwSignal<Option<Going>>, looked: RwSignal<f32>) {
    let Some(library) = workshop.library() else {
        return;
    };
    let me = untrack(|| workshop.handles());
    spawn_local(async move {
        let told = |share| looked.try_set(share).is_none();
        // Without an answer it is as before, and sharing says what is wrong.
        if library.flag_all(me, told).await.is_ok()
            && let Ok(goes) = library.going().await
        {
            // The panel may be gone by now.
            let _ = going.try_set(Some(goes));
        }
    });
}

/// How far what would go is looked through.
#[component]
fn Looking(looked: RwSignal<f32>) -> impl IntoView {
    let lang = use_lang();
    let percent = move || {
        // A share of one.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 100"
        )]
        let percent = (looked.get() * 100.0) as usize;
        let n = ("n", number(lang.get(), percent));
        fill(lang.get().words().share_looking, &[n])
    };
    view! { <p class="fine">{percent}</p> }
}

/// How many go, which do not and why.
#[component]
fn WhatGoes(going: RwSignal<Option<Going>>) -> impl IntoView {
    let lang = use_lang();
    let line = move |count: fn(&Going) -> usize, what: fn(&'static Words) -> &'static str| {
        move || {
            let n = going.with(|going| going.as_ref().map_or(0, count));
            (n > 0).then(|| fill(what(lang.get().words()), &[("n", number(lang.get(), n))]))
        }
    };
    let lines = [
        line(|going| going.masked, |w| w.share_masked),
        line(|going| going.left_out, |w| w.share_left_out),
        line(|going| going.over, |w| w.share_over),
    ];
    view! {
        <ul class="points" id="going">
            {lines.map(|line| move || line().map(|line| view! { <li>{line}</li> }))}
        </ul>
    }
}
