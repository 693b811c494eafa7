//! Servers on which people post, as people name them.

use std::fmt;

/// Longest name of a host that there can be, in bytes, and a port behind it.
const MAX_HOST: usize = 253 + ":65535".len();

/// A host, and its port if it is not the usual one: `misskey.example`. It can be part of an
/// address as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server(String);

impl Server {
    /// The server in what a person typed: its host, an address on it, or one's whole name there,
    /// `@lemon@misskey.example`. International names are to be in ASCII already. None if it is
    /// none of these.
    #[must_use]
    pub fn named(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        let lower = typed.to_ascii_lowercase();
        let rest = lower.strip_prefix("https://").unwrap_or(&lower);
        let rest = rest.strip_prefix("http://").unwrap_or(rest);
        let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = rest.rsplit('@').next().unwrap_or_default();
        Self::at(host.trim_end_matches('.'))
    }

    /// The server at `host`, if that is one.
    #[must_use]
    pub fn at(host: &str) -> Option<Self> {
        let (name, port) = match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        };
        let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
        let is_label = |label: &str| {
            let is_inside = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
            let is_edge = |c: u8| c != b'-';
            !label.is_empty()
                && label.bytes().all(is_inside)
                && label.bytes().next().is_some_and(is_edge)
                && label.bytes().last().is_some_and(is_edge)
        };
        let is_name = name.contains('.') || name == LOCALHOST;
        let is_host = is_name && name.split('.').all(is_label) && host.len() <= MAX_HOST;
        (is_host && port.is_none_or(is_port)).then(|| Self(host.to_owned()))
    }

    #[must_use]
    pub fn host(&self) -> &str {
        &self.0
    }

    /// Where its addresses begin: without a slash behind it. What runs on this machine needs no
    /// encryption, and has none.
    #[must_use]
    pub fn base(&self) -> String {
        let name = self.0.split(':').next().unwrap_or_default();
        let scheme = match name {
            LOCALHOST | "127.0.0.1" => "http",
            _ => "https",
        };
        format!("{scheme}://{self}")
    }
}

const LOCALHOST: &str = "localhost";

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_server_is_found_in_what_people_type() {
        for (typed, host) in [
            ("misskey.example", Some("misskey.example")),
            (" Misskey.Example. ", Some("misskey.example")),
            (
                "https://misskey.example/@lemon?a#b",
                Some("misskey.example"),
            ),
            ("HTTP://misskey.example", Some("misskey.example")),
            ("@lemon@misskey.example", Some("misskey.example")),
            ("lemon@misskey.example", Some("misskey.example")),
            ("https://a:b@misskey.example/", Some("misskey.example")),
            ("xn--9i1bl3b.example", Some("xn--9i1bl3b.example")),
            ("misskey.example:8443", Some("misskey.example:8443")),
            ("localhost:3000", Some("localhost:3000")),
            ("127.0.0.1:3000", Some("127.0.0.1:3000")),
            ("misskey.example:0", None),
            ("misskey.example:99999", None),
            ("misskey", None),
            ("@lemon", None),
            ("", None),
            ("레몬.example", None),
            ("a b.example", None),
            ("-a.example", None),
            ("a..example", None),
            ("javascript:alert(1)", None),
        ] {
            let found = Server::named(typed);
            assert_eq!(found.as_ref().map(Server::host), host, "{typed}");
        }
        assert!(Server::named(&format!("{}.example", "a".repeat(300))).is_none());
    }

    #[test]
    fn only_this_machine_is_asked_in_the_open() {
        for (host, base) in [
            ("misskey.example", "https://misskey.example"),
            ("misskey.example:8443", "https://misskey.example:8443"),
            ("localhost.example", "https://localhost.example"),
            ("localhost:3000", "http://localhost:3000"),
            ("127.0.0.1", "http://127.0.0.1"),
            ("127.0.0.1.example", "https://127.0.0.1.example"),
        ] {
            assert_eq!(Server::at(host).unwrap().base(), base);
        }
    }

    proptest! {
        #[test]
        fn a_server_is_a_host_and_nothing_more(typed in "[ -~가-힣]{0,24}") {
            if let Some(server) = Server::named(&typed) {
                let is_of_hosts = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:".contains(c);
                prop_assert!(server.host().chars().all(is_of_hosts));
                prop_assert_eq!(Server::at(server.host()), Some(server.clone()));
                prop_assert_eq!(Server::named(&server.base()), Some(server));
            }
        }
    }
}
