//! What X says on its odd days: one odd post costs one post, and nothing goes on for ever.

use std::collections::HashSet;

use lemon_edge::{
    budget::FAILURES,
    error::RETRY_SECONDS,
    x::text::{KEPT, kept},
};
use lemon_model::text::{MAX_CHARS, clean};
use lemon_tests::{
    stage::{Serve, Setting, Stage},
    standin::{self, Fault, KNOWN, Kind, LOST_POSTS, Odd, Route},
};
use lemon_wire::{Cause, Limit, Me, Parent, ParentContent, PostsPage};
use serde_json::json;

use super::{Visitor, check_problem};

/// An edge whose X gives whole pages, with these variables.
async fn start(vars: &[(&'static str, &str)]) -> Stage {
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
        ..Setting::default()
    })
    .await
    .unwrap()
}

/// Somebody who is signed in as `handle`.
async fn signed_in<'a>(stage: &'a Stage, handle: &str) -> Visitor<'a> {
    let mut visitor = Visitor::new(stage);
    assert_eq!(visitor.sign_in(handle).await, "/");
    visitor
}

/// What an import reads, to its end.
async fn read(visitor: &mut Visitor<'_>) -> Vec<PostsPage> {
    let mut pages: Vec<PostsPage> = Vec::new();
    loop {
        let cursor = pages.last().map(|page| page.next.clone().unwrap());
        let query = cursor.map_or_else(String::new, |cursor| format!("?cursor={cursor}"));
        pages.push(visitor.get(&format!("/api/posts{query}")).await.json());
        assert!(pages.len() < 50, "it does not end");
        if pages.last().is_some_and(|page| page.next.is_none()) {
            return pages;
        }
    }
}

fn distinct(pages: &[PostsPage]) -> usize {
    let ids = pages.iter().flat_map(|page| &page.posts);
    ids.map(|post| &post.id).collect::<HashSet<_>>().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_odd_post_costs_one_post() {
    let stage = start(&[]).await;
    let mut visitor = signed_in(&stage, "posts_200").await;
    let sound: PostsPage = visitor.get("/api/posts").await.json();
    assert_eq!((sound.posts.len(), sound.left_out), (100, 0));

    let fault = |odd| stage.x().fault(Fault::once(Kind::Odd(odd), Route::Posts));
    fault(Odd::Posts);
    let answer = visitor.get("/api/posts").await;
    let odd: PostsPage = answer.json();
    let what = |page: &PostsPage| -> Vec<(String, i64, String, Option<Parent>)> {
        let posts = page.posts.iter().cloned();
        posts
            .map(|post| (post.id, post.at, post.text, post.parent))
            .collect()
    };
    assert_eq!(what(&odd), what(&sound)[LOST_POSTS..]);
    assert_eq!(odd.left_out as usize, LOST_POSTS);
    let line = stage
        .logged("id", &json!(answer.header("x-lemon-request-id")))
        .await
        .unwrap();
    assert_eq!(
        (&line["status"], &line["left_out"]),
        (&json!(200), &json!(LOST_POSTS))
    );

    fault(Odd::Mentions);
    let mentions: PostsPage = visitor.get("/api/posts").await.json();
    assert_eq!(mentions.posts.len(), 100);
    for post in mentions.posts {
        assert_eq!((post.parent, post.start), (None, Some(0)));
    }

    fault(Odd::Edited);
    let page: PostsPage = visitor.get("/api/posts").await.json();
    let edited = page.posts.iter().find(|post| !post.earlier.is_empty());
    let edited = edited.unwrap();
    let answer = Parent {
        id: edited.id.clone(),
        content: ParentContent::Own,
    };
    assert!(
        page.posts
            .iter()
            .any(|post| post.parent == Some(answer.clone()))
    );

    fault(Odd::Long);
    let answer = visitor.get("/api/posts").await;
    assert!(answer.body.len() < 2_000_000, "{}", answer.body.len());
    let long: PostsPage = answer.json();
    assert_eq!(long.posts.len(), 100);
    for post in long.posts {
        assert!(post.text.chars().count() > KEPT);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_x_put_in_front_of_a_reply_is_told_from_what_was_typed() {
    let stage = start(&[]).await;
    let mut visitor = signed_in(&stage, "posts_200").await;
    let page: PostsPage = visitor.get("/api/posts").await.json();
    for known in KNOWN {
        let mut posts = page.posts.iter();
        let post = posts.find(|post| post.text.ends_with(known.reply)).unwrap();
        let start = post.start.unwrap() as usize;
        assert_eq!(&post.text[start..], known.reply);
        let content = &post.parent.as_ref().unwrap().content;
        let ParentContent::Shown { text, start, .. } = content else {
            panic!("{content:?}");
        };
        assert_eq!(&text[start.unwrap() as usize..], known.said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_ours_to_mend_is_no_outage_and_is_counted() {
    let stage = start(&[("MONTHLY_POSTS", "700")]).await;
    // Nobody signs in once the month is used up.
    let mut last = signed_in(&stage, "posts_300").await;
    let mut next = signed_in(&stage, "posts_301").await;
    let mut late = signed_in(&stage, "posts_302").await;
    let garbled = Kind::Odd(Odd::Garbled);
    stage.x().fault(Fault::always(garbled, Route::Posts));
    let mut people = Vec::new();
    for index in 0..FAILURES {
        let mut person = signed_in(&stage, &format!("posts_{}", 200 + index)).await;
        let expected = (500, Cause::Internal, None, None);
        check_problem(&person.get("/api/posts").await, expected, garbled);
        people.push(person);
    }
    stage.x().clear_faults();
    // The same page once more is not billed.
    for person in &mut people {
        let page: PostsPage = person.get("/api/posts").await.json();
        assert_eq!(page.posts.len(), 100, "X has not failed");
    }
    let without = Kind::WithoutIncludes;
    stage.x().fault(Fault::once(without, Route::Posts));
    let expected = (502, Cause::ParentsMissing, None, None);
    check_problem(&last.get("/api/posts").await, expected, without);
    let page: PostsPage = next.get("/api/posts").await.json();
    assert_eq!(page.posts.len(), 100);
    let closed = late.get("/api/posts").await.problem();
    assert_eq!(
        (closed.cause, closed.limit),
        (Cause::Closed, Some(Limit::Month))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_does_not_move_is_followed_three_times() {
    let stage = start(&[]).await;
    for (index, (odd, requests, posts)) in [
        (Odd::SameToken, 5, 200),
        (Odd::SamePage, 4, 100),
        (Odd::EmptyPages, 3, 0),
    ]
    .into_iter()
    .enumerate()
    {
        let mut visitor = signed_in(&stage, &format!("posts_{}", 500 + index)).await;
        let asked = stage.x().requests().len();
        stage.x().fault(Fault::always(Kind::Odd(odd), Route::Posts));
        let pages = read(&mut visitor).await;
        stage.x().clear_faults();
        assert_eq!(stage.x().requests().len() - asked, requests, "{odd:?}");
        assert_eq!(distinct(&pages), posts, "{odd:?}");
        let stalled: Vec<_> = pages.iter().map(|page| page.stalled).collect();
        assert!(stalled.ends_with(&[true]), "{odd:?}");
        assert!(!stalled[..requests - 1].contains(&true), "{odd:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_of_x_bars_nobody_and_ends_nothing() {
    let stage = start(&[]).await;
    for (index, odd) in [
        Odd::CountNegative,
        Odd::CountZero,
        Odd::CountText,
        Odd::CountAbsent,
    ]
    .into_iter()
    .enumerate()
    {
        let fault = Fault::once(Kind::Odd(odd), Route::Me);
        stage.x().fault(fault);
        let posts = 230 + index;
        let mut visitor = signed_in(&stage, &format!("posts_{posts}")).await;
        let me: Me = visitor.get("/api/me").await.json();
        assert_eq!(me.posts, None, "{odd:?}");
        let pages = read(&mut visitor).await;
        assert_eq!(distinct(&pages), posts, "{odd:?}");
        assert!(pages.iter().all(|page| !page.stalled), "{odd:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wall_in_front_of_x_is_tried_again() {
    let stage = start(&[]).await;
    let mut visitor = signed_in(&stage, "posts_200").await;
    for status in [403, 200, 503, 401, 402, 429] {
        let wall = Kind::Wall { status };
        stage.x().fault(Fault::once(wall, Route::Posts));
        let failed = (502, Cause::SourceFailed, Some(RETRY_SECONDS), None);
        check_problem(&visitor.get("/api/posts").await, failed, wall);
        let page: PostsPage = visitor.get("/api/posts").await.json();
        assert_eq!(page.posts.len(), 100, "{status}");
    }
}

/// The edge cuts texts before the page cleans them.
#[test]
fn what_is_cut_off_is_nothing_that_would_be_kept() {
    assert_eq!(KEPT, MAX_CHARS);
    for unit in [
        "가",
        "레몬 ",
        "lemon pie, again! ",
        "🍋",
        "👩\u{200D}💻 ",
        "&amp;",
        "a &lt;3 b\n\n",
        "か\u{3099}",
        "\u{1112}\u{1161}\u{11AB}",
        "a\u{301}",
        "x\u{200B}\u{FE0F}",
        "안녕 https://t.co/AbCdEfGhIj ",
        "봐https://t.co/AbCdEfGhIj봐",
        "@kim 응 ",
        "      x",
    ] {
        for front in ["", "@kim @lee ", "x"] {
            let many = unit.repeat(100_000 / unit.chars().count());
            let whole = format!("{front}{many}");
            let cut = kept(whole.as_bytes());
            assert_eq!(clean(&cut), clean(&whole), "{front:?} {unit:?}");
            assert!(cut.len() < whole.len(), "{front:?} {unit:?}");
        }
    }
}
