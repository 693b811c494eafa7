//! From the sources to what is served.

use anyhow::Result;

use crate::lanes::together;
use crate::project::Project;
use crate::setup::Kit;
use crate::tools::Tool;
use crate::{edge, page, web_worker};

/// Sets up what building needs, and builds everything that changed: the Web Workers, the
/// page that names them, and the edge.
pub fn build(project: &Project) -> Result<Kit> {
    build_beside(project, &[], |_| Ok(()))
}

/// The same, and installs `others`, which building does not need. `also` is done beside it
/// as soon as the packages and the model files are there.
pub fn build_beside(
    project: &Project,
    others: &[Tool],
    also: impl FnOnce(&Kit) -> Result<()> + Send,
) -> Result<Kit> {
    let kit = Kit::new();
    together(vec![
        // The encoder takes longest, and needs no tool until it is compiled.
        Box::new(|| {
            kit.make_wasm(project)?;
            let engine = web_worker::ensure(project, &kit)?;
            let keeper = web_worker::ensure_keeper(project, &kit)?;
            page::ensure(project, &kit, &engine, &keeper)
        }),
        Box::new(|| {
            kit.make_tools(project, others)?;
            edge::ensure(project, &kit)
        }),
        Box::new(|| {
            kit.make_packages(project)?;
            kit.make_demo(project)?;
            also(&kit)
        }),
    ])?;
    Ok(kit)
}
