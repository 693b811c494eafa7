//! Misskey and its forks.

use lemon_model::feed::{Feed, Source};
use lemon_model::sources::exchange::{Begin, FromSources, Left, Refusal, session};
use lemon_model::sources::given::{Given, Wishes};
use lemon_model::sources::misskey::{self, sign_in};
use lemon_model::sources::server::Server;

use crate::ask::{self, Answer};

/// Whether it runs at a server that does not say so.
pub async fn is_there(server: &Server) -> Result<bool, Refusal> {
    let url = format!("{}/api/meta", server.base());
    let answer = ask::post(&url, r#"{"detail":false}"#).await?;
    Ok(answer.is_ok() && misskey::is_meta(&answer.body))
}

pub fn begin(server: &Server, begin: &Begin) -> (String, Left) {
    let state = session(begin.state);
    let address = sign_in::address(server, &state, &begin.name, &begin.callback);
    let left = Left {
        source: Source::Misskey,
        server: server.to_string(),
        state,
        verifier: String::new(),
        client: None,
        is_wide: false,
        callback: begin.callback.clone(),
    };
    (address, left)
}

/// The token that comes with the answer goes with it: it is good for nothing, and posts are read
/// without.
pub async fn finish(left: &Left, query: &str) -> Result<FromSources, Refusal> {
    let server = Server::at(&left.server).ok_or(Refusal::Unknown)?;
    if !sign_in::is_of(query, &left.state) {
        return Err(Refusal::Elsewhere);
    }
    let answer = ask::post(&sign_in::check(&server, &left.state), "{}").await?;
    if !answer.is_ok() {
        return Err(refusal(&answer));
    }
    let account = sign_in::account(&answer.body, &server);
    let account = account.map_err(|_| Refusal::Unreadable)?;
    Ok(FromSources::Proven {
        account: account.ok_or(Refusal::NotProven)?,
        key: None,
        client: None,
    })
}

pub async fn page(feed: &Feed, cursor: Option<&str>, wishes: Wishes) -> Result<Given, Refusal> {
    let server = Server::at(feed.server()).ok_or(Refusal::NoAccount)?;
    let url = format!("{}/api/users/notes", server.base());
    let answer = ask::post(&url, &misskey::request(feed.author(), cursor)).await?;
    if !answer.is_ok() {
        return Err(refusal(&answer));
    }
    let given = misskey::page(&answer.body, feed.author(), wishes);
    let given = given.map_err(|_| Refusal::Unreadable)?;
    if given.next.is_none() {
        // Of who has left the end looks like any other.
        let url = format!("{}/api/users/show", server.base());
        let answer = ask::post(&url, &misskey::who(feed.author())).await?;
        match refusal(&answer) {
            Refusal::NoAccount if !answer.is_ok() => return Err(Refusal::NoAccount),
            _ => return Ok(given),
        }
    }
    let is_hidden = cursor.is_none() && given.hidden > 0 && given.posts.is_empty();
    if is_hidden && given.unwanted == 0 {
        return Err(Refusal::Hidden);
    }
    Ok(given)
}

fn refusal(answer: &Answer) -> Refusal {
    sign_in::refusal(answer.status, &answer.body, ask::now())
}
