//! What goes wrong on demand.

use lemon_tests::bluesky::{Fault, Kind, OTHER_ISSUER};

use super::*;

#[tokio::test]
async fn faults_of_answers_happen_on_demand() {
    let bench = start().await;
    let url = bench.api("app.bsky.feed.getAuthorFeed?actor=posts-300.test&limit=20");
    let ask = async |kind| {
        bench.sky.fault(Fault::once(kind, Route::Feed));
        bench.get(&url).await
    };
    let server = ask(Kind::Server { status: 503 }).await;
    assert_eq!(header(&server, "access-control-allow-origin"), Some("*"));
    assert_eq!(error(server).await.0, 503);
    let html = ask(Kind::Html { status: 200 }).await;
    assert_eq!(
        header(&html, "content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(ask(Kind::Missing).await.status(), StatusCode::NOT_FOUND);
    let moved = ask(Kind::Redirect).await;
    assert_eq!(
        (moved.status(), header(&moved, "location")),
        (
            StatusCode::FOUND,
            Some("/xrpc/app.bsky.feed.getAuthorFeed?again")
        )
    );
    assert!(ask(Kind::CutOff).await.bytes().await.is_err());
    let limited = ask(Kind::Limited { reset_in: None }).await;
    assert_eq!(
        (
            limited.status().as_u16(),
            header(&limited, "ratelimit-reset")
        ),
        (429, None)
    );
    let told = ask(Kind::Limited { reset_in: Some(60) }).await;
    assert_eq!(
        header(&told, "ratelimit-reset"),
        Some((NOW + 60).to_string().as_str())
    );
    let unreadable = ask(Kind::WithoutCors).await;
    assert_eq!(
        (
            unreadable.status(),
            header(&unreadable, "access-control-allow-origin")
        ),
        (StatusCode::OK, None)
    );
    assert_eq!(
        error(ask(Kind::Takedown).await).await,
        (400, "AccountTakedown".into())
    );
    assert_eq!(
        error(ask(Kind::Deactivated).await).await,
        (400, "AccountDeactivated".into())
    );
    let started = Instant::now();
    assert_eq!(
        ask(Kind::Slow { millis: 80 }).await.status(),
        StatusCode::OK
    );
    assert!(started.elapsed() >= Duration::from_millis(80));

    bench.sky.fault(Fault::once(Kind::Silence, Route::Feed));
    let impatient = Client::builder()
        .timeout(Duration::from_millis(80))
        .build()
        .unwrap();
    assert!(impatient.get(&url).send().await.unwrap_err().is_timeout());
    assert_eq!(
        bench.sky.requests().last().unwrap().status,
        0,
        "it was never answered"
    );
    assert_eq!(bench.get(&url).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn faults_of_pages_lose_nothing_but_what_they_say() {
    let bench = start().await;
    let base = bench.api("app.bsky.feed.getAuthorFeed?actor=posts-300.test&limit=20");
    let uris = |page: &Value| -> Vec<String> {
        let feed = page["feed"].as_array().unwrap();
        feed.iter()
            .map(|item| item["post"]["uri"].as_str().unwrap().to_owned())
            .collect()
    };
    let at = |cursor: &Value| format!("{base}&cursor={}", cursor.as_str().unwrap());
    let right = bench.json(&base).await;
    let behind = bench.json(&at(&right["cursor"])).await;
    let ask = async |kind, url: &str| {
        bench.sky.fault(Fault::once(kind, Route::Feed));
        bench.json(url).await
    };
    let empty = ask(Kind::EmptyPage, &at(&right["cursor"])).await;
    assert_eq!(uris(&empty), [""; 0]);
    assert_ne!(empty["cursor"], right["cursor"], "it goes on");
    assert_eq!(
        uris(&bench.json(&at(&empty["cursor"])).await),
        uris(&behind)
    );
    let short = ask(Kind::ShortPage, &base).await;
    assert_eq!(uris(&short), uris(&right)[..10]);
    assert_eq!(
        uris(&bench.json(&at(&short["cursor"])).await)[..10],
        uris(&right)[10..]
    );
    let end = ask(Kind::Ends, &base).await;
    assert_eq!((uris(&end), end.get("cursor")), (uris(&right), None));
    let same = ask(Kind::SameCursor, &at(&right["cursor"])).await;
    assert_eq!(
        (uris(&same), &same["cursor"]),
        (uris(&behind), &right["cursor"])
    );
    let endless = ask(Kind::Endless, &at(&right["cursor"])).await;
    assert_eq!(uris(&endless), uris(&right));
    let more = ask(Kind::Endless, &at(&endless["cursor"])).await;
    assert_eq!(uris(&more), uris(&right));
    assert_ne!(more["cursor"], endless["cursor"]);

    let base = format!(
        "{}/xrpc/com.atproto.repo.listRecords?repo=posts-300.test&collection=app.bsky.feed.post&limit=20",
        bench.sky.pds()
    );
    let right = bench.json(&base).await;
    for (kind, records) in [
        (Kind::EmptyPage, 0),
        (Kind::ShortPage, 10),
        (Kind::Endless, 20),
    ] {
        bench.sky.fault(Fault::once(kind, Route::Records));
        let page = bench.json(&base).await;
        assert_eq!(page["records"].as_array().unwrap().len(), records);
        let next = bench
            .json(&format!(
                "{base}&cursor={}",
                page["cursor"].as_str().unwrap()
            ))
            .await;
        if kind != Kind::Endless {
            assert_eq!(next["records"][0], right["records"][records]);
        }
    }
}

#[tokio::test]
async fn faults_of_sign_ins_happen_on_demand() {
    let bench = start().await;
    let key = Key::new(1);
    let metadata = bench.at("/.well-known/oauth-authorization-server");
    bench
        .sky
        .fault(Fault::once(Kind::WrongIssuer, Route::Metadata));
    assert_eq!(bench.json(&metadata).await["issuer"], OTHER_ISSUER);
    assert_eq!(bench.json(&metadata).await["issuer"], bench.sky.entryway());
    let resource = format!("{}/.well-known/oauth-protected-resource", bench.sky.pds());
    bench
        .sky
        .fault(Fault::once(Kind::WrongIssuer, Route::Resource));
    assert_eq!(
        bench.json(&resource).await["authorization_servers"],
        json!([OTHER_ISSUER])
    );
    let document = format!("{}/{}", bench.sky.plc(), bench.did(DEMO_HANDLE));
    bench
        .sky
        .fault(Fault::once(Kind::WrongHandle, Route::Document));
    assert_ne!(
        bench.json(&document).await["alsoKnownAs"],
        json!([format!("at://{}", handle(DEMO_HANDLE))])
    );

    for (kind, changed) in [(Kind::WrongIssuer, "iss"), (Kind::WrongState, "state")] {
        let request_uri = bench.request_uri(&key, &[]).await;
        bench.sky.fault(Fault::once(kind, Route::Back));
        let back = bench.choose(&request_uri, &[("as", DEMO_HANDLE)]).await;
        assert_eq!(back[changed], OTHER_ISSUER);
        assert_eq!(
            back.values().filter(|value| *value == OTHER_ISSUER).count(),
            1
        );
    }

    // A nonce that was just given out is worthless, twice.
    bench
        .sky
        .fault(Fault::once(Kind::RenewNonce, Route::Par).after(1).times(2));
    let url = bench.at("/oauth/par");
    let fields = [("client_id", CLIENT_ID), ("response_type", "code")];
    let mut nonce: Option<String> = None;
    for _ in 0..3 {
        let proof = key.proof(&url, nonce.as_deref(), NOW, &Odd::default());
        let response = bench.send(&url, &fields, Some(&proof)).await;
        let fresh = header(&response, "dpop-nonce").unwrap().to_owned();
        assert_ne!(nonce.replace(fresh.clone()), Some(fresh));
        assert_eq!(error(response).await.1, "use_dpop_nonce");
    }
    let proof = key.proof(&url, nonce.as_deref(), NOW, &Odd::default());
    assert_eq!(
        error(bench.send(&url, &fields, Some(&proof)).await).await.1,
        "invalid_request"
    );

    bench
        .sky
        .fault(Fault::once(Kind::WrongSubject, Route::Token).after(1));
    let token = bench.token(&key, DEMO_HANDLE).await;
    let stranger = token["sub"].as_str().unwrap();
    assert_eq!(stranger, bench.did("posts_80"));
    let document = bench.json(&format!("{}/{stranger}", bench.sky.plc())).await;
    let home = document["service"][0]["serviceEndpoint"].as_str().unwrap();
    let resource = bench
        .json(&format!("{home}/.well-known/oauth-protected-resource"))
        .await;
    assert_ne!(
        resource["authorization_servers"][0],
        bench.sky.entryway(),
        "another issuer signs them in"
    );

    let verifier = "yet-another-verifier-of-more-than-forty-three";
    let challenge = challenge(verifier);
    bench
        .sky
        .fault(Fault::once(Kind::WrongScope, Route::Token).after(1));
    let code = bench
        .code(&key, DEMO_HANDLE, &[("code_challenge", Some(&challenge))])
        .await;
    let token = bench
        .exchange(&key, &code, &[("code_verifier", Some(verifier))])
        .await;
    assert_eq!(body(token).await["scope"], "transition:email");
}
