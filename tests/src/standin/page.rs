//! The pages that a person sees, and avatars.

use super::{
    DEMO_HANDLE,
    account::{Account, Directory},
    post::mix,
    query::Query,
};

/// The accounts that the page offers; any other can be typed.
const OFFERED: [&str; 6] = [
    DEMO_HANDLE,
    "posts_3200",
    "posts_200",
    "protected_demo",
    "retweets_demo",
    "empty_demo",
];

/// The authorize page. `unknown` is a handle that was typed and is nobody's.
#[must_use]
pub fn accounts(directory: &Directory, query: &Query, unknown: Option<&str>) -> String {
    let choice = choice(directory, "/i/oauth2/authorize", query, unknown);
    let base = escape(&query.encode_without(&["as", "cancel"]));
    document(
        "X",
        "Sign in",
        &format!(
            r#"<h1>Sign in to Lemon Toolbox</h1>
<p>The app asks to read the account's posts and profile. It cannot post.</p>
{choice}
<a id="cancel" class="cancel" href="/i/oauth2/authorize?{base}&amp;cancel=1">Cancel</a>"#
        ),
    )
}

/// The accounts that are offered, and a field for any other. Choosing asks for `path` again,
/// with `as` beside what was in `query`.
#[must_use]
pub(crate) fn choice(
    directory: &Directory,
    path: &str,
    query: &Query,
    unknown: Option<&str>,
) -> String {
    let path = escape(path);
    let base = escape(&query.encode_without(&["as", "cancel"]));
    let offered: String = OFFERED
        .iter()
        .filter_map(|handle| directory.account(handle))
        .map(|account| offer(&account, &path, &base))
        .collect();
    let hidden: Vec<String> = query
        .iter()
        .filter(|(name, _)| !["as", "cancel"].contains(name))
        .map(|(name, value)| {
            let (name, value) = (escape(name), escape(value));
            format!(r#"<input type="hidden" name="{name}" value="{value}">"#)
        })
        .collect();
    let hidden = hidden.concat();
    let complaint = unknown.map_or_else(String::new, |handle| {
        format!(
            r#"<p class="complaint" role="alert">There is no account @{} here.</p>"#,
            escape(handle.trim_start_matches('@'))
        )
    });
    format!(
        r#"{complaint}<ul>{offered}</ul>
<form method="get" action="{path}">{hidden}
<label for="handle">Another account, such as posts_12345</label>
<div class="row"><input id="handle" name="as" required maxlength="32" autocomplete="off" autocapitalize="none" spellcheck="false"><button id="as-handle">Sign in</button></div>
</form>"#
    )
}

/// What X shows when an app's request is not right.
#[must_use]
pub fn refusal(reason: &str) -> String {
    document(
        "X",
        "Something went wrong",
        &format!(
            r#"<h1>Something went wrong</h1>
<p>You were not able to give access to the app. Go back and try again.</p>
<p id="reason">The stand-in's reason: {}.</p>"#,
            escape(reason)
        ),
    )
}

/// A lemon in a colour of its own for each handle, as SVG.
#[must_use]
pub fn avatar(handle: &str) -> String {
    let seed = handle
        .bytes()
        .fold(0, |seed, byte| mix(seed, u64::from(byte)));
    let (hue, turn) = (seed % 360, seed / 360 % 60);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96"><rect width="96" height="96" fill="hsl({hue} 70% 82%)"/><g transform="rotate({turn} 48 48)"><ellipse cx="48" cy="50" rx="30" ry="24" fill="gold"/><path d="M76 44q10 3 10 6t-10 6zM20 44q-7 3-7 6t7 6z" fill="gold"/><path d="M48 26q4-16 22-14-4 15-22 14z" fill="seagreen"/></g></svg>"#
    )
}

fn offer(account: &Account, path: &str, base: &str) -> String {
    let user = account.user();
    let (handle, name) = (escape(&user.handle), escape(&user.name));
    let lock = if user.protected { " · protected" } else { "" };
    format!(
        r#"<li><a id="as-{handle}" href="{path}?{base}&amp;as={handle}"><img src="/_avatar/{handle}" alt="" width="44" height="44"><span><b>{name}</b><small>@{handle} · {} posts{lock}</small></span></a></li>"#,
        account.len()
    )
}

/// A page of the stand-in for `whom`.
#[must_use]
pub(crate) fn document(whom: &str, title: &str, body: &str) -> String {
    format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>{title} · stand-in for {whom}</title><style>{STYLE}</style></head>
<body><p class="banner">Stand-in for {whom}: a test server on this machine. Nothing here is {whom}, and no password is asked for.</p>
<main>{body}</main></body></html>"#
    )
}

#[must_use]
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

pub(crate) const STYLE: &str = "
:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }
body { margin: 0; }
.banner { margin: 0; padding: .6rem 1rem; background: #ffd93b; color: #332b00; text-align: center; }
main { max-width: 26rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; line-height: 1.2; }
ul { list-style: none; padding: 0; }
li a { display: flex; gap: .8rem; align-items: center; padding: .6rem .8rem; margin: .4rem 0;
  border: 1px solid #8886; border-radius: .8rem; color: inherit; text-decoration: none; }
li a:hover, li a:focus-visible { background: #ffd93b33; }
img { border-radius: 50%; }
small { display: block; opacity: .75; }
.row { display: flex; gap: .5rem; margin: .4rem 0 1.2rem; }
input { flex: 1; min-width: 0; }
input, button { font: inherit; padding: .5rem .8rem; border-radius: .6rem; border: 1px solid #8886; }
button { background: #ffd93b; color: #332b00; cursor: pointer; }
.cancel { color: inherit; }
.complaint { color: #c0392b; }
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_comes_back_escaped() {
        let directory = Directory::load().unwrap();
        let query = Query::parse("state=%22%3E%3Cscript%3E&scope=tweet.read&as=%3Cb%3E");
        let page = accounts(&directory, &query, query.get("as"));
        assert!(!page.contains("<script>") && !page.contains("<b>&lt;") && !page.contains("@<b>"));
        assert!(page.contains(r#"value="&quot;&gt;&lt;script&gt;""#));
        assert!(refusal("<i>").contains("&lt;i&gt;"));
    }

    #[test]
    fn every_offered_account_has_its_element() {
        let directory = Directory::load().unwrap();
        let page = accounts(&directory, &Query::default(), None);
        for handle in OFFERED {
            assert!(page.contains(&format!(r#"id="as-{handle}""#)), "{handle}");
        }
        for id in ["handle", "as-handle", "cancel"] {
            assert!(page.contains(&format!(r#"id="{id}""#)), "{id}");
        }
    }

    #[test]
    fn avatars_differ() {
        assert_ne!(avatar("lemon_demo"), avatar("posts_3200"));
    }
}
