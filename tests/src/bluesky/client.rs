//! Apps that sign people in: what they say of themselves, in a document at the
//! address that is their id, or in the id itself for one under development.

use std::{collections::HashMap, time::Duration};

use axum::http::header;
use reqwest::Url;
use serde::Deserialize;

use super::refusal::Refusal;
use crate::standin::query::Query;

/// The only host whose clients say all in their id.
const DEVELOPMENT: &str = "http://localhost";
/// Where such a client is sent back to if it says nothing else.
const DEVELOPMENT_REDIRECTS: [&str; 2] = ["http://127.0.0.1/", "http://[::1]/"];
/// Hosts that are nowhere but on one's own machine or in examples.
const LOCAL: [&str; 5] = ["test", "local", "localhost", "invalid", "example"];
pub const SCOPE: &str = "atproto";

const MAX_DOCUMENT_BYTES: usize = 512 * 1024;
const DOCUMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the hosts of documents are to be found here: origins with `https` to
/// origins on this machine.
pub type Hosts = HashMap<String, String>;

/// An app whose document is in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    pub id: String,
    pub redirects: Vec<String>,
    pub scopes: Vec<String>,
    pub grants: Vec<String>,
    /// Whom the page names.
    pub title: String,
}

#[derive(Deserialize)]
struct Document {
    client_id: Option<String>,
    client_name: Option<String>,
    client_uri: Option<String>,
    redirect_uris: Vec<String>,
    #[serde(default = "code")]
    response_types: Vec<String>,
    #[serde(default = "authorization_code")]
    grant_types: Vec<String>,
    scope: Option<String>,
    #[serde(default = "secret_basic")]
    token_endpoint_auth_method: String,
    #[serde(default = "web")]
    application_type: String,
    dpop_bound_access_tokens: Option<bool>,
}

fn code() -> Vec<String> {
    vec!["code".to_owned()]
}

fn authorization_code() -> Vec<String> {
    vec!["authorization_code".to_owned()]
}

fn secret_basic() -> String {
    "client_secret_basic".to_owned()
}

fn web() -> String {
    "web".to_owned()
}

/// What fetches documents: as the real server's, it follows nobody elsewhere.
///
/// # Errors
/// If there is no HTTP client to be had.
pub fn outside() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(DOCUMENT_TIMEOUT)
        .build()
}

impl Client {
    /// # Errors
    /// `invalid_client_metadata`, `invalid_redirect_uri`
    pub async fn load(id: &str, hosts: &Hosts, outside: &reqwest::Client) -> Result<Self, Refusal> {
        if let Some(rest) = id.strip_prefix(DEVELOPMENT) {
            let rest = rest.strip_prefix('/').unwrap_or(rest);
            return Self::in_development(id, rest);
        }
        let url = public(id)?;
        let document = fetch(&url, hosts, outside).await.map_err(|reason| {
            Refusal::metadata(format!(
                "Unable to obtain client metadata for \"{id}\": {reason}"
            ))
        })?;
        Self::of(id, &url, document)
    }

    fn in_development(id: &str, rest: &str) -> Result<Self, Refusal> {
        let invalid = |reason: &str| {
            Refusal::metadata(format!("Invalid loopback client id \"{id}\": {reason}"))
        };
        let query = match rest.strip_prefix('?') {
            Some(query) => Query::parse(query),
            None if rest.is_empty() => Query::default(),
            None => return Err(Refusal::metadata(format!("Invalid client ID \"{id}\""))),
        };
        let mut scopes = vec![SCOPE.to_owned()];
        let mut redirects = Vec::new();
        for (name, value) in query.iter() {
            match name {
                "scope" => scopes = value.split(' ').map(str::to_owned).collect(),
                "redirect_uri" if is_loopback(value) => redirects.push(value.to_owned()),
                "redirect_uri" => {
                    return Err(invalid("Invalid \"redirect_uri\" query parameter"));
                }
                _ => return Err(invalid(&format!("Unexpected query parameter \"{name}\""))),
            }
        }
        if !scopes.iter().any(|scope| scope == SCOPE) {
            return Err(invalid(
                "ATProto Loopback ClientID must include \"atproto\" scope",
            ));
        }
        if redirects.is_empty() {
            redirects = DEVELOPMENT_REDIRECTS.map(str::to_owned).to_vec();
        }
        Ok(Self {
            id: id.to_owned(),
            redirects,
            scopes,
            grants: ["authorization_code", "refresh_token"]
                .map(str::to_owned)
                .to_vec(),
            title: DEVELOPMENT.to_owned(),
        })
    }

    fn of(id: &str, url: &Url, document: Document) -> Result<Self, Refusal> {
        let refuse = |reason: &str| Err(Refusal::metadata(reason));
        if let Some(uri) = &document.client_uri {
            let parent = Url::parse(uri).ok().filter(|parent| !is_local(parent));
            match parent {
                None => return refuse("client_uri hostname is invalid"),
                Some(parent) if parent.origin() != url.origin() => {
                    return refuse("client_uri must have the same origin as the client_id");
                }
                Some(_) => {}
            }
        }
        let Some(scope) = &document.scope else {
            return refuse("Missing scope property");
        };
        let scopes: Vec<String> = scope.split(' ').map(str::to_owned).collect();
        if !scopes.iter().any(|scope| scope == SCOPE) {
            return refuse("Missing \"atproto\" scope");
        }
        let known = ["authorization_code", "refresh_token"];
        if let Some(other) = document
            .grant_types
            .iter()
            .find(|name| !known.contains(&name.as_str()))
        {
            return refuse(&format!("Grant type \"{other}\" is not supported"));
        }
        if document.client_id.as_deref() != Some(id) {
            return refuse(match document.client_id {
                None => "client_id is required for discoverable clients",
                Some(_) => "client_id does not match",
            });
        }
        if document.token_endpoint_auth_method != "none" {
            return refuse(&format!(
                "Unsupported client authentication method \"{}\"",
                document.token_endpoint_auth_method
            ));
        }
        if document.dpop_bound_access_tokens != Some(true) {
            return refuse("\"dpop_bound_access_tokens\" must be true");
        }
        if !document.response_types.iter().any(|name| name == "code") {
            return refuse("response_types must include \"code\"");
        }
        if !document
            .grant_types
            .iter()
            .any(|name| name == "authorization_code")
        {
            return refuse(
                "The \"code\" response type requires that \"grant_types\" contains \"authorization_code\"",
            );
        }
        if document.redirect_uris.is_empty() {
            return refuse("At least one redirect_uri is required");
        }
        for uri in &document.redirect_uris {
            check_redirect(uri, &document.application_type)?;
        }
        // The page names a client whose document is where it belongs by its host.
        let title = match (url.path(), url.host_str(), document.client_name) {
            ("/oauth-client-metadata.json", Some(host), _) => host.to_owned(),
            (_, _, Some(name)) => format!("{name} ({id})"),
            _ => id.to_owned(),
        };
        Ok(Self {
            id: id.to_owned(),
            redirects: document.redirect_uris,
            scopes,
            grants: document.grant_types,
            title,
        })
    }

    /// Whether the browser may be sent back there: exactly, but for the port of
    /// a loopback address that names none.
    pub fn allows(&self, redirect: &str) -> bool {
        self.redirects
            .iter()
            .any(|allowed| allowed == redirect || differs_in_port(allowed, redirect))
    }
}

fn differs_in_port(allowed: &str, redirect: &str) -> bool {
    let (Ok(allowed), Ok(mut redirect)) = (Url::parse(allowed), Url::parse(redirect)) else {
        return false;
    };
    is_loopback(allowed.as_str())
        && allowed.port().is_none()
        && redirect.set_port(None).is_ok()
        && redirect == allowed
}

/// The address in the id of a client that is not under development.
fn public(id: &str) -> Result<Url, Refusal> {
    let invalid = || Refusal::metadata(format!("Invalid client ID \"{id}\""));
    let url = Url::parse(id).map_err(|_| invalid())?;
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let has_path = url.path() != "/" && !url.path().ends_with('/');
    let is_domain = url.domain().is_some_and(|domain| domain.contains('.'));
    if url.scheme() != "https" || !is_plain || !has_path || !is_domain || url.as_str() != id {
        return Err(invalid());
    }
    if is_local(&url) {
        return Err(Refusal::new(
            "invalid_client_id",
            "The client_id's TLD must not be a local hostname",
        ));
    }
    Ok(url)
}

async fn fetch(url: &Url, hosts: &Hosts, outside: &reqwest::Client) -> Result<Document, String> {
    let origin = url.origin().ascii_serialization();
    let here = hosts.get(&origin).ok_or("failed to perform request")?;
    let rest = &url.as_str()[origin.len()..];
    let response = outside
        .get(format!("{here}{rest}"))
        .header(header::ACCEPT, "application/json")
        .send()
        .await
        .map_err(|_| "failed to perform request")?;
    if !response.status().is_success() {
        return Err(format!("unexpected status {}", response.status().as_u16()));
    }
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        return Err(format!("unexpected content type {kind}"));
    }
    let body = response.bytes().await.map_err(|_| "failed to read")?;
    if body.len() > MAX_DOCUMENT_BYTES {
        return Err("response too large".to_owned());
    }
    serde_json::from_slice(&body).map_err(|error| format!("Validation failed with error: {error}"))
}

fn check_redirect(uri: &str, application: &str) -> Result<(), Refusal> {
    let refuse = |reason: &str| Err(Refusal::redirect_uri(reason));
    let Ok(url) = Url::parse(uri) else {
        return refuse("Invalid redirect URI");
    };
    match (url.scheme(), url.host_str()) {
        (_, Some("localhost")) => refuse(&format!(
            "Loopback redirect URI {url} is not allowed (use explicit IPs instead)"
        )),
        ("http", Some("127.0.0.1" | "[::1]")) if application == "native" => Ok(()),
        (_, Some("127.0.0.1" | "[::1]")) => {
            refuse("Loopback redirect URIs are only allowed for native apps")
        }
        ("http", _) => refuse("Only loopback redirect URIs are allowed to use the \"http\" scheme"),
        ("https", _) if is_local(&url) => refuse(&format!(
            "Redirect URI \"{url}\"'s domain name must not be a local hostname"
        )),
        ("https", _) => Ok(()),
        (scheme, _) => refuse(&format!("Invalid redirect URI scheme \"{scheme}:\"")),
    }
}

fn is_loopback(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| {
        url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "[::1]"))
    })
}

fn is_local(url: &Url) -> bool {
    let mut labels = url.host_str().unwrap_or_default().rsplit('.');
    let top = labels.next().unwrap_or_default();
    labels.next().is_none() || LOCAL.contains(&top)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "https://lemon.example.com/oauth-client-metadata.json";

    fn document() -> Value {
        json!({
            "client_id": ID,
            "client_name": "Lemon Toolbox",
            "client_uri": "https://lemon.example.com",
            "redirect_uris": ["https://lemon.example.com/import/bluesky"],
            "scope": "atproto",
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "application_type": "web",
            "dpop_bound_access_tokens": true,
        })
    }

    fn read(document: Value) -> Result<Client, &'static str> {
        let document = serde_json::from_value(document).map_err(|_| "unreadable")?;
        Client::of(ID, &public(ID).unwrap(), document).map_err(|refusal| refusal.error())
    }

    #[test]
    fn a_document_in_order_is_taken() {
        let client = read(document()).unwrap();
        assert_eq!(client.title, "lemon.example.com");
        assert_eq!(client.grants, ["authorization_code"]);
        assert!(client.allows("https://lemon.example.com/import/bluesky"));
        for other in [
            "https://lemon.example.com/import/bluesky?x",
            "https://lemon.example.com/",
            "",
        ] {
            assert!(!client.allows(other), "{other}");
        }
    }

    #[test]
    fn each_rule_of_documents_refuses() {
        for (field, value, error) in [
            (
                "client_id",
                json!("https://other.example.com/a.json"),
                "invalid_client_metadata",
            ),
            ("client_id", Value::Null, "invalid_client_metadata"),
            (
                "client_uri",
                json!("https://other.example.com"),
                "invalid_client_metadata",
            ),
            (
                "client_uri",
                json!("https://localhost"),
                "invalid_client_metadata",
            ),
            ("scope", Value::Null, "invalid_client_metadata"),
            (
                "scope",
                json!("transition:generic"),
                "invalid_client_metadata",
            ),
            (
                "grant_types",
                json!(["implicit"]),
                "invalid_client_metadata",
            ),
            (
                "grant_types",
                json!(["refresh_token"]),
                "invalid_client_metadata",
            ),
            (
                "response_types",
                json!(["token"]),
                "invalid_client_metadata",
            ),
            (
                "token_endpoint_auth_method",
                json!("client_secret_basic"),
                "invalid_client_metadata",
            ),
            (
                "dpop_bound_access_tokens",
                json!(false),
                "invalid_client_metadata",
            ),
            ("redirect_uris", json!([]), "invalid_client_metadata"),
            (
                "redirect_uris",
                json!(["http://lemon.example.com/"]),
                "invalid_redirect_uri",
            ),
            (
                "redirect_uris",
                json!(["http://127.0.0.1/"]),
                "invalid_redirect_uri",
            ),
            (
                "redirect_uris",
                json!(["https://localhost/"]),
                "invalid_redirect_uri",
            ),
            (
                "redirect_uris",
                json!(["https://lemon.test/"]),
                "invalid_redirect_uri",
            ),
            ("redirect_uris", json!(["nothing"]), "invalid_redirect_uri"),
        ] {
            let mut changed = document();
            changed[field] = value;
            assert_eq!(read(changed.clone()), Err(error), "{changed}");
        }
    }

    #[test]
    fn ids_are_public_addresses() {
        for id in [
            "http://lemon.example.com/a.json",
            "https://lemon.example.com",
            "https://lemon.example.com/",
            "https://lemon.example.com/a/",
            "https://127.0.0.1/a.json",
            "https://me@lemon.example.com/a.json",
            "https://lemon.example.com/a.json#b",
            "https://lemon.example.com/b/../a.json",
            "https://lemon.test/a.json",
            "https://lemon/a.json",
            "lemon",
        ] {
            assert!(public(id).is_err(), "{id}");
        }
    }

    #[test]
    fn a_client_under_development_says_all_in_its_id() {
        let load = |id: &str| Client::in_development(id, id.strip_prefix(DEVELOPMENT).unwrap());
        let client = load(
            "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A8787%2Fback&scope=atproto",
        )
        .unwrap();
        assert!(client.allows("http://127.0.0.1:8787/back"));
        assert!(!client.allows("http://127.0.0.1:8788/back"));
        let any = load("http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%2Fback").unwrap();
        assert!(any.allows("http://127.0.0.1:40000/back"));
        assert!(!any.allows("http://127.0.0.1:40000/back2"));
        assert!(!any.allows("http://[::1]:40000/back"));
        assert!(
            load("http://localhost")
                .unwrap()
                .allows("http://127.0.0.1:9/")
        );
        for id in [
            "http://localhost:8787",
            "http://localhost/path",
            "http://localhost?redirect_uri=http%3A%2F%2Flocalhost%2F",
            "http://localhost?scope=transition:generic",
            "http://localhost?other=1",
        ] {
            assert!(load(id).is_err(), "{id}");
        }
    }
}
