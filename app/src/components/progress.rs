//! The steps from posts to ready, in numbers.

use lemon_model::feed::Source;
use lemon_model::library::Standing;
use lemon_model::rate;
use lemon_model::sources::x_archive::exchange::{Progress as Bytes, Summary, Why};
use leptos::prelude::*;

use crate::browser;
use crate::lang::{self, Lang, fill, number, use_lang, words};
use crate::sources::archive::Stage;
use crate::sources::{Reading, Wait};
use crate::trouble::Trouble;
use crate::words::{Words, of_wait};
use crate::workshop::{Indexing, Workshop};

/// Most files that are named; there may be one for each month.
const MOST_NAMED: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Active,
    /// Something is in the way; the notice below says what.
    Stopped,
    Done,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Active => "active",
            Self::Stopped => "stopped",
            Self::Done => "done",
        }
    }
}

/// One line of it: what, how far, and a sentence where there is something to say.
#[component]
fn Step(
    id: &'static str,
    label: fn(&'static Words) -> &'static str,
    #[prop(into)] state: Signal<State>,
    /// How far, as a reader reads it.
    #[prop(into)]
    figures: Signal<String>,
    /// Done and of how many; none while that is not known.
    #[prop(into)]
    share: Signal<Option<(usize, usize)>>,
    #[prop(into)] remark: Signal<String>,
) -> impl IntoView {
    let bar = move || {
        share.get().filter(|_| state.get() == State::Active).map(|(done, of)| {
            view! { <progress max=of.to_string() value=done.to_string() aria-label=words(label)></progress> }
        })
    };
    view! {
        <li
            id=id
            class="step"
            data-state=move || state.get().name()
            aria-current=move || (state.get() == State::Active).then_some("step")
        >
            <span class="label">{words(label)}</span>
            <span class="figures" translate="no" prop:textContent=move || figures.get()></span>
            {bar}
            <span class="remark" prop:textContent=move || remark.get()></span>
        </li>
    }
}

#[component]
pub fn Progress(workshop: Workshop) -> impl IntoView {
    let lang = use_lang();
    show_in_title(workshop);
    view! {
        <ol class="steps">
            <Step
                id="step-read"
                label=|w| w.step_read
                state=Signal::derive(move || reading_state(workshop))
                figures=Signal::derive(move || reading_figures(workshop, lang.get()))
                share=Signal::derive(move || reading_share(workshop))
                remark=Signal::derive(move || reading_remark(workshop, lang.get()))
            />
            <Step
                id="step-model"
                label=|w| w.step_model
                state=Signal::derive(move || model_state(workshop))
                figures=Signal::derive(move || model_figures(workshop, lang.get()))
                share=Signal::derive(move || model_share(workshop))
                remark=""
            />
            <Step
                id="step-index"
                label=|w| w.step_index
                state=Signal::derive(move || index_state(workshop))
                figures=Signal::derive(move || index_figures(workshop, lang.get()))
                share=Signal::derive(move || index_share(workshop))
                remark=Signal::derive(move || index_remark(workshop, lang.get()))
            />
            <Step
                id="step-learn"
                label=|w| w.step_learn
                state=Signal::derive(move || learn_state(workshop))
                figures=Signal::derive(move || learn_figures(workshop, lang.get()))
                share=Signal::derive(move || learn_share(workshop))
                remark=""
            />
            <Step
                id="step-prove"
                label=|w| w.step_prove
                state=Signal::derive(move || prove_state(workshop))
                figures=Signal::derive(move || prove_figures(workshop, lang.get()).to_owned())
                share=Signal::derive(|| None)
                remark=""
            />
        </ol>
    }
}

fn reading_state(workshop: Workshop) -> State {
    if workshop.sources().archive.is_being_read() {
        State::Active
    } else if workshop.standing.with(Standing::is_complete) {
        State::Done
    } else if workshop.sources().pace.reading.get() == Reading::Idle {
        let failed = |trouble: &Option<Trouble>| {
            matches!(
                trouble,
                Some(Trouble::Edge(_) | Trouble::Source(..) | Trouble::ArchiveCut)
            )
        };
        if workshop.trouble.with(failed) {
            State::Stopped
        } else {
            State::Waiting
        }
    } else {
        State::Active
    }
}

fn reading_figures(workshop: Workshop, lang: Lang) -> String {
    if let Stage::Reading(progress) = workshop.sources().archive.stage.get() {
        return number(lang, progress.posts);
    }
    let (read, is_all) = workshop
        .standing
        .with(|standing| (standing.posts, standing.is_complete()));
    let words = lang.words();
    let n = ("n", number(lang, read));
    match (is_all, workshop.expected_posts()) {
        (true, _) => fill(words.read_all, &[n]),
        (_, Some(all)) => fill(words.read_of, &[n, ("all", number(lang, all.max(read)))]),
        (_, None) => number(lang, read),
    }
}

fn reading_share(workshop: Workshop) -> Option<(usize, usize)> {
    if let Stage::Reading(Bytes { bytes, of, .. }) = workshop.sources().archive.stage.get() {
        let whole = usize::try_from(of).ok().filter(|of| *of > 0)?;
        return Some((usize::try_from(bytes).ok()?, whole));
    }
    let read = workshop.standing.with(|standing| standing.posts);
    Some((read, workshop.expected_posts()?))
}

fn reading_remark(workshop: Workshop, lang: Lang) -> String {
    let words = lang.words();
    if let Stage::Reading(Bytes { bytes, of, .. }) = workshop.sources().archive.stage.get() {
        let values = [
            ("n", lang::megabytes(lang, bytes)),
            ("all", lang::megabytes(lang, of)),
        ];
        return fill(words.archive_reading, &values);
    }
    match workshop.sources().pace.reading.get() {
        Reading::Going if workshop.flows.paused.get() => words.paused.to_owned(),
        Reading::Waiting(wait) => {
            // Hours and minutes: a double holds them exactly.
            #[allow(clippy::cast_precision_loss)]
            let left = workshop.sources().pace.left.get() as f64;
            let (template, until) = match wait {
                Wait::X(slot) => (of_wait(words, slot), slot.until),
                Wait::Server { until } => (words.wait_server.to_owned(), until),
            };
            let values = [
                ("time", lang::time(lang, until)),
                ("left", lang::duration(lang, left)),
            ];
            fill(&template, &values)
        }
        Reading::Retrying(Source::X) => words.read_retrying.to_owned(),
        Reading::Retrying(_) => words.server_retrying.to_owned(),
        Reading::Idle | Reading::Going => missing(workshop, lang),
    }
}

/// What of the person's posts is not there, in words; empty if nothing is missing.
pub fn missing(workshop: Workshop, lang: Lang) -> String {
    let words = lang.words();
    let (left_out, stalled) = workshop
        .standing
        .with(|standing| (standing.left_out, standing.stalled));
    let left_out =
        (left_out > 0).then(|| fill(words.read_left_out, &[("n", number(lang, left_out))]));
    let stalled = stalled.then(|| words.read_stalled.to_owned());
    let archive = match workshop.sources().archive.stage.get() {
        Stage::Read(summary) => of_archive(lang, &summary),
        _ => Vec::new(),
    };
    let capacity = browser::capacity();
    let is_full = workshop
        .standing
        .with(|standing| standing.is_complete() && standing.posts >= capacity);
    let full = is_full.then(|| fill(words.capacity, &[("n", number(lang, capacity))]));
    let said = left_out
        .into_iter()
        .chain(stalled)
        .chain(full)
        .chain(archive);
    let said: Vec<_> = said.collect();
    said.join(" ")
}

/// What of an archive could not be read, in words.
fn of_archive(lang: Lang, summary: &Summary) -> Vec<String> {
    let words = lang.words();
    let counted = |n: usize, words: &str| (n > 0).then(|| fill(words, &[("n", number(lang, n))]));
    let broken = summary.broken.iter().map(|broken| {
        let file = broken.path.rsplit('/').next().unwrap_or_default();
        let what = match broken.why {
            Why::Damaged => words.archive_broken,
            Why::NoList => words.archive_no_list,
            Why::TooLarge => words.archive_too_large,
        };
        fill(what, &[("file", file.to_owned())])
    });
    let broken = broken.take(MOST_NAMED);
    let doubtful = counted(summary.doubtful, words.archive_doubtful);
    let too_many = counted(summary.too_many, words.archive_too_many);
    broken.chain(doubtful).chain(too_many).collect()
}

fn model_state(workshop: Workshop) -> State {
    match workshop.indexing.get() {
        Indexing::Idle => State::Waiting,
        Indexing::Fetching { .. } => State::Active,
        Indexing::Going { .. } | Indexing::Learning { .. } | Indexing::Proving => State::Done,
    }
}

fn model_figures(workshop: Workshop, lang: Lang) -> String {
    match workshop.indexing.get() {
        Indexing::Idle | Indexing::Fetching { of: 0, .. } => String::new(),
        Indexing::Fetching { bytes, of } => {
            let values = [
                ("n", lang::megabytes(lang, bytes)),
                ("all", lang::megabytes(lang, of)),
            ];
            fill(lang.words().model_of, &values)
        }
        Indexing::Going { .. } | Indexing::Learning { .. } | Indexing::Proving => {
            lang.words().model_ready.to_owned()
        }
    }
}

fn model_share(workshop: Workshop) -> Option<(usize, usize)> {
    match workshop.indexing.get() {
        Indexing::Fetching { bytes, of } if of > 0 => {
            Some((usize::try_from(bytes).ok()?, usize::try_from(of).ok()?))
        }
        _ => None,
    }
}

fn index_state(workshop: Workshop) -> State {
    match workshop.indexing.get() {
        Indexing::Idle | Indexing::Fetching { .. } => State::Waiting,
        Indexing::Going { .. } => State::Active,
        Indexing::Learning { .. } | Indexing::Proving => State::Done,
    }
}

fn index_figures(workshop: Workshop, lang: Lang) -> String {
    let Some((done, all)) = index_share(workshop) else {
        return String::new();
    };
    let whole = workshop.standing.with(Standing::is_complete);
    let template = if whole {
        lang.words().index_of
    } else {
        lang.words().index_about
    };
    fill(
        template,
        &[("n", number(lang, done)), ("all", number(lang, all))],
    )
}

fn index_share(workshop: Workshop) -> Option<(usize, usize)> {
    let embedded = workshop.standing.with(|standing| standing.embedded);
    let all = workshop.expected_entries()?;
    (all > 0).then_some((embedded, all.max(embedded)))
}

fn index_remark(workshop: Workshop, lang: Lang) -> String {
    let words = lang.words();
    let Indexing::Going { rate } = workshop.indexing.get() else {
        return String::new();
    };
    if workshop.flows.paused.get() {
        return words.paused.to_owned();
    }
    let (embedded, there, is_read) = workshop
        .standing
        .with(|standing| (standing.embedded, standing.entries, standing.is_complete()));
    let is_held_up = !is_read && workshop.sources().pace.reading.get() != Reading::Going;
    let all = workshop.expected_entries();
    let Some(outlook) = rate::outlook(rate, embedded, there, all, is_held_up) else {
        return String::new();
    };
    let rate = ("rate", lang::rate(lang, outlook.rate));
    match outlook.left {
        Some(left) => {
            let left = ("left", lang::duration(lang, left));
            fill(words.index_rate, &[rate, left])
        }
        None => fill(words.index_rate_alone, &[rate]),
    }
}

fn learn_state(workshop: Workshop) -> State {
    if workshop.ready.get() {
        return State::Done;
    }
    match workshop.indexing.get() {
        Indexing::Idle | Indexing::Fetching { .. } | Indexing::Going { .. } => State::Waiting,
        Indexing::Learning { .. } => State::Active,
        Indexing::Proving => State::Done,
    }
}

fn learn_share(workshop: Workshop) -> Option<(usize, usize)> {
    let Indexing::Learning { share } = workshop.indexing.get() else {
        return None;
    };
    // From 0 to 100: no digit is lost.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let percent = (share * 100.0) as usize;
    Some((percent, 100))
}

fn learn_figures(workshop: Workshop, lang: Lang) -> String {
    let percent = |(percent, _)| format!("{}%", number(lang, percent));
    let done = || match learn_state(workshop) {
        State::Done => lang.words().learned.to_owned(),
        State::Waiting | State::Active | State::Stopped => String::new(),
    };
    learn_share(workshop).map_or_else(done, percent)
}

fn prove_state(workshop: Workshop) -> State {
    if workshop.ready.get() {
        State::Done
    } else if workshop.indexing.get() == Indexing::Proving {
        State::Active
    } else {
        State::Waiting
    }
}

fn prove_figures(workshop: Workshop, lang: Lang) -> &'static str {
    let words = lang.words();
    match prove_state(workshop) {
        State::Done => words.proven,
        State::Active => words.proving,
        State::Waiting | State::Stopped => "",
    }
}

/// A tab in the background shows in its title how far it is.
fn show_in_title(workshop: Workshop) {
    let title = words(|w| w.title);
    Effect::new(move || {
        let text = match index_share(workshop) {
            Some((done, all)) if !workshop.ready.get() && all > 0 => {
                format!("{}% · {}", done * 100 / all, title())
            }
            _ => title().to_owned(),
        };
        browser::set_title(&text);
    });
    on_cleanup(move || browser::set_title(untrack(title)));
}
