//! The directory of DIDs (did-method-plc, `packages/server`).

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use super::Here;

pub fn routes() -> Router<Here> {
    Router::new()
        .route("/{did}", get(document))
        .fallback(async || (StatusCode::NOT_FOUND, "Not Found"))
}

/// `GET /:did`
async fn document(State(here): State<Here>, Path(did): Path<String>) -> Response {
    let person = here
        .shared
        .person(&did)
        .filter(|_| did.starts_with("did:plc:"));
    if let Some(person) = person {
        let kind = [(
            header::CONTENT_TYPE,
            "application/did+ld+json; charset=utf-8",
        )];
        return (kind, here.shared.document(&person).to_string()).into_response();
    }
    let message = format!("DID not registered: {did}");
    (StatusCode::NOT_FOUND, Json(json!({ "message": message }))).into_response()
}
