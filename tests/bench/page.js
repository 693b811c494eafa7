// Keeps the engines, each in Web Workers of its own, and passes orders on to them:
// `tests/src/bin/bench_encoder.rs` says what is done when.

const engines = new Map();

class Worker1 {
  constructor() {
    this.worker = new Worker('/bench/worker.js', { type: 'module' });
    /** Those who wait, in the order in which they asked. */
    this.waiting = [];
    this.worker.onmessage = ({ data }) => {
      const { resolve, reject } = this.waiting.shift();
      if (data.error) reject(new Error(data.error));
      else resolve(data);
    };
    this.worker.onerror = (event) => {
      for (const { reject } of this.waiting.splice(0)) reject(new Error(event.message));
    };
  }

  order(message) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.worker.postMessage(message);
    });
  }
}

/**
 * Portions of texts: large ones are fastest, as all weights come out of memory for each, and small
 * ones at the end keep all workers busy to it.
 */
function portions(texts, workers) {
  const out = [];
  for (let at = 0; at < texts.length;) {
    const size = Math.max(4, Math.min(64, Math.ceil((texts.length - at) / (3 * workers))));
    out.push(texts.slice(at, at + size));
    at += size;
  }
  return out;
}

window.bench = {
  /** Starts an engine in `count` workers; milliseconds until all have loaded. */
  async load(id, settings, count) {
    const began = performance.now();
    const workers = Array.from({ length: count }, () => new Worker1());
    await Promise.all(workers.map((worker) => worker.order({ order: 'load', ...settings })));
    engines.set(id, workers);
    return performance.now() - began;
  },

  /** Milliseconds of one run; several workers take portions of the texts in turns. */
  async run(id, input) {
    const workers = engines.get(id);
    if (workers.length === 1) return (await workers[0].order({ order: 'run', ...input })).ms;
    const open = portions(input.texts, workers.length);
    const began = performance.now();
    const work = async (worker) => {
      for (let texts = open.shift(); texts; texts = open.shift()) await worker.order({ order: 'run', texts });
    };
    // Two portions under way for each: while one is answered, the next is computed.
    await Promise.all([...workers, ...workers].map(work));
    return performance.now() - began;
  },

  /** Milliseconds from starting a worker to its first vector. */
  async start(settings, input) {
    // The worker before this one is still giving its memory back.
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    const began = performance.now();
    const worker = new Worker1();
    await worker.order({ order: 'load', ...settings });
    await worker.order({ order: 'run', ...input });
    const ms = performance.now() - began;
    worker.worker.terminate();
    return ms;
  },

  /**
   * The same of the product's worker: says hello, and answers messages under the number that
   * each begins with. Gives the last answer, too.
   */
  async product(url, messages) {
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    const began = performance.now();
    const worker = new Worker(url, { type: 'module' });
    const said = (is) => new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => { if (is(data)) resolve(data); };
      worker.onerror = (event) => reject(new Error(event.message));
    });
    await said((hello) => hello.length === 0);
    let answer;
    for (const message of messages) {
      const answered = said((bytes) => bytes.length > 0 && bytes[0] === message[0]);
      worker.postMessage(Uint8Array.from(message));
      answer = await answered;
    }
    const ms = performance.now() - began;
    worker.terminate();
    return { ms, answer: [...answer] };
  },

  async ask(id, message) {
    return engines.get(id)[0].order(message);
  },

  end(id) {
    for (const { worker } of engines.get(id) ?? []) worker.terminate();
    engines.delete(id);
  },
};

document.title = 'ready';
