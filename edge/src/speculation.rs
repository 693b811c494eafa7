//! Requests that nobody has meant yet: what browsers load ahead because somebody might go
//! there, and `HEAD`, with which programs look whether something is there.
//!
//! A code is worth one sign-in and a page of posts costs the operator money, so neither is
//! used up for them.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

/// Where browsers say so: the standard's name, Chromium's, `WebKit`'s and Firefox's of old.
const NAMES: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// What they say.
const PURPOSES: [&[u8]; 3] = [b"prefetch", b"prerender", b"preview"];

/// What an answer depends on where such requests get another.
pub const VARY: (HeaderName, HeaderValue) = (
    header::VARY,
    HeaderValue::from_static("sec-purpose, purpose, x-purpose, x-moz"),
);

/// What a request is answered with that is not meant; none if it is. Browsers throw a 503
/// away and ask again when somebody does go there; programs are content with a 204, where
/// after an error some would try again with `GET`.
#[must_use]
pub fn refusal(method: &Method, headers: &HeaderMap) -> Option<StatusCode> {
    if method == Method::HEAD {
        return Some(StatusCode::NO_CONTENT);
    }
    let values = NAMES.iter().flat_map(|name| headers.get_all(*name));
    let mut tokens = values
        .flat_map(|value| value.as_bytes().split(|byte| b";, ".contains(byte)))
        .map(<[u8]>::trim_ascii);
    let is_one = |token: &[u8]| {
        PURPOSES
            .iter()
            .any(|known| known.eq_ignore_ascii_case(token))
    };
    tokens
        .any(is_one)
        .then_some(StatusCode::SERVICE_UNAVAILABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_loaded_ahead_is_told_from_what_is_meant() {
        let refusal = |name: &str, value: &str| {
            let name: HeaderName = name.parse().unwrap();
            let headers = HeaderMap::from_iter([(name, value.parse().unwrap())]);
            refusal(&Method::GET, &headers).map(|status| status.as_u16())
        };
        for (name, value) in [
            ("Sec-Purpose", "prefetch"),
            ("Sec-Purpose", "prefetch;prerender"),
            ("Sec-Purpose", "prefetch;anonymous-client-ip"),
            ("Sec-Purpose", "x, Prefetch"),
            ("Purpose", "prefetch"),
            ("X-Purpose", "preview"),
            ("X-Moz", "prefetch"),
        ] {
            assert_eq!(refusal(name, value), Some(503), "{name}: {value}");
            assert!(VARY.1.to_str().unwrap().contains(&name.to_lowercase()));
        }
        for (name, value) in [
            ("Sec-Purpose", ""),
            ("Purpose", "navigate"),
            ("X-Moz", "prefetched"),
            ("Accept", "prefetch"),
        ] {
            assert_eq!(refusal(name, value), None, "{name}: {value}");
        }
    }

    #[test]
    fn a_head_is_answered_without_a_look() {
        let headers = HeaderMap::new();
        assert_eq!(
            refusal(&Method::HEAD, &headers),
            Some(StatusCode::NO_CONTENT)
        );
        assert_eq!(refusal(&Method::GET, &headers), None);
    }
}
