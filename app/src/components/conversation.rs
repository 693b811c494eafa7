//! Talking with a bot.

use lemon_model::choice::{CHOICE, Given};
use lemon_model::corpus::Entry;
use lemon_model::protocol::Answer;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::about::About;
use crate::engine::Engine;
use crate::lang::{self, use_lang, words};
use crate::trouble::Trouble;
use crate::words::of_trouble;

/// Longest question, in UTF-16 units as browsers count them: what the encoder reads
/// of a text, and a little more.
const MAX_QUESTION: usize = 500;

#[derive(Clone, Debug, PartialEq)]
struct Message {
    number: usize,
    body: Body,
}

#[derive(Clone, Debug, PartialEq)]
enum Body {
    Question(String),
    Answer(Answer),
    Nothing,
    Trouble(Trouble),
}

#[component]
pub fn Conversation<E>(
    /// The workers to ask, once there are some.
    engine: E,
    /// Whose bot it is.
    #[prop(into)]
    name: Signal<String>,
    /// What to do when a worker is lost.
    #[prop(into)]
    lost: Callback<()>,
) -> impl IntoView
where
    E: Fn() -> Option<Engine> + Copy + Send + Sync + 'static,
{
    let messages = RwSignal::new(Vec::<Message>::new());
    let thinking = RwSignal::new(false);
    let draft = RwSignal::new(String::new());
    let given = StoredValue::new(Given::default());
    let add = move |body| {
        messages.update(|all| {
            let number = all.len();
            all.push(Message { number, body });
        });
    };
    let send = move || {
        let question = draft.get_untracked().trim().to_owned();
        let Some(engine) = engine() else { return };
        if question.is_empty() || thinking.get_untracked() {
            return;
        }
        draft.set(String::new());
        add(Body::Question(question.clone()));
        thinking.set(true);
        spawn_local(async move {
            let body = match ask(&engine, &question).await {
                Ok(answers) => given
                    .try_update_value(|given| given.choose(answers))
                    .flatten()
                    .map_or(Body::Nothing, Body::Answer),
                Err(trouble) => Body::Trouble(trouble),
            };
            // The page may be gone by now.
            if thinking.try_set(false).is_none() {
                let is_lost = body == Body::Trouble(Trouble::Worker);
                add(body);
                if is_lost {
                    lost.run(());
                }
            }
        });
    };

    let scroller = NodeRef::<html::Ol>::new();
    Effect::new(move || {
        messages.track();
        thinking.track();
        request_animation_frame(move || {
            if let Some(list) = scroller.get_untracked() {
                list.set_scroll_top(list.scroll_height());
            }
        });
    });

    view! {
        <section class="conversation">
            <p class="bot-notice"><About of=|w| w.bot_notice name /></p>
            <ol class="messages" node_ref=scroller aria-live="polite">
                <li class="bubble bot"><p>{words(|w| w.greeting)}</p></li>
                <For each=move || messages.get() key=|message| message.number let(message)>
                    <Bubble body=message.body />
                </For>
                <Show when=move || thinking.get()>
                    <li class="bubble bot dots" aria-label=words(|w| w.thinking)><i></i><i></i><i></i></li>
                </Show>
            </ol>
            <form class="composer" on:submit=move |event| { event.prevent_default(); send(); }>
                <textarea
                    id="question"
                    rows="1"
                    maxlength=MAX_QUESTION.to_string()
                    placeholder=words(|w| w.message)
                    aria-label=words(|w| w.message)
                    prop:value=move || draft.get()
                    on:input=move |event| draft.set(event_target_value(&event))
                    on:keydown=move |event| {
                        // Enter that ends a syllable of Hangul or kana is not meant for us.
                        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() && event.key_code() != 229 {
                            event.prevent_default();
                            send();
                        }
                    }
                ></textarea>
                <button class="send" aria-label=words(|w| w.send) disabled=move || draft.with(|text| text.trim().is_empty())>
                    <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
                        <path d="M4 12 20 4l-5 16-3.5-6.5z" fill="currentColor" />
                    </svg>
                </button>
            </form>
        </section>
    }
}

async fn ask(engine: &Engine, question: &str) -> Result<Vec<Answer>, Trouble> {
    let vector = engine.encoder.embed_question(question).await?;
    engine.library.nearest(vector, CHOICE).await
}

#[component]
fn Bubble(body: Body) -> impl IntoView {
    let lang = use_lang();
    match body {
        Body::Question(text) => view! {
            <li class="bubble me"><span class="unseen">{words(|w| w.you)}</span><p dir="auto">{text}</p></li>
        }
        .into_any(),
        Body::Nothing => view! { <li class="bubble bot"><p>{words(|w| w.no_answer)}</p></li> }.into_any(),
        Body::Trouble(trouble) => {
            view! { <li class="bubble bot" role="alert"><p>{move || of_trouble(lang.get().words(), &trouble)}</p></li> }.into_any()
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
    } = answer;
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
                    <dt>{words(|w| w.similarity)}</dt>
                    <dd class="similarity">{percent}</dd>
                </dl>
                <a href=format!("https://x.com/i/web/status/{id}") target="_blank" rel="noopener noreferrer">
                    {words(|w| w.original)}
                </a>
            </details>
        </li>
    }
}
