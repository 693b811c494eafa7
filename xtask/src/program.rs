//! Commands as this project starts them.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::Project;

/// A program in the checkout, without what `cargo xtask` left in the environment:
/// build scripts would take a change there for a change of their input.
pub fn program(project: &Project, name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command
        .current_dir(&project.root)
        // The end of a log is shown, and is to say what failed, not where.
        .env("RUST_BACKTRACE", "0")
        .env("CARGO_TARGET_DIR", &project.target);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO"
        {
            command.env_remove(&name);
        }
    }
    command
}

/// Cargo for this machine's own programs; `words` are its arguments, with spaces
/// between them.
pub fn cargo(project: &Project, words: &str) -> Command {
    let mut command = program(project, "cargo");
    command.args(words.split_whitespace());
    command
}

/// The search path with `first` in front.
pub fn search_path(first: &[PathBuf]) -> OsString {
    let rest = env::var_os("PATH").unwrap_or_default();
    let folders = first.iter().cloned().chain(env::split_paths(&rest));
    // Only a folder whose name holds the separator cannot be joined; such a search
    // path never worked.
    env::join_paths(folders).unwrap_or(rest.clone())
}

/// Where a program lies that is called by name.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Installing with the system's package manager is for who may and has one.
pub fn can_install() -> bool {
    rustix::process::geteuid().is_root() && find("apt-get").is_some()
}

/// `apt-get` with `arguments`, without questions.
pub fn apt(project: &Project, arguments: &[&str]) -> Command {
    let mut command = program(project, "apt-get");
    command
        // Another lane may be installing.
        .args(["-o", "DPkg::Lock::Timeout=600"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
}
