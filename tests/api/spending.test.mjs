// What one client can make the server spend: memory, time, and the threads that others need.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test, { after, before } from 'node:test';
import zlib from 'node:zlib';
import { call, newUser, sanitized, startServer, until, workersOf } from '../lib/server.mjs';

let server, user, worker;

before(async () => {
  server = await startServer({
    set: {
      'cluster.apiWorkers': 1,
      'http.threads': 2,
      'auth.passwordHashConcurrency': 1,
      'auth.passwordHashOperations': 4,
      'auth.passwordHashMemoryKb': 65536,
      'auth.trustedApps': '*@*',
      'batch.maxAnswerMb': 1,
      'events.maxClientDataKb': 4,
      'uploads.maxFilesPerEvent': 3
    }
  });
  user = await newUser(server.url);
  [worker] = workersOf(server.pid);
  await call(server.url, 'POST', `${user.path}/streams`, { token: user.token, body: { id: 'diary', name: 'Diary' } });
});

after(async () => {
  assert.deepEqual(workersOf(server.pid), [worker], 'no worker died');
  assert.equal((await server.stop()).code, 0);
});

const most = () => Number(/VmHWM:\s*(\d+) kB/.exec(fs.readFileSync(`/proc/${worker}/status`, 'utf8'))[1]) / 1024;

test('a small body that unfolds to millions of values is refused before they take memory', async () => {
  const before = most();
  const body = zlib.gzipSync(`{"list":[${'{},'.repeat(10_000_000)}{}]}`);
  assert.ok(body.length < 100_000, `${body.length}`);
  const answer = await fetch(`${server.url}${user.path}/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body });
  const { error } = await answer.json();
  assert.equal(answer.status, 400);
  assert.equal(error.id, 'invalid-request-structure');
  assert.match(error.message, /more than 1000000 names and values/);
  if (!sanitized) assert.ok(most() - before < 200, `${most() - before} MiB`);
});

test('as many values as are allowed are read', async () => {
  const content = { list: Array(990_000).fill(1) };
  const { status, body } = await call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['diary'], type: 'test/test', content } });
  assert.equal(status, 201, JSON.stringify(body).slice(0, 300));
});

test('sign-ins that wait for their turn leave the threads to others', async () => {
  const credentials = { username: user.username, password: user.password, appId: 'pryvd-tests' };
  let waiting = 12;
  const signIns = Array.from({ length: waiting }, async () => {
    const { status } = await call(server.url, 'POST', `${user.path}/auth/login`, { body: credentials, headers: { origin: 'http://127.0.0.1:3000' } });
    waiting--;
    return status;
  });
  await until('the first sign-in', () => waiting < 12);
  for (let i = 0; i < 10; i++) assert.equal((await call(server.url, 'GET', `${user.path}/access-info`, { token: user.token })).status, 200);
  assert.ok(waiting >= 6, `${waiting} sign-ins were waiting when others had been served`);
  assert.deepEqual(await Promise.all(signIns), Array(12).fill(200));
});

const batch = calls => call(server.url, 'POST', user.path, { token: user.token, body: calls });
const create = body => call(server.url, 'POST', `${user.path}/events`, { token: user.token, body: { streamIds: ['diary'], type: 'note/txt', ...body } });

test('what a call of a batch answers is kept whole, so it has a limit, and so has a batch within a batch', async () => {
  for (let i = 0; i < 7; i++) assert.equal((await create({ content: 'x'.repeat(200_000) })).status, 201);
  const get = limit => ({ method: 'events.get', params: { types: ['note/txt'], limit } });
  const { body: { results } } = await batch([get(4), get(7), { method: 'callBatch', params: [get(3), get(3), get(1)] }, get(1)]);
  assert.equal(results[0].events.length, 4);
  assert.equal(results[1].error.id, 'too-many-results', JSON.stringify(results[1]).slice(0, 200));
  assert.equal(results[1].error.data.limitMb, 1);
  assert.equal(results[2].error.id, 'too-many-results', JSON.stringify(results[2]).slice(0, 200));
  assert.equal(results[3].events.length, 1);
  assert.equal((await batch([get(3), get(3), get(3)])).body.results.length, 3, 'an answer of its own is sent as it comes');
  assert.equal((await call(server.url, 'GET', `${user.path}/events?types=note/txt&limit=7`, { token: user.token })).body.events.length, 7);
});

test('an event does not grow without end: clientData', async () => {
  const data = n => ({ [`key${n}`]: 'x'.repeat(2000) });
  const { body: { event } } = await create({ content: 'a', clientData: data(1) });
  const change = clientData => call(server.url, 'PUT', `${user.path}/events/${event.id}`, { token: user.token, body: { clientData } });
  const refused = await change({ ...data(2), ...data(3) });
  assert.equal(refused.status, 400);
  assert.equal(refused.body.error.id, 'invalid-parameters-format');
  assert.equal(refused.body.error.data[0].code, 'MAX_LENGTH');
  assert.equal((await change({ ...data(2), key1: null })).status, 200);
  assert.equal((await create({ content: 'a', clientData: { ...data(1), ...data(2), ...data(3) } })).status, 400);
});

test('an event does not grow without end: files', async () => {
  const upload = (where, count, event) => {
    const form = new FormData();
    if (event) form.append('event', JSON.stringify(event));
    for (let i = 0; i < count; i++) form.append(`file${i}`, new Blob(['some text']), `file${i}.txt`);
    return fetch(server.url + user.path + where, { method: 'POST', headers: { authorization: user.token }, body: form });
  };
  const event = { streamIds: ['diary'], type: 'picture/attached' };
  const files = () => fs.readdirSync(server.dataDir, { recursive: true, withFileTypes: true }).filter(file => file.isFile() && fs.readFileSync(`${file.parentPath ?? file.path}/${file.name}`).equals(Buffer.from('some text'))).length;
  assert.equal((await upload('/events', 4, event)).status, 400);
  assert.equal(files(), 0);
  const made = await (await upload('/events', 2, event)).json();
  const refused = await upload(`/events/${made.event.id}`, 2);
  assert.equal(refused.status, 400);
  assert.equal((await refused.json()).error.id, 'invalid-operation');
  assert.equal(files(), 2);
  const more = await (await upload(`/events/${made.event.id}`, 1)).json();
  assert.equal(more.event.attachments.length, 3);
  const link = more.event.attachments[0];
  const read = () => fetch(`${server.url}${user.path}/events/${made.event.id}/${link.id}?readToken=${link.readToken}`);
  assert.equal((await read()).status, 200);
});

test('signing out ends the links to files that the session was given', async () => {
  const other = await newUser(server.url);
  await call(server.url, 'POST', `${other.path}/streams`, { token: other.token, body: { id: 'diary', name: 'Diary' } });
  const form = new FormData();
  form.append('event', JSON.stringify({ streamIds: ['diary'], type: 'picture/attached' }));
  form.append('file', new Blob(['secret']), 'file.txt');
  const { event } = await (await fetch(`${server.url}${other.path}/events`, { method: 'POST', headers: { authorization: other.token }, body: form })).json();
  const [{ id, readToken }] = event.attachments;
  const read = () => fetch(`${server.url}${other.path}/events/${event.id}/${id}?readToken=${readToken}`);
  assert.equal(await (await read()).text(), 'secret');
  assert.equal((await call(server.url, 'POST', `${other.path}/auth/logout`, { token: other.token })).status, 200);
  const after = await read();
  assert.equal(after.status, 401);
  assert.equal((await after.json()).error.id, 'invalid-access-token');
});

test('the name of an app that signs in is no longer than that of an access', async () => {
  const { status, body } = await call(server.url, 'POST', `${user.path}/auth/login`, { body: { username: user.username, password: user.password, appId: 'x'.repeat(2001) }, headers: { origin: 'http://127.0.0.1:3000' } });
  assert.equal(status, 400, JSON.stringify(body));
  assert.equal(body.error.id, 'invalid-parameters-format');
});

test('many guesses of a password at once are no more than one after another', async () => {
  const other = await newUser(server.url);
  const guess = () => call(server.url, 'POST', `${other.path}/auth/login`, { body: { username: other.username, password: 'wrong', appId: 'pryvd-tests' }, headers: { origin: 'http://127.0.0.1:3000' } });
  const statuses = (await Promise.all(Array.from({ length: 40 }, guess))).map(({ status }) => status);
  assert.deepEqual([...new Set(statuses)].sort(), [401, 429]);
  assert.ok(statuses.filter(status => status === 401).length <= 20, JSON.stringify(statuses));
});
