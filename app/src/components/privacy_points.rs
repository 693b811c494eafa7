use leptos::prelude::*;

use crate::lang::words;

/// What is read, what stays, what is sent: shown before sign-in.
#[component]
pub fn PrivacyPoints() -> impl IntoView {
    view! {
        <ul class="points">
            <li>{words(|w| w.privacy_read)}</li>
            <li>{words(|w| w.privacy_archive)}</li>
            <li>{words(|w| w.privacy_servers)}</li>
            <li>{words(|w| w.privacy_stay)}</li>
            <li>{words(|w| w.privacy_share)}</li>
            <li>{words(|w| w.privacy_delete)}</li>
        </ul>
    }
}
