//! Files that open with a passphrase, in the format of age (`age-encryption.org/v1`, C2SP), so
//! that its tools open them as well, also when this page is long gone.
//!
//! # Shape
//! | bytes | what |
//! |---|---|
//! | 22 | `age-encryption.org/v1` and a line's end |
//! | line | `-> scrypt`, the salt (16 bytes, base64), the base-2 logarithm of the work |
//! | line | the file's key, sealed with what scrypt makes of the passphrase, in base64 |
//! | line | `---` and an HMAC-SHA256 of all before it, in base64 |
//! | 16 | nonce of the contents |
//! | rest | pieces of 64 KiB, each with a tag of 16 bytes; the last one is marked as such |
//!
//! A file is written and read piece by piece: all of it need never be in memory.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use scrypt::Params;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// What every file begins with.
pub const MAGIC: &[u8] = b"age-encryption.org/v1\n";

const PIECE: usize = 64 * 1024;
const TAG: usize = 16;

/// The base-2 logarithm of scrypt's work: 64 MiB for a moment, which a phone has.
const WORK: u8 = 16;

/// The most that is done for a file of another tool's, which is what age itself takes: 256 MiB.
const MOST_WORK: u8 = 18;

/// Longest header. Ours has 160 bytes.
const MAX_HEADER: usize = 4 * 1024;

/// How long a passphrase has to be, in characters; and may be, in bytes.
pub const MIN_PASSPHRASE: usize = 10;
pub const MAX_PASSPHRASE: usize = 1024;

/// What makes two files with one passphrase different. All of it must come from a cryptographic
/// source of randomness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chance {
    pub key: [u8; 16],
    pub salt: [u8; 16],
    pub nonce: [u8; 16],
}

/// Why a file does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AgeError {
    /// It is of another form, or opens with something else than a passphrase.
    #[error("this file does not open with a passphrase")]
    NotOurs,
    #[error("it wants more work than is done for a file")]
    TooMuchWork,
    #[error("the passphrase is another one")]
    Passphrase,
    /// Changed on the way, or cut off.
    #[error("the file is damaged")]
    Damaged,
}

/// A file that is being written.
pub struct Sealing {
    pieces: Pieces,
    waiting: Vec<u8>,
}

impl Sealing {
    /// Begins a file, whose first bytes are put behind `file`.
    pub fn begin(passphrase: &str, chance: &Chance, file: &mut Vec<u8>) -> Self {
        header(passphrase, chance, WORK, file);
        file.extend(chance.nonce);
        Self {
            pieces: Pieces::new(&chance.key, &chance.nonce),
            waiting: Vec::new(),
        }
    }

    /// Puts what `bytes` become, as far as they fill pieces, behind `file`.
    pub fn push(&mut self, bytes: &[u8], file: &mut Vec<u8>) {
        self.waiting.extend(bytes);
        let mut done = 0;
        // Which piece is the last one is told by the end.
        while self.waiting.len() - done > PIECE {
            let piece = &self.waiting[done..done + PIECE];
            file.extend(self.pieces.seal(piece, false));
            done += PIECE;
        }
        self.waiting.drain(..done);
    }

    pub fn end(mut self, file: &mut Vec<u8>) {
        file.extend(self.pieces.seal(&self.waiting, true));
    }
}

/// A file that is being read.
pub struct Opening {
    passphrase: String,
    waiting: Vec<u8>,
    /// Once the header has come.
    pieces: Option<Pieces>,
}

impl Opening {
    #[must_use]
    pub fn new(passphrase: String) -> Self {
        Self {
            passphrase,
            waiting: Vec::new(),
            pieces: None,
        }
    }

    /// Puts what opens of the file's next `bytes` behind `contents`.
    ///
    /// # Errors
    /// [`AgeError`]; what was put there before is as it was written.
    pub fn push(&mut self, bytes: &[u8], contents: &mut Vec<u8>) -> Result<(), AgeError> {
        self.waiting.extend(bytes);
        if self.pieces.is_none() {
            let Some((key, nonce, length)) = opened_header(&self.waiting, &self.passphrase)? else {
                return Ok(());
            };
            self.waiting.drain(..length);
            self.pieces = Some(Pieces::new(&key, &nonce));
        }
        let Some(pieces) = &mut self.pieces else {
            return Ok(());
        };
        let mut done = 0;
        while self.waiting.len() - done > PIECE + TAG {
            let piece = &self.waiting[done..done + PIECE + TAG];
            contents.extend(pieces.open(piece, false)?);
            done += PIECE + TAG;
        }
        self.waiting.drain(..done);
        Ok(())
    }

    /// The same with the last piece.
    ///
    /// # Errors
    /// As [`Self::push`]; also if this is not the file's end.
    pub fn end(mut self, contents: &mut Vec<u8>) -> Result<(), AgeError> {
        let mut pieces = self.pieces.take().ok_or(AgeError::Damaged)?;
        let last = pieces.open(&self.waiting, true)?;
        // An empty piece ends an empty file and no other.
        if last.is_empty() && pieces.number > 1 {
            return Err(AgeError::Damaged);
        }
        contents.extend(last);
        Ok(())
    }
}

/// The contents' pieces, in their order.
struct Pieces {
    cipher: ChaCha20Poly1305,
    number: u64,
}

impl Pieces {
    fn new(key: &[u8; 16], nonce: &[u8; 16]) -> Self {
        let key = derived(key, Some(nonce), b"payload");
        Self {
            cipher: ChaCha20Poly1305::new(&key.into()),
            number: 0,
        }
    }

    /// Eleven bytes of number, and whether it is the last.
    fn nonce(&mut self, is_last: bool) -> Nonce {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&self.number.to_be_bytes());
        nonce[11] = is_last.into();
        self.number += 1;
        nonce.into()
    }

    fn seal(&mut self, piece: &[u8], is_last: bool) -> Vec<u8> {
        let nonce = self.nonce(is_last);
        // Fails only for more than this cipher takes, which is 256 GiB.
        self.cipher.encrypt(&nonce, piece).unwrap_or_default()
    }

    fn open(&mut self, piece: &[u8], is_last: bool) -> Result<Vec<u8>, AgeError> {
        let nonce = self.nonce(is_last);
        let opened = self.cipher.decrypt(&nonce, piece);
        opened.map_err(|_| AgeError::Damaged)
    }
}

fn header(passphrase: &str, chance: &Chance, work: u8, file: &mut Vec<u8>) {
    // One message for each key.
    let wrapped = wrapping(passphrase, &chance.salt, work)
        .and_then(|cipher| cipher.encrypt(&Nonce::default(), &chance.key[..]).ok());
    let begin = file.len();
    file.extend(MAGIC);
    let [salt, key] =
        [&chance.salt[..], &wrapped.unwrap_or_default()].map(|bytes| STANDARD_NO_PAD.encode(bytes));
    file.extend(format!("-> scrypt {salt} {work}\n{key}\n---").bytes());
    let mac = mac(&chance.key, &file[begin..]).map(|mac| mac.finalize().into_bytes());
    let mac = STANDARD_NO_PAD.encode(mac.unwrap_or_default());
    file.extend(format!(" {mac}\n").bytes());
}

/// The file's key, the contents' nonce, and how long all that is; none if more of it has to come.
type Header = Option<([u8; 16], [u8; 16], usize)>;

fn opened_header(file: &[u8], passphrase: &str) -> Result<Header, AgeError> {
    let beginning = MAGIC.len().min(file.len());
    if file[..beginning] != MAGIC[..beginning] {
        return Err(AgeError::NotOurs);
    }
    let mut ends = file
        .iter()
        .enumerate()
        .filter_map(|(at, byte)| (*byte == b'\n').then_some(at));
    let lines = [ends.next(), ends.next(), ends.next(), ends.next()];
    let [Some(first), Some(second), Some(third), Some(fourth)] = lines else {
        if file.len() > MAX_HEADER {
            return Err(AgeError::NotOurs);
        }
        return Ok(None);
    };
    let end = fourth + 1;
    let Some(nonce) = file.get(end..end + 16) else {
        return Ok(None);
    };
    let line = |from: usize, to: usize| {
        let line = file
            .get(from + 1..to)
            .and_then(|it| str::from_utf8(it).ok());
        line.ok_or(AgeError::NotOurs)
    };
    let stanza = line(first, second)?.strip_prefix("-> scrypt ");
    let stanza = stanza.and_then(|it| it.split_once(' '));
    let (salt, work) = stanza.ok_or(AgeError::NotOurs)?;
    let salt: [u8; 16] = decoded(salt)?;
    // As it is written, without a sign or noughts in front.
    let is_plain = work.bytes().all(|c| c.is_ascii_digit()) && !work.starts_with('0');
    let work: u8 = work.parse().map_err(|_| AgeError::NotOurs)?;
    if !is_plain {
        return Err(AgeError::NotOurs);
    }
    if work > MOST_WORK {
        return Err(AgeError::TooMuchWork);
    }
    let wrapped: [u8; 32] = decoded(line(second, third)?)?;
    let tag = line(third, fourth)?.strip_prefix("--- ");
    let tag: [u8; 32] = decoded(tag.ok_or(AgeError::NotOurs)?)?;
    let cipher = wrapping(passphrase, &salt, work).ok_or(AgeError::NotOurs)?;
    let key = cipher.decrypt(&Nonce::default(), &wrapped[..]);
    let key = key.map_err(|_| AgeError::Passphrase)?;
    let key: [u8; 16] = key.try_into().map_err(|_| AgeError::Damaged)?;
    let signed = &file[..third + 1 + "---".len()];
    let mac = mac(&key, signed).ok_or(AgeError::Damaged)?;
    mac.verify_slice(&tag).map_err(|_| AgeError::Damaged)?;
    let nonce = nonce.try_into().map_err(|_| AgeError::Damaged)?;
    Ok(Some((key, nonce, end + 16)))
}

fn decoded<const N: usize>(text: &str) -> Result<[u8; N], AgeError> {
    let bytes = STANDARD_NO_PAD
        .decode(text)
        .map_err(|_| AgeError::NotOurs)?;
    bytes.try_into().map_err(|_| AgeError::NotOurs)
}

/// What seals the file's key; none if scrypt does not take so much work.
fn wrapping(passphrase: &str, salt: &[u8; 16], work: u8) -> Option<ChaCha20Poly1305> {
    const LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
    let mut key = [0; 32];
    let params = Params::new(work, 8, 1).ok()?;
    scrypt::scrypt(
        passphrase.as_bytes(),
        &[LABEL, salt].concat(),
        &params,
        &mut key,
    )
    .ok()?;
    Some(ChaCha20Poly1305::new(&key.into()))
}

fn mac(key: &[u8; 16], header: &[u8]) -> Option<Hmac<Sha256>> {
    let key = derived(key, None, b"header");
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).ok()?;
    mac.update(header);
    Some(mac)
}

fn derived(key: &[u8; 16], salt: Option<&[u8]>, info: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    // Fails only for more than 255 hashes' worth of output.
    let expanded = Hkdf::<Sha256>::new(salt, key).expand(info, &mut out);
    debug_assert!(expanded.is_ok());
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CHANCE: Chance = Chance {
        key: [1; 16],
        salt: [2; 16],
        nonce: [3; 16],
    };

    /// With less work than files have, so that many can be tried.
    fn sealed(contents: &[u8], cuts: usize) -> Vec<u8> {
        let mut file = Vec::new();
        header("pass", &CHANCE, 1, &mut file);
        file.extend(CHANCE.nonce);
        let mut sealing = Sealing {
            pieces: Pieces::new(&CHANCE.key, &CHANCE.nonce),
            waiting: Vec::new(),
        };
        for piece in contents.chunks(cuts) {
            sealing.push(piece, &mut file);
        }
        sealing.end(&mut file);
        file
    }

    fn opened(file: &[u8], cuts: usize, passphrase: &str) -> Result<Vec<u8>, AgeError> {
        let mut contents = Vec::new();
        let mut opening = Opening::new(passphrase.into());
        for piece in file.chunks(cuts) {
            opening.push(piece, &mut contents)?;
        }
        opening.end(&mut contents)?;
        Ok(contents)
    }

    /// Written by age's implementation in Rust, for the passphrase beside it.
    const OF_AGE: &[u8] = include_bytes!("../tests/data/of-age.age");
    const CONTENTS: &str = "레몬 🍋";

    #[test]
    fn what_age_writes_is_read_and_written_to_the_byte() {
        let passphrase = "correct horse battery staple";
        assert_eq!(opened(OF_AGE, 7, passphrase).unwrap(), CONTENTS.as_bytes());
        let (key, nonce, length) = opened_header(OF_AGE, passphrase).unwrap().unwrap();
        let text = str::from_utf8(&OF_AGE[..length - 16]).unwrap();
        let stanza: Vec<&str> = text.lines().nth(1).unwrap().split(' ').collect();
        let chance = Chance {
            key,
            salt: decoded(stanza[2]).unwrap(),
            nonce,
        };
        let mut file = Vec::new();
        header(passphrase, &chance, stanza[3].parse().unwrap(), &mut file);
        file.extend(nonce);
        file.extend(Pieces::new(&key, &nonce).seal(CONTENTS.as_bytes(), true));
        assert_eq!(file, OF_AGE);
    }

    #[test]
    fn files_are_as_hard_as_they_say() {
        let mut file = Vec::new();
        let sealing = Sealing::begin("pass", &CHANCE, &mut file);
        sealing.end(&mut file);
        let work = format!(" {WORK}\n");
        assert!(String::from_utf8_lossy(&file).contains(&work));
        assert_eq!(opened(&file, 1000, "pass").unwrap(), b"");
        assert_eq!(opened(&file, 1000, "Pass"), Err(AgeError::Passphrase));
    }

    #[test]
    fn what_opens_otherwise_is_told_from_what_is_damaged() {
        let file = sealed(b"contents", 8);
        let text = String::from_utf8_lossy(&file).into_owned();
        let with = |from: &str, to: &str| {
            assert!(text.contains(from));
            // The rest is not looked at.
            let mut other = text.replacen(from, to, 1).into_bytes();
            other.extend([0; 32]);
            opened(&other, 64, "pass")
        };
        assert_eq!(opened(b"PK\x03\x04", 4, "pass"), Err(AgeError::NotOurs));
        assert_eq!(with("-> scrypt", "-> X25519"), Err(AgeError::NotOurs));
        assert_eq!(with(" 1\n", " 19\n"), Err(AgeError::TooMuchWork));
        assert_eq!(with(" 1\n", " 01\n"), Err(AgeError::NotOurs));
        assert_eq!(with(" 1\n", " +1\n"), Err(AgeError::NotOurs));
        assert_eq!(with(" 1\n", " 300\n"), Err(AgeError::NotOurs));
        assert_eq!(with(" 1\n", " 2\n"), Err(AgeError::Passphrase));
        let endless = [MAGIC, &[b'a'; MAX_HEADER]].concat();
        assert_eq!(opened(&endless, 512, "pass"), Err(AgeError::NotOurs));
        for cut in 0..file.len() {
            assert_eq!(
                opened(&file[..cut], 64, "pass"),
                Err(AgeError::Damaged),
                "{cut}"
            );
        }
    }

    /// Pieces that are left out, swapped or repeated, and an end where none is.
    #[test]
    fn pieces_stay_in_their_order() {
        let contents: Vec<u8> = (0..251).cycle().take(3 * PIECE + 5).collect();
        let file = sealed(&contents, 1000);
        assert_eq!(opened(&file, 4096, "pass").unwrap(), contents);
        let first = file.len() - (3 * (PIECE + TAG) + 5 + TAG);
        let piece = |n: usize| {
            let begin = first + n * (PIECE + TAG);
            &file[begin..(begin + PIECE + TAG).min(file.len())]
        };
        for order in [&[0, 1, 3][..], &[1, 0, 2, 3], &[0, 1, 2, 2, 3], &[0, 1, 2]] {
            let pieces: Vec<&[u8]> = order.iter().map(|n| piece(*n)).collect();
            let other = [&file[..first], &pieces.concat()].concat();
            assert_eq!(opened(&other, 4096, "pass"), Err(AgeError::Damaged));
        }
    }

    proptest! {
        #[test]
        fn contents_come_back(
            length in prop_oneof![0..300usize, PIECE - 2..PIECE + 3, 2 * PIECE - 1..2 * PIECE + 2],
            cuts in 1..100_000usize,
            others in 1..100_000usize,
        ) {
            let contents: Vec<u8> = (0..253).cycle().take(length).collect();
            let file = sealed(&contents, cuts);
            prop_assert_eq!(&file, &sealed(&contents, others));
            prop_assert_eq!(opened(&file, others, "pass").unwrap(), contents);
        }

        #[test]
        fn any_flipped_bit_is_noticed(at in any::<prop::sample::Index>(), bit in 0..8u8) {
            let mut file = sealed(b"what somebody has said", 5);
            let at = at.index(file.len());
            file[at] ^= 1 << bit;
            prop_assert!(opened(&file, 40, "pass").is_err());
        }

        #[test]
        fn garbage_is_an_error(garbage in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(opened(&garbage, 50, "pass").is_err());
            let behind = [MAGIC, &garbage].concat();
            prop_assert!(opened(&behind, 50, "pass").is_err());
        }
    }
}
