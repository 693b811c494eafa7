//! PKCE (RFC 7636): who started a sign-in proves it when the code is exchanged.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The secret half; it goes to X with the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verifier(String);

impl Verifier {
    /// `bytes` must be random. 32 of them make the 43 characters that the RFC
    /// recommends.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(BASE64.encode(bytes))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The public half (`S256`); it goes to X with the person.
    #[must_use]
    pub fn challenge(&self) -> String {
        BASE64.encode(Sha256::digest(self.0.as_bytes()))
    }
}

/// A `state` of 22 characters; `bytes` must be random.
#[must_use]
pub fn state(bytes: [u8; 16]) -> String {
    BASE64.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b() {
        let bytes = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212,
            37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = Verifier::new(bytes);
        assert_eq!(
            verifier.as_str(),
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        );
        assert_eq!(
            verifier.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
