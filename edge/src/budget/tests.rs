//! The whole, against X as it counts.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{
    Budget, DAY, Decision, Endpoint, Outcome, Page, QUARTER, Rules, Said, Upload, Uploader, Wanted,
    fixture::{FREE, NOW, gave, page, person, rules, said},
    window::SLACK,
};

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

#[test]
fn what_is_granted_is_counted_once_and_written_where_it_belongs() {
    let mut budget = Budget::new(rules(100, 100));
    for _ in 0..3 {
        assert_eq!(budget.ask(person(1).wants(9), NOW), Decision::Go);
    }
    let moments = budget.status(NOW).history;
    assert_eq!((moments[0].requests, moments[0].refusals), (3, 0));
    let rows = budget.changes();
    let is_month = |(key, _): &&(String, Option<String>)| key.to_lowercase().contains("month");
    assert!(
        !rows.iter().any(|row| is_month(&row)),
        "it cost nothing: {rows:?}"
    );
    let page = Page { name: 1, posts: 5 };
    budget.ask(person(2).wants_page(1, page), NOW);
    let rows = budget.changes();
    assert!(rows.iter().any(|row| is_month(&row)), "{rows:?}");
}

#[test]
fn whoever_came_when_nobody_waits_any_more_ends_the_wait() {
    let mut budget = Budget::new(rules(10, 100));
    assert_eq!(budget.ask(person(1).wants(10), NOW), Decision::Go);
    assert!(matches!(
        budget.ask(person(2).wants(9), NOW + 1),
        Decision::Wait { .. }
    ));
    assert_eq!(budget.app.waiting_since, Some(NOW + 1));
    assert_eq!(budget.ask(person(1).wants(9), NOW + 2), Decision::Go);
    assert_eq!(budget.app.waiting_since, Some(NOW + 1));
    budget.line.end(person(2));
    assert_eq!(budget.ask(person(1).wants(8), NOW + 3), Decision::Go);
    assert_eq!(budget.app.waiting_since, None);
}

#[test]
fn one_finds_out_for_all_whether_x_is_back() {
    let mut budget = Budget::new(rules(100, 100));
    for number in 1..6 {
        assert_eq!(budget.ask(person(number).wants(2), NOW), Decision::Go);
        budget.tell(person(number), FREE, Outcome::Failed, Said::default(), NOW);
    }
    let again = |budget: &Budget| budget.app.trouble.as_ref().unwrap().again - NOW;
    assert_eq!(again(&budget), 10);
    assert!(matches!(
        budget.ask(person(6).wants(1), NOW + 9),
        Decision::Wait { .. }
    ));
    assert_eq!(budget.ask(person(7).wants(1), NOW + 10), Decision::Go);
    assert_eq!(again(&budget), 20);
}

#[test]
fn a_bot_that_was_removed_is_remembered_for_a_minute() {
    let mut budget = Budget::new(rules(10, 100));
    budget.removed.insert(person(1), NOW);
    for (passed, is_there) in [(59, true), (60, false)] {
        budget.status(NOW + passed);
        assert_eq!(
            budget.removed.contains_key(&person(1)),
            is_there,
            "{passed}"
        );
    }
}

/// As docs/security.md says, and also if nobody comes but who asks how things stand.
#[test]
fn nothing_of_anybody_is_kept_for_longer_than_a_day() {
    let mut budget = Budget::new(Rules {
        user_day: Some(9),
        ..rules(1, 9)
    });
    let mut stored = BTreeMap::new();
    let mut held = |budget: &mut Budget| {
        for (key, value) in budget.changes() {
            match value {
                Some(value) => drop(stored.insert(key, value)),
                None => drop(stored.remove(&key)),
            }
        }
        let text = format!("{stored:?}");
        let whose = (1..=3).map(|number| format!("[{number},{number},"));
        whose.filter(|whose| text.contains(whose)).count()
    };
    // One for whom X fails, one who waits, one who uploads.
    assert_eq!(budget.ask(person(1).wants(1), NOW), Decision::Go);
    budget.tell(person(1), FREE, Outcome::Failed, Said::default(), NOW);
    let waits = budget.ask(person(2).wants(1), NOW);
    assert!(matches!(waits, Decision::Wait { .. }));
    let upload = Upload {
        who: Uploader::person(person(3)),
        bytes: 1,
        at: NOW,
        session: None,
    };
    assert_eq!(budget.upload(upload, NOW), Decision::Go);
    assert_eq!(held(&mut budget), 3);
    budget.status(NOW + 60);
    assert_eq!(held(&mut budget), 3);
    budget.status(NOW + DAY);
    assert_eq!(held(&mut budget), 0);
}

/// Somebody with so many pages, who comes at a time and may stay away for a while.
#[derive(Clone, Debug)]
struct Visitor {
    comes: i64,
    pages: u32,
    away: Option<(i64, i64)>,
    /// How long their session lasts, and by how much they are late who have to sign in again.
    session: i64,
    late: i64,
}

fn restore(budget: &mut Budget, stored: &BTreeMap<String, String>) -> bool {
    budget.restore(stored.iter().map(|(key, value)| (&key[..], &value[..])))
}

/// Writes down what has changed.
fn keep(stored: &mut BTreeMap<String, String>, budget: &mut Budget) {
    for (key, value) in budget.changes() {
        match value {
            Some(value) => drop(stored.insert(key, value)),
            None => drop(stored.remove(&key)),
        }
    }
}

fn visitors() -> impl Strategy<Value = Vec<Visitor>> {
    let visitor = (
        0..1_200i64,
        1..33u32,
        prop::option::of((1..900i64, 60..2_000i64)),
        prop_oneof![Just(i64::MAX / 2), 600..4_000i64],
        0..6_000i64,
    );
    proptest::collection::vec(visitor, 1..40).prop_map(|visitors| {
        visitors
            .into_iter()
            .map(|(comes, pages, away, session, late)| Visitor {
                session,
                late,
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
        let mut ends: Vec<i64> = vec![0; visitors.len()];
        // All pages through the narrowest window, and as long again for those away.
        let windows = i64::from(left.iter().sum::<u32>() / (limit - 32) + 2);
        let end = NOW + 1_200 + 3_000 + windows * (QUARTER + SLACK) * 2 + 40 * 6_000;
        let mut now = NOW;
        while left.iter().any(|left| *left > 0) && now < end {
            if restarts.contains(&(now - NOW)) {
                budget = Budget::new(rules(limit, 900));
                prop_assert!(restore(&mut budget, &stored));
            }
            for (index, visitor) in visitors.iter().enumerate() {
                let is_away = visitor
                    .away
                    .is_some_and(|(from, to)| (NOW + from..NOW + to).contains(&now));
                if left[index] == 0 || now < next[index] || is_away {
                    continue;
                }
                let who = person(u8::try_from(index).unwrap());
                if now >= ends[index] {
                    ends[index] = now + visitor.session;
                }
                let wanted = Wanted {
                    ends: ends[index],
                    ..who.wants(left[index])
                };
                match budget.ask(wanted, now) {
                    Decision::Go => {
                        let (admitted, said) = x.ask(now);
                        prop_assert!(admitted, "X refused at {}", now - NOW);
                        left[index] -= 1;
                        budget.tell(who, FREE, page(100, left[index] == 0), said, now);
                    }
                    Decision::Wait { until, .. } => {
                        prop_assert!(until > now);
                        let has_to_sign_in = until >= ends[index];
                        next[index] = until + if has_to_sign_in { visitor.late } else { 0 };
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            keep(&mut stored, &mut budget);
            now += 1;
        }
        prop_assert_eq!(x.refused, 0);
        prop_assert!(left.iter().all(|left| *left == 0), "{:?} left", left);
        prop_assert_eq!(budget.status(now).waiting, 0);
    }

    /// Whatever X answers and whoever does not say so: it never bills more than the operator
    /// allows, and no more is counted than was set aside.
    #[test]
    fn x_never_bills_more_than_is_allowed(
        steps in proptest::collection::vec(step(), 1..300),
        posts in 100..3_000u64,
        mills in prop::option::of(100..9_000u64),
    ) {
        let allowed = Rules {
            month_posts: posts,
            month_mills: mills,
            ..rules(100_000, 100_000)
        };
        let mut budget = Budget::new(allowed.clone());
        let mut stored = BTreeMap::new();
        let mut bill = Bill::default();
        let mut now = NOW;
        for (ticket, step) in (0..).zip(steps) {
            now += step.hours * 60 * 60;
            let who = person(step.who);
            if step.restarts {
                budget = Budget::new(allowed.clone());
                prop_assert!(restore(&mut budget, &stored));
            }
            if step.signs_in {
                if budget.ask_at(Endpoint::Me, ticket, now) == Decision::Go {
                    keep(&mut stored, &mut budget);
                    if step.gives.is_some() {
                        bill.user(step.who, now - step.behind);
                    }
                    let outcome = match step.gives {
                        Some(_) => Outcome::User { person: Some(who) },
                        None => Outcome::Failed,
                    };
                    if step.ends != Ends::Untold {
                        budget.tell_of(Endpoint::Me, ticket, outcome, Said::default(), now);
                    }
                }
            } else {
                let page = Page::at(Some(&step.place.to_string()), None, step.size);
                if budget.ask(who.wants_page(1, page), now) == Decision::Go {
                    keep(&mut stored, &mut budget);
                    if let Some(share) = step.gives {
                        let given = step.size * share / 100;
                        bill.posts(step.who, step.place, given, now - step.behind);
                        let outcome = if step.ends == Ends::Read { gave(given) } else { Outcome::Unreadable };
                        if step.ends != Ends::Untold {
                            budget.tell(who, page, outcome, Said::default(), now);
                        }
                    } else if step.ends != Ends::Untold {
                        budget.tell(who, page, Outcome::Failed, Said::default(), now);
                    }
                }
            }
            keep(&mut stored, &mut budget);
            prop_assert!(bill.posts <= budget.month.posts());
            prop_assert!(bill.users <= budget.month.users());
            prop_assert!(budget.month.posts() <= posts);
            let counted = budget.month.posts() * 5 + budget.month.users() * 10;
            prop_assert!(mills.is_none_or(|most| counted <= most));
        }
    }
}

/// A request, and what comes of it.
#[derive(Clone, Debug)]
struct Step {
    who: u8,
    /// After the one before.
    hours: i64,
    signs_in: bool,
    /// Where the page is, in posts from the newest, and how many are asked for.
    place: u32,
    size: u32,
    /// X gives such a percentage of it.
    gives: Option<u32>,
    /// How that ends.
    ends: Ends,
    /// The edge is started again before it.
    restarts: bool,
    /// Seconds by which X's clock is behind ours.
    behind: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Read,
    /// What X gave cannot be read.
    Unreadable,
    /// Nobody tells the budget.
    Untold,
}

fn step() -> impl Strategy<Value = Step> {
    let sizes = prop_oneof![Just(100), Just(5), 5..101u32];
    let share = prop_oneof![Just(100), 0..101u32];
    let page = (0..9u32, sizes, prop::option::weighted(0.8, share));
    // Hours are whole ones, so that some steps are at midnight.
    let times = (0..4u8, 0..2i64, prop::bool::weighted(0.3), 0..31i64);
    let ends = prop_oneof![
        6 => Just(Ends::Read),
        2 => Just(Ends::Unreadable),
        2 => Just(Ends::Untold),
    ];
    let ends = (ends, prop::bool::weighted(0.05));
    (times, page, ends).prop_map(|(times, page, ends)| Step {
        who: times.0,
        hours: times.1,
        signs_in: times.2,
        place: page.0 * 50,
        size: page.1,
        gives: page.2,
        ends: ends.0,
        restarts: ends.1,
        behind: times.3,
    })
}

/// What X bills: each post and each person once a day.
#[derive(Default)]
struct Bill {
    posts: u64,
    users: u64,
    read: BTreeSet<(i64, u8, u32)>,
    known: BTreeSet<(i64, u8)>,
}

impl Bill {
    fn posts(&mut self, who: u8, place: u32, count: u32, now: i64) {
        for post in place..place + count {
            self.posts += u64::from(self.read.insert((now.div_euclid(DAY), who, post)));
        }
    }

    fn user(&mut self, who: u8, now: i64) {
        self.users += u64::from(self.known.insert((now.div_euclid(DAY), who)));
    }
}
