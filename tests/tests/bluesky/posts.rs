//! Posts, as the feed, the records and by their addresses.

use lemon_given::time::Time;
use lemon_model::{corpus::Content, text};
use lemon_tests::{
    bluesky::{BLOCKED_TEXT, FEED_REACH, FOR_MEMBERS, LABELLED, Limit, MAX_LETTERS, MAX_POSTS},
    standin::{self, KNOWN, Standin},
};

use super::*;

/// The posts of somebody as the stand-in for X gives them, read as ours are: what is
/// said, when, and whether it answers anything.
async fn said_at_x(name: &str) -> Vec<(String, i64, bool)> {
    let x = Standin::start(standin::Config::default()).await.unwrap();
    let (client, token) = (Client::new(), x.grant(name).unwrap());
    let id = x.directory().account(name).unwrap().user().id;
    let mut said = Vec::new();
    let mut cursor = String::new();
    loop {
        let url = format!(
            "{}/2/users/{id}/tweets?max_results=100&tweet.fields=created_at,referenced_tweets,note_tweet,display_text_range{cursor}",
            x.url()
        );
        let page = body(client.get(url).bearer_auth(&token).send().await.unwrap()).await;
        for post in page["data"].as_array().into_iter().flatten() {
            let kind = post["referenced_tweets"][0]["type"].as_str();
            if kind == Some("retweeted") {
                continue;
            }
            let whole = post["note_tweet"]["text"]
                .as_str()
                .or(post["text"].as_str());
            let start = post["display_text_range"][0].as_u64();
            let start = start.map(|start| u32::try_from(start).unwrap());
            let words = text::clean(&sources::x::plain(whole.unwrap(), start));
            said.push((
                words,
                seconds(&post["created_at"]),
                kind == Some("replied_to"),
            ));
        }
        match page["meta"]["next_token"].as_str() {
            Some(next) => cursor = format!("&pagination_token={next}"),
            None => return said,
        }
    }
}

/// Unix seconds of a time that X writes.
fn seconds(time: &Value) -> i64 {
    Time::parse(time.as_str().unwrap()).unwrap().0
}

fn said(posts: &[Post]) -> Vec<(String, i64, bool)> {
    let clean = |post: &Post| (text::clean(&post.text), post.at, post.parent.is_some());
    posts.iter().map(clean).collect()
}

#[tokio::test]
async fn people_of_any_size_say_here_what_they_say_at_x() {
    let bench = start_with(|config| config.feed_reach = None).await;
    for name in [
        DEMO_HANDLE,
        "posts_0",
        "posts_1",
        "posts_2",
        "posts_300",
        "posts_3200",
    ] {
        let pages = bench
            .feed(name, "limit=100&filter=posts_with_replies")
            .await;
        let items: usize = pages
            .iter()
            .map(|page| page["feed"].as_array().unwrap().len())
            .sum();
        let account = bench.sky.directory().account(name).unwrap();
        assert_eq!(items, account.len(), "{name}");
        let posts = bench.read(name, &pages);
        let expected = said_at_x(name).await;
        assert_eq!(posts.len(), expected.len(), "{name}");
        let mut cut = 0;
        for ((text, at, answers), expected) in said(&posts).into_iter().zip(expected) {
            assert_eq!((at, answers), (expected.1, expected.2), "{name}");
            if expected.0.chars().count() > MAX_LETTERS {
                cut += 1;
                assert!(expected.0.starts_with(&text), "{text}");
                assert!(text.chars().count() > MAX_LETTERS / 2, "{text}");
            } else {
                assert_eq!(text, expected.0, "{name}");
            }
        }
        assert!(
            cut * 100 <= posts.len(),
            "{cut} of {name} are longer than they can be"
        );
        let profile = bench
            .json(&bench.api(&format!("app.bsky.actor.getProfile?actor={}", handle(name))))
            .await;
        assert_eq!(profile["postsCount"], posts.len(), "{name}");
        assert_eq!(profile["did"], bench.did(name));
        assert_eq!(bench.sky.posts(name), Some(posts.len()));
        let ids: HashSet<&str> = posts.iter().map(|post| post.id.as_str()).collect();
        assert_eq!(ids.len(), posts.len(), "each has an address of its own");
    }
}

#[tokio::test]
async fn known_exchanges_are_among_the_newest() {
    let bench = start().await;
    for name in [DEMO_HANDLE, "posts_300", "posts_5000"] {
        let url = bench.api(&format!(
            "app.bsky.feed.getAuthorFeed?actor={}",
            handle(name)
        ));
        let posts = bench.read(name, &[bench.json(&url).await]);
        for known in KNOWN {
            let found: Vec<&Post> = posts
                .iter()
                .filter(|post| text::clean(&post.text) == known.reply)
                .collect();
            let [post] = found[..] else {
                panic!("{} of {name} is there {} times", known.reply, found.len());
            };
            let Content::Shown { text, .. } = &post.parent.as_ref().unwrap().content else {
                panic!("{} is not shown", known.said);
            };
            assert_eq!(text::clean(text), known.said);
        }
    }
}

#[tokio::test]
async fn records_complete_a_feed_that_ends_early() {
    let bench = start().await;
    let name = "posts_3200";
    let pages = bench.feed(name, "limit=100").await;
    assert_eq!(pages.len(), FEED_REACH / 100 + 1);
    let last = pages.last().unwrap();
    assert_eq!(
        *last,
        json!({ "feed": [] }),
        "what ends a feed may be empty"
    );
    let feed = bench.read(name, &pages);
    let all = said_at_x(name).await;
    assert!(feed.len() < all.len());

    let oldest = &feed.last().unwrap().id;
    let cursor = sources::bluesky::cursor_behind(oldest).unwrap();
    let did = bench.did(name);
    let mut rest = Vec::new();
    for page in bench.records(name, cursor).await {
        let page = page.to_string();
        let given = sources::bluesky::records(page.as_bytes(), &did, Wishes::default()).unwrap();
        assert_eq!(given.left_out, 0);
        rest.extend(given.posts);
    }
    let endless = start_with(|config| config.feed_reach = None).await;
    let pages = endless.feed(name, "limit=100").await;
    let mut whole = said(&feed);
    whole.extend(said(&rest));
    assert_eq!(whole, said(&endless.read(name, &pages)));
    assert_eq!(whole.len(), all.len());

    let all_records = bench.records(name, "zzzzzzzzzzzzz").await;
    let count: usize = all_records
        .iter()
        .map(|page| page["records"].as_array().unwrap().len())
        .sum();
    assert_eq!(Some(count), bench.sky.posts(name));
    let base = format!(
        "{}/xrpc/com.atproto.repo.listRecords?repo={did}",
        bench.sky.pds()
    );
    let oldest = bench
        .json(&format!(
            "{base}&collection=app.bsky.feed.post&reverse=true&limit=2"
        ))
        .await;
    let second = oldest["cursor"].as_str().unwrap();
    let next = bench
        .json(&format!(
            "{base}&collection=app.bsky.feed.post&reverse=true&limit=1&cursor={second}"
        ))
        .await;
    assert!(next["cursor"].as_str().unwrap() > second);
    let last = &all_records.last().unwrap()["records"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()["uri"];
    assert_eq!(oldest["records"][0]["uri"], *last);
    let reposts = bench
        .json(&format!("{base}&collection=app.bsky.feed.repost"))
        .await;
    assert_eq!(reposts["records"].as_array().unwrap().len(), 50);
    assert_eq!(
        reposts["records"][0]["value"]["$type"],
        "app.bsky.feed.repost"
    );
    let nothing = bench
        .json(&format!("{base}&collection=app.bsky.feed.like"))
        .await;
    assert_eq!(nothing, json!({ "records": [] }));
    for query in [
        "repo=nobody.test&collection=a.b.c",
        "repo=posts-80.test&collection=a.b.c",
        "collection=a.b.c",
        "repo=posts-1.test",
        "repo=posts-1.test&collection=a.b.c&limit=101",
    ] {
        let url = format!(
            "{}/xrpc/com.atproto.repo.listRecords?{query}",
            bench.sky.pds()
        );
        assert_eq!(
            error(bench.get(&url).await).await,
            (400, "InvalidRequest".into()),
            "{query}"
        );
    }
    let elsewhere = format!(
        "{}/xrpc/com.atproto.repo.listRecords?repo=posts-80.test&collection=app.bsky.feed.post",
        bench.sky.elsewhere()
    );
    assert_eq!(
        bench.json(&elsewhere).await["records"]
            .as_array()
            .unwrap()
            .len(),
        50
    );
}

/// A person's items by what is seen of what they answer, quotes by themselves.
async fn by_kind(bench: &Bench, name: &str) -> HashMap<&'static str, Vec<Value>> {
    let did = bench.did(name);
    let mut kinds: HashMap<_, Vec<Value>> = HashMap::new();
    for page in bench.feed(name, "limit=100").await {
        for item in page["feed"].as_array().unwrap() {
            let record = &item["post"]["record"];
            if let Some(reason) = item.get("reason") {
                assert_eq!(reason["$type"], "app.bsky.feed.defs#reasonRepost");
                assert_eq!(reason["by"]["did"], did);
                assert_ne!(item["post"]["author"]["did"], did);
                continue;
            }
            assert_eq!(item["post"]["author"]["did"], did);
            if record["embed"]["$type"] == "app.bsky.embed.record" {
                let embed = &item["post"]["embed"];
                assert_eq!(embed["$type"], "app.bsky.embed.record#view");
                assert_eq!(embed["record"]["$type"], "app.bsky.embed.record#viewRecord");
                assert_eq!(embed["record"]["uri"], record["embed"]["record"]["uri"]);
                assert!(embed["record"]["value"]["text"].is_string());
                kinds.entry("quote").or_default().push(item.clone());
            }
            let Some(parent) = record.get("reply").map(|reply| &reply["parent"]["uri"]) else {
                assert_eq!(item.get("reply"), None);
                continue;
            };
            let shown = &item["reply"]["parent"];
            assert_eq!(shown["uri"], *parent);
            assert_eq!(item["reply"]["root"]["uri"], record["reply"]["root"]["uri"]);
            let kind = match shown["$type"].as_str().unwrap() {
                "app.bsky.feed.defs#postView" if shown["author"]["did"] == did => "own",
                "app.bsky.feed.defs#postView"
                    if shown["author"]["labels"][0]["val"] == FOR_MEMBERS =>
                {
                    "members"
                }
                "app.bsky.feed.defs#postView" => "shown",
                "app.bsky.feed.defs#notFoundPost" => {
                    assert_eq!(shown["notFound"], true);
                    "gone"
                }
                "app.bsky.feed.defs#blockedPost" => {
                    assert_eq!(shown["blocked"], true);
                    assert!(shown["author"]["did"].is_string());
                    "blocked"
                }
                other => panic!("{other}"),
            };
            kinds.entry(kind).or_default().push(item.clone());
        }
    }
    kinds
}

#[tokio::test]
async fn what_is_seen_of_a_parent_is_told_in_its_kind() {
    let bench = start_with(|config| config.feed_reach = None).await;
    let kinds = by_kind(&bench, "posts_3200").await;
    for kind in ["own", "members", "shown", "gone", "blocked", "quote"] {
        assert!(
            kinds.get(kind).is_some_and(|items| items.len() > 5),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_parent_can_be_asked_for_by_itself() {
    let bench = start_with(|config| config.feed_reach = None).await;
    let name = "posts_3200";
    let did = bench.did(name);
    let kinds = by_kind(&bench, name).await;

    // Asked for by itself, a post that is blocked between two others is shown.
    let uri = |kind: &str| {
        let item = &kinds[kind][0];
        let uri = &item["post"]["record"]["reply"]["parent"]["uri"];
        (
            uri.as_str().unwrap().to_owned(),
            item["post"]["uri"].as_str().unwrap().to_owned(),
        )
    };
    let parents = ["shown", "gone", "blocked", "own", "members"].map(uri);
    let query: Vec<String> = parents
        .iter()
        .map(|(parent, _)| format!("uris={parent}"))
        .collect();
    let found = bench
        .json(&bench.api(&format!("app.bsky.feed.getPosts?{}", query.join("&"))))
        .await;
    let found: Vec<&str> = found["posts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|post| post["uri"].as_str().unwrap())
        .collect();
    let expected: Vec<&str> = [0, 2, 3, 4].map(|index| parents[index].0.as_str()).to_vec();
    assert_eq!(
        found, expected,
        "in the order of asking, without the one that is gone"
    );
    // Of each what we make of it.
    for (kind, (parent, _)) in ["shown", "gone", "blocked", "own", "members"]
        .iter()
        .zip(&parents)
    {
        let posts = bench
            .json(&bench.api(&format!("app.bsky.feed.getPosts?uris={parent}")))
            .await;
        let known =
            sources::bluesky::parents(posts.to_string().as_bytes(), &did, Wishes::default());
        let known = known.unwrap();
        let is_right = matches!(
            (*kind, known.first().map(|(_, content)| content)),
            ("shown" | "blocked", Some(Content::Shown { .. }))
                | ("gone", None)
                | ("own", Some(Content::Own))
                | ("members", Some(Content::Protected))
        );
        assert!(is_right, "{kind}: {known:?}");
    }
    let blocked = bench
        .json(&bench.api(&format!("app.bsky.feed.getPosts?uris={}", parents[2].0)))
        .await;
    assert_eq!(blocked["posts"][0]["record"]["text"], BLOCKED_TEXT);

    // Relationships tell who is blocked.
    let author = |uri: &str| uri.split('/').nth(2).unwrap().to_owned();
    let blocked: Vec<String> = kinds["blocked"]
        .iter()
        .map(|item| {
            author(
                item["post"]["record"]["reply"]["parent"]["uri"]
                    .as_str()
                    .unwrap(),
            )
        })
        .collect();
    let others = kinds["shown"].iter().map(|item| {
        author(
            item["post"]["record"]["reply"]["parent"]["uri"]
                .as_str()
                .unwrap(),
        )
    });
    let other = others.clone().find(|did| !blocked.contains(did)).unwrap();
    let related = bench
        .json(&bench.api(&format!(
            "app.bsky.graph.getRelationships?actor={did}&others={other}&others={}&others=did:plc:nobody",
            blocked[0]
        )))
        .await;
    assert_eq!(related["actor"], did.as_str());
    assert_eq!(related["relationships"][2]["notFound"], true);
    let told = sources::bluesky::blocked(related.to_string().as_bytes()).unwrap();
    assert_eq!(told, [(other.clone(), false), (blocked[0].clone(), true)]);
    let many = format!("others={other}&").repeat(31);
    let many = bench
        .get(&bench.api(&format!(
            "app.bsky.graph.getRelationships?{many}actor={did}"
        )))
        .await;
    assert_eq!(error(many).await, (400, "InvalidRequest".into()));

    let many = vec![query[0].as_str(); MAX_POSTS + 1].join("&");
    let many = bench
        .get(&bench.api(&format!("app.bsky.feed.getPosts?{many}")))
        .await;
    assert_eq!(error(many).await, (400, "InvalidRequest".into()));
    let none = bench.get(&bench.api("app.bsky.feed.getPosts")).await;
    assert_eq!(error(none).await, (400, "InvalidRequest".into()));
}

#[tokio::test]
async fn labels_and_broken_rules_are_there() {
    let bench = start().await;
    let did = bench.did(LABELLED);
    let pages = bench.feed(LABELLED, "limit=100").await;
    let items: Vec<&Value> = pages
        .iter()
        .flat_map(|page| page["feed"].as_array().unwrap())
        .collect();
    let own = || items.iter().filter(|item| item.get("reason").is_none());
    let warned = own().filter(|item| {
        let labels = &item["post"]["record"]["labels"]["values"];
        let is_warned = labels[0]["val"] == "graphic-media";
        assert!(!is_warned || item["post"]["labels"][0]["val"] == "graphic-media");
        is_warned
    });
    let warned = warned.count();
    assert!(warned > 3, "{warned}");
    let unwanted: usize = pages
        .iter()
        .map(|page| {
            sources::bluesky::feed(page.to_string().as_bytes(), &did, Wishes::default())
                .unwrap()
                .unwanted
        })
        .sum();
    assert_eq!(unwanted, warned);
    let alone = own().filter(|item| {
        item["post"]["record"].get("reply").is_some() && item.get("reply").is_none()
    });
    assert!(alone.count() > 3, "replies that broke their threads' rules");
    let members = own().filter(|item| item["reply"]["parent"]["labels"][0]["val"] == FOR_MEMBERS);
    assert!(members.count() > 1, "posts for members");
    let profile = bench
        .json(&bench.api("app.bsky.actor.getProfile?actor=protected-demo.test"))
        .await;
    assert_eq!(profile["labels"][0]["val"], FOR_MEMBERS);
}

#[tokio::test]
async fn facets_mark_what_is_shown_in_bytes() {
    let bench = start_with(|config| config.feed_reach = None).await;
    let mut links = 0;
    let mut tags = 0;
    let mut behind_others = 0;
    for name in [DEMO_HANDLE, "posts_3200"] {
        for page in bench.feed(name, "limit=100").await {
            for item in page["feed"].as_array().unwrap() {
                let record = &item["post"]["record"];
                let text = record["text"].as_str().unwrap();
                for facet in record["facets"].as_array().into_iter().flatten() {
                    let place = |name: &str| {
                        usize::try_from(facet["index"][name].as_u64().unwrap()).unwrap()
                    };
                    let shown = &text[place("byteStart")..place("byteEnd")];
                    let feature = &facet["features"][0];
                    if feature["$type"] == "app.bsky.richtext.facet#link" {
                        links += 1;
                        let uri = feature["uri"].as_str().unwrap();
                        let start = shown.strip_suffix("...").unwrap_or(shown);
                        assert!(
                            uri.starts_with(&format!("https://{start}")),
                            "{shown} of {uri}"
                        );
                        assert!(!text.contains("https://"));
                    } else {
                        tags += 1;
                        assert_eq!(shown, format!("#{}", feature["tag"].as_str().unwrap()));
                    }
                    behind_others += usize::from(!text[..place("byteStart")].is_ascii());
                }
            }
        }
    }
    assert!(
        links > 100 && tags > 1 && behind_others > 100,
        "{links} {tags} {behind_others}"
    );
}

#[tokio::test]
async fn feeds_heed_what_is_asked_of_them() {
    let bench = start().await;
    let url = |query: &str| bench.api(&format!("app.bsky.feed.getAuthorFeed?{query}"));
    let uris = |page: &Value| -> Vec<String> {
        let feed = page["feed"].as_array().unwrap();
        feed.iter()
            .map(|item| item["post"]["uri"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = bench.json(&url("actor=posts-300.test")).await;
    assert_eq!(uris(&first).len(), 50, "the default");
    let small = bench.json(&url("actor=posts-300.test&limit=7")).await;
    assert_eq!(uris(&small), uris(&first)[..7]);
    let cursor = small["cursor"].as_str().unwrap();
    let next = bench
        .json(&url(&format!(
            "actor=posts-300.test&limit=7&cursor={cursor}"
        )))
        .await;
    assert_eq!(uris(&next), uris(&first)[7..14]);
    let old = bench.json(&url("actor=posts-300.test&cursor=1::b")).await;
    assert_eq!(old, json!({ "feed": [] }));

    let alone = bench
        .feed("posts_300", "limit=100&filter=posts_no_replies")
        .await;
    let is_reply = |item: &Value| {
        item["post"]["record"].get("reply").is_some() && item.get("reason").is_none()
    };
    let items = |pages: &[Value]| -> Vec<Value> {
        pages
            .iter()
            .flat_map(|page| page["feed"].as_array().unwrap().clone())
            .collect()
    };
    assert!(items(&alone).iter().all(|item| !is_reply(item)));
    let threads = items(
        &bench
            .feed("posts_300", "limit=100&filter=posts_and_author_threads")
            .await,
    );
    assert!(threads.iter().any(is_reply) && threads.len() < 300);
    assert_eq!(
        items(&bench.feed("posts_300", "filter=posts_with_media").await),
        [Value::Null; 0]
    );

    let pinned = bench
        .json(&url("actor=posts-300.test&includePins=true&limit=100"))
        .await;
    assert_eq!(
        pinned["feed"][0]["reason"]["$type"],
        "app.bsky.feed.defs#reasonPin"
    );
    let profile = bench
        .json(&bench.api("app.bsky.actor.getProfile?actor=posts-300.test"))
        .await;
    assert_eq!(
        pinned["feed"][0]["post"]["uri"],
        profile["pinnedPost"]["uri"]
    );
    assert_eq!(uris(&pinned).len(), 101);

    for query in [
        "actor=nobody.test",
        "actor=x",
        "",
        "actor=posts-1.test&limit=101",
        "actor=posts-1.test&limit=0",
        "actor=posts-1.test&limit=x",
    ] {
        assert_eq!(
            error(bench.get(&url(query)).await).await,
            (400, "InvalidRequest".into()),
            "{query}"
        );
    }
    let unknown = bench.get(&bench.api("app.bsky.feed.getLikes")).await;
    assert_eq!(error(unknown).await, (501, "MethodNotImplemented".into()));
}

#[tokio::test]
async fn a_pds_limits_and_tells_of_it() {
    let limit = Limit {
        requests: 3,
        seconds: 300,
    };
    let bench = start_with(|config| config.limit = Some(limit)).await;
    let url = format!(
        "{}/xrpc/com.atproto.repo.listRecords?repo=posts-1.test&collection=app.bsky.feed.post",
        bench.sky.pds()
    );
    for left in ["2", "1", "0"] {
        let response = bench.get(&url).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, "ratelimit-remaining"), Some(left));
    }
    let refused = bench.get(&url).await;
    for (name, value) in [
        ("ratelimit-limit", "3"),
        ("ratelimit-reset", &(NOW + 300).to_string()),
        ("ratelimit-policy", "3;w=300"),
        ("retry-after", "300"),
    ] {
        assert_eq!(header(&refused, name), Some(value), "{name}");
    }
    let exposed = refused.headers().get_all("access-control-expose-headers");
    assert!(
        exposed
            .iter()
            .any(|value| value.to_str().unwrap().contains("RateLimit-Reset"))
    );
    assert_eq!(header(&refused, "access-control-allow-origin"), Some("*"));
    assert_eq!(error(refused).await, (429, "RateLimitExceeded".into()));
    bench.sky.clock().advance(300);
    assert_eq!(bench.get(&url).await.status(), StatusCode::OK);

    let api = bench
        .get(&bench.api("app.bsky.actor.getProfile?actor=posts-1.test"))
        .await;
    assert_eq!(
        header(&api, "ratelimit-limit"),
        None,
        "the public API says nothing"
    );
}
