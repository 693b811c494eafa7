//! Finding out what runs at a server that a person named, and how they prove there who they are.

use lemon_model::feed::Source;
use lemon_model::sources::exchange::{Begin, Left, Refusal};
use lemon_model::sources::server::Server;
use lemon_model::sources::software::{self, Software};

use crate::{ask, bluesky, mastodon, misskey};

/// Where the person is to go, and what is to be known when they come back.
pub async fn begin(source: Source, typed: &str, begin: &Begin) -> Result<(String, Left), Refusal> {
    if source == Source::Bluesky {
        return bluesky::begin(typed, begin).await;
    }
    let server = Server::named(typed).ok_or(Refusal::NoName)?;
    let (software, server) = found(&server).await?;
    match software.source() {
        Some(Source::Misskey) => Ok(misskey::begin(&server, begin)),
        Some(Source::Mastodon) => mastodon::begin(&server, &software, begin).await,
        _ => Err(Refusal::OtherSoftware),
    }
}

/// What runs there, and the server's own name.
pub async fn found(server: &Server) -> Result<(Software, Server), Refusal> {
    let links = ask::get(&format!("{}{}", server.base(), software::PATH)).await?;
    if links.status >= 500 || links.status == 429 {
        return Err(Refusal::Failing);
    }
    let link = links.is_ok().then(|| software::link(&links.body));
    if let Some(Ok(Some((url, named)))) = link
        && let Ok(said) = ask::get(&url).await
        && said.is_ok()
    {
        let software = software::software(&said.body).map_err(|_| Refusal::Unknown)?;
        return Ok((software, named));
    }
    // Who federates with nobody does not say it there, and Firefish to no page of others.
    if misskey::is_there(server).await? {
        let software = Software {
            name: "misskey".to_owned(),
            version: String::new(),
        };
        return Ok((software, server.clone()));
    }
    Err(Refusal::Unknown)
}
