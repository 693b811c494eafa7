//! Which page and which place a request comes from.

use std::net::{IpAddr, Ipv6Addr};

use http::{
    HeaderMap, HeaderValue, Uri, header,
    uri::{PathAndQuery, Scheme},
};

use lemon_wire::SEEN;

use crate::error::Error;

/// The origin that `uri`, an absolute address, is of: scheme and authority.
///
/// # Errors
/// [`Error::BadRequest`] if it is not absolute.
pub fn of(uri: &Uri) -> Result<String, Error> {
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => Ok(format!("{scheme}://{authority}")),
        _ => Err(Error::BadRequest("the address is not absolute")),
    }
}

/// Lets a request that changes something pass only if our own page sent it.
/// Browsers send `Origin` with every such request.
///
/// # Errors
/// [`Error::WrongOrigin`] if another page sent it, or none said that it did.
pub fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), Error> {
    let ours = of(uri)?;
    let mut said = headers.get_all(header::ORIGIN).into_iter();
    match (said.next(), said.next()) {
        (Some(origin), None) if origin.as_bytes() == ours.as_bytes() => Ok(()),
        _ => Err(Error::WrongOrigin),
    }
}

/// Refuses what another page made the browser ask for, as a link to a route that costs
/// the operator money would. Browsers that do not say who asks pass: cookies are kept
/// from foreign pages' own requests anyway.
///
/// # Errors
/// [`Error::WrongOrigin`].
pub fn refuse_others(headers: &HeaderMap) -> Result<(), Error> {
    match headers.get("sec-fetch-site") {
        Some(site) if site != "same-origin" && site != "none" => Err(Error::WrongOrigin),
        _ => Ok(()),
    }
}

/// Where a request that came in the open is to come instead: the same address by HTTPS. None
/// on a machine that is developed on, which goes by `localhost` or by a number; the edge is
/// known by names alone. A port is left out, as the one for HTTP is none for HTTPS.
#[must_use]
pub fn secured(uri: &Uri) -> Option<String> {
    let host = uri.host()?;
    let number = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_local = number.is_ok() || host == "localhost" || host.ends_with(".localhost");
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    (uri.scheme() == Some(&Scheme::HTTP) && !is_local).then(|| format!("https://{host}{path}"))
}

/// Whether the address is one of the API's.
#[must_use]
pub fn is_of_api(uri: &Uri) -> bool {
    uri.path() == "/api" || uri.path().starts_with("/api/")
}

/// Whether a person follows an address that is none of the API's: what programs ask for,
/// and what pages ask for themselves, is seldom a page.
#[must_use]
pub fn is_visit(uri: &Uri, headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).map(HeaderValue::as_bytes);
    let accepted = accepted
        .unwrap_or_default()
        .split(|byte| b",;".contains(byte));
    !is_of_api(uri)
        && accepted
            .map(<[u8]>::trim_ascii)
            .any(|kind| kind == b"text/html")
}

/// Where the page of a link is whose `#` was encoded on its way, once or more often, so that the
/// key came with the address. It is told so.
#[must_use]
pub fn of_link(uri: &Uri) -> Option<String> {
    let mut encoded = uri.path_and_query()?.as_str().strip_prefix("/b%")?;
    while let Some(once_less) = encoded.strip_prefix("25") {
        encoded = once_less;
    }
    let key = encoded.strip_prefix("23")?;
    Some(format!("/b?{SEEN}#{key}"))
}

/// What the place a request comes from counts as: the largest of its [`networks`], as whoever
/// has one has all that are in it.
#[must_use]
pub fn place(headers: &HeaderMap) -> String {
    networks(headers).pop().unwrap_or_default()
}

/// The networks that a request comes from, the smallest first and one at least: an IPv4
/// address, or the 64, 56 and 48 bits of an IPv6 address, each of which providers hand out
/// as one. Whatever has no address is one place.
#[must_use]
pub fn networks(headers: &HeaderMap) -> Vec<String> {
    let address = headers.get("cf-connecting-ip");
    let address = address.and_then(|address| address.to_str().ok());
    match address.unwrap_or_default().parse() {
        Ok(IpAddr::V4(address)) => vec![address.to_string()],
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            let networks = [(64, d), (56, d & 0xFF00), (48, 0)];
            let text = |(bits, d)| {
                let network = Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0);
                format!("{network}/{bits}")
            };
            networks.map(text).to_vec()
        }
        Err(_) => vec!["unknown".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    #[test]
    fn a_link_whose_mark_was_encoded_leads_to_its_page() {
        let of = |path: &str| of_link(&format!("https://lemon.test{path}").parse().unwrap());
        for (path, page) in [
            ("/b%23AAEC-_", "/b?seen#AAEC-_"),
            ("/b%2523AAEC", "/b?seen#AAEC"),
            ("/b%252523AAEC", "/b?seen#AAEC"),
            ("/b%232523AAEC", "/b?seen#2523AAEC"),
            ("/b%23AAEC%2E?a=1&b", "/b?seen#AAEC%2E?a=1&b"),
            ("/b%23", "/b?seen#"),
        ] {
            assert_eq!(of(path).as_deref(), Some(page), "{path}");
        }
        for path in [
            "/b",
            "/b/",
            "/",
            "/b%20",
            "/b%2",
            "/b%25",
            "/bots%23AAEC",
            "/api/b%23A",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_one_place() {
        let place = |address: &'static str| {
            let address = HeaderValue::from_static(address);
            place(&HeaderMap::from_iter([(
                HeaderName::from_static("cf-connecting-ip"),
                address,
            )]))
        };
        assert_eq!(place("2001:db8:1:2:3::4"), place("2001:db8:1:2:ffff::9"));
        assert_eq!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
        assert_ne!(place("2001:db8:1:2::1"), place("2001:db8:2:2::1"));
        assert_ne!(place("192.0.2.1"), place("192.0.2.2"));
        assert_eq!(place(""), place("anything"));
    }

    #[test]
    fn an_ipv6_address_is_in_networks_of_three_sizes() {
        let networks = |address: &'static str| {
            let address = HeaderValue::from_static(address);
            let name = HeaderName::from_static("cf-connecting-ip");
            networks(&HeaderMap::from_iter([(name, address)]))
        };
        let all = networks("2001:db8:1:234::5");
        assert_eq!(
            all,
            [
                "2001:db8:1:234::/64",
                "2001:db8:1:200::/56",
                "2001:db8:1::/48"
            ]
        );
        for (address, shared) in [
            ("2001:db8:1:234::6", 3),
            ("2001:db8:1:2ff::5", 2),
            ("2001:db8:1:ff34::5", 1),
            ("2001:db8:2:234::5", 0),
            // The same beginning, and another length.
            ("2001:db8:1::", 1),
        ] {
            let other = networks(address);
            let count = all.iter().filter(|network| other.contains(network)).count();
            assert_eq!(count, shared, "{address}");
        }
        assert_eq!(networks("192.0.2.1"), ["192.0.2.1"]);
        assert_eq!(networks("lemon"), ["unknown"]);
    }

    #[test]
    fn what_comes_in_the_open_is_led_to_https_but_not_on_this_machine() {
        let secured = |uri: &str| secured(&uri.parse().unwrap());
        for (open, expected) in [
            ("http://lemon.test", "https://lemon.test/"),
            ("http://lemon.test/b?x=1&y", "https://lemon.test/b?x=1&y"),
            ("http://lemon.test:8080/", "https://lemon.test/"),
            ("http://localhost.test/", "https://localhost.test/"),
            ("http://notlocalhost/", "https://notlocalhost/"),
        ] {
            assert_eq!(secured(open).as_deref(), Some(expected));
        }
        for stays in [
            "https://lemon.test/",
            "http://localhost/",
            "http://localhost:8787/api/me",
            "http://lemon.localhost/",
            "http://127.0.0.1:8787/",
            "http://192.0.2.7/",
            "http://[::1]:8787/",
            "/api/me",
        ] {
            assert_eq!(secured(stays), None, "{stays}");
        }
    }

    #[test]
    fn a_visit_is_known_by_what_it_accepts() {
        let is_visit = |path: &'static str, accept: &'static str| {
            let headers = [(header::ACCEPT, HeaderValue::from_static(accept))];
            is_visit(&Uri::from_static(path), &HeaderMap::from_iter(headers))
        };
        let browsers = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert!(is_visit("/no", browsers) && is_visit("/apis", "*/*, text/html;q=1"));
        assert!(!is_visit("/no", "*/*") && !is_visit("/no", ""));
        assert!(!is_visit("/api", browsers) && !is_visit("/api/no", browsers));
    }

    #[test]
    fn a_foreign_page_is_refused_where_the_browser_tells() {
        let refused = |site: &'static str| {
            let pair = ("sec-fetch-site".parse().unwrap(), site.parse().unwrap());
            refuse_others(&HeaderMap::from_iter([pair])).is_err()
        };
        assert!(refused("cross-site") && refused("same-site"));
        assert!(!refused("same-origin") && !refused("none"));
        assert_eq!(refuse_others(&HeaderMap::new()), Ok(()));
    }

    #[test]
    fn only_our_own_origin_passes() {
        let uri: Uri = "https://lemon.test/api/auth/logout".parse().unwrap();
        let check = |origins: &[&str]| {
            let pairs = origins.iter().map(|o| (header::ORIGIN, o.parse().unwrap()));
            check(&uri, &pairs.collect())
        };
        assert_eq!(check(&["https://lemon.test"]), Ok(()));
        let others: [&[&str]; 7] = [
            &[],
            &["null"],
            &["http://lemon.test"],
            &["https://lemon.test:8443"],
            &["https://lemon.test.evil.test"],
            &["https://evil.test"],
            &["https://lemon.test/"],
        ];
        for origin in others {
            assert_eq!(check(origin), Err(Error::WrongOrigin), "{origin:?}");
        }
    }

    #[test]
    fn an_origin_keeps_its_port() {
        let of = |uri: &str| of(&uri.parse().unwrap());
        assert_eq!(
            of("http://localhost:8787/api/me?x=1").unwrap(),
            "http://localhost:8787"
        );
        assert!(of("/api/me").is_err());
    }
}
