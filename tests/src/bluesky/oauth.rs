//! The authorization server: what it says of itself, the request that is pushed,
//! the page, the token and its end.

use axum::{
    Extension, Json, Router,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{
    Here,
    client::Client,
    cors,
    fault::Kind,
    grant::{Asked, Closed, REQUEST_SECONDS, check_form},
    page,
    proof::{self, Proof},
    refusal::{ALGORITHMS, Refusal},
    secret::secret,
};
use crate::standin::query::Query;

const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The cookies by which the server knows a browser again.
const DEVICE: &str = "dev-id";
const SESSION: &str = "ses-id";
const COOKIE_SECONDS: i64 = 315_532_800;

/// What the page is sent with (oauth-provider, `buildSecurityHeaders`).
const PAGE_HEADERS: [(HeaderName, &str); 11] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    ),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        "require-corp",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "otp-credentials=*, document-domain=()",
    ),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_XSS_PROTECTION, "0"),
    (header::CACHE_CONTROL, "no-store"),
    (header::PRAGMA, "no-cache"),
];

pub fn routes() -> Router<Here> {
    Router::new()
        .route(
            "/.well-known/oauth-authorization-server",
            get(metadata).options(cors::preflight),
        )
        .route("/oauth/jwks", get(keys).options(cors::preflight))
        .route("/oauth/par", post(par).options(cors::preflight))
        .route("/oauth/token", post(token).options(cors::preflight))
        .route("/oauth/revoke", post(revoke).options(cors::preflight))
        .route("/oauth/authorize", get(authorize))
        .route("/oauth/authorize/redirect", get(redirect))
}

/// `GET /.well-known/oauth-authorization-server`
async fn metadata(State(here): State<Here>) -> Response {
    let issuer = here.origin();
    let at = |path: &str| format!("{issuer}{path}");
    cached(json!({
        "issuer": issuer,
        "scopes_supported": ["atproto", "transition:email", "transition:generic", "transition:chat.bsky"],
        "subject_types_supported": ["public"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "ui_locales_supported": ["en-US"],
        "display_values_supported": ["page", "popup", "touch"],
        "prompt_values_supported": ["none", "login", "consent", "select_account", "create"],
        "authorization_response_iss_parameter_supported": true,
        "request_object_signing_alg_values_supported": ALGORITHMS.iter().chain(&["none"]).collect::<Vec<_>>(),
        "request_object_encryption_alg_values_supported": [],
        "request_object_encryption_enc_values_supported": [],
        "request_parameter_supported": true,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
        "jwks_uri": at("/oauth/jwks"),
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/token"),
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "revocation_endpoint": at("/oauth/revoke"),
        "pushed_authorization_request_endpoint": at("/oauth/par"),
        "require_pushed_authorization_requests": true,
        "dpop_signing_alg_values_supported": ALGORITHMS,
        "client_id_metadata_document_supported": true,
    }))
}

/// `GET /oauth/jwks`: no key, since tokens here are opaque.
async fn keys() -> Response {
    cached(json!({ "keys": [] }))
}

fn cached(body: Value) -> Response {
    let mut response = ([(header::CACHE_CONTROL, "max-age=300")], Json(body)).into_response();
    cors::oauth(response.headers_mut());
    response
}

/// `POST /oauth/par`
async fn par(
    State(here): State<Here>,
    fault: Option<Extension<Kind>>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let work = async {
        let form = form(&headers, &body)?;
        let id = credentials(&form, "invalid_client")?;
        let proof = here.proof(fault, &uri, &headers)?;
        let client = here.client(id).await?;
        let asked = Asked::read(&form, &client)?;
        let key = proof.as_ref().map(|proof| proof.key.as_str());
        if key.is_some() && form.get("dpop_jkt").is_some_and(|bound| key != Some(bound)) {
            return Err(Refusal::binding());
        }
        let now = here.now();
        let request_uri = here.grants().push(&client, asked, proof, now);
        Ok(json!({ "request_uri": request_uri, "expires_in": REQUEST_SECONDS }))
    };
    let result = work.await;
    here.finish(StatusCode::CREATED, result)
}

/// `POST /oauth/token`
async fn token(
    State(here): State<Here>,
    fault: Option<Extension<Kind>>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let work = async {
        let form = form(&headers, &body)?;
        let id = credentials(&form, "invalid_grant")?;
        let (client, proof) = here.bound(id, fault, &uri, &headers).await?;
        check_form(&form, &client)?;
        let now = here.now();
        here.grants().exchange(&client, &form, &proof, now)
    };
    let result = work.await;
    here.finish(StatusCode::OK, result)
}

/// `POST /oauth/revoke`
async fn revoke(
    State(here): State<Here>,
    fault: Option<Extension<Kind>>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let work = async {
        let form = form(&headers, &body)?;
        let id = credentials(&form, "invalid_request")?;
        let token = form
            .get("token")
            .ok_or_else(|| Refusal::request("Invalid request payload: body.token"))?;
        let proof = here.proof(fault, &uri, &headers)?;
        // Whatever is wrong with the client or the token, nobody is told
        // (RFC 7009, 2.2).
        if let (Ok(client), Some(proof)) = (here.client(id).await, proof) {
            here.grants().revoke(&client, token, &proof);
        }
        Ok(json!({}))
    };
    let result = work.await;
    here.finish(StatusCode::OK, result)
}

/// `GET /oauth/authorize`: the page that asks which account, and with
/// `as=<handle>` from that page the one that asks for consent.
async fn authorize(
    State(here): State<Here>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let opened = match here.open(&headers, &query, None).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let Opened {
        asked,
        client,
        device,
        ..
    } = opened;
    let (status, html) = match query.get("as") {
        None => (
            StatusCode::OK,
            page::accounts(&here.shared, &query, &asked, None),
        ),
        Some(choice) => {
            match page::chosen(&here.shared, choice).filter(|person| here.signs_in(person)) {
                Some(person) => (
                    StatusCode::OK,
                    page::consent(&person, &client.title, &query, &asked),
                ),
                None => (
                    StatusCode::NOT_FOUND,
                    page::accounts(&here.shared, &query, &asked, Some(choice)),
                ),
            }
        }
    };
    let mut response = paged(status, html);
    if let Some(device) = device {
        for (name, value) in [(DEVICE, device), (SESSION, secret("ses-", 16))] {
            let cookie =
                format!("{name}={value}; Max-Age={COOKIE_SECONDS}; Path=/; HttpOnly; SameSite=Lax");
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
        }
    }
    response
}

/// `GET /oauth/authorize/redirect`: the way back, from the page only.
async fn redirect(
    State(here): State<Here>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let uri = query.get("request_uri").unwrap_or_default();
    let asked = match here.open(&headers, &query, Some("/oauth/authorize")).await {
        Ok(opened) => opened.asked,
        Err(response) => return response,
    };
    let person = query
        .get("as")
        .and_then(|choice| page::chosen(&here.shared, choice))
        .filter(|person| here.signs_in(person) && query.get("cancel").is_none());
    let code = person.and_then(|person| here.grants().allow(uri, &person.did, here.now()));
    let back = if let Some(code) = code {
        asked.back(here.origin(), &[("code", &code)])
    } else {
        here.grants().reject(uri);
        asked.back(
            here.origin(),
            &[
                ("error", "access_denied"),
                ("error_description", "The user rejected the request"),
            ],
        )
    };
    sent(&back)
}

/// A request whose page may be shown.
struct Opened {
    asked: Asked,
    client: Client,
    /// The name of a browser that had none yet.
    device: Option<String>,
}

impl Here {
    /// Checks that a person navigates there, and opens the request. From a page
    /// of ours it is, if `from` is given, whose path that is.
    async fn open(
        &self,
        headers: &HeaderMap,
        query: &Query,
        from: Option<&str>,
    ) -> Result<Opened, Response> {
        let refused = |refusal: &Refusal| {
            paged(
                StatusCode::BAD_REQUEST,
                page::refusal(refusal.description()),
            )
        };
        self.check_navigation(headers, from)
            .map_err(|refusal| refused(&refusal))?;
        let [client, uri] =
            ["client_id", "request_uri"].map(|name| query.get(name).unwrap_or_default());
        if client.is_empty() || uri.is_empty() {
            // The real server takes requests that were not pushed, too; a client
            // that pushes, as it must, never sends one.
            return Err(refused(&Refusal::request("Invalid request parameters")));
        }
        let client = self
            .client(client)
            .await
            .map_err(|refusal| refused(&refusal))?;
        let known = cookie(headers, DEVICE).filter(|_| cookie(headers, SESSION).is_some());
        let device = known.map_or_else(|| secret("dev-", 16), str::to_owned);
        let opened = self.grants().open(uri, &client.id, &device, self.now());
        match opened {
            Ok(asked) => Ok(Opened {
                asked,
                client,
                device: known.is_none().then_some(device),
            }),
            Err(Closed::Refused(refusal)) => Err(refused(&refusal)),
            Err(Closed::Back(asked, reason)) => Err(sent(&asked.back(
                self.origin(),
                &[("error", "access_denied"), ("error_description", reason)],
            ))),
        }
    }

    fn check_navigation(&self, headers: &HeaderMap, from: Option<&str>) -> Result<(), Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let sites: &[&str] = match from {
            None => &["same-origin", "same-site", "cross-site", "none"],
            Some(_) => &["same-origin"],
        };
        let expected: [(&str, &[&str]); 3] = [
            ("sec-fetch-site", sites),
            ("sec-fetch-mode", &["navigate"]),
            ("sec-fetch-dest", &["document"]),
        ];
        for (name, values) in expected {
            match text(name) {
                Some(value) if values.contains(&value) => {}
                Some(value) => {
                    return Err(Refusal::request(format!(
                        "Forbidden {name} header \"{value}\" (expected {})",
                        values.join(", ")
                    )));
                }
                None => return Err(Refusal::request(format!("Missing {name} header"))),
            }
        }
        if text("origin").is_some_and(|origin| origin != self.origin()) {
            return Err(Refusal::request("Invalid origin"));
        }
        let Some(path) = from else {
            return Ok(());
        };
        let page = format!("{}{path}", self.origin());
        let referrer = text("referer").unwrap_or_default();
        match referrer.split('?').next() {
            Some(address) if address == page && referrer.contains("request_uri=") => Ok(()),
            _ => Err(Refusal::request(format!("Invalid referrer {referrer}"))),
        }
    }

    /// The client and the proof of a request that must have one.
    async fn bound(
        &self,
        id: &str,
        fault: Option<Extension<Kind>>,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<(Client, Proof), Refusal> {
        let proof = self.proof(fault, uri, headers)?;
        let client = self.client(id).await?;
        let proof = proof.ok_or_else(|| Refusal::proof("DPoP proof required"))?;
        Ok((client, proof))
    }

    async fn client(&self, id: &str) -> Result<Client, Refusal> {
        Client::load(id, &self.shared.hosts, &self.shared.outside).await
    }

    /// Checks a request's proof, if it has one.
    fn proof(
        &self,
        fault: Option<Extension<Kind>>,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Option<Proof>, Refusal> {
        if let Some(Extension(Kind::RenewNonce)) = fault {
            self.nonces().renew();
        }
        let mut sent = headers.get_all("dpop").iter();
        let Some(proof) = sent.next() else {
            return Ok(None);
        };
        if sent.next().is_some() {
            return Err(Refusal::proof("DPoP header must contain a single proof"));
        }
        let now = self.now();
        let asked = proof::Asked {
            // Only such requests have a proof.
            method: Method::POST.as_str(),
            url: &format!("{}{}", self.origin(), uri.path()),
            now,
        };
        let proof = proof.to_str().unwrap_or_default();
        if proof.is_empty() {
            return Err(Refusal::proof("DPoP header cannot be empty"));
        }
        let proof = proof::check(proof, &asked, &self.nonces())?;
        self.grants().use_proof(&proof, now)?;
        Ok(Some(proof))
    }

    /// Puts the headers to an answer of the three endpoints.
    fn finish(&self, status: StatusCode, result: Result<Value, Refusal>) -> Response {
        let mut response = match result {
            Ok(body) => (status, Json(body)).into_response(),
            Err(refusal) => refusal.into_response(),
        };
        let nonce = self.nonces().next(self.now());
        let headers = response.headers_mut();
        cors::oauth(headers);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if let Ok(nonce) = HeaderValue::from_str(&nonce) {
            headers.insert(NONCE, nonce);
        }
        let others = headers
            .get_all(header::ACCESS_CONTROL_EXPOSE_HEADERS)
            .iter()
            .cloned()
            .collect::<Vec<_>>();
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("DPoP-Nonce"),
        );
        for other in others {
            headers.append(header::ACCESS_CONTROL_EXPOSE_HEADERS, other);
        }
        response
    }
}

/// A form, or the same as JSON.
fn form(headers: &HeaderMap, body: &str) -> Result<Query, Refusal> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let mime = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    match mime {
        Some("application/x-www-form-urlencoded") => Ok(Query::parse(body)),
        Some("application/json") => {
            let fields: std::collections::BTreeMap<String, String> =
                serde_json::from_str(body).map_err(|_| Refusal::request("Invalid JSON"))?;
            let encoded = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(fields)
                .finish();
            Ok(Query::parse(&encoded))
        }
        Some(other) => Err(Refusal::media_type(format!(
            "Unsupported content-type: {other}"
        ))),
        None => Err(Refusal::media_type("Invalid content-type: undefined")),
    }
}

fn credentials<'a>(form: &'a Query, error: &'static str) -> Result<&'a str, Refusal> {
    form.get("client_id")
        .filter(|id| !id.is_empty())
        .ok_or_else(|| Refusal::new(error, "Client credentials missing"))
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split("; "))
        .find_map(|cookie| cookie.strip_prefix(name)?.strip_prefix('='))
}

fn paged(status: StatusCode, html: String) -> Response {
    let mut response = (status, Html(html)).into_response();
    for (name, value) in PAGE_HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Sends the browser back to a client (RFC 9700, 4.12).
fn sent(location: &str) -> Response {
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}
