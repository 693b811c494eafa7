//! Answers that X gives now and then: with status 200, and not as documented.

use axum::{
    Json,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{dialect::Dialect, fault, post::parse_snowflake, query::Query};

/// X's longest form of a post, in characters.
const NOTE: usize = 25_000;

const TOKEN: &str = "pagination_token";

/// What is odd about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Odd {
    /// The first [`ODD_POSTS`] posts are odd, each in its own way; the first [`LOST_POSTS`]
    /// of them so much that nothing can be made of them.
    Posts,
    /// Nothing can be made of any post.
    Garbled,
    /// Posts that begin with a mention, and answer nobody.
    Mentions,
    /// The first post that another one on the page answers was edited after that.
    Edited,
    /// Every post, and every one that is included, is as long as X allows: 8 MB for a page
    /// of a hundred.
    Long,
    /// The next page is at the token that was sent.
    SameToken,
    /// Any token leads to the first page, and another one on from there.
    SamePage,
    /// Any token leads to a page without posts, and another one on from there.
    EmptyPages,
    /// How many posts an account has.
    CountNegative,
    CountZero,
    CountText,
    CountAbsent,
}

type Change = fn(&mut Value);

const LOST: [Change; LOST_POSTS] = [
    |post| *post = json!("post"),
    |post| post["id"] = json!({}),
    |post| {
        take(post, "id");
    },
    |post| {
        post["text"] = json!(null);
        for dialect in Dialect::ALL {
            take(post, dialect.note());
        }
    },
    |post| post["text"] = json!(2026),
    |post| {
        post["text"] = json!(
            "This Post from @somebody has been withheld in response to a legal demand. Learn more."
        );
        post["withheld"] = json!({ "copyright": false, "country_codes": ["KR"] });
    },
];

const READABLE: [Change; ODD_POSTS - LOST_POSTS] = [
    |post| {
        let words = [Dialect::references, Dialect::note, Dialect::history];
        for names in words.map(|word| Dialect::ALL.map(word)) {
            for [from, to] in [names, [names[1], names[0]]] {
                if let Some(value) = post.get(from).cloned() {
                    post[to] = value;
                }
            }
        }
    },
    |post| {
        for name in Dialect::ALL.map(Dialect::note) {
            if post.get(name).is_none() {
                post[name] = json!(null);
            }
        }
        for name in ["lang", "entities", "withheld", "display_text_range"] {
            post[name] = json!(null);
        }
    },
    |post| {
        take(post, "created_at");
    },
    |post| {
        if let Some(date) = old_date(post) {
            post["created_at"] = json!(date);
        }
    },
    |post| {
        if let Some(date) = post["created_at"].as_str() {
            post["created_at"] = json!(date.replace('Z', "+00:00"));
        }
    },
    |post| {
        for name in ["id", "author_id", "conversation_id", "in_reply_to_user_id"] {
            if let Some(number) = number(&post[name]) {
                post[name] = json!(number);
            }
        }
    },
    |post| {
        for end in post["display_text_range"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            *end = json!(end.to_string());
        }
    },
];

/// How many posts of a page [`Odd::Posts`] changes, and how many of those cannot be read.
pub const ODD_POSTS: usize = 13;
pub const LOST_POSTS: usize = 6;

/// The answer to `request`, with what is odd about it.
pub async fn answer(odd: Odd, mut request: Request, next: Next) -> Response {
    let query = Query::parse(request.uri().query().unwrap_or(""));
    let token = query.get(TOKEN).map(str::to_owned);
    if odd == Odd::EmptyPages {
        let meta = json!({ "result_count": 0, "next_token": another(token.as_deref()) });
        return Json(json!({ "meta": meta })).into_response();
    }
    if odd == Odd::SamePage {
        let rest = query.encode_without(&[TOKEN]);
        if let Ok(uri) = format!("{}?{rest}", request.uri().path()).parse() {
            *request.uri_mut() = uri;
        }
    }
    let response = next.run(request).await;
    fault::change(response, |page| change(odd, page, token.as_deref())).await
}

fn change(odd: Odd, page: &mut Value, token: Option<&str>) {
    match odd {
        Odd::Posts => {
            for (post, odd) in posts(page).zip(LOST.iter().chain(&READABLE)) {
                odd(post);
            }
        }
        Odd::Garbled => {
            for post in posts(page) {
                *post = json!({ "rest_id": post["id"], "full_text": post["text"] });
            }
        }
        Odd::Mentions => {
            for post in posts(page) {
                mention(post);
            }
            take(page, "includes");
            take(page, "errors");
        }
        Odd::Edited => edit(page),
        Odd::Long => {
            posts(page).for_each(lengthen);
            included(page).for_each(lengthen);
        }
        Odd::SameToken => {
            if let Some(token) = token {
                page["meta"]["next_token"] = json!(token);
            }
        }
        Odd::SamePage => page["meta"]["next_token"] = json!(another(token)),
        Odd::CountNegative => count(page, json!(-1)),
        Odd::CountZero => count(page, json!(0)),
        Odd::CountText => count(page, json!("12")),
        Odd::CountAbsent => {
            take(&mut page["data"], "public_metrics");
        }
        Odd::EmptyPages => {}
    }
}

fn posts(page: &mut Value) -> impl Iterator<Item = &mut Value> {
    page["data"].as_array_mut().into_iter().flatten()
}

fn included(page: &mut Value) -> impl Iterator<Item = &mut Value> {
    let includes = page.get_mut("includes").and_then(Value::as_object_mut);
    includes
        .into_iter()
        .flat_map(Map::values_mut)
        .filter_map(Value::as_array_mut)
        .flatten()
        .filter(|included| included.get("text").is_some())
}

fn take(from: &mut Value, name: &str) -> Option<Value> {
    from.as_object_mut()?.remove(name)
}

fn number(text: &Value) -> Option<u64> {
    text.as_str()?.parse().ok()
}

/// A token that has not been given yet.
fn another(token: Option<&str>) -> String {
    let before = token.and_then(|token| token.strip_prefix("again")?.parse().ok());
    format!("again{}", before.unwrap_or(0) + 1)
}

/// The time of a post in the form of X's first API: `Fri May 01 00:00:00 +0000 2026`.
fn old_date(post: &Value) -> Option<String> {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let date = post["created_at"].as_str()?;
    let (at, _) = parse_snowflake(number(&post["id"])?);
    let day = DAYS[usize::try_from(at.div_euclid(86_400).rem_euclid(7)).ok()?];
    let month = MONTHS.get(date.get(5..7)?.parse::<usize>().ok()?.checked_sub(1)?)?;
    let (year, number, time) = (date.get(..4)?, date.get(8..10)?, date.get(11..19)?);
    Some(format!("{day} {month} {number} {time} +0000 {year}"))
}

fn mention(post: &mut Value) {
    for dialect in Dialect::ALL {
        take(post, dialect.references());
        take(post, dialect.note());
    }
    post["text"] = json!("@lemon_shop 응모합니다");
    post["display_text_range"] = json!([0, 17]);
    post["in_reply_to_user_id"] = json!("500");
    post["conversation_id"] = post["id"].clone();
}

fn lengthen(post: &mut Value) {
    let text = post["text"].as_str().unwrap_or_default();
    let long = text.chars().chain("레몬 a ".chars().cycle()).take(NOTE);
    post[Dialect::Tweet.note()] = json!({ "text": long.collect::<String>() });
}

/// What answers the post goes on naming the id that it had then, and is given its old text.
fn edit(page: &mut Value) {
    let references = Dialect::Tweet.references();
    let ids: Vec<Value> = posts(page).map(|post| post["id"].clone()).collect();
    let edited = posts(page).find_map(|post| {
        let reference = post.get_mut(references)?.get_mut(0)?;
        let id = reference["id"].clone();
        let earlier = json!((number(&id)? - 1).to_string());
        ids.contains(&id).then(|| {
            reference["id"] = earlier.clone();
            (id, earlier)
        })
    });
    let Some((id, earlier)) = edited else {
        return;
    };
    let history = json!([earlier, id]);
    for post in posts(page).filter(|post| post["id"] == id) {
        post[Dialect::Tweet.history()] = history.clone();
    }
    for post in included(page).filter(|post| post["id"] == id) {
        post["id"] = earlier.clone();
        post["text"] = json!("고치기 전의 글");
        post[Dialect::Tweet.history()] = history.clone();
    }
}

fn count(page: &mut Value, posts: Value) {
    page["data"]["public_metrics"]["tweet_count"] = posts;
}
