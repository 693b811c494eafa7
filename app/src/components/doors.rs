//! Where posts can be brought from: equal ways, of which one is taken at a time.

use lemon_model::feed::Source;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::components::archive_door::ArchiveDoor;
use crate::components::notice::Notice;
use crate::edge;
use crate::lang::{use_lang, words};
use crate::session::Session;
use crate::sources::outside;
use crate::trouble::Trouble;
use crate::words::Words;
use crate::workshop::Workshop;

/// Servers that many people know, to be chosen where one is typed; the first one is an example.
const MISSKEY: [&str; 6] = [
    "misskey.io",
    "nijimiss.moe",
    "misskey.design",
    "stella.place",
    "k.lapy.link",
    "submarin.online",
];
const MASTODON: [&str; 6] = [
    "mastodon.social",
    "mstdn.jp",
    "fedibird.com",
    "planet.moe",
    "mastodon.online",
    "mas.to",
];

/// The field in which a server is named.
const SERVER: &str = "server";

#[component]
pub fn Doors(
    workshop: Workshop,
    /// X lets nobody in at present.
    #[prop(into)]
    is_x_closed: Signal<bool>,
) -> impl IntoView {
    let is_in = Memo::new(move |_| matches!(workshop.session.get(), Session::In(_)));
    // Of X a bot has one account, which is signed in to where it is shown.
    let has_x = move || is_in.get() || workshop.bot().is_some_and(|bot| bot.x().is_some());
    let kind = RwSignal::new(outside::left_for());
    let x = move || {
        if has_x() {
            ().into_any()
        } else if is_x_closed.get() {
            view! { <button class="button large" id="sign-in" disabled>{words(|w| w.sign_in_x)}</button> }.into_any()
        } else {
            view! { <a class="button large" id="sign-in" rel="external" href=edge::LOGIN>{words(|w| w.sign_in_x)}</a> }.into_any()
        }
    };
    let door = move |source: Source,
                     id: &'static str,
                     label: fn(&'static Words) -> &'static str| {
        let is_open = Memo::new(move |_| kind.get() == Some(source));
        let press = move |_| {
            kind.set(Some(source).filter(|_| !is_open.get_untracked()));
            if is_open.get_untracked() {
                browser::focus(SERVER);
            }
        };
        view! {
            <button class="button large" id=id aria-expanded=move || is_open.get().to_string() on:click=press>
                {words(label)}
            </button>
        }
    };
    view! {
        <div class="doors">
            {x}
            {door(Source::Bluesky, "bluesky", |w| w.sign_in_bluesky)}
            {door(Source::Mastodon, "mastodon", |w| w.sign_in_mastodon)}
            {door(Source::Misskey, "misskey", |w| w.sign_in_misskey)}
            {move || kind.get().map(|kind| view! { <ServerDoor workshop kind /> })}
            <ArchiveDoor workshop />
        </div>
    }
}

/// What the field is to people at each door.
struct Field {
    label: fn(&'static Words) -> &'static str,
    hint: fn(&'static Words) -> &'static str,
    go: fn(&'static Words) -> &'static str,
    example: &'static str,
    common: &'static [&'static str],
}

impl Field {
    fn of(source: Source) -> Self {
        let common = match source {
            Source::Bluesky => {
                return Self {
                    label: |w| w.handle_label,
                    hint: |w| w.handle_hint,
                    go: |w| w.handle_go,
                    example: "lemon.bsky.social",
                    common: &[],
                };
            }
            Source::Mastodon => MASTODON.as_slice(),
            _ => MISSKEY.as_slice(),
        };
        Self {
            label: |w| w.server_label,
            hint: |w| w.server_hint,
            go: |w| w.server_go,
            example: common[0],
            common,
        }
    }
}

/// Where the server is named at which one has an account, or who one is, and left for.
#[component]
fn ServerDoor(workshop: Workshop, kind: Source) -> impl IntoView {
    let lang = use_lang();
    let typed = NodeRef::<Input>::new();
    let is_leaving = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Trouble>);
    // What was typed at another door is no name at this one.
    Effect::new(move |_| {
        if let Some(field) = typed.get() {
            field.set_value("");
        }
    });
    // Declining leads back from no such server: who is here again has not said yes.
    let came_back = outside::left_for().is_some();
    let field = Field::of(kind);
    let example = field.example;
    let leave = move |event: SubmitEvent| {
        event.prevent_default();
        if is_leaving.get_untracked() {
            return;
        }
        // As it is there, whoever filled it in.
        let named = typed.get_untracked().map(|field| field.value());
        let named = named.unwrap_or_default();
        trouble.set(None);
        is_leaving.set(true);
        spawn_local(async move {
            let name = lang.get_untracked().words().title;
            let left = workshop.sources().outside;
            match left.leave_for(kind, named, name, false).await {
                // The page goes, and what was pressed stays pressed until then.
                Ok(address) => browser::leave_for(&address),
                Err(why) => {
                    let _ = trouble.try_set(Some(why));
                    let _ = is_leaving.try_set(false);
                    browser::focus(SERVER);
                }
            }
        });
    };
    let label = move || {
        let words = lang.get().words();
        if is_leaving.get() {
            words.server_asking
        } else {
            (field.go)(words)
        }
    };
    view! {
        <form class="server" on:submit=leave>
            <Show when=move || came_back><p class="notice" id="not-back" role="status">{words(|w| w.server_not_back)}</p></Show>
            <label for=SERVER>{words(field.label)}</label>
            <input
                class="link"
                type="text"
                id=SERVER
                list="servers"
                inputmode="url"
                autocapitalize="none"
                autocomplete="off"
                spellcheck="false"
                maxlength="300"
                placeholder=example
                aria-describedby="server-hint"
                node_ref=typed
            />
            <datalist id="servers">{field.common.iter().map(|server| view! { <option value=*server></option> }).collect_view()}</datalist>
            <button class="button primary" id="server-go" type="submit" aria-disabled=move || is_leaving.get().to_string() prop:textContent=label></button>
            <p class="fine" id="server-hint">{words(field.hint)}</p>
            <Notice trouble />
        </form>
    }
}
