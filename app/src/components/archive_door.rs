//! Where a file is given from which posts are to be read: chosen or dropped, looked at, and
//! confirmed before anything in it is read.

use std::rc::Rc;

use lemon_model::bots::Account;
use lemon_model::feed::{Feed, Source};
use lemon_model::sources::given::Wishes;
use lemon_model::sources::x_archive::Part;
use leptos::ev::{DragEvent, Event};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{File, FileList, HtmlInputElement};

use crate::browser;
use crate::components::notice::Notice;
use crate::lang::{self, fill, number, use_lang, words};
use crate::sources::archive::{Archive, Shown, Stage};
use crate::trouble::Trouble;
use crate::words::Words;
use crate::workshop::Workshop;

/// The place for a file, and the field in it.
const DOOR: &str = "archive";
const FILE: &str = "archive-file";

#[component]
pub fn ArchiveDoor(workshop: Workshop) -> impl IntoView {
    let archive = workshop.sources().archive;
    let is_cut = Memo::new(move |_| is_cut(workshop));
    let body = move || match archive.stage.get() {
        Stage::Nothing | Stage::Read(_) => view! { <Choose workshop is_cut /> }.into_any(),
        Stage::Refused(trouble) => {
            browser::focus(FILE);
            let trouble = Signal::stored(Some(trouble));
            view! { <Choose workshop is_cut /><Notice trouble /> }.into_any()
        }
        Stage::Looking => view! { <Looking archive /> }.into_any(),
        Stage::Shown(shown) => view! { <Confirm workshop shown /> }.into_any(),
        Stage::Reading(_) | Stage::Writing(_) => ().into_any(),
    };
    view! {
        <div class="door" id=DOOR>
            {body}
        </div>
    }
}

/// Whether an archive was begun and is to be given again.
pub fn is_cut(workshop: Workshop) -> bool {
    workshop
        .trouble
        .with(|trouble| *trouble == Some(Trouble::ArchiveCut))
}

/// Takes a file that is dropped anywhere on the page, if one can be given on it just now.
pub fn dropped(workshop: Workshop, event: &DragEvent) {
    let Some(data) = event.data_transfer().filter(|_| browser::has(DOOR)) else {
        return;
    };
    let item = data.items().get(0);
    let entry = item.and_then(|item| item.webkit_get_as_entry().ok().flatten());
    let files = data.files();
    let is_one = files.as_ref().is_some_and(|files| files.length() == 1);
    if is_one && entry.is_none_or(|entry| entry.is_file()) {
        if let Some(file) = first(files) {
            give(workshop, file);
        }
    } else if files.is_some_and(|files| files.length() > 0) {
        workshop.sources().archive.refuse_several();
    }
}

fn give(workshop: Workshop, file: File) {
    let is_somebody_here = untrack(|| workshop.of_session()).is_some();
    workshop.sources().archive.look(file, is_somebody_here);
}

fn put_away(archive: Archive) {
    archive.put_away();
    browser::focus(FILE);
}

fn first(files: Option<FileList>) -> Option<File> {
    files?.get(0)
}

/// How many posts this device can hold, where there may be more.
#[component]
pub fn Capacity(may_be_more: bool) -> impl IntoView {
    let lang = use_lang();
    let text = move || {
        let n = ("n", number(lang.get(), browser::capacity()));
        fill(lang.get().words().capacity, &[n])
    };
    may_be_more.then(|| view! { <p class="fine" id="capacity" prop:textContent=text></p> })
}

#[component]
fn Choose(workshop: Workshop, is_cut: Memo<bool>) -> impl IntoView {
    let chosen = move |event: Event| {
        let field = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(field) = field {
            let file = first(field.files());
            // So that the same file can be chosen again.
            field.set_value("");
            if let Some(file) = file {
                give(workshop, file);
            }
        }
    };
    view! {
        <input type="file" class="unseen" id=FILE accept=".zip,.js,application/zip" on:change=chosen />
        <label class="button large" for=FILE>{words(|w| w.archive_choose)}</label>
        <p class="fine">{words(|w| w.archive_hint)}</p>
        <Show when=move || is_cut.get()>
            <button class="button" id="archive-enough" on:click=move |_| workshop.settle()>{words(|w| w.archive_enough)}</button>
        </Show>
    }
}

#[component]
fn Looking(archive: Archive) -> impl IntoView {
    view! {
        <p role="status" id="archive-looking">{words(|w| w.archive_looking)}</p>
        <button class="button" id="archive-stop" on:click=move |_| put_away(archive)>{words(|w| w.archive_stop)}</button>
    }
}

/// Fewest bytes that X's archive has for a post.
const SMALLEST: u64 = 800;

/// Whose it is, what will be read of it, and that nothing else is.
#[component]
fn Confirm(workshop: Workshop, shown: Rc<Shown>) -> impl IntoView {
    let lang = use_lang();
    let here = untrack(|| workshop.of_session());
    let claimed = shown.account.as_ref().map(|account| Account {
        feed: Feed::new(Source::X, &account.id),
        handle: account.handle.clone(),
        name: account.name.clone(),
        posts: None,
        wishes: Wishes::default(),
        is_keyed: false,
    });
    // A file that does not say is taken for that of who is here, who is called as they are now.
    let other = here.clone().filter(|here| {
        let claimed = claimed.as_ref();
        claimed.is_some_and(|claimed| !claimed.has(&here.feed))
    });
    let person = if other.is_some() {
        claimed
    } else {
        here.or(claimed)
    };
    let whose = person.as_ref().map(|person| person.handle.clone());
    let title = move || {
        let handle = whose.clone().unwrap_or_default();
        fill(lang.get().words().archive_whose, &[("handle", handle)])
    };
    let parts = Part::ALL.map(|part| {
        let of_part = shown.seen.iter().filter(|seen| seen.part == part);
        (part, of_part.map(|seen| seen.bytes).sum::<u64>())
    });
    let bytes = |(part, bytes): &(Part, u64)| if *part == Part::Posts { *bytes } else { 0 };
    let posts = parts.iter().map(bytes).sum::<u64>() / SMALLEST;
    let may_be_more = posts > u64::try_from(browser::capacity()).unwrap_or(u64::MAX);
    let lines = parts
        .into_iter()
        .filter(|(_, bytes)| *bytes > 0)
        .map(|(part, bytes)| {
            let size = move || lang::megabytes(lang.get(), bytes);
            view! { <li>{words(of_part(part))} " · " <span translate="no">{size} " MB"</span></li> }
        })
        .collect_view();
    let answer = match (other, person) {
        (Some(other), _) => {
            let text = move || {
                let handle = ("handle", other.handle.clone());
                fill(lang.get().words().archive_other, &[handle])
            };
            view! { <p class="notice" role="alert" id="archive-other" prop:textContent=text></p> }
                .into_any()
        }
        (None, Some(person)) => {
            let yes = move |_| workshop.take_given(person.clone());
            view! { <button class="button primary large" id="archive-yes" on:click=yes>{words(|w| w.archive_yes)}</button> }
                .into_any()
        }
        (None, None) => ().into_any(),
    };
    let no = move |_| put_away(workshop.sources().archive);
    browser::focus("archive-whose");
    view! {
        <h2 id="archive-whose" tabindex="-1" prop:textContent=title></h2>
        <p class="fine"><bdi>{shown.name.clone()}</bdi></p>
        <p>{words(|w| w.archive_will_read)}</p>
        <ul class="points">{lines}</ul>
        <Capacity may_be_more />
        <p class="fine">{words(|w| w.archive_never)}</p>
        <div class="row end">
            {answer}
            <button class="button" id="archive-no" on:click=no>{words(|w| w.archive_no)}</button>
        </div>
    }
}

fn of_part(part: Part) -> fn(&'static Words) -> &'static str {
    match part {
        Part::Account => |w| w.archive_account,
        Part::Circle => |w| w.archive_circle,
        Part::Posts => |w| w.archive_posts,
        Part::Notes => |w| w.archive_notes,
        Part::Likes => |w| w.archive_likes,
    }
}
