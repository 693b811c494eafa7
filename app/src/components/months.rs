//! When what there is was written, as a picture and in words.

use std::time::Duration;

use gloo_timers::future::sleep;
use lemon_model::answers::Language;
use lemon_model::library::months::{Count, Months};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::lang::{self, Lang, fill, number, use_lang, words};
use crate::workshop::Workshop;

/// How long until what has come meanwhile is counted.
const PAUSE: Duration = Duration::from_secs(1);

/// Of the picture, in units of its own; it is drawn as wide as there is room.
const HEIGHT: u32 = 48;
const STEP: u32 = 10;
const GAP: u32 = 2;

/// Nothing where there is nothing, or of one month alone.
#[component]
pub fn MonthsOf(workshop: Workshop) -> impl IntoView {
    let lang = use_lang();
    let months = RwSignal::new(None::<Months>);
    let is_counting = StoredValue::new(false);
    let entries = move || {
        workshop
            .standing
            .with_untracked(|standing| standing.entries)
    };
    let count = move || {
        let Some(library) = workshop.library() else {
            return;
        };
        if is_counting.get_value() {
            return;
        }
        is_counting.set_value(true);
        spawn_local(async move {
            loop {
                let of = entries();
                // The next change asks again.
                if let Ok(now) = library.months().await {
                    let _ = months.try_set(Some(now));
                }
                sleep(PAUSE).await;
                let is_wanted = is_counting.try_get_value().is_some();
                if !is_wanted || of == entries() {
                    break;
                }
            }
            let _ = is_counting.try_set_value(false);
        });
    };
    Effect::new(move || {
        workshop.standing.with(|standing| standing.entries);
        count();
    });
    let picture = move || {
        let months = months.get().filter(|months| months.counts.len() > 1)?;
        Some(view! {
            <section class="card" id="months">
                <h2>{words(|w| w.months_title)}</h2>
                <Picture months=months.clone() />
                <p class="fine" prop:textContent={
                    let months = months.clone();
                    move || spoken(lang.get(), &months)
                }></p>
                <Years months />
            </section>
        })
    };
    view! { {picture} }
}

/// A bar a month, and what it is for those who listen.
#[component]
fn Picture(months: Months) -> impl IntoView {
    let lang = use_lang();
    let most = months.most().map_or(1, |(_, count)| count.all()).max(1);
    let height = |count: u32| count * (HEIGHT - 4) / most;
    let bars = (0..)
        .zip(months.counts.clone())
        .filter(|(_, count)| count.all() > 0);
    let bars = bars.map(|(at, Count { replies, others })| {
        let (x, width) = (at * STEP + GAP / 2, STEP - GAP);
        // What there is of anything is seen.
        let (all, replies) = (height(replies + others).max(1), height(replies));
        view! {
            <rect class="others" x=x y=HEIGHT - all width=width height=all />
            <rect class="replies" x=x y=HEIGHT - replies width=width height=replies />
        }
    });
    let width = u32::try_from(months.counts.len())
        .unwrap_or(u32::MAX)
        .saturating_mul(STEP);
    let end = months.first + i32::try_from(months.counts.len()).unwrap_or_default() - 1;
    let ends = [months.first, end].map(|month| move || lang::month(lang.get(), month));
    let (most, count) = months.most().unwrap_or_default();
    let label = move || {
        let values = [
            ("from", ends[0]()),
            ("to", ends[1]()),
            ("most", lang::month(lang.get(), most)),
            ("n", number(lang.get(), wide(count.all()))),
        ];
        fill(lang.get().words().months_label, &values)
    };
    view! {
        <svg
            class="months"
            viewBox=format!("0 0 {width} {HEIGHT}")
            preserveAspectRatio="none"
            role="img"
            aria-label=label
        >
            {bars.collect_view()}
        </svg>
        <p class="fine ends" aria-hidden="true"><span>{ends[0]}</span><span>{ends[1]}</span></p>
    }
}

/// What of it answers something, and in which languages.
fn spoken(lang: Lang, months: &Months) -> String {
    let counts = months.counts.iter();
    let (replies, all) = counts.fold((0, 0), |(replies, all), count| {
        (replies + count.replies, all + count.all())
    });
    let words = lang.words();
    let values = [
        ("n", number(lang, wide(replies))),
        ("all", number(lang, wide(all))),
    ];
    let languages = months.languages.iter().map(|(language, count)| {
        let name = match language {
            Language::Korean => Lang::Ko.name(),
            Language::Japanese => Lang::Ja.name(),
            Language::Latin => Lang::En.name(),
        };
        format!("{name} {}", number(lang, wide(*count)))
    });
    let kinds = fill(words.months_kinds, &values);
    let parts: Vec<String> = std::iter::once(kinds).chain(languages).collect();
    parts.join(" · ")
}

/// The same by year, in figures.
#[component]
fn Years(months: Months) -> impl IntoView {
    let lang = use_lang();
    let rows = months
        .years()
        .into_iter()
        .filter(|(_, count)| count.all() > 0);
    let rows = rows.map(|(year, count)| {
        let n = move |count: u32| number(lang.get(), wide(count));
        view! {
            <tr>
                <th scope="row">{year}</th>
                <td>{move || n(count.replies)}</td>
                <td>{move || n(count.others)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <details class="more">
            <summary>{words(|w| w.months_years)}</summary>
            <table class="years">
                <thead>
                    <tr>
                        <th scope="col">{words(|w| w.months_year)}</th>
                        <th scope="col" class="replies">{words(|w| w.months_replies)}</th>
                        <th scope="col" class="others">{words(|w| w.months_others)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
}

fn wide(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
