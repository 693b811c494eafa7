// Signs in at a server and reads a person's notes, with Misskey's own client.
//
//   LEMON_CLIENTS=<node_modules> node misskey.mjs <address> <person>
//
// Prints what it was told, as JSON.

import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [origin, person] = process.argv.slice(2);
const modules = createRequire(join(resolve(process.env.LEMON_CLIENTS), '/'));
const { api } = await import(pathToFileURL(modules.resolve('misskey-js')));

const client = new api.APIClient({ origin });
const session = randomUUID();
const consent = new URL(`/miauth/${session}`, origin);
consent.search = new URLSearchParams({
  name: 'Lemon', callback: 'https://lemon.example/import', permission: '', as: person, allow: '1',
});
const back = await fetch(consent, { redirect: 'manual' });
const came = new URL(back.headers.get('location')).searchParams.get('session');
const first = await client.request(`miauth/${came}/check`, {});
const second = await client.request(`miauth/${came}/check`, {});

const notes = [];
for (let untilId; ;) {
  const page = await client.request('users/notes', {
    userId: first.user.id, limit: 100, untilId, withReplies: true, withRenotes: false, allowPartial: true,
  });
  if (page.length === 0) break;
  notes.push(...page);
  untilId = page.at(-1).id;
}

// Its own kind of error is what it makes of an answer that is one.
const refused = await client.request('users/show', { userId: '9zzzzzzzzzzzzzzz' })
  .catch((error) => (api.isAPIError(error) ? error.code : 'unknown'));

console.log(JSON.stringify({
  username: first.user.username,
  again: second.ok,
  refused,
  posts: new Set(notes.map((note) => note.id)).size,
  exchanges: notes.filter((note) => note.reply?.text).map((note) => [note.reply.text, note.text]),
}));
