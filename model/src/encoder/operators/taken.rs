//! Weights of 4 bits, taken out of a file before tract reads the rest.
//!
//! tract makes tensors of all constants while the file is there, so these would be in
//! memory twice; and memory that is touched for the first time is a third of a start.
//! They reach our operators through the seam that tract has for data in other files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tract_onnx::data_resolver::ModelDataResolver;
use tract_onnx::model::ParsingContext;
use tract_onnx::pb::{GraphProto, NodeProto};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::{TractErrorContext, bail};

use super::Shared;

/// What was taken, by the names of the constants.
pub(in super::super) struct Taken(Mutex<HashMap<PathBuf, Vec<u8>>>);

/// The bytes of one constant, which whoever comes first takes over: an empty vector is
/// left.
pub(super) type Halves = Shared<Mutex<Vec<u8>>>;

/// Where an operator has its weights.
fn slot(operator: &str) -> Option<usize> {
    match operator {
        "MatMulNBits" => Some(1),
        "GatherBlockQuantized" => Some(0),
        _ => None,
    }
}

/// Takes the weights of all our operators out of `graph`. Their constants become empty.
pub(in super::super) fn take(graph: &mut GraphProto) -> Taken {
    let names = graph
        .node
        .iter()
        .filter_map(|node| node.input.get(slot(&node.op_type)?))
        .collect::<std::collections::HashSet<_>>();
    let constants = graph.initializer.iter_mut();
    let taken = constants.filter(|constant| names.contains(&constant.name));
    let taken = taken.map(|constant| {
        constant.dims = vec![0];
        (
            constant.name.clone().into(),
            std::mem::take(&mut constant.raw_data),
        )
    });
    Taken(Mutex::new(taken.collect()))
}

impl ModelDataResolver for Taken {
    fn read_bytes_from_path(
        &self,
        bytes: &mut Vec<u8>,
        name: &Path,
        _: usize,
        _: Option<usize>,
    ) -> TractResult<()> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *bytes = taken.remove(name).context("weights that are not there")?;
        Ok(())
    }
}

/// The weights of `node`.
pub(super) fn halves(context: &ParsingContext, node: &NodeProto) -> TractResult<Halves> {
    let Some(name) = slot(&node.op_type).and_then(|slot| node.input.get(slot)) else {
        bail!("{} has no weights", node.op_type);
    };
    let mut bytes = Vec::new();
    let taken = &context.framework.provider;
    taken.read_bytes_from_path(&mut bytes, Path::new(name), 0, None)?;
    Ok(Shared::new(Mutex::new(bytes)))
}

impl Halves {
    pub(super) fn take(&self) -> Vec<u8> {
        let mut bytes = self.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *bytes)
    }
}
