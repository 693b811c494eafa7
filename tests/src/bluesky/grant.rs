//! Requests for authorization, and what came of them: codes and tokens.

use std::collections::HashMap;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    client::{Client, SCOPE},
    proof::{CLOCK_TOLERANCE, Proof},
    refusal::Refusal,
    secret::secret,
};
use crate::standin::query::Query;

/// A request that was pushed, and a code, are good for so many seconds.
pub const REQUEST_SECONDS: i64 = 300;

/// So many seconds after it was given out, a token is worthless.
pub const TOKEN_SECONDS: i64 = 3_600;

pub const REQUEST_PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// For how long what may be used once is remembered (oauth-provider,
/// `ReplayManager`: a tenth is added).
const PROOF_SECONDS: i64 = CLOCK_TOLERANCE * 11 / 10;
const CHALLENGE_SECONDS: i64 = 86_400 * 11 / 10;

/// Lengths of a PKCE verifier (RFC 7636, 4.1).
const VERIFIER_LENGTHS: std::ops::RangeInclusive<usize> = 43..=128;

#[derive(Debug, Default)]
pub struct Grants {
    requests: HashMap<String, Pushed>,
    tokens: HashMap<String, Access>,
    /// What was seen, and until when a second time is refused.
    proofs: HashMap<String, i64>,
    challenges: HashMap<String, i64>,
}

/// A request that was pushed.
#[derive(Clone, Debug)]
struct Pushed {
    client: String,
    asked: Asked,
    key: Option<String>,
    dies: i64,
    /// The browser that opened the page first.
    device: Option<String>,
    granted: Option<Granted>,
}

#[derive(Clone, Debug)]
struct Granted {
    code: String,
    did: String,
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub redirect: String,
    pub mode: Mode,
    pub scope: String,
    pub hint: Option<String>,
    state: Option<String>,
    challenge: String,
}

/// How the answer is brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Query,
    Fragment,
}

#[derive(Clone, Debug)]
struct Access {
    client: String,
    key: String,
    did: String,
    code: String,
    refresh: Option<String>,
}

/// Why a page cannot be shown.
#[derive(Debug)]
pub enum Closed {
    /// The person is told.
    Refused(Refusal),
    /// The client is told.
    Back(Box<Asked>, &'static str),
}

impl Grants {
    /// Remembers that a proof was used.
    ///
    /// # Errors
    /// `invalid_dpop_proof` for one that was used before.
    pub fn use_proof(&mut self, proof: &Proof, now: i64) -> Result<(), Refusal> {
        if is_new(&mut self.proofs, &proof.id, PROOF_SECONDS, now) {
            Ok(())
        } else {
            Err(Refusal::proof("DPoP proof replayed"))
        }
    }

    /// Keeps a request, and gives its address.
    pub fn push(
        &mut self,
        client: &Client,
        asked: Asked,
        proof: Option<Proof>,
        now: i64,
    ) -> String {
        let id = secret("req-", 16);
        self.requests.insert(
            id.clone(),
            Pushed {
                client: client.id.clone(),
                asked,
                key: proof.map(|proof| proof.key),
                dies: now + REQUEST_SECONDS,
                device: None,
                granted: None,
            },
        );
        format!("{REQUEST_PREFIX}{id}")
    }

    /// Opens the page of a request in a browser, which puts off its end.
    ///
    /// # Errors
    /// If there is no such request, or not for this client or browser; it is
    /// then gone.
    pub fn open(
        &mut self,
        uri: &str,
        client: &str,
        device: &str,
        now: i64,
    ) -> Result<Asked, Closed> {
        let Some(id) = uri.strip_prefix(REQUEST_PREFIX) else {
            return Err(Closed::Refused(Refusal::request(
                "Invalid request_uri format",
            )));
        };
        let Some(pushed) = self.requests.get_mut(id) else {
            return Err(Closed::Refused(Refusal::request("Unknown request_uri")));
        };
        let reason = if pushed.granted.is_some() {
            "This request was already authorized"
        } else if pushed.dies < now {
            "This request has expired"
        } else if pushed.client != client {
            "This request was initiated for another client"
        } else if pushed
            .device
            .as_deref()
            .is_some_and(|first| first != device)
        {
            "This request was initiated from another device"
        } else {
            pushed.dies = now + REQUEST_SECONDS;
            pushed.device = Some(device.to_owned());
            return Ok(pushed.asked.clone());
        };
        let asked = pushed.asked.clone();
        self.requests.remove(id);
        Err(Closed::Back(Box::new(asked), reason))
    }

    /// The person has agreed: a code for them.
    pub fn allow(&mut self, uri: &str, did: &str, now: i64) -> Option<String> {
        let pushed = self.requests.get_mut(uri.strip_prefix(REQUEST_PREFIX)?)?;
        let code = secret("cod-", 32);
        pushed.dies = now + REQUEST_SECONDS;
        pushed.granted = Some(Granted {
            code: code.clone(),
            did: did.to_owned(),
        });
        Some(code)
    }

    /// The person has refused.
    pub fn reject(&mut self, uri: &str) {
        if let Some(id) = uri.strip_prefix(REQUEST_PREFIX) {
            self.requests.remove(id);
        }
    }

    /// Exchanges a code for a token. Whatever comes of it, the code is spent; a
    /// code that is used again ends the token it gave.
    ///
    /// # Errors
    /// `invalid_grant`
    pub fn exchange(
        &mut self,
        client: &Client,
        form: &Query,
        proof: &Proof,
        now: i64,
    ) -> Result<Value, Refusal> {
        let [code, redirect] =
            ["code", "redirect_uri"].map(|name| form.get(name).unwrap_or_default());
        let granted = self.requests.iter().find_map(|(id, pushed)| {
            let granted = pushed
                .granted
                .as_ref()
                .filter(|granted| granted.code == code)?;
            Some((id.clone(), granted.did.clone()))
        });
        let Some((id, did)) = granted else {
            self.tokens.retain(|_, access| access.code != code);
            return Err(Refusal::grant("Invalid code"));
        };
        let Some(pushed) = self.requests.remove(&id) else {
            return Err(Refusal::grant("Invalid code"));
        };
        if pushed.dies < now {
            return Err(Refusal::grant("This code has expired"));
        }
        if pushed.client != client.id {
            return Err(Refusal::grant("Token was not issued to this client"));
        }
        if pushed.key.as_ref().is_some_and(|key| *key != proof.key) {
            return Err(Refusal::grant("DPoP proof does not match the expected JKT"));
        }
        if pushed.asked.redirect != redirect {
            return Err(Refusal::grant(
                "The redirect_uri parameter must match the one used in the authorization request",
            ));
        }
        let Some(verifier) = form.get("code_verifier") else {
            return Err(Refusal::grant("code_verifier is required"));
        };
        if decoded(&pushed.asked.challenge).as_deref() != Some(Sha256::digest(verifier).as_slice())
        {
            return Err(Refusal::grant("Invalid code_verifier"));
        }
        if !is_new(
            &mut self.challenges,
            &pushed.asked.challenge,
            CHALLENGE_SECONDS,
            now,
        ) {
            return Err(Refusal::grant("Code challenge already used"));
        }
        let token = secret("tok-", 32);
        let refresh = client
            .grants
            .iter()
            .any(|grant| grant == "refresh_token")
            .then(|| secret("ref-", 32));
        let mut answer = json!({
            "access_token": token,
            "token_type": "DPoP",
            "scope": pushed.asked.scope,
            "expires_in": TOKEN_SECONDS,
            "sub": did,
        });
        if let Some(refresh) = &refresh {
            answer["refresh_token"] = json!(refresh);
        }
        self.tokens.insert(
            token,
            Access {
                client: client.id.clone(),
                key: proof.key.clone(),
                did,
                code: code.to_owned(),
                refresh,
            },
        );
        Ok(answer)
    }

    /// Ends a token, if it is this client's; nobody is told whether it was.
    pub fn revoke(&mut self, client: &Client, token: &str, proof: &Proof) {
        self.tokens.retain(|access_token, access| {
            let is_meant = access_token == token || access.refresh.as_deref() == Some(token);
            !(is_meant && access.client == client.id && access.key == proof.key)
        });
    }

    /// Whose tokens are good, one DID for each.
    pub fn holders(&self) -> Vec<String> {
        self.tokens
            .values()
            .map(|access| access.did.clone())
            .collect()
    }
}

impl Asked {
    /// Reads a request that is pushed.
    ///
    /// # Errors
    /// `invalid_request`, `invalid_scope`, `unsupported_response_type`
    pub fn read(form: &Query, client: &Client) -> Result<Self, Refusal> {
        for name in ["claims", "id_token_hint", "nonce"] {
            if form.get(name).is_some() {
                return Err(Refusal::request(format!(
                    "Unsupported \"{name}\" parameter"
                )));
            }
        }
        if form.get("request").is_some() {
            return Err(Refusal::request("Invalid \"request\" object"));
        }
        match form.get("response_type") {
            Some("code") => {}
            Some(kind @ ("token" | "none" | "id_token" | "code id_token")) => {
                return Err(Refusal::new(
                    "unsupported_response_type",
                    format!("Unsupported response_type \"{kind}\""),
                ));
            }
            _ => {
                return Err(Refusal::request(
                    "Invalid authorization request: Validation of \"body.response_type\" failed",
                ));
            }
        }
        let scope = form.get("scope").unwrap_or_default();
        let mut scopes: Vec<&str> = Vec::new();
        for name in scope.split(' ').filter(|name| !name.is_empty()) {
            if !client.scopes.iter().any(|declared| declared == name) {
                return Err(Refusal::scope(format!(
                    "Scope \"{name}\" is not declared in the client metadata"
                )));
            }
            if !scopes.contains(&name) {
                scopes.push(name);
            }
        }
        let redirect = match (form.get("redirect_uri"), client.redirects.as_slice()) {
            (Some(redirect), _) if client.allows(redirect) => redirect,
            (Some(redirect), _) => {
                return Err(Refusal::request(format!("Invalid redirect_uri {redirect}")));
            }
            (None, [only]) => only,
            (None, _) => return Err(Refusal::request("redirect_uri is required")),
        };
        let challenge = match (
            form.get("code_challenge"),
            form.get("code_challenge_method"),
        ) {
            (None, None) => return Err(Refusal::request("Use of PKCE is required")),
            (None, Some(_)) => {
                return Err(Refusal::request(
                    "code_challenge is required when code_challenge_method is provided",
                ));
            }
            (Some(challenge), Some("S256")) => challenge,
            (Some(_), _) => {
                return Err(Refusal::request(
                    "atproto requires use of \"S256\" code_challenge_method",
                ));
            }
        };
        if !scopes.contains(&SCOPE) {
            return Err(Refusal::scope("The \"atproto\" scope is required"));
        }
        let mode = match form.get("response_mode") {
            None | Some("query") => Mode::Query,
            Some("fragment") => Mode::Fragment,
            Some(other) => {
                return Err(Refusal::request(format!(
                    "Invalid authorization request: response_mode {other}"
                )));
            }
        };
        if form.get("prompt") == Some("none") {
            // What this is in truth, `consent_required`, is never said here
            // (RFC 9126, 2.3).
            return Err(Refusal::request(
                "Public clients are not allowed to use silent-sign-on",
            ));
        }
        let hint = form.get("login_hint").map(str::to_ascii_lowercase);
        if let Some(hint) = hint.as_deref().filter(|hint| !hint.contains(['.', ':'])) {
            return Err(Refusal::request(format!("Invalid login_hint \"{hint}\"")));
        }
        Ok(Self {
            redirect: redirect.to_owned(),
            mode,
            scope: scopes.join(" "),
            hint,
            state: form.get("state").map(str::to_owned),
            challenge: challenge.to_owned(),
        })
    }

    /// Where the browser is sent back to, with an answer.
    pub fn back(&self, issuer: &str, answer: &[(&str, &str)]) -> String {
        let mut given = form_urlencoded::Serializer::new(String::new());
        given.append_pair("iss", issuer);
        if let Some(state) = &self.state {
            given.append_pair("state", state);
        }
        let given = given.extend_pairs(answer).finish();
        let mark = match self.mode {
            Mode::Fragment => '#',
            Mode::Query if self.redirect.contains('?') => '&',
            Mode::Query => '?',
        };
        format!("{}{mark}{given}", self.redirect)
    }
}

/// Checks a form of the token endpoint as far as it can be without knowing what
/// was granted.
///
/// # Errors
/// `invalid_grant`
pub fn check_form(form: &Query, client: &Client) -> Result<(), Refusal> {
    let kind = form.get("grant_type").unwrap_or_default();
    if kind == "refresh_token" {
        return Err(Refusal::grant("Invalid refresh token"));
    }
    if !client.grants.iter().any(|grant| grant == kind) {
        return Err(Refusal::grant(format!(
            "Grant type \"{kind}\" not supported"
        )));
    }
    let invalid = |name: &str| Refusal::grant(format!("Invalid request payload: body.{name}"));
    for name in ["code", "redirect_uri"] {
        form.get(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| invalid(name))?;
    }
    match form.get("code_verifier") {
        Some(verifier) if !VERIFIER_LENGTHS.contains(&verifier.len()) => {
            Err(invalid("code_verifier"))
        }
        _ => Ok(()),
    }
}

fn is_new(seen: &mut HashMap<String, i64>, id: &str, seconds: i64, now: i64) -> bool {
    seen.retain(|_, until| *until > now);
    seen.insert(id.to_owned(), now + seconds).is_none()
}

/// Of either alphabet, as the real server takes it.
fn decoded(challenge: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD
        .decode(challenge)
        .or_else(|_| STANDARD.decode(challenge))
        .ok()
}
