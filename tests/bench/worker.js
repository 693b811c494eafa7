// One engine in a Web Worker of its own: loads it once, then runs a case whenever it is
// asked to, and answers with milliseconds.

const engines = {
  ours: async ({ build }) => {
    const module = await import(`/engine/${build}/lemon_bench_engine.js`);
    const { memory: wasmMemory } = await module.default();
    const model = new module.Ours(...await modelFiles());
    return {
      tokens: (ids, lengths) => model.embedTokens(Uint32Array.from(ids), Uint32Array.from(lengths)),
      texts: (texts) => model.embed(texts, false),
      queries: (texts) => model.embed(texts, true),
      memory: () => wasmMemory.buffer.byteLength / 1e6,
      kernel: () => module.kernel(),
      dispose: () => model.free(),
    };
  },

  tract: async ({ build }) => {
    const module = await import(`/engine/${build}/lemon_bench_engine.js`);
    const { memory: wasmMemory } = await module.default();
    const [, network] = await modelFiles();
    const model = new module.Stock(network);
    return {
      tokens: (ids, lengths) => model.embedTokens(Uint32Array.from(ids), Uint32Array.from(lengths)),
      memory: () => wasmMemory.buffer.byteLength / 1e6,
    };
  },

  ort: async ({ file, threads }) => {
    const ort = await import('/npm/onnxruntime-web/dist/ort.wasm.min.mjs');
    ort.env.wasm.wasmPaths = '/npm/onnxruntime-web/dist/';
    ort.env.wasm.numThreads = threads;
    const session = await ort.InferenceSession.create(await bytes(file), { executionProviders: ['wasm'] });
    return {
      // One text a row; all texts of these cases are of one length.
      tokens: async (ids, lengths) => {
        const shape = [lengths.length, lengths[0]];
        const tensor = (values) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape);
        const { last_hidden_state: hidden } = await session.run({
          input_ids: tensor(ids),
          position_ids: tensor(ids.map((_, at) => at % lengths[0])),
          attention_mask: tensor(ids.map(() => 1)),
        });
        return pooled(hidden.data, lengths);
      },
    };
  },

  transformersjs: async ({ threads }) => {
    const { pipeline, env } = await import('/npm/@huggingface/transformers/dist/transformers.min.js');
    env.allowLocalModels = true;
    env.allowRemoteModels = false;
    env.localModelPath = '/peers/';
    env.backends.onnx.wasm.wasmPaths = '/npm/@huggingface/transformers/node_modules/onnxruntime-web/dist/';
    env.backends.onnx.wasm.numThreads = threads;
    const embed = await pipeline('feature-extraction', 'e5-q8', { dtype: 'q8', device: 'wasm' });
    const options = { pooling: 'mean', normalize: true };
    // In batches, with texts of about one length in each, so that little is padding.
    const batches = async (texts, size) => {
      const order = texts.map((_, at) => at).sort((a, b) => texts[a].length - texts[b].length);
      const out = new Float32Array(texts.length * 384);
      for (let at = 0; at < order.length; at += size) {
        const batch = order.slice(at, at + size);
        const { data } = await embed(batch.map((text) => `passage: ${texts[text]}`), options);
        batch.forEach((text, row) => out.set(data.subarray(row * 384, (row + 1) * 384), text * 384));
      }
      return out;
    };
    // Its best setting, found with the first texts.
    let best;
    const calibrate = async (texts) => {
      if (texts.length === 1) return;
      const some = texts.filter((_, at) => at % 4 === 0);
      let least = Infinity;
      for (const size of some.length > 1 ? [1, 4, 16] : [1]) {
        const began = performance.now();
        await batches(some, size);
        const took = performance.now() - began;
        if (took < least) [least, best] = [took, size];
      }
    };
    return {
      texts: async (texts) => {
        if (!best) await calibrate(texts);
        return batches(texts, best ?? 1);
      },
      batch: () => best,
    };
  },
};

async function bytes(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function modelFiles() {
  const manifest = await bytes('/model/manifest.json');
  const { network, tokenizer } = JSON.parse(new TextDecoder().decode(manifest));
  const [one, two] = await Promise.all([network, tokenizer].map(({ name }) => bytes(`/model/${name}`)));
  return [manifest, one, two];
}

/** The means of rows that lie behind each other, with length 1. */
function pooled(hidden, lengths) {
  const width = hidden.length / lengths.reduce((a, b) => a + b, 0);
  const out = new Float32Array(lengths.length * width);
  let row = 0;
  lengths.forEach((length, text) => {
    const mean = out.subarray(text * width, (text + 1) * width);
    for (const end = row + length; row < end; row += 1) {
      for (let i = 0; i < width; i += 1) mean[i] += hidden[row * width + i];
    }
    const norm = Math.hypot(...mean);
    mean.forEach((value, i) => { mean[i] = value / norm; });
  });
  return out;
}

let engine;

const orders = {
  load: async ({ name, ...settings }) => {
    engine = await engines[name](settings);
  },
  run: async ({ ids, lengths, texts }) => {
    await (texts ? engine.texts(texts) : engine.tokens(ids, lengths));
  },
  vectors: async ({ texts, queries }) => ({
    vectors: [...(await (queries ? engine.queries : engine.texts)(texts))],
  }),
  memory: async () => ({ memory: engine.memory() }),
  kernel: async () => ({ kernel: engine.kernel() }),
  batch: async () => ({ batch: engine.batch() }),
};

onmessage = async ({ data: { order, ...rest } }) => {
  try {
    const began = performance.now();
    const answer = await orders[order](rest);
    postMessage({ ms: performance.now() - began, ...answer });
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
};
