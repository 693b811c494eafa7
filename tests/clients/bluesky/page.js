// A page that signs in with `@atproto/oauth-client-browser`, and says what came of it in
// `#state`. It is told by its own address where the servers are.

import { BrowserOAuthClient } from '@atproto/oauth-client-browser';

const state = document.querySelector('#state');
const say = (text) => {
  state.textContent = text;
};

const servers = JSON.parse(document.querySelector('#servers').textContent);
const redirect = `${location.origin}/`;
const client = await BrowserOAuthClient.load({
  clientId: `http://localhost?${new URLSearchParams([['redirect_uri', redirect], ['scope', 'atproto']])}`,
  handleResolver: servers.api,
  plcDirectoryUrl: servers.plc,
  allowHttp: true,
});

document.querySelector('#sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  say('leaving');
  await client.signInRedirect(new FormData(event.target).get('who')).catch((error) => say(`refused: ${error.message}`));
});

try {
  const result = await client.init();
  if (result?.session) {
    document.querySelector('#sign-out').addEventListener('click', async () => {
      await result.session.signOut();
      say('signed out');
    });
    const { scope, iss } = await result.session.getTokenInfo(false);
    say(`${result.session.sub} ${scope} ${iss}`);
  } else {
    say('nobody');
  }
} catch (error) {
  say(`refused: ${error.message}`);
}
