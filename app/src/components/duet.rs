//! One's own bot talks with somebody else's, step by step or by themselves.

use std::rc::Rc;
use std::time::Duration;

use gloo_timers::future::sleep;
use lemon_model::answers::Manner;
use lemon_model::bots::Bot;
use lemon_model::choice::CHOICE;
use lemon_model::duet::{Duet, Line, Side};
use lemon_model::protocol::Beginning;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::notice::Notice;
use crate::components::share_line::Copy;
use crate::engine::Engine;
use crate::lang::{self, Lang, fill, use_lang, words};
use crate::library::Library;
use crate::picture;
use crate::shelf;
use crate::trouble::Trouble;

/// How long a line is left to be read before the next one comes by itself.
const PAUSE: Duration = Duration::from_millis(1_500);

/// The talk of two bots in this tab.
#[derive(Clone, Copy)]
struct Stage {
    duet: RwSignal<Option<Duet>>,
    /// One of them is looking for words.
    busy: RwSignal<bool>,
    /// They go on by themselves.
    running: RwSignal<bool>,
    trouble: RwSignal<Option<Trouble>>,
    own: StoredValue<Option<Rc<Library>>, LocalStorage>,
    /// Of what goes on: what belongs to an earlier one is over.
    number: StoredValue<u32>,
}

impl Stage {
    fn new() -> Self {
        Self {
            duet: RwSignal::new(None),
            busy: RwSignal::new(false),
            running: RwSignal::new(false),
            trouble: RwSignal::new(None),
            own: StoredValue::new_local(None),
            number: StoredValue::new(0),
        }
    }

    /// What goes on is another one now; whether it still is that one can be asked.
    fn next(self) -> impl Fn() -> bool + Copy {
        let number = self.number.try_update_value(|number| {
            *number += 1;
            *number
        });
        move || number.is_some() && self.number.try_get_value() == number
    }

    /// Opens one's own bot, which greets.
    fn begin(self, bot: Bot, theirs: Beginning, lang: Lang) {
        let goes_on = self.next();
        self.trouble.set(None);
        self.busy.set(true);
        spawn_local(async move {
            let opened = open(&bot).await;
            if !goes_on() {
                // It was closed meanwhile, or the page is gone.
                if let Ok((library, _)) = opened {
                    library.end();
                }
                return;
            }
            let _ = self.busy.try_set(false);
            match opened {
                Ok((library, mine)) => {
                    let words = lang.words();
                    let duet = Duet::begin(&mine, &theirs, words.greeting, words.duet_unknown);
                    let _ = self.own.try_set_value(Some(Rc::new(library)));
                    let _ = self.duet.try_set(Some(duet));
                }
                Err(trouble) => _ = self.trouble.try_set(Some(trouble)),
            }
        });
    }

    /// The next one says something.
    async fn step(self, engine: Engine, goes_on: impl Fn() -> bool) {
        let next = self.duet.with_untracked(|duet| {
            let duet = duet.as_ref()?;
            let (of, _) = duet.next()?;
            Some((of, duet.question()?.to_owned()))
        });
        let (Some((of, question)), Some(Some(own))) = (next, self.own.try_get_value()) else {
            _ = self.running.try_set(false);
            return;
        };
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.trouble.set(None);
        let said = async {
            let library = match of {
                Side::Mine => &own,
                Side::Theirs => &engine.library,
            };
            let vector = engine.encoder.embed_question(&question).await?;
            let manner = Manner::default();
            library.answers(question, vector, manner, CHOICE).await
        };
        let said = said.await;
        let _ = self.busy.try_set(false);
        if !goes_on() {
            return;
        }
        match said {
            Ok(found) => {
                let _ = self.duet.try_update(|duet| {
                    if let Some(duet) = duet {
                        duet.say(found);
                    }
                });
            }
            Err(trouble) => {
                let _ = self.running.try_set(false);
                let _ = self.trouble.try_set(Some(trouble));
            }
        }
    }

    /// They go on by themselves until they are stopped, or have talked enough.
    fn run(self, engine: Engine) {
        let goes_on = self.next();
        self.running.set(true);
        spawn_local(async move {
            while goes_on() && self.running.try_get_untracked() == Some(true) {
                self.step(engine.clone(), goes_on).await;
                sleep(PAUSE).await;
            }
        });
    }

    fn end(self) {
        let _ = self.next();
        self.running.set(false);
        self.busy.set(false);
        self.duet.set(None);
        if let Some(library) = self.own.try_update_value(Option::take).flatten() {
            library.end();
        }
    }
}

async fn open(bot: &Bot) -> Result<(Library, Beginning), Trouble> {
    let library = Library::start().await?;
    library.open(&bot.id).await?;
    let learned = library.read_back(|_| ()).await?.came.beginning;
    let manners = bot.manners.clone();
    let mine = learned.in_words(manners.greeting, manners.unknown);
    Ok((library, mine))
}

/// Offered to whoever has a bot in this browser.
#[component]
pub fn DuetWith<E>(
    /// The workers of the bot that is visited, once there are some.
    engine: E,
    /// Whether they can be asked.
    #[prop(into)]
    open: Signal<bool>,
    /// How a talk with it begins.
    #[prop(into)]
    beginning: Signal<Beginning>,
    /// What it is called.
    #[prop(into)]
    name: Signal<String>,
    /// Its vectors are another model's than those of bots that are made here.
    #[prop(into)]
    is_other: Signal<bool>,
) -> impl IntoView
where
    E: Fn() -> Option<Engine> + Copy + Send + Sync + 'static,
{
    let lang = use_lang();
    let own = shelf::bots().current().cloned()?;
    let owner = own.owner();
    let own = StoredValue::new(own);
    let stage = Stage::new();
    let shown = RwSignal::new(false);
    on_cleanup(move || stage.end());
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        let is_shown = shown.get();
        if let Some(dialog) = dialog.get() {
            if is_shown && !dialog.open() {
                let _ = dialog.show_modal();
            } else if !is_shown && dialog.open() {
                dialog.close();
            }
        }
    });
    let begin = move |_| {
        shown.set(true);
        stage.begin(
            own.get_value(),
            beginning.get_untracked(),
            lang.get_untracked(),
        );
    };
    let close = move || {
        shown.set(false);
        stage.end();
    };
    let called = Signal::derive(move || {
        [
            lang::called(lang.get(), &owner.name, &owner.handle),
            name.get(),
        ]
        .map(|name| fill(lang.get().words().duet_bot, &[("name", name)]))
    });
    let step = move |_| {
        if let Some(engine) = engine() {
            let goes_on = stage.next();
            spawn_local(stage.step(engine, goes_on));
        }
    };
    let run = move |_| match engine() {
        Some(engine) if !stage.running.get_untracked() => stage.run(engine),
        _ => stage.running.set(false),
    };
    let is_over = Memo::new(move |_| {
        stage
            .duet
            .with(|duet| duet.as_ref().is_some_and(|duet| duet.next().is_none()))
    });
    let has_begun = Memo::new(move |_| stage.duet.with(Option::is_some));
    let text = move || {
        let [mine, theirs] = called.get_untracked();
        let title = lang.get_untracked().words().duet_title;
        stage.duet.with_untracked(|duet| {
            duet.as_ref()
                .map_or_else(String::new, |duet| duet.text(title, [&mine, &theirs]))
        })
    };
    let save = move |_| {
        let names = called.get_untracked();
        let title = lang.get_untracked().words().duet_title;
        let drawn = stage.duet.with_untracked(|duet| {
            let lines = duet.as_ref()?.lines();
            picture::draw(title, [&names[0], &names[1]], lines)
        });
        if let Some(canvas) = drawn {
            picture::save(&canvas);
        }
    };
    let run_label = move || {
        let words = lang.get().words();
        if stage.running.get() {
            words.duet_stop
        } else {
            words.duet_run
        }
    };
    Some(view! {
        <button class="button" id="duet" disabled=move || !open.get() || is_other.get() title=move || is_other.get().then(words(|w| w.duet_other)) on:click=begin>{words(|w| w.duet)}</button>
        <dialog class="card duet" node_ref=dialog aria-label=words(|w| w.duet_title) on:close=move |_| close()>
            <h2>{words(|w| w.duet_title)}</h2>
            <p class="fine">{words(|w| w.duet_what)}</p>
            <Show when=move || has_begun.get() fallback=move || view! { <p role="status">{move || stage.busy.get().then(words(|w| w.duet_opening))}</p> }>
                <Lines stage called />
                <p role="status" class="fine">{move || is_over.get().then(words(|w| w.duet_over))}</p>
                <div class="row">
                    <button class="button primary" id="duet-step" disabled=move || stage.busy.get() || stage.running.get() || is_over.get() on:click=step>{words(|w| w.duet_step)}</button>
                    <button class="button" id="duet-run" disabled=move || is_over.get() on:click=run prop:textContent=run_label></button>
                    <Copy what=|w| w.duet_copy of=Signal::derive(String::new) text />
                    <button class="button" id="duet-save" on:click=save>{words(|w| w.duet_save)}</button>
                </div>
            </Show>
            <Notice trouble=stage.trouble />
            <button class="button quiet" id="duet-close" on:click=move |_| close()>{words(|w| w.close)}</button>
        </dialog>
    })
}

/// What was said, the newest in sight.
#[component]
fn Lines(stage: Stage, called: Signal<[String; 2]>) -> impl IntoView {
    let list = NodeRef::<html::Ol>::new();
    let lines = Memo::new(move |_| {
        let lines = stage
            .duet
            .with(|duet| duet.as_ref().map(|duet| duet.lines().to_vec()));
        lines
            .unwrap_or_default()
            .into_iter()
            .enumerate()
            .collect::<Vec<_>>()
    });
    Effect::new(move || {
        lines.track();
        request_animation_frame(move || {
            if let Some(list) = list.try_get_untracked().flatten() {
                list.set_scroll_top(list.scroll_height());
            }
        });
    });
    let bubble = move |line: Line| {
        let (class, place) = match line.of {
            Side::Mine => ("bubble me", 0),
            Side::Theirs => ("bubble bot", 1),
        };
        view! {
            <li class=class>
                <span class="speaker"><bdi>{move || called.get()[place].clone()}</bdi></span>
                <p dir="auto">{line.text}</p>
            </li>
        }
    };
    view! {
        <ol class="messages" id="duet-lines" node_ref=list aria-live="polite" tabindex="0">
            <For each=move || lines.get() key=|(place, _)| *place let((_, line))>{bubble(line)}</For>
        </ol>
    }
}
