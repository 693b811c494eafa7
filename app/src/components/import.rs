//! A bot out of a file that was saved elsewhere.

use lemon_model::age::MAX_PASSPHRASE;
use lemon_model::backup::Lock;
use leptos::ev::Event;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{File, HtmlInputElement};

use crate::browser;
use crate::carry::{self, Incoming};
use crate::components::notice::Notice;
use crate::lang::{self, fill, number, use_lang, words};
use crate::trouble::Trouble;
use crate::version;
use crate::workshop::Workshop;

/// How far it is.
#[derive(Clone)]
enum Stage {
    Nothing,
    Looking,
    /// It wants a passphrase, and another one than was tried.
    Locked {
        file: File,
        was_wrong: bool,
    },
    /// It is to be confirmed.
    Inside(Box<Incoming>),
    /// This share of it is taken in.
    Taking(f64),
}

#[component]
pub fn Import(workshop: Workshop) -> impl IntoView {
    let lang = use_lang();
    let stage = RwSignal::new_local(Stage::Nothing);
    let trouble = RwSignal::new(None::<Trouble>);
    let failed = async move |why: Trouble| {
        let why = version::explained(why).await;
        // The page may be gone by now.
        let _ = stage.try_set(Stage::Nothing);
        let _ = trouble.try_set(Some(why));
    };
    let look = move |file: File, passphrase: Option<String>| {
        trouble.set(None);
        stage.set(Stage::Looking);
        spawn_local(async move {
            match Incoming::look(file.clone(), passphrase).await {
                Ok(incoming) => {
                    let _ = stage.try_set(Stage::Inside(Box::new(incoming)));
                    browser::focus("take-in");
                }
                Err(why) if carry::is_passphrase(&why) => {
                    let was_wrong = true;
                    let _ = stage.try_set(Stage::Locked { file, was_wrong });
                    browser::focus("import-passphrase");
                }
                Err(why) => failed(why).await,
            }
        });
    };
    let given = move |event: Event| {
        let field: HtmlInputElement = event_target(&event);
        let file = field.files().and_then(|files| files.get(0));
        // So that the same file can be chosen again.
        field.set_value("");
        let Some(file) = file else { return };
        trouble.set(None);
        spawn_local(async move {
            match carry::lock(&file).await {
                Ok(Lock::Open) => look(file, None),
                Ok(Lock::Passphrase) => {
                    let was_wrong = false;
                    let _ = stage.try_set(Stage::Locked { file, was_wrong });
                    browser::focus("import-passphrase");
                }
                Err(why) => failed(why).await,
            }
        });
    };
    let take = move |incoming: Incoming| {
        stage.set(Stage::Taking(0.0));
        spawn_local(async move {
            let told = |share| _ = stage.try_set(Stage::Taking(share));
            if let Err(why) = incoming.take(workshop, told).await {
                failed(why).await;
            }
        });
    };
    let leave = move || {
        stage.set(Stage::Nothing);
        browser::focus("import-file");
    };
    let said = move || {
        let words = lang.get().words();
        stage.with(|stage| match stage {
            Stage::Looking => words.import_looking,
            Stage::Taking(_) => words.import_taking,
            Stage::Nothing | Stage::Locked { .. } | Stage::Inside(_) => "",
        })
    };
    let body = move || {
        match stage.get() {
        Stage::Nothing => view! {
            <label class="button file">
                <span>{words(|w| w.import_choose)}</span>
                <input type="file" id="import-file" class="unseen" on:change=given />
            </label>
        }
        .into_any(),
        Stage::Looking => ().into_any(),
        Stage::Locked { file, was_wrong } => {
            let file = StoredValue::new_local(file);
            let unlock = move |passphrase| look(file.get_value(), Some(passphrase));
            view! { <Unlock was_wrong unlock leave /> }.into_any()
        }
        Stage::Inside(incoming) => {
            view! { <Confirm workshop incoming=*incoming take leave /> }.into_any()
        }
        Stage::Taking(share) => {
            view! { <progress max="1" value=share aria-label=words(|w| w.import_taking)></progress> }
                .into_any()
        }
    }
    };
    view! {
        <h2>{words(|w| w.import_title)}</h2>
        <p class="fine">{words(|w| w.import_what)}</p>
        <div class="door" id="import">{body}</div>
        <p role="status" class="fine" id="import-said" prop:textContent=said></p>
        <Notice trouble />
    }
}

#[component]
fn Unlock(
    was_wrong: bool,
    unlock: impl Fn(String) + Copy + 'static,
    leave: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let passphrase = RwSignal::new(String::new());
    view! {
        <form
            class="fields"
            on:submit=move |event| {
                event.prevent_default();
                unlock(carry::passphrase(&passphrase.get_untracked()));
            }
        >
            <label class="field">
                <span>{words(|w| w.import_passphrase)}</span>
                <input
                    id="import-passphrase"
                    type="password"
                    autocomplete="off"
                    required
                    maxlength=MAX_PASSPHRASE.to_string()
                    aria-invalid=was_wrong.then_some("true")
                    aria-describedby="import-wrong"
                    prop:value=move || passphrase.get()
                    on:input=move |event| passphrase.set(event_target_value(&event))
                />
            </label>
            <p class="fine" role="alert" id="import-wrong">{was_wrong.then(words(|w| w.import_wrong))}</p>
            <div class="row">
                <button class="button primary" id="unlock">{words(|w| w.import_unlock)}</button>
                <button type="button" class="button" on:click=move |_| leave()>{words(|w| w.import_leave)}</button>
            </div>
        </form>
    }
}

/// What is in the file, and what would be replaced by it.
#[component]
fn Confirm(
    workshop: Workshop,
    incoming: Incoming,
    take: impl Fn(Incoming) + Copy + 'static,
    leave: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let lang = use_lang();
    let owner = incoming.bot.owner();
    let last = incoming.bot.last;
    let replaces = !workshop.replaced_by(&incoming.bot).is_empty();
    let incoming = StoredValue::new_local(incoming);
    let name = move || lang::called(lang.get(), &owner.name, &owner.handle);
    let held = move || {
        let last = last?;
        let values = [
            ("posts", number(lang.get(), last.posts)),
            ("n", number(lang.get(), last.entries)),
            ("day", lang::day(lang.get(), last.at)),
        ];
        Some(fill(lang.get().words().bots_held, &values))
    };
    view! {
        <p id="inside"><bdi><b prop:textContent=name></b></bdi></p>
        <p class="fine">{held}</p>
        {replaces.then(|| view! { <p class="fine" id="replaces">{words(|w| w.import_replaces)}</p> })}
        <div class="row">
            <button class="button primary" id="take-in" on:click=move |_| take(incoming.get_value())>
                {words(if replaces { |w| w.import_replace } else { |w| w.import_take })}
            </button>
            <button class="button" on:click=move |_| leave()>{words(|w| w.import_leave)}</button>
        </div>
    }
}
