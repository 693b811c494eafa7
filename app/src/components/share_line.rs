//! A link that was shared: giving it on, renewing it, keeping its code, deleting it.

use std::time::Duration;

use gloo_timers::future::sleep;
use lemon_model::protocol::Share;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::browser;
use crate::components::days::{self, Days};
use crate::components::notice::Notice;
use crate::components::qr::qr;
use crate::lang::{self, fill, number, use_lang, words};
use crate::sharing::{self, Difference, Sharing};
use crate::trouble::Trouble;
use crate::version;
use crate::words::Words;
use crate::workshop::Workshop;

/// For how long it is told whether something was copied.
const COPIED: Duration = Duration::from_secs(4);

#[component]
pub fn ShareLine(workshop: Workshop, sharing: Sharing, share: Share) -> impl IntoView {
    let lang = use_lang();
    let workshop = StoredValue::new(workshop);
    let deleting = RwSignal::new(false);
    let first = share;
    let share = Memo::new(move |_| {
        let known = sharing.shares.with(|shares| {
            let mut known = shares.iter().filter(|known| known.id == first.id);
            known.next().cloned()
        });
        known.unwrap_or_else(|| first.clone())
    });
    let delete = move |_| {
        let workshop = workshop.get_value();
        let Some(library) = workshop.library() else {
            return;
        };
        deleting.set(true);
        spawn_local(async move {
            sharing.delete(&library, &share.get_untracked()).await;
            workshop.replace_lost();
            // After a failure the line is still there, to be tried again.
            let _ = deleting.try_set(false);
        });
    };
    let with_day = move |template: &str| {
        let day = lang::day(lang.get(), share.with(|share| share.expires));
        fill(template, &[("day", day)])
    };
    let until = move || with_day(lang.get().words().share_until);
    // Of several links each control says whose it is.
    let link = Signal::derive(move || {
        let day = |share: &Share| lang::day(lang.get(), share.expires);
        let (own, id) = share.with(|share| (day(share), share.id.clone()));
        let alike: Vec<_> = sharing.shares.with(|shares| {
            let alike = shares.iter().filter(|other| day(other) == own);
            alike.map(|other| other.id.clone()).collect()
        });
        let name = with_day(lang.get().words().share_link);
        match alike.iter().position(|other| *other == id) {
            Some(place) if alike.len() > 1 => format!("{name} ({})", place + 1),
            _ => name,
        }
    });
    let of_link = move |what| of_link(link, what);
    let url = Memo::new(move |_| {
        // What was renewed is behind a link that people have, seen to work or not.
        let is_out = share.with(|share| share.proven || share.renewed > 0);
        is_out.then(|| share.with(sharing::link))
    });
    let is_over = move || share.with(|share| share.expires <= browser::now());
    let body = move || match url.get() {
        _ if is_over() => {
            view! { <span class="fine">{words(|w| w.visit_expired)}</span> }.into_any()
        }
        None => view! { <span class="fine">{words(|w| w.share_unfinished)}</span> }.into_any(),
        Some(url) => view! { <Link url link /> }.into_any(),
    };
    let unseen = move || share.with(|share| !share.proven && share.renewed > 0);
    view! {
        <li class="row">
            {body}
            <Show when=unseen><span class="fine">{words(|w| w.share_unchecked)}</span></Show>
            <span class="fine until">{until}</span>
            <button
                class="button danger delete-share"
                aria-label=of_link(|w| w.share_delete)
                aria-busy=move || deleting.get().to_string()
                disabled=move || deleting.get() || sharing.step.get().is_some()
                on:click=delete
                prop:textContent=move || if deleting.get() { lang.get().words().share_deleting } else { lang.get().words().share_delete }
            ></button>
            <More workshop sharing share link deleting />
        </li>
    }
}

/// What a control does, and to which link.
fn of_link(
    link: Signal<String>,
    what: fn(&'static Words) -> &'static str,
) -> impl Fn() -> String + Copy + Send + Sync + 'static {
    let lang = use_lang();
    move || format!("{}: {}", what(lang.get().words()), link.get())
}

/// The link, and the ways in which it is given on.
#[component]
fn Link(url: String, link: Signal<String>) -> impl IntoView {
    let lang = use_lang();
    let url = StoredValue::new(url);
    let send = move |_| {
        spawn_local(async move {
            let words = lang.get_untracked().words();
            browser::share_sheet(words.title, words.share_text, &url.get_value()).await;
        });
    };
    let of_link = move |what| of_link(link, what);
    // Behind a sentence that says what it leads to.
    let with_text = move || {
        format!(
            "{}\n{}",
            lang.get_untracked().words().share_text,
            url.get_value()
        )
    };
    view! {
        <input class="link" readonly value=url.get_value() aria-label=link on:focus=|event| browser::select_all(&event) />
        <Copy what=|w| w.share_copy of=link text=move || url.get_value() />
        <Copy what=|w| w.share_copy_text of=link text=with_text />
        <Show when=browser::can_share>
            <button class="button" on:click=send aria-label=of_link(|w| w.share_send)>{words(|w| w.share_send)}</button>
        </Show>
    }
}

/// A button that copies, and says whether it did.
#[component]
pub fn Copy<T>(
    what: fn(&'static Words) -> &'static str,
    /// Of what it is.
    #[prop(into)]
    of: Signal<String>,
    text: T,
) -> impl IntoView
where
    T: Fn() -> String + Copy + Send + Sync + 'static,
{
    let lang = use_lang();
    let copied = RwSignal::new(None::<bool>);
    let copy = move |_| {
        spawn_local(async move {
            let has = browser::copy(&text()).await;
            // The button may be gone by now.
            let _ = copied.try_set(Some(has));
            sleep(COPIED).await;
            let _ = copied.try_set(None);
        });
    };
    let told = move |otherwise: &'static str| match copied.get() {
        Some(true) => lang.get().words().share_copied,
        Some(false) => lang.get().words().share_not_copied,
        None => otherwise,
    };
    let label = move || told(what(lang.get().words()));
    let name = move || {
        let (what, of) = (what(lang.get().words()), of.get());
        if of.is_empty() {
            what.to_owned()
        } else {
            format!("{what}: {of}")
        }
    };
    view! {
        <button class="button" on:click=copy aria-label=name prop:textContent=label></button>
        <span class="unseen" role="status" prop:textContent=move || told("")></span>
    }
}

/// How far what is behind a link is from what is here.
#[derive(Clone, Debug, PartialEq)]
enum Comparison {
    Unknown,
    Comparing,
    Differs(Difference),
}

#[component]
fn Compared(
    workshop: StoredValue<Workshop>,
    share: Memo<Share>,
    link: Signal<String>,
) -> impl IntoView {
    let lang = use_lang();
    let state = RwSignal::new(Comparison::Unknown);
    let trouble = RwSignal::new(None::<Trouble>);
    // What was renewed is another one.
    Effect::new(move || {
        share.track();
        state.set(Comparison::Unknown);
    });
    let compare = move |_| {
        let workshop = workshop.get_value();
        let Some(library) = workshop.library() else {
            return;
        };
        trouble.set(None);
        state.set(Comparison::Comparing);
        let me = untrack(|| workshop.handles());
        spawn_local(async move {
            let compared = sharing::compare(&library, &share.get_untracked(), me).await;
            // The line may be gone by now.
            let _ = match compared {
                Ok(difference) => state.try_set(Comparison::Differs(difference)),
                Err(why) => {
                    let _ = trouble.try_set(Some(version::explained(why).await));
                    state.try_set(Comparison::Unknown)
                }
            };
        });
    };
    let said = move || {
        let words = lang.get().words();
        match state.get() {
            Comparison::Unknown => String::new(),
            Comparison::Comparing => words.share_comparing.to_owned(),
            Comparison::Differs(Difference { gone: 0, new: 0 }) => words.share_same.to_owned(),
            Comparison::Differs(Difference { gone, new }) => {
                let values = [("gone", gone), ("n", new)];
                let values = values.map(|(name, n)| (name, number(lang.get(), n)));
                fill(words.share_differs, &values)
            }
        }
    };
    let is_busy = move || state.get() == Comparison::Comparing;
    view! {
        <div class="row">
            <button class="button compare-share" aria-label=of_link(link, |w| w.share_compare) disabled=is_busy on:click=compare>{words(|w| w.share_compare)}</button>
            <span class="fine compared" role="status" prop:textContent=said></span>
        </div>
        <Notice trouble />
    }
}

/// What else can be done with a link.
#[component]
fn More(
    workshop: StoredValue<Workshop>,
    sharing: Sharing,
    share: Memo<Share>,
    link: Signal<String>,
    deleting: RwSignal<bool>,
) -> impl IntoView {
    let lang = use_lang();
    let left = share.with_untracked(|share| share.expires - browser::now());
    let days = RwSignal::new(days::at_least(left));
    let busy = move || deleting.get() || sharing.step.get().is_some();
    let can_renew = move || {
        let workshop = workshop.get_value();
        !busy() && workshop.ready.get() && workshop.is_idle()
    };
    let renew = move |_| {
        let workshop = workshop.get_value();
        let (Some(engine), Some(what)) = (workshop.engine(), untrack(|| workshop.outgoing()))
        else {
            return;
        };
        let days = days.get_untracked();
        spawn_local(async move {
            let share = Some(share.get_untracked());
            sharing.share(&engine, what, days, share).await;
            workshop.replace_lost();
        });
    };
    let extend = move |_| {
        let Some(library) = workshop.get_value().library() else {
            return;
        };
        let days = days.get_untracked();
        spawn_local(async move { sharing.extend(&library, share.get_untracked(), days).await });
    };
    let code = move || sharing::codes(&[share.get_untracked()]).concat();
    let save = move |_| sharing::save_codes(&[share.get_untracked()], lang.get_untracked());
    let made = move || {
        let (at, renewed) = share.with(|share| (share.made_at, share.renewed));
        let words = lang.get().words();
        let renewed = usize::try_from(renewed).unwrap_or(usize::MAX);
        let values = [
            ("day", lang::day(lang.get(), at)),
            ("n", number(lang.get(), renewed)),
        ];
        if at == 0 {
            words.share_made_once.to_owned()
        } else {
            fill(words.share_made, &values)
        }
    };
    let of_link = move |what| of_link(link, what);
    let picture = share.with_untracked(|share| qr(&sharing::link(share)));
    view! {
        <details class="more">
            <summary aria-label=of_link(|w| w.share_more)>{words(|w| w.share_more)}</summary>
            <p class="fine made" role="status" prop:textContent=made></p>
            <p class="fine">{words(|w| w.share_follows)} " " <A href="/search">{words(|w| w.share_review)}</A></p>
            <Compared workshop share link />
            <div class="row">
                <Days days />
                <button class="button renew-share" aria-label=of_link(|w| w.share_renew) disabled=move || !can_renew() on:click=renew>{words(|w| w.share_renew)}</button>
                <button class="button extend-share" aria-label=of_link(|w| w.share_extend) disabled=busy on:click=extend>{words(|w| w.share_extend)}</button>
            </div>
            <p class="fine">{words(|w| w.code_what)}</p>
            <div class="row">
                <Copy what=|w| w.code_copy of=link text=code />
                <button class="button save-code" aria-label=of_link(|w| w.code_save) on:click=save>{words(|w| w.code_save)}</button>
            </div>
            {picture}
        </details>
    }
}
