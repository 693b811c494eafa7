//! The bots of this browser, what was shared of them, and links whose codes were kept.

use std::collections::HashMap;

use lemon_model::bots::Bot;
use lemon_model::protocol::Share;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::components::codes::Codes;
use crate::components::export::Export;
use crate::components::feeds::of_source;
use crate::components::import::Import;
use crate::components::manners::MannersOf;
use crate::components::share_panel::SharePanel;
use crate::lang::{self, fill, number, use_lang, words};
use crate::library::Library;
use crate::sharing;
use crate::workshop::{Workshop, use_workshop};

#[component]
pub fn BotsPage() -> impl IntoView {
    let workshop = use_workshop();
    let bots = Memo::new(move |_| workshop.all());
    let current = Memo::new(move |_| workshop.bot().map(|bot| bot.id));
    let others = Memo::new(move |_| {
        let mut others = bots.get();
        others.retain(|bot| Some(&bot.id) != current.get().as_ref());
        others
    });
    view! {
        <main class="page">
            <h1>{words(|w| w.bots_title)}</h1>
            <Show
                when=move || current.get().is_some()
                fallback=|| view! {
                    <section class="card center">
                        <p>{words(|w| w.bots_none)}</p>
                        <A href="/" attr:class="button primary">{words(|w| w.home)}</A>
                    </section>
                }
            >
                <Current workshop />
                <SharePanel workshop />
                <section class="card"><MannersOf workshop /></section>
                <section class="card"><Export workshop /></section>
            </Show>
            <Show when=move || others.with(|others| !others.is_empty())>
                <section class="card">
                    <h2>{words(|w| w.bots_others)}</h2>
                    <Others workshop others />
                </section>
            </Show>
            <section class="card"><Import workshop /></section>
            <section class="card"><Codes /></section>
        </main>
    }
}

/// The one that is shown.
#[component]
fn Current(workshop: Workshop) -> impl IntoView {
    let bot = Memo::new(move |_| workshop.bot());
    let lines = move || bot.get().map(|bot| view! { <Facts bot /> });
    view! {
        <section class="card" id="current-bot">
            {lines}
            <div class="row">
                <A href="/chat" attr:class="button primary">{words(|w| w.open_chat)}</A>
                <A href="/search" attr:class="button">{words(|w| w.share_review)}</A>
                // Deleting it has what it takes there.
                <A href="/" attr:class="button">{words(|w| w.bots_more)}</A>
            </div>
        </section>
    }
}

/// What it is called, what it is made of, how large it is.
#[component]
fn Facts(bot: Bot) -> impl IntoView {
    let lang = use_lang();
    let owner = bot.owner();
    let name = move || lang::called(lang.get(), &owner.name, &owner.handle);
    let held = move || {
        let last = bot.last?;
        let values = [
            ("posts", number(lang.get(), last.posts)),
            ("n", number(lang.get(), last.entries)),
            ("day", lang::day(lang.get(), last.at)),
        ];
        Some(fill(lang.get().words().bots_held, &values))
    };
    let accounts = bot.accounts.into_iter().map(|account| {
        let source = of_source(account.feed.source);
        view! { <li>{words(source)} " " <bdi>"@" {account.handle}</bdi></li> }
    });
    view! {
        <h2><bdi prop:textContent=name></bdi></h2>
        <ul class="plain fine">{accounts.collect_view()}</ul>
        <p class="fine held-so-much">{held}</p>
    }
}

/// Those that are not shown, with what was shared of them.
#[component]
fn Others(workshop: Workshop, others: Memo<Vec<Bot>>) -> impl IntoView {
    let shares = RwSignal::new(HashMap::new());
    let ids: Vec<String> =
        others.with_untracked(|others| others.iter().map(|bot| bot.id.clone()).collect());
    spawn_local(async move {
        let Ok(library) = Library::start().await else {
            return;
        };
        for id in ids {
            // What cannot be read now is shown once the bot is opened.
            if let Ok(found) = library.shares_of(id.clone()).await {
                // The page may be gone by now.
                let _ = shares.try_update(|shares| shares.insert(id, sharing::living(&found)));
            }
        }
        library.end();
    });
    view! {
        <ul class="bots">
            <For each=move || others.get() key=|bot| bot.id.clone() let(bot)>
                <Other workshop bot shares />
            </For>
        </ul>
    }
}

#[component]
fn Other(
    workshop: Workshop,
    bot: Bot,
    shares: RwSignal<HashMap<String, Vec<Share>>>,
) -> impl IntoView {
    let lang = use_lang();
    let id = StoredValue::new(bot.id.clone());
    let links = move || {
        shares.with(|shares| {
            let shares = id.with_value(|id| shares.get(id))?;
            let last = shares.iter().map(|share| share.expires).max()?;
            let values = [
                ("n", number(lang.get(), shares.len())),
                ("day", lang::day(lang.get(), last)),
            ];
            Some(fill(lang.get().words().bots_links, &values))
        })
    };
    view! {
        <li>
            <Facts bot />
            <p class="fine">{links}</p>
            <button class="button open-bot" on:click=move |_| workshop.turn_to(&id.get_value())>{words(|w| w.bots_open)}</button>
        </li>
    }
}
