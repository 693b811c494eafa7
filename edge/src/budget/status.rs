//! How things stand, for everybody to see, and how they stood in the last hours.

use lemon_wire::{HISTORY_STEP, HISTORY_STEPS, Limit, Moment, State, Status};

use super::{Budget, month::Cost, stored::Table};

/// The last hours in steps, by their number.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub steps: Table<i64, Moment>,
}

impl History {
    /// The step it is now, to be counted in what is not worth a row: it is written down with
    /// the next thing that is, or when the step is over.
    pub fn glimpse(&mut self, now: i64) -> &mut Moment {
        let step = now.div_euclid(HISTORY_STEP);
        if self.steps.get(&step).is_none() {
            return self.moment(now);
        }
        self.steps.glimpse(step, Moment::default)
    }

    /// The step it is now, to be counted in.
    pub fn moment(&mut self, now: i64) -> &mut Moment {
        let step = now.div_euclid(HISTORY_STEP);
        let is_new = self.steps.get(&step).is_none();
        if let Some(last) = self.steps.last().filter(|_| is_new) {
            self.steps.mark(last);
        }
        while is_new && i64::try_from(self.steps.len()).is_ok_and(|n| n >= HISTORY_STEPS) {
            if self.steps.pop_first().is_none() {
                break;
            }
        }
        self.steps.change(step, || Moment {
            at: step * HISTORY_STEP,
            ..Moment::default()
        })
    }

    fn moments(&self, now: i64) -> Vec<Moment> {
        let first = now.div_euclid(HISTORY_STEP) - HISTORY_STEPS + 1;
        self.steps
            .range(first..)
            .map(|(_, moment)| *moment)
            .collect()
    }

    /// Requests a minute, lately.
    fn rate(&self, now: i64) -> u32 {
        let step = now.div_euclid(HISTORY_STEP);
        let recent = self.steps.range(step - 1..=step);
        let requests: u32 = recent.map(|(_, moment)| moment.requests).sum();
        let minutes = (HISTORY_STEP + now.rem_euclid(HISTORY_STEP)) / 60;
        requests / u32::try_from(minutes.max(1)).unwrap_or(1)
    }
}

impl Budget {
    /// How things stand, for everybody to see.
    pub fn status(&mut self, now: i64) -> Status {
        self.tidy(now);
        let newcomer = self.line.place(1, &self.app, now);
        let outage = self.outage(None, now);
        let shut = self.shut(Cost::of_newcomer(&self.rules), now);
        let (state, limit, since, until) = match (shut, outage, newcomer) {
            (Some(shut), ..) => (State::Closed, Some(shut.limit), shut.since, shut.until),
            (None, Some(outage), _) => (
                State::Waiting,
                Some(Limit::Source),
                Some(outage.since),
                Some(outage.again),
            ),
            (None, None, Some(turn)) if turn.has_begun(now) => (State::Open, None, None, None),
            (None, None, turn) => (
                State::Waiting,
                turn.map(|turn| self.app.why(turn.at)),
                self.app.waiting_since,
                turn.map(|turn| turn.at),
            ),
        };
        Status {
            state,
            limit,
            since,
            until,
            waiting: self.line.waiting(),
            pages_per_minute: self.history.rate(now),
            bots: self.shelf.stock.map(|stock| stock.bots),
            history: self.history.moments(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first second of a step.
    const NOW: i64 = 6_000_000 * HISTORY_STEP;

    #[test]
    fn the_last_hours_are_kept_and_no_more() {
        let mut history = History::default();
        for step in 0..HISTORY_STEPS + 5 {
            history.moment(NOW + step * HISTORY_STEP).requests += 1;
        }
        let now = NOW + (HISTORY_STEPS + 4) * HISTORY_STEP;
        let moments = history.moments(now);
        assert_eq!(moments.len(), usize::try_from(HISTORY_STEPS).unwrap());
        assert_eq!(moments[0].at, NOW + 5 * HISTORY_STEP);
        assert_eq!(moments.last().unwrap().at, now);
        // Nobody comes for a while: what is over is not shown.
        assert_eq!(history.moments(now + HISTORY_STEP).len() + 1, moments.len());
    }

    #[test]
    fn the_rate_is_that_of_this_step_and_the_one_before() {
        let mut history = History::default();
        history.moment(NOW - HISTORY_STEP).requests = 1_000;
        history.moment(NOW).requests = 30;
        history.moment(NOW + HISTORY_STEP).requests = 30;
        let minutes = u32::try_from(HISTORY_STEP / 60).unwrap();
        assert_eq!(history.rate(NOW + HISTORY_STEP), 60 / minutes);
        assert_eq!(
            history.rate(NOW + 2 * HISTORY_STEP - 60),
            60 / (2 * minutes - 1)
        );
        assert_eq!(history.rate(NOW + 9 * HISTORY_STEP), 0);
    }

    #[test]
    fn a_glimpse_counts_in_the_step_that_is_there() {
        let mut history = History::default();
        history.glimpse(NOW).refusals += 1;
        history.glimpse(NOW + 1).refusals += 1;
        assert_eq!(history.moments(NOW + 1)[0].refusals, 2);
    }
}
