//! Proofs of possession (RFC 9449): who sends one has the key that a token is
//! bound to.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{refusal::Refusal, secret::secret};

/// How far a proof's moment may be off, either way, and how much longer ago it
/// may be, in seconds (oauth-provider, `DPOP_NONCE_MAX_AGE`, `maxTokenAge`).
pub const CLOCK_TOLERANCE: i64 = 180;
const MAX_AGE: i64 = 10;

/// A nonce is given out for so many seconds, and good for two more such times.
pub const NONCE_SECONDS: i64 = 60;

/// A proof that was found right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The key's thumbprint (RFC 7638).
    pub key: String,
    pub id: String,
}

/// What a server gives out so that proofs cannot be made ahead.
#[derive(Debug)]
pub struct Nonces {
    secret: String,
}

impl Default for Nonces {
    fn default() -> Self {
        Self {
            secret: secret("", 32),
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: String,
    jwk: Key,
}

#[derive(Deserialize)]
struct Key {
    kty: String,
    crv: String,
    x: String,
    y: String,
    /// The private part, which nobody may show.
    d: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    jti: Option<String>,
    htm: Option<String>,
    htu: Option<String>,
    iat: Option<i64>,
    nonce: Option<String>,
    ath: Option<String>,
}

/// What a proof is to be for.
pub struct Asked<'a> {
    pub method: &'a str,
    /// Without a query.
    pub url: &'a str,
    /// Unix seconds.
    pub now: i64,
}

impl Nonces {
    /// The next one: it is good from now on, and longest.
    pub fn next(&self, now: i64) -> String {
        self.at(now.div_euclid(NONCE_SECONDS) + 1)
    }

    /// Makes all that were given out worthless.
    pub fn renew(&mut self) {
        *self = Self::default();
    }

    fn knows(&self, nonce: &str, now: i64) -> bool {
        let current = now.div_euclid(NONCE_SECONDS);
        (current - 1..=current + 1).any(|count| self.at(count) == nonce)
    }

    fn at(&self, count: i64) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{} {count}", self.secret)))
    }
}

/// Checks a `DPoP` header, all but whether it was sent before.
///
/// # Errors
/// `invalid_dpop_proof`, or `use_dpop_nonce` for one that is right but for its
/// nonce.
pub fn check(proof: &str, asked: &Asked, nonces: &Nonces) -> Result<Proof, Refusal> {
    let failed = |reason: &str| Refusal::proof(format!("Failed to verify DPoP proof: {reason}"));
    let (signed, signature) = proof
        .rsplit_once('.')
        .ok_or_else(|| failed("Invalid Compact JWS"))?;
    let (header, claims) = signed
        .split_once('.')
        .ok_or_else(|| failed("Invalid Compact JWS"))?;
    let header: Header = part(header).ok_or_else(|| failed("Invalid Compact JWS"))?;
    if header.typ != "dpop+jwt" {
        return Err(failed("unexpected \"typ\" JWT header value"));
    }
    let is_known = header.alg == "ES256" && header.jwk.kty == "EC" && header.jwk.crv == "P-256";
    if !is_known || header.jwk.d.is_some() {
        return Err(failed(
            "\"jwk\" (JSON Web Key) Header Parameter must be a public key",
        ));
    }
    if !is_signed(signed, signature, &header.jwk) {
        return Err(failed("signature verification failed"));
    }
    let claims: Claims =
        part(claims).ok_or_else(|| failed("JWT Claims Set must be a top-level JSON object"))?;
    let written = claims
        .iat
        .ok_or_else(|| failed("missing required \"iat\" claim"))?;
    let age = asked.now - written;
    if age > MAX_AGE + CLOCK_TOLERANCE {
        return Err(failed(
            "\"iat\" claim timestamp check failed (too far in the past)",
        ));
    }
    if age < -CLOCK_TOLERANCE {
        return Err(failed(
            "\"iat\" claim timestamp check failed (it should be in the past)",
        ));
    }
    let Some(id) = claims.jti.filter(|id| !id.is_empty()) else {
        return Err(Refusal::proof("DPoP \"jti\" missing"));
    };
    if claims.htm.as_deref() != Some(asked.method) {
        return Err(Refusal::proof("DPoP \"htm\" mismatch"));
    }
    let Some(url) = claims.htu else {
        return Err(Refusal::proof("Invalid DPoP \"htu\" type"));
    };
    if without_query(&url).as_deref() != Some(asked.url) {
        return Err(Refusal::proof("DPoP \"htu\" mismatch"));
    }
    let Some(nonce) = claims.nonce.filter(|nonce| !nonce.is_empty()) else {
        return Err(Refusal::nonce(
            "Authorization server requires nonce in DPoP proof",
        ));
    };
    if !nonces.knows(&nonce, asked.now) {
        return Err(Refusal::nonce("DPoP \"nonce\" mismatch"));
    }
    if claims.ath.is_some() {
        return Err(Refusal::proof("DPoP \"ath\" claim not allowed"));
    }
    Ok(Proof {
        key: thumbprint(&header.jwk),
        id,
    })
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn is_signed(signed: &str, signature: &str, key: &Key) -> bool {
    let check = || {
        let [x, y] = [&key.x, &key.y].map(|part| URL_SAFE_NO_PAD.decode(part));
        // An uncompressed point (SEC 1, 2.3.3).
        let point = [vec![4], x.ok()?, y.ok()?].concat();
        let key = VerifyingKey::from_sec1_bytes(&point).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let signature = Signature::from_slice(&signature).ok()?;
        key.verify(signed.as_bytes(), &signature).ok()
    };
    check().is_some()
}

/// Normalised, as the real server compares it: it allows a query, which the
/// standard does not.
fn without_query(url: &str) -> Option<String> {
    let url = reqwest::Url::parse(url).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    is_plain.then(|| format!("{}{}", url.origin().ascii_serialization(), url.path()))
}

fn thumbprint(key: &Key) -> String {
    let Key { kty, crv, x, y, .. } = key;
    let canonical = format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_example_is_signed_and_has_its_thumbprint() {
        // RFC 9449, figures 1 and 13.
        let key = Key {
            kty: "EC".to_owned(),
            crv: "P-256".to_owned(),
            x: "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs".to_owned(),
            y: "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA".to_owned(),
            d: None,
        };
        let signed = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ";
        let signature = "2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
        assert!(is_signed(signed, signature, &key));
        assert!(!is_signed(&signed.replace('g', "h"), signature, &key));
        assert_eq!(
            thumbprint(&key),
            "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
        );
    }

    #[test]
    fn a_nonce_is_good_for_a_while() {
        let mut nonces = Nonces::default();
        let nonce = nonces.next(600);
        for (now, good) in [(600, true), (779, true), (780, false)] {
            assert_eq!(nonces.knows(&nonce, now), good, "{now}");
        }
        nonces.renew();
        assert!(!nonces.knows(&nonce, 600));
    }
}
