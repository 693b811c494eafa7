use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::journal::Route;
use crate::standin;

/// Something that goes wrong on demand, at one of the routes or at all of them.
pub type Fault = standin::Fault<Kind, Route>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Any status from 400 on, with the server's own error.
    Status { status: u16 },
    /// 429 of the server's own, for so many seconds more.
    RateLimited { reset_in: i64 },
    /// A page for people in place of JSON, with any status. Other pages may read it.
    Html { status: u16 },
    /// 502 of a proxy in front of the server, which no other page may read.
    Gateway,
    /// The right answer, which no other page may read.
    WithoutCors,
    /// The right answer, but so much later.
    Slow { millis: u64 },
    /// The connection breaks in the middle of the right answer.
    CutOff,
    /// No answer ever.
    Silence,
    /// The first page, whichever was asked for.
    SamePage,
    /// An empty page, whichever was asked for.
    EmptyPage,
    /// Another JSON than the right one: an object in place of a list, a list in place of an
    /// object.
    WrongShape,
    /// The first [`ODD`] items of a list are not what they should be.
    OddItems,
    /// The account whose posts are asked for is deleted, until the next reset.
    Deleted,
}

/// How many items [`Kind::OddItems`] changes.
pub const ODD: usize = 4;

pub fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status)
        .ok()
        .filter(|status| status.is_client_error() || status.is_server_error())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

pub fn html(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let page = "<!DOCTYPE html>\n<html lang=\"en\"><title>Just a moment...</title><p>Checking your browser.</p></html>\n";
    (
        status,
        [(header::CONTENT_TYPE, "text/html; charset=UTF-8")],
        page,
    )
        .into_response()
}

pub fn gateway() -> Response {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
    (
        StatusCode::BAD_GATEWAY,
        [(header::CONTENT_TYPE, "text/html")],
        page,
    )
        .into_response()
}

pub fn misshape(answer: &mut Value) {
    let right = answer.take();
    *answer = if right.is_array() {
        json!({ "data": right })
    } else {
        json!([right])
    };
}

pub fn make_odd(answer: &mut Value) {
    let odd: [fn(&mut Value); ODD] = [
        |item| *item = json!(null),
        |item| *item = json!("post"),
        |item| item["id"] = json!({}),
        |item| {
            for time in ["createdAt", "created_at"] {
                item[time] = json!("0001-01-01T00:00:00.000Z");
            }
        },
    ];
    let items = answer.as_array_mut().into_iter().flatten();
    for (item, change) in items.zip(odd) {
        change(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_as_json() {
        for (json, kind, route) in [
            (r#"{"kind":"silence"}"#, Kind::Silence, None),
            (
                r#"{"kind":{"status":{"status":503}},"route":"notes","times":1}"#,
                Kind::Status { status: 503 },
                Some(Route::Notes),
            ),
            (
                r#"{"kind":{"rate-limited":{"reset_in":30}},"after":3}"#,
                Kind::RateLimited { reset_in: 30 },
                None,
            ),
        ] {
            let fault: Fault = serde_json::from_str(json).unwrap();
            assert_eq!((fault.kind, fault.route), (kind, route));
        }
    }

    #[test]
    fn a_status_that_is_no_error_is_one() {
        assert_eq!(status(200), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(status(404), StatusCode::NOT_FOUND);
    }
}
