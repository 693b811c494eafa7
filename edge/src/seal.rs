//! Sealing: a cookie's value that only this Worker can read or make.
//!
//! base64url of nonce and AES-256-GCM ciphertext; the purpose is associated
//! data, the expiry is inside. Nonces are random 96-bit values, which is sound
//! for 2^32 seals under one key; one key signs far fewer people in.

use std::fmt;

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::error::Error;

/// Longest value sealed or opened, in bytes. Browsers drop a cookie whose name
/// and value together pass 4096 bytes; the rest is for the name.
pub const MAX_SEALED: usize = 4000;

/// Length of a nonce in bytes.
pub const NONCE: usize = 12;

/// The secret that seals. It does not show itself when it is printed.
#[derive(Clone)]
pub struct Key([u8; 32]);

/// What a value was sealed for; it opens for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    SignIn,
    Session,
    /// Where an import stands.
    Cursor,
}

#[derive(Serialize, Deserialize)]
struct Dated<T> {
    expires: i64,
    value: T,
}

impl Key {
    /// A hash of `text` that nobody can try out without the key. `purpose` keeps it apart
    /// from the key's other uses.
    #[must_use]
    pub fn digest(&self, purpose: &[u8], text: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        // All of fixed length but the last, so nothing runs into the other.
        hash.update(self.0);
        hash.update(Sha256::digest(purpose));
        hash.update(text);
        hash.finalize().into()
    }

    /// 43 characters of base64url, none if `text` is anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        BASE64.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// Seals `value` until `expires`. `nonce` must be random.
///
/// # Errors
/// [`Error::CookieTooLarge`] if the result passes [`MAX_SEALED`].
pub fn seal<T: Serialize>(
    key: &Key,
    purpose: Purpose,
    nonce: [u8; NONCE],
    expires: i64,
    value: &T,
) -> Result<String, Error> {
    let plain = serde_json::to_vec(&Dated { expires, value }).map_err(|_| Error::Runtime)?;
    let payload = Payload {
        msg: &plain,
        aad: purpose.associated_data(),
    };
    let sealed = Aes256Gcm::new(&key.0.into())
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|_| Error::CookieTooLarge)?;
    let text = BASE64.encode([nonce.as_slice(), &sealed].concat());
    if text.len() > MAX_SEALED {
        return Err(Error::CookieTooLarge);
    }
    Ok(text)
}

/// Opens what [`seal`] made; none if it was sealed by another key or for
/// another purpose, was changed, or has expired at `now`.
#[must_use]
pub fn open<T: DeserializeOwned>(key: &Key, purpose: Purpose, now: i64, sealed: &str) -> Option<T> {
    let (expires, value) = open_whenever(key, purpose, sealed)?;
    (now < expires).then_some(value)
}

/// Opens it also if it has expired: when it does, and the value.
#[must_use]
pub fn open_whenever<T: DeserializeOwned>(
    key: &Key,
    purpose: Purpose,
    sealed: &str,
) -> Option<(i64, T)> {
    if sealed.len() > MAX_SEALED {
        return None;
    }
    let bytes = BASE64.decode(sealed).ok()?;
    let (nonce, cipher) = bytes.split_first_chunk::<NONCE>()?;
    let payload = Payload {
        msg: cipher,
        aad: purpose.associated_data(),
    };
    let plain = Aes256Gcm::new(&key.0.into())
        .decrypt(&Nonce::from(*nonce), payload)
        .ok()?;
    let dated: Dated<T> = serde_json::from_slice(&plain).ok()?;
    Some((dated.expires, dated.value))
}

impl Purpose {
    fn associated_data(self) -> &'static [u8] {
        match self {
            Self::SignIn => b"lemon-toolbox sign-in 1",
            Self::Session => b"lemon-toolbox session 1",
            Self::Cursor => b"lemon-toolbox cursor 1",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn key(byte: u8) -> Key {
        Key([byte; 32])
    }

    #[test]
    fn what_just_fits_is_sealed_and_opened() {
        let seal = |length| {
            seal(
                &key(1),
                Purpose::Session,
                [7; NONCE],
                NOW + 60,
                &"a".repeat(length),
            )
        };
        let longest = (0..MAX_SEALED)
            .rev()
            .find(|length| seal(*length).is_ok())
            .unwrap();
        let sealed = seal(longest).unwrap();
        assert_eq!(sealed.len(), MAX_SEALED);
        let opened = open::<String>(&key(1), Purpose::Session, NOW, &sealed);
        assert_eq!(opened.map(|value| value.len()), Some(longest));
        assert_eq!(seal(longest + 1), Err(Error::CookieTooLarge));
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_until_it_expires(
            value in "\\PC{0,300}", nonce: [u8; NONCE], life in 1..100_000_i64,
        ) {
            let sealed = seal(&key(1), Purpose::Session, nonce, NOW + life, &value).unwrap();
            let at = |now| open::<String>(&key(1), Purpose::Session, now, &sealed);
            prop_assert_eq!(at(NOW), Some(value.clone()));
            prop_assert_eq!(at(NOW + life - 1), Some(value));
            prop_assert_eq!(at(NOW + life), None);
            let late = open_whenever::<String>(&key(1), Purpose::Session, &sealed);
            prop_assert_eq!(late.map(|(expires, _)| expires), Some(NOW + life));
        }

        #[test]
        fn a_flipped_bit_a_cut_or_another_key_or_purpose_opens_nothing(
            value in "\\PC{0,60}", nonce: [u8; NONCE], at: prop::sample::Index, bit in 0..8_u8,
        ) {
            let sealed = seal(&key(1), Purpose::Session, nonce, NOW + 60, &value).unwrap();
            let opens = |key: &Key, purpose, text: &str| {
                open::<String>(key, purpose, NOW, text).is_some()
            };
            prop_assert!(opens(&key(1), Purpose::Session, &sealed));
            prop_assert!(!opens(&key(2), Purpose::Session, &sealed));
            prop_assert!(!opens(&key(1), Purpose::SignIn, &sealed));

            let mut bytes = BASE64.decode(&sealed).unwrap();
            let index = at.index(bytes.len());
            prop_assert!(!opens(&key(1), Purpose::Session, &BASE64.encode(&bytes[..index])));
            bytes[index] ^= 1 << bit;
            prop_assert!(!opens(&key(1), Purpose::Session, &BASE64.encode(&bytes)));
        }

        #[test]
        fn anything_at_all_may_be_opened_without_harm(text in "\\PC{0,200}") {
            prop_assert_eq!(open::<String>(&key(1), Purpose::Session, NOW, &text), None);
        }
    }

    #[test]
    fn what_does_not_fit_a_cookie_is_refused() {
        let seal = |length| {
            seal(
                &key(1),
                Purpose::Session,
                [0; NONCE],
                NOW,
                &"x".repeat(length),
            )
            .map(|s| s.len())
        };
        assert_eq!(seal(3000), Err(Error::CookieTooLarge));
        assert!(seal(2900).unwrap() <= MAX_SEALED);
    }

    #[test]
    fn a_key_is_32_bytes_of_base64url() {
        assert!(Key::parse(&BASE64.encode([7; 32])).is_some());
        for wrong in [
            BASE64.encode([7; 31]),
            BASE64.encode([7; 33]),
            "!".repeat(43),
            String::new(),
        ] {
            assert!(Key::parse(&wrong).is_none(), "{wrong}");
        }
        assert_eq!(format!("{:?}", key(7)), "Key");
    }
}
