//! What a server says of itself.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Like, Shared, json_answer};
use crate::instance::page;

impl Like {
    fn versions(self) -> &'static [&'static str] {
        match self {
            Self::Mastodon42 | Self::Mastodon43 => &["2.0"],
            Self::Hollo => &["2.1"],
            Self::GoToSocial => &["2.0", "2.1"],
        }
    }
}

/// `GET /.well-known/nodeinfo`
pub(crate) async fn links(State(shared): State<Arc<Shared>>) -> Response {
    let links = shared.like.versions().iter().map(|version| {
        json!({
            "rel": format!("http://nodeinfo.diaspora.software/ns/schema/{version}"),
            "href": format!("{}/nodeinfo/{version}", shared.instance.url),
        })
    });
    let links = json!({ "links": links.collect::<Vec<_>>() });
    json_answer(StatusCode::OK, cached("max-age=259200, public"), &links)
}

/// `GET /nodeinfo/:version`
pub(crate) async fn document(
    State(shared): State<Arc<Shared>>,
    Path(version): Path<String>,
) -> Response {
    let like = shared.like;
    if like == Like::Hollo && version == "2.0" {
        return page::redirect("/nodeinfo/2.1");
    }
    if !like.versions().contains(&version.as_str()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let document = json!({
        "version": version,
        "software": { "name": like.software(), "version": like.version() },
        "protocols": ["activitypub"],
        "services": { "outbound": [], "inbound": [] },
        "usage": {
            "users": { "total": 12, "activeMonth": 3, "activeHalfyear": 9 },
            "localPosts": 4_000,
        },
        "openRegistrations": false,
        "metadata": {},
    });
    json_answer(StatusCode::OK, cached("max-age=1800, public"), &document)
}

fn cached(how: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static(how))])
}
