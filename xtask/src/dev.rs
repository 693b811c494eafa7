//! The product on this machine: the edge under workerd, and stand-ins for the places where
//! people post; the one for X unless the real one was asked for.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::build::build_beside;
use crate::process::Group;
use crate::program::cargo;
use crate::project::Project;
use crate::setup::Kit;
use crate::step::{Step, last_lines, step};

/// What the stand-in knows this product as.
const CLIENT_ID: &str = "lemon-dev";
const PORT: u16 = 8787;
const STANDIN_PORT: u16 = 8788;
/// What is stood in for, by the word for each: where a free port is looked for, and how many
/// that follow each other it takes.
const SERVERS: [(&str, u16, u16); 3] = [
    ("misskey", 8789, 1),
    (BLUESKY, 8790, BLUESKYS),
    ("mastodon", 8795, 1),
];
const BLUESKY: &str = "bluesky";
/// Its servers, in the order of their ports: who signs people in, two that have posts or show
/// them, the directory of identities, and one that is somebody's own.
const BLUESKYS: u16 = 5;
const BLUESKY_API: u16 = 2;
const BLUESKY_PLC: u16 = 3;
/// How many ports are tried, beginning with the wanted one.
const PORTS: u16 = 20;
/// How long a server may take until it answers.
const START: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(100);
/// How long one answer may take while a server starts.
const ANSWER: Duration = Duration::from_secs(5);
/// Bytes of the key that seals cookies.
const KEY_BYTES: usize = 32;
const SHOWN_LINES: usize = 20;

/// What `cargo xtask dev` was asked for.
pub struct Options {
    pub port: Option<u16>,
}

/// A server that goes on until it is dropped.
struct Server {
    name: &'static str,
    group: Group,
    log: PathBuf,
}

pub fn dev(project: &Project, options: &Options) -> Result<()> {
    let started = Instant::now();
    let real = env::var("X_CLIENT_ID").ok().filter(|id| !id.is_empty());
    // X knows the name, and Bluesky the number.
    let host = if real.is_some() {
        "localhost"
    } else {
        "127.0.0.1"
    };
    let kit = build_beside(project, &[], |_| build_standin(project))?;
    let mut standins = Vec::new();
    let mut servers = String::new();
    // The real X sends people back to one exact address only.
    let port = if real.is_some() {
        exactly(options.port.unwrap_or(PORT))?
    } else {
        free(options.port.unwrap_or(PORT), None)?
    };
    let mut variables = vec![("SESSION_KEY", session_key(project)?)];
    if let Some(id) = real {
        variables.push(("X_CLIENT_ID", id));
        variables.extend(
            env::var("X_CLIENT_SECRET")
                .ok()
                .map(|secret| ("X_CLIENT_SECRET", secret)),
        );
    } else {
        let standin_port = free(STANDIN_PORT, Some(port))?;
        let address = format!("http://localhost:{standin_port}");
        standins.push(start_standin(project, standin_port)?);
        let _ = writeln!(
            servers,
            "  an archive of X: {address}/_standin/archive/lemon_demo.zip"
        );
        variables.push(("X_CLIENT_ID", CLIENT_ID.to_owned()));
        variables.push(("X_AUTHORIZE_URL", format!("{address}/i/oauth2/authorize")));
        variables.push(("X_API_URL", address));
    }
    for (name, wanted, ports) in SERVERS {
        let server_port = free_row(wanted, ports, Some(port))?;
        standins.push(start_server(project, name, server_port)?);
        if name == BLUESKY {
            let at = |number| format!("http://127.0.0.1:{}", server_port + number);
            let places = [at(0), at(BLUESKY_API), at(BLUESKY_PLC)];
            variables.push(("BLUESKY", places.join(" ")));
            let _ = writeln!(servers, "  {name}: whoever you choose on its page");
        } else {
            let _ = writeln!(servers, "  {name}: localhost:{server_port}");
        }
    }
    let mut edge = start_edge(project, &kit, port, &variables)?;

    println!(
        "\n  http://{host}:{port}\n\nwhere to bring posts from, as lemon_demo or posts_300:\n{servers}\nready after {:.1} s; Ctrl-C stops it",
        started.elapsed().as_secs_f64()
    );
    loop {
        for standin in &mut standins {
            if let Some(status) = standin.group.ended()? {
                bail!("{}", standin.last_words(status));
            }
        }
        // wrangler ends when a browser leaves in the middle of an answer at the wrong
        // moment (cloudflare/workers-sdk#15451).
        if let Some(status) = edge.group.ended()? {
            println!("{}", edge.last_words(status));
            edge = start_edge(project, &kit, port, &variables)?;
        }
        thread::sleep(POLL);
    }
}

impl Server {
    fn last_words(&self, status: ExitStatus) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        format!(
            "{}\n{} ended by itself ({status}); whole output: {}",
            last_lines(&log, SHOWN_LINES),
            self.name,
            self.log.display()
        )
    }
}

/// Without what drives browsers, which other programs of the tests need.
fn build_standin(project: &Project) -> Result<()> {
    step(project, "stand-ins", |step| {
        let words = "build --package lemon-tests --no-default-features --bin standin";
        step.run(&mut cargo(project, words), "the compiler says why")
    })
}

fn start_standin(project: &Project, port: u16) -> Result<Server> {
    step(project, "stand-in", |step| {
        let mut command = Command::new(project.target.join("debug/standin"));
        command.args(["--port", &port.to_string(), "--client-id", CLIENT_ID]);
        start(step, "the stand-in for X", &mut command, port)
    })
}

/// The stand-in for a server on which people have accounts.
fn start_server(project: &Project, name: &'static str, port: u16) -> Result<Server> {
    step(project, name, |step| {
        let mut command = Command::new(project.target.join("debug/standin"));
        command.args([name, "--port", &port.to_string()]);
        start(step, name, &mut command, port)
    })
}

fn start_edge(
    project: &Project,
    kit: &Kit,
    port: u16,
    variables: &[(&str, String)],
) -> Result<Server> {
    step(project, "workerd", |step| {
        let local = project.local.join("dev");
        // A file and not arguments: everybody on the machine can read those.
        let path = local.join("variables.env");
        let mut file = fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)?;
        for (name, value) in variables {
            writeln!(file, "{name}=\"{value}\"")?;
        }
        let mut command = kit.npm()?.wrangler(project);
        command
            .args([
                "dev",
                "--local",
                "--ip",
                "127.0.0.1",
                "--port",
                &port.to_string(),
                "--inspector-port",
                "0",
            ])
            .args(["--show-interactive-dev-session=false", "--persist-to"])
            .arg(local.join("state"))
            .arg("--env-file")
            .arg(&path)
            // It would ask the network where this machine is.
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
        start(step, "workerd", &mut command, port)
    })
}

/// Starts a server and waits until it answers.
fn start(step: &Step, name: &'static str, command: &mut Command, port: u16) -> Result<Server> {
    let mut group = step.start(command)?;
    let deadline = Instant::now() + START;
    loop {
        if answers(port) {
            return Ok(Server {
                name,
                group,
                log: step.log().to_owned(),
            });
        }
        let ended = group.ended()?;
        if ended.is_some() || Instant::now() > deadline {
            let what = ended.map_or_else(
                || format!("does not answer within {} s", START.as_secs()),
                |status| format!("ended by itself ({status})"),
            );
            bail!(
                "{}\n{name} {what}; whole output: {}",
                last_lines(&step.written()?, SHOWN_LINES),
                step.log().display()
            );
        }
        thread::sleep(POLL);
    }
}

/// Whether a server answers HTTP on this port, whatever it says.
fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream =
            TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), ANSWER)?;
        stream.set_read_timeout(Some(ANSWER))?;
        write!(
            stream,
            "GET / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
        )?;
        let mut start = [0; 5];
        stream.read_exact(&mut start)?;
        Ok(&start == b"HTTP/")
    };
    ask().unwrap_or(false)
}

/// The first free port from `wanted` on, other than `taken`.
fn free(wanted: u16, taken: Option<u16>) -> Result<u16> {
    free_row(wanted, 1, taken)
}

/// The first from `wanted` on of as many free ports that follow each other, without `taken`.
fn free_row(wanted: u16, length: u16, taken: Option<u16>) -> Result<u16> {
    let mut ports = wanted..=wanted.saturating_add(PORTS - 1);
    let are_free = |first: u16| {
        let mut row = first..first.saturating_add(length);
        row.all(|port| Some(port) != taken && is_free(port))
    };
    let Some(port) = ports.find(|port| are_free(*port)) else {
        bail!(
            "the ports from {wanted} on are taken; say another with `cargo xtask dev --port <number>`"
        );
    };
    if port != wanted {
        println!("port {wanted} is taken, so this is port {port}");
    }
    Ok(port)
}

fn exactly(port: u16) -> Result<u16> {
    if is_free(port) {
        return Ok(port);
    }
    bail!(
        "port {port} is taken; stop what uses it, or say another with `cargo xtask dev --port <number>` \
         and let X know http://localhost:<number>/api/auth/callback"
    );
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// A key of this checkout, so that a restart signs nobody out: 32 random bytes as
/// unpadded base64url.
fn session_key(project: &Project) -> Result<String> {
    let folder = project.local.join("dev");
    fs::create_dir_all(&folder)?;
    let path = folder.join("session-key");
    if let Ok(key) = fs::read_to_string(&path) {
        return Ok(key);
    }
    let mut bytes = [0; KEY_BYTES];
    fs::File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .context("this system has no source of random numbers")?;
    let key = base64url(&bytes);
    fs::OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&path)?
        .write_all(key.as_bytes())?;
    Ok(key)
}

fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let value = (0..3).fold(0_u32, |value, at| {
            value << 8 | u32::from(chunk.get(at).copied().unwrap_or(0))
        });
        for digit in 0..=chunk.len() {
            text.push(char::from(
                DIGITS[(value >> (18 - 6 * digit) & 63) as usize],
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_as_in_rfc_4648() {
        let cases = [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(base64url(bytes.as_bytes()), expected);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn a_taken_port_is_passed_over() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(exactly(port).is_err());
        assert_ne!(free(port, None).unwrap(), port);
        // Not in a row that it is in, wherever in it.
        let first = port.saturating_sub(2);
        let row = free_row(first, 5, None).unwrap();
        assert!(!(row..row + 5).contains(&port));
    }
}
