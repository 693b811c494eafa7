//! Signing in and out at X, and who signed in.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{Request, header, request};
use lemon_given::{
    id::Id,
    lenient::{Kind, Maybe, Object},
};
use lemon_wire::Me;
use serde::Deserialize;

use super::{Answer, get, query, refusal};
use crate::{config::Config, error::Error, session::MAX_TOKEN, sign_in::SignIn};

/// What is asked of the person: to read posts, and who they are. Not
/// `offline.access`: an import ends long before a token does.
const SCOPE: &str = "tweet.read users.read";

/// Longest code taken from the address, in bytes; X's are about 100.
const MAX_CODE: usize = 1024;

/// Longest handle, in bytes. X's are 15; the rest is room for a change.
const MAX_HANDLE: usize = 50;

/// How long a token lives if X does not say, in seconds.
const TOKEN_SECONDS: i64 = 2 * 60 * 60;

/// An access token and the seconds that it lives.
#[derive(Clone)]
pub struct Token {
    pub access_token: String,
    pub expires_in: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenAnswer {
    access_token: Maybe<String>,
    expires_in: Maybe<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenError {
    error: Maybe<String>,
    error_description: Maybe<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    data: Maybe<Object<User>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    id: Maybe<Id>,
    username: Maybe<String>,
    name: Maybe<String>,
    profile_image_url: Maybe<String>,
    protected: Maybe<bool>,
    public_metrics: Maybe<Object<Metrics>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metrics {
    tweet_count: Maybe<Count>,
    post_count: Maybe<Count>,
}

/// How many posts there are. X was seen to give 0, less, and a text to people who have
/// some: what is not plainly a number of posts is unknown.
struct Count(u32);

impl Kind<'_> for Count {
    fn of_integer(integer: i128) -> Option<Self> {
        let count = u32::try_from(integer).ok()?;
        (count > 0).then_some(Self(count))
    }
}

/// Where the person goes to sign in; X sends them back to `redirect_uri`.
#[must_use]
pub fn authorize(config: &Config, sign_in: &SignIn, redirect_uri: &str) -> String {
    let query = query(&[
        ("response_type", "code"),
        ("client_id", &config.client_id),
        ("redirect_uri", redirect_uri),
        ("scope", SCOPE),
        ("state", &sign_in.state),
        ("code_challenge", &sign_in.verifier.challenge()),
        ("code_challenge_method", "S256"),
    ]);
    format!("{}?{query}", config.authorize_url)
}

/// The code in the query with which X sends the person back.
///
/// # Errors
/// [`Error::StateMismatch`] if it answers another sign-in, [`Error::Denied`] if
/// the person declined, [`Error::BadRequest`] or [`Error::Failed`] otherwise.
pub fn code(query: &str, sign_in: &SignIn) -> Result<String, Error> {
    let value = |name| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    };
    if value("state").as_deref() != Some(&sign_in.state) {
        return Err(Error::StateMismatch);
    }
    match (value("error").as_deref(), value("code")) {
        (Some("access_denied"), _) => Err(Error::Denied),
        (Some(_), _) => Err(Error::Failed),
        (None, Some(code)) if !code.is_empty() && code.len() <= MAX_CODE => Ok(code),
        (None, _) => Err(Error::BadRequest("the code is missing or too long")),
    }
}

/// Asks for the token of `code`.
///
/// # Errors
/// [`Error::Runtime`] if the request cannot be made.
pub fn exchange(
    config: &Config,
    sign_in: &SignIn,
    code: &str,
    redirect_uri: &str,
) -> Result<Request<String>, Error> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", sign_in.verifier.as_str()),
    ];
    post(config, "/2/oauth2/token", &mut form)
}

/// Asks X to end `token`.
///
/// # Errors
/// [`Error::Runtime`] if the request cannot be made.
pub fn revoke(config: &Config, token: &str) -> Result<Request<String>, Error> {
    let mut form = vec![("token", token), ("token_type_hint", "access_token")];
    post(config, "/2/oauth2/revoke", &mut form)
}

/// Asks who `token` belongs to.
///
/// # Errors
/// [`Error::Runtime`] if the request cannot be made.
pub fn me(config: &Config, token: &str) -> Result<Request<String>, Error> {
    let query = query(&[("user.fields", "profile_image_url,protected,public_metrics")]);
    get(config, "/2/users/me", token, &query)
}

/// The token in the answer to [`exchange`].
///
/// # Errors
/// [`Error::SignInExpired`] if the code was too old or used before, what
/// [`refusal::check`] finds, [`Error::Unreadable`] for anything else.
pub fn token(answer: &Answer, now: i64) -> Result<Token, Error> {
    if answer.status == 400 && is_about_the_code(&answer.body) {
        return Err(Error::SignInExpired);
    }
    refusal::check(answer, now)?;
    let told: TokenAnswer = serde_json::from_slice(&answer.body).map_err(|_| Error::Unreadable)?;
    let is_sound = |token: &String| {
        // What a header may carry: RFC 6750's b64token.
        (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic())
    };
    let seconds = told.expires_in.0.and_then(|seconds| seconds.parse().ok());
    Ok(Token {
        access_token: told
            .access_token
            .0
            .filter(is_sound)
            .ok_or(Error::Unreadable)?,
        expires_in: seconds.unwrap_or(TOKEN_SECONDS),
    })
}

/// The person in the answer to [`me`].
///
/// # Errors
/// What [`refusal::check`] finds, [`Error::Unreadable`] for anything that is
/// not a user.
pub fn person(answer: &Answer, now: i64) -> Result<Me, Error> {
    refusal::check(answer, now)?;
    let answer: Data = serde_json::from_slice(&answer.body).map_err(|_| Error::Unreadable)?;
    let Object(user) = answer.data.0.ok_or(Error::Unreadable)?;
    let handle = user.username.0.filter(|handle| {
        let mut bytes = handle.bytes();
        (1..=MAX_HANDLE).contains(&handle.len())
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    let (Some(id), Some(handle)) = (user.id.0, handle) else {
        return Err(Error::Unreadable);
    };
    let posts = user.public_metrics.0.and_then(|Object(metrics)| {
        let Count(posts) = metrics.tweet_count.0.or(metrics.post_count.0)?;
        Some(posts)
    });
    let is_address = |url: &String| url.starts_with("https://") || url.starts_with("http://");
    Ok(Me {
        id: id.to_string(),
        name: user.name.0.unwrap_or_else(|| handle.clone()),
        handle,
        avatar: user.profile_image_url.0.filter(is_address),
        protected: user.protected.0.unwrap_or_default(),
        posts,
    })
}

/// What the page is told of a sign-in that failed: the value of `?signin=`.
#[must_use]
pub fn outcome(error: Error) -> &'static str {
    match error {
        Error::Denied => "denied",
        Error::SignInExpired => "expired",
        Error::Elsewhere => "elsewhere",
        Error::Waiting { .. } | Error::TooMany { .. } => "waiting",
        Error::Closed { .. } => "closed",
        _ => "failed",
    }
}

/// X names a code that is too old or used in one of two ways.
fn is_about_the_code(body: &[u8]) -> bool {
    let told: TokenError = serde_json::from_slice(body).unwrap_or_default();
    let description = told.error_description.0.unwrap_or_default();
    match told.error.0.as_deref() {
        Some("invalid_grant") => true,
        Some("invalid_request") => description.contains("authorization code"),
        _ => false,
    }
}

/// A form with the client's identity: in the form for a public client, in the
/// header for a confidential one.
fn post<'a>(
    config: &'a Config,
    path: &str,
    form: &mut Vec<(&'a str, &'a str)>,
) -> Result<Request<String>, Error> {
    let mut request: request::Builder = Request::post(format!("{}{path}", config.api_url))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json");
    match &config.client_secret {
        Some(secret) => {
            let identity = BASE64_STANDARD.encode(format!("{}:{secret}", config.client_id));
            request = request.header(header::AUTHORIZATION, format!("Basic {identity}"));
        }
        None => form.push(("client_id", &config.client_id)),
    }
    request.body(query(form)).map_err(|_| Error::Runtime)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use lemon_wire::Limit;

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const BACK: &str = "https://lemon.test/api/auth/callback";

    fn config(client_secret: Option<&str>) -> Config {
        Config::read(|name| {
            let value = match name {
                "X_AUTHORIZE_URL" => "https://x.test/i/oauth2/authorize",
                "X_API_URL" => "https://api.x.test",
                "X_CLIENT_ID" => "lemon id",
                "X_CLIENT_SECRET" => client_secret?,
                "SESSION_KEY" => "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
                _ => return None,
            };
            Some(value.to_owned())
        })
        .unwrap()
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn pairs(query: &str) -> Vec<(String, String)> {
        form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }

    #[test]
    fn the_person_is_sent_to_x_with_the_challenge_and_never_the_verifier() {
        let sign_in = SignIn::new([1; 16], [2; 32]);
        let address = authorize(&config(None), &sign_in, BACK);
        let (page, query) = address.split_once('?').unwrap();
        assert_eq!(page, "https://x.test/i/oauth2/authorize");
        let expected = [
            ("response_type", "code"),
            ("client_id", "lemon id"),
            ("redirect_uri", BACK),
            ("scope", "tweet.read users.read"),
            ("state", &sign_in.state),
            ("code_challenge", &sign_in.verifier.challenge()),
            ("code_challenge_method", "S256"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(pairs(query), expected);
        assert!(!address.contains(sign_in.verifier.as_str()));
    }

    #[test]
    fn the_way_back_is_checked_before_the_code_is_used() {
        let sign_in = SignIn::new([1; 16], [2; 32]);
        let state = &sign_in.state;
        let missing = Error::BadRequest("the code is missing or too long");
        let cases = [
            (format!("state={state}&code=abc"), Ok("abc".to_owned())),
            (format!("code=a%2Bb&state={state}"), Ok("a+b".to_owned())),
            ("code=abc".to_owned(), Err(Error::StateMismatch)),
            (
                format!("state={state}x&code=abc"),
                Err(Error::StateMismatch),
            ),
            (
                format!("state=other&state={state}&code=abc"),
                Err(Error::StateMismatch),
            ),
            ("error=access_denied".to_owned(), Err(Error::StateMismatch)),
            (
                format!("state={state}&error=access_denied"),
                Err(Error::Denied),
            ),
            (
                format!("state={state}&error=server_error"),
                Err(Error::Failed),
            ),
            (format!("state={state}"), Err(missing)),
            (format!("state={state}&code="), Err(missing)),
            (
                format!("state={state}&code={}", "c".repeat(MAX_CODE + 1)),
                Err(missing),
            ),
            (String::new(), Err(Error::StateMismatch)),
        ];
        for (query, expected) in cases {
            assert_eq!(code(&query, &sign_in), expected, "{query}");
        }
    }

    #[test]
    fn a_public_client_names_itself_in_the_form_and_a_confidential_one_in_the_header() {
        let sign_in = SignIn::new([1; 16], [2; 32]);
        let form = |config: &Config| {
            let request = exchange(config, &sign_in, "abc", BACK).unwrap();
            assert_eq!(request.uri(), "https://api.x.test/2/oauth2/token");
            assert_eq!(request.method(), "POST");
            let authorization = request.headers().get(header::AUTHORIZATION).cloned();
            (pairs(request.body()), authorization)
        };
        let common = [
            ("grant_type", "authorization_code"),
            ("code", "abc"),
            ("redirect_uri", BACK),
            ("code_verifier", sign_in.verifier.as_str()),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));

        let (public, none) = form(&config(None));
        assert_eq!(public[..4], common);
        assert_eq!(
            public[4..],
            [("client_id".to_owned(), "lemon id".to_owned())]
        );
        assert_eq!(none, None);

        let (confidential, identity) = form(&config(Some("s:1")));
        assert_eq!(confidential, common);
        assert_eq!(identity.unwrap(), "Basic bGVtb24gaWQ6czox");
    }

    #[test]
    fn a_token_is_taken_only_from_an_answer_that_has_one() {
        let long = format!(
            r#"{{"access_token":"{}","expires_in":7200}}"#,
            "t".repeat(MAX_TOKEN + 1)
        );
        let cases = [
            (
                200,
                r#"{"token_type":"bearer","expires_in":7200,"access_token":"dG9r","scope":"users.read"}"#,
                Ok(7200),
            ),
            (200, r#"{"access_token":"t","expires_in":"60"}"#, Ok(60)),
            (200, r#"{"access_token":"t","expires_in":null}"#, Ok(7200)),
            (200, r#"{"access_token":"t"}"#, Ok(7200)),
            (200, r#"{"expires_in":7200}"#, Err(Error::Unreadable)),
            (200, "<html>", Err(Error::Failed)),
            (
                200,
                r#"{"access_token":"","expires_in":7200}"#,
                Err(Error::Unreadable),
            ),
            (
                200,
                r#"{"access_token":"a\r\nb","expires_in":7200}"#,
                Err(Error::Unreadable),
            ),
            (200, &long, Err(Error::Unreadable)),
            (200, "", Err(Error::Unreadable)),
            (200, r#"{"access_tok"#, Err(Error::Unreadable)),
            (
                400,
                r#"{"error":"invalid_grant"}"#,
                Err(Error::SignInExpired),
            ),
            (
                400,
                r#"{"error":"invalid_request","error_description":"Value passed for the authorization code was invalid."}"#,
                Err(Error::SignInExpired),
            ),
            (
                400,
                r#"{"error":"invalid_request","error_description":"Missing parameter"}"#,
                Err(Error::Rejected),
            ),
            (400, "Bad Request", Err(Error::Rejected)),
            (400, "<html>", Err(Error::Failed)),
            (
                401,
                r#"{"error":"unauthorized_client"}"#,
                Err(Error::SignedOut),
            ),
            (
                402,
                "",
                Err(Error::Closed {
                    retry_at: None,
                    limit: Limit::Credits,
                }),
            ),
            (503, "over capacity", Err(Error::Failed)),
        ];
        for (status, body, expected) in cases {
            let token = token(&answer(status, body), NOW);
            assert_eq!(
                token.map(|token| token.expires_in),
                expected,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn a_person_is_read_in_both_dialects_and_never_made_up() {
        let me = |body: &str| person(&answer(200, body), NOW);
        let expected = Me {
            id: "2244994945".to_owned(),
            handle: "lemon_demo".to_owned(),
            name: "레몬 🍋".to_owned(),
            avatar: Some("https://pbs.twimg.com/profile_images/1/a_normal.png".to_owned()),
            protected: true,
            posts: Some(3200),
        };
        for count in ["tweet_count", "post_count"] {
            let body = format!(
                r#"{{"data":{{"id":"2244994945","username":"lemon_demo","name":"레몬 🍋","protected":true,
                "profile_image_url":"https://pbs.twimg.com/profile_images/1/a_normal.png",
                "public_metrics":{{"followers_count":7,"{count}":3200}}}}}}"#
            );
            assert_eq!(me(&body).as_ref(), Ok(&expected));
        }
        let plain =
            me(r#"{"data":{"id":"7","username":"a","name":"A","profile_image_url":"data:,x"}}"#)
                .unwrap();
        assert_eq!(
            (plain.avatar, plain.protected, plain.posts),
            (None, false, None)
        );

        let odd = me(
            r#"{"data":{"id":7,"username":"a","name":null,"protected":"true","profile_image_url":1,
            "public_metrics":[],"verified":{}}}"#,
        )
        .unwrap();
        assert_eq!((&*odd.id, &*odd.name, odd.protected), ("7", "a", true));

        let wrong = [
            r#"{"data":{"id":"7/../1","username":"a","name":"A"}}"#,
            r#"{"data":{"id":"","username":"a","name":"A"}}"#,
            r#"{"data":{"id":"7","username":"a b","name":"A"}}"#,
            r#"{"data":{"id":7.5,"username":"a","name":"A"}}"#,
            r#"{"data":[{"id":"7","username":"a","name":"A"}]}"#,
            r#"{"errors":[{"title":"Not Found Error"}]}"#,
            "",
        ];
        for body in wrong {
            assert_eq!(me(body), Err(Error::Unreadable), "{body}");
        }
        assert_eq!(me("<html>"), Err(Error::Failed));
    }

    #[test]
    fn a_count_that_is_none_keeps_nobody_out() {
        for (metrics, posts) in [
            (r#"{"tweet_count":12}"#, Some(12)),
            (r#"{"tweet_count":null,"post_count":12}"#, Some(12)),
            (r#"{"tweet_count":12,"post_count":13}"#, Some(12)),
            (r#"{"tweet_count":-1}"#, None),
            (r#"{"tweet_count":0}"#, None),
            (r#"{"tweet_count":"12"}"#, None),
            (r#"{"tweet_count":1.5}"#, None),
            (r#"{"tweet_count":99999999999}"#, None),
            (r#"{"tweet_count":[12]}"#, None),
            ("{}", None),
            ("null", None),
            (r#""many""#, None),
        ] {
            let body = format!(
                r#"{{"data":{{"id":"7","username":"a","name":"A","public_metrics":{metrics}}}}}"#
            );
            let me = person(&answer(200, &body), NOW).unwrap();
            assert_eq!(me.posts, posts, "{metrics}");
        }
    }

    #[test]
    fn every_failed_sign_in_ends_on_the_page() {
        let cases = [
            (Error::Denied, "denied"),
            (Error::SignInExpired, "expired"),
            (Error::Elsewhere, "elsewhere"),
            (
                Error::Waiting {
                    retry_at: 1,
                    limit: Limit::UserQuarter,
                },
                "waiting",
            ),
            (
                Error::Closed {
                    retry_at: None,
                    limit: Limit::Operator,
                },
                "closed",
            ),
            (Error::StateMismatch, "failed"),
            (Error::Unreachable, "failed"),
            (Error::Config("X_CLIENT_ID is missing"), "failed"),
        ];
        for (error, expected) in cases {
            assert_eq!(outcome(error), expected);
        }
    }
}
