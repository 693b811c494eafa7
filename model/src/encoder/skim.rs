//! A network's file without its weights, which stay where the file is.
//!
//! Decoded as a whole, the file would be in memory beside what is made of it.

use std::collections::HashMap;
use std::ops::Range;

use prost::Message;
use prost::{decode_length_delimiter, encode_length_delimiter};
use tract_onnx::pb::ModelProto;
use tract_onnx::pb::tensor_proto::DataType;

use crate::contents::Contents;

/// Types of the constants that stay in the file: packed weights, and their scales.
const OF_WEIGHTS: [[u8; 1]; 2] = [[DataType::Uint8 as u8], [DataType::Float16 as u8]];

/// Numbers of fields in onnx.proto, by message.
const MODEL_GRAPH: usize = 7;
const GRAPH_INITIALIZER: usize = 5;
const TENSOR_DATA_TYPE: usize = 2;
const TENSOR_NAME: usize = 8;
const TENSOR_RAW_DATA: usize = 9;

/// How the length of a field's value is known, in protobuf.
const VARINT: usize = 0;
const EIGHT_BYTES: usize = 1;
const DELIMITED: usize = 2;
const FOUR_BYTES: usize = 5;

/// Most bytes of a varint, and of a key with a length.
const MAX_VARINT: usize = 10;
const MAX_HEAD: usize = 2 * MAX_VARINT;

/// Where constants lie in the file, by name.
pub(super) type Places = HashMap<String, Range<usize>>;

/// A field: where it lies as a whole, and its value.
struct Field {
    number: usize,
    wire_type: usize,
    whole: Range<usize>,
    value: Range<usize>,
}

/// The network of `file`, and where the constants lie that were left out: those are there
/// with their names and shapes, but without their data. None if it is no ONNX.
pub(super) fn skim(file: &impl Contents) -> Option<(ModelProto, Places)> {
    let mut places = Places::new();
    let model = with(file, 0..file.length(), MODEL_GRAPH, |graph| {
        with(file, graph, GRAPH_INITIALIZER, |constant| {
            tensor(file, constant, &mut places)
        })
    })?;
    Some((ModelProto::decode(&model[..]).ok()?, places))
}

/// The message in `range`, with what `change` makes of each message in its field `number`.
fn with(
    file: &impl Contents,
    range: Range<usize>,
    number: usize,
    mut change: impl FnMut(Range<usize>) -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    for field in fields(file, range) {
        let field = field?;
        if (field.number, field.wire_type) == (number, DELIMITED) {
            put(&mut message, number, &change(field.value)?)?;
        } else {
            message.extend(file.bytes(field.whole)?);
        }
    }
    Some(message)
}

fn tensor(file: &impl Contents, range: Range<usize>, places: &mut Places) -> Option<Vec<u8>> {
    let fields = fields(file, range.clone()).collect::<Option<Vec<_>>>()?;
    // Of a field that comes twice the last one counts.
    let last = |number| fields.iter().rfind(|field| field.number == number);
    let data_type = last(TENSOR_DATA_TYPE).and_then(|field| file.bytes(field.value.clone()));
    let name = last(TENSOR_NAME).and_then(|field| file.bytes(field.value.clone()));
    let data = last(TENSOR_RAW_DATA).filter(|field| field.wire_type == DELIMITED);
    let is_of_weights = data_type.is_some_and(|value| OF_WEIGHTS.iter().any(|one| value == *one));
    let (Some(data), Some(name), true) = (data, name, is_of_weights) else {
        return file.bytes(range);
    };
    places.insert(String::from_utf8(name).ok()?, data.value.clone());
    let mut tensor = Vec::new();
    let others = fields
        .iter()
        .filter(|field| field.number != TENSOR_RAW_DATA);
    for field in others {
        tensor.extend(file.bytes(field.whole.clone())?);
    }
    Some(tensor)
}

/// Appends a message to the one around it.
fn put(around: &mut Vec<u8>, number: usize, message: &[u8]) -> Option<()> {
    encode_length_delimiter(number << 3 | DELIMITED, around).ok()?;
    encode_length_delimiter(message.len(), around).ok()?;
    around.extend(message);
    Some(())
}

/// The fields of the message in `range`. What is not one ends them with none.
fn fields(file: &impl Contents, range: Range<usize>) -> impl Iterator<Item = Option<Field>> {
    let mut at = range.start;
    std::iter::from_fn(move || {
        if at >= range.end {
            return None;
        }
        let field = field(file, at..range.end);
        at = field.as_ref().map_or(range.end, |field| field.whole.end);
        Some(field)
    })
}

/// The field at the start of `range`, in which it has to end.
fn field(file: &impl Contents, range: Range<usize>) -> Option<Field> {
    let end = range.end.min(range.start.checked_add(MAX_HEAD)?);
    let head = file.bytes(range.start..end)?;
    let mut rest = &head[..];
    let key = decode_length_delimiter(&mut rest).ok()?;
    let wire_type = key & 7;
    let length = match wire_type {
        VARINT => {
            1 + rest
                .iter()
                .take(MAX_VARINT)
                .position(|byte| byte & 0x80 == 0)?
        }
        EIGHT_BYTES => 8,
        DELIMITED => decode_length_delimiter(&mut rest).ok()?,
        FOUR_BYTES => 4,
        _ => return None,
    };
    let start = range.start + (head.len() - rest.len());
    let value = start..start.checked_add(length)?;
    (value.end <= range.end).then_some(Field {
        number: key >> 3,
        wire_type,
        whole: range.start..value.end,
        value,
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use tract_onnx::pb::{GraphProto, NodeProto, TensorProto};

    use super::*;

    fn file(graph: GraphProto) -> Bytes {
        let proto = ModelProto {
            ir_version: -1,
            producer_name: "p".repeat(300),
            graph: Some(graph),
            ..ModelProto::default()
        };
        proto.encode_to_vec().into()
    }

    fn constants() -> impl Strategy<Value = Vec<TensorProto>> {
        let lengths = [0, 1, 127, 128, 5_000];
        let types = [DataType::Uint8, DataType::Float, DataType::Float16];
        let constant = (
            prop::sample::select(lengths.to_vec()),
            prop::sample::select(types.to_vec()),
        );
        prop::collection::vec(constant, 0..6).prop_map(|constants| {
            let constants = constants.into_iter().enumerate();
            let constants = constants.map(|(at, (length, data_type))| TensorProto {
                dims: vec![i64::try_from(length).unwrap(), -1],
                name: format!("constant {at}"),
                data_type: data_type as i32,
                raw_data: vec![u8::try_from(at).unwrap(); length],
                float_data: vec![0.5; at],
                ..TensorProto::default()
            });
            constants.collect()
        })
    }

    proptest! {
        /// What is left out is where it is said to be, and the rest is as it was.
        #[test]
        fn nothing_is_lost(constants in constants()) {
            let node = NodeProto { op_type: "n".repeat(2_000), ..NodeProto::default() };
            let graph = GraphProto {
                node: vec![node.clone(), node],
                name: "graph".into(),
                initializer: constants,
                ..GraphProto::default()
            };
            let file = file(graph.clone());
            let (mut proto, mut places) = skim(&file).unwrap();
            for tensor in &mut proto.graph.as_mut().unwrap().initializer {
                let stays = tensor.data_type != DataType::Float as i32;
                if let Some(place) = places.remove(&tensor.name) {
                    prop_assert!(stays && tensor.raw_data.is_empty());
                    tensor.raw_data = file[place].to_vec();
                } else {
                    prop_assert!(!stays || tensor.raw_data.is_empty());
                }
            }
            prop_assert!(places.is_empty());
            prop_assert_eq!(proto.encode_to_vec(), file.to_vec());
        }

        /// Damaged and foreign files give nothing, or something that ends within the file.
        #[test]
        fn no_file_leads_astray(
            constants in constants(),
            cut in 0..20_000_usize,
            changes in prop::collection::vec((0..20_000_usize, any::<u8>()), 0..4),
        ) {
            let graph = GraphProto { initializer: constants, ..GraphProto::default() };
            let mut bytes = file(graph).to_vec();
            for (at, byte) in changes {
                let length = bytes.len();
                bytes[at % length] = byte;
            }
            bytes.truncate(cut);
            let file = Bytes::from(bytes);
            if let Some((_, places)) = skim(&file) {
                prop_assert!(places.values().all(|place| place.end <= file.len()));
            }
        }

        #[test]
        fn noise_has_no_weights_outside_itself(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let file = Bytes::from(bytes);
            if let Some((_, places)) = skim(&file) {
                prop_assert!(places.values().all(|place| place.end <= file.len()));
            }
        }
    }
}
