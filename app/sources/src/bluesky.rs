//! Bluesky: identities, sign-in, and posts with what they answer.

mod holder;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use futures_util::future::try_join_all;
use lemon_model::bots::Account;
use lemon_model::corpus::Content;
use lemon_model::feed::{Feed, Source};
use lemon_model::sources::bluesky::sign_in::{self, Attempt, Endpoints, Granted, Named, Places};
use lemon_model::sources::bluesky::{self, PARENTS, Place};
use lemon_model::sources::exchange::{Begin, FromSources, Left, Refusal, session};
use lemon_model::sources::given::{Given, Unreadable, Wishes};
use lemon_model::sources::oauth;
use lemon_model::sources::server::Server;

use crate::ask::{self, Answer};
use holder::Holder;

/// Threads that are asked for at once: as many connections as browsers open to one host.
const AT_ONCE: usize = 6;

thread_local! {
    static PLACES: RefCell<Places> = RefCell::default();
    /// Servers that have posts, by whose.
    static HOMES: RefCell<HashMap<String, Server>> = RefCell::default();
    /// What was granted to whom it is not known yet whether they are who they are said to be.
    static GRANTED: RefCell<Option<(String, Granted)>> = const { RefCell::new(None) };
    /// Whether one of the two has blocked the other, by whose posts and who was answered.
    static BLOCKED: RefCell<HashMap<(String, String), bool>> = RefCell::default();
}

pub fn be_at(places: Places) {
    PLACES.set(places);
}

fn places() -> Places {
    PLACES.with_borrow(Clone::clone)
}

/// Where the person is to go, of whom is known what they `typed`.
pub async fn begin(typed: &str, begin: &Begin) -> Result<(String, Left), Refusal> {
    let named = sign_in::named(typed).ok_or(Refusal::NoHandle)?;
    let (issuer, hint) = issuer_of(named).await?;
    let endpoints = endpoints(&issuer).await?;
    let state = session(begin.state);
    let verifier = oauth::verifier(begin.secret);
    let client_id = sign_in::client_id(&begin.website, &begin.callback);
    let attempt = Attempt {
        client_id: &client_id,
        callback: &begin.callback,
        state: &state,
        verifier: &verifier,
    };
    let mut holder = Holder::new(&state).await?;
    let pushed = attempt.pushed(hint.as_deref());
    let answer = holder.post(&endpoints.push, &pushed).await?;
    if answer.status != 201 {
        return Err(refused(&answer));
    }
    let address = sign_in::address(&answer.body, &endpoints, &client_id);
    let left = Left {
        source: Source::Bluesky,
        server: issuer.to_string(),
        state,
        verifier,
        client: None,
        issuer: issuer.to_string(),
        is_wide: false,
        callback: begin.callback.clone(),
    };
    Ok((address.map_err(|_| Refusal::Failing)?, left))
}

/// Who signs in whoever was named, and what helps them there.
async fn issuer_of(named: Named) -> Result<(Server, Option<String>), Refusal> {
    let did = match named {
        Named::Anybody => {
            let entryway = places().entryway;
            let server = Server::named(&entryway).ok_or(Refusal::Unknown)?;
            return Ok((server, None));
        }
        Named::Did(did) => did,
        Named::Host(host) => {
            let url = format!("{}{}", places().api, sign_in::handle_path(host.host()));
            let answer = ask::get_with(&url, None).await?;
            match sign_in::did(&answer.body) {
                Ok(did) if answer.is_ok() => {
                    let issuer = issuer_at(&home(&did).await?).await?;
                    return Ok((issuer, Some(host.to_string())));
                }
                // Nobody's handle; it may be where somebody's posts are.
                _ if answer.status == 400 => {
                    let issuer = issuer_at(&host).await;
                    return Ok((issuer.map_err(|_| Refusal::NoAccount)?, None));
                }
                Ok(_) | Err(Unreadable) => return Err(refusal(&answer)),
            }
        }
    };
    let issuer = issuer_at(&home(&did).await?).await?;
    Ok((issuer, Some(did)))
}

/// The server that has the posts of `did`.
async fn home(did: &str) -> Result<Server, Refusal> {
    if let Some(known) = HOMES.with_borrow(|homes| homes.get(did).cloned()) {
        return Ok(known);
    }
    let url = sign_in::document(&places(), did).ok_or(Refusal::NoAccount)?;
    let answer = ask::get_with(&url, None).await?;
    match answer.status {
        200 => {}
        404 | 410 => return Err(Refusal::NoAccount),
        _ => return Err(refusal(&answer)),
    }
    let home = sign_in::home(&answer.body, did).map_err(|_| Refusal::Failing)?;
    HOMES.with_borrow_mut(|homes| homes.insert(did.to_owned(), home.clone()));
    Ok(home)
}

/// Who signs in the people of a server.
async fn issuer_at(server: &Server) -> Result<Server, Refusal> {
    let url = format!("{}{}", server.base(), sign_in::RESOURCE);
    let answer = ask::get_with(&url, None).await?;
    match answer.status {
        200 => sign_in::issuer(&answer.body, server).map_err(|_| Refusal::Unknown),
        404 => Ok(server.clone()),
        _ => Err(refusal(&answer)),
    }
}

async fn endpoints(issuer: &Server) -> Result<Endpoints, Refusal> {
    let url = format!("{}{}", issuer.base(), sign_in::METADATA);
    let answer = ask::get_with(&url, None).await?;
    match answer.status {
        200 => sign_in::endpoints(&answer.body, issuer).map_err(|_| Refusal::Unknown),
        404 => Err(Refusal::Unknown),
        _ => Err(refusal(&answer)),
    }
}

/// Who came back, which is proven by who signs in whoever it is said to be.
pub async fn finish(left: &Left, came: &str, begin: &Begin) -> Result<FromSources, Refusal> {
    let issuer = Server::at(&left.issuer).ok_or(Refusal::Elsewhere)?;
    let code = sign_in::code(came, &left.state, &issuer)?;
    // A code is good once, and what comes behind may have to be asked for again.
    let known = GRANTED.take().filter(|(state, _)| *state == left.state);
    let granted = match known {
        Some((_, granted)) => granted,
        None => grant(left, &issuer, &code, begin).await?,
    };
    GRANTED.set(Some((left.state.clone(), granted.clone())));
    if !granted.is_enough || issuer_at(&home(&granted.did).await?).await? != issuer {
        return Err(Refusal::NotProven);
    }
    Ok(FromSources::Proven {
        account: account(&granted.did).await?,
        key: None,
        client: None,
    })
}

/// What the code is exchanged for. The token is of no use but for whose it is, and goes.
async fn grant(
    left: &Left,
    issuer: &Server,
    code: &str,
    begin: &Begin,
) -> Result<Granted, Refusal> {
    let mut holder = Holder::of(&left.state).await?;
    let endpoints = endpoints(issuer).await?;
    let client_id = sign_in::client_id(&begin.website, &left.callback);
    let attempt = Attempt {
        client_id: &client_id,
        callback: &left.callback,
        state: &left.state,
        verifier: &left.verifier,
    };
    let exchange = attempt.exchange(code);
    let answer = holder.post(&endpoints.token, &exchange).await?;
    if !answer.is_ok() {
        return Err(refused(&answer));
    }
    let granted = sign_in::granted(&answer.body).map_err(|_| Refusal::Failing)?;
    if let Some(revoke) = &endpoints.revoke {
        // There is nobody to be told if it fails: it is forgotten here in any case.
        let _ = holder
            .post(revoke, &attempt.revocation(&granted.token))
            .await;
    }
    holder::forget().await;
    Ok(granted)
}

async fn account(did: &str) -> Result<Account, Refusal> {
    let answer = get(&sign_in::profile_path(did)).await?;
    sign_in::account(&answer.body, did).map_err(|_| Refusal::Failing)
}

/// What the public API says.
async fn get(path: &str) -> Result<Answer, Refusal> {
    let answer = ask::get_with(&format!("{}{path}", places().api), None).await?;
    if answer.is_ok() {
        Ok(answer)
    } else {
        Err(refusal(&answer))
    }
}

/// A page of the feed, and behind its end of the records, which reach back to the first post.
pub async fn page(feed: &Feed, cursor: Option<&str>, wishes: Wishes) -> Result<Given, Refusal> {
    let me = feed.author();
    let place = cursor.map_or(Place::Start, Place::parse);
    let mut given = match &place {
        Place::Start => fed(me, None, wishes).await?,
        Place::Feed { cursor, .. } => fed(me, Some(cursor), wishes).await?,
        Place::Records { cursor } => {
            let mut given = kept(me, cursor.as_deref(), wishes).await?;
            let cursor = given.next.take();
            given.next = cursor.map(|cursor| {
                Place::Records {
                    cursor: Some(cursor),
                }
                .written()
            });
            return Ok(given);
        }
    };
    let oldest = given.posts.last();
    let oldest = oldest.and_then(|post| bluesky::cursor_behind(&post.id));
    let next = place.behind_feed(oldest, given.next.take());
    given.next = Some(next.written());
    Ok(given)
}

async fn fed(me: &str, cursor: Option<&str>, wishes: Wishes) -> Result<Given, Refusal> {
    let answer = get(&bluesky::feed_path(me, cursor)).await?;
    bluesky::feed(&answer.body, me, wishes).map_err(|_| Refusal::Failing)
}

async fn kept(me: &str, cursor: Option<&str>, wishes: Wishes) -> Result<Given, Refusal> {
    let url = format!(
        "{}{}",
        home(me).await?.base(),
        bluesky::records_path(me, cursor)
    );
    let answer = ask::get_with(&url, None).await?;
    if !answer.is_ok() {
        return Err(refusal(&answer));
    }
    let given = bluesky::records(&answer.body, me, wishes);
    let mut given = given.map_err(|_| Refusal::Failing)?;
    let open = bluesky::open_parents(&given, me);
    let asking = open
        .chunks(PARENTS)
        .map(|several| parents(me, several, wishes));
    let mut known = try_join_all(asking).await?.concat();
    hide_blocked(me, &given, &mut known).await?;
    given.fill(&known);
    Ok(given)
}

async fn parents(
    me: &str,
    addresses: &[String],
    wishes: Wishes,
) -> Result<Vec<(String, Content)>, Refusal> {
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let answer = get(&bluesky::parents_path(&addresses)).await?;
    bluesky::parents(&answer.body, me, wishes).map_err(|_| Refusal::Failing)
}

/// Posts that are asked for by their addresses come whether their authors are blocked or not;
/// threads tell. One is asked for each author.
async fn hide_blocked(
    me: &str,
    given: &Given,
    known: &mut [(String, Content)],
) -> Result<(), Refusal> {
    let pair = |author: &str| (me.to_owned(), author.to_owned());
    // A reply to each author of whom it is not known yet.
    let mut open = BTreeMap::new();
    for post in &given.posts {
        let parent = post.parent.as_ref();
        let shown = parent.and_then(|parent| known.iter().find(|(id, _)| *id == parent.id));
        if let Some((_, Content::Shown { author_id, .. })) = shown
            && BLOCKED.with_borrow(|blocked| !blocked.contains_key(&pair(author_id)))
        {
            open.entry(author_id.clone()).or_insert(&*post.id);
        }
    }
    let open: Vec<(String, &str)> = open.into_iter().collect();
    for several in open.chunks(AT_ONCE) {
        let told = try_join_all(several.iter().map(|(_, reply)| is_blocked(reply))).await?;
        BLOCKED.with_borrow_mut(|blocked| {
            let authors = several.iter().map(|(author, _)| pair(author));
            blocked.extend(authors.zip(told));
        });
    }
    for (_, content) in known {
        if let Content::Shown { author_id, .. } = content
            && BLOCKED.with_borrow(|blocked| blocked.get(&pair(author_id)) == Some(&true))
        {
            *content = Content::Protected;
        }
    }
    Ok(())
}

async fn is_blocked(reply: &str) -> Result<bool, Refusal> {
    let url = format!("{}{}", places().api, bluesky::thread_path(reply));
    let answer = ask::get_with(&url, None).await?;
    match answer.status {
        200 => bluesky::is_blocked(&answer.body).map_err(|_| Refusal::Failing),
        // A thread that is not shown tells nothing, and what it may hide stays hidden.
        400 | 404 => Ok(true),
        _ => Err(refusal(&answer)),
    }
}

fn refusal(answer: &Answer) -> Refusal {
    sign_in::refusal(answer.status, &answer.body, answer.reset.as_deref())
}

fn refused(answer: &Answer) -> Refusal {
    sign_in::refused(answer.status, &answer.body, answer.reset.as_deref())
}
