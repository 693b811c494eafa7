//! What is changed of a bot that is stored: its contents, its end, and by the operator.

use lemon_wire::{EXPIRES_HEADER, Reports};

use super::*;

const OPERATOR: &str = "operator-operator-operator-operator";

/// The same request as the page's own, with `If-Match`.
async fn replace(
    visitor: &mut Visitor<'_>,
    of: u8,
    tag: &str,
    token: &str,
    body: Vec<u8>,
) -> Answer {
    // Another one's, which is not to take the place of the owner's.
    let hash = BASE64.encode(Sha256::digest([9; 32]));
    let headers = [
        (EXPIRY_HEADER, "7"),
        (DELETE_HASH_HEADER, hash.as_str()),
        (DELETE_TOKEN_HEADER, token),
        ("if-match", tag),
    ];
    let path = format!("/api/bots/{}", id(of));
    visitor.change(Method::PUT, &path, &headers, body).await
}

async fn extend(visitor: &mut Visitor<'_>, of: u8, days: &str, token: &str) -> Answer {
    let headers = [(EXPIRY_HEADER, days), (DELETE_TOKEN_HEADER, token)];
    let path = format!("/api/bots/{}", id(of));
    visitor
        .change(Method::PATCH, &path, &headers, Vec::new())
        .await
}

/// The bot, its tag, and when it expires.
async fn there(visitor: &mut Visitor<'_>, of: u8) -> (Vec<u8>, String, i64) {
    let read = visitor.get(&format!("/api/bots/{}", id(of))).await;
    assert_eq!(read.status, 200);
    let (tag, expires) = (read.header("etag").to_owned(), read.header(EXPIRES_HEADER));
    let expires = expires.parse().unwrap();
    (read.body, tag, expires)
}

fn in_days(days: i64, at: i64) -> bool {
    (at - now() - days * DAY).abs() <= CLOCKS
}

#[tokio::test(flavor = "multi_thread")]
async fn another_bot_takes_a_bots_place_by_its_token_alone() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    let token = BASE64.encode(TOKEN);
    let other = BASE64.encode([8; 32]);
    let missing = replace(&mut visitor, 1, "\"ab\"", &token, sealed(b"new")).await;
    assert_eq!(missing.failed(), (404, Cause::NotFound));
    assert_eq!(
        visitor.store(&id(1), sealed(b"old"), "30").await.status,
        201
    );
    let (_, tag, expires) = there(&mut visitor, 1).await;
    assert!(in_days(30, expires));

    // Whoever has not the token, or has seen another bot, leaves the old one whole.
    let not_a_bot = vec![0; 100];
    for (tag, token, body, expected) in [
        (&*tag, &other, sealed(b"new"), (403, Cause::WrongToken)),
        (
            &tag,
            &String::new(),
            sealed(b"new"),
            (403, Cause::WrongToken),
        ),
        (
            "\"0123456789abcdef\"",
            &token,
            sealed(b"new"),
            (412, Cause::Changed),
        ),
        ("*", &token, sealed(b"new"), (412, Cause::Changed)),
        (&tag, &token, not_a_bot, (400, Cause::BadRequest)),
    ] {
        let refused = replace(&mut visitor, 1, tag, token, body).await;
        assert_eq!(refused.failed(), expected, "{tag}");
        assert_eq!(
            there(&mut visitor, 1).await,
            (sealed(b"old"), tag_of(&mut visitor).await, expires)
        );
    }

    let large = sealed(&vec![7; 300_000]);
    let replaced = replace(&mut visitor, 1, &tag, &token, large.clone()).await;
    assert_eq!(replaced.status, 201);
    assert_eq!(replaced.json::<Stored>().bytes, large.len());
    let (body, new_tag, expires) = there(&mut visitor, 1).await;
    assert!(body == large && new_tag != tag && in_days(7, expires));
    // What was there is replaced once.
    let late = replace(&mut visitor, 1, &tag, &token, sealed(b"late")).await;
    assert_eq!(late.failed(), (412, Cause::Changed));
    let status = visitor.status(|status| status.bots == Some(1)).await;
    assert_eq!(status.bots, Some(1));
    let taken_over = visitor.delete(&id(1), &BASE64.encode([9; 32])).await;
    assert_eq!(taken_over.failed(), (403, Cause::WrongToken));
    assert_eq!(visitor.delete(&id(1), &token).await.status, 204);
    let status = visitor.status(|status| status.bots == Some(0)).await;
    assert_eq!(status.bots, Some(0));
}

async fn tag_of(visitor: &mut Visitor<'_>) -> String {
    there(visitor, 1).await.1
}

/// Of those who replace it at the same time one does, and nobody reads half of anything.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_replace_a_bot_at_once_one_does() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    let token = BASE64.encode(TOKEN);
    assert_eq!(
        visitor
            .store(&id(1), sealed(&vec![0; 200_000]), "30")
            .await
            .status,
        201
    );
    let tag = tag_of(&mut visitor).await;
    let racers = (1..7_u8).map(|n| {
        let (mut racer, tag, token) = (Visitor::new(&stage), tag.clone(), token.clone());
        async move {
            let body = sealed(&vec![n; 200_000]);
            let status = replace(&mut racer, 1, &tag, &token, body).await.status;
            let (seen, ..) = there(&mut racer, 1).await;
            (n, status, seen)
        }
    });
    let raced = futures_util::future::join_all(racers).await;
    let winners: Vec<_> = raced
        .iter()
        .filter(|(_, status, _)| *status == 201)
        .collect();
    assert_eq!(winners.len(), 1);
    for (_, status, seen) in &raced {
        assert!(matches!(status, 201 | 412), "{status}");
        let whole = [0, winners[0].0].map(|n| sealed(&vec![n; 200_000]));
        assert!(whole.contains(seen), "half of something");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bots_end_is_moved_by_its_token_alone() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    let token = BASE64.encode(TOKEN);
    let missing = extend(&mut visitor, 1, "30", &token).await;
    assert_eq!(missing.failed(), (404, Cause::NotFound));
    let bot = sealed(&vec![7; 300_000]);
    assert_eq!(visitor.store(&id(1), bot.clone(), "1").await.status, 201);
    let (_, tag, _) = there(&mut visitor, 1).await;
    let wrong = extend(&mut visitor, 1, "30", &BASE64.encode([8; 32])).await;
    assert_eq!(wrong.failed(), (403, Cause::WrongToken));
    let odd = extend(&mut visitor, 1, "31", &token).await;
    assert_eq!(odd.failed(), (400, Cause::BadRequest));
    assert!(in_days(1, there(&mut visitor, 1).await.2));
    for days in ["90", "7"] {
        let moved = extend(&mut visitor, 1, days, &token).await;
        assert_eq!(moved.status, 201, "{days}");
        let expires = moved.json::<Stored>().expires;
        let (body, same, at) = there(&mut visitor, 1).await;
        assert!(body == bot && same == tag && at == expires);
        assert!(in_days(days.parse().unwrap(), at), "{days}");
    }
    let status = visitor.status(|status| status.bots == Some(1)).await;
    assert_eq!(status.bots, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_whose_time_is_over_lives_again_until_it_is_purged() {
    /// A day passes in seventeen seconds.
    const SPEED: i64 = 5_000;
    let time = FastTime::start(SPEED);
    let (name, clock) = time.var();
    let stage = api(&[(name, &clock)]).await;
    let mut visitor = Visitor::new(&stage);
    let token = BASE64.encode(TOKEN);
    let stored: Stored = visitor.store(&id(1), sealed(b"bot"), "1").await.json();
    time.sleep_until(stored.expires + 300).await;
    let path = format!("/api/bots/{}", id(1));
    assert_eq!(visitor.get(&path).await.failed(), (410, Cause::Expired));
    let wrong = extend(&mut visitor, 1, "90", &BASE64.encode([8; 32])).await;
    assert_eq!(wrong.failed(), (403, Cause::WrongToken));
    assert_eq!(extend(&mut visitor, 1, "90", &token).await.status, 201);
    assert_eq!(visitor.get(&path).await.body, sealed(b"bot"));
}

fn as_operator(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_is_reported_by_its_id_and_taken_down_by_the_operator() {
    let stage = api(&[("OPERATOR_TOKEN", OPERATOR)]).await;
    let mut visitor = Visitor::new(&stage);
    let token = BASE64.encode(TOKEN);
    let reports = |of: u8| format!("/api/bots/{}/reports", id(of));
    let nobody = visitor
        .change(Method::POST, &reports(1), &[], Vec::new())
        .await;
    assert_eq!(nobody.failed(), (404, Cause::NotFound));
    for of in [1, 2, 3] {
        assert_eq!(
            visitor.store(&id(of), sealed(&[of; 9]), "30").await.status,
            201
        );
        for _ in 0..2 {
            let told = visitor
                .change(Method::POST, &reports(of), &[], Vec::new())
                .await;
            assert_eq!((told.status, told.body.len()), (204, 0));
        }
    }
    let elsewhere = [("origin", "https://elsewhere.example")];
    let foreign = visitor
        .send(Method::POST, &reports(1), &elsewhere, Vec::new())
        .await;
    assert_eq!(foreign.failed(), (403, Cause::WrongOrigin));

    let list = "/api/operator/reports";
    let take_down = |of: u8| format!("/api/operator/bots/{}", id(of));
    for wrong in ["", "operator", "operator-operator-operator-operatoR"] {
        let shown = as_operator(wrong);
        let headers = [("authorization", shown.as_str())];
        for (method, path) in [
            (Method::GET, list.to_owned()),
            (Method::DELETE, format!("{list}/{}", id(1))),
            (Method::DELETE, take_down(1)),
        ] {
            let refused = visitor.send(method, &path, &headers, Vec::new()).await;
            assert_eq!(refused.failed(), (403, Cause::WrongToken), "{path}");
        }
    }
    let shown = as_operator(OPERATOR);
    let headers = [("authorization", shown.as_str())];
    let told: Reports = visitor
        .send(Method::GET, list, &headers, Vec::new())
        .await
        .json();
    let ids: Vec<_> = told
        .reports
        .iter()
        .map(|report| report.id.clone())
        .collect();
    assert_eq!(ids, [id(1), id(2), id(3)]);
    assert!(
        !told.more
            && told
                .reports
                .iter()
                .all(|report| (report.at - now()).abs() <= CLOCKS)
    );

    // One is nothing, one is taken down.
    let dismiss = format!("{list}/{}", id(2));
    let down = take_down(1);
    for path in [&dismiss, &down, &down] {
        let done = visitor
            .send(Method::DELETE, path, &headers, Vec::new())
            .await;
        assert_eq!((done.status, done.body.len()), (204, 0), "{path}");
    }
    // What its owner deletes can come again, and is taken down all the same.
    assert_eq!(visitor.delete(&id(3), &token).await.status, 204);
    let told: Reports = visitor
        .send(Method::GET, list, &headers, Vec::new())
        .await
        .json();
    let ids: Vec<_> = told.reports.into_iter().map(|report| report.id).collect();
    assert_eq!(ids, [id(3)]);
    let down = visitor
        .send(Method::DELETE, &take_down(3), &headers, Vec::new())
        .await;
    assert_eq!(down.status, 204);
    let again = visitor.store(&id(3), sealed(b"again"), "30").await;
    assert_eq!(again.failed(), (409, Cause::Taken));
    let told: Reports = visitor
        .send(Method::GET, list, &headers, Vec::new())
        .await
        .json();
    assert_eq!(told, Reports::default());
    assert_eq!(
        visitor.get(&format!("/api/bots/{}", id(2))).await.status,
        200
    );

    nothing_comes_to_stand_there(&mut visitor).await;

    let output = stage.output().join("\n");
    for (what, secret) in [
        ("an id", id(1)),
        ("the operator's token", OPERATOR.to_owned()),
    ] {
        assert!(!output.contains(&secret), "{what} is in the log");
    }
    assert!(output.contains("/api/operator/bots/{id}"), "{output}");
}

/// Whoever asks, where a bot was taken down.
async fn nothing_comes_to_stand_there(visitor: &mut Visitor<'_>) {
    let token = BASE64.encode(TOKEN);
    let is_down = (410, Cause::TakenDown);
    assert_eq!(
        visitor.get(&format!("/api/bots/{}", id(1))).await.failed(),
        is_down
    );
    assert_eq!(visitor.delete(&id(1), &token).await.failed(), is_down);
    assert_eq!(extend(visitor, 1, "90", &token).await.failed(), is_down);
    let replaced = replace(visitor, 1, "\"ab\"", &token, sealed(b"new")).await;
    assert_eq!(replaced.failed(), is_down);
    let again = visitor.store(&id(1), sealed(b"new"), "30").await;
    assert_eq!(again.failed(), (409, Cause::Taken));
    let told = visitor
        .change(
            Method::POST,
            &format!("/api/bots/{}/reports", id(1)),
            &[],
            Vec::new(),
        )
        .await;
    assert_eq!(told.failed(), is_down);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nobody_is_the_operator() {
    let stage = api(&[]).await;
    let mut visitor = Visitor::new(&stage);
    for shown in ["Bearer ", "", "Bearer x"] {
        let headers = [("authorization", shown)];
        let list = visitor.send(Method::GET, "/api/operator/reports", &headers, Vec::new());
        assert_eq!(list.await.failed(), (403, Cause::WrongToken), "{shown}");
    }
}
