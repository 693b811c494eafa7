// Puts bots into the local bucket as the Worker would have left them:
// node seed.mjs <wrangler's folder> <wrangler.toml> <state folder> <list of bots>
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const [wrangler, configPath, path, list] = process.argv.slice(2);
const { getPlatformProxy } = createRequire(import.meta.url)(wrangler);
const { env, dispose } = await getPlatformProxy({ configPath, persist: { path } });
for (const { key, body, metadata } of JSON.parse(await readFile(list, "utf8"))) {
  await env.BOTS.put(key, body, { customMetadata: metadata });
}
await dispose();
