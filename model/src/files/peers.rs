//! The same model as other engines are usually given it, for benchmarks against them:
//! 8-bit weights with one scale an output, and activations quantised as they come
//! (ONNX's `DynamicQuantizeLinear`), whole tensors at a time.

use super::FilesError;
use super::network::{Graph, integer, value};
use super::onnx::DataType;
use super::source::{Blocks, Source};

/// Where the positions come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Positions {
    /// From the input `position_ids`.
    Given,
    /// Counted in every row, as in most exports.
    Counted,
}

/// The bytes of an ONNX file whose word embedding has the rows `kept` of the source's.
/// Inputs are `input_ids` and `attention_mask`, and `position_ids` if they are given, all
/// `[batch, sequence]` int64; the output is `last_hidden_state`.
///
/// # Errors
/// [`FilesError::Tensor`] if the source lacks a tensor.
pub fn int8(source: &Source, kept: &[usize], positions: Positions) -> Result<Vec<u8>, FilesError> {
    let width = source.shape.hidden;
    let mut graph = Graph::default();
    let mask = graph.cast_to("mask", "attention_mask", DataType::Int32);
    let mut hidden = graph.embed8(source, kept, positions)?;
    for layer in 0..source.shape.layers {
        let last = layer + 1 == source.shape.layers;
        let output = if last {
            "last_hidden_state".to_owned()
        } else {
            format!("layer{layer}/output")
        };
        hidden = graph.layer8(source, layer, &hidden, &mask, &output)?;
    }
    let mut names = vec!["input_ids", "attention_mask"];
    if positions == Positions::Given {
        names.push("position_ids");
    }
    let axes = ["batch", "sequence"];
    let inputs = names
        .into_iter()
        .map(|name| value(name, DataType::Int64, &axes));
    graph.proto.input = inputs.collect();
    let axes = ["batch", "sequence", &width.to_string()];
    graph.proto.output = vec![value(&hidden, DataType::Float, &axes)];
    "int8".clone_into(&mut graph.proto.name);
    Ok(graph.finish())
}

/// A tensor of 8-bit codes with its scale and its zero point.
struct Quantised {
    codes: String,
    scale: String,
    zero: String,
}

impl Graph {
    fn embed8(
        &mut self,
        source: &Source,
        kept: &[usize],
        positions: Positions,
    ) -> Result<String, FilesError> {
        let (width, shape) = (source.shape.hidden, source.shape);
        let rows: Vec<_> = source
            .blocks("emb.word", shape.words, width)?
            .numbers()
            .collect();
        let rows = kept.iter().filter_map(|&row| rows.get(row));
        let (codes, scales) = rounded(rows.map(Vec::as_slice));
        let codes = self.tensor("words/codes", DataType::Int8, &[kept.len(), width], codes);
        let scales = self.numbers("words/scales", &[kept.len(), 1], &scales);
        let codes = self.node("Gather", "words/row", &[&codes, "input_ids"]);
        let codes = self.cast("words/f32", &codes);
        let scales = self.node("Gather", "words/scale", &[&scales, "input_ids"]);
        let words = self.node("Mul", "words", &[&codes, &scales]);
        let table = source.numbers("emb.pos", shape.positions * width)?;
        let table = self.numbers("positions/table", &[shape.positions, width], &table);
        let places = match positions {
            Positions::Given => self.node("Gather", "positions", &[&table, "position_ids"]),
            Positions::Counted => self.count_positions(&table, &words),
        };
        let types = source.numbers("emb.type", shape.types * width)?;
        let kind = self.numbers("type", &[width], types.get(..width).unwrap_or_default());
        self.normalise(source, "emb.ln", "embedding", [&words, &places, &kind])
    }

    fn layer8(
        &mut self,
        source: &Source,
        layer: usize,
        hidden: &str,
        mask: &str,
        output: &str,
    ) -> Result<String, FilesError> {
        let (width, inner) = (source.shape.hidden, source.shape.inner);
        let from = |part: &str| format!("l{layer}.{part}");
        let to = |part: &str| format!("layer{layer}/{part}");
        let codes = self.quantise(&to("input"), hidden);
        let mut parts = Vec::with_capacity(3);
        for (part, name) in [("q", "query"), ("k", "key"), ("v", "value")] {
            let weight = source.blocks(&from(&format!("{part}.w")), width, width)?;
            let product = self.multiply8(&to(&format!("{name}/product")), &codes, weight, width);
            let bias = source.numbers(&from(&format!("{part}.b")), width)?;
            let bias = self.numbers(&to(&format!("{name}/bias")), &[width], &bias);
            parts.push(self.node("Add", &to(name), &[&product, &bias]));
        }
        let inputs = [&parts[0], &parts[1], &parts[2], "", mask];
        let context = self.microsoft("MultiHeadAttention", &to("attention"), &inputs);
        self.attribute(integer("num_heads", source.shape.heads));
        let codes = self.quantise(&to("context"), &context);
        let weight = source.blocks(&from("ao.w"), width, width)?;
        let attended = self.multiply8(&to("attended"), &codes, weight, width);
        let bias = source.numbers(&from("ao.b"), width)?;
        let bias = self.numbers(&to("attended/bias"), &[width], &bias);
        let norm = [hidden, &attended, &bias];
        let middle = self.normalise(source, &from("aln"), &to("middle"), norm)?;

        let codes = self.quantise(&to("middle"), &middle);
        let weight = source.blocks(&from("fi.w"), inner, width)?;
        let raised = self.multiply8(&to("raised"), &codes, weight, inner);
        let bias = source.numbers(&from("fi.b"), inner)?;
        let bias = self.numbers(&to("raised/bias"), &[inner], &bias);
        let active = self.microsoft("BiasGelu", &to("gelu"), &[&raised, &bias]);
        let codes = self.quantise(&to("gelu"), &active);
        let weight = source.blocks(&from("fo.w"), width, inner)?;
        let lowered = self.multiply8(&to("lowered"), &codes, weight, width);
        let bias = source.numbers(&from("fo.b"), width)?;
        let bias = self.numbers(&to("lowered/bias"), &[width], &bias);
        let norm = [&middle[..], &lowered, &bias];
        self.normalise(source, &from("oln"), output, norm)
    }

    fn quantise(&mut self, name: &str, input: &str) -> Quantised {
        let name = format!("{name}/quantised");
        let [codes, scale, zero] = ["codes", "scale", "zero"].map(|part| format!("{name}/{part}"));
        self.node("DynamicQuantizeLinear", &name, &[input]);
        if let Some(node) = self.proto.node.last_mut() {
            node.output = vec![codes.clone(), scale.clone(), zero.clone()];
        }
        Quantised { codes, scale, zero }
    }

    fn multiply8(
        &mut self,
        name: &str,
        input: &Quantised,
        weight: Blocks,
        outputs: usize,
    ) -> String {
        let rows: Vec<_> = weight.numbers().collect();
        let inputs = rows.first().map_or(0, Vec::len);
        let (codes, scales) = rounded(rows.iter().map(Vec::as_slice));
        // The operator takes them by input.
        let column = |input: usize| codes.iter().skip(input).step_by(inputs).copied();
        let turned = (0..inputs).flat_map(column).collect();
        let codes = format!("{name}/weight");
        let codes = self.tensor(&codes, DataType::Int8, &[inputs, outputs], turned);
        let scales = self.numbers(&format!("{name}/weight/scale"), &[outputs], &scales);
        let operands = [&input.codes[..], &codes, &input.zero];
        let sums = self.node("MatMulInteger", &format!("{name}/sums"), &operands);
        let sums = self.cast(&format!("{name}/f32"), &sums);
        let scale = self.node("Mul", &format!("{name}/scale"), &[&input.scale, &scales]);
        self.node("Mul", name, &[&sums, &scale])
    }

    /// The first rows of `table`, as many as a text of `words` has, for every text.
    fn count_positions(&mut self, table: &str, words: &str) -> String {
        let length = self.node("Shape", "positions/length", &["input_ids"]);
        self.attribute(integer("start", 1));
        self.attribute(integer("end", 2));
        let start = self.integers("positions/start", &[0]);
        let rows = self.node("Slice", "positions/rows", &[table, &start, &length, &start]);
        let shape = self.node("Shape", "positions/shape", &[words]);
        self.node("Expand", "positions", &[&rows, &shape])
    }
}

/// 8-bit codes of all rows behind each other, and their scales.
fn rounded<'a>(rows: impl Iterator<Item = &'a [f32]>) -> (Vec<u8>, Vec<f32>) {
    let (mut codes, mut scales) = (Vec::new(), Vec::new());
    for row in rows {
        let largest = row.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
        let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
        // −127 to 127.
        #[allow(clippy::cast_possible_truncation)]
        let code = |weight: &f32| ((weight * inverse).round() as i8).cast_unsigned();
        codes.extend(row.iter().map(code));
        scales.push(largest / 127.0);
    }
    (codes, scales)
}

/// The whole vocabulary in the form of Hugging Face's `tokenizer.json`. Its normaliser is
/// NFKC, which is near ours: what is compared is how fast engines are.
///
/// # Errors
/// [`FilesError::Json`].
pub fn tokenizer_json(source: &Source) -> Result<Vec<u8>, FilesError> {
    let special = |(id, (content, _)): (usize, &(&str, f32))| {
        serde_json::json!({
            "id": id, "content": content, "single_word": false, "lstrip": false,
            "rstrip": false, "normalized": false, "special": true,
        })
    };
    let specials: Vec<_> = source
        .pieces
        .iter()
        .enumerate()
        .take(4)
        .map(special)
        .collect();
    let json = serde_json::json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": specials,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFKC"},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        ]},
        "pre_tokenizer": {
            "type": "Metaspace", "replacement": "▁", "add_prefix_space": true,
            "prepend_scheme": "always", "split": true,
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "<s>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "</s>", "type_id": 0}},
            ],
            "pair": [],
            "special_tokens": {
                "<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
                "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]},
            },
        },
        "decoder": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
        "model": {"type": "Unigram", "unk_id": 3, "vocab": source.pieces},
    });
    Ok(serde_json::to_vec(&json)?)
}
