//! Cookies: `__Host-` names, so that no other host or path can set them.

use http::{HeaderMap, HeaderValue, header};

use crate::error::Error;

/// Holds the session.
pub const SESSION: &str = "__Host-lemon-session";
/// What the names of those begin with that hold what a sign-in needs until X sends the
/// person back.
pub const SIGN_IN: &str = "__Host-lemon-sign-in";

/// The request's cookies, name and value. What is not ASCII is not ours and left out;
/// quotes around a value are no part of it.
///
/// A runtime may join several lines by a comma, which no name or value of ours has. A
/// cookie that another one's value could pretend to be by that comes after all that stand
/// by themselves.
pub fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let parts = || {
        let lines = headers.get_all(header::COOKIE).into_iter();
        lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
    };
    let alone = parts().filter_map(|part| part.split(|byte| *byte == b',').next());
    let joined = parts().flat_map(|part| part.split(|byte| *byte == b',').skip(1));
    alone.chain(joined).filter_map(pair)
}

/// The values of the cookies called `name`: one, unless something on the way has added to
/// them.
pub fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    pairs(headers)
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn pair(part: &[u8]) -> Option<(&str, &str)> {
    let at = part.iter().position(|byte| *byte == b'=')?;
    let name = part[..at].trim_ascii();
    let value = part[at + 1..].trim_ascii();
    let quoted = value
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    let value = quoted.unwrap_or(value);
    if !name.is_ascii() || !value.is_ascii() {
        return None;
    }
    Some((
        std::str::from_utf8(name).ok()?,
        std::str::from_utf8(value).ok()?,
    ))
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

    fn found(lines: &[&[u8]]) -> Vec<String> {
        let lines = lines
            .iter()
            .map(|line| (header::COOKIE, HeaderValue::from_bytes(line).unwrap()));
        let headers: HeaderMap = lines.collect();
        values(&headers, SESSION).map(str::to_owned).collect()
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let cases: [(&str, &[&str]); 7] = [
            ("__Host-lemon-session=abc", &["abc"]),
            ("a=1; __Host-lemon-session=abc=; b=2", &["abc="]),
            ("a=1;__Host-lemon-session=", &[""]),
            ("x__Host-lemon-session=abc", &[]),
            ("__Host-lemon-session=값", &[]),
            ("__Host-lemon-session", &[]),
            ("", &[]),
        ];
        for (line, expected) in cases {
            assert_eq!(found(&[line.as_bytes()]), expected, "{line}");
        }
        assert!(found(&[]).is_empty());
    }

    #[test]
    fn a_cookie_is_found_whatever_else_is_there() {
        let cases: [&[&[u8]]; 12] = [
            &["name=레몬; __Host-lemon-session=abc".as_bytes()],
            &[b"name=\xff\xfe; __Host-lemon-session=abc; \x80=1"],
            &["이름=1".as_bytes(), b"__Host-lemon-session=abc"],
            &[b"a=1", b"b=2; __Host-lemon-session=abc", b"c=3"],
            &[b"__Host-lemon-session=\"abc\""],
            &[b"a=\"x; __Host-lemon-session=abc; b=\""],
            &[b"; ;; =; =x; a; __Host-lemon-session=abc;"],
            &[b"a=1;\t__Host-lemon-session = abc \t; b=2"],
            // As runtimes join several lines.
            &[b"a=1, __Host-lemon-session=abc"],
            &[b"a=1, __Host-lemon-session=abc, b=2; c=3"],
            &[b"__Host-lemon-session=abc, a=1"],
            &[b"a=1,__Host-lemon-session=\"abc\",b"],
        ];
        for lines in cases {
            assert_eq!(found(lines), ["abc"], "{lines:?}");
        }
    }

    #[test]
    fn one_that_another_pretends_to_be_comes_last() {
        let lines: [&[u8]; 2] = [
            b"a=1, __Host-lemon-session=theirs",
            b"__Host-lemon-session=ours",
        ];
        assert_eq!(found(&lines), ["ours", "theirs"]);
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
