//! The most probable cut of a text into pieces.
//!
//! Takes the place of the pipeline's own unigram model for three reasons: that
//! one's trie, a hash map per node, takes 34 MB for our pieces where a double array
//! takes 2; it finds control tokens in texts; and it makes one token of a run of
//! unknown characters where the network was measured with one token each.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use tokenizers::models::unigram::UnigramTrainer;
use tokenizers::{Model, Result, Token};
use yada::DoubleArray;
use yada::builder::DoubleArrayBuilder;

use super::vocabulary::{CONTROL, UNKNOWN, VocabularyError};

/// How much less an unknown character is worth than the least probable piece.
const UNKNOWN_PENALTY: f32 = 10.0;

/// Pieces with their log-probabilities.
pub(super) struct Unigram {
    /// From a piece's bytes to its position in `pieces`. Control tokens are not
    /// in it, so no text can bring them about.
    trie: DoubleArray<Vec<u8>>,
    pieces: Vec<(String, f32)>,
    unknown_score: f32,
}

/// The best way to reach a position in a text.
#[derive(Clone, Copy)]
struct Step {
    score: f32,
    /// Byte at which the last piece starts.
    from: usize,
    id: u32,
}

impl Unigram {
    /// # Errors
    /// [`VocabularyError::Piece`] if a piece comes twice or cannot be looked up.
    pub(super) fn new(pieces: Vec<(String, f32)>) -> std::result::Result<Self, VocabularyError> {
        let mut sorted: Vec<u32> = (0..).take(pieces.len()).collect();
        sorted.sort_unstable_by_key(|&index| piece(&pieces, index));
        let twice = sorted
            .windows(2)
            .find(|pair| piece(&pieces, pair[0]) == piece(&pieces, pair[1]));
        if let Some(pair) = twice {
            return Err(VocabularyError::Piece(pair[1] as usize));
        }
        let keys: Vec<(&str, u32)> = sorted
            .iter()
            .map(|&index| (piece(&pieces, index), index))
            .collect();
        let trie = DoubleArrayBuilder::build(&keys)
            .and_then(DoubleArray::new)
            .map_err(|_| VocabularyError::Piece(0))?;
        let lowest = pieces.iter().map(|(_, score)| *score).fold(0.0, f32::min);
        Ok(Self {
            trie,
            pieces,
            unknown_score: lowest - UNKNOWN_PENALTY,
        })
    }

    /// The name of a token, a control token's included.
    pub(super) fn name(&self, id: u32) -> Option<&str> {
        let id = id as usize;
        match id.checked_sub(CONTROL.len()) {
            None => Some(CONTROL[id]),
            Some(index) => self.pieces.get(index).map(|(piece, _)| piece.as_str()),
        }
    }

    fn steps(&self, text: &str) -> Vec<Option<Step>> {
        let mut best: Vec<Option<Step>> = vec![None; text.len() + 1];
        for (from, character) in text.char_indices() {
            let reached = match best[from] {
                Some(step) => step.score,
                // Every character can be passed as unknown, so only the first
                // has nothing before it.
                None => 0.0,
            };
            let mut offer = |to: usize, score: f32, id: u32| {
                if best[to].is_none_or(|step| score > step.score) {
                    best[to] = Some(Step { score, from, id });
                }
            };
            for (index, length) in self.trie.common_prefix_search(&text[from..]) {
                let score = self.pieces[index as usize].1;
                offer(from + length, reached + score, id_of(index));
            }
            offer(
                from + character.len_utf8(),
                reached + self.unknown_score,
                UNKNOWN,
            );
        }
        best
    }
}

impl Model for Unigram {
    type Trainer = UnigramTrainer;

    fn tokenize(&self, text: &str) -> Result<Vec<Token>> {
        let steps = self.steps(text);
        let mut tokens = Vec::new();
        let mut end = text.len();
        while let Some(step) = steps[end].filter(|_| end > 0) {
            let value = text[step.from..end].to_owned();
            tokens.push(Token::new(step.id, value, (step.from, end)));
            end = step.from;
        }
        tokens.reverse();
        Ok(tokens)
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        self.trie
            .common_prefix_search(token)
            .find(|&(_, length)| length == token.len())
            .map(|(index, _)| id_of(index))
    }

    fn id_to_token(&self, id: u32) -> Option<String> {
        self.name(id).map(str::to_owned)
    }

    fn get_vocab(&self) -> HashMap<String, u32> {
        (0..)
            .zip(&self.pieces)
            .map(|(index, (piece, _))| (piece.clone(), id_of(index)))
            .collect()
    }

    fn get_vocab_size(&self) -> usize {
        self.pieces.len() + CONTROL.len()
    }

    fn save(&self, _: &Path, _: Option<&str>) -> Result<Vec<PathBuf>> {
        Err("a vocabulary is written by `Vocabulary::write`".into())
    }

    fn get_trainer(&self) -> Self::Trainer {
        UnigramTrainer::default()
    }
}

fn piece(pieces: &[(String, f32)], index: u32) -> &str {
    &pieces[index as usize].0
}

/// The id of the piece at `index`. [`super::vocabulary::MAX_PIECES`] keeps it in
/// range.
#[allow(clippy::cast_possible_truncation)]
fn id_of(index: u32) -> u32 {
    index + CONTROL.len() as u32
}
