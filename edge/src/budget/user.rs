//! Somebody's own windows at X, and what was counted of them today.

use lemon_wire::Limit;
use serde::{Deserialize, Serialize};

use super::{
    DAY, Page, Person, Rules,
    window::{MARGIN, Source, Windows, midnight},
};
use crate::x::posts::PAGE;

/// Seconds over which those come back whose own day is over.
const SPREAD: i64 = 10 * 60;

/// Seconds of a day in which X may still answer what it was asked on the day before.
const LAST_DAYS: i64 = 60;

/// Most pages of one person under way that may still be given back. Of more at once the
/// oldest stay counted.
const MAX_OPEN: usize = 8;

/// How often in a day somebody may read all that they may have read: once, and once more
/// after they have deleted it. X does not bill a post twice in a day, but which posts a page
/// holds is not known before it is given.
const TIMES_A_DAY: u32 = 2;

/// Pages that somebody may ask for besides in a day: some are short, and some fail.
const MORE_PAGES: u32 = 32;

/// Somebody who has asked today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub windows: Windows,
    /// The day of UTC that all else is about.
    day: i64,
    /// The page that was read last, and what was on it: X does not bill that twice in a day.
    #[serde(default)]
    last: Option<(u64, u64)>,
    /// Posts that were counted, those among them that are still under way.
    charged: u32,
    /// Pages that were asked for.
    #[serde(default)]
    asked: u32,
    /// Pages of which nobody has said what came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open: Vec<Open>,
    /// X has said who they are: it does not bill that twice in a day either.
    #[serde(default)]
    known: bool,
}

/// What X gave with a page: how many posts, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    pub posts: u32,
    pub content: u64,
}

/// A page that X was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    name: u64,
    /// What was counted for it.
    posts: u32,
    /// How often it was asked for: by two tabs at once, or again as nobody said what came.
    times: u32,
    /// It was asked for when X may have had the day before: today X bills it as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_early: bool,
}

impl User {
    pub fn new(rules: &Rules) -> Self {
        Self::on(0, Windows::new(rules.user_quarter, rules.user_day))
    }

    /// On a day of which nothing is counted yet.
    fn on(day: i64, windows: Windows) -> Self {
        Self {
            windows,
            day,
            last: None,
            charged: 0,
            asked: 0,
            open: Vec::new(),
            known: false,
        }
    }

    /// What was stored, under rules that may have changed since.
    pub fn under(self, rules: &Rules) -> Self {
        let windows = self.windows.under(rules.user_quarter, rules.user_day);
        Self { windows, ..self }
    }

    /// Posts that X may bill if it is asked for `page`, beyond what is counted already.
    pub fn cost(&self, page: Page, now: i64) -> u32 {
        let open = self.place(page).map(|place| self.open[place]);
        let is_counted = open.is_some_and(|open| !open.is_early || is_early(now));
        if self.is_of_today(now) && is_counted {
            0
        } else {
            page.posts
        }
    }

    /// Whether they have had all of a day that one person may have.
    pub fn has_had(&self, page: Page, rules: &Rules, now: i64) -> bool {
        let posts = TIMES_A_DAY.saturating_mul(rules.person_posts.max(PAGE));
        let pages = posts.div_ceil(PAGE).saturating_mul(2);
        let charged = self.charged.saturating_add(self.cost(page, now));
        let pages = pages.saturating_add(MORE_PAGES);
        self.is_of_today(now) && (charged > posts || self.asked >= pages)
    }

    /// X is asked for `page`: what it may bill counts from here on. How many posts that is.
    pub fn open(&mut self, page: Page, now: i64) -> u32 {
        self.roll(now);
        let posts = self.cost(page, now);
        self.asked = self.asked.saturating_add(1);
        self.charged = self.charged.saturating_add(posts);
        if let Some(place) = self.place(page) {
            let open = &mut self.open[place];
            open.times += 1;
            open.posts = open.posts.saturating_add(posts);
            open.is_early &= is_early(now);
            return posts;
        }
        if self.open.len() >= MAX_OPEN {
            self.open.remove(0);
        }
        self.open.push(Open {
            name: page.name,
            posts,
            times: 1,
            is_early: is_early(now),
        });
        posts
    }

    /// What X gave with `page`: how many posts that is more than were counted, or fewer.
    pub fn read(&mut self, page: Page, given: Given, now: i64) -> i64 {
        self.roll(now);
        let open = self.place(page).map(|place| self.open.remove(place));
        let counted = open.map_or(0, |open| open.posts);
        let last = Some((page.name, given.content));
        let was_early = is_early(now) || open.is_some_and(|open| open.is_early);
        let next = last.filter(|_| !was_early);
        let billed = if std::mem::replace(&mut self.last, next) == last {
            0
        } else {
            given.posts
        };
        // What came of the other times is not known: X may have given more then.
        let billed = match open {
            Some(open) if open.times > 1 => billed.max(counted),
            _ => billed,
        };
        self.charged = self.charged.saturating_sub(counted).saturating_add(billed);
        i64::from(billed) - i64::from(counted)
    }

    /// X gave nothing with `page`. How many posts were counted too many.
    pub fn give_back(&mut self, page: Page, now: i64) -> u32 {
        self.roll(now);
        let Some(place) = self.place(page) else {
            return 0;
        };
        self.asked = self.asked.saturating_sub(1);
        let open = &mut self.open[place];
        open.times -= 1;
        if open.times > 0 {
            return 0;
        }
        let posts = self.open.remove(place).posts;
        self.charged = self.charged.saturating_sub(posts);
        posts
    }

    /// X did not answer. What it may have billed stays counted, but nobody's day is to end
    /// because X does not answer.
    pub fn not_answered(&mut self, now: i64) {
        self.roll(now);
        self.asked = self.asked.saturating_sub(1);
    }

    /// X has said that it is they who sign in. Whether it is the first time today.
    pub fn know(&mut self, now: i64) -> bool {
        self.roll(now);
        let is_known = self.known;
        self.known |= !is_early(now);
        !is_known
    }

    fn place(&self, page: Page) -> Option<usize> {
        self.open.iter().position(|open| open.name == page.name)
    }

    fn is_of_today(&self, now: i64) -> bool {
        self.day == now.div_euclid(DAY)
    }

    /// A new day begins: what is still under way stays counted where it was.
    fn roll(&mut self, now: i64) {
        if !self.is_of_today(now) {
            *self = Self::on(now.div_euclid(DAY), self.windows);
        }
    }

    /// When somebody may come again who has had all of today.
    pub fn tomorrow(person: Person, now: i64) -> i64 {
        midnight(now) + MARGIN + person.lot(SPREAD)
    }

    /// Until when one of the windows of this `person` is used up, and which.
    pub fn spent(&self, person: Person, now: i64) -> Option<(i64, Limit)> {
        let limits = [Limit::UserQuarter, Limit::UserDay];
        let (until, limit) = self.windows.spent(now, limits)?;
        // Days of which X says nothing end at midnight, for all at once.
        let ends_for_all = self
            .windows
            .day
            .is_some_and(|day| day.source == Source::Rules);
        let later = match limit {
            Limit::UserDay if ends_for_all => person.lot(SPREAD),
            _ => 0,
        };
        Some((until + later, limit))
    }

    /// Whether nothing of it is worth keeping.
    pub fn is_over(&self, now: i64) -> bool {
        self.windows.are_over(now) && self.day != now.div_euclid(DAY)
    }
}

/// Whether X may have been asked on the day before, and bills to that day what it says now:
/// today's it bills as well.
fn is_early(now: i64) -> bool {
    now.rem_euclid(DAY) < LAST_DAYS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lemon_wire::MAX_POSTS;

    use super::*;
    use crate::{
        budget::{
            Budget, Decision, Outcome, QUARTER, Said,
            fixture::{NOW, gave, person, rules, wait},
        },
        seal::Key,
    };

    #[test]
    fn a_person_is_stopped_at_their_own_limit() {
        let mut budget = Budget::new(rules(100, 2));
        let mut ask = |number, now| budget.ask(person(number).wants(3), now);
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
    fn who_has_had_all_of_a_day_comes_again_after_midnight() {
        let midnight = NOW - NOW.rem_euclid(DAY) + DAY;
        let first = midnight + MARGIN;
        let times: BTreeSet<i64> = (0..50)
            .map(|number| User::tomorrow(person(number), NOW))
            .collect();
        assert!(times.iter().all(|at| (first..first + SPREAD).contains(at)));
        assert!(times.len() > 10);
    }

    #[test]
    fn what_was_stored_is_held_to_the_rules_of_today() {
        let before = User::new(&rules(100, 2));
        assert_eq!(before.under(&rules(100, 7)).windows.quarter.limit, 7);
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
            assert_eq!(budget.ask(person.wants(2), NOW), Decision::Go);
            match budget.ask(person.wants(1), NOW) {
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
        let mut budget = Budget::new(rules(10_000, 10_000));
        let one = person(1);
        let end = User::tomorrow(one, NOW);
        let stopped = wait(end, Limit::UserDay);
        let mut read = |name: &str, now| {
            let page = Page::at(Some(name), None, 100);
            let decision = budget.ask(one.wants_page(5, page), now);
            if decision == Decision::Go {
                budget.tell(one, page, gave(100), Said::default(), now);
            }
            (decision, budget.month.posts())
        };
        // The same page is billed once, and asked for no more often than an import needs.
        let same: Vec<_> = (0..200).map(|_| read("same", NOW)).collect();
        assert!(same.iter().all(|(_, posts)| *posts == 100));
        let granted = |read: &[(Decision, u64)]| {
            let granted = read
                .iter()
                .filter(|(decision, _)| *decision == Decision::Go);
            granted.count()
        };
        assert_eq!((granted(&same), same[199].0), (160, stopped));
        // Two in turn are counted each time, up to what somebody may read.
        let tomorrow = NOW + DAY;
        let turns = (0..200).map(|n| read(["one", "two"][n % 2], tomorrow));
        let turns: Vec<_> = turns.collect();
        let most = u64::from(2 * MAX_POSTS);
        assert_eq!(turns[199].1, 100 + most);
        assert_eq!(granted(&turns), 64);
        assert_eq!(turns[199].0, wait(end + DAY, Limit::UserDay));
        assert_eq!(read("one", end + DAY).0, Decision::Go);
    }

    #[test]
    fn the_operator_limits_what_one_person_reads_in_a_day() {
        let mut budget = Budget::new(Rules {
            person_posts: 200,
            ..rules(10_000, 10_000)
        });
        for number in 0..4 {
            let page = Page::at(Some(&number.to_string()), None, 100);
            let asked = budget.ask(person(1).wants_page(1, page), NOW);
            assert_eq!(asked, Decision::Go);
            budget.tell(person(1), page, gave(100), Said::default(), NOW);
        }
        let fifth = Page::at(Some("4"), None, 5);
        assert!(matches!(
            budget.ask(person(1).wants_page(1, fifth), NOW),
            Decision::Wait {
                limit: Limit::UserDay,
                ..
            }
        ));
    }

    #[test]
    fn a_sign_in_over_midnight_is_of_the_day_before() {
        let mut user = User::new(&rules(9, 9));
        let day = midnight(NOW);
        assert!(user.know(day + 1));
        assert!(user.know(day + LAST_DAYS));
        assert!(!user.know(day + LAST_DAYS));
        assert!(!user.know(day + DAY - 1));
        assert!(user.know(day + DAY));
    }

    /// What X is asked just after midnight it may bill to the day before; today it bills it again.
    #[test]
    fn a_page_over_midnight_is_of_the_day_before() {
        let page = Page::at(None, None, 100);
        let day = midnight(NOW);
        let given = Given {
            posts: 100,
            content: 1,
        };
        let mut user = User::new(&rules(99, 99));
        let mut read = |now| {
            let opened = i64::from(user.open(page, now));
            opened + user.read(page, given, now + 1)
        };
        let early = [1, LAST_DAYS - 1].map(|second| read(day + second));
        let later = [LAST_DAYS, LAST_DAYS, DAY - 9].map(|second| read(day + second));
        assert_eq!((early, later), ([100, 100], [100, 0, 0]));
        // Asked for again while nobody has said what came.
        let mut user = User::new(&rules(99, 99));
        let asked = [1, 2, LAST_DAYS, LAST_DAYS + 1].map(|second| user.open(page, day + second));
        assert_eq!(asked, [100, 0, 100, 0]);
        assert_eq!(user.read(page, given, day + LAST_DAYS + 2), 0);
        assert_eq!(user.charged, 200);
    }

    #[test]
    fn an_hour_without_an_answer_of_x_ends_nobodys_day() {
        let page = Page::at(None, None, 100);
        let mut budget = Budget::new(rules(10_000, 10_000));
        for time in 0..200 {
            // Somebody else's page comes, so that it is no outage.
            let now = NOW + 20 * time;
            let other = person(if time < 100 { 2 } else { 3 });
            assert_eq!(budget.ask(other.wants_page(3, page), now), Decision::Go);
            budget.tell(other, page, gave(100), Said::default(), now);
            let asked = budget.ask(person(1).wants_page(3, page), now);
            assert_eq!(asked, Decision::Go, "{time}");
            budget.tell(person(1), page, Outcome::Lost, Said::default(), now);
        }
        // It is counted once: X does not bill it twice in a day.
        assert_eq!(budget.month.posts(), 300);
    }

    #[test]
    fn a_page_that_two_tabs_ask_for_is_given_back_when_neither_has_it() {
        let page = Page::at(None, None, 100);
        let mut user = User::new(&rules(9, 9));
        assert_eq!((user.open(page, NOW), user.open(page, NOW)), (100, 0));
        assert_eq!(user.give_back(page, NOW), 0);
        let given = |posts| Given { posts, content: 1 };
        assert_eq!(user.read(page, given(40), NOW), -60);
        assert_eq!(user.give_back(page, NOW), 0);
        let other = Page::at(Some("x"), None, 100);
        assert_eq!((user.open(other, NOW), user.open(other, NOW)), (100, 0));
        assert_eq!(user.give_back(other, NOW), 0);
        assert_eq!(user.give_back(other, NOW), 100);
        assert_eq!((user.charged, user.give_back(other, NOW)), (40, 0));
    }

    #[test]
    fn of_many_pages_at_once_the_oldest_stay_counted() {
        let mut user = User::new(&rules(9, 9));
        let page = |number: usize| Page::at(Some(&number.to_string()), None, 100);
        for number in 0..=MAX_OPEN {
            assert_eq!(user.open(page(number), NOW), 100);
        }
        assert_eq!(user.give_back(page(0), NOW), 0);
        assert_eq!(user.give_back(page(1), NOW), 100);
        // Nor is it given back on another day.
        assert_eq!(user.give_back(page(2), NOW + DAY), 0);
        let given = Given {
            posts: 70,
            content: 1,
        };
        assert_eq!(user.read(page(3), given, NOW + DAY), 70);
    }

    #[test]
    fn who_somebody_is_is_billed_once_a_day() {
        let mut user = User::new(&rules(9, 9));
        assert!(user.know(NOW) && !user.know(NOW + 1));
        assert!(user.know(NOW + DAY));
        assert!(!user.is_over(NOW + DAY) && user.is_over(NOW + 3 * DAY));
    }
}
