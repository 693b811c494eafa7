use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::privacy_points::PrivacyPoints;
use crate::lang::words;

#[component]
pub fn PrivacyPage() -> impl IntoView {
    view! {
        <main class="page">
            <section class="card">
                <h1>{words(|w| w.privacy_title)}</h1>
                <PrivacyPoints />
                <ul class="points">
                    <li>{words(|w| w.privacy_model)}</li>
                    <li>{words(|w| w.privacy_x)}</li>
                    <li>{words(|w| w.privacy_cost)}</li>
                </ul>
                <A href="/" attr:class="button">{words(|w| w.back)}</A>
            </section>
        </main>
    }
}
