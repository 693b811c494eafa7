//! Answers of X, and what the budget makes of them.
//!
//! An input is written as HTTP is: a line with what was asked and the status, headers, an
//! empty line, the body.

#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use lemon_edge::{
    budget::{Budget, Decision, Outcome, Page, Person, Rules, Said, Wanted},
    config::Config,
    error::Error,
    x::{Answer, account, import::Position, posts, refusal},
};
use lemon_wire::Me;
use libfuzzer_sys::fuzz_target;

const NOW: i64 = 1_800_000_000;

fuzz_target!(|data: &[u8]| {
    let Some((asked, answer)) = read(data) else {
        return;
    };
    match asked {
        "token" => {
            if let Ok(token) = account::token(&answer, NOW) {
                assert!(!token.access_token.is_empty());
            }
        }
        "me" => {
            if let Ok(me) = account::person(&answer, NOW) {
                assert!(!me.id.is_empty() && !me.handle.is_empty());
            }
        }
        "posts" => page(&answer),
        _ => {
            let _ = refusal::check(&answer, NOW);
        }
    }
});

/// A page is read, counted, and the budget goes on from there.
fn page(answer: &Answer) {
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let config = Config::read(|name| match name {
        "PERSON_POSTS" | "DEFAULT_POSTS" => None,
        "SESSION_KEY" => Some(key.to_owned()),
        _ => Some("https://api.x.test".to_owned()),
    })
    .expect("all is set");
    let me = Me {
        id: "1".to_owned(),
        handle: "lemon".to_owned(),
        name: "Lemon".to_owned(),
        avatar: None,
        protected: false,
        posts: None,
    };
    let begin = |query: &str| Position::of(query, &config, &me, NOW).expect("it is ours");
    let position = begin("");
    let page = posts::page(answer, "1", NOW).and_then(|given| {
        let count = given.ids.len();
        assert!(given.page.posts.len() + given.page.left_out as usize <= count);
        let again = given.clone();
        let step = position.close(given, &config, [1; 12], NOW)?;
        assert_eq!(step.new as usize, count);
        // Given once more, it counts no more, and is not asked for without end.
        if let Some(next) = &step.page.next {
            let next = begin(&format!("cursor={next}"));
            let unknown = again.ids.iter().filter(|id| id.is_none()).count();
            let step = next.close(again, &config, [1; 12], NOW)?;
            assert_eq!(step.new as usize, unknown);
        }
        Ok(step)
    });
    if let Err(
        error @ (Error::Waiting { retry_at, .. }
        | Error::Closed {
            retry_at: Some(retry_at),
            ..
        }),
    ) = page
    {
        assert!(retry_at > NOW, "{error:?}");
    }
    let person = Person::of("1", &config.session_key);
    let rules = Rules::read(|_| None).expect("all has a default");
    let mut budget = Budget::new(rules.clone());
    let wanted = |pages, cursor| Wanted {
        person,
        pages,
        page: Page::at(cursor, None, 100),
        ends: NOW + 7_200,
        session: None,
    };
    let first = wanted(3, None);
    assert_eq!(budget.ask(first, NOW), Decision::Go);
    let outcome = Outcome::of(&page);
    budget.tell(person, first.page, outcome, Said::by(&answer.headers), NOW);
    let next = budget.ask(wanted(2, Some("x1")), NOW + 1);
    if let Decision::Wait { until, .. }
    | Decision::Closed {
        until: Some(until), ..
    } = next
    {
        assert!(until > NOW + 1, "{next:?}");
    }
    if let Outcome::Refused { .. } | Outcome::Closed { .. } = outcome {
        assert_ne!(next, Decision::Go, "X had refused");
    }
    // Started again, it knows the same.
    let mut again = Budget::new(rules);
    let rows: Vec<_> = budget.changes();
    assert!(
        again.restore(
            rows.iter()
                .filter_map(|(key, value)| Some((&key[..], value.as_deref()?))),
        )
    );
    assert_eq!(again.status(NOW + 2), budget.status(NOW + 2));
}

fn read(data: &[u8]) -> Option<(&str, Answer)> {
    let end = data.windows(2).position(|pair| pair == b"\n\n")?;
    let head = std::str::from_utf8(&data[..end]).ok()?;
    let mut lines = head.lines();
    let (asked, status) = lines.next()?.split_once(' ')?;
    let headers = lines.filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(value).ok()?))
    });
    let answer = Answer {
        status: status.parse().ok()?,
        headers: headers.collect::<HeaderMap>(),
        body: data[end + 2..].to_vec(),
    };
    Some((asked, answer))
}
