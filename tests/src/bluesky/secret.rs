use std::{collections::hash_map::RandomState, fmt::Write, hash::BuildHasher};

/// `bytes` in hexadecimal that differ from one call to the next: unguessable
/// enough for a machine's own loopback.
pub fn secret(prefix: &str, bytes: usize) -> String {
    let mut secret = prefix.to_owned();
    for part in 0..bytes.div_ceil(8) {
        // Writing to a text cannot fail.
        let _ = write!(secret, "{:016x}", RandomState::new().hash_one(part));
    }
    secret.truncate(prefix.len() + 2 * bytes);
    secret
}
