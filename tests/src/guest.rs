//! A person without a browser: signs in and asks as the page does. For measuring, where many
//! come at once.

use std::error::Error;

use lemon_model::bot::{Any, Bot};
use lemon_model::seal::{self, DeleteToken, LinkSecret};
use lemon_wire::{DELETE_HASH_HEADER, EXPIRY_HEADER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

/// # Errors
/// Those of [`reqwest::ClientBuilder::build`].
pub fn client() -> reqwest::Result<Client> {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build()
}

/// The session's cookie of `handle`; none if the edge or X did not let them in.
///
/// # Errors
/// If somebody could not be reached.
pub async fn sign_in(
    client: &Client,
    origin: &str,
    handle: &str,
) -> Result<Option<String>, Box<dyn Error + Send + Sync>> {
    let login = client
        .get(format!("{origin}/api/auth/login"))
        .send()
        .await?;
    let (Some(address), Some(kept)) = (header(&login, "location"), cookie(&login, "sign-in"))
    else {
        return Ok(None);
    };
    if !address.starts_with("http") {
        return Ok(None);
    }
    let x = client.get(format!("{address}&as={handle}")).send().await?;
    let Some(back) = header(&x, "location") else {
        return Ok(None);
    };
    let callback = client.get(back).header("cookie", kept).send().await?;
    Ok(cookie(&callback, "session"))
}

/// Shares `bot` for a day, and gives its link.
///
/// # Errors
/// If it is no bot, or the edge does not take it.
pub async fn share(origin: &str, bot: &Bot) -> Result<String, Box<dyn Error>> {
    let secret = LinkSecret::new([7; 16]);
    let hash = DeleteToken::new([7; 32]).hash();
    let stored = client()?
        .put(format!("{origin}/api/bots/{}", secret.id()))
        .header("origin", origin)
        .header(EXPIRY_HEADER, "1")
        .header(DELETE_HASH_HEADER, hash)
        .body(seal::seal(bot, &secret, [7; 12])?)
        .send()
        .await?;
    stored.error_for_status()?;
    Ok(format!("{origin}/b#{}", secret.fragment()))
}

/// The bot behind a link, as whoever has it can read it.
///
/// # Errors
/// If it is not there, or is none.
pub async fn open(origin: &str, link: &str) -> Result<Bot, Box<dyn Error>> {
    let fragment = link.split_once('#').map_or("", |(_, fragment)| fragment);
    let secret = LinkSecret::parse(fragment)?;
    let address = format!("{origin}/api/bots/{}", secret.id());
    let stored = client()?.get(address).send().await?.error_for_status()?;
    match seal::open(&stored.bytes().await?, &secret)? {
        Any::Third(bot) => Ok(*bot),
        Any::First(_) => Err("it is of the first form".into()),
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

fn cookie(response: &Response, name: &str) -> Option<String> {
    let lines = response.headers().get_all("set-cookie").into_iter();
    let mut pairs = lines.filter_map(|line| line.to_str().ok()?.split(';').next());
    // That of a sign-in has its state behind its name.
    let is_named = |pair: &&str| {
        let rest = pair.strip_prefix(&format!("__Host-lemon-{name}")[..]);
        rest.is_some_and(|rest| rest.starts_with(['=', '-']))
    };
    let found = pairs.find(is_named)?;
    (!found.ends_with('=')).then(|| found.to_owned())
}
