//! Statuses and accounts in Mastodon's form.

use serde_json::{Value, json};

use super::{Like, Shared, html, id};
use crate::{
    instance::person::{Referred, Said, Visibility, home},
    standin::{Relation, User, clock::timestamp, post::draw},
};

/// When everybody here made their account: 2023-05-01.
const JOINED: i64 = 1_682_899_200;

/// A picture that a server has in place of a code.
const EMOJI: &str = "blob_lemon";

/// Tells one reader what there is.
pub(crate) struct Teller<'a> {
    shared: &'a Shared,
    /// Who is signed in.
    reader: Option<u64>,
}

impl<'a> Teller<'a> {
    #[must_use]
    pub fn new(shared: &'a Shared, reader: Option<u64>) -> Self {
        Self { shared, reader }
    }

    /// Whether this reader is shown it. Who is signed in follows those of other servers.
    #[must_use]
    pub fn shows(&self, said: &Said) -> bool {
        let author = &said.post.author;
        match visibility(said) {
            "public" | "unlisted" => true,
            _ if self.reader == Some(author.id) => true,
            "private" => self.reader.is_some() && !self.is_here(author),
            _ => false,
        }
    }

    #[must_use]
    pub fn status(&self, said: &Said) -> Value {
        let referred = said.referred(&self.shared.instance.directory);
        if !said.is_repost() {
            return self.alone(said, referred.as_ref());
        }
        let Some(Referred::Said(other)) = referred else {
            return self.alone(said, None);
        };
        let mut status = self.alone(said, None);
        let other = self.status(&other);
        // A boost looks like what it boosts, but for whose it is.
        for name in [
            "content",
            "spoiler_text",
            "mentions",
            "emojis",
            "tags",
            "language",
        ] {
            status[name] = other[name].clone();
        }
        status["reblog"] = other;
        status
    }

    #[must_use]
    pub fn account(&self, user: &User) -> Value {
        let directory = &self.shared.instance.directory;
        let account = directory.account_by_user(user.id);
        let avatar = format!("{}/_avatar/{}", self.shared.instance.url, user.handle);
        json!({
            "id": self.id(user.id),
            "username": user.handle,
            "acct": self.acct(user),
            "display_name": user.name,
            "locked": user.protected,
            "bot": false,
            "discoverable": true,
            "indexable": false,
            "group": false,
            "created_at": timestamp(JOINED),
            "note": "",
            "url": html::profile(directory, &self.shared.instance.url, user),
            "uri": html::profile(directory, &self.shared.instance.url, user),
            "avatar": avatar,
            "avatar_static": avatar,
            "header": avatar,
            "header_static": avatar,
            "followers_count": 0,
            "following_count": 0,
            "statuses_count": account.map_or(0, |account| account.len()),
            "last_status_at": "2026-08-31",
            "hide_collections": null,
            "emojis": [],
            "fields": [],
        })
    }

    /// The account that one reads of oneself.
    #[must_use]
    pub fn own_account(&self, user: &User) -> Value {
        let mut account = self.account(user);
        account["source"] = json!({
            "privacy": if user.protected { "private" } else { "public" },
            "sensitive": false,
            "language": null,
            "note": "",
            "fields": [],
            "follow_requests_count": 0,
        });
        account["role"] = json!({
            "id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": false,
        });
        account
    }

    fn alone(&self, said: &Said, referred: Option<&Referred>) -> Value {
        let post = &said.post;
        let url = &self.shared.instance.url;
        let uri = match home(&self.shared.instance.directory, &post.author) {
            Some(host) => format!(
                "https://{host}/users/{}/statuses/{}",
                post.author.handle, post.id
            ),
            None => format!("{url}/users/{}/statuses/{}", post.author.handle, post.id),
        };
        let answers_missing = matches!(referred, Some(Referred::Missing));
        let answers = post.reference.filter(|reference| {
            // What was answered is forgotten with it, but not whom.
            reference.relation == Relation::RepliedTo && !answers_missing
        });
        let has_emoji = !said.is_repost() && draw(post.id, 81, 10) == 0 && !said.words.is_empty();
        json!({
            "id": self.id(post.id),
            "created_at": timestamp(post.at),
            "in_reply_to_id": answers.map(|reference| self.id(reference.id)),
            "in_reply_to_account_id": self.answered(said).map(|user| self.id(user)),
            "sensitive": said.warning.is_some(),
            "spoiler_text": said.warning.unwrap_or_default(),
            "visibility": visibility(said),
            "language": (draw(post.id, 82, 12) != 0).then(|| post.lang.tag()),
            "uri": uri,
            "url": uri,
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
            "edited_at": (draw(post.id, 83, 20) == 0).then(|| timestamp(post.at + 90)),
            "content": self.content(said, referred, has_emoji),
            "reblog": null,
            "application": null,
            "account": self.account(&post.author),
            "media_attachments": self.pictures(said),
            "mentions": said.named.iter().map(|user| self.named(user)).collect::<Vec<_>>(),
            "tags": html::tags(&said.words).map(|tag| json!({
                "name": tag, "url": format!("{url}/tags/{tag}"),
            })).collect::<Vec<_>>(),
            "emojis": if has_emoji { json!([{
                "shortcode": EMOJI,
                "url": format!("{url}/emoji/{EMOJI}.png"),
                "static_url": format!("{url}/emoji/{EMOJI}.png"),
                "visible_in_picker": true,
            }]) } else { json!([]) },
            "card": null,
            "poll": said.has_poll.then(|| self.poll(post.id)),
        })
    }

    fn content(&self, said: &Said, referred: Option<&Referred>, has_emoji: bool) -> String {
        if said.is_repost() {
            return String::new();
        }
        let mut words = said.words.clone();
        if has_emoji {
            words = format!("{words} :{EMOJI}:");
        }
        let directory = &self.shared.instance.directory;
        let quoted = match referred {
            Some(Referred::Said(other)) if said.relation() == Some(Relation::Quoted) => {
                let author = &other.post.author;
                let profile = html::profile(directory, &self.shared.instance.url, author);
                Some(format!("{profile}/{}", other.post.id))
            }
            _ => None,
        };
        // Where quotes are known they are marked for those who know none; elsewhere people
        // add the address.
        match quoted {
            Some(quoted) if self.shared.like == Like::Mastodon43 => format!(
                r#"<p class="quote-inline">RE: {}</p>{}"#,
                html::link(&quoted),
                html::content(directory, &self.shared.instance.url, &said.named, &words)
            ),
            quoted => {
                if let Some(quoted) = quoted {
                    words += " ";
                    words += &quoted;
                }
                html::content(directory, &self.shared.instance.url, &said.named, &words)
            }
        }
    }

    /// Whom it answers. In an answer to oneself Mastodon keeps whom the first one answered.
    fn answered(&self, said: &Said) -> Option<u64> {
        let post = &said.post;
        let keeps = matches!(self.shared.like, Like::Mastodon42 | Like::Mastodon43);
        if post.answers == Some(post.author.id)
            && keeps
            && let Some(Referred::Said(parent)) = said.referred(&self.shared.instance.directory)
            && parent.relation() == Some(Relation::RepliedTo)
        {
            return self.answered(&parent);
        }
        post.answers
    }

    fn pictures(&self, said: &Said) -> Value {
        if !said.has_picture {
            return json!([]);
        }
        let address = format!("{}/media/{}.png", self.shared.instance.url, said.post.id);
        json!([{
            "id": self.id(said.post.id),
            "type": "image",
            "url": address,
            "preview_url": address,
            "remote_url": null,
            "meta": {},
            "description": null,
            "blurhash": null,
        }])
    }

    fn poll(&self, id: u64) -> Value {
        let option = |title: &str| json!({ "title": title, "votes_count": 0 });
        json!({
            "id": self.id(id),
            "expires_at": null,
            "expired": false,
            "multiple": false,
            "votes_count": 0,
            "voters_count": 0,
            "options": [option("레몬"), option("라임")],
            "emojis": [],
        })
    }

    fn named(&self, user: &User) -> Value {
        let directory = &self.shared.instance.directory;
        json!({
            "id": self.id(user.id),
            "username": user.handle,
            "url": html::profile(directory, &self.shared.instance.url, user),
            "acct": self.acct(user),
        })
    }

    fn acct(&self, user: &User) -> String {
        match home(&self.shared.instance.directory, user) {
            Some(host) => format!("{}@{host}", user.handle),
            None => user.handle.clone(),
        }
    }

    fn id(&self, number: u64) -> String {
        id::write(self.shared.like, number)
    }

    fn is_here(&self, user: &User) -> bool {
        let directory = &self.shared.instance.directory;
        directory.account_by_user(user.id).is_some()
    }
}

fn visibility(said: &Said) -> &'static str {
    match said.visibility {
        _ if said.post.author.protected => "private",
        Visibility::Public => "public",
        Visibility::Unlisted => "unlisted",
        Visibility::Followers => "private",
        Visibility::Direct => "direct",
    }
}
