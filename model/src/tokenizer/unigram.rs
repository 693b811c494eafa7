//! The most probable cut of a text into pieces.
//!
//! Takes the place of the pipeline's own unigram model for three reasons: that one takes
//! long to start and 34 MB for our pieces; it finds control tokens in texts; and it makes
//! one token of a run of unknown characters where the network was measured with one token
//! each.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use tokenizers::models::unigram::UnigramTrainer;
use tokenizers::{Model, Result, Token};

use crate::vocabulary::{CONTROL, Pieces, UNKNOWN};

/// How much less an unknown character is worth than the least probable piece.
const UNKNOWN_PENALTY: f32 = 10.0;

/// Pieces with their log-probabilities. Control tokens are not among them, so no text can
/// bring them about.
pub(super) struct Unigram {
    pieces: Pieces,
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
    pub(super) fn new(pieces: Pieces) -> Self {
        let lowest = pieces.iter().map(|(_, score)| score).fold(0.0, f32::min);
        Self {
            pieces,
            unknown_score: lowest - UNKNOWN_PENALTY,
        }
    }

    /// The name of a token, a control token's included.
    pub(super) fn name(&self, id: u32) -> Option<&str> {
        let id = id as usize;
        match id.checked_sub(CONTROL.len()) {
            None => Some(CONTROL[id]),
            Some(index) => self.pieces.get(index).map(|(piece, _)| piece),
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
            for (index, length) in self.pieces.prefixes_of(&text[from..]) {
                if let Some((_, score)) = self.pieces.get(index) {
                    offer(from + length, reached + score, id_of(index));
                }
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
        self.pieces
            .prefixes_of(token)
            .find(|&(_, length)| length == token.len())
            .map(|(index, _)| id_of(index))
    }

    fn id_to_token(&self, id: u32) -> Option<String> {
        self.name(id).map(str::to_owned)
    }

    fn get_vocab(&self) -> HashMap<String, u32> {
        (0..)
            .zip(self.pieces.iter())
            .map(|(index, (piece, _))| (piece.to_owned(), id_of(index)))
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

/// The id of the piece at `index`. [`super::vocabulary::MAX_PIECES`] keeps it in
/// range.
#[allow(clippy::cast_possible_truncation)]
fn id_of(index: usize) -> u32 {
    (index + CONTROL.len()) as u32
}
