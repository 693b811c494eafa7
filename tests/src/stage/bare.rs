//! The Worker under workerd alone: no bucket, no page, and no development server, whose
//! proxies take more of the processor than the Worker does. For measuring.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Child,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    POLL, START_DEADLINE, StageError, begin, command, part, processor_ns, stop, variables, write,
    written,
};
use crate::standin::Standin;

/// The running Worker. It stops when it is dropped.
pub struct Bare {
    script: PathBuf,
    vars: Vec<(&'static str, String)>,
    child: Mutex<Child>,
    port: u16,
    // Last, so that it outlives the process that writes to it.
    folder: TempDir,
}

impl Bare {
    /// # Errors
    /// Every [`StageError`] but [`StageError::Seed`].
    pub async fn start(
        standin: &Standin,
        more: &[(&'static str, String)],
    ) -> Result<Self, StageError> {
        let build = part("LEMON_EDGE")?.join("build");
        let folder = TempDir::new().map_err(|source| StageError::Io {
            path: std::env::temp_dir(),
            source,
        })?;
        let state = folder.path().join("state");
        fs::create_dir(&state).map_err(|source| StageError::Io {
            path: state.clone(),
            source,
        })?;
        // workerd reads files only beside its configuration.
        for name in ["index.js", "index_bg.wasm"] {
            let from = build.join(name);
            fs::copy(&from, folder.path().join(name))
                .map_err(|source| StageError::Io { path: from, source })?;
        }
        let mut vars = variables(standin);
        vars.extend(more.iter().cloned());
        let script = part("LEMON_NODE_MODULES")?.join("workerd/bin/workerd");
        let (child, port) = spawn(&script, &vars, folder.path(), 0).await?;
        Ok(Self {
            script,
            vars,
            child: Mutex::new(child),
            port,
            folder,
        })
    }

    /// Kills it and starts it again at the same address, with what was stored.
    ///
    /// # Errors
    /// [`StageError::Start`] if it does not answer.
    pub async fn restart(&self) -> Result<(), StageError> {
        stop(&mut self.child.lock().unwrap_or_else(PoisonError::into_inner));
        let (child, _) = spawn(&self.script, &self.vars, self.folder.path(), self.port).await?;
        *self.child.lock().unwrap_or_else(PoisonError::into_inner) = child;
        Ok(())
    }

    /// Without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Processor time that workerd has taken, in nanoseconds, its work with sockets and
    /// HTTP included; 0 where the system does not tell.
    #[must_use]
    pub fn processor_ns(&self) -> u64 {
        let child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        processor_ns(child.id())
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        stop(&mut self.child.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Starts it and waits until it answers; at which port.
async fn spawn(
    script: &Path,
    vars: &[(&str, String)],
    folder: &Path,
    port: u16,
) -> Result<(Child, u16), StageError> {
    let config = folder.join("config.capnp");
    write(&config, &configuration(&folder.join("state"), vars, port))?;
    let mut command = command(script);
    command.args(["serve", "--control-fd=1"]).arg(&config);
    let output = Arc::default();
    let mut child = begin(command, script, &output)?;
    let deadline = Instant::now() + START_DEADLINE;
    loop {
        let lines = written(&output);
        let mut told = lines
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let port = told.find_map(|event| u16::try_from(event["port"].as_u64()?).ok());
        if let Some(port) = port {
            return Ok((child, port));
        }
        let has_ended = !matches!(child.try_wait(), Ok(None));
        if has_ended || Instant::now() > deadline {
            stop(&mut child);
            return Err(StageError::Start(lines.join("\n")));
        }
        tokio::time::sleep(POLL).await;
    }
}

/// What wrangler makes of `edge/wrangler.toml`, as far as it is needed here.
fn configuration(state: &Path, vars: &[(&str, String)], port: u16) -> String {
    let texts: Vec<String> = vars
        .iter()
        .map(|(name, value)| format!("    (name = {name:?}, text = {value:?}),\n"))
        .collect();
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "state", disk = (path = "{state}", writable = true)),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "edge")],
);

const edge :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed "index.js"),
    (name = "./index_bg.wasm", wasm = embed "index_bg.wasm"),
  ],
  compatibilityDate = "2026-04-01",
  durableObjectNamespaces = [(className = "BudgetObject", uniqueKey = "budget", enableSql = true)],
  durableObjectStorage = (localDisk = "state"),
  bindings = [
    (name = "BUDGET", durableObjectNamespace = "BudgetObject"),
{texts}  ],
);
"#,
        state = state.display(),
        texts = texts.concat()
    )
}
