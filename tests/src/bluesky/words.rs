//! What somebody typed, as Bluesky's app stores it: links shortened, with facets
//! that count bytes.

use serde_json::{Value, json};

use crate::standin::post::{Post, Relation, draw};

/// Longest path that the app shows whole, and what it shows of a longer one
/// (social-app, `toShortUrl`).
const MAX_PATH: usize = 15;
const SHOWN_PATH: usize = 13;

/// Two posts of so many have a link that X does not have in them, one behind their
/// words and one before.
const LINK_IN: usize = 24;
const LINK: &str = "https://lemon.example.com/recipes/";

/// Most characters of a post, which the lexicon counts in graphemes: none of those
/// has fewer.
pub const MAX_LETTERS: usize = 300;
const ROOM_FOR_LINK: usize = 60;

/// A text with what stands in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    pub text: String,
    pub facets: Vec<Value>,
}

/// The words of a post, without what X puts into its text: the mentions before a
/// reply, and the address of what is quoted.
#[must_use]
pub fn words(post: &Post) -> Words {
    let mut typed = post.text.as_str();
    while let Some(mention) = typed.strip_prefix('@').filter(|_| post.answers.is_some()) {
        let Some((_, rest)) = mention.split_once(' ') else {
            break;
        };
        typed = rest;
    }
    let quotes = post
        .reference
        .is_some_and(|reference| reference.relation == Relation::Quoted);
    if let Some((own, _)) = typed.rsplit_once(" https://x.com/").filter(|_| quotes) {
        typed = own;
    }
    let typed = cut(typed);
    if typed.chars().count() + ROOM_FOR_LINK > MAX_LETTERS {
        return marked(typed);
    }
    // A link says nothing, and few have one at X.
    match draw(post.id, 57, LINK_IN) {
        0 => marked(&format!("{typed} {LINK}{}", post.id)),
        1 => marked(&format!("{LINK}{}\n{typed}", post.id)),
        _ => marked(typed),
    }
}

/// The beginning of a text that is longer than a post can be.
fn cut(typed: &str) -> &str {
    let Some((end, _)) = typed.char_indices().nth(MAX_LETTERS) else {
        return typed;
    };
    let words = typed[..end].rsplit_once(char::is_whitespace);
    words.map_or(&typed[..end], |(words, _)| words.trim_end())
}

fn marked(typed: &str) -> Words {
    let mut words = Words::default();
    for part in typed.split_inclusive(char::is_whitespace) {
        let word = part.trim_end();
        let start = words.text.len();
        if let Some(link) = word.strip_prefix("https://") {
            words.text.push_str(&shortened(link));
            words.mark(
                start,
                &json!({ "$type": "app.bsky.richtext.facet#link", "uri": word }),
            );
        } else {
            words.text.push_str(word);
            let tag = word
                .strip_prefix('#')
                .map(tag)
                .filter(|tag| !tag.is_empty());
            if let Some(tag) = tag {
                let end = start + "#".len() + tag.len();
                words.mark_to(
                    start,
                    end,
                    &json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag }),
                );
            }
        }
        words.text.push_str(&part[word.len()..]);
    }
    words
}

impl Words {
    fn mark(&mut self, start: usize, feature: &Value) {
        self.mark_to(start, self.text.len(), feature);
    }

    fn mark_to(&mut self, start: usize, end: usize, feature: &Value) {
        self.facets.push(json!({
            "$type": "app.bsky.richtext.facet",
            "index": { "byteStart": start, "byteEnd": end },
            "features": [feature],
        }));
    }
}

fn tag(word: &str) -> &str {
    let end = word
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(word.len());
    &word[..end]
}

/// `link` without its scheme, as it is shown.
fn shortened(link: &str) -> String {
    let (host, path) = link.split_at(link.find('/').unwrap_or(link.len()));
    let path = if path == "/" { "" } else { path };
    if path.chars().count() > MAX_PATH {
        let shown: String = path.chars().take(SHOWN_PATH).collect();
        format!("{host}{shown}...")
    } else {
        format!("{host}{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facets_count_bytes() {
        let words =
            marked("🍋 저도요 https://example.com/abc/defghijklmnop 봐 #레몬! https://a.example/");
        assert_eq!(
            words.text,
            "🍋 저도요 example.com/abc/defghijk... 봐 #레몬! a.example"
        );
        let shown: Vec<&str> = words
            .facets
            .iter()
            .map(|facet| {
                let at =
                    |name: &str| usize::try_from(facet["index"][name].as_u64().unwrap()).unwrap();
                &words.text[at("byteStart")..at("byteEnd")]
            })
            .collect();
        assert_eq!(shown, ["example.com/abc/defghijk...", "#레몬", "a.example"]);
        let link = &words.facets[0]["features"][0];
        assert_eq!(link["uri"], "https://example.com/abc/defghijklmnop");
        assert_eq!(words.facets[1]["features"][0]["tag"], "레몬");
    }
}
