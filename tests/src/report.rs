//! Where benchmarks leave their figures.

use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::Serialize;

/// The folder that `LEMON_BENCH` names, where figures are left.
///
/// # Errors
/// If it cannot be made.
pub fn folder() -> io::Result<PathBuf> {
    let folder = PathBuf::from(env::var("LEMON_BENCH").unwrap_or_else(|_| "target/bench".into()));
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Writes `report` as `name` into the [`folder`], and says where.
///
/// # Errors
/// If it cannot be written.
pub fn keep(name: &str, report: &impl Serialize) -> io::Result<()> {
    let path = folder()?.join(name);
    fs::write(&path, serde_json::to_vec_pretty(report)?)?;
    println!("\n{}", path.display());
    Ok(())
}
