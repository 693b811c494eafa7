//! The frame around the pages.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::components::{A, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::path;

use crate::browser;
use crate::components::language::Language;
use crate::components::later::Later;
use crate::components::telling::tell_when_ready;
use crate::lang::{provide_lang, use_lang, words};
use crate::pages::{
    back::BackPage, bot::BotPage, bots::BotsPage, chat::ChatPage, home::HomePage,
    privacy::PrivacyPage, search::SearchPage, status::StatusPage,
};
use crate::sharing::Sharing;
use crate::talk::Talks;
use crate::workshop::Workshop;

#[component]
pub fn App() -> impl IntoView {
    provide_lang();
    provide_context(Talks::new());
    let workshop = Workshop::new();
    provide_context(workshop);
    tell_when_ready(workshop, use_lang());
    provide_context(Sharing::new());
    // The browser would show a file that is dropped in place of the page.
    window_event_listener(ev::dragover, |event| event.prevent_default());
    window_event_listener(ev::drop, |event| event.prevent_default());
    view! {
        <Router>
            <Header />
            <Later>
                <Uncovered />
                <Routes fallback=Nowhere>
                    <Route path=path!("/") view=HomePage />
                    <Route path=path!("/chat") view=ChatPage />
                    <Route path=path!("/bots") view=BotsPage />
                    <Route path=path!("/search") view=SearchPage />
                    <Route path=path!("/privacy") view=PrivacyPage />
                    <Route path=path!("/status") view=StatusPage />
                    <Route path=path!("/b") view=BotPage />
                    <Route path=path!("/back") view=BackPage />
                </Routes>
            </Later>
        </Router>
    }
}

/// Takes away what was seen before there was anything of the page.
#[component]
fn Uncovered() -> impl IntoView {
    Effect::new(|| browser::remove("first"));
}

/// For an address that is none of ours.
#[component]
fn Nowhere() -> impl IntoView {
    view! {
        <main class="page">
            <section class="card">
                <h1>{words(|w| w.not_found)}</h1>
                <A href="/" attr:class="button">{words(|w| w.back)}</A>
            </section>
        </main>
    }
}

/// Who has no bot, as a visitor has none, is shown no way to its pages.
#[component]
fn Header() -> impl IntoView {
    let location = use_location();
    let workshop = use_context().unwrap_or_else(Workshop::new);
    let owns = Memo::new(move |_| location.pathname.get() != "/b" && workshop.bot().is_some());
    view! {
        <header class="top">
            <A href="/" attr:class="brand">
                <img src="/lemon.svg" alt="" width="28" height="28" />
                <span>{words(|w| w.title)}</span>
            </A>
            <Show when=move || owns.get()>
                <nav class="tabs">
                    <A href="/chat">{words(|w| w.chat)}</A>
                    <A href="/search">{words(|w| w.search)}</A>
                    <A href="/bots">{words(|w| w.bots)}</A>
                </nav>
            </Show>
            <Language />
        </header>
    }
}
