//! Proving at Bluesky who one is: `OAuth` as a public client, whose requests are pushed
//! (RFC 9126) and whose tokens are good for who holds a key alone (RFC 9449), as atproto's
//! profile of it has them. The token is given back at once, as posts are read without.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use form_urlencoded::Serializer;
use lemon_given::lenient::{List, Maybe, Object};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::exchange::Refusal;
use super::super::given::{Unreadable, Wishes, answer};
use super::super::oauth::{challenge, denied, kept, value};
use super::super::server::Server;
use super::super::who::MAX_NAME;
use super::is_did;
use crate::bots::Account;
use crate::feed::{Feed, Source};

/// What is asked for: who one is, and nothing more.
const SCOPE: &str = "atproto";

/// Where Bluesky is, each an origin: other operators may have it elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// Signs those in who do not say where they are.
    pub entryway: String,
    /// Shows posts to everybody.
    pub api: String,
    /// Knows whose identity is kept where.
    pub plc: String,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            entryway: "https://bsky.social".to_owned(),
            api: "https://public.api.bsky.app".to_owned(),
            plc: "https://plc.directory".to_owned(),
        }
    }
}

/// Whom or what a person named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Nobody: the entryway asks them.
    Anybody,
    Did(String),
    /// A handle, or their own server.
    Host(Server),
}

/// What is meant by what a person typed: nothing, a handle, an address of a profile, an
/// identity, a server. None if it is none of these.
#[must_use]
pub fn named(typed: &str) -> Option<Named> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(Named::Anybody);
    }
    let profile = typed.split_once("/profile/").map(|(_, rest)| rest);
    let named = profile.unwrap_or(typed);
    let named = named.strip_prefix("at://").unwrap_or(named);
    let named = named.trim_start_matches('@');
    if named.starts_with("did:") {
        let did = named.split(['/', '?', '#']).next().unwrap_or_default();
        return is_did(did).then(|| Named::Did(did.to_owned()));
    }
    Server::named(named).map(Named::Host)
}

/// Where the identity of whoever has a handle is asked for, behind the origin of the public API.
#[must_use]
pub fn handle_path(handle: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("handle", handle)
        .finish();
    format!("/xrpc/com.atproto.identity.resolveHandle?{query}")
}

/// Where the profile of an account is, behind the same.
#[must_use]
pub fn profile_path(did: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("actor", did)
        .finish();
    format!("/xrpc/app.bsky.actor.getProfile?{query}")
}

/// Where a server says who signs its people in.
pub const RESOURCE: &str = "/.well-known/oauth-protected-resource";
/// Where one that signs people in says how.
pub const METADATA: &str = "/.well-known/oauth-authorization-server";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resolved {
    did: Maybe<String>,
}

/// Whose handle it is, by `com.atproto.identity.resolveHandle`.
///
/// # Errors
/// [`Unreadable`] for what is no answer of it.
pub fn did(body: &[u8]) -> Result<String, Unreadable> {
    let resolved: Resolved = answer(body)?;
    resolved.did.0.filter(|did| is_did(did)).ok_or(Unreadable)
}

/// Where the document of an identity is. None of those that atproto does not know.
#[must_use]
pub fn document(places: &Places, did: &str) -> Option<String> {
    if let Some(host) = did.strip_prefix("did:web:") {
        // A port is written so, and paths are not allowed.
        let server = Server::at(&host.replace("%3A", ":").replace("%3a", ":"))?;
        return Some(format!("{}/.well-known/did.json", server.base()));
    }
    is_did(did).then(|| format!("{}/{did}", places.plc))
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Document {
    id: Maybe<String>,
    also_known_as: List<String>,
    service: List<Object<Service>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Service {
    id: Maybe<String>,
    service_endpoint: Maybe<String>,
}

/// What an identity's document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The server that has the posts.
    pub home: Server,
    handles: Vec<String>,
}

impl Identity {
    /// Whether this handle is one of its own, as it says itself.
    #[must_use]
    pub fn is_called(&self, handle: &str) -> bool {
        let mut handles = self.handles.iter();
        handles.any(|known| known.eq_ignore_ascii_case(handle))
    }
}

/// What the document of `did` says.
///
/// # Errors
/// [`Unreadable`] for what is no document of it, or names no server.
pub fn identity(body: &[u8], did: &str) -> Result<Identity, Unreadable> {
    const PDS: &str = "#atproto_pds";
    let document: Document = answer(body)?;
    if document.id.0.as_deref() != Some(did) {
        return Err(Unreadable);
    }
    let is_pds = |id: &str| id.strip_prefix(did).unwrap_or(id) == PDS;
    let mut services = document.service.0.into_iter().map(|Object(it)| it);
    let service = services.find(|it| it.id.0.as_deref().is_some_and(is_pds));
    let address = service.and_then(|service| service.service_endpoint.0);
    let names = document.also_known_as.0.iter();
    let handles = names.filter_map(|name| Some(name.strip_prefix("at://")?.to_owned()));
    Ok(Identity {
        home: origin(&address.ok_or(Unreadable)?)?,
        handles: handles.collect(),
    })
}

/// The server whose origin this is, and nothing more.
fn origin(address: &str) -> Result<Server, Unreadable> {
    let server = Server::named(address).ok_or(Unreadable)?;
    let is_plain = address.trim_end_matches('/') == server.base();
    is_plain.then_some(server).ok_or(Unreadable)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource {
    resource: Maybe<String>,
    authorization_servers: List<String>,
}

/// Who signs the people of `server` in, by what it says at [`RESOURCE`].
///
/// # Errors
/// [`Unreadable`] for what is none of its own, or names not exactly one.
pub fn issuer(body: &[u8], server: &Server) -> Result<Server, Unreadable> {
    let said: Resource = answer(body)?;
    if said.resource.0.as_deref().map(origin) != Some(Ok(server.clone())) {
        return Err(Unreadable);
    }
    match said.authorization_servers.0.as_slice() {
        [one] => origin(one),
        _ => Err(Unreadable),
    }
}

/// Where a server that signs people in is asked for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    pub push: String,
    pub authorize: String,
    pub token: String,
    pub revoke: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    issuer: Maybe<String>,
    pushed_authorization_request_endpoint: Maybe<String>,
    authorization_endpoint: Maybe<String>,
    token_endpoint: Maybe<String>,
    revocation_endpoint: Maybe<String>,
    client_id_metadata_document_supported: Maybe<bool>,
}

/// What the server `issuer` says of itself at [`METADATA`].
///
/// # Errors
/// [`Unreadable`] for what is another's, or signs no public clients in.
pub fn endpoints(body: &[u8], issuer: &Server) -> Result<Endpoints, Unreadable> {
    let said: Metadata = answer(body)?;
    let is_its = said.issuer.0.as_deref() == Some(issuer.base().as_str());
    if !is_its || said.client_id_metadata_document_supported.0 != Some(true) {
        return Err(Unreadable);
    }
    let address = |said: Maybe<String>| {
        let is_sound = |address: &String| {
            let server = Server::named(address);
            let rest = server.and_then(|server| Some(address.strip_prefix(&server.base())?.len()));
            rest.is_some_and(|rest| rest > 0) && !address.contains(['?', '#', ' '])
        };
        said.0.filter(is_sound)
    };
    Ok(Endpoints {
        push: address(said.pushed_authorization_request_endpoint).ok_or(Unreadable)?,
        authorize: address(said.authorization_endpoint).ok_or(Unreadable)?,
        token: address(said.token_endpoint).ok_or(Unreadable)?,
        revoke: address(said.revocation_endpoint),
    })
}

/// What the page at the origin `website` is known as: the address of a document that its edge
/// serves. One on the person's own machine, where nobody could fetch that, says all in its name.
#[must_use]
pub fn client_id(website: &str, callback: &str) -> String {
    if website.starts_with("https://") {
        return format!("{website}/oauth-client-metadata.json");
    }
    let query = Serializer::new(String::new())
        .append_pair("redirect_uri", callback)
        .append_pair("scope", SCOPE)
        .finish();
    format!("http://localhost?{query}")
}

/// An attempt to sign in.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    pub client_id: &'a str,
    pub callback: &'a str,
    pub state: &'a str,
    pub verifier: &'a str,
}

impl Attempt<'_> {
    /// What is pushed, as a form. The answer comes behind `#`, which no server's log sees.
    #[must_use]
    pub fn pushed(&self, hint: Option<&str>) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("client_id", self.client_id)
            .append_pair("redirect_uri", self.callback)
            .append_pair("response_type", "code")
            .append_pair("response_mode", "fragment")
            .append_pair("scope", SCOPE)
            .append_pair("state", self.state)
            .append_pair("code_challenge", &challenge(self.verifier))
            .append_pair("code_challenge_method", "S256");
        if let Some(hint) = hint {
            form.append_pair("login_hint", hint);
        }
        form.finish()
    }

    /// What the token is asked for with, as a form.
    #[must_use]
    pub fn exchange(&self, code: &str) -> String {
        Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("code_verifier", self.verifier)
            .append_pair("redirect_uri", self.callback)
            .append_pair("client_id", self.client_id)
            .finish()
    }

    /// What a token is given back with, as a form.
    #[must_use]
    pub fn revocation(&self, token: &str) -> String {
        Serializer::new(String::new())
            .append_pair("token", token)
            .append_pair("client_id", self.client_id)
            .finish()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pushed {
    request_uri: Maybe<String>,
}

/// Where the person is to go, by the answer to what was pushed.
///
/// # Errors
/// [`Unreadable`] for what is none.
pub fn address(body: &[u8], endpoints: &Endpoints, client_id: &str) -> Result<String, Unreadable> {
    let pushed: Pushed = answer(body)?;
    let query = Serializer::new(String::new())
        .append_pair("client_id", client_id)
        .append_pair("request_uri", &kept(pushed.request_uri)?)
        .finish();
    Ok(format!("{}?{query}", endpoints.authorize))
}

/// The code with which somebody comes back from `issuer` who left with `state`.
///
/// # Errors
/// [`Refusal::Declined`] if they said no, [`Refusal::NotProven`] if it failed otherwise,
/// [`Refusal::Elsewhere`] if it is not who left or not where they left for.
pub fn code(answer: &str, state: &str, issuer: &Server) -> Result<String, Refusal> {
    let value = |name| value(answer, name);
    let is_theirs = value("state").as_deref() == Some(state);
    if !is_theirs || value("iss") != Some(issuer.base()) {
        return Err(Refusal::Elsewhere);
    }
    if let Some(error) = value("error") {
        return Err(denied(&error));
    }
    kept(Maybe(value("code"))).map_err(|_| Refusal::Elsewhere)
}

/// What was granted: a token, and whose it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    pub token: String,
    /// Whoever the server says: that it may say so is to be found out (the identity's own
    /// document leads to who signs it in).
    pub did: String,
    /// What was asked for is part of it.
    pub is_enough: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "as it is said")]
struct Token {
    access_token: Maybe<String>,
    scope: Maybe<String>,
    sub: Maybe<String>,
}

/// # Errors
/// [`Unreadable`] for what is no answer of a token endpoint.
pub fn granted(body: &[u8]) -> Result<Granted, Unreadable> {
    let token: Token = answer(body)?;
    let scope = token.scope.0.unwrap_or_default();
    Ok(Granted {
        token: kept(token.access_token)?,
        did: token.sub.0.filter(|did| is_did(did)).ok_or(Unreadable)?,
        is_enough: scope.split(' ').any(|part| part == SCOPE),
    })
}

/// What somebody is called whose handle leads elsewhere.
const NO_HANDLE: &str = "handle.invalid";

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Profile {
    did: Maybe<String>,
    handle: Maybe<String>,
    display_name: Maybe<String>,
    posts_count: Maybe<u32>,
}

/// The account `did`, by `app.bsky.actor.getProfile`.
///
/// # Errors
/// [`Unreadable`] for what is no profile of it.
pub fn account(body: &[u8], did: &str) -> Result<Account, Unreadable> {
    let who: Profile = answer(body)?;
    let is_name = |name: &String| (1..=MAX_NAME).contains(&name.len());
    if who.did.0.as_deref() != Some(did) {
        return Err(Unreadable);
    }
    // Who has lost their handle is called by what cannot be lost.
    let handle = who.handle.0.filter(|it| is_name(it) && it != NO_HANDLE);
    Ok(Account {
        feed: Feed::new(Source::Bluesky, did),
        name: who.display_name.0.filter(is_name).unwrap_or_default(),
        handle: handle.unwrap_or_else(|| did.to_owned()),
        posts: who.posts_count.0,
        wishes: Wishes::default(),
        is_keyed: false,
    })
}

/// A proof that a request comes from who holds a key (RFC 9449), before it is signed.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// The key's public half, a point on P-256, its coordinates in base64url.
    pub x: &'a str,
    pub y: &'a str,
    /// Names the proof, and is used once.
    pub id: &'a str,
    pub method: &'a str,
    /// What is asked, without a query.
    pub address: &'a str,
    /// Seconds since 1970.
    pub now: i64,
    /// What the server gave out last, so that proofs cannot be made ahead.
    pub nonce: Option<&'a str>,
}

impl Proof<'_> {
    /// What is to be signed.
    #[must_use]
    pub fn unsigned(&self) -> String {
        let header = json!({
            "alg": "ES256",
            "typ": "dpop+jwt",
            "jwk": { "kty": "EC", "crv": "P-256", "x": self.x, "y": self.y },
        });
        let mut claims = json!({
            "jti": self.id, "htm": self.method, "htu": self.address, "iat": self.now,
        });
        if let Some(nonce) = self.nonce {
            claims["nonce"] = nonce.into();
        }
        let part = |json: &serde_json::Value| BASE64.encode(json.to_string());
        format!("{}.{}", part(&header), part(&claims))
    }
}

/// The `DPoP` header: what was signed, and the signature as `WebCrypto` gives it.
#[must_use]
pub fn signed(unsigned: &str, signature: &[u8]) -> String {
    format!("{unsigned}.{}", BASE64.encode(signature))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    error: Maybe<String>,
    message: Maybe<String>,
}

/// Whether a request was refused only as its proof had no nonce, or an old one.
#[must_use]
pub fn wants_nonce(status: u16, body: &[u8]) -> bool {
    matches!(status, 400 | 401) && said(body).error.0.as_deref() == Some("use_dpop_nonce")
}

/// Why a server that signs people in refuses.
#[must_use]
pub fn refused(status: u16, body: &[u8], reset: Option<&str>) -> Refusal {
    match (status, said(body).error.0.as_deref()) {
        // Proofs are good for minutes.
        (_, Some("invalid_dpop_proof")) => Refusal::Clock,
        (_, Some("invalid_grant")) => Refusal::NotProven,
        (
            _,
            Some(
                "invalid_client"
                | "invalid_client_metadata"
                | "invalid_redirect_uri"
                | "invalid_scope"
                | "unauthorized_client",
            ),
        ) => Refusal::NotAccepted,
        _ => refusal(status, body, reset),
    }
}

/// Why a server gave no posts, by the answer's status, what it says, and what its
/// `RateLimit-Reset` says, in seconds since 1970.
#[must_use]
pub fn refusal(status: u16, body: &[u8], reset: Option<&str>) -> Refusal {
    let Said { error, message } = said(body);
    let message = message.0.unwrap_or_default().to_ascii_lowercase();
    match (status, error.0.as_deref()) {
        (429, _) => Refusal::Wait {
            until: reset.and_then(|reset| reset.trim().parse().ok()),
        },
        (
            400,
            Some(
                "AccountTakedown" | "AccountDeactivated" | "RepoTakendown" | "RepoDeactivated"
                | "RepoNotFound",
            ),
        ) => Refusal::NoAccount,
        (400, Some("InvalidRequest"))
            if message.contains("not found") || message.contains("could not find") =>
        {
            Refusal::NoAccount
        }
        _ => Refusal::Failing,
    }
}

fn said(body: &[u8]) -> Said {
    answer(body).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    const DID: &str = "did:plc:abc234";

    fn body(json: &Value) -> Vec<u8> {
        json.to_string().into_bytes()
    }

    fn server(name: &str) -> Server {
        Server::at(name).unwrap()
    }

    fn pairs(form: &str) -> Vec<(String, String)> {
        form_urlencoded::parse(form.as_bytes())
            .into_owned()
            .collect()
    }

    #[test]
    fn what_people_type_is_understood() {
        let host = |name: &str| Some(Named::Host(server(name)));
        for (typed, meant) in [
            ("", Some(Named::Anybody)),
            ("  ", Some(Named::Anybody)),
            ("@Lemon.bsky.social ", host("lemon.bsky.social")),
            ("lemon.example", host("lemon.example")),
            ("at://lemon.example", host("lemon.example")),
            (
                "https://bsky.app/profile/lemon.example",
                host("lemon.example"),
            ),
            (
                "https://bsky.app/profile/lemon.example/post/3k",
                host("lemon.example"),
            ),
            (
                "https://bsky.app/profile/did:plc:abc234?x",
                Some(Named::Did(DID.into())),
            ),
            (DID, Some(Named::Did(DID.into()))),
            ("https://pds.example/", host("pds.example")),
            ("lemon", None),
            ("did:key:abc", None),
            ("did:plc:", None),
            ("a b.example", None),
        ] {
            assert_eq!(named(typed), meant, "{typed:?}");
        }
    }

    #[test]
    fn documents_are_where_the_identity_says() {
        let places = Places::default();
        let at = |did| document(&places, did);
        assert_eq!(
            at(DID).as_deref(),
            Some("https://plc.directory/did:plc:abc234")
        );
        assert_eq!(
            at("did:web:lemon.example").as_deref(),
            Some("https://lemon.example/.well-known/did.json")
        );
        assert_eq!(
            at("did:web:127.0.0.1%3A8794").as_deref(),
            Some("http://127.0.0.1:8794/.well-known/did.json")
        );
        for odd in [
            "did:web:lemon.example:path",
            "did:web:a/b",
            "did:key:x",
            "did:plc:../x",
        ] {
            assert_eq!(at(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_home_of_an_identity_is_in_its_own_document() {
        let with = |id: &str, service: Value| {
            let names = json!(["at://Lemon.example", "https://lemon.test", 7]);
            body(&json!({ "id": id, "alsoKnownAs": names, "service": [service] }))
        };
        let pds = |id: &str, at: &str| json!({ "id": id, "type": "AtprotoPersonalDataServer", "serviceEndpoint": at });
        for id in ["#atproto_pds", "did:plc:abc234#atproto_pds"] {
            let who = identity(&with(DID, pds(id, "https://pds.example")), DID).unwrap();
            assert_eq!(who.home, server("pds.example"));
            assert!(who.is_called("lemon.example"));
            assert!(!who.is_called("lemon.test"));
        }
        for odd in [
            with("did:plc:other", pds("#atproto_pds", "https://pds.example")),
            with(DID, pds("#atproto_labeler", "https://pds.example")),
            with(DID, pds("did:plc:other#atproto_pds", "https://pds.example")),
            with(DID, pds("#atproto_pds", "https://pds.example/path")),
            with(DID, pds("#atproto_pds", "http://pds.example")),
            with(DID, pds("#atproto_pds", "pds.example")),
            with(DID, json!(7)),
            body(&json!([])),
        ] {
            assert_eq!(identity(&odd, DID), Err(Unreadable));
        }
    }

    #[test]
    fn who_signs_people_in_is_one_and_says_so_itself() {
        let pds = server("pds.example");
        let said = |resource: &str, issuers: Value| {
            body(&json!({ "resource": resource, "authorization_servers": issuers }))
        };
        let one = said("https://pds.example", json!(["https://bsky.social"]));
        assert_eq!(issuer(&one, &pds), Ok(server("bsky.social")));
        for odd in [
            said("https://other.example", json!(["https://bsky.social"])),
            said("https://pds.example", json!([])),
            said(
                "https://pds.example",
                json!(["https://a.example", "https://b.example"]),
            ),
            said("https://pds.example", json!(["a.example"])),
        ] {
            assert_eq!(issuer(&odd, &pds), Err(Unreadable));
        }

        let all = json!({
            "issuer": "https://bsky.social",
            "pushed_authorization_request_endpoint": "https://bsky.social/oauth/par",
            "authorization_endpoint": "https://bsky.social/oauth/authorize",
            "token_endpoint": "https://bsky.social/oauth/token",
            "revocation_endpoint": "https://bsky.social/oauth/revoke",
            "client_id_metadata_document_supported": true,
        });
        let there = endpoints(&body(&all), &server("bsky.social")).unwrap();
        assert_eq!(there.push, "https://bsky.social/oauth/par");
        assert_eq!(
            there.revoke.as_deref(),
            Some("https://bsky.social/oauth/revoke")
        );
        for (name, odd) in [
            ("issuer", json!("https://other.example")),
            ("issuer", json!("https://bsky.social/")),
            ("client_id_metadata_document_supported", json!(false)),
            ("token_endpoint", json!("http://bsky.social/token")),
            ("token_endpoint", json!("javascript:alert(1)")),
            ("authorization_endpoint", json!("https://bsky.social")),
            ("authorization_endpoint", json!(null)),
            (
                "pushed_authorization_request_endpoint",
                json!("https://a@bsky.social/par"),
            ),
        ] {
            let mut other = all.clone();
            other[name] = odd;
            let read = endpoints(&body(&other), &server("bsky.social"));
            assert_eq!(read, Err(Unreadable), "{name}");
        }
    }

    #[test]
    fn an_attempt_says_what_it_must_and_nothing_else() {
        let id = client_id("https://lemon.example", "https://lemon.example/back");
        assert_eq!(id, "https://lemon.example/oauth-client-metadata.json");
        let local = client_id("http://127.0.0.1:8787", "http://127.0.0.1:8787/back");
        assert_eq!(
            local,
            "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A8787%2Fback&scope=atproto"
        );

        // The example of RFC 7636, appendix B.
        let attempt = Attempt {
            client_id: &id,
            callback: "https://lemon.example/back",
            state: "s1",
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        };
        let pushed = pairs(&attempt.pushed(Some("lemon.example")));
        let value = |name: &str| {
            let mut pairs = pushed.iter();
            let pair = pairs.find(|(key, _)| key == name);
            pair.map(|(_, value)| value.as_str())
        };
        assert_eq!(
            value("code_challenge"),
            Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        );
        assert_eq!(value("scope"), Some("atproto"));
        assert_eq!(value("response_mode"), Some("fragment"));
        assert_eq!(value("login_hint"), Some("lemon.example"));
        assert_eq!(pushed.len(), 9);
        assert_eq!(pairs(&attempt.pushed(None)).len(), 8);

        let endpoints = Endpoints {
            push: String::new(),
            authorize: "https://bsky.social/oauth/authorize".into(),
            token: String::new(),
            revoke: None,
        };
        let request = body(&json!({ "request_uri": "urn:x:1", "expires_in": 300 }));
        assert_eq!(
            address(&request, &endpoints, &id).unwrap(),
            "https://bsky.social/oauth/authorize?client_id=https%3A%2F%2Flemon.example\
             %2Foauth-client-metadata.json&request_uri=urn%3Ax%3A1"
        );
        assert!(address(b"{}", &endpoints, &id).is_err());
    }

    #[test]
    fn who_comes_back_is_who_left_and_from_there() {
        let issuer = server("bsky.social");
        let back = |answer: &str| code(answer, "s1", &issuer);
        let iss = "iss=https%3A%2F%2Fbsky.social";
        assert_eq!(
            back(&format!("{iss}&state=s1&code=c%201")),
            Ok("c 1".into())
        );
        for (answer, why) in [
            (format!("{iss}&state=s2&code=c"), Refusal::Elsewhere),
            (format!("{iss}&code=c"), Refusal::Elsewhere),
            ("state=s1&code=c".into(), Refusal::Elsewhere),
            (
                "iss=https%3A%2F%2Fother.example&state=s1&code=c".into(),
                Refusal::Elsewhere,
            ),
            (
                "iss=https%3A%2F%2Fother.example&state=s1&error=x".into(),
                Refusal::Elsewhere,
            ),
            (
                format!("{iss}&state=s1&error=access_denied&code=c"),
                Refusal::Declined,
            ),
            (
                format!("{iss}&state=s1&error=server_error"),
                Refusal::NotProven,
            ),
            (format!("{iss}&state=s1"), Refusal::Elsewhere),
            (String::new(), Refusal::Elsewhere),
        ] {
            assert_eq!(back(&answer), Err(why), "{answer}");
        }
    }

    #[test]
    fn what_is_granted_is_read() {
        let token = |scope: &str, sub: &str| {
            body(&json!({
                "access_token": "t", "token_type": "DPoP", "expires_in": 3600,
                "scope": scope, "sub": sub,
            }))
        };
        let enough = granted(&token("transition:generic atproto", DID)).unwrap();
        assert_eq!((enough.did.as_str(), enough.is_enough), (DID, true));
        assert!(!granted(&token("atprotox", DID)).unwrap().is_enough);
        assert!(granted(&token("atproto", "lemon.example")).is_err());

        let profile = |did: &str| {
            body(&json!({
                "did": did, "handle": "lemon.example", "displayName": "레몬", "postsCount": 12,
            }))
        };
        let account = account(&profile(DID), DID).unwrap();
        assert_eq!(account.feed, Feed::new(Source::Bluesky, DID));
        assert_eq!(
            (account.handle.as_str(), account.posts),
            ("lemon.example", Some(12))
        );
        assert!(super::account(&profile("did:plc:other"), DID).is_err());
        for handle in [json!(NO_HANDLE), json!(null)] {
            let lost = body(&json!({ "did": DID, "handle": handle }));
            assert_eq!(super::account(&lost, DID).unwrap().handle, DID);
        }
    }

    #[test]
    fn a_refusal_says_why() {
        let error =
            |error: &str, message: &str| body(&json!({ "error": error, "message": message }));
        let wait = |until| Refusal::Wait { until };
        for (status, body, reset, why) in [
            (
                429,
                Vec::new(),
                Some("1700000000"),
                wait(Some(1_700_000_000)),
            ),
            (429, Vec::new(), None, wait(None)),
            (429, Vec::new(), Some("soon"), wait(None)),
            (400, error("AccountTakedown", ""), None, Refusal::NoAccount),
            (
                400,
                error("InvalidRequest", "Profile not found"),
                None,
                Refusal::NoAccount,
            ),
            (
                400,
                error("InvalidRequest", "Could not find repo: x"),
                None,
                Refusal::NoAccount,
            ),
            (
                400,
                error("InvalidRequest", "bad cursor"),
                None,
                Refusal::Failing,
            ),
            (503, b"<html>".to_vec(), None, Refusal::Failing),
            (200, b"<html>".to_vec(), None, Refusal::Failing),
        ] {
            assert_eq!(refusal(status, &body, reset), why);
            assert_eq!(refused(status, &body, reset), why);
        }
        for (name, why) in [
            ("invalid_dpop_proof", Refusal::Clock),
            ("invalid_grant", Refusal::NotProven),
            ("invalid_client_metadata", Refusal::NotAccepted),
            ("invalid_request", Refusal::Failing),
        ] {
            assert_eq!(refused(400, &error(name, ""), None), why, "{name}");
        }
        assert!(wants_nonce(400, &error("use_dpop_nonce", "")));
        assert!(wants_nonce(401, &error("use_dpop_nonce", "")));
        assert!(!wants_nonce(200, &error("use_dpop_nonce", "")));
        assert!(!wants_nonce(400, &error("invalid_grant", "")));
    }

    #[test]
    fn a_proof_says_what_it_proves() {
        let proof = Proof {
            x: "xx",
            y: "yy",
            id: "1",
            method: "POST",
            address: "https://bsky.social/oauth/par",
            now: 1_700_000_000,
            nonce: None,
        };
        let parts = |proof: &Proof| {
            let unsigned = proof.unsigned();
            let (header, claims) = unsigned.split_once('.').unwrap();
            [header, claims].map(|part| {
                let bytes = BASE64.decode(part).unwrap();
                serde_json::from_slice::<Value>(&bytes).unwrap()
            })
        };
        let [header, claims] = parts(&proof);
        assert_eq!(
            header,
            json!({
                "alg": "ES256", "typ": "dpop+jwt",
                "jwk": { "kty": "EC", "crv": "P-256", "x": "xx", "y": "yy" },
            })
        );
        assert_eq!(
            claims,
            json!({
                "jti": "1", "htm": "POST", "htu": "https://bsky.social/oauth/par",
                "iat": 1_700_000_000,
            })
        );
        let [_, claims] = parts(&Proof {
            nonce: Some("n"),
            ..proof
        });
        assert_eq!(claims["nonce"], "n");
        assert_eq!(signed("a.b", &[255, 255]), "a.b.__8");
    }

    proptest! {
        #[test]
        fn whatever_a_server_says_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let here = server("pds.example");
            let _ = did(&body);
            let _ = identity(&body, DID);
            let _ = issuer(&body, &here);
            let _ = endpoints(&body, &here);
            let _ = granted(&body);
            let _ = account(&body, DID);
            let _ = refused(400, &body, None);
        }

        #[test]
        fn whatever_is_typed_names_something_or_nothing(typed in ".{0,80}") {
            if let Some(Named::Did(did)) = named(&typed) {
                prop_assert!(did.starts_with("did:"));
                prop_assert!(did.bytes().all(|c| c.is_ascii_graphic()));
            }
        }
    }
}
