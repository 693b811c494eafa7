//! What holds for all: the app's windows, which of them this is, and what keeps people out.

use lemon_wire::{Limit, Window as Reading};
use serde::{Deserialize, Serialize};

use super::{
    QUARTER, Rules,
    closing::Closed,
    outage::Trouble,
    window::{MARGIN, Source, Window, Windows},
};

/// One for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    pub windows: Windows,
    /// Which 15 minutes these are, counted from the first.
    pub ordinal: i64,
    /// When they began; or would have, while nobody asks.
    #[serde(default)]
    began: i64,
    pub closed: Option<Closed>,
    /// Since when newcomers have had to wait.
    pub waiting_since: Option<i64>,
    /// X's last answers were failures.
    #[serde(default)]
    pub trouble: Option<Trouble>,
}

impl App {
    pub fn new(rules: &Rules) -> Self {
        Self {
            windows: Windows::new(rules.app_quarter, rules.app_day),
            ordinal: 0,
            began: 0,
            closed: None,
            waiting_since: None,
            trouble: None,
        }
    }

    /// What was stored, under rules that may have changed since.
    pub fn under(self, rules: &Rules) -> Self {
        let windows = self.windows.under(rules.app_quarter, rules.app_day);
        Self { windows, ..self }
    }

    /// From one window to the next, and over those in which nobody asked. Whether anything
    /// changed.
    pub fn roll(&mut self, rules: &Rules, now: i64) -> bool {
        const LENGTH: i64 = QUARTER + MARGIN;
        let mut has_changed = false;
        let quarter = &mut self.windows.quarter;
        if quarter.reset > 0 && now >= quarter.reset {
            self.ordinal += 1;
            self.began = quarter.reset;
            (quarter.used, quarter.reset) = (0, 0);
            has_changed = true;
        }
        if quarter.reset == 0 && now >= self.began + LENGTH {
            // The same time has the same number, whoever counts.
            let passed = (now - self.began) / LENGTH;
            self.ordinal += passed;
            self.began += passed * LENGTH;
            has_changed = true;
        }
        let guessed = |day: &Window| day.source == Source::Guess && now >= day.reset;
        if self.windows.day.as_ref().is_some_and(guessed) {
            // X will say what its limit is.
            let limit = rules.app_day;
            self.windows.day = limit.map(|limit| Window::new(limit, Source::Rules));
            has_changed = true;
        }
        has_changed
    }

    /// What X says of the app's 15 minutes.
    pub fn learn_quarter(&mut self, said: Reading, now: i64) {
        if self.windows.quarter.learn(said, now, QUARTER) {
            self.ordinal += 1;
            self.began = now;
        }
    }

    /// Whether X says this of the day in which it counts posts, as far as can be told.
    pub fn counts_in_day(&self, said: Reading) -> bool {
        self.windows.day.is_some_and(|day| {
            let ends_together = day.reset.abs_diff(said.reset + MARGIN) <= 1;
            day.source == Source::X && day.limit == said.limit && ends_together
        })
    }

    /// Which limit keeps people waiting until `at`.
    pub fn why(&self, at: i64) -> Limit {
        match self.windows.day {
            Some(day) if at >= day.reset && day.reset > self.windows.quarter.reset => Limit::AppDay,
            _ => Limit::AppQuarter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{
        Budget, DAY, Decision, Outcome, Said,
        fixture::{FREE, NOW, person, rules},
    };

    const LENGTH: i64 = QUARTER + MARGIN;

    fn app() -> App {
        App {
            ordinal: 7,
            began: NOW,
            ..App::new(&rules(10, 100))
        }
    }

    fn day(limit: u32, source: Source, reset: i64) -> Window {
        Window {
            reset,
            ..Window::new(limit, source)
        }
    }

    #[test]
    fn windows_are_counted_from_the_first_of_all() {
        let mut app = App::new(&rules(10, 100));
        assert!(app.roll(&rules(10, 100), NOW));
        assert_eq!((app.ordinal, app.began), (NOW / 901, NOW / 901 * 901));
        assert!(!app.roll(&rules(10, 100), app.began + 900));
        assert!(app.roll(&rules(10, 100), app.began + 901));
        assert_eq!(app.ordinal, NOW / 901 + 1);
    }

    #[test]
    fn a_window_that_is_open_goes_on_however_long_ago_it_began() {
        let mut app = app();
        app.windows.quarter.reset = NOW + 3 * LENGTH;
        assert!(!app.roll(&rules(10, 100), NOW + 2 * LENGTH));
        assert_eq!(app.ordinal, 7);
    }

    #[test]
    fn a_day_that_was_guessed_ends_with_the_next() {
        let roll = |source| {
            let mut app = app();
            app.windows.day = Some(day(5, source, NOW + 1));
            assert!(!app.roll(&rules(10, 100), NOW));
            (
                app.roll(&rules(10, 100), NOW + 1),
                app.windows.day.is_some(),
            )
        };
        assert_eq!(roll(Source::Guess), (true, false));
        assert_eq!(roll(Source::X), (false, true));
    }

    #[test]
    fn the_next_window_that_x_speaks_of_has_the_next_number() {
        let mut app = app();
        app.windows.quarter.reset = NOW + 10;
        let said = |reset| Reading {
            limit: 10,
            remaining: 9,
            reset,
        };
        app.learn_quarter(said(NOW + 11), NOW);
        assert_eq!((app.ordinal, app.began), (7, NOW));
        app.learn_quarter(said(NOW + 5 + QUARTER), NOW + 5);
        assert_eq!((app.ordinal, app.began), (8, NOW + 5));
    }

    #[test]
    fn x_speaks_of_a_day_that_has_its_limit_and_its_end() {
        let counts = |source, limit, reset| {
            let mut app = app();
            app.windows.day = Some(day(1_000, source, NOW));
            app.counts_in_day(Reading {
                limit,
                remaining: 1,
                reset: NOW + reset,
            })
        };
        for reset in [-2, -1, 0] {
            assert!(counts(Source::X, 1_000, reset), "{reset}");
        }
        assert!(!counts(Source::X, 1_000, 1) && !counts(Source::X, 1_000, -3));
        assert!(!counts(Source::X, 999, 0) && !counts(Source::Rules, 1_000, 0));
        assert!(!app().counts_in_day(Reading {
            limit: 1_000,
            remaining: 1,
            reset: NOW
        }));
    }

    #[test]
    fn a_day_is_why_one_waits_until_it_is_over() {
        let why = |at, quarter, reset| {
            let mut app = app();
            app.windows.quarter.reset = NOW + quarter;
            app.windows.day = Some(day(10, Source::X, NOW + reset));
            app.why(NOW + at)
        };
        assert_eq!(why(50, 20, 50), Limit::AppDay);
        assert_eq!(why(49, 20, 50), Limit::AppQuarter);
        assert_eq!(why(50, 50, 50), Limit::AppQuarter);
        assert_eq!(why(50, 51, 50), Limit::AppQuarter);
        assert_eq!(app().why(NOW), Limit::AppQuarter);
    }

    #[test]
    fn hours_without_anybody_have_their_windows() {
        let mut budget = Budget::new(Rules {
            app_day: Some(10),
            ..rules(10, 100)
        });
        assert_eq!(budget.ask(person(1).wants(10), NOW), Decision::Go);
        let refused = Outcome::Refused {
            until: NOW + DAY,
            day: Some(Limit::AppDay),
        };
        budget.tell(person(1), FREE, refused, Said::default(), NOW);
        let mut told = Vec::new();
        for number in 2..5 {
            let now = NOW + i64::from(number) * 3 * 60 * 60;
            let Decision::Wait { until, .. } = budget.ask(person(number).wants(5), now) else {
                panic!("the day is over");
            };
            told.push(until);
        }
        // Two of five fill the day that begins then; the third comes on the day after.
        assert!(told[0] >= NOW + DAY && told[1] < NOW + 2 * DAY, "{told:?}");
        assert!(told[2] >= NOW + 2 * DAY, "{told:?}");
    }
}
