// Posts, read by `@atproto/api`, and held to Bluesky's own lexicons.

import assert from 'node:assert/strict';
import {
  AppBskyActorDefs,
  AppBskyFeedDefs,
  AppBskyFeedPost,
  AppBskyGraphDefs,
  AtpAgent,
  ComAtprotoRepoListRecords,
  RichText,
} from '@atproto/api';

const PERSON = 'posts-300.test';
const POSTS = 300;

/** Says why something is not of the form that its lexicon gives it. */
function held(result) {
  assert.ok(result.success, result.error?.message);
  return result.value;
}

export async function checkPosts(check, servers) {
  const agent = new AtpAgent({ service: servers.api });
  const pds = new AtpAgent({ service: servers.pds });
  const { did } = (await agent.resolveHandle({ handle: PERSON })).data;
  const feed = [];

  await check('@atproto/api reads a feed whole', async () => {
    let cursor;
    do {
      const { data } = await agent.getAuthorFeed({ actor: PERSON, limit: 100, cursor, filter: 'posts_with_replies' });
      feed.push(...data.feed);
      cursor = data.cursor;
    } while (cursor);
    assert.equal(feed.length, POSTS);
  });

  await check('each item is of the form that the lexicons give it', async () => {
    const kinds = new Set();
    for (const item of feed) {
      held(AppBskyFeedDefs.validateFeedViewPost(item));
      held(AppBskyFeedPost.validateRecord(item.post.record));
      if (item.reason) kinds.add(item.reason.$type);
      if (item.reply) kinds.add(item.reply.parent.$type);
      if (item.post.embed) kinds.add(item.post.embed.$type);
    }
    assert.deepEqual([...kinds].sort(), [
      'app.bsky.embed.record#view',
      'app.bsky.feed.defs#blockedPost',
      'app.bsky.feed.defs#notFoundPost',
      'app.bsky.feed.defs#postView',
      'app.bsky.feed.defs#reasonRepost',
    ]);
  });

  await check('links and tags are where the facets say', async () => {
    let links = 0;
    for (const { post } of feed) {
      for (const segment of new RichText(post.record).segments()) {
        if (segment.isLink()) {
          links += 1;
          assert.ok(segment.link.uri.startsWith(`https://${segment.text.replace('...', '')}`), segment.text);
        }
        if (segment.isTag()) assert.equal(segment.text, `#${segment.tag.tag}`);
      }
    }
    assert.ok(links > 5, `${links} links`);
  });

  await check('the profile counts what the records are', async () => {
    const profile = (await agent.getProfile({ actor: did })).data;
    held(AppBskyActorDefs.validateProfileViewDetailed(profile));
    const records = [];
    let cursor;
    for (;;) {
      const { data } = await pds.com.atproto.repo.listRecords({ repo: did, collection: 'app.bsky.feed.post', limit: 100, cursor });
      if (data.records.length === 0) break;
      for (const record of data.records) {
        held(ComAtprotoRepoListRecords.validateRecord(record));
        held(AppBskyFeedPost.validateRecord(record.value));
      }
      records.push(...data.records);
      cursor = data.cursor;
    }
    assert.equal(profile.postsCount, records.length);
    const own = feed.filter((item) => !item.reason).map((item) => item.post.uri);
    assert.deepEqual(records.map((record) => record.uri), own);
  });

  await check('posts can be asked for by address, and people by how they stand to each other', async () => {
    const replies = feed.filter((item) => AppBskyFeedDefs.isPostView(item.reply?.parent));
    const uris = replies.slice(0, 25).map((item) => item.reply.parent.uri);
    const { posts } = (await agent.getPosts({ uris })).data;
    assert.deepEqual(posts.map((post) => post.uri), [...new Set(uris)]);
    for (const post of posts) held(AppBskyFeedDefs.validatePostView(post));

    const hidden = feed.map((item) => item.reply?.parent).filter(AppBskyFeedDefs.isBlockedPost);
    const others = [...new Set([hidden[0].author.did, ...posts.map((post) => post.author.did)])].slice(0, 29);
    others.push('did:plc:aaaaaaaaaaaaaaaaaaaaaaaa');
    const { relationships } = (await agent.app.bsky.graph.getRelationships({ actor: did, others })).data;
    assert.equal(relationships.length, others.length);
    const nobody = relationships.pop();
    held(AppBskyGraphDefs.validateNotFoundActor(nobody));
    for (const relationship of relationships) held(AppBskyGraphDefs.validateRelationship(relationship));
    assert.deepEqual(relationships.map(({ did }) => did), others.slice(0, -1));
    assert.ok(relationships[0].blockedBy);
    assert.ok(relationships.some(({ blockedBy }) => !blockedBy));
  });

  await check('who is nobody is refused by name', async () => {
    await assert.rejects(agent.getAuthorFeed({ actor: 'nobody.test' }), { status: 400, error: 'InvalidRequest', message: 'Profile not found' });
    await assert.rejects(agent.getPosts({ uris: Array(26).fill(feed[0].post.uri) }), { status: 400, error: 'InvalidRequest' });
  });
}
