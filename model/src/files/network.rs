//! The network as ONNX.
//!
//! Weights keep the blocks of the source: 4 bits each and an f16 scale for 32 of
//! them, so nothing is rounded twice. Operators are those of ONNX and of the
//! `com.microsoft` domain, as tract and onnxruntime both read them; one node stands
//! for each step of a BERT layer, so that a faster operator can take its place by
//! name alone.
//!
//! Inputs are `input_ids`, `position_ids` (from 0 in every text) and `attention_mask`
//! (the number of the text that a token belongs to, from 1; 0 for padding), all
//! `[batch, sequence]` int64; the output is `last_hidden_state`, `[batch, sequence,
//! hidden]` f32. With one text a row and 1 for its number this is what other exports of
//! BERT have; with several, their tokens lie behind each other and nothing is padding.

use half::f16;
use prost::Message;

use super::FilesError;
use super::onnx::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, ModelProto, NodeProto,
    OperatorSetIdProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use super::source::{BLOCK, Source};

/// First version of ONNX's operators that has `Attention`.
const OPERATORS: i64 = 23;

/// Version of the file format that came with it.
const IR: i64 = 11;

const MICROSOFT: &str = "com.microsoft";

/// Added to the scores of padding: far below any score, and finite, so that a
/// difference of two is not NaN.
const MASKED: f32 = -1e9;

/// The bytes of an ONNX file whose word embedding has the rows `kept` of the
/// source's.
///
/// # Errors
/// [`FilesError::Tensor`] if the source lacks a tensor.
pub fn network(source: &Source, kept: &[usize]) -> Result<Vec<u8>, FilesError> {
    let mut graph = Graph::default();
    let mask = graph.mask();
    let mut hidden = graph.embed(source, kept)?;
    for layer in 0..source.shape.layers {
        let last = layer + 1 == source.shape.layers;
        let output = if last {
            "last_hidden_state".to_owned()
        } else {
            format!("layer{layer}/output")
        };
        hidden = graph.layer(source, layer, &hidden, &mask, &output)?;
    }
    graph.proto.name = String::from("multilingual-e5-small");
    graph.proto.input = vec![
        value("input_ids", DataType::Int64, &["batch", "sequence"]),
        value("position_ids", DataType::Int64, &["batch", "sequence"]),
        value("attention_mask", DataType::Int64, &["batch", "sequence"]),
    ];
    let width = source.shape.hidden.to_string();
    graph.proto.output = vec![value(
        &hidden,
        DataType::Float,
        &["batch", "sequence", &width],
    )];
    Ok(graph.finish())
}

/// A row of a weight: in each block its scale, in f16, and its halves.
type Row<'a> = &'a [[u8; 2 + BLOCK / 2]];

/// A graph that grows from its inputs to its output.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) proto: GraphProto,
}

impl Graph {
    /// The bytes of its file.
    pub(super) fn finish(self) -> Vec<u8> {
        let model = ModelProto {
            ir_version: IR,
            producer_name: "lemon-toolbox".to_owned(),
            opset_import: vec![operators("", OPERATORS), operators(MICROSOFT, 1)],
            graph: Some(self.proto),
        };
        model.encode_to_vec()
    }

    /// What is added to the scores of attention, `[batch, 1, sequence, sequence]`: a
    /// token sees those with its own number in `attention_mask`.
    fn mask(&mut self) -> String {
        let seen = self.numbers("mask/seen", &[], &[0.0]);
        let masked = self.numbers("mask/masked", &[], &[MASKED]);
        let by_key = self.integers("mask/by_key", &[1, 2]);
        let by_query = self.integers("mask/by_query", &[1, 3]);
        let keys = self.node("Unsqueeze", "mask/keys", &["attention_mask", &by_key]);
        let queries = self.node("Unsqueeze", "mask/queries", &["attention_mask", &by_query]);
        let same = self.node("Equal", "mask/same", &[&queries, &keys]);
        self.node("Where", "mask", &[&same, &seen, &masked])
    }

    /// Words, positions and the one type, normalised: `[batch, sequence, hidden]`.
    fn embed(&mut self, source: &Source, kept: &[usize]) -> Result<String, FilesError> {
        let shape = source.shape;
        let blocks = source.blocks("emb.word", shape.words, shape.hidden)?;
        let rows: Vec<_> = blocks.rows().collect();
        let rows = kept.iter().filter_map(|&row| rows.get(row).copied());
        let width = shape.hidden;
        let (weights, scales) =
            self.blocks("embedding/words", rows, kept.len(), &[width / 2], width);
        let words = self.microsoft(
            "GatherBlockQuantized",
            "embedding/words",
            &[&weights, "input_ids", &scales],
        );
        self.attribute(integer("bits", 4));
        self.attribute(integer("block_size", BLOCK));
        self.attribute(integer("gather_axis", 0));
        self.attribute(integer("quantize_axis", 1));

        let table = source.numbers("emb.pos", shape.positions * width)?;
        let table = self.halves(
            "embedding/positions/table",
            &[shape.positions, width],
            &table,
        );
        let table = self.cast("embedding/positions/f32", &table);
        let positions = self.node("Gather", "embedding/positions", &[&table, "position_ids"]);
        let types = source.numbers("emb.type", shape.types * width)?;
        let first = types.get(..width).unwrap_or_default();
        let kind = self.numbers("embedding/type", &[width], first);
        self.normalise(source, "emb.ln", "embedding", [&words, &positions, &kind])
    }

    fn layer(
        &mut self,
        source: &Source,
        layer: usize,
        hidden: &str,
        mask: &str,
        output: &str,
    ) -> Result<String, FilesError> {
        let shape = source.shape;
        let (width, inner) = (shape.hidden, shape.inner);
        let from = |part: &str| format!("l{layer}.{part}");
        let to = |part: &str| format!("layer{layer}/{part}");

        let mut parts = Vec::with_capacity(3);
        for (part, name) in [("q", "query"), ("k", "key")] {
            let bias = source.numbers(&from(&format!("{part}.b")), width)?;
            let bias = self.numbers(&to(&format!("{name}/bias")), &[width], &bias);
            let weight = source.blocks(&from(&format!("{part}.w")), width, width)?;
            parts.push(self.multiply(
                &to(name),
                hidden,
                weight.rows(),
                [width, width],
                Some(&bias),
            ));
        }
        let weight = source.blocks(&from("v.w"), width, width)?;
        parts.push(self.multiply(&to("value"), hidden, weight.rows(), [width, width], None));
        let context = self.node(
            "Attention",
            &to("attention"),
            &[&parts[0], &parts[1], &parts[2], mask],
        );
        self.attribute(integer("q_num_heads", shape.heads));
        self.attribute(integer("kv_num_heads", shape.heads));
        // What attention weighs with sums to 1, so the bias of the values may as well
        // follow it. Here it keeps tract's own operators from drawing the joining of the
        // heads into the product below, where they mistake the order of 4-bit columns.
        let bias = source.numbers(&from("v.b"), width)?;
        let bias = self.numbers(&to("value/bias"), &[width], &bias);
        let context = self.node("Add", &to("context"), &[&context, &bias]);
        let weight = source.blocks(&from("ao.w"), width, width)?;
        let attended = self.multiply(
            &to("attended"),
            &context,
            weight.rows(),
            [width, width],
            None,
        );
        let bias = source.numbers(&from("ao.b"), width)?;
        let bias = self.numbers(&to("attended/bias"), &[width], &bias);
        let hidden = self.normalise(
            source,
            &from("aln"),
            &to("middle"),
            [hidden, &attended, &bias],
        )?;

        let weight = source.blocks(&from("fi.w"), inner, width)?;
        let raised = self.multiply(&to("raised"), &hidden, weight.rows(), [inner, width], None);
        let bias = source.numbers(&from("fi.b"), inner)?;
        let bias = self.numbers(&to("raised/bias"), &[inner], &bias);
        let active = self.microsoft("BiasGelu", &to("gelu"), &[&raised, &bias]);
        let weight = source.blocks(&from("fo.w"), width, inner)?;
        let lowered = self.multiply(&to("lowered"), &active, weight.rows(), [width, inner], None);
        let bias = source.numbers(&from("fo.b"), width)?;
        let bias = self.numbers(&to("lowered/bias"), &[width], &bias);
        self.normalise(source, &from("oln"), output, [&hidden, &lowered, &bias])
    }

    /// The layer norm of the sum of `terms`, the last of which is a bias.
    pub(super) fn normalise(
        &mut self,
        source: &Source,
        from: &str,
        name: &str,
        terms: [&str; 3],
    ) -> Result<String, FilesError> {
        let width = source.shape.hidden;
        let gamma = source.numbers(&format!("{from}.w"), width)?;
        let gamma = self.numbers(&format!("{name}/gamma"), &[width], &gamma);
        let beta = source.numbers(&format!("{from}.b"), width)?;
        let beta = self.numbers(&format!("{name}/beta"), &[width], &beta);
        let output = self.microsoft(
            "SkipLayerNormalization",
            name,
            &[terms[0], terms[1], &gamma, &beta, terms[2]],
        );
        self.attribute(AttributeProto {
            name: "epsilon".to_owned(),
            r#type: AttributeType::Float.into(),
            f: source.shape.epsilon,
            ..AttributeProto::default()
        });
        Ok(output)
    }

    /// `input` by a weight of `[outputs, inputs]`, transposed.
    fn multiply<'a>(
        &mut self,
        name: &str,
        input: &str,
        rows: impl Iterator<Item = Row<'a>>,
        [outputs, inputs]: [usize; 2],
        bias: Option<&str>,
    ) -> String {
        let per_row = [inputs / BLOCK, BLOCK / 2];
        let (weights, scales) = self.blocks(name, rows, outputs, &per_row, inputs);
        let mut operands = vec![input, &weights, &scales];
        // Neither zero points (8, as in the source) nor an order of the columns.
        operands.extend(bias.iter().flat_map(|bias| ["", "", bias]));
        let output = self.microsoft("MatMulNBits", name, &operands);
        self.attribute(integer("K", inputs));
        self.attribute(integer("N", outputs));
        self.attribute(integer("bits", 4));
        self.attribute(integer("block_size", BLOCK));
        output
    }

    /// Stores blocks and gives the names of the weights, `[outputs, per_row…]` with
    /// two in a byte, and of the scales in f32, `[outputs, inputs / 32]`.
    fn blocks<'a>(
        &mut self,
        name: &str,
        rows: impl Iterator<Item = Row<'a>>,
        outputs: usize,
        per_row: &[usize],
        inputs: usize,
    ) -> (String, String) {
        let mut weights = Vec::with_capacity(outputs * inputs / 2);
        let mut scales = Vec::with_capacity(outputs * inputs / BLOCK * 2);
        for block in rows.flatten() {
            let (scale, halves) = block.split_at(2);
            scales.extend_from_slice(scale);
            weights.extend(interleave(halves));
        }
        let shape = [&[outputs], per_row].concat();
        let weights = self.tensor(&format!("{name}/weight"), DataType::Uint8, &shape, weights);
        let scales = self.tensor(
            &format!("{name}/scale/f16"),
            DataType::Float16,
            &[outputs, inputs / BLOCK],
            scales,
        );
        (weights, self.cast(&format!("{name}/scale"), &scales))
    }

    pub(super) fn cast(&mut self, name: &str, input: &str) -> String {
        self.cast_to(name, input, DataType::Float)
    }

    pub(super) fn cast_to(&mut self, name: &str, input: &str, kind: DataType) -> String {
        let output = self.node("Cast", name, &[input]);
        self.attribute(AttributeProto {
            name: "to".to_owned(),
            r#type: AttributeType::Int.into(),
            i: i64::from(i32::from(kind)),
            ..AttributeProto::default()
        });
        output
    }

    pub(super) fn microsoft(&mut self, operator: &str, name: &str, inputs: &[&str]) -> String {
        let output = self.node(operator, name, inputs);
        if let Some(node) = self.proto.node.last_mut() {
            node.domain = String::from(MICROSOFT);
        }
        output
    }

    /// A node with one output, which has its name.
    pub(super) fn node(&mut self, operator: &str, name: &str, inputs: &[&str]) -> String {
        self.proto.node.push(NodeProto {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.to_owned()],
            name: name.to_owned(),
            op_type: operator.to_owned(),
            ..NodeProto::default()
        });
        name.to_owned()
    }

    /// Gives the last node an attribute.
    pub(super) fn attribute(&mut self, attribute: AttributeProto) {
        if let Some(node) = self.proto.node.last_mut() {
            node.attribute.push(attribute);
        }
    }

    pub(super) fn numbers(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensor(name, DataType::Float, shape, bytes)
    }

    fn halves(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        let bytes = values
            .iter()
            .flat_map(|&v| f16::from_f32(v).to_le_bytes())
            .collect();
        self.tensor(name, DataType::Float16, shape, bytes)
    }

    pub(super) fn integers(&mut self, name: &str, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.tensor(name, DataType::Int64, &[values.len()], bytes)
    }

    pub(super) fn tensor(
        &mut self,
        name: &str,
        kind: DataType,
        shape: &[usize],
        bytes: Vec<u8>,
    ) -> String {
        self.proto.initializer.push(TensorProto {
            dims: shape.iter().map(|&size| signed(size)).collect(),
            data_type: kind.into(),
            name: name.to_owned(),
            raw_data: bytes,
        });
        name.to_owned()
    }
}

/// The two orders of halves differ: the source puts weight `j` beside `j + 16`, ONNX
/// `2j` beside `2j + 1`, the earlier one in the low half.
fn interleave(halves: &[u8]) -> impl Iterator<Item = u8> {
    let low = halves.iter().map(|byte| byte & 0x0F);
    let high = halves.iter().map(|byte| byte >> 4);
    let weights: Vec<u8> = low.chain(high).collect();
    (0..halves.len()).map(move |j| weights[2 * j] | weights[2 * j + 1] << 4)
}

pub(super) fn value(name: &str, kind: DataType, shape: &[&str]) -> ValueInfoProto {
    let dim = shape
        .iter()
        .map(|&size| {
            let dim_value = size.parse().ok();
            let dim_param = dim_value.is_none().then(|| size.to_owned());
            Dimension {
                dim_value,
                dim_param,
            }
        })
        .collect();
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: kind.into(),
                shape: Some(TensorShapeProto { dim }),
            }),
        }),
    }
}

fn operators(domain: &str, version: i64) -> OperatorSetIdProto {
    OperatorSetIdProto {
        domain: domain.to_owned(),
        version,
    }
}

pub(super) fn integer(name: &str, value: usize) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Int.into(),
        i: signed(value),
        ..AttributeProto::default()
    }
}

/// The limits of [`super::source`] keep every size far below the largest `i64`.
fn signed(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[cfg(feature = "encoder")]
mod tests {
    use super::*;
    use crate::encoder::plan;

    const WIDTH: usize = 64;

    /// Sublayers of two products, of widths that fit or not.
    impl Graph {
        fn product(&mut self, name: &str, input: &str, [outputs, inputs]: [usize; 2]) -> String {
            // 1 in f16, and halves that are 1.
            let block = [&[0x00, 0x3C][..], &[0x99; BLOCK / 2]].concat();
            let row = vec![block.try_into().unwrap(); inputs / BLOCK];
            let rows = std::iter::repeat_n(&row[..], outputs);
            self.multiply(name, input, rows, [outputs, inputs], None)
        }

        fn gelu(&mut self, name: &str, input: &str, width: usize) -> String {
            let bias = self.numbers(&format!("{name}/bias"), &[width], &vec![0.5; width]);
            self.microsoft("BiasGelu", name, &[input, &bias])
        }

        fn norm(&mut self, name: &str, terms: [&str; 2], width: usize) -> String {
            let ones = self.numbers(&format!("{name}/ones"), &[width], &vec![1.0; width]);
            let [one, two] = terms;
            let operands = [one, two, &ones, &ones, &ones];
            self.microsoft("SkipLayerNormalization", name, &operands)
        }

        fn forward(&mut self, given: usize) -> String {
            const INNER: usize = 96;
            let up = self.product("up", "hidden", [INNER, WIDTH]);
            let up = self.gelu("gelu", &up, INNER);
            self.product("down", &up, [WIDTH, given])
        }

        /// Whether the encoder takes a network that computes `output` of `hidden` and `other`.
        fn taken(mut self, output: &str) -> bool {
            let wide = |name| value(name, DataType::Float, &["batch", "sequence", "64"]);
            self.proto.input = vec![wide("hidden"), wide("other")];
            self.proto.output = vec![wide(output)];
            plan(&bytes::Bytes::from(self.finish())).is_ok()
        }
    }

    #[test]
    fn a_layer_that_does_not_fit_together_is_refused_when_it_is_loaded() {
        type Build = fn(&mut Graph) -> String;
        let builds: [(&str, bool, Build); 6] = [
            ("a sublayer", true, |graph| {
                let down = graph.forward(96);
                graph.norm("norm", ["hidden", &down], WIDTH)
            }),
            ("a product alone", false, |graph| {
                graph.product("alone", "hidden", [WIDTH, WIDTH])
            }),
            ("a sum with another matrix", false, |graph| {
                let down = graph.forward(96);
                graph.norm("norm", ["other", &down], WIDTH)
            }),
            ("its terms the other way round", false, |graph| {
                let down = graph.forward(96);
                graph.norm("norm", [&down, "hidden"], WIDTH)
            }),
            ("weights of another width", false, |graph| {
                let down = graph.forward(64);
                graph.norm("norm", ["hidden", &down], WIDTH)
            }),
            ("a norm of another width", false, |graph| {
                let down = graph.forward(96);
                graph.norm("norm", ["hidden", &down], 2 * WIDTH)
            }),
        ];
        for (name, is_sound, build) in builds {
            let mut graph = Graph::default();
            let output = build(&mut graph);
            assert_eq!(graph.taken(&output), is_sound, "{name}");
        }
    }

    #[test]
    fn neighbours_share_a_byte() {
        let halves: Vec<u8> = (0..16).map(|j| j | (15 - j) << 4).collect();
        let bytes: Vec<u8> = interleave(&halves).collect();
        assert_eq!(bytes[..3], [0x10, 0x32, 0x54]);
        assert_eq!(bytes[8..11], [0xEF, 0xCD, 0xAB]);
        assert_eq!(bytes.len(), 16);
    }
}
