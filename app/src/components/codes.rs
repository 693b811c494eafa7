//! Links whose codes were kept are deleted or live for longer, in whichever browser.

use lemon_model::code::{self, Code, MAX_TEXT};
use lemon_wire::Cause;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlInputElement;

use crate::browser;
use crate::components::days::{self, DEFAULT_DAYS, Days};
use crate::components::notice::Notice;
use crate::edge::{self, EdgeError};
use crate::lang::{self, fill, number, use_lang, words};
use crate::trouble::Trouble;

/// How it stands with a link.
#[derive(Clone, Debug, PartialEq)]
enum Link {
    Asking,
    /// It is there, until then if that is known.
    There(Option<i64>),
    Expired,
    Gone,
    TakenDown,
    /// It was deleted here and now.
    Deleted,
}

#[component]
pub fn Codes() -> impl IntoView {
    let text = RwSignal::new(String::new());
    // None before anything was looked for.
    let found = RwSignal::new(None::<Vec<Code>>);
    let look = move || found.set(Some(code::found(&text.get_untracked())));
    let given = move |event: leptos::ev::Event| {
        let field: HtmlInputElement = event_target(&event);
        let file = field.files().and_then(|files| files.get(0));
        // So that the same file can be chosen again.
        field.set_value("");
        if let Some(file) = file {
            spawn_local(async move {
                let read = browser::text_of(&file, MAX_TEXT).await;
                // What is no text has no codes.
                if text.try_set(read.unwrap_or_default()).is_none() {
                    look();
                }
            });
        }
    };
    let none = move || found.with(|found| found.as_ref().is_some_and(Vec::is_empty));
    view! {
        <h2>{words(|w| w.codes_title)}</h2>
        <p class="fine">{words(|w| w.codes_what)}</p>
        <textarea
            id="codes"
            rows="3"
            autocomplete="off"
            spellcheck="false"
            aria-label=words(|w| w.codes_label)
            placeholder=words(|w| w.codes_label)
            prop:value=move || text.get()
            on:input=move |event| text.set(event_target_value(&event))
        ></textarea>
        <div class="row">
            <button class="button" id="look-codes" on:click=move |_| look()>{words(|w| w.codes_look)}</button>
            <label class="button file">
                <span>{words(|w| w.codes_file)}</span>
                <input type="file" id="codes-file" class="unseen" accept=".txt,text/plain" on:change=given />
            </label>
        </div>
        <p role="status" class="fine" id="no-codes">{move || none().then(words(|w| w.codes_none))}</p>
        <ul class="shares" id="codes-found">
            {move || found.get().unwrap_or_default().into_iter().enumerate().map(|(place, code)| view! { <CodeLine place code /> }).collect_view()}
        </ul>
    }
}

#[component]
fn CodeLine(place: usize, code: Code) -> impl IntoView {
    let lang = use_lang();
    let code = StoredValue::new(code);
    let link = RwSignal::new(Link::Asking);
    let trouble = RwSignal::new(None::<Trouble>);
    let days = RwSignal::new(DEFAULT_DAYS);
    let busy = RwSignal::new(false);
    let came = move |came: Result<Link, EdgeError>| {
        // The line may be gone by now.
        let _ = busy.try_set(false);
        match came.or_else(missing) {
            Ok(now) => {
                if let Link::There(Some(at)) = now {
                    let _ = days.try_set(days::at_least(at - browser::now()));
                }
                let _ = link.try_set(now);
            }
            Err(error) => _ = trouble.try_set(Some(error.into())),
        }
    };
    let ask = move || {
        trouble.set(None);
        spawn_local(async move {
            let there = edge::look_for_bot(&code.with_value(|code| code.id.clone())).await;
            came(there.map(|there| Link::There(there.expires)));
        });
    };
    ask();
    let begin = move || {
        trouble.set(None);
        busy.set(true);
        code.get_value()
    };
    let delete = move |_| {
        let Code { id, token } = begin();
        spawn_local(async move {
            let deleted = edge::delete_bot(&id, &token).await;
            came(deleted.map(|()| Link::Deleted));
        });
    };
    let extend = move |_| {
        let Code { id, token } = begin();
        let days = days.get_untracked();
        spawn_local(async move {
            let stored = edge::renew_bot(&id, &token, days).await;
            came(stored.map(|stored| Link::There(Some(stored.expires))));
        });
    };
    let stands = move || {
        let words = lang.get().words();
        match link.get() {
            Link::Asking => words.codes_asking.to_owned(),
            Link::There(Some(at)) => fill(words.share_until, &[("day", lang::day(lang.get(), at))]),
            Link::There(None) => words.codes_there.to_owned(),
            Link::Expired => words.visit_expired.to_owned(),
            Link::Gone => words.codes_gone.to_owned(),
            Link::TakenDown => words.taken_down.to_owned(),
            Link::Deleted => words.codes_deleted.to_owned(),
        }
    };
    let can = move || matches!(link.get(), Link::There(_) | Link::Expired);
    let name = move || {
        let n = ("n", number(lang.get(), place + 1));
        fill(lang.get().words().codes_link, &[n])
    };
    view! {
        <li class="row code-line">
            <b>{name}</b>
            <span class="fine stands" role="status" prop:textContent=stands></span>
            <Show when=can>
                <Days days />
                <button class="button extend-code" disabled=move || busy.get() on:click=extend>{words(|w| w.share_extend)}</button>
                <button class="button danger delete-code" disabled=move || busy.get() on:click=delete>{words(|w| w.share_delete)}</button>
            </Show>
            <Notice trouble again=move |()| ask() />
        </li>
    }
}

/// A link that leads nowhere is no trouble.
fn missing(error: EdgeError) -> Result<Link, EdgeError> {
    let EdgeError::Problem(problem) = &error else {
        return Err(error);
    };
    match problem.cause {
        Cause::NotFound => Ok(Link::Gone),
        Cause::Expired => Ok(Link::Expired),
        Cause::TakenDown => Ok(Link::TakenDown),
        _ => Err(error),
    }
}
