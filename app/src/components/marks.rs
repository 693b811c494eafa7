//! What is flagged in a text, shown where it stands and in words.

use std::collections::BTreeSet;

use lemon_model::flags::{Flag, Kind};
use leptos::prelude::*;

use crate::lang::use_lang;
use crate::words::Words;

/// A text in which what is flagged stands out.
pub fn marked(text: &str, flags: &[Flag]) -> impl IntoView + use<> {
    let (mut parts, mut end) = (Vec::new(), 0);
    for flag in flags {
        let before = text.get(end..flag.at.start).unwrap_or_default().to_owned();
        let marked = text.get(flag.at.clone()).unwrap_or_default().to_owned();
        end = flag.at.end;
        parts.push(view! { {before}<mark>{marked}</mark> });
    }
    let rest = text.get(end..).unwrap_or_default().to_owned();
    view! { {parts}{rest} }
}

/// Which kinds of things are flagged, each once.
#[component]
pub fn Flags(flags: Vec<Flag>) -> impl IntoView {
    let lang = use_lang();
    let kinds: BTreeSet<Kind> = flags.into_iter().map(|flag| flag.kind).collect();
    let chip = |kind| view! { <span class="chip">{move || kind_in_words(lang.get().words(), kind)}</span> };
    kinds.into_iter().map(chip).collect_view()
}

pub fn kind_in_words(words: &'static Words, kind: Kind) -> &'static str {
    match kind {
        Kind::Phone => words.flag_phone,
        Kind::Account => words.flag_account,
        Kind::Resident => words.flag_resident,
        Kind::Address => words.flag_address,
        Kind::Mail => words.flag_mail,
        Kind::Messenger => words.flag_messenger,
        Kind::Plate => words.flag_plate,
        Kind::Handle => words.flag_handle,
        Kind::Name => words.flag_name,
        Kind::Insult => words.flag_insult,
        Kind::Listed => words.flag_listed,
    }
}
