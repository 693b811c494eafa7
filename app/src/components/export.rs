//! A bot as a file, saved from here.

use lemon_model::age::{MAX_PASSPHRASE, MIN_PASSPHRASE};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::carry;
use crate::components::notice::Notice;
use crate::lang::{fill, number, percent, use_lang, words};
use crate::trouble::Trouble;
use crate::version;
use crate::workshop::Workshop;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Nothing,
    TooShort,
    /// This share of it is written.
    Writing(f32),
    Saved,
}

#[component]
pub fn Export(workshop: Workshop) -> impl IntoView {
    let lang = use_lang();
    let stage = RwSignal::new(Stage::Nothing);
    let passphrase = RwSignal::new(String::new());
    let trouble = RwSignal::new(None::<Trouble>);
    let is_writing = Memo::new(move |_| matches!(stage.get(), Stage::Writing(_)));
    let save = move |is_sealed: bool| {
        let Some(bot) = untrack(|| workshop.bot()).filter(|_| !is_writing.get_untracked()) else {
            return;
        };
        trouble.set(None);
        let sealed = is_sealed.then(|| carry::passphrase(&passphrase.get_untracked()));
        if sealed
            .as_ref()
            .is_some_and(|it| it.chars().count() < MIN_PASSPHRASE)
        {
            stage.set(Stage::TooShort);
            browser::focus("export-passphrase");
            return;
        }
        stage.set(Stage::Writing(0.0));
        spawn_local(async move {
            let told = |share| _ = stage.try_set(Stage::Writing(share));
            match carry::export(bot, sealed, told).await {
                Ok(()) => _ = stage.try_set(Stage::Saved),
                Err(why) => {
                    let _ = stage.try_set(Stage::Nothing);
                    let _ = trouble.try_set(Some(version::explained(why).await));
                }
            }
        });
    };
    let said = move || {
        let words = lang.get().words();
        match stage.get() {
            Stage::Nothing => String::new(),
            Stage::TooShort => {
                let n = ("n", number(lang.get(), MIN_PASSPHRASE));
                fill(words.export_short, &[n])
            }
            Stage::Writing(share) => fill(
                words.export_writing,
                &[("share", percent(lang.get(), share.into()))],
            ),
            Stage::Saved => words.export_saved.to_owned(),
        }
    };
    let make = move |_| {
        if let Some(made) = made() {
            passphrase.set(made);
            stage.set(Stage::Nothing);
        }
    };
    view! {
        <h2>{words(|w| w.export_title)}</h2>
        <p class="fine">{words(|w| w.export_what)}</p>
        <form
            class="fields"
            on:submit=move |event| {
                event.prevent_default();
                save(true);
            }
        >
            <label class="field">
                <span>{words(|w| w.export_passphrase)}</span>
                <input
                    id="export-passphrase"
                    type="text"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby="export-said"
                    aria-invalid=move || (stage.get() == Stage::TooShort).then_some("true")
                    maxlength=MAX_PASSPHRASE.to_string()
                    prop:value=move || passphrase.get()
                    on:input=move |event| passphrase.set(event_target_value(&event))
                />
            </label>
            <p class="fine">{words(|w| w.export_forgotten)}</p>
            <div class="row">
                <button class="button primary" id="export" disabled=move || is_writing.get()>{words(|w| w.export_save)}</button>
                <button type="button" class="button" id="make-passphrase" on:click=make>{words(|w| w.export_make)}</button>
            </div>
        </form>
        <details>
            <summary>{words(|w| w.export_open)}</summary>
            <p class="fine">{words(|w| w.export_open_what)}</p>
            <button class="button" id="export-open" disabled=move || is_writing.get() on:click=move |_| save(false)>{words(|w| w.export_open_save)}</button>
        </details>
        <p role="status" class="fine" id="export-said" prop:textContent=said></p>
        <Notice trouble />
    }
}

/// A passphrase of 100 bits, in groups of four letters and digits that are not taken for each other.
fn made() -> Option<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";
    let random: [u8; 20] = browser::random()?;
    let mut made = String::new();
    for (place, byte) in random.into_iter().enumerate() {
        if place > 0 && place % 4 == 0 {
            made.push('-');
        }
        made.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    }
    Some(made)
}
