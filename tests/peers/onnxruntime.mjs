// Whether onnxruntime computes the same from our ONNX file as tract does.
//
//   node tests/peers/onnxruntime.mjs <folder of the model files> <tokens.json>
//
// `tokens.json` is what `model-files tokens` prints for model/tests/data/embeddings.json.
// LEMON_NODE_MODULES names the node_modules folder that holds onnxruntime-web.
// Prints `N passed, M failed`; exits with 1 if anything failed.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// The bound of model/tests/fidelity.rs: same weights, f32 activations on both sides.
const COSINE = 0.999;

// A text among others may differ by what another order of f32 sums makes of 12 layers.
const BATCH_COSINE = 0.99999;

const [folder, tokensFile] = process.argv.slice(2);
const modules = process.env.LEMON_NODE_MODULES;
if (!folder || !tokensFile || !modules) {
  console.error('usage: LEMON_NODE_MODULES=<node_modules> node onnxruntime.mjs <model folder> <tokens.json>');
  process.exit(2);
}

const ort = createRequire(join(resolve(modules), '/'))('onnxruntime-web');
ort.env.wasm.numThreads = 1;

const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
const tokens = JSON.parse(readFileSync(tokensFile, 'utf8'));
const data = fileURLToPath(new URL('../../model/tests/data/embeddings.json', import.meta.url));
const { cases, dim } = JSON.parse(readFileSync(data, 'utf8'));

const session = await ort.InferenceSession.create(readFileSync(join(folder, manifest.network.name)), {
  executionProviders: ['wasm'],
});

let passed = 0;
let failed = 0;
let least = Infinity;

function check(name, holds, detail) {
  if (holds) {
    passed += 1;
  } else {
    failed += 1;
    console.error(`failed: ${name}: ${detail}`);
  }
}

function tensor(rows, width) {
  return new ort.Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, width]);
}

/** The sentence vectors of `batch`, an array of ids for each text. */
async function embed(batch) {
  const width = Math.max(...batch.map((ids) => ids.length));
  const fill = (ids, value, rest) => Array.from({ length: width }, (_, i) => (i < ids.length ? value(ids[i]) : rest));
  const { last_hidden_state: hidden } = await session.run({
    input_ids: tensor(batch.map((ids) => fill(ids, (id) => id, 1)), width),
    position_ids: tensor(batch.map(() => Array.from({ length: width }, (_, i) => i)), width),
    attention_mask: tensor(batch.map((ids) => fill(ids, () => 1, 0)), width),
  });
  return batch.map((ids, row) => pool(hidden.data, row * width, ids.length));
}

/** The same, with the texts behind each other in one row. */
async function embedPacked(batch) {
  const width = batch.flat().length;
  const { last_hidden_state: hidden } = await session.run({
    input_ids: tensor([batch.flat()], width),
    position_ids: tensor([batch.flatMap((ids) => ids.map((_, i) => i))], width),
    attention_mask: tensor([batch.flatMap((ids, text) => ids.map(() => text + 1))], width),
  });
  let start = 0;
  return batch.map((ids) => {
    const vector = pool(hidden.data, start, ids.length);
    start += ids.length;
    return vector;
  });
}

/** The mean of `count` rows from `first` on, with length 1. */
function pool(hidden, first, count) {
  const sum = new Float64Array(dim);
  for (let token = first; token < first + count; token += 1) {
    for (let i = 0; i < dim; i += 1) sum[i] += hidden[token * dim + i];
  }
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}

function cosine(a, b) {
  let dot = 0;
  for (let i = 0; i < a.length; i += 1) dot += a[i] * b[i];
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}

check('tokens', tokens.length === cases.length, `${tokens.length} of ${cases.length} texts`);
const same = cases.flatMap((reference, index) => {
  const { ids, pieces } = tokens[index] ?? { ids: [], pieces: [] };
  return JSON.stringify(pieces) === JSON.stringify(reference.pieces) ? [{ reference, ids }] : [];
});
for (const { reference, ids } of same) {
  const [vector] = await embed([ids]);
  const found = cosine(vector, reference.vector);
  least = Math.min(least, found);
  check(JSON.stringify(reference.text), found >= COSINE, `cosine ${found}`);
}

// Neither padding nor a neighbour must reach the other texts of a batch.
const batch = same.slice(0, 8).map(({ ids }) => ids);
const padded = await embed(batch);
const packed = await embedPacked(batch);
for (const [index, ids] of batch.entries()) {
  const [alone] = await embed([ids]);
  for (const [how, vectors] of [['padded', padded], ['packed', packed]]) {
    const found = cosine(alone, vectors[index]);
    check(`text ${index}, ${how}`, found >= BATCH_COSINE, `cosine ${found}`);
  }
}

console.log(`onnxruntime-web ${ort.env.versions.web}: least cosine ${least.toFixed(6)} over ${same.length} texts`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
