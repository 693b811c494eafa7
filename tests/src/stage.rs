//! The stage on which end-to-end tests play: the Worker under workerd, with a
//! bucket and nothing else of its own, and the stand-in as X.
//!
//! Where the parts are comes from the environment: `LEMON_EDGE` is the folder
//! `edge/` after its build, `LEMON_DIST` the built page, `LEMON_NODE_MODULES`
//! the folder with `wrangler`. `cargo xtask test` sets them.

use std::{
    collections::BTreeMap,
    env, fs, io,
    io::{BufRead, BufReader, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::standin::{self, Standin};

mod bare;

pub use bare::Bare;

/// The key with which the Worker on stage seals its cookies.
pub const SESSION_KEY: &str = "bGVtb24tdG9vbGJveC1zdGFnZS1rZXktMzItYnl0ZXM";

/// How long the Worker may take to answer for the first time. It takes about
/// three seconds on an idle machine with two cores.
const START_DEADLINE: Duration = Duration::from_secs(90);
/// How long a line of the log may take from the Worker to here.
const LOG_DEADLINE: Duration = Duration::from_secs(10);
/// What wrangler prints before the port, once it answers.
const READY: &str = "Ready on http://127.0.0.1:";
const POLL: Duration = Duration::from_millis(50);

/// Why the stage could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A variable that says where a part is.
    #[error("{0} is not set: run `cargo xtask test`, which builds the parts and sets it")]
    Unset(&'static str),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("the stand-in: {0}")]
    Standin(#[from] standin::Error),
    /// The bots of the setting could not be put into the bucket.
    #[error("the bucket could not be filled: {0}")]
    Seed(String),
    /// The Worker ended, or did not answer in time; with what it printed.
    #[error("the worker did not start:\n{0}")]
    Start(String),
}

/// What a stage is set up with.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// X. A client with a secret makes the Worker a confidential client.
    pub standin: standin::Config,
    pub serve: Serve,
    /// What lies in the bucket from the beginning.
    pub bots: Vec<StoredBot>,
    /// Variables of the Worker that are not as they are by default.
    pub vars: Vec<(&'static str, String)>,
    /// A module between the runtime and the Worker, which it imports from `EDGE`.
    pub between: Option<&'static str>,
}

/// What the Worker serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Serve {
    /// The page and the API.
    #[default]
    PageAndApi,
    /// The API only. wrangler runs the scheduled handler on demand only for a
    /// Worker without static files.
    Api,
}

/// An object in the bucket.
#[derive(Clone, Debug, Serialize)]
pub struct StoredBot {
    pub key: String,
    pub body: String,
    pub metadata: BTreeMap<String, String>,
}

/// What lets the purge run once, under `/`.
pub const PURGE: &str = "/__scheduled?cron=*/5+*+*+*+*";

impl StoredBot {
    /// One that expires at `expires`, in seconds since 1970, and that whoever has the token of
    /// this hash may delete.
    #[must_use]
    pub fn new(key: String, expires: i64, delete_hash: String) -> Self {
        let metadata = [
            ("expires", expires.to_string()),
            ("delete-sha256", delete_hash),
        ];
        Self {
            key,
            body: "sealed".to_owned(),
            metadata: metadata
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
        }
    }
}

/// The running stage. Everything stops when it is dropped.
pub struct Stage {
    standin: Standin,
    worker: Worker,
    port: u16,
    origin: String,
    // Last, so that it outlives the processes that write to it.
    _folder: TempDir,
}

/// wrangler, and workerd in its process group.
struct Worker {
    launch: Launch,
    /// None once the stage is taken down.
    child: Arc<Mutex<Option<Child>>>,
    output: Arc<Mutex<Vec<String>>>,
    restarts: Arc<AtomicUsize>,
}

/// How it is started.
#[derive(Clone)]
struct Launch {
    wrangler: PathBuf,
    config: PathBuf,
    state: PathBuf,
}

/// How often it may end by itself before that is taken for a fault of ours.
const MOST_RESTARTS: usize = 5;

impl Stage {
    /// Sets up the page, the API and X as they are by default.
    ///
    /// # Errors
    /// Every [`StageError`].
    pub async fn start() -> Result<Self, StageError> {
        Self::start_with(Setting::default()).await
    }

    /// # Errors
    /// Every [`StageError`].
    pub async fn start_with(setting: Setting) -> Result<Self, StageError> {
        let edge = part("LEMON_EDGE")?;
        let wrangler = part("LEMON_NODE_MODULES")?.join("wrangler");
        let folder = TempDir::new().map_err(|source| StageError::Io {
            path: env::temp_dir(),
            source,
        })?;
        let standin = Standin::start(setting.standin).await?;

        let config = folder.path().join("wrangler.toml");
        let original = edge.join("wrangler.toml");
        let text = fs::read_to_string(&original).map_err(|source| StageError::Io {
            path: original,
            source,
        })?;
        let dist = match setting.serve {
            Serve::PageAndApi => Some(part("LEMON_DIST")?),
            Serve::Api => None,
        };
        let mut main = edge.join("build/index.js");
        if let Some(between) = setting.between {
            let text = between.replace("EDGE", &main.display().to_string());
            main = folder.path().join("between.js");
            write(&main, &text)?;
        }
        write(&config, &on_stage(&text, &main, dist.as_deref()))?;
        let vars = variables(&standin).into_iter().chain(setting.vars);
        let lines: Vec<String> = vars
            .map(|(name, value)| format!("{name}=\"{value}\"\n"))
            .collect();
        write(&folder.path().join(".dev.vars"), &lines.concat())?;

        let state = folder.path().join("state");
        if !setting.bots.is_empty() {
            seed(&wrangler, &config, &state, &setting.bots)?;
        }
        let worker = Worker::start(Launch {
            wrangler,
            config,
            state,
        })?;
        let port = worker.port().await?;
        let origin = format!("http://localhost:{port}");
        Ok(Self {
            standin,
            worker,
            port,
            origin,
            _folder: folder,
        })
    }

    /// From here on the Worker is started again, at the same address and with what was
    /// stored, when it ends by itself. wrangler does so when a client leaves in the
    /// middle of an answer at the wrong moment, as a browser does at every reload
    /// (cloudflare/workers-sdk#15451); Cloudflare's own edge does not.
    pub fn keep_up(&self) {
        self.worker.keep_up(self.port);
    }

    /// Kills the Worker and starts it again at the same address, with what was stored.
    ///
    /// # Errors
    /// [`StageError::Start`] if it does not answer.
    pub async fn restart(&self) -> Result<(), StageError> {
        self.worker.restart(self.port).await
    }

    /// How often it has been started again.
    #[must_use]
    pub fn restarts(&self) -> usize {
        self.worker.restarts.load(Ordering::Relaxed)
    }

    /// Where the page is, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The same by its number: Bluesky lets nobody come back to a name on their own machine.
    #[must_use]
    pub fn numbered(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    #[must_use]
    pub fn x(&self) -> &Standin {
        &self.standin
    }

    /// Everything that the Worker wrote. The development server's own lines,
    /// which name the paths of requests, are not the Worker's.
    #[must_use]
    pub fn output(&self) -> Vec<String> {
        let mut lines = self.worker.lines();
        lines.retain(|line| !line.contains("[wrangler:"));
        lines
    }

    /// Processor time that workerd has taken, in nanoseconds, the development server's bucket
    /// included; 0 where the system does not tell.
    #[must_use]
    pub fn processor_ns(&self) -> u64 {
        let child = self.worker.child.lock();
        let child = child.unwrap_or_else(PoisonError::into_inner);
        child.as_ref().map_or(0, |child| processor_ns(child.id()))
    }

    /// The line of the log that says `value` under `name`, once it is written;
    /// none if it is not written in time.
    pub async fn logged(&self, name: &str, value: &Value) -> Option<Value> {
        let deadline = Instant::now() + LOG_DEADLINE;
        loop {
            let lines = self.output();
            let mut lines = lines
                .iter()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok());
            if let Some(line) = lines.find(|line| line.get(name) == Some(value)) {
                return Some(line);
            }
            if Instant::now() > deadline {
                return None;
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Worker {
    fn start(launch: Launch) -> Result<Self, StageError> {
        let output = Arc::default();
        let child = launch.spawn(0, &output)?;
        Ok(Self {
            launch,
            child: Arc::new(Mutex::new(Some(child))),
            output,
            restarts: Arc::default(),
        })
    }

    /// Waits until it answers. Browsers keep secure cookies without TLS for
    /// `localhost`, so this is the name it goes by.
    async fn port(&self) -> Result<u16, StageError> {
        let deadline = Instant::now() + START_DEADLINE;
        loop {
            let lines = self.lines();
            let port = lines
                .iter()
                .filter_map(|line| line.split_once(READY))
                .find_map(|(_, port)| port.trim().parse::<u16>().ok());
            if let Some(port) = port {
                return Ok(port);
            }
            if has_ended(&self.child) || Instant::now() > deadline {
                return Err(StageError::Start(lines.join("\n")));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn restart(&self, port: u16) -> Result<(), StageError> {
        let started = |lines: &[String]| lines.iter().filter(|line| line.contains(READY)).count();
        let before = started(&self.lines());
        {
            let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(running) = child.as_mut() {
                stop(running);
                *child = Some(self.launch.spawn(port, &self.output)?);
            }
        }
        let deadline = Instant::now() + START_DEADLINE;
        while started(&self.lines()) == before {
            if Instant::now() > deadline {
                return Err(StageError::Start(self.lines().join("\n")));
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    fn keep_up(&self, port: u16) {
        let (child, output) = (Arc::clone(&self.child), Arc::clone(&self.output));
        let (launch, restarts) = (self.launch.clone(), Arc::clone(&self.restarts));
        thread::spawn(move || {
            while restarts.load(Ordering::Relaxed) < MOST_RESTARTS {
                thread::sleep(POLL);
                if !has_ended(&child) {
                    continue;
                }
                let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
                if child.is_none() {
                    return;
                }
                restarts.fetch_add(1, Ordering::Relaxed);
                *child = launch.spawn(port, &output).ok();
            }
        });
    }

    fn lines(&self) -> Vec<String> {
        written(&self.output)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let child = self
            .child
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mut child) = child {
            stop(&mut child);
        }
    }
}

fn stop(child: &mut Child) {
    if let Some(group) = group(child) {
        // It fails if the whole group has ended already.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

/// Also when it was taken down.
fn has_ended(child: &Mutex<Option<Child>>) -> bool {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    child
        .as_mut()
        .is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
}

impl Launch {
    fn spawn(&self, port: u16, output: &Arc<Mutex<Vec<String>>>) -> Result<Child, StageError> {
        let mut command = command(self.wrangler.join("bin/wrangler.js"));
        command
            .args(["dev", "--inspector-port", "0", "--port"])
            .arg(port.to_string())
            .args(["--ip", "127.0.0.1", "--local-protocol", "http"])
            .args(["--test-scheduled", "--show-interactive-dev-session=false"])
            .arg("--config")
            .arg(&self.config)
            .arg("--persist-to")
            .arg(&self.state);
        begin(command, &self.wrangler, output)
    }
}

/// Starts what is at `path` as the head of a process group, and collects what it writes.
fn begin(
    mut command: Command,
    path: &Path,
    output: &Arc<Mutex<Vec<String>>>,
) -> Result<Child, StageError> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|source| StageError::Io {
            path: path.to_owned(),
            source,
        })?;
    if let Some(pipe) = child.stdout.take() {
        collect(pipe, Arc::clone(output));
    }
    if let Some(pipe) = child.stderr.take() {
        collect(pipe, Arc::clone(output));
    }
    Ok(child)
}

/// What was written so far.
fn written(output: &Mutex<Vec<String>>) -> Vec<String> {
    output
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// What makes the Worker take the stand-in for X.
fn variables(standin: &Standin) -> Vec<(&'static str, String)> {
    let (x, client) = (standin.url(), standin.client());
    vec![
        ("X_AUTHORIZE_URL", format!("{x}/i/oauth2/authorize")),
        ("X_API_URL", x.to_owned()),
        ("X_CLIENT_ID", client.id.clone()),
        ("X_CLIENT_SECRET", client.secret.clone().unwrap_or_default()),
        ("SESSION_KEY", SESSION_KEY.to_owned()),
    ]
}

/// Of the workerd in the process group `group`: Linux counts each thread's time.
fn processor_ns(group: u32) -> u64 {
    let numbered = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().parse::<u32>().ok();
    let is_ours = |process: &Path| {
        let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
        // Behind the name, which may hold anything: state, parent, group.
        let fields = stat.rsplit_once(") ").map(|(_, fields)| fields.to_owned());
        let in_group =
            fields.is_some_and(|fields| fields.split(' ').nth(2) == Some(&group.to_string()));
        in_group && stat.contains("(workerd)")
    };
    let Ok(processes) = fs::read_dir("/proc") else {
        return 0;
    };
    let processes = processes
        .flatten()
        .filter(|entry| numbered(entry).is_some());
    let tasks = processes
        .map(|entry| entry.path())
        .filter(|process| is_ours(process))
        .filter_map(|process| fs::read_dir(process.join("task")).ok());
    let times = tasks.flatten().flatten().filter_map(|task| {
        let told = fs::read_to_string(task.path().join("schedstat")).ok()?;
        told.split(' ').next()?.parse::<u64>().ok()
    });
    times.sum()
}

/// The configuration with absolute addresses and the page's folder, or with no
/// page at all.
fn on_stage(text: &str, main: &Path, dist: Option<&Path>) -> String {
    let mut section = "";
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            section = line;
        }
        match (section, dist) {
            ("[assets]", None) => {}
            ("[assets]", Some(dist)) if line.starts_with("directory =") => {
                lines.push(format!("directory = {:?}", dist.display().to_string()));
            }
            ("", _) if line.starts_with("main =") => {
                lines.push(format!("main = {:?}", main.display().to_string()));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

fn seed(
    wrangler: &Path,
    config: &Path,
    state: &Path,
    bots: &[StoredBot],
) -> Result<(), StageError> {
    let script = config.with_file_name("seed.mjs");
    let list = config.with_file_name("bots.json");
    let bots = serde_json::to_string(bots).map_err(|error| StageError::Seed(error.to_string()))?;
    write(&script, include_str!("stage/seed.mjs"))?;
    write(&list, &bots)?;
    let output = command(&script)
        .arg(wrangler)
        .arg(config)
        // wrangler adds the version of its layout by itself; this API does not.
        .arg(state.join("v3"))
        .arg(list)
        .output()
        .map_err(|source| StageError::Io {
            path: script,
            source,
        })?;
    if output.status.success() {
        Ok(())
    } else {
        Err(StageError::Seed(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ))
    }
}

/// `node script`, with everything off that would ask a server elsewhere.
fn command(script: impl AsRef<Path>) -> Command {
    let mut command = Command::new("node");
    command
        .arg(script.as_ref())
        .env("CI", "1")
        .env("NO_COLOR", "1")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_SEND_ERROR_REPORTS", "false")
        // The banner is what looks for a newer version.
        .env("WRANGLER_HIDE_BANNER", "true")
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    command
}

fn collect(pipe: impl Read + Send + 'static, output: Arc<Mutex<Vec<String>>>) {
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            output
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line);
        }
    });
}

/// The process group of `child`, which was started as the head of one.
fn group(child: &Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()).ok()?)
}

fn part(variable: &'static str) -> Result<PathBuf, StageError> {
    let path = PathBuf::from(env::var_os(variable).ok_or(StageError::Unset(variable))?);
    path.canonicalize()
        .map_err(|source| StageError::Io { path, source })
}

fn write(path: &Path, text: &str) -> Result<(), StageError> {
    fs::write(path, text).map_err(|source| StageError::Io {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "name = \"x\"\nmain = \"build/index.js\"\n\n[assets]\ndirectory = \"../dist\"\nrun_worker_first = [\"/api\"]\n\n[[r2_buckets]]\nbinding = \"BOTS\"";

    #[test]
    fn the_configuration_keeps_all_but_addresses() {
        let with = on_stage(
            CONFIG,
            Path::new("/e/build/index.js"),
            Some(Path::new("/d")),
        );
        let expected = CONFIG
            .replace("\"build/index.js\"", "\"/e/build/index.js\"")
            .replace("\"../dist\"", "\"/d\"");
        assert_eq!(with, expected);

        let without = on_stage(CONFIG, Path::new("/e/build/index.js"), None);
        assert!(without.contains("BOTS") && !without.contains("assets"));
        assert!(!without.contains("run_worker_first"));
    }
}
