//! For those whom a messenger shows the page in a browser of its own.

use lemon_model::in_app;
use leptos::prelude::*;

use crate::browser;
use crate::components::share_line::Copy;
use crate::lang::words;

/// How the page is opened in the device's own browser; nothing for those who are there.
#[component]
pub fn WayOut() -> impl IntoView {
    let address = browser::address();
    let app = in_app::of(&browser::agent(), &address)?;
    let tap = app.way_out.map(|href| {
        view! { <a class="button primary" id="way-out" rel="external" href=href>{words(|w| w.way_out)}</a> }
    });
    let address = StoredValue::new(address);
    Some(view! {
        <div class="notice" id="in-app" role="note">
            <p>{words(|w| w.in_app)}</p>
            <input class="link" readonly value=address.get_value() aria-label=words(|w| w.address) on:focus=|event| browser::select_all(&event) />
            <div class="row">
                {tap}
                <Copy what=|w| w.share_copy of=Signal::derive(String::new) text=move || address.get_value() />
            </div>
        </div>
    })
}
