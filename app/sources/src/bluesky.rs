//! Bluesky: identities, sign-in, and posts with what they answer.

mod holder;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use futures_util::future::try_join_all;
use lemon_model::bots::Account;
use lemon_model::corpus::Content;
use lemon_model::feed::{Feed, Source};
use lemon_model::sources::bluesky::sign_in::{self, Attempt, Endpoints, Identity, Named, Places};
use lemon_model::sources::bluesky::{self, OTHERS, PARENTS, Place};
use lemon_model::sources::exchange::{Begin, FromSources, Left, Refusal, session};
use lemon_model::sources::given::{Given, Unreadable, Wishes};
use lemon_model::sources::oauth;
use lemon_model::sources::server::Server;

use crate::ask::{self, Answer};
use holder::Holder;

thread_local! {
    static PLACES: RefCell<Places> = RefCell::default();
    /// What the documents of identities say.
    static IDENTITIES: RefCell<HashMap<String, Identity>> = RefCell::default();
    /// Who a server says that came back in an attempt, where it is not known yet whether it may.
    static CLAIMED: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
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
    let mut holder = Holder::new().await?;
    let pushed = attempt.pushed(hint.as_deref());
    let answer = holder.post(&endpoints.push, &pushed).await?;
    if answer.status != 201 {
        return Err(refused(&answer));
    }
    let address = sign_in::address(&answer.body, &endpoints, &client_id);
    let address = address.map_err(|_| Refusal::Unreadable)?;
    holder.keep(&state).await?;
    let left = Left {
        source: Source::Bluesky,
        server: issuer.to_string(),
        state,
        verifier,
        client: None,
        is_wide: false,
        callback: begin.callback.clone(),
    };
    Ok((address, left))
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
            let answer = asked(&sign_in::handle_path(host.host())).await?;
            match sign_in::did(&answer.body) {
                Ok(did) if answer.is_ok() => {
                    let identity = identity(&did).await?;
                    // A name that leads to somebody who does not go by it.
                    if !identity.is_called(host.host()) {
                        return Err(Refusal::NoAccount);
                    }
                    return Ok((issuer_at(&identity.home).await?, Some(host.to_string())));
                }
                // Nobody's handle; it may be where somebody's posts are.
                _ if answer.status == 400 => {
                    let issuer = issuer_at(&host).await.map_err(|why| match why {
                        Refusal::Unreachable => Refusal::NoAccount,
                        why => why,
                    });
                    return Ok((issuer?, None));
                }
                Ok(_) | Err(Unreadable) => return Err(refusal(&answer)),
            }
        }
    };
    let issuer = issuer_at(&identity(&did).await?.home).await?;
    Ok((issuer, Some(did)))
}

/// What the document of `did` says.
async fn identity(did: &str) -> Result<Identity, Refusal> {
    if let Some(known) = IDENTITIES.with_borrow(|known| known.get(did).cloned()) {
        return Ok(known);
    }
    let url = sign_in::document(&places(), did).ok_or(Refusal::NoAccount)?;
    let answer = ask::get_with(&url, None).await?;
    match answer.status {
        200 => {}
        404 | 410 => return Err(Refusal::NoAccount),
        _ => return Err(refusal(&answer)),
    }
    let identity = sign_in::identity(&answer.body, did).map_err(|_| Refusal::Unreadable)?;
    IDENTITIES.with_borrow_mut(|known| known.insert(did.to_owned(), identity.clone()));
    Ok(identity)
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
    let finished = prove(left, came, begin).await;
    if finished.as_ref().err().is_none_or(|why| why.is_final()) {
        CLAIMED.set(None);
        holder::forget().await;
    }
    finished
}

async fn prove(left: &Left, came: &str, begin: &Begin) -> Result<FromSources, Refusal> {
    let issuer = Server::at(&left.server).ok_or(Refusal::Elsewhere)?;
    let code = sign_in::code(came, &left.state, &issuer)?;
    // A code is good once, and what comes behind may have to be asked for again.
    let claimed = CLAIMED.with_borrow(|claimed| {
        let claimed = claimed.as_ref().filter(|(state, _)| *state == left.state);
        claimed.map(|(_, did)| did.clone())
    });
    let did = if let Some(did) = claimed {
        did
    } else {
        let did = exchanged(left, &issuer, &code, begin).await?;
        CLAIMED.set(Some((left.state.clone(), did.clone())));
        did
    };
    if issuer_at(&identity(&did).await?.home).await? != issuer {
        return Err(Refusal::NotConfirmed);
    }
    Ok(FromSources::Proven {
        account: account(&did).await?,
        key: None,
        client: None,
    })
}

/// Whose the token is that the code is exchanged for, as the server says. It is of no more use,
/// and goes.
async fn exchanged(
    left: &Left,
    issuer: &Server,
    code: &str,
    begin: &Begin,
) -> Result<String, Refusal> {
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
    let granted = sign_in::granted(&answer.body).map_err(|_| Refusal::Unreadable)?;
    if let Some(revoke) = &endpoints.revoke {
        // There is nobody to be told if it fails: it is forgotten here in any case.
        let _ = holder
            .post(revoke, &attempt.revocation(&granted.token))
            .await;
    }
    if granted.is_enough {
        Ok(granted.did)
    } else {
        Err(Refusal::NotConfirmed)
    }
}

async fn account(did: &str) -> Result<Account, Refusal> {
    let answer = get(&sign_in::profile_path(did)).await?;
    sign_in::account(&answer.body, did).map_err(|_| Refusal::Unreadable)
}

/// What the public API says, be it that it refuses.
async fn asked(path: &str) -> Result<Answer, Refusal> {
    ask::get_with(&format!("{}{path}", places().api), None).await
}

/// What the public API gives.
async fn get(path: &str) -> Result<Answer, Refusal> {
    let answer = asked(path).await?;
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
    if place == Place::Start {
        // Since the last time somebody may have blocked somebody.
        BLOCKED.with_borrow_mut(HashMap::clear);
    }
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
    bluesky::feed(&answer.body, me, wishes).map_err(|_| Refusal::Unreadable)
}

async fn kept(me: &str, cursor: Option<&str>, wishes: Wishes) -> Result<Given, Refusal> {
    let url = format!(
        "{}{}",
        identity(me).await?.home.base(),
        bluesky::records_path(me, cursor)
    );
    let answer = ask::get_with(&url, None).await?;
    if !answer.is_ok() {
        return Err(refusal(&answer));
    }
    let given = bluesky::records(&answer.body, me, wishes);
    let mut given = given.map_err(|_| Refusal::Unreadable)?;
    let open = bluesky::open_parents(&given, me);
    let asking = open
        .chunks(PARENTS)
        .map(|several| parents(me, several, wishes));
    let mut known = try_join_all(asking).await?.concat();
    hide_blocked(me, &mut known).await?;
    given.fill(&known);
    Ok(given)
}

async fn parents(
    me: &str,
    addresses: &[String],
    wishes: Wishes,
) -> Result<Vec<(String, Content)>, Refusal> {
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let answer = asked(&bluesky::parents_path(&addresses)).await?;
    match answer.status {
        200 => bluesky::parents(&answer.body, me, wishes).map_err(|_| Refusal::Unreadable),
        // One of them it does not take, whichever: the person's own words are no worse for it.
        400 => Ok(Vec::new()),
        _ => Err(refusal(&answer)),
    }
}

/// Posts that are asked for by their addresses come whether their authors are blocked or not;
/// relationships tell. What nobody tells stays hidden.
async fn hide_blocked(me: &str, known: &mut [(String, Content)]) -> Result<(), Refusal> {
    let mut authors = BTreeSet::new();
    for (_, content) in &*known {
        if let Content::Shown { author_id, .. } = content
            && is_blocked(me, author_id).is_none()
        {
            authors.insert(author_id.clone());
        }
    }
    let authors: Vec<String> = authors.into_iter().collect();
    let asking = authors.chunks(OTHERS).map(|several| learn(me, several));
    try_join_all(asking).await?;
    for (_, content) in known {
        if let Content::Shown { author_id, .. } = content
            && is_blocked(me, author_id) != Some(false)
        {
            *content = Content::Protected;
        }
    }
    Ok(())
}

/// Whether `me` and `author` have blocked each other, or one the other, as far as is known.
fn is_blocked(me: &str, author: &str) -> Option<bool> {
    let pair = (me.to_owned(), author.to_owned());
    BLOCKED.with_borrow(|blocked| blocked.get(&pair).copied())
}

/// Asks how `me` and these authors stand to each other.
async fn learn(me: &str, authors: &[String]) -> Result<(), Refusal> {
    let others: Vec<&str> = authors.iter().map(String::as_str).collect();
    let answer = asked(&bluesky::relationships_path(me, &others)).await?;
    let told = match answer.status {
        200 => bluesky::blocked(&answer.body).map_err(|_| Refusal::Unreadable)?,
        // One of them it does not take, whichever.
        400 => Vec::new(),
        _ => return Err(refusal(&answer)),
    };
    BLOCKED.with_borrow_mut(|blocked| {
        let told = told.into_iter();
        blocked.extend(told.map(|(author, is_blocked)| ((me.to_owned(), author), is_blocked)));
    });
    Ok(())
}

fn refusal(answer: &Answer) -> Refusal {
    sign_in::refusal(answer.status, &answer.body, answer.reset.as_deref())
}

fn refused(answer: &Answer) -> Refusal {
    sign_in::refused(answer.status, &answer.body, answer.reset.as_deref())
}
