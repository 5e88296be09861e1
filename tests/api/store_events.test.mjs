// Events in other stores: what the scenarios of conformance do not look at. Rights that are asked of the store, stores that answer nonsense, files,
// a batch over several stores, and what never leaves the user's own store.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test, { after, before } from 'node:test';
import { buildTestStores, pluginDirWith } from '../lib/examples.mjs';
import { call, newUser, startServer } from '../lib/server.mjs';
import { eventIntegrity } from '../conformance/suites/data/_helpers.mjs';

let server, user, plugins;

before(async () => {
  plugins = pluginDirWith(buildTestStores());
  server = await startServer({
    args: ['--plugin-dir', plugins],
    set: { 'cluster.apiWorkers': 1, 'custom.dataStores': [{ id: 'shelf', name: 'The shelf', settings: {} }, { id: 'broken', name: 'Broken' }, { id: 'angry', name: 'Angry' }, { id: 'echo', name: 'Echo' }] }
  });
  user = await newUser(server.url);
  await ok(201, own, 'POST', '/streams', { id: 'box', name: 'Box' });
});
after(async () => {
  assert.equal((await server.stop()).code, 0, server.log());
  fs.rmSync(plugins, { recursive: true });
});

const as = token => (method, where, body) => call(server.url, method, user.path + where, { token, body });
const own = (...args) => as(user.token)(...args);
async function ok (status, api, ...rest) {
  const answer = await api(...rest);
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  return answer.body;
}
const refused = async (status, id, api, ...rest) => assert.equal((await ok(status, api, ...rest)).error.id, id);
const letter = (more = {}) => ({ streamIds: [':shelf:letters'], type: 'note/txt', content: 'x', ...more });
const accessOf = async (...permissions) => as((await ok(201, own, 'POST', '/accesses', { name: 'access ' + Math.random(), permissions: permissions.map(([streamId, level]) => ({ streamId, level })) })).access.token);

test('a store that fails, or answers nonsense, is a fault that tells nothing', async () => {
  for (const type of ['test/crash', 'test/garbage']) {
    const { error } = await ok(500, own, 'POST', '/events', letter({ type }));
    assert.equal(error.id, 'unexpected-error');
    assert.doesNotMatch(JSON.stringify(error), /detail|streamIds|garbage/);
  }
  await refused(500, 'unexpected-error', own, 'GET', '/events/:shelf:explode');
  await refused(500, 'unexpected-error', own, 'DELETE', '/events/:angry:x');
  await refused(501, 'api-unavailable', own, 'PUT', '/events/:broken:x', {});
  await refused(501, 'api-unavailable', own, 'GET', '/events/:broken:x');
  await refused(404, 'unknown-resource', own, 'PUT', '/events/:nowhere:x', {});
  await refused(404, 'unknown-resource', own, 'DELETE', '/events/:shelf:nothing');
});

test('an event, its id and all its streams are of one store', async () => {
  await refused(400, 'invalid-request-structure', own, 'POST', '/events', letter({ id: ':angry:mine' }));
  await refused(400, 'invalid-request-structure', own, 'POST', '/events', letter({ id: 'c0123456789abcdefghijklmn' }));
  await refused(400, 'invalid-request-structure', own, 'POST', '/events', letter({ streamIds: [':shelf:letters', ':angry:x'] }));
  await refused(400, 'invalid-request-structure', own, 'POST', '/events', letter({ streamIds: ['box', ':shelf:letters'] }));
  await refused(400, 'invalid-request-structure', own, 'PUT', '/events/:shelf:e1', { streamIds: [':angry:x'] });
  const { event } = await ok(201, own, 'POST', '/events', letter({ streamIds: ['box'] }));
  await refused(400, 'invalid-request-structure', own, 'PUT', '/events/' + event.id, { streamIds: [':shelf:letters'] });
});

test('streams are looked for in the store', async () => {
  const unknown = await ok(400, own, 'POST', '/events', letter({ streamIds: [':shelf:letters', ':shelf:nothing'] }));
  assert.deepEqual(unknown.error.data, { streamIds: ['nothing'] });
  await refused(400, 'invalid-operation', own, 'POST', '/events', letter({ streamIds: [':shelf:poems'] }));
  await refused(400, 'invalid-parameters-format', own, 'POST', '/events', letter({ content: 5 }));
  await ok(201, own, 'POST', '/events', letter({ streamIds: [':shelf:'] }));
});

test('the root of a store goes with streams of it, in any and with all', async () => {
  const found = async streams => (await ok(200, own, 'GET', `/events?fromTime=0&toTime=2000000000&streams=${encodeURIComponent(JSON.stringify(streams))}`)).events.map(event => event.id);
  const everything = await found([':shelf:']);
  assert.ok(everything.length > 1);
  assert.deepEqual(await found([':shelf:novels', ':shelf:']), everything);
  const novels = await found([':shelf:novels']);
  assert.deepEqual(await found({ any: [':shelf:'], all: [':shelf:novels'] }), novels);
  assert.deepEqual(await found({ any: [':shelf:'], not: [':shelf:novels'] }), everything.filter(id => !novels.includes(id)));
});

test('rights come from the streams above, in the store', async () => {
  const books = await accessOf([':shelf:books', 'contribute']);
  await ok(201, books, 'POST', '/events', letter({ streamIds: [':shelf:novels'] }));
  await refused(403, 'forbidden', books, 'POST', '/events', letter());
  await ok(200, books, 'PUT', '/events/:shelf:e1', { content: 'y' });
  await ok(200, books, 'PUT', '/events/:shelf:e3', { duration: 5, content: null }); // in novels, and in letters
  await refused(403, 'forbidden', books, 'PUT', '/events/:shelf:e3', { streamIds: [':shelf:novels'] }); // takes it out of letters
  await refused(403, 'forbidden', books, 'PUT', '/events/:shelf:e2', { content: 'y' });
  await refused(403, 'forbidden', books, 'DELETE', '/events/:shelf:e2');
  await refused(403, 'forbidden', books, 'GET', '/events/:shelf:e2');
  const closed = await accessOf([':shelf:', 'manage'], [':shelf:novels', 'none']);
  await refused(403, 'forbidden', closed, 'GET', '/events/:shelf:e1');
  const { events } = await ok(200, closed, 'GET', '/events?streams[]=:shelf:&fromTime=0&toTime=2000000000');
  assert.deepEqual(events.map(e => e.id), [':shelf:e5', ':shelf:e2'], 'without what is closed, e3 among it');
  const half = await accessOf([':shelf:', 'read'], [':shelf:books', 'none']);
  const letters = await ok(200, half, 'GET', '/events?streams[]=:shelf:letters&fromTime=0&toTime=2000000000');
  assert.deepEqual(letters.events.map(e => e.id), [':shelf:e2'], 'e3 is in a closed stream too, which was not named');
  const star = await accessOf(['*', 'contribute']);
  await ok(201, star, 'POST', '/events', letter());
  const create = await accessOf([':shelf:letters', 'create-only']);
  await ok(201, create, 'POST', '/events', letter());
  await refused(403, 'forbidden', create, 'PUT', '/events/:shelf:e2', {});
});

test('what is told of a change carries its hash', async () => {
  const { event } = await ok(200, own, 'PUT', '/events/:shelf:e3', { clientData: { seal: null, wax: true }, duration: 2.5 });
  assert.deepEqual([event.clientData, event.duration], [{ wax: true }, 2.5]);
  assert.equal(event.integrity, eventIntegrity(event));
  const trashed = (await ok(200, own, 'DELETE', '/events/:shelf:e1')).event;
  assert.equal(trashed.trashed, true);
  assert.equal(trashed.integrity, eventIntegrity(trashed));
});

test('files of a store are read there, and cannot be added or deleted', async () => {
  const file = await fetch(server.url + user.path + '/events/:shelf:e5/f1', { headers: { authorization: user.token } });
  assert.deepEqual([file.status, file.headers.get('content-length'), file.headers.get('accept-ranges'), await file.text()], [200, '9', null, 'the cover']);
  const [{ readToken }] = (await ok(200, own, 'GET', '/events/:shelf:e5')).event.attachments;
  for (const [verb, body] of [['PUT', { description: 'told again' }], ['DELETE']]) assert.deepEqual((await ok(200, own, verb, '/events/:shelf:e5', body)).event.attachments.map(file => file.readToken), [readToken], verb);
  const linked = await fetch(`${server.url}${user.path}/events/:shelf:e5/f1/cover.txt?readToken=${readToken}`);
  assert.deepEqual([linked.status, await linked.text()], [200, 'the cover']);
  await refused(404, 'unknown-resource', own, 'GET', '/events/:shelf:e5/f2');
  await refused(501, 'api-unavailable', own, 'DELETE', '/events/:shelf:e5/f1');
  await refused(404, 'unknown-resource', own, 'DELETE', '/events/:shelf:none/f1');
  const form = new FormData();
  form.append('f', new Blob(['x']), 'x.txt');
  const added = await fetch(server.url + user.path + '/events/:shelf:e5', { method: 'POST', headers: { authorization: user.token }, body: form });
  assert.equal(added.status, 501);
  form.append('event', JSON.stringify(letter()));
  assert.equal((await fetch(server.url + user.path + '/events', { method: 'POST', headers: { authorization: user.token }, body: form })).status, 501);
  const some = await accessOf(['box', 'read']);
  await refused(403, 'forbidden', some, 'GET', '/events/:shelf:e5/f1');
});

test('a failing store fails its own calls of a batch', async () => {
  const { results } = await ok(200, own, 'POST', '', [
    { method: 'events.get', params: { streams: [':angry:'] } },
    { method: 'events.getOne', params: { id: ':shelf:e2', includeHistory: true } },
    { method: 'events.get', params: { streams: ['box', ':shelf:letters!'], limit: 1, fromTime: 0, toTime: 2e9 } },
    { method: 'events.create', params: letter() },
    { method: 'events.get', params: { streams: [':broken:'] } }
  ]);
  assert.deepEqual(results.map(r => r.error?.id ?? 'fine'), ['unexpected-error', 'fine', 'fine', 'fine', 'api-unavailable']);
  assert.deepEqual(results[1].history, []);
  assert.equal(results[2].events.length, 2);
});

test('stores follow in the order in which they are named; with the account, the own events come first', async () => {
  const inOrder = async streams => {
    const { events } = await ok(200, own, 'GET', `/events?fromTime=0&toTime=4000000000&${streams.map(id => 'streams[]=' + id).join('&')}`);
    return [...new Set(events.map(e => e.id.startsWith(':shelf:') ? 'shelf' : e.id.startsWith(':echo:') ? 'echo' : 'own'))];
  };
  assert.deepEqual(await inOrder([':echo:', 'box', ':shelf:letters']), ['echo', 'own', 'shelf']);
  assert.deepEqual(await inOrder([':echo:', ':shelf:letters', 'box']), ['echo', 'shelf', 'own']);
  assert.deepEqual(await inOrder([':echo:', ':_system:language', ':shelf:letters', 'box']), ['own', 'echo', 'shelf']);
  assert.deepEqual(await inOrder([':shelf:letters', ':_system:language']), ['own', 'shelf']);
});

test('a store is asked the conditions that it knows, and no others', async () => {
  const json = value => encodeURIComponent(JSON.stringify(value));
  const refusedBy = (store, query) => refused(400, 'invalid-operation', own, 'GET', `/events?streams[]=:${store}:&${query}`);
  await refusedBy('shelf', 'content=' + json([{ path: '$', eq: 'x' }]));
  await refusedBy('angry', 'content=' + json([{ path: '$', gt: 1 }])); // before it is asked for its streams
  await refusedBy('angry', 'clientData=' + json([{ path: 'a', eq: 1 }]));
  await refused(500, 'unexpected-error', own, 'GET', '/events?streams[]=:angry:&content=' + json([{ path: '$', eq: 1 }]));
  const content = [{ path: 'a.b', eq: 1 }], clientData = [{ path: 'x', gt: 2 }];
  const { events } = await ok(200, own, 'GET', `/events?streams[]=:echo:&content=${json(content)}&clientData=${json(clientData)}`);
  assert.deepEqual(events.map(e => e.content), [{ state: 'default', streams: [[{ any: ['heard'] }]], content, clientData }]);
  await refusedBy('echo', 'content=' + json([...content, { path: 'a', lt: 2 }]));
  const { streams } = await ok(200, own, 'GET', '/streams');
  assert.deepEqual(streams.map(s => s.clientData).slice(0, 4), [undefined, undefined,
    { 'pryv-datastore:supports': { contentQueries: { fields: ['content'], operators: ['eq'] } } },
    { 'pryv-datastore:supports': { contentQueries: { fields: ['content', 'clientData'], operators: ['eq', 'gt'] } } }]);
  assert.deepEqual((await ok(200, own, 'GET', '/streams?id=:echo:')).streams[0].clientData, streams[3].clientData);
});
