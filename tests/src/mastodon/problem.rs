use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};

use super::{Like, json_answer};

/// An error, with a sentence or an error of OAuth.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    status: StatusCode,
    body: Value,
    headers: Box<HeaderMap>,
}

impl Problem {
    #[must_use]
    pub fn new(status: StatusCode, error: &str) -> Self {
        Self {
            status,
            body: json!({ "error": error }),
            headers: Box::default(),
        }
    }

    #[must_use]
    pub fn oauth(status: StatusCode, error: &str, description: &str) -> Self {
        let mut problem = Self::new(status, error);
        problem.body["error_description"] = json!(description);
        problem
    }

    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Record not found")
    }

    /// Nobody is signed in.
    #[must_use]
    pub fn unauthorized(like: Like) -> Self {
        let says = match like {
            Like::Mastodon42 | Like::Mastodon43 => "This method requires an authenticated user",
            Like::Hollo => "unauthorized",
            Like::GoToSocial => "Unauthorized: token not supplied",
        };
        Self::new(StatusCode::UNAUTHORIZED, says)
    }

    #[must_use]
    pub fn invalid_token(like: Like) -> Self {
        let says = match like {
            Like::Mastodon42 | Like::Mastodon43 => "The access token is invalid",
            Like::Hollo => "invalid_token",
            Like::GoToSocial => "Unauthorized: token not supplied",
        };
        let mut problem = Self::new(StatusCode::UNAUTHORIZED, says);
        if matches!(like, Like::Mastodon42 | Like::Mastodon43) {
            let told = "Bearer realm=\"Doorkeeper\", error=\"invalid_token\", error_description=\"The access token is invalid\"";
            problem
                .headers
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(told));
        }
        problem
    }

    #[must_use]
    pub fn scope(like: Like) -> Self {
        let says = match like {
            Like::Mastodon42 | Like::Mastodon43 => "This action is outside the authorized scopes",
            Like::Hollo => "insufficient_scope",
            Like::GoToSocial => "Forbidden: token has insufficient scope permission",
        };
        Self::new(StatusCode::FORBIDDEN, says)
    }

    #[must_use]
    pub fn too_many(like: Like) -> Self {
        let says = match like {
            Like::GoToSocial => "rate limit reached",
            _ => "Too many requests",
        };
        Self::new(StatusCode::TOO_MANY_REQUESTS, says)
    }

    #[must_use]
    pub fn answer(self) -> Response {
        json_answer(self.status, *self.headers, &self.body)
    }
}
