//! Texts to tokens, as multilingual-e5 was trained on them.
//!
//! A text is put into NFC, its characters are replaced by the table of the
//! tokenizer file, runs of spaces become one, every space becomes `▁` and one is
//! put in front; then the most probable pieces are found.

mod unigram;

use std::collections::BTreeMap;

use tokenizers::processors::bert::BertProcessing;
use tokenizers::{
    DecoderWrapper, NormalizedString, Normalizer, PreTokenizerWrapper, TokenizerImpl,
    TruncationParams,
};
use unicode_normalization::UnicodeNormalization;

use self::unigram::Unigram;
pub use crate::manifest::MAX_TOKENS;
use crate::vocabulary::{BEGIN, CONTROL, END, UNKNOWN, Vocabulary, VocabularyError};

/// Longest text in characters; what follows is not read. Sixteen characters are
/// the longest common piece, so a text of words cannot bring more of itself into
/// [`MAX_TOKENS`] tokens.
pub const MAX_TEXT_CHARS: usize = 16 * MAX_TOKENS;

/// What stands for a space, and in front of a text.
const SPACE: char = '▁';

/// The pipeline from a text to the ids of its tokens.
pub struct Tokenizer {
    pipeline: TokenizerImpl<
        Unigram,
        Table,
        // Never used: a text is cut as a whole and never put together again.
        PreTokenizerWrapper,
        BertProcessing,
        DecoderWrapper,
    >,
}

/// The replacements of the tokenizer file.
struct Table(BTreeMap<char, Vec<char>>);

impl Tokenizer {
    /// Reads a tokenizer file.
    ///
    /// # Errors
    /// [`VocabularyError`] if it is not one, or is damaged.
    pub fn load(file: &[u8]) -> Result<Self, VocabularyError> {
        Self::new(Vocabulary::read(file)?)
    }

    /// # Errors
    /// [`VocabularyError::TooMany`], which no vocabulary is known to bring about.
    pub fn new(vocabulary: Vocabulary) -> Result<Self, VocabularyError> {
        let control = |id: u32| (CONTROL[id as usize].to_owned(), id);
        let mut pipeline = TokenizerImpl::new(Unigram::new(vocabulary.pieces));
        pipeline
            .with_normalizer(Some(Table(vocabulary.rules)))
            .with_post_processor(Some(BertProcessing::new(control(END), control(BEGIN))))
            .with_truncation(Some(TruncationParams {
                max_length: MAX_TOKENS,
                ..TruncationParams::default()
            }))
            // Fails only for a length that does not hold the control tokens.
            .map_err(|_| VocabularyError::TooMany("control tokens"))?;
        Ok(Self { pipeline })
    }

    /// How many ids there are: an id is always less.
    #[must_use]
    pub fn size(&self) -> usize {
        use tokenizers::Model;
        self.pipeline.get_model().get_vocab_size()
    }

    /// The ids of `text` between those of `<s>` and `</s>`: 2 to [`MAX_TOKENS`].
    ///
    /// # Errors
    /// Whatever the pipeline reports; no text is known to bring it about.
    pub fn encode(&self, text: &str) -> tokenizers::Result<Vec<u32>> {
        let end = text
            .char_indices()
            .nth(MAX_TEXT_CHARS)
            .map_or(text.len(), |(at, _)| at);
        self.pipeline
            .encode_fast(&text[..end], true)
            .map(|encoding| encoding.get_ids().to_vec())
    }

    /// Those of `ids` that the vocabulary has, without spaces that stand alone.
    #[must_use]
    pub fn known(&self, ids: &[u32]) -> Vec<u32> {
        let is_space = |id: u32| self.name(id).is_some_and(|name| name.chars().eq([SPACE]));
        let ids = ids.iter().copied();
        ids.filter(|id| *id != UNKNOWN && !is_space(*id)).collect()
    }

    /// The name of a token.
    #[must_use]
    pub fn name(&self, id: u32) -> Option<&str> {
        self.pipeline.get_model().name(id)
    }
}

impl Normalizer for Table {
    /// Offsets into the original text are lost; nothing here asks for them.
    fn normalize(&self, text: &mut NormalizedString) -> tokenizers::Result<()> {
        *text = NormalizedString::from(self.apply(text.get()));
        Ok(())
    }
}

impl Table {
    fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + SPACE.len_utf8());
        out.push(SPACE);
        // The one in front counts: a text that begins with spaces gets no second.
        let mut after_space = true;
        for c in text.nfc() {
            match self.0.get(&c) {
                Some(replacement) => {
                    for &c in replacement {
                        push(&mut out, &mut after_space, c);
                    }
                }
                None => push(&mut out, &mut after_space, c),
            }
        }
        out
    }
}

/// Appends `c` unless it is a space behind a space.
fn push(out: &mut String, after_space: &mut bool, c: char) {
    let is_space = c == ' ';
    if is_space && *after_space {
        return;
    }
    out.push(if is_space { SPACE } else { c });
    *after_space = is_space;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::tests::small;

    fn names(text: &str) -> Vec<String> {
        let tokenizer = Tokenizer::new(small()).unwrap();
        let ids = tokenizer.encode(text).unwrap();
        let inner = &ids[1..ids.len() - 1];
        assert_eq!((ids[0], ids[ids.len() - 1]), (BEGIN, END));
        inner
            .iter()
            .map(|&id| tokenizer.name(id).unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_most_probable_pieces_are_found() {
        let cases: [(&str, &[&str]); 13] = [
            ("", &[]),
            ("ab", &["▁ab"]),
            ("  ab ", &["▁ab", "▁"]),
            ("a  b", &["▁", "a", "▁", "b"]),
            ("a\n\u{3000} ab", &["▁", "a", "▁ab"]),
            ("abab", &["▁ab", "ab"]),
            ("한", &["▁", "한"]),
            ("\u{1112}\u{1161}\u{11ab}", &["▁", "한"]),
            ("ㅋ", &["▁", "\u{110f}"]),
            ("a\0b", &["▁ab"]),
            // Each unknown character is one token.
            ("xy", &["▁", "<unk>", "<unk>"]),
            ("㎏", &["▁", "<unk>", "<unk>"]),
            ("<s>", &["▁", "<", "s", ">"]),
        ];
        for (text, want) in cases {
            assert_eq!(names(text), want, "{text:?}");
        }
    }

    #[test]
    fn what_is_unknown_and_spaces_alone_are_told_from_the_rest() {
        let tokenizer = Tokenizer::new(small()).unwrap();
        let known = |text: &str| tokenizer.known(&tokenizer.encode(text).unwrap());
        assert_eq!(known("xy x"), [BEGIN, END]);
        assert_eq!(known("ab xy"), known("ab"));
        assert_eq!(known("ab").len(), 3);
    }

    #[test]
    fn a_text_has_at_most_the_tokens_that_the_network_reads() {
        let tokenizer = Tokenizer::new(small()).unwrap();
        for length in [509, 510, 511, 5_000] {
            let ids = tokenizer.encode(&"b".repeat(length)).unwrap();
            // One piece stands in front.
            assert_eq!(ids.len(), (length + 3).min(MAX_TOKENS), "{length}");
            assert_eq!(ids.last(), Some(&END));
        }
    }

    #[test]
    fn ids_and_names_belong_together() {
        use tokenizers::Model;
        let tokenizer = Tokenizer::new(small()).unwrap();
        let model = tokenizer.pipeline.get_model();
        assert_eq!(tokenizer.size(), 16);
        assert_eq!(tokenizer.name(16), None);
        assert_eq!(tokenizer.name(UNKNOWN), Some("<unk>"));
        for (piece, id) in model.get_vocab() {
            assert_eq!(tokenizer.name(id), Some(piece.as_str()));
            assert_eq!(model.token_to_id(&piece), Some(id));
        }
        for control in CONTROL {
            assert_eq!(model.token_to_id(control), None);
        }
    }
}
