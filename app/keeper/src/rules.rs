//! What is given in place of the network, and when. Pure.

use std::time::Duration;

/// Where the service worker's script is.
pub const SCRIPT: &str = "/sw.js";

/// The cache of the page's own files: its text under [`PAGE`], and what this names.
pub const FILES: &str = "lemon-page";

/// The cache of bots that were visited, sealed as they came.
pub const VISITS: &str = "lemon-visits";

/// How many of them are kept, the latest ones.
pub const MOST_VISITS: usize = 8;

/// The one address under which the page's text is kept: it is the same at all of them.
pub const PAGE: &str = "/";

/// The addresses that the page answers to.
pub const PAGES: [&str; 8] = [
    PAGE, "/b", "/back", "/bots", "/chat", "/privacy", "/search", "/status",
];

/// Where workers' files are, each in a folder that is called by the hash of all.
pub const ENGINE: &str = "/engine/";

/// How the names begin of the page's own files, which are called by their hashes; as in
/// `public/_headers`.
pub const HASHED: [&str; 3] = ["/lemon-app-", "/main-", "/start-"];

/// Files that are not: what is kept of them is as old as the page.
pub const PLAIN: [&str; 3] = ["/lemon.svg", "/manifest.webmanifest", "/icon-192.png"];

/// Where shared bots are.
const BOTS: &str = "/api/bots/";

/// What says of an answer that it was kept, and is as it was then.
pub const KEPT_HEADER: &str = "x-lemon-kept";

/// How long a network may be silent before what is kept is given in its place. One that was
/// silent before is not waited for again: a page's files come one after the other.
pub const PATIENCE: Duration = Duration::from_secs(4);

/// A request, as far as it matters.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub method: &'a str,
    /// It goes to where this worker is from.
    pub is_ours: bool,
    pub path: &'a str,
    /// A page is to be loaded, not a part of one.
    pub is_navigation: bool,
    /// A part is asked for, or whoever asks has an own idea of what may be kept.
    pub is_special: bool,
}

/// What may be given in place of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The page.
    Page,
    /// A file that is called by a hash, or goes with the page.
    File,
    /// A bot that was visited, until it is over.
    Bot,
}

impl Rule {
    /// None for what is the network's alone.
    #[must_use]
    pub fn of(request: &Request<'_>) -> Option<Self> {
        let Request {
            method,
            is_ours,
            path,
            is_navigation,
            is_special,
        } = *request;
        if method != "GET" || !is_ours {
            return None;
        }
        // However: browsers ask for what is gone back to as for what they have.
        if is_navigation {
            return PAGES.contains(&path).then_some(Self::Page);
        }
        if is_special {
            return None;
        }
        if path.starts_with(ENGINE)
            || PLAIN.contains(&path)
            || HASHED.iter().any(|beginning| path.starts_with(beginning))
        {
            return Some(Self::File);
        }
        let id = path.strip_prefix(BOTS)?;
        (!id.is_empty() && !id.contains('/')).then_some(Self::Bot)
    }

    /// Whether the network's answer of this status is given, although something is kept.
    #[must_use]
    pub fn takes(self, status: u16) -> bool {
        match self {
            // A redirection that the browser follows itself has 0.
            Self::Page => status < 500,
            Self::File => (200..300).contains(&status),
            // What is gone is to be seen as gone.
            Self::Bot => status < 500 && status != 429,
        }
    }
}

/// Whether a bot that is kept may still be given at `now`; `expires` is what its answer said, both
/// in seconds since 1970-01-01T00:00:00Z.
#[must_use]
pub fn lives(expires: Option<&str>, now: i64) -> bool {
    expires
        .and_then(|at| at.parse::<i64>().ok())
        .is_some_and(|at| now < at)
}

/// The page's own files that its text names, each once.
#[must_use]
pub fn files_of(html: &str) -> Vec<&str> {
    let mut files = Vec::new();
    // Addresses stand between quotation marks, also in scripts.
    for text in html.split(['"', '\'']) {
        let is_file = HASHED.iter().any(|beginning| text.starts_with(beginning))
            && text[1..]
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c));
        if (is_file || PLAIN.contains(&text)) && !files.contains(&text) {
            files.push(text);
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> Request<'_> {
        Request {
            method: "GET",
            is_ours: true,
            path,
            is_navigation: false,
            is_special: false,
        }
    }

    fn page(path: &str) -> Request<'_> {
        Request {
            is_navigation: true,
            ..get(path)
        }
    }

    #[test]
    fn pages_files_and_bots_are_what_may_be_kept() {
        for path in PAGES {
            assert_eq!(Rule::of(&page(path)), Some(Rule::Page), "{path}");
            let back = Request {
                is_special: true,
                ..page(path)
            };
            assert_eq!(Rule::of(&back), Some(Rule::Page), "{path}");
        }
        for path in [
            "/engine/abc/library/worker.js",
            "/lemon-app-abc_bg.wasm",
            "/main-abc.css",
            "/start-abc.js",
            "/lemon.svg",
        ] {
            assert_eq!(Rule::of(&get(path)), Some(Rule::File), "{path}");
        }
        assert_eq!(Rule::of(&get("/api/bots/abc")), Some(Rule::Bot));
    }

    #[test]
    fn everything_else_is_the_networks() {
        for path in [
            "/api/auth/login",
            "/api/auth/callback",
            "/nowhere",
            "/b/",
            "/sw.js",
        ] {
            assert_eq!(Rule::of(&page(path)), None, "{path}");
        }
        for path in [
            // Asked for by the page, it is to know what is served.
            "/",
            "/b",
            "/api/me",
            "/api/posts",
            "/api/status",
            "/api/bots/",
            "/api/bots/abc/reports",
            "/api/operator/bots/abc",
            // The encoder keeps them itself.
            "/model/abc/manifest.json",
            "/sw.js",
        ] {
            assert_eq!(Rule::of(&get(path)), None, "{path}");
        }
        for request in [
            Request {
                method: "PUT",
                ..get("/api/bots/abc")
            },
            Request {
                method: "HEAD",
                ..get("/api/bots/abc")
            },
            Request {
                method: "DELETE",
                ..get("/api/bots/abc")
            },
            Request {
                is_ours: false,
                ..get("/api/bots/abc")
            },
            Request {
                is_ours: false,
                ..page("/")
            },
            Request {
                is_special: true,
                ..get("/api/bots/abc")
            },
            Request {
                method: "POST",
                ..page("/")
            },
        ] {
            assert_eq!(Rule::of(&request), None, "{request:?}");
        }
    }

    #[test]
    fn what_the_network_says_counts_unless_it_is_failing() {
        for (rule, taken, refused) in [
            (Rule::Page, &[0, 200, 304, 404][..], &[500, 502, 503][..]),
            (Rule::File, &[200, 206], &[0, 301, 404, 500]),
            (Rule::Bot, &[200, 206, 304, 404, 410], &[429, 500, 503]),
        ] {
            for status in taken {
                assert!(rule.takes(*status), "{rule:?} {status}");
            }
            for status in refused {
                assert!(!rule.takes(*status), "{rule:?} {status}");
            }
        }
    }

    #[test]
    fn a_bot_that_is_over_is_given_to_nobody() {
        assert!(lives(Some("1800000000"), 1_799_999_999));
        assert!(!lives(Some("1800000000"), 1_800_000_000));
        assert!(!lives(Some("soon"), 0));
        assert!(!lives(None, 0));
    }

    #[test]
    fn a_page_names_its_files() {
        let html = r#"<link rel="stylesheet" href="/main-1.css"><link rel="icon" href="/lemon.svg">
            <link rel="modulepreload" href="/lemon-app-2.js"><script src="/start-3.js"></script>
            <script>import init from '/lemon-app-2.js'; init('/lemon-app-2_bg.wasm')</script>
            <a href="/main-">"/lemon-app-4.js?x" "/api/me" "/main-../x" "/start-é"</a>"#;
        assert_eq!(
            files_of(html),
            [
                "/main-1.css",
                "/lemon.svg",
                "/lemon-app-2.js",
                "/start-3.js",
                "/lemon-app-2_bg.wasm",
                "/main-",
            ]
        );
    }
}
