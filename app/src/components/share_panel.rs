//! Links to the bot: making, copying, deleting.

use std::time::Duration;

use gloo_timers::future::sleep;
use lemon_model::library::desk::Going;
use lemon_model::protocol::Share;
use lemon_wire::EXPIRY_DAYS;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::browser;
use crate::components::notice::Notice;
use crate::engine::Engine;
use crate::lang::{self, fill, number, use_lang, words};
use crate::sharing::{self, Sharing, Step};
use crate::words::Words;
use crate::workshop::Workshop;

/// For how long it is told that a link was copied.
const COPIED: Duration = Duration::from_secs(4);

/// What a link lives when nothing else is chosen.
const DEFAULT_DAYS: u32 = 30;

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
            && !sharing.is_known()
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
        let (Some(engine), Some(me)) = (workshop.engine(), untrack(|| workshop.owner())) else {
            return;
        };
        let handles = untrack(|| workshop.handles());
        spawn_local(async move {
            sharing
                .share(&engine, &me, handles, days.get_untracked())
                .await;
            replace_lost(workshop);
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
        }
    };
    let expiry = move |choice: u32| {
        move || match choice {
            1 => lang.get().words().share_day.to_owned(),
            _ => fill(lang.get().words().share_days, &[("n", choice.to_string())]),
        }
    };
    let make = move || {
        view! {
                <Show when=move || going.with(Option::is_some) fallback=move || view! { <Looking looked /> }>
                    <p><span prop:textContent=what></span> " " <A href="/search">{words(|w| w.share_review)}</A></p>
                    <WhatGoes going />
                </Show>
                <div class="row">
                    <select
                        id="days"
                        aria-label=words(|w| w.share_life)
                        prop:value=move || days.get().to_string()
                        on:change=move |event| days.set(event_target_value(&event).parse().unwrap_or(DEFAULT_DAYS))
                    >
                        {EXPIRY_DAYS.map(|choice| {
                            view! { <option value=choice.to_string() selected=choice == DEFAULT_DAYS>{expiry(choice)}</option> }
                        })}
                    </select>
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
                <For each=move || sharing.shares.get() key=|share| (share.id.clone(), share.proven) let(share)>
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
    let held = line(|going| going.flagged, |w| w.share_held);
    view! {
        <ul class="points" id="going">
            {move || held().map(|held| view! { <li id="held">{held} " " <A href="/search?show=flagged">{words(|w| w.share_check)}</A></li> })}
            {lines.map(|line| move || line().map(|line| view! { <li>{line}</li> }))}
        </ul>
    }
}

/// Starts anew what has fallen of the workers there are now, so that a second try can succeed.
fn replace_lost(workshop: Workshop) {
    let is_gone = |engine: Engine| engine.encoder.is_gone() || engine.library.is_gone();
    if workshop.engine().is_some_and(is_gone) {
        workshop.recover();
    }
}

#[component]
fn ShareLine(workshop: Workshop, sharing: Sharing, share: Share) -> impl IntoView {
    let lang = use_lang();
    let copied = RwSignal::new(false);
    let deleting = RwSignal::new(false);
    let share = StoredValue::new(share);
    let delete = move |_| {
        let Some(library) = workshop.library() else {
            return;
        };
        deleting.set(true);
        spawn_local(async move {
            sharing.delete(&library, &share.get_value()).await;
            replace_lost(workshop);
            // After a failure the line is still there, to be tried again.
            let _ = deleting.try_set(false);
        });
    };
    let with_day = move |template: &str| {
        let day = lang::day(lang.get(), share.with_value(|share| share.expires));
        fill(template, &[("day", day)])
    };
    let until = move || with_day(lang.get().words().share_until);
    // Of several links each control says whose it is.
    let link = move || {
        let day = |share: &Share| lang::day(lang.get(), share.expires);
        let (own, id) = share.with_value(|share| (day(share), share.id.clone()));
        let alike: Vec<_> = sharing.shares.with(|shares| {
            let alike = shares.iter().filter(|other| day(other) == own);
            alike.map(|other| other.id.clone()).collect()
        });
        let name = with_day(lang.get().words().share_link);
        match alike.iter().position(|other| *other == id) {
            Some(place) if alike.len() > 1 => format!("{name} ({})", place + 1),
            _ => name,
        }
    };
    let of_link = move |what: fn(&'static Words) -> &'static str| {
        move || format!("{}: {}", what(lang.get().words()), link())
    };
    let url = share.with_value(|share| share.proven.then(|| sharing::link(share)));
    let is_over = share.with_value(|share| share.expires <= browser::now());
    let body = match url {
        _ if is_over => view! { <span class="fine">{words(|w| w.visit_expired)}</span> }.into_any(),
        None => view! { <span class="fine">{words(|w| w.share_unfinished)}</span> }.into_any(),
        Some(url) => {
            let label = move || {
                let words = lang.get().words();
                if copied.get() {
                    words.share_copied
                } else {
                    words.share_copy
                }
            };
            let (to_copy, to_send) = (url.clone(), url.clone());
            let copy = move |_| {
                let url = to_copy.clone();
                spawn_local(async move {
                    // The line may be gone by now.
                    let _ = copied.try_set(browser::copy(&url).await);
                    sleep(COPIED).await;
                    let _ = copied.try_set(false);
                });
            };
            let send = move |_| {
                let url = to_send.clone();
                spawn_local(async move {
                    browser::share_sheet(lang.get_untracked().words().title, &url).await;
                });
            };
            view! {
                <input class="link" readonly value=url aria-label=link />
                <button class="button" on:click=copy aria-label=of_link(|w| w.share_copy) prop:textContent=label></button>
                <span class="unseen" role="status" prop:textContent=move || if copied.get() { lang.get().words().share_copied } else { "" }></span>
                <Show when=browser::can_share>
                    <button class="button" on:click=send.clone() aria-label=of_link(|w| w.share_send)>{words(|w| w.share_send)}</button>
                </Show>
            }
            .into_any()
        }
    };
    view! {
        <li class="row">
            {body}
            <span class="fine">{until}</span>
            <button
                class="button danger delete-share"
                aria-label=of_link(|w| w.share_delete)
                aria-busy=move || deleting.get().to_string()
                disabled=move || deleting.get() || sharing.step.get().is_some()
                on:click=delete
                prop:textContent=move || if deleting.get() { lang.get().words().share_deleting } else { lang.get().words().share_delete }
            ></button>
        </li>
    }
}
