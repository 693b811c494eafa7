//! What an operator relies on: that it cleans up behind itself, leads to HTTPS, and that what
//! holds would be missed.

use std::{env, fs};

use lemon_edge::{
    bot::PREFIX,
    purge::{PAGE, POSITION},
};
use lemon_tests::{
    stage::{PURGE, Serve, Setting, Stage, StoredBot},
    standin::{self, Fault, Kind, Limits, Quota, Route},
};
use lemon_wire::{Cause, DELETE_HASH_HEADER, EXPIRY_HEADER, Limit, PostsPage};
use serde_json::{Value, json};

use super::*;

async fn start(setting: Setting) -> Stage {
    Stage::start_with(Setting {
        serve: Serve::Api,
        ..setting
    })
    .await
    .unwrap()
}

/// An object of the bucket that expires so many seconds from now.
fn stored(key: String, seconds: i64) -> StoredBot {
    let delete_hash = BASE64.encode(Sha256::digest(TOKEN));
    StoredBot::new(key, now() + seconds, delete_hash)
}

/// Bots that expire so many seconds from now, in the order of their keys.
fn many(count: u32, seconds: i64) -> Vec<StoredBot> {
    let key = |number| format!("{PREFIX}A{}", BASE64.encode(format!("{number:015}")));
    (0..count)
        .map(|number| stored(key(number), seconds))
        .collect()
}

/// What may be uploaded.
fn bot() -> Vec<u8> {
    sealed(b"bot")
}

/// What was said of each run of the purge so far: what it did, or why it failed.
fn runs(stage: &Stage) -> Vec<Value> {
    let lines = stage.output();
    let lines = lines
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let has = |line: &Value, name| line.get(name).is_some();
    lines
        .filter(|line| has(line, "listed") || has(line, "detail") && !has(line, "route"))
        .collect()
}

/// Lets the purge run once; what it says of it.
async fn run(stage: &Stage, visitor: &mut Visitor<'_>) -> Value {
    let before = runs(stage).len();
    assert_eq!(visitor.get(PURGE).await.status, 200);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(line) = runs(stage).get(before) {
            return line.clone();
        }
        assert!(Instant::now() < deadline, "{:?}", stage.output());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What a run says that came to its end.
fn told(listed: u32, purged: u32, unfinished: bool) -> Value {
    json!({ "listed": listed, "purged": purged, "unreadable": 0, "unfinished": unfinished })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_expired_is_not_given_and_then_purged() {
    let mut bots = many(3, -2 * DAY);
    let key = |byte| format!("{PREFIX}{}", id(byte));
    bots.push(stored(key(250), DAY));
    bots.push(stored(key(251), -2 * DAY));
    bots.push(stored(key(252), -2 * DAY));
    bots.push(StoredBot {
        metadata: BTreeMap::new(),
        ..stored(key(253), -2 * DAY)
    });
    let left = bots.len() - 1;
    let stage = start(Setting {
        bots,
        ..Setting::default()
    })
    .await;
    let mut visitor = Visitor::new(&stage);
    let path = |byte| format!("/api/bots/{}", id(byte));

    assert_eq!(visitor.get(&path(250)).await.body, b"sealed");
    assert_eq!(
        visitor.get(&path(251)).await.failed(),
        (410, Cause::Expired)
    );
    assert_eq!(
        visitor.get(&path(253)).await.failed(),
        (500, Cause::Internal)
    );
    let deleted = visitor.delete(&id(252), &BASE64.encode(TOKEN)).await;
    assert_eq!(deleted.status, 204, "its owner may delete what has expired");

    let told = json!({
        "listed": left, "purged": left - 2, "unreadable": 1, "unfinished": false,
    });
    assert_eq!(run(&stage, &mut visitor).await, told);
    assert_eq!(visitor.get(&path(250)).await.body, b"sealed");
    assert_eq!(
        visitor.get(&path(251)).await.failed(),
        (404, Cause::NotFound)
    );
    assert_eq!(
        visitor.get(&path(253)).await.failed(),
        (500, Cause::Internal),
        "left alone"
    );
    let status = visitor.status(|status| status.bots == Some(2)).await;
    assert_eq!(status.bots, Some(2));
}

/// Also over a restart, and where the place in the bucket is none of ours.
#[tokio::test(flavor = "multi_thread")]
async fn a_purge_keeps_its_place_after_every_page_and_counts_at_the_end() {
    let mut bots = many(2 * PAGE + 7, DAY);
    for number in [0, PAGE, 2 * PAGE] {
        let number = usize::try_from(number).unwrap();
        bots[number] = stored(bots[number].key.clone(), -2 * DAY);
    }
    bots.push(StoredBot {
        body: format!("{PREFIX}{}", id(1)),
        ..stored(POSITION.to_owned(), DAY)
    });
    let stage = start(Setting {
        bots,
        ..Setting::default()
    })
    .await;
    let mut visitor = Visitor::new(&stage);
    for (listed, unfinished) in [(PAGE, true), (PAGE, true), (7, false)] {
        let expected = told(listed, 1, unfinished);
        assert_eq!(run(&stage, &mut visitor).await, expected);
        stage.restart().await.unwrap();
    }
    let count = 2 * PAGE + 7 - 3;
    let status = visitor.status(|status| status.bots == Some(count)).await;
    assert_eq!(status.bots, Some(count));
    let again = run(&stage, &mut visitor).await;
    assert_eq!(again, told(PAGE, 0, true), "another round");
}

/// A bucket that answers with an empty page before each page, and fails as it is told to.
const ODD_BUCKET: &str = r#"
    import Edge, { BudgetObject } from "EDGE";
    export { BudgetObject };
    let fails = null;
    const odd = (bucket) => new Proxy(bucket, {
        get(bucket, name) {
            if (name === fails) {
                return async () => { fails = null; throw new Error("the bucket fails"); };
            }
            if (name === "list") {
                return async (options) => {
                    const [real, start] = options.cursor?.split(" ") ?? [];
                    if (real === "real") {
                        const { cursor, ...rest } = options;
                        return bucket.list(start ? { ...rest, startAfter: start } : rest);
                    }
                    return {
                        objects: [], delimitedPrefixes: [], truncated: true,
                        cursor: `real ${options.startAfter ?? ""}`,
                    };
                };
            }
            const value = bucket[name];
            return typeof value === "function" && name !== "constructor" ? value.bind(bucket) : value;
        },
    });
    const edge = (env, context) => new Edge(context, { ...env, BOTS: odd(env.BOTS) });
    export default {
        fetch(request, env, context) {
            const { pathname } = new URL(request.url);
            if (pathname.startsWith("/fails/")) {
                fails = pathname.slice("/fails/".length);
                return new Response();
            }
            return edge(env, context).fetch(request);
        },
        scheduled(event, env, context) {
            return edge(env, context).scheduled(event);
        },
    };
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_page_ends_no_round_and_a_run_that_fails_is_done_once_more() {
    let mut bots = many(PAGE + 2, DAY);
    let last = bots.len() - 1;
    for number in [0, last] {
        bots[number] = stored(bots[number].key.clone(), -2 * DAY);
    }
    let stage = start(Setting {
        bots,
        between: Some(ODD_BUCKET),
        ..Setting::default()
    })
    .await;
    let mut visitor = Visitor::new(&stage);
    let empty = told(0, 0, true);
    let failed = json!({ "cause": "internal", "detail": "the bucket failed" });
    assert_eq!(run(&stage, &mut visitor).await, empty);
    // What the bucket said of its place does not hold: the round goes on all the same.
    visitor.get("/fails/list").await;
    assert_eq!(run(&stage, &mut visitor).await, failed);
    assert_eq!(run(&stage, &mut visitor).await, empty);
    // It ends before it has removed anything, and then before it has written its place.
    for what in ["delete", "put"] {
        visitor.get(&format!("/fails/{what}")).await;
        assert_eq!(run(&stage, &mut visitor).await, failed, "{what}");
    }
    assert_eq!(run(&stage, &mut visitor).await, told(PAGE, 0, true));
    assert_eq!(run(&stage, &mut visitor).await, empty);
    assert_eq!(run(&stage, &mut visitor).await, told(1, 1, false));
    let status = visitor.status(|status| status.bots == Some(PAGE)).await;
    assert_eq!(status.bots, Some(PAGE));
}

/// Shows what the budget has written down, and goes by another clock.
const SHOWN: &str = r#"
    import Edge, { BudgetObject as Budget } from "EDGE";
    const RealDate = Date;
    let ahead = 0;
    globalThis.Date = class extends RealDate {
        constructor(...from) {
            super(...(from.length === 0 ? [RealDate.now() + ahead] : from));
        }
        static now() {
            return RealDate.now() + ahead;
        }
    };
    export class BudgetObject {
        constructor(state, env) {
            this.sql = state.storage.sql;
            this.budget = new Budget(state, env);
        }
        fetch(request) {
            if (new URL(request.url).pathname !== "/rows") return this.budget.fetch(request);
            return Response.json([...this.sql.exec("SELECT key, value FROM budget")]);
        }
    }
    export default {
        fetch(request, env, context) {
            const { pathname } = new URL(request.url);
            if (pathname === "/rows") return env.BUDGET.getByName("budget").fetch(request.url);
            if (pathname.startsWith("/ahead/")) {
                ahead = 1000 * Number(pathname.slice("/ahead/".length));
                return new Response();
            }
            const answer = new Edge(context, env).fetch(request);
            if (!request.headers.has("leaves")) return answer;
            // As if its reader had left: what nobody has asked the runtime to wait for ends.
            return Promise.race([answer, scheduler.wait(500).then(() => new Response("left"))]);
        },
        scheduled(event, env, context) {
            return new Edge(context, env).scheduled(event);
        },
    };
"#;

/// Nobody comes any more; the schedule has it forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn no_counter_of_anybody_lives_for_more_than_a_day() {
    let stage = start(Setting {
        between: Some(SHOWN),
        vars: vec![("APP_QUARTER", "1".to_owned())],
        ..Setting::default()
    })
    .await;
    let plain = async |path: &str| {
        let body = Visitor::new(&stage).get(path).await.body;
        String::from_utf8(body).unwrap()
    };
    // Twelve numbers in a row stand for somebody.
    let held = async || {
        let rows = plain("/rows").await;
        let lists = rows.split('[').filter_map(|rest| rest.split_once(']'));
        let lists = lists.map(|(list, _)| list.split(',').map(str::parse::<u8>));
        lists
            .filter(|list| list.clone().count() == 12 && list.clone().all(|byte| byte.is_ok()))
            .count()
    };
    let [mut one, mut two] = [(); 2].map(|()| Visitor::new(&stage));
    assert_eq!(one.sign_in("posts_90").await, "/");
    assert_eq!(two.sign_in("posts_80").await, "/");
    stage.x().fault(Fault::once(Kind::Gateway, Route::Posts));
    let failed = one.get("/api/posts").await.failed();
    assert_eq!(failed, (502, Cause::SourceFailed));
    assert_eq!(two.get("/api/posts").await.failed(), (429, Cause::Waiting));
    assert_eq!(one.store(&id(1), bot(), "90").await.status, 201);
    // Somebody's windows, and that X failed for them; a turn; an upload.
    assert!(held().await >= 4, "{}", plain("/rows").await);
    run(&stage, &mut one).await;
    assert!(held().await >= 4, "{}", plain("/rows").await);
    plain(&format!("/ahead/{}", DAY + 60)).await;
    run(&stage, &mut one).await;
    assert_eq!(held().await, 0, "{}", plain("/rows").await);
}

/// A domain of one's own; here it is a name that leads to this machine.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_in_the_open_is_led_to_https() {
    let stage = Stage::start().await.unwrap();
    let mut visitor = Visitor::new(&stage);
    let dist = env::var("LEMON_DIST").unwrap();
    let files = fs::read_dir(dist)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap());
    let pages = files.filter_map(|name| Some(name.strip_suffix(".html")?.replace("index", "")));
    let mut paths: Vec<_> = pages.map(|page| format!("/{page}")).collect();
    assert!(paths.len() > 5, "{paths:?}");
    paths.push("/?from=a%20b".to_owned());
    for path in &paths {
        assert_eq!(visitor.get(path).await.status, 200, "{path}");
    }
    paths.extend(["/api/me", "/api/auth/login", "/no"].map(str::to_owned));
    for path in &paths {
        let host = [("host", "lemon.test")];
        let led = visitor.send(Method::GET, path, &host, Vec::new()).await;
        assert_eq!(led.status, 308, "{path}");
        assert_eq!(led.header("location"), format!("https://lemon.test{path}"));
        assert!(visitor.cookies.is_empty());
    }

    // The page is as it is served, also if the browser has it.
    let page = visitor.get("/").await;
    let tag = [("if-none-match", page.header("etag"))];
    assert!(tag[0].1.len() > 2);
    let kept = visitor.send(Method::GET, "/", &tag, Vec::new()).await;
    assert_eq!((kept.status, kept.body.len()), (304, 0));
    let policy = kept.header("content-security-policy");
    assert!(policy.is_empty() || policy == page.header("content-security-policy"));
    let head = visitor.send(Method::HEAD, "/", &[], Vec::new()).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

/// How often X was asked at a route.
fn asked(stage: &Stage, route: Route) -> usize {
    let requests = stage.x().requests();
    requests
        .iter()
        .filter(|request| request.route == route)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_page_cannot_have_posts_read() {
    let stage = start(Setting::default()).await;
    let mut visitor = Visitor::new(&stage);
    assert_eq!(visitor.sign_in("posts_90").await, "/");
    for site in ["cross-site", "same-site"] {
        let from = [("sec-fetch-site", site)];
        let refused = visitor
            .send(Method::GET, "/api/posts", &from, Vec::new())
            .await;
        assert_eq!(refused.failed(), (403, Cause::WrongOrigin), "{site}");
    }
    assert_eq!(asked(&stage, Route::Posts), 0);
    let from = [("sec-fetch-site", "same-origin")];
    let page = visitor
        .send(Method::GET, "/api/posts", &from, Vec::new())
        .await;
    assert_eq!(page.status, 200);
}

/// Asks for `path`, and is gone before it is answered.
async fn leave_during(visitor: &Visitor<'_>, path: &str) {
    let cookies = visitor.cookies.iter();
    let cookies: Vec<_> = cookies
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let request = visitor
        .client
        .get(format!("{}{path}", visitor.stage.origin()))
        .header("cookie", cookies.join("; "))
        .header("leaves", "yes");
    let answer = request.send().await.unwrap().text().await.unwrap();
    assert_eq!(answer, "left");
}

/// Waits until the budget, as [`SHOWN`] shows it, has this written down.
async fn is_written(visitor: &mut Visitor<'_>, what: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let rows = visitor.get("/rows").await.body;
        let rows = String::from_utf8(rows).unwrap().replace('\\', "");
        if rows.contains(what) {
            return;
        }
        assert!(Instant::now() < deadline, "the budget was not told: {rows}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What X said to somebody who was no longer there is known to the budget.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_seen_through_when_its_reader_leaves() {
    let stage = start(Setting {
        standin: standin::Config {
            limits: Limits {
                posts: Quota {
                    user: Some(1),
                    app: Some(10_000),
                },
                ..Limits::default()
            },
            ..standin::Config::default()
        },
        between: Some(SHOWN),
        ..Setting::default()
    })
    .await;
    let mut visitor = Visitor::new(&stage);
    assert_eq!(visitor.sign_in("posts_300").await, "/");
    let slow = Kind::Slow { millis: 1_500 };
    stage.x().fault(Fault::once(slow, Route::Posts));
    leave_during(&visitor, "/api/posts").await;
    is_written(&mut visitor, r#""limit":1,"source":"X""#).await;
    let told = visitor.get("/api/posts").await.problem();
    assert_eq!(
        (told.cause, told.limit),
        (Cause::Waiting, Some(Limit::UserQuarter))
    );
    assert_eq!(
        asked(&stage, Route::Posts),
        1,
        "X had said that it is used up"
    );
}

/// What X said of whom it let in is counted, so that it is not paid for twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_seen_through_when_its_browser_leaves() {
    let stage = start(Setting {
        between: Some(SHOWN),
        vars: vec![("MONTHLY_DOLLARS", "1".to_owned())],
        ..Setting::default()
    })
    .await;
    let mut visitor = Visitor::new(&stage);
    let page = visitor.leave_for_x().await;
    let back = visitor.at_x(&page, "as=posts_90").await;
    stage
        .x()
        .fault(Fault::once(Kind::Slow { millis: 1_500 }, Route::Token));
    leave_during(&visitor, &back).await;
    is_written(&mut visitor, r#""known":true"#).await;
    assert_eq!(
        [Route::Token, Route::Me].map(|route| asked(&stage, route)),
        [1, 1]
    );
    // The code is used up, and nothing stands in the way of the next.
    assert_eq!(visitor.sign_in("posts_90").await, "/");
}

/// Whose turn is on another day comes back after their session is over, and is served before
/// who came in between.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_told_to_come_on_another_day_is_served_then() {
    let stage = start(Setting {
        standin: standin::Config {
            short_page_every: None,
            ..standin::Config::default()
        },
        between: Some(SHOWN),
        vars: vec![("APP_DAY", "1".to_owned())],
        ..Setting::default()
    })
    .await;
    let set = async |ahead: i64| {
        let set = Visitor::new(&stage).get(&format!("/ahead/{ahead}")).await;
        assert_eq!(set.status, 200);
    };
    // Six in the morning, so that the next day is farther away than X's token lives.
    let morning = now() - now().rem_euclid(DAY) + DAY + DAY / 4;
    set(morning - now()).await;
    let [mut one, mut two, mut three] = [(); 3].map(|()| Visitor::new(&stage));
    assert_eq!(one.sign_in("posts_90").await, "/");
    assert_eq!(two.sign_in("posts_80").await, "/");
    assert_eq!(one.get("/api/posts").await.status, 200);
    let told = two.get("/api/posts").await.problem();
    assert_eq!((told.limit, told.sign_in), (Some(Limit::AppDay), true));
    let at = told.retry_at.unwrap();
    assert!((morning + DAY / 2..morning + DAY).contains(&at), "{told:?}");

    set(at - now()).await;
    assert_eq!(three.sign_in("posts_70").await, "/");
    let later = three.get("/api/posts").await.problem();
    assert_eq!(later.limit, Some(Limit::AppDay), "the turn is held");
    assert!(later.retry_at.unwrap() > at + DAY / 2, "{later:?}");
    let over = two.get("/api/posts").await.failed();
    assert_eq!(over, (401, Cause::SignedOut));
    assert_eq!(two.sign_in("posts_80").await, "/");
    let page: PostsPage = two.get("/api/posts").await.json();
    assert_eq!(page.posts.len(), 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_leaves_the_line() {
    let stage = start(Setting {
        standin: standin::Config {
            short_page_every: None,
            ..standin::Config::default()
        },
        vars: vec![("APP_QUARTER", "3".to_owned())],
        ..Setting::default()
    })
    .await;
    let [mut one, mut two, mut three] = [(); 3].map(|()| Visitor::new(&stage));
    for (person, handle) in [
        (&mut one, "posts_300"),
        (&mut two, "posts_90"),
        (&mut three, "posts_80"),
    ] {
        assert_eq!(person.sign_in(handle).await, "/");
    }
    // The first holds the whole window.
    assert_eq!(one.get("/api/posts").await.status, 200);
    let told = two.get("/api/posts").await.problem();
    assert_eq!(
        (told.cause, told.limit),
        (Cause::Waiting, Some(Limit::AppQuarter))
    );
    let left = one
        .change(Method::POST, "/api/auth/logout", &[], Vec::new())
        .await;
    assert_eq!(left.status, 204);
    let page: PostsPage = three.get("/api/posts").await.json();
    assert_eq!(page.posts.len(), 80);
}

/// Somebody who is signed in has their own limit, from wherever they come.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_uploads_no_more_from_many_addresses() {
    let stage = start(Setting {
        vars: vec![("BOTS_DAY", "2".to_owned())],
        ..Setting::default()
    })
    .await;
    let hash = BASE64.encode(Sha256::digest(TOKEN));
    let store = async |visitor: &mut Visitor<'_>, byte: u8, address: &str| {
        let headers = [
            (EXPIRY_HEADER, "1"),
            (DELETE_HASH_HEADER, hash.as_str()),
            ("cf-connecting-ip", address),
        ];
        let path = format!("/api/bots/{}", id(byte));
        let answer = visitor.change(Method::PUT, &path, &headers, bot()).await;
        answer.status
    };
    let [mut one, mut two] = [(); 2].map(|()| Visitor::new(&stage));
    assert_eq!(one.sign_in("posts_90").await, "/");
    assert_eq!(two.sign_in("posts_80").await, "/");
    assert_eq!(store(&mut one, 1, "192.0.2.1").await, 201);
    assert_eq!(store(&mut one, 2, "198.51.100.2").await, 201);
    assert_eq!(store(&mut one, 3, "203.0.113.3").await, 429);
    assert_eq!(store(&mut two, 4, "203.0.113.3").await, 201);
}

/// Says what comes of what is put into the bucket.
const TOLD_OF_PUTS: &str = r#"
    import Edge, { BudgetObject } from "EDGE";
    export { BudgetObject };
    const watched = (bucket, context) => new Proxy(bucket, {
        get(bucket, name) {
            const value = bucket[name];
            if (typeof value !== "function" || name === "constructor") return value;
            if (name !== "put") return value.bind(bucket);
            return (...given) => {
                console.log(JSON.stringify({ put: "begun" }));
                const put = bucket.put(...given);
                const said = (end) => console.log(JSON.stringify({ put: end }));
                context.waitUntil(put.then(() => said("stored"), () => said("failed")));
                return put;
            };
        },
    });
    export default {
        fetch(request, env, context) {
            return new Edge(context, { ...env, BOTS: watched(env.BOTS, context) }).fetch(request);
        },
    };
"#;

/// Announces a bot of so many bytes, and sends none.
fn begin_upload(stage: &Stage, id: &str, bytes: usize) -> TcpStream {
    let head = format!(
        "PUT /api/bots/{id} HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\n\
         {EXPIRY_HEADER}: 30\r\n{DELETE_HASH_HEADER}: {hash}\r\ncontent-length: {bytes}\r\n\r\n",
        host = stage.origin().trim_start_matches("http://"),
        origin = stage.origin(),
        hash = BASE64.encode(Sha256::digest(TOKEN)),
    );
    let address = stage.origin().replace("http://localhost", "127.0.0.1");
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(head.as_bytes()).unwrap();
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let stage = start(Setting {
        between: Some(TOLD_OF_PUTS),
        ..Setting::default()
    })
    .await;
    let mut visitor = Visitor::new(&stage);
    let path = format!("/api/bots/{}", id(1));
    let mut broken = begin_upload(&stage, &id(1), 100_000);
    broken.write_all(&sealed(&vec![1; 50_000])).unwrap();
    assert!(stage.logged("put", &json!("begun")).await.is_some());
    drop(broken);
    assert!(stage.logged("put", &json!("failed")).await.is_some());
    assert_eq!(visitor.get(&path).await.failed(), (404, Cause::NotFound));
    assert_eq!(visitor.store(&id(1), bot(), "30").await.status, 201);
}

/// Ten times as fast as the runtime waits otherwise.
const IMPATIENT: &str = r#"
    import Edge, { BudgetObject } from "EDGE";
    export { BudgetObject };
    const wait = setTimeout;
    globalThis.setTimeout = (run, ms, ...given) => wait(run, ms / 10, ...given);
    export default {
        fetch(request, env, context) {
            return new Edge(context, env).fetch(request);
        },
    };
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_which_nothing_comes_keeps_no_room() {
    let stage = start(Setting {
        between: Some(IMPATIENT),
        vars: vec![("BOTS_DAY", "1".to_owned())],
        ..Setting::default()
    })
    .await;
    let mut visitor = Visitor::new(&stage);
    let silent = begin_upload(&stage, &id(1), 100_000);
    // What stands before the Worker here hands no answer on while it waits for the rest.
    let detail = json!("nothing of the bot came");
    assert!(stage.logged("detail", &detail).await.is_some());
    assert_eq!(visitor.store(&id(2), bot(), "30").await.status, 201);
    drop(silent);
}
