//! Texts to sentence vectors.
//!
//! The network is run by tract; `operators` is where an operator of ours takes the
//! place of one of tract's.

mod operators;
mod skim;

use tract_onnx::prelude::*;

use crate::contents::Contents;
use crate::manifest::{Manifest, ManifestError, Verified};
pub use crate::protocol::Role;
use crate::tokenizer::Tokenizer;
pub use crate::tokenizer::{MAX_TEXT_CHARS, MAX_TOKENS};
use crate::vocabulary::{UNKNOWN, VocabularyError};

/// Most tokens that go through the network at once: what is kept of them between its
/// sublayers then takes 1.6 MB. More at once is not faster.
pub const MAX_BATCH_TOKENS: usize = 1_024;

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
    Onnx,
    /// The network cannot be loaded or run.
    #[error("the network cannot be run")]
    Network(#[source] TractError),
    /// A text cannot be cut into tokens.
    #[error("a text cannot be cut into tokens")]
    Tokenize(#[source] tokenizers::Error),
    /// A text has more tokens than the network has positions.
    #[error("a text has too many tokens")]
    TooLong,
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

/// A loaded model: from texts to vectors.
pub struct Encoder {
    tokenizer: Tokenizer,
    network: Network,
    query: Prefix,
    passage: Prefix,
}

/// What stands in front of each text of a role.
struct Prefix {
    text: String,
    /// What the vocabulary has of it.
    known: Vec<u32>,
}

/// The part of it that takes the time: from tokens to vectors.
pub struct Network {
    plan: Arc<TypedRunnableModel>,
    dimension: usize,
}

impl Encoder {
    /// Loads a model from the files that `manifest` names.
    ///
    /// # Errors
    /// [`EncoderError`] if one of the files is not the one that `manifest` names, or
    /// cannot be loaded.
    pub fn load(
        manifest: &Manifest,
        network: Verified<impl Contents>,
        tokenizer: Verified<impl Contents>,
    ) -> Result<Self, EncoderError> {
        let tokenizer = Tokenizer::load(&tokenizer.contents_of(&manifest.tokenizer)?.all())?;
        let prefix = |text: &str| {
            let tokens = tokenizer.encode(text).map_err(EncoderError::Tokenize)?;
            Ok::<_, EncoderError>(Prefix {
                text: text.to_owned(),
                known: tokenizer.known(&tokens),
            })
        };
        Ok(Self {
            query: prefix(&manifest.query_prefix)?,
            passage: prefix(&manifest.passage_prefix)?,
            tokenizer,
            network: Network::load(manifest, network)?,
        })
    }

    /// The ids of the tokens of `text`, prefix and control tokens included: 2 to
    /// [`MAX_TOKENS`], or none if the vocabulary has nothing of it but spaces. All such texts
    /// are the same to the network, whatever they say. The time to embed it is in proportion to
    /// their number.
    ///
    /// # Errors
    /// [`EncoderError::Tokenize`].
    pub fn tokens(&self, text: Text) -> Result<Vec<u32>, EncoderError> {
        let prefix = match text.role {
            Role::Query => &self.query,
            Role::Passage => &self.passage,
        };
        let tokens = self
            .tokenizer
            .encode(&[&prefix.text, text.text].concat())
            .map_err(EncoderError::Tokenize)?;
        if tokens.contains(&UNKNOWN) && self.tokenizer.known(&tokens) == prefix.known {
            return Ok(Vec::new());
        }
        Ok(tokens)
    }

    /// The vectors of `texts`, in their order, each of [`Manifest::dimension`]
    /// elements and length 1, or 0 if it has no tokens.
    ///
    /// # Errors
    /// [`EncoderError`] if the network fails; not because of what a text says.
    pub fn embed(&self, texts: &[Text]) -> Result<Vec<Vec<f32>>, EncoderError> {
        let tokens = texts
            .iter()
            .map(|&text| self.tokens(text))
            .collect::<Result<Vec<_>, _>>()?;
        self.network.embed(&tokens)
    }

    /// The tokenizer, for comparing it with others.
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }
}

impl Network {
    /// Loads the network alone. Its weights are copied out of the file one after the other,
    /// each when it is wanted.
    ///
    /// # Errors
    /// As [`Encoder::load`].
    pub fn load(manifest: &Manifest, file: Verified<impl Contents>) -> Result<Self, EncoderError> {
        Ok(Self {
            plan: plan(&file.contents_of(&manifest.network)?)?,
            dimension: manifest.dimension,
        })
    }

    /// The vectors of texts whose tokens are given, as [`Encoder::tokens`] gives them,
    /// each of [`Manifest::dimension`] elements and length 1, or 0 if it has none.
    ///
    /// # Errors
    /// [`EncoderError::TooLong`] if a text has more than [`MAX_TOKENS`],
    /// [`EncoderError::Network`] if an id is none.
    pub fn embed(&self, texts: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, EncoderError> {
        if texts.iter().any(|text| text.len() > MAX_TOKENS) {
            return Err(EncoderError::TooLong);
        }
        let mut vectors = Vec::with_capacity(texts.len());
        let mut rest = texts;
        while !rest.is_empty() {
            let (batch, behind) = rest.split_at(batch_size(rest));
            vectors.extend(self.run(batch)?);
            rest = behind;
        }
        Ok(vectors)
    }

    /// The names of the operators that run, in their order: what became of the file's.
    #[must_use]
    pub fn operators(&self) -> Vec<String> {
        let nodes = self.plan.model().nodes().iter();
        nodes.map(|node| node.op.name().into_owned()).collect()
    }

    /// The vectors of texts whose tokens go through the network behind each other.
    fn run(&self, texts: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, EncoderError> {
        let count = texts.iter().map(Vec::len).sum();
        if count == 0 {
            return Ok(vec![vec![0.0; self.dimension]; texts.len()]);
        }
        let input = |values: Vec<i64>| -> TractResult<TValue> {
            Ok(Tensor::from_shape(&[1, count], &values)?.into_tvalue())
        };
        let ids = texts.iter().flatten().copied().map(i64::from);
        let positions = texts.iter().flat_map(|text| (0..).take(text.len()));
        let numbers = (1..).zip(texts);
        let numbers = numbers.flat_map(|(number, text)| std::iter::repeat_n(number, text.len()));
        let outputs = input(ids.collect())
            .and_then(|ids| {
                let inputs = tvec!(ids, input(positions.collect())?, input(numbers.collect())?);
                self.plan.run(inputs)
            })
            .map_err(EncoderError::Network)?;
        let hidden = outputs.first().ok_or(EncoderError::Dimension)?;
        if hidden.shape() != [1, count, self.dimension] {
            return Err(EncoderError::Dimension);
        }
        let mut hidden = hidden
            .try_as_plain_ram()
            .and_then(|plain| plain.as_slice::<f32>())
            .map_err(EncoderError::Network)?;
        let vector = |text: &Vec<u32>| {
            let (own, others) = hidden.split_at(text.len() * self.dimension);
            hidden = others;
            pool(own, self.dimension)
        };
        Ok(texts.iter().map(vector).collect())
    }
}

/// What runs of the network in `file`.
pub(crate) fn plan(file: &impl Contents) -> Result<Arc<TypedRunnableModel>, EncoderError> {
    let (mut proto, places) = skim::skim(file).ok_or(EncoderError::Onnx)?;
    // Value information of other tools is often narrower than the truth.
    let mut onnx = tract_onnx::onnx().with_ignore_value_info(true);
    operators::register(&mut onnx.op_register);
    if let Some(graph) = &mut proto.graph {
        operators::provide(graph, file, places, &mut onnx).map_err(EncoderError::Network)?;
    }
    let model = onnx
        .model_for_proto_model(&proto)
        .map_err(EncoderError::Network)?;
    drop(proto);
    let model = model.into_optimized().map_err(EncoderError::Network)?;
    operators::check(&model).map_err(EncoderError::Network)?;
    model.into_runnable().map_err(EncoderError::Network)
}

/// How many of `texts`, of which there is one at least, go through the network at once.
fn batch_size(texts: &[Vec<u32>]) -> usize {
    let mut sum = 0;
    let fits = texts.iter().take_while(|text| {
        sum += text.len();
        sum <= MAX_BATCH_TOKENS
    });
    fits.count().max(1)
}

/// The mean of the rows of `hidden`, with length 1.
fn pool(hidden: &[f32], dimension: usize) -> Vec<f32> {
    let mut mean = vec![0.0; dimension];
    for row in hidden.chunks_exact(dimension) {
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

    #[test]
    fn batches_are_bounded() {
        let cases: [(&[usize], usize); 5] = [
            (&[7], 1),
            (&[512, 500, 12, 1], 3),
            (&[512, 512, 512], 2),
            (&[512, 513], 1),
            (&[2_000, 2], 1),
        ];
        for (lengths, want) in cases {
            let texts: Vec<_> = lengths.iter().map(|&length| vec![0; length]).collect();
            assert_eq!(batch_size(&texts), want, "{lengths:?}");
        }
    }

    #[test]
    fn rows_are_pooled_to_length_one() {
        assert_eq!(pool(&[3.0, 0.0, 0.0, 4.0], 2), [0.6, 0.8]);
        assert_eq!(pool(&[], 2), [0.0, 0.0]);
    }
}
