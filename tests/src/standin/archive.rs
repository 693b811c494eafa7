//! The archive that X gives of an account: a zip of JavaScript files, with all of the account's
//! posts, also those beyond X's reach, and much that nobody may read.

use std::io::{self, Cursor, Seek, SeekFrom, Write};

use serde_json::{Value, json};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{
    account::{Account, Directory},
    clock::first_form,
    post::{Found, Post, Relation, mix},
    text,
};

/// What stands in files that nobody may read: where it is seen, they were.
pub const SECRET: &str = "do-not-read-this-lemon";

/// Of how many posts each trap has one.
pub const TRAPS: usize = 9;

/// Of how many posts one was for a community.
const COMMUNITY: usize = 10;

/// In a text what will be written as the first half of an emoji.
const HALF: char = '\u{E000}';

/// How much noise is made at once.
const CHUNK: u64 = 64 * 1024;

/// How X, or who packed it once more, made an archive.
#[derive(Clone, Copy, Debug)]
pub struct Making {
    /// In front of all paths; empty or with a slash at its end.
    pub folder: &'static str,
    /// Files of posts, in no order of time.
    pub parts: usize,
    /// Bytes of pictures, and how large each is.
    pub media: u64,
    pub picture: u64,
    pub form: Form,
    pub packing: Packing,
    /// With everything over which a reader could fall, and that changes nothing of what is to
    /// be read: of the forms since 2018.
    pub traps: bool,
}

/// How its files came into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Plain,
    /// Without going back: sizes stand behind each file.
    Streamed,
    /// In another zip, as it is.
    InZip,
    /// In another zip, deflated once more.
    PackedInZip,
}

/// The forms that X's archives have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Of today.
    Wrapped,
    /// Of 2018 to 2022: a post is not in a field of its own.
    Unwrapped,
    /// Until 2018: a file each month, and other names.
    Monthly,
}

impl Default for Making {
    fn default() -> Self {
        Self {
            folder: "",
            parts: 1,
            media: 0,
            picture: 512 * 1024,
            form: Form::Wrapped,
            packing: Packing::Plain,
            traps: false,
        }
    }
}

/// Writes the archive of `account`, which is of `directory`.
///
/// # Errors
/// Those of `to`.
pub fn write(
    account: &Account,
    directory: &Directory,
    making: Making,
    mut to: impl Write + Seek,
) -> io::Result<()> {
    match making.packing {
        Packing::Plain => {
            let zip = ZipWriter::new(&mut to);
            Writer::of(zip, making).write(account, directory)?;
        }
        Packing::Streamed => {
            let zip = ZipWriter::new_stream(&mut to);
            Writer::of(zip, making).write(account, directory)?;
        }
        Packing::InZip | Packing::PackedInZip => {
            let inner = ZipWriter::new(Cursor::new(Vec::new()));
            let inner = Writer::of(inner, making).write(account, directory)?;
            let method = match making.packing {
                Packing::PackedInZip => CompressionMethod::Deflated,
                _ => CompressionMethod::Stored,
            };
            let mut outer = ZipWriter::new(&mut to);
            let options = SimpleFileOptions::default().compression_method(method);
            outer.start_file("__MACOSX/._twitter.zip", options)?;
            outer.write_all(SECRET.as_bytes())?;
            outer.start_file("twitter.zip", options)?;
            outer.write_all(inner.get_ref())?;
            outer.finish()?;
        }
    }
    if making.traps {
        // As some ways of sending files leave them.
        to.seek(SeekFrom::End(0))?;
        to.write_all(&[0; 1_000])?;
    }
    Ok(())
}

struct Writer<W: Write + Seek> {
    zip: ZipWriter<W>,
    making: Making,
}

impl<W: Write + Seek> Writer<W> {
    fn of(zip: ZipWriter<W>, making: Making) -> Self {
        Self { zip, making }
    }

    /// Writes all of it; gives what it was written to.
    fn write(mut self, account: &Account, directory: &Directory) -> io::Result<W> {
        let user = account.user();
        let (id, handle, name) = (user.id.to_string(), &user.handle, &user.name);
        if self.making.form == Form::Monthly {
            let details = json!({ "screen_name": handle, "full_name": name, "id": id });
            self.file("data/js/user_details.js", "var user_details = ", &details)?;
            self.months(account)?;
            return Ok(self.zip.finish()?);
        }
        self.ytd(
            "direct_messages",
            "direct-messages",
            &json!([{ "text": SECRET }]),
        )?;
        let deleted = json!([{ "tweet": { "id_str": "1", "full_text": SECRET } }]);
        self.ytd("deleted_tweets", "deleted-tweets", &deleted)?;
        if self.making.traps {
            self.ytd("tweet_headers", "tweet-headers", &deleted)?;
            self.file("__MACOSX/data/._tweets.js", SECRET, &deleted)?;
        }
        let email = format!("{SECRET}@example.org");
        let about = json!([{ "account": {
            "email": email, "accountId": id, "username": handle, "accountDisplayName": name,
        } }]);
        // A post that was for ten people stands unmarked among the others, and only here by
        // itself.
        let circled = account.post(0).map(|post| tweet(&circled(&post)));
        let list = circled.into_iter().map(|tweet| json!({ "tweet": tweet }));
        let list = Value::from(list.collect::<Vec<_>>());
        self.ytd("twitter_circle_tweet", "twitter-circle-tweet", &list)?;
        self.pictures()?;
        self.posts(account)?;
        self.ytd("account", "account", &about)?;
        self.notes(account)?;
        self.likes(account, directory)?;
        Ok(self.zip.finish()?)
    }

    fn begin(&mut self, path: &str, method: CompressionMethod) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .compression_level((method == CompressionMethod::Deflated).then_some(3));
        let path = format!("{}{path}", self.making.folder);
        Ok(self.zip.start_file(path, options)?)
    }

    fn file(&mut self, path: &str, front: &str, content: &Value) -> io::Result<()> {
        self.begin(path, CompressionMethod::Deflated)?;
        self.zip.write_all(front.as_bytes())?;
        Ok(serde_json::to_writer_pretty(&mut self.zip, content)?)
    }

    fn ytd(&mut self, kind: &str, name: &str, content: &Value) -> io::Result<()> {
        let front = format!("window.YTD.{kind}.part0 = ");
        self.file(&format!("data/{name}.js"), &front, content)
    }

    /// A list whose elements need not be in memory at once.
    fn list(&mut self, elements: impl Iterator<Item = Value>) -> io::Result<()> {
        self.zip.write_all(b"[\n")?;
        let mut between = "";
        for element in elements {
            self.zip.write_all(between.as_bytes())?;
            let element = serde_json::to_string_pretty(&element)?;
            self.zip
                .write_all(element.replace(HALF, "\\ud83d").as_bytes())?;
            between = ",\n";
        }
        self.zip.write_all(b"\n]")
    }

    fn posts(&mut self, account: &Account) -> io::Result<()> {
        let Making {
            parts, form, traps, ..
        } = self.making;
        let name = match form {
            Form::Unwrapped => "tweet",
            Form::Wrapped | Form::Monthly => "tweets",
        };
        let to_community = |index: usize| traps && index % COMMUNITY == COMMUNITY - 1;
        for part in 0..parts {
            let path = match part {
                0 => format!("data/{name}.js"),
                part => format!("data/{name}-part{part}.js"),
            };
            self.begin(&path, CompressionMethod::Deflated)?;
            let mark = if traps { "\u{FEFF}" } else { "" };
            write!(self.zip, "{mark}window.YTD.{name}.part{part} = ")?;
            // Those of all times in each, the oldest first.
            let indices = (0..account.len())
                .rev()
                .filter(|index| index % parts == part && !to_community(*index));
            let posts = indices.flat_map(|index| shown(account, index, traps));
            let newest = account.post(0).filter(|_| part == 0);
            let posts = posts.chain(newest.map(|post| tweet(&circled(&post))));
            self.list(posts.map(|tweet| match form {
                Form::Unwrapped => tweet,
                Form::Wrapped | Form::Monthly => json!({ "tweet": tweet }),
            }))?;
        }
        if traps {
            self.begin("data/community-tweet.js", CompressionMethod::Deflated)?;
            self.zip.write_all(b"window.YTD.community_tweet.part0 = ")?;
            let indices = (0..account.len()).filter(|index| to_community(*index));
            let posts = indices.flat_map(|index| shown(account, index, traps));
            self.list(posts.map(|tweet| json!({ "tweet": tweet })))?;
        }
        Ok(())
    }

    /// The whole texts of long posts, under ids of their own.
    fn notes(&mut self, account: &Account) -> io::Result<()> {
        self.begin("data/note-tweet.js", CompressionMethod::Deflated)?;
        self.zip.write_all(b"window.YTD.note_tweet.part0 = ")?;
        let posts = (0..account.len()).filter_map(|index| account.post(index));
        self.list(posts.filter_map(|post| {
            let (_, note) = text::give(&post);
            let created = super::clock::timestamp(post.at);
            note.map(|note| {
                json!({ "noteTweet": {
                    "noteTweetId": mix(post.id, 77).to_string(), "createdAt": created,
                    "updatedAt": created, "lifecycle": { "value": 3 },
                    "core": { "text": note.text, "styletags": [], "urls": [], "mentions": [] },
                } })
            })
        }))
    }

    /// The person liked what they answered, where they could see it, and X gives no author.
    fn likes(&mut self, account: &Account, directory: &Directory) -> io::Result<()> {
        self.begin("data/like.js", CompressionMethod::Deflated)?;
        self.zip.write_all(b"window.YTD.like.part0 = ")?;
        let posts = (0..account.len()).filter_map(|index| account.post(index));
        let answered = posts.filter_map(|post| {
            post.reference
                .filter(|reference| reference.relation == Relation::RepliedTo)
        });
        self.list(answered.map(|answered| {
            let id = answered.id.to_string();
            let url = format!("https://twitter.com/i/web/status/{id}");
            match directory.find(answered.id) {
                Found::Shown(parent) if !parent.author.protected => json!({ "like": {
                    "tweetId": id, "fullText": text::give(&parent).0.text, "expandedUrl": url,
                } }),
                _ => json!({ "like": { "tweetId": id, "expandedUrl": url } }),
            }
        }))
    }

    fn pictures(&mut self) -> io::Result<()> {
        let making = self.making;
        let mut left = making.media;
        let mut number = 0;
        let mut seed = 1;
        while left > 0 {
            let length = making.picture.min(left);
            self.begin(
                &format!("data/tweets_media/{number}-lemon.jpg"),
                CompressionMethod::Stored,
            )?;
            for chunk in 0..length.div_ceil(CHUNK) {
                let bytes = CHUNK.min(length - chunk * CHUNK);
                let noise: Vec<u8> = (0..bytes / 8)
                    .flat_map(|i| mix(seed + i, 3).to_le_bytes())
                    .collect();
                self.zip.write_all(&noise)?;
                seed += bytes;
            }
            (left, number) = (left - length, number + 1);
        }
        Ok(())
    }

    /// Until 2018: a file each month.
    fn months(&mut self, account: &Account) -> io::Result<()> {
        let all: Vec<Post> = (0..account.len())
            .filter_map(|index| account.post(index))
            .collect();
        for month in all.chunk_by(|a, b| month_of(a) == month_of(b)) {
            let name = month.first().map(month_of).unwrap_or_default();
            self.begin(
                &format!("data/js/tweets/{name}.js"),
                CompressionMethod::Deflated,
            )?;
            write!(self.zip, "Grailbird.data.tweets_{name} = ")?;
            self.list(month.iter().map(|post| {
                let mut old = tweet(post);
                let text = old["full_text"].take();
                if let Some(old) = old.as_object_mut() {
                    old.remove("full_text");
                    old.remove("display_text_range");
                    old.insert("text".into(), text);
                    let time = super::clock::timestamp(post.at).replace('T', " ");
                    let time = format!("{} +0000", &time[..19]);
                    old.insert("created_at".into(), time.into());
                }
                old
            }))?;
        }
        Ok(())
    }
}

/// A post as it stands in the file, with the traps that there are for it: its older versions
/// in front of it, a text that ends with half an emoji, a date that cannot be.
fn shown(account: &Account, index: usize, traps: bool) -> Vec<Value> {
    let Some(post) = account.post(index) else {
        return Vec::new();
    };
    let mut last = tweet(&post);
    let mut all = Vec::new();
    match index % TRAPS {
        _ if !traps => {}
        1 => {
            let earlier = [2, 1].map(|before| Post {
                id: post.id - (before << 22),
                text: SECRET.to_owned(),
                ..post.clone()
            });
            let ids = earlier.iter().map(|post| post.id).chain([post.id]);
            let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
            all.extend(earlier.iter().map(tweet));
            for version in all.iter_mut().chain([&mut last]) {
                version["edit_info"]["initial"]["editTweetIds"] = json!(ids);
            }
        }
        2 => {
            let text = last["full_text"].as_str().unwrap_or_default();
            last["full_text"] = format!("{text}{HALF}").into();
        }
        3 => last["created_at"] = "Tue Jan 01 00:00:00 +0000 2999".into(),
        _ => {}
    }
    all.push(last);
    all
}

/// A post for a circle, of a minute before `post`.
fn circled(post: &Post) -> Post {
    Post {
        id: post.id - (60_000 << 22),
        at: post.at - 60,
        text: format!("우리끼리만 {SECRET}"),
        reference: None,
        answers: None,
        ..post.clone()
    }
}

/// `2012_05`.
fn month_of(post: &Post) -> String {
    super::clock::timestamp(post.at)[..7].replace('-', "_")
}

/// A post as it stands in an archive: all numbers are texts.
fn tweet(post: &Post) -> Value {
    let (given, _) = text::give(post);
    let [start, end] = text::shown(post, &given).map(|place| place.to_string());
    let id = post.id.to_string();
    let mut tweet = json!({
        "edit_info": { "initial": {
            "editTweetIds": [id], "editableUntil": super::clock::timestamp(post.at + 3_600),
            "editsRemaining": "5", "isEditEligible": true,
        } },
        "retweeted": false,
        "source": "<a href=\"https://mobile.twitter.com\" rel=\"nofollow\">Twitter Web App</a>",
        "entities": { "hashtags": [], "symbols": [], "user_mentions": [], "urls": [] },
        "display_text_range": [start, end],
        "favorite_count": "3", "retweet_count": "1", "truncated": false, "favorited": false,
        "id": id, "id_str": id,
        "created_at": first_form(post.at),
        "full_text": given.text,
        "lang": post.lang.tag(),
    });
    let answered = post
        .reference
        .filter(|reference| reference.relation == Relation::RepliedTo);
    if let Some((answered, user)) = answered.zip(post.answers) {
        for (name, id) in [
            ("in_reply_to_status_id", answered.id),
            ("in_reply_to_user_id", user),
        ] {
            tweet[name] = json!(id.to_string());
            tweet[format!("{name}_str")] = json!(id.to_string());
        }
        if user == post.author.id {
            tweet["in_reply_to_screen_name"] = json!(post.author.handle);
        }
    }
    tweet
}
