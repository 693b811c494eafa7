//! What a person looks through before they share it, and what then goes.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::mem;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::needle::Needle;
use super::{Library, Texts};
use crate::answers::{Language, gist};
use crate::bot::MAX_ENTRIES;
use crate::choices::{Change, Choices, Mark};
use crate::corpus::Entry;
use crate::feed::{self, Source};
use crate::flags::{Flag, Kind, Watch};

/// Most rows that are given at once: more than any screen shows.
pub const MAX_ROWS: usize = 200;

/// Entries whose flags are looked for in one go, so that nobody who asks waits for long.
const PORTION: usize = 1_000;

/// Which entries are to be listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Those that contain it, in what was said or replied.
    pub text: String,
    pub state: State,
    /// Those of this place; X and its archive are one.
    pub place: Option<Source>,
    pub language: Option<Language>,
    /// Those that answer something, or that do not.
    pub answers: Option<bool>,
    /// Those of a time, in seconds since 1970-01-01T00:00:00Z.
    pub from: i64,
    pub until: i64,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            text: String::new(),
            state: State::All,
            place: None,
            language: None,
            answers: None,
            from: i64::MIN,
            until: i64::MAX,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// All but what is left out.
    All,
    /// What would stay out of a share.
    Flagged,
    /// What may go although it is flagged.
    Cleared,
    Pinned,
    LeftOut,
}

/// An entry as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Row {
    pub entry: Entry,
    /// Of what it replies: what others said goes nowhere.
    pub flags: Vec<Flag>,
    pub left_out: bool,
    pub cleared: bool,
    pub pinned: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub rows: Vec<Row>,
    /// How many there are in all of what was wanted.
    pub all: usize,
}

/// What would be shared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Going {
    pub goes: usize,
    /// Of these, in how many others' handles are masked.
    pub masked: usize,
    pub flagged: usize,
    pub left_out: usize,
    /// For which a bot has no room.
    pub over: usize,
}

/// What is known of entries' flags, and what was listed last.
#[derive(Debug, Default)]
pub(super) struct Desk {
    watch: Watch,
    /// By their texts, whether entries are held back.
    held: FxHashMap<Texts, bool>,
    /// Entries before this one are known.
    known: usize,
    listed: Option<(Wanted, Vec<u32>)>,
}

impl Desk {
    fn new(watch: Watch) -> Self {
        Self {
            watch,
            ..Self::default()
        }
    }

    /// The entries are others, or others of them are left out.
    pub(super) fn begin_anew(&mut self) {
        self.known = 0;
        self.listed = None;
    }
}

/// Whether something among `flags` keeps an entry out of a share. A handle is masked.
fn holds_back(flags: &[Flag]) -> bool {
    flags.iter().any(|flag| flag.kind != Kind::Handle)
}

/// A reply without others' handles.
#[must_use]
pub fn masked<'a>(reply: &'a str, watch: &Watch) -> Cow<'a, str> {
    const MASK: &str = "@…";
    // Most have none, and are not looked through.
    if !reply.contains(['@', '＠']) {
        return Cow::Borrowed(reply);
    }
    let (mut out, mut end) = (String::new(), 0);
    let flags = watch.flags(reply);
    for flag in flags.iter().filter(|flag| flag.kind == Kind::Handle) {
        out.push_str(&reply[end..flag.at.start]);
        out.push_str(MASK);
        end = flag.at.end;
    }
    if end == 0 {
        return Cow::Borrowed(reply);
    }
    out.push_str(&reply[end..]);
    Cow::Owned(out)
}

impl Library {
    /// Decides something of entries, by their ids. What is to be written down of that.
    pub fn mark(&mut self, mark: Mark, ids: &[String], is: bool) -> Vec<Change> {
        let of: Vec<String> = match mark {
            Mark::Pinned => ids.to_vec(),
            Mark::Cleared => {
                let entries = ids.iter().filter_map(|id| self.at(id));
                entries.map(|at| self.states[at].0.to_string()).collect()
            }
            Mark::LeftOut => {
                let ids: FxHashSet<&str> = ids.iter().map(|id| &**id).collect();
                let posts = self.corpus.posts_of(&ids);
                posts.iter().map(ToString::to_string).collect()
            }
        };
        let changes: Vec<Change> = of.into_iter().map(|of| Change { mark, of, is }).collect();
        for change in &changes {
            self.choices.make(change.clone());
            if mark == Mark::LeftOut {
                self.corpus.leave_out(&change.of, is);
            }
        }
        self.desk.listed = None;
        if mark == Mark::LeftOut && !changes.is_empty() {
            self.make_entries();
        }
        changes
    }

    /// Everything that was decided before; to be told before there are posts.
    pub fn choose(&mut self, mut choices: Choices) {
        for post in choices.of(Mark::LeftOut) {
            self.corpus.leave_out(post, true);
        }
        self.desk.watch.listed = mem::take(&mut choices.listed);
        self.choices = choices;
    }

    /// The person's own list of words.
    pub fn list_words(&mut self, words: Vec<String>) {
        self.desk = Desk::new(Watch {
            listed: words,
            ..mem::take(&mut self.desk.watch)
        });
    }

    #[must_use]
    pub fn listed_words(&self) -> &[String] {
        &self.desk.watch.listed
    }

    /// Looks for what may be nobody's business in some more entries, and gives the share that is
    /// looked through: 1 once that is all. `me` are the person's own handles.
    pub fn flag(&mut self, me: &[String]) -> f32 {
        if self.desk.watch.me != me {
            self.desk = Desk::new(Watch {
                me: me.to_vec(),
                ..mem::take(&mut self.desk.watch)
            });
        }
        let mut left = PORTION;
        while left > 0
            && let Some((texts, _)) = self.states.get(self.desk.known)
        {
            if !self.desk.held.contains_key(texts) {
                let flags = self.desk.watch.flags(&self.entries[self.desk.known].reply);
                self.desk.held.insert(*texts, holds_back(&flags));
                left -= 1;
            }
            self.desk.known += 1;
        }
        if left < PORTION {
            // More is known of what is flagged.
            self.desk.listed = None;
        }
        share(self.desk.known, self.states.len())
    }

    /// Whether an entry stays out of a share: it is flagged, and nobody has let it go.
    fn is_held(&self, at: usize) -> bool {
        let texts = self.states[at].0;
        self.desk.held.get(&texts) == Some(&true) && !self.is_cleared(texts)
    }

    fn is_cleared(&self, texts: Texts) -> bool {
        self.choices.has(Mark::Cleared, &texts.to_string())
    }

    /// Rows from number `from` on, newest first.
    pub fn list(&mut self, wanted: &Wanted, from: usize, rows: usize) -> Listed {
        let positions = match self.desk.listed.take() {
            Some((of, positions)) if of == *wanted => positions,
            _ => self.positions_of(wanted),
        };
        let shown = positions.iter().skip(from).take(rows.min(MAX_ROWS));
        let entries = self.in_state(wanted.state);
        let row = |at: &u32| {
            let entry = entries.get(usize::try_from(*at).ok()?)?;
            let texts = Texts::of(entry.said.as_deref(), &entry.reply);
            Some(Row {
                flags: self.desk.watch.flags(&entry.reply),
                left_out: wanted.state == State::LeftOut,
                cleared: self.is_cleared(texts),
                pinned: self.choices.has(Mark::Pinned, &entry.id),
                entry: entry.clone(),
            })
        };
        let listed = Listed {
            rows: shown.filter_map(row).collect(),
            all: positions.len(),
        };
        self.desk.listed = Some((wanted.clone(), positions));
        listed
    }

    /// Among which those of a state are.
    fn in_state(&self, state: State) -> &[Entry] {
        match state {
            State::LeftOut => &self.left_out,
            State::All | State::Flagged | State::Cleared | State::Pinned => &self.entries,
        }
    }

    fn positions_of(&self, wanted: &Wanted) -> Vec<u32> {
        let needle = Needle::new(&wanted.text);
        let entries = self.in_state(wanted.state);
        let is_wanted = |(at, entry): &(usize, &Entry)| {
            let in_state = match wanted.state {
                State::All | State::LeftOut => true,
                State::Flagged => self.is_held(*at),
                State::Cleared => self.is_cleared(self.states[*at].0),
                State::Pinned => self.choices.has(Mark::Pinned, &entry.id),
            };
            let said = entry.said.as_deref();
            in_state
                && (wanted.from..wanted.until).contains(&entry.at)
                && wanted
                    .answers
                    .is_none_or(|answers| answers == said.is_some())
                && wanted
                    .place
                    .is_none_or(|place| feed::place(&entry.id) == place)
                && (needle.is_in(&entry.reply) || said.is_some_and(|said| needle.is_in(said)))
                && wanted
                    .language
                    .is_none_or(|language| Language::of(&entry.reply) == Some(language))
        };
        let wanted = entries.iter().enumerate().filter(is_wanted);
        wanted
            .filter_map(|(at, _)| u32::try_from(at).ok())
            .collect()
    }

    /// How many would be shared. Flags count once they are looked for.
    #[must_use]
    pub fn going(&self) -> Going {
        let (items, going) = self.chosen();
        let entries = self.index.entries();
        let is_masked = |item: &usize| {
            let reply = masked(&entries[*item].reply, &self.desk.watch);
            matches!(reply, Cow::Owned(_))
        };
        Going {
            masked: items.iter().filter(|item| is_masked(item)).count(),
            ..going
        }
    }

    /// What is shared, of the index, the first to go first: all that is held back by nothing if
    /// a bot has room for it. If not: what is pinned, then what answers something, then the
    /// rest, each newest first, and nothing twice.
    #[must_use]
    pub fn shared(&self) -> Vec<usize> {
        self.chosen().0
    }

    fn chosen(&self) -> (Vec<usize>, Going) {
        let entries = self.index.entries();
        let (mut items, mut flagged) = (Vec::with_capacity(entries.len()), 0);
        for (item, entry) in entries.iter().enumerate() {
            match self.at(&entry.id) {
                Some(at) if self.is_held(at) => flagged += 1,
                _ => items.push(item),
            }
        }
        let all = items.len();
        let pinned = |item: usize| self.choices.has(Mark::Pinned, &entries[item].id);
        if all > MAX_ENTRIES {
            items.sort_by_cached_key(|&item| {
                let entry = &entries[item];
                (!pinned(item), entry.said.is_none(), Reverse(entry.at))
            });
            let mut there = FxHashSet::default();
            items.retain(|&item| {
                let entry = &entries[item];
                let said = entry.said.as_deref().map(gist);
                there.insert((said, gist(&entry.reply))) || pinned(item)
            });
            items.truncate(MAX_ENTRIES);
        } else {
            // What a file has no room for is what comes last.
            items.sort_by_cached_key(|&item| (!pinned(item), Reverse(entries[item].at)));
        }
        let going = Going {
            goes: items.len(),
            masked: 0,
            flagged,
            left_out: self.left_out.len(),
            over: all - items.len(),
        };
        (items, going)
    }

    /// Who is nobody's stranger, and what is not to be read.
    #[must_use]
    pub fn watch(&self) -> &Watch {
        &self.desk.watch
    }
}

/// Counts of entries are far below what an f32 tells apart.
#[expect(clippy::cast_precision_loss, reason = "a share is shown as a bar")]
fn share(done: usize, of: usize) -> f32 {
    if of == 0 {
        1.0
    } else {
        done as f32 / of as f32
    }
}

#[cfg(test)]
impl Library {
    /// The entries that have a text, newest first.
    pub(crate) fn listed(&mut self, text: &str) -> Vec<Entry> {
        let wanted = Wanted {
            text: text.to_owned(),
            ..Wanted::default()
        };
        let rows = self.list(&wanted, 0, MAX_ROWS).rows;
        rows.into_iter().map(|row| row.entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::tests::{feed, post, reply, shown};
    use crate::corpus::{Content, Post};
    use crate::library::{Embedded, Import, Page};
    use crate::vector::{DIM, Vector};

    fn page(posts: Vec<Post>) -> Page {
        Page {
            posts,
            ..Page::mark(feed(), Import::Done)
        }
    }

    fn embed_all(library: &mut Library) {
        let vector = Vector::quantise(&[1.0 / 20.0; DIM]);
        loop {
            let tasks = library.next_batch(100);
            if tasks.is_empty() {
                return;
            }
            let batch = tasks.iter().map(|task| Embedded {
                entry: task.entry.clone(),
                texts: task.texts,
                said: task.said.as_ref().map(|_| vector.clone()),
                reply: vector.clone(),
            });
            library.add_vectors(batch.collect());
        }
    }

    /// Each with an hour between them.
    fn library(posts: impl IntoIterator<Item = Post>) -> Library {
        let mut library = Library::default();
        let hours = posts.into_iter().enumerate().map(|(hour, post)| Post {
            at: i64::try_from(hour).unwrap() * 3_600,
            ..post
        });
        library.add_page(page(hours.collect()));
        embed_all(&mut library);
        library
    }

    fn some() -> Library {
        library([
            post(1, "오늘 날씨 좋다"),
            reply(2, "나도 가고 싶어", 90, shown("7", "제주도 가자")),
            post(3, "내 번호 010-1234-5678이야"),
            post(4, "thanks @lime_tree for this"),
            reply(5, "またね", 91, shown("7", "おやすみ")),
        ])
    }

    fn ids(library: &mut Library, wanted: &Wanted) -> Vec<String> {
        let rows = library.list(wanted, 0, 10).rows;
        rows.iter().map(|row| row.entry.id.to_string()).collect()
    }

    fn of(state: State) -> Wanted {
        Wanted {
            state,
            ..Wanted::default()
        }
    }

    fn flag_all(library: &mut Library) {
        while library.flag(&[]) < 1.0 {}
    }

    #[test]
    fn what_is_wanted_is_listed_newest_first() {
        let mut library = some();
        flag_all(&mut library);
        let all = Wanted::default();
        let cases = [
            (all.clone(), &["5", "4", "3", "2", "1"][..]),
            (of(State::Flagged), &["3"]),
            (of(State::LeftOut), &[]),
            (
                Wanted {
                    text: "제주".into(),
                    ..all.clone()
                },
                &["2"],
            ),
            (
                Wanted {
                    language: Some(Language::Japanese),
                    ..all.clone()
                },
                &["5"],
            ),
            (
                Wanted {
                    answers: Some(true),
                    ..all.clone()
                },
                &["5", "2"],
            ),
            (
                Wanted {
                    answers: Some(false),
                    ..all.clone()
                },
                &["4", "3", "1"],
            ),
            (
                Wanted {
                    from: 3_600,
                    until: 2 * 3_600,
                    ..all.clone()
                },
                &["2"],
            ),
            (
                Wanted {
                    place: Some(Source::Misskey),
                    ..all.clone()
                },
                &[],
            ),
            (
                Wanted {
                    place: Some(Source::X),
                    ..all.clone()
                },
                &["5", "4", "3", "2", "1"],
            ),
        ];
        for (wanted, expected) in cases {
            assert_eq!(ids(&mut library, &wanted), expected, "{wanted:?}");
        }
        let part = library.list(&all, 3, 10);
        assert_eq!((part.rows.len(), part.all), (2, 5));
        assert_eq!(library.list(&all, 9, 10).rows, []);
        assert!(library.list(&all, 0, usize::MAX).rows.len() <= MAX_ROWS);
    }

    #[test]
    fn what_is_left_out_answers_nothing_and_comes_back() {
        let mut library = some();
        let items = |library: &Library| library.index().items().collect::<Vec<_>>();
        let before = items(&library);
        let changes = library.mark(Mark::LeftOut, &["2".to_owned(), "none".to_owned()], true);
        assert_eq!(changes.len(), 1);
        assert_eq!(library.standing().entries, 4);
        assert!(items(&library).iter().all(|item| &*item.entry.id != "2"));
        assert_eq!(ids(&mut library, &of(State::LeftOut)), ["2"]);
        assert!(library.next_batch(9).is_empty(), "it is not embedded again");

        // In another tab, and after the next import.
        let mut choices = Choices::default();
        for change in changes {
            choices.make(change);
        }
        let mut again = Library::default();
        again.choose(choices);
        for _ in 0..2 {
            again.add_page(page(vec![reply(
                2,
                "나도 가고 싶어",
                90,
                shown("7", "제주도 가자"),
            )]));
            assert_eq!(again.standing().entries, 0);
        }

        library.mark(Mark::LeftOut, &["2".to_owned()], false);
        let mut after = items(&library);
        after.sort_by_key(|item| Reverse(item.entry.at));
        let mut before = before;
        before.sort_by_key(|item| Reverse(item.entry.at));
        assert_eq!(after, before);
    }

    #[test]
    fn what_is_joined_to_what_is_left_out_goes_with_it() {
        let mut library = Library::default();
        let own = |id, text, parent| reply(id, text, parent, Content::Own);
        let thread = |first: u32| {
            let posts = [post(20, "하나"), own(21, "둘", 20), own(22, "셋", 21)];
            posts
                .into_iter()
                .filter(|post| post.id >= first.to_string())
                .collect()
        };
        // The first post of the thread comes later.
        library.add_page(page(thread(21)));
        let id = ids(&mut library, &Wanted::default());
        library.mark(Mark::LeftOut, &id, true);
        assert_eq!(library.standing().entries, 0);
        library.add_page(page(thread(20)));
        assert_eq!(library.standing().entries, 0);
        assert_eq!(ids(&mut library, &of(State::LeftOut)), ["20"]);
        // It was edited.
        library.add_page(page(vec![Post {
            earlier: vec!["21".to_owned()],
            ..own(30, "둘!", 20)
        }]));
        assert_eq!(library.standing().entries, 0);
    }

    #[test]
    fn what_was_said_in_two_places_is_left_out_in_both() {
        let mut library = Library::default();
        library.add_page(page(vec![post(1, "오늘 날씨가 참 좋다")]));
        library.mark(Mark::LeftOut, &["1".to_owned()], true);
        let elsewhere = crate::feed::Feed::new(Source::Misskey, "a.example/9");
        library.add_page(Page {
            posts: vec![post(2, "오늘 날씨가 참 좋다!")],
            ..Page::mark(elsewhere, Import::Done)
        });
        assert_eq!(library.standing().entries, 0);
    }

    #[test]
    fn what_is_flagged_stays_until_somebody_lets_it_go() {
        let mut library = some();
        flag_all(&mut library);
        let going = library.going();
        assert_eq!((going.goes, going.flagged, going.masked), (4, 1, 1));
        library.mark(Mark::Cleared, &["3".to_owned()], true);
        assert_eq!((library.going().goes, library.going().flagged), (5, 0));
        assert_eq!(ids(&mut library, &of(State::Cleared)), ["3"]);
        library.mark(Mark::Cleared, &["3".to_owned()], false);
        library.list_words(vec!["날씨".to_owned()]);
        flag_all(&mut library);
        assert_eq!(ids(&mut library, &of(State::Flagged)), ["3", "1"]);
        library.mark(Mark::LeftOut, &["3".to_owned()], true);
        let going = library.going();
        assert_eq!((going.goes, going.flagged, going.left_out), (3, 1, 1));
    }

    /// What was let go is asked about again once it says something else.
    #[test]
    fn another_text_is_flagged_anew() {
        let mut library = some();
        library.mark(Mark::Cleared, &["3".to_owned()], true);
        library.add_page(page(vec![Post {
            at: 2 * 3_600 + 60,
            ..reply(6, "계좌는 국민 123456-01-234567", 3, Content::Own)
        }]));
        embed_all(&mut library);
        flag_all(&mut library);
        assert_eq!(ids(&mut library, &of(State::Flagged)), ["3"]);
    }

    #[test]
    fn a_bot_without_room_has_what_is_pinned_and_what_answers() {
        let many = u32::try_from(MAX_ENTRIES).unwrap();
        let statements = (0..many).map(|n| post(n + 10, &format!("글 {n}")));
        let pairs = (0..50).map(|n| {
            let said = shown("7", &format!("말 {n}"));
            reply(n + 100_000, &format!("답 {n}"), n + 200_000, said)
        });
        let twice = (0..50).map(|n| post(n + 300_000, "같은 글"));
        let mut library = library(statements.chain(pairs).chain(twice));
        flag_all(&mut library);
        library.mark(Mark::Pinned, &["10".to_owned()], true);
        let shared = library.shared();
        assert_eq!(shared.len(), MAX_ENTRIES);
        let entries = library.index().entries();
        assert_eq!(&*entries[shared[0]].id, "10");
        assert!(
            shared[1..=50]
                .iter()
                .all(|item| entries[*item].said.is_some())
        );
        let twice = shared
            .iter()
            .filter(|item| &*entries[**item].reply == "같은 글");
        assert_eq!(twice.count(), 1);
        assert_eq!(library.going().over, 100);
    }

    #[test]
    fn others_are_masked_and_oneself_is_not() {
        let watch = Watch {
            me: vec!["sora_k".to_owned()],
            listed: Vec::new(),
        };
        let text = "@sora_k 랑 @lime_tree, ＠yuzu_tea 셋이서";
        assert_eq!(masked(text, &watch), "@sora_k 랑 @…, @… 셋이서");
        assert_eq!(masked("아무도 없다", &watch), "아무도 없다");
    }
}
