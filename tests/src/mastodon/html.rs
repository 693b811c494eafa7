//! Texts as Mastodon's formatter writes them.

use crate::{
    instance::person::home,
    standin::{Directory, User, page::escape},
};

/// Longest part of an address that is shown.
const SHOWN: usize = 30;

/// The HTML of `words` behind the names of `named`, of somebody at `url`.
#[must_use]
pub(crate) fn content(directory: &Directory, url: &str, named: &[User], words: &str) -> String {
    let front: String = named
        .iter()
        .map(|user| mention(directory, url, user) + " ")
        .collect();
    let paragraphs = words.split("\n\n").map(|paragraph| {
        let lines = paragraph.split('\n');
        let lines: Vec<String> = lines.map(|line| inline(directory, url, line)).collect();
        lines.join("<br />")
    });
    let paragraphs: Vec<String> = paragraphs.collect();
    format!("<p>{front}{}</p>", paragraphs.join("</p><p>"))
}

/// An address, of which the middle is shown.
#[must_use]
pub(crate) fn link(address: &str) -> String {
    let shown = address
        .split_once("://")
        .map_or(address, |(_, shown)| shown);
    let (front, shown) = address.split_at(address.len() - shown.len());
    let end = shown
        .char_indices()
        .nth(SHOWN)
        .map_or(shown.len(), |(end, _)| end);
    let class = if end < shown.len() { "ellipsis" } else { "" };
    format!(
        r#"<a href="{}" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">{front}</span><span class="{class}">{}</span><span class="invisible">{}</span></a>"#,
        escape(address),
        escape(&shown[..end]),
        escape(&shown[end..]),
    )
}

/// Where somebody's profile is.
#[must_use]
pub(crate) fn profile(directory: &Directory, url: &str, user: &User) -> String {
    match home(directory, user) {
        Some(host) => format!("https://{host}/@{}", user.handle),
        None => format!("{url}/@{}", user.handle),
    }
}

fn mention(directory: &Directory, url: &str, user: &User) -> String {
    format!(
        r#"<span class="h-card" translate="no"><a href="{}" class="u-url mention">@<span>{}</span></a></span>"#,
        profile(directory, url, user),
        user.handle,
    )
}

fn inline(directory: &Directory, url: &str, line: &str) -> String {
    let words = line.split(' ').map(|word| {
        if word.starts_with("https://") || word.starts_with("http://") {
            return link(word);
        }
        if let Some(tag) = word.strip_prefix('#').filter(|tag| is_tag(tag)) {
            return format!(
                r#"<a href="{url}/tags/{tag}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>"#
            );
        }
        let user = word.strip_prefix('@').and_then(|name| directory.user(name));
        user.map_or_else(
            || escape(word).replace('\'', "&#39;"),
            |user| mention(directory, url, &user),
        )
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The tags in a text.
pub(crate) fn tags(words: &str) -> impl Iterator<Item = &str> {
    words
        .split_whitespace()
        .filter_map(|word| word.strip_prefix('#'))
        .filter(|tag| is_tag(tag))
}

fn is_tag(tag: &str) -> bool {
    !tag.is_empty() && tag.chars().all(|c| c.is_alphanumeric() || c == '_')
}
