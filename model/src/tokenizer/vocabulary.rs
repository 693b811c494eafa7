//! The tokenizer file: pieces, their scores and the normaliser's table.
//!
//! # Format, little endian
//! - `"LMNT"`, u8 version
//! - u32 count of pieces; f32 score of each; then each as u8 length and UTF-8.
//!   The id of a piece is its position behind the control tokens, which the file
//!   does not hold: their ids are [`CONTROL`]'s.
//! - u32 count of rules, in rising order of what they replace; each as u32 code
//!   point, u8 length and that many u32 code points

use std::collections::BTreeMap;

use crate::reader::{Reader, Truncated};

/// The tokens that no text contains, by id.
pub const CONTROL: [&str; 5] = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

/// Id of the token that begins a text.
pub const BEGIN: u32 = 0;
/// Id of the token that fills a batch up.
pub const PAD: u32 = 1;
/// Id of the token that ends a text.
pub const END: u32 = 2;
/// Id of a character that the vocabulary lacks.
pub const UNKNOWN: u32 = 3;

/// Most pieces: the whole vocabulary that ours is cut from has 250,002.
pub const MAX_PIECES: usize = 300_000;

/// Longest piece in bytes: what its length prefix holds. The longest of the whole
/// vocabulary has 48.
pub const MAX_PIECE_BYTES: usize = u8::MAX as usize;

/// Most rules: the source has 4,837.
pub const MAX_RULES: usize = 20_000;

/// Most characters that one is replaced by: the source has U+FDFA with 18.
pub const MAX_REPLACEMENT: usize = 32;

const MAGIC: [u8; 4] = *b"LMNT";
const VERSION: u8 = 1;

/// Why a tokenizer file cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VocabularyError {
    /// The file does not begin as a tokenizer file does.
    #[error("this is not a tokenizer file")]
    NotAVocabulary,
    /// A newer or older format.
    #[error("version {0} of the tokenizer file is not known")]
    Version(u8),
    /// The file ends too early.
    #[error("the tokenizer file is cut off")]
    Truncated,
    /// More of something than the format allows.
    #[error("the tokenizer file has too many {0}")]
    TooMany(&'static str),
    /// A piece that is empty, not UTF-8, holds a zero byte, comes twice, or whose
    /// score is not a number.
    #[error("piece {0} of the tokenizer file is damaged")]
    Piece(usize),
    /// A rule out of order or with something that is not a character.
    #[error("rule {0} of the tokenizer file is damaged")]
    Rule(usize),
    /// Something follows the last rule.
    #[error("the tokenizer file does not end where it should")]
    Excess,
}

impl From<Truncated> for VocabularyError {
    fn from(_: Truncated) -> Self {
        Self::Truncated
    }
}

/// What a tokenizer file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vocabulary {
    /// Pieces with their log-probabilities; the id of the first is 5.
    pub pieces: Vec<(String, f32)>,
    /// What each character becomes; one that is not here stays itself.
    pub rules: BTreeMap<char, Vec<char>>,
}

impl Vocabulary {
    /// The bytes of the file.
    ///
    /// # Errors
    /// [`VocabularyError::TooMany`] if something is larger than the format holds.
    pub fn write(&self) -> Result<Vec<u8>, VocabularyError> {
        let mut out = MAGIC.to_vec();
        out.push(VERSION);
        out.extend(count(self.pieces.len(), MAX_PIECES, "pieces")?.to_le_bytes());
        for (_, score) in &self.pieces {
            out.extend(score.to_le_bytes());
        }
        for (piece, _) in &self.pieces {
            let length = u8::try_from(piece.len())
                .map_err(|_| VocabularyError::TooMany("bytes in a piece"))?;
            out.push(length);
            out.extend(piece.as_bytes());
        }
        out.extend(count(self.rules.len(), MAX_RULES, "rules")?.to_le_bytes());
        for (&from, to) in &self.rules {
            count(to.len(), MAX_REPLACEMENT, "characters in a rule")?;
            out.extend(u32::from(from).to_le_bytes());
            out.extend(
                u8::try_from(to.len())
                    .map(u8::to_le_bytes)
                    .unwrap_or_default(),
            );
            out.extend(to.iter().flat_map(|&c| u32::from(c).to_le_bytes()));
        }
        Ok(out)
    }

    /// Reads what [`Vocabulary::write`] wrote.
    ///
    /// # Errors
    /// [`VocabularyError`] for anything else.
    pub fn read(bytes: &[u8]) -> Result<Self, VocabularyError> {
        let mut reader = Reader::new(bytes);
        if reader.array() != Ok(MAGIC) {
            return Err(VocabularyError::NotAVocabulary);
        }
        let version = reader.u8()?;
        if version != VERSION {
            return Err(VocabularyError::Version(version));
        }
        let pieces = read_pieces(&mut reader)?;
        let rules = read_rules(&mut reader)?;
        if !reader.is_empty() {
            return Err(VocabularyError::Excess);
        }
        Ok(Self { pieces, rules })
    }
}

fn read_pieces(reader: &mut Reader) -> Result<Vec<(String, f32)>, VocabularyError> {
    let count = read_count(reader, MAX_PIECES, "pieces")?;
    let mut scores = Reader::new(reader.bytes(count * size_of::<f32>())?);
    let mut pieces = Vec::with_capacity(count);
    for index in 0..count {
        let score = scores.f32()?;
        let length = usize::from(reader.u8()?);
        let piece = std::str::from_utf8(reader.bytes(length)?)
            .map_err(|_| VocabularyError::Piece(index))?;
        if piece.is_empty() || piece.contains('\0') || !score.is_finite() {
            return Err(VocabularyError::Piece(index));
        }
        pieces.push((piece.to_owned(), score));
    }
    Ok(pieces)
}

fn read_rules(reader: &mut Reader) -> Result<BTreeMap<char, Vec<char>>, VocabularyError> {
    let count = read_count(reader, MAX_RULES, "rules")?;
    let mut rules = BTreeMap::new();
    for index in 0..count {
        let character = |reader: &mut Reader| -> Result<char, VocabularyError> {
            char::from_u32(reader.u32()?).ok_or(VocabularyError::Rule(index))
        };
        let from = character(reader)?;
        let length = usize::from(reader.u8()?);
        if length > MAX_REPLACEMENT {
            return Err(VocabularyError::TooMany("characters in a rule"));
        }
        let to = (0..length)
            .map(|_| character(reader))
            .collect::<Result<_, _>>()?;
        if rules
            .last_key_value()
            .is_some_and(|(&last, _)| last >= from)
        {
            return Err(VocabularyError::Rule(index));
        }
        rules.insert(from, to);
    }
    Ok(rules)
}

fn read_count(
    reader: &mut Reader,
    limit: usize,
    what: &'static str,
) -> Result<usize, VocabularyError> {
    let count = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
    if count > limit {
        return Err(VocabularyError::TooMany(what));
    }
    Ok(count)
}

fn count(length: usize, limit: usize, what: &'static str) -> Result<u32, VocabularyError> {
    u32::try_from(length)
        .ok()
        .filter(|_| length <= limit)
        .ok_or(VocabularyError::TooMany(what))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn small() -> Vocabulary {
        let pieces = [
            ("▁", -3.0),
            ("a", -4.0),
            ("b", -4.5),
            ("ab", -5.0),
            ("▁ab", -5.5),
            ("한", -6.0),
            ("\u{110f}", -6.5),
            ("<", -7.0),
            (">", -7.0),
            ("s", -7.0),
            ("/", -7.0),
        ];
        Vocabulary {
            pieces: pieces
                .iter()
                .map(|&(piece, score)| (piece.to_owned(), score))
                .collect(),
            rules: BTreeMap::from([
                ('\0', vec![]),
                ('\n', vec![' ']),
                ('\u{3000}', vec![' ']),
                ('ㅋ', vec!['\u{110f}']),
                ('㎏', vec!['k', 'g']),
            ]),
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            pieces in proptest::collection::vec(("[^\0]{1,12}", -30.0f32..0.0), 0..40),
            rules in proptest::collection::btree_map(any::<char>(), proptest::collection::vec(any::<char>(), 0..4), 0..20),
        ) {
            let vocabulary = Vocabulary { pieces, rules };
            prop_assert_eq!(Vocabulary::read(&vocabulary.write().unwrap()).unwrap(), vocabulary);
        }

        #[test]
        fn a_changed_byte_never_panics(position: prop::sample::Index, value: u8) {
            let mut bytes = small().write().unwrap();
            let position = position.index(bytes.len());
            bytes[position] = value;
            if let Ok(read) = Vocabulary::read(&bytes) {
                prop_assert_eq!(read.write().unwrap(), bytes);
            }
        }
    }

    #[test]
    fn every_cut_is_an_error() {
        let bytes = small().write().unwrap();
        for length in 0..bytes.len() {
            assert!(Vocabulary::read(&bytes[..length]).is_err(), "{length}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Vocabulary::read(&longer), Err(VocabularyError::Excess));
    }

    #[test]
    fn what_the_format_forbids_is_named() {
        let with = |pieces: &[(&str, f32)]| {
            let pieces = pieces.iter().map(|&(p, s)| (p.to_owned(), s)).collect();
            Vocabulary {
                pieces,
                rules: BTreeMap::new(),
            }
            .write()
            .and_then(|bytes| Vocabulary::read(&bytes))
        };
        assert_eq!(
            with(&[("a", 0.0), ("", 0.0)]),
            Err(VocabularyError::Piece(1))
        );
        assert_eq!(with(&[("a\0", 0.0)]), Err(VocabularyError::Piece(0)));
        assert_eq!(with(&[("a", f32::NAN)]), Err(VocabularyError::Piece(0)));
        assert_eq!(
            with(&[(&"a".repeat(256), 0.0)]),
            Err(VocabularyError::TooMany("bytes in a piece"))
        );
        assert_eq!(
            Vocabulary::read(b"LMNT\x02"),
            Err(VocabularyError::Version(2))
        );
        assert_eq!(
            Vocabulary::read(b"LMNT\x01\xff\xff\xff\xff"),
            Err(VocabularyError::TooMany("pieces"))
        );
    }
}
