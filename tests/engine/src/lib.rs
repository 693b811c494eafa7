//! What the benchmark page calls: our encoder and, for comparison, tract with its own
//! operators, on the same file.

// The page holds what comes back, or is told why there is nothing.
#![allow(clippy::missing_errors_doc)]

use js_sys::Uint8Array;
use lemon_desk::outside::Outside;
use lemon_model::encoder::{Encoder, Role, Text};
use lemon_model::kernels;
use lemon_model::manifest::Manifest;
use tract_onnx::prelude::*;
use wasm_bindgen::prelude::*;

/// Our encoder.
#[wasm_bindgen]
pub struct Ours(Encoder);

#[wasm_bindgen]
impl Ours {
    #[wasm_bindgen(constructor)]
    pub fn new(
        manifest: &[u8],
        network: Uint8Array,
        tokenizer: Uint8Array,
    ) -> Result<Ours, JsError> {
        let manifest = Manifest::parse(manifest)?;
        let network = manifest.network.verified(Outside::new(network))?;
        let tokenizer = manifest.tokenizer.verified(Outside::new(tokenizer))?;
        Ok(Self(Encoder::load(&manifest, network, tokenizer)?))
    }

    /// The vectors of `texts`, as queries or as passages, behind each other.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "as wasm-bindgen hands it over"
    )]
    pub fn embed(&self, texts: Vec<String>, queries: bool) -> Result<Vec<f32>, JsError> {
        let role = if queries { Role::Query } else { Role::Passage };
        let texts: Vec<_> = texts.iter().map(|text| Text { role, text }).collect();
        Ok(self.0.embed(&texts)?.concat())
    }

    /// The vectors of texts whose tokens are given: `lengths` of them behind each other.
    #[wasm_bindgen(js_name = embedTokens)]
    pub fn embed_tokens(&self, ids: &[u32], lengths: &[u32]) -> Result<Vec<f32>, JsError> {
        let texts: Vec<_> = texts(ids, lengths).map(<[u32]>::to_vec).collect();
        Ok(self.0.network().embed(&texts)?.concat())
    }
}

/// What this engine multiplies with: the name of a kernel.
#[wasm_bindgen]
#[must_use]
pub fn kernel() -> String {
    kernels::KERNELS[kernels::fastest()].name.to_owned()
}

/// tract with its own operators.
#[wasm_bindgen]
pub struct Stock(Arc<TypedRunnableModel>);

#[wasm_bindgen]
impl Stock {
    #[wasm_bindgen(constructor)]
    pub fn new(network: &[u8]) -> Result<Stock, JsError> {
        tract_onnx::onnx()
            .with_ignore_value_info(true)
            .model_for_read(&mut &network[..])
            .and_then(|model| model.into_optimized()?.into_runnable())
            .map(Self)
            .map_err(|error| JsError::new(&format!("{error:#}")))
    }

    /// What the network gives for texts of one length, each in a row of its own.
    #[wasm_bindgen(js_name = embedTokens)]
    pub fn embed_tokens(&self, ids: &[u32], lengths: &[u32]) -> Result<Vec<f32>, JsError> {
        let rows = lengths.len().max(1);
        let shape = [rows, ids.len() / rows];
        let input = |values: Vec<i64>| -> TractResult<TValue> {
            Ok(Tensor::from_shape(&shape, &values)?.into_tvalue())
        };
        let positions = texts(ids, lengths).flat_map(|text| (0..).take(text.len()));
        let hidden = || -> TractResult<Vec<f32>> {
            let inputs = tvec!(
                input(ids.iter().copied().map(i64::from).collect())?,
                input(positions.collect())?,
                input(vec![1; ids.len()])?
            );
            let outputs = self.0.run(inputs)?;
            let plain = outputs[0].try_as_plain_ram()?;
            Ok(plain.as_slice::<f32>()?.to_vec())
        };
        hidden().map_err(|error| JsError::new(&format!("{error:#}")))
    }
}

fn texts<'a>(ids: &'a [u32], lengths: &'a [u32]) -> impl Iterator<Item = &'a [u32]> {
    let mut rest = ids;
    lengths.iter().map(move |&length| {
        let (text, others) = rest.split_at((length as usize).min(rest.len()));
        rest = others;
        text
    })
}
