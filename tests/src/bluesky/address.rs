//! How people and posts are called: DIDs, keys of records, their addresses and
//! CIDs. All of them are worked out from the ids that the stand-in for X has.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use crate::standin::post::{parse_snowflake, snowflake};

/// The collection of posts in a repository.
pub const POSTS: &str = "app.bsky.feed.post";
/// The collection of reposts.
pub const REPOSTS: &str = "app.bsky.feed.repost";

const PLC: &str = "did:plc:";

/// Letters of a record's key, in their order (atproto.com/specs/tid).
const KEY_LETTERS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const KEY_LENGTH: usize = 13;
const MICROS: u64 = 1_000_000;
/// Bits of a key below its microseconds.
const CLOCK_BITS: u32 = 10;

/// The `did:plc` of the person with an id: half of it is a hash, so that it
/// looks like one.
#[must_use]
pub fn plc_did(user: u64) -> String {
    let hash = Sha256::digest(user.to_be_bytes());
    let bytes: Vec<u8> = hash
        .iter()
        .take(7)
        .copied()
        .chain(user.to_be_bytes())
        .collect();
    format!("{PLC}{}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
}

/// Whose `did:plc` it is.
#[must_use]
pub fn plc_user(did: &str) -> Option<u64> {
    let code = did.strip_prefix(PLC)?.to_ascii_uppercase();
    let bytes = BASE32_NOPAD.decode(code.as_bytes()).ok()?;
    let user = u64::from_be_bytes(bytes.get(7..)?.try_into().ok()?);
    (plc_did(user) == did).then_some(user)
}

/// The handle of somebody who is called `name` at X, as far as handles allow it.
#[must_use]
pub fn handle(name: &str) -> String {
    let label = name.to_ascii_lowercase().replace('_', "-");
    format!("{}.test", label.trim_matches('-'))
}

/// The name at X of whoever has a handle; names themselves are taken, too.
#[must_use]
pub fn name(handle: &str) -> String {
    let handle = handle.trim().trim_start_matches('@').to_ascii_lowercase();
    handle
        .strip_suffix(".test")
        .unwrap_or(&handle)
        .replace('-', "_")
}

/// The key of the record of the post with an id. Keys sort as ids do.
#[must_use]
pub fn key(id: u64) -> String {
    let (at, low) = parse_snowflake(id);
    let micros = at.unsigned_abs() * MICROS + u64::from(low >> CLOCK_BITS);
    let tid = (micros << CLOCK_BITS) | u64::from(low & ((1 << CLOCK_BITS) - 1));
    (0..KEY_LENGTH)
        .rev()
        .map(|place| char::from(KEY_LETTERS[usize::try_from(tid >> (5 * place) & 31).unwrap_or(0)]))
        .collect()
}

/// The id of the post with a key.
#[must_use]
pub fn id_of(key: &str) -> Option<u64> {
    if key.len() != KEY_LENGTH {
        return None;
    }
    let tid = key.bytes().try_fold(0_u64, |tid, letter| {
        let value = KEY_LETTERS.iter().position(|&known| known == letter)?;
        Some((tid << 5) | u64::try_from(value).ok()?)
    })?;
    let micros = tid >> CLOCK_BITS;
    let at = i64::try_from(micros / MICROS).ok()?;
    let high = u32::try_from(micros % MICROS).ok()?;
    let low = (high << CLOCK_BITS) | u32::try_from(tid & ((1 << CLOCK_BITS) - 1)).ok()?;
    let id = snowflake(at, low);
    (self::key(id) == key).then_some(id)
}

#[must_use]
pub fn uri(did: &str, collection: &str, key: &str) -> String {
    format!("at://{did}/{collection}/{key}")
}

/// The DID and the post's id in the address of a post.
#[must_use]
pub fn parse(uri: &str) -> Option<(&str, u64)> {
    let mut parts = uri.strip_prefix("at://")?.split('/');
    let (did, collection, key) = (parts.next()?, parts.next()?, parts.next()?);
    (collection == POSTS && parts.next().is_none()).then_some((did, id_of(key)?))
}

/// A CID of the right form. It is the hash of the record's address, which no
/// client can tell from one of its bytes without the repository.
#[must_use]
pub fn cid(uri: &str) -> String {
    // CIDv1, DAG-CBOR, SHA-256 of 32 bytes.
    let bytes = [&[0x01, 0x71, 0x12, 0x20], Sha256::digest(uri).as_slice()].concat();
    format!("b{}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standin::{Directory, NEWEST, SPAN};

    #[test]
    fn a_did_says_whose_it_is() {
        for user in [0, 1_400_000_001, 3_001_000_003, u64::MAX] {
            let did = plc_did(user);
            assert_eq!(did.len(), "did:plc:".len() + 24);
            assert_eq!(plc_user(&did), Some(user));
        }
        let other = plc_did(7).replace("did:plc:", "did:plc:a");
        for did in [
            "did:plc:",
            "did:web:a.test",
            &other,
            &plc_did(7).to_uppercase(),
        ] {
            assert_eq!(plc_user(did), None, "{did}");
        }
    }

    #[test]
    fn keys_sort_as_ids_do_and_lead_back() {
        let ids = [
            snowflake(NEWEST - SPAN, 0),
            snowflake(NEWEST - 1, 5),
            snowflake(NEWEST, 0),
            snowflake(NEWEST, 1_023),
            snowflake(NEWEST, 1_024),
            snowflake(NEWEST, 0x3f_ffff),
            snowflake(NEWEST + 1, 0),
        ];
        let keys = ids.map(key);
        assert!(keys.is_sorted_by(|older, newer| older < newer), "{keys:?}");
        for (id, key) in ids.iter().zip(&keys) {
            assert_eq!(id_of(key), Some(*id));
        }
        for key in ["", "3lq2", "3lq2aaaaaaaa1", "zzzzzzzzzzzzz"] {
            assert_eq!(id_of(key), None, "{key}");
        }
    }

    #[test]
    fn handles_and_names_lead_to_each_other() {
        let directory = Directory::load().unwrap();
        for said in [
            "posts-300.test",
            "posts_300",
            "@posts-300",
            " Posts-300.test ",
        ] {
            assert_eq!(name(said), "posts_300");
            assert!(directory.account(&name(said)).is_some());
        }
        assert_eq!(handle("lemon_demo"), "lemon-demo.test");
    }

    #[test]
    fn addresses_are_read_whole() {
        let good = uri("did:plc:a", POSTS, &key(snowflake(NEWEST, 4)));
        assert_eq!(parse(&good), Some(("did:plc:a", snowflake(NEWEST, 4))));
        for bad in [
            good.replace("post", "like"),
            format!("{good}/x"),
            good.replace("at:", "https:"),
        ] {
            assert_eq!(parse(&bad), None, "{bad}");
        }
        assert_eq!(cid(&good).len(), 59);
        assert_ne!(cid(&good), cid("at://"));
    }
}
