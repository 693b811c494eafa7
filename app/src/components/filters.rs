//! Which entries are listed.

use std::collections::BTreeSet;

use lemon_model::answers::Language;
use lemon_model::feed::Source;
use lemon_model::library::desk::State;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::entries::Desk;
use crate::components::manner::{start_of, year_of};
use crate::lang::{number, use_lang, words};
use crate::words::Words;

const STATES: [(State, &str); 5] = [
    (State::All, "all"),
    (State::Flagged, "flagged"),
    (State::Cleared, "cleared"),
    (State::Pinned, "pinned"),
    (State::LeftOut, "left-out"),
];

const LANGUAGES: [(Language, &str, &str); 3] = [
    (Language::Korean, "ko", "한국어"),
    (Language::Japanese, "ja", "日本語"),
    (Language::Latin, "en", "English"),
];

const PLACES: [(Source, &str); 4] = [
    (Source::X, "X"),
    (Source::Bluesky, "Bluesky"),
    (Source::Mastodon, "Mastodon"),
    (Source::Misskey, "Misskey"),
];

#[component]
pub fn Filters(desk: Desk) -> impl IntoView {
    let lang = use_lang();
    let chips = STATES.map(|(state, id)| {
        let count = move || {
            let counts = desk.counts.get();
            match state {
                State::Flagged => counts.flagged,
                State::LeftOut => counts.left_out,
                State::All | State::Cleared | State::Pinned => 0,
            }
        };
        let label = move || {
            let name = name_of(lang.get().words(), state);
            match count() {
                0 => name.to_owned(),
                n => format!("{name} {}", number(lang.get(), n)),
            }
        };
        let is_chosen = move || desk.wanted.with(|wanted| wanted.state == state);
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="state"
                    id=format!("state-{id}")
                    prop:checked=is_chosen
                    on:change=move |_| desk.wanted.update(|wanted| wanted.state = state)
                />
                <span>{label}</span>
            </label>
        }
    });
    view! {
        <fieldset class="choices">
            <legend class="unseen">{words(|w| w.desk_which)}</legend>
            {chips}
        </fieldset>
        <Selects desk />
    }
}

/// Of which kind, year, language and place.
#[component]
fn Selects(desk: Desk) -> impl IntoView {
    let years = years(desk);
    let of_year = move |event| {
        let year = event_target_value(&event).parse().ok();
        desk.wanted.update(|wanted| {
            (wanted.from, wanted.until) = year.map_or((i64::MIN, i64::MAX), |year| {
                (start_of(year), start_of(year + 1))
            });
        });
    };
    let of_language = move |event| {
        let id = event_target_value(&event);
        let language = LANGUAGES.iter().find(|(_, of, _)| *of == id);
        desk.wanted
            .update(|wanted| wanted.language = language.map(|(language, ..)| *language));
    };
    let of_kind = move |event| {
        let answers = match event_target_value(&event).as_str() {
            "answers" => Some(true),
            "statements" => Some(false),
            _ => None,
        };
        desk.wanted.update(|wanted| wanted.answers = answers);
    };
    let of_place = move |event| {
        let name = event_target_value(&event);
        let place = PLACES.iter().find(|(_, of)| *of == name);
        desk.wanted
            .update(|wanted| wanted.place = place.map(|(place, _)| *place));
    };
    let has_places = move || {
        let accounts = desk
            .workshop()
            .bot()
            .map(|bot| bot.accounts)
            .unwrap_or_default();
        let places: BTreeSet<_> = accounts
            .iter()
            .map(|account| account.feed.space())
            .collect();
        places.len() > 1
    };
    view! {
        <div class="row filters">
            <select id="kind" aria-label=words(|w| w.desk_kind) on:change=of_kind>
                <option value="">{words(|w| w.desk_all_kinds)}</option>
                <option value="answers">{words(|w| w.desk_answers)}</option>
                <option value="statements">{words(|w| w.desk_statements)}</option>
            </select>
            <select id="year" aria-label=words(|w| w.manner_year) on:change=of_year>
                <option value="">{words(|w| w.manner_all_years)}</option>
                <For each=move || years.get() key=|year| *year let(year)>
                    <option value=year.to_string()>{year.to_string()}</option>
                </For>
            </select>
            <select id="language" aria-label=words(|w| w.desk_language) on:change=of_language>
                <option value="">{words(|w| w.desk_all_languages)}</option>
                {LANGUAGES.map(|(_, id, name)| view! { <option value=id lang=id>{name}</option> })}
            </select>
            <Show when=has_places>
                <select id="place" aria-label=words(|w| w.desk_place) on:change=of_place>
                    <option value="">{words(|w| w.desk_all_places)}</option>
                    {PLACES.map(|(_, name)| view! { <option value=name>{name}</option> })}
                </select>
            </Show>
        </div>
    }
}

/// The years in which something was said, the last one first.
fn years(desk: Desk) -> RwSignal<Vec<u32>> {
    let years = RwSignal::new(Vec::new());
    let entries = Memo::new(move |_| desk.workshop().standing.with(|standing| standing.entries));
    Effect::new(move || {
        entries.track();
        desk.workshop().opened.track();
        let Some(library) = desk.workshop().library() else {
            return;
        };
        spawn_local(async move {
            if let Ok(Some((first, last))) = library.span().await {
                let known = (year_of(first)..=year_of(last)).rev().collect();
                let _ = years.try_set(known);
            }
        });
    });
    years
}

fn name_of(words: &'static Words, state: State) -> &'static str {
    match state {
        State::All => words.desk_all,
        State::Flagged => words.desk_flagged,
        State::Cleared => words.desk_cleared,
        State::Pinned => words.desk_is_pinned,
        State::LeftOut => words.desk_out,
    }
}
