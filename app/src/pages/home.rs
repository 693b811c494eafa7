use lemon_model::bots::Account;
use lemon_model::feed::Source;
use lemon_model::protocol::Share;
use lemon_model::sources::given::Wishes;
use lemon_wire::{MAX_POSTS, State, Status};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use crate::browser;
use crate::components::archive_door::{ArchiveDoor, Capacity, dropped, is_cut};
use crate::components::doors::Doors;
use crate::components::feeds::Feeds;
use crate::components::later::Later;
use crate::components::learned::Learned;
use crate::components::months::MonthsOf;
use crate::components::notice::Notice;
use crate::components::privacy_points::PrivacyPoints;
use crate::components::progress::{Progress, missing};
use crate::components::share_panel::SharePanel;
use crate::components::telling::TellingOf;
use crate::components::trial::Trial;
use crate::components::way_out::WayOut;
use crate::edge;
use crate::lang::{self, fill, number, use_lang, words};
use crate::session::Session;
use crate::sharing;
use crate::sources::{Reading, outside};
use crate::trouble::Trouble;
use crate::words::{Words, of_closed};
use crate::workshop::{Workshop, use_workshop};

/// Fewer posts than there are, for who wants to be done sooner or pays for it.
const SHORTER: [u32; 3] = [200, 500, 1_000];

/// Under which the browser remembers that somebody has begun here, for this page and for the start
/// of `index.html`.
const HERE: &str = "lemon-here";

/// What the page is about just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Asking,
    Landing,
    Opening,
    Consent,
    Working,
    Ready,
    Empty,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Landing => "landing",
            Self::Opening => "opening",
            Self::Consent => "consent",
            Self::Working => "working",
            Self::Ready => "ready",
            Self::Empty => "empty",
        }
    }
}

fn phase(workshop: Workshop) -> Phase {
    match workshop.session.get() {
        Session::Asking => return Phase::Asking,
        Session::Out | Session::In(_) | Session::Unreachable(_) => {}
    }
    if workshop.opening.get() || workshop.is_shut() {
        return Phase::Opening;
    }
    if workshop.offer.with(Option::is_some) {
        return Phase::Consent;
    }
    if workshop.bot().is_none() {
        return Phase::Landing;
    }
    let idle = workshop.is_idle();
    workshop.standing.with(|standing| {
        if workshop.ready.get() && idle {
            Phase::Ready
        } else if standing.is_complete() && standing.entries == 0 && idle {
            Phase::Empty
        } else {
            Phase::Working
        }
    })
}

/// From sign-in to ready.
#[component]
pub fn HomePage() -> impl IntoView {
    let workshop = use_workshop();
    // What is being deleted stays on the page, which tells how that goes.
    let phase = Memo::new(move |before: Option<&Phase>| {
        let before = before.filter(|_| workshop.leaving.get());
        before.copied().unwrap_or_else(|| phase(workshop))
    });
    // Who comes back is not shown for a moment what they know.
    Effect::new(move || match phase.get() {
        Phase::Asking => {}
        Phase::Landing => browser::forget(HERE),
        _ => browser::remember(HERE, "1"),
    });
    let drop = window_event_listener(ev::drop, move |event| dropped(workshop, &event));
    on_cleanup(move || drop.remove());
    let body = move || match phase.get() {
        Phase::Asking if browser::recall(HERE).is_some() => {
            view! { <p class="center" role="status">{words(|w| w.loading)}</p> }.into_any()
        }
        Phase::Asking => {
            view! { <Hero><p class="unseen" role="status">{words(|w| w.loading)}</p></Hero> }
                .into_any()
        }
        Phase::Landing => view! { <Landing workshop /> }.into_any(),
        Phase::Opening => view! { <Head workshop /><Opening workshop /> }.into_any(),
        Phase::Consent => view! { <Head workshop /><Consent workshop /> }.into_any(),
        Phase::Working => view! { <Head workshop /><Working workshop /> }.into_any(),
        Phase::Ready => view! { <Head workshop /><Ready workshop /> }.into_any(),
        Phase::Empty => view! { <Head workshop /><Empty workshop /> }.into_any(),
    };
    view! {
        <main class="page" data-phase=move || phase.get().name()>
            <SignInFailure />
            <Announcer workshop phase />
            {body}
        </main>
    }
}

/// Tells those who listen what they have waited for, which may be far down the page or in
/// place of what they listened to last.
#[component]
fn Announcer(workshop: Workshop, phase: Memo<Phase>) -> impl IntoView {
    let lang = use_lang();
    let goes_on = RwSignal::new(false);
    Effect::new(move |waited: Option<bool>| {
        let waits = matches!(workshop.sources().pace.reading.get(), Reading::Waiting(_));
        if waits {
            goes_on.set(false);
        } else if waited == Some(true) {
            goes_on.set(true);
        }
        waits
    });
    let open = Memo::new(move |_| workshop.is_open());
    // Of the two what came last.
    Effect::new(move || {
        if open.get() {
            goes_on.set(false);
        }
    });
    let said = move || {
        let words = lang.get().words();
        match phase.get() {
            Phase::Ready => words.ready,
            Phase::Working if goes_on.get() => words.read_on,
            Phase::Working if open.get() => words.early,
            _ => "",
        }
    };
    view! { <p class="unseen" role="status" id="announcer" prop:textContent=said></p> }
}

/// What is in this browser is being read.
#[component]
fn Opening(workshop: Workshop) -> impl IntoView {
    let body = move || {
        if workshop.opening.get() {
            view! {
                <img src="/lemon.svg" alt="" width="72" height="72" class="breathing" />
                <p role="status" id="opening">{words(|w| w.opening)}</p>
            }
            .into_any()
        } else {
            view! { <Hindrance workshop /> }.into_any()
        }
    };
    view! {
        <section class="card center">
            <h1 class="unseen">{words(|w| w.title)}</h1>
            {body}
        </section>
    }
}

/// As in `index.html`, in place of which it comes.
#[component]
fn Hero(children: Children) -> impl IntoView {
    view! {
        <section class="hero">
            <img src="/lemon.svg" alt="" width="96" height="96" />
            <h1>{words(|w| w.tagline)}</h1>
            <p>{words(|w| w.lead)}</p>
            {children()}
        </section>
    }
}

#[component]
fn Landing(workshop: Workshop) -> impl IntoView {
    let trouble = Signal::derive(move || match workshop.session.get() {
        Session::Unreachable(error) => Some(Trouble::from(error)),
        _ => workshop.trouble.get(),
    });
    let lang = use_lang();
    let status = RwSignal::new(None::<Status>);
    spawn_local(async move {
        // Without it one can still try to sign in.
        if let Ok(now) = edge::status().await {
            let _ = status.try_set(Some(now));
        }
    });
    let no_x = move || {
        workshop
            .sources()
            .x
            .terms
            .allowed
            .get()
            .is_some_and(|terms| !terms.sign_in)
    };
    let closed =
        move || status.with(|status| status.as_ref().is_some_and(|s| s.state == State::Closed));
    let said = move || {
        let words = lang.get().words();
        let status = status.get().unwrap_or_default();
        match status.state {
            _ if no_x() => words.no_x.to_owned(),
            State::Closed => format!("{} {}", of_closed(words, status.limit), words.closed_kept),
            State::Waiting => {
                let waiting = usize::try_from(status.waiting).unwrap_or(usize::MAX);
                let at = lang::time(lang.get(), status.until.unwrap_or_default());
                fill(
                    words.queue,
                    &[("n", number(lang.get(), waiting)), ("time", at)],
                )
            }
            State::Open => String::new(),
        }
    };
    view! {
        <Hero><Notice trouble again=move |()| workshop.arrive() /></Hero>
        <WayOut />
        <Later><Trial /></Later>
        <section class="card center">
            <h2>{words(|w| w.doors_title)}</h2>
            <Doors workshop is_x_closed=Signal::derive(move || no_x() || closed()) />
            <p class="fine" id="standing" role="status" prop:textContent=said></p>
            <A href="/bots" attr:id="take-in-link">{words(|w| w.import_title)}</A>
        </section>
        <section class="card">
            <h2>{words(|w| w.privacy_title)}</h2>
            <PrivacyPoints />
            <p class="row">
                <A href="/privacy">{words(|w| w.details)}</A>
                <A href="/status">{words(|w| w.status_title)}</A>
            </p>
        </section>
    }
}

/// Why the last sign-in led to nothing, as the edge put it into the address.
#[component]
fn SignInFailure() -> impl IntoView {
    let reason = browser::query("signin");
    // What began elsewhere begins again here, but never by itself.
    let elsewhere = reason.as_deref() == Some("elsewhere");
    let reason: Option<fn(&'static Words) -> &'static str> = reason.map(|reason| {
        let text: fn(&'static Words) -> &'static str = match reason.as_str() {
            "denied" => |w| w.signin_denied,
            "expired" => |w| w.signin_expired,
            "elsewhere" => |w| w.signin_elsewhere,
            "waiting" => |w| w.signin_waiting,
            "closed" => |w| w.signin_closed,
            _ => |w| w.signin_failed,
        };
        text
    });
    browser::clear_answer();
    let again = elsewhere.then(|| {
        view! { <a class="button primary" id="sign-in-here" rel="external" href=edge::LOGIN>{words(|w| w.signin_here)}</a> }
    });
    reason.map(
        |reason| view! { <div class="notice" role="alert"><p>{words(reason)}</p>{again}</div> },
    )
}

/// Whose bot it is.
#[component]
fn Head(workshop: Workshop) -> impl IntoView {
    let has_x = Memo::new(move |_| workshop.bot().is_some_and(|bot| bot.x().is_some()));
    let is_in = Memo::new(move |_| matches!(workshop.session.get(), Session::In(_)));
    let away = Memo::new(move |_| has_x.get() && workshop.session.get() == Session::Out);
    let unreachable = Signal::derive(move || match workshop.session.get() {
        Session::Unreachable(error) if has_x.get() => Some(Trouble::from(error)),
        _ => None,
    });
    let lang = use_lang();
    let failed = RwSignal::new(None);
    let leaving = RwSignal::new(false);
    let sign_out = move |_| {
        failed.set(None);
        leaving.set(true);
        spawn_local(async move {
            if let Err(trouble) = workshop.sign_out().await {
                failed.set(Some(trouble));
                leaving.set(false);
            }
        });
    };
    let sign_out_label = move || {
        let words = lang.get().words();
        if leaving.get() {
            words.signing_out
        } else {
            words.sign_out
        }
    };
    let person = move || {
        workshop.face().map(|face| {
            let avatar = workshop.session.with(|session| {
                let me = session.me().filter(|_| session.is_of(&face));
                me?.shown_avatar().map(ToOwned::to_owned)
            });
            let own = workshop.called(lang.get()).filter(|_| workshop.is_of_bot(&face));
            let name = own.unwrap_or_else(|| lang::called(lang.get(), &face.name, &face.handle));
            view! {
                {avatar.map(|url| view! { <Avatar url /> })}
                <span class="who"><b><bdi>{name}</bdi></b><span class="fine" id="handle">"@" {face.handle}</span></span>
            }
        })
    };
    let sign_in_or_out = move || {
        if away.get() {
            view! { <a class="button" rel="external" href=edge::LOGIN>{words(|w| w.sign_in_x)}</a> }
                .into_any()
        } else if !is_in.get() {
            ().into_any()
        } else {
            view! { <button class="button" id="sign-out" disabled=move || leaving.get() on:click=sign_out prop:textContent=sign_out_label></button> }.into_any()
        }
    };
    view! {
        <section class="account" aria-label=words(|w| w.signed_in_as)>
            {person}
            {sign_in_or_out}
        </section>
        <Show when=move || away.get()><p class="fine center">{words(|w| w.away)}</p></Show>
        <Notice trouble=unreachable again=move |()| workshop.arrive() />
        <Notice trouble=failed />
    }
}

/// Nothing where the picture cannot be had: a broken one says less than none.
#[component]
fn Avatar(url: String) -> impl IntoView {
    let shown = RwSignal::new(true);
    view! {
        <Show when=move || shown.get()>
            <img
                class="avatar"
                src=url.clone()
                alt=""
                width="44"
                height="44"
                referrerpolicy="no-referrer"
                on:error=move |_| shown.set(false)
            />
        </Show>
    }
}

/// What will be read of an account that was proven, before it is.
#[component]
fn Consent(workshop: Workshop) -> impl IntoView {
    let body = move || {
        let offer = workshop.offer.get()?;
        Some(match offer.feed.source {
            Source::X => view! { <ConsentX workshop account=offer /> }.into_any(),
            _ => view! { <ConsentServer workshop account=offer /> }.into_any(),
        })
    };
    let is_x = move || {
        let is_x = |account: &Account| account.feed.source == Source::X;
        workshop
            .offer
            .with(|offer| offer.as_ref().is_some_and(is_x))
    };
    view! {
        <section class="card">{body}<Hindrance workshop /></section>
        <Show when=is_x><section class="card center"><ArchiveDoor workshop /></section></Show>
    }
}

/// Which bot the posts come to, if there is one already.
#[component]
fn Joins(workshop: Workshop, account: Account) -> impl IntoView {
    let lang = use_lang();
    let text = move || {
        let home = workshop.home_of(&account)?;
        let first = home.accounts.first()?.clone();
        let is_others = !first.has(&account.feed);
        let handle = ("handle", first.handle);
        is_others.then(|| fill(lang.get().words().consent_joins, &[handle]))
    };
    view! { <p id="joins" prop:textContent=move || text().unwrap_or_default()></p> }
}

#[component]
fn ConsentX(workshop: Workshop, account: Account) -> impl IntoView {
    let lang = use_lang();
    let terms = workshop.sources().x.terms;
    let posts = account.posts;
    let text = move || {
        let newest = usize::try_from(terms.newest()).unwrap_or(usize::MAX);
        let n = terms.expected(posts).unwrap_or(newest);
        fill(lang.get().words().consent, &[("n", number(lang.get(), n))])
    };
    // As many as there are or the operator allows, and a few shorter ways.
    let choices = Memo::new(move |_| {
        let most = terms.within_reach(posts).unwrap_or(MAX_POSTS);
        let default = terms.allowed.get().map(|terms| terms.default_posts);
        let shorter = SHORTER.into_iter().chain(default).filter(|n| *n < most);
        let mut choices: Vec<u32> = shorter.chain([most]).collect();
        choices.sort_unstable();
        choices.dedup();
        choices
    });
    let chosen = move || {
        let most = choices.get().last().copied().unwrap_or_default();
        terms.newest().min(most)
    };
    let choose = move |event| {
        if let Ok(newest) = event_target_value(&event).parse() {
            terms.choose(newest);
        }
    };
    let begin = {
        let account = account.clone();
        move |_| workshop.begin(account.clone())
    };
    let has_bot = Memo::new(move |_| workshop.bot().is_some());
    view! {
        <h1>{words(|w| w.consent_title)}</h1>
        <p prop:textContent=text></p>
        <Joins workshop account />
        <Show when=move || choices.with(|choices| choices.len() > 1)>
            <label class="row">
                <span>{words(|w| w.newest)}</span>
                <select id="newest" on:change=choose prop:value=move || chosen().to_string()>
                    <For each=move || choices.get() key=|n| *n let:n>
                        <option value=n.to_string() selected=move || chosen() == n>
                            {move || fill(
                                lang.get().words().newest_n,
                                &[("n", number(lang.get(), usize::try_from(n).unwrap_or(usize::MAX)))],
                            )}
                        </option>
                    </For>
                </select>
            </label>
        </Show>
        <p class="fine">{words(|w| w.privacy_cost)}</p>
        <div class="row">
            <button class="button primary large" id="start" on:click=begin>{words(|w| w.start)}</button>
            <Show when=move || has_bot.get()>
                <button class="button" id="refuse" on:click=move |_| workshop.refuse_offer()>{words(|w| w.archive_no)}</button>
            </Show>
        </div>
    }
}

#[component]
fn ConsentServer(workshop: Workshop, account: Account) -> impl IntoView {
    let lang = use_lang();
    let wishes = RwSignal::new(account.wishes);
    // Of what is there already only what is new is read, as it was wished before.
    let is_known = workshop.is_known(&account);
    let capacity = u32::try_from(browser::capacity()).unwrap_or(u32::MAX);
    let may_be_more = account.posts.is_some_and(|posts| posts > capacity);
    let has_lists = account.feed.source != Source::Bluesky;
    let server = outside::place_of(&account.feed);
    let with_server = move |template: fn(&'static Words) -> &'static str| {
        let server = server.clone();
        move || fill(template(lang.get().words()), &[("server", server.clone())])
    };
    let (text, listed) = (
        with_server(|w| w.consent_server),
        with_server(if account.is_keyed {
            |w| w.consent_keyed
        } else {
            |w| w.consent_listed
        }),
    );
    let begin = {
        let account = account.clone();
        move |_| {
            let wishes = wishes.get_untracked();
            workshop.begin(Account {
                wishes,
                ..account.clone()
            });
        }
    };
    view! {
        <h1>{words(|w| w.consent_title)}</h1>
        <p prop:textContent=text></p>
        <Joins workshop account />
        <Capacity may_be_more />
        <Show when=move || !is_known><Wishing wishes has_lists /></Show>
        <p class="fine" prop:textContent=listed></p>
        <div class="row">
            <button class="button primary large" id="start" on:click=begin>{words(|w| w.start)}</button>
            <button class="button" id="refuse" on:click=move |_| workshop.refuse_offer()>{words(|w| w.archive_no)}</button>
        </div>
    }
}

/// What is read beside what everybody is shown.
#[component]
fn Wishing(
    wishes: RwSignal<Wishes>,
    /// Not everything that everybody can see is in a list of all.
    has_lists: bool,
) -> impl IntoView {
    let unlisted = has_lists.then(|| {
        view! {
            <label class="row">
                <input
                    type="checkbox"
                    id="unlisted"
                    prop:checked=move || wishes.get().unlisted
                    on:change=move |event| wishes.update(|wishes| wishes.unlisted = event_target_checked(&event))
                />
                <span>{words(|w| w.wish_unlisted)}</span>
            </label>
        }
    });
    view! {
        {unlisted}
        <label class="row">
            <input
                type="checkbox"
                id="warned"
                prop:checked=move || wishes.get().warned
                on:change=move |event| wishes.update(|wishes| wishes.warned = event_target_checked(&event))
            />
            <span>{words(|w| w.wish_warned)}</span>
        </label>
    }
}

/// What the button beside the progress does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// Nothing is under way.
    Stopped,
    Paused,
    Going,
}

impl Pace {
    /// Of the button.
    fn id(self) -> &'static str {
        match self {
            Self::Stopped => "go-on",
            Self::Paused => "resume",
            Self::Going => "pause",
        }
    }
}

#[component]
fn Working(workshop: Workshop) -> impl IntoView {
    let lang = use_lang();
    let idle = Memo::new(move |_| workshop.is_idle());
    let open = Memo::new(move |_| workshop.is_open());
    // A notice has the one button; who follows has nothing to pause.
    let has_button = move || {
        let is_stopped = idle.get() && workshop.trouble.with(Option::is_some);
        !workshop.following.get() && !is_stopped
    };
    // Who waits for X, or is refused by it, need not.
    let has_door = Memo::new(move |_| {
        let is_refused = workshop
            .trouble
            .with(|trouble| matches!(trouble, Some(Trouble::Edge(_) | Trouble::Source(..))));
        let waits = matches!(workshop.sources().pace.reading.get(), Reading::Waiting(_));
        is_cut(workshop) || is_refused || waits
    });
    // One button, so that the focus stays on it.
    let pace = Memo::new(move |_| {
        if idle.get() {
            Pace::Stopped
        } else if workshop.flows.paused.get() {
            Pace::Paused
        } else {
            Pace::Going
        }
    });
    let press = move |_| match pace.get_untracked() {
        Pace::Stopped => workshop.start(),
        Pace::Paused => workshop.flows.resume(),
        Pace::Going => workshop.flows.pause(),
    };
    let label = move || {
        let words = lang.get().words();
        match pace.get() {
            Pace::Stopped => words.go_on,
            Pace::Paused => words.resume,
            Pace::Going => words.pause,
        }
    };
    view! {
        <section class="card">
            <h1>{words(|w| w.working)}</h1>
            <Later><Progress workshop /></Later>
            <Show when=move || workshop.following.get()>
                <p id="following" role="status">{words(|w| w.following)}</p>
            </Show>
            <Show when=move || workshop.gently.get()>
                <p class="fine" id="gently">{words(|w| w.gently)}</p>
            </Show>
            <Hindrance workshop />
            <Show when=move || has_door.get()><Doors workshop is_x_closed=false /></Show>
            <Show when=move || open.get()>
                <p>{words(|w| w.early)}</p>
                <A href="/chat" attr:class="button primary large" attr:id="chat">{words(|w| w.open_chat)}</A>
            </Show>
            <div class="row">
                <Show when=has_button>
                    <button class="button" id=move || pace.get().id() on:click=press prop:textContent=label></button>
                </Show>
                <TellingOf workshop />
                <Delete workshop label=|w| w.cancel />
            </div>
        </section>
        <Later><MonthsOf workshop /></Later>
        <Later><SharePanel workshop /></Later>
    }
}

/// What is in the way, and what to do about it.
#[component]
fn Hindrance(workshop: Workshop) -> impl IntoView {
    let is_cut = Memo::new(move |_| is_cut(workshop));
    let notice = move || {
        if is_cut.get() {
            view! { <Notice trouble=workshop.trouble /> }.into_any()
        } else {
            view! { <Notice trouble=workshop.trouble again=move |()| workshop.again() /> }
                .into_any()
        }
    };
    view! { {notice} }
}

#[component]
fn Ready(workshop: Workshop) -> impl IntoView {
    let lang = use_lang();
    let lead = move || {
        let (posts, entries) = workshop
            .standing
            .with(|standing| (standing.posts, standing.embedded));
        let values = [
            ("posts", number(lang.get(), posts)),
            ("entries", number(lang.get(), entries)),
        ];
        fill(lang.get().words().ready_lead, &values)
    };
    view! {
        <section class="card center">
            <img src="/lemon.svg" alt="" width="64" height="64" />
            <h1 id="ready">{words(|w| w.ready)}</h1>
            <p prop:textContent=lead></p>
            <p class="fine" id="missing" prop:textContent=move || missing(workshop, lang.get())></p>
            <A href="/chat" attr:class="button primary large" attr:id="chat">{words(|w| w.open_chat)}</A>
        </section>
        <Hindrance workshop />
        <SharePanel workshop />
        <Later><MonthsOf workshop /></Later>
        <Learned workshop />
        <section class="card">
            <h2>{words(|w| w.feeds_title)}</h2>
            <Feeds workshop />
        </section>
        <section class="card center">
            <h2>{words(|w| w.doors_more)}</h2>
            <Doors workshop is_x_closed=false />
        </section>
        <section class="row end"><Delete workshop label=|w| w.delete_all /></section>
    }
}

#[component]
fn Empty(workshop: Workshop) -> impl IntoView {
    let lang = use_lang();
    let text = move || {
        let posts = workshop.standing.with(|standing| standing.posts);
        fill(
            lang.get().words().empty,
            &[("n", number(lang.get(), posts))],
        )
    };
    view! {
        <section class="card center">
            <h1>{words(|w| w.empty_title)}</h1>
            <p prop:textContent=text></p>
            <Doors workshop is_x_closed=false />
            <Delete workshop label=|w| w.delete_all />
        </section>
    }
}

/// What becomes of the links that would live on: their only codes are about to go.
#[component]
fn Links(living: RwSignal<Option<Vec<Share>>>, with_links: RwSignal<bool>) -> impl IntoView {
    let lang = use_lang();
    let with = move || {
        let count = living.with(|living| living.as_ref().map_or(0, Vec::len));
        let n = ("n", number(lang.get(), count));
        fill(lang.get().words().delete_links, &[n])
    };
    let save = move |_| {
        let all = living.get_untracked().unwrap_or_default();
        sharing::save_codes(&all, lang.get_untracked());
    };
    view! {
        <label class="row">
            <input
                type="checkbox"
                id="delete-links"
                prop:checked=move || with_links.get()
                on:change=move |event| with_links.set(event_target_checked(&event))
            />
            <span prop:textContent=with></span>
        </label>
        <Show when=move || !with_links.get()>
            <p class="fine">{words(|w| w.delete_links_live)}</p>
            <button class="button" id="save-codes" on:click=save>{words(|w| w.code_save)}</button>
        </Show>
    }
}

/// Deletes everything in this browser, after it was asked once more.
#[component]
fn Delete(workshop: Workshop, label: fn(&'static Words) -> &'static str) -> impl IntoView {
    let lang = use_lang();
    let asked = RwSignal::new(false);
    let deleting = RwSignal::new(false);
    let failed = RwSignal::new(None);
    // What was shared can be deleted by what is here alone. None until it is known.
    let living = RwSignal::new(None::<Vec<Share>>);
    let with_links = RwSignal::new(true);
    let ask = move |_| {
        asked.set(true);
        browser::focus("delete-no");
        living.set(None);
        spawn_local(async move {
            let found = workshop.shares().await;
            // The page may have moved on to another state.
            let _ = living.try_set(Some(match found {
                Ok(shares) => sharing::living(&shares),
                Err(trouble) => {
                    // Who deletes all the same has been told.
                    let _ = failed.try_set(Some(trouble));
                    Vec::new()
                }
            }));
        });
    };
    let keep = move || {
        asked.set(false);
        failed.set(None);
        browser::focus("delete");
    };
    let delete = move |_| {
        failed.set(None);
        deleting.set(true);
        spawn_local(async move {
            let done = async {
                if with_links.get_untracked() {
                    for share in living.get_untracked().unwrap_or_default() {
                        sharing::take_back(&share).await?;
                    }
                }
                workshop.forget().await
            };
            if let Err(trouble) = done.await {
                // The page may have moved on to another state.
                let _ = failed.try_set(Some(trouble));
                let _ = deleting.try_set(false);
            }
        });
    };
    let yes = move || {
        let words = lang.get().words();
        if deleting.get() {
            words.deleting
        } else {
            words.delete_yes
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && !deleting.get_untracked() {
            keep();
        }
    };
    view! {
        <Show
            when=move || asked.get()
            fallback=move || view! { <button class="button quiet" id="delete" on:click=ask>{words(label)}</button> }
        >
            <div class="notice" role="alertdialog" aria-label=words(label) aria-describedby="delete-sure" on:keydown=on_key>
                <p id="delete-sure">{words(|w| w.delete_sure)}</p>
                <Show when=move || living.with(|living| living.as_ref().is_some_and(|all| !all.is_empty()))>
                    <Links living with_links />
                </Show>
                <div class="row">
                    <button class="button danger" id="delete-yes" disabled=move || deleting.get() || living.with(Option::is_none) on:click=delete prop:textContent=yes></button>
                    <button class="button" id="delete-no" disabled=move || deleting.get() on:click=move |_| keep()>{words(|w| w.delete_no)}</button>
                </div>
                <Notice trouble=failed />
            </div>
        </Show>
    }
}
