// The npm client `pryv`, unchanged, does the main job: sign in, make an app access, batch, read, streams.
// The server is given in PRYVD_URL.
import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import pryv from 'pryv';
import { newUser } from '../lib/server.mjs';

const base = process.env.PRYVD_URL;
let user, service, personal, app;

before(async () => {
  user = await newUser(base);
  service = new pryv.Service(base + '/service/info');
});

test('service information leads to the account', async () => {
  const info = await service.info();
  assert.equal(typeof info.name, 'string');
  assert.match(info.api, /\{username\}/);
  assert.equal(await service.isDnsLess(), true);
  assert.ok((await service.apiEndpointFor(user.username)).startsWith(base));
});

test('login gives a connection with a personal token', async () => {
  personal = await service.login(user.username, user.password, 'pryvd-tests');
  assert.equal(await personal.username(), user.username);
  assert.equal((await personal.accessInfo()).type, 'personal');
});

test('a wrong password is refused', async () => {
  await assert.rejects(service.login(user.username, 'Wrong-horse-7', 'pryvd-tests'), error => /invalid-credentials|password|credentials/i.test(error.message + JSON.stringify(error)));
});

test('a personal access creates streams and an app access in one batch', async () => {
  const results = await personal.api([
    { method: 'streams.create', params: { id: 'diary', name: 'Diary' } },
    { method: 'streams.create', params: { id: 'mood', name: 'Mood', parentId: 'diary' } },
    { method: 'streams.create', params: { id: 'secret', name: 'Secret' } },
    { method: 'accesses.create', params: { type: 'app', name: 'notes', permissions: [{ streamId: 'diary', level: 'manage', defaultName: 'Diary' }] } }
  ]);
  assert.equal(results.length, 4);
  assert.deepEqual(results.map(result => result.error), [undefined, undefined, undefined, undefined]);
  const { access } = results[3];
  assert.equal(access.type, 'app');
  assert.ok(access.apiEndpoint.includes(access.token));
  app = new pryv.Connection(access.apiEndpoint);
  assert.equal((await app.accessInfo()).name, 'notes');
});

test('the app access batches, and a failing call stops nothing', async () => {
  const progress = [];
  const results = await app.api([
    { method: 'events.create', params: { streamIds: ['diary'], type: 'note/txt', content: 'first', time: 1 } },
    { method: 'events.create', params: { streamIds: ['secret'], type: 'note/txt', content: 'not mine' } },
    { method: 'events.create', params: { streamIds: ['mood'], type: 'mass/kg', content: 71.5, time: 2 } },
    { method: 'events.get', params: { fromTime: 0, toTime: 10, sortAscending: true } }
  ], percent => progress.push(percent));
  assert.equal(results[0].event.content, 'first');
  assert.equal(results[1].error.id, 'forbidden');
  assert.equal(results[2].event.content, 71.5);
  assert.deepEqual(results[3].events.map(event => event.content), ['first', 71.5]);
  assert.equal(progress.at(-1), 100);
});

test('more than the client\'s batch of calls comes back whole and in order', async () => {
  const calls = Array.from({ length: 1200 }, (_, i) => ({ method: 'events.create', params: { streamIds: ['mood'], type: 'count/steps', content: i, time: 1000 + i } }));
  const results = await app.api(calls);
  assert.deepEqual(results.map(result => result.event?.content), calls.map(call => call.params.content));
});

test('streamed reading hands out every event', async () => {
  let seen = 0;
  const result = await app.getEventsStreamed({ fromTime: 1000, toTime: 3000, limit: 100000, types: ['count/steps'] }, () => { seen++; });
  assert.equal(seen, 1200);
  assert.equal(result.eventsCount, 1200);
});

test('reading with get, updating and deleting', async () => {
  const { streams } = await app.get('streams');
  assert.deepEqual(streams.map(stream => stream.id), ['diary']);
  assert.deepEqual(streams[0].children.map(stream => stream.id), ['mood']);
  const event = await app.apiOne('events.create', { streamIds: ['diary'], type: 'note/txt', content: 'draft' }, 'event');
  const updated = await app.apiOne('events.update', { id: event.id, update: { content: 'final' } }, 'event');
  assert.equal(updated.content, 'final');
  assert.equal((await app.apiOne('events.getOne', { id: event.id }, 'event')).content, 'final');
  assert.equal((await app.apiOne('events.delete', { id: event.id }, 'event')).trashed, true);
  const renamed = await app.apiOne('streams.update', { id: 'mood', update: { name: 'Spirits' } }, 'stream');
  assert.equal(renamed.name, 'Spirits');
});

test('a revoked access is dead at once', async () => {
  const { id } = await app.accessInfo();
  assert.equal((await personal.apiOne('accesses.delete', { id }, 'accessDeletion')).id, id);
  const [result] = await app.api([{ method: 'events.get', params: {} }]).catch(error => [{ error }]);
  assert.ok(result.error, 'the call must be refused');
});
