//! A link as a picture that a camera reads.

use leptos::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc};

use crate::lang::words;

/// Modules of plain paper around it, as ISO/IEC 18004 asks for.
const QUIET: i32 = 4;

/// Nothing where `text` is too long for one.
pub fn qr(text: &str) -> impl IntoView + use<> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                let (x, y) = ((x + QUIET).to_string(), (y + QUIET).to_string());
                path.extend(["M", &x, ",", &y, "h1v1h-1z"]);
            }
        }
    }
    let size = code.size() + 2 * QUIET;
    Some(view! {
        <svg class="qr" role="img" viewBox=format!("0 0 {size} {size}") shape-rendering="crispEdges">
            <title>{words(|w| w.share_qr)}</title>
            <rect width=size height=size fill="#fff" />
            <path d=path fill="#000" />
        </svg>
    })
}
