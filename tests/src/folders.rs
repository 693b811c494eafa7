//! Folders as a server has them, for pages that are no part of the product.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io};

use axum::Router;
use axum::extract::{Path as Route, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

/// Serves the folders under their names, isolated, as threads ask for it; gives where.
///
/// # Errors
/// If there is no port to be had.
pub async fn serve(folders: BTreeMap<&'static str, PathBuf>) -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let router = Router::new()
        .route("/{folder}/{*path}", get(file))
        .with_state(Arc::new(folders));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(origin)
}

async fn file(
    State(folders): State<Arc<BTreeMap<&'static str, PathBuf>>>,
    Route((folder, path)): Route<(String, String)>,
) -> Response {
    let read = folders
        .get(folder.as_str())
        .map(|folder| folder.join(&path))
        .and_then(|path| fs::read(path).ok());
    let Some(bytes) = read else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html",
        Some("js" | "mjs") => "text/javascript",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=86400"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-embedder-policy"),
            "require-corp",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (headers, bytes).into_response()
}
