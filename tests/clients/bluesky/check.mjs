// Whether Bluesky's own clients take our stand-in for Bluesky.
//
//   node tests/clients/bluesky/check.mjs
//
// LEMON_STANDIN names the program `standin`, LEMON_NODE_MODULES the node_modules folder
// with the packages that are locked beside this file, LEMON_CHROMIUM the browser.
// Prints `N passed, M failed`; exits with 1 if anything failed.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const { LEMON_STANDIN: standin, LEMON_NODE_MODULES: modules, LEMON_CHROMIUM: chromium } = process.env;
if (!standin || !modules || !chromium) {
  console.error('usage: LEMON_STANDIN=<program> LEMON_NODE_MODULES=<folder> LEMON_CHROMIUM=<program> node check.mjs');
  process.exit(2);
}
const require = createRequire(join(resolve(modules), '/'));
const { build } = require('esbuild');
const folder = mkdtempSync(join(tmpdir(), 'bluesky-clients-'));

/** Puts a script beside this one and the packages that it imports into one file. */
async function bundle(name, options) {
  const outfile = join(folder, name.replace('.js', '.mjs'));
  await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    nodePaths: [resolve(modules)],
    outfile,
    bundle: true,
    format: 'esm',
    logLevel: 'error',
    ...options,
  });
  return outfile;
}

/** The stand-in, and where its servers are. */
async function start() {
  const process = spawn(standin, ['bluesky', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const servers = {};
  for await (const line of createInterface({ input: process.stdout })) {
    const [name, origin] = line.split(' ');
    servers[name] = origin;
    if (name === 'elsewhere') return { process, servers };
  }
  throw new Error('the stand-in has not started');
}

let passed = 0;
let failed = 0;
async function check(name, work) {
  try {
    await work();
    passed += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n${error.stack}`);
  }
}

const { process: server, servers } = await start();
try {
  const posts = await bundle('posts.js', { platform: 'node', target: 'node20' });
  const page = await bundle('page.js', { platform: 'browser', target: 'es2022' });
  await (await import(pathToFileURL(posts))).checkPosts(check, servers);
  const { checkSignIn } = await import('./sign_in.mjs');
  await checkSignIn(check, servers, { playwright: require('playwright-core'), chromium, page });
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
