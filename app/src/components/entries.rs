//! A list of entries of any length: only those that are seen are drawn. Some or all of those
//! that are picked are left out, let go or pinned, and that can be undone.

use std::collections::BTreeSet;

use lemon_model::choices::Mark;
use lemon_model::feed::original;
use lemon_model::library::desk::{Listed, Row, State, Wanted};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser;
use crate::components::marks::{Flags, marked};
use crate::lang::{self, Lang, fill, number, use_lang, words};
use crate::session::Session;
use crate::trouble::Trouble;
use crate::words::Words;
use crate::workshop::Workshop;

/// How high a row is, in the root's letters; the style sheet has the same.
const ROW: f64 = 8.25;

/// Rows that are drawn above and below what is seen, so that a finger finds them there.
const BEYOND: usize = 12;

/// Most rows that are asked for at once.
const MOST: usize = 100;

/// What was listed, and from which number on.
#[derive(Clone, PartialEq)]
struct Window {
    of: Wanted,
    from: usize,
    listed: Listed,
}

/// How many there are of what needs a look.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub flagged: usize,
    pub left_out: usize,
}

/// What was decided last.
#[derive(Clone, PartialEq)]
struct Done {
    mark: Mark,
    entries: Vec<String>,
    is: bool,
}

/// The list as it goes on while one types, picks, and while posts come in.
#[derive(Clone, Copy)]
pub struct Desk {
    /// Behind a handle: it is large.
    workshop: StoredValue<Workshop>,
    pub wanted: RwSignal<Wanted>,
    pub counts: RwSignal<Counts>,
    /// The share of entries in which flags are looked for.
    pub looked: RwSignal<f32>,
    window: RwSignal<Option<Window>>,
    /// The first row that is seen, and how many are.
    view: RwSignal<(usize, usize)>,
    picked: RwSignal<BTreeSet<String>>,
    done: RwSignal<Option<Done>>,
    shown: RwSignal<Option<Row>>,
    failed: RwSignal<Option<Trouble>>,
    /// Counts what makes the list another one.
    changes: RwSignal<u32>,
    /// Counts what was asked: a slower answer to an older one must not take the place of the
    /// newest.
    asked: StoredValue<u32>,
}

impl Desk {
    /// The list of entries in this state.
    pub fn new(workshop: Workshop, state: State) -> Self {
        let desk = Self {
            workshop: StoredValue::new(workshop),
            wanted: RwSignal::new(Wanted {
                state,
                ..Wanted::default()
            }),
            counts: RwSignal::default(),
            looked: RwSignal::new(0.0),
            window: RwSignal::new(None),
            view: RwSignal::new((0, 20)),
            picked: RwSignal::default(),
            done: RwSignal::new(None),
            shown: RwSignal::new(None),
            failed: RwSignal::new(None),
            changes: RwSignal::new(0),
            asked: StoredValue::new(0),
        };
        // Vectors do not change what is listed.
        let entries = Memo::new(move |_| workshop.standing.with(|standing| standing.entries));
        Effect::new(move || {
            entries.track();
            workshop.opened.track();
            desk.look();
        });
        let part = Memo::new(move |_| {
            let (first, rows) = desk.view.get();
            // In steps, so that not every row that comes into view is asked for by itself.
            (first.saturating_sub(BEYOND) / BEYOND * BEYOND, rows)
        });
        Effect::new(move || {
            entries.track();
            workshop.opened.track();
            desk.changes.track();
            let (from, rows) = part.get();
            desk.ask(desk.wanted.get(), from, (rows + 3 * BEYOND).min(MOST));
        });
        desk
    }

    pub fn workshop(self) -> Workshop {
        self.workshop.get_value()
    }

    fn ask(self, wanted: Wanted, from: usize, rows: usize) {
        let number = self.asked.try_update_value(|asked| {
            *asked += 1;
            *asked
        });
        let Some(library) = self.workshop().library() else {
            return;
        };
        spawn_local(async move {
            let answer = library.list(wanted.clone(), from, rows).await;
            if self.asked.try_get_value() != number {
                return;
            }
            match answer {
                Ok(listed) => {
                    self.failed.set(None);
                    self.window.set(Some(Window {
                        of: wanted,
                        from,
                        listed,
                    }));
                }
                Err(trouble) => {
                    self.window.set(None);
                    self.failed.set(Some(trouble));
                }
            }
        });
    }

    /// Looks for flags until all entries are looked through, and counts what needs a look.
    pub fn look(self) {
        let Some(library) = self.workshop().library() else {
            return;
        };
        let me = self.workshop().handles();
        spawn_local(async move {
            let told = |share| self.looked.try_set(share).is_none();
            if library.flag_all(me, told).await.is_err() {
                return;
            }
            let count = async |state| {
                let wanted = Wanted {
                    state,
                    ..Wanted::default()
                };
                let listed = library.list(wanted, 0, 0).await;
                listed.map_or(0, |listed| listed.all)
            };
            let counts = Counts {
                flagged: count(State::Flagged).await,
                left_out: count(State::LeftOut).await,
            };
            // The page may be gone by now.
            let _ = self.counts.try_set(counts);
            let _ = self.changes.try_update(|changes| *changes += 1);
        });
    }

    /// What was listed for what is wanted; what was listed for something else is not shown
    /// under it.
    fn listed(self) -> Option<Window> {
        let wanted = self.wanted.get();
        self.window.get().filter(|window| window.of == wanted)
    }

    fn all(self) -> usize {
        self.listed().map_or(0, |window| window.listed.all)
    }

    pub fn trouble(self) -> Option<Trouble> {
        self.workshop().opened.track();
        let opening = || match self.workshop().library() {
            Some(_) => None,
            None => self.workshop().trouble.get(),
        };
        self.failed.get().or_else(opening)
    }

    pub fn again(self) {
        match self.failed.get_untracked() {
            Some(Trouble::Worker) => {
                self.failed.set(None);
                self.workshop().recover();
            }
            Some(_) => self.changes.update(|changes| *changes += 1),
            None => self.workshop().again(),
        }
    }

    /// How many are listed, or why none are.
    pub fn count(self, lang: Lang) -> String {
        let words = lang.words();
        if self.workshop().session.with(Session::is_asking) {
            return words.loading.to_owned();
        }
        if self.workshop().opening.get() {
            return words.opening.to_owned();
        }
        if self.trouble().is_some() {
            return String::new();
        }
        let is_empty = self
            .workshop()
            .standing
            .with(|standing| standing.entries == 0);
        if is_empty && self.counts.get() == Counts::default() {
            return words.search_empty.to_owned();
        }
        let Some(window) = self.listed() else {
            return words.searching.to_owned();
        };
        match window.listed.all {
            0 => match window.of.state {
                State::Flagged if self.looked.get() < 1.0 => words.searching,
                State::Flagged => words.desk_none_flagged,
                State::LeftOut => words.desk_none_left_out,
                _ => words.search_none,
            }
            .to_owned(),
            all => fill(words.search_count, &[("n", number(lang, all))]),
        }
    }

    /// Decides something of entries, and remembers how to undo it.
    fn mark(self, mark: Mark, entries: Vec<String>, is: bool) {
        let Some(library) = self.workshop().library() else {
            return;
        };
        if entries.is_empty() {
            return;
        }
        spawn_local(async move {
            match library.mark(mark, entries.clone(), is).await {
                Ok(standing) => {
                    self.workshop().standing.set(standing);
                    let _ = self.picked.try_set(BTreeSet::new());
                    let _ = self.done.try_set(Some(Done { mark, entries, is }));
                    let _ = self.changes.try_update(|changes| *changes += 1);
                    self.look();
                }
                Err(trouble) => {
                    let _ = self.failed.try_set(Some(trouble));
                }
            }
        });
    }

    fn undo(self) {
        if let Some(Done { mark, entries, is }) = self.done.get_untracked() {
            self.mark(mark, entries, !is);
        }
    }
}

/// What was decided, in words.
fn told(lang: Lang, done: &Done) -> String {
    let words = lang.words();
    let told = match (done.mark, done.is) {
        (Mark::LeftOut, true) => words.desk_left_out,
        (Mark::LeftOut, false) => words.desk_brought_back,
        (Mark::Cleared, true) => words.desk_let_go,
        (Mark::Cleared, false) => words.desk_held_back,
        (Mark::Pinned, true) => words.desk_pinned,
        (Mark::Pinned, false) => words.desk_unpinned,
    };
    fill(told, &[("n", number(lang, done.entries.len()))])
}

/// What may be done with a row, or with those that are picked, in this list.
fn actions(state: State) -> &'static [(Mark, bool)] {
    match state {
        State::All => &[(Mark::LeftOut, true), (Mark::Pinned, true)],
        State::Flagged => &[(Mark::LeftOut, true), (Mark::Cleared, true)],
        State::Cleared => &[(Mark::Cleared, false)],
        State::Pinned => &[(Mark::Pinned, false)],
        State::LeftOut => &[(Mark::LeftOut, false)],
    }
}

fn name_of(words: &'static Words, (mark, is): (Mark, bool)) -> &'static str {
    match (mark, is) {
        (Mark::LeftOut, true) => words.desk_leave_out,
        (Mark::LeftOut, false) => words.desk_bring_back,
        (Mark::Cleared, true) => words.desk_let_it_go,
        (Mark::Cleared, false) => words.desk_hold_back,
        (Mark::Pinned, true) => words.desk_pin,
        (Mark::Pinned, false) => words.desk_unpin,
    }
}

#[component]
pub fn Entries(desk: Desk) -> impl IntoView {
    let lang = use_lang();
    let element = NodeRef::<html::Ul>::new();
    let measure = move || {
        if let Some(list) = element.get_untracked() {
            desk.view.set(seen(&list));
        }
    };
    let scroll = window_event_listener(leptos::ev::scroll, move |_| measure());
    let resize = window_event_listener(leptos::ev::resize, move |_| measure());
    on_cleanup(move || {
        scroll.remove();
        resize.remove();
    });
    // Another list begins at its top.
    let wanted = Memo::new(move |_| desk.wanted.get());
    Effect::new(move |before: Option<Wanted>| {
        let wanted = wanted.get();
        if before.is_some_and(|before| before != wanted) {
            desk.picked.set(BTreeSet::new());
            desk.view.update(|view| view.0 = 0);
            browser::scroll_to_top();
        }
        wanted
    });
    let rows = Memo::new(move |_| {
        let window = desk.listed();
        let rows = window.into_iter().flat_map(|window| {
            let numbers = window.from..;
            numbers.zip(window.listed.rows).collect::<Vec<_>>()
        });
        rows.collect::<Vec<_>>()
    });
    let all = Memo::new(move |_| desk.all());
    // Where the keyboard is.
    let at = StoredValue::new(0_usize);
    let key = move |event: KeyboardEvent| {
        let end = all.get_untracked().saturating_sub(1);
        let page = desk
            .view
            .with_untracked(|view| view.1.saturating_sub(1).max(1));
        let now = at.get_value();
        let to = match event.key().as_str() {
            "ArrowDown" => now.saturating_add(1),
            "ArrowUp" => now.saturating_sub(1),
            "PageDown" => now.saturating_add(page),
            "PageUp" => now.saturating_sub(page),
            "Home" => 0,
            "End" => end,
            key => {
                if act_on_key(desk, key, now) {
                    event.prevent_default();
                }
                return;
            }
        };
        event.prevent_default();
        at.set_value(to.min(end));
        if let Some(list) = element.get_untracked() {
            show(&list, to.min(end));
        }
    };
    let focused = move |number: usize| at.set_value(number);
    // A row that was gone to is focused once it is drawn.
    Effect::new(move || {
        rows.track();
        if let Some(list) = element.get_untracked() {
            focus_waiting(&list);
        }
    });
    view! {
        <Toolbar desk />
        <ul
            class="found entries"
            node_ref=element
            style:height=move || format!("{}rem", rem(all.get()))
            on:keydown=key
        >
            <For each=move || rows.get() key=|row| row.clone() let((number, row))>
                <Line desk number row all focused />
            </For>
        </ul>
        <p class="fine keys">{words(|w| w.desk_keys)}</p>
        <Details desk />
        <p class="unseen" role="status" prop:textContent=move || desk.done.get().map(|done| told(lang.get(), &done)).unwrap_or_default()></p>
    }
}

/// The height of so many rows. Counts of entries are far below 2^52.
#[expect(clippy::cast_precision_loss, reason = "a height on the screen")]
fn rem(rows: usize) -> f64 {
    rows as f64 * ROW
}

/// The first row that is seen of a list, and how many are.
fn seen(list: &HtmlElement) -> (usize, usize) {
    let row = ROW * browser::letter();
    let above = -list.get_bounding_client_rect().top();
    let whole = |rows: f64| {
        // A list is as long as its rows, and no row is negative here.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounded"
        )]
        let rows = rows.clamp(0.0, 1e9) as usize;
        rows
    };
    let rows = whole(browser::height() / row) + 2;
    (whole(above / row), rows)
}

/// Scrolls to a row, and focuses it as soon as it is drawn.
fn show(list: &HtmlElement, number: usize) {
    let row = ROW * browser::letter();
    let top = list.get_bounding_client_rect().top() + rem(number) * browser::letter();
    let height = browser::height();
    if top < row || top + row > height - row {
        browser::scroll_by(top - height / 2.0);
    }
    let _ = list.set_attribute("data-goto", &number.to_string());
    focus_waiting(list);
}

fn focus_waiting(list: &HtmlElement) {
    let Some(number) = list.get_attribute("data-goto") else {
        return;
    };
    let field = list
        .query_selector(&format!("#row-{number}"))
        .ok()
        .flatten();
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        let _ = list.remove_attribute("data-goto");
        let _ = field.focus();
    }
}

/// Does what a key stands for with the picked rows, or with the one that is focused; whether
/// it stands for something.
fn act_on_key(desk: Desk, key: &str, number: usize) -> bool {
    let here = || {
        let window = desk.window.get_untracked()?;
        let row = number.checked_sub(window.from)?;
        window.listed.rows.into_iter().nth(row)
    };
    match key {
        "Delete" | "x" => {
            let action = actions(desk.wanted.with_untracked(|wanted| wanted.state))[0];
            let picked = desk.picked.get_untracked();
            let entries = if picked.is_empty() {
                here()
                    .map(|row| row.entry.id.to_string())
                    .into_iter()
                    .collect()
            } else {
                picked.into_iter().collect()
            };
            desk.mark(action.0, entries, action.1);
        }
        "z" => desk.undo(),
        "Enter" => desk.shown.set(here()),
        _ => return false,
    }
    true
}

/// What is picked and what to do with it; what was done, and how to undo it.
#[component]
fn Toolbar(desk: Desk) -> impl IntoView {
    let lang = use_lang();
    let picked = Memo::new(move |_| desk.picked.with(BTreeSet::len));
    let of_list = move || {
        actions(desk.wanted.with(|wanted| wanted.state))
            .iter()
            .map(|action| {
                let (mark, is) = *action;
                let act = move |_| {
                    let entries = desk.picked.get_untracked().into_iter().collect();
                    desk.mark(mark, entries, is);
                };
                view! { <button class="button" on:click=act>{move || name_of(lang.get().words(), (mark, is))}</button> }
            })
            .collect_view()
    };
    let is_shown = move || picked.get() > 0 || desk.done.with(Option::is_some);
    view! {
        <Show when=is_shown>
            <div class="toolbar" role="group" aria-label=words(|w| w.desk_picked_label)>
                <Show
                    when=move || { picked.get() > 0 }
                    fallback=move || view! {
                        <span id="done">{move || desk.done.get().map(|done| told(lang.get(), &done))}</span>
                        <button class="button" id="undo" on:click=move |_| desk.undo()>{words(|w| w.undo)}</button>
                    }
                >
                    <span>{move || fill(lang.get().words().desk_picked, &[("n", number(lang.get(), picked.get()))])}</span>
                    {of_list}
                    <button class="button quiet" on:click=move |_| desk.picked.set(BTreeSet::new())>{words(|w| w.desk_pick_none)}</button>
                </Show>
            </div>
        </Show>
    }
}

#[component]
fn Line<F>(desk: Desk, number: usize, row: Row, all: Memo<usize>, focused: F) -> impl IntoView
where
    F: Fn(usize) + Copy + Send + Sync + 'static,
{
    let lang = use_lang();
    let id = row.entry.id.to_string();
    let state = desk.wanted.with_untracked(|wanted| wanted.state);
    let action = actions(state)[0];
    let (to_ask, to_pick, to_mark) = (id.clone(), id.clone(), id.clone());
    let is_picked = move || desk.picked.with(|picked| picked.contains(&to_ask));
    let pick = move |event| {
        let is_picked = event_target_checked(&event);
        desk.picked.update(|picked| {
            if is_picked {
                picked.insert(to_pick.clone());
            } else {
                picked.remove(&to_pick);
            }
        });
    };
    let whole = StoredValue::new(row.clone());
    let at = row.entry.at;
    view! {
        <li
            style:top=format!("{}rem", rem(number))
            aria-posinset=(number + 1).to_string()
            aria-setsize=move || all.get().to_string()
        >
            <input
                type="checkbox"
                id=format!("row-{number}")
                aria-label=move || fill(lang.get().words().desk_pick, &[("day", lang::day(lang.get(), at))])
                prop:checked=is_picked
                on:change=pick
                on:focus=move |_| focused(number)
            />
            <button class="text" dir="auto" on:click=move |_| desk.shown.set(Some(whole.get_value()))>
                {row.entry.said.clone().map(|said| view! { <span class="said">{said.to_string()}</span> })}
                <span class="reply">{marked(&row.entry.reply, &row.flags)}</span>
            </button>
            <div class="foot">
                <a class="fine" href=original(&id) target="_blank" rel="noopener noreferrer">{move || lang::day(lang.get(), at)}</a>
                <Flags flags=row.flags />
                {row.pinned.then(|| view! { <span class="chip">{words(|w| w.desk_is_pinned)}</span> })}
                <button
                    class="button quiet"
                    on:click=move |_| desk.mark(action.0, vec![to_mark.clone()], action.1)
                >{move || name_of(lang.get().words(), action)}</button>
            </div>
        </li>
    }
}

/// All of an entry.
#[component]
fn Details(desk: Desk) -> impl IntoView {
    let lang = use_lang();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        let is_open = desk.shown.with(Option::is_some);
        if let Some(dialog) = dialog.get() {
            if is_open && !dialog.open() {
                let _ = dialog.show_modal();
            } else if !is_open && dialog.open() {
                dialog.close();
            }
        }
    });
    let body = move || {
        desk.shown.get().map(|row| {
            let state = desk.wanted.with_untracked(|wanted| wanted.state);
            let id = row.entry.id.to_string();
            let buttons = actions(state).iter().map(|action| {
                let (action, id) = (*action, id.clone());
                let act = move |_| {
                    desk.shown.set(None);
                    desk.mark(action.0, vec![id.clone()], action.1);
                };
                view! { <button class="button" on:click=act>{move || name_of(lang.get().words(), action)}</button> }
            });
            let at = row.entry.at;
            view! {
                {row.entry.said.clone().map(|said| view! { <p class="said" dir="auto">{said.to_string()}</p> })}
                <p class="reply" dir="auto">{marked(&row.entry.reply, &row.flags)}</p>
                <p class="row">
                    <a class="fine" href=original(&id) target="_blank" rel="noopener noreferrer">{move || lang::day(lang.get(), at)}</a>
                    <Flags flags=row.flags />
                </p>
                <div class="row">
                    {buttons.collect_view()}
                    <button class="button quiet" on:click=move |_| desk.shown.set(None)>{words(|w| w.close)}</button>
                </div>
            }
        })
    };
    view! {
        <dialog class="card found" node_ref=dialog aria-label=words(|w| w.desk_entry) on:close=move |_| desk.shown.set(None)>
            {body}
        </dialog>
    }
}
