//! How a bot is to answer: how sure it has to be, and of which year it is.

use lemon_model::answers::SURE;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;
use crate::engine::Engine;
use crate::lang::{use_lang, words};
use crate::talk::Chat;
use crate::words::Words;

type Name = fn(&Words) -> &'static str;

/// How sure it has to be, and what that is called, the boldest last.
const STEPS: [(f32, Name); 3] = [
    (0.7, |w| w.manner_careful),
    (SURE, |w| w.manner_usual),
    (0.0, |w| w.manner_bold),
];
const USUAL: usize = 1;

#[component]
pub fn MannerOf<E>(
    chat: Chat,
    /// The worker that knows the years, once it is there.
    engine: E,
    #[prop(into)] open: Signal<bool>,
) -> impl IntoView
where
    E: Fn() -> Option<Engine> + Copy + Send + Sync + 'static,
{
    let lang = use_lang();
    let manner = RwSignal::from(chat.manner.clone());
    let chat = StoredValue::new(chat);
    let step = Memo::new(move |_| {
        let sure = manner.with(|manner| manner.sure);
        let is_it = |(of_step, _): &(f32, Name)| (of_step - sure).abs() < f32::EPSILON;
        STEPS.iter().position(is_it).unwrap_or(USUAL)
    });
    let years = RwSignal::new(Vec::new());
    let look = move |_| {
        if let Some(engine) = engine() {
            spawn_local(async move {
                // Without them it is a bot of all years.
                if let Ok(Some((first, last))) = engine.library.span().await {
                    years.try_set((year_of(first)..=year_of(last)).rev().collect());
                }
            });
        }
    };
    let be_bold = move |event| {
        let chosen = event_target_value(&event).parse::<usize>().ok();
        let (sure, _) = STEPS[chosen.filter(|step| *step < STEPS.len()).unwrap_or(USUAL)];
        chat.with_value(|chat| chat.answer_so(|manner| manner.sure = sure));
    };
    let be_of = move |event| {
        let year = event_target_value(&event).parse::<u32>().ok();
        let (from, until) = year.map_or((i64::MIN, i64::MAX), |year| {
            (start_of(year), start_of(year + 1))
        });
        chat.with_value(|chat| {
            chat.answer_so(|manner| (manner.from, manner.until) = (from, until));
        });
    };
    let chosen = Memo::new(move |_| {
        let from = manner.with(|manner| manner.from);
        (from > i64::MIN).then(|| year_of(from))
    });
    let option = move |year: u32| {
        view! { <option value=year.to_string() selected=move || chosen.get() == Some(year)>{year.to_string()}</option> }
    };
    view! {
        <details class="manner" on:toggle=look>
            <summary>
                {words(|w| w.manner)}
                {move || chosen.get().map(|year| view! { " · " <span translate="no">{year}</span> })}
            </summary>
            <div class="fields">
                <label for="boldness">{words(|w| w.manner_bold_how)}</label>
                <input
                    type="range"
                    id="boldness"
                    min="0"
                    max=(STEPS.len() - 1).to_string()
                    step="1"
                    disabled=move || !open.get()
                    prop:value=move || step.get().to_string()
                    aria-valuetext=move || STEPS[step.get()].1(lang.get().words())
                    on:input=be_bold
                />
                <output for="boldness">{move || STEPS[step.get()].1(lang.get().words())}</output>
                <label for="year">{words(|w| w.manner_year)}</label>
                <select id="year" disabled=move || !open.get() on:change=be_of>
                    <option value="" selected=move || chosen.get().is_none()>{words(|w| w.manner_all_years)}</option>
                    {move || {
                        let known = years.get();
                        // One that was chosen before they are known.
                        let alone = chosen.get().filter(|year| !known.contains(year));
                        alone.into_iter().chain(known).map(option).collect_view()
                    }}
                </select>
            </div>
        </details>
    }
}

/// Where the person is.
pub fn year_of(at: i64) -> u32 {
    browser::date(at).get_full_year()
}

pub fn start_of(year: u32) -> i64 {
    browser::seconds(js_sys::Date::new_with_year_month_day(year, 0, 1).get_time())
}
