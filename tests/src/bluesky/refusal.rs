//! What an authorization server answers to a request that is not right.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// The algorithms that the real server verifies proofs with; this one knows the
/// one that every client must know, ES256.
pub const ALGORITHMS: [&str; 10] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES256K", "ES384", "ES512",
];

/// `{error, error_description}`, with a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl Refusal {
    pub fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error,
            description: description.into(),
        }
    }

    pub fn request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    pub fn grant(description: impl Into<String>) -> Self {
        Self::new("invalid_grant", description)
    }

    pub fn metadata(description: impl Into<String>) -> Self {
        Self::new("invalid_client_metadata", description)
    }

    pub fn redirect_uri(description: impl Into<String>) -> Self {
        Self::new("invalid_redirect_uri", description)
    }

    pub fn scope(description: impl Into<String>) -> Self {
        Self::new("invalid_scope", description)
    }

    /// A proof that proves nothing.
    pub fn proof(description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..Self::new("invalid_dpop_proof", description)
        }
    }

    /// A proof by another key than was announced.
    pub fn binding() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..Self::new("invalid_token", "Invalid DPoP key binding")
        }
    }

    pub fn nonce(description: impl Into<String>) -> Self {
        Self::new("use_dpop_nonce", description)
    }

    /// A body that is neither a form nor JSON.
    pub fn media_type(description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ..Self::request(description)
        }
    }

    #[cfg(test)]
    pub fn error(&self) -> &'static str {
        self.error
    }

    pub fn description(&self) -> &str {
        &self.description
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self {
            status,
            error,
            description,
        } = self;
        let body = json!({ "error": error, "error_description": description });
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let mut challenge = format!(r#"DPoP algs="{}", error="{error}""#, ALGORITHMS.join(" "));
            if !description.contains('"') {
                challenge = format!(r#"{challenge}, error_description="{description}""#);
            }
            if let Ok(challenge) = HeaderValue::from_str(&challenge) {
                let headers = response.headers_mut();
                headers.insert(header::WWW_AUTHENTICATE, challenge);
                headers.append(
                    header::ACCESS_CONTROL_EXPOSE_HEADERS,
                    HeaderValue::from_static("WWW-Authenticate"),
                );
            }
        }
        response
    }
}
