//! Headers that every answer of the Worker carries. The static files get
//! theirs from `public/_headers`; a test holds the two together.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Names the request in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-lemon-request-id");

/// What a browser may do with an answer of the API: nothing but read it.
const API: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// What holds for the API and for the static files alike.
const EVERYWHERE: [(&str, &str); 6] = [
    (
        "strict-transport-security",
        "max-age=63072000; includeSubDomains",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// The headers that came, without those whose names HTTP does not allow. Bytes that it does
/// not allow in a value become question marks: what is beside them can still be read.
#[must_use]
pub fn received(pairs: impl IntoIterator<Item = (String, String)>) -> HeaderMap {
    let sound = |(name, value): (String, String)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut bytes = value.into_bytes();
        for byte in &mut bytes {
            if byte.is_ascii_control() && *byte != b'\t' {
                *byte = b'?';
            }
        }
        Some((name, HeaderValue::from_bytes(&bytes).ok()?))
    };
    pairs.into_iter().filter_map(sound).collect()
}

/// Adds them all, over whatever stood there; only a page keeps a policy of its own. Browsers
/// keep nothing but what has a tag to ask for it again.
pub fn secure(headers: &mut HeaderMap) {
    if !headers.contains_key(header::ETAG) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_page = kind.is_some_and(|kind| kind.starts_with(b"text/html"));
    if !is_page || !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, API);
    }
    for (name, value) in EVERYWHERE {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn an_odd_header_costs_nothing_but_itself() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = received([
            pair("cookie", "a=\u{1}\u{7f}; 이름=b"),
            pair("b ad", "1"),
            pair("", "1"),
            pair("Accept", "*/*"),
            pair("accept", "text/html"),
        ]);
        let cookie = headers[header::COOKIE].as_bytes();
        assert_eq!(cookie, "a=??; 이름=b".as_bytes());
        assert_eq!(headers.get_all(header::ACCEPT).iter().count(), 2);
        assert_eq!(headers.len(), 3);
    }

    /// The rules of `public/_headers`: pattern to name to value.
    fn rules() -> HashMap<&'static str, HashMap<String, &'static str>> {
        let mut rules = HashMap::new();
        let mut pattern = "";
        for line in include_str!("../../public/_headers").lines() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            assert!(line.len() <= 2000, "longer than the platform reads: {line}");
            let Some(line) = line.strip_prefix("  ") else {
                pattern = line;
                continue;
            };
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            let rule: &mut HashMap<_, _> = rules.entry(pattern).or_default();
            assert!(
                rule.insert(name.to_lowercase(), value).is_none(),
                "twice: {line}"
            );
        }
        rules
    }

    #[test]
    fn the_static_files_carry_the_headers_of_the_api() {
        let rules = rules();
        for (name, value) in EVERYWHERE {
            assert_eq!(rules["/*"].get(name), Some(&value), "{name}");
        }
    }

    #[test]
    fn the_pages_policy_allows_named_sources_and_nothing_inline() {
        let rules = rules();
        let policy = rules["/*"]["content-security-policy"];
        let directives: HashMap<_, _> = policy
            .split("; ")
            .filter_map(|directive| directive.split_once(' '))
            .collect();
        assert_eq!(directives["default-src"], "'none'");
        assert_eq!(directives["script-src"], "'self' 'wasm-unsafe-eval'");
        assert_eq!(directives["frame-ancestors"], "'none'");
        for forbidden in ["unsafe-inline", "'unsafe-eval'", "*", "http:"] {
            assert!(!policy.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn one_worker_alone_may_ask_servers_that_are_not_ours() {
        let with_policy =
            |(_, headers): &(_, &HashMap<_, _>)| headers.contains_key("content-security-policy");
        let rules = rules();
        let of_others = rules.iter().filter(|(pattern, _)| **pattern != "/*");
        let policies: Vec<_> = of_others.filter(with_policy).collect();
        let [(pattern, headers)] = policies[..] else {
            panic!("{policies:?}");
        };
        assert_eq!(*pattern, "/engine/:build/sources/worker.js");
        let policy = headers["content-security-policy"];
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "));
        // Two policies would both hold.
        assert!(headers.contains_key("! content-security-policy"));
        let page = rules["/*"]["content-security-policy"];
        assert!(page.contains("; connect-src 'self';"));
    }

    #[test]
    fn only_a_page_keeps_its_policy() {
        let own = HeaderValue::from_static("default-src 'self'");
        for (kind, keeps) in [
            ("text/html; charset=utf-8", true),
            ("application/json", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            secure(&mut headers);
            assert_eq!(headers[header::CONTENT_SECURITY_POLICY], API);
            headers.insert(header::CONTENT_SECURITY_POLICY, own.clone());
            secure(&mut headers);
            assert_eq!(
                headers[header::CONTENT_SECURITY_POLICY] == own,
                keeps,
                "{kind}"
            );
        }
    }

    #[test]
    fn nothing_of_the_api_is_stored_or_framed() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public"));
        secure(&mut headers);
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(headers.len(), 2 + EVERYWHERE.len());

        let tagged = HeaderMap::from_iter([
            (header::ETAG, HeaderValue::from_static("\"a\"")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ]);
        headers = tagged;
        secure(&mut headers);
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
    }
}
