//! Mastodon, and what speaks its API.

use std::cell::RefCell;
use std::collections::HashSet;

use lemon_model::bots::Account;
use lemon_model::corpus::Content;
use lemon_model::feed::{Feed, Source};
use lemon_model::sources::exchange::{Begin, Client, FromSources, Key, Left, Refusal, session};
use lemon_model::sources::given::{Given, Wishes};
use lemon_model::sources::mastodon::{self, PARENTS, sign_in};
use lemon_model::sources::oauth;
use lemon_model::sources::server::Server;
use lemon_model::sources::software::Software;

use crate::ask::{self, Answer};
use crate::sign_in::found;

thread_local! {
    /// Servers that give one status at a time only.
    static ONE_BY_ONE: RefCell<HashSet<String>> = RefCell::default();
}

/// Where the person is to go.
pub async fn begin(
    server: &Server,
    software: &Software,
    begin: &Begin,
) -> Result<(String, Left), Refusal> {
    let ways = sign_in::Ways::of(software);
    let known = begin.clients.iter().find(|it| it.server == server.host());
    let client = match known {
        Some(client) => client.clone(),
        None => register(server, ways, begin).await?,
    };
    let is_wide = begin.is_wide || ways.is_keyed;
    let state = session(begin.state);
    let verifier = oauth::verifier(begin.secret);
    let (scope, callback) = (ways.scope(is_wide), &begin.callback);
    let address = sign_in::address(server, &client, scope, &state, &verifier, callback);
    let left = Left {
        source: Source::Mastodon,
        server: server.to_string(),
        state,
        verifier,
        client: Some(client),
        is_wide,
        callback: callback.clone(),
    };
    Ok((address, left))
}

async fn register(server: &Server, ways: sign_in::Ways, begin: &Begin) -> Result<Client, Refusal> {
    let url = format!("{}/api/v1/apps", server.base());
    let form = sign_in::registration(ways, &begin.name, &begin.callback, &begin.website);
    let answer = ask::post_form(&url, &form).await?;
    if !answer.is_ok() {
        return Err(refusal(&answer));
    }
    sign_in::client(&answer.body, server).map_err(|_| Refusal::Unreadable)
}

/// Who came back. A token that is not needed to read is given back at once; where nothing is
/// shown without one, and this one is too narrow, they are to allow more.
pub async fn finish(left: Left, query: &str, again: &Begin) -> Result<FromSources, Refusal> {
    let code = sign_in::code(query, &left.state)?;
    let server = Server::at(&left.server).ok_or(Refusal::Unknown)?;
    let client = left.client.ok_or(Refusal::Elsewhere)?;
    let base = server.base();
    let form = sign_in::exchange(&client, &code, &left.verifier, &left.callback);
    let answer = ask::post_form(&format!("{base}/oauth/token"), &form).await?;
    if !answer.is_ok() {
        return Err(match answer.status {
            400 | 401 => Refusal::NotProven,
            _ => refusal(&answer),
        });
    }
    let token = sign_in::token(&answer.body).map_err(|_| Refusal::Unreadable)?;
    let key = Key { client, token };
    let account = match account(&server, &key, left.is_wide).await {
        Ok(account) => account,
        Err(why) => {
            drop(&key).await;
            return Err(why);
        }
    };
    let known_as = Some(key.client.clone());
    if left.is_wide {
        return Ok(FromSources::Proven {
            account,
            key: Some(key),
            client: known_as,
        });
    }
    let shown = statuses(&server, account.feed.author(), None, None).await;
    drop(&key).await;
    if shown.is_ok_and(|answer| matches!(answer.status, 401 | 403)) {
        let (software, server) = found(&server).await?;
        let mut again = again.clone();
        again.clients = vec![key.client];
        again.is_wide = true;
        let (address, left) = begin(&server, &software, &again).await?;
        return Ok(FromSources::More { address, left });
    }
    Ok(FromSources::Proven {
        account,
        key: None,
        client: known_as,
    })
}

/// Whose it is.
async fn account(server: &Server, key: &Key, is_keyed: bool) -> Result<Account, Refusal> {
    let url = format!("{}/api/v1/accounts/verify_credentials", server.base());
    let answer = ask::get_with(&url, Some(&key.token)).await?;
    if !answer.is_ok() {
        return Err(refusal(&answer));
    }
    sign_in::account(&answer.body, server, is_keyed).map_err(|_| Refusal::Unreadable)
}

/// Gives a token back. Older servers let no page do that.
pub async fn drop(key: &Key) {
    if let Some(server) = Server::at(&key.client.server) {
        let url = format!("{}/oauth/revoke", server.base());
        // There is nobody to be told if it fails: it is forgotten here in any case.
        let _ = ask::post_form(&url, &sign_in::revocation(&key.client, &key.token)).await;
    }
}

pub async fn page(
    feed: &Feed,
    cursor: Option<&str>,
    wishes: Wishes,
    key: Option<&Key>,
) -> Result<Given, Refusal> {
    let server = Server::at(feed.server()).ok_or(Refusal::NoAccount)?;
    let (me, token) = (feed.author(), key.map(|key| key.token.as_str()));
    let answer = statuses(&server, me, cursor, token).await?;
    if !answer.is_ok() {
        return Err(refusal(&answer));
    }
    let given = mastodon::page(&answer.body, me, wishes);
    let mut given = given.map_err(|_| Refusal::Unreadable)?;
    if given.next.is_none() {
        // Of who has left the end looks like any other.
        let url = format!("{}{}", server.base(), mastodon::account_path(me));
        let answer = ask::get_with(&url, token).await?;
        return match answer.status {
            404 | 410 => Err(Refusal::NoAccount),
            _ => Ok(given),
        };
    }
    let known = parents(&server, me, wishes, token, &given.open_parents()).await?;
    given.fill(&known);
    Ok(given)
}

async fn statuses(
    server: &Server,
    me: &str,
    cursor: Option<&str>,
    token: Option<&str>,
) -> Result<Answer, Refusal> {
    let url = format!("{}{}", server.base(), mastodon::path(me, cursor));
    ask::get_with(&url, token).await
}

/// What is known of statuses that are answered; what is not among it is gone.
async fn parents(
    server: &Server,
    me: &str,
    wishes: Wishes,
    token: Option<&str>,
    ids: &[String],
) -> Result<Vec<(String, Content)>, Refusal> {
    let mut known = Vec::new();
    let is_one_by_one = || ONE_BY_ONE.with_borrow(|servers| servers.contains(server.host()));
    for several in ids.chunks(PARENTS) {
        if !is_one_by_one() {
            let several: Vec<&str> = several.iter().map(String::as_str).collect();
            let url = format!("{}{}", server.base(), mastodon::parents_path(&several));
            let answer = ask::get_with(&url, token).await?;
            if answer.is_ok()
                && let Ok(found) = mastodon::parents(&answer.body, me, wishes)
            {
                known.extend(found);
                continue;
            }
            if answer.status == 429 || answer.status >= 500 {
                return Err(refusal(&answer));
            }
            // It is an older one, or of those that never give several.
            ONE_BY_ONE.with_borrow_mut(|servers| servers.insert(server.host().to_owned()));
        }
        for id in several {
            let url = format!("{}{}", server.base(), mastodon::parent_path(id));
            let answer = ask::get_with(&url, token).await?;
            if answer.is_ok() {
                known.extend(mastodon::parent(&answer.body, me, wishes));
            } else if answer.status == 429 || answer.status >= 500 {
                return Err(refusal(&answer));
            }
        }
    }
    Ok(known)
}

fn refusal(answer: &Answer) -> Refusal {
    sign_in::refusal(answer.status, answer.reset.as_deref())
}
