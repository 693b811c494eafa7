//! What everybody may see.

use axum::{Extension, response::Response};
use lemon_wire::Terms;

use super::{Edge, budget, json};
use crate::{config::Config, error::Error};

/// `GET /api/status`
#[worker::send]
pub async fn status(Extension(edge): Extension<Edge>) -> Result<Response, Error> {
    let status = budget::status(&edge).await?;
    Ok(json(200, "application/json", &status))
}

/// `GET /api/terms`
pub async fn terms(Extension(edge): Extension<Edge>) -> Result<Response, Error> {
    let terms = match edge.config() {
        Ok(Config {
            person_posts,
            default_posts,
            ..
        }) => Terms {
            sign_in: true,
            person_posts,
            default_posts,
        },
        // Without an account at X there is nothing to sign in with.
        Err(Error::Config(_)) => Terms::default(),
        Err(error) => return Err(error),
    };
    Ok(json(200, "application/json", &terms))
}
