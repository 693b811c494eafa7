//! The accounts whose posts a bot is made of.

use lemon_model::bots::Account;
use lemon_model::feed::Source;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::components::notice::Notice;
use crate::edge;
use crate::lang::{fill, use_lang, words};
use crate::words::Words;
use crate::workshop::Workshop;

/// Each with what it takes to fetch what is new, for a bot that is ready.
#[component]
pub fn Feeds(workshop: Workshop) -> impl IntoView {
    let accounts = Memo::new(move |_| workshop.bot().map_or_else(Vec::new, |bot| bot.accounts));
    view! {
        <ul class="feeds">
            <For each=move || accounts.get() key=|account| account.feed.clone() let(account)>
                <FeedLine workshop account />
            </For>
        </ul>
    }
}

#[component]
fn FeedLine(workshop: Workshop, account: Account) -> impl IntoView {
    let lang = use_lang();
    let is_x = account.feed.source == Source::X;
    let handle = account.handle.clone();
    let account = StoredValue::new(account);
    let can_ask = move || {
        let is_of = |account: &Account| workshop.session.with(|session| session.is_of(account));
        !is_x || account.with_value(is_of)
    };
    let (trouble, is_leaving) = (RwSignal::new(None), RwSignal::new(false));
    let fetch = move |_| {
        let account = account.get_value();
        if !account.is_keyed {
            return workshop.begin(account);
        }
        // The key of the last time is gone.
        trouble.set(None);
        is_leaving.set(true);
        spawn_local(async move {
            let name = lang.get_untracked().words().title;
            let server = account.feed.server().to_owned();
            match workshop
                .sources()
                .outside
                .leave_for(account.feed.source, server, name, true)
                .await
            {
                Ok(address) => browser::leave_for(&address),
                Err(why) => _ = trouble.try_set(Some(why)),
            }
            // Whoever comes back by the browser's own button may want to leave once more.
            _ = is_leaving.try_set(false);
        });
    };
    let named = {
        let handle = handle.clone();
        move || {
            let handle = ("handle", handle.clone());
            fill(lang.get().words().fetch_new_of, &[handle])
        }
    };
    view! {
        <li>
            <span class="who"><b>{words(of_source(account.with_value(|account| account.feed.source)))}</b><span class="fine"><bdi>"@" {handle}</bdi></span></span>
            <Show
                when=can_ask
                fallback=move || view! { <a class="button" rel="external" href=edge::LOGIN>{words(|w| w.sign_in_x)}</a> }
            >
                <button class="button fetch-new" aria-label=named.clone() disabled=move || is_leaving.get() on:click=fetch>{words(|w| w.fetch_new)}</button>
            </Show>
            <Notice trouble />
            {is_x.then(|| view! { <p class="fine">{words(|w| w.fetch_new_cost)}</p> })}
        </li>
    }
}

pub fn of_source(source: Source) -> fn(&'static Words) -> &'static str {
    match source {
        Source::X | Source::XArchive => |w| w.source_x,
        Source::Bluesky => |w| w.source_bluesky,
        Source::Mastodon => |w| w.source_mastodon,
        Source::Misskey => |w| w.source_misskey,
    }
}
