use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

const PROBLEMS: &str = "https://api.twitter.com/2/problems/";

/// An answer of X with a status of 400 or more.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub status: StatusCode,
    body: Body,
}

#[derive(Clone, Debug, PartialEq)]
enum Body {
    Json(Value),
    ProblemJson(Value),
    Text(&'static str),
    Html(&'static str),
}

impl Problem {
    /// No token, or one that has expired or was revoked.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::blank(StatusCode::UNAUTHORIZED, "Unauthorized")
    }

    #[must_use]
    pub fn forbidden(detail: &str) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            body: Body::ProblemJson(json!({
                "title": "Forbidden",
                "status": 403,
                "detail": detail,
                "type": "about:blank",
            })),
        }
    }

    #[must_use]
    pub fn not_found() -> Self {
        Self::blank(StatusCode::NOT_FOUND, "Not Found")
    }

    /// A 15-minute window is used up.
    #[must_use]
    pub fn window() -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            body: Body::Json(json!({
                "errors": [{ "code": 88, "message": "Rate limit exceeded." }],
            })),
        }
    }

    /// A day is used up.
    #[must_use]
    pub fn day() -> Self {
        Self::blank(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests")
    }

    /// The month, or what the product allows, is used up.
    #[must_use]
    pub fn usage_capped() -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            body: Body::ProblemJson(json!({
                "title": "UsageCapExceeded",
                "detail": "Usage cap exceeded: Monthly product cap",
                "period": "Monthly",
                "scope": "Product",
                "type": format!("{PROBLEMS}usage-capped"),
            })),
        }
    }

    /// Out of credits; X was seen to end the type in `credits` and in
    /// `credits-depleted`.
    #[must_use]
    pub fn credits(segment: &str) -> Self {
        Self {
            status: StatusCode::PAYMENT_REQUIRED,
            body: Body::ProblemJson(json!({
                "title": "CreditsDepleted",
                "detail": "The enrolled account has no credits left for this request.",
                "type": format!("{PROBLEMS}{segment}"),
            })),
        }
    }

    #[must_use]
    pub fn server(status: StatusCode) -> Self {
        Self::blank(status, status.canonical_reason().unwrap_or("Server Error"))
    }

    /// What the gateway in front of X says when X is away.
    #[must_use]
    pub fn gateway() -> Self {
        Self {
            status: StatusCode::BAD_GATEWAY,
            body: Body::Text("upstream connect error or disconnect/reset before headers\n"),
        }
    }

    /// A page for people, from what stands in front of X and keeps programs away.
    #[must_use]
    pub fn wall(status: StatusCode) -> Self {
        Self {
            status,
            body: Body::Html(
                "<!DOCTYPE html>\n<html lang=\"en\"><title>Just a moment...</title><p>Checking your browser.</p></html>\n",
            ),
        }
    }

    #[must_use]
    pub fn invalid_request(parameters: &[(String, String)], message: &str) -> Self {
        let echoed: serde_json::Map<String, Value> = parameters
            .iter()
            .map(|(key, value)| (key.clone(), json!([value])))
            .collect();
        Self {
            status: StatusCode::BAD_REQUEST,
            body: Body::Json(json!({
                "errors": [{ "parameters": echoed, "message": message }],
                "title": "Invalid Request",
                "detail": "One or more parameters to your request was invalid.",
                "type": format!("{PROBLEMS}invalid-request"),
            })),
        }
    }

    /// An error of the token endpoint (RFC 6749, 5.2).
    #[must_use]
    pub fn oauth(status: StatusCode, error: &str, description: &str) -> Self {
        Self {
            status,
            body: Body::Json(json!({ "error": error, "error_description": description })),
        }
    }

    fn blank(status: StatusCode, title: &str) -> Self {
        Self {
            status,
            body: Body::ProblemJson(json!({
                "title": title,
                "detail": title,
                "type": "about:blank",
                "status": status.as_u16(),
            })),
        }
    }
}

/// The entry of `errors` inside a 200 for a post or user that does not exist.
#[must_use]
pub fn not_found_entry(resource: &str, parameter: &str, id: &str) -> Value {
    json!({
        "title": "Not Found Error",
        "detail": format!("Could not find {resource} with {parameter}: [{id}]."),
        "type": format!("{PROBLEMS}resource-not-found"),
        "resource_type": resource,
        "resource_id": id,
        "parameter": parameter,
        "value": id,
    })
}

/// The entry of `errors` inside a 200 for a post or user that the asking
/// account may not see.
#[must_use]
pub fn not_authorized_entry(resource: &str, parameter: &str, id: &str) -> Value {
    json!({
        "title": "Authorization Error",
        "detail": format!("Sorry, you are not authorized to see the {resource} with {parameter}: [{id}]."),
        "type": format!("{PROBLEMS}not-authorized-for-resource"),
        "resource_type": resource,
        "resource_id": id,
        "parameter": parameter,
        "value": id,
    })
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (kind, text) = match self.body {
            Body::Json(body) => ("application/json; charset=utf-8", body.to_string()),
            Body::ProblemJson(body) => ("application/problem+json", body.to_string()),
            Body::Text(text) => ("text/plain", text.to_owned()),
            Body::Html(text) => ("text/html; charset=UTF-8", text.to_owned()),
        };
        (self.status, [(header::CONTENT_TYPE, kind)], text).into_response()
    }
}
