//! Links, and bots that open only with them.
//!
//! # Sealed bot
//! | bytes | what |
//! |---|---|
//! | 4 | `LMNB` |
//! | 1 | version, 3; 1 and 2 are still opened |
//! | 12 | nonce |
//! | rest | AES-256-GCM of the packed bot, with its tag of 16 bytes |
//!
//! Key and id come from the link's 16 secret bytes by HKDF-SHA256 (RFC 5869) with
//! the salt `lemon-toolbox bot` and the infos `key` and `id`. The first five bytes
//! and the id are the associated data, so a bot opens only as itself.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use sha2::{Digest, Sha256};

use crate::bot::{Any, Bot, first};
use crate::error::BotError;

const MAGIC: [u8; 4] = *b"LMNB";
const FIRST: u8 = 1;
const SECOND: u8 = 2;
const VERSION: u8 = 3;
const HEADER: usize = MAGIC.len() + 1;
const NONCE: usize = 12;
const SALT: &[u8] = b"lemon-toolbox bot";

/// What a link carries behind `#`. Whoever has it can find and open the bot.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkSecret([u8; 16]);

/// What only the owner's browser has; the edge keeps its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct DeleteToken([u8; 32]);

impl LinkSecret {
    /// `bytes` must come from a cryptographic source of randomness.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads what stands behind `#`: 22 characters of base64url.
    ///
    /// # Errors
    /// [`BotError::Link`] if it is anything else.
    pub fn parse(fragment: &str) -> Result<Self, BotError> {
        let bytes = URL_SAFE_NO_PAD
            .decode(fragment)
            .map_err(|_| BotError::Link)?;
        bytes.try_into().map(Self).map_err(|_| BotError::Link)
    }

    /// The part of the link behind `#`.
    #[must_use]
    pub fn fragment(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What it was made of.
    #[must_use]
    pub fn bytes(&self) -> [u8; 16] {
        self.0
    }

    /// The name under which the edge stores the bot: 22 characters of base64url.
    #[must_use]
    pub fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive::<16>(b"id"))
    }

    fn derive<const N: usize>(&self, info: &[u8]) -> [u8; N] {
        let mut out = [0; N];
        // Fails only for more than 255 hashes' worth of output.
        let expanded = Hkdf::<Sha256>::new(Some(SALT), &self.0).expand(info, &mut out);
        debug_assert!(expanded.is_ok());
        out
    }
}

impl DeleteToken {
    /// `bytes` must come from a cryptographic source of randomness.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads what [`Self::reveal`] wrote.
    ///
    /// # Errors
    /// [`BotError::Link`] if it is anything else.
    pub fn parse(revealed: &str) -> Result<Self, BotError> {
        let bytes = URL_SAFE_NO_PAD
            .decode(revealed)
            .map_err(|_| BotError::Link)?;
        bytes.try_into().map(Self).map_err(|_| BotError::Link)
    }

    /// What it was made of.
    #[must_use]
    pub fn bytes(&self) -> [u8; 32] {
        self.0
    }

    /// What the edge is shown when the bot is to be deleted: base64url.
    #[must_use]
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the edge keeps: base64url of the SHA-256 of the token's bytes.
    #[must_use]
    pub fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0))
    }
}

/// Seals `bot` for the link with `secret`. `nonce` must be random.
///
/// # Errors
/// Those of [`Bot::pack`].
pub fn seal(bot: &Bot, secret: &LinkSecret, nonce: [u8; NONCE]) -> Result<Vec<u8>, BotError> {
    put(VERSION, &bot.pack()?, secret, nonce)
}

fn put(
    version: u8,
    packed: &[u8],
    secret: &LinkSecret,
    nonce: [u8; NONCE],
) -> Result<Vec<u8>, BotError> {
    let mut file = Vec::with_capacity(HEADER + NONCE + packed.len() + 16);
    file.extend_from_slice(&MAGIC);
    file.push(version);
    file.extend_from_slice(&nonce);
    let aad = associated_data(version, secret);
    let sealed = cipher(secret)
        .encrypt(
            &Nonce::from(nonce),
            Payload {
                msg: packed,
                aad: &aad,
            },
        )
        .map_err(|_| BotError::TooLarge)?;
    file.extend_from_slice(&sealed);
    Ok(file)
}

/// Opens what [`seal`] made.
///
/// # Errors
/// [`BotError::NotABot`], [`BotError::Version`] and [`BotError::Sealed`] for a file
/// that is not one, of another version, changed, or of another link; those of
/// [`Bot::unpack`] for what is inside.
pub fn open(file: &[u8], secret: &LinkSecret) -> Result<Any, BotError> {
    let rest = file.strip_prefix(&MAGIC).ok_or(BotError::NotABot)?;
    let (&version, rest) = rest.split_first().ok_or(BotError::NotABot)?;
    if ![FIRST, SECOND, VERSION].contains(&version) {
        return Err(BotError::Version(version));
    }
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>().ok_or(BotError::Sealed)?;
    let aad = associated_data(version, secret);
    let packed = cipher(secret)
        .decrypt(
            &Nonce::from(*nonce),
            Payload {
                msg: sealed,
                aad: &aad,
            },
        )
        .map_err(|_| BotError::Sealed)?;
    Ok(match version {
        FIRST => Any::First(first::Bot::unpack(&packed)?),
        SECOND => Any::Third(Box::new(Bot::unpack_second(&packed)?)),
        _ => Any::Third(Box::new(Bot::unpack(&packed)?)),
    })
}

fn cipher(secret: &LinkSecret) -> Aes256Gcm {
    Aes256Gcm::new(&secret.derive::<32>(b"key").into())
}

fn associated_data(version: u8, secret: &LinkSecret) -> Vec<u8> {
    let mut aad = MAGIC.to_vec();
    aad.push(version);
    aad.extend_from_slice(secret.id().as_bytes());
    aad
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bot::about::About;
    use crate::bot::tests::{bot, packed_second};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_bot_opens_with_its_link_alone(bot in bot(), secret: [u8; 16], other: [u8; 16], nonce: [u8; 12]) {
            let secret = LinkSecret::new(secret);
            let file = seal(&bot, &secret, nonce).unwrap();
            prop_assert_eq!(open(&file, &LinkSecret::parse(&secret.fragment()).unwrap()).unwrap(), Any::Third(Box::new(bot)));
            let other = LinkSecret::new(other);
            if other != secret {
                prop_assert_eq!(open(&file, &other), Err(BotError::Sealed));
            }
        }

        #[test]
        fn any_flipped_bit_and_any_cut_is_an_error(bot in bot(), bit: prop::sample::Index, cut: prop::sample::Index) {
            let secret = LinkSecret::new([7; 16]);
            let file = seal(&bot, &secret, [9; 12]).unwrap();
            let mut flipped = file.clone();
            let bit = bit.index(file.len() * 8);
            flipped[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(open(&flipped, &secret).is_err());
            prop_assert!(open(&file[..cut.index(file.len())], &secret).is_err());
        }

        #[test]
        fn any_bytes_are_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(open(&bytes, &LinkSecret::new([0; 16])).is_err());
        }
    }

    #[test]
    fn another_version_is_named() {
        let secret = LinkSecret::new([1; 16]);
        assert_eq!(open(b"LMNB\x04", &secret), Err(BotError::Version(4)));
        assert_eq!(open(b"LMNB\x00", &secret), Err(BotError::Version(0)));
        assert_eq!(open(b"LMNB", &secret), Err(BotError::NotABot));
        assert_eq!(open(b"PK\x03\x04", &secret), Err(BotError::NotABot));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn a_link_of_the_second_form_opens(bot in bot()) {
            let secret = LinkSecret::new([3; 16]);
            let file = put(SECOND, &packed_second(&bot), &secret, [5; 12]).unwrap();
            let bot = Bot { about: About::default(), ..bot };
            prop_assert_eq!(open(&file, &secret).unwrap(), Any::Third(Box::new(bot)));
        }
    }

    #[test]
    fn a_link_of_the_first_form_opens() {
        let (secret, bot) = (LinkSecret::new([3; 16]), first::tests::small());
        let file = put(FIRST, &first::tests::packed(&bot), &secret, [5; 12]).unwrap();
        assert_eq!(open(&file, &secret).unwrap(), Any::First(bot));
        // It says which it is, and is not taken for another one.
        let mut other = file;
        other[MAGIC.len()] = VERSION;
        assert_eq!(open(&other, &secret), Err(BotError::Sealed));
    }

    #[test]
    fn links_that_are_not_whole_are_errors() {
        let whole = LinkSecret::new([255; 16]).fragment();
        assert_eq!(whole.len(), 22);
        for broken in [
            "",
            &whole[..21],
            &format!("{whole}A"),
            "!!!!!!!!!!!!!!!!!!!!!!",
            "가나다라마바사",
        ] {
            assert!(LinkSecret::parse(broken).is_err(), "{broken}");
        }
    }

    /// Changing any of this makes every link in the world useless. The values were
    /// computed from RFC 5869 with another implementation.
    #[test]
    fn a_link_leads_where_it_always_led() {
        let secret = LinkSecret::new(*b"0123456789abcdef");
        assert_eq!(secret.fragment(), "MDEyMzQ1Njc4OWFiY2RlZg");
        assert_eq!(secret.id(), "jNvlzAPBw51ocN3NwBsfRA");
        assert_eq!(
            DeleteToken::parse(&DeleteToken::new([0; 32]).reveal())
                .unwrap()
                .hash(),
            "Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU"
        );
    }
}
