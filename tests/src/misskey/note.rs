//! Notes and users in Misskey's form.

use serde_json::{Value, json};

use super::{Shared, Software, id};
use crate::{
    instance::person::{Referred, Said, Visibility, home},
    standin::{
        Relation, User,
        clock::timestamp,
        post::{draw, parse_snowflake},
    },
};

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

    #[must_use]
    pub fn stranger(shared: &'a Shared) -> Self {
        Self::new(shared, None)
    }

    /// A note and what it refers to.
    #[must_use]
    pub fn note(&self, said: &Said) -> Value {
        let mut note = self.alone(said);
        note["clippedCount"] = json!(0);
        let Some(reference) = said.post.reference else {
            return note;
        };
        let name = match reference.relation {
            Relation::RepliedTo => "reply",
            Relation::Quoted | Relation::Retweeted => "renote",
        };
        note[format!("{name}Id")] = json!(id::of_note(reference.id));
        match said.referred(&self.shared.instance.directory) {
            Some(Referred::Said(other)) if name == "renote" => note[name] = self.note(&other),
            Some(Referred::Said(other)) => note[name] = self.alone(&other),
            Some(Referred::Hidden { id, author }) => note[name] = self.unseen(id, &author),
            // Both have been seen.
            _ if draw(said.post.id, 73, 2) == 0 => note[name] = json!(null),
            _ => {}
        }
        note
    }

    /// As it stands beside people's notes.
    #[must_use]
    pub fn user(&self, user: &User) -> Value {
        let host = home(&self.shared.instance.directory, user);
        let here = self.shared.instance.host();
        let mut told = json!({
            "id": id::of_user(user),
            "name": user.name,
            "username": user.handle,
            "host": host,
            "avatarUrl": format!(
                "{}/identicon/{}@{}", self.shared.instance.url, user.handle, host.unwrap_or(here)
            ),
            "avatarBlurhash": null,
            "avatarDecorations": [],
            "isBot": false,
            "isCat": false,
            "emojis": {},
            "onlineStatus": "unknown",
        });
        if let Some(host) = host {
            told["instance"] = json!({
                "name": host,
                "softwareName": "misskey",
                "softwareVersion": Software::Misskey.version(),
                "iconUrl": null,
                "faviconUrl": null,
                "themeColor": null,
            });
        } else {
            told["badgeRoles"] = json!([]);
        }
        if self.wants_sign_in(user) {
            told["requireSigninToViewContents"] = json!(true);
        }
        told
    }

    /// With all that a profile has.
    #[must_use]
    pub fn detailed(&self, user: &User) -> Value {
        let account = self.shared.instance.directory.account_by_user(user.id);
        let mut told = self.user(user);
        let more = json!({
            "url": null,
            "uri": null,
            "movedTo": null,
            "alsoKnownAs": null,
            "createdAt": timestamp(id::JOINED),
            "updatedAt": null,
            "lastFetchedAt": null,
            "bannerUrl": null,
            "bannerBlurhash": null,
            "isLocked": user.protected,
            "isSilenced": false,
            "isSuspended": false,
            "description": null,
            "location": null,
            "birthday": null,
            "lang": null,
            "fields": [],
            "verifiedLinks": [],
            "followersCount": 0,
            "followingCount": 0,
            "notesCount": account.map_or(0, |account| account.len()),
            "pinnedNoteIds": [],
            "pinnedNotes": [],
            "pinnedPageId": null,
            "pinnedPage": null,
            "publicReactions": false,
            "twoFactorEnabled": false,
            "usePasswordLessLogin": false,
            "securityKeys": false,
            "roles": [],
            "memo": null,
        });
        if let (Some(told), Value::Object(more)) = (told.as_object_mut(), more) {
            told.extend(more);
        }
        told
    }

    /// Whether this reader is shown the note in a list.
    #[must_use]
    pub fn lists(&self, said: &Said) -> bool {
        self.is_me(&said.post.author) || is_open(self.visibility(said))
    }

    /// Whether only those who are signed in are shown somebody's notes.
    #[must_use]
    pub fn wants_sign_in(&self, user: &User) -> bool {
        self.shared.software != Software::Firefish && user.protected && self.is_here(user)
    }

    fn alone(&self, said: &Said) -> Value {
        let post = &said.post;
        let visibility = self.visibility(said);
        let mut note = self.bare(post.id, post.at, &post.author, visibility);
        let is_hidden = !self.is_me(&post.author)
            && (!is_open(visibility)
                || (self.reader.is_none() && self.wants_sign_in(&post.author)));
        if is_hidden {
            note["isHidden"] = json!(true);
            return note;
        }
        if !said.is_repost() {
            note["text"] = json!(self.text(said));
        }
        note["cw"] = json!(said.warning);
        let mentions: Vec<String> = said.named.iter().map(id::of_user).collect();
        if !mentions.is_empty() {
            note["mentions"] = json!(mentions);
        }
        if visibility == "specified" {
            note["visibleUserIds"] = json!(mentions);
        }
        if said.has_picture {
            let picture = id::of_note(post.id);
            note["fileIds"] = json!([picture]);
            note["files"] = json!([self.file(&picture, post.at)]);
        }
        if said.has_poll {
            let choice = |text: &str| json!({ "text": text, "votes": 0, "isVoted": false });
            note["poll"] = json!({
                "multiple": false,
                "expiresAt": null,
                "choices": [choice("레몬"), choice("라임")],
            });
        }
        if let Some(host) = home(&self.shared.instance.directory, &post.author) {
            note["uri"] = json!(format!("https://{host}/notes/{}", id::of_note(post.id)));
            note["emojis"] = json!({});
        }
        note
    }

    /// A note of which nothing can be read.
    fn unseen(&self, id: u64, author: &User) -> Value {
        let at = parse_snowflake(id).0;
        let mut note = self.bare(id, at, author, "followers");
        note["isHidden"] = json!(true);
        note
    }

    fn bare(&self, id: u64, at: i64, author: &User, visibility: &str) -> Value {
        json!({
            "id": id::of_note(id),
            "createdAt": timestamp(at),
            "userId": id::of_user(author),
            "user": self.user(author),
            "text": null,
            "cw": null,
            "visibility": visibility,
            "localOnly": false,
            "reactionAcceptance": null,
            "renoteCount": 0,
            "repliesCount": 0,
            "reactionCount": 0,
            "reactions": {},
            "reactionEmojis": {},
            "fileIds": [],
            "files": [],
            "replyId": null,
            "renoteId": null,
        })
    }

    fn file(&self, id: &str, at: i64) -> Value {
        json!({
            "id": id,
            "createdAt": timestamp(at),
            "name": "lemon.webp",
            "type": "image/webp",
            "md5": "d41d8cd98f00b204e9800998ecf8427e",
            "size": 48_213,
            "isSensitive": false,
            "blurhash": null,
            "properties": { "width": 640, "height": 480 },
            "url": format!("{}/files/{id}", self.shared.instance.url),
            "thumbnailUrl": null,
            "comment": null,
            "folderId": null,
            "folder": null,
            "userId": null,
            "user": null,
        })
    }

    /// The text as it was typed: names in front, and markup here and there.
    fn text(&self, said: &Said) -> String {
        let names: String = said
            .named
            .iter()
            .map(|user| match home(&self.shared.instance.directory, user) {
                Some(host) => format!("@{}@{host} ", user.handle),
                None => format!("@{} ", user.handle),
            })
            .collect();
        names + marked_up(&said.words, said.post.id).as_str()
    }

    fn visibility(&self, said: &Said) -> &'static str {
        if said.post.author.protected && !self.is_here(&said.post.author) {
            return "followers";
        }
        match said.visibility {
            Visibility::Public => "public",
            Visibility::Unlisted => "home",
            Visibility::Followers => "followers",
            Visibility::Direct => "specified",
        }
    }

    fn is_here(&self, user: &User) -> bool {
        let directory = &self.shared.instance.directory;
        directory.account_by_user(user.id).is_some()
    }

    fn is_me(&self, user: &User) -> bool {
        self.reader == Some(user.id)
    }
}

fn is_open(visibility: &str) -> bool {
    matches!(visibility, "public" | "home")
}

/// `words` in MFM, in which some people write now and then.
fn marked_up(words: &str, id: u64) -> String {
    let has_signs = words.contains(|c: char| "[]$*~`<>:\n".contains(c));
    if has_signs {
        return words.to_owned();
    }
    match draw(id, 71, 24) {
        0 => format!("$[tada {words}]"),
        1 => format!("**{words}**"),
        2 => format!("<small>{words}</small>"),
        3 => format!("{words} :lemon_party:"),
        4 => format!("$[x2 $[spin.speed=2s {words}]]"),
        5 => format!(":blob_lemon: ~~{words}~~"),
        6 => format!("[{words}](https://o.example/@lemon)"),
        7 => format!("{words}\n> 레몬은 셔요"),
        _ => words.to_owned(),
    }
}
