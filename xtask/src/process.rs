//! Child processes, each in a group of its own, so that whatever it starts ends
//! with it.

use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{
    Pid, Signal, WaitOptions, kill_process_group, test_kill_process_group, waitpgid,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How long a group may take to end by itself.
const GRACE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);
/// The exit code shells give to what Ctrl-C ended.
const INTERRUPTED: i32 = 130;

static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());
/// Set when everything is being ended because something failed.
static STOPPED: AtomicBool = AtomicBool::new(false);

/// A running child; dropping it ends its whole group.
pub struct Group {
    child: Child,
    id: Pid,
}

impl Group {
    pub fn spawn(command: &mut Command) -> Result<Self> {
        // Held until the child is listed, so that a signal cannot come in between.
        let mut groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
        ensure!(!is_stopped(), "not started: something else has failed");
        let program = command.get_program().to_owned();
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}; is it installed?", program.display()))?;
        let id = Pid::from_child(&child);
        groups.push(id);
        Ok(Self { child, id })
    }

    pub fn wait(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait();
        hold_while_ending();
        Ok(status?)
    }

    /// The status, once the child has ended.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        let status = self.child.try_wait();
        hold_while_ending();
        Ok(status?)
    }

    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        end(&[self.id]);
        GROUPS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|id| *id != self.id);
    }
}

/// From now on Ctrl-C and a request to terminate end every group, then this
/// process.
pub fn end_all_on_signal() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            let groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
            end(&groups);
            std::process::exit(INTERRUPTED);
        }
    });
    Ok(())
}

/// Ends every group because something has failed; none is started any more.
pub fn stop() {
    let groups = GROUPS.lock().unwrap_or_else(PoisonError::into_inner);
    STOPPED.store(true, Ordering::SeqCst);
    end(&groups);
}

/// Whether what fails now was ended by [`stop`].
pub fn is_stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// A child that a signal ended has not failed: nobody is to be told so while
/// [`end_all_on_signal`] holds the list on its way out.
fn hold_while_ending() {
    drop(GROUPS.lock().unwrap_or_else(PoisonError::into_inner));
}

fn end(groups: &[Pid]) {
    // An error means that the group is gone, which is what is wanted.
    for id in groups {
        let _ = kill_process_group(*id, Signal::TERM);
    }
    let deadline = Instant::now() + GRACE;
    loop {
        let gone = |id: &&Pid| {
            // A child that nobody waited for keeps its group in existence.
            let _ = waitpgid(**id, WaitOptions::NOHANG);
            test_kill_process_group(**id).is_err()
        };
        if groups.iter().filter(gone).count() == groups.len() {
            return;
        }
        if Instant::now() > deadline {
            break;
        }
        thread::sleep(POLL);
    }
    for id in groups {
        let _ = kill_process_group(*id, Signal::KILL);
    }
}
