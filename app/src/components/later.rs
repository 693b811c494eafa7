//! Drawing in tasks of its own.

use std::time::Duration;

use leptos::prelude::*;

/// Draws what is in it for the first time in a task that comes after the present one. What is
/// drawn by code that has never run is compiled by then, too, and a phone takes long enough
/// for each part of a page.
#[component]
pub fn Later(children: ChildrenFn) -> impl IntoView {
    let children = StoredValue::new(children);
    let is_drawn = RwSignal::new(false);
    // Whatever was around it may be gone by then.
    let draw = move || {
        let _ = is_drawn.try_set(true);
    };
    set_timeout(draw, Duration::ZERO);
    view! { <Show when=move || is_drawn.get()>{children.with_value(|children| children())}</Show> }
}
