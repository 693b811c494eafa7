use lemon_model::sources::exchange::Refusal;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;

use crate::browser;
use crate::components::notice::Notice;
use crate::lang::{fill, use_lang, words};
use crate::sources::outside::Back;
use crate::trouble::Trouble;
use crate::workshop::use_workshop;

/// Where one comes back to who left to prove who they are.
#[component]
pub fn BackPage() -> impl IntoView {
    let workshop = use_workshop();
    let lang = use_lang();
    let trouble = RwSignal::new(None::<Trouble>);
    let more = RwSignal::new(None::<(String, String)>);
    // What is in the address is good for one time, and nobody else's to see.
    let query = StoredValue::new(browser::answer());
    let navigate = use_navigate();
    let come_back = move || {
        let navigate = navigate.clone();
        trouble.set(None);
        spawn_local(async move {
            let name = lang.get_untracked().words().title;
            let outside = workshop.sources().outside;
            match outside.come_back(query.get_value(), name).await {
                Ok(Back::As(account)) => {
                    workshop.offer(account);
                    // Whoever goes back is not to come through here once more.
                    let options = NavigateOptions {
                        replace: true,
                        ..NavigateOptions::default()
                    };
                    navigate("/", options);
                }
                Ok(Back::More { server, address }) => {
                    browser::clear_answer();
                    let _ = more.try_set(Some((server, address)));
                }
                Err(why) => {
                    browser::clear_answer();
                    let _ = trouble.try_set(Some(why));
                }
            }
        });
    };
    come_back();
    // What the server has answered for good it answers again.
    let may_pass = Memo::new(move |_| {
        trouble.with(|trouble: &Option<Trouble>| match trouble {
            Some(Trouble::Source(_, why)) => why.may_pass() || matches!(why, Refusal::Wait { .. }),
            _ => true,
        })
    });
    let notice = move || {
        let come_back = come_back.clone();
        if may_pass.get() {
            view! { <Notice trouble again=move |()| come_back() /> }.into_any()
        } else {
            view! { <Notice trouble /> }.into_any()
        }
    };
    let ask_for_more = move || {
        more.get().map(|(server, address)| {
            let text = move || {
                let server = ("server", server.clone());
                fill(lang.get().words().server_more, &[server])
            };
            view! {
                <p id="more" prop:textContent=text></p>
                <a class="button primary" id="allow-more" rel="external" href=address>{words(|w| w.server_go)}</a>
            }
        })
    };
    view! {
        <main class="page" data-phase=move || if trouble.with(Option::is_some) || more.with(Option::is_some) { "stopped" } else { "asking" }>
            <section class="card center">
                {ask_for_more}
                <Show when=move || trouble.with(Option::is_none) && more.with(Option::is_none)>
                    <p role="status">{words(|w| w.loading)}</p>
                </Show>
                {notice}
                <A href="/" attr:class="button" attr:id="home">{words(|w| w.back)}</A>
            </section>
        </main>
    }
}
