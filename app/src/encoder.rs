//! The encoder's worker, seen from the page.

use lemon_desk::caller::Caller;
use lemon_model::kernels::probe;
use lemon_model::protocol::{EncoderFailure, FromEncoder, Others, Role, Text, ToEncoder};
use lemon_model::vector::Vector;

use crate::trouble::Trouble;

/// The folder of the workers' files, whose name is a hash of their contents.
const ENGINE: &str = env!("LEMON_ENGINE_PATH", "is set by `cargo xtask build`");

/// The folder of this build's model files: `/model/<hash>/`.
pub const MODEL_FOLDER: &str = env!("LEMON_MODEL_PATH", "is set by `cargo xtask build`");

pub struct Encoder {
    caller: Caller<ToEncoder, FromEncoder>,
}

impl Encoder {
    /// Starts the worker and loads the model named `model`. `fetched` hears how many
    /// bytes of how many are there.
    pub async fn load(
        model: &str,
        others: Others,
        fetched: impl Fn(u64, u64) + 'static,
    ) -> Result<Self, Trouble> {
        let unasked = move |said| {
            if let FromEncoder::Fetched { bytes, of } = said {
                fetched(bytes, of);
            }
        };
        // The name comes out of a bot that anybody may have made.
        if model.is_empty() || !model.bytes().all(|c| c.is_ascii_alphanumeric()) {
            return Err(EncoderFailure::Files.into());
        }
        let build = build().ok_or(Trouble::NoSimd)?;
        let caller = Caller::start(&format!("{ENGINE}encoder-{build}/worker.js"), unasked)?;
        let folder = format!("/model/{model}/");
        match caller.ask(&ToEncoder::Load { folder, others }).await? {
            FromEncoder::Loaded => Ok(Self { caller }),
            other => Err(failed(&other)),
        }
    }

    /// One vector for each text.
    pub async fn embed(&self, texts: Vec<Text>) -> Result<Vec<Vector>, Trouble> {
        let count = texts.len();
        match self.caller.ask(&ToEncoder::Embed(texts)).await? {
            FromEncoder::Vectors(vectors) if vectors.len() == count => Ok(vectors),
            other => Err(failed(&other)),
        }
    }

    /// Bytes of memory that the worker has taken; it gives none back.
    pub async fn memory(&self) -> Result<u64, Trouble> {
        match self.caller.ask(&ToEncoder::Memory).await? {
            FromEncoder::Memory(bytes) => Ok(bytes),
            other => Err(failed(&other)),
        }
    }

    pub async fn embed_question(&self, text: &str) -> Result<Vector, Trouble> {
        self.embed_one(Text {
            role: Role::Query,
            text: text.to_owned(),
        })
        .await
    }

    pub async fn embed_one(&self, text: Text) -> Result<Vector, Trouble> {
        self.embed(vec![text])
            .await?
            .pop()
            .ok_or(Trouble::Encoder(EncoderFailure::Embed))
    }
}

/// The build of the encoder that this browser can run; none if it has no vectors. A
/// module is accepted or refused as a whole, so what it uses has to be known before.
fn build() -> Option<&'static str> {
    let accepts = |module: Vec<u8>| {
        let module = js_sys::Uint8Array::from(&module[..]);
        js_sys::WebAssembly::validate(&module).unwrap_or(false)
    };
    if accepts(probe::relaxed()) {
        Some("relaxed")
    } else {
        accepts(probe::simd()).then_some("plain")
    }
}

/// The name of this build's model: what its vectors belong to.
pub fn model() -> &'static str {
    MODEL_FOLDER
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
}

/// The address of the library's worker.
pub fn library_worker() -> String {
    format!("{ENGINE}library/worker.js")
}

fn failed(answer: &FromEncoder) -> Trouble {
    match answer {
        FromEncoder::Failed(failure) => (*failure).into(),
        _ => Trouble::Worker,
    }
}
