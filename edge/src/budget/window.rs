//! Windows: how many requests X takes until a time, as far as is known.
//!
//! Each is counted from the configuration until X's headers say otherwise.

use lemon_wire::{Limit, Window as Reading};
use serde::{Deserialize, Serialize};

use super::{DAY, QUARTER};

/// Seconds by which a window is taken to be longer than X says: clocks differ by so much,
/// and a request takes its time.
pub const MARGIN: i64 = 1;

/// Seconds by which X's clock may go before ours.
pub const SLACK: i64 = 60;

/// One limit and what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub limit: u32,
    /// Where the limit comes from.
    pub source: Source,
    pub used: u32,
    /// 0 if it has not begun.
    pub reset: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    Rules,
    X,
    /// It is not known: X has not said how large it is.
    Guess,
}

/// The windows of the app or of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    pub quarter: Window,
    /// None where no such limit is known.
    pub day: Option<Window>,
}

impl Window {
    pub fn new(limit: u32, source: Source) -> Self {
        Self {
            limit,
            source,
            used: 0,
            reset: 0,
        }
    }

    pub fn left(&self, now: i64) -> u32 {
        if now >= self.reset {
            self.limit
        } else {
            self.limit.saturating_sub(self.used)
        }
    }

    /// When it ends; `next` if it has to begin now.
    pub fn end(&self, now: i64, next: i64) -> i64 {
        if now >= self.reset {
            next + MARGIN
        } else {
            self.reset
        }
    }

    /// X's word wins. Answers come in any order and some are still under way, so within a
    /// window its count only grows. Whether this is the next window.
    pub fn learn(&mut self, said: Reading, now: i64, length: i64) -> bool {
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
    pub fn exhaust(&mut self, until: i64) {
        (self.used, self.reset) = (self.limit, until + MARGIN);
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
}

impl Windows {
    pub fn new(quarter: u32, day: Option<u32>) -> Self {
        Self {
            quarter: Window::new(quarter, Source::Rules),
            day: day.map(|limit| Window::new(limit, Source::Rules)),
        }
    }

    /// Of which nothing is known until X says or refuses something.
    pub fn unknown() -> Self {
        let window = Window::new(u32::MAX, Source::Guess);
        Self {
            quarter: window,
            day: Some(window),
        }
    }

    /// What was stored, under rules that may have changed since; what X said stays.
    pub fn under(self, quarter: u32, day: Option<u32>) -> Self {
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

    pub fn left(&self, now: i64) -> u32 {
        let day = self.day.map_or(u32::MAX, |day| day.left(now));
        self.quarter.left(now).min(day)
    }

    pub fn take(&mut self, now: i64) {
        // X's windows begin with their first request.
        self.quarter.take(now, now + QUARTER);
        if let Some(day) = &mut self.day {
            day.take(now, midnight(now));
        }
    }

    pub fn give_back(&mut self, now: i64) {
        self.quarter.give_back(now);
        if let Some(day) = &mut self.day {
            day.give_back(now);
        }
    }

    /// What X says of the day.
    pub fn learn_day(&mut self, said: Reading, now: i64) {
        if said.limit > 0 {
            let day = self.day.get_or_insert(Window::new(said.limit, Source::X));
            day.learn(said, now, DAY);
        }
    }

    /// A day that was not known has a limit now: X will say which, and until then it is only
    /// known when this one ends.
    pub fn exhaust_day(&mut self, until: i64) {
        self.day
            .get_or_insert(Window::new(u32::MAX, Source::Guess))
            .exhaust(until);
    }

    /// Until when one of them is used up, the later one if both are, and which of the two
    /// limits it is.
    pub fn spent(&self, now: i64, [quarter, day]: [Limit; 2]) -> Option<(i64, Limit)> {
        let day = self.day.map(|window| (window, day));
        let windows = day.into_iter().chain([(self.quarter, quarter)]);
        windows
            .filter(|(window, _)| window.left(now) == 0)
            .map(|(window, limit)| (window.reset, limit))
            .max_by_key(|(reset, _)| *reset)
    }

    pub fn are_over(&self, now: i64) -> bool {
        now >= self.quarter.reset && self.day.is_none_or(|day| now >= day.reset)
    }
}

/// Whether X speaks of the app's window and not of somebody's own, which its headers do not
/// say. It is the one whose limit that is or, if neither's, the one that has been used about
/// as much.
pub fn is_of_app(said: Reading, app: Window, own: Window) -> bool {
    if (said.limit == app.limit) != (said.limit == own.limit) {
        return said.limit == app.limit;
    }
    let used = said.limit.saturating_sub(said.remaining);
    used.abs_diff(app.used) < used.abs_diff(own.used)
}

/// When the day of UTC ends.
pub fn midnight(now: i64) -> i64 {
    (now.div_euclid(DAY) + 1) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{
        Budget, Decision, Outcome, Said,
        fixture::{FREE, NOW, page, person, rules, said, wait},
    };

    #[test]
    fn within_a_window_a_count_only_grows() {
        let mut window = Window::new(10, Source::Rules);
        window.take(NOW, NOW + QUARTER);
        window.take(NOW, NOW + QUARTER);
        assert_eq!(
            (window.left(NOW), window.reset),
            (8, NOW + QUARTER + MARGIN)
        );
        let said = |remaining, reset| Reading {
            limit: 20,
            remaining,
            reset,
        };
        // An answer that was on its way for longer than the next.
        let is_next = window.learn(said(19, NOW + QUARTER), NOW + 1, QUARTER);
        assert_eq!((is_next, window.left(NOW + 1)), (false, 18));
        assert!(!window.learn(said(5, NOW + QUARTER), NOW + 2, QUARTER));
        assert_eq!(window.left(NOW + 2), 5);
        let is_next = window.learn(said(19, NOW + 2 * QUARTER - 9), NOW + QUARTER - 9, QUARTER);
        assert_eq!((is_next, window.left(NOW + QUARTER)), (true, 19));
        window.give_back(NOW + QUARTER);
        assert_eq!(window.left(NOW + QUARTER), 20);
        let kept = window;
        for (limit, reset) in [(0, NOW + QUARTER), (5, NOW), (5, i64::MAX), (5, i64::MIN)] {
            let odd = Reading {
                limit,
                remaining: 0,
                reset,
            };
            assert!(!window.learn(odd, NOW + QUARTER, QUARTER));
            assert_eq!(window, kept, "{odd:?}");
        }
    }

    #[test]
    fn whose_window_it_is_is_told_by_its_limit_and_then_by_its_use() {
        let window = |limit, used| Window {
            used,
            ..Window::new(limit, Source::Rules)
        };
        let said = |limit, remaining| Reading {
            limit,
            remaining,
            reset: NOW,
        };
        let (app, own) = (window(100, 40), window(50, 3));
        assert!(is_of_app(said(100, 99), app, own));
        assert!(!is_of_app(said(50, 10), app, own));
        assert!(is_of_app(said(70, 31), app, own));
        assert!(!is_of_app(said(70, 68), app, own));
    }

    #[test]
    fn what_x_says_wins() {
        let mut budget = Budget::new(rules(100, 50));
        let one = person(1);
        assert_eq!(budget.ask(one.wants(9), NOW), Decision::Go);
        budget.tell(one, FREE, page(1, false), said(100, 0, NOW + 60), NOW);
        assert_eq!(
            budget.ask(one.wants(9), NOW + 1),
            wait(NOW + 60 + MARGIN, Limit::AppQuarter)
        );
        assert_eq!(budget.ask(one.wants(9), NOW + 60 + MARGIN), Decision::Go);
        // A reset that cannot be is not believed.
        budget.tell(one, FREE, page(2, false), said(100, 0, i64::MAX), NOW + 61);
        assert_eq!(budget.ask(one.wants(9), NOW + 62), Decision::Go);
        // A refusal is believed whatever remains.
        let refused = Outcome::Refused {
            until: NOW + 500,
            day: None,
        };
        let limit = budget.tell(one, FREE, refused, said(50, 7, NOW + 500), NOW + 62);
        let stopped = wait(NOW + 500 + MARGIN, Limit::UserQuarter);
        assert_eq!(limit, Some(stopped));
        assert_eq!(budget.ask(one.wants(9), NOW + 63), stopped);
        assert_eq!(budget.ask(person(2).wants(1), NOW + 63), Decision::Go);
    }

    #[test]
    fn days_are_told_from_quarters() {
        let mut budget = Budget::new(rules(100, 100));
        let one = person(1);
        let day = |limit| Outcome::Refused {
            until: NOW + 40_000,
            day: Some(limit),
        };
        assert_eq!(budget.ask(one.wants(1), NOW), Decision::Go);
        budget.tell(one, FREE, day(Limit::UserDay), Said::default(), NOW);
        assert_eq!(
            budget.ask(one.wants(1), NOW + 1),
            wait(NOW + 40_000 + MARGIN, Limit::UserDay)
        );
        assert_eq!(budget.ask(person(2).wants(1), NOW + 1), Decision::Go);
        budget.tell(
            person(2),
            FREE,
            day(Limit::AppDay),
            Said::default(),
            NOW + 1,
        );
        let Decision::Wait { until, limit } = budget.ask(person(3).wants(1), NOW + 2) else {
            panic!("the day is over");
        };
        assert_eq!(limit, Limit::AppDay);
        assert!((NOW + 40_000..NOW + 40_000 + QUARTER + SLACK).contains(&until));
        assert_eq!(budget.ask(person(3).wants(1), until), Decision::Go);
    }
}
