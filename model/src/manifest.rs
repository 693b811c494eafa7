//! What the model files are: their names, sizes and hashes.
//!
//! A folder of model files is named after the SHA-256 of its `manifest.json`, and
//! the files in it after theirs, so that a browser may keep each of them for good.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::contents::Contents;
use crate::vector::DIM;

/// Version of the layout of the manifest, of the files it names and of what they are sent as.
pub const FORMAT: u32 = 4;

/// Ends the name of a file as it is sent, before the number of the segment: in the zlib
/// format of RFC 1950.
pub const SENT: &str = ".zz";

/// Bytes of a segment of a file as it is sent, the last one's aside. What a browser has of
/// a file is whole segments, when the network fails or the page is closed.
pub const SEGMENT_BYTES: usize = 256 * 1024;

/// Most segments of a file: each is a request.
pub const MAX_SEGMENTS: u64 = 1_000;

/// Largest single file, also as it is sent: it would still fit the edge as one asset.
pub const MAX_FILE_BYTES: u64 = 25 * 1024 * 1024;

/// Largest sum of all files: what a first visit may cost.
pub const MAX_TOTAL_BYTES: u64 = 28_000_000;

/// Largest manifest. A real one has less than 1 KB.
pub const MAX_MANIFEST_BYTES: usize = 16 * 1024;

/// How many bytes are hashed at a time.
const PIECE: usize = 64 * 1024;

/// Longest model id or file name, in bytes.
const MAX_NAME: usize = 100;

/// Most tokens of a text that a network may be given.
const MAX_POSITIONS: usize = 512;

/// Why a manifest, or a file it names, cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Larger than [`MAX_MANIFEST_BYTES`].
    #[error("the manifest is too large")]
    TooLarge,
    /// Not the JSON of a manifest.
    #[error("the manifest cannot be read: {0}")]
    Json(String),
    /// Another [`FORMAT`].
    #[error("version {0} of the model files is not known")]
    Format(u32),
    /// A value that no model of ours has.
    #[error("the manifest's {0} is out of bounds")]
    Value(&'static str),
    /// The file has not the size that the manifest names.
    #[error("{name} has {actual} bytes instead of {expected}")]
    Size {
        name: String,
        expected: u64,
        actual: u64,
    },
    /// The file has not the SHA-256 that the manifest names.
    #[error("{0} is not the file that the manifest names")]
    Hash(String),
}

/// Most tokens of a text, `<s>` and `</s>` included: the positions that the network
/// was trained with.
pub const MAX_TOKENS: usize = 512;

/// The contents of `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// Names the vectors: those of two models with the same id can be compared.
    /// It ends with a hash of the network and the tokenizer.
    pub model: String,
    /// Length of a sentence vector.
    pub dimension: usize,
    /// Most tokens of a text, control tokens included; the rest is not read.
    pub max_tokens: usize,
    /// What stands before a text that asks or is to be answered.
    pub query_prefix: String,
    /// What stands before a text that is to be found.
    pub passage_prefix: String,
    /// The network, as ONNX.
    pub network: File,
    /// The vocabulary and the normaliser, in the format of `crate::vocabulary`.
    pub tokenizer: File,
    /// Whose work the model is and under which licence.
    pub notice: String,
}

/// A file beside the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Name in the manifest's own folder, with a part of the hash in it.
    pub name: String,
    /// SHA-256 in 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// Size as it is sent, of all its [`Segment`]s.
    pub sent: u64,
    /// Size of a segment, the last one's aside.
    pub segment: u64,
}

/// A part of a file as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Name in the manifest's own folder.
    pub name: String,
    /// Size.
    pub bytes: u64,
}

/// Contents that were found to be those of a [`File`], wherever they are.
#[derive(Clone)]
pub struct Verified<C> {
    contents: C,
    sha256: String,
}

impl<C> Verified<C> {
    /// The contents, if `file` is the one that they are of.
    ///
    /// # Errors
    /// [`ManifestError::Hash`] if it is another.
    pub fn contents_of(self, file: &File) -> Result<C, ManifestError> {
        if self.sha256 == file.sha256 {
            Ok(self.contents)
        } else {
            Err(ManifestError::Hash(file.name.clone()))
        }
    }
}

impl Manifest {
    /// Reads `manifest.json`.
    ///
    /// # Errors
    /// [`ManifestError`] if it is too large, not a manifest of this [`FORMAT`], or
    /// names values or files that no model of ours has.
    pub fn parse(json: &[u8]) -> Result<Self, ManifestError> {
        if json.len() > MAX_MANIFEST_BYTES {
            return Err(ManifestError::TooLarge);
        }
        let manifest: Self =
            serde_json::from_slice(json).map_err(|error| ManifestError::Json(error.to_string()))?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The network and the tokenizer: all that has to be loaded.
    #[must_use]
    pub fn files(&self) -> [&File; 2] {
        [&self.network, &self.tokenizer]
    }

    fn check(&self) -> Result<(), ManifestError> {
        if self.format != FORMAT {
            return Err(ManifestError::Format(self.format));
        }
        let total = self
            .files()
            .iter()
            .fold(0_u64, |sum, file| sum.saturating_add(file.bytes));
        let checks = [
            ("model", is_name(&self.model)),
            ("dimension", self.dimension == DIM),
            ("max_tokens", (3..=MAX_POSITIONS).contains(&self.max_tokens)),
            ("query_prefix", self.query_prefix.len() <= MAX_NAME),
            ("passage_prefix", self.passage_prefix.len() <= MAX_NAME),
            ("network", self.network.is_sound()),
            ("tokenizer", self.tokenizer.is_sound()),
            ("size of all files", total <= MAX_TOTAL_BYTES),
        ];
        match checks.iter().find(|(_, sound)| !sound) {
            Some((field, _)) => Err(ManifestError::Value(field)),
            None => Ok(()),
        }
    }
}

impl File {
    /// Describes `contents`, which `sent` bytes are sent of; the name is `stem`, a part
    /// of the hash and `extension`.
    #[must_use]
    pub fn describe(stem: &str, extension: &str, contents: &[u8], sent: u64) -> Self {
        let sha256 = sha256_hex(contents);
        Self {
            name: format!("{stem}.{}.{extension}", &sha256[..16]),
            sha256,
            bytes: contents.len() as u64,
            sent,
            segment: SEGMENT_BYTES as u64,
        }
    }

    /// What it is sent as, in this order.
    pub fn segments(&self) -> impl Iterator<Item = Segment> {
        let count = self.sent.div_ceil(self.segment.max(1));
        (0..count).map(|number| Segment {
            name: format!("{}{SENT}.{number}", self.name),
            bytes: self.segment.min(self.sent - number * self.segment),
        })
    }

    /// Whether `contents` are this file's.
    ///
    /// # Errors
    /// [`ManifestError::Size`] or [`ManifestError::Hash`] if they are not.
    pub fn verify(&self, contents: &impl Contents) -> Result<(), ManifestError> {
        let length = contents.length();
        let actual = length as u64;
        if actual != self.bytes {
            return Err(ManifestError::Size {
                name: self.name.clone(),
                expected: self.bytes,
                actual,
            });
        }
        let mut sha256 = Sha256::new();
        for start in (0..length).step_by(PIECE) {
            let piece = contents.bytes(start..length.min(start + PIECE));
            sha256.update(piece.unwrap_or_default());
        }
        if hex(&sha256.finalize()) == self.sha256 {
            Ok(())
        } else {
            Err(ManifestError::Hash(self.name.clone()))
        }
    }

    /// The contents, if they are this file's.
    ///
    /// # Errors
    /// Those of [`Self::verify`].
    pub fn verified<C: Contents>(&self, contents: C) -> Result<Verified<C>, ManifestError> {
        self.verify(&contents)?;
        Ok(Verified {
            contents,
            sha256: self.sha256.clone(),
        })
    }

    /// The same where somebody else has computed the SHA-256 of the contents, 32 bytes:
    /// a browser does it several times as fast.
    ///
    /// # Errors
    /// [`ManifestError::Hash`] if it is not this file's.
    pub fn verified_by<C>(&self, contents: C, sha256: &[u8]) -> Result<Verified<C>, ManifestError> {
        if hex(sha256) != self.sha256 {
            return Err(ManifestError::Hash(self.name.clone()));
        }
        Ok(Verified {
            contents,
            sha256: self.sha256.clone(),
        })
    }

    fn is_sound(&self) -> bool {
        is_name(&self.name)
            && self.bytes.max(self.sent) <= MAX_FILE_BYTES
            && self.sent.div_ceil(self.segment.max(1)) <= MAX_SEGMENTS
            && self.sha256.len() == 64
            && self
                .sha256
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    }
}

/// SHA-256 in lower-case hexadecimal digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Whether `name` is one part of a path and of an address without escapes.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

#[cfg(test)]
pub(crate) mod tests {
    use bytes::Bytes;

    use super::*;

    pub(crate) fn manifest(network: &[u8], tokenizer: &[u8]) -> Manifest {
        Manifest {
            format: FORMAT,
            model: "test-0".into(),
            dimension: DIM,
            max_tokens: 512,
            query_prefix: "query: ".into(),
            passage_prefix: "passage: ".into(),
            network: File::describe("network", "onnx", network, 1),
            tokenizer: File::describe("tokenizer", "bin", tokenizer, 1),
            notice: "none".into(),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let manifest = manifest(b"n", b"t");
        let json = serde_json::to_vec(&manifest).unwrap();
        assert_eq!(Manifest::parse(&json), Ok(manifest));
    }

    #[test]
    fn a_file_is_known_by_its_size_and_hash() {
        let file = File::describe("a", "bin", b"abc", 3);
        assert_eq!(
            file.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(file.name, "a.ba7816bf8f01cfea.bin");
        let [abc, abd, ab] = [&b"abc"[..], b"abd", b"ab"].map(Bytes::from_static);
        assert_eq!(file.verify(&abc), Ok(()));
        assert_eq!(
            file.verify(&abd),
            Err(ManifestError::Hash(file.name.clone()))
        );
        assert!(matches!(
            file.verify(&ab),
            Err(ManifestError::Size { actual: 2, .. })
        ));
        let verified = file.verified(abc.clone()).unwrap();
        let other = File::describe("a", "bin", b"abd", 3);
        assert_eq!(verified.clone().contents_of(&file), Ok(abc));
        assert!(verified.contents_of(&other).is_err());
        // More than is hashed at a time.
        let long = vec![7; 2 * PIECE + 1];
        let file_of_long = File::describe("a", "bin", &long, 3);
        assert_eq!(file_of_long.verify(&Bytes::from(long)), Ok(()));
        let digest = Sha256::digest(b"abc");
        assert!(file.verified_by(b"abc", &digest).is_ok());
        assert!(file.verified_by(b"abc", &digest[1..]).is_err());
        assert!(other.verified_by(b"abc", &digest).is_err());
    }

    #[test]
    fn a_file_is_sent_in_segments() {
        const EACH: u64 = SEGMENT_BYTES as u64;
        let segments = |sent| {
            let file = File::describe("a", "bin", b"abc", sent);
            let segments = file.segments();
            segments
                .map(|segment| (segment.name, segment.bytes))
                .collect::<Vec<_>>()
        };
        let name = |number| format!("a.ba7816bf8f01cfea.bin.zz.{number}");
        assert_eq!(segments(0), []);
        assert_eq!(segments(EACH), [(name(0), EACH)]);
        assert_eq!(
            segments(2 * EACH + 1),
            [(name(0), EACH), (name(1), EACH), (name(2), 1)]
        );
    }

    #[test]
    fn a_manifest_that_could_lead_astray_is_refused() {
        type Change<'a> = &'a dyn Fn(&mut Manifest);
        let change = |change: Change| {
            let mut changed = manifest(b"n", b"t");
            change(&mut changed);
            Manifest::parse(&serde_json::to_vec(&changed).unwrap())
        };
        assert_eq!(change(&|m| m.format = 1), Err(ManifestError::Format(1)));
        let cases: [(Change, &str); 10] = [
            (&|m| m.model = "a/b".into(), "model"),
            (&|m| m.dimension = 768, "dimension"),
            (&|m| m.max_tokens = 513, "max_tokens"),
            (&|m| m.query_prefix = "q".repeat(101), "query_prefix"),
            (&|m| m.network.name = "../x".into(), "network"),
            (&|m| m.network.bytes = MAX_FILE_BYTES + 1, "network"),
            (&|m| m.network.sent = MAX_FILE_BYTES + 1, "network"),
            (
                &|m| (m.network.sent, m.network.segment) = (MAX_SEGMENTS + 1, 0),
                "network",
            ),
            (&|m| m.tokenizer.sha256 = "A".repeat(64), "tokenizer"),
            (
                &|m| {
                    m.network.bytes = MAX_FILE_BYTES;
                    m.tokenizer.bytes = MAX_FILE_BYTES;
                },
                "size of all files",
            ),
        ];
        for (apply, field) in cases {
            assert_eq!(change(apply), Err(ManifestError::Value(field)));
        }
        assert_eq!(
            Manifest::parse(&vec![b' '; MAX_MANIFEST_BYTES + 1]),
            Err(ManifestError::TooLarge)
        );
        assert!(matches!(
            Manifest::parse(b"{}"),
            Err(ManifestError::Json(_))
        ));
    }
}
