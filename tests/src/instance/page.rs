//! The pages that a person sees.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::standin::{
    Directory, User,
    page::{choice, document, escape},
    query::Query,
};

/// The page on which a person chooses who they are. Choosing asks for `path` again, with `as`.
#[must_use]
pub fn accounts(
    whom: &str,
    directory: &Directory,
    path: &str,
    query: &Query,
    unknown: Option<&str>,
) -> String {
    let choice = choice(directory, path, query, unknown);
    document(whom, "Sign in", &format!("<h1>Who are you?</h1>\n{choice}"))
}

/// The page on which `user` allows something or declines it. Either asks for `path` again,
/// with `allow` or `decline` beside what is in `query`.
#[must_use]
pub fn consent(whom: &str, user: &User, asks: &str, path: &str, query: &Query) -> String {
    let (path, base) = (
        escape(path),
        escape(&query.encode_without(&["allow", "decline"])),
    );
    let (handle, asks) = (escape(&user.handle), escape(asks));
    document(
        whom,
        "Authorization",
        &format!(
            r#"<h1>Allow this, @{handle}?</h1>
<p id="asks">{asks}</p>
<p><a id="allow" href="{path}?{base}&amp;allow=1">Allow</a></p>
<p><a id="cancel" class="cancel" href="{path}?{base}&amp;decline=1">Decline</a></p>"#
        ),
    )
}

/// A page that says one thing.
#[must_use]
pub fn notice(whom: &str, title: &str, says: &str) -> String {
    let (heading, says) = (escape(title), escape(says));
    document(
        whom,
        &heading,
        &format!(r#"<h1>{heading}</h1><p id="reason">{says}</p>"#),
    )
}

/// Sends the browser on.
#[must_use]
pub fn redirect(to: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

/// `uri` with these in its query, each in place of one that is there already. A fragment stays
/// behind it.
#[must_use]
pub fn with_parameters(uri: &str, parameters: &[(&str, &str)]) -> String {
    let (rest, fragment) = uri.split_once('#').unwrap_or((uri, ""));
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let names: Vec<&str> = parameters.iter().map(|(name, _)| *name).collect();
    let kept = Query::parse(query).encode_without(&names);
    let added = form_urlencoded::Serializer::new(kept)
        .extend_pairs(parameters)
        .finish();
    let mark = if fragment.is_empty() { "" } else { "#" };
    format!("{address}?{added}{mark}{fragment}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_put_into_an_address() {
        for (uri, expected) in [
            ("https://a.example/cb", "https://a.example/cb?session=s+1"),
            (
                "https://a.example/cb?x=1&session=old#f",
                "https://a.example/cb?x=1&session=s+1#f",
            ),
        ] {
            assert_eq!(with_parameters(uri, &[("session", "s 1")]), expected);
        }
    }

    #[test]
    fn what_was_sent_comes_back_escaped() {
        let directory = Directory::load().unwrap();
        let user = directory.user("lemon_demo").unwrap();
        let query = Query::parse("name=%3Cb%3E");
        let page = consent("Misskey", &user, "<i>", "/miauth/\"x", &query);
        assert!(!page.contains("<i>") && !page.contains("<b>") && !page.contains("/miauth/\"x"));
    }
}
