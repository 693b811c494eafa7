//! What would stay out of a share as it is flagged: read and decided before anything goes.

use lemon_model::choices::Mark;
use lemon_model::library::desk::{Going, Row, State, Wanted};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::components::marks::{Flags, marked};
use crate::components::notice::Notice;
use crate::lang::{fill, number, use_lang, words};
use crate::trouble::Trouble;
use crate::workshop::Workshop;

/// How many are shown at a time. The list of all has the rest.
const SHOWN: usize = 5;

/// Nothing where nothing is flagged.
#[component]
pub fn Held<F>(
    workshop: Workshop,
    going: RwSignal<Option<Going>>,
    /// Looks at what goes once more.
    again: F,
) -> impl IntoView
where
    F: Fn() + Copy + Send + Sync + 'static,
{
    let lang = use_lang();
    let workshop = StoredValue::new(workshop);
    let rows = RwSignal::new(Vec::<Row>::new());
    let trouble = RwSignal::new(None::<Trouble>);
    let count = Memo::new(move |_| going.with(|going| going.as_ref().map_or(0, |it| it.flagged)));
    Effect::new(move || {
        if count.get() == 0 {
            return rows.set(Vec::new());
        }
        let Some(library) = workshop.with_value(|workshop| workshop.library()) else {
            return;
        };
        let wanted = Wanted {
            state: State::Flagged,
            ..Wanted::default()
        };
        spawn_local(async move {
            if let Ok(listed) = library.list(wanted, 0, SHOWN).await {
                // The panel may be gone by now.
                let _ = rows.try_set(listed.rows);
            }
        });
    });
    let decide = move |mark: Mark, id: String| {
        let Some(library) = workshop.with_value(|workshop| workshop.library()) else {
            return;
        };
        spawn_local(async move {
            match library.mark(mark, vec![id], true).await {
                Ok(_) => again(),
                Err(failed) => _ = trouble.try_set(Some(failed)),
            }
        });
    };
    let held = move || {
        let n = ("n", number(lang.get(), count.get()));
        fill(lang.get().words().share_held, &[n])
    };
    let line = move |row: Row| {
        let (id, flags) = (row.entry.id.to_string(), row.flags.clone());
        let other = id.clone();
        view! {
            <li>
                <p class="reply" dir="auto">{marked(&row.entry.reply, &row.flags)}</p>
                <div class="row">
                    <Flags flags />
                    <button class="button let-go" on:click=move |_| decide(Mark::Cleared, id.clone())>{words(|w| w.desk_let_it_go)}</button>
                    <button class="button leave-out" on:click=move |_| decide(Mark::LeftOut, other.clone())>{words(|w| w.desk_leave_out)}</button>
                </div>
            </li>
        }
    };
    view! {
        <Show when=move || { count.get() > 0 }>
            <details id="held">
                <summary>{held}</summary>
                <ul class="held">
                    <For each=move || rows.get() key=Clone::clone let(row)>{line(row)}</For>
                </ul>
                <p><A href="/search?show=flagged">{words(|w| w.share_check)}</A></p>
                <Notice trouble />
            </details>
        </Show>
    }
}
