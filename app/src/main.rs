//! The page: what a person sees, and the thin flows behind it.

mod app;
mod browser;
mod components;
mod crew;
mod edge;
mod encoder;
mod engine;
mod flow;
mod lang;
mod library;
mod pages;
mod proof;
mod session;
mod sharing;
mod sources;
mod tabs;
mod talk;
mod trouble;
mod version;
mod visit;
mod words;
mod worker;
mod workshop;

fn main() {
    leptos::mount::mount_to_body(app::App);
}
