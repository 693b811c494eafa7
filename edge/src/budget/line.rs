//! The line of turns: who may ask for how many pages in which window.
//!
//! An import is let in as a whole: it gets a turn of as many pages as it needs in the first
//! window that has room for all of them. So imports are served in the order of their coming,
//! and a short one may fill a gap that a longer one before it left, which delays nobody.
//! Turns of one window begin one after the other, at [`PACE`]. One in [`SPARE`] requests of
//! a window is in no turn. What is not used goes to whoever asks next: newcomers, and those
//! who wait and look.

use std::collections::BTreeMap;

use super::{
    DAY, Person, QUARTER, Wanted,
    app::App,
    closing::PROBE,
    stored::Table,
    turn::{GRACE, Hold, Turn},
    window::{MARGIN, Window, midnight},
};

/// Pages a second whose turns begin at a window's edge, which is then no stampede; X's
/// 10,000 take a minute. All of a larger window begin within one, too.
pub const PACE: u32 = 170;
const MINUTE: u32 = 60;

/// One in so many requests of a window is in nobody's turn: for pages that have to be asked
/// for again, as X fails now and then, and for those of imports that turn out longer.
/// Without it such an import would wait a whole window for its last page.
const SPARE: u32 = 20;

/// Most turns that are kept; the next in line would wait for weeks.
pub const MAX_TURNS: usize = 100_000;

/// Farthest window in which a turn may lie: a month of them.
const MAX_WINDOWS: i64 = 31 * DAY / QUARTER;

/// All turns.
#[derive(Clone, Debug, Default)]
pub struct Line {
    pub turns: Table<Person, Turn>,
    /// Pages that turns hold in each window, by its ordinal.
    held: BTreeMap<i64, u32>,
    to_come: ToCome,
}

/// How many turns are still to come. Counting them at each request would take as long as
/// all else, once there are tens of thousands.
#[derive(Clone, Debug, Default)]
struct ToCome {
    /// By the second of their beginning.
    begin: BTreeMap<i64, u32>,
    turns: u32,
    now: i64,
}

impl Line {
    /// How many wait for their turn to begin.
    pub fn waiting(&self) -> u32 {
        self.to_come.turns
    }

    /// The turn of somebody who is there and wants pages: the one they have, which may be
    /// longer or earlier now, or a new one.
    pub fn come(&mut self, wanted: &Wanted, app: &App, now: i64) -> Turn {
        let before = self.turns.get(&wanted.person).copied();
        let turn = match before.map(|turn| self.longer(turn, wanted.pages, app, now)) {
            Some(turn) if turn.pages > 0 => turn,
            _ => self.placed(wanted.person, wanted.pages, app, now),
        };
        let turn = self.earlier(turn, app, now).seen_by(wanted, now);
        let is_told_again = before.is_some_and(|before| before.seen_by(wanted, now) == turn);
        if is_told_again && !turn.has_begun(now) {
            // When they were there is not worth a row.
            self.turns.touch(wanted.person, turn);
        } else {
            self.keep(wanted.person, turn);
        }
        turn
    }

    /// Somebody is there who cannot be served, and keeps the turn.
    pub fn see(&mut self, person: Person, now: i64) {
        let turn = self.turns.get(&person).copied();
        // Often enough that it does not end, and no more often: each is a row.
        let is_worth_it =
            |turn: &Turn| turn.has_begun(now) && now > turn.at.max(turn.seen) + GRACE / 2;
        if let Some(turn) = turn.filter(is_worth_it) {
            self.set(person, Turn { seen: now, ..turn });
        }
    }

    /// A new turn in the place of one that has begun and found no room.
    pub fn again(&mut self, wanted: &Wanted, turn: Turn, app: &App, now: i64) -> Turn {
        let turn = self.placed(wanted.person, turn.pages, app, now);
        let turn = turn.seen_by(wanted, now);
        self.keep(wanted.person, turn);
        turn
    }

    /// A page of the turn is asked for, in the window that is the `current` one by then.
    pub fn take(&mut self, person: Person, turn: Turn, current: i64) {
        let used = Turn {
            pages: turn.pages.saturating_sub(1),
            window: turn.window.max(current),
            ..turn
        };
        self.set(person, used);
    }

    /// A page was not asked for after all.
    pub fn give_back(&mut self, person: Person) {
        if let Some(turn) = self.turns.get(&person).copied() {
            let pages = turn.pages + 1;
            self.set(person, Turn { pages, ..turn });
        }
    }

    pub fn end(&mut self, person: Person) {
        if let Some(turn) = self.turns.remove(&person) {
            self.release(turn);
        }
    }

    /// Takes back a turn that was stored.
    pub fn restore(&mut self, person: Person, turn: Turn) {
        self.turns.restore(person, turn);
        self.hold(turn);
    }

    /// Time goes on.
    pub fn advance(&mut self, now: i64) {
        self.to_come.advance(now);
    }

    /// Ends the turns of those who left, and lets others have what those hold who are late.
    pub fn tidy(&mut self, now: i64) {
        let left = self.turns.iter().filter(|(_, turn)| turn.is_over(now));
        let left: Vec<Person> = left.map(|(person, _)| *person).collect();
        for person in left {
            self.end(person);
        }
        let late = self
            .turns
            .iter()
            .filter(|(_, turn)| turn.is_to_give_way(now));
        let late: Vec<(Person, Turn)> = late.map(|(person, turn)| (*person, *turn)).collect();
        for (person, turn) in late {
            let hold = Hold::Late;
            self.set(person, Turn { hold, ..turn });
        }
    }

    /// The first turn for an import of `pages`.
    pub fn place(&self, pages: u32, app: &App, now: i64) -> Option<Turn> {
        if self.turns.len() >= MAX_TURNS {
            return None;
        }
        let quarter = &app.windows.quarter;
        let day = app.windows.day.as_ref();
        let in_turns = |window: &Window| window.limit - window.limit / SPARE;
        let most = day.map_or(u32::MAX, in_turns).min(in_turns(quarter));
        let pages = pages.clamp(1, most.max(1));
        let current = app.ordinal;
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
                    hold: Hold::Short,
                });
            }
        }
        None
    }

    /// A turn that has begun may become as long as the import turned out to be, where its
    /// window has room: pages of X are short at times, and some fail.
    fn longer(&self, turn: Turn, pages: u32, app: &App, now: i64) -> Turn {
        if !turn.has_begun(now) || pages <= turn.pages {
            return turn;
        }
        let held: u32 = self
            .held
            .range(..=app.ordinal)
            .map(|(_, pages)| pages)
            .sum();
        let room = app.windows.left(now).saturating_sub(held);
        Turn {
            pages: turn.pages + room.min(pages - turn.pages),
            ..turn
        }
    }

    /// A turn that is still to come, or one before it if room was given back meanwhile.
    fn earlier(&self, turn: Turn, app: &App, now: i64) -> Turn {
        if !turn.may_look(now) {
            return turn;
        }
        let found = self.place(turn.pages, app, now);
        found.filter(|found| found.at < turn.at).unwrap_or(turn)
    }

    /// A turn in the first window with room, in the place of one that there may be.
    fn placed(&mut self, person: Person, pages: u32, app: &App, now: i64) -> Turn {
        self.end(person);
        // Whoever finds no room in a month may look again later.
        self.place(pages, app, now).unwrap_or(Turn {
            pages: 0,
            at: now + PROBE,
            window: app.ordinal,
            seen: now,
            hold: Hold::Short,
        })
    }

    /// Keeps a turn, unless there was no room for one.
    fn keep(&mut self, person: Person, turn: Turn) {
        if turn.pages > 0 {
            self.set(person, turn);
        }
    }

    fn set(&mut self, person: Person, turn: Turn) {
        if let Some(before) = self.turns.insert(person, turn) {
            self.release(before);
        }
        self.hold(turn);
    }

    fn hold(&mut self, turn: Turn) {
        if turn.hold != Hold::Late {
            *self.held.entry(turn.window).or_default() += turn.pages;
        }
        self.to_come.add(turn.at);
    }

    fn release(&mut self, turn: Turn) {
        self.to_come.remove(turn.at);
        if turn.hold == Hold::Late {
            return;
        }
        if let Some(held) = self.held.get_mut(&turn.window) {
            *held = held.saturating_sub(turn.pages);
            if *held == 0 {
                self.held.remove(&turn.window);
            }
        }
    }
}

impl ToCome {
    fn add(&mut self, at: i64) {
        if at > self.now {
            *self.begin.entry(at).or_default() += 1;
            self.turns += 1;
        }
    }

    fn remove(&mut self, at: i64) {
        if let Some(turns) = self.begin.get_mut(&at) {
            *turns -= 1;
            self.turns -= 1;
            if *turns == 0 {
                self.begin.remove(&at);
            }
        }
    }

    /// Time never goes back.
    fn advance(&mut self, now: i64) {
        self.now = self.now.max(now);
        let to_come = self.begin.split_off(&(self.now + 1));
        let begun = std::mem::replace(&mut self.begin, to_come);
        self.turns -= begun.values().sum::<u32>();
    }
}

/// How much of a window of `limit` requests is to be in no turn, `left` of whose `length` is
/// still to come: the longer it has lasted, the less of it will be asked for again.
fn spare(limit: u32, left: i64, length: i64) -> u32 {
    let spare = i64::from(limit / SPARE) * left.clamp(0, length) / length;
    u32::try_from(spare).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lemon_wire::Limit;

    use super::*;
    use crate::budget::{
        Budget, Decision, GRACE, HELD, Outcome, Rules, Said,
        fixture::{FREE, NOW, WINDOW, page, person, restarted, rules, said, wait},
        turn::LOOK,
        window::Source,
    };

    /// An app whose 15 minutes have so many requests, of which so many are used, and end in
    /// so many seconds.
    fn app(limit: u32, used: u32, left: i64) -> App {
        let mut app = App::new(&rules(limit, 100));
        let quarter = &mut app.windows.quarter;
        (quarter.used, quarter.reset) = (used, NOW + left);
        app
    }

    fn with_day(mut app: App, limit: u32, used: u32, left: i64) -> App {
        app.windows.day = Some(Window {
            limit,
            source: Source::X,
            used,
            reset: NOW + left,
        });
        app
    }

    fn turn(pages: u32, at: i64, window: i64) -> Turn {
        Turn {
            pages,
            at,
            window,
            seen: at,
            hold: Hold::Short,
        }
    }

    /// Turns of so many pages in such windows, each somebody's.
    fn line(turns: &[(u32, i64)]) -> Line {
        let mut line = Line::default();
        for (number, (pages, window)) in (1..).zip(turns) {
            line.set(person(number), turn(*pages, NOW, *window));
        }
        line
    }

    /// In which window there is room for so many pages.
    fn window(line: &Line, pages: u32, app: &App) -> i64 {
        line.place(pages, app, NOW).unwrap().window
    }

    #[test]
    fn what_is_in_no_turn_is_less_the_longer_a_window_lasts() {
        for (limit, left, want) in [
            (100, QUARTER, 5),
            (100, QUARTER / 2, 2),
            (100, 0, 0),
            (100, -1, 0),
            (100, 2 * QUARTER, 5),
            (200, QUARTER, 10),
            (19, QUARTER, 0),
        ] {
            assert_eq!(spare(limit, left, QUARTER), want, "{limit} {left}");
        }
        let line = line(&[(90, 0)]);
        let whole = app(100, 0, QUARTER);
        assert_eq!((window(&line, 5, &whole), window(&line, 6, &whole)), (0, 1));
        let half = app(100, 0, QUARTER / 2);
        assert_eq!((window(&line, 8, &half), window(&line, 9, &half)), (0, 1));
        let day = with_day(app(1_000, 0, QUARTER), 100, 0, DAY / 2);
        let next_day = DAY / 2 / WINDOW;
        assert_eq!(window(&line, 8, &day), 0);
        assert!((next_day..next_day + 3).contains(&window(&line, 9, &day)));
    }

    #[test]
    fn what_was_not_used_in_windows_that_passed_is_taken_in_this_one() {
        let line = line(&[(40, 1), (30, 2), (20, 3)]);
        let mut app = app(100, 0, QUARTER);
        app.ordinal = 3;
        assert_eq!((window(&line, 5, &app), window(&line, 6, &app)), (3, 4));
    }

    #[test]
    fn a_window_that_begins_with_a_day_is_that_days() {
        let app = with_day(app(100, 100, QUARTER), 100, 100, QUARTER);
        assert_eq!(window(&Line::default(), 5, &app), 1);
    }

    #[test]
    fn turns_of_a_window_begin_one_after_the_other() {
        let at = |line: &Line, limit, pages| {
            let found = line.place(pages, &app(limit, limit, 600), NOW).unwrap();
            (found.window, found.at - NOW - 600)
        };
        let held = line(&[(900, 1)]);
        // At 170 a second, or all of them within a minute.
        assert_eq!(at(&held, 1_200, 100), (1, 5));
        assert_eq!(at(&line(&[(900, 1), (200, 1)]), 30_000, 100), (1, 2));
        assert_eq!(at(&held, 1_200, 500), (2, WINDOW));
    }

    #[test]
    fn a_turn_that_has_begun_may_grow_and_no_other() {
        let line = line(&[(80, 0), (3, 1)]);
        let app = app(100, 10, QUARTER);
        let begun = turn(3, NOW, 0);
        let longer = |turn, pages| line.longer(turn, pages, &app, NOW).pages;
        assert_eq!(longer(begun, 5), 5);
        assert_eq!(longer(begun, 50), 13, "as far as there is room");
        assert_eq!((longer(begun, 3), longer(begun, 2)), (3, 3));
        assert_eq!(longer(turn(3, NOW + 1, 1), 5), 3);
    }

    #[test]
    fn who_has_used_the_turn_and_finds_no_room_for_more_has_a_new_one() {
        let mut line = line(&[(0, 0), (95, 0)]);
        let app = app(100, 5, QUARTER);
        let turn = line.come(&person(1).wants(3), &app, NOW);
        assert_eq!((turn.pages, turn.window), (3, 1));
    }

    #[test]
    fn a_page_that_was_not_asked_for_comes_back() {
        let mut line = line(&[(4, 0)]);
        line.take(person(1), turn(4, NOW, 0), 2);
        let of = |line: &Line| {
            line.turns
                .get(&person(1))
                .map(|turn| (turn.pages, turn.window))
        };
        assert_eq!(
            of(&line),
            Some((3, 2)),
            "it is used in the window that there is"
        );
        line.give_back(person(1));
        assert_eq!(of(&line), Some((4, 2)));
        line.give_back(person(2));
        assert_eq!(of(&line), Some((4, 2)));
    }

    #[test]
    fn who_is_there_without_being_served_is_written_down_now_and_then() {
        let seen_after = |passed| {
            let mut line = line(&[(4, 0)]);
            line.see(person(1), NOW + passed);
            line.turns.get(&person(1)).unwrap().seen - NOW
        };
        let half = GRACE / 2;
        assert_eq!(seen_after(half), 0);
        assert_eq!(seen_after(half + 1), half + 1);
        assert_eq!(seen_after(half + 99), half + 99);
    }

    #[test]
    fn without_any_room_in_a_month_one_looks_again_in_ten_minutes() {
        let mut line = Line::default();
        let turn = line.come(&person(1).wants(1), &app(0, 0, QUARTER), NOW);
        assert_eq!((turn.pages, turn.at), (0, NOW + 600));
        assert_eq!(line.turns.len(), 0);
    }

    #[test]
    fn turns_to_come_are_counted_until_they_begin_or_end() {
        let mut line = Line::default();
        line.advance(NOW);
        for (number, at) in [(1, NOW), (2, NOW + 9), (3, NOW + 9), (4, NOW + 10)] {
            line.set(person(number), turn(1, at, 0));
        }
        assert_eq!(line.waiting(), 3);
        line.end(person(2));
        assert_eq!(line.waiting(), 2);
        line.end(person(3));
        assert_eq!(line.waiting(), 1);
        line.advance(NOW + 10);
        assert_eq!(line.waiting(), 0);
    }

    #[test]
    fn imports_are_let_in_whole_and_short_ones_fill_gaps() {
        let mut budget = Budget::new(rules(10, 100));
        let mut ask = |number, pages, now| budget.ask(person(number).wants(pages), now);
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
        assert_eq!(budget.ask(one.wants(10), NOW), Decision::Go);
        assert!(matches!(
            budget.ask(two.wants(9), NOW),
            Decision::Wait { .. }
        ));
        // The first turns out to have a single page.
        budget.tell(one, FREE, page(3, true), Said::default(), NOW);
        assert_eq!(budget.ask(person(3).wants(9), NOW + 1), Decision::Go);
        budget.tell(person(3), FREE, Outcome::Unused, Said::default(), NOW + 1);
        budget.line.end(person(3));
        assert_eq!(budget.ask(person(4).wants(9), NOW + 2), Decision::Go);
    }

    #[test]
    fn who_does_not_come_loses_the_turn_and_nobody_has_two() {
        let mut budget = Budget::new(rules(10, 100));
        assert_eq!(budget.ask(person(1).wants(10), NOW), Decision::Go);
        let second = wait(NOW + WINDOW, Limit::AppQuarter);
        assert_eq!(budget.ask(person(2).wants(10), NOW + 1), second);
        assert_eq!(budget.status(NOW + 1).waiting, 1);
        let third = wait(NOW + 2 * WINDOW, Limit::AppQuarter);
        assert_eq!(budget.ask(person(3).wants(10), NOW + 2), third);
        // The second does not come; after a while the third could.
        let late = NOW + WINDOW + GRACE + 1;
        assert_eq!(budget.ask(person(4).wants(10), late), Decision::Go);
    }

    #[test]
    fn what_is_given_back_goes_to_those_who_wait_but_not_to_who_asks_all_the_time() {
        let mut budget = Budget::new(rules(10, 100));
        assert_eq!(budget.ask(person(1).wants(10), NOW), Decision::Go);
        let second = wait(NOW + WINDOW, Limit::AppQuarter);
        let third = wait(NOW + 2 * WINDOW, Limit::AppQuarter);
        assert_eq!(budget.ask(person(2).wants(10), NOW), second);
        assert_eq!(budget.ask(person(3).wants(10), NOW), third);
        assert_eq!(
            budget.ask(person(4).wants(10), NOW),
            wait(NOW + 3 * WINDOW, Limit::AppQuarter)
        );
        budget.line.end(person(2));
        assert_eq!(budget.ask(person(3).wants(10), NOW + LOOK - 1), third);
        assert_eq!(budget.ask(person(4).wants(10), NOW + LOOK), second);
        // Nobody is ever put later.
        assert_eq!(budget.ask(person(3).wants(10), NOW + 2 * LOOK - 1), third);
    }

    #[test]
    fn who_is_told_to_wait_again_writes_no_row() {
        let mut budget = Budget::new(rules(10, 100));
        assert_eq!(budget.ask(person(1).wants(10), NOW), Decision::Go);
        let second = wait(NOW + WINDOW, Limit::AppQuarter);
        assert_eq!(budget.ask(person(2).wants(10), NOW), second);
        assert!(!budget.changes().is_empty());
        for now in NOW + 1..NOW + 200 {
            assert_eq!(budget.ask(person(2).wants(10), now), second);
            assert_eq!(budget.changes(), []);
        }
        // What was counted meanwhile is with the next row that is written.
        let moments = budget.status(NOW + 200).history;
        assert_eq!(moments[0].refusals, 200);
        budget.tell(person(1), FREE, page(9, true), Said::default(), NOW + 200);
        assert_eq!(budget.ask(person(3).wants(1), NOW + 201), Decision::Go);
        let rows = budget.changes();
        let step = rows.iter().find(|(key, _)| key.contains("Step")).unwrap();
        assert!(step.1.as_ref().unwrap().contains("\"refusals\":200"));
        // A step that is over is written down with the one after it.
        budget.ask(person(2).wants(10), NOW + 202);
        assert_eq!(budget.changes(), []);
        budget.ask(person(2).wants(10), NOW + 301);
        let steps = budget.changes();
        assert_eq!(steps.len(), 2, "{steps:?}");
        assert!(steps[0].1.as_ref().unwrap().contains("\"refusals\":201"));

        // Also while X fails, but for those whose turn would end.
        for number in 10..15 {
            let failed = Outcome::Failed;
            budget.tell(person(number), FREE, failed, Said::default(), NOW + 302);
        }
        budget.changes();
        let mut rows = 0;
        for now in NOW + 302..NOW + 312 {
            assert!(matches!(
                budget.ask(person(2).wants(10), now),
                Decision::Wait {
                    limit: Limit::Source,
                    ..
                }
            ));
            rows += budget.changes().len();
        }
        assert_eq!(rows, 0);
    }

    #[test]
    fn whoever_waits_through_an_outage_keeps_the_turn_with_few_rows() {
        let mut budget = Budget::new(rules(10, 100));
        assert_eq!(budget.ask(person(1).wants(10), NOW), Decision::Go);
        let mut rows = 0;
        for now in (NOW..NOW + 3 * GRACE).step_by(5) {
            for number in 10..15 {
                let failed = Outcome::Failed;
                budget.tell(person(number), FREE, failed, Said::default(), now);
            }
            budget.changes();
            let waits = budget.ask(person(1).wants(9), now);
            assert!(matches!(waits, Decision::Wait { .. }));
            let changes = budget.changes();
            rows += changes
                .iter()
                .filter(|(key, _)| key.contains("Turn"))
                .count();
        }
        let kept = budget.line.turns.get(&person(1)).unwrap();
        assert_eq!(kept.pages, 9);
        assert!((2..=6).contains(&rows), "{rows}");
    }

    #[test]
    fn nobody_is_kept_for_whom_there_is_no_room() {
        let mut budget = Budget::new(Rules {
            app_day: Some(1),
            ..rules(10, 100)
        });
        for number in 0..100 {
            budget.ask(person(number).wants(1), NOW);
        }
        // A day takes one page, and turns lie in a month at most; one has begun.
        assert_eq!(budget.line.turns.len(), 32);
    }

    #[test]
    fn a_turn_for_which_one_has_to_sign_in_again_is_held_for_an_hour() {
        let wanted = |number, ends| Wanted {
            ends,
            ..person(number).wants(10)
        };
        let signed_out_by_then = NOW + WINDOW;
        for (ends, comes_after, has_it) in [
            (signed_out_by_then, HELD, true),
            (signed_out_by_then, HELD + 1, false),
            (signed_out_by_then + 1, GRACE, true),
            (signed_out_by_then + 1, GRACE + 1, false),
        ] {
            let mut budget = Budget::new(rules(10, 100));
            assert_eq!(budget.ask(person(1).wants(10), NOW), Decision::Go);
            let told = wait(NOW + WINDOW, Limit::AppQuarter);
            assert_eq!(budget.ask(wanted(2, ends), NOW), told);
            // Restarted, it knows the same.
            let mut again = restarted(&mut budget, rules(10, 100));
            let now = NOW + WINDOW + comes_after;
            again.status(now);
            let kept = again.line.turns.get(&person(2)).is_some();
            assert_eq!(kept, has_it, "{ends} {comes_after}");
            assert_eq!(again.ask(wanted(2, now + 7_200), now), Decision::Go);
        }
    }

    #[test]
    fn what_somebody_late_does_not_use_goes_to_others_and_they_are_served_all_the_same() {
        let mut budget = Budget::new(rules(10, 100));
        assert_eq!(budget.ask(person(1).wants(10), NOW), Decision::Go);
        let late = Wanted {
            ends: NOW + 1,
            ..person(2).wants(9)
        };
        let told = wait(NOW + WINDOW, Limit::AppQuarter);
        assert_eq!(budget.ask(late, NOW), told);
        // In their window its pages are kept for a while.
        let begins = NOW + WINDOW;
        let during = begins + GRACE;
        assert!(matches!(
            budget.ask(person(3).wants(9), during),
            Decision::Wait { .. }
        ));
        budget.line.end(person(3));
        assert_eq!(budget.ask(person(4).wants(9), during + 1), Decision::Go);
        budget.tell(person(4), FREE, page(9, true), Said::default(), during + 1);
        let back = Wanted {
            ends: during + 7_200,
            ..late
        };
        for left in (1..10).rev() {
            let next = Wanted {
                pages: left,
                ..back
            };
            assert_eq!(budget.ask(next, during + 2), Decision::Go, "{left}");
        }
    }

    #[test]
    fn those_who_wait_are_counted_as_their_turns_begin() {
        let mut budget = Budget::new(rules(10, 100));
        for number in 0..8 {
            budget.ask(person(number).wants(10), NOW);
        }
        for now in NOW..NOW + 9 * WINDOW {
            let status = budget.status(now);
            let to_come = budget
                .line
                .turns
                .iter()
                .filter(|(_, turn)| turn.at > now)
                .count();
            assert_eq!(status.waiting as usize, to_come);
        }
        assert_eq!(budget.status(NOW + 9 * WINDOW).waiting, 0);
    }

    #[test]
    fn those_put_off_together_are_not_served_together() {
        let mut budget = Budget::new(rules(1_000, 900));
        for number in 0..8 {
            assert_eq!(budget.ask(person(number).wants(20), NOW), Decision::Go);
        }
        // X turns out to allow far less.
        budget.tell(
            person(0),
            FREE,
            page(1, false),
            said(40, 0, NOW + 900),
            NOW + 1,
        );
        let times: BTreeSet<i64> = (0..8)
            .map(
                |number| match budget.ask(person(number).wants(19), NOW + 2) {
                    Decision::Wait { until, .. } => until,
                    other => panic!("{other:?}"),
                },
            )
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
            match budget.ask(person(number).wants(5), NOW) {
                Decision::Go => told.push(NOW),
                Decision::Wait { until, limit } => {
                    assert_eq!(limit, Limit::AppDay);
                    told.push(until);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(told[..2], [NOW, NOW]);
        assert!(told[2..].iter().all(|at| *at > midnight(NOW)), "{told:?}");
    }
}
