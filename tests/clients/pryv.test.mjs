// The npm client `pryv`, unchanged, does the main job: sign in, make an app access, batch, read, streams.
// The server is given in PRYVD_URL.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
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

test('assets and the address of an account, from its connection', async () => {
  const connection = new pryv.Connection(await service.apiEndpointFor(user.username, 'not-a-token'));
  assert.equal((await connection.service.info()).serial, (await service.info()).serial);
  assert.equal(connection.apiEndpoint, await service.apiEndpointFor(user.username, 'not-a-token'));
  assert.equal((await connection.accessInfo()).error.id, 'invalid-access-token');
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

test('batches of a thousand calls, with a call among them that needs what came before', async () => {
  const calls = Array.from({ length: 1000 }, (_, i) => i === 500
    ? { method: 'events.get', params: { types: ['count/generic'], limit: 1, fromTime: 9000, toTime: 10000 } }
    : { method: 'events.create', params: { streamIds: ['mood'], type: 'count/generic', content: i, time: 9000 + i / 1000 } });
  const results = await app.api(calls);
  assert.equal(results.length, 1000);
  assert.deepEqual(results[500].events.map(event => event.content), [499]);
  results.forEach((result, i) => i === 500 || assert.equal(result.event?.content, i, JSON.stringify(result)));
  const { events } = await app.apiOne('events.get', { types: ['count/generic'], fromTime: 9000, toTime: 10000, sortAscending: true, limit: 2000 });
  assert.deepEqual(events.map(event => event.id), results.filter((_, i) => i !== 500).map(result => result.event.id));
});

test('streamed reading hands out every event', async () => {
  let seen = 0;
  const result = await app.getEventsStreamed({ fromTime: 1000, toTime: 3000, limit: 100000, types: ['count/steps'] }, () => { seen++; });
  assert.equal(seen, 1200);
  assert.equal(result.eventsCount, 1200);
});

// Without letters beyond ASCII: this client reads each piece that arrives as a text of its own, and damages what is cut within a letter.
test('streamed reading of more than one buffer holds, whole and in order, with texts cut anywhere', async () => {
  const text = '"quoted" \\ {[' + 'x'.repeat(300);
  await app.api(Array.from({ length: 3000 }, (_, i) => ({ method: 'events.create', params: { streamIds: ['diary'], type: 'note/txt', content: `${i} ${text}`, time: 20000 + i } })));
  const seen = [];
  const result = await app.getEventsStreamed({ fromTime: 20000, toTime: 30000, types: ['note/txt'], sortAscending: true }, event => seen.push(event));
  assert.equal(result.eventsCount, 3000);
  seen.forEach((event, i) => assert.equal(event.content, `${i} ${text}`));
});

test('streamed reading with deletions', async () => {
  const since = Date.now() / 1000 - 1;
  const { id } = await app.apiOne('events.create', { streamIds: ['diary'], type: 'note/txt', content: 'to go', time: 40000 }, 'event');
  await app.apiOne('events.delete', { id });
  await app.apiOne('events.delete', { id });
  const seen = [];
  const result = await app.getEventsStreamed({ modifiedSince: since, includeDeletions: true, fromTime: 39000, toTime: 41000 }, item => seen.push(item));
  assert.deepEqual(seen.filter(item => item.id === id && item.deleted !== undefined).length, 1, JSON.stringify({ seen, result }));
});

const integrityOf = bytes => 'sha256-' + createHash('sha256').update(bytes).digest('base64');
const download = async (event, attachment) => Buffer.from(await (await fetch(`${base}/${user.username}/events/${event.id}/${attachment.id}?readToken=${attachment.readToken}`)).arrayBuffer());

test('an event with a file from the disk, and from a buffer', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pryv-client-'));
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i * 7 % 251));
  try {
    fs.writeFileSync(path.join(folder, 'photo été.jpg'), bytes);
    const { event } = await app.createEventWithFile({ type: 'picture/attached', streamIds: ['diary'] }, path.join(folder, 'photo été.jpg'));
    const [file] = event.attachments;
    assert.deepEqual([file.fileName, file.type, file.size, file.integrity], ['photo été.jpg', 'image/jpeg', bytes.length, integrityOf(bytes)]);
    assert.ok((await download(event, file)).equals(bytes));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  const { event } = await app.createEventWithFileFromBuffer({ type: 'file/attached', streamIds: ['diary'] }, bytes, 'data.txt');
  assert.equal(event.attachments[0].size, bytes.length);
  assert.ok((await download(event, event.attachments[0])).equals(bytes));
  const kept = await app.apiOne('events.getOne', { id: event.id }, 'event');
  assert.deepEqual(kept.attachments, event.attachments);
});

test('an app hands on a part of what it may do, and no more', async () => {
  const shared = await app.apiOne('accesses.create', { name: 'for a friend', permissions: [{ streamId: 'mood', level: 'read' }] }, 'access');
  const friend = new pryv.Connection(shared.apiEndpoint);
  assert.equal((await friend.accessInfo()).type, 'shared');
  assert.deepEqual((await friend.get('streams')).streams.map(stream => stream.id), ['mood']);
  const [read, write] = await friend.api([
    { method: 'events.get', params: { limit: 5, types: ['count/steps'] } },
    { method: 'events.create', params: { streamIds: ['mood'], type: 'count/steps', content: 1 } }
  ]);
  assert.equal(read.events.length, 5);
  assert.equal(write.error.id, 'forbidden');
  const [refused] = await app.api([{ method: 'accesses.create', params: { name: 'too much', permissions: [{ streamId: 'secret', level: 'read' }] } }]);
  assert.equal(refused.error.id, 'forbidden');
  await friend.revoke(true, app);
  assert.equal((await friend.accessInfo()).error.id, 'invalid-access-token');
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
