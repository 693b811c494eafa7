//! A step: what it is called, how long it took, and where its output went.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, io};

use anyhow::{Context, Result, bail};

use crate::process::{self, Group};
use crate::project::Project;

/// Lines of a failed program's output that are shown; the rest is in its log.
const SHOWN_LINES: usize = 40;
/// How often a terminal is told that a step goes on.
const TICK: Duration = Duration::from_secs(1);
/// How often a log is told so; machines that run tests give up on silence.
const SLOW_TICK: Duration = Duration::from_secs(30);
/// Longest part of a program's last line that is repeated in a log.
const SHOWN_COLUMNS: usize = 100;
/// Longest line that tells of running steps: a longer one would wrap, and not be cleared.
const TERMINAL_COLUMNS: usize = 76;

/// One running step.
pub struct Step {
    log: PathBuf,
    note: RefCell<Option<String>>,
}

/// Marks an error that was already shown.
#[derive(Debug)]
pub struct Shown {
    step: String,
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} failed", self.step)
    }
}

impl std::error::Error for Shown {}

/// Does `work` under a name, and says what came of it and how long it took. An error
/// is shown here and comes back as [`Shown`].
pub fn step<T>(project: &Project, name: &str, work: impl FnOnce(&Step) -> Result<T>) -> Result<T> {
    let logs = project.local.join("xtask");
    fs::create_dir_all(&logs)?;
    let log = logs.join(format!(
        "{}.log",
        name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    ));
    File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let step = Step {
        log: log.clone(),
        note: RefCell::new(None),
    };

    let running = Running::begin(name, &log);
    let started = Instant::now();
    let result = work(&step);
    // Held until the line is written, so that no other comes into it.
    let screen = running.end();

    let seconds = started.elapsed().as_secs_f64();
    let note = step
        .note
        .take()
        .map(|note| format!("  {note}"))
        .unwrap_or_default();
    match result {
        Ok(value) => {
            println!("{} {name}  {seconds:.1} s{note}", coloured("✓", "32"));
            drop(screen);
            Ok(value)
        }
        Err(error) => {
            // What was ended because something else failed is no news.
            if !process::is_stopped() {
                println!("{} {name}  {seconds:.1} s", coloured("✗", "31"));
                if error.downcast_ref::<Shown>().is_none() {
                    println!("{error:#}");
                }
            }
            drop(screen);
            Err(Shown {
                step: name.to_owned(),
            }
            .into())
        }
    }
}

impl Step {
    /// Says at the end of the step's line what was special about it.
    pub fn note(&self, note: impl Into<String>) {
        *self.note.borrow_mut() = Some(note.into());
    }

    /// Runs a program to its end; `advice` is what to do when it fails.
    pub fn run(&self, command: &mut Command, advice: &str) -> Result<()> {
        if self.succeeds(command)? {
            return Ok(());
        }
        bail!("{}", self.failure(command, advice)?);
    }

    /// Runs a program to its end and tells whether it succeeded.
    pub fn succeeds(&self, command: &mut Command) -> Result<bool> {
        let log = self.announce(command)?;
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(Group::spawn(command)?.wait()?.success())
    }

    /// What a program writes to its standard output; the rest goes to the log.
    pub fn output(&self, command: &mut Command, advice: &str) -> Result<String> {
        let mut log = self.announce(command)?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.try_clone()?);
        let mut group = Group::spawn(command)?;
        let mut output = String::new();
        if let Some(mut stdout) = group.stdout() {
            stdout.read_to_string(&mut output)?;
        }
        let status = group.wait()?;
        log.write_all(output.as_bytes())?;
        if !status.success() {
            bail!("{}", self.failure(command, advice)?);
        }
        Ok(output)
    }

    /// Starts a program that goes on after the step; its output goes to the log.
    pub fn start(&self, command: &mut Command) -> Result<Group> {
        let log = self.announce(command)?;
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Group::spawn(command)
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    /// What the step's programs have written so far.
    pub fn written(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(&self.log)?).into_owned())
    }

    fn announce(&self, command: &Command) -> Result<File> {
        let mut log = File::options().append(true).open(&self.log)?;
        let arguments: Vec<_> = command
            .get_args()
            .map(|argument| argument.to_string_lossy())
            .collect();
        writeln!(
            log,
            "$ {} {}",
            command.get_program().display(),
            arguments.join(" ")
        )?;
        Ok(log)
    }

    fn failure(&self, command: &Command, advice: &str) -> Result<String> {
        let program = Path::new(command.get_program());
        let name = program.file_name().unwrap_or(program.as_os_str());
        Ok(format!(
            "{}\n{} failed: {advice}\nwhole output: {}",
            last_lines(&self.written()?, SHOWN_LINES),
            name.display(),
            self.log.display(),
        ))
    }
}

/// The last lines of a program's output.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    let cut = &lines[lines.len().saturating_sub(count)..];
    cut.iter()
        .map(|line| format!("  | {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The steps that are under way, in the order in which they began. Several may be.
static RUNNING: Mutex<Vec<Running>> = Mutex::new(Vec::new());
/// Tells of them from the first one on.
static PULSE: Once = Once::new();

/// A step under way, as it is told of.
#[derive(Clone)]
struct Running {
    name: String,
    log: PathBuf,
    started: Instant,
}

impl Running {
    fn begin(name: &str, log: &Path) -> Self {
        let running = Self {
            name: name.to_owned(),
            log: log.to_owned(),
            started: Instant::now(),
        };
        steps().push(running.clone());
        PULSE.call_once(|| {
            thread::spawn(pulse);
        });
        running
    }

    /// Takes it off the list and clears the line that tells of it.
    fn end(&self) -> MutexGuard<'static, Vec<Self>> {
        let mut steps = steps();
        steps.retain(|step| step.log != self.log);
        if is_terminal() {
            print!("\r\x1b[2K");
        }
        steps
    }
}

fn steps() -> MutexGuard<'static, Vec<Running>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pulse() {
    let terminal = is_terminal();
    loop {
        thread::sleep(if terminal { TICK } else { SLOW_TICK });
        let steps = steps();
        if terminal && !steps.is_empty() {
            let told: Vec<_> = steps
                .iter()
                .map(|step| format!("{} {} s", step.name, step.started.elapsed().as_secs()))
                .collect();
            let line: String = told.join(" · ").chars().take(TERMINAL_COLUMNS).collect();
            print!("\r\x1b[2K  {line}");
            let _ = io::stdout().flush();
        } else {
            for step in steps.iter() {
                let seconds = step.started.elapsed().as_secs();
                println!("  {}  {seconds} s: {}", step.name, last_line(&step.log));
            }
        }
    }
}

/// The beginning of the last line that was written to a log.
fn last_line(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().last().unwrap_or_default();
    line.trim().chars().take(SHOWN_COLUMNS).collect()
}

fn is_terminal() -> bool {
    io::stdout().is_terminal() && env::var_os("CI").is_none()
}

fn coloured(text: &str, colour: &str) -> String {
    if is_terminal() && env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{colour}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_end_of_an_output() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "  | b\n  | c");
        assert_eq!(last_lines("a", 2), "  | a");
        assert_eq!(last_lines("", 2), "");
    }
}
