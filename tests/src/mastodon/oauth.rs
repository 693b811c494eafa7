//! Apps, the page on which a person allows one something, and tokens.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{Like, Shared, json_answer, problem::Problem};
use crate::{
    instance::page,
    standin::{
        clock::timestamp,
        grant::{challenge, secret},
        query::Query,
    },
};

/// Seconds that a code may be exchanged in.
pub const CODE_SECONDS: i64 = 600;

/// Scopes that stand for those behind a colon, too.
const SCOPES: [&str; 5] = ["read", "write", "follow", "push", "profile"];

const INVALID_CLIENT: &str = "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.";
const INVALID_GRANT: &str = "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.";
const INVALID_SCOPE: &str = "The requested scope is invalid, unknown, or malformed.";
const DENIED: &str = "The resource owner or authorization server denied the request.";

/// What a token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub user: u64,
    pub scopes: Vec<String>,
    client: String,
}

#[derive(Clone, Debug)]
struct App {
    name: String,
    secret: String,
    redirects: Vec<String>,
    scopes: Vec<String>,
}

#[derive(Debug)]
struct Code {
    access: Access,
    redirect: String,
    challenge: Option<String>,
    dies: i64,
}

#[derive(Debug, Default)]
pub(crate) struct Grants {
    apps: HashMap<String, App>,
    codes: HashMap<String, Code>,
    tokens: HashMap<String, Access>,
}

impl Access {
    /// Whether the token has one of these scopes, or one that holds it.
    #[must_use]
    pub fn allows(&self, any: &[&str]) -> bool {
        any.iter().any(|needed| includes(&self.scopes, needed))
    }
}

impl Grants {
    #[must_use]
    pub fn access(&self, token: &str) -> Option<&Access> {
        self.tokens.get(token)
    }

    /// A token of no app.
    pub fn grant(&mut self, user: u64, scopes: &[&str]) -> String {
        let token = secret();
        let access = Access {
            user,
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            client: String::new(),
        };
        self.tokens.insert(token.clone(), access);
        token
    }

    pub fn forget_apps(&mut self) {
        self.apps.clear();
    }
}

/// `POST /api/v1/apps`
pub(crate) async fn register(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = fields(&headers, &body);
    let invalid = |says: &str| {
        let says = format!("Validation failed: {says}");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, &says).answer()
    };
    let name = fields.get("client_name").unwrap_or_default();
    let redirects = words(fields.get("redirect_uris").unwrap_or_default());
    let scopes = words(
        fields
            .get("scopes")
            .filter(|scopes| !scopes.is_empty())
            .unwrap_or("read"),
    );
    if name.is_empty() {
        return invalid("Application name can't be blank");
    }
    if redirects.is_empty() {
        return invalid("Redirect URI can't be blank");
    }
    if !redirects.iter().all(|redirect| redirect.contains(':')) {
        return invalid("Redirect URI must be an absolute URI.");
    }
    if !scopes.iter().all(|scope| is_known(shared.like, scope)) {
        return invalid("Scopes doesn't match configured on the server.");
    }
    let (client, secret) = (secret(), secret());
    let mut answer = json!({
        "id": shared.grants().apps.len().to_string(),
        "name": name,
        "website": fields.get("website"),
        "redirect_uri": redirects.join("\n"),
        "client_id": client,
        "client_secret": secret,
        "vapid_key": "",
    });
    if shared.like != Like::Mastodon42 {
        answer["scopes"] = json!(scopes);
        answer["redirect_uris"] = json!(redirects);
        answer["client_secret_expires_at"] = json!(0);
    }
    let app = App {
        name: name.to_owned(),
        secret,
        redirects,
        scopes,
    };
    shared.grants().apps.insert(client, app);
    json_answer(StatusCode::OK, HeaderMap::new(), &answer)
}

/// `GET /oauth/authorize`: the page, or, with `as=<handle>` and `allow=1` or `decline=1` from
/// that page, the way back.
pub(crate) async fn authorize(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
) -> Response {
    const PATH: &str = "/oauth/authorize";
    let query = Query::parse(query.as_deref().unwrap_or_default());
    let (whom, directory) = (shared.like.title(), &shared.instance.directory);
    let refuse = |status, says| {
        (
            status,
            Html(page::notice(whom, "An error has occurred", says)),
        )
            .into_response()
    };
    let client = query.get("client_id").unwrap_or_default();
    let Some(app) = shared.grants().apps.get(client).cloned() else {
        return refuse(StatusCode::UNAUTHORIZED, INVALID_CLIENT);
    };
    let redirect = query.get("redirect_uri").unwrap_or_default();
    if !app.redirects.iter().any(|known| known == redirect) {
        let says = "The requested redirect uri is malformed or doesn't match client redirect URI.";
        return refuse(StatusCode::BAD_REQUEST, says);
    }
    let state = query.get("state");
    let back = |parameters: &[(&str, &str)]| {
        let state = state.map(|state| ("state", state));
        let all: Vec<_> = parameters.iter().copied().chain(state).collect();
        page::redirect(&page::with_parameters(redirect, &all))
    };
    let refuse = |error, description| back(&[("error", error), ("error_description", description)]);
    match query.get("response_type") {
        Some("code") => {}
        None => {
            return refuse(
                "invalid_request",
                "Missing required parameter: response_type.",
            );
        }
        Some(_) => {
            let says = "The authorization server does not support this response type.";
            return refuse("unsupported_response_type", says);
        }
    }
    let scopes = words(
        query
            .get("scope")
            .filter(|scope| !scope.is_empty())
            .unwrap_or("read"),
    );
    if !scopes.iter().all(|scope| includes(&app.scopes, scope)) {
        return refuse("invalid_scope", INVALID_SCOPE);
    }
    let heeds_challenge = shared.like != Like::Mastodon42;
    let challenge = query.get("code_challenge").filter(|_| heeds_challenge);
    if challenge.is_some() && query.get("code_challenge_method") != Some("S256") {
        let says = "The code challenge method must be S256.";
        return refuse("invalid_code_challenge_method", says);
    }
    let Some(handle) = query.get("as") else {
        return Html(page::accounts(whom, directory, PATH, &query, None)).into_response();
    };
    let Some(account) = directory.account(handle) else {
        let page = page::accounts(whom, directory, PATH, &query, Some(handle));
        return (StatusCode::NOT_FOUND, Html(page)).into_response();
    };
    if query.get("decline").is_some() {
        let denied = [("error", "access_denied"), ("error_description", DENIED)];
        // Hollo forgets the state of those who decline.
        return if shared.like == Like::Hollo {
            page::redirect(&page::with_parameters(redirect, &denied))
        } else {
            back(&denied)
        };
    }
    if query.get("allow").is_none() {
        let asks = format!("{} asks for: {}.", app.name, scopes.join(" "));
        let page = page::consent(whom, account.user(), &asks, PATH, &query);
        return Html(page).into_response();
    }
    let code = secret();
    let granted = Code {
        access: Access {
            user: account.user().id,
            scopes,
            client: client.to_owned(),
        },
        redirect: redirect.to_owned(),
        challenge: challenge.map(str::to_owned),
        dies: shared.instance.clock.now() + CODE_SECONDS,
    };
    shared.grants().codes.insert(code.clone(), granted);
    back(&[("code", &code)])
}

/// `POST /oauth/token`
pub(crate) async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match exchange(&shared, &fields(&headers, &body)) {
        Ok(token) => {
            let mut headers = HeaderMap::new();
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            json_answer(StatusCode::OK, headers, &token)
        }
        Err(problem) => problem.answer(),
    }
}

/// `POST /oauth/revoke`
pub(crate) async fn revoke(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = fields(&headers, &body);
    let token = fields.get("token").unwrap_or_default();
    let Ok(client) = client(&shared, &fields) else {
        let says = "You are not authorized to revoke this token";
        return Problem::oauth(StatusCode::FORBIDDEN, "unauthorized_client", says).answer();
    };
    let mut grants = shared.grants();
    let is_of_app = grants
        .access(token)
        .is_none_or(|access| access.client == client);
    if !is_of_app {
        let says = "You are not authorized to revoke this token";
        return Problem::oauth(StatusCode::FORBIDDEN, "unauthorized_client", says).answer();
    }
    grants.tokens.remove(token);
    json_answer(StatusCode::OK, HeaderMap::new(), &json!({}))
}

fn exchange(shared: &Shared, fields: &Query) -> Result<Value, Problem> {
    let bad = |error, says: &str| Problem::oauth(StatusCode::BAD_REQUEST, error, says);
    let invalid_grant = || bad("invalid_grant", INVALID_GRANT);
    match fields.get("grant_type") {
        Some("authorization_code") => {}
        None => {
            return Err(bad(
                "invalid_request",
                "Missing required parameter: grant_type.",
            ));
        }
        Some(_) => {
            let says = "The authorization grant type is not supported by the authorization server.";
            return Err(bad("unsupported_grant_type", says));
        }
    }
    let client = client(shared, fields)?;
    let now = shared.instance.clock.now();
    let mut grants = shared.grants();
    let code = fields.get("code").unwrap_or_default();
    let granted = grants.codes.remove(code).ok_or_else(invalid_grant)?;
    let verifier = fields.get("code_verifier");
    let is_verified = granted
        .challenge
        .as_ref()
        .is_none_or(|expected| verifier.is_some_and(|verifier| challenge(verifier) == *expected));
    let is_right = granted.access.client == client
        && fields.get("redirect_uri") == Some(granted.redirect.as_str())
        && now < granted.dies;
    if !is_right || !is_verified {
        return Err(invalid_grant());
    }
    let token = secret();
    let scope = granted.access.scopes.join(" ");
    grants.tokens.insert(token.clone(), granted.access);
    let created = if shared.like == Like::Hollo {
        json!(timestamp(now))
    } else {
        json!(now)
    };
    Ok(json!({
        "access_token": token,
        "token_type": "Bearer",
        "scope": scope,
        "created_at": created,
    }))
}

/// The app that a form is of.
fn client(shared: &Shared, fields: &Query) -> Result<String, Problem> {
    let client = fields.get("client_id").unwrap_or_default();
    let grants = shared.grants();
    let app = grants.apps.get(client);
    app.filter(|app| fields.get("client_secret") == Some(app.secret.as_str()))
        .map(|_| client.to_owned())
        .ok_or_else(|| Problem::oauth(StatusCode::UNAUTHORIZED, "invalid_client", INVALID_CLIENT))
}

/// The fields of a form or of JSON.
fn fields(headers: &HeaderMap, body: &[u8]) -> Query {
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"));
    if !is_json {
        return Query::parse(&String::from_utf8_lossy(body));
    }
    let object = crate::instance::object(body);
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in object.as_object().into_iter().flatten() {
        let list = value.as_array().map(|list| {
            let items: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            items.join("\n")
        });
        if let Some(text) = list.or_else(|| value.as_str().map(str::to_owned)) {
            form.append_pair(name, &text);
        }
    }
    Query::parse(&form.finish())
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn includes(scopes: &[String], needed: &str) -> bool {
    let whole = needed.split(':').next().unwrap_or_default();
    scopes.iter().any(|scope| scope == needed || scope == whole)
}

fn is_known(like: Like, scope: &str) -> bool {
    let whole = scope.split(':').next().unwrap_or_default();
    SCOPES.contains(&whole) && (scope != "profile" || like != Like::Mastodon42)
}
