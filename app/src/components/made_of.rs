//! What somebody's bot is made of, and telling the operator of it.

use lemon_model::bot::about::Origin;
use lemon_model::feed::Source;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::feeds::of_source;
use crate::components::notice::Notice;
use crate::edge;
use crate::lang::{self, fill, number, use_lang, words};
use crate::trouble::Trouble;
use crate::visit::Made;

#[component]
pub fn MadeOf(
    /// None until it is known.
    made: RwSignal<Option<Made>>,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let show = move |_| {
        // Where it is open already it stays so.
        let _ = dialog.get_untracked().map(|dialog| dialog.show_modal());
    };
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let body = move || made.get().map(|made| view! { <Facts made /> });
    view! {
        <button class="button" id="made-of-it" on:click=show>{words(|w| w.made_title)}</button>
        <dialog class="card" id="made-of" node_ref=dialog aria-label=words(|w| w.made_title)>
            <h2>{words(|w| w.made_title)}</h2>
            {body}
            <button class="button quiet" on:click=close>{words(|w| w.close)}</button>
        </dialog>
    }
}

#[component]
fn Facts(made: Made) -> impl IntoView {
    let lang = use_lang();
    let Made {
        id,
        owner,
        at,
        replies,
        is_other: _,
        span,
        origins,
        expires,
        was_kept: _,
    } = made;
    let many = move || {
        let n = ("n", number(lang.get(), replies));
        let day = |at| lang::day(lang.get(), at);
        match span {
            Some((from, to)) => fill(
                lang.get().words().made_entries,
                &[n, ("from", day(from)), ("to", day(to))],
            ),
            None => fill(lang.get().words().made_empty, &[n]),
        }
    };
    let when = move || {
        let words = lang.get().words();
        let made = fill(words.made_on, &[("day", lang::day(lang.get(), at))]);
        let until =
            expires.map(|at| fill(words.share_until, &[("day", lang::day(lang.get(), at))]));
        [Some(made), until]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
    };
    let unknown = origins.is_empty();
    let accounts = origins.into_iter().map(|origin| view! { <From origin /> });
    let accounts = accounts.collect_view();
    let by = owner.handle.clone();
    view! {
        <ul class="points">
            <li prop:textContent=many></li>
            <li>{words(|w| w.made_by)} " " <bdi>"@" {by}</bdi></li>
            {accounts}
            {unknown.then(|| view! { <li>{words(|w| w.made_unknown)}</li> })}
            <li prop:textContent=when></li>
        </ul>
        <p class="fine">{words(|w| w.made_trust)}</p>
        <Report id />
    }
}

/// An account, and whether its owner has shown that it is theirs.
#[component]
fn From(origin: Origin) -> impl IntoView {
    let proven = if origin.is_proven {
        words(|w| w.made_proven)
    } else {
        words(|w| w.made_given)
    };
    let source = if origin.source == Source::XArchive {
        words(|w| w.source_x_archive)
    } else {
        words(of_source(origin.source))
    };
    view! { <li class="origin">{source} " " <bdi>"@" {origin.handle}</bdi> " · " {proven}</li> }
}

/// Tells the operator of a bot, after it was asked once more.
#[component]
fn Report(id: String) -> impl IntoView {
    let id = StoredValue::new(id);
    let asked = RwSignal::new(false);
    let done = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Trouble>);
    let report = move |_| {
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            let told = edge::report_bot(&id.get_value()).await;
            // The page may be gone by now.
            let _ = busy.try_set(false);
            match told {
                Ok(()) => _ = done.try_set(true),
                Err(error) => _ = trouble.try_set(Some(error.into())),
            }
        });
    };
    let ask = move || {
        if asked.get() {
            view! {
                <p class="fine">{words(|w| w.report_what)}</p>
                <div class="row">
                    <button class="button danger" id="report-yes" disabled=move || busy.get() on:click=report>{words(|w| w.report_yes)}</button>
                    <button class="button" on:click=move |_| asked.set(false)>{words(|w| w.delete_no)}</button>
                </div>
                <Notice trouble />
            }
            .into_any()
        } else {
            view! { <button class="button quiet" id="report" on:click=move |_| asked.set(true)>{words(|w| w.report)}</button> }
                .into_any()
        }
    };
    view! {
        <div class="report">
            <p role="status" class="fine" id="reported">{move || done.get().then(words(|w| w.reported))}</p>
            {move || (!done.get()).then(ask)}
        </div>
    }
}
