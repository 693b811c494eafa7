//! The tokenizer file: pieces, their scores and the normaliser's table.
//!
//! # Format, little endian
//! - `"LMNT"`, u8 version
//! - u32 count of pieces; f32 score of each; u8 length of each in bytes; then all of them
//!   as UTF-8, in the order of their bytes. The id of a piece is its position behind the
//!   control tokens, which the file does not hold: their ids are [`CONTROL`]'s.
//! - u32 count of rules, in rising order of what they replace; each as u32 code
//!   point, u8 length and that many u32 code points

mod pieces;

use std::collections::BTreeMap;

pub use self::pieces::Pieces;
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
const VERSION: u8 = 2;

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
    /// A piece that is empty, not UTF-8, holds a zero byte, is out of order, or whose
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
    /// The id of the first is 5.
    pub pieces: Pieces,
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
        out.extend(
            self.pieces
                .iter()
                .flat_map(|(_, score)| score.to_le_bytes()),
        );
        for (piece, _) in self.pieces.iter() {
            let length = u8::try_from(piece.len())
                .map_err(|_| VocabularyError::TooMany("bytes in a piece"))?;
            out.push(length);
        }
        out.extend(self.pieces.iter().flat_map(|(piece, _)| piece.bytes()));
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

fn read_pieces(reader: &mut Reader) -> Result<Pieces, VocabularyError> {
    let count = read_count(reader, MAX_PIECES, "pieces")?;
    let mut scores = Reader::new(reader.bytes(count * size_of::<f32>())?);
    let lengths = reader.bytes(count)?;
    let bytes = lengths.iter().copied().map(usize::from).sum();
    let text = reader.bytes(bytes)?;
    let mut rest = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => {
            let index = index_at(lengths, error.valid_up_to());
            return Err(VocabularyError::Piece(index));
        }
    };
    let mut pieces = Pieces::with_capacity(count, bytes);
    for (index, &length) in lengths.iter().enumerate() {
        let damaged = VocabularyError::Piece(index);
        let (piece, behind) = rest.split_at_checked(length.into()).ok_or(damaged)?;
        pieces.push(piece, scores.f32()?).ok_or(damaged)?;
        rest = behind;
    }
    Ok(pieces)
}

/// Which piece has the byte at `position`.
fn index_at(lengths: &[u8], position: usize) -> usize {
    let mut end = 0;
    let before = lengths.iter().take_while(|&&length| {
        end += usize::from(length);
        end <= position
    });
    before.count()
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

    pub(crate) fn pieces(sorted: &[(&str, f32)]) -> Option<Pieces> {
        let mut pieces = Pieces::default();
        for &(piece, score) in sorted {
            pieces.push(piece, score)?;
        }
        Some(pieces)
    }

    pub(crate) fn small() -> Vocabulary {
        let sorted = [
            ("/", -7.0),
            ("<", -7.0),
            (">", -7.0),
            ("a", -4.0),
            ("ab", -5.0),
            ("b", -4.5),
            ("s", -7.0),
            ("\u{110f}", -6.5),
            ("▁", -3.0),
            ("▁ab", -5.5),
            ("한", -6.0),
        ];
        Vocabulary {
            pieces: pieces(&sorted).unwrap(),
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
            all in proptest::collection::btree_map("[^\0]{1,12}", -30.0f32..0.0, 0..40),
            rules in proptest::collection::btree_map(any::<char>(), proptest::collection::vec(any::<char>(), 0..4), 0..20),
        ) {
            let all: Vec<_> = all.iter().map(|(piece, &score)| (&piece[..], score)).collect();
            let vocabulary = Vocabulary { pieces: pieces(&all).unwrap(), rules };
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
        let written = |pieces: &[(&str, f32)]| {
            let mut bytes = b"LMNT\x02".to_vec();
            bytes.extend(u32::try_from(pieces.len()).unwrap().to_le_bytes());
            bytes.extend(pieces.iter().flat_map(|(_, score)| score.to_le_bytes()));
            bytes.extend(
                pieces
                    .iter()
                    .map(|(piece, _)| u8::try_from(piece.len()).unwrap()),
            );
            bytes.extend(pieces.iter().flat_map(|(piece, _)| piece.bytes()));
            bytes.extend([0; 4]);
            bytes
        };
        let read = |bytes: &[u8]| Vocabulary::read(bytes).map(drop);
        let sound = written(&[("a", 0.0), ("b", 0.0), ("c", 0.0)]);
        assert_eq!(read(&sound), Ok(()));
        let cases: [&[(&str, f32)]; 4] = [
            &[("a", 0.0), ("", 0.0)],
            &[("a", 0.0), ("b\0", 0.0)],
            &[("a", 0.0), ("b", f32::NAN)],
            &[("b", 0.0), ("a", 0.0)],
        ];
        for pieces in cases {
            let damaged = Err(VocabularyError::Piece(1));
            assert_eq!(read(&written(pieces)), damaged, "{pieces:?}");
        }
        let mut foreign = sound.clone();
        *foreign.iter_mut().rfind(|byte| **byte == b'b').unwrap() = 0xFF;
        assert_eq!(read(&foreign), Err(VocabularyError::Piece(1)));
        let mut long = Pieces::default();
        long.push(&"a".repeat(256), 0.0).unwrap();
        let long = Vocabulary {
            pieces: long,
            rules: BTreeMap::new(),
        };
        assert_eq!(
            long.write(),
            Err(VocabularyError::TooMany("bytes in a piece"))
        );
        assert_eq!(
            Vocabulary::read(b"LMNT\x01"),
            Err(VocabularyError::Version(1))
        );
        assert_eq!(
            Vocabulary::read(b"LMNT\x02\xff\xff\xff\xff"),
            Err(VocabularyError::TooMany("pieces"))
        );
    }
}
