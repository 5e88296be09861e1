// streams.*: what accesses see of the tree, races between workers, circles, the trash, and deletions of many events.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { call, newUser, startServer, until, untilEnded, workersOf } from '../lib/server.mjs';

const SET = {
  'cluster.apiWorkers': 4,
  'versioning.forceKeepHistory': true,
  'custom.systemStreams.other': [{ id: 'given', name: 'Given', type: 'note/txt' }]
};
let server;
before(async () => { server = await startServer({ set: SET }); });
after(async () => { assert.equal((await server.stop()).code, 0); });

// A connection of its own for each call, so that any worker may answer.
const on = (user, token = user.token, base = server) => (method, where, body) =>
  call(base.url, method, user.path + where, { token, body, headers: { connection: 'close' } });

async function good (answer) {
  const { status, body } = await answer;
  assert.ok(status < 300, `${status} ${JSON.stringify(body).slice(0, 300)}`);
  return body;
}

async function refused (answer, status, id, data) {
  const got = await answer;
  assert.equal(got.status, status, JSON.stringify(got.body).slice(0, 300));
  assert.equal(got.body.error.id, id);
  if (data !== undefined) assert.deepEqual(got.body.error.data, data);
}

const shape = list => list.map(s => s.children.length ? { [s.id]: shape(s.children) } : s.id);
const flat = list => list.flatMap(s => [s, ...flat(s.children)]);
const own = list => list.filter(s => !s.id.startsWith(':'));
const tree = async (api, query = '') => own((await good(api('GET', '/streams' + query))).streams);

async function accountWith (...streams) {
  const user = await newUser(server.url);
  const api = on(user);
  for (const [id, parentId = null, more = {}] of streams) await good(api('POST', '/streams', { id, name: id, parentId, ...more }));
  return { user, api };
}

async function accessOf (user, permissions) {
  const { access } = await good(on(user)('POST', '/accesses', { name: 'access ' + Math.random(), type: 'shared', permissions: permissions.map(([streamId, level]) => ({ streamId, level })) }));
  return on(user, access.token);
}

/** One call of a batch per item; all must succeed. */
async function batch (api, calls, size = 1000) {
  const results = [];
  for (let i = 0; i < calls.length; i += size) results.push(...(await good(api('POST', '', calls.slice(i, i + size)))).results);
  assert.deepEqual(results.filter(r => r.error), []);
  return results;
}

const makeEvents = (api, list) => batch(api, list.map((streamIds, i) => ({ method: 'events.create', params: { streamIds, type: 'note/txt', content: `event ${i}`, time: i } })))
  .then(results => results.map(r => r.event.id));

// ---- What an access sees ----------------------------------------------------------------------------------------------

test('the tree through accesses', async () => {
  const { user, api } = await accountWith(['a'], ['a1', 'a'], ['a11', 'a1'], ['a2', 'a'], ['b'], ['b1', 'b'], ['bin'], ['in-bin', 'bin']);
  await good(api('DELETE', '/streams/bin'));
  const sees = async (permissions, query) => shape(await tree(await accessOf(user, permissions), query));
  const all = [{ a: [{ a1: ['a11'] }, 'a2'] }, { b: ['b1'] }];

  assert.deepEqual(shape(await tree(api)), all);
  assert.deepEqual(await sees([['*', 'read']]), all);
  assert.deepEqual(await sees([['*', 'none']]), []);
  assert.deepEqual(await sees([['b', 'read'], ['a1', 'contribute']]), [{ b: ['b1'] }, { a1: ['a11'] }], 'in the order of the permissions');
  assert.deepEqual(await sees([['a', 'read'], ['a1', 'none']]), [{ a: ['a2'] }], 'what is closed is cut');
  for (const above of [['a', 'read'], ['*', 'read']]) {
    const closed = [above, ['a1', 'none'], ['a11', 'manage']];
    assert.deepEqual((await sees(closed))[0], { a: ['a2'] }, 'with all that is below it');
    assert.equal((await sees(closed)).length, above[0] === '*' ? 2 : 1);
    assert.deepEqual(await sees(closed, '?id=a11'), ['a11'], 'though it is told when asked for');
  }
  assert.deepEqual(await sees([['a', 'none'], ['a1', 'read']]), []);
  assert.deepEqual(await sees([['a', 'create-only'], ['a1', 'read']]), [{ a: [{ a1: ['a11'] }, 'a2'] }, { a1: ['a11'] }], 'what is created in is listed');
  assert.deepEqual(await sees([['in-bin', 'read'], ['bin', 'read']]), []);
  assert.deepEqual(await sees([['in-bin', 'read']], '?state=all'), ['in-bin']);
  assert.deepEqual(await sees([['nowhere', 'read'], ['b1', 'read'], ['b1', 'contribute']]), ['b1'], 'twice the same is once');

  const part = await accessOf(user, [['a1', 'read'], ['a11', 'read']]);
  assert.deepEqual((await tree(part)).map(s => [s.id, s.parentId]), [['a1', null], ['a11', 'a1']], 'parents are told when they can be listed');
  assert.deepEqual(shape(await tree(part, '?parentId=a1')), ['a11']);
  for (const query of ['id=a', 'id=nowhere', 'parentId=a', 'id=:_system:account', 'id=:_system:nothing', 'id=:nostore:x']) await refused(part('GET', '/streams?' + query), 403, 'forbidden');
  await refused(api('GET', '/streams?id=:nostore:x'), 404, 'unknown-resource');
  await refused(api('GET', '/streams?id=:_system:nothing'), 400, 'unknown-referenced-resource', { id: ':_system:nothing' });
  assert.deepEqual(shape(await tree(api, '?id=:local:a1')), [{ a1: ['a11'] }]);
});

test('a permission for a stream that is not there says so; without one it is out of reach', async () => {
  const user = await newUser(server.url);
  const api = on(user);
  const { access } = await good(api('POST', '/accesses', { name: 'early', type: 'app', permissions: [{ streamId: 'to-come', level: 'read' }, { streamId: 'never', level: 'none' }] }));
  const app = on(user, access.token);
  for (const name of ['id', 'parentId']) {
    await refused(app('GET', `/streams?${name}=to-come`), 400, 'unknown-referenced-resource', { [name]: 'to-come' });
    await refused(app('GET', `/streams?${name}=never`), 403, 'forbidden');
    await refused(app('GET', `/streams?${name}=other`), 403, 'forbidden');
  }
  await good(api('POST', '/streams', { id: 'to-come', name: 'Here' }));
  assert.equal((await good(app('GET', '/streams?id=to-come'))).streams[0].name, 'Here');
});

test('the account in the tree: for its owner, and for those it is opened to', async () => {
  const { user, api } = await accountWith(['a']);
  const ids = async api => (await good(api('GET', '/streams'))).streams.map(s => s.id).filter(id => /^:_?system:/.test(id));

  assert.deepEqual(await ids(api), [':system:given', ':_system:account']);
  assert.deepEqual(await ids(await accessOf(user, [['*', 'read']])), [':system:given']);
  assert.deepEqual(await ids(await accessOf(user, [['a', 'read'], [':_system:account', 'read']])), [':_system:account']);
  const email = await accessOf(user, [[':system:email', 'read']]);
  const [stream] = (await good(email('GET', '/streams'))).streams.filter(s => s.id === ':system:email');
  assert.equal(stream.parentId, null, 'its parent cannot be listed');
  assert.deepEqual((await good(email('GET', '/streams?id=:system:email'))).streams.length, 1);
  await refused(email('GET', '/streams?id=:_system:language'), 403, 'forbidden');
  await refused(api('GET', '/streams?id=:_system:appId'), 400, 'unknown-referenced-resource');
});

test('a stream that is given to every user holds streams and events, but cannot be changed', async () => {
  const { api } = await accountWith();
  await good(api('POST', '/streams', { id: 'inside', name: 'Inside', parentId: ':system:given' }));
  const [given] = (await good(api('GET', '/streams?id=:system:given'))).streams;
  assert.deepEqual([given.parentId, shape(given.children)], [null, ['inside']]);
  await refused(api('POST', '/streams', { name: 'Given' }), 409, 'item-already-exists', { name: 'Given' });
  await refused(api('PUT', '/streams/:system:given', { name: 'Other' }), 400, 'invalid-operation');
  await refused(api('DELETE', '/streams/:system:given'), 400, 'invalid-operation');
  const [event] = await makeEvents(api, [['inside']]);
  await good(api('DELETE', '/streams/inside'));
  const deletion = await good(api('DELETE', '/streams/inside?mergeEventsWithParent=true'));
  assert.deepEqual(deletion.updatedEvents, [{ action: 'mergedToParent', id: event }]);
  assert.deepEqual((await good(api('GET', '/events/' + event))).event.streamIds, [':system:given']);
});

test('what is not there among the streams of the account', async () => {
  const { api } = await accountWith();
  await refused(api('POST', '/streams', { name: 'x', parentId: ':_system:nothing' }), 400, 'unknown-referenced-resource', { parentId: ':_system:nothing' });
  await refused(api('PUT', '/streams/:_system:nothing', { name: 'x' }), 404, 'unknown-resource');
  await refused(api('DELETE', '/streams/:_system:nothing'), 404, 'unknown-resource');
  await refused(api('POST', '/streams', { name: 'x', parentId: ':_system:language' }), 400, 'invalid-operation');
});

test('what the server sets may be sent, in its right form', async () => {
  const { api } = await accountWith(['a']);
  const wrong = { created: ['1', null], createdBy: [1], modified: [null], modifiedBy: [true], children: ['a'], childrenHidden: [1] };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      await refused(api('POST', '/streams', { name: 'x', [name]: value }), 400, 'invalid-parameters-format');
      await refused(api('PUT', '/streams/a', { [name]: value }), 400, 'invalid-parameters-format');
    }
  }
  for (const change of [{ children: null }, { childrenHidden: null }, { id: 'a' }]) await refused(api('PUT', '/streams/a', change), 403, 'forbidden');
  await good(api('POST', '/streams', { name: 'x', children: null, childrenHidden: true, created: 1, createdBy: 'me' }));
  const [update, none] = (await good(api('POST', '', [
    { method: 'streams.update', params: { id: 'a', update: { name: 'A' }, note: 'let through' } },
    { method: 'streams.get', params: { parentId: null } }]))).results;
  assert.equal(update.stream.name, 'A');
  assert.equal(none.error.id, 'invalid-parameters-format');
});

// ---- Changes ------------------------------------------------------------------------------------------------------------

test('streams cannot be moved below themselves', async () => {
  const { api } = await accountWith(['a'], ['b', 'a'], ['c', 'b'], ['d', 'c'], ['e']);
  for (const parentId of ['b', 'c', 'd']) await refused(api('PUT', '/streams/b', { parentId }), 400, 'invalid-operation', { parentId });
  await refused(api('PUT', '/streams/a', { parentId: 'd' }), 400, 'invalid-operation', { parentId: 'd' });
  await refused(api('PUT', '/streams/nowhere', { parentId: 'nowhere' }), 400, 'invalid-operation', { parentId: 'nowhere' });
  await good(api('PUT', '/streams/c', { parentId: 'e' }));
  await good(api('PUT', '/streams/b', { parentId: 'd' }));
  assert.deepEqual(shape(await tree(api)), ['a', { e: [{ c: [{ d: ['b'] }] }] }]);
});

test('names among siblings, when renaming without a parent and when moving', async () => {
  const { user, api } = await accountWith(['a'], ['a1', 'a'], ['a2', 'a'], ['x'], ['y', 'a', { name: 'x' }]);
  await refused(api('PUT', '/streams/a1', { name: 'a2' }), 409, 'item-already-exists', { name: 'a2' });
  await good(api('PUT', '/streams/a1', { name: 'Account' }));
  await refused(api('PUT', '/streams/a1', { parentId: null }), 409, 'item-already-exists', { name: 'Account' });
  await refused(api('PUT', '/streams/y', { parentId: null }), 409, 'item-already-exists', { name: 'x' });
  assert.equal((await good(api('PUT', '/streams/y', { parentId: null, name: 'z' }))).stream.parentId, null);
  const manager = await accessOf(user, [['a1', 'manage'], ['a', 'read']]);
  assert.equal((await good(manager('PUT', '/streams/a1', { name: 'Renamed' }))).stream.name, 'Renamed');
  await refused(manager('PUT', '/streams/a1', { name: 'Again', parentId: null }), 403, 'forbidden');
  await refused(manager('PUT', '/streams/a1', { parentId: 'x' }), 403, 'forbidden');
});

test('a stream has a size', async () => {
  const { api } = await accountWith(['a']);
  const clientData = { text: 'x'.repeat(1024 * 1024) };
  await refused(api('POST', '/streams', { name: 'x', clientData }), 400, 'invalid-parameters-format');
  await refused(api('PUT', '/streams/a', { clientData }), 400, 'invalid-parameters-format');
  await refused(api('PUT', '/streams/a', { name: 'x'.repeat(1024 * 1024 + 1) }), 400, 'invalid-parameters-format');
  await good(api('PUT', '/streams/a', { clientData: { text: 'x'.repeat(512 * 1024), more: 'y' } }));
  await good(api('PUT', '/streams/a', { clientData: { more: 'z' } }));
  await refused(api('PUT', '/streams/a', { clientData: { more: 'x'.repeat(512 * 1024) } }), 400, 'invalid-parameters-format');
});

test('below trashed streams', async () => {
  const { api } = await accountWith(['bin'], ['child', 'bin'], ['c']);
  await good(api('DELETE', '/streams/bin'));
  await refused(api('POST', '/streams', { name: 'x', parentId: 'bin' }), 400, 'invalid-operation', 'parentId');
  await good(api('POST', '/streams', { id: 'grandchild', name: 'x', parentId: 'child' }));
  await refused(api('PUT', '/streams/c', { parentId: 'bin' }), 400, 'invalid-operation', 'parentId');
  await good(api('PUT', '/streams/child', { name: 'Renamed', parentId: 'bin' }));
  assert.equal((await good(api('PUT', '/streams/bin', { trashed: null }))).stream.trashed, undefined);
  assert.deepEqual(shape(await tree(api)), [{ bin: [{ child: ['grandchild'] }] }, 'c']);
});

// ---- Races --------------------------------------------------------------------------------------------------------------

test('of many who make a stream of one id or one name at once, exactly one does', async () => {
  const { api } = await accountWith(['parent']);
  for (const [what, stream] of [['id', i => ({ id: 'only', name: `n${i}` })], ['name', i => ({ id: `i${i}`, name: 'Only', parentId: 'parent' })]]) {
    const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => api('POST', '/streams', stream(i))));
    const made = answers.filter(a => a.status === 201);
    assert.equal(made.length, 1, what);
    for (const a of answers) if (a.status !== 201) assert.deepEqual([a.status, a.body.error.id, a.body.error.data], [409, 'item-already-exists', { [what]: what === 'id' ? 'only' : 'Only' }]);
  }
});

test('moves that would close a circle together: one of them is refused', async () => {
  const { api } = await accountWith(['a'], ['b'], ['c']);
  for (let round = 0; round < 15; round++) {
    const answers = await Promise.all([['a', 'b'], ['b', 'c'], ['c', 'a']].map(([id, parentId]) => api('PUT', '/streams/' + id, { parentId })));
    assert.ok(answers.filter(a => a.status === 200).length <= 2, 'not all three');
    assert.equal(flat(await tree(api)).length, 3, 'no stream is lost');
    for (const id of ['a', 'b', 'c']) await good(api('PUT', '/streams/' + id, { parentId: null }));
  }
});

test('a child is made while its parent is deleted: it has a parent, or is refused', async () => {
  const { api } = await accountWith();
  for (let round = 0; round < 10; round++) {
    await good(api('POST', '/streams', { id: 'parent', name: 'parent', trashed: false }));
    await good(api('POST', '/streams', { id: 'middle', name: 'middle', parentId: 'parent' }));
    await good(api('DELETE', '/streams/parent'));
    const answers = await Promise.all([api('DELETE', '/streams/parent'), ...Array.from({ length: 6 }, (_, i) => api('POST', '/streams', { id: `c${i}`, name: `c${i}`, parentId: 'middle' }))]);
    assert.equal(answers[0].status, 200);
    for (const a of answers.slice(1)) assert.ok(a.status === 201 || (a.status === 400 && a.body.error.id === 'unknown-referenced-resource'), `${a.status}`);
    assert.deepEqual(await tree(api, '?state=all'), [], 'nothing is left behind');
  }
});

test('what was answered is seen by every worker at once', async () => {
  const { api } = await accountWith();
  for (let i = 0; i < 30; i++) {
    await good(api('POST', '/streams', { id: `s${i}`, name: `s${i}` }));
    const seen = await Promise.all(Array.from({ length: 4 }, () => api('GET', `/streams?id=s${i}`)));
    assert.deepEqual(seen.map(a => a.status), [200, 200, 200, 200]);
  }
});

// ---- Size ---------------------------------------------------------------------------------------------------------------

test('a wide and a deep tree are read as quickly as they are long', async () => {
  const { user, api } = await accountWith(['wide'], ['deep']);
  const COUNT = 2000;
  await batch(api, Array.from({ length: COUNT }, (_, i) => ({ method: 'streams.create', params: { id: `w${i}`, name: `w${i}`, parentId: 'wide' } })));
  await batch(api, Array.from({ length: COUNT }, (_, i) => ({ method: 'streams.create', params: { id: `d${i}`, name: `d${i}`, parentId: i ? `d${i - 1}` : 'deep' } })));
  const text = async api => {
    const answer = await fetch(server.url + user.path + '/streams', { headers: { authorization: api } });
    return answer.text();
  };
  const count = whole => whole.split('"children":').length - 1;
  const { access } = await good(api('POST', '/accesses', { name: 'all', permissions: [{ streamId: '*', level: 'read' }] }));
  for (const token of [user.token, access.token]) {
    await text(token); // the tree is loaded
    const begin = performance.now();
    const whole = await text(token);
    const took = performance.now() - begin;
    assert.ok(count(whole) >= 2 * COUNT + 2, `${count(whole)} streams`);
    assert.ok(took < 1000, `${took} ms for ${2 * COUNT} streams`);
  }
  const wide = await good(api('GET', '/streams?parentId=wide'));
  assert.deepEqual(wide.streams.map(s => s.name), wide.streams.map(s => s.name).sort());
});

// ---- Deletion -----------------------------------------------------------------------------------------------------------

test('a stream with thousands of events is merged into its parent', async () => {
  const { api } = await accountWith(['top'], ['old', 'top'], ['old1', 'old'], ['old11', 'old1'], ['else']);
  const ids = await makeEvents(api, Array.from({ length: 2500 }, (_, i) => [['old'], ['old1', 'else'], ['old11', 'old'], ['top', 'old11'], ['else', 'top']][i % 5]));
  const trashed = ids.slice(0, 10);
  for (const id of trashed) await good(api('DELETE', '/events/' + id));
  const modified = (await good(api('GET', '/events/' + ids[20]))).event.modified;
  await good(api('DELETE', '/streams/old'));
  await refused(api('DELETE', '/streams/old'), 400, 'invalid-parameters-format');
  const { updatedEvents, streamDeletion } = await good(api('DELETE', '/streams/old?mergeEventsWithParent=true'));
  assert.deepEqual(streamDeletion, { id: 'old' });
  assert.equal(updatedEvents.length, 2000);
  assert.ok(updatedEvents.every(e => e.action === 'mergedToParent'));
  assert.deepEqual(new Set(updatedEvents.map(e => e.id)), new Set(ids.filter((_, i) => i % 5 < 4)));
  const { events } = await good(api('GET', '/events?state=all&limit=10000&streams[]=top'));
  const streams = Object.fromEntries(events.map(e => [e.id, e.streamIds.join()]));
  ids.forEach((id, i) => assert.equal(streams[id], ['top', 'else,top', 'top', 'top', 'else,top'][i % 5], `event ${i}`));
  assert.equal(events.filter(e => e.trashed).length, 10, 'trashed events went along, and stay trashed');
  const { event, history } = await good(api('GET', `/events/${ids[20]}?includeHistory=true`));
  assert.ok(event.modified > modified, 'clients that ask for changes see it');
  assert.deepEqual(history.map(e => e.streamIds), [['old']], 'and how it was is kept');
  assert.deepEqual(shape(await tree(api, '?state=all')), ['else', 'top']);
  const { streamDeletions } = await good(api('GET', '/streams?includeDeletionsSince=0'));
  assert.deepEqual(streamDeletions.map(d => d.id).sort(), ['old', 'old1', 'old11']);
});

test('a stream with thousands of events is deleted with them, while others write', async () => {
  const { api } = await accountWith(['old'], ['old1', 'old'], ['else']);
  const ids = await makeEvents(api, Array.from({ length: 2500 }, (_, i) => [['old'], ['old1'], ['else', 'old1']][i % 3]));
  await good(api('DELETE', '/events/' + ids[0]));
  await good(api('DELETE', '/streams/old'));
  const [deletion, ...others] = await Promise.all([
    api('DELETE', '/streams/old?mergeEventsWithParent=false'),
    ...Array.from({ length: 10 }, () => api('POST', '/events', { streamIds: ['old1'], type: 'note/txt', content: 'late' }))
  ]);
  const { updatedEvents } = await good(deletion);
  const actions = Object.fromEntries(updatedEvents.map(e => [e.id, e.action]));
  ids.forEach((id, i) => assert.equal(actions[id], i % 3 < 2 ? 'deleted' : 'updatedStreamIds', `event ${i}`));
  for (const other of others) {
    assert.ok(other.status === 201 || (other.status === 400 && other.body.error.id === 'unknown-referenced-resource'), `${other.status}`);
    if (other.status === 201) assert.equal(actions[other.body.event.id], 'deleted', 'an event that came in the middle went along');
  }
  const left = await good(api('GET', '/events?state=all&limit=10000'));
  assert.ok(left.events.filter(e => e.type === 'note/txt').every(e => e.streamIds.join() === 'else'));
  const page = await good(api('GET', '/events?modifiedSince=0&includeDeletions=true&limit=100&sortAscending=true'));
  const next = await good(api('GET', `/events?modifiedSince=${page.eventDeletions.at(-1).deleted}&includeDeletions=true&limit=10000&sortAscending=true`));
  assert.equal(page.eventDeletions.length + next.eventDeletions.length, Object.values(actions).filter(a => a === 'deleted').length, 'none is missed between pages');
});

test('two who delete one stream at once both succeed, or one finds it gone', async () => {
  const { api } = await accountWith(['old']);
  await makeEvents(api, Array.from({ length: 1500 }, () => ['old']));
  await good(api('DELETE', '/streams/old'));
  const answers = await Promise.all([0, 1, 2].map(() => api('DELETE', '/streams/old?mergeEventsWithParent=false')));
  const done = answers.filter(a => a.status === 200);
  assert.ok(done.length >= 1);
  assert.ok(answers.every(a => a.status === 200 || a.status === 404));
  assert.equal(done.flatMap(a => a.body.updatedEvents).length, 1500, 'each event is told once');
});

test('a client that leaves in the middle: its deletion is finished', async () => {
  const { user, api } = await accountWith(['old']);
  await makeEvents(api, Array.from({ length: 4000 }, () => ['old']));
  await good(api('DELETE', '/streams/old'));
  const leaving = new AbortController();
  const answer = await fetch(`${server.url}${user.path}/streams/old?mergeEventsWithParent=false`, { method: 'DELETE', headers: { authorization: user.token }, signal: leaving.signal });
  await answer.body.getReader().read();
  leaving.abort();
  await until('the end of the stream', async () => (await tree(api, '?state=all')).length === 0);
  assert.equal((await good(api('GET', '/events?state=all&types=note/txt'))).events.length, 0);
});

test('files of events that are deleted with their stream go too', async () => {
  const { user, api } = await accountWith(['old'], ['else']);
  const form = new FormData();
  form.append('event', JSON.stringify({ streamIds: ['old'], type: 'picture/attached' }));
  form.append('file', new Blob(['bytes'], { type: 'text/plain' }), 'a.txt');
  const answer = await fetch(`${server.url}${user.path}/events`, { method: 'POST', body: form, headers: { authorization: user.token } });
  const { event } = await answer.json();
  const files = () => fs.readdirSync(server.dataDir, { recursive: true }).filter(name => name.includes(event.attachments[0].id));
  assert.equal(files().length, 1);
  await good(api('DELETE', '/streams/old'));
  await good(api('DELETE', '/streams/old?mergeEventsWithParent=false'));
  assert.deepEqual(files(), []);
});

test('a server that dies in the middle of a deletion: the same call finishes it', async () => {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'pryvd-streams-'));
  let own = await startServer({ dataDir, set: SET });
  try {
    const user = await newUser(own.url);
    const api = (...args) => on(user, user.token, own)(...args);
    await good(api('POST', '/streams', { id: 'top', name: 'top' }));
    await good(api('POST', '/streams', { id: 'old', name: 'old', parentId: 'top' }));
    const ids = await makeEvents(api, Array.from({ length: 6000 }, () => ['old']));
    await good(api('DELETE', '/streams/old'));
    const doomed = fetch(`${own.url}${user.path}/streams/old?mergeEventsWithParent=true`, { method: 'DELETE', headers: { authorization: user.token } })
      .then(answer => answer.text()).catch(() => null);
    await until('the first merged event', async () => (await good(api('GET', '/events?limit=1&streams[]=top'))).events.length);
    const workers = workersOf(own.pid);
    for (const pid of [own.pid, ...workers]) process.kill(pid, 'SIGKILL');
    await own.ended;
    await untilEnded(workers);
    await doomed;
    own = await startServer({ dataDir, set: SET });
    const { events } = await good(api('GET', '/events?limit=10000&state=all&streams[]=top'));
    const left = flat(await tree(api, '?state=all')).find(s => s.id === 'old');
    if (left) {
      assert.equal(left.trashed, true);
      const { updatedEvents } = await good(api('DELETE', '/streams/old?mergeEventsWithParent=true'));
      assert.equal(updatedEvents.length, ids.length - events.filter(e => e.streamIds.join() === 'top').length);
    }
    const after = await good(api('GET', '/events?limit=10000&state=all&streams[]=top'));
    assert.deepEqual(after.events.map(e => e.streamIds.join()), ids.map(() => 'top'), 'all of them, whole, in the parent');
  } finally {
    assert.equal((await own.stop()).code, 0);
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
});

test('an account holds so many streams, counted exactly whoever creates them', async () => {
  const own = await startServer({ set: { ...SET, 'streams.maxCount': 10 } });
  try {
    const user = await newUser(own.url);
    const api = on(user, user.token, own);
    const answers = await Promise.all(Array.from({ length: 16 }, (_, i) => api('POST', '/streams', { id: `s${i}`, name: `S${i}` })));
    assert.equal(answers.filter(answer => answer.status === 201).length, 10);
    for (const { status, body } of answers.filter(answer => answer.status !== 201)) assert.deepEqual([status, body.error.id], [400, 'invalid-operation']);
    const { id } = answers.find(answer => answer.status === 201).body.stream;
    await good(api('DELETE', `/streams/${id}`));
    await refused(api('POST', '/streams', { name: 'one more' }), 400, 'invalid-operation');
    await good(api('DELETE', `/streams/${id}`));
    await good(api('POST', '/streams', { name: 'one more' }));
  } finally {
    assert.equal((await own.stop()).code, 0);
  }
});
