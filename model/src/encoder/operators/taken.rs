//! Weights of 4 bits, taken out of a file before tract reads the rest.
//!
//! tract makes tensors of all constants while the file is there, so these would be in
//! memory twice; and memory that is touched for the first time is a third of a start.
//! They reach our operators through the seam that tract has for data in other files.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tract_onnx::Onnx;
use tract_onnx::data_resolver::ModelDataResolver;
use tract_onnx::model::ParsingContext;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, NodeProto};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::TractErrorContext;

/// What was taken, by the names of the constants.
struct Taken(Mutex<HashMap<PathBuf, Vec<u8>>>);

/// Where an operator has its weights.
fn slot(operator: &str) -> Option<usize> {
    match operator {
        "MatMulNBits" => Some(1),
        "GatherBlockQuantized" => Some(0),
        _ => None,
    }
}

/// Gives `onnx` the weights of all our operators in `graph`, where empty constants are left.
/// Each is there for one operator alone.
pub(in super::super) fn take(graph: &mut GraphProto, onnx: &mut Onnx) {
    let names = graph
        .node
        .iter()
        .filter_map(|node| node.input.get(slot(&node.op_type)?))
        .collect::<HashSet<_>>();
    let constants = graph.initializer.iter_mut();
    let weights = constants.filter(|constant| {
        constant.data_type == DataType::Uint8 as i32 && names.contains(&constant.name)
    });
    let taken = weights.map(|constant| {
        constant.dims = vec![0];
        let bytes = std::mem::take(&mut constant.raw_data);
        (constant.name.clone().into(), bytes)
    });
    onnx.provider = Arc::new(Taken(Mutex::new(taken.collect())));
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
        let weights = taken.remove(name);
        *bytes = weights.with_context(|| format!("no weights {}", name.display()))?;
        Ok(())
    }
}

/// Where the weights of an operator are until it is wired.
#[derive(Clone)]
pub(super) struct Place {
    name: PathBuf,
    taken: Arc<dyn ModelDataResolver + Send + Sync>,
}

impl Place {
    pub(super) fn of(node: &NodeProto, context: &ParsingContext) -> TractResult<Self> {
        let name = slot(&node.op_type).and_then(|slot| node.input.get(slot));
        Ok(Self {
            name: name.context("an operator without weights")?.into(),
            taken: Arc::clone(&context.framework.provider),
        })
    }

    /// Can be had once.
    pub(super) fn halves(&self) -> TractResult<Vec<u8>> {
        let mut halves = Vec::new();
        self.taken
            .read_bytes_from_path(&mut halves, &self.name, 0, None)?;
        Ok(halves)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}
