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
