//! The model files against vectors that were computed from the source's weights in
//! f32 with its whole vocabulary.
//!
//! `LEMON_MODEL` names the folder of the model files as `model-files` prints it: one of
//! `model/` in the cache, not the files as they are sent.

// Clippy knows test functions, not what they call. Counts here are far below what
// floating point holds exactly.
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

use std::path::PathBuf;
use std::sync::LazyLock;

use bytes::Bytes;
use lemon_model::encoder::{Encoder, MAX_TOKENS, Role, Text};
use lemon_model::manifest::{File, MAX_FILE_BYTES, MAX_TOTAL_BYTES, Manifest, sha256_hex};
use lemon_model::vocabulary::{BEGIN, CONTROL, END, UNKNOWN};
use proptest::prelude::*;
use serde::Deserialize;

/// Share of texts that the cut vocabulary must cut as the whole one does.
const SAME_PIECES: f64 = 0.98;

/// Least cosine to the reference of a text with the same pieces when other engines run
/// the file. Both sides have the same weights and f32 activations, so only the order of
/// sums differs: measured 0.999999, and the reference itself has six digits.
const COSINE: f32 = 0.999;

/// Least and mean cosine of our 7-bit weights and 8-bit activations.
const LEAST_COSINE: f32 = 0.995;
const MEAN_COSINE: f32 = 0.998;

/// How far a mean reciprocal rank may be below what f32 and the whole vocabulary give,
/// in percent.
const MRR_TOLERANCE: f64 = 1.5;

/// Texts that the cut vocabulary cuts otherwise, and why.
const OTHERWISE: [(&str, &str); 3] = [
    (
        "ｆｕｌｌｗｉｄｔｈ\u{3000}ＡＢＣ\u{3000}１２３",
        "`width` inside a word is one of the tails that made room",
    ),
    (
        "zero\u{200b}width\u{200b}joiner",
        "`width` inside a word is one of the tails that made room",
    ),
    (
        "<s> hello </s> <mask> <pad> <unk>",
        "the reference lets a text write control tokens, and we never do",
    ),
];

/// Mean reciprocal ranks in percent that the source's weights give, everything
/// embedded as a query: each query against all right answers, and against all
/// answers and distractors. All but one of the 280 texts have the pieces of the whole
/// vocabulary.
const RANKS: [(&str, f64, f64); 3] = [("ko", 63.4, 40.7), ("ja", 85.8, 59.7), ("en", 87.2, 55.4)];

#[derive(Deserialize)]
struct Embeddings {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    prefix: String,
    text: String,
    pieces: Vec<String>,
    vector: Vec<f32>,
}

#[derive(Deserialize)]
struct Pair {
    query: String,
    answer: String,
    distractor: String,
}

struct Model {
    manifest: Manifest,
    encoder: Encoder,
}

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let manifest = Manifest::parse(&read("manifest.json")).unwrap();
    let verified = |file: &File| file.verified(Bytes::from(read(&file.name))).unwrap();
    let [network, tokenizer] = manifest.files().map(verified);
    let encoder = Encoder::load(&manifest, network, tokenizer).unwrap();
    Model { manifest, encoder }
});

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let json = include_bytes!("data/embeddings.json");
    serde_json::from_slice::<Embeddings>(json).unwrap().cases
});

fn folder() -> PathBuf {
    std::env::var_os("LEMON_MODEL")
        .expect("set LEMON_MODEL to the folder that `cargo xtask model` prints")
        .into()
}

fn read(name: &str) -> Vec<u8> {
    let path = folder().join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Case {
    fn as_text(&self) -> Text<'_> {
        let role = match self.prefix.as_str() {
            "query: " => Role::Query,
            "passage: " => Role::Passage,
            other => panic!("{other:?} is no role"),
        };
        Text {
            role,
            text: &self.text,
        }
    }

    fn has_same_pieces(&self) -> bool {
        pieces(self.as_text()) == self.pieces
    }
}

fn pieces(text: Text) -> Vec<&'static str> {
    let ids = MODEL.encoder.tokens(text).unwrap();
    let name = |id| MODEL.encoder.tokenizer().name(id).unwrap();
    ids.into_iter().map(name).collect()
}

fn query(text: &str) -> Text<'_> {
    Text {
        role: Role::Query,
        text,
    }
}

fn embed<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Vec<f32>> {
    let texts: Vec<Text> = texts.into_iter().map(query).collect();
    MODEL.encoder.embed(&texts).unwrap()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// All texts of one script that the vocabulary does not have would have nearly one vector.
#[test]
fn texts_that_the_vocabulary_has_nothing_of_have_no_direction() {
    for text in ["สวัสดีครับ", "ไปไหน มา", "مرحبا", "नमस्ते"]
    {
        assert!(pieces(query(text)).is_empty(), "{text}");
        let texts = [query("레몬"), query(text), query("레몬")];
        let vectors = MODEL.encoder.embed(&texts).unwrap();
        assert_eq!(vectors[0], vectors[2]);
        assert!(vectors[1].iter().all(|value| *value == 0.0), "{text}");
        let alone = MODEL.encoder.embed(&texts[1..2]).unwrap();
        assert_eq!(alone[0], vectors[1]);
    }
    for text in ["สวัสดี lemon", "레몬", "!", "lemon 🍋"] {
        assert!(pieces(query(text)).len() > 3, "{text}");
    }
    // Letters for show are read as letters.
    assert_eq!(pieces(query("𝓵𝓮𝓶𝓸𝓷")), pieces(query("lemon")));
}

#[test]
fn the_files_are_what_they_are_named_after() {
    let folder = folder();
    let name = folder.file_name().unwrap().to_str().unwrap();
    assert_eq!(sha256_hex(&read("manifest.json")), name);
    let mut total = read("manifest.json").len() as u64;
    for file in MODEL.manifest.files() {
        file.verify(&Bytes::from(read(&file.name))).unwrap();
        assert!(file.bytes <= MAX_FILE_BYTES, "{}", file.name);
        total += file.bytes;
    }
    assert!(total <= MAX_TOTAL_BYTES, "{total}");
}

#[test]
fn texts_have_the_pieces_of_the_whole_vocabulary() {
    let otherwise: Vec<&Case> = CASES
        .iter()
        .filter(|case| !case.has_same_pieces())
        .collect();
    for case in &otherwise {
        let why = OTHERWISE.iter().find(|(text, _)| *text == case.text);
        let why = why.map_or("not expected", |(_, why)| why);
        println!("{:?}: {why}", case.text);
        println!("  whole {:?}", case.pieces);
        println!("  ours  {:?}", pieces(case.as_text()));
    }
    let same = CASES.len() - otherwise.len();
    assert!(
        same as f64 >= SAME_PIECES * CASES.len() as f64,
        "{same} of {}",
        CASES.len()
    );
    let texts: Vec<&str> = otherwise.iter().map(|case| case.text.as_str()).collect();
    assert_eq!(texts, OTHERWISE.map(|(text, _)| text));
}

#[test]
fn vectors_are_those_of_the_whole_model() {
    let texts: Vec<Text> = CASES.iter().map(Case::as_text).collect();
    let vectors = MODEL.encoder.embed(&texts).unwrap();
    let mut cosines = Vec::new();
    for (case, vector) in CASES.iter().zip(&vectors) {
        assert_eq!(vector.len(), MODEL.manifest.dimension);
        let length = dot(vector, vector).sqrt();
        assert!((length - 1.0).abs() < 1e-5, "{length} {:?}", case.text);
        if case.has_same_pieces() {
            let cosine = dot(vector, &case.vector);
            assert!(cosine >= LEAST_COSINE, "{cosine} {:?}", case.text);
            cosines.push(cosine);
        }
    }
    let least = cosines.iter().copied().fold(f32::INFINITY, f32::min);
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    println!("least cosine {least}, mean {mean}");
    assert!(mean >= MEAN_COSINE, "{mean}");
}

/// The file is no secret between it and our operators: tract's own compute the same
/// from it, also for texts that lie behind each other.
#[test]
fn tract_alone_computes_the_same() {
    use tract_onnx::prelude::*;
    let mut file = &read(&MODEL.manifest.network.name)[..];
    let network = tract_onnx::onnx()
        .with_ignore_value_info(true)
        .model_for_read(&mut file)
        .and_then(|model| model.into_optimized()?.into_runnable())
        .unwrap();
    let cases: Vec<_> = CASES.iter().filter(|case| case.has_same_pieces()).collect();
    for batch in cases[..24].chunks(3) {
        let (mut ids, mut positions, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
        let mut ends = Vec::new();
        for (number, case) in (1_i64..).zip(batch) {
            let text = MODEL.encoder.tokens(case.as_text()).unwrap();
            positions.extend((0_i64..).take(text.len()));
            numbers.extend(std::iter::repeat_n(number, text.len()));
            ids.extend(text.into_iter().map(i64::from));
            ends.push(ids.len());
        }
        let row = |values: &[i64]| Tensor::from_shape(&[1, values.len()], values).unwrap();
        let inputs = [&ids, &positions, &numbers].map(|values| row(values).into());
        let outputs = network.run(inputs.into_iter().collect()).unwrap();
        let plain = outputs[0].try_as_plain_ram().unwrap();
        let hidden = plain.as_slice::<f32>().unwrap();
        let dimension = MODEL.manifest.dimension;
        let mut start = 0;
        for (case, end) in batch.iter().zip(ends) {
            let mut sum = vec![0.0; dimension];
            for row in hidden[start * dimension..end * dimension].chunks(dimension) {
                for (sum, value) in sum.iter_mut().zip(row) {
                    *sum += value;
                }
            }
            start = end;
            let cosine = dot(&sum, &case.vector) / dot(&sum, &sum).sqrt();
            assert!(cosine >= COSINE, "{cosine} {:?}", case.text);
        }
    }
}

/// What a layer costs, without a clock: two operators of ours, and nothing between them.
#[test]
fn a_layer_is_two_operators() {
    let mut operators = MODEL.encoder.network().operators();
    operators.retain(|name| name != "Source" && name != "Const");
    let embedding = ["Rows", "Gather", "AddNorm"];
    let layer = ["SelfAttention", "FeedForward"];
    assert_eq!(operators, [&embedding[..], &layer.repeat(12)].concat());
}

/// To the bit: a token's codes are its own, and it sees its own text only.
#[test]
fn neighbours_in_a_batch_change_nothing() {
    let texts: Vec<Text> = CASES.iter().take(24).map(Case::as_text).collect();
    let together = MODEL.encoder.embed(&texts).unwrap();
    for (text, together) in texts.iter().zip(&together) {
        let alone = MODEL.encoder.embed(&[*text]).unwrap();
        assert_eq!(&alone[0], together, "{text:?}");
    }
}

#[test]
fn right_answers_rank_as_with_the_whole_model() {
    let set: serde_json::Value =
        serde_json::from_slice(include_bytes!("data/retrieval.json")).unwrap();
    for (language, easy, hard) in RANKS {
        let pairs: Vec<Pair> = serde_json::from_value(set[language].clone()).unwrap();
        let extra = format!("{language}_extra");
        let extra: Vec<String> = serde_json::from_value(set[extra].clone()).unwrap_or_default();
        let queries = embed(pairs.iter().map(|pair| pair.query.as_str()));
        let answers = pairs.iter().map(|pair| pair.answer.as_str());
        let mut candidates = embed(answers.chain(extra.iter().map(String::as_str)));
        let found_easy = rank(&queries, &candidates);
        candidates.extend(embed(pairs.iter().map(|pair| pair.distractor.as_str())));
        let found_hard = rank(&queries, &candidates);
        println!("{language}: easy {found_easy:.1}, hard {found_hard:.1}");
        assert!(
            found_easy >= easy - MRR_TOLERANCE,
            "{language} easy {found_easy}"
        );
        assert!(
            found_hard >= hard - MRR_TOLERANCE,
            "{language} hard {found_hard}"
        );
    }
}

/// Mean reciprocal rank in percent of the candidate at each query's own position.
fn rank(queries: &[Vec<f32>], candidates: &[Vec<f32>]) -> f64 {
    let reciprocal = |(index, query): (usize, &Vec<f32>)| {
        let right = dot(query, &candidates[index]);
        let better = candidates.iter().filter(|other| dot(query, other) > right);
        1.0 / (better.count() + 1) as f64
    };
    let sum: f64 = queries.iter().enumerate().map(reciprocal).sum();
    100.0 * sum / queries.len() as f64
}

#[test]
fn a_long_text_is_cut_and_ends_as_every_text() {
    let long = "오늘 점심 뭐 먹지 ".repeat(2_000);
    let ids = MODEL.encoder.tokens(query(&long)).unwrap();
    assert_eq!(ids.len(), MAX_TOKENS);
    assert_eq!((ids[0], ids[MAX_TOKENS - 1]), (BEGIN, END));
    let vector = &embed([long.as_str()])[0];
    assert!(vector.iter().all(|v| v.is_finite()));
}

#[test]
fn nothing_to_embed_gives_nothing() {
    assert!(embed([]).is_empty());
    assert_eq!(embed([""]).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_text_brings_a_control_token_about(
        parts in proptest::collection::vec(
            prop_oneof![
                any::<String>(),
                proptest::sample::select(&CONTROL[..]).prop_map(str::to_owned),
                "[ㄱ-ㅣ가-힣ぁ-ヶ一-龠a-z<>/▁ \0]{0,8}",
            ],
            0..12,
        ),
    ) {
        let text = parts.concat();
        let ids = MODEL.encoder.tokens(query(&text)).unwrap();
        let [begin, inner @ .., end] = &ids[..] else {
            // Nothing of it is known.
            prop_assert!(ids.is_empty());
            return Ok(());
        };
        prop_assert_eq!((*begin, *end), (BEGIN, END));
        for &id in inner {
            let is_text = id as usize >= CONTROL.len() || id == UNKNOWN;
            prop_assert!(is_text, "{} in {:?}", id, text);
            prop_assert!((id as usize) < MODEL.encoder.tokenizer().size());
        }
    }

    #[test]
    fn composed_and_decomposed_texts_are_one(text in "[가-힣ぁ-ヶé ]{0,20}") {
        use unicode_normalization::UnicodeNormalization;
        let apart: String = text.nfd().collect();
        let together: String = text.nfc().collect();
        prop_assert_eq!(pieces(query(&apart)), pieces(query(&together)));
    }
}
