//! Codes and tokens, and what the token endpoint says of them.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
};

use axum::http::StatusCode;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{problem::Problem, query::Query};

/// Seconds that a code may be exchanged in.
pub const CODE_SECONDS: i64 = 30;

/// Seconds that a token is good for.
pub const TOKEN_SECONDS: i64 = 7_200;

/// Longest `state`, in characters.
pub const MAX_STATE: usize = 500;

/// Lengths of a PKCE verifier and its challenge (RFC 7636, 4.1 and 4.2).
const VERIFIER_LENGTHS: std::ops::RangeInclusive<usize> = 43..=128;

/// The scopes that the stand-in's registered app may ask for.
pub const SCOPES: [&str; 2] = ["tweet.read", "users.read"];

/// The app that signs people in.
#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    /// With a secret the client is confidential: it authenticates by HTTP Basic.
    pub secret: Option<String>,
    pub redirects: Redirects,
}

/// Where the browser may be sent back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// `http://localhost` or `http://127.0.0.1`, any port, `/api/auth/callback`.
    Loopback,
    Exactly(Vec<String>),
}

/// A request of the authorize page that X would show it for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    pub redirect_uri: String,
    pub state: String,
    scope: String,
    challenge: String,
}

#[derive(Debug, Default)]
pub struct Grants {
    codes: HashMap<String, Code>,
    tokens: HashMap<String, Access>,
}

#[derive(Debug)]
struct Code {
    authorization: Authorization,
    user: u64,
    dies: i64,
}

/// What a token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    pub user: u64,
    pub scope: String,
    /// Unix seconds.
    pub dies: i64,
}

impl Client {
    /// Checks a request of the authorize page.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence. X shows a page and does not
    /// redirect.
    pub fn check(&self, query: &Query) -> Result<Authorization, String> {
        let required = |name: &str| {
            query
                .get(name)
                .filter(|value| !value.is_empty())
                .ok_or(format!("{name} is missing"))
        };
        let equals = |name: &str, expected: &str| match required(name)? {
            value if value == expected => Ok(()),
            _ => Err(format!("{name} is not {expected}")),
        };
        equals("response_type", "code")?;
        if required("client_id")? != self.id {
            return Err("client_id is not a registered client".to_owned());
        }
        let redirect_uri = required("redirect_uri")?;
        if !self.redirects.allow(redirect_uri) {
            return Err("redirect_uri is not a registered one".to_owned());
        }
        let scope = required("scope")?;
        if let Some(other) = scope.split(' ').find(|scope| !SCOPES.contains(scope)) {
            return Err(format!("scope {other} is not one of {}", SCOPES.join(" ")));
        }
        let state = required("state")?;
        if state.chars().count() > MAX_STATE {
            return Err(format!("state is longer than {MAX_STATE} characters"));
        }
        equals("code_challenge_method", "S256")?;
        let challenge = required("code_challenge")?;
        if !VERIFIER_LENGTHS.contains(&challenge.len()) {
            return Err("code_challenge is not 43 to 128 characters long".to_owned());
        }
        Ok(Authorization {
            redirect_uri: redirect_uri.to_owned(),
            state: state.to_owned(),
            scope: scope.to_owned(),
            challenge: challenge.to_owned(),
        })
    }

    /// Checks that a form comes from this client; `basic` is the value of its
    /// `Authorization` header.
    fn authenticate(&self, form: &Query, basic: Option<&str>) -> Result<(), Problem> {
        let Some(secret) = &self.secret else {
            return match form.get("client_id") {
                Some(id) if id == self.id => Ok(()),
                Some(_) => Err(invalid("Value passed for the client id was invalid.")),
                None => Err(invalid("Missing required parameter [client_id].")),
            };
        };
        let expected = STANDARD.encode(format!("{}:{secret}", self.id));
        let given = basic.and_then(|value| value.strip_prefix("Basic "));
        if given == Some(&expected) {
            Ok(())
        } else {
            Err(Problem::oauth(
                StatusCode::UNAUTHORIZED,
                "unauthorized_client",
                "Missing valid authorization header",
            ))
        }
    }
}

impl Redirects {
    fn allow(&self, uri: &str) -> bool {
        match self {
            Self::Exactly(uris) => uris.iter().any(|registered| registered == uri),
            Self::Loopback => ["http://localhost", "http://127.0.0.1"]
                .iter()
                .filter_map(|host| uri.strip_prefix(host))
                .filter_map(|rest| rest.strip_suffix("/api/auth/callback"))
                .any(|port| {
                    port.is_empty()
                        || port
                            .strip_prefix(':')
                            .is_some_and(|port| port.parse::<u16>().is_ok())
                }),
        }
    }
}

impl Grants {
    /// A code for `user`, to be exchanged within [`CODE_SECONDS`].
    pub fn issue(&mut self, authorization: Authorization, user: u64, now: i64) -> String {
        let code = secret();
        self.codes.insert(
            code.clone(),
            Code {
                authorization,
                user,
                dies: now + CODE_SECONDS,
            },
        );
        code
    }

    /// Exchanges a code for a token. Whatever comes of it, the code is spent.
    ///
    /// # Errors
    /// What X answers to a form that is not right.
    pub fn exchange(
        &mut self,
        client: &Client,
        form: &Query,
        basic: Option<&str>,
        now: i64,
    ) -> Result<Value, Problem> {
        client.authenticate(form, basic)?;
        let required = |name: &str| {
            form.get(name)
                .ok_or_else(|| invalid(&format!("Missing required parameter [{name}].")))
        };
        if required("grant_type")? != "authorization_code" {
            return Err(Problem::oauth(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "Value passed for the grant type was not supported.",
            ));
        }
        let (code, redirect_uri) = (required("code")?, required("redirect_uri")?);
        let verifier = required("code_verifier")?;
        let granted = self
            .codes
            .remove(code)
            .filter(|granted| now < granted.dies)
            .ok_or_else(|| invalid("Value passed for the authorization code was invalid."))?;
        if granted.authorization.redirect_uri != redirect_uri {
            return Err(Problem::oauth(
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "Value passed for the redirect uri did not match the uri of the authorization code.",
            ));
        }
        if !VERIFIER_LENGTHS.contains(&verifier.len())
            || challenge(verifier) != granted.authorization.challenge
        {
            return Err(Problem::oauth(
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "Value passed for the code verifier did not match the code challenge.",
            ));
        }
        let token = secret();
        let scope = granted.authorization.scope;
        self.tokens.insert(
            token.clone(),
            Access {
                user: granted.user,
                scope: scope.clone(),
                dies: now + TOKEN_SECONDS,
            },
        );
        Ok(json!({
            "token_type": "bearer",
            "expires_in": TOKEN_SECONDS,
            "access_token": token,
            "scope": scope,
        }))
    }

    /// Revokes the token of a form; one that is unknown is revoked already.
    ///
    /// # Errors
    /// What X answers to a form that is not right.
    pub fn revoke(
        &mut self,
        client: &Client,
        form: &Query,
        basic: Option<&str>,
    ) -> Result<Value, Problem> {
        client.authenticate(form, basic)?;
        let token = form
            .get("token")
            .ok_or_else(|| invalid("Missing required parameter [token]."))?;
        self.tokens.remove(token);
        Ok(json!({ "revoked": true }))
    }

    /// Ends every token of `user`, as when the person does it in X's settings.
    pub fn revoke_user(&mut self, user: u64) {
        self.tokens.retain(|_, access| access.user != user);
    }

    /// A token without signing in, for tests of other things.
    pub fn grant(&mut self, user: u64, now: i64) -> String {
        let token = secret();
        self.tokens.insert(
            token.clone(),
            Access {
                user,
                scope: SCOPES.join(" "),
                dies: now + TOKEN_SECONDS,
            },
        );
        token
    }

    /// What the `Authorization` header allows; none if it holds no good token.
    #[must_use]
    pub fn access(&self, bearer: Option<&str>, now: i64) -> Option<&Access> {
        let token = bearer?.strip_prefix("Bearer ")?;
        self.tokens.get(token).filter(|access| now < access.dies)
    }
}

impl Access {
    #[must_use]
    pub fn allows_reading(&self) -> bool {
        SCOPES
            .iter()
            .all(|needed| self.scope.split(' ').any(|scope| scope == *needed))
    }
}

/// The S256 challenge of a PKCE verifier.
#[must_use]
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// Unguessable enough for a machine's own loopback, and different from one
/// stand-in to the next.
pub(crate) fn secret() -> String {
    let bytes: Vec<u8> = (0_u8..4)
        .flat_map(|part| RandomState::new().hash_one(part).to_le_bytes())
        .collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

fn invalid(description: &str) -> Problem {
    Problem::oauth(StatusCode::BAD_REQUEST, "invalid_request", description)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        assert_eq!(
            challenge(VERIFIER),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn loopback_redirects_are_exact_but_for_the_port() {
        for (uri, allowed) in [
            ("http://localhost:8787/api/auth/callback", true),
            ("http://127.0.0.1:40000/api/auth/callback", true),
            ("http://localhost/api/auth/callback", true),
            ("http://localhost:8787/api/auth/callback/", false),
            ("http://localhost:8787/api/auth/callback?x=1", false),
            ("http://localhost.example/api/auth/callback", false),
            ("http://localhost:8787@example.org/api/auth/callback", false),
            ("https://example.org/api/auth/callback", false),
        ] {
            assert_eq!(Redirects::Loopback.allow(uri), allowed, "{uri}");
        }
        let exactly = Redirects::Exactly(vec!["https://a.example/cb".to_owned()]);
        assert!(exactly.allow("https://a.example/cb"));
        assert!(!exactly.allow("https://a.example/cb2"));
    }

    #[test]
    fn a_token_dies_after_two_hours() {
        let mut grants = Grants::default();
        let bearer = format!("Bearer {}", grants.grant(7, 100));
        let user = |now| grants.access(Some(&bearer), now).map(|access| access.user);
        assert_eq!(user(100 + TOKEN_SECONDS - 1), Some(7));
        assert_eq!(user(100 + TOKEN_SECONDS), None);
        assert_eq!(grants.access(Some("Bearer no"), 100), None);
        assert_eq!(grants.access(None, 100), None);
    }
}
