//! Texts to sentence vectors.
//!
//! The network is run by tract; `operators` is where an operator of ours takes the
//! place of one of tract's.

mod operators;

use prost::Message;
use tract_onnx::Onnx;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;

use crate::manifest::{Manifest, ManifestError};
pub use crate::protocol::Role;
pub use crate::tokenizer::{MAX_TEXT_CHARS, MAX_TOKENS};
use crate::tokenizer::{PAD, Tokenizer, VocabularyError};

/// Most tokens that go through the network at once, padding included: the widest
/// activations then take 6 MB.
pub const MAX_BATCH_TOKENS: usize = 1_024;

/// Padding in a batch is at most its tokens divided by this.
const PADDING_SHARE: usize = 16;

/// Why texts cannot be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// The manifest is not sound, or one of the files is not the one it names.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The tokenizer file is damaged.
    #[error("the tokenizer cannot be loaded")]
    Vocabulary(#[from] VocabularyError),
    /// The network's file is not ONNX.
    #[error("the network cannot be read")]
    Onnx(#[from] prost::DecodeError),
    /// The network cannot be loaded or run.
    #[error("the network cannot be run")]
    Network(#[source] TractError),
    /// A text cannot be cut into tokens.
    #[error("a text cannot be cut into tokens")]
    Tokenize(#[source] tokenizers::Error),
    /// The network's output has not the shape it should have.
    #[error("the network gives vectors of another length")]
    Dimension,
}

/// A text to embed. What is longer than [`MAX_TEXT_CHARS`] or [`MAX_TOKENS`] is not
/// read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Text<'a> {
    pub role: Role,
    pub text: &'a str,
}

/// A loaded model.
pub struct Encoder {
    tokenizer: Tokenizer,
    network: Arc<TypedRunnableModel>,
    query_prefix: String,
    passage_prefix: String,
    dimension: usize,
}

/// The tokens of a text and the text's position in what was asked for.
struct Tokens {
    index: usize,
    ids: Vec<u32>,
}

impl Encoder {
    /// Loads a model from the contents of the files that `manifest` names. Takes
    /// `network` by value, as it is dropped halfway: what a browser's memory grew to
    /// it never gives back.
    ///
    /// # Errors
    /// [`EncoderError`] if one of the files is not the one that `manifest` names, or
    /// cannot be loaded.
    pub fn load(
        manifest: &Manifest,
        network: Vec<u8>,
        tokenizer: &[u8],
    ) -> Result<Self, EncoderError> {
        manifest.network.verify(&network)?;
        manifest.tokenizer.verify(tokenizer)?;
        Ok(Self {
            tokenizer: Tokenizer::load(tokenizer)?,
            network: load_network(network)?,
            query_prefix: manifest.query_prefix.clone(),
            passage_prefix: manifest.passage_prefix.clone(),
            dimension: manifest.dimension,
        })
    }

    /// How many tokens `text` has, prefix and control tokens included: 2 to
    /// [`MAX_TOKENS`]. The time to embed it is in proportion.
    ///
    /// # Errors
    /// [`EncoderError::Tokenize`].
    pub fn count(&self, text: Text) -> Result<usize, EncoderError> {
        self.tokens(text).map(|ids| ids.len())
    }

    /// The ids of the tokens of `text`, prefix and control tokens included.
    ///
    /// # Errors
    /// [`EncoderError::Tokenize`].
    pub fn tokens(&self, text: Text) -> Result<Vec<u32>, EncoderError> {
        let prefix = match text.role {
            Role::Query => &self.query_prefix,
            Role::Passage => &self.passage_prefix,
        };
        self.tokenizer
            .encode(&[prefix, text.text].concat())
            .map_err(EncoderError::Tokenize)
    }

    /// The vectors of `texts`, in their order, each of [`Manifest::dimension`]
    /// elements and length 1.
    ///
    /// # Errors
    /// [`EncoderError`] if the network fails; not because of what a text says.
    pub fn embed(&self, texts: &[Text]) -> Result<Vec<Vec<f32>>, EncoderError> {
        let mut queue = texts
            .iter()
            .enumerate()
            .map(|(index, &text)| self.tokens(text).map(|ids| Tokens { index, ids }))
            .collect::<Result<Vec<_>, _>>()?;
        queue.sort_by_key(|tokens| tokens.ids.len());
        let mut vectors = vec![Vec::new(); texts.len()];
        let mut rest = &queue[..];
        while !rest.is_empty() {
            let (batch, behind) = rest.split_at(batch_size(rest));
            for (tokens, vector) in batch.iter().zip(self.run(batch)?) {
                vectors[tokens.index] = vector;
            }
            rest = behind;
        }
        Ok(vectors)
    }

    /// The tokenizer, for comparing it with others.
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    fn run(&self, batch: &[Tokens]) -> Result<Vec<Vec<f32>>, EncoderError> {
        let width = batch.iter().map(|t| t.ids.len()).max().unwrap_or_default();
        let row = |tokens: &Tokens, id: fn(u32) -> i64, padding: i64| {
            let ids = tokens.ids.iter().map(|&token| id(token));
            ids.chain(std::iter::repeat(padding))
                .take(width)
                .collect::<Vec<i64>>()
        };
        let input = |rows: Vec<i64>| -> TractResult<TValue> {
            Ok(Tensor::from_shape(&[batch.len(), width], &rows)?.into_tvalue())
        };
        let ids = batch.iter().flat_map(|t| row(t, i64::from, i64::from(PAD)));
        let mask = batch.iter().flat_map(|t| row(t, |_| 1, 0));
        let outputs = input(ids.collect())
            .and_then(|ids| self.network.run(tvec!(ids, input(mask.collect())?)))
            .map_err(EncoderError::Network)?;
        let hidden = outputs.first().ok_or(EncoderError::Dimension)?;
        if hidden.shape() != [batch.len(), width, self.dimension] {
            return Err(EncoderError::Dimension);
        }
        let hidden = hidden
            .try_as_plain_ram()
            .and_then(|plain| plain.as_slice::<f32>())
            .map_err(EncoderError::Network)?;
        Ok(hidden
            .chunks_exact(width * self.dimension)
            .zip(batch)
            .map(|(hidden, tokens)| pool(hidden, tokens.ids.len(), self.dimension))
            .collect())
    }
}

/// What reads the network's file and knows its operators.
fn framework() -> Onnx {
    // Value information of other tools is often narrower than the truth.
    let mut onnx = tract_onnx::onnx().with_ignore_value_info(true);
    operators::register(&mut onnx.op_register);
    onnx
}

fn load_network(file: Vec<u8>) -> Result<Arc<TypedRunnableModel>, EncoderError> {
    let proto = ModelProto::decode(&file[..])?;
    drop(file);
    let model = framework()
        .model_for_proto_model(&proto)
        .map_err(EncoderError::Network)?;
    drop(proto);
    model
        .into_optimized()
        .and_then(IntoRunnable::into_runnable)
        .map_err(EncoderError::Network)
}

/// How many of `queue`, which is sorted by length, go through the network at once.
fn batch_size(queue: &[Tokens]) -> usize {
    let mut sum = 0;
    queue
        .iter()
        .enumerate()
        .position(|(before, tokens)| {
            let length = tokens.ids.len();
            sum += length;
            let padded = length * (before + 1);
            before > 0 && (padded > MAX_BATCH_TOKENS || padded - sum > sum / PADDING_SHARE)
        })
        .unwrap_or(queue.len())
}

/// The mean of the first `tokens` rows of `hidden`, with length 1.
fn pool(hidden: &[f32], tokens: usize, dimension: usize) -> Vec<f32> {
    let mut mean = vec![0.0; dimension];
    for row in hidden.chunks_exact(dimension).take(tokens) {
        for (sum, value) in mean.iter_mut().zip(row) {
            *sum += value;
        }
    }
    // The count of tokens falls out: only the direction remains.
    let length = mean.iter().map(|v| v * v).sum::<f32>().sqrt();
    let inverse = if length > 0.0 { length.recip() } else { 0.0 };
    for value in &mut mean {
        *value *= inverse;
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(lengths: &[usize]) -> Vec<Tokens> {
        let tokens = |(index, &length)| Tokens {
            index,
            ids: vec![0; length],
        };
        lengths.iter().enumerate().map(tokens).collect()
    }

    #[test]
    fn batches_are_bounded_and_hold_little_padding() {
        let cases: [(&[usize], usize); 6] = [
            (&[7], 1),
            (&[7, 7, 7], 3),
            (&[32, 32, 33, 40], 3),
            (&[8, 16], 1),
            (&[512, 512, 512], 2),
            (&[512, 513], 1),
        ];
        for (lengths, want) in cases {
            assert_eq!(batch_size(&queue(lengths)), want, "{lengths:?}");
        }
        assert_eq!(batch_size(&queue(&[16; 100])), MAX_BATCH_TOKENS / 16);
    }

    #[test]
    fn padding_is_not_pooled() {
        let hidden = [3.0, 0.0, 0.0, 4.0, 100.0, 100.0];
        assert_eq!(pool(&hidden, 2, 2), [0.6, 0.8]);
        assert_eq!(pool(&hidden, 0, 2), [0.0, 0.0]);
    }

    #[test]
    fn what_is_not_onnx_is_an_error() {
        assert!(matches!(
            load_network(b"not a network".to_vec()),
            Err(EncoderError::Onnx(_))
        ));
        assert!(load_network(Vec::new()).is_err());
    }
}
