//! What a server says of itself.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{Shared, Software};

/// `GET /.well-known/nodeinfo`
pub(crate) async fn links(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let link = |version: &str| {
        json!({
            "rel": format!("http://nodeinfo.diaspora.software/ns/schema/{version}"),
            "href": format!("{}/nodeinfo/{version}", shared.instance.url),
        })
    };
    Json(json!({ "links": [link("2.1"), link("2.0")] }))
}

/// `GET /nodeinfo/:version`
pub(crate) async fn document(
    State(shared): State<Arc<Shared>>,
    Path(version): Path<String>,
) -> Response {
    let software = shared.software;
    let mut named = json!({
        "name": software.name(),
        "version": software.version(),
        "homepage": software.repository(),
        "repository": software.repository(),
    });
    match (version.as_str(), named.as_object_mut()) {
        ("2.1", _) => {}
        ("2.0", Some(named)) => {
            named.remove("repository");
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    }
    let document = json!({
        "version": version,
        "software": named,
        "protocols": ["activitypub"],
        "services": { "inbound": [], "outbound": ["atom1.0", "rss2.0"] },
        "openRegistrations": false,
        "usage": {
            "users": { "total": 12, "activeHalfyear": null, "activeMonth": null },
            "localPosts": 4_000,
            "localComments": 0,
        },
        "metadata": {
            "nodeName": format!("Stand-in for {}", software.title()),
            "nodeDescription": null,
            "langs": [],
            "disableRegistration": true,
            "maxNoteTextLength": 3_000,
            "themeColor": "#86b300",
        },
    });
    let kind = if software == Software::Firefish {
        "application/json; charset=utf-8".to_owned()
    } else {
        format!(
            "application/json; profile=\"http://nodeinfo.diaspora.software/ns/schema/{version}#\""
        )
    };
    let headers = [
        (header::CONTENT_TYPE, kind.as_str()),
        (header::CACHE_CONTROL, "public, max-age=600"),
    ];
    (headers, document.to_string()).into_response()
}
