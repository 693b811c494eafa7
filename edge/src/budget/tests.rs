//! The whole, against X as it counts.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    Budget, DAY, Decision, Outcome, QUARTER, Rules, Said,
    fixture::{NOW, page, person, rules, said},
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
    assert_eq!(budget.ask(person(1), 1, NOW), Decision::Go);
    budget.tell(person(1), Outcome::Failed, Said::default(), NOW);
    let waits = budget.ask(person(2), 1, NOW);
    assert!(matches!(waits, Decision::Wait { .. }));
    assert_eq!(budget.upload(person(3), NOW), None);
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
