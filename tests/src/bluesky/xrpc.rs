//! What XRPC servers have in common: refusals and parameters.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::standin::query::Query;

/// Most elements of a page.
const MAX_LIMIT: usize = 100;
const DEFAULT_LIMIT: usize = 50;

pub type Answer = Result<Json<Value>, Refusal>;

/// `{error, message}`, with a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    error: &'static str,
    message: String,
}

impl Refusal {
    pub fn new(status: StatusCode, error: &'static str, message: &str) -> Self {
        Self {
            status,
            error,
            message: message.to_owned(),
        }
    }

    pub fn invalid(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidRequest", message)
    }

    pub fn server(status: StatusCode) -> Self {
        let (error, message) = match status.as_u16() {
            502 => ("UpstreamFailure", "Upstream Failure"),
            503 => ("NotEnoughResources", "Not Enough Resources"),
            504 => ("UpstreamTimeout", "Upstream Timeout"),
            _ => ("InternalServerError", "Internal Server Error"),
        };
        Self::new(status, error, message)
    }

    pub fn limited() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "RateLimitExceeded",
            "Rate Limit Exceeded",
        )
    }

    pub fn not_implemented() -> Self {
        Self::new(
            StatusCode::NOT_IMPLEMENTED,
            "MethodNotImplemented",
            "Method Not Implemented",
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "message": self.message });
        (self.status, Json(body)).into_response()
    }
}

/// The parameters of the method `method`.
pub struct Parameters<'a> {
    pub method: &'static str,
    pub query: &'a Query,
}

impl<'a> Parameters<'a> {
    pub fn required(&self, name: &str) -> Result<&'a str, Refusal> {
        self.query
            .get(name)
            .ok_or_else(|| self.refuse(&format!("Missing required key \"{name}\"")))
    }

    /// All of a name, of which there may be so many.
    pub fn several(&self, name: &str, most: usize) -> Result<Vec<&'a str>, Refusal> {
        let named = self.query.iter().filter(|(other, _)| *other == name);
        let all: Vec<&str> = named.map(|(_, value)| value).collect();
        if all.len() > most {
            let got = all.len();
            return Err(self.refuse(&format!("array too big (maximum {most}, got {got})")));
        }
        Ok(all)
    }

    /// A DID or a handle.
    pub fn person(&self, name: &str) -> Result<&'a str, Refusal> {
        let value = self.required(name)?;
        let is_did = value.starts_with("did:") && value.split(':').count() > 2;
        let is_handle = value.contains('.')
            && value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        if is_did || is_handle {
            Ok(value)
        } else {
            Err(self.refuse(&format!("Invalid at-identifier (got \"{value}\")")))
        }
    }

    pub fn limit(&self) -> Result<usize, Refusal> {
        let Some(value) = self.query.get("limit") else {
            return Ok(DEFAULT_LIMIT);
        };
        match value.parse() {
            Ok(0) => Err(self.refuse("integer too small (minimum 1, got 0)")),
            Ok(limit) if limit <= MAX_LIMIT => Ok(limit),
            Ok(limit) => Err(self.refuse(&format!(
                "integer too big (maximum {MAX_LIMIT}, got {limit})"
            ))),
            Err(_) => Err(self.refuse("Expected integer value type")),
        }
    }

    pub fn refuse(&self, issue: &str) -> Refusal {
        Refusal::invalid(&format!("Invalid {} params: {issue}", self.method))
    }
}
