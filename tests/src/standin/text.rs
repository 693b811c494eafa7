//! How X gives a post's text out: links shortened, HTML escaped, long posts
//! cut, with the places of mentions, links and tags.

use serde_json::{Map, Value, json};

use super::post::{Post, Relation, draw, mix};

/// Longest text of an ordinary post, where a character beyond Latin counts two
/// and a link 23.
const MAX_WEIGHT: usize = 280;
const LINK_WEIGHT: usize = 23;
/// A retweet's text is cut after so many characters.
const MAX_RETWEET: usize = 140;

/// A text as X gives it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub text: String,
    links: Vec<Link>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    short: String,
    long: String,
}

/// A post's ordinary text and, if that is cut, the whole one.
#[must_use]
pub fn give(post: &Post) -> (Given, Option<Given>) {
    let whole = shorten(&post.text, post.id);
    let retweet = post
        .reference
        .is_some_and(|reference| reference.relation == Relation::Retweeted);
    if retweet {
        let mut cut = whole;
        if cut.text.chars().count() > MAX_RETWEET {
            cut.text = cut.text.chars().take(MAX_RETWEET - 1).collect();
            cut.text.push('…');
        }
        cut.text = escape(&cut.text);
        return (cut, None);
    }
    if weight(&whole.text) <= MAX_WEIGHT {
        return (
            Given {
                text: escape(&whole.text),
                ..whole
            },
            None,
        );
    }
    let link = Link {
        short: short_link(&format!("/status/{}", post.id), post.id),
        long: format!("https://x.com/{}/status/{}", post.author.handle, post.id),
    };
    let mut cut = String::new();
    let mut used = 0;
    for letter in whole.text.chars() {
        used += letter_weight(letter);
        if used > MAX_WEIGHT - LINK_WEIGHT - 3 {
            break;
        }
        cut.push(letter);
    }
    let cut = Given {
        text: format!("{}… {}", escape(cut.trim_end()), link.short),
        links: whole.links.iter().cloned().chain([link]).collect(),
    };
    let whole = Given {
        text: escape(&whole.text),
        ..whole
    };
    (cut, Some(whole))
}

/// Where what is shown of a post's ordinary text begins and ends: behind the mentions that
/// X puts in front of a reply. X counts characters in some posts and units of UTF-16 in
/// others.
#[must_use]
pub fn shown(post: &Post, given: &Given) -> [usize; 2] {
    let mut start = 0;
    while let Some(mention) = given.text[start..]
        .strip_prefix('@')
        .filter(|_| post.answers.is_some())
    {
        let Some((handle, _)) = mention.split_once(' ') else {
            break;
        };
        start += "@ ".len() + handle.len();
    }
    let end = if draw(post.id, 41, 2) == 0 {
        given.text.chars().count()
    } else {
        given.text.encode_utf16().count()
    };
    [start, end]
}

impl Given {
    /// The places of mentions, links and tags in characters of [`Given::text`].
    /// `user` gives the id of a mentioned handle.
    #[must_use]
    pub fn entities(&self, user: impl Fn(&str) -> Option<u64>) -> Map<String, Value> {
        let letters: Vec<char> = self.text.chars().collect();
        let mut entities = Map::new();
        let mut add = |kind: &str, entity: Value| {
            if let Some(list) = entities
                .entry(kind)
                .or_insert_with(|| json!([]))
                .as_array_mut()
            {
                list.push(entity);
            }
        };
        let mut at = 0;
        while at < letters.len() {
            let follows_word = at > 0 && letters[at - 1].is_alphanumeric();
            let end = match letters[at] {
                '@' if !follows_word => {
                    run(&letters, at, |c| c.is_ascii_alphanumeric() || c == '_')
                }
                '#' if !follows_word && (at == 0 || letters[at - 1] != '&') => {
                    run(&letters, at, |c| c.is_alphanumeric() || c == '_')
                }
                'h' if !follows_word => run(&letters, at, |c| !c.is_whitespace()),
                _ => at + 1,
            };
            let word: String = letters[at..end].iter().collect();
            if end > at + 1 {
                match letters[at] {
                    '@' => {
                        let mut mention = json!({ "start": at, "end": end, "username": word[1..] });
                        if let Some(id) = user(&word[1..]) {
                            mention["id"] = json!(id.to_string());
                        }
                        add("mentions", mention);
                    }
                    '#' => add(
                        "hashtags",
                        json!({ "start": at, "end": end, "tag": word[1..] }),
                    ),
                    _ => {
                        if let Some(link) = self.links.iter().find(|link| link.short == word) {
                            let shown = link.long.trim_start_matches("https://");
                            add(
                                "urls",
                                json!({
                                    "start": at,
                                    "end": end,
                                    "url": link.short,
                                    "expanded_url": link.long,
                                    "display_url": shown,
                                }),
                            );
                        } else {
                            at += 1;
                            continue;
                        }
                    }
                }
            }
            at = end;
        }
        entities
    }
}

fn run(letters: &[char], at: usize, belongs: impl Fn(char) -> bool) -> usize {
    at + 1
        + letters[at + 1..]
            .iter()
            .take_while(|&&c| belongs(c))
            .count()
}

fn shorten(text: &str, id: u64) -> Given {
    let mut links = Vec::new();
    let mut given = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("https://") {
        let (before, from) = rest.split_at(at);
        let end = from.find(char::is_whitespace).unwrap_or(from.len());
        let link = Link {
            short: short_link(&from[..end], id),
            long: from[..end].to_owned(),
        };
        given.push_str(before);
        given.push_str(&link.short);
        links.push(link);
        rest = &from[end..];
    }
    given.push_str(rest);
    Given { text: given, links }
}

fn short_link(link: &str, id: u64) -> String {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut hash = link
        .bytes()
        .fold(id, |hash, byte| mix(hash, u64::from(byte)));
    let mut short = "https://t.co/".to_owned();
    for _ in 0..10 {
        short.push(LETTERS[usize::try_from(hash % 62).unwrap_or(0)].into());
        hash /= 62;
    }
    short
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn weight(text: &str) -> usize {
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            if word.starts_with("https://t.co/") {
                LINK_WEIGHT + usize::from(word.ends_with(char::is_whitespace))
            } else {
                word.chars().map(letter_weight).sum()
            }
        })
        .sum()
}

fn letter_weight(letter: char) -> usize {
    match u32::from(letter) {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standin::post::{Lang, Reference, User};

    fn post(text: &str) -> Post {
        Post {
            id: 7,
            author: User {
                id: 1,
                handle: "me".to_owned(),
                name: "Me".to_owned(),
                protected: false,
            },
            at: 0,
            lang: Lang::En,
            text: text.to_owned(),
            reference: None,
            answers: None,
            conversation: 7,
        }
    }

    #[test]
    fn short_texts_are_escaped_and_their_links_shortened() {
        let (given, note) = give(&post("a < b & c > d https://example.org/x?y=1&z=2 end"));
        assert_eq!(note, None);
        let Some((before, link)) = given.text.split_once("https://t.co/") else {
            panic!("no link in {}", given.text);
        };
        assert_eq!(before, "a &lt; b &amp; c &gt; d ");
        assert_eq!(link.len(), "0123456789 end".len());
    }

    #[test]
    fn entities_point_at_what_they_name() {
        let (given, _) = give(&post(
            "@bob 안녕 <3 #레몬 mail@example.com https://example.org/a h 🍋 @alice_1!",
        ));
        let entities = given.entities(|handle| (handle == "bob").then_some(9));
        let letters: Vec<char> = given.text.chars().collect();
        let at = |entity: &Value| {
            let place = |name: &str| usize::try_from(entity[name].as_u64().unwrap()).unwrap();
            letters[place("start")..place("end")]
                .iter()
                .collect::<String>()
        };
        let mentions = entities["mentions"].as_array().unwrap();
        assert_eq!(
            mentions.iter().map(&at).collect::<Vec<_>>(),
            ["@bob", "@alice_1"]
        );
        assert_eq!(mentions[0]["id"], "9");
        assert_eq!(at(&entities["hashtags"][0]), "#레몬");
        assert_eq!(at(&entities["urls"][0]), entities["urls"][0]["url"]);
        assert_eq!(entities["urls"][0]["expanded_url"], "https://example.org/a");
    }

    #[test]
    fn what_x_puts_in_front_of_a_reply_is_not_shown() {
        let mut reply = post("@bob @alice_1 네 🍋");
        let given = give(&reply).0;
        assert_eq!(
            shown(&reply, &given)[0],
            0,
            "a statement begins as it was typed"
        );
        reply.answers = Some(3);
        let mut ends = [0, 1].map(|id| {
            reply.id = id;
            let [start, end] = shown(&reply, &given);
            assert_eq!(&given.text[start..], "네 🍋");
            end
        });
        ends.sort_unstable();
        assert_eq!(ends, [17, 18], "counted in two ways");
    }

    #[test]
    fn long_texts_are_cut_and_given_whole_as_a_note() {
        for text in ["레몬 ".repeat(100), "lemon ".repeat(60)] {
            let (cut, note) = give(&post(&text));
            assert_eq!(note.unwrap().text, text);
            assert!(cut.text.contains("… https://t.co/"));
            assert!(weight(&cut.text) <= MAX_WEIGHT);
        }
        assert_eq!(give(&post(&"레".repeat(140))).1, None);
        assert!(give(&post(&"레".repeat(141))).1.is_some());
    }

    #[test]
    fn retweets_are_cut_and_have_no_note() {
        let mut retweet = post(&format!("RT @bob: {}", "long ".repeat(80)));
        retweet.reference = Some(Reference {
            relation: Relation::Retweeted,
            id: 3,
        });
        let (cut, note) = give(&retweet);
        assert_eq!(note, None);
        assert_eq!(cut.text.chars().count(), MAX_RETWEET);
        assert!(cut.text.ends_with('…'));
    }
}
