//! A stand-in on this machine, until it is interrupted. Prints its address.
//!
//! - `standin [--port N] [--client-id ID] [--client-secret SECRET]`: for X.
//! - `standin misskey [--port N] [--software NAME]`: for Misskey or a fork of it.
//! - `standin bluesky [--port N]`: for Bluesky, whose servers have that port and the four behind
//!   it. Prints where each is.
//! - `standin mastodon [--port N] [--like NAME]`: for Mastodon, or what speaks its API.

use std::{env, error::Error, process::ExitCode};

use lemon_tests::{
    bluesky::{self, Bluesky, Server},
    mastodon::{self, Mastodon},
    misskey::{self, Misskey},
    standin::{self, Standin},
};

const USAGE: &str = "usage: standin [--port N] [--client-id ID] [--client-secret SECRET]
       standin misskey [--port N] [--software misskey|sharkey|cherrypick|firefish]
       standin mastodon [--port N] [--like 4.3|4.2|hollo|gotosocial]
       standin bluesky [--port N]";

/// What is stood in for, and how.
enum Wish {
    X(standin::Config),
    Misskey(misskey::Config),
    Bluesky(bluesky::Config),
    Mastodon(mastodon::Config),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(wish) = Wish::parse(env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let served = tokio::select! {
        result = serve(wish) => result,
        _ = tokio::signal::ctrl_c() => return ExitCode::SUCCESS,
    };
    if let Err(error) = served {
        eprintln!("{error}");
    }
    ExitCode::FAILURE
}

/// Returns when the server has ended by itself.
async fn serve(wish: Wish) -> Result<(), Box<dyn Error>> {
    match wish {
        Wish::X(config) => {
            let mut standin = Standin::start(config).await?;
            println!("{}", standin.url());
            standin.ended().await;
        }
        Wish::Misskey(config) => {
            let mut misskey = Misskey::start(config).await?;
            println!("{}", misskey.url());
            misskey.ended().await;
        }
        Wish::Bluesky(config) => {
            let mut bluesky = Bluesky::start(config).await?;
            for server in Server::ALL {
                println!("{} {}", server.name(), bluesky.origin(server));
            }
            bluesky.ended().await;
        }
        Wish::Mastodon(config) => {
            let mut mastodon = Mastodon::start(config).await?;
            println!("{}", mastodon.url());
            mastodon.ended().await;
        }
    }
    Ok(())
}

impl Wish {
    fn parse(arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut arguments = arguments.peekable();
        let named = arguments.next_if(|word| !word.starts_with('-'));
        match named.as_deref() {
            None => x(arguments).map(Self::X),
            Some("misskey") => misskey(arguments).map(Self::Misskey),
            Some("bluesky") => bluesky(arguments).map(Self::Bluesky),
            Some("mastodon") => mastodon(arguments).map(Self::Mastodon),
            Some(_) => None,
        }
    }
}

fn x(mut arguments: impl Iterator<Item = String>) -> Option<standin::Config> {
    let mut config = standin::Config {
        port: standin::DEFAULT_PORT,
        ..standin::Config::default()
    };
    while let Some(name) = arguments.next() {
        let value = arguments.next()?;
        match name.as_str() {
            "--port" => config.port = value.parse().ok()?,
            "--client-id" => config.client.id = value,
            "--client-secret" => config.client.secret = Some(value),
            _ => return None,
        }
    }
    Some(config)
}

fn misskey(mut arguments: impl Iterator<Item = String>) -> Option<misskey::Config> {
    let mut software = misskey::Software::default();
    let mut port = misskey::DEFAULT_PORT;
    while let Some(name) = arguments.next() {
        let value = arguments.next()?;
        match name.as_str() {
            "--port" => port = value.parse().ok()?,
            "--software" => software = misskey::Software::named(&value)?,
            _ => return None,
        }
    }
    Some(misskey::Config {
        port,
        ..misskey::Config::of(software)
    })
}

fn mastodon(mut arguments: impl Iterator<Item = String>) -> Option<mastodon::Config> {
    let mut like = mastodon::Like::default();
    let mut port = mastodon::DEFAULT_PORT;
    while let Some(name) = arguments.next() {
        let value = arguments.next()?;
        match name.as_str() {
            "--port" => port = value.parse().ok()?,
            "--like" => like = mastodon::Like::named(&value)?,
            _ => return None,
        }
    }
    Some(mastodon::Config {
        port,
        ..mastodon::Config::of(like)
    })
}

fn bluesky(mut arguments: impl Iterator<Item = String>) -> Option<bluesky::Config> {
    let mut port = bluesky::DEFAULT_PORT;
    while let Some(name) = arguments.next() {
        let value = arguments.next()?;
        match name.as_str() {
            "--port" => port = value.parse().ok()?,
            _ => return None,
        }
    }
    Some(bluesky::Config {
        port,
        ..bluesky::Config::default()
    })
}
