//! Signing in: each step, and each check that refuses.

use axum::{Json, Router, response::IntoResponse, routing::get};
use lemon_tests::bluesky::{CLOCK_TOLERANCE, REQUEST_SECONDS, TOKEN_SECONDS};

use super::*;

#[tokio::test]
async fn signing_in_says_who_one_is() {
    let bench = start().await;
    let key = Key::new(1);
    let url = bench.at("/oauth/par");
    let proof = key.proof(&url, None, NOW, &Odd::default());
    let challenge = challenge(VERIFIER);
    let fields = [
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "atproto"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let first = bench.send(&url, &fields, Some(&proof)).await;
    assert_eq!(
        header(&first, "access-control-expose-headers"),
        Some("DPoP-Nonce")
    );
    assert!(header(&first, "dpop-nonce").is_some());
    assert_eq!(header(&first, "cache-control"), Some("no-store"));
    assert_eq!(error(first).await, (400, "use_dpop_nonce".into()));

    let pushed = bench
        .push(&key, &[("login_hint", Some("Lemon-Demo.test"))])
        .await;
    assert_eq!(pushed.status(), StatusCode::CREATED);
    assert!(header(&pushed, "dpop-nonce").is_some());
    let pushed = body(pushed).await;
    assert_eq!(pushed["expires_in"], REQUEST_SECONDS);
    let request_uri = pushed["request_uri"].as_str().unwrap();
    assert!(request_uri.starts_with("urn:ietf:params:oauth:request_uri:req-"));

    let page = bench.navigate(&bench.page(request_uri, &[]), &[]).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(header(&page, "referrer-policy"), Some("same-origin"));
    assert_eq!(
        header(&page, "cross-origin-opener-policy"),
        Some("same-origin")
    );
    assert_eq!(header(&page, "access-control-allow-origin"), None);
    let cookies = cookies(&page);
    assert!(
        cookies.contains("dev-id=dev-") && cookies.contains("; ses-id=ses-"),
        "{cookies}"
    );
    let html = page.text().await.unwrap();
    for part in [
        "Stand-in for Bluesky",
        r#"id="as-lemon_demo""#,
        r#"id="cancel""#,
        r#"value="lemon-demo.test""#,
    ] {
        assert!(html.contains(part), "{part}");
    }
    let known = [("cookie", Some(cookies.as_str()))];
    let consent = bench
        .navigate(&bench.page(request_uri, &[("as", DEMO_HANDLE)]), &known)
        .await;
    assert_eq!(header(&consent, "set-cookie"), None, "the browser is known");
    let html = consent.text().await.unwrap();
    for part in [
        r#"id="allow""#,
        "@lemon-demo.test",
        r#"<span id="scope">atproto</span>"#,
    ] {
        assert!(html.contains(part), "{part}");
    }

    let request_uri = bench.request_uri(&key, &[]).await;
    let back = bench
        .choose(&request_uri, &[("as", "lemon-demo.test")])
        .await;
    assert_eq!(back["state"], STATE);
    assert_eq!(back["iss"], bench.sky.entryway());
    let response = bench.exchange(&key, &back["code"], &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
    let token = body(response).await;
    assert_eq!(token["token_type"], "DPoP");
    assert_eq!(token["scope"], "atproto");
    assert_eq!(token["expires_in"], TOKEN_SECONDS);
    assert_eq!(token["sub"], bench.did(DEMO_HANDLE));
    assert_eq!(bench.sky.tokens(), [bench.did(DEMO_HANDLE)]);

    let revoke = bench.at("/oauth/revoke");
    let form = [
        ("client_id", CLIENT_ID),
        ("token", token["access_token"].as_str().unwrap()),
    ];
    let stranger = bench.post(&Key::new(2), &revoke, &form).await;
    assert_eq!(stranger.status(), StatusCode::OK);
    assert_eq!(bench.sky.tokens().len(), 1, "another key revokes nothing");
    for _ in 0..2 {
        let revoked = bench.post(&key, &revoke, &form).await;
        assert_eq!(revoked.status(), StatusCode::OK);
        assert_eq!(body(revoked).await, json!({}));
        assert_eq!(bench.sky.tokens(), [""; 0]);
    }
    let nothing = bench.post(&key, &revoke, &[("client_id", CLIENT_ID)]).await;
    assert_eq!(error(nothing).await, (400, "invalid_request".into()));
}

#[tokio::test]
async fn each_check_of_a_proof_refuses() {
    let bench = start().await;
    let key = Key::new(1);
    let url = bench.at("/oauth/token");
    // What is wrong with the form comes behind what is wrong with the proof.
    let fields = [
        ("client_id", CLIENT_ID),
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("redirect_uri", REDIRECT),
    ];
    let proof = key.proof(&url, None, NOW, &Odd::default());
    let asked = bench.send(&url, &fields, Some(&proof)).await;
    let nonce = header(&asked, "dpop-nonce").unwrap().to_owned();
    let send = async |odd: Odd| {
        let proof = key.proof(&url, Some(&nonce), NOW, &odd);
        bench.send(&url, &fields, Some(&proof)).await
    };
    let good = error(send(Odd::default()).await).await;
    assert_eq!(good, (400, "invalid_grant".into()), "the proof is right");

    let mut private = key.jwk();
    private["d"] = json!("AQ");
    let mut other_curve = key.jwk();
    other_curve["crv"] = json!("P-384");
    let header_of = |header: Value| Odd {
        header,
        ..Odd::default()
    };
    let claims_of = |claims: Value| Odd {
        claims,
        ..Odd::default()
    };
    for odd in [
        Odd {
            forged: true,
            ..Odd::default()
        },
        header_of(json!({ "alg": "none" })),
        header_of(json!({ "typ": "JWT" })),
        header_of(json!({ "jwk": null })),
        header_of(json!({ "jwk": private })),
        header_of(json!({ "jwk": other_curve })),
        header_of(json!({ "jwk": Key::new(2).jwk() })),
        claims_of(json!({ "jti": null })),
        claims_of(json!({ "jti": "" })),
        claims_of(json!({ "htm": "GET" })),
        claims_of(json!({ "htm": null })),
        claims_of(json!({ "htu": bench.at("/oauth/par") })),
        claims_of(json!({ "htu": format!("{}/oauth/token", bench.sky.pds()) })),
        claims_of(json!({ "htu": null })),
        claims_of(json!({ "iat": null })),
        claims_of(json!({ "iat": NOW + CLOCK_TOLERANCE + 1 })),
        claims_of(json!({ "iat": NOW - CLOCK_TOLERANCE - 11 })),
        claims_of(json!({ "ath": "x" })),
    ] {
        let (header, claims) = (odd.header.to_string(), odd.claims.to_string());
        let response = send(odd).await;
        let challenge = self::header(&response, "www-authenticate")
            .unwrap_or_default()
            .to_owned();
        assert!(
            challenge.starts_with(r#"DPoP algs="RS256"#),
            "{header} {claims}"
        );
        assert!(
            challenge.contains(r#"error="invalid_dpop_proof""#),
            "{challenge}"
        );
        let exposed = response.headers().get_all("access-control-expose-headers");
        let exposed: Vec<&str> = exposed
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        assert_eq!(exposed, ["DPoP-Nonce", "WWW-Authenticate"]);
        assert_eq!(
            error(response).await,
            (401, "invalid_dpop_proof".into()),
            "{header} {claims}"
        );
    }
}

#[tokio::test]
async fn a_proof_is_good_once_and_about_now() {
    let bench = start().await;
    let key = Key::new(1);
    let url = bench.at("/oauth/token");
    // What is wrong with the form comes behind what is wrong with the proof.
    let fields = [
        ("client_id", CLIENT_ID),
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("redirect_uri", REDIRECT),
    ];
    let proof = key.proof(&url, None, NOW, &Odd::default());
    let asked = bench.send(&url, &fields, Some(&proof)).await;
    let nonce = header(&asked, "dpop-nonce").unwrap().to_owned();
    let send = async |odd: Odd| {
        let proof = key.proof(&url, Some(&nonce), NOW, &odd);
        bench.send(&url, &fields, Some(&proof)).await
    };
    let claims_of = |claims: Value| Odd {
        claims,
        ..Odd::default()
    };
    for claims in [
        json!({ "htu": format!("{url}?x=1") }),
        json!({ "iat": NOW + CLOCK_TOLERANCE }),
        json!({ "iat": NOW - CLOCK_TOLERANCE - 10 }),
    ] {
        let said = error(send(claims_of(claims.clone())).await).await;
        assert_eq!(said, (400, "invalid_grant".into()), "{claims}");
    }
    for nonce in [json!("other"), Value::Null] {
        let said = error(send(claims_of(json!({ "nonce": nonce }))).await).await;
        assert_eq!(said, (400, "use_dpop_nonce".into()));
    }
    let twice = key.proof(&url, Some(&nonce), NOW, &Odd::default());
    let ask = async |proof| error(bench.send(&url, &fields, proof).await).await;
    assert_eq!(
        ask(Some(twice.as_str())).await,
        (400, "invalid_grant".into())
    );
    assert_eq!(
        ask(Some(twice.as_str())).await,
        (401, "invalid_dpop_proof".into())
    );
    assert_eq!(
        ask(Some("nothing")).await,
        (401, "invalid_dpop_proof".into())
    );
    assert_eq!(
        ask(None).await,
        (401, "invalid_dpop_proof".into()),
        "there must be one"
    );

    bench.sky.clock().advance(180);
    let late = key.proof(&url, Some(&nonce), NOW + 180, &Odd::default());
    assert_eq!(
        ask(Some(late.as_str())).await,
        (400, "use_dpop_nonce".into())
    );
}

#[tokio::test]
async fn each_check_of_a_pushed_request_refuses() {
    let bench = start().await;
    let key = Key::new(1);
    for (field, value, expected) in [
        ("client_id", None, "invalid_client"),
        (
            "client_id",
            Some("http://localhost:8787/x"),
            "invalid_client_metadata",
        ),
        (
            "client_id",
            Some("https://lemon.example.com/x.json"),
            "invalid_client_metadata",
        ),
        (
            "client_id",
            Some("https://lemon.test/x.json"),
            "invalid_client_id",
        ),
        (
            "redirect_uri",
            Some("http://127.0.0.1:8788/import/bluesky"),
            "invalid_request",
        ),
        (
            "redirect_uri",
            Some("https://elsewhere.example.com/"),
            "invalid_request",
        ),
        ("response_type", None, "invalid_request"),
        ("response_type", Some("token"), "unsupported_response_type"),
        ("response_mode", Some("nothing"), "invalid_request"),
        ("scope", None, "invalid_scope"),
        ("scope", Some("atproto transition:generic"), "invalid_scope"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("login_hint", Some("nobody"), "invalid_request"),
        ("prompt", Some("none"), "invalid_request"),
        ("nonce", Some("x"), "invalid_request"),
        ("dpop_jkt", Some("x"), "invalid_token"),
    ] {
        let response = bench.push(&key, &[(field, value)]).await;
        assert_eq!(error(response).await.1, expected, "{field} {value:?}");
    }
    assert_eq!(
        bench.push(&key, &[("redirect_uri", None)]).await.status(),
        StatusCode::CREATED
    );
    assert_eq!(
        bench
            .push(&key, &[("response_mode", Some("query"))])
            .await
            .status(),
        StatusCode::CREATED
    );

    let url = bench.at("/oauth/par");
    let text = bench.client.post(&url).body("x").send().await.unwrap();
    assert_eq!(error(text).await, (415, "invalid_request".into()));
    let get = bench.get(&url).await;
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn each_check_of_the_page_refuses() {
    let bench = start().await;
    let key = Key::new(1);

    // Whoever does not navigate there is shown why.
    let request_uri = bench.request_uri(&key, &[]).await;
    for changes in [
        [("sec-fetch-mode", Some("cors"))],
        [("sec-fetch-mode", None)],
        [("sec-fetch-dest", Some("iframe"))],
        [("sec-fetch-site", Some("x"))],
        [("origin", Some("http://127.0.0.1:8787"))],
    ] {
        let page = bench
            .navigate(&bench.page(&request_uri, &[]), &changes)
            .await;
        assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{changes:?}");
        assert!(page.text().await.unwrap().contains(r#"id="reason""#));
    }
    for page in [
        bench.page("urn:ietf:params:oauth:request_uri:req-0", &[]),
        bench.page("x", &[]),
        bench.page_of("http://localhost:1", "/oauth/authorize", &request_uri, &[]),
        bench.at("/oauth/authorize"),
    ] {
        let page = bench.navigate(&page, &[]).await;
        assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    }

    // The way back begins at the page, in the browser that opened it.
    let page = bench.page(&request_uri, &[]);
    let cookies = cookies(&bench.navigate(&page, &[]).await);
    let back = bench.page_of(
        CLIENT_ID,
        "/oauth/authorize/redirect",
        &request_uri,
        &[("as", DEMO_HANDLE)],
    );
    let from_page = [
        ("sec-fetch-site", Some("same-origin")),
        ("referer", Some(page.as_str())),
        ("cookie", Some(cookies.as_str())),
    ];
    for (name, value) in [
        ("sec-fetch-site", Some("cross-site")),
        ("referer", None),
        ("referer", Some(REDIRECT)),
    ] {
        let mut changed = from_page.to_vec();
        changed.retain(|(header, _)| *header != name);
        changed.push((name, value));
        let refused = bench.navigate(&back, &changed).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{name}");
    }
    let unknown = bench
        .navigate(
            &bench.page(&request_uri, &[("as", "<i>nobody")]),
            &from_page[2..],
        )
        .await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let html = unknown.text().await.unwrap();
    assert!(html.contains("&lt;i&gt;nobody") && !html.contains("<i>"));
    let stranger = bench
        .navigate(
            &bench.page(&request_uri, &[("as", "posts_80")]),
            &from_page[2..],
        )
        .await;
    assert_eq!(
        stranger.status(),
        StatusCode::NOT_FOUND,
        "another server signs them in"
    );
    assert!(fragment(&bench.navigate(&back, &from_page).await).contains_key("code"));
    let again = fragment(&bench.navigate(&back, &from_page).await);
    assert_eq!(
        again["error_description"],
        "This request was already authorized"
    );
    let gone = bench.navigate(&page, &[]).await;
    assert_eq!(gone.status(), StatusCode::BAD_REQUEST, "and now it is gone");
}

#[tokio::test]
async fn what_comes_of_a_page_is_told_to_the_client() {
    let bench = start().await;
    let key = Key::new(1);
    let other = bench.request_uri(&key, &[]).await;
    bench.navigate(&bench.page(&other, &[]), &[]).await;
    let other = fragment(&bench.navigate(&bench.page(&other, &[]), &[]).await);
    assert_eq!(
        other["error_description"],
        "This request was initiated from another device"
    );
    let foreign = bench.request_uri(&key, &[]).await;
    let foreign = bench
        .navigate(
            &bench.page_of("http://localhost", "/oauth/authorize", &foreign, &[]),
            &[],
        )
        .await;
    assert_eq!(
        fragment(&foreign)["error_description"],
        "This request was initiated for another client"
    );

    let denied = bench.request_uri(&key, &[]).await;
    let denied = bench
        .choose(&denied, &[("as", DEMO_HANDLE), ("cancel", "1")])
        .await;
    assert_eq!(denied["error"], "access_denied");
    assert_eq!(
        (denied["state"].as_str(), denied["iss"].as_str()),
        (STATE, bench.sky.entryway())
    );
    assert!(!denied.contains_key("code"));

    let late = bench.request_uri(&key, &[]).await;
    bench.sky.clock().advance(REQUEST_SECONDS);
    assert_eq!(
        bench.navigate(&bench.page(&late, &[]), &[]).await.status(),
        StatusCode::OK
    );
    let late = bench.request_uri(&key, &[]).await;
    bench.sky.clock().advance(REQUEST_SECONDS + 1);
    let late = fragment(&bench.navigate(&bench.page(&late, &[]), &[]).await);
    assert_eq!(late["error"], "access_denied");
    assert_eq!(late["error_description"], "This request has expired");
}

#[tokio::test]
async fn the_answer_comes_as_it_was_asked_for() {
    let bench = start().await;
    let request_uri = bench
        .request_uri(&Key::new(1), &[("response_mode", None), ("state", None)])
        .await;
    let response = bench.consent(&request_uri, &[("as", DEMO_HANDLE)]).await;
    let location = header(&response, "location").unwrap();
    let query = location
        .strip_prefix(REDIRECT)
        .unwrap()
        .strip_prefix('?')
        .unwrap();
    assert!(
        query.contains("code=cod-") && !query.contains("state="),
        "{query}"
    );
}

#[tokio::test]
async fn each_check_of_a_code_refuses_and_uses_it_up() {
    let bench = start().await;
    let key = Key::new(1);
    let number = |index: usize| format!("another-verifier-of-more-than-forty-three-{index}");
    for (index, (field, value)) in [
        ("redirect_uri", Some("http://127.0.0.1:8787/")),
        ("code_verifier", Some(VERIFIER)),
        ("code_verifier", None),
        ("client_id", Some("http://localhost")),
    ]
    .into_iter()
    .enumerate()
    {
        let verifier = number(index);
        let challenge = challenge(&verifier);
        let code = bench
            .code(&key, DEMO_HANDLE, &[("code_challenge", Some(&challenge))])
            .await;
        let right = ("code_verifier", Some(verifier.as_str()));
        let mut changes = vec![right];
        changes.push((field, value));
        let response = bench.exchange(&key, &code, &changes).await;
        assert_eq!(
            error(response).await,
            (400, "invalid_grant".into()),
            "{field}"
        );
        let again = bench.exchange(&key, &code, &[right]).await;
        assert_eq!(
            error(again).await,
            (400, "invalid_grant".into()),
            "the code is spent"
        );
    }
    for (field, value) in [
        ("grant_type", Some("client_credentials")),
        ("grant_type", Some("refresh_token")),
        ("grant_type", None),
        ("code", None),
        ("redirect_uri", None),
        ("client_id", None),
        ("code_verifier", Some("short")),
    ] {
        let response = bench.exchange(&key, "cod-0", &[(field, value)]).await;
        assert_eq!(
            error(response).await,
            (400, "invalid_grant".into()),
            "{field}"
        );
    }

    let stolen = bench.code(&key, DEMO_HANDLE, &[]).await;
    let thief = bench.exchange(&Key::new(2), &stolen, &[]).await;
    assert_eq!(
        error(thief).await,
        (400, "invalid_grant".into()),
        "another key"
    );

    let code = bench.code(&key, DEMO_HANDLE, &[]).await;
    assert_eq!(
        bench.exchange(&key, &code, &[]).await.status(),
        StatusCode::OK
    );
    assert_eq!(bench.sky.tokens().len(), 1);
    let twice = bench.exchange(&key, &code, &[]).await;
    assert_eq!(error(twice).await, (400, "invalid_grant".into()));
    assert_eq!(
        bench.sky.tokens(),
        [""; 0],
        "a code that comes twice ends its token"
    );

    let same = bench.code(&key, DEMO_HANDLE, &[]).await;
    let same = bench.exchange(&key, &same, &[]).await;
    assert_eq!(
        error(same).await,
        (400, "invalid_grant".into()),
        "a challenge is used once"
    );

    let verifier = number(9);
    let challenge = challenge(&verifier);
    let late = bench
        .code(&key, DEMO_HANDLE, &[("code_challenge", Some(&challenge))])
        .await;
    bench.sky.clock().advance(REQUEST_SECONDS + 1);
    let late = bench
        .exchange(&key, &late, &[("code_verifier", Some(&verifier))])
        .await;
    assert_eq!(error(late).await, (400, "invalid_grant".into()), "too late");
}

#[tokio::test]
async fn a_clients_document_is_fetched_from_its_host() {
    const ID: &str = "https://lemon.example.com/oauth-client-metadata.json";
    const BACK: &str = "https://lemon.example.com/back";
    // The one that the edge serves.
    let document = lemon_edge::client::document("https://lemon.example.com");
    let document = serde_json::to_value(document).unwrap();
    let text = document.to_string();
    let host = Router::new()
        .route(
            "/oauth-client-metadata.json",
            get(async move || Json(document)),
        )
        .route("/text.json", get(async move || text))
        .route(
            "/moved.json",
            get(async || {
                (
                    StatusCode::FOUND,
                    [(header::LOCATION, "/oauth-client-metadata.json")],
                )
                    .into_response()
            }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, host).await });
    let bench = start_with(|config| {
        config
            .hosts
            .insert("https://lemon.example.com".into(), address);
    })
    .await;

    let key = Key::new(1);
    let ours = [("client_id", Some(ID)), ("redirect_uri", Some(BACK))];
    let request_uri = bench.request_uri(&key, &ours).await;
    let url = bench.page_of(ID, "/oauth/authorize", &request_uri, &[("as", DEMO_HANDLE)]);
    let page = bench.navigate(&url, &[]).await;
    let cookies = cookies(&page);
    let html = page.text().await.unwrap();
    assert!(
        html.contains(r#"<b id="client">lemon.example.com</b>"#),
        "its bare host is shown"
    );
    let from_page = [
        ("sec-fetch-site", Some("same-origin")),
        ("referer", Some(url.as_str())),
        ("cookie", Some(cookies.as_str())),
    ];
    let back = bench.page_of(
        ID,
        "/oauth/authorize/redirect",
        &request_uri,
        &[("as", DEMO_HANDLE)],
    );
    let back = bench.navigate(&back, &from_page).await;
    let location = header(&back, "location").unwrap();
    let code = location.split("code=").nth(1).unwrap();
    let token = body(bench.exchange(&key, code, &ours).await).await;
    assert_eq!(token["sub"], bench.did(DEMO_HANDLE));
    assert_eq!(token.get("refresh_token"), None, "it asked for none");

    for path in ["text.json", "moved.json", "missing.json"] {
        let id = format!("https://lemon.example.com/{path}");
        let changed = [
            ("client_id", Some(id.as_str())),
            ("redirect_uri", Some(BACK)),
        ];
        let response = bench.push(&key, &changed).await;
        assert_eq!(
            error(response).await,
            (400, "invalid_client_metadata".into()),
            "{path}"
        );
    }
    let other = [
        ours[0],
        ("redirect_uri", Some("https://lemon.example.com/")),
    ];
    assert_eq!(
        error(bench.push(&key, &other).await).await,
        (400, "invalid_request".into())
    );
}

#[tokio::test]
async fn another_server_signs_its_own_people_in() {
    let bench = start().await;
    let key = Key::new(1);
    let url = |path: &str| format!("{}{path}", bench.sky.elsewhere());
    let challenge = challenge(VERIFIER);
    let fields = [
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("response_mode", "fragment"),
        ("scope", "atproto"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let pushed = body(bench.post(&key, &url("/oauth/par"), &fields).await).await;
    let request_uri = pushed["request_uri"].as_str().unwrap();
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", CLIENT_ID), ("request_uri", request_uri)])
        .finish();
    let page = url(&format!("/oauth/authorize?{query}"));
    let cookies = cookies(&bench.navigate(&page, &[]).await);
    let from_page = [
        ("sec-fetch-site", Some("same-origin")),
        ("referer", Some(page.as_str())),
        ("cookie", Some(cookies.as_str())),
    ];
    let back = url(&format!("/oauth/authorize/redirect?{query}&as=posts_80"));
    let back = fragment(&bench.navigate(&back, &from_page).await);
    assert_eq!(back["iss"], bench.sky.elsewhere());
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &back["code"]),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_id", CLIENT_ID),
    ];
    let token = body(bench.post(&key, &url("/oauth/token"), &fields).await).await;
    assert_eq!(token["sub"], bench.did("posts_80"));
    assert!(
        token["refresh_token"].is_string(),
        "a client under development gets one"
    );
}
