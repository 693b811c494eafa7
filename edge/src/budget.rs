//! How much may be asked of X, and who asks when.
//!
//! A state machine without clock or storage: whoever asks says what time it is, and
//! [`Budget::changes`] says what is to be written down.
//!
//! - **Windows.** X counts requests in 15 minutes and in a day, of the app and of each
//!   user. Each is counted here too, from the configuration until X's headers say
//!   otherwise, and X is not asked once one is used up. A day is one of UTC until X says
//!   when its own ends.
//! - **Turns.** An import is let in as a whole: it gets a turn of as many pages as it
//!   needs in the first window that has room for all of them. So imports are served in
//!   the order of their coming, and a short one may fill a gap that a longer one before
//!   it left, which delays nobody. Who must wait is told when their turn begins; turns of
//!   one window begin one after the other, at [`PACE`]. One in [`SPARE`] requests of a
//!   window is in no turn.
//! - **What is not used comes back.** A turn ends with the last page, when its person
//!   leaves, and [`GRACE`] seconds after it was to begin or was last used. It goes to
//!   whoever asks next: newcomers, and those who wait and look, each [`LOOK`] seconds at
//!   most.
//! - **Endpoints.** What signing in and out asks of X is let through at once, as nobody is
//!   in line for it, and counted in windows of its own, of which only X knows the limits.
//!   The question who somebody is X limits for each user; who that is nobody knows before
//!   X has answered.
//! - **Failures.** In an outage of X ([`FAILURES`]) everybody waits and keeps their turn,
//!   and one request in [`AGAIN`] seconds finds out for all.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use chrono::{DateTime, Datelike};
use http::HeaderMap;
use lemon_wire::{
    HISTORY_STEP, HISTORY_STEPS, Limit, MAX_POSTS, Moment, PostsPage, State, Status,
    Window as Reading,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use crate::x::{DAY, QUARTER};
use crate::{error::Error, seal::Key, x::refusal};

/// Seconds by which a window is taken to be longer than X says: clocks differ by so much,
/// and a request takes its time.
const MARGIN: i64 = 1;

/// Pages a second whose turns begin at a window's edge, which is then no stampede; X's
/// 10,000 take a minute. All of a larger window begin within one, too.
pub const PACE: u32 = 170;
const MINUTE: u32 = 60;

/// Seconds by which X's clock may go before ours.
const SLACK: i64 = 60;

/// How long a turn is kept for somebody who does not ask, in seconds: half a window. Whoever
/// looks elsewhere for some minutes finds it again, and whoever does not come back has kept
/// others waiting for no longer.
pub const GRACE: i64 = QUARTER / 2;

/// How often somebody who waits may look for an earlier turn, in seconds: whoever asks more
/// often than our page does is not to get all that others give back.
const LOOK: i64 = 2 * 60;

/// How often X is tried while the month or the credit is used up: nothing says when the
/// operator has paid.
pub const PROBE: i64 = 10 * 60;

/// An outage is when X has failed for so many people and answered nobody in between. One
/// request in fifty fails on X's good days, so this many are no chance.
pub const FAILURES: usize = 5;

/// Seconds after which X is tried again in an outage.
pub const AGAIN: i64 = 10;

/// One in so many requests of a window is in nobody's turn: for pages that have to be asked
/// for again, as X fails now and then, and for those of imports that turn out longer.
/// Without it such an import would wait a whole window for its last page.
const SPARE: u32 = 20;

/// Seconds over which those come back whose own day is over.
const SPREAD: i64 = 10 * 60;

/// Most turns that are kept; the next in line would wait for weeks.
pub const MAX_TURNS: usize = 100_000;

/// Farthest window in which a turn may lie: a month of them.
const MAX_WINDOWS: i64 = 31 * DAY / QUARTER;

/// What the operator and, until its headers say otherwise, X allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Requests for posts in 15 minutes, of the app and of a user.
    pub app_quarter: u32,
    pub user_quarter: u32,
    /// The same in a day, where there is such a limit.
    pub app_day: Option<u32>,
    pub user_day: Option<u32>,
    /// Posts that may be read in a month of UTC.
    pub month_posts: u64,
    /// What may be spent in such a month, in thousandths of a dollar.
    pub month_mills: Option<u64>,
    /// Bots that may be uploaded in a day from one address, and by one person.
    pub uploads_day: u32,
    /// The operator lets nobody in.
    pub closed: bool,
}

/// What X asks for a post and for a user that are read, in thousandths of a dollar
/// (as of autumn 2026).
const POST_MILLS: u64 = 5;
const USER_MILLS: u64 = 10;

impl Rules {
    /// Reads the operator's settings; `get` returns the value of a variable. X's own
    /// limits of autumn 2026 stand for what is not set.
    ///
    /// # Errors
    /// [`Error::Config`] names what is not a number, or not `open` or `closed`.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let set = |name| get(name).filter(|value| !value.is_empty());
        let number = |name, malformed| match set(name) {
            Some(value) => value
                .parse()
                .map(Some)
                .map_err(|_| Error::Config(malformed)),
            None => Ok(None),
        };
        let small = |name, malformed| {
            number(name, malformed)?
                .map(|value: u64| u32::try_from(value).map_err(|_| Error::Config(malformed)))
                .transpose()
        };
        let dollars = number("MONTHLY_DOLLARS", "MONTHLY_DOLLARS is not a number")?;
        let closed = match set("SIGN_UPS").as_deref() {
            None | Some("open") => false,
            Some("closed") => true,
            Some(_) => return Err(Error::Config("SIGN_UPS is neither open nor closed")),
        };
        Ok(Self {
            app_quarter: small("APP_QUARTER", "APP_QUARTER is not a number")?.unwrap_or(10_000),
            user_quarter: small("USER_QUARTER", "USER_QUARTER is not a number")?.unwrap_or(900),
            app_day: small("APP_DAY", "APP_DAY is not a number")?,
            user_day: small("USER_DAY", "USER_DAY is not a number")?,
            month_posts: number("MONTHLY_POSTS", "MONTHLY_POSTS is not a number")?
                .unwrap_or(3_000_000),
            uploads_day: small("BOTS_DAY", "BOTS_DAY is not a number")?.unwrap_or(50),
            month_mills: dollars.map(|dollars| dollars.saturating_mul(1_000)),
            closed,
        })
    }
}

/// Who imports: a hash, so that nobody can be told from what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Person([u8; 12]);

impl Person {
    /// `key` keeps others from trying all ids.
    #[must_use]
    pub fn of(id: &str, key: &Key) -> Self {
        let digest = key.digest(b"lemon-toolbox budget 1", id);
        let mut person = [0; 12];
        person.copy_from_slice(&digest[..12]);
        Self(person)
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The answer to somebody who wants a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// X may be asked, once.
    Go,
    /// Not before `until`.
    Wait { until: i64, limit: Limit },
    /// Nobody is served; until when, if that is known.
    Closed { until: Option<i64>, limit: Limit },
}

impl Decision {
    /// For the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Wait { .. } => "wait",
            Self::Closed { .. } => "closed",
        }
    }
}

impl From<Decision> for Result<(), Error> {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Go => Ok(()),
            Decision::Wait { until, limit } => Err(Error::Waiting {
                retry_at: until,
                limit,
            }),
            Decision::Closed { until, limit } => Err(Error::Closed {
                retry_at: until,
                limit,
            }),
        }
    }
}

/// What X is asked besides posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Endpoint {
    /// The token of a code.
    Token,
    /// Who somebody is.
    Me,
    /// The end of a token.
    Revoke,
}

/// What X said of its windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub quarter: Option<Reading>,
    pub app_day: Option<Reading>,
    pub user_day: Option<Reading>,
}

impl Said {
    #[must_use]
    pub fn by(headers: &HeaderMap) -> Self {
        let reading = |prefix| refusal::window(headers, prefix);
        Self {
            quarter: reading("x-rate-limit"),
            app_day: reading("x-app-limit-24hour"),
            user_day: reading("x-user-limit-24hour"),
        }
    }
}

/// How a granted request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// X gave a page of so many posts. `page` tells one page of a person from the next.
    Page {
        posts: u32,
        is_last: bool,
        page: u64,
    },
    /// X said who somebody is.
    User,
    /// X refused with 429: a day is used up until then, or 15 minutes, whose X does not
    /// say.
    Refused { until: i64, day: Option<Limit> },
    /// The month or the credit is used up.
    Closed { limit: Limit },
    /// X failed.
    Failed,
    /// X answered, and gave no page of this person.
    Nothing,
    /// X was not asked.
    Unused,
}

impl Outcome {
    /// What came of asking for the page at `cursor`.
    #[must_use]
    pub fn of(page: &Result<PostsPage, Error>, cursor: Option<&str>) -> Self {
        match page {
            Ok(page) => {
                let digest = Sha256::digest(cursor.unwrap_or_default());
                let (first, _) = digest.split_at(8);
                Self::Page {
                    posts: u32::try_from(page.posts.len()).unwrap_or(u32::MAX),
                    is_last: page.next.is_none(),
                    page: first
                        .iter()
                        .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
                }
            }
            Err(error) => (*error).into(),
        }
    }
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        match error {
            Error::Waiting { retry_at, limit } => Self::Refused {
                until: retry_at,
                day: matches!(limit, Limit::AppDay | Limit::UserDay).then_some(limit),
            },
            Error::Closed { limit, .. } => Self::Closed { limit },
            Error::Unreachable | Error::Failed | Error::Unreadable => Self::Failed,
            // X answered, and may have been paid for a page that is asked for again.
            _ => Self::Nothing,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Window {
    limit: u32,
    /// Where the limit comes from.
    source: Source,
    used: u32,
    /// 0 if it has not begun.
    reset: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Source {
    Rules,
    X,
    /// It is not known: X has not said how large it is.
    Guess,
}

impl Window {
    fn new(limit: u32, source: Source) -> Self {
        Self {
            limit,
            source,
            used: 0,
            reset: 0,
        }
    }

    fn left(&self, now: i64) -> u32 {
        if now >= self.reset {
            self.limit
        } else {
            self.limit.saturating_sub(self.used)
        }
    }

    /// When it ends; `next` if it has to begin now.
    fn end(&self, now: i64, next: i64) -> i64 {
        if now >= self.reset {
            next + MARGIN
        } else {
            self.reset
        }
    }

    /// Counts a request. A window that begins with it ends at `next`.
    fn take(&mut self, now: i64, next: i64) {
        if now >= self.reset {
            (self.used, self.reset) = (0, self.end(now, next));
        }
        self.used = self.used.saturating_add(1);
    }

    fn give_back(&mut self, now: i64) {
        if now < self.reset {
            self.used = self.used.saturating_sub(1);
        }
    }

    /// X's word wins. Answers come in any order and some are still under way, so within a
    /// window its count only grows. Whether this is the next window.
    fn learn(&mut self, said: Reading, now: i64, length: i64) -> bool {
        let is_plausible = (now..=now + length + SLACK).contains(&said.reset);
        if !is_plausible || said.limit == 0 {
            return false;
        }
        let used = said.limit.saturating_sub(said.remaining);
        let is_open = now < self.reset;
        let is_next = is_open && said.reset > self.reset + length / 2;
        self.used = if is_open && !is_next {
            self.used.max(used)
        } else {
            used
        };
        (self.limit, self.source) = (said.limit, Source::X);
        self.reset = said.reset + MARGIN;
        is_next
    }

    /// Nothing is left of it until `until`.
    fn exhaust(&mut self, until: i64) {
        (self.used, self.reset) = (self.limit, until + MARGIN);
    }
}

/// The windows of the app or of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Windows {
    quarter: Window,
    /// None where no such limit is known.
    day: Option<Window>,
}

impl Windows {
    fn new(quarter: u32, day: Option<u32>) -> Self {
        Self {
            quarter: Window::new(quarter, Source::Rules),
            day: day.map(|limit| Window::new(limit, Source::Rules)),
        }
    }

    /// What was stored, under rules that may have changed since; what X said stays.
    fn under(self, quarter: u32, day: Option<u32>) -> Self {
        let changed = |window: Window, limit| match window.source {
            Source::Rules => Window { limit, ..window },
            Source::X | Source::Guess => window,
        };
        Self {
            quarter: changed(self.quarter, quarter),
            day: match (self.day, day) {
                (Some(window), Some(limit)) => Some(changed(window, limit)),
                (Some(window), None) => Some(window).filter(|day| day.source != Source::Rules),
                (None, limit) => Self::new(quarter, limit).day,
            },
        }
    }

    fn left(&self, now: i64) -> u32 {
        let day = self.day.map_or(u32::MAX, |day| day.left(now));
        self.quarter.left(now).min(day)
    }

    fn take(&mut self, now: i64) {
        // X's windows begin with their first request.
        self.quarter.take(now, now + QUARTER);
        if let Some(day) = &mut self.day {
            day.take(now, midnight(now));
        }
    }

    fn give_back(&mut self, now: i64) {
        self.quarter.give_back(now);
        if let Some(day) = &mut self.day {
            day.give_back(now);
        }
    }

    /// Until when one of them is used up, the later one if both are, and which of the two
    /// limits it is.
    fn spent(&self, now: i64, [quarter, day]: [Limit; 2]) -> Option<(i64, Limit)> {
        let day = self.day.map(|window| (window, day));
        let windows = day.into_iter().chain([(self.quarter, quarter)]);
        windows
            .filter(|(window, _)| window.left(now) == 0)
            .map(|(window, limit)| (window.reset, limit))
            .max_by_key(|(reset, _)| *reset)
    }

    fn are_over(&self, now: i64) -> bool {
        now >= self.quarter.reset && self.day.is_none_or(|day| now >= day.reset)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct User {
    windows: Windows,
    /// On which day of UTC posts were read last.
    day: i64,
    /// The page that was read last: X does not bill it twice in a day.
    read: Option<u64>,
    /// Posts that were counted on that day. X has no more than [`MAX_POSTS`] of anybody,
    /// and whoever asks for the same ones again and again costs nothing.
    charged: u32,
}

impl User {
    fn new(rules: &Rules) -> Self {
        Self {
            windows: Windows::new(rules.user_quarter, rules.user_day),
            day: 0,
            read: None,
            charged: 0,
        }
    }

    /// How many of a page's `posts` X bills.
    fn charge(&mut self, page: u64, posts: u32, now: i64) -> u32 {
        let today = now.div_euclid(DAY);
        if self.day != today {
            (self.day, self.read, self.charged) = (today, None, 0);
        }
        if self.read.replace(page) == Some(page) {
            return 0;
        }
        let billed = posts.min(MAX_POSTS.saturating_sub(self.charged));
        self.charged += billed;
        billed
    }

    fn is_over(&self, now: i64) -> bool {
        self.windows.are_over(now) && self.day != now.div_euclid(DAY)
    }
}

/// What holds for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct App {
    windows: Windows,
    /// Which 15 minutes these are, counted from the first.
    ordinal: i64,
    /// When they began; or would have, while nobody asks.
    #[serde(default)]
    began: i64,
    closed: Option<Closed>,
    /// Since when newcomers have had to wait.
    waiting_since: Option<i64>,
    /// X's last answers were failures.
    #[serde(default)]
    trouble: Option<Trouble>,
}

/// Failures in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Trouble {
    since: i64,
    /// Whose they were, each once, the last [`FAILURES`].
    failed: VecDeque<Person>,
    /// When X is tried again, if they are an outage.
    again: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Closed {
    limit: Limit,
    since: i64,
    /// When X is tried again.
    probe: i64,
}

impl Closed {
    /// Until when, or when it is tried again.
    fn until(self, now: i64) -> i64 {
        match self.limit {
            Limit::Month => next_month(now),
            _ => self.probe,
        }
    }
}

/// Nobody is served.
struct Shut {
    limit: Limit,
    /// Where that is known.
    since: Option<i64>,
    until: Option<i64>,
}

/// Pages that somebody may ask for, from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Turn {
    pages: u32,
    at: i64,
    /// The window, by its ordinal, that holds the pages.
    window: i64,
    /// When the person was last there.
    seen: i64,
}

/// How many turns are still to come. Counting them at each request would take as long as
/// all else, once there are tens of thousands.
#[derive(Clone, Debug, Default)]
struct Queue {
    /// Turns by the second of their beginning, those to come only.
    begin: BTreeMap<i64, u32>,
    waiting: u32,
    now: i64,
}

impl Queue {
    fn add(&mut self, at: i64) {
        if at > self.now {
            *self.begin.entry(at).or_default() += 1;
            self.waiting += 1;
        }
    }

    fn remove(&mut self, at: i64) {
        if let Some(turns) = self.begin.get_mut(&at) {
            *turns -= 1;
            self.waiting -= 1;
            if *turns == 0 {
                self.begin.remove(&at);
            }
        }
    }

    /// Time goes on; it never goes back.
    fn advance(&mut self, now: i64) {
        self.now = self.now.max(now);
        let to_come = self.begin.split_off(&(self.now + 1));
        let begun = std::mem::replace(&mut self.begin, to_come);
        self.waiting -= begun.values().sum::<u32>();
    }
}

/// What was read in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Month {
    /// Months since the year 0.
    number: i64,
    posts: u64,
    users: u64,
}

impl Month {
    fn mills(self) -> u64 {
        self.posts * POST_MILLS + self.users * USER_MILLS
    }
}

/// What is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Row {
    App,
    Month,
    Endpoint(Endpoint),
    User(Person),
    Turn(Person),
    Step(i64),
    Bots,
    Uploads(Person),
}

/// What happened to the stored bots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bots {
    Counted(u32),
    Stored,
    Removed,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Budget {
    rules: Rules,
    app: App,
    month: Month,
    /// Their windows of the app.
    endpoints: BTreeMap<Endpoint, Windows>,
    users: BTreeMap<Person, User>,
    turns: BTreeMap<Person, Turn>,
    /// Pages that turns hold in each window, by its ordinal.
    held: BTreeMap<i64, u32>,
    queue: Queue,
    history: BTreeMap<i64, Moment>,
    bots: Option<u32>,
    /// By address or person: the day, and how many bots on it.
    uploads: BTreeMap<Person, (i64, u32)>,
    changed: BTreeSet<Row>,
    tidied: i64,
}

impl Budget {
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            app: App {
                windows: Windows::new(rules.app_quarter, rules.app_day),
                ordinal: 0,
                began: 0,
                closed: None,
                waiting_since: None,
                trouble: None,
            },
            month: Month::default(),
            endpoints: BTreeMap::new(),
            users: BTreeMap::new(),
            turns: BTreeMap::new(),
            held: BTreeMap::new(),
            queue: Queue::default(),
            history: BTreeMap::new(),
            bots: None,
            uploads: BTreeMap::new(),
            changed: BTreeSet::new(),
            tidied: 0,
            rules,
        }
    }

    /// Takes back what [`Budget::changes`] gave; what cannot be read is left out.
    pub fn restore<'a>(&mut self, rows: impl IntoIterator<Item = (&'a str, &'a str)>) {
        for (key, value) in rows {
            let Ok(key) = serde_json::from_str(key) else {
                continue;
            };
            match key {
                Row::App => read(value, |app: App| {
                    let windows = app
                        .windows
                        .under(self.rules.app_quarter, self.rules.app_day);
                    self.app = App { windows, ..app };
                }),
                Row::Month => read(value, |month| self.month = month),
                Row::Endpoint(endpoint) => read(value, |windows| {
                    self.endpoints.insert(endpoint, windows);
                }),
                Row::User(person) => read(value, |user: User| {
                    let windows = user
                        .windows
                        .under(self.rules.user_quarter, self.rules.user_day);
                    self.users.insert(person, User { windows, ..user });
                }),
                Row::Turn(person) => read(value, |turn: Turn| {
                    *self.held.entry(turn.window).or_default() += turn.pages;
                    self.queue.add(turn.at);
                    self.turns.insert(person, turn);
                }),
                Row::Uploads(who) => read(value, |uploads| {
                    self.uploads.insert(who, uploads);
                }),
                Row::Bots => read(value, |bots| self.bots = Some(bots)),
                Row::Step(step) => read(value, |moment| {
                    self.history.insert(step, moment);
                }),
            }
        }
    }

    /// What has changed since this was last asked: keys with their values, or with none
    /// if they are to be forgotten.
    pub fn changes(&mut self) -> Vec<(String, Option<String>)> {
        let changed = std::mem::take(&mut self.changed);
        let value = |key: &Row| match key {
            Row::App => serde_json::to_string(&self.app).ok(),
            Row::Month => serde_json::to_string(&self.month).ok(),
            Row::Endpoint(endpoint) => write(self.endpoints.get(endpoint)),
            Row::User(person) => write(self.users.get(person)),
            Row::Turn(person) => write(self.turns.get(person)),
            Row::Step(step) => write(self.history.get(step)),
            Row::Bots => write(self.bots.as_ref()),
            Row::Uploads(who) => write(self.uploads.get(who)),
        };
        let rows = changed.iter().filter_map(|key| {
            let name = serde_json::to_string(key).ok()?;
            Some((name, value(key)))
        });
        rows.collect()
    }

    /// May `person`, whose import has about `pages` still to come, ask X for one?
    /// [`Decision::Go`] is counted as asked; [`Budget::tell`] must say what came of it.
    pub fn ask(&mut self, person: Person, pages: u32, now: i64) -> Decision {
        self.tidy(now);
        let decision = self.decide(person, pages, now);
        let waiting = self.queue.waiting;
        let moment = self.moment(now);
        moment.waiting = moment.waiting.max(waiting);
        let since = match decision {
            Decision::Go => {
                moment.requests += 1;
                self.app.waiting_since.filter(|_| waiting > 0)
            }
            Decision::Wait {
                limit: Limit::AppQuarter | Limit::AppDay,
                ..
            } => {
                moment.refusals += 1;
                self.app.waiting_since.or(Some(now))
            }
            Decision::Wait { .. } | Decision::Closed { .. } => {
                moment.refusals += 1;
                self.app.waiting_since
            }
        };
        if since != self.app.waiting_since {
            self.app.waiting_since = since;
            self.changed.insert(Row::App);
        }
        decision
    }

    fn decide(&mut self, person: Person, pages: u32, now: i64) -> Decision {
        if let Some(Shut { limit, until, .. }) = self.shut(now) {
            return Decision::Closed { until, limit };
        }
        if let Some((until, limit)) = self.spent(person, now) {
            self.end_turn(person);
            return Decision::Wait { until, limit };
        }
        if let Some((_, again)) = self.outage(Some(person), now) {
            if let Some(turn) = self.turns.get(&person).copied() {
                self.set_turn(person, Turn { seen: now, ..turn });
            }
            return Decision::Wait {
                // Not all at once when it is over.
                until: again + i64::from(person.0[0]) % AGAIN,
                limit: Limit::Source,
            };
        }
        let turn = self.turns.get(&person).copied();
        let turn = match turn.map(|turn| self.longer(turn, pages, now)) {
            Some(turn) if turn.pages > 0 => turn,
            _ => self.placed(person, pages, now),
        };
        let turn = self.earlier(turn, now);
        let turn = Turn { seen: now, ..turn };
        self.set_turn(person, turn);
        if now >= turn.at && self.app.windows.left(now) > 0 {
            self.grant(person, turn, now);
            return Decision::Go;
        }
        // X may have said less than was planned with: the next room there is.
        let turn = if now >= turn.at {
            let turn = self.placed(person, turn.pages, now);
            self.set_turn(person, turn);
            turn
        } else {
            turn
        };
        Decision::Wait {
            until: turn.at.max(now + 1),
            limit: self.why(turn.at),
        }
    }

    /// A turn that has begun may become as long as the import turned out to be, where its
    /// window has room: pages of X are short at times, and some fail.
    fn longer(&self, turn: Turn, pages: u32, now: i64) -> Turn {
        if now < turn.at || pages <= turn.pages {
            return turn;
        }
        let held: u32 = self
            .held
            .range(..=self.app.ordinal)
            .map(|(_, pages)| pages)
            .sum();
        let room = self.app.windows.left(now).saturating_sub(held);
        Turn {
            pages: turn.pages + room.min(pages - turn.pages),
            ..turn
        }
    }

    /// A turn that is still to come, or one before it if room was given back meanwhile.
    fn earlier(&self, turn: Turn, now: i64) -> Turn {
        if now >= turn.at || now < turn.seen + LOOK {
            return turn;
        }
        let found = self.place(turn.pages, now);
        found.filter(|found| found.at < turn.at).unwrap_or(turn)
    }

    /// A turn in the first window with room, in the place of one that there may be.
    fn placed(&mut self, person: Person, pages: u32, now: i64) -> Turn {
        self.end_turn(person);
        // Whoever finds no room in a month may look again later.
        self.place(pages, now).unwrap_or(Turn {
            pages: 0,
            at: now + PROBE,
            window: self.app.ordinal,
            seen: now,
        })
    }

    fn grant(&mut self, person: Person, turn: Turn, now: i64) {
        self.app.windows.take(now);
        if let Some(closed) = &mut self.app.closed {
            // One finds out for all.
            closed.probe = now + PROBE;
        }
        if let Some(trouble) = &mut self.app.trouble {
            trouble.again = now + AGAIN;
        }
        self.user_mut(person).windows.take(now);
        self.changed.insert(Row::App);
        self.set_turn(
            person,
            Turn {
                pages: turn.pages.saturating_sub(1),
                window: turn.window.max(self.app.ordinal),
                ..turn
            },
        );
    }

    /// What came of a request that was granted. If X refused, answers with what the person
    /// is to be told.
    pub fn tell(
        &mut self,
        person: Person,
        outcome: Outcome,
        said: Said,
        now: i64,
    ) -> Option<Decision> {
        self.tidy(now);
        let of_app = said
            .quarter
            .is_none_or(|reading| self.is_of_app(person, reading));
        self.learn(person, said, now);
        self.learn_app_day(said, now);
        match outcome {
            Outcome::Failed => self.fail(person, now),
            Outcome::Unused => {}
            _ if self.app.trouble.take().is_some() => drop(self.changed.insert(Row::App)),
            _ => {}
        }
        match outcome {
            Outcome::Page {
                posts,
                is_last,
                page,
            } => {
                let billed = self.user_mut(person).charge(page, posts, now);
                self.month_mut(now).posts += u64::from(billed);
                if self.app.closed.take().is_some() {
                    self.changed.insert(Row::App);
                }
                if is_last {
                    self.end_turn(person);
                }
            }
            Outcome::Refused { until, day } => {
                self.moment(now).refused_by_source += 1;
                self.changed.insert(Row::App);
                let limit = day.unwrap_or(if of_app {
                    Limit::AppQuarter
                } else {
                    Limit::UserQuarter
                });
                match limit {
                    Limit::UserQuarter => self.user_mut(person).windows.quarter.exhaust(until),
                    Limit::UserDay => exhaust_day(&mut self.user_mut(person).windows.day, until),
                    Limit::AppDay => exhaust_day(&mut self.app.windows.day, until),
                    _ => self.app.windows.quarter.exhaust(until),
                }
                return Some(Decision::Wait {
                    until: until + MARGIN,
                    limit,
                });
            }
            Outcome::Closed { limit } => return Some(self.refuse_all(limit, now)),
            Outcome::User | Outcome::Failed | Outcome::Nothing => {}
            Outcome::Unused => {
                self.app.windows.give_back(now);
                self.user_mut(person).windows.give_back(now);
                self.changed.insert(Row::App);
                if let Some(turn) = self.turns.get(&person).copied() {
                    let pages = turn.pages + 1;
                    self.set_turn(person, Turn { pages, ..turn });
                }
            }
        }
        None
    }

    /// Somebody for whom X always fails must not close it for all, alone or as two.
    fn fail(&mut self, person: Person, now: i64) {
        let trouble = self.app.trouble.get_or_insert(Trouble {
            since: now,
            failed: VecDeque::new(),
            again: now,
        });
        if !trouble.failed.contains(&person) {
            trouble.failed.push_back(person);
            if trouble.failed.len() > FAILURES {
                trouble.failed.pop_front();
            }
        }
        trouble.again = now + AGAIN;
        self.changed.insert(Row::App);
    }

    /// Since when and until when X is left alone, if it has failed for that many. Those for
    /// whom it did are not the first to try again.
    fn outage(&self, person: Option<Person>, now: i64) -> Option<(i64, i64)> {
        let trouble = self.app.trouble.as_ref()?;
        let has_failed = person.is_some_and(|person| trouble.failed.contains(&person));
        let again = trouble.again + if has_failed { AGAIN } else { 0 };
        (trouble.failed.len() >= FAILURES && now < again).then_some((trouble.since, again))
    }

    /// X says that the month or the credit is used up. Answers with what all are told.
    fn refuse_all(&mut self, limit: Limit, now: i64) -> Decision {
        let same = self
            .app
            .closed
            .filter(|closed| closed.limit == limit && month_of(closed.since) == month_of(now));
        let closed = Closed {
            limit,
            since: same.map_or(now, |closed| closed.since),
            probe: now + PROBE,
        };
        self.app.closed = Some(closed);
        self.changed.insert(Row::App);
        Decision::Closed {
            until: Some(closed.until(now)),
            limit,
        }
    }

    /// May X be asked at `endpoint`? [`Decision::Go`] is counted as asked;
    /// [`Budget::tell_of`] must say what came of it.
    ///
    /// Whoever signs out may always ask, unless X itself says no: it costs nothing, and
    /// their token is to end.
    pub fn ask_at(&mut self, endpoint: Endpoint, now: i64) -> Decision {
        self.tidy(now);
        if endpoint != Endpoint::Revoke
            && let Some(Shut { limit, until, .. }) = self.shut(now)
        {
            return Decision::Closed { until, limit };
        }
        let windows = self.endpoint_mut(endpoint);
        let limits = [Limit::AppQuarter, Limit::AppDay];
        if let Some((until, limit)) = windows.spent(now, limits) {
            return Decision::Wait { until, limit };
        }
        windows.take(now);
        Decision::Go
    }

    /// What came of a request that [`Budget::ask_at`] granted. If X refused, answers with
    /// what the person is to be told.
    pub fn tell_of(
        &mut self,
        endpoint: Endpoint,
        outcome: Outcome,
        said: Said,
        now: i64,
    ) -> Option<Decision> {
        self.tidy(now);
        // Who somebody is X limits for each user.
        let is_of_app = endpoint != Endpoint::Me;
        let windows = self.endpoint_mut(endpoint);
        if let Some(reading) = said.quarter.filter(|_| is_of_app) {
            windows.quarter.learn(reading, now, QUARTER);
        }
        if let Some(reading) = said.app_day {
            learn_day(&mut windows.day, reading, now);
            // X may count the day of all endpoints as one.
            if self.is_day_of_posts(reading) {
                self.learn_app_day(said, now);
            }
        }
        let windows = self.endpoint_mut(endpoint);
        match outcome {
            Outcome::User => self.month_mut(now).users += 1,
            Outcome::Refused { until, day } => {
                let limit = match day {
                    Some(Limit::AppDay) => {
                        exhaust_day(&mut windows.day, until);
                        Limit::AppDay
                    }
                    Some(day) => day,
                    None if is_of_app => {
                        windows.quarter.exhaust(until);
                        Limit::AppQuarter
                    }
                    None => Limit::UserQuarter,
                };
                return Some(Decision::Wait {
                    until: until + MARGIN,
                    limit,
                });
            }
            Outcome::Closed { limit } => return Some(self.refuse_all(limit, now)),
            Outcome::Unused => windows.give_back(now),
            Outcome::Page { .. } | Outcome::Failed | Outcome::Nothing => {}
        }
        None
    }

    fn endpoint_mut(&mut self, endpoint: Endpoint) -> &mut Windows {
        self.changed.insert(Row::Endpoint(endpoint));
        // X documents no limit of these for an app; its headers and refusals may.
        let unknown = || Window::new(u32::MAX, Source::Guess);
        self.endpoints.entry(endpoint).or_insert_with(|| Windows {
            quarter: unknown(),
            day: Some(unknown()),
        })
    }

    /// Whether X says this of the day in which it counts posts, as far as can be told.
    fn is_day_of_posts(&self, said: Reading) -> bool {
        self.app.windows.day.is_some_and(|day| {
            let ends_together = day.reset.abs_diff(said.reset + MARGIN) <= 1;
            day.source == Source::X && day.limit == said.limit && ends_together
        })
    }

    /// A purge has counted what is stored; or something was added or removed since.
    pub fn count_bots(&mut self, bots: Bots) {
        let known = self.bots.unwrap_or_default();
        self.bots = Some(match bots {
            Bots::Counted(count) => count,
            Bots::Stored => known.saturating_add(1),
            Bots::Removed => known.saturating_sub(1),
        });
        self.changed.insert(Row::Bots);
    }

    /// Counts a bot that `who` uploads, unless it is one too many for today: then until
    /// when they have to wait.
    pub fn upload(&mut self, who: Person, now: i64) -> Option<i64> {
        let today = now.div_euclid(DAY);
        let (day, count) = self.uploads.get(&who).copied().unwrap_or((today, 0));
        let count = if day == today { count } else { 0 };
        if count >= self.rules.uploads_day {
            return Some(midnight(now));
        }
        self.uploads.insert(who, (today, count + 1));
        self.changed.insert(Row::Uploads(who));
        None
    }

    /// Gives up the turn of somebody who leaves.
    pub fn leave(&mut self, person: Person) {
        self.end_turn(person);
    }

    /// How things stand, for everybody to see.
    pub fn status(&mut self, now: i64) -> Status {
        self.tidy(now);
        let waiting = self.queue.waiting;
        let newcomer = self.place(1, now);
        let (state, limit, since, until) = match (self.shut(now), self.outage(None, now), newcomer)
        {
            (Some(shut), ..) => (State::Closed, Some(shut.limit), shut.since, shut.until),
            (None, Some((since, again)), _) => (
                State::Waiting,
                Some(Limit::Source),
                Some(since),
                Some(again),
            ),
            (None, None, Some(turn)) if turn.at <= now => (State::Open, None, None, None),
            (None, None, turn) => (
                State::Waiting,
                turn.map(|turn| self.why(turn.at)),
                self.app.waiting_since,
                turn.map(|turn| turn.at),
            ),
        };
        let first = now.div_euclid(HISTORY_STEP) - HISTORY_STEPS + 1;
        Status {
            state,
            limit,
            since,
            until,
            waiting,
            pages_per_minute: self.rate(now),
            bots: self.bots,
            history: self
                .history
                .range(first..)
                .map(|(_, moment)| *moment)
                .collect(),
        }
    }

    /// Whether nobody is served. What X said holds until it is to be tried again, and a
    /// month no longer than itself.
    fn shut(&self, now: i64) -> Option<Shut> {
        if self.rules.closed {
            return Some(Shut {
                limit: Limit::Operator,
                since: None,
                until: None,
            });
        }
        let is_spent = self.month.number == month_of(now)
            && (self.month.posts >= self.rules.month_posts
                || self
                    .rules
                    .month_mills
                    .is_some_and(|most| self.month.mills() >= most));
        if is_spent {
            return Some(Shut {
                limit: Limit::Month,
                since: None,
                until: Some(next_month(now)),
            });
        }
        let holds = |closed: &Closed| {
            let is_past = closed.limit == Limit::Month && month_of(closed.since) != month_of(now);
            now < closed.probe && !is_past
        };
        let closed = self.app.closed.filter(holds)?;
        Some(Shut {
            limit: closed.limit,
            since: Some(closed.since),
            until: Some(closed.until(now)),
        })
    }

    /// Which of the person's own windows is used up, and until when.
    fn spent(&self, person: Person, now: i64) -> Option<(i64, Limit)> {
        let user = self.users.get(&person)?;
        let limits = [Limit::UserQuarter, Limit::UserDay];
        let (until, limit) = user.windows.spent(now, limits)?;
        // Days of which X says nothing end at midnight, for all at once.
        let ends_for_all = user
            .windows
            .day
            .is_some_and(|day| day.source == Source::Rules);
        let later = match limit {
            Limit::UserDay if ends_for_all => {
                i64::from(u16::from_be_bytes([person.0[0], person.0[1]])) % SPREAD
            }
            _ => 0,
        };
        Some((until + later, limit))
    }

    /// Which limit keeps people waiting until `at`.
    fn why(&self, at: i64) -> Limit {
        match self.app.windows.day {
            Some(day) if at >= day.reset && day.reset > self.app.windows.quarter.reset => {
                Limit::AppDay
            }
            _ => Limit::AppQuarter,
        }
    }

    /// The first turn for an import of `pages`.
    fn place(&self, pages: u32, now: i64) -> Option<Turn> {
        if self.turns.len() >= MAX_TURNS {
            return None;
        }
        let quarter = &self.app.windows.quarter;
        let in_turns = |window: &Window| window.limit - window.limit / SPARE;
        let day = self.app.windows.day.as_ref();
        let most = day.map_or(u32::MAX, in_turns).min(in_turns(quarter));
        let pages = pages.clamp(1, most.max(1));
        let current = self.app.ordinal;
        let next = quarter.end(now, now + QUARTER);
        // Turns of windows that have passed are taken in the current one.
        let overdue: u32 = self.held.range(..current).map(|(_, pages)| pages).sum();
        let (mut day_number, mut held_in_day) = (0, 0);
        for ahead in 0..MAX_WINDOWS {
            let held = self.held.get(&(current + ahead)).copied().unwrap_or(0);
            let (start, room, held) = if ahead == 0 {
                (now, quarter.left(now), held + overdue)
            } else {
                (next + (ahead - 1) * (QUARTER + MARGIN), quarter.limit, held)
            };
            let left = if ahead == 0 { next - now } else { QUARTER };
            let room = room.saturating_sub(spare(quarter.limit, left, QUARTER));
            let fits_day = day.is_none_or(|day| {
                let reset = day.end(now, midnight(now));
                let number = if start < reset {
                    0
                } else {
                    1 + (start - reset) / DAY
                };
                if number != day_number {
                    (day_number, held_in_day) = (number, 0);
                }
                held_in_day += held;
                let (room, left) = if number == 0 {
                    (day.left(now), reset - now)
                } else {
                    (day.limit, DAY)
                };
                let room = room.saturating_sub(spare(day.limit, left, DAY));
                room.saturating_sub(held_in_day) >= pages
            });
            if fits_day && room.saturating_sub(held) >= pages {
                let at = if ahead == 0 {
                    now
                } else {
                    start + i64::from(held / PACE.max(quarter.limit / MINUTE))
                };
                return Some(Turn {
                    pages,
                    at,
                    window: current + ahead,
                    seen: now,
                });
            }
        }
        None
    }

    fn set_turn(&mut self, person: Person, turn: Turn) {
        if let Some(before) = self.turns.insert(person, turn) {
            self.release(before);
        }
        *self.held.entry(turn.window).or_default() += turn.pages;
        self.queue.add(turn.at);
        self.changed.insert(Row::Turn(person));
    }

    fn end_turn(&mut self, person: Person) {
        if let Some(turn) = self.turns.remove(&person) {
            self.release(turn);
            self.changed.insert(Row::Turn(person));
        }
    }

    fn release(&mut self, turn: Turn) {
        self.queue.remove(turn.at);
        if let Some(held) = self.held.get_mut(&turn.window) {
            *held = held.saturating_sub(turn.pages);
            if *held == 0 {
                self.held.remove(&turn.window);
            }
        }
    }

    fn month_mut(&mut self, now: i64) -> &mut Month {
        let month = month_of(now);
        if self.month.number != month {
            self.month = Month {
                number: month,
                ..Month::default()
            };
        }
        self.changed.insert(Row::Month);
        &mut self.month
    }

    fn user_mut(&mut self, person: Person) -> &mut User {
        self.changed.insert(Row::User(person));
        let rules = &self.rules;
        self.users.entry(person).or_insert_with(|| User::new(rules))
    }

    fn learn(&mut self, person: Person, said: Said, now: i64) {
        if let Some(reading) = said.quarter {
            if self.is_of_app(person, reading) {
                self.changed.insert(Row::App);
                if self.app.windows.quarter.learn(reading, now, QUARTER) {
                    self.app.ordinal += 1;
                    self.app.began = now;
                }
            } else {
                self.user_mut(person)
                    .windows
                    .quarter
                    .learn(reading, now, QUARTER);
            }
        }
        if let Some(reading) = said.user_day {
            learn_day(&mut self.user_mut(person).windows.day, reading, now);
        }
    }

    fn learn_app_day(&mut self, said: Said, now: i64) {
        if let Some(reading) = said.app_day {
            learn_day(&mut self.app.windows.day, reading, now);
            self.changed.insert(Row::App);
        }
    }

    /// X's headers do not say whose window they show. It is the one whose limit that is
    /// or, if neither's, the one that has been used about as much.
    fn is_of_app(&self, person: Person, said: Reading) -> bool {
        let app = self.app.windows.quarter;
        let own = self.users.get(&person).map_or_else(
            || Window::new(self.rules.user_quarter, Source::Rules),
            |user| user.windows.quarter,
        );
        if (said.limit == app.limit) != (said.limit == own.limit) {
            return said.limit == app.limit;
        }
        let used = said.limit.saturating_sub(said.remaining);
        used.abs_diff(app.used) < used.abs_diff(own.used)
    }

    fn rate(&self, now: i64) -> u32 {
        let step = now.div_euclid(HISTORY_STEP);
        let recent = self.history.range(step - 1..=step);
        let requests: u32 = recent.map(|(_, moment)| moment.requests).sum();
        let minutes = (HISTORY_STEP + now.rem_euclid(HISTORY_STEP)) / 60;
        requests / u32::try_from(minutes.max(1)).unwrap_or(1)
    }

    fn moment(&mut self, now: i64) -> &mut Moment {
        let step = now.div_euclid(HISTORY_STEP);
        self.changed.insert(Row::Step(step));
        let is_new = !self.history.contains_key(&step);
        while is_new && i64::try_from(self.history.len()).is_ok_and(|n| n >= HISTORY_STEPS) {
            let Some((oldest, _)) = self.history.pop_first() else {
                break;
            };
            self.changed.insert(Row::Step(oldest));
        }
        self.history.entry(step).or_insert(Moment {
            at: step * HISTORY_STEP,
            ..Moment::default()
        })
    }

    /// From one window to the next, and over those in which nobody asked.
    fn roll(&mut self, now: i64) {
        const LENGTH: i64 = QUARTER + MARGIN;
        let quarter = &mut self.app.windows.quarter;
        if quarter.reset > 0 && now >= quarter.reset {
            self.app.ordinal += 1;
            self.app.began = quarter.reset;
            (quarter.used, quarter.reset) = (0, 0);
            self.changed.insert(Row::App);
        }
        if quarter.reset == 0 && now >= self.app.began + LENGTH {
            // The same time has the same number, whoever counts.
            let passed = (now - self.app.began) / LENGTH;
            self.app.ordinal += passed;
            self.app.began += passed * LENGTH;
            self.changed.insert(Row::App);
        }
        let guessed = |day: &Window| day.source == Source::Guess && now >= day.reset;
        if self.app.windows.day.as_ref().is_some_and(guessed) {
            // X will say what its limit is.
            let limit = self.rules.app_day;
            self.app.windows.day = limit.map(|limit| Window::new(limit, Source::Rules));
            self.changed.insert(Row::App);
        }
    }

    /// Ends the turns of those who left, and forgets windows that are over.
    fn tidy(&mut self, now: i64) {
        self.queue.advance(now);
        self.roll(now);
        if self.tidied == now {
            return;
        }
        self.tidied = now;
        let left = |turn: &Turn| now > turn.at.max(turn.seen) + GRACE;
        let gone: Vec<Person> = self
            .turns
            .iter()
            .filter(|(_, turn)| left(turn))
            .map(|(person, _)| *person)
            .collect();
        for person in gone {
            self.end_turn(person);
        }
        let past: Vec<Person> = self
            .users
            .iter()
            .filter(|(_, user)| user.is_over(now))
            .map(|(person, _)| *person)
            .collect();
        for person in past {
            self.users.remove(&person);
            self.changed.insert(Row::User(person));
        }
        let today = now.div_euclid(DAY);
        let yesterdays = self.uploads.iter().filter(|(_, (day, _))| *day != today);
        let yesterdays: Vec<Person> = yesterdays.map(|(who, _)| *who).collect();
        for who in yesterdays {
            self.uploads.remove(&who);
            self.changed.insert(Row::Uploads(who));
        }
    }
}

/// How much of a window of `limit` requests is to be in no turn, `left` of whose `length` is
/// still to come: the longer it has lasted, the less of it will be asked for again.
fn spare(limit: u32, left: i64, length: i64) -> u32 {
    let spare = i64::from(limit / SPARE) * left.clamp(0, length) / length;
    u32::try_from(spare).unwrap_or(0)
}

/// When the day of UTC ends.
fn midnight(now: i64) -> i64 {
    (now.div_euclid(DAY) + 1) * DAY
}

fn learn_day(day: &mut Option<Window>, said: Reading, now: i64) {
    if said.limit > 0 {
        let day = day.get_or_insert(Window::new(said.limit, Source::X));
        day.learn(said, now, DAY);
    }
}

/// A day that was not known has a limit now: X will say which, and until then it is only
/// known when this one ends.
fn exhaust_day(day: &mut Option<Window>, until: i64) {
    day.get_or_insert(Window::new(u32::MAX, Source::Guess))
        .exhaust(until);
}

fn read<T: for<'a> Deserialize<'a>>(value: &str, set: impl FnOnce(T)) {
    if let Ok(value) = serde_json::from_str(value) {
        set(value);
    }
}

fn write<T: Serialize>(value: Option<&T>) -> Option<String> {
    value.and_then(|value| serde_json::to_string(value).ok())
}

/// Months since the year 0.
fn month_of(now: i64) -> i64 {
    let date = DateTime::from_timestamp(now, 0).unwrap_or_default();
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

/// The first second of the next month of UTC.
#[must_use]
pub fn next_month(now: i64) -> i64 {
    let date = DateTime::from_timestamp(now, 0)
        .unwrap_or_default()
        .date_naive();
    let next = date
        .with_day(1)
        .and_then(|first| first.checked_add_months(chrono::Months::new(1)));
    next.and_then(|first| first.and_hms_opt(0, 0, 0))
        .map_or(now, |first| first.and_utc().timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    /// A window as it is planned with.
    const WINDOW: i64 = QUARTER + MARGIN;

    fn rules(app: u32, user: u32) -> Rules {
        Rules {
            app_quarter: app,
            user_quarter: user,
            app_day: None,
            user_day: None,
            month_posts: 1_000_000,
            month_mills: None,
            uploads_day: 2,
            closed: false,
        }
    }

    fn person(number: u8) -> Person {
        Person([number; 12])
    }

    fn page(posts: u32, is_last: bool) -> Outcome {
        Outcome::Page {
            posts,
            is_last,
            page: u64::from(posts),
        }
    }

    fn said(limit: u32, remaining: u32, reset: i64) -> Said {
        Said {
            quarter: Some(Reading {
                limit,
                remaining,
                reset,
            }),
            ..Said::default()
        }
    }

    fn wait(until: i64, limit: Limit) -> Decision {
        Decision::Wait { until, limit }
    }

    #[test]
    fn a_person_is_stopped_at_their_own_limit() {
        let mut budget = Budget::new(rules(100, 2));
        let mut ask = |number, now| budget.ask(person(number), 3, now);
        assert_eq!(ask(1, NOW), Decision::Go);
        assert_eq!(ask(1, NOW + 1), Decision::Go);
        let end = NOW + QUARTER + MARGIN;
        let stopped = wait(end, Limit::UserQuarter);
        assert_eq!(ask(1, NOW + 2), stopped);
        assert_eq!(ask(1, NOW + QUARTER - 1), stopped);
        assert_eq!(ask(2, NOW + 3), Decision::Go);
        assert_eq!(ask(1, end), Decision::Go);
    }

    #[test]
    fn imports_are_let_in_whole_and_short_ones_fill_gaps() {
        let mut budget = Budget::new(rules(10, 100));
        let mut ask = |number, pages, now| budget.ask(person(number), pages, now);
        assert_eq!(ask(1, 6, NOW), Decision::Go);
        // Six more do not fit beside the first six.
        let second = wait(NOW + WINDOW, Limit::AppQuarter);
        assert_eq!(ask(2, 6, NOW + 1), second);
        // Asking again changes nothing, however often.
        assert_eq!(ask(2, 6, NOW + 9), second);
        // Four do, and keep nobody waiting.
        assert_eq!(ask(3, 4, NOW + 2), Decision::Go);
        // The next four find room beside the second.
        let fourth = wait(NOW + WINDOW, Limit::AppQuarter);
        assert_eq!(ask(4, 4, NOW + 3), fourth);
        assert_eq!(
            ask(5, 1, NOW + 4),
            wait(NOW + 2 * WINDOW, Limit::AppQuarter)
        );
        for later in 1..6 {
            assert_eq!(ask(1, 6, NOW + 10 + later), Decision::Go);
        }
        assert_eq!(ask(2, 6, NOW + WINDOW), Decision::Go);
    }

    #[test]
    fn what_is_not_used_comes_back() {
        let mut budget = Budget::new(rules(10, 100));
        let (one, two) = (person(1), person(2));
        assert_eq!(budget.ask(one, 10, NOW), Decision::Go);
        assert!(matches!(budget.ask(two, 9, NOW), Decision::Wait { .. }));
        // The first turns out to have a single page.
        budget.tell(one, page(3, true), Said::default(), NOW);
        assert_eq!(budget.ask(person(3), 9, NOW + 1), Decision::Go);
        budget.tell(person(3), Outcome::Unused, Said::default(), NOW + 1);
        budget.leave(person(3));
        assert_eq!(budget.ask(person(4), 9, NOW + 2), Decision::Go);
    }

    #[test]
    fn who_does_not_come_loses_the_turn_and_nobody_has_two() {
        let mut budget = Budget::new(rules(10, 100));
        assert_eq!(budget.ask(person(1), 10, NOW), Decision::Go);
        let second = wait(NOW + WINDOW, Limit::AppQuarter);
        assert_eq!(budget.ask(person(2), 10, NOW + 1), second);
        assert_eq!(budget.status(NOW + 1).waiting, 1);
        let third = wait(NOW + 2 * WINDOW, Limit::AppQuarter);
        assert_eq!(budget.ask(person(3), 10, NOW + 2), third);
        // The second does not come; after a while the third could.
        let late = NOW + WINDOW + GRACE + 1;
        assert_eq!(budget.ask(person(4), 10, late), Decision::Go);
    }

    #[test]
    fn what_x_says_wins() {
        let mut budget = Budget::new(rules(100, 50));
        let one = person(1);
        assert_eq!(budget.ask(one, 9, NOW), Decision::Go);
        budget.tell(one, page(1, false), said(100, 0, NOW + 60), NOW);
        assert_eq!(
            budget.ask(one, 9, NOW + 1),
            wait(NOW + 60 + MARGIN, Limit::AppQuarter)
        );
        assert_eq!(budget.ask(one, 9, NOW + 60 + MARGIN), Decision::Go);
        // A reset that cannot be is not believed.
        budget.tell(one, page(2, false), said(100, 0, i64::MAX), NOW + 61);
        assert_eq!(budget.ask(one, 9, NOW + 62), Decision::Go);
        // A refusal is believed whatever remains.
        let refused = Outcome::Refused {
            until: NOW + 500,
            day: None,
        };
        let limit = budget.tell(one, refused, said(50, 7, NOW + 500), NOW + 62);
        let stopped = wait(NOW + 500 + MARGIN, Limit::UserQuarter);
        assert_eq!(limit, Some(stopped));
        assert_eq!(budget.ask(one, 9, NOW + 63), stopped);
        assert_eq!(budget.ask(person(2), 1, NOW + 63), Decision::Go);
    }

    #[test]
    fn days_are_told_from_quarters() {
        let mut budget = Budget::new(rules(100, 100));
        let one = person(1);
        let day = |limit| Outcome::Refused {
            until: NOW + 40_000,
            day: Some(limit),
        };
        assert_eq!(budget.ask(one, 1, NOW), Decision::Go);
        budget.tell(one, day(Limit::UserDay), Said::default(), NOW);
        assert_eq!(
            budget.ask(one, 1, NOW + 1),
            wait(NOW + 40_000 + MARGIN, Limit::UserDay)
        );
        assert_eq!(budget.ask(person(2), 1, NOW + 1), Decision::Go);
        budget.tell(person(2), day(Limit::AppDay), Said::default(), NOW + 1);
        let Decision::Wait { until, limit } = budget.ask(person(3), 1, NOW + 2) else {
            panic!("the day is over");
        };
        assert_eq!(limit, Limit::AppDay);
        assert!((NOW + 40_000..NOW + 40_000 + QUARTER + SLACK).contains(&until));
        assert_eq!(budget.ask(person(3), 1, until), Decision::Go);
    }

    #[test]
    fn a_month_that_is_used_up_closes_until_the_next() {
        let mut budget = Budget::new(Rules {
            month_posts: 150,
            ..rules(100, 100)
        });
        let one = person(1);
        for posts in [100, 100, 50] {
            assert_eq!(budget.ask(one, 5, NOW), Decision::Go);
            // The second is the first once more, which X does not bill again.
            budget.tell(one, page(posts, false), Said::default(), NOW);
        }
        let february = 1_801_440_000;
        let closed = Decision::Closed {
            until: Some(february),
            limit: Limit::Month,
        };
        assert_eq!(budget.ask(one, 5, NOW + 1), closed);
        assert_eq!(budget.ask(person(2), 5, february - 1), closed);
        assert_eq!(budget.status(NOW + 1).state, State::Closed);
        assert_eq!(budget.ask(person(2), 5, february), Decision::Go);
    }

    #[test]
    fn money_counts_too_and_the_operator_can_close() {
        let mut budget = Budget::new(Rules {
            month_mills: Some(510),
            ..rules(100, 100)
        });
        budget.tell_of(Endpoint::Me, Outcome::User, Said::default(), NOW);
        assert_eq!(budget.ask(person(1), 5, NOW), Decision::Go);
        budget.tell(person(1), page(100, false), Said::default(), NOW);
        assert!(matches!(
            budget.ask(person(1), 5, NOW),
            Decision::Closed {
                limit: Limit::Month,
                ..
            }
        ));
        let mut budget = Budget::new(Rules {
            closed: true,
            ..rules(100, 100)
        });
        let closed = Decision::Closed {
            until: None,
            limit: Limit::Operator,
        };
        assert_eq!(budget.ask(person(1), 1, NOW), closed);
    }

    #[test]
    fn without_credit_x_is_tried_now_and_then() {
        let mut budget = Budget::new(rules(100, 100));
        let credits = Outcome::Closed {
            limit: Limit::Credits,
        };
        let closed = |until| Decision::Closed {
            until: Some(until),
            limit: Limit::Credits,
        };
        assert_eq!(budget.ask(person(1), 1, NOW), Decision::Go);
        let told = budget.tell(person(1), credits, Said::default(), NOW);
        assert_eq!(told, Some(closed(NOW + PROBE)));
        assert_eq!(
            budget.ask(person(1), 1, NOW + PROBE - 1),
            closed(NOW + PROBE)
        );
        assert_eq!(budget.status(NOW + PROBE - 1).state, State::Closed);
        // Somebody may sign in again, and find out.
        assert_eq!(budget.status(NOW + PROBE).state, State::Open);
        assert_eq!(budget.ask(person(2), 1, NOW + PROBE), Decision::Go);
        // One at a time.
        assert_eq!(
            budget.ask(person(3), 1, NOW + PROBE),
            closed(NOW + 2 * PROBE)
        );
        budget.tell(person(2), page(1, true), Said::default(), NOW + PROBE);
        assert_eq!(budget.ask(person(3), 1, NOW + PROBE), Decision::Go);
    }

    #[test]
    fn when_x_fails_it_is_left_alone_and_nobody_loses_a_turn() {
        let mut budget = Budget::new(rules(100, 100));
        for number in 0..5 {
            assert_eq!(budget.ask(person(number), 10, NOW), Decision::Go);
        }
        let fail = |budget: &mut Budget, number, now| {
            let told = budget.tell(person(number), Outcome::Failed, Said::default(), now);
            assert_eq!(told, None);
        };
        for number in 0..4 {
            fail(&mut budget, number, NOW + 1);
        }
        // Of one person they count once.
        for _ in 0..9 {
            fail(&mut budget, 3, NOW + 1);
        }
        // Four may be chance; and somebody whom X refuses is an answer of X.
        assert_eq!(budget.ask(person(0), 10, NOW + 1), Decision::Go);
        budget.tell(person(0), Outcome::Nothing, Said::default(), NOW + 1);
        for number in 0..5 {
            fail(&mut budget, number, NOW + 2);
        }
        let again = NOW + 2 + AGAIN;
        for number in 0..30 {
            let Decision::Wait { until, limit } = budget.ask(person(number), 10, NOW + 3) else {
                panic!("X is asked in an outage");
            };
            assert_eq!(limit, Limit::Source);
            // Those for whom it failed come after the others.
            let from = again + if number < 5 { AGAIN } else { 0 };
            assert!((from..from + AGAIN).contains(&until), "{until}");
        }
        let status = budget.status(NOW + 3);
        assert_eq!(status.limit, Some(Limit::Source));
        assert_eq!(
            (status.state, status.since, status.until),
            (State::Waiting, Some(NOW + 2), Some(again))
        );
        // One finds out for all, again and again.
        let mut now = again;
        for number in 30..50 {
            assert_eq!(budget.ask(person(number), 1, now), Decision::Go);
            assert!(matches!(
                budget.ask(person(2), 10, now),
                Decision::Wait {
                    limit: Limit::Source,
                    ..
                }
            ));
            fail(&mut budget, number, now);
            // Whoever has just failed does not keep it closed by asking first.
            assert!(matches!(
                budget.ask(person(number), 1, now + AGAIN),
                Decision::Wait { .. }
            ));
            now += AGAIN;
        }
        let kept = budget.turns.get(&person(2)).copied();
        assert_eq!(kept.map(|turn| turn.pages), Some(9));
        assert_eq!(budget.ask(person(2), 10, now), Decision::Go);
        budget.tell(person(2), page(1, false), Said::default(), now);
        assert_eq!(budget.ask(person(1), 10, now), Decision::Go);
        assert_eq!(budget.status(now).state, State::Open);
    }

    #[test]
    fn what_is_given_back_goes_to_those_who_wait_but_not_to_who_asks_all_the_time() {
        let mut budget = Budget::new(rules(10, 100));
        assert_eq!(budget.ask(person(1), 10, NOW), Decision::Go);
        let second = wait(NOW + WINDOW, Limit::AppQuarter);
        let third = wait(NOW + 2 * WINDOW, Limit::AppQuarter);
        assert_eq!(budget.ask(person(2), 10, NOW), second);
        assert_eq!(budget.ask(person(3), 10, NOW), third);
        assert_eq!(
            budget.ask(person(4), 10, NOW),
            wait(NOW + 3 * WINDOW, Limit::AppQuarter)
        );
        budget.leave(person(2));
        assert_eq!(budget.ask(person(3), 10, NOW + LOOK - 1), third);
        assert_eq!(budget.ask(person(4), 10, NOW + LOOK), second);
        // Nobody is ever put later.
        assert_eq!(budget.ask(person(3), 10, NOW + 2 * LOOK - 1), third);
    }

    #[test]
    fn those_who_wait_are_counted_as_their_turns_begin() {
        let mut budget = Budget::new(rules(10, 100));
        for number in 0..8 {
            budget.ask(person(number), 10, NOW);
        }
        for now in NOW..NOW + 9 * WINDOW {
            let status = budget.status(now);
            let to_come = budget.turns.values().filter(|turn| turn.at > now).count();
            assert_eq!(status.waiting as usize, to_come);
        }
        assert_eq!(budget.status(NOW + 9 * WINDOW).waiting, 0);
    }

    #[test]
    fn a_sign_in_costs_once_x_has_answered() {
        let mut budget = Budget::new(Rules {
            month_mills: Some(10),
            ..rules(100, 100)
        });
        let nothing = Said::default();
        assert_eq!(budget.ask_at(Endpoint::Me, NOW), Decision::Go);
        budget.tell_of(Endpoint::Me, Outcome::Nothing, nothing, NOW);
        assert_eq!(budget.ask_at(Endpoint::Me, NOW), Decision::Go);
        budget.tell_of(Endpoint::Me, Outcome::User, nothing, NOW);
        for endpoint in [Endpoint::Token, Endpoint::Me] {
            assert!(matches!(
                budget.ask_at(endpoint, NOW),
                Decision::Closed { .. }
            ));
        }
        // Whoever signs out is let go all the same.
        assert_eq!(budget.ask_at(Endpoint::Revoke, NOW), Decision::Go);
    }

    #[test]
    fn what_x_says_of_an_endpoint_holds_for_that_one_alone() {
        const ALL: [Endpoint; 3] = [Endpoint::Token, Endpoint::Me, Endpoint::Revoke];
        let mut budget = Budget::new(rules(100, 100));
        for endpoint in ALL {
            assert_eq!(budget.ask_at(endpoint, NOW), Decision::Go);
        }
        let last = said(3, 1, NOW + 900);
        for endpoint in ALL {
            budget.tell_of(endpoint, Outcome::Nothing, last, NOW);
            assert_eq!(budget.ask_at(endpoint, NOW + 1), Decision::Go);
        }
        let mut again = Budget::new(rules(100, 100));
        for (key, value) in budget.changes() {
            again.restore([(&key[..], &value.unwrap()[..])]);
        }
        let spent = wait(NOW + WINDOW, Limit::AppQuarter);
        assert_eq!(again.ask_at(Endpoint::Token, NOW + 2), spent);
        assert_eq!(again.ask_at(Endpoint::Revoke, NOW + 2), spent);
        // Who somebody is X limits for each user: this one has used up theirs.
        assert_eq!(again.ask_at(Endpoint::Me, NOW + 2), Decision::Go);
        assert_eq!(again.ask(person(1), 1, NOW + 2), Decision::Go);
        assert_eq!(again.ask_at(Endpoint::Token, NOW + WINDOW), Decision::Go);

        let refused = Outcome::Refused {
            until: NOW + 60,
            day: None,
        };
        let told = |budget: &mut Budget, endpoint| {
            budget.tell_of(endpoint, refused, Said::default(), NOW + 3)
        };
        let until = NOW + 60 + MARGIN;
        assert_eq!(
            told(&mut budget, Endpoint::Me),
            Some(wait(until, Limit::UserQuarter))
        );
        assert_eq!(budget.ask_at(Endpoint::Me, NOW + 3), Decision::Go);
        assert_eq!(
            told(&mut budget, Endpoint::Revoke),
            Some(wait(until, Limit::AppQuarter))
        );
        let waits = wait(until, Limit::AppQuarter);
        assert_eq!(budget.ask_at(Endpoint::Revoke, NOW + 3), waits);
    }

    #[test]
    fn a_day_that_is_used_up_lets_people_sign_in_for_the_next() {
        let mut budget = Budget::new(Rules {
            app_day: Some(2),
            ..rules(100, 100)
        });
        let day = |limit, remaining, reset| Said {
            app_day: Some(Reading {
                limit,
                remaining,
                reset,
            }),
            ..Said::default()
        };
        for number in 1..3 {
            assert_eq!(budget.ask(person(number), 1, NOW), Decision::Go);
        }
        for _ in 0..9 {
            assert_eq!(budget.ask_at(Endpoint::Token, NOW), Decision::Go);
            assert_eq!(budget.ask_at(Endpoint::Me, NOW), Decision::Go);
        }
        let Decision::Wait { until, limit } = budget.ask(person(3), 1, NOW) else {
            panic!("the day is over");
        };
        assert_eq!(limit, Limit::AppDay);
        assert!((midnight(NOW) + MARGIN..midnight(NOW) + WINDOW).contains(&until));

        // A day of its own.
        let told = day(75, 0, NOW + 500);
        budget.tell_of(Endpoint::Me, Outcome::User, told, NOW);
        let spent = wait(NOW + 500 + MARGIN, Limit::AppDay);
        assert_eq!(budget.ask_at(Endpoint::Me, NOW), spent);
        assert_eq!(budget.ask_at(Endpoint::Token, NOW), Decision::Go);
        budget.tell(person(1), page(1, false), day(40, 20, NOW + 900), NOW);
        assert_eq!(budget.ask(person(4), 10, NOW), Decision::Go);
        // The same day, of which other endpoints take their part.
        let told = day(40, 0, NOW + 900);
        budget.tell_of(Endpoint::Token, Outcome::Nothing, told, NOW);
        assert!(matches!(
            budget.ask(person(4), 9, NOW + 1),
            Decision::Wait { .. }
        ));
    }

    #[test]
    fn what_was_not_asked_comes_back() {
        let mut budget = Budget::new(rules(100, 100));
        let told = said(2, 1, NOW + 900);
        budget.tell_of(Endpoint::Token, Outcome::Nothing, told, NOW);
        for _ in 0..9 {
            assert_eq!(budget.ask_at(Endpoint::Token, NOW), Decision::Go);
            let unused = Outcome::Unused;
            budget.tell_of(Endpoint::Token, unused, Said::default(), NOW);
        }
        assert_eq!(budget.ask_at(Endpoint::Token, NOW), Decision::Go);
        let spent = wait(NOW + WINDOW, Limit::AppQuarter);
        assert_eq!(budget.ask_at(Endpoint::Token, NOW), spent);
    }

    #[test]
    fn days_of_users_do_not_end_for_all_at_once() {
        let mut budget = Budget::new(Rules {
            user_day: Some(1),
            ..rules(1_000, 100)
        });
        let key = Key::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        let mut ends = BTreeSet::new();
        for number in 0..100 {
            let person = Person::of(&number.to_string(), &key);
            assert_eq!(budget.ask(person, 2, NOW), Decision::Go);
            match budget.ask(person, 1, NOW) {
                Decision::Wait {
                    until,
                    limit: Limit::UserDay,
                } => ends.insert(until),
                other => panic!("{other:?}"),
            };
        }
        let first = midnight(NOW) + MARGIN;
        assert!(ends.iter().all(|end| (first..first + SPREAD).contains(end)));
        assert!(ends.len() > 50, "{}", ends.len());
    }

    #[test]
    fn nobody_uses_up_the_month_with_the_same_pages() {
        let mut budget = Budget::new(Rules {
            month_posts: u64::from(MAX_POSTS) + 100,
            ..rules(10_000, 10_000)
        });
        for number in 0..200 {
            assert_eq!(budget.ask(person(1), 5, NOW), Decision::Go);
            budget.tell(person(1), page(number % 2, false), Said::default(), NOW);
        }
        assert_eq!(budget.month.posts, 100);
        for number in 0..60 {
            assert_eq!(budget.ask(person(1), 5, NOW), Decision::Go);
            let posts = Outcome::Page {
                posts: 100,
                is_last: false,
                page: number,
            };
            budget.tell(person(1), posts, Said::default(), NOW);
        }
        assert_eq!(budget.month.posts, u64::from(MAX_POSTS));
        // Also after the windows have passed, but not on another day.
        let later = NOW + 2 * QUARTER;
        assert_eq!(budget.ask(person(1), 5, later), Decision::Go);
        budget.tell(person(1), page(7, false), Said::default(), later);
        assert_eq!(budget.month.posts, u64::from(MAX_POSTS));
        assert_eq!(budget.ask(person(1), 5, NOW + DAY), Decision::Go);
        budget.tell(person(1), page(7, false), Said::default(), NOW + DAY);
        assert_eq!(budget.month.posts, u64::from(MAX_POSTS) + 7);
    }

    #[test]
    fn hours_without_anybody_have_their_windows() {
        let mut budget = Budget::new(Rules {
            app_day: Some(10),
            ..rules(10, 100)
        });
        assert_eq!(budget.ask(person(1), 10, NOW), Decision::Go);
        let refused = Outcome::Refused {
            until: NOW + DAY,
            day: Some(Limit::AppDay),
        };
        budget.tell(person(1), refused, Said::default(), NOW);
        let mut told = Vec::new();
        for number in 2..5 {
            let now = NOW + i64::from(number) * 3 * 60 * 60;
            let Decision::Wait { until, .. } = budget.ask(person(number), 5, now) else {
                panic!("the day is over");
            };
            told.push(until);
        }
        // Two of five fill the day that begins then; the third comes on the day after.
        assert!(told[0] >= NOW + DAY && told[1] < NOW + 2 * DAY, "{told:?}");
        assert!(told[2] >= NOW + 2 * DAY, "{told:?}");
    }

    #[test]
    fn a_month_that_x_closed_ends_with_the_month() {
        let mut budget = Budget::new(rules(100, 100));
        let february = 1_801_440_000;
        budget.refuse_all(Limit::Month, february - 60);
        let march = next_month(february);
        let closed = Decision::Closed {
            until: Some(february),
            limit: Limit::Month,
        };
        assert_eq!(budget.ask(person(1), 1, february - 1), closed);
        assert_eq!(budget.ask(person(1), 1, february), Decision::Go);
        // X's own month may be another one.
        budget.refuse_all(Limit::Month, february + 1);
        let still = Decision::Closed {
            until: Some(march),
            limit: Limit::Month,
        };
        assert_eq!(budget.ask(person(1), 1, february + 2), still);
    }

    #[test]
    fn other_rules_hold_after_a_restart_but_what_x_said_stays() {
        let mut budget = Budget::new(rules(10, 100));
        assert_eq!(budget.ask(person(1), 1, NOW), Decision::Go);
        let rows = |budget: &mut Budget| -> Vec<(String, String)> {
            let rows = budget.changes().into_iter();
            rows.filter_map(|(key, value)| Some((key, value?)))
                .collect()
        };
        let restored = |rows: &[(String, String)], rules: Rules| {
            let mut budget = Budget::new(rules);
            budget.restore(rows.iter().map(|(key, value)| (&key[..], &value[..])));
            budget
        };
        let stored = rows(&mut budget);
        let mut other = restored(&stored, rules(1, 100));
        assert!(matches!(
            other.ask(person(2), 1, NOW + 1),
            Decision::Wait { .. }
        ));
        budget.tell(person(1), page(1, false), said(10, 7, NOW + 900), NOW);
        budget.tell(person(1), page(2, false), said(10, 7, NOW + 900), NOW);
        let stored = rows(&mut budget);
        let mut other = restored(&stored, rules(1, 100));
        assert_eq!(other.ask(person(2), 1, NOW + 1), Decision::Go);
    }

    #[test]
    fn those_put_off_together_are_not_served_together() {
        let mut budget = Budget::new(rules(1_000, 900));
        for number in 0..8 {
            assert_eq!(budget.ask(person(number), 20, NOW), Decision::Go);
        }
        // X turns out to allow far less.
        budget.tell(person(0), page(1, false), said(40, 0, NOW + 900), NOW + 1);
        let times: BTreeSet<i64> = (0..8)
            .map(|number| match budget.ask(person(number), 19, NOW + 2) {
                Decision::Wait { until, .. } => until,
                other => panic!("{other:?}"),
            })
            .collect();
        // Two of 20 pages fill a window of 40.
        assert_eq!(times.len(), 4, "{times:?}");
        assert!(times.iter().all(|at| *at >= NOW + 900));
    }

    #[test]
    fn a_day_is_planned_with() {
        let mut budget = Budget::new(Rules {
            app_day: Some(10),
            ..rules(100, 100)
        });
        let mut told = Vec::new();
        for number in 0..4 {
            match budget.ask(person(number), 5, NOW) {
                Decision::Go => told.push(NOW),
                Decision::Wait { until, limit } => {
                    assert_eq!(limit, Limit::AppDay);
                    told.push(until);
                }
                Decision::Closed { .. } => panic!("closed"),
            }
        }
        assert_eq!(told[..2], [NOW, NOW]);
        assert!(told[2..].iter().all(|at| *at > midnight(NOW)), "{told:?}");
    }

    #[test]
    fn uploads_are_counted_by_the_day() {
        let mut budget = Budget::new(rules(100, 100));
        let midnight = (NOW.div_euclid(DAY) + 1) * DAY;
        assert_eq!(budget.upload(person(1), NOW), None);
        assert_eq!(budget.upload(person(1), NOW), None);
        assert_eq!(budget.upload(person(1), NOW + 1), Some(midnight));
        assert_eq!(budget.upload(person(2), NOW + 1), None);
        assert_eq!(budget.upload(person(1), midnight), None);
    }

    #[test]
    fn settings_are_read_and_what_is_wrong_is_named() {
        let read = |name: &'static str, value: &'static str| {
            Rules::read(move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert_eq!(read("APP_QUARTER", "").unwrap().app_quarter, 10_000);
        assert_eq!(read("APP_QUARTER", "12").unwrap().app_quarter, 12);
        assert_eq!(
            read("MONTHLY_DOLLARS", "3").unwrap().month_mills,
            Some(3_000)
        );
        assert!(read("SIGN_UPS", "closed").unwrap().closed);
        for (name, value) in [
            ("APP_QUARTER", "many"),
            ("USER_DAY", "99999999999"),
            ("SIGN_UPS", "no"),
            ("MONTHLY_DOLLARS", "-1"),
        ] {
            assert!(
                matches!(read(name, value), Err(Error::Config(told)) if told.starts_with(name)),
                "{name}"
            );
        }
    }

    /// X as it counts: a window begins with its first request.
    struct X {
        limit: u32,
        used: u32,
        reset: i64,
        refused: u32,
    }

    impl X {
        fn ask(&mut self, now: i64) -> (bool, Said) {
            if now >= self.reset {
                (self.used, self.reset) = (0, now + QUARTER);
            }
            let admitted = self.used < self.limit;
            if admitted {
                self.used += 1;
            } else {
                self.refused += 1;
            }
            (
                admitted,
                said(self.limit, self.limit - self.used, self.reset),
            )
        }
    }

    /// Somebody with so many pages, who comes at a time and may stay away for a while.
    #[derive(Clone, Debug)]
    struct Visitor {
        comes: i64,
        pages: u32,
        away: Option<(i64, i64)>,
    }

    fn visitors() -> impl Strategy<Value = Vec<Visitor>> {
        let visitor = (
            0..1_200i64,
            1..33u32,
            prop::option::of((1..900i64, 60..2_000i64)),
        );
        proptest::collection::vec(visitor, 1..40).prop_map(|visitors| {
            visitors
                .into_iter()
                .map(|(comes, pages, away)| Visitor {
                    comes,
                    pages,
                    away: away.map(|(after, length)| (comes + after, comes + after + length)),
                })
                .collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// X refuses nobody, everybody finishes, and an edge that is started again knows
        /// what it knew.
        #[test]
        fn everybody_is_served_and_x_never_says_no(
            visitors in visitors(),
            limit in 33..120u32,
            restarts in proptest::collection::btree_set(0..8_000i64, 0..4),
        ) {
            let mut x = X { limit, used: 0, reset: 0, refused: 0 };
            let mut budget = Budget::new(rules(limit, 900));
            let mut stored = BTreeMap::new();
            let mut left: Vec<u32> = visitors.iter().map(|visitor| visitor.pages).collect();
            let mut next: Vec<i64> = visitors.iter().map(|visitor| NOW + visitor.comes).collect();
            // All pages through the narrowest window, and as long again for those away.
            let windows = i64::from(left.iter().sum::<u32>() / (limit - 32) + 2);
            let end = NOW + 1_200 + 3_000 + windows * (QUARTER + SLACK) * 2;
            let mut now = NOW;
            while left.iter().any(|left| *left > 0) && now < end {
                if restarts.contains(&(now - NOW)) {
                    budget = Budget::new(rules(limit, 900));
                    budget.restore(stored.iter().map(|(k, v): (&String, &String)| (&k[..], &v[..])));
                }
                for (index, visitor) in visitors.iter().enumerate() {
                    let is_away = visitor
                        .away
                        .is_some_and(|(from, to)| (NOW + from..NOW + to).contains(&now));
                    if left[index] == 0 || now < next[index] || is_away {
                        continue;
                    }
                    let who = person(u8::try_from(index).unwrap());
                    match budget.ask(who, left[index], now) {
                        Decision::Go => {
                            let (admitted, said) = x.ask(now);
                            prop_assert!(admitted, "X refused at {}", now - NOW);
                            left[index] -= 1;
                            budget.tell(who, page(100, left[index] == 0), said, now);
                        }
                        Decision::Wait { until, .. } => {
                            prop_assert!(until > now);
                            next[index] = until;
                        }
                        Decision::Closed { .. } => prop_assert!(false, "closed"),
                    }
                }
                for (key, value) in budget.changes() {
                    match value {
                        Some(value) => drop(stored.insert(key, value)),
                        None => drop(stored.remove(&key)),
                    }
                }
                now += 1;
            }
            prop_assert_eq!(x.refused, 0);
            prop_assert!(left.iter().all(|left| *left == 0), "{:?} left", left);
            prop_assert_eq!(budget.status(now).waiting, 0);
        }
    }
}
