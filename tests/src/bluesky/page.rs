//! The pages that a person sees.

use super::{Shared, address, grant::Asked, person::Person};
use crate::standin::{
    DEMO_HANDLE,
    page::{STYLE, escape},
    query::Query,
};

/// The accounts that the page offers, by their names at X; any other can be
/// typed.
const OFFERED: [&str; 6] = [
    DEMO_HANDLE,
    "posts_3200",
    "posts_200",
    "protected_demo",
    "retweets_demo",
    "empty_demo",
];

/// Which account? `unknown` is what was typed and is nobody's.
pub fn accounts(shared: &Shared, query: &Query, asked: &Asked, unknown: Option<&str>) -> String {
    let base = escape(&query.encode_without(&["as"]));
    let offered: String = OFFERED
        .iter()
        .filter_map(|name| Some((name, shared.person(name)?)))
        .map(|(name, person)| offer(name, &person, &base))
        .collect();
    let hidden: Vec<String> = query
        .iter()
        .filter(|(name, _)| *name != "as")
        .map(|(name, value)| {
            let (name, value) = (escape(name), escape(value));
            format!(r#"<input type="hidden" name="{name}" value="{value}">"#)
        })
        .collect();
    let hidden = hidden.concat();
    let complaint = unknown.map_or_else(String::new, |name| {
        format!(
            r#"<p class="complaint" role="alert">There is no account {} here.</p>"#,
            escape(name)
        )
    });
    let hint = escape(asked.hint.as_deref().unwrap_or_default());
    document(
        "Sign in",
        &format!(
            r#"<h1>Sign in</h1>
{complaint}<ul>{offered}</ul>
<form method="get" action="/oauth/authorize">{hidden}
<label for="handle">Another account, such as posts-12345.test</label>
<div class="row"><input id="handle" name="as" value="{hint}" required maxlength="80" autocomplete="off" autocapitalize="none" spellcheck="false"><button id="as-handle">Next</button></div>
</form>
<a id="cancel" class="cancel" href="/oauth/authorize/redirect?{base}&amp;cancel=1">Cancel</a>"#
        ),
    )
}

/// May the client called `title` know who one is?
pub fn consent(person: &Person, title: &str, query: &Query, asked: &Asked) -> String {
    let base = escape(&query.encode_without(&["as"]));
    let (handle, title) = (escape(&person.handle), escape(title));
    let scope = escape(&asked.scope);
    document(
        "Authorize",
        &format!(
            r#"<h1>Authorize</h1>
<p><b id="client">{title}</b> wants to access your <b id="account">@{handle}</b> account.</p>
<p>It asks for: <span id="scope">{scope}</span></p>
<p><a id="allow" href="/oauth/authorize/redirect?{base}&amp;as={handle}">Authorize</a></p>
<a id="cancel" class="cancel" href="/oauth/authorize/redirect?{base}&amp;cancel=1">Deny access</a>"#
        ),
    )
}

/// What is shown when there is no client to send the browser back to.
pub fn refusal(reason: &str) -> String {
    document(
        "Something went wrong",
        &format!(
            r#"<h1>Something went wrong</h1><p id="reason">{}</p>"#,
            escape(reason)
        ),
    )
}

fn offer(name: &str, person: &Person, base: &str) -> String {
    let (name, handle) = (escape(name), escape(&person.handle));
    let user = person.account.user();
    format!(
        r#"<li><a id="as-{name}" href="/oauth/authorize?{base}&amp;as={handle}"><span><b>{}</b><small>@{handle} · {} posts</small></span></a></li>"#,
        escape(&user.name),
        person.account.len()
    )
}

fn document(title: &str, body: &str) -> String {
    format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>{title} · stand-in for Bluesky</title><style>{STYLE}</style></head>
<body><p class="banner">Stand-in for Bluesky: a test server on this machine. Nothing here is Bluesky, and no password is asked for.</p>
<main>{body}</main></body></html>"#
    )
}

/// Whoever was chosen, by handle or by name at X.
pub fn chosen<'a>(shared: &'a Shared, choice: &str) -> Option<Person<'a>> {
    shared.person(&address::name(choice))
}
