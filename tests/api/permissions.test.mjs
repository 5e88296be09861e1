// Who may do what: every method by every kind of access, and every level, told directly, from above, by `*`, and replaced below.
// The tables are the specification; the server is asked for each of their cells.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { call, newUser, startServer } from '../lib/server.mjs';

let server, user, names = 0;

before(async () => {
  server = await startServer({ set: { 'cluster.apiWorkers': 2 } });
  user = await newUser(server.url);
  await streams({ id: 'root' }, { id: 'child', parentId: 'root' }, { id: 'grandchild', parentId: 'child' }, { id: 'aside' });
});

after(async () => { assert.equal((await server.stop()).code, 0); });

const as = token => (method, path, body) => call(server.url, method, user.path + path, { token, body });
const owner = (method, path, body) => as(user.token)(method, path, body);
const s = (streamId, level) => ({ streamId, level });
const fresh = what => `${what}-${++names}`;
const outcome = ({ status, body }) => body?.error ? `${status} ${body.error.id}` : String(status);

async function streams (...list) {
  for (const stream of list) assert.equal((await owner('POST', '/streams', { name: stream.id, ...stream })).status, 201);
}
async function make (fields, token = user.token) {
  const { status, body } = await as(token)('POST', '/accesses', { name: fresh('access'), type: 'shared', permissions: [], ...fields });
  assert.equal(status, 201, JSON.stringify(body));
  return body.access;
}

// ---- Methods by kind of access ------------------------------------------------------------------------------------------

const yes = '200';
const no = '403 forbidden';
const wrong = '400 invalid-operation';
const everywhere = [s('*', 'manage')];
// method: [verb, path, body, personal, app, shared]; a path may need a fresh target.
const table = {
  getAccessInfo: ['GET', '/access-info', undefined, yes, yes, yes],
  callBatch: ['POST', '', [], yes, yes, yes],
  'account.get': ['GET', '/account', undefined, yes, no, no],
  'account.update': ['PUT', '/account', { language: 'fr' }, yes, no, no],
  'account.changePassword': ['POST', '/account/change-password', { oldPassword: 'not the one', newPassword: 'Another-1-too' }, wrong, no, no],
  'profile.getPublic': ['GET', '/profile/public', undefined, yes, yes, yes],
  'profile.get': ['GET', '/profile/private', undefined, yes, no, no],
  'profile.update': ['PUT', '/profile/private', { a: 1 }, yes, no, no],
  'profile.update (public)': ['PUT', '/profile/public', { a: 1 }, yes, no, no],
  'profile.getApp': ['GET', '/profile/app', undefined, wrong, yes, wrong],
  'profile.updateApp': ['PUT', '/profile/app', { a: 1 }, wrong, yes, wrong],
  'accesses.get': ['GET', '/accesses', undefined, yes, yes, no],
  'accesses.getOne': ['GET', async () => '/accesses/' + (await make({})).id, undefined, yes, '404 unknown-resource', no],
  'accesses.create': ['POST', '/accesses', () => ({ name: fresh('made'), permissions: [s('root', 'read')] }), '201', '201', no],
  'accesses.update': ['PUT', async () => '/accesses/' + (await make({})).id, {}, yes, no, no],
  'accesses.delete': ['DELETE', async () => '/accesses/' + (await make({})).id, undefined, yes, no, no],
  'accesses.checkApp': ['POST', '/accesses/check-app', { requestingAppId: 'x', requestedPermissions: [] }, yes, no, no],
  'streams.get': ['GET', '/streams', undefined, yes, yes, yes],
  'streams.create': ['POST', '/streams', () => ({ id: fresh('s'), name: fresh('s') }), '201', '201', '201'],
  'events.get': ['GET', '/events', undefined, yes, yes, yes],
  'events.create': ['POST', '/events', { streamIds: ['root'], type: 'note/txt', content: 'x' }, '201', '201', '201'],
  'webhooks.create': ['POST', '/webhooks', () => ({ url: 'http://127.0.0.1:9/' + fresh('hook') }), no, '201', '201'],
  'webhooks.get': ['GET', '/webhooks', undefined, yes, yes, yes],
  'mfa.deactivate': ['POST', '/mfa/deactivate', {}, yes, no, no],
  'auth.logout': ['POST', '/auth/logout', {}, null, yes, yes] // the personal session is still needed
};

for (const [method, [verb, path, body, ...wanted]] of Object.entries(table)) {
  test(`${method}, by kind of access`, async t => {
    const tokens = [user.token, (await make({ type: 'app', permissions: everywhere })).token, (await make({ permissions: everywhere })).token];
    const ask = async token => as(token)(verb, typeof path === 'function' ? await path() : path, typeof body === 'function' ? body() : body);
    const known = await ask(undefined);
    if (outcome(known) === '404 unknown-resource') return t.skip('this server has no such route');
    assert.equal(outcome(known), '401 invalid-access-token', 'without token');
    assert.equal(outcome(await ask('not-a-token')), '403 invalid-access-token', 'with an unknown token');
    const got = [];
    for (const [i, token] of tokens.entries()) got.push(wanted[i] === null ? null : outcome(await ask(token)));
    assert.deepEqual(got, wanted);
  });
}

test('batches and other accounts give no other rights', async () => {
  const shared = await make({ permissions: everywhere });
  const { body } = await as(shared.token)('POST', '', [{ method: 'accesses.get', params: {} }, { method: 'account.get', params: {} }, { method: 'getAccessInfo', params: {} }]);
  assert.deepEqual(body.results.slice(0, 2).map(result => result.error?.id), ['forbidden', 'forbidden']);
  assert.equal(body.results[2].id, shared.id);
  const stranger = await newUser(server.url);
  for (const path of ['/access-info', '/events', '/accesses']) {
    assert.equal(outcome(await call(server.url, 'GET', stranger.path + path, { token: user.token })), '403 invalid-access-token');
  }
});

// ---- Levels ------------------------------------------------------------------------------------------------------------

// What a level lets do with a stream: as 8.1 has it.
const allows = {
  none: [],
  read: ['read', 'list'],
  'create-only': ['create', 'list'],
  contribute: ['read', 'create', 'change', 'list'],
  manage: ['read', 'create', 'change', 'list', 'manage']
};
// Where the level comes from, for stream `child` (below `root`).
const ways = {
  'its own entry': level => [s('child', level)],
  'an entry above': level => [s('root', level)],
  'the star': level => [s('*', level)],
  'its own entry, against one above': level => [s('root', level === 'manage' ? 'none' : 'manage'), s('child', level)],
  'its own entry, against the star': level => [s('*', level === 'manage' ? 'none' : 'manage'), s('child', level)],
  'an entry above, against the star': level => [s('*', level === 'manage' ? 'none' : 'manage'), s('root', level)],
  'the last of two entries': level => [s('child', level === 'manage' ? 'none' : 'manage'), s('child', level)]
};

async function event (streamIds) {
  const { status, body } = await owner('POST', '/events', { streamIds, type: 'note/txt', content: 'x' });
  assert.equal(status, 201, JSON.stringify(body));
  return body.event;
}

/** What may be done with `stream`, by trying; only the two outcomes that are possible count. */
async function rightsOn (stream, token, kept) {
  const call_ = as(token);
  const rights = {};
  const tell = (right, answer) => {
    const granted = answer.status < 300;
    assert.ok(granted || outcome(answer) === no, `${right} of ${stream}: ${outcome(answer)}`);
    (rights[right] ??= new Set()).add(granted);
  };
  tell('read', await call_('GET', `/events?streams[]=${stream}`));
  tell('read', await call_('GET', `/events/${kept.id}`));
  tell('create', await call_('POST', '/events', { streamIds: [stream], type: 'note/txt', content: 'x' }));
  tell('change', await call_('PUT', `/events/${kept.id}`, { description: fresh('changed') }));
  tell('change', await call_('DELETE', '/events/' + (await event([stream])).id));
  tell('list', await call_('GET', `/streams?id=${stream}`));
  tell('manage', await call_('POST', '/streams', { id: fresh('below'), name: fresh('below'), parentId: stream }));
  const spare = fresh('spare');
  await streams({ id: spare, parentId: stream });
  tell('manage', await call_('PUT', '/streams/' + spare, { name: fresh('renamed') }));
  tell('manage', await call_('DELETE', '/streams/' + spare));
  for (const [right, told] of Object.entries(rights)) assert.equal(told.size, 1, `${right} of ${stream}: every way to it says the same`);
  return Object.keys(rights).filter(right => rights[right].has(true));
}

for (const [way, permissions] of Object.entries(ways)) {
  for (const [level, rights] of Object.entries(allows)) {
    test(`${level} by ${way}`, async t => {
      if ((await owner('GET', '/events')).status === 404) return t.skip('this server has no events');
      const kept = await event(['child']);
      for (const type of ['app', 'shared']) {
        const { token } = await make({ type, permissions: permissions(level) });
        assert.deepEqual((await rightsOn('child', token, kept)).sort(), [...rights].sort(), type);
        assert.deepEqual((await rightsOn('grandchild', token, await event(['grandchild']))).sort(), [...rights].sort(), `${type}, below`);
        const outside = way.startsWith('the star') ? rights : permissions(level)[0].streamId === '*' ? allows[permissions(level)[0].level] : [];
        assert.deepEqual((await rightsOn('aside', token, await event(['aside']))).sort(), [...outside].sort(), `${type}, elsewhere`);
        assert.equal(outcome(await as(token)('GET', '/events?streams[]=:_system:account')), no, 'never the account');
      }
    });
  }
}

test('an event in two streams', async t => {
  if ((await owner('GET', '/events')).status === 404) return t.skip('this server has no events');
  const both = await event(['root', 'aside']);
  const reader = as((await make({ permissions: [s('root', 'read')] })).token);
  assert.equal(outcome(await reader('GET', '/events/' + both.id)), yes, 'readable in one is readable');
  assert.equal(outcome(await reader('PUT', '/events/' + both.id, { description: 'x' })), no);
  const writer = as((await make({ permissions: [s('root', 'contribute')] })).token);
  assert.equal(outcome(await writer('PUT', '/events/' + both.id, { description: 'x' })), yes, 'changeable in one is changeable');
  assert.equal(outcome(await writer('POST', '/events', { streamIds: ['root', 'aside'], type: 'note/txt', content: 'x' })), no, 'create needs each');
  assert.equal(outcome(await writer('PUT', '/events/' + both.id, { streamIds: ['root'] })), no, 'taking out of a stream needs it');
});

test('where `*` is closed, events are listed that are in the streams asked for alone', async () => {
  const { event } = (await owner('POST', '/events', { streamIds: ['grandchild', 'aside'], type: 'note/txt', content: 'both' })).body;
  const listed = async (permissions, streams) => (await as((await make({ permissions })).token)('GET', `/events?limit=1000${streams}`)).body.events.some(e => e.id === event.id);
  for (const level of ['none', 'create-only']) {
    for (const streams of ['', '&streams[]=grandchild', '&streams[]=root']) {
      assert.equal(await listed([s('*', level), s('root', 'read')], streams), false, `${level} ${streams}`);
      assert.equal(await listed([s('aside', level), s('root', 'read')], streams), false, `${level} ${streams}`);
      assert.equal(await listed([s('root', 'read')], streams), true);
      assert.equal(await listed([s('*', level), s('root', 'read'), s('aside', 'read')], streams), streams === '', `${level} ${streams}`);
    }
  }
});

test('moving a stream moves what applies to it, at once', async t => {
  await streams({ id: 'wanderer' }, { id: 'footstep', parentId: 'wanderer' });
  const { token } = await make({ permissions: [s('root', 'read')] });
  const seen = async () => outcome(await as(token)('GET', '/streams?id=footstep'));
  for (let i = 0; i < 10; i++) {
    assert.equal(await seen(), no);
    assert.equal((await owner('PUT', '/streams/wanderer', { parentId: 'root' })).status, 200);
    assert.equal(await seen(), yes);
    assert.equal((await owner('PUT', '/streams/wanderer', { parentId: null })).status, 200);
  }
});

test('account streams by explicit entries only', async t => {
  if (outcome(await owner('GET', '/events/:_system:language')) !== yes) return t.skip('this server keeps no account fields as events');
  const look = async (permissions, path) => outcome(await as((await make({ permissions })).token)('GET', path));
  assert.equal(await look([s('*', 'manage')], '/events/:_system:language'), no);
  assert.equal(await look([s(':_system:account', 'read')], '/events/:_system:language'), yes);
  assert.equal(await look([s(':_system:account', 'read')], '/events/:system:email'), yes);
  assert.equal(await look([s(':_system:language', 'read')], '/events/:_system:language'), yes);
  assert.equal(await look([s(':_system:language', 'read')], '/events/:system:email'), no);
  assert.equal(await look([s(':_system:account', 'read'), s(':_system:language', 'none')], '/events/:_system:language'), no);
  assert.equal(await look([s(':_system:account', 'contribute')], '/account'), no, 'account.* stays the owner\'s');
});

// ---- What an app may hand on, against a model ------------------------------------------------------------------------------

const RANKS = { none: -1, read: 0, 'create-only': 1, contribute: 1, manage: 2 };
const LEVELS = Object.keys(RANKS);

/** 8.2, to the letter: the nearest entry upwards, the last of several; else `*`; else nothing. */
function levelSaid (permissions, parents, stream) {
  const own = id => permissions.findLast(entry => entry.streamId === id)?.level;
  for (let id = stream; id && stream !== '*'; id = parents[id]) if (own(id)) return own(id);
  return own('*');
}
const levelOf = (permissions, parents, stream) => levelSaid(permissions, parents, stream) ?? 'none';
const exceeds = (level, bound) => RANKS[level] > RANKS[bound] || (bound === 'create-only' && !['none', 'create-only'].includes(level));

/** 8.8 and 16.6: each entry is the app's to give, and nowhere is the child wider. */
function mayHandOn (app, child, parents) {
  const everywhere = [...Object.keys(parents), '*'];
  return child.length > 0 && child.every(({ streamId, level }) => {
    const own = levelOf(app, parents, streamId);
    if (level === 'none' && (app.some(entry => entry.streamId === streamId) || levelSaid(app, parents, streamId) === 'none')) return true;
    return !['none', 'create-only'].includes(own) && RANKS[own] >= RANKS[level];
  }) && everywhere.every(stream => !exceeds(levelOf(child, parents, stream), levelOf(app, parents, stream)));
}

/** The same numbers in every run: mulberry32. */
function chance (seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

test('whatever tree, app and child: it is made exactly when the model says so', async () => {
  const stranger = await newUser(server.url);
  const seed = Number(process.env.SEED ?? 20261126);
  const random = chance(seed);
  const pick = list => list[Math.floor(random() * list.length)];
  const call_ = (method, path, body, token = stranger.token) => call(server.url, method, stranger.path + path, { token, body });
  const parents = {};
  for (let i = 0; i < 12; i++) {
    const parentId = i && random() < 0.8 ? pick(Object.keys(parents)) : null;
    assert.equal((await call_('POST', '/streams', { id: `s${i}`, name: `s${i}`, parentId })).status, 201);
    parents[`s${i}`] = parentId;
  }
  const entries = (most, star) => Array.from({ length: Math.floor(random() * (most + 1)) }, () => s(random() < star ? '*' : pick(Object.keys(parents)), pick(LEVELS)));
  let made = 0; let refused = 0;
  for (let round = 0; round < 60; round++) {
    const permissions = [...entries(4, 0.3), s(pick(['*', ...Object.keys(parents)]), pick(['contribute', 'manage']))];
    const app = (await call_('POST', '/accesses', { name: `app ${round}`, type: 'app', permissions })).body.access;
    for (let i = 0; i < 12; i++) {
      const wanted = random() < 0.5 ? permissions.map(entry => random() < 0.7 ? entry : s(entry.streamId, pick(LEVELS))) : entries(3, 0.2);
      const { status, body } = await call_('POST', '/accesses', { name: `child ${round} ${i}`, permissions: wanted }, app.token);
      const may = mayHandOn(permissions, wanted, parents);
      assert.equal(status, may ? 201 : 403, `seed ${seed}: ${JSON.stringify({ parents, app: permissions, child: wanted, body })}`);
      if (may) made++; else refused++;
    }
  }
  assert.ok(made > 50 && refused > 50, `${made} made, ${refused} refused`);
});
