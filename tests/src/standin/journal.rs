use serde::{Deserialize, Serialize};

/// The routes of X that the stand-in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// `GET /i/oauth2/authorize`
    Authorize,
    /// `POST /2/oauth2/token`
    Token,
    /// `POST /2/oauth2/revoke`
    Revoke,
    /// `GET /2/users/me`
    Me,
    /// `GET /2/users/:id/tweets`
    Posts,
    /// `GET /2/tweets`
    Lookup,
    /// `GET /_avatar/:handle`
    Avatar,
}

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// When, in unix seconds of the stand-in's clock.
    pub at: i64,
    pub route: Route,
    pub method: String,
    pub path: String,
    /// Still encoded, without the question mark; empty if there was none.
    pub query: String,
    pub status: u16,
}

impl Route {
    /// The route of a path; none if X has no such route here.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/i/oauth2/authorize" => Self::Authorize,
            "/2/oauth2/token" => Self::Token,
            "/2/oauth2/revoke" => Self::Revoke,
            "/2/users/me" => Self::Me,
            "/2/tweets" => Self::Lookup,
            _ if path.starts_with("/_avatar/") => Self::Avatar,
            _ if path.starts_with("/2/users/") && path.ends_with("/tweets") => Self::Posts,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_routes() {
        for (path, route) in [
            ("/2/users/me", Some(Route::Me)),
            ("/2/users/12/tweets", Some(Route::Posts)),
            ("/2/tweets", Some(Route::Lookup)),
            ("/_avatar/lemon_demo", Some(Route::Avatar)),
            ("/_standin/requests", None),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }
}
