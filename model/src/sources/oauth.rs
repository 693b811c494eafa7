//! What all sign-ins by `OAuth` have in common.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use lemon_given::lenient::Maybe;
use sha2::{Digest, Sha256};

use super::exchange::Refusal;
use super::given::Unreadable;

/// Longest id, secret, code or token that is taken from a server, in bytes: tokens that say
/// something themselves have hundreds.
const MAX_SECRET: usize = 4_096;

/// What a server gives to be sent back to it.
pub(super) fn kept(value: Maybe<String>) -> Result<String, Unreadable> {
    let is_one = |value: &String| (1..=MAX_SECRET).contains(&value.len());
    value.0.filter(is_one).ok_or(Unreadable)
}

/// What proves who asks for a token to be who asked for the code (RFC 7636).
#[must_use]
pub fn verifier(random: [u8; 32]) -> String {
    BASE64.encode(random)
}

/// What is said of a verifier before it is shown.
pub(super) fn challenge(verifier: &str) -> String {
    BASE64.encode(Sha256::digest(verifier))
}

/// The value of `name` in the query, or what stands behind `#`, with which somebody comes back.
pub(super) fn value(answer: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(answer.trim_start_matches(['?', '#']).as_bytes());
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

/// What the `error` means with which somebody comes back.
pub(super) fn denied(error: &str) -> Refusal {
    match error {
        "access_denied" => Refusal::Declined,
        _ => Refusal::NotProven,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    #[test]
    fn a_challenge_is_what_the_standard_says() {
        let random = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212,
            37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = verifier(random);
        assert_eq!(verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        let said = challenge(&verifier);
        assert_eq!(said, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
