// Signing in, by `@atproto/oauth-client-browser` in Chromium.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';

const html = (servers) => `<!doctype html><meta charset="utf-8"><title>Client</title>
<link rel="icon" href="data:,">
<form id="sign-in"><input name="who"><button>Sign in</button></form>
<button id="sign-out">Sign out</button><p id="state"></p>
<script type="application/json" id="servers">${JSON.stringify(servers)}</script>
<script type="module" src="/page.mjs"></script>`;

/** The client's own server. */
async function serve(servers, page) {
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.mjs';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? readFileSync(page) : html(servers));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}

export async function checkSignIn(check, servers, { playwright, chromium, page: script }) {
  const { server, origin } = await serve(servers, script);
  // Continuous integration runs as root, for whom there is no sandbox.
  const browser = await playwright.chromium.launch({ executablePath: chromium, args: ['--no-sandbox'] });
  const control = async (method, path, body) => {
    const init = { method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body) };
    const response = await fetch(`${servers.entryway}/_standin/${path}`, init);
    assert.ok(response.ok, `${path}: ${response.status}`);
    return method === 'GET' ? response.json() : undefined;
  };
  const did = async (handle) => {
    const response = await fetch(`${servers.api}/xrpc/com.atproto.identity.resolveHandle?handle=${handle}`);
    return (await response.json()).did;
  };

  /** Begins as `who` in a browser of its own, and does what `choose` does on the page. */
  async function signIn(who, choose, work, fault) {
    await control('POST', 'reset');
    if (fault) await control('POST', 'faults', fault);
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const state = async (expected) => {
      await page.waitForFunction((source) => new RegExp(source).test(document.querySelector('#state')?.textContent), expected.source);
      return page.textContent('#state');
    };
    try {
      await page.goto(origin);
      await state(/^nobody$/);
      await page.fill('[name=who]', who);
      await page.click('#sign-in button');
      if (choose) {
        await page.waitForURL('**/oauth/authorize?*');
        await choose(page);
        await page.waitForURL(`${origin}/**`);
      }
      await work(page, state);
    } finally {
      await context.close();
    }
  }

  const name = (kind) => (typeof kind === 'string' ? kind : Object.keys(kind)[0]);
  const as = (handle) => async (page) => {
    await page.fill('#handle', handle);
    await page.click('#as-handle');
    assert.equal(await page.textContent('#client'), 'http://localhost');
    await page.click('#allow');
  };

  try {
    await check('@atproto/oauth-client-browser signs in by handle, and out', () =>
      signIn('posts-300.test', as('posts-300.test'), async (page, state) => {
        assert.equal(await state(/^did:/), `${await did('posts-300.test')} atproto ${servers.entryway}`);
        await page.click('#sign-out');
        await state(/^signed out$/);
        const requests = await control('GET', 'requests');
        const asked = (route) => requests.filter((request) => request.route === route && request.method === 'POST');
        assert.deepEqual(asked('par').map((request) => request.status), [400, 201], 'a nonce, then the request');
        assert.deepEqual(asked('token').map((request) => request.status), [200]);
        assert.deepEqual(asked('revoke').map((request) => request.status), [200]);
        for (const request of ['par', 'token', 'revoke'].flatMap(asked)) {
          assert.ok(request.dpop && request.origin === origin && !request.cookie, JSON.stringify(request));
        }
      }));

    await check('it signs in without a handle, by the server', () =>
      signIn(servers.entryway, (page) => page.click('#as-lemon_demo').then(() => page.click('#allow')), async (_page, state) => {
        assert.match(await state(/^did:/), new RegExp(`^${await did('lemon-demo.test')} `));
      }));

    for (const [handle, what] of [['posts-80.test', 'PDS'], ['posts-120.test', 'did:web']]) {
      await check(`it signs in at a server of one's own, with a ${what}`, () =>
        signIn(handle, as(handle), async (_page, state) => {
          assert.equal(await state(/^did:/), `${await did(handle)} atproto ${servers.elsewhere}`);
        }));
    }

    await check('it is told that the person refused', () =>
      signIn('posts-300.test', (page) => page.click('#cancel'), async (_page, state) => {
        assert.match(await state(/^refused/), /rejected/);
      }));

    // What it refuses is what the faults are for.
    for (const [kind, route] of [
      ['wrong-issuer', 'back'],
      ['wrong-state', 'back'],
      ['wrong-subject', 'token'],
      ['wrong-scope', 'token'],
      [{ html: { status: 200 } }, 'token'],
      ['without-cors', 'token'],
    ]) {
      await check(`it refuses ${name(kind)} at ${route}`, () =>
        signIn('posts-300.test', as('posts-300.test'), (_page, state) => state(/^refused/), { kind, route }));
    }
    for (const [kind, route] of [['wrong-issuer', 'metadata'], ['wrong-issuer', 'resource'], ['redirect', 'metadata']]) {
      await check(`it refuses ${kind} at ${route} before it leaves`, () =>
        signIn('posts-300.test', undefined, (_page, state) => state(/^refused/), { kind, route }));
    }
  } finally {
    await browser.close();
    server.close();
  }
}
