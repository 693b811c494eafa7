use std::time::Duration;

use gloo_timers::future::sleep;
use lemon_wire::{HISTORY_STEP, HISTORY_STEPS, Moment, State, Status};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::browser;
use crate::components::notice::Notice;
use crate::edge;
use crate::lang::{self, fill, number, use_lang, words};
use crate::trouble::Trouble;
use crate::words::of_limit;

/// How often it is asked for again.
const FRESH: Duration = Duration::from_secs(15);

/// The picture, in units of its own: a step is five wide.
const WIDTH: i64 = HISTORY_STEPS * 5;
const HEIGHT: i64 = 120;

/// How the service stands, for everybody.
#[component]
pub fn StatusPage() -> impl IntoView {
    let status = RwSignal::new(None::<Status>);
    let trouble = RwSignal::new(None::<Trouble>);
    let here = StoredValue::new(());
    spawn_local(async move {
        // Until the page is left.
        while here.try_get_value().is_some() {
            match edge::status().await {
                Ok(now) => {
                    let _ = status.try_set(Some(now));
                    let _ = trouble.try_set(None);
                }
                Err(error) => drop(trouble.try_set(Some(error.into()))),
            }
            sleep(FRESH).await;
        }
    });
    let figures = move || status.get().map(|status| view! { <Figures status /> });
    view! {
        <main class="page">
            <section class="card" data-status=move || status.with(|s| s.as_ref().map(|s| state_name(s.state)))>
                <h1>{words(|w| w.status_title)}</h1>
                <Notice trouble />
                {figures}
                <A href="/" attr:class="button">{words(|w| w.back)}</A>
            </section>
        </main>
    }
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Waiting => "waiting",
        State::Closed => "closed",
    }
}

#[component]
fn Figures(status: Status) -> impl IntoView {
    let lang = use_lang();
    let state = match status.state {
        State::Open => words(|w| w.status_open),
        State::Waiting => words(|w| w.status_waiting),
        State::Closed => words(|w| w.status_closed),
    };
    let at = move |template: &str, at: Option<i64>| {
        let told = |at| fill(template, &[("time", lang::time(lang.get(), at))]);
        at.map(told).unwrap_or_default()
    };
    let since = move || at(lang.get().words().status_since, status.since);
    let until = move || at(lang.get().words().status_until, status.until);
    let limit = move || {
        status
            .limit
            .map(|limit| of_limit(lang.get().words(), limit))
            .unwrap_or_default()
    };
    let count = move |n: u32| number(lang.get(), usize::try_from(n).unwrap_or(usize::MAX));
    let bots = move || match status.bots {
        Some(bots) => count(bots),
        None => lang.get().words().status_unknown.to_owned(),
    };
    let history = status.history;
    let refused: u32 = history.iter().map(|moment| moment.refused_by_source).sum();
    let busy = !history.is_empty();
    view! {
        <p class="state" id="state"><b prop:textContent=state></b> " " <span prop:textContent=since></span> " " <span prop:textContent=until></span></p>
        <dl class="figures">
            <Show when=move || status.limit.is_some()>
                <dt>{words(|w| w.status_limit)}</dt><dd prop:textContent=limit></dd>
            </Show>
            <dt>{words(|w| w.status_people)}</dt><dd id="waiting" prop:textContent=move || count(status.waiting)></dd>
            <dt>{words(|w| w.status_rate)}</dt><dd prop:textContent=move || count(status.pages_per_minute)></dd>
            <dt>{words(|w| w.status_by_source)}</dt><dd prop:textContent=move || count(refused)></dd>
            <dt>{words(|w| w.status_bots)}</dt><dd prop:textContent=bots></dd>
        </dl>
        {if busy {
            view! { <Picture history /> }.into_any()
        } else {
            view! { <p class="fine">{words(|w| w.status_quiet)}</p> }.into_any()
        }}
    }
}

/// Bars for what X was asked, bars below for who was told to wait, dashes for how many
/// waited. Each has its own scale: they are there to be compared with themselves.
#[component]
fn Picture(history: Vec<Moment>) -> impl IntoView {
    let last = browser::now() / HISTORY_STEP;
    let most = |of: fn(&Moment) -> u32| i64::from(history.iter().map(of).max().unwrap_or(0).max(1));
    let (asked, waited) = (most(|m| m.requests), most(|m| m.refusals));
    let place = |moment: &Moment| (HISTORY_STEPS - 1 - (last - moment.at / HISTORY_STEP)) * 5;
    let bars = history.iter().filter_map(|moment| {
        let x = place(moment);
        let up = i64::from(moment.requests) * HEIGHT / asked;
        let down = i64::from(moment.refusals) * (HEIGHT / 2) / waited;
        (0..WIDTH).contains(&x).then(|| {
            view! {
                <rect class="asked" x=x.to_string() y=(HEIGHT - up).to_string() width="4" height=up.to_string() />
                <rect class="refused" x=x.to_string() y=(HEIGHT + 2).to_string() width="4" height=down.to_string() />
            }
        })
    });
    let bars: Vec<_> = bars.collect();
    let waited = most(|m| m.waiting);
    let some = history.iter().filter(|moment| moment.waiting > 0);
    let steps = some.map(|moment| {
        let x = place(moment);
        let y = HEIGHT - i64::from(moment.waiting) * HEIGHT / waited;
        format!("M{x} {y}h4")
    });
    let line: String = steps.collect();
    view! {
        <figure class="picture">
            <svg viewBox=format!("0 0 {WIDTH} {}", HEIGHT * 3 / 2 + 2) role="img" aria-label=words(|w| w.status_hours)>
                {bars}
                <path class="waited" d=line />
            </svg>
            <figcaption class="fine">
                <span>{words(|w| w.status_hours)}</span>
                <span class="asked">{words(|w| w.status_asked)}</span>
                <span class="refused">{words(|w| w.status_refused)}</span>
                <span class="waited">{words(|w| w.status_people)}</span>
            </figcaption>
        </figure>
    }
}
