//! The encoder's Web Worker: a thin shell that fetches the model's files and hands
//! texts to [`lemon_model::encoder`].

mod download;
mod files;

use lemon_desk::server;
use lemon_model::encoder::{self, Encoder, EncoderError, Network};
use lemon_model::kernels::trial;
use lemon_model::protocol::{EncoderFailure, FromEncoder, Text, ToEncoder};
use lemon_model::vector::Vector;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;
use web_sys::DedicatedWorkerGlobalScope;

use crate::download::There;
use crate::files::Files;

/// What was loaded.
enum Loaded {
    Nothing,
    All(Box<Encoder>),
    Network(Network),
}

#[wasm_bindgen(start)]
fn start() {
    spawn_local(async {
        let mut loaded = Loaded::Nothing;
        server::serve(
            FromEncoder::Failed(EncoderFailure::Message),
            async |request| {
                answer(&mut loaded, request)
                    .await
                    .unwrap_or_else(FromEncoder::Failed)
            },
        )
        .await;
    });
}

async fn answer(loaded: &mut Loaded, request: ToEncoder) -> Result<FromEncoder, EncoderFailure> {
    match request {
        ToEncoder::Load {
            folder,
            others,
            parts,
        } => {
            if !trial::is_passed() {
                return Err(EncoderFailure::Miscomputes);
            }
            let told = |There { bytes, kept }, of| {
                server::tell(&FromEncoder::Fetched { bytes, kept, of });
            };
            let files = files::fetch(&folder, others, parts, told).await?;
            let kept = files.kept;
            *loaded = load(files)?;
            Ok(FromEncoder::Loaded { kept })
        }
        ToEncoder::Embed(texts) => {
            let tokens = loaded.tokenize(&texts)?;
            loaded.embed(&tokens).map(FromEncoder::Vectors)
        }
        ToEncoder::Tokenize(texts) => loaded.tokenize(&texts).map(FromEncoder::Tokens),
        ToEncoder::EmbedTokens(tokens) => loaded.embed(&tokens).map(FromEncoder::Vectors),
        ToEncoder::Memory => Ok(FromEncoder::Memory(server::memory())),
    }
}

fn load(files: Files) -> Result<Loaded, EncoderFailure> {
    let manifest = files.manifest;
    let loaded = match files.tokenizer {
        Some(tokenizer) => {
            Encoder::load(&manifest, files.network, tokenizer).map(|all| Loaded::All(Box::new(all)))
        }
        None => Network::load(&manifest, files.network).map(Loaded::Network),
    };
    loaded.map_err(|error| {
        console("the model cannot be loaded", &error);
        match error {
            EncoderError::Manifest(_) => EncoderFailure::Files,
            _ => EncoderFailure::Load,
        }
    })
}

impl Loaded {
    fn tokenize(&self, texts: &[Text]) -> Result<Vec<Vec<u32>>, EncoderFailure> {
        let Self::All(encoder) = self else {
            return Err(EncoderFailure::NotLoaded);
        };
        let tokens = texts.iter().map(|Text { role, text }| {
            let role = *role;
            encoder.tokens(encoder::Text { role, text })
        });
        tokens.collect::<Result<_, _>>().map_err(failed)
    }

    fn embed(&self, tokens: &[Vec<u32>]) -> Result<Vec<Vector>, EncoderFailure> {
        let network = match self {
            Self::All(encoder) => encoder.network(),
            Self::Network(network) => network,
            Self::Nothing => return Err(EncoderFailure::NotLoaded),
        };
        let vectors = network.embed(tokens).map_err(failed)?;
        Ok(vectors
            .iter()
            .map(|vector| Vector::quantise(vector))
            .collect())
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn failed(error: EncoderError) -> EncoderFailure {
    console("texts cannot be embedded", &error);
    EncoderFailure::Embed
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

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
