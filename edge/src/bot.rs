//! Shared bots: what may be stored, for how long, who may change it, and what is reported of it.

use std::{collections::HashMap, fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use ctutils::CtEq;
use http::{HeaderMap, header};
use lemon_wire::{
    DELETE_HASH_HEADER, DELETE_TOKEN_HEADER, EXPIRY_DAYS, EXPIRY_HEADER, MAX_BOT_BYTES, Report,
};
use sha2::{Digest, Sha256};

use crate::error::Error;

/// Where bots stand in the bucket.
pub const PREFIX: &str = "bots/";

/// Where it is noted that a bot was reported, under the same id.
pub const REPORTS: &str = "reports/";

/// For how long nothing else comes to stand where the operator took a bot down: longer than a
/// link lives without being renewed.
const DOWN: i64 = 366 * DAY;

/// For how long a bot whose time is over can be renewed, and how much later it is purged: what
/// the purge is about to remove is renewed by nobody.
const RENEWABLE: i64 = 23 * 60 * 60;
pub const GRACE: i64 = DAY;

/// Length of a delete token in bytes.
const TOKEN: usize = 32;
const DAY: i64 = 24 * 60 * 60;

/// How a sealed bot begins: a mark, and the version of its format.
pub const FORM: [u8; 5] = *b"LMNB\x03";
/// Those of pages that were loaded before there was this one.
const EARLIER_FORMS: [[u8; 5]; 2] = [*b"LMNB\x01", *b"LMNB\x02"];
/// The shortest: the form, a nonce, something that is sealed, and its tag.
pub const MIN_BOT_BYTES: usize = FORM.len() + 12 + 1 + 16;

const EXPIRES: &str = "expires";
const DELETE_HASH: &str = "delete-sha256";
const IS_DOWN: &str = "down";
/// When a bot was reported.
pub const AT: &str = "at";

/// The id of a bot: 16 bytes, 22 characters of base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct BotId(String);

/// SHA-256 of a delete token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DeleteHash([u8; 32]);

/// What is kept beside a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Seconds since 1970.
    pub expires: i64,
    pub delete_hash: DeleteHash,
    /// The operator has taken it down, and nothing is there any more.
    pub is_down: bool,
}

/// A request to store a bot, as far as its headers tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub bytes: usize,
    pub metadata: Metadata,
    /// The entity tag of the bot whose place it takes; none where nothing is to be there.
    pub replaces: Option<String>,
}

/// What a purge does with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Keep,
    /// The operator took a bot down: the mark stays, and is no bot.
    Down,
    Purge,
    /// Its metadata is not ours. It is kept: a bucket that once fails to give
    /// metadata must not cost every bot.
    Unreadable,
}

impl Fate {
    /// The fate at `now` of an object that has the metadata `map`.
    #[must_use]
    pub fn of(map: &HashMap<String, String>, now: i64) -> Self {
        match Metadata::of_map(map) {
            Ok(metadata) if metadata.is_over(now - GRACE) => Self::Purge,
            Ok(metadata) if metadata.is_down => Self::Down,
            Ok(_) => Self::Keep,
            Err(_) => Self::Unreadable,
        }
    }
}

impl BotId {
    /// The object's key in the bucket.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{PREFIX}{}", self.0)
    }

    /// The key of the note that it was reported.
    #[must_use]
    pub fn report(&self) -> String {
        format!("{REPORTS}{}", self.0)
    }
}

/// What the note with this key tells; `at` is what is kept beside it. None if it is not ours.
#[must_use]
pub fn report(key: &str, at: &str) -> Option<Report> {
    let id: BotId = key.strip_prefix(REPORTS)?.parse().ok()?;
    let at = at.parse().ok()?;
    Some(Report { id: id.0, at })
}

/// The key of the note that a bot was reported, for the key of the bot.
#[must_use]
pub fn report_of(key: &str) -> Option<String> {
    Some(format!("{REPORTS}{}", key.strip_prefix(PREFIX)?))
}

impl FromStr for BotId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match BASE64.decode(text) {
            Ok(bytes) if bytes.len() == 16 => Ok(Self(text.to_owned())),
            _ => Err(Error::BadRequest(
                "the id is not 22 characters of base64url",
            )),
        }
    }
}

impl Upload {
    /// Reads the headers of `PUT /api/bots/{id}`.
    ///
    /// # Errors
    /// [`Error::LengthRequired`], [`Error::TooLarge`] or [`Error::BadRequest`].
    pub fn read(headers: &HeaderMap, now: i64) -> Result<Self, Error> {
        let length = headers
            .get(header::CONTENT_LENGTH)
            .ok_or(Error::LengthRequired)?;
        let digits = length.to_str().unwrap_or_default();
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err(Error::BadRequest("content-length is not a number"));
        }
        // More digits than fit are too many bytes, too.
        let bytes = digits.parse().unwrap_or(usize::MAX);
        if bytes < MIN_BOT_BYTES {
            return Err(Error::BadRequest("the bot is too short to be one"));
        }
        if bytes > MAX_BOT_BYTES {
            return Err(Error::TooLarge);
        }
        let expires = expiry(headers, now)?;
        let delete_hash = text(headers, DELETE_HASH_HEADER)
            .and_then(DeleteHash::parse)
            .ok_or(Error::BadRequest(
                "the hash of the delete token is not base64url of 32 bytes",
            ))?;
        let replaces = match text(headers, header::IF_MATCH.as_str()) {
            Some(header) => Some(tag(header).ok_or(Error::Changed)?),
            None => None,
        };
        Ok(Self {
            bytes,
            metadata: Metadata {
                expires,
                delete_hash,
                is_down: false,
            },
            replaces,
        })
    }
}

/// When a bot expires that is stored `now`, or whose time begins anew.
///
/// # Errors
/// [`Error::BadRequest`] for days that are not offered.
pub fn expiry(headers: &HeaderMap, now: i64) -> Result<i64, Error> {
    let days = text(headers, EXPIRY_HEADER)
        .and_then(|days| days.parse().ok())
        .filter(|days| EXPIRY_DAYS.contains(days))
        .ok_or(Error::BadRequest(
            "the days to expiry are not among those offered",
        ))?;
    Ok(now + i64::from(days) * DAY)
}

/// What is kept beside the note that a bot was reported `at`.
#[must_use]
pub fn report_metadata(at: i64) -> HashMap<String, String> {
    HashMap::from([(AT.to_owned(), at.to_string())])
}

/// Lets pass what begins as a sealed bot does; what is in it only its link tells.
///
/// # Errors
/// [`Error::BadRequest`].
pub fn check_form(first: &[u8]) -> Result<(), Error> {
    if first == FORM || EARLIER_FORMS.iter().any(|form| first == form) {
        Ok(())
    } else {
        Err(Error::BadRequest("what was sent is not a sealed bot"))
    }
}

/// The entity tag of what a browser has kept, as the bucket compares it; none if it has
/// nothing, or something that is not ours.
#[must_use]
pub fn kept(headers: &HeaderMap) -> Option<String> {
    let header = text(headers, header::IF_NONE_MATCH.as_str())?;
    tag(header.strip_prefix("W/").unwrap_or(header))
}

/// What a browser asks for that has the beginning of a bot already: from which byte on, and of
/// what it has a beginning. Whatever else a range may be is not taken for one, as the standard
/// allows.
#[must_use]
pub fn rest(headers: &HeaderMap) -> Option<(u64, String)> {
    let from = text(headers, header::RANGE.as_str())?;
    let from = from.strip_prefix("bytes=")?.strip_suffix('-')?;
    let is_number = !from.is_empty() && from.bytes().all(|byte| byte.is_ascii_digit());
    let from = from.parse().ok().filter(|from| is_number && *from > 0)?;
    Some((from, tag(text(headers, header::IF_RANGE.as_str())?)?))
}

/// The entity tag of an object in a header, as the bucket calls it.
fn tag(header: &str) -> Option<String> {
    let tag = header.strip_prefix('"')?.strip_suffix('"')?;
    let is_ours = !tag.is_empty() && tag.len() <= 64 && tag.bytes().all(|b| b.is_ascii_hexdigit());
    is_ours.then(|| tag.to_owned())
}

impl DeleteHash {
    fn parse(text: &str) -> Option<Self> {
        BASE64.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Lets pass who shows the token. Takes the same time for every wrong one.
    fn check(&self, headers: &HeaderMap) -> Result<(), Error> {
        let token: [u8; TOKEN] = text(headers, DELETE_TOKEN_HEADER)
            .and_then(|token| BASE64.decode(token).ok())
            .and_then(|token| token.try_into().ok())
            .ok_or(Error::WrongToken)?;
        let hash: [u8; 32] = Sha256::digest(token).into();
        if hash.ct_eq(&self.0).to_bool() {
            Ok(())
        } else {
            Err(Error::WrongToken)
        }
    }
}

impl fmt::Debug for DeleteHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeleteHash")
    }
}

impl Metadata {
    /// The form in which the bucket keeps it.
    #[must_use]
    pub fn to_map(self) -> HashMap<String, String> {
        let mut map = HashMap::from([
            (EXPIRES.to_owned(), self.expires.to_string()),
            (DELETE_HASH.to_owned(), BASE64.encode(self.delete_hash.0)),
        ]);
        if self.is_down {
            map.insert(IS_DOWN.to_owned(), String::new());
        }
        map
    }

    /// That of a bot that is not there: no token has this hash.
    #[must_use]
    pub fn of_nobody() -> Self {
        Self {
            expires: 0,
            delete_hash: DeleteHash([0; 32]),
            is_down: false,
        }
    }

    /// What stands where the operator took the bot down `now`.
    #[must_use]
    pub fn down(self, now: i64) -> Self {
        Self {
            expires: now + DOWN,
            is_down: true,
            ..self
        }
    }

    /// Lets pass whoever may delete the bot, expired or not.
    ///
    /// # Errors
    /// [`Error::WrongToken`], [`Error::TakenDown`].
    pub fn may_delete(&self, headers: &HeaderMap) -> Result<(), Error> {
        self.delete_hash.check(headers)?;
        if self.is_down {
            return Err(Error::TakenDown);
        }
        Ok(())
    }

    /// Lets pass whoever may change the bot `now`.
    ///
    /// # Errors
    /// Those of [`Self::may_delete`], and [`Error::Expired`] where it is about to be purged.
    pub fn may_change(&self, headers: &HeaderMap, now: i64) -> Result<(), Error> {
        self.may_delete(headers)?;
        if self.is_over(now - RENEWABLE) {
            return Err(Error::Expired);
        }
        Ok(())
    }

    /// # Errors
    /// [`Error::Bucket`] if it is not what [`Self::to_map`] makes.
    pub fn of_map(map: &HashMap<String, String>) -> Result<Self, Error> {
        let expires = map.get(EXPIRES).and_then(|at| at.parse().ok());
        let delete_hash = map
            .get(DELETE_HASH)
            .and_then(|hash| DeleteHash::parse(hash));
        match (expires, delete_hash) {
            (Some(expires), Some(delete_hash)) => Ok(Self {
                expires,
                delete_hash,
                is_down: map.contains_key(IS_DOWN),
            }),
            _ => Err(Error::Bucket),
        }
    }

    /// Lets pass what is there and has not expired at `now`.
    ///
    /// # Errors
    /// [`Error::Expired`], [`Error::TakenDown`].
    pub fn check(&self, now: i64) -> Result<(), Error> {
        if self.is_over(now) {
            Err(Error::Expired)
        } else if self.is_down {
            Err(Error::TakenDown)
        } else {
            Ok(())
        }
    }

    fn is_over(&self, now: i64) -> bool {
        now >= self.expires
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn hash(token: [u8; TOKEN]) -> String {
        BASE64.encode(Sha256::digest(token))
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn an_id_is_sixteen_bytes_in_their_one_spelling() {
        assert_eq!(
            "AAAAAAAAAAAAAAAAAAAAAA".parse::<BotId>().unwrap().key(),
            "bots/AAAAAAAAAAAAAAAAAAAAAA"
        );
        assert!("-_-_-_-_-_-_-_-_-_-_-Q".parse::<BotId>().is_ok());
        let wrong = [
            "",
            "AAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAB",
            "AAAAAAAAAAAAAAAAAAAA==",
            "AAAAAAAAAAAAAAAAAAAA/+",
            "../../../../purge/posi",
            "레몬레몬레몬레",
        ];
        for text in wrong {
            assert!(text.parse::<BotId>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_upload_says_its_length_its_expiry_and_who_may_delete_it() {
        let hash = hash([7; TOKEN]);
        let bad = |why| Err(Error::BadRequest(why));
        let largest = MAX_BOT_BYTES.to_string();
        let larger = (MAX_BOT_BYTES + 1).to_string();
        let (smallest, smaller) = ("34", "33");
        let cases: [(&str, &str, &str, Result<usize, Error>); 15] = [
            (smallest, "1", &hash, Ok(34)),
            (smaller, "1", &hash, bad("the bot is too short to be one")),
            (&largest, "90", &hash, Ok(MAX_BOT_BYTES)),
            (&larger, "30", &hash, Err(Error::TooLarge)),
            ("99999999999999999999999", "30", &hash, Err(Error::TooLarge)),
            ("0", "30", &hash, bad("the bot is too short to be one")),
            ("-1", "30", &hash, bad("content-length is not a number")),
            ("+1", "30", &hash, bad("content-length is not a number")),
            ("", "30", &hash, bad("content-length is not a number")),
            (
                "99",
                "0",
                &hash,
                bad("the days to expiry are not among those offered"),
            ),
            (
                "99",
                "31",
                &hash,
                bad("the days to expiry are not among those offered"),
            ),
            (
                "99",
                "-7",
                &hash,
                bad("the days to expiry are not among those offered"),
            ),
            (
                "99",
                "",
                &hash,
                bad("the days to expiry are not among those offered"),
            ),
            (
                "99",
                "7",
                "",
                bad("the hash of the delete token is not base64url of 32 bytes"),
            ),
            (
                "99",
                "7",
                &hash[1..],
                bad("the hash of the delete token is not base64url of 32 bytes"),
            ),
        ];
        for (length, days, hash, expected) in cases {
            let headers = headers(&[
                ("content-length", length),
                (EXPIRY_HEADER, days),
                (DELETE_HASH_HEADER, hash),
            ]);
            let upload = Upload::read(&headers, NOW);
            assert_eq!(
                upload.map(|upload| upload.bytes),
                expected,
                "{length} {days} {hash}"
            );
        }
        assert_eq!(
            Upload::read(&HeaderMap::new(), NOW),
            Err(Error::LengthRequired)
        );
    }

    #[test]
    fn what_is_stored_begins_as_a_sealed_bot_does() {
        for form in EARLIER_FORMS.into_iter().chain([FORM]) {
            assert_eq!(check_form(&form), Ok(()));
        }
        let wrong: [&[u8]; 6] = [
            b"",
            b"LMNB",
            b"LMNB\x00",
            b"LMNB\x04",
            b"PK\x03\x04\x00",
            b"<html",
        ];
        for first in wrong {
            assert!(matches!(check_form(first), Err(Error::BadRequest(_))));
        }
    }

    #[test]
    fn what_a_browser_has_kept_is_told_by_its_tag() {
        let hash = "0123456789abcdef".repeat(4);
        for (tag, expected) in [
            (format!("\"{hash}\""), Some(hash.as_str())),
            (format!("W/\"{hash}\""), Some(&hash)),
            ("\"a\"".to_owned(), Some("a")),
            (format!("\"{hash}0\""), None),
            ("\"\"".to_owned(), None),
            ("\"g\"".to_owned(), None),
            ("a".to_owned(), None),
            ("*".to_owned(), None),
        ] {
            let headers = headers(&[("if-none-match", &tag)]);
            assert_eq!(kept(&headers).as_deref(), expected, "{tag}");
        }
        assert_eq!(kept(&HeaderMap::new()), None);
    }

    #[test]
    fn the_rest_of_a_bot_is_told_by_its_first_byte_and_tag() {
        let ask = |range: &str, tag: &str| rest(&headers(&[("range", range), ("if-range", tag)]));
        assert_eq!(ask("bytes=7-", "\"ab\""), Some((7, "ab".to_owned())));
        for range in [
            "bytes=0-",
            "bytes=7-9",
            "bytes=-7",
            "bytes=+7-",
            "bytes=7-,9-",
            "bytes=",
            "bytes=-",
            "items=7-",
            "bytes=18446744073709551616-",
        ] {
            assert_eq!(ask(range, "\"ab\""), None, "{range}");
        }
        for tag in ["ab", "W/\"ab\"", "Sun, 29 Nov 2026 00:00:00 GMT", ""] {
            assert_eq!(ask("bytes=7-", tag), None, "{tag}");
        }
        assert_eq!(rest(&headers(&[("range", "bytes=7-")])), None);
    }

    #[test]
    fn a_hash_is_not_written_into_logs() {
        assert_eq!(format!("{:?}", DeleteHash([7; 32])), "DeleteHash");
    }

    #[test]
    fn a_bot_expires_after_as_many_days_as_were_asked_for() {
        let hash = hash([7; TOKEN]);
        for days in EXPIRY_DAYS {
            let headers = headers(&[
                ("content-length", "99"),
                (EXPIRY_HEADER, &days.to_string()),
                (DELETE_HASH_HEADER, &hash),
            ]);
            let metadata = Upload::read(&headers, NOW).unwrap().metadata;
            let last = NOW + i64::from(days) * 86_400 - 1;
            assert_eq!(metadata.check(last), Ok(()));
            assert_eq!(metadata.check(last + 1), Err(Error::Expired));
            assert_eq!(Metadata::of_map(&metadata.to_map()), Ok(metadata));
            assert_eq!(Fate::of(&metadata.to_map(), last), Fate::Keep);
            let purged = last + 1 + GRACE;
            assert_eq!(Fate::of(&metadata.to_map(), purged - 1), Fate::Keep);
            assert_eq!(Fate::of(&metadata.to_map(), purged), Fate::Purge);
        }
    }

    #[test]
    fn metadata_that_is_not_ours_is_an_error_and_is_not_purged() {
        let ours = Metadata {
            expires: NOW,
            delete_hash: DeleteHash([1; 32]),
            is_down: false,
        }
        .to_map();
        let mut cases = vec![HashMap::new()];
        for key in [EXPIRES, DELETE_HASH] {
            for value in ["", "x", "1.5"] {
                let mut map = ours.clone();
                map.insert(key.to_owned(), value.to_owned());
                cases.push(map);
            }
        }
        for map in cases {
            assert_eq!(Metadata::of_map(&map), Err(Error::Bucket), "{map:?}");
            assert_eq!(Fate::of(&map, NOW + 2 * DAY), Fate::Unreadable);
        }
    }

    #[test]
    fn what_takes_anothers_place_says_whose() {
        let hash = hash([7; TOKEN]);
        let read = |tag: &str| {
            let headers = headers(&[
                ("content-length", "99"),
                (EXPIRY_HEADER, "7"),
                (DELETE_HASH_HEADER, &hash),
                ("if-match", tag),
            ]);
            Upload::read(&headers, NOW).map(|upload| upload.replaces)
        };
        assert_eq!(read("\"ab\""), Ok(Some("ab".to_owned())));
        for wrong in ["*", "ab", "W/\"ab\"", "\"\"", "\"a\", \"b\"", ""] {
            assert_eq!(read(wrong), Err(Error::Changed), "{wrong}");
        }
    }

    #[test]
    fn where_a_bot_was_taken_down_nothing_comes_to_stand() {
        let hash = hash([7; TOKEN]);
        let bot = Metadata {
            expires: NOW + 1,
            delete_hash: DeleteHash::parse(&hash).unwrap(),
            is_down: false,
        };
        let down = bot.down(NOW);
        assert_eq!(Metadata::of_map(&down.to_map()), Ok(down));
        assert_eq!(down.check(NOW + 90 * DAY), Err(Error::TakenDown));
        assert_eq!(Fate::of(&down.to_map(), NOW + 366 * DAY), Fate::Down);
        assert_eq!(Fate::of(&down.to_map(), NOW + 367 * DAY), Fate::Purge);
        let token = BASE64.encode([7; TOKEN]);
        let of = |token: &str| headers(&[(DELETE_TOKEN_HEADER, token)]);
        assert_eq!(bot.may_change(&of(&token), NOW), Ok(()));
        // An hour before the purge may come.
        assert_eq!(bot.may_change(&of(&token), NOW + 82_800), Ok(()));
        let late = bot.may_change(&of(&token), NOW + 82_801);
        assert_eq!(late, Err(Error::Expired));
        assert_eq!(bot.may_delete(&of(&token)), Ok(()));
        assert_eq!(down.may_change(&of(&token), NOW), Err(Error::TakenDown));
        // Whoever has no token does not learn of it in this way.
        assert_eq!(down.may_change(&of(&hash), NOW), Err(Error::WrongToken));
    }

    #[test]
    fn a_report_is_an_id_and_a_time() {
        let id: BotId = "AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
        assert_eq!(report_of(&id.key()), Some(id.report()));
        assert_eq!(report_of("purge/position"), None);
        let at = &report_metadata(NOW)[AT];
        let told = report(&id.report(), at).unwrap();
        assert_eq!((told.id.as_str(), told.at), ("AAAAAAAAAAAAAAAAAAAAAA", NOW));
        for (key, at) in [
            (id.key(), &**at),
            (id.report(), ""),
            (id.report(), "yesterday"),
            (format!("{REPORTS}x"), at),
        ] {
            assert_eq!(report(&key, at), None, "{key} {at}");
        }
    }

    #[test]
    fn only_the_token_whose_hash_is_kept_deletes() {
        let kept = DeleteHash::parse(&hash([7; TOKEN])).unwrap();
        let check = |token: &str| kept.check(&headers(&[(DELETE_TOKEN_HEADER, token)]));
        assert_eq!(check(&BASE64.encode([7; TOKEN])), Ok(()));
        let wrong = [
            BASE64.encode([8; TOKEN]),
            BASE64.encode([7; TOKEN - 1]),
            BASE64.encode([7; 4096]),
            hash([7; TOKEN]),
            String::new(),
            "!".to_owned(),
        ];
        for token in wrong {
            assert_eq!(check(&token), Err(Error::WrongToken), "{token}");
        }
        assert_eq!(kept.check(&HeaderMap::new()), Err(Error::WrongToken));
    }
}
