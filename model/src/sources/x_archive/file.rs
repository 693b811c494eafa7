//! An archive as the file that a person has: a zip, perhaps in another one or in a folder of
//! its own, or one of its files taken out of it.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::super::capacity::MAX_POSTS;
use super::exchange::{Broken, Progress, Refused, Seen, Why};
use super::inflated::Inflated;
use super::{Account, Archive, Ending, Found, Objects, Part, Thread};

/// Most bytes that are read of an archive's files, unpacked: three times what half a million
/// posts are. Whatever is larger was made to be large.
pub const MAX_UNPACKED: u64 = 3 * 1024 * 1024 * 1024;

/// Most bytes of a zip that is deflated in another one, inflated: X's own are no larger.
pub const MAX_PACKED: u64 = 16 * 1024 * 1024 * 1024;

/// Most zips in a zip that are looked into.
const MOST_INNER: usize = 8;

/// How often the crate may go back while it opens a zip, in front of its tail: to where the
/// directory begins, and to what stands in front of that.
const MOST_JUMPS: u32 = 64;

/// Most bytes of the file that says whose archive it is.
const MAX_ACCOUNT: u64 = 1024 * 1024;

/// How far from its end a zip's directory is looked for: it ends with at most 64 KiB of comment,
/// and some ways of sending files add to it.
const TAIL: u64 = 1024 * 1024;

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// With what files of posts began until 2018.
const FIRST_FORM: &str = "Grailbird.data.tweets";

/// With what the files in zips begin.
const ZIP: &[u8] = b"PK\x03\x04";

/// With what a zip's directory ends.
const DIRECTORY_END: &[u8] = b"PK\x05\x06";

/// A file that was given, and what in it is to be read. Nothing else in it ever is.
pub struct Opened<R> {
    content: Content<R>,
    /// In the order in which they are read.
    seen: Vec<(usize, Seen)>,
    /// Which posts were for a circle is said in a file that is there, or they are all from
    /// before there were circles.
    knows_circle: bool,
    account: Option<Account>,
    /// Most bytes that are read, unpacked.
    most: u64,
}

enum Content<R> {
    Zip(ZipArchive<Place<R>>),
    Alone(R),
}

/// Where a zip is. While it is opened only so many jumps back are allowed in front of its tail:
/// the crate goes back through all of a file, a kilobyte at a time, if its directory is damaged.
struct Place<R> {
    bytes: Bytes<R>,
    length: u64,
    at: u64,
    /// What comes next if nobody jumps.
    next: u64,
    jumps: Rc<Cell<Option<u32>>>,
}

enum Bytes<R> {
    /// In a file, or as it is in another zip.
    AsItIs(Section<R>),
    Deflated(Inflated<R>),
}

impl<R: Read + Seek> Opened<R> {
    /// Looks what is in a file called `name`.
    ///
    /// # Errors
    /// What it is instead of an archive.
    pub fn look(mut reader: R, name: &str) -> Result<Self, Refused> {
        let length = reader.seek(SeekFrom::End(0)).map_err(|_| Refused::Gone)?;
        let head = beginning(&mut reader, 0)?;
        let has_directory = has_directory(&mut reader, length)?;
        if head.starts_with(ZIP) && !has_directory {
            return Err(Refused::BrokenOff);
        }
        if !has_directory {
            return Self::alone(reader, name, &head, length);
        }
        let (mut zip, outer) = seen(zip(Place::whole(reader, length))?)?;
        if has_posts(&outer) {
            return Self::zip(zip, outer);
        }
        let all = inner(&mut zip)?;
        let Bytes::AsItIs(Section { mut reader, .. }) = zip.into_inner().bytes else {
            return Err(Refused::Packed);
        };
        let chosen = match all.as_slice() {
            [] => return Err(without_posts(&outer)),
            [one] => *one,
            several => only_with_posts(&mut reader, several)?,
        };
        let (zip, seen) = seen(chosen.open(reader)?)?;
        if !has_posts(&seen) {
            return Err(without_posts(&seen));
        }
        Self::zip(zip, seen)
    }

    /// Of a zip with posts in it.
    fn zip(zip: ZipArchive<Place<R>>, mut seen: Vec<(usize, Seen)>) -> Result<Self, Refused> {
        let posts = seen.iter().filter(|(_, seen)| seen.part == Part::Posts);
        let mut folders: Vec<String> = posts.map(|(_, seen)| Part::folder(&seen.path)).collect();
        folders.sort_unstable();
        folders.dedup();
        // Whose would it be?
        let [folder] = folders.as_slice() else {
            return Err(Refused::Several);
        };
        seen.retain(|(_, seen)| Part::folder(&seen.path) == *folder);
        let knows_circle = seen.iter().any(|(_, seen)| {
            seen.part == Part::Circle
                || (seen.part == Part::Posts && Part::is_first_form(&seen.path))
        });
        Ok(Self::of(Content::Zip(zip), seen, knows_circle))
    }

    /// A file of posts by itself. Browsers add to a name that is there already, so that its
    /// own first words tell what it is.
    fn alone(reader: R, name: &str, head: &[u8], bytes: u64) -> Result<Self, Refused> {
        let head = String::from_utf8_lossy(head);
        let head = head.trim_start_matches('\u{FEFF}').trim_start();
        if head.starts_with('<') {
            return Err(Refused::Page);
        }
        let fronts = [
            "window.YTD.tweet.",
            "window.YTD.tweets.",
            "window.YTD.community_tweet.",
            FIRST_FORM,
        ];
        let is_posts = fronts.iter().any(|front| head.starts_with(front));
        let is_first_form = head.starts_with(FIRST_FORM);
        let is_list = head.starts_with('[') && Part::of(name) == Some(Part::Posts);
        if head.starts_with("window.YTD.") && !is_posts {
            return Err(Refused::NoPosts);
        }
        if !is_posts && !is_list {
            return Err(Refused::NotAnArchive);
        }
        let seen = Seen {
            path: name.to_owned(),
            part: Part::Posts,
            bytes,
        };
        let content = Content::Alone(reader);
        Ok(Self::of(content, vec![(0, seen)], is_first_form))
    }

    fn of(content: Content<R>, seen: Vec<(usize, Seen)>, knows_circle: bool) -> Self {
        let mut opened = Self {
            content,
            seen,
            knows_circle,
            account: None,
            most: MAX_UNPACKED,
        };
        let said = opened.said();
        opened.account = said.or_else(|| opened.shown_by_threads());
        opened
    }

    /// What will be read.
    pub fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.seen.iter().map(|(_, seen)| seen)
    }

    /// Whose archive it says it is, in a file of its own or in its threads.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Whose archive it is by the file that says so.
    fn said(&mut self) -> Option<Account> {
        let is_account = |(_, seen): &&(usize, Seen)| seen.part == Part::Account;
        let (index, _) = self.seen.iter().find(is_account)?;
        let (index, mut left) = (*index, MAX_ACCOUNT);
        let mut account = None;
        let mut objects = Objects::default();
        // Whatever is wrong with it is told when it is read.
        let _ = self.content.pieces(index, &mut left, |piece| {
            objects.push(piece, |object| {
                account = account.take().or_else(|| Account::read(object));
            });
            account.is_none()
        });
        account
    }

    /// Whose posts these are: one of them answers another one of them.
    fn shown_by_threads(&mut self) -> Option<Account> {
        let mut thread = Thread::default();
        let mut left = self.most;
        let is_posts = |(_, seen): &&(usize, Seen)| seen.part == Part::Posts;
        for (index, _) in self.seen.iter().filter(is_posts) {
            let mut objects = Objects::default();
            let _ = self.content.pieces(*index, &mut left, |piece| {
                objects.push(piece, |object| thread.look(object));
                thread.found.is_none()
            });
            if thread.found.is_some() {
                break;
            }
        }
        thread.found
    }

    /// Reads all of it. `progress` is told after each piece.
    ///
    /// # Errors
    /// [`Refused::Gone`] if the file itself can no longer be read.
    pub fn read(self, progress: impl FnMut(Progress)) -> Result<(Found, Vec<Broken>), Refused> {
        self.read_newest(MAX_POSTS, progress)
    }

    /// The same of the `most` newest posts.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_newest(
        mut self,
        most: usize,
        mut progress: impl FnMut(Progress),
    ) -> Result<(Found, Vec<Broken>), Refused> {
        let mut archive = Archive::of(self.account.take());
        archive.keep(most);
        if !self.knows_circle {
            archive.lacks_circle();
        }
        let mut broken = Vec::new();
        let mut left = self.most;
        let mut now = Progress {
            of: self.seen().map(|seen| seen.bytes).sum(),
            ..Progress::default()
        };
        for (index, Seen { path, part, .. }) in self.seen {
            let mut objects = Objects::default();
            let read = self.content.pieces(index, &mut left, |piece| {
                objects.push(piece, |object| archive.take(part, object));
                now.bytes += piece.len() as u64;
                now.posts = archive.posts();
                progress(now);
                true
            });
            let (too_long, ending) = objects.end_of_file();
            archive.end_of_file(
                part,
                too_long,
                if read.is_ok() {
                    ending
                } else {
                    Ending::BrokenOff
                },
            );
            let why = match (read, ending) {
                (Err(Cut::Short(why)), _) => Some(why),
                (Err(Cut::Gone), _) => return Err(Refused::Gone),
                (Ok(()), Ending::BrokenOff) => Some(Why::Damaged),
                (Ok(()), Ending::NoList { .. }) => Some(Why::NoList),
                (Ok(()), Ending::Whole) => None,
            };
            broken.extend(why.map(|why| Broken { path, why }));
        }
        Ok((archive.end(), broken))
    }
}

impl<R: Read + Seek> Content<R> {
    /// Gives the file at `index` piece by piece, at most `left` bytes, while `take` wants more.
    fn pieces(
        &mut self,
        index: usize,
        left: &mut u64,
        take: impl FnMut(&[u8]) -> bool,
    ) -> Result<(), Cut> {
        match self {
            Self::Alone(reader) => {
                reader.rewind().map_err(|error| Cut::by(&error))?;
                pieces(reader, left, take)
            }
            Self::Zip(zip) => match zip.by_index(index) {
                Ok(file) => pieces(file, left, take),
                Err(ZipError::Io(error)) => Err(Cut::by(&error)),
                Err(_) => Err(Cut::Short(Why::Damaged)),
            },
        }
    }
}

/// Why a file was not read to its end.
#[derive(Debug, PartialEq, Eq)]
enum Cut {
    Short(Why),
    /// All of what was given can no longer be read.
    Gone,
}

impl Cut {
    fn by(error: &io::Error) -> Self {
        // What a browser says of a file that was moved or changed since it was chosen.
        if error.kind() == io::ErrorKind::NotFound {
            Self::Gone
        } else {
            Self::Short(Why::Damaged)
        }
    }
}

/// The first bytes from `start` on.
fn beginning(reader: &mut (impl Read + Seek), start: u64) -> Result<Vec<u8>, Refused> {
    let mut head = Vec::new();
    reader
        .seek(SeekFrom::Start(start))
        .and_then(|_| reader.by_ref().take(256).read_to_end(&mut head))
        .map_err(|_| Refused::Gone)?;
    Ok(head)
}

/// Whether there is the end of a zip's directory near the end. The crate would look for it in
/// all of a file of gigabytes.
fn has_directory(reader: &mut (impl Read + Seek), length: u64) -> Result<bool, Refused> {
    let mut tail = Vec::new();
    reader
        .seek(SeekFrom::Start(length.saturating_sub(TAIL)))
        .and_then(|_| reader.by_ref().take(TAIL).read_to_end(&mut tail))
        .map_err(|error| refused(&error))?;
    Ok(memchr::memmem::rfind(&tail, DIRECTORY_END).is_some())
}

/// What a zip is of which bytes cannot be read.
fn refused(error: &io::Error) -> Refused {
    match error.kind() {
        // Its own places lead nowhere, or one that is deflated in it is not what it was.
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            Refused::BrokenOff
        }
        _ => Refused::Gone,
    }
}

fn zip<R: Read + Seek>(place: Place<R>) -> Result<ZipArchive<Place<R>>, Refused> {
    let jumps = Rc::clone(&place.jumps);
    let zip = ZipArchive::new(place).map_err(|error| match error {
        ZipError::Io(error) => refused(&error),
        ZipError::UnsupportedArchive(_) => Refused::Unsupported,
        _ => Refused::BrokenOff,
    });
    jumps.set(None);
    zip
}

fn has_posts(seen: &[(usize, Seen)]) -> bool {
    seen.iter().any(|(_, seen)| seen.part == Part::Posts)
}

/// What a zip without posts is, by what else of an archive is in it.
fn without_posts(seen: &[(usize, Seen)]) -> Refused {
    if seen.is_empty() {
        Refused::OtherZip
    } else {
        Refused::NoPosts
    }
}

type Chosen<R> = (ZipArchive<Place<R>>, Vec<(usize, Seen)>);

/// What in a zip is to be read.
fn seen<R: Read + Seek>(mut zip: ZipArchive<Place<R>>) -> Result<Chosen<R>, Refused> {
    let mut chosen: Vec<(usize, Seen)> = Vec::new();
    for index in 0..zip.len() {
        let name = zip.name_for_index(index);
        let Some((path, part)) = name.and_then(|name| Some((name.to_owned(), Part::of(name)?)))
        else {
            continue;
        };
        let Ok(file) = zip.by_index_raw(index) else {
            // It is named when it cannot be read either.
            let bytes = 0;
            chosen.push((index, Seen { path, part, bytes }));
            continue;
        };
        if file.encrypted() {
            return Err(Refused::Encrypted);
        }
        if ![CompressionMethod::Stored, CompressionMethod::Deflated].contains(&file.compression()) {
            return Err(Refused::Unsupported);
        }
        let bytes = file.size();
        chosen.push((index, Seen { path, part, bytes }));
    }
    chosen.sort_by(|(_, a), (_, b)| (a.part, &a.path).cmp(&(b.part, &b.path)));
    Ok((zip, chosen))
}

/// A zip in a zip.
#[derive(Clone, Copy)]
struct Inner {
    start: u64,
    /// As it is there, and unpacked.
    bytes: u64,
    length: u64,
    is_deflated: bool,
}

impl Inner {
    fn open<R: Read + Seek>(self, reader: R) -> Result<ZipArchive<Place<R>>, Refused> {
        let section = Section {
            start: self.start,
            length: self.bytes,
            at: 0,
            reader,
        };
        let mut place = Place::new(
            if self.is_deflated {
                Bytes::Deflated(Inflated::new(section, self.length))
            } else {
                Bytes::AsItIs(section)
            },
            self.length,
        );
        if !has_directory(&mut place, self.length)? {
            return Err(Refused::BrokenOff);
        }
        zip(place)
    }
}

/// The zips in a zip that has no posts itself, at most [`MOST_INNER`], the largest first.
///
/// # Errors
/// [`Refused::Packed`] if there are only such as cannot be read there.
fn inner<R: Read + Seek>(zip: &mut ZipArchive<Place<R>>) -> Result<Vec<Inner>, Refused> {
    let is_zip = |name: &str| {
        let (_, ending) = name.rsplit_once('.').unwrap_or_default();
        ending.eq_ignore_ascii_case("zip") && !name.contains("__MACOSX")
    };
    let mut all = Vec::new();
    let mut why = None;
    for index in 0..zip.len() {
        if !zip.name_for_index(index).is_some_and(is_zip) {
            continue;
        }
        let file = match zip.by_index_raw(index) {
            Ok(file) => file,
            Err(ZipError::Io(error)) if refused(&error) == Refused::Gone => {
                return Err(Refused::Gone);
            }
            Err(_) => {
                why.get_or_insert(Refused::Packed);
                continue;
            }
        };
        let (method, bytes, length) = (file.compression(), file.compressed_size(), file.size());
        let is_deflated = method == CompressionMethod::Deflated;
        let is_known = is_deflated || method == CompressionMethod::Stored;
        match file.data_start() {
            _ if file.encrypted() => _ = why.insert(Refused::Encrypted),
            Some(start) if is_known && length <= MAX_PACKED => all.push(Inner {
                start,
                bytes,
                length: if is_deflated { length } else { bytes },
                is_deflated,
            }),
            _ => _ = why.get_or_insert(Refused::Packed),
        }
    }
    all.sort_by_key(|inner| std::cmp::Reverse(inner.length));
    all.truncate(MOST_INNER);
    match why {
        Some(why) if all.is_empty() => Err(why),
        _ => Ok(all),
    }
}

/// The one of several zips that has posts.
fn only_with_posts<R: Read + Seek>(reader: &mut R, all: &[Inner]) -> Result<Inner, Refused> {
    let (mut found, mut refused) = (None, None);
    for inner in all {
        let looked = inner.open(&mut *reader).and_then(seen);
        match looked.map(|(_, seen)| has_posts(&seen)) {
            Ok(true) if found.is_some() => return Err(Refused::Several),
            Ok(true) => found = Some(*inner),
            Ok(false) => {}
            Err(Refused::Gone) => return Err(Refused::Gone),
            Err(why) => _ = refused.get_or_insert(why),
        }
    }
    found.ok_or(refused.unwrap_or(Refused::OtherZip))
}

/// Gives what `reader` gives, piece by piece, at most `left` bytes, while `take` wants more.
fn pieces(
    mut reader: impl Read,
    left: &mut u64,
    mut take: impl FnMut(&[u8]) -> bool,
) -> Result<(), Cut> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = match reader.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Cut::by(&error)),
        };
        let more = left.checked_sub(length as u64);
        *left = more.ok_or(Cut::Short(Why::TooLarge))?;
        if !take(&piece[..length]) {
            return Ok(());
        }
    }
}

/// A part of a file, as a file.
pub struct Section<R> {
    reader: R,
    start: u64,
    length: u64,
    at: u64,
}

impl<R> Place<R> {
    fn new(bytes: Bytes<R>, length: u64) -> Self {
        Self {
            bytes,
            length,
            at: 0,
            next: 0,
            jumps: Rc::new(Cell::new(Some(MOST_JUMPS))),
        }
    }

    fn whole(reader: R, length: u64) -> Self {
        Self::new(Bytes::AsItIs(Section::whole(reader, length)), length)
    }
}

impl<R: Read + Seek> Read for Place<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let is_back = self.at < self.next && self.at < self.length.saturating_sub(TAIL);
        if let Some(left) = self.jumps.get().filter(|_| is_back) {
            let left = left.checked_sub(1).ok_or(io::ErrorKind::UnexpectedEof)?;
            self.jumps.set(Some(left));
        }
        let to = SeekFrom::Start(self.at);
        let read = match &mut self.bytes {
            Bytes::AsItIs(section) => section.seek(to).and_then(|_| section.read(buffer)),
            Bytes::Deflated(inflated) => inflated.seek(to).and_then(|_| inflated.read(buffer)),
        };
        let read = read?;
        self.at += read as u64;
        self.next = self.at;
        Ok(read)
    }
}

impl<R: Read + Seek> Seek for Place<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = sought(to, self.at, self.length)?;
        Ok(self.at)
    }
}

impl<R> Section<R> {
    pub(super) fn whole(reader: R, length: u64) -> Self {
        Self {
            reader,
            start: 0,
            length,
            at: 0,
        }
    }
}

impl<R: Read + Seek> Read for Section<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = room(self.at, self.length, buffer);
        self.reader.seek(SeekFrom::Start(self.start + self.at))?;
        let read = self.reader.read(&mut buffer[..most])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<R: Read + Seek> Seek for Section<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = sought(to, self.at, self.length)?;
        Ok(self.at)
    }
}

/// How much of a file of `length` bytes can be read from place `at` on into `buffer`.
pub(super) fn room(at: u64, length: u64, buffer: &[u8]) -> usize {
    let left = usize::try_from(length.saturating_sub(at));
    left.unwrap_or(usize::MAX).min(buffer.len())
}

/// The place that is sought from place `at` of a file of `length` bytes.
///
/// # Errors
/// If it is before the beginning.
pub fn sought(to: SeekFrom, at: u64, length: u64) -> io::Result<u64> {
    let sought = match to {
        SeekFrom::Start(from) => Some(from),
        SeekFrom::End(from) => length.checked_add_signed(from),
        SeekFrom::Current(from) => at.checked_add_signed(from),
    };
    sought.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::unstable::write::FileOptionsExt;
    use zip::write::SimpleFileOptions;

    use super::*;

    const ACCOUNT: &str = r#"window.YTD.account.part0 = [ { "account": { "email": "a@example.org", "accountId": "100", "username": "lemon_co", "accountDisplayName": "레몬" } } ]"#;

    fn tweets(texts: &[&str]) -> String {
        let tweet = |(i, text): (usize, &&str)| {
            let id = 1_800_000_000_000_000_000_u64 + ((i as u64) << 32);
            format!(r#"{{ "tweet": {{ "id_str": "{id}", "full_text": "{text}" }} }}"#)
        };
        let all: Vec<String> = texts.iter().enumerate().map(tweet).collect();
        format!("window.YTD.tweets.part0 = [ {} ]", all.join(",\n"))
    }

    fn deflated() -> SimpleFileOptions {
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
    }

    fn stored() -> SimpleFileOptions {
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
    }

    fn zipped(files: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content) in files {
            zip.start_file(*path, options).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn archive(folder: &str, options: SimpleFileOptions) -> Vec<u8> {
        let (account, tweets) = (
            format!("{folder}data/account.js"),
            format!("{folder}data/tweets.js"),
        );
        let messages = format!("{folder}data/direct-messages.js");
        let circle = format!("{folder}data/twitter-circle-tweet.js");
        let posts = self::tweets(&["하나", "둘"]);
        zipped(
            &[
                (&messages, b"window.YTD.direct_messages.part0 = [ {} ]"),
                (&tweets, posts.as_bytes()),
                (&account, ACCOUNT.as_bytes()),
                (&circle, b"window.YTD.twitter_circle_tweet.part0 = [ ]"),
            ],
            options,
        )
    }

    fn look(file: Vec<u8>, name: &str) -> Result<Opened<Cursor<Vec<u8>>>, Refused> {
        Opened::look(Cursor::new(file), name)
    }

    /// The texts that are read, newest first.
    fn texts(file: Vec<u8>, name: &str) -> Result<Vec<String>, Refused> {
        let (found, broken) = look(file, name)?.read(|_| ())?;
        assert_eq!(broken, []);
        Ok(found.posts.into_iter().map(|post| post.text).collect())
    }

    #[test]
    fn it_is_told_what_will_be_read_before_it_is_read() {
        let opened = look(archive("", deflated()), "twitter.zip").unwrap();
        let seen: Vec<(&str, Part)> = opened
            .seen()
            .map(|seen| (seen.path.as_str(), seen.part))
            .collect();
        assert_eq!(
            seen,
            [
                ("data/account.js", Part::Account),
                ("data/twitter-circle-tweet.js", Part::Circle),
                ("data/tweets.js", Part::Posts)
            ]
        );
        let account = opened.account().unwrap();
        assert_eq!(
            (account.id.as_str(), account.handle.as_str()),
            ("100", "lemon_co")
        );
        let all: u64 = opened.seen().map(|seen| seen.bytes).sum();
        let mut told = Vec::new();
        let (found, broken) = opened.read(|progress| told.push(progress)).unwrap();
        assert_eq!((found.posts.len(), broken), (2, vec![]));
        let last = Progress {
            bytes: all,
            of: all,
            posts: 2,
        };
        assert_eq!(told.last(), Some(&last));
        assert!(told.is_sorted_by_key(|progress| progress.bytes));
    }

    #[test]
    fn zips_of_every_kind_are_read() {
        let plain = archive("", deflated());
        let mut trailing = plain.clone();
        trailing.extend([0; 5_000]);
        let mut leading = vec![7; 500];
        leading.extend(&plain);
        let wrapped = archive("twitter-2026-05-01/", deflated());
        let in_a_zip = zipped(
            &[
                ("__MACOSX/._a.zip", b"x"),
                ("a.ZIP", &plain),
                ("readme.txt", b"x"),
            ],
            stored(),
        );
        let packed = zipped(&[("a.zip", &plain)], deflated());
        let picture = vec![7; 100_000];
        let photos = zipped(&[("photo.jpg", &picture)], stored());
        let beside = zipped(&[("photos.zip", &photos), ("a.zip", &plain)], deflated());
        let large = archive("", deflated().large_file(true));
        for (name, file) in [
            ("plain", plain.clone()),
            ("stored", archive("", stored())),
            ("trailing bytes", trailing),
            ("leading bytes", leading),
            ("in a folder", wrapped),
            ("zip64", large),
            ("in a zip", in_a_zip),
            ("packed in a zip", packed),
            ("beside a larger zip", beside),
        ] {
            assert_eq!(texts(file, "a.zip").unwrap(), ["둘", "하나"], "{name}");
        }
        let mut streamed = ZipWriter::new_stream(Vec::new());
        streamed.start_file("data/tweets.js", deflated()).unwrap();
        streamed.write_all(tweets(&["하나"]).as_bytes()).unwrap();
        let streamed = streamed.finish().unwrap().into_inner();
        assert_eq!(
            texts(streamed, "a.zip").unwrap(),
            ["하나"],
            "data descriptors"
        );
    }

    #[test]
    fn a_file_of_posts_by_itself_is_read() {
        for name in ["tweets.js", "tweets (1).js", "tweet.js", "아무거나.txt"] {
            assert_eq!(texts(tweets(&["하나"]).into(), name).unwrap(), ["하나"]);
        }
        let marked = format!("\u{FEFF}{}", tweets(&["하나"]));
        assert_eq!(texts(marked.into(), "tweets.js").unwrap(), ["하나"]);
        let first =
            r#"Grailbird.data.tweets_2012_05 = [ { "id": 205000000000000000, "text": "하나" } ]"#;
        assert_eq!(texts(first.into(), "2012_05.js").unwrap(), ["하나"]);
        let list = r#"[ { "id_str": "1800000000000000000", "full_text": "하나" } ]"#;
        assert_eq!(texts(list.into(), "tweets.js").unwrap(), ["하나"]);
    }

    #[test]
    fn what_is_no_archive_is_told_by_its_name() {
        let plain = archive("", deflated());
        let broken = zipped(&[("a.zip", &plain[..plain.len() - 30])], deflated());
        let packed = {
            // Deflated, as its directory says, and longer than anything.
            let mut zip = zipped(&[("a.zip", &plain)], deflated().large_file(true));
            let size = (plain.len() as u64).to_le_bytes();
            let places: Vec<usize> = memchr::memmem::find_iter(&zip, &size).collect();
            for at in places {
                zip[at..at + 8].copy_from_slice(&(MAX_PACKED + 1).to_le_bytes());
            }
            zip
        };
        let two_inside = zipped(&[("a.zip", &plain), ("b.zip", &plain)], deflated());
        let photo = zipped(&[("photo.jpg", b"x")], stored());
        let photos = zipped(&[("a.zip", &photo), ("b.zip", &photo)], stored());
        let inner_sealed = zipped(
            &[("a.zip", &plain)],
            deflated().with_deprecated_encryption(b"1234").unwrap(),
        );
        let encrypted = archive("", deflated().with_deprecated_encryption(b"1234").unwrap());
        let other = zipped(&[("photo.jpg", b"x")], deflated());
        let no_posts = zipped(&[("data/account.js", ACCOUNT.as_bytes())], deflated());
        let cases: [(Vec<u8>, Refused); 18] = [
            (Vec::new(), Refused::NotAnArchive),
            (b"hello".to_vec(), Refused::NotAnArchive),
            (b"[ {} ]".to_vec(), Refused::NotAnArchive),
            (b"{\"a\":1}".to_vec(), Refused::NotAnArchive),
            (b"\n<!doctype html>".to_vec(), Refused::Page),
            (ACCOUNT.as_bytes().to_vec(), Refused::NoPosts),
            (
                b"window.YTD.tweet_headers.part0 = [ {} ]".to_vec(),
                Refused::NoPosts,
            ),
            (
                b"window.YTD.tweetdeck.part0 = [ {} ]".to_vec(),
                Refused::NoPosts,
            ),
            (plain[..plain.len() / 2].to_vec(), Refused::BrokenOff),
            (plain[..plain.len() - 30].to_vec(), Refused::BrokenOff),
            (broken, Refused::BrokenOff),
            (packed, Refused::Packed),
            (inner_sealed, Refused::Encrypted),
            (two_inside, Refused::Several),
            (photos, Refused::OtherZip),
            (encrypted, Refused::Encrypted),
            (other, Refused::OtherZip),
            (no_posts, Refused::NoPosts),
        ];
        for (file, refused) in cases {
            let head = String::from_utf8_lossy(&file[..file.len().min(20)]).into_owned();
            assert_eq!(look(file, "a.zip").err(), Some(refused), "{head}");
        }
    }

    #[test]
    fn one_corrupt_file_costs_itself_alone() {
        let posts = tweets(&["하나"]);
        // With one bit that is wrong behind the last post.
        let other = tweets(&["가", "나", "다"]).replace("\"18", "\"19");
        let long = format!("{other}{}", " ".repeat(100));
        let mut file = zipped(
            &[
                ("data/tweets.js", posts.as_bytes()),
                ("data/tweets-part1.js", long.as_bytes()),
                ("data/like.js", b"<html>"),
            ],
            stored(),
        );
        let at = memchr::memmem::find(&file, &[b' '; 100]).unwrap();
        file[at + 50] ^= 1;
        let (found, broken) = look(file, "a.zip").unwrap().read(|_| ()).unwrap();
        assert_eq!(found.posts.len(), 4);
        let broken: Vec<(&str, Why)> = broken.iter().map(|b| (b.path.as_str(), b.why)).collect();
        assert_eq!(
            broken,
            [
                ("data/tweets-part1.js", Why::Damaged),
                ("data/like.js", Why::NoList)
            ]
        );
    }

    #[test]
    fn without_the_list_of_a_circle_nothing_of_its_time_is_told() {
        let of_2023 = tweets(&["하나", "둘"]).replace("\"18", "\"17");
        let account = ("data/account.js", ACCOUNT.as_bytes());
        let zip = zipped(
            &[account, ("data/tweets.js", of_2023.as_bytes())],
            deflated(),
        );
        for (file, name) in [(zip, "a.zip"), (of_2023.into_bytes(), "tweets.js")] {
            let (found, _) = look(file, name).unwrap().read(|_| ()).unwrap();
            assert_eq!((found.posts.len(), found.doubtful), (0, 2), "{name}");
        }
        let first =
            r#"Grailbird.data.tweets_2017_05 = [ { "id": 870000000000000000, "text": "하나" } ]"#;
        let zip = zipped(
            &[("data/js/tweets/2017_05.js", first.as_bytes())],
            deflated(),
        );
        for (file, name) in [(zip, "a.zip"), (first.into(), "2017_05.js")] {
            assert_eq!(texts(file, name).unwrap(), ["하나"]);
        }
    }

    #[test]
    fn of_several_archives_none_is_read() {
        let posts = tweets(&["하나"]);
        let (a, b) = ("old/data/tweets.js", "new/data/tweets.js");
        let two = zipped(&[(a, posts.as_bytes()), (b, posts.as_bytes())], deflated());
        assert_eq!(look(two, "a.zip").err(), Some(Refused::Several));
        let beside = zipped(
            &[
                ("old/data/account.js", ACCOUNT.as_bytes()),
                (b, posts.as_bytes()),
                ("new/data/tweets-part1.js", posts.as_bytes()),
            ],
            deflated(),
        );
        assert_eq!(look(beside, "a.zip").unwrap().account(), None);
    }

    #[test]
    fn a_file_of_posts_says_whose_it_is_in_its_threads() {
        let thread = r#"window.YTD.tweets.part0 = [
            { "tweet": { "id": "9", "in_reply_to_status_id": "2", "in_reply_to_user_id": "7", "in_reply_to_screen_name": "kim" } },
            { "tweet": { "id": "3", "in_reply_to_status_id": "1", "in_reply_to_user_id": "100", "in_reply_to_screen_name": "lemon_co" } },
            { "tweet": { "id": "1" } } ]"#;
        let whose = |file: String| {
            let opened = look(file.into_bytes(), "tweets.js").unwrap();
            let account = opened.account();
            account.map(|account| (account.id.clone(), account.handle.clone()))
        };
        let me = Some(("100".to_owned(), "lemon_co".to_owned()));
        assert_eq!(whose(thread.to_owned()), me);
        assert_eq!(whose(thread.replace("\"3\"", "\"0\"")), me);
        assert_eq!(whose(thread.replace("\"1\" } }", "\"4\" } }")), None);
    }

    /// Counts what is read of a file.
    struct Counted(Cursor<Vec<u8>>, Rc<Cell<usize>>);

    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1.set(self.1.get() + 1);
            self.0.read(buffer)
        }
    }

    impl Seek for Counted {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    /// Of a large file with a damaged directory not all is gone through in small steps.
    #[test]
    fn a_damaged_directory_ends_the_search_for_another() {
        let pictures = vec![7; 16 * 1024 * 1024];
        let posts = tweets(&["하나"]);
        let files: [(&str, &[u8]); 2] = [
            ("data/tweets_media/a.jpg", &pictures),
            ("data/tweets.js", posts.as_bytes()),
        ];
        let file = zipped(&files, stored());
        let mut damaged = file.clone();
        let at = memchr::memmem::rfind(&file, b"PK\x01\x02").unwrap();
        damaged[at] ^= 1;
        for (file, refused) in [(file, None), (damaged, Some(Refused::BrokenOff))] {
            let reads = Rc::default();
            let counted = Counted(Cursor::new(file), Rc::clone(&reads));
            assert_eq!(Opened::look(counted, "a.zip").err(), refused);
            assert!(reads.get() < 3_000, "{}", reads.get());
        }
    }

    /// A file that is moved away while it is read.
    struct Moved(Cursor<Vec<u8>>, usize);

    impl Read for Moved {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = self.1.checked_sub(1).ok_or(io::ErrorKind::NotFound)?;
            self.0.read(buffer)
        }
    }

    impl Seek for Moved {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn a_file_that_goes_while_it_is_read_is_told() {
        let packed = zipped(&[("a.zip", &archive("", deflated()))], deflated());
        for (file, name) in [
            (archive("", deflated()), "a.zip"),
            (packed, "packed.zip"),
            (tweets(&["하나"]).into(), "tweets.js"),
        ] {
            let mut told = 0;
            for reads in 0..60 {
                let moved = Moved(Cursor::new(file.clone()), reads);
                let read = Opened::look(moved, name).and_then(|opened| opened.read(|_| ()));
                match read {
                    Err(Refused::Gone) => told += 1,
                    Ok((found, broken)) => {
                        assert!(found.posts.len() == 2 || name == "tweets.js", "{broken:?}");
                    }
                    Err(refused) => panic!("{refused}"),
                }
            }
            assert!(told > 2, "{name}");
        }
    }

    #[test]
    fn a_bomb_is_left_alone_in_time() {
        let mut left = 100_000;
        let mut taken = 0;
        let read = pieces(io::repeat(b' '), &mut left, |piece| {
            taken += piece.len();
            true
        });
        assert_eq!(read, Err(Cut::Short(Why::TooLarge)));
        assert!(taken <= 100_000 && taken > 100_000 - PIECE);
    }

    #[test]
    fn of_a_zip_bomb_what_came_before_it_is_kept() {
        const BOMB: usize = 64 * 1024 * 1024;
        let mut bomb = tweets(&["하나"]).into_bytes();
        bomb.pop();
        bomb.resize(BOMB, b' ');
        let file = zipped(&[("data/tweets.js", &bomb)], deflated());
        assert!(file.len() < BOMB / 500);
        let mut opened = look(file, "a.zip").unwrap();
        opened.most = 1024 * 1024;
        let mut most = 0;
        let (found, broken) = opened.read(|progress| most = progress.bytes).unwrap();
        assert_eq!(found.posts.len(), 1);
        assert_eq!(broken[0].why, Why::TooLarge);
        assert!(most <= 1024 * 1024);
    }

    #[test]
    fn of_half_a_million_posts_the_newest_are_kept() {
        const ALL: u64 = 500_000;
        let mut posts = b"window.YTD.tweets.part0 = [".to_vec();
        for i in 0..ALL {
            let between = if i == 0 { "" } else { "," };
            let id = 1_800_000_000_000_000_000 + (i << 30);
            write!(posts, r#"{between}{{"id":"{id}","text":"{i}"}}"#).unwrap();
        }
        posts.push(b']');
        let file = zipped(&[("data/tweets.js", &posts)], deflated());
        let (found, broken) = look(file, "a.zip").unwrap().read(|_| ()).unwrap();
        let (posts, left_out) = (found.posts.len(), found.left_out);
        assert_eq!((broken.len(), posts, left_out), (0, MAX_POSTS, 0));
        assert_eq!(found.too_many, 500_000 - MAX_POSTS);
        assert_eq!(found.posts[0].text, (ALL - 1).to_string());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_damage_stops_it(at in 0_usize..1_000, byte in any::<u8>(), end in 0_usize..1_000) {
            let mut file = archive("", deflated());
            let length = file.len();
            file[at % length] = byte;
            file.truncate(length - (end % length) / 8);
            if let Ok(opened) = look(file, "a.zip") {
                let (found, _) = opened.read(|_| ()).unwrap();
                prop_assert!(found.posts.len() <= 2);
            }
        }
    }
}
