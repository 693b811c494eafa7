//! The encoder's Web Worker: a thin shell that fetches the model's files and hands
//! texts to [`lemon_model::encoder`].

mod files;

use lemon_desk::server;
use lemon_model::encoder::{self, Encoder};
use lemon_model::protocol::{EncoderFailure, FromEncoder, Others, Text, ToEncoder};
use lemon_model::vector::Vector;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

#[wasm_bindgen(start)]
fn start() {
    spawn_local(async {
        let mut encoder = None;
        server::serve(
            FromEncoder::Failed(EncoderFailure::Message),
            async |request| {
                answer(&mut encoder, request)
                    .await
                    .unwrap_or_else(FromEncoder::Failed)
            },
        )
        .await;
    });
}

async fn answer(
    encoder: &mut Option<Encoder>,
    request: ToEncoder,
) -> Result<FromEncoder, EncoderFailure> {
    match request {
        ToEncoder::Load { folder, others } => {
            *encoder = Some(load(&folder, others).await?);
            Ok(FromEncoder::Loaded)
        }
        ToEncoder::Embed(texts) => {
            let encoder = encoder.as_ref().ok_or(EncoderFailure::NotLoaded)?;
            embed(encoder, &texts).map(FromEncoder::Vectors)
        }
        ToEncoder::Memory => Ok(FromEncoder::Memory(memory())),
    }
}

async fn load(folder: &str, others: Others) -> Result<Encoder, EncoderFailure> {
    let told = |bytes, of| server::tell(&FromEncoder::Fetched { bytes, of });
    let files = files::fetch(folder, others, told).await?;
    Encoder::load(&files.manifest, files.network, &files.tokenizer).map_err(|error| {
        console("the model cannot be loaded", &error);
        match error {
            encoder::EncoderError::Manifest(_) => EncoderFailure::Files,
            _ => EncoderFailure::Load,
        }
    })
}

fn embed(encoder: &Encoder, texts: &[Text]) -> Result<Vec<Vector>, EncoderFailure> {
    let texts: Vec<_> = texts.iter().map(as_encoder_text).collect();
    let vectors = encoder.embed(&texts).map_err(|error| {
        console("texts cannot be embedded", &error);
        EncoderFailure::Embed
    })?;
    Ok(vectors
        .iter()
        .map(|vector| Vector::quantise(vector))
        .collect())
}

fn as_encoder_text(text: &Text) -> encoder::Text<'_> {
    encoder::Text {
        role: text.role,
        text: &text.text,
    }
}

/// For whoever looks into the browser's console: causes, never texts.
fn console(what: &str, error: &(dyn std::error::Error + 'static)) {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let line = causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ");
    web_sys::console::error_1(&format!("{what}: {line}").into());
}

fn memory() -> u64 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    u64::from(buffer.byte_length())
}
