//! What somebody who wants harm or money would try: X's bill, the bucket, and the one object
//! that all wait for.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use lemon_edge::{bot::FORM, pace};
use lemon_tests::{
    stage::{Serve, Setting, Stage},
    standin::{self, Fault, Kind, Route},
};
use lemon_wire::{
    Cause, DELETE_HASH_HEADER, EXPIRY_HEADER, Limit, PostsPage, Problem, State, Status,
};
use serde_json::json;

use super::*;

/// An edge whose X gives whole pages, with these variables, and with this between the runtime
/// and the Worker.
async fn start(vars: &[(&'static str, &str)], between: Option<&'static str>) -> Stage {
    let vars = vars
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    Stage::start_with(Setting {
        standin: standin::Config {
            short_page_every: None,
            ..standin::Config::default()
        },
        serve: Serve::Api,
        vars: vars.collect(),
        between,
        ..Setting::default()
    })
    .await
    .unwrap()
}

async fn signed_in<'a>(stage: &'a Stage, handle: &str) -> Visitor<'a> {
    let mut visitor = Visitor::new(stage);
    assert_eq!(visitor.sign_in(handle).await, "/");
    visitor
}

fn asked(stage: &Stage, route: Route) -> usize {
    let requests = stage.x().requests();
    requests.iter().filter(|r| r.route == route).count()
}

/// How many posts somebody is given, or why none.
async fn read(visitor: &mut Visitor<'_>, query: &str) -> Result<usize, Problem> {
    let answer = visitor.get(&format!("/api/posts{query}")).await;
    if answer.status == 200 {
        Ok(answer.json::<PostsPage>().posts.len())
    } else {
        Err(answer.problem())
    }
}

fn is_over(told: &Result<usize, Problem>) -> bool {
    let problem = told.as_ref().err();
    problem.is_some_and(|problem| {
        (problem.cause, problem.limit) == (Cause::Closed, Some(Limit::Month))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_that_is_shown_again_and_again_asks_x_once() {
    let stage = start(&[], None).await;
    let mut visitor = signed_in(&stage, "posts_90").await;
    let kept = visitor.cookies.clone();
    let tries = usize::try_from(pace::MOST).unwrap() + 10;
    let mut last = String::new();
    for number in 0..tries {
        visitor.cookies.clone_from(&kept);
        let left = visitor.change(Method::POST, "/api/auth/logout", &[], Vec::new());
        let left = left.await;
        assert_eq!(left.status, 204, "{number}");
        last = left.header("x-lemon-request-id").to_owned();
        assert!(visitor.cookies.is_empty(), "who signs out is signed out");
        if number == 3 {
            stage.restart().await.unwrap();
        }
    }
    assert_eq!(asked(&stage, Route::Revoke), 1);
    // Nor does it reach the one object any more.
    let line = stage.logged("id", &json!(last)).await.unwrap();
    assert_eq!(line["cause"], json!(Cause::TooMany), "{line}");
    assert_eq!(line.get("budget"), None, "{line}");
    // A later session of the same person is another one.
    let mut again = signed_in(&stage, "posts_80").await;
    let left = again.change(Method::POST, "/api/auth/logout", &[], Vec::new());
    assert_eq!(left.await.status, 204);
    assert_eq!(asked(&stage, Route::Revoke), 2);
}

/// Whether X ends its token or not.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_reads_and_uploads_no_more() {
    let stage = start(&[], None).await;
    for (number, fault) in [(1, None), (2, Some(Kind::Server { status: 503 }))] {
        if let Some(kind) = fault {
            stage.x().fault(Fault::once(kind, Route::Revoke));
        }
        let handle = format!("posts_{}", 90 + number);
        let mut visitor = signed_in(&stage, &handle).await;
        let kept = visitor.cookies.clone();
        let left = visitor.change(Method::POST, "/api/auth/logout", &[], Vec::new());
        assert_eq!(left.await.status, 204);
        let before = asked(&stage, Route::Posts);
        visitor.cookies.clone_from(&kept);
        let told = read(&mut visitor, "").await.unwrap_err();
        assert_eq!((told.status, told.cause), (401, Cause::SignedOut));
        assert_eq!(asked(&stage, Route::Posts), before);
        visitor.cookies.clone_from(&kept);
        let stored = visitor.store(&id(number), sealed(b"bot"), "1").await;
        assert_eq!(stored.failed(), (401, Cause::SignedOut));
        // Who signs in anew is somebody with another session.
        let mut again = signed_in(&stage, &handle).await;
        assert!(read(&mut again, "").await.is_ok());
        let stored = again.store(&id(number), sealed(b"bot"), "1").await;
        assert_eq!(stored.status, 201);
    }
}

/// Each try may be billed, and whose it was nobody knows.
#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_that_x_does_not_answer_do_not_close_the_month() {
    let stage = start(&[("MONTHLY_DOLLARS", "1")], None).await;
    stage.x().fault(Fault::always(Kind::CutOff, Route::Me));
    let mut visitor = Visitor::new(&stage);
    let mut told = Vec::new();
    // A dollar is a hundred of them.
    for _ in 0..120 {
        told.push(visitor.sign_in("posts_200").await);
    }
    let waits = told.iter().filter(|to| *to == "/?signin=waiting").count();
    assert!(waits >= 100, "{told:?}");
    assert!(asked(&stage, Route::Me) <= 120 - waits);
    stage.x().clear_faults();
    let until = Instant::now() + Duration::from_mins(2);
    while visitor.sign_in("posts_200").await != "/" {
        assert!(Instant::now() < until, "nobody is let in any more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_that_signs_in_all_day_costs_one_sign_in() {
    let stage = start(&[("MONTHLY_DOLLARS", "1")], None).await;
    let mut visitor = Visitor::new(&stage);
    for _ in 0..60 {
        assert_eq!(visitor.sign_in("posts_200").await, "/");
    }
    // A dollar is a sign-in and 198 posts.
    assert_eq!(read(&mut visitor, "").await.unwrap(), 100);
    let status: Status = visitor.status(|status| status.state == State::Closed).await;
    assert_eq!(status.limit, Some(Limit::Month));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_do_not_pass_what_the_month_allows() {
    let stage = start(&[("MONTHLY_POSTS", "300")], None).await;
    let mut people = Vec::new();
    for number in 0..8 {
        people.push(signed_in(&stage, &format!("posts_{}", 200 + number)).await);
    }
    let slow = Kind::Slow { millis: 500 };
    stage.x().fault(Fault::always(slow, Route::Posts));
    let told = join_all(people.iter_mut().map(|person| read(person, ""))).await;
    let over = told.iter().filter(|told| is_over(told)).count();
    assert_eq!((asked(&stage, Route::Posts), over), (3, 5), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_off_is_paid_for_and_asked_for_again_at_no_cost() {
    let stage = start(&[("MONTHLY_POSTS", "200")], None).await;
    let mut people = Vec::new();
    for number in 0..3 {
        people.push(signed_in(&stage, &format!("posts_{}", 200 + number)).await);
    }
    stage.x().fault(Fault::once(Kind::CutOff, Route::Posts));
    assert_eq!(
        read(&mut people[0], "").await.unwrap_err().cause,
        Cause::SourceFailed
    );
    assert_eq!(read(&mut people[1], "").await.unwrap(), 100);
    let third = read(&mut people[2], "").await;
    assert!(is_over(&third), "{third:?}");
    assert_eq!(read(&mut people[0], "").await.unwrap(), 100);
    let third = read(&mut people[2], "").await;
    assert!(is_over(&third), "{third:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_tells_of_is_paid_for() {
    const UNTOLD: &str = r#"
        import worker, { BudgetObject as Budget } from "EDGE";
        export default worker;
        export class BudgetObject {
            constructor(state, env) {
                this.budget = new Budget(state, env);
            }
            async fetch(request) {
                const message = await request.text();
                if (message.startsWith('{"Tell')) throw new Error("untold");
                return this.budget.fetch(new Request(request.url, { method: "POST", body: message }));
            }
        }
    "#;
    let stage = start(&[("MONTHLY_POSTS", "200")], Some(UNTOLD)).await;
    for number in 0..2 {
        let mut person = signed_in(&stage, &format!("posts_{}", 200 + number)).await;
        assert_eq!(read(&mut person, "").await.unwrap(), 100);
    }
    // Whoever comes now does not even sign in.
    let mut third = Visitor::new(&stage);
    let status = third.status(|status| status.state == State::Closed).await;
    assert_eq!(status.limit, Some(Limit::Month));
    let login = third.get("/api/auth/login").await;
    assert_eq!(login.header("location"), "/?signin=closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_larger_page_at_the_same_place_is_another_one() {
    let stage = start(&[("MONTHLY_POSTS", "200")], None).await;
    let mut one = signed_in(&stage, "posts_200").await;
    let mut two = signed_in(&stage, "posts_201").await;
    assert_eq!(read(&mut one, "?newest=5").await.unwrap(), 5);
    assert_eq!(read(&mut one, "?newest=100").await.unwrap(), 100);
    let second = read(&mut two, "").await;
    assert!(is_over(&second), "{second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_cannot_be_read_is_closed_and_the_log_says_so() {
    const DAMAGED: &str = r#"
        import worker, { BudgetObject as Budget } from "EDGE";
        export default worker;
        export class BudgetObject {
            constructor(state, env) {
                try {
                    state.storage.sql.exec(`UPDATE budget SET value = '{"posts' WHERE key = '"Month"'`);
                } catch {}
                this.budget = new Budget(state, env);
            }
            fetch(request) {
                return this.budget.fetch(request);
            }
        }
    "#;
    let stage = start(&[], Some(DAMAGED)).await;
    let mut visitor = signed_in(&stage, "posts_200").await;
    assert_eq!(read(&mut visitor, "").await.unwrap(), 100);
    stage.restart().await.unwrap();
    let told = read(&mut visitor, "").await;
    assert!(is_over(&told), "{told:?}");
    let detail = json!("the month that is stored cannot be read; closed until the next");
    assert!(stage.logged("detail", &detail).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_to_nothing_is_given_back() {
    // Eight come to nothing.
    let stage = start(&[("BOTS_DAY", "9")], None).await;
    let mut visitor = Visitor::new(&stage);
    let mut store = async |number, body| visitor.store(&id(number), body, "1").await;
    assert_eq!(store(1, sealed(b"bot")).await.status, 201);
    for _ in 0..2 {
        let taken = store(1, sealed(b"other")).await;
        assert_eq!(taken.failed(), (409, Cause::Taken));
    }
    let mut other_version = sealed(b"bot");
    other_version[FORM.len() - 1] += 1;
    for wrong in [vec![0; 1_000], other_version, FORM.to_vec(), vec![b'L'; 1]] {
        let refused = store(2, wrong).await;
        assert_eq!(refused.failed(), (400, Cause::BadRequest));
    }

    let head = format!(
        "PUT /api/bots/{id} HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\n{EXPIRY_HEADER}: 30\r\n\
         {DELETE_HASH_HEADER}: {hash}\r\ncontent-length: 100000\r\n\r\n",
        id = id(2),
        host = stage.origin().trim_start_matches("http://"),
        origin = stage.origin(),
        hash = BASE64.encode(Sha256::digest(TOKEN)),
    );
    let address = stage.origin().replace("http://localhost", "127.0.0.1");
    for _ in 0..2 {
        let mut broken = TcpStream::connect(&address).unwrap();
        let half = [head.as_bytes(), &sealed(b"half a bot")].concat();
        broken.write_all(&half).unwrap();
        drop(broken);
    }
    // It takes a moment until it is given back.
    let deadline = Instant::now() + Duration::from_secs(10);
    let stored = loop {
        let answer = visitor.store(&id(3), sealed(b"bot"), "1").await;
        if answer.status == 201 || Instant::now() > deadline {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(stored.status, 201);
    assert_eq!(
        visitor.get(&format!("/api/bots/{}", id(2))).await.status,
        404
    );
    for number in 4..11 {
        let stored = visitor.store(&id(number), sealed(b"bot"), "1").await;
        assert_eq!(stored.status, 201);
    }
    let one_more = visitor.store(&id(11), sealed(b"bot"), "1").await;
    assert_eq!(one_more.failed(), (429, Cause::TooMany));
    let status = visitor.status(|status| status.bots == Some(9)).await;
    assert_eq!(status.bots, Some(9));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_in_does_not_pay_for_others_behind_the_same_address() {
    let stage = start(&[("BOTS_DAY", "1")], None).await;
    let mut nobody = Visitor::new(&stage);
    let status = |answer: Answer| answer.status;
    assert_eq!(status(nobody.store(&id(1), sealed(b"bot"), "1").await), 201);
    assert_eq!(status(nobody.store(&id(2), sealed(b"bot"), "1").await), 429);
    for number in [3, 4] {
        let mut person = signed_in(&stage, &format!("posts_{}", 40 + number)).await;
        let stored = person.store(&id(number), sealed(b"bot"), "1").await;
        assert_eq!(stored.status, 201);
        let second = person.store(&id(10 + number), sealed(b"bot"), "1").await;
        assert_eq!(second.failed(), (429, Cause::TooMany));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_uploads_may_fill_so_many_megabytes_a_day() {
    let stage = start(&[("MEGABYTES_DAY", "1")], None).await;
    let large = sealed(&vec![7; 600_000]);
    let mut nobody = Visitor::new(&stage);
    let stored = nobody.store(&id(1), large.clone(), "1").await;
    assert_eq!(stored.status, 201);
    let second = nobody.store(&id(2), large.clone(), "1").await;
    assert_eq!(second.failed(), (429, Cause::TooMany));
    let small = nobody.store(&id(2), sealed(b"bot"), "1").await;
    assert_eq!(small.status, 201);
    let mut person = signed_in(&stage, "posts_90").await;
    let stored = person.store(&id(3), large, "1").await;
    assert_eq!(stored.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bucket_holds_what_the_operator_gives() {
    let refused = |answer: &Answer| {
        let problem = answer.problem();
        assert_eq!((problem.status, problem.cause), (503, Cause::TooMany));
        assert_eq!(problem.limit, Some(Limit::Operator));
        assert!(problem.retry_at.is_some_and(|at| at % DAY == 0));
    };
    let stage = start(&[("ALL_BOTS", "2")], None).await;
    let mut visitor = Visitor::new(&stage);
    for number in [1, 2] {
        let stored = visitor.store(&id(number), sealed(b"bot"), "1").await;
        assert_eq!(stored.status, 201);
    }
    refused(&visitor.store(&id(3), sealed(b"bot"), "1").await);
    let deleted = visitor.delete(&id(1), &BASE64.encode(TOKEN)).await;
    assert_eq!(deleted.status, 204);
    let stored = visitor.store(&id(3), sealed(b"bot"), "1").await;
    assert_eq!(stored.status, 201);

    let stage = start(&[("ALL_MEGABYTES_DAY", "1")], None).await;
    let mut visitor = Visitor::new(&stage);
    let large = sealed(&vec![7; 600_000]);
    let stored = visitor.store(&id(1), large.clone(), "1").await;
    assert_eq!(stored.status, 201);
    refused(&visitor.store(&id(2), large.clone(), "1").await);
    let stored = visitor.get(&format!("/api/bots/{}", id(1))).await;
    assert!(
        stored.body == large,
        "what was read first is in front of the rest"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_longer_than_a_session_lives_is_told_to_sign_in_then() {
    let stage = start(&[("APP_DAY", "1")], None).await;
    let mut one = signed_in(&stage, "posts_90").await;
    let mut two = signed_in(&stage, "posts_80").await;
    let window = Kind::Window {
        remaining: 0,
        reset_in: 600,
    };
    stage.x().fault(Fault::once(window, Route::Posts));
    let soon = read(&mut one, "").await.unwrap_err();
    assert!(!soon.sign_in, "{soon:?}");
    let told = read(&mut two, "").await.unwrap_err();
    assert_eq!(told.limit, Some(Limit::AppDay));
    // Two hours, unless the day of UTC ends before.
    let is_longer = told.retry_at.unwrap() - now() > 2 * 60 * 60;
    assert_eq!(told.sign_in, is_longer, "{told:?}");

    let stage = start(&[], None).await;
    let mut person = signed_in(&stage, "posts_90").await;
    let day = Kind::UserDay { reset_in: 50_000 };
    stage.x().fault(Fault::once(day, Route::Posts));
    // Of what X itself says, and of what is remembered of it.
    for _ in 0..2 {
        let told = read(&mut person, "").await.unwrap_err();
        assert_eq!((told.limit, told.sign_in), (Some(Limit::UserDay), true));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_things_stand_is_asked_for_once_at_a_time() {
    const SLOW: &str = r#"
        import worker, { BudgetObject as Budget } from "EDGE";
        export default worker;
        export class BudgetObject {
            constructor(state, env) {
                this.budget = new Budget(state, env);
            }
            async fetch(request) {
                const message = await request.text();
                if (message === '"Status"') {
                    console.log("asked for the status");
                    await scheduler.wait(700);
                }
                return this.budget.fetch(new Request(request.url, { method: "POST", body: message }));
            }
        }
    "#;
    let stage = start(&[], Some(SLOW)).await;
    let many = || async {
        let requests = (0..50).map(|_| {
            let mut visitor = Visitor::new(&stage);
            async move { visitor.get("/api/status").await.status }
        });
        let began = Instant::now();
        let answers = join_all(requests).await;
        assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
        began.elapsed()
    };
    many().await;
    let end = Instant::now() + Duration::from_secs(4);
    while Instant::now() < end {
        many().await;
    }
    let output = stage.output().join("\n");
    let asked = output.matches("asked for the status").count();
    // Once at first, and then once a second.
    assert!((2..=8).contains(&asked), "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_always_asks_is_stopped_before_the_others_are() {
    let stage = start(&[], None).await;
    let mut script = signed_in(&stage, "posts_90").await;
    let mut other = signed_in(&stage, "posts_80").await;
    // A slow machine takes more than a minute for as many as a minute may have; what a person
    // may have in a day is over soon after, and is refused so fast that a minute is enough.
    let most = 10 * pace::MOST;
    let mut came = 0;
    let refused = loop {
        came += 1;
        match read(&mut script, "").await {
            Err(problem) if problem.limit != Some(Limit::UserDay) => break problem,
            _ => assert!(came <= most, "nobody stops it"),
        }
    };
    assert_eq!(refused.cause, Cause::Waiting, "{refused:?}");
    assert_eq!(refused.limit, Some(Limit::AppQuarter));
    let seconds = refused.retry_in.unwrap();
    assert!(seconds <= 60, "{seconds}");
    // What is told is in whole seconds, and the minute may be nearly over.
    let ends = Instant::now() + Duration::from_secs(u64::try_from(seconds.max(1) - 1).unwrap());
    let before = asked(&stage, Route::Posts);
    for _ in 0..10 {
        let is_refused = read(&mut script, "").await.is_err();
        assert!(is_refused || Instant::now() >= ends);
    }
    assert!(asked(&stage, Route::Posts) == before || Instant::now() >= ends);
    assert_eq!(read(&mut other, "").await.unwrap(), 80);
}
