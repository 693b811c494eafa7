//! Weights of 4 bits and their scales, which stay where the file is until their operator is
//! wired.
//!
//! tract makes tensors of all constants while the file is there, so these would be in
//! memory twice; and memory that is touched for the first time takes a good part of a start.
//! They reach our operators through the seam that tract has for data in other files.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tract_onnx::Onnx;
use tract_onnx::data_resolver::ModelDataResolver;
use tract_onnx::model::ParsingContext;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, NodeProto};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::{TractErrorContext, ensure};

use super::super::skim::Places;
use crate::contents::Contents;

/// The weights of a file that are still to be asked for.
struct Weights<C> {
    file: C,
    places: Mutex<Places>,
}

/// Where an operator has its weights and their scales, and what they are.
fn slots(operator: &str) -> Option<[(usize, DataType); 2]> {
    let weights = match operator {
        "MatMulNBits" => 1,
        "GatherBlockQuantized" => 0,
        _ => return None,
    };
    Some([(weights, DataType::Uint8), (2, DataType::Float16)])
}

/// Has `onnx` give our operators in `graph` their weights and scales out of `file`, where the
/// constants of `places` are. Those keep as many columns in the graph, and no row; those of
/// other operators come back.
pub(in super::super) fn provide(
    graph: &mut GraphProto,
    file: &impl Contents,
    mut places: Places,
    onnx: &mut Onnx,
) -> TractResult<()> {
    // Scales are f16 in the file, and cast to what the operators ask for.
    let casts = graph.node.iter().filter(|node| node.op_type == "Cast");
    let casts = casts
        .filter_map(|node| Some((node.output.first()?, node.input.first()?)))
        .collect::<HashMap<_, _>>();
    let mut uses = HashMap::<&str, usize>::new();
    for input in graph.node.iter().flat_map(|node| &node.input) {
        *uses.entry(input).or_default() += 1;
    }
    let mut ours = HashMap::new();
    for node in &graph.node {
        for (slot, data_type) in slots(&node.op_type).into_iter().flatten() {
            if let Some(input) = node.input.get(slot) {
                let constant = *casts.get(input).unwrap_or(&input);
                let is_shared = [input, constant]
                    .iter()
                    .any(|name| uses.get(&name[..]) != Some(&1));
                ensure!(!is_shared, "{input} is there for more than one operator");
                ours.insert(constant, (input.clone(), data_type));
            }
        }
    }
    let mut weights = Places::new();
    for constant in &mut graph.initializer {
        let place = places.remove(&constant.name);
        if let Some((input, data_type)) = ours.get(&constant.name) {
            ensure!(
                constant.data_type == *data_type as i32,
                "{input} is not {}",
                data_type.as_str_name()
            );
            if let Some(rows) = constant.dims.first_mut() {
                *rows = 0;
            }
            weights.extend(place.map(|place| (input.clone(), place)));
        } else if let Some(place) = place {
            let bytes = file.bytes(place);
            constant.raw_data = bytes.context("a constant lies outside the file")?;
        }
    }
    onnx.provider = Arc::new(Weights {
        file: file.clone(),
        places: Mutex::new(weights),
    });
    Ok(())
}

impl<C: Contents> ModelDataResolver for Weights<C> {
    fn read_bytes_from_path(
        &self,
        bytes: &mut Vec<u8>,
        name: &Path,
        _: usize,
        _: Option<usize>,
    ) -> TractResult<()> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let place = name.to_str().and_then(|name| places.remove(name));
        let weights = place.and_then(|place| self.file.bytes(place));
        *bytes = weights.with_context(|| format!("no weights {}", name.display()))?;
        Ok(())
    }
}

/// Where an input of an operator is until it is wired.
#[derive(Clone)]
pub(super) struct Place {
    name: PathBuf,
    weights: Arc<dyn ModelDataResolver + Send + Sync>,
}

impl Place {
    pub(super) fn of(node: &NodeProto, slot: usize, context: &ParsingContext) -> TractResult<Self> {
        let name = node.input.get(slot);
        Ok(Self {
            name: name.context("an operator without weights")?.into(),
            weights: Arc::clone(&context.framework.provider),
        })
    }

    /// Can be had once.
    pub(super) fn bytes(&self) -> TractResult<Vec<u8>> {
        let mut bytes = Vec::new();
        self.weights
            .read_bytes_from_path(&mut bytes, &self.name, 0, None)?;
        Ok(bytes)
    }

    /// The same as numbers: they are f16. Can be had once.
    pub(super) fn numbers(&self) -> TractResult<Vec<f32>> {
        let bytes = self.bytes()?;
        let (numbers, rest) = bytes.as_chunks();
        ensure!(rest.is_empty(), "half a number at the end");
        let numbers = numbers
            .iter()
            .map(|&bytes| f16::from_le_bytes(bytes).to_f32());
        Ok(numbers.collect())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tract_onnx::pb::TensorProto;

    use super::*;

    fn node(operator: &str, inputs: &[&str], output: &str) -> NodeProto {
        NodeProto {
            op_type: operator.into(),
            input: inputs.iter().map(|&input| input.into()).collect(),
            output: vec![output.into()],
            ..NodeProto::default()
        }
    }

    fn constant(name: &str, data_type: DataType, dims: [i64; 2]) -> TensorProto {
        TensorProto {
            name: name.into(),
            data_type: data_type as i32,
            dims: dims.to_vec(),
            ..TensorProto::default()
        }
    }

    fn graph(of_scales: DataType) -> GraphProto {
        GraphProto {
            node: vec![
                node("Cast", &["f16"], "scales"),
                node("MatMulNBits", &["x", "weights", "scales"], "y"),
                node("Other", &["foreign"], "z"),
            ],
            initializer: vec![
                constant("weights", DataType::Uint8, [2, 4]),
                constant("f16", of_scales, [2, 1]),
                constant("foreign", DataType::Uint8, [1, 2]),
            ],
            ..GraphProto::default()
        }
    }

    #[test]
    fn our_operators_have_their_weights_once_and_others_theirs_as_ever() {
        let file = Bytes::from_static(b"..abcdefgh..xy..\0\x3C\0\xC0");
        let places = || {
            Places::from([
                ("weights".into(), 2..10),
                ("foreign".into(), 12..14),
                ("f16".into(), 16..20),
            ])
        };
        let mut graph = graph(DataType::Float16);
        let mut onnx = Onnx::default();
        provide(&mut graph, &file, places(), &mut onnx).unwrap();
        let [weights, scales, foreign] = &graph.initializer[..] else {
            panic!("constants were lost");
        };
        assert_eq!(
            (&weights.dims[..], weights.raw_data.len()),
            (&[0, 4][..], 0)
        );
        assert_eq!((&scales.dims[..], scales.raw_data.len()), (&[0, 1][..], 0));
        assert_eq!(
            (&foreign.dims[..], &foreign.raw_data[..]),
            (&[1, 2][..], &b"xy"[..])
        );

        let place = |name: &str| Place {
            name: name.into(),
            weights: Arc::clone(&onnx.provider),
        };
        assert_eq!(place("weights").bytes().unwrap(), b"abcdefgh");
        assert_eq!(place("scales").numbers().unwrap(), [1.0, -2.0]);
        for name in ["weights", "scales", "foreign"] {
            assert!(place(name).bytes().is_err(), "{name}");
        }

        let mut other = self::graph(DataType::Float);
        assert!(provide(&mut other, &file, places(), &mut onnx).is_err());
        let outside = Places::from([("foreign".into(), 19..21)]);
        let mut cut = self::graph(DataType::Float16);
        assert!(provide(&mut cut, &file, outside, &mut onnx).is_err());
        for shared in ["weights", "f16", "scales"] {
            let mut graph = self::graph(DataType::Float16);
            graph.node.push(node("Other", &[shared], "w"));
            assert!(
                provide(&mut graph, &file, places(), &mut onnx).is_err(),
                "{shared}"
            );
        }
    }
}
