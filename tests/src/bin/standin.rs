//! `standin [--port N] [--client-id ID] [--client-secret SECRET]`: the stand-in
//! for X on this machine, until it is interrupted. Prints its address.

use std::{env, process::ExitCode};

use lemon_tests::standin::{Config, DEFAULT_PORT, Standin};

const USAGE: &str = "usage: standin [--port N] [--client-id ID] [--client-secret SECRET]";

#[tokio::main]
async fn main() -> ExitCode {
    let Some(config) = parse(env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let mut standin = match Standin::start(config).await {
        Ok(standin) => standin,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{}", standin.url());
    tokio::select! {
        () = standin.ended() => ExitCode::FAILURE,
        _ = tokio::signal::ctrl_c() => ExitCode::SUCCESS,
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Config> {
    let mut config = Config {
        port: DEFAULT_PORT,
        ..Config::default()
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
