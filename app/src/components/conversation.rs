//! Talking with a bot.

use std::rc::Rc;

use lemon_model::answers::suggestions::Suggested;
use lemon_model::corpus::Entry;
use lemon_model::demo::Known;
use lemon_model::feed::original;
use lemon_model::protocol::{Answer, Beginning};
use lemon_model::talk;
use leptos::html;
use leptos::prelude::*;

use crate::components::about::About;
use crate::components::later::Later;
use crate::components::manner::MannerOf;
use crate::engine::Engine;
use crate::lang::{self, fill, number, use_lang, words};
use crate::library::Library;
use crate::talk::Chat;
use crate::trouble::Trouble;
use crate::words::of_trouble;

/// Longest question, in UTF-16 units as browsers count them: what the encoder reads
/// of a text, and a little more.
const MAX_QUESTION: usize = 500;

type Body = talk::Body<Trouble>;

#[component]
pub fn Conversation<E, B, L>(
    /// What was said so far.
    chat: Chat,
    /// The workers to ask, while there are some.
    engine: E,
    /// Whether they can be asked now.
    #[prop(into)]
    open: Signal<bool>,
    /// Whose bot it is.
    #[prop(into)]
    name: Signal<String>,
    /// How a talk with it begins.
    #[prop(into)]
    beginning: Signal<Beginning>,
    /// What answers comes once something was asked.
    #[prop(optional)]
    comes_when_asked: bool,
    /// What is said to questions that it suggests, where nothing need be asked for that.
    #[prop(into, optional)]
    known: Signal<Vec<Known>>,
    /// What answers where there is no encoder yet.
    library: B,
    /// What to do when a worker is lost.
    lost: L,
    /// What stands in the way while they cannot be asked.
    children: ChildrenFn,
) -> impl IntoView
where
    E: Fn() -> Option<Engine> + Copy + Send + Sync + 'static,
    B: Fn() -> Option<Rc<Library>> + Copy + Send + Sync + 'static,
    L: Fn() + Copy + Send + Sync + 'static,
{
    let lang = use_lang();
    let chat = StoredValue::new(chat);
    let (talk, thinking, draft) = chat.with_value(|chat| {
        (
            RwSignal::from(chat.talk.clone()),
            RwSignal::from(chat.thinking.clone()),
            RwSignal::from(chat.draft.clone()),
        )
    });
    let children = StoredValue::new(children);
    // What its words did not find is asked once there is an encoder.
    let waits = Memo::new(move |_| !open.get() && talk.with(|talk| talk.open_question().is_some()));
    let asked = move || engine().filter(|_| open.get_untracked());
    let send = move || match (asked(), library()) {
        (Some(workers), _) => chat.with_value(|chat| chat.send(workers, lost)),
        // One question waits for the encoder at a time.
        (None, Some(library)) if !waits.get_untracked() => {
            chat.with_value(|chat| chat.send_by_words(library, asked, lost));
        }
        (None, None) if comes_when_asked && !waits.get_untracked() => {
            chat.with_value(Chat::put);
        }
        (None, _) => {}
    };
    let again = move |_| {
        if let (true, Some(workers)) = (open.get_untracked(), engine()) {
            chat.with_value(|chat| chat.again(workers, lost));
        }
    };
    // What was asked before there was anything to answer it may be found by its words.
    Effect::new(move |was_there: Option<bool>| {
        // The library comes with it.
        beginning.track();
        let library = library();
        let is_there = library.is_some();
        if let Some(library) = library.filter(|_| was_there != Some(true) && !open.get_untracked())
        {
            chat.with_value(|chat| chat.answer_by_words(library, asked, lost));
        }
        is_there
    });
    // What was asked before the page was left, or a worker was, is answered now.
    Effect::new(move || {
        if let (true, Some(workers)) = (open.get(), engine()) {
            chat.with_value(|chat| chat.answer(workers, lost));
        }
    });

    let unknown = chat.with_value(|chat| RwSignal::from(chat.unknown.clone()));
    Effect::new(move || unknown.set(beginning.with(|beginning| beginning.unknown.clone())));
    let greeting = move || {
        let own = beginning.with(|beginning| beginning.greeting.clone());
        own.unwrap_or_else(|| lang.get().words().greeting.to_owned())
    };

    let scroller = NodeRef::<html::Ol>::new();
    Effect::new(move || {
        talk.track();
        thinking.track();
        request_animation_frame(move || {
            // The page may have moved on by then.
            if let Some(list) = scroller.try_get_untracked().flatten() {
                list.set_scroll_top(list.scroll_height());
            }
        });
    });
    let has_failed =
        Memo::new(move |_| open.get() && talk.with(|talk| talk.failed_question().is_some()));
    let unsendable = move || {
        // The library comes with it.
        beginning.track();
        let can = open.get() || (!waits.get() && (comes_when_asked || library().is_some()));
        !can || draft.with(|text| text.trim().is_empty())
    };

    view! {
        <section class="conversation">
            <p class="bot-notice"><About of=|w| w.bot_notice name /></p>
            <Later><MannerOf chat=chat.get_value() engine open /></Later>
            <ol class="messages" node_ref=scroller aria-live="polite">
                <li class="bubble bot"><p dir="auto" id="greeting" prop:textContent=greeting></p></li>
                <For each=move || talk.get().messages().to_vec() key=|message| message.number let(message)>
                    <Bubble body=message.body unknown />
                </For>
                <Offered chat beginning known library lost />
                <Show when=move || has_failed.get()>
                    <li class="row"><button class="button" id="ask-again" on:click=again>{words(|w| w.again)}</button></li>
                </Show>
                <Show when=move || thinking.get() || waits.get()>
                    <li class="bubble bot dots" aria-label=words(|w| w.thinking)><i></i><i></i><i></i></li>
                </Show>
            </ol>
            <Show when=move || !open.get()>{children.with_value(|children| children())}</Show>
            <Later>
                <Composer chat send unsendable />
            </Later>
        </section>
    }
}

/// Where questions are typed.
#[component]
fn Composer<S, U>(chat: StoredValue<Chat>, send: S, unsendable: U) -> impl IntoView
where
    S: Fn() + Copy + Send + Sync + 'static,
    U: Fn() -> bool + Copy + Send + Sync + 'static,
{
    let draft = chat.with_value(|chat| RwSignal::from(chat.draft.clone()));
    view! {
        <form class="composer" on:submit=move |event| { event.prevent_default(); send(); }>
            <textarea
                id="question"
                rows="1"
                maxlength=MAX_QUESTION.to_string()
                placeholder=words(|w| w.message)
                aria-label=words(|w| w.message)
                prop:value=move || draft.get()
                on:input=move |event| chat.with_value(|chat| chat.write(event_target_value(&event)))
                on:keydown=move |event| {
                    // Enter that ends a syllable of Hangul or kana is not meant for us.
                    if event.key() == "Enter" && !event.shift_key() && !event.is_composing() && event.key_code() != 229 {
                        event.prevent_default();
                        send();
                    }
                }
            ></textarea>
            <button class="send" aria-label=words(|w| w.send) disabled=unsendable>
                <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
                    <path d="M4 12 20 4l-5 16-3.5-6.5z" fill="currentColor" />
                </svg>
            </button>
        </form>
    }
}

/// What one can ask at first, and where the bot has just said that it has nothing to say.
#[component]
fn Offered<B, L>(
    chat: StoredValue<Chat>,
    beginning: Signal<Beginning>,
    known: Signal<Vec<Known>>,
    library: B,
    lost: L,
) -> impl IntoView
where
    B: Fn() -> Option<Rc<Library>> + Copy + Send + Sync + 'static,
    L: Fn() + Copy + Send + Sync + 'static,
{
    let (talk, thinking) = chat.with_value(|chat| (chat.talk.clone(), chat.thinking.clone()));
    let offered = Memo::new(move |_| {
        if thinking.get() {
            return Vec::new();
        }
        let suggested = beginning.with(|beginning| beginning.suggested.clone());
        talk.with(|talk| talk.offered(suggested))
    });
    let button = move |suggested: Suggested| {
        let text = suggested.text.clone();
        let ask = move |_| {
            let is_it = |known: &&Known| known.question == suggested;
            let said =
                known.with_untracked(|known| known.iter().find(is_it).map(|it| it.found.clone()));
            if let Some(found) = said {
                chat.with_value(|chat| chat.ask_known(suggested.text.clone(), found));
            } else if let Some(library) = library() {
                chat.with_value(|chat| chat.ask_suggested(library, suggested.clone(), lost));
            }
        };
        view! { <button class="button" dir="auto" on:click=ask>{text}</button> }
    };
    view! {
        <Show when=move || offered.with(|offered| !offered.is_empty())>
            <li class="suggested" aria-label=words(|w| w.suggested)>
                {move || offered.get().into_iter().map(button).collect_view()}
            </li>
        </Show>
    }
}

#[component]
fn Bubble(body: Body, unknown: RwSignal<Option<String>>) -> impl IntoView {
    let lang = use_lang();
    match body {
        Body::Question(text) => view! {
            <li class="bubble me"><span class="unseen">{words(|w| w.you)}</span><p dir="auto">{text}</p></li>
        }
        .into_any(),
        Body::Nothing => {
            let own = move || unknown.get();
            let text = move || own().unwrap_or_else(|| lang.get().words().no_answer.to_owned());
            view! { <li class="bubble bot"><p dir="auto" class="no-answer" prop:textContent=text></p></li> }.into_any()
        }
        Body::NothingMore => view! { <li class="bubble bot"><p>{words(|w| w.no_more_answers)}</p></li> }.into_any(),
        Body::Trouble(trouble) => {
            view! { <li class="bubble bot"><p role="alert">{move || of_trouble(lang.get().words(), &trouble)}</p></li> }.into_any()
        }
        Body::Answer(answer) => view! { <AnswerBubble answer /> }.into_any(),
    }
}

/// Scrolls as little as shows all of what was opened.
fn show_whole(event: &leptos::ev::Event) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    event_target::<web_sys::Element>(event)
        .scroll_into_view_with_scroll_into_view_options(&options);
}

/// An answer that a tap opens: when it was said, to what, how near it is.
#[component]
fn AnswerBubble(answer: Answer) -> impl IntoView {
    let lang = use_lang();
    let Answer {
        entry:
            Entry {
                id,
                reply,
                said,
                at,
                ..
            },
        similarity,
        occasions,
        ..
    } = answer;
    let often = move || {
        let n = ("n", number(lang.get(), occasions));
        fill(lang.get().words().said_times, &[n])
    };
    // Cosines lie between −1 and 1.
    let percent = format!("{:.0}%", similarity.max(0.0) * 100.0);
    view! {
        <li class="bubble bot answer">
            <details on:toggle=move |event| show_whole(&event)>
                <summary title=words(|w| w.details)><p dir="auto">{reply}</p></summary>
                <dl>
                    {said.map(|said| view! { <dt>{words(|w| w.answered_to)}</dt><dd dir="auto">{said}</dd> })}
                    <dt>{words(|w| w.said_on)}</dt>
                    <dd class="day">{move || lang::day(lang.get(), at)}</dd>
                    {(occasions > 1).then(|| view! { <dt>{words(|w| w.said_often)}</dt><dd class="occasions">{often}</dd> })}
                    <dt>{words(|w| w.similarity)}</dt>
                    <dd class="similarity">{percent}</dd>
                </dl>
                {original(&id).map(|href| view! {
                    <a href=href target="_blank" rel="noopener noreferrer">{words(|w| w.original)}</a>
                })}
            </details>
        </li>
    }
}
