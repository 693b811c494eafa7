//! Cookies: `__Host-` names, so that no other host or path can set them.

use http::{HeaderMap, HeaderValue, header};

use crate::error::Error;

/// Holds the session.
pub const SESSION: &str = "__Host-lemon-session";
/// Holds what a sign-in needs until X sends the person back.
pub const SIGN_IN: &str = "__Host-lemon-sign-in";

/// The value of the cookie called `name`, if the request carries it.
#[must_use]
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// A `Set-Cookie` value that lasts `seconds`.
///
/// # Errors
/// [`Error::Runtime`] if `value` may not stand in a header.
pub fn keep(name: &str, value: &str, seconds: i64) -> Result<HeaderValue, Error> {
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}")
        .try_into()
        .map_err(|_| Error::Runtime)
}

/// A `Set-Cookie` value that removes the cookie.
///
/// # Errors
/// [`Error::Runtime`] if `name` may not stand in a header.
pub fn clear(name: &str) -> Result<HeaderValue, Error> {
    keep(name, "", 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let cases = [
            ("__Host-lemon-session=abc", Some("abc")),
            ("a=1; __Host-lemon-session=abc=; b=2", Some("abc=")),
            ("a=1;__Host-lemon-session=", Some("")),
            ("x__Host-lemon-session=abc", None),
            ("__Host-lemon-session", None),
            ("", None),
        ];
        for (line, expected) in cases {
            let headers = HeaderMap::from_iter([(header::COOKIE, line.parse().unwrap())]);
            assert_eq!(find(&headers, SESSION), expected, "{line}");
        }
        assert_eq!(find(&HeaderMap::new(), SESSION), None);
    }

    #[test]
    fn a_cookie_is_out_of_reach_of_scripts_other_hosts_and_plain_http() {
        let line = keep(SESSION, "abc", 60).unwrap();
        assert_eq!(
            line.to_str().unwrap(),
            "__Host-lemon-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60"
        );
        assert!(
            clear(SIGN_IN)
                .unwrap()
                .to_str()
                .unwrap()
                .ends_with("Max-Age=0")
        );
    }
}
