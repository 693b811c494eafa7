// Signs in at a server and reads a person's statuses, with a client of Mastodon's API.
//
//   LEMON_CLIENTS=<node_modules> node mastodon.mjs <address> <person>
//
// Prints what it was told, as JSON.

import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const REDIRECT = 'https://lemon.example/import';
const PARENTS = 20;

const [url, person] = process.argv.slice(2);
const modules = createRequire(join(resolve(process.env.LEMON_CLIENTS), '/'));
const { createOAuthAPIClient, createRestAPIClient } = await import(pathToFileURL(modules.resolve('masto')));

const stranger = createRestAPIClient({ url });
const app = await stranger.v1.apps.create({ clientName: 'Lemon', redirectUris: REDIRECT, scopes: 'profile' });

const verifier = randomBytes(32).toString('base64url');
const consent = new URL('/oauth/authorize', url);
consent.search = new URLSearchParams({
  response_type: 'code', client_id: app.clientId, redirect_uri: REDIRECT, scope: 'profile', state: 'lemon',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  as: person, allow: '1',
});
const back = await fetch(consent, { redirect: 'manual' });
const came = new URL(back.headers.get('location')).searchParams;
const token = await createOAuthAPIClient({ url }).token.create({
  grantType: 'authorization_code', clientId: app.clientId, clientSecret: app.clientSecret,
  redirectUri: REDIRECT, code: came.get('code'), codeVerifier: verifier,
});
const me = createRestAPIClient({ url, accessToken: token.accessToken });
const account = await me.v1.accounts.verifyCredentials();

// It goes from page to page by their links.
const statuses = [];
const pages = stranger.v1.accounts.$select(account.id).statuses.list({ limit: 40, excludeReblogs: true });
for await (const page of pages) statuses.push(...page);

const answers = statuses.filter((status) => status.inReplyToId !== null);
const parents = new Map();
for (let at = 0; at < answers.length; at += PARENTS) {
  const id = answers.slice(at, at + PARENTS).map((status) => status.inReplyToId);
  for (const parent of await stranger.v1.statuses.fetch({ id })) parents.set(parent.id, parent);
}

const refused = await me.v1.statuses.$select(statuses[0].id).fetch()
  .catch((error) => error.statusCode);

console.log(JSON.stringify({
  username: account.username,
  state: came.get('state'),
  refused,
  posts: new Set(statuses.map((status) => status.id)).size,
  exchanges: answers
    .filter((status) => parents.has(status.inReplyToId))
    .map((status) => [parents.get(status.inReplyToId).content, status.content]),
}));
