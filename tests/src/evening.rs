//! An evening on which everybody comes at once: who comes, how long each would have to
//! wait at best, and the evening on paper, with the edge's own budget and a model of X's
//! window in the place of servers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use lemon_edge::budget::{Budget, Decision, Outcome, Page, Person, QUARTER, Rules, Said, Wanted};
use lemon_edge::seal::Key;
use lemon_wire::{Window, look_again};

/// Posts on a page of X.
const PAGE: u32 = 100;

/// How long a page waits before it asks again for what failed on the way, in seconds.
pub const RETRY: i64 = 10;

/// What happens in an evening. Times are seconds from its beginning.
#[derive(Clone, Copy, Debug)]
pub struct Evening {
    pub people: usize,
    /// They come within this, most of them early: the time of somebody's coming is the
    /// square of their share of it.
    pub coming: i64,
    /// Requests that X allows in 15 minutes; the edge is not told so.
    pub app_quarter: u32,
    /// One in so many closes the tab midway, if there is more than a page to read, and comes
    /// back after so many seconds.
    pub leavers: usize,
    pub away: i64,
    /// One in so many answers of X is an error.
    pub failures: u32,
    /// One in so many pages of X is a quarter shorter than it could be.
    pub short_pages: usize,
    /// When X fails altogether, and until when.
    pub outage: (i64, i64),
}

/// Somebody who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visitor {
    pub comes: i64,
    pub posts: u32,
    /// After so many pages the tab is closed for a while.
    pub leaves_after: Option<u32>,
}

impl Evening {
    /// The person of that number. Most have posted little and few as much as X gives, in no
    /// order of coming; of up to a thousand people no two have posted the same number, so
    /// that each is an account of its own.
    #[must_use]
    pub fn visitor(&self, index: usize) -> Visitor {
        let share = share(index, self.people);
        let rank = share_of_posts(index, self.people);
        let posts = whole(40.0 + 1_000.0 * rank + 2_100.0 * rank.powi(4));
        // At most what X gives.
        let posts = u32::try_from(posts).unwrap_or(u32::MAX);
        let leaves = index.is_multiple_of(self.leavers) && posts > PAGE;
        Visitor {
            comes: whole(float(self.coming) * share * share),
            posts,
            leaves_after: leaves.then_some(posts.div_ceil(PAGE) / 2),
        }
    }

    /// How long each would have waited, of those who came at a time for so many pages, if
    /// X's window were the only limit, everybody were served in the order of their coming,
    /// and an answer took no time: no schedule beats it for everybody. Nothing is served
    /// during the outage.
    #[must_use]
    pub fn best(&self, came: &[(i64, u32)]) -> Vec<i64> {
        let mut order = came.to_vec();
        order.sort_unstable();
        let (mut reset, mut left) = (0, self.app_quarter);
        let mut now = 0;
        let mut waits = Vec::new();
        for (came, mut pages) in order {
            now = now.max(came);
            while pages > 0 {
                if (self.outage.0..self.outage.1).contains(&now) {
                    now = self.outage.1;
                }
                if now >= reset {
                    (reset, left) = (now + QUARTER, self.app_quarter);
                }
                let served = pages.min(left);
                (pages, left) = (pages - served, left - served);
                if pages > 0 {
                    now = reset;
                }
            }
            waits.push(now - came);
        }
        waits
    }

    /// The evening with the budget under `rules`, where X takes `page_ms` to answer.
    #[must_use]
    pub fn on_paper(&self, rules: Rules, key: &Key, page_ms: i64) -> Paper {
        let mut run = Run {
            evening: *self,
            page_ms,
            budget: Budget::new(rules),
            x: X {
                limit: self.app_quarter,
                used: 0,
                reset: 0,
            },
            people: (0..self.people)
                .map(|index| self.guest(index, key))
                .collect(),
            events: BinaryHeap::new(),
            paper: Paper::default(),
            asked: 0,
            second: (0, 0),
        };
        for (index, guest) in run.people.iter().enumerate() {
            let comes = guest.visitor.comes * 1_000;
            run.events.push(Reverse((comes, index, Event::Ask)));
        }
        while let Some(Reverse((ms, index, event))) = run.events.pop() {
            run.happen(ms, index, event);
        }
        run.paper.best = self.best(
            &run.people
                .iter()
                .map(|guest| (guest.visitor.comes, guest.read))
                .collect::<Vec<_>>(),
        );
        run.paper.best.sort_unstable();
        run.paper.waits.sort_unstable();
        run.paper
    }

    fn guest(&self, index: usize, key: &Key) -> Guest {
        let visitor = self.visitor(index);
        Guest {
            name: Person::of(&index.to_string(), key),
            visitor,
            left: visitor.posts,
            read: 0,
            away: 0,
        }
    }
}

/// What came of an evening on paper.
#[derive(Clone, Debug, Default)]
pub struct Paper {
    /// Seconds, in order of their length; nobody who did not finish is among them.
    pub waits: Vec<i64>,
    pub best: Vec<i64>,
    pub x_429: usize,
    pub pages: usize,
    /// Messages to the budget, and most of them in one second.
    pub messages: usize,
    pub busiest: usize,
    pub most_waiting: u32,
    /// When the last one had finished.
    pub end: i64,
    /// What all messages took this machine.
    pub taken: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Ask,
    Answer { failed: bool },
}

struct Guest {
    name: Person,
    visitor: Visitor,
    /// Posts still to come, and pages that were read.
    left: u32,
    read: u32,
    away: i64,
}

impl Guest {
    /// The one that is next.
    fn page(&self) -> Page {
        Page::at(Some(&self.read.to_string()), None, PAGE)
    }
}

/// A window of X begins with its first request.
struct X {
    limit: u32,
    used: u32,
    reset: i64,
}

struct Run {
    evening: Evening,
    page_ms: i64,
    budget: Budget,
    x: X,
    people: Vec<Guest>,
    events: BinaryHeap<Reverse<(i64, usize, Event)>>,
    paper: Paper,
    asked: u32,
    /// A second, and the messages in it.
    second: (i64, usize),
}

/// Any; the budget takes the time as it is told.
const START: i64 = 1_800_000_000;

impl Run {
    fn happen(&mut self, ms: i64, index: usize, event: Event) {
        let now = START + ms / 1_000;
        self.count(ms / 1_000);
        match event {
            Event::Ask => self.ask(ms, now, index),
            Event::Answer { failed: true } => {
                let page = self.people[index].page();
                self.tell(index, page, Outcome::Failed, Said::default(), now);
                self.later(ms + RETRY * 1_000, index, Event::Ask);
            }
            Event::Answer { failed: false } => self.page(ms, now, index),
        }
    }

    fn ask(&mut self, ms: i64, now: i64, index: usize) {
        let guest = &self.people[index];
        let begun = Instant::now();
        let wanted = Wanted {
            person: guest.name,
            pages: guest.left.div_ceil(PAGE),
            page: guest.page(),
            // Nobody has to sign in again.
            ends: i64::MAX,
            session: None,
        };
        let decision = self.budget.ask(wanted, now);
        let _ = self.budget.changes();
        self.paper.taken += begun.elapsed();
        match decision {
            Decision::Go => {
                self.asked += 1;
                let second = now - START;
                let (from, to) = self.evening.outage;
                let failed = (from..to).contains(&second)
                    || self.asked.is_multiple_of(self.evening.failures);
                if !failed && !self.x.admits(now) {
                    self.paper.x_429 += 1;
                }
                self.later(ms + self.page_ms, index, Event::Answer { failed });
            }
            Decision::Wait { until, .. } => {
                let then = until.min(now + look_again(until - now, draw(index, now)));
                self.later((then - START) * 1_000, index, Event::Ask);
            }
            Decision::Closed { .. } | Decision::Ended => {}
        }
    }

    fn page(&mut self, ms: i64, now: i64, index: usize) {
        let guest = &mut self.people[index];
        self.paper.pages += 1;
        let is_short = self.paper.pages.is_multiple_of(self.evening.short_pages);
        let page = guest.page();
        let posts = if is_short { PAGE - PAGE / 4 } else { PAGE };
        guest.left = guest.left.saturating_sub(posts);
        guest.read += 1;
        let is_last = guest.left == 0;
        let read = guest.read;
        let leaves = !is_last && guest.visitor.leaves_after == Some(read);
        if leaves {
            guest.away = self.evening.away;
        }
        if is_last {
            let second = ms / 1_000;
            self.paper
                .waits
                .push(second - guest.visitor.comes - guest.away);
            self.paper.end = second;
        } else {
            let away = if leaves { self.evening.away } else { 0 };
            self.later(ms + away * 1_000, index, Event::Ask);
        }
        let outcome = Outcome::Page {
            posts,
            is_last,
            content: u64::from(read),
        };
        let said = Said {
            quarter: Some(self.x.reading()),
            ..Said::default()
        };
        self.tell(index, page, outcome, said, now);
        let waiting = self.budget.status(now).waiting;
        self.paper.most_waiting = self.paper.most_waiting.max(waiting);
    }

    fn tell(&mut self, index: usize, page: Page, outcome: Outcome, said: Said, now: i64) {
        let begun = Instant::now();
        self.budget
            .tell(self.people[index].name, page, outcome, said, now);
        let _ = self.budget.changes();
        self.paper.taken += begun.elapsed();
    }

    fn later(&mut self, ms: i64, index: usize, event: Event) {
        self.events.push(Reverse((ms, index, event)));
    }

    fn count(&mut self, second: i64) {
        self.paper.messages += 1;
        if self.second.0 != second {
            self.second = (second, 0);
        }
        self.second.1 += 1;
        self.paper.busiest = self.paper.busiest.max(self.second.1);
    }
}

impl X {
    fn admits(&mut self, now: i64) -> bool {
        if now >= self.reset {
            (self.used, self.reset) = (0, now + QUARTER);
        }
        let is_left = self.used < self.limit;
        self.used += u32::from(is_left);
        is_left
    }

    fn reading(&self) -> Window {
        Window {
            limit: self.limit,
            remaining: self.limit - self.used,
            reset: self.reset,
        }
    }
}

/// What stands for a random byte.
#[must_use]
pub fn draw(index: usize, now: i64) -> u8 {
    let mixed = (now.unsigned_abs() ^ index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed.to_be_bytes()[0]
}

/// The value at `percent` of what is in order.
#[must_use]
pub fn quantile(sorted: &[i64], percent: usize) -> i64 {
    let at = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(at).copied().unwrap_or_default()
}

/// Of seconds of an evening.
#[must_use]
pub fn ratio(a: i64, b: i64) -> f64 {
    float(a) / float(b.max(1))
}

fn share(index: usize, all: usize) -> f64 {
    count(index) / count(all)
}

/// A share of its own for everybody, in an order that has nothing to do with `index`.
fn share_of_posts(index: usize, all: usize) -> f64 {
    share(index * 7_919 % all, all)
}

// Seconds, posts and people of an evening: far below 2^52.
#[allow(clippy::cast_precision_loss)]
fn float(value: i64) -> f64 {
    value as f64
}

#[allow(clippy::cast_precision_loss)]
fn count(value: usize) -> f64 {
    value as f64
}

#[allow(clippy::cast_possible_truncation)]
fn whole(value: f64) -> i64 {
    value as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without clock or chance: what the schedule itself costs.
    #[test]
    fn an_evening_takes_hardly_longer_than_it_must() {
        let key = Key::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
        for app_quarter in [1_500, 2_000, 2_500, 3_000, 10_000] {
            let evening = Evening {
                people: 1_000,
                coming: 60 * 60,
                app_quarter,
                leavers: 10,
                away: 7 * 60,
                failures: 50,
                short_pages: 7,
                outage: (25 * 60, 30 * 60),
            };
            let rules = Rules::read(|_| None).unwrap();
            let paper = evening.on_paper(rules, &key, 500);
            assert_eq!((paper.waits.len(), paper.x_429), (1_000, 0));
            let [wait, best] = [&paper.waits, &paper.best].map(|waits| quantile(waits, 95));
            // Two minutes for what no schedule foresees: answers take time, and an outage
            // is over before anybody knows.
            assert!(
                wait <= best + best / 10 + 120,
                "{app_quarter}: {wait} s, {best} s"
            );
        }
    }
}
