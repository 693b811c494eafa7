use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};

use super::Software;

/// An error of Misskey's API. Each has the id that Misskey's code gives it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    id: &'static str,
    kind: &'static str,
    info: Option<Box<Value>>,
    headers: Box<HeaderMap>,
}

impl Problem {
    #[must_use]
    pub fn invalid_param(param: &str, reason: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "INVALID_PARAM",
            "Invalid param.",
            "3d81ceae-475f-4600-b2a8-2bc116157532",
        )
        .with_info(json!({ "param": param, "reason": reason }))
    }

    /// Of `users/notes`, where only Firefish looks whether the user is there.
    #[must_use]
    pub fn no_such_author() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "NO_SUCH_USER",
            "No such user.",
            "27e494ba-2ac2-48e8-893b-10d4d8c2387b",
        )
    }

    /// Of `users/show`.
    #[must_use]
    pub fn no_such_user() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "NO_SUCH_USER",
            "No such user.",
            "4362f8dc-731f-4ad8-a694-be5a88922a24",
        )
    }

    #[must_use]
    pub fn remote_user() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "FAILED_TO_RESOLVE_REMOTE_USER",
            "Failed to resolve remote user.",
            "ef7b9be4-9cba-4e6f-ab41-90ed171c7d3c",
        )
    }

    #[must_use]
    pub fn no_such_note() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "NO_SUCH_NOTE",
            "No such note.",
            "24fcbfc6-2e37-42b6-8388-c29b3861a08d",
        )
    }

    #[must_use]
    pub fn sign_in_required() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "SIGNIN_REQUIRED",
            "Signin required.",
            "8e75455b-738c-471d-9f80-62693f33372e",
        )
    }

    #[must_use]
    pub fn replies_with_files() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "BOTH_WITH_REPLIES_AND_WITH_FILES",
            "Specifying both withReplies and withFiles is not supported",
            "91c8cb9f-36ed-46e7-9ca2-7df96ed6e222",
        )
    }

    #[must_use]
    pub fn credential_required() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "CREDENTIAL_REQUIRED",
            "Credential required.",
            "1384574d-a912-4b81-8601-c7b1c4085df1",
        )
    }

    #[must_use]
    pub fn authentication_failed(software: Software) -> Self {
        let message = "Authentication failed. Please ensure your token is correct.";
        let mut problem = Self::new(
            StatusCode::UNAUTHORIZED,
            "AUTHENTICATION_FAILED",
            message,
            "b0a7f5f8-dc2f-4171-b91f-de88ad238e14",
        );
        if software == Software::Firefish {
            problem.status = StatusCode::FORBIDDEN;
        }
        problem
    }

    #[must_use]
    pub fn permission_denied() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "PERMISSION_DENIED",
            "Your app does not have the necessary permissions to use this endpoint.",
            "1370e5b7-d4eb-4566-bb1d-7748ee6a1838",
        )
    }

    #[must_use]
    pub fn unknown_endpoint() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "UNKNOWN_API_ENDPOINT",
            "Unknown API endpoint.",
            "2ca3b769-540a-4f08-9dd5-b5a825b6d0f1",
        )
    }

    #[must_use]
    pub fn internal(status: StatusCode) -> Self {
        Self::new(
            status,
            "INTERNAL_ERROR",
            "Internal error occurred. Please contact us if the error persists.",
            "5d37dbcb-891e-41ca-a3d6-e690c97775ac",
        )
    }

    /// What is asked again within `reset_in_ms` is refused again. Misskey says when that ends,
    /// Sharkey after how long, and both in a field of the same name.
    #[must_use]
    pub fn rate_limited(software: Software, now: i64, reset_in_ms: i64) -> Self {
        let reset_in = reset_in_ms.div_euclid(1_000) + i64::from(reset_in_ms % 1_000 != 0);
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "RATE_LIMIT_EXCEEDED",
            "Rate limit exceeded. Please try again later.",
            "d5826d14-3982-4d2e-8011-b9e9f02499ef",
        );
        let seconds = HeaderValue::from(reset_in.max(0));
        match software {
            Software::Misskey | Software::CherryPick => {
                problem.info = Some(Box::new(json!({
                    "remaining": 0,
                    "reset": now + reset_in,
                    "resetMs": now * 1_000 + reset_in_ms,
                    "total": 1,
                })));
                problem.headers.insert(header::RETRY_AFTER, seconds);
            }
            Software::Sharkey => {
                problem.info = Some(Box::new(json!({
                    "blocked": true,
                    "remaining": 0,
                    "resetMs": reset_in_ms,
                    "resetSec": reset_in,
                    "fullResetMs": reset_in_ms,
                    "fullResetSec": reset_in,
                })));
                problem.headers.insert(header::RETRY_AFTER, seconds);
                problem
                    .headers
                    .insert("x-ratelimit-remaining", HeaderValue::from(0));
                let exact = format!("{}.{:03}", reset_in_ms / 1_000, reset_in_ms % 1_000);
                if let Ok(exact) = HeaderValue::try_from(exact) {
                    problem.headers.insert("x-ratelimit-reset", exact.clone());
                    problem.headers.insert("x-ratelimit-clear", exact);
                }
            }
            Software::Firefish => {}
        }
        problem
    }

    /// With what Misskey tells of it in a header, too.
    #[must_use]
    pub fn answer(mut self, software: Software) -> Response {
        let realm = match software {
            Software::CherryPick => "CherryPick",
            _ => "Misskey",
        };
        let told = match (self.status, self.code) {
            (_, "RATE_LIMIT_EXCEEDED") => None,
            (_, "AUTHENTICATION_FAILED") => Some("invalid_token"),
            (StatusCode::UNAUTHORIZED, _) => Some(""),
            (_, "PERMISSION_DENIED") => Some("insufficient_scope"),
            (status, _) if status.is_client_error() => Some("invalid_request"),
            _ => None,
        };
        let told = told.map(|error| match error {
            "" => format!("Bearer realm=\"{realm}\""),
            error => format!(
                "Bearer realm=\"{realm}\", error=\"{error}\", error_description=\"{}\"",
                self.message
            ),
        });
        if let Some(told) = told.and_then(|told| HeaderValue::try_from(told).ok())
            && software != Software::Firefish
        {
            self.headers.insert(header::WWW_AUTHENTICATE, told);
        }
        let mut error = json!({
            "message": self.message,
            "code": self.code,
            "id": self.id,
            "kind": self.kind,
        });
        // Firefish tells it to developers only.
        if let Some(info) = self.info.filter(|_| software != Software::Firefish) {
            error["info"] = *info;
        }
        super::json_answer(self.status, *self.headers, &json!({ "error": error }))
    }

    fn new(
        status: StatusCode,
        code: &'static str,
        message: &'static str,
        id: &'static str,
    ) -> Self {
        Self {
            status,
            code,
            message,
            id,
            kind: match status {
                StatusCode::FORBIDDEN => "permission",
                status if status.is_server_error() => "server",
                _ => "client",
            },
            info: None,
            headers: Box::default(),
        }
    }

    fn with_info(mut self, info: Value) -> Self {
        self.info = Some(Box::new(info));
        self
    }
}

/// What keeps what reads bodies, in front of Misskey's own code, from doing so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Empty,
    NoJson,
    /// The kind that it has.
    Kind(String),
}

impl Unreadable {
    #[must_use]
    pub fn answer(&self) -> Response {
        let (status, code, message) = match self {
            Self::Empty => (
                StatusCode::BAD_REQUEST,
                "FST_ERR_CTP_EMPTY_JSON_BODY",
                "Body cannot be empty when content-type is set to 'application/json'".to_owned(),
            ),
            Self::NoJson => (
                StatusCode::BAD_REQUEST,
                "FST_ERR_CTP_INVALID_JSON_BODY",
                "Body is not valid JSON but content-type is set to 'application/json'".to_owned(),
            ),
            Self::Kind(kind) => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "FST_ERR_CTP_INVALID_MEDIA_TYPE",
                format!("Unsupported Media Type: {kind}"),
            ),
        };
        let body = json!({
            "statusCode": status.as_u16(),
            "code": code,
            "error": status.canonical_reason(),
            "message": message,
        });
        super::json_answer(status, HeaderMap::new(), &body)
    }
}
