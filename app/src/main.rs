//! The page: what a person sees, and the thin flows behind it.

mod app;
mod browser;
mod carry;
mod components;
mod crew;
mod edge;
mod encoder;
mod engine;
mod flow;
mod kept;
mod lang;
mod library;
mod module;
mod pages;
mod picture;
mod proof;
mod session;
mod sharing;
mod shelf;
mod sources;
mod tabs;
mod talk;
mod trouble;
mod version;
mod visit;
mod visited;
mod words;
mod worker;
mod workshop;

use gloo_timers::callback::Timeout;

fn main() {
    // In a task of its own: compiling the module and drawing the page for the first time keep
    // a phone busy long enough each.
    Timeout::new(0, || {
        leptos::mount::mount_to_body(app::App);
        kept::begin();
    })
    .forget();
}
