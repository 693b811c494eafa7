//! From the sources to what is served.

use anyhow::Result;

use crate::project::Project;
use crate::setup::Kit;
use crate::{edge, page, web_worker};

/// Builds everything that changed: the Web Workers, the page that names them, and the
/// edge.
pub fn build(project: &Project, kit: &Kit) -> Result<()> {
    let engine = web_worker::ensure(project, kit)?;
    page::ensure(project, kit, &engine)?;
    edge::ensure(project, kit)
}
