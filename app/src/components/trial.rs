use lemon_model::bot::Owner;
use lemon_model::demo::{Demo, Known};
use lemon_model::protocol::Beginning;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::conversation::Conversation;
use crate::components::notice::Notice;
use crate::edge;
use crate::lang::{self, use_lang, words};
use crate::talk::use_talks;
use crate::visit::{Place, Visiting};
use crate::visited::Visited;

/// A bot of somebody who does not exist, for who has brought nothing yet. What it suggests it
/// answers at once; what opens it comes when somebody begins to type.
#[component]
pub fn Trial() -> impl IntoView {
    let lang = use_lang();
    let talks = use_talks();
    let visited = Visited::new();
    let known = RwSignal::new(Vec::<Known>::new());
    let is_begun = RwSignal::new(false);
    Effect::new(move || {
        let tag = lang.get().tag();
        spawn_local(async move {
            // Without it there is one thing less to see, and nothing to be done about it.
            let Ok(demo) = edge::demo(tag).await else {
                return;
            };
            if lang.try_get_untracked().map(lang::Lang::tag) != Some(tag) {
                return;
            }
            let Demo {
                owner,
                greeting,
                key,
                known: answers,
            } = demo;
            let beginning = Beginning {
                greeting: Some(greeting),
                suggested: answers.iter().map(|known| known.question.clone()).collect(),
                unknown: None,
            };
            let chat = talks.of(&key);
            let address = edge::demo_bot(tag);
            known.set(answers);
            is_begun.set(false);
            visited.show(Place::Own { address, key }, owner, chat, beginning);
        });
    });
    // Also what was asked before the page was left.
    Effect::new(move || {
        let is_wanted = visited.chat.get().is_some_and(|chat| {
            let is_typed = chat.draft.with(|draft| !draft.trim().is_empty());
            is_typed || chat.talk.with(|talk| talk.open_question().is_some())
        });
        if is_wanted && !is_begun.get_untracked() {
            is_begun.set(true);
            visited.open();
        }
    });
    let called = Memo::new(move |_| {
        visited.owner.with(|owner| {
            let owner = owner.as_ref();
            owner.map(|Owner { name, handle }| lang::called(lang.get(), name, handle))
        })
    });
    let called = Memo::new(move |_| called.get().unwrap_or_default());
    let ready = Memo::new(move |_| visited.state.with(|state| *state == Visiting::Ready));
    let trouble = Signal::derive(move || visited.trouble());
    let remark = move || visited.remark(lang.get());
    let talk = move || {
        visited.chat.get().map(|chat| {
            view! {
                <section class="card trial" id="trial">
                    <h2>{words(|w| w.trial_title)}</h2>
                    <p>{words(|w| w.trial_lead)}</p>
                    <Conversation
                        chat
                        open=ready
                        beginning=visited.beginning
                        comes_when_asked=true
                        known
                        library=move || visited.library.get_value()
                        engine=move || visited.engine.get_value()
                        name=called
                        lost=move || visited.open()
                    >
                        <Show when=move || is_begun.get()>
                            <p class="fine center" role="status" prop:textContent=remark></p>
                            <Notice trouble again=move |()| visited.open() />
                        </Show>
                    </Conversation>
                </section>
            }
        })
    };
    view! { {talk} }
}
